//! Memory driver: candidate generation for a batch whose keys fit in memory.
//!
//! Input: the sketches of a batch. Output: unique texts and candidate pairs. Cost: about six bytes
//! of memory per key.

use std::convert::Infallible;
use std::ops::Range;

use rayon::prelude::*;

use super::bitmap_filter::BitmapFilter;
use super::candidates::{Candidates, ContainmentSource, KeySource, candidates};
use super::chunk::{ContainmentChunk, KeyChunk};
use super::keys::Key;
use super::posting::{KeyColumn, PackedPosting, Posting, partition_of};
use super::sketch::{MAX_SKETCH, Sketch};
use super::unique::UniqueTexts;
use crate::ids::{DocId, Field, PerField, TextId};
use crate::verify::DuplicateVerifier;

/// The unique texts of a batch of `count` items, and the pairs of texts to verify.
pub fn batch_candidates(
    count: usize,
    sketches: Vec<Sketch<DocId>>,
    verifier: &DuplicateVerifier,
) -> (UniqueTexts, Candidates) {
    let (mut digests, mut parts) = (Vec::new(), Vec::new());
    for sketch in sketches {
        digests.push(sketch.digests);
        parts.push((sketch.keys, sketch.bitmaps));
    }
    let texts = UniqueTexts::new(count, concat(&digests));
    drop(digests);
    let exemplars = texts.exemplars();
    let (keys, bitmaps): (Vec<_>, Vec<_>) = parts
        .into_par_iter()
        .map(|(keys, bitmaps)| {
            (
                keys.map(|chunk| chunk.keep_exemplars(&exemplars)),
                bitmaps.map(|chunk| chunk.keep_exemplars(&exemplars)),
            )
        })
        .unzip();
    drop(exemplars);
    let filter = BitmapFilter::new(by_field(bitmaps), texts.len(), *verifier);
    let keys = by_field(keys).map(SimilarityKeys::new);
    let Ok(found) = candidates(MemoryKeys(keys), texts.len(), &filter);
    (texts, found)
}

/// The concatenated lists, copied by all threads.
fn concat(lists: &[Vec<(u64, DocId)>]) -> Vec<(u64, DocId)> {
    let mut all = vec![(0, DocId(0)); lists.iter().map(Vec::len).sum()];
    let mut rest = &mut all[..];
    let mut copies = Vec::with_capacity(lists.len());
    for list in lists {
        let (target, behind) = rest.split_at_mut(list.len());
        copies.push((target, list));
        rest = behind;
    }
    copies
        .into_par_iter()
        .for_each(|(target, list)| target.copy_from_slice(list));
    all
}

/// The chunks of each field.
pub fn by_field<C>(chunks: Vec<PerField<C>>) -> PerField<Vec<C>> {
    let (title, body) = chunks
        .into_iter()
        .map(|chunk| (chunk.title, chunk.body))
        .unzip();
    PerField { title, body }
}

/// All keys of a batch.
struct MemoryKeys(PerField<SimilarityKeys>);

/// The keys of one field.
struct SimilarityKeys {
    chunks: Vec<KeyChunk<TextId>>,
    /// The keys of prefixes and samples of each chunk.
    unbanded: Vec<PartitionedKeys>,
}

impl SimilarityKeys {
    fn new(chunks: Vec<KeyChunk<TextId>>) -> Self {
        let unbanded = PartitionedKeys::all(&chunks, KeyChunk::unbanded_keys);
        SimilarityKeys { chunks, unbanded }
    }

    /// Number of bands.
    fn bands(&self) -> usize {
        self.chunks.iter().map(KeyChunk::bands).max().unwrap_or(0)
    }

    fn band(&self, band: usize) -> Vec<KeyColumn<'_>> {
        let with_bands = self.chunks.iter().filter(|chunk| chunk.bands() > 0);
        with_bands.map(|chunk| chunk.band(band)).collect()
    }

    fn unbanded(&self, partition: usize) -> KeyColumn<'static> {
        let count = PartitionedKeys::partition_len(&self.unbanded, partition);
        let (mut texts, mut keys) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for (partitioned, chunk) in self.unbanded.iter().zip(&self.chunks) {
            let range = partitioned.range(partition);
            keys.extend_from_slice(&partitioned.keys[range.clone()]);
            let owners = partitioned.owners[range].iter();
            texts.extend(owners.map(|owner| chunk.owners[owner.place()]));
        }
        KeyColumn {
            texts: texts.into(),
            keys: keys.into(),
        }
    }
}

impl KeySource for MemoryKeys {
    type Error = Infallible;
    type Containment = MemoryContainment;

    fn similarity_tables(&self, field: Field) -> usize {
        let keys = &self.0[field];
        keys.bands() + PartitionedKeys::partitions(&keys.unbanded)
    }

    fn similarity_table(
        &self,
        field: Field,
        table: usize,
    ) -> Result<Vec<KeyColumn<'_>>, Infallible> {
        let keys = &self.0[field];
        Ok(match table.checked_sub(keys.bands()) {
            None => keys.band(table),
            Some(partition) => vec![keys.unbanded(partition)],
        })
    }

    fn into_containment(self) -> MemoryContainment {
        // Band keys of both fields are released before containment keys are copied.
        let chunks = self.0.map(|keys| -> Vec<ContainmentChunk<TextId>> {
            keys.chunks
                .into_par_iter()
                .map(KeyChunk::into_containment)
                .collect()
        });
        MemoryContainment(chunks.map(ContainmentKeys::new))
    }
}

/// The containment keys of a batch.
struct MemoryContainment(PerField<ContainmentKeys>);

/// The containment keys of one field.
struct ContainmentKeys {
    /// The texts of each chunk.
    owners: Vec<Vec<TextId>>,
    /// The keys of each chunk.
    keys: Vec<PartitionedKeys>,
}

impl ContainmentKeys {
    fn new(chunks: Vec<ContainmentChunk<TextId>>) -> Self {
        let keys = PartitionedKeys::all(&chunks, ContainmentChunk::keys);
        ContainmentKeys {
            owners: chunks.into_iter().map(|chunk| chunk.owners).collect(),
            keys,
        }
    }
}

impl ContainmentSource for MemoryContainment {
    type Error = Infallible;

    fn partitions(&self, field: Field) -> usize {
        PartitionedKeys::partitions(&self.0[field].keys)
    }

    fn partition(&self, field: Field, partition: usize) -> Result<Vec<PackedPosting>, Infallible> {
        let ContainmentKeys { owners, keys } = &self.0[field];
        let mut postings = Vec::with_capacity(PartitionedKeys::partition_len(keys, partition));
        for (keys, owners) in keys.iter().zip(owners) {
            postings.extend(keys.postings(partition, owners));
        }
        Ok(postings)
    }
}

/// The keys of a chunk by hash partition.
struct PartitionedKeys {
    keys: Vec<u32>,
    owners: Vec<PackedPlace>,
    /// Where the keys of each partition end.
    ends: Vec<u32>,
}

/// The place of an owner in the chunk and whether the owner probes, in two bytes.
#[derive(Debug, Clone, Copy, Default)]
#[repr(transparent)]
struct PackedPlace(u16);

const _: () = assert!(2 * MAX_SKETCH <= 1 << u16::BITS);

impl PackedPlace {
    #[inline]
    fn new(place: usize, probes: bool) -> Self {
        PackedPlace((place as u16) << 1 | u16::from(probes))
    }

    #[inline]
    fn place(self) -> usize {
        usize::from(self.0 >> 1)
    }

    #[inline]
    fn probes(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Aimed number of keys per partition: the filters of a partition stay in cache.
const PARTITION_KEYS: usize = 1 << 15;

/// Maximal number of partitions of a field.
const MAX_PARTITIONS: usize = 256;

impl PartitionedKeys {
    /// Partitions the keys of all chunks alike; empty if the chunks have no keys.
    fn all<'c, C: Sync, K: Iterator<Item = (usize, Key)>>(
        chunks: &'c [C],
        keys: impl Fn(&'c C) -> K + Sync,
    ) -> Vec<Self> {
        let count: usize = chunks.par_iter().map(|chunk| keys(chunk).count()).sum();
        if count == 0 {
            return Vec::new();
        }
        let partitions = (count / PARTITION_KEYS)
            .clamp(1, MAX_PARTITIONS)
            .next_power_of_two();
        chunks
            .par_iter()
            .map(|chunk| PartitionedKeys::new(|| keys(chunk), partitions))
            .collect()
    }

    /// Partitions the keys of a chunk by a counting sort.
    fn new<K: Iterator<Item = (usize, Key)>>(all: impl Fn() -> K, partitions: usize) -> Self {
        // `for_each` runs each part of a chained iterator as a loop of its own; `for` asks at each
        // key which part is next.
        let mut ends = vec![0; partitions];
        all().for_each(|(_, key)| ends[partition_of(key.value, partitions)] += 1);
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut keys = vec![0; sum as usize];
        let mut owners = vec![PackedPlace::default(); sum as usize];
        all().for_each(|(place, key)| {
            let end = &mut ends[partition_of(key.value, partitions)];
            keys[*end as usize] = key.value;
            owners[*end as usize] = PackedPlace::new(place, key.probes);
            *end += 1;
        });
        PartitionedKeys { keys, owners, ends }
    }

    /// Number of partitions.
    fn partitions(chunks: &[Self]) -> usize {
        chunks.first().map_or(0, |chunk| chunk.ends.len())
    }

    /// Number of keys of a partition in all chunks.
    fn partition_len(chunks: &[Self], partition: usize) -> usize {
        chunks
            .iter()
            .map(|chunk| chunk.range(partition).len())
            .sum()
    }

    fn range(&self, partition: usize) -> Range<usize> {
        let start = partition
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        start as usize..self.ends[partition] as usize
    }

    fn postings<'k>(
        &'k self,
        partition: usize,
        owners: &'k [TextId],
    ) -> impl Iterator<Item = PackedPosting> + 'k {
        let range = self.range(partition);
        let keys = self.keys[range.clone()].iter();
        keys.zip(&self.owners[range]).map(|(&key, owner)| {
            let posting = Posting {
                key,
                owner: owners[owner.place()],
                probes: owner.probes(),
            };
            posting.pack()
        })
    }
}
