//! `qissa cluster`: inputs in, annotated items out.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::Context;
use clap::{ColorChoice, ValueEnum};
use hashbrown::HashSet;

use super::input::{ReadingArgs, load, read_all};
use super::progress::Terminal;
use super::{Outcome, tell, write_file};
use crate::article::Article;
use crate::cluster::Constraints;
use crate::config::{Config, Fields, Level};
use crate::engine::{Engine, Progress, Stage};
use crate::read;
use crate::report::Report;
use crate::text::Background;
use crate::write::{self, Answered, Paint};

/// Group items into stories or duplicates and choose a canonical item for each group
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa cluster samples/page_ar/page.txt\n  \
    qissa cluster --level duplicates samples/feed_en/feed.xml > items.jsonl\n  \
    cat samples/mixed/items.jsonl | qissa cluster --labels labels.tsv -\n  \
    qissa cluster --check samples/page_ar/page.txt || echo \"stories: exit $?\"")]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<String>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    reading: ReadingArgs,
    /// How to write the items: text on a terminal, JSON Lines elsewhere
    #[arg(long, value_enum, default_value_t = OutputFormat::Auto)]
    format: OutputFormat,
    /// Write the items to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write "id<TAB>group label", sorted by id
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Write the verified pairs of duplicates: id, id, Jaccard, containment, kind
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Write "group label<TAB>id of its canonical item"
    #[arg(long, value_name = "FILE")]
    canonicals: Option<PathBuf>,
    /// Write nothing; exit with 1 if any group was found at the level asked for
    #[arg(long, conflicts_with_all = ["format", "output", "labels", "pairs", "canonicals"])]
    check: bool,
    /// Use this background for its language (see `qissa background`)
    #[arg(long, value_name = "FILE")]
    background: Vec<PathBuf>,
    /// Pairs that must, or must not, be in one group: "must-link<TAB>id<TAB>id" or "cannot-link<TAB>id<TAB>id" a line
    #[arg(long, value_name = "FILE")]
    constraints: Option<PathBuf>,
    /// Threads to use; all processors by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=1024))]
    threads: u16,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    quiet: bool,
}

/// The settings that flags can change.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Read settings from this file (see `qissa config`)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What to group by
    #[arg(long, value_enum)]
    level: Option<LevelArg>,
    /// What to compare
    #[arg(long, value_enum)]
    fields: Option<FieldsArg>,
    /// Shingles for titles and bodies alike: word:N, word:N-M or char:N
    #[arg(long, value_name = "UNIT:N")]
    shingle: Option<String>,
    /// How alike items of a group must be, 0.01 to 1: Jaccard for duplicates, link strength for stories
    #[arg(long, value_name = "T")]
    threshold: Option<f64>,
    /// Items published further apart than this many days are never one story; 0 for no limit
    #[arg(long, value_name = "DAYS")]
    window: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LevelArg {
    /// Items about one event; duplicates nest inside
    Stories,
    /// The same text, perhaps edited
    Duplicates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FieldsArg {
    Title,
    Body,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Auto,
    Text,
    Jsonl,
    Csv,
}

impl Settings {
    /// The settings of the file, if one is named, with the flags over them.
    pub fn config(&self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            None => Config::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                Config::parse(&text).with_context(|| format!("{} is not a configuration", path.display()))?
            }
        };
        if let Some(level) = self.level {
            config.level = if level == LevelArg::Stories { Level::Stories } else { Level::Duplicates };
        }
        if let Some(fields) = self.fields {
            config.fields = match fields {
                FieldsArg::Title => Fields::Title,
                FieldsArg::Body => Fields::Body,
                FieldsArg::All => Fields::All,
            };
        }
        if let Some(shingle) = &self.shingle {
            config.duplicates.title_shingle.clone_from(shingle);
            config.duplicates.body_shingle.clone_from(shingle);
        }
        if let Some(threshold) = self.threshold {
            match config.level {
                Level::Stories => config.stories.threshold = threshold,
                Level::Duplicates => config.duplicates.threshold = threshold,
            }
        }
        config.stories.window = self.window.unwrap_or(config.stories.window);
        Ok(config)
    }
}

/// Runs the command.
pub fn run(args: &Args, color: ColorChoice) -> anyhow::Result<Outcome> {
    let threads = usize::from(args.threads);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start the threads")?;
    let params = args.settings.config()?.check()?;
    let mut engine = Engine::new(params);
    for path in &args.background {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let background = Background::from_bytes(&bytes).with_context(|| path.display().to_string())?;
        engine = engine.with_background(background);
    }
    let constraints = args.constraints.as_deref().map_or_else(|| Ok(Constraints::default()), constraints)?;
    let terminal = Terminal::new(args.quiet);
    terminal.begin_reading(&args.inputs);
    let sources = load(&args.inputs, args.quiet)?;
    let articles = read_all(&sources, &args.reading, args.quiet)?;
    name_unknown(&constraints, &articles, args.quiet);
    let engine = engine.with_constraints(constraints);
    let report = engine.group_watched(&articles, &terminal);
    if !args.check {
        terminal.begin(Stage::Write, 0);
        let answered = Answered { articles: &articles, report: &report };
        write_files(args, answered)?;
        write_items(args, color, &terminal, answered)?;
    }
    terminal.clear();
    tell(args.quiet, &summary(&report));
    if let Some(warning) = wordless_warning(&articles, &report, engine.params().fields) {
        tell(args.quiet, &warning);
    }
    let found = args.check && report.placements.iter().any(|place| place.cluster_size > 1);
    Ok(if found { Outcome::Found } else { Outcome::Done })
}

fn constraints(path: &Path) -> anyhow::Result<Constraints> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(read::constraints(&path.display().to_string(), &text)?)
}

/// Says which ids of the constraints no item bears.
fn name_unknown(constraints: &Constraints, articles: &[Article<'_>], quiet: bool) {
    if constraints.is_empty() {
        return;
    }
    let known: HashSet<&str> = articles.iter().map(|article| &*article.id).collect();
    let unknown: Vec<&str> = constraints.ids().filter(|id| !known.contains(id)).collect();
    if !unknown.is_empty() {
        let named: Vec<String> = unknown.iter().take(5).map(|id| format!("{id:?}")).collect();
        let more = if unknown.len() > named.len() { ", ..." } else { "" };
        tell(
            quiet,
            &format!("ids of the constraints that no item bears: {} ({}{more})", unknown.len(), named.join(", ")),
        );
    }
}

fn write_files(args: &Args, answered: Answered<'_>) -> anyhow::Result<()> {
    if let Some(path) = &args.labels {
        write_file(path, |out| write::labels(answered, out))?;
    }
    if let Some(path) = &args.pairs {
        write_file(path, |out| write::pairs(answered, out))?;
    }
    if let Some(path) = &args.canonicals {
        write_file(path, |out| write::canonicals(answered, out))?;
    }
    Ok(())
}

fn write_items(args: &Args, color: ColorChoice, line: &Terminal, answered: Answered<'_>) -> anyhow::Result<()> {
    if let Some(path) = &args.output {
        let paint = if color == ColorChoice::Always { Paint::Color } else { Paint::Plain };
        return write_file(path, |out| render(args.format, false, paint, answered, out));
    }
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    if terminal {
        line.clear();
    }
    let mut out = BufWriter::with_capacity(1 << 16, stdout.lock());
    render(args.format, terminal, paint(color), answered, &mut out)?;
    Ok(out.flush()?)
}

/// Whether standard output is to be coloured: `auto` asks the terminal and NO_COLOR.
fn paint(color: ColorChoice) -> Paint {
    let colored = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    if colored { Paint::Color } else { Paint::Plain }
}

fn render(
    format: OutputFormat,
    terminal: bool,
    paint: Paint,
    answered: Answered<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Text => write::text_stories(answered, paint, out),
        OutputFormat::Auto if terminal => write::text_stories(answered, paint, out),
        OutputFormat::Auto | OutputFormat::Jsonl => write::json_rows(answered, out),
        OutputFormat::Csv => write::csv_rows(answered, out),
    }
}

fn summary(report: &Report) -> String {
    let copied: usize = report.duplicates.iter().map(|group| group.members.len()).sum();
    let told: usize = report.stories.iter().map(|group| group.members.len()).sum();
    let mut said =
        format!("{} items: {copied} in {} groups of duplicates", report.placements.len(), report.duplicates.len());
    if !report.stories.is_empty() {
        said += &format!(", {told} in {} stories", report.stories.len());
    }
    let weak = report.duplicates.iter().filter(|group| group.is_weak).count();
    for (count, what) in [
        (weak, "groups of duplicates loosely linked"),
        (report.counts.too_short, "items too short to compare"),
        (report.counts.crowded, "crowded buckets compared by representatives"),
    ] {
        if count > 0 {
            said += &format!("; {count} {what}");
        }
    }
    said
}

/// More than this share of items without a word is no accident.
const WORDLESS_SHARE: f64 = 0.05;

/// What to say where many items have no word that can be compared: the likely cause, and the way out.
fn wordless_warning(articles: &[Article<'_>], report: &Report, fields: Fields) -> Option<String> {
    let count = report.counts.wordless;
    let share = count as f64 / articles.len().max(1) as f64;
    if share <= WORDLESS_SHARE {
        return None;
    }
    let empty = articles.iter().filter(|article| article.title.is_empty() && article.text.is_empty()).count();
    let cause = match () {
        () if 2 * empty >= count => {
            "most are empty; if their text stands under other keys, name them with --title-key and --text-key"
        }
        () if fields != Fields::All => "only one field is compared; try --fields all",
        () => {
            "they hold signs only; if they should be text, the input was decoded in a wrong character set: convert it to \
             UTF-8 first, as iconv -f WINDOWS-1256 -t UTF-8 does"
        }
    };
    Some(format!(
        "warning: {count} of {} items ({:.0} %) have no word to compare: {cause}",
        articles.len(),
        100.0 * share
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warning(titles: &[&str], fields: Fields) -> Option<String> {
        let articles: Vec<Article<'_>> = titles.iter().map(|title| Article::headline("", *title)).collect();
        let engine = Engine::new(Config { fields, ..Config::default() }.check().unwrap());
        wordless_warning(&articles, &engine.group(&articles), fields)
    }

    #[test]
    fn many_items_without_words_are_said_with_the_likely_cause() {
        let told = |titles: &[&str]| warning(titles, Fields::All).unwrap();
        assert!(told(&["", "", "Minister opens the bridge"]).contains("2 of 3 items (67 %)"));
        assert!(told(&["", "", "Minister opens the bridge"]).contains("--title-key"));
        assert!(told(&["🎉 🎉", "\u{fffd}\u{fffd}"]).contains("iconv"));
        assert!(warning(&["Minister opens the bridge"], Fields::Body).unwrap().contains("--fields all"));
    }

    #[test]
    fn a_few_are_not_worth_a_word() {
        let mut titles = vec!["Minister opens the bridge"; 19];
        titles.push("🎉");
        assert_eq!(warning(&titles, Fields::All), None);
        titles.push("...");
        assert!(warning(&titles, Fields::All).is_some());
    }
}
