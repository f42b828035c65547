//! One table of buckets: keys to the texts under them. A bucket of one text costs no more than its key; a crowded one
//! has its representatives in front.

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

/// The members of a bucket; of a crowded one the representatives first.
#[derive(Debug, Default)]
struct List {
    members: Vec<Member>,
    /// The greatest rank of a representative, kept here because the ranks of others are far away in memory.
    last_rank: u64,
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
    pub(super) fn bucket(&self, key: u32) -> &[Member] {
        match self.heads.get(&key) {
            None => &[],
            Some(head) if head & LIST == 0 => std::slice::from_ref(head),
            Some(head) => &self.lists[(head & !LIST) as usize].members,
        }
    }

    /// The members that one of them is compared with, itself among them.
    pub(super) fn met_by(&self, key: u32, member: Member) -> &[Member] {
        let bucket = self.bucket(key);
        if bucket.len() <= CROWD || bucket[..REPRESENTATIVES].contains(&member) {
            return bucket;
        }
        &bucket[..REPRESENTATIVES]
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
        self.members.push(member);
        let length = self.members.len();
        if length <= CROWD || length > CROWD + 1 && rank(member) > self.last_rank {
            return None;
        }
        if length == CROWD + 1 {
            self.members.sort_unstable_by_key(|&one| rank(one));
            self.last_rank = rank(self.members[REPRESENTATIVES - 1]);
            return Some(Lost::Crowded(key));
        }
        let last = (0..REPRESENTATIVES).max_by_key(|&at| rank(self.members[at])).unwrap_or(0);
        self.members.swap(last, length - 1);
        self.measure(rank);
        Some(Lost::Displaced(self.members[length - 1]))
    }

    fn remove(&mut self, member: Member, rank: impl Fn(Member) -> u64) -> Gained {
        let Some(place) = self.members.iter().position(|&one| one == member) else { return Gained::Nothing };
        self.members.swap_remove(place);
        let length = self.members.len();
        match length {
            CROWD => Gained::Uncrowded,
            _ if length > CROWD && place < REPRESENTATIVES => {
                let others = (place..length).filter(|&at| at == place || at >= REPRESENTATIVES);
                let least = others.min_by_key(|&at| rank(self.members[at])).unwrap_or(place);
                self.members.swap(place, least);
                self.measure(rank);
                Gained::Promoted(self.members[place])
            }
            _ => Gained::Nothing,
        }
    }

    fn measure(&mut self, rank: impl Fn(Member) -> u64) {
        let ranks = self.members[..REPRESENTATIVES].iter().map(|&one| rank(one));
        self.last_rank = ranks.max().unwrap_or_default();
    }
}
