//! Protocols: lists of stages, repeated.
//!
//! One cycle is a map of the joint state, rho -> M(rho). Where M is affine in what is carried its fixed point and its
//! multipliers come from M itself, not from iterating it.

mod collisions;
mod dense_cycle;
mod error;
mod extraction;
mod fixed_point;
mod kets;
mod nmr;
mod part;
mod powers;
mod pulse;
mod quadrature;
mod setting;
mod slots;
mod stage;
mod stroke;

pub(crate) use collisions::{Collisions, Passed};
pub(crate) use dense_cycle::{DenseCycle, DenseStroke};
pub use error::ProtocolError;
pub(crate) use fixed_point::{
    CycleLimit, settled_by_powers, settled_dense, settled_iterated, settled_krylov, settled_selected,
};
pub(crate) use kets::{KetMap, KetScratch, KetStroke};
pub use nmr::StarStageError;
pub(crate) use nmr::{Moment, Polarisations, StarCycle, StarStage, settle};
pub(crate) use part::Observed;
pub(crate) use powers::Powers;
pub(crate) use quadrature::absorbed;
pub(crate) use setting::{Setting, dimension, drawn_dimension, first_levels, tells_cells_apart, validate};
pub(crate) use slots::Slots;
pub(crate) use stage::shown_cycles;
pub use stage::{
    Convergence, Cycles, Extraction, FixedPoint, MeasurementOutcome, Part, Protocol, ProtocolSystem,
    ResetState, Stage, StageRecord, Task,
};
pub(crate) use stroke::{Action, Flow, Stroke, times};
