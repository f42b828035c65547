//! A story's outlets, size and date in, how much it matters to a reader of the whole batch out.
//!
//! `(1 + outlets) * sqrt(items) * e^(-age / week)`: each outlet decided for itself that the event
//! is news, so outlets count in full; further items of one outlet count less, as do copies; a week
//! takes a story to 1 / e. Items of unknown outlets have one at least. It is kept as a
//! sum of logarithms, whose parts can be shown beside each other.

use serde::Serialize;

use crate::clustering::rounded;

/// A story as old as this, in days, counts 1 / e (.37) of one of the batch's last day.
const WEEK: f64 = 7.0;

/// What importance is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Standing {
    /// How many named outlets tell it.
    pub(super) outlets: usize,
    /// How many items it has.
    pub(super) items: usize,
    /// The date of its last item.
    pub(super) last: Option<i64>,
}

/// How much a story matters: the sum of the parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Importance {
    /// The natural logarithm of one more than its outlets.
    pub outlets: f64,
    /// Half the natural logarithm of its number of items.
    pub size: f64,
    /// The weeks from its last item to the batch's last, less than nought; the batch's whole span
    /// for a story without a date.
    pub recency: f64,
}

impl Importance {
    /// The importance of a story of a batch of that period.
    pub(super) fn of(standing: &Standing, period: Option<[i64; 2]>) -> Self {
        let age = period.map_or(0.0, |[first, last]| {
            last.abs_diff(standing.last.unwrap_or(first)) as f64 / 86_400.0
        });
        Importance {
            outlets: libm::log(1.0 + standing.outlets.max(1) as f64),
            size: libm::log(standing.items as f64) / 2.0,
            recency: -age / WEEK,
        }
    }

    /// The parts as they are shown.
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
            &Standing {
                outlets,
                items,
                last,
            },
            WEEK_LONG,
        )
        .total()
    }

    #[test]
    fn it_is_the_product_that_is_documented() {
        let found = total(3, 16, Some(302_400));
        assert!((found - libm::log(4.0 * 4.0 * libm::exp(-0.5))).abs() < 1e-12);
    }

    #[test]
    fn outlets_count_above_items_and_the_undated_come_last() {
        assert!(total(4, 4, Some(604_800)) > total(1, 8, Some(604_800)));
        assert!(total(1, 2, Some(604_800)) > total(1, 2, Some(0)));
        assert_eq!(total(1, 2, None), total(1, 2, Some(0)));
        assert_eq!(total(0, 2, None), total(1, 2, None));
        assert_eq!(
            Importance::of(
                &Standing {
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
