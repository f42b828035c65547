//! Logistic regression: the probability that a reader calls two items with summaries duplicates.
//!
//! ```text
//! likeness = 1 / (1 + exp(-(INTERCEPT + Σ weight_i · feature_i)))
//! ```
//!
//! | features | formula |
//! | --- | --- |
//! | 0 to 4 | `T = title_jaccard`, `E = same_title`, `L = lead_jaccard`, `V = triple_containment`, `A = all_jaccard` |
//! | 5 | `H = ln(1 + hours) / ln(1 + 336)`, hours at most 4 · 336; 6 hours if a date is unknown |
//! | 6, 7 | `S`: 1 within the same hour, 0.5 if a date is unknown; `O = same_outlet` |
//! | 8, 9 | `O (1 - V)`, `O H` |
//! | 10, 11 | `B = own_coverage`, `C = cross_coverage` |
//! | 12, 13 | `E V`, `V (1 - T) (1 - C)` |
//! | 14, 15 | `K = 1 - min(words, 30) / 30`, `N = names_differ` |
//! | 16 to 19 | `O (1 - V) C`, `L K`, `E V K`, `O H K` |
//! | 20, 21 | `E H`, `C N` |
//!
//! `cargo bench --bench decisions -- FOLDER --train` fits the weights by ridge regression. The
//! weights here are fitted to 1,028 pairs that two readers labelled.

use super::PairEvidence;

/// Number of features.
pub const FEATURES: usize = 22;

/// Weight and name of each feature.
pub const MODEL: [(f64, &str); FEATURES] = [
    (2.15, "title words in common"),
    (1.65, "same title"),
    (2.59, "text words in common"),
    (4.14, "word for word"),
    (6.19, "all words in common"),
    (-5.25, "time apart"),
    (-2.25, "same hour"),
    (-2.18, "one outlet"),
    (-2.73, "one outlet, other wording"),
    (-2.28, "one outlet, time apart"),
    (-4.70, "texts about their titles"),
    (1.40, "texts about each other's titles"),
    (-5.61, "same title, word for word"),
    (-3.73, "boilerplate"),
    (1.77, "short text"),
    (-1.89, "other name"),
    (
        11.18,
        "one outlet, other wording, but of each other's titles",
    ),
    (-13.38, "short text, words in common"),
    (17.15, "same title, short text word for word"),
    (-6.53, "one outlet, time apart, short text"),
    (2.14, "same title, time apart"),
    (4.50, "other name, but of each other's titles"),
];

/// Intercept, shifted so that odds of 4 to 5 give the default threshold as likeness.
pub const INTERCEPT: f64 = -1.01;

/// Hours assumed between two items if a date is unknown.
const UNDATED_HOURS: f64 = 6.0;

/// Hours at which the time feature is 1: two weeks. The feature grows up to four times this time.
const LONG_HOURS: f64 = 336.0;

/// Words of a text from which on it is no short text.
const SUMMARY_WORDS: usize = 30;

impl PairEvidence {
    /// The features of the model, in the order of [`MODEL`].
    pub fn features(&self) -> [f64; FEATURES] {
        let hours = self.hours.unwrap_or(UNDATED_HOURS).min(4.0 * LONG_HOURS);
        let time = libm::log(1.0 + hours) / libm::log(1.0 + LONG_HOURS);
        let same_hour = self.hours.map_or(0.5, |hours| number(hours < 1.0));
        let outlet = number(self.same_outlet);
        let same_title = number(self.same_title);
        let names_differ = number(self.names_differ);
        let verbatim = self.triple_containment;
        let other_wording = outlet * (1.0 - verbatim);
        let short = 1.0 - self.words.min(SUMMARY_WORDS) as f64 / SUMMARY_WORDS as f64;
        [
            self.title_jaccard,
            same_title,
            self.lead_jaccard,
            verbatim,
            self.all_jaccard,
            time,
            same_hour,
            outlet,
            other_wording,
            outlet * time,
            self.own_coverage,
            self.cross_coverage,
            same_title * verbatim,
            verbatim * (1.0 - self.title_jaccard) * (1.0 - self.cross_coverage),
            short,
            names_differ,
            other_wording * self.cross_coverage,
            self.lead_jaccard * short,
            same_title * verbatim * short,
            outlet * time * short,
            same_title * time,
            self.cross_coverage * names_differ,
        ]
    }

    /// The probability that a reader calls the pair duplicates, by the formula of this module.
    pub fn likeness(&self) -> f64 {
        let mut sum = 0.0;
        for (feature, (weight, _)) in self.features().iter().zip(&MODEL) {
            sum += feature * weight;
        }
        1.0 / (1.0 + libm::exp(-(sum + INTERCEPT)))
    }
}

fn number(flag: bool) -> f64 {
    f64::from(u8::from(flag))
}
