//! An item of a feed or a page to an article, with a record under the names of JSON Feed.

use hashbrown::HashSet;
use serde_json::{Map, Value, json};

use super::{content_id, markup, parse_date};
use crate::article::Article;
use crate::identity::is_placeholder;

/// An item that came without a JSON record.
#[derive(Debug, Default)]
pub(super) struct ItemFields {
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) url: Option<String>,
    pub(super) source: Option<String>,
    /// The address of the feed.
    pub(super) feed: Option<String>,
    /// The date as written.
    pub(super) date: Option<String>,
    /// The date of fetching as written.
    pub(super) fetched: Option<String>,
    pub(super) language: Option<String>,
    pub(super) feed_fields: FeedFields,
}

/// Fields of an item that grouping ignores and feeds show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FeedFields {
    pub(crate) authors: Vec<String>,
    pub(crate) tags: Vec<String>,
    /// The text with its markup, if the markup holds more than paragraphs.
    pub(crate) html: Option<String>,
    /// The address of a picture.
    pub(crate) image: Option<String>,
    /// Audio, video and other files.
    pub(crate) attachments: Vec<Attachment>,
    /// The address of the feed or the page of the first publisher.
    pub(crate) source_url: Option<String>,
}

/// A file that comes with an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attachment {
    pub(crate) url: String,
    pub(crate) mime_type: Option<String>,
    pub(crate) bytes: Option<u64>,
    pub(crate) seconds: Option<u64>,
}

impl Attachment {
    /// The attachment in JSON Feed.
    pub(crate) fn json(&self) -> Value {
        object([
            ("url", Some(json!(self.url))),
            ("mime_type", present(&self.mime_type)),
            ("size_in_bytes", self.bytes.map(Value::from)),
            ("duration_in_seconds", self.seconds.map(Value::from)),
        ])
    }
}

impl ItemFields {
    /// The article. Its id is the item's own, or its address, or a hash of its content.
    pub(super) fn into_article(self) -> Article<'static> {
        let published = self.date.as_deref().and_then(parse_date);
        let own_id = self.id.clone().filter(|id| !is_placeholder(id));
        let id = own_id
            .or_else(|| self.url.clone())
            .unwrap_or_else(|| content_id(&self.title, &self.text, None));
        let date = published.and_then(|date| jiff::Timestamp::from_second(date.0).ok());
        let record = self.record(&id, date).to_string();
        Article {
            id: id.into(),
            title: self.title.into(),
            text: self.text.into(),
            url: self.url.map(Into::into),
            source: self.source.map(Into::into),
            feed: self.feed.map(Into::into),
            published,
            language: self.language.map(Into::into),
            record: record.into(),
        }
    }

    /// The record in JSON Feed. A date that does not parse stays as written.
    fn record(&self, id: &str, published: Option<jiff::Timestamp>) -> Value {
        let published = published
            .map(|date| date.to_string())
            .or_else(|| self.date.clone());
        let fields = &self.feed_fields;
        let authors = fields.authors.iter().map(|name| json!({ "name": name }));
        let tags = fields.tags.iter().map(|tag| json!(tag));
        let attachments = fields.attachments.iter().map(Attachment::json);
        object([
            ("id", Some(json!(id))),
            ("url", present(&self.url)),
            ("title", Some(json!(self.title))),
            ("content_text", Some(json!(self.text))),
            ("content_html", present(&fields.html)),
            ("image", present(&fields.image)),
            ("date_published", present(&published)),
            ("date_fetched", present(&self.fetched)),
            ("source", present(&self.source)),
            ("source_url", present(&fields.source_url)),
            ("feed_url", present(&self.feed)),
            ("language", present(&self.language)),
            ("authors", nonempty(authors.collect())),
            ("tags", nonempty(tags.collect())),
            ("attachments", nonempty(attachments.collect())),
        ])
    }
}

/// An object of the fields that have a value.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let mut object = Map::new();
    for (key, value) in fields {
        if let Some(value) = value {
            object.insert(key.to_owned(), value);
        }
    }
    Value::Object(object)
}

fn present(text: &Option<String>) -> Option<Value> {
    text.as_ref().map(|text| json!(text))
}

fn nonempty(values: Vec<Value>) -> Option<Value> {
    (!values.is_empty()).then_some(Value::Array(values))
}

/// The distinct names in bylines.
pub(super) fn names(bylines: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = HashSet::new();
    let mut names = Vec::new();
    for byline in bylines {
        let name = markup::title(&byline).into_owned();
        if !name.is_empty() && known.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}
