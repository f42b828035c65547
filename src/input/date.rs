//! Dates in the notations of feeds and web pages to timestamps.
//!
//! Input: a text. Output: a [`Timestamp`], or `None` if the text is ambiguous or no date: a wrong
//! date is worse than none. Cost: linear in the text.
//!
//! Numbers and RFC 3339 are parsed directly. Any other text is split into tokens; the time of day
//! with its zone is removed; adjacent day, month and year in the rest are the date.

mod names;
mod time_of_day;
mod token;
mod zone;

use std::ops::Range;

use jiff::civil;
use jiff::tz::TimeZone;

use crate::article::Timestamp;

use self::names::Name;
use self::token::Token;

/// Parses a date: RFC 3339, RFC 2822, seconds or milliseconds since 1970, "2025-10-15@23:45:36
/// GMT", "mar. 3 juin 2025 à 19h45", "15 تشرين الأول/أكتوبر 2025 8:30 م", and similar notations in
/// about sixty languages.
///
/// A date without a known zone is in UTC. Abbreviations of several zones have the meaning of the tz
/// database and RFC 822: IST is India, BST British Summer Time, EST and CST are American, AST is
/// Atlantic, GST the Gulf. "4/5/2025" is 4 May, unless the day of the week says otherwise; with AM
/// or PM it is ambiguous, because Americans write the month first.
///
/// Dates of other calendars are not converted: "4 ربيع الآخر 1448هـ - 15 سبتمبر 2026م" gives its
/// Gregorian date, a Hijri date alone gives `None`. Years before the first newspaper (1605) or
/// after 2199 give `None`, and so do the default dates of software, such as 1970-01-01.
///
/// ```
/// use qissa::input::parse_date;
/// assert_eq!(parse_date("15 Oct 2025 19:45 EDT"), parse_date("2025-10-15T23:45:00Z"));
/// assert_eq!(parse_date("yesterday"), None);
/// ```
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    exact(text)
        .or_else(|| in_words(text))
        .filter(|&date| is_plausible(date))
}

const SECONDS_PER_DAY: i64 = 86_400;

/// Years of plausible dates: the first newspaper was published in 1605.
const PLAUSIBLE_YEARS: Range<u32> = 1605..2200;

/// The same years, in days since 1970.
const PLAUSIBLE_DAYS: Range<i64> = -133_313..84_006;

/// Default dates of software, in days since 1970: 1753-01-01, 1899-12-30, 1899-12-31, 1900-01-01,
/// 1969-12-31 (1970-01-01 in American time) and 1970-01-01.
const DEFAULT_DAYS: [i64; 6] = [-79_257, -25_569, -25_568, -25_567, -1, 0];

fn is_plausible(date: Timestamp) -> bool {
    let day = date.0.div_euclid(SECONDS_PER_DAY);
    PLAUSIBLE_DAYS.contains(&day) && !DEFAULT_DAYS.contains(&day)
}

/// Compact dates, Unix times and RFC 3339.
fn exact(text: &str) -> Option<Timestamp> {
    if let Some(date) = compact(text) {
        return Some(date);
    }
    if let Some(number) = unix_number(text) {
        return unix_time(number);
    }
    let date: jiff::Timestamp = text.parse().ok()?;
    Some(Timestamp(date.as_second()))
}

/// A Unix time in seconds, milliseconds, microseconds or nanoseconds, by its magnitude.
fn unix_time(number: i64) -> Option<Timestamp> {
    let seconds = match number.unsigned_abs() {
        0..100_000_000 => return None,
        100_000_000..100_000_000_000 => number,
        100_000_000_000..100_000_000_000_000 => number / 1_000,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1_000_000,
        _ => number / 1_000_000_000,
    };
    Some(Timestamp(seconds))
}

/// The whole part of a number: 1760571936, 1760571936.25, "/Date(1760571936000)/".
fn unix_number(text: &str) -> Option<i64> {
    let number = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
        .unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        return None;
    }
    whole.parse().ok()
}

/// Years of dates in one run of digits; other numbers begin otherwise.
const COMPACT_YEARS: Range<i16> = 1900..2200;

/// 20251015, 202510152345, 20251015T234536Z and 20251015234536, the notations of GDELT and
/// archives.
fn compact(text: &str) -> Option<Timestamp> {
    let is_compact = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z');
    if !text.bytes().all(is_compact) {
        return None;
    }
    let digits = text.replace(['T', 'Z'], "");
    if !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let year: i16 = digits[..4].parse().ok()?;
    if !COMPACT_YEARS.contains(&year) {
        return None;
    }
    let [month, day] = [two_digits(&digits, 4)?, two_digits(&digits, 6)?];
    let [hour, minute, second] = [
        two_digits(&digits, 8)?,
        two_digits(&digits, 10)?,
        two_digits(&digits, 12)?,
    ];
    let time = civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    Some(Timestamp(
        TimeZone::UTC.to_timestamp(time).ok()?.as_second(),
    ))
}

/// The number in two digits; 0 behind the end.
fn two_digits(digits: &str, at: usize) -> Option<i8> {
    match digits.get(at..at + 2) {
        Some(number) => number.parse().ok(),
        None => Some(0),
    }
}

/// Bytes of a text that are searched for a date.
const MAX_DATE_BYTES: usize = 256;

/// The date in a text of words and numbers.
fn in_words(text: &str) -> Option<Timestamp> {
    let mut tokens = token::tokens(&text[..text.floor_char_boundary(MAX_DATE_BYTES)]);
    let time = take_time(&mut tokens);
    let offset = time.offset.or_else(|| take_zone(&mut tokens));
    let day = month_alone(&tokens).or_else(|| day_of(parts(&tokens), time.is_twelve_hour))?;
    let midnight = TimeZone::UTC
        .to_timestamp(day.to_datetime(civil::Time::midnight()))
        .ok()?;
    let seconds = midnight.as_second() + time.seconds;
    Some(Timestamp(seconds - offset.unwrap_or(0)))
}

/// Replaces the time of day by a gap.
fn take_time(tokens: &mut Vec<Token>) -> time_of_day::TimeOfDay {
    let Some((time, place)) = time_of_day::find(tokens) else {
        return time_of_day::TimeOfDay::default();
    };
    tokens.splice(place, [Token::Gap]);
    time
}

/// Replaces a zone that is apart from the time by a space.
fn take_zone(tokens: &mut Vec<Token>) -> Option<i64> {
    let (offset, place) = zone::find(tokens)?;
    tokens.splice(place, [Token::Space]);
    Some(offset)
}

/// The first day of "2025-10".
fn month_alone(tokens: &[Token]) -> Option<civil::Date> {
    match *tokens {
        [
            Token::Number(year, 4),
            Token::Mark('-' | '/'),
            Token::Number(month, 2),
        ] => civil_date(year, month, 1),
        _ => None,
    }
}

/// A part of a date.
#[derive(Debug, Clone, PartialEq)]
enum DatePart {
    /// A number and its count of digits.
    Number(u32, usize),
    /// A word that names a month, and possibly a day of the week.
    Month(Name),
    /// A word that only names days of the week. It may be between the other parts.
    Weekday(Name),
    /// A date in numbers: its possible days, the most likely first.
    Date(Vec<civil::Date>),
    /// The place of the time of day.
    Gap,
    /// A part that no date contains.
    Other,
}

/// Words that may be in a date, folded.
const CONNECTIVES: [&str; 25] = [
    "of", "the", "de", "del", "di", "da", "do", "du", "d", "le", "el", "la", "den", "der", "ngay",
    "nam", "من", "شهر", "عام", "سنه", "لعام", "г", "года", "року", "m",
];

/// Words behind a year of the Hijri calendar, folded.
const HIJRI: [&str; 6] = ["ه", "هج", "هجري", "هجريه", "هش", "ah"];

fn parts(tokens: &[Token]) -> Vec<DatePart> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let follows_number = at > 0 && matches!(tokens[at - 1], Token::Number(..));
        let (part, length) = part(&tokens[at..], follows_number);
        parts.extend(part);
        at += length;
    }
    parts
}

/// The part that tokens begin with, if any, and the number of its tokens.
fn part(tokens: &[Token], follows_number: bool) -> (Option<DatePart>, usize) {
    use Token::{Gap, Number, Space, Word};
    match tokens {
        [Gap, ..] => (Some(DatePart::Gap), 1),
        [Number(..), Word(mark, _), ..] if HIJRI.contains(&mark.as_str()) => {
            (Some(DatePart::Other), 2)
        }
        [Number(..), Space, Word(mark, _), ..] if HIJRI.contains(&mark.as_str()) => {
            (Some(DatePart::Other), 3)
        }
        [Number(value, digits), ..] => {
            numeric_date(tokens).unwrap_or((Some(DatePart::Number(*value, *digits)), 1))
        }
        // Vietnamese numbers its months.
        &[Word(ref month, _), Space, Number(number @ 1..=12, _), ..]
            if month == "thang" || month == "thg" =>
        {
            let months = 1 << (number - 1);
            (Some(DatePart::Month(Name { months, days: 0 })), 3)
        }
        [Word(word, _), rest @ ..] => word_part(word, rest, follows_number),
        _ => (None, 1),
    }
}

/// The part of a word, or of two words.
fn word_part(word: &str, rest: &[Token], follows_number: bool) -> (Option<DatePart>, usize) {
    if let [Token::Space, Token::Word(second, _), ..] = rest
        && let Some(part) = named(&format!("{word} {second}"))
    {
        return (Some(part), 3);
    }
    // Suffixes of ordinal numbers and connectives are ignored.
    let is_ignored = follows_number || CONNECTIVES.contains(&word);
    let other = if is_ignored {
        None
    } else {
        Some(DatePart::Other)
    };
    (named(word).or(other), 1)
}

fn named(words: &str) -> Option<DatePart> {
    let name = Name::of(words)?;
    Some(if name.months == 0 {
        DatePart::Weekday(name)
    } else {
        DatePart::Month(name)
    })
}

/// The numeric date that tokens begin with: "2025-10-15", "15/10/2025", "15. 10. 2025",
/// "2025年10月15日", "20251015". Other numbers in a row are no part of a date.
fn numeric_date(tokens: &[Token]) -> Option<(Option<DatePart>, usize)> {
    if let Some((day, length)) = date_with_units(tokens) {
        return Some((Some(DatePart::Date(vec![day])), length));
    }
    if let [Token::Number(value, 8), ..] = *tokens {
        let day = civil_date(value / 10_000, value / 100 % 100, value % 100);
        let day = day.filter(|day| COMPACT_YEARS.contains(&day.year()));
        let part = day.map_or(DatePart::Other, |day| DatePart::Date(vec![day]));
        return Some((Some(part), 1));
    }
    let (numbers, separator, length) = number_row(tokens);
    let days = possible_days(&numbers, separator == [Token::Mark('/')]);
    if !days.is_empty() {
        return Some((Some(DatePart::Date(days)), length));
    }
    (separator.len() == 1).then_some((Some(DatePart::Other), length))
}

/// "2025年10月15日", "2025년 10월 15일".
fn date_with_units(tokens: &[Token]) -> Option<(civil::Date, usize)> {
    use Token::{Number, Space, Word};
    const UNITS: [[char; 3]; 3] = [['年', '년', '年'], ['月', '월', '月'], ['日', '일', '号']];
    let (units, [year, month, day], length) = match tokens {
        [
            Number(year, 4),
            Word(y, _),
            Number(month, _),
            Word(m, _),
            Number(day, _),
            Word(d, _),
            ..,
        ] => ([y, m, d], [*year, *month, *day], 6),
        [
            Number(year, 4),
            Word(y, _),
            Space,
            Number(month, _),
            Word(m, _),
            Space,
            Number(day, _),
            Word(d, _),
            ..,
        ] => ([y, m, d], [*year, *month, *day], 8),
        _ => return None,
    };
    let mut pairs = units.iter().zip(UNITS);
    if !pairs.all(|(word, units)| word.starts_with(units)) {
        return None;
    }
    // The last word may continue with a day of the week or a half of the day, so it is not
    // consumed.
    Some((civil_date(year, month, day)?, length - 1))
}

/// The numbers with equal separators that tokens begin with, the separator with its spaces, and the
/// number of tokens.
fn number_row(tokens: &[Token]) -> (Vec<(u32, usize)>, &[Token], usize) {
    use Token::{Mark, Number, Space};
    let mut numbers = Vec::new();
    let mut separator: &[Token] = &[];
    let mut at = 0;
    while let Some(Number(value, digits)) = tokens.get(at) {
        numbers.push((*value, *digits));
        let length = match &tokens[at + 1..] {
            [Mark('-' | '/' | '.'), Number(..), ..] => 1,
            [Mark('-' | '/' | '.'), Space, Number(..), ..] => 2,
            [Space, Mark('-' | '/' | '.'), Space, Number(..), ..] => 3,
            _ => return (numbers, separator, at + 1),
        };
        let next = &tokens[at + 1..=at + length];
        if !separator.is_empty() && separator != next {
            return (numbers, separator, at + 1);
        }
        separator = next;
        at += 1 + length;
    }
    (numbers, separator, at)
}

/// The days that three numbers may mean, the most likely first: the day before the month, unless no
/// such day exists. With slashes, Americans write the month before the day.
fn possible_days(numbers: &[(u32, usize)], has_slashes: bool) -> Vec<civil::Date> {
    match *numbers {
        [(year, 4), (month, 1 | 2), (day, 1 | 2)] => {
            civil_date(year, month, day).into_iter().collect()
        }
        [(first, 1 | 2), (second, 1 | 2), (year, 4)] => {
            let mut days: Vec<civil::Date> = Vec::new();
            days.extend(civil_date(year, second, first));
            if days.is_empty() || has_slashes {
                days.extend(civil_date(year, first, second));
                days.dedup();
            }
            days
        }
        _ => Vec::new(),
    }
}

fn civil_date(year: u32, month: u32, day: u32) -> Option<civil::Date> {
    if !PLAUSIBLE_YEARS.contains(&year) {
        return None;
    }
    let year = i16::try_from(year).ok()?;
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Possible days, and the number of parts that state them.
type PossibleDays = (Vec<civil::Date>, usize);

/// The first day that the parts state; `None` if they are ambiguous. A text with AM or PM may have
/// the month before the day.
fn day_of(parts: Vec<DatePart>, is_twelve_hour: bool) -> Option<civil::Date> {
    let (weekdays, others): (Vec<DatePart>, Vec<DatePart>) = parts
        .into_iter()
        .partition(|part| matches!(part, DatePart::Weekday(_)));
    let (days, place) = first(&others, with_year).or_else(|| first(&others, with_short_year))?;
    let is_numeric = matches!(others[place.start], DatePart::Date(_));
    let outside = others[..place.start].iter().chain(&others[place.end..]);
    let week = weekdays.iter().chain(outside).fold(0, |week, part| {
        week | match part {
            DatePart::Weekday(name) | DatePart::Month(name) => name.days,
            _ => 0,
        }
    });
    let mut agreeing = days
        .iter()
        .filter(|day| week & 1 << day.weekday().to_monday_zero_offset() != 0);
    match (agreeing.next(), agreeing.next(), &days[..]) {
        (Some(day), None, _) => Some(*day),
        (_, _, [day]) => Some(*day),
        (_, _, [day, ..]) if is_numeric && !is_twelve_hour => Some(*day),
        _ => None,
    }
}

/// The first place where parts state days.
fn first(
    parts: &[DatePart],
    find: fn(&[DatePart]) -> Option<PossibleDays>,
) -> Option<(Vec<civil::Date>, Range<usize>)> {
    (0..parts.len()).find_map(|at| {
        let (days, length) = find(&parts[at..])?;
        Some((days, at..at + length))
    })
}

/// The days that parts begin with, in any usual order of day, month and year.
fn with_year(parts: &[DatePart]) -> Option<PossibleDays> {
    use DatePart::{Date, Gap, Month, Number};
    match parts {
        [Date(days), ..] => Some((days.clone(), 1)),
        [Number(day, 1 | 2), Month(name), Number(year, 4), ..]
        | [Month(name), Number(day, 1 | 2), Number(year, 4), ..]
        | [Number(year, 4), Month(name), Number(day, 1 | 2), ..] => {
            days_named(*year, name.months, *day, 3)
        }
        // "Wed Oct 15 19:45:36 2025".
        [Number(day, 1 | 2), Month(name), Gap, Number(year, 4), ..]
        | [Month(name), Number(day, 1 | 2), Gap, Number(year, 4), ..] => {
            days_named(*year, name.months, *day, 4)
        }
        // "15 تشرين الأول/أكتوبر 2025" names one month twice.
        [
            Number(day, 1 | 2),
            Month(name),
            Month(other),
            Number(year, 4),
            ..,
        ]
        | [
            Month(name),
            Month(other),
            Number(day, 1 | 2),
            Number(year, 4),
            ..,
        ] => days_named(*year, name.months & other.months, *day, 4),
        _ => None,
    }
}

/// "15 Oct 25", the notation of RFC 822, followed by the time or nothing.
fn with_short_year(parts: &[DatePart]) -> Option<PossibleDays> {
    use DatePart::{Gap, Month, Number};
    match parts {
        [Number(day, 1 | 2), Month(name), Number(year, 2)]
        | [Number(day, 1 | 2), Month(name), Number(year, 2), Gap, ..] => {
            let year = if *year < 70 { 2000 + year } else { 1900 + year };
            days_named(year, name.months, *day, 3)
        }
        _ => None,
    }
}

/// The day of a year in each month of a set; `None` if no such day exists.
fn days_named(year: u32, months: u16, day: u32, length: usize) -> Option<PossibleDays> {
    let days: Vec<civil::Date> = (1..=12)
        .filter(|month| months & 1 << (month - 1) != 0)
        .filter_map(|month| civil_date(year, month, day))
        .collect();
    (!days.is_empty()).then_some((days, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_of_every_kind_are_read() {
        let cases = [
            ("2025-10-15T23:45:36Z", "2025-10-15T23:45:36Z"),
            ("2025-10-15T23:45:36+03:00", "2025-10-15T20:45:36Z"),
            ("Wed, 15 Oct 2025 23:45:36 GMT", "2025-10-15T23:45:36Z"),
            ("Tue, 15 Oct 2025 23:45:36 +0300", "2025-10-15T20:45:36Z"),
            ("Wed, 15 Oct 2025 19:45:36 EDT", "2025-10-15T23:45:36Z"),
            ("2025-10-15@23:45:36 GMT", "2025-10-15T23:45:36Z"),
            ("5th, September 2023 GMT", "2023-09-05T00:00:00Z"),
            ("1st, May 2024 GMT", "2024-05-01T00:00:00Z"),
            ("2025-10-15", "2025-10-15T00:00:00Z"),
            ("2025-10-15 08:30", "2025-10-15T08:30:00Z"),
            ("15/10/2025", "2025-10-15T00:00:00Z"),
            ("October 15, 2025", "2025-10-15T00:00:00Z"),
            ("١٥ أكتوبر ٢٠٢٥", "2025-10-15T00:00:00Z"),
            ("13 تشرين الأول/أكتوبر 2025", "2025-10-13T00:00:00Z"),
            ("8 كانون الأول 2024", "2024-12-08T00:00:00Z"),
            ("1760571936", "2025-10-15T23:45:36Z"),
            ("1760571936000", "2025-10-15T23:45:36Z"),
            ("1760571936000000", "2025-10-15T23:45:36Z"),
            ("2025-10-15 23:45:36.000 +00:00", "2025-10-15T23:45:36Z"),
            ("20251015T234536Z", "2025-10-15T23:45:36Z"),
            ("20251015", "2025-10-15T00:00:00Z"),
            ("Oct 15, 2025 11:45 PM", "2025-10-15T23:45:00Z"),
            ("15 أكتوبر 2025 8:30 مساء", "2025-10-15T20:30:00Z"),
            ("Wed, 15 Oct 25 23:45:36 GMT", "2025-10-15T23:45:36Z"),
            ("2025-10", "2025-10-01T00:00:00Z"),
            ("1956-07-26", "1956-07-26T00:00:00Z"),
            ("202510152345", "2025-10-15T23:45:00Z"),
            ("1760571936.25", "2025-10-15T23:45:36Z"),
            ("1760571936000000000", "2025-10-15T23:45:36Z"),
            ("/Date(1760571936000)/", "2025-10-15T23:45:36Z"),
            ("20251015T234536+0300", "2025-10-15T20:45:36Z"),
            ("Wed Oct 15 19:45:36 EDT 2025", "2025-10-15T23:45:36Z"),
            (
                "Wed Oct 15 2025 19:45:36 GMT+0300 (Arabian Standard Time)",
                "2025-10-15T16:45:36Z",
            ),
            ("Wed Oct 15 19:45:36 2025 -0400", "2025-10-15T23:45:36Z"),
            ("Wednesday, 15-Oct-25 23:45:36 GMT", "2025-10-15T23:45:36Z"),
            ("15/Oct/2025:23:45:36 +0300", "2025-10-15T20:45:36Z"),
            (
                "Updated 3 hours ago on May 14, 2025",
                "2025-05-14T00:00:00Z",
            ),
        ];
        for (text, expected) in cases {
            let expected = expected.parse::<jiff::Timestamp>().unwrap().as_second();
            assert_eq!(parse_date(text), Some(Timestamp(expected)), "for {text:?}");
        }
    }

    /// Asserts what each text is read as.
    fn assert_moments(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let expected = expected.parse::<jiff::Timestamp>().unwrap().as_second();
            assert_eq!(parse_date(text), Some(Timestamp(expected)), "for {text:?}");
        }
    }

    #[test]
    fn days_of_the_week_that_look_like_months_are_days() {
        assert_moments(&[
            ("mar. 3 juin 2025", "2025-06-03T00:00:00Z"),
            ("mar., 03 juin 2025 10:00:00 +0200", "2025-06-03T08:00:00Z"),
            ("mar. 03/06/2025", "2025-06-03T00:00:00Z"),
            ("mar. juin 3 10:00:00 2025", "2025-06-03T10:00:00Z"),
            ("mardi 3 juin 2025 à 19h45", "2025-06-03T19:45:00Z"),
            ("mar, 3 jun 2025", "2025-06-03T00:00:00Z"),
            ("mar 4 mar 2025", "2025-03-04T00:00:00Z"),
            ("mar 4 mars 2025", "2025-03-04T00:00:00Z"),
            ("martes, 3 de junio de 2025", "2025-06-03T00:00:00Z"),
            ("mer 4 giu 2025", "2025-06-04T00:00:00Z"),
            ("gio, 5 giu 2025 09:30", "2025-06-05T09:30:00Z"),
            ("ter., 3 jun. 2025", "2025-06-03T00:00:00Z"),
            ("15 mar 2025", "2025-03-15T00:00:00Z"),
            ("Di., 4. März 2025", "2025-03-04T00:00:00Z"),
        ]);
    }

    #[test]
    fn months_of_many_languages_are_known() {
        assert_moments(&[
            ("15 octobre 2025", "2025-10-15T00:00:00Z"),
            ("1er août 2025", "2025-08-01T00:00:00Z"),
            ("15 de outubro de 2025", "2025-10-15T00:00:00Z"),
            ("15. Dezember 2025, 19.45 Uhr", "2025-12-15T19:45:00Z"),
            ("Ср, 15 окт 2025 23:45:36 +0300", "2025-10-15T20:45:36Z"),
            ("15 октября 2025 г.", "2025-10-15T00:00:00Z"),
            ("2025. október 15.", "2025-10-15T00:00:00Z"),
            ("15 Ağustos 2025", "2025-08-15T00:00:00Z"),
            ("15 Οκτωβρίου 2025", "2025-10-15T00:00:00Z"),
            ("15 באוקטובר 2025", "2025-10-15T00:00:00Z"),
            ("15 اکتبر 2025", "2025-10-15T00:00:00Z"),
            ("15 अक्टूबर 2025", "2025-10-15T00:00:00Z"),
            ("15 tháng 10, 2025", "2025-10-15T00:00:00Z"),
            ("2025年10月15日(水) 23時45分", "2025-10-15T23:45:00Z"),
            ("2025年10月15日 下午8:30", "2025-10-15T20:30:00Z"),
            ("2025년 10월 15일 오후 8:30", "2025-10-15T20:30:00Z"),
        ]);
    }

    #[test]
    fn arabic_dates_are_read() {
        assert_moments(&[
            ("15 غشت 2026", "2026-08-15T00:00:00Z"),
            ("١٥ شتنبر ٢٠٢٦", "2026-09-15T00:00:00Z"),
            ("15 نونبر 2025", "2025-11-15T00:00:00Z"),
            ("15 دجنبر 2025", "2025-12-15T00:00:00Z"),
            ("15 يوليوز 2026", "2026-07-15T00:00:00Z"),
            ("15 ماي 2026", "2026-05-15T00:00:00Z"),
            ("15 جويلية 2026", "2026-07-15T00:00:00Z"),
            ("15 تشرين اول 2025", "2025-10-15T00:00:00Z"),
            ("الأربعاء 15 تشرين الأوّل 2025", "2025-10-15T00:00:00Z"),
            ("كانون الثاني 15, 2025", "2025-01-15T00:00:00Z"),
            ("15 من آب 2025", "2025-08-15T00:00:00Z"),
            ("15 أغســطس 2025", "2025-08-15T00:00:00Z"),
            (
                "الأربعاء، ١٥ أكتوبر/تشرين الأول ٢٠٢٥ - ٨:٣٠ م",
                "2025-10-15T20:30:00Z",
            ),
            ("15-10-2025 12:05 ص", "2025-10-15T00:05:00Z"),
            (
                "15 أكتوبر 2025 10:00 بتوقيت مكة المكرمة",
                "2025-10-15T07:00:00Z",
            ),
        ]);
    }

    #[test]
    fn of_two_calendars_the_gregorian_counts() {
        assert_moments(&[
            (
                "4 ربيع الآخر 1448هـ - 15 سبتمبر 2026م",
                "2026-09-15T00:00:00Z",
            ),
            (
                "15 سبتمبر 2026م الموافق 4 ربيع الآخر 1448 هـ",
                "2026-09-15T00:00:00Z",
            ),
            ("4/4/1448هـ الموافق 15/9/2026م", "2026-09-15T00:00:00Z"),
            ("1448-04-04 - 2026-09-15", "2026-09-15T00:00:00Z"),
            ("1448/4/4 هـ , 2026/9/15 م 8:30 م", "2026-09-15T20:30:00Z"),
            ("1448/4/4 هـ , 2026/9/5 م 8:30 م", "2026-09-05T20:30:00Z"),
            ("2026-09-05 م", "2026-09-05T00:00:00Z"),
            (
                "الثلاثاء 04 ربيع الثاني 1448 - 15 شتنبر 2026",
                "2026-09-15T00:00:00Z",
            ),
        ]);
    }

    #[test]
    fn zones_count() {
        let local = "Wed, 15 Oct 2025 19:45:36";
        let moment = parse_date(&format!("{local} UTC")).unwrap().0;
        for (zone, hours) in [
            ("+03", 3.0),
            ("GMT+3", 3.0),
            ("GMT+0300", 3.0),
            ("UTC+03:00", 3.0),
            ("CEST", 2.0),
            ("CET", 1.0),
            ("MSK", 3.0),
            ("JST", 9.0),
            ("IST", 5.5),
            ("(AEST)", 10.0),
            ("EST", -5.0),
            ("NPT", 5.75),
        ] {
            let expected = moment - (hours * 3600.0) as i64;
            assert_eq!(
                parse_date(&format!("{local} {zone}")),
                Some(Timestamp(expected)),
                "for {zone}"
            );
        }
        assert_moments(&[
            ("2025-10-15T24:00:00Z", "2025-10-16T00:00:00Z"),
            ("2025-12-31 24:00", "2026-01-01T00:00:00Z"),
            ("2025-10-15T19:45:36+03", "2025-10-15T16:45:36Z"),
            ("2025-10-15T19:45:36.5+0300", "2025-10-15T16:45:36Z"),
            ("2025-10-15-05:00", "2025-10-15T05:00:00Z"),
            ("15/10/2025 (GMT+7)", "2025-10-14T17:00:00Z"),
        ]);
    }

    proptest! {
        /// Whatever is written, reading ends; what is read is possible.
        #[test]
        fn any_text_is_read_or_not(text in "[0-9٠-٩]{0,4}[-/. ،:T+]{0,2}\\PC{0,20}[0-9]{0,4} (mar|Oct|أكتوبر|年|م|PM|GMT)?.{0,9}") {
            prop_assert!(parse_date(&text).is_none_or(is_plausible));
        }

        #[test]
        fn a_moment_is_read_as_it_is_written(second in -11_000_000_000i64..7_000_000_000, hours in -12i8..=14) {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            let moment = jiff::Timestamp::from_second(second).unwrap().to_zoned_datetime(zone);
            let expected = Some(Timestamp(second)).filter(|&moment| is_plausible(moment));
            for form in ["%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%d %I:%M:%S %p %:z", "%a %b %d %H:%M:%S GMT%z %Y"] {
                let text = moment.strftime(form).to_string();
                prop_assert_eq!(parse_date(&text), expected, "for {}", text);
            }
        }
    }

    #[test]
    fn doubt_is_settled_by_the_day_of_the_week_or_gives_nothing() {
        assert_moments(&[
            ("4/5/2025", "2025-05-04T00:00:00Z"),
            ("Mon 5/4/2025", "2025-04-05T00:00:00Z"),
            ("Sun 5/4/2025", "2025-05-04T00:00:00Z"),
            ("5/14/2025 8:30 PM", "2025-05-14T20:30:00Z"),
            ("5.4.2025 8:30 PM", "2025-04-05T20:30:00Z"),
            ("ponedjeljak, 3 listopada 2025", "2025-11-03T00:00:00Z"),
        ]);
        for text in ["5/4/2025 8:30 PM", "3 listopada 2025"] {
            assert_eq!(parse_date(text), None, "for {text:?}");
        }
    }

    #[test]
    fn what_is_no_date_gives_nothing() {
        for text in [
            "",
            "yesterday",
            "42",
            "32nd, September 2023",
            "2025-13-40",
            "September",
            "1970-01-01T00:00:00Z",
            "9999-12-31",
            "0001-01-01T00:00:00Z",
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "Wed, 30 Nov -0001 00:00:00 +0000",
            "0000-00-00 00:00:00",
            "-62135596800",
            "1448-04-04T10:00:00Z",
            "4 ربيع الآخر 1448هـ",
            "4 سبتمبر 1448",
            "15 مهر 1404",
            "15 Oct 125",
            "31 Dec 1969 19:00:00 EST",
            "1900-01-01",
            "2 hours ago",
            "October 2025",
            "15 October",
            "2025-10-15-16-17",
            "10.30",
        ] {
            assert_eq!(parse_date(text), None, "for {text:?}");
        }
    }
}
