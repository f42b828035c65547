//! Live driver: groups of duplicates that are updated as texts arrive and leave.
//!
//! Input: texts with their blocking keys, and removals. Output: after [`LiveDuplicates::settle`],
//! the groups of a batch of the same texts. A spanning forest keeps the components of verified
//! pairs; [`split`](super::split()) splits each component. Cost: one bucket lookup per key of a
//! text, and the comparisons within the buckets.

mod components;
mod groups;
mod repair;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::buckets::{BucketMember, BucketTable, LostPairs, Members};
use super::collision::{Collision, CollisionKind, Member, frequent, skips_full_texts};
use super::forest::{BucketRef, LinkEvidence, SpanningForest};
use super::keys::{BlockingKeys, KeyMaker};
use super::partition::LivePartition;
use super::tables::TableKind;
use crate::ids::{CandidatePair, ComponentId, DenseId, IdVec, Packed, TableId, TextId};
use crate::verify::{DuplicateVerifier, Edge, Fingerprint};

/// A text with its blocking keys.
pub type Keyed<'k> = (&'k Fingerprint, &'k BlockingKeys);

/// Groups of duplicates of a changing set of texts.
#[derive(Debug)]
pub struct LiveDuplicates {
    key_maker: KeyMaker,
    verifier: DuplicateVerifier,
    texts: IdVec<TextId, Text>,
    free_texts: Vec<TextId>,
    /// The text of each digest.
    by_digest: HashMap<u64, TextId>,
    /// The buckets of each table.
    tables: IdVec<TableId, BucketTable>,
    components: IdVec<ComponentId, Component>,
    free_components: Vec<ComponentId>,
    forest: SpanningForest,
    /// Must-links between versions of one item.
    ties: HashMap<TextId, Vec<TextId>>,
    /// Components that may have fallen apart.
    stale: BTreeSet<ComponentId>,
    /// Texts whose component has changed.
    moved: BTreeSet<TextId>,
}

#[derive(Debug, Default)]
struct Text {
    fingerprint: Fingerprint,
    digest: u64,
    /// Number of items with this text.
    uses: u32,
    component: ComponentId,
    /// Place among the texts of the component.
    place: u32,
    /// Group within the component, or [`NO_PART`].
    part: u32,
}

/// Marks a text that is in no group yet.
const NO_PART: u32 = u32::MAX;

/// Texts that are connected by verified pairs and ties.
#[derive(Debug, Default)]
struct Component {
    texts: Vec<TextId>,
    partition: Option<Box<LivePartition>>,
    has_ties: bool,
    /// Whether the component has texts of series (`CopyScope::OtherFeeds`). The group of a text of
    /// a series depends on the texts that are in the group already.
    has_series: bool,
    /// Whether the component was restored: `forest` does not know its links.
    is_restored: bool,
}

/// Groups that have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The texts of each new or rebuilt group.
    pub whole: Vec<Vec<TextId>>,
    /// The first text of each group with new texts, and the new texts.
    pub grown: Vec<(TextId, Vec<TextId>)>,
}

/// Texts of series are rejoined `REJOINED` at a time, to bound the memory for candidates.
const REJOINED: usize = 1000;

/// [`TextId`] of texts that are looked up but not inserted.
const UNKNOWN: TextId = TextId(u32::MAX >> 1);

/// A collision as seen from one of the two texts. Sorts by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TextCollision {
    text: TextId,
    kind: CollisionKind,
    /// Whether `partner` is the probe.
    is_indexed: bool,
    partner: TextId,
}

impl TextCollision {
    fn new(text: TextId, collision: Collision<TextId>) -> Self {
        let is_indexed = collision.indexed == text;
        TextCollision {
            text,
            kind: collision.kind,
            is_indexed,
            partner: if is_indexed {
                collision.probe
            } else {
                collision.indexed
            },
        }
    }
}

/// The candidates of a text, given its collisions in order.
fn candidates(collisions: &[TextCollision]) -> Vec<TextId> {
    let mut partners: Vec<TextId> =
        frequent(collisions, |collision| collision.kind.min_collisions())
            .map(|collision| collision.partner)
            .collect();
    partners.sort_unstable();
    partners.dedup();
    partners
}

/// A verified pair of texts of two components, and the collisions of the pair.
#[derive(Debug, Clone, Copy)]
struct VerifiedPair {
    text: TextId,
    partner: TextId,
    evidence: LinkEvidence,
}

/// Changes of one table by an insertion of texts.
#[derive(Debug, Default)]
struct Inserted {
    collisions: Vec<TextCollision>,
    lost: Vec<LostPairs>,
}

impl LiveDuplicates {
    /// No texts yet.
    pub fn new(key_maker: KeyMaker, verifier: DuplicateVerifier) -> Self {
        let tables: Vec<BucketTable> = key_maker
            .layout()
            .tables()
            .map(|_| BucketTable::default())
            .collect();
        LiveDuplicates {
            key_maker,
            verifier,
            texts: IdVec::default(),
            free_texts: Vec::new(),
            by_digest: HashMap::new(),
            tables: tables.into(),
            components: IdVec::default(),
            free_components: Vec::new(),
            forest: SpanningForest::default(),
            ties: HashMap::new(),
            stale: BTreeSet::new(),
            moved: BTreeSet::new(),
        }
    }

    /// Makes the keys of the texts.
    pub fn key_maker(&self) -> &KeyMaker {
        &self.key_maker
    }

    /// Number of different texts.
    pub fn len(&self) -> usize {
        self.by_digest.len()
    }

    /// Whether there are no texts.
    pub fn is_empty(&self) -> bool {
        self.by_digest.is_empty()
    }

    /// The fingerprint of a text.
    pub fn fingerprint(&self, text: TextId) -> &Fingerprint {
        &self.texts[text].fingerprint
    }

    /// The edge of two texts that are duplicates.
    pub fn compare(&self, a: TextId, b: TextId) -> Option<Edge> {
        let pair = CandidatePair::new(a, b)?.numbers();
        self.verifier
            .verify(pair, self.fingerprint(a), self.fingerprint(b))
    }

    /// The most similar duplicate of a text among the candidates, and the similarity; the text
    /// itself if the index has the text.
    pub fn nearest(&self, (fingerprint, keys): Keyed<'_>) -> Option<(TextId, f64)> {
        if let Some(&text) = self.by_digest.get(&fingerprint.digest()) {
            return Some((text, 1.0));
        }
        let mut nearest: Option<(TextId, f64)> = None;
        for text in candidates(&self.collisions_of(UNKNOWN, fingerprint, keys)) {
            let pair = CandidatePair::new(UNKNOWN, text)?.numbers();
            let Some(edge) = self
                .verifier
                .verify(pair, self.fingerprint(text), fingerprint)
            else {
                continue;
            };
            // Candidates ascend, so the lowest id wins among equals.
            let similarity = edge.similarity();
            if nearest.is_none_or(|(_, highest)| similarity.total_cmp(&highest).is_gt()) {
                nearest = Some((text, similarity));
            }
        }
        nearest
    }

    /// Adds a use of each text, links new texts with duplicates and returns the `TextId` of each
    /// text.
    pub fn insert(&mut self, texts: &[Keyed<'_>]) -> Vec<TextId> {
        let (ids, inserted) = self.enter(texts);
        let mut collisions = Vec::new();
        for inserted in &inserted {
            collisions.extend_from_slice(&inserted.collisions);
        }
        self.join_duplicates(collisions);
        for (table, inserted) in TableId::all(inserted.len()).zip(inserted) {
            for lost in inserted.lost {
                self.repair(table, lost);
            }
        }
        ids
    }

    /// Adds a use of each text without linking duplicates. Returns the `TextId` of each text.
    /// [`LiveDuplicates::reunite`] restores the components.
    pub fn restore(&mut self, texts: &[Keyed<'_>]) -> Vec<TextId> {
        let (ids, _) = self.enter(texts);
        self.moved.clear();
        ids
    }

    /// Puts a restored text into the component of another.
    pub fn reunite(&mut self, text: TextId, other: TextId) {
        self.merge(text, other);
        let component = self.component(text);
        self.components[component].is_restored = true;
        self.moved.clear();
    }

    /// Finishes a restore: links texts of series (`CopyScope::OtherFeeds`) again. Two items of a
    /// series that are duplicates of an item elsewhere are in one component but in two groups, so a
    /// restore by groups does not restore the component.
    pub fn rejoin_series(&mut self) {
        let is_of_series =
            |text: &Text| text.uses > 0 && text.fingerprint.context.copy_scope.is_of_series();
        let series: Vec<TextId> = self
            .texts
            .iter()
            .filter(|(_, text)| is_of_series(text))
            .map(|(id, _)| id)
            .collect();
        for texts in series.chunks(REJOINED) {
            self.rejoin(texts);
        }
        self.moved.clear();
    }

    /// Keeps two texts in one group as versions of one item, without a comparison.
    pub fn tie(&mut self, a: TextId, b: TextId) {
        if a != b {
            self.ties.entry(a).or_default().push(b);
            self.ties.entry(b).or_default().push(a);
            self.link(a, b, None);
            let component = self.component(a);
            self.components[component].has_ties = true;
        }
    }

    /// Removes a use of a text. If no use remains and `recheck` is set, the next
    /// [`LiveDuplicates::settle`] checks the component, and pairs that were not compared before are
    /// verified.
    pub fn release(&mut self, text: TextId, recheck: bool) {
        let released = &mut self.texts[text];
        released.uses -= 1;
        if released.uses > 0 {
            return;
        }
        let component = released.component;
        let widened = self.remove_keys(text);
        self.by_digest.remove(&self.texts[text].digest);
        self.leave(text);
        for tied in self.ties.remove(&text).unwrap_or_default() {
            let ties = self.ties.entry(tied).or_default();
            ties.retain(|&other| other != text);
        }
        self.texts[text] = Text::default();
        self.forest.remove(text);
        self.free_texts.push(text);
        if recheck {
            self.stale.insert(component);
            let mut gained: Vec<TextId> = Vec::new();
            for bucket in widened {
                let members = self.tables[bucket.table].bucket(bucket.key).iter();
                gained.extend(members.map(Packed::id));
            }
            gained.sort_unstable();
            gained.dedup();
            self.rejoin(&gained);
        }
    }

    /// Removes a text from all buckets. Returns the buckets with new pairs to compare.
    fn remove_keys(&mut self, text: TextId) -> Vec<BucketRef> {
        let keys = self.key_maker.keys(self.fingerprint(text));
        let mut widened = Vec::new();
        for (table, key) in keys.all(self.key_maker.layout()) {
            let texts = &self.texts;
            let rank = |member: BucketMember| texts[member.id()].digest;
            let member = Packed::new(text, key.probes);
            if self.tables[table].remove(key.value, member, rank) {
                widened.push(BucketRef {
                    table,
                    key: key.value,
                });
            }
        }
        widened
    }

    /// Updates the groups to those of a batch of all texts. Returns the groups changed since the
    /// last call. Afterwards [`LiveDuplicates::first_of_part`] knows the groups of `used` texts.
    pub fn settle(&mut self, used: impl IntoIterator<Item = TextId>) -> Settled {
        for component in std::mem::take(&mut self.stale) {
            self.recheck(component);
        }
        let moved = std::mem::take(&mut self.moved);
        let mut touched: BTreeMap<ComponentId, Vec<TextId>> = BTreeMap::new();
        for text in moved.into_iter().chain(used) {
            if self.texts[text].uses > 0 {
                touched.entry(self.component(text)).or_default().push(text);
            }
        }
        let mut settled = Settled::default();
        for (component, texts) in touched {
            self.update_partition(component, texts, &mut settled);
        }
        settled
    }

    /// The first text of the group of a settled text.
    pub fn first_of_part(&self, text: TextId) -> TextId {
        let Text {
            component, part, ..
        } = self.texts[text];
        let partition = self.components[component].partition.as_ref();
        partition
            .and_then(|partition| partition.first(part as usize))
            .unwrap_or(text)
    }

    /// The texts of the group of a settled text.
    pub fn part_of(&self, text: TextId) -> Vec<TextId> {
        let Text {
            component, part, ..
        } = self.texts[text];
        let mut texts = self.components[component].texts.clone();
        texts.retain(|&other| self.texts[other].part == part);
        texts
    }

    fn component(&self, text: TextId) -> ComponentId {
        self.texts[text].component
    }
}

/// Inserting and finding texts.
impl LiveDuplicates {
    /// Claims a use of each text and inserts new texts into `tables`. Returns the `TextId` of each
    /// text and the changes of each table.
    fn enter(&mut self, texts: &[Keyed<'_>]) -> (Vec<TextId>, Vec<Inserted>) {
        let mut ids = Vec::with_capacity(texts.len());
        let mut new = Vec::new();
        for &(fingerprint, keys) in texts {
            let (text, is_new) = self.claim(fingerprint);
            ids.push(text);
            if is_new {
                new.push((text, keys));
            }
        }
        let inserted = self.insert_keys(&new);
        (ids, inserted)
    }

    /// Adds a use of a text. Returns the id and whether the text is new.
    fn claim(&mut self, fingerprint: &Fingerprint) -> (TextId, bool) {
        let digest = fingerprint.digest();
        if let Some(&text) = self.by_digest.get(&digest) {
            self.texts[text].uses += 1;
            return (text, false);
        }
        let text = match self.free_texts.pop() {
            Some(text) => text,
            None => self.texts.push(Text::default()),
        };
        let component = self.new_component(text);
        self.components[component].has_series = fingerprint.context.copy_scope.is_of_series();
        self.texts[text] = Text {
            fingerprint: fingerprint.clone(),
            digest,
            uses: 1,
            component,
            place: 0,
            part: NO_PART,
        };
        self.forest.insert(text);
        self.by_digest.insert(digest, text);
        self.moved.insert(text);
        (text, true)
    }

    /// Inserts texts into `tables`, table by table: a table stays in cache.
    fn insert_keys(&mut self, new: &[(TextId, &BlockingKeys)]) -> Vec<Inserted> {
        let (texts, layout) = (&self.texts, self.key_maker.layout());
        let kinds: Vec<TableKind> = layout.tables().map(|table| layout.kind(table)).collect();
        self.tables
            .values_mut()
            .par_iter_mut()
            .zip(kinds)
            .map(|(table, kind)| insert_into(table, kind, new, texts))
            .collect()
    }

    /// The collisions of a text with the texts in the index, in order.
    fn collisions_of(
        &self,
        text: TextId,
        fingerprint: &Fingerprint,
        keys: &BlockingKeys,
    ) -> Vec<TextCollision> {
        let layout = self.key_maker.layout();
        let mut collisions = Vec::new();
        for (table, key) in keys.all(layout) {
            let member = Packed::new(text, key.probes);
            let partners = self.tables[table].partners(key.value, member);
            let kind = layout.kind(table);
            collide(
                (member, fingerprint),
                partners,
                kind,
                &self.texts,
                &mut collisions,
            );
        }
        collisions.sort_unstable();
        collisions
    }

    /// The buckets in which two texts collide at least `min_collisions` times, given the keys of
    /// the first text; `None` if the texts are not compared.
    fn evidence(&self, text: TextId, keys: &BlockingKeys, partner: TextId) -> LinkEvidence {
        let layout = self.key_maker.layout();
        let [is_full, is_partner_full] =
            [text, partner].map(|text| self.fingerprint(text).has_text());
        let mut collisions = Vec::new();
        for (table, key) in keys.all(layout) {
            let kind = layout.kind(table);
            if is_partner_full && skips_full_texts(kind.field(), is_full) {
                continue;
            }
            let bucket = BucketRef {
                table,
                key: key.value,
            };
            let member = Packed::new(text, key.probes);
            let partners = self.tables[table].partners(key.value, member).iter();
            for other in partners.filter(|other| other.id() == partner) {
                for collision in kind.collisions(unpacked(other), unpacked(member)) {
                    if collision.kind == CollisionKind::Similarity {
                        return Some([bucket; 2]);
                    }
                    collisions.push((TextCollision::new(text, collision), bucket));
                }
            }
        }
        collisions.sort_by_key(|&(collision, _)| collision);
        let mut runs = collisions.chunk_by(|x, y| x.0 == y.0);
        let frequent = runs.find(|run| run.len() >= run[0].0.kind.min_collisions())?;
        Some([frequent[0].1, frequent[1].1])
    }
}

/// Puts texts into the buckets of one table.
fn insert_into(
    table: &mut BucketTable,
    kind: TableKind,
    new: &[(TextId, &BlockingKeys)],
    texts: &IdVec<TextId, Text>,
) -> Inserted {
    let rank = |member: BucketMember| texts[member.id()].digest;
    let mut inserted = Inserted::default();
    for &(text, keys) in new {
        for key in keys.in_table(kind) {
            let member = Packed::new(text, key.probes);
            inserted.lost.extend(table.insert(key.value, member, rank));
            let partners = table.partners(key.value, member);
            let fingerprint = &texts[text].fingerprint;
            collide(
                (member, fingerprint),
                partners,
                kind,
                texts,
                &mut inserted.collisions,
            );
        }
    }
    inserted
}

/// Adds the collisions of a member of a bucket with its partners.
fn collide(
    (member, fingerprint): (BucketMember, &Fingerprint),
    partners: Members<'_>,
    kind: TableKind,
    texts: &IdVec<TextId, Text>,
    collisions: &mut Vec<TextCollision>,
) {
    let text = member.id();
    let skips_full = skips_full_texts(kind.field(), fingerprint.has_text());
    for partner in partners.iter() {
        let other = partner.id();
        if other == text || skips_full && texts[other].fingerprint.has_text() {
            continue;
        }
        for collision in kind.collisions(unpacked(partner), unpacked(member)) {
            collisions.push(TextCollision::new(text, collision));
        }
    }
}

fn unpacked(member: BucketMember) -> Member<TextId> {
    Member {
        text: member.id(),
        probes: member.flag(),
    }
}
