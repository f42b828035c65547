//! One JSON record to an article.
//!
//! Input: the text of a JSON object and the names of its fields. Output: an article with the record
//! as written; strings without escapes are borrowed. Cost: linear in the text.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::column_map::article;
use super::field_names::{ArticleField, FIELDS, FieldPath};
use super::{FieldNames, RejectCause, service_schemas};
use crate::article::Article;

/// The article of one record.
pub(super) fn record<'a>(
    json: &'a str,
    field_names: &FieldNames,
) -> Result<Article<'a>, RejectCause> {
    let fields = fields(json, field_names)?;
    let mut article = article(fields.texts, json.into())?;
    if fields.has_number_id {
        article.id = article.id.into_number();
    }
    Ok(article)
}

/// The values of the fields of a record.
struct RecordFields<'a> {
    texts: [Option<Cow<'a, str>>; FIELDS],
    has_number_id: bool,
}

impl RecordFields<'_> {
    fn has(&self, field: ArticleField) -> bool {
        self.texts[field as usize].is_some()
    }

    /// Whether a compared field has a value.
    fn has_content(&self) -> bool {
        self.has(ArticleField::Title)
            || self.has(ArticleField::Text)
            || self.has(ArticleField::Html)
    }

    /// Whether the id, the link or the date has a value.
    fn has_reference(&self) -> bool {
        self.has(ArticleField::Id)
            || self.has(ArticleField::Url)
            || self.has(ArticleField::Published)
    }
}

/// The fields of a record. A record without content takes missing fields from the envelope.
fn fields<'a>(json: &'a str, field_names: &FieldNames) -> Result<RecordFields<'a>, RejectCause> {
    let outer = direct_fields(json, field_names)?;
    if outer.has_content() {
        return Ok(outer);
    }
    let Some(mut inner) = envelope_fields(json, field_names) else {
        return Ok(outer);
    };
    if outer.has(ArticleField::Id) {
        inner.has_number_id = outer.has_number_id;
    }
    for (inner, outer) in inner.texts.iter_mut().zip(outer.texts) {
        if outer.is_some() {
            *inner = outer;
        }
    }
    Ok(inner)
}

/// The fields of the first envelope with content.
fn envelope_fields<'a>(json: &'a str, field_names: &FieldNames) -> Option<RecordFields<'a>> {
    let object: Object<'a> = serde_json::from_str(json).ok()?;
    service_schemas::ENVELOPES
        .iter()
        .filter_map(|key| direct_fields(object.get(key)?.get(), field_names).ok())
        .find(RecordFields::has_content)
}

/// Whether an object has content without an envelope.
pub(super) fn has_content(json: &str, field_names: &FieldNames) -> bool {
    direct_fields(json, field_names).is_ok_and(|fields| fields.has_content())
}

/// Whether a value is an object like an item: with a title, or with a text and an id, an address or
/// a date.
pub(super) fn is_item(value: &RawValue, field_names: &FieldNames) -> bool {
    if !value.get().starts_with('{') {
        return false;
    }
    let Ok(fields) = fields(value.get(), field_names) else {
        return false;
    };
    fields.has(ArticleField::Title) || fields.has_content() && fields.has_reference()
}

/// Whether the value at a path in a value is a number.
fn is_number(value: &RawValue, path: &str) -> bool {
    if path.is_empty() {
        return !value.get().starts_with(['"', '{', '[']);
    }
    let Ok(object) = serde_json::from_str::<Object<'_>>(value.get()) else {
        return false;
    };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    object
        .get(first)
        .is_some_and(|inner| is_number(inner, rest))
}

/// Maximum depth of objects and lists in the value of a field.
pub(super) const MAX_NESTING: usize = 5;

/// The text of the value at a path, for a field.
///
/// A string is decoded; a number becomes digits; an object becomes the value of a
/// [value key](service_schemas::value_keys); a list becomes the first value with text, or for texts
/// all values.
pub(super) fn field_text<'a>(
    value: &'a RawValue,
    path: &str,
    field: ArticleField,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let json = value.get();
    let depth = depth.checked_sub(1)?;
    match json.as_bytes().first()? {
        b'[' => {
            let list: Vec<&'a RawValue> = serde_json::from_str(json).ok()?;
            list_text(&list, path, field, depth)
        }
        b'{' => object_text(&serde_json::from_str(json).ok()?, path, field, depth),
        _ if !path.is_empty() => None,
        b'"' => string(json).filter(|text| !text.is_empty()),
        b'0'..=b'9' if field == ArticleField::Published => Some(whole_seconds(json).into()),
        b'0'..=b'9' | b'-' => Some(json.into()),
        _ => None,
    }
}

fn object_text<'a>(
    object: &Object<'a>,
    path: &str,
    field: ArticleField,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let text_at = |key: &str, path: &str| field_text(object.get(key)?, path, field, depth);
    if path.is_empty() {
        let mut keys = service_schemas::value_keys(field).iter();
        return keys.find_map(|key| text_at(key, ""));
    }
    // A key with dots in it precedes a path.
    text_at(path, "").or_else(|| {
        let (first, rest) = path.split_once('.')?;
        text_at(first, rest)
    })
}

/// A string without escapes is borrowed. Cut surrogate pairs are replaced.
fn string(json: &str) -> Option<Cow<'_, str>> {
    let decoded = TextSeed.deserialize(&mut serde_json::Deserializer::from_str(json));
    decoded.ok().or_else(|| {
        let mended = mend_surrogates(json);
        serde_json::from_str(&mended).map(Cow::Owned).ok()
    })
}

/// A Unix time without the fraction.
fn whole_seconds(json: &str) -> &str {
    if json.contains(['e', 'E']) {
        return json;
    }
    json.split_once('.').map_or(json, |(whole, _)| whole)
}

/// The text of a list for a field. Paragraphs are separated by blank lines. A list of strings and
/// objects is a text in runs, as in exports of Telegram.
fn list_text<'a>(
    list: &[&'a RawValue],
    path: &str,
    field: ArticleField,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let mut parts = list
        .iter()
        .filter_map(|value| field_text(value, path, field, depth));
    match field {
        ArticleField::Text | ArticleField::Html if is_rich_text(list) => join(parts, ""),
        ArticleField::Text | ArticleField::Html => {
            let paragraphs = parts.map(trim).filter(|part| !part.is_empty());
            join(paragraphs, "\n\n")
        }
        ArticleField::Title => join(parts, " "),
        _ => parts.next(),
    }
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    }
}

fn join<'a>(
    mut parts: impl Iterator<Item = Cow<'a, str>>,
    separator: &str,
) -> Option<Cow<'a, str>> {
    let mut joined = parts.next()?;
    for part in parts {
        let text = joined.to_mut();
        text.push_str(separator);
        text.push_str(&part);
    }
    Some(joined)
}

/// Whether a list has both strings and objects.
fn is_rich_text(list: &[&RawValue]) -> bool {
    let has = |start: char| list.iter().any(|value| value.get().starts_with(start));
    has('"') && has('{')
}

/// A string with a replacement character for each lone half of a surrogate pair.
fn mend_surrogates(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(c) = json[at..].chars().next() {
        let length = match (c, unicode_escape(json, at)) {
            ('\\', Some(0xd800..0xdc00)) if is_low_surrogate(json, at + 6) => 12,
            ('\\', Some(0xd800..0xe000)) => {
                mended.push_str("\\ufffd");
                at += 6;
                continue;
            }
            ('\\', _) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
            _ => c.len_utf8(),
        };
        mended.push_str(&json[at..at + length]);
        at += length;
    }
    mended
}

/// The code of a `\uXXXX` escape at a position.
fn unicode_escape(json: &str, at: usize) -> Option<u32> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    u32::from_str_radix(digits, 16).ok()
}

fn is_low_surrogate(json: &str, at: usize) -> bool {
    unicode_escape(json, at).is_some_and(|code| (0xdc00..0xe000).contains(&code))
}

/// Deserialises a string, borrowed unless it has escapes.
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

/// The fields of a record without the fields of the envelope.
///
/// Strings and whole numbers, the only values of most records, are read without raw values.
fn direct_fields<'a>(
    json: &'a str,
    field_names: &FieldNames,
) -> Result<RecordFields<'a>, RejectCause> {
    if let Ok(found) = extract::<Scalar<'a>>(json, field_names)
        && !found.iter().flatten().any(Scalar::is_other)
    {
        let has_number_id = matches!(found[ArticleField::Id as usize], Some(Scalar::Number(_)));
        return Ok(RecordFields {
            texts: found.map(|value| value.and_then(Scalar::into_text)),
            has_number_id,
        });
    }
    let found = extract::<&'a RawValue>(json, field_names)?;
    let has_number_id = matches!(found[ArticleField::Id as usize], Some((_, true)));
    Ok(RecordFields {
        texts: found.map(|value| value.map(|(text, _)| text)),
        has_number_id,
    })
}

/// The values of the fields of a record, read as values of type `V`.
fn extract<'a, V: FieldValue<'a>>(
    json: &'a str,
    field_names: &FieldNames,
) -> Result<[Option<V::Found>; FIELDS], RejectCause> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let seed = RecordSeed {
        field_names,
        paths: field_names.paths(),
        value: PhantomData::<V>,
    };
    let found = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(found)
}

/// The value of a key with fields.
trait FieldValue<'de>: Deserialize<'de> {
    /// The value of a field.
    type Found;

    /// Takes the field at a path; `None` if the value does not have the field.
    fn take(&mut self, place: FieldPath<'_>) -> Option<Self::Found>;
}

impl<'de> FieldValue<'de> for &'de RawValue {
    /// The text, and whether the text is a number.
    type Found = (Cow<'de, str>, bool);

    fn take(&mut self, place: FieldPath<'_>) -> Option<Self::Found> {
        let text = field_text(self, place.path, place.field, MAX_NESTING)?;
        Some((text, is_number(self, place.path)))
    }
}

/// A string or a whole number.
#[derive(Default)]
enum Scalar<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    Number(u64),
    /// Any other value, read as a raw value.
    Other,
}

impl<'a> Scalar<'a> {
    fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Text(text) => Some(text),
            Scalar::Number(number) => Some(number.to_string().into()),
            Scalar::Null | Scalar::Other => None,
        }
    }

    fn is_other(&self) -> bool {
        matches!(self, Scalar::Other)
    }
}

impl<'de> FieldValue<'de> for Scalar<'de> {
    type Found = Self;

    fn take(&mut self, place: FieldPath<'_>) -> Option<Self> {
        match self {
            Scalar::Text(text) if place.path.is_empty() && !text.is_empty() => {
                Some(std::mem::take(self))
            }
            Scalar::Number(number) if place.path.is_empty() => Some(Scalar::Number(*number)),
            Scalar::Other => Some(Scalar::Other),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Null)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

struct RecordSeed<'k, V> {
    field_names: &'k FieldNames,
    /// The named keys with dots.
    paths: Vec<(&'k str, FieldPath<'k>)>,
    value: PhantomData<V>,
}

impl<'k, V> RecordSeed<'k, V> {
    /// The places of fields in the value of a key.
    fn places<'s>(&'s self, key: &'s str) -> impl Iterator<Item = FieldPath<'s>> {
        let own = self.field_names.field(key);
        let own = own.map(|(field, rank)| FieldPath {
            field,
            rank,
            path: "",
        });
        let named = self
            .paths
            .iter()
            .filter(move |(first, _)| *first == key)
            .map(|(_, place)| *place);
        let nested = service_schemas::nested_fields(key)
            .iter()
            .copied()
            .filter(|place| !self.field_names.names(place.field));
        own.into_iter().chain(named).chain(nested)
    }
}

impl<'de, V: FieldValue<'de>> DeserializeSeed<'de> for RecordSeed<'_, V> {
    type Value = [Option<V::Found>; FIELDS];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, V: FieldValue<'de>> Visitor<'de> for RecordSeed<'_, V> {
    type Value = [Option<V::Found>; FIELDS];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with an id, a title or a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom(
            "an array where a JSON object was expected",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut ranked = Ranked::default();
        while let Some(key) = map.next_key_seed(TextSeed)? {
            let mut value: Option<V> = None;
            for place in self.places(&key) {
                if !ranked.accepts(place) {
                    continue;
                }
                let value = match &mut value {
                    Some(value) => value,
                    // The value is read at the first use.
                    unread => unread.insert(map.next_value()?),
                };
                if let Some(found) = value.take(place) {
                    ranked.set(place, found);
                }
            }
            if value.is_none() {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(ranked.finish())
    }
}

/// The values of fields with the ranks of their keys.
struct Ranked<T> {
    values: [Option<T>; FIELDS],
    ranks: [u8; FIELDS],
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Ranked {
            values: [const { None }; FIELDS],
            ranks: [u8::MAX; FIELDS],
        }
    }
}

impl<T> Ranked<T> {
    fn accepts(&self, place: FieldPath<'_>) -> bool {
        place.rank < self.ranks[place.field as usize]
    }

    fn set(&mut self, place: FieldPath<'_>, value: T) {
        self.values[place.field as usize] = Some(value);
        self.ranks[place.field as usize] = place.rank;
    }

    /// The values. A `name` is a title only in a record with `datePublished`.
    fn finish(mut self) -> [Option<T>; FIELDS] {
        let title_rank = self.ranks[ArticleField::Title as usize];
        let date_rank = self.ranks[ArticleField::Published as usize];
        if title_rank == service_schemas::NAME_RANK
            && date_rank > service_schemas::DATE_PUBLISHED_RANK
        {
            self.values[ArticleField::Title as usize] = None;
        }
        self.values
    }
}

/// The keys and values of an object in order, the values as written.
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// The value of a key.
    pub(super) fn get(&self, wanted: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
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

/// Whether the keys in an envelope object are also visited as keys of the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Envelopes {
    Flatten,
    Keep,
}

/// Visits the keys of a value with paths and values, down to a depth. In a list, only the first
/// element is visited.
pub(super) fn walk_keys(
    json: &str,
    prefix: &str,
    depth: usize,
    envelopes: Envelopes,
    visit: &mut impl FnMut(&str, &RawValue),
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if json.starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        if let Some(first) = list.first() {
            walk_keys(first.get(), prefix, depth, envelopes, visit);
        }
        return;
    }
    let Ok(object) = serde_json::from_str::<Object<'_>>(json) else {
        return;
    };
    for (key, value) in object.0 {
        let path = format!("{prefix}{key}");
        visit(&path, value);
        if !value.get().starts_with(['{', '[']) {
            continue;
        }
        walk_keys(value.get(), &format!("{path}."), depth, envelopes, visit);
        let is_envelope = service_schemas::ENVELOPES.contains(&&*key);
        if is_envelope && envelopes == Envelopes::Flatten {
            walk_keys(value.get(), prefix, depth, envelopes, visit);
        }
    }
}
