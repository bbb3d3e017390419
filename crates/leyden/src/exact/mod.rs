//! Methods that use a structure of the problem, one per file.

mod damped;
mod rabi_basis;
mod rabi_blocks;

pub(crate) use damped::decay_rate;
pub use damped::{Oscillators, response};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::RabiBlocks;
