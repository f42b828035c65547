//! The right to write to the index in a folder: an advisory lock of the system on a file beside the
//! index, so that the right outlives the renaming of the index and is there before the first index
//! is. The system gives the right back when the process ends, however that happens.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::StoreError;
use super::files::{Files, io};

/// The right to write to the index in a folder, held from the first read to the last renaming.
#[derive(Debug)]
pub struct WriteLock {
    files: Files,
    /// Open as long as the right is held.
    held: File,
}

impl WriteLock {
    /// Takes the right, if the folder holds an index and no other process writes to it.
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

    /// The same, whether there is an index or not.
    pub(super) fn of(folder: &Path) -> Result<Self, StoreError> {
        let files = Files::of(folder);
        let held = hold(&files.lock()).map_err(|cause| io(&files.lock(), &cause))?;
        let held = held.ok_or_else(|| StoreError::Locked {
            path: files.index().display().to_string(),
        })?;
        // What another writer left unfinished.
        files.remove_unfinished()?;
        Ok(WriteLock { files, held })
    }

    /// The files of the index.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }
}

impl Drop for WriteLock {
    /// Gives the right back by name: a process that this one is just starting may hold a copy of
    /// the open file.
    fn drop(&mut self) {
        let _ = self.held.unlock();
    }
}

/// The file, locked; none if another process holds it. Where the system knows no locks, the lock
/// that redb itself takes on the index has to do.
fn hold(path: &Path) -> std::io::Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) if cause.kind() == ErrorKind::Unsupported => Ok(Some(file)),
        Err(TryLockError::Error(cause)) => Err(cause),
    }
}
