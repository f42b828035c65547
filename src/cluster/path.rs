//! The widest path between two items: the path whose weakest link is the strongest.
//!
//! Input: weighted links. Output: the items of the path. Cost: O(e log e). Prior art: the maximum
//! capacity route (Pollack 1960), along a maximum spanning tree (Kruskal 1956).

use super::UnionFind;

/// The items of the widest path from `a` to `b`, both included; `None` if no path exists. Of equal
/// links the smaller pair comes first, so the path does not depend on the order of links.
pub fn strongest_path(n: usize, links: &[(u32, u32, f64)], a: u32, b: u32) -> Option<Vec<u32>> {
    let mut order: Vec<&(u32, u32, f64)> = links.iter().collect();
    order.sort_by(|x, y| {
        let by_weight = y.2.total_cmp(&x.2);
        by_weight.then_with(|| (x.0, x.1).cmp(&(y.0, y.1)))
    });
    let mut sets = UnionFind::new(n);
    let mut tree = vec![Vec::new(); n];
    for &&(x, y, _) in &order {
        if sets.union(x, y) {
            tree[x as usize].push(y);
            tree[y as usize].push(x);
        }
        if sets.find(a) == sets.find(b) {
            break;
        }
    }
    tree_path(&tree, a, b)
}

/// The path from `a` to `b` through a forest.
fn tree_path(tree: &[Vec<u32>], a: u32, b: u32) -> Option<Vec<u32>> {
    // The next item towards `b`; that of `b` is `b`.
    let mut next_to_b = vec![None; tree.len()];
    let mut stack = vec![b];
    next_to_b[b as usize] = Some(b);
    while let Some(item) = stack.pop() {
        for &neighbour in &tree[item as usize] {
            if next_to_b[neighbour as usize].is_none() {
                next_to_b[neighbour as usize] = Some(item);
                stack.push(neighbour);
            }
        }
    }
    let mut path = vec![a];
    let mut item = a;
    while item != b {
        item = next_to_b[item as usize]?;
        path.push(item);
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The weakest link of the widest path, by dynamic programming over all detours.
    fn max_bottleneck(n: usize, links: &[(u32, u32, f64)], a: u32, b: u32) -> f64 {
        let mut best = vec![vec![0.0f64; n]; n];
        for &(x, y, weight) in links {
            best[x as usize][y as usize] = weight.max(best[x as usize][y as usize]);
            best[y as usize][x as usize] = best[x as usize][y as usize];
        }
        for via in 0..n {
            for x in 0..n {
                for y in 0..n {
                    best[x][y] = best[x][y].max(best[x][via].min(best[via][y]));
                }
            }
        }
        best[a as usize][b as usize]
    }

    /// The strongest of the links between two items.
    fn max_weight(links: &[(u32, u32, f64)], pair: &[u32]) -> f64 {
        let between = links
            .iter()
            .filter(|link| [link.0, link.1] == pair || [link.1, link.0] == pair);
        between.map(|link| link.2).fold(0.0, f64::max)
    }

    proptest! {
        #[test]
        fn the_path_is_the_widest(
            links in proptest::collection::vec((0u32..9, 0u32..9, 1u32..100), 0..20)
        ) {
            let mut links: Vec<(u32, u32, f64)> =
                links.into_iter().map(|(x, y, weight)| (x, y, f64::from(weight))).collect();
            links.retain(|link| link.0 != link.1);
            let best = max_bottleneck(9, &links, 0, 1);
            let Some(path) = strongest_path(9, &links, 0, 1) else {
                prop_assert_eq!(best, 0.0);
                return Ok(());
            };
            prop_assert_eq!((path[0], path[path.len() - 1]), (0, 1));
            let weakest = path
                .windows(2)
                .map(|pair| max_weight(&links, pair))
                .fold(f64::INFINITY, f64::min);
            prop_assert_eq!(weakest, best);
        }
    }
}
