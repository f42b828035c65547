//! Sketches: the blocking keys and bitmaps of the items of a batch.
//!
//! Input: the [`ComparedItem`] of each item. Output: [`Sketch`]es of up to [`MAX_SKETCH`] items.
//! Drivers take sketches apart: digests make unique texts, keys make candidates, bitmaps filter
//! candidates. Cost: O(k) per shingle for signatures of `k` values.

use std::ops::Range;

use rayon::prelude::*;

use super::bitmap_filter::BitmapChunk;
use super::chunk::KeyChunk;
use super::keys::{KeyMaker, sample_keys};
use crate::ids::{DenseId, Field, PerField};
use crate::sets::Shingles;
use crate::text::Tokens;
use crate::verify::{ComparedItem, FieldRule, Rules, containment_keys, digest, digest_of, is_text};

/// Approximate number of sketches of a batch: enough work for all threads.
const SKETCHES: usize = 64;

/// Maximal number of items of a sketch.
pub(super) const MAX_SKETCH: usize = 2048;

/// Number of items with band keys transposed together: the keys stay in cache.
const TRANSPOSED: usize = 16;

/// Blocking keys and bitmaps of items.
#[derive(Debug)]
pub struct Sketch<I> {
    /// The digest of each comparable item.
    pub digests: Vec<(u64, I)>,
    /// The blocking keys.
    pub keys: PerField<KeyChunk<I>>,
    /// The bitmaps.
    pub bitmaps: PerField<BitmapChunk<I>>,
    /// Number of items without words that can be compared.
    pub wordless: usize,
}

impl<I> Default for Sketch<I> {
    fn default() -> Self {
        Sketch {
            digests: Vec::new(),
            keys: PerField::default(),
            bitmaps: PerField::default(),
            wordless: 0,
        }
    }
}

impl<I: DenseId> Sketch<I> {
    /// The items with a full text.
    pub fn full_texts(&self) -> impl Iterator<Item = I> {
        self.bitmaps.body.flagged()
    }
}

/// Makes sketches.
#[derive(Debug, Clone)]
pub struct Sketcher {
    keys: KeyMaker,
    rules: Rules,
}

/// Buffers that are reused between sketches.
#[derive(Default)]
pub struct Scratch {
    tokens: Tokens,
    fields: PerField<FieldScratch>,
}

#[derive(Default)]
struct FieldScratch {
    /// Band keys item by item; transposed when the sketch is complete.
    bands: Vec<u32>,
    containment: Vec<u64>,
    hashes: Vec<u64>,
    shingles: Shingles,
    signature: Vec<u32>,
}

impl Sketcher {
    /// Sketches of the fields that have rules.
    pub fn new(keys: KeyMaker, rules: Rules) -> Self {
        Sketcher { keys, rules }
    }

    /// Sketches of all `count` items of a batch. Titles of items with full texts are sketched only
    /// if an item without a full text has a title. Calls `done` with the number of items of each
    /// sketch before it is made.
    pub fn batch<'t, I: DenseId>(
        &self,
        count: usize,
        subject: impl Fn(I) -> ComparedItem<'t> + Sync,
        done: impl Fn(usize) + Sync,
    ) -> Vec<Sketch<I>> {
        let length = count.div_ceil(SKETCHES).clamp(1, MAX_SKETCH);
        let mut sketches: Vec<Sketch<I>> = (0..count.div_ceil(length))
            .into_par_iter()
            .map_init(Scratch::default, |scratch, at| {
                let items = at * length..count.min((at + 1) * length);
                done(items.len());
                self.sketch(items.start as u32..items.end as u32, &subject, scratch)
            })
            .collect();
        let has_titles = |sketch: &Sketch<I>| !sketch.keys.title.owners.is_empty();
        if sketches.iter().any(has_titles) {
            let titles: Vec<Sketch<I>> = sketches
                .par_iter()
                .map_init(Scratch::default, |scratch, sketch| {
                    self.titles_of_full_texts(sketch, &subject, scratch)
                })
                .collect();
            sketches.extend(titles);
        }
        sketches
    }

    /// Sketches of a share of a batch with unknown other items: of the items, and of the titles of
    /// items with full texts.
    pub fn share<'t, I: DenseId>(
        &self,
        items: Range<u32>,
        subject: impl Fn(I) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> [Sketch<I>; 2] {
        let sketch = self.sketch(items, &subject, scratch);
        let titles = self.titles_of_full_texts(&sketch, &subject, scratch);
        [sketch, titles]
    }

    /// The sketch of items, without the titles of items with full texts.
    fn sketch<'t, I: DenseId>(
        &self,
        items: Range<u32>,
        subject: impl Fn(I) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> Sketch<I> {
        let mut sketch = Sketch::default();
        for item in items.map(I::new) {
            self.add_item(item, &subject(item), scratch, &mut sketch);
        }
        self.finish(sketch, scratch)
    }

    fn add_item<I: DenseId>(
        &self,
        item: I,
        subject: &ComparedItem<'_>,
        scratch: &mut Scratch,
        sketch: &mut Sketch<I>,
    ) {
        let mut digests = PerField::default();
        let (mut is_wordless, mut has_full_text, mut words) = (true, false, 0);
        // The body comes first: a full text makes the title's keys superfluous.
        let fields = [
            (Field::Body, self.rules.body, &subject.body),
            (Field::Title, self.rules.title, &subject.title),
        ];
        for (field, rule, text) in fields {
            let Some(rule) = rule else { continue };
            scratch.tokens.fill(text);
            is_wordless &= scratch.tokens.is_empty();
            words += scratch.tokens.words();
            if !rule.admits(&scratch.tokens) {
                continue;
            }
            digests[field] = Some(digest(&scratch.tokens));
            if !has_full_text {
                self.add_field(item, field, &rule, scratch, sketch);
            }
            has_full_text = field == Field::Body && is_text(scratch.tokens.words());
        }
        if digests != PerField::default() {
            let digests = [digests.title, digests.body];
            let digest = digest_of(digests, subject.context.for_words(words));
            sketch.digests.push((digest, item));
        }
        sketch.wordless += usize::from(is_wordless);
    }

    /// The sketch of the titles that [`Sketcher::sketch`] leaves out.
    fn titles_of_full_texts<'t, I: DenseId>(
        &self,
        sketch: &Sketch<I>,
        subject: impl Fn(I) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> Sketch<I> {
        let mut titles = Sketch::default();
        if let Some(rule) = &self.rules.title {
            for item in sketch.full_texts() {
                scratch.tokens.fill(&subject(item).title);
                if rule.admits(&scratch.tokens) {
                    self.add_field(item, Field::Title, rule, scratch, &mut titles);
                }
            }
        }
        self.finish(titles, scratch)
    }

    /// Adds the keys and the bitmap of the field that `scratch.tokens` holds.
    fn add_field<I: DenseId>(
        &self,
        item: I,
        field: Field,
        rule: &FieldRule,
        scratch: &mut Scratch,
        sketch: &mut Sketch<I>,
    ) {
        let tokens = &scratch.tokens;
        let rows = &mut scratch.fields[field];
        let chunk = &mut sketch.keys[field];
        rule.shingler.shingle_into(tokens, &mut rows.shingles);
        let hashes = rows.shingles.hashes();
        chunk.owners.push(item);
        if self.keys.has_bands(field) {
            self.keys
                .extend_band_keys(hashes, &mut rows.signature, &mut rows.bands);
        }
        chunk.shingles.push(containment_keys(
            &rows.shingles,
            rule.stride,
            &mut rows.containment,
        ));
        let flag = match field {
            Field::Title => tokens.has_signs(),
            Field::Body => is_text(tokens.words()),
        };
        sketch.bitmaps[field].push(item, hashes, flag);
        if field == Field::Body {
            rows.hashes.clear();
            if !flag {
                rows.hashes.extend_from_slice(hashes);
            }
            chunk.samples.push(sample_keys(&mut rows.hashes));
        }
    }

    /// Transposes the band keys and releases spare memory.
    fn finish<I: DenseId>(&self, mut sketch: Sketch<I>, scratch: &mut Scratch) -> Sketch<I> {
        for field in Field::ALL {
            let chunk = &mut sketch.keys[field];
            let rows = &mut scratch.fields[field].bands;
            chunk.prefix = self.keys.prefix(field);
            chunk.bands = transposed(rows, self.keys.bands(), chunk.owners.len());
            rows.clear();
            chunk.shingles.shrink_to_fit();
            chunk.samples.shrink_to_fit();
            sketch.bitmaps[field].shrink_to_fit();
        }
        sketch
    }
}

/// Turns rows of `bands` keys per item into columns of `items` keys per band.
fn transposed(rows: &[u32], bands: usize, items: usize) -> Vec<u32> {
    let mut columns = vec![0; rows.len()];
    for (at, rows) in rows.chunks(TRANSPOSED * bands).enumerate() {
        for band in 0..bands {
            let column = &mut columns[band * items + at * TRANSPOSED..];
            for (key, row) in column.iter_mut().zip(rows.chunks_exact(bands)) {
                *key = row[band];
            }
        }
    }
    columns
}
