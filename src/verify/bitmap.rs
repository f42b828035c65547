//! Bitmap signatures of shingle sets, for the bitmap filter.
//!
//! Input: the shingle hashes of two fields. Output: lower bounds on `|A \ B|` and `|B \ A|`, from
//! which [`DuplicateVerifier::may_match`](super::DuplicateVerifier::may_match) bounds Jaccard and
//! containment from above. Cost: O(words) per pair; most titles have one word. Prior art: the
//! bitmap filter of Sandes, Teodoro and Melo (2017); one bit per element as in Bloom (1970).

use pulp::Arch;

/// Bitmap signature of a shingle set: one bit per shingle hash, and the shingle count.
///
/// The count may include repeated shingles. The bits belong to a buffer that holds many bitmaps.
///
/// ```
/// use qissa::verify::Bitmap;
/// let mut bits = Vec::new();
/// Bitmap::append(&[7 << 32, 9 << 32], &mut bits);
/// assert_eq!(bits.len(), Bitmap::words(2));
/// let bitmap = Bitmap::new(2, &bits);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Bitmap<'b> {
    pub(super) count: u32,
    bits: &'b [u64],
}

impl<'b> Bitmap<'b> {
    /// The bitmap of `count` shingles, given the words that [`Bitmap::append`] wrote.
    pub fn new(count: u32, bits: &'b [u64]) -> Self {
        Bitmap { count, bits }
    }

    /// The number of 64-bit words of a bitmap of `count` shingles: at least two bits per shingle,
    /// rounded up to a power of two.
    pub fn words(count: usize) -> usize {
        (2 * count).next_power_of_two().div_ceil(64)
    }

    /// Appends the bitmap of `hashes` to `bits`.
    pub fn append(hashes: &[u64], bits: &mut Vec<u64>) {
        let (start, words) = (bits.len(), Bitmap::words(hashes.len()));
        if words == 1 {
            return bits.push(hashes.iter().fold(0, |word, &hash| word | bit(hash)));
        }
        bits.resize(start + words, 0);
        let bitmap = &mut bits[start..];
        for &hash in hashes {
            let at = (hash >> 38) as usize & (bitmap.len() - 1);
            bitmap[at] |= bit(hash);
        }
    }

    /// Lower bounds on `|A \ B|` and `|B \ A|`, where `self` is the bitmap of A.
    pub(super) fn difference_bounds(self, other: Bitmap<'_>) -> [u32; 2] {
        if let ([a], [b]) = (self.bits, other.bits) {
            return [(a & !b).count_ones(), (b & !a).count_ones()];
        }
        Arch::new().dispatch(|| self.wide_difference_bounds(other))
    }

    #[inline(always)]
    fn wide_difference_bounds(self, other: Bitmap<'_>) -> [u32; 2] {
        let mut counts = [0, 0];
        if self.bits.len() == other.bits.len() {
            for (&a, &b) in self.bits.iter().zip(other.bits) {
                add_differences(&mut counts, a, b);
            }
            return counts;
        }
        let words = self.bits.len().min(other.bits.len());
        for at in 0..words {
            add_differences(&mut counts, self.folded(at, words), other.folded(at, words));
        }
        counts
    }

    /// Word `at` of the bitmap folded to `words` words, so bitmaps of unlike length compare.
    fn folded(self, at: usize, words: usize) -> u64 {
        let parts = self.bits[at..].iter().step_by(words);
        parts.fold(0, |word, part| word | part)
    }
}

/// The bit of a shingle within its word.
fn bit(hash: u64) -> u64 {
    1 << (hash >> 32 & 63)
}

#[inline(always)]
fn add_differences(counts: &mut [u32; 2], a: u64, b: u64) {
    counts[0] += (a & !b).count_ones();
    counts[1] += (b & !a).count_ones();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    use super::*;
    use crate::sets::ShingleSet;

    fn hash(element: u64) -> u64 {
        xxh3_64(&element.to_le_bytes())
    }

    fn bitmap_bits(hashes: &[u64]) -> Vec<u64> {
        let mut bits = Vec::new();
        Bitmap::append(hashes, &mut bits);
        bits
    }

    proptest! {
        #[test]
        fn bounds_are_at_most_the_differences(
            a in proptest::collection::btree_set(0u64..400, 1..200),
            b in proptest::collection::btree_set(0u64..400, 1..200),
        ) {
            let [only_a, only_b] = [a.difference(&b).count(), b.difference(&a).count()];
            let [a, b] = [a, b].map(|set| set.into_iter().map(hash).collect::<Vec<u64>>());
            let [bits_a, bits_b] = [bitmap_bits(&a), bitmap_bits(&b)];
            let [bitmap_a, bitmap_b] =
                [Bitmap::new(a.len() as u32, &bits_a), Bitmap::new(b.len() as u32, &bits_b)];
            let bounds = bitmap_a.difference_bounds(bitmap_b);
            prop_assert!(bounds[0] as usize <= only_a && bounds[1] as usize <= only_b);
            prop_assert_eq!(ShingleSet::new(a).len(), bitmap_a.count as usize);
        }
    }
}
