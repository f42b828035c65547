//! Weighted links in, the way between two items whose weakest link is the strongest out (Pollack
//! 1960): along a maximum spanning tree, built by Kruskal's rule. O(e log e).

use super::UnionFind;

/// The items from a to b, both among them; `None` if no way leads there. Of equal links that of the
/// lesser items comes first, so the way does not depend on their order.
pub fn strongest_path(n: usize, links: &[(u32, u32, f64)], a: u32, b: u32) -> Option<Vec<u32>> {
    let mut order: Vec<&(u32, u32, f64)> = links.iter().collect();
    order.sort_by(|x, y| {
        y.2.total_cmp(&x.2)
            .then_with(|| (x.0, x.1).cmp(&(y.0, y.1)))
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
    walk(&tree, a, b)
}

/// The one way through a tree.
fn walk(tree: &[Vec<u32>], a: u32, b: u32) -> Option<Vec<u32>> {
    let mut back = vec![None; tree.len()];
    let mut open = vec![b];
    back[b as usize] = Some(b);
    while let Some(at) = open.pop() {
        for &next in &tree[at as usize] {
            if back[next as usize].is_none() {
                back[next as usize] = Some(at);
                open.push(next);
            }
        }
    }
    back[a as usize]?;
    Some(
        std::iter::successors(Some(a), |&at| back[at as usize].filter(|&next| next != at))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The strongest bottleneck, by raising every pair's as long as a detour is stronger.
    fn bottleneck(n: usize, links: &[(u32, u32, f64)], a: u32, b: u32) -> f64 {
        let mut best = vec![vec![0.0f64; n]; n];
        for &(x, y, weight) in links {
            best[x as usize][y as usize] = weight.max(best[x as usize][y as usize]);
            best[y as usize][x as usize] = best[x as usize][y as usize];
        }
        for over in 0..n {
            for x in 0..n {
                for y in 0..n {
                    best[x][y] = best[x][y].max(best[x][over].min(best[over][y]));
                }
            }
        }
        best[a as usize][b as usize]
    }

    proptest! {
        #[test]
        fn the_way_is_as_strong_as_the_best(
            links in proptest::collection::vec((0u32..9, 0u32..9, 1u32..100), 0..20)
        ) {
            let links: Vec<(u32, u32, f64)> =
                links.into_iter().filter(|link| link.0 != link.1).map(|(x, y, w)| (x, y, f64::from(w))).collect();
            let best = bottleneck(9, &links, 0, 1);
            let Some(way) = strongest_path(9, &links, 0, 1) else {
                prop_assert_eq!(best, 0.0);
                return Ok(());
            };
            prop_assert_eq!((way[0], way[way.len() - 1]), (0, 1));
            let strongest = |pair: &[u32]| {
                let own = links.iter().filter(|link| [link.0, link.1] == pair || [link.1, link.0] == pair);
                own.map(|link| link.2).fold(0.0, f64::max)
            };
            let weakest = way.windows(2).map(strongest).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(weakest, best);
        }
    }
}
