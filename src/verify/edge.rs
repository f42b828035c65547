//! Verified pairs, their kinds and what was measured.

use super::fingerprint::Overlap;
use crate::ids::CandidatePair;

/// How two items of one group relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// Title and text are equal after folding.
    Exact,
    /// The texts are equal, the titles are not.
    Retitled,
    /// The same report, edited.
    Edited,
    /// One text is the other, shortened. A pair has no direction; see [`MatchKind::from_side`].
    Abridged,
    /// The text of this item is the other text, shortened.
    Shortened,
    /// The text of this item is the other text, extended.
    Extended,
    /// The same report with another summary.
    Summary,
    /// A later version of the report with changed facts: a revised toll, a correction.
    Update,
    /// Another text about the same event.
    Story,
}

impl MatchKind {
    /// The kind as the output writes it.
    pub fn name(self) -> &'static str {
        match self {
            MatchKind::Exact => "exact",
            MatchKind::Retitled => "retitled",
            MatchKind::Edited => "edited",
            MatchKind::Abridged => "abridged",
            MatchKind::Shortened => "shortened",
            MatchKind::Extended => "extended",
            MatchKind::Summary => "summary",
            MatchKind::Update => "update",
            MatchKind::Story => "story",
        }
    }

    /// The kind from the side of the item of `length`, where the other item has length `other`.
    pub fn from_side(self, length: usize, other: usize) -> Self {
        match self {
            MatchKind::Abridged if length < other => MatchKind::Shortened,
            MatchKind::Abridged => MatchKind::Extended,
            kind => kind,
        }
    }
}

/// A verified pair. 32 bytes, because a large batch has a hundred million edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pair: CandidatePair,
    measures: Measures,
}

/// What verification measured.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measures {
    Copies {
        kind: MatchKind,
        likeness: f32,
        jaccard: f32,
        containment: f32,
    },
    Story {
        similarity: f64,
        unsupported: f64,
    },
}

impl Edge {
    pub(super) fn of_copies(
        pair: CandidatePair,
        kind: MatchKind,
        likeness: f64,
        overlap: Overlap,
    ) -> Self {
        Edge {
            pair,
            measures: Measures::Copies {
                kind,
                likeness: likeness as f32,
                jaccard: overlap.jaccard as f32,
                containment: overlap.containment as f32,
            },
        }
    }

    pub(crate) fn of_story(pair: CandidatePair, similarity: f64, unsupported: f64) -> Self {
        Edge {
            pair,
            measures: Measures::Story {
                similarity,
                unsupported,
            },
        }
    }

    /// The edge of a story with both similarities multiplied by a factor.
    pub(crate) fn scaled_by(self, factor: f64) -> Self {
        let Measures::Story {
            similarity,
            unsupported,
        } = self.measures
        else {
            return self;
        };
        Edge::of_story(self.pair, similarity * factor, unsupported * factor)
    }

    /// The two items.
    pub fn pair(&self) -> CandidatePair {
        self.pair
    }

    /// The edge with the same measures between two other items, which have the same texts.
    pub fn between(self, pair: CandidatePair) -> Self {
        Edge { pair, ..self }
    }

    /// How the items relate.
    pub fn kind(&self) -> MatchKind {
        match self.measures {
            Measures::Copies { kind, .. } => kind,
            Measures::Story { .. } => MatchKind::Story,
        }
    }

    /// The likeness of duplicates, or the story similarity: a damped cosine, no probability. In
    /// 0..=1.
    pub fn similarity(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => to_f64(likeness),
            Measures::Story { similarity, .. } => similarity,
        }
    }

    /// The similarity of the pair when no third item links to both. Lower than
    /// [`Edge::similarity`] for two titles that share a single phrase.
    pub fn unsupported(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => to_f64(likeness),
            Measures::Story { unsupported, .. } => unsupported,
        }
    }

    /// The exact Jaccard coefficient of the shingles of the texts, or of the titles if a text is
    /// missing; 0 for stories.
    pub fn jaccard(&self) -> f64 {
        match self.measures {
            Measures::Copies { jaccard, .. } => to_f64(jaccard),
            Measures::Story { .. } => 0.0,
        }
    }

    /// The share of the smaller shingle set that the larger contains; 0 for stories.
    pub fn containment(&self) -> f64 {
        match self.measures {
            Measures::Copies { containment, .. } => to_f64(containment),
            Measures::Story { .. } => 0.0,
        }
    }
}

/// A share stored in single precision, rounded to six decimals.
fn to_f64(share: f32) -> f64 {
    (f64::from(share) * 1e6).round() / 1e6
}
