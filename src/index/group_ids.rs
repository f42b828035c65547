//! Stable group ids under changing partitions.
//!
//! Input: the new partition of items. Output: the new group ids, and the changes. A group is named
//! for its founder. When a group is split, the id stays with the part that has the founder, or,
//! without the founder, most of the items; when groups are merged, the oldest id wins. Cost:
//! `O(n log n)` in the items of the partition and of the groups that are merged.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::small_set::SmallSet;
use super::{Arrival, GroupId};

/// Group ids of items. An item without an entry is alone in a group founded by the item.
#[derive(Debug, Default)]
pub struct GroupIds {
    groups: HashMap<Arrival, GroupId>,
    /// Members of the groups with an item other than the founder.
    members: HashMap<GroupId, SmallSet>,
}

/// What a new partition changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct GroupChanges {
    /// Items with a new group id.
    pub moved: Vec<(Arrival, GroupId)>,
    /// Groups that ended.
    pub merged: Vec<GroupMove>,
    /// Groups that lost items.
    pub split: Vec<GroupMove>,
}

/// Items moved from one group to another group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMove {
    /// The old group.
    pub from: GroupId,
    /// The new group.
    pub to: GroupId,
}

/// For each old group, the new parts of the group's items.
type PartsByGroup = BTreeMap<GroupId, Vec<usize>>;

impl GroupIds {
    /// The group of an item.
    pub fn group(&self, item: Arrival) -> GroupId {
        self.groups.get(&item).copied().unwrap_or(item.group())
    }

    /// The members of a group, ascending; empty for a group of its founder alone.
    pub fn members(&self, group: GroupId) -> impl DoubleEndedIterator<Item = Arrival> + '_ {
        self.members
            .get(&group)
            .into_iter()
            .flat_map(SmallSet::iter)
    }

    /// Number of members of a group.
    pub fn size(&self, group: GroupId) -> usize {
        let members = self.members.get(&group);
        members.map_or(1, |members| members.len().max(1))
    }

    /// The groups with an item other than the founder.
    pub fn shared(&self) -> impl Iterator<Item = GroupId> {
        self.members.keys().copied()
    }

    /// Moves an item to a group.
    pub fn assign(&mut self, item: Arrival, group: GroupId) {
        let old = self.group(item);
        if old == group {
            return;
        }
        self.leave(item, old);
        let founder = group.founder();
        let members = self.members.entry(group).or_default();
        // A founder is not listed until another item joins.
        let is_home = self.groups.get(&founder).is_none_or(|&of| of == group);
        if members.is_empty() && is_home && founder != item {
            members.insert(founder);
        }
        members.insert(item);
        if item == founder {
            self.groups.remove(&item);
        } else {
            self.groups.insert(item, group);
        }
    }

    /// Removes an item.
    pub fn remove(&mut self, item: Arrival) {
        let group = self.group(item);
        self.leave(item, group);
        self.groups.remove(&item);
    }

    fn leave(&mut self, item: Arrival, group: GroupId) {
        let Some(members) = self.members.get_mut(&group) else {
            return;
        };
        members.remove(item);
        let is_founder_alone = members.len() == 1 && members.first() == Some(group.founder());
        if members.is_empty() || is_founder_alone {
            self.members.remove(&group);
        }
    }

    /// Gives each part of a partition a group id.
    ///
    /// Items without a part stay with the part that keeps the id of their group. `is_new` gives
    /// whether an item has arrived since the last partition: new items have no claim to an id.
    pub fn regroup(
        &mut self,
        parts: &[Vec<Arrival>],
        is_new: impl Fn(Arrival) -> bool,
    ) -> GroupChanges {
        let parts_of = self.parts_by_group(parts, is_new);
        let heirs: BTreeMap<GroupId, usize> = parts_of
            .iter()
            .map(|(&group, item_parts)| (group, heir(group, item_parts, parts)))
            .collect();
        let inherited = inherited(&heirs, parts.len());
        let ids = new_ids(parts, &inherited);
        let mut changes = GroupChanges {
            moved: Vec::new(),
            merged: merged(&inherited, &ids),
            split: split(&parts_of, &heirs, &ids),
        };
        self.reassign(parts, &ids, &mut changes);
        changes
    }

    fn parts_by_group(
        &self,
        parts: &[Vec<Arrival>],
        is_new: impl Fn(Arrival) -> bool,
    ) -> PartsByGroup {
        let mut parts_of = PartsByGroup::new();
        for (part, items) in parts.iter().enumerate() {
            for &item in items.iter().filter(|&&item| !is_new(item)) {
                parts_of.entry(self.group(item)).or_default().push(part);
            }
        }
        parts_of
    }

    /// Moves the members of merged groups, and the items of the parts, to their new groups.
    fn reassign(&mut self, parts: &[Vec<Arrival>], ids: &[GroupId], changes: &mut GroupChanges) {
        let mut wanted: BTreeMap<Arrival, GroupId> = BTreeMap::new();
        for &GroupMove { from, to } in &changes.merged {
            wanted.extend(self.members(from).map(|item| (item, to)));
        }
        for (items, &id) in parts.iter().zip(ids) {
            wanted.extend(items.iter().map(|&item| (item, id)));
        }
        for (item, group) in wanted {
            if self.group(item) != group {
                self.assign(item, group);
                changes.moved.push((item, group));
            }
        }
    }
}

/// The part that keeps a group's id: the part with the founder, else the part with most of the
/// items, else the first part. `item_parts` has the part of each old item and is not empty.
fn heir(group: GroupId, item_parts: &[usize], parts: &[Vec<Arrival>]) -> usize {
    let has_founder = |part: &&usize| parts[**part].contains(&group.founder());
    if let Some(&part) = item_parts.iter().find(has_founder) {
        return part;
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for &part in item_parts {
        *counts.entry(part).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(part, count)| (count, Reverse(part)))
        .map_or(item_parts[0], |(part, _)| part)
}

/// The kept old ids of each part, ascending.
fn inherited(heirs: &BTreeMap<GroupId, usize>, parts: usize) -> Vec<Vec<GroupId>> {
    let mut inherited = vec![Vec::new(); parts];
    for (&group, &part) in heirs {
        inherited[part].push(group);
    }
    inherited
}

/// The id of each part: the oldest inherited id, else the id founded by the first item.
fn new_ids(parts: &[Vec<Arrival>], inherited: &[Vec<GroupId>]) -> Vec<GroupId> {
    let ids = parts.iter().zip(inherited).map(|(items, inherited)| {
        let founded = items.iter().copied().min().map(Arrival::group);
        // A part without items has no id that anything would be assigned to.
        inherited.first().copied().or(founded).unwrap_or_default()
    });
    ids.collect()
}

fn merged(inherited: &[Vec<GroupId>], ids: &[GroupId]) -> Vec<GroupMove> {
    let mut merged = Vec::new();
    for (inherited, &to) in inherited.iter().zip(ids) {
        for &from in inherited.iter().filter(|&&group| group != to) {
            merged.push(GroupMove { from, to });
        }
    }
    merged
}

fn split(
    parts_of: &PartsByGroup,
    heirs: &BTreeMap<GroupId, usize>,
    ids: &[GroupId],
) -> Vec<GroupMove> {
    let mut split = Vec::new();
    for (&from, item_parts) in parts_of {
        let kept = ids[heirs[&from]];
        let new: BTreeSet<GroupId> = item_parts.iter().map(|&part| ids[part]).collect();
        for to in new.into_iter().filter(|&to| to != kept) {
            split.push(GroupMove { from, to });
        }
    }
    split
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[&[u64]]) -> Vec<Vec<Arrival>> {
        parts
            .iter()
            .map(|items| items.iter().copied().map(Arrival).collect())
            .collect()
    }

    fn groups(ids: &GroupIds, items: &[u64]) -> Vec<u64> {
        items
            .iter()
            .map(|&item| ids.group(Arrival(item)).0)
            .collect()
    }

    fn moved(from: u64, to: u64) -> GroupMove {
        GroupMove {
            from: GroupId(from),
            to: GroupId(to),
        }
    }

    #[test]
    fn group_is_named_for_its_first_item() {
        let mut ids = GroupIds::default();
        let changes = ids.regroup(&parts(&[&[3, 5], &[4]]), |_| true);
        assert_eq!(changes.moved, [(Arrival(5), GroupId(3))]);
        assert_eq!(changes.merged, []);
        assert_eq!((ids.size(GroupId(3)), ids.size(GroupId(4))), (2, 1));
    }

    #[test]
    fn oldest_id_wins_a_merge_and_unlisted_members_follow() {
        let mut ids = GroupIds::default();
        ids.regroup(&parts(&[&[1, 2], &[3, 4]]), |_| true);
        let changes = ids.regroup(&parts(&[&[2, 4, 5]]), |item| item == Arrival(5));
        assert_eq!(changes.merged, [moved(3, 1)]);
        assert_eq!(groups(&ids, &[1, 2, 3, 4, 5]), [1, 1, 1, 1, 1]);
        assert_eq!(ids.members(GroupId(1)).count(), 5);
    }

    #[test]
    fn split_off_part_is_named_for_its_first_item() {
        let mut ids = GroupIds::default();
        ids.regroup(&parts(&[&[1, 2, 3, 4]]), |_| true);
        let changes = ids.regroup(&parts(&[&[1, 4], &[2, 3]]), |_| false);
        assert_eq!(changes.split, [moved(1, 2)]);
        assert_eq!(groups(&ids, &[1, 2, 3, 4]), [1, 2, 2, 1]);
        ids.remove(Arrival(1));
        let changes = ids.regroup(&parts(&[&[4, 2, 3]]), |_| false);
        assert_eq!(changes.merged, [moved(2, 1)]);
        assert_eq!(groups(&ids, &[4]), [1]);
    }
}
