//! `qissa cluster`: inputs in, annotated items out.

#[cfg(unix)]
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::{Context, bail};
use clap::{ColorChoice, ValueEnum};

use super::batch::BatchArgs;
use super::plan::{self, Plan};
use super::progress::Terminal;
use super::reading::{name_skipped, refuse_nothing};
use super::writing::{self, check_writable, write_file, write_legible};
use super::{CsvArgs, Outcome, tell};
use qissa::article::Article;
use qissa::clustering::{Partition, Summary};
use qissa::config::{Fields, Level};
use qissa::output::{self, Answered, FeedHead, Paint};
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
    #[command(flatten)]
    batch: BatchArgs,
    /// How to write the items: by default as the ending of the output file says, else text on a
    /// terminal, else JSON Lines
    #[arg(long, value_enum, default_value_t = OutputFormat::Auto)]
    format: OutputFormat,
    /// Write the items to this file: .jsonl, .csv, .parquet, .json (a JSON Feed), .rss, .graphml
    /// or .txt, or what --format says
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    csv: CsvArgs,
    #[command(flatten)]
    feed: FeedArgs,
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
    /// Say what the run will take, memory, disk and time, and do no more; for duplicates among
    /// JSON Lines
    #[arg(long)]
    plan: bool,
    /// Keep to about so much memory, such as 2GiB, by putting keys on disk where it must be; for
    /// duplicates among JSON Lines, of which only --labels and --pairs can be written then
    #[arg(long, value_name = "SIZE", value_parser = plan::size)]
    memory_limit: Option<u64>,
    /// The folder for what is put on disk; by default the system's for such files
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutputFormat {
    Auto,
    Text,
    /// An object an item
    Jsonl,
    /// A row an item
    Csv,
    /// A row an item, with types
    #[cfg(feature = "parquet")]
    Parquet,
    /// The canonical items as a JSON Feed
    Feed,
    /// The canonical items as RSS
    Rss,
    /// Items and the verified pairs among them as a graph
    Graphml,
    /// Nothing, where only --labels, --pairs or --canonicals are wanted
    None,
}

impl OutputFormat {
    /// The format that the ending of a file's name asks for; none if the ending is unknown.
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

/// How the canonical items are written as a feed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Feeds")]
struct FeedArgs {
    /// The name of the feed
    #[arg(long, value_name = "TEXT", default_value = "qissa")]
    feed_title: String,
    /// The address of the feed's page
    #[arg(long, value_name = "URL", default_value = "urn:qissa")]
    feed_link: String,
    /// At most so many items, the newest
    #[arg(long, value_name = "N", default_value_t = 100)]
    feed_items: usize,
}

impl FeedArgs {
    fn head(&self) -> FeedHead<'_> {
        FeedHead {
            title: &self.feed_title,
            link: &self.feed_link,
            count: self.feed_items,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, color: ColorChoice) -> anyhow::Result<Outcome> {
    let format = args.checked_format()?;
    let engine = args.batch.engine()?;
    let terminal = Terminal::new(args.batch.quiet);
    if args.plan || args.memory_limit.is_some() {
        let plan = Plan::of(&args.inputs, &args.batch, &engine)?;
        if args.plan {
            plan.name_passed_over(args.batch.quiet);
            io::stdout().write_all(plan.told(engine.params(), args.memory_limit).as_bytes())?;
            return Ok(Outcome::Done);
        }
        if let Some(limit) = args.memory_limit.filter(|&limit| !plan.fits(limit)) {
            return run_within(args, limit, plan, &engine, &terminal);
        }
    }
    let sources = args.batch.load(&args.inputs, &terminal)?;
    let articles = args.batch.articles(&engine, &sources)?;
    let partition = if args.needs_groups_alone() {
        engine.partition(&articles, &terminal)
    } else {
        let report = engine.group_watched(&articles, &terminal);
        terminal.begin(Stage::Write, 0);
        let answered = Answered {
            articles: &articles,
            report: &report,
        };
        if let Some(path) = &args.canonicals {
            write_file(path, |out| output::canonicals(answered, out))?;
        }
        write_items(args, format, color, &terminal, answered)?;
        report.partition(&articles)
    };
    write_groups(args, &partition, |at| &articles[at].id)?;
    terminal.clear();
    let Summary {
        duplicates,
        stories,
        ..
    } = partition.summary;
    tell(args.batch.quiet, &told(partition.summary));
    let wordless = wordless_warning(
        &articles,
        partition.summary.counts.wordless,
        engine.params().fields,
    );
    for warning in wordless
        .into_iter()
        .chain(undated_warning(&articles, engine.params().level))
    {
        tell(args.batch.quiet, &warning);
    }
    let groups = if engine.params().level == Level::Stories {
        stories.unwrap_or_default()
    } else {
        duplicates
    };
    // The process ends here, and gives all its memory back at once, faster than item by item.
    std::mem::forget((articles, partition));
    Ok(if args.check && groups.groups > 0 {
        Outcome::Found
    } else {
        Outcome::Done
    })
}

/// Runs with keys on disk.
fn run_within(
    args: &Args,
    limit: u64,
    plan: Plan,
    engine: &Engine,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    if args.output.is_some() || args.canonicals.is_some() || !args.writes_no_rows() {
        bail!(
            "within this memory only --labels and --pairs can be written: add --format none, or allow as much as \
             --plan says that all of it takes"
        );
    }
    plan.name_passed_over(args.batch.quiet);
    let folder = args.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let found = plan.run(limit, &folder, &args.batch, engine, terminal)?;
    name_skipped(&found.skipped, args.batch.quiet);
    if found.partition.items.is_empty() {
        refuse_nothing(found.skipped.len(), 0)?;
    }
    write_groups(args, &found.partition, |at| found.id(at))?;
    terminal.clear();
    tell(args.batch.quiet, &told(found.partition.summary));
    let groups = found.partition.summary.duplicates.groups;
    Ok(if args.check && groups > 0 {
        Outcome::Found
    } else {
        Outcome::Done
    })
}

impl Args {
    /// The format of the items. What cannot be written is refused here, before the work.
    fn checked_format(&self) -> anyhow::Result<OutputFormat> {
        check_writable(
            [&self.output, &self.labels, &self.pairs, &self.canonicals]
                .into_iter()
                .flatten(),
        )?;
        let is_terminal = self
            .output
            .as_deref()
            .map_or_else(|| io::stdout().is_terminal(), writing::is_terminal);
        let ending = self.output.as_deref().and_then(writing::ending);
        let format = match (self.format, ending) {
            (OutputFormat::Auto, Some(ending)) => OutputFormat::of_ending(&ending).with_context(|| {
                format!(
                    "cannot tell the format of {} by its ending .{ending}: known are .jsonl, .csv, .parquet, .json (a \
                     JSON Feed), .rss, .graphml and .txt; name another with --format",
                    self.output.as_deref().unwrap_or(Path::new("-")).display()
                )
            })?,
            (OutputFormat::Auto, None) if is_terminal => OutputFormat::Text,
            (OutputFormat::Auto, None) => OutputFormat::Jsonl,
            (format, _) => format,
        };
        #[cfg(feature = "parquet")]
        if is_terminal && format == OutputFormat::Parquet {
            bail!("Parquet is not for a terminal: write it to a file with -o FILE, or into a pipe");
        }
        Ok(format)
    }

    /// Whether the items are written nowhere.
    fn writes_no_rows(&self) -> bool {
        self.check
            || self.output.is_none() && (self.format == OutputFormat::None || stdout_is_nowhere())
    }

    /// Whether nothing is asked for but which items belong together.
    fn needs_groups_alone(&self) -> bool {
        self.writes_no_rows() && self.canonicals.is_none()
    }
}

/// Whether standard output is the null device, so that rows need not be made.
#[cfg(unix)]
fn stdout_is_nowhere() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let device = |file: File| file.metadata().ok().map(|it| it.rdev());
    let stdout = io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .ok()
        .and_then(|fd| device(File::from(fd)));
    stdout.is_some_and(|stdout| {
        stdout != 0 && Some(stdout) == File::open("/dev/null").ok().and_then(device)
    })
}

#[cfg(not(unix))]
fn stdout_is_nowhere() -> bool {
    false
}

/// Writes the files that tell of groups alone.
fn write_groups<'i>(
    args: &Args,
    partition: &Partition,
    id: impl Fn(usize) -> &'i str + Sync,
) -> anyhow::Result<()> {
    if let Some(path) = &args.labels {
        write_file(path, |out| output::labels(&id, &partition.items, out))?;
    }
    if let Some(path) = &args.pairs {
        write_file(path, |out| output::pairs(&id, partition, out))?;
    }
    Ok(())
}

fn write_items(
    args: &Args,
    format: OutputFormat,
    color: ColorChoice,
    line: &Terminal,
    answered: Answered<'_>,
) -> anyhow::Result<()> {
    if let Some(path) = &args.output {
        let paint = if color == ColorChoice::Always {
            Paint::Color
        } else {
            Paint::Plain
        };
        if format == OutputFormat::Text {
            return write_legible(path, |out| render(args, format, paint, answered, out));
        }
        return write_file(path, |out| render(args, format, paint, answered, out));
    }
    if io::stdout().is_terminal() {
        line.clear();
    }
    if format == OutputFormat::Text {
        // It is legible, and its colours are commands.
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        render(args, format, paint(color), answered, &mut out)?;
        return Ok(out.flush()?);
    }
    let mut out = super::stdout();
    render(args, format, Paint::Plain, answered, &mut out)?;
    Ok(out.flush()?)
}

/// Whether standard output is to be coloured: `auto` asks the terminal and NO_COLOR.
pub fn paint(color: ColorChoice) -> Paint {
    let colored = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    if colored { Paint::Color } else { Paint::Plain }
}

fn render(
    args: &Args,
    format: OutputFormat,
    paint: Paint,
    answered: Answered<'_>,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        OutputFormat::Text => output::text_stories(answered, paint, out),
        OutputFormat::Auto | OutputFormat::Jsonl => output::json_rows(answered, out),
        OutputFormat::Csv => output::csv_rows(answered, args.csv.formulas(), out),
        #[cfg(feature = "parquet")]
        OutputFormat::Parquet => {
            let settings = args
                .batch
                .settings
                .config()
                .map_err(io::Error::other)?
                .matching();
            out.write_all(&output::parquet(answered, &settings)?)
        }
        OutputFormat::Feed => output::json_feed(answered, args.feed.head(), out),
        OutputFormat::Rss => output::rss(answered, args.feed.head(), out),
        OutputFormat::Graphml => output::graphml(answered, out),
        OutputFormat::None => Ok(()),
    }
}

/// What there is of groups, in a line.
fn told(summary: Summary) -> String {
    let Summary {
        items,
        duplicates,
        weak,
        stories,
        counts,
    } = summary;
    let count = |count: usize, [one, many]: [&str; 2]| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let groups = count(
        duplicates.groups,
        ["group of duplicates", "groups of duplicates"],
    );
    let mut said = format!(
        "{}: {} in {groups}",
        count(items, ["item", "items"]),
        duplicates.items
    );
    if let Some(stories) = stories {
        said += &format!(
            ", {} in {}",
            stories.items,
            count(stories.groups, ["story", "stories"])
        );
    }
    for (found, what) in [
        (
            weak,
            [
                "group of duplicates loosely linked",
                "groups of duplicates loosely linked",
            ],
        ),
        (
            counts.too_short,
            ["item too short to compare", "items too short to compare"],
        ),
        (
            counts.crowded,
            [
                "crowded bucket compared by representatives",
                "crowded buckets compared by representatives",
            ],
        ),
    ] {
        if found > 0 {
            said += &format!("; {}", count(found, what));
        }
    }
    said
}

/// More than this share of items without a word is no accident.
const WORDLESS_SHARE: f64 = 0.05;

/// What to say where many items have no word that can be compared: the likely cause, and the way
/// out.
fn wordless_warning(articles: &[Article<'_>], count: usize, fields: Fields) -> Option<String> {
    let share = count as f64 / articles.len().max(1) as f64;
    if share <= WORDLESS_SHARE {
        return None;
    }
    let empty = articles
        .iter()
        .filter(|article| article.title.is_empty() && article.text.is_empty())
        .count();
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

/// So many items without a date are more than the news of some days.
const MANY_UNDATED: usize = 10_000;

/// What to say where most of many items have no date: stories are then told by words alone,
/// whatever time is between.
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
            "warning: {undated} of {} items have no date, so events far apart in time are one story if their words are \
             alike; if dates stand under another key, name it with --date-key",
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
        wordless_warning(&articles, engine.group(&articles).counts.wordless, fields)
    }

    #[test]
    fn many_items_without_words_are_said_with_the_likely_cause() {
        let told = |titles: &[&str]| warning(titles, Fields::All).unwrap();
        assert!(told(&["", "", "Minister opens the bridge"]).contains("2 of 3 items (67 %)"));
        assert!(told(&["", "", "Minister opens the bridge"]).contains("--title-key"));
        assert!(told(&["🎉 🎉", "\u{fffd}\u{fffd}"]).contains("iconv"));
        assert!(
            warning(&["Minister opens the bridge"], Fields::Body)
                .unwrap()
                .contains("--fields all")
        );
    }

    #[test]
    fn many_items_without_dates_are_said_where_dates_matter() {
        let items = |count: usize, date: Option<i64>| {
            let article = Article {
                published: date.map(Timestamp),
                ..Article::headline("", "Minister opens the bridge")
            };
            vec![article; count]
        };
        let told = |items: &[Article<'_>]| undated_warning(items, Level::Stories);
        let many = items(MANY_UNDATED, None);
        assert!(told(&many).unwrap().contains("--date-key"));
        assert_eq!(undated_warning(&many, Level::Duplicates), None);
        assert_eq!(told(&many[1..]), None);
        assert_eq!(told(&[many, items(MANY_UNDATED, Some(0))].concat()), None);
    }

    #[test]
    fn one_is_no_plural() {
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
            told(summary),
            "12 items: 2 in 1 group of duplicates, 2 in 1 story; 1 item too short to compare"
        );
        let none = Summary {
            items: 1,
            ..Summary::default()
        };
        assert_eq!(told(none), "1 item: 0 in 0 groups of duplicates");
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
