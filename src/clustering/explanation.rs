//! Why two items are together or apart, as plain data: what was compared, what it counted, and the
//! way that joined them.

use serde::Serialize;

use super::Change;

/// An item, as people know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its headline, or the first words of its text.
    pub title: String,
    /// Who published it.
    pub source: Option<String>,
}

/// Why two items are together or apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The two items.
    pub items: [Named; 2],
    /// Whether they are in one group of duplicates.
    pub same_duplicates: bool,
    /// Whether they are in one story; nothing where only duplicates are grouped.
    pub same_story: Option<bool>,
    /// What a constraint decided.
    pub constraint: Option<Ruling>,
    /// The rules for their sources that took part.
    pub rules: Vec<SourceRuling>,
    /// The comparison as copies.
    pub copies: CopyEvidence,
    /// The comparison as tellers of one story; nothing where only duplicates are grouped.
    pub story: Option<StoryEvidence>,
}

/// What a constraint decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ruling {
    /// A must-link holds them together.
    MustLink,
    /// A cannot-link holds them apart.
    CannotLink,
}

/// A rule for the source of one or both of two items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceRuling {
    /// The rule, by its place and its patterns: `[[source]] 2 (name = "Daily *")`.
    pub rule: String,
    /// What it sets: `copies = "never"`.
    pub sets: String,
    /// The ids of the items it holds for.
    pub items: Vec<String>,
}

/// A link on a way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The item it leads from.
    pub from: Named,
    /// The item it leads to.
    pub to: Named,
    /// How alike they are.
    pub similarity: f64,
    /// The kind of match; "must" for a constraint.
    pub kind: &'static str,
}

/// Two items compared as copies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyEvidence {
    /// The kind of match; nothing if they are no copies of each other.
    pub kind: Option<&'static str>,
    /// How sure the decision is that a reader calls them copies, in 0..=1.
    pub likeness: f64,
    /// The decision in words.
    pub reason: String,
    /// The least likeness of copies.
    pub threshold: f64,
    /// The least containment of a text quoted whole.
    pub containment_threshold: f64,
    /// Whether each has too little text to be compared.
    pub too_short: [bool; 2],
    /// The fields that both have.
    pub fields: Vec<FieldOverlap>,
    /// Where they are copies of copies: the way from one to the other with the strongest weakest
    /// link.
    pub path: Vec<Step>,
    /// What differs in each field; only of texts that have much in common.
    pub differences: Vec<Difference>,
}

/// How much two fields share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldOverlap {
    /// "title" or "body".
    pub field: &'static str,
    /// How many shingles each has.
    pub shingles: [usize; 2],
    /// How many of them both have.
    pub shared: usize,
    /// The exact Jaccard coefficient.
    pub jaccard: f64,
    /// The share of the smaller set that stands in the other.
    pub containment: f64,
    /// Whether the coefficient of the field may decide: that of the titles of two long texts does
    /// not.
    pub counts: bool,
}

/// What differs in one field, word by word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// "title" or "body".
    pub field: &'static str,
    /// The runs of words, in reading order.
    pub changes: Vec<Change>,
}

/// Two items compared as tellers of one story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoryEvidence {
    /// How alike they are; the sum of the parts.
    pub similarity: f64,
    /// Pairs no more alike than this are not linked.
    pub floor: f64,
    /// The days between them, where both are dated.
    pub days_apart: Option<f64>,
    /// Items further apart than this many days are not linked; 0 for no limit.
    pub window: f64,
    /// What the days between them leave of their likeness, in 0..=1; the parts are given after it.
    pub freshness: f64,
    /// The figures of each, where that they have none in common takes from the weights of the
    /// parts.
    pub other_figures: Option<[Vec<String>; 2]>,
    /// The comparisons, each with what it adds.
    pub parts: Vec<EvidencePart>,
    /// The words both have, the one that adds most first.
    pub shared: Vec<SharedTerm>,
    /// The weightiest words that only the first has, and only the second.
    pub alone: [Vec<LoneTerm>; 2],
    /// Within one story: the way from one to the other with the strongest weakest link.
    pub path: Vec<Step>,
    /// How their groups met, or by how much they missed.
    pub meeting: Meeting,
}

/// One of the comparisons that make up a similarity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidencePart {
    /// "title", "lead" or "letters".
    pub field: &'static str,
    /// What its cosine counts.
    pub weight: f64,
    /// The cosine.
    pub cosine: f64,
    /// What it adds to the similarity.
    pub adds: f64,
}

/// A word both items have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharedTerm {
    /// How each writes it.
    pub words: [String; 2],
    /// What it adds to the similarity.
    pub adds: f64,
    /// The share of the similarity that is.
    pub share: f64,
    /// Its value in each item: its weight in nats times the number of times it stands there,
    /// damped.
    pub values: [f64; 2],
    /// How rare it is.
    pub rarity: Rarity,
    /// The phrase of the trade that it stands in; a word that stands in nothing else counts less.
    pub phrase: Option<String>,
}

/// A word only one item has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoneTerm {
    /// How it is written.
    pub word: String,
    /// Its value.
    pub value: f64,
    /// How rare it is.
    pub rarity: Rarity,
}

/// In how many items a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Rarity {
    /// In how many items at large; nothing without a background of the language.
    pub at_large: Option<[usize; 2]>,
    /// In how many of the batch's texts in that language.
    pub here: [usize; 2],
}

/// How the groups of two items met.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "how", rename_all = "kebab-case")]
pub enum Meeting {
    /// They are copies, and a text counts once.
    Copies,
    /// A must-link joined them.
    Bound,
    /// One of them has too little text to tell a story.
    TooShort,
    /// Their groups merged.
    Merged {
        /// How many texts each group had.
        texts: [usize; 2],
        /// How strong their link was.
        strength: f64,
        /// How strong it had to be.
        threshold: f64,
    },
    /// Their groups stayed apart.
    Apart {
        /// How many texts each group has.
        texts: [usize; 2],
        /// How strong their link is.
        strength: f64,
        /// How strong it would have to be.
        threshold: f64,
        /// The best link between an item of the one and an item of the other.
        best: Option<Step>,
    },
    /// A cannot-link kept their groups apart.
    Forbidden {
        /// How many texts each group has.
        texts: [usize; 2],
        /// How strong their link is.
        strength: f64,
        /// How strong it would have to be without the constraint.
        threshold: f64,
    },
}

/// What stands around one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbourhood {
    /// The item.
    pub item: Named,
    /// How many items its group of duplicates has.
    pub near_dup_size: usize,
    /// How many items its group at the level asked for has.
    pub cluster_size: usize,
    /// The items most like it, the nearest first.
    pub nearest: Vec<Neighbour>,
}

/// An item beside another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbour {
    /// The item.
    pub item: Named,
    /// How alike they are.
    pub similarity: f64,
    /// The kind of match.
    pub kind: &'static str,
    /// Whether they are in one group at the level asked for.
    pub together: bool,
}
