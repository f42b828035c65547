//! How much of a text a page shows; what is shown of it is the rule of [`crate::sanitize`].

pub(super) use crate::sanitize::cut;

/// A headline is cut after so many characters.
pub(super) const HEADLINE: usize = 400;

/// A name, an address or a remark is cut after so many.
pub(super) const REMARK: usize = 500;

/// A text cut after [`REMARK`] characters, with an ellipsis where it was cut.
pub(super) fn text(text: &str) -> String {
    let (mut shown, cut) = cut(text, REMARK);
    if cut > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_is_said() {
        assert_eq!(text(&"x".repeat(REMARK + 1)).chars().count(), REMARK + 1);
        assert_eq!(cut(&"ع".repeat(1 << 20), HEADLINE).1, (1 << 20) - HEADLINE);
    }
}
