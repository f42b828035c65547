//! Hash table from blocking keys to buckets that change.
//!
//! Singleton buckets are stored inline. An oversized bucket keeps representatives apart from other
//! members. Cost: O(1) per insertion, O(bucket) per removal.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::bucket::BucketPolicy;
use crate::ids::{Packed, TextId};

/// A text in a bucket, and whether it probes with the key. Ids are below 2^30.
pub(super) type BucketMember = Packed<TextId>;

/// The buckets of one table.
#[derive(Debug, Default)]
pub(super) struct BucketTable {
    buckets: HashMap<u32, Slot>,
    lists: Vec<MemberList>,
    /// Unused places of `lists`.
    free: Vec<u32>,
}

/// A singleton bucket or the place of a list, in four bytes.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
struct Slot(BucketMember);

/// Set in slots that refer to a list.
const LIST: u32 = 1 << 31;

impl Slot {
    fn list(at: u32) -> Self {
        Slot(Packed::from_bits(at | LIST))
    }

    /// The place of the list, if the slot refers to a list.
    fn list_at(self) -> Option<usize> {
        let bits = self.0.bits();
        (bits & LIST != 0).then_some((bits & !LIST) as usize)
    }
}

/// The members of a bucket of two or more.
#[derive(Debug, Default)]
struct MemberList {
    /// All members; of an oversized bucket the representatives.
    members: Vec<BucketMember>,
    overflow: Option<Box<Overflow>>,
}

/// The members of an oversized bucket that are not representatives.
#[derive(Debug, Default)]
struct Overflow {
    /// In order of arrival: expiring members are near the front.
    members: VecDeque<BucketMember>,
    /// The highest rank of a representative. Cached: ranks of members are cache misses.
    max_rank: u64,
}

/// Members of a bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Members<'t> {
    first: &'t [BucketMember],
    overflow: Option<&'t Overflow>,
}

impl Members<'_> {
    pub(super) fn iter(self) -> impl Iterator<Item = BucketMember> {
        let overflow = self.overflow.into_iter();
        self.first
            .iter()
            .chain(overflow.flat_map(|overflow| &overflow.members))
            .copied()
    }
}

/// Pairs of a bucket that an insertion excludes from comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LostPairs {
    /// The bucket of this key has fewer representatives.
    Narrowed(u32),
    /// The member of the bucket of the key is no longer a representative.
    Displaced(u32, BucketMember),
}

impl BucketTable {
    /// All members of the bucket of a key.
    pub(super) fn bucket(&self, key: u32) -> Members<'_> {
        let Some(slot) = self.buckets.get(&key) else {
            return Members::default();
        };
        match slot.list_at() {
            None => Members {
                first: std::slice::from_ref(&slot.0),
                overflow: None,
            },
            Some(at) => {
                let list = &self.lists[at];
                Members {
                    first: &list.members,
                    overflow: list.overflow.as_deref(),
                }
            }
        }
    }

    /// Whether a text is compared with all members of a bucket.
    pub(super) fn is_representative(&self, key: u32, text: TextId) -> bool {
        let members = self.bucket(key).first;
        members.iter().any(|member| member.id() == text)
    }

    /// The members compared with `member`. The partners of a representative include the
    /// representative.
    pub(super) fn partners(&self, key: u32, member: BucketMember) -> Members<'_> {
        let bucket = self.bucket(key);
        if bucket.first.contains(&member) {
            return bucket;
        }
        Members {
            overflow: None,
            ..bucket
        }
    }

    /// Adds a member. The members of the lowest `rank` are representatives.
    pub(super) fn insert(
        &mut self,
        key: u32,
        member: BucketMember,
        rank: impl Fn(BucketMember) -> u64,
    ) -> Option<LostPairs> {
        let Some(slot) = self.buckets.get_mut(&key) else {
            self.buckets.insert(key, Slot(member));
            return None;
        };
        if let Some(at) = slot.list_at() {
            return self.lists[at].insert(key, member, rank);
        }
        let at = self.free.pop().unwrap_or_else(|| {
            self.lists.push(MemberList::default());
            self.lists.len() as u32 - 1
        });
        self.lists[at as usize].members = vec![slot.0, member];
        *slot = Slot::list(at);
        None
    }

    /// Removes a member. Returns whether pairs of the remaining members are compared that were not
    /// compared before.
    pub(super) fn remove(
        &mut self,
        key: u32,
        member: BucketMember,
        rank: impl Fn(BucketMember) -> u64,
    ) -> bool {
        let Some(&slot) = self.buckets.get(&key) else {
            return false;
        };
        let Some(at) = slot.list_at() else {
            if slot.0 == member {
                self.buckets.remove(&key);
            }
            return false;
        };
        let list = &mut self.lists[at];
        let adds_pairs = list.remove(member, rank);
        if let [last] = list.members[..] {
            self.buckets.insert(key, Slot(last));
            *list = MemberList::default();
            self.free.push(at as u32);
        }
        adds_pairs
    }
}

impl MemberList {
    fn insert(
        &mut self,
        key: u32,
        member: BucketMember,
        rank: impl Fn(BucketMember) -> u64,
    ) -> Option<LostPairs> {
        let mut lost = None;
        match &mut self.overflow {
            None => self.members.push(member),
            Some(overflow) if rank(member) > overflow.max_rank => {
                overflow.members.push_back(member);
            }
            Some(overflow) => {
                let last = (0..self.members.len())
                    .max_by_key(|&at| rank(self.members[at]))
                    .unwrap_or(0);
                let displaced = std::mem::replace(&mut self.members[last], member);
                overflow.members.push_back(displaced);
                self.update_max_rank(&rank);
                lost = Some(LostPairs::Displaced(key, displaced));
            }
        }
        if self.has_other_policy_than(self.len() - 1) {
            self.choose_representatives(rank);
            return Some(LostPairs::Narrowed(key));
        }
        lost
    }

    fn remove(&mut self, member: BucketMember, rank: impl Fn(BucketMember) -> u64) -> bool {
        let place = self.members.iter().position(|&found| found == member);
        let Some(overflow) = &mut self.overflow else {
            if let Some(place) = place {
                self.members.swap_remove(place);
            }
            return false;
        };
        let promoted = place.and_then(|place| {
            let next = (0..overflow.members.len()).min_by_key(|&at| rank(overflow.members[at]))?;
            self.members[place] = overflow.members.remove(next)?;
            Some(self.members[place])
        });
        if promoted.is_none() {
            let Some(place) = overflow.members.iter().position(|&found| found == member) else {
                return false;
            };
            overflow.members.remove(place);
        }
        if self.has_other_policy_than(self.len() + 1) {
            self.choose_representatives(rank);
            return true;
        }
        if promoted.is_some() {
            self.update_max_rank(rank);
        }
        promoted.is_some()
    }

    fn len(&self) -> usize {
        let overflow = self.overflow.as_ref();
        self.members.len() + overflow.map_or(0, |overflow| overflow.members.len())
    }

    /// Whether a bucket of `size` members would have another policy.
    fn has_other_policy_than(&self, size: usize) -> bool {
        BucketPolicy::of(self.len()) != BucketPolicy::of(size)
    }

    /// Puts the representatives for the current size into `members`, and the rest into `overflow`.
    fn choose_representatives(&mut self, rank: impl Fn(BucketMember) -> u64) {
        let overflow = self.overflow.take();
        let mut others = overflow.map_or_else(VecDeque::new, |overflow| overflow.members);
        let size = self.members.len() + others.len();
        let policy = BucketPolicy::of(size);
        if !policy.is_oversized() {
            self.members.extend(others);
            return;
        }
        for member in self.members.drain(..).rev() {
            others.push_front(member);
        }
        let mut ranked: Vec<BucketMember> = others.iter().copied().collect();
        ranked.sort_unstable_by_key(|&member| rank(member));
        ranked.truncate(policy.representatives(size));
        others.retain(|member| !ranked.contains(member));
        self.members = ranked;
        self.overflow = Some(Box::new(Overflow {
            members: others,
            max_rank: 0,
        }));
        self.update_max_rank(rank);
    }

    fn update_max_rank(&mut self, rank: impl Fn(BucketMember) -> u64) {
        let ranks = self.members.iter().map(|&member| rank(member));
        let max_rank = ranks.max().unwrap_or_default();
        if let Some(overflow) = &mut self.overflow {
            overflow.max_rank = max_rank;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::bucket::HUGE_BUCKET;

    fn all() -> impl Strategy<Value = Vec<u32>> {
        Just((0..HUGE_BUCKET as u32 + 40).collect::<Vec<u32>>()).prop_shuffle()
    }

    fn rank(member: BucketMember) -> u64 {
        u64::from(member.bits().wrapping_mul(0x9e37_79b9))
    }

    fn ranked(members: impl Iterator<Item = BucketMember>) -> Vec<BucketMember> {
        let mut ranked: Vec<BucketMember> = members.collect();
        ranked.sort_unstable_by_key(|&member| rank(member));
        ranked
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn representatives_have_the_lowest_ranks(inserted in all(), removed in all()) {
            let mut table = BucketTable::default();
            let mut present: Vec<BucketMember> = Vec::new();
            let mut front = Vec::new();
            let steps = inserted
                .iter()
                .map(|&bits| (bits, true))
                .chain(removed.iter().map(|&bits| (bits, false)));
            for (bits, is_inserted) in steps {
                let member = Packed::from_bits(bits);
                let before = front;
                let is_reported = if is_inserted {
                    present.push(member);
                    table.insert(7, member, rank).is_some()
                } else {
                    present.retain(|&found| found != member);
                    table.remove(7, member, rank)
                };
                present = ranked(present.into_iter());
                let size = present.len();
                front = present[..BucketPolicy::of(size).representatives(size)].to_vec();
                prop_assert_eq!(&ranked(table.bucket(7).iter()), &present);
                prop_assert_eq!(&ranked(table.bucket(7).first.iter().copied()), &front);
                // A representative displaced by an insertion or promoted by a removal is reported.
                let (from, to) = if is_inserted { (&before, &front) } else { (&front, &before) };
                let has_left = from.iter().any(|found| !to.contains(found) && *found != member);
                prop_assert_eq!(is_reported, has_left);
            }
        }
    }
}
