//! Terms in, pairs worth comparing out, by the rare terms they share: what banding cannot find because two headlines of
//! one story share two words of eight.
//!
//! An inverted list a term, and each item asks only the lists of its own rarest terms (prefix filtering: Chaudhuri,
//! Ganti and Kaushik 2006). A sort of all terms, then the lengths of the lists asked.

use rayon::prelude::*;

use crate::lsh::{CandidatePair, Candidates, bucket_pairs};

/// The pairs of items that share a term which is among the heaviest of either. `heaviest` and `terms` hold, for each
/// item, the terms it asks by and all its terms. A list longer than `longest` is asked by representatives only.
pub fn term_candidates(heaviest: &[Vec<u32>], terms: &[Vec<u32>], longest: usize) -> Candidates {
    let mut entries: Vec<u64> =
        (0u64..).zip(terms).flat_map(|(id, terms)| terms.iter().map(move |&term| u64::from(term) << 32 | id)).collect();
    entries.par_sort_unstable();
    entries.dedup();
    let mut askers: Vec<u64> = (0u64..)
        .zip(heaviest)
        .flat_map(|(id, terms)| terms.iter().map(move |&term| u64::from(term) << 32 | id))
        .collect();
    askers.par_sort_unstable();
    let groups: Vec<&[u64]> = askers.chunk_by(|x, y| x >> 32 == y >> 32).collect();
    let found: Vec<Candidates> = groups
        .into_par_iter()
        .map(|asking| {
            let key = asking[0] >> 32;
            let start = entries.partition_point(|&entry| entry >> 32 < key);
            let length = entries[start..].partition_point(|&entry| entry >> 32 == key);
            let list = &entries[start..start + length];
            if length > longest {
                return bucket_pairs(asking.iter().map(|&entry| (0, entry as u32)).collect());
            }
            let pairs = asking
                .iter()
                .flat_map(|&one| list.iter().filter_map(move |&other| CandidatePair::new(one as u32, other as u32)));
            Candidates { pairs: pairs.collect(), crowded: 0 }
        })
        .collect();
    let crowded = found.iter().map(|part| part.crowded).sum();
    let pairs = found.into_iter().flat_map(|part| part.pairs).collect();
    Candidates { pairs, crowded }.merge(Candidates::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_heavy_term_in_common_is_enough() {
        let terms = [vec![1, 2, 3], vec![3, 4], vec![5, 2]];
        let heaviest = [vec![1], vec![3], vec![5]];
        assert_eq!(term_candidates(&heaviest, &terms, 100).pairs, [CandidatePair { a: 0, b: 1 }]);
    }

    #[test]
    fn a_long_list_still_links_its_askers() {
        let terms = vec![vec![9]; 500];
        let found = term_candidates(&terms, &terms, 100);
        assert_eq!(found.crowded, 1);
        assert!((1..500).all(|id| found.pairs.contains(&CandidatePair { a: 0, b: id })));
    }
}
