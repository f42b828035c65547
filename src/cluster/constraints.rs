//! Must-link and cannot-link constraints of the user.
//!
//! Input: pairs of item ids. Output: [`Constraints`], checked once so that no batch contradicts
//! them, and [`BoundConstraints`] on the items of a batch. Must-links are closed under
//! transitivity; a cannot-link holds between all items that either side must be with. Cost:
//! O((c + n) log c) for c constraints and n items. Prior art: constrained clustering (Wagstaff et
//! al. 2001).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::union_find::{BoundConstraints, UnionFind};

/// The kind of a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Both items are in one group.
    MustLink,
    /// The items are in two groups.
    CannotLink,
}

/// Consistent constraints on item ids.
///
/// ```
/// use qissa::cluster::{Constraints, Rule};
/// let rules = [(Rule::MustLink, "a", "b"), (Rule::CannotLink, "b", "c")];
/// let bound = Constraints::new(rules)?.bind(["a", "b", "c"]);
/// assert_eq!(bound.must, [(0, 1)]);
/// assert_eq!(bound.cannot, [(0, 2)]);
/// # Ok::<(), qissa::cluster::Contradictions>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// The block of each named id. Ids that must be in one group share a block.
    blocks: BTreeMap<String, u32>,
    /// Pairs of blocks with a cannot-link, the smaller block first.
    cannot: BTreeSet<(u32, u32)>,
}

/// A cannot-link between two ids that must-links join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The ids from one side of the cannot-link to the other side; a must-link joins each two
    /// adjacent ids.
    pub chain: Vec<String>,
}

/// Every cannot-link that must-links contradict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradictions(pub Vec<Contradiction>);

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.chain.first().map_or("", String::as_str);
        let last = self.chain.last().map_or("", String::as_str);
        write!(f, "cannot-link {first:?} {last:?} contradicts ")?;
        if self.chain.len() == 1 {
            return f.write_str("itself: an item is always with itself");
        }
        f.write_str("must-link ")?;
        for (at, link) in self.chain.windows(2).enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{:?} {:?}", link[0], link[1])?;
        }
        Ok(())
    }
}

/// Maximum number of contradictions listed in a message; further contradictions are counted.
const LISTED: usize = 5;

impl fmt::Display for Contradictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, contradiction) in self.0.iter().take(LISTED).enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{contradiction}")?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => f.write_str("; take one of the lines out"),
            more => write!(f, "; and {more} more; take one of the lines out of each"),
        }
    }
}

impl std::error::Error for Contradictions {}

/// Constraints with ids replaced by their places among the sorted ids.
struct NumberedRules<'a> {
    ids: Vec<&'a str>,
    must: Vec<(u32, u32)>,
    cannot: Vec<(u32, u32)>,
}

impl<'a> NumberedRules<'a> {
    fn new(rules: &BTreeSet<(Rule, &'a str, &'a str)>) -> Self {
        let ids: BTreeSet<&str> = rules.iter().flat_map(|&(_, a, b)| [a, b]).collect();
        let places: BTreeMap<&str, u32> = ids.iter().copied().zip(0..).collect();
        let (mut must, mut cannot) = (Vec::new(), Vec::new());
        for &(rule, a, b) in rules {
            let pair = (places[a], places[b]);
            match rule {
                Rule::MustLink => must.push(pair),
                Rule::CannotLink => cannot.push(pair),
            }
        }
        NumberedRules {
            ids: ids.into_iter().collect(),
            must,
            cannot,
        }
    }

    /// The block of each id: the components of the must-links.
    fn blocks(&self) -> Vec<u32> {
        let mut sets = UnionFind::new(self.ids.len());
        for &(a, b) in &self.must {
            sets.union(a, b);
        }
        sets.into_roots()
    }

    /// The shortest chain of must-links between the ids of each cannot-link of `cannot`.
    fn contradictions(&self, cannot: &[(u32, u32)]) -> Contradictions {
        let neighbours = neighbours(self.ids.len(), &self.must);
        let mut contradictions = Vec::new();
        for &(a, b) in cannot {
            let chain = shortest_path(&neighbours, a, b);
            let ids = chain.iter().map(|&id| self.ids[id as usize].to_owned());
            contradictions.push(Contradiction {
                chain: ids.collect(),
            });
        }
        Contradictions(contradictions)
    }
}

impl Constraints {
    /// Checks constraints. The order does not matter.
    ///
    /// # Errors
    /// [`Contradictions`] lists each cannot-link between ids that must be in one group, with the
    /// shortest joining chain of must-links.
    pub fn new<'a>(
        rules: impl IntoIterator<Item = (Rule, &'a str, &'a str)>,
    ) -> Result<Self, Contradictions> {
        let sorted = rules
            .into_iter()
            .map(|(rule, a, b)| (rule, a.min(b), a.max(b)));
        let numbered = NumberedRules::new(&sorted.collect());
        let blocks = numbered.blocks();
        let mut contradictory = numbered.cannot.clone();
        contradictory.retain(|&(a, b)| blocks[a as usize] == blocks[b as usize]);
        if !contradictory.is_empty() {
            return Err(numbered.contradictions(&contradictory));
        }
        let mut cannot = BTreeSet::new();
        for &(a, b) in &numbered.cannot {
            let (a, b) = (blocks[a as usize], blocks[b as usize]);
            cannot.insert((a.min(b), a.max(b)));
        }
        let named = numbered.ids.iter().map(|&id| id.to_owned());
        Ok(Constraints {
            blocks: named.zip(blocks).collect(),
            cannot,
        })
    }

    /// Whether there is no constraint.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The ids that a constraint names, ascending.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.blocks.keys().map(String::as_str)
    }

    /// The constraints on a batch, given the item ids. An id of several items means all of the
    /// items, joined by must-links. An id without an item is ignored, but still joins the ids of
    /// its must-links.
    pub fn bind<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> BoundConstraints {
        let mut bound = BoundConstraints::default();
        if self.is_empty() {
            return bound;
        }
        let mut items: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (id, item) in ids.into_iter().zip(0..) {
            if let Some(&block) = self.blocks.get(id) {
                items.entry(block).or_default().push(item);
            }
        }
        let mut ids_in_block: BTreeMap<u32, usize> = BTreeMap::new();
        for &block in self.blocks.values() {
            *ids_in_block.entry(block).or_default() += 1;
        }
        for (block, members) in &mut items {
            if ids_in_block[block] > 1 {
                let pairs = members.windows(2).map(|pair| (pair[0], pair[1]));
                bound.must.extend(pairs);
                // The first member represents the block in cannot-links.
                members.truncate(1);
            }
        }
        for (a, b) in &self.cannot {
            let (Some(a), Some(b)) = (items.get(a), items.get(b)) else {
                continue;
            };
            for &x in a {
                bound.cannot.extend(b.iter().map(|&y| (x, y)));
            }
        }
        bound
    }
}

fn neighbours(n: usize, links: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut neighbours = vec![Vec::new(); n];
    for &(a, b) in links {
        neighbours[a as usize].push(b);
        neighbours[b as usize].push(a);
    }
    neighbours
}

/// A shortest path from `a` to `b` by breadth-first search. Both must be connected.
fn shortest_path(neighbours: &[Vec<u32>], a: u32, b: u32) -> Vec<u32> {
    // The next id towards `b`; that of `b` is `b`.
    let mut next_to_b = vec![None; neighbours.len()];
    let mut queue = VecDeque::from([b]);
    next_to_b[b as usize] = Some(b);
    while let Some(id) = queue.pop_front() {
        for &neighbour in &neighbours[id as usize] {
            if next_to_b[neighbour as usize].is_none() {
                next_to_b[neighbour as usize] = Some(id);
                queue.push_back(neighbour);
            }
        }
    }
    let next = |&id: &u32| next_to_b[id as usize].filter(|&next| next != id);
    std::iter::successors(Some(a), next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constraints(
        must: &[(&str, &str)],
        cannot: &[(&str, &str)],
    ) -> Result<Constraints, Contradictions> {
        let must = must.iter().map(|&(a, b)| (Rule::MustLink, a, b));
        let cannot = cannot.iter().map(|&(a, b)| (Rule::CannotLink, a, b));
        Constraints::new(must.chain(cannot))
    }

    #[test]
    fn contradictions_name_the_shortest_chain() {
        let must = [("a", "b"), ("b", "c"), ("c", "d"), ("b", "d"), ("x", "y")];
        let contradictions = constraints(&must, &[("d", "a"), ("a", "x")]).unwrap_err();
        assert_eq!(
            contradictions.to_string(),
            "cannot-link \"a\" \"d\" contradicts must-link \"a\" \"b\", \"b\" \"d\"; take one of the lines out"
        );
        let contradictions = constraints(&must, &[("a", "c"), ("x", "y"), ("a", "y")]).unwrap_err();
        assert_eq!(contradictions.0.len(), 2);
    }

    #[test]
    fn a_cannot_link_of_an_id_with_itself_is_a_contradiction() {
        let contradictions = constraints(&[], &[("a", "a")]).unwrap_err();
        assert!(contradictions.to_string().contains("itself"));
    }

    #[test]
    fn constraints_are_bound_to_the_items_of_a_batch() {
        let constraints = constraints(
            &[("a", "gone"), ("gone", "b")],
            &[("b", "c"), ("c", "d"), ("d", "nowhere")],
        )
        .unwrap();
        let ids: Vec<&str> = constraints.ids().collect();
        assert_eq!(ids, ["a", "b", "c", "d", "gone", "nowhere"]);
        // Items 2 and 3 have one id.
        let bound = constraints.bind(["a", "b", "c", "c", "d", "e"]);
        assert_eq!(bound.must, [(0, 1)]);
        assert_eq!(bound.cannot, [(0, 2), (0, 3), (2, 4), (3, 4)]);
        assert_eq!(
            Constraints::default().bind(["a"]),
            BoundConstraints::default()
        );
    }
}
