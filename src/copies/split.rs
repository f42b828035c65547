//! Splits a component of verified pairs where a chain of copies has drifted away from its beginning.
//!
//! Input: the texts of a component in an order of their own, and the decision about any two texts. Output: groups. A group
//! is one text, the copies of that text, and the texts that are copies of most of the group. So the hours of a live page,
//! each alike the hour before, do not end up in one group whose ends share nothing. The result depends on the set of texts
//! alone: a batch, an index and a cluster of machines split alike. Cost: at most eight decisions per text and group.

use crate::verify::Fingerprint;

/// The place of a text among those of its component: by time, undated ones in front, then by digest.
pub fn place_of(print: &Fingerprint) -> (Option<i32>, u64) {
    (print.context.hour, print.digest())
}

/// A text that is no copy of the first of a group is compared with at most this many copies of that.
const ASKED: usize = 7;

/// The groups of these texts: the first text, its copies, and those that are copies of at least half of the first
/// `ASKED` of these and itself; then the same of the rest.
pub fn split(order: &[u32], mut are_copies: impl FnMut(u32, u32) -> bool) -> Vec<Vec<u32>> {
    let mut groups = Vec::new();
    let mut rest = order.to_vec();
    while let Some((&first, others)) = rest.split_first() {
        let (copies, others): (Vec<u32>, Vec<u32>) = others.iter().partition(|&&text| are_copies(first, text));
        let asked = &copies[..copies.len().min(ASKED)];
        let (close, others): (Vec<u32>, Vec<u32>) = others.into_iter().partition(|&text| {
            let backing = asked.iter().filter(|&&copy| are_copies(copy, text)).count();
            backing > 0 && 2 * backing > asked.len()
        });
        groups.push([vec![first], copies, close].concat());
        rest = others;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_breaks_where_it_has_drifted() {
        let order: Vec<u32> = (0..8).collect();
        let groups = split(&order, |a, b| a.abs_diff(b) <= 2);
        assert_eq!(groups, [vec![0, 1, 2, 3], vec![4, 5, 6, 7]]);
    }

    #[test]
    fn what_hangs_together_stays() {
        assert_eq!(split(&[7, 3, 9], |_, _| true), [vec![7, 3, 9]]);
        assert_eq!(split(&[4, 2], |_, _| false), [vec![4], vec![2]]);
    }
}
