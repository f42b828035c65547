//! Lenient XML to a tree.
//!
//! Input: XML with unclosed, doubly closed or truncated tags, bare ampersands, HTML entities and
//! undeclared prefixes. Output: a [`Tree`]. Cost: linear in the text.
//!
//! Tokens come from quick-xml with its checks off. Where the tokenizer gives up, parsing resumes
//! behind the invalid bracket.

use html_escape::decode_html_entities;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Maximum depth. Deeper elements become children of the deepest allowed one. Feeds have a dozen
/// levels.
const MAX_DEPTH: usize = 100;

/// A broken text may be read again this many times; then its rest is left out.
const MAX_REREADS: usize = 20;

/// Maximum attributes of a tag, and maximum declared prefixes at a time. Feeds have a dozen.
const MAX_ATTRIBUTES: usize = 256;

/// Void elements of XHTML.
const VOID: [&str; 6] = ["br", "hr", "img", "wbr", "source", "col"];

/// Elements of feed items. An item that begins in another ends it.
pub(super) const ITEM_NAMES: [&str; 2] = ["item", "entry"];

/// An element of a [`Tree`].
#[derive(Debug, Default)]
pub(super) struct Element {
    /// The name in lower case, with the customary prefix of its namespace; without a prefix in the
    /// namespaces of feeds.
    pub(super) name: String,
    /// Names in lower case as written, values with decoded entities.
    attributes: Vec<(String, String)>,
    children: Vec<XmlNode>,
    /// The offset of the start tag in bytes.
    pub(super) offset: usize,
    /// Whether the text ends before the element.
    pub(super) is_cut: bool,
}

#[derive(Debug)]
enum XmlNode {
    Text(String),
    Element(usize),
}

/// The elements of a text in document order. The first is a root without a name that holds all
/// others.
#[derive(Debug)]
pub(super) struct Tree {
    elements: Vec<Element>,
    /// Whether the text has so many errors that its rest was left out.
    pub(super) is_abandoned: bool,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Tree {
    pub(super) fn parse(text: &str) -> Self {
        let mut builder = Builder {
            tree: Tree {
                elements: vec![Element::default()],
                is_abandoned: false,
            },
            open: vec![0],
            prefixes: Vec::new(),
        };
        builder.read(text);
        builder.tree
    }

    /// All elements, in document order.
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The child elements of an element.
    pub(super) fn children<'t>(&'t self, parent: &'t Element) -> impl Iterator<Item = &'t Element> {
        parent.children.iter().filter_map(|node| match node {
            XmlNode::Element(at) => Some(&self.elements[*at]),
            XmlNode::Text(_) => None,
        })
    }

    /// The first child element with a name.
    pub(super) fn child<'t>(&'t self, parent: &'t Element, name: &'t str) -> Option<&'t Element> {
        self.children(parent).find(|child| child.name == name)
    }

    /// The content of an element as markup: text unescaped, elements as tags without attributes.
    pub(super) fn markup(&self, element: &Element) -> String {
        let mut markup = String::new();
        self.write_markup(element, &mut markup);
        markup
    }

    /// The content of an XHTML element as markup: text escaped, elements as tags with attributes.
    pub(super) fn xhtml(&self, element: &Element) -> String {
        let mut markup = String::new();
        self.write_xhtml(element, &mut markup);
        markup
    }

    fn write_xhtml(&self, element: &Element, markup: &mut String) {
        for node in &element.children {
            match node {
                XmlNode::Text(text) => markup.push_str(&html_escape::encode_text(text)),
                XmlNode::Element(at) => {
                    let child = &self.elements[*at];
                    let name = child.name.rsplit(':').next().unwrap_or_default();
                    markup.extend(["<", name]);
                    for (key, value) in child
                        .attributes
                        .iter()
                        .filter(|(key, _)| !key.starts_with("xml"))
                    {
                        let value = html_escape::encode_double_quoted_attribute(value);
                        markup.extend([" ", key, "=\"", &value, "\""]);
                    }
                    markup.push('>');
                    if !VOID.contains(&name) {
                        self.write_xhtml(child, markup);
                        markup.extend(["</", name, ">"]);
                    }
                }
            }
        }
    }

    fn write_markup(&self, element: &Element, markup: &mut String) {
        for node in &element.children {
            match node {
                XmlNode::Text(text) => markup.push_str(text),
                XmlNode::Element(at) => {
                    let child = &self.elements[*at];
                    let name = child.name.rsplit(':').next().unwrap_or_default();
                    markup.extend(["<", name, ">"]);
                    self.write_markup(child, markup);
                    markup.extend(["</", name, ">"]);
                }
            }
        }
    }
}

/// A tokenizer without well-formedness checks.
fn lenient(text: &str) -> Reader<&[u8]> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    (
        config.check_end_names,
        config.allow_unmatched_ends,
        config.allow_dangling_amp,
    ) = (false, true, true);
    reader
}

/// The name of the first element of a text, and whether the doctype is HTML.
pub(super) fn first_element(text: &str) -> Option<(String, bool)> {
    let mut reader = lenient(text);
    let mut is_html = false;
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                let name = tag.local_name().as_ref().to_ascii_lowercase();
                return Some((name, is_html));
            }
            Ok(Event::DocType(kind)) => {
                is_html = kind.trim_start().to_ascii_lowercase().starts_with("html")
            }
            Ok(Event::Eof) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// A bracket that begins no tag.
struct InvalidBracket {
    offset: usize,
    /// Bytes that were read in search of the end of a tag.
    read: usize,
}

fn position(position: u64, text: &str) -> usize {
    usize::try_from(position)
        .unwrap_or(usize::MAX)
        .min(text.len())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | ':'))
}

/// quick-xml drops a byte order mark where it begins, and does not count its bytes.
fn behind_byte_order_marks(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches('\u{feff}').len()
}

fn attributes(tag: &BytesStart<'_>) -> Vec<(String, String)> {
    tag.html_attributes()
        .with_checks(false)
        .take(MAX_ATTRIBUTES)
        .filter_map(Result::ok)
        .map(|attribute| {
            let name = attribute.key.as_ref().to_ascii_lowercase();
            (name, decode_html_entities(&attribute.value).into_owned())
        })
        .collect()
}

struct Builder {
    tree: Tree,
    /// The open elements, from the root on.
    open: Vec<usize>,
    /// The prefixes that the open elements declare: depth, prefix, and the customary prefix of the
    /// namespace.
    prefixes: Vec<(usize, String, &'static str)>,
}

impl Builder {
    fn read(&mut self, text: &str) {
        let (mut base, mut reread) = (behind_byte_order_marks(text, 0), 0);
        while let Some(invalid) = self.read_from(&text[base..], base) {
            self.text("<");
            let next = (base + invalid.offset + 1).min(text.len());
            base = behind_byte_order_marks(text, next);
            reread += invalid.read;
            if reread > MAX_REREADS * text.len() {
                self.tree.is_abandoned = true;
                break;
            }
        }
        self.cut();
    }

    /// Reads up to the end, or to a bracket that begins no tag.
    fn read_from(&mut self, text: &str, base: usize) -> Option<InvalidBracket> {
        let mut reader = lenient(text);
        loop {
            let at = position(reader.buffer_position(), text);
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) if !is_name(tag.name().as_ref()) => {
                    return Some(InvalidBracket {
                        offset: at,
                        read: position(reader.buffer_position(), text) - at,
                    });
                }
                Ok(Event::Start(tag)) => self.start(&tag, base + at),
                Ok(Event::Empty(tag)) => {
                    self.start(&tag, base + at);
                    self.close_to(self.open.len() - 1);
                }
                Ok(Event::End(tag)) => self.end(tag.name().as_ref()),
                Ok(Event::Text(words)) => self.text(&words.into_inner()),
                Ok(Event::CData(words)) => self.text(&words.into_inner()),
                Ok(Event::GeneralRef(entity)) => self.text(&character(&entity)),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Eof) => return None,
                Err(_) => {
                    let at = text.floor_char_boundary(position(reader.error_position(), text));
                    let offset = at + text[at..].find('<')?;
                    return Some(InvalidBracket {
                        offset,
                        read: text.len() - offset,
                    });
                }
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, offset: usize) {
        let attributes = attributes(tag);
        self.close_to(self.open.len().min(MAX_DEPTH));
        for (key, space) in &attributes {
            if let Some(prefix) = key
                .strip_prefix("xmlns")
                .filter(|_| self.prefixes.len() < MAX_ATTRIBUTES)
            {
                let prefix = prefix.trim_start_matches(':').to_owned();
                self.prefixes
                    .push((self.open.len(), prefix, customary_prefix(space)));
            }
        }
        let name = self.name(tag.name().as_ref());
        if ITEM_NAMES.contains(&name.as_str()) {
            self.close(|element| ITEM_NAMES.contains(&element.name.as_str()));
        }
        let at = self.tree.elements.len();
        self.inside().push(XmlNode::Element(at));
        self.tree.elements.push(Element {
            name,
            attributes,
            offset,
            ..Element::default()
        });
        self.open.push(at);
    }

    fn end(&mut self, name: &str) {
        let name = self.name(name);
        self.close(|element| element.name == name);
    }

    /// Closes the innermost open element that fulfils a condition, and all elements in it.
    fn close(&mut self, condition: impl Fn(&Element) -> bool) {
        if let Some(depth) = self
            .open
            .iter()
            .rposition(|&at| at > 0 && condition(&self.tree.elements[at]))
        {
            self.close_to(depth);
        }
    }

    fn close_to(&mut self, depth: usize) {
        self.open.truncate(depth);
        self.prefixes.retain(|&(declared, ..)| declared < depth);
    }

    fn text(&mut self, text: &str) {
        match self.inside().last_mut() {
            Some(XmlNode::Text(before)) => before.push_str(text),
            _ => self.inside().push(XmlNode::Text(text.to_owned())),
        }
    }

    fn inside(&mut self) -> &mut Vec<XmlNode> {
        let at = self.open.last().copied().unwrap_or(0);
        &mut self.tree.elements[at].children
    }

    fn cut(&mut self) {
        for &at in &self.open {
            self.tree.elements[at].is_cut = true;
        }
    }

    fn name(&self, written: &str) -> String {
        let lower = written.to_ascii_lowercase();
        let (prefix, local) = lower.split_once(':').unwrap_or(("", &lower));
        let declared = self
            .prefixes
            .iter()
            .rev()
            .find(|(_, known, _)| known == prefix)
            .map(|&(.., customary)| customary);
        match declared {
            Some("?") | None if prefix.is_empty() || ["atom", "rss", "rdf"].contains(&prefix) => {
                local.to_owned()
            }
            Some("?") | None => lower,
            Some("") => local.to_owned(),
            Some(customary) => format!("{customary}:{local}"),
        }
    }
}

/// The prefix that feeds customarily use for a namespace; empty for the namespaces of feeds, "?"
/// for unknown ones.
fn customary_prefix(space: &str) -> &'static str {
    const KNOWN: [(&str, &str); 14] = [
        ("w3.org/2005/atom", ""),
        ("purl.org/atom/", ""),
        ("purl.org/rss/1.0/modules/content", "content"),
        ("purl.org/rss/1.0/modules/", "?"),
        ("purl.org/rss/", ""),
        ("my.netscape.com/", ""),
        ("backend.userland.com/", ""),
        ("w3.org/1999/02/22-rdf", ""),
        ("purl.org/dc/", "dc"),
        ("search.yahoo.com/mrss", "media"),
        ("itunes.com/dtds/podcast", "itunes"),
        ("rssnamespace.org/feedburner", "feedburner"),
        ("google.com/schemas/sitemap-news", "news"),
        ("w3.org/1999/xhtml", "xhtml"),
    ];
    let space = space.to_ascii_lowercase();
    KNOWN
        .iter()
        .find(|(known, _)| space.contains(known))
        .map_or("?", |&(_, prefix)| prefix)
}

/// The character of an entity; the entity itself if it is unknown.
fn character(entity: &BytesRef<'_>) -> String {
    let name: &str = entity;
    let number = name
        .strip_prefix('#')
        .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        });
    match number {
        // Codes of Windows-1252, which browsers read as such.
        Some(code @ 0x80..0xa0) => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(&[code as u8])
            .0
            .into_owned(),
        Some(code) => char::from_u32(code)
            .filter(|&c| c != '\0')
            .unwrap_or('\u{fffd}')
            .to_string(),
        None => decode_html_entities(&format!("&{name};")).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Tree::parse(text).elements()[1..]
            .iter()
            .map(|element| element.name.clone())
            .collect()
    }

    fn first(text: &str) -> String {
        let tree = Tree::parse(text);
        tree.markup(&tree.elements()[1])
    }

    #[test]
    fn broken_markup_keeps_its_text() {
        let cases = [
            ("<a>x</a>", "x"),
            ("<a>Tom & Jerry &amp; co</a>", "Tom & Jerry & co"),
            ("<a>x&nbsp;y&eacute;&#8211;&#x41;&#146;</a>", "x\u{a0}yé–A’"),
            ("<a>&unknown;</a>", "&unknown;"),
            ("<a><![CDATA[<b>x</b> & y]]></a>", "<b>x</b> & y"),
            ("<a>one<b>two</b>three", "one<b>two</b>three"),
            ("<a>3 < 4</a>", "3 < 4"),
            ("<a>x</b></a>", "x"),
            ("<a><\u{feff}é<< x</a>", "<é<< x"),
            ("\u{feff}\u{feff}é<<a>x</a>", "x"),
            ("<a t=\"1>x</a><c>y</c>", "y"),
        ];
        for (text, expected) in cases {
            assert_eq!(first(text), expected, "for {text:?}");
        }
    }

    #[test]
    fn prefixes_are_normalised() {
        let text = "<x:feed xmlns:x='http://www.w3.org/2005/Atom' xmlns:d='http://purl.org/dc/elements/1.1/'>\
            <x:Entry><d:date/><media:title/></x:Entry></x:feed>";
        assert_eq!(names(text), ["feed", "entry", "dc:date", "media:title"]);
        let inner =
            "<feed><entry><div xmlns='http://www.w3.org/1999/xhtml'></div></entry><entry/></feed>";
        assert_eq!(names(inner), ["feed", "entry", "xhtml:div", "entry"]);
    }

    #[test]
    fn an_item_ends_where_the_next_begins() {
        let tree = Tree::parse("<rss><item><title>a<item><title>b</title></item></rss>");
        let items = tree.children(&tree.elements()[1]).count();
        assert_eq!(items, 2);
    }

    #[test]
    fn truncated_elements_are_marked() {
        let tree = Tree::parse("<rss><item>a</item><item>b");
        let cut: Vec<bool> = tree.elements()[1..]
            .iter()
            .map(|element| element.is_cut)
            .collect();
        assert_eq!(cut, [true, false, true]);
    }

    #[test]
    fn depth_and_rereads_are_bounded() {
        let deep = "<a>".repeat(100_000);
        assert_eq!(Tree::parse(&deep).elements().len(), 100_001);
        assert!(Tree::parse(&"<![CDATA[".repeat(100_000)).is_abandoned);
    }
}
