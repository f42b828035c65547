//! Compares groups with a gold standard.
//!
//! Input: labels of items, and a gold standard. Output: an [`Evaluation`] with the usual measures
//! of clustering, or a [`Curve`] of labels at several thresholds. Items that the gold standard does
//! not have are ignored; items of the gold standard without a label are singletons. Cost: linear in
//! the items, except for the expected mutual information (groups times gold groups, by distinct
//! size) and CEAF (cubic in the largest set of overlapping groups).
//!
//! Sources of the measures:
//!
//! | Measure | Source |
//! | --- | --- |
//! | B-cubed | Bagga and Baldwin 1998; Amigó et al. 2009 |
//! | adjusted Rand index | Hubert and Arabie 1985 |
//! | adjusted mutual information | Vinh, Epps and Bailey 2010 |
//! | V-measure | Rosenberg and Hirschberg 2007 |
//! | CEAF | Luo 2005 |

mod assign;
mod curve;
mod measures;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use thiserror::Error;

use crate::tsv::unescape;
use measures::ContingencyTable;

pub use curve::{Advice, Curve, Point};

/// A line of a file of labels, canonicals or gold that cannot be read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("line {line} is {found:?}, but should be {expected}")]
pub struct LineError {
    line: usize,
    found: String,
    expected: &'static str,
}

/// Why a gold standard cannot judge thresholds on an input.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum GoldError {
    /// The input has no item of the gold standard.
    #[error("none of its {0} items is in the input; are these the ids of the input's items?")]
    NoItem(usize),
    /// All items are in a single gold group, so precision is 1 at every threshold.
    #[error(
        "its {0} items in the input are one group, but two groups at least are needed: \
         what should be apart counts too"
    )]
    OneGroup(usize),
    /// All gold groups are singletons, so recall is 1 at every threshold.
    #[error(
        "each of its {0} items in the input is a group of its own, but one group of two items \
         at least is needed"
    )]
    NoPair(usize),
}

/// Verdict of two annotators on an item as the canonical item of its story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    /// Both annotators marked the item `best` or `ok`.
    good: bool,
    /// An annotator marked the item `bad`.
    bad: bool,
}

/// A gold standard: stories by id, and optionally groups of duplicates and marks of canonicals.
///
/// ```
/// use qissa::evaluate::{Evaluation, Gold, parse_pairs};
///
/// let gold = Gold::parse("a\tstorm\nb\tstorm\nc\tferry\n")?;
/// let labels = parse_pairs("a\t1\nb\t1\nc\t1\n")?;
/// let evaluation = Evaluation::of(&gold, &labels, None);
/// assert_eq!(evaluation.b_cubed.recall, 1.0);
/// assert!((evaluation.b_cubed.precision - 5.0 / 9.0).abs() < 1e-12);
/// # Ok::<(), qissa::evaluate::LineError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gold {
    /// Story by item id.
    stories: BTreeMap<String, String>,
    /// Group of duplicates by item id, for items with a `dup` cell.
    copies: BTreeMap<String, String>,
    marks: BTreeMap<String, Marks>,
}

impl Gold {
    /// Reads lines of tab-separated cells: `id`, `story`; or, under a header that begins with `id`:
    /// `id`, `story`, `dup`, `canon_a`, `canon_b`. Ids are [unescaped](crate::tsv); `-` is an empty
    /// cell.
    ///
    /// # Errors
    /// [`LineError`] for the first line without an id and a story.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut gold = Gold::default();
        for (number, line) in numbered_lines(text) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [id, story, ref rest @ ..] = cells[..] else {
                return Err(LineError {
                    line: number,
                    found: line.to_owned(),
                    expected: "an id, a tab and a story",
                });
            };
            if (number, id) != (1, "id") {
                gold.add(unescape(id).into_owned(), story, rest);
            }
        }
        Ok(gold)
    }

    fn add(&mut self, id: String, story: &str, rest: &[&str]) {
        if let [dup, ..] = rest {
            let group = match *dup {
                "-" => singleton(&id),
                dup => named_group(dup),
            };
            self.copies.insert(id.clone(), group);
        }
        if let [_, first, second, ..] = rest
            && (*first != "-" || *second != "-")
        {
            let marks = Marks {
                good: [*first, *second]
                    .iter()
                    .all(|mark| matches!(*mark, "best" | "ok")),
                bad: [*first, *second].contains(&"bad"),
            };
            self.marks.insert(id.clone(), marks);
        }
        self.stories.insert(id, story.to_owned());
    }

    /// A gold standard of pairs of an item id and a story.
    #[must_use]
    pub fn of(stories: impl IntoIterator<Item = (String, String)>) -> Self {
        Gold {
            stories: stories.into_iter().collect(),
            ..Gold::default()
        }
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.stories.len()
    }

    /// Item ids by story, both sorted.
    #[must_use]
    pub fn stories(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut stories: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, story) in &self.stories {
            stories.entry(story).or_default().push(id);
        }
        stories
    }

    /// Keeps the items with the given ids.
    ///
    /// # Errors
    /// [`GoldError`] if precision or recall of the kept items does not depend on labels.
    pub fn among<'a>(mut self, ids: impl Iterator<Item = &'a str>) -> Result<Self, GoldError> {
        let all = self.items();
        let ids: BTreeSet<&str> = ids.collect();
        self.stories.retain(|id, _| ids.contains(id.as_str()));
        let groups = self.stories().len();
        match (groups, self.items()) {
            (0, _) => Err(GoldError::NoItem(all)),
            (1, items) => Err(GoldError::OneGroup(items)),
            (groups, items) if groups == items => Err(GoldError::NoPair(items)),
            _ => Ok(self),
        }
    }

    /// The groups of duplicates as a gold standard of their own, if the file has `dup` cells; else
    /// the stories.
    #[must_use]
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

/// Name of the group of a singleton. Differs from every [`named_group`].
fn singleton(id: &str) -> String {
    format!("alone {id}")
}

fn named_group(label: &str) -> String {
    format!("group {label}")
}

/// Numbers, from 1, and contents of the lines that are not empty.
fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty())
}

/// Reads lines of two tab-separated cells. Cells are [unescaped](crate::tsv).
///
/// # Errors
/// [`LineError`] for the first line without a tab.
pub fn parse_pairs(text: &str) -> Result<Vec<(String, String)>, LineError> {
    numbered_lines(text)
        .map(|(number, line)| {
            let (first, second) = line.split_once('\t').ok_or_else(|| LineError {
                line: number,
                found: line.to_owned(),
                expected: "two cells with a tab between",
            })?;
            Ok((unescape(first).into_owned(), unescape(second).into_owned()))
        })
        .collect()
}

/// Precision, recall and F1, each in `0..=1`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Share of the joined pairs or items that belong together.
    pub precision: f64,
    /// Share of the pairs or items of one gold group that are joined.
    pub recall: f64,
    /// `2 P R / (P + R)`; of a mean of two agreements, the mean of their F1.
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

    /// Componentwise mean.
    fn mean(self, other: Self) -> Self {
        Agreement {
            precision: f64::midpoint(self.precision, other.precision),
            recall: f64::midpoint(self.recall, other.recall),
            f1: f64::midpoint(self.f1, other.f1),
        }
    }
}

/// How often annotators accept the canonical item of a story.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CanonicalRates {
    /// Number of stories with marks and at least three items.
    pub stories: usize,
    /// Number of stories whose canonical both annotators marked `best` or `ok`.
    pub good: usize,
    /// Number of stories whose canonical an annotator marked `bad`.
    pub bad: usize,
    /// `good / stories`, in `0..=1`.
    pub good_rate: f64,
    /// `bad / stories`, in `0..=1`.
    pub bad_rate: f64,
}

/// All measures of labels against a gold standard.
///
/// `n` is the number of items of the gold standard, `C(i)` the found group of item `i`, `G(i)` its
/// gold group, and `H` entropy in nats.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Evaluation {
    /// Number of items of the gold standard.
    pub items: usize,
    /// Number of gold groups.
    pub gold_groups: usize,
    /// Number of found groups among the items of the gold standard.
    pub groups: usize,
    /// B-cubed (Bagga and Baldwin 1998): precision is the mean over items of
    /// `|C(i) & G(i)| / |C(i)|`, recall that of `|C(i) & G(i)| / |G(i)|`.
    pub b_cubed: Agreement,
    /// Precision and recall of the pairs of items in one group.
    pub pairwise: Agreement,
    /// Adjusted Rand index (Hubert and Arabie 1985): 1 for equal groups, 0 expected by chance, in
    /// `-0.5..=1`.
    pub ari: f64,
    /// Adjusted mutual information with the arithmetic mean of the entropies (Vinh, Epps and Bailey
    /// 2010): 1 for equal groups, 0 expected by chance, at most 1.
    pub ami: f64,
    /// Mutual information over the arithmetic mean of the entropies, in `0..=1`.
    pub nmi: f64,
    /// V-measure (Rosenberg and Hirschberg 2007): homogeneity `I / H(gold)` as precision,
    /// completeness `I / H(found)` as recall.
    pub v_measure: Agreement,
    /// CEAF with the entity similarity phi 4, `2 |C & G| / (|C| + |G|)`, summed over the best
    /// one-to-one assignment of groups (Luo 2005).
    pub ceaf_e: Agreement,
    /// `groups / gold_groups`.
    pub count_ratio: f64,
    /// Size of the largest group over that of the largest gold group; far above 1 means chaining.
    pub largest_ratio: f64,
    /// Rates of canonicals, if canonicals are given and the gold standard has marks.
    pub canonicals: Option<CanonicalRates>,
}

impl Evaluation {
    /// Compares labels with a gold standard. `labels` has pairs of an item id and a label,
    /// `canonicals` pairs of a label and an item id.
    #[must_use]
    pub fn of(
        gold: &Gold,
        labels: &[(String, String)],
        canonicals: Option<&[(String, String)]>,
    ) -> Self {
        let labels = by_first(labels);
        let found = |id: &str| {
            labels
                .get(id)
                .map_or_else(|| singleton(id), |label| named_group(label))
        };
        let pairs: Vec<(String, &str)> = gold
            .stories
            .iter()
            .map(|(id, story)| (found(id), story.as_str()))
            .collect();
        let table =
            ContingencyTable::new(pairs.iter().map(|(label, story)| (label.as_str(), *story)));
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
                .map(|canonicals| rates(gold, &labels, &by_first(canonicals))),
        }
    }
}

fn by_first(pairs: &[(String, String)]) -> BTreeMap<&str, &str> {
    pairs
        .iter()
        .map(|(first, second)| (first.as_str(), second.as_str()))
        .collect()
}

/// `a / b`, or 0 if `b` is 0.
fn ratio(a: usize, b: usize) -> f64 {
    if b > 0 { a as f64 / b as f64 } else { 0.0 }
}

fn largest(sizes: &[usize]) -> usize {
    sizes.iter().copied().max().unwrap_or(0)
}

/// Minimum number of items of a story that counts for [`CanonicalRates`].
const MIN_MARKED_ITEMS: usize = 3;

/// Judges the canonical item of each marked story of at least [`MIN_MARKED_ITEMS`] items.
fn rates(
    gold: &Gold,
    labels: &BTreeMap<&str, &str>,
    canonicals: &BTreeMap<&str, &str>,
) -> CanonicalRates {
    let (mut stories, mut good, mut bad) = (0, 0, 0);
    for (story, ids) in gold.stories() {
        let is_marked = ids.iter().any(|id| gold.marks.contains_key(*id));
        if ids.len() < MIN_MARKED_ITEMS || !is_marked {
            continue;
        }
        stories += 1;
        let marks = main_label(&ids, labels)
            .and_then(|label| canonicals.get(label))
            .filter(|id| gold.stories.get(**id).is_some_and(|own| own == story))
            .and_then(|id| gold.marks.get(*id));
        if let Some(marks) = marks {
            good += usize::from(marks.good);
            bad += usize::from(marks.bad);
        }
    }
    CanonicalRates {
        stories,
        good,
        bad,
        good_rate: ratio(good, stories),
        bad_rate: ratio(bad, stories),
    }
}

/// The label of most of the items; the first of equally frequent labels.
fn main_label<'l>(ids: &[&str], labels: &BTreeMap<&str, &'l str>) -> Option<&'l str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in ids.iter().filter_map(|id| labels.get(id)) {
        *counts.entry(label).or_default() += 1;
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|&(_, count)| count)
        .map(|(label, _)| label)
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "items {}  groups {}  gold groups {}",
            self.items, self.groups, self.gold_groups
        )?;
        writeln!(f, "            P     R     F1")?;
        for (name, agreement) in [
            ("B-cubed ", self.b_cubed),
            ("pairwise", self.pairwise),
            ("V       ", self.v_measure),
            ("CEAF-e  ", self.ceaf_e),
        ] {
            writeln!(
                f,
                "{name}  {:.3} {:.3} {:.3}",
                agreement.precision, agreement.recall, agreement.f1
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
    fn unlabelled_items_are_singletons_and_unknown_items_are_ignored() {
        let found = evaluate("a\t1\nb\t1\nz\t1\n", "");
        assert_eq!((found.items, found.groups), (4, 3));
        assert_eq!(found.b_cubed.precision, 1.0);
        assert!(
            (found.b_cubed.recall - (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 4.0).abs() < 1e-12
        );
    }

    #[test]
    fn canonicals_are_judged_by_their_marks() {
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
    fn groups_of_duplicates_are_a_gold_standard() {
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
    fn a_gold_standard_that_cannot_judge_is_an_error() {
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
    fn errors_name_the_line() {
        assert_eq!(
            Gold::parse("a\ts\nbad").unwrap_err().to_string(),
            "line 2 is \"bad\", but should be an id, a tab and a story"
        );
        assert!(parse_pairs("x").unwrap_err().to_string().contains("line 1"));
    }
}
