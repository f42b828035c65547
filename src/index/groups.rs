//! Segments in, the groups they tell of out, and what of these does not fit together. Linear in the
//! segments.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::{Kind, Segment, group_id};

/// The groups that segments tell of: of what is said twice the last holds.
#[derive(Debug, Default)]
pub struct Groups {
    items: HashSet<u64>,
    copies: HashMap<u64, u64>,
    stories: HashMap<u64, u64>,
    canonicals: HashMap<u64, u64>,
}

impl Groups {
    /// Takes in what a segment tells; they must come in their order.
    pub fn add(&mut self, segment: &Segment) {
        self.items
            .extend(segment.items.iter().map(|item| item.number));
        self.copies.extend(segment.copies.iter().copied());
        self.stories.extend(segment.stories.iter().copied());
        self.canonicals.extend(segment.canonicals.iter().copied());
    }

    /// The label of an item's group.
    pub fn label(&self, kind: Kind, number: u64) -> u64 {
        let labels = if kind == Kind::Duplicates {
            &self.copies
        } else {
            &self.stories
        };
        labels.get(&number).copied().unwrap_or(number)
    }

    /// The canonical item of a group at the level asked for.
    pub fn canonical(&self, label: u64) -> Option<u64> {
        self.canonicals.get(&label).copied()
    }

    /// What does not fit together, if anything: copies are of one story, and each group of more
    /// than one item of this kind has one canonical item, which is of the group.
    pub fn flaw(&self, kind: Kind) -> Option<String> {
        let mut groups: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        let mut story_of: HashMap<u64, u64> = HashMap::new();
        for &item in &self.items {
            groups.entry(self.label(kind, item)).or_default().push(item);
            let (near, story) = (
                self.label(Kind::Duplicates, item),
                self.label(Kind::Stories, item),
            );
            if kind == Kind::Stories && *story_of.entry(near).or_insert(story) != story {
                return Some(format!(
                    "the copies {} are of several stories",
                    group_id(Kind::Duplicates, near)
                ));
            }
        }
        let is_told = |(label, items): &(u64, Vec<u64>)| {
            items.len() < 2
                || self
                    .canonical(*label)
                    .is_some_and(|number| items.contains(&number))
        };
        let untold = groups.into_iter().find(|group| !is_told(group));
        untold.map(|(label, _)| {
            format!(
                "the group {} has no canonical item of its own",
                group_id(kind, label)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Item;

    #[test]
    fn a_group_without_a_canonical_item_of_its_own_is_a_flaw() {
        let item = |number: u64| Item {
            number,
            ..Item::default()
        };
        let mut groups = Groups::default();
        groups.add(&Segment {
            items: vec![item(1), item(2), item(3)],
            copies: vec![(2, 1)],
            ..Segment::default()
        });
        assert!(groups.flaw(Kind::Duplicates).is_some());
        for (canonical, is_whole) in [(3, false), (4, false), (2, true)] {
            groups.add(&Segment {
                canonicals: vec![(1, canonical)],
                ..Segment::default()
            });
            assert_eq!(
                groups.flaw(Kind::Duplicates).is_none(),
                is_whole,
                "{canonical}"
            );
        }
        assert!(
            groups.flaw(Kind::Stories).is_some(),
            "copies of two stories"
        );
        groups.add(&Segment {
            stories: vec![(2, 1)],
            ..Segment::default()
        });
        assert_eq!(groups.flaw(Kind::Stories), None);
    }
}
