//! Protocols: lists of stages, repeated.
//!
//! One cycle is a map of the joint state, rho -> M(rho). Where M is affine in what is carried its fixed point and its
//! multipliers come from M itself, not from iterating it.

mod stage;
mod star;
mod star_error;
mod star_fixed_point;

pub use stage::{
    Convergence, Cycles, Extraction, FixedPoint, Part, Prepared, Protocol, ProtocolSystem, Stage,
    StageRecord, Task,
};
pub(crate) use star::{Moment, Polarisations, StarCycle};
pub use star_error::StarStageError;
pub(crate) use star_fixed_point::settle;
