//! Word diff of two texts (patience diff, Bram Cohen): words that occur once in both are matched
//! first.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::text::{Stemmer, SurfaceToken, surface_tokens};

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where the words stand.
    pub what: Fate,
    /// The words as they are written.
    pub text: String,
}

/// Where a run of words stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// In both texts.
    Same,
    /// In the first text only.
    Removed,
    /// In the second text only.
    Added,
}

/// The runs of words that turn text `a` into text `b`. Words are compared after folding.
///
/// # Cost
/// Linear for similar texts; quadratic in runs without a common unique word.
#[must_use]
pub fn changes(a: &str, b: &str, stemmer: &Stemmer<'_>) -> Vec<Change> {
    let (old, new) = (surface_tokens(a, stemmer), surface_tokens(b, stemmer));
    let removed = |start: usize, length: usize| Change {
        what: Fate::Removed,
        text: run(a, &old[start..start + length]),
    };
    let added = |start: usize, length: usize| Change {
        what: Fate::Added,
        text: run(b, &new[start..start + length]),
    };
    let mut changes = Vec::new();
    for op in capture_diff_slices(Algorithm::Patience, &folded(&old), &folded(&new)) {
        match op {
            DiffOp::Equal { old_index, len, .. } => changes.push(Change {
                what: Fate::Same,
                text: run(a, &old[old_index..old_index + len]),
            }),
            DiffOp::Delete {
                old_index, old_len, ..
            } => changes.push(removed(old_index, old_len)),
            DiffOp::Insert {
                new_index, new_len, ..
            } => changes.push(added(new_index, new_len)),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => changes.extend([removed(old_index, old_len), added(new_index, new_len)]),
        }
    }
    changes
}

fn folded(words: &[SurfaceToken<'_>]) -> Vec<String> {
    words.iter().map(|word| word.normalized.clone()).collect()
}

/// The text from the first to the last of these words.
fn run(text: &str, words: &[SurfaceToken<'_>]) -> String {
    match words {
        [] => String::new(),
        [first, .., last] => text[first.at..last.end()].to_owned(),
        [word] => text[word.at..word.end()].to_owned(),
    }
}
