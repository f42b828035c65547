//! Finds the superseded items of a group.
//!
//! Input: the items of one group. Output: per item, whether a correction, the full text of a
//! teaser, the report after a preview or a live page, later figures or a later version supersedes
//! the item. Cost: linear in the group, because items are compared with the [`LATEST`] items only.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::ItemFeatures;
use super::headline::{HeadlineForm, HeadlineKind};
use super::words::{Distinct, HeadlineTerms};
use crate::article::Timestamp;

/// Number of items of a group that can supersede earlier items: the latest items.
const LATEST: usize = 64;

/// Minimum cosine of the headlines of a preview and of the report of the same event.
const SAME_EVENT: f64 = 0.25;

/// Minimum cosine of the headlines of two stages of one event.
const SAME_MATTER: f64 = 0.5;

/// Minimum cosine of the headlines of two versions of one report.
const SAME_HEADLINE: f64 = 0.8;

/// Minimum ratio of lengths at which a later report of a different source with an equal headline is
/// a fuller version.
const FULLER: f64 = 1.25;

/// Minimum ratio of lengths of a later to an earlier version of the same source.
const TRIMMED: f64 = 0.9;

/// Time of the first headline with each number, by the term of the number.
type FirstSeen = HashMap<u32, Timestamp>;

/// Per item, whether another item of the group supersedes the item.
pub(super) fn superseded(
    group: &[ItemFeatures<'_>],
    forms: &[HeadlineForm],
    terms: &[HeadlineTerms],
    headlines: &Distinct<'_>,
) -> Vec<bool> {
    let items: Vec<DatedItem<'_>> = (0..group.len())
        .map(|place| DatedItem {
            features: &group[place],
            form: forms[place],
            terms: &terms[place],
        })
        .collect();
    let latest = latest(&items);
    let first_seen = first_seen(&items);
    let mut superseded = vec![false; items.len()];
    // Copies often share a headline: the cosines of a distinct headline are computed once.
    for places in places_by_headline(headlines) {
        let headline = &items[places[0]].terms.all;
        let cosines: Vec<f64> = latest
            .iter()
            .map(|&later| items[later].terms.all.cosine(headline))
            .collect();
        for place in places {
            superseded[place] = latest.iter().zip(&cosines).any(|(&later, &cosine)| {
                later != place && items[later].supersedes(&items[place], cosine, &first_seen)
            });
        }
    }
    superseded
}

/// Places of the [`LATEST`] items, latest first.
fn latest(items: &[DatedItem<'_>]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..items.len()).collect();
    places.sort_by_key(|&place| Reverse((items[place].features.published, place)));
    places.truncate(LATEST);
    places
}

fn places_by_headline(headlines: &Distinct<'_>) -> Vec<Vec<usize>> {
    let mut by_headline = vec![Vec::new(); headlines.values.len()];
    for (place, &headline) in headlines.places.iter().enumerate() {
        by_headline[headline].push(place);
    }
    by_headline
}

fn first_seen(items: &[DatedItem<'_>]) -> FirstSeen {
    let mut first_seen = FirstSeen::new();
    for item in items {
        let Some(when) = item.features.published else {
            continue;
        };
        for &number in &item.terms.numbers {
            first_seen
                .entry(number)
                .and_modify(|first| *first = when.min(*first))
                .or_insert(when);
        }
    }
    first_seen
}

struct DatedItem<'a> {
    features: &'a ItemFeatures<'a>,
    form: HeadlineForm,
    terms: &'a HeadlineTerms,
}

impl DatedItem<'_> {
    /// Whether `self` supersedes `other`. `cosine` is the cosine of the headlines.
    fn supersedes(&self, other: &DatedItem<'_>, cosine: f64, first_seen: &FirstSeen) -> bool {
        self.corrects(other, cosine)
            || self.completes(other, cosine)
            || self.reports(other, cosine)
            || self.has_later_figures(other, first_seen)
            || self.is_later_version(other, cosine) && !other.has_later_figures(self, first_seen)
    }

    fn is_copy_of(&self, other: &DatedItem<'_>) -> bool {
        self.features.copies == other.features.copies
    }

    fn is_later_than(&self, other: &DatedItem<'_>) -> bool {
        self.features
            .published
            .zip(other.features.published)
            .is_some_and(|(own, others)| own > others)
    }

    fn is_correction(&self) -> bool {
        self.form.corrects || self.features.body.corrects
    }

    /// Whether both items report the same matter.
    fn shares_matter(&self, other: &DatedItem<'_>, cosine: f64) -> bool {
        cosine >= SAME_MATTER || self.is_copy_of(other)
    }

    /// A correction supersedes the corrected item and earlier corrections.
    fn corrects(&self, other: &DatedItem<'_>, cosine: f64) -> bool {
        let is_newer = if other.is_correction() {
            self.is_later_than(other)
        } else {
            !other.is_later_than(self)
        };
        self.is_correction() && is_newer && self.shares_matter(other, cosine)
    }

    /// The full text supersedes a teaser.
    fn completes(&self, other: &DatedItem<'_>, cosine: f64) -> bool {
        let (own, others) = (self.features.body, other.features.body);
        others.breaks_off
            && !own.breaks_off
            && own.length > others.length
            && self.shares_matter(other, cosine)
    }

    /// The report of an event supersedes previews and live pages of the same time or earlier.
    fn reports(&self, other: &DatedItem<'_>, cosine: f64) -> bool {
        let is_provisional = matches!(other.form.kind, HeadlineKind::Preview | HeadlineKind::Live);
        is_provisional
            && self.form.kind == HeadlineKind::Report
            && cosine >= SAME_EVENT
            && !other.is_later_than(self)
    }

    /// A later version supersedes an earlier version.
    ///
    /// A version has equal source, changed text and a nearly equal headline; or is a copy under a
    /// similar headline; or has a different source, an equal headline and a fuller text. A digest
    /// that quotes the text is not a version.
    fn is_later_version(&self, other: &DatedItem<'_>, cosine: f64) -> bool {
        let (own, others) = (self.features.body, other.features.body);
        let growth = f64::from(own.length) / f64::from(others.length).max(1.0);
        let is_same_headline = cosine >= SAME_HEADLINE;
        let is_same_source =
            self.features.source.is_some() && self.features.source == other.features.source;
        let is_revision = is_same_source
            && (is_same_headline || self.is_copy_of(other) && cosine >= SAME_EVENT)
            && own.digest != others.digest
            && growth >= TRIMMED;
        (is_revision || is_same_headline && growth >= FULLER) && self.is_later_than(other)
    }

    /// Later figures in a similar headline supersede earlier figures. A figure is as old as the
    /// first headline with it, so a late item with an old figure supersedes nothing.
    fn has_later_figures(&self, other: &DatedItem<'_>, first_seen: &FirstSeen) -> bool {
        let own = self.newest_figure_missing_in(other, first_seen);
        let others = other.newest_figure_missing_in(self, first_seen);
        own.zip(others).is_some_and(|(own, others)| own > others)
            && self.terms.frame.cosine(&other.terms.frame) >= SAME_MATTER
    }

    fn newest_figure_missing_in(
        &self,
        other: &DatedItem<'_>,
        first_seen: &FirstSeen,
    ) -> Option<Timestamp> {
        self.terms
            .numbers
            .iter()
            .filter(|number| !other.terms.numbers.contains(number))
            .filter_map(|number| first_seen.get(number))
            .max()
            .copied()
    }
}
