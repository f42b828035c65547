//! Memory and disk that grouping a batch into duplicates needs.
//!
//! Input: a sample of the items and the size of the input. Output: a [`ResourceEstimate`]. Cost:
//! sketching the sample.

use crate::article::Article;
use crate::blocking::{Scratch, Sketch, Sketcher};
use crate::config::Params;
use crate::ids::{DenseId, ItemId};
use crate::pipeline::{key_maker, rules};
use crate::verify::ComparedItem;

/// What a run needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResourceEstimate {
    /// Number of items.
    pub items: u64,
    /// Bytes of memory with all keys in memory.
    pub memory: u64,
    /// Bytes of memory with keys on disk.
    pub least_memory: u64,
    /// Bytes of disk for the keys.
    pub disk: u64,
}

/// Bytes of memory per item in addition to record and keys: place in the order, digest, text, group
/// and a pair. Measured on 100,000 and 1,000,000 titles and on 100,000 articles, within 10 %.
const ITEM: f64 = 310.0;

/// `ITEM` with keys on disk: place in the file and in the order, digest, text, group and a pair.
const ITEM_ON_DISK: f64 = 100.0;

/// Bytes of memory of an empty run.
const PROGRAM: f64 = 16e6;

/// Maximum bytes of memory for the share of the input read at a time.
const MAX_SHARE: f64 = 80e6;

/// Bytes of memory per byte of the share of the input read at a time.
const SHARE_PER_BYTE: f64 = 5.0;

/// Bytes of memory per edge between two items: the pair during verification, and the edge. Measured
/// on 100,000 near-duplicates of one title with one edge each.
const EDGE: f64 = 200.0;

/// Bytes of memory per byte of the longest record during tokenization and shingling. Measured on a
/// title of 30 MB.
const LONGEST_RECORD: f64 = 6.0;

impl ResourceEstimate {
    /// The estimate for inputs with `links` edges per item and a longest record of `longest` bytes.
    pub fn with(self, links: f64, longest: u64) -> Self {
        let more = (self.items as f64 * links * EDGE + longest as f64 * LONGEST_RECORD) as u64;
        ResourceEstimate {
            memory: self.memory + more,
            least_memory: self.least_memory + more,
            ..self
        }
    }

    /// The estimate for an input of `bytes` bytes, given a sample of `sampled_bytes` bytes.
    pub fn of(sample: &[Article<'_>], sampled_bytes: u64, bytes: u64, params: &Params) -> Self {
        let count = sample.len().max(1) as f64;
        let sketcher = Sketcher::new(key_maker(params), rules(params));
        let subject = |item: ItemId| ComparedItem::of(&sample[item.index()], &params.sources);
        let items = 0..sample.len() as u32;
        let mut sizes = SampleSizes::default();
        for sketch in sketcher.share(items, subject, &mut Scratch::default()) {
            sizes.add(&sketch);
        }
        let sizes = sizes.divided_by(count);
        let ids = sample.iter().map(|article| article.id.len()).sum::<usize>() as f64 / count;
        let record = sampled_bytes as f64 / count;
        let items = if sample.is_empty() {
            0.0
        } else {
            bytes as f64 / record.max(1.0)
        };
        let share = MAX_SHARE.min(SHARE_PER_BYTE * bytes as f64);
        let item_in_memory = record + ITEM + sizes.in_memory();
        let item_on_disk = ITEM_ON_DISK + 2.0 * ids + sizes.beside_disk();
        ResourceEstimate {
            items: items as u64,
            memory: (PROGRAM + items * item_in_memory) as u64,
            least_memory: (PROGRAM + share + items * item_on_disk) as u64,
            disk: (items * sizes.on_disk()) as u64,
        }
    }
}

/// Sizes of sketches: numbers of keys and fields, and bytes of bitmaps.
#[derive(Default)]
struct SampleSizes {
    bands: f64,
    unbanded: f64,
    containment: f64,
    fields: f64,
    bitmap_bytes: f64,
}

impl SampleSizes {
    fn add(&mut self, sketch: &Sketch<ItemId>) {
        for chunk in sketch.keys.values() {
            self.bands += chunk.band_keys().len() as f64;
            self.unbanded += chunk.unbanded_postings().count() as f64;
            self.containment += chunk.containment_count() as f64;
            self.fields += chunk.owners().len() as f64;
        }
        for chunk in sketch.bitmaps.values() {
            self.bitmap_bytes += chunk.bytes() as f64;
        }
    }

    fn divided_by(self, count: f64) -> Self {
        SampleSizes {
            bands: self.bands / count,
            unbanded: self.unbanded / count,
            containment: self.containment / count,
            fields: self.fields / count,
            bitmap_bytes: self.bitmap_bytes / count,
        }
    }

    /// Bytes of keys and bitmaps in memory. The similarity keys are released before the containment
    /// keys are partitioned.
    fn in_memory(&self) -> f64 {
        let similarity = 4.0 * self.bands + 6.0 * self.unbanded + 4.0 * self.containment;
        similarity.max(10.0 * self.containment) + self.bitmap_bytes + 8.0 * self.fields
    }

    /// Bytes of memory with keys on disk.
    fn beside_disk(&self) -> f64 {
        self.bitmap_bytes + 8.0 * self.fields + 4.0 * self.containment
    }

    /// Bytes of keys on disk.
    fn on_disk(&self) -> f64 {
        4.0 * self.bands + 8.0 * (self.unbanded + self.containment)
    }
}
