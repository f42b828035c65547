//! `qissa dedup`: reads a stream of items and writes each item with the decision of an index, after
//! the commit.

mod counts;
mod outputs;
mod queue;

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Instant;

use clap::ValueEnum;

use super::batch::SettingsArgs;
use super::reading::{
    MAX_PRINTED, ReadingArgs, cause, print_rejected_inputs, print_rejected_record, print_warning,
    with_hint,
};
use super::writing::{check_writable, write_file};
use super::{interrupt, note};
use qissa::article::{Article, Timestamp};
use qissa::index::{AmbiguousId, Decision, GroupKind};
use qissa::ingest::{Ingester, settings_of};
use qissa::input::{Chunk, Corpus, ReadError, Reading, RejectedRecord, Warning};
use qissa::store;

use counts::RunCounts;
use outputs::Outputs;
use queue::{Queue, max_wait};

/// Decide about each item of a stream: new, seen, a duplicate, an update or part of a known story
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa dedup --index seen samples/feed_en/feed.xml > annotated.jsonl\n  \
    qissa dedup --index seen --drop duplicates,seen samples/mixed/items.jsonl"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// The folder of the index; created if it does not exist. The settings of an existing index
    /// replace the defaults of the grouping options; other values are refused
    #[arg(long, value_name = "DIR")]
    index: PathBuf,
    /// Do not print items with these decisions, except canonical items of known groups
    #[arg(long, value_enum, value_name = "DECISION,...", value_delimiter = ',')]
    drop: Vec<DropArg>,
    /// Append the items that --drop leaves out to this file; implies --drop seen,duplicates if
    /// there is no --drop
    #[arg(long, value_name = "FILE")]
    dupes_output: Option<PathBuf>,
    /// Append changes for earlier items to this file: groups merged or split, new canonicals
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write the counts of the run to this file as JSON
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// Remove items from the index that were not seen for this time, such as 14d or 36h; without
    /// this, all items stay
    #[arg(long, value_name = "TIME", value_parser = super::index::seconds)]
    keep: Option<i64>,
    /// Decide "old" about new items whose date is more than this time ago, such as 30d
    #[arg(long, value_name = "TIME", value_parser = super::index::seconds)]
    max_age: Option<i64>,
    /// After an unclean shutdown, report the items of the last commit as new once more when they
    /// come again, and append its events again: their rows may not have been printed
    #[arg(long, visible_alias = "retell")]
    redeliver: bool,
    /// Commit after at most this many items
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    commit_items: u32,
    /// Commit after at most this many seconds; 0 for no limit, so stories do not depend on the
    /// speed of the stream
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = max_wait)]
    commit_seconds: f64,
    /// Print only errors on standard error
    #[arg(short, long)]
    quiet: bool,
    // Last, because a heading holds for all following options.
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DropArg {
    Seen,
    Duplicates,
    Updates,
    Stories,
    Old,
}

impl DropArg {
    fn decision(self) -> Decision {
        match self {
            DropArg::Seen => Decision::Seen,
            DropArg::Duplicates => Decision::Duplicate,
            DropArg::Updates => Decision::Update,
            DropArg::Stories => Decision::Story,
            DropArg::Old => Decision::Old,
        }
    }
}

const UNCLEAN_SHUTDOWN: &str = "unclean shutdown of the last run: rows of its last commit may not \
    have been printed; `qissa index export --last` shows the items, --redeliver prints them when \
    they come again";

/// What the reading thread sends.
type Fed = Result<Chunk, ReadError>;

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_writable(&args.stats)?;
    let config = args.settings.config_over(settings_of(&args.index)?)?;
    let mut out = Outputs::of(args)?;
    let ingester = Ingester::open(&args.index, &config, args.keep)?.with_max_age(args.max_age);
    let ingester = prepared(args, ingester, &mut out)?;
    let mut run = Run {
        args,
        ingester,
        kind: GroupKind::from(config.level),
        out,
        counts: RunCounts::default(),
        warned_feeds: BTreeSet::new(),
        is_read: false,
        begun: Instant::now(),
    };
    let (feed, fed) = sync_channel(4);
    interrupt::end_in_order();
    let (inputs, options) = (args.inputs.clone(), args.reading.options());
    std::thread::spawn(move || {
        let read = Corpus::open(&inputs, options).and_then(|corpus| {
            corpus.stream(|chunk| match feed.send(Ok(chunk)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            })
        });
        if let Err(error) = read {
            // The receiver is gone only if the run failed, which is reported.
            let _ = feed.send(Err(error));
        }
    });
    run.drain(&fed)?;
    // Items of files that were not read would expire unmatched.
    if interrupt::signal().is_none() && run.counts.passed_over == 0 {
        run.expire()?;
    }
    run.finish()
}

/// Tells the index which items the output hides, redelivers if asked to, and warns of an unclean
/// shutdown and of a wrong clock.
fn prepared(args: &Args, mut ingester: Ingester, out: &mut Outputs) -> anyhow::Result<Ingester> {
    if args.redeliver {
        ingester.redeliver();
        if out.has_events() {
            out.write_events(&ingester.redeliver_events())?;
        }
    } else if ingester.unclean_shutdown() {
        note(args.quiet, UNCLEAN_SHUTDOWN);
    }
    for (decision, kind) in [
        (Decision::Duplicate, GroupKind::Duplicates),
        (Decision::Story, GroupKind::Stories),
    ] {
        if out.hides(decision) {
            ingester.hide_followers(kind);
        }
    }
    if out.hides(Decision::Old) {
        ingester.hide_old();
    }
    if let Some(last) = ingester.clock_conflict(now()) {
        note(args.quiet, &clock_conflict(now(), last));
    }
    Ok(ingester)
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn clock_conflict(now: i64, last: i64) -> String {
    let [now, last] = [now, last].map(|time| Timestamp(time).to_string());
    format!(
        "the clock is at {now}, but the last commit to the index was at {last}: one of the two is \
         wrong, so the time between them makes no item older"
    )
}

struct Run<'a> {
    args: &'a Args,
    ingester: Ingester,
    kind: GroupKind,
    out: Outputs,
    counts: RunCounts,
    /// Feeds whose ambiguous ids were warned of.
    warned_feeds: BTreeSet<String>,
    /// Whether any input was readable.
    is_read: bool,
    begun: Instant,
}

impl Run<'_> {
    /// Takes arriving items. Commits a full batch, or earlier if the first item has waited for the
    /// maximum time.
    fn drain(&mut self, fed: &Receiver<Fed>) -> anyhow::Result<()> {
        let max_items = self.args.commit_items as usize;
        let mut queue = Queue::new(self.args.commit_seconds);
        loop {
            if interrupt::signal().is_some() {
                let message = "interrupted: input that was not read is left for the next run";
                note(self.args.quiet, message);
                // At most one commit, so the run ends soon.
                let first = &queue.items()[..queue.items().len().min(max_items)];
                return self.commit(first);
            }
            match fed.recv_timeout(queue.wait()) {
                Ok(Ok(Chunk::Read(reading))) => queue.push(self.receive(reading)),
                Ok(Ok(Chunk::Rejected(error))) => {
                    print_rejected_inputs([&error], self.args.quiet);
                    self.counts.passed_over += 1;
                }
                Ok(Err(error)) => {
                    self.commit(queue.items())?;
                    self.ingester.acknowledge_durably()?;
                    return Err(with_hint(error));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.commit(queue.items()),
            }
            self.commit_due(&mut queue, max_items)?;
        }
    }

    /// Counts and reports the content of an input, and returns the items.
    fn receive(&mut self, reading: Reading<'static>) -> Vec<Article<'static>> {
        self.is_read |= !reading.articles.is_empty() || reading.rejected.is_empty();
        self.reject(&reading.rejected);
        for shared in &reading.shared_ids {
            self.warn_once(&shared.feed, &shared.to_string());
        }
        self.counts.undated += reading.undated;
        reading.articles
    }

    /// Commits all full batches of the queue, and an overdue rest.
    fn commit_due(&mut self, queue: &mut Queue, max_items: usize) -> anyhow::Result<()> {
        let mut committed = 0;
        for batch in queue.items().chunks_exact(max_items) {
            if interrupt::signal().is_some() {
                break;
            }
            self.commit(batch)?;
            committed += max_items;
        }
        queue.remove_first(committed);
        if interrupt::signal().is_none() && queue.is_overdue() {
            self.commit(queue.items())?;
            queue.remove_first(queue.items().len());
        }
        Ok(())
    }

    fn commit(&mut self, items: &[Article<'static>]) -> anyhow::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let commit = self.ingester.add(items, now())?;
        self.counts.add(items, &commit);
        self.out.write(items, &commit, self.kind)?;
        self.ingester.acknowledge();
        for AmbiguousId { source, id } in &commit.ambiguous_ids {
            let feed = match source.as_str() {
                "" => String::new(),
                source => format!(" of the feed {source:?}"),
            };
            let id = id.as_str();
            let message =
                format!("the id {id:?} stands for several items{feed}: links and texts decide");
            self.warn_once(source, &message);
        }
        Ok(())
    }

    /// Warns of the ambiguous ids of a feed once.
    fn warn_once(&mut self, feed: &str, message: &str) {
        if self.warned_feeds.insert(feed.to_owned()) {
            note(self.args.quiet, &format!("warning: {message}"));
        }
    }

    /// Drops expired items and writes the events of that.
    fn expire(&mut self) -> anyhow::Result<()> {
        let commit = self.ingester.drop_expired(now())?;
        self.counts.add(&[], &commit);
        self.out.write(&[], &commit, self.kind)?;
        self.ingester.acknowledge();
        Ok(())
    }

    /// Counts rejected records by cause, and prints the first.
    fn reject(&mut self, records: &[RejectedRecord]) {
        let printed = self.counts.rejected_records();
        for record in records.iter().take(MAX_PRINTED.saturating_sub(printed)) {
            print_rejected_record(record, self.args.quiet);
        }
        for record in records {
            *self.counts.skipped.entry(cause(&record.cause)).or_default() += 1;
        }
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.counts.time(self.begun.elapsed());
        self.counts.index_items = self.ingester.index().len() as u64;
        self.ingester.acknowledge_durably()?;
        drop(self.ingester);
        self.counts.index_bytes = store::size(&self.args.index);
        if let Some(warning) = Warning::undated(self.counts.undated) {
            print_warning(&warning, self.args.quiet);
        }
        note(self.args.quiet, &self.counts.summary());
        if let Some(path) = &self.args.stats {
            let written = serde_json::to_string_pretty(&self.counts)?;
            write_file(path, |out| writeln!(out, "{written}"))?;
        }
        if self.is_read {
            return Ok(());
        }
        let (records, inputs) = (self.counts.rejected_records(), self.counts.passed_over);
        Ok(ReadError::require_none_rejected(records, inputs as usize)?)
    }
}
