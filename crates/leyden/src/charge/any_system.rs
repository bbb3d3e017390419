//! Any system through the corridor.

use super::cycles::ResolvedProtocol;
use super::{ChargeError, Charging, Plan, Request, Workspace, nmr};
use crate::model::{ChargerBattery, EngineBattery, HeatEngine, NmrStar, NoiseRates};
use crate::protocol::{Part, Protocol, ProtocolError, ProtocolSystem, Slots, Task};

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

impl Protocol {
    /// What would run, with its memory.
    ///
    /// # Errors
    /// [`ChargeError`] when stages make no sense for the system or the memory would not suffice.
    pub fn plan(&self, request: &Request) -> Result<Plan, ChargeError> {
        match &self.system {
            ProtocolSystem::NmrStar(star) => nmr::star_plan(star, &self.stages, self.repeat, request),
            ProtocolSystem::ChargerBattery(base) => self.course(base).plan(request),
            ProtocolSystem::EngineBattery(engines) => self.engines(engines)?.plan(request),
        }
    }

    /// Runs all cycles and looks for their fixed point. `request.times` is not used.
    ///
    /// # Errors
    /// [`ChargeError`] when the run cannot start; numerical trouble is an [`Outcome`] in the result.
    pub fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        match &self.system {
            ProtocolSystem::NmrStar(star) => nmr::star_cycles(star, &self.stages, self.repeat, request),
            ProtocolSystem::ChargerBattery(base) => self.course(base).charge(request),
            ProtocolSystem::EngineBattery(engines) => {
                let mut charging = self.engines(engines)?.charge(request)?;
                charging.engine = Some(engines.engine_report());
                Ok(charging)
            }
        }
    }

    /// Stages of cells with engines: these act in `evolve` alone.
    fn engines(&self, engines: &EngineBattery) -> Result<ResolvedProtocol, ChargeError> {
        let charged = engines.as_bath()?;
        let mut idle = charged.clone();
        idle.battery.noise = NoiseRates::default();
        let mut course = self.course(&idle);
        for (index, stage) in course.stages.iter_mut().enumerate() {
            match &mut stage.task {
                Task::Evolve { system, .. } => *system = Some(Box::new(charged.clone())),
                Task::Reset { target: Part::Charger, .. }
                | Task::Pulse { target: Part::Charger, .. }
                | Task::Measure { target: Part::Charger }
                | Task::Dephase { target: Part::Charger } => {
                    return Err(ProtocolError::SteadyEngines { stage: index + 1 }.into());
                }
                _ => {}
            }
        }
        Ok(course)
    }

    fn course(&self, base: &ChargerBattery) -> ResolvedProtocol {
        let (slots, stages) = (Slots::of_system(base), self.stages.clone());
        ResolvedProtocol { slots, stages, repeat: self.repeat, size: None }
    }
}
