//! Discount of story edges by the neighbours that an item has by chance.
//!
//! Input: the story edges of a batch. Output: the edges that chance does not explain, with their
//! similarities discounted:
//!
//! ```text
//! chance(s)        = exp(-14.5 (sqrt(s) - sqrt(min)))   min = the least similarity of an edge
//! d_i              = 10 + edges of item i with chance(s) > 1/e, divided by (1 - 1/e)
//! q_i(s)           = min(1, d_i chance(s) / k_i(s))     k_i(s) = edges of item i of similarity >= s
//! discounted(a, b) = s (1 - sqrt(q_a(s) q_b(s)))
//! ```
//!
//! `chance(s)` is the share of the edges between unrelated items that have similarity `s` or more.
//! `d_i` estimates the number of unrelated neighbours of an item from its weakest edges, which are
//! nearly all unrelated, and from ten more, because the edges of a small batch say little. `q_i(s)` is the share of unrelated items among the neighbours of at least
//! this similarity: the false discovery rate of Benjamini and Hochberg (1995) with an empirical
//! null distribution (Efron 2004), for each item by itself. An item about a busy subject of a large
//! batch has many unrelated neighbours, so it needs more similar partners than an item about a
//! quiet subject, and the stories of a small batch are also found in a large one. Prior art of
//! thresholds per item: local scaling (Zelnik-Manor and Perona 2004). Cost: O(e log e) for e edges.

use rayon::prelude::*;

use crate::verify::Edge;

/// Decay of the share of unrelated edges with the square root of the similarity. Measured on 22
/// labelled batches in seven languages, with 300 to 11,000 items: the share of a batch differs from
/// the formula by a factor of at most about three up to a similarity of 0.15 and ten up to 0.3.
const DECAY: f64 = 14.5;

/// Number of unrelated neighbours that are assumed for each item besides those found.
const PRIOR_NEIGHBOURS: f64 = 10.0;

/// The edges that chance does not explain, in the order of `edges`, with discounted similarities.
/// `min_similarity` is the least similarity that an edge can have.
pub fn discount_chance(edges: &[Edge], items: usize, min_similarity: f64) -> Vec<Edge> {
    let chance = Chance::new(edges, items, min_similarity);
    edges
        .par_iter()
        .filter_map(|edge| chance.discounted(edge))
        .collect()
}

/// The similarities of the neighbours of each item.
struct Chance {
    root_of_min: f64,
    /// The similarities of the edges of all items, by item, descending.
    similarities: Vec<f32>,
    /// Where the similarities of each item end.
    ends: Vec<usize>,
    /// Number of unrelated neighbours of each item: `d` of the formula.
    unrelated: Vec<f64>,
}

impl Chance {
    fn new(edges: &[Edge], items: usize, min_similarity: f64) -> Self {
        let mut ends = vec![0; items];
        let pairs = || edges.iter().flat_map(|edge| [edge.pair().a, edge.pair().b]);
        pairs().for_each(|item| ends[item as usize] += 1);
        let mut start = 0;
        for end in &mut ends {
            start += std::mem::replace(end, start);
        }
        let mut similarities = vec![0.0; start];
        for edge in edges {
            for item in [edge.pair().a, edge.pair().b] {
                let end = &mut ends[item as usize];
                similarities[*end] = edge.similarity() as f32;
                *end += 1;
            }
        }
        let mut chance = Chance {
            root_of_min: libm::sqrt(min_similarity),
            similarities,
            ends,
            unrelated: Vec::new(),
        };
        let mut lists = chance.lists_mut();
        lists
            .par_iter_mut()
            .for_each(|list| list.sort_unstable_by(|x, y| y.total_cmp(x)));
        chance.unrelated = (0..items as u32)
            .into_par_iter()
            .map(|item| chance.unrelated_neighbours(item))
            .collect();
        chance
    }

    /// The similarities of each item.
    fn lists_mut(&mut self) -> Vec<&mut [f32]> {
        let mut rest = &mut self.similarities[..];
        let mut start = 0;
        let mut lists = Vec::with_capacity(self.ends.len());
        for &end in &self.ends {
            let (list, behind) = rest.split_at_mut(end - start);
            lists.push(list);
            (rest, start) = (behind, end);
        }
        lists
    }

    /// The similarities of the edges of an item, descending.
    fn similarities(&self, item: u32) -> &[f32] {
        let start = match item {
            0 => 0,
            _ => self.ends[item as usize - 1],
        };
        &self.similarities[start..self.ends[item as usize]]
    }

    /// Share of the unrelated edges that have this similarity or more.
    fn share(&self, similarity: f64) -> f64 {
        libm::exp(-DECAY * (libm::sqrt(similarity) - self.root_of_min)).min(1.0)
    }

    fn unrelated_neighbours(&self, item: u32) -> f64 {
        let weak = 1.0 / std::f64::consts::E;
        let list = self.similarities(item);
        let strong = list.partition_point(|&other| self.share(f64::from(other)) <= weak);
        PRIOR_NEIGHBOURS + (list.len() - strong) as f64 / (1.0 - weak)
    }

    /// Share of unrelated items among the neighbours of this similarity or more.
    fn false_discovery_rate(&self, item: u32, similarity: f64) -> f64 {
        let least = similarity as f32;
        let found = self
            .similarities(item)
            .partition_point(|&other| other >= least);
        let expected = self.unrelated[item as usize] * self.share(similarity);
        (expected / found as f64).min(1.0)
    }

    /// The edge with discounted similarities; `None` if chance explains the edge.
    fn discounted(&self, edge: &Edge) -> Option<Edge> {
        let pair = edge.pair();
        let [a, b] =
            [pair.a, pair.b].map(|item| self.false_discovery_rate(item, edge.similarity()));
        let kept = 1.0 - libm::sqrt(a * b);
        (kept > 0.0).then(|| edge.scaled_by(kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CandidatePair;

    const MIN: f64 = 0.03;

    fn edge(a: u32, b: u32, similarity: f64) -> Edge {
        let pair = CandidatePair::new(a, b).expect("two items");
        Edge::of_story(pair, similarity, similarity / 2.0)
    }

    /// Items 0 and 1 with an edge, and `unrelated` weak edges of each to other items.
    fn star(similarity: f64, unrelated: u32) -> Vec<Edge> {
        let mut edges = vec![edge(0, 1, similarity)];
        for other in 0..unrelated {
            edges.push(edge(0, 2 + 2 * other, 0.04));
            edges.push(edge(1, 3 + 2 * other, 0.04));
        }
        edges
    }

    /// The similarity of the first edge after the discount; 0 if the edge is removed.
    fn first(edges: &[Edge]) -> f64 {
        let found = discount_chance(edges, 500, MIN);
        let first = found.iter().find(|edge| edge.pair().b == 1);
        first.map_or(0.0, Edge::similarity)
    }

    #[test]
    fn unrelated_neighbours_lower_a_similarity() {
        let [alone, some, many] = [0, 5, 200].map(|unrelated| first(&star(0.16, unrelated)));
        assert!(alone < 0.16 && some < alone && some > 0.0, "{some}");
        assert_eq!(many, 0.0);
        assert!(first(&star(0.5, 200)) > 0.35);
    }

    #[test]
    fn many_equal_neighbours_support_each_other() {
        let mut edges = star(0.16, 20);
        let before = first(&edges);
        for a in 0..8 {
            for b in (a + 1)..8 {
                if (a, b) != (0, 1)
                    && !edges
                        .iter()
                        .any(|edge| (edge.pair().a, edge.pair().b) == (a, b))
                {
                    edges.push(edge(a, b, 0.16));
                }
            }
        }
        assert!(first(&edges) > before + 0.02, "{} {before}", first(&edges));
    }

    #[test]
    fn the_rate_is_computed_by_the_formula() {
        let edges = star(0.15, 2);
        let share = |s: f64| libm::exp(-14.5 * (libm::sqrt(s) - libm::sqrt(MIN)));
        let unrelated = 10.0 + 2.0 / (1.0 - 1.0 / std::f64::consts::E);
        let rate = unrelated * share(0.15);
        let expected = 0.15 * (1.0 - rate);
        assert!((first(&edges) - expected).abs() < 1e-12);
        let kept = discount_chance(&edges, 500, MIN);
        assert!(kept.iter().all(|edge| edge.similarity() > 0.0));
    }
}
