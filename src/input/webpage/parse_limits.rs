//! Limits of HTML parsing: pages for which no tree is built.
//!
//! Input: a page. Output: whether a tree would cost too much. Cost: one pass over the tags.
//!
//! The HTML standard makes tree construction quadratic in unclosed tags: each open formatting
//! element (`<font>`) is reopened in every element behind it, each element scans all open elements,
//! and each attribute of a tag is compared with the others. Real pages stay far below these limits.

use dom_query::Document;
use memchr::{memchr, memchr2_iter, memmem};

/// Maximum attributes of one tag.
const MAX_ATTRIBUTES: usize = 1000;

/// Maximum nesting of elements, as far as the tags show it.
const MAX_OPEN: usize = 1000;

/// Maximum formatting elements that a parser may reopen: each start tag reopens all unclosed ones.
const MAX_REOPENED: usize = 1 << 20;

/// Maximum steps of serialising a tree: each escaped character searches for the next bracket.
const MAX_ESCAPE_STEPS: usize = 1 << 34;

/// Maximum depth of a tree. Browsers end at 512.
const MAX_TREE_DEPTH: usize = 256;

/// An end tag closes one of this many innermost open elements.
const MAX_END_SEARCH: usize = 64;

/// Bytes of an element name that are compared. Names in HTML are shorter.
const MAX_NAME_BYTES: usize = 16;

/// Formatting elements, which continue behind the end of their parent. `<a>` and `<nobr>` are not
/// listed: each ends the previous one.
const FORMATTING: [&str; 12] = [
    "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
];

/// Void elements.
const VOID: [&str; 15] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "keygen",
];

/// Elements that end where the next of their kind begins, so their open tags add no depth.
const IMPLIED_END: [&str; 15] = [
    "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "optgroup", "rt",
    "rp", "body",
];

/// Whether building a tree of a page exceeds the limits.
pub(super) fn exceeds_limits(page: &str) -> bool {
    if escape_steps(page) > MAX_ESCAPE_STEPS {
        return true;
    }
    let mut open = OpenElements::default();
    let mut rest = page;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = behind_comment(comment);
            continue;
        }
        let Some(tag) = Tag::parse(rest) else {
            continue;
        };
        rest = tag.rest;
        if tag.attributes > MAX_ATTRIBUTES {
            return true;
        }
        if tag.is_end {
            open.end(&tag.name);
        } else {
            open.start(tag.name);
        }
        if open.depth > MAX_OPEN || open.reopened > MAX_REOPENED {
            return true;
        }
        if !tag.is_end && open.is_in_script() {
            rest = behind_script(rest);
        }
    }
    false
}

/// The steps of writing the texts of a page with escapes.
fn escape_steps(page: &str) -> usize {
    let mut steps = 0usize;
    for piece in page.as_bytes().split(|byte| matches!(byte, b'<' | b'>')) {
        // 0xc2 begins a no-break space, which is escaped like "&".
        let escaped = memchr2_iter(b'&', 0xc2, piece).count();
        steps = steps.saturating_add(piece.len() * escaped);
    }
    steps
}

/// A start or end tag.
struct Tag<'t> {
    /// The name in lower case, cut at [`MAX_NAME_BYTES`].
    name: String,
    is_end: bool,
    /// The number of attributes.
    attributes: usize,
    /// The text behind the tag.
    rest: &'t str,
}

impl<'t> Tag<'t> {
    /// The tag behind a bracket; `None` if the bracket begins no tag.
    fn parse(text: &'t str) -> Option<Self> {
        let is_end = text.starts_with('/');
        let inside = &text[usize::from(is_end)..];
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let length = inside
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
            .unwrap_or(inside.len());
        let compared = inside.floor_char_boundary(length.min(MAX_NAME_BYTES));
        let (attributes, rest) = attributes(&inside[length..]);
        Some(Tag {
            name: inside[..compared].to_ascii_lowercase(),
            is_end,
            attributes,
            rest,
        })
    }
}

/// The open elements at a place of a page.
#[derive(Default)]
struct OpenElements {
    names: Vec<String>,
    /// The number of them that add depth.
    depth: usize,
    /// The number of formatting elements that were opened and not closed at their place.
    formatting: usize,
    /// The number of formatting elements that the parser reopened so far.
    reopened: usize,
}

impl OpenElements {
    fn start(&mut self, name: String) {
        self.reopened += self.formatting;
        if VOID.contains(&name.as_str()) {
            return;
        }
        self.formatting += usize::from(FORMATTING.contains(&name.as_str()));
        self.depth += usize::from(adds_depth(&name));
        self.names.push(name);
    }

    /// Closes the innermost open element of the name and all elements within. Formatting elements
    /// without an end tag of their own stay open.
    fn end(&mut self, name: &str) {
        let near = self.names.len().saturating_sub(MAX_END_SEARCH);
        let Some(at) = self.names[near..].iter().rposition(|open| open == name) else {
            return;
        };
        let is_innermost = near + at + 1 == self.names.len();
        self.formatting -= usize::from(is_innermost && FORMATTING.contains(&name));
        let closed = self.names.drain(near + at..);
        self.depth -= closed.filter(|open| adds_depth(open)).count();
    }

    /// Whether the innermost element is a script, whose content has no tags. Scripts in SVG and
    /// MathML have.
    fn is_in_script(&self) -> bool {
        if self.names.last().is_none_or(|open| open != "script") {
            return false;
        }
        let mut near = self.names.iter().rev().take(MAX_END_SEARCH);
        near.all(|open| !matches!(open.as_str(), "svg" | "math"))
    }
}

fn adds_depth(name: &str) -> bool {
    !IMPLIED_END.contains(&name)
}

/// The number of attributes of a tag, and the text behind the tag.
fn attributes(text: &str) -> (usize, &str) {
    let bytes = text.as_bytes();
    let (mut at, mut count) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return (count, &text[at + 1..]),
            b'/' => at += 1,
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => {
                count += 1;
                at = behind_attribute(bytes, at);
            }
        }
    }
    (count, "")
}

fn behind_attribute(bytes: &[u8], start: usize) -> usize {
    let is_end = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=');
    let end = skip_while(bytes, start + 1, |byte| !is_end(byte));
    let value = skip_while(bytes, end, |byte| byte.is_ascii_whitespace());
    if bytes.get(value) == Some(&b'=') {
        behind_value(bytes, value + 1)
    } else {
        end
    }
}

fn behind_value(bytes: &[u8], at: usize) -> usize {
    let start = skip_while(bytes, at, |byte| byte.is_ascii_whitespace());
    match bytes.get(start) {
        Some(&quote @ (b'"' | b'\'')) => {
            memchr(quote, &bytes[start + 1..]).map_or(bytes.len(), |length| start + length + 2)
        }
        _ => skip_while(bytes, start, |byte| {
            !byte.is_ascii_whitespace() && byte != b'>'
        }),
    }
}

/// The first position from `at` on whose byte does not fulfil the condition.
fn skip_while(bytes: &[u8], at: usize, condition: impl Fn(u8) -> bool) -> usize {
    let length = bytes[at..].iter().position(|&byte| !condition(byte));
    length.map_or(bytes.len(), |length| at + length)
}

fn behind_comment(text: &str) -> &str {
    // "<!-->" and "<!--->" are whole comments.
    if let Some(behind) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return behind;
    }
    let ends = ["-->", "--!>"]
        .map(|end| memmem::find(text.as_bytes(), end.as_bytes()).map(|at| at + end.len()));
    let first = ends.into_iter().flatten().min();
    first.map_or("", |behind| &text[behind..])
}

fn behind_script(text: &str) -> &str {
    let mut rest = text;
    while let Some(at) = memmem::find(rest.as_bytes(), b"</") {
        rest = &rest[at..];
        let name = rest.get(2..8);
        if name.is_some_and(|name| name.eq_ignore_ascii_case("script")) {
            return rest;
        }
        rest = &rest[2..];
    }
    ""
}

/// Whether a tree is deeper than [`MAX_TREE_DEPTH`].
pub(super) fn is_too_deep(document: &Document) -> bool {
    let (mut node, mut depth) = (document.root(), 0usize);
    loop {
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            if depth > MAX_TREE_DEPTH {
                return true;
            }
            continue;
        }
        loop {
            if depth == 0 {
                return false;
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            let Some(parent) = node.parent() else {
                return false;
            };
            (node, depth) = (parent, depth - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> String {
        format!("<!doctype html><html><head><title>t</title></head><body>{body}</body></html>")
    }

    #[test]
    fn real_pages_are_within_the_limits() {
        for body in [
            "<p>a<p>b<br><img src=x>".repeat(5000),
            "<ul><li>a<li><b>b</b></ul>".repeat(5000),
            "<table><tr><td>a<td><font size=2>b</font></table>".repeat(3000),
            "<b>a<p>b</b>".repeat(50),
            "<aééééééééé>x".to_owned(),
            format!("<script>{}</script>", "if (a<b c && d) ".repeat(5000)),
            "<!-- <div> --><!--> -->".repeat(5000),
            format!("<a title=\"{}\">x</a>", "> a='".repeat(5000)),
            "<div>".repeat(100),
            "«x» & ".repeat(10_000),
        ] {
            let page = page(&body);
            assert!(
                !exceeds_limits(&page),
                "{}",
                &page[..page.floor_char_boundary(120)]
            );
            assert!(!is_too_deep(&Document::from(page)));
        }
    }

    #[test]
    fn hostile_pages_exceed_the_limits() {
        let fonts: String = (0..3000).map(|n| format!("<font a{n}>")).collect();
        let in_cells: String = (0..3000)
            .map(|n| format!("<font a{n}><table><td></font></td></table>"))
            .collect();
        let attributes: String = (0..1100).map(|n| format!(" a{n}=\">\"")).collect();
        for body in [
            "<div>".repeat(1001),
            fonts + &"<p>x".repeat(1000),
            in_cells + &"<p>x".repeat(1000),
            format!("<a{attributes}>"),
            format!("</a{attributes}>"),
            format!("<svg><script><a{attributes}>"),
            format!("<!--><a{attributes}>-->"),
            "&".repeat(200_000),
        ] {
            assert!(exceeds_limits(&page(&body)), "{}", &body[..60]);
        }
    }

    #[test]
    fn deep_trees_exceed_the_limit() {
        assert!(is_too_deep(&Document::from(page(&"<div>".repeat(300)))));
        assert!(!is_too_deep(&Document::from(page(&"<p>x".repeat(300)))));
    }
}
