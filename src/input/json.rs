//! JSON records in, articles out: JSON Lines, JSON Feed, arrays. Strings without escapes are
//! borrowed, and each record is kept as it stands for the output.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::keys::{FIELDS, Field};
use super::lists::{self, List};
use super::rows::article;
use super::shapes::{self, Place};
use super::{Keys, ReadError, Skipped};
use crate::article::Article;

/// What a text gave: its items and the records that could not be read.
type Found<'a> = (Vec<Article<'a>>, Vec<Skipped>);

/// How many records are asked for their keys when a key that was named is looked for.
const KEYS_SAMPLE: usize = 1000;

/// The articles of JSON Lines, whose text is in pieces of whole lines, read in parallel; blank
/// lines are passed over.
pub(super) fn lines<'a>(
    name: &str,
    pieces: &[&'a str],
    keys: &Keys,
) -> Result<Found<'a>, ReadError> {
    let lines = lines_of(pieces);
    keys.check(name, || keys_of(lines.iter().flatten().copied()))?;
    Ok(records(name, &Lines::of(pieces), &lines, keys))
}

/// The same where the lines are some of many, and need not have the keys that were named.
pub(super) fn some_lines<'a>(name: &str, pieces: &[&'a str], keys: &Keys) -> Found<'a> {
    records(name, &Lines::of(pieces), &lines_of(pieces), keys)
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

/// Whether a text that does not begin with a whole object is records in lines all the same, of
/// which the first are cut or are no records: at least half of the first lines are whole objects.
pub(super) fn looks_like_lines(text: &str) -> bool {
    const LOOKED_AT: usize = 64;
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(LOOKED_AT)
        .collect();
    let whole = lines
        .iter()
        .filter(|line| line.starts_with('{') && is_whole(line))
        .count();
    whole > 0 && 2 * whole >= lines.len()
}

/// Whether a text is one object that holds lists of records.
pub(super) fn holds_records(text: &str, keys: &Keys) -> bool {
    lists::held(text, keys).is_some()
}

/// Whether a text is one JSON value.
pub(super) fn is_whole(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether a text is one JSON value, or several one after another, as far as it goes.
pub(super) fn are_values(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.all(|value| value.is_ok())
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

/// The articles of records in lists, which are parts of a text with these lines. A record that says
/// nothing but holds a list of records, as the answer of a service does, stands for those.
fn records<'a>(name: &str, lines: &Lines<'_>, lists: &[Vec<&'a str>], keys: &Keys) -> Found<'a> {
    let starts = lists.iter().scan(0, |next, list| {
        Some(std::mem::replace(next, *next + list.len()))
    });
    let starts: Vec<usize> = starts.collect();
    let record_at = |place: usize| {
        let list = starts.partition_point(|&start| start <= place) - 1;
        lists[list][place - starts[list]]
    };
    let count = lists.iter().map(Vec::len).sum();
    let records = (0..count).into_par_iter().map(record_at);
    // In place and of one size, so that a large input's items are not held twice; one without an id
    // could not be read.
    let mut articles: Vec<Article<'a>> = records
        .clone()
        .map(|text| record(text, keys).unwrap_or_default())
        .collect();
    let silent = |article: &Article<'_>| article.title.is_empty() && article.text.is_empty();
    let odd = (0..articles.len())
        .into_par_iter()
        .zip(records)
        .filter(|&(at, _)| silent(&articles[at]));
    let odd: Vec<(usize, Odd<'a>)> = odd
        .filter_map(|(at, text)| Some((at, Odd::of(text, keys)?)))
        .collect();
    if odd.is_empty() {
        return (articles, Vec::new());
    }
    let skip = |text, cause| Skipped {
        source: name.to_owned(),
        line: lines.of_part(text),
        cause,
    };
    let (mut found, mut skipped) = (Vec::new(), Vec::new());
    if odd.iter().all(|(_, odd)| matches!(odd, Odd::Unread(..))) {
        articles.retain(|article| !article.id.is_empty());
        found = articles;
        articles = Vec::new();
    }
    let mut articles = articles.into_iter().enumerate();
    for (at, odd) in odd {
        found.extend(
            articles
                .by_ref()
                .take_while(|(place, _)| *place < at)
                .map(|(_, article)| article),
        );
        match odd {
            Odd::Unread(text, cause) => {
                let unknown = (count == 1).then(|| lists::unknown(text)).flatten();
                skipped.push(skip(text, unknown.unwrap_or(cause)));
            }
            Odd::Lists(lists) => {
                for (list, text) in lists
                    .iter()
                    .flat_map(|list| list.records.iter().map(move |one| (list, one.get())))
                {
                    match record(text, keys) {
                        Ok(article) => found.push(completed(article, list)),
                        Err(cause) => skipped.push(skip(text, cause)),
                    }
                }
            }
        }
    }
    found.extend(articles.map(|(_, article)| article));
    (found, skipped)
}

/// A record that is no item.
enum Odd<'a> {
    /// What is wrong with it.
    Unread(&'a str, String),
    /// The lists of records that it holds.
    Lists(Vec<List<'a>>),
}

impl<'a> Odd<'a> {
    /// What a record is that says nothing; none if it is an item all the same, by its id.
    fn of(text: &'a str, keys: &Keys) -> Option<Self> {
        match (lists::held(text, keys), record(text, keys)) {
            (Some(lists), _) => Some(Odd::Lists(lists)),
            (None, Err(cause)) => Some(Odd::Unread(text, cause)),
            (None, Ok(_)) => None,
        }
    }
}

/// The different keys of the first records, and the keys with dots that lead into their objects.
fn keys_of<'a>(records: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    for record in records.take(KEYS_SAMPLE) {
        add_keys(record, "", NESTED_MOST, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Adds the keys of a value, each behind what leads to the value; those of an envelope are also
/// keys by themselves.
fn add_keys(json: &str, before: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if json.starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        return list
            .first()
            .map_or((), |first| add_keys(first.get(), before, depth, found));
    }
    let object: Result<Object<'_>, _> = serde_json::from_str(json);
    for (key, value) in object.into_iter().flat_map(|object| object.0) {
        let path = format!("{before}{key}");
        if value.get().starts_with(['{', '[']) {
            add_keys(value.get(), &format!("{path}."), depth, found);
            if shapes::ENVELOPES.contains(&&*key) {
                add_keys(value.get(), before, depth, found);
            }
        }
        found.push(path);
    }
}

/// The articles of one JSON text: an array of records, an object that holds one (a JSON Feed, the
/// answer of a news service), or records one after another. An item without a language has the
/// feed's, one without a source the feed's title, and one without the address of a feed the feed's
/// own.
pub(super) fn document<'a>(name: &str, text: &'a str, keys: &Keys) -> Result<Found<'a>, ReadError> {
    let (values, flaw) = values(text);
    let lists = lists::of(name, &values, keys)?;
    let records = |list: &List<'a>| -> Vec<&'a str> {
        list.records.iter().map(|record| record.get()).collect()
    };
    keys.check(name, || keys_of(lists.iter().flat_map(records)))?;
    let pieces = [text];
    let lines = Lines::of(&pieces);
    let (mut articles, mut skipped) = (Vec::new(), Vec::new());
    for list in &lists {
        let (found, unread) = self::records(name, &lines, &[records(list)], keys);
        articles.extend(found.into_iter().map(|article| completed(article, list)));
        skipped.extend(unread);
    }
    if let Some(error) = flaw {
        if articles.is_empty() && skipped.is_empty() {
            let cause = error.to_string();
            return Err(ReadError::Broken {
                name: name.to_owned(),
                expected: "JSON text",
                cause,
            });
        }
        skipped.push(Skipped {
            source: name.to_owned(),
            line: error.line(),
            cause: error.to_string(),
        });
    }
    Ok((articles, skipped))
}

/// The article. What the article does not say itself, it has from the object around its list.
fn completed<'a>(mut article: Article<'a>, list: &List<'_>) -> Article<'a> {
    article.language = article
        .language
        .take()
        .or_else(|| list.language.clone().map(Cow::Owned));
    article.source = match own_source(&article.record) {
        Some(own) => own,
        None => article
            .source
            .take()
            .or_else(|| list.source.clone().map(Cow::Owned)),
    };
    article.feed = article
        .feed
        .take()
        .or_else(|| list.feed.clone().map(Cow::Owned));
    article
}

/// The outlet, or that there is none, of an item of a feed that this program wrote: JSON Feed has
/// no place for it.
fn own_source(record: &str) -> Option<Option<Cow<'static, str>>> {
    let record: serde_json::Value = record
        .contains("\"_qissa\"")
        .then(|| serde_json::from_str(record).ok())
        .flatten()?;
    let source = record.get("_qissa")?.get("source");
    Some(
        source
            .and_then(serde_json::Value::as_str)
            .map(|source| source.to_owned().into()),
    )
}

/// The values one after another, as far as they can be read. Of an array that breaks off, the whole
/// items.
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
        let Some(Ok(value)) = values.next() else {
            return items;
        };
        let end = values.byte_offset();
        items.push(value);
        let Some(next) = rest[end..].trim_start().strip_prefix(',') else {
            return items;
        };
        rest = next;
    }
}

/// The keys and values of an object, in their order, the values as they are written.
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

/// The addresses in memory at which the lines of a text end. The text is in pieces that follow each
/// other in memory; the addresses are looked for when the first line is asked for.
struct Lines<'p> {
    pieces: &'p [&'p str],
    ends: OnceCell<Vec<usize>>,
}

impl<'p> Lines<'p> {
    fn of(pieces: &'p [&'p str]) -> Self {
        Lines {
            pieces,
            ends: OnceCell::new(),
        }
    }

    /// The line, from 1, on which a part of the text begins.
    fn of_part(&self, part: &str) -> usize {
        let ends = |piece: &&str| {
            let start = piece.as_ptr() as usize;
            memchr_iter(b'\n', piece.as_bytes())
                .map(move |end| start + end)
                .collect::<Vec<_>>()
        };
        let ends = self
            .ends
            .get_or_init(|| self.pieces.iter().flat_map(ends).collect());
        ends.partition_point(|&end| end < part.as_ptr() as usize) + 1
    }
}

/// The article of one record.
pub(super) fn record<'a>(json: &'a str, keys: &Keys) -> Result<Article<'a>, String> {
    let Fields { texts, is_number } = fields(json, keys)?;
    let article = article(texts, json.into())?;
    Ok(if is_number {
        Article {
            id: article.id.into_number(),
            ..article
        }
    } else {
        article
    })
}

/// What a record says of its fields.
struct Fields<'a> {
    texts: [Option<Cow<'a, str>>; FIELDS],
    /// Whether its id is a number.
    is_number: bool,
}

impl Fields<'_> {
    fn has(&self, field: Field) -> bool {
        self.texts[field as usize].is_some()
    }

    /// Whether they say something that can be compared.
    fn say(&self) -> bool {
        [Field::Title, Field::Text, Field::Html]
            .into_iter()
            .any(|field| self.has(field))
    }
}

/// The fields of a record; if it says nothing itself, with those of the object in it that does.
fn fields<'a>(json: &'a str, keys: &Keys) -> Result<Fields<'a>, String> {
    let outer = own_fields(json, keys)?;
    if outer.say() {
        return Ok(outer);
    }
    let Ok(object) = serde_json::from_str::<Object<'a>>(json) else {
        return Ok(outer);
    };
    let envelopes = shapes::ENVELOPES.iter().filter_map(|key| object.get(key));
    let mut inner = envelopes
        .filter_map(|value| own_fields(value.get(), keys).ok())
        .filter(Fields::say);
    let Some(mut inner) = inner.next() else {
        return Ok(outer);
    };
    if outer.has(Field::Id) {
        inner.is_number = outer.is_number;
    }
    for (inner, outer) in inner
        .texts
        .iter_mut()
        .zip(outer.texts)
        .filter(|(_, outer)| outer.is_some())
    {
        *inner = outer;
    }
    Ok(inner)
}

/// Whether an object says something by itself.
pub(super) fn is_record(json: &str, keys: &Keys) -> bool {
    own_fields(json, keys).is_ok_and(|fields| fields.say())
}

/// Whether a value is an object that can be taken for an item: it has a headline, or a text and
/// what else an item has.
pub(super) fn is_item(value: &RawValue, keys: &Keys) -> bool {
    if !value.get().starts_with('{') {
        return false;
    }
    let Ok(fields) = fields(value.get(), keys) else {
        return false;
    };
    let is_placed = || {
        [Field::Id, Field::Url, Field::Published]
            .into_iter()
            .any(|field| fields.has(field))
    };
    fields.has(Field::Title) || fields.say() && is_placed()
}

/// Whether a value, or the one at a path within its objects, is a number.
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

/// Objects and lists within a field are looked into so deep.
pub(super) const NESTED_MOST: usize = 5;

/// What a value, or the one at a path within it, says of a field: a string, a number as its digits,
/// what an object says in a word, and of a list the first that says something, or of texts all.
pub(super) fn said<'a>(
    value: &'a RawValue,
    path: &str,
    field: Field,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let json = value.get();
    let depth = depth.checked_sub(1)?;
    match json.as_bytes().first()? {
        b'[' => {
            let list: Vec<&'a RawValue> = serde_json::from_str(json).ok()?;
            said_by_all(&list, path, field, depth)
        }
        b'{' => {
            let object: Object<'a> = serde_json::from_str(json).ok()?;
            let at = |key: &str, path: &str| said(object.get(key)?, path, field, depth);
            match path.split_once('.') {
                None if path.is_empty() => {
                    shapes::words(field).iter().find_map(|word| at(word, ""))
                }
                None => at(path, ""),
                Some((first, rest)) => at(path, "").or_else(|| at(first, rest)),
            }
        }
        _ if !path.is_empty() => None,
        b'"' => {
            let read = |json: &'a str| {
                TextSeed
                    .deserialize(&mut serde_json::Deserializer::from_str(json))
                    .ok()
            };
            let text = read(json).or_else(|| {
                serde_json::from_str(&mend_surrogates(json))
                    .map(Cow::Owned)
                    .ok()
            });
            text.filter(|text| !text.is_empty())
        }
        // Of seconds with a fraction the whole ones.
        b'0'..=b'9' if field == Field::Published && !json.contains(['e', 'E']) => Some(
            Cow::Borrowed(json.split_once('.').map_or(json, |(whole, _)| whole)),
        ),
        b'0'..=b'9' | b'-' => Some(Cow::Borrowed(json)),
        _ => None,
    }
}

/// What a list says of a field. Paragraphs stand apart by blank lines; where strings and objects
/// mix, they are runs of one text, as in Telegram's exports.
fn said_by_all<'a>(
    list: &[&'a RawValue],
    path: &str,
    field: Field,
    depth: usize,
) -> Option<Cow<'a, str>> {
    let mut parts = list
        .iter()
        .filter_map(|value| said(value, path, field, depth));
    match field {
        Field::Text | Field::Html if are_runs(list) => joined(parts, ""),
        Field::Text | Field::Html => {
            joined(parts.map(trimmed).filter(|part| !part.is_empty()), "\n\n")
        }
        Field::Title => joined(parts, " "),
        _ => parts.next(),
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => text.trim().into(),
        Cow::Owned(text) => text.trim().to_owned().into(),
    }
}

/// Texts one after another with something between them.
fn joined<'a>(
    mut parts: impl Iterator<Item = Cow<'a, str>>,
    between: &str,
) -> Option<Cow<'a, str>> {
    let mut whole = parts.next()?;
    for part in parts {
        let text = whole.to_mut();
        text.push_str(between);
        text.push_str(&part);
    }
    Some(whole)
}

/// Whether a list has both strings and objects.
fn are_runs(list: &[&RawValue]) -> bool {
    ['"', '{']
        .iter()
        .all(|&sign| list.iter().any(|value| value.get().starts_with(sign)))
}

/// The string with a replacement character for each half of a surrogate pair whose other half was
/// cut off.
fn mend_surrogates(json: &str) -> String {
    let code = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let mut mended = String::with_capacity(json.len());
    let mut at = 0;
    while let Some(c) = json[at..].chars().next() {
        let (length, replaced) = match (c, code(at)) {
            ('\\', Some(0xd800..0xdc00))
                if code(at + 6).is_some_and(|low| (0xdc00..0xe000).contains(&low)) =>
            {
                (12, false)
            }
            ('\\', Some(0xd800..0xe000)) => (6, true),
            ('\\', _) => (
                1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
                false,
            ),
            _ => (c.len_utf8(), false),
        };
        mended.push_str(if replaced {
            "\\ufffd"
        } else {
            &json[at..at + length]
        });
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

/// The fields of a record, without those of an object that it may be wrapped in.
fn own_fields<'a>(json: &'a str, keys: &Keys) -> Result<Fields<'a>, String> {
    match looked_at::<Simple<'a>>(json, keys) {
        Ok(found) if !found.iter().flatten().any(Simple::is_other) => {
            let is_number = matches!(found[Field::Id as usize], Some(Simple::Number(_)));
            Ok(Fields {
                texts: found.map(|value| value.and_then(Simple::text)),
                is_number,
            })
        }
        _ => {
            let found = looked_at::<&'a RawValue>(json, keys)?;
            let is_number = found[Field::Id as usize]
                .as_ref()
                .is_some_and(|(_, is_number)| *is_number);
            Ok(Fields {
                texts: found.map(|said| said.map(|(text, _)| text)),
                is_number,
            })
        }
    }
}

/// The fields of a record, as a way to look at values tells them.
fn looked_at<'a, L: Look<'a>>(
    json: &'a str,
    keys: &Keys,
) -> Result<[Option<L::Said>; FIELDS], String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let seed = RecordSeed {
        keys,
        paths: keys.paths(),
        look: PhantomData::<L>,
    };
    let found = seed
        .deserialize(&mut deserializer)
        .map_err(|error| error.to_string())?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(found)
}

/// A way to look at the value of a key.
trait Look<'de>: Deserialize<'de> {
    /// What it says of a field.
    type Said;

    /// What the value says of the field of a place; nothing if another key may speak for the field.
    fn say(&mut self, place: Place<'_>) -> Option<Self::Said>;
}

/// Takes values as they are written.
impl<'de> Look<'de> for &'de RawValue {
    /// The text, and whether it is a number.
    type Said = (Cow<'de, str>, bool);

    fn say(&mut self, place: Place<'_>) -> Option<Self::Said> {
        let text = said(self, place.path, place.field, NESTED_MOST)?;
        Some((text, is_number(self, place.path)))
    }
}

/// Takes strings and whole numbers at the first look, which is all that most records have.
#[derive(Default)]
enum Simple<'a> {
    #[default]
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

impl<'de> Look<'de> for Simple<'de> {
    type Said = Self;

    fn say(&mut self, place: Place<'_>) -> Option<Self> {
        match self {
            Simple::Text(text) if place.path.is_empty() && !text.is_empty() => {
                Some(std::mem::take(self))
            }
            Simple::Number(number) if place.path.is_empty() => Some(Simple::Number(*number)),
            Simple::Other => Some(Simple::Other),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Simple<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SimpleVisitor)
    }
}

struct SimpleVisitor;

impl<'de> Visitor<'de> for SimpleVisitor {
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

struct RecordSeed<'k, L> {
    keys: &'k Keys,
    /// The keys that were named with dots.
    paths: Vec<(&'k str, Place<'k>)>,
    look: PhantomData<L>,
}

impl<'de, L: Look<'de>> DeserializeSeed<'de> for RecordSeed<'_, L> {
    type Value = [Option<L::Said>; FIELDS];

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, L: Look<'de>> Visitor<'de> for RecordSeed<'_, L> {
    type Value = [Option<L::Said>; FIELDS];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object with an id, a title or a text")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(A::Error::custom(
            "an array where a JSON object was expected",
        ))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [const { None }; FIELDS];
        let mut ranks = [u8::MAX; FIELDS];
        while let Some(key) = map.next_key_seed(TextSeed)? {
            let whole = self.keys.field(&key).map(|(field, rank)| Place {
                field,
                rank,
                path: "",
            });
            let named = self
                .paths
                .iter()
                .filter(|(first, _)| *first == key)
                .map(|(_, place)| *place);
            let usual = shapes::within(&key)
                .iter()
                .copied()
                .filter(|place| !self.keys.names(place.field));
            let mut value: Option<L> = None;
            for place in whole.into_iter().chain(named).chain(usual) {
                if place.rank >= ranks[place.field as usize] {
                    continue;
                }
                let value = match &mut value {
                    Some(value) => value,
                    none => none.insert(map.next_value()?),
                };
                if let Some(said) = value.say(place) {
                    (found[place.field as usize], ranks[place.field as usize]) =
                        (Some(said), place.rank);
                }
            }
            if value.is_none() {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if ranks[Field::Title as usize] == shapes::NAME_RANK
            && ranks[Field::Published as usize] > shapes::DATED_RANK
        {
            found[Field::Title as usize] = None;
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
        assert_eq!(
            (&*article.id, &*article.title, &*article.text),
            ("7", "H", "B")
        );
        assert_eq!(
            (article.url.as_deref(), article.source.as_deref()),
            (Some("u"), Some("S"))
        );
        assert_eq!(
            (article.published, article.language.as_deref()),
            (Some(Timestamp(1_760_486_400)), Some("ar"))
        );
    }

    #[test]
    fn the_better_key_holds_whatever_the_order() {
        assert_eq!(
            one(r#"{"summary":"s","content_text":"c","id":"1"}"#).text,
            "c"
        );
        assert_eq!(
            one(r#"{"content_text":"c","summary":"s","id":"1"}"#).text,
            "c"
        );
        assert_eq!(one(r#"{"text":"","summary":"s","id":"1"}"#).text, "s");
    }

    #[test]
    fn named_keys_come_first() {
        let keys = Keys {
            title: Some("name".into()),
            ..Keys::default()
        };
        assert_eq!(
            record(r#"{"title":"no","name":"yes"}"#, &keys)
                .unwrap()
                .title,
            "yes"
        );
    }

    #[test]
    fn markup_becomes_text_and_escapes_are_decoded() {
        assert_eq!(
            one(r#"{"id":"1","content_html":"<p>a</p><p>b</p>"}"#).text,
            "a\nb"
        );
        assert_eq!(one(r#"{"id":"1","title":"\u0627\u0644"}"#).title, "ال");
        assert_eq!(
            one(r#"{"title":"cut \ud83d","text":"\ud83d\ude00 \\ud83d \udc00"}"#).title,
            "cut \u{fffd}"
        );
        assert_eq!(
            one(r#"{"text":"\ud83d\ude00 \\ud83d \udc00"}"#).text,
            "😀 \\ud83d \u{fffd}"
        );
    }

    #[test]
    fn plain_strings_are_borrowed() {
        assert!(matches!(
            one(r#"{"id":"1","title":"t"}"#).title,
            Cow::Borrowed("t")
        ));
    }

    #[test]
    fn an_item_without_an_id_is_named_by_its_content() {
        let (a, b) = (one(r#"{"title":"t"}"#), one(r#"{"url":null,"title":"t"}"#));
        assert_eq!(a.id, b.id);
        assert_ne!(a.id, one(r#"{"title":"u"}"#).id);
    }

    #[test]
    fn a_list_in_a_line_has_its_source_from_the_object_around() {
        let text = r#"{"name":"Quay","messages":[{"id":1,"text":"The ferry sails"}]}
{"name":"Pier","messages":[{"id":2,"text":"The bridge opens"}]}"#;
        let (found, skipped) = lines("f", &[text], &Keys::default()).unwrap();
        assert_eq!(
            found
                .iter()
                .map(|one| one.source.as_deref())
                .collect::<Vec<_>>(),
            [Some("Quay"), Some("Pier")]
        );
        assert!(skipped.is_empty());
    }

    #[test]
    fn lines_are_numbered_across_pieces() {
        let line = |at: usize| {
            if at.is_multiple_of(7) {
                String::new()
            } else {
                format!(" {{\"id\":\"{at}\"}}")
            }
        };
        let text: String = (1..=200_000).map(|at| line(at) + "\r\n").collect();
        let expected: Vec<(usize, String)> = (1..=200_000)
            .map(|at| (at, line(at).trim().to_owned()))
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let pieces: Vec<&str> = pieces(text.as_bytes())
            .into_iter()
            .map(|piece| str::from_utf8(piece).unwrap())
            .collect();
        let (found, numbers) = (lines_of(&pieces), Lines::of(&pieces));
        assert!(pieces.len() > 2);
        let found = found
            .into_iter()
            .flatten()
            .map(|line| (numbers.of_part(line), line));
        assert!(found.eq(expected.iter().map(|(at, line)| (*at, &**line))));
    }

    #[test]
    fn bad_lines_are_named_and_skipped() {
        let text = "{\"id\":\"1\",\"title\":\"a\"}\n\nnot json\n[1]\n{\"x\":1}\n{\"id\":\"2\",\"title\":\"b\"}";
        let (articles, skipped) = lines("f", &[text], &Keys::default()).unwrap();
        assert_eq!(
            articles.iter().map(|a| &*a.id).collect::<Vec<_>>(),
            ["1", "2"]
        );
        assert_eq!(
            skipped.iter().map(|s| s.line).collect::<Vec<_>>(),
            [3, 4, 5]
        );
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
            items
                .into_iter()
                .map(|item| item.feed.map(String::from))
                .collect::<Vec<_>>()
        };
        let [a, b] =
            ["https://a.example/feed.json", "https://b.example/"].map(|url| Some(url.to_owned()));
        let head =
            r#""home_page_url":"https://a.example/","feed_url":"https://a.example/feed.json","#;
        assert_eq!(feed(head), [a, b.clone()]);
        assert_eq!(feed(""), [None, b]);
    }

    fn ids(text: &str) -> (Vec<String>, usize) {
        let (articles, skipped) = document("f", text, &Keys::default()).unwrap();
        (
            articles.iter().map(|item| item.id.to_string()).collect(),
            skipped.len(),
        )
    }

    #[test]
    fn arrays_and_answers_of_services_give_their_records() {
        let two = (vec!["1".to_owned(), "2".to_owned()], 0);
        assert_eq!(ids(r#"[{"id":1,"title":"a"},{"id":2,"title":"b"}]"#), two);
        assert_eq!(
            ids(r#"{"status":"ok","articles":[{"id":1,"title":"a"},{"id":2,"title":"b"}]}"#),
            two
        );
        assert_eq!(ids("{\n\"id\":1}\n{\n\"id\":2}"), two);
        assert_eq!(
            ids(
                r#"{"response":{"status":"ok","docs":[{"id":1,"title":"a"},{"id":2,"title":"b"}]}}"#
            ),
            two
        );
        assert_eq!(
            ids(r#"{"id":1,"title":"a","data":[3]}"#),
            (vec!["1".to_owned()], 0)
        );
        assert_eq!(
            ids(r#"{"id":1,"title":"a","data":{"items":[{"id":2}]}}"#),
            (vec!["1".to_owned()], 0)
        );
        assert_eq!(
            ids(&format!(
                "{}{{}}{}",
                "{\"data\":".repeat(90_000),
                "}".repeat(90_000)
            )),
            (Vec::new(), 1)
        );
    }

    #[test]
    fn what_is_wrapped_in_an_object_is_taken_out() {
        let article = one(
            r#"{"id":1,"title":{"rendered":"Bridge &amp; tunnel"},"content":{"rendered":"<p>Both open.</p>"}}"#,
        );
        assert_eq!(
            (&*article.title, &*article.text),
            ("Bridge & tunnel", "Both open.")
        );
        assert_eq!(
            one(r#"{"id":1,"headline":{"main":"A","kicker":null}}"#).title,
            "A"
        );
    }

    #[test]
    fn fields_are_found_where_services_put_them() {
        let reader = one(
            r#"{"id":"tag:1","title":"A","published":1760571936,"crawlTimeMsec":"1760571936000","summary":{"content":"<p>B</p>"},
            "canonical":[{"href":"https://a.example/1"}],"origin":{"streamId":"feed/1","title":"Quay"}}"#,
        );
        assert_eq!(
            (&*reader.text, reader.published),
            ("B", Some(Timestamp(1_760_571_936)))
        );
        assert_eq!(
            (reader.url.as_deref(), reader.source.as_deref()),
            (Some("https://a.example/1"), Some("Quay"))
        );
        let hit = one(r#"{"_id":"h1","_index":"n","_source":{"id":"x","title":"A","body":"B"}}"#);
        assert_eq!(
            (&*hit.id, &*hit.title, &*hit.text, &hit.source),
            ("h1", "A", "B", &None)
        );
        let webz = one(r#"{"uuid":"w","thread":{"title":"T","site":"a.example"},"title":"A"}"#);
        assert_eq!(
            (&*webz.title, webz.source.as_deref()),
            ("A", Some("a.example"))
        );
        let bing =
            one(r#"{"name":"A","url":"u","datePublished":"2025-10-15","provider":[{"name":"P"}]}"#);
        assert_eq!((&*bing.title, bing.source.as_deref()), ("A", Some("P")));
        // A name without a date of publication is anybody's.
        assert_eq!(one(r#"{"id":1,"name":"A","text":"B"}"#).title, "");
        let reddit = one(
            r#"{"kind":"t3","data":{"id":"r","title":"A","selftext":"B","created_utc":1760571936.0}}"#,
        );
        assert_eq!(
            (&*reddit.text, reddit.published),
            ("B", Some(Timestamp(1_760_571_936)))
        );
        let blur = one(
            r#"{"story_hash":"1:a","story_title":"A","story_content":"<p>B</p>","story_permalink":"u"}"#,
        );
        assert_eq!(
            (&*blur.id, &*blur.title, &*blur.text, blur.url.as_deref()),
            ("1:a", "A", "B", Some("u"))
        );
        let mongo =
            one(r#"{"_id":{"$oid":"m"},"title":"A","date":{"$date":"2025-10-15T00:00:00Z"}}"#);
        assert_eq!(
            (&*mongo.id, mongo.published),
            ("m", Some(Timestamp(1_760_486_400)))
        );
    }

    #[test]
    fn lists_are_paragraphs_or_runs_of_one_text() {
        let paragraphs = one(r#"{"id":1,"title":["A"],"text":["One. ","","Two."]}"#);
        assert_eq!(
            (&*paragraphs.title, &*paragraphs.text),
            ("A", "One.\n\nTwo.")
        );
        assert_eq!(
            one(r#"{"id":1,"text":["see ",{"type":"link","text":"a.example"}," now"]}"#).text,
            "see a.example now"
        );
        assert_eq!(
            one(r#"{"id":1,"content":[{"type":"p","text":"One."},{"type":"p","text":"Two."}]}"#)
                .text,
            "One.\n\nTwo."
        );
        assert_eq!(
            one(r#"{"id":1,"title":"A","text":[],"summary":"S"}"#).text,
            "S"
        );
    }

    #[test]
    fn a_key_with_dots_leads_into_objects() {
        let (title, text) = (
            Some("article.title".to_owned()),
            Some("article.parts.text".to_owned()),
        );
        let keys = Keys {
            title,
            text,
            ..Keys::default()
        };
        let found = record(
            r#"{"id":1,"title":"no","article":{"title":"A","parts":[{"text":"B"},{"text":"C"}]}}"#,
            &keys,
        );
        assert_eq!(
            found.map(|item| (item.title, item.text)),
            Ok(("A".into(), "B\n\nC".into()))
        );
        // A key that has the dots itself is meant first.
        assert_eq!(
            record(r#"{"id":1,"article.title":"A"}"#, &keys)
                .unwrap()
                .title,
            "A"
        );
        let misspelt = Keys {
            title: Some("article.titel".to_owned()),
            ..Keys::default()
        };
        let told = lines("f", &[r#"{"id":1,"article":{"title":"A"}}"#], &misspelt)
            .unwrap_err()
            .to_string();
        assert!(told.contains("did you mean \"article.title\"?"), "{told}");
        let inner = Keys {
            title: Some("heading".to_owned()),
            ..Keys::default()
        };
        let hit = r#"{"_id":"1","_source":{"heading":"A"}}"#;
        assert_eq!(lines("f", &[hit], &inner).unwrap().0[0].title, "A");
    }

    #[test]
    fn who_joined_a_channel_is_no_item() {
        let text = r#"{"name":"Quay","type":"public_channel","messages":[
            {"id":1,"type":"service","action":"create_channel","title":"Quay","text":""},
            {"id":2,"type":"message","date":"2025-10-15T02:45:36","date_unixtime":"1760571936","text":"Ferry back"}]}"#;
        let (items, _) = document("f", text, &Keys::default()).unwrap();
        assert_eq!(
            items.iter().map(|item| &*item.id).collect::<Vec<_>>(),
            ["2"]
        );
        assert_eq!(
            (items[0].source.as_deref(), items[0].published),
            (Some("Quay"), Some(Timestamp(1_760_571_936)))
        );
    }

    #[test]
    fn an_array_that_breaks_off_keeps_its_whole_records() {
        assert_eq!(
            ids(r#"[{"id":1,"title":"a"},{"id":2,"ti"#),
            (vec!["1".to_owned()], 1)
        );
        assert_eq!(
            ids(r#"{"items":[{"id":1},{"id":2,"#),
            (vec!["1".to_owned()], 1)
        );
        assert!(
            document("f", "[nothing", &Keys::default())
                .unwrap_err()
                .to_string()
                .contains('f')
        );
    }

    #[test]
    fn a_bad_record_of_an_array_is_named_by_its_line() {
        let (articles, skipped) =
            document("f", "[\n{\"id\":1},\n7,\n{\"id\":2}]", &Keys::default()).unwrap();
        assert_eq!((articles.len(), skipped[0].line), (2, 3));
    }
}
