//! The cohesion of groups: the minimum similarity of two items, and the density of the edges.
//!
//! Input: a group and a measure of pairs. Output: the measures. Pairs of an oversized bucket are
//! not all verified, so a group of more than [`COHESION_SAMPLE`] items is measured on a sample.
//! Cost: at most 2,016 verifications per group.

use crate::ids::CandidatePair;
use crate::verify::{DuplicateVerifier, Fingerprint};

/// Maximum number of items of a group that cohesion is measured on.
pub(super) const COHESION_SAMPLE: usize = 64;

/// Groups with a lower density are low-density groups.
const MIN_DENSITY: f64 = 0.5;

/// The items of a group that its cohesion is measured on, evenly spaced.
pub(super) fn cohesion_sample(group: &[u32]) -> Vec<u32> {
    let count = group.len().min(COHESION_SAMPLE);
    (0..count)
        .map(|place| group[place * group.len() / count])
        .collect()
}

/// The number of low-density groups among those of more than [`COHESION_SAMPLE`] items.
/// `links_among` gives the number of pairs of items that are edges.
///
/// # Errors
/// The first error of `links_among`.
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
    let mut count = 0;
    for group in items.chunk_by(|x, y| root(x) == root(y)) {
        let sample = cohesion_sample(group);
        let density = density(links_among(&sample)?, sample.len());
        count += usize::from(density.is_some_and(is_low_density));
    }
    Ok(count)
}

/// The size of each group, by root.
pub(super) fn sizes(roots: &[u32]) -> Vec<usize> {
    let mut sizes = vec![0; roots.len()];
    for &root in roots {
        sizes[root as usize] += 1;
    }
    sizes
}

/// The share of the pairs of `items` items that are edges, in 0..=1; `None` for fewer than two
/// items.
pub(super) fn density(links: usize, items: usize) -> Option<f64> {
    let pairs = items * items.saturating_sub(1) / 2;
    (pairs > 0).then(|| links as f64 / pairs as f64)
}

/// Whether fewer than half of the pairs are edges.
pub(super) fn is_low_density(density: f64) -> bool {
    density < MIN_DENSITY
}

/// The number of duplicate pairs among items, given their fingerprints.
pub(crate) fn count_duplicate_pairs(
    fingerprints: &[&Fingerprint],
    verifier: &DuplicateVerifier,
) -> usize {
    // The edges are only counted, so any pair of ids serves.
    const ANY: CandidatePair = CandidatePair { a: 0, b: 1 };
    pairs(fingerprints)
        .filter(|(a, b)| verifier.verify(ANY, a, b).is_some())
        .count()
}

/// The minimum similarity of two of `items`; 1 for one item.
pub(super) fn min_over_pairs(items: &[u32], similarity: impl Fn(u32, u32) -> f64) -> f64 {
    let similarities = pairs(items).map(|(a, b)| similarity(a, b));
    similarities.fold(1.0, f64::min)
}

/// All pairs of `items`.
pub(super) fn pairs<T: Copy>(items: &[T]) -> impl Iterator<Item = (T, T)> + '_ {
    let places = items.iter().enumerate();
    places.flat_map(|(place, &a)| items[..place].iter().map(move |&b| (a, b)))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn a_sample_is_evenly_spaced() {
        let group: Vec<u32> = (0..200).map(|item| 3 * item).collect();
        let sample = cohesion_sample(&group);
        assert_eq!(sample.len(), COHESION_SAMPLE);
        assert_eq!(sample[..3], [0, 9, 18]);
        assert!(sample.is_sorted() && sample[COHESION_SAMPLE - 1] > 580);
        assert_eq!(cohesion_sample(&group[..5]), group[..5]);
    }

    /// The samples that are measured, and the number of low-density groups.
    fn measured(roots: &[u32], links: usize) -> (Vec<Vec<u32>>, usize) {
        let samples: RefCell<Vec<Vec<u32>>> = RefCell::default();
        let links_among = |items: &[u32]| {
            samples.borrow_mut().push(items.to_vec());
            Ok::<_, Infallible>(links)
        };
        let Ok(count) = count_low_density_groups(roots, links_among);
        (samples.into_inner(), count)
    }

    #[test]
    fn groups_above_the_sample_size_are_measured_on_a_sample() {
        let mut roots = vec![0; 65];
        roots.extend([65; 64]);
        let (samples, count) = measured(&roots, 0);
        assert_eq!((samples.len(), count), (1, 1));
        assert!(samples[0].iter().all(|&item| item < 65));
        assert_eq!(measured(&roots, COHESION_SAMPLE * COHESION_SAMPLE).1, 0);
        assert_eq!(measured(&roots[1..65], 0), (Vec::new(), 0));
    }

    #[test]
    fn half_of_the_pairs_are_no_low_density() {
        let is_low = |links: usize, items: usize| density(links, items).map(is_low_density);
        assert_eq!(
            [is_low(3, 4), is_low(2, 4), is_low(0, 1)],
            [Some(false), Some(true), None]
        );
    }
}
