//! Labels and a gold standard in, how well they agree out; of labels at several thresholds, how
//! that goes with the threshold. Items that the gold does not know are left out; items of the gold
//! without a label stand alone. Linear in the items, but for the expected mutual information
//! (groups times groups) and the best assignment of groups that overlap.

mod assign;
mod curve;
mod measures;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::tsv::unescape;
use measures::Table;

pub use curve::{Advice, Curve, Point};

/// A line that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} is {found:?}, but should be {expected}")]
pub struct LineError {
    line: usize,
    found: String,
    expected: &'static str,
}

/// A gold standard by which no threshold can be judged.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum GoldError {
    /// None of its items is there.
    #[error("none of its {0} items is in the input; are these the ids of the input's items?")]
    NoItem(usize),
    /// Nothing should be apart.
    #[error(
        "its {0} items in the input are one group, but two groups at least are needed: what should be apart counts too"
    )]
    OneGroup(usize),
    /// Nothing should be together.
    #[error(
        "each of its {0} items in the input is a group of its own, but one group of two items at least is needed"
    )]
    NoPair(usize),
}

/// What two readers said of an item of a story of three or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    good: bool,
    bad: bool,
}

/// The stories as readers see them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gold {
    stories: BTreeMap<String, String>,
    /// The groups of duplicates of the items that have a third cell.
    copies: BTreeMap<String, String>,
    marks: BTreeMap<String, Marks>,
}

impl Gold {
    /// Ids are [unescaped](crate::tsv). Reads "id, story" or, with a header that begins with
    /// "id", "id, story, dup, canon_a, canon_b", by tabs.
    ///
    /// # Errors
    /// [`LineError`] for the first line without an id and a story.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut gold = Gold::default();
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
        {
            let cells: Vec<&str> = line.split('\t').collect();
            let [id, story, ..] = cells[..] else {
                return Err(LineError {
                    line: number + 1,
                    found: line.to_owned(),
                    expected: "an id, a tab and a story",
                });
            };
            if (number, id) == (0, "id") {
                continue;
            }
            let id = &*unescape(id);
            gold.stories.insert(id.to_owned(), story.to_owned());
            if let [_, _, dup, ..] = cells[..] {
                let group = if dup == "-" {
                    format!("alone {id}")
                } else {
                    format!("group {dup}")
                };
                gold.copies.insert(id.to_owned(), group);
            }
            if let [_, _, _, a, b, ..] = cells[..]
                && (a != "-" || b != "-")
            {
                let good = |mark: &str| matches!(mark, "best" | "ok");
                gold.marks.insert(
                    id.to_owned(),
                    Marks {
                        good: good(a) && good(b),
                        bad: a == "bad" || b == "bad",
                    },
                );
            }
        }
        Ok(gold)
    }

    /// The stories of items, given as pairs of an id and a story.
    pub fn of(stories: impl IntoIterator<Item = (String, String)>) -> Self {
        Gold {
            stories: stories.into_iter().collect(),
            ..Gold::default()
        }
    }

    /// How many items it has.
    pub fn items(&self) -> usize {
        self.stories.len()
    }

    /// Its stories, each with its items, in their order.
    pub fn stories(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut stories: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, story) in &self.stories {
            stories.entry(story).or_default().push(id);
        }
        stories
    }

    /// What it says of these ids.
    ///
    /// # Errors
    /// [`GoldError`] if labels of them cannot be told to be good or bad by it.
    pub fn among<'a>(self, ids: impl Iterator<Item = &'a str>) -> Result<Self, GoldError> {
        let all = self.items();
        let ids: BTreeSet<&str> = ids.collect();
        let mut gold = self;
        gold.stories.retain(|id, _| ids.contains(id.as_str()));
        let groups: BTreeSet<&str> = gold.stories.values().map(String::as_str).collect();
        match (groups.len(), gold.items()) {
            (0, _) => Err(GoldError::NoItem(all)),
            (1, items) => Err(GoldError::OneGroup(items)),
            (groups, items) if groups == items => Err(GoldError::NoPair(items)),
            _ => Ok(gold),
        }
    }

    /// The groups of duplicates that it names, as a gold standard of their own, if it names any;
    /// "-" stands for none. Without them its stories are all it has.
    pub fn duplicates(self) -> Self {
        if self.copies.is_empty() {
            return self;
        }
        Gold {
            stories: self.copies,
            ..Gold::default()
        }
    }
}

/// Reads two cells a line, by a tab; cells are [unescaped](crate::tsv).
///
/// # Errors
/// [`LineError`] for the first line without both.
pub fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, LineError> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    let pair = |(number, line): (usize, &str)| match line.split_once('\t') {
        Some((first, second)) => Ok((unescape(first).into_owned(), unescape(second).into_owned())),
        None => Err(LineError {
            line: number + 1,
            found: line.to_owned(),
            expected: "two cells with a tab between",
        }),
    };
    lines.map(pair).collect()
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// The share of what was joined that belongs together.
    pub precision: f64,
    /// The share of what belongs together that was joined.
    pub recall: f64,
    /// 2 P R / (P + R); of a mean of two agreements the mean of theirs.
    pub f1: f64,
}

impl Agreement {
    fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Agreement {
            precision,
            recall,
            f1: if sum > 0.0 {
                2.0 * precision * recall / sum
            } else {
                0.0
            },
        }
    }

    /// The mean of two, part by part: its F1 is the mean of theirs.
    fn mean(self, other: Self) -> Self {
        let mean = |part: fn(Self) -> f64| f64::midpoint(part(self), part(other));
        Agreement {
            precision: mean(|it| it.precision),
            recall: mean(|it| it.recall),
            f1: mean(|it| it.f1),
        }
    }
}

/// How often the canonical item of a story is one that readers would take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CanonicalRates {
    /// Stories of three or more with marks.
    pub stories: usize,
    /// Stories whose canonical both readers marked best or ok.
    pub good: usize,
    /// Stories whose canonical a reader marked bad.
    pub bad: usize,
    /// The share of good ones.
    pub good_rate: f64,
    /// The share of bad ones.
    pub bad_rate: f64,
}

/// All measures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Items of the gold.
    pub items: usize,
    /// Groups of the gold.
    pub gold_groups: usize,
    /// Groups of the labels, among items of the gold.
    pub groups: usize,
    /// B-cubed (Bagga and Baldwin 1998): F1 of the means of precision and recall over items.
    pub b_cubed: Agreement,
    /// Over pairs of items.
    pub pairwise: Agreement,
    /// Adjusted Rand index (Hubert and Arabie 1985).
    pub ari: f64,
    /// Adjusted mutual information, arithmetic mean of the entropies (Vinh, Epps and Bailey 2010).
    pub ami: f64,
    /// Normalised mutual information, arithmetic mean.
    pub nmi: f64,
    /// Homogeneity and completeness as precision and recall (Rosenberg and Hirschberg 2007); their
    /// mean is V.
    pub v_measure: Agreement,
    /// CEAF with the entity measure phi 4 (Luo 2005).
    pub ceaf_e: Agreement,
    /// Groups over gold groups.
    pub count_ratio: f64,
    /// The size of the largest group over that of the largest gold group: far above 1 is chaining.
    pub largest_ratio: f64,
    /// The choice of canonicals, if any were given and the gold has marks.
    pub canonicals: Option<CanonicalRates>,
}

impl Evaluation {
    /// Compares labels with the gold.
    pub fn of(
        gold: &Gold,
        labels: &[(String, String)],
        canonicals: Option<&[(String, String)]>,
    ) -> Self {
        let by_id: BTreeMap<&str, &str> = labels
            .iter()
            .map(|(id, label)| (id.as_str(), label.as_str()))
            .collect();
        let label = |id: &'_ str| {
            by_id
                .get(id)
                .map_or_else(|| format!("alone {id}"), |label| format!("group {label}"))
        };
        let pairs: Vec<(String, &str)> = gold
            .stories
            .iter()
            .map(|(id, story)| (label(id), story.as_str()))
            .collect();
        let table = Table::new(pairs.iter().map(|(label, story)| (label.as_str(), *story)));
        let ratio = |a: usize, b: usize| if b > 0 { a as f64 / b as f64 } else { 0.0 };
        let largest = |sizes: &[usize]| sizes.iter().copied().max().unwrap_or(0);
        Evaluation {
            items: gold.stories.len(),
            gold_groups: table.gold.len(),
            groups: table.found.len(),
            b_cubed: table.b_cubed(),
            pairwise: table.pairwise(),
            ari: table.ari(),
            ami: table.ami(),
            nmi: table.nmi(),
            v_measure: table.v_measure(),
            ceaf_e: table.ceaf_e(),
            count_ratio: ratio(table.found.len(), table.gold.len()),
            largest_ratio: ratio(largest(&table.found), largest(&table.gold)),
            canonicals: canonicals
                .filter(|_| !gold.marks.is_empty())
                .map(|chosen| rates(gold, &by_id, chosen)),
        }
    }
}

/// Of each marked story of three or more, the canonical of the group that holds most of it (of
/// equals the first by label) is judged; one from another story is neither good nor bad. With the
/// gold's own groups this is the readers' verdict on each story's canonical.
fn rates(
    gold: &Gold,
    labels: &BTreeMap<&str, &str>,
    chosen: &[(String, String)],
) -> CanonicalRates {
    let canonical: BTreeMap<&str, &str> = chosen
        .iter()
        .map(|(label, id)| (label.as_str(), id.as_str()))
        .collect();
    let marked =
        |ids: &Vec<&str>| ids.len() >= 3 && ids.iter().any(|id| gold.marks.contains_key(*id));
    let verdicts: Vec<Option<&Marks>> = gold
        .stories()
        .iter()
        .filter(|(_, ids)| marked(ids))
        .map(|(story, ids)| {
            let mut held: BTreeMap<&str, usize> = BTreeMap::new();
            for label in ids.iter().filter_map(|id| labels.get(id)) {
                *held.entry(label).or_default() += 1;
            }
            let (label, _) = held.into_iter().rev().max_by_key(|&(_, count)| count)?;
            let id = canonical
                .get(label)
                .filter(|id| gold.stories.get(**id).is_some_and(|own| own == story))?;
            gold.marks.get(*id)
        })
        .collect();
    let count = |judge: fn(&Marks) -> bool| {
        verdicts
            .iter()
            .flatten()
            .filter(|marks| judge(marks))
            .count()
    };
    let (good, bad, stories) = (
        count(|marks| marks.good),
        count(|marks| marks.bad),
        verdicts.len(),
    );
    let rate = |count: usize| {
        if stories > 0 {
            count as f64 / stories as f64
        } else {
            0.0
        }
    };
    CanonicalRates {
        stories,
        good,
        bad,
        good_rate: rate(good),
        bad_rate: rate(bad),
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "items {}  groups {}  gold groups {}",
            self.items, self.groups, self.gold_groups
        )?;
        writeln!(f, "            P     R     F1")?;
        for (name, one) in [
            ("B-cubed ", self.b_cubed),
            ("pairwise", self.pairwise),
            ("V       ", self.v_measure),
            ("CEAF-e  ", self.ceaf_e),
        ] {
            writeln!(
                f,
                "{name}  {:.3} {:.3} {:.3}",
                one.precision, one.recall, one.f1
            )?;
        }
        writeln!(
            f,
            "ARI {:.3}  AMI {:.3}  NMI {:.3}",
            self.ari, self.ami, self.nmi
        )?;
        writeln!(
            f,
            "groups / gold {:.2}  largest / gold {:.2}",
            self.count_ratio, self.largest_ratio
        )?;
        if let Some(rates) = self.canonicals {
            writeln!(
                f,
                "canonicals of {}: good {} ({:.3})  bad {} ({:.3})",
                rates.stories, rates.good, rates.good_rate, rates.bad, rates.bad_rate
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLD: &str = "id\tstory\tdup\tcanon_a\tcanon_b\na\ts1\t-\tbest\tok\nb\ts1\t-\tok\tbad\nc\ts1\t-\t-\t-\nd\ts2\t-\t-\t-\n";

    fn evaluate(labels: &str, canonicals: &str) -> Evaluation {
        let gold = Gold::parse(GOLD).unwrap();
        Evaluation::of(
            &gold,
            &parse_pairs(labels).unwrap(),
            Some(&parse_pairs(canonicals).unwrap()),
        )
    }

    #[test]
    fn items_without_a_label_stand_alone_and_unknown_items_are_left_out() {
        let found = evaluate("a\t1\nb\t1\nz\t1\n", "");
        assert_eq!((found.items, found.groups), (4, 3));
        assert_eq!(found.b_cubed.precision, 1.0);
        assert!(
            (found.b_cubed.recall - (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0).abs() < 1e-12
        );
    }

    #[test]
    fn canonicals_are_judged_by_the_marks() {
        let rates = |canonicals| {
            evaluate("a\t1\nb\t1\nc\t2\nd\t3\n", canonicals)
                .canonicals
                .unwrap()
        };
        assert_eq!(
            (rates("1\ta").stories, rates("1\ta").good, rates("1\ta").bad),
            (1, 1, 0)
        );
        assert_eq!((rates("1\tb").good, rates("1\tb").bad), (0, 1));
        assert_eq!((rates("1\td").good, rates("1\td").bad), (0, 0));
    }

    #[test]
    fn duplicates_are_a_gold_of_their_own_where_they_are_named() {
        let pairs = |gold: Gold| gold.stories.into_iter().collect::<Vec<_>>();
        let named = Gold::parse("id\tstory\tdup\na\ts\td1\nb\ts\td1\nc\ts\t-\n")
            .unwrap()
            .duplicates();
        let expected = [("a", "group d1"), ("b", "group d1"), ("c", "alone c")];
        assert_eq!(
            pairs(named),
            expected.map(|(id, group)| (id.to_owned(), group.to_owned()))
        );
        let plain = Gold::parse("a\td1\nb\td1\n").unwrap();
        assert_eq!(plain.clone().duplicates(), plain);
    }

    #[test]
    fn a_gold_that_tells_nothing_of_the_items_is_refused() {
        let among = |ids: &[&'static str]| {
            Gold::parse("a\ts\nb\ts\nc\tt\n")
                .unwrap()
                .among(ids.iter().copied())
        };
        assert_eq!(among(&["x", "y"]).unwrap_err(), GoldError::NoItem(3));
        assert_eq!(among(&["a", "b", "y"]).unwrap_err(), GoldError::OneGroup(2));
        assert_eq!(among(&["b", "c", "y"]).unwrap_err(), GoldError::NoPair(2));
        assert_eq!(among(&["a", "b", "c", "y"]).unwrap().items(), 3);
    }

    #[test]
    fn a_wrong_line_is_named() {
        assert_eq!(
            Gold::parse("a\ts\nbad").unwrap_err().to_string(),
            "line 2 is \"bad\", but should be an id, a tab and a story"
        );
        assert!(parse_pairs("x").unwrap_err().to_string().contains("line 1"));
    }
}
