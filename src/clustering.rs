//! The result of grouping a batch, as plain data: `Clustering`, and the explanations, lists and
//! optional profiles. Renderers print these types and compute nothing.

mod change;
mod excerpt;
mod explanation;
mod profile;
mod similar;

use std::fmt::{self, Write};

use serde::Serialize;

use crate::canonical::{CanonicalScore, Contribution};
use crate::naming::GroupName;
use crate::text::Language;
use crate::verify::{Edge, MatchKind};

pub use change::{Change, Fate, changes};
pub(crate) use excerpt::excerpt;
pub use explanation::{
    CopyEvidence, Difference, EvidenceField, EvidencePart, Explanation, FieldOverlap, LoneTerm,
    Meeting, Named, Neighbour, Neighbourhood, Rarity, Ruling, SharedTerm, SourceRuling, Step,
    StoryEvidence,
};
pub use profile::{BlockingRecall, Histogram, Profile};
pub use similar::{Reason, SimilarEntry, SimilarList};

/// A number rounded to the four decimals that every renderer shows.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// Id of a group: a hash of the first item's id. Depends neither on the order of the input nor on
/// the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupId {
    /// A group of duplicates.
    Duplicates(u64),
    /// A story.
    Story(u64),
}

impl GroupId {
    /// The id as text: `d` or `s`, then 16 hexadecimal digits. Faster than `Display`.
    pub(crate) fn letters(self) -> [u8; 17] {
        let (kind, hash) = match self {
            GroupId::Duplicates(hash) => (b'd', hash),
            GroupId::Story(hash) => (b's', hash),
        };
        let mut letters = [kind; 17];
        for (at, letter) in letters[1..].iter_mut().enumerate() {
            *letter = b"0123456789abcdef"[(hash >> (60 - 4 * at)) as usize & 15];
        }
        letters
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters()
            .iter()
            .try_for_each(|&letter| f.write_char(letter.into()))
    }
}

/// How an item relates to the canonical item of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Relation {
    /// The item is a singleton.
    Alone,
    /// The item is the canonical.
    Canonical,
    /// The item matches the canonical.
    Match(MatchKind),
    /// The item and the canonical match other items of the group of duplicates, but not each other.
    Linked,
    /// The item and the canonical do not match; a must-link joins the items or their duplicates.
    Must,
}

impl Relation {
    /// Whether the item is the canonical of its group.
    #[must_use]
    pub fn is_canonical(self) -> bool {
        matches!(self, Relation::Alone | Relation::Canonical)
    }

    /// The name in output files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Relation::Alone => "unique",
            Relation::Canonical => "canonical",
            Relation::Match(kind) => kind.name(),
            Relation::Linked => "linked",
            Relation::Must => "must",
        }
    }
}

/// The groups of one item.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Placement {
    /// The item's group of duplicates.
    pub near_dup: GroupId,
    /// Number of items in the group of duplicates.
    pub near_dup_size: usize,
    /// The item's group at the requested level: the story, or the group of duplicates.
    pub cluster: GroupId,
    /// Number of items in `cluster`.
    pub cluster_size: usize,
    /// Index of `cluster` in [`Clustering::stories`], or in [`Clustering::duplicates`] at level
    /// duplicates. `None` for a singleton.
    pub group: Option<usize>,
    /// Input position of the canonical item of `cluster`.
    pub canonical: usize,
    /// The item's score as a canonical.
    pub score: CanonicalScore,
    /// Similarity of the item and the canonical, `0..=1`; 1 for the canonical itself.
    pub similarity: f64,
    /// Relation of the item to the canonical.
    pub relation: Relation,
    /// Language of the item, given or detected.
    pub language: Language,
}

impl Placement {
    /// The parts of the score.
    #[must_use]
    pub fn reasons(&self) -> &[Contribution] {
        &self.score.parts
    }
}

/// A group of two or more items.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// Id of the group.
    pub id: GroupId,
    /// Input positions of the items, ordered by item id.
    pub members: Vec<usize>,
    /// Input position of the canonical item.
    pub canonical: usize,
    /// Minimum similarity of two items. In a group of more than 64 items, of a sample of 64.
    pub weakest: f64,
    /// Share of linked pairs; in a group of more than 64 items, of a sample of 64. `None` if not
    /// measured: the edges are unknown, or a single text represents the group.
    pub density: Option<f64>,
    /// Whether `density` was measured and is below 0.5.
    pub is_weak: bool,
    /// Name and keywords; empty for groups of duplicates within stories.
    pub label: GroupName,
}

/// The groups of a batch at the requested level, without canonical items and names.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Partition {
    /// Input position and group of each item, ordered by item id.
    pub items: Vec<(usize, GroupId)>,
    /// Verified pairs of duplicates, as indices into `items`.
    pub edges: Vec<Edge>,
    /// Number and size of the groups.
    pub summary: Summary,
}

impl Partition {
    /// The input positions of the two items of an edge.
    #[must_use]
    pub fn positions(&self, edge: &Edge) -> [usize; 2] {
        [edge.pair().a, edge.pair().b].map(|at| self.items[at as usize].0)
    }
}

/// Number of groups, and of the items in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Items of the batch.
    pub items: usize,
    /// Groups of duplicates of two or more items.
    pub duplicates: Grouped,
    /// Groups of duplicates with low density, see [`Group::is_weak`].
    pub weak: usize,
    /// Stories of two or more items; `None` at level duplicates, or if there are none.
    pub stories: Option<Grouped>,
    /// Counters of the run.
    pub counts: Counts,
}

/// Groups of two or more items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Grouped {
    /// Number of groups.
    pub groups: usize,
    /// Number of items in these groups.
    pub items: usize,
}

impl Grouped {
    /// Counts the groups of two or more items, given the sizes of all groups.
    pub(crate) fn of(sizes: impl Iterator<Item = usize>) -> Self {
        let mut grouped = Grouped::default();
        for size in sizes.filter(|&size| size > 1) {
            grouped.groups += 1;
            grouped.items += size;
        }
        grouped
    }
}

/// Counters of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items with too little text to be compared.
    pub too_short: usize,
    /// Items without a word, out of `too_short`: empty, punctuation or emoji.
    pub wordless: usize,
    /// Oversized buckets and posting lists, of which only representatives were compared.
    pub crowded: usize,
}

/// The result of [`Engine::group`](crate::Engine::group).
///
/// Items are referred to by their position in the input.
///
/// ```
/// use qissa::{Article, Config, Engine};
/// let articles = [
///     Article::headline("1", "Minister opens the new bridge over the river"),
///     Article::headline("2", "Minister opens new bridge over the river"),
///     Article::headline("3", "Rain expected on the coast this weekend"),
/// ];
/// let clustering = Engine::new(Config::default().check()?).group(&articles);
/// let first = &clustering.placements[0];
/// assert_eq!(first.near_dup_size, 2);
/// assert_eq!(first.relation.name(), "canonical");
/// assert_eq!(clustering.stories[0].members, [0, 1]);
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Clustering {
    /// The groups alone: the result of [`Engine::partition`](crate::Engine::partition).
    pub partition: Partition,
    /// One placement an item, in input order.
    pub placements: Vec<Placement>,
    /// Groups of duplicates of two or more items, ordered by first item.
    pub duplicates: Vec<Group>,
    /// Stories of two or more items, ordered by first item; empty at level duplicates.
    pub stories: Vec<Group>,
    /// Verified pairs within stories, as indices into [`Partition::items`]. A single item
    /// represents each group of duplicates.
    pub links: Vec<Edge>,
}

impl Clustering {
    /// The groups at the requested level.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        if self.stories.is_empty() {
            &self.duplicates
        } else {
            &self.stories
        }
    }
}
