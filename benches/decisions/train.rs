//! Training of the decision about summaries.
//!
//! Input: labelled pairs. Output: the weights of the model, and precision and recall on held-out
//! pairs.
//!
//! A ridge logistic regression over `PairEvidence::features`, fitted by Newton's method on
//! standardised features. Pairs of verdict `either` are left out. Ten-fold cross-validation
//! measures precision and recall, as drawn and weighted to the sizes of the strata. The printed
//! weights are fitted to all pairs and rounded to two decimals; the intercept is shifted so that
//! [`ODDS`] give the default threshold as likeness.

use std::collections::HashMap;

use ndarray::{Array1, Array2, Axis};
use qissa::text::Tokens;
use qissa::verify::{FEATURES, Fingerprint, MODEL, PairEvidence};
use qissa::{Article, Engine};

use crate::grouping::with_articles;
use crate::sets::{Set, Verdict};

/// Minimum odds of duplicates. Odds of 0.78 to 0.86 find more duplicates than even odds without
/// more false ones; at 0.67 the precision in English falls from 0.97 to 0.94.
const ODDS: f64 = 0.8;

/// The ridge penalty on standardised features. A penalty ten times smaller or larger changes the
/// loss by a hundredth.
const RIDGE: f64 = 1.0;

/// Number of folds of the cross-validation.
const FOLDS: usize = 10;

/// Number of Newton steps. The loss is constant after eight.
const STEPS: usize = 25;

/// A labelled pair for training.
struct Example {
    features: [f64; FEATURES],
    verdict: Verdict,
    /// The number of pairs of its stratum that the example represents.
    weight: f64,
    set: String,
}

/// Fits the weights to the pairs of some sets and prints them.
pub fn train(sets: &[Set], engine: &Engine) -> anyhow::Result<()> {
    let mut examples = Vec::new();
    for set in sets {
        examples.extend(examples_of(set, engine)?);
    }
    let mut likeness = vec![0.0; examples.len()];
    for fold in 0..FOLDS {
        let is_left_out = |at: usize| at % FOLDS == fold;
        let model = Model::fit(
            examples
                .iter()
                .enumerate()
                .filter(|(at, _)| !is_left_out(*at))
                .map(|(_, one)| one),
        );
        let left_out = examples
            .iter()
            .enumerate()
            .filter(|(at, _)| is_left_out(*at));
        left_out.for_each(|(at, one)| likeness[at] = model.likeness(&one.features));
    }
    println!("pairs left out, at odds of {ODDS}: precision / recall, weighed (as drawn)");
    for set in sets {
        let of_set = examples
            .iter()
            .zip(&likeness)
            .filter(|(one, _)| one.set == set.name);
        let [weighed, drawn] = [true, false].map(|weighed| measure(of_set.clone(), weighed));
        println!(
            "  {}: {:.3} / {:.3} ({:.3} / {:.3})",
            set.name, weighed.0, weighed.1, drawn.0, drawn.1
        );
    }
    Model::fit(examples.iter()).print(engine.params().duplicates.threshold);
    Ok(())
}

/// Precision and recall at [`ODDS`].
fn measure<'e>(
    examples: impl Iterator<Item = (&'e Example, &'e f64)>,
    weighed: bool,
) -> (f64, f64) {
    let mut sums: HashMap<(bool, bool), f64> = HashMap::new();
    for (example, &likeness) in examples.filter(|(example, _)| example.verdict != Verdict::Either) {
        let weight = if weighed { example.weight } else { 1.0 };
        *sums
            .entry((
                example.verdict == Verdict::Copy,
                likeness >= ODDS / (1.0 + ODDS),
            ))
            .or_default() += weight;
    }
    let sum = |is_copy, is_together| sums.get(&(is_copy, is_together)).copied().unwrap_or(0.0);
    let share = |part: f64, rest: f64| {
        if part + rest > 0.0 {
            part / (part + rest)
        } else {
            1.0
        }
    };
    (
        share(sum(true, true), sum(false, true)),
        share(sum(true, true), sum(true, false)),
    )
}

fn examples_of(set: &Set, engine: &Engine) -> anyhow::Result<Vec<Example>> {
    let mut drawn: HashMap<&str, f64> = HashMap::new();
    set.pairs
        .iter()
        .for_each(|pair| *drawn.entry(&pair.stratum).or_default() += 1.0);
    let mut tokens = Tokens::default();
    with_articles(set, |at, a, b| {
        let pair = &set.pairs[at];
        let mut print = |article: &Article<'_>| -> Fingerprint {
            engine.fingerprint(article, &mut tokens).unwrap_or_default()
        };
        let size = set
            .sizes
            .get(&pair.stratum)
            .copied()
            .unwrap_or(drawn[pair.stratum.as_str()]);
        Example {
            features: PairEvidence::of(&print(a), &print(b)).features(),
            verdict: pair.verdict,
            weight: size / drawn[pair.stratum.as_str()],
            set: set.name.clone(),
        }
    })
}

/// A logistic regression over standardised features.
struct Model {
    mean: Array1<f64>,
    deviation: Array1<f64>,
    /// The intercept, then the weight of each feature.
    weights: Array1<f64>,
}

impl Model {
    fn fit<'e>(examples: impl Iterator<Item = &'e Example>) -> Self {
        let known: Vec<&Example> = examples
            .filter(|one| one.verdict != Verdict::Either)
            .collect();
        let rows: Vec<f64> = known.iter().flat_map(|one| one.features).collect();
        let features = Array2::from_shape_vec((known.len(), FEATURES), rows).expect("a row a pair");
        let mean = features.mean_axis(Axis(0)).expect("there are pairs");
        let deviation = features
            .std_axis(Axis(0), 0.0)
            .mapv(|deviation| deviation + 1e-9);
        let mut input = Array2::ones((known.len(), FEATURES + 1));
        input
            .slice_mut(ndarray::s![.., 1..])
            .assign(&((&features - &mean) / &deviation));
        let target: Array1<f64> = known
            .iter()
            .map(|one| f64::from(u8::from(one.verdict == Verdict::Copy)))
            .collect();
        let mut ridge = Array1::from_elem(FEATURES + 1, RIDGE);
        ridge[0] = 1e-9;
        let mut weights = Array1::zeros(FEATURES + 1);
        for _ in 0..STEPS {
            let odds = input
                .dot(&weights)
                .mapv(|sum: f64| 1.0 / (1.0 + (-sum).exp()));
            let gradient = input.t().dot(&(&target - &odds)) - &ridge * &weights;
            let spread = odds.mapv(|odds| odds * (1.0 - odds)).insert_axis(Axis(1));
            let curvature = input.t().dot(&(&input * &spread)) + Array2::from_diag(&ridge);
            weights = weights + solve(curvature, gradient);
        }
        Model {
            mean,
            deviation,
            weights,
        }
    }

    fn likeness(&self, features: &[f64; FEATURES]) -> f64 {
        let standardised = (Array1::from_iter(*features) - &self.mean) / &self.deviation;
        let sum = self.weights[0] + standardised.dot(&self.weights.slice(ndarray::s![1..]));
        1.0 / (1.0 + (-sum).exp())
    }

    /// Prints the weights of the features before standardisation, for
    /// `src/verify/decision/model.rs`.
    fn print(&self, threshold: f64) {
        let weights = &self.weights.slice(ndarray::s![1..]) / &self.deviation;
        let shift = (threshold / (1.0 - threshold)).ln() - ODDS.ln();
        let intercept = self.weights[0] - weights.dot(&self.mean) + shift;
        for (weight, (_, name)) in weights.iter().zip(MODEL) {
            println!("{weight:8.2}  {name}");
        }
        println!("{intercept:8.2}  intercept");
    }
}

/// The solution of a positive definite system of equations, by Gaussian elimination.
fn solve(mut matrix: Array2<f64>, mut right: Array1<f64>) -> Array1<f64> {
    let size = right.len();
    for pivot in 0..size {
        for row in pivot + 1..size {
            let factor = matrix[[row, pivot]] / matrix[[pivot, pivot]];
            for column in pivot..size {
                matrix[[row, column]] -= factor * matrix[[pivot, column]];
            }
            right[row] -= factor * right[pivot];
        }
    }
    for row in (0..size).rev() {
        let rest: f64 = (row + 1..size)
            .map(|column| matrix[[row, column]] * right[column])
            .sum();
        right[row] = (right[row] - rest) / matrix[[row, row]];
    }
    right
}
