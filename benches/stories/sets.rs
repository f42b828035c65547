//! Labelled sets.
//!
//! Input: a folder of sets. Output: a task per set, field and gold file, with its scores under a
//! configuration.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use qissa::cluster::{Constraints, Rule};
use qissa::config::Fields;
use qissa::evaluate::{CanonicalRates, Evaluation, Gold};
use qissa::input::{FieldNames, Source, read};
use qissa::{Article, Config, Engine};

/// A labelled set in a folder.
pub struct Set {
    pub name: String,
    pub source: Source,
    pub golds: Vec<(String, Gold, BTreeSet<String>)>,
    pub pairs: Vec<Pair>,
}

/// Two items and the similarity that readers gave.
pub struct Pair {
    pub ids: (String, String),
    pub score: f64,
    pub languages: String,
}

/// A run of a set: its items, the fields that are compared, and the gold labels.
pub struct Task<'a> {
    pub set: &'a str,
    pub name: String,
    pub articles: Vec<Article<'a>>,
    pub fields: Fields,
    pub gold: &'a Gold,
}

#[derive(Clone, Copy)]
pub struct Scores {
    pub b_cubed: f64,
    pub pairwise: f64,
    pub nmi: f64,
    pub ari: f64,
    pub canonicals: Option<CanonicalRates>,
    /// The scores of the canonicals chosen in the gold stories.
    pub given: Option<CanonicalRates>,
}

impl Scores {
    pub fn mean(&self) -> f64 {
        (self.b_cubed + self.pairwise) / 2.0
    }
}

pub fn load(folder: &Path, only: &[String]) -> anyhow::Result<Vec<Set>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("docs.jsonl").exists())
        .filter(|path| {
            only.is_empty()
                || path
                    .file_name()
                    .is_some_and(|name| only.iter().any(|one| name == one.as_str()))
        })
        .collect();
    folders.sort();
    folders.iter().map(|path| Set::load(path)).collect()
}

impl Set {
    fn load(folder: &Path) -> anyhow::Result<Self> {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let docs = folder.join("docs.jsonl");
        let source = Source {
            name: docs.display().to_string(),
            bytes: fs::read(&docs)?.into(),
            ..Source::default()
        };
        let mut files: Vec<PathBuf> = fs::read_dir(folder)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        files.sort();
        let (mut golds, mut pairs) = (Vec::new(), Vec::new());
        for path in files {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let text = || fs::read_to_string(&path).with_context(|| path.display().to_string());
            if file.starts_with("gold") && file.ends_with(".tsv") {
                let text = text()?;
                let ids = text
                    .lines()
                    .filter_map(|line| line.split('\t').next())
                    .map(str::to_owned)
                    .collect();
                let part = file
                    .trim_start_matches("gold")
                    .trim_start_matches('_')
                    .trim_end_matches(".tsv");
                golds.push((part.to_owned(), Gold::parse(&text)?, ids));
            } else if file == "pairs.tsv" {
                pairs = text()?.lines().filter_map(Pair::parse).collect();
            }
        }
        Ok(Set {
            name,
            source,
            golds,
            pairs,
        })
    }

    pub fn articles(&self) -> anyhow::Result<Vec<Article<'_>>> {
        Ok(read(&self.source, None, &FieldNames::default())?.articles)
    }

    pub fn tasks(&self) -> Vec<Task<'_>> {
        let Ok(articles) = self.articles() else {
            return Vec::new();
        };
        let mut tasks = Vec::new();
        for (part, gold, ids) in &self.golds {
            let mut articles = articles.clone();
            if self.golds.len() > 1 {
                articles.retain(|article| ids.contains(&*article.id));
            }
            let titles = articles.iter().any(|article| !article.title.is_empty());
            let bodies = articles.iter().any(|article| !article.text.is_empty());
            let fields: &[(&str, Fields)] = match (titles, bodies) {
                (true, true) => &[("titles", Fields::Title), ("all", Fields::All)],
                _ => &[("", Fields::All)],
            };
            for &(what, fields) in fields {
                let name = [self.name.as_str(), part, what]
                    .into_iter()
                    .filter(|word| !word.is_empty());
                tasks.push(Task {
                    set: &self.name,
                    name: name.collect::<Vec<_>>().join(" "),
                    articles: articles.clone(),
                    fields,
                    gold,
                });
            }
        }
        tasks
    }
}

impl Pair {
    fn parse(line: &str) -> Option<Self> {
        let cells: Vec<&str> = line.split('\t').collect();
        let [a, b, score, _, languages, ..] = cells[..] else {
            return None;
        };
        Some(Pair {
            ids: (a.to_owned(), b.to_owned()),
            score: score.parse().ok()?,
            languages: languages.to_owned(),
        })
    }
}

pub fn score(task: &Task<'_>, config: &Config) -> Scores {
    let config = Config {
        fields: task.fields,
        ..config.clone()
    };
    let params = config.check().unwrap_or_else(|error| panic!("{error}"));
    let report = Engine::new(params).group(&task.articles);
    let placed = || task.articles.iter().zip(&report.placements);
    let labels: Vec<(String, String)> = placed()
        .map(|(article, place)| (article.id.to_string(), place.cluster.to_string()))
        .collect();
    let canonicals: Vec<(String, String)> = placed()
        .map(|(_, place)| {
            (
                place.cluster.to_string(),
                task.articles[place.canonical].id.to_string(),
            )
        })
        .collect();
    let found = Evaluation::of(task.gold, &labels, Some(&canonicals));
    Scores {
        b_cubed: found.b_cubed.f1,
        pairwise: found.pairwise.f1,
        nmi: found.nmi,
        ari: found.ari,
        canonicals: found.canonicals,
        given: found.canonicals.and_then(|_| given(task, &config)),
    }
}

/// The scores of the canonicals chosen in the gold stories, if the set labels canonicals.
fn given(task: &Task<'_>, config: &Config) -> Option<CanonicalRates> {
    let chosen = chosen(task, config);
    let stories = task.gold.stories();
    let labels: Vec<(String, String)> = stories
        .iter()
        .flat_map(|(story, ids)| ids.iter().map(|id| ((*id).to_owned(), (*story).to_owned())))
        .collect();
    Evaluation::of(task.gold, &labels, Some(&chosen)).canonicals
}

/// The gold stories of two or more items, each with the canonical of a batch of these items, joined
/// by must-links.
pub fn chosen(task: &Task<'_>, config: &Config) -> Vec<(String, String)> {
    let config = Config {
        fields: task.fields,
        ..config.clone()
    };
    let places: HashMap<&str, &Article<'_>> = task
        .articles
        .iter()
        .map(|article| (&*article.id, article))
        .collect();
    let choose = |(story, ids): (&str, Vec<&str>)| {
        let items: Vec<Article<'_>> = ids
            .iter()
            .filter_map(|id| Some((*places.get(id)?).clone()))
            .collect();
        let must = ids.windows(2).map(|two| (Rule::MustLink, two[0], two[1]));
        let constraints = Constraints::new(must).unwrap_or_default();
        let params = config.check().unwrap_or_else(|error| panic!("{error}"));
        let report = Engine::new(params)
            .with_constraints(constraints)
            .group(&items);
        let first = report.placements.first()?;
        (items.len() > 1).then(|| (story.to_owned(), items[first.canonical].id.to_string()))
    };
    task.gold.stories().into_iter().filter_map(choose).collect()
}

/// The mean over sets of the mean over the tasks of a set.
pub fn mean(tasks: &[Task<'_>], scores: &[Scores], skip: Option<&str>) -> f64 {
    let mut sets: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (task, score) in tasks
        .iter()
        .zip(scores)
        .filter(|(task, _)| Some(task.set) != skip)
    {
        sets.entry(task.set).or_default().push(score.mean());
    }
    let means = sets
        .values()
        .map(|all| all.iter().sum::<f64>() / all.len() as f64);
    means.sum::<f64>() / sets.len().max(1) as f64
}
