//! Sparse vectors and their damped cosine.

/// A sparse vector: terms ascending, with their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vector {
    values: Vec<(u32, f32)>,
    squared_length: f64,
}

impl Vector {
    /// The vector of `values`, ascending by term, with its squared length times `norm_inflation`.
    pub(super) fn with_norm_inflation(values: Vec<(u32, f32)>, norm_inflation: f64) -> Self {
        let square: f64 = values
            .iter()
            .map(|&(_, value)| f64::from(value).powi(2))
            .sum();
        Vector {
            values,
            squared_length: square * norm_inflation,
        }
    }

    /// The terms, ascending, with their values.
    pub fn values(&self) -> &[(u32, f32)] {
        &self.values
    }

    /// Whether the vector has no term.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The `count` terms of the greatest values, greatest first, of equal values the smaller term.
    pub fn heaviest(&self, count: usize) -> Vec<u32> {
        let mut values = self.values.clone();
        values.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        values.truncate(count);
        values.into_iter().map(|(term, _)| term).collect()
    }

    /// The length, damped as in [`Vector::cosine`].
    pub fn length(&self, damping: f64) -> f64 {
        (self.squared_length + damping).sqrt()
    }

    /// The damped cosine of two vectors: `a·b / sqrt((|a|² + damping) (|b|² + damping))`. With
    /// damping, one shared word of two titles of two words does not give a cosine of 0.7.
    ///
    /// # Cost
    /// O(|a| + |b|).
    pub fn cosine(&self, other: &Vector, damping: f64) -> f64 {
        self.cosine_of(self.product(other), other, damping)
    }

    /// The damped cosine, given the dot product.
    pub fn cosine_of(&self, product: Product, other: &Vector, damping: f64) -> f64 {
        let lengths = self.product_of_lengths(other, damping);
        if lengths > 0.0 {
            product.sum / lengths
        } else {
            0.0
        }
    }

    fn product_of_lengths(&self, other: &Vector, damping: f64) -> f64 {
        ((self.squared_length + damping) * (other.squared_length + damping)).sqrt()
    }

    /// The summand of each shared term in the damped cosine, ascending by term.
    pub fn shares(&self, other: &Vector, damping: f64) -> Vec<(u32, f64)> {
        let lengths = self.product_of_lengths(other, damping);
        let mut shares = Vec::new();
        for &(term, value) in &self.values {
            if let Some(other_value) = other.value(term) {
                shares.push((term, f64::from(value) * other_value / lengths));
            }
        }
        shares
    }

    /// The value of a term.
    pub fn value(&self, term: u32) -> Option<f64> {
        let at = self.values.binary_search_by_key(&term, |value| value.0);
        at.ok().map(|at| f64::from(self.values[at].1))
    }

    /// The dot product of two vectors.
    ///
    /// # Cost
    /// O(|a| + |b|).
    pub fn product(&self, other: &Vector) -> Product {
        let (a, b) = (&*self.values, &*other.values);
        let (mut at_a, mut at_b) = (0, 0);
        let mut product = Product::default();
        while at_a < a.len() && at_b < b.len() {
            let ((x, v), (y, w)) = (a[at_a], b[at_b]);
            // Branchless advance, because which term is smaller is not predictable.
            at_a += usize::from(x <= y);
            at_b += usize::from(y <= x);
            if x == y {
                product.add(f64::from(v) * f64::from(w));
            }
        }
        product
    }
}

/// A dot product with its largest summand.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Product {
    sum: f64,
    max_summand: f64,
}

impl Product {
    pub(super) fn add(&mut self, summand: f64) {
        self.sum += summand;
        self.max_summand = self.max_summand.max(summand);
    }

    /// The share of the largest summand, in 0..=1; 0 if no term is shared.
    pub fn heaviest_share(self) -> f64 {
        if self.sum > 0.0 {
            self.max_summand / self.sum
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FieldWeighing, Terms, Weigher};
    use super::*;

    impl Vector {
        /// A vector of terms without a batch: values grow with the counts of the terms.
        pub(crate) fn of_terms(terms: &[u32]) -> Self {
            let weighing = FieldWeighing {
                prior: 100.0,
                power: 1.0,
                norm_inflation: 1.0,
                phrase_discount: 0.5,
            };
            let weigher = Weigher::new(std::iter::empty(), None, weighing);
            weigher.vector(&Terms::new(terms.to_vec()))
        }
    }

    #[test]
    fn the_cosine_without_damping_is_that_of_plain_vectors() {
        let (a, b) = (Vector::of_terms(&[1, 2, 2]), Vector::of_terms(&[2, 3]));
        let (x, y) = (1.0, 1.0 + 2f64.ln());
        assert!((a.cosine(&b, 0.0) - y / ((x * x + y * y).sqrt() * 2f64.sqrt())).abs() < 1e-6);
        assert!((a.cosine(&a, 0.0) - 1.0).abs() < 1e-9);
        assert_eq!(Vector::default().cosine(&a, 0.0), 0.0);
    }

    #[test]
    fn damping_lowers_the_cosine() {
        let (a, b) = (Vector::of_terms(&[1, 2, 2]), Vector::of_terms(&[2, 3]));
        assert!(a.cosine(&b, 40.0) < a.cosine(&b, 0.0));
    }

    #[test]
    fn the_heaviest_terms_come_first() {
        assert_eq!(Vector::of_terms(&[5, 9, 9, 2]).heaviest(2), [9, 2]);
    }
}
