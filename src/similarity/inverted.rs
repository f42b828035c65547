//! Terms in, pairs worth comparing out, by the rare terms they share: what banding cannot find
//! because two headlines of one story share two words of eight.
//!
//! An inverted list a term, and each item asks only the lists of its own rarest terms (prefix
//! filtering: Chaudhuri, Ganti and Kaushik 2006), and of these only what is of its time, so that
//! what is found of a week depends little on the years around it. A sort of all terms, then the
//! lengths of what is asked; pairs are told item by item and never all held.

use std::ops::Range;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::bucket::{BucketPolicy, REPRESENTATIVES};

/// Items in the order of their time, cut into ages: the partners of an item are of its own age or
/// of one beside it.
#[derive(Debug, Clone, Default)]
pub struct TimeSlices {
    ages: Vec<Age>,
    /// The place of each item's age.
    of: Vec<u32>,
}

#[derive(Debug, Clone, Default)]
struct Age {
    items: Range<u32>,
    /// The items of this age and of those beside it.
    near: Range<u32>,
}

impl TimeSlices {
    /// The ages of items of which the age of each has this number. They are ascending, first those
    /// whose age is not known: these may be partners of any.
    pub fn new(numbers: &[Option<i64>]) -> Self {
        let all = numbers.len() as u32;
        let mut ages: Vec<Age> = Vec::new();
        let mut of = Vec::with_capacity(numbers.len());
        let mut last: Option<i64> = None;
        for some in numbers.chunk_by(|x, y| x == y) {
            let start = of.len() as u32;
            let items = start..start + some.len() as u32;
            of.resize(items.end as usize, ages.len() as u32);
            let mut age = Age {
                near: if some[0].is_some() {
                    items.clone()
                } else {
                    0..all
                },
                items,
            };
            if let Some(before) = ages.last_mut()
                && last
                    .zip(some[0])
                    .is_some_and(|(last, this)| last + 1 == this)
            {
                before.near.end = age.items.end;
                age.near.start = before.items.start;
            }
            ages.push(age);
            last = some[0];
        }
        TimeSlices { ages, of }
    }

    fn of(&self, item: u32) -> &Age {
        &self.ages[self.of[item as usize] as usize]
    }
}

/// A term is common, and asked by representatives only, if more items have it than both of these.
#[derive(Debug, Clone, Copy)]
pub struct CommonTermLimits {
    /// Of all.
    pub in_all: usize,
    /// Of an age and those beside it.
    pub of_time: usize,
}

/// The items of a batch by their terms.
#[derive(Debug)]
pub struct TermIndex<'t> {
    heaviest: &'t [Vec<u32>],
    terms: &'t [Vec<u32>],
    ages: TimeSlices,
    longest: CommonTermLimits,
    lists: HashMap<u32, List>,
    holders: Vec<u32>,
    askers: Vec<u32>,
    /// How many terms are asked by representatives only.
    pub oversized_terms: usize,
}

/// Where the items that have a term stand, and those that ask by it, ascending.
#[derive(Debug, Clone, Copy, Default)]
struct List {
    holders: (u32, u32),
    askers: (u32, u32),
    /// Whether so many have it in all that it may be common in some age.
    is_long: bool,
}

/// Which items were met by the one that is looked at.
#[derive(Debug, Clone, Default)]
pub struct PartnerBuffer {
    by: Vec<u32>,
    found: Vec<u32>,
}

impl<'t> TermIndex<'t> {
    /// The index of items of which `heaviest` holds the terms they ask by and `terms` all their
    /// terms. Representatives of a common term are in each age the first that ask.
    pub fn new(
        heaviest: &'t [Vec<u32>],
        terms: &'t [Vec<u32>],
        ages: TimeSlices,
        longest: CommonTermLimits,
    ) -> Self {
        let (holders, askers) = rayon::join(|| by_term(terms), || by_term(heaviest));
        let mut lists: HashMap<u32, List> = HashMap::new();
        for (term, start, end) in runs(&holders) {
            let is_long = (end - start) as usize > longest.in_all;
            lists.insert(
                term,
                List {
                    holders: (start, end),
                    is_long,
                    ..List::default()
                },
            );
        }
        for (term, start, end) in runs(&askers) {
            lists.entry(term).or_default().askers = (start, end);
        }
        let items = |entries: Vec<u64>| entries.into_iter().map(|entry| entry as u32).collect();
        let (holders, askers) = (items(holders), items(askers));
        let mut index = TermIndex {
            heaviest,
            terms,
            ages,
            longest,
            lists,
            holders,
            askers,
            oversized_terms: 0,
        };
        let is_crowded = |&&list: &&List| {
            index
                .ages
                .ages
                .iter()
                .any(|age| index.is_crowded(list, age))
        };
        index.oversized_terms = index
            .lists
            .values()
            .filter(|list| list.is_long)
            .filter(is_crowded)
            .count();
        index
    }

    fn is_long(&self, list: List, age: &Age) -> bool {
        list.is_long
            && within(part(&self.holders, list.holders), &age.near).len() > self.longest.of_time
    }

    fn is_crowded(&self, list: List, age: &Age) -> bool {
        let askers = within(part(&self.askers, list.askers), &age.near);
        self.is_long(list, age) && BucketPolicy::of(askers.len()).is_oversized()
    }

    /// The items behind one that are of its time and share a term with it which is among the
    /// heaviest of either, in no order, each once.
    pub fn partners<'m>(&self, item: u32, met: &'m mut PartnerBuffer) -> &'m [u32] {
        met.by.resize(self.terms.len(), u32::MAX);
        met.found.clear();
        let mut meet = |others: &[u32]| {
            for &other in others {
                if met.by[other as usize] != item {
                    met.by[other as usize] = item;
                    met.found.push(other);
                }
            }
        };
        let age = self.ages.of(item);
        let behind = item + 1..age.near.end;
        let asked = &self.heaviest[item as usize];
        for term in asked {
            let list = self.lists.get(term).copied().unwrap_or_default();
            if !self.is_long(list, age) {
                meet(within(part(&self.holders, list.holders), &behind));
                continue;
            }
            let askers = part(&self.askers, list.askers);
            let (ahead, others) = (
                within(askers, &(age.items.start..item)),
                within(askers, &behind),
            );
            if ahead.len() < REPRESENTATIVES || !self.is_crowded(list, age) {
                meet(others);
            } else {
                let of_next = within(askers, &(age.items.end..age.near.end));
                meet(&others[..others.len().min(1)]);
                meet(&of_next[..of_next.len().min(REPRESENTATIVES)]);
            }
        }
        // Who asks by a term has it, and was met above if the item itself asks by it. Few are
        // looked through faster than they are sorted; a title without end asks by many.
        let mut sorted = if asked.len() > FEW {
            asked.clone()
        } else {
            Vec::new()
        };
        sorted.sort_unstable();
        let is_asked = |term: &&u32| match sorted.is_empty() {
            true => asked.contains(term),
            false => sorted.binary_search(term).is_ok(),
        };
        for term in self.terms[item as usize]
            .iter()
            .filter(|term| !is_asked(term))
        {
            let list = self.lists.get(term).copied().unwrap_or_default();
            if !self.is_long(list, age) {
                meet(within(part(&self.askers, list.askers), &behind));
            }
        }
        &met.found
    }
}

/// So many terms are looked through one by one.
const FEW: usize = 64;

/// Each term with each item that has it, in order.
fn by_term(terms: &[Vec<u32>]) -> Vec<u64> {
    let of_item = |(item, terms): (usize, &Vec<u32>)| {
        terms
            .iter()
            .map(|&term| u64::from(term) << 32 | item as u64)
            .collect::<Vec<_>>()
    };
    let mut entries: Vec<u64> = terms
        .par_iter()
        .enumerate()
        .flat_map_iter(of_item)
        .collect();
    entries.par_sort_unstable();
    entries.dedup();
    entries
}

/// The places of each term's entries.
fn runs(entries: &[u64]) -> impl Iterator<Item = (u32, u32, u32)> {
    let mut start = 0;
    entries.chunk_by(|x, y| x >> 32 == y >> 32).map(move |run| {
        let from = start;
        start += run.len() as u32;
        ((run[0] >> 32) as u32, from, start)
    })
}

fn part(items: &[u32], (start, end): (u32, u32)) -> &[u32] {
    &items[start as usize..end as usize]
}

/// Of ascending items those in a range.
fn within<'i>(items: &'i [u32], range: &Range<u32>) -> &'i [u32] {
    let start = items.partition_point(|&item| item < range.start);
    let count = items[start..].partition_point(|&item| item < range.end);
    &items[start..start + count]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs_of(
        heaviest: &[Vec<u32>],
        terms: &[Vec<u32>],
        ages: &[Option<i64>],
        of_time: usize,
    ) -> Vec<(u32, u32)> {
        let index = TermIndex::new(
            heaviest,
            terms,
            TimeSlices::new(ages),
            CommonTermLimits {
                in_all: 100,
                of_time,
            },
        );
        let mut met = PartnerBuffer::default();
        let mut pairs = Vec::new();
        for item in 0..terms.len() as u32 {
            pairs.extend(
                index
                    .partners(item, &mut met)
                    .iter()
                    .map(|&other| (item, other)),
            );
        }
        pairs.sort_unstable();
        pairs
    }

    fn pairs(heaviest: &[Vec<u32>], terms: &[Vec<u32>]) -> Vec<(u32, u32)> {
        pairs_of(heaviest, terms, &vec![None; terms.len()], 100)
    }

    #[test]
    fn one_heavy_term_in_common_is_enough() {
        let terms = [vec![1, 2, 3], vec![3, 4], vec![5, 2]];
        let heaviest = [vec![1], vec![3], vec![5]];
        assert_eq!(pairs(&heaviest, &terms), [(0, 1)]);
    }

    #[test]
    fn a_long_list_still_links_its_askers() {
        let terms = vec![vec![9]; 500];
        let found = pairs(&terms, &terms);
        assert_eq!(
            TermIndex::new(
                &terms,
                &terms,
                TimeSlices::new(&[None; 500]),
                CommonTermLimits {
                    in_all: 100,
                    of_time: 100
                }
            )
            .oversized_terms,
            1
        );
        assert!(found.len() < 10 * 500);
        assert!((1..500).all(|id| found.contains(&(0, id)) && found.contains(&(id - 1, id))));
    }

    #[test]
    fn a_term_is_common_in_its_own_time() {
        // Sixty items of each of ten ages have one term in common.
        let terms = vec![vec![9]; 600];
        let ages: Vec<Option<i64>> = (0..600).map(|item| Some(item / 60)).collect();
        let few = pairs_of(&terms, &terms, &ages, 180);
        assert_eq!(
            few.len(),
            10 * 60 * 59 / 2 + 9 * 60 * 60,
            "all meet those of their own age and of the next"
        );
        let crowded = pairs_of(&terms, &terms, &ages, 100);
        assert!(crowded.len() < few.len() / 2);
        let is_met = |a: u32, b: u32| crowded.contains(&(a, b));
        assert!(
            (1..600).all(|item| is_met(item - 1, item)),
            "the next is always met"
        );
        assert!((61..120).all(|item| is_met(60, item)) && (61..120).all(|item| is_met(item, 120)));
    }

    proptest! {
        /// As a dull twin has it that looks at every pair.
        #[test]
        fn partners_are_those_who_share_a_heavy_term(
            terms in proptest::collection::vec(proptest::collection::vec(0u32..30, 0..8), 1..40),
            asked in 1usize..4,
            mut ages in proptest::collection::vec(proptest::option::of(0i64..5), 40),
        ) {
            ages.truncate(terms.len());
            ages.sort_unstable();
            let heaviest: Vec<Vec<u32>> = terms.iter().map(|all| all.iter().copied().take(asked).collect()).collect();
            let meet = |a: usize, b: usize| heaviest[a].iter().any(|term| terms[b].contains(term));
            let all = (0..terms.len()).flat_map(|a| (a + 1..terms.len()).map(move |b| (a, b)));
            let is_near = |a: usize, b: usize| ages[a].zip(ages[b]).is_none_or(|(x, y)| x.abs_diff(y) <= 1);
            let expected: Vec<(u32, u32)> = all
                .filter(|&(a, b)| is_near(a, b) && (meet(a, b) || meet(b, a)))
                .map(|(a, b)| (a as u32, b as u32))
                .collect();
            prop_assert_eq!(pairs_of(&heaviest, &terms, &ages, 100), expected);
        }
    }
}
