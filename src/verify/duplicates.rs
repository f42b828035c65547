//! Verifies candidate pairs of duplicates.

use super::bitmap::Outline;
use super::edge::{Edge, MatchKind};
use super::fingerprint::{FieldPrint, Fingerprint, Overlap};
use crate::ids::CandidatePair;

/// Verifies candidate pairs: measures what they share, and decides whether a reader would call them
/// copies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DuplicateVerifier {
    /// The least likeness of copies: of full texts and of titles alone their Jaccard coefficient,
    /// else the probability that a reader calls them copies.
    pub threshold: f64,
    /// The least share of the shorter of two full texts that must stand in the other.
    pub containment: f64,
    /// Items published further apart than this many days are no copies; 0 for no limit.
    pub window: f64,
    /// Whether shingles are runs of letters, as for noisy texts: the words of summaries are no
    /// evidence then.
    pub by_letters: bool,
}

/// Two summaries, or their titles, of which the shorter has less than this share in the other are
/// not compared: of 1,028 labelled pairs no copy has less in both.
const MIN_SHARED: f64 = 0.2;

/// What two prints share that have nothing to compare.
const NO_OVERLAP: Overlap = Overlap {
    shared: 0,
    jaccard: 0.0,
    containment: 0.0,
};

impl DuplicateVerifier {
    /// The edge of two items of one digest.
    pub fn same(pair: CandidatePair) -> Edge {
        let whole = Overlap {
            shared: 0,
            jaccard: 1.0,
            containment: 1.0,
        };
        Edge::of_copies(pair, MatchKind::Exact, 1.0, whole)
    }

    /// The edge of two items that are copies.
    pub fn verify(&self, pair: CandidatePair, a: &Fingerprint, b: &Fingerprint) -> Option<Edge> {
        let verdict = self.decide(a, b);
        let of = |x: &Option<FieldPrint>, y: &Option<FieldPrint>| x.as_ref()?.overlap(y.as_ref()?);
        let overlap = || {
            of(&a.body, &b.body)
                .or_else(|| of(&a.title, &b.title))
                .unwrap_or(NO_OVERLAP)
        };
        Some(Edge::of_copies(
            pair,
            verdict.kind?,
            verdict.likeness,
            overlap(),
        ))
    }

    /// Whether two texts may be copies for all that their outlines tell. False only if no
    /// comparison in full could find them to be.
    pub fn may_match(&self, [a, b]: [Outline<'_>; 2]) -> bool {
        let [ours, theirs] = a.differences(b);
        // More than this they do not share; and a share of what both have only falls with what one
        // alone has.
        let shared = f64::from((a.count - ours).min(b.count - theirs));
        let most = |alone: u32| shared / (shared + f64::from(alone));
        most(ours + theirs) >= self.threshold || most(ours.min(theirs)) >= self.containment
    }

    /// Whether two summaries, or their titles, may share enough to be worth a decision.
    pub fn may_match_in_part(&self, [a, b]: [Outline<'_>; 2]) -> bool {
        let [ours, theirs] = a.differences(b);
        let shared = f64::from((a.count - ours).min(b.count - theirs));
        shared >= MIN_SHARED * f64::from(a.count.min(b.count))
    }
}
