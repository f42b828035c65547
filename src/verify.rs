//! Verification: a candidate pair and both items in, an [`Edge`] out, or nothing.
//!
//! Edges have no other maker, so whatever reaches the clusterer was compared in full: duplicates by
//! the exact Jaccard coefficient, containment and the decision of `decision`; stories by weighted
//! terms of titles and leads. Cost: O(|a| + |b|) a pair.

mod bitmap;
mod decision;
mod duplicates;
mod edge;
mod fingerprint;
mod story;
#[cfg(test)]
mod tests;
mod wording;

pub use bitmap::Outline;
pub use decision::{
    Context, Evidence, FEATURES, Heading, LABEL_WORDS, LEAD_UNITS, MODEL, Reason, Verdict, in_words,
};
pub use duplicates::DuplicateVerifier;
pub use edge::{Edge, MatchKind};
pub use fingerprint::{
    ASKED_SHINGLES, FieldPrint, FieldRule, Fingerprint, Overlap, Rules, Subject, digest, digest_of,
    is_text, quotable,
};
pub use story::{
    FETCHED, Field, Glimpse, SpreadView, StoryPart, StoryVerifier, StoryView, figures_differ,
};
