//! Bucket policy: which members of a bucket are compared.
//!
//! Input: the size of a bucket (the texts with one blocking key, or the items of one text). Output:
//! pairs of places in the bucket. The order of members does not depend on the input, so a bucket
//! has the same representatives in a batch, on disk, in a sorted stream and in an index.
//!
//! | Size | Compared |
//! | --- | --- |
//! | up to [`MAX_BUCKET`] | all pairs |
//! | up to [`HUGE_BUCKET`] | each member with the first [`REPRESENTATIVES`] |
//! | more | each member with the first [`FEW_REPRESENTATIVES`] |
//!
//! Cost: linear in the size of an oversized bucket.

use std::ops::Range;

use crate::ids::{CandidatePair, DenseId};

/// Buckets of more than `MAX_BUCKET` members are compared by representatives.
pub const MAX_BUCKET: usize = 64;

/// Buckets of more than `HUGE_BUCKET` members have [`FEW_REPRESENTATIVES`]: members of a huge
/// bucket collide in many huge buckets with different representatives.
pub const HUGE_BUCKET: usize = 512;

/// Number of representatives of a bucket of more than [`MAX_BUCKET`] members.
pub const REPRESENTATIVES: usize = 8;

/// Number of representatives of a bucket of more than [`HUGE_BUCKET`] members.
pub const FEW_REPRESENTATIVES: usize = 2;

/// How the members of a bucket are compared.
///
/// ```
/// use qissa::bucket::BucketPolicy;
///
/// assert_eq!(BucketPolicy::of(64), BucketPolicy::AllPairs);
/// assert_eq!(BucketPolicy::of(65).partners_before(40), 0..8);
/// assert_eq!(BucketPolicy::of(513).partners_before(40), 0..2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketPolicy {
    /// All pairs of members.
    AllPairs,
    /// Each member with the first `n` members, the representatives.
    Representatives(usize),
}

impl BucketPolicy {
    /// The policy of a bucket of `size` members.
    #[inline]
    pub fn of(size: usize) -> Self {
        match size {
            0..=MAX_BUCKET => BucketPolicy::AllPairs,
            _ if size <= HUGE_BUCKET => BucketPolicy::Representatives(REPRESENTATIVES),
            _ => BucketPolicy::Representatives(FEW_REPRESENTATIVES),
        }
    }

    /// Whether the bucket is compared by representatives.
    pub fn is_oversized(self) -> bool {
        self != BucketPolicy::AllPairs
    }

    /// Number of representatives of a bucket of `size` members; `size` under
    /// [`BucketPolicy::AllPairs`].
    #[inline]
    pub fn representatives(self, size: usize) -> usize {
        match self {
            BucketPolicy::AllPairs => size,
            BucketPolicy::Representatives(count) => count,
        }
    }

    /// The places before `place` that the member at `place` is compared with. Over all places of a
    /// bucket, every pair comes once.
    #[inline]
    pub fn partners_before(self, place: usize) -> Range<usize> {
        0..self.representatives(place).min(place)
    }

    /// All places that the member at `place` of a bucket of `size` members is compared with. The
    /// partners of a representative include `place`.
    #[inline]
    pub fn partners(self, place: usize, size: usize) -> Range<usize> {
        let representatives = self.representatives(size);
        0..if place < representatives {
            size
        } else {
            representatives
        }
    }
}

/// The pairs of a bucket of equal members. In an oversized bucket, a member is paired with each
/// representative and with the preceding member: if a cannot-link forbids a pair, the member has a
/// second pair.
pub fn bucket_pairs<I: DenseId>(bucket: &[I]) -> impl Iterator<Item = CandidatePair<I>> {
    let policy = BucketPolicy::of(bucket.len());
    (0..bucket.len()).flat_map(move |place| {
        let partners = policy.partners_before(place);
        let predecessor = place
            .checked_sub(1)
            .filter(|before| !partners.contains(before));
        partners
            .chain(predecessor)
            .filter_map(move |partner| CandidatePair::new(bucket[partner], bucket[place]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bucket_gives_all_pairs() {
        let pairs: Vec<_> = bucket_pairs(&[2u32, 4, 7])
            .map(|pair| (pair.a, pair.b))
            .collect();
        assert_eq!(pairs, [(2, 4), (2, 7), (4, 7)]);
    }

    #[test]
    fn each_member_of_an_oversized_bucket_is_paired_with_a_representative() {
        let bucket: Vec<u32> = (0..1000).collect();
        let pairs: Vec<CandidatePair> = bucket_pairs(&bucket).collect();
        assert!(pairs.len() < 4 * 1000);
        for id in 1..1000 {
            assert!(
                pairs.contains(&CandidatePair { a: 0, b: id }),
                "{id} is not paired with the first representative"
            );
        }
    }

    #[test]
    fn partners_of_a_place_are_the_pairs_it_is_in() {
        for size in [1, 64, 65, 512, 513, 600] {
            let policy = BucketPolicy::of(size);
            for place in 0..size {
                let after = (place + 1..size)
                    .filter(|&later| policy.partners_before(later).contains(&place));
                let pairs = policy.partners_before(place).len() + after.count();
                let itself = usize::from(policy.partners(place, size).contains(&place));
                assert_eq!(policy.partners(place, size).len(), pairs + itself);
            }
        }
    }
}
