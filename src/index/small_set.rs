//! Sorted set of items that is cheap while it is small.
//!
//! Up to `MAX_LIST` items are a sorted list, more are a B-tree: most groups have a few items, a few
//! have thousands.

use std::collections::BTreeSet;

use super::Arrival;

/// Sets of more than `MAX_LIST` items are trees.
const MAX_LIST: usize = 32;

/// Set of items, iterated in order of arrival. Either `list` or `tree` holds all items.
#[derive(Debug, Default, Clone)]
pub(super) struct SmallSet {
    list: Vec<Arrival>,
    tree: Option<BTreeSet<Arrival>>,
}

impl SmallSet {
    /// Adds an item.
    pub(super) fn insert(&mut self, item: Arrival) {
        if let Some(tree) = &mut self.tree {
            tree.insert(item);
        } else if let Err(position) = self.list.binary_search(&item) {
            self.list.insert(position, item);
            if self.list.len() > MAX_LIST {
                self.tree = Some(std::mem::take(&mut self.list).into_iter().collect());
            }
        }
    }

    /// Removes an item.
    pub(super) fn remove(&mut self, item: Arrival) {
        if let Some(tree) = &mut self.tree {
            tree.remove(&item);
            // Half of the limit, so a set at the limit does not change form at every step.
            if tree.len() <= MAX_LIST / 2 {
                self.list = self.tree.take().into_iter().flatten().collect();
            }
        } else if let Ok(position) = self.list.binary_search(&item) {
            self.list.remove(position);
        }
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.list.len() + self.tree.as_ref().map_or(0, BTreeSet::len)
    }

    /// Whether the set has no item.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All items, ascending.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Arrival> + '_ {
        self.list.iter().chain(self.tree.iter().flatten()).copied()
    }

    /// The first item to arrive.
    pub(super) fn first(&self) -> Option<Arrival> {
        self.iter().next()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn small_set_equals_btree_set(
            steps in proptest::collection::vec((any::<bool>(), 0u64..80), 0..300),
        ) {
            let (mut small, mut tree) = (SmallSet::default(), BTreeSet::new());
            for (inserts, number) in steps {
                let item = Arrival(number);
                if inserts {
                    small.insert(item);
                    tree.insert(item);
                } else {
                    small.remove(item);
                    tree.remove(&item);
                }
                prop_assert_eq!((small.len(), small.is_empty()), (tree.len(), tree.is_empty()));
                prop_assert_eq!(small.first(), tree.first().copied());
                prop_assert!(small.iter().eq(tree.iter().copied()));
                prop_assert!(small.iter().rev().eq(tree.iter().rev().copied()));
            }
        }
    }
}
