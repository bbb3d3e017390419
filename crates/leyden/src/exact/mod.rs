//! Methods that use a structure of the problem, one per file.

mod damped;
mod moment_flow;
mod moment_modes;
mod moments;
mod rabi_basis;
mod rabi_blocks;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use moments::{
    Growth, MomentValues, Moments, MomentsError, MomentsLimit, OscillatorNoise, OscillatorPair,
};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
