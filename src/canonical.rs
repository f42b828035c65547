//! Chooses the canonical item of a group: the item that a reader should see.
//!
//! Input: the [`ItemFeatures`] of the items of one group. Output: a [`CanonicalScore`] per item;
//! [`best`] picks the highest. Cost: linear in the group.
//!
//! The score is a weighted sum. Each factor is in `0..=1`, each weight a field of [`Weights`]:
//!
//! ```text
//! score = centrality   * mean cosine similarity of the headline to the other headlines (medoid)
//!       + completeness * ln(1 + length) / max(ln(1 + length)); 0 if the text breaks off
//!       + title        * form of the headline: 1 for a statement, less for a teaser
//!       + source       * trust in the source
//!       + time         * 1 for the earliest item, 0 for the latest, 0.5 without a date
//!       + originality  * 1 for the earliest item of its group of copies, else 0
//!       + standing     * 0 if another item supersedes the item, else 1
//! ```
//!
//! `completeness` has a small weight because the longest text is often a digest. The features hold
//! the headline and a [`Body`], not the text, so an index chooses as a batch does.

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
use headline::HeadlineForm;
use words::{Distinct, HeadlineTerms};

/// Weights of the parts of the score, and trust in sources.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weights {
    /// Mean cosine similarity of the headline to the other headlines of the group. The items of a
    /// group of copies share a vote.
    pub centrality: f64,
    /// Log length of title and text, relative to the longest item of the group; 0 for a text that
    /// breaks off.
    pub completeness: f64,
    /// Form of the title: a statement scores more than a teaser or a label.
    pub title: f64,
    /// Trust in the source.
    pub source: f64,
    /// Earliness within the group.
    pub time: f64,
    /// Whether the item is the earliest of its group of copies.
    pub originality: f64,
    /// Whether no other item of the group supersedes the item: as a correction, the full text of a
    /// teaser, the report after a preview or a live page, later figures or a later version.
    pub standing: f64,
    /// Trust in sources by exact name, from 0 to 1, such as "Reuters" = 0.9. Rules of `[[source]]`
    /// take precedence.
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
    /// Weight of a part: the upper bound of the contribution.
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

/// Features of an item of a group: the input of the score.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemFeatures<'a> {
    /// Title of the item, with labels, which name the kind of item.
    pub title: &'a str,
    /// Title without boilerplate, or the opening of the text: see [`title_or_opening`].
    pub headline: Cow<'a, str>,
    /// Features of the text.
    pub body: Body,
    /// Name of the source.
    pub source: Option<&'a str>,
    /// Trust in the source, in `0..=1`.
    pub trust: f64,
    /// Time of publication.
    pub published: Option<Timestamp>,
    /// Number of the item's group of copies.
    pub copies: u64,
}

impl<'a> ItemFeatures<'a> {
    /// Features of `article`. `trust` is the trust in the source, in `0..=1`; `copies` the number
    /// of the group of copies.
    #[must_use]
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

/// Title of an article without boilerplate, or the opening of its text if the title is empty.
///
/// ```
/// use qissa::{Article, canonical::title_or_opening};
///
/// let article = Article::headline("1", "LIVE: Ferry is back in service");
/// assert_eq!(title_or_opening(&article), "Ferry is back in service");
/// ```
#[must_use]
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
    /// Log length of title and text, relative to the longest of the group.
    Completeness,
    /// Form of the title: a statement scores more than a teaser or a label.
    Title,
    /// Trust in the source.
    Source,
    /// Earliness within the group.
    Time,
    /// Whether the item is the earliest of its group of copies.
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

    /// Whether the part only breaks ties: [`CanonicalScore::is_clearly_above`] ignores it.
    fn is_tie_breaker(self) -> bool {
        matches!(
            self,
            ScorePart::Completeness | ScorePart::Time | ScorePart::Originality
        )
    }
}

impl fmt::Display for ScorePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Value added to a score by a part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contribution {
    /// The part.
    #[serde(rename = "name")]
    pub part: ScorePart,
    /// Weight times factor, in `0..=weight`.
    pub value: f64,
}

/// Score of an item as the canonical item of its group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CanonicalScore {
    /// Contributions of the parts; empty for an item that was not scored.
    pub parts: Vec<Contribution>,
}

impl CanonicalScore {
    /// Sum of the contributions.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.parts.iter().map(|part| part.value).sum()
    }

    /// Whether `self` exceeds `other` by more than [`CLEAR_MARGIN`], tie breakers left out.
    #[must_use]
    pub fn is_clearly_above(&self, other: &CanonicalScore) -> bool {
        self.without_tie_breakers() - other.without_tie_breakers() > CLEAR_MARGIN
    }

    fn without_tie_breakers(&self) -> f64 {
        self.parts
            .iter()
            .filter(|contribution| !contribution.part.is_tie_breaker())
            .map(|contribution| contribution.value)
            .sum()
    }
}

/// Score difference at which an index replaces the canonical item of a group: less than the
/// contribution of a slightly preferred source, more than most changes of a word.
pub const CLEAR_MARGIN: f64 = 0.05;

/// Minimum number of headlines per rayon task.
const HEADLINES_PER_TASK: usize = 64;

/// Scores of the items of `group`, in the order of `group`.
///
/// `backgrounds` say how rare the words of headlines are.
#[must_use]
pub fn score(
    group: &[ItemFeatures<'_>],
    weights: &Weights,
    backgrounds: &Backgrounds,
) -> Vec<CanonicalScore> {
    let measured = MeasuredGroup::of(group, backgrounds);
    (0..group.len())
        .map(|place| CanonicalScore {
            parts: measured.contributions(place, weights).into(),
        })
        .collect()
}

/// A group with all factors that depend on several items.
struct MeasuredGroup<'g> {
    items: &'g [ItemFeatures<'g>],
    forms: Vec<HeadlineForm>,
    /// Mean cosine similarity of each headline to the other headlines, in `0..=1`.
    centralities: Vec<f64>,
    superseded: Vec<bool>,
    /// Place of the earliest item of each group of copies.
    originals: HashMap<u64, usize>,
    /// Greatest [`fullness`] of the group.
    longest: f64,
    /// Earliest and latest publication.
    period: Option<(Timestamp, Timestamp)>,
}

impl<'g> MeasuredGroup<'g> {
    fn of(items: &'g [ItemFeatures<'g>], backgrounds: &Backgrounds) -> Self {
        let headlines = Distinct::of(items.iter().map(|item| &*item.headline));
        let forms = forms(items);
        let terms = if let [_] = items {
            vec![HeadlineTerms::default()]
        } else {
            words::headline_terms(&headlines, backgrounds)
        };
        let copies: Vec<u64> = items.iter().map(|item| item.copies).collect();
        MeasuredGroup {
            items,
            centralities: words::centralities(&terms, &copies),
            superseded: standing::superseded(items, &forms, &terms, &headlines),
            forms,
            originals: originals(items),
            longest: items
                .iter()
                .map(|item| fullness(item.body))
                .fold(f64::MIN_POSITIVE, f64::max),
            period: period(items),
        }
    }

    fn contributions(&self, place: usize, weights: &Weights) -> [Contribution; 7] {
        let item = &self.items[place];
        let is_original = self.originals[&item.copies] == place;
        let completeness = weights.completeness * fullness(item.body) / self.longest;
        let originality = weights.originality * indicator(is_original);
        let standing = weights.standing * indicator(!self.superseded[place]);
        [
            (
                ScorePart::Centrality,
                weights.centrality * self.centralities[place],
            ),
            (ScorePart::Completeness, completeness),
            (ScorePart::Title, weights.title * self.forms[place].clarity),
            (ScorePart::Source, weights.source * item.trust),
            (
                ScorePart::Time,
                weights.time * self.earliness(item.published),
            ),
            (ScorePart::Originality, originality),
            (ScorePart::Standing, standing),
        ]
        .map(|(part, value)| Contribution { part, value })
    }

    /// 1 for the earliest item, 0 for the latest, linear between; 0.5 without a date.
    fn earliness(&self, published: Option<Timestamp>) -> f64 {
        match (published, self.period) {
            (Some(when), Some((first, last))) if last > first => {
                1.0 - when.days_from(first) / last.days_from(first)
            }
            (Some(_), _) => 1.0,
            (None, _) => 0.5,
        }
    }
}

/// Forms of the titles of a group. Copies often share a title: each distinct title is read once.
fn forms(items: &[ItemFeatures<'_>]) -> Vec<HeadlineForm> {
    let titles = Distinct::of(items.iter().map(|item| item.title));
    let forms: Vec<HeadlineForm> = titles
        .values
        .par_iter()
        .with_min_len(HEADLINES_PER_TASK)
        .map(|title| HeadlineForm::of(title))
        .collect();
    titles.places.iter().map(|&place| forms[place]).collect()
}

fn period(items: &[ItemFeatures<'_>]) -> Option<(Timestamp, Timestamp)> {
    let dates = || items.iter().filter_map(|item| item.published);
    dates().min().zip(dates().max())
}

fn indicator(condition: bool) -> f64 {
    f64::from(u8::from(condition))
}

/// Place of the earliest item of each group of copies; undated items come last.
fn originals(items: &[ItemFeatures<'_>]) -> HashMap<u64, usize> {
    let mut originals = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        let first = originals.entry(item.copies).or_insert(place);
        if seconds_or_max(item) < seconds_or_max(&items[*first]) {
            *first = place;
        }
    }
    originals
}

fn seconds_or_max(item: &ItemFeatures<'_>) -> i64 {
    item.published.map_or(i64::MAX, |when| when.0)
}

/// Place of the highest total; the first of equal totals.
#[must_use]
pub fn best(scores: &[CanonicalScore]) -> usize {
    let mut best = 0;
    for place in 1..scores.len() {
        if scores[place].total() > scores[best].total() {
            best = place;
        }
    }
    best
}

/// Log length of title and text, in nats; 0 for a text that breaks off.
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

    /// An item published at `hour`, with a text and a group of copies of its own.
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
    fn the_medoid_headline_is_chosen() {
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
    fn equal_headlines_of_different_texts_are_central() {
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
    fn an_item_without_a_title_is_scored_by_its_opening() {
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
    fn a_statement_outranks_a_teaser() {
        for teaser in [
            "Watch: minister opens the new bridge",
            "You won't believe the new bridge!",
            "شاهد افتتاح الجسر الجديد على النهر",
        ] {
            assert_eq!(choice(&[undated(teaser), undated(PLAIN)]), 1, "{teaser}");
        }
    }

    #[test]
    fn a_correction_outranks_the_corrected_item() {
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
    fn the_full_text_outranks_its_teaser() {
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
    fn the_report_outranks_its_preview_and_live_page() {
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
            "an earlier report does not supersede a preview"
        );
    }

    #[test]
    fn later_figures_outrank_repeated_earlier_figures() {
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
    fn a_later_version_outranks_an_earlier_version() {
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
            "another source"
        );
        assert_eq!(
            choice(&[
                of(first.clone(), "Quay", 500),
                of(second.clone(), "Hill", 900)
            ]),
            1,
            "another source with a longer text"
        );
        assert_eq!(
            choice(&[of(first, "Quay", 500), of(second, "Quay", 200)]),
            0,
            "a much shorter version"
        );
    }

    #[test]
    fn originality_and_trust_decide_between_equal_headlines() {
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
    fn the_earlier_then_the_first_of_equal_items_is_chosen() {
        let at = |hour| ItemFeatures {
            body: Body::default(),
            ..item(hour, PLAIN)
        };
        assert_eq!(choice(&[at(20), at(10)]), 1);
        assert_eq!(choice(&[undated(PLAIN), undated(PLAIN)]), 0);
    }

    #[test]
    fn tie_breakers_are_not_a_clear_margin() {
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
    fn contributions_are_bounded_by_their_weights() {
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
