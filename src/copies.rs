//! Texts in, the keys under which their copies are found out, and the groups of copies: of a whole batch at once
//! ([`text_candidates`]) or text by text ([`CopyGroups`]), by one rule, so that both give the same groups.
//!
//! The rule: two texts are compared if they meet in a band of their signatures, or in [`QUOTED_BY`] of the shingles by
//! which one of the two is looked for where it may be quoted whole. All texts of a bucket meet; in a crowded bucket only
//! the representatives meet the others: those of the least digests, which depends on what is there and not on the order it
//! came in.

mod groups;
mod table;

use rayon::prelude::*;

use crate::lsh::{Banding, CROWD, CandidatePair, Candidates, REPRESENTATIVES};
use crate::minhash::MinHasher;
use crate::verify::{FieldPrint, Fingerprint};

pub use groups::{CopyGroups, Keyed};

/// A text that another holds whole shares at least so many of the shingles it is looked for by.
pub const QUOTED_BY: usize = 2;

/// The keys of one field of a text: of each band, and of each shingle whether the text is looked for by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FieldKeys {
    bands: Vec<u32>,
    shingles: Vec<(u32, bool)>,
}

/// The keys of a text: of its headline and its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextKeys([FieldKeys; 2]);

/// Makes keys.
#[derive(Debug, Clone)]
pub struct Keyer {
    hasher: MinHasher,
    banding: Banding,
}

impl Keyer {
    /// Keys from the bands of the hasher's signatures.
    pub fn new(hasher: MinHasher, banding: Banding) -> Self {
        Keyer { hasher, banding }
    }

    /// The keys of a text.
    pub fn keys(&self, print: &Fingerprint) -> TextKeys {
        TextKeys(
            [&print.title, &print.body].map(|field| field.as_ref().map(|print| self.field(print)).unwrap_or_default()),
        )
    }

    fn field(&self, print: &FieldPrint) -> FieldKeys {
        let bands = self.banding.keys(&self.hasher.signature(&print.set)).collect();
        FieldKeys { bands, shingles: print.quotable.to_vec() }
    }

    /// How many tables of buckets there are.
    fn tables(&self) -> usize {
        2 * (self.banding.bands + 1)
    }
}

impl TextKeys {
    /// The keys for one table, and whether the text is looked for by them.
    fn of_table(&self, table: usize, tables: usize) -> impl Iterator<Item = (u32, bool)> {
        let half = tables / 2;
        let (keys, band) = (&self.0[table / half], table % half);
        let bands = keys.bands.get(band).filter(|_| band + 1 < half).map(|&key| (key, true));
        let shingles = if band + 1 == half { keys.shingles.as_slice() } else { &[] };
        bands.into_iter().chain(shingles.iter().copied())
    }

    /// The table of each key, the key, and whether the text is looked for by it.
    fn iter(&self, tables: usize) -> impl Iterator<Item = (usize, u32, bool)> {
        let half = tables / 2;
        self.0.iter().enumerate().flat_map(move |(field, keys)| {
            let first = field * half;
            let bands = keys.bands.iter().enumerate().map(move |(band, &key)| (first + band, key, true));
            bands.chain(keys.shingles.iter().map(move |&(key, asks)| (first + half - 1, key, asks)))
        })
    }
}

/// The pairs of texts that may be copies. The texts must be in the order of their digests.
pub fn text_candidates(texts: &[TextKeys]) -> Candidates {
    let bands = texts.iter().flat_map(|text| &text.0).map(|field| field.bands.len()).max().unwrap_or(0);
    let tables: Vec<(usize, usize)> = (0..2).flat_map(|field| (0..bands).map(move |band| (field, band))).collect();
    let alike = tables.par_iter().map(|&(field, band)| {
        let keys = (0u64..).zip(texts).filter_map(|(text, keys)| Some((*keys.0[field].bands.get(band)?, text)));
        pairs(keys.map(|(key, text)| entry(key, text, true)).collect())
    });
    let quoted = [0, 1].into_par_iter().map(|field| {
        let keys = (0u64..)
            .zip(texts)
            .flat_map(|(text, keys)| keys.0[field].shingles.iter().map(move |&(key, asks)| entry(key, text, asks)));
        quotations(keys.collect())
    });
    let found: Vec<Candidates> = alike.chain(quoted).collect();
    let crowded = found.iter().map(|part| part.crowded).sum();
    let pairs = found.into_iter().flat_map(|part| part.pairs).collect();
    Candidates { pairs, crowded }.merge(Candidates::default())
}

fn entry(key: u32, text: u64, asks: bool) -> u64 {
    u64::from(key) << 32 | text << 1 | u64::from(asks)
}

/// The pairs that meet in a bucket of bands.
fn pairs(entries: Vec<u64>) -> Candidates {
    let mut found = Candidates::default();
    found.crowded = meetings(entries, |one, other| found.pairs.extend(CandidatePair::new(one >> 1, other >> 1)));
    found
}

/// The pairs that meet in enough of the shingles by which one of them is looked for.
fn quotations(entries: Vec<u64>) -> Candidates {
    let mut asked = Vec::new();
    let crowded = meetings(entries, |one, other| {
        for (asker, holder) in [(one, other), (other, one)] {
            if asker & 1 == 1 {
                asked.push(u64::from(asker >> 1) << 32 | u64::from(holder >> 1));
            }
        }
    });
    asked.par_sort_unstable();
    let often = asked.chunk_by(u64::eq).filter(|run| run.len() >= QUOTED_BY);
    let pairs = often.filter_map(|run| CandidatePair::new((run[0] >> 32) as u32, run[0] as u32));
    Candidates { pairs: pairs.collect(), crowded }
}

/// Tells of each two members that meet, of which one at least is looked for, and how many buckets were crowded.
fn meetings(mut entries: Vec<u64>, mut meet: impl FnMut(u32, u32)) -> usize {
    entries.par_sort_unstable();
    let counts = |bucket: &&[u64]| bucket.len() > 1 && bucket.iter().any(|member| member & 1 == 1);
    let mut crowded = 0;
    for bucket in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(counts) {
        crowded += usize::from(bucket.len() > CROWD);
        for (place, &one) in bucket.iter().enumerate() {
            let others = if bucket.len() > CROWD { place.min(REPRESENTATIVES) } else { place };
            let asked = bucket[..others].iter().filter(|&&other| (one | other) & 1 == 1);
            asked.for_each(|&other| meet(one as u32, other as u32));
        }
    }
    crowded
}
