//! A date as feeds and pages write it in, a moment out, or nothing if it cannot be read: a wrong
//! date is worse than none.
//!
//! Numbers and RFC 3339 go a short road. All else is cut into numbers, words and marks; a time of
//! day with its zone is taken out, and of what is left a day, a month and a year that stand
//! together are the date. Linear in the text.

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

/// The moment a date names: RFC 3339, RFC 2822, seconds or milliseconds since 1970,
/// "2025-10-15@23:45:36 GMT", "mar. 3 juin 2025 à 19h45", "15 تشرين الأول/أكتوبر 2025 8:30 م" and
/// their like, in some sixty languages.
///
/// A date without a zone is taken as UTC, and so is one of a zone that is not known. Abbreviations
/// that mean several zones are read as the tz database and RFC 822 have them: IST is India, BST
/// British Summer Time, EST and CST are American, AST Atlantic, GST the Gulf. "4/5/2025" is the
/// fourth of May, unless the day of the week says otherwise; with AM or PM it is nothing, as
/// Americans write the month first.
///
/// Dates of other calendars are not converted: of "4 ربيع الآخر 1448هـ - 15 سبتمبر 2026م" the
/// Gregorian date is taken, a Hijri date alone gives nothing, as it may be off by a day. Nothing,
/// too, come years before the first newspaper (1605) and from 2200 on, and the days that software
/// writes where it has no date, such as 1970-01-01.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    exact(text)
        .or_else(|| worded(text))
        .filter(|&moment| is_possible(moment))
}

const SECONDS_A_DAY: i64 = 86_400;

/// The years in which news can have been published: the first newspaper came out in 1605.
const POSSIBLE_YEARS: Range<u32> = 1605..2200;

/// The same years, in days since 1970.
const POSSIBLE_DAYS: Range<i64> = -133_313..84_006;

/// The days that software writes where no date is set, in days since 1970: 1753-01-01, 1899-12-30,
/// 1899-12-31, 1900-01-01, 1969-12-31 (what the first second of 1970 is in America), 1970-01-01.
const UNSET_DAYS: [i64; 6] = [-79_257, -25_569, -25_568, -25_567, -1, 0];

fn is_possible(moment: Timestamp) -> bool {
    let day = moment.0.div_euclid(SECONDS_A_DAY);
    POSSIBLE_DAYS.contains(&day) && !UNSET_DAYS.contains(&day)
}

/// Numbers and RFC 3339.
fn exact(text: &str) -> Option<Timestamp> {
    if let Some(moment) = compact(text) {
        return Some(moment);
    }
    if let Some(number) = number(text) {
        return match number.unsigned_abs() {
            0..100_000_000 => None,
            100_000_000..100_000_000_000 => Some(Timestamp(number)),
            100_000_000_000..100_000_000_000_000 => Some(Timestamp(number / 1000)),
            100_000_000_000_000..100_000_000_000_000_000 => Some(Timestamp(number / 1_000_000)),
            _ => Some(Timestamp(number / 1_000_000_000)),
        };
    }
    text.parse::<jiff::Timestamp>()
        .ok()
        .map(|moment| Timestamp(moment.as_second()))
}

/// A number since 1970, without what stands behind its point: 1760571936, 1760571936.25,
/// "/Date(1760571936000)/".
fn number(text: &str) -> Option<i64> {
    let bare = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
        .unwrap_or(text);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, "0"));
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    whole.parse().ok().filter(|_| is_number)
}

/// 20251015, 202510152345, 20251015T234536Z and 20251015234536, as GDELT and archives write them.
fn compact(text: &str) -> Option<Timestamp> {
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b'Z'))
    {
        return None;
    }
    let digits = text.replace(['T', 'Z'], "");
    if !matches!(digits.len(), 8 | 12 | 14) {
        return None;
    }
    let number = |range: Range<usize>| {
        digits
            .get(range)
            .map_or(Some(0), |part| part.parse::<i8>().ok())
    };
    let year = digits[..4]
        .parse()
        .ok()
        .filter(|year| COMPACT_YEARS.contains(year))?;
    let time = civil::DateTime::new(
        year,
        number(4..6)?,
        number(6..8)?,
        number(8..10)?,
        number(10..12)?,
        number(12..14)?,
        0,
    );
    Some(Timestamp(
        TimeZone::UTC.to_timestamp(time.ok()?).ok()?.as_second(),
    ))
}

/// The years of which a run of digits can be a date: other numbers begin otherwise.
const COMPACT_YEARS: Range<i16> = 1900..2200;

/// More of a text than this is no date, in bytes.
const LONGEST_DATE: usize = 256;

/// The date in a text of words and numbers.
fn worded(text: &str) -> Option<Timestamp> {
    let mut tokens = token::tokens(&text[..text.floor_char_boundary(LONGEST_DATE)]);
    let clock = time_of_day::find(&tokens).map(|(clock, place)| {
        tokens.splice(place, [Token::Gap]);
        clock
    });
    let clock = clock.unwrap_or_default();
    let apart = if clock.offset.is_none() {
        zone::zone_apart(&tokens)
    } else {
        None
    };
    let offset = clock.offset.or(apart.map(|(offset, place)| {
        tokens.splice(place, [Token::Space]);
        offset
    }));
    let day = month_alone(&tokens).or_else(|| day_of(parts(&tokens), clock.is_of_twelve))?;
    let midnight = TimeZone::UTC
        .to_timestamp(day.to_datetime(civil::Time::midnight()))
        .ok()?;
    Some(Timestamp(
        midnight.as_second() + clock.seconds - offset.unwrap_or(0),
    ))
}

/// The first day of "2025-10".
fn month_alone(tokens: &[Token]) -> Option<civil::Date> {
    match *tokens {
        [
            Token::Number(year, 4),
            Token::Mark('-' | '/'),
            Token::Number(month, 2),
        ] => day_in(year, month, 1),
        _ => None,
    }
}

/// What a piece of a text is to its date.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A word that names a month, perhaps a day of the week as well.
    Month(Name),
    /// A word that names days of the week alone. It may stand between the others.
    Weekday(Name),
    /// A date in numbers: the days that it may be, the likelier first.
    Date(Vec<civil::Date>),
    /// Where the time of day was.
    Gap,
    /// What no date has within it.
    Other,
}

/// Words that may stand within a date, folded.
const JOINTS: [&str; 25] = [
    "of", "the", "de", "del", "di", "da", "do", "du", "d", "le", "el", "la", "den", "der", "ngay",
    "nam", "من", "شهر", "عام", "سنه", "لعام", "г", "года", "року", "m",
];

/// What stands behind a year of the Hijri calendar, folded.
const HIJRI: [&str; 6] = ["ه", "هج", "هجري", "هجريه", "هش", "ah"];

fn parts(tokens: &[Token]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_behind_number = at > 0 && matches!(tokens[at - 1], Token::Number(..));
        let (part, length) = part(&tokens[at..], is_behind_number);
        parts.extend(part);
        at += length;
    }
    parts
}

/// The part that pieces begin with, if it is any, and how many pieces it takes.
fn part(tokens: &[Token], is_behind_number: bool) -> (Option<Part>, usize) {
    use Token::{Gap, Number, Space, Word};
    match tokens {
        [Gap, ..] => (Some(Part::Gap), 1),
        [Number(..), Word(mark, _), ..] if HIJRI.contains(&mark.as_str()) => (Some(Part::Other), 2),
        [Number(..), Space, Word(mark, _), ..] if HIJRI.contains(&mark.as_str()) => {
            (Some(Part::Other), 3)
        }
        [Number(value, digits), ..] => {
            in_numbers(tokens).unwrap_or((Some(Part::Number(*value, *digits)), 1))
        }
        // Vietnamese counts its months.
        &[Word(ref month, _), Space, Number(number @ 1..=12, _), ..]
            if month == "thang" || month == "thg" =>
        {
            (
                Some(Part::Month(Name {
                    months: 1 << (number - 1),
                    days: 0,
                })),
                3,
            )
        }
        [Word(word, _), rest @ ..] => {
            let two = match rest {
                [Space, Word(second, _), ..] => named(&format!("{word} {second}")),
                _ => None,
            };
            let may_join = is_behind_number || JOINTS.contains(&word.as_str());
            let one = || named(word).or((!may_join).then_some(Part::Other));
            two.map_or_else(|| (one(), 1), |part| (Some(part), 3))
        }
        _ => (None, 1),
    }
}

fn named(words: &str) -> Option<Part> {
    Name::of(words).map(|name| {
        if name.months == 0 {
            Part::Weekday(name)
        } else {
            Part::Month(name)
        }
    })
}

/// The date in numbers that pieces begin with: "2025-10-15", "15/10/2025", "15. 10. 2025",
/// "2025年10月15日", "20251015"; of other numbers in a row none is a day.
fn in_numbers(tokens: &[Token]) -> Option<(Option<Part>, usize)> {
    if let Some((day, length)) = in_signs(tokens) {
        return Some((Some(Part::Date(vec![day])), length));
    }
    if let [Token::Number(value, 8), ..] = *tokens {
        let day = day_in(value / 10_000, value / 100 % 100, value % 100);
        let day = day.filter(|day| COMPACT_YEARS.contains(&day.year()));
        return Some((
            Some(day.map_or(Part::Other, |day| Part::Date(vec![day]))),
            1,
        ));
    }
    let (numbers, joint, length) = row(tokens);
    let days = days_in(&numbers, joint == [Token::Mark('/')]);
    match days.is_empty() {
        false => Some((Some(Part::Date(days)), length)),
        true => (joint.len() == 1).then_some((Some(Part::Other), length)),
    }
}

/// "2025年10月15日", "2025년 10월 15일".
fn in_signs(tokens: &[Token]) -> Option<(civil::Date, usize)> {
    use Token::{Number, Space, Word};
    let (units, numbers, length) = match tokens {
        [
            Number(year, 4),
            Word(y, _),
            Number(month, _),
            Word(m, _),
            Number(day, _),
            Word(d, _),
            ..,
        ] => ([y, m, d], (*year, *month, *day), 6),
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
        ] => ([y, m, d], (*year, *month, *day), 8),
        _ => return None,
    };
    const UNITS: [[char; 3]; 3] = [['年', '년', '年'], ['月', '월', '月'], ['日', '일', '号']];
    let are_units = units
        .iter()
        .zip(UNITS)
        .all(|(word, signs)| word.starts_with(signs));
    // The last word may go on with the day of the week or a half of the day, which a time wants.
    day_in(numbers.0, numbers.1, numbers.2)
        .filter(|_| are_units)
        .map(|day| (day, length - 1))
}

/// The numbers that one and the same sign parts from the first on, that sign with its spaces, and
/// how many pieces it is.
fn row(tokens: &[Token]) -> (Vec<(u32, usize)>, &[Token], usize) {
    use Token::{Mark, Number, Space};
    let mut numbers = Vec::new();
    let mut joint: &[Token] = &[];
    let mut at = 0;
    while let Some(Number(value, digits)) = tokens.get(at) {
        numbers.push((*value, *digits));
        let next = match &tokens[at + 1..] {
            [Mark('-' | '/' | '.'), Number(..), ..] => 1,
            [Mark('-' | '/' | '.'), Space, Number(..), ..] => 2,
            [Space, Mark('-' | '/' | '.'), Space, Number(..), ..] => 3,
            _ => return (numbers, joint, at + 1),
        };
        let between = &tokens[at + 1..=at + next];
        if !joint.is_empty() && joint != between {
            return (numbers, joint, at + 1);
        }
        joint = between;
        at += 1 + next;
    }
    (numbers, joint, at)
}

/// The days that three numbers may mean, the likelier first: the day before the month, unless that
/// cannot be. With slashes Americans write the month before the day.
fn days_in(numbers: &[(u32, usize)], has_slashes: bool) -> Vec<civil::Date> {
    let (day_first, month_first) = match *numbers {
        [(year, 4), (month, 1 | 2), (day, 1 | 2)] => (day_in(year, month, day), None),
        [(first, 1 | 2), (second, 1 | 2), (year, 4)] => {
            (day_in(year, second, first), day_in(year, first, second))
        }
        _ => (None, None),
    };
    let is_needed = day_first.is_none() || has_slashes && day_first != month_first;
    day_first
        .into_iter()
        .chain(month_first.filter(|_| is_needed))
        .collect()
}

fn day_in(year: u32, month: u32, day: u32) -> Option<civil::Date> {
    let year = i16::try_from(year)
        .ok()
        .filter(|_| POSSIBLE_YEARS.contains(&year))?;
    civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The days that parts may mean, and how many parts say so.
type Found = (Vec<civil::Date>, usize);

/// The first day that the parts name; none if they leave a doubt. Whoever writes AM or PM may write
/// the month before the day.
fn day_of(parts: Vec<Part>, is_of_twelve: bool) -> Option<civil::Date> {
    let (weekdays, others): (Vec<Part>, Vec<Part>) = parts
        .into_iter()
        .partition(|part| matches!(part, Part::Weekday(_)));
    let first = |find: fn(&[Part]) -> Option<Found>| {
        (0..others.len())
            .find_map(|at| find(&others[at..]).map(|(days, length)| (days, at..at + length)))
    };
    let (days, place) = first(with_year).or_else(|| first(with_short_year))?;
    let spoken = weekdays
        .iter()
        .chain(&others[..place.start])
        .chain(&others[place.end..]);
    let week = spoken.fold(0, |week, part| match part {
        Part::Weekday(name) | Part::Month(name) => week | name.days,
        _ => week,
    });
    let agrees = |day: &&civil::Date| week & 1 << day.weekday().to_monday_zero_offset() != 0;
    let agreeing: Vec<&civil::Date> = days.iter().filter(agrees).collect();
    let is_in_numbers = matches!(others[place.start], Part::Date(_));
    match (&agreeing[..], &days[..]) {
        ([day], _) => Some(**day),
        (_, [day]) => Some(*day),
        (_, [day, ..]) if is_in_numbers && !is_of_twelve => Some(*day),
        _ => None,
    }
}

/// The days that the parts begin with, in any order of day, month and year that people write, and
/// how many parts.
fn with_year(parts: &[Part]) -> Option<Found> {
    use Part::{Date, Gap, Month, Number};
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
        // "15 تشرين الأول/أكتوبر 2025": one month under two names.
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

/// "15 Oct 25", as RFC 822 wrote it; behind it comes the time or nothing.
fn with_short_year(parts: &[Part]) -> Option<Found> {
    use Part::{Gap, Month, Number};
    match parts {
        [Number(day, 1 | 2), Month(name), Number(year, 2)]
        | [Number(day, 1 | 2), Month(name), Number(year, 2), Gap, ..] => {
            let year = if *year < 70 { 2000 + year } else { 1900 + year };
            days_named(year, name.months, *day, 3)
        }
        _ => None,
    }
}

/// The day of a year in each of a set of months; none if there is no such day.
fn days_named(year: u32, months: u16, day: u32, length: usize) -> Option<Found> {
    let months = (1..=12).filter(|month| months & 1 << (month - 1) != 0);
    let days: Vec<civil::Date> = months
        .filter_map(|month| day_in(year, month, day))
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
            prop_assert!(parse_date(&text).is_none_or(is_possible));
        }

        #[test]
        fn a_moment_is_read_as_it_is_written(second in -11_000_000_000i64..7_000_000_000, hours in -12i8..=14) {
            let zone = TimeZone::fixed(jiff::tz::offset(hours));
            let moment = jiff::Timestamp::from_second(second).unwrap().to_zoned_datetime(zone);
            let expected = Some(Timestamp(second)).filter(|&moment| is_possible(moment));
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
