//! Candidates of a search with upper bounds on their scores, from posting lists.
//!
//! Input: an item of the index. Output: [`Hit`]s whose score is an approximate upper bound. Cost:
//! the lengths of the posting lists of the item's terms within its time. Prior art: term-at-a-time
//! scoring with accumulators (Turtle and Flood 1995).

use std::ops::Range;

use hashbrown::HashMap;

use super::{Hit, SearchIndex, StoryRelation};
use crate::article::Timestamp;
use crate::similarity::postings::{PostingLists, PostingRange, WeightedPosting};
use crate::similarity::{ScatteredVector, StoryField, Vector};
use crate::verify::{PartialScore, ScatteredView, StoryVerifier, StoryView};

/// The lightest words of a vector are not probed if their share of its length is at most
/// `UNPROBED_WORDS`.
const UNPROBED_WORDS: f64 = 0.1;

/// Maximum cosine over words that are not probed, for two vectors of one length.
const MISSED_WORDS: f64 = UNPROBED_WORDS * UNPROBED_WORDS;

/// [`UNPROBED_WORDS`] for character n-grams, which recognise a name that two languages inflect or
/// join differently. The lightest n-grams occur in most titles.
const UNPROBED_CHAR_GRAMS: f64 = 0.75;

/// Cosine over n-grams that are not probed, which few titles exceed.
const MISSED_CHAR_GRAMS: f64 = 0.2;

/// Scratch memory of searches; a thread keeps it to save its allocation.
#[derive(Debug)]
pub struct Accumulators<'v> {
    /// By rank and [`StoryField`]; 0 between searches.
    sums: Vec<[PartialSum; 3]>,
    /// The ranks whose sums are not 0.
    touched: Vec<u32>,
    /// The item searched for.
    pub(super) query: ScatteredView<'v>,
    /// The title of the entry that was chosen last.
    pub(super) entry_title: ScatteredVector<'v>,
}

impl Accumulators<'_> {
    pub(super) fn new(items: usize) -> Self {
        Accumulators {
            sums: vec![[PartialSum::default(); 3]; items],
            touched: Vec::new(),
            query: ScatteredView::default(),
            entry_title: ScatteredVector::default(),
        }
    }

    fn add(&mut self, rank: u32, field: StoryField, summand: f32) {
        let sums = &mut self.sums[rank as usize];
        if sums.iter().all(|sum| sum.sum == 0.0) {
            self.touched.push(rank);
        }
        let sum = &mut sums[field as usize];
        sum.sum += summand;
        sum.max_summand = sum.max_summand.max(summand);
    }
}

/// The cosine in one field over the terms that were probed, and its largest summand.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct PartialSum {
    sum: f32,
    max_summand: f32,
}

impl PartialSum {
    fn score(self, max_missing: f64) -> PartialScore {
        PartialScore {
            cosine: f64::from(self.sum),
            max_summand: f64::from(self.max_summand),
            max_missing,
        }
    }
}

/// What the bound on a score needs of an item in addition to its sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoundInputs {
    published: Option<Timestamp>,
    has_distinct_terms: bool,
}

impl BoundInputs {
    pub(super) fn of(view: &StoryView) -> Self {
        BoundInputs {
            published: view.published,
            has_distinct_terms: view.has_distinct_terms(),
        }
    }
}

/// The recency decay by whole days, because exponentials would take most of a search.
#[derive(Debug)]
pub(super) struct DecayTable(Vec<f64>);

/// Days beyond which the decay of the table is constant.
const MAX_DECAY_DAYS: i64 = 400;

impl DecayTable {
    pub(super) fn new(verifier: &StoryVerifier) -> Self {
        let mut decay = Vec::new();
        for days in 0..=MAX_DECAY_DAYS {
            let when = Timestamp(days * 86_400);
            decay.push(verifier.decay_between(Some(Timestamp(0)), Some(when)));
        }
        DecayTable(decay)
    }

    /// An upper bound on the recency decay between two dates.
    fn max_decay(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        let days = a.zip(b).map_or(0, |(a, b)| a.0.abs_diff(b.0) / 86_400);
        self.0[days.min(MAX_DECAY_DAYS as u64) as usize]
    }
}

/// The posting lists of one field: for each term the ranks of the items that have it, each with the
/// term's share of the item's length.
#[derive(Debug)]
pub(super) struct FieldIndex {
    dictionary: HashMap<u32, PostingRange>,
    lists: PostingLists<WeightedPosting>,
    damping: f64,
    /// The share of a vector's length up to which its lightest terms are not probed.
    unprobed: f64,
}

impl FieldIndex {
    /// The index of a field of words; `views` are ordered by rank.
    pub(super) fn of_words(
        views: &[&StoryView],
        field: StoryField,
        verifier: &StoryVerifier,
    ) -> Self {
        FieldIndex::new(views, field, verifier.damping, UNPROBED_WORDS)
    }

    /// The index of character n-grams; `views` are ordered by rank.
    pub(super) fn of_char_grams(views: &[&StoryView]) -> Self {
        FieldIndex::new(views, StoryField::CharGrams, 0.0, UNPROBED_CHAR_GRAMS)
    }

    fn new(views: &[&StoryView], field: StoryField, damping: f64, unprobed: f64) -> Self {
        let mut entries: Vec<(u32, WeightedPosting)> = Vec::new();
        for (item, view) in (0u32..).zip(views) {
            let vector = view.vector(field);
            let length = vector.length(damping);
            entries.extend(vector.values().iter().map(|&(term, value)| {
                let weight = (f64::from(value) / length) as f32;
                (term, WeightedPosting { item, weight })
            }));
        }
        let (lists, ranges) = PostingLists::build(entries);
        FieldIndex {
            dictionary: ranges.into_iter().collect(),
            lists,
            damping,
            unprobed,
        }
    }

    /// Adds the cosines of `vector` with the items of these ranks, heaviest term first.
    fn accumulate(
        &self,
        vector: &Vector,
        field: StoryField,
        near: &[Range<u32>; 2],
        accumulators: &mut Accumulators<'_>,
    ) {
        let length = vector.length(self.damping);
        let max_unprobed = (self.unprobed * length).powi(2);
        let mut values = vector.values().to_vec();
        values.sort_unstable_by(|x, y| y.1.total_cmp(&x.1).then(x.0.cmp(&y.0)));
        let mut unprobed: f64 = values
            .iter()
            .map(|&(_, value)| f64::from(value).powi(2))
            .sum();
        for (term, value) in values {
            if unprobed <= max_unprobed {
                break;
            }
            unprobed -= f64::from(value).powi(2);
            let weight = (f64::from(value) / length) as f32;
            let range = self.dictionary.get(&term).copied().unwrap_or_default();
            let postings = self.lists.get(range);
            for ranks in near.iter().filter(|ranks| !ranks.is_empty()) {
                let start = first_at_or_after(postings, ranks.start, accumulators.sums.len());
                for posting in &postings[start..] {
                    if posting.item >= ranks.end {
                        break;
                    }
                    accumulators.add(posting.item, field, weight * posting.weight);
                }
            }
        }
    }
}

/// The place of the first posting of `rank` or a higher one, of `ranks` ranks. Searches from where
/// the posting would be if the term were equally frequent at all times, by doubling steps: a binary
/// search of a long list has more cache misses.
fn first_at_or_after(postings: &[WeightedPosting], rank: u32, ranks: usize) -> usize {
    let is_before = |posting: &WeightedPosting| posting.item < rank;
    let guess = (postings.len() as u64 * u64::from(rank) / ranks as u64) as usize;
    let mut step = 8;
    let (start, end) = if postings.get(guess).is_some_and(is_before) {
        let mut start = guess + 1;
        while postings.get(start + step).is_some_and(is_before) {
            start += step + 1;
            step *= 2;
        }
        (start, postings.len().min(start + step))
    } else {
        let mut end = postings.len().min(guess);
        while end >= step && !is_before(&postings[end - step]) {
            end -= step;
            step *= 2;
        }
        (end.saturating_sub(step), end)
    };
    start + postings[start..end].partition_point(is_before)
}

impl<'v> SearchIndex<'v> {
    /// The items that may be in the list of `query`, each with an approximate upper bound on its
    /// score, which is at least `min_score`.
    pub(super) fn candidates(
        &self,
        query: u32,
        min_score: f64,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let view = self.view(query);
        let near = self.ranks_near(view.published, min_score);
        self.titles
            .accumulate(&view.title, StoryField::Title, &near, accumulators);
        self.leads
            .accumulate(&view.lead, StoryField::Lead, &near, accumulators);
        if let Some(char_grams) = &self.char_grams {
            char_grams.accumulate(&view.chars, StoryField::CharGrams, &near, accumulators);
        }
        let query_rank = self.ranks[query as usize];
        let Accumulators { sums, touched, .. } = accumulators;
        let mut candidates = Vec::new();
        for rank in touched.drain(..) {
            let sums = std::mem::take(&mut sums[rank as usize]);
            if rank == query_rank {
                continue;
            }
            let [similarity, unsupported] = self.max_scores(sums, query_rank, rank);
            if similarity < min_score {
                continue;
            }
            let item = self.by_date[rank as usize];
            let Some(relation) = relation(item) else {
                continue;
            };
            let score = match relation {
                StoryRelation::SameStory => similarity,
                StoryRelation::OtherStory => unsupported,
            };
            if score >= min_score {
                candidates.push(Hit {
                    item,
                    relation,
                    score,
                });
            }
        }
        candidates
    }

    /// Upper bounds on the similarity and the unsupported similarity of two items, by their ranks.
    /// Reads no view, because a view is a cache miss.
    fn max_scores(&self, [title, lead, grams]: [PartialSum; 3], a: u32, b: u32) -> [f64; 2] {
        let (a, b) = (self.profiles[a as usize], self.profiles[b as usize]);
        let scores = [
            title.score(MISSED_WORDS),
            lead.score(MISSED_WORDS),
            grams.score(MISSED_CHAR_GRAMS),
        ];
        let decay = self.decay.max_decay(a.published, b.published);
        let have_distinct_terms = a.has_distinct_terms && b.has_distinct_terms;
        self.verifier
            .bound(scores, have_distinct_terms)
            .map(|score| score * decay)
    }

    /// The ranks of the items whose recency decay leaves `min_score`: items without a date, and
    /// items near `published` in time.
    fn ranks_near(&self, published: Option<Timestamp>, min_score: f64) -> [Range<u32>; 2] {
        let all = self.profiles.len() as u32;
        let verifier = StoryVerifier {
            min_similarity: min_score,
            ..self.verifier
        };
        let Some((when, seconds)) = published.zip(verifier.max_seconds_apart()) else {
            return [0..all, all..all];
        };
        let undated = self.first_rank(|_| false);
        let start = self.first_rank(|other| other < when.0 - seconds);
        let end = self.first_rank(|other| other <= when.0 + seconds);
        [0..undated, start..end]
    }

    /// The first rank of a date that is not `before`; items without a date come first.
    fn first_rank(&self, before: impl Fn(i64) -> bool) -> u32 {
        let is_before = |profile: &BoundInputs| {
            profile
                .published
                .is_none_or(|published| before(published.0))
        };
        self.profiles.partition_point(is_before) as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_posting_is_found_from_any_guess(
            mut ranks in proptest::collection::vec(0u32..400, 0..300),
            rank in 0u32..=400,
        ) {
            ranks.sort_unstable();
            let posting = |&item: &u32| WeightedPosting { item, weight: 1.0 };
            let postings: Vec<WeightedPosting> = ranks.iter().map(posting).collect();
            let expected = ranks.partition_point(|&other| other < rank);
            prop_assert_eq!(first_at_or_after(&postings, rank, 400), expected);
        }
    }
}
