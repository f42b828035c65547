//! Why an input or a record was not read.
//!
//! A [`ReadError`] concerns a whole input, a [`RejectedRecord`] one record of an input that was
//! read otherwise. Messages state the input, the value found and the value expected. The way out is
//! a [`Hint`], which a program words by its own options.

use std::fmt;

use thiserror::Error;

use super::Format;
use super::unpack_limits::{ExceededLimit, MAX_PAGE_BYTES};

/// Any error of a parser.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why an input was not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("cannot read {name}")]
    Io {
        /// The input.
        name: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A compressed file or an archive could not be opened.
    #[error("cannot unpack {name}")]
    Archive {
        /// The input.
        name: String,
        /// What is wrong with the archive.
        source: BoxError,
    },
    /// A compressed file or an archive unpacks to more bytes than allowed.
    #[error("{name} is not unpacked: {limit}")]
    LimitExceeded {
        /// The input.
        name: String,
        /// The limit.
        limit: ExceededLimit,
    },
    /// The content is in no known format.
    #[error(
        "{name} begins with {found:?}, which is no known format: expected JSON Lines, JSON, CSV, \
         Parquet, a feed, a web page, a web archive, a scraped news page or one headline per line"
    )]
    UnknownFormat {
        /// The input.
        name: String,
        /// The first characters of the content.
        found: String,
    },
    /// The content violates its format.
    #[error("{name} is not a valid {expected}")]
    Malformed {
        /// The input.
        name: String,
        /// The format that the content was parsed as.
        expected: Format,
        /// The error of the parser.
        source: BoxError,
    },
    /// This build does not read the format.
    #[error("{name} is a {format}, which this build does not read")]
    Unsupported {
        /// The input.
        name: String,
        /// The format of the content.
        format: Format,
        /// The cargo feature that reads the format.
        feature: &'static str,
    },
    /// No record has a field that the caller named.
    #[error("no record of {name} has the key {key:?}: {suggestion}")]
    MissingField {
        /// The input.
        name: String,
        /// The key that the caller named.
        key: String,
        /// The keys that exist.
        suggestion: Suggestion,
    },
    /// No column of a table is known to hold a title or a text.
    #[error(
        "{name} is not a valid table of news: none of its columns {} is known as a title or a text",
        columns.join(", ")
    )]
    NoTextColumn {
        /// The input.
        name: String,
        /// The names of the columns.
        columns: Vec<String>,
    },
    /// No list of records is at the path that the caller named.
    #[error("{name} holds no list of records at {path:?}: {suggestion}")]
    MissingRecords {
        /// The input.
        name: String,
        /// The path that the caller named.
        path: String,
        /// The paths that exist.
        suggestion: Suggestion,
    },
    /// A named input should give items and gives none.
    #[error("{name} gives no item: {cause}")]
    NoItems {
        /// The input.
        name: String,
        /// Why there is none.
        cause: NoItemsCause,
    },
    /// There was input, and all of it was rejected.
    #[error("no item was read: {}", counted(*records, *inputs))]
    AllRejected {
        /// The number of rejected records.
        records: usize,
        /// The number of rejected inputs.
        inputs: usize,
    },
}

/// The kinds of [`ReadError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The operating system could not open or read the input.
    Io,
    /// An archive is damaged, unsupported or too large.
    Archive,
    /// The format is unknown or not supported by this build.
    Format,
    /// The content violates its format.
    Malformed,
    /// A key, column or path that the caller named does not exist.
    Name,
    /// The input gives no item.
    Empty,
}

/// Why a named input gives no item.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoItemsCause {
    /// The file is empty, and an empty file is never valid in the format of its name.
    EmptyFile,
    /// The archive holds no file.
    EmptyArchive,
    /// All records were rejected.
    AllRejected {
        /// The number of records.
        records: usize,
        /// The first of them.
        first: RejectedRecord,
    },
}

impl fmt::Display for NoItemsCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoItemsCause::EmptyFile => f.write_str("the file is empty"),
            NoItemsCause::EmptyArchive => f.write_str("no file is in it"),
            NoItemsCause::AllRejected { records, first } => write!(
                f,
                "none of its records can be read ({records}); the first, {}: {}",
                first.line, first.cause
            ),
        }
    }
}

/// Names that exist, in place of one that does not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Suggestion {
    /// The most similar name.
    Similar(String),
    /// All names; none is similar.
    All(Vec<String>),
    /// There are no lists of objects.
    NoLists,
}

impl Suggestion {
    /// Minimum Jaro-Winkler similarity of a suggested name.
    const MIN_SIMILARITY: f64 = 0.75;

    pub(super) fn for_name(name: &str, existing: &[&str]) -> Self {
        let best = existing
            .iter()
            .map(|known| (strsim::jaro_winkler(name, known), *known))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((similarity, known)) if similarity > Self::MIN_SIMILARITY => {
                Suggestion::Similar(known.to_owned())
            }
            _ => Suggestion::All(existing.iter().map(|known| (*known).to_owned()).collect()),
        }
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Suggestion::Similar(name) => write!(f, "did you mean {name:?}?"),
            Suggestion::All(names) => write!(f, "it has {}", names.join(", ")),
            Suggestion::NoLists => f.write_str("it holds no list of objects"),
        }
    }
}

/// What a user can do about a [`ReadError`] or a [`RejectCause`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Name the format, if the content is in one.
    NameFormat,
    /// Name the keys of the title, the text and the id.
    NameFields,
    /// Name the column of the title, or all columns.
    NameColumns,
    /// Name the list of records; these are the lists of objects that the input holds.
    NameRecords(Vec<String>),
    /// Raise a limit of [`UnpackLimits`](super::UnpackLimits).
    RaiseLimit(ExceededLimit),
    /// Build with a cargo feature.
    EnableFeature(&'static str),
}

impl ReadError {
    /// The kind of the error.
    pub fn kind(&self) -> ReadErrorKind {
        match self {
            ReadError::Io { .. } => ReadErrorKind::Io,
            ReadError::Archive { .. } | ReadError::LimitExceeded { .. } => ReadErrorKind::Archive,
            ReadError::UnknownFormat { .. } | ReadError::Unsupported { .. } => {
                ReadErrorKind::Format
            }
            ReadError::Malformed { .. } | ReadError::NoTextColumn { .. } => {
                ReadErrorKind::Malformed
            }
            ReadError::MissingField { .. } | ReadError::MissingRecords { .. } => {
                ReadErrorKind::Name
            }
            ReadError::NoItems { .. } | ReadError::AllRejected { .. } => ReadErrorKind::Empty,
        }
    }

    /// What a user can do about the error.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            ReadError::UnknownFormat { .. } => Some(Hint::NameFormat),
            ReadError::NoTextColumn { .. } => Some(Hint::NameColumns),
            ReadError::LimitExceeded { limit, .. } => Some(Hint::RaiseLimit(*limit)),
            ReadError::Unsupported { feature, .. } => Some(Hint::EnableFeature(feature)),
            ReadError::NoItems {
                cause: NoItemsCause::AllRejected { first, .. },
                ..
            } => first.cause.hint(),
            _ => None,
        }
    }

    /// Whether a corpus goes on without the input, if the caller did not name the input.
    ///
    /// A wrong name of a key or a path concerns all inputs, so it always ends the reading.
    pub fn is_skippable(&self) -> bool {
        self.kind() != ReadErrorKind::Name
    }

    /// The error as data, if reading goes on without the input.
    ///
    /// # Errors
    /// The error itself, if the caller named the input or the error concerns all inputs.
    pub(super) fn skipped(self, is_named: bool) -> Result<Self, Self> {
        if is_named || !self.is_skippable() {
            return Err(self);
        }
        Ok(self)
    }

    /// [`ReadError::AllRejected`], unless nothing was rejected.
    ///
    /// # Errors
    /// [`ReadError::AllRejected`].
    pub fn require_none_rejected(records: usize, inputs: usize) -> Result<(), ReadError> {
        if records == 0 && inputs == 0 {
            return Ok(());
        }
        Err(ReadError::AllRejected { records, inputs })
    }

    pub(crate) fn malformed(name: &str, expected: Format, source: impl Into<BoxError>) -> Self {
        ReadError::Malformed {
            name: name.to_owned(),
            expected,
            source: source.into(),
        }
    }
}

/// "1 record skipped, 2 files skipped", without what is zero.
fn counted(records: usize, inputs: usize) -> String {
    let parts = [(records, "record"), (inputs, "file")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, noun)| {
            format!(
                "{count} {noun}{} skipped",
                if *count == 1 { "" } else { "s" }
            )
        })
        .collect();
    parts.join(", ")
}

/// A record that was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRecord {
    /// The name of the input.
    pub source: String,
    /// The line on which the record begins, from 1; in Parquet the row, in a web archive the
    /// record.
    pub line: usize,
    /// What is wrong with the record.
    pub cause: RejectCause,
}

/// Why a record was not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RejectCause {
    /// The record has no title, no text and no id.
    #[error("no title, no text and no id")]
    NoContent,
    /// The record has none of these, but holds lists of objects.
    #[error("no list of news is known in it")]
    UnknownLists {
        /// The paths of the lists.
        paths: Vec<String>,
    },
    /// The record is not valid JSON, or not an object.
    #[error("{0}")]
    Json(String),
    /// A row of a table has too few or too many fields.
    #[error("{fields} fields, but there are {columns} columns")]
    ColumnCount {
        /// The number of fields of the row.
        fields: usize,
        /// The number of columns of the table.
        columns: usize,
    },
    /// A row of a table has a quoted field without a closing quotation mark.
    #[error("a quotation mark opens a field that does not end with one")]
    OpenQuote,
    /// The feed ends before the element of the item does.
    #[error("the item is cut off")]
    CutElement,
    /// The element of the item is empty.
    #[error("the item is empty")]
    EmptyElement,
    /// The feed has so many broken tags that its rest was not parsed.
    #[error("too many broken tags: the rest of the feed is left out")]
    TooManyBrokenTags,
    /// The web page has neither a title nor a text.
    #[error("the page has neither a title nor a text")]
    EmptyPage,
    /// The web page has more elements than an article.
    #[error("the page has too many elements for an article")]
    TooManyElements,
    /// The record of a web archive is damaged.
    #[error(transparent)]
    Warc(#[from] WarcError),
    /// Bytes are missing at the end of the input.
    #[error("the {what} breaks off{}", detail(error))]
    Truncated {
        /// The part that is incomplete: "file", "archive", "compressed stream".
        what: &'static str,
        /// The error of the decoder; empty if there is none.
        error: String,
    },
    /// This build does not read such records.
    #[error("this build does not read web pages: build with the feature {feature:?}")]
    Unsupported {
        /// The cargo feature that reads them.
        feature: &'static str,
    },
}

/// Why a record of a web archive was not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WarcError {
    /// The bytes begin no record.
    #[error("no record of a web archive begins here")]
    NoRecord,
    /// The headers of the record have no end.
    #[error("the headers of the record break off")]
    CutHeaders,
    /// The record does not state its length.
    #[error("the record has no Content-Length")]
    NoLength,
    /// The record is longer than the archive.
    #[error("the record breaks off")]
    CutRecord,
    /// No record follows where the record ends.
    #[error("the record does not end where its Content-Length says")]
    WrongLength,
    /// The HTTP headers of the response have no end.
    #[error("the headers of the response break off")]
    CutResponseHeaders,
    /// The gzip member of the record is damaged.
    #[error("the compressed record breaks off: {0}")]
    DamagedMember(String),
    /// More bytes come out of the archive than
    /// [`UnpackLimits::ratio`](super::UnpackLimits::ratio) allows.
    #[error("too much comes out of the archive for its length: unpack it first")]
    LimitExceeded,
    /// The compressed page is damaged.
    #[error("the page breaks off: {0}")]
    DamagedPage(String),
    /// The compressed page unpacks to too many bytes.
    #[error("the page has more than {MAX_PAGE_BYTES} bytes")]
    PageTooLarge,
    /// The page is compressed by Brotli.
    #[error("the page is compressed by Brotli, which is not supported")]
    Brotli,
}

fn detail(error: &str) -> String {
    if error.is_empty() {
        String::new()
    } else {
        format!(": {error}")
    }
}

impl RejectCause {
    /// What a user can do about the record.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            RejectCause::NoContent => Some(Hint::NameFields),
            RejectCause::UnknownLists { paths } => Some(Hint::NameRecords(paths.clone())),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for RejectCause {
    fn from(error: serde_json::Error) -> Self {
        RejectCause::Json(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    #[test]
    fn io_errors_keep_their_source() {
        let error = ReadError::Io {
            name: "a".to_owned(),
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        };
        let source = error.source().and_then(|source| source.downcast_ref());
        assert_eq!(
            source.map(std::io::Error::kind),
            Some(std::io::ErrorKind::NotFound)
        );
        assert_eq!(error.kind(), ReadErrorKind::Io);
    }

    #[test]
    fn counts_agree_with_their_nouns() {
        let message = |records, inputs| ReadError::AllRejected { records, inputs }.to_string();
        assert_eq!(
            message(1, 2),
            "no item was read: 1 record skipped, 2 files skipped"
        );
        assert_eq!(message(0, 1), "no item was read: 1 file skipped");
    }
}
