//! One news item, independent of the input format.
//!
//! An [`Article`] borrows from the input bytes where possible, so a large file is not held in
//! memory twice. An item with a title or a text is comparable.

mod id;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use url::Url;

pub use id::Id;

/// One news item.
///
/// A title is enough; all other fields are optional. A text finds shortened and extended copies, a
/// date limits stories in time, and a source lets settings treat outlets differently.
///
/// ```
/// use qissa::{Article, Timestamp};
///
/// let headline = Article::headline("a1", "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين");
/// assert!(headline.text.is_empty());
///
/// let report = Article {
///     text: "The ferry sails again after a year.".into(),
///     source: Some("Harbour Times".into()),
///     published: Some(Timestamp(1_767_225_600)),
///     ..Article::headline("a2", "Ferry sails again")
/// };
/// assert_eq!(report.published.unwrap().to_string(), "2026-01-01T00:00:00Z");
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Article<'a> {
    /// Id of the item, or a hash of the content. Readers never leave `id` empty.
    pub id: Id<'a>,
    /// Title as plain text; empty if there is none.
    pub title: Cow<'a, str>,
    /// Body as plain text; empty if there is none.
    pub text: Cow<'a, str>,
    /// Link to the item.
    pub url: Option<Cow<'a, str>>,
    /// Publisher: the name of the outlet or its host.
    pub source: Option<Cow<'a, str>>,
    /// Address of the feed that carried the item.
    pub feed: Option<Cow<'a, str>>,
    /// Time of publication.
    pub published: Option<Timestamp>,
    /// Declared language as a BCP 47 tag, unchanged (`ar`, `en-GB`).
    pub language: Option<Cow<'a, str>>,
    /// The input record as a JSON object, which the output passes through unchanged. If empty, the
    /// output has the fields above.
    pub record: Cow<'a, str>,
}

/// Number of words in [`Article::opening`].
const OPENING_WORDS: usize = 12;

impl<'a> Article<'a> {
    /// An article with an id and a title.
    #[must_use]
    pub fn headline(id: impl Into<Id<'a>>, title: impl Into<Cow<'a, str>>) -> Self {
        Article {
            id: id.into(),
            title: title.into(),
            ..Article::default()
        }
    }

    fn canonical_key(&self) -> impl Ord + '_ {
        (
            &self.id,
            &self.title,
            &self.text,
            &self.url,
            &self.source,
            &self.feed,
            self.published,
            &self.record,
        )
    }

    /// Order of the items of a batch: by id, then by all fields that affect the result. The result
    /// does not depend on the order of the input.
    #[must_use]
    pub fn compare(&self, other: &Article<'_>) -> Ordering {
        self.canonical_key().cmp(&other.canonical_key())
    }

    /// The first 12 words of the text, shown in place of an empty title.
    #[must_use]
    pub fn opening(&self) -> String {
        self.text
            .split_whitespace()
            .take(OPENING_WORDS)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// `url`, if absolute and `http` or `https`. Other schemes may run scripts.
    #[must_use]
    pub fn page(&self) -> Option<Url> {
        Url::parse(self.url.as_deref()?)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// The article without its text.
    #[must_use]
    pub fn without_text(&self) -> Article<'_> {
        Article {
            text: Cow::Borrowed(""),
            ..self.borrowed()
        }
    }

    /// The article with all fields borrowed from `self`.
    #[must_use]
    pub fn borrowed(&self) -> Article<'_> {
        Article {
            id: self.id.borrowed(),
            title: Cow::Borrowed(&self.title),
            text: Cow::Borrowed(&self.text),
            url: self.url.as_deref().map(Cow::Borrowed),
            source: self.source.as_deref().map(Cow::Borrowed),
            feed: self.feed.as_deref().map(Cow::Borrowed),
            published: self.published,
            language: self.language.as_deref().map(Cow::Borrowed),
            record: Cow::Borrowed(&self.record),
        }
    }

    /// The article with all fields owned.
    #[must_use]
    pub fn into_owned(self) -> Article<'static> {
        Article {
            id: self.id.into_owned(),
            title: owned(self.title),
            text: owned(self.text),
            url: self.url.map(owned),
            source: self.source.map(owned),
            feed: self.feed.map(owned),
            published: self.published,
            language: self.language.map(owned),
            record: owned(self.record),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

/// The trimmed link, if relative or of scheme `http` or `https`. Other schemes (`javascript:`,
/// `vbscript:`, `data:`) may run scripts. Parses as browsers do: line breaks and tabs are ignored.
///
/// ```
/// use qissa::article::web_link;
///
/// assert_eq!(web_link(" https://a.example/1 "), Some("https://a.example/1"));
/// assert_eq!(web_link("/1"), Some("/1"));
/// assert_eq!(web_link("java\nscript:alert(1)"), None);
/// ```
#[must_use]
pub fn web_link(link: &str) -> Option<&str> {
    let link = link.trim_matches(|c: char| c.is_control() || c == ' ');
    let is_safe = match Url::parse(link) {
        Ok(url) => matches!(url.scheme(), "http" | "https"),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    };
    (is_safe && !link.is_empty()).then_some(link)
}

/// Seconds per day.
const DAY: f64 = 86_400.0;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, without leap seconds. Negative before
/// 1970.
///
/// ```
/// use qissa::Timestamp;
///
/// let midnight = Timestamp(1_767_225_600);
/// assert_eq!(midnight.to_string(), "2026-01-01T00:00:00Z");
/// assert_eq!(midnight.days_from(Timestamp(midnight.0 + 43_200)), 0.5);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Absolute difference to `other`, in days.
    #[must_use]
    pub fn days_from(self, other: Timestamp) -> f64 {
        self.0.abs_diff(other.0) as f64 / DAY
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; empty after the year 9999.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        jiff::Timestamp::from_second(self.0).map_or(Ok(()), |when| when.fmt(f))
    }
}
