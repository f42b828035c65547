//! Deliveries: the report of each commit, kept until the consumer acknowledges (at-least-once
//! delivery).
//!
//! A commit is written together with a [`Delivery`]. Acknowledged versions and events are removed.
//! After an unclean shutdown, the rest can be delivered again.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::segment::FormatError;
use super::{Arrival, Decision, Event, Identified, SegmentNo};

/// A version of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VersionKey {
    /// The item.
    pub item: Arrival,
    /// Hash of title and text, see [`content_hash`](crate::identity::content_hash).
    pub content: u64,
}

/// Bytes of the checksum behind the content.
const CHECKSUM: usize = 8;

/// Report of a commit to the consumer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// New versions of items.
    pub versions: Vec<VersionKey>,
    /// Changes for items of earlier commits.
    pub events: Vec<Event>,
}

impl Delivery {
    /// Whether there is nothing to report.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.events.is_empty()
    }

    /// The bytes: postcard, then an XXH3 checksum.
    ///
    /// # Errors
    /// [`FormatError::Unserializable`]
    pub fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        let mut bytes = postcard::to_stdvec(self).map_err(|_| FormatError::Unserializable)?;
        bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// Reads the bytes of [`Delivery::to_bytes`].
    ///
    /// # Errors
    /// [`FormatError`]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let (content, checksum) = bytes
            .split_last_chunk::<CHECKSUM>()
            .ok_or(FormatError::Truncated)?;
        if xxh3_64(content).to_le_bytes() != *checksum {
            return Err(FormatError::Checksum);
        }
        Delivery::from_content(content)
    }

    /// Reads the bytes before the checksum.
    ///
    /// # Errors
    /// [`FormatError::Content`]
    pub fn from_content(content: &[u8]) -> Result<Self, FormatError> {
        postcard::from_bytes(content).map_err(|_| FormatError::Content)
    }
}

/// Unacknowledged deliveries, by segment. No delivery is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PendingDeliveries(BTreeMap<SegmentNo, Delivery>);

impl PendingDeliveries {
    /// Collects deliveries; empty ones are left out.
    pub fn new(deliveries: impl IntoIterator<Item = (SegmentNo, Delivery)>) -> Self {
        let deliveries = deliveries.into_iter();
        PendingDeliveries(
            deliveries
                .filter(|(_, delivery)| !delivery.is_empty())
                .collect(),
        )
    }

    /// All deliveries by segment.
    pub fn iter(&self) -> impl Iterator<Item = (SegmentNo, &Delivery)> {
        self.0
            .iter()
            .map(|(&segment, delivery)| (segment, delivery))
    }

    /// The delivery of a segment.
    pub fn get(&self, segment: SegmentNo) -> Option<&Delivery> {
        self.0.get(&segment)
    }

    /// Whether everything is acknowledged.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All versions of items.
    pub fn versions(&self) -> impl Iterator<Item = VersionKey> {
        let deliveries = self.0.values();
        deliveries.flat_map(|delivery| delivery.versions.iter().copied())
    }

    /// All events, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.values().flat_map(|delivery| &delivery.events)
    }

    /// Adds the delivery of a segment.
    pub fn add(&mut self, segment: SegmentNo, delivery: Delivery) {
        if !delivery.is_empty() {
            self.0.insert(segment, delivery);
        }
    }

    /// Removes versions that the consumer has.
    pub fn acknowledge_versions(&mut self, versions: &HashSet<VersionKey>) {
        if versions.is_empty() {
            return;
        }
        for delivery in self.0.values_mut() {
            let pending = &mut delivery.versions;
            pending.retain(|version| !versions.contains(version));
        }
        self.remove_empty();
    }

    /// Removes the events of the segments from `first` on: the consumer has them.
    pub fn acknowledge_events(&mut self, first: SegmentNo) {
        for (_, delivery) in self.0.range_mut(first..) {
            delivery.events.clear();
        }
        self.remove_empty();
    }

    /// Removes the deliveries of the segments before `first_kept`: their items have expired.
    pub fn expire(&mut self, first_kept: SegmentNo) {
        self.0 = self.0.split_off(&first_kept);
    }

    /// Removes the versions of items, and the events that name the items.
    pub fn forget(&mut self, items: &HashSet<Arrival>) {
        for delivery in self.0.values_mut() {
            let versions = &mut delivery.versions;
            versions.retain(|version| !items.contains(&version.item));
            delivery.events.retain(|event| !event.names_any(items));
        }
        self.remove_empty();
    }

    /// Merges all deliveries into the delivery of a segment.
    pub fn merge_into(self, segment: SegmentNo) -> Self {
        let mut merged = Delivery::default();
        for delivery in self.0.into_values() {
            merged.versions.extend(delivery.versions);
            merged.events.extend(delivery.events);
        }
        PendingDeliveries::new([(segment, merged)])
    }

    fn remove_empty(&mut self) {
        self.0.retain(|_, delivery| !delivery.is_empty());
    }
}

/// The versions reported by a commit: of all items except seen items. `contents` are the content
/// hashes of the items.
pub fn reported_versions(
    identified: &[Identified],
    contents: impl Iterator<Item = u64>,
) -> Vec<VersionKey> {
    identified
        .iter()
        .zip(contents)
        .filter(|(known, _)| known.decision != Decision::Seen)
        .map(|(known, content)| VersionKey {
            item: known.arrival,
            content,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{GroupId, GroupKind};

    fn version(item: u64, content: u64) -> VersionKey {
        VersionKey {
            item: Arrival(item),
            content,
        }
    }

    /// A delivery of versions, and of one event per version that names the item.
    fn delivery(versions: &[VersionKey]) -> Delivery {
        let canonical = |version: &VersionKey| Event::Canonical {
            kind: GroupKind::Duplicates,
            group: GroupId(0),
            item: version.item,
            id: format!("id{}", version.item.0).into(),
        };
        Delivery {
            versions: versions.to_vec(),
            events: versions.iter().map(canonical).collect(),
        }
    }

    #[test]
    fn bytes_round_trip_and_cuts_and_flips_are_refused() {
        let written = delivery(&[version(1, 2), version(3, 4)]);
        let bytes = written.to_bytes().unwrap();
        assert_eq!(Delivery::from_bytes(&bytes), Ok(written));
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(Delivery::from_bytes(&flipped).is_err(), "flipped at {at}");
            assert!(Delivery::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    fn two_pending() -> PendingDeliveries {
        PendingDeliveries::new([
            (SegmentNo(4), delivery(&[version(1, 10), version(2, 20)])),
            (SegmentNo(7), delivery(&[version(3, 30)])),
            (SegmentNo(8), Delivery::default()),
        ])
    }

    #[test]
    fn acknowledged_and_expired_deliveries_are_removed() {
        let mut pending = two_pending();
        assert_eq!(pending.iter().count(), 2);
        pending.acknowledge_versions(&HashSet::from_iter([version(1, 10), version(2, 21)]));
        pending.acknowledge_events(SegmentNo(7));
        let left: Vec<VersionKey> = pending.versions().collect();
        assert_eq!(left, [version(2, 20), version(3, 30)]);
        assert_eq!(pending.events().count(), 2);
        pending.expire(SegmentNo(5));
        let left: Vec<VersionKey> = pending.versions().collect();
        assert_eq!(left, [version(3, 30)]);
        assert_eq!(pending.events().count(), 0);
        pending.acknowledge_versions(&HashSet::from_iter([version(3, 30)]));
        assert!(pending.is_empty());
    }

    #[test]
    fn forgotten_items_are_in_no_delivery() {
        let mut pending = two_pending();
        pending.forget(&HashSet::from_iter([Arrival(2)]));
        let merged = pending.merge_into(SegmentNo(1));
        assert_eq!(
            merged.get(SegmentNo(1)),
            Some(&delivery(&[version(1, 10), version(3, 30)]))
        );
    }
}
