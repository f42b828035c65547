//! The measures, from the table of how many items each group shares with each gold group.

use std::collections::BTreeMap;
use std::iter::Sum;

use super::Agreement;
use super::assign;

/// How many items each pair of groups has in common; only pairs that have any.
pub(super) struct Table {
    pub(super) items: usize,
    /// The sizes of the groups found.
    pub(super) found: Vec<usize>,
    /// The sizes of the gold groups.
    pub(super) gold: Vec<usize>,
    /// Group found, gold group, items in common; ascending.
    pub(super) shared: Vec<(usize, usize, usize)>,
}

impl Table {
    /// Counts pairs of labels: found, gold.
    pub(super) fn new<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let (mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new());
        let mut cells: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let mut table = Table {
            items: 0,
            found: Vec::new(),
            gold: Vec::new(),
            shared: Vec::new(),
        };
        for (found, gold) in pairs {
            let row = *rows.entry(found).or_insert_with(|| push(&mut table.found));
            let column = *columns.entry(gold).or_insert_with(|| push(&mut table.gold));
            table.found[row] += 1;
            table.gold[column] += 1;
            table.items += 1;
            *cells.entry((row, column)).or_default() += 1;
        }
        table.shared = cells
            .into_iter()
            .map(|((row, column), count)| (row, column, count))
            .collect();
        table
    }

    pub(super) fn b_cubed(&self) -> Agreement {
        let sum = |size: fn(&Table, usize, usize) -> usize| -> f64 {
            let cells = self
                .shared
                .iter()
                .map(|&(r, c, n)| (n * n) as f64 / size(self, r, c) as f64);
            cells.sum::<f64>() / self.items.max(1) as f64
        };
        Agreement::new(
            sum(|table, r, _| table.found[r]),
            sum(|table, _, c| table.gold[c]),
        )
    }

    pub(super) fn pairwise(&self) -> Agreement {
        let both: f64 = self.shared.iter().map(|&(_, _, n)| pairs(n)).sum();
        let share = |sizes: &[usize]| match sizes.iter().map(|&n| pairs(n)).sum::<f64>() {
            0.0 => 1.0,
            all => both / all,
        };
        Agreement::new(share(&self.found), share(&self.gold))
    }

    /// What each gold group adds to B-cubed and to the pairs; of a pair that crosses gold groups
    /// each has half.
    pub(super) fn tallies(&self) -> Vec<Tally> {
        let mut tallies = vec![Tally::default(); self.gold.len()];
        for &(row, column, common) in &self.shared {
            let (found, gold, n) = (
                self.found[row] as f64,
                self.gold[column] as f64,
                common as f64,
            );
            let tally = &mut tallies[column];
            tally.items += n;
            tally.b_cubed[0] += n * n / found;
            tally.b_cubed[1] += n * n / gold;
            tally.both += pairs(common);
            tally.pairs_found += pairs(common) + n * (found - n) / 2.0;
            tally.pairs_gold = pairs(self.gold[column]);
        }
        tallies
    }

    pub(super) fn ari(&self) -> f64 {
        let all = |sizes: &[usize]| sizes.iter().map(|&n| pairs(n)).sum::<f64>();
        let (found, gold) = (all(&self.found), all(&self.gold));
        let both: f64 = self.shared.iter().map(|&(_, _, n)| pairs(n)).sum();
        let expected = if self.items > 1 {
            found * gold / pairs(self.items)
        } else {
            0.0
        };
        let most = (found + gold) / 2.0;
        if most == expected {
            1.0
        } else {
            (both - expected) / (most - expected)
        }
    }

    pub(super) fn nmi(&self) -> f64 {
        let mean = (self.entropy(&self.found) + self.entropy(&self.gold)) / 2.0;
        if mean > 0.0 {
            self.information() / mean
        } else {
            1.0
        }
    }

    pub(super) fn v_measure(&self) -> Agreement {
        let share = |entropy: f64| {
            if entropy > 0.0 {
                self.information() / entropy
            } else {
                1.0
            }
        };
        Agreement::new(
            share(self.entropy(&self.gold)),
            share(self.entropy(&self.found)),
        )
    }

    pub(super) fn ami(&self) -> f64 {
        let mean = (self.entropy(&self.found) + self.entropy(&self.gold)) / 2.0;
        let expected = self.expected_information();
        let range = mean - expected;
        if range.abs() < 1e-12 {
            1.0
        } else {
            (self.information() - expected) / range
        }
    }

    pub(super) fn ceaf_e(&self) -> Agreement {
        let alike = |&(r, c, n): &(usize, usize, usize)| {
            (r, c, 2.0 * n as f64 / (self.found[r] + self.gold[c]) as f64)
        };
        let total = assign::greatest(&self.shared.iter().map(alike).collect::<Vec<_>>());
        Agreement::new(
            total / self.found.len().max(1) as f64,
            total / self.gold.len().max(1) as f64,
        )
    }

    fn entropy(&self, sizes: &[usize]) -> f64 {
        let share = |&n: &usize| n as f64 / self.items as f64;
        -sizes.iter().map(share).map(|p| p * p.ln()).sum::<f64>()
    }

    fn information(&self) -> f64 {
        let n = self.items as f64;
        let term = |&(r, c, k): &(usize, usize, usize)| {
            let k = k as f64;
            k / n * (n * k / (self.found[r] as f64 * self.gold[c] as f64)).ln()
        };
        self.shared.iter().map(term).sum::<f64>().max(0.0)
    }

    /// The mean mutual information of two random groupings with these sizes (Vinh, Epps and Bailey
    /// 2010, equation 24a); groups of one size are counted together.
    fn expected_information(&self) -> f64 {
        let n = self.items;
        let logs: Vec<f64> = std::iter::once(0.0)
            .chain((1..=n).scan(0.0, |sum, k| {
                *sum += (k as f64).ln();
                Some(*sum)
            }))
            .collect();
        let mut sum = 0.0;
        for (a, times_a) in by_size(&self.found) {
            for (b, times_b) in by_size(&self.gold) {
                let fixed = logs[a] + logs[b] + logs[n - a] + logs[n - b] - logs[n];
                let terms = ((a + b).saturating_sub(n).max(1)..=a.min(b)).map(|k| {
                    let odds = fixed - logs[k] - logs[a - k] - logs[b - k] - logs[n + k - a - b];
                    let gain =
                        k as f64 / n as f64 * (n as f64 * k as f64 / (a as f64 * b as f64)).ln();
                    gain * odds.exp()
                });
                sum += terms.sum::<f64>() * (times_a * times_b) as f64;
            }
        }
        sum
    }
}

/// What one or more gold groups add to the measures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    items: f64,
    /// The sums of the items' B-cubed precision and recall.
    b_cubed: [f64; 2],
    both: f64,
    pairs_found: f64,
    pairs_gold: f64,
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Tally::default(), |a, b| Tally {
            items: a.items + b.items,
            b_cubed: [a.b_cubed[0] + b.b_cubed[0], a.b_cubed[1] + b.b_cubed[1]],
            both: a.both + b.both,
            pairs_found: a.pairs_found + b.pairs_found,
            pairs_gold: a.pairs_gold + b.pairs_gold,
        })
    }
}

impl Tally {
    pub(super) fn mean_f1(self) -> f64 {
        let [precision, recall] = self.b_cubed.map(|sum| sum / self.items.max(1.0));
        let share = |all: f64| if all > 0.0 { self.both / all } else { 1.0 };
        let pairwise = Agreement::new(share(self.pairs_found), share(self.pairs_gold));
        Agreement::new(precision, recall).mean(pairwise).f1
    }
}

fn push(sizes: &mut Vec<usize>) -> usize {
    sizes.push(0);
    sizes.len() - 1
}

fn pairs(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}

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

    fn table(found: &[u8], gold: &[u8]) -> Table {
        let name = |labels: &[u8]| labels.iter().map(u8::to_string).collect::<Vec<_>>();
        let (found, gold) = (name(found), name(gold));
        Table::new(
            found
                .iter()
                .map(String::as_str)
                .zip(gold.iter().map(String::as_str)),
        )
    }

    #[test]
    fn a_small_case_by_hand() {
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
    fn the_gold_itself_is_perfect() {
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

    /// Every way to deal the gold labels to the items, each as likely as another.
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
        fn measures_are_those_of_their_definitions(labels in proptest::collection::vec((0u8..4, 0u8..4), 2..30)) {
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
        fn the_expected_information_is_the_mean_over_all_deals(labels in proptest::collection::vec((0u8..3, 0u8..3), 2..7)) {
            let (found, gold): (Vec<u8>, Vec<u8>) = labels.iter().copied().unzip();
            prop_assert!((table(&found, &gold).expected_information() - mean_information(&found, &gold)).abs() < 1e-9);
        }
    }
}
