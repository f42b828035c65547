//! Jaccard coefficients: exact, and estimated from signatures.
//!
//! Two types, so an estimate cannot be used where an exact coefficient is required. Prior art:
//! Jaccard (1901) for the coefficient, Broder (1997) for the estimate.

/// An exact Jaccard coefficient `|A ∩ B| / |A ∪ B|` of two sets that are not both empty, in 0..=1.
///
/// ```
/// use qissa::sets::Jaccard;
/// assert_eq!(Jaccard::from_counts(3, 4, 2).map(Jaccard::get), Some(0.4));
/// assert_eq!(Jaccard::from_counts(0, 0, 0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Jaccard(f64);

impl Jaccard {
    /// The coefficient of two sets of `a` and `b` elements of which `shared` are in both; `None` if
    /// both sets are empty.
    pub fn from_counts(a: usize, b: usize, shared: usize) -> Option<Self> {
        let union = a + b - shared;
        (union > 0).then(|| Jaccard(shared as f64 / union as f64))
    }

    /// The coefficient.
    pub fn get(self) -> f64 {
        self.0
    }
}

/// An estimate of a Jaccard coefficient from two signatures, in 0..=1. Good for ordering, never for
/// deciding.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Estimate(f64);

impl Estimate {
    /// The share of `agreeing` values among all `length` values of a signature. The standard error
    /// is `sqrt(J (1 - J) / length)`.
    pub fn from_agreement(agreeing: usize, length: usize) -> Self {
        Estimate(if length == 0 {
            0.0
        } else {
            agreeing as f64 / length as f64
        })
    }

    /// The estimate.
    pub fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_give_the_coefficient() {
        assert_eq!(Jaccard::from_counts(3, 4, 2).map(Jaccard::get), Some(0.4));
        assert_eq!(Jaccard::from_counts(2, 2, 2).map(Jaccard::get), Some(1.0));
        assert_eq!(Jaccard::from_counts(1, 0, 0).map(Jaccard::get), Some(0.0));
    }

    #[test]
    fn empty_sets_have_no_coefficient() {
        assert_eq!(Jaccard::from_counts(0, 0, 0), None);
    }
}
