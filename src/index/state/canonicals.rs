//! Choice of the canonical of each group, by the scores of the items.
//!
//! Consumers can hide items: followers (all but the first item of a group) or old items. A hidden
//! item does not become canonical later, so every consumer has the canonical of each group.

use super::entry::Entry;
use super::{Arrival, Event, GroupChanges, GroupId, GroupIds, GroupKind, Index, Segment};
use crate::canonical::{self, CanonicalScore};

/// In a group of more than `2 * SCORED` items, the first and the last `SCORED` can be canonical.
const SCORED: usize = 64;

/// An item of a group, with the score.
#[derive(Debug, Clone)]
pub struct ScoredItem {
    /// The item.
    pub item: Arrival,
    /// Score within the group.
    pub score: CanonicalScore,
}

impl Index {
    /// Groups and their canonicals.
    pub fn canonicals(&self) -> impl Iterator<Item = (GroupId, Arrival)> + '_ {
        self.canonicals.iter().map(|(&group, &item)| (group, item))
    }

    /// Sets the canonical of a group as a segment has it.
    pub fn restore_canonical(&mut self, group: GroupId, item: Arrival) {
        self.ever_canonical.insert(item);
        self.canonicals.insert(group, item);
    }

    /// Sets the canonical of a group. Returns an event if consumers know another canonical.
    pub fn set_canonical(
        &mut self,
        group: GroupId,
        item: Arrival,
        segment: &mut Segment,
    ) -> Option<Event> {
        let old = self.canonicals.insert(group, item);
        self.ever_canonical.insert(item);
        if old == Some(item) {
            return None;
        }
        segment.canonicals.push((group, item));
        let founder = group.founder();
        let is_change = old.is_some() || founder < self.first_new && item != founder;
        is_change.then(|| Event::Canonical {
            kind: self.kind,
            group,
            item,
            id: self.entry(item).id.clone(),
        })
    }

    /// Declares that the consumer hides followers in groups of `kind`: items that arrive after the
    /// first item of the group.
    ///
    /// A follower becomes canonical only in the commit of arrival, and only if clearly better than
    /// the canonical; so consumers get few items twice.
    pub fn hide_followers(&mut self, kind: GroupKind) {
        self.hidden_followers = Some(kind);
    }

    /// Declares that the consumer hides old items. An old item is canonical only in a group without
    /// an eligible item.
    pub fn hide_old(&mut self) {
        self.hides_old = true;
    }

    /// Sets the maximum age of news: an item dated more than `seconds` before the first commit of
    /// the item is old.
    pub fn with_max_age(mut self, seconds: Option<i64>) -> Self {
        self.max_age = seconds;
        self
    }

    /// Whether an item is old, given the dates of publication and of the first commit.
    pub fn is_old(&self, published: Option<i64>, first_seen: i64) -> bool {
        let age = published.map(|published| first_seen.saturating_sub(published));
        self.max_age
            .zip(age)
            .is_some_and(|(max_age, age)| age > max_age)
    }

    pub(super) fn is_old_entry(&self, entry: &Entry) -> bool {
        self.is_old(entry.traits.published(), entry.first_seen)
    }

    fn is_hidden_as_old(&self, item: Arrival) -> bool {
        self.hides_old
            && self
                .items
                .get(&item)
                .is_some_and(|entry| self.is_old_entry(entry))
    }

    fn is_hidden_follower(&self, item: Arrival) -> bool {
        self.hidden_followers
            .is_some_and(|kind| self.group_ids(kind).group(item) != item.group())
    }

    /// Whether the consumer has, or will get, the item as a canonical: the item is not hidden as
    /// old, and is new in the current commit, is or was canonical, or was not hidden as a follower.
    fn may_be_canonical(&self, item: Arrival) -> bool {
        !self.is_hidden_as_old(item)
            && (item >= self.first_new
                || self.ever_canonical.contains(&item)
                || !self.is_hidden_follower(item))
    }

    /// The best item of a group, by the last version of each item.
    pub fn choose(&self, group: GroupId) -> Arrival {
        self.best(group, &self.scored(self.kind, group))
    }

    /// The eligible item with the highest score; of equal scores the first.
    pub fn best(&self, group: GroupId, scored: &[ScoredItem]) -> Arrival {
        let allowed = scored
            .iter()
            .filter(|scored| self.may_be_canonical(scored.item));
        let Some(best) = highest(allowed).or_else(|| highest(scored.iter())) else {
            return group.founder();
        };
        let known = self.canonicals.get(&group).copied();
        let known = known.unwrap_or(group.founder());
        if self.hidden_followers.is_none() || self.is_hidden_as_old(known) {
            return best.item;
        }
        let stays = scored
            .iter()
            .any(|scored| scored.item == known && !best.score.is_clearly_above(&scored.score));
        if stays { known } else { best.item }
    }

    /// The items of a group with their scores.
    pub(super) fn scored(&self, kind: GroupKind, group: GroupId) -> Vec<ScoredItem> {
        let mut items = first_and_last(self.group_ids(kind), group);
        items.retain(|item| self.items.contains_key(item));
        let traits: Vec<_> = items
            .iter()
            .map(|&item| {
                let duplicates = self.duplicate_ids.group(item);
                self.entry(item).traits.scored(duplicates.0)
            })
            .collect();
        let scores = canonical::score(&traits, &self.weights, &self.backgrounds);
        items
            .into_iter()
            .zip(scores)
            .map(|(item, score)| ScoredItem { item, score })
            .collect()
    }

    /// Notes the groups that may lack a canonical after changes.
    pub(super) fn check_canonicals(&mut self, kind: GroupKind, changes: &GroupChanges) {
        if kind != self.kind {
            return;
        }
        for merged in &changes.merged {
            self.canonicals.remove(&merged.from);
        }
        let moved = changes.moved.iter().map(|&(_, group)| group);
        let split = changes
            .split
            .iter()
            .flat_map(|split| [split.from, split.to]);
        self.unchecked.extend(moved.chain(split));
    }

    /// The groups of several items without a canonical.
    pub fn take_groups_without_canonical(&mut self) -> Vec<GroupId> {
        let mut lacking = Vec::new();
        for group in std::mem::take(&mut self.unchecked) {
            if self.has_canonical(group) {
                continue;
            }
            if self.group_ids(self.kind).size(group) > 1 {
                lacking.push(group);
            } else {
                self.canonicals.remove(&group);
            }
        }
        lacking
    }

    /// Whether the canonical of a group is in the index and in the group.
    fn has_canonical(&self, group: GroupId) -> bool {
        self.canonicals.get(&group).is_some_and(|item| {
            self.items.contains_key(item) && self.group_ids(self.kind).group(*item) == group
        })
    }
}

/// The item with the highest score; of equal scores the first.
fn highest<'s>(scored: impl Iterator<Item = &'s ScoredItem>) -> Option<&'s ScoredItem> {
    scored.reduce(|best, next| {
        if next.score.total() > best.score.total() {
            next
        } else {
            best
        }
    })
}

/// The members of a group; of an oversized group the first and the last [`SCORED`].
fn first_and_last(ids: &GroupIds, group: GroupId) -> Vec<Arrival> {
    if ids.size(group) <= 2 * SCORED {
        return ids.members(group).collect();
    }
    let mut items: Vec<Arrival> = ids.members(group).take(SCORED).collect();
    let mut last: Vec<Arrival> = ids.members(group).rev().take(SCORED).collect();
    last.reverse();
    items.append(&mut last);
    items
}
