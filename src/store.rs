//! Durable store of segments: one redb file in a folder, one blob per commit.
//!
//! Input: segments in order. Output: the same segments after any interruption. A commit is on disk
//! when [`Store::commit`] returns. One process writes; others read the last commit ([`Snapshot`]).
//! Cost of a commit: its own bytes and a few pages, however large the index is. `docs/format.md`
//! describes the files, the tables, and what is synced when.

mod error;
mod files;
mod lock;
mod manifest;
mod recover;
mod snapshot;
mod tables;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadableDatabase, StorageBackend,
    WriteTransaction,
};

use crate::config::current_name;
use crate::index::{Delivery, PendingDeliveries, Segment, SegmentNo};

use error::guarded;
use files::Files;
pub(crate) use files::lines;
use manifest::Manifest;
use tables::{
    PENDING, SEGMENTS, SETTINGS, pending_rows, read_pending, read_settings, settings_checksum,
    visit_segments, write_pending,
};

pub use error::{StoreError, is_guarded};
pub use lock::WriteLock;
pub use recover::{Recovered, recover};
pub use snapshot::Snapshot;

/// Bytes of redb's page cache. Pages that are read often are few; the rest is read once.
const CACHE_BYTES: usize = 64 << 20;

/// Settings by name.
pub type Settings = BTreeMap<String, String>;

/// An index that is open for writing.
#[derive(Debug)]
pub struct Store {
    database: Database,
    path: String,
    manifest: Manifest,
    /// Pending deliveries as of the file.
    stored_pending: PendingDeliveries,
    /// Pending deliveries as of the next commit.
    pending: PendingDeliveries,
    /// Released when the database is closed; `None` over storage that is no file.
    lock: Option<WriteLock>,
}

/// Everything that an index holds.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The segments, in order.
    pub segments: Vec<Segment>,
    /// Number of the next segment. Numbers are not given twice, so it stays known which segments
    /// have expired.
    pub next_segment: SegmentNo,
    /// Deliveries that are not acknowledged.
    pub pending: PendingDeliveries,
    /// Whether the last run that wrote ended in order.
    pub is_clean: bool,
}

impl Store {
    /// Opens the index in a folder for writing; creates it if there is none.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Settings`] names the first setting that differs.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, StoreError> {
        Files::of(folder).make_folder()?;
        let lock = WriteLock::of(folder)?;
        let path = lock.files().index();
        if !lock.files().exists()? {
            create(lock.files(), settings)?;
        }
        let opened = guarded(&path, || {
            builder().set_check_integrity_on_open(true).open(&path)
        })?;
        let mut store = Store::of_existing(opened, &path, settings)?;
        store.lock = Some(lock);
        Ok(store)
    }

    /// A store over any storage, to test losses of power and full disks.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn over(backend: impl StorageBackend, settings: &Settings) -> Result<Self, StoreError> {
        let path = Path::new("(memory)");
        let is_new = backend.len().is_ok_and(|length| length == 0);
        let opened = guarded(path, || {
            let mut builder = Builder::new();
            builder
                .set_cache_size(CACHE_BYTES)
                .set_check_integrity_on_open(!is_new)
                .create_with_backend(backend)
        })?;
        if is_new {
            Store::of_new(opened, path, settings, SegmentNo(0))
        } else {
            Store::of_existing(opened, path, settings)
        }
    }

    fn of_existing(
        opened: Result<Database, DatabaseError>,
        path: &Path,
        settings: &Settings,
    ) -> Result<Self, StoreError> {
        let database = opened.map_err(|error| StoreError::opening(path, error))?;
        let name = path.display().to_string();
        let read = || {
            let transaction = database
                .begin_read()
                .map_err(|error| StoreError::redb(&name, error))?;
            let manifest = Manifest::read(&transaction, &name)?;
            let found = read_settings(&transaction, &manifest, &name)?;
            check_settings(&name, &found, settings)?;
            Ok((manifest, read_pending(&transaction, &name)?))
        };
        let (manifest, pending) = guarded(path, read)??;
        Ok(Store {
            database,
            path: name,
            manifest,
            stored_pending: pending.clone(),
            pending,
            lock: None,
        })
    }

    /// A store in a new file; its first segment will be `next_segment`.
    fn of_new(
        opened: Result<Database, DatabaseError>,
        path: &Path,
        settings: &Settings,
        next_segment: SegmentNo,
    ) -> Result<Self, StoreError> {
        let database = opened.map_err(|error| StoreError::opening(path, error))?;
        let manifest = Manifest::empty(next_segment, settings_checksum(settings));
        let store = Store {
            database,
            path: path.display().to_string(),
            manifest,
            stored_pending: PendingDeliveries::default(),
            pending: PendingDeliveries::default(),
            lock: None,
        };
        store.write(&manifest, |transaction| {
            transaction.open_table(SEGMENTS)?;
            transaction.open_table(PENDING)?;
            let mut table = transaction.open_table(SETTINGS)?;
            for (name, value) in settings {
                table.insert(name.as_str(), value.as_str())?;
            }
            Ok(())
        })?;
        Ok(store)
    }

    /// First segment that is kept.
    pub fn first_segment(&self) -> SegmentNo {
        self.manifest.first_segment
    }

    /// Number of the next segment.
    pub fn next_segment(&self) -> SegmentNo {
        self.manifest.next_segment
    }

    /// Commits a segment with its delivery, and drops the segments before `first_kept`.
    ///
    /// The segment gets its number and the checksum of the segment before. When this returns, the
    /// commit is on disk.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Unwritable`] or [`StoreError::Damaged`]; then nothing is
    /// written.
    pub fn commit(
        &mut self,
        segment: &mut Segment,
        first_kept: SegmentNo,
        delivery: Delivery,
    ) -> Result<(), StoreError> {
        let old = self.manifest;
        let number = old.next_segment;
        segment.number = number;
        segment.previous_checksum = old.last_checksum;
        segment.first_kept = first_kept;
        let (bytes, checksum) = segment
            .to_bytes()
            .map_err(|error| StoreError::unwritable(&self.path, number, error))?;
        let mut pending = self.pending.clone();
        pending.add(number, delivery);
        pending.expire(first_kept);
        let rows = pending_rows(&self.stored_pending, &pending, &self.path)?;
        let mut manifest = Manifest {
            first_segment: first_kept,
            next_segment: number.next(),
            last_checksum: checksum,
            ..old
        };
        if first_kept > old.first_segment {
            manifest.previous_checksum = self.checksum_before(first_kept)?;
            // Noted before the segments go, so no rebuild brings expired items back.
            if let Some(lock) = &self.lock {
                lock.files().note_first_kept(first_kept)?;
            }
        }
        self.write(&manifest, |transaction| {
            let mut segments = transaction.open_table(SEGMENTS)?;
            segments.insert(number.0, bytes.as_slice())?;
            for expired in old.first_segment.until(first_kept) {
                segments.remove(expired.0)?;
            }
            write_pending(transaction, &rows)
        })?;
        self.manifest = manifest;
        self.stored_pending = pending.clone();
        self.pending = pending;
        Ok(())
    }

    /// Deliveries that are not acknowledged. Changes are written by the next commit, or by
    /// [`Store::write_pending`].
    pub fn pending(&mut self) -> &mut PendingDeliveries {
        &mut self.pending
    }

    /// Whether the last run that wrote ended in order.
    pub fn is_clean(&self) -> bool {
        self.manifest.is_clean()
    }

    /// Writes the pending deliveries; with `is_clean` also that the run ended in order.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn write_pending(&mut self, is_clean: bool) -> Result<(), StoreError> {
        let mut manifest = self.manifest;
        if is_clean {
            manifest.acknowledged = manifest.next_segment;
        }
        if manifest == self.manifest && self.pending == self.stored_pending {
            return Ok(());
        }
        let rows = pending_rows(&self.stored_pending, &self.pending, &self.path)?;
        self.write(&manifest, |transaction| write_pending(transaction, &rows))?;
        self.manifest = manifest;
        self.stored_pending = self.pending.clone();
        Ok(())
    }

    /// Writes the manifest, and `more`, in one transaction.
    fn write(
        &self,
        manifest: &Manifest,
        more: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            more(&transaction)?;
            manifest.write(&transaction)?;
            Ok(transaction.commit()?)
        };
        guarded(Path::new(&self.path), write)?.map_err(|error| StoreError::redb(&self.path, error))
    }

    /// Closes the database, and reports errors that a drop would hide.
    fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        guarded(Path::new(&path), || self.database.close())?
            .map_err(|error| StoreError::redb(&path, error))
    }

    /// Visits each segment, in order, with its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`]
    pub fn visit(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        let read = || {
            let transaction = self
                .database
                .begin_read()
                .map_err(|error| StoreError::redb(&self.path, error))?;
            visit_segments(&transaction, &self.manifest, &self.path, visit)
        };
        guarded(Path::new(&self.path), read)?
    }

    /// The checksum of the segment before another.
    fn checksum_before(&self, number: SegmentNo) -> Result<u64, StoreError> {
        let previous = SegmentNo(number.0 - 1);
        let read = || -> Result<Option<u64>, redb::Error> {
            let table = self.database.begin_read()?.open_table(SEGMENTS)?;
            let blob = table.get(previous.0)?;
            Ok(blob.and_then(|blob| blob.value().last_chunk().copied().map(u64::from_le_bytes)))
        };
        let checksum = guarded(Path::new(&self.path), read)?
            .map_err(|error| StoreError::redb(&self.path, error))?;
        checksum.ok_or_else(|| StoreError::damaged_segment(&self.path, previous, "is missing"))
    }
}

/// Creates an empty index.
fn create(files: &Files, settings: &Settings) -> Result<(), StoreError> {
    files.remove_first_kept()?;
    files.write_settings(settings)?;
    let path = files.index();
    let fresh = guarded(&path, || builder().create(files.unfinished()))?;
    Store::of_new(fresh, &path, settings, SegmentNo(0))?.close()?;
    files.publish()
}

/// Size of the index in a folder, in bytes; 0 if there is none.
pub fn size(folder: &Path) -> u64 {
    fs::metadata(Files::of(folder).index()).map_or(0, |file| file.len())
}

/// Whether a folder holds an index.
///
/// # Errors
/// [`StoreError::Io`]
pub fn exists(folder: &Path) -> Result<bool, StoreError> {
    Files::of(folder).exists()
}

/// Replaces the content and the settings of an index.
///
/// # Errors
/// [`StoreError`]; then the old index stays.
pub fn rewrite(lock: &WriteLock, settings: &Settings, content: Content) -> Result<(), StoreError> {
    write_unfinished(lock, settings, content)?;
    lock.files().write_settings(settings)?;
    lock.files().publish()
}

/// As [`rewrite`], but keeps the old index as a copy, in place of an earlier copy. Returns the path
/// of the copy.
///
/// # Errors
/// As [`rewrite`].
pub fn rewrite_and_keep(
    lock: &WriteLock,
    settings: &Settings,
    content: Content,
) -> Result<PathBuf, StoreError> {
    write_unfinished(lock, settings, content)?;
    let copy = lock.files().keep_copy()?;
    lock.files().write_settings(settings)?;
    lock.files().publish()?;
    Ok(copy)
}

/// Removes the copy that [`rewrite_and_keep`] kept, if there is one.
///
/// # Errors
/// [`StoreError::Io`]
pub fn remove_copy(lock: &WriteLock) -> Result<(), StoreError> {
    lock.files().remove_copy()
}

/// Writes the file that is to replace the index.
fn write_unfinished(
    lock: &WriteLock,
    settings: &Settings,
    content: Content,
) -> Result<(), StoreError> {
    let written = write_content(&lock.files().unfinished(), settings, content);
    if written.is_err() {
        // The first error is the one to report.
        let _ = lock.files().remove_unfinished();
    }
    written
}

fn write_content(path: &Path, settings: &Settings, content: Content) -> Result<(), StoreError> {
    let fresh = guarded(path, || builder().create(path))?;
    let first_kept = content.next_segment;
    let mut store = Store::of_new(fresh, path, settings, first_kept)?;
    for mut segment in content.segments {
        store.commit(&mut segment, first_kept, Delivery::default())?;
    }
    let last = SegmentNo(store.next_segment().0.saturating_sub(1));
    store.pending = content.pending.merge_into(last);
    store.write_pending(content.is_clean)?;
    store.close()
}

/// The copy of the settings beside an index, if it can be read.
pub fn copy_of_settings(folder: &Path) -> Option<String> {
    Files::of(folder).read_settings()
}

/// Compares the settings of an index with those given.
///
/// # Errors
/// [`StoreError::Settings`] names the first setting that differs.
pub fn check_settings(path: &str, found: &Settings, given: &Settings) -> Result<(), StoreError> {
    let value = |settings: &Settings, name: &str| {
        let value = settings.get(name).cloned();
        value.unwrap_or_else(|| "not set".to_owned())
    };
    for name in found.keys().chain(given.keys()) {
        if found.get(name) != given.get(name) {
            return Err(StoreError::Settings {
                path: path.to_owned(),
                name: current_name(name).to_owned(),
                found: value(found, name),
                given: value(given, name),
            });
        }
    }
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE_BYTES);
    builder
}
