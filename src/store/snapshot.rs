//! Snapshot: a consistent view of an index for reading beside a writer.

use std::path::Path;
use std::time::Duration;

use redb::{DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase};

use super::error::guarded;
use super::files::Files;
use super::manifest::Manifest;
use super::tables::{read_pending, read_settings, visit_segments};
use super::{Content, Settings, StoreError, WriteLock, builder};
use crate::index::{PendingDeliveries, Segment};

/// A reader waits this long at a time while another process repairs the index.
const PAUSE: Duration = Duration::from_millis(20);

/// Pauses of a reader: ten seconds in all.
const MAX_PAUSES: u32 = 500;

/// The last commit of an index.
#[derive(Debug)]
pub struct Snapshot {
    pub(super) transaction: ReadTransaction,
    pub(super) path: String,
    /// Settings that the index was made under.
    pub settings: Settings,
    pub(super) manifest: Manifest,
}

impl Snapshot {
    /// Opens the index in a folder.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Snapshot::open_with(folder, None)
    }

    /// Opens the index while holding its write lock: no other process can commit.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn under(lock: &WriteLock) -> Result<Self, StoreError> {
        Snapshot::open_with(lock.files().folder(), Some(lock))
    }

    fn open_with(folder: &Path, lock: Option<&WriteLock>) -> Result<Self, StoreError> {
        let files = Files::of(folder);
        if !files.exists()? {
            return Err(StoreError::Missing {
                path: folder.display().to_string(),
            });
        }
        let path = files.index();
        guarded(&path, || {
            let database = open_read_only(&files, lock)?;
            let path = path.display().to_string();
            let transaction = database
                .begin_read()
                .map_err(|error| StoreError::redb(&path, error))?;
            let manifest = Manifest::read(&transaction, &path)?;
            let settings = read_settings(&transaction, &manifest, &path)?;
            Ok(Snapshot {
                transaction,
                path,
                settings,
                manifest,
            })
        })?
    }

    /// Reads everything that the index holds.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`]
    pub fn content(&self) -> Result<Content, StoreError> {
        let mut segments = Vec::new();
        self.visit(|segment, _| segments.push(segment))?;
        Ok(Content {
            segments,
            next_segment: self.manifest.next_segment,
            pending: self.pending()?,
            is_clean: self.manifest.is_clean(),
        })
    }

    /// Reads the deliveries that are not acknowledged.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`]
    pub fn pending(&self) -> Result<PendingDeliveries, StoreError> {
        guarded(Path::new(&self.path), || {
            read_pending(&self.transaction, &self.path)
        })?
    }

    /// Visits each segment, in order, with its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Io`]
    pub fn visit(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        guarded(Path::new(&self.path), || {
            visit_segments(&self.transaction, &self.manifest, &self.path, visit)
        })?
    }

    /// Number of segments.
    pub fn len(&self) -> u64 {
        let Manifest {
            first_segment,
            next_segment,
            ..
        } = self.manifest;
        next_segment.0.saturating_sub(first_segment.0)
    }

    /// Whether the index has no segments.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Opens the file beside a writer. After an unclean end redb has to repair the file first, which
/// needs the write lock; while another process repairs it, this one waits.
fn open_read_only(files: &Files, lock: Option<&WriteLock>) -> Result<ReadOnlyDatabase, StoreError> {
    let path = files.index();
    for _ in 0..MAX_PAUSES {
        match builder().open_read_only(&path) {
            Err(DatabaseError::RepairAborted) => match lock {
                Some(_) => repair(&path)?,
                None => repair_or_wait(files)?,
            },
            Err(DatabaseError::DatabaseAlreadyOpen) => std::thread::sleep(PAUSE),
            opened => return opened.map_err(|error| StoreError::opening(&path, error)),
        }
    }
    builder()
        .open_read_only(&path)
        .map_err(|error| StoreError::opening(&path, error))
}

/// Repairs the file by opening it for writing.
fn repair(path: &Path) -> Result<(), StoreError> {
    let opened = builder().open(path);
    opened
        .map(drop)
        .map_err(|error| StoreError::opening(path, error))
}

fn repair_or_wait(files: &Files) -> Result<(), StoreError> {
    let path = files.index();
    match WriteLock::of(files.folder()) {
        Ok(_lock) => {
            // Another process may have repaired the file before this one had the lock.
            let opened = builder().open_read_only(&path);
            if matches!(opened, Err(DatabaseError::RepairAborted)) {
                repair(&path)?;
            }
            Ok(())
        }
        Err(StoreError::Locked { .. }) => {
            std::thread::sleep(PAUSE);
            Ok(())
        }
        Err(error) => Err(error),
    }
}
