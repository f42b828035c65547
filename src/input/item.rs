//! What a feed or a page says of an item in, the article with its record out, under the names of
//! JSON Feed.

use hashbrown::HashSet;
use serde_json::{Map, Value, json};

use super::{content_id, html, parse_date};
use crate::article::Article;
use crate::identity::is_placeholder;

/// What is known of an item that came without a record.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub(super) id: Option<String>,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) url: Option<String>,
    pub(super) source: Option<String>,
    /// The address of the feed.
    pub(super) feed: Option<String>,
    /// The date as it was written.
    pub(super) date: Option<String>,
    /// When the item was fetched, as it was written.
    pub(super) fetched: Option<String>,
    pub(super) language: Option<String>,
    pub(super) authors: Vec<String>,
    pub(super) tags: Vec<String>,
    /// The text with its markup, if that says more than the text.
    pub(super) html: Option<String>,
    /// The address of a picture.
    pub(super) image: Option<String>,
    /// What comes with the item: sounds, films, files.
    pub(super) attachments: Vec<Attachment>,
    /// The address of the feed or the page of who published the item first.
    pub(super) source_url: Option<String>,
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
    /// As JSON Feed has it.
    pub(crate) fn json(&self) -> Value {
        let fields = [
            ("url", Some(json!(self.url))),
            ("mime_type", self.mime_type.as_ref().map(|kind| json!(kind))),
            ("size_in_bytes", self.bytes.map(|bytes| json!(bytes))),
            (
                "duration_in_seconds",
                self.seconds.map(|seconds| json!(seconds)),
            ),
        ];
        let said = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Value::Object(said.collect::<Map<_, _>>())
    }
}

impl Item {
    /// The article. Without an id of its own it goes by its address, without that by its content.
    pub(super) fn into_article(self) -> Article<'static> {
        let published = self.date.as_deref().and_then(parse_date);
        let id = self
            .id
            .clone()
            .filter(|id| !is_placeholder(id))
            .or_else(|| self.url.clone());
        let id = id.unwrap_or_else(|| content_id(&self.title, &self.text, None));
        let record = self.record(
            &id,
            published.and_then(|when| jiff::Timestamp::from_second(when.0).ok()),
        );
        Article {
            id: id.into(),
            title: self.title.into(),
            text: self.text.into(),
            url: self.url.map(Into::into),
            source: self.source.map(Into::into),
            feed: self.feed.map(Into::into),
            published,
            language: self.language.map(Into::into),
            record: record.to_string().into(),
        }
    }

    fn record(&self, id: &str, published: Option<jiff::Timestamp>) -> Value {
        let moment = published
            .map(|when| when.to_string())
            .or_else(|| self.date.clone());
        let attachments: Vec<Value> = self.attachments.iter().map(Attachment::json).collect();
        let authors: Vec<Value> = self
            .authors
            .iter()
            .map(|name| json!({ "name": name }))
            .collect();
        let fields = [
            ("id", Some(json!(id))),
            ("url", self.url.as_ref().map(|url| json!(url))),
            ("title", Some(json!(self.title))),
            ("content_text", Some(json!(self.text))),
            ("content_html", self.html.as_ref().map(|html| json!(html))),
            ("image", self.image.as_ref().map(|image| json!(image))),
            ("date_published", moment.map(Value::String)),
            (
                "date_fetched",
                self.fetched.as_ref().map(|date| json!(date)),
            ),
            ("source", self.source.as_ref().map(|source| json!(source))),
            ("source_url", self.source_url.as_ref().map(|url| json!(url))),
            ("feed_url", self.feed.as_ref().map(|feed| json!(feed))),
            (
                "language",
                self.language.as_ref().map(|language| json!(language)),
            ),
            (
                "authors",
                (!authors.is_empty()).then_some(Value::Array(authors)),
            ),
            ("tags", (!self.tags.is_empty()).then(|| json!(self.tags))),
            (
                "attachments",
                (!attachments.is_empty()).then_some(Value::Array(attachments)),
            ),
        ];
        let said = fields
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Value::Object(said.collect::<Map<_, _>>())
    }
}

/// The different names in a list of bylines.
pub(super) fn names(bylines: impl Iterator<Item = String>) -> Vec<String> {
    let mut known = HashSet::new();
    let names = bylines.map(|name| html::title(&name).into_owned());
    names
        .filter(|name| !name.is_empty() && known.insert(name.clone()))
        .collect()
}
