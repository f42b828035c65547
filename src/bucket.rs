//! The bucket policy: which texts of a bucket are compared.
//!
//! Input: the texts under one key. Output: pairs. All pairs of a bucket of at most [`CROWD`] texts;
//! in a larger one each text with a few representatives, so that the cost stays linear.

use crate::ids::CandidatePair;

/// Buckets of more items than this are compared by representatives.
pub const CROWD: usize = 64;

/// How many representatives stand for a crowded bucket.
pub const REPRESENTATIVES: usize = 8;

/// A bucket of more items than this has fewer of them: its items meet in many such, in each with
/// others.
pub const MULTITUDE: usize = 512;

/// How many of so many items of a bucket meet all of it; the others meet these.
pub fn representatives(size: usize) -> usize {
    match size {
        0..=CROWD => size,
        _ if size <= MULTITUDE => REPRESENTATIVES,
        _ => 2,
    }
}

/// The pairs of the items of a bucket. A crowded one gives each item with each representative and
/// with its neighbour: fewer pairs, but every item keeps one. Rows are in an order of their own, so
/// which stand for the others does not depend on the input's.
pub fn bucket_pairs(bucket: &[u32]) -> impl Iterator<Item = CandidatePair> {
    let met = representatives(bucket.len());
    bucket.iter().enumerate().flat_map(move |(place, &item)| {
        let others = place.min(met);
        let neighbour = place.checked_sub(1).filter(|&before| before >= others);
        (0..others)
            .chain(neighbour)
            .filter_map(move |other| CandidatePair::new(bucket[other], item))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_all_its_pairs() {
        let pairs: Vec<_> = bucket_pairs(&[2, 4, 7])
            .map(|pair| (pair.a, pair.b))
            .collect();
        assert_eq!(pairs, [(2, 4), (2, 7), (4, 7)]);
    }

    #[test]
    fn a_crowd_is_never_dropped() {
        let crowd: Vec<u32> = (0..1000).collect();
        let pairs: Vec<CandidatePair> = bucket_pairs(&crowd).collect();
        assert!(pairs.len() < 4 * 1000);
        for id in 1..1000 {
            assert!(
                pairs.contains(&CandidatePair { a: 0, b: id }),
                "{id} lost its representative"
            );
        }
    }
}
