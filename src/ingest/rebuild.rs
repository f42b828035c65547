//! Rebuild: groups the items of an index again, under other settings or after damage.
//!
//! Input: an index, damaged or not. Output: an index of the undamaged items; the old index is kept
//! as a copy. Cost: the cost of adding all items again.

use std::path::{Path, PathBuf};

use super::IndexImage;
use crate::config::Config;
use crate::error::Error;
use crate::identity;
use crate::index::{Delivery, PendingDeliveries, Segment, VersionKey};
use crate::source_rules::SourceRules;
use crate::store::{self, Recovered, StoreError, WriteLock};

/// Number of arrivals left out after damage. Lost segments may have used arrivals, and group ids
/// are arrivals, so the arrivals are not reused.
const SKIPPED_ARRIVALS: u64 = 1 << 32;

/// Result of a rebuild.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rebuilt {
    /// Number of versions of items.
    pub versions: usize,
    /// The found damage. Damaged data is lost.
    pub damage: Option<StoreError>,
    /// Number of whole segments left out because they had expired.
    pub expired: usize,
    /// Unknown or unreadable lines of settings, replaced by defaults.
    pub unknown_settings: Vec<String>,
    /// Whether no settings were readable. The defaults hold.
    pub lost_settings: bool,
    /// Path of the copy of the old index.
    pub copy: PathBuf,
}

/// Rebuilds the index in a folder under its settings, as changed by `change`. Of a damaged index
/// the segments that are whole and have not expired are taken.
///
/// # Errors
/// The errors of `change`, [`Error::Config`], [`Error::Store`]; then the old index stays.
pub fn rebuild<E: From<Error>>(
    folder: &Path,
    change: impl FnOnce(Config) -> Result<Config, E>,
) -> Result<Rebuilt, E> {
    let lock = WriteLock::take(folder).map_err(Error::from)?;
    let found = store::recover(&lock).map_err(Error::from)?;
    let lines = settings_lines(&found, folder);
    let (old_config, unknown_settings) = known_settings(lines.as_deref().unwrap_or(""));
    let config = change(old_config)?;
    let rebuilt = reindex(&lock, found, &config)?;
    Ok(Rebuilt {
        unknown_settings,
        lost_settings: lines.is_none(),
        ..rebuilt
    })
}

/// The settings of an index as lines: with a matching checksum, else the copy beside the index,
/// else without a checksum.
fn settings_lines(found: &Recovered, folder: &Path) -> Option<String> {
    let verified = found.settings.as_ref().map(store::lines);
    verified
        .or_else(|| store::copy_of_settings(folder))
        .or_else(|| found.unverified_settings.as_ref().map(store::lines))
}

/// Groups what was recovered under the settings of `config`, and replaces the index.
fn reindex(lock: &WriteLock, found: Recovered, config: &Config) -> Result<Rebuilt, Error> {
    let sources = config.check()?.sources;
    let mut content = found.content;
    if !found.has_pending {
        content.pending = last_delivery(&content.segments, &sources);
    }
    let mut image = IndexImage::from_segments(content.segments);
    if found.damage.is_some() {
        image.skip_arrivals(SKIPPED_ARRIVALS);
    }
    let versions = image.len();
    content.segments = image.reindex(config)?.into_segments();
    let copy = store::rewrite_and_keep(lock, &config.matching(), content)?;
    Ok(Rebuilt {
        versions,
        damage: found.damage,
        expired: found.expired,
        unknown_settings: Vec::new(),
        lost_settings: false,
        copy,
    })
}

/// The items of the last commit with items, as if unacknowledged. Contents are hashed as compared.
fn last_delivery(segments: &[Segment], sources: &SourceRules) -> PendingDeliveries {
    let last = segments.iter().rfind(|segment| !segment.items.is_empty());
    PendingDeliveries::new(last.map(|segment| {
        let versions = segment.items.iter().map(|item| {
            let article = item.article();
            let textless = sources.textless(&article);
            VersionKey {
                item: item.arrival,
                content: identity::content_hash(textless.as_ref().unwrap_or(&article)),
            }
        });
        let delivery = Delivery {
            versions: versions.collect(),
            events: Vec::new(),
        };
        (segment.number, delivery)
    }))
}

/// The configuration of lines of settings, with defaults for the rest, and the lines that set
/// nothing known.
fn known_settings(lines: &str) -> (Config, Vec<String>) {
    let (mut config, mut known, mut unknown) = (Config::default(), String::new(), Vec::new());
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let extended = format!("{known}{line}\n");
        match Config::parse(&extended) {
            Ok(parsed) => (config, known) = (parsed, extended),
            Err(_) => unknown.push(line.to_owned()),
        }
    }
    (config, unknown)
}
