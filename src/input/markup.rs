//! HTML fragments to plain text.
//!
//! Input: a fragment of a feed or a record. Output: its text, one line per block element, without
//! scripts, styles, navigation links and lists of other stories. Cost: linear in the fragment.
//!
//! Whole pages need main text extraction, which is in `webpage`.

use std::borrow::Cow;

use html_escape::decode_html_entities;
use memchr::memchr2_iter;

/// Elements with invisible content.
const INVISIBLE: [&str; 6] = [
    "script", "style", "template", "noscript", "iframe", "object",
];

/// Inline elements, which do not end a line.
const INLINE: [&str; 27] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "mark",
    "q", "rb", "rbc", "rp", "rt", "rtc", "ruby", "s", "small", "span", "strong", "sub", "sup", "u",
];

/// Elements of ruby annotations, which are no part of the text.
const ANNOTATIONS: [&str; 3] = ["rt", "rp", "rtc"];

/// Block elements.
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

/// Texts of navigation links, in lower case without punctuation around.
const NAVIGATION_LINKS: [&str; 16] = [
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

/// A line of text.
#[derive(Default)]
struct TextLine {
    text: String,
    /// The number of its alphanumeric characters in links.
    linked: usize,
}

impl TextLine {
    fn is_mostly_links(&self) -> bool {
        alphanumeric(&self.text) <= self.linked
    }
}

fn alphanumeric(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

/// The text of a fragment, without navigation links and without the links at its end.
pub(super) fn text(markup: &str) -> String {
    if !markup.contains('<') {
        return tidy(&decode_entities(markup));
    }
    let mut lines = TextLines::parse(markup, Navigation::Remove);
    lines.retain(|line| !is_feed_notice(&line.text));
    if let Some(last) = lines.iter().rposition(|line| !line.is_mostly_links()) {
        lines.truncate(last + 1);
    }
    join(&lines)
}

/// Bytes of the longest entity that is recognised. Longer names are rare.
const MAX_ENTITY_BYTES: usize = 10;

/// Whether a text holds markup: an end tag, a line break or an entity. Exports of feeds and blogs
/// have markup in fields of plain text.
pub(crate) fn is_marked_up(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr2_iter(b'<', b'&', bytes).any(|at| match bytes[at..] {
        [b'<', b'/', next, ..] => next.is_ascii_alphabetic(),
        [b'<', b'b' | b'B', b'r' | b'R', next, ..] => matches!(next, b'>' | b'/' | b' '),
        [b'&', ref rest @ ..] => is_entity(rest),
        _ => false,
    })
}

/// Whether the bytes behind an ampersand are an entity.
fn is_entity(rest: &[u8]) -> bool {
    let near = &rest[..rest.len().min(MAX_ENTITY_BYTES)];
    let Some(end) = near.iter().position(|&byte| byte == b';') else {
        return false;
    };
    let name = near[..end].strip_prefix(b"#").unwrap_or(&near[..end]);
    name.len() > 1 && name.iter().all(u8::is_ascii_alphanumeric)
}

/// An ampersand may be escaped this many times.
const MAX_ESCAPES: usize = 3;

/// Decodes entities, also those that were escaped repeatedly.
fn decode_entities(text: &str) -> Cow<'_, str> {
    let mut decoded = decode_html_entities(text);
    for _ in 1..MAX_ESCAPES {
        if !has_entity(&decoded) {
            break;
        }
        decoded = Cow::Owned(decode_html_entities(&decoded).into_owned());
    }
    decoded
}

fn has_entity(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'&', bytes).any(|at| is_entity(&bytes[at + 1..]))
}

/// The text of a title that may hold markup or entities. Tags that a title mentions stay.
pub(crate) fn title(markup: &str) -> Cow<'_, str> {
    if !markup.contains(['<', '&', '\n']) {
        return Cow::Borrowed(markup.trim());
    }
    let lines = TextLines::parse(&escape_mentioned_tags(markup), Navigation::Keep);
    Cow::Owned(join(&lines).replace('\n', " "))
}

/// Bytes. In longer titles mentioned tags are not searched.
const MAX_TITLE_BYTES: usize = 1000;

/// A title in which mentioned tags are escaped: "Why <script> blocks the page".
fn escape_mentioned_tags(markup: &str) -> Cow<'_, str> {
    if markup.len() > MAX_TITLE_BYTES || !markup.contains('<') {
        return Cow::Borrowed(markup);
    }
    let lowercase = markup.to_ascii_lowercase();
    let mut escaped = String::with_capacity(markup.len() + 8);
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let at = markup.len() - rest.len() + start;
        escaped.push_str(&rest[..start]);
        rest = &rest[start..];
        let tag = tag(rest).filter(|(inside, _)| !inside.starts_with(['!', '?']));
        let Some((inside, after)) = tag else {
            escaped.push('<');
            rest = &rest[1..];
            continue;
        };
        let written = &rest[..rest.len() - after.len()];
        let is_word = is_separate_word(&markup[..at], after);
        let is_mentioned = written.ends_with('>') && is_mentioned(inside, &lowercase, is_word);
        escaped.push_str(if is_mentioned { "&lt;" } else { "<" });
        escaped.push_str(&written[1..]);
        rest = after;
    }
    escaped.push_str(rest);
    Cow::Owned(escaped)
}

/// Whether a title mentions a tag instead of using it.
///
/// A mentioned tag has no attributes, and is a separate word or no HTML element. A pair of tags is
/// used, unless its content would be invisible.
fn is_mentioned(inside: &str, title: &str, is_word: bool) -> bool {
    let bare = inside
        .trim_start_matches('/')
        .trim_end_matches('/')
        .trim_end();
    let end = bare
        .find(|c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '-')
        .unwrap_or(bare.len());
    let name = bare[..end].to_ascii_lowercase();
    let behind = &bare[end..];
    if !behind.is_empty() || name.ends_with(':') {
        // Attributes are used; an address such as <mail@news.example> is mentioned.
        let is_attribute =
            behind.starts_with(|c: char| c.is_whitespace() || c == '/' && !name.ends_with(':'));
        return !is_attribute;
    }
    let is_pair = || title.contains(&format!("<{name}>")) && title.contains(&format!("</{name}>"));
    match name.as_str() {
        "br" | "wbr" | "p" | "" => false,
        name if name.contains([':', '-']) => false,
        name if INVISIBLE.contains(&name) => is_word,
        _ if is_pair() => false,
        name if INLINE.contains(&name) || BLOCKS.contains(&name) => is_word,
        _ => true,
    }
}

/// Whether a tag between two texts is a separate word.
fn is_separate_word(before: &str, after: &str) -> bool {
    let opens = |c: char| c.is_whitespace() || "([{\"'“‘«„:,/-–—".contains(c);
    let closes = |c: char| c.is_whitespace() || ")]}\"'”’»“:,/-–—.;!?؟،؛…".contains(c);
    before.chars().next_back().is_none_or(opens) && after.chars().next().is_none_or(closes)
}

fn join(lines: &[TextLine]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    tidy(&lines.join("\n"))
}

/// Single spaces between words, single line breaks between lines.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text.lines() {
        let mut separator = if tidy.is_empty() { "" } else { "\n" };
        for word in line.split_whitespace() {
            tidy.push_str(separator);
            tidy.push_str(word);
            separator = " ";
        }
    }
    tidy
}

/// Whether a line is the notice that WordPress adds to texts in feeds.
fn is_feed_notice(line: &str) -> bool {
    line.trim_start().starts_with("The post ") && line.contains(" appeared first on ")
}

fn is_navigation(link: &str) -> bool {
    let bare = link
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase();
    NAVIGATION_LINKS.contains(&bare.as_str())
        || bare.starts_with("continue reading ")
        || bare.starts_with("read more ")
}

/// What happens to links that only navigate: "read more".
#[derive(Clone, Copy, PartialEq, Eq)]
enum Navigation {
    Remove,
    Keep,
}

/// The lines of a fragment that is being parsed.
struct TextLines {
    lines: Vec<TextLine>,
    navigation: Navigation,
    /// The offset in the last line at which the open link begins.
    link: Option<usize>,
    is_annotation: bool,
}

impl TextLines {
    /// The lines of a fragment that are not blank.
    fn parse(markup: &str, navigation: Navigation) -> Vec<TextLine> {
        let mut lines = TextLines {
            lines: vec![TextLine::default()],
            navigation,
            link: None,
            is_annotation: false,
        };
        let mut rest = markup;
        while let Some(start) = rest.find('<') {
            lines.text(&rest[..start]);
            rest = match tag(&rest[start..]) {
                Some((inside, after)) => lines.tag(inside, after),
                None => {
                    lines.push("<");
                    &rest[start + 1..]
                }
            };
        }
        lines.text(rest);
        lines.lines.retain(|line| !line.text.trim().is_empty());
        lines.lines
    }

    fn text(&mut self, text: &str) {
        if !self.is_annotation {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text.push_str(&decode_entities(text));
        }
    }

    /// Handles a tag, and returns the rest to parse.
    fn tag<'t>(&mut self, inside: &str, after: &'t str) -> &'t str {
        let is_end = inside.starts_with('/');
        let name = tag_name(inside);
        let name = name.as_str();
        let is_inline = INLINE.contains(&name);
        let starts_annotation = ANNOTATIONS.contains(&name) && !is_end;
        // Elements of ruby other than annotations end an annotation.
        let continues_annotation = is_inline && !name.starts_with('r');
        self.is_annotation = starts_annotation || self.is_annotation && continues_annotation;
        if name == "a" || !is_inline {
            self.end_link();
        }
        if name == "a" && !is_end {
            self.link = self.lines.last().map(|line| line.text.len());
        }
        if !is_inline {
            self.lines.push(TextLine::default());
        }
        if INVISIBLE.contains(&name) && !is_end && !inside.ends_with('/') {
            return skip_to_end(after, name);
        }
        after
    }

    /// Counts the characters of the open link, or removes a navigation link.
    fn end_link(&mut self) {
        let (Some(from), Some(line)) = (self.link.take(), self.lines.last_mut()) else {
            return;
        };
        if self.navigation == Navigation::Remove && is_navigation(&line.text[from..]) {
            line.text.truncate(from);
        }
        line.linked += alphanumeric(&line.text[from..]);
    }
}

/// The name of a tag in lower case.
fn tag_name(inside: &str) -> String {
    let name = inside.trim_start_matches('/');
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    name[..end].to_ascii_lowercase()
}

/// The content of the tag that a text begins with, and the text behind; `None` if the bracket
/// begins no tag.
pub(crate) fn tag(text: &str) -> Option<(&str, &str)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        let after = comment.split_once("-->").map_or("", |(_, after)| after);
        return Some(("!", after));
    }
    let is_tag =
        text[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    if !is_tag {
        return None;
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match (byte, quote) {
            (b'"' | b'\'', None) if text.as_bytes()[at - 1] == b'=' => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'>', None) => return Some((&text[1..at], &text[at + 1..])),
            _ => {}
        }
    }
    // An unclosed quote ends with the tag.
    Some(text[1..].split_once('>').unwrap_or((&text[1..], "")))
}

/// The text behind the end tag of an element.
pub(crate) fn skip_to_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        let end = rest.get(..name.len());
        if end.is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares texts and titles of markup with the same expectation.
    fn check_text_and_title(cases: &[(&str, &str)]) {
        for (markup, expected) in cases {
            assert_eq!(text(markup), *expected, "for {markup:?}");
            assert_eq!(title(markup), *expected, "for {markup:?}");
        }
    }

    #[test]
    fn tags_are_removed_and_entities_decoded() {
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
    fn mentioned_tags_stay_in_titles() {
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
    fn ruby_annotations_are_removed() {
        let cases = [
            ("<ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>", "漢字"),
            (
                "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>を読む",
                "漢を読む",
            ),
            ("<ruby>漢<rt>かん<rb>字<rt><b>じ</b></ruby>を", "漢字を"),
        ];
        check_text_and_title(&cases);
    }

    #[test]
    fn repeatedly_escaped_entities_are_decoded() {
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
        check_text_and_title(&cases);
    }

    #[test]
    fn markup_is_distinguished_from_plain_text() {
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
    fn navigation_links_are_removed() {
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
