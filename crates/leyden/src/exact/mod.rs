//! Methods that use a structure of the problem, one per file.

mod coherence_chain;
mod damped;
mod displacement;
mod number_sectors;
mod moment_flow;
mod moment_modes;
mod moments;
mod rabi_basis;
mod rabi_blocks;
mod rabi_chain;
mod rabi_decays;
mod rabi_flow;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use number_sectors::{BatterySink, NumberSectors};
pub use moments::{
    Growth, MomentValues, Moments, MomentsError, MomentsLimit, OscillatorNoise, OscillatorPair,
};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
