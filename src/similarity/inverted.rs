//! Candidate generation for stories: pairs of items that share a rare term.
//!
//! Input: the terms of each item, its probe terms (the heaviest), and a time slice. Output: for one
//! item at a time the items that may be of its story. Cost: a sort of all terms, then the lengths
//! of the posting lists that an item probes; pairs are never held all at once. Prior art: prefix
//! filtering (Chaudhuri, Ganti and Kaushik 2006). MinHash banding does not find such pairs, because
//! two titles of one story may share two words of eight.
//!
//! Posting lists are cut by time, so what is found of a week does not depend on the years around
//! it.

use std::ops::Range;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::postings::{PostingLists, PostingRange};
use crate::bucket::{BucketPolicy, REPRESENTATIVES};

/// Items in order of time, cut into slices. The partners of an item are in its own slice or in an
/// adjacent one.
#[derive(Debug, Clone, Default)]
pub struct TimeSlices {
    slices: Vec<Slice>,
    /// The slice of each item.
    slice_of: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
struct Slice {
    items: Range<u32>,
    /// The items of this slice and of the adjacent slices.
    near: Range<u32>,
}

impl TimeSlices {
    /// The slices of items, given the slice number of each item, ascending. Items without a number,
    /// which come first, may be partners of all items.
    pub fn new(numbers: &[Option<i64>]) -> Self {
        let all = 0..numbers.len() as u32;
        let mut slices: Vec<Slice> = Vec::new();
        let mut slice_of = Vec::with_capacity(numbers.len());
        let mut previous: Option<i64> = None;
        for run in numbers.chunk_by(|x, y| x == y) {
            let number = run[0];
            let start = slice_of.len() as u32;
            let items = start..start + run.len() as u32;
            slice_of.resize(items.end as usize, slices.len() as u32);
            let near = if number.is_some() {
                items.clone()
            } else {
                all.clone()
            };
            let mut slice = Slice { items, near };
            let is_adjacent = previous
                .zip(number)
                .is_some_and(|(previous, number)| previous + 1 == number);
            if let Some(before) = slices.last_mut().filter(|_| is_adjacent) {
                before.near.end = slice.items.end;
                slice.near.start = before.items.start;
            }
            slices.push(slice);
            previous = number;
        }
        TimeSlices { slices, slice_of }
    }

    fn of(&self, item: u32) -> &Slice {
        &self.slices[self.slice_of[item as usize] as usize]
    }
}

/// A term is common, and probed by representatives only, if it exceeds both limits.
#[derive(Debug, Clone, Copy)]
pub struct CommonTermLimits {
    /// Maximum items of the batch with a term that is not common.
    pub in_batch: usize,
    /// Maximum items of a slice and its adjacent slices with a term that is not common.
    pub in_slices: usize,
}

/// Inverted index of a batch for candidate generation.
#[derive(Debug)]
pub struct TermIndex<'t> {
    probe_terms: &'t [Vec<u32>],
    terms: &'t [Vec<u32>],
    slices: TimeSlices,
    limits: CommonTermLimits,
    dictionary: HashMap<u32, TermLists>,
    indexed: PostingLists<u32>,
    probing: PostingLists<u32>,
    /// Number of terms that are common in some slice and probed there by representatives only.
    pub oversized_terms: usize,
}

/// The posting lists of one term.
#[derive(Debug, Clone, Copy, Default)]
struct TermLists {
    /// The items that have the term.
    indexed: PostingRange,
    /// The items that probe with the term.
    probing: PostingRange,
}

/// Scratch memory of [`TermIndex::partners`].
#[derive(Debug, Clone, Default)]
pub struct PartnerBuffer {
    item: u32,
    /// By item: the item of which it was last found to be a partner.
    partner_of: Vec<u32>,
    partners: Vec<u32>,
}

impl PartnerBuffer {
    fn reset(&mut self, item: u32, items: usize) {
        self.item = item;
        self.partner_of.resize(items, u32::MAX);
        self.partners.clear();
    }

    /// Adds partners that are not there yet.
    fn add(&mut self, partners: &[u32]) {
        for &partner in partners {
            if self.partner_of[partner as usize] != self.item {
                self.partner_of[partner as usize] = self.item;
                self.partners.push(partner);
            }
        }
    }
}

impl<'t> TermIndex<'t> {
    /// Builds the index. `probe_terms` and `terms` have the probe terms and all terms of each item.
    pub fn new(
        probe_terms: &'t [Vec<u32>],
        terms: &'t [Vec<u32>],
        slices: TimeSlices,
        limits: CommonTermLimits,
    ) -> Self {
        let ((indexed, indexed_ranges), (probing, probing_ranges)) = rayon::join(
            || PostingLists::build(entries(terms)),
            || PostingLists::build(entries(probe_terms)),
        );
        let mut dictionary: HashMap<u32, TermLists> = HashMap::new();
        for (term, range) in indexed_ranges {
            dictionary.entry(term).or_default().indexed = range;
        }
        for (term, range) in probing_ranges {
            dictionary.entry(term).or_default().probing = range;
        }
        let mut index = TermIndex {
            probe_terms,
            terms,
            slices,
            limits,
            dictionary,
            indexed,
            probing,
            oversized_terms: 0,
        };
        index.oversized_terms = index.count_oversized_terms();
        index
    }

    fn count_oversized_terms(&self) -> usize {
        let mut count = 0;
        for &lists in self.dictionary.values() {
            let mut slices = self.slices.slices.iter();
            let is_oversized = lists.indexed.len() > self.limits.in_batch
                && slices.any(|slice| self.is_oversized(lists, slice));
            count += usize::from(is_oversized);
        }
        count
    }

    fn lists(&self, term: u32) -> TermLists {
        self.dictionary.get(&term).copied().unwrap_or_default()
    }

    /// Whether too many items near a slice have the term.
    fn is_common(&self, lists: TermLists, slice: &Slice) -> bool {
        lists.indexed.len() > self.limits.in_batch
            && within(self.indexed.get(lists.indexed), &slice.near).len() > self.limits.in_slices
    }

    /// Whether the term is common and too many items near a slice probe with it.
    fn is_oversized(&self, lists: TermLists, slice: &Slice) -> bool {
        let probing = within(self.probing.get(lists.probing), &slice.near);
        self.is_common(lists, slice) && BucketPolicy::of(probing.len()).is_oversized()
    }

    /// The items after `item` and near it in time that share a term with it that is a probe term of
    /// either item. In no order, each once.
    pub fn partners<'b>(&self, item: u32, buffer: &'b mut PartnerBuffer) -> &'b [u32] {
        buffer.reset(item, self.terms.len());
        let slice = self.slices.of(item);
        let after = item + 1..slice.near.end;
        let probe_terms = &self.probe_terms[item as usize];
        for &term in probe_terms {
            let lists = self.lists(term);
            if self.is_common(lists, slice) {
                self.add_by_common_term(item, lists, buffer);
            } else {
                buffer.add(within(self.indexed.get(lists.indexed), &after));
            }
        }
        // An item that probes with a term also has the term, so probe terms are done.
        let probed = TermSet::new(probe_terms);
        for &term in &self.terms[item as usize] {
            if probed.contains(term) {
                continue;
            }
            let lists = self.lists(term);
            if !self.is_common(lists, slice) {
                buffer.add(within(self.probing.get(lists.probing), &after));
            }
        }
        &buffer.partners
    }

    /// Adds the partners by a common term, which `item` probes with. The first
    /// [`REPRESENTATIVES`] probing items of a slice are partners of all probing items, each other
    /// item of the next one and of the representatives of the next slice.
    fn add_by_common_term(&self, item: u32, lists: TermLists, buffer: &mut PartnerBuffer) {
        let slice = self.slices.of(item);
        let probing = self.probing.get(lists.probing);
        let before = within(probing, &(slice.items.start..item));
        let after = within(probing, &(item + 1..slice.near.end));
        if before.len() < REPRESENTATIVES || !self.is_oversized(lists, slice) {
            return buffer.add(after);
        }
        let next_slice = within(probing, &(slice.items.end..slice.near.end));
        buffer.add(&after[..after.len().min(1)]);
        buffer.add(&next_slice[..next_slice.len().min(REPRESENTATIVES)]);
    }
}

/// Maximum terms that a linear search is faster for than a sort.
const MAX_UNSORTED: usize = 64;

/// The probe terms of an item, for lookups.
struct TermSet<'t> {
    terms: &'t [u32],
    /// The same terms, sorted, if there are more than [`MAX_UNSORTED`]; else empty.
    sorted: Vec<u32>,
}

impl<'t> TermSet<'t> {
    fn new(terms: &'t [u32]) -> Self {
        let mut sorted = Vec::new();
        if terms.len() > MAX_UNSORTED {
            sorted.extend_from_slice(terms);
            sorted.sort_unstable();
        }
        TermSet { terms, sorted }
    }

    fn contains(&self, term: u32) -> bool {
        if self.sorted.is_empty() {
            self.terms.contains(&term)
        } else {
            self.sorted.binary_search(&term).is_ok()
        }
    }
}

/// Each term of each item.
fn entries(terms: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let items = terms.par_iter().enumerate();
    items
        .flat_map_iter(|(item, terms)| terms.iter().map(move |&term| (term, item as u32)))
        .collect()
}

/// The items in a range, of ascending items.
fn within<'i>(items: &'i [u32], range: &Range<u32>) -> &'i [u32] {
    let start = items.partition_point(|&item| item < range.start);
    let count = items[start..].partition_point(|&item| item < range.end);
    &items[start..start + count]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(in_slices: usize) -> CommonTermLimits {
        CommonTermLimits {
            in_batch: 100,
            in_slices,
        }
    }

    fn pairs_within(
        probe_terms: &[Vec<u32>],
        terms: &[Vec<u32>],
        slices: &[Option<i64>],
        limits: CommonTermLimits,
    ) -> Vec<(u32, u32)> {
        let index = TermIndex::new(probe_terms, terms, TimeSlices::new(slices), limits);
        let mut buffer = PartnerBuffer::default();
        let mut pairs = Vec::new();
        for item in 0..terms.len() as u32 {
            let partners = index.partners(item, &mut buffer);
            pairs.extend(partners.iter().map(|&partner| (item, partner)));
        }
        pairs.sort_unstable();
        pairs
    }

    fn pairs(probe_terms: &[Vec<u32>], terms: &[Vec<u32>]) -> Vec<(u32, u32)> {
        pairs_within(probe_terms, terms, &vec![None; terms.len()], limits(100))
    }

    #[test]
    fn a_shared_probe_term_makes_a_pair() {
        let terms = [vec![1, 2, 3], vec![3, 4], vec![5, 2]];
        let probe_terms = [vec![1], vec![3], vec![5]];
        assert_eq!(pairs(&probe_terms, &terms), [(0, 1)]);
    }

    #[test]
    fn a_common_term_links_each_item_with_a_representative_and_the_next() {
        let terms = vec![vec![9]; 500];
        let slices = TimeSlices::new(&[None; 500]);
        let index = TermIndex::new(&terms, &terms, slices, limits(100));
        assert_eq!(index.oversized_terms, 1);
        let pairs = pairs(&terms, &terms);
        assert!(pairs.len() < 10 * 500);
        for item in 1..500 {
            assert!(pairs.contains(&(0, item)) && pairs.contains(&(item - 1, item)));
        }
    }

    #[test]
    fn a_term_is_common_by_slice() {
        // Sixty items of each of ten slices share one term.
        let terms = vec![vec![9]; 600];
        let slices: Vec<Option<i64>> = (0..600).map(|item| Some(item / 60)).collect();
        let all = pairs_within(&terms, &terms, &slices, limits(180));
        assert_eq!(all.len(), 10 * 60 * 59 / 2 + 9 * 60 * 60);
        let limited = pairs_within(&terms, &terms, &slices, limits(100));
        assert!(limited.len() < all.len() / 2);
        for item in 1..600 {
            assert!(limited.contains(&(item - 1, item)));
        }
        for item in 61..120 {
            assert!(limited.contains(&(60, item)) && limited.contains(&(item, 120)));
        }
    }

    proptest! {
        #[test]
        fn partners_share_a_probe_term(
            terms in proptest::collection::vec(proptest::collection::vec(0u32..30, 0..8), 1..40),
            probes in 1usize..4,
            mut slices in proptest::collection::vec(proptest::option::of(0i64..5), 40),
        ) {
            slices.truncate(terms.len());
            slices.sort_unstable();
            let mut probe_terms = terms.clone();
            for terms in &mut probe_terms {
                terms.truncate(probes);
            }
            let probes = |a: usize, b: usize| probe_terms[a].iter().any(|term| terms[b].contains(term));
            let mut expected = Vec::new();
            for a in 0..terms.len() {
                for b in a + 1..terms.len() {
                    let are_near = slices[a].zip(slices[b]).is_none_or(|(x, y)| x.abs_diff(y) <= 1);
                    if are_near && (probes(a, b) || probes(b, a)) {
                        expected.push((a as u32, b as u32));
                    }
                }
            }
            prop_assert_eq!(pairs_within(&probe_terms, &terms, &slices, limits(100)), expected);
        }
    }
}
