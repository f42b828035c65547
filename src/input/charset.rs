//! Character set detection and decoding.
//!
//! Input: bytes. Output: text; UTF-8 is borrowed. Cost: linear in the bytes.
//!
//! In this order: byte order marks, validity as UTF-8, the declaration in the text, and the
//! statistics of letter pairs (chardetng, the detector of Firefox).

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_2022_JP, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_10, ISO_8859_15, MACINTOSH,
    REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
    WINDOWS_1258,
};

/// Bytes in which a declaration is searched.
const HEAD_BYTES: usize = 4096;

/// Decodes bytes.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    decode_labelled(bytes, None)
}

/// Decodes bytes whose server may declare an encoding, which precedes the declaration in the text.
pub(super) fn decode_labelled<'b>(bytes: &'b [u8], label: Option<&str>) -> Cow<'b, str> {
    if let Some(text) = decode_wide(bytes) {
        return text;
    }
    let label = label
        .and_then(known_encoding)
        .filter(|&encoding| encoding != UTF_8);
    let declared = label.or_else(|| declaration(bytes));
    // simdutf8 is fast for valid text; the standard library states where invalid text is invalid.
    match simdutf8::basic::from_utf8(bytes).or_else(|_| str::from_utf8(bytes)) {
        // ISO-2022-JP consists of ASCII bytes, so it is always valid UTF-8.
        Ok(text) if declared != Some(ISO_2022_JP) => Cow::Borrowed(text),
        Err(error) if is_damaged_utf8(bytes, error) => String::from_utf8_lossy(bytes),
        _ => decode_legacy(bytes, declared),
    }
}

/// The text of bytes with a byte order mark, or in UTF-16 or UTF-32 by their zero bytes.
fn decode_wide(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => Some(utf_32(rest, u32::from_le_bytes)),
        [0, 0, 0xfe, 0xff, rest @ ..] => Some(utf_32(rest, u32::from_be_bytes)),
        [first, 0, 0, 0, ..] if *first != 0 => Some(utf_32(bytes, u32::from_le_bytes)),
        [0, 0, 0, last, ..] if *last != 0 => Some(utf_32(bytes, u32::from_be_bytes)),
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

fn utf_32(bytes: &[u8], code: fn([u8; 4]) -> u32) -> Cow<'_, str> {
    let (chunks, _) = bytes.as_chunks::<4>();
    chunks
        .iter()
        .map(|chunk| char::from_u32(code(*chunk)).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into()
}

/// Whether bytes are UTF-8 with few invalid bytes: truncated in a character, or damaged.
fn is_damaged_utf8(bytes: &[u8], first: std::str::Utf8Error) -> bool {
    /// Minimum non-ASCII characters per invalid sequence.
    const MIN_VALID: usize = 20;
    if first.error_len().is_none() {
        return true;
    }
    let (mut valid, mut invalid) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > MIN_VALID * invalid
}

/// The encoding that markup declares: an XML declaration, an HTML `meta`, or `charset=` near the
/// top.
fn declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.trim_start().starts_with('<') {
        return None;
    }
    let value = ["encoding=", "charset="]
        .iter()
        .find_map(|key| Some(&head[head.find(key)? + key.len()..]))?;
    let value = value.trim_start_matches(['"', '\'', ' ']);
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':');
    let end = value.find(|c| !is_label(c)).unwrap_or(value.len());
    known_encoding(&value[..end])
}

/// The encoding of a label, if it is a superset of ASCII in single bytes.
fn known_encoding(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.as_bytes())
        .filter(|&encoding| ![REPLACEMENT, UTF_16LE, UTF_16BE].contains(&encoding))
}

/// The text in the declared encoding, if the bytes are valid in it; otherwise in the detected one.
fn decode_legacy<'b>(bytes: &'b [u8], declared: Option<&'static Encoding>) -> Cow<'b, str> {
    let Some(declared) = declared.filter(|&encoding| encoding != UTF_8) else {
        return detected(bytes).decode_without_bom_handling(bytes).0;
    };
    // All bytes are valid in a Latin encoding, so its declaration proves nothing.
    if LATIN.contains(&declared) && !is_latin(bytes) {
        let detected = detected(bytes);
        if !LATIN.contains(&detected) {
            return detected.decode_without_bom_handling(bytes).0;
        }
    }
    match declared.decode_without_bom_handling(bytes) {
        (text, false) => text,
        (_, true) => detected(bytes).decode_without_bom_handling(bytes).0,
    }
}

fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Allow)
}

/// Single-byte encodings of Latin letters.
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

/// Whether most bytes above 0xbf are isolated, as accented letters are in Latin text.
fn is_latin(bytes: &[u8]) -> bool {
    let is_letter = |byte: u8| byte >= 0xc0;
    let letters = bytes.iter().filter(|&&byte| is_letter(byte)).count();
    let adjacent = bytes
        .windows(2)
        .filter(|pair| is_letter(pair[0]) && is_letter(pair[1]))
        .count();
    adjacent * 2 < letters
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
    fn wide_encodings_are_detected_by_marks_and_zero_bytes() {
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
    fn plausible_declarations_are_used() {
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
    fn declarations_of_latin_are_checked() {
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
    fn undeclared_encodings_are_detected() {
        assert_eq!(decode(&windows_1256(ARABIC)), ARABIC);
        let russian = "Министр открыл новый мост через реку";
        assert_eq!(decode(&encoding_rs::KOI8_R.encode(russian).0), russian);
    }

    #[test]
    fn damaged_bytes_are_replaced() {
        let mut bytes = format!("{ARABIC} {ARABIC}").into_bytes();
        bytes[0] = 0xff;
        assert!(decode(&bytes).ends_with(ARABIC));
        let cut = &ARABIC.as_bytes()[..ARABIC.len() - 1];
        assert!(decode(cut).starts_with("الشرع يصل"));
    }
}
