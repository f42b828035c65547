//! Escaping of untrusted text in markup, SVG and embedded JSON.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Text escaped for an element or a quoted attribute.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    html_escape::encode_quoted_attribute(text)
}

/// Text of unknown direction within a line of markup.
pub(super) fn bdi(text: &str) -> String {
    format!("<bdi>{}</bdi>", escaped(text))
}

/// Text of unknown direction in SVG, which has no `bdi`: within isolates, cut to `max` characters.
pub(super) fn isolated(text: &str, max: usize) -> String {
    let short: String = text.chars().take(max).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("\u{2068}{}{more}\u{2069}", escaped(&short))
}

/// Writes a value as JSON within a script element.
pub(super) fn json(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    Ok(value.serialize(&mut Serializer::with_formatter(out, Embedded))?)
}

/// Compact JSON in which `<`, `>`, `&`, U+2028 and U+2029 are escaped.
struct Embedded;

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            out.write_all(&rest.as_bytes()[..at])?;
            let mut chars = rest[at..].chars();
            if let Some(c) = chars.next() {
                write!(out, "\\u{:04x}", u32::from(c))?;
            }
            rest = chars.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_end_a_script_element() {
        let hostile = "</script><!--\u{2028}\u{2029}&amp; \"قصة\" \u{0}\\u003c";
        let mut out = Vec::new();
        json(&hostile, &mut out).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert!(
            !written.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\u{0}']),
            "{written}"
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), hostile);
    }

    #[test]
    fn text_cannot_end_an_attribute() {
        assert_eq!(
            escaped("<b a=\"x\" b='y'>&"),
            "&lt;b a=&quot;x&quot; b=&#x27;y&#x27;&gt;&amp;"
        );
        assert_eq!(isolated("<i>قصة طويلة", 4), "\u{2068}&lt;i&gt;ق…\u{2069}");
    }
}
