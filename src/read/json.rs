//! JSON records in, articles out: JSON Lines and JSON Feed. Strings without escapes are borrowed, and each record is
//! kept as it stands for the output.

use std::borrow::Cow;
use std::fmt;

use rayon::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{ReadError, Skipped, content_id, html, parse_date};
use crate::article::Article;

/// The keys under which records hold what an article needs, where they are not the usual ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// The key of the id.
    pub id: Option<String>,
    /// The key of the title.
    pub title: Option<String>,
    /// The key of the body.
    pub text: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Id,
    Title,
    Text,
    Html,
    Url,
    Source,
    Published,
    Language,
}

const FIELDS: usize = 8;

impl Keys {
    /// The field a key names and its rank: of several keys for one field, the least rank holds.
    fn field(&self, key: &str) -> Option<(Field, u8)> {
        let own = [(&self.id, Field::Id), (&self.title, Field::Title), (&self.text, Field::Text)];
        if let Some(&(_, field)) = own.iter().find(|(name, _)| name.as_deref() == Some(key)) {
            return Some((field, 0));
        }
        Some(match key {
            "id" => (Field::Id, 1),
            "guid" => (Field::Id, 2),
            "title" => (Field::Title, 1),
            "headline" => (Field::Title, 2),
            "content_text" => (Field::Text, 1),
            "text" => (Field::Text, 2),
            "body" => (Field::Text, 3),
            "content" => (Field::Text, 4),
            "description" => (Field::Text, 5),
            "summary" => (Field::Text, 6),
            "content_html" => (Field::Html, 1),
            "url" => (Field::Url, 1),
            "link" => (Field::Url, 2),
            "external_url" => (Field::Url, 3),
            "source" => (Field::Source, 1),
            "publisher" => (Field::Source, 2),
            "date_published" => (Field::Published, 1),
            "published" => (Field::Published, 2),
            "date" => (Field::Published, 3),
            "pubDate" => (Field::Published, 4),
            "language" => (Field::Language, 1),
            "lang" => (Field::Language, 2),
            _ => return None,
        })
    }
}

/// The articles of JSON Lines, read in parallel; blank lines are passed over.
pub(super) fn lines<'a>(name: &str, text: &'a str, keys: &Keys) -> (Vec<Article<'a>>, Vec<Skipped>) {
    let lines: Vec<&str> = text.lines().collect();
    let parsed: Vec<Result<Article<'a>, Skipped>> = lines
        .par_iter()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            record(line.trim(), keys).map_err(|cause| Skipped { source: name.to_owned(), line: number + 1, cause })
        })
        .collect();
    let mut articles = Vec::with_capacity(parsed.len());
    let mut skipped = Vec::new();
    for one in parsed {
        match one {
            Ok(article) => articles.push(article),
            Err(bad) => skipped.push(bad),
        }
    }
    (articles, skipped)
}

/// The articles of a JSON Feed. An item without a language has the feed's, and one without a source the feed's title.
pub(super) fn feed<'a>(name: &str, text: &'a str, keys: &Keys) -> Result<Vec<Article<'a>>, ReadError> {
    #[derive(serde::Deserialize)]
    struct Feed<'a> {
        title: Option<String>,
        language: Option<String>,
        #[serde(borrow)]
        items: Vec<&'a RawValue>,
    }
    let broken = |cause: String| ReadError::Broken { name: name.to_owned(), expected: "JSON Feed", cause };
    let feed: Feed<'a> = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
    let place = |(index, item): (usize, &&'a RawValue)| {
        let mut article = record(item.get(), keys).map_err(|cause| broken(format!("item {}: {cause}", index + 1)))?;
        article.language = article.language.or_else(|| feed.language.clone().map(Cow::Owned));
        article.source = article.source.or_else(|| feed.title.clone().map(Cow::Owned));
        Ok(article)
    };
    feed.items.iter().enumerate().map(place).collect()
}

fn record<'a>(json: &'a str, keys: &Keys) -> Result<Article<'a>, String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let found = RecordSeed(keys).deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    let [id, title, text, markup, url, source, published, language] = found.map(|value| value.and_then(plain));
    let title = title.unwrap_or_default();
    let title = if title.contains(['<', '&']) { Cow::Owned(html::title(&title).into_owned()) } else { title };
    let text = match (text, markup) {
        (Some(text), _) if !text.is_empty() => text,
        (_, Some(markup)) => Cow::Owned(html::text(&markup)),
        (text, None) => text.unwrap_or_default(),
    };
    if title.is_empty() && text.is_empty() && id.is_none() {
        return Err("no title, no text and no id: name their keys with --title-key, --text-key and --id-key".into());
    }
    let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| content_id(&title, &text, url.as_deref()).into());
    Ok(Article {
        id,
        title,
        text,
        url,
        source,
        published: published.and_then(|date| parse_date(&date)),
        language,
        record: json.into(),
    })
}

/// A string, a number as its digits, or the name of an object that has one.
fn plain<'a>(value: &'a RawValue) -> Option<Cow<'a, str>> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => TextSeed.deserialize(&mut serde_json::Deserializer::from_str(json)).ok(),
        b'0'..=b'9' | b'-' => Some(Cow::Borrowed(json)),
        b'{' => {
            let object: serde_json::Value = serde_json::from_str(json).ok()?;
            let name = ["name", "title", "id"].iter().find_map(|key| object.get(key)?.as_str())?;
            Some(Cow::Owned(name.to_owned()))
        }
        _ => None,
    }
}

struct TextSeed;

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct RecordSeed<'k>(&'k Keys);

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = [Option<&'de RawValue>; FIELDS];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RecordSeed<'_> {
    type Value = [Option<&'de RawValue>; FIELDS];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with an id, a title or a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom("an array where a JSON object was expected"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; FIELDS];
        let mut ranks = [u8::MAX; FIELDS];
        while let Some(key) = map.next_key_seed(TextSeed)? {
            match self.0.field(&key) {
                Some((field, rank)) if rank < ranks[field as usize] => {
                    let value: &RawValue = map.next_value()?;
                    if !matches!(value.get(), "null" | "\"\"") {
                        (found[field as usize], ranks[field as usize]) = (Some(value), rank);
                    }
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Timestamp;

    fn one(json: &str) -> Article<'_> {
        record(json, &Keys::default()).unwrap()
    }

    #[test]
    fn the_usual_keys_are_known() {
        let article = one(
            r#"{"id":7,"headline":"H","body":"B","link":"u","source":{"name":"S"},"pubDate":"2025-10-15","lang":"ar"}"#,
        );
        assert_eq!((&*article.id, &*article.title, &*article.text), ("7", "H", "B"));
        assert_eq!((article.url.as_deref(), article.source.as_deref()), (Some("u"), Some("S")));
        assert_eq!((article.published, article.language.as_deref()), (Some(Timestamp(1_760_486_400)), Some("ar")));
    }

    #[test]
    fn the_better_key_holds_whatever_the_order() {
        assert_eq!(one(r#"{"summary":"s","content_text":"c","id":"1"}"#).text, "c");
        assert_eq!(one(r#"{"content_text":"c","summary":"s","id":"1"}"#).text, "c");
        assert_eq!(one(r#"{"text":"","summary":"s","id":"1"}"#).text, "s");
    }

    #[test]
    fn named_keys_come_first() {
        let keys = Keys { title: Some("name".into()), ..Keys::default() };
        assert_eq!(record(r#"{"title":"no","name":"yes"}"#, &keys).unwrap().title, "yes");
    }

    #[test]
    fn markup_becomes_text_and_escapes_are_decoded() {
        assert_eq!(one(r#"{"id":"1","content_html":"<p>a</p><p>b</p>"}"#).text, "a\nb");
        assert_eq!(one(r#"{"id":"1","title":"\u0627\u0644"}"#).title, "ال");
    }

    #[test]
    fn plain_strings_are_borrowed() {
        assert!(matches!(one(r#"{"id":"1","title":"t"}"#).title, Cow::Borrowed("t")));
    }

    #[test]
    fn an_item_without_an_id_is_named_by_its_content() {
        let (a, b) = (one(r#"{"title":"t"}"#), one(r#"{"url":null,"title":"t"}"#));
        assert_eq!(a.id, b.id);
        assert_ne!(a.id, one(r#"{"title":"u"}"#).id);
    }

    #[test]
    fn bad_lines_are_named_and_skipped() {
        let text = "{\"id\":\"1\",\"title\":\"a\"}\n\nnot json\n[1]\n{\"x\":1}\n{\"id\":\"2\",\"title\":\"b\"}";
        let (articles, skipped) = lines("f", text, &Keys::default());
        assert_eq!(articles.iter().map(|a| &*a.id).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(skipped.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert!(skipped[2].cause.contains("--title-key"));
    }

    #[test]
    fn a_json_feed_gives_its_items() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":"F","language":"en",
            "items":[{"id":"1","content_text":"x"},{"id":"2","language":"ar","title":"y"}]}"#;
        let items = feed("f", text, &Keys::default()).unwrap();
        assert_eq!(items[0].language.as_deref(), Some("en"));
        assert_eq!(items[1].language.as_deref(), Some("ar"));
        assert_eq!(items[1].source.as_deref(), Some("F"));
    }
}
