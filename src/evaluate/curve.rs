//! Labels at several thresholds and a gold standard in, how precision and recall go with the
//! threshold out: which threshold is best, which are level with it, and whether the one in force
//! should be changed.
//!
//! What is chance is told by resampling the gold's groups (the cluster bootstrap; Efron 1979), a
//! hundred times with a fixed seed: both thresholds are judged on the same groups each time, so
//! what is hard for both cancels out. Linear in items, thresholds and resamples.

use std::collections::BTreeMap;

use serde::Serialize;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::measures::{Table, Tally};
use super::{Agreement, Gold};

/// A threshold that is behind the best by no more than this is level with it.
const LEVEL: f64 = 0.005;

/// The gold's groups are drawn anew so many times.
const RESAMPLES: u64 = 100;

/// What is behind the best by less than so many standard errors may be so by chance.
const ERRORS: f64 = 2.0;

/// What one threshold is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The threshold.
    pub threshold: f64,
    /// Groups among the items of the gold.
    pub groups: usize,
    /// B-cubed (Bagga and Baldwin 1998).
    pub b_cubed: Agreement,
    /// Over pairs of items.
    pub pairwise: Agreement,
    /// The means of both: of their precisions, their recalls and their F1. The last is what
    /// thresholds are judged by.
    pub mean: Agreement,
    /// How far its mean F1 is behind the best.
    pub behind: f64,
    /// How far it may be behind by chance: two standard errors of the difference to the best.
    pub chance: f64,
    /// Whether it is level with the best: behind by .005 or less, or by no more than chance would
    /// do.
    pub level: bool,
}

/// What an owner of the data should do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Advice {
    /// The threshold in force is level with the best.
    Keep,
    /// It is not; the middle of those that are is better.
    Change {
        /// That middle.
        to: f64,
    },
    /// It is not, and those that are reach the end of what was tried.
    Extend,
}

/// The thresholds tried, ascending, with what each is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// Items of the gold that are in the input: those that are judged.
    pub items: usize,
    /// Their groups in the gold.
    pub gold_groups: usize,
    /// One or more.
    pub points: Vec<Point>,
    /// The threshold in force.
    pub current: f64,
    /// The best; of equals the one whose place is nearest to the one in force.
    pub best: f64,
    /// The least and the greatest of the run of thresholds around the best that are level with it.
    pub plateau: [f64; 2],
    /// What to do.
    pub advice: Advice,
}

impl Curve {
    /// Judges the labels of each threshold, ascending: pairs of an item's id and its label.
    /// `current` is the place of the threshold in force. Items that the gold does not know are
    /// not judged.
    ///
    /// # Panics
    /// If `current` is no run's place, or the gold knows no item of the labels; see
    /// [`Gold::among`].
    pub fn of(gold: &Gold, runs: &[(f64, Vec<(&str, String)>)], current: usize) -> Self {
        let tables: Vec<Table> = runs.iter().map(|(_, labels)| table(gold, labels)).collect();
        let (items, gold_groups) = (tables[current].items, tables[current].gold.len());
        let means: Vec<Agreement> = tables
            .iter()
            .map(|table| table.b_cubed().mean(table.pairwise()))
            .collect();
        let order = |&a: &usize, &b: &usize| {
            means[a]
                .f1
                .total_cmp(&means[b].f1)
                .then(b.abs_diff(current).cmp(&a.abs_diff(current)))
        };
        let best = (0..means.len()).max_by(order).unwrap_or(current);
        let chances = chances(&tables, best);
        let point = |(at, ((threshold, _), table)): (usize, (&(f64, _), &Table))| {
            let behind = means[best].f1 - means[at].f1;
            Point {
                threshold: *threshold,
                groups: table.found.len(),
                b_cubed: table.b_cubed(),
                pairwise: table.pairwise(),
                mean: means[at],
                behind,
                chance: chances[at],
                level: behind <= chances[at].max(LEVEL),
            }
        };
        let points: Vec<Point> = runs.iter().zip(&tables).enumerate().map(point).collect();
        let plateau = plateau(&points, best);
        let advice = advice(&points, plateau, current);
        let at = |place: usize| points[place].threshold;
        let (current, best, plateau) = (at(current), at(best), plateau.map(at));
        Curve {
            items,
            gold_groups,
            current,
            best,
            plateau,
            advice,
            points,
        }
    }
}

/// The items that both the gold and the labels know.
fn table(gold: &Gold, labels: &[(&str, String)]) -> Table {
    let mut known: Vec<(&str, &str, &str)> = labels
        .iter()
        .filter_map(|(id, label)| Some((*id, label.as_str(), gold.stories.get(*id)?.as_str())))
        .collect();
    // Of items of one id the last label counts, as it does where labels are read from a file.
    known.sort_unstable();
    let by_id: BTreeMap<&str, (&str, &str)> = known
        .into_iter()
        .map(|(id, label, story)| (id, (label, story)))
        .collect();
    Table::new(by_id.into_values())
}

/// Two standard errors of the difference in mean F1 between each table and the best.
fn chances(tables: &[Table], best: usize) -> Vec<f64> {
    let tallies: Vec<Vec<Tally>> = tables.iter().map(Table::tallies).collect();
    let groups = tallies[best].len();
    let drawn = |resample: u64| {
        let draw = move |at: u64| xxh3_64_with_seed(&at.to_le_bytes(), resample) as usize % groups;
        (0..groups as u64).map(draw).collect::<Vec<usize>>()
    };
    let draws: Vec<Vec<usize>> = (0..RESAMPLES).map(drawn).collect();
    let judge = |tally: &[Tally], draw: &[usize]| {
        draw.iter()
            .map(|&group| tally[group])
            .sum::<Tally>()
            .mean_f1()
    };
    let at_best: Vec<f64> = draws
        .iter()
        .map(|draw| judge(&tallies[best], draw))
        .collect();
    let spread = |tally: &Vec<Tally>| {
        let gaps: Vec<f64> = draws
            .iter()
            .zip(&at_best)
            .map(|(draw, best)| best - judge(tally, draw))
            .collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let squares: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
        ERRORS * (squares / (gaps.len() - 1) as f64).sqrt()
    };
    tallies.iter().map(spread).collect()
}

fn plateau(points: &[Point], best: usize) -> [usize; 2] {
    let run =
        |places: &mut dyn Iterator<Item = usize>| places.take_while(|&at| points[at].level).last();
    [
        run(&mut (0..=best).rev()).unwrap_or(best),
        run(&mut (best..points.len())).unwrap_or(best),
    ]
}

fn advice(points: &[Point], [first, last]: [usize; 2], current: usize) -> Advice {
    // Nothing is more alike than the same, so beyond 1 there is nothing to look for.
    let open = first == 0 || last == points.len() - 1 && points[last].threshold < 1.0;
    match () {
        () if points[current].level => Advice::Keep,
        () if open => Advice::Extend,
        () => Advice::Change {
            to: points[first.midpoint(last)].threshold,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Evaluation, parse_pairs};

    /// So many stories of three items, each grouped right or in one heap, in parts, alone.
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
    fn the_best_is_found_and_what_is_level_with_it() {
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
    fn what_is_measured_is_what_the_evaluation_measures() {
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
    fn a_difference_in_one_story_is_chance_in_few() {
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
    fn of_equals_the_one_nearest_to_what_is_in_force_is_best() {
        let (gold, items) = gold(5);
        let runs = runs(&items, &[RIGHT, RIGHT, RIGHT, RIGHT]);
        for (current, (threshold, _)) in runs.iter().enumerate() {
            assert_eq!(Curve::of(&gold, &runs, current).best, *threshold);
        }
    }
}
