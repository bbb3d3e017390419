//! The corridor of a system of parts: state vectors where nothing is open, density matrices otherwise, on the smallest space that its
//! symmetries allow.

mod closed;
mod cutoffs;
mod open;

use super::closed::takes_kets;
use super::system::and_general;
use super::{Charging, Error, Lower, Plan, Request, System, Workspace, guard_memory, guard_times};
use crate::method::Method;
use crate::model::parts::{Layout, Parts};
use cutoffs::Oscillators;

impl System for Parts {
    fn name(&self) -> &'static str {
        "parts"
    }

    fn cells(&self) -> usize {
        let inside = self.in_battery();
        self.parts().iter().zip(inside).filter(|(_, inside)| *inside).map(|(part, _)| part.count).sum()
    }

    fn methods(&self) -> Vec<Method> {
        and_general(&[])
    }

    fn dimension_counts(&self) -> &'static str {
        "levels of others and battery"
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        let route = self.route(request)?;
        let plan = match route {
            Route::Kets => self.plan_closed(request)?,
            Route::Density => self.plan_open(request)?,
        };
        Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan })
    }

    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        match self.route(request)? {
            Route::Kets => self.charge_closed(request),
            Route::Density => self.charge_open(request),
        }
    }
}

/// How the state is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Kets,
    Density,
}

impl Parts {
    fn route(&self, request: &Request) -> Result<Route, Error> {
        request.validate_times()?;
        guard_times(request)?;
        self.validate(request.end()).map_err(crate::model::ModelError::from)?;
        let oscillators = Oscillators::new(self, request.tolerance);
        let layout = oscillators.layout(self)?;
        let levels = levels_of(&layout);
        let lindbladian = || self.assembled(&layout, request).ok().map(|assembled| assembled.lindbladian);
        let pure = || self.is_closed() && takes_kets(request, levels, lindbladian) && layout.has_kets(self);
        Ok(if pure() { Route::Kets } else { Route::Density })
    }

    /// The matrices on a layout that fits into the memory.
    fn assembled(&self, layout: &Layout, request: &Request) -> Result<crate::model::parts::Assembled, Error> {
        guard_memory(request, levels_of(layout), 1000.0 * levels_of(layout), Lower::PartLevels)?;
        Ok(crate::model::parts::Assembled::new(self, layout.clone(), request.end())?)
    }
}

/// Levels of others (x) battery.
fn levels_of(layout: &Layout) -> f64 {
    let (others, battery) = layout.dims();
    others * battery
}
