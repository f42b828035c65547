//! `qissa similar`: inputs in, for each item the others that a reader of it should see next.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::CsvArgs;
use super::batch::{BatchArgs, place};
use super::progress::Terminal;
use super::writing::{self, check_writable, write_file};
use qissa::article::Article;
use qissa::config::{Config, Level};
use qissa::index::Item;
use qissa::ingest::settings_of;
use qissa::output::{self, Listed};
use qissa::pipeline::{Engine, ListOptions, Progress, Stage};
use qissa::search::ListRules;
use qissa::store::Snapshot;
use qissa::text::Language;

/// List for each item the others most like it, each with its reason: duplicate, same story or
/// related
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa similar samples/page_ar/page.txt\n  \
    qissa similar --of w4 --k 3 --format html samples/feed_en/feed.xml\n  \
    qissa similar --text \"storm hits the coast\" samples/feed_en/feed.xml")]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Take the items of this index in place of inputs, and its settings
    #[arg(long, value_name = "DIR", conflicts_with = "inputs")]
    index: Option<PathBuf>,
    /// List for the item with this id only
    #[arg(long, value_name = "ID", conflicts_with = "text")]
    of: Option<String>,
    /// List for this headline, taken as one more item without a date; the best of its copies comes
    /// first
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// List at most so many
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    k: u16,
    /// List nothing less alike than this, 0.01 to 1
    #[arg(long, value_name = "S", default_value_t = ListRules::default().min_score, value_parser = score)]
    min_score: f64,
    /// List at most so many of one source
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    per_source: usize,
    /// What an entry loses for being like one above it, 0 to 1; 0 for the order of the scores
    #[arg(long, value_name = "D", default_value_t = ListRules::default().diversity, value_parser = share)]
    diversity: f64,
    /// List items of this language only
    #[arg(long, value_name = "LANG", value_parser = language)]
    language: Option<Language>,
    /// List every copy of a text, those of the item itself first, instead of the best one
    #[arg(long)]
    show_copies: bool,
    /// Compare every pair in full, to see what the search misses; slow
    #[arg(long)]
    exhaustive: bool,
    /// How to write the lists; by default as the ending of the output file says, else JSON Lines
    #[arg(long, value_enum)]
    format: Option<OutputFormat>,
    /// The heading of lists as HTML, in place of that of the item's language
    #[arg(long, value_name = "TEXT")]
    heading: Option<String>,
    /// Write the lists to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    csv: CsvArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// An object an item
    Jsonl,
    /// A row an entry
    Csv,
    /// A section of a web page an item
    Html,
}

impl Args {
    /// The format that is asked for, by name or by the ending of the output file.
    fn format(&self) -> anyhow::Result<OutputFormat> {
        let ending = self.output.as_deref().and_then(writing::ending);
        match (self.format, ending.as_deref()) {
            (Some(format), _) => Ok(format),
            (None, None | Some("jsonl" | "ndjson")) => Ok(OutputFormat::Jsonl),
            (None, Some("csv")) => Ok(OutputFormat::Csv),
            (None, Some("html" | "htm")) => Ok(OutputFormat::Html),
            (None, Some(ending)) => bail!(
                "cannot tell the format of the lists by the ending .{ending}: known are .jsonl, .csv and .html; name \
                 another with --format"
            ),
        }
    }
}

fn score(text: &str) -> Result<f64, String> {
    share(text).and_then(|score| {
        if score < 0.01 {
            Err(format!("{score} is not from 0.01 to 1"))
        } else {
            Ok(score)
        }
    })
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("{share} is not from 0 to 1"))
    }
}

fn language(text: &str) -> Result<Language, String> {
    let language = Language::from_tag(text);
    if language == Language::UNKNOWN {
        Err("a language has a code such as ar or en".to_owned())
    } else {
        Ok(language)
    }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_writable(&args.output)?;
    let format = args.format()?;
    let engine = args.batch.engine_over(settings(args.index.as_deref())?)?;
    if engine.params().level == Level::Duplicates {
        bail!(
            "lists are made of stories, and the level is duplicates: leave --level out, or set level = \"stories\""
        );
    }
    let terminal = Terminal::new(args.batch.quiet);
    match &args.index {
        Some(folder) => {
            let items = items(folder)?;
            list(
                args,
                format,
                &engine,
                items.iter().map(Item::article).collect(),
                &terminal,
            )
        }
        None => {
            let sources = args.batch.load(&args.inputs, &terminal)?;
            list(
                args,
                format,
                &engine,
                args.batch.articles(&engine, &sources)?,
                &terminal,
            )
        }
    }
}

/// The settings of an index, or the defaults. Its level does not matter, as lists are always made
/// of stories.
fn settings(index: Option<&Path>) -> anyhow::Result<Config> {
    let config = index.map_or_else(|| Ok(Config::default()), settings_of)?;
    Ok(Config {
        level: Level::Stories,
        ..config
    })
}

/// The items of an index as of its last commit, of several versions of one the last, by arrival.
fn items(folder: &Path) -> anyhow::Result<Vec<Item>> {
    let mut items = BTreeMap::new();
    Snapshot::open(folder)?.each(|segment, _| {
        items.extend(segment.items.into_iter().map(|item| (item.number, item)))
    })?;
    Ok(items.into_values().collect())
}

fn list<'a>(
    args: &'a Args,
    format: OutputFormat,
    engine: &Engine,
    mut articles: Vec<Article<'a>>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let at = match (&args.text, &args.of) {
        (Some(text), _) => {
            articles.push(Article::headline("", text.as_str()));
            Some(articles.len() - 1)
        }
        (None, Some(id)) => Some(place(&articles, id, args.batch.quiet)?),
        (None, None) => None,
    };
    let options = options(args);
    let lists = match at {
        Some(at) => engine
            .similar_to(&articles, at, &options, terminal)
            .into_iter()
            .collect(),
        None => engine.similar(&articles, &options, terminal),
    };
    terminal.begin(Stage::Write, 0);
    let listed = Listed {
        articles: &articles,
        lists: &lists,
    };
    if let Some(path) = &args.output {
        return write_file(path, |out| render(args, format, listed, out));
    }
    terminal.clear();
    let mut out = super::stdout();
    render(args, format, listed, &mut out)?;
    out.flush().context("cannot write the lists")
}

fn options(args: &Args) -> ListOptions {
    ListOptions {
        rules: ListRules {
            max_items: usize::from(args.k),
            min_score: args.min_score,
            max_per_source: args.per_source,
            diversity: args.diversity,
            exhaustive: args.exhaustive,
        },
        language: args.language,
        show_copies: args.show_copies,
        own_copy: args.text.is_some(),
    }
}

fn render(
    args: &Args,
    format: OutputFormat,
    listed: Listed<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Jsonl => output::similar_rows(listed, out),
        OutputFormat::Csv => output::similar_csv(listed, args.csv.formulas(), out),
        OutputFormat::Html => output::similar_html(listed, args.heading.as_deref(), out),
    }
}
