//! Errors of the store, and the translation of redb's errors and panics.

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::DatabaseError;
use thiserror::Error;

use crate::index::{FormatError, SegmentNo};

/// Why an index cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder holds no index.
    #[error("{path} holds no index")]
    Missing {
        /// The folder.
        path: String,
    },
    /// The operating system refused an operation.
    #[error("cannot use the index {path}")]
    Io {
        /// The file or folder.
        path: String,
        /// The error of the operating system.
        #[source]
        source: io::Error,
    },
    /// A value cannot be serialised, or is larger than redb takes.
    #[error("cannot write to the index {path}: {what}")]
    Unwritable {
        /// The file.
        path: String,
        /// The value and the reason.
        what: String,
    },
    /// Another process holds the write lock.
    #[error("another process is writing to the index {path}")]
    Locked {
        /// The file.
        path: String,
    },
    /// The file has another format version.
    #[error("the index {path} has format version {found}, but this program reads {expected}")]
    Version {
        /// The file.
        path: String,
        /// The version of the file.
        found: u64,
        /// The version that this program reads and writes.
        expected: u64,
    },
    /// The index was made under other settings.
    #[error("{name} is {found} in the index {path}, but {given} here")]
    Settings {
        /// The file.
        path: String,
        /// The name of the setting.
        name: String,
        /// The value in the index.
        found: String,
        /// The value here.
        given: String,
    },
    /// Bytes were changed, lost or moved.
    #[error("the index {path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: String,
        /// The damaged part.
        what: String,
        /// The error of redb, if it found the damage.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl StoreError {
    /// Damage that redb did not notice.
    pub(super) fn damaged(path: &str, what: impl Into<String>) -> Self {
        StoreError::Damaged {
            path: path.to_owned(),
            what: what.into(),
            source: None,
        }
    }

    pub(super) fn damaged_segment(path: &str, number: SegmentNo, what: &str) -> Self {
        StoreError::damaged(path, format!("segment {number} {what}"))
    }

    pub(super) fn unwritable(path: &str, number: SegmentNo, what: FormatError) -> Self {
        StoreError::Unwritable {
            path: path.to_owned(),
            what: format!("segment {number} {what}"),
        }
    }

    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        StoreError::Io {
            path: path.display().to_string(),
            source,
        }
    }

    /// The error of opening a database.
    pub(super) fn opening(path: &Path, error: DatabaseError) -> Self {
        let path = path.display().to_string();
        match error {
            DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { path },
            error => StoreError::redb(&path, error),
        }
    }

    /// The error of using a database.
    pub(super) fn redb(path: &str, error: impl Into<redb::Error>) -> Self {
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        let path = path.to_owned();
        match error.into() {
            redb::Error::Io(source) if !matches!(source.kind(), InvalidData | UnexpectedEof) => {
                StoreError::Io { path, source }
            }
            error @ (redb::Error::PreviousIo | redb::Error::DatabaseClosed) => StoreError::Io {
                path,
                source: io::Error::other(error),
            },
            error @ redb::Error::ValueTooLarge(_) => StoreError::Unwritable {
                path,
                what: error.to_string(),
            },
            error => StoreError::Damaged {
                path,
                what: "its pages cannot be read".to_owned(),
                source: Some(Box::new(error)),
            },
        }
    }
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread will be caught and reported as damage.
///
/// redb can panic on a file that was changed by others. The panic hook belongs to the host of the
/// library; it can call this to stay silent about such panics.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// Runs what reads or writes a file that may be damaged; a panic becomes
/// [`StoreError::Damaged`].
pub(super) fn guarded<T>(path: &Path, run: impl FnOnce() -> T) -> Result<T, StoreError> {
    let outer = IS_GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(run));
    IS_GUARDED.set(outer);
    result.map_err(|_| {
        StoreError::damaged(
            &path.display().to_string(),
            "its pages contradict each other",
        )
    })
}
