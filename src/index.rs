//! What an index remembers, and what it says of each new item: seen, a new version, a copy, part of
//! a story, or new. Pure: [`Index`] holds it in memory, a [`Segment`] is what one commit adds to
//! it.
//!
//! Groups are labelled by the number of the item that came first, so a publisher who dates an item
//! back gains nothing by it; when groups meet, the label of the older holds for both.

mod claims;
mod clock;
mod delivery;
mod group_ids;
mod groups;
mod number_set;
mod segment;
mod state;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::article::Id;
use crate::verify::MatchKind;

pub use clock::{Clock, Moment};
pub use delivery::{News, Untold, Version, news_of};
pub use group_ids::{Labels, Relabelled};
pub use groups::Groups;
pub use segment::{Item, Segment};
pub use state::{Incoming, Index, WornId};

/// What an item is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Nothing like it was there.
    New,
    /// The same item with the same text.
    Seen,
    /// A copy of another item.
    Duplicate,
    /// The same item with another text, or a later version of another item with changed facts.
    Update,
    /// Another text about a known event.
    Story,
    /// It came for the first time, and its own date is older than what is taken for news.
    Old,
}

impl Decision {
    /// All there are.
    pub const ALL: [Decision; 6] = [
        Decision::New,
        Decision::Seen,
        Decision::Duplicate,
        Decision::Update,
        Decision::Story,
        Decision::Old,
    ];

    /// The decision as it is written.
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

/// Which groups a label is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Copies.
    Duplicates,
    /// Stories.
    Stories,
}

/// The id of a group as it is written: a hash of the number of the item that came first.
pub fn group_id(kind: Kind, label: u64) -> String {
    let letter = if kind == Kind::Duplicates { 'd' } else { 's' };
    format!("{letter}{:016x}", xxh3_64(&label.to_le_bytes()))
}

/// Where an item stands when its commit is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What it is to those before it.
    pub decision: Decision,
    /// Its number: of the item as which it was seen before, if it was.
    pub number: u64,
    /// The id under which the index knows it: that of its first version, which a feed may have
    /// changed since.
    pub id: Id<'static>,
    /// The label of its group of copies, and how many items that has.
    pub near_dup: (u64, usize),
    /// The label of its group at the level asked for, and how many items that has.
    pub cluster: (u64, usize),
    /// Whether it is the item to see of its group of copies.
    pub tells_copies: bool,
    /// The number and the id of that group's canonical item.
    pub canonical: (u64, Id<'static>),
    /// How like it is to the canonical, in 0..=1, and why; `None` for the canonical itself.
    pub relation: Option<(f64, Option<MatchKind>)>,
}

impl Decided {
    /// Whether it is what a reader should see though others of its group came before: the canonical
    /// item of its group, or the one to see of its copies.
    pub fn takes_over(&self) -> bool {
        match self.decision {
            Decision::Duplicate => self.tells_copies || self.relation.is_none(),
            Decision::Story => self.relation.is_none(),
            _ => false,
        }
    }

    /// How like the item is to the canonical of its group, and what it is to it, as that is
    /// written.
    pub fn match_kind(&self) -> (f64, &'static str) {
        match self.relation {
            None if self.cluster.1 == 1 => (1.0, "unique"),
            None => (1.0, "canonical"),
            Some((similarity, kind)) => (similarity, kind.map_or("linked", |kind| kind.name())),
        }
    }
}

/// What a commit changed for items before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Two groups became one; the first label goes, the second holds for both.
    Merged(Kind, u64, u64),
    /// Items left the group of the first label for that of the second.
    Split(Kind, u64, u64),
    /// The group of the label has another canonical item, by its number and id.
    Canonical(Kind, u64, u64, Id<'static>),
}
