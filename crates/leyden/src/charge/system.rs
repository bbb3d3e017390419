//! Any system through the corridor.

use super::{ChargeError, Charging, Plan, Request, Workspace};
use crate::model::{ChargerBattery, EngineBattery, HeatEngine, NmrStar};
use crate::protocol::{Protocol, ProtocolSystem};

/// Any system.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// A charger and its battery.
    ChargerBattery(ChargerBattery),
    /// A three-level maser alone.
    HeatEngine(HeatEngine),
    /// Cells charged by masers.
    EngineBattery(EngineBattery),
    /// A battery spin among charger spins.
    NmrStar(NmrStar),
    /// Stages, repeated.
    Protocol(Protocol),
}

impl Model {
    /// Runs the corridor, sharing with other points of a study what they have in common.
    ///
    /// # Errors
    /// [`ChargeError`] when the run cannot start; numerical trouble is an [`Outcome`](crate::evolve::Outcome) in the result.
    pub fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, ChargeError> {
        match self {
            Model::ChargerBattery(system) => system.charge_in(request, workspace),
            Model::HeatEngine(engine) => engine.operate(request),
            Model::EngineBattery(system) => system.charge(request),
            Model::NmrStar(star) => star.charge(request),
            Model::Protocol(protocol) => protocol.charge(request),
        }
    }

    /// What would run, with its memory, before anything is built.
    ///
    /// # Errors
    /// [`ChargeError`] when the method does not apply or the memory would not suffice.
    pub fn plan(&self, request: &Request) -> Result<Plan, ChargeError> {
        match self {
            Model::ChargerBattery(system) => system.plan(request),
            Model::HeatEngine(engine) => engine.plan(request),
            Model::EngineBattery(system) => system.plan(request),
            Model::NmrStar(star) => star.plan(request),
            Model::Protocol(protocol) => protocol.plan(request),
        }
    }

    /// Number of cells of the battery: 0 for an engine alone, 1 for the spin of a star.
    pub fn cells(&self) -> usize {
        match self {
            Model::ChargerBattery(system) => system.cells(),
            Model::HeatEngine(_) => 0,
            Model::EngineBattery(system) => system.cells,
            Model::NmrStar(_) => 1,
            Model::Protocol(protocol) => match &protocol.system {
                ProtocolSystem::ChargerBattery(system) => system.cells(),
                ProtocolSystem::NmrStar(_) => 1,
                ProtocolSystem::EngineBattery(system) => system.cells,
            },
        }
    }
}
