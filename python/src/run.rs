//! The functions of the module. Each releases the interpreter while the engine runs.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::builder::{FixedSizeListBuilder, StringBuilder, UInt32Builder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array};
use arrow_schema::ArrowError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use qissa::clustering::{Clustering, Group};
use qissa::config::{Config, Level, current_name};
use qissa::evaluate::{Evaluation, Gold};
use qissa::input::{self, FieldNames};
use qissa::output::{self, Coloring};
use qissa::pipeline::ListOptions;
use qissa::search::ListRules;
use qissa::sets::MinHasher;
use qissa::text::{Background, Language, Tokens};
use qissa::verify::FieldFingerprint;
use qissa::{Article, Engine};
use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::error::{BackgroundError, ConfigError, InputError, QissaError, raised};
use crate::input::{Given, column_map, warn};
use crate::output::{Named, Table, placed, texts};

/// Options of a run, from keyword arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Options {
    /// A file of settings.
    file: Option<PathBuf>,
    /// Settings that replace those of the file, as JSON.
    over: String,
    /// Threshold of the requested level.
    threshold: Option<f64>,
    /// Window of both levels in days.
    window: Option<f64>,
    /// Lines of constraints.
    constraints: Option<String>,
    backgrounds: Vec<PathBuf>,
    /// Columns or keys by field.
    columns: HashMap<String, String>,
    threads: usize,
}

impl Options {
    /// The settings.
    pub fn config(&self) -> PyResult<Config> {
        self.config_over(Config::default())
    }

    /// The settings of the file, or `given` without a file, with the other settings over them.
    pub fn config_over(&self, given: Config) -> PyResult<Config> {
        let config = match &self.file {
            None => given,
            Some(path) => {
                let named = |cause: &dyn std::fmt::Display| {
                    ConfigError::new_err(format!("{}: {cause}", path.display()))
                };
                let text = std::fs::read_to_string(path).map_err(|cause| named(&cause))?;
                Config::parse(&text).map_err(|cause| named(&cause))?
            }
        };
        let refused = |cause: serde_json::Error| ConfigError::new_err(format!("settings: {cause}"));
        let mut settings = serde_json::to_value(config).map_err(refused)?;
        let over = serde_json::from_str(&self.over).map_err(refused)?;
        merge(with_current_names(over), &mut settings);
        let mut config: Config = serde_json::from_value(settings).map_err(refused)?;
        if let Some(threshold) = self.threshold {
            config.set_threshold(threshold);
        }
        if let Some(window) = self.window {
            config.set_window(window);
        }
        Ok(config)
    }

    /// The engine.
    pub fn engine(&self) -> PyResult<Engine> {
        let mut engine = Engine::new(self.config()?.check().map_err(raised)?);
        for path in &self.backgrounds {
            let named = |cause: &dyn std::fmt::Display| {
                BackgroundError::new_err(format!("{}: {cause}", path.display()))
            };
            let bytes = std::fs::read(path).map_err(|cause| named(&cause))?;
            engine = engine.with_background(
                Background::from_bytes(&bytes)
                    .map_err(|cause| named(&format!("{cause}; `qissa background` makes one")))?,
            );
        }
        match &self.constraints {
            None => Ok(engine),
            Some(lines) => {
                Ok(engine
                    .with_constraints(input::constraints("constraints", lines).map_err(raised)?))
            }
        }
    }

    /// The names of the columns.
    pub fn keys(&self) -> PyResult<FieldNames> {
        let mut keys = FieldNames::default();
        for (field, column) in &self.columns {
            let key = match field.as_str() {
                "id" => &mut keys.id,
                "title" => &mut keys.title,
                "text" => &mut keys.text,
                "url" => &mut keys.url,
                "source" => &mut keys.source,
                "published" => &mut keys.published,
                "language" => &mut keys.language,
                "records" => &mut keys.records,
                other => {
                    return Err(ConfigError::new_err(format!(
                        "columns has {other:?}, but its keys are id, title, text, url, source, published, language and records"
                    )));
                }
            };
            *key = Some(column.clone());
        }
        Ok(keys)
    }

    /// Runs `work` on the requested number of threads, without the interpreter.
    pub fn run<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce() -> PyResult<T> + Send,
    ) -> PyResult<T> {
        py.detach(|| match self.threads {
            0 => work(),
            threads => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.map_err(|cause| {
                    QissaError::new_err(format!("cannot start the threads: {cause}"))
                })?
                .install(work)
            }
        })
    }
}

/// Settings by their current names, so that each replaces the default of the same name.
fn with_current_names(settings: Value) -> Value {
    let Value::Object(settings) = settings else {
        return settings;
    };
    let mut renamed = Map::new();
    for (section, value) in settings {
        let value = match value {
            Value::Object(keys) => keys
                .into_iter()
                .map(|(key, value)| (current_key(&section, key), value))
                .collect::<Map<_, _>>()
                .into(),
            value => value,
        };
        renamed.insert(section, value);
    }
    Value::Object(renamed)
}

/// The current key of a setting in a section.
fn current_key(section: &str, key: String) -> String {
    let setting = format!("{section}.{key}");
    match current_name(&setting).split_once('.') {
        Some((_, current)) => current.to_owned(),
        None => key,
    }
}

/// Replaces settings by those of `over`.
fn merge(over: Value, settings: &mut Value) {
    match (over, settings) {
        (Value::Object(over), Value::Object(settings)) => {
            for (name, value) in over {
                match settings.get_mut(&name) {
                    Some(below) => merge(value, below),
                    None => _ = settings.insert(name, value),
                }
            }
        }
        (over, settings) => *settings = over,
    }
}

/// The exception of a table that cannot be built.
pub fn unmade(error: ArrowError) -> PyErr {
    QissaError::new_err(error.to_string())
}

/// A value as JSON.
fn json(answer: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(answer).map_err(|error| QissaError::new_err(error.to_string()))
}

/// All settings of a run as JSON.
#[pyfunction]
pub fn settings(options: Options) -> PyResult<String> {
    json(&options.config()?)
}

/// The items with their groups, the groups, and their summary as JSON.
#[pyfunction]
pub fn cluster(data: &Bound<'_, PyAny>, options: Options) -> PyResult<(Table, Table, String)> {
    let (engine, given) = (options.engine()?, Given::of(data, options.keys()?)?);
    let (answer, skipped) = options.run(data.py(), || {
        let intake = given.articles()?;
        let report = engine.group(&intake.articles);
        let items = Table::beside(&given, &intake.articles, placed(&intake.articles, &report))
            .map_err(unmade)?;
        let groups = Table::new(groups(&intake.articles, &report)).map_err(unmade)?;
        Ok((
            (items, groups, json(&report.partition.summary)?),
            intake.skipped,
        ))
    })?;
    warn(data.py(), &skipped)?;
    Ok(answer)
}

/// The groups of the requested level, the largest first.
fn groups(articles: &[Article<'_>], report: &Clustering) -> Named {
    let groups = if report.stories.is_empty() {
        &report.duplicates
    } else {
        &report.stories
    };
    let mut groups: Vec<&Group> = groups.iter().collect();
    groups.sort_by_key(|group| (std::cmp::Reverse(group.members.len()), group.members[0]));
    let text = |of: &dyn Fn(&Group) -> String| -> ArrayRef {
        let mut column = StringBuilder::new();
        groups
            .iter()
            .for_each(|group| column.append_value(of(group)));
        Arc::new(column.finish())
    };
    let share = |of: fn(&Group) -> Option<f64>| {
        Arc::new(Float64Array::from_iter(
            groups.iter().map(|group| of(group)),
        ))
    };
    vec![
        ("cluster_id", text(&|group| group.id.to_string())),
        (
            "cluster_size",
            Arc::new(Int64Array::from_iter_values(
                groups.iter().map(|group| group.members.len() as i64),
            )),
        ),
        ("cluster_label", text(&|group| group.label.text.clone())),
        (
            "canonical_id",
            text(&|group| articles[group.canonical].id.to_string()),
        ),
        (
            "canonical_title",
            text(&|group| articles[group.canonical].title.to_string()),
        ),
        ("weakest", share(|group| Some(group.weakest))),
        ("density", share(|group| group.density)),
        (
            "is_weak",
            Arc::new(BooleanArray::from(
                groups.iter().map(|group| group.is_weak).collect::<Vec<_>>(),
            )),
        ),
    ]
}

/// The number of each item's group as a native 64-bit integer. Groups are numbered by first item.
#[pyfunction]
pub fn partition<'py>(data: &Bound<'py, PyAny>, options: Options) -> PyResult<Bound<'py, PyBytes>> {
    let (engine, given) = (options.engine()?, Given::of(data, options.keys()?)?);
    let (labels, skipped) = options.run(data.py(), || {
        let intake = given.articles()?;
        let mut items = engine.partition(&intake.articles, &()).items;
        items.sort_unstable_by_key(|&(at, _)| at);
        let mut numbers = HashMap::new();
        let label = |(_, id)| {
            let next = numbers.len() as i64;
            *numbers.entry(id).or_insert(next)
        };
        let labels: Vec<u8> = items
            .into_iter()
            .map(label)
            .flat_map(i64::to_ne_bytes)
            .collect();
        Ok((labels, intake.skipped))
    })?;
    warn(data.py(), &skipped)?;
    Ok(PyBytes::new(data.py(), &labels))
}

/// Whether a table with these columns has a title or text.
#[pyfunction]
pub fn says(names: Vec<String>, options: Options) -> PyResult<bool> {
    Ok(column_map("the table", &names, &options.keys()?).is_ok())
}

/// Options of lists of similar items.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Listing {
    count: usize,
    least: f64,
    per_source: usize,
    diversity: f64,
    language: Option<String>,
    show_copies: bool,
    /// Ids of the items to make lists for; `None` for all.
    of: Option<Vec<String>>,
    /// A title to make a list for.
    text: Option<String>,
}

/// Lists of similar items: one row an entry.
#[pyfunction]
pub fn similar(data: &Bound<'_, PyAny>, options: Options, listing: Listing) -> PyResult<Table> {
    let (engine, given) = (options.engine()?, Given::of(data, options.keys()?)?);
    if engine.params().level == Level::Duplicates {
        return Err(ConfigError::new_err(
            "lists are made of stories, and the level is duplicates: leave it out",
        ));
    }
    let (table, skipped) = options.run(data.py(), || {
        let mut intake = given.articles()?;
        if let Some(text) = &listing.text {
            intake.articles.push(Article::headline("", text.as_str()));
        }
        let articles = &intake.articles;
        let rules = ListRules {
            max_items: listing.count,
            min_score: listing.least,
            max_per_source: listing.per_source,
            diversity: listing.diversity,
            exhaustive: false,
        };
        let list = ListOptions {
            rules,
            language: listing.language.as_deref().map(Language::from_tag),
            show_copies: listing.show_copies,
            own_copy: listing.text.is_some(),
        };
        let lists = match (&listing.text, &listing.of) {
            (Some(_), _) => {
                let found = engine.similar_to(articles, articles.len() - 1, &list, &());
                vec![found.map_err(raised)?]
            }
            (None, Some(ids)) => {
                let places: Vec<usize> = ids
                    .iter()
                    .map(|id| place(articles, id))
                    .collect::<PyResult<_>>()?;
                match places[..] {
                    [one] => {
                        let found = engine.similar_to(articles, one, &list, &());
                        vec![found.map_err(raised)?]
                    }
                    _ => {
                        let all = engine.similar(articles, &list, &());
                        places
                            .iter()
                            .filter_map(|&at| all.iter().find(|list| list.of == at).cloned())
                            .collect()
                    }
                }
            }
            (None, None) => engine.similar(articles, &list, &()),
        };
        let rows = || {
            lists.iter().flat_map(|list| {
                list.entries
                    .iter()
                    .zip(1i64..)
                    .map(move |(one, rank)| (list, one, rank))
            })
        };
        let id = |at: usize| Some(&*articles[at].id);
        let columns: Named = vec![
            ("id", texts(rows().map(|(list, ..)| id(list.of)))),
            (
                "rank",
                Arc::new(Int64Array::from_iter_values(rows().map(|(.., rank)| rank))),
            ),
            ("similar_id", texts(rows().map(|(_, one, _)| id(one.item)))),
            (
                "title",
                texts(rows().map(|(_, one, _)| Some(&*articles[one.item].title))),
            ),
            (
                "score",
                Arc::new(Float64Array::from_iter_values(
                    rows().map(|(_, one, _)| one.score),
                )),
            ),
            (
                "reason",
                texts(rows().map(|(_, one, _)| Some(one.reason.name()))),
            ),
            (
                "copies",
                Arc::new(Int64Array::from_iter_values(
                    rows().map(|(_, one, _)| one.copies as i64),
                )),
            ),
        ];
        Ok((
            Table::new(columns).map_err(unmade)?,
            std::mem::take(&mut intake.skipped),
        ))
    })?;
    warn(data.py(), &skipped)?;
    Ok(table)
}

/// Position of the first item with an id.
fn place(articles: &[Article<'_>], id: &str) -> PyResult<usize> {
    let found = articles.iter().position(|article| article.id == id);
    found.ok_or_else(|| {
        InputError::new_err(format!("no item of {} bears the id {id:?}", articles.len()))
    })
}

/// Why two items are in one group or not, as JSON and as text.
#[pyfunction]
pub fn explain(
    data: &Bound<'_, PyAny>,
    options: Options,
    a: String,
    b: String,
) -> PyResult<(String, String)> {
    let (engine, given) = (options.engine()?, Given::of(data, options.keys()?)?);
    options.run(data.py(), || {
        let intake = given.articles()?;
        let places = [place(&intake.articles, &a)?, place(&intake.articles, &b)?];
        let explanation = engine
            .explain(&intake.articles, places, &())
            .map_err(raised)?;
        let mut told = Vec::new();
        output::explanation(&explanation, Coloring::Plain, &mut told)?;
        Ok((
            json(&explanation)?,
            String::from_utf8_lossy(&told).into_owned(),
        ))
    })
}

/// MinHash signatures of the title and body of each item.
#[pyfunction]
pub fn signatures(data: &Bound<'_, PyAny>, options: Options) -> PyResult<Table> {
    let (engine, given) = (options.engine()?, Given::of(data, options.keys()?)?);
    options.run(data.py(), || {
        let intake = given.articles()?;
        let params = engine.params();
        let hasher = MinHasher::new(params.signature_length, params.seed);
        let sign = |fingerprint: Option<FieldFingerprint>| {
            fingerprint.map(|fingerprint| hasher.signature(&fingerprint.set))
        };
        let signed: Vec<[Option<Vec<u32>>; 2]> = intake
            .articles
            .par_iter()
            .map_init(Tokens::default, |tokens, article| {
                let fingerprint = engine.fingerprint(article, tokens).unwrap_or_default();
                [sign(fingerprint.title), sign(fingerprint.body)]
            })
            .collect();
        let column = |field: usize| -> ArrayRef {
            let length = params.signature_length;
            let mut column = FixedSizeListBuilder::new(UInt32Builder::new(), length as i32);
            for item in &signed {
                match &item[field] {
                    Some(signature) => column.values().append_slice(signature),
                    None => column.values().append_nulls(length),
                }
                column.append(item[field].is_some());
            }
            Arc::new(column.finish())
        };
        let ids = texts(intake.articles.iter().map(|article| Some(&*article.id)));
        Table::new(vec![("id", ids), ("title", column(0)), ("text", column(1))]).map_err(unmade)
    })
}

/// Agreement of groups with a gold standard, as JSON. Both are pairs of an id and a group.
#[pyfunction]
pub fn evaluate(
    py: Python<'_>,
    gold: Vec<(String, String)>,
    labels: Vec<(String, String)>,
) -> PyResult<String> {
    py.detach(|| json(&Evaluation::of(&Gold::of(gold), &labels, None)))
}
