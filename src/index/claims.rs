//! Keys of items in (ids within their feeds, links, texts), the items that claim them out. A key
//! that several items claim identifies none of them.
//!
//! Of a key that many claim the latest [`MOST`] are kept, so that a feed with one link for all
//! costs no more than others.

use hashbrown::HashMap;

/// Besides the first item that claims a key, at most this many of the latest are kept and compared.
const MOST: usize = 7;

/// Which items claim which keys.
#[derive(Debug, Default)]
pub(super) struct Claims {
    first: HashMap<u64, u64>,
    /// Those behind the first, by arrival; a key stands here from the day a second item claimed
    /// it.
    more: HashMap<u64, Vec<u64>>,
}

impl Claims {
    /// Notes that an item claims a key.
    pub(super) fn add(&mut self, key: u64, number: u64) {
        let &mut first = self.first.entry(key).or_insert(number);
        if first == number {
            return;
        }
        let more = self.more.entry(key).or_default();
        if !more.contains(&number) {
            more.push(number);
            more.drain(..more.len().saturating_sub(MOST));
        }
    }

    /// The items that claim a key, by arrival.
    pub(super) fn of(&self, key: u64) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.first
            .get(&key)
            .copied()
            .into_iter()
            .chain(self.more.get(&key).into_iter().flatten().copied())
    }

    /// Whether several items claim a key, or did.
    pub(super) fn is_shared(&self, key: u64) -> bool {
        self.more.contains_key(&key)
    }

    /// Takes an item's claim back.
    pub(super) fn remove(&mut self, key: u64, number: u64) {
        if let Some(more) = self.more.get_mut(&key) {
            more.retain(|&one| one != number);
        }
        if self.first.get(&key) != Some(&number) {
            return;
        }
        match self.more.get_mut(&key).filter(|more| !more.is_empty()) {
            Some(more) => _ = self.first.insert(key, more.remove(0)),
            None => {
                self.first.remove(&key);
                self.more.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shared_from_the_second_item_on() {
        let mut claims = Claims::default();
        claims.add(7, 1);
        claims.add(7, 1);
        assert!(!claims.is_shared(7));
        claims.add(7, 2);
        assert!(claims.is_shared(7));
        claims.add(7, 3);
        assert_eq!(claims.of(7).collect::<Vec<_>>(), [1, 2, 3]);
        claims.remove(7, 1);
        assert_eq!(claims.of(7).collect::<Vec<_>>(), [2, 3]);
        claims.remove(7, 3);
        claims.remove(7, 2);
        assert!(claims.of(7).next().is_none() && !claims.is_shared(7));
    }

    #[test]
    fn of_many_claims_the_first_and_the_latest_are_kept() {
        let mut claims = Claims::default();
        (0..1000).for_each(|number| claims.add(7, number));
        let kept: Vec<u64> = claims.of(7).collect();
        assert_eq!((kept.len(), kept[0], kept[MOST]), (MOST + 1, 0, 999));
    }
}
