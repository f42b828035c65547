//! Compares two versions of a title or a text.
//!
//! Input: two titles or two texts. Output: a [`Likeness`]: whether a reader would take them for
//! versions of one item. Cost: linear in both.
//!
//! Asked only for items that have an id or a link in common. The comparison therefore separates
//! edits from unrelated items, and does not replace the verification of duplicates.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use strsim::normalized_levenshtein;
use xxhash_rust::xxh3::xxh3_64;

use super::without_counters;
use crate::text::{Language, Stemmer, StopWords, Tokens, is_sign};

/// Likeness of two versions, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// No content word in common.
    Unlike,
    /// A content word in common: enough with the link of a single article.
    SharedWord,
    /// One version is an edit of the other version.
    Alike,
}

/// Minimum share of the shorter title's content words in the other title, for alike titles.
const MIN_SHARED_WORDS: f64 = 0.6;

/// Minimum normalized Levenshtein similarity of titles that differ in spelling, in `0..=1`.
const MIN_SPELLING_SIMILARITY: f64 = 0.8;

/// Maximum length of a title with compared spelling, in bytes. The cost is quadratic.
const MAX_SPELLED_BYTES: usize = 400;

/// Minimum share of the shorter text's word triples in the other text, for alike texts.
pub const SHARED_TRIPLES: f64 = 0.4;

/// Minimum number of letters of a content word.
const MIN_LETTERS: usize = 3;

/// Stop words of Arabic and English.
static STOP_WORDS: LazyLock<[StopWords; 2]> =
    LazyLock::new(|| ["ar", "en"].map(|code| StopWords::of(Language::from_tag(code))));

/// A title prepared for comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    normalized: String,
    /// Hashes of the stems of the content words, ascending.
    content_words: Vec<u64>,
}

impl Title {
    /// Prepares a title; `None` if it has no words.
    #[must_use]
    pub fn of(title: &str) -> Option<Self> {
        let tokens = Tokens::of(&without_counters(title));
        (!tokens.is_empty()).then(|| Title {
            content_words: content_words(&tokens),
            normalized: tokens.as_str().to_owned(),
        })
    }

    /// Likeness of two titles.
    #[must_use]
    pub fn likeness(&self, other: &Title) -> Likeness {
        if self.normalized == other.normalized {
            return Likeness::Alike;
        }
        let shared = self
            .content_words
            .iter()
            .filter(|word| other.content_words.binary_search(word).is_ok())
            .count();
        let shorter = self.content_words.len().min(other.content_words.len());
        if shared == 0 {
            Likeness::Unlike
        } else if shared >= 2 && shared as f64 >= MIN_SHARED_WORDS * shorter as f64
            || self.is_respelling_of(other)
        {
            Likeness::Alike
        } else {
            Likeness::SharedWord
        }
    }

    fn is_respelling_of(&self, other: &Title) -> bool {
        let (a, b) = (self.normalized.len(), other.normalized.len());
        let (shorter, longer) = (a.min(b), a.max(b));
        longer <= MAX_SPELLED_BYTES
            && shorter as f64 >= MIN_SPELLING_SIMILARITY * longer as f64
            && normalized_levenshtein(&self.normalized, &other.normalized)
                >= MIN_SPELLING_SIMILARITY
    }
}

/// Likeness of two titles; `None` if either has no words.
#[must_use]
pub fn of_titles(a: &str, b: &str) -> Option<Likeness> {
    Some(Title::of(a)?.likeness(&Title::of(b)?))
}

/// Likeness of two texts; `None` if either has no words.
#[must_use]
pub fn of_texts(a: &str, b: &str) -> Option<Likeness> {
    let [a, b] = [a, b].map(|text| Tokens::of(&without_counters(text)));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (a, b) = (triples(&a), triples(&b));
    Some(of_shared(a.intersection(&b).count(), a.len().min(b.len())))
}

/// Likeness of two texts with `shared` word triples in common, where the shorter text has `shorter`
/// triples.
#[must_use]
pub fn of_shared(shared: usize, shorter: usize) -> Likeness {
    if shared == 0 {
        Likeness::Unlike
    } else if shared as f64 >= SHARED_TRIPLES * shorter as f64 {
        Likeness::Alike
    } else {
        Likeness::SharedWord
    }
}

/// Hashes of the stems of the content words of a title, ascending. The script decides on the
/// language, as both titles need the same stemmer and not the right one.
fn content_words(title: &Tokens) -> Vec<u64> {
    let is_arabic = title
        .as_str()
        .contains(|c: char| matches!(c, '\u{600}'..='\u{6ff}'));
    let code = if is_arabic {
        "ar"
    } else if title.as_str().is_ascii() {
        "en"
    } else {
        ""
    };
    let stemmer = Stemmer::new(Language::from_tag(code), None);
    let [arabic, english] = &*STOP_WORDS;
    let stop_words = if is_arabic { arabic } else { english };
    let mut stem = String::new();
    let mut found = Vec::new();
    for word in title.iter() {
        let is_long = is_sign(word) || word.chars().nth(MIN_LETTERS - 1).is_some();
        if is_long && !stop_words.contains(word) {
            stemmer.stem(word, &mut stem);
            found.push(xxh3_64(stem.as_bytes()));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Hashes of the word triples of a text; of the words of a text of fewer than three.
fn triples(text: &Tokens) -> BTreeSet<u64> {
    let width = text.len().clamp(1, 3);
    text.runs(width).map(xxh3_64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_a_title_are_alike() {
        for (a, b) in [
            ("Mayor opnes new fish market", "Mayor opens new fish market"),
            (
                "Storm closes the coastal railway",
                "Coastal railway closed by the storm until Thursday",
            ),
            (
                "Storm closes the railway (3 comments)",
                "Storm closes the railway (14 comments)",
            ),
            ("الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو في زيارة رسمية"),
            ("Photo", "Photo"),
        ] {
            assert_eq!(of_titles(a, b), Some(Likeness::Alike), "{a} / {b}");
        }
    }

    #[test]
    fn unrelated_titles_are_unlike() {
        for (a, b) in [
            (
                "Divers recover a bell from the wreck",
                "Harbour pilots call off their strike",
            ),
            ("Version 1.9 adds dark mode", "Release 1.8 fixes a crash"),
            ("الشرع يصل إلى موسكو", "أمطار غزيرة على الساحل"),
        ] {
            assert_eq!(of_titles(a, b), Some(Likeness::Unlike), "{a} / {b}");
        }
        assert_eq!(
            of_titles("Bridge over the harbour opens", "Harbour crossing is free"),
            Some(Likeness::SharedWord)
        );
        assert_eq!(of_titles("", "Storm"), None);
    }

    #[test]
    fn an_extended_text_is_alike() {
        let old = "The hall on the quay has room for sixty stalls and cost nine million.";
        let new = "The hall on the quay has room for sixty stalls and cost nine million, the city said. It opens on Monday.";
        assert_eq!(of_texts(old, new), Some(Likeness::Alike));
        assert_eq!(
            of_texts(old, "Waves threw stones over the track and trains stop."),
            Some(Likeness::Unlike)
        );
    }
}
