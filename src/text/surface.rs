//! Words of a text in their surface form, each with the term that comparisons use.
//!
//! Input: a text. Output: [`SurfaceToken`]s, so terms can be shown as written. Cost: linear in the
//! text.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::normalize::Unspaced;
use super::{Stemmer, Tokens, is_sign, term_hash};

/// Boundary between a word and the word before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// A space.
    Space,
    /// No space: parts of "well-known", or signs of scripts without spaces.
    Glue,
    /// Punctuation that ends a clause, or the start of the text.
    Break,
}

/// A word in its surface form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurfaceToken<'t> {
    /// The word as written, without surrounding punctuation.
    pub text: &'t str,
    /// Byte offset in the text.
    pub at: usize,
    /// The normalized word.
    pub normalized: String,
    /// Term of the word; `None` if the word has no stem. For a sign of a script without spaces, the
    /// term of the unit that begins with the sign.
    pub term: Option<u32>,
    /// Number of words that the term covers; more than 1 for units of signs.
    pub span: usize,
    /// Boundary to the word before.
    pub boundary: Boundary,
}

impl SurfaceToken<'_> {
    /// Byte offset of the end in the text.
    #[must_use]
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The words of a text.
///
/// ```
/// use qissa::text::{Language, Stemmer, surface_tokens};
///
/// let stemmer = Stemmer::new(Language::from_tag("ar"), None);
/// let tokens = surface_tokens("القواعد الروسية.. في سوريا", &stemmer);
/// let words: Vec<&str> = tokens.iter().map(|token| token.text).collect();
/// assert_eq!(words, ["القواعد", "الروسية", "في", "سوريا"]);
/// ```
#[must_use]
pub fn surface_tokens<'t>(text: &'t str, stemmer: &Stemmer<'_>) -> Vec<SurfaceToken<'t>> {
    let mut words: Vec<SurfaceToken<'t>> = Vec::new();
    let mut stem = String::new();
    let mut end = 0;
    for (at, piece) in pieces(text) {
        let tokens = Tokens::of(piece);
        if tokens.is_empty() {
            continue;
        }
        stem.clear();
        if tokens.len() == 1 && !is_sign(tokens.as_str()) {
            stemmer.stem(tokens.as_str(), &mut stem);
        }
        let boundary = words
            .last()
            .map_or(Boundary::Break, |last| boundary(last.text, &text[end..at]));
        words.push(SurfaceToken {
            text: piece,
            at,
            normalized: tokens.as_str().to_owned(),
            term: (!stem.is_empty()).then(|| term_hash(&stem)),
            span: 1,
            boundary,
        });
        end = at + piece.len();
    }
    set_unit_terms(&mut words);
    words
}

/// Boundary that the text `gap` between two words makes.
fn boundary(before: &str, gap: &str) -> Boundary {
    match gap {
        ". " if is_initial(before) => Boundary::Space,
        "" | "-" | "\u{2010}" | "\u{2011}" | "/" | "_" | "&" => Boundary::Glue,
        _ if gap.chars().all(is_space_or_prefix) => Boundary::Space,
        _ => Boundary::Break,
    }
}

fn is_space_or_prefix(c: char) -> bool {
    c.is_whitespace() || matches!(c, '#' | '@' | '$' | '%')
}

/// Splits a text at characters that are not part of words, and before each sign of a script without
/// spaces. Pieces have their byte offsets.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().find(|&c| !is_silent(c));
        let is_part = is_letter(c)
            || (start.is_some() && is_inner_punctuation(before, c, next))
            || (c == '.' && start.is_some_and(|start| ends_in_initial(&text[start..at])));
        let begins_sign = is_part && Unspaced::of(c).is_some() && !is_mark(c);
        let leaves_sign = before.is_some_and(|c| Unspaced::of(c).is_some())
            && Unspaced::of(c).is_none()
            && !is_mark(c);
        if let Some(piece_start) = start.filter(|_| !is_part || begins_sign || leaves_sign) {
            found.push((piece_start, &text[piece_start..at]));
            start = None;
        }
        if is_part && start.is_none() {
            start = Some(at);
        }
        if !is_silent(c) {
            before = is_part.then_some(c);
        }
    }
    found.extend(start.map(|piece_start| (piece_start, &text[piece_start..])));
    found
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_silent(c)
}

/// Whether the character accompanies letters without being one: marks, joiners, the tatweel.
fn is_silent(c: char) -> bool {
    !c.is_ascii() && (is_mark(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{640}'))
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether punctuation is part of a word: "O'Brien", "10.5", "U.S", צה"ל.
fn is_inner_punctuation(before: Option<char>, c: char, next: Option<char>) -> bool {
    let Some((before, next)) = before.zip(next) else {
        return false;
    };
    match c {
        '\'' | '\u{2019}' => before.is_alphanumeric() && next.is_alphabetic(),
        '.' | ',' | '\u{66b}' | '\u{66c}' => {
            before.is_numeric() && next.is_numeric()
                || c == '.' && before.is_uppercase() && next.is_uppercase()
        }
        '"' | '\u{5f4}' => is_hebrew_letter(before) && is_hebrew_letter(next),
        _ => false,
    }
}

fn is_hebrew_letter(c: char) -> bool {
    ('\u{5d0}'..='\u{5ea}').contains(&c)
}

/// Whether a word is the initial of a name: "George W. Bush".
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none_or(|c| c == '.')
}

/// Whether a point after `piece` is the last of initials such as "U.S.".
fn ends_in_initial(piece: &str) -> bool {
    let mut reversed = piece.chars().rev();
    reversed.next().is_some_and(char::is_uppercase) && reversed.next() == Some('.')
}

fn script(word: &SurfaceToken<'_>) -> Option<Unspaced> {
    word.normalized.chars().next().and_then(Unspaced::of)
}

/// Sets the term of each sign to that of the unit that begins with the sign, as
/// [`Tokens::units`] has units.
fn set_unit_terms(words: &mut [SurfaceToken<'_>]) {
    for at in 0..words.len() {
        let Some(own) = script(&words[at]).filter(|own| *own != Unspaced::Hiragana) else {
            continue;
        };
        let length = words[at..]
            .iter()
            .take(own.gram())
            .take_while(|word| script(word) == Some(own))
            .count();
        let is_alone = length == 1 && (at == 0 || script(&words[at - 1]) != Some(own));
        if length == own.gram() || is_alone {
            let unit: Vec<&str> = words[at..at + length]
                .iter()
                .map(|word| word.normalized.as_str())
                .collect();
            let term = term_hash(&unit.join(" "));
            (words[at].term, words[at].span) = (Some(term), length);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Language, StoryTerms};
    use super::*;

    fn words(text: &str) -> Vec<(String, Boundary)> {
        let stemmer = Stemmer::new(Language::from_tag("en"), None);
        surface_tokens(text, &stemmer)
            .into_iter()
            .map(|word| (word.text.to_owned(), word.boundary))
            .collect()
    }

    #[test]
    fn words_keep_their_form_and_have_boundaries() {
        use Boundary::{Break, Glue, Space};
        let found = words("Trump’s well-known “plan”: 10.5 % in U.S. talks");
        let expected = [
            ("Trump’s", Break),
            ("well", Space),
            ("known", Glue),
            ("plan", Break),
            ("10.5", Break),
            ("in", Space),
            ("U.S.", Space),
            ("talks", Space),
        ];
        assert_eq!(
            found,
            expected.map(|(word, joint)| (word.to_owned(), joint))
        );
        assert_eq!(words("1ـ.ـ5"), [("1ـ.ـ5".to_owned(), Break)]);
    }

    #[test]
    fn signs_have_the_terms_of_their_units() {
        let stemmer = Stemmer::new(Language::from_tag("zh"), None);
        let found = surface_tokens("中国总统 Google", &stemmer);
        assert_eq!(
            found.iter().map(|word| word.text).collect::<Vec<_>>(),
            ["中", "国", "总", "统", "Google"]
        );
        assert_eq!(found[0].term, Some(term_hash("中 国")));
        assert_eq!((found[3].term, found[4].boundary), (None, Boundary::Space));
    }

    proptest! {
        #[test]
        fn terms_are_those_of_story_terms(text in "[a-zA-Zء-ي0-9 .,'\"-]{0,60}|[中国总统访问, ]{0,20}") {
            let stemmer = Stemmer::new(Language::from_tag("ar"), None);
            let shown: Vec<u32> = surface_tokens(&text, &stemmer).into_iter().filter_map(|word| word.term).collect();
            let compared = StoryTerms::of(&text, "", 0, &stemmer).title;
            for term in &shown {
                prop_assert!(compared.contains(term));
            }
        }
    }
}
