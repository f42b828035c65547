//! Bitmap filter: drops candidate pairs by an upper bound of their similarity (Sandes, Teodoro and
//! Melo 2017).
//!
//! Input: candidate pairs. Output: the pairs that may be duplicates. Cost: one cache miss per text
//! of a pair and field, as most pairs are far apart in memory.

use rayon::prelude::*;

use super::chunk::{exemplar_places, texts_of};
use super::exemplars::Exemplars;
use crate::ids::{CandidatePair, DenseId, Field, IdVec, Packed, PerField, TextId};
use crate::verify::{Bitmap, DuplicateVerifier};

/// The bitmaps of one field of items or texts.
#[derive(Debug)]
pub struct BitmapChunk<I> {
    owners: Vec<I>,
    /// The bitmap of each owner.
    spans: Vec<Span>,
    /// The words of all bitmaps.
    words: Vec<u64>,
}

/// Where the bitmap of one owner is.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Number of shingles.
    shingles: u32,
    /// End of the bitmap among the words of its chunk.
    end: u32,
    /// See [`BitmapChunk::push`].
    flag: bool,
}

impl<I> Default for BitmapChunk<I> {
    fn default() -> Self {
        BitmapChunk {
            owners: Vec::new(),
            spans: Vec::new(),
            words: Vec::new(),
        }
    }
}

impl<I: DenseId> BitmapChunk<I> {
    /// Appends the bitmap of an owner. `flag` says of a body whether it is a full text, of a title
    /// whether it has signs of scripts without spaces.
    pub(super) fn push(&mut self, owner: I, hashes: &[u64], flag: bool) {
        Bitmap::append(hashes, &mut self.words);
        self.owners.push(owner);
        self.spans.push(Span {
            shingles: hashes.len() as u32,
            end: self.words.len() as u32,
            flag,
        });
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.words.shrink_to_fit();
    }

    /// The owners whose flag is set.
    pub(super) fn flagged(&self) -> impl Iterator<Item = I> {
        let owners = self.owners.iter().zip(&self.spans);
        owners
            .filter(|(_, span)| span.flag)
            .map(|(&owner, _)| owner)
    }

    /// Size in bytes.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.words[..]) + size_of_val(&self.spans[..])
    }

    /// Keeps the bitmaps of exemplars, as bitmaps of their texts.
    pub fn keep_exemplars(self, exemplars: &Exemplars<I>) -> BitmapChunk<TextId> {
        let spans = exemplar_places(&self.owners, exemplars)
            .into_iter()
            .map(|place| self.spans[place])
            .collect();
        BitmapChunk {
            owners: texts_of(&self.owners, exemplars),
            spans,
            words: self.words,
        }
    }
}

/// Bitmaps of all texts of a batch.
#[derive(Debug)]
pub struct BitmapFilter {
    /// The bitmap of each text; empty if no text has the field.
    slots: PerField<IdVec<TextId, PairSlot>>,
    /// The words of the bitmaps of more than one word, chunk by chunk.
    words: PerField<IdVec<ChunkId, Vec<u64>>>,
    verifier: DuplicateVerifier,
}

/// Number of a bitmap chunk.
type ChunkId = u32;

/// The bitmap of a text: 16 bytes, as each lookup is a cache miss.
#[derive(Debug, Clone, Copy)]
struct PairSlot {
    /// Number of shingles; zero if the text does not have the field.
    shingles: u32,
    /// The chunk, and the flag of [`BitmapChunk::push`].
    chunk: Packed<ChunkId>,
    /// A bitmap of one word; for a longer bitmap, the end among the words of the chunk.
    word: u64,
}

/// The slot of a text without the field.
const EMPTY: PairSlot = PairSlot {
    shingles: 0,
    chunk: Packed::ZERO,
    word: 0,
};

/// The slots of the two texts of a pair.
type SlotPair = [PairSlot; 2];

/// Number of pairs whose slots are fetched together.
const PREFETCHED: usize = 64;

impl BitmapFilter {
    /// The filter of `count` texts for pairs that `verifier` will verify.
    pub fn new(
        chunks: PerField<Vec<BitmapChunk<TextId>>>,
        count: usize,
        verifier: DuplicateVerifier,
    ) -> Self {
        let slots = PerField {
            title: slots(&chunks.title, count),
            body: slots(&chunks.body, count),
        };
        BitmapFilter {
            slots,
            words: chunks.map(|chunks| {
                let words: Vec<_> = chunks.into_iter().map(|chunk| chunk.words).collect();
                words.into()
            }),
            verifier,
        }
    }

    /// Drops pairs that collided in a field and whose bitmap upper bound is below the threshold.
    /// Two items with full texts are compared by body alone.
    pub(super) fn retain(&self, field: Field, pairs: &mut Vec<CandidatePair<TextId>>) {
        let mut kept = 0;
        let mut slots = Vec::with_capacity(PREFETCHED);
        for start in (0..pairs.len()).step_by(PREFETCHED) {
            let end = pairs.len().min(start + PREFETCHED);
            // All slots of a block are loaded before the first use, so cache misses overlap.
            slots.clear();
            for &pair in &pairs[start..end] {
                slots.push(PerField::from_fn(|field| self.slots_of(field, pair)));
            }
            for (at, slots) in (start..end).zip(&slots) {
                pairs[kept] = pairs[at];
                kept += usize::from(self.may_match(field, slots));
            }
        }
        pairs.truncate(kept);
    }

    #[inline]
    fn slots_of(&self, field: Field, pair: CandidatePair<TextId>) -> SlotPair {
        [pair.a, pair.b].map(|text| self.slots[field].get(text).copied().unwrap_or(EMPTY))
    }

    /// Whether a pair that collided in `collided` may be duplicates.
    fn may_match(&self, collided: Field, slots: &PerField<SlotPair>) -> bool {
        let [has_titles, has_bodies] = slots
            .values()
            .map(|pair| pair.iter().all(|slot| slot.shingles > 0));
        let [are_unspaced, are_full] = slots
            .values()
            .map(|pair| pair.iter().all(|slot| slot.chunk.flag()));
        if are_full {
            return collided == Field::Body
                && has_bodies
                && self
                    .verifier
                    .may_match(self.bitmaps(Field::Body, &slots.body));
        }
        let titles_overlap = || {
            has_titles
                && self
                    .verifier
                    .may_match_in_part(self.bitmaps(Field::Title, &slots.title))
        };
        if has_bodies {
            return titles_overlap()
                || self
                    .verifier
                    .may_match_in_part(self.bitmaps(Field::Body, &slots.body));
        }
        // Without spaces one wrong sign changes two or three of a few shingles.
        if are_unspaced {
            return titles_overlap();
        }
        has_titles
            && self
                .verifier
                .may_match(self.bitmaps(Field::Title, &slots.title))
    }

    fn bitmaps<'s>(&'s self, field: Field, slots: &'s SlotPair) -> [Bitmap<'s>; 2] {
        slots.each_ref().map(|slot| self.bitmap(field, slot))
    }

    fn bitmap<'s>(&'s self, field: Field, slot: &'s PairSlot) -> Bitmap<'s> {
        let count = Bitmap::words(slot.shingles as usize);
        let words = if count == 1 {
            std::slice::from_ref(&slot.word)
        } else {
            let end = slot.word as usize;
            &self.words[field][slot.chunk.id()][end - count..end]
        };
        Bitmap::new(slot.shingles, words)
    }
}

fn slots(chunks: &[BitmapChunk<TextId>], count: usize) -> IdVec<TextId, PairSlot> {
    if chunks.iter().all(|chunk| chunk.owners.is_empty()) {
        return IdVec::default();
    }
    let mut slots = vec![EMPTY; count];
    // Texts of a chunk are spread over all slots, so each thread fills a range of slots.
    let range = count.div_ceil(rayon::current_num_threads()).max(1);
    slots
        .par_chunks_mut(range)
        .enumerate()
        .for_each(|(part, slots)| fill_slots(part * range, slots, chunks));
    slots.into()
}

/// Fills the slots of the texts from `first` on.
fn fill_slots(first: usize, slots: &mut [PairSlot], chunks: &[BitmapChunk<TextId>]) {
    for (id, chunk) in ChunkId::all(chunks.len()).zip(chunks) {
        for (text, span) in chunk.owners.iter().zip(&chunk.spans) {
            let Some(slot) = slots.get_mut(text.index().wrapping_sub(first)) else {
                continue;
            };
            let (end, count) = (span.end as usize, Bitmap::words(span.shingles as usize));
            *slot = PairSlot {
                shingles: span.shingles,
                chunk: Packed::new(id, span.flag),
                word: match chunk.words[end - count..end] {
                    [word] => word,
                    _ => u64::from(span.end),
                },
            };
        }
    }
}
