//! Protocols: lists of stages, repeated.
//!
//! One cycle is a map of the joint state, rho -> M(rho). Where M is affine in what is carried its fixed point and its
//! multipliers come from M itself, not from iterating it.

mod error;
mod fixed_point;
mod krylov;
mod linear;
mod modes;
mod part;
mod pulse;
mod quadrature;
mod roles;
mod setting;
mod stage;
mod star;
mod star_error;
mod star_fixed_point;
mod stroke;

pub use error::ProtocolError;
pub(crate) use fixed_point::{Settled, settled_dense, settled_iterated};
pub(crate) use krylov::settled_krylov;
pub(crate) use linear::{DenseCycle, DenseStroke};
pub(crate) use part::{Observed, given, reduced};
pub(crate) use quadrature::absorbed;
pub(crate) use roles::Roles;
pub(crate) use setting::{Setting, dimension, first_levels, validate};
pub use stage::{
    Convergence, Cycles, Extraction, FixedPoint, Part, Prepared, Protocol, ProtocolSystem, Stage,
    StageRecord, Task,
};
pub(crate) use star::{Moment, Polarisations, StarCycle};
pub use star_error::StarStageError;
pub(crate) use star_fixed_point::settle;
pub(crate) use stroke::{Action, Flow, Stroke};
