//! Banding of MinHash signatures: locality-sensitive hashing for Jaccard similarity (Indyk and
//! Motwani 1998; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).
//!
//! Input: a signature. Output: one key per band. Two sets of similarity `s` share a key with the
//! probability
//!
//! ```text
//! 1 - (1 - s^rows)^bands
//! ```
//!
//! Cost: one hash per band.

use xxhash_rust::xxh3::xxh3_64;

/// How a signature is cut into bands of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banding {
    /// Number of bands: more bands find more pairs.
    pub bands: usize,
    /// Rows per band: more rows find fewer pairs.
    pub rows: usize,
}

/// Maximal probability that a pair at the threshold is missed.
const MISSES_AT_THRESHOLD: f64 = 0.005;

impl Banding {
    /// The banding of at most `length` rows with the most rows per band that finds a pair at
    /// `threshold` with a probability of at least .995.
    pub fn for_threshold(threshold: f64, length: usize) -> Self {
        for rows in (1..=length).rev() {
            let banding = Banding {
                bands: length / rows,
                rows,
            };
            if 1.0 - banding.probability(threshold) <= MISSES_AT_THRESHOLD {
                return banding;
            }
        }
        Banding {
            bands: length,
            rows: 1,
        }
    }

    /// The probability that two sets with the given Jaccard coefficient share a key.
    pub fn probability(&self, jaccard: f64) -> f64 {
        1.0 - (1.0 - jaccard.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// The key of each band of a signature.
    pub fn keys(self, signature: &[u32]) -> impl Iterator<Item = u32> {
        signature
            .chunks_exact(self.rows)
            .take(self.bands)
            .map(band_key)
    }
}

/// Arbitrary bits: a factor of the product is unlikely to be 0.
const MASKS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

#[inline]
fn band_key(rows: &[u32]) -> u32 {
    if let &[a, b, c, d] = rows {
        // The common banding: one folded multiplication.
        let factors = [
            (u64::from(a) << 32 | u64::from(b)) ^ MASKS[0],
            (u64::from(c) << 32 | u64::from(d)) ^ MASKS[1],
        ];
        let product = u128::from(factors[0]) * u128::from(factors[1]);
        return (product ^ product >> 64) as u32;
    }
    hash_rows(rows)
}

/// The key of a band of any length.
#[cold]
fn hash_rows(rows: &[u32]) -> u32 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::MinHasher;
    use crate::sets::ShingleSet;

    #[test]
    fn bandings_of_thresholds() {
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

    /// The share of pairs found is within four standard errors of `Banding::probability`.
    #[test]
    fn recall_follows_the_formula() {
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
}
