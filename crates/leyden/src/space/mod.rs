//! Where the states of a battery live: one ladder, spin sectors, a product of cells, or an oscillator.

mod battery_space;
mod kets;
mod occupations;
mod spin_sectors;
mod states;

pub(crate) use battery_space::Noise;
pub(crate) use battery_space::of_factors;
pub use battery_space::{BatterySpace, CellFactor, Cells, Level, Sector};
pub(crate) use occupations::Occupations;
pub(crate) use states::normalised;
pub use states::{InitialState, StateError};
