//! Posting lists: for each term the items that have it, ascending.
//!
//! Input: (term, posting) entries in any order. Output: all lists in one vector, and the range of
//! each term. Cost: one parallel sort. [`TermIndex`](super::TermIndex) and
//! [`SearchIndex`](crate::search::SearchIndex) share this builder but keep dictionaries of their
//! own: a `TermIndex` finds two lists of a term with one lookup, which saves half of its cache
//! misses.

use rayon::prelude::*;

/// One entry of a posting list.
pub(crate) trait ListEntry: Copy + Send + Sync {
    /// The item of the posting.
    fn item(self) -> u32;
}

impl ListEntry for u32 {
    fn item(self) -> u32 {
        self
    }
}

/// An item with the weight that the term has in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WeightedPosting {
    pub(crate) item: u32,
    pub(crate) weight: f32,
}

impl ListEntry for WeightedPosting {
    fn item(self) -> u32 {
        self.item
    }
}

/// The place of one list in [`PostingLists`]; the default is an empty list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PostingRange {
    start: u32,
    end: u32,
}

impl PostingRange {
    /// The number of postings.
    pub(crate) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// All posting lists, one after the other.
#[derive(Debug)]
pub(crate) struct PostingLists<P>(Vec<P>);

impl<P: ListEntry> PostingLists<P> {
    /// Builds the lists, and gives the range of each term, ascending by term. A term that an item
    /// has twice gives one posting.
    pub(crate) fn build(mut entries: Vec<(u32, P)>) -> (Self, Vec<(u32, PostingRange)>) {
        entries.par_sort_unstable_by_key(sort_key);
        entries.dedup_by_key(|entry| sort_key(entry));
        let mut ranges = Vec::new();
        let mut start = 0;
        for list in entries.chunk_by(|x, y| x.0 == y.0) {
            let end = start + list.len() as u32;
            ranges.push((list[0].0, PostingRange { start, end }));
            start = end;
        }
        let postings = entries.into_iter().map(|(_, posting)| posting).collect();
        (PostingLists(postings), ranges)
    }

    /// The postings of one list.
    pub(crate) fn get(&self, range: PostingRange) -> &[P] {
        &self.0[range.start as usize..range.end as usize]
    }
}

fn sort_key<P: ListEntry>(&(term, posting): &(u32, P)) -> u64 {
    u64::from(term) << 32 | u64::from(posting.item())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_unique() {
        let (lists, ranges) = PostingLists::build(vec![(7, 2), (3, 1), (7, 0), (7, 2)]);
        let terms: Vec<u32> = ranges.iter().map(|range| range.0).collect();
        assert_eq!(terms, [3, 7]);
        assert_eq!(lists.get(ranges[0].1), [1]);
        assert_eq!(lists.get(ranges[1].1), [0, 2]);
        assert!(lists.get(PostingRange::default()).is_empty());
    }
}
