//! Some items of a batch in, the keys of their texts out, in one block of memory, table by table.
//! O(k) a shingle for signatures of k values.

use std::ops::Range;

use rayon::prelude::*;

use super::candidates::{Column, ShingleKey};
use super::memory::Heads;
use super::prefix::Reach;
use super::{Keyer, asking, sample};
use crate::sets::Shingles;
use crate::text::Tokens;
use crate::verify::{
    Bitmap, ComparedItem, FieldRule, Rules, containment_keys, digest, digest_of, is_text,
};

/// Items are keyed in about so many blocks, so that all threads have work, of at most so many
/// items.
const BLOCKS: usize = 64;
pub(super) const BLOCK: usize = 2048;

/// Makes the keys of items.
#[derive(Debug, Clone)]
pub struct Sketcher {
    keyer: Keyer,
    rules: Rules,
}

/// The keys of some items of a batch.
#[derive(Debug, Default)]
pub struct Block {
    /// The digest of each item that is long enough, and its number.
    pub(super) digests: Vec<(u64, u32)>,
    /// Of headlines and bodies.
    pub(super) fields: [FieldBlock; 2],
    /// How many items have no word that can be compared.
    pub wordless: usize,
}

/// The keys of one field of some items.
#[derive(Debug, Default)]
pub(super) struct FieldBlock {
    /// The items that have it or, once they are known, the texts that these stand for.
    owners: Vec<u32>,
    /// The keys of all owners for the first band, then for the second; none where neighbours find
    /// what is alike.
    bands: Vec<u32>,
    reach: Option<Reach>,
    /// Where the shingle keys of each owner end.
    ends: Vec<u32>,
    shingles: Vec<u32>,
    /// Where the keys of the sample of each owner end; those of texts have none.
    sample_ends: Vec<u32>,
    samples: Vec<u32>,
    outlines: Vec<Drawn>,
    bits: Vec<u64>,
}

/// The outline of one field of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drawn {
    /// How many shingles were counted.
    pub(super) count: u32,
    /// Where it ends in its block.
    pub(super) end: u32,
    /// Of a body, whether it is long enough to be a text of its own; of a title, whether it has
    /// signs of scripts without spaces.
    pub(super) is_text: bool,
}

impl FieldBlock {
    /// How many bands there are.
    pub(super) fn bands(&self) -> usize {
        self.bands.len() / self.owners.len().max(1)
    }

    /// All owners, and the key of each for a band.
    pub(super) fn band(&self, band: usize) -> Column<'_> {
        let count = self.owners.len();
        Column {
            texts: self.owners[..].into(),
            keys: self.bands[band * count..(band + 1) * count].into(),
        }
    }

    /// Who has it.
    pub(super) fn owners(&self) -> &[u32] {
        &self.owners
    }

    /// Each owner with its outline.
    pub(super) fn outlines(&self) -> impl Iterator<Item = (u32, Drawn)> {
        self.owners
            .iter()
            .copied()
            .zip(self.outlines.iter().copied())
    }

    /// Keeps what belongs to items that stand for a text; from now on it is the text's.
    pub(super) fn keep_heads(&mut self, heads: &Heads) {
        let count = self.owners.len();
        let kept: Vec<usize> = (0..count)
            .filter(|&at| heads.text(self.owners[at]).is_some())
            .collect();
        if kept.len() < count {
            self.keep_keys(&kept);
            self.outlines = kept.iter().map(|&at| self.outlines[at]).collect();
        }
        self.owners = self
            .owners
            .iter()
            .filter_map(|&item| heads.text(item))
            .collect();
    }

    fn keep_keys(&mut self, kept: &[usize]) {
        let count = self.owners.len();
        for band in 0..self.bands() {
            for (to, from) in kept.iter().enumerate() {
                self.bands[band * kept.len() + to] = self.bands[band * count + from];
            }
        }
        self.bands.truncate(self.bands() * kept.len());
        keep_lists(&mut self.ends, &mut self.shingles, kept);
        keep_lists(&mut self.sample_ends, &mut self.samples, kept);
    }

    /// The shingle keys of the owner at a place.
    fn shingles_of(&self, place: usize) -> &[u32] {
        &self.shingles[list_at(&self.ends, place)]
    }

    /// The keys of the sample of the owner at a place.
    fn sample_of(&self, place: usize) -> &[u32] {
        &self.samples[list_at(&self.sample_ends, place)]
    }

    /// The bits of the outline of so many shingles that ends at a place.
    pub(super) fn bits(&self, count: u32, end: u32) -> &[u64] {
        &self.bits[end as usize - Bitmap::words(count as usize)..end as usize]
    }

    /// The keys under which quotations are found: the place of its owner, the key, and whether that
    /// is looked for by it.
    pub(super) fn shingle_keys(&self) -> impl Iterator<Item = (usize, u32, bool)> {
        let places = 0..self.ends.len();
        places.flat_map(|place| {
            asking(self.shingles_of(place)).map(move |(key, asks)| (place, key, asks))
        })
    }

    /// The keys of neighbours, where these find what is alike, and of samples, in the same form.
    pub(super) fn neighbour_keys(&self) -> impl Iterator<Item = (usize, u32, bool)> {
        let places = self
            .reach
            .into_iter()
            .flat_map(|reach| (0..self.ends.len()).map(move |place| (reach, place)));
        let neighbours = places.flat_map(|(reach, place)| {
            reach
                .keys(self.shingles_of(place))
                .map(move |key| (place, key, true))
        });
        let samples = (0..self.sample_ends.len()).flat_map(|place| {
            self.sample_of(place)
                .iter()
                .map(move |&key| (place, key, true))
        });
        neighbours.chain(samples)
    }

    /// Keys with their owners.
    fn owned<'b, K: Iterator<Item = (usize, u32, bool)>>(
        &'b self,
        keys: impl Fn(&'b Self) -> K,
    ) -> impl Iterator<Item = ShingleKey> {
        keys(self).map(|(place, key, asks)| ShingleKey {
            key,
            owner: self.owners[place],
            asks,
        })
    }

    /// Forgets the keys of shingles.
    pub(super) fn forget_shingles(&mut self) {
        (self.shingles, self.ends) = Default::default();
        (self.samples, self.sample_ends) = Default::default();
    }
}

/// Where the list at a place stands among lists one behind the other, given where each ends.
fn list_at(ends: &[u32], place: usize) -> Range<usize> {
    let start = place.checked_sub(1).map_or(0, |before| ends[before]);
    start as usize..ends[place] as usize
}

/// Keeps of lists one behind the other those at these places.
fn keep_lists(ends: &mut Vec<u32>, values: &mut Vec<u32>, kept: &[usize]) {
    if ends.is_empty() {
        return;
    }
    let mut end = 0;
    let new_ends = kept.iter().map(|&at| {
        let range = list_at(ends, at);
        let start = end;
        end += range.len();
        values.copy_within(range, start);
        end as u32
    });
    *ends = new_ends.collect();
    values.truncate(end);
}

impl Block {
    /// Whether any of its items has a field.
    pub(super) fn has(&self, field: usize) -> bool {
        !self.fields[field].owners.is_empty()
    }

    /// The digest of each item that is long enough to be compared, and its number, which the block
    /// then forgets.
    pub fn take_digests(&mut self) -> Vec<(u64, u32)> {
        std::mem::take(&mut self.digests)
    }

    /// The items that have a field, and their keys for all bands, the first band's first.
    pub fn bands(&self, field: usize) -> (&[u32], &[u32]) {
        (&self.fields[field].owners, &self.fields[field].bands)
    }

    /// The keys of neighbours in a field.
    pub fn neighbour_keys(&self, field: usize) -> impl Iterator<Item = ShingleKey> {
        self.fields[field].owned(FieldBlock::neighbour_keys)
    }

    /// The keys by which what is alike in a field is found, each with its table among these.
    pub(super) fn alike_keys(&self, field: usize) -> impl Iterator<Item = (usize, ShingleKey)> {
        let FieldBlock { owners, bands, .. } = &self.fields[field];
        let of_bands =
            bands
                .chunks(owners.len().max(1))
                .enumerate()
                .flat_map(move |(band, keys)| {
                    keys.iter().zip(owners).map(move |(&key, &owner)| {
                        (
                            band,
                            ShingleKey {
                                key,
                                owner,
                                asks: true,
                            },
                        )
                    })
                });
        let last = self.fields[field].bands();
        of_bands.chain(self.neighbour_keys(field).map(move |key| (last, key)))
    }

    /// The items that have a text.
    pub fn texts(&self) -> impl Iterator<Item = u32> {
        self.fields[1]
            .outlines()
            .filter(|(_, drawn)| drawn.is_text)
            .map(|(item, _)| item)
    }

    /// How many keys of a field's shingles there are.
    pub fn shingle_count(&self, field: usize) -> usize {
        self.fields[field].shingles.len()
    }

    /// Keeps what belongs to items that stand for a text; from now on it is the text's.
    pub fn keep_heads(&mut self, heads: &Heads) {
        self.fields
            .iter_mut()
            .for_each(|field| field.keep_heads(heads));
    }

    /// The outlines' bits of each field, which the block then forgets.
    pub(super) fn take_outlines(&mut self) -> [Vec<u64>; 2] {
        self.fields.each_mut().map(|field| {
            field.outlines = Vec::new();
            std::mem::take(&mut field.bits)
        })
    }

    /// How many bytes the outlines of a field take.
    pub fn outline_bytes(&self, field: usize) -> usize {
        self.fields[field].bits.len() * 8 + self.fields[field].outlines.len() * size_of::<Drawn>()
    }

    /// The keys of a field's shingles.
    pub fn shingle_keys(&self, field: usize) -> impl Iterator<Item = ShingleKey> {
        self.fields[field].owned(FieldBlock::shingle_keys)
    }

    /// Forgets the keys of bands.
    pub fn forget_bands(&mut self) {
        self.fields
            .iter_mut()
            .for_each(|field| field.bands = Vec::new());
    }

    /// Forgets the keys of a field's shingles.
    pub fn forget_shingles(&mut self, field: usize) {
        self.fields[field].forget_shingles();
    }
}

/// So many items are put together at a time.
const TURNED: usize = 16;

/// What blocks are made in, which can be used for the next.
#[derive(Default)]
pub struct Scratch {
    tokens: Tokens,
    rows: [Rows; 2],
}

/// The keys of a block's field as they come, item by item.
#[derive(Default)]
struct Rows {
    bands: Vec<u32>,
    containment_keys: Vec<u64>,
    hashes: Vec<u64>,
    shingles: Shingles,
    signature: Vec<u32>,
}

impl Sketcher {
    /// Keys of what the rules compare.
    pub fn new(keyer: Keyer, rules: Rules) -> Self {
        Sketcher { keyer, rules }
    }

    /// The blocks of so many items, given what of each is compared, and of the headlines of those
    /// that have a text if any has none. `done` is told of how many items more are keyed.
    pub fn blocks<'t>(
        &self,
        count: usize,
        item: impl Fn(u32) -> ComparedItem<'t> + Sync,
        done: impl Fn(usize) + Sync,
    ) -> Vec<Block> {
        let length = count.div_ceil(BLOCKS).clamp(1, BLOCK);
        let block = |scratch: &mut Scratch, at: usize| {
            let items = at * length..count.min((at + 1) * length);
            done(items.len());
            self.block(items.start as u32..items.end as u32, &item, scratch)
        };
        let mut blocks: Vec<Block> = (0..count.div_ceil(length))
            .into_par_iter()
            .map_init(Scratch::default, block)
            .collect();
        if blocks.iter().any(|block| block.has(0)) {
            let headlines =
                |scratch: &mut Scratch, block: &Block| self.headlines(block, &item, scratch);
            let more: Vec<Block> = blocks
                .par_iter()
                .map_init(Scratch::default, headlines)
                .collect();
            blocks.extend(more);
        }
        blocks
    }

    /// All keys of some items of a batch whose others are not known, given what of each is
    /// compared: the block of the items, and that of the headlines of those that have a text.
    pub fn whole<'t>(
        &self,
        items: Range<u32>,
        item: impl Fn(u32) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> [Block; 2] {
        let block = self.block(items, &item, scratch);
        let headlines = self.headlines(&block, &item, scratch);
        [block, headlines]
    }

    /// The block of some items, without the headlines of those that have a text: two such items are
    /// compared by their texts alone.
    fn block<'t>(
        &self,
        items: Range<u32>,
        subjects: impl Fn(u32) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> Block {
        let mut block = Block::default();
        let Scratch { tokens, rows } = scratch;
        for item in items {
            let subject = subjects(item);
            let [title, body] = subject.fields();
            let mut digests = [None; 2];
            let (mut wordless, mut has_text, mut words) = (true, false, 0);
            // The body comes first, as it tells whether the headline's keys are wanted.
            for (field, rule, text) in [(1, self.rules.body, body), (0, self.rules.title, title)] {
                let Some(rule) = rule else { continue };
                tokens.fill(text);
                wordless &= tokens.is_empty();
                words += tokens.words();
                if !rule.admits(tokens) {
                    continue;
                }
                digests[field] = Some(digest(tokens));
                if !has_text {
                    self.add(
                        (item, field),
                        tokens,
                        &rule,
                        &mut rows[field],
                        &mut block.fields[field],
                    );
                }
                has_text = field == 1 && is_text(tokens.words());
            }
            if digests != [None; 2] {
                block
                    .digests
                    .push((digest_of(digests, subject.context.for_words(words)), item));
            }
            block.wordless += usize::from(wordless);
        }
        self.put_together(block, rows)
    }

    /// The block of the headlines that a block of items was made without.
    fn headlines<'t>(
        &self,
        block: &Block,
        subjects: impl Fn(u32) -> ComparedItem<'t>,
        scratch: &mut Scratch,
    ) -> Block {
        let mut headlines = Block::default();
        let Scratch { tokens, rows } = scratch;
        if let Some(rule) = &self.rules.title {
            for item in block.texts() {
                tokens.fill(&subjects(item).title);
                if rule.admits(tokens) {
                    self.add(
                        (item, 0),
                        tokens,
                        rule,
                        &mut rows[0],
                        &mut headlines.fields[0],
                    );
                }
            }
        }
        self.put_together(headlines, rows)
    }

    /// Turns the keys of bands, which are then made anew.
    fn put_together(&self, mut block: Block, rows: &mut [Rows; 2]) -> Block {
        for ((rows, field), reach) in rows.iter_mut().zip(&mut block.fields).zip(self.keyer.reach) {
            field.reach = reach;
            let (count, items) = (self.keyer.banding.bands, field.owners.len());
            field.bands = vec![0; rows.bands.len()];
            // Some items at a time, whose keys stay near the processor.
            for (at, rows) in rows.bands.chunks(TURNED * count).enumerate() {
                for band in 0..count {
                    let keys = rows.chunks_exact(count).map(|keys| keys[band]);
                    let turned = &mut field.bands[band * items + at * TURNED..];
                    turned
                        .iter_mut()
                        .zip(keys)
                        .for_each(|(place, key)| *place = key);
                }
            }
            rows.bands.clear();
            field.shingles.shrink_to_fit();
            field.samples.shrink_to_fit();
            field.bits.shrink_to_fit();
        }
        block
    }

    fn add(
        &self,
        (item, field): (u32, usize),
        tokens: &Tokens,
        rule: &FieldRule,
        rows: &mut Rows,
        block: &mut FieldBlock,
    ) {
        rule.shingler.shingle_into(tokens, &mut rows.shingles);
        let hashes = rows.shingles.hashes();
        block.owners.push(item);
        if self.keyer.has_bands(field) {
            rows.signature
                .resize(self.keyer.banding.bands * self.keyer.banding.rows, 0);
            self.keyer.hasher.sign_into(hashes, &mut rows.signature);
            rows.bands.extend(self.keyer.banding.keys(&rows.signature));
        }
        Bitmap::append(hashes, &mut block.bits);
        let (count, end) = (hashes.len() as u32, block.bits.len() as u32);
        let is_text = if field == 1 {
            is_text(tokens.words())
        } else {
            tokens.has_signs()
        };
        block.outlines.push(Drawn {
            count,
            end,
            is_text,
        });
        block.shingles.extend(containment_keys(
            &rows.shingles,
            rule.stride,
            &mut rows.containment_keys,
        ));
        block.ends.push(block.shingles.len() as u32);
        if field == 1 {
            if !is_text {
                rows.hashes.clear();
                rows.hashes.extend_from_slice(hashes);
                block.samples.extend(sample(&mut rows.hashes));
            }
            block.sample_ends.push(block.samples.len() as u32);
        }
    }
}
