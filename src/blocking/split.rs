//! Splits a component of verified pairs where a chain of copies has drifted away from its
//! beginning.
//!
//! Input: the texts of a component in an order of their own, and the decision about any two texts.
//! Output: groups. A group is one text, the copies of that text, and the texts that are copies of
//! most of the group. So the hours of a live page, each alike the hour before, do not end up in one
//! group whose ends share nothing. Two items of a feed without copies within itself do not end up
//! in one group either, though both are copies of an item of another feed. The result depends on
//! the set of texts alone: a batch, an index and a cluster of machines split alike. Cost: at most
//! eight decisions per text and group.

use hashbrown::HashMap;

use crate::source_rules::CopyScope;
use crate::verify::Fingerprint;

/// The place of a text among those of its component: by time, undated ones in front, then by
/// digest.
pub fn place_of(print: &Fingerprint) -> (Option<i32>, u64) {
    (print.context.hour, print.digest())
}

/// A text that is no copy of the first of a group is compared with at most this many copies of
/// that.
const ASKED: usize = 7;

/// One group of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The text it begins with.
    pub(super) first: u32,
    /// Of the copies of that the first, whom other texts are compared with.
    pub(super) asked: Vec<u32>,
    /// How many texts are no copies of the first.
    pub(super) close: usize,
}

impl Part {
    /// Whether a text that is no copy of the first is one of enough of those who are asked.
    pub(super) fn backs(&self, text: u32, mut are_copies: impl FnMut(u32, u32) -> bool) -> bool {
        let backing = self
            .asked
            .iter()
            .filter(|&&copy| are_copies(copy, text))
            .count();
        backing > 0 && 2 * backing > self.asked.len()
    }

    /// Whether a copy of the first at this place among the texts would be one of those who are
    /// asked.
    pub(super) fn would_ask<P: Ord>(&self, text: u32, place: impl Fn(u32) -> P) -> bool {
        self.asked.len() < ASKED
            || self
                .asked
                .last()
                .is_some_and(|&last| place(text) < place(last))
    }

    /// Adds a copy of the first to those who are asked.
    pub(super) fn ask<P: Ord>(&mut self, text: u32, place: impl Fn(u32) -> P) {
        let at = self
            .asked
            .partition_point(|&copy| place(copy) < place(text));
        self.asked.insert(at, text);
        self.asked.truncate(ASKED);
    }
}

/// The groups of these texts, of which each has a reach: the first text, its copies, and those that
/// are copies of at least half of the first `ASKED` of these and itself, but for what must not be
/// with one of them; then the same of the rest.
pub fn split(
    order: &[u32],
    reach: impl Fn(u32) -> CopyScope,
    are_copies: impl FnMut(u32, u32) -> bool,
) -> Vec<Vec<u32>> {
    parts(order, reach, are_copies)
        .into_iter()
        .map(|(_, texts)| texts)
        .collect()
}

/// The same, each group with its texts.
pub(super) fn parts(
    order: &[u32],
    reach: impl Fn(u32) -> CopyScope,
    mut are_copies: impl FnMut(u32, u32) -> bool,
) -> Vec<(Part, Vec<u32>)> {
    let mut groups = Vec::new();
    let mut rest = order.to_vec();
    while let Some((&first, others)) = rest.split_first() {
        let mut feeds = Feeds::default();
        feeds.admit(reach(first));
        let (copies, others): (Vec<u32>, Vec<u32>) = others
            .iter()
            .partition(|&&text| are_copies(first, text) && feeds.admit(reach(text)));
        let mut part = Part {
            first,
            asked: copies[..copies.len().min(ASKED)].to_vec(),
            close: 0,
        };
        let (close, others): (Vec<u32>, Vec<u32>) = others
            .into_iter()
            .partition(|&text| part.backs(text, &mut are_copies) && feeds.admit(reach(text)));
        part.close = close.len();
        groups.push((part, [vec![first], copies, close].concat()));
        rest = others;
    }
    groups
}

/// Of each feed without copies within itself the item that is in a group.
#[derive(Debug, Default)]
struct Feeds(HashMap<u64, u64>);

impl Feeds {
    /// Whether a text may join the group, which then has it.
    fn admit(&mut self, reach: CopyScope) -> bool {
        let CopyScope::OtherFeeds { feed, item } = reach else {
            return true;
        };
        *self.0.entry(feed).or_insert(item) == item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anywhere(_: u32) -> CopyScope {
        CopyScope::Any
    }

    #[test]
    fn a_chain_breaks_where_it_has_drifted() {
        let order: Vec<u32> = (0..8).collect();
        let groups = split(&order, anywhere, |a, b| a.abs_diff(b) <= 2);
        assert_eq!(groups, [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
    }

    #[test]
    fn what_hangs_together_stays() {
        assert_eq!(split(&[7, 3, 9], anywhere, |_, _| true), [vec![7, 3, 9]]);
        assert_eq!(split(&[4, 2], anywhere, |_, _| false), [vec![4], vec![2]]);
    }

    #[test]
    fn a_copy_elsewhere_does_not_bring_the_items_of_a_series_together() {
        // Odd texts are of one series, 1 and 5 of them versions of one item; the even ones are
        // copies of all.
        let reach = |text: u32| match text % 2 {
            0 => CopyScope::Any,
            _ => CopyScope::OtherFeeds {
                feed: 9,
                item: u64::from(text % 4),
            },
        };
        let groups = split(&[2, 1, 3, 4, 5], reach, |a, b| {
            reach(a).excludes(reach(b)).is_none()
        });
        assert_eq!(groups, [vec![2, 1, 4, 5], vec![3]]);
        assert_eq!(
            split(&[1, 2, 3], reach, |a, b| reach(a)
                .excludes(reach(b))
                .is_none()),
            [vec![1, 2], vec![3]]
        );
    }
}
