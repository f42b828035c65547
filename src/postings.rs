//! Terms in, pairs worth comparing out, by the rare terms they share: what banding cannot find because two headlines of
//! one story share two words of eight.
//!
//! An inverted list a term, and each item asks only the lists of its own rarest terms (prefix filtering: Chaudhuri,
//! Ganti and Kaushik 2006). A sort of all terms, then the lengths of the lists asked; pairs are told item by item and
//! never all held.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::lsh::{CROWD, REPRESENTATIVES};

/// The items of a batch by their terms.
#[derive(Debug)]
pub struct TermIndex<'t> {
    heaviest: &'t [Vec<u32>],
    terms: &'t [Vec<u32>],
    lists: HashMap<u32, List>,
    holders: Vec<u32>,
    askers: Vec<u32>,
    /// How many terms are asked by representatives only.
    pub crowded: usize,
}

/// Where the items that have a term stand, and those that ask by it, ascending.
#[derive(Debug, Clone, Copy, Default)]
struct List {
    holders: (u32, u32),
    askers: (u32, u32),
    is_long: bool,
}

/// Which items were met by the one that is looked at.
#[derive(Debug, Clone, Default)]
pub struct Met {
    by: Vec<u32>,
    found: Vec<u32>,
}

impl<'t> TermIndex<'t> {
    /// The index of items of which `heaviest` holds the terms they ask by and `terms` all their terms. A list longer than
    /// `longest` is asked by representatives only.
    pub fn new(heaviest: &'t [Vec<u32>], terms: &'t [Vec<u32>], longest: usize) -> Self {
        let (holders, askers) = rayon::join(|| by_term(terms), || by_term(heaviest));
        let mut lists: HashMap<u32, List> = HashMap::new();
        for (term, start, end) in runs(&holders) {
            let is_long = (end - start) as usize > longest;
            lists.insert(term, List { holders: (start, end), is_long, ..List::default() });
        }
        for (term, start, end) in runs(&askers) {
            lists.entry(term).or_default().askers = (start, end);
        }
        let is_crowded = |list: &&List| list.is_long && (list.askers.1 - list.askers.0) as usize > CROWD;
        let crowded = lists.values().filter(is_crowded).count();
        let items = |entries: Vec<u64>| entries.into_iter().map(|entry| entry as u32).collect();
        TermIndex { heaviest, terms, lists, holders: items(holders), askers: items(askers), crowded }
    }

    /// The items behind one that share a term with it which is among the heaviest of either, in no order, each once.
    pub fn partners<'m>(&self, item: u32, met: &'m mut Met) -> &'m [u32] {
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
        for term in &self.heaviest[item as usize] {
            let list = self.lists.get(term).copied().unwrap_or_default();
            let askers = part(&self.askers, list.askers);
            let (behind, all) = (after(askers, item), !list.is_long || askers.len() <= CROWD);
            match () {
                () if !list.is_long => meet(after(part(&self.holders, list.holders), item)),
                () if all || askers.len() - behind.len() <= REPRESENTATIVES => meet(behind),
                () => meet(&behind[..behind.len().min(1)]),
            }
        }
        for term in &self.terms[item as usize] {
            let list = self.lists.get(term).copied().unwrap_or_default();
            if !list.is_long {
                meet(after(part(&self.askers, list.askers), item));
            }
        }
        &met.found
    }
}

/// Each term with each item that has it, in order.
fn by_term(terms: &[Vec<u32>]) -> Vec<u64> {
    let of_item = |(item, terms): (usize, &Vec<u32>)| {
        terms.iter().map(|&term| u64::from(term) << 32 | item as u64).collect::<Vec<_>>()
    };
    let mut entries: Vec<u64> = terms.par_iter().enumerate().flat_map_iter(of_item).collect();
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

/// Of ascending items those behind one.
fn after(items: &[u32], item: u32) -> &[u32] {
    &items[items.partition_point(|&other| other <= item)..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pairs(heaviest: &[Vec<u32>], terms: &[Vec<u32>], longest: usize) -> Vec<(u32, u32)> {
        let index = TermIndex::new(heaviest, terms, longest);
        let mut met = Met::default();
        let mut pairs = Vec::new();
        for item in 0..terms.len() as u32 {
            pairs.extend(index.partners(item, &mut met).iter().map(|&other| (item, other)));
        }
        pairs.sort_unstable();
        pairs
    }

    #[test]
    fn one_heavy_term_in_common_is_enough() {
        let terms = [vec![1, 2, 3], vec![3, 4], vec![5, 2]];
        let heaviest = [vec![1], vec![3], vec![5]];
        assert_eq!(pairs(&heaviest, &terms, 100), [(0, 1)]);
    }

    #[test]
    fn a_long_list_still_links_its_askers() {
        let terms = vec![vec![9]; 500];
        let found = pairs(&terms, &terms, 100);
        assert_eq!(TermIndex::new(&terms, &terms, 100).crowded, 1);
        assert!(found.len() < 10 * 500);
        assert!((1..500).all(|id| found.contains(&(0, id)) && found.contains(&(id - 1, id))));
    }

    proptest! {
        /// As a dull twin has it that looks at every pair.
        #[test]
        fn partners_are_those_who_share_a_heavy_term(
            terms in proptest::collection::vec(proptest::collection::vec(0u32..30, 0..8), 1..40),
            asked in 1usize..4,
        ) {
            let heaviest: Vec<Vec<u32>> = terms.iter().map(|all| all.iter().copied().take(asked).collect()).collect();
            let meet = |a: usize, b: usize| heaviest[a].iter().any(|term| terms[b].contains(term));
            let all = (0..terms.len()).flat_map(|a| (a + 1..terms.len()).map(move |b| (a, b)));
            let expected: Vec<(u32, u32)> =
                all.filter(|&(a, b)| meet(a, b) || meet(b, a)).map(|(a, b)| (a as u32, b as u32)).collect();
            prop_assert_eq!(pairs(&heaviest, &terms, 100), expected);
        }
    }
}
