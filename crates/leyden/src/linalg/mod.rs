//! Linear algebra that faer lacks.

mod carried_ladder;
mod doubling;
mod expansion;
mod exponential;
mod flipped_ladder;
mod ladder_bands;
mod ladder_sweeps;
mod low_rank;
mod roots;
mod skyline;
mod tridiagonal_vector;
mod vectors;

pub use carried_ladder::CarriedLadder;
pub(crate) use doubling::Doubling;
pub(crate) use expansion::Expansion;
pub(crate) use exponential::exponential;
pub use flipped_ladder::FlippedLadder;
pub(crate) use low_rank::{low_rank_eigenvalues, pivoted_cholesky};
pub(crate) use roots::{Root, roots};
pub(crate) use skyline::Band;
pub use skyline::Skyline;
pub(crate) use tridiagonal_vector::TridiagonalVector;
pub(crate) use vectors::{distance, dot, norm};
