//! Story similarity: how much two items read as reports of one event.
//!
//! Input: two [`StoryView`]s. Output: a similarity in 0..=1, a damped cosine; it is no probability.
//!
//! ```text
//! similarity(a, b) = D · F · [ (1 - P s) · (w_title · cos_title + w_gram · min(cos_gram, cap))
//!                            + (1 - P t) · w_lead · cos_lead ]
//!
//! cos(x, y) = x·y / sqrt((|x|² + damping) (|y|² + damping))     damping = 0 for character n-grams
//! D   = exp(-max(0, days - 1) / decay_days)                     recency decay
//! F   = 1 - figures_penalty if the figures conflict, else 1     `figures_conflict`
//! P   = single_phrase_penalty
//! s   = (heaviest shared phrase / all shared title weight)^4    `single_phrase_overlap`
//! t   = (heaviest shared term / all shared lead weight)^4       `single_term_overlap`
//! cap = min(1, 1.5 cos_title + 0.1) if titles or leads share a term, else 1
//!
//! weights, with g = char_gram_weight and h = title_weight:
//!                            w_lead             w_title            w_gram
//! a lead is missing          0                  1 - g              g
//! both leads, a title is     1                  0                  0
//!   missing
//! both leads, both titles    (1 - g/4) (1 - h)  (1 - g/4) h        g/4
//! ```
//!
//! [`StoryVerifier::similarity`] computes the formula term by term. `bounded` computes the same
//! value and stops as soon as an upper bound falls below the minimum. Cost: O(|a| + |b|).

mod bounded;
mod phrase;

pub use bounded::{PREFETCH_BATCH, PartialScore, ScatteredView};

use phrase::{single_phrase_overlap, single_term_overlap};

use super::heading::Heading;
use crate::article::Timestamp;
use crate::similarity::{Product, StoryField, Vector};

/// What story similarity compares of an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoryView {
    /// The stems of the title.
    pub title: Vector,
    /// The stems of the title and of the first part of the body; empty without a body.
    pub lead: Vector,
    /// The stems of the title in order, each with whether it begins a known phrase with the next.
    pub sequence: Box<[(u32, bool)]>,
    /// Character 4-grams of the title.
    pub chars: Vector,
    /// The figures of the title and of the first part of the body, ascending; empty without a body.
    pub figures: Box<[u32]>,
    /// Publication time.
    pub published: Option<Timestamp>,
    /// The title with its outlet and time, to recognise titles that an outlet repeats.
    pub heading: Heading,
}

impl StoryView {
    /// Whether the title repeats no word and has no word without weight.
    pub fn has_distinct_terms(&self) -> bool {
        self.sequence.len() == self.title.values().len()
    }

    /// The dot product with another item in one field.
    pub fn product(&self, field: StoryField, other: &StoryView) -> Product {
        self.vector(field).product(other.vector(field))
    }

    /// The vector of a field.
    pub fn vector(&self, field: StoryField) -> &Vector {
        match field {
            StoryField::Title => &self.title,
            StoryField::Lead => &self.lead,
            StoryField::CharGrams => &self.chars,
        }
    }
}

/// One summand of a similarity: its cosine times its weight.
#[derive(Debug, Clone, Copy)]
pub struct StoryPart<'v> {
    /// The field.
    pub field: StoryField,
    /// The weight of the cosine; the weights sum to at most 1.
    pub weight: f64,
    /// The damping of the cosine.
    pub damping: f64,
    /// The vector of the first item.
    pub a: &'v Vector,
    /// The vector of the second item.
    pub b: &'v Vector,
}

/// The parameters of story similarity, and the verifier of candidate pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoryVerifier {
    /// A pair must have more than this similarity to become an edge, in 0..=1.
    pub min_similarity: f64,
    /// Added to the squared length of each word vector before a cosine is taken, so one shared word
    /// of two short titles is no high similarity.
    pub damping: f64,
    /// Maximum days between two items of one story; 0 for no limit.
    pub window_days: f64,
    /// Recency decay in days: similarity is multiplied by `exp(-(days - 1) / decay_days)` beyond
    /// the first day; 0 for no decay.
    pub decay_days: f64,
    /// Weight of character n-grams between titles, in 0..=1; a quarter of it where leads are
    /// compared.
    pub char_gram_weight: f64,
    /// Weight of titles where leads are compared, in 0..=1.
    pub title_weight: f64,
    /// Share that a title similarity loses if the titles share a single name or stock phrase, and
    /// that a lead similarity loses if the leads share a single word, in 0..=1.
    pub single_phrase_penalty: f64,
    /// Share that the similarity of two titles with a single phrase in common loses in addition
    /// while no third item links to both, in 0..=1. Between groups the mean similarity keeps it,
    /// because each pair may share another phrase.
    pub unsupported_penalty: f64,
    /// Share that the similarity loses if the figures conflict, in 0..=1.
    pub figures_penalty: f64,
}

/// Weights of the three cosines.
#[derive(Debug, Clone, Copy)]
struct SummandWeights {
    title: f64,
    lead: f64,
    char_grams: f64,
}

/// The cosines of two items, that of character n-grams capped.
#[derive(Debug, Clone, Copy)]
struct Cosines {
    title: f64,
    lead: f64,
    char_grams: f64,
}

/// The factors by which the base weights are multiplied: `D · F`, `1 - P s` and `1 - P t` of the
/// formula.
#[derive(Debug, Clone, Copy)]
struct Factors {
    pair: f64,
    phrase: f64,
    term: f64,
}

impl SummandWeights {
    fn scaled_by(self, factors: Factors) -> SummandWeights {
        SummandWeights {
            title: factors.pair * (factors.phrase * self.title),
            lead: factors.pair * (self.lead * factors.term),
            char_grams: factors.pair * (factors.phrase * self.char_grams),
        }
    }

    fn dot(self, cosines: Cosines) -> f64 {
        self.title * cosines.title + self.lead * cosines.lead + self.char_grams * cosines.char_grams
    }
}

impl StoryVerifier {
    /// The similarity of two items by the formula of this module, in 0..=1.
    pub fn similarity(&self, a: &StoryView, b: &StoryView) -> f64 {
        self.weights(a, b).dot(self.cosines(a, b))
    }

    /// The summands of the similarity, for explanations. The weight of character n-grams is lowered
    /// where their cosine is capped.
    pub fn parts<'v>(&self, a: &'v StoryView, b: &'v StoryView) -> [StoryPart<'v>; 3] {
        let weights = self.weights(a, b);
        let uncapped = a.chars.cosine(&b.chars, 0.0);
        let capped = (self.cosines(a, b).char_grams / uncapped).min(1.0);
        [
            self.part(StoryField::Title, weights.title, a, b),
            self.part(StoryField::Lead, weights.lead, a, b),
            self.part(StoryField::CharGrams, weights.char_grams * capped, a, b),
        ]
    }

    fn part<'v>(
        &self,
        field: StoryField,
        weight: f64,
        a: &'v StoryView,
        b: &'v StoryView,
    ) -> StoryPart<'v> {
        StoryPart {
            field,
            weight,
            damping: self.damping(field),
            a: a.vector(field),
            b: b.vector(field),
        }
    }

    fn damping(&self, field: StoryField) -> f64 {
        match field {
            StoryField::Title | StoryField::Lead => self.damping,
            StoryField::CharGrams => 0.0,
        }
    }

    fn cosines(&self, a: &StoryView, b: &StoryView) -> Cosines {
        let title = a.title.cosine(&b.title, self.damping);
        let lead = a.lead.cosine(&b.lead, self.damping);
        let char_grams = a.chars.cosine(&b.chars, 0.0);
        Cosines {
            title,
            lead,
            char_grams: char_grams.min(char_gram_cap(title, lead)),
        }
    }

    fn weights(&self, a: &StoryView, b: &StoryView) -> SummandWeights {
        let phrase = single_phrase_overlap(a, b);
        let term = single_term_overlap(a.lead.product(&b.lead));
        self.pair_weights(a, b).scaled_by(Factors {
            pair: self.figures_factor(a, b) * self.recency_decay(a, b),
            phrase: 1.0 - self.single_phrase_penalty * phrase,
            term: 1.0 - self.single_phrase_penalty * term,
        })
    }

    /// The weights before penalties and decay.
    fn pair_weights(&self, a: &StoryView, b: &StoryView) -> SummandWeights {
        self.base_weights(
            !a.lead.is_empty() && !b.lead.is_empty(),
            !a.title.is_empty() && !b.title.is_empty(),
        )
    }

    /// The weights before penalties and decay, by whether both items have a lead and both a title.
    fn base_weights(&self, have_leads: bool, have_titles: bool) -> SummandWeights {
        let words = 1.0 - self.char_gram_weight / 4.0;
        match (have_leads, have_titles) {
            (false, _) => SummandWeights {
                lead: 0.0,
                title: 1.0 - self.char_gram_weight,
                char_grams: self.char_gram_weight,
            },
            (true, false) => SummandWeights {
                lead: 1.0,
                title: 0.0,
                char_grams: 0.0,
            },
            (true, true) => SummandWeights {
                lead: words * (1.0 - self.title_weight),
                title: words * self.title_weight,
                char_grams: 1.0 - words,
            },
        }
    }

    fn figures_factor(&self, a: &StoryView, b: &StoryView) -> f64 {
        if figures_conflict(a, b) {
            1.0 - self.figures_penalty
        } else {
            1.0
        }
    }

    /// The recency decay between two items, in 0..=1; 1 if a date is unknown.
    pub fn recency_decay(&self, a: &StoryView, b: &StoryView) -> f64 {
        self.decay_between(a.published, b.published)
    }

    /// The recency decay between two dates, in 0..=1; 1 if a date is unknown.
    pub fn decay_between(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        let exponent = self.decay_exponent(a, b);
        if exponent > 0.0 {
            libm::exp(-exponent)
        } else {
            1.0
        }
    }

    /// `max(0, days - 1) / decay_days`.
    fn decay_exponent(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        if self.decay_days > 0.0 {
            (days_apart(a, b) - FRESH_DAYS).max(0.0) / self.decay_days
        } else {
            0.0
        }
    }
}

/// The days between two dates; 0 if a date is unknown.
fn days_apart(a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
    a.zip(b).map_or(0.0, |(a, b)| a.days_from(b))
}

/// Where titles or leads share a term, the cosine of character n-grams is capped at
/// `CHAR_GRAM_SLOPE * cos_title + CHAR_GRAM_OFFSET`. Few pairs of daily news reach the cap, and it
/// spares most pairs the n-gram cosine.
const CHAR_GRAM_SLOPE: f64 = 1.5;
const CHAR_GRAM_OFFSET: f64 = 0.1;

/// The cap of the cosine of character n-grams, given the cosines of titles and leads.
fn char_gram_cap(title: f64, lead: f64) -> f64 {
    if title > 0.0 || lead > 0.0 {
        (CHAR_GRAM_SLOPE * title + CHAR_GRAM_OFFSET).min(1.0)
    } else {
        1.0
    }
}

/// Days between two items within which similarity does not decay: outlets date the same news hours
/// apart.
const FRESH_DAYS: f64 = 1.0;

/// Minimum days between two items whose figures can conflict. Closes, forecasts and results are
/// published daily in the same words with other figures.
const NEXT_ISSUE_DAYS: f64 = 0.5;

/// Whether two items published at least half a day apart both give figures, and none in common.
pub fn figures_conflict(a: &StoryView, b: &StoryView) -> bool {
    days_apart(a.published, b.published) >= NEXT_ISSUE_DAYS
        && !a.figures.is_empty()
        && !b.figures.is_empty()
        && !a
            .figures
            .iter()
            .any(|figure| b.figures.binary_search(figure).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::test_items::{STORY_VERIFIER as VERIFIER, titled};

    pub(super) fn hours(hours: i64) -> Option<Timestamp> {
        Some(Timestamp(hours * 3_600))
    }

    #[test]
    fn titles_with_a_single_phrase_in_common_lose_the_penalty() {
        let similarity = |a: &[u32], b: &[u32]| VERIFIER.similarity(&titled(a), &titled(b));
        assert!(
            similarity(&[1, 2, 3, 4], &[5, 2, 3, 6]) < similarity(&[2, 1, 3, 4], &[5, 2, 3, 6])
        );
    }

    #[test]
    fn leads_with_a_single_word_in_common_lose_the_penalty() {
        let led = |terms: &[u32]| StoryView {
            lead: Vector::of_terms(terms),
            ..StoryView::default()
        };
        let single = VERIFIER.similarity(&led(&[1, 2, 3, 4]), &led(&[1, 5, 6, 7]));
        let double = VERIFIER.similarity(&led(&[1, 2, 3, 4]), &led(&[1, 2, 6, 7]));
        assert!(single > 0.0 && single * 2.5 < double, "{single} {double}");
    }

    #[test]
    fn figures_conflict_from_half_a_day_on() {
        let view = |published: Option<Timestamp>, figures: &[u32]| StoryView {
            figures: figures.into(),
            published,
            ..titled(&[1, 2, 3])
        };
        let first = view(hours(0), &[4, 7]);
        let ratio = |other: &StoryView| {
            VERIFIER.similarity(&first, other) / VERIFIER.similarity(&first, &first)
        };
        let next_day = view(hours(24), &[5, 6]);
        assert!((ratio(&next_day) - (1.0 - VERIFIER.figures_penalty)).abs() < 1e-9);
        for same in [
            view(hours(24), &[5, 7]),
            view(hours(24), &[]),
            view(hours(2), &[5, 6]),
            view(None, &[5, 6]),
        ] {
            assert!((ratio(&same) - 1.0).abs() < 1e-9, "{same:?}");
        }
    }

    #[test]
    fn similarity_decays_from_the_second_day_on() {
        let verifier = StoryVerifier {
            decay_days: 8.0,
            ..VERIFIER
        };
        let view = |published: Option<Timestamp>| StoryView {
            published,
            ..titled(&[1, 2, 3])
        };
        let similarity = |published| verifier.similarity(&view(hours(0)), &view(published));
        assert_eq!(similarity(hours(24)), similarity(hours(0)));
        assert_eq!(similarity(None), similarity(hours(0)));
        let four_days = similarity(hours(5 * 24)) / similarity(hours(24));
        assert!((four_days - (-0.5f64).exp()).abs() < 1e-9);
    }
}
