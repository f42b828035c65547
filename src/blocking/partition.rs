//! The parts into which [`split`](super::split) parts a component, kept while texts come: the same
//! parts as of all texts at once. A text that comes costs one decision if it is a copy of the first
//! of the part it goes to; where a text changes by whom others are judged, the parts from there on
//! are made anew.

use super::split::{Part, parts};
use crate::source_rules::CopyScope;

/// The parts of a component.
#[derive(Debug, Default)]
pub(super) struct Division {
    /// In the order in which they are made.
    parts: Vec<Part>,
    /// Whether parts behind these are gone, whose texts are in no part.
    is_cut: bool,
    /// Whether there were too few texts to part them.
    is_small: bool,
}

/// Where texts that came went to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Put {
    /// Texts that joined a part that stays as it was, and the place of that.
    pub(super) joined: Vec<(u32, usize)>,
    /// Texts that belong behind all parts that are left.
    pub(super) left: Vec<u32>,
    /// Whether parts behind these were given up, whose texts belong there too.
    pub(super) gave_up: bool,
}

/// Where a text goes.
enum Goes {
    /// To this part, as a copy of its first text or as one of enough of those who are asked.
    To(usize, bool),
    /// It changes by whom texts of this part and those behind it are judged.
    Against(usize),
    /// Behind all parts.
    Behind,
}

/// Components of fewer texts are one part.
const LEAST: usize = 3;

impl Division {
    /// The one part of a component of too few texts.
    pub(super) fn small(first: u32) -> Self {
        Division {
            parts: vec![Part {
                first,
                asked: Vec::new(),
                close: 0,
            }],
            is_cut: false,
            is_small: true,
        }
    }

    /// Whether a component of so many texts is one part.
    pub(super) fn is_one(texts: usize) -> bool {
        texts < LEAST
    }

    /// Whether these are all the parts of a component of so many texts.
    pub(super) fn holds_for(&self, texts: usize) -> bool {
        !self.parts.is_empty() && !self.is_cut && self.is_small == Division::is_one(texts)
    }

    /// How many parts there are.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The first text of a part.
    pub(super) fn first(&self, part: usize) -> Option<u32> {
        self.parts.get(part).map(|part| part.first)
    }

    /// Notes that a text of a part has gone. What was judged by it is judged anew when the
    /// component is touched again.
    pub(super) fn leave(&mut self, text: u32, part: usize) {
        if self
            .parts
            .get(part)
            .is_some_and(|part| part.first == text || part.asked.contains(&text))
        {
            self.parts.truncate(part);
            self.is_cut = true;
        }
    }

    /// Puts texts, in their order, into the parts.
    pub(super) fn put<P: Ord>(
        &mut self,
        texts: &[u32],
        place: impl Fn(u32) -> P,
        mut are_copies: impl FnMut(u32, u32) -> bool,
    ) -> Put {
        if self.is_small {
            self.parts.clear();
        }
        let mut put = Put {
            gave_up: std::mem::take(&mut self.is_cut) || self.is_small,
            ..Put::default()
        };
        self.is_small = false;
        for &text in texts {
            let has_more = put.gave_up || !put.left.is_empty();
            match self.goes(text, has_more, &place, &mut are_copies) {
                Goes::Behind => put.left.push(text),
                Goes::To(at, is_copy) => {
                    self.parts[at].close += usize::from(!is_copy);
                    if is_copy && self.parts[at].would_ask(text, &place) {
                        self.parts[at].ask(text, &place);
                    }
                    put.joined.push((text, at));
                }
                Goes::Against(at) => {
                    self.parts.truncate(at);
                    put.gave_up = true;
                    put.left.push(text);
                }
            }
        }
        put.joined.retain(|&(_, at)| at < self.parts.len());
        put
    }

    /// Where a text goes; `has_more` tells whether there are texts behind all parts.
    fn goes<P: Ord>(
        &self,
        text: u32,
        has_more: bool,
        place: impl Fn(u32) -> P,
        mut are_copies: impl FnMut(u32, u32) -> bool,
    ) -> Goes {
        for (at, part) in self.parts.iter().enumerate() {
            if place(text) < place(part.first) {
                return Goes::Against(at);
            }
            if are_copies(part.first, text) {
                let has_others = part.close > 0 || at + 1 < self.parts.len() || has_more;
                let changes_others = has_others && part.would_ask(text, &place);
                return if changes_others {
                    Goes::Against(at)
                } else {
                    Goes::To(at, true)
                };
            }
            if part.backs(text, &mut are_copies) {
                return Goes::To(at, false);
            }
        }
        Goes::Behind
    }

    /// Parts the texts that are in no part, in their order, by their reach too; returns those of
    /// each new part.
    pub(super) fn add(
        &mut self,
        order: &[u32],
        reach: impl Fn(u32) -> CopyScope,
        are_copies: impl FnMut(u32, u32) -> bool,
    ) -> Vec<Vec<u32>> {
        let (parts, texts): (Vec<Part>, Vec<Vec<u32>>) =
            parts(order, reach, are_copies).into_iter().unzip();
        self.parts.extend(parts);
        texts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::blocking::split;

    proptest! {
        /// Texts are numbers, alike if they are near each other or have the same last digit.
        #[test]
        fn the_parts_are_those_of_all_texts_at_once(
            texts in Just((0u32..90).collect::<Vec<u32>>()).prop_shuffle(),
            share in 1usize..20,
            reach in 1u32..12,
            gone in proptest::collection::vec(0u32..90, 0..6),
        ) {
            let are_copies = |a: u32, b: u32| a.abs_diff(b) <= reach || a % 10 == b % 10 && a.is_multiple_of(3);
            let mut division = Division::default();
            let mut groups: Vec<Vec<u32>> = Vec::new();
            let mut there: Vec<u32> = Vec::new();
            for (at, some) in texts.chunks(share).enumerate() {
                if let Some(&leaves) = gone.get(at).filter(|text| there.contains(text)) {
                    let part = groups.iter().position(|group| group.contains(&leaves)).unwrap();
                    division.leave(leaves, part);
                    there.retain(|&text| text != leaves);
                    groups[part].retain(|&text| text != leaves);
                }
                let mut some = some.to_vec();
                some.sort_unstable();
                let put = division.put(&some, |text| text, are_copies);
                put.joined.iter().for_each(|&(text, at)| groups[at].push(text));
                let given_up = groups.split_off(division.len());
                let mut rest = [given_up.concat(), put.left].concat();
                // Texts that joined a part that was given up later are among those of none.
                let placed: Vec<u32> = groups.concat();
                rest.extend(some.iter().filter(|text| !placed.contains(text)));
                rest.sort_unstable();
                rest.dedup();
                prop_assert!(rest.is_empty() || put.gave_up || rest.iter().all(|text| some.contains(text)));
                groups.extend(division.add(&rest, |_| CopyScope::Any, are_copies));
                there.extend(&some);
                there.sort_unstable();
                let mut expected = split(&there, |_| CopyScope::Any, are_copies);
                let mut found = groups.clone();
                [&mut expected, &mut found].into_iter().flatten().for_each(|group| group.sort_unstable());
                prop_assert_eq!(found, expected);
                prop_assert!(division.holds_for(there.len()) || there.len() < LEAST);
            }
        }
    }
}
