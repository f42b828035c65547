//! Two items in, how their groups met out, or how far they were from merge_trace: the stories are grown
//! once more, and the merge that brings the two together is kept. The cost is that of growing them.

use super::agglomerate::Forest;
use super::{BoundConstraints, Linkage};
use crate::verify::Edge;

/// Two groups face to face.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeStep {
    /// The members of the group of the one item, ascending.
    pub ours: Vec<u32>,
    /// Those of the other's.
    pub theirs: Vec<u32>,
    /// How strong their link is; 0 without an edge between them.
    pub strength: f64,
}

/// How two items came to be in one story, or not.
#[derive(Debug, Clone, PartialEq)]
pub enum MergeTrace {
    /// What must be together was joined before all else.
    Bound,
    /// The groups merged by their link.
    Merged(MergeStep),
    /// Their link never reached the threshold; what it was in the end.
    Apart(MergeStep),
    /// Their groups, as they are in the end, must not meet.
    Forbidden(MergeStep),
}

/// How a and b met when the stories of n items were grown.
pub fn merge_trace(
    n: usize,
    edges: &[Edge],
    linkage: Linkage,
    bounds: &BoundConstraints,
    (a, b): (u32, u32),
) -> MergeTrace {
    let mut forest = Forest::new(n, edges, linkage, bounds);
    if forest.roots.find(a) == forest.roots.find(b) {
        return MergeTrace::Bound;
    }
    let mut met = None;
    forest.agglomerate(|forest, link| {
        let (x, y) = (forest.roots.find(a), forest.roots.find(b));
        if (x.min(y), x.max(y)) == (link.a, link.b) {
            met = Some(forest.step(x, y, link.strength));
        }
    });
    if let Some(step) = met {
        return MergeTrace::Merged(step);
    }
    let (x, y) = (forest.roots.find(a), forest.roots.find(b));
    // Two single items are joined only by what their pair is worth alone.
    let alone = edges
        .iter()
        .find(|edge| (edge.pair().a, edge.pair().b) == (x.min(y), x.max(y)))
        .map(Edge::unsupported);
    let single =
        alone.filter(|_| forest.groups[x as usize].size + forest.groups[y as usize].size == 2.0);
    let strength = single.unwrap_or_else(|| forest.link(x, y));
    let step = forest.step(x, y, strength);
    if forest.roots.may_join(x, y) {
        MergeTrace::Apart(step)
    } else {
        MergeTrace::Forbidden(step)
    }
}

impl Forest {
    fn step(&mut self, a: u32, b: u32, strength: f64) -> MergeStep {
        let mut members = |root: u32| {
            (0..self.groups.len() as u32)
                .filter(|&doc| self.roots.find(doc) == root)
                .collect()
        };
        MergeStep {
            ours: members(a),
            theirs: members(b),
            strength,
        }
    }
}
