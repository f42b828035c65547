//! Persistent index: decides whether an arriving item is new, seen, a duplicate, an update or part
//! of a known story.
//!
//! Pure: [`Index`] is the state in memory, a [`Segment`] has the additions of a commit.
//! [`crate::store`] writes segments, [`crate::ingest`] runs the commits.
//!
//! Groups have stable ids: [`GroupId`] is the [`Arrival`] of the item that founded the group. Of
//! two groups that merge, the older id stays.

mod clock;
mod delivery;
mod group_ids;
mod groups;
mod ids;
mod key_index;
mod segment;
mod small_set;
mod state;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};

use crate::article::Id;
use crate::verify::MatchKind;

pub use clock::{Clock, Moment};
pub use delivery::{Delivery, PendingDeliveries, VersionKey, reported_versions};
pub use group_ids::{GroupChanges, GroupIds, GroupMove};
pub use groups::{Current, GroupFlaw, Groups};
pub use ids::{Arrival, GroupId, SegmentNo};
pub use segment::{FormatError, Item, Segment};
pub use state::{AmbiguousId, Incoming, Index, Nearest, ScoredItem, Written};

/// Relation of an item to earlier items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Unlike all items of the index.
    New,
    /// A known item with known content.
    Seen,
    /// A near-duplicate of another item.
    Duplicate,
    /// A known item with changed content, or a later version of a different item with changed
    /// facts.
    Update,
    /// A new report of a known story.
    Story,
    /// A new item whose date is older than the maximum age of news.
    Old,
}

impl Decision {
    /// All decisions.
    pub const ALL: [Decision; 6] = [
        Decision::New,
        Decision::Seen,
        Decision::Duplicate,
        Decision::Update,
        Decision::Story,
        Decision::Old,
    ];

    /// The decision as written to outputs.
    pub fn name(self) -> &'static str {
        match self {
            Decision::New => "new",
            Decision::Seen => "seen",
            Decision::Duplicate => "duplicate",
            Decision::Update => "update",
            Decision::Story => "story",
            Decision::Old => "old",
        }
    }
}

/// Level of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupKind {
    /// Group of duplicates.
    Duplicates,
    /// Story.
    Stories,
}

/// An incoming item whose identity is settled: the first stage of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identified {
    /// New, seen or update, by ids, links and texts.
    pub decision: Decision,
    /// Number of the item; for a known item, the number of the known item.
    pub arrival: Arrival,
}

/// A group and its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupSize {
    /// Id of the group.
    pub id: GroupId,
    /// Number of items.
    pub items: usize,
}

/// An item, by both of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRef {
    /// Number of the item.
    pub arrival: Arrival,
    /// Id of the item's first version.
    pub id: Id<'static>,
}

/// How an item relates to the canonical of its group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CanonicalMatch {
    /// Similarity, in `0..=1`.
    pub similarity: f64,
    /// Kind of the match; `None` if the two are linked by other items only.
    pub kind: Option<MatchKind>,
}

/// The answer of an index about one item, as of the commit of the item.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Relation of the item to earlier items.
    pub decision: Decision,
    /// Number of the item; of a known item the number that it has.
    pub arrival: Arrival,
    /// Id of the item's first version. A feed may have changed the id since.
    pub id: Id<'static>,
    /// Group of duplicates.
    pub near_dup: GroupSize,
    /// Group at the level of the index.
    pub cluster: GroupSize,
    /// Whether the item represents its group of duplicates.
    pub represents_duplicates: bool,
    /// Canonical of `cluster`.
    pub canonical: ItemRef,
    /// Relation to the canonical; `None` for the canonical itself.
    pub relation: Option<CanonicalMatch>,
}

impl Outcome {
    /// Whether a reader should see the item although the group is known: the item is the canonical,
    /// or represents its duplicates.
    pub fn takes_over(&self) -> bool {
        let is_canonical = self.relation.is_none();
        match self.decision {
            Decision::Duplicate => self.represents_duplicates || is_canonical,
            Decision::Story => is_canonical,
            _ => false,
        }
    }

    /// Similarity to the canonical, and the relation as written to outputs.
    pub fn match_kind(&self) -> (f64, &'static str) {
        match self.relation {
            None if self.cluster.items == 1 => (1.0, "unique"),
            None => (1.0, "canonical"),
            Some(CanonicalMatch { similarity, kind }) => {
                (similarity, kind.map_or("linked", |kind| kind.name()))
            }
        }
    }
}

/// A change for items of earlier commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Group `from` ended; its items are in group `into`.
    Merged {
        /// Level of the groups.
        kind: GroupKind,
        /// The group that ended.
        from: GroupId,
        /// The group that stays.
        into: GroupId,
    },
    /// Items left group `from` for group `to`.
    Split {
        /// Level of the groups.
        kind: GroupKind,
        /// The old group.
        from: GroupId,
        /// The new group.
        to: GroupId,
    },
    /// A group has another canonical.
    Canonical {
        /// Level of the group.
        kind: GroupKind,
        /// The group.
        group: GroupId,
        /// Number of the new canonical.
        item: Arrival,
        /// Id of the new canonical.
        id: Id<'static>,
    },
}

impl Event {
    /// The events of changed groups.
    pub fn of_changes(kind: GroupKind, changes: &GroupChanges) -> Vec<Event> {
        let merged = changes.merged.iter().map(|&GroupMove { from, to }| {
            let into = to;
            Event::Merged { kind, from, into }
        });
        let split = changes
            .split
            .iter()
            .map(|&GroupMove { from, to }| Event::Split { kind, from, to });
        merged.chain(split).collect()
    }

    /// Whether the event names one of `items`.
    fn names_any(&self, items: &HashSet<Arrival>) -> bool {
        matches!(self, Event::Canonical { item, .. } if items.contains(item))
    }
}
