//! Verification: computes exact coefficients of a candidate pair and decides.
//!
//! Input: a [`CandidatePair`](crate::ids::CandidatePair) and both items. Output: an [`Edge`] or
//! none. Only verification makes edges, so the clusterer sees no pair that was not compared in
//! full. Duplicates are decided by [`DuplicateVerifier`] from exact Jaccard, containment and
//! [`PairEvidence`]; stories by [`StoryVerifier`] from damped cosines of titles and leads. Cost:
//! O(|a| + |b|) per pair.

mod bitmap;
mod context;
mod decision;
mod duplicates;
mod edge;
mod fingerprint;
mod heading;
mod story;
#[cfg(test)]
pub(crate) mod test_items;
mod wording;

pub use crate::similarity::StoryField;
pub use bitmap::Bitmap;
pub use context::{Context, LABEL_WORDS};
pub use decision::{FEATURES, INTERCEPT, MODEL, PairEvidence, Reason, Verdict, describe};
pub use duplicates::DuplicateVerifier;
pub use edge::{Edge, MatchKind};
pub use fingerprint::{
    ComparedItem, FieldFingerprint, FieldRule, Fingerprint, LEAD_UNITS, Overlap, PROBE_SHINGLES,
    Rules, containment_keys, digest, digest_of, is_text,
};
pub use heading::Heading;
pub use story::{
    PREFETCH_BATCH, PartialScore, ScatteredView, StoryPart, StoryVerifier, StoryView,
    figures_conflict,
};
