//! Bytes in, articles out. Compression, character set and format are told from the content unless
//! the format is given; a record that cannot be read is named, counted and skipped; a file that is
//! none of the formats is an error. Linear in the bytes; JSON Lines are read in parallel and borrow
//! from the file.

mod charset;
mod clutter;
#[cfg(feature = "parquet")]
mod columnar;
mod constraints;
mod date;
mod feed;
mod flood;
mod folder;
mod html;
mod item;
mod json;
mod keys;
mod lists;
mod page;
mod published;
mod rows;
mod shapes;
mod table;
mod unpack;
mod warc;
mod web;
mod xml;

use std::borrow::Cow;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;
#[cfg(unix)]
use memmap2::MmapMut;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use simdutf8::basic::from_utf8;
use thiserror::Error;
use xxhash_rust::xxh3::Xxh3;

use crate::article::{Article, Timestamp};
use crate::identity::without_counters;

pub use constraints::{ConstraintsError, constraints};
pub use date::parse_date;
pub use folder::{Input, Inputs, expand};
pub(crate) use item::Attachment;
pub(crate) use json::Object;
pub use keys::Keys;
pub use rows::Layout;

/// The tokenizer of markup, shared with the writers of feeds and pages.
pub(crate) mod markup {
    pub(crate) use super::html::{is_marked_up, skip_to_end as behind_element, tag};
}
pub use unpack::{UnpackLimits, unpack, unpack_within};

/// One input: its name as the user wrote it, and its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The path, "-" for standard input, or "archive/member".
    pub name: String,
    /// The content.
    pub bytes: Bytes,
    /// Why bytes are missing at the end, if they are.
    pub flaw: Option<String>,
    /// Whether the user named it, rather than a folder or an archive that holds it.
    pub is_named: bool,
}

/// The formats an input can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A JSON object a line.
    Jsonl,
    /// One JSON text: a JSON Feed, an array of records or an object that holds one, or records one
    /// after another.
    Json,
    /// A record a line, its fields apart by commas, tabs, semicolons or bars; the first line names
    /// them.
    Csv,
    /// Columns in Parquet.
    Parquet,
    /// RSS, RDF, Atom, CDF or a news sitemap.
    Feed,
    /// A web page: one article.
    Html,
    /// A scraped news page as text: an article, perhaps others under "read also", headlines under
    /// "similar articles".
    Page,
    /// A headline a line.
    Lines,
    /// A web archive (WARC): its pages.
    Warc,
}

/// What one input gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The format it was read as.
    pub format: Format,
    /// The items, in the input's order.
    pub articles: Vec<Article<'a>>,
    /// The records that could not be read.
    pub skipped: Vec<Skipped>,
    /// Ids that say nothing, as several items of a feed bear them.
    pub shared_ids: Vec<SharedId>,
    /// How many of the items are dated after tomorrow, and so count as undated.
    pub undated: usize,
}

impl<'a> Reading<'a> {
    fn of(format: Format, (articles, skipped): (Vec<Article<'a>>, Vec<Skipped>)) -> Self {
        Reading {
            format,
            articles,
            skipped,
            shared_ids: Vec::new(),
            undated: 0,
        }
    }
}

/// An id that several items of a feed bear. They go by their links instead, or by their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedId {
    /// The name of the feed; empty if it has none.
    pub feed: String,
    /// The id.
    pub id: String,
    /// How many items bear it.
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
            "{items} items of {feed} bear the id {id:?}: they go by their links or their content instead"
        )
    }
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The input's name.
    pub source: String,
    /// The record's line, in Parquet its row, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub cause: String,
}

/// Why an input could not be read at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("cannot read {name}: {cause}")]
    Io {
        /// The input.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A compressed file or archive could not be opened.
    #[error("cannot unpack {name}: {cause}")]
    Packed {
        /// The input.
        name: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A compressed file or an archive holds more than is allowed.
    #[error(
        "{name} is not unpacked: {cause}; raise the limit if you trust the file, or unpack it first"
    )]
    Limit {
        /// The input.
        name: String,
        /// Which limit it is.
        cause: String,
    },
    /// The content is in none of the formats.
    #[error(
        "{name} begins with {found:?}, which is no format known here: expected JSON Lines, JSON, CSV, Parquet, a feed, a web page, a web archive, a scraped news page or a headline a line; name one with --input-format if it is"
    )]
    Format {
        /// The input.
        name: String,
        /// How it begins.
        found: String,
    },
    /// The content breaks its own format.
    #[error("{name} is not a whole {expected}: {cause}")]
    Broken {
        /// The input.
        name: String,
        /// The format it was read as.
        expected: &'static str,
        /// What the parser said.
        cause: String,
    },
    /// No record has a key that was named.
    #[error("no record of {name} has the key {key:?}: {hint}")]
    Key {
        /// The input.
        name: String,
        /// The key that was named.
        key: String,
        /// The likeliest key meant, or those there are.
        hint: String,
    },
    /// The input should give items, and gives none.
    #[error("{name} gives no item: {cause}")]
    Nothing {
        /// The input.
        name: String,
        /// Why.
        cause: String,
    },
    /// No list is at the path that was named.
    #[error("{name} holds no list of records at {path:?}: {hint}")]
    Records {
        /// The input.
        name: String,
        /// The path that was named.
        path: String,
        /// The likeliest path meant, or those there are.
        hint: String,
    },
}

impl ReadError {
    /// Whether the fault is one file's alone, so that a file that nobody named can be passed over;
    /// not that of a key or a path that was named.
    pub fn is_of_one_file(&self) -> bool {
        !matches!(self, ReadError::Key { .. } | ReadError::Records { .. })
    }
}

impl Source {
    /// Reads a file, or standard input for "-". In its name, what is not UTF-8 is replaced.
    ///
    /// # Errors
    /// [`ReadError::Io`] if it cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        let read = match name.as_str() {
            "-" => std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map(|_| bytes.into()),
            _ => read_file(path),
        };
        match read {
            Ok(bytes) => Ok(Source {
                name,
                bytes,
                flaw: None,
                is_named: true,
            }),
            Err(cause) => Err(ReadError::Io { name, cause }),
        }
    }

    /// Whether it can be taken for headlines on the strength of having lines: what folders hold may
    /// be anything.
    fn may_be_lines(&self) -> bool {
        self.is_named || table::TEXT_ENDINGS.contains(&self.ending().as_str())
    }

    fn emptied(&self) -> Self {
        Source {
            name: self.name.clone(),
            bytes: Bytes::new(),
            flaw: None,
            is_named: self.is_named,
        }
    }

    /// The ending of its name in lower case, without those of compression.
    fn ending(&self) -> String {
        let mut path = Path::new(&self.name);
        while let Some(ending) = path
            .extension()
            .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        {
            if !["gz", "zst", "zstd"].contains(&ending.as_str()) {
                return ending;
            }
            path = Path::new(path.file_stem().unwrap_or_default());
        }
        String::new()
    }
}

/// Larger files are read by several threads, in pieces of so many bytes.
#[cfg(unix)]
const PIECE: usize = 1 << 20;

/// Files of so many bytes are read into large pages, as to make room in small ones takes longer
/// than to read. Of more bytes a system may not have as many at hand, and to get them takes longer
/// still (DESIGN.md).
#[cfg(target_os = "linux")]
const LARGE_PAGES: usize = 1 << 27;

#[cfg(unix)]
fn read_file(path: &Path) -> std::io::Result<Bytes> {
    use std::os::unix::fs::FileExt;
    let mut file = fs::File::open(path)?;
    let about = file.metadata()?;
    let length = usize::try_from(about.len()).unwrap_or(usize::MAX);
    if !about.is_file() || length < 2 * PIECE {
        // Not opened again: the writer of a pipe would be gone.
        let mut bytes = Vec::with_capacity(length.min(2 * PIECE));
        return file.read_to_end(&mut bytes).map(|_| bytes.into());
    }
    let mut bytes = MmapMut::map_anon(length)?;
    #[cfg(target_os = "linux")]
    if length <= LARGE_PAGES {
        // If the system gives none, small ones do.
        let _ = bytes.advise(memmap2::Advice::HugePage);
    }
    let pieces = bytes.par_chunks_mut(PIECE).enumerate();
    match pieces.try_for_each(|(at, piece)| file.read_exact_at(piece, (at * PIECE) as u64)) {
        // It shrank in the meantime.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            fs::read(path).map(Bytes::from)
        }
        read => read.map(|()| Bytes::from_owner(bytes)),
    }
}

#[cfg(not(unix))]
fn read_file(path: &Path) -> std::io::Result<Bytes> {
    fs::read(path).map(Bytes::from)
}

/// The articles of one input. It must be [unpacked](unpack) before. Dates after tomorrow are taken
/// for none ([`forget_dates_to_come`]).
///
/// # Errors
/// [`ReadError`] if the input is in none of the formats, breaks the one it is in as a whole, or
/// lacks a key that was named.
pub fn read<'a>(
    source: &'a Source,
    format: Option<Format>,
    keys: &Keys,
) -> Result<Reading<'a>, ReadError> {
    let mut reading = if source.bytes.starts_with(PARQUET) {
        parquet(source, keys)?
    } else if warc::is_archive(&source.bytes) {
        Reading::of(Format::Warc, warc::pages(&source.name, &source.bytes))
    } else if let Some(pieces) = pieces_of_lines(source, format, keys) {
        Reading::of(Format::Jsonl, json::lines(&source.name, &pieces, keys)?)
    } else {
        match charset::decode(&source.bytes) {
            Cow::Borrowed(text) => read_text(source, text, format, keys)?,
            Cow::Owned(text) => read_text(source, &text, format, keys)?.into_owned(),
        }
    };
    if let Some(flaw) = &source.flaw {
        let line = reading.articles.len() + 1;
        reading.skipped.push(Skipped {
            source: source.name.clone(),
            line,
            cause: flaw.clone(),
        });
    }
    reading.undated = forget_dates_to_come(&mut reading.articles);
    Ok(reading)
}

/// The articles of some lines of a longer input of JSON Lines, none of which need have the keys
/// that were named. Dates after tomorrow are taken for none.
pub fn some_lines<'a>(source: &'a Source, keys: &Keys) -> Reading<'a> {
    let (mut articles, skipped) = match charset::decode(&source.bytes) {
        Cow::Borrowed(text) => json::some_lines(&source.name, &[text], keys),
        Cow::Owned(text) => {
            let (articles, skipped) = json::some_lines(&source.name, &[&text], keys);
            (
                articles.into_iter().map(Article::into_owned).collect(),
                skipped,
            )
        }
    };
    let undated = forget_dates_to_come(&mut articles);
    Reading {
        undated,
        ..Reading::of(Format::Jsonl, (articles, skipped))
    }
}

/// The article of one record of a JSON object, or what is wrong with it. A date after tomorrow is
/// taken for none.
///
/// # Errors
/// A sentence that says why it is none.
pub fn record<'a>(json: &'a str, keys: &Keys) -> Result<Article<'a>, String> {
    let mut article = json::record(json, keys)?;
    forget_dates_to_come(std::slice::from_mut(&mut article));
    Ok(article)
}

/// Takes the dates from items dated later than a day from now: outlets are ahead of the clock by
/// their zone at most, and other dates of the future are slips, or those of what is announced.
/// Returns of how many. [`read`] and [`record`] do so themselves; whoever makes articles by other
/// means ([`Layout`]) calls this.
pub fn forget_dates_to_come(articles: &mut [Article<'_>]) -> usize {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let latest = Timestamp((since.as_secs() + 86_400) as i64);
    let late = articles
        .par_iter_mut()
        .filter(|article| article.published.is_some_and(|when| when > latest));
    late.map(|article| article.published = None).count()
}

/// Many JSON Lines in UTF-8 in pieces, which are decoded side by side; none for other inputs.
fn pieces_of_lines<'a>(
    source: &'a Source,
    format: Option<Format>,
    keys: &Keys,
) -> Option<Vec<&'a str>> {
    let pieces = json::pieces(&source.bytes);
    let first = pieces[0].starts_with(b"{").then_some(pieces[0])?;
    // A nought in front is UTF-16's or UTF-32's.
    if pieces.len() == 1 || first[1] == 0 || keys.records.is_some() {
        return None;
    }
    let told = || detect(from_utf8(first).ok()?, &source.ending(), keys);
    let texts = || {
        pieces
            .par_iter()
            .map(|piece| from_utf8(piece).ok())
            .collect()
    };
    format
        .or_else(told)
        .filter(|&format| format == Format::Jsonl)
        .and_then(|_| texts())
}

/// File extensions of formats in which a file without bytes is never valid.
const NEVER_EMPTY: [&str; 9] = [
    "atom", "htm", "html", "json", "parquet", "rdf", "rss", "warc", "xml",
];

/// How every Parquet file begins.
const PARQUET: &[u8] = b"PAR1";

#[cfg(feature = "parquet")]
fn parquet(source: &Source, keys: &Keys) -> Result<Reading<'static>, ReadError> {
    columnar::rows(source, keys)
}

#[cfg(not(feature = "parquet"))]
fn parquet(source: &Source, _: &Keys) -> Result<Reading<'static>, ReadError> {
    let cause = "this build does not read it: build with the feature \"parquet\"".to_owned();
    Err(ReadError::Broken {
        name: source.name.clone(),
        expected: "Parquet file",
        cause,
    })
}

fn read_text<'a>(
    source: &Source,
    text: &'a str,
    format: Option<Format>,
    keys: &Keys,
) -> Result<Reading<'a>, ReadError> {
    let name = &source.name;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let told = || {
        detect(text, &source.ending(), keys)
            .filter(|&it| it != Format::Lines || source.may_be_lines())
    };
    let format = format.or_else(told).ok_or_else(|| ReadError::Format {
        name: name.clone(),
        found: text.trim_start().chars().take(40).collect(),
    })?;
    let mut shared_ids = Vec::new();
    let (articles, skipped) = match format {
        Format::Jsonl if keys.records.is_none() => json::lines(name, &[text], keys)?,
        Format::Jsonl | Format::Json => json::document(name, text, keys)?,
        Format::Csv => table::rows(name, text, keys)?,
        Format::Parquet => return Err(marked_otherwise(name, "Parquet file", "PAR1")),
        Format::Warc => return Err(marked_otherwise(name, "web archive", "WARC/")),
        Format::Feed => {
            let (articles, skipped, shared) = feed::items(name, text)?;
            shared_ids = shared;
            (articles, skipped)
        }
        Format::Html => web::article(name, text),
        Format::Page => (page::items(text), Vec::new()),
        Format::Lines => (table::lines(text), Vec::new()),
    };
    Ok(Reading {
        shared_ids,
        ..Reading::of(format, (articles, skipped))
    })
}

fn marked_otherwise(name: &str, expected: &'static str, mark: &str) -> ReadError {
    ReadError::Broken {
        name: name.to_owned(),
        expected,
        cause: format!("it does not begin with {mark}"),
    }
}

impl Reading<'_> {
    /// Refuses an input that was named, if records are in it but none could be read, or if nothing
    /// at all is in it though nothing is never a file of the format that its name ends with.
    ///
    /// # Errors
    /// [`ReadError::Nothing`].
    pub fn refuse_nothing(&self, source: &Source) -> Result<(), ReadError> {
        if !source.is_named || !self.articles.is_empty() {
            return Ok(());
        }
        let cause = match self.skipped.first() {
            Some(Skipped { line, cause, .. }) => {
                format!(
                    "none of its records can be read ({}); the first, {line}: {cause}",
                    self.skipped.len()
                )
            }
            None if source.bytes.trim_ascii().is_empty()
                && NEVER_EMPTY.contains(&source.ending().as_str()) =>
            {
                "the file is empty".to_owned()
            }
            None => return Ok(()),
        };
        Err(ReadError::Nothing {
            name: source.name.clone(),
            cause,
        })
    }

    fn into_owned(self) -> Reading<'static> {
        let Reading {
            format,
            articles,
            skipped,
            shared_ids,
            undated,
        } = self;
        let articles = articles.into_iter().map(Article::into_owned).collect();
        Reading {
            format,
            articles,
            skipped,
            shared_ids,
            undated,
        }
    }
}

/// The format a text is in, by how it begins, and where that leaves a doubt by the ending of its
/// name.
pub fn detect(text: &str, ending: &str, keys: &Keys) -> Option<Format> {
    let text = text.trim_start();
    match text.chars().next() {
        None => return Some(Format::Jsonl),
        Some('[' | '{') => return Some(detect_json(text, keys)),
        Some('<') => {
            return detect_markup(text)
                .or_else(|| json::looks_like_lines(text).then_some(Format::Jsonl));
        }
        Some(_) => {}
    }
    match () {
        () if json::looks_like_lines(text) => Some(Format::Jsonl),
        () if holds_feed(text) => Some(Format::Feed),
        () if page::looks_like(text) => Some(Format::Page),
        () if table::looks_like(text, ending, keys) => Some(Format::Csv),
        () if web::begin(text).is_some() => Some(Format::Html),
        () if table::looks_like_lines(text, ending) => Some(Format::Lines),
        () => None,
    }
}

/// Lines if the first is a whole object, and either a second follows or it holds no list of
/// records; or if lines that are objects follow what is no JSON text.
fn detect_json(text: &str, keys: &Keys) -> Format {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let mut follows = || {
        lines
            .next()
            .is_some_and(|line| line.trim_start().starts_with('{'))
    };
    let in_lines = match text.starts_with('{') && json::is_whole(first) {
        _ if keys.records.is_some() => false,
        true => follows() || !json::holds_records(text, keys),
        false => json::looks_like_lines(text) && !json::are_values(text),
    };
    if in_lines {
        Format::Jsonl
    } else {
        Format::Json
    }
}

/// Markup by its first element, a page also by where it begins behind the warnings of a server.
fn detect_markup(text: &str) -> Option<Format> {
    let (root, is_html) = xml::first_element(text).unwrap_or_default();
    match root.as_str() {
        root if feed::ROOTS.contains(&root) || holds_feed(text) => Some(Format::Feed),
        root if is_html || web::ROOTS.contains(&root) || web::begin(text).is_some() => {
            Some(Format::Html)
        }
        _ => None,
    }
}

/// Whether a feed begins near the top, behind the warnings of a server or a broken first tag.
fn holds_feed(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(2000)];
    ["<rss", "<feed", "<rdf:RDF"]
        .iter()
        .any(|root| head.contains(root))
        && !head.contains("<!--")
}

/// The id of an item that has none: a hash of what it says but for counters, so that the same item
/// gets the same id wherever it stands.
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

    fn told(text: &str) -> Option<Format> {
        detect(text, "", &Keys::default())
    }

    #[test]
    fn a_large_file_is_read_whole() {
        let text: Vec<u8> = (0..700_001u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &text).unwrap();
        let source = Source::load(file.path().to_str().unwrap()).unwrap();
        assert!(text.len() > 1 << 21 && source.bytes == text);
    }

    #[test]
    fn large_json_lines_are_read_in_pieces_as_they_are_whole() {
        let line = |at: usize| format!("{{\"id\":\"{at}\",\"title\":\"الشرع في موسكو {at}\"}}\n");
        let text: String = (0..60_000).map(line).collect();
        let source = |bytes: Vec<u8>| Source {
            name: "f".to_owned(),
            bytes: bytes.into(),
            ..Source::default()
        };
        let whole = source(text.clone().into_bytes());
        assert!(
            pieces_of_lines(&whole, None, &Keys::default())
                .is_some_and(|pieces| pieces.concat() == text)
        );
        let found = read(&whole, None, &Keys::default()).unwrap();
        assert_eq!(
            found,
            read_text(&whole, &text, None, &Keys::default()).unwrap()
        );
        // A byte that no UTF-8 has, near the end: what is near it is replaced, the rest is read.
        let mut damaged = text.into_bytes();
        let at = damaged.len() - 4;
        damaged[at] = 0xff;
        let damaged = source(damaged);
        assert!(pieces_of_lines(&damaged, None, &Keys::default()).is_none());
        assert_eq!(
            read(&damaged, None, &Keys::default())
                .unwrap()
                .articles
                .len(),
            60_000
        );
    }

    #[test]
    fn formats_are_told_by_content() {
        let cases = [
            (
                "{\"id\":\"1\",\"title\":\"a\"}\n{\"id\":\"2\"}",
                Some(Format::Jsonl),
            ),
            ("{\"id\":\"1\",\"title\":\"a\"}", Some(Format::Jsonl)),
            ("{\"id\":\"1\",\"tit\n{\"id\":\"2\"}", Some(Format::Jsonl)),
            (
                "{\n \"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}",
                Some(Format::Json),
            ),
            (
                "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}",
                Some(Format::Json),
            ),
            (
                "{\"status\":\"ok\",\"articles\":[{\"title\":\"a\"}]}",
                Some(Format::Json),
            ),
            ("{\n\"id\":\"1\"\n}\n{\n\"id\":\"2\"\n}", Some(Format::Json)),
            ("[{\"id\":\"1\"}]", Some(Format::Json)),
            ("[\n{\"id\":\"1\"},\n{\"id\":\"2\"}\n]", Some(Format::Json)),
            ("{\"articles\":[\n{\"id\":\"1\"}\n]}", Some(Format::Json)),
            (
                "{\"articles\":[\n{\"id\":\"1\"},\n{\"id\":\"2\"},\n{\"id\"",
                Some(Format::Json),
            ),
            (
                "\"title\":\"a\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}",
                Some(Format::Jsonl),
            ),
            (
                "[2025-10-15 08:00] started\n{\"id\":\"2\"}",
                Some(Format::Jsonl),
            ),
            (
                "started, all well\n{\"id\":\"2\",\"title\":\"a, b\"}",
                Some(Format::Jsonl),
            ),
            ("id,title\n1,a", Some(Format::Csv)),
            ("Headline;Link\na;b", Some(Format::Csv)),
            (
                "<?xml version=\"1.0\"?><!-- <html> --><rss version=\"2.0\"></rss>",
                Some(Format::Feed),
            ),
            (
                "Warning: out of disk\n<rss version=\"2.0\"></rss>",
                Some(Format::Feed),
            ),
            ("<!-- a comment\nand no more -->", None),
            (
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"></feed>",
                Some(Format::Feed),
            ),
            (
                "<!DOCTYPE html><html><body></body></html>",
                Some(Format::Html),
            ),
            (
                "<br />\n<b>Notice</b>: no such index\n<!doctype html><html></html>",
                Some(Format::Html),
            ),
            (
                "<script>var a = 1 < 2</script>\n<html><head></head></html>",
                Some(Format::Html),
            ),
            (
                "<style>p { margin: 0 }</style><p>Cars crossed the bridge.</p>",
                Some(Format::Html),
            ),
            (
                "Warning: out of disk in x.php on line 3\n<!DOCTYPE html>\n<html></html>",
                Some(Format::Html),
            ),
            ("a page begins with <html> or with another word", None),
            ("<newsItem><title>A</title></newsItem>", None),
            (
                "الجزيرة:\n2025-10-15@23:45:36 GMT\n\nعنوان",
                Some(Format::Page),
            ),
            (
                "First headline of the day\nAnd the second, of course\n",
                Some(Format::Lines),
            ),
            ("{\u{0}\u{1}", Some(Format::Json)),
            ("\u{1}\u{2}binary\n\u{0}", None),
            ("just some prose", None),
            ("", Some(Format::Jsonl)),
        ];
        for (text, format) in cases {
            assert_eq!(told(text), format, "for {text:?}");
        }
        assert_eq!(
            detect("one headline", "txt", &Keys::default()),
            Some(Format::Lines)
        );
    }

    #[test]
    fn an_unknown_format_is_an_error_that_says_what_was_expected() {
        let source = Source {
            name: "notes".into(),
            bytes: Bytes::from_static(b"dear diary"),
            ..Source::default()
        };
        let message = read(&source, None, &Keys::default())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("notes")
                && message.contains("dear diary")
                && message.contains("JSON Lines")
        );
    }

    #[test]
    fn other_character_sets_are_read() {
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
            read(&source, None, &Keys::default()).unwrap().articles[0].title,
            "الشرع يصل إلى موسكو"
        );
    }

    #[test]
    fn endings_are_those_below_compression() {
        let ending = |name: &str| {
            Source {
                name: name.into(),
                ..Source::default()
            }
            .ending()
        };
        assert_eq!(
            (ending("a/b.CSV.gz"), ending("b"), ending("-")),
            ("csv".into(), String::new(), String::new())
        );
    }
}
