//! Markup in, its text out: tags go, block elements end a word, scripts and styles go with what
//! they hold, entities are decoded; links that lead on rather than tell ("read more", lists of
//! other stories at the end) go too. Linear. For fragments in feeds; the text of whole pages is
//! another matter.

use std::borrow::Cow;

use html_escape::decode_html_entities;
use memchr::memchr2_iter;

/// Elements whose content no reader sees.
const UNSEEN: [&str; 6] = [
    "script", "style", "template", "noscript", "iframe", "object",
];

/// Elements that stand inside a line of text.
const INLINE: [&str; 27] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "mark",
    "q", "rb", "rbc", "rp", "rt", "rtc", "ruby", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// Elements that say how the text beside them is read: not part of it.
const READINGS: [&str; 3] = ["rt", "rp", "rtc"];

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
        return tidy(&decode(markup));
    }
    let mut blocks = blocks(markup, true);
    blocks.retain(|block| !is_notice(&block.text));
    let letters = |block: &Block| block.text.chars().filter(|c| c.is_alphanumeric()).count();
    let told = blocks
        .iter()
        .rposition(|block| letters(block) > block.linked);
    blocks.truncate(told.map_or(blocks.len(), |last| last + 1));
    join(&blocks)
}

/// Whether what should be plain text holds markup all the same, as dumps of feeds and of blogging
/// software do: the end of an element, a line break or an entity.
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
    let name = near
        .iter()
        .position(|&byte| byte == b';')
        .map_or(&near[..0], |end| &near[..end]);
    let name = name.strip_prefix(b"#").unwrap_or(name);
    name.len() > 1 && name.iter().all(u8::is_ascii_alphanumeric)
}

/// Those with longer names are rare, as are texts in which they stand.
const LONGEST_ENTITY: usize = 10;

/// The text with its entities decoded, also those that were escaped twice.
fn decode(text: &str) -> Cow<'_, str> {
    let mut decoded = decode_html_entities(text);
    for _ in 1..MOST_ESCAPES {
        if !memchr::memchr_iter(b'&', decoded.as_bytes())
            .any(|at| is_entity(&decoded.as_bytes()[at + 1..]))
        {
            break;
        }
        decoded = Cow::Owned(decode_html_entities(&decoded).into_owned());
    }
    decoded
}

/// How often an ampersand may have been escaped on its way.
const MOST_ESCAPES: usize = 3;

/// The text of a title that may hold markup or entities. Tags that a headline speaks of are text.
pub(crate) fn title(markup: &str) -> Cow<'_, str> {
    if markup.contains(['<', '&', '\n']) {
        Cow::Owned(join(&blocks(&with_named_tags(markup), false)).replace('\n', " "))
    } else {
        Cow::Borrowed(markup.trim())
    }
}

/// A longer title is a text, in bytes: what tags it speaks of is not asked.
const LONGEST_TITLE: usize = 1000;

/// A title in which the tags that it speaks of are escaped: "Why <script> blocks the page".
fn with_named_tags(markup: &str) -> Cow<'_, str> {
    if markup.len() > LONGEST_TITLE || !markup.contains('<') {
        return Cow::Borrowed(markup);
    }
    let small = markup.to_ascii_lowercase();
    let mut escaped = String::with_capacity(markup.len() + 8);
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let at = markup.len() - rest.len() + start;
        let Some((inside, after)) =
            tag(&rest[start..]).filter(|(inside, _)| !inside.starts_with(['!', '?']))
        else {
            escaped.push_str(&rest[..=start]);
            rest = &rest[start + 1..];
            continue;
        };
        escaped.push_str(&rest[..start]);
        let is_closed = rest[..rest.len() - after.len()].ends_with('>');
        let stands_alone = stands_alone(&markup[..at], after);
        escaped.push_str(if is_closed && is_named(inside, &small, stands_alone) {
            "&lt;"
        } else {
            "<"
        });
        escaped.push_str(&rest[start + 1..rest.len() - after.len()]);
        rest = after;
    }
    escaped.push_str(rest);
    Cow::Owned(escaped)
}

/// Whether a tag in a title is spoken of rather than meant: it has no attributes, and it stands as
/// a word or belongs to no element that HTML knows. A pair of tags is meant, unless nobody would
/// see what is in it.
fn is_named(inside: &str, title: &str, stands_alone: bool) -> bool {
    let bare = inside
        .trim_start_matches('/')
        .trim_end_matches('/')
        .trim_end();
    let name = bare
        .split(|c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '-')
        .next()
        .unwrap_or_default();
    let name = name.to_ascii_lowercase();
    let is_name = name.len() == bare.len() && !name.ends_with(':');
    if !is_name {
        // Attributes, or an address: <mail@news.example>.
        return !bare[name.len()..]
            .starts_with(|c: char| c.is_whitespace() || c == '/' && !name.ends_with(':'));
    }
    let is_pair = || title.contains(&format!("<{name}>")) && title.contains(&format!("</{name}>"));
    match name.as_str() {
        "br" | "wbr" | "p" | "" => false,
        name if name.contains([':', '-']) => false,
        name if UNSEEN.contains(&name) => stands_alone,
        _ if is_pair() => false,
        name if INLINE.contains(&name) || BLOCKS.contains(&name) => stands_alone,
        _ => true,
    }
}

/// Elements of HTML besides those in a line and those that nobody sees.
const BLOCKS: [&str; 40] = [
    "article",
    "aside",
    "audio",
    "blink",
    "blockquote",
    "body",
    "button",
    "canvas",
    "center",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "img",
    "ins",
    "li",
    "main",
    "marquee",
    "nav",
    "ol",
    "pre",
    "section",
    "table",
    "td",
    "tr",
    "ul",
];

/// Whether a tag between these texts stands as a word does.
fn stands_alone(before: &str, after: &str) -> bool {
    let opens = |c: char| c.is_whitespace() || "([{\"'“‘«„:,/-–—".contains(c);
    let closes = |c: char| c.is_whitespace() || ")]}\"'”’»“:,/-–—.;!?؟،؛…".contains(c);
    before.chars().next_back().is_none_or(opens) && after.chars().next().is_none_or(closes)
}

fn join(blocks: &[Block]) -> String {
    let lines: Vec<&str> = blocks.iter().map(|block| block.text.as_str()).collect();
    tidy(&lines.join("\n"))
}

/// One space between words, one line break between blocks.
pub(super) fn tidy(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// What blogging software adds below each text.
fn is_notice(text: &str) -> bool {
    text.trim_start().starts_with("The post ") && text.contains(" appeared first on ")
}

fn leads_on(link: &str) -> bool {
    let bare = link
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    LEADING_ON.contains(&bare.as_str())
        || bare.starts_with("continue reading ")
        || bare.starts_with("read more ")
}

/// The lines of a fragment; those without text are left out.
fn blocks(markup: &str, drop_links: bool) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    let mut link: Option<usize> = None;
    let mut rest = markup;
    let mut is_reading = false;
    while let Some(start) = rest.find('<') {
        push(&mut blocks, if is_reading { "" } else { &rest[..start] });
        let Some((tag, after)) = tag(&rest[start..]) else {
            push(&mut blocks, "<");
            rest = &rest[start + 1..];
            continue;
        };
        rest = after;
        let name = tag
            .trim_start_matches('/')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let (name, is_end) = (name.to_ascii_lowercase(), tag.starts_with('/'));
        let is_within = INLINE.contains(&name.as_str()) && !name.starts_with('r');
        is_reading = READINGS.contains(&name.as_str()) && !is_end || is_reading && is_within;
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
    push(&mut blocks, if is_reading { "" } else { rest });
    blocks.retain(|block| !block.text.trim().is_empty());
    blocks
}

fn push(blocks: &mut [Block], text: &str) {
    if let Some(block) = blocks.last_mut() {
        block.text.push_str(&decode(text));
    }
}

/// Counts the letters of the link that began at `from`, or drops it if all it does is lead on.
fn end_link(blocks: &mut [Block], from: usize, drop_links: bool) {
    let Some(block) = blocks.last_mut() else {
        return;
    };
    if drop_links && leads_on(&block.text[from..]) {
        block.text.truncate(from);
    }
    block.linked += block.text[from..]
        .chars()
        .filter(|c| c.is_alphanumeric())
        .count();
}

/// The inside of the tag that a text begins with, and what follows it; `None` if the bracket begins
/// no tag.
pub(crate) fn tag(text: &str) -> Option<(&str, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some((
            "!",
            comment.split_once("-->").map_or("", |(_, after)| after),
        ));
    }
    let inside =
        text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
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
        if rest
            .get(..name.len())
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
        {
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
            (
                "Tom &amp; Jerry&nbsp;&#8211; &quot;hi&quot;",
                "Tom & Jerry – \"hi\"",
            ),
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
    fn tags_that_a_headline_speaks_of_are_text() {
        for (markup, expected) in [
            (
                "Why <script> blocks the page and how to defer it",
                "Why <script> blocks the page and how to defer it",
            ),
            (
                "Browser 23 comes without <blink>",
                "Browser 23 comes without <blink>",
            ),
            (
                "How <b> differs from <strong>",
                "How <b> differs from <strong>",
            ),
            (
                "The (<video>) element, explained",
                "The (<video>) element, explained",
            ),
            ("Never use Vec<String> here", "Never use Vec<String> here"),
            (
                "Write to <desk@news.example>",
                "Write to <desk@news.example>",
            ),
            ("Closing </body> is optional", "Closing </body> is optional"),
            (
                "Rain<script>alert(1)</script> and <style>b { }</style>wind",
                "Rain and wind",
            ),
            ("<b>Rain</b> and <i> wind </i>", "Rain and wind"),
            ("<div> Rain </div>", "Rain"),
            ("Rain<br>and <br/> wind", "Rain and wind"),
            ("<p>Rain", "Rain"),
            ("<b>Rain", "Rain"),
            (
                "<a href=u>Rain</a> <img src=x> <o:p>wind</o:p>",
                "Rain wind",
            ),
            ("3 < 4 <b>cut", "3 < 4 cut"),
        ] {
            assert_eq!(title(markup), expected, "for {markup:?}");
        }
    }

    #[test]
    fn readings_are_no_text() {
        let cases = [
            ("<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>", "漢字"),
            (
                "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>を読む",
                "漢を読む",
            ),
            ("<ruby>漢<rt>かん<rb>字<rt><b>じ</b></ruby>を", "漢字を"),
        ];
        for (markup, expected) in cases {
            assert_eq!(
                (&*text(markup), &*title(markup)),
                (expected, expected),
                "for {markup:?}"
            );
        }
    }

    #[test]
    fn entities_escaped_twice_are_decoded() {
        let cases = [
            (
                "Minister: &amp;#8220;We won&amp;#8217;t&amp;#8221;",
                "Minister: “We won’t”",
            ),
            ("Tom &amp;amp; Jerry", "Tom & Jerry"),
            ("Tom &amp;amp;amp; Jerry", "Tom & Jerry"),
            ("AT&amp;T; R&D", "AT&T; R&D"),
            ("3 &amp;lt; 4", "3 < 4"),
        ];
        for (markup, expected) in cases {
            assert_eq!(
                (&*text(markup), &*title(markup)),
                (expected, expected),
                "for {markup:?}"
            );
        }
    }

    #[test]
    fn markup_is_told_from_what_looks_like_it() {
        for markup in [
            "<p>It rained.</p>",
            "It rained.<br>Then",
            "rain<BR/>wind",
            "Tom &amp; Jerry",
            "it&#8217;s",
            "a&nbsp;b",
        ] {
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
            (
                "<p>هطل المطر. <a href=u>اقرأ المزيد...</a></p>",
                "هطل المطر.",
            ),
            (
                "<p>It rained.</p><ul><li><a>Other story</a></li><li><a>And one more</a></li></ul>",
                "It rained.",
            ),
            (
                "<p>It rained.</p><p>The post <a>Rain</a> appeared first on <a>Harbour</a>.</p>",
                "It rained.",
            ),
            ("<p><a>The mayor</a> opened it.</p>", "The mayor opened it."),
            ("<p><a>All of it a link</a></p>", "All of it a link"),
        ];
        for (markup, expected) in cases {
            assert_eq!(text(markup), expected, "for {markup:?}");
        }
        assert_eq!(title("<a href=u>More</a>"), "More");
    }
}
