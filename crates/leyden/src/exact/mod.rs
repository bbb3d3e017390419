//! Methods that use a structure of the problem, one per file.

mod damped;
mod rabi_basis;
mod rabi_blocks;
mod rabi_chain;
mod rabi_decays;
mod rabi_flow;

pub use damped::{Oscillators, response};
pub(crate) use damped::{decay_rate, one_step};
pub use rabi_basis::RabiBasis;
pub use rabi_blocks::{RabiBlocks, StateSink};
