//! The merge trace of two items: the merge that joined the items, or the final link.
//!
//! Input: the edges of a batch and two items. Output: a [`MergeTrace`]. Cost: a second
//! agglomeration of the batch.

use super::agglomerate::Forest;
use super::{BoundConstraints, Linkage};
use crate::verify::Edge;

/// Two groups and their link.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeStep {
    /// The members of the first item's group, ascending.
    pub ours: Vec<u32>,
    /// The members of the second item's group, ascending.
    pub theirs: Vec<u32>,
    /// The link of the groups; 0 without an edge between them.
    pub strength: f64,
}

/// The merge that joined two items, or the reason against a merge.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeTrace {
    /// A must-link joined the items before all merges.
    Bound,
    /// The groups were merged by their link.
    Merged(MergeStep),
    /// The link of the final groups is below the threshold.
    Apart(MergeStep),
    /// A cannot-link forbids merging the final groups.
    Forbidden(MergeStep),
}

/// The merge trace of items `a` and `b` in the agglomeration of `n` items.
pub fn merge_trace(
    n: usize,
    edges: &[Edge],
    linkage: Linkage,
    constraints: &BoundConstraints,
    (a, b): (u32, u32),
) -> MergeTrace {
    let mut forest = Forest::new(n, edges, linkage, constraints);
    if forest.roots.find(a) == forest.roots.find(b) {
        return MergeTrace::Bound;
    }
    let mut merge = None;
    forest.agglomerate(|forest, link| {
        let (x, y) = (forest.roots.find(a), forest.roots.find(b));
        if (x.min(y), x.max(y)) == (link.a, link.b) {
            merge = Some(forest.step(x, y, link.strength));
        }
    });
    if let Some(step) = merge {
        return MergeTrace::Merged(step);
    }
    let (x, y) = (forest.roots.find(a), forest.roots.find(b));
    let strength = final_strength(&mut forest, edges, x, y);
    let step = forest.step(x, y, strength);
    if forest.roots.may_join(x, y) {
        MergeTrace::Apart(step)
    } else {
        MergeTrace::Forbidden(step)
    }
}

/// The link of two groups as compared by agglomeration: two single items have the unsupported
/// similarity.
fn final_strength(forest: &mut Forest, edges: &[Edge], x: u32, y: u32) -> f64 {
    let are_single = forest.groups[x as usize].size + forest.groups[y as usize].size == 2.0;
    let edge = edges
        .iter()
        .find(|edge| (edge.pair().a, edge.pair().b) == (x.min(y), x.max(y)));
    match edge {
        Some(edge) if are_single => edge.unsupported(),
        _ => forest.link(x, y),
    }
}

impl Forest {
    fn step(&mut self, a: u32, b: u32, strength: f64) -> MergeStep {
        MergeStep {
            ours: self.members(a),
            theirs: self.members(b),
            strength,
        }
    }

    fn members(&mut self, root: u32) -> Vec<u32> {
        (0..self.groups.len() as u32)
            .filter(|&item| self.roots.find(item) == root)
            .collect()
    }
}
