//! Verified edges in, groups out. Duplicates are the components of their edges; stories are grown
//! by merging the best linked groups first, so that a chain of weak links does not swallow the day.
//! Both keep within the bounds that editors set. Labels do not depend on the edges' order.

mod agglomerate;
mod constraints;
mod merge_trace;
mod path;

pub use agglomerate::{Linkage, stories};
pub use constraints::{
    BoundConstraints, ConstrainedUnionFind, Constraints, Contradiction, Contradictions, Rule,
};
pub use merge_trace::{MergeStep, MergeTrace, merge_trace};
pub use path::strongest_path;

use crate::ids::CandidatePair;
use crate::verify::Edge;

/// Disjoint sets over 0..n with union by the smaller root, so that a set's root is its least
/// element (Tarjan 1975; path halving). Nearly constant time an operation.
#[derive(Debug, Clone)]
pub struct UnionFind(Vec<u32>);

impl UnionFind {
    /// Each of n elements alone.
    pub fn new(n: usize) -> Self {
        UnionFind((0..n as u32).collect())
    }

    /// The least element of an element's set.
    pub fn find(&mut self, mut element: u32) -> u32 {
        while self.0[element as usize] != element {
            let above = self.0[self.0[element as usize] as usize];
            self.0[element as usize] = above;
            element = above;
        }
        element
    }

    /// Makes one set of two; whether they were apart.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
        a != b
    }

    /// The least element of each element's set.
    pub fn into_roots(mut self) -> Vec<u32> {
        (0..self.0.len() as u32)
            .map(|element| self.find(element))
            .collect()
    }
}

/// The components of the pairs: for each of n items the least item of its group.
pub fn components(n: usize, pairs: impl Iterator<Item = CandidatePair>) -> Vec<u32> {
    let mut sets = UnionFind::new(n);
    for pair in pairs {
        sets.union(pair.a, pair.b);
    }
    sets.into_roots()
}

/// Components within bounds: for each item the least of its component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstrainedComponents {
    /// By the edges that were let in.
    pub linked: Vec<u32>,
    /// By these and the must-links.
    pub blocks: Vec<u32>,
}

/// The components of the edges within bounds. An edge that would bring together what must not meet
/// is left out; the strongest edges come first, of equals that of the lesser items.
pub fn constrained_components(
    n: usize,
    edges: &[Edge],
    bounds: &BoundConstraints,
) -> ConstrainedComponents {
    if bounds.is_empty() {
        let linked = components(n, edges.iter().map(Edge::pair));
        return ConstrainedComponents {
            blocks: linked.clone(),
            linked,
        };
    }
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_by(|x, y| {
        y.similarity()
            .total_cmp(&x.similarity())
            .then_with(|| x.pair().cmp(&y.pair()))
    });
    let mut blocks = ConstrainedUnionFind::new(n, bounds);
    let let_in = order
        .into_iter()
        .map(Edge::pair)
        .filter(|pair| blocks.union(pair.a, pair.b));
    let linked = components(n, let_in);
    ConstrainedComponents {
        linked,
        blocks: blocks.into_roots(),
    }
}

/// The members of each group of more than one, by least member; members ascending.
pub fn members(roots: &[u32]) -> Vec<Vec<u32>> {
    let mut order: Vec<u32> = (0..roots.len() as u32).collect();
    order.sort_by_key(|&item| (roots[item as usize], item));
    order
        .chunk_by(|&a, &b| roots[a as usize] == roots[b as usize])
        .filter(|group| group.len() > 1)
        .map(<[u32]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flood(n: usize, pairs: &[(u32, u32)]) -> Vec<u32> {
        let mut roots: Vec<u32> = (0..n as u32).collect();
        for _ in 0..n {
            for &(a, b) in pairs {
                let least = roots[a as usize].min(roots[b as usize]);
                (roots[a as usize], roots[b as usize]) = (least, least);
            }
        }
        roots
    }

    proptest! {
        #[test]
        fn components_are_those_of_a_flood(pairs in proptest::collection::vec((0u32..30, 0u32..30), 0..40)) {
            let as_pairs = pairs.iter().filter_map(|&(a, b)| CandidatePair::new(a, b));
            prop_assert_eq!(components(30, as_pairs), flood(30, &pairs));
        }
    }

    #[test]
    fn members_are_listed_by_group() {
        assert_eq!(members(&[0, 1, 0, 3, 1]), [vec![0, 2], vec![1, 4]]);
    }
}
