//! A value in, a cell of a table of tabs and lines out, and back. A tab, a line feed, a carriage
//! return and a backslash stand there as `\t`, `\n`, `\r` and `\\`, as PostgreSQL's COPY has them;
//! another backslash is read as it stands. Linear in the value.

use std::borrow::Cow;

/// The value as a cell.
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

/// The value of a cell.
pub fn unescape(cell: &str) -> Cow<'_, str> {
    if !cell.contains('\\') {
        return cell.into();
    }
    let mut value = String::with_capacity(cell.len());
    let mut rest = cell.chars();
    while let Some(c) = rest.next() {
        let meant =
            (c == '\\')
                .then(|| rest.clone().next())
                .flatten()
                .and_then(|next| match next {
                    't' => Some('\t'),
                    'n' => Some('\n'),
                    'r' => Some('\r'),
                    '\\' => Some('\\'),
                    _ => None,
                });
        value.push(meant.unwrap_or(c));
        if meant.is_some() {
            rest.next();
        }
    }
    value.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_are_those_of_copy() {
        assert_eq!(escape("a\tb\nc\rd\\e"), "a\\tb\\nc\\rd\\\\e");
        assert!(matches!(escape("a b"), Cow::Borrowed("a b")));
        assert_eq!(unescape("dir\\x\\"), "dir\\x\\");
    }

    proptest! {
        #[test]
        fn a_value_comes_back_as_it_was(value in "[a\\\\\t\n\rtnr ق]{0,12}") {
            let cell = escape(&value).into_owned();
            prop_assert!(!cell.contains(['\t', '\n', '\r']));
            prop_assert_eq!(unescape(&cell), value);
        }
    }
}
