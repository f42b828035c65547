//! What XML 1.0 allows of a text.

use std::borrow::Cow;

/// The text without the characters that XML 1.0 forbids even as references: controls but tab and
/// line breaks, and U+FFFE and U+FFFF. A carriage return is a line break, as any reader of XML
/// takes it.
pub(super) fn lawful(text: &str) -> Cow<'_, str> {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(|c| forbidden(c) || c == '\r') {
        return text.into();
    }
    text.replace("\r\n", "\n")
        .chars()
        .filter(|&c| !forbidden(c))
        .map(|c| if c == '\r' { '\n' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_xml_forbids_is_left_out() {
        let kept = "a\tb\nc \u{202e}\u{2066}\u{200f} <b>&amp;\"' \u{85} \u{1f600} \u{fffd}";
        assert_eq!(lawful(kept), kept);
        assert_eq!(
            lawful("a\0b\u{8}\u{b}\u{c}\u{e}\u{1f}\u{fffe}\u{ffff}c"),
            "abc"
        );
        assert_eq!(lawful("a\r\nb\rc"), "a\nb\nc");
    }
}
