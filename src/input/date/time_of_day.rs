//! The pieces of a date in, the time of day in it out: of 24 hours or of 12, with colons, full
//! stops or letters.

use std::ops::Range;

use super::token::Token::{self, Mark, Number, Space, Word};
use super::zone::{is_behind_iso_date, zone_at};

/// A time of day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Clock {
    /// Seconds since the day began; 24:00 is the next day's first.
    pub(super) seconds: i64,
    /// Seconds east of Greenwich, if a zone stands behind the time.
    pub(super) offset: Option<i64>,
    /// Whether it says AM or PM in Latin letters.
    pub(super) is_of_twelve: bool,
}

/// The first time of day, and the pieces that say it.
pub(super) fn find(tokens: &[Token]) -> Option<(Clock, Range<usize>)> {
    (0..tokens.len()).find_map(|at| {
        let (time, end) = time_at(tokens, at)?;
        let (half, end) = half_at(tokens, end)
            .map_or((half_before(tokens, at), end), |(half, end)| {
                (Some(half), end)
            });
        let (offset, end) =
            zone_at(tokens, end).map_or((None, end), |(offset, end)| (Some(offset), end));
        let is_english = half.is_some_and(|half| half.is_english);
        Some((
            Clock {
                seconds: seconds(time, half)?,
                offset,
                is_of_twelve: is_english,
            },
            at..end,
        ))
    })
}

/// Hours, minutes and seconds as they stand.
type Time = (u32, u32, u32);

fn seconds((hour, minute, second): Time, half: Option<Half>) -> Option<i64> {
    let hour = match (half.map(|half| half.is_late), hour) {
        (Some(false), 12) => 0,
        (Some(true), 1..=11) => hour + 12,
        _ => hour,
    };
    let is_time = hour < 24 && minute < 60 && second <= 60 || (hour, minute, second) == (24, 0, 0);
    is_time.then(|| i64::from(hour * 3600 + minute * 60 + second.min(59)))
}

/// The time that begins at a place, and where it ends.
fn time_at(tokens: &[Token], at: usize) -> Option<(Time, usize)> {
    let before = &tokens[..at];
    let is_offset = matches!(before, [.., Mark('+')])
        || matches!(before, [date @ .., Mark('-')] if is_behind_iso_date(date));
    // "2026/9/5 م": the day of a date, behind which Arabic marks the Gregorian calendar with the
    // letter of PM.
    let is_day = matches!(
        before,
        [
            ..,
            Number(_, 4),
            Mark('-' | '/' | '.'),
            Number(..),
            Mark('-' | '/' | '.')
        ]
    );
    let (time, length) = match &tokens[at..] {
        _ if is_offset => return None,
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
        &[Number(h @ 1..=12, 1 | 2), ..] if !is_day && half_at(tokens, at + 1).is_some() => {
            ((h, 0, 0), 1)
        }
        // "20251015T2345", "20251015T234536".
        [Word(t, _), Number(v, 4), ..] if t == "t" => ((v / 100, v % 100, 0), 2),
        [Word(t, _), Number(v, 6), ..] if t == "t" => ((v / 10_000, v / 100 % 100, v % 100), 2),
        _ => return None,
    };
    Some((time, at + length))
}

/// How many pieces a fraction of a second takes.
fn fraction(rest: &[Token]) -> usize {
    match rest {
        [Mark('.'), Number(..), ..] | [Mark(','), Number(_, 3..), ..] => 2,
        _ => 0,
    }
}

const HOUR_UNITS: [char; 5] = ['h', '时', '時', '点', '시'];
const MINUTE_UNITS: [char; 3] = ['m', '分', '분'];
const SECOND_UNITS: [char; 3] = ['s', '秒', '초'];

/// Whether a word is a unit: a Latin letter alone, or a sign that the next word may follow without
/// a space.
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

/// Whether "10.30" is a time: before it stands "kl", "um", "ore" or their like, or behind it a half
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

/// A half of the day, as clocks of twelve hours name it.
#[derive(Debug, Clone, Copy)]
struct Half {
    is_late: bool,
    is_english: bool,
}

/// The words behind a time, folded.
const MORNING: [&str; 5] = ["am", "ص", "صباحا", "فجرا", "πμ"];
const AFTERNOON: [&str; 7] = ["pm", "م", "مساء", "مساءا", "عصرا", "ظهرا", "μμ"];

/// The words before a time, in Chinese, Japanese and Korean.
const MORNING_BEFORE: [&str; 3] = ["上午", "午前", "오전"];
const AFTERNOON_BEFORE: [&str; 4] = ["下午", "午後", "午后", "오후"];

/// The half of the day at a place, perhaps behind a space, and where it ends.
fn half_at(tokens: &[Token], at: usize) -> Option<(Half, usize)> {
    let at = at + usize::from(tokens.get(at) == Some(&Space));
    let Some(Word(word, _)) = tokens.get(at) else {
        return None;
    };
    let is_late = AFTERNOON.contains(&word.as_str());
    let is_half = is_late || MORNING.contains(&word.as_str());
    is_half.then_some((
        Half {
            is_late,
            is_english: word.is_ascii(),
        },
        at + 1,
    ))
}

/// The half of the day that ends the word before a place, as in "2025年10月15日下午8:30".
fn half_before(tokens: &[Token], at: usize) -> Option<Half> {
    let word = match &tokens[..at] {
        [.., Word(word, _), Space] | [.., Word(word, _)] => word.replace(' ', ""),
        _ => return None,
    };
    let is_late = AFTERNOON_BEFORE.iter().any(|half| word.ends_with(half));
    let is_half = is_late || MORNING_BEFORE.iter().any(|half| word.ends_with(half));
    is_half.then_some(Half {
        is_late,
        is_english: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::date::token::tokens;

    fn clock(text: &str) -> Option<String> {
        let (Clock { seconds, .. }, _) = find(&tokens(text))?;
        Some(format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ))
    }

    #[test]
    fn times_are_read() {
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
            assert_eq!(clock(text).as_deref(), Some(expected), "for {text:?}");
        }
    }

    #[test]
    fn what_is_no_time_gives_none() {
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
            assert_eq!(clock(text), None, "for {text:?}");
        }
    }
}
