//! Bitmap filter (Sandes, Teodoro and Melo 2017): one bit a shingle hash, so that the popcount of a
//! difference bounds Jaccard and containment from above.
//!
//! Cost: O(words) a pair, and one word for most titles.

use pulp::Arch;

/// What a set of shingles looks like from afar: how many were counted, some perhaps twice, and a
/// bit for the hash of each. Enough to see that most pairs are no copies (Bloom 1970).
#[derive(Debug, Clone, Copy)]
pub struct Outline<'o> {
    pub(super) count: u32,
    bits: &'o [u64],
}

impl<'o> Outline<'o> {
    /// The outline of so many shingles, given the bits that [`Outline::draw`] made of them.
    pub fn new(count: u32, bits: &'o [u64]) -> Self {
        Outline { count, bits }
    }

    /// How many words of 64 bits an outline of so many shingles has: two bits a shingle or somewhat
    /// more, so that texts half alike are told from copies.
    pub fn words(count: usize) -> usize {
        (2 * count).next_power_of_two().div_ceil(64)
    }

    /// Adds the bits of these shingles behind those that are there.
    pub fn draw(hashes: &[u64], bits: &mut Vec<u64>) {
        let bit = |hash: &u64| 1 << (hash >> 32 & 63);
        let (start, words) = (bits.len(), Outline::words(hashes.len()));
        if words == 1 {
            return bits.push(hashes.iter().fold(0, |drawn, hash| drawn | bit(hash)));
        }
        bits.resize(start + words, 0);
        let drawn = &mut bits[start..];
        for hash in hashes {
            drawn[(hash >> 38) as usize & (drawn.len() - 1)] |= bit(hash);
        }
    }

    /// At least so many shingles this has that the other lacks, and the other that this lacks.
    pub(super) fn differences(self, other: Outline<'_>) -> [u32; 2] {
        if let ([a], [b]) = (self.bits, other.bits) {
            return [(a & !b).count_ones(), (b & !a).count_ones()];
        }
        Arch::new().dispatch(|| self.long_differences(other))
    }

    #[inline(always)]
    fn long_differences(self, other: Outline<'_>) -> [u32; 2] {
        let count = |sums: [u32; 2], [a, b]: [u64; 2]| {
            [
                sums[0] + (a & !b).count_ones(),
                sums[1] + (b & !a).count_ones(),
            ]
        };
        if self.bits.len() == other.bits.len() {
            return self
                .bits
                .iter()
                .zip(other.bits)
                .fold([0, 0], |sums, (&a, &b)| count(sums, [a, b]));
        }
        // A longer outline is folded to the length of the other.
        let words = self.bits.len().min(other.bits.len());
        let word = |of: Outline<'_>, at: usize| {
            of.bits[at..]
                .iter()
                .step_by(words)
                .fold(0, |sum, word| sum | word)
        };
        (0..words).fold([0, 0], |sums, at| {
            count(sums, [self, other].map(|of| word(of, at)))
        })
    }
}
