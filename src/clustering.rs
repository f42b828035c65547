//! The one answer to a batch, as plain data: for each item its groups, its canonical and why, and
//! for each group how tight it is. Renderings only print it.

mod change;
mod excerpt;
mod explanation;
mod profile;
mod similar;

use std::fmt::{self, Write};

use rayon::prelude::*;
use serde::Serialize;

use crate::article::Article;
use crate::canonical::{CanonicalScore, Contribution};
use crate::ids::CandidatePair;
use crate::naming::GroupName;
use crate::text::Language;
use crate::verify::{Edge, MatchKind};

pub use change::{Change, Fate, changes};
pub(crate) use excerpt::excerpt;
pub use explanation::{
    CopyEvidence, Difference, EvidencePart, Explanation, FieldOverlap, LoneTerm, Meeting, Named,
    Neighbour, Neighbourhood, Rarity, Ruling, SharedTerm, SourceRuling, Step, StoryEvidence,
};
pub use profile::{Probe, Survey, Tally};
pub use similar::{Reason, SimilarEntry, SimilarList};

/// A value as every rendering shows it.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The id of a group: a hash of its least item's id, so that it depends neither on the order of
/// arrival nor on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupId {
    /// A group of duplicates.
    Duplicates(u64),
    /// A story.
    Story(u64),
}

impl GroupId {
    /// The id in letters: one for the kind of group, sixteen for the hash. Faster than to format
    /// it.
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

/// What an item is to the canonical item of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// It is alone.
    Alone,
    /// It is the canonical itself.
    Canonical,
    /// It matches the canonical.
    Match(MatchKind),
    /// Both match others of one group of duplicates, but not each other.
    Linked,
    /// A must-link joins them, directly or through their copies; they do not match by themselves.
    Must,
}

impl Relation {
    /// Whether the item is the canonical of its group.
    pub fn is_canonical(self) -> bool {
        matches!(self, Relation::Alone | Relation::Canonical)
    }

    /// The relation as it is written in the output.
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

/// Where one item was placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The group of its duplicates.
    pub near_dup: GroupId,
    /// How many items that has.
    pub near_dup_size: usize,
    /// Its group at the level asked for.
    pub cluster: GroupId,
    /// How many items that has.
    pub cluster_size: usize,
    /// The place of that group among the report's groups of its level; none for an item alone.
    pub group: Option<usize>,
    /// The position of that group's canonical item in the input.
    pub canonical: usize,
    /// The item's own score as a canonical.
    pub score: CanonicalScore,
    /// How like it is to the canonical, in 0..=1; 1 for the canonical itself.
    pub similarity: f64,
    /// What it is to the canonical.
    pub relation: Relation,
    /// The language it was taken to be in.
    pub language: Language,
}

impl Placement {
    /// The parts of the score.
    pub fn reasons(&self) -> &[Contribution] {
        &self.score.parts
    }
}

/// A group of more than one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// The positions of its items in the input, by item id.
    pub members: Vec<usize>,
    /// The position of its canonical item.
    pub canonical: usize,
    /// The least similarity of two of its items; of more than 64 items, of 64 spread evenly over
    /// it.
    pub weakest: f64,
    /// The share of its pairs that are linked, likewise; none where that was not measured, as the
    /// edges are not known or one text tells the whole group.
    pub density: Option<f64>,
    /// Whether it was measured that it hangs together loosely: fewer than half of these pairs are
    /// linked.
    pub is_weak: bool,
    /// What it is called; empty for groups of duplicates that nest in stories.
    pub label: GroupName,
}

/// The groups of a batch without what they are called and which of their items is canonical.
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Each item by its position in the input with its group at the level asked for, in the order
    /// of the items' ids.
    pub items: Vec<(usize, GroupId)>,
    /// The verified edges of duplicates, as pairs of places among these items.
    pub edges: Vec<Edge>,
    /// What there is of groups.
    pub summary: Summary,
}

/// How many groups there are, and how many items in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Items in all.
    pub items: usize,
    /// Groups of duplicates, of more than one item.
    pub duplicates: Grouped,
    /// Groups of duplicates that hang together loosely, see [`Group::is_weak`].
    pub weak: usize,
    /// Stories of more than one item; none if only duplicates were asked for.
    pub stories: Option<Grouped>,
    /// What was counted.
    pub counts: Counts,
}

/// Groups of more than one item, and how many items they have together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Grouped {
    /// The groups.
    pub groups: usize,
    /// Their items.
    pub items: usize,
}

impl Grouped {
    /// The groups of these sizes, but those of one.
    pub(crate) fn of(sizes: impl Iterator<Item = usize>) -> Self {
        sizes
            .filter(|&size| size > 1)
            .fold(Grouped::default(), |sum, size| Grouped {
                groups: sum.groups + 1,
                items: sum.items + size,
            })
    }
}

/// What was counted on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Items with too little text to match anything.
    pub too_short: usize,
    /// Those of them without a single word: empty, or signs and emoji only.
    pub wordless: usize,
    /// Buckets and lists so crowded that representatives stood for their items.
    pub crowded: usize,
}

/// The answer to a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// A placement for each item, in the input's order.
    pub placements: Vec<Placement>,
    /// The groups of duplicates, by their least item.
    pub duplicates: Vec<Group>,
    /// The stories, by their least item; none if only duplicates were asked for.
    pub stories: Vec<Group>,
    /// The verified edges of duplicates, as pairs of positions in the input ordered by item id.
    pub edges: Vec<(usize, usize, Edge)>,
    /// The verified edges within stories, likewise; of each text the item that tells it.
    pub links: Vec<(usize, usize, Edge)>,
    /// What was counted.
    pub counts: Counts,
}

impl Report {
    /// The groups alone.
    pub fn partition(&self, articles: &[Article<'_>]) -> Partition {
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.par_sort_by(|&x, &y| articles[x].compare(&articles[y]));
        let mut places = vec![0; order.len()];
        order
            .iter()
            .zip(0..)
            .for_each(|(&at, place)| places[at] = place);
        let edge = |&(a, b, edge): &(usize, usize, Edge)| {
            Some(edge.between(CandidatePair::new(places[a], places[b])?))
        };
        Partition {
            items: order
                .into_iter()
                .map(|at| (at, self.placements[at].cluster))
                .collect(),
            edges: self.edges.iter().filter_map(edge).collect(),
            summary: self.summary(),
        }
    }

    /// What there is of groups.
    pub fn summary(&self) -> Summary {
        let grouped =
            |groups: &[Group]| Grouped::of(groups.iter().map(|group| group.members.len()));
        Summary {
            items: self.placements.len(),
            duplicates: grouped(&self.duplicates),
            weak: self.duplicates.iter().filter(|group| group.is_weak).count(),
            stories: (!self.stories.is_empty()).then(|| grouped(&self.stories)),
            counts: self.counts,
        }
    }
}
