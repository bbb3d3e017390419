//! Linear algebra and analysis that the libraries lack; nothing here knows physics.

mod coalescing;
mod cubic;
mod damped;
mod dense;
mod exact_exponential;
mod expansion;
mod exponential;
mod fixed;
mod forest;
pub(crate) mod lanes;
mod layers;
mod low_rank;
mod range;
mod rank;
mod roots;
mod scaled;
mod search;
mod series;
mod spectrum;
mod tridiagonal;
mod vectors;
pub(crate) mod work;

pub(crate) use coalescing::{Coalescing, coalescing};
pub(crate) use cubic::cubic;
pub use damped::response;
pub(crate) use damped::{Oscillators, accumulated, decay_rate, one_step};
pub(crate) use dense::Dense;
pub(crate) use exact_exponential::ExactExponential;
pub(crate) use expansion::{Expansion, InEigenvectors};
pub(crate) use exponential::exponential;
pub(crate) use forest::Forest;
pub(crate) use layers::{Entry, LayeredLu, Layers};
pub(crate) use low_rank::{low_rank_eigenvalues, pivoted_cholesky};
pub(crate) use range::{ComplexRange, Range};
pub(crate) use rank::{Term, rank};
pub(crate) use roots::{Root, roots};
pub(crate) use scaled::Scaled;
pub(crate) use search::{between, bisect, golden_section, peak};
pub(crate) use series::{Diagonals, Terms};
pub(crate) use spectrum::Spectra;
pub(crate) use vectors::{
    add_multiple, array, distance, dot, madd, nan_max, norm, orthogonalise, product, sum_of,
};
