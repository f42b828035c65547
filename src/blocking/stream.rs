//! Sorted-stream driver: candidate generation from keys sorted elsewhere, for example by a cluster
//! of machines.
//!
//! Input: [`StreamEntry`]s sorted by table, key and text. Output: [`Collision`]s one by one. The
//! pairs with at least [`CollisionKind::min_collisions`](super::CollisionKind::min_collisions)
//! collisions are the pairs of [`batch_candidates`](super::batch_candidates) before the bitmap
//! filter. Cost: at most [`HUGE_BUCKET`] entries in memory.

use super::chunk::KeyChunk;
use super::collision::{Collision, Member, skips_full_texts};
use super::keys::KeyMaker;
use super::posting::Posting;
use super::tables::{TableKind, TableLayout};
use crate::bucket::{BucketPolicy, HUGE_BUCKET};
use crate::ids::{DenseId, Field, TableId};

/// A blocking key of a text. Sorts by table, key and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamEntry {
    /// The table of the key.
    pub table: TableId,
    /// The key.
    pub key: u32,
    /// The digest of the text.
    pub text: u64,
    /// Whether the text probes with the key.
    pub probes: bool,
    /// Whether the body of the text is a full text.
    pub is_full: bool,
}

impl StreamEntry {
    fn member(self) -> Member<u64> {
        Member {
            text: self.text,
            probes: self.probes,
        }
    }
}

/// Finds the collisions of a sorted stream of keys.
///
/// ```
/// use qissa::blocking::StreamEntry;
/// use qissa::ids::TableId;
/// use qissa::{Config, Engine};
///
/// let engine = Engine::new(Config::default().check()?);
/// let mut stream = engine.key_maker().collision_stream();
/// let mut collisions = Vec::new();
/// for text in [7, 8, 9] {
///     let entry = StreamEntry { table: TableId(0), key: 5, text, probes: true, is_full: false };
///     stream.push(entry, |collision| collisions.push(collision));
/// }
/// stream.finish(|collision| collisions.push(collision));
/// assert_eq!(collisions.len(), 3);
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CollisionStream {
    layout: TableLayout,
    /// Table and key of the current bucket.
    bucket: Option<(TableId, u32)>,
    /// The entries of the bucket; of a huge bucket the representatives.
    entries: Vec<StreamEntry>,
    is_huge: bool,
}

impl KeyMaker {
    /// A candidate generator for keys that are sorted elsewhere.
    pub fn collision_stream(&self) -> CollisionStream {
        CollisionStream {
            layout: self.layout(),
            bucket: None,
            entries: Vec::new(),
            is_huge: false,
        }
    }
}

impl CollisionStream {
    /// The keys of a field of a sketch, with their tables.
    pub fn keys<'k, I: DenseId>(
        &self,
        chunk: &'k KeyChunk<I>,
        field: Field,
    ) -> impl Iterator<Item = (TableId, Posting<I>)> + use<'k, I> {
        let layout = self.layout;
        let containment = layout.table(TableKind::Containment { field });
        let similarity = chunk.similarity_postings().map(move |(table, posting)| {
            let kind = TableKind::Similarity { field, table };
            (layout.table(kind), posting)
        });
        let postings = chunk.containment_postings();
        similarity.chain(postings.map(move |posting| (containment, posting)))
    }

    /// Takes the next entry and emits the collisions that are complete.
    pub fn push(&mut self, entry: StreamEntry, mut emit: impl FnMut(Collision<u64>)) {
        if self.bucket != Some((entry.table, entry.key)) {
            self.finish(&mut emit);
            self.bucket = Some((entry.table, entry.key));
        }
        if !self.is_huge && self.entries.len() < HUGE_BUCKET {
            self.entries.push(entry);
            return;
        }
        // The policy is equal for all larger sizes, so members of a huge bucket need not wait for
        // the end.
        let policy = BucketPolicy::of(HUGE_BUCKET + 1);
        if !self.is_huge {
            self.is_huge = true;
            self.collide_entries(policy, &mut emit);
            self.entries
                .truncate(policy.representatives(HUGE_BUCKET + 1));
        }
        self.collide(&self.entries, entry, &mut emit);
    }

    /// Emits the remaining collisions after the last entry.
    pub fn finish(&mut self, mut emit: impl FnMut(Collision<u64>)) {
        if !self.is_huge {
            self.collide_entries(BucketPolicy::of(self.entries.len()), &mut emit);
        }
        self.entries.clear();
        self.is_huge = false;
    }

    /// Emits the collisions of the entries in memory.
    fn collide_entries(&self, policy: BucketPolicy, emit: &mut impl FnMut(Collision<u64>)) {
        for (place, &entry) in self.entries.iter().enumerate() {
            self.collide(&self.entries[policy.partners_before(place)], entry, emit);
        }
    }

    /// Emits the collisions of an entry with earlier entries of its bucket.
    fn collide(
        &self,
        earlier: &[StreamEntry],
        entry: StreamEntry,
        emit: &mut impl FnMut(Collision<u64>),
    ) {
        let kind = self.layout.kind(entry.table);
        let skips_full = skips_full_texts(kind.field(), entry.is_full);
        for partner in earlier {
            if !(skips_full && partner.is_full) {
                kind.collisions(partner.member(), entry.member())
                    .for_each(&mut *emit);
            }
        }
    }
}
