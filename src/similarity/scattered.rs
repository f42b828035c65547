//! A sparse vector in a hash table without collisions, to be multiplied with many other vectors.

use super::{Product, Vector};

/// A vector with a slot of its own for each term, so a dot product looks up each term of the other
/// vector with one memory access. Prior art: perfect hashing by trial (Fredman, Komlós and
/// Szemerédi 1984).
#[derive(Debug, Default)]
pub struct ScatteredVector<'v> {
    vector: Option<&'v Vector>,
    /// A power of two of slots; empty for a vector of more than [`MAX_TERMS`] terms. A free slot
    /// has the value 0.
    slots: Vec<(u32, f32)>,
    factor: u32,
    shift: u32,
}

/// Maximum terms of a vector that is scattered: the slots of 256 terms take 256 kB.
const MAX_TERMS: usize = 256;

/// Minimum number of slots.
const MIN_SLOTS: usize = 64;

/// Number of hash functions that are tried before the slots are doubled. Every other one succeeds.
const TRIES: usize = 4;

/// Number of terms that are looked up before their products are added.
const LOOKUPS: usize = 32;

impl<'v> ScatteredVector<'v> {
    /// Scatters a vector in place of the previous one.
    ///
    /// # Cost
    /// O(n²) memory for n terms.
    pub fn scatter(&mut self, vector: &'v Vector) {
        self.vector = Some(vector);
        self.slots.clear();
        let terms = vector.values().len();
        if terms > MAX_TERMS {
            return;
        }
        let mut slots = (terms * terms / 2).next_power_of_two().max(MIN_SLOTS);
        self.factor = 1;
        while !(0..TRIES).any(|_| self.try_next_factor(slots, vector)) {
            slots *= 2;
        }
    }

    /// Scatters by the next hash function; whether no two terms collide.
    fn try_next_factor(&mut self, slots: usize, vector: &Vector) -> bool {
        self.factor = self.factor.wrapping_mul(0x9e37_79b1);
        self.shift = u32::BITS - slots.trailing_zeros();
        self.slots.clear();
        self.slots.resize(slots, (0, 0.0));
        for &(term, value) in vector.values() {
            let slot = self.slot(term);
            if self.slots[slot].1 != 0.0 {
                return false;
            }
            self.slots[slot] = (term, value);
        }
        true
    }

    #[inline]
    fn slot(&self, term: u32) -> usize {
        (term.wrapping_mul(self.factor) >> self.shift) as usize
    }

    /// The dot product with another vector, equal to [`Vector::product`] to the last bit.
    ///
    /// # Cost
    /// O(n) for the n terms of `other`.
    #[inline]
    pub fn product(&self, other: &Vector) -> Product {
        let Some(vector) = self.vector else {
            return Product::default();
        };
        if self.slots.is_empty() {
            return vector.product(other);
        }
        let mut product = Product::default();
        for values in other.values().chunks(LOOKUPS) {
            // Branchless collection, because whether a term is shared is not predictable.
            let (mut summands, mut count) = ([0.0; LOOKUPS], 0);
            for &(term, value) in values {
                let (own_term, own_value) = self.slots[self.slot(term)];
                summands[count] = f64::from(own_value) * f64::from(value);
                count += usize::from(own_term == term);
            }
            for &summand in &summands[..count] {
                product.add(summand);
            }
        }
        product
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn products_equal_those_of_plain_vectors(
            vectors in proptest::collection::vec(proptest::collection::btree_map(0u32..400, 0.1f32..9.0, 0..300), 2..4),
            factor in 1u32..90_000,
        ) {
            let vector = |values: &BTreeMap<u32, f32>| {
                let values = values.iter().map(|(&term, &value)| (term * factor, value));
                Vector::with_norm_inflation(values.collect(), 1.0)
            };
            let vectors: Vec<Vector> = vectors.iter().map(vector).collect();
            let mut scattered = ScatteredVector::default();
            for a in &vectors {
                scattered.scatter(a);
                for b in &vectors {
                    prop_assert_eq!(scattered.product(b), a.product(b));
                }
            }
        }
    }
}
