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
    match error {
        Error::Config(_) => ConfigError::new_err(message),
        Error::Read(_) => InputError::new_err(message),
        Error::Constraints(_) => ConstraintsError::new_err(message),
        Error::Background(_) => BackgroundError::new_err(message),
        Error::Store(_) | Error::Settings { .. } => StoreError::new_err(message),
        _ => QissaError::new_err(message),
    }
}
