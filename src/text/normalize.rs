//! Normalizes characters for comparison.
//!
//! Input: a character. Output: what the tokenizer sees, a [`Normalized`]. Case, accents, Arabic
//! marks and letter variants, digits of all scripts and typographic forms are unified. Cost: a
//! table lookup per character.
//!
//! Texts of [plain](is_plain) characters only (ASCII, accented letters of western Europe, Russian,
//! the basic Arabic block, common typographic marks) are normalized character by character. All
//! other texts pass through NFKC and full case folding first ([`prepare`]). Both give the same
//! result where both apply; property tests of `tokens` compare them.
//!
//! Sources: Unicode Standard Annex 15 (NFKC); Unicode case folding; light10 for Arabic (Larkey,
//! Ballesteros and Connell 2007), extended to Persian and Urdu letters.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// A character as the tokenizer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Normalized {
    /// A letter or mark of a word.
    Letter(char),
    /// Two letters: a ligature or digraph.
    Letters(char, char),
    /// An ASCII digit.
    Digit(char),
    /// A sign of a script without spaces: a token of its own.
    Sign(char),
    /// A mark on the sign before.
    SignMark(char),
    /// Dropped: marks, joiners, the tatweel.
    Nothing,
    /// A decimal point between digits; a break elsewhere.
    Point,
    /// A thousands separator or decimal comma between digits; a break elsewhere.
    Comma,
    /// Kept within a word ("o'brien"); a break elsewhere.
    Apostrophe,
    /// Dropped within a Hebrew word (acronyms); a break elsewhere.
    Quote,
    /// The end of a word.
    Break,
}

/// Prepares a text of any characters for [`normalize`]: NFKC and full case folding.
pub(super) fn prepare(text: &str) -> String {
    let mut current = compose(text);
    // Dropping a mark can make its neighbors composable, so composition runs to a fixpoint.
    while current
        .chars()
        .any(|c| is_mark(c) && normalize(c) == Normalized::Nothing)
    {
        let kept: String = current
            .chars()
            .filter(|&c| normalize(c) != Normalized::Nothing)
            .collect();
        current = compose(&kept);
    }
    if current.contains(VIRAMA) {
        with_anusvara(&current)
    } else {
        current
    }
}

/// Devanagari virama: joins two consonants.
const VIRAMA: char = '\u{94d}';

/// Devanagari anusvara: a nasal written as a dot.
const ANUSVARA: char = '\u{902}';

/// Replaces a nasal and virama before a stop of the same place of articulation by the anusvara:
/// हिन्दी and हिंदी are one word.
fn with_anusvara(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let mut ahead = rest.clone();
        let joined =
            ahead.next() == Some(VIRAMA) && ahead.next().is_some_and(|stop| is_homorganic(c, stop));
        if joined {
            rest.next();
        }
        written.push(if joined { ANUSVARA } else { c });
    }
    written
}

fn is_homorganic(nasal: char, stop: char) -> bool {
    match nasal {
        'ङ' => ('क'..='घ').contains(&stop),
        'ञ' => ('च'..='झ').contains(&stop),
        'ण' => ('ट'..='ढ').contains(&stop),
        'न' => ('त'..='ध').contains(&stop),
        'म' => ('प'..='भ').contains(&stop),
        _ => false,
    }
}

fn compose(text: &str) -> String {
    text.chars()
        .filter(|&c| !is_format(c))
        .nfkc()
        .default_case_fold()
        .nfkc()
        .filter(|&c| !is_format(c))
        .collect()
}

/// Whether [`prepare`] changes nothing about the character, next to any plain characters, that
/// [`normalize`] does not change in the same way.
pub(super) fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\x7f' | '\u{600}'..='\u{674}' | '\u{679}'..='\u{6ff}')
        || matches!(c, 'А'..='я' | 'Ё' | 'ё' | 'À'..='Å' | 'Ç'..='Ï' | 'Ñ'..='Ö' | 'Ù'..='Ý')
        || matches!(c, 'à'..='å' | 'ç'..='ï' | 'ñ'..='ö' | 'ù'..='ý')
        || matches!(
            c,
            '\u{a0}' | '\u{ab}' | '\u{bb}' | '…' | '€' | '£' | '°' | '\u{2022}'
        )
        || matches!(c, '\u{2010}'..='\u{2016}' | '\u{2018}'..='\u{201f}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether the character is a format character, a variation selector, or an isolated form of an
/// Arabic mark, which NFKC would decompose to a space and a mark.
fn is_format(c: char) -> bool {
    matches!(c, '\u{fe70}'..='\u{fe7f}' | '\u{fe00}'..='\u{fe0f}' | '\u{34f}')
        || (!c.is_ascii() && c.general_category() == GeneralCategory::Format)
}

fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Normalizes a character of a [plain](is_plain) or [prepared](prepare) text.
#[inline]
pub(super) fn normalize(c: char) -> Normalized {
    match c {
        'a'..='z' => Normalized::Letter(c),
        'A'..='Z' => Normalized::Letter(c.to_ascii_lowercase()),
        '0'..='9' => Normalized::Digit(c),
        '.' => Normalized::Point,
        ',' => Normalized::Comma,
        '\'' => Normalized::Apostrophe,
        '"' => Normalized::Quote,
        '\0'..='\x7f' => Normalized::Break,
        '\u{600}'..='\u{6ff}' => normalize_arabic(c),
        _ => normalize_other(c),
    }
}

#[inline]
fn normalize_arabic(c: char) -> Normalized {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => Normalized::Letter('ا'),
        'ى' | 'ی' | 'ې' | 'ۍ' | 'ێ' | 'ئ' => Normalized::Letter('ي'),
        'ؤ' => Normalized::Letter('و'),
        'ة' | 'ہ' | 'ۀ' | 'ۂ' | 'ە' | 'ھ' | 'ۃ' => Normalized::Letter('ه'),
        'ک' | 'ڪ' => Normalized::Letter('ك'),
        'ۓ' => Normalized::Letter('ے'),
        'ء'..='\u{63f}' | 'ف'..='و' | 'ي' | '\u{66e}' | '\u{66f}' | '\u{672}'..='\u{6d2}' => {
            Normalized::Letter(c)
        }
        '\u{6ee}' | '\u{6ef}' | '\u{6fa}'..='\u{6fc}' | '\u{6ff}' => Normalized::Letter(c),
        '\u{660}'..='\u{669}' => ascii_digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => ascii_digit(c, 0x6f0),
        '\u{66b}' => Normalized::Point,
        '\u{66c}' => Normalized::Comma,
        'ـ' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{610}'..='\u{61a}' | '\u{61c}' => {
            Normalized::Nothing
        }
        '\u{600}'..='\u{605}'
        | '\u{6d6}'..='\u{6dd}'
        | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' => Normalized::Nothing,
        _ => Normalized::Break,
    }
}

fn normalize_other(c: char) -> Normalized {
    match c {
        '’' | '‘' | 'ʼ' | 'ʻ' | '‛' => Normalized::Apostrophe,
        '״' | '׳' => Normalized::Quote,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}' => {
            Normalized::Nothing
        }
        'æ' => Normalized::Letters('a', 'e'),
        'œ' => Normalized::Letters('o', 'e'),
        'ø' => Normalized::Letter('o'),
        'ł' => Normalized::Letter('l'),
        'đ' | 'ð' => Normalized::Letter('d'),
        'ħ' => Normalized::Letter('h'),
        'ı' => Normalized::Letter('i'),
        'ё' | 'Ё' => Normalized::Letter('е'),
        'А'..='Я' => Normalized::Letter(char::from_u32(c as u32 + 0x20).unwrap_or(c)),
        'ς' => Normalized::Letter('σ'),
        // Hindi spelling varies in the nukta of borrowed sounds, and in candrabindu for anusvara.
        '\u{93c}' => Normalized::Nothing,
        '\u{901}' => Normalized::Letter(ANUSVARA),
        'ー' => Normalized::SignMark(c),
        '\u{c0}'..='\u{24f}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{370}'..='\u{3ff}'
        | '\u{1f00}'..='\u{1fff}' => base_letter(c),
        '\u{30a0}'..='\u{30ff}' => by_category(c),
        _ if Unspaced::of(c).is_some() => unspaced(c),
        _ => by_category(c),
    }
}

/// Strips the accents of a Latin or Greek letter: feeds and agencies use them inconsistently.
fn base_letter(c: char) -> Normalized {
    let mut base = c;
    let mut first = true;
    decompose_canonical(c, |part| {
        if std::mem::take(&mut first) {
            base = part;
        }
    });
    if base == c || !base.is_alphabetic() {
        by_category(c)
    } else {
        normalize(base)
    }
}

/// Scripts written without spaces between words, in which each sign is a token. Katakana is not
/// listed: a run of katakana is one borrowed word or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unspaced {
    /// Han and bopomofo: words of one or two signs.
    Han,
    /// Hiragana: particles and endings of Japanese.
    Hiragana,
    /// Thai, Lao, Khmer, Myanmar, Tibetan: words of three signs or more.
    Southern,
}

impl Unspaced {
    /// Script of a sign; `None` for scripts with spaces.
    pub(super) fn of(c: char) -> Option<Self> {
        match c {
            '\u{3040}'..='\u{309f}' => Some(Unspaced::Hiragana),
            '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Some(Unspaced::Southern),
            '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3100}'..='\u{312f}' => {
                Some(Unspaced::Han)
            }
            '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
                Some(Unspaced::Han)
            }
            '\u{20000}'..='\u{3ffff}' => Some(Unspaced::Han),
            _ => None,
        }
    }

    /// Number of adjacent signs in a unit: see `Tokens::units`.
    pub(super) fn gram(self) -> usize {
        if self == Unspaced::Southern { 3 } else { 2 }
    }
}

fn unspaced(c: char) -> Normalized {
    match by_category(c) {
        Normalized::Letter(letter) if c.general_category_group() == GeneralCategoryGroup::Mark => {
            Normalized::SignMark(letter)
        }
        Normalized::Letter(letter) => Normalized::Sign(letter),
        other => other,
    }
}

/// Code points of the digit zero of the decimal systems in use, ascending.
const ZEROS: [u32; 15] = [
    0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040,
    0x17e0, 0x1810,
];

fn by_category(c: char) -> Normalized {
    match c.general_category_group() {
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark => Normalized::Letter(c),
        GeneralCategoryGroup::Number => match ZEROS.iter().rev().find(|&&zero| zero <= c as u32) {
            Some(&zero) if (c as u32) < zero + 10 => ascii_digit(c, zero),
            _ => Normalized::Letter(c),
        },
        _ if is_format(c) => Normalized::Nothing,
        _ => Normalized::Break,
    }
}

#[inline]
fn ascii_digit(c: char, zero: u32) -> Normalized {
    Normalized::Digit(char::from(b'0' + (c as u32 - zero) as u8))
}
