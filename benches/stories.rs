//! A grid of settings in, how well each groups every labelled set out, and how well the setting chosen without a set
//! does on it: what a default owes to the sets it was chosen on shows here.
//!
//!     cargo bench --bench stories -- SETS [key=value,value ...] [--only NAME,NAME]
//!
//! SETS is a folder of sets, each a folder with docs.jsonl and gold.tsv (see `qissa eval`), or several gold_NAME.tsv,
//! each of which is run on just its own items. Sets whose items have titles and bodies are run on titles alone and on
//! both. A set with pairs.tsv instead (id, id, score from 1 for the same event to 4, -, languages) is ranked: Spearman's
//! correlation by language beside that of a plain TF-IDF cosine.

#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use qissa::config::Fields;
use qissa::evaluate::{Evaluation, Gold};
use qissa::read::{Keys, Source, read};
use qissa::text::Tokens;
use qissa::{Article, Config, Engine};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|one| one != "--bench").collect();
    let (settings, rest): (Vec<String>, Vec<String>) = arguments.into_iter().partition(|one| one.contains('='));
    let Some(folder) = rest.first() else {
        println!("name a folder of labelled sets: cargo bench --bench stories -- SETS [key=value,value ...]");
        return Ok(());
    };
    let only: Vec<&str> = match rest.iter().position(|one| one == "--only") {
        Some(place) => rest.get(place + 1).map(|names| names.split(',').collect()).unwrap_or_default(),
        None => Vec::new(),
    };
    let sets = load(Path::new(folder), &only)?;
    let grid = grid(&settings)?;
    let tasks: Vec<Task<'_>> = sets.iter().flat_map(Set::tasks).collect();
    let table: Vec<Vec<Scores>> = grid.iter().map(|(_, config)| row(&tasks, config)).collect();
    print_table(&tasks, &grid, &table);
    print_held_out(&tasks, &grid, &table);
    for set in sets.iter().filter(|set| !set.pairs.is_empty()) {
        print_ranking(set, &grid)?;
    }
    Ok(())
}

/// One labelled set, as it lies in its folder.
struct Set {
    name: String,
    source: Source,
    golds: Vec<(String, Gold, BTreeSet<String>)>,
    pairs: Vec<Pair>,
}

/// Two items and how alike readers found them.
struct Pair {
    ids: (String, String),
    score: f64,
    languages: String,
}

/// One run of a set: its items, what of them is compared, and the readers' labels.
struct Task<'a> {
    set: &'a str,
    name: String,
    articles: Vec<Article<'a>>,
    fields: Fields,
    gold: &'a Gold,
}

#[derive(Clone, Copy)]
struct Scores {
    b_cubed: f64,
    pairwise: f64,
    nmi: f64,
    ari: f64,
    canonicals: Option<(usize, usize, usize)>,
}

impl Scores {
    fn mean(&self) -> f64 {
        (self.b_cubed + self.pairwise) / 2.0
    }
}

fn load(folder: &Path, only: &[&str]) -> anyhow::Result<Vec<Set>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("docs.jsonl").exists())
        .filter(|path| only.is_empty() || path.file_name().is_some_and(|name| only.iter().any(|one| name == *one)))
        .collect();
    folders.sort();
    folders.iter().map(|path| Set::load(path)).collect()
}

impl Set {
    fn load(folder: &Path) -> anyhow::Result<Self> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let docs = folder.join("docs.jsonl");
        let source = Source { name: docs.display().to_string(), bytes: fs::read(&docs)?, ..Source::default() };
        let mut files: Vec<PathBuf> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        files.sort();
        let (mut golds, mut pairs) = (Vec::new(), Vec::new());
        for path in files {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = || fs::read_to_string(&path).with_context(|| path.display().to_string());
            if file.starts_with("gold") && file.ends_with(".tsv") {
                let text = text()?;
                let ids = text.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect();
                let part = file.trim_start_matches("gold").trim_start_matches('_').trim_end_matches(".tsv");
                golds.push((part.to_owned(), Gold::parse(&text)?, ids));
            } else if file == "pairs.tsv" {
                pairs = text()?.lines().filter_map(Pair::parse).collect();
            }
        }
        Ok(Set { name, source, golds, pairs })
    }

    fn articles(&self) -> anyhow::Result<Vec<Article<'_>>> {
        Ok(read(&self.source, None, &Keys::default())?.articles)
    }

    fn tasks(&self) -> Vec<Task<'_>> {
        let Ok(articles) = self.articles() else { return Vec::new() };
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
                let name = [self.name.as_str(), part, what].into_iter().filter(|word| !word.is_empty());
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
        let [a, b, score, _, languages, ..] = cells[..] else { return None };
        Some(Pair { ids: (a.to_owned(), b.to_owned()), score: score.parse().ok()?, languages: languages.to_owned() })
    }
}

/// All combinations of the values given for each key, such as "stories.threshold=0.2,0.24".
fn grid(settings: &[String]) -> anyhow::Result<Vec<(String, Config)>> {
    let mut grid = vec![(String::new(), toml::Table::try_from(Config::default())?)];
    for setting in settings {
        let (key, values) = setting.split_once('=').unwrap_or((setting, ""));
        let Some((section, name)) = key.split_once('.') else { bail!("{key} should be SECTION.NAME") };
        let several = values.contains(',');
        let set = |(label, table): &(String, toml::Table), value: &str| -> anyhow::Result<_> {
            let mut table = table.clone();
            let inner = table.get_mut(section).and_then(toml::Value::as_table_mut);
            let slot = inner.and_then(|inner| inner.get_mut(name)).with_context(|| format!("no setting {key}"))?;
            *slot = match slot {
                toml::Value::Float(_) => toml::Value::Float(value.parse()?),
                toml::Value::Integer(_) => toml::Value::Integer(value.parse()?),
                _ => toml::Value::String(value.to_owned()),
            };
            let label = if several { format!("{label} {name}={value}") } else { label.clone() };
            Ok((label, table))
        };
        let all: anyhow::Result<Vec<_>> =
            grid.iter().flat_map(|one| values.split(',').map(move |value| set(one, value))).collect();
        grid = all?;
    }
    grid.into_iter().map(|(label, table)| Ok((label, table.try_into()?))).collect()
}

fn row(tasks: &[Task<'_>], config: &Config) -> Vec<Scores> {
    tasks.iter().map(|task| score(task, config)).collect()
}

fn score(task: &Task<'_>, config: &Config) -> Scores {
    let config = Config { fields: task.fields, ..config.clone() };
    let params = config.check().unwrap_or_else(|error| panic!("{error}"));
    let report = Engine::new(params).group(&task.articles);
    let placed = || task.articles.iter().zip(&report.placements);
    let labels: Vec<(String, String)> =
        placed().map(|(article, place)| (article.id.to_string(), place.cluster.to_string())).collect();
    let canonicals: Vec<(String, String)> =
        placed().map(|(_, place)| (place.cluster.to_string(), task.articles[place.canonical].id.to_string())).collect();
    let found = Evaluation::of(task.gold, &labels, Some(&canonicals));
    Scores {
        b_cubed: found.b_cubed.f1,
        pairwise: found.pairwise.f1,
        nmi: found.nmi,
        ari: found.ari,
        canonicals: found.canonicals.map(|rates| (rates.good, rates.bad, rates.stories)),
    }
}

/// The mean over sets of what the tasks of a set give on average.
fn mean(tasks: &[Task<'_>], scores: &[Scores], skip: Option<&str>) -> f64 {
    let mut sets: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (task, score) in tasks.iter().zip(scores).filter(|(task, _)| Some(task.set) != skip) {
        sets.entry(task.set).or_default().push(score.mean());
    }
    let means = sets.values().map(|all| all.iter().sum::<f64>() / all.len() as f64);
    means.sum::<f64>() / sets.len().max(1) as f64
}

fn print_table(tasks: &[Task<'_>], grid: &[(String, Config)], table: &[Vec<Scores>]) {
    println!("B-cubed F1 / pairwise F1");
    for (place, task) in tasks.iter().enumerate() {
        println!("  {}: {}", place + 1, task.name);
    }
    let heads: String = (1..=tasks.len()).map(|place| format!("{place:>10}")).collect();
    println!("  mean{heads}");
    for ((label, _), scores) in grid.iter().zip(table) {
        let cells: String = scores.iter().map(|one| format!(" {:.3}/{:.3}", one.b_cubed, one.pairwise)).collect();
        println!(" {:.4}{}{}", mean(tasks, scores, None), cells.replace("0.", "."), label);
    }
    for ((label, _), scores) in grid.iter().zip(table) {
        for (task, one) in tasks.iter().zip(scores).filter(|_| grid.len() == 1) {
            let canonicals = one
                .canonicals
                .map_or_else(String::new, |(good, bad, of)| format!("  canonicals good {good}, bad {bad}, of {of}"));
            println!("{label}  {}: NMI {:.3} ARI {:.3}{canonicals}", task.name, one.nmi, one.ari);
        }
    }
}

/// For each set, the setting that is best without it, and what it gives there.
fn print_held_out(tasks: &[Task<'_>], grid: &[(String, Config)], table: &[Vec<Scores>]) {
    if grid.len() < 2 {
        return;
    }
    println!("each set left out of the choice");
    for set in tasks.iter().map(|task| task.set).collect::<BTreeSet<_>>() {
        let best = |skip| {
            let value = |row: &usize| mean(tasks, &table[*row], skip);
            (0..grid.len()).max_by(|a, b| value(a).total_cmp(&value(b)).then(b.cmp(a))).unwrap_or(0)
        };
        let row = best(Some(set));
        for (task, score) in tasks.iter().zip(&table[row]).filter(|(task, _)| task.set == set) {
            println!(
                "  {}: {:.3} / {:.3}  NMI {:.3} ARI {:.3} with{}",
                task.name, score.b_cubed, score.pairwise, score.nmi, score.ari, grid[row].0
            );
        }
    }
}

/// Spearman's correlation of likeness and readers' scores, by pair of languages.
fn print_ranking(set: &Set, grid: &[(String, Config)]) -> anyhow::Result<()> {
    let articles = set.articles()?;
    let places: HashMap<&str, usize> = articles.iter().enumerate().map(|(at, one)| (&*one.id, at)).collect();
    let within = |pair: &&Pair| pair.languages.split_once('-').is_some_and(|(a, b)| a == b);
    let known = |pair: &Pair| Some((*places.get(pair.ids.0.as_str())?, *places.get(pair.ids.1.as_str())?));
    let found: Vec<(&Pair, (usize, usize))> =
        set.pairs.iter().filter(within).filter_map(|pair| Some((pair, known(pair)?))).collect();
    let asked: Vec<(usize, usize)> = found.iter().map(|one| one.1).collect();
    let mut columns = vec![(" TF-IDF".to_owned(), tf_idf(&articles, &asked))];
    for (label, config) in grid {
        let engine = Engine::new(config.check()?);
        columns.push((format!("{label} here"), engine.likeness(&articles, &asked)));
    }
    println!("{}: Spearman's correlation by language", set.name);
    let languages: BTreeSet<&str> = found.iter().map(|(pair, _)| pair.languages.as_str()).collect();
    println!("   {}", languages.iter().map(|one| format!("{one:>7}")).collect::<String>());
    for (label, column) in columns {
        let of = |language: &&str| {
            let chosen = || found.iter().zip(&column).filter(|((pair, _), _)| pair.languages == *language);
            let scores: Vec<f64> = chosen().map(|((pair, _), _)| -pair.score).collect();
            let values: Vec<f64> = chosen().map(|(_, &value)| value).collect();
            format!("  {:.3}", spearman(&scores, &values))
        };
        println!("   {}{label}", languages.iter().map(of).collect::<String>());
    }
    Ok(())
}

/// The cosine of plain vectors: `tf * (1 + ln((1 + n) / (1 + df)))` of all words.
fn tf_idf(articles: &[Article<'_>], pairs: &[(usize, usize)]) -> Vec<f64> {
    let mut counts: Vec<HashMap<String, f64>> = Vec::new();
    let mut spread: HashMap<String, f64> = HashMap::new();
    for article in articles {
        let mut own: HashMap<String, f64> = HashMap::new();
        for word in Tokens::of(&format!("{} {}", article.title, article.text)).iter() {
            *own.entry(word.to_owned()).or_default() += 1.0;
        }
        own.keys().for_each(|word| *spread.entry(word.clone()).or_default() += 1.0);
        counts.push(own);
    }
    let weight = |word: &str| 1.0 + ((1.0 + articles.len() as f64) / (1.0 + spread[word])).ln();
    let dot = |a: &HashMap<String, f64>, b: &HashMap<String, f64>| -> f64 {
        a.iter().filter_map(|(word, tf)| Some(tf * b.get(word)? * weight(word).powi(2))).sum()
    };
    let cosine = |&(a, b): &(usize, usize)| {
        let (a, b) = (&counts[a], &counts[b]);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
    };
    pairs.iter().map(cosine).collect()
}

fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt().max(f64::MIN_POSITIVE)
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        run.iter().for_each(|&at| ranks[at] = start as f64 + (run.len() as f64 + 1.0) / 2.0);
        start += run.len();
    }
    ranks
}
