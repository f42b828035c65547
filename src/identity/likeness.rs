//! Two versions of a title or a text in, how much a reader would take them for versions of one item out. Linear in both.
//!
//! This is asked only of items whose ids or links say that they are one. So it tells an edit from another item; to tell
//! copies from columns, as the verifier of duplicates does, it would need more.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use strsim::normalized_levenshtein;
use xxhash_rust::xxh3::xxh3_64;

use super::without_counters;
use crate::text::{FunctionWords, Language, Stemmer, Tokens};

/// How alike two versions are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// They share nothing that tells news.
    Unlike,
    /// They share a word that tells news: enough where the address is that of one article.
    Touching,
    /// One is an edit of the other.
    Alike,
}

/// Of the shorter title so many of the words that tell news stand in the other.
const SHARED_WORDS: f64 = 0.6;

/// Titles are one with other spelling if so much of their letters stays.
const SAME_LETTERS: f64 = 0.8;

/// Of the shorter text this share of its word triples stands in the other.
pub const SHARED_TRIPLES: f64 = 0.4;

/// Words of fewer letters seldom tell news.
const LEAST_LETTERS: usize = 3;

static SERVING: LazyLock<[(Language, FunctionWords); 2]> =
    LazyLock::new(|| ["ar", "en"].map(Language::from_tag).map(|language| (language, FunctionWords::of(language))));

/// How alike two titles are; nothing if one has no word.
pub fn of_titles(a: &str, b: &str) -> Option<Likeness> {
    let texts = [a, b].map(|title| Tokens::of(&without_counters(title)));
    if texts.iter().any(Tokens::is_empty) {
        return None;
    }
    let [a, b] = &texts;
    if a.as_str() == b.as_str() || normalized_levenshtein(a.as_str(), b.as_str()) >= SAME_LETTERS {
        return Some(Likeness::Alike);
    }
    let [ours, theirs] = texts.each_ref().map(telling);
    let shared = ours.intersection(&theirs).count();
    let least = ours.len().min(theirs.len());
    Some(match shared {
        0 => Likeness::Unlike,
        _ if shared >= 2 && shared as f64 >= SHARED_WORDS * least as f64 => Likeness::Alike,
        _ => Likeness::Touching,
    })
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
        _ => Likeness::Touching,
    }
}

/// The stems of a title's words that tell news.
fn telling(title: &Tokens) -> BTreeSet<String> {
    let language = Language::of(title.as_str());
    let serving = SERVING.iter().find(|(one, _)| *one == language).map(|(_, words)| words);
    let stemmer = Stemmer::new(language, None);
    let tells = |word: &&str| {
        let is_long = crate::text::is_sign(word) || word.chars().nth(LEAST_LETTERS - 1).is_some();
        is_long && !serving.is_some_and(|words| words.contains(word))
    };
    let stem = |word: &str| {
        let mut stem = String::new();
        stemmer.stem(word, &mut stem);
        stem
    };
    title.iter().filter(tells).map(stem).filter(|stem| !stem.is_empty()).collect()
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
            ("Storm closes the coastal railway", "Coastal railway closed by the storm until Thursday"),
            ("Storm closes the railway (3 comments)", "Storm closes the railway (14 comments)"),
            ("الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو في زيارة رسمية"),
            ("Photo", "Photo"),
        ] {
            assert_eq!(of_titles(a, b), Some(Likeness::Alike), "{a} / {b}");
        }
    }

    #[test]
    fn other_news_is_unlike() {
        for (a, b) in [
            ("Divers recover a bell from the wreck", "Harbour pilots call off their strike"),
            ("Version 1.9 adds dark mode", "Release 1.8 fixes a crash"),
            ("الشرع يصل إلى موسكو", "أمطار غزيرة على الساحل"),
        ] {
            assert_eq!(of_titles(a, b), Some(Likeness::Unlike), "{a} / {b}");
        }
        assert_eq!(of_titles("Bridge over the harbour opens", "Harbour crossing is free"), Some(Likeness::Touching));
        assert_eq!(of_titles("", "Storm"), None);
    }

    #[test]
    fn a_text_that_grows_is_alike() {
        let old = "The hall on the quay has room for sixty stalls and cost nine million.";
        let new =
            "The hall on the quay has room for sixty stalls and cost nine million, the city said. It opens on Monday.";
        assert_eq!(of_texts(old, new), Some(Likeness::Alike));
        assert_eq!(of_texts(old, "Waves threw stones over the track and trains stop."), Some(Likeness::Unlike));
    }
}
