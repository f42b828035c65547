//! A batch with its answer in, what a report of it shows out, as plain data: the stories by
//! importance, each with its texts and their copies; who leads and who copies; how alike the pairs
//! are; what was passed over; the settings. No renderer computes any of it. Linear in the batch,
//! but for its sorts and the words compared of copies.

mod importance;
mod outlet;
mod sanitize;
mod story;

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;
use serde::Serialize;

use crate::article::{Article, Timestamp};
use crate::blocking::Banding;
use crate::clustering::{Counts, Group, GroupId, Report, Survey, rounded};
use crate::config::{Config, Level, Params};

use outlet::Names;

pub use importance::Importance;
pub use outlet::{Flow, Outlet, Outlets};
pub use story::{Item, Reason, Story, Variation};

/// The items and their answer, with what else a report tells.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The items, in the input's order.
    pub articles: &'a [Article<'a>],
    /// Where they were placed.
    pub report: &'a Report,
    /// How alike their pairs are.
    pub survey: &'a Survey,
    /// The settings as they were written.
    pub config: &'a Config,
    /// The same, checked.
    pub params: &'a Params,
    /// What was not taken in.
    pub passed_over: &'a PassedOver,
    /// No more items than this are shown one by one: those of the most important stories.
    pub most: usize,
}

/// What was not taken in of the inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// How many records could not be read.
    pub records: usize,
    /// The first of them: where each stands, and what is wrong with it.
    pub named: Vec<Lost>,
    /// The files that are in none of the formats, each with what is wrong with it.
    pub files: Vec<String>,
    /// How many items bear a date after tomorrow, which was not believed.
    pub undated: usize,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The input's name and the record's line.
    pub place: String,
    /// What is wrong with it.
    pub cause: String,
}

/// What a report of a batch shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dossier {
    /// The figures of the whole batch.
    pub totals: Totals,
    /// The stories and the items alone, the most important first; of many, so many as hold the
    /// items asked for.
    pub stories: Vec<Story>,
    /// How many groups are of each size, ascending; items alone among them.
    pub sizes: Vec<Sizes>,
    /// Who published them.
    pub outlets: Outlets,
    /// The languages, each with its number of items, the most frequent first.
    pub languages: Vec<(String, usize)>,
    /// How alike the pairs are, and how well the bands find them.
    pub likeness: Likeness,
    /// What was passed over.
    pub passed_over: PassedOver,
    /// What was counted while the batch was grouped.
    pub counts: Counts,
    /// Each setting in force: its name, and its value as a file has it.
    pub settings: Vec<(String, String)>,
}

/// The figures of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// What was grouped by.
    pub level: Level,
    /// Items.
    pub items: usize,
    /// Groups of more than one item.
    pub stories: usize,
    /// Items that stand alone.
    pub alone: usize,
    /// Items of another's text, beyond the first of each text.
    pub copies: usize,
    /// Stories and items alone that are counted but not shown one by one.
    pub left_out: usize,
    /// The earliest and the latest date, in seconds since 1970.
    pub period: Option<[i64; 2]>,
}

/// The groups of a range of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The least number of items.
    pub least: usize,
    /// The greatest.
    pub most: usize,
    /// How many groups.
    pub groups: usize,
}

/// How alike the pairs of a batch are, with the thresholds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Likeness {
    /// What was counted.
    pub survey: Survey,
    /// The least likeness of copies.
    pub copies_threshold: f64,
    /// The least containment of a text quoted whole.
    pub containment_threshold: f64,
    /// The least strength of a link that makes one story of two groups.
    pub stories_threshold: f64,
    /// The bands of a signature, and the rows of a band.
    pub bands: [usize; 2],
    /// The probability that the bands find a pair: (Jaccard coefficient, probability), from 0 to
    /// 1.
    pub curve: Vec<(f64, f64)>,
}

/// The curve is drawn through so many points.
const CURVE_POINTS: usize = 51;

/// What a report shows.
pub fn dossier(material: Material<'_>) -> Dossier {
    let ground = Ground::of(material);
    let groups = groups(material);
    let period = period(
        material
            .articles
            .iter()
            .filter_map(|article| article.published),
    );
    let ranked = ranked(&ground, &groups, period);
    let shown = shown(
        ranked.iter().map(|(_, members)| members.len()),
        material.most,
    );
    let show = |&(importance, members): &(Importance, &[usize])| {
        story::story(&ground, members, importance)
    };
    Dossier {
        totals: totals(material, &groups, groups.len() - shown, period),
        stories: ranked[..shown].par_iter().map(show).collect(),
        sizes: sizes(&groups),
        outlets: outlet::outlets(&ground, &groups),
        languages: languages(material.report),
        likeness: likeness(material),
        passed_over: material.passed_over.sanitize(),
        counts: material.report.counts,
        settings: material
            .config
            .settings()
            .into_iter()
            .map(|(name, value)| (name, sanitize::text(&value)))
            .collect(),
    }
}

/// The material with what is looked up in it often.
struct Ground<'a> {
    material: Material<'a>,
    names: Names,
    /// The canonical of each group of copies.
    heads: HashMap<GroupId, usize>,
}

impl<'a> Ground<'a> {
    fn of(material: Material<'a>) -> Self {
        let heads = material
            .report
            .duplicates
            .iter()
            .map(|group| (group.id, group.canonical))
            .collect();
        Ground {
            material,
            names: Names::of(material.articles),
            heads,
        }
    }

    /// The item that stands for an item's text: the story's canonical if it has that text, else
    /// that of its copies.
    fn head(&self, at: usize, canonical: usize) -> usize {
        let text = |at: usize| self.material.report.placements[at].near_dup;
        if text(at) == text(canonical) {
            canonical
        } else {
            self.heads.get(&text(at)).copied().unwrap_or(at)
        }
    }
}

/// The groups of more than one item at the level asked for.
fn groups_of_level<'a>(material: Material<'a>) -> &'a [Group] {
    match material.params.level {
        Level::Stories => &material.report.stories,
        Level::Duplicates => &material.report.duplicates,
    }
}

/// The members of each group, and each item alone as a group of its own.
fn groups(material: Material<'_>) -> Vec<Vec<usize>> {
    let places = &material.report.placements;
    let alone = (0..places.len()).filter(|&at| places[at].cluster_size == 1);
    groups_of_level(material)
        .iter()
        .map(|group| group.members.clone())
        .chain(alone.map(|at| vec![at]))
        .collect()
}

/// The groups by importance, of equal ones by id.
fn ranked<'g>(
    ground: &Ground<'_>,
    groups: &'g [Vec<usize>],
    period: Option<[i64; 2]>,
) -> Vec<(Importance, &'g [usize])> {
    let judge = |members: &'g Vec<usize>| {
        (
            Importance::of(&story::standing(ground, members), period),
            &members[..],
        )
    };
    let id = |members: &[usize]| ground.material.report.placements[members[0]].cluster;
    let mut ranked: Vec<(Importance, &[usize])> = groups.par_iter().map(judge).collect();
    ranked.par_sort_by(|x, y| {
        y.0.total()
            .total_cmp(&x.0.total())
            .then_with(|| id(x.1).cmp(&id(y.1)))
    });
    ranked
}

/// How many of the groups hold no more items than asked for, but one at least.
fn shown(sizes: impl Iterator<Item = usize>, most: usize) -> usize {
    let mut items = 0;
    let fits = |&(place, size): &(usize, usize)| {
        items += size;
        items <= most || place == 0
    };
    sizes.enumerate().take_while(fits).count()
}

fn period(dates: impl Iterator<Item = Timestamp>) -> Option<[i64; 2]> {
    dates.fold(None, |period, Timestamp(when)| {
        let [first, last] = period.unwrap_or([when, when]);
        Some([first.min(when), last.max(when)])
    })
}

fn totals(
    material: Material<'_>,
    groups: &[Vec<usize>],
    left_out: usize,
    period: Option<[i64; 2]>,
) -> Totals {
    let alone = groups.iter().filter(|members| members.len() == 1).count();
    Totals {
        level: material.params.level,
        items: material.articles.len(),
        stories: groups.len() - alone,
        alone,
        copies: material
            .report
            .duplicates
            .iter()
            .map(|group| group.members.len() - 1)
            .sum(),
        left_out,
        period,
    }
}

/// The sizes by powers of two: 1, 2, 3 to 4, 5 to 8 and so on, up to the largest.
fn sizes(groups: &[Vec<usize>]) -> Vec<Sizes> {
    let class = |members: &Vec<usize>| members.len().next_power_of_two();
    let counts: BTreeMap<usize, usize> = counted(groups.iter().map(class)).into_iter().collect();
    let largest = counts.keys().next_back().copied().unwrap_or(0);
    let classes = std::iter::successors(Some(1), |most| Some(most * 2))
        .take_while(|&most: &usize| most <= largest);
    let of = |most: usize| Sizes {
        least: most / 2 + 1,
        most,
        groups: counts.get(&most).copied().unwrap_or(0),
    };
    classes.map(of).collect()
}

fn languages(report: &Report) -> Vec<(String, usize)> {
    let codes = report
        .placements
        .iter()
        .map(|place| place.language.code().to_owned());
    let mut found = counted(codes);
    found.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
    found
}

/// Each different value with how often it comes, ascending.
fn counted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut found = BTreeMap::new();
    values.for_each(|value| *found.entry(value).or_default() += 1);
    found.into_iter().collect()
}

fn likeness(material: Material<'_>) -> Likeness {
    let params = material.params;
    let Banding { bands, rows } = params.banding;
    let mut survey = material.survey.clone();
    survey
        .probe
        .means
        .iter_mut()
        .for_each(|mean| *mean = rounded(*mean));
    let point = |at: usize| {
        let jaccard = at as f64 / (CURVE_POINTS - 1) as f64;
        (jaccard, rounded(params.banding.probability(jaccard)))
    };
    Likeness {
        survey,
        copies_threshold: params.duplicates.threshold,
        containment_threshold: params.duplicates.containment,
        stories_threshold: params.linkage.threshold,
        bands: [bands, rows],
        curve: (0..CURVE_POINTS).map(point).collect(),
    }
}

impl PassedOver {
    /// The same with nothing in it that could disturb a page.
    fn sanitize(&self) -> Self {
        let lost = |one: &Lost| Lost {
            place: sanitize::text(&one.place),
            cause: sanitize::text(&one.cause),
        };
        PassedOver {
            named: self.named.iter().map(lost).collect(),
            files: self.files.iter().map(|file| sanitize::text(file)).collect(),
            ..self.clone()
        }
    }
}
