//! The one door of all systems.

use std::fmt::Debug;

use super::trajectories::Batches;
use super::{Charging, Error, Plan, Request, Workspace};
use crate::evolve::NotApplicable;
use crate::method::Method;

/// What a result of a system has; what is shown of it follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// A battery with its figures of merit.
    pub battery: bool,
    /// A heat engine.
    pub engine: bool,
    /// Charging by engines.
    pub charging: bool,
    /// Cycles of a protocol.
    pub cycles: bool,
    /// What trajectories say beside the figures of their mean.
    pub trajectories: bool,
}

impl Contents {
    /// A battery alone.
    pub const BATTERY: Contents =
        Contents { battery: true, engine: false, charging: false, cycles: false, trajectories: false };
}

/// A system that the library knows to charge: what it is called, what solves it, what that would cost, and the run itself.
pub trait System: Debug + Send + Sync {
    /// What it is called, in a word or two.
    fn name(&self) -> &'static str;

    /// Number of cells of the battery; 0 where there is none.
    fn cells(&self) -> usize;

    /// The methods that some system of this kind has, exact ones first.
    fn methods(&self) -> Vec<Method>;

    /// What its result has.
    fn contents(&self) -> Contents {
        Contents::BATTERY
    }

    /// What the dimension of a plan counts.
    fn dimension_counts(&self) -> &'static str {
        "levels of charger and battery"
    }

    /// What stands for the times of the request where the system brings its own: a name and what there is.
    fn schedule(&self) -> Option<(&'static str, String)> {
        None
    }

    /// What would run, with its memory, before anything is built.
    ///
    /// # Errors
    /// [`Error`] when the method does not apply or the memory would not suffice.
    fn plan(&self, request: &Request) -> Result<Plan, Error>;

    /// Runs the corridor, sharing with other points of a study what they have in common.
    ///
    /// # Errors
    /// [`Error`] when the run cannot start; numerical trouble is an [`Outcome`](crate::evolve::Outcome) in the result.
    fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error>;

    /// The corridor of [`Method::Trajectories`], whose batches `batches` adds: every number of the range, in any order.
    ///
    /// # Errors
    /// As [`charge_in`](Self::charge_in).
    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        let _ = (request, batches);
        Err(NotApplicable {
            method: Method::Trajectories,
            because: format!("a {} has no kets to draw", self.name()),
        }
        .into())
    }

    /// Runs the corridor.
    ///
    /// # Errors
    /// As [`charge_in`](Self::charge_in).
    fn charge(&self, request: &Request) -> Result<Charging, Error> {
        self.charge_in(request, &Workspace::default())
    }
}

/// The general methods after the exact ones of a system.
pub(super) fn and_general(exact: &[Method]) -> Vec<Method> {
    let general = crate::method::METHODS.iter().filter(|info| info.general).map(|info| info.method);
    exact.iter().copied().chain(general).collect()
}
