//! Lists of similar items, as plain data.

use crate::text::Language;

/// The reason why an item is in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The item is a duplicate.
    Duplicate,
    /// The item is in the same story.
    SameStory,
    /// The item is in another story that shares terms.
    Related,
}

impl Reason {
    /// The name in output files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::Duplicate => "duplicate",
            Reason::SameStory => "same story",
            Reason::Related => "related",
        }
    }
}

/// The items similar to an item.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SimilarList {
    /// Input position of the item that the list is for.
    pub of: usize,
    /// Language of that item, given or detected.
    pub language: Language,
    /// Similar items, best first.
    pub entries: Vec<SimilarEntry>,
}

/// An entry of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct SimilarEntry {
    /// Input position of the item.
    pub item: usize,
    /// Why the item is listed.
    pub reason: Reason,
    /// Similarity of the two items, `0..=1`: likeness for duplicates, else similarity of stories.
    pub score: f64,
    /// Number of items in the entry's group of duplicates, the entry included.
    pub copies: usize,
}
