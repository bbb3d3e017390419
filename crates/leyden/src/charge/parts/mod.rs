//! The corridor of a system of parts: state vectors where nothing is open, density matrices otherwise, on the smallest space that its
//! symmetries allow.

mod built_in;
mod closed;
mod cutoffs;
mod large;
mod ledger;
mod open;
mod periodic;

use super::charger_battery::EXACT;
use super::closed::takes_kets;
use super::system::and_general;
use super::trajectories::{self, Batches};
use super::{
    Charging, Error, Lower, Plan, Request, System, Verification, Workspace, guard_memory, guard_times,
};
use crate::evolve::NotApplicable;
use crate::method::Method;
use crate::model::ModelError;
use crate::model::parts::{Assembled, Layout, Parts, check_starts};
use built_in::BuiltIn;
pub(super) use cutoffs::Oscillators;

impl System for Parts {
    fn name(&self) -> &'static str {
        "parts"
    }

    fn cells(&self) -> usize {
        let inside = self.in_battery();
        self.parts().iter().zip(inside).filter(|(_, inside)| *inside).map(|(part, _)| part.count).sum()
    }

    fn methods(&self) -> Vec<Method> {
        and_general(&EXACT)
    }

    fn dimension_counts(&self) -> &'static str {
        "levels of others and battery"
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        if request.method == Some(Method::Trajectories) {
            let plan = self.plan_trajectories(request)?;
            return Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan });
        }
        let plan = match self.route(request)? {
            Route::BuiltIn(built_in) => return built_in.plan(request),
            Route::Large => self.plan_large(request)?,
            Route::Kets => self.plan_closed(request)?,
            Route::Density => self.plan_open(request)?,
        };
        Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan })
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        trajectories::drawn(&self.ensemble(request)?, request, batches, &|other| self.charge(other))
    }

    fn charge_in(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error> {
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut trajectories::in_turn(request));
        }
        let mut charging = match self.route(request)? {
            Route::BuiltIn(built_in) => {
                let mut charging = built_in.charge(request, workspace)?;
                self.add_beside(&mut charging, request);
                if request.verify {
                    // As written, by a general method on all sites; where that does not fit by another one of its own.
                    charging.verification = match self.verify_general(request) {
                        Err(error) if error.is_too_much() => built_in.verification(request, workspace)?,
                        other => Some(other?.of(&charging)),
                    };
                }
                charging
            }
            Route::Large => self.charge_large(request)?,
            Route::Kets => self.charge_closed(request)?,
            Route::Density => self.charge_open(request)?,
        };
        let inside = self.in_battery();
        let cut =
            self.parts().iter().zip(inside).any(|(part, inside)| inside && part.kind.levels().is_none());
        if cut {
            charging.without_capacity();
        }
        Ok(charging)
    }
}

/// How the state is carried.
#[derive(Debug)]
enum Route {
    /// As a built-in system, by its own methods.
    BuiltIn(Box<BuiltIn>),
    /// As kets on all levels, without a matrix.
    Large,
    Kets,
    Density,
}

/// The run of a second method.
struct Verifying {
    run: Charging,
    /// Whether no members were treated as one.
    on_all_sites: bool,
}

impl Verifying {
    /// What `run` finds on all sites, or on those that are kept where all are too many.
    fn by(grouped: Oscillators, run: impl Fn(Oscillators) -> Result<Charging, Error>) -> Result<Self, Error> {
        match run(grouped.clone().on_all_sites()) {
            Err(error) if error.is_too_much() => Ok(Verifying { run: run(grouped)?, on_all_sites: false }),
            run => Ok(Verifying { run: run?, on_all_sites: true }),
        }
    }

    fn of(&self, charging: &Charging) -> Verification {
        let found = Verification::of(charging, &self.run);
        let method = match self.on_all_sites {
            true => format!("{} on all sites", found.method),
            false => found.method,
        };
        Verification { method, ..found }
    }
}

impl Parts {
    fn route(&self, request: &Request) -> Result<Route, Error> {
        request.validate_times()?;
        guard_times(request)?;
        self.validate(request.end()).map_err(ModelError::from)?;
        if request.method.is_none_or(|method| !method.is_general()) {
            match (self.recognised(request.end()), request.method) {
                (Some(recognised), _) => return Ok(Route::BuiltIn(Box::new(BuiltIn::new(recognised)))),
                (None, Some(Method::Hierarchy)) if !self.is_markovian() => {}
                (None, Some(method)) => {
                    let because = "the parts are no charger and battery as they are built in".into();
                    return Err(NotApplicable { method, because }.into());
                }
                (None, None) => {}
            }
        }
        self.general_route(request)
    }

    /// What a general method says, on all sites where that fits.
    fn verify_general(&self, request: &Request) -> Result<Verifying, Error> {
        match self.general_route(request)? {
            Route::Large => self.verify_large(request),
            Route::Kets => self.verify_closed(request),
            _ => self.verify_open(request),
        }
    }

    fn general_route(&self, request: &Request) -> Result<Route, Error> {
        let oscillators = Oscillators::new(self, request.tolerance);
        let layout = oscillators.layout(self)?;
        if self.is_large(&layout, request) {
            return Ok(Route::Large);
        }
        let levels = levels_of(&layout);
        let lindbladian = || self.assembled(&layout, request).ok().map(|assembled| assembled.lindbladian);
        let pure = || self.is_closed() && takes_kets(request, levels, lindbladian) && layout.has_kets(self);
        let route = if pure() { Route::Kets } else { Route::Density };
        check_starts(self, matches!(route, Route::Kets)).map_err(ModelError::from)?;
        Ok(route)
    }

    /// The matrices on a layout that fits into the memory.
    pub(super) fn assembled(&self, layout: &Layout, request: &Request) -> Result<Assembled, Error> {
        guard_memory(request, levels_of(layout), 1000.0 * levels_of(layout), Lower::PartLevels)?;
        Ok(Assembled::new(self, layout.clone(), request.end())?)
    }
}

/// Levels of others (x) battery.
fn levels_of(layout: &Layout) -> f64 {
    let (others, battery) = layout.dims();
    others * battery
}
