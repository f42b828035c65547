//! `qissa dedup`: a stream of items in, each with what an index says of it out, after its commit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, BufWriter, StdoutLock, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;

use super::batch::Settings;
use super::reading::{
    NAMED, ReadingArgs, load_one, name_one, name_undated, pass_over, refuse_nothing,
};
use super::sanitized_writer::SanitizedWriter;
use super::writing::{Sink, append_to, check_writable, write_file};
use super::{interrupt, note};
use qissa::article::{Article, Timestamp};
use qissa::index::{Decided, Decision, Event, Kind, WornId};
use qissa::ingest::{Commit, Ingester, settings_of};
use qissa::input::{self, Format, Inputs, Keys, ReadError, Reading, SharedId, Skipped, Source};
use qissa::output;
use qissa::store;

/// Say of each item of a stream whether it is new, seen, a copy, a new version or part of a known
/// story
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa dedup --index seen samples/feed_en/feed.xml > annotated.jsonl\n  \
    qissa dedup --index seen --drop duplicates,seen samples/mixed/items.jsonl"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// The folder of the index; made if there is none
    #[arg(long, value_name = "DIR")]
    index: PathBuf,
    /// Leave out the items of these decisions; but for a copy, or another text of a story, that is
    /// canonical
    #[arg(long, value_enum, value_name = "DECISION,...", value_delimiter = ',')]
    drop: Vec<DropArg>,
    /// Append the items left out to this file; without --drop, those seen and duplicates
    #[arg(long, value_name = "FILE")]
    dupes_output: Option<PathBuf>,
    /// Append what changed for items before: groups merged or split, another canonical item
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write the counts of the run to this file as JSON
    #[arg(long, value_name = "FILE")]
    stats: Option<PathBuf>,
    /// Forget items that were not seen for so long, such as 14d or 36h
    #[arg(long, value_name = "TIME", value_parser = super::index::seconds)]
    keep: Option<i64>,
    /// Call an item old whose own date is more than so long, such as 30d, before it comes for the
    /// first time
    #[arg(long, value_name = "TIME", value_parser = super::index::seconds)]
    max_age: Option<i64>,
    /// After runs that broke off, tell what the last commit of each brought once more when it
    /// comes again, as its rows may not have been printed, and append its events again: twice
    /// rather than not at all
    #[arg(long)]
    retell: bool,
    /// Commit after so many items at the latest
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    commit_items: u32,
    /// Commit after so many seconds at the latest; with 0 by count alone, so that what stories an
    /// item is told to be of does not depend on how fast the stream comes
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = patience)]
    commit_seconds: f64,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    quiet: bool,
    // Last, because a heading holds for all options after it.
    #[command(flatten)]
    settings: Settings,
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

/// The longest wait for a commit, in seconds; it stands for no limit of time.
const LONGEST_WAIT: f64 = 1e6;

/// How long a commit waits, in seconds; 0 stands for as long as there is.
fn patience(text: &str) -> Result<f64, String> {
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (0.0..LONGEST_WAIT).contains(seconds));
    let seconds = seconds.ok_or_else(|| {
        format!("should be seconds from 0 to below {LONGEST_WAIT}; 0 commits by count alone")
    })?;
    Ok(if seconds > 0.0 { seconds } else { LONGEST_WAIT })
}

const BROKE_OFF: &str = "the last run broke off: what its last commit brought may not have been printed; \
    `qissa index export --last` shows it, --retell prints it when it comes again";

/// What the reading thread hands on.
enum Fed {
    /// Items, the records that could not be read, the ids that say nothing, and how many items are
    /// dated after tomorrow.
    Items(Vec<Article<'static>>, Vec<Skipped>, Vec<SharedId>, usize),
    /// A file that could not be read, and was named.
    PassedOver,
    Failed(anyhow::Error),
}

/// The longest time that a run which waits for input goes without checking for a signal.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_writable(&args.stats)?;
    let config = args.settings.config_over(settings_of(&args.index)?)?;
    let mut out = Outputs::of(args)?;
    let mut ingester = Ingester::open(&args.index, &config, args.keep)?.with_max_age(args.max_age);
    if args.retell {
        ingester.retell();
    } else if ingester.broke_off() {
        note(args.quiet, BROKE_OFF);
    }
    let kind = Kind::from(config.level);
    if args.retell && out.events.is_some() {
        out.write_events(&ingester.retell_events())?;
    }
    for (decision, kind) in [
        (Decision::Duplicate, Kind::Duplicates),
        (Decision::Story, Kind::Stories),
    ] {
        if out.dropped.contains(&decision) {
            ingester.pass_over(kind);
        }
    }
    if out.dropped.contains(&Decision::Old) {
        ingester.pass_over_old();
    }
    if let Some(last) = ingester.contradicts(now()) {
        note(args.quiet, &wrong_clock(now(), last));
    }
    let mut run = Run {
        args,
        ingester,
        kind,
        out,
        counts: Counts::default(),
        told: BTreeSet::new(),
        is_read: false,
        begun: Instant::now(),
    };
    let (feed, fed) = sync_channel(4);
    interrupt::end_in_order();
    let (inputs, reading, quiet) = (args.inputs.clone(), args.reading.clone(), args.quiet);
    std::thread::spawn(move || {
        if let Err(error) = read_inputs(&inputs, &reading, quiet, &feed) {
            let _ = feed.send(Fed::Failed(error));
        }
    });
    run.drain(&fed)?;
    // Only when all that there is was matched can go what was not seen for long enough.
    if interrupt::signal().is_none() && run.counts.passed_over == 0 {
        run.expire()?;
    }
    run.finish()
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn wrong_clock(now: i64, last: i64) -> String {
    let [now, last] = [now, last].map(|when| Timestamp(when).to_string());
    format!(
        "the clock says {now}, but the last commit to the index is of {last}: one of the two is wrong, so the time between \
         them makes no item older"
    )
}

struct Run<'a> {
    args: &'a Args,
    ingester: Ingester,
    kind: Kind,
    out: Outputs,
    counts: Counts,
    /// The feeds of which it was told that an id of theirs means nothing.
    told: BTreeSet<String>,
    /// Whether anything could be read.
    is_read: bool,
    begun: Instant,
}

impl Run<'_> {
    /// Takes items as they come, and commits when enough are there or the first of them has waited
    /// long enough.
    fn drain(&mut self, fed: &Receiver<Fed>) -> anyhow::Result<()> {
        let patience = Duration::from_secs_f64(self.args.commit_seconds);
        let most = self.args.commit_items as usize;
        let mut waiting: Vec<Article<'static>> = Vec::new();
        let mut due: Option<Instant> = None;
        loop {
            if interrupt::signal().is_some() {
                // Of the items read already at most one commit is taken, so that the run ends soon.
                note(
                    self.args.quiet,
                    "interrupted: what was not read stays for the next run",
                );
                return self.commit(&waiting[..waiting.len().min(most)]);
            }
            let wait = due.map_or(patience, |due| {
                due.saturating_duration_since(Instant::now())
            });
            match fed.recv_timeout(wait.min(SIGNAL_CHECK)) {
                Ok(Fed::PassedOver) => self.counts.passed_over += 1,
                Ok(Fed::Items(items, skipped, shared, undated)) => {
                    self.is_read |= !items.is_empty() || skipped.is_empty();
                    self.skip(&skipped);
                    shared
                        .iter()
                        .for_each(|one| self.tell_shared(&one.feed, &one.to_string()));
                    self.counts.undated += undated;
                    waiting.extend(items);
                    due = due.or_else(|| (!waiting.is_empty()).then(|| Instant::now() + patience));
                }
                Ok(Fed::Failed(error)) => {
                    self.commit(&waiting)?;
                    self.ingester.note_told()?;
                    return Err(error);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.commit(&waiting),
            }
            let mut whole = 0;
            while waiting.len() - whole >= most && interrupt::signal().is_none() {
                self.commit(&waiting[whole..whole + most])?;
                whole += most;
            }
            waiting.drain(..whole);
            if interrupt::signal().is_none() && due.is_some_and(|due| due <= Instant::now()) {
                self.commit(&waiting)?;
                waiting.clear();
            }
            due = due
                .filter(|_| !waiting.is_empty() && whole == 0)
                .or_else(|| (!waiting.is_empty()).then(|| Instant::now() + patience));
        }
    }

    fn commit(&mut self, items: &[Article<'static>]) -> anyhow::Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        let commit = self.ingester.take(items, now())?;
        self.counts.add(items, &commit);
        self.out.write(items, &commit, self.kind)?;
        self.ingester.told();
        for WornId { source, id } in &commit.worn {
            let feed = if source.is_empty() {
                String::new()
            } else {
                format!(" of the feed {source:?}")
            };
            let said = format!(
                "the id {:?} stands for several items{feed}: their links and texts decide",
                id.as_str()
            );
            self.tell_shared(source, &said);
        }
        Ok(())
    }

    /// Tells once for each feed that an id of it means nothing.
    fn tell_shared(&mut self, feed: &str, said: &str) {
        if self.told.insert(feed.to_owned()) {
            note(self.args.quiet, &format!("warning: {said}"));
        }
    }

    /// Drops what is expired, and tells what that changed.
    fn expire(&mut self) -> anyhow::Result<()> {
        let commit = self.ingester.drop_expired(now())?;
        self.counts.add(&[], &commit);
        self.out.write(&[], &commit, self.kind)?;
        self.ingester.told();
        Ok(())
    }

    fn skip(&mut self, skipped: &[Skipped]) {
        let named = self.counts.skipped.values().sum::<u64>() as usize;
        skipped
            .iter()
            .take(NAMED.saturating_sub(named))
            .for_each(|one| name_one(one, self.args.quiet));
        skipped
            .iter()
            .for_each(|one| *self.counts.skipped.entry(one.cause.clone()).or_default() += 1);
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.counts.seconds = self.begun.elapsed().as_secs_f64();
        self.counts.items_per_second = self.counts.items as f64 / self.counts.seconds.max(1e-9);
        self.counts.index_items = self.ingester.index().len() as u64;
        self.ingester.note_told()?;
        drop(self.ingester);
        self.counts.index_bytes = store::size(&self.args.index);
        name_undated(self.counts.undated, self.args.quiet);
        note(self.args.quiet, &self.counts.summary());
        if let Some(path) = &self.args.stats {
            let written = serde_json::to_string_pretty(&self.counts)?;
            write_file(path, |out| writeln!(out, "{written}"))?;
        }
        let skipped: u64 = self.counts.skipped.values().sum();
        if self.is_read {
            Ok(())
        } else {
            refuse_nothing(skipped as usize, self.counts.passed_over as usize)
        }
    }
}

/// Where rows and events go.
struct Outputs {
    rows: SanitizedWriter<BufWriter<StdoutLock<'static>>>,
    dropped: Vec<Decision>,
    dupes: Option<Sink>,
    events: Option<Sink>,
}

impl Outputs {
    fn of(args: &Args) -> anyhow::Result<Self> {
        let mut dropped: Vec<Decision> = args.drop.iter().map(|one| one.decision()).collect();
        if dropped.is_empty() && args.dupes_output.is_some() {
            dropped = vec![Decision::Seen, Decision::Duplicate];
        }
        Ok(Outputs {
            rows: super::stdout(),
            dropped,
            dupes: args.dupes_output.as_deref().map(append_to).transpose()?,
            events: args.events.as_deref().map(append_to).transpose()?,
        })
    }

    fn write(
        &mut self,
        items: &[Article<'static>],
        commit: &Commit,
        kind: Kind,
    ) -> anyhow::Result<()> {
        for (article, decided) in items.iter().zip(&commit.decided) {
            let is_dropped = self.dropped.contains(&decided.decision) && !decided.takes_over();
            match (&mut self.dupes, is_dropped) {
                (_, false) => output::decision_row(article, decided, kind, &mut self.rows)?,
                (Some(dupes), true) => output::decision_row(article, decided, kind, dupes)?,
                (None, true) => {}
            }
        }
        self.rows.flush()?;
        if let Some(dupes) = &mut self.dupes {
            dupes.flush()?;
        }
        self.write_events(&commit.events)
    }

    fn write_events(&mut self, told: &[Event]) -> anyhow::Result<()> {
        if let Some(events) = &mut self.events {
            told.iter()
                .try_for_each(|event| output::event_row(event, events))?;
            events.flush()?;
        }
        Ok(())
    }
}

/// What a run counts.
#[derive(Debug, Default, Serialize)]
struct Counts {
    items: u64,
    decisions: BTreeMap<&'static str, u64>,
    sources: BTreeMap<String, BTreeMap<&'static str, u64>>,
    skipped: BTreeMap<String, u64>,
    passed_over: u64,
    undated: usize,
    expired: u64,
    events: u64,
    seconds: f64,
    items_per_second: f64,
    commits: u64,
    commit_milliseconds_mean: f64,
    commit_milliseconds_most: f64,
    index_items: u64,
    index_bytes: u64,
}

impl Counts {
    fn add(&mut self, items: &[Article<'_>], commit: &Commit) {
        self.items += items.len() as u64;
        self.expired += commit.expired as u64;
        self.events += commit.events.len() as u64;
        for (article, Decided { decision, .. }) in items.iter().zip(&commit.decided) {
            *self.decisions.entry(decision.name()).or_default() += 1;
            let source = article.source.as_deref().unwrap_or("");
            if !self.sources.contains_key(source) {
                self.sources.insert(source.to_owned(), BTreeMap::new());
            }
            if let Some(counts) = self.sources.get_mut(source) {
                *counts.entry(decision.name()).or_default() += 1;
            }
        }
        if let Some((_, time)) = commit.written {
            let milliseconds = time.as_secs_f64() * 1e3;
            let before = self.commit_milliseconds_mean * self.commits as f64;
            self.commits += 1;
            self.commit_milliseconds_mean = (before + milliseconds) / self.commits as f64;
            self.commit_milliseconds_most = self.commit_milliseconds_most.max(milliseconds);
        }
    }

    fn summary(&self) -> String {
        let counted = Decision::ALL.iter().filter_map(|decision| {
            let count = self.decisions.get(decision.name())?;
            Some(format!("{count} {}", decision.name()))
        });
        let skipped: u64 = self.skipped.values().sum();
        let mut said = format!(
            "{} items: {}",
            self.items,
            counted.collect::<Vec<_>>().join(", ")
        );
        for (count, what) in [
            (skipped, "records skipped"),
            (self.passed_over, "files passed over"),
            (self.expired, "items expired"),
        ] {
            if count > 0 {
                said += &format!("; {count} {what}");
            }
        }
        said + &format!(
            "; {:.0} items a second, {} commits of {:.1} ms; the index has {} items in {:.1} MB",
            self.items_per_second,
            self.commits,
            self.commit_milliseconds_mean,
            self.index_items,
            self.index_bytes as f64 / 1e6
        )
    }
}

/// Reads inputs one after another and hands on their items; of standard input, records in lines as
/// they come.
fn read_inputs(
    inputs: &[PathBuf],
    reading: &ReadingArgs,
    quiet: bool,
    feed: &SyncSender<Fed>,
) -> anyhow::Result<()> {
    let Inputs { files, passed_over } = input::expand(inputs)?;
    for error in passed_over {
        hand_on(Err(error), false, quiet, feed)?;
    }
    for input in &files {
        if input.path.as_os_str() == "-" {
            read_stream(reading, quiet, feed)?;
            continue;
        }
        match load_one(input, reading.unpack_limits()) {
            Ok(sources) => {
                for source in &sources {
                    hand_on(reading.read(source), source.is_named, quiet, feed)?;
                }
            }
            Err(error) => {
                hand_on(Err(error), input.is_named, quiet, feed)?;
            }
        }
    }
    Ok(())
}

/// Hands on the items of one input, or that it was passed over; whether anybody still takes them.
fn hand_on(
    read: Result<Reading<'_>, ReadError>,
    is_named: bool,
    quiet: bool,
    feed: &SyncSender<Fed>,
) -> anyhow::Result<bool> {
    let fed = match read {
        Ok(found) => {
            let items = found
                .articles
                .into_iter()
                .map(Article::into_owned)
                .collect();
            Fed::Items(items, found.skipped, found.shared_ids, found.undated)
        }
        Err(error) if !is_named && error.is_of_one_file() => {
            pass_over(&error, quiet);
            Fed::PassedOver
        }
        Err(error) => return Err(error.into()),
    };
    Ok(feed.send(fed).is_ok())
}

/// Reads standard input. Records in lines are handed on as they come, the first too.
fn read_stream(reading: &ReadingArgs, quiet: bool, feed: &SyncSender<Fed>) -> anyhow::Result<()> {
    let mut input = BufReader::with_capacity(1 << 18, io::stdin());
    let mut first = Vec::new();
    while first.trim_ascii().is_empty() && input.read_until(b'\n', &mut first)? > 0 {}
    let source = |bytes: Vec<u8>| Source {
        name: "-".to_owned(),
        bytes: bytes.into(),
        flaw: None,
        is_named: true,
    };
    if !reading.has_records_in_lines(&String::from_utf8_lossy(&first)) {
        io::Read::read_to_end(&mut input, &mut first)?;
        for source in input::unpack_within(source(first), reading.unpack_limits())? {
            hand_on(reading.read(&source), source.is_named, quiet, feed)?;
        }
        return Ok(());
    }
    let mut lines = Lines {
        keys: reading.keys(),
        unseen: None,
        are_keys_seen: false,
        feed,
    };
    let mut block = first;
    loop {
        if block.ends_with(b"\n") && !lines.hand_on(source(std::mem::take(&mut block)))? {
            return Ok(());
        }
        let come = input.fill_buf()?;
        if come.is_empty() {
            lines.hand_on(source(block))?;
            return lines.unseen.map_or(Ok(()), |error| Err(error.into()));
        }
        let used = memchr::memrchr(b'\n', come).map_or(come.len(), |at| at + 1);
        block.extend_from_slice(&come[..used]);
        input.consume(used);
    }
}

/// Lines of a stream that are records.
struct Lines<'f> {
    keys: Keys,
    /// Whether records had all keys that were named; until they do, what is wrong. A few may lack
    /// them, all may not.
    are_keys_seen: bool,
    unseen: Option<ReadError>,
    feed: &'f SyncSender<Fed>,
}

impl Lines<'_> {
    /// Hands on the items of some lines; whether anybody still takes them.
    fn hand_on(&mut self, lines: Source) -> anyhow::Result<bool> {
        if lines.bytes.trim_ascii().is_empty() {
            return Ok(true);
        }
        if !self.are_keys_seen {
            self.unseen = input::read(&lines, Some(Format::Jsonl), &self.keys).err();
            self.are_keys_seen = self.unseen.is_none();
        }
        hand_on(
            Ok(input::some_lines(&lines, &self.keys)),
            true,
            true,
            self.feed,
        )
    }
}
