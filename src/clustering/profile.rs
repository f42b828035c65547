//! Profile of a batch, as plain data: similarities of its pairs, and recall of blocking.

use serde::Serialize;

/// Histogram of similarities. Bin `i` of `n` counts those in `i / n .. (i + 1) / n`; the last bin
/// includes 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Histogram(pub Vec<usize>);

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub fn new(bins: usize) -> Self {
        Histogram(vec![0; bins])
    }

    /// The bin of a similarity in `0..=1`.
    #[must_use]
    pub fn bin(&self, similarity: f64) -> usize {
        let last = self.0.len().saturating_sub(1);
        ((similarity * self.0.len() as f64) as usize).min(last)
    }

    /// The histogram of these similarities.
    #[must_use]
    pub fn of(bins: usize, similarities: impl Iterator<Item = f64>) -> Self {
        let mut histogram = Histogram::new(bins);
        for similarity in similarities {
            let bin = histogram.bin(similarity);
            histogram.0[bin] += 1;
        }
        histogram
    }

    /// Sum of all bins.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().sum()
    }
}

/// Recall of blocking, measured on pairs of texts that were drawn independently of the keys.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockingRecall {
    /// Drawn pairs by exact Jaccard coefficient.
    pub pairs: Histogram,
    /// Mean coefficient of the pairs of each bin; 0 for an empty bin.
    pub means: Vec<f64>,
    /// Drawn pairs that share a blocking key.
    #[serde(rename = "met")]
    pub found: Histogram,
}

/// Similarities of the pairs of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Verified pairs of duplicates by the decisive coefficient: Jaccard or containment.
    #[serde(rename = "copies")]
    pub duplicates: Histogram,
    /// Edges of stories by similarity; empty at level duplicates.
    pub stories: Histogram,
    /// Measured recall of blocking.
    #[serde(rename = "probe")]
    pub recall: BlockingRecall,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarities_are_counted_in_their_bins() {
        let histogram = Histogram::of(10, [0.0, 0.05, 0.1, 0.999, 1.0].into_iter());
        assert_eq!(histogram, Histogram(vec![2, 1, 0, 0, 0, 0, 0, 0, 0, 2]));
        assert_eq!(histogram.total(), 5);
    }
}
