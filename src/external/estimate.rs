//! Some of a batch's items in, what grouping all of them into duplicates takes out: memory and
//! disk, before it starts.

use crate::article::Article;
use crate::blocking::{Block, Scratch, Sketcher};
use crate::config::Params;
use crate::pipeline::{keyer, rules};
use crate::verify::ComparedItem;

/// What a run takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Estimate {
    /// How many items there are.
    pub items: u64,
    /// Bytes of memory, if all is held there.
    pub memory: u64,
    /// Bytes of memory, if keys go to disk.
    pub least_memory: u64,
    /// Bytes of disk in that case.
    pub disk: u64,
}

/// An item with what is known of it beside its text and its keys, in bytes: as it was read, its
/// place in the order, its digest, its text and group, and a pair for every item. Measured on
/// 100,000 and 1,000,000 headlines and on 100,000 articles, within a tenth.
const ITEM: f64 = 310.0;

/// The same where keys go to disk: its place in the file and in the order, its digest, its text and
/// group, and a pair.
const PLACE: f64 = 100.0;

/// What a run takes whatever its items: the program, and the share of the input that is read at a
/// time.
const PROGRAM: f64 = 16e6;
const SHARE: f64 = 80e6;
const SHARE_OF_BYTES: f64 = 5.0;

/// Bytes for each link between two items: the pair while it is compared, and the edge. Measured on
/// 100,000 near copies of one headline, which have a link each.
const LINK: f64 = 200.0;

/// Bytes for each byte of the longest record, while it is cut into words and shingles. Measured on
/// a headline of 30 MB.
const LONGEST_RECORD: f64 = 6.0;

impl Estimate {
    /// The same for inputs whose items have so many links each, and whose longest record has so
    /// many bytes.
    pub fn with(self, links: f64, longest: u64) -> Self {
        let more = (self.items as f64 * links * LINK + longest as f64 * LONGEST_RECORD) as u64;
        Estimate {
            memory: self.memory + more,
            least_memory: self.least_memory + more,
            ..self
        }
    }

    /// What a batch of so many bytes takes, of which some items stand in so many.
    pub fn of(sample: &[Article<'_>], sampled_bytes: u64, bytes: u64, params: &Params) -> Self {
        let sampled = sample.len().max(1) as f64;
        let item = |item: u32| ComparedItem::of(&sample[item as usize], &params.sources);
        let sketcher = Sketcher::new(keyer(params), rules(params));
        let blocks = sketcher.whole(0..sample.len() as u32, item, &mut Scratch::default());
        let sum = |of: &dyn Fn(&Block, usize) -> usize| {
            let all = blocks.iter().flat_map(|block| [of(block, 0), of(block, 1)]);
            all.sum::<usize>() as f64 / sampled
        };
        let (bands, shingles) = (
            sum(&|block, field| block.bands(field).1.len()),
            sum(&Block::shingle_count),
        );
        let neighbours = sum(&|block, field| block.neighbour_keys(field).count());
        let (outlines, fields) = (
            sum(&Block::outline_bytes),
            sum(&|block, field| block.bands(field).0.len()),
        );
        let ids = sample.iter().map(|article| article.id.len()).sum::<usize>() as f64 / sampled;
        let line = sampled_bytes as f64 / sampled;
        let items = if sample.is_empty() {
            0.0
        } else {
            bytes as f64 / line.max(1.0)
        };
        // While shingle keys are looked through, those of bands and neighbours are gone.
        let keys = (4.0 * bands + 6.0 * neighbours + 4.0 * shingles).max(10.0 * shingles)
            + outlines
            + 8.0 * fields;
        let kept = PLACE + 2.0 * ids + outlines + 8.0 * fields + 4.0 * shingles;
        Estimate {
            items: items as u64,
            memory: (PROGRAM + items * (line + ITEM + keys)) as u64,
            least_memory: (PROGRAM + SHARE.min(SHARE_OF_BYTES * bytes as f64) + items * kept)
                as u64,
            disk: (items * (4.0 * bands + 8.0 * (neighbours + shingles))) as u64,
        }
    }
}
