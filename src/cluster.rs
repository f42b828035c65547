//! Clustering of verified edges.
//!
//! Input: [`Edge`]s and constraints. Output: the root of each item: the smallest item of the group.
//! Groups of duplicates are connected components of edges; stories are made by average-linkage
//! agglomeration ([`stories`]) of the edges that chance does not explain ([`discount_chance`]), so a
//! chain of weak links does not merge unrelated events. Roots do not depend on the order of the
//! edges.

mod agglomerate;
mod chance;
mod constraints;
mod merge_trace;
mod path;
mod union_find;

pub use agglomerate::{Linkage, stories};
pub use chance::discount_chance;
pub use constraints::{Constraints, Contradiction, Contradictions, Rule};
pub use merge_trace::{MergeStep, MergeTrace, merge_trace};
pub use path::strongest_path;
pub use union_find::{BoundConstraints, ConstrainedUnionFind, SizedUnionFind, UnionFind};

use crate::ids::CandidatePair;
use crate::verify::Edge;

/// The connected components of `pairs` over `n` items: the root of each item.
pub fn components(n: usize, pairs: impl Iterator<Item = CandidatePair>) -> Vec<u32> {
    let mut sets = UnionFind::new(n);
    for pair in pairs {
        sets.union(pair.a, pair.b);
    }
    sets.into_roots()
}

/// Connected components under constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstrainedComponents {
    /// The root of each item by the edges admitted by the constraints.
    pub linked: Vec<u32>,
    /// The root of each item by the admitted edges and the must-links.
    pub blocks: Vec<u32>,
}

/// The components of `edges` over `n` items under constraints.
///
/// Edges are added strongest first, of equal edges the smaller pair first. An edge that would break
/// a cannot-link is left out.
pub fn constrained_components(
    n: usize,
    edges: &[Edge],
    constraints: &BoundConstraints,
) -> ConstrainedComponents {
    if constraints.is_empty() {
        let linked = components(n, edges.iter().map(Edge::pair));
        return ConstrainedComponents {
            blocks: linked.clone(),
            linked,
        };
    }
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_by(|x, y| {
        let by_similarity = y.similarity().total_cmp(&x.similarity());
        by_similarity.then_with(|| x.pair().cmp(&y.pair()))
    });
    let mut blocks = ConstrainedUnionFind::new(n, constraints);
    let admitted = order
        .into_iter()
        .map(Edge::pair)
        .filter(|pair| blocks.union(pair.a, pair.b));
    let linked = components(n, admitted);
    ConstrainedComponents {
        linked,
        blocks: blocks.into_roots(),
    }
}

/// The groups of two or more items, ordered by root; members ascending.
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

    /// Components by spreading the smallest root along the pairs, `n` times.
    fn components_by_spreading(n: usize, pairs: &[(u32, u32)]) -> Vec<u32> {
        let mut roots: Vec<u32> = (0..n as u32).collect();
        for _ in 0..n {
            for &(a, b) in pairs {
                let root = roots[a as usize].min(roots[b as usize]);
                (roots[a as usize], roots[b as usize]) = (root, root);
            }
        }
        roots
    }

    proptest! {
        #[test]
        fn components_are_connected(
            pairs in proptest::collection::vec((0u32..30, 0u32..30), 0..40),
        ) {
            let candidates = pairs.iter().filter_map(|&(a, b)| CandidatePair::new(a, b));
            prop_assert_eq!(components(30, candidates), components_by_spreading(30, &pairs));
        }
    }

    #[test]
    fn members_are_listed_by_group() {
        assert_eq!(members(&[0, 1, 0, 3, 1]), [vec![0, 2], vec![1, 4]]);
    }
}
