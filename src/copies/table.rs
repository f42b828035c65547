//! One table of buckets: keys to the texts under them. A bucket of one text costs no more than its key; a crowded one
//! has its representatives in front.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::lsh::{CROWD, REPRESENTATIVES};

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

/// The members of a crowded bucket that do not represent it, as they came: those that expire first are in front.
#[derive(Debug, Default)]
struct Crowd {
    others: VecDeque<Member>,
    /// The greatest rank of a representative, kept here because the ranks of others are far away in memory.
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
        self.first.iter().chain(self.crowd.into_iter().flat_map(|crowd| &crowd.others)).copied()
    }
}

/// What an insertion did to pairs that were compared before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// The bucket of this key became crowded: those who are not in front are no longer compared with each other.
    Crowded(u32),
    /// This member is no representative any more.
    Displaced(Member),
}

/// What a removal added to the pairs that are compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gained {
    Nothing,
    /// The bucket is no longer crowded: all are compared with each other.
    Uncrowded,
    /// This member became a representative.
    Promoted(Member),
}

impl Table {
    /// All members of a bucket.
    pub(super) fn bucket(&self, key: u32) -> Members<'_> {
        match self.heads.get(&key) {
            None => Members::default(),
            Some(head) if head & LIST == 0 => Members { first: std::slice::from_ref(head), crowd: None },
            Some(head) => {
                let list = &self.lists[(head & !LIST) as usize];
                Members { first: &list.members, crowd: list.crowd.as_deref() }
            }
        }
    }

    /// The members that one of them is compared with, itself among them.
    pub(super) fn met_by(&self, key: u32, member: Member) -> Members<'_> {
        let bucket = self.bucket(key);
        if bucket.first.contains(&member) { bucket } else { Members { crowd: None, ..bucket } }
    }

    /// Adds a member; `rank` orders members, the least are representatives.
    pub(super) fn insert(&mut self, key: u32, member: Member, rank: impl Fn(Member) -> u64) -> Option<Lost> {
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
    pub(super) fn remove(&mut self, key: u32, member: Member, rank: impl Fn(Member) -> u64) -> Gained {
        let Some(&head) = self.heads.get(&key) else { return Gained::Nothing };
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
        if let Some(crowd) = &mut self.crowd {
            if rank(member) > crowd.last_rank {
                crowd.others.push_back(member);
                return None;
            }
            let last = (0..self.members.len()).max_by_key(|&at| rank(self.members[at])).unwrap_or(0);
            let displaced = std::mem::replace(&mut self.members[last], member);
            crowd.others.push_back(displaced);
            self.measure(rank);
            return Some(Lost::Displaced(displaced));
        }
        self.members.push(member);
        if self.members.len() <= CROWD {
            return None;
        }
        let mut ranked = self.members.clone();
        ranked.sort_unstable_by_key(|&one| rank(one));
        ranked.truncate(REPRESENTATIVES);
        let others = self.members.iter().copied().filter(|one| !ranked.contains(one)).collect();
        self.members = ranked;
        self.crowd = Some(Box::new(Crowd { others, last_rank: 0 }));
        self.measure(rank);
        Some(Lost::Crowded(key))
    }

    fn remove(&mut self, member: Member, rank: impl Fn(Member) -> u64) -> Gained {
        let place = self.members.iter().position(|&one| one == member);
        let Some(crowd) = &mut self.crowd else {
            place.into_iter().for_each(|place| _ = self.members.swap_remove(place));
            return Gained::Nothing;
        };
        let promoted = place.and_then(|place| {
            let least = (0..crowd.others.len()).min_by_key(|&at| rank(crowd.others[at]))?;
            self.members[place] = crowd.others.remove(least)?;
            Some(self.members[place])
        });
        if promoted.is_none() {
            let Some(place) = crowd.others.iter().position(|&one| one == member) else { return Gained::Nothing };
            crowd.others.remove(place);
        }
        if self.members.len() + crowd.others.len() <= CROWD {
            self.members.extend(&crowd.others);
            self.crowd = None;
            return Gained::Uncrowded;
        }
        promoted.map_or(Gained::Nothing, |promoted| {
            self.measure(rank);
            Gained::Promoted(promoted)
        })
    }

    fn measure(&mut self, rank: impl Fn(Member) -> u64) {
        let last = self.members.iter().map(|&one| rank(one)).max().unwrap_or_default();
        self.crowd.iter_mut().for_each(|crowd| crowd.last_rank = last);
    }
}
