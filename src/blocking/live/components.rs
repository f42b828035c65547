//! Joins texts with verified pairs into components.
//!
//! Input: collisions of texts. Output: components and their spanning forest. Cost: one comparison
//! per candidate in another component.

use rayon::prelude::*;

use super::{Component, LiveDuplicates, NO_PART, Text, TextCollision, VerifiedPair, candidates};
use crate::blocking::forest::LinkEvidence;
use crate::ids::{ComponentId, TextId};

impl LiveDuplicates {
    /// Joins texts with the duplicates among all candidates.
    pub(super) fn rejoin(&mut self, texts: &[TextId]) {
        let mut collisions = Vec::new();
        for &text in texts {
            let keys = self.key_maker.keys(self.fingerprint(text));
            collisions.append(&mut self.collisions_of(text, self.fingerprint(text), &keys));
        }
        self.join_duplicates(collisions);
    }

    /// Verifies the candidates among collisions and joins the duplicates.
    pub(super) fn join_duplicates(&mut self, mut collisions: Vec<TextCollision>) {
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

    /// Verifies the candidates of a text. Returns a pair per component with a duplicate.
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
            let keys = keys.get_or_insert_with(|| self.key_maker.keys(self.fingerprint(text)));
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

    /// Links two texts of different components.
    pub(super) fn link(&mut self, a: TextId, b: TextId, evidence: LinkEvidence) {
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
    pub(super) fn merge(&mut self, a: TextId, b: TextId) {
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
    pub(super) fn new_component(&mut self, text: TextId) -> ComponentId {
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

    /// Removes a text from the component. The children of the text become roots.
    pub(super) fn leave(&mut self, text: TextId) {
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
