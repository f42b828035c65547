//! One table of buckets: keys to the texts under them. A bucket of one text costs no more than its
//! key; a crowded one has its representatives in front.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::bucket::{CROWD, MULTITUDE, representatives};

/// A text in a bucket: its number, and in the lowest bit whether it is looked for by the key.
pub(super) type Member = u32;

/// Set where a key has a list instead of one member.
const LIST: u32 = 1 << 31;

#[derive(Debug, Default)]
pub(super) struct Table {
    heads: HashMap<u32, u32>,
    lists: Vec<List>,
    free: Vec<u32>,
}

/// The members of a bucket; of a crowded one the representatives.
#[derive(Debug, Default)]
struct List {
    members: Vec<Member>,
    crowd: Option<Box<Crowd>>,
}

/// The members of a crowded bucket that do not represent it, as they came: those that expire first
/// are in front.
#[derive(Debug, Default)]
struct Crowd {
    others: VecDeque<Member>,
    /// The greatest rank of a representative, kept here because the ranks of others are far away
    /// in memory.
    last_rank: u64,
}

/// Some members of a bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Members<'t> {
    first: &'t [Member],
    crowd: Option<&'t Crowd>,
}

impl Members<'_> {
    /// One by one.
    pub(super) fn iter(self) -> impl Iterator<Item = Member> {
        self.first
            .iter()
            .chain(self.crowd.into_iter().flat_map(|crowd| &crowd.others))
            .copied()
    }
}

/// What an insertion did to pairs of the bucket of a key that were compared before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Fewer of the bucket are in front: the others are no longer compared with each other.
    Narrowed(u32),
    /// This member is no representative any more.
    Displaced(u32, Member),
}

/// What a removal added to the pairs that are compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gained {
    Nothing,
    /// More of the bucket are in front, if not all.
    Widened,
    /// This member became a representative.
    Promoted(Member),
}

impl Table {
    /// All members of a bucket.
    pub(super) fn bucket(&self, key: u32) -> Members<'_> {
        match self.heads.get(&key) {
            None => Members::default(),
            Some(head) if head & LIST == 0 => Members {
                first: std::slice::from_ref(head),
                crowd: None,
            },
            Some(head) => {
                let list = &self.lists[(head & !LIST) as usize];
                Members {
                    first: &list.members,
                    crowd: list.crowd.as_deref(),
                }
            }
        }
    }

    /// Whether a text is among those in front of a bucket.
    pub(super) fn is_in_front(&self, key: u32, text: u32) -> bool {
        self.bucket(key)
            .first
            .iter()
            .any(|member| member >> 1 == text)
    }

    /// The members that one of them is compared with, itself among them.
    pub(super) fn met_by(&self, key: u32, member: Member) -> Members<'_> {
        let bucket = self.bucket(key);
        if bucket.first.contains(&member) {
            bucket
        } else {
            Members {
                crowd: None,
                ..bucket
            }
        }
    }

    /// Adds a member; `rank` orders members, the least are representatives.
    pub(super) fn insert(
        &mut self,
        key: u32,
        member: Member,
        rank: impl Fn(Member) -> u64,
    ) -> Option<Lost> {
        let Some(head) = self.heads.get_mut(&key) else {
            self.heads.insert(key, member);
            return None;
        };
        if *head & LIST == 0 {
            let list = vec![*head, member];
            let at = self.free.pop().unwrap_or_else(|| {
                self.lists.push(List::default());
                self.lists.len() as u32 - 1
            });
            self.lists[at as usize].members = list;
            *head = at | LIST;
            return None;
        }
        self.lists[(*head & !LIST) as usize].insert(key, member, rank)
    }

    /// Takes a member out.
    pub(super) fn remove(
        &mut self,
        key: u32,
        member: Member,
        rank: impl Fn(Member) -> u64,
    ) -> Gained {
        let Some(&head) = self.heads.get(&key) else {
            return Gained::Nothing;
        };
        if head & LIST == 0 {
            if head == member {
                self.heads.remove(&key);
            }
            return Gained::Nothing;
        }
        let list = &mut self.lists[(head & !LIST) as usize];
        let gained = list.remove(member, rank);
        if let [last] = list.members[..] {
            self.heads.insert(key, last);
            *list = List::default();
            self.free.push(head & !LIST);
        }
        gained
    }
}

impl List {
    fn insert(&mut self, key: u32, member: Member, rank: impl Fn(Member) -> u64) -> Option<Lost> {
        let mut lost = None;
        match &mut self.crowd {
            None => self.members.push(member),
            Some(crowd) if rank(member) > crowd.last_rank => crowd.others.push_back(member),
            Some(crowd) => {
                let last = (0..self.members.len())
                    .max_by_key(|&at| rank(self.members[at]))
                    .unwrap_or(0);
                let displaced = std::mem::replace(&mut self.members[last], member);
                crowd.others.push_back(displaced);
                self.measure(&rank);
                lost = Some(Lost::Displaced(key, displaced));
            }
        }
        if self.has_other_front_than(self.len() - 1) {
            self.choose_front(rank);
            return Some(Lost::Narrowed(key));
        }
        lost
    }

    fn remove(&mut self, member: Member, rank: impl Fn(Member) -> u64) -> Gained {
        let place = self.members.iter().position(|&one| one == member);
        let Some(crowd) = &mut self.crowd else {
            place
                .into_iter()
                .for_each(|place| _ = self.members.swap_remove(place));
            return Gained::Nothing;
        };
        let promoted = place.and_then(|place| {
            let least = (0..crowd.others.len()).min_by_key(|&at| rank(crowd.others[at]))?;
            self.members[place] = crowd.others.remove(least)?;
            Some(self.members[place])
        });
        if promoted.is_none() {
            let Some(place) = crowd.others.iter().position(|&one| one == member) else {
                return Gained::Nothing;
            };
            crowd.others.remove(place);
        }
        if self.has_other_front_than(self.len() + 1) {
            self.choose_front(rank);
            return Gained::Widened;
        }
        promoted.map_or(Gained::Nothing, |promoted| {
            self.measure(rank);
            Gained::Promoted(promoted)
        })
    }

    fn len(&self) -> usize {
        self.members.len() + self.crowd.as_ref().map_or(0, |crowd| crowd.others.len())
    }

    /// Whether it came to or from a size at which the number of those in front changes.
    fn has_other_front_than(&self, size: usize) -> bool {
        [CROWD, MULTITUDE]
            .into_iter()
            .any(|most| (self.len() > most) != (size > most))
    }

    /// Puts those who represent a bucket of this size in front, all if it is no crowd.
    fn choose_front(&mut self, rank: impl Fn(Member) -> u64) {
        let mut others = self
            .crowd
            .take()
            .map_or_else(VecDeque::new, |crowd| crowd.others);
        if self.members.len() + others.len() <= CROWD {
            self.members.extend(others);
            return;
        }
        self.members
            .drain(..)
            .rev()
            .for_each(|one| others.push_front(one));
        let mut ranked: Vec<Member> = others.iter().copied().collect();
        ranked.sort_unstable_by_key(|&one| rank(one));
        ranked.truncate(representatives(others.len()));
        others.retain(|one| !ranked.contains(one));
        self.members = ranked;
        self.crowd = Some(Box::new(Crowd {
            others,
            last_rank: 0,
        }));
        self.measure(rank);
    }

    fn measure(&mut self, rank: impl Fn(Member) -> u64) {
        let last = self
            .members
            .iter()
            .map(|&one| rank(one))
            .max()
            .unwrap_or_default();
        self.crowd
            .iter_mut()
            .for_each(|crowd| crowd.last_rank = last);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn those_in_front_are_the_first_of_all_that_are_there(
            order in Just((0..MULTITUDE as u32 + 40).collect::<Vec<u32>>()).prop_shuffle(),
            gone in Just((0..MULTITUDE as u32 + 40).collect::<Vec<u32>>()).prop_shuffle(),
        ) {
            let rank = |member: Member| u64::from(member.wrapping_mul(0x9e37_79b9));
            let mut table = Table::default();
            let mut there: Vec<Member> = Vec::new();
            let mut front = Vec::new();
            let steps = order.iter().map(|&one| (one, true)).chain(gone.iter().map(|&one| (one, false)));
            for (member, comes) in steps {
                let before = front;
                let told = if comes {
                    there.push(member);
                    table.insert(7, member, rank).is_some()
                } else {
                    there.retain(|&one| one != member);
                    table.remove(7, member, rank) != Gained::Nothing
                };
                there.sort_unstable_by_key(|&one| rank(one));
                front = there[..representatives(there.len())].to_vec();
                let mut all: Vec<Member> = table.bucket(7).iter().collect();
                all.sort_unstable_by_key(|&one| rank(one));
                prop_assert_eq!(&all, &there);
                let mut first: Vec<Member> = table.bucket(7).first.to_vec();
                first.sort_unstable_by_key(|&one| rank(one));
                prop_assert_eq!(&first, &front);
                // Whoever leaves the front as another comes is told, and whoever enters it as another goes.
                let (left, right) = if comes { (&before, &front) } else { (&front, &before) };
                prop_assert_eq!(told, left.iter().any(|one| !right.contains(one) && *one != member));
            }
        }
    }
}
