//! Stories of a report: items by date, the text of each, and the word differences of duplicates.

use std::collections::BTreeMap;

use serde::Serialize;

use super::importance::Importance;
use super::{MAX_TITLE, ReportInputs, ReportLookup, groups_of_level, short_text};
use crate::article::Article;
use crate::canonical::Contribution;
use crate::clustering::{Change, Fate, Placement, changes, excerpt, rounded};
use crate::sanitize::cut;
use crate::text::{Language, Stemmer};

/// A story or a singleton.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// Id of the group.
    pub id: String,
    /// Name of the story; empty for a singleton and for duplicates of one title.
    pub label: String,
    /// Terms that distinguish the story from others.
    pub keywords: Vec<String>,
    /// Importance for a reader of the batch.
    pub importance: Importance,
    /// Number of outlets.
    pub outlets: usize,
    /// Number of different texts: groups of duplicates.
    pub texts: usize,
    /// Whether the density of the group is low.
    pub is_weak: bool,
    /// Index of the canonical item in `items`.
    pub canonical: usize,
    /// Parts of the canonical's score; empty for a singleton.
    pub reasons: Vec<ScoreComparison>,
    /// Items by date; undated items last.
    pub items: Vec<Item>,
}

/// One part of the canonical's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreComparison {
    /// Name of the part.
    pub name: &'static str,
    /// Value of the canonical item.
    pub value: f64,
    /// Maximum value of the part: its weight.
    #[serde(rename = "most")]
    pub max: f64,
    /// Mean value of the other items.
    pub others: f64,
}

/// An item of a story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Id of the item.
    pub id: String,
    /// Title, or the first words of the text.
    pub title: String,
    /// Number of characters cut off the title.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut: usize,
    /// Index of the outlet in [`Outlets::all`](super::Outlets::all).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlet: Option<usize>,
    /// Date of publication, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<i64>,
    /// Language code.
    pub language: String,
    /// Web address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Number of the item's text within the story, from 0 by first occurrence.
    pub text: usize,
    /// Similarity to the canonical item.
    pub similarity: f64,
    /// Relation to the canonical item.
    pub kind: &'static str,
    /// Differences from the item that represents the same text; `None` for that item itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<Variation>,
}

/// Differences between two duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Variation {
    /// Changes of the title; empty if the words are equal.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title: Vec<Change>,
    /// Changes of the first `MAX_BODY` characters of the body; empty if the words are equal or a
    /// body is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<Change>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Maximum characters of a body that are compared word by word.
const MAX_BODY: usize = 6000;

/// Maximum number of changes in a [`Variation`] field.
const MAX_CHANGES: usize = 60;

/// Maximum bytes of an address.
const MAX_ADDRESS: usize = 2000;

/// The content of a group's story.
pub(super) fn story(lookup: &ReportLookup<'_>, members: &[usize], importance: Importance) -> Story {
    let inputs = lookup.inputs;
    let placements = &inputs.report.placements;
    let canonical = placements[members[0]].canonical;
    let order = by_date(inputs.articles, members, canonical);
    let mut texts = BTreeMap::new();
    let mut items = Vec::new();
    for &item in &order {
        let next = texts.len();
        let text = *texts.entry(placements[item].near_dup).or_insert(next);
        items.push(story_item(lookup, item, canonical, text));
    }
    let group = placements[canonical]
        .group
        .and_then(|group| groups_of_level(inputs).get(group));
    let (label, keywords) = match group {
        Some(group) => {
            let keywords = group.label.keywords.iter();
            let keywords = keywords.map(|word| short_text(word)).collect();
            (short_text(&group.label.text), keywords)
        }
        None => (String::new(), Vec::new()),
    };
    Story {
        id: placements[canonical].cluster.to_string(),
        label,
        keywords,
        importance: importance.rounded(),
        outlets: lookup.outlets.count(members),
        texts: texts.len(),
        is_weak: group.is_some_and(|group| group.is_weak),
        canonical: order
            .iter()
            .position(|&item| item == canonical)
            .unwrap_or_default(),
        reasons: reasons(inputs, members, canonical),
        items,
    }
}

/// Items by date, undated ones last; of equal dates the canonical first.
fn by_date(articles: &[Article<'_>], members: &[usize], canonical: usize) -> Vec<usize> {
    let mut order = members.to_vec();
    order.sort_by_key(|&item| {
        let date = articles[item].published.map_or(i64::MAX, |date| date.0);
        (date, item != canonical)
    });
    order
}

fn story_item(lookup: &ReportLookup<'_>, item: usize, canonical: usize, text: usize) -> Item {
    let article = &lookup.inputs.articles[item];
    let placement: &Placement = &lookup.inputs.report.placements[item];
    let (title, cut) = if article.title.trim().is_empty() {
        cut(&article.opening(), MAX_TITLE)
    } else {
        cut(&article.title, MAX_TITLE)
    };
    let representative = lookup.representative(item, canonical);
    Item {
        id: short_text(&article.id),
        title,
        cut,
        outlet: lookup.outlets.of_item(item),
        when: article.published.map(|date| date.0),
        language: placement.language.code().to_owned(),
        url: article
            .page()
            .map(String::from)
            .filter(|url| url.len() <= MAX_ADDRESS),
        text,
        similarity: rounded(placement.similarity),
        kind: placement.relation.name(),
        copy: (representative != item)
            .then(|| variation(&lookup.inputs.articles[representative], article)),
    }
}

fn variation(representative: &Article<'_>, duplicate: &Article<'_>) -> Variation {
    let has_bodies = !representative.text.is_empty() && !duplicate.text.is_empty();
    Variation {
        title: differences(&representative.title, &duplicate.title, MAX_TITLE),
        body: if has_bodies {
            differences(&representative.text, &duplicate.text, MAX_BODY)
        } else {
            Vec::new()
        },
    }
}

/// The changes between the first `max` characters of two texts, with long equal runs shortened;
/// empty if the words are equal.
fn differences(a: &str, b: &str, max: usize) -> Vec<Change> {
    let stemmer = Stemmer::new(Language::UNKNOWN, None);
    let mut changes = changes(&cut(a, max).0, &cut(b, max).0, &stemmer);
    if changes.iter().all(|change| change.what == Fate::Same) {
        return Vec::new();
    }
    let last = changes.len() - 1;
    for (index, change) in changes.iter_mut().enumerate() {
        if change.what == Fate::Same {
            change.text = excerpt(&change.text, index > 0, index < last);
        }
    }
    changes.truncate(MAX_CHANGES);
    changes
}

/// The parts of the canonical's score beside the mean of the other items.
fn reasons(inputs: ReportInputs<'_>, members: &[usize], canonical: usize) -> Vec<ScoreComparison> {
    let others = members.len() - 1;
    if others == 0 {
        return Vec::new();
    }
    let parts_of = |item: usize| -> &[Contribution] { inputs.report.placements[item].reasons() };
    let mut reasons = Vec::new();
    for (index, part) in parts_of(canonical).iter().enumerate() {
        let mut sum = 0.0;
        for &item in members.iter().filter(|&&item| item != canonical) {
            sum += parts_of(item)[index].value;
        }
        reasons.push(ScoreComparison {
            name: part.part.name(),
            value: rounded(part.value),
            max: inputs.params.weights.of(part.part),
            others: rounded(sum / others as f64),
        });
    }
    reasons
}
