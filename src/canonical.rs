//! A group of items in, the one that a reader should see out, with the parts of each item's score.
//!
//! The score is a sum of named parts, each a share in 0..=1 times its weight: an item whose
//! headline says what the others' say (the medoid's virtue), complete, with a headline that states
//! something, from a trusted source, early, no copy of an earlier one, and none that another item
//! of the group stands in for. Length alone is a bad rule, so completeness weighs little. All of it
//! is told by headlines and by what [`Body`] keeps of a text, so that an index chooses as a batch
//! does. Linear in the group.

mod body;
mod headline;
mod standing;
mod words;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use documented::DocumentedFields;
use hashbrown::HashMap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::article::{Article, Timestamp};
use crate::text::{Backgrounds, title_without_boilerplate};

pub use body::Body;
use headline::Headline;
use words::Words;

/// What each part of the score counts.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// How like the item's headline is to the others of its group; copies of one text share a
    /// vote.
    pub centrality: f64,
    /// How much it tells, by the logarithm of its length against the group's longest; nothing for
    /// a text that breaks off.
    pub completeness: f64,
    /// A headline that states what happened, neither a teaser nor a label.
    pub title: f64,
    /// How much its source is trusted.
    pub source: f64,
    /// How early it is in its group.
    pub time: f64,
    /// That it is no copy of an earlier item.
    pub originality: f64,
    /// That no other item of its group stands in for it: a correction for what it corrects, the
    /// full text for a teaser, the report for a preview or a live page, later figures or a
    /// later version for earlier ones.
    pub standing: f64,
    /// How far sources are trusted, by their names, from 0 to 1, such as "Reuters" = 0.9: as a
    /// `[[source]]` with this `name` and `weight` says, behind all that are written so.
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
            standing: 1.0,
            sources: BTreeMap::new(),
        }
    }
}

impl Weights {
    /// Upper bound of one part of the score.
    #[must_use]
    pub fn of(&self, part: ScorePart) -> f64 {
        match part {
            ScorePart::Centrality => self.centrality,
            ScorePart::Completeness => self.completeness,
            ScorePart::Title => self.title,
            ScorePart::Source => self.source,
            ScorePart::Time => self.time,
            ScorePart::Originality => self.originality,
            ScorePart::Standing => self.standing,
        }
    }
}

/// What is known of one item of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemFeatures<'a> {
    /// Its headline.
    pub title: &'a str,
    /// What of it tells the news, as [`title_or_opening`] gives it.
    pub headline: Cow<'a, str>,
    /// What is known of its text.
    pub body: Body,
    /// Who published it.
    pub source: Option<&'a str>,
    /// How far that source is trusted, in 0..=1.
    pub trust: f64,
    /// When.
    pub published: Option<Timestamp>,
    /// The group of copies it is of: items of one number are copies.
    pub copies: u64,
}

impl<'a> ItemFeatures<'a> {
    /// What is known of an article, whose source is trusted so far, that is of a group of copies.
    pub fn of(article: &'a Article<'_>, trust: f64, copies: u64) -> Self {
        ItemFeatures {
            title: &article.title,
            headline: title_or_opening(article),
            body: Body::of(article),
            source: article.source.as_deref(),
            trust,
            published: article.published,
            copies,
        }
    }
}

/// What tells the news of an article: its headline without what outlets add to it or, if it has
/// none, how its text begins.
///
/// ```
/// use qissa::{Article, canonical::title_or_opening};
/// assert_eq!(title_or_opening(&Article::headline("1", "LIVE: Ferry is back in service")), "Ferry is back in service");
/// ```
pub fn title_or_opening<'a>(article: &'a Article<'_>) -> Cow<'a, str> {
    if article.title.is_empty() {
        article.opening().into()
    } else {
        title_without_boilerplate(article).into()
    }
}

/// A part of the score of an item. The output names a part as [`ScorePart::name`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ScorePart {
    /// Mean cosine similarity of the headline to the other headlines of the group.
    Centrality,
    /// Log length of headline and text, relative to the longest of the group.
    Completeness,
    /// Form of the headline: a statement scores more than a teaser or a label.
    Title,
    /// Trust in the source.
    Source,
    /// Earliness within the group.
    Time,
    /// Whether the item is the first of its group of copies.
    Originality,
    /// Whether no other item of the group supersedes the item.
    Standing,
}

impl ScorePart {
    /// Name of the part in the output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ScorePart::Centrality => "centrality",
            ScorePart::Completeness => "completeness",
            ScorePart::Title => "title",
            ScorePart::Source => "source",
            ScorePart::Time => "time",
            ScorePart::Originality => "originality",
            ScorePart::Standing => "standing",
        }
    }
}

impl fmt::Display for ScorePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Value that one part adds to a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contribution {
    /// The part.
    #[serde(rename = "name")]
    pub part: ScorePart,
    /// Value of the part, in `0..=weight`.
    pub value: f64,
}

/// An item's score.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CanonicalScore {
    /// The parts; they sum to the score.
    pub parts: Vec<Contribution>,
}

impl CanonicalScore {
    /// The sum of the parts.
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }

    /// Whether it is better than another by more than what only breaks ties.
    pub fn is_clearly_above(&self, other: &CanonicalScore) -> bool {
        let firm = |score: &CanonicalScore| {
            let counts = |part: &&Contribution| !TIE_BREAKERS.contains(&part.part);
            score
                .parts
                .iter()
                .filter(counts)
                .map(|part| part.value)
                .sum::<f64>()
        };
        firm(self) - firm(other) > CLEARLY
    }
}

/// How much better an item must be to take the place of one that was shown: less than a source that
/// is preferred a little brings, more than most changes of a word do.
const CLEARLY: f64 = 0.05;

/// Parts that only break ties.
const TIE_BREAKERS: [ScorePart; 3] = [
    ScorePart::Completeness,
    ScorePart::Time,
    ScorePart::Originality,
];

/// So many headlines are read by one thread.
const READ: usize = 64;

/// The scores of a group's items, in their order. How rare the words of headlines are is told by
/// the backgrounds.
pub fn score(
    group: &[ItemFeatures<'_>],
    weights: &Weights,
    backgrounds: &Backgrounds,
) -> Vec<CanonicalScore> {
    let (titles, places) =
        words::different(&group.iter().map(|item| item.title).collect::<Vec<_>>());
    let read: Vec<Headline> = titles
        .par_iter()
        .with_min_len(READ)
        .map(|title| Headline::of(title))
        .collect();
    let headlines: Vec<Headline> = places.into_iter().map(|place| read[place]).collect();
    let told: Vec<&str> = group.iter().map(|item| &*item.headline).collect();
    let words = if let [_] = group {
        vec![Words::default()]
    } else {
        words::words(&told, backgrounds)
    };
    let copies: Vec<u64> = group.iter().map(|item| item.copies).collect();
    let centralities = words::centralities(&words, &copies);
    let superseded = standing::superseded(group, &headlines, &words);
    let originals = originals(group);
    let longest = group
        .iter()
        .map(|item| fullness(item.body))
        .fold(f64::MIN_POSITIVE, f64::max);
    let times = || group.iter().filter_map(|item| item.published);
    let (first, last) = (times().min(), times().max());
    let earliness = |published: Option<Timestamp>| match (published, first, last) {
        (Some(when), Some(first), Some(last)) if last > first => {
            1.0 - when.days_from(first) / last.days_from(first)
        }
        (Some(_), ..) => 1.0,
        (None, ..) => 0.5,
    };
    let parts = |(at, item): (usize, &ItemFeatures<'_>)| {
        vec![
            Contribution {
                part: ScorePart::Centrality,
                value: weights.centrality * centralities[at],
            },
            Contribution {
                part: ScorePart::Completeness,
                value: weights.completeness * fullness(item.body) / longest,
            },
            Contribution {
                part: ScorePart::Title,
                value: weights.title * headlines[at].form,
            },
            Contribution {
                part: ScorePart::Source,
                value: weights.source * item.trust,
            },
            Contribution {
                part: ScorePart::Time,
                value: weights.time * earliness(item.published),
            },
            Contribution {
                part: ScorePart::Originality,
                value: weights.originality * share(originals[&item.copies] == at),
            },
            Contribution {
                part: ScorePart::Standing,
                value: weights.standing * share(!superseded[at]),
            },
        ]
    };
    group
        .iter()
        .enumerate()
        .map(|one| CanonicalScore { parts: parts(one) })
        .collect()
}

fn share(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Of each group of copies the item that came first; undated items come last.
fn originals(group: &[ItemFeatures<'_>]) -> HashMap<u64, usize> {
    let when = |at: usize| group[at].published.map_or(i64::MAX, |when| when.0);
    let mut originals = HashMap::new();
    for (at, item) in group.iter().enumerate() {
        let first = originals.entry(item.copies).or_insert(at);
        if when(at) < when(*first) {
            *first = at;
        }
    }
    originals
}

/// The place of the best score; of equal ones the first.
pub fn best(scores: &[CanonicalScore]) -> usize {
    let better = |best: usize, place: usize| {
        if scores[place].total() > scores[best].total() {
            place
        } else {
            best
        }
    };
    (0..scores.len()).fold(0, better)
}

fn fullness(body: Body) -> f64 {
    if body.breaks_off {
        0.0
    } else {
        libm::log(1.0 + f64::from(body.length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An item of an hour, with a text of its own.
    fn item(hour: i64, title: &'static str) -> ItemFeatures<'static> {
        let body = Body {
            length: title.len() as u32 + 400,
            digest: hour as u64,
            ..Body::default()
        };
        let published = Some(Timestamp(3600 * hour));
        ItemFeatures {
            title,
            headline: title.into(),
            body,
            source: None,
            trust: 0.5,
            published,
            copies: hour as u64,
        }
    }

    fn undated(title: &'static str) -> ItemFeatures<'static> {
        ItemFeatures {
            published: None,
            ..item(0, title)
        }
    }

    fn choice(group: &[ItemFeatures<'_>]) -> usize {
        best(&score(group, &Weights::default(), &Backgrounds::default()))
    }

    fn part(score: &CanonicalScore, name: &str) -> f64 {
        score
            .parts
            .iter()
            .find(|part| part.part.name() == name)
            .unwrap()
            .value
    }

    const PLAIN: &str = "Minister opens the new bridge over the river";

    #[test]
    fn the_headline_of_most_is_chosen() {
        let others = [
            "Bridge opened at last",
            PLAIN,
            "Minister opens new bridge over the river",
            "River gets a crossing",
        ];
        assert_eq!(choice(&others.map(undated)), 1);
        let others = [
            "الوزير يدشن مشروعا",
            "الوزير يفتتح الجسر الجديد على النهر",
            "الوزير يفتتح جسر النهر الجديد",
        ];
        assert_ne!(choice(&others.map(undated)), 0);
    }

    #[test]
    fn a_headline_of_many_papers_is_central_though_their_texts_are_no_copies() {
        let group = [
            item(1, PLAIN),
            item(2, PLAIN),
            item(3, PLAIN),
            item(4, "Ferry firm mourns its trade"),
        ];
        let scores = score(&group, &Weights::default(), &Backgrounds::default());
        assert_eq!(best(&scores), 0);
        assert!(part(&scores[1], "centrality") > 0.6 && part(&scores[3], "centrality") < 0.2);
    }

    #[test]
    fn an_item_without_a_headline_is_judged_by_its_opening() {
        let post = ItemFeatures {
            headline: "Minister opens the new bridge over the river today".into(),
            ..undated("")
        };
        let scores = score(
            &[post, undated(PLAIN)],
            &Weights::default(),
            &Backgrounds::default(),
        );
        assert!(part(&scores[0], "centrality") > 0.8);
        assert_eq!(best(&scores), 1);
    }

    #[test]
    fn a_statement_beats_a_teaser() {
        for teaser in [
            "Watch: minister opens the new bridge",
            "You won't believe the new bridge!",
            "شاهد افتتاح الجسر الجديد على النهر",
        ] {
            assert_eq!(choice(&[undated(teaser), undated(PLAIN)]), 1, "{teaser}");
        }
    }

    #[test]
    fn a_correction_beats_what_it_corrects() {
        for [wrong, right] in [
            [
                "Barge hits the old bridge, forty hurt",
                "CORRECTED: Barge hits the old bridge, four hurt",
            ],
            [
                "اصطدام قارب بالجسر القديم وإصابة أربعين",
                "تصحيح: اصطدام قارب بالجسر القديم وإصابة أربعة",
            ],
        ] {
            assert_eq!(
                choice(&[item(1, wrong), item(2, wrong), item(3, right)]),
                2,
                "{right}"
            );
            assert_eq!(choice(&[item(3, right), item(3, wrong)]), 0, "{right}");
        }
        let notice = Body {
            corrects: true,
            ..item(3, PLAIN).body
        };
        assert_eq!(
            choice(&[
                item(1, PLAIN),
                item(2, PLAIN),
                ItemFeatures {
                    body: notice,
                    ..item(3, PLAIN)
                }
            ]),
            2
        );
    }

    #[test]
    fn the_full_text_beats_a_teaser_of_it() {
        let teaser = Body {
            breaks_off: true,
            length: 200,
            ..Body::default()
        };
        let teaser = |hour, title| ItemFeatures {
            body: teaser,
            ..item(hour, title)
        };
        assert_eq!(
            choice(&[
                teaser(1, PLAIN),
                teaser(2, PLAIN),
                item(3, "Minister opens new bridge over river")
            ]),
            2
        );
        let copy = ItemFeatures {
            copies: 1,
            ..item(2, "A crossing at last, and the town comes to see it")
        };
        assert_eq!(choice(&[teaser(1, PLAIN), copy]), 1);
    }

    #[test]
    fn the_report_beats_its_preview_and_its_live_page() {
        for [preview, live, report] in [
            [
                "Rovers to meet Wanderers in the cup final tonight",
                "Rovers v Wanderers in the cup final: live updates",
                "Rovers beat Wanderers 2-1 in the cup final",
            ],
            [
                "الشعلة يلتقي الوحدة الليلة في نهائي الكأس",
                "الشعلة والوحدة في نهائي الكأس لحظة بلحظة",
                "الشعلة يهزم الوحدة ويتوج بلقب الكأس",
            ],
        ] {
            assert_eq!(
                choice(&[
                    item(1, preview),
                    item(2, live),
                    item(3, live),
                    item(4, report)
                ]),
                3,
                "{report}"
            );
        }
        let later = item(5, "Rovers to meet Wanderers in the next cup final");
        let scores = score(
            &[item(4, "Rovers beat Wanderers in the cup final"), later],
            &Weights::default(),
            &Backgrounds::default(),
        );
        assert_eq!(
            part(&scores[1], "standing"),
            1.0,
            "what was before it is not its report"
        );
    }

    #[test]
    fn later_figures_beat_earlier_ones_whoever_repeats_these() {
        let stages = [
            item(1, "Three hurt as storm hits the harbour"),
            item(2, "Storm hits the harbour, 3 hurt"),
            item(4, "Five hurt as storm hits the harbour"),
            item(6, "3 hurt as storm hits the harbour"),
        ];
        assert_eq!(choice(&stages), 2);
        let stages = [
            item(1, "إصابة 3 في عاصفة تضرب الميناء"),
            item(2, "إصابة خمسة في عاصفة تضرب الميناء"),
        ];
        assert_eq!(choice(&stages), 1);
    }

    #[test]
    fn a_later_version_beats_the_one_before() {
        let of = |item: ItemFeatures<'static>, source, length| {
            let body = Body {
                length,
                ..item.body
            };
            ItemFeatures {
                source: Some(source),
                body,
                ..item
            }
        };
        let [first, second] = [1, 2].map(|hour| item(hour, PLAIN));
        assert_eq!(
            choice(&[
                of(first.clone(), "Quay", 500),
                of(second.clone(), "Quay", 520)
            ]),
            1
        );
        assert_eq!(
            choice(&[
                of(first.clone(), "Quay", 500),
                of(second.clone(), "Hill", 520)
            ]),
            0,
            "another paper's"
        );
        assert_eq!(
            choice(&[
                of(first.clone(), "Quay", 500),
                of(second.clone(), "Hill", 900)
            ]),
            1,
            "a fuller one"
        );
        assert_eq!(
            choice(&[of(first, "Quay", 500), of(second, "Quay", 200)]),
            0,
            "a brief"
        );
    }

    #[test]
    fn the_original_and_the_trusted_win_among_equals() {
        let copies = |hour| ItemFeatures {
            copies: 7,
            body: Body::default(),
            ..item(hour, PLAIN)
        };
        let scores = score(
            &[copies(2), copies(1), undated(PLAIN)],
            &Weights::default(),
            &Backgrounds::default(),
        );
        assert_eq!(
            scores
                .iter()
                .map(|score| part(score, "originality") > 0.0)
                .collect::<Vec<_>>(),
            [false, true, true]
        );
        assert_eq!(
            choice(&[
                undated(PLAIN),
                ItemFeatures {
                    trust: 1.0,
                    ..undated(PLAIN)
                }
            ]),
            1
        );
    }

    #[test]
    fn the_earlier_wins_among_equals_and_then_the_first() {
        let at = |hour| ItemFeatures {
            body: Body::default(),
            ..item(hour, PLAIN)
        };
        assert_eq!(choice(&[at(20), at(10)]), 1);
        assert_eq!(choice(&[undated(PLAIN), undated(PLAIN)]), 0);
    }

    #[test]
    fn ties_are_broken_but_not_clearly() {
        let early = item(1, PLAIN);
        let fuller = ItemFeatures {
            body: Body {
                length: 500,
                ..early.body
            },
            ..item(2, PLAIN)
        };
        let scores = score(
            &[fuller, early, item(3, "A bridge!")],
            &Weights::default(),
            &Backgrounds::default(),
        );
        assert!(scores[1].total() > scores[0].total() && !scores[1].is_clearly_above(&scores[0]));
        assert!(scores[1].is_clearly_above(&scores[2]) && !scores[2].is_clearly_above(&scores[1]));
    }

    #[test]
    fn parts_sum_to_the_score() {
        let scores = score(
            &[undated(PLAIN), undated("Why?")],
            &Weights::default(),
            &Backgrounds::default(),
        );
        assert_eq!(scores[0].parts.len(), 7);
        assert!(
            scores[0]
                .parts
                .iter()
                .all(|part| part.value <= Weights::default().of(part.part))
        );
        assert!(scores[0].total() > scores[1].total());
    }
}
