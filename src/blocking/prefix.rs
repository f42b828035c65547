//! The widest shingles of a headline in, those of the most letters in front, the keys under which
//! its copies are found out: one for each two neighbours of the first ones.
//!
//! Two sets that are alike share most of the first members of both in any order, if it is one order
//! (the prefix filter: Chaudhuri, Ganti and Kaushik 2006). Two members a key, because few texts
//! have both, where hundreds have one. A headline of ten words has six or seven keys, each with
//! three or four words of it, where bands of signatures take 32.

use crate::sets::Shingler;

/// How many shingles of a text make keys.
///
/// Of two texts alike by a Jaccard coefficient of t, the one with no more shingles lacks at most (1
/// - t) / (1 + t) of its n in the other; so many are taken, and [`Reach::SPARE`] more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// How many a text may lack for each of its widest shingles, and besides; in parts of
    /// [`Reach::WHOLE`].
    each: u64,
    besides: u64,
}

impl Reach {
    const WHOLE: u64 = 1 << 16;

    /// Together with quotations 3 to 6 find .9919, .9938, .9961 and .9968 of 3,080 pairs at .7 and
    /// above among 113,542 headlines, and all, but for one by 3, of 11,243 among 86,905
    /// generated ones. The rest are phrases of whole sections.
    const SPARE: usize = 5;

    /// That which finds copies of at least this Jaccard coefficient; none if such could share less
    /// than two of their widest shingles.
    pub(super) fn for_copies(shingler: &Shingler, threshold: f64) -> Option<Self> {
        let lacking = (1.0 - threshold) / (1.0 + threshold);
        let widths = shingler.widths() as f64;
        // Of w widths, the widest q times, there are at most w q + w (w - 1) / 2.
        let parts = |shingles: f64| (lacking * shingles * Reach::WHOLE as f64).ceil() as u64;
        let reach = Reach {
            each: parts(widths),
            besides: parts(widths * (widths - 1.0) / 2.0),
        };
        let shares_two =
            |count: usize| reach.lacking(count) == 0 || reach.lacking(count) + 2 <= count;
        (1..=MOST_TRIED).all(shares_two).then_some(reach)
    }

    /// The keys of a text with these shingles.
    pub(super) fn keys(self, shingles: &[u32]) -> impl Iterator<Item = u32> {
        let first = &shingles[..shingles
            .len()
            .min(self.lacking(shingles.len()) + Reach::SPARE)];
        let alone = if let &[one] = first {
            Some(key(one, one))
        } else {
            None
        };
        first.windows(2).map(|two| key(two[0], two[1])).chain(alone)
    }

    fn lacking(self, count: usize) -> usize {
        ((self.each * count as u64 + self.besides) / Reach::WHOLE) as usize
    }
}

/// What holds for so many shingles holds for more.
const MOST_TRIED: usize = 100;

/// The key of two shingles in their order, by the golden ratio.
fn key(one: u32, next: u32) -> u32 {
    ((u64::from(one) << 32 | u64::from(next)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;
    use crate::text::Tokens;
    use crate::verify::containment_keys;

    fn reach(shingler: &str, threshold: f64) -> Option<Reach> {
        Reach::for_copies(&shingler.parse().unwrap(), threshold)
    }

    #[test]
    fn a_headline_has_a_key_for_each_two_neighbours_of_the_first() {
        let reach = reach("word:1-2", 0.7).unwrap();
        let keys = |count: u32| {
            reach
                .keys(&(0..count).collect::<Vec<u32>>())
                .collect::<Vec<u32>>()
        };
        assert_eq!(
            [1, 2, 3, 9, 30].map(|count| keys(count).len()),
            [1, 1, 2, 7, 14]
        );
        assert_eq!(keys(9)[..2], keys(3)[..]);
    }

    /// A headline, and the same with one or two words put in, left out, put in place of others or
    /// moved.
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

    /// The same headlines each time, so that no run fails by chance.
    #[test]
    fn nearly_all_that_are_alike_have_a_key_in_common() {
        let threshold = 0.7;
        let reach = Reach::for_copies(&Shingler::HEADLINE, threshold).unwrap();
        let (mut runner, mut alike, mut met) = (TestRunner::deterministic(), 0, 0);
        while alike < 2000 {
            let [a, b] = edited().new_tree(&mut runner).unwrap().current();
            let [a, b] =
                [a, b].map(|text| Shingler::HEADLINE.shingles_with_lengths(&Tokens::of(&text)));
            let keys = [&a, &b].map(|text| {
                let shingles: Vec<u32> = containment_keys(text, 1, &mut Vec::new()).collect();
                reach.keys(&shingles).collect::<Vec<u32>>()
            });
            if a.into_set()
                .jaccard(&b.into_set())
                .is_some_and(|found| found.get() >= threshold)
            {
                alike += 1;
                met += usize::from(keys[0].iter().any(|key| keys[1].contains(key)));
            }
        }
        assert!(met * 1000 >= alike * 995, "{met} of {alike}");
    }

    #[test]
    fn where_few_shingles_are_shared_there_is_no_reach() {
        assert!(reach("word:1-2", 0.67).is_some());
        assert!(reach("word:1-2", 0.6).is_none());
        assert!(reach("word:1-3", 0.7).is_none());
        assert!(reach("word:1-3", 0.9).is_some());
    }
}
