//! Write lock of an index: an advisory lock of the operating system on a file beside the index.
//!
//! A file of its own, because the lock must outlive the renaming of the index and exist before the
//! index does. The system releases the lock when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::StoreError;
use super::files::Files;

/// The right to write to the index in a folder, held from the first read to the last rename.
#[derive(Debug)]
pub struct WriteLock {
    files: Files,
    /// The locked file.
    file: File,
}

impl WriteLock {
    /// Locks the index in a folder.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Locked`], [`StoreError::Io`]
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        if !Files::of(folder).exists()? {
            return Err(StoreError::Missing {
                path: folder.display().to_string(),
            });
        }
        WriteLock::of(folder)
    }

    /// Locks the folder, with or without an index.
    pub(super) fn of(folder: &Path) -> Result<Self, StoreError> {
        let files = Files::of(folder);
        let path = files.lock();
        let file = try_lock(&path)
            .map_err(|error| StoreError::io(&path, error))?
            .ok_or_else(|| StoreError::Locked {
                path: files.index().display().to_string(),
            })?;
        // An earlier writer may have left a file unfinished.
        files.remove_unfinished()?;
        Ok(WriteLock { files, file })
    }

    /// The files of the index.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }
}

impl Drop for WriteLock {
    /// Unlocks the file. To close it would not do: a process that this one is starting may have a
    /// copy of the open file.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Opens and locks the file; `None` if another process holds the lock. On a file system without
/// locks, redb's own lock on the index has to do.
fn try_lock(path: &Path) -> std::io::Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Some(file)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
