//! The compiled module of the Python package. Tables are exchanged by the Arrow PyCapsule interface
//! without copies. The modules of the package `qissa` wrap these functions and document them.

mod error;
mod index;
mod input;
mod kernel;
mod output;
mod run;

use pyo3::prelude::*;

/// The names of the module.
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
