//! Recovery: what is whole of an index file, damaged or not.
//!
//! Input: the bytes of the file. Output: whole segments, settings, pending deliveries. Nothing is
//! written. The bytes are opened in memory, where redb checks every page. If that fails, whole
//! segments are searched for anywhere in the bytes.
//!
//! Pages that redb freed still hold expired segments. The first segment that has not expired is
//! known by the manifest, by the segments written since, and by a note beside the file; the latest
//! of them holds.

use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{
    BackendError, Builder, ConcurrencyMode, ReadTransaction, ReadableDatabase, StorageBackend,
};

use super::error::guarded;
use super::lock::WriteLock;
use super::manifest::{Manifest, VERSION};
use super::tables::{read_pending, read_settings, settings_checksum, unchecked_settings};
use super::{Content, Settings, Snapshot, StoreError};
use crate::index::{PendingDeliveries, Segment, SegmentNo};

/// Opening a file in memory grows it by at most `MAX_GROWTH` bytes: a damaged length could ask for
/// any number.
const MAX_GROWTH: usize = 64 << 20;

/// What is whole of an index.
#[derive(Debug)]
pub struct Recovered {
    /// The content.
    pub content: Content,
    /// The settings, if they match their checksum.
    pub settings: Option<Settings>,
    /// The settings, if their checksum is unknown or differs.
    pub unverified_settings: Option<Settings>,
    /// Whether the pending deliveries were readable.
    pub has_pending: bool,
    /// The damage, if any.
    pub damage: Option<StoreError>,
    /// Number of whole segments that had expired and are left out.
    pub expired: usize,
}

/// Reads what is whole of an index.
///
/// # Errors
/// [`StoreError::Io`] if the bytes cannot be read; [`StoreError::Version`] if a later version wrote
/// the index.
pub fn recover(lock: &WriteLock) -> Result<Recovered, StoreError> {
    let (bytes, path) = (lock.files().raw()?, lock.files().index());
    match read_whole(&bytes, &path) {
        Ok((settings, content)) => Ok(Recovered {
            content,
            settings: Some(settings),
            unverified_settings: None,
            has_pending: true,
            damage: None,
            expired: 0,
        }),
        Err(later @ StoreError::Version { found, .. }) if found > VERSION => Err(later),
        Err(damage) => {
            let noted = lock.files().read_first_kept();
            Ok(recover_damaged(&bytes, &path, noted, damage))
        }
    }
}

/// Recovers a damaged file. `noted` is the first segment that has not expired, as of the note.
fn recover_damaged(
    bytes: &[u8],
    path: &Path,
    noted: Option<SegmentNo>,
    damage: StoreError,
) -> Recovered {
    let mut segments = Segment::recover(bytes);
    let tables = read_tables(bytes, path, &segments);
    if let Some(manifest) = tables.manifest {
        // Later segments are of a transaction that was cut off.
        segments.retain(|segment| segment.number < manifest.next_segment);
    }
    let first_kept = first_kept(tables.manifest, noted, &segments);
    let found = segments.len();
    segments.retain(|segment| segment.number >= first_kept);
    let expired = found - segments.len();
    let (settings, unverified_settings) = tables.split_settings();
    Recovered {
        settings,
        unverified_settings,
        has_pending: tables.pending.is_some(),
        damage: Some(damage),
        expired,
        content: Content {
            next_segment: next_segment(tables.manifest, first_kept, &segments),
            is_clean: tables.manifest.is_some_and(|manifest| manifest.is_clean()),
            pending: tables.pending.unwrap_or_default(),
            segments,
        },
    }
}

/// The first segment that has not expired: the latest of all that is known.
fn first_kept(
    manifest: Option<Manifest>,
    noted: Option<SegmentNo>,
    segments: &[Segment],
) -> SegmentNo {
    let manifest = manifest.map(|manifest| manifest.first_segment);
    let written = segments.iter().map(|segment| segment.first_kept);
    let known = manifest.into_iter().chain(noted).chain(written);
    known.max().unwrap_or(SegmentNo(0))
}

/// A number for the next segment that was not given before.
fn next_segment(
    manifest: Option<Manifest>,
    first_kept: SegmentNo,
    segments: &[Segment],
) -> SegmentNo {
    let manifest = manifest.map(|manifest| manifest.next_segment);
    let after_last = segments.last().map(|segment| segment.number.next());
    let known = manifest.into_iter().chain(after_last);
    known.fold(first_kept, SegmentNo::max)
}

/// Reads everything, if every page of the file is whole.
fn read_whole(bytes: &[u8], path: &Path) -> Result<(Settings, Content), StoreError> {
    let name = path.display().to_string();
    guarded(path, || {
        let mut builder = Builder::new();
        let database = builder
            .set_check_integrity_on_open(true)
            .create_with_backend(Memory::of(bytes))
            .map_err(|error| StoreError::opening(path, error))?;
        let transaction = database
            .begin_read()
            .map_err(|error| StoreError::redb(&name, error))?;
        let (_, manifest) = Manifest::read_any(&transaction, &name)?;
        let settings = read_settings(&transaction, &manifest, &name)?;
        let snapshot = Snapshot {
            transaction,
            path: name,
            settings,
            manifest,
        };
        let content = snapshot.content()?;
        Ok((snapshot.settings, content))
    })?
}

/// What is readable of a damaged file besides the segments.
#[derive(Debug, Default)]
struct Tables {
    /// The manifest, if it matches its checksum or, without a checksum, the segments.
    manifest: Option<Manifest>,
    settings: Option<Settings>,
    /// The pending deliveries, if all of them are whole.
    pending: Option<PendingDeliveries>,
}

impl Tables {
    /// The settings as verified and unverified: one of the two.
    fn split_settings(&self) -> (Option<Settings>, Option<Settings>) {
        let settings = self.settings.clone();
        let checksum = settings.as_ref().map(settings_checksum);
        let expected = self.manifest.map(|manifest| manifest.settings_checksum);
        if expected.is_some() && checksum == expected {
            (settings, None)
        } else {
            (None, settings)
        }
    }
}

fn read_tables(bytes: &[u8], path: &Path, segments: &[Segment]) -> Tables {
    let read = || {
        let mut builder = Builder::new();
        let database = builder
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .open_read_only_with_backend(Memory::of(bytes))
            .map_err(|error| StoreError::opening(path, error))?;
        let transaction = database
            .begin_read()
            .map_err(|error| StoreError::redb(&path.display().to_string(), error))?;
        Ok(tables_of(&transaction, path, segments))
    };
    readable(path, read).unwrap_or_default()
}

fn tables_of(transaction: &ReadTransaction, path: &Path, segments: &[Segment]) -> Tables {
    let name = path.display().to_string();
    let manifest = readable(path, || Manifest::read_any(transaction, &name))
        .filter(|(version, manifest)| *version == VERSION || agrees_with(manifest, segments))
        .map(|(_, manifest)| manifest);
    let settings = readable(path, || unchecked_settings(transaction, &name));
    // Without the manifest, a missing table of deliveries may be damage too.
    let pending = manifest.and_then(|_| readable(path, || read_pending(transaction, &name)));
    Tables {
        manifest,
        settings: settings.filter(|settings| !settings.is_empty()),
        pending,
    }
}

/// The value, if reading neither fails nor panics.
fn readable<T>(path: &Path, read: impl FnOnce() -> Result<T, StoreError>) -> Option<T> {
    guarded(path, read).ok().and_then(Result::ok)
}

/// Whether a manifest without a checksum names the first and the last of the segments.
fn agrees_with(manifest: &Manifest, segments: &[Segment]) -> bool {
    let has_first = segments.iter().any(|segment| {
        segment.number == manifest.first_segment
            && segment.previous_checksum == manifest.previous_checksum
    });
    let has_last = segments
        .last()
        .is_some_and(|segment| segment.number.next() == manifest.next_segment);
    has_first && has_last
}

/// A file in memory: storage of redb that reads and writes a copy of the bytes.
#[derive(Debug)]
struct Memory {
    bytes: Mutex<Vec<u8>>,
    max_length: usize,
}

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        Memory {
            bytes: Mutex::new(bytes.to_vec()),
            max_length: bytes.len().saturating_add(MAX_GROWTH),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes, grown to hold `count` bytes at `offset`; the offset as an index.
    fn grown(
        &self,
        offset: u64,
        count: usize,
    ) -> Result<(MutexGuard<'_, Vec<u8>>, usize), std::io::Error> {
        let start = usize::try_from(offset).ok();
        let end = start
            .and_then(|start| start.checked_add(count))
            .filter(|&end| end <= self.max_length);
        let (Some(start), Some(end)) = (start, end) else {
            return Err(std::io::ErrorKind::StorageFull.into());
        };
        let mut bytes = self.lock();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        Ok((bytes, start))
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let bytes = self.lock();
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get(start..));
        let found = rest
            .and_then(|rest| rest.get(..out.len()))
            .ok_or(std::io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), std::io::Error> {
        let (mut bytes, length) = self.grown(length, 0)?;
        bytes.resize(length, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        let (mut bytes, start) = self.grown(offset, data.len())?;
        bytes[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
