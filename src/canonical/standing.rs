//! A group of items in, which of them another item of the group stands in for out: what is
//! corrected, cut short, told in advance, or outrun by later figures or a later version. Each item
//! is held against the latest of its group, so that the cost is linear.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::ItemFeatures;
use super::headline::{Headline, Kind};
use super::words::{Words, different};
use crate::article::Timestamp;

/// Items are held against so many of the latest of their group.
const LATEST: usize = 64;

/// Headlines of a preview and of the report of the same event share a quarter of their words, those
/// of two stages of one event half and more; one headline in two versions nearly all.
const SAME_EVENT: f64 = 0.25;
const SAME_MATTER: f64 = 0.5;
const SAME_HEADLINE: f64 = 0.8;

/// Another paper's later report under the same headline is a fuller one if it has so many times the
/// text.
const FULLER: f64 = 1.25;

/// A version of the same paper may be so much shorter than the one before.
const TRIMMED: f64 = 0.9;

/// Whether another item of the group stands in for each.
pub(super) fn superseded(
    group: &[ItemFeatures<'_>],
    headlines: &[Headline],
    words: &[Words],
) -> Vec<bool> {
    let of = |((traits, &headline), words)| Item {
        traits,
        headline,
        words,
    };
    let items: Vec<Item<'_>> = group.iter().zip(headlines).zip(words).map(of).collect();
    let mut latest: Vec<usize> = (0..items.len()).collect();
    latest.sort_by_key(|&at| Reverse((items[at].traits.published, at)));
    latest.truncate(LATEST);
    let told = first_told(&items);
    // Copies often have one headline, and each different one is compared once.
    let (headlines, places) =
        different(&group.iter().map(|item| &*item.headline).collect::<Vec<_>>());
    let mut by_headline = vec![Vec::new(); headlines.len()];
    places
        .into_iter()
        .enumerate()
        .for_each(|(at, place)| by_headline[place].push(at));
    let mut superseded = vec![false; items.len()];
    for same in by_headline {
        let alike: Vec<f64> = latest
            .iter()
            .map(|&y| items[y].words.all.cosine(&items[same[0]].words.all))
            .collect();
        for x in same {
            let stands_in = |(&y, &alike): (&usize, &f64)| {
                x != y && items[y].stands_in_for(&items[x], alike, &told)
            };
            superseded[x] = latest.iter().zip(&alike).any(stands_in);
        }
    }
    superseded
}

/// When each number of the headlines was told for the first time.
fn first_told(items: &[Item<'_>]) -> HashMap<u32, Timestamp> {
    let mut told: HashMap<u32, Timestamp> = HashMap::new();
    for item in items {
        let Some(when) = item.traits.published else {
            continue;
        };
        for &number in &item.words.numbers {
            told.entry(number)
                .and_modify(|first| *first = when.min(*first))
                .or_insert(when);
        }
    }
    told
}

struct Item<'a> {
    traits: &'a ItemFeatures<'a>,
    headline: Headline,
    words: &'a Words,
}

impl Item<'_> {
    /// Whether it stands in for another, given how alike their headlines are.
    fn stands_in_for(&self, other: &Item<'_>, alike: f64, told: &HashMap<u32, Timestamp>) -> bool {
        self.corrects(other, alike)
            || self.completes(other, alike)
            || self.reports(other, alike)
            || self.recounts(other, told)
            || self.renews(other, alike) && !other.recounts(self, told)
    }

    fn is_copy_of(&self, other: &Item<'_>) -> bool {
        self.traits.copies == other.traits.copies
    }

    fn is_later(&self, than: &Item<'_>) -> bool {
        matches!((self.traits.published, than.traits.published), (Some(own), Some(other)) if own > other)
    }

    fn is_correction(&self) -> bool {
        self.headline.corrects || self.traits.body.corrects
    }

    /// A correction stands in for what it corrects, and for a correction before it.
    fn corrects(&self, other: &Item<'_>, alike: f64) -> bool {
        let is_about = alike >= SAME_MATTER || self.is_copy_of(other);
        let is_newer = if other.is_correction() {
            self.is_later(other)
        } else {
            !other.is_later(self)
        };
        self.is_correction() && is_about && is_newer
    }

    /// The full text stands in for a teaser.
    fn completes(&self, other: &Item<'_>, alike: f64) -> bool {
        let (own, others) = (self.traits.body, other.traits.body);
        let is_about = alike >= SAME_MATTER || self.is_copy_of(other);
        others.breaks_off && !own.breaks_off && own.length > others.length && is_about
    }

    /// The report of an event stands in for its preview and its live page, unless it came before
    /// them.
    fn reports(&self, other: &Item<'_>, alike: f64) -> bool {
        let is_ahead = matches!(other.headline.kind, Kind::Preview | Kind::Live);
        is_ahead
            && self.headline.kind == Kind::Report
            && alike >= SAME_EVENT
            && !other.is_later(self)
    }

    /// A later version stands in for the one before: the same paper has another text under nearly
    /// the same headline, or nearly the same text under a like one, or another paper says more
    /// under the same headline. A digest that quotes the text is no version of it.
    fn renews(&self, other: &Item<'_>, alike: f64) -> bool {
        let (own, others) = (self.traits.body, other.traits.body);
        let grown = f64::from(own.length) / f64::from(others.length).max(1.0);
        let is_same = alike >= SAME_HEADLINE;
        let is_source = self.traits.source.is_some() && self.traits.source == other.traits.source;
        let by_same = is_source && (is_same || self.is_copy_of(other) && alike >= SAME_EVENT);
        let is_version = by_same && own.digest != others.digest && grown >= TRIMMED
            || is_same && grown >= FULLER;
        is_version && self.is_later(other)
    }

    /// Later figures in a like headline stand in for earlier ones. A figure is as old as the first
    /// headline with it, so that who comes late with an old one wins nothing.
    fn recounts(&self, other: &Item<'_>, told: &HashMap<u32, Timestamp>) -> bool {
        let newest = |of: &Item<'_>, without: &Item<'_>| {
            let own = of
                .words
                .numbers
                .iter()
                .filter(|number| !without.words.numbers.contains(number));
            own.filter_map(|number| told.get(number)).max().copied()
        };
        let is_newer = || matches!((newest(self, other), newest(other, self)), (Some(own), Some(others)) if own > others);
        is_newer() && self.words.frame.cosine(&other.words.frame) >= SAME_MATTER
    }
}
