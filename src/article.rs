//! What one news item is, whatever it came from.
//!
//! An [`Article`] borrows from the bytes it was read from where it can, so that a large file is not
//! held twice. A headline alone is an article: only the title or the text must be there for it to
//! be compared with others.

mod id;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use url::Url;

pub use id::Id;

/// One news item.
///
/// ```
/// use qissa::Article;
/// let article = Article::headline("a1", "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين");
/// assert!(article.text.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Article<'a> {
    /// The item's own id, or a hash of its content where it has none. Never empty in what a reader
    /// returns.
    pub id: Id<'a>,
    /// The headline as plain text; empty if there is none.
    pub title: Cow<'a, str>,
    /// The body as plain text; empty if there is none.
    pub text: Cow<'a, str>,
    /// Where the item can be read.
    pub url: Option<Cow<'a, str>>,
    /// Who published it: an outlet's name or its host.
    pub source: Option<Cow<'a, str>>,
    /// The address of the feed that carried it.
    pub feed: Option<Cow<'a, str>>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// The language it declares, as it was written ("ar", "en-GB").
    pub language: Option<Cow<'a, str>>,
    /// The whole input record as one JSON object, passed through to the output untouched. Empty if
    /// there is none: the output then carries the fields above.
    pub record: Cow<'a, str>,
}

impl<'a> Article<'a> {
    /// An article that is only a headline.
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

    /// How it stands to another in the one order of a batch, however its items come: by id, then by
    /// all else that can differ.
    pub fn compare(&self, other: &Article<'_>) -> Ordering {
        self.canonical_key().cmp(&other.canonical_key())
    }

    /// The first words of its text, by which an article without a headline is known.
    pub fn opening(&self) -> String {
        self.text
            .split_whitespace()
            .take(12)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Its address, if that leads to a page of the web: others may be scripts.
    pub fn page(&self) -> Option<Url> {
        Url::parse(self.url.as_deref()?)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// The same article without its text.
    pub fn without_text(&self) -> Article<'_> {
        Article {
            text: Cow::Borrowed(""),
            ..self.borrowed()
        }
    }

    /// The same article, owning nothing.
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

    /// The same article, owning everything it holds.
    pub fn into_owned(self) -> Article<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Article {
            id: self.id.into_owned(),
            title: own(self.title),
            text: own(self.text),
            url: self.url.map(own),
            source: self.source.map(own),
            feed: self.feed.map(own),
            published: self.published,
            language: self.language.map(own),
            record: own(self.record),
        }
    }
}

/// A link that leads to a page of the web: with `http` or `https`, or relative to where it stands.
/// Others may be scripts (`javascript:`, `vbscript:`, `data:`). A link is read as browsers read it,
/// which leave out line breaks and tabs.
///
/// ```
/// use qissa::article::web_link;
/// assert_eq!(web_link(" https://a.example/1 "), Some("https://a.example/1"));
/// assert_eq!(web_link("/1"), Some("/1"));
/// assert_eq!(web_link("java\nscript:alert(1)"), None);
/// ```
pub fn web_link(link: &str) -> Option<&str> {
    let link = link.trim_matches(|c: char| c.is_control() || c == ' ');
    let leads_there = match Url::parse(link) {
        Ok(url) => matches!(url.scheme(), "http" | "https"),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    };
    (leads_there && !link.is_empty()).then_some(link)
}

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The distance to another moment, in days.
    pub fn days_from(self, other: Timestamp) -> f64 {
        self.0.abs_diff(other.0) as f64 / 86_400.0
    }
}

impl fmt::Display for Timestamp {
    /// As RFC 3339 has it, in UTC; nothing beyond the year 9999.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        jiff::Timestamp::from_second(self.0).map_or(Ok(()), |when| when.fmt(f))
    }
}
