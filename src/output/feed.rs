//! The canonical items as a feed that a reader subscribes to, newest first: JSON Feed 1.1 or RSS
//! 2.0. So a feed of many outlets comes without its copies, each story once. What an item brings
//! besides its text (authors, tags, pictures, sounds, the markup of its text) goes with it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};

use super::Answered;
use super::extras::Extras;
use super::xml::lawful;
use crate::article::{Article, Timestamp, web_link};
use crate::clustering::Placement;
use crate::input::Attachment;

/// What a feed says of itself, and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct FeedHead<'a> {
    /// Its name.
    pub title: &'a str,
    /// The address of its page.
    pub link: &'a str,
    /// At most so many items.
    pub count: usize,
}

/// The canonical items, the newest first, those without a date last, of one time by id.
fn newest<'a>(answered: Answered<'a>, count: usize) -> Vec<(&'a Article<'a>, &'a Placement)> {
    let mut items: Vec<_> = answered
        .rows()
        .filter(|(_, place)| place.relation.is_canonical())
        .collect();
    items.sort_by_key(|(article, _)| (Reverse(article.published), &article.id));
    items.truncate(count);
    items
}

/// A JSON Feed 1.1. What the format has no place for, the outlet and the group, stands under
/// `_qissa`.
///
/// # Errors
/// Those of the writer.
pub fn json_feed(
    answered: Answered<'_>,
    head: FeedHead<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let items: Vec<Value> = newest(answered, head.count)
        .iter()
        .map(|(article, place)| json_item(answered, article, place))
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": head.link,
        "items": items,
    });
    serde_json::to_writer_pretty(&mut *out, &feed)?;
    writeln!(out)
}

fn json_item(answered: Answered<'_>, article: &Article<'_>, place: &Placement) -> Value {
    let extras = Extras::of(article);
    let mut own =
        json!({ "cluster_id": place.cluster.to_string(), "cluster_size": place.cluster_size });
    if let Some(keywords) = answered
        .label(place)
        .map(|label| &label.keywords)
        .filter(|keywords| !keywords.is_empty())
    {
        own["keywords"] = json!(keywords);
    }
    for (key, value) in [
        ("source", article.source.as_deref()),
        ("source_url", extras.source_url.as_deref()),
    ] {
        if let Some(value) = value {
            own[key] = value.into();
        }
    }
    let mut item = json!({ "id": article.id.as_str(), "title": article.title, "content_text": article.text, "_qissa": own });
    let language = article.language.as_deref().unwrap_or(place.language.code());
    let attachments: Vec<Value> = extras.attachments.iter().map(Attachment::json).collect();
    for (key, value) in [
        ("content_html", extras.html.map(Value::from)),
        (
            "url",
            article.url.as_deref().and_then(web_link).map(Value::from),
        ),
        ("image", extras.image.map(Value::from)),
        (
            "date_published",
            article.published.map(|when| when.to_string().into()),
        ),
        (
            "authors",
            (!extras.authors.is_empty()).then(|| {
                extras
                    .authors
                    .iter()
                    .map(|name| json!({ "name": name }))
                    .collect()
            }),
        ),
        (
            "language",
            Some(language)
                .filter(|code| !code.is_empty())
                .map(Value::from),
        ),
        (
            "tags",
            (!extras.tags.is_empty()).then(|| json!(extras.tags)),
        ),
        (
            "attachments",
            (!attachments.is_empty()).then_some(Value::Array(attachments)),
        ),
    ] {
        if let Some(value) = value {
            item[key] = value;
        }
    }
    item
}

/// An RSS 2.0 feed. Characters that XML forbids are left out.
///
/// # Errors
/// Those of the writer.
pub fn rss(answered: Answered<'_>, head: FeedHead<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = xml
        .create_element("rss")
        .with_attribute(("version", "2.0"))
        .with_attributes(SPACES);
    root.write_inner_content(|xml| {
        xml.create_element("channel").write_inner_content(|xml| {
            element(xml, "title", head.title)?;
            element(xml, "link", head.link)?;
            element(xml, "description", head.title)?;
            newest(answered, head.count)
                .iter()
                .try_for_each(|(article, _)| rss_item(article, xml))
        })?;
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

const SPACES: [(&str, &str); 3] = [
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ("xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
];

fn rss_item<W: Write>(article: &Article<'_>, xml: &mut Writer<W>) -> io::Result<()> {
    let extras = Extras::of(article);
    let url = article.url.as_deref().and_then(web_link);
    xml.create_element("item").write_inner_content(|xml| {
        if !article.title.is_empty() || article.text.is_empty() && extras.html.is_none() {
            element(xml, "title", &as_title(&article.title))?;
        }
        if let Some(url) = url {
            element(xml, "link", url)?;
        }
        let guid = lawful(&article.id);
        xml.create_element("guid")
            .with_attribute(("isPermaLink", "false"))
            .write_text_content(BytesText::new(&guid))?;
        if let Some(when) = article.published.and_then(rfc822) {
            element(xml, "pubDate", &when)?;
        }
        extras
            .authors
            .iter()
            .try_for_each(|author| element(xml, "dc:creator", &as_title(author)))?;
        extras
            .tags
            .iter()
            .try_for_each(|tag| element(xml, "category", &as_title(tag)))?;
        if let Some(source) = article.source.as_deref() {
            rss_source(source, extras.source_url.as_deref().or(url), xml)?;
        }
        if extras.html.is_some() || !article.text.is_empty() {
            element(
                xml,
                "description",
                &extras
                    .html
                    .clone()
                    .unwrap_or_else(|| as_markup(&article.text)),
            )?;
        }
        if let Some(image) = &extras.image {
            let image = lawful(image);
            xml.create_element("media:content")
                .with_attributes([("url", &*image), ("medium", "image")])
                .write_empty()?;
        }
        extras
            .attachments
            .iter()
            .try_for_each(|attachment| rss_enclosure(attachment, xml))?;
        match extras.attachments.first().and_then(|first| first.seconds) {
            Some(seconds) => element(xml, "itunes:duration", &seconds.to_string()),
            None => Ok(()),
        }
    })?;
    Ok(())
}

/// The outlet. The address that the format asks for is that of its feed, or else the item's.
fn rss_source<W: Write>(name: &str, url: Option<&str>, xml: &mut Writer<W>) -> io::Result<()> {
    let url = lawful(url.unwrap_or_default());
    let source = xml.create_element("source").with_attribute(("url", &*url));
    source.write_text_content(BytesText::new(&lawful(name)))?;
    Ok(())
}

fn rss_enclosure<W: Write>(attachment: &Attachment, xml: &mut Writer<W>) -> io::Result<()> {
    let length = attachment.bytes.unwrap_or(0).to_string();
    let [url, kind] = [
        &*attachment.url,
        attachment.mime_type.as_deref().unwrap_or_default(),
    ]
    .map(lawful);
    let parts = [("url", &*url), ("length", &length), ("type", &*kind)];
    xml.create_element("enclosure")
        .with_attributes(parts)
        .write_empty()?;
    Ok(())
}

fn element<W: Write>(xml: &mut Writer<W>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name)
        .write_text_content(BytesText::new(&lawful(text)))?;
    Ok(())
}

/// The most bytes of the name of an entity, as readers may know it.
const LONGEST_ENTITY: usize = 39;

/// A plain text where readers may look for markup: as it is unless they would find some.
fn as_title(text: &str) -> Cow<'_, str> {
    let has_entity = |at: usize| {
        let rest = &text.as_bytes()[at + 1..];
        let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'#';
        let length = rest
            .iter()
            .take(LONGEST_ENTITY + 1)
            .take_while(in_name)
            .count();
        (1..=LONGEST_ENTITY).contains(&length) && rest.get(length) == Some(&b';')
    };
    let is_markup = text.contains('<') || text.match_indices('&').any(|(at, _)| has_entity(at));
    if is_markup {
        html_escape::encode_text(text)
    } else {
        text.into()
    }
}

/// A plain text as the markup that a description is: a paragraph a line if there are several.
fn as_markup(text: &str) -> String {
    let escaped = html_escape::encode_text(text);
    match escaped.contains('\n') {
        true => escaped
            .lines()
            .map(|line| format!("<p>{line}</p>"))
            .collect(),
        false => escaped.into_owned(),
    }
}

/// A moment as mail and RSS write it; none beyond the year 9999.
fn rfc822(when: Timestamp) -> Option<String> {
    let when = jiff::Timestamp::from_second(when.0).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&when)
        .ok()
}
