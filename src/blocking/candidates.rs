//! Candidate generation over the keys of a whole batch, wherever a driver keeps them.
//!
//! Input: a [`KeySource`]. Output: [`Candidates`]. Similarity tables come first, then containment
//! tables; the bitmap filter runs after each round of tables. Keys that occur once are dropped
//! before a table is sorted, so the cost is linear in the keys and `n log n` in repeated keys.

use std::array;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;
use rayon::prelude::*;

use super::bitmap_filter::BitmapFilter;
use super::bloom::{BloomFilter, RepeatFilter, RepeatFinder};
use super::collision::{MIN_COLLISIONS, frequent};
use super::posting::{KeyColumn, PackedPosting, Posting};
use crate::bucket::BucketPolicy;
use crate::ids::{CandidatePair, DenseId, Field, TextId};

/// The candidate pairs of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The pairs, each once. The order depends on the set of pairs alone.
    pub pairs: Vec<CandidatePair<TextId>>,
    /// Number of oversized buckets.
    pub oversized: usize,
}

/// Similarity keys of a batch, table by table.
pub trait KeySource: Sync {
    /// Why a table cannot be read.
    type Error: Send;

    /// The source of the containment keys.
    type Containment: ContainmentSource<Error = Self::Error>;

    /// Number of similarity tables of a field: one per band and one per hash partition of the keys
    /// of prefixes and samples. Zero if no text has the field.
    fn similarity_tables(&self, field: Field) -> usize;

    /// The keys of a similarity table, with their texts.
    ///
    /// # Errors
    /// If the table cannot be read.
    fn similarity_table(
        &self,
        field: Field,
        table: usize,
    ) -> Result<Vec<KeyColumn<'_>>, Self::Error>;

    /// Releases the similarity keys.
    fn into_containment(self) -> Self::Containment;
}

/// Containment keys of a batch, hash partition by hash partition.
pub trait ContainmentSource: Sync {
    /// Why a partition cannot be read.
    type Error: Send;

    /// Number of hash partitions of the containment keys of a field.
    fn partitions(&self, field: Field) -> usize;

    /// The keys of a partition, with their texts. Equal keys are in one partition.
    ///
    /// # Errors
    /// If the partition cannot be read.
    fn partition(&self, field: Field, partition: usize) -> Result<Vec<PackedPosting>, Self::Error>;
}

/// The candidate pairs of `texts` texts that pass the bitmap filter.
///
/// # Errors
/// The error of the first table that cannot be read.
pub fn candidates<S: KeySource>(
    source: S,
    texts: usize,
    filter: &BitmapFilter,
) -> Result<Candidates, S::Error> {
    let mut search = CandidateSearch {
        filter,
        ranges: TextRanges::new(texts),
        found: array::from_fn(|_| HashSet::new()),
        oversized: 0,
    };
    for field in Field::ALL {
        search.join_similarity(&source, field)?;
    }
    let source = source.into_containment();
    for field in Field::ALL {
        search.join_containment(&source, field)?;
    }
    Ok(search.into_candidates())
}

/// Number of ranges of texts: the pairs found for one range stay in cache.
const RANGES: usize = 64;

/// Cuts the texts of a batch into ranges.
#[derive(Debug, Clone, Copy)]
struct TextRanges {
    /// Number of low bits of a `TextId` below its range.
    shift: u32,
}

impl TextRanges {
    fn new(texts: usize) -> Self {
        TextRanges {
            shift: texts.div_ceil(RANGES).next_power_of_two().trailing_zeros(),
        }
    }

    #[inline]
    fn of(self, text: TextId) -> usize {
        (text.number() >> self.shift) as usize
    }
}

/// Pairs by the range of the second text. Ranges of first texts would not balance: the first text
/// of many pairs is one of a few representatives.
struct RangedPairs {
    ranges: TextRanges,
    pairs: [Vec<CandidatePair<TextId>>; RANGES],
}

impl RangedPairs {
    fn new(ranges: TextRanges) -> Self {
        RangedPairs {
            ranges,
            pairs: array::from_fn(|_| Vec::new()),
        }
    }

    fn clear(&mut self) {
        self.pairs.iter_mut().for_each(Vec::clear);
    }

    /// Adds the pair of two different texts.
    #[inline]
    fn push(&mut self, a: TextId, b: TextId) {
        if let Some(pair) = CandidatePair::new(a, b) {
            self.pairs[self.ranges.of(pair.b)].push(pair);
        }
    }
}

/// Similarity tables are joined in at most `ROUNDS` rounds per field. Similar pairs collide in most
/// tables, so pairs are deduplicated after each round.
const ROUNDS: usize = 8;

/// Minimal number of ranges whose containment probes are joined per round.
const MIN_RANGES_PER_ROUND: usize = 16;

/// A running search for candidates.
struct CandidateSearch<'f> {
    filter: &'f BitmapFilter,
    ranges: TextRanges,
    /// The pairs found, by the range of the second text.
    found: [HashSet<CandidatePair<TextId>>; RANGES],
    oversized: usize,
}

impl CandidateSearch<'_> {
    /// Adds the pairs that collide in a similarity table of a field.
    fn join_similarity<S: KeySource>(&mut self, source: &S, field: Field) -> Result<(), S::Error> {
        let tables = source.similarity_tables(field);
        let per_round = rayon::current_num_threads()
            .max(tables.div_ceil(ROUNDS))
            .min(tables);
        let mut pairs: Vec<RangedPairs> = (0..per_round)
            .map(|_| RangedPairs::new(self.ranges))
            .collect();
        let workspaces = Workspaces::default();
        for first in (0..tables).step_by(per_round.max(1)) {
            let round = first..tables.min(first + per_round);
            let pairs = &mut pairs[..round.len()];
            let oversized = pairs.par_iter_mut().zip(round).map(|(pairs, table)| {
                pairs.clear();
                let mut workspace = workspaces.take();
                let oversized = workspace.join(&source.similarity_table(field, table)?, pairs);
                workspaces.put_back(workspace);
                Ok(oversized)
            });
            self.oversized += oversized.sum::<Result<usize, S::Error>>()?;
            self.add(field, pairs);
        }
        Ok(())
    }

    /// Adds pairs with at least [`MIN_COLLISIONS`] in the containment table of a field.
    fn join_containment<S: ContainmentSource>(
        &mut self,
        source: &S,
        field: Field,
    ) -> Result<(), S::Error> {
        let ranges = self.ranges;
        let partitions = ContainmentPartition::read_all(source, field, ranges)?;
        for partition in &partitions {
            self.oversized += partition.oversized;
        }
        let per_round = rayon::current_num_threads().clamp(MIN_RANGES_PER_ROUND, RANGES);
        let mut joins: Vec<ProbeJoin> = (0..per_round).map(|_| ProbeJoin::default()).collect();
        let mut pairs: Vec<RangedPairs> =
            (0..per_round).map(|_| RangedPairs::new(ranges)).collect();
        for first in (0..RANGES).step_by(per_round) {
            let round = first..RANGES.min(first + per_round);
            let pairs = &mut pairs[..round.len()];
            pairs
                .par_iter_mut()
                .zip(&mut joins)
                .zip(round)
                .for_each(|((pairs, join), range)| {
                    pairs.clear();
                    join.join(&partitions, range, pairs);
                });
            self.add(field, pairs);
        }
        Ok(())
    }

    /// Adds the pairs of a round that are new and pass the bitmap filter.
    fn add(&mut self, field: Field, round: &[RangedPairs]) {
        let filter = self.filter;
        self.found
            .par_iter_mut()
            .enumerate()
            .for_each(|(range, found)| {
                let mut new = Vec::new();
                for pair in round.iter().flat_map(|pairs| &pairs.pairs[range]) {
                    if !found.contains(pair) {
                        new.push(*pair);
                    }
                }
                new.sort_unstable();
                new.dedup();
                filter.retain(field, &mut new);
                found.extend(new);
            });
    }

    fn into_candidates(self) -> Candidates {
        let pairs: Vec<Vec<CandidatePair<TextId>>> = self
            .found
            .into_par_iter()
            .map(|found| {
                let mut pairs: Vec<_> = found.into_iter().collect();
                pairs.sort_unstable();
                pairs
            })
            .collect();
        Candidates {
            pairs: pairs.concat(),
            oversized: self.oversized,
        }
    }
}

/// Workspaces without a thread. Tables are large, and the system does not clear reused memory
/// again.
#[derive(Default)]
struct Workspaces(Mutex<Vec<SimilarityJoin>>);

impl Workspaces {
    fn take(&self) -> SimilarityJoin {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop().unwrap_or_default()
    }

    fn put_back(&self, workspace: SimilarityJoin) {
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(workspace);
    }
}

/// Workspace for the self-join of a similarity table.
#[derive(Default)]
struct SimilarityJoin {
    postings: Vec<PackedPosting>,
    repeats: RepeatFilter,
}

impl SimilarityJoin {
    /// Adds the pairs of texts that collide in a table; returns the number of oversized buckets.
    fn join(&mut self, table: &[KeyColumn<'_>], pairs: &mut RangedPairs) -> usize {
        let mut oversized = 0;
        for bucket in buckets(self.repeated(table)) {
            let policy = BucketPolicy::of(bucket.len());
            oversized += usize::from(policy.is_oversized());
            for (place, posting) in bucket.iter().enumerate() {
                for partner in &bucket[policy.partners_before(place)] {
                    pairs.push(partner.owner(), posting.owner());
                }
            }
        }
        oversized
    }

    /// The sorted postings of the keys of a table that may occur more than once.
    fn repeated(&mut self, table: &[KeyColumn<'_>]) -> &[PackedPosting] {
        let keys: usize = table.iter().map(|column| column.keys.len()).sum();
        let length = keys.max(self.postings.len());
        self.postings.resize(length, PackedPosting::default());
        self.repeats.reset(keys);
        for column in table {
            column.keys.iter().for_each(|&key| self.repeats.insert(key));
        }
        let mut count = 0;
        for column in table {
            for (&owner, &key) in column.texts.iter().zip(&*column.keys) {
                let posting = Posting {
                    key,
                    owner,
                    probes: true,
                };
                // Branchless: whether a key repeats is unpredictable.
                self.postings[count] = posting.pack();
                count += usize::from(self.repeats.may_repeat(key));
            }
        }
        let repeated = &mut self.postings[..count];
        repeated.sort_unstable();
        repeated
    }
}

/// A hash partition of containment keys: the buckets with at least one probe and two texts.
struct ContainmentPartition {
    /// The texts of all buckets, bucket by bucket.
    texts: Vec<TextId>,
    /// The probes, by the range of their text.
    probes: [Vec<Probe>; RANGES],
    oversized: usize,
}

/// A probing text, and the texts of the bucket that the text collides with.
#[derive(Debug, Clone, Copy)]
struct Probe {
    text: TextId,
    start: u32,
    len: u32,
}

impl ContainmentPartition {
    /// The partitions of the containment table of a field.
    fn read_all<S: ContainmentSource>(
        source: &S,
        field: Field,
        ranges: TextRanges,
    ) -> Result<Vec<Self>, S::Error> {
        (0..source.partitions(field))
            .into_par_iter()
            .map(|at| {
                let postings = source.partition(field, at)?;
                Ok(ContainmentPartition::new(postings, ranges))
            })
            .collect()
    }

    fn new(mut postings: Vec<PackedPosting>, ranges: TextRanges) -> Self {
        let count = retain_joinable(&mut postings);
        let postings = &mut postings[..count];
        postings.sort_unstable();
        let mut partition = ContainmentPartition {
            texts: Vec::new(),
            probes: array::from_fn(|_| Vec::new()),
            oversized: 0,
        };
        for bucket in buckets(postings) {
            partition.add(bucket, ranges);
        }
        partition.texts.shrink_to_fit();
        partition
    }

    fn add(&mut self, bucket: &[PackedPosting], ranges: TextRanges) {
        if !bucket.iter().any(|posting| posting.probes()) {
            return;
        }
        let policy = BucketPolicy::of(bucket.len());
        let start = self.texts.len() as u32;
        for (place, posting) in bucket.iter().enumerate() {
            let text = posting.owner();
            self.texts.push(text);
            if posting.probes() {
                self.probes[ranges.of(text)].push(Probe {
                    text,
                    start,
                    len: policy.partners(place, bucket.len()).len() as u32,
                });
            }
        }
        self.oversized += usize::from(policy.is_oversized());
    }

    /// The texts that a probe of the partition collides with.
    fn indexed(&self, probe: Probe) -> &[TextId] {
        &self.texts[probe.start as usize..][..probe.len as usize]
    }
}

/// Moves the postings with a key that may be repeated and probed to the front. Returns the number
/// of these postings.
fn retain_joinable(postings: &mut [PackedPosting]) -> usize {
    let mut repeats = RepeatFilter::with_capacity(postings.len());
    let mut probed = BloomFilter::with_capacity(postings.len());
    for posting in &*postings {
        repeats.insert(posting.key());
        probed.insert_if(posting.key(), posting.probes());
    }
    let mut count = 0;
    for at in 0..postings.len() {
        let posting = postings[at];
        let key = posting.key();
        // Branchless: whether a posting is kept is unpredictable.
        postings[count] = posting;
        count += usize::from(repeats.may_repeat(key) & probed.may_contain(key));
    }
    count
}

/// Number of texts whose collisions are fetched together.
const PREFETCHED: usize = 1 << 8;

/// Workspace that counts the collisions of probes.
#[derive(Default)]
struct ProbeJoin {
    /// The probes of a range of texts, by text, with their partitions.
    probes: Vec<(u32, Probe)>,
    indexed: Vec<TextId>,
    repeats: RepeatFinder,
}

impl ProbeJoin {
    /// Adds the pairs of the texts of a range with all texts that collide with at least
    /// [`MIN_COLLISIONS`] probes.
    fn join(&mut self, partitions: &[ContainmentPartition], range: usize, pairs: &mut RangedPairs) {
        self.probes.clear();
        for (at, partition) in (0..).zip(partitions) {
            let probes = partition.probes[range].iter();
            self.probes.extend(probes.map(|&probe| (at, probe)));
        }
        self.probes.sort_unstable_by_key(|(_, probe)| probe.text);
        let by_text: Vec<Range<usize>> = frequent_probes(&self.probes);
        for texts in by_text.chunks(PREFETCHED) {
            self.join_texts(partitions, texts, pairs);
        }
    }

    /// Adds the pairs of texts, given the ranges of the probes.
    fn join_texts(
        &mut self,
        partitions: &[ContainmentPartition],
        texts: &[Range<usize>],
        pairs: &mut RangedPairs,
    ) {
        // Buckets are far apart in memory: copying all before use overlaps the cache misses.
        self.indexed.clear();
        for &(partition, probe) in texts.iter().flat_map(|range| &self.probes[range.clone()]) {
            self.indexed
                .extend_from_slice(partitions[partition as usize].indexed(probe));
        }
        let mut rest = &self.indexed[..];
        for range in texts {
            let probes = &self.probes[range.clone()];
            let count = probes.iter().map(|(_, probe)| probe.len as usize).sum();
            let (indexed, behind) = rest.split_at(count);
            let text = probes[0].1.text;
            for partner in frequent(self.repeats.repeated(indexed), |_| MIN_COLLISIONS) {
                pairs.push(text, TextId(partner));
            }
            rest = behind;
        }
    }
}

/// The ranges of the probes of each text with at least [`MIN_COLLISIONS`] probes.
fn frequent_probes(probes: &[(u32, Probe)]) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    for run in probes.chunk_by(|x, y| x.1.text == y.1.text) {
        if run.len() >= MIN_COLLISIONS {
            ranges.push(start..start + run.len());
        }
        start += run.len();
    }
    ranges
}

/// The buckets of more than one member among sorted postings.
fn buckets(postings: &[PackedPosting]) -> impl Iterator<Item = &[PackedPosting]> {
    postings
        .chunk_by(|x, y| x.key() == y.key())
        .filter(|bucket| bucket.len() > 1)
}
