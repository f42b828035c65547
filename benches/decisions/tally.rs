//! Precision and recall.
//!
//! Input: decisions about labelled pairs. Output: tables of right decisions.

use std::collections::BTreeMap;

use crate::grouping::Decision;
use crate::sets::{Pair, Set, Verdict};

/// The number of pairs of each verdict that are together, and that are apart.
#[derive(Debug, Clone, Copy, Default)]
struct Tally([[f64; 2]; 3]);

impl Tally {
    fn add(&mut self, verdict: Verdict, together: bool, weight: f64) {
        self.0[verdict as usize][usize::from(together)] += weight;
    }

    fn count(&self, verdict: Verdict, together: bool) -> f64 {
        self.0[verdict as usize][usize::from(together)]
    }

    /// The number of pairs of a verdict.
    fn all(&self, verdict: Verdict) -> f64 {
        self.0[verdict as usize].iter().sum()
    }

    /// Precision: the share of duplicates among the pairs that are together and have a verdict; 1
    /// if there is no such pair.
    fn precision(&self) -> f64 {
        let found = self.count(Verdict::Copy, true);
        share(found, found + self.count(Verdict::Apart, true))
    }

    /// Recall: the share of duplicates that are together; 1 if there is no duplicate.
    fn recall(&self) -> f64 {
        share(self.count(Verdict::Copy, true), self.all(Verdict::Copy))
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

/// The tallies of a set.
pub struct Tables<'s> {
    /// The tally of each stratum, and the number of its pairs.
    strata: BTreeMap<&'s str, (Tally, f64)>,
    /// The pairs that are together, by kind of edge, as drawn and weighted.
    kinds: BTreeMap<&'static str, [Tally; 2]>,
    /// All pairs, as drawn and weighted.
    whole: [Tally; 2],
}

impl<'s> Tables<'s> {
    /// Counts a set's decisions.
    pub fn of(set: &'s Set, decisions: &[Decision]) -> Self {
        let mut drawn: BTreeMap<&str, f64> = BTreeMap::new();
        set.pairs
            .iter()
            .for_each(|pair| *drawn.entry(&pair.stratum).or_default() += 1.0);
        let mut tables = Tables {
            strata: BTreeMap::new(),
            kinds: BTreeMap::new(),
            whole: Default::default(),
        };
        for (pair, decision) in set.pairs.iter().zip(decisions) {
            let drawn = drawn[&*pair.stratum];
            let size = set.sizes.get(&pair.stratum).copied().unwrap_or(drawn);
            tables.add(pair, decision, size, size / drawn);
        }
        tables
    }

    fn add(&mut self, pair: &'s Pair, decision: &Decision, size: f64, weight: f64) {
        let together = decision.together;
        let (stratum, of) = self.strata.entry(&pair.stratum).or_default();
        stratum.add(pair.verdict, together, 1.0);
        *of = size;
        let add = |[drawn, weighed]: &mut [Tally; 2]| {
            drawn.add(pair.verdict, together, 1.0);
            weighed.add(pair.verdict, together, weight);
        };
        add(&mut self.whole);
        if together {
            let kind = decision.kind.map_or("through others", |kind| kind.name());
            add(self.kinds.entry(kind).or_default());
        }
    }

    /// Prints a row per stratum.
    pub fn print_strata(&self) {
        println!(
            "{:44}   pairs    copy   apart  either  precision recall",
            "together/not"
        );
        for (stratum, (tally, size)) in &self.strata {
            let cells = Verdict::ALL.map(|verdict| {
                let [not, together] = [false, true].map(|together| tally.count(verdict, together));
                format!("{:>8}", format!("{together}/{not}"))
            });
            let (precision, recall) = (tally.precision(), tally.recall());
            println!(
                "{stratum:44}{size:8}{}     {precision:.3}  {recall:.3}",
                cells.concat()
            );
        }
    }

    /// Prints a row per kind of edge.
    pub fn print_kinds(&self) {
        println!(
            "{:44}    copy   apart  either  precision weighed",
            "together by an edge of kind"
        );
        for (kind, [drawn, weighed]) in &self.kinds {
            let cells = Verdict::ALL.map(|verdict| format!("{:>8}", drawn.count(verdict, true)));
            println!(
                "{kind:44}{}     {:.3}   {:.3}",
                cells.concat(),
                drawn.precision(),
                weighed.precision()
            );
        }
    }

    /// Prints precision and recall of the set.
    pub fn print_whole(&self, set: &Set) {
        let [drawn, weighed] = &self.whole;
        let rates = |tally: &Tally| {
            format!(
                "precision {:.3} recall {:.3}",
                tally.precision(),
                tally.recall()
            )
        };
        let name = if set.name.is_empty() {
            String::new()
        } else {
            format!("{}: ", set.name)
        };
        print!(
            "{name}{} pairs, readers agree {:.3}; ",
            set.pairs.len(),
            set.agreement
        );
        if !set.sizes.is_empty() {
            print!("weighed: {}; ", rates(weighed));
        }
        let [copies, apart] = [Verdict::Copy, Verdict::Apart]
            .map(|verdict| format!("{} of {}", drawn.count(verdict, true), drawn.all(verdict)));
        println!(
            "as drawn: {} (copies {copies} together, {apart} others together)",
            rates(drawn)
        );
    }
}

/// Prints the pairs that are decided wrongly: name, stratum, verdict, kind of edge, ids.
pub fn print_wrong(set: &Set, decisions: &[Decision]) {
    let wrong = |(pair, decision): &(&Pair, &Decision)| match pair.verdict {
        Verdict::Copy => !decision.together,
        Verdict::Apart => decision.together,
        Verdict::Either => false,
    };
    for (pair, decision) in set.pairs.iter().zip(decisions).filter(wrong) {
        let kind = decision.kind.map_or("-", |kind| kind.name());
        let ([a, b], verdict) = (&pair.ids, pair.verdict.name());
        println!(
            "{}\t{}\t{verdict}\t{kind}\t{a}\t{b}",
            pair.name, pair.stratum
        );
    }
}
