//! Linear algebra that faer lacks.

mod doubling;
mod expansion;
mod exponential;
mod flipped_ladder;
mod low_rank;
mod roots;

pub(crate) use doubling::Doubling;
pub(crate) use expansion::Expansion;
pub(crate) use exponential::exponential;
pub use flipped_ladder::FlippedLadder;
pub(crate) use low_rank::low_rank_eigenvalues;
pub(crate) use roots::{Root, roots};
