//! Two texts in, what became of the words of the first in the second out: runs that both have, that
//! are gone, that are new. Words that both have once are matched first (the patience diff of Bram
//! Cohen).

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::{Stemmer, SurfaceToken, surface_tokens};

/// A run of words, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What became of it.
    pub what: Fate,
    /// The words.
    pub text: String,
}

/// What became of a run of words from the first item to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is in both.
    Same,
    /// It is in the first alone.
    Removed,
    /// It is in the second alone.
    Added,
}

/// How the words of one text become those of another. Words that fold alike are the same.
///
/// # Cost
/// Linear in texts that are alike; quadratic in the runs of words that stand once in neither.
pub fn changes(a: &str, b: &str, stemmer: &Stemmer<'_>) -> Vec<Change> {
    let (x, y) = (surface_tokens(a, stemmer), surface_tokens(b, stemmer));
    let folded = |words: &[SurfaceToken<'_>]| {
        words
            .iter()
            .map(|word| word.normalized.clone())
            .collect::<Vec<_>>()
    };
    let slice = |text: &str, words: &[SurfaceToken<'_>], start: usize, length: usize| {
        text[words[start].at..words[start + length - 1].end()].to_owned()
    };
    let mut found = Vec::new();
    let mut put = |what, text| found.push(Change { what, text });
    for op in capture_diff_slices(Algorithm::Patience, &folded(&x), &folded(&y)) {
        match op {
            DiffOp::Equal { old_index, len, .. } => put(Fate::Same, slice(a, &x, old_index, len)),
            DiffOp::Delete {
                old_index, old_len, ..
            } => put(Fate::Removed, slice(a, &x, old_index, old_len)),
            DiffOp::Insert {
                new_index, new_len, ..
            } => put(Fate::Added, slice(b, &y, new_index, new_len)),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                put(Fate::Removed, slice(a, &x, old_index, old_len));
                put(Fate::Added, slice(b, &y, new_index, new_len));
            }
        }
    }
    found
}
