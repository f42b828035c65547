//! Agreement with a gold standard as a function of the threshold.
//!
//! Input: labels of the same items at several thresholds, and a gold standard. Output: a [`Curve`]
//! with the best threshold, the plateau of thresholds level with the best, and [`Advice`]. Cost:
//! linear in items, thresholds and [`RESAMPLES`].
//!
//! Chance is estimated by resampling gold groups with replacement (cluster bootstrap; Efron 1979)
//! with fixed seeds. Two thresholds are compared on the same resamples, so groups that are hard at
//! both thresholds cancel out.

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::measures::{ContingencyTable, Tally};
use super::{Agreement, Gold};

/// Maximum difference in mean F1 between the best threshold and a level threshold.
const LEVEL: f64 = 0.005;

/// Number of bootstrap resamples.
const RESAMPLES: u64 = 100;

/// Number of standard errors within which a difference may be chance.
const STANDARD_ERRORS: f64 = 2.0;

/// Measures at one threshold.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// The threshold.
    pub threshold: f64,
    /// Number of groups among the items of the gold standard.
    pub groups: usize,
    /// B-cubed (Bagga and Baldwin 1998).
    pub b_cubed: Agreement,
    /// Precision and recall of pairs.
    pub pairwise: Agreement,
    /// Componentwise mean of `b_cubed` and `pairwise`. Thresholds are compared by its F1.
    pub mean: Agreement,
    /// Mean F1 of the best threshold minus mean F1 of the point, in `0..=1`.
    pub behind: f64,
    /// Two standard errors of that difference.
    pub chance: f64,
    /// Whether the threshold is level with the best: `behind` is at most 0.005 or `chance`.
    pub level: bool,
}

/// Advice on the current threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
#[non_exhaustive]
pub enum Advice {
    /// The current threshold is level with the best.
    Keep,
    /// Change the threshold: the current one is not level with the best.
    Change {
        /// Middle of the plateau.
        to: f64,
    },
    /// Try more thresholds: the current one is not level with the best, and the plateau reaches the
    /// end of the thresholds tried.
    Extend,
}

/// Measures at several thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Curve {
    /// Number of items that both the gold standard and the labels have.
    pub items: usize,
    /// Number of gold groups of these items.
    pub gold_groups: usize,
    /// One point per threshold, ascending.
    pub points: Vec<Point>,
    /// The current threshold.
    pub current: f64,
    /// The threshold with the highest mean F1; of equal ones, the nearest to the current.
    pub best: f64,
    /// First and last threshold of the run of points around `best` that are level with `best`.
    pub plateau: [f64; 2],
    /// Advice on the current threshold.
    pub advice: Advice,
}

impl Curve {
    /// Measures the labels of each threshold.
    ///
    /// `runs` is ascending by threshold and has pairs of an item id and a label. `current` is the
    /// index of the current threshold in `runs`. Items that the gold standard does not have are
    /// ignored.
    ///
    /// # Panics
    /// If `current` is not an index of `runs`, or the gold standard has none of the items; see
    /// [`Gold::among`].
    #[must_use]
    pub fn of(gold: &Gold, runs: &[(f64, Vec<(&str, String)>)], current: usize) -> Self {
        let tables: Vec<ContingencyTable> =
            runs.iter().map(|(_, labels)| table(gold, labels)).collect();
        let means: Vec<Agreement> = tables
            .iter()
            .map(|table| table.b_cubed().mean(table.pairwise()))
            .collect();
        let best = best(&means, current);
        let chances = chances(&tables, best);
        let points: Vec<Point> = (0..runs.len())
            .map(|at| {
                let behind = means[best].f1 - means[at].f1;
                Point {
                    threshold: runs[at].0,
                    groups: tables[at].found.len(),
                    b_cubed: tables[at].b_cubed(),
                    pairwise: tables[at].pairwise(),
                    mean: means[at],
                    behind,
                    chance: chances[at],
                    level: behind <= chances[at].max(LEVEL),
                }
            })
            .collect();
        let plateau = plateau(&points, best);
        Curve {
            items: tables[current].items,
            gold_groups: tables[current].gold.len(),
            current: points[current].threshold,
            best: points[best].threshold,
            plateau: plateau.map(|at| points[at].threshold),
            advice: advice(&points, plateau, current),
            points,
        }
    }
}

/// Index of the highest F1; of equal ones, the nearest to `current`.
fn best(means: &[Agreement], current: usize) -> usize {
    (0..means.len())
        .max_by(|&a, &b| {
            let by_f1 = means[a].f1.total_cmp(&means[b].f1);
            by_f1.then(b.abs_diff(current).cmp(&a.abs_diff(current)))
        })
        .unwrap_or(current)
}

/// Contingency table of the items that both the gold standard and the labels have.
fn table(gold: &Gold, labels: &[(&str, String)]) -> ContingencyTable {
    let mut known: Vec<(&str, &str, &str)> = labels
        .iter()
        .filter_map(|(id, label)| Some((*id, label.as_str(), gold.stories.get(*id)?.as_str())))
        .collect();
    // Sorted: the last label of a repeated id is kept, as when labels are read from a file.
    known.sort_unstable();
    let by_id: BTreeMap<&str, (&str, &str)> = known
        .into_iter()
        .map(|(id, label, story)| (id, (label, story)))
        .collect();
    ContingencyTable::new(by_id.into_values())
}

/// Per table, [`STANDARD_ERRORS`] times the standard error of the difference in mean F1 to the best
/// table.
fn chances(tables: &[ContingencyTable], best: usize) -> Vec<f64> {
    let tallies: Vec<Vec<Tally>> = tables.iter().map(ContingencyTable::tallies).collect();
    let resamples: Vec<Vec<usize>> = (0..RESAMPLES)
        .map(|seed| resample(tallies[best].len(), seed))
        .collect();
    let best_f1 = resampled_f1(&tallies[best], &resamples);
    tallies
        .iter()
        .map(|tallies| {
            let f1 = resampled_f1(tallies, &resamples);
            let differences: Vec<f64> = best_f1.iter().zip(&f1).map(|(b, f)| b - f).collect();
            STANDARD_ERRORS * standard_deviation(&differences)
        })
        .collect()
}

/// Draws `groups` indices of groups with replacement.
fn resample(groups: usize, seed: u64) -> Vec<usize> {
    (0..groups as u64)
        .map(|draw| xxh3_64_with_seed(&draw.to_le_bytes(), seed) as usize % groups)
        .collect()
}

/// Mean F1 of each resample.
fn resampled_f1(tallies: &[Tally], resamples: &[Vec<usize>]) -> Vec<f64> {
    resamples
        .iter()
        .map(|groups| {
            let sum: Tally = groups.iter().map(|&group| tallies[group]).sum();
            sum.mean_f1()
        })
        .collect()
}

/// Sample standard deviation, with `n - 1` degrees of freedom.
fn standard_deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// First and last index of the run of level points around `best`.
fn plateau(points: &[Point], best: usize) -> [usize; 2] {
    let (mut first, mut last) = (best, best);
    while first > 0 && points[first - 1].level {
        first -= 1;
    }
    while last + 1 < points.len() && points[last + 1].level {
        last += 1;
    }
    [first, last]
}

fn advice(points: &[Point], [first, last]: [usize; 2], current: usize) -> Advice {
    // Similarity is at most 1, so no threshold above 1 is worth trying.
    let is_open = first == 0 || last == points.len() - 1 && points[last].threshold < 1.0;
    if points[current].level {
        Advice::Keep
    } else if is_open {
        Advice::Extend
    } else {
        Advice::Change {
            to: points[first.midpoint(last)].threshold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Evaluation, parse_pairs};

    /// A gold standard of `stories` stories of three items, and the items.
    fn gold(stories: usize) -> (Gold, Vec<(String, usize, usize)>) {
        let items = (0..stories)
            .flat_map(|story| (0..3).map(move |at| (format!("i{story}-{at}"), story, at)));
        let items: Vec<_> = items.collect();
        let text: String = items
            .iter()
            .map(|(id, story, _)| format!("{id}\ts{story}\n"))
            .collect();
        (Gold::parse(&text).unwrap(), items)
    }

    fn runs<'a>(
        items: &'a [(String, usize, usize)],
        labels: &[fn(usize, usize) -> String],
    ) -> Vec<(f64, Vec<(&'a str, String)>)> {
        let run = |label: &fn(usize, usize) -> String| {
            items
                .iter()
                .map(|(id, story, at)| (id.as_str(), label(*story, *at)))
                .collect()
        };
        labels
            .iter()
            .enumerate()
            .map(|(at, label)| (0.1 * (at + 1) as f64, run(label)))
            .collect()
    }

    const HEAP: fn(usize, usize) -> String = |_, _| "all".into();
    const HALVES: fn(usize, usize) -> String = |story, _| format!("{}", story / 2);
    const RIGHT: fn(usize, usize) -> String = |story, _| format!("{story}");
    const NEARLY: fn(usize, usize) -> String =
        |story, at| format!("{story} {}", story == 0 && at == 2);
    const ALONE: fn(usize, usize) -> String = |story, at| format!("{story} {at}");

    #[test]
    fn the_best_threshold_and_its_plateau_are_found() {
        let (gold, items) = gold(200);
        let runs = runs(&items, &[HEAP, HALVES, RIGHT, NEARLY, ALONE]);
        for (current, advice) in [
            (2, Advice::Keep),
            (3, Advice::Keep),
            (1, Advice::Change { to: runs[2].0 }),
        ] {
            let curve = Curve::of(&gold, &runs, current);
            let found = (curve.items, curve.gold_groups, curve.best, curve.plateau);
            assert_eq!(found, (600, 200, runs[2].0, [runs[2].0, runs[3].0]));
            assert_eq!(curve.advice, advice);
        }
        let to_the_right = &runs[2..];
        assert_eq!(Curve::of(&gold, to_the_right, 2).advice, Advice::Extend);
    }

    #[test]
    fn a_point_has_the_measures_of_the_evaluation() {
        let (gold, items) = gold(7);
        for (threshold, labels) in runs(&items, &[HEAP, HALVES, NEARLY, ALONE]) {
            let pairs: String = labels
                .iter()
                .map(|(id, label)| format!("{id}\t{label}\n"))
                .collect();
            let all = Evaluation::of(&gold, &parse_pairs(&pairs).unwrap(), None);
            let curve = Curve::of(&gold, &[(threshold, labels)], 0);
            let point = &curve.points[0];
            assert_eq!(
                (point.b_cubed, point.pairwise, point.groups),
                (all.b_cubed, all.pairwise, all.groups)
            );
            assert_eq!(
                (point.behind, point.chance, curve.advice),
                (0.0, 0.0, Advice::Keep)
            );
        }
    }

    #[test]
    fn a_difference_in_one_of_few_stories_is_chance() {
        let (gold, items) = gold(6);
        let curve = Curve::of(&gold, &runs(&items, &[RIGHT, NEARLY, ALONE]), 1);
        assert!(
            curve.points[1].behind > LEVEL && curve.points[1].level,
            "{:?}",
            curve.points[1]
        );
        assert!(!curve.points[2].level);
    }

    #[test]
    fn the_best_of_equal_thresholds_is_the_nearest_to_the_current() {
        let (gold, items) = gold(5);
        let runs = runs(&items, &[RIGHT, RIGHT, RIGHT, RIGHT]);
        for (current, (threshold, _)) in runs.iter().enumerate() {
            assert_eq!(Curve::of(&gold, &runs, current).best, *threshold);
        }
    }
}
