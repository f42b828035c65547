//! Removes boilerplate from texts: forum footers, advertisements, cookie notices, "read more"
//! endings.
//!
//! Input: a text. Output: the text without boilerplate, borrowed if there is none. Boilerplate
//! would make unrelated items near-duplicates. The phrases are fixed, so the result does not depend
//! on other items. Cost: linear in a short text; a long text is searched at both ends only.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// Length of either end of a long text that is searched, in bytes.
const SEARCHED_BYTES: usize = 600;

/// Extent of boilerplate that begins with a phrase.
#[derive(Clone, Copy)]
enum CutExtent {
    /// To the end of the sentence.
    Sentence,
    /// To the end of the text.
    Rest,
}

use CutExtent::{Rest, Sentence};

/// First phrases of boilerplate, in lower case, with its extent. Compiled by hand from feeds.
const PHRASES: [(&str, CutExtent); 46] = [
    ("submitted by /u/", Rest),
    ("submitted by   /u/", Rest),
    ("submitted by u/", Rest),
    ("article url:", Rest),
    ("comments url:", Rest),
    ("this media is not supported in your browser", Sentence),
    ("view in app", Sentence),
    ("the post ", Sentence),
    ("appeared first on", Rest),
    ("read more at", Rest),
    ("read more:", Rest),
    ("read more…", Rest),
    ("read more...", Rest),
    ("continue reading", Rest),
    ("click here to read", Rest),
    ("read the full story", Rest),
    ("read the full article", Rest),
    ("the full article is available", Rest),
    ("only available in paid plans", Rest),
    ("subscribe to read", Rest),
    ("subscribe now", Sentence),
    ("sign up for our", Sentence),
    ("sign up to our", Sentence),
    ("follow us on", Sentence),
    ("download our app", Sentence),
    ("advertisement.", Sentence),
    ("advertisement ", Sentence),
    ("scroll down to continue reading", Sentence),
    ("get unlimited access", Sentence),
    ("all rights reserved", Rest),
    ("reproduction without permission", Rest),
    ("we value your privacy", Rest),
    ("this site uses cookies", Rest),
    ("this website uses cookies", Rest),
    ("privacy and cookies:", Rest),
    ("by continuing to use this", Rest),
    ("please enable javascript", Rest),
    ("to view this content you need to", Rest),
    ("for privacy information", Rest),
    ("اقرأ المزيد", Rest),
    ("للمزيد من", Rest),
    ("لقراءة المزيد", Rest),
    ("تابعونا على", Rest),
    ("جميع الحقوق محفوظة", Rest),
    ("اشترك في", Sentence),
    ("حمل تطبيق", Sentence),
];

/// Automaton for phrases in any case of ASCII letters (Aho and Corasick 1975).
fn automaton<'p>(phrases: impl IntoIterator<Item = &'p str>) -> AhoCorasick {
    let mut builder = AhoCorasickBuilder::new();
    builder
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest);
    builder
        .build(phrases)
        .expect("the automaton of short phrases is small")
}

static BOILERPLATE: LazyLock<AhoCorasick> =
    LazyLock::new(|| automaton(PHRASES.map(|(phrase, _)| phrase)));

static NOTICES: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(NOTICE_PHRASES));

/// Offset and extent of the first boilerplate that does not begin within a word.
fn first_phrase(text: &str) -> Option<(usize, CutExtent)> {
    let found = BOILERPLATE
        .find_iter(text)
        .find(|found| !text[..found.start()].ends_with(char::is_alphanumeric))?;
    Some((found.start(), PHRASES[found.pattern().as_usize()].1))
}

/// The text without boilerplate.
///
/// ```
/// use qissa::text::body_without_boilerplate;
///
/// let text = "The ferry sails again. Follow us on Facebook and X. The fare stays as it was.";
/// assert_eq!(body_without_boilerplate(text), "The ferry sails again. The fare stays as it was.");
/// ```
#[must_use]
pub fn body_without_boilerplate(text: &str) -> Cow<'_, str> {
    if text.len() <= 2 * SEARCHED_BYTES {
        return cleaned(text);
    }
    let head_end = text.ceil_char_boundary(SEARCHED_BYTES);
    let tail_start = text.ceil_char_boundary(text.len() - SEARCHED_BYTES);
    let (head, tail) = (&text[..head_end], &text[tail_start..]);
    match (first_phrase(head), first_phrase(tail)) {
        (None, None) => Cow::Borrowed(text),
        (None, Some((at, Rest))) => Cow::Borrowed(text[..tail_start + at].trim_end()),
        _ => {
            let rest = tail.trim_start();
            let space = &tail[..tail.len() - rest.len()];
            let middle = &text[head_end..tail_start];
            Cow::Owned([&*cleaned_sentences(head), middle, space, &*cleaned(rest)].concat())
        }
    }
}

/// The title; empty if it is a notice that a program writes for items without a title.
#[must_use]
pub fn title_without_notice(title: &str) -> &str {
    if title.len() <= MAX_NOTICE_BYTES && NOTICES.is_match(title) {
        ""
    } else {
        title
    }
}

/// Maximum length of a notice, in bytes.
const MAX_NOTICE_BYTES: usize = 90;

/// Phrases of notices in place of titles, in lower case.
const NOTICE_PHRASES: [&str; 3] = [
    "this media is not supported in your browser",
    "view in app",
    "please open telegram to view",
];

/// The text without boilerplate, searched throughout.
fn cleaned(text: &str) -> Cow<'_, str> {
    let mut kept: Vec<&str> = Vec::new();
    let mut rest = text;
    let mut is_whole = true;
    while let Some((at, extent)) = first_phrase(rest) {
        is_whole = false;
        kept.push(rest[..at].trim());
        rest = match extent {
            Rest => "",
            Sentence => after_sentence(&rest[at..]),
        };
    }
    if is_whole {
        return Cow::Borrowed(text);
    }
    kept.push(rest.trim());
    kept.retain(|part| !part.is_empty());
    if let [only] = kept[..] {
        Cow::Borrowed(only)
    } else {
        Cow::Owned(kept.join(" "))
    }
}

/// The head of a long text without boilerplate. Every extent is a sentence here, as the text
/// continues after the head.
fn cleaned_sentences(head: &str) -> Cow<'_, str> {
    let mut kept = Vec::new();
    let mut rest = head;
    while let Some((at, _)) = first_phrase(rest) {
        kept.push(&rest[..at]);
        rest = after_sentence(&rest[at..]);
    }
    if kept.is_empty() {
        return Cow::Borrowed(head);
    }
    kept.push(rest);
    Cow::Owned(kept.concat())
}

/// The text after its first sentence.
fn after_sentence(text: &str) -> &str {
    let end = text.char_indices().find(|&(at, c)| {
        matches!(c, '.' | '!' | '?' | '؟' | '。' | '\n')
            && text[at + c.len_utf8()..].starts_with(|c: char| c.is_whitespace())
    });
    end.map_or("", |(at, c)| text[at + c.len_utf8()..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_is_removed() {
        for (text, kept) in [
            (
                "  submitted by   /u/Quay-7   to   r/harbour   [link]   [comments]",
                "",
            ),
            (
                "Article URL: https://a.example/1 Comments URL: https://b.example/2 Points: 3 # Comments: 0",
                "",
            ),
            (
                "The bridge opens on Monday. Read more at harbour.example",
                "The bridge opens on Monday.",
            ),
            ("الجسر يفتح غدا. اقرأ المزيد على موقعنا", "الجسر يفتح غدا."),
            ("Nothing to take out here.", "Nothing to take out here."),
        ] {
            assert_eq!(body_without_boilerplate(text), kept, "{text}");
        }
    }

    #[test]
    fn long_texts_keep_their_middle() {
        let body = "The council met on Monday and spoke of the harbour. ".repeat(60);
        let text = format!("{body}Subscribe now and cancel at any time. All rights reserved.");
        assert_eq!(body_without_boilerplate(&text), body.trim_end());
        assert_eq!(body_without_boilerplate(&body), body);
    }
}
