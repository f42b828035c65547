//! Sets of labelled pairs.
//!
//! Input: a folder or a file. Output: its sets, with the sources of their items.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use qissa::Article;
use qissa::input::{FieldNames, Source, record, unpack};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A set of labelled pairs.
pub struct Set {
    /// The name; empty for the only set of a folder.
    pub name: String,
    /// The pairs, in the order of their file.
    pub pairs: Vec<Pair>,
    /// The number of pairs of each stratum; empty if unknown.
    pub sizes: BTreeMap<String, f64>,
    /// The share of pairs on which all readers agree.
    pub agreement: f64,
    /// The source of the items.
    pub items: Items,
    /// Maximum words of a text; `None` for whole texts.
    pub cut_words: Option<usize>,
}

/// Two items and their label.
pub struct Pair {
    /// Its name.
    pub name: String,
    /// The stratum from which the pair was drawn.
    pub stratum: String,
    /// The items.
    pub ids: [String; 2],
    /// The verdict of all readers.
    pub verdict: Verdict,
}

/// The items of a set.
pub enum Items {
    /// One batch.
    Batch(Vec<Source>),
    /// A batch for each pair.
    Alone(Vec<[Article<'static>; 2]>),
}

/// The verdict of several readers about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All readers say duplicate.
    Copy,
    /// No reader says that the pair may be a duplicate.
    Apart,
    /// Either decision is right.
    Either,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 3] = [Verdict::Copy, Verdict::Apart, Verdict::Either];

    /// The verdict of the labels of a pair. In a file of pairs with one label each, `apart` and
    /// `either` are labels too.
    fn of(labels: &[&str]) -> Self {
        let open = ["copy", "update", "unsure", "either"];
        if labels.iter().all(|&label| label == "copy") {
            Verdict::Copy
        } else if labels.iter().any(|label| open.contains(label)) {
            Verdict::Either
        } else {
            Verdict::Apart
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Copy => "copy",
            Verdict::Apart => "apart",
            Verdict::Either => "either",
        }
    }
}

/// A value for all sets, or as SET=VALUE for one.
#[derive(Clone)]
pub struct Of<T> {
    set: Option<String>,
    value: T,
}

impl<T: FromStr> FromStr for Of<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let (set, value) = text
            .split_once('=')
            .map_or((None, text), |(set, value)| (Some(set.to_owned()), value));
        Ok(Of {
            set,
            value: value.parse()?,
        })
    }
}

/// The value for a set: its own value, else the value for all sets.
fn value_of<'o, T>(values: &'o [Of<T>], set: &str) -> Option<&'o T> {
    let own = values.iter().find(|one| one.set.as_deref() == Some(set));
    own.or_else(|| values.iter().find(|one| one.set.is_none()))
        .map(|one| &one.value)
}

/// The selected sets and their options.
#[derive(Clone, Copy)]
pub struct Wanted<'w> {
    /// The files of the items.
    pub docs: &'w [Of<PathBuf>],
    /// Maximum words of the texts.
    pub cut_words: &'w [Of<usize>],
    /// The names of the sets; all sets if empty.
    pub only: &'w [String],
}

impl Wanted<'_> {
    fn has(&self, set: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == set)
    }
}

/// The sets in a folder or a file. Items of a folder are read only if they are needed.
pub fn load(path: &Path, wanted: Wanted<'_>, with_items: bool) -> anyhow::Result<Vec<Set>> {
    let sets = if path.is_file() {
        load_alone(path, wanted)
    } else {
        load_folder(path, wanted, with_items)
    }?;
    if sets.is_empty() {
        bail!("{} has no set {}", path.display(), wanted.only.join(" or "));
    }
    Ok(sets)
}

fn load_folder(path: &Path, wanted: Wanted<'_>, with_items: bool) -> anyhow::Result<Vec<Set>> {
    let folder = Folder::list(path)?;
    let names = folder
        .files
        .iter()
        .filter_map(|file| file.strip_suffix("pairs.tsv"));
    let mut prefixes: Vec<&str> = names
        .filter(|name| name.is_empty() || name.ends_with('.'))
        .collect();
    prefixes.sort_unstable();
    if prefixes.is_empty() {
        bail!("{} has no pairs.tsv", path.display());
    }
    prefixes.retain(|prefix| wanted.has(prefix.trim_end_matches('.')));
    prefixes
        .into_iter()
        .map(|prefix| folder.set(prefix, wanted, with_items))
        .collect()
}

/// The first cells of a line.
pub fn cells<'l, const COUNT: usize>(
    path: &Path,
    line: &'l str,
) -> anyhow::Result<[&'l str; COUNT]> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).take(COUNT).collect();
    let count = cells.len();
    cells.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{}: {line:?} has {count} cells, not {COUNT}",
            path.display()
        )
    })
}

/// A folder and the names of its files.
struct Folder<'p> {
    path: &'p Path,
    files: Vec<String>,
}

impl<'p> Folder<'p> {
    fn list(path: &'p Path) -> anyhow::Result<Self> {
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        Ok(Folder {
            path,
            files: names.collect(),
        })
    }

    /// The lines of a file, each with at least the given number of cells.
    fn rows<const COUNT: usize>(&self, file: &str) -> anyhow::Result<Vec<[String; COUNT]>> {
        let path = self.path.join(file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines
            .map(|line| Ok(cells(&path, line)?.map(str::to_owned)))
            .collect()
    }

    fn set(&self, prefix: &str, wanted: Wanted<'_>, with_items: bool) -> anyhow::Result<Set> {
        let name = prefix.trim_end_matches('.').to_owned();
        let readers = self.readers(prefix)?;
        let mut pairs = Vec::new();
        let mut agreed = 0_usize;
        for [pair, stratum, a, b] in self.rows(&format!("{prefix}pairs.tsv"))? {
            let labels: Option<Vec<&str>> = readers
                .iter()
                .map(|reader| Some(reader.get(&pair)?.as_str()))
                .collect();
            let labels = labels.with_context(|| {
                format!("a reader of {prefix}pairs.tsv has no label for {pair}")
            })?;
            agreed += usize::from(labels.windows(2).all(|two| two[0] == two[1]));
            let verdict = Verdict::of(&labels);
            pairs.push(Pair {
                name: pair,
                stratum,
                ids: [a, b],
                verdict,
            });
        }
        let sizes = self.sizes(prefix)?;
        if let Some(pair) = pairs
            .iter()
            .find(|pair| !sizes.is_empty() && !sizes.contains_key(&pair.stratum))
        {
            bail!("{prefix}strata.tsv has no {}", pair.stratum);
        }
        let items = if with_items {
            self.docs(prefix, value_of(wanted.docs, &name))?
        } else {
            Vec::new()
        };
        let agreement = agreed as f64 / pairs.len().max(1) as f64;
        let cut_words = value_of(wanted.cut_words, &name).copied();
        Ok(Set {
            name,
            pairs,
            sizes,
            agreement,
            items: Items::Batch(items),
            cut_words,
        })
    }

    /// The labels by pair of each reader.
    fn readers(&self, prefix: &str) -> anyhow::Result<Vec<HashMap<String, String>>> {
        let reader = |file: &&String| {
            let name = file
                .strip_prefix(prefix)
                .and_then(|file| file.strip_suffix(".tsv"));
            name.is_some_and(|name| {
                !name.is_empty() && !name.contains('.') && name != "pairs" && name != "strata"
            })
        };
        let files: Vec<&String> = self.files.iter().filter(reader).collect();
        if files.is_empty() {
            bail!(
                "nobody labelled {}",
                self.path.join(format!("{prefix}pairs.tsv")).display()
            );
        }
        files
            .into_iter()
            .map(|file| {
                Ok(self
                    .rows(file)?
                    .into_iter()
                    .map(|[pair, label]| (pair, label))
                    .collect())
            })
            .collect()
    }

    fn sizes(&self, prefix: &str) -> anyhow::Result<BTreeMap<String, f64>> {
        let file = format!("{prefix}strata.tsv");
        if !self.files.contains(&file) {
            return Ok(BTreeMap::new());
        }
        let size = |[stratum, size]: [String; 2]| {
            let size = size
                .parse()
                .with_context(|| format!("{file}: {size:?} is no size of {stratum}"))?;
            Ok((stratum, size))
        };
        self.rows(&file)?.into_iter().map(size).collect()
    }

    /// The source of a set's items.
    fn docs(&self, prefix: &str, named: Option<&PathBuf>) -> anyhow::Result<Vec<Source>> {
        let own = ["docs.jsonl", "docs.jsonl.gz"].map(|name| format!("{prefix}{name}"));
        let own = own
            .iter()
            .find(|file| self.files.contains(file))
            .map(|file| self.path.join(file));
        let path = named.cloned().or(own);
        let path =
            path.with_context(|| format!("name the items of {prefix}pairs.tsv by --docs"))?;
        Ok(unpack(Source::load(path)?)?)
    }
}

/// A line of a file of pairs.
#[derive(Deserialize)]
struct Line<'l> {
    stratum: String,
    language: String,
    label: String,
    #[serde(borrow)]
    a: &'l RawValue,
    #[serde(borrow)]
    b: &'l RawValue,
}

/// The sets of a file with a pair per line, one set per language.
fn load_alone(path: &Path, wanted: Wanted<'_>) -> anyhow::Result<Vec<Set>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut sets: BTreeMap<String, (Vec<Pair>, Vec<[Article<'static>; 2]>)> = BTreeMap::new();
    for (line, at) in text.lines().zip(1..) {
        let line: Line<'_> =
            serde_json::from_str(line).with_context(|| format!("line {at} is no pair"))?;
        let item = |json: &RawValue| match record(json.get(), &FieldNames::default()) {
            Ok(article) => Ok(article.into_owned()),
            Err(cause) => bail!("line {at}: {cause}"),
        };
        let items = [item(line.a)?, item(line.b)?];
        let ids = [items[0].id.to_string(), items[1].id.to_string()];
        let verdict = Verdict::of(&[&line.label]);
        let (pairs, alone) = sets.entry(line.language).or_default();
        pairs.push(Pair {
            name: at.to_string(),
            stratum: line.stratum,
            ids,
            verdict,
        });
        alone.push(items);
    }
    sets.retain(|name, _| wanted.has(name));
    let set = |(name, (pairs, alone)): (String, (Vec<Pair>, _))| {
        let cut_words = value_of(wanted.cut_words, &name).copied();
        Set {
            name,
            pairs,
            sizes: BTreeMap::new(),
            agreement: 1.0,
            items: Items::Alone(alone),
            cut_words,
        }
    };
    Ok(sets.into_iter().map(set).collect())
}
