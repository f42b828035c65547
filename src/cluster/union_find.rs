//! Disjoint sets: plain, with sizes, and with cannot-link constraints.
//!
//! Input: unions of elements of 0..n. Output: the root of each element, the smallest element of its
//! set. Cost: nearly constant per operation. Prior art: union-find with path halving (Tarjan 1975);
//! a union keeps the smaller root in place of balancing, so roots do not depend on the order of
//! unions.

use hashbrown::{HashMap, HashSet};

/// Disjoint sets over 0..n. The root of a set is its smallest element.
///
/// ```
/// use qissa::cluster::UnionFind;
/// let mut sets = UnionFind::new(4);
/// assert!(sets.union(3, 1));
/// assert!(!sets.union(1, 3));
/// assert_eq!(sets.into_roots(), [0, 1, 2, 1]);
/// ```
#[derive(Debug, Clone)]
pub struct UnionFind(Vec<u32>);

impl UnionFind {
    /// `n` sets of one element.
    pub fn new(n: usize) -> Self {
        UnionFind((0..n as u32).collect())
    }

    /// The root of the set of `element`.
    pub fn find(&mut self, mut element: u32) -> u32 {
        while self.0[element as usize] != element {
            let grandparent = self.0[self.0[element as usize] as usize];
            self.0[element as usize] = grandparent;
            element = grandparent;
        }
        element
    }

    /// Merges two sets; whether they were two.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }

    /// The root of each element.
    pub fn into_roots(mut self) -> Vec<u32> {
        (0..self.0.len() as u32)
            .map(|element| self.find(element))
            .collect()
    }
}

/// Disjoint sets with sizes.
///
/// ```
/// use qissa::cluster::SizedUnionFind;
/// let mut sets = SizedUnionFind::new(4);
/// sets.union(0, 2);
/// assert_eq!(sets.common_size(2, 0), Some(2));
/// assert_eq!(sets.common_size(2, 3), None);
/// ```
#[derive(Debug, Clone)]
pub struct SizedUnionFind {
    sets: UnionFind,
    /// The size of each set, by root.
    sizes: Vec<u32>,
}

impl SizedUnionFind {
    /// `n` sets of one element.
    pub fn new(n: usize) -> Self {
        SizedUnionFind {
            sets: UnionFind::new(n),
            sizes: vec![1; n],
        }
    }

    /// Merges two sets; whether they were two.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.sets.find(a), self.sets.find(b));
        if a != b {
            self.sizes[a.min(b) as usize] += self.sizes[a.max(b) as usize];
        }
        self.sets.union(a, b)
    }

    /// The size of the common set of two elements; `None` for elements of two sets.
    pub fn common_size(&mut self, a: u32, b: u32) -> Option<usize> {
        let root = self.sets.find(a);
        (self.sets.find(b) == root).then(|| self.sizes[root as usize] as usize)
    }
}

/// Consistent constraints on the items of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundConstraints {
    /// Pairs merged before all other pairs.
    pub must: Vec<(u32, u32)>,
    /// Pairs that are never merged.
    pub cannot: Vec<(u32, u32)>,
}

impl BoundConstraints {
    /// Whether no item is constrained.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.cannot.is_empty()
    }
}

/// Disjoint sets with cannot-links.
///
/// A union against a cannot-link is refused, so refusals depend on the order of unions. Without
/// constraints, the sets are equal to the sets of [`UnionFind`].
#[derive(Debug, Clone)]
pub struct ConstrainedUnionFind {
    sets: UnionFind,
    /// By root: the roots of the sets with a cannot-link to the root's set.
    cannot: HashMap<u32, HashSet<u32>>,
}

impl ConstrainedUnionFind {
    /// `n` sets of one element, with the given cannot-links.
    pub fn with_cannot_links(n: usize, cannot_links: &[(u32, u32)]) -> Self {
        let mut cannot: HashMap<u32, HashSet<u32>> = HashMap::new();
        for &(a, b) in cannot_links {
            cannot.entry(a).or_default().insert(b);
            cannot.entry(b).or_default().insert(a);
        }
        ConstrainedUnionFind {
            sets: UnionFind::new(n),
            cannot,
        }
    }

    /// `n` elements, those with a must-link merged.
    pub fn new(n: usize, constraints: &BoundConstraints) -> Self {
        let mut sets = ConstrainedUnionFind::with_cannot_links(n, &constraints.cannot);
        for &(a, b) in &constraints.must {
            let is_merged = sets.union(a, b);
            debug_assert!(is_merged, "constraints contradict each other");
        }
        sets
    }

    /// The root of the set of `element`.
    pub fn find(&mut self, element: u32) -> u32 {
        self.sets.find(element)
    }

    /// Whether two elements are in one set, or may be.
    pub fn may_join(&mut self, a: u32, b: u32) -> bool {
        if self.cannot.is_empty() {
            return true;
        }
        let (a, b) = (self.find(a), self.find(b));
        !self
            .cannot
            .get(&a)
            .is_some_and(|cannot| cannot.contains(&b))
    }

    /// Merges two sets unless a cannot-link forbids the union. Returns whether both elements are in
    /// one set.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        if !self.may_join(a, b) {
            return false;
        }
        let (a, b) = (self.find(a), self.find(b));
        if !self.sets.union(a, b) {
            return true;
        }
        let (root, merged) = (a.min(b), a.max(b));
        if let Some(moved) = self.cannot.remove(&merged) {
            for other in &moved {
                let links = self.cannot.entry(*other).or_default();
                links.remove(&merged);
                links.insert(root);
            }
            self.cannot.entry(root).or_default().extend(moved);
        }
        true
    }

    /// The root of each element.
    pub fn into_roots(self) -> Vec<u32> {
        self.sets.into_roots()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Merges two groups of a list of groups.
    fn join(groups: &mut [u32], a: u32, b: u32) {
        let (from, to) = (groups[a as usize], groups[b as usize]);
        for group in groups.iter_mut().filter(|group| **group == from) {
            *group = to;
        }
    }

    fn are_together(groups: &[u32], (a, b): (u32, u32)) -> bool {
        groups[a as usize] == groups[b as usize]
    }

    proptest! {
        #[test]
        fn sizes_are_counted(unions in proptest::collection::vec((0u32..12, 0u32..12), 0..20)) {
            let mut groups: Vec<u32> = (0..12).collect();
            let mut sets = SizedUnionFind::new(12);
            for (a, b) in unions {
                prop_assert_eq!(sets.union(a, b), !are_together(&groups, (a, b)));
                join(&mut groups, a, b);
            }
            for a in 0..12 {
                let size = groups.iter().filter(|&&group| group == groups[a as usize]).count();
                for b in 0..12 {
                    let expected = are_together(&groups, (a, b)).then_some(size);
                    prop_assert_eq!(sets.common_size(a, b), expected);
                }
            }
        }

        #[test]
        fn unions_keep_cannot_links(
            must in proptest::collection::vec((0u32..12, 0u32..12), 0..4),
            cannot in proptest::collection::vec((0u32..12, 0u32..12), 0..8),
            unions in proptest::collection::vec((0u32..12, 0u32..12), 0..40),
        ) {
            let mut groups: Vec<u32> = (0..12).collect();
            for &(a, b) in &must {
                join(&mut groups, a, b);
            }
            let mut cannot = cannot;
            cannot.retain(|&pair| !are_together(&groups, pair));
            let constraints = BoundConstraints { must, cannot: cannot.clone() };
            let mut sets = ConstrainedUnionFind::new(12, &constraints);
            for (a, b) in unions {
                let mut joined = groups.clone();
                join(&mut joined, a, b);
                let is_allowed = !cannot.iter().any(|&pair| are_together(&joined, pair));
                prop_assert_eq!(sets.union(a, b), is_allowed);
                if is_allowed {
                    groups = joined;
                }
            }
            let roots = sets.into_roots();
            for a in 0..12 {
                for b in 0..12 {
                    prop_assert_eq!(are_together(&roots, (a, b)), are_together(&groups, (a, b)));
                }
            }
        }
    }
}
