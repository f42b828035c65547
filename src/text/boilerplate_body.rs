//! Takes out of a text what outlets and feed makers add to every text: forum footers,
//! advertisements, cookie notices, "read more" endings.
//!
//! Input: the text of an item. Output: the text without its furniture, borrowed where there is
//! none. Boilerplate would make copies of unrelated items. The phrases are fixed, so what is left
//! of an item does not depend on the other items. Cost: linear in a short text; of a long one only
//! both ends are searched.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

/// A long text is searched in its first and its last part of this many bytes only: furniture stands
/// at the ends.
const SEARCHED_BYTES: usize = 600;

/// How a phrase of furniture goes on.
#[derive(Clone, Copy)]
enum Extent {
    /// To the end of its sentence.
    Sentence,
    /// To the end of the text.
    Rest,
}

use Extent::{Rest, Sentence};

/// Phrases with which furniture begins, in lower case, and how far it goes.
const PHRASES: [(&str, Extent); 46] = [
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

/// An automaton that finds phrases in any case of ASCII letters (Aho and Corasick 1975).
fn automaton<'p>(phrases: impl IntoIterator<Item = &'p str>) -> AhoCorasick {
    let mut builder = AhoCorasickBuilder::new();
    builder
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest);
    builder
        .build(phrases)
        .expect("a few short phrases make an automaton")
}

static FURNITURE: LazyLock<AhoCorasick> =
    LazyLock::new(|| automaton(PHRASES.map(|(phrase, _)| phrase)));

static NOTICES: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(NOTICE_PHRASES));

/// The first phrase of furniture that does not begin within a word, and how far it goes.
fn first_phrase(text: &str) -> Option<(usize, Extent)> {
    let begins = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
    let found = FURNITURE
        .find_iter(text)
        .find(|found| begins(found.start()))?;
    Some((found.start(), PHRASES[found.pattern().as_usize()].1))
}

/// The text without its furniture.
///
/// ```
/// use qissa::text::body_without_boilerplate;
/// let text = "The ferry sails again. Follow us on Facebook and X. The fare stays as it was.";
/// assert_eq!(body_without_boilerplate(text), "The ferry sails again. The fare stays as it was.");
/// ```
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

/// The title; none where a machine has put a notice in its place.
pub fn title_without_notice(title: &str) -> &str {
    if title.len() <= NOTICE_BYTES && NOTICES.is_match(title) {
        ""
    } else {
        title
    }
}

/// A title of more bytes says more than a notice does.
const NOTICE_BYTES: usize = 90;

/// What machines write where a post has no title, in lower case.
const NOTICE_PHRASES: [&str; 3] = [
    "this media is not supported in your browser",
    "view in app",
    "please open telegram to view",
];

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

/// The head of a long text without its furniture: what would go on to the end of the text ends with
/// its sentence.
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

/// What follows the first sentence of a text.
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
    fn what_stands_under_every_item_is_taken_out() {
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
    fn a_long_text_keeps_its_middle() {
        let body = "The council met on Monday and spoke of the harbour. ".repeat(60);
        let text = format!("{body}Subscribe now and cancel at any time. All rights reserved.");
        assert_eq!(body_without_boilerplate(&text), body.trim_end());
        assert_eq!(body_without_boilerplate(&body), body);
    }
}
