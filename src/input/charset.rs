//! Bytes in, text out, whatever character set they are in: told by a byte order mark, by the bytes
//! being UTF-8, by what the text declares, and last by how often its letters follow each other
//! (chardetng, the detector of Firefox). UTF-8 is borrowed. Linear.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_10, ISO_8859_15, MACINTOSH,
    REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
    WINDOWS_1258,
};

/// Declarations stand near the top.
const HEAD: usize = 4096;

/// The text of the bytes.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    decode_labelled(bytes, None)
}

/// The text of bytes for which a server may name an encoding. That counts before what the text
/// declares.
pub(super) fn decode_labelled<'b>(bytes: &'b [u8], label: Option<&str>) -> Cow<'b, str> {
    if let Some(text) = marked(bytes) {
        return text;
    }
    let named = label.and_then(known).filter(|&encoding| encoding != UTF_8);
    let declared = named.or_else(|| declared(bytes));
    // What is UTF-8, as nearly all is, is told by wide vectors; where it is not, one asks where it
    // ceases to be.
    match simdutf8::basic::from_utf8(bytes).or_else(|_| str::from_utf8(bytes)) {
        // ISO-2022-JP is made of ASCII bytes alone, so it is always UTF-8 too.
        Ok(text) if declared != Some(ISO_2022_JP) => Cow::Borrowed(text),
        Err(error) if is_cut_utf8(bytes, error) => String::from_utf8_lossy(bytes),
        _ => decode_as(bytes, declared),
    }
}

/// The text of bytes that begin with a byte order mark, or that are UTF-16 or UTF-32 by their
/// noughts.
fn marked(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => Some(utf_32(rest, u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff, rest @ ..] => Some(utf_32(rest, u32::from_be_bytes)),
        [_, 0, 0, 0, ..] if bytes[0] != 0 => Some(utf_32(bytes, u32::from_le_bytes)),
        [0, 0, 0, _, ..] if bytes[3] != 0 => Some(utf_32(bytes, u32::from_be_bytes)),
        [a, 0, b, 0, ..] if *a != 0 && *b != 0 => {
            Some(UTF_16LE.decode_without_bom_handling(bytes).0)
        }
        [0, a, 0, b, ..] if *a != 0 && *b != 0 => {
            Some(UTF_16BE.decode_without_bom_handling(bytes).0)
        }
        _ => {
            let (encoding, length) = Encoding::for_bom(bytes)?;
            Some(encoding.decode_without_bom_handling(&bytes[length..]).0)
        }
    }
}

fn utf_32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Cow<'_, str> {
    let letter = |four: &[u8]| {
        let code = number([four[0], four[1], four[2], four[3]]);
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    Cow::Owned(bytes.chunks_exact(4).map(letter).collect())
}

/// Text that is UTF-8 but for a few bytes: cut within a letter at its end, or damaged on its way.
fn is_cut_utf8(bytes: &[u8], first: std::str::Utf8Error) -> bool {
    if first.error_len().is_none() {
        return true;
    }
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 20 * bad
}

/// What the text says its encoding is: an XML declaration, an HTML `meta`, or a `charset=` near the
/// top.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.trim_start().starts_with('<') {
        return None;
    }
    let label = ["encoding=", "charset="].iter().find_map(|key| {
        let rest = head[head.find(key)? + key.len()..].trim_start_matches(['"', '\'', ' ']);
        rest.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | ':'))
            .next()
    })?;
    known(label)
}

/// The encoding of a label, if single bytes and ASCII can be read by it.
fn known(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
        .filter(|&encoding| ![REPLACEMENT, UTF_16LE, UTF_16BE].contains(&encoding))
}

/// The text in the declared encoding, if the bytes can be in it; else in the likeliest one.
fn decode_as<'b>(bytes: &'b [u8], declared: Option<&'static Encoding>) -> Cow<'b, str> {
    let told = declared.filter(|&encoding| encoding != UTF_8);
    let guess = || {
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        detector.guess(None, Utf8Detection::Allow)
    };
    if told.is_some_and(|encoding| LATIN.contains(&encoding)) && !is_latin(bytes) {
        let guess = guess();
        if !LATIN.contains(&guess) {
            return guess.decode_without_bom_handling(bytes).0;
        }
    }
    let declared_text = told.map(|encoding| encoding.decode_without_bom_handling(bytes));
    match declared_text {
        Some((text, false)) => text,
        _ => guess().decode_without_bom_handling(bytes).0,
    }
}

/// The encodings of Latin letters in single bytes. All bytes can be in them, so their declaration
/// proves nothing.
const LATIN: [&Encoding; 11] = [
    WINDOWS_1252,
    WINDOWS_1250,
    WINDOWS_1254,
    WINDOWS_1257,
    WINDOWS_1258,
    ISO_8859_2,
    ISO_8859_3,
    ISO_8859_4,
    ISO_8859_10,
    ISO_8859_15,
    MACINTOSH,
];

/// Whether letters with accents stand among others, as they do in Latin, rather than by themselves.
fn is_latin(bytes: &[u8]) -> bool {
    let is_letter = |&byte: &u8| byte >= 0xc0;
    let letters = bytes.iter().filter(|byte| is_letter(byte)).count();
    let neighbours = bytes
        .windows(2)
        .filter(|pair| pair.iter().all(is_letter))
        .count();
    neighbours * 2 < letters
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARABIC: &str = "الشرع يصل إلى موسكو في أول زيارة رسمية لروسيا";

    fn windows_1256(text: &str) -> Vec<u8> {
        encoding_rs::WINDOWS_1256.encode(text).0.into_owned()
    }

    #[test]
    fn utf_8_is_borrowed() {
        assert!(matches!(decode(ARABIC.as_bytes()), Cow::Borrowed(text) if text == ARABIC));
        assert_eq!(decode(b""), "");
    }

    #[test]
    fn marks_and_noughts_tell_wide_encodings() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        let wider = |text: &str| -> Vec<u8> {
            text.chars()
                .flat_map(|c| (c as u32).to_le_bytes())
                .collect()
        };
        let cases = [
            ("\u{feff}".to_owned() + ARABIC).into_bytes(),
            wide(&format!("\u{feff}{ARABIC}"), false),
            wide(&format!("\u{feff}{ARABIC}"), true),
            wider(&format!("\u{feff}{ARABIC}")),
        ];
        for bytes in cases {
            assert_eq!(decode(&bytes), ARABIC);
        }
        assert_eq!(decode(&wide("<rss>", false)), "<rss>");
        assert_eq!(decode(&wide("<rss>", true)), "<rss>");
        assert_eq!(decode(&wider("<rss>")), "<rss>");
    }

    #[test]
    fn declarations_are_believed_where_they_can_be_true() {
        let feed = |label: &str| {
            format!("<?xml version=\"1.0\" encoding=\"{label}\"?><title>{ARABIC}</title>")
        };
        assert_eq!(
            decode(&windows_1256(&feed("windows-1256"))),
            feed("windows-1256")
        );
        assert_eq!(decode(feed("iso-8859-1").as_bytes()), feed("iso-8859-1"));
        assert_eq!(decode(&windows_1256(&feed("utf-8"))), feed("utf-8"));
        let meta =
            format!("<meta http-equiv=x content=\"text/html; charset=windows-1256\">{ARABIC}");
        assert_eq!(decode(&windows_1256(&meta)), meta);
    }

    #[test]
    fn latin_is_not_believed_of_other_letters() {
        let feed = |label: &str, text: &str| {
            format!("<?xml version=\"1.0\" encoding=\"{label}\"?><title>{text}</title>")
        };
        for label in ["iso-8859-1", "windows-1252", "iso-8859-15"] {
            let arabic = feed(label, ARABIC);
            assert_eq!(decode(&windows_1256(&arabic)), arabic);
            let russian = feed(label, "Министр открыл новый мост через реку");
            assert_eq!(
                decode(&encoding_rs::WINDOWS_1251.encode(&russian).0),
                russian
            );
            let german = feed(label, "Größere Brücken für Fußgänger, naïve Café-Gäste");
            assert_eq!(decode(&encoding_rs::WINDOWS_1252.encode(&german).0), german);
        }
        let polish = feed("iso-8859-2", "Żółć, gęślą jaźń: łódź pod Łodzią");
        assert_eq!(decode(&ISO_8859_2.encode(&polish).0), polish);
    }

    #[test]
    fn undeclared_letters_tell_their_encoding() {
        assert_eq!(decode(&windows_1256(ARABIC)), ARABIC);
        let russian = "Министр открыл новый мост через реку";
        assert_eq!(decode(&encoding_rs::KOI8_R.encode(russian).0), russian);
    }

    #[test]
    fn a_damaged_byte_costs_one_letter() {
        let mut bytes = format!("{ARABIC} {ARABIC}").into_bytes();
        bytes[0] = 0xff;
        assert!(decode(&bytes).ends_with(ARABIC));
        let cut = &ARABIC.as_bytes()[..ARABIC.len() - 1];
        assert!(decode(cut).starts_with("الشرع يصل"));
    }
}
