//! `qissa index`: inspect, check, shrink, export and rebuild an index.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hashbrown::HashSet;

use super::batch::{SettingsArgs, without_default};
use super::note;
use qissa::article::Timestamp;
use qissa::config::current_name;
use qissa::index::{Arrival, GroupKind, Groups};
use qissa::ingest::{self, ExportScope, Ingester, Rebuilt, settings_of};
use qissa::store::{self, Snapshot, Store, StoreError};

/// Inspect, check, shrink, export and rebuild an index
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa dedup --index seen samples/mixed/items.jsonl > annotated.jsonl\n  \
    qissa index info seen\n  qissa index forget seen m1 m2\n  qissa index expire --keep 14d seen\n  \
    qissa index export seen > items.jsonl"
)]
pub struct Args {
    #[command(subcommand)]
    command: IndexCommand,
}

#[derive(Debug, clap::Subcommand)]
enum IndexCommand {
    /// Show the number of items, size, times and settings
    Info {
        /// The folder of the index
        index: PathBuf,
    },
    /// Check every byte of the index
    Verify {
        /// The folder of the index
        index: PathBuf,
    },
    /// Remove items that were not seen for a time
    Expire {
        /// The time, such as 14d, 36h, 90m or 5s
        #[arg(long, value_name = "TIME", value_parser = seconds)]
        keep: i64,
        /// The folder of the index
        index: PathBuf,
    },
    /// Remove items from every file of the index, including the copy that `rebuild` keeps
    Forget {
        /// The folder of the index
        index: PathBuf,
        /// The ids of the items
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Write the items into a new, smaller file, and remove the old one
    Compact {
        /// The folder of the index
        index: PathBuf,
    },
    /// Print the items with their groups as JSON Lines
    Export {
        /// Only the items of the last commit, and of the last commit before each unclean shutdown:
        /// their rows may not have been printed
        #[arg(long)]
        last: bool,
        /// The folder of the index
        index: PathBuf,
    },
    /// Group the items anew under other settings, or recover a damaged index; the old file is kept
    /// as index.redb.bak, in place of an earlier copy
    #[command(mut_args = without_default)]
    Rebuild {
        /// The folder of the index; its settings are the defaults of the grouping options, unless
        /// --config names a file
        index: PathBuf,
        #[command(flatten)]
        settings: SettingsArgs,
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
        IndexCommand::Info { index } => info(index),
        IndexCommand::Verify { index } => verify(index),
        IndexCommand::Expire { keep, index } => expire(index, *keep),
        IndexCommand::Forget { index, ids } => forget(index, ids),
        IndexCommand::Compact { index } => compact(index),
        IndexCommand::Export { last, index } => export(index, *last),
        IndexCommand::Rebuild { index, settings } => rebuild(index, settings),
    }
}

fn info(index: &Path) -> anyhow::Result<()> {
    let snapshot = Snapshot::open(index)?;
    let (mut items, mut bytes, mut times) = (HashSet::new(), 0, Vec::new());
    snapshot.visit(|segment, size| {
        items.extend(segment.items.iter().map(|item| item.arrival));
        bytes += size;
        times.push(Timestamp(segment.time));
    })?;
    let mut out = super::stdout();
    writeln!(out, "items: {}", items.len())?;
    writeln!(out, "segments: {} with {bytes} bytes", snapshot.len())?;
    writeln!(out, "file: {} bytes", store::size(index))?;
    if let (Some(first), Some(last)) = (times.first(), times.last()) {
        writeln!(out, "written: {first} to {last}")?;
    }
    writeln!(out, "settings:")?;
    for (name, value) in &snapshot.settings {
        writeln!(out, "  {} = {value}", current_name(name))?;
    }
    Ok(out.flush()?)
}

/// Checks the chain of segments and the groups; the pages of the file too, unless another process
/// is writing.
fn verify(index: &Path) -> anyhow::Result<()> {
    let snapshot = Snapshot::open(index)?;
    let (mut versions, mut items) = (0, HashSet::<Arrival>::new());
    let (segments, mut groups) = (snapshot.len(), Groups::default());
    snapshot.visit(|segment, _| {
        versions += segment.items.len();
        items.extend(segment.items.iter().map(|item| item.arrival));
        groups.add(&segment);
    })?;
    let settings = snapshot.settings.clone();
    drop(snapshot);
    let kind = GroupKind::from(settings_of(index)?.level);
    if let Some(flaw) = groups.flaw(kind, items) {
        bail!(
            "the groups of the index {} contradict each other: {flaw}; `qissa index rebuild` makes \
             them anew",
            index.display()
        );
    }
    let pages = match Store::open(index, &settings) {
        Ok(_) => "all pages are whole",
        Err(StoreError::Locked { .. }) => {
            "pages were not checked because another process is writing"
        }
        Err(error) => return Err(error.into()),
    };
    note(
        false,
        &format!("{segments} segments with {versions} versions of items are whole; {pages}"),
    );
    Ok(())
}

fn expire(index: &Path, age: i64) -> anyhow::Result<()> {
    // An ingester would create a missing index.
    Snapshot::open(index)?;
    let mut ingester = Ingester::open(index, &settings_of(index)?, None)?;
    let now = jiff::Timestamp::now().as_second();
    let dropped = ingester.drop_older(age, now)?.expired;
    ingester.acknowledge_durably()?;
    note(false, &format!("{dropped} items dropped"));
    Ok(())
}

fn forget(index: &Path, ids: &[String]) -> anyhow::Result<()> {
    let forgotten = ingest::forget(index, ids)?;
    note(false, &format!("{} items forgotten", forgotten.items));
    if !forgotten.unknown_ids.is_empty() {
        bail!(
            "no item of the index {} has the id {:?}",
            index.display(),
            forgotten.unknown_ids
        );
    }
    Ok(())
}

fn compact(index: &Path) -> anyhow::Result<()> {
    let before = megabytes(store::size(index));
    ingest::compact(index)?;
    let after = megabytes(store::size(index));
    note(
        false,
        &format!("{before:.1} MB before, {after:.1} MB after"),
    );
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn export(index: &Path, last: bool) -> anyhow::Result<()> {
    let scope = if last {
        ExportScope::LastCommits
    } else {
        ExportScope::All
    };
    let mut out = super::stdout();
    for row in ingest::export(index, scope)? {
        writeln!(out, "{}", serde_json::to_string(&row)?)?;
    }
    Ok(out.flush()?)
}

fn rebuild(index: &Path, settings: &SettingsArgs) -> anyhow::Result<()> {
    let rebuilt = ingest::rebuild(index, |before| settings.config_over(before))
        .context("the index was not rebuilt")?;
    let Rebuilt {
        versions,
        damage,
        expired,
        unknown_settings,
        lost_settings,
        copy,
        ..
    } = rebuilt;
    let mut summary = format!("{versions} versions of items added again");
    if let Some(damage) = damage {
        note(false, &format!("{:#}", anyhow::Error::from(damage)));
        summary += "; what was damaged is lost";
    }
    if lost_settings {
        let message = "neither the settings nor their copy, settings.toml, are readable: defaults \
                       and options hold";
        note(false, message);
    }
    for line in unknown_settings {
        note(false, &format!("an unknown setting is left out: {line}"));
    }
    if expired > 0 {
        summary += &format!("; {expired} expired segments are left out");
    }
    let copy = copy.display();
    note(
        false,
        &format!("{summary}; the old index is kept as {copy}"),
    );
    Ok(())
}
