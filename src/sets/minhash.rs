//! A set of shingles in, its MinHash signature out (Broder 1997): for each of k hash functions the
//! least value over the set. Two signatures agree in a place with the probability of the sets'
//! Jaccard coefficient. O(k) a shingle.
//!
//! The family is `h(x) = (a x mod 2^32) ^ m` with odd `a`, over the low 32 bits `x` of a shingle's
//! hash. Each factor `a` serves four functions, whose masks `m` are 0, a third of the range, and
//! the complements of both. The least value under a complement is the greatest under the mask, so
//! that four functions take one multiplication, one exclusive or and two comparisons each way.
//! Least and greatest of one order seldom are the same shingle, so they err less than two orders do
//! (Ji, Li, Yan, Zhang and Tian 2013); of four values the spread is .86 of that of four ideal
//! permutations for sets of 8 shingles, .94 for 20, .99 for 100. Factors are the upper halves of
//! SplitMix64's output from a seed (Steele, Lea and Flood 2014). It is all integer arithmetic, so a
//! signature is the same on every machine.

use pulp::{Arch, Simd, WithSimd};

use crate::sets::Estimate;
use crate::sets::ShingleSet;

/// k hash functions drawn from a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinHasher {
    length: usize,
    /// Of each block of functions.
    factors: Vec<[u32; FACTORS]>,
}

/// So many factors are multiplied with all hashes before the next are: their least and greatest
/// values stay in registers.
const FACTORS: usize = 16;

/// The functions of a block: those of mask 0, of its complement, of [`THIRD`], and of that mask's
/// complement.
const BLOCK: usize = 4 * FACTORS;

/// The values nearest to it are far from both ends of the range.
const THIRD: u32 = 0x5555_5555;

impl MinHasher {
    /// `length` hash functions.
    pub fn new(length: usize, seed: u64) -> Self {
        let mut state = seed;
        let mut factor = || (split_mix(&mut state) >> 32) as u32 | 1;
        let factors = (0..length.div_ceil(BLOCK))
            .map(|_| std::array::from_fn(|_| factor()))
            .collect();
        MinHasher { length, factors }
    }

    /// How many hash functions there are, and values in a signature.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The signature of a set. That of a set without shingles has the greatest value everywhere:
    /// keep it out of what compares signatures.
    pub fn signature(&self, set: &ShingleSet) -> Vec<u32> {
        let mut signature = vec![0; self.length()];
        self.sign_into(set.hashes(), &mut signature);
        signature
    }

    /// Writes the signature of the set of these hashes, in any order and as often as they come, in
    /// place of what there was. Of a shorter slice only the first functions are asked.
    ///
    /// The widest vectors that the processor has are used, with the same result on all.
    ///
    /// ```
    /// use qissa::sets::MinHasher;
    /// use qissa::sets::ShingleSet;
    /// let hasher = MinHasher::new(128, 42);
    /// let mut signature = [0; 128];
    /// hasher.sign_into(&[3, 1, 2, 2], &mut signature);
    /// assert_eq!(signature, *hasher.signature(&ShingleSet::new(vec![1, 2, 3])));
    /// ```
    pub fn sign_into(&self, hashes: &[u64], signature: &mut [u32]) {
        Arch::new().dispatch(Sign {
            hasher: self,
            hashes,
            signature,
        });
    }
}

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
        for (values, factors) in self.signature.chunks_mut(BLOCK).zip(&self.hasher.factors) {
            let least = least_of(self.hashes, *factors);
            values.copy_from_slice(&least.as_flattened()[..values.len()]);
        }
    }
}

/// Of each function of a block the least value, mask by mask.
#[inline(always)]
fn least_of(hashes: &[u64], factors: [u32; FACTORS]) -> [[u32; FACTORS]; 4] {
    let (mut least, mut greatest) = ([[u32::MAX; FACTORS]; 2], [[0; FACTORS]; 2]);
    for &hash in hashes {
        for at in 0..FACTORS {
            let value = factors[at].wrapping_mul(hash as u32);
            let turned = value ^ THIRD;
            least[0][at] = least[0][at].min(value);
            greatest[0][at] = greatest[0][at].max(value);
            least[1][at] = least[1][at].min(turned);
            greatest[1][at] = greatest[1][at].max(turned);
        }
    }
    let [under_none, under_third] = greatest.map(|values| values.map(|value| !value));
    [least[0], under_none, least[1], under_third]
}

/// The share of places in which two signatures of the same hasher agree.
pub fn estimate(a: &[u32], b: &[u32]) -> Estimate {
    Estimate::from_agreement(
        a.iter().zip(b).filter(|(x, y)| x == y).count(),
        a.len().min(b.len()),
    )
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
        ShingleSet::new(
            range
                .map(|element| split_mix(&mut (element ^ (trial << 32))))
                .collect(),
        )
    }

    #[test]
    fn split_mix_gives_its_published_first_value() {
        assert_eq!(split_mix(&mut 0), 0xe220_a839_7b1d_cdaf);
    }

    /// The family's formula, function by function.
    fn plain(hasher: &MinHasher, hashes: &[u64]) -> Vec<u32> {
        let masks = [0, u32::MAX, 0x5555_5555, 0xaaaa_aaaa];
        let value = |hash: u64, at: usize| {
            let factor = hasher.factors[at / 64][at % 16];
            factor.wrapping_mul(hash as u32) ^ masks[at % 64 / 16]
        };
        (0..hasher.length())
            .map(|at| {
                hashes
                    .iter()
                    .map(|&hash| value(hash, at))
                    .min()
                    .unwrap_or(u32::MAX)
            })
            .collect()
    }

    #[test]
    fn known_signatures_never_change() {
        let hasher = MinHasher::new(49, 1);
        let signature = hasher.signature(&ShingleSet::new(vec![1, 2, 3]));
        assert_eq!(signature, plain(&hasher, &[1, 2, 3]));
        assert_eq!([0, 16, 32, 48].map(|at| signature[at]), KNOWN);
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
                arch.dispatch(Sign {
                    hasher: &hasher,
                    hashes: &hashes,
                    signature: &mut signature,
                });
                assert_eq!(signature, expected, "{length} values with {arch:?}");
            }
        }
    }

    #[test]
    fn a_known_signature_of_usual_length_never_changes() {
        let mut state = 1;
        let set = ShingleSet::new((0..400).map(|_| split_mix(&mut state)).collect());
        let bytes: Vec<u8> = MinHasher::new(128, 42)
            .signature(&set)
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        assert_eq!(xxhash_rust::xxh3::xxh3_64(&bytes), KNOWN_128);
    }

    const KNOWN_128: u64 = 11_145_952_428_736_075_423;

    const KNOWN: [u32; 4] = [571_759_578, 1_289_844_280, 2_000_752_271, 431_235_949];

    /// The mean over many pairs must lie within four standard errors of J, and the spread must be
    /// that of k independent permutations, sqrt(J (1 - J) / k), or for few shingles up to a
    /// fifth less.
    #[test]
    fn the_estimate_has_the_formulas_mean_and_spread() {
        let (k, trials) = (128, 2000u64);
        let hasher = MinHasher::new(k, 42);
        for (size, shared) in [(8u64, 5u64), (20, 10), (100, 30)] {
            let j = shared as f64 / (2 * size - shared) as f64;
            let errors: Vec<f64> = (0..trials)
                .map(|trial| {
                    let (a, b) = (
                        set(0..size, trial),
                        set(size - shared..2 * size - shared, trial),
                    );
                    estimate(&hasher.signature(&a), &hasher.signature(&b)).get() - j
                })
                .collect();
            let sigma = (j * (1.0 - j) / k as f64).sqrt();
            let mean = errors.iter().sum::<f64>() / trials as f64;
            let spread = (errors.iter().map(|e| e * e).sum::<f64>() / trials as f64).sqrt();
            assert!(
                mean.abs() < 4.0 * sigma / (trials as f64).sqrt(),
                "bias {mean} at size {size}"
            );
            assert!(
                (0.8..1.05).contains(&(spread / sigma)),
                "spread {spread} against {sigma} at size {size}"
            );
        }
    }
}
