//! Failures of the library as exceptions, one class for each layer that can fail.

use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use qissa::Error;

create_exception!(qissa, QissaError, PyException, "Any failure of qissa.");
create_exception!(qissa, ConfigError, QissaError, "A setting cannot be.");
create_exception!(qissa, InputError, QissaError, "An input cannot be read.");
create_exception!(
    qissa,
    ConstraintsError,
    QissaError,
    "Constraints cannot be used."
);
create_exception!(
    qissa,
    BackgroundError,
    QissaError,
    "A background cannot be read."
);
create_exception!(qissa, StoreError, QissaError, "An index cannot be used.");

/// The exception of a failure.
pub fn raised(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(deeper) = cause {
        let deeper_told = deeper.to_string();
        if !told.ends_with(&deeper_told) {
            told = format!("{told}: {deeper_told}");
        }
        cause = deeper.source();
    }
    match error {
        Error::Config(_) => ConfigError::new_err(told),
        Error::Read(_) => InputError::new_err(told),
        Error::Constraints(_) => ConstraintsError::new_err(told),
        Error::Background(_) => BackgroundError::new_err(told),
        Error::Store(_) | Error::Settings { .. } => StoreError::new_err(told),
        _ => QissaError::new_err(told),
    }
}
