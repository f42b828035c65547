//! A text in, its language out, by the script it is written in and, where several languages share
//! one, by its trigrams (whatlang). Headlines are short, so a guess that the library itself doubts
//! is not taken. About ten microseconds for a text in Latin letters, far less for others.

use std::fmt;

use whatlang::{Lang, Script};

use crate::article::Article;

/// A language as a lower-case ISO 639 code ("ar", "en"); "und" where it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 3]);

/// Whether a word tells English from other languages in Latin letters, two such together.
fn is_english(word: &[u8]) -> bool {
    matches!(
        word,
        b"the" | b"of" | b"and" | b"for" | b"with" | b"from" | b"after" | b"says" | b"his" | b"has"
    ) || matches!(word, b"that" | b"this" | b"are" | b"its")
}

/// More of a text than this adds nothing to the guess.
const SAMPLE_BYTES: usize = 400;

impl Language {
    /// The language is not known.
    pub const UNKNOWN: Language = Language(*b"und");

    /// The language of a BCP 47 tag such as "ar-SA" or "EN_gb"; unknown if it does not begin with
    /// two or three letters.
    pub fn from_tag(tag: &str) -> Self {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        if !matches!(primary.len(), 2 | 3)
            || !primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        {
            return Language::UNKNOWN;
        }
        let mut code = [0; 3];
        for (slot, byte) in code.iter_mut().zip(primary.bytes()) {
            *slot = byte.to_ascii_lowercase();
        }
        Language(code)
    }

    /// The language a text is written in.
    ///
    /// ```
    /// use qissa::text::Language;
    /// assert_eq!(Language::of("الشرع يزور موسكو غدا").code(), "ar");
    /// ```
    pub fn of(text: &str) -> Self {
        let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
        Language::at_a_glance(text).unwrap_or_else(|| match whatlang::detect_script(sample) {
            Some(Script::Latin) => latin_script(sample),
            Some(Script::Cyrillic) => guess(sample).unwrap_or(Language(*b"ru\0")),
            Some(Script::Devanagari) => guess(sample).unwrap_or(Language(*b"hi\0")),
            Some(Script::Hebrew) => guess(sample).unwrap_or(Language(*b"he\0")),
            Some(_) => whatlang::detect_lang(sample).map_or(Language::UNKNOWN, from_library),
            None => Language::UNKNOWN,
        })
    }

    /// The language of a text, where the script or a few words of English give it away. A fraction
    /// of the cost of [`Language::of`].
    pub fn at_a_glance(text: &str) -> Option<Self> {
        let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
        if sample.is_ascii() {
            let words = sample.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
            return (words.filter(|word| is_english(word)).take(2).count() == 2)
                .then_some(Language(*b"en\0"));
        }
        match plain_script(sample.as_bytes()).or_else(|| whatlang::detect_script(sample))? {
            Script::Arabic => Some(arabic_script(sample)),
            Script::Mandarin | Script::Hiragana | Script::Katakana => {
                Some(east_asian_script(sample))
            }
            _ => None,
        }
    }

    /// The language an article declares, or what `guess` makes of its headline or, without one, its
    /// body. Of the headline `title` is looked at, the part of it that tells the news.
    pub fn of_article(
        article: &Article<'_>,
        title: &str,
        guess: impl Fn(&str) -> Language,
    ) -> Self {
        let declared = article
            .language
            .as_deref()
            .map_or(Language::UNKNOWN, Language::from_tag);
        let spoken = if title.is_empty() {
            &article.text
        } else {
            title
        };
        if declared == Language::UNKNOWN {
            guess(spoken)
        } else {
            declared
        }
    }

    /// The code: two letters, or three where there are no two.
    pub fn code(&self) -> &str {
        let end = if self.0[2] == 0 { 2 } else { 3 };
        str::from_utf8(&self.0[..end]).unwrap_or("und")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

fn guess(sample: &str) -> Option<Language> {
    whatlang::detect(sample)
        .filter(|info| info.is_reliable())
        .map(|info| from_library(info.lang()))
}

/// The script of a text of which more than half is ASCII letters or of the Arabic block, by
/// counting bytes.
fn plain_script(text: &[u8]) -> Option<Script> {
    let characters = count(text, |byte| byte & 0xc0 != 0x80);
    if 2 * count(text, |byte| matches!(byte, 0xd8..=0xdb)) > characters {
        return Some(Script::Arabic);
    }
    (2 * count(text, |byte| byte.is_ascii_alphabetic()) > characters).then_some(Script::Latin)
}

fn count(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    text.iter().map(|&byte| usize::from(is(byte))).sum()
}

/// Japanese headlines can be mostly Han; kana give them away.
fn east_asian_script(sample: &str) -> Language {
    let kana = sample
        .chars()
        .any(|c| ('\u{3040}'..='\u{30ff}').contains(&c));
    Language(if kana { *b"ja\0" } else { *b"zh\0" })
}

/// Urdu and Persian have letters of their own; without one, only a sure guess is taken against
/// Arabic.
fn arabic_script(sample: &str) -> Language {
    // Arabic's own letters are of the first half of the block, all but a few of the others of the
    // second.
    let bytes = sample.as_bytes();
    let is_other = |(first, next): (&u8, &u8)| {
        (*first >= 0xda) | (*first == 0xd9) & matches!(next, 0xb9 | 0xbe)
    };
    if !bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .fold(false, |any, pair| any | is_other(pair))
    {
        return Language(*b"ar\0");
    }
    if sample.contains(['ٹ', 'ڈ', 'ڑ', 'ں', 'ے']) {
        return Language(*b"ur\0");
    }
    let persian = sample
        .chars()
        .filter(|c| matches!(c, 'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی'))
        .count();
    if persian * 20 > sample.chars().count() {
        return Language(*b"fa\0");
    }
    Language(*b"ar\0")
}

/// Short texts without accents are English far more often than what their few trigrams suggest.
fn latin_script(sample: &str) -> Language {
    match guess(sample) {
        Some(language) => language,
        None if sample.is_ascii() => Language(*b"en\0"),
        None => whatlang::detect_lang(sample).map_or(Language::UNKNOWN, from_library),
    }
}

fn from_library(lang: Lang) -> Language {
    let two = match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "no",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    };
    Language::from_tag(two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(Language::of(text).code(), *expected, "for {text:?}");
        }
    }

    #[test]
    fn the_script_decides_where_it_can() {
        check(&[
            ("الشرع يزور موسكو غدا", "ar"),
            ("中国总统访问莫斯科", "zh"),
            ("ロシア大統領が会談", "ja"),
        ]);
        check(&[
            ("ประธานาธิบดี", "th"),
            ("대통령 회담", "ko"),
            ("ראש הממשלה נפגש", "he"),
            ("", "und"),
        ]);
    }

    #[test]
    fn counting_bytes_gives_the_script_of_the_library() {
        let texts = [
            "الشرع يزور موسكو غدا",
            "Café says",
            "Ω β β β",
            "الشرع visits Moscow",
            "10،،،،، é",
            "ий ab",
            "é",
        ];
        for text in texts {
            let counted = plain_script(text.as_bytes());
            assert!(
                counted.is_none() || counted == whatlang::detect_script(text),
                "{counted:?} for {text}"
            );
        }
        assert_eq!(plain_script("Café says".as_bytes()), Some(Script::Latin));
        assert_eq!(
            plain_script("الشرع يزور موسكو غدا".as_bytes()),
            Some(Script::Arabic)
        );
    }

    #[test]
    fn persian_and_urdu_are_told_from_arabic() {
        check(&[
            ("رئیس جمهور ایران با همتای روسی خود گفتگو کرد", "fa"),
            ("وزیراعظم نے کہا ہے کہ", "ur"),
        ]);
    }

    #[test]
    fn short_english_is_english() {
        check(&[("Breaking news", "en"), ("Fed raises rates", "en")]);
    }

    #[test]
    fn a_sure_guess_is_taken() {
        check(&[(
            "Der Bundeskanzler hat am Montag die Pläne der Regierung für das kommende Jahr vorgestellt",
            "de",
        )]);
        check(&[(
            "Президент провел переговоры с министром иностранных дел",
            "ru",
        )]);
    }

    #[test]
    fn tags_give_their_language() {
        for (tag, code) in [
            ("ar-SA", "ar"),
            ("EN_gb", "en"),
            ("fil", "fil"),
            ("english", "und"),
            ("", "und"),
            ("1x", "und"),
        ] {
            assert_eq!(Language::from_tag(tag).code(), code);
        }
    }
}
