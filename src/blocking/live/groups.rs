//! Splits the components of an index into groups, and reports the groups that have changed.
//!
//! Input: a component and its new texts. Output: the changed groups, in [`Settled`]. Cost: see
//! [`LivePartition`].

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{Component, LiveDuplicates, NO_PART, Settled, Text};
use crate::blocking::partition::{LivePartition, PartPlacement};
use crate::cluster::UnionFind;
use crate::ids::{ComponentId, TextId};

impl LiveDuplicates {
    /// Updates the groups of a component with `texts` that may be new.
    pub(super) fn update_partition(
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
        let reusable = partition.filter(|_| !self.components[id].has_series);
        let (mut partition, placement) = self.place(reusable, &touched);
        let kept = partition.len();
        for &(text, part) in &placement.joined {
            self.texts[text].part = part as u32;
        }
        let rest = if placement.is_truncated {
            self.texts_behind(id, kept)
        } else {
            placement.rest
        };
        let added = partition.split_rest(
            &rest,
            |text| self.fingerprint(text).context.copy_scope,
            |a, b| self.belong_together(a, b),
        );
        self.set_parts(kept, &added);
        let is_split = partition.len() > 1;
        self.components[id].partition = Some(partition);
        if is_split && self.components[id].has_ties {
            settled.whole.extend(self.joined_by_ties(self.parts(id)));
            return;
        }
        settled.whole.extend(added);
        self.add_grown(placement.joined, settled);
    }

    /// Places new texts into the groups of a component, which has none yet if `partition` is
    /// `None`.
    fn place(
        &self,
        partition: Option<Box<LivePartition>>,
        texts: &[TextId],
    ) -> (Box<LivePartition>, PartPlacement) {
        let Some(mut partition) = partition else {
            return (Box::default(), PartPlacement::unsplit());
        };
        let placement = partition.place(
            texts,
            |text| self.split_order(text),
            |a, b| self.belong_together(a, b),
        );
        (partition, placement)
    }

    /// Numbers the groups of texts from `first` on.
    fn set_parts(&mut self, first: usize, parts: &[Vec<TextId>]) {
        for (part, texts) in (first as u32..).zip(parts) {
            for &text in texts {
                self.texts[text].part = part;
            }
        }
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

    /// The order of texts in [`split`](crate::blocking::split()), see
    /// [`split_order`](crate::blocking::split_order).
    fn split_order(&self, text: TextId) -> (Option<i32>, u64) {
        let Text {
            fingerprint,
            digest,
            ..
        } = &self.texts[text];
        (fingerprint.context.hour, *digest)
    }

    /// The texts of each group of a component.
    pub(super) fn parts(&self, id: ComponentId) -> Vec<Vec<TextId>> {
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
