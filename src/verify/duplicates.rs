//! Verification of candidate duplicate pairs.
//!
//! Input: a [`CandidatePair`] and both [`Fingerprint`]s. Output: an [`Edge`] if the pair are
//! duplicates. [`DuplicateVerifier::decide`](super::DuplicateVerifier::decide) makes the decision;
//! the bitmap filters here drop pairs that it would reject. Cost: O(|a| + |b|) per verified pair,
//! O(words) per filtered pair.

use super::bitmap::Bitmap;
use super::edge::{Edge, MatchKind};
use super::fingerprint::{FieldFingerprint, Fingerprint, Overlap};
use crate::ids::CandidatePair;

/// Decides whether the items of a candidate pair are duplicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DuplicateVerifier {
    /// Minimum likeness of duplicates, in 0..=1: the Jaccard coefficient of two full texts or two
    /// titles, else the probability by the logistic regression.
    pub threshold: f64,
    /// Minimum containment of the shorter of two full texts in the longer, in 0..=1.
    pub containment: f64,
    /// Maximum days between the publication of two duplicates; 0 for no limit.
    pub window_days: f64,
    /// Whether shingles are runs of characters, as for noisy text. Words of summaries are then no
    /// evidence.
    pub char_shingles: bool,
}

/// Minimum containment of the shorter of two summaries, or of two titles, for a pair to be
/// verified. None of 1,028 labelled duplicate pairs is below it in both fields.
const MIN_SUMMARY_CONTAINMENT: f64 = 0.2;

impl DuplicateVerifier {
    /// The edge of two items with equal fingerprints.
    pub fn same(pair: CandidatePair) -> Edge {
        Edge::of_copies(pair, MatchKind::Exact, 1.0, Overlap::EQUAL)
    }

    /// The edge of two items, if they are duplicates.
    pub fn verify(&self, pair: CandidatePair, a: &Fingerprint, b: &Fingerprint) -> Option<Edge> {
        let verdict = self.decide(a, b);
        let kind = verdict.kind?;
        let overlap = field_overlap(&a.body, &b.body)
            .or_else(|| field_overlap(&a.title, &b.title))
            .unwrap_or(Overlap::NONE);
        Some(Edge::of_copies(pair, kind, verdict.likeness, overlap))
    }

    /// Whether two texts can reach the threshold or the containment threshold: false only if the
    /// upper bounds from their bitmaps do not.
    pub fn may_match(&self, [a, b]: [Bitmap<'_>; 2]) -> bool {
        let [only_a, only_b] = a.difference_bounds(b);
        let max_shared = max_shared([a, b], [only_a, only_b]);
        // `s / (s + d)` grows with `s` and falls with `d`, so both coefficients are bounded.
        let max_jaccard = max_shared / (max_shared + f64::from(only_a + only_b));
        let max_containment = max_shared / (max_shared + f64::from(only_a.min(only_b)));
        max_jaccard >= self.threshold || max_containment >= self.containment
    }

    /// Whether two summaries, or two titles, can share `MIN_SUMMARY_CONTAINMENT`.
    pub fn may_match_in_part(&self, [a, b]: [Bitmap<'_>; 2]) -> bool {
        let max_shared = max_shared([a, b], a.difference_bounds(b));
        max_shared >= MIN_SUMMARY_CONTAINMENT * f64::from(a.count.min(b.count))
    }
}

/// Upper bound on the shared shingles, given lower bounds on both differences.
fn max_shared([a, b]: [Bitmap<'_>; 2], [only_a, only_b]: [u32; 2]) -> f64 {
    f64::from((a.count - only_a).min(b.count - only_b))
}

fn field_overlap(a: &Option<FieldFingerprint>, b: &Option<FieldFingerprint>) -> Option<Overlap> {
    a.as_ref()?.overlap(b.as_ref()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;
    use crate::sets::ShingleSet;
    use crate::verify::test_items::VERIFIER;

    fn hashes(elements: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let hash = |element: u64| xxh3_64(&element.to_le_bytes());
        elements.into_iter().map(hash).collect()
    }

    fn may_match(verifier: &DuplicateVerifier, a: &[u64], b: &[u64]) -> bool {
        let [mut bits_a, mut bits_b] = [Vec::new(), Vec::new()];
        Bitmap::append(a, &mut bits_a);
        Bitmap::append(b, &mut bits_b);
        verifier.may_match([
            Bitmap::new(a.len() as u32, &bits_a),
            Bitmap::new(b.len() as u32, &bits_b),
        ])
    }

    proptest! {
        #[test]
        fn the_bitmap_filter_drops_no_duplicate(
            a in proptest::collection::vec(0u64..60, 1..200),
            b in proptest::collection::vec(0u64..60, 1..200),
            repeats in 1u64..5,
            threshold in 0.05f64..1.0,
        ) {
            let verifier = DuplicateVerifier {
                threshold,
                containment: (threshold + 1.0) / 2.0,
                ..VERIFIER
            };
            let [a, b] = [a, b].map(|set| hashes(set.into_iter().map(|element| element / repeats)));
            let may_match = may_match(&verifier, &a, &b);
            let (a, b) = (ShingleSet::new(a), ShingleSet::new(b));
            let shared = a.shared(&b) as f64;
            let union = (a.len() + b.len()) as f64 - shared;
            let containment = shared / a.len().min(b.len()) as f64;
            prop_assert!(
                may_match || shared / union < threshold + 1e-12 && containment < verifier.containment
            );
        }
    }

    #[test]
    fn the_bitmap_filter_drops_unlike_texts() {
        let is_candidate =
            |first: u64| may_match(&VERIFIER, &hashes(0..400), &hashes(first..first + 400));
        assert_eq!(
            [0, 40, 300, 1000].map(is_candidate),
            [true, true, false, false]
        );
    }
}
