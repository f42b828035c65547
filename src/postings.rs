//! Sets or vectors in, pairs worth comparing out, by the rare features they share: what banding cannot find because
//! one text is far longer than the other, or because two headlines of one story share two words of eight.
//!
//! An inverted list a feature, and each item asks only the lists of its own rarest features (prefix filtering:
//! Chaudhuri, Ganti and Kaushik 2006). A sort of all features, then the lengths of the lists asked.

use rayon::prelude::*;

use crate::lsh::{CROWD, CandidatePair, Candidates, bucket_pairs};
use crate::shingle::ShingleSet;

/// An item is asked about by this many of its rarest shingles.
const RAREST_SHINGLES: usize = 2;

/// A text that stands whole in another shares nearly all its shingles with it: fewer than this share with anybody and
/// it need not be compared.
const LEAST_SHARED: f64 = 0.8;

/// The pairs in which one set may hold nearly all of another. Of each set only the shingles whose hash is a multiple
/// of `stride` are looked at: 1 for headlines, more for bodies, which have enough of them.
pub fn containment_candidates(sets: &[&ShingleSet], stride: u64) -> Candidates {
    let mut entries: Vec<u64> = (0u64..)
        .zip(sets)
        .flat_map(|(id, set)| {
            set.hashes().iter().filter(move |&hash| hash % stride == 0).map(move |hash| hash >> 32 << 32 | id)
        })
        .collect();
    entries.par_sort_unstable();
    let mut shingles = vec![(0u32, 0u32); sets.len()];
    let mut rarest = vec![[(u32::MAX, 0u32); RAREST_SHINGLES]; sets.len()];
    for list in entries.chunk_by(|x, y| x >> 32 == y >> 32) {
        for &entry in list {
            let (key, id) = ((entry >> 32) as u32, entry as u32 as usize);
            shingles[id].0 += 1;
            if list.len() > 1 {
                shingles[id].1 += 1;
                let least = &mut rarest[id];
                least[RAREST_SHINGLES - 1] = least[RAREST_SHINGLES - 1].min((list.len() as u32, key));
                least.sort_unstable();
            }
        }
    }
    let shares =
        |id: usize| shingles[id].1 > 0 && f64::from(shingles[id].1) >= LEAST_SHARED * f64::from(shingles[id].0);
    let asked = (0..sets.len()).filter(|&id| shares(id)).flat_map(|id| {
        let keys = rarest[id].iter().filter(|(length, _)| *length != u32::MAX);
        keys.map(move |&(_, key)| (key, id as u32)).collect::<Vec<_>>()
    });
    ask(&entries, asked.collect())
}

/// The pairs of an asker with each item of the lists it asks; of a crowded list the asker meets the first items only.
fn ask(entries: &[u64], asked: Vec<(u32, u32)>) -> Candidates {
    let found: Vec<(Vec<CandidatePair>, bool)> = asked
        .into_par_iter()
        .map(|(key, id)| {
            let start = entries.partition_point(|&entry| (entry >> 32) < u64::from(key));
            let list = entries[start..].iter().take_while(|&&entry| entry >> 32 == u64::from(key));
            let pairs: Vec<_> =
                list.clone().take(CROWD).filter_map(|&entry| CandidatePair::new(id, entry as u32)).collect();
            (pairs, list.take(CROWD + 1).count() > CROWD)
        })
        .collect();
    let crowded = found.iter().filter(|(_, crowded)| *crowded).count();
    let pairs = found.into_iter().flat_map(|(pairs, _)| pairs).collect();
    Candidates { pairs, crowded }.merge(Candidates::default())
}

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
    use crate::shingle::Shingler;
    use crate::text::Tokens;

    #[test]
    fn a_text_quoted_whole_meets_the_text_that_quotes_it() {
        let texts = [
            "minister denies the poisoning in moscow",
            "in a long interview the minister denies the poisoning in moscow and speaks of bases and grain and gas",
            "rain expected over the northern coast this weekend",
        ];
        let sets: Vec<ShingleSet> = texts.iter().map(|text| Shingler::HEADLINE.shingles(&Tokens::of(text))).collect();
        let found = containment_candidates(&sets.iter().collect::<Vec<_>>(), 1);
        assert_eq!(found.pairs, [CandidatePair { a: 0, b: 1 }]);
    }

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
