//! Feeds of the canonical items, newest first: JSON Feed 1.1 and RSS 2.0.
//!
//! A subscriber sees each story once. Authors, tags, pictures, attachments and the markup of the
//! text come from the item's record.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;
use serde_json::{Value, json};

use super::xml::{document, valid_xml};
use super::{ClusteredItem, ClusteredItems};
use crate::article::{Article, Timestamp, web_link};
use crate::input::{Attachment, FeedFields};

/// The fields of the feed itself, and its length.
#[derive(Debug, Clone, Copy)]
pub struct FeedHead<'a> {
    /// Title of the feed.
    pub title: &'a str,
    /// Address of the feed's web page.
    pub link: &'a str,
    /// Maximum number of items.
    pub count: usize,
}

/// The canonical items, newest first; equal dates by id, undated items last.
fn newest(batch: ClusteredItems<'_>, count: usize) -> Vec<ClusteredItem<'_>> {
    let mut rows: Vec<ClusteredItem<'_>> = batch
        .rows()
        .filter(|row| row.placement.relation.is_canonical())
        .collect();
    rows.sort_by_key(|row| (Reverse(row.article.published), &row.article.id));
    rows.truncate(count);
    rows
}

/// Writes a JSON Feed 1.1. The outlet and the group are in the extension `_qissa`.
///
/// # Errors
/// Errors of the writer.
pub fn json_feed(
    batch: ClusteredItems<'_>,
    head: FeedHead<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    let items: Vec<Value> = newest(batch, head.count)
        .into_iter()
        .map(json_item)
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

fn json_item(row: ClusteredItem<'_>) -> Value {
    let article = row.article;
    let fields = FeedFields::of(article);
    let mut item = json!({
        "id": article.id.as_str(),
        "title": article.title,
        "content_text": article.text,
        "_qissa": json_extension(row, &fields),
    });
    let language = article
        .language
        .as_deref()
        .unwrap_or(row.placement.language.code());
    let date = article.published.map(|when| when.to_string());
    set_text(&mut item, "content_html", fields.html.as_deref());
    set_text(&mut item, "url", article.url.as_deref().and_then(web_link));
    set_text(&mut item, "image", fields.image.as_deref());
    set_text(&mut item, "date_published", date.as_deref());
    let authors = fields.authors.iter().map(|name| json!({ "name": name }));
    set_list(&mut item, "authors", authors.collect());
    set_text(
        &mut item,
        "language",
        Some(language).filter(|code| !code.is_empty()),
    );
    let tags = fields.tags.iter().map(|tag| tag.as_str().into());
    set_list(&mut item, "tags", tags.collect());
    let attachments = fields.attachments.iter().map(Attachment::json);
    set_list(&mut item, "attachments", attachments.collect());
    item
}

/// The extension `_qissa` of an item.
fn json_extension(row: ClusteredItem<'_>, fields: &FeedFields) -> Value {
    let mut extension = json!({
        "cluster_id": row.placement.cluster.to_string(),
        "cluster_size": row.placement.cluster_size,
    });
    if let Some(label) = row.batch.label(row.placement) {
        let keywords = label.keywords.iter().map(|word| word.as_str().into());
        set_list(&mut extension, "keywords", keywords.collect());
    }
    set_text(&mut extension, "source", row.article.source.as_deref());
    set_text(&mut extension, "source_url", fields.source_url.as_deref());
    extension
}

fn set_text(object: &mut Value, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        object[key] = text.into();
    }
}

fn set_list(object: &mut Value, key: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object[key] = list.into();
    }
}

/// Writes an RSS 2.0 feed. Characters that XML forbids are left out.
///
/// # Errors
/// Errors of the writer.
pub fn rss(batch: ClusteredItems<'_>, head: FeedHead<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut xml = document(out)?;
    let root = xml
        .create_element("rss")
        .with_attribute(("version", "2.0"))
        .with_attributes(NAMESPACES);
    root.write_inner_content(|xml| {
        xml.create_element("channel").write_inner_content(|xml| {
            element(xml, "title", head.title)?;
            element(xml, "link", head.link)?;
            element(xml, "description", head.title)?;
            for row in newest(batch, head.count) {
                rss_item(row.article, xml)?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

const NAMESPACES: [(&str, &str); 3] = [
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ("xmlns:itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
];

fn rss_item<W: Write>(article: &Article<'_>, xml: &mut Writer<W>) -> io::Result<()> {
    let fields = FeedFields::of(article);
    xml.create_element("item")
        .write_inner_content(|xml| rss_elements(article, &fields, xml))?;
    Ok(())
}

/// Writes the elements of an item.
fn rss_elements<W: Write>(
    article: &Article<'_>,
    fields: &FeedFields,
    xml: &mut Writer<W>,
) -> io::Result<()> {
    let url = article.url.as_deref().and_then(web_link);
    // RSS requires a title or a description.
    let has_description = fields.html.is_some() || !article.text.is_empty();
    if !article.title.is_empty() || !has_description {
        element(xml, "title", &as_title(&article.title))?;
    }
    if let Some(url) = url {
        element(xml, "link", url)?;
    }
    xml.create_element("guid")
        .with_attribute(("isPermaLink", "false"))
        .write_text_content(BytesText::new(&valid_xml(&article.id)))?;
    if let Some(date) = article.published.and_then(rfc9110) {
        element(xml, "pubDate", &date)?;
    }
    for author in &fields.authors {
        element(xml, "dc:creator", &as_title(author))?;
    }
    for tag in &fields.tags {
        element(xml, "category", &as_title(tag))?;
    }
    if let Some(source) = article.source.as_deref() {
        rss_source(source, fields.source_url.as_deref().or(url), xml)?;
    }
    if let Some(html) = &fields.html {
        element(xml, "description", html)?;
    } else if has_description {
        element(xml, "description", &as_markup(&article.text))?;
    }
    if let Some(image) = &fields.image {
        xml.create_element("media:content")
            .with_attributes([("url", &*valid_xml(image)), ("medium", "image")])
            .write_empty()?;
    }
    for attachment in &fields.attachments {
        rss_enclosure(attachment, xml)?;
    }
    if let Some(seconds) = fields.attachments.first().and_then(|first| first.seconds) {
        element(xml, "itunes:duration", &seconds.to_string())?;
    }
    Ok(())
}

/// Writes the outlet. RSS requires an address: that of the outlet's feed, or else that of the item.
fn rss_source<W: Write>(name: &str, url: Option<&str>, xml: &mut Writer<W>) -> io::Result<()> {
    let url = valid_xml(url.unwrap_or_default());
    let source = xml.create_element("source").with_attribute(("url", &*url));
    source.write_text_content(BytesText::new(&valid_xml(name)))?;
    Ok(())
}

fn rss_enclosure<W: Write>(attachment: &Attachment, xml: &mut Writer<W>) -> io::Result<()> {
    let length = attachment.bytes.unwrap_or(0).to_string();
    let [url, kind] = [
        &*attachment.url,
        attachment.mime_type.as_deref().unwrap_or_default(),
    ]
    .map(valid_xml);
    let parts = [("url", &*url), ("length", &length), ("type", &*kind)];
    xml.create_element("enclosure")
        .with_attributes(parts)
        .write_empty()?;
    Ok(())
}

fn element<W: Write>(xml: &mut Writer<W>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name)
        .write_text_content(BytesText::new(&valid_xml(text)))?;
    Ok(())
}

/// Maximum bytes in the name of a character reference.
const MAX_ENTITY: usize = 39;

/// A plain text where feed readers may look for markup: escaped only if they would find some.
fn as_title(text: &str) -> Cow<'_, str> {
    let is_markup = text.contains('<')
        || text
            .match_indices('&')
            .any(|(start, _)| is_entity_name(&text.as_bytes()[start + 1..]));
    if is_markup {
        html_escape::encode_text(text)
    } else {
        text.into()
    }
}

/// Whether text begins with the name of a character reference and a semicolon.
fn is_entity_name(text: &[u8]) -> bool {
    let length = text
        .iter()
        .take(MAX_ENTITY + 1)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#')
        .count();
    (1..=MAX_ENTITY).contains(&length) && text.get(length) == Some(&b';')
}

/// A plain text as the markup of a description: a paragraph per line if there are several lines.
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

/// A date in the form of RFC 9110; `None` after the year 9999.
fn rfc9110(when: Timestamp) -> Option<String> {
    let when = jiff::Timestamp::from_second(when.0).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&when)
        .ok()
}
