//! Any system of the library, and which corridor the stages of a protocol take.

use super::cycles::ResolvedProtocol;
use super::trajectories::{Batches, in_turn};
use super::{Charging, Contents, Error, Plan, Request, System, Workspace, nmr};
use crate::Why;
use crate::method::Method;
use crate::model::parts::Parts;
use crate::model::{ChargerBattery, EngineBattery, HeatEngine, MasterEquation, NmrStar, NoiseRates};
use crate::protocol::{Part, Protocol, ProtocolError, ProtocolSystem, Slots, Task};
use crate::why::{Elsewhere, TooLarge};

/// Declares the enum of all systems: a new one is a line here and its `impl System`.
macro_rules! any_system {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Any system.
        #[derive(Clone, Debug, PartialEq)]
        pub enum AnySystem {
            $($(#[$doc])* $name($name),)*
        }

        impl AnySystem {
            fn system(&self) -> &dyn System {
                match self {
                    $(AnySystem::$name(system) => system,)*
                }
            }
        }

        $(impl $name {
            /// What would run, with its memory, before anything is built.
            ///
            /// # Errors
            /// [`Error`] when the method does not apply or the memory would not suffice.
            pub fn plan(&self, request: &Request) -> Result<Plan, Error> {
                System::plan(self, request)
            }

            /// Runs the corridor.
            ///
            /// # Errors
            /// [`Error`] when the run cannot start; numerical trouble is an [`Outcome`](crate::evolve::Outcome) in the result.
            pub fn charge(&self, request: &Request) -> Result<Charging, Error> {
                self.charge_in(request, &Workspace::default())
            }
        }

        impl From<$name> for AnySystem {
            fn from(system: $name) -> Self {
                AnySystem::$name(system)
            }
        })*
    };
}

any_system! {
    /// A charger and its battery.
    ChargerBattery,
    /// A three-level maser alone.
    HeatEngine,
    /// Cells charged by masers.
    EngineBattery,
    /// A battery spin among charger spins.
    NmrStar,
    /// Stages, repeated.
    Protocol,
    /// Any Hamiltonian and channels.
    MasterEquation,
    /// Parts and products of their operators.
    Parts,
}

impl System for AnySystem {
    fn name(&self) -> &'static str {
        self.system().name()
    }

    fn cells(&self) -> usize {
        self.system().cells()
    }

    fn methods(&self) -> Vec<Method> {
        self.system().methods()
    }

    fn contents(&self) -> Contents {
        self.system().contents()
    }

    fn dimension_counts(&self) -> &'static str {
        self.system().dimension_counts()
    }

    fn schedule(&self) -> Option<(&'static str, String)> {
        self.system().schedule()
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.system().plan(request)
    }

    fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error> {
        let mut charging = self.system().charge_in(request, workspace)?;
        if request.ledger && charging.ledger == Err(Why::NotAsked) {
            charging.ledger = Err(match self {
                AnySystem::EngineBattery(_) | AnySystem::HeatEngine(_) => Elsewhere::Engines.into(),
                AnySystem::NmrStar(_) | AnySystem::Protocol(_) => Elsewhere::Spins.into(),
                _ => TooLarge::Ledger.into(),
            });
        }
        if request.bounds && charging.rate_bounds == Err(Why::NotAsked) {
            charging.rate_bounds = Err(match self {
                AnySystem::EngineBattery(_)
                | AnySystem::HeatEngine(_)
                | AnySystem::NmrStar(_)
                | AnySystem::Protocol(_) => Elsewhere::Bounds.into(),
                _ => TooLarge::Bounds.into(),
            });
        }
        Ok(charging)
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        self.system().draw(request, batches)
    }
}

impl AnySystem {
    /// The same as a system of parts, where parts can say it: no stages, no engines with their levels, no spins that are excited more often than not.
    pub fn as_parts(&self) -> Option<Parts> {
        match self {
            AnySystem::ChargerBattery(system) => Some(system.as_parts()),
            AnySystem::EngineBattery(system) => system.as_bath().ok().map(|bath| bath.as_parts()),
            AnySystem::NmrStar(star) => star.as_parts(),
            AnySystem::Parts(parts) => Some(parts.clone()),
            AnySystem::HeatEngine(_) | AnySystem::Protocol(_) | AnySystem::MasterEquation(_) => None,
        }
    }
}

impl System for Protocol {
    fn name(&self) -> &'static str {
        "protocol"
    }

    fn cells(&self) -> usize {
        match &self.system {
            ProtocolSystem::ChargerBattery(system) => system.cells(),
            ProtocolSystem::NmrStar(star) => star.cells(),
            ProtocolSystem::EngineBattery(system) => system.cells(),
        }
    }

    fn methods(&self) -> Vec<Method> {
        super::system::and_general(&[Method::SpinStar, Method::Stages])
    }

    fn contents(&self) -> Contents {
        Contents { cycles: true, ..Contents::BATTERY }
    }

    fn schedule(&self) -> Option<(&'static str, String)> {
        let shown = self.shown.filter(|shown| *shown < self.repeat);
        let shown = shown.map_or(String::new(), |shown| format!(", {shown} of them shown"));
        Some(("stages", format!("{} repeated {} times{shown}", self.stages.len(), self.repeat)))
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        if request.method == Some(Method::Trajectories) {
            return self.as_resolved(request)?.plan_trajectories(request);
        }
        match &self.system {
            ProtocolSystem::NmrStar(star) => {
                nmr::star_plan(star, &self.stages, (self.repeat, self.shown), request)
            }
            ProtocolSystem::ChargerBattery(base) => self.resolved(base).plan(request),
            ProtocolSystem::EngineBattery(engines) => self.engines(engines)?.plan(request),
        }
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        let drawn = self.as_resolved(request)?.draw(request, batches)?;
        let engine = match &self.system {
            ProtocolSystem::EngineBattery(engines) => Some(engines.engine_report()),
            _ => None,
        };
        Ok(Charging { engine, ..drawn })
    }

    /// Runs all cycles and looks for their fixed point. `request.times` is not used.
    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut in_turn(request));
        }
        match &self.system {
            ProtocolSystem::NmrStar(star) => {
                nmr::star_cycles(star, &self.stages, (self.repeat, self.shown), request)
            }
            ProtocolSystem::ChargerBattery(base) => self.resolved(base).charge(request),
            ProtocolSystem::EngineBattery(engines) => {
                let mut charging = self.engines(engines)?.charge(request)?;
                charging.engine = Some(engines.engine_report());
                Ok(charging)
            }
        }
    }
}

impl Protocol {
    /// The stages as maps of the state of two parts.
    fn as_resolved(&self, request: &Request) -> Result<ResolvedProtocol, Error> {
        match &self.system {
            ProtocolSystem::ChargerBattery(base) => Ok(self.resolved(base)),
            ProtocolSystem::EngineBattery(engines) => self.engines(engines),
            ProtocolSystem::NmrStar(star) => {
                nmr::star_stages(star, &self.stages, (self.repeat, self.shown), request)
            }
        }
    }

    /// Stages of cells with engines: these act in `evolve` alone.
    fn engines(&self, engines: &EngineBattery) -> Result<ResolvedProtocol, Error> {
        let charged = engines.as_bath()?;
        let mut idle = charged.clone();
        idle.battery.noise = NoiseRates::default();
        let mut resolved = self.resolved(&idle);
        for (index, stage) in resolved.stages.iter_mut().enumerate() {
            match &mut stage.task {
                Task::Evolve { system, .. } => *system = Some(Box::new(charged.clone())),
                Task::Reset { target: Part::Charger, .. }
                | Task::Pulse { target: Part::Charger, .. }
                | Task::Measure { target: Part::Charger, .. }
                | Task::Dephase { target: Part::Charger } => {
                    return Err(ProtocolError::SteadyEngines { stage: index + 1 }.into());
                }
                _ => {}
            }
        }
        Ok(resolved)
    }

    fn resolved(&self, base: &ChargerBattery) -> ResolvedProtocol {
        let (slots, stages) = (Slots::of_system(base), self.stages.clone());
        ResolvedProtocol { slots, stages, repeat: self.repeat, shown: self.shown, size: None }
    }
}
