//! Linear algebra that faer lacks.

mod exponential;
mod flipped_ladder;

pub(crate) use exponential::exponential;
pub use flipped_ladder::FlippedLadder;
