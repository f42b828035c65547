//! Prefix filter for titles: keys from pairs of adjacent prefix elements.
//!
//! Input: the shingles of a title, the widest first. Output: one key per two adjacent shingles of
//! the prefix. Two sets whose Jaccard coefficient reaches a threshold share an element of their
//! prefixes in any global order (Chaudhuri, Ganti and Kaushik 2006); longer prefixes share several
//! (the l-prefix scheme of AdaptJoin: Wang, Li and Feng 2012). A key takes two adjacent elements
//! because few texts share both where hundreds share one. A title of ten words has six or seven
//! keys of three or four words each, where bands of signatures need 32.

use crate::sets::Shingler;

/// Length of the prefix that makes keys.
///
/// Of two texts with a Jaccard coefficient of at least `t`, the smaller text of `n` shingles has at
/// most `n (1 - t) / (1 + t)` shingles that the larger text lacks. The prefix has
/// [`PrefixFilter::SPARE`] elements more than this bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PrefixFilter {
    /// Shingles that a text may lack per shingle of the widest width, in units of
    /// `1 / PrefixFilter::SCALE`.
    per_shingle: u64,
    /// Additional shingles that a text may lack, in the same unit.
    constant: u64,
}

impl PrefixFilter {
    const SCALE: u64 = 1 << 16;

    /// Together with containment keys, 3 to 6 spare elements find .9919, .9938, .9961 and .9968 of
    /// 3,080 pairs at .7 and above among 113,542 titles, and all of 11,243 pairs (3: all but one)
    /// among 86,905 generated titles. The rest are phrases of whole sections.
    const SPARE: usize = 5;

    /// The filter for pairs with a Jaccard coefficient of at least `threshold`; `None` if a pair
    /// could share fewer than two of the widest shingles.
    pub(super) fn for_threshold(shingler: &Shingler, threshold: f64) -> Option<Self> {
        let lacking = (1.0 - threshold) / (1.0 + threshold);
        let widths = shingler.widths() as f64;
        let scaled =
            |shingles: f64| (lacking * shingles * PrefixFilter::SCALE as f64).ceil() as u64;
        // q shingles of the widest of w widths: at most w q + w (w - 1) / 2 of all widths.
        let filter = PrefixFilter {
            per_shingle: scaled(widths),
            constant: scaled(widths * (widths - 1.0) / 2.0),
        };
        (1..=MAX_CHECKED)
            .all(|count| filter.shares_two(count))
            .then_some(filter)
    }

    /// Whether a text of `count` shingles lacks none of them or shares two.
    fn shares_two(self, count: usize) -> bool {
        let lacking = self.max_lacking(count);
        lacking == 0 || lacking + 2 <= count
    }

    /// The keys of a text with these shingles.
    pub(super) fn keys(self, shingles: &[u32]) -> impl Iterator<Item = u32> {
        let length = self.max_lacking(shingles.len()) + PrefixFilter::SPARE;
        let prefix = &shingles[..shingles.len().min(length)];
        let single = match *prefix {
            [shingle] => Some(key(shingle, shingle)),
            _ => None,
        };
        let adjacent = prefix.windows(2).map(|pair| key(pair[0], pair[1]));
        adjacent.chain(single)
    }

    fn max_lacking(self, count: usize) -> usize {
        ((self.per_shingle * count as u64 + self.constant) / PrefixFilter::SCALE) as usize
    }
}

/// Number of shingles up to which `for_threshold` checks the bound. A bound that holds up to
/// `MAX_CHECKED` shingles holds for longer titles.
const MAX_CHECKED: usize = 100;

/// The key of two adjacent shingles, by a multiplication with the golden ratio.
fn key(first: u32, second: u32) -> u32 {
    ((u64::from(first) << 32 | u64::from(second)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::text::Tokens;
    use crate::verify::containment_keys;

    fn filter(shingler: &str, threshold: f64) -> Option<PrefixFilter> {
        PrefixFilter::for_threshold(&shingler.parse().unwrap(), threshold)
    }

    #[test]
    fn each_pair_of_adjacent_prefix_elements_has_a_key() {
        let filter = filter("word:1-2", 0.7).unwrap();
        let keys = |count: u32| {
            filter
                .keys(&(0..count).collect::<Vec<u32>>())
                .collect::<Vec<u32>>()
        };
        assert_eq!(
            [1, 2, 3, 9, 30].map(|count| keys(count).len()),
            [1, 1, 2, 7, 14]
        );
        assert_eq!(keys(9)[..2], keys(3)[..]);
    }

    /// A title, and the title with one or two words inserted, removed, replaced or moved.
    fn edited() -> impl Strategy<Value = [String; 2]> {
        let words = proptest::collection::vec("[a-z]{2,9}", 5..18);
        let edits = proptest::collection::vec((0usize..4, 0usize..100, "[a-z]{2,9}"), 1..3);
        (words, edits).prop_map(|(words, edits)| {
            let mut other = words.clone();
            for (kind, at, word) in edits {
                let at = at % other.len();
                match kind {
                    0 => other.insert(at, word),
                    1 => _ = other.remove(at),
                    2 => other[at] = word,
                    _ => other.rotate_left(at),
                }
            }
            [words, other].map(|words| words.join(" "))
        })
    }

    /// Deterministic: the same titles in each run.
    #[test]
    fn similar_titles_share_a_key() {
        let threshold = 0.7;
        let filter = PrefixFilter::for_threshold(&Shingler::HEADLINE, threshold).unwrap();
        let (mut runner, mut similar, mut found) = (TestRunner::deterministic(), 0, 0);
        while similar < 2000 {
            let [a, b] = edited().new_tree(&mut runner).unwrap().current();
            let [a, b] =
                [a, b].map(|text| Shingler::HEADLINE.shingles_with_lengths(&Tokens::of(&text)));
            let keys = [&a, &b].map(|text| {
                let shingles: Vec<u32> = containment_keys(text, 1, &mut Vec::new()).collect();
                filter.keys(&shingles).collect::<Vec<u32>>()
            });
            if a.into_set()
                .jaccard(&b.into_set())
                .is_some_and(|jaccard| jaccard.get() >= threshold)
            {
                similar += 1;
                found += usize::from(keys[0].iter().any(|key| keys[1].contains(key)));
            }
        }
        assert!(found * 1000 >= similar * 995, "{found} of {similar}");
    }

    #[test]
    fn no_filter_where_pairs_share_fewer_than_two_shingles() {
        assert!(filter("word:1-2", 0.67).is_some());
        assert!(filter("word:1-2", 0.6).is_none());
        assert!(filter("word:1-3", 0.7).is_none());
        assert!(filter("word:1-3", 0.9).is_some());
    }
}
