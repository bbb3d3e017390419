//! `leyden._leyden`: what the Python package needs of the crates. Private: the layer above it is the interface.
//!
//! Texts come in (scenarios as TOML, documents as JSON), texts and arrays go out; everything that takes long runs on a thread of its own while
//! the interpreter is released and signals are seen.

mod errors;
mod interruptible;
mod own_system;
mod scenarios;
mod studies;
mod tree;

use pyo3::prelude::*;

#[pymodule]
mod _leyden {
    #[pymodule_export]
    use crate::own_system::charge;
    #[pymodule_export]
    use crate::scenarios::{
        as_text, check, figure, folder_figure, run, scenarios, schema, store, summary, with_set,
    };
    #[pymodule_export]
    use crate::studies::{Handout, computed, sweep};
    #[pymodule_export]
    use crate::tree::tree;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
