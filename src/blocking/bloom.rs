//! Numbers in, those that occur more than once out, with a few others: by bits or marks to which a
//! few bits of each number point (Bloom 1970, one hash function). O(1) a number.

/// A set of keys that may hold some more.
pub(super) struct Seen(Vec<u64>);

/// So many bits a key: one key in so many is taken for another.
const SLOTS: usize = 4;

/// How many words of bits so many keys have.
fn words(count: usize) -> usize {
    (count * SLOTS).div_ceil(64).next_power_of_two()
}

/// The word and the bit of a key; its least bits, by which parts are told apart, come last.
#[inline]
fn place(key: u32, words: usize) -> (usize, u32) {
    let turned = key.rotate_right(8);
    ((turned >> 6) as usize & (words - 1), turned & 63)
}

impl Seen {
    /// Room for so many keys.
    pub(super) fn with_room(count: usize) -> Self {
        Seen(vec![0; words(count)])
    }

    /// Adds a key, if it is to be added. Without a branch, as whether it is cannot be foretold.
    #[inline]
    pub(super) fn add_if(&mut self, key: u32, is_added: bool) {
        let (word, bit) = place(key, self.0.len());
        self.0[word] |= u64::from(is_added) << bit;
    }

    #[inline]
    pub(super) fn has(&self, key: u32) -> bool {
        let (word, bit) = place(key, self.0.len());
        self.0[word] >> bit & 1 == 1
    }
}

/// The keys that occur twice or more, and perhaps some others. Both bits of a key lie side by side.
#[derive(Default)]
pub(super) struct Twice(Vec<[u64; 2]>);

impl Twice {
    /// Room for so many keys.
    pub(super) fn with_room(count: usize) -> Self {
        Twice(vec![[0; 2]; words(count)])
    }

    /// Forgets all, and makes room for so many.
    pub(super) fn clear(&mut self, count: usize) {
        self.0.clear();
        self.0.resize(words(count), [0; 2]);
    }

    /// Adds a key.
    #[inline]
    pub(super) fn add(&mut self, key: u32) {
        let (word, bit) = place(key, self.0.len());
        let bit = 1 << bit;
        let [once, twice] = &mut self.0[word];
        *twice |= *once & bit;
        *once |= bit;
    }

    #[inline]
    pub(super) fn has(&self, key: u32) -> bool {
        let (word, bit) = place(key, self.0.len());
        self.0[word][1] >> bit & 1 == 1
    }
}

/// Finds what occurs more than once in a list, by marks that a list leaves where a few bits of its
/// members point.
pub(super) struct Repeats {
    marks: [u32; 1 << Repeats::BITS],
    /// The mark of what the list has, one less than that of what it has twice.
    mark: u32,
    repeated: Vec<u32>,
}

impl Default for Repeats {
    fn default() -> Self {
        Repeats {
            marks: [0; 1 << Repeats::BITS],
            mark: 0,
            repeated: Vec::new(),
        }
    }
}

impl Repeats {
    const BITS: u32 = 10;

    /// All that occurs more than once, in order and as often as it does, and a few others.
    pub(super) fn of(&mut self, list: &[u32]) -> &[u32] {
        self.mark += 2;
        let place = |one: u32| one as usize & ((1 << Repeats::BITS) - 1);
        for &one in list {
            let mark = &mut self.marks[place(one)];
            *mark = self.mark + u32::from(*mark >= self.mark);
        }
        self.repeated.clear();
        self.repeated.extend(
            list.iter()
                .filter(|&&one| self.marks[place(one)] > self.mark),
        );
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
        list.iter().fold(BTreeMap::new(), |mut counts, &one| {
            *counts.entry(one).or_default() += 1;
            counts
        })
    }

    proptest! {
        #[test]
        fn what_occurs_twice_is_never_missed(keys in proptest::collection::vec(0..400u32, 0..300)) {
            let mut twice = Twice::with_room(keys.len());
            keys.iter().for_each(|&key| twice.add(key << 11));
            for (key, _) in counts(&keys).into_iter().filter(|&(_, count)| count > 1) {
                prop_assert!(twice.has(key << 11));
            }
        }

        #[test]
        fn what_recurs_in_a_list_comes_as_often_whatever_lists_came_before(
            lists in proptest::collection::vec(proptest::collection::vec(0..3000u32, 0..80), 1..8),
        ) {
            let mut repeats = Repeats::default();
            for list in &lists {
                let found = repeats.of(list);
                prop_assert!(found.is_sorted());
                let (found, all) = (counts(found), counts(list));
                prop_assert!(found.iter().all(|(one, count)| all[one] == *count));
                prop_assert!(all.iter().all(|(one, &count)| count < 2 || found.contains_key(one)));
            }
        }
    }

    #[test]
    fn most_that_occur_once_are_passed_over() {
        let mut twice = Twice::with_room(1000);
        let key = |at: u32| at.wrapping_mul(0x9e37_79b9);
        (0..1000).for_each(|at| twice.add(key(at)));
        assert!((0..1000).filter(|&at| twice.has(key(at))).count() < 300);
        let list: Vec<u32> = (0..40).map(|at| at * 25).collect();
        assert!(Repeats::default().of(&list).is_empty());
    }
}
