//! The groups of a component of an index, updated as texts arrive: equal to the groups of
//! [`split`](super::split()) for all texts at once.
//!
//! Input: new texts in chronological order. Output: the groups of the new texts. Cost: one decision
//! per new text that is a duplicate of the first text of a group. If a new text becomes the first
//! text or a pivot of a group, the group and all later groups are rebuilt.

use super::split::{Part, split_parts};
use crate::ids::TextId;
use crate::source_rules::CopyScope;

/// The groups of a component.
#[derive(Debug, Default)]
pub(super) struct LivePartition {
    /// In the order in which `split` makes the groups.
    parts: Vec<Part<TextId>>,
    /// Whether later groups were dropped, whose texts are in no group.
    is_truncated: bool,
    /// Whether the component has fewer than [`MIN_SPLIT`] texts.
    is_small: bool,
}

/// What became of the texts of [`LivePartition::place`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartPlacement {
    /// Texts that joined a remaining group, and the number of the group.
    pub(super) joined: Vec<(TextId, usize)>,
    /// Texts behind all remaining groups.
    pub(super) rest: Vec<TextId>,
    /// Whether groups were dropped, whose texts belong to `rest` too.
    pub(super) is_truncated: bool,
}

impl PartPlacement {
    /// The placement for a component without groups.
    pub(super) fn unsplit() -> Self {
        PartPlacement {
            is_truncated: true,
            ..PartPlacement::default()
        }
    }
}

/// Where a text belongs.
enum Membership {
    /// To the group, as a duplicate of the first text.
    Direct(usize),
    /// To this group, as a duplicate of most pivots.
    Indirect(usize),
    /// The text changes the first text or the pivots of this group.
    Invalidates(usize),
    /// Behind all groups.
    Behind,
}

/// A component of fewer texts is one group.
const MIN_SPLIT: usize = 3;

impl LivePartition {
    /// The only group of a small component.
    pub(super) fn small(first: TextId) -> Self {
        LivePartition {
            parts: vec![Part {
                first,
                pivots: Vec::new(),
                indirect: 0,
            }],
            is_truncated: false,
            is_small: true,
        }
    }

    /// Whether a component of `texts` texts is one group.
    pub(super) fn is_small(texts: usize) -> bool {
        texts < MIN_SPLIT
    }

    /// Whether the groups are complete for a component of `texts` texts.
    pub(super) fn is_complete(&self, texts: usize) -> bool {
        !self.parts.is_empty()
            && !self.is_truncated
            && self.is_small == LivePartition::is_small(texts)
    }

    /// Number of groups.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The first text of a group.
    pub(super) fn first(&self, part: usize) -> Option<TextId> {
        self.parts.get(part).map(|part| part.first)
    }

    /// Removes a text of a group. If the text is the first text or a pivot, the group and all later
    /// groups are dropped.
    pub(super) fn remove(&mut self, text: TextId, part: usize) {
        let Some(removed) = self.parts.get(part) else {
            return;
        };
        if removed.first == text || removed.pivots.contains(&text) {
            self.parts.truncate(part);
            self.is_truncated = true;
        }
    }

    /// Places texts, in their order, into the groups.
    pub(super) fn place<O: Ord>(
        &mut self,
        texts: &[TextId],
        order: impl Fn(TextId) -> O,
        mut are_duplicates: impl FnMut(TextId, TextId) -> bool,
    ) -> PartPlacement {
        if self.is_small {
            self.parts.clear();
        }
        let mut placement = PartPlacement {
            is_truncated: std::mem::take(&mut self.is_truncated) || self.is_small,
            ..PartPlacement::default()
        };
        self.is_small = false;
        for &text in texts {
            let has_rest = placement.is_truncated || !placement.rest.is_empty();
            match self.target(text, has_rest, &order, &mut are_duplicates) {
                Membership::Behind => placement.rest.push(text),
                Membership::Direct(at) => {
                    if self.parts[at].would_be_pivot(text, &order) {
                        self.parts[at].add_pivot(text, &order);
                    }
                    placement.joined.push((text, at));
                }
                Membership::Indirect(at) => {
                    self.parts[at].indirect += 1;
                    placement.joined.push((text, at));
                }
                Membership::Invalidates(at) => {
                    self.parts.truncate(at);
                    placement.is_truncated = true;
                    placement.rest.push(text);
                }
            }
        }
        placement.joined.retain(|&(_, at)| at < self.parts.len());
        placement
    }

    /// The destination of a text. `has_rest`: texts are left behind all groups.
    fn target<O: Ord>(
        &self,
        text: TextId,
        has_rest: bool,
        order: impl Fn(TextId) -> O,
        mut are_duplicates: impl FnMut(TextId, TextId) -> bool,
    ) -> Membership {
        for (at, part) in self.parts.iter().enumerate() {
            if order(text) < order(part.first) {
                return Membership::Invalidates(at);
            }
            if are_duplicates(part.first, text) {
                // A new pivot may change which later texts the group admits.
                let has_later = part.indirect > 0 || at + 1 < self.parts.len() || has_rest;
                return if has_later && part.would_be_pivot(text, &order) {
                    Membership::Invalidates(at)
                } else {
                    Membership::Direct(at)
                };
            }
            if part.admits(text, &mut are_duplicates) {
                return Membership::Indirect(at);
            }
        }
        Membership::Behind
    }

    /// Splits the texts without a group, in order. Returns the texts of each new group.
    pub(super) fn split_rest(
        &mut self,
        order: &[TextId],
        copy_scope: impl Fn(TextId) -> CopyScope,
        are_duplicates: impl FnMut(TextId, TextId) -> bool,
    ) -> Vec<Vec<TextId>> {
        let parts = split_parts(order, copy_scope, are_duplicates);
        let (parts, texts): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        self.parts.extend(parts);
        texts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blocking::split;

    fn sorted(mut texts: Vec<TextId>) -> Vec<TextId> {
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    proptest! {
        /// Texts with close numbers or an equal last digit are duplicates.
        #[test]
        fn groups_are_those_of_all_texts_at_once(
            texts in Just((0u32..90).map(TextId).collect::<Vec<TextId>>()).prop_shuffle(),
            share in 1usize..20,
            distance in 1u32..12,
            removed in proptest::collection::vec((0u32..90).prop_map(TextId), 0..6),
        ) {
            let are_duplicates = |TextId(a): TextId, TextId(b): TextId| {
                a.abs_diff(b) <= distance || a % 10 == b % 10 && a.is_multiple_of(3)
            };
            let mut partition = LivePartition::default();
            let mut groups: Vec<Vec<TextId>> = Vec::new();
            let mut present: Vec<TextId> = Vec::new();
            for (at, share) in texts.chunks(share).enumerate() {
                if let Some(&text) = removed.get(at).filter(|text| present.contains(text)) {
                    let part = groups.iter().position(|group| group.contains(&text)).unwrap();
                    partition.remove(text, part);
                    present.retain(|&other| other != text);
                    groups[part].retain(|&other| other != text);
                }
                let share = sorted(share.to_vec());
                let placement = partition.place(&share, |text| text, are_duplicates);
                for &(text, part) in &placement.joined {
                    groups[part].push(text);
                }
                let dropped = groups.split_off(partition.len());
                let mut rest = [dropped.concat(), placement.rest].concat();
                // Texts of a dropped group are in no group.
                let placed: Vec<TextId> = groups.concat();
                rest.extend(share.iter().filter(|text| !placed.contains(text)));
                let rest = sorted(rest);
                prop_assert!(
                    placement.is_truncated || rest.iter().all(|text| share.contains(text))
                );
                groups.extend(partition.split_rest(&rest, |_| CopyScope::Any, are_duplicates));
                present = sorted([&present[..], &share].concat());
                let expected = split(&present, |_| CopyScope::Any, are_duplicates);
                let expected: Vec<_> = expected.into_iter().map(sorted).collect();
                let found: Vec<_> = groups.iter().cloned().map(sorted).collect();
                prop_assert_eq!(found, expected);
                prop_assert!(partition.is_complete(present.len()) || present.len() < MIN_SPLIT);
            }
        }
    }
}
