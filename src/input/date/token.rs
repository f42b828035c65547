//! The tokenizer of dates.
//!
//! Input: a text. Output: its numbers, words, punctuation and spaces; digits of any script are
//! numbers. Cost: linear in the text.

use unicode_normalization::char::is_combining_mark;

use super::names::folded;

/// A token of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A run of digits: its value, at most [`u32::MAX`], and the count of digits.
    Number(u32, usize),
    /// A run of letters, folded, and whether it has no lower-case letter. Full stops between single
    /// letters belong to the word.
    Word(String, bool),
    /// Punctuation. All dashes and minus signs are '-'.
    Mark(char),
    /// A run of spaces.
    Space,
    /// The place of the time of day, which is parsed already.
    Gap,
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let text: String = text.chars().filter(|&c| !is_ignored(c)).collect();
    let mut tokens = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            _ if digit(first).is_some() => number(rest),
            _ if is_letter(first) => word(rest),
            _ if first.is_whitespace() => (Token::Space, run(rest, char::is_whitespace)),
            '\u{2010}'..='\u{2015}' | '−' | '－' => (Token::Mark('-'), first.len_utf8()),
            '：' => (Token::Mark(':'), first.len_utf8()),
            '／' => (Token::Mark('/'), first.len_utf8()),
            _ => (Token::Mark(first), first.len_utf8()),
        };
        tokens.push(token);
        rest = &rest[length..];
    }
    tokens
}

/// Direction marks, joiners and the byte order mark.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

/// The code points of the digit zero: ASCII, Arabic, Persian, Devanagari, Bengali, Tamil, Thai,
/// full width.
const ZEROS: [u32; 8] = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xbe6, 0xe50, 0xff10];

fn digit(c: char) -> Option<u32> {
    ZEROS
        .iter()
        .find_map(|zero| (c as u32).checked_sub(*zero).filter(|&value| value < 10))
}

fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

fn number(text: &str) -> (Token, usize) {
    let length = run(text, |c| digit(c).is_some());
    let digits = text[..length].chars().filter_map(digit);
    let count = digits.clone().count();
    let value = digits.fold(0, |value: u32, digit| {
        value.saturating_mul(10).saturating_add(digit)
    });
    (Token::Number(value, count), length)
}

/// A word. "a.m", "ต.ค" and "ق.ظ" are words.
fn word(text: &str) -> (Token, usize) {
    let mut length = run(text, is_letter);
    let mut part = &text[..length];
    while part.chars().filter(|&c| !is_combining_mark(c)).count() == 1
        && text[length..].starts_with('.')
    {
        part = &text[length + 1..][..run(&text[length + 1..], is_letter)];
        if part.is_empty() {
            break;
        }
        length += 1 + part.len();
    }
    let written = text[..length].replace('.', "");
    let are_capitals = !written.chars().any(char::is_lowercase);
    (Token::Word(folded(&written), are_capitals), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_into_tokens() {
        let word = |text: &str, are_capitals| Token::Word(text.to_owned(), are_capitals);
        assert_eq!(
            tokens("5th–١٥ A.M."),
            [
                Token::Number(5, 1),
                word("th", false),
                Token::Mark('-'),
                Token::Number(15, 2),
                Token::Space,
                word("am", true),
                Token::Mark('.'),
            ]
        );
        assert_eq!(
            tokens("\u{200f}2026م"),
            [Token::Number(2026, 4), word("م", true)]
        );
        assert_eq!(tokens("99999999999"), [Token::Number(u32::MAX, 11)]);
        assert_eq!(
            tokens("Oct.15"),
            [word("oct", false), Token::Mark('.'), Token::Number(15, 2)]
        );
        assert_eq!(tokens(" \u{a0}"), [Token::Space]);
    }
}
