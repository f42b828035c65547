//! Filters for repeated keys: unique blocking keys are dropped before a table is sorted.
//!
//! Input: `u32` keys. Output: all repeated keys, and a few others (false positives). The only hash
//! function is the bits of the key (Bloom 1970). O(1) per key.

use crate::ids::DenseId;

/// Bits per key: about one key in `BITS_PER_KEY` is a false positive.
const BITS_PER_KEY: usize = 4;

/// Number of 64-bit words for `count` keys.
fn words(count: usize) -> usize {
    (count * BITS_PER_KEY).div_ceil(64).next_power_of_two()
}

/// The word and the bit of a key. The lowest bits of the key come last: they are equal within a
/// hash partition.
#[inline]
fn place(key: u32, words: usize) -> (usize, u32) {
    let rotated = key.rotate_right(8);
    ((rotated >> 6) as usize & (words - 1), rotated & 63)
}

/// Set of keys with false positives.
pub(super) struct BloomFilter(Vec<u64>);

impl BloomFilter {
    /// An empty filter for `count` keys.
    pub(super) fn with_capacity(count: usize) -> Self {
        BloomFilter(vec![0; words(count)])
    }

    /// Adds a key if `is_added`. Branchless: the condition is unpredictable.
    #[inline]
    pub(super) fn insert_if(&mut self, key: u32, is_added: bool) {
        let (word, bit) = place(key, self.0.len());
        self.0[word] |= u64::from(is_added) << bit;
    }

    /// Whether a key may have been added.
    #[inline]
    pub(super) fn may_contain(&self, key: u32) -> bool {
        let (word, bit) = place(key, self.0.len());
        self.0[word] >> bit & 1 == 1
    }
}

/// Set of keys that were added at least twice, with false positives. The bits for "once" and
/// "twice" are adjacent, so a key costs one cache miss.
#[derive(Default)]
pub(super) struct RepeatFilter(Vec<[u64; 2]>);

impl RepeatFilter {
    /// An empty filter for `count` keys.
    pub(super) fn with_capacity(count: usize) -> Self {
        RepeatFilter(vec![[0; 2]; words(count)])
    }

    /// Removes all keys and makes room for `count`.
    pub(super) fn reset(&mut self, count: usize) {
        self.0.clear();
        self.0.resize(words(count), [0; 2]);
    }

    /// Adds a key.
    #[inline]
    pub(super) fn insert(&mut self, key: u32) {
        let (word, bit) = place(key, self.0.len());
        let bit = 1 << bit;
        let [once, twice] = &mut self.0[word];
        *twice |= *once & bit;
        *once |= bit;
    }

    /// Whether a key may have been added twice.
    #[inline]
    pub(super) fn may_repeat(&self, key: u32) -> bool {
        let (word, bit) = place(key, self.0.len());
        self.0[word][1] >> bit & 1 == 1
    }
}

/// Finds repeated values in short lists. Slots keep the generation of the writing list and need no
/// reset between lists.
pub(super) struct RepeatFinder {
    slots: [u32; 1 << RepeatFinder::BITS],
    /// The generation of a slot hit once; one more if hit twice.
    generation: u32,
    repeated: Vec<u32>,
}

impl Default for RepeatFinder {
    fn default() -> Self {
        RepeatFinder {
            slots: [0; 1 << RepeatFinder::BITS],
            generation: 0,
            repeated: Vec::new(),
        }
    }
}

impl RepeatFinder {
    const BITS: u32 = 10;

    #[inline]
    fn slot(value: u32) -> usize {
        value as usize & ((1 << RepeatFinder::BITS) - 1)
    }

    /// All occurrences of repeated values of `list`, sorted, and a few false positives.
    pub(super) fn repeated<I: DenseId>(&mut self, list: &[I]) -> &[u32] {
        self.generation += 2;
        for value in list {
            let slot = &mut self.slots[RepeatFinder::slot(value.number())];
            *slot = self.generation + u32::from(*slot >= self.generation);
        }
        self.repeated.clear();
        for value in list {
            if self.slots[RepeatFinder::slot(value.number())] > self.generation {
                self.repeated.push(value.number());
            }
        }
        self.repeated.sort_unstable();
        &self.repeated
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn counts(list: &[u32]) -> BTreeMap<u32, usize> {
        let mut counts = BTreeMap::new();
        for &value in list {
            *counts.entry(value).or_default() += 1;
        }
        counts
    }

    proptest! {
        #[test]
        fn repeat_filter_has_no_false_negatives(
            keys in proptest::collection::vec(0..400u32, 0..300),
        ) {
            let mut filter = RepeatFilter::with_capacity(keys.len());
            keys.iter().for_each(|&key| filter.insert(key << 11));
            for (key, _) in counts(&keys).into_iter().filter(|&(_, count)| count > 1) {
                prop_assert!(filter.may_repeat(key << 11));
            }
        }

        #[test]
        fn repeat_finder_returns_all_occurrences_of_repeated_values(
            lists in proptest::collection::vec(proptest::collection::vec(0..3000u32, 0..80), 1..8),
        ) {
            let mut finder = RepeatFinder::default();
            for list in &lists {
                let found = finder.repeated(list);
                prop_assert!(found.is_sorted());
                let (found, all) = (counts(found), counts(list));
                prop_assert!(found.iter().all(|(value, count)| all[value] == *count));
                prop_assert!(all.iter().all(|(value, &count)| count < 2 || found.contains_key(value)));
            }
        }
    }

    #[test]
    fn filters_have_few_false_positives() {
        let mut filter = RepeatFilter::with_capacity(1000);
        let key = |at: u32| at.wrapping_mul(0x9e37_79b9);
        (0..1000).for_each(|at| filter.insert(key(at)));
        assert!((0..1000).filter(|&at| filter.may_repeat(key(at))).count() < 300);
        let list: Vec<u32> = (0..40).map(|at| at * 25).collect();
        assert!(RepeatFinder::default().repeated(&list).is_empty());
    }
}
