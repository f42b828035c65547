//! Importance of a story for a reader of the whole batch.
//!
//! ```text
//! importance = (1 + outlets) * sqrt(items) * exp(-age / week)
//! ```
//!
//! Each outlet decided on its own that the event is news, so outlets count in full; further items
//! of one outlet count less. A story of items without outlets counts one outlet. [`Importance`]
//! keeps the logarithms of the factors, so a page can show the parts beside each other.

use serde::Serialize;

use super::ReportLookup;
use crate::clustering::rounded;

/// Age, in days before the last item of the batch, at which importance falls to 1 / e.
const WEEK: f64 = 7.0;

/// Importance as a sum of logarithms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Importance {
    /// `ln(1 + outlets)`.
    pub outlets: f64,
    /// `ln(items) / 2`.
    pub size: f64,
    /// Weeks between the last item of the story and of the batch, negated. An undated story counts
    /// as old as the first item of the batch.
    pub recency: f64,
}

/// What [`Importance`] is computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct StoryFacts {
    /// Number of outlets.
    pub(super) outlets: usize,
    /// Number of items.
    pub(super) items: usize,
    /// Date of the last item, in seconds since 1970.
    pub(super) last: Option<i64>,
}

impl StoryFacts {
    /// The facts of a group.
    pub(super) fn of(lookup: &ReportLookup<'_>, members: &[usize]) -> Self {
        let dates = members
            .iter()
            .filter_map(|&item| lookup.inputs.articles[item].published);
        StoryFacts {
            outlets: lookup.outlets.count(members),
            items: members.len(),
            last: dates.max().map(|date| date.0),
        }
    }
}

impl Importance {
    /// The importance of a story in a batch with this period.
    pub(super) fn of(facts: &StoryFacts, period: Option<[i64; 2]>) -> Self {
        let age = period.map_or(0.0, |[first, last]| {
            last.abs_diff(facts.last.unwrap_or(first)) as f64 / 86_400.0
        });
        Importance {
            outlets: libm::log(1.0 + facts.outlets.max(1) as f64),
            size: libm::log(facts.items as f64) / 2.0,
            recency: -age / WEEK,
        }
    }

    /// The parts rounded for output.
    pub(super) fn rounded(self) -> Self {
        let Importance {
            outlets,
            size,
            recency,
        } = self;
        Importance {
            outlets: rounded(outlets),
            size: rounded(size),
            recency: rounded(recency),
        }
    }

    /// The sum of the parts.
    pub fn total(&self) -> f64 {
        self.outlets + self.size + self.recency
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK_LONG: Option<[i64; 2]> = Some([0, 604_800]);

    fn total(outlets: usize, items: usize, last: Option<i64>) -> f64 {
        Importance::of(
            &StoryFacts {
                outlets,
                items,
                last,
            },
            WEEK_LONG,
        )
        .total()
    }

    #[test]
    fn importance_equals_the_documented_product() {
        let found = total(3, 16, Some(302_400));
        assert!((found - libm::log(4.0 * 4.0 * libm::exp(-0.5))).abs() < 1e-12);
    }

    #[test]
    fn outlets_outweigh_items_and_undated_stories_rank_last() {
        assert!(total(4, 4, Some(604_800)) > total(1, 8, Some(604_800)));
        assert!(total(1, 2, Some(604_800)) > total(1, 2, Some(0)));
        assert_eq!(total(1, 2, None), total(1, 2, Some(0)));
        assert_eq!(total(0, 2, None), total(1, 2, None));
        assert_eq!(
            Importance::of(
                &StoryFacts {
                    outlets: 1,
                    items: 1,
                    last: None
                },
                None
            )
            .recency,
            0.0
        );
    }
}
