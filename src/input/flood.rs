//! A web page in, why no tree of it can be made within bounds out, if there is a reason. One pass
//! over the tags.
//!
//! To build a tree as browsers do takes the square of what is never closed: each tag of a kind that
//! formats (`<font>`) and stays open is made anew in every element behind it, each element looks
//! through all that are open, each attribute of a tag is compared with the others. Pages of people
//! stay far below these bounds; of others the text is taken without a tree.

use dom_query::Document;
use memchr::{memchr, memchr2_iter, memmem};

/// Attributes of one tag.
const MOST_ATTRIBUTES: usize = 1000;

/// Elements within elements, as far as the tags tell.
const MOST_OPEN: usize = 1000;

/// The most elements of formatting that a parser may open again: each start tag reopens all that
/// are unclosed.
const MOST_REMADE: usize = 1 << 20;

/// Steps of writing a tree as markup again: each sign that is written as an entity looks for the
/// next bracket.
const MOST_ESCAPING: usize = 1 << 34;

/// Elements within elements in a tree. Browsers end at 512.
const DEEPEST: usize = 256;

/// Elements that format what they hold, and go on behind the end of what holds them. Of `<a>` and
/// `<nobr>` one ends the other.
const FORMATTING: [&str; 12] = [
    "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that hold nothing.
const EMPTY: [&str; 15] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr", "keygen",
];

/// Elements that end where the next of their kind begins, so that their open tags tell no depth.
const ENDED: [&str; 15] = [
    "p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot", "option", "optgroup", "rt",
    "rp", "body",
];

/// How many of the innermost open elements are searched for the one that an end tag closes.
const NEAR: usize = 64;

/// Whether building a tree of a page would exceed the bounds.
pub(super) fn is_flood(page: &str) -> bool {
    if escaping(page) > MOST_ESCAPING {
        return true;
    }
    let mut path = Path::default();
    let mut rest = page;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        rest = &rest[at + 1..];
        if let Some(behind) = rest.strip_prefix("!--") {
            rest = behind_comment(behind);
            continue;
        }
        let is_end = rest.starts_with('/');
        let inside = &rest[usize::from(is_end)..];
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            // A bracket that begins nothing, or what is taken for a comment.
            continue;
        }
        let length = inside
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))
            .unwrap_or(inside.len());
        let name =
            inside[..inside.floor_char_boundary(length.min(LONGEST_NAME))].to_ascii_lowercase();
        let (attributes, behind) = attributes(&inside[length..]);
        rest = behind;
        if attributes > MOST_ATTRIBUTES {
            return true;
        }
        if is_end {
            path.end(&name);
        } else {
            path.start(name);
        }
        if path.depth > MOST_OPEN || path.remade > MOST_REMADE {
            return true;
        }
        if !is_end && path.reads_script() {
            rest = behind_script(rest);
        }
    }
    false
}

/// How many steps it takes to write the page's texts again.
fn escaping(page: &str) -> usize {
    let pieces = page.as_bytes().split(|byte| matches!(byte, b'<' | b'>'));
    let steps = pieces.map(|piece| piece.len() * memchr2_iter(b'&', 0xc2, piece).count());
    steps.fold(0, usize::saturating_add)
}

/// Names of elements are shorter; what is longer is known by its beginning.
const LONGEST_NAME: usize = 16;

/// What is open at a place of a page.
#[derive(Default)]
struct Path {
    open: Vec<String>,
    /// How many of them tell a depth.
    depth: usize,
    /// How many that format were opened and not closed at their place.
    formatting: usize,
    remade: usize,
}

impl Path {
    fn start(&mut self, name: String) {
        self.remade += self.formatting;
        if EMPTY.contains(&name.as_str()) {
            return;
        }
        self.formatting += usize::from(FORMATTING.contains(&name.as_str()));
        self.depth += usize::from(is_deep(&name));
        self.open.push(name);
    }

    /// Ends the nearest open element of the name and all within it; those that format and are not
    /// closed by their own end go on.
    fn end(&mut self, name: &str) {
        let near = self.open.len().saturating_sub(NEAR);
        let Some(at) = self.open[near..].iter().rposition(|open| open == name) else {
            return;
        };
        let is_innermost = near + at + 1 == self.open.len();
        self.formatting -= usize::from(is_innermost && FORMATTING.contains(&name));
        self.depth -= self.open[near + at..]
            .iter()
            .filter(|open| is_deep(open))
            .count();
        self.open.truncate(near + at);
    }

    /// Whether a script was opened that is read to its end without tags: in pictures none is.
    fn reads_script(&self) -> bool {
        self.open.last().is_some_and(|open| open == "script")
            && !self
                .open
                .iter()
                .rev()
                .take(NEAR)
                .any(|open| matches!(open.as_str(), "svg" | "math"))
    }
}

fn is_deep(name: &str) -> bool {
    !ENDED.contains(&name)
}

/// How many attributes a tag has, and what is behind the tag.
fn attributes(text: &str) -> (usize, &str) {
    let (bytes, mut at, mut count) = (text.as_bytes(), 0, 0);
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return (count, &text[at + 1..]),
            b'/' => at += 1,
            byte if is_space(&byte) => at += 1,
            _ => {
                count += 1;
                let ends = |byte: &u8| is_space(byte) || matches!(byte, b'/' | b'>' | b'=');
                at += 1 + bytes[at + 1..]
                    .iter()
                    .take_while(|byte| !ends(byte))
                    .count();
                let value = at + bytes[at..].iter().take_while(|byte| is_space(byte)).count();
                if bytes.get(value) == Some(&b'=') {
                    at = behind_value(bytes, value + 1);
                }
            }
        }
    }
    (count, "")
}

fn behind_value(bytes: &[u8], at: usize) -> usize {
    let start = at
        + bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
    match bytes.get(start) {
        Some(&quote @ (b'"' | b'\'')) => {
            memchr(quote, &bytes[start + 1..]).map_or(bytes.len(), |length| start + length + 2)
        }
        _ => {
            start
                + bytes[start..]
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace() && **byte != b'>')
                    .count()
        }
    }
}

fn behind_comment(text: &str) -> &str {
    if let Some(behind) = text.strip_prefix('>').or_else(|| text.strip_prefix("->")) {
        return behind;
    }
    let ends = ["-->", "--!>"]
        .map(|end| memmem::find(text.as_bytes(), end.as_bytes()).map(|at| at + end.len()));
    ends.into_iter()
        .flatten()
        .min()
        .map_or("", |behind| &text[behind..])
}

fn behind_script(text: &str) -> &str {
    let mut rest = text;
    while let Some(at) = memmem::find(rest.as_bytes(), b"</") {
        rest = &rest[at..];
        if rest
            .get(2..8)
            .is_some_and(|name| name.eq_ignore_ascii_case("script"))
        {
            return rest;
        }
        rest = &rest[2..];
    }
    ""
}

/// Whether the elements of a tree stand deeper within each other than a page needs.
pub(super) fn is_too_deep(document: &Document) -> bool {
    let root = document.root();
    let (mut node, mut depth) = (root, 0usize);
    loop {
        if let Some(child) = node.first_child() {
            (node, depth) = (child, depth + 1);
            if depth > DEEPEST {
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
    fn pages_of_people_have_trees() {
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
                !is_flood(&page),
                "{}",
                &page[..page.floor_char_boundary(120)]
            );
            assert!(!is_too_deep(&Document::from(page)));
        }
    }

    #[test]
    fn floods_are_told_before_a_tree_is_made() {
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
            assert!(is_flood(&page(&body)), "{}", &body[..60]);
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_told_from_the_tree() {
        assert!(is_too_deep(&Document::from(page(&"<div>".repeat(300)))));
        assert!(!is_too_deep(&Document::from(page(&"<p>x".repeat(300)))));
    }
}
