//! Unique texts of a batch: items with equal digests are grouped before blocking.
//!
//! Input: the digest of each item that is long enough to be compared. Output: [`UniqueTexts`].
//! Cost: a sort of the digests.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::exemplars::Exemplars;
use crate::ids::{DenseId, DocId, IdVec, TextId};

/// The unique texts of a batch, in order of digest, and the items of each text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UniqueTexts {
    /// The items of the first text, then of the second, and so on.
    items: Vec<DocId>,
    /// Where the items of each text begin.
    starts: IdVec<TextId, u32>,
    /// The text of each item, or [`NONE`].
    texts: IdVec<DocId, TextId>,
}

/// Marks an item that is too short to be compared.
const NONE: TextId = TextId(u32::MAX);

impl UniqueTexts {
    /// The texts of a batch of `count` items, given the digest of each comparable item.
    pub fn new(count: usize, mut digests: Vec<(u64, DocId)>) -> Self {
        digests.par_sort_unstable();
        let is_first = |&at: &u32| {
            let at = at as usize;
            at == 0 || digests[at - 1].0 != digests[at].0
        };
        let starts: Vec<u32> = (0..digests.len() as u32)
            .into_par_iter()
            .filter(is_first)
            .collect();
        let items: Vec<DocId> = digests.into_par_iter().map(|(_, item)| item).collect();
        let mut unique = UniqueTexts {
            items,
            starts: starts.into(),
            texts: IdVec::default(),
        };
        unique.texts = unique.texts_of_items(count);
        unique
    }

    fn texts_of_items(&self, count: usize) -> IdVec<DocId, TextId> {
        let texts: Vec<AtomicU32> = (0..count)
            .into_par_iter()
            .map(|_| AtomicU32::new(NONE.0))
            .collect();
        (0..self.len() as u32).into_par_iter().for_each(|text| {
            for item in self.items(TextId(text)) {
                texts[item.index()].store(text, Ordering::Relaxed);
            }
        });
        let texts: Vec<TextId> = texts
            .into_par_iter()
            .map(|text| TextId(text.into_inner()))
            .collect();
        texts.into()
    }

    /// Number of unique texts.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// All texts, by digest.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = TextId> + ExactSizeIterator + use<> {
        self.starts.ids()
    }

    /// The items of a text, ascending.
    pub fn items(&self, text: TextId) -> &[DocId] {
        let next = TextId(text.0 + 1);
        let end = self
            .starts
            .get(next)
            .map_or(self.items.len(), |&end| end as usize);
        &self.items[self.starts[text] as usize..end]
    }

    /// The first item of a text.
    pub fn exemplar(&self, text: TextId) -> DocId {
        self.items(text)[0]
    }

    /// The exemplars of all texts.
    pub fn exemplars(&self) -> Exemplars<DocId> {
        Exemplars::new(
            self.texts.len(),
            self.ids().map(|text| (self.exemplar(text), text)),
        )
    }

    /// The text of an item; `None` if the item is too short to be compared.
    pub fn text(&self, item: DocId) -> Option<TextId> {
        Some(self.texts[item]).filter(|&text| text != NONE)
    }
}
