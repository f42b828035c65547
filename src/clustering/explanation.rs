//! Explanation of two items, as plain data: the comparisons, the joining edges and the decisive
//! constraints.

use serde::{Serialize, Serializer};

use super::Change;
use crate::verify::MatchKind;

/// Id, title and source of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Id of the item.
    pub id: String,
    /// Title, or the first words of the body.
    pub title: String,
    /// Publisher.
    pub source: Option<String>,
}

/// Why two items are in one group or not. Returned by [`Engine::explain`](crate::Engine::explain).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The two items.
    pub items: [Named; 2],
    /// Whether the items are in one group of duplicates.
    pub same_duplicates: bool,
    /// Whether the items are in one story; `None` at level duplicates.
    pub same_story: Option<bool>,
    /// The decisive constraint, if any.
    pub constraint: Option<Ruling>,
    /// The source rules that apply to the items.
    pub rules: Vec<SourceRuling>,
    /// Comparison as duplicates.
    pub copies: CopyEvidence,
    /// Comparison as parts of one story; `None` at level duplicates.
    pub story: Option<StoryEvidence>,
}

/// A decisive constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// A must-link joins the items.
    MustLink,
    /// A cannot-link separates the items.
    CannotLink,
}

/// A source rule that applies to one or both items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRuling {
    /// Place and patterns of the rule: `[[source]] 2 (name = "Daily *")`.
    pub rule: String,
    /// The setting of the rule: `copies = "never"`.
    pub sets: String,
    /// Ids of the items that match the rule.
    pub items: Vec<String>,
}

/// An edge on a path between two items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The item where the step begins.
    pub from: Named,
    /// The item where the step ends.
    pub to: Named,
    /// Similarity of the two.
    pub similarity: f64,
    /// Kind of the match.
    #[serde(serialize_with = "kind_name")]
    pub kind: MatchKind,
}

fn kind_name<S: Serializer>(kind: &MatchKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

fn kind_name_or_null<S: Serializer>(
    kind: &Option<MatchKind>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    kind.map(MatchKind::name).serialize(serializer)
}

/// Comparison of two items as duplicates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyEvidence {
    /// Kind of the match; `None` without a match.
    #[serde(serialize_with = "kind_name_or_null")]
    pub kind: Option<MatchKind>,
    /// Likeness of the two items, `0..=1`.
    pub likeness: f64,
    /// The decision in words.
    pub reason: String,
    /// Minimum likeness of duplicates.
    pub threshold: f64,
    /// Minimum containment of a text quoted whole.
    pub containment_threshold: f64,
    /// Per item, whether the text is too short to compare.
    pub too_short: [bool; 2],
    /// Overlap of each common field.
    pub fields: Vec<FieldOverlap>,
    /// For items of one group without a direct match: the path with the strongest weakest edge
    /// between the items.
    pub path: Vec<Step>,
    /// Differences of the fields with a large overlap.
    pub differences: Vec<Difference>,
}

/// A compared part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EvidenceField {
    /// The title.
    Title,
    /// The body.
    Body,
    /// The first characters of the body.
    Lead,
    /// Runs of letters of the title.
    Letters,
}

impl EvidenceField {
    /// The name in output files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EvidenceField::Title => "title",
            EvidenceField::Body => "body",
            EvidenceField::Lead => "lead",
            EvidenceField::Letters => "letters",
        }
    }
}

/// Overlap of a field of two items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldOverlap {
    /// Title or body.
    pub field: EvidenceField,
    /// Number of shingles, per item.
    pub shingles: [usize; 2],
    /// Number of shingles of both items.
    pub shared: usize,
    /// Exact Jaccard coefficient.
    pub jaccard: f64,
    /// Exact containment: the share of the smaller set that is in the larger set.
    pub containment: f64,
    /// Whether the field may decide. Titles of two long texts may not.
    pub counts: bool,
}

/// Differences in a field, word by word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Title or body.
    pub field: EvidenceField,
    /// Runs of words in reading order.
    pub changes: Vec<Change>,
}

/// Comparison of two items as parts of one story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoryEvidence {
    /// Similarity of the items: the sum of `parts`.
    pub similarity: f64,
    /// Maximum similarity of a pair without an edge.
    pub floor: f64,
    /// Share of `similarity`, `0..=1`, that a link does not count, because the items have as many
    /// unrelated neighbours by chance.
    pub chance: f64,
    /// Days between the items, if both have a time.
    pub days_apart: Option<f64>,
    /// Maximum days between two items with an edge; 0 for no limit.
    pub window: f64,
    /// Recency decay, `0..=1`. `parts` include the decay.
    pub freshness: f64,
    /// The figures of each item, if conflicting. A conflict lowers the weights of `parts`.
    pub other_figures: Option<[Vec<String>; 2]>,
    /// The weighted comparisons.
    pub parts: Vec<EvidencePart>,
    /// Terms of both items, by contribution.
    pub shared: Vec<SharedTerm>,
    /// The heaviest terms of only the first and only the second item.
    pub alone: [Vec<LoneTerm>; 2],
    /// For items of one story: the path with the strongest weakest edge between the items.
    pub path: Vec<Step>,
    /// The merge that joined the items, or the reason against a merge.
    pub meeting: Meeting,
}

/// A summand of a similarity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidencePart {
    /// Title, lead or letters.
    pub field: EvidenceField,
    /// Weight of the cosine.
    pub weight: f64,
    /// Damped cosine of the field.
    pub cosine: f64,
    /// `weight * cosine`.
    pub adds: f64,
}

/// A term of both items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedTerm {
    /// The term as written, per item.
    pub words: [String; 2],
    /// Contribution to the similarity.
    pub adds: f64,
    /// Contribution as a share of the similarity.
    pub share: f64,
    /// Weight per item: surprisal in nats times the damped number of occurrences.
    pub values: [f64; 2],
    /// Document frequency.
    pub rarity: Rarity,
    /// The phrase around the term, if the phrase lowers the weight of the term.
    pub phrase: Option<String>,
}

/// A term of only one of the items.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoneTerm {
    /// The term as written in the item.
    pub word: String,
    /// Weight in the item.
    pub value: f64,
    /// Document frequency.
    pub rarity: Rarity,
}

/// Document frequency of a term: items with the term, and all items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rarity {
    /// In the background; `None` without a background of the language.
    pub at_large: Option<[usize; 2]>,
    /// Among the unique texts of the batch in the language.
    pub here: [usize; 2],
}

/// Result of agglomeration for two items. A group of duplicates counts as one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Meeting {
    /// The items are in one group of duplicates.
    Copies,
    /// A must-link joined the items before agglomeration.
    Bound,
    /// An item has too little text.
    TooShort,
    /// The groups of the items merged.
    Merged {
        /// Number of texts, per group.
        texts: [usize; 2],
        /// Linkage of the two groups.
        strength: f64,
        /// Minimum linkage.
        threshold: f64,
    },
    /// The linkage of the groups stayed below the minimum.
    Apart {
        /// Number of texts of each group.
        texts: [usize; 2],
        /// Linkage of the two groups.
        strength: f64,
        /// Minimum linkage.
        threshold: f64,
        /// The strongest edge between the groups.
        best: Option<Step>,
    },
    /// A cannot-link separated the groups.
    Forbidden {
        /// Number of texts of each group.
        texts: [usize; 2],
        /// Linkage of the two groups.
        strength: f64,
        /// Minimum linkage without the constraint.
        threshold: f64,
    },
}

/// An item and its neighbours. Returned by [`Engine::neighbours`](crate::Engine::neighbours).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Neighbourhood {
    /// The item.
    pub item: Named,
    /// Number of items in the group of duplicates.
    pub near_dup_size: usize,
    /// Number of items in the group at the requested level.
    pub cluster_size: usize,
    /// The items with the strongest edges, strongest first.
    pub nearest: Vec<Neighbour>,
}

/// An item with an edge to the explained item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbour {
    /// The item.
    pub item: Named,
    /// Similarity of the two.
    pub similarity: f64,
    /// Kind of the match.
    #[serde(serialize_with = "kind_name")]
    pub kind: MatchKind,
    /// Whether both items are in one group at the requested level.
    pub together: bool,
}
