//! A group of items in, what a report shows of the story out: its items by time, the text each has,
//! and for copies the words that differ. Linear in the group, but for the comparison of copies.

use std::collections::BTreeMap;

use serde::Serialize;

use super::importance::{Importance, Standing};
use super::{Ground, Material, groups_of_level, sanitize};
use crate::article::Article;
use crate::canonical::Contribution;
use crate::clustering::{Change, Fate, changes, rounded};
use crate::text::{Language, Stemmer};

/// A story, or an item alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The id of its group.
    pub id: String,
    /// What it is called; empty for an item alone and for copies of one headline.
    pub label: String,
    /// The phrases that tell it from others.
    pub keywords: Vec<String>,
    /// How much it matters.
    pub importance: Importance,
    /// How many named outlets tell it.
    pub outlets: usize,
    /// How many different texts it has.
    pub texts: usize,
    /// Whether it hangs together loosely.
    pub is_weak: bool,
    /// The place of its canonical among its items.
    pub canonical: usize,
    /// Why that was chosen; nothing for an item alone, where there was no choice.
    pub reasons: Vec<Reason>,
    /// Its items by date, those without one last.
    pub items: Vec<Item>,
}

/// One part of a canonical's score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// What was judged.
    pub name: &'static str,
    /// What the canonical has of it.
    pub value: f64,
    /// The most that an item can have of it.
    pub most: f64,
    /// What the other items of the story have of it, in the mean.
    pub others: f64,
}

/// One item of a story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Its id.
    pub id: String,
    /// Its headline, or the first words of its text.
    pub title: String,
    /// How many characters the headline has beyond what is shown of it.
    #[serde(skip_serializing_if = "is_nought")]
    pub cut: usize,
    /// The place of its outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outlet: Option<usize>,
    /// When it was published, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<i64>,
    /// Its language.
    pub language: String,
    /// Where it can be read on the web.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which of the story's texts it has, from 0 in the order of their first items.
    pub text: usize,
    /// How like it is to the canonical.
    pub similarity: f64,
    /// What it is to the canonical.
    pub kind: &'static str,
    /// For a copy, how it differs from the item that stands for its text; that one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy: Option<Variation>,
}

/// How a copy differs from the item that stands for its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Variation {
    /// In the headline; nothing if the words are the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub title: Vec<Change>,
    /// In the beginning of the body; nothing if the words are the same, or if one has no body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<Change>,
}

fn is_nought(count: &usize) -> bool {
    *count == 0
}

/// So many characters of a body are compared word by word, and no more changes than these are
/// shown.
const BODY: usize = 6000;
const MOST_CHANGES: usize = 60;

/// Of longer runs that both have, so many words on either side of a change are shown.
const CONTEXT: usize = 6;

/// Addresses of more bytes lead nowhere.
const LONGEST_ADDRESS: usize = 2000;

/// What the importance of a group is judged by.
pub(super) fn standing(ground: &Ground<'_>, members: &[usize]) -> Standing {
    let dates = members
        .iter()
        .filter_map(|&at| ground.material.articles[at].published);
    Standing {
        outlets: ground.names.different(members),
        items: members.len(),
        last: dates.max().map(|when| when.0),
    }
}

/// What a report shows of a group.
pub(super) fn story(ground: &Ground<'_>, members: &[usize], importance: Importance) -> Story {
    let material = ground.material;
    let places = &material.report.placements;
    let canonical = places[members[0]].canonical;
    let mut order = members.to_vec();
    order.sort_by_key(|&at| {
        (
            material.articles[at]
                .published
                .map_or(i64::MAX, |when| when.0),
            at != canonical,
        )
    });
    let mut texts = BTreeMap::new();
    let mut items = Vec::new();
    for &at in &order {
        let next = texts.len();
        let text = *texts.entry(places[at].near_dup).or_insert(next);
        items.push(Item {
            text,
            ..item(ground, at, canonical)
        });
    }
    let group = places[canonical]
        .group
        .and_then(|group| groups_of_level(material).get(group));
    Story {
        id: places[canonical].cluster.to_string(),
        label: group
            .map(|group| sanitize::text(&group.label.text))
            .unwrap_or_default(),
        keywords: group.map_or_else(Vec::new, |it| {
            it.label
                .keywords
                .iter()
                .map(|it| sanitize::text(it))
                .collect()
        }),
        importance: importance.rounded(),
        outlets: ground.names.different(members),
        texts: texts.len(),
        is_weak: group.is_some_and(|group| group.is_weak),
        canonical: order
            .iter()
            .position(|&at| at == canonical)
            .unwrap_or_default(),
        reasons: reasons(material, members, canonical),
        items,
    }
}

fn item(ground: &Ground<'_>, at: usize, canonical: usize) -> Item {
    let article = &ground.material.articles[at];
    let place = &ground.material.report.placements[at];
    let (title, cut) = if article.title.trim().is_empty() {
        sanitize::cut(&article.opening(), sanitize::HEADLINE)
    } else {
        sanitize::cut(&article.title, sanitize::HEADLINE)
    };
    let head = ground.head(at, canonical);
    Item {
        id: sanitize::text(&article.id),
        title,
        cut,
        outlet: ground.names.place(at),
        when: article.published.map(|when| when.0),
        language: place.language.code().to_owned(),
        url: article
            .page()
            .map(String::from)
            .filter(|url| url.len() <= LONGEST_ADDRESS),
        text: 0,
        similarity: rounded(place.similarity),
        kind: place.relation.name(),
        copy: (head != at).then(|| variation(&ground.material.articles[head], article)),
    }
}

fn variation(head: &Article<'_>, copy: &Article<'_>) -> Variation {
    let stemmer = Stemmer::new(Language::UNKNOWN, None);
    let differ = |a: &str, b: &str, most: usize| {
        let [a, b] = [a, b].map(|text| sanitize::cut(text, most).0);
        let found = changes(&a, &b, &stemmer);
        if found.iter().all(|change| change.what == Fate::Same) {
            Vec::new()
        } else {
            excerpt(found)
        }
    };
    let one_lacks = head.text.is_empty() || copy.text.is_empty();
    Variation {
        title: differ(&head.title, &copy.title, sanitize::HEADLINE),
        body: if one_lacks {
            Vec::new()
        } else {
            differ(&head.text, &copy.text, BODY)
        },
    }
}

/// The changes with the long runs that both texts have shortened to what stands beside a change.
fn excerpt(changes: Vec<Change>) -> Vec<Change> {
    let last = changes.len() - 1;
    let shorten = |(at, change): (usize, Change)| {
        let words: Vec<&str> = change.text.split(' ').collect();
        if change.what != Fate::Same || words.len() <= 2 * CONTEXT + 1 {
            return change;
        }
        let head = if at > 0 {
            words[..CONTEXT].join(" ") + " "
        } else {
            String::new()
        };
        let tail = if at < last {
            format!(" {}", words[words.len() - CONTEXT..].join(" "))
        } else {
            String::new()
        };
        Change {
            text: format!("{head}…{tail}"),
            ..change
        }
    };
    changes
        .into_iter()
        .enumerate()
        .map(shorten)
        .take(MOST_CHANGES)
        .collect()
}

fn reasons(material: Material<'_>, members: &[usize], canonical: usize) -> Vec<Reason> {
    let of = |at: usize| material.report.placements[at].reasons();
    let others = members.len() - 1;
    if others == 0 {
        return Vec::new();
    }
    let mean = |place: usize| {
        let sum: f64 = members
            .iter()
            .filter(|&&at| at != canonical)
            .map(|&at| of(at)[place].value)
            .sum();
        rounded(sum / others as f64)
    };
    let weights = &material.params.weights;
    let reason = |(place, part): (usize, &Contribution)| Reason {
        name: part.part.name(),
        value: rounded(part.value),
        most: weights.of(part.part),
        others: mean(place),
    };
    of(canonical).iter().enumerate().map(reason).collect()
}
