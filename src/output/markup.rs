//! Sanitising of markup for feeds: untrusted HTML in, HTML without scripts out.
//!
//! Elements and attributes on the lists below are kept. Other elements are removed and their text
//! is kept; elements of [`REMOVED`] are removed with their content. Cost: linear.

use html_escape::{decode_html_entities, encode_double_quoted_attribute};

use crate::article::web_link;
use crate::input::markup::{skip_to_end, tag};

/// Elements that are removed with their content.
const REMOVED: [&str; 15] = [
    "script", "style", "template", "noscript", "iframe", "object", "embed", "applet", "form",
    "button", "select", "textarea", "svg", "math", "title",
];

/// Elements that are kept.
const KEPT: [&str; 76] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "time",
    "tr",
    "tfoot",
    "th",
    "thead",
    "tt",
    "u",
    "ul",
    "video",
    "wbr",
];

/// Attributes that are kept if their value is a web address.
const ADDRESSES: [&str; 4] = ["href", "src", "poster", "cite"];

/// Attributes that are kept.
const ATTRIBUTES: [&str; 14] = [
    "alt", "title", "width", "height", "lang", "dir", "datetime", "colspan", "rowspan", "start",
    "type", "controls", "reversed", "scope",
];

/// The markup with elements and attributes of the lists only.
pub(super) fn sanitized(markup: &str) -> String {
    let mut kept = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        let Some((inside, behind)) = tag(&rest[start..]) else {
            kept.push_str("&lt;");
            rest = &rest[start + 1..];
            continue;
        };
        rest = behind;
        let (is_end, inside) = inside
            .strip_prefix('/')
            .map_or((false, inside), |inside| (true, inside));
        let length = inside
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(inside.len());
        let name = inside[..length].to_ascii_lowercase();
        if REMOVED.contains(&name.as_str()) && !is_end && !inside.ends_with('/') {
            rest = skip_to_end(rest, &name);
        } else if KEPT.contains(&name.as_str()) {
            kept.push_str(if is_end { "</" } else { "<" });
            kept.push_str(&name);
            if !is_end {
                attributes(&inside[length..], &mut kept);
            }
            kept.push('>');
        }
    }
    kept.push_str(rest);
    kept
}

/// Appends the attributes of a start tag that are on the lists.
fn attributes(text: &str, kept: &mut String) {
    let mut rest = text.trim_start_matches(is_between);
    while !rest.is_empty() {
        // The first character belongs to the name, so each round consumes text.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = rest[first..]
            .find(|c: char| is_between(c) || c == '=')
            .map_or(rest.len(), |at| first + at);
        let name = rest[..length].to_ascii_lowercase();
        rest = rest[length..].trim_start();
        let mut value = "";
        if let Some(behind) = rest.strip_prefix('=') {
            (value, rest) = self::value(behind.trim_start());
        }
        rest = rest.trim_start_matches(is_between);
        let value = decode_html_entities(value);
        let value = match () {
            () if ATTRIBUTES.contains(&name.as_str()) => Some(&*value),
            () if ADDRESSES.contains(&name.as_str()) => web_link(&value),
            () => None,
        };
        if let Some(value) = value {
            kept.extend([
                " ",
                &name,
                "=\"",
                &encode_double_quoted_attribute(value),
                "\"",
            ]);
        }
    }
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || c == '/'
}

/// Splits text behind `=` into the attribute's value and the rest.
fn value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_markup_is_unchanged() {
        for markup in [
            "<p>The <b>first cars</b>, see <a href=\"https://a.example/map\">the map</a>.</p>",
            "<img src=\"https://a.example/1.jpg\" alt=\"a &quot;ferry&quot;\">",
            "<ul><li>Monday</li></ul> Tom &amp; Jerry",
            "<a href=\"/1?a=1&amp;b=2\">x</a>",
        ] {
            assert_eq!(sanitized(markup), markup);
            assert_eq!(sanitized(&sanitized(markup)), markup);
        }
        assert_eq!(
            sanitized("<IMG SRC='1.png' class=x/>3 < 4"),
            "<img src=\"1.png\">3 &lt; 4"
        );
    }

    #[test]
    fn scripts_are_removed() {
        for (markup, kept) in [
            ("a<script>alert(1)</script>b", "ab"),
            ("<a href='javascript:alert(1)'>x</a>", "<a>x</a>"),
            ("<a href=' java&#10;script:alert(1)'>x</a>", "<a>x</a>"),
            ("<a href=\"JaVaScRiPt&colon;alert(1)\">x</a>", "<a>x</a>"),
            (
                "<img src=data:image/png;base64,x onerror=alert(1)>",
                "<img>",
            ),
            ("<p style='x' onclick='y'>x</p>", "<p>x</p>"),
            ("<iframe src=x>y</iframe>z", "z"),
            ("<svg onload=alert(1)><p>x</svg>y", "y"),
            ("<x-y>z</x-y><!-- <script> -->", "z"),
            ("<p é=1 =2 ق>z</p>", "<p>z</p>"),
            (
                "<p title='\"><script>'>x",
                "<p title=\"&quot;&gt;&lt;script&gt;\">x",
            ),
        ] {
            assert_eq!(sanitized(markup), kept, "{markup}");
        }
    }
}
