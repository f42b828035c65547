//! For an item, the others that a reader of it should see next.

use crate::text::Language;

/// Why an item is in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is the same text.
    Duplicate,
    /// It tells the same story.
    SameStory,
    /// It tells another story that has much in common with it.
    Related,
}

impl Reason {
    /// The reason as it is written in the output.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Duplicate => "duplicate",
            Reason::SameStory => "same story",
            Reason::Related => "related",
        }
    }
}

/// The list of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarList {
    /// The position of the item that the list is for.
    pub of: usize,
    /// The language it was taken to be in.
    pub language: Language,
    /// The entries, the first to be read first.
    pub entries: Vec<SimilarEntry>,
}

/// An entry of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarEntry {
    /// The position of the item.
    pub item: usize,
    /// Why it is there.
    pub reason: Reason,
    /// How alike the two are, in 0..=1: as copies for duplicates, as tellers of a story else.
    pub score: f64,
    /// How many items have its text, itself included.
    pub copies: usize,
}
