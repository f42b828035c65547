//! Greedy agglomeration of the story graph, the best link first.
//!
//! The link of two groups is the mean similarity of their cross pairs, measured against how alike the members of each
//! group are among themselves: `link(A, B) = [S_AB / (n_A n_B)] / (h_A h_B)^(p/2)` with the cohesion
//! `h_X = (n_X + 2 S_X) / n_X^2`. With p = 0 that is average link, with p = 1 the cosine of the groups' sums; so one
//! threshold serves pairs, whose cohesion is near 1, and stories of hundreds, whose cohesion is a tenth. Pairs without
//! an edge count as 0. O(e log e) for e edges, and a merge moves the lesser group's edges.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use super::{BoundSets, Bounds};
use crate::verify::Edge;

/// How groups are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// Groups whose link is at least this are merged.
    pub threshold: f64,
    /// How much a group's own cohesion is set against a link: the p of the formula.
    pub cohesion: f64,
}

/// The stories of n items: for each the least item of its story. What must be together is merged first; of what must
/// not, the best link is passed over.
pub fn stories(n: usize, edges: &[Edge], linkage: Linkage, bounds: &Bounds) -> Vec<u32> {
    let mut forest = Forest::new(n, edges, linkage, bounds);
    forest.grow(|_, _| ());
    forest.roots.into_roots()
}

/// The groups on their way to stories.
pub(super) struct Forest {
    pub(super) linkage: Linkage,
    pub(super) groups: Vec<Group>,
    pub(super) roots: BoundSets,
    heap: BinaryHeap<Link>,
}

#[derive(Default)]
pub(super) struct Group {
    pub(super) size: f64,
    inside: f64,
    version: u32,
    pub(super) across: HashMap<u32, f64>,
}

/// A link that is strong enough to merge by.
#[derive(PartialEq)]
pub(super) struct Link {
    pub(super) strength: f64,
    pub(super) a: u32,
    pub(super) b: u32,
    versions: (u32, u32),
}

impl Eq for Link {}

impl Ord for Link {
    /// The stronger first, then the pair of the lesser items: no two different links are equal.
    fn cmp(&self, other: &Self) -> Ordering {
        self.strength.total_cmp(&other.strength).then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Link {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Forest {
    /// Merges, best link first, until none is left; `before` sees each merge coming.
    pub(super) fn grow(&mut self, mut before: impl FnMut(&mut Self, &Link)) {
        while let Some(best) = self.heap.pop() {
            if self.is_current(&best) && self.roots.may_meet(best.a, best.b) {
                before(self, &best);
                self.merge(best.a, best.b);
            }
        }
    }

    pub(super) fn new(n: usize, edges: &[Edge], linkage: Linkage, bounds: &Bounds) -> Self {
        let mut groups: Vec<Group> = (0..n).map(|_| Group { size: 1.0, ..Group::default() }).collect();
        for edge in edges {
            let pair = edge.pair();
            groups[pair.a as usize].across.insert(pair.b, edge.similarity());
            groups[pair.b as usize].across.insert(pair.a, edge.similarity());
        }
        let roots = BoundSets::apart(n, &bounds.cannot);
        let mut forest = Forest { linkage, groups, roots, heap: BinaryHeap::new() };
        for edge in edges {
            forest.push(edge.pair().a, edge.pair().b, edge.alone());
        }
        for &(a, b) in &bounds.must {
            let (a, b) = (forest.roots.find(a), forest.roots.find(b));
            if a != b {
                forest.merge(a.min(b), a.max(b));
            }
        }
        forest
    }

    pub(super) fn strength(&self, a: &Group, b: &Group, across: f64) -> f64 {
        let cohesion = |group: &Group| (group.size + 2.0 * group.inside) / (group.size * group.size);
        let own = libm::pow(cohesion(a) * cohesion(b), self.linkage.cohesion / 2.0);
        across / (a.size * b.size) / own
    }

    fn push(&mut self, a: u32, b: u32, across: f64) {
        let (a, b) = (a.min(b), a.max(b));
        let (x, y) = (&self.groups[a as usize], &self.groups[b as usize]);
        let strength = self.strength(x, y, across);
        if strength >= self.linkage.threshold {
            self.heap.push(Link { strength, a, b, versions: (x.version, y.version) });
        }
    }

    fn is_current(&self, link: &Link) -> bool {
        (self.groups[link.a as usize].version, self.groups[link.b as usize].version) == link.versions
    }

    /// Joins b to a, a < b, so that a group keeps the name of its least item.
    fn merge(&mut self, a: u32, b: u32) {
        let mut gone = std::mem::take(&mut self.groups[b as usize]);
        let mut kept = std::mem::take(&mut self.groups[a as usize]);
        gone.version = u32::MAX;
        kept.version += 1;
        kept.inside += gone.inside + kept.across.remove(&b).unwrap_or(0.0);
        kept.size += gone.size;
        gone.across.remove(&a);
        for (other, across) in gone.across.drain() {
            let neighbour = &mut self.groups[other as usize].across;
            neighbour.remove(&b);
            *neighbour.entry(a).or_insert(0.0) += across;
            *kept.across.entry(other).or_insert(0.0) += across;
        }
        self.roots.union(a, b);
        let links: Vec<(u32, f64)> = kept.across.iter().map(|(&other, &across)| (other, across)).collect();
        self.groups[a as usize] = kept;
        self.groups[b as usize] = gone;
        for (other, across) in links {
            self.push(a, other, across);
        }
    }
}
