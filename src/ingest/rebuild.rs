//! An index in, damaged or not, one of what is whole of it out, under the same settings or others.
//! What is replaced is kept as a copy.

use std::path::{Path, PathBuf};

use super::Kept;
use crate::config::Config;
use crate::error::Error;
use crate::identity;
use crate::index::{Item, News, Segment, Untold};
use crate::source_rules::SourceRules;
use crate::store::{self, Content, StoreError, WriteLock};

/// So many numbers of items are left out after damage, as segments may be lost whose numbers were
/// told; a group's id is made of such a number.
const LOST_NUMBERS: u64 = 1 << 32;

/// What became of an index that was rebuilt.
#[derive(Debug)]
pub struct Rebuilt {
    /// How many versions of items were taken in again.
    pub versions: usize,
    /// What was wrong with the index; what stood there is lost.
    pub damage: Option<StoreError>,
    /// How many whole segments were left out, as they had expired.
    pub expired: usize,
    /// The settings, as lines, that this version does not know or that could not be read; the
    /// defaults hold for them.
    pub unknown_settings: Vec<String>,
    /// Whether no settings could be read, so that the defaults hold.
    pub lost_settings: bool,
    /// The copy of what was replaced.
    pub copy: PathBuf,
}

/// Takes the items of the index in a folder in again, under its settings after `change` has changed
/// them; of a damaged one, those that are whole and had not expired.
///
/// # Errors
/// Those of `change`, [`Error::Config`], [`Error::Store`]; the old index stays then.
pub fn rebuild<E: From<Error>>(
    folder: &Path,
    change: impl FnOnce(Config) -> Result<Config, E>,
) -> Result<Rebuilt, E> {
    let lock = WriteLock::take(folder).map_err(Error::from)?;
    let found = store::salvage(&lock).map_err(Error::from)?;
    let copy = || store::copy_of_settings(folder);
    let doubtful = || found.doubtful_settings.as_ref().map(store::lines);
    let lines = found
        .settings
        .as_ref()
        .map(store::lines)
        .or_else(copy)
        .or_else(doubtful);
    let (before, unknown_settings) = lines
        .as_deref()
        .map_or_else(Default::default, known_settings);
    let config = change(before)?;
    let (content, versions) = retaken(
        found.content,
        &config,
        found.damage.is_some(),
        found.knows_untold,
    )?;
    let copy = store::rewrite_and_keep(&lock, &config.matching(), content).map_err(Error::from)?;
    let lost_settings = lines.is_none();
    Ok(Rebuilt {
        versions,
        damage: found.damage,
        expired: found.expired,
        unknown_settings,
        lost_settings,
        copy,
    })
}

/// The content in the groups that settings give, and how many versions of items that has.
fn retaken(
    content: Content,
    config: &Config,
    is_damaged: bool,
    knows_untold: bool,
) -> Result<(Content, usize), Error> {
    let sources = config.check()?.sources;
    let untold = if knows_untold {
        content.untold
    } else {
        last_brought(&content.segments, &sources)
    };
    let mut kept = Kept::of(content.segments);
    if is_damaged {
        kept.skip_numbers(LOST_NUMBERS);
    }
    let versions = kept.len();
    let segments = kept.retake(config)?.into_segments();
    Ok((
        Content {
            segments,
            untold,
            next: content.next,
            is_told: content.is_told,
        },
        versions,
    ))
}

/// What the last commit with items brought, as if nobody were told of it. Items are hashed as they
/// are compared.
fn last_brought(segments: &[Segment], sources: &SourceRules) -> Untold {
    let last = segments.iter().rfind(|segment| !segment.items.is_empty());
    let version = |item: &Item| {
        let article = item.article();
        (
            item.number,
            identity::content_hash(sources.textless(&article).as_ref().unwrap_or(&article)),
        )
    };
    let news = |segment: &Segment| {
        let versions = segment.items.iter().map(version).collect();
        (
            segment.number,
            News {
                versions,
                events: Vec::new(),
            },
        )
    };
    Untold::new(last.map(news))
}

/// The configuration that lines of settings tell of, with the defaults for the rest, and the lines
/// that tell of nothing.
fn known_settings(lines: &str) -> (Config, Vec<String>) {
    let (known, unknown): (Vec<&str>, Vec<&str>) = lines
        .lines()
        .filter(|line| !line.trim().is_empty())
        .partition(|line| Config::parse(line).is_ok());
    let config = Config::parse(&known.join("\n")).unwrap_or_default();
    (config, unknown.into_iter().map(str::to_owned).collect())
}
