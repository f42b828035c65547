//! Inverted index from identity keys (ids within a feed, links, texts) to the items with the key
//! (bearers).
//!
//! A key of several items does not identify an item. Of the bearers of a key, the first and the
//! latest `MAX_LATER` are kept, so a feed with one link for all items costs no more than other
//! feeds.

use hashbrown::HashMap;

use super::Arrival;

/// Maximum number of bearers kept per key, in addition to the first.
const MAX_LATER: usize = 7;

/// The bearers of each key.
#[derive(Debug, Default)]
pub(super) struct KeyIndex {
    first: HashMap<u64, Arrival>,
    /// Bearers after the first, by arrival. An entry stays, empty, when the second bearer leaves:
    /// the key remains shared.
    later: HashMap<u64, Vec<Arrival>>,
}

impl KeyIndex {
    /// Adds `item` to the bearers of `key`.
    pub(super) fn add(&mut self, key: u64, item: Arrival) {
        let first = *self.first.entry(key).or_insert(item);
        if first == item {
            return;
        }
        let later = self.later.entry(key).or_default();
        if !later.contains(&item) {
            later.push(item);
            later.drain(..later.len().saturating_sub(MAX_LATER));
        }
    }

    /// The bearers of a key, by arrival.
    pub(super) fn items(&self, key: u64) -> impl DoubleEndedIterator<Item = Arrival> + '_ {
        let later = self.later.get(&key).into_iter().flatten();
        self.first.get(&key).into_iter().chain(later).copied()
    }

    /// Whether any item bears the key.
    pub(super) fn contains(&self, key: u64) -> bool {
        self.first.contains_key(&key)
    }

    /// Whether several items bear the key, or did.
    pub(super) fn is_shared(&self, key: u64) -> bool {
        self.later.contains_key(&key)
    }

    /// Removes `item` from the bearers of `key`.
    pub(super) fn remove(&mut self, key: u64, item: Arrival) {
        if let Some(later) = self.later.get_mut(&key) {
            later.retain(|&bearer| bearer != item);
        }
        if self.first.get(&key) != Some(&item) {
            return;
        }
        match self.later.get_mut(&key).filter(|later| !later.is_empty()) {
            Some(later) => _ = self.first.insert(key, later.remove(0)),
            None => {
                self.first.remove(&key);
                self.later.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(keys: &KeyIndex) -> Vec<u64> {
        keys.items(7).map(|item| item.0).collect()
    }

    #[test]
    fn key_is_shared_from_the_second_item_on() {
        let mut keys = KeyIndex::default();
        keys.add(7, Arrival(1));
        keys.add(7, Arrival(1));
        assert!(!keys.is_shared(7));
        keys.add(7, Arrival(2));
        assert!(keys.is_shared(7));
        keys.add(7, Arrival(3));
        assert_eq!(items(&keys), [1, 2, 3]);
        keys.remove(7, Arrival(1));
        assert_eq!(items(&keys), [2, 3]);
        keys.remove(7, Arrival(3));
        keys.remove(7, Arrival(2));
        assert!(!keys.contains(7) && !keys.is_shared(7));
    }

    #[test]
    fn first_and_latest_items_of_a_key_are_kept() {
        let mut keys = KeyIndex::default();
        (0..1000).for_each(|number| keys.add(7, Arrival(number)));
        let kept = items(&keys);
        assert_eq!(
            (kept.len(), kept[0], kept[MAX_LATER]),
            (MAX_LATER + 1, 0, 999)
        );
    }
}
