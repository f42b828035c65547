//! One character in, what a comparison should see of it out.
//!
//! Texts made only of ASCII, the accented letters of western Europe, Russian, the basic Arabic
//! block and everyday typographic marks are folded character by character; all others pass through
//! NFKC and full case folding first. Both ways give the same result. Linear in the text.
//!
//! Sources: Unicode Standard Annex 15 (NFKC), the Unicode case folding table; for Arabic the
//! normalisation of light10 (Larkey, Ballesteros and Connell 2007), extended to Persian and Urdu
//! letters.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::decompose_canonical;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// What a character is to the tokeniser once it is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Folded {
    /// Part of a word that is written with its neighbours.
    Letter(char),
    /// A ligature or digraph: two letters.
    Letters(char, char),
    /// An ASCII digit.
    Digit(char),
    /// A sign of a script that is written without spaces: a token by itself.
    Sign(char),
    /// Belongs to the sign before it.
    SignMark(char),
    /// Nothing: marks, joiners, tatweel.
    Nothing,
    /// A decimal point, if digits stand on both sides.
    Point,
    /// A comma: a thousands separator or a decimal comma between digits, a break elsewhere.
    Comma,
    /// Kept inside a word ("o'brien"), a break elsewhere.
    Apostrophe,
    /// Dropped between two letters (Hebrew acronyms), a break elsewhere.
    Quote,
    /// Ends a word.
    Break,
}

/// The text in a form that [`fold`] can take character by character, as it can any text of
/// [plain](is_plain) characters.
pub(super) fn normalise(text: &str) -> String {
    let mut current = compose(text);
    // A mark dropped by the fold can bring together what composes: once more, until nothing
    // changes.
    while current
        .chars()
        .any(|c| is_combining(c) && fold(c) == Folded::Nothing)
    {
        let kept: String = current
            .chars()
            .filter(|&c| fold(c) != Folded::Nothing)
            .collect();
        current = compose(&kept);
    }
    if current.contains(VIRAMA) {
        with_anusvara(&current)
    } else {
        current
    }
}

/// The Devanagari sign that joins two consonants.
const VIRAMA: char = '\u{94d}';

/// Writes a nasal that is joined to a stop of its own place as the dot over the line: हिन्दी and
/// हिंदी are one word.
fn with_anusvara(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let mut ahead = rest.clone();
        let joined =
            ahead.next() == Some(VIRAMA) && ahead.next().is_some_and(|stop| is_of_place(c, stop));
        if joined {
            rest.next();
        }
        written.push(if joined { '\u{902}' } else { c });
    }
    written
}

fn is_of_place(nasal: char, stop: char) -> bool {
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

/// Whether NFKC leaves the character as it is, whatever plain characters stand beside it, apart
/// from what [`fold`] drops or folds anyway.
pub(super) fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\x7f' | '\u{600}'..='\u{674}' | '\u{679}'..='\u{6ff}' | '\u{ab}' | '\u{bb}' | '\u{a0}')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2016}' | '\u{2018}'..='\u{201f}')
        || matches!(c, 'À'..='Å' | 'Ç'..='Ï' | 'Ñ'..='Ö' | 'Ù'..='Ý' | 'à'..='å' | 'ç'..='ï' | 'ñ'..='ö' | 'ù'..='ý')
        || matches!(c, 'А'..='я' | 'Ё' | 'ё' | '…' | '€' | '£' | '°')
        || matches!(c, '\u{2022}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Format characters and variation selectors, and the isolated forms of Arabic marks, which NFKC
/// would turn into a space and a mark.
fn is_format(c: char) -> bool {
    matches!(c, '\u{fe70}'..='\u{fe7f}' | '\u{fe00}'..='\u{fe0f}' | '\u{34f}')
        || (!c.is_ascii() && c.general_category() == GeneralCategory::Format)
}

fn is_combining(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// What the tokeniser sees of a character of a [plain](is_plain) or [normalised](normalise) text.
#[inline]
pub(super) fn fold(c: char) -> Folded {
    match c {
        'a'..='z' => Folded::Letter(c),
        'A'..='Z' => Folded::Letter(c.to_ascii_lowercase()),
        '0'..='9' => Folded::Digit(c),
        '.' => Folded::Point,
        ',' => Folded::Comma,
        '\'' => Folded::Apostrophe,
        '"' => Folded::Quote,
        '\0'..='\x7f' => Folded::Break,
        '\u{600}'..='\u{6ff}' => fold_arabic(c),
        _ => fold_other(c),
    }
}

#[inline]
fn fold_arabic(c: char) -> Folded {
    match c {
        'أ' | 'إ' | 'آ' | 'ٱ' | 'ٲ' | 'ٳ' => Folded::Letter('ا'),
        'ى' | 'ی' | 'ې' | 'ۍ' | 'ێ' | 'ئ' => Folded::Letter('ي'),
        'ؤ' => Folded::Letter('و'),
        'ة' | 'ہ' | 'ۀ' | 'ۂ' | 'ە' | 'ھ' | 'ۃ' => Folded::Letter('ه'),
        'ک' | 'ڪ' => Folded::Letter('ك'),
        'ۓ' => Folded::Letter('ے'),
        'ء'..='\u{63f}' | 'ف'..='و' | 'ي' | '\u{66e}' | '\u{66f}' | '\u{672}'..='\u{6d2}' => {
            Folded::Letter(c)
        }
        '\u{6ee}' | '\u{6ef}' | '\u{6fa}'..='\u{6fc}' | '\u{6ff}' => Folded::Letter(c),
        '\u{660}'..='\u{669}' => ascii_digit(c, 0x660),
        '\u{6f0}'..='\u{6f9}' => ascii_digit(c, 0x6f0),
        '\u{66b}' => Folded::Point,
        '\u{66c}' => Folded::Comma,
        'ـ' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{610}'..='\u{61a}' | '\u{61c}' => {
            Folded::Nothing
        }
        '\u{600}'..='\u{605}'
        | '\u{6d6}'..='\u{6dd}'
        | '\u{6df}'..='\u{6e8}'
        | '\u{6ea}'..='\u{6ed}' => Folded::Nothing,
        _ => Folded::Break,
    }
}

fn fold_other(c: char) -> Folded {
    match c {
        '’' | '‘' | 'ʼ' | 'ʻ' | '‛' => Folded::Apostrophe,
        '״' | '׳' => Folded::Quote,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}' => {
            Folded::Nothing
        }
        'æ' => Folded::Letters('a', 'e'),
        'œ' => Folded::Letters('o', 'e'),
        'ø' => Folded::Letter('o'),
        'ł' => Folded::Letter('l'),
        'đ' | 'ð' => Folded::Letter('d'),
        'ħ' => Folded::Letter('h'),
        'ı' => Folded::Letter('i'),
        'ё' | 'Ё' => Folded::Letter('е'),
        'А'..='Я' => Folded::Letter(char::from_u32(c as u32 + 0x20).unwrap_or(c)),
        'ς' => Folded::Letter('σ'),
        // Hindi writes the nukta of borrowed sounds, and the moon under the nasal dot, as it likes.
        '\u{93c}' => Folded::Nothing,
        '\u{901}' => Folded::Letter('\u{902}'),
        'ー' => Folded::SignMark(c),
        '\u{c0}'..='\u{24f}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{370}'..='\u{3ff}'
        | '\u{1f00}'..='\u{1fff}' => base_letter(c),
        '\u{30a0}'..='\u{30ff}' => by_category(c),
        _ if Unspaced::of(c).is_some() => unspaced(c),
        _ => by_category(c),
    }
}

/// A Latin or Greek letter without its accents: feeds and agencies drop them at will.
fn base_letter(c: char) -> Folded {
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
        fold(base)
    }
}

/// The scripts written without spaces between words whose signs are words of their own; katakana is
/// not among them, because a run of it is one borrowed word or name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unspaced {
    /// Han and bopomofo: a word is a sign or two.
    Han,
    /// The particles and endings of Japanese.
    Hiragana,
    /// Thai, Lao, Khmer, Myanmar, Tibetan: a word is three signs or more.
    Southern,
}

impl Unspaced {
    /// The script of a sign.
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

    /// How many signs in a row tell as much as a word.
    pub(super) fn gram(self) -> usize {
        if self == Unspaced::Southern { 3 } else { 2 }
    }
}

fn unspaced(c: char) -> Folded {
    match by_category(c) {
        Folded::Letter(letter) if c.general_category_group() == GeneralCategoryGroup::Mark => {
            Folded::SignMark(letter)
        }
        Folded::Letter(letter) => Folded::Sign(letter),
        other => other,
    }
}

/// The code points of the digit nought in the decimal systems in use, in order.
const ZEROS: [u32; 15] = [
    0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20, 0x1040,
    0x17e0, 0x1810,
];

fn by_category(c: char) -> Folded {
    match c.general_category_group() {
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark => Folded::Letter(c),
        GeneralCategoryGroup::Number => match ZEROS.iter().rev().find(|&&zero| zero <= c as u32) {
            Some(&zero) if (c as u32) < zero + 10 => ascii_digit(c, zero),
            _ => Folded::Letter(c),
        },
        _ if is_format(c) => Folded::Nothing,
        _ => Folded::Break,
    }
}

#[inline]
fn ascii_digit(c: char, zero: u32) -> Folded {
    let value = u8::try_from(c as u32 - zero).unwrap_or(0);
    Folded::Digit(char::from(b'0' + value))
}
