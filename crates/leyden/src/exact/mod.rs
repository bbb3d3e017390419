//! Methods that use a structure of the problem, one folder each.
//!
//! [`RabiBlocks`]: a dephased qubit charger on cells resonant with the drive, 2 x 2 blocks. [`LargeStar`]: the same for many cells,
//! only the blocks that carry weight. [`Gaussian`]: oscillators in Gaussian states. [`NumberBlocks`]: a cavity and equal cells without losses,
//! [`MeanField`]: the same for many cells. [`NumberSectors`] and [`Moments`]: two oscillators without a cutoff.
//! [`SpinStar`]: one spin among many. [`EngineLadder`] and [`FullEngines`]: cells charged by masers.

mod brackets;
mod dense;
mod doubling;
mod engines;
mod exchange;
mod gaussian;
mod large_star;
mod mean_field;
mod moments;
mod number_blocks;
mod number_sectors;
mod oscillator_ledger;
mod rabi;
mod spin_star;
mod sweeps;

pub use crate::numerics::response;
pub use engines::{
    EngineLadder, EngineLadderRun, EngineRun, FullEngines, FullRun, Milestones, find_milestones,
};
pub use gaussian::{Gaussian, GaussianCoupling, GaussianDrive, GaussianMode, GaussianValues};
pub(crate) use large_star::StarAccounts;
pub use large_star::{CarriedLadder, LargeStar, MOST_BLOCKS, Skyline};
pub use mean_field::MeanField;
pub(crate) use moments::mode_moments;
pub use moments::{
    Growth, MomentValues, Moments, MomentsError, MomentsLimit, OscillatorNoise, OscillatorPair,
};
pub(crate) use number_blocks::NumberCurve;
pub use number_blocks::{BlockSizes, CellStarts, Coherence, Excitations, NumberBlocks, Photons, Rungs};
pub use number_sectors::{BatterySink, NumberSectors};
pub(crate) use oscillator_ledger::{LedgerMode, OscillatorAccounts, OscillatorLedger};
pub(crate) use rabi::RabiAccounts;
pub use rabi::{FlippedLadder, RabiBasis, RabiBlocks, StateSink};
pub(crate) use spin_star::ExchangeByAngle;
pub use spin_star::SpinStar;
