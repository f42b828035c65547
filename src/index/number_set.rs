//! A set of numbers in their order, small where there are few: items of a group are many only now
//! and then.

use std::collections::BTreeSet;

/// Above so many numbers they are kept in a tree.
const FEW: usize = 32;

/// The set: a list, or a tree in its place.
#[derive(Debug, Default, Clone)]
pub(super) struct Numbers {
    few: Vec<u64>,
    many: Option<BTreeSet<u64>>,
}

impl Numbers {
    /// Adds a number.
    pub(super) fn insert(&mut self, number: u64) {
        if let Some(many) = &mut self.many {
            many.insert(number);
        } else if let Err(at) = self.few.binary_search(&number) {
            self.few.insert(at, number);
            if self.few.len() > FEW {
                self.many = Some(std::mem::take(&mut self.few).into_iter().collect());
            }
        }
    }

    /// Takes a number out.
    pub(super) fn remove(&mut self, number: u64) {
        if let Some(many) = &mut self.many {
            many.remove(&number);
            if many.len() <= FEW / 2 {
                self.few = self.many.take().into_iter().flatten().collect();
            }
        } else if let Ok(at) = self.few.binary_search(&number) {
            self.few.remove(at);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.few.len() + self.many.as_ref().map_or(0, |many| many.len())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, ascending.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.few.iter().chain(self.many.iter().flatten()).copied()
    }

    /// The least.
    pub(super) fn first(&self) -> Option<u64> {
        self.iter().next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(steps in proptest::collection::vec((any::<bool>(), 0u64..80), 0..300)) {
            let (mut numbers, mut plain) = (Numbers::default(), BTreeSet::new());
            for (comes, number) in steps {
                if comes {
                    numbers.insert(number);
                    plain.insert(number);
                } else {
                    numbers.remove(number);
                    plain.remove(&number);
                }
                prop_assert_eq!((numbers.len(), numbers.is_empty()), (plain.len(), plain.is_empty()));
                prop_assert_eq!(numbers.first(), plain.first().copied());
                prop_assert!(numbers.iter().eq(plain.iter().copied()) && numbers.iter().rev().eq(plain.iter().rev().copied()));
            }
        }
    }
}
