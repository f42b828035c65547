//! Splits a component of duplicates where a chain has drifted away from its beginning.
//!
//! Input: the texts of a component in chronological order, and the decision about any two texts.
//! Output: groups. A group is a first text, the duplicates of that text, and the texts that are
//! duplicates of most [`PIVOTS`] of the group. The hours of a live page, each similar to the hour
//! before, do not end up in one group whose ends share nothing. Two items of a feed without
//! duplicates within itself do not end up in one group either, though both are duplicates of an
//! item of another feed. The groups depend on the set of texts alone, so a batch, an index and a
//! cluster of machines split alike. Cost: at most eight decisions per text and group.

use hashbrown::HashMap;

use crate::source_rules::CopyScope;
use crate::verify::Fingerprint;

/// Sort key of a text within a component: time (undated texts first), then digest.
pub fn split_order(fingerprint: &Fingerprint) -> (Option<i32>, u64) {
    (fingerprint.context.hour, fingerprint.digest())
}

/// Maximum number of pivots per group. A text that is not a duplicate of the first text of a group
/// is compared with at most `PIVOTS` duplicates of the first text.
const PIVOTS: usize = 7;

/// One group of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part<T> {
    /// The first text.
    pub(super) first: T,
    /// The first duplicates of the first text. Other texts are compared with the pivots.
    pub(super) pivots: Vec<T>,
    /// Number of texts of the group that are no duplicates of the first text.
    pub(super) indirect: usize,
}

impl<T: Copy> Part<T> {
    /// Whether a text is a duplicate of more than half of the pivots.
    pub(super) fn admits(&self, text: T, mut are_duplicates: impl FnMut(T, T) -> bool) -> bool {
        let mut count = 0;
        for &pivot in &self.pivots {
            count += usize::from(are_duplicates(pivot, text));
        }
        2 * count > self.pivots.len()
    }

    /// Whether a duplicate of the first text would be a pivot.
    pub(super) fn would_be_pivot<O: Ord>(&self, text: T, order: impl Fn(T) -> O) -> bool {
        match self.pivots.last() {
            Some(&last) if self.pivots.len() == PIVOTS => order(text) < order(last),
            _ => true,
        }
    }

    /// Adds a duplicate of the first text to the pivots.
    pub(super) fn add_pivot<O: Ord>(&mut self, text: T, order: impl Fn(T) -> O) {
        let before = |&pivot: &T| order(pivot) < order(text);
        self.pivots
            .insert(self.pivots.partition_point(before), text);
        self.pivots.truncate(PIVOTS);
    }
}

/// The groups of the texts in `order`: the first text, the duplicates of the first text, and the
/// duplicates of most pivots, except texts that `CopyScope` excludes from the group; then the
/// groups of the rest.
pub fn split<T: Copy>(
    order: &[T],
    copy_scope: impl Fn(T) -> CopyScope,
    are_duplicates: impl FnMut(T, T) -> bool,
) -> Vec<Vec<T>> {
    let parts = split_parts(order, copy_scope, are_duplicates);
    parts.into_iter().map(|(_, texts)| texts).collect()
}

/// The groups of [`split`], with their texts.
pub(super) fn split_parts<T: Copy>(
    order: &[T],
    copy_scope: impl Fn(T) -> CopyScope,
    mut are_duplicates: impl FnMut(T, T) -> bool,
) -> Vec<(Part<T>, Vec<T>)> {
    let mut groups = Vec::new();
    let mut rest = order.to_vec();
    while let Some((&first, others)) = rest.split_first() {
        let mut feeds = Feeds::default();
        feeds.admit(copy_scope(first));
        let (duplicates, others): (Vec<T>, Vec<T>) = others
            .iter()
            .partition(|&&text| are_duplicates(first, text) && feeds.admit(copy_scope(text)));
        let mut part = Part {
            first,
            pivots: duplicates[..duplicates.len().min(PIVOTS)].to_vec(),
            indirect: 0,
        };
        let (indirect, others): (Vec<T>, Vec<T>) = others.into_iter().partition(|&text| {
            part.admits(text, &mut are_duplicates) && feeds.admit(copy_scope(text))
        });
        part.indirect = indirect.len();
        groups.push((part, [vec![first], duplicates, indirect].concat()));
        rest = others;
    }
    groups
}

/// The item in a group of each feed without duplicates within the feed.
#[derive(Debug, Default)]
struct Feeds(HashMap<u64, u64>);

impl Feeds {
    /// Whether a text may join the group; if so, adds the text.
    fn admit(&mut self, copy_scope: CopyScope) -> bool {
        let CopyScope::OtherFeeds { feed, item } = copy_scope else {
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
    fn drifting_chain_is_split() {
        let order: Vec<u32> = (0..8).collect();
        let groups = split(&order, anywhere, |a, b| a.abs_diff(b) <= 2);
        assert_eq!(groups, [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
    }

    #[test]
    fn clique_stays_whole() {
        assert_eq!(split(&[7, 3, 9], anywhere, |_, _| true), [vec![7, 3, 9]]);
        assert_eq!(split(&[4, 2], anywhere, |_, _| false), [vec![4], vec![2]]);
    }

    #[test]
    fn items_of_a_series_stay_apart_despite_a_common_duplicate() {
        // Odd texts are of one series, 1 and 5 are versions of one item; even texts are duplicates
        // of all texts.
        let copy_scope = |text: u32| match text % 2 {
            0 => CopyScope::Any,
            _ => CopyScope::OtherFeeds {
                feed: 9,
                item: u64::from(text % 4),
            },
        };
        let groups = split(&[2, 1, 3, 4, 5], copy_scope, |a, b| {
            copy_scope(a).excludes(copy_scope(b)).is_none()
        });
        assert_eq!(groups, [vec![2, 1, 4, 5], vec![3]]);
        assert_eq!(
            split(&[1, 2, 3], copy_scope, |a, b| copy_scope(a)
                .excludes(copy_scope(b))
                .is_none()),
            [vec![1, 2], vec![3]]
        );
    }
}
