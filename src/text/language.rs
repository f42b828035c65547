//! Identifies the language of a text.
//!
//! Input: a text. Output: a [`Language`]: by script where a script has one language, else by
//! character trigrams (crate `whatlang`). Texts are short, so a guess that `whatlang` marks as
//! unreliable is not used where there is a better default. Cost: about 10 us for a text in Latin
//! script, much less for others.

use std::fmt;

use whatlang::{Lang, Script};

use crate::article::Article;

/// A language as an ISO 639 code in lower case (`ar`, `en`); `und` if unknown.
///
/// ```
/// use qissa::text::Language;
///
/// assert_eq!(Language::from_tag("ar-SA"), Language::of("الشرع يزور موسكو غدا"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 3]);

/// Whether a word is frequent in English. Two such words distinguish English from other
/// languages in ASCII.
fn is_english(word: &[u8]) -> bool {
    matches!(
        word,
        b"the" | b"of" | b"and" | b"for" | b"with" | b"from" | b"after" | b"says" | b"his" | b"has"
    ) || matches!(word, b"that" | b"this" | b"are" | b"its")
}

/// Length of the start of a text that is read, in bytes. More text does not improve the guess.
const SAMPLE_BYTES: usize = 400;

impl Language {
    /// An unknown language.
    pub const UNKNOWN: Language = Language(*b"und");

    /// The language of a BCP 47 tag such as `ar-SA` or `EN_gb`; [`Language::UNKNOWN`] if the tag
    /// does not begin with two or three letters.
    #[must_use]
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

    /// The language of a text.
    ///
    /// ```
    /// use qissa::text::Language;
    ///
    /// assert_eq!(Language::of("الشرع يزور موسكو غدا").code(), "ar");
    /// ```
    #[must_use]
    pub fn of(text: &str) -> Self {
        let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
        Language::at_a_glance(text).unwrap_or_else(|| match whatlang::detect_script(sample) {
            Some(Script::Latin) => latin_script(sample),
            Some(Script::Cyrillic) => guess(sample).unwrap_or(Language(*b"ru\0")),
            Some(Script::Devanagari) => guess(sample).unwrap_or(Language(*b"hi\0")),
            Some(Script::Hebrew) => guess(sample).unwrap_or(Language(*b"he\0")),
            Some(_) => whatlang::detect_lang(sample).map_or(Language::UNKNOWN, from_whatlang),
            None => Language::UNKNOWN,
        })
    }

    /// The language of a text, if the script or two frequent English words determine it. Costs a
    /// fraction of [`Language::of`].
    #[must_use]
    pub fn at_a_glance(text: &str) -> Option<Self> {
        let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
        if sample.is_ascii() {
            let words = sample.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
            let is_english = words.filter(|word| is_english(word)).nth(1).is_some();
            return is_english.then_some(Language(*b"en\0"));
        }
        match plain_script(sample.as_bytes()).or_else(|| whatlang::detect_script(sample))? {
            Script::Arabic => Some(arabic_script(sample)),
            Script::Mandarin | Script::Hiragana | Script::Katakana => {
                Some(east_asian_script(sample))
            }
            _ => None,
        }
    }

    /// The declared language of an article; else the guess for `title`, which is its title without
    /// boilerplate; else, with an empty title, the guess for its text.
    pub fn of_article(
        article: &Article<'_>,
        title: &str,
        guess: impl Fn(&str) -> Language,
    ) -> Self {
        let declared = article
            .language
            .as_deref()
            .map_or(Language::UNKNOWN, Language::from_tag);
        if declared != Language::UNKNOWN {
            declared
        } else if title.is_empty() {
            guess(&article.text)
        } else {
            guess(title)
        }
    }

    /// The ISO 639 code: two letters, or three if the language has no code of two.
    #[must_use]
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

/// The guess of `whatlang`, if it is reliable.
fn guess(sample: &str) -> Option<Language> {
    whatlang::detect(sample)
        .filter(|info| info.is_reliable())
        .map(|info| from_whatlang(info.lang()))
}

/// The script of a text with more than half of its characters in ASCII letters or the Arabic block.
/// Counts bytes, which is faster than `whatlang::detect_script` and agrees with it.
fn plain_script(text: &[u8]) -> Option<Script> {
    let characters = count(text, |byte| byte & 0xc0 != 0x80);
    // Lead bytes 0xd8 to 0xdb are those of U+0600 to U+06FF.
    if 2 * count(text, |byte| matches!(byte, 0xd8..=0xdb)) > characters {
        return Some(Script::Arabic);
    }
    let is_latin = 2 * count(text, |byte| byte.is_ascii_alphabetic()) > characters;
    is_latin.then_some(Script::Latin)
}

fn count(text: &[u8], is_counted: impl Fn(u8) -> bool) -> usize {
    text.iter().map(|&byte| usize::from(is_counted(byte))).sum()
}

/// Japanese if there are kana, as Japanese titles can be mostly Han; else Chinese.
fn east_asian_script(sample: &str) -> Language {
    let kana = sample
        .chars()
        .any(|c| ('\u{3040}'..='\u{30ff}').contains(&c));
    Language(if kana { *b"ja\0" } else { *b"zh\0" })
}

/// Arabic, unless letters of Urdu or Persian show otherwise.
fn arabic_script(sample: &str) -> Language {
    if !may_have_foreign_letter(sample.as_bytes()) {
        return Language(*b"ar\0");
    }
    if sample.contains(['ٹ', 'ڈ', 'ڑ', 'ں', 'ے']) {
        return Language(*b"ur\0");
    }
    let persian = sample
        .chars()
        .filter(|c| matches!(c, 'پ' | 'چ' | 'ژ' | 'گ' | 'ک' | 'ی'))
        .count();
    // Arabic texts have such letters in foreign names, so one in 20 is required.
    if persian * 20 > sample.chars().count() {
        return Language(*b"fa\0");
    }
    Language(*b"ar\0")
}

/// Whether the bytes may have a letter of the Arabic block that Arabic does not use. Arabic letters
/// are in the first half of the block (lead bytes 0xd8 and 0xd9), all but a few of the others in
/// the second. Without branches, so the compiler vectorizes the loop.
fn may_have_foreign_letter(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .fold(false, |found, (&lead, &trail)| {
            found | (lead >= 0xda) | (lead == 0xd9) & matches!(trail, 0xb9 | 0xbe)
        })
}

/// A reliable guess; else English for ASCII, as few trigrams of a short text are less likely right
/// than this default; else an unreliable guess.
fn latin_script(sample: &str) -> Language {
    match guess(sample) {
        Some(language) => language,
        None if sample.is_ascii() => Language(*b"en\0"),
        None => whatlang::detect_lang(sample).map_or(Language::UNKNOWN, from_whatlang),
    }
}

/// The language of a `whatlang` constant, whose own codes have three letters.
fn from_whatlang(lang: Lang) -> Language {
    let code = match lang {
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
    Language::from_tag(code)
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
    fn scripts_of_one_language_decide() {
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
    fn counting_bytes_agrees_with_whatlang() {
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
    fn persian_and_urdu_differ_from_arabic() {
        check(&[
            ("رئیس جمهور ایران با همتای روسی خود گفتگو کرد", "fa"),
            ("وزیراعظم نے کہا ہے کہ", "ur"),
        ]);
    }

    #[test]
    fn short_ascii_texts_are_english() {
        check(&[("Breaking news", "en"), ("Fed raises rates", "en")]);
    }

    #[test]
    fn reliable_guesses_are_used() {
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
