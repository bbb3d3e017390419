//! Methods that use a structure of the problem, one per file.

mod damped;
mod large_star;
mod rabi_basis;
mod rabi_blocks;
mod star_figures;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use large_star::LargeStar;
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
pub use star_figures::{MOST_BLOCKS, StarFigures};
