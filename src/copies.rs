//! Texts in, the keys under which their copies are found out, and the groups of copies: of a whole batch at once
//! ([`batch_texts`]) or text by text ([`CopyGroups`]), by one rule, so that both give the same groups.
//!
//! The rule: two texts are compared if they meet in a band of their signatures, or in [`QUOTED_BY`] of the shingles by
//! which one of the two is looked for where it may be quoted whole; in headlines or in bodies, but items that both have a
//! text meet in bodies only, by which alone they are compared. All texts of a bucket meet; in a crowded bucket only the
//! representatives meet the others: those of the least digests, which depends on what is there and not on the order it
//! came in.

mod batch;
mod block;
mod candidates;
mod groups;
mod layout;
mod meetings;
mod outlines;
mod seen;
mod table;

use layout::{Kind, Layout};

use crate::lsh::Banding;
use crate::minhash::MinHasher;
use crate::verify::{ASKED_SHINGLES, FieldPrint, Fingerprint};

pub use batch::{BatchTexts, Heads, batch_texts};
pub use block::{Block, Scratch, Sketcher};
pub use candidates::{Column, KeyTables, ShingleKey, candidates, part_of};
pub use groups::{CopyGroups, Keyed};
pub use meetings::{Encounter, Entry, Meetings};
pub use outlines::Outlines;

/// A text that another holds whole shares at least so many of the shingles it is looked for by.
pub const QUOTED_BY: usize = 2;

/// The keys of one field of a text: of each band, and of the shingles under which quotations are found, those by which
/// the text is looked for in front.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FieldKeys {
    bands: Vec<u32>,
    shingles: Vec<u32>,
}

/// Each key of a list of shingles, and whether the text is looked for by it.
fn asking(shingles: &[u32]) -> impl Iterator<Item = (u32, bool)> + Clone {
    shingles.iter().enumerate().map(|(place, &key)| (key, place < ASKED_SHINGLES))
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

    /// How the tables of buckets are numbered.
    fn layout(&self) -> Layout {
        Layout::new(self.banding.bands)
    }
}

impl TextKeys {
    /// The keys for a table of one kind, and whether the text is looked for by them.
    fn of_kind(&self, Kind { field, band }: Kind) -> impl Iterator<Item = (u32, bool)> {
        let FieldKeys { bands, shingles } = &self.0[field];
        let of_band = band.and_then(|band| bands.get(band)).map(|&key| (key, true));
        let shingles = if band.is_none() { shingles.as_slice() } else { &[] };
        of_band.into_iter().chain(asking(shingles))
    }

    /// The table of each key, the key, and whether the text is looked for by it.
    fn iter(&self, layout: Layout) -> impl Iterator<Item = (usize, u32, bool)> {
        (0..layout.len())
            .flat_map(move |table| self.of_kind(layout.kind(table)).map(move |(key, asks)| (table, key, asks)))
    }
}
