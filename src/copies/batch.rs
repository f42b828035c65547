//! The blocks of a batch in, the pairs of its different texts that may be copies out. A table at a time, its keys that
//! occur once passed over before it is sorted. Linear in the keys, but for the sorts of those that recur.

use rayon::prelude::*;

use super::block::{Block, FieldBlock};
use super::{QUOTED_BY, asking};
use crate::lsh::{CROWD, CandidatePair, Candidates, REPRESENTATIVES};
use crate::verify::DuplicateVerifier;

/// The different texts of a batch, in the order of their digests, and the items that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchTexts {
    items: Vec<u32>,
    starts: Vec<u32>,
    /// The text of each item, or [`NONE`].
    of_items: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Shingle keys are dealt to parts of about so many, whose sets stay near the processor.
const PART_KEYS: usize = 1 << 17;
const MOST_PARTS: usize = 64;

/// The texts of a batch of `count` items, and the pairs of them that may be copies to the verifier. Each block but the
/// last is of `size` items.
pub fn batch_texts(
    count: usize,
    size: usize,
    mut blocks: Vec<Block>,
    verifier: &DuplicateVerifier,
) -> (BatchTexts, Candidates) {
    let texts = BatchTexts::collect(count, &blocks);
    let heads = texts.heads();
    let alike = Matcher { blocks: &blocks, count: texts.len(), heads: &heads }.alike();
    blocks.par_iter_mut().flat_map_iter(|block| &mut block.fields).for_each(FieldBlock::forget_bands);
    let quoted = Matcher { blocks: &blocks, count: texts.len(), heads: &heads }.quoted();
    let mut found = alike.merge(quoted);
    let may_match = |pair: &CandidatePair| {
        let [a, b] = [pair.a, pair.b].map(|text| texts.items(text)[0]);
        let [x, y] = [a, b].map(|item| &blocks[item as usize / size]);
        let field = |at: usize| Some(verifier.may_match(x.fields[at].outline(a)?, y.fields[at].outline(b)?));
        field(0) == Some(true) || field(1) == Some(true)
    };
    found.pairs = found.pairs.into_par_iter().filter(may_match).collect();
    (texts, found)
}

impl BatchTexts {
    fn collect(count: usize, blocks: &[Block]) -> Self {
        let mut digests: Vec<(u64, u32)> = blocks.iter().flat_map(|block| &block.digests).copied().collect();
        digests.par_sort_unstable();
        let mut texts =
            BatchTexts { items: Vec::with_capacity(digests.len()), starts: Vec::new(), of_items: vec![NONE; count] };
        for text in digests.chunk_by(|x, y| x.0 == y.0) {
            let number = texts.starts.len() as u32;
            texts.starts.push(texts.items.len() as u32);
            for &(_, item) in text {
                texts.of_items[item as usize] = number;
                texts.items.push(item);
            }
        }
        texts
    }

    /// How many different texts there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The items of a text, ascending.
    pub fn items(&self, text: u32) -> &[u32] {
        let end = self.starts.get(text as usize + 1).map_or(self.items.len(), |&end| end as usize);
        &self.items[self.starts[text as usize] as usize..end]
    }

    /// For the first item of each text that text, else [`NONE`].
    fn heads(&self) -> Vec<u32> {
        let mut heads = vec![NONE; self.of_items.len()];
        (0..self.len() as u32).for_each(|text| heads[self.items(text)[0] as usize] = text);
        heads
    }

    /// The text of an item; none if it is too short to be compared.
    pub fn of(&self, item: u32) -> Option<u32> {
        Some(self.of_items[item as usize]).filter(|&text| text != NONE)
    }
}

/// Looks for the pairs of the different texts.
struct Matcher<'b> {
    blocks: &'b [Block],
    count: usize,
    heads: &'b [u32],
}

impl Matcher<'_> {
    /// The pairs that meet in a band.
    fn alike(&self) -> Candidates {
        let bands = self.blocks.iter().flat_map(|block| &block.fields).map(FieldBlock::bands).max().unwrap_or(0);
        let tables: Vec<(usize, usize)> = (0..2).flat_map(|field| (0..bands).map(move |band| (field, band))).collect();
        let found: Vec<Candidates> = tables.par_iter().map(|&(field, band)| self.alike_in(field, band)).collect();
        let crowded = found.iter().map(|part| part.crowded).sum();
        Candidates { pairs: found.into_iter().flat_map(|part| part.pairs).collect(), crowded }
    }

    /// The pairs that meet in enough of the shingles by which one of them is looked for.
    fn quoted(&self) -> Candidates {
        self.quoted_in(0).merge(self.quoted_in(1))
    }

    /// The pairs that meet in a bucket of a band.
    fn alike_in(&self, field: usize, band: usize) -> Candidates {
        let keys = self.blocks.iter().flat_map(|block| block.fields[field].band(band));
        let keys = keys.filter_map(|(item, key)| self.head(item).map(|text| (key, text)));
        let twice = Twice::of(keys.clone().map(|(key, _)| key), self.count);
        let mut entries: Vec<u64> =
            keys.filter(|&(key, _)| twice.has(key)).map(|(key, text)| entry(key, text, true)).collect();
        entries.sort_unstable();
        let mut found = Candidates::default();
        for bucket in buckets(&entries) {
            found.crowded += usize::from(bucket.len() > CROWD);
            for (place, &one) in bucket.iter().enumerate() {
                let others = if bucket.len() > CROWD { place.min(REPRESENTATIVES) } else { place };
                found
                    .pairs
                    .extend(bucket[..others].iter().filter_map(|&other| CandidatePair::new(text(other), text(one))));
            }
        }
        found
    }

    fn quoted_in(&self, field: usize) -> Candidates {
        let count: usize = self.blocks.iter().map(|block| block.fields[field].shingle_count()).sum();
        let parts = (count / PART_KEYS).clamp(1, MOST_PARTS).next_power_of_two();
        let dealt: Vec<Vec<Vec<u64>>> =
            self.blocks.par_iter().map(|block| self.deal(&block.fields[field], parts)).collect();
        let entries: Vec<Vec<u64>> = (0..parts).into_par_iter().map(|part| recurring(&dealt, part)).collect();
        drop(dealt);
        let buckets: Vec<&[u64]> = entries
            .iter()
            .flat_map(|part| buckets(part))
            .filter(|bucket| bucket.iter().any(|&one| asks(one)))
            .collect();
        let asker = |(at, bucket): (u32, &&[u64])| {
            let front = if bucket.len() > CROWD { REPRESENTATIVES } else { bucket.len() };
            let askers = bucket.iter().enumerate().filter(|(_, one)| asks(**one));
            askers.map(|(place, &one)| (text(one), at, place < front)).collect::<Vec<_>>()
        };
        let mut askers: Vec<(u32, u32, bool)> = (0..).zip(&buckets).flat_map(asker).collect();
        askers.par_sort_unstable();
        let by_text: Vec<&[(u32, u32, bool)]> =
            askers.chunk_by(|x, y| x.0 == y.0).filter(|asked| asked.len() >= QUOTED_BY).collect();
        let holders = |met: &mut Vec<u32>, asked: &&[(u32, u32, bool)]| {
            met.clear();
            for &(_, at, all) in *asked {
                let bucket = buckets[at as usize];
                let end = if all { bucket.len() } else { REPRESENTATIVES };
                met.extend(bucket[..end].iter().map(|&one| text(one)));
            }
            met.sort_unstable();
            let often = met.chunk_by(u32::eq).filter(|run| run.len() >= QUOTED_BY);
            often.filter_map(|run| CandidatePair::new(asked[0].0, run[0])).collect::<Vec<_>>()
        };
        let pairs = by_text.par_iter().map_init(Vec::new, holders).flatten_iter().collect();
        Candidates { pairs, crowded: buckets.iter().filter(|bucket| bucket.len() > CROWD).count() }
    }

    /// The shingle keys of a block, dealt to so many parts by the key.
    fn deal(&self, block: &FieldBlock, parts: usize) -> Vec<Vec<u64>> {
        let mut dealt = vec![Vec::with_capacity(block.shingle_count() / parts * 5 / 4); parts];
        for (item, keys) in block.shingles() {
            let Some(text) = self.head(item) else { continue };
            for (key, asks) in asking(keys) {
                dealt[key as usize & (parts - 1)].push(entry(key, text, asks));
            }
        }
        dealt
    }

    /// The text of which an item is the first.
    fn head(&self, item: u32) -> Option<u32> {
        Some(self.heads[item as usize]).filter(|&text| text != NONE)
    }
}

/// A key, a text under it, and whether that is looked for by it.
fn entry(key: u32, text: u32, asks: bool) -> u64 {
    u64::from(key) << 32 | u64::from(text) << 1 | u64::from(asks)
}

fn key(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn text(entry: u64) -> u32 {
    entry as u32 >> 1
}

fn asks(entry: u64) -> bool {
    entry & 1 == 1
}

/// The sorted entries of one part of the shingle keys, without most of those whose key occurs once or is one by which
/// nothing is looked for.
fn recurring(dealt: &[Vec<Vec<u64>>], part: usize) -> Vec<u64> {
    let all = dealt.iter().flat_map(|block| &block[part]).copied();
    let count = dealt.iter().map(|block| block[part].len()).sum();
    let twice = Twice::of(all.clone().map(key), count);
    let asked = Seen::of(all.clone().filter(|&entry| asks(entry)).map(key), count);
    let mut entries: Vec<u64> = all.filter(|&entry| twice.has(key(entry)) && asked.has(key(entry))).collect();
    entries.sort_unstable();
    entries
}

/// The sorted entries under each key that has more than one.
fn buckets(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|bucket| bucket.len() > 1)
}

/// A set of keys that may hold some more (Bloom 1970, one hash function).
struct Seen(Vec<u64>);

/// So many bits a key: one key in so many is taken for another.
const SLOTS: usize = 8;

impl Seen {
    /// Room for so many keys.
    fn with_room(count: usize) -> Self {
        Seen(vec![0; (count * SLOTS).div_ceil(64).next_power_of_two()])
    }

    fn of(keys: impl Iterator<Item = u32>, count: usize) -> Self {
        let mut seen = Seen::with_room(count);
        keys.for_each(|key| _ = seen.insert(key));
        seen
    }

    /// The least bits of keys, by which parts are told apart, are passed over.
    /// Adds a key; whether it, or one taken for it, was there.
    fn insert(&mut self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        let was = self.0[word] & bit != 0;
        self.0[word] |= bit;
        was
    }

    fn has(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.0[word] & bit != 0
    }

    fn place(&self, key: u32) -> (usize, u64) {
        ((key >> 9) as usize & (self.0.len() - 1), 1 << (key >> 3 & 63))
    }
}

/// The keys that occur twice or more, and perhaps some others.
struct Twice(Seen);

impl Twice {
    fn of(keys: impl Iterator<Item = u32>, count: usize) -> Self {
        let (mut once, mut twice) = (Seen::with_room(count), Seen::with_room(count));
        for key in keys {
            if once.insert(key) {
                twice.insert(key);
            }
        }
        Twice(twice)
    }

    fn has(&self, key: u32) -> bool {
        self.0.has(key)
    }
}
