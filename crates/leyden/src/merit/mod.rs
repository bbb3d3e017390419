//! Figures of merit of a battery: energy, ergotropy, power, fluctuation, charging time.

mod battery_state;
mod charging_time;
mod columns;
mod curve;
mod ergotropy;
mod expanded;
mod extrema;
mod gaussian;
mod ladder;
mod matrices;
mod merits;
mod optimum;
mod passage;
mod power;
mod qubits;
mod rate_bounds;
mod scaling;
mod work_bounds;

pub use battery_state::BatteryState;
pub(crate) use charging_time::NO_DISTANCE;
pub use charging_time::{ChargingTime, Crossing, SPECTRAL_THRESHOLD, Spectral, charging_time};
pub(crate) use columns::KetFigures;
pub use curve::{EnergyCurve, Mode};
pub use ergotropy::{Ergotropy, PassiveLevel, ergotropy_of, global_ergotropy};
pub(crate) use ergotropy::{assigned_energies, local_ergotropy, passive_energy, passive_levels};
pub(crate) use expanded::expanded;
pub(crate) use extrema::{
    Bounded, Cosines, Jet, Sample, Sampler, Wanted, certified, frequency, intervals, search,
};
pub use extrema::{Extrema, Extremum, Maxima};
pub use gaussian::GaussianState;
pub use ladder::{LadderFigures, LadderScratch};
pub(crate) use ladder::{entropy_of, moments, occupied};
pub use matrices::{MatrixError, ergotropy, passive_state};
pub use merits::Merits;
pub use optimum::{End, Jump, Optimum, SearchRange, Side, grid_points, minimise, refining_points};
pub use passage::{half_life, half_rise};
pub use power::MaximumPower;
pub(crate) use power::{PowerSamples, maximum_average};
pub(crate) use qubits::QubitFigures;
pub(crate) use rate_bounds::{EnergySpace, MOST_PATH_LEVELS, Path, path_times};
pub use scaling::{FreedomFit, PowerFit, fit_freedom, fit_power, local_exponents};
pub use work_bounds::{MOST_COHERENT, WorkBounds};
