//! The groups of copies, kept while texts come and go: after [`CopyGroups::settle`] they are the components of the pairs
//! that a batch of the same texts would verify. A text costs its keys, and the comparisons its buckets give.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::layout::Kind;
use super::table::{Gained, Lost, Member, Members, Table};
use super::{Keyer, QUOTED_BY, TextKeys, place_of, split};
use crate::cluster::UnionFind;
use crate::lsh::CandidatePair;
use crate::sources::Reach;
use crate::verify::{DuplicateVerifier, Edge, Fingerprint};

/// Texts and their groups.
#[derive(Debug)]
pub struct CopyGroups {
    keyer: Keyer,
    verifier: DuplicateVerifier,
    texts: Vec<Text>,
    free: Vec<u32>,
    known: HashMap<u64, u32>,
    tables: Vec<Table>,
    groups: Vec<Vec<u32>>,
    spare: Vec<u32>,
    /// Texts that belong together whatever they say.
    ties: HashMap<u32, Vec<u32>>,
    /// Groups that may have lost what held them together.
    doubtful: BTreeSet<u32>,
    /// Texts whose group has changed.
    moved: BTreeSet<u32>,
}

#[derive(Debug, Default)]
struct Text {
    print: Fingerprint,
    digest: u64,
    uses: u32,
    group: u32,
}

/// How one text meets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// In a table of what is alike.
    Alike,
    /// In a shingle of a field by which it looks for the other.
    Asks(usize),
    /// In a shingle of a field by which the other looks for it.
    IsAsked(usize),
}

/// The meetings of so many texts are held at a time when those of a series are joined again.
const REJOINED: usize = 1000;

/// The number of a text that is not there; no text has it.
const STRANGER: u32 = u32::MAX >> 1;

/// A text, how it meets another, and that.
type Meeting = (u32, Way, u32);

/// A text with its keys.
pub type Keyed<'k> = (&'k Fingerprint, &'k TextKeys);

/// What putting texts into one table gave.
#[derive(Debug, Default)]
struct Placed {
    met: Vec<Meeting>,
    lost: Vec<Lost>,
}

/// Adds the meetings of a member of a bucket with others of it. Who looks for whom by a shingle is counted apart. Items that
/// both have a text do not meet in headlines.
fn meet(
    others: Members<'_>,
    (member, print): (Member, &Fingerprint),
    texts: &[Text],
    Kind { field, alike }: Kind,
    met: &mut Vec<Meeting>,
) {
    let (text, asks) = (member >> 1, member & 1 == 1);
    let by_texts_alone = field == 0 && print.has_text();
    let meets =
        |other: &Member| other >> 1 != text && !(by_texts_alone && texts[(other >> 1) as usize].print.has_text());
    others.iter().filter(meets).for_each(|other| {
        if alike.is_some() {
            met.push((text, Way::Alike, other >> 1));
            return;
        }
        met.extend(asks.then_some((text, Way::Asks(field), other >> 1)));
        met.extend((other & 1 == 1).then_some((text, Way::IsAsked(field), other >> 1)));
    });
}

/// The texts that one is compared with, given its meetings in their order.
fn candidates(met: &[Meeting]) -> Vec<u32> {
    let often = met.chunk_by(|x, y| x == y).filter(|run| run[0].1 == Way::Alike || run.len() >= QUOTED_BY);
    let mut found: Vec<u32> = often.map(|run| run[0].2).collect();
    found.sort_unstable();
    found.dedup();
    found
}

impl CopyGroups {
    /// No texts yet.
    pub fn new(keyer: Keyer, verifier: DuplicateVerifier) -> Self {
        let tables = (0..keyer.layout().len()).map(|_| Table::default()).collect();
        CopyGroups {
            keyer,
            verifier,
            texts: Vec::new(),
            free: Vec::new(),
            known: HashMap::new(),
            tables,
            groups: Vec::new(),
            spare: Vec::new(),
            ties: HashMap::new(),
            doubtful: BTreeSet::new(),
            moved: BTreeSet::new(),
        }
    }

    /// The maker of its keys.
    pub fn keyer(&self) -> &Keyer {
        &self.keyer
    }

    /// How many different texts there are.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The group of a text.
    pub fn group(&self, text: u32) -> u32 {
        self.texts[text as usize].group
    }

    /// The texts of a component in groups, as [`split`] parts it; versions of one item stay together.
    pub fn parts(&self, group: u32) -> Vec<Vec<u32>> {
        let mut order = self.groups[group as usize].clone();
        if order.len() < 3 {
            return vec![order];
        }
        order.sort_by_cached_key(|&text| place_of(self.print(text)));
        let are_tied = |a: u32, b: u32| self.ties.get(&a).is_some_and(|ties| ties.contains(&b));
        let parts =
            split(&order, |text| self.print(text).context.reach, |a, b| are_tied(a, b) || self.compare(a, b).is_some());
        self.joined_by_ties(parts)
    }

    /// Joins the parts of a component between which there are ties.
    fn joined_by_ties(&self, parts: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        if parts.len() < 2 || self.ties.is_empty() {
            return parts;
        }
        let place: HashMap<u32, u32> =
            (0..).zip(&parts).flat_map(|(at, part)| part.iter().map(move |&text| (text, at))).collect();
        let mut sets = UnionFind::new(parts.len());
        for (text, &at) in &place {
            let others = self.ties.get(text).into_iter().flatten();
            others.filter_map(|other| place.get(other)).for_each(|&other| _ = sets.union(at, other));
        }
        let mut joined: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        sets.into_roots().into_iter().zip(parts).for_each(|(root, part)| joined.entry(root).or_default().extend(part));
        joined.into_values().collect()
    }

    /// The texts of a group.
    pub fn members(&self, group: u32) -> &[u32] {
        &self.groups[group as usize]
    }

    /// What makes two texts copies of each other, if anything does.
    pub fn compare(&self, a: u32, b: u32) -> Option<Edge> {
        self.verifier.verify(CandidatePair::new(a, b)?, self.print(a), self.print(b))
    }

    /// What a text is compared by.
    pub fn print(&self, text: u32) -> &Fingerprint {
        &self.texts[text as usize].print
    }

    /// Of the texts that one would be compared with and that are copies of it, the most like it, and how like; the text
    /// itself if it is there. Where it would stand for a crowd, only those who do are looked at.
    pub fn nearest(&self, (print, keys): Keyed<'_>) -> Option<(u32, f64)> {
        if let Some(&text) = self.known.get(&print.digest()) {
            return Some((text, 1.0));
        }
        let mut met = Vec::new();
        for (table, key, asks) in keys.iter(self.keyer.layout()) {
            let member = STRANGER << 1 | u32::from(asks);
            let others = self.tables[table].met_by(key, member);
            meet(others, (member, print), &self.texts, self.keyer.layout().kind(table), &mut met);
        }
        met.sort_unstable();
        let copy = |text: u32| {
            let edge = self.verifier.verify(CandidatePair::new(STRANGER, text)?, self.print(text), print)?;
            Some((text, edge.similarity()))
        };
        let copies = candidates(&met).into_iter().filter_map(copy);
        copies.max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)))
    }

    /// Adds a use of each text, joins them with their copies, and returns their numbers.
    pub fn insert(&mut self, texts: &[Keyed<'_>]) -> Vec<u32> {
        let (numbers, placed) = self.enter(texts);
        self.join_copies(placed.iter().flat_map(|placed| &placed.met).copied().collect());
        for (table, placed) in placed.into_iter().enumerate() {
            placed.lost.into_iter().for_each(|lost| self.doubt(table, lost));
        }
        numbers
    }

    /// Adds a use of each text without joining it with its copies, and returns their numbers; [`CopyGroups::reunite`]
    /// puts them into the groups they had.
    pub fn restore(&mut self, texts: &[Keyed<'_>]) -> Vec<u32> {
        let (numbers, _) = self.enter(texts);
        self.moved.clear();
        numbers
    }

    /// Puts a text that was restored into the group of another.
    pub fn reunite(&mut self, text: u32, other: u32) {
        self.union(text, other);
        self.moved.clear();
    }

    /// Ends what [`CopyGroups::restore`] and [`CopyGroups::reunite`] did: of feeds without copies within themselves, items
    /// that are copies of one item elsewhere are in different groups. What comes later can group them otherwise, so they
    /// are joined again, for [`CopyGroups::parts`] to part.
    pub fn rejoin_series(&mut self) {
        let is_of_series = |text: &Text| text.uses > 0 && matches!(text.print.context.reach, Reach::OtherFeeds { .. });
        let numbered = self.texts.iter().zip(0u32..);
        let series: Vec<u32> = numbered.filter(|(text, _)| is_of_series(text)).map(|(_, number)| number).collect();
        for some in series.chunks(REJOINED) {
            self.join_copies(some.iter().flat_map(|&text| self.meetings(text)).collect());
        }
        self.moved.clear();
    }

    /// Holds two texts together whatever they say, as versions of one item.
    pub fn tie(&mut self, a: u32, b: u32) {
        if a != b {
            self.ties.entry(a).or_default().push(b);
            self.ties.entry(b).or_default().push(a);
            self.union(a, b);
        }
    }

    /// Takes a use of a text away; of one that nothing uses any more, what it held together is looked at again if
    /// `recheck` is set, and what it kept from being compared.
    pub fn release(&mut self, text: u32, recheck: bool) {
        let one = &mut self.texts[text as usize];
        one.uses -= 1;
        if one.uses > 0 {
            return;
        }
        let group = one.group;
        let keys = self.keyer.keys(&one.print);
        let mut gained = Vec::new();
        for (table, key, asks) in keys.iter(self.keyer.layout()) {
            let texts = &self.texts;
            let rank = |member: Member| texts[(member >> 1) as usize].digest;
            match self.tables[table].remove(key, text << 1 | u32::from(asks), rank) {
                Gained::Nothing => {}
                Gained::Promoted(_) | Gained::Widened if recheck => {
                    gained.extend(self.tables[table].bucket(key).iter());
                }
                _ => {}
            }
        }
        self.known.remove(&self.texts[text as usize].digest);
        self.leave(text);
        for other in self.ties.remove(&text).unwrap_or_default() {
            self.ties.entry(other).or_default().retain(|&one| one != text);
        }
        self.texts[text as usize] = Text::default();
        self.free.push(text);
        if recheck {
            self.doubtful.insert(group);
            gained.iter_mut().for_each(|member| *member >>= 1);
            gained.sort_unstable();
            gained.dedup();
            self.join_copies(gained.into_iter().flat_map(|text| self.meetings(text)).collect());
        }
    }

    /// Makes the groups what they would be if all texts had come at once, and returns the texts whose group has changed
    /// since the last time, ascending.
    pub fn settle(&mut self) -> Vec<u32> {
        for group in std::mem::take(&mut self.doubtful) {
            self.recheck(group);
        }
        std::mem::take(&mut self.moved).into_iter().filter(|&text| self.texts[text as usize].uses > 0).collect()
    }

    /// Claims a use of each text and puts the new ones into their buckets; returns the numbers of all, and of each table
    /// the meetings there and what was lost.
    fn enter(&mut self, texts: &[Keyed<'_>]) -> (Vec<u32>, Vec<Placed>) {
        let claimed: Vec<(u32, bool)> = texts.iter().map(|(print, _)| self.claim(print)).collect();
        let new = claimed.iter().zip(texts).filter(|((_, is_new), _)| *is_new);
        let fresh: Vec<(u32, &TextKeys)> = new.map(|(&(text, _), &(_, keys))| (text, keys)).collect();
        let placed = self.place(&fresh);
        (claimed.into_iter().map(|(text, _)| text).collect(), placed)
    }

    fn claim(&mut self, print: &Fingerprint) -> (u32, bool) {
        let digest = print.digest();
        if let Some(&text) = self.known.get(&digest) {
            self.texts[text as usize].uses += 1;
            return (text, false);
        }
        let text = self.free.pop().unwrap_or_else(|| {
            self.texts.push(Text::default());
            self.texts.len() as u32 - 1
        });
        let group = self.new_group(text);
        self.texts[text as usize] = Text { print: print.clone(), digest, uses: 1, group };
        self.known.insert(digest, text);
        self.moved.insert(text);
        (text, true)
    }

    fn new_group(&mut self, text: u32) -> u32 {
        let group = self.spare.pop().unwrap_or_else(|| {
            self.groups.push(Vec::new());
            self.groups.len() as u32 - 1
        });
        self.groups[group as usize] = vec![text];
        group
    }

    /// Puts texts into their buckets. One table after another, because each has its own place in memory.
    fn place(&mut self, fresh: &[(u32, &TextKeys)]) -> Vec<Placed> {
        let CopyGroups { keyer, tables, texts, .. } = self;
        let rank = |member: Member| texts[(member >> 1) as usize].digest;
        let fill = |(at, table): (usize, &mut Table)| {
            let (mut placed, kind) = (Placed::default(), keyer.layout().kind(at));
            for &(text, keys) in fresh {
                for (key, asks) in keys.of_kind(kind) {
                    let member = text << 1 | u32::from(asks);
                    placed.lost.extend(table.insert(key, member, rank));
                    let print = &texts[text as usize].print;
                    meet(table.met_by(key, member), (member, print), texts, kind, &mut placed.met);
                }
            }
            placed
        };
        tables.par_iter_mut().enumerate().map(fill).collect()
    }

    /// Notes the groups that may have lost a link, as texts of them are no longer compared.
    fn doubt(&mut self, table: usize, lost: Lost) {
        match lost {
            Lost::Narrowed(key) => {
                let bucket = self.tables[table].bucket(key).iter();
                let mut groups: Vec<u32> = bucket.map(|member| self.group(member >> 1)).collect();
                groups.sort_unstable();
                self.doubtful.extend(groups.chunk_by(u32::eq).filter(|run| run.len() > 1).map(|run| run[0]));
            }
            Lost::Displaced(member) => {
                let group = self.group(member >> 1);
                if self.groups[group as usize].len() > 1 {
                    self.doubtful.insert(group);
                }
            }
        }
    }

    /// Joins texts with the copies among those they meet.
    fn join_copies(&mut self, mut met: Vec<Meeting>) {
        met.par_sort_unstable();
        let by_text: Vec<&[Meeting]> = met.chunk_by(|x, y| x.0 == y.0).collect();
        let groups = &*self;
        let copies: Vec<(u32, u32)> = by_text.par_iter().flat_map_iter(|met| groups.copies(met)).collect();
        copies.into_iter().for_each(|(a, b)| self.union(a, b));
    }

    /// Of the meetings of one text, a pair with one copy in each other group that has any.
    fn copies(&self, met: &[Meeting]) -> Vec<(u32, u32)> {
        let text = met[0].0;
        let mut joined = vec![self.group(text)];
        let mut copies = Vec::new();
        for other in candidates(met) {
            let group = self.group(other);
            if !joined.contains(&group) && self.compare(text, other).is_some() {
                joined.push(group);
                copies.push((text, other));
            }
        }
        copies
    }

    /// Whom a text meets.
    fn meetings(&self, text: u32) -> Vec<Meeting> {
        let mut met = Vec::new();
        for (table, key, asks) in self.keyer.keys(self.print(text)).iter(self.keyer.layout()) {
            let member = text << 1 | u32::from(asks);
            let others = self.tables[table].met_by(key, member);
            meet(others, (member, self.print(text)), &self.texts, self.keyer.layout().kind(table), &mut met);
        }
        met
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.group(a), self.group(b));
        if a == b {
            return;
        }
        let is_smaller = self.groups[a as usize].len() < self.groups[b as usize].len();
        let (kept, gone) = if is_smaller { (b, a) } else { (a, b) };
        let movers = std::mem::take(&mut self.groups[gone as usize]);
        for &text in &movers {
            self.texts[text as usize].group = kept;
        }
        self.moved.extend(&movers);
        self.moved.insert(self.groups[kept as usize][0]);
        self.groups[kept as usize].extend(movers);
        self.spare.push(gone);
        if self.doubtful.remove(&gone) {
            self.doubtful.insert(kept);
        }
    }

    fn leave(&mut self, text: u32) {
        let group = self.texts[text as usize].group;
        let members = &mut self.groups[group as usize];
        members.retain(|&one| one != text);
        if members.is_empty() {
            self.spare.push(group);
            self.doubtful.remove(&group);
        }
    }

    /// Parts a group into what its comparisons still hold together.
    fn recheck(&mut self, group: u32) {
        let mut members = self.groups[group as usize].clone();
        members.sort_unstable();
        let place = |text: u32| members.binary_search(&text).ok().map(|at| at as u32);
        let mut sets = UnionFind::new(members.len());
        let mut parts = members.len();
        for (at, &text) in (0u32..).zip(&members) {
            if parts <= 1 {
                return;
            }
            for other in self.ties.get(&text).into_iter().flatten().filter_map(|&other| place(other)) {
                parts -= usize::from(sets.union(at, other));
            }
            let mut met = self.meetings(text);
            met.sort_unstable();
            for other in candidates(&met) {
                let Some(there) = place(other) else { continue };
                if sets.find(at) != sets.find(there) && self.compare(text, other).is_some() {
                    sets.union(at, there);
                    parts -= 1;
                }
            }
        }
        if parts <= 1 {
            return;
        }
        let roots = sets.into_roots();
        self.groups[group as usize].retain(|text| members.binary_search(text).is_ok_and(|at| roots[at] == 0));
        let mut heads: HashMap<u32, u32> = HashMap::new();
        for (at, &text) in members.iter().enumerate().filter(|&(at, _)| roots[at] != 0) {
            let of = match heads.get(&roots[at]) {
                Some(&head) => {
                    self.groups[head as usize].push(text);
                    head
                }
                None => self.new_group(text),
            };
            heads.insert(roots[at], of);
            self.texts[text as usize].group = of;
        }
        self.moved.extend(members);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::cluster::components;
    use crate::copies::{Sketcher, batch_texts};
    use crate::lsh::Banding;
    use crate::minhash::MinHasher;
    use crate::shingle::Shingler;
    use crate::text::Tokens;
    use crate::verify::{FieldRule, Rules, Subject};

    const RULES: Rules = Rules {
        title: Some(FieldRule { shingler: Shingler::HEADLINE, least_words: 3, stride: 1 }),
        body: Some(FieldRule { shingler: Shingler::BODY, least_words: 8, stride: 8 }),
    };

    /// A headline and a body.
    type Item = [String; 2];

    const VERIFIER: DuplicateVerifier =
        DuplicateVerifier { threshold: 0.7, containment: 0.9, window: 0.0, by_letters: false };

    fn keyer() -> Keyer {
        let keyer = Keyer::new(MinHasher::new(128, 42), Banding { bands: 32, rows: 4 });
        keyer.with_headlines(&Shingler::HEADLINE, VERIFIER.threshold)
    }

    fn subject([title, body]: &Item) -> Subject<'_> {
        Subject { title: title.as_str().into(), body: body.as_str().into(), ..Subject::default() }
    }

    fn print(item: &Item) -> Fingerprint {
        RULES.print(&subject(item), &mut Tokens::default())
    }

    /// The groups of a batch, as sets of texts.
    fn at_once(texts: &[Item]) -> BTreeSet<BTreeSet<u64>> {
        let subject = |at: u32| subject(&texts[at as usize]);
        let blocks = Sketcher::new(keyer(), RULES).blocks(texts.len(), subject, |_| {});
        let (different, found) = batch_texts(texts.len(), blocks, &VERIFIER);
        let print = |text: u32| print(&texts[different.items(text)[0] as usize]);
        let copies =
            found.pairs.into_iter().filter(|pair| VERIFIER.verify(*pair, &print(pair.a), &print(pair.b)).is_some());
        let roots = components(different.len(), copies);
        let mut groups = vec![BTreeSet::new(); different.len()];
        roots.iter().zip(0..).for_each(|(&root, text)| _ = groups[root as usize].insert(print(text).digest()));
        groups.into_iter().filter(|group| !group.is_empty()).collect()
    }

    fn one_by_one(groups: &CopyGroups) -> BTreeSet<BTreeSet<u64>> {
        let digests = |members: &Vec<u32>| members.iter().map(|&text| groups.texts[text as usize].digest).collect();
        groups.groups.iter().filter(|members| !members.is_empty()).map(digests).collect()
    }

    /// Words that only serve others, one for each bit of a number: titles that differ in them report the same.
    fn fillers(number: u32) -> String {
        let words = ["now", "still", "also", "just", "here", "again", "then", "too", "very", "once"];
        let chosen = (0..).zip(words).filter(|(bit, _)| number >> bit & 1 == 1);
        chosen.map(|(_, word)| word).collect::<Vec<&str>>().join(" ")
    }

    /// Headlines made from few templates, so that buckets are crowded by texts that are alike and by some that are not.
    fn crowd() -> impl Strategy<Value = Vec<Item>> {
        let slot = proptest::sample::select(vec!["rain", "snow"]);
        let line = (0usize..3, slot, 0u32..64).prop_map(|(kind, slot, number)| match kind {
            0 => format!("weather today brings {slot} and wind to the northern coast says office {}", fillers(number)),
            1 => format!("weather today brings {slot} {} to town", fillers(number % 8)),
            _ => format!("the office says the weather brings {slot} {} to the northern coast", fillers(number)),
        });
        // Of three items one has no body, one a description, one a text; all bodies are one text, cut and changed.
        let body = (0usize..3, 0usize..3, 0usize..60).prop_map(|(kind, cut, place)| {
            let length = [0, 12, 66][kind];
            let word = |at: usize| if at == place { format!("word{cut} ") } else { format!("word{at} ") };
            (cut..length).map(word).collect::<String>()
        });
        proptest::collection::vec((line, body).prop_map(|(line, body)| [line, body]), 60..260)
    }

    /// Headlines of one template, as many as make some buckets multitudes.
    fn multitude() -> impl Strategy<Value = Vec<Item>> {
        let line = |number: usize| {
            let fillers = fillers(number as u32);
            [format!("weather today brings rain and wind to the northern coast says office {fillers}"), String::new()]
        };
        let numbers = proptest::sample::subsequence((0..700).collect::<Vec<usize>>(), 520..600).prop_shuffle();
        numbers.prop_map(move |numbers| numbers.into_iter().map(line).collect())
    }

    /// Puts texts in by shares, and takes some away.
    fn come_and_go(texts: &[Item], share: usize, gone: &[usize]) -> Result<(), TestCaseError> {
        let mut groups = CopyGroups::new(keyer(), VERIFIER);
        let mut there: Vec<(Item, u32)> = Vec::new();
        for some in texts.chunks(share) {
            let prints: Vec<Fingerprint> = some.iter().map(print).collect();
            let keys: Vec<TextKeys> = prints.iter().map(|print| keyer().keys(print)).collect();
            let pairs: Vec<(&Fingerprint, &TextKeys)> = prints.iter().zip(&keys).collect();
            there.extend(some.iter().cloned().zip(groups.insert(&pairs)));
            groups.settle();
        }
        prop_assert_eq!(one_by_one(&groups), at_once(texts));
        for at in gone {
            let (_, text) = there.swap_remove(at % there.len());
            groups.release(text, true);
        }
        groups.settle();
        let left: Vec<Item> = there.into_iter().map(|(text, _)| text).collect();
        prop_assert_eq!(one_by_one(&groups), at_once(&left));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn in_any_shares_the_groups_are_those_of_a_batch(
            texts in crowd(),
            share in 1usize..80,
            gone in proptest::collection::vec(0usize..260, 0..60),
        ) {
            come_and_go(&texts, share, &gone)?;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2))]

        #[test]
        fn multitudes_come_and_go_as_well(
            texts in multitude(),
            share in 40usize..200,
            gone in proptest::collection::vec(0usize..600, 60..120),
        ) {
            come_and_go(&texts, share, &gone)?;
        }
    }
}
