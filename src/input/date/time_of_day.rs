//! Times of day in dates.
//!
//! Input: the tokens of a date. Output: the first time of day, on a clock of 24 or 12 hours, with
//! colons, full stops or letters. Cost: linear in the tokens.

use std::ops::Range;

use super::token::Token::{self, Mark, Number, Space, Word};
use super::zone::{ends_with_iso_date, zone_at};

/// A time of day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    /// Seconds since midnight; 24:00 is the first second of the next day.
    pub(super) seconds: i64,
    /// Seconds east of Greenwich, if a zone follows the time.
    pub(super) offset: Option<i64>,
    /// Whether the time has AM or PM in Latin letters.
    pub(super) is_twelve_hour: bool,
}

/// The first time of day, and its tokens.
pub(super) fn find(tokens: &[Token]) -> Option<(TimeOfDay, Range<usize>)> {
    (0..tokens.len()).find_map(|at| {
        let (time, end) = time_of_day_at(tokens, at)?;
        Some((time, at..end))
    })
}

/// The time of day at a position with its half of the day and zone, and the end position.
fn time_of_day_at(tokens: &[Token], at: usize) -> Option<(TimeOfDay, usize)> {
    let (time, end) = time_at(tokens, at)?;
    let (half, end) = match half_at(tokens, end) {
        Some((half, end)) => (Some(half), end),
        None => (half_before(tokens, at), end),
    };
    let (offset, end) = match zone_at(tokens, end) {
        Some((offset, end)) => (Some(offset), end),
        None => (None, end),
    };
    let time = TimeOfDay {
        seconds: seconds(time, half)?,
        offset,
        is_twelve_hour: half.is_some_and(|half| half.is_latin),
    };
    Some((time, end))
}

/// Hour, minute and second as written.
type Time = (u32, u32, u32);

fn seconds((hour, minute, second): Time, half: Option<Half>) -> Option<i64> {
    let hour = match (half.map(|half| half.is_pm), hour) {
        (Some(false), 12) => 0,
        (Some(true), 1..=11) => hour + 12,
        _ => hour,
    };
    let is_time = hour < 24 && minute < 60 && second <= 60 || (hour, minute, second) == (24, 0, 0);
    is_time.then(|| i64::from(hour * 3600 + minute * 60 + second.min(59)))
}

/// The time at a position, and the end position.
fn time_at(tokens: &[Token], at: usize) -> Option<(Time, usize)> {
    if is_offset(&tokens[..at]) {
        return None;
    }
    let (time, length) = match &tokens[at..] {
        &[
            Number(h, 1 | 2),
            Mark(':'),
            Number(m, 2),
            Mark(':'),
            Number(s, 1 | 2),
            ref rest @ ..,
        ] => ((h, m, s), 5 + fraction(rest)),
        &[Number(h, 1 | 2), Mark(':'), Number(m, 2), ..] => ((h, m, 0), 3),
        &[Number(h, 1 | 2), Mark('.'), Number(m, 2), ..] if is_time_by_context(tokens, at) => {
            ((h, m, 0), 3)
        }
        [Number(h, 1 | 2), Word(unit, _), rest @ ..] if is_unit(unit, HOUR_UNITS) => {
            hours_and_minutes(*h, 2, rest)
        }
        [Number(h, 1 | 2), Space, Word(unit, _), rest @ ..] if unit == "h" => {
            hours_and_minutes(*h, 3, rest)
        }
        &[Number(h @ 1..=12, 1 | 2), ..] if is_hour_with_half(tokens, at) => ((h, 0, 0), 1),
        [Word(t, _), Number(time, digits @ (4 | 6)), ..] if t == "t" => {
            (compact_time(*time, *digits), 2)
        }
        _ => return None,
    };
    Some((time, at + length))
}

/// Whether the number behind these tokens is a zone offset.
fn is_offset(before: &[Token]) -> bool {
    match before {
        [.., Mark('+')] => true,
        [date @ .., Mark('-')] => ends_with_iso_date(date),
        _ => false,
    }
}

/// Whether a number is an hour with its half of the day. In "2026/9/5 م" the number is the day, and
/// the letter of PM marks the Gregorian calendar.
fn is_hour_with_half(tokens: &[Token], at: usize) -> bool {
    let is_day = matches!(
        &tokens[..at],
        [
            ..,
            Number(_, 4),
            Mark('-' | '/' | '.'),
            Number(..),
            Mark('-' | '/' | '.')
        ]
    );
    !is_day && half_at(tokens, at + 1).is_some()
}

/// "T2345" or "T234536".
fn compact_time(digits: u32, count: usize) -> Time {
    if count == 4 {
        (digits / 100, digits % 100, 0)
    } else {
        (digits / 10_000, digits / 100 % 100, digits % 100)
    }
}

/// The number of tokens of a fraction of a second.
fn fraction(rest: &[Token]) -> usize {
    match rest {
        [Mark('.'), Number(..), ..] | [Mark(','), Number(_, 3..), ..] => 2,
        _ => 0,
    }
}

const HOUR_UNITS: [char; 5] = ['h', '时', '時', '点', '시'];
const MINUTE_UNITS: [char; 3] = ['m', '分', '분'];
const SECOND_UNITS: [char; 3] = ['s', '秒', '초'];

/// Whether a word is a unit: a single Latin letter, or a CJK character, which the next word may
/// follow without a space.
fn is_unit<const N: usize>(word: &str, units: [char; N]) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| {
        units.contains(&first) && (!first.is_ascii() || letters.next().is_none())
    })
}

/// "19h45", "19 h 45", "23時45分36秒": what follows the unit of the hour.
fn hours_and_minutes(hour: u32, read: usize, rest: &[Token]) -> (Time, usize) {
    let (skipped, rest) = match rest {
        [Space, rest @ ..] => (1, rest),
        rest => (0, rest),
    };
    match rest {
        [
            Number(m, 1 | 2),
            Word(unit, _),
            Number(s, 1 | 2),
            Word(next, _),
            ..,
        ] if is_unit(unit, MINUTE_UNITS) && is_unit(next, SECOND_UNITS) => {
            ((hour, *m, *s), read + skipped + 4)
        }
        [Number(m, 1 | 2), Word(unit, _), ..] if is_unit(unit, MINUTE_UNITS) => {
            ((hour, *m, 0), read + skipped + 2)
        }
        [Number(m, 2), ..] => ((hour, *m, 0), read + skipped + 1),
        _ => ((hour, 0, 0), read),
    }
}

/// Whether "10.30" is a time: preceded by "kl", "um", "ore" or similar words, or followed by a half
/// of the day, a zone or "Uhr".
fn is_time_by_context(tokens: &[Token], at: usize) -> bool {
    const BEFORE: [&str; 7] = ["kl", "klo", "um", "ore", "alle", "ora", "at"];
    const BEHIND: [&str; 2] = ["uhr", "h"];
    let before = match &tokens[..at] {
        [.., Word(word, _), Space] | [.., Word(word, _), Mark('.'), Space] => {
            BEFORE.contains(&word.as_str())
        }
        _ => false,
    };
    let behind = match &tokens[at + 3..] {
        [Space, Word(word, _), ..] | [Word(word, _), ..] => BEHIND.contains(&word.as_str()),
        _ => false,
    };
    let is_zone =
        || matches!(&tokens[at + 3..], [Space, Word(..), ..]) && zone_at(tokens, at + 3).is_some();
    before || behind || half_at(tokens, at + 3).is_some() || is_zone()
}

/// AM or PM.
#[derive(Debug, Clone, Copy)]
struct Half {
    is_pm: bool,
    /// Whether the word is in Latin letters.
    is_latin: bool,
}

/// Words of AM behind a time, folded.
const AM: [&str; 5] = ["am", "ص", "صباحا", "فجرا", "πμ"];

/// Words of PM behind a time, folded.
const PM: [&str; 7] = ["pm", "م", "مساء", "مساءا", "عصرا", "ظهرا", "μμ"];

/// Words of AM before a time, in Chinese, Japanese and Korean.
const AM_BEFORE: [&str; 3] = ["上午", "午前", "오전"];

/// Words of PM before a time.
const PM_BEFORE: [&str; 4] = ["下午", "午後", "午后", "오후"];

/// The half of the day at a position, possibly behind a space, and the end position.
fn half_at(tokens: &[Token], at: usize) -> Option<(Half, usize)> {
    let at = at + usize::from(tokens.get(at) == Some(&Space));
    let Some(Word(word, _)) = tokens.get(at) else {
        return None;
    };
    let is_pm = PM.contains(&word.as_str());
    let is_half = is_pm || AM.contains(&word.as_str());
    is_half.then_some((
        Half {
            is_pm,
            is_latin: word.is_ascii(),
        },
        at + 1,
    ))
}

/// The half of the day at the end of the word before a position, as in "2025年10月15日下午8:30".
fn half_before(tokens: &[Token], at: usize) -> Option<Half> {
    let word = match &tokens[..at] {
        [.., Word(word, _), Space] | [.., Word(word, _)] => word.replace(' ', ""),
        _ => return None,
    };
    let is_pm = PM_BEFORE.iter().any(|half| word.ends_with(half));
    let is_half = is_pm || AM_BEFORE.iter().any(|half| word.ends_with(half));
    is_half.then_some(Half {
        is_pm,
        is_latin: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::date::token::tokens;

    fn time(text: &str) -> Option<String> {
        let (TimeOfDay { seconds, .. }, _) = find(&tokens(text))?;
        Some(format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ))
    }

    #[test]
    fn times_are_parsed() {
        let cases = [
            ("23:45", "23:45:00"),
            ("T23:45:36.123Z", "23:45:36"),
            ("23:45:60", "23:45:59"),
            ("24:00", "24:00:00"),
            ("11:45 PM", "23:45:00"),
            ("12:30 a.m.", "00:30:00"),
            ("12:30 p.m.", "12:30:00"),
            ("8 pm", "20:00:00"),
            ("15:30 PM", "15:30:00"),
            ("٨:٣٠ م", "20:30:00"),
            ("8:30 ص", "08:30:00"),
            ("8:30 مساءً", "20:30:00"),
            ("12:05 صباحاً", "00:05:00"),
            ("19h45", "19:45:00"),
            ("19 h 45", "19:45:00"),
            ("kl. 19.45", "19:45:00"),
            ("10.30 BST", "10:30:00"),
            ("19.45 Uhr", "19:45:00"),
            ("23时45分36秒", "23:45:36"),
            ("下午8:30", "20:30:00"),
            ("오후 8시 30분", "20:30:00"),
            ("T234536Z", "23:45:36"),
            ("15/10/2025-10:30", "10:30:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(time(text).as_deref(), Some(expected), "for {text:?}");
        }
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "25:00",
            "12:60",
            "24:30",
            "3:4",
            "10.30",
            "2026 م",
            "+03:00",
            "2025-10-15-05:00",
        ] {
            assert_eq!(time(text), None, "for {text:?}");
        }
    }
}
