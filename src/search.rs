//! Search for similar items: for one item of a batch the most similar others, best first.
//!
//! Input: the story views of a batch. Output: [`Hit`]s. Cost: per search the lengths of the posting
//! lists of the item's terms, and some tens of verifications.
//!
//! A search has three steps. Posting lists in order of time accumulate the cosines of titles, leads
//! and character n-grams, as far from the item's date as similarity lasts (`candidates`). The
//! candidates are verified in order of their upper bounds until none can be among the best (Turtle
//! and Flood 1995). The first hits support similar hits (pseudo-relevance feedback, Rocchio 1971),
//! and the list is ordered by maximal marginal relevance (Carbonell and Goldstein 1998; `rerank`).

mod candidates;
mod rerank;

pub use candidates::Accumulators;

use std::cmp::Ordering;

use rayon::prelude::*;

use candidates::{BoundInputs, DecayTable, FieldIndex};
use rerank::{RankedHit, diversified, limited_per_source};

use crate::ids::CandidatePair;
use crate::similarity::{Product, ScatteredVector, StoryField};
use crate::verify::{PREFETCH_BATCH, ScatteredView, StoryVerifier, StoryView};

/// What a list of similar items may hold.
///
/// ```
/// use qissa::search::ListRules;
/// let rules = ListRules { max_items: 5, ..ListRules::default() };
/// assert_eq!(rules.max_per_source, 0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ListRules {
    /// Maximum number of entries.
    pub max_items: usize,
    /// Minimum score of an entry, in 0..=1.
    pub min_score: f64,
    /// Maximum number of entries of one source; 0 for no limit.
    pub max_per_source: usize,
    /// Weight of redundancy in 0..=1: 0 orders entries by score.
    pub diversity: f64,
    /// Whether every pair is verified, to measure what the search misses.
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

/// How a found item relates to the item searched for. Items of the same story come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryRelation {
    /// The items are in two stories.
    OtherStory,
    /// The items are in one story.
    SameStory,
}

/// A found item, by its place among the items of the index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The place of the item.
    pub item: u32,
    /// How the item relates to the item searched for.
    pub relation: StoryRelation,
    /// The similarity, in 0..=1.
    pub score: f64,
}

impl Hit {
    /// The order of the list: same story first, then by score, then by place.
    fn list_order(&self, other: &Hit) -> Ordering {
        let by_relation = other.relation.cmp(&self.relation);
        by_relation
            .then(other.score.total_cmp(&self.score))
            .then(self.item.cmp(&other.item))
    }

    fn is_before(&self, other: &Hit) -> bool {
        self.list_order(other) == Ordering::Less
    }
}

/// Factor on a score below which a candidate is rejected without its exact score. Below 1, because
/// of equal scores the smaller place comes first.
const SCORE_TOLERANCE: f64 = 1.0 - 1e-9;

/// Number of first hits that support similar hits: of two hits with one score, the hit that
/// continues an earlier hit is more likely about the same event.
const FEEDBACK_HITS: usize = 2;

/// A feedback hit adds `FEEDBACK_WEIGHT` times its score times its similarity.
const FEEDBACK_WEIGHT: f64 = 0.5;

/// Number of candidates that are sorted at a time. Most searches verify no more.
const SORTED_AT_ONCE: usize = 64;

/// Number of hits that a list of `max_items` entries is chosen from.
fn pool_size(max_items: usize) -> usize {
    max_items + max_items.div_ceil(2)
}

/// The best hits found so far, in list order.
struct BestHits {
    hits: Vec<Hit>,
    capacity: usize,
}

impl BestHits {
    fn last_if_full(&self) -> Option<&Hit> {
        self.hits
            .last()
            .filter(|_| self.hits.len() >= self.capacity)
    }

    /// Whether a candidate with this upper bound cannot enter.
    fn excludes(&self, candidate: &Hit) -> bool {
        self.last_if_full()
            .is_some_and(|last| last.is_before(candidate))
    }

    /// The score that a candidate must reach to enter, at least `min_score`.
    fn score_to_enter(&self, relation: StoryRelation, min_score: f64) -> f64 {
        self.last_if_full()
            .filter(|last| last.relation >= relation)
            .map_or(min_score, |last| last.score)
    }

    fn insert(&mut self, hit: Hit) {
        let place = self.hits.partition_point(|other| other.is_before(&hit));
        self.hits.insert(place, hit);
        self.hits.truncate(self.capacity);
    }
}

/// Index of a batch for the search of similar items.
#[derive(Debug)]
pub struct SearchIndex<'v> {
    views: Vec<&'v StoryView>,
    verifier: StoryVerifier,
    /// The items by date, items without a date first. A *rank* is a place in this list.
    by_date: Vec<u32>,
    /// The rank of each item.
    ranks: Vec<u32>,
    titles: FieldIndex,
    leads: FieldIndex,
    /// `None` if character n-grams have no weight.
    char_grams: Option<FieldIndex>,
    /// By rank.
    profiles: Vec<BoundInputs>,
    decay: DecayTable,
}

impl<'v> SearchIndex<'v> {
    /// Builds the index of a batch. Recency decay counts as in `verifier`; its window does not,
    /// because an item that is too old for the story may have led to it.
    pub fn new(views: Vec<&'v StoryView>, verifier: StoryVerifier) -> Self {
        let mut by_date: Vec<u32> = (0..views.len() as u32).collect();
        by_date.par_sort_unstable_by_key(|&item| {
            let published = views[item as usize].published;
            (published.map(|when| when.0), item)
        });
        let mut ranks = vec![0; views.len()];
        for (rank, &item) in (0..).zip(&by_date) {
            ranks[item as usize] = rank;
        }
        let ranked: Vec<&StoryView> = by_date.iter().map(|&item| views[item as usize]).collect();
        SearchIndex {
            titles: FieldIndex::of_words(&ranked, StoryField::Title, &verifier),
            leads: FieldIndex::of_words(&ranked, StoryField::Lead, &verifier),
            char_grams: (verifier.char_gram_weight > 0.0)
                .then(|| FieldIndex::of_char_grams(&ranked)),
            profiles: ranked.iter().map(|view| BoundInputs::of(view)).collect(),
            decay: DecayTable::new(&verifier),
            verifier: StoryVerifier {
                min_similarity: 0.0,
                window_days: 0.0,
                ..verifier
            },
            views,
            by_date,
            ranks,
        }
    }

    /// Scratch memory for searches in this index.
    pub fn accumulators(&self) -> Accumulators<'v> {
        Accumulators::new(self.views.len())
    }

    /// The score of two items: their similarity within a story, else their unsupported similarity.
    pub fn score(&self, a: u32, b: u32, relation: StoryRelation) -> f64 {
        self.score_above(0.0, (a, b), relation, |field| {
            self.view(a).product(field, self.view(b))
        })
    }

    /// The score of two items if it is above `min_score`, else 0. A higher `min_score` takes less
    /// time.
    fn score_above(
        &self,
        min_score: f64,
        (a, b): (u32, u32),
        relation: StoryRelation,
        product: impl Fn(StoryField) -> Product,
    ) -> f64 {
        let verifier = StoryVerifier {
            min_similarity: min_score,
            ..self.verifier
        };
        let edge = CandidatePair::new(a, b).and_then(|pair| {
            verifier.verify_by(pair, self.view(pair.a), self.view(pair.b), product)
        });
        match (edge, relation) {
            (None, _) => 0.0,
            (Some(edge), StoryRelation::SameStory) => edge.similarity(),
            (Some(edge), StoryRelation::OtherStory) => edge.unsupported(),
        }
    }

    /// The items most similar to `query`, in list order. `relation` gives `None` for an item that
    /// must not be listed, `source` the source of an item.
    pub fn search(
        &self,
        query: u32,
        rules: &ListRules,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        source: impl Fn(u32) -> Option<u32>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let hits = if rules.exhaustive {
            self.exhaustive(query, rules.min_score, relation)
        } else {
            self.best(query, rules, relation, accumulators)
        };
        self.choose(hits, rules, source, accumulators)
    }

    /// The hits to choose the list from, in list order.
    fn best(
        &self,
        query: u32,
        rules: &ListRules,
        relation: impl Fn(u32) -> Option<StoryRelation>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let mut best = BestHits {
            hits: Vec::new(),
            capacity: if rules.max_per_source == 0 {
                pool_size(rules.max_items)
            } else {
                usize::MAX
            },
        };
        let mut candidates = self.candidates(query, rules.min_score, relation, accumulators);
        let scattered = &mut accumulators.query;
        scattered.scatter(self.view(query));
        for at in 0..candidates.len() {
            if at % SORTED_AT_ONCE == 0 {
                sort_first(&mut candidates[at..]);
            }
            if at % PREFETCH_BATCH == 0 {
                for candidate in candidates[at..].iter().take(PREFETCH_BATCH) {
                    self.view(candidate.item).prefetch(&StoryField::ALL);
                }
            }
            let candidate = candidates[at];
            if best.excludes(&candidate) {
                break;
            }
            let Hit { item, relation, .. } = candidate;
            let min_score = best.score_to_enter(relation, rules.min_score) * SCORE_TOLERANCE;
            let score = self.score_above(min_score, (query, item), relation, |field| {
                scattered.product(field, self.view(item))
            });
            if score >= rules.min_score {
                best.insert(Hit { score, ..candidate });
            }
        }
        best.hits
    }

    /// All hits of at least `min_score`, in list order, by verifying every pair.
    fn exhaustive(
        &self,
        query: u32,
        min_score: f64,
        relation: impl Fn(u32) -> Option<StoryRelation>,
    ) -> Vec<Hit> {
        let mut hits = Vec::new();
        for item in (0..self.views.len() as u32).filter(|&item| item != query) {
            let Some(relation) = relation(item) else {
                continue;
            };
            let score = self.score(query, item, relation);
            if score >= min_score {
                hits.push(Hit {
                    item,
                    relation,
                    score,
                });
            }
        }
        hits.sort_unstable_by(Hit::list_order);
        hits
    }

    /// The list, in its order, from hits in list order.
    fn choose(
        &self,
        hits: Vec<Hit>,
        rules: &ListRules,
        source: impl Fn(u32) -> Option<u32>,
        accumulators: &mut Accumulators<'v>,
    ) -> Vec<Hit> {
        let mut hits = limited_per_source(hits, rules.max_per_source, source);
        if rules.diversity == 0.0 {
            hits.truncate(rules.max_items.min(pool_size(rules.max_items)));
            return hits;
        }
        hits.truncate(pool_size(rules.max_items));
        let ranked = self.with_feedback(&hits, &mut accumulators.query);
        let title = &mut accumulators.entry_title;
        diversified(ranked, rules, |entry, others| {
            let entry = self.view(entry);
            title.scatter(&entry.title);
            let damping = self.verifier.damping;
            others
                .iter()
                .map(|&other| redundancy(entry, self.view(other), title, damping))
                .collect()
        })
    }

    /// The hits with their scores, to which the first hits add for being similar.
    fn with_feedback(&self, hits: &[Hit], scattered: &mut ScatteredView<'v>) -> Vec<RankedHit> {
        let mut ranked: Vec<RankedHit> = hits.iter().copied().map(RankedHit::new).collect();
        for feedback in hits.iter().take(FEEDBACK_HITS) {
            scattered.scatter(self.view(feedback.item));
            for ranked in &mut ranked {
                let Hit { item, relation, .. } = ranked.hit;
                if item == feedback.item {
                    continue;
                }
                let relation = relation.min(feedback.relation);
                let similarity = self.score_above(0.0, (feedback.item, item), relation, |field| {
                    scattered.product(field, self.view(item))
                });
                ranked.score += FEEDBACK_WEIGHT * feedback.score * similarity;
            }
        }
        ranked
    }

    fn view(&self, item: u32) -> &'v StoryView {
        self.views[item as usize]
    }
}

/// Moves the first [`SORTED_AT_ONCE`] hits in list order to the front, sorted.
fn sort_first(hits: &mut [Hit]) {
    let count = hits.len().min(SORTED_AT_ONCE);
    if count < hits.len() {
        hits.select_nth_unstable_by(count, Hit::list_order);
    }
    hits[..count].sort_unstable_by(Hit::list_order);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::article::Timestamp;
    use crate::similarity::Vector;
    use crate::verify::test_items::{STORY_VERIFIER, titled};

    /// Without character n-grams, whose bound is approximate.
    const VERIFIER: StoryVerifier = StoryVerifier {
        damping: 10.0,
        decay_days: 8.0,
        char_gram_weight: 0.0,
        ..STORY_VERIFIER
    };

    /// The stems of a title, those of a lead, and hours.
    type Item = (Vec<u32>, Vec<u32>, Option<i64>);

    fn views(items: &[Item]) -> Vec<StoryView> {
        let view = |(title, lead, hours): &Item| StoryView {
            published: hours.map(|hours| Timestamp(hours * 3_600)),
            lead: Vector::of_terms(lead),
            ..titled(title)
        };
        items.iter().map(view).collect()
    }

    fn items_of(hits: &[Hit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.item).collect()
    }

    proptest! {
        #[test]
        fn search_finds_the_best_of_all_pairs(
            items in proptest::collection::vec(
                (
                    proptest::collection::vec(0u32..30, 0..8),
                    proptest::collection::vec(0u32..60, 0..12),
                    proptest::option::of(0i64..1500),
                ),
                2..60,
            ),
            max_items in 1usize..8,
        ) {
            let views = views(&items);
            let index = SearchIndex::new(views.iter().collect(), VERIFIER);
            let rules = ListRules { max_items, diversity: 0.0, ..ListRules::default() };
            let mut accumulators = index.accumulators();
            for query in 0..views.len() as u32 {
                let relation = |item: u32| match (query + item) % 5 {
                    0 => None,
                    1 => Some(StoryRelation::SameStory),
                    _ => Some(StoryRelation::OtherStory),
                };
                let hits = index.search(query, &rules, relation, |_| None, &mut accumulators);
                let mut expected = index.exhaustive(query, rules.min_score, relation);
                expected.truncate(max_items);
                prop_assert_eq!(items_of(&hits), items_of(&expected));
            }
        }
    }

    #[test]
    fn a_hit_similar_to_the_first_hit_comes_before_an_equal_hit() {
        let titles = [
            vec![1, 2, 3, 4, 5],
            vec![1, 2, 3, 7, 8],
            vec![5, 4, 10, 11, 12],
            vec![5, 4, 7, 8, 9],
        ];
        let views = views(&titles.map(|title| (title, Vec::new(), None)));
        let index = SearchIndex::new(views.iter().collect(), VERIFIER);
        let list = |diversity: f64| {
            let rules = ListRules {
                diversity,
                min_score: 0.01,
                ..ListRules::default()
            };
            let relation = |_| Some(StoryRelation::OtherStory);
            let mut accumulators = index.accumulators();
            items_of(&index.search(0, &rules, relation, |_| None, &mut accumulators))
        };
        assert_eq!(list(0.0), [1, 2, 3]);
        assert_eq!(list(0.01), [1, 3, 2]);
    }
}
