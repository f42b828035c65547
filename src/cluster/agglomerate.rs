//! Greedy agglomerative clustering of the story graph by a normalised average linkage.
//!
//! Input: story edges. Output: the root of each item. The strongest link is merged first, until no
//! link reaches the threshold:
//!
//! ```text
//! link(A, B) = [S_AB / (n_A n_B)] / (c_A c_B)^(p/2)
//! c_X        = (S_X + w) / (m_X + 1) / w        m_X = n_X (n_X - 1) / 2
//! ```
//!
//! `S_AB` is the sum of the similarities of the edges between two groups, `S_X` that within a
//! group, `n_X` a group's size, `c_X` its cohesion relative to `w`, the reference similarity 0.25,
//! and `p` is [`Linkage::cohesion`]. Pairs without an edge count as 0, and the cohesion of a single
//! item is one. With p = 0 this is average linkage. With p = 1 a link is compared with the
//! similarities inside the two groups: two close groups need a stronger link than two loose
//! groups, so neighbouring small stories stay apart and the parts of a large story meet.
//!
//! Cost: O(e log e) for e edges, and per merge the edges of both groups. Only the best link of a
//! group is queued; the next best is searched when its partner has changed. Prior art: the generic
//! algorithm of Müllner (2011).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::{BoundConstraints, ConstrainedUnionFind};
use crate::verify::Edge;

/// Parameters of the linkage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// Minimum link of two groups that are merged.
    pub threshold: f64,
    /// The exponent `p` of the cohesion in the formula.
    pub cohesion: f64,
}

/// The stories of `n` items: the root of each item. Must-links are merged first; a link that a
/// cannot-link forbids is skipped.
///
/// # Cost
/// O(e log e) for e edges, and per merge the edges of both groups.
pub fn stories(
    n: usize,
    edges: &[Edge],
    linkage: Linkage,
    constraints: &BoundConstraints,
) -> Vec<u32> {
    let mut forest = Forest::new(n, edges, linkage, constraints);
    forest.agglomerate(|_, _| ());
    forest.roots.into_roots()
}

/// The groups while they are merged.
pub(super) struct Forest {
    linkage: Linkage,
    /// By root.
    pub(super) groups: Vec<StoryGroup>,
    pub(super) roots: ConstrainedUnionFind,
    heap: BinaryHeap<GroupLink>,
    /// Scratch of [`Forest::update_links`], by root; 0 outside of it.
    sums: Vec<f64>,
}

#[derive(Default)]
pub(super) struct StoryGroup {
    pub(super) size: f64,
    /// The sum of the similarities of the edges within the group.
    inside: f64,
    /// The cohesion `c` to the power p / 2.
    cohesion_factor: f64,
    /// Counts the merges of the group, to recognise links that are out of date.
    version: u32,
    /// Pairs of an item of a neighbouring group and a sum of similarities of edges to the group. A
    /// merged neighbour may be listed several times, so a merge does not update the neighbours.
    across: Vec<(u32, f32)>,
}

impl StoryGroup {
    fn single(degree: usize) -> Self {
        StoryGroup {
            size: 1.0,
            cohesion_factor: 1.0,
            across: Vec::with_capacity(degree),
            ..StoryGroup::default()
        }
    }
}

/// A link of two groups that reaches the threshold.
pub(super) struct GroupLink {
    pub(super) strength: f64,
    pub(super) a: u32,
    pub(super) b: u32,
    versions: (u32, u32),
    /// The group with this best link; `None` for links of single items, which are all queued.
    best_of: Option<u32>,
}

impl PartialEq for GroupLink {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for GroupLink {}

impl Ord for GroupLink {
    /// The stronger link is greater; of equal links the smaller pair is greater.
    fn cmp(&self, other: &Self) -> Ordering {
        let by_strength = self.strength.total_cmp(&other.strength);
        by_strength.then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for GroupLink {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Forest {
    /// `n` single items with their edges; must-links are merged.
    pub(super) fn new(
        n: usize,
        edges: &[Edge],
        linkage: Linkage,
        constraints: &BoundConstraints,
    ) -> Self {
        let mut forest = Forest {
            linkage,
            groups: single_groups(n, edges),
            roots: ConstrainedUnionFind::with_cannot_links(n, &constraints.cannot),
            heap: BinaryHeap::new(),
            sums: vec![0.0; n],
        };
        for edge in edges {
            let link = forest.link_of(edge.pair().a, edge.pair().b, edge.unsupported());
            if link.strength >= linkage.threshold {
                forest.heap.push(link);
            }
        }
        for &(a, b) in &constraints.must {
            let (a, b) = (forest.roots.find(a), forest.roots.find(b));
            if a != b {
                forest.merge(a.min(b), a.max(b));
            }
        }
        forest
    }

    /// Merges the strongest link until none is left; `before_merge` is called before each merge.
    pub(super) fn agglomerate(&mut self, mut before_merge: impl FnMut(&mut Self, &GroupLink)) {
        while let Some(best) = self.heap.pop() {
            let is_current = [
                self.groups[best.a as usize].version == best.versions.0,
                self.groups[best.b as usize].version == best.versions.1,
            ];
            if is_current == [true, true] && self.roots.may_join(best.a, best.b) {
                before_merge(self, &best);
                self.merge(best.a, best.b);
            } else if let Some(group) = best.best_of
                && is_current[usize::from(group != best.a)]
            {
                // The partner has merged since, or must not be joined: the group needs its next
                // best link.
                let across = std::mem::take(&mut self.groups[group as usize].across);
                self.update_links(group, across.into_iter());
            }
        }
    }

    /// The strength of the link of two groups as they are.
    pub(super) fn link(&mut self, a: u32, b: u32) -> f64 {
        let across = sum_across(&self.groups[a as usize].across, &mut self.roots, b);
        strength(&self.groups[a as usize], &self.groups[b as usize], across)
    }

    fn link_of(&self, a: u32, b: u32, across: f64) -> GroupLink {
        let (a, b) = (a.min(b), a.max(b));
        let (x, y) = (&self.groups[a as usize], &self.groups[b as usize]);
        GroupLink {
            strength: strength(x, y, across),
            a,
            b,
            versions: (x.version, y.version),
            best_of: None,
        }
    }

    /// Merges group `b` into group `a`. `a < b`, so the root is the smallest item.
    fn merge(&mut self, a: u32, b: u32) {
        let merged = std::mem::replace(
            &mut self.groups[b as usize],
            StoryGroup {
                version: u32::MAX,
                ..StoryGroup::default()
            },
        );
        let kept = std::mem::take(&mut self.groups[a as usize]);
        let between = sum_across(&kept.across, &mut self.roots, b);
        self.roots.union(a, b);
        let size = kept.size + merged.size;
        let inside = kept.inside + merged.inside + between;
        self.groups[a as usize] = StoryGroup {
            size,
            inside,
            cohesion_factor: cohesion_factor(size, inside, self.linkage.cohesion),
            version: kept.version + 1,
            across: Vec::new(),
        };
        self.update_links(a, kept.across.into_iter().chain(merged.across));
    }

    /// Sums `across` by neighbouring group and queues the best link of group `a`.
    fn update_links(&mut self, a: u32, across: impl Iterator<Item = (u32, f32)>) {
        let mut neighbours = Vec::with_capacity(across.size_hint().0);
        for (item, similarity) in across {
            let neighbour = self.roots.find(item);
            if neighbour != a {
                let sum = &mut self.sums[neighbour as usize];
                if *sum == 0.0 {
                    neighbours.push((neighbour, 0.0));
                }
                *sum += f64::from(similarity);
            }
        }
        neighbours.shrink_to_fit();
        let mut best: Option<GroupLink> = None;
        for (neighbour, sum) in &mut neighbours {
            *sum = std::mem::take(&mut self.sums[*neighbour as usize]) as f32;
            let link = self.link_of(a, *neighbour, f64::from(*sum));
            let is_better = link.strength >= self.linkage.threshold
                && best.as_ref().is_none_or(|best| link > *best);
            if is_better && self.roots.may_join(a, *neighbour) {
                best = Some(GroupLink {
                    best_of: Some(a),
                    ..link
                });
            }
        }
        self.groups[a as usize].across = neighbours;
        self.heap.extend(best);
    }
}

/// The part of `across` that belongs to edges to group `b`.
fn sum_across(across: &[(u32, f32)], roots: &mut ConstrainedUnionFind, b: u32) -> f64 {
    let mut sum = 0.0;
    for &(item, similarity) in across {
        if roots.find(item) == b {
            sum += f64::from(similarity);
        }
    }
    sum
}

/// `n` single items with their edges.
fn single_groups(n: usize, edges: &[Edge]) -> Vec<StoryGroup> {
    let mut degrees = vec![0; n];
    for pair in edges.iter().map(Edge::pair) {
        degrees[pair.a as usize] += 1;
        degrees[pair.b as usize] += 1;
    }
    let mut groups: Vec<StoryGroup> = degrees.into_iter().map(StoryGroup::single).collect();
    for edge in edges {
        let (pair, similarity) = (edge.pair(), edge.similarity() as f32);
        groups[pair.a as usize].across.push((pair.b, similarity));
        groups[pair.b as usize].across.push((pair.a, similarity));
    }
    // Floating-point sums depend on the order of the summands, which must not depend on the order
    // of the edges.
    groups
        .par_iter_mut()
        .for_each(|group| group.across.sort_unstable_by_key(|&(item, _)| item));
    groups
}

/// Similarity of two items of an average story: `w` of the formula. A group counts as if one more
/// pair of its items had this similarity, because few pairs say little about a group.
const REFERENCE_SIMILARITY: f64 = 0.25;

/// The cohesion of a group to the power p / 2.
fn cohesion_factor(size: f64, inside: f64, power: f64) -> f64 {
    let pairs = size * (size - 1.0) / 2.0;
    let mean = (inside + REFERENCE_SIMILARITY) / (pairs + 1.0);
    libm::pow(mean / REFERENCE_SIMILARITY, power / 2.0)
}

/// The formula of this module, given `S_AB`.
fn strength(a: &StoryGroup, b: &StoryGroup, across: f64) -> f64 {
    across / (a.size * b.size) / (a.cohesion_factor * b.cohesion_factor)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::CandidatePair;

    /// The formula of the module, computed again for each pair of groups.
    struct Reference<'e> {
        edges: &'e [Edge],
        linkage: Linkage,
        roots: Vec<u32>,
    }

    impl Reference<'_> {
        fn join(&mut self, a: u32, b: u32) {
            let (a, b) = (self.roots[a as usize], self.roots[b as usize]);
            for root in self.roots.iter_mut().filter(|root| **root == a.max(b)) {
                *root = a.min(b);
            }
        }

        fn groups_of(&self, (x, y): (u32, u32)) -> (u32, u32) {
            let (a, b) = (self.roots[x as usize], self.roots[y as usize]);
            (a.min(b), a.max(b))
        }

        fn size(&self, group: u32) -> f64 {
            self.roots.iter().filter(|&&root| root == group).count() as f64
        }

        /// The sum of the edges between two groups, or within one.
        fn sum(&self, a: u32, b: u32) -> f64 {
            let are_single = a != b && self.size(a) * self.size(b) == 1.0;
            let mut sum = 0.0;
            for edge in self.edges {
                if self.groups_of((edge.pair().a, edge.pair().b)) == (a.min(b), a.max(b)) {
                    sum += if are_single {
                        edge.unsupported()
                    } else {
                        edge.similarity()
                    };
                }
            }
            sum
        }

        fn cohesion_factor(&self, group: u32) -> f64 {
            let pairs = self.size(group) * (self.size(group) - 1.0) / 2.0;
            let within = match pairs {
                0.0 => 0.25,
                _ => (self.sum(group, group) + 0.25) / (pairs + 1.0),
            };
            libm::pow(within / 0.25, self.linkage.cohesion / 2.0)
        }

        fn strength(&self, a: u32, b: u32) -> f64 {
            self.sum(a, b)
                / (self.size(a) * self.size(b))
                / (self.cohesion_factor(a) * self.cohesion_factor(b))
        }

        /// The strongest link at or above the threshold without a cannot-link.
        fn best(&self, cannot: &[(u32, u32)]) -> Option<(u32, u32)> {
            let is_root = |&item: &u32| self.roots[item as usize] == item;
            let roots: Vec<u32> = (0..self.roots.len() as u32).filter(is_root).collect();
            let mut best: Option<(f64, (u32, u32))> = None;
            for (at, &a) in roots.iter().enumerate() {
                for &b in &roots[at + 1..] {
                    let is_forbidden = cannot.iter().any(|&pair| self.groups_of(pair) == (a, b));
                    let strength = self.strength(a, b);
                    let is_better = best.is_none_or(|(other, _)| strength > other);
                    if strength >= self.linkage.threshold && is_better && !is_forbidden {
                        best = Some((strength, (a, b)));
                    }
                }
            }
            best.map(|(_, pair)| pair)
        }
    }

    fn reference_stories(
        n: u32,
        edges: &[Edge],
        linkage: Linkage,
        constraints: &BoundConstraints,
    ) -> Vec<u32> {
        let roots = (0..n).collect();
        let mut reference = Reference {
            edges,
            linkage,
            roots,
        };
        for &(a, b) in &constraints.must {
            reference.join(a, b);
        }
        while let Some((a, b)) = reference.best(&constraints.cannot) {
            reference.join(a, b);
        }
        reference.roots
    }

    fn linkage(threshold: f64, cohesion: f64) -> Linkage {
        Linkage {
            threshold,
            cohesion,
        }
    }

    proptest! {
        #[test]
        fn the_strongest_link_is_merged_first(
            links in proptest::collection::btree_map((0u32..12, 0u32..12), (1u32..64, any::<bool>()), 0..50),
            must in proptest::collection::vec((0u32..12, 0u32..12), 0..2),
            mut cannot in proptest::collection::vec((0u32..12, 0u32..12), 0..4),
            threshold in 0.05f64..0.5,
            cohesion in 0.0f64..1.5,
        ) {
            // Sums of sixty-fourths are exact in any order.
            let mut edges: BTreeMap<CandidatePair, Edge> = BTreeMap::new();
            for ((a, b), (sixty_fourths, is_supported)) in links {
                if let Some(pair) = CandidatePair::new(a, b) {
                    let similarity = f64::from(sixty_fourths) / 64.0;
                    let unsupported = if is_supported { similarity } else { similarity / 2.0 };
                    edges.insert(pair, Edge::of_story(pair, similarity, unsupported));
                }
            }
            let edges: Vec<Edge> = edges.into_values().collect();
            let must_only = BoundConstraints { must: must.clone(), ..BoundConstraints::default() };
            let joined = reference_stories(12, &[], linkage(1.0, 0.0), &must_only);
            cannot.retain(|&(a, b)| joined[a as usize] != joined[b as usize]);
            let constraints = BoundConstraints { must, cannot };
            let linkage = linkage(threshold, cohesion);
            prop_assert_eq!(
                stories(12, &edges, linkage, &constraints),
                reference_stories(12, &edges, linkage, &constraints)
            );
        }
    }
}
