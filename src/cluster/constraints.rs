//! What editors know better: pairs of ids that must, or must not, be in one group. Checked once, by
//! ids, so that no batch can contradict them; then bound to the items of a batch. Must-links are
//! closed under transitivity first, and a cannot-link holds between all that either side must be
//! with (Wagstaff et al. 2001). O((c + n) log c) for c constraints and n items.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use hashbrown::{HashMap, HashSet};

use super::UnionFind;

/// What is asked of two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// They are in one group.
    MustLink,
    /// They are in two.
    CannotLink,
}

/// Constraints that can all be met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// The block of each id that is named: the ids that must be in one group share one.
    blocks: BTreeMap<String, u32>,
    /// The blocks that must not meet.
    apart: BTreeSet<(u32, u32)>,
}

/// A cannot-link of two ids that must be in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The ids from one side to the other, each of which must be with the next.
    pub chain: Vec<String>,
}

/// Constraints that cannot all be met: every cannot-link that must-links deny.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradictions(pub Vec<Contradiction>);

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.chain.first(), self.chain.last());
        write!(
            f,
            "cannot-link {:?} {:?} contradicts ",
            first.map_or("", |id| id),
            last.map_or("", |id| id)
        )?;
        match &self.chain[..] {
            [_] => f.write_str("itself: an item is always with itself"),
            chain => {
                f.write_str("must-link ")?;
                let links: Vec<String> = chain
                    .windows(2)
                    .map(|pair| format!("{:?} {:?}", pair[0], pair[1]))
                    .collect();
                f.write_str(&links.join(", "))
            }
        }
    }
}

/// Contradictions are named till here, then counted.
const NAMED: usize = 5;

impl fmt::Display for Contradictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<String> = self.0.iter().take(NAMED).map(ToString::to_string).collect();
        f.write_str(&named.join("; "))?;
        match self.0.len().saturating_sub(NAMED) {
            0 => f.write_str("; take one of the lines out"),
            more => write!(f, "; and {more} more; take one of the lines out of each"),
        }
    }
}

impl std::error::Error for Contradictions {}

impl Constraints {
    /// Checks constraints; their order does not matter.
    ///
    /// # Errors
    /// [`Contradictions`] names each cannot-link whose ids must be in one group, with the chain
    /// that says so.
    pub fn new<'a>(
        rules: impl IntoIterator<Item = (Rule, &'a str, &'a str)>,
    ) -> Result<Self, Contradictions> {
        let rules: BTreeSet<(Rule, &str, &str)> = rules
            .into_iter()
            .map(|(rule, a, b)| (rule, a.min(b), a.max(b)))
            .collect();
        let ids: BTreeSet<&str> = rules.iter().flat_map(|&(_, a, b)| [a, b]).collect();
        let place: BTreeMap<&str, u32> = ids.iter().copied().zip(0..).collect();
        let pairs = |wanted| {
            let of_rule = rules.iter().filter(move |&&(rule, ..)| rule == wanted);
            of_rule.map(|&(_, a, b)| (place[a], place[b]))
        };
        let mut sets = UnionFind::new(ids.len());
        pairs(Rule::MustLink).for_each(|(a, b)| _ = sets.union(a, b));
        let roots = sets.into_roots();
        let denied = |&(a, b): &(u32, u32)| roots[a as usize] == roots[b as usize];
        let contradictions: Vec<(u32, u32)> = pairs(Rule::CannotLink).filter(denied).collect();
        if !contradictions.is_empty() {
            let names: Vec<&str> = ids.iter().copied().collect();
            let links = neighbours(names.len(), pairs(Rule::MustLink));
            let chain = |(a, b)| Contradiction {
                chain: shortest_path(&links, a, b)
                    .into_iter()
                    .map(|id| names[id as usize].to_owned())
                    .collect(),
            };
            return Err(Contradictions(
                contradictions.into_iter().map(chain).collect(),
            ));
        }
        let block = |(a, b): (u32, u32)| {
            let (a, b) = (roots[a as usize], roots[b as usize]);
            (a.min(b), a.max(b))
        };
        Ok(Constraints {
            apart: pairs(Rule::CannotLink).map(block).collect(),
            blocks: ids
                .iter()
                .map(|&id| (id.to_owned(), roots[place[id] as usize]))
                .collect(),
        })
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The ids that are named, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().map(String::as_str)
    }

    /// The constraints on a batch, by the ids of its items. An id that several items bear means all
    /// of them, and a must-link joins them; an id that none bears means nothing, though what it
    /// must be with stays together.
    pub fn bind<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> BoundConstraints {
        let mut bounds = BoundConstraints::default();
        if self.is_empty() {
            return bounds;
        }
        let mut items: BTreeMap<u32, Vec<(&str, u32)>> = BTreeMap::new();
        for (id, item) in ids.into_iter().zip(0..) {
            if let Some(&block) = self.blocks.get(id) {
                items.entry(block).or_default().push((id, item));
            }
        }
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        self.blocks
            .values()
            .for_each(|&block| *sizes.entry(block).or_default() += 1);
        for (block, members) in &mut items {
            if sizes[block] > 1 {
                bounds
                    .must
                    .extend(members.windows(2).map(|pair| (pair[0].1, pair[1].1)));
                members.truncate(1);
            }
        }
        for (a, b) in &self.apart {
            let (Some(a), Some(b)) = (items.get(a), items.get(b)) else {
                continue;
            };
            bounds.cannot.extend(
                a.iter()
                    .flat_map(|&(_, x)| b.iter().map(move |&(_, y)| (x, y))),
            );
        }
        bounds
    }
}

fn neighbours(n: usize, links: impl Iterator<Item = (u32, u32)>) -> Vec<Vec<u32>> {
    let mut neighbours = vec![Vec::new(); n];
    for (a, b) in links {
        neighbours[a as usize].push(b);
        neighbours[b as usize].push(a);
    }
    neighbours
}

/// One of the shortest ways from a to b, by breadth; there must be one.
fn shortest_path(neighbours: &[Vec<u32>], a: u32, b: u32) -> Vec<u32> {
    let mut back = vec![None; neighbours.len()];
    let mut queue = VecDeque::from([b]);
    back[b as usize] = Some(b);
    while let Some(at) = queue.pop_front() {
        for &next in &neighbours[at as usize] {
            if back[next as usize].is_none() {
                back[next as usize] = Some(at);
                queue.push_back(next);
            }
        }
    }
    let step = |&at: &u32| back[at as usize].filter(|&next| next != at);
    std::iter::successors(Some(a), step).collect()
}

/// The constraints on the items of a batch, all of which can be met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BoundConstraints {
    /// Pairs that are joined before all others.
    pub must: Vec<(u32, u32)>,
    /// Pairs that are never joined.
    pub cannot: Vec<(u32, u32)>,
}

impl BoundConstraints {
    /// Whether nothing is bound.
    pub fn is_empty(&self) -> bool {
        self.must.is_empty() && self.cannot.is_empty()
    }
}

/// Disjoint sets, some of which must not meet. A union that would break a bound is refused, so the
/// order of unions decides where bounds bite; without bounds they are those of [`UnionFind`].
#[derive(Debug, Clone)]
pub struct ConstrainedUnionFind {
    sets: UnionFind,
    /// By root: the roots of the sets that one must not meet.
    foes: HashMap<u32, HashSet<u32>>,
}

impl ConstrainedUnionFind {
    /// Each of n elements alone.
    pub fn apart(n: usize, cannot: &[(u32, u32)]) -> Self {
        let mut foes: HashMap<u32, HashSet<u32>> = HashMap::new();
        for &(a, b) in cannot {
            foes.entry(a).or_default().insert(b);
            foes.entry(b).or_default().insert(a);
        }
        ConstrainedUnionFind {
            sets: UnionFind::new(n),
            foes,
        }
    }

    /// Each of n elements with those it must be with.
    pub fn new(n: usize, bounds: &BoundConstraints) -> Self {
        let mut sets = ConstrainedUnionFind::apart(n, &bounds.cannot);
        for &(a, b) in &bounds.must {
            let met = sets.union(a, b);
            debug_assert!(met, "bounds can be met");
        }
        sets
    }

    /// The least element of an element's set.
    pub fn find(&mut self, element: u32) -> u32 {
        self.sets.find(element)
    }

    /// Whether two elements are together, or may be.
    pub fn may_join(&mut self, a: u32, b: u32) -> bool {
        if self.foes.is_empty() {
            return true;
        }
        let (a, b) = (self.find(a), self.find(b));
        !self.foes.get(&a).is_some_and(|foes| foes.contains(&b))
    }

    /// Makes one set of two, if they may meet; whether the two are together now.
    pub fn union(&mut self, a: u32, b: u32) -> bool {
        if !self.may_join(a, b) {
            return false;
        }
        let (a, b) = (self.find(a), self.find(b));
        if !self.sets.union(a, b) {
            return true;
        }
        let (kept, gone) = (a.min(b), a.max(b));
        if let Some(foes) = self.foes.remove(&gone) {
            for foe in &foes {
                let theirs = self.foes.entry(*foe).or_default();
                theirs.remove(&gone);
                theirs.insert(kept);
            }
            self.foes.entry(kept).or_default().extend(foes);
        }
        true
    }

    /// The least element of each element's set.
    pub fn into_roots(self) -> Vec<u32> {
        self.sets.into_roots()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules<'a>(
        must: &[(&'a str, &'a str)],
        cannot: &[(&'a str, &'a str)],
    ) -> Result<Constraints, Contradictions> {
        let of = |rule, pairs: &[(&'a str, &'a str)]| {
            pairs
                .iter()
                .map(move |&(a, b)| (rule, a, b))
                .collect::<Vec<_>>()
        };
        Constraints::new(
            of(Rule::MustLink, must)
                .into_iter()
                .chain(of(Rule::CannotLink, cannot)),
        )
    }

    #[test]
    fn a_contradiction_is_named_with_the_shortest_chain() {
        let must = [("a", "b"), ("b", "c"), ("c", "d"), ("b", "d"), ("x", "y")];
        let message = rules(&must, &[("d", "a"), ("a", "x")])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "cannot-link \"a\" \"d\" contradicts must-link \"a\" \"b\", \"b\" \"d\"; take one of the lines out"
        );
        assert!(
            rules(&[], &[("a", "a")])
                .unwrap_err()
                .to_string()
                .contains("itself")
        );
        assert_eq!(
            rules(&must, &[("a", "c"), ("x", "y"), ("a", "y")])
                .unwrap_err()
                .0
                .len(),
            2
        );
    }

    #[test]
    fn constraints_are_bound_to_the_items_of_a_batch() {
        let constraints = rules(
            &[("a", "gone"), ("gone", "b")],
            &[("b", "c"), ("c", "d"), ("d", "nowhere")],
        )
        .unwrap();
        assert_eq!(
            constraints.ids().collect::<Vec<_>>(),
            ["a", "b", "c", "d", "gone", "nowhere"]
        );
        // Items 2 and 3 bear one id.
        let bounds = constraints.bind(["a", "b", "c", "c", "d", "e"]);
        assert_eq!(bounds.must, [(0, 1)]);
        assert_eq!(bounds.cannot, [(0, 2), (0, 3), (2, 4), (3, 4)]);
        assert_eq!(
            Constraints::default().bind(["a"]),
            BoundConstraints::default()
        );
    }

    proptest! {
        /// Against sets kept as lists, all pairs of which are looked at.
        #[test]
        fn unions_keep_apart_what_cannot_meet(
            must in proptest::collection::vec((0u32..12, 0u32..12), 0..4),
            cannot in proptest::collection::vec((0u32..12, 0u32..12), 0..8),
            unions in proptest::collection::vec((0u32..12, 0u32..12), 0..40),
        ) {
            let mut group: Vec<u32> = (0..12).collect();
            let join = |group: &mut Vec<u32>, a: u32, b: u32| {
                let (from, to) = (group[a as usize], group[b as usize]);
                group.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
            };
            must.iter().for_each(|&(a, b)| join(&mut group, a, b));
            let cannot: Vec<_> = cannot.into_iter().filter(|&(a, b)| group[a as usize] != group[b as usize]).collect();
            let mut sets = ConstrainedUnionFind::new(12, &BoundConstraints { must, cannot: cannot.clone() });
            for (a, b) in unions {
                let mut joined = group.clone();
                join(&mut joined, a, b);
                let allowed = cannot.iter().all(|&(x, y)| joined[x as usize] != joined[y as usize]);
                prop_assert_eq!(sets.union(a, b), allowed);
                if allowed {
                    group = joined;
                }
            }
            let roots = sets.into_roots();
            for a in 0..12 {
                for b in 0..12 {
                    prop_assert_eq!(roots[a] == roots[b], group[a] == group[b]);
                }
            }
        }
    }
}
