//! Term weights from the batch and the background.
//!
//! Input: the terms of a batch, and the document frequencies of a background. Output: weighted
//! [`Vector`]s. Cost: linear in the terms.
//!
//! ```text
//! p         = (df + m q) / (n + m)
//! surprisal = ln(1 / p)
//! weight    = surprisal^power
//! value     = (1 + ln tf) weight
//! ```
//!
//! `df` of the `n` items of the batch have the term, and the share `q` of the items of the
//! background. The background counts as `m` items: a Dirichlet prior (Zhai and Lafferty 2004). The
//! power is above 1, because words of a topic are shared by many stories and are weak evidence,
//! while two shared rare words are strong evidence.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::terms::PhraseOccurrence;
use super::{StoryField, Terms, Vector};
use crate::text::{Background, Table};

/// Parameters of the weights of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighing {
    /// The power of the surprisal, by [`StoryField`].
    pub powers: [f64; 3],
    /// The power for leads without a background.
    pub no_background_lead_power: f64,
    /// Factor on the squared lengths of leads without a background.
    pub no_background_norm_inflation: f64,
    /// Share, in 0..=1, of the surprisal that a phrase lacks compared with its words, which the
    /// words lose.
    pub phrase_discount: f64,
    /// The batch size in items at which the background counts as much as the batch.
    pub prior: f64,
    /// Minimum number of items that the background counts as; twice as many in a batch of
    /// `min_prior` items.
    pub min_prior: f64,
    /// Maximum weight of the background as a multiple of the batch.
    pub max_prior_ratio: f64,
}

impl Weighing {
    /// The parameters of one field in a batch of `items` items.
    ///
    /// A small batch says little about how common a word is, because one story may be half of the
    /// batch: hence `min_prior`. Without a background a word that is rare in the batch may be a
    /// common word: hence the lower power and the greater length of leads.
    pub fn field(&self, field: StoryField, items: f64, has_background: bool) -> FieldWeighing {
        let min_prior = self.min_prior * (1.0 + self.min_prior / items);
        let more = if has_background {
            items * (items / self.prior).min(self.max_prior_ratio)
        } else {
            0.0
        };
        let (power, norm_inflation) = if field == StoryField::Lead && !has_background {
            (
                self.no_background_lead_power,
                self.no_background_norm_inflation,
            )
        } else {
            (self.powers[field as usize], 1.0)
        };
        FieldWeighing {
            prior: min_prior + more,
            power,
            norm_inflation,
            phrase_discount: self.phrase_discount,
        }
    }
}

/// Parameters of the weights of one field of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldWeighing {
    /// Number of items that the background counts as: `m` of the formula.
    pub prior: f64,
    /// The power of the surprisal.
    pub power: f64,
    /// Factor on the squared lengths of the vectors; above 1, no cosine reaches 1, not even that of
    /// a vector with itself.
    pub norm_inflation: f64,
    /// Share, in 0..=1, of the surprisal that a phrase lacks compared with its words, which the
    /// words lose.
    pub phrase_discount: f64,
}

/// Minimum share of items with a term: a rarer term is a name or a typing error, and weighs no
/// more.
const MIN_SHARE: f64 = 1e-4;

/// Share of items assumed for each term without a background.
const UNKNOWN_SHARE: f64 = 1e-3;

/// Weighs the terms of one field in one language.
#[derive(Debug)]
pub struct Weigher<'b> {
    /// The weights of the terms of the batch.
    weights: HashMap<u32, TermWeight>,
    items: f64,
    background: Option<(&'b Background, Table)>,
    weighing: FieldWeighing,
}

#[derive(Debug, Clone, Copy)]
struct TermWeight {
    /// In nats.
    surprisal: f64,
    /// The surprisal to the power.
    weight: f64,
}

impl<'b> Weigher<'b> {
    /// Counts the terms of a batch, each item by its own weight. Without a background all terms are
    /// taken to be equally rare elsewhere.
    pub fn new<'t>(
        batch: impl Iterator<Item = (&'t Terms, f64)>,
        background: Option<(&'b Background, Table)>,
        weighing: FieldWeighing,
    ) -> Self {
        let mut frequencies: HashMap<u32, f64> = HashMap::new();
        let mut items = 0.0;
        for (terms, weight) in batch.filter(|(terms, _)| !terms.is_empty()) {
            items += weight;
            for term in terms.iter() {
                *frequencies.entry(term).or_default() += weight;
            }
        }
        let weigher = Weigher {
            weights: HashMap::new(),
            items,
            background,
            weighing,
        };
        let weights = frequencies
            .par_iter()
            .map(|(&term, &frequency)| (term, weigher.weigh(term, frequency)))
            .collect();
        Weigher { weights, ..weigher }
    }

    /// The weight of a term: its surprisal to the power.
    pub fn weight(&self, term: u32) -> f64 {
        self.term_weight(term).weight
    }

    /// The surprisal of a term in nats.
    pub fn surprisal(&self, term: u32) -> f64 {
        self.term_weight(term).surprisal
    }

    fn term_weight(&self, term: u32) -> TermWeight {
        let known = self.weights.get(&term).copied();
        known.unwrap_or_else(|| self.weigh(term, 0.0))
    }

    /// The weight of a term that `frequency` items of the batch have.
    fn weigh(&self, term: u32, frequency: f64) -> TermWeight {
        let elsewhere = match self.background {
            None => UNKNOWN_SHARE,
            // The verb of a title is as rare as a name in titles, but common in texts.
            Some((background, Table::Title)) => {
                let title = background_share(background, Table::Title, term);
                (title + background_share(background, Table::Text, term)) / 2.0
            }
            Some((background, table)) => background_share(background, table, term),
        };
        let prior = self.weighing.prior;
        let share = (frequency + prior * elsewhere) / (self.items + prior);
        let surprisal = libm::log(1.0 / share.clamp(MIN_SHARE, 1.0));
        TermWeight {
            surprisal,
            weight: libm::pow(surprisal, self.weighing.power),
        }
    }

    /// The vector of an item's terms.
    pub fn vector(&self, terms: &Terms) -> Vector {
        let mut values = Vec::with_capacity(terms.counts.len());
        for &(term, count) in &terms.counts {
            let value = self.value(terms, term, count);
            if value > 0.0 {
                values.push((term, value));
            }
        }
        Vector::with_norm_inflation(values, self.weighing.norm_inflation)
    }

    fn value(&self, terms: &Terms, term: u32, count: u32) -> f32 {
        let TermWeight { surprisal, weight } = self.term_weight(term);
        let kept = self.kept_surprisal(term, terms.phrases_of(term));
        let weight = if kept == 1.0 {
            weight
        } else {
            libm::pow(surprisal * kept, self.weighing.power)
        };
        let value = if count == 1 {
            weight
        } else {
            (1.0 + libm::log(f64::from(count))) * weight
        };
        value as f32
    }

    /// The share of its surprisal that a term keeps in an item: at each place the least that a
    /// phrase leaves, and of all places the most.
    fn kept_surprisal(&self, term: u32, phrases: &[PhraseOccurrence]) -> f64 {
        let mut best: Option<f64> = None;
        for place in phrases.chunk_by(|x, y| x.place == y.place) {
            let mut kept = 1.0;
            for phrase in place {
                kept = f64::min(kept, self.kept_in_phrase(term, phrase));
            }
            best = Some(best.map_or(kept, |best| best.max(kept)));
        }
        best.unwrap_or(1.0)
    }

    fn kept_in_phrase(&self, term: u32, phrase: &PhraseOccurrence) -> f64 {
        let [a, b] = [term, phrase.partner].map(|term| self.surprisal(term));
        let of_phrase = f64::from(phrase.surprisal).max(a).max(b);
        let share = (of_phrase / (a + b).max(f64::MIN_POSITIVE)).min(1.0);
        1.0 - self.weighing.phrase_discount * (1.0 - share)
    }
}

/// The share of the items of a background that have a term, smoothed.
fn background_share(background: &Background, table: Table, term: u32) -> f64 {
    (f64::from(background.count(table, term)) + 0.5) / (f64::from(background.items(table)) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{BackgroundBuilder, Language};

    const WEIGHING: FieldWeighing = FieldWeighing {
        prior: 100.0,
        power: 1.0,
        norm_inflation: 1.0,
        phrase_discount: 0.5,
    };

    fn unweighted(weighing: FieldWeighing) -> Weigher<'static> {
        Weigher::new(std::iter::empty(), None, weighing)
    }

    /// Term 1 is in all items, term 2 in half of them.
    fn background() -> Background {
        let mut builder = BackgroundBuilder::new(Language::from_tag("en"), "test");
        for item in 0..1000 {
            let terms: &[u32] = if item < 500 { &[1, 2] } else { &[1] };
            builder.add(terms, terms, &[]);
        }
        builder.finish()
    }

    fn weigher<'b>(batch: &[Terms], background: &'b Background) -> Weigher<'b> {
        let items = batch.iter().map(|terms| (terms, 1.0));
        Weigher::new(items, Some((background, Table::Title)), WEIGHING)
    }

    #[test]
    fn the_background_decides_in_a_small_batch() {
        let background = background();
        let weigher = weigher(&vec![Terms::new(vec![2, 3]); 5], &background);
        assert!(weigher.weight(3) > 2.0);
        assert!(weigher.weight(2) < 1.0 && weigher.weight(1) < weigher.weight(2));
    }

    #[test]
    fn the_batch_decides_in_a_large_batch() {
        let background = background();
        let weigher = weigher(&vec![Terms::new(vec![3]); 100_000], &background);
        assert!(weigher.weight(3) < 0.01);
    }

    #[test]
    fn words_of_a_phrase_weigh_less_unless_they_also_occur_alone() {
        let weigher = unweighted(WEIGHING);
        let phrase = |a: u32, b: u32| ((a, b) == (1, 2)).then_some(0.0);
        let value = |terms: &[u32], term: u32| {
            let vector = weigher.vector(&Terms::of_text(terms, phrase));
            vector.value(term).unwrap()
        };
        let (in_phrase, alone) = (value(&[1, 2, 3], 1), value(&[1, 3, 2], 1));
        assert!((in_phrase / alone - 0.75).abs() < 1e-6);
        assert!(value(&[1, 2, 3, 1], 1) > alone);
        assert_eq!(value(&[1, 2, 3], 3), value(&[3], 3));
    }

    #[test]
    fn norm_inflation_divides_cosines() {
        let pair = |norm_inflation: f64| {
            let weigher = unweighted(FieldWeighing {
                norm_inflation,
                ..WEIGHING
            });
            [vec![1, 2, 2], vec![2, 3]].map(|terms| weigher.vector(&Terms::new(terms)))
        };
        let ([a, b], [c, d]) = (pair(1.0), pair(2.0));
        assert!((c.cosine(&d, 0.0) - a.cosine(&b, 0.0) / 2.0).abs() < 1e-9);
        assert!((c.shares(&d, 0.0)[0].1 - c.cosine(&d, 0.0)).abs() < 1e-9);
    }
}
