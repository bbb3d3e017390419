//! Methods that use a structure of the problem, one per file.

mod coherence_chain;
mod damped;
mod displacement;
mod engine_run;
mod full_engines;
mod large_star;
mod moment_flow;
mod moment_modes;
mod moments;
mod number_sectors;
mod rabi_basis;
mod rabi_blocks;
mod rabi_chain;
mod rabi_decays;
mod rabi_flow;
mod star_figures;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use engine_run::EngineRun;
pub use full_engines::{FullEngines, FullRun};
pub use large_star::LargeStar;
pub use moments::{
    Growth, MomentValues, Moments, MomentsError, MomentsLimit, OscillatorNoise, OscillatorPair,
};
pub use number_sectors::{BatterySink, NumberSectors};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
pub use star_figures::{MOST_BLOCKS, StarFigures};
