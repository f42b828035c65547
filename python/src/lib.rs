//! The library for Python: tables in, tables out, both by the Arrow PyCapsule interface, so that no
//! copy is made of what both sides hold. Nothing is computed here; the functions are called by the
//! modules of the package `qissa`, which say what they are for.

mod error;
mod index;
mod input;
mod kernel;
mod output;
mod run;

use pyo3::prelude::*;

/// What the package is made of.
#[pymodule]
mod _qissa {
    use super::*;
    #[pymodule_export]
    use crate::error::{
        BackgroundError, ConfigError, ConstraintsError, InputError, QissaError, StoreError,
    };
    #[pymodule_export]
    use crate::index::Index;
    #[pymodule_export]
    use crate::kernel::Kernel;
    #[pymodule_export]
    use crate::output::Table;
    #[pymodule_export]
    use crate::run::{cluster, evaluate, explain, partition, says, settings, signatures, similar};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
