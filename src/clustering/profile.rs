//! How alike the pairs of a batch are, and how well the keys find those that are alike, as plain
//! data.

use serde::Serialize;

/// How many items or pairs a class of similarities holds: of `n` classes, class `i` holds those
/// from `i / n` up to `(i + 1) / n`; the last one also holds 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tally(pub Vec<usize>);

impl Tally {
    /// So many empty classes.
    pub fn new(classes: usize) -> Self {
        Tally(vec![0; classes])
    }

    /// The class of a similarity in 0..=1.
    pub fn class(&self, similarity: f64) -> usize {
        let last = self.0.len().saturating_sub(1);
        ((similarity * self.0.len() as f64) as usize).min(last)
    }

    /// The classes of these similarities.
    pub fn of(classes: usize, similarities: impl Iterator<Item = f64>) -> Self {
        let mut tally = Tally::new(classes);
        for similarity in similarities {
            let class = tally.class(similarity);
            tally.0[class] += 1;
        }
        tally
    }

    /// How many there are in all classes.
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

/// The keys put to the test on pairs of texts that were not chosen by them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// How many pairs of each class of exact Jaccard coefficients were looked at.
    pub pairs: Tally,
    /// The mean coefficient of each class, from the pairs in it; 0 for an empty class.
    pub means: Vec<f64>,
    /// How many of them have a key in common.
    pub met: Tally,
}

/// How alike the pairs of a batch are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Survey {
    /// The verified pairs of copies by what decided: the Jaccard coefficient or the containment.
    pub copies: Tally,
    /// The links of stories, those above the floor, by similarity; all classes empty where only
    /// duplicates are grouped.
    pub stories: Tally,
    /// The keys, measured.
    pub probe: Probe,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similarity_falls_into_its_class() {
        let tally = Tally::of(10, [0.0, 0.05, 0.1, 0.999, 1.0].into_iter());
        assert_eq!(tally, Tally(vec![2, 1, 0, 0, 0, 0, 0, 0, 0, 2]));
        assert_eq!(tally.total(), 5);
    }
}
