//! Splits a title at its separators.
//!
//! Input: a title. Output: its [`Affix`]es: the pieces before the first and after the last
//! separator, and in brackets at either end. Cost: one scan.

use super::super::is_sign;

/// Side of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Front,
    Back,
}

/// Separator between an affix and the rest of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bar; a guillemet or bullet between spaces.
    Bar,
    /// A dash between spaces; after a sign of a script without spaces also without spaces.
    Dash,
    /// A colon.
    Colon,
    /// An ellipsis, or two points or more.
    Dots,
    /// Brackets around the affix.
    Brackets,
    /// The hyphen after the slug of a news agency: "UPDATE 2-Oil falls".
    Slug,
}

/// A piece at an edge of a title, which may be boilerplate, and the rest of the title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Affix<'a> {
    pub(super) side: Side,
    pub(super) mark: Mark,
    pub(super) text: &'a str,
    pub(super) rest: &'a str,
}

/// A separator as a range of bytes.
#[derive(Clone, Copy)]
struct Separator {
    mark: Mark,
    start: usize,
    end: usize,
}

const BARS: [char; 4] = ['|', '｜', '¦', '│'];
const BULLETS: [char; 4] = ['»', '›', '•', '·'];
const DASHES: [char; 6] = ['-', '–', '—', '―', '－', '_'];
const BRACKETS: [(char, char); 6] = [
    ('(', ')'),
    ('[', ']'),
    ('【', '】'),
    ('（', '）'),
    ('［', '］'),
    ('〔', '〕'),
];

/// The affixes of a title: brackets, a slug, after the last separator, before the first.
pub(super) fn affixes(title: &str) -> impl Iterator<Item = Affix<'_>> {
    let title = title.trim();
    let (mut first, mut last) = (None, None);
    for separator in separators(title) {
        first = first.or(Some(separator));
        last = Some(separator);
    }
    let front = first.map(|Separator { mark, start, end }| {
        affix(Side::Front, mark, &title[..start], &title[end..])
    });
    let back = last.map(|Separator { mark, start, end }| {
        affix(Side::Back, mark, &title[end..], &title[..start])
    });
    [
        bracketed_front(title),
        bracketed_back(title),
        slug(title),
        back,
        front,
    ]
    .into_iter()
    .flatten()
}

fn affix<'a>(side: Side, mark: Mark, text: &'a str, rest: &'a str) -> Affix<'a> {
    let rest = match side {
        Side::Front => rest.trim_start_matches(is_space_or_separator).trim_end(),
        Side::Back => rest.trim_end_matches(is_space_or_separator).trim_start(),
    };
    Affix {
        side,
        mark,
        text: text.trim(),
        rest,
    }
}

fn is_space_or_separator(c: char) -> bool {
    c.is_whitespace() || c == ':' || BARS.contains(&c) || DASHES.contains(&c)
}

fn bracketed_front(title: &str) -> Option<Affix<'_>> {
    let first = title.chars().next()?;
    let &(open, close) = BRACKETS.iter().find(|(open, _)| *open == first)?;
    let (text, rest) = title[open.len_utf8()..].split_once(close)?;
    Some(affix(Side::Front, Mark::Brackets, text, rest))
}

fn bracketed_back(title: &str) -> Option<Affix<'_>> {
    let last = title.chars().next_back()?;
    let &(open, close) = BRACKETS.iter().find(|(_, close)| *close == last)?;
    let (rest, text) = title[..title.len() - close.len_utf8()].rsplit_once(open)?;
    Some(affix(Side::Back, Mark::Brackets, text, rest))
}

/// "RPT-", "UPDATE 2-": capitals, an optional number, and a hyphen without a space after it.
fn slug(title: &str) -> Option<Affix<'_>> {
    let (text, rest) = title.split_once('-')?;
    let (word, number) = text.split_once(' ').unwrap_or((text, ""));
    let is_slug = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && rest.starts_with(|c: char| !c.is_whitespace());
    is_slug.then(|| affix(Side::Front, Mark::Slug, word, rest))
}

/// Whether the bytes of a title allow an affix. Without branches, so the compiler vectorizes the
/// loop: most titles have no affix and cost this scan only.
pub(super) fn may_have_affixes(title: &str) -> bool {
    title.bytes().fold(false, |any, byte| {
        any | may_begin_separator(byte) | matches!(byte, b'(' | b')' | b'[' | b']' | 0xe3)
    })
}

/// Whether a byte begins a separator, or another character with the same first byte.
fn may_begin_separator(byte: u8) -> bool {
    matches!(byte, b':' | b'.' | b'|' | b'-' | b'_' | 0xc2 | 0xe2 | 0xef)
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        matches!(c, ':' | '.' | '|' | '-' | '_')
    } else {
        matches!(c, '：' | '…') || BARS.contains(&c) || DASHES.contains(&c) || BULLETS.contains(&c)
    }
}

/// The separators of a title; a run of one character is one separator.
fn separators(title: &str) -> impl Iterator<Item = Separator> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = title
            .as_bytes()
            .get(at..)?
            .iter()
            .position(|&byte| may_begin_separator(byte))
        {
            let start = at + found;
            let c = title[start..].chars().next()?;
            at = start + c.len_utf8();
            if !is_separator(c) {
                continue;
            }
            let run = title[start..]
                .find(|next| next != c)
                .unwrap_or(title.len() - start);
            at = start + run;
            if let Some(mark) = mark(title, c, start, at) {
                return Some(Separator {
                    mark,
                    start,
                    end: at,
                });
            }
        }
        None
    })
}

/// Kind of the separator that the run of `c` from `start` to `end` is; `None` if it is none.
fn mark(title: &str, c: char, start: usize, end: usize) -> Option<Mark> {
    let before = title[..start].chars().next_back();
    let after = title[end..].chars().next();
    let spaced = before.is_some_and(char::is_whitespace) && after.is_some_and(char::is_whitespace);
    let in_signs = before.is_some_and(|c| is_sign(c.encode_utf8(&mut [0; 4])));
    let in_number = before.is_some_and(char::is_numeric) && after.is_some_and(char::is_numeric);
    match c {
        _ if before.is_none() || after.is_none() => None,
        ':' | '：' => (!in_number && after != Some('/')).then_some(Mark::Colon),
        '.' => (end - start > 1).then_some(Mark::Dots),
        '…' => Some(Mark::Dots),
        '»' | '›' => (spaced && !title.contains(['«', '‹'])).then_some(Mark::Bar),
        '•' | '·' => spaced.then_some(Mark::Bar),
        _ if DASHES.contains(&c) => (spaced || in_signs && !in_number).then_some(Mark::Dash),
        _ => Some(Mark::Bar),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn titles_with_affixes_may_have_affixes(title in "(\\PC|[-|:._()\\[\\] ]){0,12}") {
            prop_assert!(may_have_affixes(&title) || affixes(&title).next().is_none());
        }
    }

    #[test]
    fn separators_and_brackets_begin_with_known_bytes() {
        let brackets = BRACKETS.iter().flat_map(|&(open, close)| [open, close]);
        for c in BARS
            .into_iter()
            .chain(BULLETS)
            .chain(DASHES)
            .chain(['：', '…'])
        {
            assert!(may_begin_separator(c.to_string().as_bytes()[0]), "{c}");
        }
        for c in brackets {
            assert!(may_have_affixes(&c.to_string()), "{c}");
        }
        assert!(!may_have_affixes(
            "Fed raises rates again, الشرع يزور موسكو"
        ));
    }
}
