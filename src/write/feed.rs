//! The canonical items as a feed that a reader subscribes to, newest first: JSON Feed 1.1 or RSS 2.0. So a feed of many
//! outlets comes without its copies, each story once.

use std::cmp::Reverse;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};

use super::Answered;
use super::xml::lawful;
use crate::article::{Article, Timestamp};
use crate::report::Placement;

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
    let mut items: Vec<_> = answered.rows().filter(|(_, place)| place.relation.is_canonical()).collect();
    items.sort_by_key(|(article, _)| (Reverse(article.published), &article.id));
    items.truncate(count);
    items
}

/// A JSON Feed 1.1.
///
/// # Errors
/// Those of the writer.
pub fn json_feed(answered: Answered<'_>, head: FeedHead<'_>, out: &mut impl Write) -> io::Result<()> {
    let items: Vec<Value> =
        newest(answered, head.count).iter().map(|(article, place)| json_item(answered, article, place)).collect();
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
    let text = if article.text.is_empty() { &article.title } else { &article.text };
    let mut item = json!({
        "id": article.id.as_str(),
        "title": article.title,
        "content_text": text,
        "_qissa": { "cluster_id": place.cluster.to_string(), "cluster_size": place.cluster_size },
    });
    let language = Some(place.language.code()).filter(|code| !code.is_empty());
    let keywords = answered.label(place).map(|label| &label.keywords).filter(|keywords| !keywords.is_empty());
    for (key, value) in [
        ("url", article.url.as_deref().map(Value::from)),
        ("date_published", article.published.map(|when| when.to_string().into())),
        ("authors", article.source.as_deref().map(|source| json!([{ "name": source }]))),
        ("language", language.map(Value::from)),
        ("tags", keywords.map(|keywords| json!(keywords))),
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
    let root = xml.create_element("rss").with_attribute(("version", "2.0"));
    root.with_attribute(("xmlns:dc", "http://purl.org/dc/elements/1.1/")).write_inner_content(|xml| {
        xml.create_element("channel").write_inner_content(|xml| {
            element(xml, "title", head.title)?;
            element(xml, "link", head.link)?;
            element(xml, "description", head.title)?;
            newest(answered, head.count).iter().try_for_each(|(article, _)| rss_item(article, xml))
        })?;
        Ok(())
    })?;
    writeln!(xml.into_inner())
}

fn rss_item<W: Write>(article: &Article<'_>, xml: &mut Writer<W>) -> io::Result<()> {
    xml.create_element("item").write_inner_content(|xml| {
        element(xml, "title", &article.title)?;
        if let Some(url) = article.url.as_deref() {
            element(xml, "link", url)?;
        }
        let guid = lawful(&article.id);
        xml.create_element("guid")
            .with_attribute(("isPermaLink", "false"))
            .write_text_content(BytesText::new(&guid))?;
        if let Some(when) = article.published.and_then(rfc822) {
            element(xml, "pubDate", &when)?;
        }
        if let Some(source) = article.source.as_deref() {
            element(xml, "dc:creator", source)?;
        }
        if !article.text.is_empty() {
            element(xml, "description", &article.text)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn element<W: Write>(xml: &mut Writer<W>, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(&lawful(text)))?;
    Ok(())
}

/// A moment as mail and RSS write it; none beyond the year 9999.
fn rfc822(when: Timestamp) -> Option<String> {
    let when = jiff::Timestamp::from_second(when.0).ok()?;
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&when).ok()
}
