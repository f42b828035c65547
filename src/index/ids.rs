//! Numbers of the persistent index: items, groups and segments.
//!
//! On disk, numbers are bare `u64` values: postcard writes a newtype as the inner value.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::GroupKind;

/// Number of an item in order of arrival, from 0. All versions of an item share the number.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Arrival(pub u64);

/// Id of a group: the [`Arrival`] of the item that founded the group.
///
/// The founder may have left the group or the index since. Publishers cannot choose the id: a date
/// set back does not change the order of arrival.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct GroupId(pub u64);

/// Number of a segment in order of commits. A number is never given twice.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct SegmentNo(pub u64);

impl Arrival {
    /// The number of the item that arrives next.
    pub fn next(self) -> Self {
        Arrival(self.0 + 1)
    }

    /// The id of the group founded by the item.
    pub fn group(self) -> GroupId {
        GroupId(self.0)
    }
}

impl GroupId {
    /// The item that founded the group.
    pub fn founder(self) -> Arrival {
        Arrival(self.0)
    }

    /// The id as written to outputs: `d` or `s` and 16 hexadecimal digits, a hash of the number.
    ///
    /// ```
    /// use qissa::index::{GroupId, GroupKind};
    /// assert_eq!(GroupId(0).text(GroupKind::Duplicates), "dc77b3abb6f87acd9");
    /// ```
    pub fn text(self, kind: GroupKind) -> String {
        let letter = match kind {
            GroupKind::Duplicates => 'd',
            GroupKind::Stories => 's',
        };
        format!("{letter}{:016x}", xxh3_64(&self.0.to_le_bytes()))
    }
}

impl SegmentNo {
    /// The number of the segment that is committed next.
    pub fn next(self) -> Self {
        SegmentNo(self.0 + 1)
    }

    /// The numbers from `self` up to, but not including, `end`.
    pub fn until(self, end: SegmentNo) -> impl Iterator<Item = SegmentNo> {
        (self.0..end.0).map(SegmentNo)
    }
}

impl fmt::Display for SegmentNo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
