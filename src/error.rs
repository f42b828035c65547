//! What can fail, by who failed: the settings, the input, the constraints, a background, an index.

use thiserror::Error;

use crate::config::{ConfigError, ConfigFileError};
use crate::input::{ConstraintsError, ReadError};
#[cfg(feature = "store")]
use crate::store::StoreError;
use crate::text::BackgroundError;

/// Any failure of the library.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An input cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Constraints cannot be used.
    #[error(transparent)]
    Constraints(#[from] ConstraintsError),
    /// A background cannot be read.
    #[error(transparent)]
    Background(#[from] BackgroundError),
    /// The settings of an index cannot be read.
    #[error(
        "the settings of the index {path} are of another version: `qissa index rebuild` takes its items in again"
    )]
    Settings {
        /// The folder.
        path: String,
        /// What is wrong with them.
        #[source]
        cause: Box<ConfigFileError>,
    },
    /// An index cannot be used.
    #[cfg(feature = "store")]
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch has no item at a position.
    #[error("no item is at position {at}: the batch has {items} items, counted from 0")]
    Position {
        /// The position that was asked for.
        at: usize,
        /// The number of items of the batch.
        items: usize,
    },
}
