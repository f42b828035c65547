//! A group in, how tight it is out: the least likeness of two of its items, and the share of its
//! pairs that are linked. The pairs of a crowd are not all compared, so it is judged by a few of
//! its items. At most 2,016 comparisons a group.

use crate::ids::CandidatePair;
use crate::verify::{DuplicateVerifier, Fingerprint};

/// A group is judged by at most so many of its items.
pub(super) const COHESION_SAMPLE: usize = 64;

/// The items by which a group is judged, spread evenly over it.
pub(super) fn cohesion_sample(group: &[u32]) -> Vec<u32> {
    let count = group.len().min(COHESION_SAMPLE);
    (0..count)
        .map(|place| group[place * group.len() / count])
        .collect()
}

/// How many of the groups that are too large to be judged by all of their items are loose;
/// `links_among` tells how many pairs of some items are linked.
///
/// # Errors
/// The first of those who tell.
pub(crate) fn count_low_density_groups<E>(
    roots: &[u32],
    links_among: impl Fn(&[u32]) -> Result<usize, E>,
) -> Result<usize, E> {
    let sizes = sizes(roots);
    let root = |item: &u32| roots[*item as usize];
    let mut items: Vec<u32> = (0..roots.len() as u32)
        .filter(|item| sizes[root(item) as usize] > COHESION_SAMPLE)
        .collect();
    items.sort_by_key(root);
    let mut loose = 0;
    for crowd in items.chunk_by(|x, y| root(x) == root(y)) {
        let judged = cohesion_sample(crowd);
        loose +=
            usize::from(density(links_among(&judged)?, judged.len()).is_some_and(is_low_density));
    }
    Ok(loose)
}

/// How many items have each root.
pub(super) fn sizes(roots: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0; roots.len()];
    roots.iter().for_each(|&root| sizes[root as usize] += 1);
    sizes
}

/// The share of the pairs of so many items that are linked; none, if the items make no pair.
pub(super) fn density(links: usize, items: usize) -> Option<f64> {
    let pairs = items * items.saturating_sub(1) / 2;
    (pairs > 0).then(|| links as f64 / pairs as f64)
}

/// Whether fewer than half of the pairs are linked.
pub(super) fn is_low_density(density: f64) -> bool {
    density < 0.5
}

/// How many pairs of items are copies, by the prints of all.
pub(crate) fn count_duplicate_pairs<'p>(
    prints: &[&'p Fingerprint],
    verifier: &DuplicateVerifier,
) -> usize {
    let is_copy =
        |&(a, b): &(&'p Fingerprint, &'p Fingerprint)| verifier.verify(ANY, a, b).is_some();
    pairs(prints).filter(is_copy).count()
}

/// The least likeness of two of some items; 1 for one alone.
pub(super) fn min_over_pairs(items: &[u32], alike: impl Fn(u32, u32) -> f64) -> f64 {
    pairs(items).map(|(a, b)| alike(a, b)).fold(1.0, f64::min)
}

/// A pair of which only the texts matter.
const ANY: CandidatePair = CandidatePair { a: 0, b: 1 };

/// All pairs of some items.
pub(super) fn pairs<T: Copy>(items: &[T]) -> impl Iterator<Item = (T, T)> + '_ {
    items
        .iter()
        .enumerate()
        .flat_map(|(place, &a)| items[..place].iter().map(move |&b| (a, b)))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn the_judged_are_spread_over_the_group() {
        let group: Vec<u32> = (0..200).map(|item| 3 * item).collect();
        let found = cohesion_sample(&group);
        assert_eq!(found.len(), COHESION_SAMPLE);
        assert_eq!(found[..3], [0, 9, 18]);
        assert!(found.windows(2).all(|two| two[0] < two[1]) && found[COHESION_SAMPLE - 1] > 580);
        assert_eq!(cohesion_sample(&group[..5]), group[..5]);
    }

    #[test]
    fn only_crowds_are_judged_by_a_few() {
        let mut roots = vec![0; 65];
        roots.extend([65; 64]);
        let ask = |roots: &[u32], links: usize| {
            let found: RefCell<Vec<Vec<u32>>> = RefCell::default();
            let links_among = |items: &[u32]| {
                found.borrow_mut().push(items.to_vec());
                Ok::<_, Infallible>(links)
            };
            let Ok(loose) = count_low_density_groups(roots, links_among);
            (found.into_inner(), loose)
        };
        let (found, loose) = ask(&roots, 0);
        assert_eq!((found.len(), loose), (1, 1));
        assert!(found[0].iter().all(|&item| item < 65));
        assert_eq!(ask(&roots, COHESION_SAMPLE * COHESION_SAMPLE).1, 0);
        assert_eq!(ask(&roots[1..65], 0), (Vec::new(), 0));
    }

    #[test]
    fn half_of_the_pairs_are_enough() {
        let is_low_density = |links: usize, items: usize| density(links, items).map(is_low_density);
        assert_eq!(
            [
                is_low_density(3, 4),
                is_low_density(2, 4),
                is_low_density(0, 1)
            ],
            [Some(false), Some(true), None]
        );
    }
}
