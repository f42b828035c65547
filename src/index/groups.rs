//! Fold of segments into the current groups: the group of each item and the canonical of each
//! group.
//!
//! Input: segments, in order. Output: the last assignment of each item. Linear in the segments.

use std::collections::BTreeMap;
use std::fmt;

use hashbrown::HashMap;

use super::{Arrival, GroupId, GroupKind, Item, Segment};

/// Group ids and canonicals as of the last segment.
#[derive(Debug, Default)]
pub struct Groups {
    duplicates: HashMap<Arrival, GroupId>,
    stories: HashMap<Arrival, GroupId>,
    canonicals: HashMap<GroupId, Arrival>,
    next_arrival: Arrival,
}

/// Why groups do not fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GroupFlaw {
    /// Members of a group of duplicates are in different stories.
    SplitDuplicates(GroupId),
    /// A group of several items has no canonical among them.
    NoCanonical(GroupKind, GroupId),
}

impl fmt::Display for GroupFlaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GroupFlaw::SplitDuplicates(group) => {
                let id = group.text(GroupKind::Duplicates);
                write!(out, "the group of duplicates {id} is in several stories")
            }
            GroupFlaw::NoCanonical(kind, group) => {
                write!(out, "the group {} has no canonical item", group.text(*kind))
            }
        }
    }
}

impl Groups {
    /// Groups with these ids. `group` gives the group of an item at a level.
    pub fn new(
        items: impl Iterator<Item = Arrival> + Clone,
        group: impl Fn(GroupKind, Arrival) -> GroupId,
        canonicals: impl Iterator<Item = (GroupId, Arrival)>,
        next_arrival: Arrival,
    ) -> Self {
        let duplicates = items.clone();
        let stories = items;
        Groups {
            duplicates: duplicates
                .map(|item| (item, group(GroupKind::Duplicates, item)))
                .collect(),
            stories: stories
                .map(|item| (item, group(GroupKind::Stories, item)))
                .collect(),
            canonicals: canonicals.collect(),
            next_arrival,
        }
    }

    /// No groups; the next new item is `next_arrival`.
    pub fn starting_at(next_arrival: Arrival) -> Self {
        Groups {
            next_arrival,
            ..Groups::default()
        }
    }

    /// Adds the next segment.
    pub fn add(&mut self, segment: &Segment) {
        self.duplicates.extend(segment.duplicates.iter().copied());
        self.stories.extend(segment.stories.iter().copied());
        self.canonicals.extend(segment.canonicals.iter().copied());
        self.next_arrival = self.next_arrival.max(segment.next_arrival);
    }

    /// The group of an item: the assigned group, else the group founded by the item.
    pub fn group(&self, kind: GroupKind, item: Arrival) -> GroupId {
        let assigned = match kind {
            GroupKind::Duplicates => &self.duplicates,
            GroupKind::Stories => &self.stories,
        };
        assigned.get(&item).copied().unwrap_or(item.group())
    }

    /// The canonical of a group at the level of the index.
    pub fn canonical(&self, group: GroupId) -> Option<Arrival> {
        self.canonicals.get(&group).copied()
    }

    /// Groups at the level of the index, and their canonicals.
    pub fn canonicals(&self) -> impl Iterator<Item = (GroupId, Arrival)> + '_ {
        self.canonicals.iter().map(|(&group, &item)| (group, item))
    }

    /// The [`Arrival`] of the next new item.
    pub fn next_arrival(&self) -> Arrival {
        self.next_arrival
    }

    /// Leaves `count` arrivals out: after damage, lost segments may have used the arrivals.
    pub fn skip_arrivals(&mut self, count: u64) {
        self.next_arrival = Arrival(self.next_arrival.0.saturating_add(count));
    }

    /// The first contradiction among the groups of `items`: at level stories a group of duplicates
    /// must be in one story, and a group of several items must have a canonical of the group.
    pub fn flaw(
        &self,
        kind: GroupKind,
        items: impl IntoIterator<Item = Arrival>,
    ) -> Option<GroupFlaw> {
        let mut groups: BTreeMap<GroupId, Vec<Arrival>> = BTreeMap::new();
        let mut story_of: HashMap<GroupId, GroupId> = HashMap::new();
        for item in items {
            groups.entry(self.group(kind, item)).or_default().push(item);
            let duplicates = self.group(GroupKind::Duplicates, item);
            let story = self.group(GroupKind::Stories, item);
            let known = *story_of.entry(duplicates).or_insert(story);
            if kind == GroupKind::Stories && known != story {
                return Some(GroupFlaw::SplitDuplicates(duplicates));
            }
        }
        groups
            .into_iter()
            .find(|(group, items)| items.len() > 1 && !self.has_canonical_in(*group, items))
            .map(|(group, _)| GroupFlaw::NoCanonical(kind, group))
    }

    fn has_canonical_in(&self, group: GroupId, items: &[Arrival]) -> bool {
        self.canonical(group)
            .is_some_and(|canonical| items.contains(&canonical))
    }
}

/// Current content of an index: the latest version of each item, and the groups.
#[derive(Debug, Default)]
pub struct Current {
    /// Latest version of each item.
    pub items: BTreeMap<Arrival, Item>,
    /// Groups of the items. May still name items that have expired.
    pub groups: Groups,
}

impl Current {
    /// Adds the next segment.
    pub fn add(&mut self, segment: Segment) {
        self.groups.add(&segment);
        let items = segment.items.into_iter();
        self.items.extend(items.map(|item| (item.arrival, item)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(groups: &Groups, kind: GroupKind) -> Option<GroupFlaw> {
        groups.flaw(kind, [1, 2, 3].map(Arrival))
    }

    #[test]
    fn group_needs_a_canonical_among_its_items() {
        let mut groups = Groups::default();
        groups.add(&Segment {
            duplicates: vec![(Arrival(2), GroupId(1))],
            ..Segment::default()
        });
        assert!(flaw(&groups, GroupKind::Duplicates).is_some());
        for (canonical, is_sound) in [(3, false), (4, false), (2, true)] {
            groups.add(&Segment {
                canonicals: vec![(GroupId(1), Arrival(canonical))],
                ..Segment::default()
            });
            let found = flaw(&groups, GroupKind::Duplicates);
            assert_eq!(found.is_none(), is_sound, "{canonical}");
        }
        assert_eq!(
            flaw(&groups, GroupKind::Stories),
            Some(GroupFlaw::SplitDuplicates(GroupId(1)))
        );
        groups.add(&Segment {
            stories: vec![(Arrival(2), GroupId(1))],
            ..Segment::default()
        });
        assert_eq!(flaw(&groups, GroupKind::Stories), None);
    }
}
