//! `qissa similar`: lists the items most similar to each item.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::batch::{BatchArgs, find_item};
use super::progress::Terminal;
use super::writing::{self, check_writable, write_file};
use super::{CsvArgs, note};
use qissa::article::Article;
use qissa::config::{Config, Level};
use qissa::index::Item;
use qissa::ingest::{self, settings_of};
use qissa::output::{self, SimilarLists};
use qissa::pipeline::{Engine, ListOptions, Progress, Stage};
use qissa::search::ListRules;
use qissa::text::Language;

/// List the items most similar to each item, with the reason: duplicate, same story or related
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa similar samples/page_ar/page.txt\n  \
    qissa similar --of w4 --k 3 --format html samples/feed_en/feed.xml\n  \
    qissa similar --text \"storm hits the coast\" samples/feed_en/feed.xml")]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Use the items and settings of this index instead of inputs; its settings replace the
    /// defaults of the grouping options, unless --config names a file
    #[arg(long, value_name = "DIR", conflicts_with = "inputs")]
    index: Option<PathBuf>,
    /// Print only the list for the item with this id
    #[arg(long, value_name = "ID", conflicts_with = "text")]
    of: Option<String>,
    /// Print the list for this title, which need not be in the input and has no date
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Maximum number of entries per list
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    k: u16,
    /// Minimum similarity of an entry, 0.01 to 1
    #[arg(
        long,
        value_name = "S",
        default_value_t = ListRules::default().min_score,
        value_parser = score
    )]
    min_score: f64,
    /// Maximum number of entries per source and list; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 0)]
    per_source: usize,
    /// Weight of novelty, 0 to 1: entries that repeat a higher entry move down; 0 sorts by
    /// similarity
    #[arg(
        long,
        value_name = "D",
        default_value_t = ListRules::default().diversity,
        value_parser = share
    )]
    diversity: f64,
    /// List only items in this language, such as en or ar
    #[arg(long, value_name = "LANG", value_parser = language)]
    language: Option<Language>,
    /// List all duplicates, those of the item itself first; without this, one item per group of
    /// duplicates
    #[arg(long)]
    show_copies: bool,
    /// Compare all pairs exactly, to measure what the search misses; slow
    #[arg(long)]
    exhaustive: bool,
    /// Format of the lists [default: by the ending of the output file, else jsonl]
    #[arg(long, value_enum, help_heading = "Output")]
    format: Option<ListFormat>,
    /// Heading of the lists in HTML [default: "Similar articles", translated for Arabic items]
    #[arg(long, value_name = "TEXT", help_heading = "Output")]
    heading: Option<String>,
    /// Write the lists to this file instead of standard output: .jsonl, .csv or .html
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    #[command(flatten)]
    csv: CsvArgs,
    #[command(flatten)]
    batch: BatchArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// JSON Lines: one object per item
    Jsonl,
    /// CSV: one row per entry
    Csv,
    /// HTML: one section per item
    Html,
}

impl Args {
    /// The format by name, or by the ending of the output file.
    fn format(&self) -> anyhow::Result<ListFormat> {
        let ending = self.output.as_deref().and_then(writing::ending);
        match (self.format, ending.as_deref()) {
            (Some(format), _) => Ok(format),
            (None, None | Some("jsonl" | "ndjson")) => Ok(ListFormat::Jsonl),
            (None, Some("csv")) => Ok(ListFormat::Csv),
            (None, Some("html" | "htm")) => Ok(ListFormat::Html),
            (None, Some(ending)) => bail!(
                "the ending .{ending} of the output file is unknown: use .jsonl, .csv or .html, or \
                 name a format with --format"
            ),
        }
    }
}

impl Args {
    /// Names the flags without effect on the run.
    fn note_unused(&self, format: ListFormat) {
        if self.csv.csv_safe && format != ListFormat::Csv {
            note(
                self.batch.quiet,
                "--csv-safe has no effect: the format of the lists is not CSV",
            );
        }
        if self.heading.is_some() && format != ListFormat::Html {
            note(
                self.batch.quiet,
                "--heading has no effect: the format of the lists is not HTML",
            );
        }
    }
}

fn score(text: &str) -> Result<f64, String> {
    match share(text)? {
        score if score < 0.01 => Err(format!("{score} is not from 0.01 to 1")),
        score => Ok(score),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text
        .parse()
        .map_err(|_| "the value is not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("{share} is not from 0 to 1"))
    }
}

fn language(text: &str) -> Result<Language, String> {
    let language = Language::from_tag(text);
    if language == Language::UNKNOWN {
        Err("expected a language code such as ar or en".to_owned())
    } else {
        Ok(language)
    }
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_writable(&args.output)?;
    let format = args.format()?;
    args.note_unused(format);
    let engine = args.batch.engine_over(settings(args.index.as_deref())?)?;
    if engine.params().level == Level::Duplicates {
        bail!(
            "the level is duplicates, but lists need the level stories: leave --level out, or set \
             level = \"stories\""
        );
    }
    let terminal = Terminal::new(args.batch.quiet);
    match &args.index {
        Some(folder) => {
            let items = ingest::items(folder)?;
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

/// The settings of an index, or the defaults, at level stories.
fn settings(index: Option<&Path>) -> anyhow::Result<Config> {
    let config = index.map_or_else(|| Ok(Config::default()), settings_of)?;
    Ok(Config {
        level: Level::Stories,
        ..config
    })
}

fn list<'a>(
    args: &'a Args,
    format: ListFormat,
    engine: &Engine,
    mut articles: Vec<Article<'a>>,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let at = match (&args.text, &args.of) {
        (Some(text), _) => {
            articles.push(Article::headline("", text.as_str()));
            Some(articles.len() - 1)
        }
        (None, Some(id)) => Some(find_item(&articles, id, args.batch.quiet)?),
        (None, None) => None,
    };
    let options = options(args);
    let lists = match at {
        Some(at) => vec![engine.similar_to(&articles, at, &options, terminal)?],
        None => engine.similar(&articles, &options, terminal),
    };
    terminal.begin(Stage::Write, 0);
    let batch = SimilarLists {
        articles: &articles,
        lists: &lists,
    };
    if let Some(path) = &args.output {
        return write_file(path, |out| render(args, format, batch, out));
    }
    terminal.clear();
    let mut out = super::stdout();
    render(args, format, batch, &mut out)?;
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
    format: ListFormat,
    batch: SimilarLists<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        ListFormat::Jsonl => output::similar_rows(batch, out),
        ListFormat::Csv => output::similar_csv(batch, args.csv.formulas(), out),
        ListFormat::Html => output::similar_html(batch, args.heading.as_deref(), out),
    }
}
