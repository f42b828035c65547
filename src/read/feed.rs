//! An RSS or Atom feed in, its entries as articles out.

use feed_rs::model::{Entry, Feed};
use feed_rs::parser::Builder;
use serde_json::{Map, Value};

use super::{ReadError, content_id, html};
use crate::article::{Article, Timestamp};

/// The entries of a feed.
pub(super) fn entries(name: &str, text: &str) -> Result<Vec<Article<'static>>, ReadError> {
    // An entry without an id would get a new random one at every reading.
    let parser = Builder::new()
        .id_generator(|links, _, _| links.first().map(|link| link.href.clone()).unwrap_or_default())
        .build();
    let feed = parser.parse(text.as_bytes()).map_err(|error| ReadError::Broken {
        name: name.to_owned(),
        expected: "RSS or Atom feed",
        cause: error.to_string(),
    })?;
    let outlet = feed.title.as_ref().map(|title| html::title(&title.content).into_owned());
    Ok(feed.entries.iter().map(|entry| article(entry, &feed, outlet.as_deref())).collect())
}

fn article(entry: &Entry, feed: &Feed, outlet: Option<&str>) -> Article<'static> {
    let title = entry.title.as_ref().map(|title| html::title(&title.content).into_owned()).unwrap_or_default();
    let body = entry.content.as_ref().and_then(|content| content.body.as_deref()).map(html::text);
    let summary = entry.summary.as_ref().map(|summary| html::text(&summary.content));
    let text = [body, summary].into_iter().flatten().max_by_key(String::len).unwrap_or_default();
    let url = entry.links.first().map(|link| link.href.clone());
    let published = entry.published.or(entry.updated).map(|moment| Timestamp(moment.timestamp()));
    let language = entry.language.clone().or_else(|| feed.language.clone());
    let id = if entry.id.is_empty() { content_id(&title, &text, url.as_deref()) } else { entry.id.clone() };
    let mut record = Map::new();
    let mut put =
        |key: &str, value: Option<String>| value.map(|value| record.insert(key.to_owned(), Value::String(value)));
    put("id", Some(id.clone()));
    put("url", url.clone());
    put("title", Some(title.clone()));
    put("content_text", Some(text.clone()));
    put("date_published", entry.published.or(entry.updated).map(|moment| moment.to_rfc3339()));
    put("source", outlet.map(str::to_owned));
    put("language", language.clone());
    Article {
        id: id.into(),
        title: title.into(),
        text: text.into(),
        url: url.map(Into::into),
        source: outlet.map(|outlet| outlet.to_owned().into()),
        published,
        language: language.map(Into::into),
        record: Value::Object(record).to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour News</title><language>en</language>
      <item><title>Bridge &amp; tunnel reopen</title><guid isPermaLink="false">n1</guid><link>https://news.example/1</link>
        <description>&lt;p&gt;Cars crossed.&lt;/p&gt;</description><pubDate>Mon, 13 Oct 2025 08:00:00 GMT</pubDate></item>
      <item><title>No id here</title></item></channel></rss>"#;

    #[test]
    fn entries_become_articles() {
        let items = entries("feed", RSS).unwrap();
        assert_eq!(items[0].id, "n1");
        assert_eq!(items[0].title, "Bridge & tunnel reopen");
        assert_eq!(items[0].text, "Cars crossed.");
        assert_eq!(items[0].source.as_deref(), Some("Harbour News"));
        assert_eq!(items[0].published, Some(Timestamp(1_760_342_400)));
        assert!(items[0].record.contains("\"date_published\":\"2025-10-13T08:00:00+00:00\""));
    }

    #[test]
    fn two_readings_give_the_same_ids() {
        assert_eq!(entries("feed", RSS).unwrap(), entries("feed", RSS).unwrap());
        assert!(entries("feed", RSS).unwrap()[1].id.starts_with('x'));
    }

    #[test]
    fn atom_is_read_and_a_broken_feed_is_named() {
        let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><id>f</id><updated>2025-10-13T08:00:00Z</updated>
          <entry><id>e1</id><title>One</title><updated>2025-10-13T08:00:00Z</updated><content type="html">&lt;b&gt;x&lt;/b&gt;</content></entry></feed>"#;
        assert_eq!(entries("feed", atom).unwrap()[0].text, "x");
        let message = entries("cut.xml", "<rss version=\"2.0\"><channel><item>").unwrap_err().to_string();
        assert!(message.contains("cut.xml") && message.contains("RSS or Atom"));
    }
}
