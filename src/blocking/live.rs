//! Live driver: groups of duplicates that are updated as texts arrive and leave.
//!
//! Input: texts with their blocking keys, and removals. Output: after [`LiveDuplicates::settle`]
//! the groups that a batch of the same texts has. The components of verified pairs are kept by a
//! spanning forest; each component is split by [`split`](super::split()). Cost: one bucket lookup
//! per key of a text, and the comparisons that its buckets give.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::buckets::{BucketMember, BucketTable, LostPairs, Members};
use super::collision::{
    Collision, CollisionKind, MIN_COLLISIONS, Member, frequent, skips_full_bodies,
};
use super::forest::{BucketRef, Evidence, SpanningForest};
use super::keys::{BlockingKeys, KeyMaker};
use super::partition::{LivePartition, Placement};
use super::tables::TableKind;
use crate::cluster::UnionFind;
use crate::ids::{CandidatePair, ComponentId, Id, IdVec, Packed, PerField, TableId, TextId};
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
    /// Texts that stay together whatever they say: versions of one item.
    ties: HashMap<TextId, Vec<TextId>>,
    /// Components that may have fallen apart.
    stale: BTreeSet<ComponentId>,
    /// Texts whose component has changed.
    moved: BTreeSet<TextId>,
}

#[derive(Debug, Default)]
struct Text {
    print: Fingerprint,
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
    /// Whether some texts are of feeds without duplicates within themselves: their group depends on
    /// which texts are in it already.
    has_series: bool,
    /// Whether the component was restored, so that its links are unknown.
    is_restored: bool,
}

/// Groups that have changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The texts of each group that is new or was made anew.
    pub whole: Vec<Vec<TextId>>,
    /// Groups that grew: the first text of the group, and the texts that joined it.
    pub grown: Vec<(TextId, Vec<TextId>)>,
}

/// Texts of feeds without duplicates within themselves are rejoined `REJOINED` at a time, which
/// bounds the memory for their candidates.
const REJOINED: usize = 1000;

/// A [`TextId`] that no text has, for texts that are looked up but not inserted.
const UNKNOWN: TextId = TextId(u32::MAX >> 1);

/// A collision as seen from one of its texts. Sorts by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct TextCollision {
    text: TextId,
    kind: CollisionKind,
    /// Whether `text` is the probe.
    is_probe: bool,
    partner: TextId,
}

impl TextCollision {
    fn new(text: TextId, collision: Collision<TextId>) -> Self {
        let is_probe = collision.probe == text;
        TextCollision {
            text,
            kind: collision.kind,
            is_probe,
            partner: if is_probe {
                collision.indexed
            } else {
                collision.probe
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

/// A verified pair of texts of two components, and the collisions that found it.
#[derive(Debug, Clone, Copy)]
struct VerifiedPair {
    text: TextId,
    partner: TextId,
    evidence: Evidence,
}

/// What inserting texts into one table changed.
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
    pub fn print(&self, text: TextId) -> &Fingerprint {
        &self.texts[text].print
    }

    /// The edge of two texts that are duplicates.
    pub fn compare(&self, a: TextId, b: TextId) -> Option<Edge> {
        let pair = CandidatePair::new(a, b)?.numbers();
        self.verifier.verify(pair, self.print(a), self.print(b))
    }

    /// The most similar duplicate of a text among its candidates, and their similarity; the text
    /// itself if it is in the index.
    pub fn nearest(&self, (print, keys): Keyed<'_>) -> Option<(TextId, f64)> {
        if let Some(&text) = self.by_digest.get(&print.digest()) {
            return Some((text, 1.0));
        }
        let mut nearest: Option<(TextId, f64)> = None;
        for text in candidates(&self.collisions_of(UNKNOWN, print, keys)) {
            let pair = CandidatePair::new(UNKNOWN, text)?.numbers();
            let Some(edge) = self.verifier.verify(pair, self.print(text), print) else {
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

    /// Adds a use of each text, joins the texts with their duplicates and returns their ids.
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

    /// Adds a use of each text without joining it with its duplicates, and returns the ids.
    /// [`LiveDuplicates::reunite`] puts the texts into the components they had.
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

    /// Finishes a restore: joins texts of feeds without duplicates within themselves again. Two
    /// items of such a feed that are duplicates of an item elsewhere are in one component but in
    /// different groups, so their component is not known from their groups. Later texts may split
    /// it in another way.
    pub fn rejoin_series(&mut self) {
        let is_of_series = |text: &Text| text.uses > 0 && text.print.context.reach.is_of_series();
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

    /// Keeps two texts together whatever they say, as versions of one item.
    pub fn tie(&mut self, a: TextId, b: TextId) {
        if a != b {
            self.ties.entry(a).or_default().push(b);
            self.ties.entry(b).or_default().push(a);
            self.link(a, b, None);
            let component = self.component(a);
            self.components[component].has_ties = true;
        }
    }

    /// Removes a use of a text. If no use remains and `recheck` is set, its component is checked
    /// again at the next [`LiveDuplicates::settle`], and pairs that are compared only since the
    /// text is gone are joined.
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

    /// Removes a text from its buckets. Returns the buckets whose other members are compared with
    /// more members than before.
    fn remove_keys(&mut self, text: TextId) -> Vec<BucketRef> {
        let keys = self.key_maker.keys(self.print(text));
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

    /// Updates the groups to those of a batch of all texts. Returns the groups that have changed
    /// since the last call. The groups of `used` texts are known afterwards, see
    /// [`LiveDuplicates::first_of_part`].
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
    /// Claims a use of each text and puts new texts into their buckets. Returns the id of each
    /// text, and what changed in each table.
    fn enter(&mut self, texts: &[Keyed<'_>]) -> (Vec<TextId>, Vec<Inserted>) {
        let mut ids = Vec::with_capacity(texts.len());
        let mut new = Vec::new();
        for &(print, keys) in texts {
            let (text, is_new) = self.claim(print);
            ids.push(text);
            if is_new {
                new.push((text, keys));
            }
        }
        let inserted = self.insert_keys(&new);
        (ids, inserted)
    }

    /// Adds a use of a text. Returns its id and whether it is new.
    fn claim(&mut self, print: &Fingerprint) -> (TextId, bool) {
        let digest = print.digest();
        if let Some(&text) = self.by_digest.get(&digest) {
            self.texts[text].uses += 1;
            return (text, false);
        }
        let text = match self.free_texts.pop() {
            Some(text) => text,
            None => self.texts.push(Text::default()),
        };
        let component = self.new_component(text);
        self.components[component].has_series = print.context.reach.is_of_series();
        self.texts[text] = Text {
            print: print.clone(),
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

    /// Puts texts into their buckets, all texts table by table: a table stays in cache.
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
        print: &Fingerprint,
        keys: &BlockingKeys,
    ) -> Vec<TextCollision> {
        let layout = self.key_maker.layout();
        let mut collisions = Vec::new();
        for (table, key) in keys.all(layout) {
            let member = Packed::new(text, key.probes);
            let partners = self.tables[table].partners(key.value, member);
            let kind = layout.kind(table);
            collide(
                (member, print),
                partners,
                kind,
                &self.texts,
                &mut collisions,
            );
        }
        collisions.sort_unstable();
        collisions
    }

    /// The buckets in which two texts collide often enough, given the keys of the first; `None` if
    /// they are not compared.
    fn evidence(&self, text: TextId, keys: &BlockingKeys, partner: TextId) -> Evidence {
        let layout = self.key_maker.layout();
        let are_full = [text, partner].map(|text| self.print(text).has_text());
        // Per field: the buckets in which the text probes, and those in which the partner does.
        let mut containment: PerField<[Vec<BucketRef>; 2]> = PerField::default();
        for (table, key) in keys.all(layout) {
            let kind = layout.kind(table);
            if are_full[1] && skips_full_bodies(kind.field(), are_full[0]) {
                continue;
            }
            let bucket = BucketRef {
                table,
                key: key.value,
            };
            let partners = self.tables[table].partners(key.value, Packed::new(text, key.probes));
            for member in partners.iter().filter(|member| member.id() == partner) {
                match kind {
                    TableKind::Similarity { .. } => return Some([bucket; 2]),
                    TableKind::Containment { field } => {
                        let [probing, probed] = &mut containment[field];
                        probing.extend(key.probes.then_some(bucket));
                        probed.extend(member.flag().then_some(bucket));
                    }
                }
            }
        }
        let mut directions = containment.values().into_iter().flatten();
        let frequent = directions.find(|buckets| buckets.len() >= MIN_COLLISIONS)?;
        Some([frequent[0], frequent[1]])
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
            let print = &texts[text].print;
            collide(
                (member, print),
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
    (member, print): (BucketMember, &Fingerprint),
    partners: Members<'_>,
    kind: TableKind,
    texts: &IdVec<TextId, Text>,
    collisions: &mut Vec<TextCollision>,
) {
    let text = member.id();
    let skips_full = skips_full_bodies(kind.field(), print.has_text());
    for partner in partners.iter() {
        let other = partner.id();
        if other == text || skips_full && texts[other].print.has_text() {
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

/// Joining texts into components.
impl LiveDuplicates {
    /// Joins texts with the duplicates among all their candidates.
    fn rejoin(&mut self, texts: &[TextId]) {
        let mut collisions = Vec::new();
        for &text in texts {
            let keys = self.key_maker.keys(self.print(text));
            collisions.append(&mut self.collisions_of(text, self.print(text), &keys));
        }
        self.join_duplicates(collisions);
    }

    /// Verifies the candidates among collisions and joins the duplicates.
    fn join_duplicates(&mut self, mut collisions: Vec<TextCollision>) {
        collisions.par_sort_unstable();
        let by_text: Vec<&[TextCollision]> = collisions.chunk_by(|x, y| x.text == y.text).collect();
        let verified: Vec<VerifiedPair> = by_text
            .par_iter()
            .flat_map_iter(|collisions| self.verify_candidates(collisions))
            .collect();
        for pair in verified {
            self.link(pair.text, pair.partner, pair.evidence);
        }
    }

    /// Verifies the candidates of one text. Returns a pair with one duplicate in each other
    /// component.
    fn verify_candidates(&self, collisions: &[TextCollision]) -> Vec<VerifiedPair> {
        let text = collisions[0].text;
        let mut joined = vec![self.component(text)];
        let mut pairs = Vec::new();
        let mut keys = None;
        for partner in candidates(collisions) {
            let component = self.component(partner);
            if joined.contains(&component) || self.compare(text, partner).is_none() {
                continue;
            }
            let keys = keys.get_or_insert_with(|| self.key_maker.keys(self.print(text)));
            // A later insertion may have ended the collision.
            let evidence = self.evidence(text, keys, partner);
            if evidence.is_some() {
                joined.push(component);
                pairs.push(VerifiedPair {
                    text,
                    partner,
                    evidence,
                });
            }
        }
        pairs
    }

    /// Links two texts unless they are in one component.
    fn link(&mut self, a: TextId, b: TextId, evidence: Evidence) {
        let [first, second] = [a, b].map(|text| self.component(text));
        if first == second {
            return;
        }
        let size = |component: ComponentId| self.components[component].texts.len();
        let (text, parent) = if size(first) <= size(second) {
            (a, b)
        } else {
            (b, a)
        };
        self.forest.reroot(text);
        self.forest.attach(text, parent, evidence);
        self.merge(a, b);
    }

    /// Merges the components of two texts, the smaller into the larger.
    fn merge(&mut self, a: TextId, b: TextId) {
        let (a, b) = (self.component(a), self.component(b));
        if a == b {
            return;
        }
        let is_smaller = self.components[a].texts.len() < self.components[b].texts.len();
        let (kept, dropped) = if is_smaller { (b, a) } else { (a, b) };
        let from = std::mem::take(&mut self.components[dropped]);
        let into = &mut self.components[kept];
        for (&text, place) in from.texts.iter().zip(into.texts.len() as u32..) {
            let text = &mut self.texts[text];
            (text.component, text.place, text.part) = (kept, place, NO_PART);
        }
        into.has_ties |= from.has_ties;
        into.has_series |= from.has_series;
        into.is_restored |= from.is_restored;
        self.moved.extend(&from.texts);
        self.moved.insert(into.texts[0]);
        into.texts.extend(from.texts);
        self.free_components.push(dropped);
        if self.stale.remove(&dropped) {
            self.stale.insert(kept);
        }
    }

    /// A component of one text.
    fn new_component(&mut self, text: TextId) -> ComponentId {
        let component = Component {
            texts: vec![text],
            ..Component::default()
        };
        match self.free_components.pop() {
            None => self.components.push(component),
            Some(id) => {
                self.components[id] = component;
                id
            }
        }
    }

    /// Removes a text from its component. Its children become roots.
    fn leave(&mut self, text: TextId) {
        self.forest.detach(text);
        let Text {
            component: id,
            place,
            part,
            ..
        } = self.texts[text];
        let component = &mut self.components[id];
        component.texts.swap_remove(place as usize);
        if let Some(&moved) = component.texts.get(place as usize) {
            self.texts[moved].place = place;
        }
        if let Some(partition) = &mut component.partition {
            partition.remove(text, part as usize);
        }
        if component.texts.is_empty() {
            *component = Component::default();
            self.free_components.push(id);
            self.stale.remove(&id);
        }
    }
}

/// Repairing components whose links are gone.
impl LiveDuplicates {
    /// Repairs links that depend on pairs which are no longer compared.
    fn repair(&mut self, table: TableId, lost: LostPairs) {
        let (key, components) = match lost {
            LostPairs::Narrowed(key) => (key, self.shared_components(table, key)),
            LostPairs::Displaced(key, member) => {
                let component = self.component(member.id());
                let has_links =
                    self.forest.is_linked(member.id()) || self.components[component].is_restored;
                let is_single = self.components[component].texts.len() < 2;
                (
                    key,
                    if has_links && !is_single {
                        vec![component]
                    } else {
                        Vec::new()
                    },
                )
            }
        };
        let (unknown, known): (Vec<ComponentId>, Vec<ComponentId>) = components
            .into_iter()
            .partition(|&component| self.components[component].is_restored);
        self.stale.extend(unknown);
        if !known.is_empty() {
            self.relink_bucket(BucketRef { table, key });
        }
    }

    /// The components with at least two members of a bucket.
    fn shared_components(&self, table: TableId, key: u32) -> Vec<ComponentId> {
        let members = self.tables[table].bucket(key).iter();
        let mut components: Vec<ComponentId> =
            members.map(|member| self.component(member.id())).collect();
        components.sort_unstable();
        let mut shared = Vec::new();
        for run in components.chunk_by(ComponentId::eq) {
            if run.len() > 1 {
                shared.push(run[0]);
            }
        }
        shared
    }

    /// Relinks the texts of a bucket whose link depends on it and whose pair is no longer compared
    /// in it.
    fn relink_bucket(&mut self, bucket: BucketRef) {
        let members = self.tables[bucket.table].bucket(bucket.key).iter();
        let mut texts: Vec<TextId> = members.map(Packed::id).collect();
        texts.retain(|&text| self.depends_on(text, bucket));
        for text in texts {
            self.relink(text);
        }
    }

    /// Whether the link of a text has a bucket as evidence in which neither text is a
    /// representative.
    fn depends_on(&self, text: TextId, bucket: BucketRef) -> bool {
        let evidence = self.forest.evidence(text);
        if !evidence.is_some_and(|buckets| buckets.contains(&bucket)) {
            return false;
        }
        let Some(parent) = self.forest.parent(text) else {
            return false;
        };
        let table = &self.tables[bucket.table];
        ![text, parent]
            .iter()
            .any(|&text| table.is_representative(bucket.key, text))
    }

    /// Finds other evidence for the link of a text, or else another parent. If there is neither,
    /// its component is stale.
    fn relink(&mut self, text: TextId) {
        let keys = self.key_maker.keys(self.print(text));
        let parent = self.forest.parent(text);
        let evidence = parent.and_then(|parent| self.evidence(text, &keys, parent));
        self.forest.detach(text);
        let link = match (parent, evidence) {
            (Some(parent), Some(_)) => Some((parent, evidence)),
            _ => self.other_parent(text, &keys),
        };
        match link {
            Some((parent, evidence)) => self.forest.attach(text, parent, evidence),
            None => _ = self.stale.insert(self.component(text)),
        }
    }

    /// A duplicate of a detached text in its component that is not below it, and their evidence.
    fn other_parent(&self, text: TextId, keys: &BlockingKeys) -> Option<(TextId, Evidence)> {
        let collisions = self.collisions_of(text, self.print(text), keys);
        let parent = candidates(&collisions).into_iter().find(|&other| {
            self.component(other) == self.component(text)
                && !self.forest.is_below(other, text)
                && self.compare(text, other).is_some()
        })?;
        let evidence = self.evidence(text, keys, parent)?;
        Some((parent, Some(evidence)))
    }

    /// Divides a stale component into its connected components.
    fn recheck(&mut self, id: ComponentId) {
        let mut texts = self.components[id].texts.clone();
        texts.sort_unstable();
        let (roots, links) = self.connected(&texts);
        if roots.iter().any(|&root| root > 0) {
            for &text in &texts {
                self.texts[text].part = NO_PART;
            }
            self.divide(id, &texts, &roots);
            self.moved.extend(&texts);
        }
        // Groups that lost their first text or a pivot are split again.
        let partition = self.components[id].partition.as_deref();
        if partition.is_some_and(|partition| !partition.is_complete(texts.len())) {
            self.moved.extend(texts.first());
        }
        self.components[id].is_restored = false;
        self.forest.clear(&texts);
        for pair in links {
            self.forest.reroot(pair.text);
            self.forest.attach(pair.text, pair.partner, pair.evidence);
        }
    }

    /// The connected components of some texts, ascending: for each text the place of the first text
    /// of its component, and links that connect the components.
    fn connected(&self, texts: &[TextId]) -> (Vec<u32>, Vec<VerifiedPair>) {
        let place = |text: TextId| texts.binary_search(&text).ok().map(|at| at as u32);
        let mut sets = UnionFind::new(texts.len());
        let mut links: Vec<VerifiedPair> = Vec::new();
        for (at, &text) in (0u32..).zip(texts) {
            if links.len() + 1 >= texts.len() {
                break;
            }
            for &partner in self.ties.get(&text).into_iter().flatten() {
                if place(partner).is_some_and(|other| sets.union(at, other)) {
                    links.push(VerifiedPair {
                        text,
                        partner,
                        evidence: None,
                    });
                }
            }
            let keys = self.key_maker.keys(self.print(text));
            for partner in candidates(&self.collisions_of(text, self.print(text), &keys)) {
                let Some(other) = place(partner) else {
                    continue;
                };
                if sets.find(at) != sets.find(other) && self.compare(text, partner).is_some() {
                    sets.union(at, other);
                    links.push(VerifiedPair {
                        text,
                        partner,
                        evidence: self.evidence(text, &keys, partner),
                    });
                }
            }
        }
        (sets.into_roots(), links)
    }

    /// Divides a component, given for each of its texts the place of the first text of its new
    /// component. The first new component keeps the id.
    fn divide(&mut self, id: ComponentId, texts: &[TextId], roots: &[u32]) {
        let mut by_root: HashMap<u32, ComponentId> = HashMap::new();
        for (&text, &root) in texts.iter().zip(roots) {
            let component = match by_root.get(&root) {
                Some(&component) => {
                    self.components[component].texts.push(text);
                    component
                }
                None if root == 0 => {
                    self.components[id] = Component {
                        texts: vec![text],
                        ..Component::default()
                    };
                    id
                }
                None => self.new_component(text),
            };
            by_root.insert(root, component);
            let has_ties = self.ties.contains_key(&text);
            let is_of_series = self.print(text).context.reach.is_of_series();
            let divided = &mut self.components[component];
            divided.has_ties |= has_ties;
            divided.has_series |= is_of_series;
            let place = divided.texts.len() as u32 - 1;
            let text = &mut self.texts[text];
            (text.component, text.place) = (component, place);
        }
    }
}

/// Splitting components into groups.
impl LiveDuplicates {
    /// Updates the groups of a component, some of whose texts may be new.
    fn update_partition(
        &mut self,
        id: ComponentId,
        mut touched: Vec<TextId>,
        settled: &mut Settled,
    ) {
        touched.retain(|&text| self.texts[text].part == NO_PART);
        let count = self.components[id].texts.len();
        let partition = self.components[id].partition.take();
        let is_current = partition
            .as_ref()
            .is_some_and(|partition| partition.is_complete(count));
        if touched.is_empty() && is_current {
            self.components[id].partition = partition;
            return;
        }
        if LivePartition::is_small(count) {
            settled.whole.push(self.make_one_part(id));
            return;
        }
        touched.sort_unstable_by_key(|&text| self.split_order(text));
        touched.dedup();
        let has_series = self.components[id].has_series;
        let (mut partition, placement) = match partition.filter(|_| !has_series) {
            None => (Box::default(), Placement::unsplit()),
            Some(mut partition) => {
                let placement = partition.place(
                    &touched,
                    |text| self.split_order(text),
                    |a, b| self.belong_together(a, b),
                );
                (partition, placement)
            }
        };
        let kept = partition.len();
        for &(text, part) in &placement.joined {
            self.texts[text].part = part as u32;
        }
        let rest = if placement.is_truncated {
            self.texts_behind(id, kept)
        } else {
            placement.rest
        };
        let reach = |text: TextId| self.print(text).context.reach;
        let added = partition.split_rest(&rest, reach, |a, b| self.belong_together(a, b));
        for (part, texts) in (kept as u32..).zip(&added) {
            for &text in texts {
                self.texts[text].part = part;
            }
        }
        let is_split = partition.len() > 1;
        self.components[id].partition = Some(partition);
        if is_split && self.components[id].has_ties {
            settled.whole.extend(self.joined_by_ties(self.parts(id)));
            return;
        }
        settled.whole.extend(added);
        self.add_grown(placement.joined, settled);
    }

    /// Makes a small component one group.
    fn make_one_part(&mut self, id: ComponentId) -> Vec<TextId> {
        let component = &mut self.components[id];
        for &text in &component.texts {
            self.texts[text].part = 0;
        }
        component.partition = Some(Box::new(LivePartition::small(component.texts[0])));
        component.texts.clone()
    }

    /// The texts of a component that are in none of the first `kept` groups, in order.
    fn texts_behind(&self, id: ComponentId, kept: usize) -> Vec<TextId> {
        let mut texts = self.components[id].texts.clone();
        texts.retain(|&text| self.texts[text].part as usize >= kept);
        texts.sort_by_cached_key(|&text| self.split_order(text));
        texts
    }

    /// Reports the groups that texts have joined.
    fn add_grown(&self, mut joined: Vec<(TextId, usize)>, settled: &mut Settled) {
        joined.sort_by_key(|&(_, part)| part);
        for joined in joined.chunk_by(|x, y| x.1 == y.1) {
            let texts = joined.iter().map(|&(text, _)| text).collect();
            settled.grown.push((self.first_of_part(joined[0].0), texts));
        }
    }

    /// Whether two texts belong in one group.
    fn belong_together(&self, a: TextId, b: TextId) -> bool {
        let are_tied = self.ties.get(&a).is_some_and(|ties| ties.contains(&b));
        are_tied || self.compare(a, b).is_some()
    }

    /// The order of texts in [`split`](super::split()), see [`split_order`](super::split_order).
    fn split_order(&self, text: TextId) -> (Option<i32>, u64) {
        let Text { print, digest, .. } = &self.texts[text];
        (print.context.hour, *digest)
    }

    /// The texts of each group of a component.
    fn parts(&self, id: ComponentId) -> Vec<Vec<TextId>> {
        let Component {
            texts, partition, ..
        } = &self.components[id];
        let count = partition.as_ref().map_or(0, |partition| partition.len());
        let mut parts = vec![Vec::new(); count];
        for &text in texts {
            parts[self.texts[text].part as usize].push(text);
        }
        parts
    }

    /// Joins groups of a component that have tied texts.
    fn joined_by_ties(&self, parts: Vec<Vec<TextId>>) -> Vec<Vec<TextId>> {
        if parts.len() < 2 || self.ties.is_empty() {
            return parts;
        }
        let mut part_of: HashMap<TextId, u32> = HashMap::new();
        for (at, part) in (0..).zip(&parts) {
            part_of.extend(part.iter().map(|&text| (text, at)));
        }
        let mut sets = UnionFind::new(parts.len());
        for (text, &part) in &part_of {
            for tied in self.ties.get(text).into_iter().flatten() {
                if let Some(&other) = part_of.get(tied) {
                    sets.union(part, other);
                }
            }
        }
        let mut joined: BTreeMap<u32, Vec<TextId>> = BTreeMap::new();
        for (root, part) in sets.into_roots().into_iter().zip(parts) {
            joined.entry(root).or_default().extend(part);
        }
        joined.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
