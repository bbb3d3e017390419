//! Operators: sparse matrices on a Hilbert space, and Hermitian matrices carried by one real matrix.

mod hermitian;
mod kets;
mod sparse;
mod strings;

pub use hermitian::Hermitian;
pub(crate) use kets::add_projector;
pub use sparse::Operator;
pub(crate) use strings::{Aligned, Applied, Strings, Threads};
