//! How far two items share a single phrase or a single word.
//!
//! Two titles that share one name, place or stock phrase, however many words it has, are weak
//! evidence for one event. Cost: O(|a| |b|) for the words of two titles.

use super::StoryView;
use crate::similarity::Product;

/// A run of more words is a sentence in common, no name. A run of exactly `MAX_NAME_WORDS` is a
/// name if the background knows two of its words as a phrase.
const MAX_NAME_WORDS: usize = 3;

/// A run of stems that two titles share in the same order.
#[derive(Clone, Copy, Default)]
struct SharedRun {
    words: usize,
    weight: f64,
    /// Whether a stem of the run begins a known phrase with the next stem of the run.
    has_phrase: bool,
}

impl SharedRun {
    /// The weight of the run if it may be a name, else 0.
    fn name_weight(self) -> f64 {
        let may_be_name =
            self.words < MAX_NAME_WORDS || self.words == MAX_NAME_WORDS && self.has_phrase;
        if may_be_name { self.weight } else { 0.0 }
    }
}

/// `(w_run / w_all)^4`, in 0..=1: `w_run` is the weight of the heaviest run of stems that both
/// titles have in the same order and that may be a name, `w_all` that of all shared stems. The
/// fourth power lets a second shared phrase of some weight clear the pair.
pub(super) fn single_phrase_overlap(a: &StoryView, b: &StoryView) -> f64 {
    if a.title.is_empty() || b.title.is_empty() {
        return 0.0;
    }
    // A filter of one bit per stem rejects most stems of `a` that `b` lacks.
    let filter = b
        .sequence
        .iter()
        .fold(0, |bits, &(term, _)| bits | bit(term));
    let (mut run, mut heaviest, mut all) = (SharedRun::default(), 0.0f64, 0.0);
    // The places in both titles where the run continues, and whether its last stem begins a phrase.
    let (mut next, mut begins_phrase) = ((0, 0), false);
    for (at, &(term, phrase)) in a.sequence.iter().enumerate() {
        if filter & bit(term) == 0 {
            continue;
        }
        let Some(place) = b.sequence.iter().position(|&(stem, _)| stem == term) else {
            continue;
        };
        let weight = value(a, term) * value(b, term);
        if next != (at, place) {
            heaviest = heaviest.max(run.name_weight());
            (run, begins_phrase) = (SharedRun::default(), false);
        }
        run = SharedRun {
            words: run.words + 1,
            weight: run.weight + weight,
            has_phrase: run.has_phrase || begins_phrase,
        };
        (next, begins_phrase) = ((at + 1, place + 1), phrase);
        all += weight;
    }
    heaviest = heaviest.max(run.name_weight());
    if all > 0.0 {
        (heaviest / all).powi(4)
    } else {
        0.0
    }
}

/// `(w_term / w_all)^4`, in 0..=1: `w_term` is the largest summand of the dot product of two leads,
/// `w_all` the dot product. Near 1 if the leads share a name or a rare word with two senses.
pub(super) fn single_term_overlap(leads: Product) -> f64 {
    leads.heaviest_share().powi(4)
}

fn bit(term: u32) -> u64 {
    1 << (term.wrapping_mul(0x9e37_79b1) >> 26)
}

fn value(view: &StoryView, term: u32) -> f64 {
    view.title.value(term).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::similarity::Vector;
    use crate::verify::test_items::titled;

    /// A shared stem: its places in both titles, its weight, and whether it begins a phrase.
    type SharedStem = (usize, usize, f64, bool);

    fn shared_stems(a: &StoryView, b: &StoryView) -> Vec<SharedStem> {
        let mut shared = Vec::new();
        for (at, &(term, phrase)) in a.sequence.iter().enumerate() {
            if let Some(place) = b.sequence.iter().position(|&(stem, _)| stem == term) {
                shared.push((at, place, value(a, term) * value(b, term), phrase));
            }
        }
        shared
    }

    fn weight(run: &[SharedStem]) -> f64 {
        run.iter().map(|stem| stem.2).sum()
    }

    fn may_be_name(run: &[SharedStem]) -> bool {
        match run {
            [_] | [_, _] => true,
            [first, second, _] => first.3 || second.3,
            _ => false,
        }
    }

    /// [`single_phrase_overlap`] by listing all runs.
    fn overlap_by_runs(a: &StoryView, b: &StoryView) -> f64 {
        let shared = shared_stems(a, b);
        let mut heaviest: f64 = 0.0;
        for run in shared.chunk_by(|x, y| (x.0 + 1, x.1 + 1) == (y.0, y.1)) {
            if may_be_name(run) {
                heaviest = heaviest.max(weight(run));
            }
        }
        if weight(&shared) > 0.0 {
            (heaviest / weight(&shared)).powi(4)
        } else {
            0.0
        }
    }

    proptest! {
        #[test]
        fn overlap_is_that_of_the_heaviest_run(
            sequences in proptest::collection::vec(proptest::collection::vec((0u32..7, any::<bool>()), 0..9), 2),
        ) {
            let view = |sequence: &[(u32, bool)]| StoryView {
                title: Vector::of_terms(&sequence.iter().map(|stem| stem.0).collect::<Vec<u32>>()),
                sequence: sequence.into(),
                ..StoryView::default()
            };
            let (a, b) = (view(&sequences[0]), view(&sequences[1]));
            prop_assert!((single_phrase_overlap(&a, &b) - overlap_by_runs(&a, &b)).abs() < 1e-12);
        }
    }

    #[test]
    fn one_shared_run_of_two_words_is_a_single_phrase() {
        let overlap = |a: &[u32], b: &[u32]| single_phrase_overlap(&titled(a), &titled(b));
        assert_eq!(overlap(&[1, 2, 3, 4], &[5, 2, 3, 6]), 1.0);
        assert_eq!(overlap(&[2, 1, 3, 4], &[5, 2, 3, 6]), 1.0 / 16.0);
        assert_eq!(overlap(&[1, 2, 3, 4], &[1, 2, 3, 4]), 0.0);
        assert_eq!(overlap(&[1], &[2]), 0.0);
    }
}
