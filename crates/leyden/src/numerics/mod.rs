//! Linear algebra and analysis that the libraries lack; nothing here knows physics.

mod damped;
mod expansion;
mod exponential;
mod low_rank;
mod roots;
mod vectors;

pub use damped::response;
pub(crate) use damped::{Oscillators, decay_rate, one_step};
pub(crate) use expansion::Expansion;
pub(crate) use exponential::exponential;
pub(crate) use low_rank::{low_rank_eigenvalues, pivoted_cholesky};
pub(crate) use roots::{Root, roots};
pub(crate) use vectors::{distance, dot, nan_max, norm};
