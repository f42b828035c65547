//! Keeps the components of an index connected when links lose evidence.
//!
//! Input: pairs that are no longer compared, and components without a removed text. Output: a
//! spanning forest with evidence for all links. Cost: the comparisons of the affected texts.

use hashbrown::HashMap;

use super::{Component, LiveDuplicates, NO_PART, VerifiedPair, candidates};
use crate::blocking::buckets::LostPairs;
use crate::blocking::forest::{BucketRef, LinkEvidence};
use crate::blocking::keys::BlockingKeys;
use crate::cluster::UnionFind;
use crate::ids::{ComponentId, Packed, TableId, TextId};

impl LiveDuplicates {
    /// Repairs links that depend on pairs no longer compared.
    pub(super) fn repair(&mut self, table: TableId, lost: LostPairs) {
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

    /// Relinks the texts for which `depends_on` holds for a bucket.
    fn relink_bucket(&mut self, bucket: BucketRef) {
        let members = self.tables[bucket.table].bucket(bucket.key).iter();
        let mut texts: Vec<TextId> = members.map(Packed::id).collect();
        texts.retain(|&text| self.depends_on(text, bucket));
        for text in texts {
            self.relink(text);
        }
    }

    /// Whether `bucket` is evidence for the link of a text although neither the text nor its parent
    /// is a representative in `bucket`.
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

    /// Finds new evidence for the link of a text, or else a new parent, or else marks the component
    /// as stale.
    fn relink(&mut self, text: TextId) {
        let keys = self.key_maker.keys(self.fingerprint(text));
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

    /// A new parent for a detached text: a duplicate of the component that is not below the text.
    /// Returns the parent and the evidence.
    fn other_parent(&self, text: TextId, keys: &BlockingKeys) -> Option<(TextId, LinkEvidence)> {
        let collisions = self.collisions_of(text, self.fingerprint(text), keys);
        let parent = candidates(&collisions).into_iter().find(|&other| {
            self.component(other) == self.component(text)
                && !self.forest.is_below(other, text)
                && self.compare(text, other).is_some()
        })?;
        let evidence = self.evidence(text, keys, parent)?;
        Some((parent, Some(evidence)))
    }

    /// Divides a stale component into its connected components.
    pub(super) fn recheck(&mut self, id: ComponentId) {
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
        // Groups that lost the first text or a pivot are split again.
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

    /// The connected components of texts, ascending: per text, the place of the first text of the
    /// component; and links that connect the components.
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
            let keys = self.key_maker.keys(self.fingerprint(text));
            for partner in candidates(&self.collisions_of(text, self.fingerprint(text), &keys)) {
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

    /// Divides a component. `roots` gives for each text the place of the first text of the new
    /// component. The first new component keeps the `ComponentId`.
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
            let is_of_series = self.fingerprint(text).context.copy_scope.is_of_series();
            let divided = &mut self.components[component];
            divided.has_ties |= has_ties;
            divided.has_series |= is_of_series;
            let place = divided.texts.len() as u32 - 1;
            let text = &mut self.texts[text];
            (text.component, text.place) = (component, place);
        }
    }
}
