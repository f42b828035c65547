//! Rules, verifiers and items for tests.

use std::borrow::Cow;

use super::{
    ComparedItem, DuplicateVerifier, FieldRule, Fingerprint, Rules, StoryVerifier, StoryView,
};
use crate::sets::Shingler;
use crate::similarity::Vector;
use crate::text::Tokens;

pub(crate) const RULES: Rules = Rules {
    title: Some(FieldRule {
        shingler: Shingler::HEADLINE,
        min_words: 3,
        stride: 1,
    }),
    body: Some(FieldRule {
        shingler: Shingler::BODY,
        min_words: 8,
        stride: 8,
    }),
};

pub(crate) const VERIFIER: DuplicateVerifier = DuplicateVerifier {
    threshold: 0.7,
    containment: 0.9,
    window_days: 7.0,
    char_shingles: false,
};

/// A verifier of stories without damping, decay and minimum.
pub(crate) const STORY_VERIFIER: StoryVerifier = StoryVerifier {
    min_similarity: 0.0,
    damping: 0.0,
    window_days: 0.0,
    decay_days: 0.0,
    char_gram_weight: 0.2,
    title_weight: 0.25,
    single_phrase_penalty: 0.3,
    unsupported_penalty: 0.5,
    figures_penalty: 0.4,
};

/// An item with a title and a body.
pub(crate) fn compared<'t>(title: &'t str, body: &'t str) -> ComparedItem<'t> {
    ComparedItem {
        title: Cow::Borrowed(title),
        body: Cow::Borrowed(body),
        ..ComparedItem::default()
    }
}

pub(crate) fn fingerprint(title: &str, body: &str) -> Fingerprint {
    RULES.fingerprint(&compared(title, body), &mut Tokens::default())
}

/// Stop words, one for each bit of a number: titles that differ in them are duplicates.
pub(crate) fn stop_words(number: u32) -> String {
    let words = [
        "now", "still", "also", "just", "here", "again", "then", "too", "very", "once",
    ];
    let chosen = (0..).zip(words).filter(|(bit, _)| number >> bit & 1 == 1);
    let chosen: Vec<&str> = chosen.map(|(_, word)| word).collect();
    chosen.join(" ")
}

/// An item with a title of these stems, none of which begins a phrase.
pub(crate) fn titled(terms: &[u32]) -> StoryView {
    StoryView {
        title: Vector::of_terms(terms),
        sequence: terms.iter().map(|&term| (term, false)).collect(),
        ..StoryView::default()
    }
}
