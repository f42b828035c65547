//! A set of shingles in, its MinHash signature out (Broder 1997): for each of k hash functions the least value over the
//! set. Two signatures agree in a place with the probability of the sets' Jaccard coefficient. O(k) a shingle.
//!
//! The family is `h_i(x) = a_i * x + b_i mod 2^32` with odd `a_i`, over the low 32 bits `x` of a shingle's hash; the
//! coefficients are the halves of SplitMix64's output from a seed (Steele, Lea and Flood 2014). It is all integer
//! arithmetic, so a signature is the same on every machine. Measured against ideal permutations its error is theirs to
//! two percent for sets of 8 to 1,000; one-permutation hashing with rotation, and double hashing, are not (DESIGN.md).

use crate::jaccard::Estimate;
use crate::shingle::ShingleSet;

/// k hash functions drawn from a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinHasher {
    factors: Vec<u32>,
    offsets: Vec<u32>,
}

impl MinHasher {
    /// `length` hash functions.
    pub fn new(length: usize, seed: u64) -> Self {
        let mut state = seed;
        let drawn: Vec<u64> = (0..length).map(|_| split_mix(&mut state)).collect();
        MinHasher {
            factors: drawn.iter().map(|&value| (value >> 32) as u32 | 1).collect(),
            offsets: drawn.iter().map(|&value| value as u32).collect(),
        }
    }

    /// The signature of a set. That of a set without shingles has the greatest value everywhere: keep it out of what
    /// compares signatures.
    pub fn signature(&self, set: &ShingleSet) -> Vec<u32> {
        let mut signature = Vec::new();
        self.sign(set.hashes().iter().copied(), &mut signature);
        signature
    }

    /// Replaces `signature` by that of the set of these hashes, which may recur.
    pub fn sign(&self, hashes: impl Iterator<Item = u64>, signature: &mut Vec<u32>) {
        signature.clear();
        signature.resize(self.factors.len(), u32::MAX);
        for hash in hashes {
            let x = hash as u32;
            for ((least, &factor), &offset) in signature.iter_mut().zip(&self.factors).zip(&self.offsets) {
                *least = (*least).min(factor.wrapping_mul(x).wrapping_add(offset));
            }
        }
    }
}

/// The share of places in which two signatures of the same hasher agree.
pub fn estimate(a: &[u32], b: &[u32]) -> Estimate {
    Estimate::from_agreement(a.iter().zip(b).filter(|(x, y)| x == y).count(), a.len().min(b.len()))
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(range: std::ops::Range<u64>, trial: u64) -> ShingleSet {
        ShingleSet::new(range.map(|element| split_mix(&mut (element ^ (trial << 32)))).collect())
    }

    #[test]
    fn split_mix_gives_its_published_first_value() {
        assert_eq!(split_mix(&mut 0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn known_signatures_never_change() {
        let hasher = MinHasher::new(4, 1);
        let signature = hasher.signature(&ShingleSet::new(vec![1, 2, 3]));
        let by_formula: Vec<u32> = (0..4)
            .map(|i| {
                (1..=3u32).map(|x| hasher.factors[i].wrapping_mul(x).wrapping_add(hasher.offsets[i])).min().unwrap()
            })
            .collect();
        assert_eq!(signature, by_formula);
        assert_eq!(by_formula, KNOWN);
    }

    const KNOWN: [u32; 4] = [437_029_550, 612_006_408, 3_840_753_195, 1_132_944_574];

    /// The mean over many pairs must lie within four standard errors of J, and the spread must be that of k
    /// independent permutations: sqrt(J (1 - J) / k) within a tenth.
    #[test]
    fn the_estimate_has_the_formulas_mean_and_spread() {
        let (k, trials) = (128, 2000u64);
        let hasher = MinHasher::new(k, 42);
        for (size, shared) in [(8u64, 5u64), (20, 10), (100, 30)] {
            let j = shared as f64 / (2 * size - shared) as f64;
            let errors: Vec<f64> = (0..trials)
                .map(|trial| {
                    let (a, b) = (set(0..size, trial), set(size - shared..2 * size - shared, trial));
                    estimate(&hasher.signature(&a), &hasher.signature(&b)).get() - j
                })
                .collect();
            let sigma = (j * (1.0 - j) / k as f64).sqrt();
            let mean = errors.iter().sum::<f64>() / trials as f64;
            let spread = (errors.iter().map(|e| e * e).sum::<f64>() / trials as f64).sqrt();
            assert!(mean.abs() < 4.0 * sigma / (trials as f64).sqrt(), "bias {mean} at size {size}");
            assert!((spread / sigma - 1.0).abs() < 0.1, "spread {spread} against {sigma} at size {size}");
        }
    }
}
