//! The [`FeedFields`] in an item's record: authors, tags, a picture, attachments, markup.
//!
//! Records name them as JSON Feed does, or by other common names. The output has web addresses and
//! sanitised markup only.

use hashbrown::HashSet;
use serde_json::{Map, Value};

use super::markup::sanitized;
use crate::article::{Article, web_link};
use crate::input::markup::is_marked_up;
use crate::input::{Attachment, FeedFields};

/// MIME type of an attachment whose record has none.
const DEFAULT_MIME_TYPE: &str = "application/octet-stream";

const AUTHORS: [&str; 5] = ["authors", "author", "byline", "creator", "dc:creator"];
const TAGS: [&str; 4] = ["tags", "categories", "category", "keywords"];
const IMAGES: [&str; 9] = [
    "image",
    "banner_image",
    "image_url",
    "imageUrl",
    "urlToImage",
    "thumbnail",
    "top_image",
    "picture",
    "media_thumbnail",
];
const ATTACHMENTS: [&str; 3] = ["attachments", "enclosures", "enclosure"];
const MARKUP: [&str; 7] = [
    "content_html",
    "html",
    "content",
    "body",
    "description",
    "summary",
    "text",
];

impl FeedFields {
    /// The fields in the record of an article.
    pub(super) fn of(article: &Article<'_>) -> Self {
        let Ok(record) = serde_json::from_str::<Map<String, Value>>(&article.record) else {
            return FeedFields::default();
        };
        let mut fields = FeedFields {
            authors: all(&record, &AUTHORS, name),
            tags: all(&record, &TAGS, name),
            html: markup(&record),
            image: all(&record, &IMAGES, address).into_iter().next(),
            attachments: all(&record, &ATTACHMENTS, attachment),
            source_url: address(record.get("source_url").unwrap_or(&Value::Null)),
        };
        if let Some(own) = record.get("_qissa").filter(|_| fields.source_url.is_none()) {
            fields.source_url = own.get("source_url").and_then(address);
        }
        let mut known = HashSet::new();
        fields
            .attachments
            .retain(|attachment| known.insert(attachment.url.clone()));
        fields
    }
}

/// The values under the first of `keys` that has any: a list or a single value.
fn all<T>(record: &Map<String, Value>, keys: &[&str], read: fn(&Value) -> Option<T>) -> Vec<T> {
    for value in keys.iter().filter_map(|key| record.get(*key)) {
        let found: Vec<T> = match value {
            Value::Array(values) => values.iter().filter_map(read).collect(),
            value => Vec::from_iter(read(value)),
        };
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// A name, given as text or as a field of an object.
fn name(value: &Value) -> Option<String> {
    let keys = ["name", "term", "label"];
    text(value).or_else(|| keys.iter().find_map(|key| text(value.get(key)?)))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// A web address, given as text or as a field of an object.
fn address(value: &Value) -> Option<String> {
    let keys = ["url", "href", "src"];
    let address = value
        .as_str()
        .or_else(|| keys.iter().find_map(|key| value.get(key)?.as_str()))?;
    web_link(address).map(str::to_owned)
}

fn attachment(value: &Value) -> Option<Attachment> {
    let kind = ["mime_type", "type"]
        .iter()
        .find_map(|key| text(value.get(key)?));
    Some(Attachment {
        url: address(value)?,
        mime_type: Some(kind.unwrap_or_else(|| DEFAULT_MIME_TYPE.to_owned())),
        bytes: positive(value, &["size_in_bytes", "length", "size"]),
        seconds: positive(value, &["duration_in_seconds", "duration"]),
    })
}

/// A positive number under the first of `keys` that is present, given as number or text.
fn positive(object: &Value, keys: &[&str]) -> Option<u64> {
    let value = keys.iter().find_map(|key| object.get(key))?;
    let number = match value.as_u64() {
        Some(number) => number,
        None => value.as_str()?.trim().parse().ok()?,
    };
    (number > 0).then_some(number)
}

/// The text with its markup: `content_html`, or else the longest field of [`MARKUP`] with markup.
fn markup(record: &Map<String, Value>) -> Option<String> {
    let named = record.get(MARKUP[0]).and_then(text);
    let marked_up = |key: &&str| {
        record
            .get(*key)
            .and_then(text)
            .filter(|text| is_marked_up(text) && text.contains('<'))
    };
    let found = named.or_else(|| {
        MARKUP[1..]
            .iter()
            .filter_map(marked_up)
            .max_by_key(String::len)
    })?;
    Some(sanitized(&found)).filter(|markup| !markup.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(record: &str) -> FeedFields {
        FeedFields::of(&Article {
            record: record.into(),
            ..Article::default()
        })
    }

    #[test]
    fn common_field_names_are_read() {
        let found = of(
            r#"{"author":{"name":"A. Keeper"},"categories":["Sea",{"term":"Roads"}],"urlToImage":"https://a.example/1.jpg",
            "enclosure":{"url":"https://a.example/1.mp3","type":"audio/mpeg","length":"123"},"body":"<p>It <b>rained</b>.</p>"}"#,
        );
        assert_eq!(
            (found.authors, found.tags),
            (
                vec!["A. Keeper".to_owned()],
                vec!["Sea".to_owned(), "Roads".to_owned()]
            )
        );
        assert_eq!(found.html.as_deref(), Some("<p>It <b>rained</b>.</p>"));
        assert_eq!(found.image.as_deref(), Some("https://a.example/1.jpg"));
        assert_eq!(
            (
                found.attachments[0].bytes,
                found.attachments[0].mime_type.as_deref()
            ),
            (Some(123), Some("audio/mpeg"))
        );
        assert_eq!(
            of(r#"{"title":"3 < 4","text":"AT&T"}"#),
            FeedFields::default()
        );
        assert_eq!(of(""), FeedFields::default());
    }

    #[test]
    fn scripts_are_removed() {
        let found = of(
            r#"{"image":"javascript:alert(1)","attachments":[{"url":"data:text/html,x"},{"url":"https://a.example/1"},
            {"url":"https://a.example/1"}],"content_html":"<a href='vbscript:x'>y</a><script>z</script>"}"#,
        );
        assert_eq!(
            (found.image, found.html.as_deref()),
            (None, Some("<a>y</a>"))
        );
        assert_eq!(found.attachments.len(), 1);
    }
}
