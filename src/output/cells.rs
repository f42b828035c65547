//! Cells of CSV tables: protection against spreadsheet formulas in untrusted text.

use std::borrow::Cow;

/// How cells that a spreadsheet would read as formulas are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// Unchanged.
    #[default]
    Kept,
    /// With an apostrophe in front, so spreadsheets read text.
    Neutralised,
}

impl Formulas {
    /// The cell of a text.
    pub(super) fn cell(self, text: &str) -> Cow<'_, str> {
        if self == Formulas::Neutralised && begins_formula(text) {
            Cow::Owned(format!("'{text}"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// Whether text begins as a formula does, by the list of OWASP and its full-width variants.
fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_get_an_apostrophe_if_neutralised() {
        for text in ["=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", "＝1"] {
            assert_eq!(Formulas::Neutralised.cell(text), format!("'{text}"));
            assert_eq!(Formulas::Kept.cell(text), text);
        }
        assert_eq!(Formulas::Neutralised.cell("1=1"), "1=1");
        assert_eq!(Formulas::Neutralised.cell(""), "");
    }
}
