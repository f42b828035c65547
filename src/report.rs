//! Model of the HTML report, as plain data that renderers only print.
//!
//! Input: the items of a batch, their groups and similarity profile, the settings. Output:
//! [`ReportModel`]: stories by importance, outlets by who publishes first, counters, settings.
//! Cost: linear, but for sorting and for the word differences of duplicates.

mod importance;
mod outlet;
mod story;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;
use serde::Serialize;

use crate::article::{Article, Timestamp};
use crate::blocking::Banding;
use crate::clustering::{Clustering, Counts, Group, GroupId, Profile, rounded};
use crate::config::{Config, Level, Params};
use crate::sanitize::cut;

use importance::StoryFacts;
use outlet::OutletNames;

pub use importance::Importance;
pub use outlet::{Flow, Outlet, Outlets};
pub use story::{Item, ScoreComparison, Story, Variation};

/// What [`report_model`] is made from.
#[derive(Debug, Clone, Copy)]
pub struct ReportInputs<'a> {
    /// The items, in input order.
    pub articles: &'a [Article<'a>],
    /// The groups of the items.
    pub report: &'a Clustering,
    /// Histograms of the similarity of pairs.
    pub survey: &'a Profile,
    /// The settings as written.
    pub config: &'a Config,
    /// The settings as checked.
    pub params: &'a Params,
    /// Files and records that were not read.
    pub passed_over: &'a PassedOver,
    /// Maximum number of items in [`ReportModel::stories`]; the most important stories are kept.
    pub max_items: usize,
}

/// Files and records of the inputs that were not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Number of records that could not be read.
    pub records: usize,
    /// The first of these records.
    pub named: Vec<Lost>,
    /// Files in no known format, each with the cause.
    pub files: Vec<String>,
    /// Number of items dated after tomorrow; they count as undated.
    pub undated: usize,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Name of the input and line of the record.
    pub place: String,
    /// Why the record could not be read.
    pub cause: String,
}

/// The content of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReportModel {
    /// Counters of the whole batch.
    pub totals: Totals,
    /// Stories and singletons, most important first, up to [`ReportInputs::max_items`] items.
    pub stories: Vec<Story>,
    /// Number of groups by size, ascending; singletons included.
    pub sizes: Vec<Sizes>,
    /// The publishers of the items.
    pub outlets: Outlets,
    /// Languages with their number of items, most frequent first.
    pub languages: Vec<(String, usize)>,
    /// Similarity of pairs and recall of the bands.
    pub likeness: SimilarityProfile,
    /// Files and records that were not read.
    pub passed_over: PassedOver,
    /// Counters of the run.
    pub counts: Counts,
    /// Each setting: name and value in TOML.
    pub settings: Vec<(String, String)>,
}

/// Counters of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The kind of the groups.
    pub level: Level,
    /// Number of items.
    pub items: usize,
    /// Number of groups of two or more items.
    pub stories: usize,
    /// Number of singletons.
    #[serde(rename = "alone")]
    pub singletons: usize,
    /// Number of duplicates, without one item of each group of duplicates.
    pub copies: usize,
    /// Number of stories and singletons that are counted but not shown.
    pub left_out: usize,
    /// Earliest and latest date, in seconds since 1970.
    pub period: Option<[i64; 2]>,
}

/// Number of groups in a range of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// Minimum number of items.
    #[serde(rename = "least")]
    pub min: usize,
    /// Maximum number of items.
    #[serde(rename = "most")]
    pub max: usize,
    /// Number of groups.
    pub groups: usize,
}

/// Similarity of the pairs of a batch, with the thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarityProfile {
    /// The histograms.
    pub survey: Profile,
    /// Minimum likeness of duplicates.
    pub copies_threshold: f64,
    /// Minimum containment of duplicates.
    pub containment_threshold: f64,
    /// Minimum link strength at which groups merge into stories.
    pub stories_threshold: f64,
    /// Number of bands in a signature, and of rows in a band.
    pub bands: [usize; 2],
    /// Probability that two texts collide in a band, by Jaccard coefficient from 0 to 1.
    pub curve: Vec<(f64, f64)>,
}

/// Points of [`SimilarityProfile::curve`].
const CURVE_POINTS: usize = 51;

/// Maximum characters of a title.
const MAX_TITLE: usize = 400;

/// Maximum characters of a name, an address or a message.
const MAX_TEXT: usize = 500;

/// A sanitised text of at most [`MAX_TEXT`] characters, with an ellipsis if it was cut.
fn short_text(text: &str) -> String {
    let (mut short, removed) = cut(text, MAX_TEXT);
    if removed > 0 {
        short.push('…');
    }
    short
}

/// Builds the content of a report.
pub fn report_model(inputs: ReportInputs<'_>) -> ReportModel {
    let lookup = ReportLookup::of(inputs);
    let groups = groups(inputs);
    let period = period(inputs.articles);
    let ranked = ranked(&lookup, &groups, period);
    let shown = shown(&ranked, inputs.max_items);
    let settings = inputs.config.settings().into_iter();
    ReportModel {
        totals: totals(inputs, &groups, groups.len() - shown, period),
        stories: ranked[..shown]
            .par_iter()
            .map(|&(importance, members)| story::story(&lookup, members, importance))
            .collect(),
        sizes: sizes(&groups),
        outlets: outlet::outlets(&lookup, &groups),
        languages: languages(inputs.report),
        likeness: likeness(inputs),
        passed_over: inputs.passed_over.sanitized(),
        counts: inputs.report.partition.summary.counts,
        settings: settings
            .map(|(name, value)| (name, short_text(&value)))
            .collect(),
    }
}

/// The inputs with indexes for frequent look-ups.
struct ReportLookup<'a> {
    inputs: ReportInputs<'a>,
    outlets: OutletNames,
    /// The canonical item of each group of duplicates.
    canonicals: HashMap<GroupId, usize>,
}

impl<'a> ReportLookup<'a> {
    fn of(inputs: ReportInputs<'a>) -> Self {
        let duplicates = inputs.report.duplicates.iter();
        ReportLookup {
            inputs,
            outlets: OutletNames::of(inputs.articles),
            canonicals: duplicates
                .map(|group| (group.id, group.canonical))
                .collect(),
        }
    }

    /// The item that represents the text of `item`: the canonical of the story if it has the same
    /// text, otherwise the canonical of the group of duplicates.
    fn representative(&self, item: usize, canonical: usize) -> usize {
        let text = |item: usize| self.inputs.report.placements[item].near_dup;
        if text(item) == text(canonical) {
            return canonical;
        }
        self.canonicals.get(&text(item)).copied().unwrap_or(item)
    }
}

/// The groups of two or more items at the requested level.
fn groups_of_level<'a>(inputs: ReportInputs<'a>) -> &'a [Group] {
    match inputs.params.level {
        Level::Stories => &inputs.report.stories,
        Level::Duplicates => &inputs.report.duplicates,
    }
}

/// The members of each group; a singleton is a group of its own.
fn groups(inputs: ReportInputs<'_>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for group in groups_of_level(inputs) {
        groups.push(group.members.clone());
    }
    for (item, placement) in inputs.report.placements.iter().enumerate() {
        if placement.cluster_size == 1 {
            groups.push(vec![item]);
        }
    }
    groups
}

/// The groups by importance; equal ones by id.
fn ranked<'g>(
    lookup: &ReportLookup<'_>,
    groups: &'g [Vec<usize>],
    period: Option<[i64; 2]>,
) -> Vec<(Importance, &'g [usize])> {
    let mut ranked: Vec<(Importance, &[usize])> = groups
        .par_iter()
        .map(|members| {
            let facts = StoryFacts::of(lookup, members);
            (Importance::of(&facts, period), members.as_slice())
        })
        .collect();
    let id = |members: &[usize]| lookup.inputs.report.placements[members[0]].cluster;
    ranked.par_sort_by(|x, y| {
        let by_importance = y.0.total().total_cmp(&x.0.total());
        by_importance.then_with(|| id(x.1).cmp(&id(y.1)))
    });
    ranked
}

/// How many of the groups have at most `max_items` items together; at least one.
fn shown(ranked: &[(Importance, &[usize])], max_items: usize) -> usize {
    let mut items = 0;
    for (index, (_, members)) in ranked.iter().enumerate() {
        items += members.len();
        if items > max_items && index > 0 {
            return index;
        }
    }
    ranked.len()
}

/// The earliest and the latest date of the items.
fn period(articles: &[Article<'_>]) -> Option<[i64; 2]> {
    let mut period = None;
    for Timestamp(date) in articles.iter().filter_map(|article| article.published) {
        let [first, last] = period.unwrap_or([date, date]);
        period = Some([first.min(date), last.max(date)]);
    }
    period
}

fn totals(
    inputs: ReportInputs<'_>,
    groups: &[Vec<usize>],
    left_out: usize,
    period: Option<[i64; 2]>,
) -> Totals {
    let singletons = groups.iter().filter(|members| members.len() == 1).count();
    let duplicates = inputs.report.duplicates.iter();
    Totals {
        level: inputs.params.level,
        items: inputs.articles.len(),
        stories: groups.len() - singletons,
        singletons,
        copies: duplicates.map(|group| group.members.len() - 1).sum(),
        left_out,
        period,
    }
}

/// Number of groups by powers of two: sizes 1, 2, 3 to 4, 5 to 8 and so on, up to the largest.
fn sizes(groups: &[Vec<usize>]) -> Vec<Sizes> {
    let mut counts = BTreeMap::<usize, usize>::new();
    for members in groups {
        *counts.entry(members.len().next_power_of_two()).or_default() += 1;
    }
    let largest = counts.keys().next_back().copied().unwrap_or(0);
    let mut sizes = Vec::new();
    let mut max = 1;
    while max <= largest {
        sizes.push(Sizes {
            min: max / 2 + 1,
            max,
            groups: counts.get(&max).copied().unwrap_or(0),
        });
        max *= 2;
    }
    sizes
}

/// Languages with their number of items, most frequent first.
fn languages(report: &Clustering) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::<String, usize>::new();
    for placement in &report.placements {
        *counts
            .entry(placement.language.code().to_owned())
            .or_default() += 1;
    }
    let mut languages: Vec<(String, usize)> = counts.into_iter().collect();
    languages.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
    languages
}

fn likeness(inputs: ReportInputs<'_>) -> SimilarityProfile {
    let params = inputs.params;
    let Banding { bands, rows } = params.banding;
    let mut survey = inputs.survey.clone();
    for mean in &mut survey.recall.means {
        *mean = rounded(*mean);
    }
    let jaccards = (0..CURVE_POINTS).map(|point| point as f64 / (CURVE_POINTS - 1) as f64);
    SimilarityProfile {
        survey,
        copies_threshold: params.duplicates.threshold,
        containment_threshold: params.duplicates.containment,
        stories_threshold: params.linkage.threshold,
        bands: [bands, rows],
        curve: jaccards
            .map(|jaccard| (jaccard, rounded(params.banding.probability(jaccard))))
            .collect(),
    }
}

impl PassedOver {
    /// The same with sanitised texts.
    fn sanitized(&self) -> Self {
        let mut sanitized = self.clone();
        for record in &mut sanitized.named {
            record.place = short_text(&record.place);
            record.cause = short_text(&record.cause);
        }
        for file in &mut sanitized.files {
            *file = short_text(file);
        }
        sanitized
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_texts_end_with_an_ellipsis() {
        let long = "x".repeat(MAX_TEXT + 1);
        assert_eq!(short_text(&long).chars().count(), MAX_TEXT + 1);
        assert!(short_text(&long).ends_with('…'));
        assert_eq!(short_text("short"), "short");
    }
}
