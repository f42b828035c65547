//! Markup in, its text out: tags go, block elements end a word, scripts and styles go with what they hold, entities are
//! decoded; links that lead on rather than tell ("read more", lists of other stories at the end) go too. Linear. For
//! fragments in feeds; the text of whole pages is another matter.

use std::borrow::Cow;

use html_escape::decode_html_entities;
use memchr::memchr2_iter;

/// Elements whose content no reader sees.
const UNSEEN: [&str; 6] = ["script", "style", "template", "noscript", "iframe", "object"];

/// Elements that stand inside a line of text.
const INLINE: [&str; 21] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "u",
];

/// What links say that only lead on, in small letters without the marks around it.
const LEADING_ON: [&str; 16] = [
    "read more",
    "read on",
    "more",
    "full story",
    "read full story",
    "read the full story",
    "read the full article",
    "continue reading",
    "comments",
    "permalink",
    "اقرأ المزيد",
    "إقرأ المزيد",
    "اقرأ أيضا",
    "المزيد",
    "تابع القراءة",
    "التفاصيل",
];

/// A line of text, and how much of it stands in links.
#[derive(Default)]
struct Block {
    text: String,
    linked: usize,
}

/// The text of a fragment, without the links that lead on.
pub(super) fn text(markup: &str) -> String {
    if !markup.contains('<') {
        return tidy(&decode_html_entities(markup));
    }
    let mut blocks = blocks(markup, true);
    blocks.retain(|block| !is_notice(&block.text));
    let letters = |block: &Block| block.text.chars().filter(|c| c.is_alphanumeric()).count();
    let told = blocks.iter().rposition(|block| letters(block) > block.linked);
    blocks.truncate(told.map_or(blocks.len(), |last| last + 1));
    join(&blocks)
}

/// Whether what should be plain text holds markup all the same, as dumps of feeds and of blogging software do: the end of
/// an element, a line break or an entity.
pub(crate) fn is_marked_up(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr2_iter(b'<', b'&', bytes).any(|at| match bytes[at..] {
        [b'<', b'/', next, ..] => next.is_ascii_alphabetic(),
        [b'<', b'b' | b'B', b'r' | b'R', next, ..] => matches!(next, b'>' | b'/' | b' '),
        [b'&', ref rest @ ..] => is_entity(rest),
        _ => false,
    })
}

/// Whether these bytes behind an ampersand make an entity.
fn is_entity(rest: &[u8]) -> bool {
    let near = &rest[..rest.len().min(LONGEST_ENTITY)];
    let name = near.iter().position(|&byte| byte == b';').map_or(&near[..0], |end| &near[..end]);
    let name = name.strip_prefix(b"#").unwrap_or(name);
    name.len() > 1 && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Those with longer names are rare, as are texts in which they stand.
const LONGEST_ENTITY: usize = 10;

/// The text of a title that may hold markup or entities.
pub(super) fn title(markup: &str) -> Cow<'_, str> {
    if markup.contains(['<', '&', '\n']) {
        Cow::Owned(join(&blocks(markup, false)).replace('\n', " "))
    } else {
        Cow::Borrowed(markup.trim())
    }
}

fn join(blocks: &[Block]) -> String {
    let lines: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    tidy(&lines.join("\n"))
}

/// One space between words, one line break between blocks.
pub(super) fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// What blogging software adds below each text.
fn is_notice(text: &str) -> bool {
    text.trim_start().starts_with("The post ") && text.contains(" appeared first on ")
}

fn leads_on(link: &str) -> bool {
    let bare = link.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    LEADING_ON.contains(&bare.as_str()) || bare.starts_with("continue reading ") || bare.starts_with("read more ")
}

/// The lines of a fragment; those without text are left out.
fn blocks(markup: &str, drop_links: bool) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    let mut link: Option<usize> = None;
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        push(&mut blocks, &rest[..start]);
        let Some((tag, after)) = tag(&rest[start..]) else {
            push(&mut blocks, "<");
            rest = &rest[start + 1..];
            continue;
        };
        rest = after;
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let (name, is_end) = (name.to_ascii_lowercase(), tag.starts_with('/'));
        if UNSEEN.contains(&name.as_str()) && !is_end && !tag.ends_with('/') {
            rest = skip_to_end(rest, &name);
        }
        if let Some(from) = link.take_if(|_| name == "a" || !INLINE.contains(&name.as_str())) {
            end_link(&mut blocks, from, drop_links);
        }
        if name == "a" && !is_end {
            link = blocks.last().map(|block| block.text.len());
        }
        if !INLINE.contains(&name.as_str()) {
            blocks.push(Block::default());
        }
    }
    push(&mut blocks, rest);
    blocks.retain(|block| !block.text.trim().is_empty());
    blocks
}

fn push(blocks: &mut [Block], text: &str) {
    if let Some(block) = blocks.last_mut() {
        block.text.push_str(&decode_html_entities(text));
    }
}

/// Counts the letters of the link that began at `from`, or drops it if all it does is lead on.
fn end_link(blocks: &mut [Block], from: usize, drop_links: bool) {
    let Some(block) = blocks.last_mut() else { return };
    if drop_links && leads_on(&block.text[from..]) {
        block.text.truncate(from);
    }
    block.linked += block.text[from..].chars().filter(|c| c.is_alphanumeric()).count();
}

/// The inside of the tag that a text begins with, and what follows it; `None` if the bracket begins no tag.
pub(crate) fn tag(text: &str) -> Option<(&str, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(("!", comment.split_once("-->").map_or("", |(_, after)| after)));
    }
    let inside = text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1).take_while(|_| inside) {
        match (byte, quote) {
            (b'"' | b'\'', None) if text.as_bytes()[at - 1] == b'=' => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'>', None) => return Some((&text[1..at], &text[at + 1..])),
            _ => {}
        }
    }
    // A quote that nobody closes ends with the tag.
    inside.then(|| text[1..].split_once('>').unwrap_or((&text[1..], "")))
}

/// What follows the end of the element of a name, in which a text stands.
pub(crate) fn skip_to_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_give_their_text() {
        let cases = [
            ("<p>one</p><p>two</p>", "one\ntwo"),
            ("a<br/>b", "a\nb"),
            ("wo<b>rd</b>", "word"),
            ("x<script>if (a < b) {}</script>y", "x\ny"),
            ("<!-- <p>no</p> -->yes", "yes"),
            ("Tom &amp; Jerry&nbsp;&#8211; &quot;hi&quot;", "Tom & Jerry – \"hi\""),
            ("<b>3 &lt; 4</b> < 5", "3 < 4 < 5"),
            ("3 < 4", "3 < 4"),
            ("cut <p", "cut"),
            ("<SCRIPT>x", ""),
            ("<img alt=\"a > b\">x", "x"),
            ("<a href=\"u>x</a> y", "x y"),
        ];
        for (markup, expected) in cases {
            assert_eq!(text(markup), expected, "for {markup:?}");
        }
    }

    #[test]
    fn markup_is_told_from_what_looks_like_it() {
        for markup in
            ["<p>It rained.</p>", "It rained.<br>Then", "rain<BR/>wind", "Tom &amp; Jerry", "it&#8217;s", "a&nbsp;b"]
        {
            assert!(is_marked_up(markup), "{markup}");
        }
        for plain in [
            "",
            "3 < 4 and 5 > 2",
            "a <- b </ c",
            "AT&T; R&D; Q&A",
            "fish & chips; peas",
            "&",
            "<",
            "&#;",
            "I <3 it",
            "a<b",
        ] {
            assert!(!is_marked_up(plain), "{plain}");
        }
    }

    #[test]
    fn links_that_lead_on_go() {
        let cases = [
            ("<p>It rained. <a href=u>Read more »</a></p>", "It rained."),
            ("<p>هطل المطر. <a href=u>اقرأ المزيد...</a></p>", "هطل المطر."),
            ("<p>It rained.</p><ul><li><a>Other story</a></li><li><a>And one more</a></li></ul>", "It rained."),
            ("<p>It rained.</p><p>The post <a>Rain</a> appeared first on <a>Harbour</a>.</p>", "It rained."),
            ("<p><a>The mayor</a> opened it.</p>", "The mayor opened it."),
            ("<p><a>All of it a link</a></p>", "All of it a link"),
        ];
        for (markup, expected) in cases {
            assert_eq!(text(markup), expected, "for {markup:?}");
        }
        assert_eq!(title("<a href=u>More</a>"), "More");
    }
}
