//! Greedy agglomeration of the story graph, the best link first.
//!
//! The link of two groups is the mean similarity of their cross pairs, measured against how alike
//! the members of each group are among themselves: `link(A, B) = [S_AB / (n_A n_B)] / (h_A
//! h_B)^(p/2)` with the cohesion `h_X = (n_X + 2 S_X) / n_X^2`. With p = 0 that is average link,
//! with p = 1 the cosine of the groups' sums; so one threshold serves pairs, whose cohesion is near
//! 1, and stories of hundreds, whose cohesion is a tenth. Pairs without an edge count as 0. O(e log
//! e) for e edges, and a merge looks through the edges of both groups: of these only the best
//! link waits for its turn, and the next best is looked for when that one has gone elsewhere
//! (Müllner 2011).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::{BoundConstraints, ConstrainedUnionFind};
use crate::verify::Edge;

/// How groups are joined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linkage {
    /// Groups whose link is at least this are merged.
    pub threshold: f64,
    /// How much a group's own cohesion is set against a link: the p of the formula.
    pub cohesion: f64,
}

/// The stories of n items: for each the least item of its story. What must be together is merged
/// first; of what must not, the best link is passed over.
pub fn stories(n: usize, edges: &[Edge], linkage: Linkage, bounds: &BoundConstraints) -> Vec<u32> {
    let mut forest = Forest::new(n, edges, linkage, bounds);
    forest.agglomerate(|_, _| ());
    forest.roots.into_roots()
}

/// The groups on their way to stories.
pub(super) struct Forest {
    linkage: Linkage,
    pub(super) groups: Vec<Group>,
    pub(super) roots: ConstrainedUnionFind,
    heap: BinaryHeap<Link>,
    /// For each item what its group shares with the one that is being made; 0 at all other times.
    sums: Vec<f64>,
}

#[derive(Default)]
pub(super) struct Group {
    pub(super) size: f64,
    inside: f64,
    /// The cohesion to the power p / 2.
    own: f64,
    version: u32,
    /// An item of each group that this has edges to, and the sum of some of them. Groups that
    /// merged since may stand there several times, so that a merge need not tell its
    /// neighbours.
    across: Vec<(u32, f32)>,
}

/// A link that is strong enough to merge by.
pub(super) struct Link {
    pub(super) strength: f64,
    pub(super) a: u32,
    pub(super) b: u32,
    versions: (u32, u32),
    /// The group whose best link this was; none of the links between single items, which all wait.
    of: Option<u32>,
}

impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Link {}

impl Ord for Link {
    /// The stronger first, then the pair of the lesser items: only two of one pair can be equal.
    fn cmp(&self, other: &Self) -> Ordering {
        self.strength
            .total_cmp(&other.strength)
            .then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

impl PartialOrd for Link {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Forest {
    /// Merges, best link first, until none is left; `before` sees each merge coming.
    pub(super) fn agglomerate(&mut self, mut before: impl FnMut(&mut Self, &Link)) {
        while let Some(best) = self.heap.pop() {
            let [a, b] = [(best.a, best.versions.0), (best.b, best.versions.1)];
            if self.is_current(a) && self.is_current(b) && self.roots.may_join(best.a, best.b) {
                before(self, &best);
                self.merge(best.a, best.b);
            } else if let Some(of) = best.of
                && self.is_current(if of == best.a { a } else { b })
            {
                // The other one has changed, or the two must not meet.
                let across = std::mem::take(&mut self.groups[of as usize].across);
                self.gather(of, across.into_iter());
            }
        }
    }

    pub(super) fn new(
        n: usize,
        edges: &[Edge],
        linkage: Linkage,
        bounds: &BoundConstraints,
    ) -> Self {
        let roots = ConstrainedUnionFind::apart(n, &bounds.cannot);
        let groups = singles(n, edges);
        let mut forest = Forest {
            linkage,
            groups,
            roots,
            heap: BinaryHeap::new(),
            sums: vec![0.0; n],
        };
        for edge in edges {
            let link = forest.link_by(edge.pair().a, edge.pair().b, edge.unsupported());
            forest.wait(link);
        }
        for &(a, b) in &bounds.must {
            let (a, b) = (forest.roots.find(a), forest.roots.find(b));
            if a != b {
                forest.merge(a.min(b), a.max(b));
            }
        }
        forest
    }

    /// How strongly two groups are linked as they are.
    pub(super) fn link(&mut self, a: u32, b: u32) -> f64 {
        let roots = &mut self.roots;
        let to_b = |&&(item, _): &&(u32, f32)| roots.find(item) == b;
        let across = self.groups[a as usize]
            .across
            .iter()
            .filter(to_b)
            .fold(0.0, |all, &(_, sum)| all + f64::from(sum));
        strength(&self.groups[a as usize], &self.groups[b as usize], across)
    }

    fn link_by(&self, a: u32, b: u32, across: f64) -> Link {
        let (a, b) = (a.min(b), a.max(b));
        let (x, y) = (&self.groups[a as usize], &self.groups[b as usize]);
        Link {
            strength: strength(x, y, across),
            a,
            b,
            versions: (x.version, y.version),
            of: None,
        }
    }

    fn wait(&mut self, link: Link) {
        if link.strength >= self.linkage.threshold {
            self.heap.push(link);
        }
    }

    fn is_current(&self, (group, version): (u32, u32)) -> bool {
        self.groups[group as usize].version == version
    }

    /// Joins b to a, a < b, so that a group keeps the name of its least item.
    fn merge(&mut self, a: u32, b: u32) {
        let gone = std::mem::replace(
            &mut self.groups[b as usize],
            Group {
                version: u32::MAX,
                ..Group::default()
            },
        );
        let kept = std::mem::take(&mut self.groups[a as usize]);
        // What is between the two stands with both.
        let between: f64 = kept
            .across
            .iter()
            .filter(|&&(item, _)| self.roots.find(item) == b)
            .map(|&(_, sum)| f64::from(sum))
            .sum();
        self.roots.union(a, b);
        let (size, inside) = (kept.size + gone.size, kept.inside + gone.inside + between);
        let own = libm::pow(
            (size + 2.0 * inside) / (size * size),
            self.linkage.cohesion / 2.0,
        );
        self.groups[a as usize] = Group {
            size,
            inside,
            own,
            version: kept.version + 1,
            across: Vec::new(),
        };
        self.gather(a, kept.across.into_iter().chain(gone.across));
    }

    /// Adds up what a group has in common with each of its neighbours, and lets its best link wait.
    fn gather(&mut self, a: u32, across: impl Iterator<Item = (u32, f32)>) {
        let mut neighbours = Vec::with_capacity(across.size_hint().0);
        for (item, sum) in across {
            let other = self.roots.find(item);
            if other != a {
                let all = &mut self.sums[other as usize];
                if *all == 0.0 {
                    neighbours.push((other, 0.0));
                }
                *all += f64::from(sum);
            }
        }
        neighbours.shrink_to_fit();
        let mut best: Option<Link> = None;
        for (other, sum) in &mut neighbours {
            *sum = std::mem::take(&mut self.sums[*other as usize]) as f32;
            let link = self.link_by(a, *other, f64::from(*sum));
            let is_better = link.strength >= self.linkage.threshold
                && best.as_ref().is_none_or(|best| link > *best);
            if is_better && self.roots.may_join(a, *other) {
                best = Some(Link {
                    of: Some(a),
                    ..link
                });
            }
        }
        self.groups[a as usize].across = neighbours;
        self.heap.extend(best);
    }
}

/// Each of n items alone, with its edges.
fn singles(n: usize, edges: &[Edge]) -> Vec<Group> {
    let mut degrees = vec![0; n];
    for pair in edges.iter().map(Edge::pair) {
        degrees[pair.a as usize] += 1;
        degrees[pair.b as usize] += 1;
    }
    let single = |&degree: &usize| Group {
        size: 1.0,
        own: 1.0,
        across: Vec::with_capacity(degree),
        ..Group::default()
    };
    let mut groups: Vec<Group> = degrees.iter().map(single).collect();
    for edge in edges {
        let (pair, similarity) = (edge.pair(), edge.similarity() as f32);
        groups[pair.a as usize].across.push((pair.b, similarity));
        groups[pair.b as usize].across.push((pair.a, similarity));
    }
    // What is added up in another order is another sum.
    groups
        .par_iter_mut()
        .for_each(|group| group.across.sort_unstable_by_key(|&(item, _)| item));
    groups
}

fn strength(a: &Group, b: &Group, across: f64) -> f64 {
    across / (a.size * b.size) / (a.own * b.own)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::ids::CandidatePair;

    /// What the module says, word for word: of all links between groups, measured anew each time,
    /// the best is merged.
    fn plainly(n: u32, edges: &[Edge], linkage: Linkage, bounds: &BoundConstraints) -> Vec<u32> {
        let mut roots: Vec<u32> = (0..n).collect();
        let join = |roots: &mut Vec<u32>, a: u32, b: u32| {
            let (a, b) = (roots[a as usize], roots[b as usize]);
            roots
                .iter_mut()
                .filter(|root| **root == a.max(b))
                .for_each(|root| *root = a.min(b));
        };
        bounds
            .must
            .iter()
            .for_each(|&(a, b)| join(&mut roots, a, b));
        loop {
            let root = |item: u32| roots[item as usize];
            let size = |group: u32| roots.iter().filter(|&&root| root == group).count() as f64;
            let sum = |a: u32, b: u32| {
                let between = |edge: &&Edge| {
                    let (x, y) = (root(edge.pair().a), root(edge.pair().b));
                    (x.min(y), x.max(y)) == (a.min(b), a.max(b))
                };
                let single = a != b && size(a) * size(b) == 1.0;
                let worth = |edge: &Edge| {
                    if single {
                        edge.unsupported()
                    } else {
                        edge.similarity()
                    }
                };
                edges
                    .iter()
                    .filter(between)
                    .map(worth)
                    .fold(0.0, |all, one| all + one)
            };
            let own = |group: u32| {
                let size = size(group);
                libm::pow(
                    (size + 2.0 * sum(group, group)) / (size * size),
                    linkage.cohesion / 2.0,
                )
            };
            let forbidden = |a: u32, b: u32| {
                let mut pairs = bounds.cannot.iter().map(|&(x, y)| (root(x), root(y)));
                pairs.any(|(x, y)| (x.min(y), x.max(y)) == (a, b))
            };
            let mut best: Option<(f64, u32, u32)> = None;
            for a in (0..n).filter(|&a| root(a) == a) {
                for b in (a + 1..n).filter(|&b| root(b) == b) {
                    let strength = sum(a, b) / (size(a) * size(b)) / (own(a) * own(b));
                    let is_better = best.is_none_or(|(other, ..)| strength > other);
                    if strength >= linkage.threshold && is_better && !forbidden(a, b) {
                        best = Some((strength, a, b));
                    }
                }
            }
            let Some((_, a, b)) = best else { return roots };
            join(&mut roots, a, b);
        }
    }

    proptest! {
        #[test]
        fn the_best_link_is_merged_first(
            links in proptest::collection::btree_map((0u32..12, 0u32..12), (1u32..64, any::<bool>()), 0..50),
            must in proptest::collection::vec((0u32..12, 0u32..12), 0..2),
            cannot in proptest::collection::vec((0u32..12, 0u32..12), 0..4),
            threshold in 0.05f64..0.5,
            cohesion in 0.0f64..1.5,
        ) {
            // Sums of sixty-fourths are exact, in whatever order they are added.
            let links: BTreeMap<CandidatePair, (u32, bool)> =
                links.into_iter().filter_map(|((a, b), link)| Some((CandidatePair::new(a, b)?, link))).collect();
            let edge = |(pair, (worth, whole)): (CandidatePair, (u32, bool))| {
                let similarity = f64::from(worth) / 64.0;
                Edge::of_story(pair, similarity, if whole { similarity } else { similarity / 2.0 })
            };
            let edges: Vec<Edge> = links.into_iter().map(edge).collect();
            let held = |roots: &[u32], &(a, b): &(u32, u32)| roots[a as usize] == roots[b as usize];
            let joined = plainly(12, &[], Linkage { threshold: 1.0, cohesion: 0.0 }, &BoundConstraints { must: must.clone(), ..BoundConstraints::default() });
            let cannot: Vec<(u32, u32)> = cannot.into_iter().filter(|pair| !held(&joined, pair)).collect();
            let bounds = BoundConstraints { must, cannot };
            let linkage = Linkage { threshold, cohesion };
            prop_assert_eq!(stories(12, &edges, linkage, &bounds), plainly(12, &edges, linkage, &bounds));
        }
    }
}
