//! A text of anyone's in, a text that is safe to show beside others out. Linear in what is kept of it.
//!
//! What has no shape, such as NUL, is shown as U+FFFD, and so are characters that turn the order of letters round; those
//! that open or close a run of another direction (Unicode Standard Annex 9) are left out, since a page sets each text
//! apart by itself. White space is one space. What is longer than a reader takes in is cut, and it is said by how much.

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

/// A text of at most `most` characters, and how many were cut off.
pub(super) fn cut(text: &str, most: usize) -> (String, usize) {
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

fn shape(c: char) -> Option<char> {
    match c {
        '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => None,
        '\u{202d}' | '\u{202e}' => Some('\u{fffd}'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() => Some('\u{fffd}'),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_disturbs_is_shown_or_left_out() {
        assert_eq!(text(" a\u{0}b \n\t c\u{202e}d\u{2067}e\u{2069}\u{2028}f "), "a\u{fffd}b c\u{fffd}de f");
        assert_eq!(text("وزيرُ\u{200f} النقل"), "وزيرُ\u{200f} النقل");
    }

    #[test]
    fn what_is_cut_is_counted() {
        assert_eq!(cut("قطار سريع", 4), ("قطار".to_owned(), 5));
        assert_eq!(cut("short", 5), ("short".to_owned(), 0));
        assert_eq!(text(&"x".repeat(REMARK + 1)).chars().count(), REMARK + 1);
        assert_eq!(cut(&"ع".repeat(1 << 20), HEADLINE).1, (1 << 20) - HEADLINE);
    }
}
