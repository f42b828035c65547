//! Ingestion: adds items to a persistent index, one commit at a time.
//!
//! The life of an item:
//!
//! | Stage | What happens | Function |
//! | --- | --- | --- |
//! | received | a batch of articles arrives | [`Ingester::add`] |
//! | identified | keys are computed in parallel; a known item keeps its [`Arrival`] | [`Index::identify`] |
//! | deduplicated | groups of duplicates are settled | [`Index::settle_duplicates`] |
//! | clustered | stories of the window are built anew, canonicals chosen | [`Index::set_stories`] |
//! | committed | segment and delivery are on disk | [`Store::commit`] |
//! | acknowledged | the consumer has the rows | [`Ingester::acknowledge`] |
//!
//! Expired segments are dropped between the stages identified and deduplicated, so items are
//! matched before segments expire.
//!
//! [`Engine::group`] builds stories from the new items and the last [`WINDOW`] items: recent
//! stories are corrected at bounded cost, older stories do not change. Delivery is at least once:
//! after an unclean shutdown, [`Ingester::redeliver`] reports unacknowledged versions again.
//!
//! [`Engine::group`]: crate::pipeline::Engine::group

mod export;
mod image;
mod rebuild;
mod stages;
mod window;

use std::path::Path;
use std::time::{Duration, Instant};

use hashbrown::HashSet;

use crate::article::Article;
use crate::config::{Config, Level};
use crate::error::Error;
use crate::index::{
    AmbiguousId, Arrival, Clock, Decision, Delivery, Event, GroupKind, Groups, Index, Outcome,
    Segment, SegmentNo, VersionKey, reported_versions,
};
use crate::pipeline::Engine;
use crate::store::{self, Content, Settings, Snapshot, Store, StoreError, WriteLock};

use stages::Stages;

pub use export::{ExportRow, ExportScope, export, items};
pub use image::IndexImage;
pub use rebuild::{Rebuilt, rebuild};
pub use window::WINDOW;

/// An index opened for writing.
///
/// ```
/// use qissa::index::Decision;
/// use qissa::ingest::Ingester;
/// use qissa::{Article, Config};
///
/// let folder = tempfile::tempdir()?;
/// let mut ingester = Ingester::open(folder.path(), &Config::default(), None)?;
/// let item = Article::headline("1", "Minister opens the new bridge over the river");
/// let commit = ingester.add(&[item.clone(), item], 1_760_000_000)?;
/// assert_eq!(commit.outcomes[0].decision, Decision::New);
/// assert_eq!(commit.outcomes[1].decision, Decision::Seen);
/// ingester.acknowledge_durably()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Ingester {
    stages: Stages,
    store: Store,
    clock: Clock,
    /// First segment of the current run.
    first_own: SegmentNo,
    /// Versions reported since the last acknowledgement.
    reported: HashSet<VersionKey>,
    /// Whether the last run that added items ended without an acknowledgement.
    unclean_shutdown: bool,
    /// Whether the current run added items.
    has_added: bool,
}

/// Result of a commit.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Commit {
    /// The outcome of each item, in order.
    pub outcomes: Vec<Outcome>,
    /// Changes for items of earlier commits.
    pub events: Vec<Event>,
    /// Number of items that expired.
    pub expired: usize,
    /// The first ambiguous id of each feed, since the index was opened.
    pub ambiguous_ids: Vec<AmbiguousId>,
    /// The time until the commit was on disk; `None` if nothing had to be written.
    pub write_time: Option<Duration>,
}

/// The decision about an item without adding the item.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Lookup {
    /// The decision about the item.
    pub decision: Decision,
    /// The known item: of an earlier version, the nearest duplicate, or the canonical of the story.
    pub nearest: Option<Outcome>,
    /// Similarity to `nearest`, in `0..=1`.
    pub similarity: f64,
}

impl Ingester {
    /// Opens or creates the index in a folder. Items expire `retention` seconds after they were
    /// last seen.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Config`]
    pub fn open(folder: &Path, config: &Config, retention: Option<i64>) -> Result<Self, Error> {
        let engine = Engine::new(config.check()?);
        let store = Store::open(folder, &config.matching())?;
        let mut ingester = Ingester {
            stages: Stages::new(engine),
            clock: Clock::new(retention),
            first_own: store.next_segment(),
            reported: HashSet::new(),
            unclean_shutdown: !store.is_clean(),
            has_added: false,
            store,
        };
        ingester.load()?;
        Ok(ingester)
    }

    /// Reads the segments twice: first the current groups, then the items.
    fn load(&mut self) -> Result<(), StoreError> {
        let mut groups = Groups::default();
        self.store.visit(|segment, _| groups.add(&segment))?;
        let (stages, clock) = (&mut self.stages, &mut self.clock);
        self.store.visit(|segment, _| {
            clock.push(segment.time);
            let elapsed = clock.moment(segment.time).elapsed;
            stages.restore(segment, elapsed, &groups);
        })?;
        stages.index.finish_restore();
        Ok(())
    }

    /// Sets the maximum age of news: an item dated more than `seconds` before the first commit of
    /// the item is [`Decision::Old`].
    pub fn with_max_age(mut self, seconds: Option<i64>) -> Self {
        self.stages.index = self.stages.index.with_max_age(seconds);
        self
    }

    /// Declares that the consumer hides old items, see [`Index::hide_old`].
    pub fn hide_old(&mut self) {
        self.stages.index.hide_old();
    }

    /// Declares that the consumer hides followers, see [`Index::hide_followers`].
    pub fn hide_followers(&mut self, kind: GroupKind) {
        self.stages.index.hide_followers(kind);
    }

    /// The index in memory.
    pub fn index(&self) -> &Index {
        &self.stages.index
    }

    /// The time of the last commit, if in conflict with `now`. A wrong clock makes no item older.
    pub fn clock_conflict(&self, now: i64) -> Option<i64> {
        self.clock.conflict(now)
    }

    /// Whether the last run that added items ended between a commit and the acknowledgement: the
    /// consumer may lack the rows.
    pub fn unclean_shutdown(&self) -> bool {
        self.unclean_shutdown
    }

    /// Reports unacknowledged versions as new when seen again (at-least-once delivery). A version
    /// stays pending until acknowledged or expired.
    pub fn redeliver(&mut self) {
        let pending: Vec<VersionKey> = self.store.pending().versions().collect();
        self.stages.index.redeliver(pending);
    }

    /// The unacknowledged events, in order. Returned events count as acknowledged.
    pub fn redeliver_events(&mut self) -> Vec<Event> {
        let pending = self.store.pending();
        let events = pending.events().cloned().collect();
        pending.acknowledge_events(SegmentNo(0));
        events
    }

    /// Acknowledges everything reported so far. The next commit stores the acknowledgement.
    pub fn acknowledge(&mut self) {
        let reported = std::mem::take(&mut self.reported);
        let pending = self.store.pending();
        pending.acknowledge_versions(&reported);
        pending.acknowledge_events(self.first_own);
    }

    /// Acknowledges, and stores the acknowledgement at once: a following shutdown is clean.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub fn acknowledge_durably(&mut self) -> Result<(), Error> {
        self.acknowledge();
        // A run without additions cannot have delivered the pending rows of an earlier run.
        let is_clean = self.has_added || !self.unclean_shutdown;
        Ok(self.store.write_pending(is_clean)?)
    }

    /// Adds and commits items, and returns their outcomes. `now` is in seconds since 1970.
    ///
    /// Items expire after matching. After a pause without commits, expiry waits for a day, or an
    /// eighth of the retention, so the items of several calls are matched;
    /// [`Ingester::drop_expired`] ends the wait.
    ///
    /// # Errors
    /// [`Error::Store`]: nothing is written, and the ingester must not be used further.
    pub fn add(&mut self, articles: &[Article<'_>], now: i64) -> Result<Commit, Error> {
        let expired = self.clock.expired(now);
        self.commit(articles, expired, now)
    }

    /// Drops expired items. Call after all additions of the run.
    ///
    /// # Errors
    /// As [`Ingester::add`].
    pub fn drop_expired(&mut self, now: i64) -> Result<Commit, Error> {
        match self.clock.retention() {
            Some(retention) => self.drop_older(retention, now),
            None => Ok(Commit::default()),
        }
    }

    /// Drops items not seen for `age` seconds; pauses count in full.
    ///
    /// # Errors
    /// As [`Ingester::add`].
    pub fn drop_older(&mut self, age: i64, now: i64) -> Result<Commit, Error> {
        let expired = self.clock.older_than(age, now);
        self.commit(&[], expired, now)
    }

    /// Adds items and drops the first `expired` segments.
    fn commit(
        &mut self,
        articles: &[Article<'_>],
        expired: usize,
        now: i64,
    ) -> Result<Commit, Error> {
        let incoming = self.stages.prepare(articles);
        let moment = self.clock.moment(now);
        let mut segment = Segment {
            number: self.store.next_segment(),
            time: now,
            ..Segment::default()
        };
        let index = &mut self.stages.index;
        let identified = index.identify(&incoming, moment, &mut segment);
        let first = self.store.first_segment();
        let first_kept = SegmentNo(first.0 + expired as u64);
        let expired_items = self.stages.drop_segments(first.until(first_kept));
        let mut events = Vec::new();
        let similarities = self.stages.settle(&mut segment, &mut events);
        let contents = incoming.iter().map(|item| item.identity.text);
        let versions = reported_versions(&identified, contents);
        self.reported.extend(&versions);
        self.has_added |= !articles.is_empty();
        // After a conflict of clocks, the clock restarts from a new commit.
        let has_conflict = self.clock.conflict(now).is_some();
        let mut write_time = None;
        if !segment.is_empty() || expired > 0 || has_conflict {
            let begun = Instant::now();
            let events = events.clone();
            self.store
                .commit(&mut segment, first_kept, Delivery { versions, events })?;
            write_time = Some(begun.elapsed());
            self.clock.drop_first(expired);
            self.clock.push(now);
        }
        Ok(Commit {
            outcomes: self.stages.outcomes(&identified, &similarities),
            events,
            expired: expired_items,
            ambiguous_ids: self.stages.index.ambiguous_ids().to_vec(),
            write_time,
        })
    }

    /// Decides about single items without adding the items. `now` is in seconds since 1970.
    ///
    /// # Cost
    /// The search for duplicates; at level stories, for an unknown item without duplicates, also
    /// the stories of the window.
    pub fn classify(&self, articles: &[Article<'_>], now: i64) -> Vec<Lookup> {
        self.stages.classify(articles, self.clock.moment(now))
    }
}

impl From<Level> for GroupKind {
    /// The kind of groups at a level.
    fn from(level: Level) -> Self {
        match level {
            Level::Stories => GroupKind::Stories,
            Level::Duplicates => GroupKind::Duplicates,
        }
    }
}

/// The settings of the index in a folder, or the defaults without an index.
///
/// # Errors
/// [`Error::Store`], [`Error::Settings`]
pub fn settings_of(folder: &Path) -> Result<Config, Error> {
    if !store::exists(folder)? {
        return Ok(Config::default());
    }
    config_of(&Snapshot::open(folder)?.settings, folder)
}

fn config_of(settings: &Settings, folder: &Path) -> Result<Config, Error> {
    Config::from_matching(settings).map_err(|cause| Error::Settings {
        path: folder.display().to_string(),
        cause: Box::new(cause),
    })
}

/// Result of forgetting ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgotten {
    /// Number of items removed.
    pub items: usize,
    /// Ids without an item.
    pub unknown_ids: Vec<String>,
}

/// Removes the items with `ids` from the index in a folder, from every file: also from the copy
/// kept by a rebuild.
///
/// # Errors
/// [`Error::Store`], [`Error::Settings`]
pub fn forget(folder: &Path, ids: &[String]) -> Result<Forgotten, Error> {
    let lock = WriteLock::take(folder)?;
    let (settings, mut content) = read(&lock)?;
    let (items, unknown_ids) = find_ids(&content.segments, ids);
    store::remove_copy(&lock)?;
    if !items.is_empty() {
        let mut image = IndexImage::from_segments(content.segments);
        image.forget(&items, &config_of(&settings, folder)?)?;
        content.pending.forget(&items);
        content.segments = image.into_segments();
        store::rewrite(&lock, &settings, content)?;
    }
    Ok(Forgotten {
        items: items.len(),
        unknown_ids,
    })
}

/// The items with `ids`, and the ids without an item.
fn find_ids(segments: &[Segment], ids: &[String]) -> (HashSet<Arrival>, Vec<String>) {
    let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let mut unknown = wanted.clone();
    let mut found = HashSet::new();
    for item in segments.iter().flat_map(|segment| &segment.items) {
        let id = item.id.as_str();
        if wanted.contains(id) {
            unknown.remove(id);
            found.insert(item.arrival);
        }
    }
    let unknown_ids = ids.iter().filter(|id| unknown.contains(id.as_str()));
    (found, unknown_ids.cloned().collect())
}

/// Writes the state of the index in a folder into a new file, without expired segments and earlier
/// versions of groups.
///
/// # Errors
/// [`StoreError`]
pub fn compact(folder: &Path) -> Result<(), StoreError> {
    let lock = WriteLock::take(folder)?;
    let (settings, mut content) = read(&lock)?;
    content.segments = IndexImage::from_segments(content.segments).into_segments();
    store::rewrite(&lock, &settings, content)
}

fn read(lock: &WriteLock) -> Result<(Settings, Content), StoreError> {
    let snapshot = Snapshot::under(lock)?;
    Ok((snapshot.settings.clone(), snapshot.content()?))
}
