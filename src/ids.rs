//! Numbers that mean something: ids of items, texts and groups, and pairs of them.

/// Two items that may be alike: a guess that only a verifier can turn into an edge. `a < b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidatePair {
    /// The row of the first item.
    pub a: u32,
    /// The row of the second item, greater than the first's.
    pub b: u32,
}

impl CandidatePair {
    /// The pair of two different items, in either order; `None` for an item with itself.
    pub fn new(a: u32, b: u32) -> Option<Self> {
        (a != b).then(|| CandidatePair {
            a: a.min(b),
            b: a.max(b),
        })
    }
}
