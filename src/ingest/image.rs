//! Image: the state of an index as compacted segments.
//!
//! Input: the segments of an index. Output: fewer segments with the same state, without forgotten
//! items or with groups of other settings. Linear in the items, plus the cost of grouping again.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::stages::Stages;
use crate::config::Config;
use crate::error::Error;
use crate::identity;
use crate::index::{Arrival, GroupId, GroupKind, Groups, Item, Segment, VersionKey};
use crate::pipeline::Engine;

/// Maximum number of versions of items per segment.
const MAX_ITEMS: usize = 1000;

/// Maximum seconds between the first and the last item of a segment: items expire with their
/// segment.
const MAX_SECONDS: i64 = 3600;

/// A version of an item, and the time of the last commit with the version.
#[derive(Debug)]
struct WrittenItem {
    time: i64,
    item: Item,
}

/// The items and groups of an index.
#[derive(Debug, Default)]
pub struct IndexImage {
    /// Versions of items, by time.
    versions: Vec<WrittenItem>,
    groups: Groups,
}

impl IndexImage {
    /// The state after `segments`: the last write of each version, and the last groups.
    pub fn from_segments(segments: Vec<Segment>) -> Self {
        let mut image = IndexImage::default();
        for segment in &segments {
            image.groups.add(segment);
        }
        let mut known: HashSet<VersionKey> = HashSet::new();
        for Segment { time, items, .. } in segments.into_iter().rev() {
            for item in items.into_iter().rev() {
                if known.insert(version_of(&item)) {
                    image.versions.push(WrittenItem { time, item });
                }
            }
        }
        image.versions.reverse();
        image
    }

    /// Leaves `count` arrivals out: after damage, lost segments may have used the arrivals.
    pub fn skip_arrivals(&mut self, count: u64) {
        self.groups.skip_arrivals(count);
    }

    /// Number of versions of items.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Removes items. The groups of duplicates become the groups of a batch of the other items,
    /// with unchanged ids. Changed groups get new canonicals.
    ///
    /// # Errors
    /// [`Error::Config`]
    pub fn forget(&mut self, items: &HashSet<Arrival>, config: &Config) -> Result<(), Error> {
        self.versions
            .retain(|version| !items.contains(&version.item.arrival));
        let mut stages = Stages::new(Engine::new(config.check()?));
        for chunk in self.by_arrival().chunks(MAX_ITEMS) {
            stages.reinsert(chunk, &mut Segment::default());
        }
        let index = &mut stages.index;
        for version in &self.versions {
            index.assign(version.item.arrival, &self.groups);
        }
        for (group, item) in self.groups.canonicals() {
            index.restore_canonical(group, item);
        }
        index.remove_expired_founders();
        index.skip_to(self.groups.next_arrival());
        let groups_of = |kind: GroupKind| {
            let items = items.iter();
            items.map(|&item| self.groups.group(kind, item)).collect()
        };
        stages.settle_removed(
            groups_of(GroupKind::Duplicates),
            groups_of(GroupKind::Stories),
        );
        let left = self.versions.iter().map(|version| version.item.arrival);
        self.groups = stages.index.groups(left);
        Ok(())
    }

    /// Groups the items again under `config`. Items keep their arrivals, so a group with the same
    /// first item keeps the id.
    ///
    /// # Errors
    /// [`Error::Config`]
    pub fn reindex(mut self, config: &Config) -> Result<Self, Error> {
        let mut stages = Stages::new(Engine::new(config.check()?));
        let mut groups = Groups::starting_at(self.groups.next_arrival());
        for chunk in self.by_arrival().chunks(MAX_ITEMS) {
            let mut segment = Segment::default();
            stages.reinsert(chunk, &mut segment);
            stages.settle(&mut segment, &mut Vec::new());
            groups.add(&segment);
        }
        self.groups = groups;
        Ok(self)
    }

    /// The items by arrival; versions of one item by time.
    fn by_arrival(&self) -> Vec<&Item> {
        let mut items: Vec<&Item> = self.versions.iter().map(|version| &version.item).collect();
        items.sort_by_key(|item| item.arrival);
        items
    }

    /// Segments with the state, by time. At least one segment, which has the next arrival.
    pub fn into_segments(self) -> Vec<Segment> {
        let IndexImage { versions, groups } = self;
        let mut segments = segments_of(versions, groups.next_arrival());
        let mut canonical_of: HashMap<Arrival, BTreeSet<GroupId>> = HashMap::new();
        for (group, item) in groups.canonicals() {
            canonical_of.entry(item).or_default().insert(group);
        }
        for segment in &mut segments {
            write_groups(segment, &groups, &canonical_of);
        }
        segments
    }
}

fn version_of(item: &Item) -> VersionKey {
    VersionKey {
        item: item.arrival,
        content: identity::content_hash(&item.article()),
    }
}

/// Packs versions of items into segments without groups.
fn segments_of(versions: Vec<WrittenItem>, next_arrival: Arrival) -> Vec<Segment> {
    let begin = |time: i64| Segment {
        time,
        next_arrival,
        ..Segment::default()
    };
    let mut segments = Vec::new();
    let mut segment = begin(versions.first().map_or(0, |version| version.time));
    let mut first_time = segment.time;
    for WrittenItem { time, item } in versions {
        let is_full = segment.items.len() >= MAX_ITEMS;
        if is_full || !(first_time..=first_time + MAX_SECONDS).contains(&time) {
            segments.push(std::mem::replace(&mut segment, begin(time)));
            first_time = time;
        }
        segment.time = segment.time.max(time);
        segment.items.push(item);
    }
    segments.push(segment);
    segments
}

/// Writes the groups of a segment's items, except for items alone in a group of their own.
fn write_groups(
    segment: &mut Segment,
    groups: &Groups,
    canonical_of: &HashMap<Arrival, BTreeSet<GroupId>>,
) {
    for item in &segment.items {
        let arrival = item.arrival;
        let duplicates = groups.group(GroupKind::Duplicates, arrival);
        let story = groups.group(GroupKind::Stories, arrival);
        for &group in canonical_of.get(&arrival).into_iter().flatten() {
            if group == duplicates || group == story {
                segment.canonicals.push((group, arrival));
            }
        }
        if duplicates != arrival.group() {
            segment.duplicates.push((arrival, duplicates));
        }
        if story != arrival.group() {
            segment.stories.push((arrival, story));
        }
    }
}
