//! Two versions of a title or a text in, how much a reader would take them for versions of one item
//! out. Linear in both.
//!
//! This is asked only of items whose ids or links say that they are one. So it tells an edit from
//! another item; to tell copies from columns, as the verifier of duplicates does, it would need
//! more.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use strsim::normalized_levenshtein;
use xxhash_rust::xxh3::xxh3_64;

use super::without_counters;
use crate::text::{Language, Stemmer, StopWords, Tokens, is_sign};

/// How alike two versions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They share nothing that tells news.
    Unlike,
    /// They share a word that tells news: enough where the address is that of one article.
    SharedWord,
    /// One is an edit of the other.
    Alike,
}

/// Two titles are alike if at least this share of the shorter title's telling words stands in the
/// other.
const SHARED_WORDS: f64 = 0.6;

/// Two titles differ in spelling alone if their normalized Levenshtein similarity is at least this,
/// from 0 to 1.
const SAME_LETTERS: f64 = 0.8;

/// The spelling of titles longer than this, in bytes, is not compared: their words alone count.
const LONGEST_TITLE: usize = 400;

/// Of the shorter text this share of its word triples stands in the other.
pub const SHARED_TRIPLES: f64 = 0.4;

/// Words of fewer letters seldom tell news.
const LEAST_LETTERS: usize = 3;

static SERVING: LazyLock<[StopWords; 2]> =
    LazyLock::new(|| ["ar", "en"].map(|code| StopWords::of(Language::from_tag(code))));

/// What a title is compared by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    folded: String,
    /// Hashes of the stems of the words that tell news, ascending.
    telling: Vec<u64>,
}

impl Title {
    /// What a title is compared by; nothing if it has no word.
    pub fn of(title: &str) -> Option<Self> {
        let tokens = Tokens::of(&without_counters(title));
        (!tokens.is_empty()).then(|| Title {
            telling: telling(&tokens),
            folded: tokens.as_str().to_owned(),
        })
    }

    /// How alike two titles are.
    pub fn likeness(&self, other: &Title) -> Likeness {
        if self.folded == other.folded {
            return Likeness::Alike;
        }
        let shared = self
            .telling
            .iter()
            .filter(|word| other.telling.binary_search(word).is_ok())
            .count();
        let least = self.telling.len().min(other.telling.len());
        match shared {
            0 => Likeness::Unlike,
            _ if shared >= 2 && shared as f64 >= SHARED_WORDS * least as f64 => Likeness::Alike,
            _ if self.is_spelled_as(other) => Likeness::Alike,
            _ => Likeness::SharedWord,
        }
    }

    fn is_spelled_as(&self, other: &Title) -> bool {
        let [ours, theirs] = [self, other].map(|title| title.folded.len());
        ours.max(theirs) <= LONGEST_TITLE
            && ours.min(theirs) as f64 >= SAME_LETTERS * ours.max(theirs) as f64
            && normalized_levenshtein(&self.folded, &other.folded) >= SAME_LETTERS
    }
}

/// How alike two titles are; nothing if one has no word.
pub fn of_titles(a: &str, b: &str) -> Option<Likeness> {
    Some(Title::of(a)?.likeness(&Title::of(b)?))
}

/// How alike two texts are; nothing if one has no word.
pub fn of_texts(a: &str, b: &str) -> Option<Likeness> {
    let texts = [a, b].map(|text| Tokens::of(&without_counters(text)));
    if texts.iter().any(Tokens::is_empty) {
        return None;
    }
    let [ours, theirs] = texts.each_ref().map(triples);
    let shared = ours.intersection(&theirs).count();
    Some(of_shared(shared, ours.len().min(theirs.len())))
}

/// How alike two texts are of which so many word triples stand in both, and the lesser has so many.
pub fn of_shared(shared: usize, least: usize) -> Likeness {
    match shared {
        0 => Likeness::Unlike,
        _ if shared as f64 >= SHARED_TRIPLES * least as f64 => Likeness::Alike,
        _ => Likeness::SharedWord,
    }
}

/// The hashes of the stems of a title's words that tell news, ascending. The language is told by
/// the script, which is enough to set stems side by side.
fn telling(title: &Tokens) -> Vec<u64> {
    let is_arabic = title
        .as_str()
        .chars()
        .any(|c| matches!(c, '\u{600}'..='\u{6ff}'));
    let code = if is_arabic {
        "ar"
    } else if title.as_str().is_ascii() {
        "en"
    } else {
        ""
    };
    let stemmer = Stemmer::new(Language::from_tag(code), None);
    let serving = &SERVING[usize::from(!is_arabic)];
    let is_long = |word: &str| is_sign(word) || word.chars().nth(LEAST_LETTERS - 1).is_some();
    let mut stem = String::new();
    let mut found = Vec::new();
    for word in title
        .iter()
        .filter(|word| is_long(word) && !serving.contains(word))
    {
        stemmer.stem(word, &mut stem);
        found.push(xxh3_64(stem.as_bytes()));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The hashes of a text's word triples; of a shorter text of all its words.
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
    fn other_news_is_unlike() {
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
    fn a_text_that_grows_is_alike() {
        let old = "The hall on the quay has room for sixty stalls and cost nine million.";
        let new = "The hall on the quay has room for sixty stalls and cost nine million, the city said. It opens on Monday.";
        assert_eq!(of_texts(old, new), Some(Likeness::Alike));
        assert_eq!(
            of_texts(old, "Waves threw stones over the track and trains stop."),
            Some(Likeness::Unlike)
        );
    }
}
