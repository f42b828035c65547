//! `qissa cluster`: groups a batch and writes its items with their groups.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::{Context, bail};
use clap::{ColorChoice, ValueEnum};

use super::batch::BatchArgs;
use super::plan::Plan;
use super::progress::Terminal;
use super::reading::print_rejected_records;
use super::writing::{self, check_writable, write_file, write_sanitized};
use super::{CsvArgs, ExitStatus, note};
use qissa::article::Article;
use qissa::clustering::{Partition, Summary};
use qissa::config::{Fields, Level};
use qissa::input::ReadError;
use qissa::output::{self, ClusteredItems, Coloring, FeedHead};
use qissa::pipeline::{Engine, Progress, Stage};

/// Group items into stories or duplicates and choose a canonical item for each group
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa cluster samples/page_ar/page.txt\n  \
    qissa cluster --level duplicates samples/feed_en/feed.xml > items.jsonl\n  \
    cat samples/mixed/items.jsonl | qissa cluster --labels labels.tsv -\n  \
    qissa cluster --check samples/page_ar/page.txt || echo \"stories: exit $?\"")]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Write nothing; exit with 1 if there is a group at the requested level
    #[arg(long, conflicts_with_all = ["format", "output", "labels", "pairs", "canonicals"])]
    check: bool,
    #[command(flatten)]
    batch: BatchArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    memory: MemoryArgs,
}

/// Which files are written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
struct OutputArgs {
    /// Format of the items; "auto" follows the ending of the output file, else it is text on a
    /// terminal and JSON Lines elsewhere
    #[arg(long, value_enum, default_value_t = OutputFormat::Auto)]
    format: OutputFormat,
    /// Write the items to this file instead of standard output; "auto" knows .jsonl, .csv,
    /// .parquet, .json (JSON Feed), .rss, .graphml and .txt
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the group of each item: "id<TAB>group", sorted by id
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Write the verified pairs of duplicates: id, id, Jaccard, containment, kind
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Write the canonical item of each group: "group<TAB>id"
    #[arg(long, value_name = "FILE")]
    canonicals: Option<PathBuf>,
    #[command(flatten)]
    csv: CsvArgs,
    /// Title of the feed, for the formats feed and rss
    #[arg(long, value_name = "TEXT", default_value = DEFAULT_TITLE)]
    feed_title: String,
    /// Address of the feed's web page, for the formats feed and rss
    #[arg(long, value_name = "URL", default_value = DEFAULT_LINK)]
    feed_link: String,
    /// Maximum number of items in a feed; the newest are kept
    #[arg(long, value_name = "N", default_value_t = 100)]
    feed_items: usize,
}

const DEFAULT_TITLE: &str = "qissa";
const DEFAULT_LINK: &str = "urn:qissa";

/// How much memory a run may take.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Memory")]
struct MemoryArgs {
    /// Print the memory, disk space and time that the run would take, and stop; needs
    /// --level duplicates and JSON Lines as input
    #[arg(long)]
    plan: bool,
    /// Maximum memory, such as 2GiB; larger runs keep blocking keys on disk. Needs
    /// --level duplicates and JSON Lines as input; such runs write --labels and --pairs only
    #[arg(long, value_name = "SIZE", value_parser = super::size::parse)]
    memory_limit: Option<u64>,
    /// Folder of the blocking keys on disk, with --memory-limit [default: the system's folder for
    /// temporary files]
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    /// By the ending of the output file, else text on a terminal and JSON Lines elsewhere
    Auto,
    /// Text for reading
    Text,
    /// JSON Lines: one object per item
    Jsonl,
    /// CSV: one row per item
    Csv,
    /// Parquet: one row per item
    #[cfg(feature = "parquet")]
    Parquet,
    /// JSON Feed of the canonical items
    Feed,
    /// RSS of the canonical items
    Rss,
    /// GraphML: items and the verified pairs among them
    Graphml,
    /// Nothing; for runs that write only --labels, --pairs or --canonicals
    None,
}

impl OutputFormat {
    /// The format of a file with this ending; `None` for an unknown ending.
    fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "txt" | "text" => OutputFormat::Text,
            "jsonl" | "ndjson" => OutputFormat::Jsonl,
            "csv" => OutputFormat::Csv,
            #[cfg(feature = "parquet")]
            "parquet" => OutputFormat::Parquet,
            "json" | "feed" => OutputFormat::Feed,
            "rss" | "xml" => OutputFormat::Rss,
            "graphml" => OutputFormat::Graphml,
            _ => return None,
        })
    }
}

/// Runs the command.
pub fn run(args: &Args, color: ColorChoice) -> anyhow::Result<ExitStatus> {
    let format = args.output.checked_format()?;
    args.note_unused(format);
    let engine = args.batch.engine()?;
    let terminal = Terminal::new(args.batch.quiet);
    if args.memory.plan || args.memory.memory_limit.is_some() {
        let plan = Plan::of(&args.inputs, &args.batch, &engine)?;
        if args.memory.plan {
            plan.print_rejected(args.batch.quiet);
            let text = plan.text(engine.params(), args.memory.memory_limit);
            io::stdout().write_all(text.as_bytes())?;
            return Ok(ExitStatus::Done);
        }
        if let Some(limit) = args.memory.memory_limit.filter(|&limit| !plan.fits(limit)) {
            return run_on_disk(args, limit, plan, &engine, &terminal);
        }
    }
    run_in_memory(args, format, color, &engine, &terminal)
}

fn run_in_memory(
    args: &Args,
    format: OutputFormat,
    color: ColorChoice,
    engine: &Engine,
    terminal: &Terminal,
) -> anyhow::Result<ExitStatus> {
    let sources = args.batch.load(&args.inputs, terminal)?;
    let articles = args.batch.articles(engine, &sources)?;
    let partition = if args.needs_groups_only() {
        engine.partition(&articles, terminal)
    } else {
        let report = engine.group_watched(&articles, terminal);
        terminal.begin(Stage::Write, 0);
        let batch = ClusteredItems {
            articles: &articles,
            report: &report,
        };
        if let Some(path) = &args.output.canonicals {
            write_file(path, |out| output::canonicals(batch, out))?;
        }
        write_items(args, format, color, terminal, batch)?;
        report.partition
    };
    write_groups(args, &partition, |position| &articles[position].id)?;
    terminal.clear();
    let summary = partition.summary;
    note(args.batch.quiet, &summary_line(summary));
    for warning in warnings(engine, &articles, summary.counts.wordless) {
        note(args.batch.quiet, &warning);
    }
    let groups = match engine.params().level {
        Level::Stories => summary.stories.unwrap_or_default(),
        Level::Duplicates => summary.duplicates,
    };
    // The process ends here. It frees memory faster than millions of destructors.
    std::mem::forget((articles, partition));
    Ok(args.exit_status(groups.groups))
}

/// Runs with blocking keys on disk.
fn run_on_disk(
    args: &Args,
    limit: u64,
    plan: Plan,
    engine: &Engine,
    terminal: &Terminal,
) -> anyhow::Result<ExitStatus> {
    let files = &args.output;
    if files.output.is_some() || files.canonicals.is_some() || !args.writes_no_rows() {
        bail!(
            "this run needs more memory than --memory-limit, so it can write only --labels and \
             --pairs: add --format none, or raise the limit to what --plan prints"
        );
    }
    plan.print_rejected(args.batch.quiet);
    let folder = args
        .memory
        .temp_dir
        .clone()
        .unwrap_or_else(std::env::temp_dir);
    let found = plan.run(limit, &folder, &args.batch, engine, terminal)?;
    print_rejected_records(&found.skipped, args.batch.quiet);
    if found.partition.items.is_empty() {
        ReadError::require_none_rejected(found.skipped.len(), 0)?;
    }
    write_groups(args, &found.partition, |position| found.id(position))?;
    terminal.clear();
    let summary = found.partition.summary;
    note(args.batch.quiet, &summary_line(summary));
    Ok(args.exit_status(summary.duplicates.groups))
}

impl Args {
    /// Whether no items are written.
    fn writes_no_rows(&self) -> bool {
        let files = &self.output;
        self.check
            || files.output.is_none()
                && (files.format == OutputFormat::None || is_stdout_discarded())
    }

    /// Whether only the groups of the items are needed, not canonical items and names.
    fn needs_groups_only(&self) -> bool {
        self.writes_no_rows() && self.output.canonicals.is_none()
    }

    /// The outcome of a run with `groups` groups.
    fn exit_status(&self, groups: usize) -> ExitStatus {
        if self.check && groups > 0 {
            ExitStatus::Found
        } else {
            ExitStatus::Done
        }
    }

    /// Names the flags without effect on the run.
    fn note_unused(&self, format: OutputFormat) {
        let files = &self.output;
        let is_feed = matches!(format, OutputFormat::Feed | OutputFormat::Rss);
        let has_feed_flags = files.feed_title != DEFAULT_TITLE || files.feed_link != DEFAULT_LINK;
        if self.memory.temp_dir.is_some() && self.memory.memory_limit.is_none() {
            let message = "--temp-dir has no effect without --memory-limit";
            note(self.batch.quiet, message);
        }
        if files.csv.csv_safe && format != OutputFormat::Csv {
            let message = "--csv-safe has no effect: the format of the items is not CSV";
            note(self.batch.quiet, message);
        }
        if has_feed_flags && !is_feed {
            let message =
                "--feed-title and --feed-link have no effect: the format of the items is no feed";
            note(self.batch.quiet, message);
        }
    }
}

impl OutputArgs {
    /// The format of the items. Refuses outputs that cannot be written, before the work is done.
    fn checked_format(&self) -> anyhow::Result<OutputFormat> {
        let files = [&self.output, &self.labels, &self.pairs, &self.canonicals];
        check_writable(files.into_iter().flatten())?;
        let is_terminal = match &self.output {
            Some(path) => writing::is_terminal(path),
            None => io::stdout().is_terminal(),
        };
        let format = match self.format {
            OutputFormat::Auto => self.automatic_format(is_terminal)?,
            format => format,
        };
        #[cfg(feature = "parquet")]
        if is_terminal && format == OutputFormat::Parquet {
            bail!("Parquet cannot be written to a terminal: use -o FILE or a pipe");
        }
        Ok(format)
    }

    fn automatic_format(&self, is_terminal: bool) -> anyhow::Result<OutputFormat> {
        let Some(ending) = self.output.as_deref().and_then(writing::ending) else {
            return Ok(if is_terminal {
                OutputFormat::Text
            } else {
                OutputFormat::Jsonl
            });
        };
        OutputFormat::of_ending(&ending).with_context(|| {
            format!(
                "the ending .{ending} of {} is unknown: use .jsonl, .csv, .parquet, .json (JSON \
                 Feed), .rss, .graphml or .txt, or name a format with --format",
                self.output.as_deref().unwrap_or(Path::new("-")).display()
            )
        })
    }

    fn feed_head(&self) -> FeedHead<'_> {
        FeedHead {
            title: &self.feed_title,
            link: &self.feed_link,
            count: self.feed_items,
        }
    }
}

/// Whether standard output is the null device, which needs no formatted rows.
#[cfg(unix)]
fn is_stdout_discarded() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    fn device(file: io::Result<File>) -> Option<u64> {
        Some(file.ok()?.metadata().ok()?.rdev()).filter(|&device| device != 0)
    }
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    let stdout = device(stdout);
    stdout.is_some() && stdout == device(File::open("/dev/null"))
}

#[cfg(not(unix))]
fn is_stdout_discarded() -> bool {
    false
}

/// Writes the files with groups and pairs.
fn write_groups<'i>(
    args: &Args,
    partition: &Partition,
    id: impl Fn(usize) -> &'i str + Sync,
) -> anyhow::Result<()> {
    if let Some(path) = &args.output.labels {
        write_file(path, |out| output::labels(&id, &partition.items, out))?;
    }
    if let Some(path) = &args.output.pairs {
        write_file(path, |out| output::pairs(&id, partition, out))?;
    }
    Ok(())
}

fn write_items(
    args: &Args,
    format: OutputFormat,
    color: ColorChoice,
    terminal: &Terminal,
    batch: ClusteredItems<'_>,
) -> anyhow::Result<()> {
    if let Some(path) = &args.output.output {
        if format != OutputFormat::Text {
            return write_file(path, |out| render(args, format, batch, out));
        }
        let coloring = match color {
            ColorChoice::Always => Coloring::Ansi,
            ColorChoice::Auto | ColorChoice::Never => Coloring::Plain,
        };
        return write_sanitized(path, |out| output::text_stories(batch, coloring, out));
    }
    if io::stdout().is_terminal() {
        terminal.clear();
    }
    if format == OutputFormat::Text {
        // The text is sanitised; sanitising it again would remove the ANSI styles.
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        output::text_stories(batch, stdout_coloring(color), &mut out)?;
        return Ok(out.flush()?);
    }
    let mut out = super::stdout();
    render(args, format, batch, &mut out)?;
    Ok(out.flush()?)
}

/// Whether text on standard output has ANSI styles; `auto` depends on the terminal and NO_COLOR.
pub fn stdout_coloring(color: ColorChoice) -> Coloring {
    let is_colored = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    if is_colored {
        Coloring::Ansi
    } else {
        Coloring::Plain
    }
}

/// Writes the items; text without styles.
fn render(
    args: &Args,
    format: OutputFormat,
    batch: ClusteredItems<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Text => output::text_stories(batch, Coloring::Plain, out),
        OutputFormat::Auto | OutputFormat::Jsonl => output::json_rows(batch, out),
        OutputFormat::Csv => output::csv_rows(batch, args.output.csv.formulas(), out),
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => {
            let config = args.batch.settings.config().map_err(io::Error::other)?;
            out.write_all(&output::parquet(batch, &config.matching())?)
        }
        OutputFormat::Feed => output::json_feed(batch, args.output.feed_head(), out),
        OutputFormat::Rss => output::rss(batch, args.output.feed_head(), out),
        OutputFormat::Graphml => output::graphml(batch, out),
        OutputFormat::None => Ok(()),
    }
}

/// Number and size of the groups in one line.
fn summary_line(summary: Summary) -> String {
    let Summary {
        items,
        duplicates,
        weak,
        stories,
        counts,
    } = summary;
    let mut line = format!(
        "{}: {} in {}",
        counted(items, "item", "items"),
        duplicates.items,
        counted(
            duplicates.groups,
            "group of duplicates",
            "groups of duplicates"
        )
    );
    if let Some(stories) = stories {
        let groups = counted(stories.groups, "story", "stories");
        line += &format!(", {} in {groups}", stories.items);
    }
    for (count, one, many) in [
        (
            weak,
            "group of duplicates loosely linked",
            "groups of duplicates loosely linked",
        ),
        (
            counts.too_short,
            "item too short to compare",
            "items too short to compare",
        ),
        (
            counts.crowded,
            "oversized bucket compared by representatives",
            "oversized buckets compared by representatives",
        ),
    ] {
        if count > 0 {
            line += &format!("; {}", counted(count, one, many));
        }
    }
    line
}

/// A count with its noun: "1 item", "2 items".
fn counted(count: usize, singular: &str, plural: &str) -> String {
    let noun = if count == 1 { singular } else { plural };
    format!("{count} {noun}")
}

/// Warnings about items that cannot be compared well.
fn warnings(engine: &Engine, articles: &[Article<'_>], wordless: usize) -> Vec<String> {
    let params = engine.params();
    let wordless = wordless_warning(articles, wordless, params.fields);
    let undated = undated_warning(articles, params.level);
    wordless.into_iter().chain(undated).collect()
}

/// Share of items without a word above which a warning is printed.
const WORDLESS_SHARE: f64 = 0.05;

/// A warning if many items have no word to compare, with the likely cause and the way out.
fn wordless_warning(articles: &[Article<'_>], count: usize, fields: Fields) -> Option<String> {
    let share = count as f64 / articles.len().max(1) as f64;
    if share <= WORDLESS_SHARE {
        return None;
    }
    let empty = articles
        .iter()
        .filter(|article| article.title.is_empty() && article.text.is_empty())
        .count();
    let cause = if 2 * empty >= count {
        "most are empty; if other fields hold their text, name these with --title-key and \
         --text-key"
    } else if fields != Fields::All {
        "only one field is compared; try --fields all"
    } else {
        "they have only signs; if these should be text, the input was decoded in a wrong character \
         set: convert it to UTF-8 first, for example with iconv -f WINDOWS-1256 -t UTF-8"
    };
    Some(format!(
        "warning: {count} of {} items ({:.0} %) have no word to compare: {cause}",
        articles.len(),
        100.0 * share
    ))
}

/// Minimum number of undated items for a warning: more than a few days of news.
const MANY_UNDATED: usize = 10_000;

/// A warning if most of many items are undated, because their stories ignore time.
fn undated_warning(articles: &[Article<'_>], level: Level) -> Option<String> {
    if level != Level::Stories {
        return None;
    }
    let undated = articles
        .iter()
        .filter(|article| article.published.is_none())
        .count();
    (undated >= MANY_UNDATED && 2 * undated > articles.len()).then(|| {
        format!(
            "warning: {undated} of {} items have no date, so events far apart in time may be one \
             story; if another field holds the dates, name it with --date-key",
            articles.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qissa::article::Timestamp;
    use qissa::clustering::{Counts, Grouped};
    use qissa::config::Config;

    fn warning(titles: &[&str], fields: Fields) -> Option<String> {
        let articles: Vec<Article<'_>> = titles
            .iter()
            .map(|title| Article::headline("", *title))
            .collect();
        let engine = Engine::new(
            Config {
                fields,
                ..Config::default()
            }
            .check()
            .unwrap(),
        );
        wordless_warning(
            &articles,
            engine.partition(&articles, &()).summary.counts.wordless,
            fields,
        )
    }

    #[test]
    fn wordless_items_are_warned_about_with_the_likely_cause() {
        let of_all = |titles: &[&str]| warning(titles, Fields::All).unwrap();
        assert!(of_all(&["", "", "Minister opens the bridge"]).contains("2 of 3 items (67 %)"));
        assert!(of_all(&["", "", "Minister opens the bridge"]).contains("--title-key"));
        assert!(of_all(&["🎉 🎉", "\u{fffd}\u{fffd}"]).contains("iconv"));
        assert!(
            warning(&["Minister opens the bridge"], Fields::Body)
                .unwrap()
                .contains("--fields all")
        );
    }

    #[test]
    fn undated_items_are_warned_about_at_level_stories() {
        let items = |count: usize, date: Option<i64>| {
            let article = Article {
                published: date.map(Timestamp),
                ..Article::headline("", "Minister opens the bridge")
            };
            vec![article; count]
        };
        let of_stories = |items: &[Article<'_>]| undated_warning(items, Level::Stories);
        let many = items(MANY_UNDATED, None);
        assert!(of_stories(&many).unwrap().contains("--date-key"));
        assert_eq!(undated_warning(&many, Level::Duplicates), None);
        assert_eq!(of_stories(&many[1..]), None);
        assert_eq!(
            of_stories(&[many, items(MANY_UNDATED, Some(0))].concat()),
            None
        );
    }

    #[test]
    fn summary_line_has_singular_and_plural() {
        let one = Grouped {
            groups: 1,
            items: 2,
        };
        let counts = Counts {
            too_short: 1,
            ..Counts::default()
        };
        let summary = Summary {
            items: 12,
            duplicates: one,
            stories: Some(one),
            counts,
            ..Summary::default()
        };
        assert_eq!(
            summary_line(summary),
            "12 items: 2 in 1 group of duplicates, 2 in 1 story; 1 item too short to compare"
        );
        let none = Summary {
            items: 1,
            ..Summary::default()
        };
        assert_eq!(summary_line(none), "1 item: 0 in 0 groups of duplicates");
    }

    #[test]
    fn few_wordless_items_are_not_warned_about() {
        let mut titles = vec!["Minister opens the bridge"; 19];
        titles.push("🎉");
        assert_eq!(warning(&titles, Fields::All), None);
        titles.push("...");
        assert!(warning(&titles, Fields::All).is_some());
    }
}
