//! Markup in, its text out: tags go, block elements end a word, scripts and styles go with what they hold, entities are
//! decoded. Linear. For fragments in feeds; the text of whole pages is another matter.

use std::borrow::Cow;

use html_escape::decode_html_entities;

/// Elements whose content no reader sees.
const UNSEEN: [&str; 4] = ["script", "style", "template", "noscript"];

/// Elements that stand inside a line of text.
const INLINE: [&str; 16] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup",
];

/// The text of a fragment.
pub(super) fn text(markup: &str) -> String {
    let mut plain = String::with_capacity(markup.len());
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        if !rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
            plain.push('<');
            rest = &rest[1..];
            continue;
        }
        let (tag, after) = if let Some(comment) = rest.strip_prefix("<!--") {
            ("!", comment.split_once("-->").map_or("", |(_, after)| after))
        } else {
            rest[1..].split_once('>').unwrap_or((&rest[1..], ""))
        };
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        rest = after;
        if UNSEEN.contains(&name.as_str()) && !tag.starts_with('/') {
            rest = skip_to_end(rest, &name);
        }
        if !INLINE.contains(&name.as_str()) {
            plain.push('\n');
        }
    }
    plain.push_str(rest);
    tidy(&decode_html_entities(&plain))
}

fn skip_to_end<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name)) {
            return rest.split_once('>').map_or("", |(_, after)| after);
        }
    }
    ""
}

/// One space between words, one line break between blocks.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The text of a title that may hold markup or entities.
pub(super) fn title(markup: &str) -> Cow<'_, str> {
    if markup.contains(['<', '&', '\n']) {
        Cow::Owned(text(markup).replace('\n', " "))
    } else {
        Cow::Borrowed(markup.trim())
    }
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
            ("3 < 4", "3 < 4"),
            ("cut <p", "cut"),
            ("<SCRIPT>x", ""),
        ];
        for (markup, expected) in cases {
            assert_eq!(text(markup), expected, "for {markup:?}");
        }
    }
}
