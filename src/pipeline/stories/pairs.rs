//! Candidate generation and verification of story pairs.
//!
//! Input: the views of a batch and its representatives. Output: [`StoryPairs`]. Cost: the lengths
//! of the posting lists that the items probe, and a verification per candidate pair.

use rayon::prelude::*;

use crate::article::Timestamp;
use crate::ids::CandidatePair;
use crate::pipeline::progress::{Progress, Stage, step};
use crate::similarity::{CommonTermLimits, PartnerBuffer, StoryField, TermIndex, TimeSlices};
use crate::verify::{Edge, PREFETCH_BATCH, ScatteredView, StoryVerifier, StoryView};

/// Number of heaviest terms that an item probes with. Twelve terms find a tenth more of the weak
/// pairs than six (docs/decisions/0008-posting-lists-by-time.md). Titles probe with at least two
/// thirds of their terms: titles of scripts without spaces have twice as many terms, and two items
/// share the lighter ones.
const PROBE_TERMS: usize = 12;

/// The limits above which a term is common.
const COMMON_TERMS: CommonTermLimits = CommonTermLimits {
    in_batch: 500,
    in_slices: 100,
};

/// Number of items that are compared before their edges are appended to all edges. Bounds the edges
/// that are held twice.
const ITEMS_PER_CHUNK: usize = 1 << 14;

/// The verified pairs of a batch and the views that were compared.
pub(super) struct StoryPairs {
    /// Ascending by pair.
    pub(super) edges: Vec<Edge>,
    pub(super) oversized_terms: usize,
    pub(super) views: Vec<StoryView>,
}

/// The representatives of a batch, indexed and ready to be compared.
pub(super) struct Comparison<'c> {
    views: &'c [StoryView],
    /// The representatives by time slice. Places in the index are places in this list.
    items: &'c [u32],
    /// The publication time of each of `items`.
    published: Vec<Option<Timestamp>>,
    index: &'c TermIndex<'c>,
    verifier: &'c StoryVerifier,
    /// Maximum seconds between two items that can become an edge.
    max_seconds: u64,
}

/// Scratch memory of a thread.
#[derive(Default)]
struct PairScratch<'c> {
    buffer: PartnerBuffer,
    view: ScatteredView<'c>,
}

impl<'c> Comparison<'c> {
    /// Compares the representatives of a batch.
    pub(super) fn pairs(
        views: Vec<StoryView>,
        representatives: &[u32],
        verifier: &StoryVerifier,
        progress: &dyn Progress,
    ) -> StoryPairs {
        let (items, slices) = by_time_slice(representatives, &views, verifier);
        let probe_terms: Vec<Vec<u32>> = items
            .par_iter()
            .map(|&item| probe_terms(&views[item as usize]))
            .collect();
        let terms: Vec<Vec<u32>> = items
            .par_iter()
            .map(|&item| all_terms(&views[item as usize]))
            .collect();
        let index = TermIndex::new(&probe_terms, &terms, slices, COMMON_TERMS);
        let comparison = Comparison {
            views: &views,
            items: &items,
            published: items
                .iter()
                .map(|&item| views[item as usize].published)
                .collect(),
            index: &index,
            verifier,
            max_seconds: verifier
                .max_seconds_apart()
                .map_or(u64::MAX, i64::unsigned_abs),
        };
        let mut edges = comparison.edges(progress);
        edges.par_sort_unstable_by_key(Edge::pair);
        StoryPairs {
            edges,
            oversized_terms: index.oversized_terms,
            views,
        }
    }

    fn edges(&self, progress: &dyn Progress) -> Vec<Edge> {
        let count = self.items.len();
        progress.begin(Stage::Compare, count);
        let mut edges: Vec<Edge> = Vec::new();
        for start in (0..count).step_by(ITEMS_PER_CHUNK) {
            let chunk = start..count.min(start + ITEMS_PER_CHUNK);
            let found = chunk
                .into_par_iter()
                .map_init(PairScratch::default, |scratch, place| {
                    step(progress, place);
                    self.edges_of(place, scratch)
                });
            edges.extend(found.flatten_iter().collect::<Vec<_>>());
        }
        edges
    }

    /// The edges of the item at `place` with items at later places.
    fn edges_of(&self, place: usize, scratch: &mut PairScratch<'c>) -> Vec<Edge> {
        let item = self.items[place];
        scratch.view.scatter(&self.views[item as usize]);
        let mut partners = Vec::new();
        for &partner in self.index.partners(place as u32, &mut scratch.buffer) {
            // Dates are compared before views, because a view is a cache miss.
            if self.are_near_in_time(place, partner as usize) {
                partners.push(self.items[partner as usize]);
            }
        }
        let mut edges = Vec::new();
        for batch in partners.chunks(PREFETCH_BATCH) {
            for &partner in batch {
                self.views[partner as usize].prefetch(&[StoryField::Title, StoryField::Lead]);
            }
            for &partner in batch {
                edges.extend(self.edge(item, partner, &scratch.view));
            }
        }
        edges
    }

    fn are_near_in_time(&self, x: usize, y: usize) -> bool {
        let dates = self.published[x].zip(self.published[y]);
        dates.is_none_or(|(x, y)| x.0.abs_diff(y.0) <= self.max_seconds)
    }

    /// The edge of two items, given the scattered view of the first.
    fn edge(&self, item: u32, partner: u32, view: &ScatteredView<'_>) -> Option<Edge> {
        let pair = CandidatePair::new(item, partner)?;
        let (a, b) = (&self.views[pair.a as usize], &self.views[pair.b as usize]);
        self.verifier.verify_by(pair, a, b, |field| {
            view.product(field, &self.views[partner as usize])
        })
    }
}

/// The representatives by time slice, and their slices, which are as long as two items of an edge
/// can be apart.
fn by_time_slice(
    representatives: &[u32],
    views: &[StoryView],
    verifier: &StoryVerifier,
) -> (Vec<u32>, TimeSlices) {
    let length = verifier.max_seconds_apart();
    let mut sliced: Vec<(Option<i64>, u32)> = Vec::with_capacity(representatives.len());
    for &item in representatives {
        let published = views[item as usize].published;
        sliced.push((published.map(|when| slice_of(when, length)), item));
    }
    sliced.par_sort_unstable();
    let (numbers, items): (Vec<Option<i64>>, Vec<u32>) = sliced.into_iter().unzip();
    (items, TimeSlices::new(&numbers))
}

/// The number of the slice of a date; without a limit all dates are in one slice.
fn slice_of(when: Timestamp, length: Option<i64>) -> i64 {
    length.map_or(0, |length| when.0.div_euclid(length.max(1)))
}

/// The heaviest terms of the lead, or of the title if there is no lead.
fn probe_terms(view: &StoryView) -> Vec<u32> {
    if view.lead.is_empty() {
        let terms = view.title.values().len();
        view.title.heaviest(PROBE_TERMS.max(2 * terms / 3))
    } else {
        view.lead.heaviest(PROBE_TERMS)
    }
}

/// All terms of title and lead.
fn all_terms(view: &StoryView) -> Vec<u32> {
    let values = view.title.values().iter().chain(view.lead.values());
    values.map(|&(term, _)| term).collect()
}
