//! Two items in, how their groups met out, or how far they were from meeting: the stories are grown
//! once more, and the merge that brings the two together is kept. The cost is that of growing them.

use super::agglomerate::Forest;
use super::{Bounds, Linkage};
use crate::verify::Edge;

/// Two groups face to face.
#[derive(Debug, Clone, PartialEq)]
pub struct Encounter {
    /// The members of the group of the one item, ascending.
    pub ours: Vec<u32>,
    /// Those of the other's.
    pub theirs: Vec<u32>,
    /// How strong their link is; 0 without an edge between them.
    pub strength: f64,
}

/// How two items came to be in one story, or not.
#[derive(Debug, Clone, PartialEq)]
pub enum Meeting {
    /// What must be together was joined before all else.
    Bound,
    /// The groups merged by their link.
    Merged(Encounter),
    /// Their link never reached the threshold; what it was in the end.
    Apart(Encounter),
    /// Their groups, as they are in the end, must not meet.
    Forbidden(Encounter),
}

/// How a and b met when the stories of n items were grown.
pub fn meeting(
    n: usize,
    edges: &[Edge],
    linkage: Linkage,
    bounds: &Bounds,
    (a, b): (u32, u32),
) -> Meeting {
    let mut forest = Forest::new(n, edges, linkage, bounds);
    if forest.roots.find(a) == forest.roots.find(b) {
        return Meeting::Bound;
    }
    let mut met = None;
    forest.grow(|forest, link| {
        let (x, y) = (forest.roots.find(a), forest.roots.find(b));
        if (x.min(y), x.max(y)) == (link.a, link.b) {
            met = Some(forest.encounter(x, y, link.strength));
        }
    });
    if let Some(encounter) = met {
        return Meeting::Merged(encounter);
    }
    let (x, y) = (forest.roots.find(a), forest.roots.find(b));
    // Two single items are joined only by what their pair is worth alone.
    let alone = edges
        .iter()
        .find(|edge| (edge.pair().a, edge.pair().b) == (x.min(y), x.max(y)))
        .map(Edge::alone);
    let single =
        alone.filter(|_| forest.groups[x as usize].size + forest.groups[y as usize].size == 2.0);
    let strength = single.unwrap_or_else(|| forest.link(x, y));
    let encounter = forest.encounter(x, y, strength);
    if forest.roots.may_meet(x, y) {
        Meeting::Apart(encounter)
    } else {
        Meeting::Forbidden(encounter)
    }
}

impl Forest {
    fn encounter(&mut self, a: u32, b: u32, strength: f64) -> Encounter {
        let mut members = |root: u32| {
            (0..self.groups.len() as u32)
                .filter(|&doc| self.roots.find(doc) == root)
                .collect()
        };
        Encounter {
            ours: members(a),
            theirs: members(b),
            strength,
        }
    }
}
