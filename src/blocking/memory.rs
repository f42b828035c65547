//! The items of a batch in, its different texts out, and the pairs of them that may be copies.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::candidates::Candidates;
use super::candidates::{Column, KeyTables, ShingleKey, candidates, part_of};
use super::filter::Outlines;
use super::sketch::{BLOCK, Block, FieldBlock};
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

/// The texts of a batch of `count` items, and the pairs of them that may be copies to the verifier.
pub fn batch_texts(
    count: usize,
    mut blocks: Vec<Block>,
    verifier: &DuplicateVerifier,
) -> (BatchTexts, Candidates) {
    let digests: Vec<Vec<(u64, u32)>> = blocks.iter_mut().map(Block::take_digests).collect();
    let texts = BatchTexts::new(count, joined(&digests));
    drop(digests);
    let heads = texts.heads();
    blocks
        .par_iter_mut()
        .for_each(|block| block.keep_heads(&heads));
    drop(heads);
    let outlines = Outlines::new(&mut blocks, texts.len());
    let mut tables = InMemory::new(blocks);
    let Ok(found) = candidates(&mut tables, texts.len(), |field, pairs| {
        outlines.keep(field, pairs, verifier)
    });
    (texts, found)
}

/// The lists one behind the other, copied by all threads.
fn joined(lists: &[Vec<(u64, u32)>]) -> Vec<(u64, u32)> {
    let mut all = vec![(0, 0); lists.iter().map(Vec::len).sum()];
    let mut rest = &mut all[..];
    let mut places = Vec::with_capacity(lists.len());
    for list in lists {
        let (place, more) = rest.split_at_mut(list.len());
        places.push((place, list));
        rest = more;
    }
    places
        .into_par_iter()
        .for_each(|(place, list)| place.copy_from_slice(list));
    all
}

impl BatchTexts {
    /// The texts of a batch of `count` items, given the digest of each item that is long enough.
    pub fn new(count: usize, mut digests: Vec<(u64, u32)>) -> Self {
        digests.par_sort_unstable();
        let is_first = |&at: &u32| at == 0 || digests[at as usize - 1].0 != digests[at as usize].0;
        let starts: Vec<u32> = (0..digests.len() as u32)
            .into_par_iter()
            .filter(is_first)
            .collect();
        let items: Vec<u32> = digests.into_par_iter().map(|(_, item)| item).collect();
        let mut texts = BatchTexts {
            items,
            starts,
            of_items: Vec::new(),
        };
        let of_items: Vec<AtomicU32> = (0..count)
            .into_par_iter()
            .map(|_| AtomicU32::new(NONE))
            .collect();
        (0..texts.len() as u32).into_par_iter().for_each(|text| {
            texts
                .items(text)
                .iter()
                .for_each(|&item| of_items[item as usize].store(text, Ordering::Relaxed));
        });
        texts.of_items = of_items
            .into_par_iter()
            .map(AtomicU32::into_inner)
            .collect();
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
        let end = self
            .starts
            .get(text as usize + 1)
            .map_or(self.items.len(), |&end| end as usize);
        &self.items[self.starts[text as usize] as usize..end]
    }

    /// The text of which each item is the first.
    fn heads(&self) -> Heads {
        Heads::new(
            self.of_items.len(),
            (0..self.len() as u32).map(|text| (self.items(text)[0], text)),
        )
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
        let mut of_items = vec![NONE; count];
        standing.for_each(|(item, text)| of_items[item as usize] = text);
        Heads(of_items)
    }

    /// The text that an item stands for.
    #[inline]
    pub fn text(&self, item: u32) -> Option<u32> {
        Some(self.0[item as usize]).filter(|&text| text != NONE)
    }
}

/// Blocks whose keys are in memory.
struct InMemory {
    blocks: Vec<Block>,
    /// Of each field the keys of neighbours of each block.
    neighbours: [Vec<Parted>; 2],
    /// Of each field the shingle keys of each block.
    dealt: [Vec<Parted>; 2],
}

/// The keys of a block, part by part.
struct Parted {
    keys: Vec<u32>,
    /// Of each key twice the place of its owner in the block, and one more if that is looked for
    /// by it.
    places: Vec<u16>,
    ends: Vec<u32>,
}

/// Keys are dealt to parts of about so many, whose sets stay near the processor.
const PART_KEYS: usize = 1 << 15;
const MOST_PARTS: usize = 256;

const _: () = assert!(2 * BLOCK <= 1 << u16::BITS);

impl Parted {
    /// The keys of each block's field.
    fn all<'b, K: Iterator<Item = (usize, u32, bool)>>(
        blocks: &'b [Block],
        field: usize,
        keys: impl Fn(&'b FieldBlock) -> K + Sync,
    ) -> Vec<Self> {
        let blocks = blocks.par_iter().map(|block| &block.fields[field]);
        let count: usize = blocks.clone().map(|block| keys(block).count()).sum();
        let parts = (count / PART_KEYS).clamp(1, MOST_PARTS).next_power_of_two();
        if count == 0 {
            Vec::new()
        } else {
            blocks
                .map(|block| Parted::of(|| keys(block), parts))
                .collect()
        }
    }

    /// Deals the keys of a block, each with the place of its owner and whether that is looked for
    /// by it, to so many parts.
    fn of<K: Iterator<Item = (usize, u32, bool)>>(all: impl Fn() -> K, parts: usize) -> Self {
        let mut ends = vec![0; parts];
        all().for_each(|(_, key, _)| ends[part_of(key, parts)] += 1);
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let (mut keys, mut places) = (vec![0; sum as usize], vec![0; sum as usize]);
        all().for_each(|(place, key, asks)| {
            let end = &mut ends[part_of(key, parts)];
            keys[*end as usize] = key;
            places[*end as usize] = (place as u16) << 1 | u16::from(asks);
            *end += 1;
        });
        Parted { keys, places, ends }
    }

    /// How many parts there are of what is dealt.
    fn count(dealt: &[Self]) -> usize {
        dealt.first().map_or(0, |block| block.ends.len())
    }

    /// The keys of a part, each with its owner.
    fn part<'p>(&'p self, part: usize, owners: &'p [u32]) -> impl Iterator<Item = ShingleKey> + 'p {
        let range = self.range(part);
        let places = self.places[range.clone()]
            .iter()
            .map(|&place| (owners[usize::from(place >> 1)], place & 1 == 1));
        self.keys[range]
            .iter()
            .zip(places)
            .map(|(&key, (owner, asks))| ShingleKey { key, owner, asks })
    }

    fn range(&self, part: usize) -> Range<usize> {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[part] as usize
    }
}

impl InMemory {
    /// The keys of these blocks, those by which what is alike is found first.
    fn new(blocks: Vec<Block>) -> Self {
        let neighbours =
            [0, 1].map(|field| Parted::all(&blocks, field, FieldBlock::neighbour_keys));
        InMemory {
            blocks,
            neighbours,
            dealt: Default::default(),
        }
    }

    /// How many bands a field has.
    fn bands(&self, field: usize) -> usize {
        self.blocks
            .iter()
            .map(|block| block.fields[field].bands())
            .max()
            .unwrap_or(0)
    }
}

impl KeyTables for InMemory {
    type Error = Infallible;

    fn alike(&self, field: usize) -> usize {
        self.bands(field) + Parted::count(&self.neighbours[field])
    }

    fn table(&self, field: usize, table: usize) -> Result<Vec<Column<'_>>, Infallible> {
        let fields = self.blocks.iter().map(|block| &block.fields[field]);
        let bands = self.bands(field);
        let Some(table) = table.checked_sub(bands) else {
            return Ok(fields
                .filter(|block| block.bands() > 0)
                .map(|block| block.band(table))
                .collect());
        };
        let dealt = || self.neighbours[field].iter().zip(fields.clone());
        let count = dealt().map(|(dealt, _)| dealt.range(table).len()).sum();
        let (mut texts, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (dealt, block) in dealt() {
            let range = dealt.range(table);
            keys.extend_from_slice(&dealt.keys[range.clone()]);
            texts.extend(
                dealt.places[range]
                    .iter()
                    .map(|&place| block.owners()[usize::from(place >> 1)]),
            );
        }
        Ok(vec![Column {
            texts: texts.into(),
            keys: keys.into(),
        }])
    }

    fn end_alike(&mut self) {
        self.neighbours = Default::default();
        self.blocks.par_iter_mut().for_each(Block::forget_bands);
        for (field, dealt) in self.dealt.iter_mut().enumerate() {
            *dealt = Parted::all(&self.blocks, field, FieldBlock::shingle_keys);
            self.blocks
                .par_iter_mut()
                .for_each(|block| block.forget_shingles(field));
        }
    }

    fn parts(&self, field: usize) -> usize {
        Parted::count(&self.dealt[field])
    }

    fn part(&self, field: usize, part: usize) -> Result<Vec<u64>, Infallible> {
        let blocks = self.dealt[field].iter().zip(&self.blocks);
        let mut keys = Vec::with_capacity(
            blocks
                .clone()
                .map(|(dealt, _)| dealt.range(part).len())
                .sum(),
        );
        blocks.for_each(|(dealt, block)| {
            keys.extend(
                dealt
                    .part(part, block.fields[field].owners())
                    .map(ShingleKey::packed),
            )
        });
        Ok(keys)
    }
}
