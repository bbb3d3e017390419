//! Where the states of a battery live: one ladder, spin sectors, a product of cells, or an oscillator.

mod battery_space;
mod kets;
mod spin_sectors;
mod states;

pub(crate) use battery_space::Noise;
pub use battery_space::{BatterySpace, Cells, Level, Sector};
pub(crate) use states::normalised;
pub use states::{InitialState, StateError};
