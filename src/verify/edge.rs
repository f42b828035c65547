//! The verified pair and its kind.

use super::fingerprint::Overlap;
use crate::ids::CandidatePair;

/// What makes two items belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// Title and text are equal after folding.
    Exact,
    /// The same text under another title.
    Retitled,
    /// The same report, edited.
    Edited,
    /// One text is the other, shortened.
    Abridged,
    /// Of a pair told from one side: the text is that of the other, shortened.
    Shortened,
    /// Of a pair told from one side: the text is that of the other with more to it.
    Extended,
    /// The same report with another summary.
    Summary,
    /// The same report in a later version with changed facts: a revised toll, a correction.
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

    /// The kind told from the side of one item, given its length and that of the other.
    pub fn from_side(self, length: usize, other: usize) -> Self {
        match self {
            MatchKind::Abridged if length < other => MatchKind::Shortened,
            MatchKind::Abridged => MatchKind::Extended,
            kind => kind,
        }
    }
}

/// A verified link between two items. 32 bytes, as a large batch has a hundred million of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pair: CandidatePair,
    measures: Measures,
}

/// What was measured of a pair.
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
        alone: f64,
    },
}

impl Edge {
    pub(super) fn of_copies(
        pair: CandidatePair,
        kind: MatchKind,
        likeness: f64,
        Overlap {
            jaccard,
            containment,
            ..
        }: Overlap,
    ) -> Self {
        let [likeness, jaccard, containment] =
            [likeness, jaccard, containment].map(|share| share as f32);
        Edge {
            pair,
            measures: Measures::Copies {
                kind,
                likeness,
                jaccard,
                containment,
            },
        }
    }

    pub(super) fn of_story(pair: CandidatePair, similarity: f64, alone: f64) -> Self {
        Edge {
            pair,
            measures: Measures::Story { similarity, alone },
        }
    }

    /// For tests of what is done with edges.
    #[cfg(test)]
    pub(crate) fn told(pair: CandidatePair, similarity: f64, alone: f64) -> Self {
        Edge::of_story(pair, similarity, alone)
    }

    /// The two items.
    pub fn pair(&self) -> CandidatePair {
        self.pair
    }

    /// The same link between two other items with the texts of these.
    pub fn between(self, pair: CandidatePair) -> Self {
        Edge { pair, ..self }
    }

    /// Why the items belong together.
    pub fn kind(&self) -> MatchKind {
        match self.measures {
            Measures::Copies { kind, .. } => kind,
            Measures::Story { .. } => MatchKind::Story,
        }
    }

    /// How likely a reader calls the items copies, or the similarity of a story's items; in 0..=1.
    pub fn similarity(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => plain(likeness),
            Measures::Story { similarity, .. } => similarity,
        }
    }

    /// What the pair's similarity is worth when no other item speaks for it: less for two headlines
    /// that share one thing.
    pub fn alone(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => plain(likeness),
            Measures::Story { alone, .. } => alone,
        }
    }

    /// The exact Jaccard coefficient of the shingles of the texts, or of the titles where a text is
    /// missing; 0 for stories.
    pub fn jaccard(&self) -> f64 {
        if let Measures::Copies { jaccard, .. } = self.measures {
            plain(jaccard)
        } else {
            0.0
        }
    }

    /// The share of the smaller set of shingles that stands in the other; 0 for stories.
    pub fn containment(&self) -> f64 {
        if let Measures::Copies { containment, .. } = self.measures {
            plain(containment)
        } else {
            0.0
        }
    }
}

/// A share kept in single precision, to six decimals.
fn plain(share: f32) -> f64 {
    (f64::from(share) * 1e6).round() / 1e6
}
