//! Entry of an item in memory: keys, traits for the choice of canonicals, and versions. Bodies are
//! not held.

use super::{Incoming, SegmentNo};
use crate::article::{Id, Timestamp};
use crate::canonical::{self, Body, ItemFeatures};
use crate::ids::TextId;

/// An item.
#[derive(Debug)]
pub(super) struct Entry {
    /// Id of the first version.
    pub id: Id<'static>,
    /// Traits of the last version.
    pub traits: StoredTraits,
    /// Time of the first commit, in seconds since 1970.
    pub first_seen: i64,
    /// Key of the last known id within the feed.
    pub guid: Option<u64>,
    /// Key of the last known link.
    pub link: Option<u64>,
    /// Whether a link was the link of a single article.
    pub names_article: bool,
    /// Versions, by arrival.
    pub versions: Vec<StoredVersion>,
}

/// A version of an item.
#[derive(Debug)]
pub(super) struct StoredVersion {
    /// Hash of title and text.
    pub content: u64,
    /// Identity keys: id, link, number of the page, text within the feed.
    pub keys: Box<[u64]>,
    /// The text compared for duplicates; `None` if the version is too short.
    pub text: Option<TextId>,
    /// Last commit that wrote the version.
    pub written: Written,
}

/// A commit that wrote a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The segment of the commit.
    pub segment: SegmentNo,
    /// Elapsed seconds of the index at the commit.
    pub elapsed: i64,
}

impl Entry {
    /// Whether a version has the content hash `content`.
    pub fn has_content(&self, content: u64) -> bool {
        self.versions
            .iter()
            .any(|version| version.content == content)
    }

    /// Whether a version has the identity key `key`.
    pub fn has_key(&self, key: u64) -> bool {
        self.versions
            .iter()
            .any(|version| version.keys.contains(&key))
    }

    /// The text of the last version with a text.
    pub fn last_text(&self) -> Option<TextId> {
        self.versions.iter().rev().find_map(|version| version.text)
    }
}

/// The owned form of [`ItemFeatures`].
#[derive(Debug)]
pub(super) struct StoredTraits {
    title: Box<str>,
    /// The title without boilerplate, or the opening of the body; `None` if equal to the title.
    news: Option<Box<str>>,
    /// Traits of the body.
    pub body: Body,
    source: Option<Box<str>>,
    trust: f64,
    published: Option<i64>,
}

impl StoredTraits {
    /// The traits of an incoming version.
    pub fn of(incoming: &Incoming<'_>) -> Self {
        let article = incoming.compared();
        let news = canonical::title_or_opening(article);
        StoredTraits {
            title: (&*article.title).into(),
            news: (news != article.title).then(|| (&*news).into()),
            body: Body::of(article),
            source: article.source.as_deref().map(Into::into),
            trust: incoming.trust,
            published: article.published.map(|time| time.0),
        }
    }

    /// Title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Time of publication, in seconds since 1970.
    pub fn published(&self) -> Option<i64> {
        self.published
    }

    /// The traits for scoring; `duplicates` numbers the item's group of duplicates.
    pub fn scored(&self, duplicates: u64) -> ItemFeatures<'_> {
        ItemFeatures {
            title: &self.title,
            headline: self.news.as_deref().unwrap_or(&self.title).into(),
            body: self.body,
            source: self.source.as_deref(),
            trust: self.trust,
            published: self.published.map(Timestamp),
            copies: duplicates,
        }
    }
}
