//! The measures, computed from the contingency table of found and gold groups.
//!
//! Input: the two labels of each item. Output: one measure per method, in the ranges of
//! [`super::Evaluation`]. Below, `n` is the number of items, `a` the size of a found group, `b` the
//! size of a gold group, and `k` the number of common items.

use std::collections::BTreeMap;
use std::iter::Sum;

use super::Agreement;
use super::assign;

/// Contingency table, sparse.
pub(super) struct ContingencyTable {
    pub(super) items: usize,
    /// Sizes of the found groups.
    pub(super) found: Vec<usize>,
    /// Sizes of the gold groups.
    pub(super) gold: Vec<usize>,
    /// The cells that are not 0, sorted.
    pub(super) cells: Vec<Cell>,
}

/// A found group and a gold group with items in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    /// Index of the found group.
    found: usize,
    /// Index of the gold group.
    gold: usize,
    /// Number of items in both.
    common: usize,
}

impl ContingencyTable {
    /// Counts pairs of a found and a gold label.
    pub(super) fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
        let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let (mut items, mut found_sizes, mut gold_sizes) = (0, Vec::new(), Vec::new());
        for (found, gold) in pairs {
            let row = *rows
                .entry(found)
                .or_insert_with(|| push_empty(&mut found_sizes));
            let column = *columns
                .entry(gold)
                .or_insert_with(|| push_empty(&mut gold_sizes));
            found_sizes[row] += 1;
            gold_sizes[column] += 1;
            items += 1;
            *counts.entry((row, column)).or_default() += 1;
        }
        let cells = counts
            .into_iter()
            .map(|((found, gold), common)| Cell {
                found,
                gold,
                common,
            })
            .collect();
        ContingencyTable {
            items,
            found: found_sizes,
            gold: gold_sizes,
            cells,
        }
    }

    /// B-cubed (Bagga and Baldwin 1998; Amigó et al. 2009).
    ///
    /// ```text
    /// precision = sum(k^2 / a) / n
    /// recall    = sum(k^2 / b) / n
    /// ```
    pub(super) fn b_cubed(&self) -> Agreement {
        let (mut precision, mut recall) = (0.0, 0.0);
        for cell in &self.cells {
            let square = (cell.common * cell.common) as f64;
            precision += square / self.found[cell.found] as f64;
            recall += square / self.gold[cell.gold] as f64;
        }
        let items = self.items.max(1) as f64;
        Agreement::new(precision / items, recall / items)
    }

    /// Precision and recall of pairs: `sum(C(k, 2)) / sum(C(a, 2))` and `/ sum(C(b, 2))`; 1 if
    /// there are no pairs.
    pub(super) fn pairwise(&self) -> Agreement {
        let both = self.pairs_in_both();
        Agreement::new(
            share(both, pairs_within(&self.found)),
            share(both, pairs_within(&self.gold)),
        )
    }

    fn pairs_in_both(&self) -> f64 {
        self.cells.iter().map(|cell| pairs(cell.common)).sum()
    }

    /// Share of each gold group in B-cubed and pairwise counts, for resampling by gold group. A
    /// pair across two gold groups counts half for each.
    pub(super) fn tallies(&self) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.gold.len()];
        for cell in &self.cells {
            let found = self.found[cell.found] as f64;
            let gold = self.gold[cell.gold] as f64;
            let common = cell.common as f64;
            let tally = &mut tallies[cell.gold];
            tally.items += common;
            tally.precision_sum += common * common / found;
            tally.recall_sum += common * common / gold;
            tally.pairs_in_both += pairs(cell.common);
            tally.found_pairs += pairs(cell.common) + common * (found - common) / 2.0;
            tally.gold_pairs = pairs(self.gold[cell.gold]);
        }
        tallies
    }

    /// Adjusted Rand index (Hubert and Arabie 1985).
    ///
    /// ```text
    /// expected = sum(C(a, 2)) * sum(C(b, 2)) / C(n, 2)
    /// ari      = (sum(C(k, 2)) - expected) / ((sum(C(a, 2)) + sum(C(b, 2))) / 2 - expected)
    /// ```
    pub(super) fn ari(&self) -> f64 {
        let (found, gold) = (pairs_within(&self.found), pairs_within(&self.gold));
        let expected = if self.items > 1 {
            found * gold / pairs(self.items)
        } else {
            0.0
        };
        let maximum = (found + gold) / 2.0;
        if maximum == expected {
            1.0
        } else {
            (self.pairs_in_both() - expected) / (maximum - expected)
        }
    }

    /// Normalized mutual information: `I / mean(H(found), H(gold))`; 1 if both entropies are 0.
    pub(super) fn nmi(&self) -> f64 {
        share(self.information(), self.mean_entropy())
    }

    /// Homogeneity `I / H(gold)` and completeness `I / H(found)` (Rosenberg and Hirschberg 2007).
    pub(super) fn v_measure(&self) -> Agreement {
        let information = self.information();
        Agreement::new(
            share(information, self.entropy(&self.gold)),
            share(information, self.entropy(&self.found)),
        )
    }

    /// Adjusted mutual information (Vinh, Epps and Bailey 2010).
    ///
    /// ```text
    /// ami = (I - E[I]) / (mean(H(found), H(gold)) - E[I])
    /// ```
    pub(super) fn ami(&self) -> f64 {
        let expected = self.expected_information();
        let range = self.mean_entropy() - expected;
        if range.abs() < 1e-12 {
            1.0
        } else {
            (self.information() - expected) / range
        }
    }

    /// CEAF with phi 4 (Luo 2005): the greatest sum of `2 k / (a + b)` over one-to-one assignments
    /// of groups, divided by the number of found groups (precision) and of gold groups (recall).
    pub(super) fn ceaf_e(&self) -> Agreement {
        let similarities: Vec<(usize, usize, f64)> = self
            .cells
            .iter()
            .map(|cell| {
                let sizes = (self.found[cell.found] + self.gold[cell.gold]) as f64;
                (cell.found, cell.gold, 2.0 * cell.common as f64 / sizes)
            })
            .collect();
        let total = assign::greatest_sum(&similarities);
        Agreement::new(
            total / self.found.len().max(1) as f64,
            total / self.gold.len().max(1) as f64,
        )
    }

    fn mean_entropy(&self) -> f64 {
        (self.entropy(&self.found) + self.entropy(&self.gold)) / 2.0
    }

    /// Entropy of a partition into groups of the given sizes, in nats.
    fn entropy(&self, sizes: &[usize]) -> f64 {
        -sizes
            .iter()
            .map(|&size| size as f64 / self.items as f64)
            .map(|p| p * p.ln())
            .sum::<f64>()
    }

    /// Mutual information in nats: `sum(k / n * ln(n k / (a b)))`.
    fn information(&self) -> f64 {
        let n = self.items as f64;
        let sum: f64 = self
            .cells
            .iter()
            .map(|cell| {
                let common = cell.common as f64;
                let sizes = self.found[cell.found] as f64 * self.gold[cell.gold] as f64;
                common / n * (n * common / sizes).ln()
            })
            .sum();
        sum.max(0.0)
    }

    /// Expected mutual information, in nats, of two random partitions with these group sizes (Vinh,
    /// Epps and Bailey 2010, equation 24a). Groups of equal size are computed once.
    fn expected_information(&self) -> f64 {
        let log_factorials = log_factorials(self.items);
        let mut sum = 0.0;
        for (a, times_a) in by_size(&self.found) {
            for (b, times_b) in by_size(&self.gold) {
                let expected = expected_term(a, b, self.items, &log_factorials);
                sum += expected * (times_a * times_b) as f64;
            }
        }
        sum
    }
}

/// Expected contribution to the mutual information, in nats, of a found group of `a` and a gold
/// group of `b` of `n` items; `k` is hypergeometric.
fn expected_term(a: usize, b: usize, n: usize, logs: &[f64]) -> f64 {
    let fixed = logs[a] + logs[b] + logs[n - a] + logs[n - b] - logs[n];
    let possible = (a + b).saturating_sub(n).max(1)..=a.min(b);
    possible
        .map(|k| {
            let log_odds = fixed - logs[k] - logs[a - k] - logs[b - k] - logs[n + k - a - b];
            let gain = k as f64 / n as f64 * (n as f64 * k as f64 / (a as f64 * b as f64)).ln();
            gain * log_odds.exp()
        })
        .sum()
}

/// `ln(k!)` for `k` in `0..=n`.
fn log_factorials(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in 1..=n {
        logs[k] = logs[k - 1] + (k as f64).ln();
    }
    logs
}

/// Sums over gold groups: the input of B-cubed and pairwise F1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    items: f64,
    /// Sum of B-cubed precision over items.
    precision_sum: f64,
    /// Sum of B-cubed recall over items.
    recall_sum: f64,
    pairs_in_both: f64,
    found_pairs: f64,
    gold_pairs: f64,
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |a, b| Tally {
            items: a.items + b.items,
            precision_sum: a.precision_sum + b.precision_sum,
            recall_sum: a.recall_sum + b.recall_sum,
            pairs_in_both: a.pairs_in_both + b.pairs_in_both,
            found_pairs: a.found_pairs + b.found_pairs,
            gold_pairs: a.gold_pairs + b.gold_pairs,
        })
    }
}

impl Tally {
    /// Mean of B-cubed and pairwise F1, in `0..=1`.
    pub(super) fn mean_f1(self) -> f64 {
        let items = self.items.max(1.0);
        let b_cubed = Agreement::new(self.precision_sum / items, self.recall_sum / items);
        let pairwise = Agreement::new(
            share(self.pairs_in_both, self.found_pairs),
            share(self.pairs_in_both, self.gold_pairs),
        );
        b_cubed.mean(pairwise).f1
    }
}

/// `part / whole`; 1 if `whole` is 0.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

/// Index of a new group without items.
fn push_empty(sizes: &mut Vec<usize>) -> usize {
    sizes.push(0);
    sizes.len() - 1
}

/// `C(n, 2)`, the number of pairs of `n` items.
fn pairs(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}

fn pairs_within(sizes: &[usize]) -> f64 {
    sizes.iter().map(|&size| pairs(size)).sum()
}

/// Number of groups of each size.
fn by_size(sizes: &[usize]) -> BTreeMap<usize, usize> {
    let mut counts = BTreeMap::new();
    for &size in sizes {
        *counts.entry(size).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(found: &[u8], gold: &[u8]) -> ContingencyTable {
        let name = |labels: &[u8]| labels.iter().map(u8::to_string).collect::<Vec<_>>();
        let (found, gold) = (name(found), name(gold));
        ContingencyTable::new(
            found
                .iter()
                .map(String::as_str)
                .zip(gold.iter().map(String::as_str)),
        )
    }

    #[test]
    fn a_small_case_has_the_values_computed_by_hand() {
        let table = table(&[1, 1, 2, 2], &[1, 1, 1, 2]);
        assert!((table.b_cubed().precision - 0.75).abs() < 1e-12);
        assert!(
            (table.b_cubed().recall - (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0).abs()
                < 1e-12
        );
        assert_eq!(
            (table.pairwise().precision, table.pairwise().recall),
            (0.5, 1.0 / 3.0)
        );
        assert_eq!(table.ari(), 0.0);
        assert!((table.ceaf_e().precision - (0.8 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn equal_groups_score_one() {
        let table = table(&[1, 1, 2, 3], &[4, 4, 5, 6]);
        for value in [
            table.b_cubed().f1,
            table.pairwise().f1,
            table.ari(),
            table.nmi(),
            table.ami(),
            table.v_measure().f1,
            table.ceaf_e().f1,
        ] {
            assert!((value - 1.0).abs() < 1e-12);
        }
    }

    /// Mean mutual information over all permutations of the gold labels.
    fn mean_information(found: &[u8], gold: &[u8]) -> f64 {
        fn deal(found: &[u8], left: &mut Vec<u8>, dealt: &mut Vec<u8>, sums: &mut (f64, f64)) {
            if left.is_empty() {
                sums.0 += table(found, dealt).information();
                sums.1 += 1.0;
            }
            for at in 0..left.len() {
                let label = left.remove(at);
                dealt.push(label);
                deal(found, left, dealt, sums);
                dealt.pop();
                left.insert(at, label);
            }
        }
        let mut sums = (0.0, 0.0);
        deal(found, &mut gold.to_vec(), &mut Vec::new(), &mut sums);
        sums.0 / sums.1
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn measures_follow_their_definitions(
            labels in proptest::collection::vec((0u8..4, 0u8..4), 2..30),
        ) {
            let (found, gold): (Vec<u8>, Vec<u8>) = labels.iter().copied().unzip();
            let table = table(&found, &gold);
            let n = labels.len();
            let (mut precision, mut recall) = (0.0, 0.0);
            let (mut both, mut by_found, mut by_gold) = (0.0, 0.0, 0.0);
            for i in 0..n {
                let same = |k: usize| (found[k] == found[i], gold[k] == gold[i]);
                let count = |test: &dyn Fn((bool, bool)) -> bool| (0..n).filter(|&k| test(same(k))).count() as f64;
                precision += count(&|(f, g)| f && g) / count(&|(f, _)| f) / n as f64;
                recall += count(&|(f, g)| f && g) / count(&|(_, g)| g) / n as f64;
                for k in 0..i {
                    both += f64::from(u8::from(same(k) == (true, true)));
                    by_found += f64::from(u8::from(same(k).0));
                    by_gold += f64::from(u8::from(same(k).1));
                }
            }
            prop_assert!((table.b_cubed().precision - precision).abs() < 1e-9);
            prop_assert!((table.b_cubed().recall - recall).abs() < 1e-9);
            let share = |all: f64| if all > 0.0 { both / all } else { 1.0 };
            prop_assert!((table.pairwise().precision - share(by_found)).abs() < 1e-9);
            prop_assert!((table.pairwise().recall - share(by_gold)).abs() < 1e-9);
            let mean = table.b_cubed().mean(table.pairwise()).f1;
            prop_assert!((table.tallies().into_iter().sum::<Tally>().mean_f1() - mean).abs() < 1e-9);
        }

        #[test]
        fn expected_information_is_the_mean_over_all_permutations(
            labels in proptest::collection::vec((0u8..3, 0u8..3), 2..7),
        ) {
            let (found, gold): (Vec<u8>, Vec<u8>) = labels.iter().copied().unzip();
            prop_assert!((table(&found, &gold).expected_information() - mean_information(&found, &gold)).abs() < 1e-9);
        }
    }
}
