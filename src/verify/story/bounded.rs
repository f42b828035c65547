//! The bounded form of story similarity: verifies candidate pairs and stops as soon as an upper
//! bound shows that a pair is no edge.
//!
//! Input: two items, or partial sums from an inverted index. Output: an [`Edge`], or upper bounds.
//! [`StoryVerifier::similarity`] is the reference that tests compare with. Cost: the dot product of
//! the leads, and of titles and character n-grams only where the bound needs them.

use std::hint::black_box;

use super::phrase::{single_phrase_overlap, single_term_overlap};
use super::{Cosines, FRESH_DAYS, Factors, StoryVerifier, StoryView};
use super::{char_gram_cap, days_apart};
use crate::ids::CandidatePair;
use crate::similarity::{Product, ScatteredVector, StoryField};
use crate::verify::Edge;

/// Number of items to [prefetch](StoryView::prefetch) before the first of them is compared.
pub const PREFETCH_BATCH: usize = 16;

impl StoryView {
    /// Loads the first value of each of `fields`, so the cache misses of several items overlap.
    pub fn prefetch(&self, fields: &[StoryField]) {
        for &field in fields {
            black_box(self.vector(field).values().first().copied());
        }
    }
}

/// An item whose vectors are scattered into hash tables, to be compared with many items.
#[derive(Debug, Default)]
pub struct ScatteredView<'v>([ScatteredVector<'v>; 3]);

impl<'v> ScatteredView<'v> {
    /// Scatters an item in place of the previous one.
    pub fn scatter(&mut self, view: &'v StoryView) {
        for (vector, field) in self.0.iter_mut().zip(StoryField::ALL) {
            vector.scatter(view.vector(field));
        }
    }

    /// The dot product with another item in one field.
    #[inline]
    pub fn product(&self, field: StoryField, other: &StoryView) -> Product {
        self.0[field as usize].product(other.vector(field))
    }
}

/// A cosine that an inverted index has accumulated over some of the terms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PartialScore {
    /// The cosine over the terms that were looked up.
    pub cosine: f64,
    /// The largest summand of `cosine`.
    pub max_summand: f64,
    /// The most that the other terms can add.
    pub max_missing: f64,
}

impl PartialScore {
    fn max_cosine(self) -> f64 {
        (self.cosine + self.max_missing).min(1.0)
    }

    /// [`single_term_overlap`] of the terms that were looked up.
    fn single_term_overlap(self) -> f64 {
        if self.cosine > 0.0 {
            (self.max_summand / self.cosine).powi(4)
        } else {
            0.0
        }
    }

    fn is_single_term(self) -> bool {
        self.cosine > 0.0 && self.max_summand == self.cosine
    }
}

/// The most that rounding can take from an upper bound, as a share of it.
const ROUNDING: f64 = 1e-9;

impl StoryVerifier {
    /// Maximum seconds between two items that can become an edge, rounded up; `None` for no limit.
    pub fn max_seconds_apart(&self) -> Option<i64> {
        let decayed = (self.decay_days > 0.0 && self.min_similarity > 0.0)
            .then(|| FRESH_DAYS - self.decay_days * libm::log(self.min_similarity));
        let window = (self.window_days > 0.0).then_some(self.window_days);
        let days = decayed.into_iter().chain(window).reduce(f64::min)?;
        Some(libm::ceil(days * 86_400.0) as i64)
    }

    /// The edge of two items, if their similarity is greater than `min_similarity`.
    pub fn verify(&self, pair: CandidatePair, a: &StoryView, b: &StoryView) -> Option<Edge> {
        self.verify_by(pair, a, b, |field| a.product(field, b))
    }

    /// [`StoryVerifier::verify`] with a `product` of the caller, which is called only for fields
    /// that can matter.
    pub fn verify_by(
        &self,
        pair: CandidatePair,
        a: &StoryView,
        b: &StoryView,
        product: impl Fn(StoryField) -> Product,
    ) -> Option<Edge> {
        if self.excludes(a, b) {
            return None;
        }
        let have_leads = !a.lead.is_empty() && !b.lead.is_empty();
        let base = self.pair_weights(a, b);
        let leads = product_if(have_leads, StoryField::Lead, &product);
        let titles = product_if(
            base.title + base.char_grams > 0.0,
            StoryField::Title,
            &product,
        );
        let is_single_term =
            titles.heaviest_share() == 1.0 && a.has_distinct_terms() && b.has_distinct_terms();
        let title = a.title.cosine_of(titles, &b.title, self.damping);
        let lead = a.lead.cosine_of(leads, &b.lead, self.damping);
        let cap = char_gram_cap(title, lead);
        let mut cosines = Cosines {
            title,
            lead,
            char_grams: cap,
        };
        let figures = self.figures_factor(a, b);
        let mut factors = Factors {
            pair: figures * self.max_recency_decay(a, b),
            phrase: self.phrase_factor(f64::from(u8::from(is_single_term))),
            term: self.phrase_factor(single_term_overlap(leads)),
        };
        let upper = base.scaled_by(factors);
        // Cheapest bound first: most pairs share too few words, whatever their n-grams, phrases and
        // dates.
        if upper.dot(cosines) <= self.min_similarity {
            return None;
        }
        if upper.char_grams > 0.0 {
            let grams = product(StoryField::CharGrams);
            cosines.char_grams = a.chars.cosine_of(grams, &b.chars, 0.0).min(cap);
        }
        if upper.dot(cosines) <= self.min_similarity {
            return None;
        }
        let phrase = match (is_single_term, title == 0.0) {
            (true, _) => 1.0,
            (false, true) => 0.0,
            (false, false) => single_phrase_overlap(a, b),
        };
        factors.pair = figures * self.recency_decay(a, b);
        factors.phrase = self.phrase_factor(phrase);
        let similarity = base.scaled_by(factors).dot(cosines);
        let unsupported = self.unsupported(similarity, phrase, have_leads);
        (similarity > self.min_similarity).then(|| Edge::of_story(pair, similarity, unsupported))
    }

    /// Whether the pair is no edge, whatever its words: outside of the window, or a title that one
    /// outlet repeats.
    fn excludes(&self, a: &StoryView, b: &StoryView) -> bool {
        self.window_days > 0.0 && days_apart(a.published, b.published) > self.window_days
            || a.heading.is_repeated_by(&b.heading)
    }

    fn phrase_factor(&self, overlap: f64) -> f64 {
        1.0 - self.single_phrase_penalty * overlap
    }

    /// The similarity of a pair that no third item links to.
    fn unsupported(&self, similarity: f64, phrase: f64, have_leads: bool) -> f64 {
        if have_leads {
            similarity
        } else {
            similarity * (1.0 - self.unsupported_penalty * phrase)
        }
    }

    /// Approximate upper bounds on the similarity and on the unsupported similarity of two items of
    /// one time, from the partial scores of their titles, leads and character n-grams.
    /// `have_distinct_terms` is true if neither title repeats a word.
    pub fn bound(
        &self,
        [title, lead, char_grams]: [PartialScore; 3],
        have_distinct_terms: bool,
    ) -> [f64; 2] {
        let share_lead = lead.cosine > 0.0;
        let share_title = title.cosine > 0.0;
        let phrase = f64::from(u8::from(have_distinct_terms && title.is_single_term()));
        let max_title = title.max_cosine();
        let max_char_grams = if share_lead || share_title {
            char_gram_cap(max_title, lead.cosine)
        } else {
            char_grams.max_cosine()
        };
        let base = self.base_weights(share_lead, share_title);
        let titles = self.phrase_factor(phrase)
            * (base.title * max_title + base.char_grams * max_char_grams);
        let leads = self.phrase_factor(lead.single_term_overlap()) * base.lead;
        let similarity = titles + leads * lead.max_cosine();
        [similarity, self.unsupported(similarity, phrase, share_lead)]
    }

    /// An upper bound on [`StoryVerifier::recency_decay`] without an exponential: the Taylor
    /// polynomial of degree 4 of `exp(x)` is less than `exp(x)`.
    fn max_recency_decay(&self, a: &StoryView, b: &StoryView) -> f64 {
        let x = self.decay_exponent(a.published, b.published);
        (1.0 + ROUNDING) / (1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0))))
    }
}

#[inline]
fn product_if(
    is_needed: bool,
    field: StoryField,
    product: impl Fn(StoryField) -> Product,
) -> Product {
    if is_needed {
        product(field)
    } else {
        Product::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::hours;
    use super::*;
    use crate::similarity::Vector;
    use crate::verify::test_items::{STORY_VERIFIER as VERIFIER, titled};

    proptest! {
        #[test]
        fn the_bound_of_the_decay_is_tight(
            apart in 0i64..2_000,
            decay_days in prop_oneof![Just(0.0), 0.1f64..40.0],
        ) {
            let verifier = StoryVerifier { decay_days, ..VERIFIER };
            let view = |at: i64| StoryView { published: hours(at), ..StoryView::default() };
            let (a, b) = (view(0), view(apart));
            let (bound, exact) = (verifier.max_recency_decay(&a, &b), verifier.recency_decay(&a, &b));
            prop_assert!(bound >= exact && bound < exact + 0.02, "{bound} {exact}");
        }

        #[test]
        fn the_bounded_form_equals_the_formula(
            items in proptest::collection::vec(
                (
                    proptest::collection::vec(0u32..12, 1..6),
                    proptest::collection::vec(0u32..20, 0..9),
                    proptest::collection::vec(0u32..30, 0..9),
                    proptest::option::of(0i64..500),
                ),
                2,
            ),
            min_similarity in 0.02f64..0.4,
        ) {
            let view = |at: usize| {
                let (title, lead, chars, published) = &items[at];
                StoryView {
                    lead: Vector::of_terms(lead),
                    chars: Vector::of_terms(chars),
                    published: published.and_then(hours),
                    ..titled(title)
                }
            };
            let (a, b) = (view(0), view(1));
            let verifier = StoryVerifier {
                min_similarity,
                window_days: 14.0,
                decay_days: 8.0,
                ..VERIFIER
            };
            let similarity = verifier.similarity(&a, &b);
            let is_edge = similarity > min_similarity
                && days_apart(a.published, b.published) <= verifier.window_days;
            let edge = verifier.verify(CandidatePair { a: 0, b: 1 }, &a, &b);
            prop_assert_eq!(edge.map(|edge| edge.similarity()), is_edge.then_some(similarity));
        }
    }

    #[test]
    fn items_outside_of_the_window_are_no_edge() {
        let verifier = StoryVerifier {
            window_days: 7.0,
            decay_days: 8.0,
            ..VERIFIER
        };
        let view = |published| StoryView {
            published,
            ..titled(&[1, 2, 3])
        };
        let is_edge = |published| {
            let pair = CandidatePair { a: 0, b: 1 };
            verifier
                .verify(pair, &view(hours(0)), &view(published))
                .is_some()
        };
        assert!(is_edge(hours(7 * 24)));
        assert!(!is_edge(hours(8 * 24)));
        assert!(is_edge(None));
    }
}
