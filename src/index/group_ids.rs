//! The labels of groups in, and how the items now lie together; the new labels and what that
//! changed out. A label is the number of the item that came first; it stays with that item, or when
//! that is gone with most of the others.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::number_set::Numbers;

/// The labels of items. An item alone has its own number.
#[derive(Debug, Default)]
pub struct Labels {
    of: HashMap<u64, u64>,
    members: HashMap<u64, Numbers>,
}

/// What a new partition did to labels.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Relabelled {
    /// Each item whose label has changed, with its new one.
    pub items: Vec<(u64, u64)>,
    /// Labels that went, with those that hold in their place.
    pub merged: Vec<(u64, u64)>,
    /// Labels that lost items, with those of the items that left.
    pub split: Vec<(u64, u64)>,
}

impl Labels {
    /// The label of an item.
    pub fn label(&self, item: u64) -> u64 {
        self.of.get(&item).copied().unwrap_or(item)
    }

    /// The items under a label, ascending, if there is more than one; else what the label itself
    /// is.
    pub fn members(&self, label: u64) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.members.get(&label).into_iter().flat_map(Numbers::iter)
    }

    /// How many items a label has.
    pub fn size(&self, label: u64) -> usize {
        self.members
            .get(&label)
            .map_or(1, |members| members.len().max(1))
    }

    /// The labels that have more items than the one they are named for.
    pub fn named(&self) -> impl Iterator<Item = u64> {
        self.members.keys().copied()
    }

    /// Gives an item a label.
    pub fn assign(&mut self, item: u64, label: u64) {
        let old = self.label(item);
        if old == label {
            return;
        }
        self.leave(item, old);
        // The first item bears its label without being listed until another joins it.
        let list = self.members.entry(label).or_default();
        if list.is_empty() && self.of.get(&label).is_none_or(|&of| of == label) && label != item {
            list.insert(label);
        }
        list.insert(item);
        if item == label {
            self.of.remove(&item);
        } else {
            self.of.insert(item, label);
        }
    }

    /// Takes an item away.
    pub fn remove(&mut self, item: u64) {
        let label = self.label(item);
        self.leave(item, label);
        self.of.remove(&item);
    }

    fn leave(&mut self, item: u64, label: u64) {
        if let Some(list) = self.members.get_mut(&label) {
            list.remove(item);
            if list.is_empty() || list.len() == 1 && list.first() == Some(label) {
                self.members.remove(&label);
            }
        }
    }

    /// Gives each part of a partition one label. Items of a touched label that are in no part stay
    /// with the part that keeps the label. `is_new` tells the items that have come since the
    /// last time.
    pub fn relabel(&mut self, parts: &[Vec<u64>], is_new: impl Fn(u64) -> bool) -> Relabelled {
        let mut claims: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for (part, items) in parts.iter().enumerate() {
            let old = items.iter().filter(|&&item| !is_new(item));
            old.for_each(|&item| claims.entry(self.label(item)).or_default().push(part));
        }
        let mut held: Vec<Vec<u64>> = vec![Vec::new(); parts.len()];
        let mut changes = Relabelled::default();
        let mut claimants: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
        for (&label, by) in &claims {
            held[holder(label, by, parts)].push(label);
            claimants.insert(label, by.iter().copied().collect());
        }
        let first = |items: &[u64]| items.iter().copied().min().unwrap_or_default();
        let labels: Vec<u64> = parts
            .iter()
            .zip(&held)
            .map(|(items, held)| held.iter().copied().min().unwrap_or_else(|| first(items)))
            .collect();
        for (part, held) in held.iter().enumerate() {
            for &gone in held.iter().filter(|&&label| label != labels[part]) {
                changes.merged.push((gone, labels[part]));
            }
        }
        for (label, parts) in claimants {
            let kept = labels[*parts
                .iter()
                .find(|&&part| held[part].contains(&label))
                .unwrap_or(&0)];
            let left = parts
                .iter()
                .map(|&part| labels[part])
                .filter(|&other| other != kept);
            changes.split.extend(
                left.collect::<BTreeSet<_>>()
                    .into_iter()
                    .map(|to| (label, to)),
            );
        }
        self.apply(parts, &labels, &mut changes);
        changes
    }

    fn apply(&mut self, parts: &[Vec<u64>], labels: &[u64], changes: &mut Relabelled) {
        let left: Vec<(u64, u64)> = changes
            .merged
            .iter()
            .flat_map(|&(gone, kept)| self.members(gone).map(move |item| (item, kept)))
            .collect();
        let of_parts = parts
            .iter()
            .zip(labels)
            .flat_map(|(items, &label)| items.iter().map(move |&item| (item, label)));
        let wanted: BTreeMap<u64, u64> = left.into_iter().chain(of_parts).collect();
        for (item, label) in wanted {
            if self.label(item) != label {
                self.assign(item, label);
                changes.items.push((item, label));
            }
        }
    }
}

/// The part that keeps a label: that of the item it is named for, else that with most of its items,
/// else the first.
fn holder(label: u64, by: &[usize], parts: &[Vec<u64>]) -> usize {
    if let Some(&part) = by.iter().find(|&&part| parts[part].contains(&label)) {
        return part;
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    by.iter()
        .for_each(|&part| *counts.entry(part).or_default() += 1);
    let most = counts
        .into_iter()
        .max_by_key(|&(part, count)| (count, std::cmp::Reverse(part)));
    most.map_or(0, |(part, _)| part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grouped(labels: &Labels, items: &[u64]) -> Vec<u64> {
        items.iter().map(|&item| labels.label(item)).collect()
    }

    #[test]
    fn groups_are_named_for_the_item_that_came_first() {
        let mut labels = Labels::default();
        let changes = labels.relabel(&[vec![3, 5], vec![4]], |_| true);
        assert_eq!((changes.items, changes.merged), (vec![(5, 3)], vec![]));
        assert_eq!((labels.size(3), labels.size(4)), (2, 1));
    }

    #[test]
    fn the_older_label_wins_and_those_outside_follow() {
        let mut labels = Labels::default();
        labels.relabel(&[vec![1, 2], vec![3, 4]], |_| true);
        let changes = labels.relabel(&[vec![2, 4, 5]], |item| item == 5);
        assert_eq!(changes.merged, [(3, 1)]);
        assert_eq!(grouped(&labels, &[1, 2, 3, 4, 5]), [1, 1, 1, 1, 1]);
        assert_eq!(labels.members(1).count(), 5);
    }

    #[test]
    fn what_is_split_off_is_named_for_its_first() {
        let mut labels = Labels::default();
        labels.relabel(&[vec![1, 2, 3, 4]], |_| true);
        let changes = labels.relabel(&[vec![1, 4], vec![2, 3]], |_| false);
        assert_eq!(changes.split, [(1, 2)]);
        assert_eq!(grouped(&labels, &[1, 2, 3, 4]), [1, 2, 2, 1]);
        labels.remove(1);
        let changes = labels.relabel(&[vec![4, 2, 3]], |_| false);
        assert_eq!((changes.merged, labels.label(4)), (vec![(2, 1)], 1));
    }
}
