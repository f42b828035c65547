//! A value in, the cell of a table in CSV out: as it is, or so that no spreadsheet takes it for a
//! formula.

use std::borrow::Cow;

/// How cells of CSV are written that a spreadsheet would take for formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// As they are.
    #[default]
    Kept,
    /// Behind an apostrophe, so that they are text.
    Neutralised,
}

impl Formulas {
    /// A text as a cell.
    pub(super) fn cell(self, text: &str) -> Cow<'_, str> {
        match self == Formulas::Neutralised && begins_formula(text) {
            true => Cow::Owned(format!("'{text}")),
            false => Cow::Borrowed(text),
        }
    }
}

/// The beginnings that OWASP names, also as wide signs.
fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_text_where_that_is_asked_for() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", "＝1"] {
            assert_eq!(Formulas::Neutralised.cell(text), format!("'{text}"));
            assert_eq!(Formulas::Kept.cell(text), text);
        }
        assert_eq!(Formulas::Neutralised.cell("1=1"), "1=1");
        assert_eq!(Formulas::Neutralised.cell(""), "");
    }
}
