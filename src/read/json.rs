//! JSON records in, articles out: JSON Lines, JSON Feed, arrays. Strings without escapes are borrowed, and each record
//! is kept as it stands for the output.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::keys::{FIELDS, Field};
use super::rows::article;
use super::{Keys, ReadError, Skipped};
use crate::article::Article;

/// What a text gave: its items and the records that could not be read.
type Found<'a> = (Vec<Article<'a>>, Vec<Skipped>);

/// How many records are asked for their keys when a key that was named is looked for.
const KEYS_SAMPLE: usize = 1000;

/// The articles of JSON Lines, whose text is in pieces of whole lines, read in parallel; blank lines are passed over.
pub(super) fn lines<'a>(name: &str, pieces: &[&'a str], keys: &Keys) -> Result<Found<'a>, ReadError> {
    let lines = lines_of(pieces);
    keys.check(name, || keys_of(lines.iter().flatten().copied()))?;
    Ok(records(name, pieces, &lines, keys))
}

/// So many bytes are decoded and looked through for the ends of lines by one thread.
const PIECE: usize = 1 << 20;

/// Bytes in pieces of whole lines.
pub(super) fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some(end) = bytes.get(PIECE..).and_then(|more| memchr(b'\n', more)) {
        let (piece, more) = bytes.split_at(PIECE + end + 1);
        pieces.push(piece);
        bytes = more;
    }
    pieces.push(bytes);
    pieces
}

/// The lines of each piece that are not blank.
fn lines_of<'t>(pieces: &[&'t str]) -> Vec<Vec<&'t str>> {
    let lines = |piece: &&'t str| -> Vec<&'t str> {
        let ends = memchr_iter(b'\n', piece.as_bytes()).chain([piece.len()]);
        let mut start = 0;
        let lines = ends.map(|end| piece[std::mem::replace(&mut start, end)..end].trim());
        lines.filter(|line| !line.is_empty()).collect()
    };
    pieces.par_iter().map(lines).collect()
}

/// The articles of records in lists, which are parts of a text in pieces.
fn records<'a>(name: &str, pieces: &[&str], lists: &[Vec<&'a str>], keys: &Keys) -> Found<'a> {
    let starts = lists.iter().scan(0, |next, list| Some(std::mem::replace(next, *next + list.len())));
    let starts: Vec<usize> = starts.collect();
    let record_at = |place: usize| {
        let list = starts.partition_point(|&start| start <= place) - 1;
        lists[list][place - starts[list]]
    };
    let records = (0..lists.iter().map(Vec::len).sum()).into_par_iter().map(record_at);
    // In place and of one size, so that a large input's items are not held twice; one without an id could not be read.
    let mut articles: Vec<Article<'a>> = records.clone().map(|text| record(text, keys).unwrap_or_default()).collect();
    let unread = articles.par_iter().zip(records).filter(|(article, _)| article.id.is_empty());
    let unread: Vec<(&str, String)> = unread.filter_map(|(_, text)| Some((text, record(text, keys).err()?))).collect();
    if unread.is_empty() {
        return (articles, Vec::new());
    }
    articles.retain(|article| !article.id.is_empty());
    let lines = Lines::of(pieces);
    let skip = |(text, cause)| Skipped { source: name.to_owned(), line: lines.of_part(text), cause };
    (articles, unread.into_iter().map(skip).collect())
}

/// The different keys of the first records.
fn keys_of<'a>(records: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for record in records.take(KEYS_SAMPLE) {
        let object: Result<Object<'a>, _> = serde_json::from_str(record);
        found.extend(object.into_iter().flat_map(|object| object.0).filter_map(|(key, _)| match key {
            Cow::Borrowed(key) => Some(key),
            Cow::Owned(_) => None,
        }));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The articles of one JSON text: an array of records, an object that holds one (a JSON Feed, the answer of a news
/// service), or records one after another. An item without a language has the feed's, one without a source the feed's
/// title, and one without the address of a feed the feed's own.
pub(super) fn document<'a>(name: &str, text: &'a str, keys: &Keys) -> Result<Found<'a>, ReadError> {
    let (values, flaw) = values(text);
    let feed = match values[..] {
        [one] if one.get().starts_with('{') => Holder::of(one.get()),
        _ => None,
    };
    let all: Vec<&'a RawValue> = match (&feed, &values[..]) {
        (Some(holder), _) => holder.items.clone(),
        (None, [one]) if one.get().starts_with('[') => serde_json::from_str(one.get()).unwrap_or_default(),
        _ => values,
    };
    let all: Vec<&str> = all.into_iter().map(RawValue::get).collect();
    keys.check(name, || keys_of(all.iter().copied()))?;
    let (mut articles, mut skipped) = records(name, &[text], &[all], keys);
    for article in &mut articles {
        let feed = feed.as_ref();
        article.language = article.language.take().or_else(|| feed?.language.clone().map(Cow::Owned));
        article.source = article.source.take().or_else(|| feed?.title.clone().map(Cow::Owned));
        article.feed = article.feed.take().or_else(|| feed?.address.clone().map(Cow::Owned));
    }
    if let Some(error) = flaw {
        if articles.is_empty() && skipped.is_empty() {
            let cause = error.to_string();
            return Err(ReadError::Broken { name: name.to_owned(), expected: "JSON text", cause });
        }
        skipped.push(Skipped { source: name.to_owned(), line: error.line(), cause: error.to_string() });
    }
    Ok((articles, skipped))
}

/// The values one after another, as far as they can be read. Of an array that breaks off, the whole items.
fn values(text: &str) -> (Vec<&RawValue>, Option<serde_json::Error>) {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value),
            Err(error) if values.is_empty() => return (items_before_the_flaw(text), Some(error)),
            Err(error) => return (values, Some(error)),
        }
    }
    (values, None)
}

/// The items of the first array of a text that breaks off later.
fn items_before_the_flaw(text: &str) -> Vec<&RawValue> {
    let mut items = Vec::new();
    let mut rest = text.find('[').map_or("", |start| &text[start + 1..]);
    loop {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let Some(Ok(value)) = values.next() else { return items };
        let end = values.byte_offset();
        items.push(value);
        let Some(next) = rest[end..].trim_start().strip_prefix(',') else { return items };
        rest = next;
    }
}

/// Whether a text is one object that holds an array of records.
pub(super) fn holds_records(text: &str) -> bool {
    Holder::of(text).is_some()
}

/// Keys under which services hold their records, the likelier first.
const HOLDERS: [&str; 9] = ["items", "articles", "results", "data", "entries", "news", "docs", "hits", "records"];

/// Keys under which services hold an object that holds their records.
const WRAPPERS: [&str; 5] = ["response", "result", "data", "articles", "feed"];

/// An object that holds an array of records, by itself or one object further in.
struct Holder<'a> {
    title: Option<String>,
    language: Option<String>,
    address: Option<String>,
    items: Vec<&'a RawValue>,
}

impl<'a> Holder<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let object: Object<'a> = serde_json::from_str(text).ok()?;
        Holder::of_object(&object).or_else(|| {
            // What says something itself is a record, whatever it holds.
            let keys = Keys::default();
            if object.0.iter().any(|(key, _)| keys.says(key)) {
                return None;
            }
            let inner = object.0.iter().filter(|(key, _)| WRAPPERS.contains(&&**key));
            inner
                .filter_map(|(_, value)| serde_json::from_str(value.get()).ok())
                .find_map(|one| Holder::of_object(&one))
        })
    }

    fn of_object(object: &Object<'a>) -> Option<Self> {
        let get = |wanted: &str| object.0.iter().find(|(key, _)| key == wanted).map(|(_, value)| *value);
        let list = |key: &&str| {
            let items: Vec<&'a RawValue> = serde_json::from_str(get(key)?.get()).ok()?;
            let is_feed = *key == "items" && get("version").is_some();
            (is_feed || items.first().is_some_and(|item| item.get().starts_with('{'))).then_some(items)
        };
        let items = HOLDERS.iter().find_map(list)?;
        let words = |key: &str| plain(get(key)?).map(Cow::into_owned);
        let address = words("feed_url").or_else(|| words("home_page_url"));
        Some(Holder { title: words("title"), language: words("language"), address, items })
    }
}

/// The keys and values of an object, in their order, the values as they are written.
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(key) = map.next_key_seed(TextSeed)? {
                    pairs.push((key, map.next_value()?));
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Where in memory the lines of a text end.
struct Lines(Vec<usize>);

impl Lines {
    /// Those of a text in pieces that follow each other in memory.
    fn of(pieces: &[&str]) -> Self {
        let ends = |piece: &&str| {
            let start = piece.as_ptr() as usize;
            memchr_iter(b'\n', piece.as_bytes()).map(move |end| start + end).collect::<Vec<_>>()
        };
        Lines(pieces.iter().flat_map(ends).collect())
    }

    /// The line, from 1, on which a part of the text begins.
    fn of_part(&self, part: &str) -> usize {
        self.0.partition_point(|&end| end < part.as_ptr() as usize) + 1
    }
}

pub(super) fn record<'a>(json: &'a str, keys: &Keys) -> Result<Article<'a>, String> {
    let (found, is_number) = match fields::<SimpleSeed>(json, keys) {
        Ok(found) if !found.iter().flatten().any(Simple::is_other) => {
            let is_number = matches!(found[Field::Id as usize], Some(Simple::Number(_)));
            (found.map(|value| value.and_then(Simple::text)), is_number)
        }
        _ => {
            let found = fields::<RawSeed>(json, keys)?;
            let is_number = found[Field::Id as usize].is_some_and(|id| !id.get().starts_with(['"', '{']));
            (found.map(|value| value.and_then(plain)), is_number)
        }
    };
    let article = article(found, json.into())?;
    Ok(if is_number { Article { id: article.id.into_number(), ..article } } else { article })
}

/// A string, a number as its digits, or what an object says in a word.
fn plain<'a>(value: &'a RawValue) -> Option<Cow<'a, str>> {
    let json = value.get();
    match json.as_bytes().first()? {
        b'"' => {
            let read = |json: &'a str| TextSeed.deserialize(&mut serde_json::Deserializer::from_str(json)).ok();
            read(json).or_else(|| serde_json::from_str(&mend_surrogates(json)).map(Cow::Owned).ok())
        }
        b'0'..=b'9' | b'-' => Some(Cow::Borrowed(json)),
        b'{' => {
            let object: serde_json::Value = serde_json::from_str(json).ok()?;
            let name = ["name", "title", "rendered", "main", "id"].iter().find_map(|key| object.get(key)?.as_str())?;
            Some(Cow::Owned(name.to_owned()))
        }
        _ => None,
    }
}

/// The string with a replacement character for each half of a surrogate pair whose other half was cut off.
fn mend_surrogates(json: &str) -> String {
    let code = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut mended = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(c) = json[at..].chars().next() {
        let (length, replaced) = match (c, code(at)) {
            ('\\', Some(0xd800..0xdc00)) if code(at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low)) => {
                (12, false)
            }
            ('\\', Some(0xd800..0xe000)) => (6, true),
            ('\\', _) => (1 + json[at + 1..].chars().next().map_or(0, char::len_utf8), false),
            _ => (c.len_utf8(), false),
        };
        mended.push_str(if replaced { "\\ufffd" } else { &json[at..at + length] });
        at += length;
    }
    mended
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

/// The values of a record's fields that are known, as `S` reads them.
fn fields<'a, S: FieldSeed<'a>>(json: &'a str, keys: &Keys) -> Result<[Option<S::Value>; FIELDS], String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let seed = RecordSeed { keys, seed: PhantomData::<S> };
    let found = seed.deserialize(&mut deserializer).map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(found)
}

/// A way to read the value of a field.
trait FieldSeed<'de>: DeserializeSeed<'de> + Default {
    /// Whether a value says nothing, so that another key may speak for the field.
    fn is_nothing(value: &Self::Value) -> bool;
}

/// Takes values as they are written.
#[derive(Default)]
struct RawSeed;

impl<'de> DeserializeSeed<'de> for RawSeed {
    type Value = &'de RawValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

impl<'de> FieldSeed<'de> for RawSeed {
    fn is_nothing(value: &&'de RawValue) -> bool {
        matches!(value.get(), "null" | "\"\"")
    }
}

/// Takes strings and whole numbers at the first look, which is all that most records have.
#[derive(Default)]
struct SimpleSeed;

enum Simple<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Number(u64),
    /// What has to be looked at as it is written.
    Other,
}

impl<'a> Simple<'a> {
    fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Simple::Text(text) => Some(text),
            Simple::Number(number) => Some(number.to_string().into()),
            Simple::Nothing | Simple::Other => None,
        }
    }

    fn is_other(&self) -> bool {
        matches!(self, Simple::Other)
    }
}

impl<'de> DeserializeSeed<'de> for SimpleSeed {
    type Value = Simple<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> FieldSeed<'de> for SimpleSeed {
    fn is_nothing(value: &Simple<'de>) -> bool {
        match value {
            Simple::Nothing => true,
            Simple::Text(text) => text.is_empty(),
            Simple::Number(_) | Simple::Other => false,
        }
    }
}

impl<'de> Visitor<'de> for SimpleSeed {
    type Value = Simple<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Simple::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Simple::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Simple::Number(number))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Simple::Nothing)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Simple::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Simple::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Simple::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Simple::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Simple::Other)
    }
}

struct RecordSeed<'k, S> {
    keys: &'k Keys,
    seed: PhantomData<S>,
}

impl<'de, S: FieldSeed<'de>> DeserializeSeed<'de> for RecordSeed<'_, S> {
    type Value = [Option<S::Value>; FIELDS];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: FieldSeed<'de>> Visitor<'de> for RecordSeed<'_, S> {
    type Value = [Option<S::Value>; FIELDS];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with an id, a title or a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom("an array where a JSON object was expected"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [const { None }; FIELDS];
        let mut ranks = [u8::MAX; FIELDS];
        while let Some(key) = map.next_key_seed(TextSeed)? {
            match self.keys.field(&key) {
                Some((field, rank)) if rank < ranks[field as usize] => {
                    let value = map.next_value_seed(S::default())?;
                    if !S::is_nothing(&value) {
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
        assert_eq!(one(r#"{"title":"cut \ud83d","text":"\ud83d\ude00 \\ud83d \udc00"}"#).title, "cut \u{fffd}");
        assert_eq!(one(r#"{"text":"\ud83d\ude00 \\ud83d \udc00"}"#).text, "😀 \\ud83d \u{fffd}");
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
    fn lines_are_numbered_across_pieces() {
        let line = |at: usize| if at.is_multiple_of(7) { String::new() } else { format!(" {{\"id\":\"{at}\"}}") };
        let text: String = (1..=200_000).map(|at| line(at) + "\r\n").collect();
        let expected: Vec<(usize, String)> =
            (1..=200_000).map(|at| (at, line(at).trim().to_owned())).filter(|(_, line)| !line.is_empty()).collect();
        let pieces: Vec<&str> =
            pieces(text.as_bytes()).into_iter().map(|piece| str::from_utf8(piece).unwrap()).collect();
        let (found, numbers) = (lines_of(&pieces), Lines::of(&pieces));
        assert!(pieces.len() > 2);
        let found = found.into_iter().flatten().map(|line| (numbers.of_part(line), line));
        assert!(found.eq(expected.iter().map(|(at, line)| (*at, &**line))));
    }

    #[test]
    fn bad_lines_are_named_and_skipped() {
        let text = "{\"id\":\"1\",\"title\":\"a\"}\n\nnot json\n[1]\n{\"x\":1}\n{\"id\":\"2\",\"title\":\"b\"}";
        let (articles, skipped) = lines("f", &[text], &Keys::default()).unwrap();
        assert_eq!(articles.iter().map(|a| &*a.id).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(skipped.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 4, 5]);
        assert!(skipped[2].cause.contains("--title-key"));
    }

    #[test]
    fn a_json_feed_gives_its_items() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":"F","language":"en",
            "items":[{"id":"1","content_text":"x"},{"id":"2","language":"ar","title":"y"}]}"#;
        let items = document("f", text, &Keys::default()).unwrap().0;
        assert_eq!(items[0].language.as_deref(), Some("en"));
        assert_eq!(items[1].language.as_deref(), Some("ar"));
        assert_eq!(items[1].source.as_deref(), Some("F"));
    }

    #[test]
    fn items_know_the_address_of_their_feed() {
        let feed = |head: &str| {
            let text = format!(
                r#"{{"version":"https://jsonfeed.org/version/1.1",{head}"items":[
                {{"id":"1","title":"x"}},{{"id":"2","title":"y","feed_url":"https://b.example/"}}]}}"#
            );
            let items = document("f", &text, &Keys::default()).unwrap().0;
            items.into_iter().map(|item| item.feed.map(String::from)).collect::<Vec<_>>()
        };
        let [a, b] = ["https://a.example/feed.json", "https://b.example/"].map(|url| Some(url.to_owned()));
        let head = r#""home_page_url":"https://a.example/","feed_url":"https://a.example/feed.json","#;
        assert_eq!(feed(head), [a, b.clone()]);
        assert_eq!(feed(""), [None, b]);
    }

    fn ids(text: &str) -> (Vec<String>, usize) {
        let (articles, skipped) = document("f", text, &Keys::default()).unwrap();
        (articles.iter().map(|item| item.id.to_string()).collect(), skipped.len())
    }

    #[test]
    fn arrays_and_answers_of_services_give_their_records() {
        let two = (vec!["1".to_owned(), "2".to_owned()], 0);
        assert_eq!(ids(r#"[{"id":1,"title":"a"},{"id":2,"title":"b"}]"#), two);
        assert_eq!(ids(r#"{"status":"ok","articles":[{"id":1,"title":"a"},{"id":2,"title":"b"}]}"#), two);
        assert_eq!(ids("{\n\"id\":1}\n{\n\"id\":2}"), two);
        assert_eq!(ids(r#"{"response":{"status":"ok","docs":[{"id":1,"title":"a"},{"id":2,"title":"b"}]}}"#), two);
        assert_eq!(ids(r#"{"id":1,"title":"a","data":[3]}"#), (vec!["1".to_owned()], 0));
        assert_eq!(ids(r#"{"id":1,"title":"a","data":{"items":[{"id":2}]}}"#), (vec!["1".to_owned()], 0));
        assert_eq!(ids(&format!("{}{{}}{}", "{\"data\":".repeat(90_000), "}".repeat(90_000))), (Vec::new(), 1));
    }

    #[test]
    fn what_is_wrapped_in_an_object_is_taken_out() {
        let article =
            one(r#"{"id":1,"title":{"rendered":"Bridge &amp; tunnel"},"content":{"rendered":"<p>Both open.</p>"}}"#);
        assert_eq!((&*article.title, &*article.text), ("Bridge & tunnel", "Both open."));
        assert_eq!(one(r#"{"id":1,"headline":{"main":"A","kicker":null}}"#).title, "A");
    }

    #[test]
    fn an_array_that_breaks_off_keeps_its_whole_records() {
        assert_eq!(ids(r#"[{"id":1,"title":"a"},{"id":2,"ti"#), (vec!["1".to_owned()], 1));
        assert_eq!(ids(r#"{"items":[{"id":1},{"id":2,"#), (vec!["1".to_owned()], 1));
        assert!(document("f", "[nothing", &Keys::default()).unwrap_err().to_string().contains('f'));
    }

    #[test]
    fn a_bad_record_of_an_array_is_named_by_its_line() {
        let (articles, skipped) = document("f", "[\n{\"id\":1},\n7,\n{\"id\":2}]", &Keys::default()).unwrap();
        assert_eq!((articles.len(), skipped[0].line), (2, 3));
    }
}
