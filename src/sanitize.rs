//! A text of anyone's in, a text that is safe to show beside others out: one table for terminals,
//! messages and pages. Linear in the text.
//!
//! What has no shape, such as NUL or the escape that begins a terminal's commands, is shown as
//! U+FFFD, and so are characters that turn the order of letters round; those that open or close a
//! run of another direction (Unicode Standard Annex 9) are left out, since each text is set apart
//! by itself. White space is a space.

use std::borrow::Cow;

/// What is shown of a character; nothing of some.
fn shape(c: char) -> Option<char> {
    match c {
        ' '..='~' => Some(c),
        '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => None,
        '\u{202d}' | '\u{202e}' => Some('\u{fffd}'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => Some('\u{fffd}'),
        c => Some(c),
    }
}

/// A text as it may stand within a line.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, shape)
}

/// A message, whose line breaks and tabs stay.
pub fn message(text: &str) -> Cow<'_, str> {
    shown(text, in_lines)
}

fn in_lines(c: char) -> Option<char> {
    if matches!(c, '\n' | '\t') {
        Some(c)
    } else {
        shape(c)
    }
}

fn shown(text: &str, shape: fn(char) -> Option<char>) -> Cow<'_, str> {
    match text.chars().all(|c| shape(c) == Some(c)) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.chars().filter_map(shape).collect()),
    }
}

/// A text as it may stand within a line of another direction, between isolates.
pub fn isolated(text: &str) -> String {
    format!("\u{2068}{}\u{2069}", line(text))
}

/// A text of at most `most` characters without white space at its ends and with single spaces, and
/// how many characters were cut off.
pub fn cut(text: &str, most: usize) -> (String, usize) {
    let mut shown = String::new();
    let mut rest = text.trim().chars();
    for c in rest.by_ref().take(most) {
        match shape(c) {
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
    fn nothing_that_is_shown_is_a_command() {
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
    fn what_disturbs_nobody_stays() {
        let text = "وزيرُ\u{200f} النقل – 总统 \u{1f600}";
        assert!(matches!(line(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn what_is_cut_is_counted() {
        assert_eq!(cut("قطار سريع", 4), ("قطار".to_owned(), 5));
        assert_eq!(cut("short", 5), ("short".to_owned(), 0));
        assert_eq!(cut(" a\u{0}b \n\t c ", 9), ("a\u{fffd}b c".to_owned(), 0));
    }
}
