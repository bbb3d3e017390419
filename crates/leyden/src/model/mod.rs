//! Systems of the field, one per file; each opens with its equation.

mod accounts;
mod charger_battery;
mod closed;
mod engine_battery;
mod engine_kets;
mod field_memory;
mod frame;
mod heat_engine;
mod joint_operators;
mod maser_cycle;
mod master_equation;
mod nmr_star;
pub mod parts;
mod reached;

pub(crate) use accounts::{Accounts, BATTERY, CHARGER, LOAD, Work};
pub(crate) use charger_battery::Structure;
pub use charger_battery::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Drive, Initial,
    Levels, ModelError, NoiseRates,
};
pub(crate) use charger_battery::{JointKets, JointSystem};
pub(crate) use closed::{ClosedSystem, Leak};
pub use engine_battery::{EngineBattery, EngineMode, EngineModel, EngineStart, Engines};
pub(crate) use field_memory::numbers_of_charger;
pub use field_memory::{FieldError, FieldMemory, FieldNoise};
pub(crate) use frame::Frame;
pub use heat_engine::{BathRates, EngineError, EngineRates, HeatEngine, Signal};
pub(crate) use heat_engine::{finite, in_range, not_negative, positive};
pub use maser_cycle::MaserCycle;
pub use master_equation::MasterEquation;
pub use nmr_star::{Correlations, NmrStar, NmrStarError, SpinRelaxation};
