//! Texts in, the keys under which their copies are found out, and the groups of copies: of a whole
//! batch at once ([`batch_texts`]) or text by text ([`CopyGroups`]), by one rule, so that both give
//! the same groups.
//!
//! The rule: two texts are compared if they meet in a band of their signatures, headlines in two
//! neighbouring shingles instead, or in [`QUOTED_BY`] of the shingles by which one of the two is
//! looked for where it may be quoted whole; in headlines or in bodies, but items that both have a
//! text meet in bodies only, by which alone they are compared. All texts of a bucket meet; in a
//! crowded bucket only the representatives meet the others: those of the least digests,
//! which depends on what is there and not on the order it came in.

mod banding;
mod bloom;
mod buckets;
mod candidates;
mod filter;
mod live;
mod memory;
mod partition;
mod prefix;
mod sketch;
mod split;
mod stream;
mod tables;

use prefix::Reach;
use tables::{Kind, Layout};

use crate::sets::MinHasher;
use crate::sets::Shingler;
use crate::verify::{FieldFingerprint, Fingerprint, PROBE_SHINGLES};

pub use banding::Banding;
pub use candidates::{Candidates, Column, KeyTables, ShingleKey, candidates, part_of};
pub use filter::Outlines;
pub use live::{CopyGroups, Keyed, Settled};
pub use memory::{BatchTexts, Heads, batch_texts};
pub use sketch::{Block, Scratch, Sketcher};
pub use split::{place_of, split};
pub use stream::{Encounter, Entry, Meetings};

/// A text that another holds whole shares at least so many of the shingles it is looked for by.
pub const QUOTED_BY: usize = 2;

/// The keys of one field of a text: of each band, unless copies are found by neighbours, and of the
/// shingles under which quotations are found, those by which the text is looked for in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FieldKeys {
    bands: Vec<u32>,
    shingles: Vec<u32>,
    reach: Option<Reach>,
    /// The keys of a summary's sample: see [`SAMPLED_SHINGLES`].
    sample: Vec<u32>,
}

/// A summary has this many keys besides those of its bands: the least hashes of its shingles
/// (bottom-k sketch: Cohen and Kaplan 2007). Two summaries of which three tenths of the shingles
/// are shared have one in common with a probability of 1 - .7^10 = .97; bands that find copies at
/// .7 find every fourth of such pairs.
const SAMPLED_SHINGLES: usize = 10;

/// The keys of a sample of these hashes, which are put in order.
fn sample(hashes: &mut Vec<u64>) -> impl Iterator<Item = u32> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
        .iter()
        .take(SAMPLED_SHINGLES)
        .map(|hash| (hash >> 32) as u32)
}

impl FieldKeys {
    /// The keys in one of the tables by which what is alike is found.
    fn alike(&self, table: usize) -> impl Iterator<Item = u32> {
        let is_last = table == self.bands.len();
        let of_neighbours = self
            .reach
            .filter(|_| is_last)
            .map(|reach| reach.keys(&self.shingles));
        let of_sample = if is_last { &self.sample[..] } else { &[] };
        let of_bands = self.bands.get(table).copied().into_iter();
        of_bands
            .chain(of_neighbours.into_iter().flatten())
            .chain(of_sample.iter().copied())
    }
}

/// Each key of a list of shingles, and whether the text is looked for by it.
fn asking(shingles: &[u32]) -> impl Iterator<Item = (u32, bool)> + Clone {
    shingles
        .iter()
        .enumerate()
        .map(|(place, &key)| (key, place < PROBE_SHINGLES))
}

/// The keys of a text: of its headline and its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextKeys([FieldKeys; 2]);

/// Makes keys.
#[derive(Debug, Clone)]
pub struct Keyer {
    hasher: MinHasher,
    banding: Banding,
    /// Of headlines and bodies: how copies are found without bands.
    reach: [Option<Reach>; 2],
}

impl Keyer {
    /// Keys from the bands of the hasher's signatures.
    pub fn new(hasher: MinHasher, banding: Banding) -> Self {
        Keyer {
            hasher,
            banding,
            reach: [None; 2],
        }
    }

    /// The same, but headlines of such shingles are found by neighbours among these, if so all but
    /// few of those that are alike by this Jaccard coefficient are.
    pub fn with_headlines(self, shingler: &Shingler, threshold: f64) -> Self {
        Keyer {
            reach: [Reach::for_copies(shingler, threshold), None],
            ..self
        }
    }

    /// Whether bands find the copies of a field.
    pub fn has_bands(&self, field: usize) -> bool {
        self.reach[field].is_none()
    }

    /// Whether two texts meet by what is alike in a field.
    pub fn meet(&self, field: usize, a: &FieldFingerprint, b: &FieldFingerprint) -> bool {
        let [a, b] = [a, b].map(|print| self.field(field, print));
        let meet_in = |table: usize| {
            a.alike(table)
                .any(|key| b.alike(table).any(|other| other == key))
        };
        (0..self.layout().alike(field)).any(meet_in)
    }

    /// Who meets among texts with such keys.
    pub fn meetings(&self) -> Meetings {
        Meetings::new(self.layout())
    }

    /// The keys of a text.
    pub fn keys(&self, print: &Fingerprint) -> TextKeys {
        let [title, body] = [&print.title, &print.body].map(Option::as_ref);
        TextKeys([
            title.map(|print| self.field(0, print)).unwrap_or_default(),
            body.map(|print| self.field(1, print)).unwrap_or_default(),
        ])
    }

    fn field(&self, field: usize, print: &FieldFingerprint) -> FieldKeys {
        let bands = self.has_bands(field).then(|| {
            self.banding
                .keys(&self.hasher.signature(&print.set))
                .collect()
        });
        let is_summary = field == 1 && !print.is_text();
        FieldKeys {
            bands: bands.unwrap_or_default(),
            shingles: print.containment_keys.to_vec(),
            reach: self.reach[field],
            sample: if is_summary {
                sample(&mut print.set.hashes().to_vec()).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// How the tables of buckets are numbered.
    fn layout(&self) -> Layout {
        Layout::new(self.reach.map(|reach| {
            1 + if reach.is_some() {
                0
            } else {
                self.banding.bands
            }
        }))
    }
}

impl TextKeys {
    /// The keys for a table of one kind, and whether the text is looked for by them.
    fn of_kind(&self, Kind { field, alike }: Kind) -> impl Iterator<Item = (u32, bool)> {
        let keys = &self.0[field];
        let quoted = if alike.is_none() {
            keys.shingles.as_slice()
        } else {
            &[]
        };
        let alike = alike.into_iter().flat_map(|table| keys.alike(table));
        alike.map(|key| (key, true)).chain(asking(quoted))
    }

    /// The table of each key, the key, and whether the text is looked for by it.
    fn iter(&self, layout: Layout) -> impl Iterator<Item = (usize, u32, bool)> {
        (0..layout.len()).flat_map(move |table| {
            self.of_kind(layout.kind(table))
                .map(move |(key, asks)| (table, key, asks))
        })
    }
}
