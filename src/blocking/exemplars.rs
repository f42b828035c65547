//! Exemplars: the first item of each unique text.
//!
//! Only exemplars keep blocking keys and bitmaps; the other items of a text are exact duplicates of
//! the exemplar.

use crate::ids::{DenseId, IdVec, TextId};

/// Marks an item that is no exemplar.
const NONE: TextId = TextId(u32::MAX);

/// Maps items to the unique text they are the exemplar of.
#[derive(Debug, Clone)]
pub struct Exemplars<I>(IdVec<I, TextId>);

impl<I: DenseId> Exemplars<I> {
    /// The exemplars among `count` items, with their texts.
    pub fn new(count: usize, exemplars: impl Iterator<Item = (I, TextId)>) -> Self {
        let mut texts = IdVec::filled(NONE, count);
        for (item, text) in exemplars {
            texts[item] = text;
        }
        Exemplars(texts)
    }

    /// The text that an item is the exemplar of.
    #[inline]
    pub fn text(&self, item: I) -> Option<TextId> {
        Some(self.0[item]).filter(|&text| text != NONE)
    }
}
