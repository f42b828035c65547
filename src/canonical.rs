//! A group of items in, the one that a reader should see out, with the parts of each item's score.
//!
//! The score is a sum of named parts, each a share in 0..=1 times its weight: an item that says what the others say
//! (the medoid's virtue), complete, with a headline that states something, from a trusted source, early, and no copy
//! of an earlier one. Length alone is a bad rule, so completeness weighs little. Linear in the group, once its
//! likenesses are known.

use std::collections::BTreeMap;

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::article::Timestamp;
use crate::text::Tokens;

/// What each part of the score counts.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// How like the item is to the others of its group.
    pub centrality: f64,
    /// How much it tells, by the logarithm of its length against the group's longest.
    pub completeness: f64,
    /// A headline that states what happened, neither a teaser nor a label.
    pub title: f64,
    /// How much its source is trusted.
    pub source: f64,
    /// How early it is in its group.
    pub time: f64,
    /// That it is no copy of an earlier item.
    pub originality: f64,
    /// Trust in sources by name, from 0 to 1, such as "Reuters" = 0.9; a source that is not named has 0.5.
    pub sources: BTreeMap<String, f64>,
}

impl Default for Weights {
    fn default() -> Self {
        Weights {
            centrality: 1.0,
            completeness: 0.05,
            title: 0.6,
            source: 0.3,
            time: 0.02,
            originality: 0.02,
            sources: BTreeMap::new(),
        }
    }
}

impl Weights {
    /// The most that a part of a score can be, by its name; 0 for a name that no part has.
    pub fn of(&self, name: &str) -> f64 {
        match name {
            "centrality" => self.centrality,
            "completeness" => self.completeness,
            "title" => self.title,
            "source" => self.source,
            "time" => self.time,
            "originality" => self.originality,
            _ => 0.0,
        }
    }
}

/// What is known of one item of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traits<'a> {
    /// Its mean likeness to the other items, in 0..=1.
    pub centrality: f64,
    /// Its headline.
    pub title: &'a str,
    /// The characters of its headline and body.
    pub length: usize,
    /// Who published it.
    pub source: Option<&'a str>,
    /// When.
    pub published: Option<Timestamp>,
    /// Whether an earlier item of the group has the same text.
    pub is_copy: bool,
}

/// One part of a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// What was judged.
    pub name: &'static str,
    /// What it adds to the score.
    pub value: f64,
}

/// An item's score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Score {
    /// The parts; they sum to the score.
    pub parts: Vec<Part>,
}

impl Score {
    /// The sum of the parts.
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }
}

/// The scores of a group's items, in their order.
pub fn score(group: &[Traits<'_>], weights: &Weights) -> Vec<Score> {
    let most = |of: fn(&Traits<'_>) -> f64| group.iter().map(of).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let (closest, longest) = (most(|item| item.centrality), most(|item| fullness(item.length)));
    let times = || group.iter().filter_map(|item| item.published);
    let (first, last) = (times().min(), times().max());
    let earliness = |published: Option<Timestamp>| match (published, first, last) {
        (Some(when), Some(first), Some(last)) if last > first => 1.0 - when.days_from(first) / last.days_from(first),
        (Some(_), ..) => 1.0,
        (None, ..) => 0.5,
    };
    let parts = |item: &Traits<'_>| {
        vec![
            Part { name: "centrality", value: weights.centrality * item.centrality / closest },
            Part { name: "completeness", value: weights.completeness * fullness(item.length) / longest },
            Part { name: "title", value: weights.title * title_quality(item.title) },
            Part { name: "source", value: weights.source * trust(item.source, weights) },
            Part { name: "time", value: weights.time * earliness(item.published) },
            Part { name: "originality", value: weights.originality * f64::from(u8::from(!item.is_copy)) },
        ]
    };
    group.iter().map(|item| Score { parts: parts(item) }).collect()
}

/// The place of the best score; of equal ones the first.
pub fn best(scores: &[Score]) -> usize {
    let better = |best: usize, place: usize| if scores[place].total() > scores[best].total() { place } else { best };
    (0..scores.len()).fold(0, better)
}

fn fullness(length: usize) -> f64 {
    libm::log(1.0 + length as f64)
}

fn trust(source: Option<&str>, weights: &Weights) -> f64 {
    source.and_then(|source| weights.sources.get(source)).copied().unwrap_or(0.5)
}

/// Words with which headlines begin that ask, tease or label instead of telling, folded.
const TEASERS: [&str; 26] = [
    "live",
    "watch",
    "video",
    "photos",
    "recap",
    "opinion",
    "analysis",
    "explainer",
    "why",
    "how",
    "what",
    "who",
    "when",
    "شاهد",
    "فيديو",
    "بالفيديو",
    "بالصور",
    "صور",
    "لماذا",
    "كيف",
    "ماذا",
    "هل",
    "من",
    "ما",
    "مفاجاه",
    "مباشر",
];

/// 1 for a headline that states something; less for a teaser, a question, an exclamation, a shout, or one of a few
/// words.
fn title_quality(title: &str) -> f64 {
    let tokens = Tokens::of(title);
    let first = tokens.iter().next().unwrap_or_default();
    let live = tokens.as_str().contains("live updates") || tokens.as_str().contains("لحظه بلحظه");
    let teases =
        TEASERS.contains(&first) || live || title.contains(['?', '؟', '!', '…']) || title.trim_end().ends_with("..");
    let shouts = title.chars().any(|c| c.is_ascii_uppercase()) && !title.chars().any(|c| c.is_ascii_lowercase());
    let fits = match tokens.words() {
        0..=2 => 0.3,
        3..=4 => 0.8,
        5..=20 => 1.0,
        _ => 0.8,
    };
    fits * if teases { 0.3 } else { 1.0 } * if shouts { 0.6 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(title: &str) -> Traits<'_> {
        Traits { centrality: 0.5, title, length: title.len(), source: None, published: None, is_copy: false }
    }

    fn choice(group: &[Traits<'_>]) -> usize {
        best(&score(group, &Weights::default()))
    }

    const PLAIN: &str = "Minister opens the new bridge over the river";

    #[test]
    fn the_central_item_is_chosen() {
        assert_eq!(choice(&[item(PLAIN), Traits { centrality: 0.9, ..item(PLAIN) }, item(PLAIN)]), 1);
    }

    #[test]
    fn a_statement_beats_a_teaser() {
        for teaser in [
            "Watch: minister opens the new bridge",
            "You won't believe the new bridge!",
            "شاهد افتتاح الجسر الجديد على النهر",
        ] {
            assert_eq!(choice(&[item(teaser), item(PLAIN)]), 1, "{teaser}");
        }
    }

    #[test]
    fn the_original_and_the_trusted_win_among_equals() {
        assert_eq!(choice(&[Traits { is_copy: true, ..item(PLAIN) }, item(PLAIN)]), 1);
        let weights = Weights { sources: [("Trusted".to_owned(), 1.0)].into(), ..Weights::default() };
        let group = [item(PLAIN), Traits { source: Some("Trusted"), ..item(PLAIN) }];
        assert_eq!(best(&score(&group, &weights)), 1);
    }

    #[test]
    fn the_earlier_wins_among_equals_and_then_the_first() {
        let at = |second| Traits { published: Some(Timestamp(second)), ..item(PLAIN) };
        assert_eq!(choice(&[at(20), at(10)]), 1);
        assert_eq!(choice(&[item(PLAIN), item(PLAIN)]), 0);
    }

    #[test]
    fn parts_sum_to_the_score() {
        let scores = score(&[item(PLAIN), item("Why?")], &Weights::default());
        assert_eq!(scores[0].parts.len(), 6);
        assert!(scores[0].parts.iter().all(|part| part.value <= Weights::default().of(part.name)));
        assert!(scores[0].total() > scores[1].total());
    }
}
