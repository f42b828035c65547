//! Weighed items in, for one of them the others most like it out, best first, without saying one
//! thing twice.
//!
//! Inverted lists of words and of runs of letters, in the order of the items' dates, give the
//! cosines of headlines, leads and letters term by term, as far from the item's own date as
//! likeness lasts. What can still be among the best by them is compared in full, the most promising
//! first, until nothing better can come (Turtle and Flood 1995). The first found speak for those
//! like them (Rocchio 1971), and the list is ordered by maximal marginal relevance (Carbonell and
//! Goldstein 1998). An item costs the lengths of the lists of its terms, and some tens of
//! comparisons.

use std::cmp::Ordering;
use std::ops::Range;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::article::Timestamp;
use crate::ids::CandidatePair;
use crate::similarity::{Product, ScatteredVector, Vector};
use crate::verify::{
    PREFETCH_BATCH, PartialScore, ScatteredView, StoryField, StoryVerifier, StoryView,
};

/// What a list may hold.
#[derive(Debug, Clone, PartialEq)]
pub struct ListRules {
    /// At most so many entries.
    pub max_items: usize,
    /// Entries are at least so much alike.
    pub min_score: f64,
    /// At most so many entries of one source; 0 for no limit.
    pub max_per_source: usize,
    /// What an entry loses for repeating one above it, in 0..=1: 0 for the order of the scores.
    pub diversity: f64,
    /// Every pair is compared in full, to see what the search misses; for measuring.
    pub exhaustive: bool,
}

impl Default for ListRules {
    fn default() -> Self {
        ListRules {
            max_items: 10,
            min_score: 0.04,
            max_per_source: 0,
            diversity: 0.1,
            exhaustive: false,
        }
    }
}

/// What an item that may be listed is to the one that the list is for. The greater, the higher it
/// stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryRelation {
    /// Not of its story.
    OtherStory,
    /// Of its story.
    SameStory,
}

/// An item found, by its place among the items of the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its place.
    pub item: u32,
    /// What it is to the one asked for.
    pub relation: StoryRelation,
    /// How alike they are, in 0..=1.
    pub score: f64,
}

impl Hit {
    /// Whether it stands above another: by relation, score and place.
    fn order(&self, other: &Hit) -> Ordering {
        other
            .relation
            .cmp(&self.relation)
            .then(other.score.total_cmp(&self.score))
            .then(self.item.cmp(&other.item))
    }
}

/// A vector's lightest words are not asked for if all of them together have at most this share of
/// its length. What two items of one length share in these is at most the square of it.
const WORDS_UNASKED: f64 = 0.1;
const WORDS_MISSED: f64 = WORDS_UNASKED * WORDS_UNASKED;

/// The same of runs of letters, by which a name is known that two languages inflect or join
/// differently. The lightest are everywhere, and two headlines seldom share more in them than this.
const LETTERS_UNASKED: f64 = 0.75;
const LETTERS_MISSED: f64 = 0.2;

/// Of two items with one score the lesser comes first, so who comes so near to a score is told to
/// the end.
const ALMOST: f64 = 1.0 - 1e-9;

/// So many are found that diversity can choose from, half as many again as are wanted.
fn pool(wanted: usize) -> usize {
    wanted + wanted.div_ceil(2)
}

/// What is like the first so many found tells more likely of the same: of two that share as little
/// with the item asked for, that comes first which goes on from an entry above. Each adds half of
/// its score times this likeness.
const BACKERS: usize = 2;
const BACKING: f64 = 0.5;

/// Finds the items most like one.
#[derive(Debug)]
pub struct Index<'v> {
    views: Vec<&'v StoryView>,
    verifier: StoryVerifier,
    /// The items by their dates, those without one first.
    by_date: Vec<u32>,
    /// The place of each item among these.
    ranks: Vec<u32>,
    titles: Lists,
    leads: Lists,
    /// None where letters count nothing.
    letters: Option<Lists>,
    /// By rank.
    marks: Vec<Mark>,
    decay: Decay,
}

/// What days between two items leave of their likeness, by whole days: the time to work it out is
/// most of a search.
#[derive(Debug)]
struct Decay(Vec<f64>);

/// Beyond so many days nothing more is taken.
const DECAY_DAYS: i64 = 400;

impl Decay {
    fn new(verifier: &StoryVerifier) -> Self {
        let day =
            |days: i64| verifier.decay_between(Some(Timestamp(0)), Some(Timestamp(days * 86_400)));
        Decay((0..=DECAY_DAYS).map(day).collect())
    }

    /// The most that the days between two dates leave.
    fn most(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        let days = a.zip(b).map_or(0, |(x, y)| x.0.abs_diff(y.0) / 86_400);
        self.0[days.min(DECAY_DAYS as u64) as usize]
    }
}

/// What of an item can be told without a look at it.
#[derive(Debug, Clone, Copy)]
struct Mark {
    published: Option<Timestamp>,
    /// Whether its headline says each word once.
    once: bool,
}

impl Mark {
    fn of(view: &StoryView) -> Self {
        Mark {
            published: view.published,
            once: view.has_distinct_terms(),
        }
    }
}

/// An item found that may be listed.
#[derive(Debug, Clone, Copy)]
struct Offer {
    found: Hit,
    /// Its score, and what others add to it.
    worth: f64,
    /// The most that it repeats of an entry of the list.
    said: f64,
}

/// What a search writes on; one a thread saves its making.
#[derive(Debug)]
pub struct Accumulators<'v> {
    /// By rank.
    sums: Vec<[Sum; 3]>,
    touched: Vec<u32>,
    /// The item that is asked for.
    own: ScatteredView<'v>,
    /// The headline of the entry that was chosen last.
    chosen: ScatteredVector<'v>,
}

impl<'v> Index<'v> {
    /// The index of these items. Days between items take from their likeness as the verifier's fade
    /// has it, but set no limit, as what is no longer of a story may have led to it.
    pub fn new(views: Vec<&'v StoryView>, verifier: StoryVerifier) -> Self {
        let mut by_date: Vec<u32> = (0..views.len() as u32).collect();
        by_date.par_sort_unstable_by_key(|&item| {
            (views[item as usize].published.map(|when| when.0), item)
        });
        let mut ranks = vec![0; views.len()];
        by_date
            .iter()
            .zip(0..)
            .for_each(|(&item, rank)| ranks[item as usize] = rank);
        let in_order = || by_date.iter().map(|&item| views[item as usize]);
        let lists = |field, damping, unasked| {
            Lists::new(in_order().map(|view| view.vector(field)), damping, unasked)
        };
        let titles = lists(StoryField::Title, verifier.damping, WORDS_UNASKED);
        let leads = lists(StoryField::Lead, verifier.damping, WORDS_UNASKED);
        let letters = (verifier.char_gram_weight > 0.0)
            .then(|| lists(StoryField::CharGrams, 0.0, LETTERS_UNASKED));
        let marks = in_order().map(Mark::of).collect();
        let decay = Decay::new(&verifier);
        let verifier = StoryVerifier {
            min_similarity: 0.0,
            window_days: 0.0,
            ..verifier
        };
        Index {
            views,
            verifier,
            by_date,
            ranks,
            titles,
            leads,
            letters,
            marks,
            decay,
        }
    }

    /// An empty accumulators.
    pub fn accumulators(&self) -> Accumulators<'v> {
        Accumulators {
            sums: vec![[Sum::default(); 3]; self.views.len()],
            touched: Vec::new(),
            own: ScatteredView::default(),
            chosen: ScatteredVector::default(),
        }
    }

    /// The ranks of the items whose dates leave so much of their likeness to one of this date:
    /// those without a date, and those of its time.
    fn of_time(&self, published: Option<Timestamp>, least: f64) -> [Range<u32>; 2] {
        let all = self.marks.len() as u32;
        let reach = StoryVerifier {
            min_similarity: least,
            ..self.verifier
        }
        .max_seconds_apart();
        let Some((when, reach)) = published.zip(reach) else {
            return [0..all, all..all];
        };
        let rank = |is_before: &dyn Fn(i64) -> bool| {
            self.marks
                .partition_point(|mark| mark.published.is_none_or(|other| is_before(other.0)))
                as u32
        };
        [
            0..rank(&|_| false),
            rank(&|other| other < when.0 - reach)..rank(&|other| other <= when.0 + reach),
        ]
    }

    /// How alike two items are. In one story others speak for the pair; elsewhere it speaks for
    /// itself.
    pub fn score(&self, a: u32, b: u32, relation: StoryRelation) -> f64 {
        self.score_above(0.0, a, b, relation, |field| {
            self.view(a).product(field, self.view(b))
        })
    }

    /// The score of two items if it is above `floor`, which takes less time the higher that is;
    /// else a lower one.
    fn score_above(
        &self,
        min_similarity: f64,
        a: u32,
        b: u32,
        relation: StoryRelation,
        product: impl Fn(StoryField) -> Product,
    ) -> f64 {
        let verifier = StoryVerifier {
            min_similarity,
            ..self.verifier
        };
        let verify = |pair: CandidatePair| {
            verifier.verify_by(pair, self.view(pair.a), self.view(pair.b), product)
        };
        let edge = CandidatePair::new(a, b).and_then(verify);
        edge.map_or(0.0, |edge| {
            if relation == StoryRelation::SameStory {
                edge.similarity()
            } else {
                edge.unsupported()
            }
        })
    }

    /// The items that `relation` admits to the list of one, best first: those of its story, then the
    /// others. `source` tells whose an item is.
    pub fn search(
        &self,
        of: u32,
        rules: &ListRules,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        source: impl Fn(u32) -> Option<u32>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let found = match rules.exhaustive {
            true => self.all(of, rules.min_score, relation),
            false => self.best(of, rules, relation, accumulators),
        };
        self.choose(found, rules, source, accumulators)
    }

    /// The items worth choosing from, best first.
    fn best(
        &self,
        of: u32,
        rules: &ListRules,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let enough = if rules.max_per_source == 0 {
            pool(rules.max_items)
        } else {
            usize::MAX
        };
        let mut best: Vec<Hit> = Vec::new();
        let mut hopes = self.hopes(of, rules.min_score, relation, accumulators);
        let own = &mut accumulators.own;
        own.scatter(self.view(of));
        for at in 0..hopes.len() {
            if at % SORTED == 0 {
                sort_first(&mut hopes[at..]);
            }
            if at % PREFETCH_BATCH == 0 {
                hopes[at..]
                    .iter()
                    .take(PREFETCH_BATCH)
                    .for_each(|hope| self.view(hope.item).prefetch(&StoryField::ALL));
            }
            let hope = hopes[at];
            if best.len() >= enough
                && best
                    .last()
                    .is_some_and(|last| last.order(&hope) == Ordering::Less)
            {
                break;
            }
            let product = |field| own.product(field, self.view(hope.item));
            let last = best
                .last()
                .filter(|last| best.len() >= enough && last.relation >= hope.relation);
            let floor = last.map_or(rules.min_score, |last| last.score) * ALMOST;
            let found = Hit {
                score: self.score_above(floor, of, hope.item, hope.relation, product),
                ..hope
            };
            if found.score >= rules.min_score {
                let place = best.partition_point(|other| other.order(&found) == Ordering::Less);
                best.insert(place, found);
                best.truncate(enough);
            }
        }
        best
    }

    /// All items alike enough, best first, by comparing every pair.
    fn all(
        &self,
        of: u32,
        least: f64,
        relation: impl Fn(u32) -> Option<StoryRelation>,
    ) -> Vec<Hit> {
        let others = (0..self.views.len() as u32).filter(|&item| item != of);
        let compare = |item: u32| {
            let relation = relation(item)?;
            Some(Hit {
                item,
                relation,
                score: self.score(of, item, relation),
            })
        };
        let mut all: Vec<Hit> = others
            .filter_map(compare)
            .filter(|found| found.score >= least)
            .collect();
        all.sort_unstable_by(Hit::order);
        all
    }

    /// Of the items found, best first, those that the rules let into the list, in its order.
    fn choose(
        &self,
        found: Vec<Hit>,
        rules: &ListRules,
        source: impl Fn(u32) -> Option<u32>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let mut kept = limited(found, rules.max_per_source, source);
        kept.truncate(pool(rules.max_items));
        if rules.diversity == 0.0 {
            kept.truncate(rules.max_items);
            return kept;
        }
        let offers = self.backed(kept, &mut accumulators.own);
        let chosen = &mut accumulators.chosen;
        diverse(offers, rules, |one, others| {
            let one = self.view(one);
            chosen.scatter(&one.title);
            let alike = |other: u32| {
                let other = self.view(other);
                redundancy(one, other, chosen, self.verifier.damping)
            };
            others.iter().map(|&other| alike(other)).collect()
        })
    }

    /// The items found, best first, each worth its score and what the first of them add for being
    /// like it.
    fn backed(&self, found: Vec<Hit>, own: &mut ScatteredView<'v>) -> Vec<Offer> {
        let mut offers: Vec<Offer> = found
            .iter()
            .map(|&found| Offer {
                found,
                worth: found.score,
                said: 0.0,
            })
            .collect();
        for backer in found.iter().take(BACKERS) {
            own.scatter(self.view(backer.item));
            for offer in offers
                .iter_mut()
                .filter(|offer| offer.found.item != backer.item)
            {
                let Hit { item, relation, .. } = offer.found;
                let product = |field| own.product(field, self.view(item));
                let alike = self.score_above(
                    0.0,
                    backer.item,
                    item,
                    relation.min(backer.relation),
                    product,
                );
                offer.worth += BACKING * backer.score * alike;
            }
        }
        offers
    }

    fn view(&self, item: u32) -> &'v StoryView {
        self.views[item as usize]
    }

    /// The items that may be in the list, each with about the most its score can be.
    fn hopes(
        &self,
        of: u32,
        least: f64,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let own = self.view(of);
        let of_time = self.of_time(own.published, least);
        self.titles
            .ask(&own.title, StoryField::Title, &of_time, accumulators);
        self.leads
            .ask(&own.lead, StoryField::Lead, &of_time, accumulators);
        if let Some(letters) = &self.letters {
            letters.ask(&own.chars, StoryField::CharGrams, &of_time, accumulators);
        }
        let rank = self.ranks[of as usize];
        let mark = self.marks[rank as usize];
        let Accumulators { sums, touched, .. } = accumulators;
        // No look is taken at the items themselves, which are far away in memory.
        let take = |other: u32| {
            let [title, lead, letters] = std::mem::take(&mut sums[other as usize]);
            let [title, lead] = [title, lead].map(|sum| sum.glimpse(WORDS_MISSED));
            let letters = letters.glimpse(LETTERS_MISSED);
            let its = self.marks[other as usize];
            let most = self.decay.most(mark.published, its.published);
            let [similarity, alone] = self
                .verifier
                .bound([title, lead, letters], mark.once && its.once);
            if other == rank || similarity * most < least {
                return None;
            }
            let item = self.by_date[other as usize];
            let relation = relation(item)?;
            let score = if relation == StoryRelation::SameStory {
                similarity
            } else {
                alone
            } * most;
            (score >= least).then_some(Hit {
                item,
                relation,
                score,
            })
        };
        touched.drain(..).filter_map(take).collect()
    }
}

/// So many hopes are put in order at a time: mostly no more are looked at.
const SORTED: usize = 64;

/// Brings the first [`SORTED`] of all to the front, in order.
fn sort_first(hopes: &mut [Hit]) {
    let count = hopes.len().min(SORTED);
    if count < hopes.len() {
        hopes.select_nth_unstable_by(count, Hit::order);
    }
    hopes[..count].sort_unstable_by(Hit::order);
}

/// What an item has in common with the one asked for in one field: the sum over the terms, and the
/// greatest part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Sum {
    sum: f32,
    most: f32,
}

impl Sum {
    fn glimpse(self, missed: f64) -> PartialScore {
        PartialScore {
            cosine: f64::from(self.sum),
            max_summand: f64::from(self.most),
            max_missing: missed,
        }
    }
}

/// Inverted lists: for each term the items that have it, by rank, each with its share of the item's
/// length.
#[derive(Debug)]
struct Lists {
    places: HashMap<u32, (u32, u32)>,
    entries: Vec<(u32, f32)>,
    damping: f64,
    unasked: f64,
}

impl Lists {
    /// The lists of vectors made longer by `damping`, of which the lightest terms of at most the
    /// share `unasked` of a vector's length are not asked for.
    fn new<'v>(vectors: impl Iterator<Item = &'v Vector>, damping: f64, unasked: f64) -> Self {
        let share = |(item, vector): (u32, &'v Vector)| {
            let length = vector.length(damping);
            vector
                .values()
                .iter()
                .map(move |&(term, value)| (term, item, (f64::from(value) / length) as f32))
        };
        let mut all: Vec<(u32, u32, f32)> = (0u32..).zip(vectors).flat_map(share).collect();
        all.par_sort_unstable_by_key(|&(term, item, _)| (term, item));
        let mut places = HashMap::new();
        let mut start = 0;
        for list in all.chunk_by(|x, y| x.0 == y.0) {
            let end = start + list.len() as u32;
            places.insert(list[0].0, (start, end));
            start = end;
        }
        Lists {
            places,
            entries: all
                .into_iter()
                .map(|(_, item, share)| (item, share))
                .collect(),
            damping,
            unasked,
        }
    }

    /// Adds up the cosines of a vector with those of the items of these ranks, in one field of the
    /// accumulators; the heaviest terms first.
    fn ask(
        &self,
        vector: &Vector,
        field: StoryField,
        of_time: &[Range<u32>; 2],
        accumulators: &mut Accumulators<'_>,
    ) {
        let length = vector.length(self.damping);
        let mut values = vector.values().to_vec();
        values.sort_unstable_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        let mut left: f64 = values
            .iter()
            .map(|&(_, value)| f64::from(value).powi(2))
            .sum();
        for (term, value) in values {
            if left <= (self.unasked * length).powi(2) {
                break;
            }
            left -= f64::from(value).powi(2);
            let share = (f64::from(value) / length) as f32;
            let (start, end) = self.places.get(&term).copied().unwrap_or_default();
            let all = &self.entries[start as usize..end as usize];
            for ranks in of_time.iter().filter(|ranks| !ranks.is_empty()) {
                let start = first(all, ranks.start, accumulators.sums.len());
                for &(rank, other) in all[start..]
                    .iter()
                    .take_while(|(rank, _)| *rank < ranks.end)
                {
                    let sums = &mut accumulators.sums[rank as usize];
                    if sums.iter().all(|sum| sum.sum == 0.0) {
                        accumulators.touched.push(rank);
                    }
                    let sum = &mut sums[field as usize];
                    sum.sum += share * other;
                    sum.most = sum.most.max(share * other);
                }
            }
        }
    }
}

/// The place of the first entry of this rank, of so many `ranks`, or of a higher one. It is looked
/// for from where it would be if the term were as frequent at all times, as most of a long list is
/// far away in memory.
fn first(entries: &[(u32, f32)], rank: u32, ranks: usize) -> usize {
    let is_before = |&(other, _): &(u32, f32)| other < rank;
    let guess = (entries.len() as u64 * u64::from(rank) / ranks as u64) as usize;
    let mut step = 8;
    let (start, end) = if entries.get(guess).is_some_and(is_before) {
        let mut start = guess + 1;
        while entries.get(start + step).is_some_and(is_before) {
            start += step + 1;
            step *= 2;
        }
        (start, entries.len().min(start + step))
    } else {
        let mut end = entries.len().min(guess);
        while end >= step && !is_before(&entries[end - step]) {
            end -= step;
            step *= 2;
        }
        (end.saturating_sub(step), end)
    };
    start + entries[start..end].partition_point(is_before)
}

/// How much an entry repeats another, in 0..=1: the cosine of their titles, or of their leads if a
/// title is missing. `title` is the scattered title of `entry`.
fn redundancy(
    entry: &StoryView,
    other: &StoryView,
    title: &ScatteredVector<'_>,
    damping: f64,
) -> f64 {
    if entry.title.is_empty() || other.title.is_empty() {
        return entry.lead.cosine(&other.lead, damping);
    }
    let product = title.product(&other.title);
    entry.title.cosine_of(product, &other.title, damping)
}

/// Of each source the best `limit`; items of no known source are not limited.
fn limited(found: Vec<Hit>, limit: usize, source: impl Fn(u32) -> Option<u32>) -> Vec<Hit> {
    if limit == 0 {
        return found;
    }
    let mut counts: HashMap<u32, usize> = HashMap::new();
    let fits = |one: &Hit| {
        source(one.item).is_none_or(|source| {
            let count = counts.entry(source).or_default();
            *count += 1;
            *count <= limit
        })
    };
    found.into_iter().filter(fits).collect()
}

/// The list by maximal marginal relevance: each next entry is the one whose score, less what it
/// repeats of an entry above, is the greatest; those of the story come first. What is repeated is
/// the square of the likeness, because representatives of one story have a quarter or half in common
/// without saying the same.
///
/// `alike` tells how much each of some items repeats one.
fn diverse(
    mut left: Vec<Offer>,
    rules: &ListRules,
    mut alike: impl FnMut(u32, &[u32]) -> Vec<f64>,
) -> Vec<Hit> {
    let mut list: Vec<Hit> = Vec::new();
    let worth =
        |offer: &Offer| (1.0 - rules.diversity) * offer.worth - rules.diversity * offer.said;
    while list.len() < rules.max_items && !left.is_empty() {
        let first = left[0].found.relation;
        let tied = left
            .iter()
            .take_while(|offer| offer.found.relation == first)
            .enumerate();
        let next = tied.max_by(|x, y| worth(x.1).total_cmp(&worth(y.1)).then(y.0.cmp(&x.0)));
        let chosen = left.remove(next.map_or(0, |(place, _)| place)).found;
        list.push(chosen);
        if list.len() < rules.max_items {
            let items: Vec<u32> = left.iter().map(|offer| offer.found.item).collect();
            let repeated = alike(chosen.item, &items);
            left.iter_mut()
                .zip(repeated)
                .for_each(|(offer, alike)| offer.said = offer.said.max(alike.powi(2)));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::similarity::{FieldWeighing, Terms, Weigher};

    /// Words alone, so that the bound leaves nothing to chance.
    const VERIFIER: StoryVerifier = StoryVerifier {
        min_similarity: 0.0,
        damping: 10.0,
        window_days: 0.0,
        decay_days: 8.0,
        char_gram_weight: 0.0,
        title_weight: 0.25,
        single_phrase_penalty: 0.3,
        unsupported_penalty: 0.5,
        figures_penalty: 0.4,
    };

    type Drawn = (Vec<u32>, Vec<u32>, Option<i64>);

    fn views(items: &[Drawn]) -> Vec<StoryView> {
        let plain = FieldWeighing {
            prior: 100.0,
            power: 1.0,
            doubt: 1.0,
            phrase_discount: 0.5,
        };
        let weigher = Weigher::new([].iter().map(|terms| (terms, 1.0)), None, plain);
        let vector = |terms: &[u32]| weigher.vector(&Terms::new(terms.to_vec()));
        let view = |(title, lead, hours): &Drawn| StoryView {
            published: hours.map(|hours| Timestamp(hours * 3_600)),
            title: vector(title),
            sequence: title.iter().map(|&term| (term, false)).collect(),
            lead: vector(lead),
            ..StoryView::default()
        };
        items.iter().map(view).collect()
    }

    /// The best of all, by comparing all.
    fn brute(
        views: &[StoryView],
        of: u32,
        rules: &ListRules,
        relation: impl Fn(u32) -> Option<StoryRelation>,
    ) -> Vec<u32> {
        let mut all = Vec::new();
        for item in (0..views.len() as u32).filter(|&item| item != of) {
            let pair = CandidatePair {
                a: item.min(of),
                b: item.max(of),
            };
            let edge = VERIFIER.verify(pair, &views[pair.a as usize], &views[pair.b as usize]);
            if let (Some(edge), Some(relation)) = (edge, relation(item)) {
                let score = if relation == StoryRelation::SameStory {
                    edge.similarity()
                } else {
                    edge.unsupported()
                };
                if score >= rules.min_score {
                    all.push((relation == StoryRelation::OtherStory, -score, item));
                }
            }
        }
        all.sort_by(|x, y| x.partial_cmp(y).unwrap());
        all.into_iter()
            .map(|(.., item)| item)
            .take(rules.max_items)
            .collect()
    }

    proptest! {
        #[test]
        fn the_best_are_found(
            items in proptest::collection::vec(
                (
                    proptest::collection::vec(0u32..30, 0..8),
                    proptest::collection::vec(0u32..60, 0..12),
                    proptest::option::of(0i64..1500),
                ),
                2..60,
            ),
            count in 1usize..8,
        ) {
            let views = views(&items);
            let index = Index::new(views.iter().collect(), VERIFIER);
            let rules = ListRules { max_items: count, diversity: 0.0, ..ListRules::default() };
            let mut accumulators = index.accumulators();
            for of in 0..views.len() as u32 {
                let relation = |item: u32| match (of + item) % 5 {
                    0 => None,
                    1 => Some(StoryRelation::SameStory),
                    _ => Some(StoryRelation::OtherStory),
                };
                let found = index.search(of, &rules, relation, |_| None, &mut accumulators);
                let items: Vec<u32> = found.iter().map(|found| found.item).collect();
                prop_assert_eq!(items, brute(&views, of, &rules, relation));
            }
        }
    }

    fn found(item: u32, relation: StoryRelation, score: f64) -> Hit {
        Hit {
            item,
            relation,
            score,
        }
    }

    fn offer(item: u32, relation: StoryRelation, score: f64) -> Offer {
        Offer {
            found: found(item, relation, score),
            worth: score,
            said: 0.0,
        }
    }

    #[test]
    fn what_was_said_makes_room_for_what_was_not() {
        let all = || {
            vec![
                offer(0, StoryRelation::OtherStory, 0.5),
                offer(1, StoryRelation::OtherStory, 0.45),
                offer(2, StoryRelation::OtherStory, 0.3),
            ]
        };
        let same = |a: u32, b: u32| if a.max(b) == 1 { 0.9 } else { 0.0 };
        let list = |diversity: f64| {
            let rules = ListRules {
                max_items: 2,
                diversity,
                ..ListRules::default()
            };
            let alike =
                |one: u32, others: &[u32]| others.iter().map(|&other| same(one, other)).collect();
            diverse(all(), &rules, alike)
                .iter()
                .map(|one| one.item)
                .collect::<Vec<_>>()
        };
        assert_eq!(list(0.0), [0, 1]);
        assert_eq!(list(0.5), [0, 2]);
    }

    #[test]
    fn the_story_comes_first_however_alike_its_items_are() {
        let all = vec![
            offer(0, StoryRelation::SameStory, 0.2),
            offer(1, StoryRelation::SameStory, 0.1),
            offer(2, StoryRelation::OtherStory, 0.9),
        ];
        let rules = ListRules {
            diversity: 0.9,
            ..ListRules::default()
        };
        let list: Vec<u32> = diverse(all, &rules, |_, others| vec![1.0; others.len()])
            .iter()
            .map(|one| one.item)
            .collect();
        assert_eq!(list, [0, 1, 2]);
    }

    #[test]
    fn of_two_as_like_the_one_that_goes_on_from_the_first_comes_first() {
        let drawn: [Drawn; 4] = [
            vec![1, 2, 3, 4, 5],
            vec![1, 2, 3, 7, 8],
            vec![5, 4, 10, 11, 12],
            vec![5, 4, 7, 8, 9],
        ]
        .map(|title| (title, Vec::new(), None));
        let views = views(&drawn);
        let index = Index::new(views.iter().collect(), VERIFIER);
        let list = |diversity: f64| {
            let rules = ListRules {
                diversity,
                min_score: 0.01,
                ..ListRules::default()
            };
            let found = index.search(
                0,
                &rules,
                |_| Some(StoryRelation::OtherStory),
                |_| None,
                &mut index.accumulators(),
            );
            found.iter().map(|one| one.item).collect::<Vec<_>>()
        };
        assert_eq!(list(0.0), [1, 2, 3]);
        assert_eq!(list(0.01), [1, 3, 2]);
    }

    proptest! {
        #[test]
        fn an_entry_is_found_from_any_guess(mut ranks in proptest::collection::vec(0u32..400, 0..300), rank in 0u32..=400) {
            ranks.sort_unstable();
            let entries: Vec<(u32, f32)> = ranks.iter().map(|&rank| (rank, 1.0)).collect();
            prop_assert_eq!(first(&entries, rank, 400), ranks.partition_point(|&other| other < rank));
        }
    }

    #[test]
    fn a_source_has_its_share_and_no_source_has_no_limit() {
        let all = (0..6)
            .map(|item| found(item, StoryRelation::OtherStory, 1.0))
            .collect();
        let kept = limited(all, 1, |item| if item < 3 { Some(item % 2) } else { None });
        assert_eq!(
            kept.iter().map(|one| one.item).collect::<Vec<_>>(),
            [0, 1, 3, 4, 5]
        );
    }
}
