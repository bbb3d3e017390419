//! Where the states of a battery live: one ladder, spin sectors, a product of cells, or an oscillator.

mod apart;
mod battery_space;
mod kets;
mod mirrored;
mod occupations;
mod spin_sectors;
mod states;
mod symmetric_fock;

pub use apart::CellFactor;
pub(crate) use apart::of_factors;
pub(crate) use battery_space::Noise;
pub use battery_space::{BatterySpace, Cells, Level, Sector};
pub(crate) use occupations::Occupations;
pub(crate) use states::{Held, normalised};
pub use states::{InitialState, StateError};
pub(crate) use symmetric_fock::SymmetricFock;
