//! Window: the input items of the stories at each commit.

use std::collections::{BTreeMap, VecDeque};

use crate::article::Article;
use crate::index::{Arrival, Item};

/// Stories are built from the items of a commit and the last `WINDOW` items before: two days of the
/// feeds of a large newsroom.
pub const WINDOW: usize = 4000;

/// The latest versions of the last items, by the commit of the version.
#[derive(Debug, Default)]
pub(super) struct Window(VecDeque<Item>);

impl Window {
    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The items as articles.
    pub(super) fn articles(&self) -> Vec<Article<'_>> {
        self.0.iter().map(Item::article).collect()
    }

    /// The arrival of each item.
    pub(super) fn arrivals(&self) -> Vec<Arrival> {
        self.0.iter().map(|item| item.arrival).collect()
    }

    /// The arrival of the item at a position.
    pub(super) fn arrival(&self, position: usize) -> Arrival {
        self.0[position].arrival
    }

    /// Adds the items of a commit at the end, in place of earlier versions, and drops the oldest
    /// items beyond [`WINDOW`].
    pub(super) fn add(&mut self, items: impl IntoIterator<Item = Item>) {
        let items = items.into_iter().map(|item| (item.arrival, item));
        // Of two versions of an item in one commit, the later replaces the earlier.
        let latest: BTreeMap<Arrival, Item> = items.collect();
        self.0.retain(|item| !latest.contains_key(&item.arrival));
        let added = latest.len();
        self.0.extend(latest.into_values());
        let surplus = self.0.len().saturating_sub(WINDOW + added);
        self.0.drain(..surplus);
    }

    /// Keeps the items that `is_kept` holds for.
    pub(super) fn retain(&mut self, is_kept: impl Fn(Arrival) -> bool) {
        self.0.retain(|item| is_kept(item.arrival));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(arrival: u64, title: &str) -> Item {
        Item {
            arrival: Arrival(arrival),
            title: title.to_owned(),
            ..Item::default()
        }
    }

    #[test]
    fn later_version_replaces_earlier_and_oldest_items_leave() {
        let mut window = Window::default();
        window.add([item(1, "a"), item(2, "b"), item(1, "c")]);
        assert_eq!(window.arrivals(), [1, 2].map(Arrival));
        assert_eq!(window.articles()[0].title, "c");
        window.add([item(1, "d")]);
        assert_eq!(window.arrivals(), [2, 1].map(Arrival));
        window.add((3..5000).map(|arrival| item(arrival, "e")));
        window.add([item(5000, "f")]);
        assert_eq!(window.len(), WINDOW + 1);
        assert_eq!(window.arrival(WINDOW), Arrival(5000));
    }
}
