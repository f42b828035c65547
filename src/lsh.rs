//! Signatures in, pairs worth comparing out: locality-sensitive hashing by bands (Indyk and Motwani
//! 1998; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3). Two items are a
//! pair if all rows of one band agree, which happens with the probability `1 - (1 - s^r)^b` for
//! sets of similarity s. A hash a band.

use xxhash_rust::xxh3::xxh3_64;

/// Two items that may be alike: a guess that only a verifier can turn into an edge. `a < b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidatePair {
    /// The row of the first item.
    pub a: u32,
    /// The row of the second item, greater than the first's.
    pub b: u32,
}

impl CandidatePair {
    /// The pair of two different items, in either order; `None` for an item with itself.
    pub fn new(a: u32, b: u32) -> Option<Self> {
        (a != b).then(|| CandidatePair {
            a: a.min(b),
            b: a.max(b),
        })
    }
}

/// How a signature is cut into bands of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banding {
    /// How many bands: more find more pairs.
    pub bands: usize,
    /// How many rows a band: more make it stricter.
    pub rows: usize,
}

/// A pair at the threshold itself is missed at most this often.
const MISSES_AT_THRESHOLD: f64 = 0.005;

impl Banding {
    /// The strictest banding of at most `length` rows that still finds a pair of the threshold's
    /// similarity with a probability of .995, so that few pairs are compared in vain.
    pub fn for_threshold(threshold: f64, length: usize) -> Self {
        (1..=length)
            .rev()
            .map(|rows| Banding {
                bands: length / rows,
                rows,
            })
            .find(|banding| 1.0 - banding.probability(threshold) <= MISSES_AT_THRESHOLD)
            .unwrap_or(Banding {
                bands: length,
                rows: 1,
            })
    }

    /// The probability that two sets of this Jaccard coefficient become a pair.
    pub fn probability(&self, jaccard: f64) -> f64 {
        1.0 - (1.0 - jaccard.powi(self.rows as i32)).powi(self.bands as i32)
    }
}

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

/// The pairs, each once, and how many buckets were so crowded that representatives stood for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The pairs, in an order that depends on nothing but them.
    pub pairs: Vec<CandidatePair>,
    /// How many buckets held more than [`CROWD`] items.
    pub crowded: usize,
}

impl Banding {
    /// The key of each band of a signature: two items are a pair if they agree in one at the same
    /// place.
    pub fn keys(self, signature: &[u32]) -> impl Iterator<Item = u32> {
        signature
            .chunks_exact(self.rows)
            .take(self.bands)
            .map(band_key)
    }
}

/// Arbitrary bits, so that neither factor of a product is likely to be 0.
const MASKS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

#[inline]
fn band_key(rows: &[u32]) -> u32 {
    if let &[a, b, c, d] = rows {
        // The common banding, in one multiplication whose halves are folded.
        let factors = [
            (u64::from(a) << 32 | u64::from(b)) ^ MASKS[0],
            (u64::from(c) << 32 | u64::from(d)) ^ MASKS[1],
        ];
        let product = u128::from(factors[0]) * u128::from(factors[1]);
        return (product ^ product >> 64) as u32;
    }
    hash_of(rows)
}

/// The key of a band of any number of rows.
#[cold]
fn hash_of(rows: &[u32]) -> u32 {
    let mut bytes = [0u8; 64];
    if rows.len() * 4 > bytes.len() {
        let long: Vec<u8> = rows.iter().flat_map(|row| row.to_le_bytes()).collect();
        return xxh3_64(&long) as u32;
    }
    for (slot, row) in bytes.chunks_exact_mut(4).zip(rows) {
        slot.copy_from_slice(&row.to_le_bytes());
    }
    xxh3_64(&bytes[..rows.len() * 4]) as u32
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
    use crate::minhash::MinHasher;
    use crate::shingle::ShingleSet;

    #[test]
    fn thresholds_give_their_bandings() {
        assert_eq!(
            Banding::for_threshold(0.7, 128),
            Banding { bands: 32, rows: 4 }
        );
        assert_eq!(
            Banding::for_threshold(0.5, 128),
            Banding { bands: 42, rows: 3 }
        );
        assert_eq!(
            Banding::for_threshold(1.0, 128),
            Banding {
                bands: 1,
                rows: 128
            }
        );
        assert_eq!(
            Banding::for_threshold(0.01, 128),
            Banding {
                bands: 128,
                rows: 1
            }
        );
    }

    /// The share of pairs found must lie within four standard errors of 1 - (1 - s^r)^b.
    #[test]
    fn pairs_are_found_as_often_as_the_curve_says() {
        let (trials, size) = (4000u64, 60u64);
        let banding = Banding { bands: 16, rows: 4 };
        let hasher = MinHasher::new(64, 7);
        for shared in [20u64, 35, 45, 55] {
            let jaccard = shared as f64 / (2 * size - shared) as f64;
            let sets: Vec<ShingleSet> = (0..trials)
                .flat_map(|trial| [(0, trial), (size - shared, trial)])
                .map(|(start, trial)| {
                    let hash = |element: u64| xxh3_64(&(element + (trial << 32)).to_le_bytes());
                    ShingleSet::new((start..start + size).map(hash).collect())
                })
                .collect();
            let keys: Vec<Vec<u32>> = sets
                .iter()
                .map(|set| banding.keys(&hasher.signature(set)).collect())
                .collect();
            let agree = |pair: &[Vec<u32>]| pair[0].iter().zip(&pair[1]).any(|(x, y)| x == y);
            let found = keys.chunks_exact(2).filter(|pair| agree(pair)).count() as f64;
            let expected = banding.probability(jaccard);
            let error = 4.0 * (expected * (1.0 - expected) / trials as f64).sqrt() + 1e-9;
            assert!(
                (found / trials as f64 - expected).abs() <= error,
                "{found} of {trials} at {jaccard}"
            );
        }
    }

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
