//! An item's record in, what of it a feed shows besides title, text and links out: authors, tags, a
//! picture, attachments, the markup of the text. Records have them under the names of JSON Feed or
//! common others. Only addresses of the web and harmless markup come out.

use hashbrown::HashSet;
use serde_json::{Map, Value};

use super::markup::harmless;
use crate::article::{Article, web_link};
use crate::input::Attachment;
use crate::input::markup::is_marked_up;

/// What an item has besides.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    pub(super) authors: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) html: Option<String>,
    pub(super) image: Option<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) source_url: Option<String>,
}

/// The MIME type of an attachment whose record gives none.
const SOME_KIND: &str = "application/octet-stream";

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

impl Extras {
    pub(super) fn of(article: &Article<'_>) -> Self {
        let Ok(record) = serde_json::from_str::<Map<String, Value>>(&article.record) else {
            return Extras::default();
        };
        let mut extras = Extras {
            authors: all(&record, &AUTHORS, name),
            tags: all(&record, &TAGS, name),
            html: markup(&record),
            image: all(&record, &IMAGES, address).into_iter().next(),
            attachments: all(&record, &ATTACHMENTS, attachment),
            source_url: address(record.get("source_url").unwrap_or(&Value::Null)),
        };
        if let Some(own) = record.get("_qissa").filter(|_| extras.source_url.is_none()) {
            extras.source_url = own.get("source_url").and_then(address);
        }
        let mut known = HashSet::new();
        extras
            .attachments
            .retain(|one| known.insert(one.url.clone()));
        extras
    }
}

/// What stands under the first of some keys that has any, be it a list or one value.
fn all<T>(record: &Map<String, Value>, keys: &[&str], read: fn(&Value) -> Option<T>) -> Vec<T> {
    let found = keys
        .iter()
        .filter_map(|key| record.get(*key))
        .map(|value| match value {
            Value::Array(values) => values.iter().filter_map(read).collect(),
            value => Vec::from_iter(read(value)),
        });
    found
        .into_iter()
        .find(|found: &Vec<T>| !found.is_empty())
        .unwrap_or_default()
}

/// A name as it stands, or that of an object.
fn name(value: &Value) -> Option<String> {
    let object = |value: &Value| {
        ["name", "term", "label"]
            .iter()
            .find_map(|key| text(value.get(key)?))
    };
    text(value).or_else(|| object(value))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// An address as it stands, or that of an object.
fn address(value: &Value) -> Option<String> {
    let object = || {
        ["url", "href", "src"]
            .iter()
            .find_map(|key| value.get(key)?.as_str())
    };
    web_link(value.as_str().or_else(object)?).map(str::to_owned)
}

fn attachment(value: &Value) -> Option<Attachment> {
    let kind = ["mime_type", "type"]
        .iter()
        .find_map(|key| text(value.get(key)?));
    let number = |keys: &[&str]| {
        let found = keys.iter().find_map(|key| value.get(key));
        found
            .and_then(|number| {
                number
                    .as_u64()
                    .or_else(|| number.as_str()?.trim().parse().ok())
            })
            .filter(|&it| it > 0)
    };
    Some(Attachment {
        url: address(value)?,
        mime_type: Some(kind.unwrap_or_else(|| SOME_KIND.to_owned())),
        bytes: number(&["size_in_bytes", "length", "size"]),
        seconds: number(&["duration_in_seconds", "duration"]),
    })
}

/// The text with its markup: `content_html`, else the longest of the other fields in [`MARKUP`]
/// that holds markup.
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
    Some(harmless(&found)).filter(|markup| !markup.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(record: &str) -> Extras {
        Extras::of(&Article {
            record: record.into(),
            ..Article::default()
        })
    }

    #[test]
    fn common_names_are_known() {
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
        assert_eq!(of(r#"{"title":"3 < 4","text":"AT&T"}"#), Extras::default());
        assert_eq!(of(""), Extras::default());
    }

    #[test]
    fn scripts_do_not_pass() {
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
