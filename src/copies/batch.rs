//! The blocks of a batch in, the pairs of its different texts that may be copies out. A table at a time, its keys that
//! occur once passed over before it is sorted. Linear in the keys, but for the sorts of those that recur.

use rayon::prelude::*;

use super::block::{Block, FieldBlock};
use super::{QUOTED_BY, asking};
use crate::lsh::{CROWD, CandidatePair, Candidates, REPRESENTATIVES};

/// The different texts of a batch, in the order of their digests, and the items that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchTexts {
    items: Vec<u32>,
    starts: Vec<u32>,
    /// The text of each item, or [`NONE`].
    of_items: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// The texts of a batch of `count` items, and the pairs of them that may be copies.
pub fn batch_texts(count: usize, blocks: &[Block]) -> (BatchTexts, Candidates) {
    let texts = BatchTexts::collect(count, blocks);
    let found = Matcher::new(&texts, blocks).candidates();
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

    /// The text of an item; none if it is too short to be compared.
    pub fn of(&self, item: u32) -> Option<u32> {
        Some(self.of_items[item as usize]).filter(|&text| text != NONE)
    }
}

/// Looks for the pairs of the different texts.
struct Matcher<'b> {
    blocks: &'b [Block],
    count: usize,
    /// For the first item of each text that text, else [`NONE`].
    heads: Vec<u32>,
}

impl<'b> Matcher<'b> {
    fn new(texts: &BatchTexts, blocks: &'b [Block]) -> Self {
        let mut heads = vec![NONE; texts.of_items.len()];
        (0..texts.len() as u32).for_each(|text| heads[texts.items(text)[0] as usize] = text);
        Matcher { blocks, count: texts.len(), heads }
    }

    fn candidates(&self) -> Candidates {
        let bands = self.blocks.iter().flat_map(|block| &block.fields).map(FieldBlock::bands).max().unwrap_or(0);
        let tables: Vec<(usize, usize)> = (0..2).flat_map(|field| (0..bands).map(move |band| (field, band))).collect();
        let alike = tables.par_iter().map(|&(field, band)| self.alike(field, band));
        let mut found: Vec<Candidates> = alike.collect();
        found.extend([0, 1].map(|field| self.quoted(field)));
        let crowded = found.iter().map(|part| part.crowded).sum();
        let pairs = found.into_iter().flat_map(|part| part.pairs).collect();
        Candidates { pairs, crowded }.merge(Candidates::default())
    }

    /// The pairs that meet in a bucket of a band.
    fn alike(&self, field: usize, band: usize) -> Candidates {
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

    /// The pairs that meet in enough of the shingles by which one of them is looked for.
    fn quoted(&self, field: usize) -> Candidates {
        let texts = self.blocks.iter().flat_map(|block| block.fields[field].shingles());
        let texts = texts.filter_map(|(item, keys)| self.head(item).map(|text| (text, keys)));
        let keys = texts.flat_map(|(text, keys)| asking(keys).map(move |(key, asks)| (key, text, asks)));
        let count = self.blocks.iter().map(|block| block.fields[field].shingle_count()).sum();
        let twice = Twice::of(keys.clone().map(|(key, ..)| key), count);
        let asked = Seen::of(keys.clone().filter(|(.., asks)| *asks).map(|(key, ..)| key), count);
        let counts = |&(key, ..): &(u32, u32, bool)| twice.has(key) && asked.has(key);
        let mut entries: Vec<u64> = keys.filter(counts).map(|(key, text, asks)| entry(key, text, asks)).collect();
        entries.par_sort_unstable();
        let buckets: Vec<&[u64]> = buckets(&entries).filter(|bucket| bucket.iter().any(|&one| asks(one))).collect();
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

    /// The text of which an item is the first.
    fn head(&self, item: u32) -> Option<u32> {
        Some(self.heads[item as usize]).filter(|&text| text != NONE)
    }
}

/// A key, a text under it, and whether that is looked for by it.
fn entry(key: u32, text: u32, asks: bool) -> u64 {
    u64::from(key) << 32 | u64::from(text) << 1 | u64::from(asks)
}

fn text(entry: u64) -> u32 {
    entry as u32 >> 1
}

fn asks(entry: u64) -> bool {
    entry & 1 == 1
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
        ((key >> 6) as usize & (self.0.len() - 1), 1 << (key & 63))
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
