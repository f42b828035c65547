//! JSON records to articles: JSON Lines, JSON Feed, arrays and answers of news services.
//!
//! Input: JSON text. Output: an article per record, with the record as written; strings without
//! escapes are borrowed. Cost: linear in the text; records are parsed in parallel.

use std::borrow::Cow;
use std::cell::OnceCell;

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::json_record::{Envelopes, MAX_NESTING, record, walk_keys};
use super::record_lists::{self, RecordList};
use super::{FieldNames, Format, ReadError, RejectCause, RejectedRecord};
use crate::article::Article;

/// The items of a text, and the rejected records.
type Found<'a> = (Vec<Article<'a>>, Vec<RejectedRecord>);

/// Number of records in which a named key is searched.
const KEYS_SAMPLE: usize = 1000;

/// The articles of JSON Lines, in pieces of whole lines. Blank lines are skipped.
pub(super) fn lines<'a>(
    name: &str,
    pieces: &[&'a str],
    field_names: &FieldNames,
) -> Result<Found<'a>, ReadError> {
    let lines = lines_of(pieces);
    field_names.require_found(name, || keys_of(lines.iter().flatten().copied()))?;
    Ok(records(name, &LineIndex::new(pieces), &lines, field_names))
}

/// The articles of a block of lines of a longer input. The block need not have the named fields.
pub(super) fn some_lines<'a>(
    name: &str,
    pieces: &[&'a str],
    field_names: &FieldNames,
) -> Found<'a> {
    let index = LineIndex::new(pieces);
    records(name, &index, &lines_of(pieces), field_names)
}

/// Number of bytes of a piece: a thread decodes a piece and splits it into lines.
const PIECE_BYTES: usize = 1 << 20;

/// Splits bytes into pieces of whole lines.
pub(super) fn pieces(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some(end) = bytes
        .get(PIECE_BYTES..)
        .and_then(|rest| memchr(b'\n', rest))
    {
        let (piece, rest) = bytes.split_at(PIECE_BYTES + end + 1);
        pieces.push(piece);
        bytes = rest;
    }
    pieces.push(bytes);
    pieces
}

/// Whether a text is JSON Lines although the first line is not a whole object: at least half of the
/// first lines are whole objects.
pub(super) fn looks_like_lines(text: &str) -> bool {
    const SAMPLE_LINES: usize = 64;
    let (mut lines, mut objects) = (0, 0);
    let nonblank = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in nonblank.take(SAMPLE_LINES) {
        lines += 1;
        objects += usize::from(line.starts_with('{') && is_whole(line));
    }
    objects > 0 && 2 * objects >= lines
}

/// Whether a text is an object with lists of records.
pub(super) fn holds_records(text: &str, field_names: &FieldNames) -> bool {
    record_lists::in_object(text, field_names).is_some()
}

/// Whether a text is a single JSON value.
pub(super) fn is_whole(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Whether a text is a sequence of JSON values.
pub(super) fn are_values(text: &str) -> bool {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.all(|value| value.is_ok())
}

/// The lines of each piece, without blank lines.
fn lines_of<'t>(pieces: &[&'t str]) -> Vec<Vec<&'t str>> {
    pieces
        .par_iter()
        .map(|piece| nonblank_lines(piece))
        .collect()
}

fn nonblank_lines(piece: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    for end in memchr_iter(b'\n', piece.as_bytes()).chain([piece.len()]) {
        let line = piece[start..end].trim();
        start = end;
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// The records of several lists, numbered through.
struct NumberedLine<'l, 'a> {
    lists: &'l [Vec<&'a str>],
    /// The number of the first record of each list.
    starts: Vec<usize>,
    count: usize,
}

impl<'l, 'a> NumberedLine<'l, 'a> {
    fn new(lists: &'l [Vec<&'a str>]) -> Self {
        let mut count = 0;
        let mut starts = Vec::with_capacity(lists.len());
        for list in lists {
            starts.push(count);
            count += list.len();
        }
        NumberedLine {
            lists,
            starts,
            count,
        }
    }

    fn get(&self, at: usize) -> &'a str {
        let list = self.starts.partition_point(|&start| start <= at) - 1;
        self.lists[list][at - self.starts[list]]
    }
}

/// The articles of records in lists. The lists are parts of a text with the given lines.
///
/// A record without content but with a list of records, as in the answer of a service, is replaced
/// by the records of the list.
fn records<'a>(
    name: &str,
    lines: &LineIndex<'_>,
    lists: &[Vec<&'a str>],
    field_names: &FieldNames,
) -> Found<'a> {
    let records = NumberedLine::new(lists);
    // One allocation of known size: the items of a large input are not in memory twice. A record
    // that is not an item is an article without an id until `merge`.
    let mut articles: Vec<Article<'a>> = (0..records.count)
        .into_par_iter()
        .map(|at| record(records.get(at), field_names).unwrap_or_default())
        .collect();
    let others = not_items(&records, &articles, field_names);
    if others.is_empty() {
        return (articles, Vec::new());
    }
    let mut found = Collector {
        name,
        lines,
        field_names,
        is_single: records.count == 1,
        articles: Vec::new(),
        rejected: Vec::new(),
    };
    if others.iter().all(|(_, other)| other.is_rejected()) {
        articles.retain(|article| !article.id.is_empty());
        found.articles = articles;
        for (_, other) in others {
            found.add(other);
        }
    } else {
        found.merge(articles, others);
    }
    (found.articles, found.rejected)
}

/// A record that is not an item.
enum NotItem<'a> {
    /// A rejected record.
    Rejected(&'a str, RejectCause),
    /// A record with lists of records.
    Lists(Vec<RecordList<'a>>),
}

impl<'a> NotItem<'a> {
    /// Classifies a record without content; `None` if the record is an item by id.
    fn of(text: &'a str, field_names: &FieldNames) -> Option<Self> {
        if let Some(lists) = record_lists::in_object(text, field_names) {
            return Some(NotItem::Lists(lists));
        }
        let cause = record(text, field_names).err()?;
        Some(NotItem::Rejected(text, cause))
    }

    fn is_rejected(&self) -> bool {
        matches!(self, NotItem::Rejected(..))
    }
}

/// The records that are not items, ascending by number.
fn not_items<'a>(
    records: &NumberedLine<'_, 'a>,
    articles: &[Article<'a>],
    field_names: &FieldNames,
) -> Vec<(usize, NotItem<'a>)> {
    articles
        .par_iter()
        .enumerate()
        .filter(|(_, article)| article.title.is_empty() && article.text.is_empty())
        .filter_map(|(at, _)| Some((at, NotItem::of(records.get(at), field_names)?)))
        .collect()
}

/// Collects items and rejected records in the order of the text.
struct Collector<'c, 'a> {
    name: &'c str,
    lines: &'c LineIndex<'c>,
    field_names: &'c FieldNames,
    /// Whether the text has one record.
    is_single: bool,
    articles: Vec<Article<'a>>,
    rejected: Vec<RejectedRecord>,
}

impl<'a> Collector<'_, 'a> {
    /// Adds the articles, and the records that are not items in their places.
    fn merge(&mut self, articles: Vec<Article<'a>>, others: Vec<(usize, NotItem<'a>)>) {
        let mut others = others.into_iter().peekable();
        for (at, article) in articles.into_iter().enumerate() {
            match others.next_if(|(place, _)| *place == at) {
                None => self.articles.push(article),
                Some((_, other)) => self.add(other),
            }
        }
    }

    fn add(&mut self, other: NotItem<'a>) {
        match other {
            NotItem::Rejected(text, cause) if self.is_single => {
                let paths = record_lists::paths([text].into_iter());
                let cause = if paths.is_empty() {
                    cause
                } else {
                    RejectCause::UnknownLists { paths }
                };
                self.reject(text, cause);
            }
            NotItem::Rejected(text, cause) => self.reject(text, cause),
            NotItem::Lists(lists) => {
                for list in &lists {
                    self.add_list(list);
                }
            }
        }
    }

    fn add_list(&mut self, list: &RecordList<'a>) {
        for value in &list.records {
            match record(value.get(), self.field_names) {
                Ok(article) => self.articles.push(with_defaults(article, list)),
                Err(cause) => self.reject(value.get(), cause),
            }
        }
    }

    fn reject(&mut self, text: &str, cause: RejectCause) {
        self.rejected.push(RejectedRecord {
            source: self.name.to_owned(),
            line: self.lines.line_of(text),
            cause,
        });
    }
}

/// The distinct keys of the first records, and the paths of keys in nested objects.
fn keys_of<'a>(records: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    for record in records.take(KEYS_SAMPLE) {
        walk_keys(
            record,
            "",
            MAX_NESTING,
            Envelopes::Flatten,
            &mut |path, _| {
                found.push(path.to_owned());
            },
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The articles of JSON text: an array of records, an object with an array (JSON Feed, the answer
/// of a news service), or a sequence of records.
pub(super) fn document<'a>(
    name: &str,
    text: &'a str,
    field_names: &FieldNames,
) -> Result<Found<'a>, ReadError> {
    let (values, error) = values(text);
    let lists = record_lists::of(name, &values, field_names)?;
    field_names.require_found(name, || keys_of(lists.iter().flat_map(RecordList::texts)))?;
    let pieces = [text];
    let lines = LineIndex::new(&pieces);
    let (mut articles, mut rejected) = (Vec::new(), Vec::new());
    for list in &lists {
        let texts = [list.texts().collect()];
        let (found, unread) = records(name, &lines, &texts, field_names);
        let found = found
            .into_iter()
            .map(|article| with_defaults(article, list));
        articles.extend(found);
        rejected.extend(unread);
    }
    if let Some(error) = error {
        if articles.is_empty() && rejected.is_empty() {
            return Err(ReadError::malformed(name, Format::Json, error));
        }
        rejected.push(RejectedRecord {
            source: name.to_owned(),
            line: error.line(),
            cause: error.into(),
        });
    }
    Ok((articles, rejected))
}

/// The article, with missing language, outlet and feed address from the object around the list.
fn with_defaults<'a>(mut article: Article<'a>, list: &RecordList<'_>) -> Article<'a> {
    fn or<'a>(own: Option<Cow<'a, str>>, default: &Option<String>) -> Option<Cow<'a, str>> {
        own.or_else(|| default.clone().map(Cow::Owned))
    }
    article.language = or(article.language.take(), &list.language);
    article.source = match exported_source(&article.record) {
        Some(source) => source,
        None => or(article.source.take(), &list.source),
    };
    article.feed = or(article.feed.take(), &list.feed);
    article
}

/// The outlet of an item of a feed written by `qissa`; `Some(None)` if the item has no outlet. JSON
/// Feed has no field for the outlet, so the outlet is in an extension.
fn exported_source(record: &str) -> Option<Option<Cow<'static, str>>> {
    if !record.contains("\"_qissa\"") {
        return None;
    }
    let record: serde_json::Value = serde_json::from_str(record).ok()?;
    let source = record.get("_qissa")?.get("source");
    let source = source.and_then(serde_json::Value::as_str);
    Some(source.map(|source| source.to_owned().into()))
}

/// The values of a sequence up to the first error; of a truncated array, the whole elements.
fn values(text: &str) -> (Vec<&RawValue>, Option<serde_json::Error>) {
    let mut values = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
        match value {
            Ok(value) => values.push(value),
            Err(error) if values.is_empty() => return (items_before_error(text), Some(error)),
            Err(error) => return (values, Some(error)),
        }
    }
    (values, None)
}

/// The whole items of the first array of a truncated text.
fn items_before_error(text: &str) -> Vec<&RawValue> {
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

/// Line numbers of parts of a text. The text is in pieces that are contiguous in memory. Line ends
/// are searched at the first use.
struct LineIndex<'p> {
    pieces: &'p [&'p str],
    /// The addresses of the line ends.
    ends: OnceCell<Vec<usize>>,
}

impl<'p> LineIndex<'p> {
    fn new(pieces: &'p [&'p str]) -> Self {
        LineIndex {
            pieces,
            ends: OnceCell::new(),
        }
    }

    /// The line number, from 1, of the start of a part of the text.
    fn line_of(&self, part: &str) -> usize {
        let ends = self.ends.get_or_init(|| self.line_ends());
        ends.partition_point(|&end| end < part.as_ptr() as usize) + 1
    }

    fn line_ends(&self) -> Vec<usize> {
        let mut ends = Vec::new();
        for piece in self.pieces {
            let start = piece.as_ptr() as usize;
            ends.extend(memchr_iter(b'\n', piece.as_bytes()).map(|end| start + end));
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Timestamp;

    fn article_of(json: &str) -> Article<'_> {
        record(json, &FieldNames::default()).unwrap()
    }

    #[test]
    fn known_keys_are_read() {
        let article = article_of(
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
    fn the_lowest_rank_wins_in_any_order() {
        assert_eq!(
            article_of(r#"{"summary":"s","content_text":"c","id":"1"}"#).text,
            "c"
        );
        assert_eq!(
            article_of(r#"{"content_text":"c","summary":"s","id":"1"}"#).text,
            "c"
        );
        assert_eq!(
            article_of(r#"{"text":"","summary":"s","id":"1"}"#).text,
            "s"
        );
    }

    #[test]
    fn named_keys_precede_known_keys() {
        let field_names = FieldNames {
            title: Some("name".into()),
            ..FieldNames::default()
        };
        assert_eq!(
            record(r#"{"title":"no","name":"yes"}"#, &field_names)
                .unwrap()
                .title,
            "yes"
        );
    }

    #[test]
    fn markup_is_removed_and_escapes_are_decoded() {
        assert_eq!(
            article_of(r#"{"id":"1","content_html":"<p>a</p><p>b</p>"}"#).text,
            "a\nb"
        );
        assert_eq!(
            article_of(r#"{"id":"1","title":"\u0627\u0644"}"#).title,
            "ال"
        );
        assert_eq!(
            article_of(r#"{"title":"cut \ud83d","text":"\ud83d\ude00 \\ud83d \udc00"}"#).title,
            "cut \u{fffd}"
        );
        assert_eq!(
            article_of(r#"{"text":"\ud83d\ude00 \\ud83d \udc00"}"#).text,
            "😀 \\ud83d \u{fffd}"
        );
    }

    #[test]
    fn plain_strings_are_borrowed() {
        assert!(matches!(
            article_of(r#"{"id":"1","title":"t"}"#).title,
            Cow::Borrowed("t")
        ));
    }

    #[test]
    fn items_without_an_id_get_a_content_id() {
        let (a, b) = (
            article_of(r#"{"title":"t"}"#),
            article_of(r#"{"url":null,"title":"t"}"#),
        );
        assert_eq!(a.id, b.id);
        assert_ne!(a.id, article_of(r#"{"title":"u"}"#).id);
    }

    #[test]
    fn lists_in_lines_take_the_source_of_their_object() {
        let text = r#"{"name":"Quay","messages":[{"id":1,"text":"The ferry sails"}]}
{"name":"Pier","messages":[{"id":2,"text":"The bridge opens"}]}"#;
        let (found, rejected) = lines("f", &[text], &FieldNames::default()).unwrap();
        assert_eq!(
            found
                .iter()
                .map(|article| article.source.as_deref())
                .collect::<Vec<_>>(),
            [Some("Quay"), Some("Pier")]
        );
        assert!(rejected.is_empty());
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
        let (found, numbers) = (lines_of(&pieces), LineIndex::new(&pieces));
        assert!(pieces.len() > 2);
        let found = found
            .into_iter()
            .flatten()
            .map(|line| (numbers.line_of(line), line));
        assert!(found.eq(expected.iter().map(|(at, line)| (*at, &**line))));
    }

    #[test]
    fn invalid_lines_are_rejected() {
        let text = "{\"id\":\"1\",\"title\":\"a\"}\n\nnot json\n[1]\n{\"x\":1}\n{\"id\":\"2\",\"title\":\"b\"}";
        let (articles, rejected) = lines("f", &[text], &FieldNames::default()).unwrap();
        assert_eq!(
            articles.iter().map(|a| &*a.id).collect::<Vec<_>>(),
            ["1", "2"]
        );
        assert_eq!(
            rejected.iter().map(|s| s.line).collect::<Vec<_>>(),
            [3, 4, 5]
        );
        assert_eq!(rejected[2].cause, RejectCause::NoContent);
    }

    #[test]
    fn json_feeds_give_their_items() {
        let text = r#"{"version":"https://jsonfeed.org/version/1.1","title":"F","language":"en",
            "items":[{"id":"1","content_text":"x"},{"id":"2","language":"ar","title":"y"}]}"#;
        let items = document("f", text, &FieldNames::default()).unwrap().0;
        assert_eq!(items[0].language.as_deref(), Some("en"));
        assert_eq!(items[1].language.as_deref(), Some("ar"));
        assert_eq!(items[1].source.as_deref(), Some("F"));
    }

    #[test]
    fn items_have_the_address_of_their_feed() {
        let feed = |head: &str| {
            let text = format!(
                r#"{{"version":"https://jsonfeed.org/version/1.1",{head}"items":[
                {{"id":"1","title":"x"}},{{"id":"2","title":"y","feed_url":"https://b.example/"}}]}}"#
            );
            let items = document("f", &text, &FieldNames::default()).unwrap().0;
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
        let (articles, rejected) = document("f", text, &FieldNames::default()).unwrap();
        (
            articles.iter().map(|item| item.id.to_string()).collect(),
            rejected.len(),
        )
    }

    #[test]
    fn arrays_and_service_answers_give_their_records() {
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
    fn values_in_objects_are_read() {
        let article = article_of(
            r#"{"id":1,"title":{"rendered":"Bridge &amp; tunnel"},"content":{"rendered":"<p>Both open.</p>"}}"#,
        );
        assert_eq!(
            (&*article.title, &*article.text),
            ("Bridge & tunnel", "Both open.")
        );
        assert_eq!(
            article_of(r#"{"id":1,"headline":{"main":"A","kicker":null}}"#).title,
            "A"
        );
    }

    #[test]
    fn fields_of_services_are_read() {
        let reader = article_of(
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
        let hit =
            article_of(r#"{"_id":"h1","_index":"n","_source":{"id":"x","title":"A","body":"B"}}"#);
        assert_eq!(
            (&*hit.id, &*hit.title, &*hit.text, &hit.source),
            ("h1", "A", "B", &None)
        );
        let webz =
            article_of(r#"{"uuid":"w","thread":{"title":"T","site":"a.example"},"title":"A"}"#);
        assert_eq!(
            (&*webz.title, webz.source.as_deref()),
            ("A", Some("a.example"))
        );
        let bing = article_of(
            r#"{"name":"A","url":"u","datePublished":"2025-10-15","provider":[{"name":"P"}]}"#,
        );
        assert_eq!((&*bing.title, bing.source.as_deref()), ("A", Some("P")));
        // A name without a date of publication is no title.
        assert_eq!(article_of(r#"{"id":1,"name":"A","text":"B"}"#).title, "");
        let reddit = article_of(
            r#"{"kind":"t3","data":{"id":"r","title":"A","selftext":"B","created_utc":1760571936.0}}"#,
        );
        assert_eq!(
            (&*reddit.text, reddit.published),
            ("B", Some(Timestamp(1_760_571_936)))
        );
        let blur = article_of(
            r#"{"story_hash":"1:a","story_title":"A","story_content":"<p>B</p>","story_permalink":"u"}"#,
        );
        assert_eq!(
            (&*blur.id, &*blur.title, &*blur.text, blur.url.as_deref()),
            ("1:a", "A", "B", Some("u"))
        );
        let mongo = article_of(
            r#"{"_id":{"$oid":"m"},"title":"A","date":{"$date":"2025-10-15T00:00:00Z"}}"#,
        );
        assert_eq!(
            (&*mongo.id, mongo.published),
            ("m", Some(Timestamp(1_760_486_400)))
        );
    }

    #[test]
    fn lists_are_paragraphs_or_runs() {
        let paragraphs = article_of(r#"{"id":1,"title":["A"],"text":["One. ","","Two."]}"#);
        assert_eq!(
            (&*paragraphs.title, &*paragraphs.text),
            ("A", "One.\n\nTwo.")
        );
        assert_eq!(
            article_of(r#"{"id":1,"text":["see ",{"type":"link","text":"a.example"}," now"]}"#)
                .text,
            "see a.example now"
        );
        assert_eq!(
            article_of(
                r#"{"id":1,"content":[{"type":"p","text":"One."},{"type":"p","text":"Two."}]}"#
            )
            .text,
            "One.\n\nTwo."
        );
        assert_eq!(
            article_of(r#"{"id":1,"title":"A","text":[],"summary":"S"}"#).text,
            "S"
        );
    }

    #[test]
    fn keys_with_dots_are_paths() {
        let (title, text) = (
            Some("article.title".to_owned()),
            Some("article.parts.text".to_owned()),
        );
        let field_names = FieldNames {
            title,
            text,
            ..FieldNames::default()
        };
        let found = record(
            r#"{"id":1,"title":"no","article":{"title":"A","parts":[{"text":"B"},{"text":"C"}]}}"#,
            &field_names,
        );
        assert_eq!(
            found.map(|item| (item.title, item.text)),
            Ok(("A".into(), "B\n\nC".into()))
        );
        // A key with dots in it precedes a path.
        assert_eq!(
            record(r#"{"id":1,"article.title":"A"}"#, &field_names)
                .unwrap()
                .title,
            "A"
        );
        let misspelt = FieldNames {
            title: Some("article.titel".to_owned()),
            ..FieldNames::default()
        };
        let message = lines("f", &[r#"{"id":1,"article":{"title":"A"}}"#], &misspelt)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("did you mean \"article.title\"?"),
            "{message}"
        );
        let inner = FieldNames {
            title: Some("heading".to_owned()),
            ..FieldNames::default()
        };
        let hit = r#"{"_id":"1","_source":{"heading":"A"}}"#;
        assert_eq!(lines("f", &[hit], &inner).unwrap().0[0].title, "A");
    }

    #[test]
    fn service_messages_are_no_items() {
        let text = r#"{"name":"Quay","type":"public_channel","messages":[
            {"id":1,"type":"service","action":"create_channel","title":"Quay","text":""},
            {"id":2,"type":"message","date":"2025-10-15T02:45:36","date_unixtime":"1760571936","text":"Ferry back"}]}"#;
        let (items, _) = document("f", text, &FieldNames::default()).unwrap();
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
    fn truncated_arrays_keep_their_whole_records() {
        assert_eq!(
            ids(r#"[{"id":1,"title":"a"},{"id":2,"ti"#),
            (vec!["1".to_owned()], 1)
        );
        assert_eq!(
            ids(r#"{"items":[{"id":1},{"id":2,"#),
            (vec!["1".to_owned()], 1)
        );
        assert!(
            document("f", "[nothing", &FieldNames::default())
                .unwrap_err()
                .to_string()
                .contains('f')
        );
    }

    #[test]
    fn rejected_records_of_arrays_have_line_numbers() {
        let (articles, rejected) = document(
            "f",
            "[\n{\"id\":1},\n7,\n{\"id\":2}]",
            &FieldNames::default(),
        )
        .unwrap();
        assert_eq!((articles.len(), rejected[0].line), (2, 3));
    }
}
