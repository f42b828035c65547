//! The groups of copies, kept while texts come and go: after [`CopyGroups::settle`] they are the
//! components of the pairs that a batch of the same texts would verify. A text costs its keys, and
//! the comparisons its buckets give.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::buckets::{Gained, Lost, Member, Members, Table};
use super::partition::{Division, Put};
use super::tables::Kind;
use super::{Keyer, QUOTED_BY, TextKeys};
use crate::cluster::UnionFind;
use crate::ids::CandidatePair;
use crate::verify::{DuplicateVerifier, Edge, Fingerprint};

/// Texts and their groups.
#[derive(Debug)]
pub struct CopyGroups {
    keyer: Keyer,
    verifier: DuplicateVerifier,
    texts: Vec<Text>,
    births: u32,
    free: Vec<u32>,
    known: HashMap<u64, u32>,
    tables: Vec<Table>,
    groups: Vec<Group>,
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
    /// Told apart from texts that had its number before.
    birth: u32,
    group: u32,
    /// Its place in the list of its group.
    place: u32,
    /// The place of its part in its group's division, or [`NO_PART`].
    part: u32,
    /// What it hangs on in its group; nothing for the text that the others hang on.
    link: Option<Box<Link>>,
    /// How many texts hang on it.
    hanging: u32,
}

const NO_PART: u32 = u32::MAX;

/// Two texts of one group that are compared and are copies.
#[derive(Debug)]
struct Link {
    /// The text that the other hangs on.
    to: u32,
    /// The birth of that: once it is gone another text may have its number.
    birth: u32,
    /// Where the two meet: one bucket of what is alike, or two of shingles; nowhere if they are
    /// tied.
    meeting: Option<[Place; 2]>,
}

/// A bucket: its table and key.
type Place = (u16, u32);

/// A text, another that it hangs on, and where they meet.
type Linked = (u32, u32, Option<[Place; 2]>);

/// A component of texts: each hangs on another of it, by links that make a tree.
#[derive(Debug, Default)]
struct Group {
    texts: Vec<u32>,
    division: Option<Box<Division>>,
    /// Whether some are tied.
    is_tied: bool,
    /// Whether some are of feeds without copies within themselves, which go to parts by what is in
    /// these already.
    has_series: bool,
    /// Whether it was restored, so that it is not known how its texts hang together.
    is_restored: bool,
}

/// Groups that have changed, as they are parted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Parts that are new or were made anew, with all of their texts.
    pub whole: Vec<Vec<u32>>,
    /// Parts that grew: a text that was there before, and those that came.
    pub grown: Vec<(u32, Vec<u32>)>,
}

/// How one text meets another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// In a table of what is alike.
    Alike,
    /// In a shingle of a field by which it looks for the other.
    Asks(u8),
    /// In a shingle of a field by which the other looks for it.
    IsAsked(u8),
}

/// For how many texts at a time candidates are held in memory while the groups of series are joined
/// again.
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

/// Adds the meetings of a member of a bucket with others of it. Who looks for whom by a shingle is
/// counted apart. Items that both have a text do not meet in headlines.
fn meet(
    others: Members<'_>,
    (member, print): (Member, &Fingerprint),
    texts: &[Text],
    Kind { field, alike }: Kind,
    met: &mut Vec<Meeting>,
) {
    let (text, asks) = (member >> 1, member & 1 == 1);
    let by_texts_alone = field == 0 && print.has_text();
    let meets = |other: &Member| {
        other >> 1 != text && !(by_texts_alone && texts[(other >> 1) as usize].print.has_text())
    };
    others.iter().filter(meets).for_each(|other| {
        if alike.is_some() {
            met.push((text, Way::Alike, other >> 1));
            return;
        }
        met.extend(asks.then_some((text, Way::Asks(field as u8), other >> 1)));
        met.extend((other & 1 == 1).then_some((text, Way::IsAsked(field as u8), other >> 1)));
    });
}

/// The texts that one is compared with, given its meetings in their order.
fn candidates(met: &[Meeting]) -> Vec<u32> {
    let often = met
        .chunk_by(|x, y| x == y)
        .filter(|run| run[0].1 == Way::Alike || run.len() >= QUOTED_BY);
    let mut found: Vec<u32> = often.map(|run| run[0].2).collect();
    found.sort_unstable();
    found.dedup();
    found
}

impl CopyGroups {
    /// No texts yet.
    pub fn new(keyer: Keyer, verifier: DuplicateVerifier) -> Self {
        let tables = (0..keyer.layout().len())
            .map(|_| Table::default())
            .collect();
        CopyGroups {
            keyer,
            verifier,
            texts: Vec::new(),
            births: 0,
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

    /// Joins the parts of a component between which there are ties.
    fn joined_by_ties(&self, parts: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        if parts.len() < 2 || self.ties.is_empty() {
            return parts;
        }
        let place: HashMap<u32, u32> = (0..)
            .zip(&parts)
            .flat_map(|(at, part)| part.iter().map(move |&text| (text, at)))
            .collect();
        let mut sets = UnionFind::new(parts.len());
        for (text, &at) in &place {
            let others = self.ties.get(text).into_iter().flatten();
            others
                .filter_map(|other| place.get(other))
                .for_each(|&other| _ = sets.union(at, other));
        }
        let mut joined: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        sets.into_roots()
            .into_iter()
            .zip(parts)
            .for_each(|(root, part)| joined.entry(root).or_default().extend(part));
        joined.into_values().collect()
    }

    /// The first text of the part that a text is in, once all is settled that touched it.
    pub fn first_of_part(&self, text: u32) -> u32 {
        let Text { group, part, .. } = self.texts[text as usize];
        let division = self.groups[group as usize].division.as_ref();
        division
            .and_then(|division| division.first(part as usize))
            .unwrap_or(text)
    }

    /// What makes two texts copies of each other, if anything does.
    pub fn compare(&self, a: u32, b: u32) -> Option<Edge> {
        self.verifier
            .verify(CandidatePair::new(a, b)?, self.print(a), self.print(b))
    }

    /// What a text is compared by.
    pub fn print(&self, text: u32) -> &Fingerprint {
        &self.texts[text as usize].print
    }

    /// Of the texts that one would be compared with and that are copies of it, the most like it,
    /// and how like; the text itself if it is there. Where it would stand for a crowd, only
    /// those who do are looked at.
    pub fn nearest(&self, (print, keys): Keyed<'_>) -> Option<(u32, f64)> {
        if let Some(&text) = self.known.get(&print.digest()) {
            return Some((text, 1.0));
        }
        let mut met = Vec::new();
        for (table, key, asks) in keys.iter(self.keyer.layout()) {
            let member = STRANGER << 1 | u32::from(asks);
            let others = self.tables[table].met_by(key, member);
            meet(
                others,
                (member, print),
                &self.texts,
                self.keyer.layout().kind(table),
                &mut met,
            );
        }
        met.sort_unstable();
        let copy = |text: u32| {
            let edge = self.verifier.verify(
                CandidatePair::new(STRANGER, text)?,
                self.print(text),
                print,
            )?;
            Some((text, edge.similarity()))
        };
        let copies = candidates(&met).into_iter().filter_map(copy);
        copies.max_by(|x, y| x.1.total_cmp(&y.1).then(y.0.cmp(&x.0)))
    }

    /// Adds a use of each text, joins them with their copies, and returns their numbers.
    pub fn insert(&mut self, texts: &[Keyed<'_>]) -> Vec<u32> {
        let (numbers, placed) = self.enter(texts);
        self.join_copies(
            placed
                .iter()
                .flat_map(|placed| &placed.met)
                .copied()
                .collect(),
        );
        for (table, placed) in placed.into_iter().enumerate() {
            placed
                .lost
                .into_iter()
                .for_each(|lost| self.doubt(table, lost));
        }
        numbers
    }

    /// Adds a use of each text without joining it with its copies, and returns their numbers;
    /// [`CopyGroups::reunite`] puts them into the groups they had.
    pub fn restore(&mut self, texts: &[Keyed<'_>]) -> Vec<u32> {
        let (numbers, _) = self.enter(texts);
        self.moved.clear();
        numbers
    }

    /// Puts a text that was restored into the group of another.
    pub fn reunite(&mut self, text: u32, other: u32) {
        self.union(text, other);
        let group = self.group(text);
        self.groups[group as usize].is_restored = true;
        self.moved.clear();
    }

    /// Ends what [`CopyGroups::restore`] and [`CopyGroups::reunite`] did: of feeds without copies
    /// within themselves, items that are copies of one item elsewhere are in different groups.
    /// What comes later can group them otherwise, so they are joined again, for
    /// [`CopyGroups::settle`] to part.
    pub fn rejoin_series(&mut self) {
        let is_of_series = |text: &Text| text.uses > 0 && text.print.context.reach.is_of_series();
        let numbered = self.texts.iter().zip(0u32..);
        let series: Vec<u32> = numbered
            .filter(|(text, _)| is_of_series(text))
            .map(|(_, number)| number)
            .collect();
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
            self.unite(a, b, None);
            let group = self.group(a);
            self.groups[group as usize].is_tied = true;
        }
    }

    /// Takes a use of a text away; of one that nothing uses any more, what it held together is
    /// looked at again if `recheck` is set, and what it kept from being compared.
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
            self.ties
                .entry(other)
                .or_default()
                .retain(|&one| one != text);
        }
        self.texts[text as usize] = Text::default();
        self.free.push(text);
        if recheck {
            self.doubtful.insert(group);
            gained.iter_mut().for_each(|member| *member >>= 1);
            gained.sort_unstable();
            gained.dedup();
            self.join_copies(
                gained
                    .into_iter()
                    .flat_map(|text| self.meetings(text))
                    .collect(),
            );
        }
    }

    /// Makes the groups what they would be if all texts had come at once, and tells the parts that
    /// have changed since the last time; those of `used` texts are known after it too, see
    /// [`CopyGroups::first_of_part`].
    pub fn settle(&mut self, used: impl IntoIterator<Item = u32>) -> Settled {
        for group in std::mem::take(&mut self.doubtful) {
            self.recheck(group);
        }
        let moved: Vec<u32> = std::mem::take(&mut self.moved).into_iter().collect();
        let mut touched: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for text in moved
            .into_iter()
            .chain(used)
            .filter(|&text| self.texts[text as usize].uses > 0)
        {
            touched.entry(self.group(text)).or_default().push(text);
        }
        let mut settled = Settled::default();
        touched
            .into_iter()
            .for_each(|(group, texts)| self.divide(group, texts, &mut settled));
        settled
    }

    /// Parts a group again, some of whose texts may have come since the last time.
    fn divide(&mut self, group: u32, mut fresh: Vec<u32>, settled: &mut Settled) {
        fresh.retain(|&text| self.texts[text as usize].part == NO_PART);
        let count = self.groups[group as usize].texts.len();
        let division = self.groups[group as usize].division.take();
        if fresh.is_empty()
            && division
                .as_ref()
                .is_some_and(|division| division.holds_for(count))
        {
            self.groups[group as usize].division = division;
            return;
        }
        if Division::is_one(count) {
            let texts = self.groups[group as usize].texts.clone();
            texts
                .iter()
                .for_each(|&text| self.texts[text as usize].part = 0);
            self.groups[group as usize].division = Some(Box::new(Division::small(texts[0])));
            settled.whole.push(texts);
            return;
        }
        let division = division.filter(|_| !self.groups[group as usize].has_series);
        let is_new = division.is_none();
        let mut division = division.unwrap_or_default();
        let place = |text: u32| self.place_of(text);
        let are_copies = |a: u32, b: u32| self.are_held(a, b);
        fresh.sort_unstable_by_key(|&text| place(text));
        fresh.dedup();
        let anew = || Put {
            gave_up: true,
            ..Put::default()
        };
        let Put {
            mut joined,
            left,
            gave_up,
        } = if is_new {
            anew()
        } else {
            division.put(&fresh, place, are_copies)
        };
        let kept = division.len();
        self.note_parts(&joined, kept, &[]);
        let mut rest = left;
        if gave_up {
            let is_behind = |text: &u32| self.texts[*text as usize].part as usize >= kept;
            rest = self.groups[group as usize]
                .texts
                .iter()
                .copied()
                .filter(is_behind)
                .collect();
            rest.sort_by_cached_key(|&text| self.place_of(text));
        }
        let reach = |text: u32| self.print(text).context.reach;
        let added = division.add(&rest, reach, |a, b| self.are_held(a, b));
        self.note_parts(&[], kept, &added);
        let is_parted_with_ties = self.groups[group as usize].is_tied && division.len() > 1;
        self.groups[group as usize].division = Some(division);
        if is_parted_with_ties {
            settled.whole.extend(self.joined_by_ties(self.parts(group)));
            return;
        }
        settled.whole.extend(added);
        joined.sort_by_key(|&(_, part)| part);
        for some in joined.chunk_by(|x, y| x.1 == y.1) {
            let texts = some.iter().map(|&(text, _)| text).collect();
            settled.grown.push((self.first_of_part(some[0].0), texts));
        }
    }

    /// Whether two texts belong into one part: they are tied, or copies.
    fn are_held(&self, a: u32, b: u32) -> bool {
        self.are_tied(a, b) || self.compare(a, b).is_some()
    }

    /// Notes in which parts texts are: those that joined one, and those of the parts added behind
    /// the ones kept.
    fn note_parts(&mut self, joined: &[(u32, usize)], kept: usize, added: &[Vec<u32>]) {
        joined
            .iter()
            .for_each(|&(text, part)| self.texts[text as usize].part = part as u32);
        for (part, texts) in (kept as u32..).zip(added) {
            texts
                .iter()
                .for_each(|&text| self.texts[text as usize].part = part);
        }
    }

    /// The texts of the part that a text is in.
    pub fn part_of(&self, text: u32) -> Vec<u32> {
        let Text { group, part, .. } = self.texts[text as usize];
        let texts = self.groups[group as usize].texts.iter().copied();
        texts
            .filter(|&other| self.texts[other as usize].part == part)
            .collect()
    }

    /// The texts of each part of a group that is parted.
    fn parts(&self, group: u32) -> Vec<Vec<u32>> {
        let Group {
            texts, division, ..
        } = &self.groups[group as usize];
        let mut parts = vec![Vec::new(); division.as_ref().map_or(0, |division| division.len())];
        texts
            .iter()
            .for_each(|&text| parts[self.texts[text as usize].part as usize].push(text));
        parts
    }

    fn are_tied(&self, a: u32, b: u32) -> bool {
        self.ties.get(&a).is_some_and(|ties| ties.contains(&b))
    }

    /// As [`place_of`](super::place_of) tells the place of a print.
    fn place_of(&self, text: u32) -> (Option<i32>, u64) {
        let Text { print, digest, .. } = &self.texts[text as usize];
        (print.context.hour, *digest)
    }

    /// Claims a use of each text and puts the new ones into their buckets; returns the numbers of
    /// all, and of each table the meetings there and what was lost.
    fn enter(&mut self, texts: &[Keyed<'_>]) -> (Vec<u32>, Vec<Placed>) {
        let claimed: Vec<(u32, bool)> = texts.iter().map(|(print, _)| self.claim(print)).collect();
        let new = claimed.iter().zip(texts).filter(|((_, is_new), _)| *is_new);
        let fresh: Vec<(u32, &TextKeys)> =
            new.map(|(&(text, _), &(_, keys))| (text, keys)).collect();
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
        self.groups[group as usize].has_series = print.context.reach.is_of_series();
        self.births = self.births.wrapping_add(1).max(1);
        let (print, birth) = (print.clone(), self.births);
        self.texts[text as usize] = Text {
            print,
            digest,
            uses: 1,
            birth,
            group,
            part: NO_PART,
            ..Text::default()
        };
        self.known.insert(digest, text);
        self.moved.insert(text);
        (text, true)
    }

    fn new_group(&mut self, text: u32) -> u32 {
        let group = self.spare.pop().unwrap_or_else(|| {
            self.groups.push(Group::default());
            self.groups.len() as u32 - 1
        });
        self.groups[group as usize] = Group {
            texts: vec![text],
            ..Group::default()
        };
        group
    }

    /// Puts texts into their buckets. One table after another, because each has its own place in
    /// memory.
    fn place(&mut self, fresh: &[(u32, &TextKeys)]) -> Vec<Placed> {
        let CopyGroups {
            keyer,
            tables,
            texts,
            ..
        } = self;
        let rank = |member: Member| texts[(member >> 1) as usize].digest;
        let fill = |(at, table): (usize, &mut Table)| {
            let (mut placed, kind) = (Placed::default(), keyer.layout().kind(at));
            for &(text, keys) in fresh {
                for (key, asks) in keys.of_kind(kind) {
                    let member = text << 1 | u32::from(asks);
                    placed.lost.extend(table.insert(key, member, rank));
                    let print = &texts[text as usize].print;
                    meet(
                        table.met_by(key, member),
                        (member, print),
                        texts,
                        kind,
                        &mut placed.met,
                    );
                }
            }
            placed
        };
        tables.par_iter_mut().enumerate().map(fill).collect()
    }

    /// Mends what hung together by pairs of a bucket that are no longer compared.
    fn doubt(&mut self, table: usize, lost: Lost) {
        let (key, groups): (u32, Vec<u32>) = match lost {
            Lost::Narrowed(key) => {
                let bucket = self.tables[table].bucket(key).iter();
                let mut groups: Vec<u32> = bucket.map(|member| self.group(member >> 1)).collect();
                groups.sort_unstable();
                (
                    key,
                    groups
                        .chunk_by(u32::eq)
                        .filter(|run| run.len() > 1)
                        .map(|run| run[0])
                        .collect(),
                )
            }
            Lost::Displaced(key, member) => {
                let Text {
                    group,
                    hanging,
                    link,
                    ..
                } = &self.texts[(member >> 1) as usize];
                let is_held =
                    *hanging > 0 || link.is_some() || self.groups[*group as usize].is_restored;
                let is_alone = self.groups[*group as usize].texts.len() < 2;
                (
                    key,
                    if is_held && !is_alone {
                        vec![*group]
                    } else {
                        Vec::new()
                    },
                )
            }
        };
        if groups.is_empty() {
            return;
        }
        let (unknown, known): (Vec<u32>, Vec<u32>) = groups
            .into_iter()
            .partition(|&group| self.groups[group as usize].is_restored);
        self.doubtful.extend(unknown);
        if !known.is_empty() {
            self.mend((table as u16, key));
        }
    }

    /// Hangs those texts of a bucket that hung on another by meeting it there, and do so no more,
    /// on others.
    fn mend(&mut self, place: Place) {
        let table = &self.tables[usize::from(place.0)];
        let hung_there = |text: &u32| {
            let link = self.texts[*text as usize].link.as_deref();
            link.and_then(|link| link.meeting)
                .is_some_and(|places| places.contains(&place))
        };
        let mut hanging: Vec<u32> = table
            .bucket(place.1)
            .iter()
            .map(|member| member >> 1)
            .filter(hung_there)
            .collect();
        hanging.retain(|&text| {
            let other = self.hangs_on(text);
            !table.is_in_front(place.1, text)
                && other.is_some_and(|other| !table.is_in_front(place.1, other))
        });
        hanging.into_iter().for_each(|text| self.hang_anew(text));
    }

    /// The text that one hangs on.
    fn hangs_on(&self, text: u32) -> Option<u32> {
        let link = self.texts[text as usize].link.as_deref()?;
        (self.texts[link.to as usize].birth == link.birth).then_some(link.to)
    }

    /// Finds another meeting of a text with the one it hangs on, or else another text to hang on.
    fn hang_anew(&mut self, text: u32) {
        let keys = self.keyer.keys(self.print(text));
        let again = self
            .hangs_on(text)
            .and_then(|other| Some((other, self.meeting((text, &keys), other)?)));
        self.unhang(text);
        let found = again.or_else(|| {
            let mut met = self.meetings_of(text, &keys);
            met.sort_unstable();
            let can_hold = |&other: &u32| {
                self.group(other) == self.group(text)
                    && !self.hangs_below(other, text)
                    && self.compare(text, other).is_some()
            };
            let other = candidates(&met).into_iter().find(can_hold)?;
            Some((other, self.meeting((text, &keys), other)?))
        });
        match found {
            Some((other, meeting)) => self.hang(text, other, Some(meeting)),
            None => _ = self.doubtful.insert(self.group(text)),
        }
    }

    /// Whether a text hangs on another, directly or by others.
    fn hangs_below(&self, mut text: u32, other: u32) -> bool {
        loop {
            if text == other {
                return true;
            }
            let Some(above) = self.hangs_on(text) else {
                return false;
            };
            text = above;
        }
    }

    fn hang(&mut self, text: u32, other: u32, meeting: Option<[Place; 2]>) {
        let birth = self.texts[other as usize].birth;
        self.texts[text as usize].link = Some(Box::new(Link {
            to: other,
            birth,
            meeting,
        }));
        self.texts[other as usize].hanging += 1;
    }

    fn unhang(&mut self, text: u32) -> Option<(u32, Option<[Place; 2]>)> {
        let other = self.hangs_on(text);
        let link = self.texts[text as usize].link.take()?;
        let other = other?;
        self.texts[other as usize].hanging -= 1;
        Some((other, link.meeting))
    }

    /// Turns links round, so that all texts that hang together with one hang on that.
    fn put_on_top(&mut self, text: u32) {
        let (mut text, mut above) = (text, self.unhang(text));
        while let Some((other, meeting)) = above {
            above = self.unhang(other);
            self.hang(other, text, meeting);
            text = other;
        }
    }

    /// Where two texts meet, given the keys of the first; nowhere if they are not compared.
    fn meeting(&self, (text, keys): (u32, &TextKeys), other: u32) -> Option<[Place; 2]> {
        let layout = self.keyer.layout();
        let have_texts = [text, other]
            .iter()
            .all(|&text| self.print(text).has_text());
        let mut asked: [[Vec<Place>; 2]; 2] = Default::default();
        for (table, key, asks) in keys.iter(layout) {
            let Kind { field, alike } = layout.kind(table);
            if field == 0 && have_texts {
                continue;
            }
            let place = (table as u16, key);
            let members = self.tables[table]
                .met_by(key, text << 1 | u32::from(asks))
                .iter();
            for member in members.filter(|member| member >> 1 == other) {
                if alike.is_some() {
                    return Some([place; 2]);
                }
                asked[field][0].extend(asks.then_some(place));
                asked[field][1].extend((member & 1 == 1).then_some(place));
            }
        }
        let often = asked
            .as_flattened()
            .iter()
            .find(|places| places.len() >= QUOTED_BY)?;
        Some([often[0], often[1]])
    }

    /// Joins texts with the copies among those they meet.
    fn join_copies(&mut self, mut met: Vec<Meeting>) {
        met.par_sort_unstable();
        let by_text: Vec<&[Meeting]> = met.chunk_by(|x, y| x.0 == y.0).collect();
        let groups = &*self;
        let copies: Vec<(u32, u32, [Place; 2])> = by_text
            .par_iter()
            .flat_map_iter(|met| groups.copies(met))
            .collect();
        copies
            .into_iter()
            .for_each(|(text, other, meeting)| self.unite(text, other, Some(meeting)));
    }

    /// Makes one group of those of two texts, which hang together by meeting in these places, or by
    /// a tie.
    fn unite(&mut self, a: u32, b: u32, meeting: Option<[Place; 2]>) {
        let [of_a, of_b] = [a, b].map(|text| self.group(text));
        if of_a == of_b {
            return;
        }
        let is_smaller =
            self.groups[of_a as usize].texts.len() <= self.groups[of_b as usize].texts.len();
        let (text, other) = if is_smaller { (a, b) } else { (b, a) };
        self.put_on_top(text);
        self.hang(text, other, meeting);
        self.union(a, b);
    }

    /// Of the meetings of one text, a pair with one copy in each other group that has any, and
    /// where the two still meet when all texts have their places.
    fn copies(&self, met: &[Meeting]) -> Vec<(u32, u32, [Place; 2])> {
        let text = met[0].0;
        let mut joined = vec![self.group(text)];
        let mut copies = Vec::new();
        let mut keys = None;
        for other in candidates(met) {
            let group = self.group(other);
            if joined.contains(&group) || self.compare(text, other).is_none() {
                continue;
            }
            let keys = keys.get_or_insert_with(|| self.keyer.keys(self.print(text)));
            if let Some(meeting) = self.meeting((text, keys), other) {
                joined.push(group);
                copies.push((text, other, meeting));
            }
        }
        copies
    }

    /// Whom a text meets.
    fn meetings(&self, text: u32) -> Vec<Meeting> {
        self.meetings_of(text, &self.keyer.keys(self.print(text)))
    }

    /// Whom a text of these keys meets.
    fn meetings_of(&self, text: u32, keys: &TextKeys) -> Vec<Meeting> {
        let mut met = Vec::new();
        for (table, key, asks) in keys.iter(self.keyer.layout()) {
            let member = text << 1 | u32::from(asks);
            let others = self.tables[table].met_by(key, member);
            meet(
                others,
                (member, self.print(text)),
                &self.texts,
                self.keyer.layout().kind(table),
                &mut met,
            );
        }
        met
    }

    fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.group(a), self.group(b));
        if a == b {
            return;
        }
        let is_smaller = self.groups[a as usize].texts.len() < self.groups[b as usize].texts.len();
        let (kept, gone) = if is_smaller { (b, a) } else { (a, b) };
        let Group {
            texts: movers,
            is_tied,
            has_series,
            is_restored,
            ..
        } = std::mem::take(&mut self.groups[gone as usize]);
        let group = &mut self.groups[kept as usize];
        for (&text, place) in movers.iter().zip(group.texts.len() as u32..) {
            let text = &mut self.texts[text as usize];
            (text.group, text.place, text.part) = (kept, place, NO_PART);
        }
        group.is_tied |= is_tied;
        group.has_series |= has_series;
        group.is_restored |= is_restored;
        self.moved.extend(&movers);
        self.moved.insert(group.texts[0]);
        group.texts.extend(movers);
        self.spare.push(gone);
        if self.doubtful.remove(&gone) {
            self.doubtful.insert(kept);
        }
    }

    /// Takes a text out of its group. What hung on it hangs on nothing then.
    fn leave(&mut self, text: u32) {
        self.unhang(text);
        let Text {
            group, place, part, ..
        } = self.texts[text as usize];
        let Group {
            texts, division, ..
        } = &mut self.groups[group as usize];
        texts.swap_remove(place as usize);
        if let Some(&moved) = texts.get(place as usize) {
            self.texts[moved as usize].place = place;
        }
        division
            .iter_mut()
            .for_each(|division| division.leave(text, part as usize));
        if texts.is_empty() {
            self.groups[group as usize] = Group::default();
            self.spare.push(group);
            self.doubtful.remove(&group);
        }
    }

    /// Parts a group into what its comparisons still hold together.
    fn recheck(&mut self, group: u32) {
        let mut members = self.groups[group as usize].texts.clone();
        members.sort_unstable();
        let (roots, links) = self.components(&members);
        if roots.iter().any(|&root| root > 0) {
            members
                .iter()
                .for_each(|&text| self.texts[text as usize].part = NO_PART);
            self.regroup(group, &members, &roots);
            self.moved.extend(&members);
        }
        // Where a text has gone by which others were judged they are judged anew.
        let division = self.groups[group as usize].division.as_deref();
        if division.is_some_and(|division| !division.holds_for(members.len())) {
            self.moved.extend(members.first());
        }
        self.groups[group as usize].is_restored = false;
        for &text in &members {
            let text = &mut self.texts[text as usize];
            (text.link, text.hanging) = (None, 0);
        }
        for (text, other, meeting) in links {
            self.put_on_top(text);
            self.hang(text, other, meeting);
        }
    }

    /// Of some texts, ascending, for each the place of the first of its component, and the links
    /// that hold these together.
    fn components(&self, members: &[u32]) -> (Vec<u32>, Vec<Linked>) {
        let place = |text: u32| members.binary_search(&text).ok().map(|at| at as u32);
        let mut sets = UnionFind::new(members.len());
        let mut links: Vec<Linked> = Vec::new();
        for (at, &text) in (0u32..).zip(members) {
            if links.len() + 1 >= members.len() {
                break;
            }
            for &other in self.ties.get(&text).into_iter().flatten() {
                if place(other).is_some_and(|there| sets.union(at, there)) {
                    links.push((text, other, None));
                }
            }
            let keys = self.keyer.keys(self.print(text));
            let mut met = self.meetings_of(text, &keys);
            met.sort_unstable();
            for other in candidates(&met) {
                let Some(there) = place(other) else { continue };
                if sets.find(at) != sets.find(there) && self.compare(text, other).is_some() {
                    sets.union(at, there);
                    links.push((text, other, self.meeting((text, &keys), other)));
                }
            }
        }
        (sets.into_roots(), links)
    }

    /// Makes groups of the members of one, given the place of the first member of each one's group.
    fn regroup(&mut self, group: u32, members: &[u32], roots: &[u32]) {
        let mut heads: HashMap<u32, u32> = HashMap::new();
        for (&text, &root) in members.iter().zip(roots) {
            let of = match heads.get(&root) {
                Some(&head) => {
                    self.groups[head as usize].texts.push(text);
                    head
                }
                None if root == 0 => {
                    self.groups[group as usize] = Group {
                        texts: vec![text],
                        ..Group::default()
                    };
                    group
                }
                None => self.new_group(text),
            };
            heads.insert(root, of);
            let is_tied = self.ties.contains_key(&text);
            let is_of_series = self.print(text).context.reach.is_of_series();
            let Group {
                texts,
                is_tied: any_tied,
                has_series,
                ..
            } = &mut self.groups[of as usize];
            *any_tied |= is_tied;
            *has_series |= is_of_series;
            let place = texts.len() as u32 - 1;
            (
                self.texts[text as usize].group,
                self.texts[text as usize].place,
            ) = (of, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::blocking::Banding;
    use crate::blocking::{Sketcher, batch_texts, place_of, split};
    use crate::cluster::components;
    use crate::sets::MinHasher;
    use crate::sets::Shingler;
    use crate::source_rules::CopyScope;
    use crate::text::Tokens;
    use crate::verify::{ComparedItem, FieldRule, Rules};

    const RULES: Rules = Rules {
        title: Some(FieldRule {
            shingler: Shingler::HEADLINE,
            min_words: 3,
            stride: 1,
        }),
        body: Some(FieldRule {
            shingler: Shingler::BODY,
            min_words: 8,
            stride: 8,
        }),
    };

    /// A headline and a body.
    type Item = [String; 2];

    const VERIFIER: DuplicateVerifier = DuplicateVerifier {
        threshold: 0.7,
        containment: 0.9,
        window_days: 0.0,
        char_shingles: false,
    };

    fn keyer() -> Keyer {
        let keyer = Keyer::new(MinHasher::new(128, 42), Banding { bands: 32, rows: 4 });
        keyer.with_headlines(&Shingler::HEADLINE, VERIFIER.threshold)
    }

    fn subject([title, body]: &Item) -> ComparedItem<'_> {
        ComparedItem {
            title: title.as_str().into(),
            body: body.as_str().into(),
            ..ComparedItem::default()
        }
    }

    fn print(item: &Item) -> Fingerprint {
        RULES.fingerprint(&subject(item), &mut Tokens::default())
    }

    /// The groups of a batch, as sets of texts.
    fn at_once(texts: &[Item]) -> BTreeSet<BTreeSet<u64>> {
        let subject = |at: u32| subject(&texts[at as usize]);
        let blocks = Sketcher::new(keyer(), RULES).blocks(texts.len(), subject, |_| {});
        let (different, found) = batch_texts(texts.len(), blocks, &VERIFIER);
        let print = |text: u32| print(&texts[different.items(text)[0] as usize]);
        let copies = found.pairs.into_iter().filter(|pair| {
            VERIFIER
                .verify(*pair, &print(pair.a), &print(pair.b))
                .is_some()
        });
        let roots = components(different.len(), copies);
        let mut groups = vec![BTreeSet::new(); different.len()];
        roots
            .iter()
            .zip(0..)
            .for_each(|(&root, text)| _ = groups[root as usize].insert(print(text).digest()));
        groups
            .into_iter()
            .filter(|group| !group.is_empty())
            .collect()
    }

    fn one_by_one(groups: &CopyGroups) -> BTreeSet<BTreeSet<u64>> {
        let digests = |group: &Group| {
            group
                .texts
                .iter()
                .map(|&text| groups.texts[text as usize].digest)
                .collect()
        };
        groups
            .groups
            .iter()
            .filter(|group| !group.texts.is_empty())
            .map(digests)
            .collect()
    }

    /// Words that only serve others, one for each bit of a number: titles that differ in them
    /// report the same.
    fn fillers(number: u32) -> String {
        let words = [
            "now", "still", "also", "just", "here", "again", "then", "too", "very", "once",
        ];
        let chosen = (0..).zip(words).filter(|(bit, _)| number >> bit & 1 == 1);
        chosen
            .map(|(_, word)| word)
            .collect::<Vec<&str>>()
            .join(" ")
    }

    /// Headlines made from few templates, so that buckets are crowded by texts that are alike and
    /// by some that are not.
    fn crowd() -> impl Strategy<Value = Vec<Item>> {
        let slot = proptest::sample::select(vec!["rain", "snow"]);
        let line = (0usize..3, slot, 0u32..64).prop_map(|(kind, slot, number)| match kind {
            0 => format!(
                "weather today brings {slot} and wind to the northern coast says office {}",
                fillers(number)
            ),
            1 => format!(
                "weather today brings {slot} {} to town",
                fillers(number % 8)
            ),
            _ => format!(
                "the office says the weather brings {slot} {} to the northern coast",
                fillers(number)
            ),
        });
        // Of three items one has no body, one a description, one a text; all bodies are one text,
        // cut and changed.
        let body = (0usize..3, 0usize..3, 0usize..60).prop_map(|(kind, cut, place)| {
            let length = [0, 12, 66][kind];
            let word = |at: usize| {
                if at == place {
                    format!("word{cut} ")
                } else {
                    format!("word{at} ")
                }
            };
            (cut..length).map(word).collect::<String>()
        });
        proptest::collection::vec((line, body).prop_map(|(line, body)| [line, body]), 60..260)
    }

    /// Headlines of one template, as many as make some buckets multitudes.
    fn multitude() -> impl Strategy<Value = Vec<Item>> {
        let line = |number: usize| {
            let fillers = fillers(number as u32);
            [
                format!(
                    "weather today brings rain and wind to the northern coast says office {fillers}"
                ),
                String::new(),
            ]
        };
        let numbers = proptest::sample::subsequence((0..700).collect::<Vec<usize>>(), 520..600)
            .prop_shuffle();
        numbers.prop_map(move |numbers| numbers.into_iter().map(line).collect())
    }

    /// Each group is parted as all of its texts at once are, and each of its texts but one hangs on
    /// another.
    fn each_group_is_parted_and_hangs_together(groups: &CopyGroups) -> Result<(), TestCaseError> {
        for (at, group) in (0..)
            .zip(&groups.groups)
            .filter(|(_, group)| group.texts.len() > 2)
        {
            let mut order = group.texts.clone();
            order.sort_by_key(|&text| place_of(groups.print(text)));
            let sorted = |mut parts: Vec<Vec<u32>>| {
                parts.iter_mut().for_each(|part| part.sort_unstable());
                parts
            };
            let expected = split(
                &order,
                |_| CopyScope::Any,
                |a, b| groups.compare(a, b).is_some(),
            );
            prop_assert_eq!(sorted(groups.parts(at)), sorted(expected));
            let on_top = group
                .texts
                .iter()
                .filter(|&&text| groups.hangs_on(text).is_none());
            prop_assert_eq!(on_top.count(), 1);
        }
        Ok(())
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
            groups.settle([]);
            each_group_is_parted_and_hangs_together(&groups)?;
        }
        prop_assert_eq!(one_by_one(&groups), at_once(texts));
        for at in gone {
            let (_, text) = there.swap_remove(at % there.len());
            groups.release(text, true);
        }
        groups.settle([]);
        each_group_is_parted_and_hangs_together(&groups)?;
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
