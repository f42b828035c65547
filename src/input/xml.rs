//! Markup that ought to be XML in, its tree out, whatever is broken: tags that are never closed,
//! closed twice or cut off, bare ampersands, names of HTML entities, prefixes that nobody declared.
//! Tokens come from quick-xml with its checks off; where it gives up, reading goes on behind the
//! offending bracket. Linear in the text.

use html_escape::decode_html_entities;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Elements deeper than this become children of the last one allowed: feeds need a dozen levels.
const DEEPEST: usize = 100;

/// How many times its own length a broken text may be read again, before the rest of it is left
/// out.
const MOST_REREADING: usize = 20;

/// Of one tag so many attributes are read, and at most so many prefixes are known at a time: feeds
/// have a dozen.
const MOST_ATTRIBUTES: usize = 256;

/// Elements of XHTML that hold nothing.
const EMPTY: [&str; 6] = ["br", "hr", "img", "wbr", "source", "col"];

/// The names of elements that stand for one item of a feed. One that opens within another ends it.
pub(super) const ITEMS: [&str; 2] = ["item", "entry"];

/// An element of a tree.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// Its name in lower case, under the customary prefix of its namespace, or under none in those
    /// of feeds themselves.
    pub(super) name: String,
    /// Its attributes: names in lower case as written, values with their entities decoded.
    attributes: Vec<(String, String)>,
    /// What stands in it.
    children: Vec<Node>,
    /// Where it begins.
    pub(super) offset: usize,
    /// Whether the text ended before it did.
    pub(super) is_cut: bool,
}

#[derive(Debug)]
enum Node {
    Text(String),
    Element(usize),
}

/// The elements of a text, each behind those that hold it; the first is the root, which the text
/// does not name.
#[derive(Debug)]
pub(super) struct Tree {
    elements: Vec<Element>,
    /// Whether the text was so broken that its end was left out.
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
    pub(super) fn of(text: &str) -> Self {
        let mut builder = Builder {
            tree: Tree {
                elements: vec![Element::default()],
                is_abandoned: false,
            },
            open: vec![0],
            spaces: Vec::new(),
        };
        builder.read(text);
        builder.tree
    }

    /// All elements, each behind those that hold it.
    pub(super) fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The elements directly within one.
    pub(super) fn children<'t>(&'t self, parent: &'t Element) -> impl Iterator<Item = &'t Element> {
        parent.children.iter().filter_map(|node| match node {
            Node::Element(at) => Some(&self.elements[*at]),
            Node::Text(_) => None,
        })
    }

    /// The first child of a name.
    pub(super) fn child<'t>(&'t self, parent: &'t Element, name: &'t str) -> Option<&'t Element> {
        self.children(parent).find(|child| child.name == name)
    }

    /// What stands in an element as markup: its text as it is, the elements in it as tags again.
    pub(super) fn markup(&self, element: &Element) -> String {
        let mut markup = String::new();
        self.write_markup(element, &mut markup);
        markup
    }

    /// What stands in an element of XHTML as markup: its text escaped, the elements in it as tags
    /// with their attributes.
    pub(super) fn xhtml(&self, element: &Element) -> String {
        let mut markup = String::new();
        self.write_xhtml(element, &mut markup);
        markup
    }

    fn write_xhtml(&self, element: &Element, markup: &mut String) {
        for node in &element.children {
            match node {
                Node::Text(text) => markup.push_str(&html_escape::encode_text(text)),
                Node::Element(at) => {
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
                    if !EMPTY.contains(&name) {
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
                Node::Text(text) => markup.push_str(text),
                Node::Element(at) => {
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

/// A reader of tokens that takes what is broken.
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

/// The name of the first element of a text, and whether the text calls itself HTML.
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

/// A bracket that begins no tag, and how far was read for it.
struct Flaw {
    bracket: usize,
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

struct Builder {
    tree: Tree,
    /// The path from the root to the element that is being read.
    open: Vec<usize>,
    /// The prefixes declared on that path: how deep, which, and the customary prefix of what it
    /// stands for.
    spaces: Vec<(usize, String, &'static str)>,
}

impl Builder {
    fn read(&mut self, text: &str) {
        // quick-xml drops a byte order mark where it begins, and does not count it.
        let marks = |at: usize| text[at..].len() - text[at..].trim_start_matches('\u{feff}').len();
        let (mut base, mut reread) = (marks(0), 0);
        while let Some(flaw) = self.read_from(&text[base..], base) {
            self.text("<");
            base = (base + flaw.bracket + 1).min(text.len());
            base += marks(base);
            reread += flaw.read;
            if reread > MOST_REREADING * text.len() {
                self.tree.is_abandoned = true;
                break;
            }
        }
        self.cut();
    }

    /// Reads to the end, or to a bracket that begins nothing.
    fn read_from(&mut self, text: &str, base: usize) -> Option<Flaw> {
        let mut reader = lenient(text);
        loop {
            let at = position(reader.buffer_position(), text);
            match reader.read_event() {
                Ok(Event::Start(tag) | Event::Empty(tag)) if !is_name(tag.name().as_ref()) => {
                    return Some(Flaw {
                        bracket: at,
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
                    let bracket = at + text[at..].find('<')?;
                    return Some(Flaw {
                        bracket,
                        read: text.len() - bracket,
                    });
                }
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, offset: usize) {
        let attributes: Vec<(String, String)> = tag
            .html_attributes()
            .with_checks(false)
            .take(MOST_ATTRIBUTES)
            .filter_map(Result::ok)
            .map(|one| {
                (
                    one.key.as_ref().to_ascii_lowercase(),
                    decode_html_entities(&one.value).into_owned(),
                )
            })
            .collect();
        self.close_to(self.open.len().min(DEEPEST));
        for (key, space) in &attributes {
            if let Some(prefix) = key
                .strip_prefix("xmlns")
                .filter(|_| self.spaces.len() < MOST_ATTRIBUTES)
            {
                let prefix = prefix.trim_start_matches(':').to_owned();
                self.spaces
                    .push((self.open.len(), prefix, customary_prefix(space)));
            }
        }
        let name = self.name(tag.name().as_ref());
        if ITEMS.contains(&name.as_str()) {
            self.close(|element| ITEMS.contains(&element.name.as_str()));
        }
        let at = self.tree.elements.len();
        self.inside().push(Node::Element(at));
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

    /// Closes the innermost open element that is meant, and all within it; none if none is.
    fn close(&mut self, is_meant: impl Fn(&Element) -> bool) {
        if let Some(depth) = self
            .open
            .iter()
            .rposition(|&at| at > 0 && is_meant(&self.tree.elements[at]))
        {
            self.close_to(depth);
        }
    }

    fn close_to(&mut self, depth: usize) {
        self.open.truncate(depth);
        self.spaces.retain(|&(declared, ..)| declared < depth);
    }

    fn text(&mut self, text: &str) {
        match self.inside().last_mut() {
            Some(Node::Text(before)) => before.push_str(text),
            _ => self.inside().push(Node::Text(text.to_owned())),
        }
    }

    fn inside(&mut self) -> &mut Vec<Node> {
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
            .spaces
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

/// The prefix that feeds customarily give to a namespace; none for those of feeds themselves, "?"
/// for others.
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

/// What an entity stands for; itself if nobody knows.
fn character(entity: &BytesRef<'_>) -> String {
    let name: &str = entity;
    let number = name
        .strip_prefix('#')
        .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => digits.parse().ok(),
        });
    match number {
        // Numbers of Windows-1252, which browsers have always taken for its characters.
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
        Tree::of(text).elements()[1..]
            .iter()
            .map(|element| element.name.clone())
            .collect()
    }

    fn first(text: &str) -> String {
        let tree = Tree::of(text);
        tree.markup(&tree.elements()[1])
    }

    #[test]
    fn broken_markup_keeps_what_it_says() {
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
    fn prefixes_are_the_customary_ones() {
        let text = "<x:feed xmlns:x='http://www.w3.org/2005/Atom' xmlns:d='http://purl.org/dc/elements/1.1/'>\
            <x:Entry><d:date/><media:title/></x:Entry></x:feed>";
        assert_eq!(names(text), ["feed", "entry", "dc:date", "media:title"]);
        let inner =
            "<feed><entry><div xmlns='http://www.w3.org/1999/xhtml'></div></entry><entry/></feed>";
        assert_eq!(names(inner), ["feed", "entry", "xhtml:div", "entry"]);
    }

    #[test]
    fn an_item_ends_where_the_next_begins() {
        let tree = Tree::of("<rss><item><title>a<item><title>b</title></item></rss>");
        let items = tree.children(&tree.elements()[1]).count();
        assert_eq!(items, 2);
    }

    #[test]
    fn what_is_cut_is_marked() {
        let tree = Tree::of("<rss><item>a</item><item>b");
        let cut: Vec<bool> = tree.elements()[1..]
            .iter()
            .map(|element| element.is_cut)
            .collect();
        assert_eq!(cut, [true, false, true]);
    }

    #[test]
    fn depth_and_flaws_are_bounded() {
        let deep = "<a>".repeat(100_000);
        assert_eq!(Tree::of(&deep).elements().len(), 100_001);
        assert!(Tree::of(&"<![CDATA[".repeat(100_000)).is_abandoned);
    }
}
