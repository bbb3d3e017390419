//! Methods that use a structure of the problem, one per file.

mod coherence_chain;
mod damped;
mod displacement;
mod engine_events;
mod engine_ladder;
mod engine_ladder_run;
mod engine_run;
mod full_engines;
mod ladder_figures;
mod large_star;
mod maser;
mod moment_flow;
mod moment_modes;
mod moments;
mod number_sectors;
mod rabi_basis;
mod rabi_blocks;
mod rabi_chain;
mod rabi_decays;
mod rabi_flow;
mod spin_star;
mod star_figures;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use engine_events::{Milestones, follow};
pub use engine_ladder::EngineLadder;
pub use engine_ladder_run::EngineLadderRun;
pub use engine_run::EngineRun;
pub use full_engines::{FullEngines, FullRun};
pub(crate) use ladder_figures::occupied;
pub use ladder_figures::{LadderFigures, OfLadder};
pub use large_star::LargeStar;
pub use maser::Cycle;
pub use moments::{
    Growth, MomentValues, Moments, MomentsError, MomentsLimit, OscillatorNoise, OscillatorPair,
};
pub use number_sectors::{BatterySink, NumberSectors};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
pub use spin_star::{AtAngle, AtExcitation, SpinStar, Swing};
pub use star_figures::{MOST_BLOCKS, StarFigures};
