//! A set of shingles in, its MinHash signature out (Broder 1997): for each of k hash functions the least value over the
//! set. Two signatures agree in a place with the probability of the sets' Jaccard coefficient. O(k) a shingle.
//!
//! The family is `h_i(x) = a_i * x + b_i mod 2^32` with odd `a_i`, over the low 32 bits `x` of a shingle's hash; the
//! coefficients are the halves of SplitMix64's output from a seed (Steele, Lea and Flood 2014). It is all integer
//! arithmetic, so a signature is the same on every machine. Measured against ideal permutations its error is theirs to
//! two percent for sets of 8 to 1,000; one-permutation hashing with rotation, and double hashing, are not (DESIGN.md).

use pulp::{Arch, Simd, WithSimd};

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

    /// How many hash functions there are, and values in a signature.
    pub fn length(&self) -> usize {
        self.factors.len()
    }

    /// The signature of a set. That of a set without shingles has the greatest value everywhere: keep it out of what
    /// compares signatures.
    pub fn signature(&self, set: &ShingleSet) -> Vec<u32> {
        let mut signature = vec![0; self.length()];
        self.sign_into(set.hashes(), &mut signature);
        signature
    }

    /// Writes the signature of the set of these hashes, in any order and as often as they come, in place of what there
    /// was. Of a shorter slice only the first functions are asked.
    ///
    /// The widest vectors that the processor has are used, with the same result on all.
    ///
    /// ```
    /// use qissa::minhash::MinHasher;
    /// use qissa::shingle::ShingleSet;
    /// let hasher = MinHasher::new(128, 42);
    /// let mut signature = [0; 128];
    /// hasher.sign_into(&[3, 1, 2, 2], &mut signature);
    /// assert_eq!(signature, *hasher.signature(&ShingleSet::new(vec![1, 2, 3])));
    /// ```
    pub fn sign_into(&self, hashes: &[u64], signature: &mut [u32]) {
        Arch::new().dispatch(Sign { hasher: self, hashes, signature });
    }
}

/// So many functions are asked about all hashes before the next are: their least values stay in registers.
const LANES: usize = 32;

/// One signature to make, in code that the compiler makes once for each kind of vectors.
struct Sign<'a> {
    hasher: &'a MinHasher,
    hashes: &'a [u64],
    signature: &'a mut [u32],
}

impl WithSimd for Sign<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (blocks, rest) = self.signature.as_chunks_mut::<LANES>();
        let (factors, last_factors) = self.hasher.factors.as_chunks::<LANES>();
        let (offsets, last_offsets) = self.hasher.offsets.as_chunks::<LANES>();
        for ((least, factors), offsets) in blocks.iter_mut().zip(factors).zip(offsets) {
            *least = least_of(self.hashes, *factors, *offsets);
        }
        for ((least, &factor), &offset) in rest.iter_mut().zip(last_factors).zip(last_offsets) {
            [*least] = least_of(self.hashes, [factor], [offset]);
        }
    }
}

/// Of each function the least value.
#[inline(always)]
fn least_of<const N: usize>(hashes: &[u64], factors: [u32; N], offsets: [u32; N]) -> [u32; N] {
    let mut least = [u32::MAX; N];
    for &hash in hashes {
        for place in 0..N {
            let value = factors[place].wrapping_mul(hash as u32).wrapping_add(offsets[place]);
            least[place] = least[place].min(value);
        }
    }
    least
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

    fn plain(hasher: &MinHasher, hashes: &[u64]) -> Vec<u32> {
        let value = |hash: u64, i: usize| hasher.factors[i].wrapping_mul(hash as u32).wrapping_add(hasher.offsets[i]);
        (0..hasher.length()).map(|i| hashes.iter().map(|&hash| value(hash, i)).min().unwrap_or(u32::MAX)).collect()
    }

    #[test]
    fn every_kind_of_vectors_gives_the_plain_signature() {
        let mut state = 5;
        for length in (1..=130).chain([255, 256]) {
            let hasher = MinHasher::new(length, 9);
            let hashes: Vec<u64> = (0..length % 37).map(|_| split_mix(&mut state)).collect();
            let expected = plain(&hasher, &hashes);
            for arch in [Arch::new(), Arch::Scalar] {
                let mut signature = vec![7; length];
                arch.dispatch(Sign { hasher: &hasher, hashes: &hashes, signature: &mut signature });
                assert_eq!(signature, expected, "{length} values with {arch:?}");
            }
        }
    }

    #[test]
    fn a_known_signature_of_usual_length_never_changes() {
        let mut state = 1;
        let set = ShingleSet::new((0..400).map(|_| split_mix(&mut state)).collect());
        let bytes: Vec<u8> =
            MinHasher::new(128, 42).signature(&set).iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), KNOWN_128);
    }

    const KNOWN_128: u64 = 2_886_244_831_152_985_567;

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
