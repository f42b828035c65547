//! A headline in, the pieces at its two edges out that a mark sets off from the rest. One scan.

use super::super::is_sign;

/// Where a piece stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Front,
    Back,
}

/// What sets a piece off from the rest of a headline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// A bar, or a guillemet or bullet between spaces.
    Bar,
    /// A dash between spaces; in Han text also without.
    Dash,
    /// A colon.
    Colon,
    /// Two points or more.
    Dots,
    /// Brackets around the piece.
    Brackets,
    /// The hyphen behind the capitals of a wire's slug: "UPDATE 2-Oil falls".
    Slug,
}

/// A piece at an edge of a headline, and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge<'a> {
    pub(super) side: Side,
    pub(super) mark: Mark,
    pub(super) text: &'a str,
    pub(super) rest: &'a str,
}

/// A mark between two pieces, as a range of bytes.
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

/// The pieces at the edges of a headline: in brackets, before the first mark, behind the last.
pub(super) fn edges(title: &str) -> impl Iterator<Item = Edge<'_>> {
    let title = title.trim();
    let (mut first, mut last) = (None, None);
    for cut in separators(title) {
        first = first.or(Some(cut));
        last = Some(cut);
    }
    let front = first.map(|cut| {
        edge(
            Side::Front,
            cut.mark,
            &title[..cut.start],
            &title[cut.end..],
        )
    });
    let back = last.map(|cut| edge(Side::Back, cut.mark, &title[cut.end..], &title[..cut.start]));
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

fn edge<'a>(side: Side, mark: Mark, text: &'a str, rest: &'a str) -> Edge<'a> {
    let is_loose =
        |c: char| c.is_whitespace() || c == ':' || BARS.contains(&c) || DASHES.contains(&c);
    let rest = match side {
        Side::Front => rest.trim_start_matches(is_loose).trim_end(),
        Side::Back => rest.trim_end_matches(is_loose).trim_start(),
    };
    Edge {
        side,
        mark,
        text: text.trim(),
        rest,
    }
}

fn bracketed_front(title: &str) -> Option<Edge<'_>> {
    let first = title.chars().next()?;
    let &(open, close) = BRACKETS.iter().find(|(open, _)| *open == first)?;
    let (text, rest) = title[open.len_utf8()..].split_once(close)?;
    Some(edge(Side::Front, Mark::Brackets, text, rest))
}

fn bracketed_back(title: &str) -> Option<Edge<'_>> {
    let last = title.chars().next_back()?;
    let &(open, close) = BRACKETS.iter().find(|(_, close)| *close == last)?;
    let (rest, text) = title[..title.len() - close.len_utf8()].rsplit_once(open)?;
    Some(edge(Side::Back, Mark::Brackets, text, rest))
}

/// "RPT-", "UPDATE 2-": capitals, perhaps a number, and a hyphen that touches what follows.
fn slug(title: &str) -> Option<Edge<'_>> {
    let (text, rest) = title.split_once('-')?;
    let (word, number) = text.split_once(' ').unwrap_or((text, ""));
    let fits = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_uppercase())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && rest.starts_with(|c: char| !c.is_whitespace());
    fits.then(|| edge(Side::Front, Mark::Slug, word, rest))
}

/// Whether there may be an edge, by bytes alone: most headlines have none, so they cost no more
/// than this.
pub(super) fn may_have_edges(title: &str) -> bool {
    title.bytes().fold(false, |any, byte| {
        any | may_begin_mark(byte) | matches!(byte, b'(' | b')' | b'[' | b']' | 0xe3)
    })
}

/// Whether a byte is the first of a mark that stands between two pieces, or perhaps of another
/// character.
fn may_begin_mark(byte: u8) -> bool {
    matches!(byte, b':' | b'.' | b'|' | b'-' | b'_' | 0xc2 | 0xe2 | 0xef)
}

fn separators(title: &str) -> impl Iterator<Item = Separator> {
    let is_mark = |c: char| match c.is_ascii() {
        true => matches!(c, ':' | '.' | '|' | '-' | '_'),
        false => {
            matches!(c, '：' | '…')
                || [&BARS[..], &DASHES, &BULLETS]
                    .iter()
                    .any(|marks| marks.contains(&c))
        }
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(found) = title
            .as_bytes()
            .get(at..)?
            .iter()
            .position(|&byte| may_begin_mark(byte))
        {
            let start = at + found;
            let c = title[start..].chars().next()?;
            at = start + c.len_utf8();
            if !is_mark(c) {
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

/// What the run of one mark from `start` to `end` is, if it separates.
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
        fn what_has_edges_may_have_them(title in "(\\PC|[-|:._()\\[\\] ]){0,12}") {
            prop_assert!(may_have_edges(&title) || edges(&title).next().is_none());
        }
    }

    #[test]
    fn each_mark_begins_as_marks_do() {
        let brackets = BRACKETS.iter().flat_map(|&(open, close)| [open, close]);
        for c in BARS
            .into_iter()
            .chain(BULLETS)
            .chain(DASHES)
            .chain(['：', '…'])
        {
            assert!(may_begin_mark(c.to_string().as_bytes()[0]), "{c}");
        }
        for c in brackets {
            assert!(may_have_edges(&c.to_string()), "{c}");
        }
        assert!(!may_have_edges("Fed raises rates again, الشرع يزور موسكو"));
    }
}
