//! Time zones in dates.
//!
//! Input: the tokens of a date. Output: an offset in seconds east of Greenwich. Cost: one look-up
//! per word.
//!
//! Abbreviations of several zones have the meaning of the tz database and RFC 822, or else their
//! usual meaning in news: AST Atlantic (not Arabia), BST British Summer Time, CST and CDT Central
//! in America (not China), EST Eastern in America (not Australia), GST Gulf, IST India (not Israel
//! or Ireland), MST and PST Mountain and Pacific in America, AMT Amazon, BDT Bangladesh, SST Samoa.
//! "GMT+3" is three hours east.

use super::token::Token::{self, Mark, Number, Space, Word};

/// Abbreviations, folded, and their offsets in minutes.
const ZONES: [(&str, i64); 102] = [
    ("gmt", 0),
    ("utc", 0),
    ("ut", 0),
    ("z", 0),
    ("acdt", 630),
    ("acst", 570),
    ("adt", -180),
    ("aedt", 660),
    ("aest", 600),
    ("aft", 270),
    ("akdt", -480),
    ("akst", -540),
    ("almt", 300),
    ("amt", -240),
    ("art", -180),
    ("ast", -240),
    ("awst", 480),
    ("azt", 240),
    ("bdt", 360),
    ("bot", -240),
    ("brst", -120),
    ("brt", -180),
    ("bst", 60),
    ("btt", 360),
    ("cat", 120),
    ("cdt", -300),
    ("cest", 120),
    ("cet", 60),
    ("chst", 600),
    ("clst", -180),
    ("clt", -240),
    ("cot", -300),
    ("cst", -360),
    ("eat", 180),
    ("ect", -300),
    ("edt", -240),
    ("eest", 180),
    ("eet", 120),
    ("est", -300),
    ("fjt", 720),
    ("get", 240),
    ("gst", 240),
    ("hkt", 480),
    ("hst", -600),
    ("ict", 420),
    ("idt", 180),
    ("irdt", 270),
    ("irkt", 480),
    ("irst", 210),
    ("ist", 330),
    ("jst", 540),
    ("kgt", 360),
    ("krat", 420),
    ("ksa", 180),
    ("kst", 540),
    ("magt", 660),
    ("mdt", -360),
    ("mest", 120),
    ("mesz", 120),
    ("met", 60),
    ("mez", 60),
    ("mmt", 390),
    ("msd", 240),
    ("msk", 180),
    ("mst", -420),
    ("mut", 240),
    ("mvt", 300),
    ("myt", 480),
    ("ndt", -150),
    ("novt", 420),
    ("npt", 345),
    ("nst", -210),
    ("nzdt", 780),
    ("nzst", 720),
    ("omst", 360),
    ("pdt", -420),
    ("pet", -300),
    ("pett", 720),
    ("pht", 480),
    ("pkt", 300),
    ("pst", -480),
    ("pyt", -180),
    ("samt", 240),
    ("sast", 120),
    ("sgt", 480),
    ("sst", -660),
    ("tjt", 300),
    ("tmt", 300),
    ("trt", 180),
    ("uyt", -180),
    ("uzt", 300),
    ("vet", -240),
    ("vlat", 600),
    ("wast", 120),
    ("wat", 60),
    ("west", 60),
    ("wet", 0),
    ("wib", 420),
    ("wit", 540),
    ("wita", 480),
    ("yakt", 540),
    ("yekt", 300),
];

/// Places whose time Arabic outlets state, and their offsets in hours. Places with daylight saving
/// time are left out.
const PLACES: [(&str, i64); 12] = [
    ("غرينتش", 0),
    ("جرينتش", 0),
    ("غرينيتش", 0),
    ("جرينيتش", 0),
    ("مكه", 3),
    ("السعوديه", 3),
    ("الرياض", 3),
    ("الدوحه", 3),
    ("بغداد", 3),
    ("موسكو", 3),
    ("الامارات", 4),
    ("ابوظبي", 4),
];

/// Maximum offset in minutes.
const MAX_OFFSET: i64 = 14 * 60;

/// The zone at a position, possibly behind a space, a comma or a bracket: the offset and the end
/// position.
pub(super) fn zone_at(tokens: &[Token], at: usize) -> Option<(i64, usize)> {
    let skipped = tokens[at..]
        .iter()
        .take_while(|token| matches!(token, Space | Mark('(' | ',' | '[')))
        .count();
    let at = at + skipped;
    let Some(Word(name, are_capitals)) = tokens.get(at) else {
        return signed_at(tokens, at, 2);
    };
    if let ("بتوقيت" | "توقيت", [Space, Word(place, _), ..]) = (name.as_str(), &tokens[at + 1..])
    {
        let (_, hours) = PLACES.iter().find(|(known, _)| known == place)?;
        return Some((hours * 3600, at + 3));
    }
    let is_abbreviation = *are_capitals || matches!(name.as_str(), "gmt" | "utc" | "z");
    let (_, minutes) = ZONES
        .iter()
        .find(|(known, _)| known == name && is_abbreviation)?;
    let next = at + 1 + usize::from(tokens.get(at + 1) == Some(&Space));
    Some(signed_at(tokens, next, 1).unwrap_or((minutes * 60, at + 1)))
}

/// "+03", "-0530", "+3:30": a signed offset. Hours have at least `min_digits` digits behind a minus
/// sign.
fn signed_at(tokens: &[Token], at: usize, min_digits: usize) -> Option<(i64, usize)> {
    let sign = match tokens.get(at)? {
        Mark('+') => 1,
        Mark('-') => -1,
        _ => return None,
    };
    let (minutes, length) = match tokens[at + 1..] {
        [Number(hours, 1 | 2), Mark(':'), Number(minutes, 2), ..] => (hours * 60 + minutes, 3),
        [Number(_, 1 | 2), Mark('/' | '-' | '.'), Number(..), ..] => return None,
        [Number(hours, digits @ (1 | 2)), ..] if digits >= min_digits || sign > 0 => {
            (hours * 60, 1)
        }
        [Number(both, 3 | 4), ..] if both % 100 < 60 => (both / 100 * 60 + both % 100, 1),
        _ => return None,
    };
    let minutes = i64::from(minutes);
    (minutes <= MAX_OFFSET).then_some((sign * minutes * 60, at + 1 + length))
}

/// The first zone that is apart from the time: a name, or a sign with four digits, as in "Oct 15
/// 2025 +0300".
pub(super) fn find(tokens: &[Token]) -> Option<(i64, std::ops::Range<usize>)> {
    (0..tokens.len()).find_map(|at| {
        let may_begin = match &tokens[at..] {
            [Word(..), ..] | [Mark('+'), ..] => true,
            [Mark('-'), Number(_, 4), ..] => at > 0 && tokens[at - 1] == Space,
            [Mark('-'), ..] => ends_with_iso_date(&tokens[..at]),
            _ => false,
        };
        let (offset, end) = may_begin.then(|| zone_at(tokens, at))??;
        Some((offset, at..end))
    })
}

/// Whether tokens end with "2025-10-15".
pub(super) fn ends_with_iso_date(tokens: &[Token]) -> bool {
    matches!(
        tokens,
        [
            ..,
            Number(_, 4),
            Mark('-'),
            Number(_, 2),
            Mark('-'),
            Number(_, 2)
        ]
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::date::token::tokens;

    fn hours(text: &str) -> Option<f64> {
        zone_at(&tokens(text), 0).map(|(offset, _)| offset as f64 / 3600.0)
    }

    #[test]
    fn zones_are_parsed() {
        let cases = [
            (" +03", 3.0),
            (" +3", 3.0),
            ("+0530", 5.5),
            ("-04:30", -4.5),
            (" −0500", -5.0),
            ("Z", 0.0),
            (" GMT", 0.0),
            (" GMT+3", 3.0),
            (" GMT +3", 3.0),
            (" UTC+03:00", 3.0),
            (" UTC-5", -5.0),
            (" (GMT+0300)", 3.0),
            (" EST -0500", -5.0),
            (" CEST", 2.0),
            (" MSK", 3.0),
            (" JST", 9.0),
            (" BST", 1.0),
            (" EET", 2.0),
            (" EEST", 3.0),
            (" AEST", 10.0),
            (" IST", 5.5),
            (" بتوقيت مكة المكرمة", 3.0),
            (" بتوقيت غرينتش", 0.0),
        ];
        for (text, expected) in cases {
            assert_eq!(hours(text), Some(expected), "for {text:?}");
        }
    }

    #[test]
    fn other_texts_are_no_zones() {
        for text in [
            "",
            " est",
            " +99",
            " -15/10/2025",
            " - 2025",
            " -2025",
            " XYZ",
            " بتوقيت القمر",
        ] {
            assert_eq!(hours(text), None, "for {text:?}");
        }
    }

    #[test]
    fn abbreviations_are_unique() {
        let mut names = ZONES.map(|(name, _)| name);
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
