//! Bytes to articles.
//!
//! Input: files, folders, archives, standard input or bytes. Output: [`Article`]s, with every
//! rejected input and record. Cost: linear in the bytes; JSON Lines are parsed in parallel and
//! borrow from the file.
//!
//! [`Corpus`] reads paths, [`read`] one [`Source`]. Compression, character set and format are
//! detected from the content. A record that cannot be read is rejected, and reading goes on.
//!
//! | Module | Task |
//! | --- | --- |
//! | `corpus`, `options`, `folder`, `stream`, `source` | which inputs there are, and their bytes |
//! | `archive`, `unpack_limits`, `charset`, `detect` | bytes to text, text to format |
//! | `json`, `json_record`, `table`, `parquet`, `feed`, `webpage`, `warc`, `scraped_page` | text to articles |
//! | `field_names`, `service_schemas`, `record_lists`, `column_map` | which field is where |
//! | `markup`, `xml`, `date` | parts of the formats |

mod archive;
mod charset;
mod column_map;
mod constraints;
mod corpus;
mod date;
mod detect;
mod error;
mod feed;
mod field_names;
mod folder;
mod item;
mod json;
mod json_record;
pub(crate) mod markup;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod record_lists;
mod scraped_page;
mod service_schemas;
mod source;
mod stream;
mod table;
mod unpack_limits;
mod warc;
mod webpage;
mod xml;

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use documented::DocumentedVariants;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use simdutf8::basic::from_utf8;
use xxhash_rust::xxh3::Xxh3;

use crate::article::{Article, Timestamp};
use crate::identity::without_counters;

pub use archive::unpack;
pub use column_map::ColumnMap;
pub use constraints::{ConstraintsError, constraints};
pub use corpus::{Corpus, Items, Loaded, Warning};
pub use date::parse_date;
pub use detect::detect;
pub use error::{
    BoxError, Hint, NoItemsCause, ReadError, ReadErrorKind, RejectCause, RejectedRecord,
    Suggestion, WarcError,
};
pub use field_names::FieldNames;
pub use folder::{Input, Inputs, expand};
pub(crate) use item::{Attachment, FeedFields};
pub(crate) use json_record::Object;
pub use options::ReadOptions;
pub use source::Source;
pub use stream::Chunk;
pub use unpack_limits::{ExceededLimit, UnpackLimits};

/// The formats of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, DocumentedVariants, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// One JSON object per line.
    Jsonl,
    /// A JSON Feed, an array of records, or an object with an array of records.
    ///
    /// Also records one after another.
    Json,
    /// Comma-, tab-, semicolon- or bar-separated values.
    ///
    /// The first line names the columns.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// RSS, RDF, Atom, CDF or a news sitemap.
    Feed,
    /// A web page.
    ///
    /// It gives one article.
    Html,
    /// The text of a scraped news page.
    ///
    /// It gives an article, articles under "read also", and titles under "similar articles".
    Page,
    /// One title per line.
    Lines,
    /// The pages of a web archive.
    ///
    /// The format of the archive is WARC.
    Warc,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 9] = [
        Format::Jsonl,
        Format::Json,
        Format::Csv,
        Format::Parquet,
        Format::Feed,
        Format::Html,
        Format::Page,
        Format::Lines,
        Format::Warc,
    ];

    /// The name of the format in options and data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::Jsonl => "jsonl",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Parquet => "parquet",
            Format::Feed => "feed",
            Format::Html => "html",
            Format::Page => "page",
            Format::Lines => "lines",
            Format::Warc => "warc",
        }
    }

    /// The first line of the documentation, without a full stop.
    #[must_use]
    pub fn summary(self) -> &'static str {
        let docs = self.get_variant_docs();
        let (line, _) = docs.split_once('\n').unwrap_or((docs, ""));
        line.trim_end_matches('.')
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Jsonl => "JSON Lines file",
            Format::Json => "JSON text",
            Format::Csv => "table",
            Format::Parquet => "Parquet file",
            Format::Feed => "feed",
            Format::Html => "web page",
            Format::Page => "scraped news page",
            Format::Lines => "list of titles",
            Format::Warc => "web archive",
        })
    }
}

/// What one input gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The format that the input was parsed as.
    pub format: Format,
    /// The items, in the order of the input.
    pub articles: Vec<Article<'a>>,
    /// The records that were not read.
    pub rejected: Vec<RejectedRecord>,
    /// Ids that several items of a feed have, so they identify none of them.
    pub shared_ids: Vec<SharedId>,
    /// The number of items dated after tomorrow, which count as undated.
    pub undated: usize,
}

impl<'a> Reading<'a> {
    fn new(format: Format, (articles, rejected): (Vec<Article<'a>>, Vec<RejectedRecord>)) -> Self {
        Reading {
            format,
            articles,
            rejected,
            shared_ids: Vec::new(),
            undated: 0,
        }
    }
}

/// An id that several items of a feed have. Their links or contents identify them instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedId {
    /// The title of the feed; empty if it has none.
    pub feed: String,
    /// The id.
    pub id: String,
    /// The number of items with the id.
    pub items: usize,
}

impl fmt::Display for SharedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SharedId { feed, id, items } = self;
        let feed = if feed.is_empty() {
            "one feed".to_owned()
        } else {
            format!("the feed {feed:?}")
        };
        write!(
            f,
            "{items} items of {feed} have the id {id:?}: their links or contents identify them instead"
        )
    }
}

/// Reads the articles of one [unpacked](unpack) source.
///
/// The format is detected if `format` is `None`. Dates after tomorrow are removed
/// ([`remove_future_dates`]).
///
/// ```
/// use qissa::input::{FieldNames, Source, read};
/// let source = Source::new("list", "id,headline\n1,Bridge opens\n");
/// let reading = read(&source, None, &FieldNames::default())?;
/// assert_eq!(reading.articles[0].title, "Bridge opens");
/// # Ok::<(), qissa::input::ReadError>(())
/// ```
///
/// # Errors
/// [`ReadError`] if the input is in no known format, violates its format as a whole, or lacks a
/// field that the caller named.
pub fn read<'a>(
    source: &'a Source,
    format: Option<Format>,
    field_names: &FieldNames,
) -> Result<Reading<'a>, ReadError> {
    let mut reading = if source.bytes.starts_with(PARQUET_MAGIC) {
        read_parquet(source, field_names)?
    } else if warc::is_archive(&source.bytes) {
        Reading::new(Format::Warc, warc::pages(source))
    } else if let Some(pieces) = jsonl_pieces(source, format, field_names) {
        let found = json::lines(&source.name, &pieces, field_names)?;
        Reading::new(Format::Jsonl, found)
    } else {
        match charset::decode(&source.bytes) {
            Cow::Borrowed(text) => read_text(source, text, format, field_names)?,
            Cow::Owned(text) => read_text(source, &text, format, field_names)?.into_owned(),
        }
    };
    if let Some(flaw) = &source.flaw {
        let line = reading.articles.len() + 1;
        reading.rejected.push(RejectedRecord {
            source: source.name.clone(),
            line,
            cause: flaw.clone(),
        });
    }
    reading.undated = remove_future_dates(&mut reading.articles);
    Ok(reading)
}

/// Reads the articles of a block of lines of a longer JSON Lines input.
///
/// The block need not have the fields that the caller named. Dates after tomorrow are removed.
pub fn read_some_lines<'a>(source: &'a Source, field_names: &FieldNames) -> Reading<'a> {
    let name = &source.name;
    let mut reading = match charset::decode(&source.bytes) {
        Cow::Borrowed(text) => {
            Reading::new(Format::Jsonl, json::some_lines(name, &[text], field_names))
        }
        Cow::Owned(text) => {
            Reading::new(Format::Jsonl, json::some_lines(name, &[&text], field_names)).into_owned()
        }
    };
    reading.undated = remove_future_dates(&mut reading.articles);
    reading
}

/// Reads the article of one JSON object. A date after tomorrow is removed.
///
/// # Errors
/// [`RejectCause`] if the object is no article.
pub fn record<'a>(json: &'a str, field_names: &FieldNames) -> Result<Article<'a>, RejectCause> {
    let mut article = json_record::record(json, field_names)?;
    remove_future_dates(std::slice::from_mut(&mut article));
    Ok(article)
}

/// Removes the dates of items dated more than a day from now, and returns the number of such items.
///
/// Outlets are ahead of the clock by their time zone at most. Later dates are errors, or dates of
/// announced events. [`read`] and [`record`] call this function; who makes articles by other means
/// ([`ColumnMap`]) calls it too.
pub fn remove_future_dates(articles: &mut [Article<'_>]) -> usize {
    const DAY_SECONDS: u64 = 86_400;
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let latest = Timestamp((since_epoch.as_secs() + DAY_SECONDS) as i64);
    articles
        .par_iter_mut()
        .filter(|article| article.published.is_some_and(|date| date > latest))
        .map(|article| article.published = None)
        .count()
}

/// A large JSON Lines input in UTF-8, in pieces of whole lines that are parsed in parallel; `None`
/// for other inputs.
fn jsonl_pieces<'a>(
    source: &'a Source,
    format: Option<Format>,
    field_names: &FieldNames,
) -> Option<Vec<&'a str>> {
    let pieces = json::pieces(&source.bytes);
    let first = pieces[0].starts_with(b"{").then_some(pieces[0])?;
    // A zero byte follows the brace in UTF-16 and UTF-32.
    if pieces.len() == 1 || first[1] == 0 || field_names.records.is_some() {
        return None;
    }
    let format = match format {
        Some(format) => format,
        None => detect(from_utf8(first).ok()?, &source.extension(), field_names)?,
    };
    if format != Format::Jsonl {
        return None;
    }
    pieces
        .par_iter()
        .map(|piece| from_utf8(piece).ok())
        .collect()
}

/// The first bytes of every Parquet file.
const PARQUET_MAGIC: &[u8] = b"PAR1";

#[cfg(feature = "parquet")]
fn read_parquet(source: &Source, field_names: &FieldNames) -> Result<Reading<'static>, ReadError> {
    parquet::rows(source, field_names)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(source: &Source, _: &FieldNames) -> Result<Reading<'static>, ReadError> {
    Err(ReadError::Unsupported {
        name: source.name.clone(),
        format: Format::Parquet,
        feature: "parquet",
    })
}

fn read_text<'a>(
    source: &Source,
    text: &'a str,
    format: Option<Format>,
    field_names: &FieldNames,
) -> Result<Reading<'a>, ReadError> {
    let name = &source.name;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = match format {
        Some(format) => format,
        None => detect_source(source, text, field_names)?,
    };
    let found = match format {
        Format::Jsonl if field_names.records.is_none() => json::lines(name, &[text], field_names)?,
        Format::Jsonl | Format::Json => json::document(name, text, field_names)?,
        Format::Csv => table::rows(name, text, field_names)?,
        Format::Parquet => return Err(without_magic(name, format, "PAR1")),
        Format::Warc => return Err(without_magic(name, format, "WARC/")),
        Format::Feed => {
            let (articles, rejected, shared_ids) = feed::items(name, text)?;
            return Ok(Reading {
                shared_ids,
                ..Reading::new(format, (articles, rejected))
            });
        }
        Format::Html => webpage::article(name, text)?,
        Format::Page => (scraped_page::items(text), Vec::new()),
        Format::Lines => (table::lines(text), Vec::new()),
    };
    Ok(Reading::new(format, found))
}

/// The detected format. An unnamed file may be anything, so lines of text are titles only if the
/// file extension says that the file is text.
fn detect_source(
    source: &Source,
    text: &str,
    field_names: &FieldNames,
) -> Result<Format, ReadError> {
    const FOUND_CHARS: usize = 40;
    let extension = source.extension();
    let may_be_lines = source.is_named || table::TEXT_EXTENSIONS.contains(&extension.as_str());
    match detect(text, &extension, field_names) {
        Some(format) if format != Format::Lines || may_be_lines => Ok(format),
        _ => Err(ReadError::UnknownFormat {
            name: source.name.clone(),
            found: text.trim_start().chars().take(FOUND_CHARS).collect(),
        }),
    }
}

fn without_magic(name: &str, expected: Format, magic: &str) -> ReadError {
    ReadError::malformed(name, expected, format!("it does not begin with {magic}"))
}

/// File extensions of formats in which an empty file is never valid.
const NEVER_EMPTY: [&str; 9] = [
    "atom", "htm", "html", "json", "parquet", "rdf", "rss", "warc", "xml",
];

impl Reading<'_> {
    /// Refuses a named input that should give items and gives none: all its records were rejected,
    /// or it is an empty file of a format in which no file is empty.
    ///
    /// # Errors
    /// [`ReadError::NoItems`].
    pub fn require_items(&self, source: &Source) -> Result<(), ReadError> {
        if !source.is_named || !self.articles.is_empty() {
            return Ok(());
        }
        let is_empty = source.bytes.trim_ascii().is_empty();
        let cause = match self.rejected.first() {
            Some(first) => NoItemsCause::AllRejected {
                records: self.rejected.len(),
                first: first.clone(),
            },
            None if is_empty && NEVER_EMPTY.contains(&source.extension().as_str()) => {
                NoItemsCause::EmptyFile
            }
            None => return Ok(()),
        };
        Err(ReadError::NoItems {
            name: source.name.clone(),
            cause,
        })
    }

    /// The same reading, with articles that own their text.
    pub fn into_owned(self) -> Reading<'static> {
        let articles = self.articles.into_iter().map(Article::into_owned);
        Reading {
            articles: articles.collect(),
            format: self.format,
            rejected: self.rejected,
            shared_ids: self.shared_ids,
            undated: self.undated,
        }
    }
}

/// The id of an item without an id: a hash of its content without counters, so equal items get
/// equal ids in all inputs.
fn content_id(title: &str, text: &str, url: Option<&str>) -> String {
    let mut hash = Xxh3::new();
    let [title, text] = [title, text].map(without_counters);
    for part in [&*title, &*text, url.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    format!("x{:016x}", hash.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_formats_are_those_in_data() {
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
    }

    #[test]
    fn pieces_of_json_lines_give_the_same_items_as_the_whole() {
        let line = |at: usize| format!("{{\"id\":\"{at}\",\"title\":\"الشرع في موسكو {at}\"}}\n");
        let text: String = (0..60_000).map(line).collect();
        let source = |bytes: Vec<u8>| Source {
            name: "f".to_owned(),
            bytes: bytes.into(),
            ..Source::default()
        };
        let whole = source(text.clone().into_bytes());
        assert!(
            jsonl_pieces(&whole, None, &FieldNames::default())
                .is_some_and(|pieces| pieces.concat() == text)
        );
        let found = read(&whole, None, &FieldNames::default()).unwrap();
        assert_eq!(
            found,
            read_text(&whole, &text, None, &FieldNames::default()).unwrap()
        );
        // An invalid byte near the end is replaced, and all items are read.
        let mut damaged = text.into_bytes();
        let at = damaged.len() - 4;
        damaged[at] = 0xff;
        let damaged = source(damaged);
        assert!(jsonl_pieces(&damaged, None, &FieldNames::default()).is_none());
        assert_eq!(
            read(&damaged, None, &FieldNames::default())
                .unwrap()
                .articles
                .len(),
            60_000
        );
    }

    #[test]
    fn unknown_formats_are_errors_that_list_the_known_ones() {
        let source = Source {
            name: "notes".into(),
            bytes: bytes::Bytes::from_static(b"dear diary"),
            ..Source::default()
        };
        let message = read(&source, None, &FieldNames::default())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("notes")
                && message.contains("dear diary")
                && message.contains("JSON Lines")
        );
    }

    #[test]
    fn legacy_character_sets_are_decoded() {
        let bytes = encoding_rs::WINDOWS_1256
            .encode("{\"id\":\"1\",\"title\":\"الشرع يصل إلى موسكو\"}")
            .0
            .into_owned()
            .into();
        let source = Source {
            name: "old".into(),
            bytes,
            ..Source::default()
        };
        assert_eq!(
            read(&source, None, &FieldNames::default())
                .unwrap()
                .articles[0]
                .title,
            "الشرع يصل إلى موسكو"
        );
    }
}
