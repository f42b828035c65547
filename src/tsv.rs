//! Escapes values as cells of tab-separated lines, and back.
//!
//! A tab, a line feed, a carriage return and a backslash are written `\t`, `\n`, `\r` and `\\`, as
//! in the text format of PostgreSQL's `COPY`. A backslash before any other character is kept. Cost:
//! linear in the value.

use std::borrow::Cow;

/// The value as a cell.
///
/// ```
/// assert_eq!(qissa::tsv::escape("a\tb"), "a\\tb");
/// ```
#[must_use]
pub fn escape(value: &str) -> Cow<'_, str> {
    if !value.contains(['\t', '\n', '\r', '\\']) {
        return value.into();
    }
    let mut cell = String::with_capacity(value.len() + 2);
    for c in value.chars() {
        match c {
            '\t' => cell.push_str("\\t"),
            '\n' => cell.push_str("\\n"),
            '\r' => cell.push_str("\\r"),
            '\\' => cell.push_str("\\\\"),
            c => cell.push(c),
        }
    }
    cell.into()
}

/// The value of a cell: the inverse of [`escape`].
#[must_use]
pub fn unescape(cell: &str) -> Cow<'_, str> {
    let Some(first) = cell.find('\\') else {
        return cell.into();
    };
    let mut value = String::with_capacity(cell.len());
    value.push_str(&cell[..first]);
    let mut rest = cell[first..].chars();
    while let Some(c) = rest.next() {
        let escaped = rest.clone().next().and_then(unescaped);
        match escaped {
            Some(escaped) if c == '\\' => {
                value.push(escaped);
                rest.next();
            }
            _ => value.push(c),
        }
    }
    value.into()
}

/// The character of an escape, given the letter after the backslash.
fn unescaped(letter: char) -> Option<char> {
    match letter {
        't' => Some('\t'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        '\\' => Some('\\'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_escaped_as_in_copy() {
        assert_eq!(escape("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
        assert!(matches!(escape("a b"), Cow::Borrowed("a b")));
        assert_eq!(unescape("dir\\x\\"), "dir\\x\\");
    }

    proptest! {
        #[test]
        fn unescape_inverts_escape(value in "[a\\\\\t\n\rtnr ق]{0,12}") {
            let cell = escape(&value).into_owned();
            prop_assert!(!cell.contains(['\t', '\n', '\r']));
            prop_assert_eq!(unescape(&cell), value);
        }
    }
}
