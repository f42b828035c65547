//! Errors of the library as exceptions, one class a kind of error.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use qissa::Error;

create_exception!(qissa, QissaError, PyException, "Any error of qissa.");
create_exception!(qissa, ConfigError, QissaError, "A setting is invalid.");
create_exception!(qissa, InputError, QissaError, "An input cannot be read.");
create_exception!(
    qissa,
    ConstraintsError,
    QissaError,
    "Constraints are invalid."
);
create_exception!(
    qissa,
    BackgroundError,
    QissaError,
    "A background cannot be read."
);
create_exception!(
    qissa,
    StoreError,
    QissaError,
    "An index cannot be read or written."
);

/// The exception of an error.
pub fn raised(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        let cause_message = deeper.to_string();
        if !message.ends_with(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        cause = deeper.source();
    }
    if let Some(hint) = hint(&error) {
        message = format!("{message}; {hint}");
    }
    match error {
        Error::Config(_) => ConfigError::new_err(message),
        Error::Read(_) => InputError::new_err(message),
        Error::Constraints(_) => ConstraintsError::new_err(message),
        Error::Background(_) => BackgroundError::new_err(message),
        Error::Store(_) | Error::Settings { .. } => StoreError::new_err(message),
        _ => QissaError::new_err(message),
    }
}

/// The way out of an error of an index.
fn hint(error: &Error) -> Option<&'static str> {
    use qissa::store::StoreError::{Damaged, Locked, Settings, Version};
    match error {
        Error::Store(Locked { .. }) => Some("close the other index, or wait for the other process"),
        Error::Settings { .. } | Error::Store(Settings { .. }) => {
            Some("keep the old value, or run `qissa index rebuild` with the new one")
        }
        Error::Store(Version { .. }) => {
            Some("`qissa index rebuild` brings an older index up to date")
        }
        Error::Store(Damaged { .. }) => Some("`qissa index rebuild` recovers what is whole"),
        _ => None,
    }
}
