//! The keys of a batch in, the pairs of its different texts that may be copies out. A table at a time, its keys that
//! occur once passed over before it is sorted; where the tables are kept is the caller's affair. Linear in the keys, but
//! for the sorts of those that recur.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;
use rayon::prelude::*;

use super::QUOTED_BY;
use super::block::{Block, Drawn, FieldBlock};
use crate::lsh::{CROWD, CandidatePair, Candidates, REPRESENTATIVES};
use crate::verify::{DuplicateVerifier, Outline};

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

/// The keys of a batch, table by table. Items are numbered as the batch numbers them.
pub trait KeyTables: Sync {
    /// Why a table cannot be had.
    type Error: Send;

    /// How many bands there are.
    fn bands(&self) -> usize;

    /// Tells each item that has the field, with its key for a band.
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn band(&self, field: usize, band: usize, tell: impl FnMut((u32, u32))) -> Result<(), Self::Error>;

    /// The parts into which the keys of the field's shingles are dealt, all of one key to the same.
    fn parts(&self, field: usize) -> usize;

    /// The keys of one part: each with its item and whether that is looked for by it, as [`ShingleKey::packed`].
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn part(&self, field: usize, part: usize) -> Result<Vec<u64>, Self::Error>;
}

/// The key of a shingle with the item that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShingleKey {
    /// The key.
    pub key: u32,
    /// The item, less than 2^31.
    pub item: u32,
    /// Whether the item is looked for by it.
    pub asks: bool,
}

impl ShingleKey {
    /// All in one number, which sorts by key, then item.
    pub fn packed(self) -> u64 {
        entry(self.key, self.item, self.asks)
    }
}

/// The part a key is dealt to, of so many, a power of two.
pub fn part_of(key: u32, parts: usize) -> usize {
    key as usize & (parts - 1)
}

/// The texts of a batch of `count` items, and the pairs of them that may be copies to the verifier.
pub fn batch_texts(count: usize, mut blocks: Vec<Block>, verifier: &DuplicateVerifier) -> (BatchTexts, Candidates) {
    let texts = BatchTexts::new(count, blocks.iter_mut().flat_map(Block::take_digests).collect());
    let heads = texts.heads();
    let outlines = Outlines::new(&blocks, &heads, texts.len());
    let mut tables = InMemory { blocks, dealt: [Vec::new(), Vec::new()] };
    let Ok(alike) = alike(&tables, &heads, |field, pair| outlines.may_match(&tables.blocks, field, pair, verifier));
    tables.blocks.par_iter_mut().for_each(Block::forget_bands);
    tables.deal();
    let Ok(quoted) = quoted(&tables, &heads, |field, pair| outlines.may_match(&tables.blocks, field, pair, verifier));
    (texts, alike.merge(quoted))
}

/// Where the outline of each text is, field by field: most pairs that are looked at are far from each other in memory,
/// and an outline of one word is found at one look.
#[derive(Debug)]
pub struct Outlines([Vec<Place>; 2]);

/// 16 bytes, as each look takes one from far away.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// How many shingles there are; none if the text has not the field.
    count: u32,
    /// Twice its block's number, and one more if the field is long enough to be a text of its own.
    block: u32,
    /// The outline itself if it is one word, else where it ends in its block.
    bits: u64,
}

impl Outlines {
    /// The places of the outlines of so many texts.
    pub fn new(blocks: &[Block], heads: &Heads, count: usize) -> Self {
        let places = |field: usize| {
            if !blocks.iter().any(|block| block.has(field)) {
                return Vec::new();
            }
            let mut places = vec![Place::default(); count];
            // Places lie apart as digests do, so each thread looks for those of its share.
            let share = count.div_ceil(rayon::current_num_threads()).max(1);
            places.par_chunks_mut(share).enumerate().for_each(|(part, places)| {
                for (block, at) in blocks.iter().map(|block| &block.fields[field]).zip(0..) {
                    for (item, Drawn { count, end, is_text }) in block.outlines() {
                        let Some(text) = heads.text(item) else { continue };
                        let Some(place) = places.get_mut((text as usize).wrapping_sub(part * share)) else { continue };
                        let bits = if let [word] = *block.bits(count, end) { word } else { u64::from(end) };
                        *place = Place { count, block: at << 1 | u32::from(is_text), bits };
                    }
                }
            });
            places
        };
        Outlines([places(0), places(1)])
    }

    /// Whether two texts that met in a field may be copies for all that their outlines tell. Items that both have a text are
    /// compared by these alone, so that they meet in bodies only.
    pub fn may_match(
        &self,
        blocks: &[Block],
        field: usize,
        pair: &CandidatePair,
        verifier: &DuplicateVerifier,
    ) -> bool {
        let may_match = |field: usize| {
            let [Some(a), Some(b)] = self.places(field, pair) else { return false };
            let [a, b] = [a, b].map(|place| {
                let bits = match Outline::words(place.count as usize) {
                    1 => std::slice::from_ref(&place.bits),
                    _ => blocks[place.block as usize >> 1].fields[field].bits(place.count, place.bits as u32),
                };
                Outline::new(place.count, bits)
            });
            verifier.may_match(a, b)
        };
        let texts = self.places(1, pair).iter().all(|place| place.is_some_and(|place| place.block & 1 == 1));
        if texts { field == 1 && may_match(1) } else { may_match(1) || may_match(0) }
    }

    /// The places of a pair's outlines in a field, as far as the two have it.
    fn places(&self, field: usize, pair: &CandidatePair) -> [Option<&Place>; 2] {
        [pair.a, pair.b].map(|text| self.0[field].get(text as usize).filter(|place| place.count > 0))
    }
}

/// Blocks whose keys are in memory.
struct InMemory {
    blocks: Vec<Block>,
    /// Of each field the shingle keys of each block, part by part.
    dealt: [Vec<Vec<Vec<u64>>>; 2],
}

impl InMemory {
    /// Moves the keys of shingles from the blocks to their parts.
    fn deal(&mut self) {
        for field in 0..2 {
            let count: usize = self.blocks.iter().map(|block| block.shingle_count(field)).sum();
            let parts = (count / PART_KEYS).clamp(1, MOST_PARTS).next_power_of_two();
            let deal = |block: &mut Block| {
                let mut counts = vec![0; parts];
                block.shingle_keys(field).for_each(|one| counts[part_of(one.key, parts)] += 1);
                let mut dealt: Vec<Vec<u64>> = counts.into_iter().map(Vec::with_capacity).collect();
                block.shingle_keys(field).for_each(|one| dealt[part_of(one.key, parts)].push(one.packed()));
                block.forget_shingles(field);
                dealt
            };
            self.dealt[field] = self.blocks.par_iter_mut().map(deal).collect();
        }
    }
}

impl KeyTables for InMemory {
    type Error = Infallible;

    fn bands(&self) -> usize {
        self.blocks.iter().flat_map(|block| &block.fields).map(FieldBlock::bands).max().unwrap_or(0)
    }

    fn band(&self, field: usize, band: usize, tell: impl FnMut((u32, u32))) -> Result<(), Infallible> {
        self.blocks.iter().flat_map(|block| block.fields[field].band(band)).for_each(tell);
        Ok(())
    }

    fn parts(&self, field: usize) -> usize {
        self.dealt[field].first().map_or(0, Vec::len)
    }

    fn part(&self, field: usize, part: usize) -> Result<Vec<u64>, Infallible> {
        let parts: Vec<&[u64]> = self.dealt[field].iter().map(|block| &*block[part]).collect();
        Ok(parts.concat())
    }
}

impl BatchTexts {
    /// The texts of a batch of `count` items, given the digest of each item that is long enough.
    pub fn new(count: usize, mut digests: Vec<(u64, u32)>) -> Self {
        digests.par_sort_unstable();
        let is_first = |&at: &u32| at == 0 || digests[at as usize - 1].0 != digests[at as usize].0;
        let starts: Vec<u32> = (0..digests.len() as u32).into_par_iter().filter(is_first).collect();
        let items: Vec<u32> = digests.into_par_iter().map(|(_, item)| item).collect();
        let mut texts = BatchTexts { items, starts, of_items: Vec::new() };
        let of_items: Vec<AtomicU32> = (0..count).into_par_iter().map(|_| AtomicU32::new(NONE)).collect();
        (0..texts.len() as u32).into_par_iter().for_each(|text| {
            texts.items(text).iter().for_each(|&item| of_items[item as usize].store(text, Ordering::Relaxed));
        });
        texts.of_items = of_items.into_par_iter().map(AtomicU32::into_inner).collect();
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

    /// The text of which each item is the first.
    fn heads(&self) -> Heads {
        let mut heads = vec![NONE; self.of_items.len()];
        (0..self.len() as u32).for_each(|text| heads[self.items(text)[0] as usize] = text);
        Heads(heads)
    }

    /// The text of an item; none if it is too short to be compared.
    pub fn of(&self, item: u32) -> Option<u32> {
        Some(self.of_items[item as usize]).filter(|&text| text != NONE)
    }
}

/// For each item of a batch the text for which it stands, if it stands for one.
#[derive(Debug, Clone)]
pub struct Heads(Vec<u32>);

impl Heads {
    /// Each item stands for the text given with it, the others for none.
    pub fn new(count: usize, standing: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut heads = vec![NONE; count];
        standing.for_each(|(item, text)| heads[item as usize] = text);
        Heads(heads)
    }

    fn text(&self, item: u32) -> Option<u32> {
        Some(self.0[item as usize]).filter(|&text| text != NONE)
    }
}

/// So many tables are looked through before what they gave is put together: pairs that are alike meet in most of them.
const TOGETHER: usize = 4;

/// The pairs of texts that meet in a bucket of a band, of those that `keeps` lets pass.
///
/// # Errors
/// That of the first table that cannot be read.
pub fn alike<T: KeyTables>(
    tables: &T,
    heads: &Heads,
    keeps: impl Fn(usize, &CandidatePair) -> bool + Sync,
) -> Result<Candidates, T::Error> {
    let bands = tables.bands();
    let mut crowded = 0;
    let mut found: HashSet<CandidatePair> = HashSet::new();
    // Tables are large, and memory that is used again need not be cleared by the system.
    let benches: Mutex<Vec<Vec<u64>>> = Mutex::default();
    let free = || benches.lock().unwrap_or_else(PoisonError::into_inner);
    for (field, first) in (0..2).flat_map(|field| (0..bands).step_by(TOGETHER).map(move |band| (field, band))) {
        let pairs = |band: usize| {
            let mut entries = free().pop().unwrap_or_default();
            entries.clear();
            let mut enter = |(item, key)| entries.extend(heads.text(item).map(|text| entry(key, text, true)));
            tables.band(field, band, &mut enter)?;
            let pairs = meeting(&mut entries, |pair| !found.contains(pair));
            free().push(entries);
            Ok(pairs)
        };
        let some = first..bands.min(first + TOGETHER);
        let parts: Vec<Candidates> = some.into_par_iter().map(pairs).collect::<Result<_, _>>()?;
        crowded += parts.iter().map(|part| part.crowded).sum::<usize>();
        let mut met: Vec<CandidatePair> = parts.into_iter().flat_map(|part| part.pairs).collect();
        met.par_sort_unstable();
        met.dedup();
        found.extend(met.into_par_iter().filter(|pair| keeps(field, pair)).collect::<Vec<_>>());
    }
    let mut pairs: Vec<CandidatePair> = found.into_iter().collect();
    pairs.par_sort_unstable();
    Ok(Candidates { pairs, crowded })
}

/// The pairs of texts of which one is looked for in enough of the other's shingles, of those that `keeps` lets pass.
///
/// # Errors
/// That of the first table that cannot be read.
pub fn quoted<T: KeyTables>(
    tables: &T,
    heads: &Heads,
    keeps: impl Fn(usize, &CandidatePair) -> bool + Sync,
) -> Result<Candidates, T::Error> {
    let mut found = Candidates::default();
    for field in 0..2 {
        let keys = |part: usize| Ok(recurring(tables.part(field, part)?, heads));
        let recurring: Vec<Vec<u64>> =
            (0..tables.parts(field)).into_par_iter().map(keys).collect::<Result<_, T::Error>>()?;
        found = found.merge(holding(&recurring, |pair| keeps(field, pair)));
    }
    Ok(found)
}

/// The pairs that meet in a bucket of a table and are new.
fn meeting(entries: &mut Vec<u64>, is_new: impl Fn(&CandidatePair) -> bool) -> Candidates {
    let twice = Twice::of(entries.iter().copied().map(key), entries.len());
    entries.retain(|&one| twice.has(key(one)));
    entries.sort_unstable();
    let mut found = Candidates::default();
    for bucket in buckets(entries) {
        found.crowded += usize::from(bucket.len() > CROWD);
        for (place, &one) in bucket.iter().enumerate() {
            let others = if bucket.len() > CROWD { place.min(REPRESENTATIVES) } else { place };
            let pairs = bucket[..others].iter().filter_map(|&other| CandidatePair::new(text(other), text(one)));
            found.pairs.extend(pairs.filter(&is_new));
        }
    }
    found
}

/// The sorted entries of one part of the shingle keys, without most of those whose key occurs once or is one by which
/// nothing is looked for.
fn recurring(mut keys: Vec<u64>, heads: &Heads) -> Vec<u64> {
    let mut count = 0;
    for at in 0..keys.len() {
        let one = keys[at];
        if let Some(text) = heads.text(text(one)) {
            keys[count] = entry(key(one), text, asks(one));
            count += 1;
        }
    }
    keys.truncate(count);
    let twice = Twice::of(keys.iter().copied().map(key), count);
    let asked = Seen::of(keys.iter().copied().filter(|&one| asks(one)).map(key), count);
    keys.retain(|&one| twice.has(key(one)) && asked.has(key(one)));
    keys.shrink_to_fit();
    keys.sort_unstable();
    keys
}

/// The pairs of texts that meet in enough of the keys by which one of them is looked for.
fn holding(recurring: &[Vec<u64>], keeps: impl Fn(&CandidatePair) -> bool + Sync) -> Candidates {
    let is_asked = |bucket: &&[u64]| bucket.iter().any(|&one| asks(one));
    let buckets: Vec<&[u64]> = recurring.par_iter().flat_map_iter(|part| buckets(part).filter(is_asked)).collect();
    let crowded = buckets.par_iter().filter(|bucket| bucket.len() > CROWD).count();
    let places = (0..buckets.len() as u32).into_par_iter().zip(&buckets);
    let askers = places.flat_map_iter(|(bucket, entries)| {
        entries.iter().filter(|&&one| asks(one)).map(move |&one| Asker { text: text(one), bucket })
    });
    let mut askers: Vec<Asker> = askers.collect();
    askers.par_sort_unstable();
    let holders = |met: &mut Vec<u32>, asked: &[Asker]| {
        let asker = asked[0].text;
        met.clear();
        let others = asked.iter().flat_map(|one| met_by(buckets[one.bucket as usize], asker)).map(|&one| text(one));
        met.extend(others.filter(|&other| other != asker));
        met.sort_unstable();
        let often = met.chunk_by(u32::eq).filter(|run| run.len() >= QUOTED_BY);
        often.filter_map(|run| CandidatePair::new(asker, run[0])).filter(&keeps).collect::<Vec<_>>()
    };
    let by_text = askers.par_chunk_by(|x, y| x.text == y.text).filter(|asked| asked.len() >= QUOTED_BY);
    Candidates { pairs: by_text.map_init(Vec::new, holders).flatten_iter().collect(), crowded }
}

/// A text that is looked for in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Asker {
    text: u32,
    bucket: u32,
}

/// The entries of a bucket that one of its texts meets: in a crowd only the first meet all.
fn met_by(bucket: &[u64], asker: u32) -> &[u64] {
    let front = &bucket[..bucket.len().min(REPRESENTATIVES)];
    let meets_all = bucket.len() <= CROWD || front.iter().any(|&one| text(one) == asker);
    if meets_all { bucket } else { front }
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

    /// Where a key stands; its least bits, by which parts are told apart, are passed over.
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
