//! Linear algebra and analysis that the libraries lack; nothing here knows physics.

mod damped;
mod expansion;
mod exponential;
mod forest;
mod low_rank;
mod roots;
mod search;
mod vectors;

pub use damped::response;
pub(crate) use damped::{Oscillators, decay_rate, one_step};
pub(crate) use expansion::{Expansion, InEigenvectors};
pub(crate) use exponential::exponential;
pub(crate) use forest::Forest;
pub(crate) use low_rank::{low_rank_eigenvalues, pivoted_cholesky};
pub(crate) use roots::{Root, roots};
pub(crate) use search::{between, bisect, golden_section};
pub(crate) use vectors::{distance, dot, nan_max, norm, orthogonalise};
