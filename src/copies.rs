//! Texts in, the keys under which their copies are found out, and the groups of copies: of a whole batch at once
//! ([`text_candidates`]) or text by text ([`CopyGroups`]), by one rule, so that both give the same groups.
//!
//! The rule: two texts are compared if they lie in one bucket. A bucket is a band of a signature, or a shingle by which
//! one of the two is looked for where it may be quoted whole. In a crowded bucket only the representatives are compared
//! with the others: those of the least digests, which depends on what is there and not on the order it came in.

mod groups;
mod table;

use rayon::prelude::*;

use crate::lsh::{Banding, CROWD, CandidatePair, Candidates, REPRESENTATIVES};
use crate::minhash::MinHasher;
use crate::verify::{FieldPrint, Fingerprint};

pub use groups::CopyGroups;

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
        let mut shingles: Vec<(u32, bool)> = print.holds().map(|key| (key, print.asked.contains(&key))).collect();
        shingles.sort_unstable();
        shingles.dedup_by_key(|(key, _)| *key);
        FieldKeys { bands, shingles }
    }

    /// How many tables of buckets there are.
    fn tables(&self) -> usize {
        2 * (self.banding.bands + 1)
    }
}

impl TextKeys {
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
    let tables: Vec<(usize, usize)> = (0..2).flat_map(|field| (0..=bands).map(move |band| (field, band))).collect();
    let of_table = |&(field, band): &(usize, usize)| {
        let entries = (0u64..).zip(texts).flat_map(|(text, keys)| {
            let keys = &keys.0[field];
            let shingles: &[(u32, bool)] = if band == bands { &keys.shingles } else { &[] };
            let band = keys.bands.get(band).map(|&key| (key, true));
            band.into_iter().chain(shingles.iter().copied()).map(move |(key, asks)| entry(key, text, asks))
        });
        pairs(entries.collect())
    };
    let found: Vec<Candidates> = tables.par_iter().map(of_table).collect();
    let crowded = found.iter().map(|part| part.crowded).sum();
    let pairs = found.into_iter().flat_map(|part| part.pairs).collect();
    Candidates { pairs, crowded }.merge(Candidates::default())
}

fn entry(key: u32, text: u64, asks: bool) -> u64 {
    u64::from(key) << 32 | text << 1 | u64::from(asks)
}

/// The pairs within each bucket of a table.
fn pairs(mut entries: Vec<u64>) -> Candidates {
    entries.sort_unstable();
    let mut found = Candidates::default();
    for bucket in entries.chunk_by(|x, y| x >> 32 == y >> 32).filter(|bucket| bucket.len() > 1) {
        found.crowded += usize::from(bucket.len() > CROWD);
        for (place, &one) in bucket.iter().enumerate() {
            let others = if bucket.len() > CROWD { place.min(REPRESENTATIVES) } else { place };
            let asked = bucket[..others].iter().filter(|&&other| (one | other) & 1 == 1);
            let text = |entry: u64| (entry as u32) >> 1;
            found.pairs.extend(asked.filter_map(|&other| CandidatePair::new(text(other), text(one))));
        }
    }
    found
}
