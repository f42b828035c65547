//! A date as feeds and pages write it in, a moment out, or nothing if it cannot be read. A date without a zone is
//! taken as UTC.

use jiff::civil;
use jiff::fmt::rfc2822::DateTimeParser;

use crate::article::Timestamp;

/// The moment a date names: RFC 3339, RFC 2822, seconds or milliseconds since 1970, "2025-10-15@23:45:36 GMT",
/// "5th, September 2023 GMT", "15 تشرين الأول/أكتوبر 2025" and their like.
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    exact(text).or_else(|| loose(text)).filter(|moment| !UNSET.contains(&moment.0) && moment.0 < TOO_LATE)
}

/// Clocks that nobody set say the first day of 1970.
const UNSET: std::ops::Range<i64> = 0..86_400;

/// Fields that nobody set say the year 9999; no news is of 2200.
const TOO_LATE: i64 = 7_258_118_400;

fn exact(text: &str) -> Option<Timestamp> {
    static RFC_2822: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);
    if let Some(moment) = compact(text) {
        return Some(moment);
    }
    if let Ok(number) = text.parse::<i64>() {
        return match number.unsigned_abs() {
            0..100_000_000 => None,
            100_000_000..100_000_000_000 => Some(Timestamp(number)),
            100_000_000_000..100_000_000_000_000 => Some(Timestamp(number / 1000)),
            _ => Some(Timestamp(number / 1_000_000)),
        };
    }
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp(moment.as_second()));
    }
    RFC_2822.parse_timestamp(text).ok().map(|moment| Timestamp(moment.as_second()))
}

/// 20251015, 20251015T234536Z and 20251015234536, as GDELT and archives write them.
fn compact(text: &str) -> Option<Timestamp> {
    let digits: String = text.chars().filter(|c| !matches!(c, 'T' | 'Z')).collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !matches!(digits.len(), 8 | 14) {
        return None;
    }
    let number = |range: std::ops::Range<usize>| digits.get(range).map_or(Some(0), |part| part.parse::<i8>().ok());
    let year = digits[..4].parse().ok().filter(|year| (1900..=2200).contains(year))?;
    let moment =
        civil::DateTime::new(year, number(4..6)?, number(6..8)?, number(8..10)?, number(10..12)?, number(12..14)?, 0);
    Some(Timestamp(jiff::tz::TimeZone::UTC.to_timestamp(moment.ok()?).ok()?.as_second()))
}

/// Picks a day, a month by name or number, a year, a time and an offset from the words.
fn loose(text: &str) -> Option<Timestamp> {
    let ascii: String = text.chars().map(ascii_digit).collect();
    let mut day = None;
    let mut month = None;
    let mut year = None;
    let mut time = (0, 0, 0);
    let mut offset = 0;
    for word in
        ascii.split(|c: char| c.is_whitespace() || matches!(c, ',' | '،' | '@' | '|')).filter(|word| !word.is_empty())
    {
        if let Some((y, m, d)) = numeric_date(word) {
            (year, month, day) = (Some(y), Some(m), Some(d));
            if let Some(clock) = word.split_once('T').and_then(|(_, clock)| clock_time(clock)) {
                time = clock;
            }
        } else if let Some(seconds) = zone(word) {
            offset = seconds;
        } else if let Some(clock) = clock_time(word) {
            time = clock;
        } else if let Some(is_afternoon) = afternoon(word) {
            time.0 = time.0 % 12 + if is_afternoon { 12 } else { 0 };
        } else if let Some(named) = word.split('/').find_map(month_named) {
            month = month.or(Some(named));
        } else if let Ok(number) = word.trim_end_matches(|c: char| c.is_alphabetic() || c == '.').parse::<i16>() {
            match number {
                1..=31 if day.is_none() => day = Some(number as i8),
                1900..=2200 if year.is_none() => year = Some(number),
                // "05 Oct 25", as RFC 822 wrote it.
                0..=99 if year.is_none() && month.is_some() => {
                    year = Some(if number < 70 { 2000 + number } else { 1900 + number });
                }
                _ => {}
            }
        }
    }
    let month = month.or_else(|| levantine_month(&ascii))?;
    let moment = civil::DateTime::new(year?, month, day?, time.0, time.1, time.2, 0).ok()?;
    let seconds = jiff::tz::TimeZone::UTC.to_timestamp(moment).ok()?.as_second();
    Some(Timestamp(seconds - offset))
}

fn ascii_digit(c: char) -> char {
    match c {
        '٠'..='٩' => char::from(b'0' + (c as u32 - 0x660) as u8),
        '۰'..='۹' => char::from(b'0' + (c as u32 - 0x6f0) as u8),
        _ => c,
    }
}

/// 2025-10-15 or 15/10/2025.
fn numeric_date(word: &str) -> Option<(i16, i8, i8)> {
    let word = word.split('T').next()?;
    let parts: Vec<i16> = word.split(['-', '/', '.']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [y @ 1900..=2200, m @ 1..=12, d @ 1..=31] => Some((y, m as i8, d as i8)),
        [y @ 1900..=2200, m @ 1..=12] => Some((y, m as i8, 1)),
        [d @ 1..=31, m @ 1..=12, y @ 1900..=2200] => Some((y, m as i8, d as i8)),
        _ => None,
    }
}

fn clock_time(word: &str) -> Option<(i8, i8, i8)> {
    let word = word.trim_end_matches(['Z', 'z']);
    // Fractions of a second are dropped.
    let word = word.split_once('.').map_or(word, |(whole, _)| whole);
    let parts: Vec<i8> = word.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    match parts[..] {
        [h @ 0..=23, m @ 0..=59] => Some((h, m, 0)),
        [h @ 0..=23, m @ 0..=59, s @ 0..=60] => Some((h, m, s.min(59))),
        _ => None,
    }
}

/// The half of the day a clock of twelve hours is in: English and Arabic.
fn afternoon(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a.m." | "ص" | "صباحا" | "صباحاً" => Some(false),
        "pm" | "p.m." | "م" | "مساء" | "مساءً" => Some(true),
        _ => None,
    }
}

/// The seconds east of Greenwich.
fn zone(word: &str) -> Option<i64> {
    let hours = match word.trim_matches(['(', ')']) {
        "GMT" | "UTC" | "UT" | "Z" => 0,
        "BST" | "CET" => 1,
        "EET" | "CEST" => 2,
        "AST" | "MSK" | "EEST" => 3,
        "EST" | "CDT" => -5,
        "EDT" => -4,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        other => return numeric_zone(other),
    };
    Some(hours * 3600)
}

fn numeric_zone(word: &str) -> Option<i64> {
    let (sign, digits) =
        word.strip_prefix('+').map(|rest| (1, rest)).or_else(|| Some((-1, word.strip_prefix('-')?)))?;
    let digits: String = digits.chars().filter(|&c| c != ':').collect();
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 3600 + number % 100 * 60))
}

/// January to December as they are written, shortened, in Arabic of the Gulf and Egypt, and of the Maghreb.
const MONTHS: [&[&str]; 12] = [
    &["jan", "يناير", "جانفي"],
    &["feb", "فبراير", "فيفري", "شباط"],
    &["mar", "مارس", "آذار", "اذار"],
    &["apr", "أبريل", "ابريل", "إبريل", "أفريل", "نيسان"],
    &["may", "مايو", "ماي", "أيار", "ايار"],
    &["jun", "يونيو", "يونية", "جوان", "حزيران"],
    &["jul", "يوليو", "يولية", "جويلية", "تموز"],
    &["aug", "أغسطس", "اغسطس", "أوت", "آب"],
    &["sep", "سبتمبر", "أيلول", "ايلول"],
    &["oct", "أكتوبر", "اكتوبر"],
    &["nov", "نوفمبر"],
    &["dec", "ديسمبر"],
];

fn month_named(word: &str) -> Option<i8> {
    let lower = word.trim_end_matches('.').to_lowercase();
    let place = MONTHS.iter().position(|names| {
        names.iter().any(|name| if name.is_ascii() { lower.starts_with(name) } else { lower == *name })
    })?;
    i8::try_from(place + 1).ok()
}

/// The months of the Levant whose names are two words.
fn levantine_month(text: &str) -> Option<i8> {
    let named = |first: &str, which: [&str; 3]| which.iter().any(|second| text.contains(&format!("{first} {second}")));
    match () {
        () if named("تشرين", ["الأول", "الاول", "أول"]) => Some(10),
        () if named("تشرين", ["الثاني", "الثانى", "ثاني"]) => Some(11),
        () if named("كانون", ["الأول", "الاول", "أول"]) => Some(12),
        () if named("كانون", ["الثاني", "الثانى", "ثاني"]) => Some(1),
        () => None,
    }
}

#[cfg(test)]
mod tests {
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
        ];
        for (text, expected) in cases {
            let expected = expected.parse::<jiff::Timestamp>().unwrap().as_second();
            assert_eq!(parse_date(text), Some(Timestamp(expected)), "for {text:?}");
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
        ] {
            assert_eq!(parse_date(text), None, "for {text:?}");
        }
    }
}
