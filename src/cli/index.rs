//! `qissa index`: what is in an index, whether it is whole, and what is to go from it.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hashbrown::{HashMap, HashSet};

use super::batch::Settings;
use super::note;
use qissa::article::Timestamp;
use qissa::config::current_name;
use qissa::index::{Groups, Item, Kind, Segment, group_id};
use qissa::ingest::{self, Ingester, settings_of};
use qissa::store::{self, Content, Snapshot, Store, StoreError};

/// Look into an index, check it, and take things out of it
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa dedup --index seen samples/mixed/items.jsonl > annotated.jsonl\n  \
    qissa index info seen\n  qissa index forget seen m1 m2\n  qissa index expire --keep 14d seen\n  \
    qissa index export seen > items.jsonl"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what is in it and under which settings
    Info {
        /// The folder of the index
        index: PathBuf,
    },
    /// Check every byte of it
    Verify {
        /// The folder of the index
        index: PathBuf,
    },
    /// Drop what was not seen for so long
    Expire {
        /// How long, such as 14d or 36h
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        keep: i64,
        /// The folder of the index
        index: PathBuf,
    },
    /// Remove items and all that was kept of them, for good, also the copy that a rebuild kept
    Forget {
        /// The folder of the index
        index: PathBuf,
        /// The ids of the items
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Write what is left into a new file, and remove the old one
    Compact {
        /// The folder of the index
        index: PathBuf,
    },
    /// Print its items with their groups as JSON Lines
    Export {
        /// Only the items that the last commit brought, and those of the last commit of each run
        /// that broke off: their rows may not have been printed
        #[arg(long)]
        last: bool,
        /// The folder of the index
        index: PathBuf,
    },
    /// Take its items in again, under other settings, or what is whole of a damaged one; what was
    /// there is kept beside it as index.redb.bak, in place of the copy before
    Rebuild {
        /// The folder of the index
        index: PathBuf,
        #[command(flatten)]
        settings: Settings,
    },
}

/// A time such as 14d, 36h, 90m or 5s, in seconds.
pub fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "should be a number with d, h, m or s behind it, such as 14d".to_owned();
    let unit = match text.chars().next_back() {
        Some('d') => 86_400,
        Some('h') => 3600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err(wrong()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number
        .checked_mul(unit)
        .filter(|&time| time >= 0)
        .ok_or_else(wrong)
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    match &args.command {
        Command::Info { index } => info(index),
        Command::Verify { index } => verify(index),
        Command::Expire { keep, index } => {
            let dropped = expire(index, *keep)?;
            note(false, &format!("{dropped} items dropped"));
            Ok(())
        }
        Command::Forget { index, ids } => forget(index, ids),
        Command::Compact { index } => {
            let before = store::size(index);
            ingest::compact(index)?;
            note(
                false,
                &format!(
                    "{:.1} MB before, {:.1} MB now",
                    megabytes(before),
                    megabytes(store::size(index))
                ),
            );
            Ok(())
        }
        Command::Export { last, index } => export(index, *last),
        Command::Rebuild { index, settings } => rebuild(index, settings),
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn info(index: &Path) -> anyhow::Result<()> {
    let snapshot = Snapshot::open(index)?;
    let (mut items, mut bytes, mut times) = (HashSet::new(), 0, Vec::new());
    snapshot.each(|segment, size| {
        items.extend(segment.items.iter().map(|item| item.number));
        bytes += size;
        times.push(segment.time);
    })?;
    let mut out = super::stdout();
    writeln!(out, "items: {}", items.len())?;
    writeln!(out, "segments: {} with {bytes} bytes", snapshot.len())?;
    writeln!(out, "file: {} bytes", store::size(index))?;
    if let (Some(first), Some(last)) = (times.first(), times.last()) {
        writeln!(
            out,
            "written: {} to {}",
            Timestamp(*first),
            Timestamp(*last)
        )?;
    }
    writeln!(out, "settings:")?;
    snapshot
        .settings
        .iter()
        .try_for_each(|(name, value)| writeln!(out, "  {} = {value}", current_name(name)))?;
    Ok(out.flush()?)
}

/// Checks the pages of the file and the chain of segments; beside a writer the chain alone.
fn verify(index: &Path) -> anyhow::Result<()> {
    let snapshot = Snapshot::open(index)?;
    let (mut items, mut count, mut told) = (0, 0, Groups::default());
    let mut add = |segment: Segment, _| {
        items += segment.items.len();
        count += 1;
        told.add(&segment);
    };
    let settings = snapshot.settings.clone();
    snapshot.each(&mut add)?;
    drop(snapshot);
    let kind = Kind::from(settings_of(index)?.level);
    if let Some(flaw) = told.flaw(kind) {
        bail!(
            "the groups of the index {} do not fit together: {flaw}; `qissa index rebuild` makes them anew",
            index.display()
        );
    }
    let pages = match Store::open(index, &settings) {
        Ok(_) => "all pages are whole",
        Err(StoreError::Locked { .. }) => {
            "its pages were not checked, because another process is writing"
        }
        Err(error) => return Err(error.into()),
    };
    note(
        false,
        &format!("{count} segments with {items} versions of items are whole; {pages}"),
    );
    Ok(())
}

/// Drops what was not seen for so long; returns how many items.
fn expire(index: &Path, keep: i64) -> anyhow::Result<usize> {
    Snapshot::open(index)?;
    let mut ingester = Ingester::open(index, &settings_of(index)?, None)?;
    let dropped = ingester
        .drop_older(keep, jiff::Timestamp::now().as_second())?
        .expired;
    ingester.note_told()?;
    Ok(dropped)
}

fn forget(index: &Path, ids: &[String]) -> anyhow::Result<()> {
    let (forgotten, missing) = ingest::forget(index, ids)?;
    note(false, &format!("{forgotten} items forgotten"));
    if !missing.is_empty() {
        bail!(
            "no item of the index {} has the id {missing:?}",
            index.display()
        );
    }
    Ok(())
}

fn export(index: &Path, last: bool) -> anyhow::Result<()> {
    let kind = Kind::from(settings_of(index)?.level);
    let Content {
        segments, untold, ..
    } = Snapshot::open(index)?.content()?;
    let mut told = Groups::default();
    let mut items: HashMap<u64, &Item> = HashMap::new();
    for segment in &segments {
        told.add(segment);
        items.extend(segment.items.iter().map(|item| (item.number, item)));
    }
    let mut all: Vec<&Item> = items.values().copied().collect();
    all.sort_by_key(|item| item.number);
    if let Some(commit) = segments
        .iter()
        .rfind(|segment| last && !segment.items.is_empty())
    {
        let last = commit.items.iter().map(|item| item.number);
        let shown: HashSet<u64> = last
            .chain(untold.versions().map(|(number, _)| number))
            .collect();
        all.retain(|item| shown.contains(&item.number));
    }
    let mut out = super::stdout();
    for item in all {
        let cluster = told.label(kind, item.number);
        let canonical = told
            .canonical(cluster)
            .and_then(|number| items.get(&number))
            .map_or(&item.id, |item| &item.id);
        let row = serde_json::json!({
            "id": item.id,
            "title": item.title,
            "content_text": item.text,
            "url": item.url,
            "source": item.source,
            "feed_url": item.feed,
            "date_published": item.published.map(|when| Timestamp(when).to_string()),
            "language": item.language,
            "first_seen": Timestamp(item.first).to_string(),
            "near_dup_id": group_id(Kind::Duplicates, told.label(Kind::Duplicates, item.number)),
            "cluster_id": group_id(kind, cluster),
            "canonical_id": canonical,
        });
        writeln!(out, "{row}")?;
    }
    Ok(out.flush()?)
}

fn rebuild(index: &Path, settings: &Settings) -> anyhow::Result<()> {
    let rebuilt = ingest::rebuild(index, |before| settings.config_over(before))
        .context("the index was not rebuilt")?;
    if let Some(damage) = &rebuilt.damage {
        note(false, &format!("{damage:#}"));
    }
    if rebuilt.lost_settings {
        note(
            false,
            "neither its settings nor their copy, settings.toml, could be read: the defaults and your options hold",
        );
    }
    for line in &rebuilt.unknown_settings {
        note(
            false,
            &format!("a setting that this program does not know was left out: {line}"),
        );
    }
    let what = if rebuilt.damage.is_some() {
        "; what was damaged is lost"
    } else {
        ""
    };
    let expired = match rebuilt.expired {
        0 => String::new(),
        count => format!("; {count} segments that had expired stay out"),
    };
    let copy = rebuilt.copy.display();
    note(
        false,
        &format!(
            "{} versions of items taken in again{what}{expired}; what was there is kept as {copy}",
            rebuilt.versions
        ),
    );
    Ok(())
}
