//! The error type of the library.

use thiserror::Error;

use crate::config::{ConfigError, ConfigFileError};
use crate::input::{ConstraintsError, ReadError};
#[cfg(feature = "store")]
use crate::store::StoreError;
use crate::text::BackgroundError;

/// Any failure of the library.
///
/// ```
/// use qissa::{Config, Error, ErrorKind};
/// let mut config = Config::default();
/// config.duplicates.threshold = 2.0;
/// let error: Error = config.check().unwrap_err().into();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An input cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Constraints are invalid.
    #[error(transparent)]
    Constraints(#[from] ConstraintsError),
    /// A background cannot be read.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// The settings stored in an index cannot be read.
    #[error("the settings of the index {path} are of another version")]
    Settings {
        /// The folder of the index.
        path: String,
        /// Why the settings cannot be read.
        #[source]
        cause: Box<ConfigFileError>,
    },
    /// An index cannot be read or written.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A position is outside the batch.
    #[error("no item is at position {at}: the batch has {items} items, counted from 0")]
    Position {
        /// The position.
        at: usize,
        /// Number of items of the batch.
        items: usize,
    },
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The settings.
    Config,
    /// The input: files, records or archives.
    Input,
    /// The constraints on groups.
    Constraints,
    /// A background corpus.
    Background,
    /// A persistent index.
    Index,
    /// An argument of a call.
    Argument,
}

impl Error {
    /// Kind of the failure, for callers that do not match on all variants.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Config(_) => ErrorKind::Config,
            Error::Read(_) => ErrorKind::Input,
            Error::Constraints(_) => ErrorKind::Constraints,
            Error::Background(_) => ErrorKind::Background,
            Error::Settings { .. } => ErrorKind::Index,
            #[cfg(feature = "store")]
            Error::Store(_) => ErrorKind::Index,
            Error::Position { .. } => ErrorKind::Argument,
        }
    }
}
