//! What XML documents share: the declaration, and the characters that XML 1.0 allows.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

/// A writer of an indented document, after its declaration.
pub(super) fn document<W: Write>(out: W) -> io::Result<Writer<W>> {
    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    Ok(xml)
}

/// The text without the characters that XML 1.0 forbids even as references: U+FFFE, U+FFFF and
/// control characters except tab and line breaks. Carriage returns become line breaks, as XML
/// parsers read them.
pub(super) fn valid_xml(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_forbidden(c) || c == '\r') {
        return text.into();
    }
    text.replace("\r\n", "\n")
        .chars()
        .filter(|&c| !is_forbidden(c))
        .map(|c| if c == '\r' { '\n' } else { c })
        .collect()
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_left_out() {
        let kept = "a\tb\nc \u{202e}\u{2066}\u{200f} <b>&amp;\"' \u{85} \u{1f600} \u{fffd}";
        assert_eq!(valid_xml(kept), kept);
        assert_eq!(
            valid_xml("a\0b\u{8}\u{b}\u{c}\u{e}\u{1f}\u{fffe}\u{ffff}c"),
            "abc"
        );
        assert_eq!(valid_xml("a\r\nb\rc"), "a\nb\nc");
    }
}
