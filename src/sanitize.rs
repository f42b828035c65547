//! Makes untrusted text safe to show in terminals, messages and pages.
//!
//! Control characters, such as the escape that begins a terminal command, and the characters that
//! override the direction of text become U+FFFD. Characters that embed or isolate a run of another
//! direction (Unicode Standard Annex 9) are dropped, as [`isolated`] sets each text apart. White
//! space becomes a space. Cost: linear in the text.

use std::borrow::Cow;

/// The shown form of a character; `None` if it is dropped.
fn shown_char(c: char) -> Option<char> {
    match c {
        ' '..='~' => Some(c),
        '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => None,
        '\u{202d}' | '\u{202e}' => Some('\u{fffd}'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => Some('\u{fffd}'),
        c => Some(c),
    }
}

/// As [`shown_char`], but keeps line breaks and tabs.
fn shown_char_in_message(c: char) -> Option<char> {
    if matches!(c, '\n' | '\t') {
        Some(c)
    } else {
        shown_char(c)
    }
}

/// The text for use within a line.
///
/// ```
/// assert_eq!(qissa::sanitize::line("Ferry\u{1b}[2J\nsails"), "Ferry\u{fffd}[2J sails");
/// ```
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    map_chars(text, shown_char)
}

/// The text for use as a message of several lines: keeps line breaks and tabs.
#[must_use]
pub fn message(text: &str) -> Cow<'_, str> {
    map_chars(text, shown_char_in_message)
}

fn map_chars(text: &str, shown: fn(char) -> Option<char>) -> Cow<'_, str> {
    if text.chars().all(|c| shown(c) == Some(c)) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter_map(shown).collect())
    }
}

/// The text for use within a line of another direction: between FSI (U+2068) and PDI (U+2069).
#[must_use]
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{}\u{2069}", line(text))
}

/// The first `max_chars` characters, trimmed and with runs of white space collapsed, and the number
/// of characters cut off.
#[must_use]
pub fn cut(text: &str, max_chars: usize) -> (String, usize) {
    let mut shown = String::new();
    let mut rest = text.trim().chars();
    for c in rest.by_ref().take(max_chars) {
        match shown_char(c) {
            Some(' ') if shown.ends_with(' ') => {}
            Some(c) => shown.push(c),
            None => {}
        }
    }
    (shown, rest.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_shown() {
        let hostile =
            "a\u{1b}]52;c;x\u{7}\u{9b}2J\r\u{8}\u{7f}\u{0}b\u{202e}c\u{2067}d\u{2069}\u{2028}e\n";
        assert_eq!(
            line(hostile),
            "a\u{fffd}]52;c;x\u{fffd}\u{fffd}2J \u{fffd}\u{fffd}\u{fffd}b\u{fffd}cd e "
        );
        assert_eq!(isolated("a\u{2069}b"), "\u{2068}ab\u{2069}");
        assert_eq!(message("a\tb\nc\u{1b}"), "a\tb\nc\u{fffd}");
        for c in ('\0'..='\u{ffff}').filter(|c| c.is_control()) {
            assert!(!line(&format!("{c}")).contains(char::is_control), "{c:?}");
        }
    }

    #[test]
    fn harmless_text_is_borrowed() {
        let text = "وزيرُ\u{200f} النقل – 总统 \u{1f600}";
        assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn cut_characters_are_counted() {
        assert_eq!(cut("قطار سريع", 4), ("قطار".to_owned(), 5));
        assert_eq!(cut("short", 5), ("short".to_owned(), 0));
        assert_eq!(cut(" a\u{0}b \n\t c ", 9), ("a\u{fffd}b c".to_owned(), 0));
    }
}
