//! Outcome of an item: the place of the item in settled groups.

use std::cmp::Ordering;

use hashbrown::HashMap;

use super::{
    Arrival, CanonicalMatch, Decision, GroupId, GroupKind, GroupSize, Identified, Index, ItemRef,
    Outcome, ScoredItem,
};
use crate::verify::MatchKind;

/// Computed scores of groups of duplicates.
type ScoreCache = HashMap<GroupId, Vec<ScoredItem>>;

impl Index {
    /// The outcomes of the items of a commit.
    pub fn outcomes(&self, identified: &[Identified]) -> Vec<Outcome> {
        let mut cache = ScoreCache::new();
        identified
            .iter()
            .map(|&item| self.cached_outcome(item, &mut cache))
            .collect()
    }

    /// The outcome of an item.
    pub fn outcome(&self, identified: Identified) -> Outcome {
        self.cached_outcome(identified, &mut ScoreCache::new())
    }

    fn cached_outcome(&self, identified: Identified, cache: &mut ScoreCache) -> Outcome {
        let item = identified.arrival;
        let near_dup = self.group_size(GroupKind::Duplicates, item);
        let cluster = self.group_size(self.kind, item);
        let canonical = self.canonical_of(item, cluster);
        Outcome {
            decision: self.decision(identified),
            arrival: item,
            id: self.entry(item).id.clone(),
            near_dup,
            cluster,
            represents_duplicates: self.represents_duplicates(item, near_dup, canonical, cache),
            canonical: ItemRef {
                arrival: canonical,
                id: self.entry(canonical).id.clone(),
            },
            relation: (canonical != item).then(|| self.canonical_match(item, canonical)),
        }
    }

    fn group_size(&self, kind: GroupKind, item: Arrival) -> GroupSize {
        let ids = self.group_ids(kind);
        let id = ids.group(item);
        GroupSize {
            id,
            items: ids.size(id),
        }
    }

    /// The decision about an item. Date and groups refine the decision [`Decision::New`].
    fn decision(&self, Identified { decision, arrival }: Identified) -> Decision {
        if decision != Decision::New {
            return decision;
        }
        if self.is_old_entry(self.entry(arrival)) {
            return Decision::Old;
        }
        let founder = self.duplicate_ids.group(arrival).founder();
        if founder < arrival {
            return if self.is_update_of(arrival, founder) {
                Decision::Update
            } else {
                Decision::Duplicate
            };
        }
        let story = self.story_ids.group(arrival);
        if self.kind == GroupKind::Stories && story.founder() < arrival {
            Decision::Story
        } else {
            Decision::New
        }
    }

    fn canonical_of(&self, item: Arrival, cluster: GroupSize) -> Arrival {
        if cluster.items == 1 {
            return item;
        }
        let known = self.canonicals.get(&cluster.id).copied();
        known
            .filter(|known| self.items.contains_key(known))
            .unwrap_or_else(|| self.choose(cluster.id))
    }

    /// Whether an item is a later version of `earlier` with changed facts.
    fn is_update_of(&self, item: Arrival, earlier: Arrival) -> bool {
        let texts = self.text_of(item).zip(self.text_of(earlier));
        texts
            .and_then(|(text, earlier)| self.duplicates.compare(text, earlier))
            .is_some_and(|edge| edge.kind() == MatchKind::Update)
    }

    /// The relation of an item to the canonical of the group.
    fn canonical_match(&self, item: Arrival, canonical: Arrival) -> CanonicalMatch {
        let linked = CanonicalMatch {
            similarity: 0.0,
            kind: None,
        };
        let Some((text, canonical_text)) = self.text_of(item).zip(self.text_of(canonical)) else {
            return linked;
        };
        if text == canonical_text {
            return CanonicalMatch {
                similarity: 1.0,
                kind: Some(MatchKind::Exact),
            };
        }
        let Some(edge) = self.duplicates.compare(text, canonical_text) else {
            return linked;
        };
        let [length, canonical_length] =
            [item, canonical].map(|item| self.entry(item).traits.body.length as usize);
        CanonicalMatch {
            similarity: edge.similarity(),
            kind: Some(edge.kind().from_side(length, canonical_length)),
        }
    }

    /// Whether an item represents its group of duplicates: as the canonical of `cluster`, or within
    /// a story as an item that is clearly better than all earlier duplicates and not worse than
    /// later duplicates.
    fn represents_duplicates(
        &self,
        item: Arrival,
        near_dup: GroupSize,
        canonical: Arrival,
        cache: &mut ScoreCache,
    ) -> bool {
        if canonical == item || near_dup.items == 1 {
            return true;
        }
        if self.kind == GroupKind::Duplicates {
            return false;
        }
        let scored = cache
            .entry(near_dup.id)
            .or_insert_with(|| self.scored(GroupKind::Duplicates, near_dup.id));
        scored
            .iter()
            .find(|scored| scored.item == item)
            .is_some_and(|own| scored.iter().all(|other| is_preferred(own, other)))
    }
}

/// Whether an item is shown rather than the duplicate `other`: earlier duplicates must be clearly
/// worse, later duplicates not better.
fn is_preferred(item: &ScoredItem, other: &ScoredItem) -> bool {
    match other.item.cmp(&item.item) {
        Ordering::Less => item.score.is_clearly_above(&other.score),
        Ordering::Equal => true,
        Ordering::Greater => item.score.total() >= other.score.total(),
    }
}
