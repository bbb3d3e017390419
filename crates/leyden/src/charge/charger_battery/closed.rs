//! Charger and battery without noise, where no exact method applies: state vectors, with cutoffs that are exact or grow.

use super::super::closed::{ClosedRun, KetChoice, takes_kets};
use super::super::cutoff::{Cutoffs, Tops};
use super::super::{Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Plan, Request, guard_memory};
use crate::evolve::Outcome;
use crate::evolve::kets::Blocks;
use crate::model::{ChargerBattery, ClosedSystem, Leak, Levels};

/// A closed system at one cutoff, ready to run.
struct Ready {
    system: ClosedSystem,
    blocks: Blocks,
}

impl ChargerBattery {
    /// Whether the system is closed and its kets are evolved.
    pub(super) fn by_kets(&self, request: &Request) -> bool {
        let levels = self.first_levels();
        self.is_closed() && takes_kets(request, self.dim(levels), || self.stateless(levels).ok())
    }

    pub(super) fn plan_closed(&self, request: &Request) -> Result<Plan, Error> {
        let mut cutoffs = Cutoffs::new(self, self.first_closed_levels(request.end()), request.tolerance);
        let Ready { system, blocks } = self.ready(&mut cutoffs, request)?;
        let choice = KetChoice::new(&system, &blocks, request);
        choice.guard(&blocks, request, self.to_lower(), LONGEST_HOURS)?;
        Ok(choice.plan(&system, &blocks, request))
    }

    pub(super) fn charge_closed(
        &self,
        request: &Request,
        verifying: Option<Levels>,
        most_hours: f64,
    ) -> Result<Charging, Error> {
        let first = verifying.unwrap_or_else(|| self.first_closed_levels(request.end()));
        let mut cutoffs = Cutoffs::new(self, first, request.tolerance);
        loop {
            let Ready { system, blocks } = self.ready(&mut cutoffs, request)?;
            let mut choice = KetChoice::new(&system, &blocks, request);
            if verifying.is_some() {
                choice = choice.other(&blocks, request);
            }
            let longest = if cutoffs.grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            choice.guard(&blocks, request, self.to_lower(), longest.min(most_hours))?;
            let cuts = cutoffs.cuts(self.cut(), system.charger_levels, system.space.dim());
            let levels = Levels { charger: system.charger_levels, battery: cutoffs.levels.battery };
            let accounts = match request.ledger {
                true => Some(self.accounts(&system.space, levels)?),
                false => None,
            };
            let run = ClosedRun {
                cells: self.cells(),
                system: &system,
                blocks: &blocks,
                choice: &choice,
                cuts: &cuts,
                accounts: accounts.as_ref(),
            };
            let (charging, held) = run.charge(request)?;
            if charging.outcome != Outcome::Stopped {
                return Ok(charging);
            }
            self.grow(&mut cutoffs, Cutoffs::tops(self.cut(), &held));
        }
    }

    /// The system at cutoffs that hold its start; exact ones where what it reaches does not touch them.
    fn ready(&self, cutoffs: &mut Cutoffs, request: &Request) -> Result<Ready, Error> {
        loop {
            let mut system = cutoffs.fitting(|levels| {
                // A ket, H with about ten entries for each level, and what makes it.
                guard_memory(request, self.dim(levels), 1000.0 * self.dim(levels), self.to_lower())?;
                Ok(self.closed_system(levels)?)
            })?;
            let grows = self.grows_charger() || self.grows_battery();
            if grows && system.leak.start > request.tolerance {
                self.grow(cutoffs, (1.0, 1.0));
                continue;
            }
            let mut blocks = Blocks::new(&system.lindbladian, &system.kets);
            if system.leak.start > 0.0 || !system.leak.is_closed_on(blocks.levels()) {
                return Ok(Ready { system, blocks });
            }
            let dim_b = system.space.dim();
            let top = |number: &dyn Fn(usize) -> usize| blocks.levels().map(number).max().unwrap_or(0) + 1;
            let reached = Levels {
                charger: if self.grows_charger() {
                    top(&|joint| joint / dim_b)
                } else {
                    cutoffs.levels.charger
                },
                battery: if self.grows_battery() {
                    top(&|joint| joint % dim_b)
                } else {
                    cutoffs.levels.battery
                },
            };
            // Nothing lies beyond what is reached, although the last of those levels may hold more than the tolerance.
            if reached != cutoffs.levels {
                cutoffs.levels = reached;
                system = self.closed_system(reached)?;
                blocks = Blocks::new(&system.lindbladian, &system.kets);
            }
            system.leak = Leak::default();
            return Ok(Ready { system, blocks });
        }
    }

    /// An eighth more of what is filled most.
    fn grow(&self, cutoffs: &mut Cutoffs, tops: Tops) {
        let next = |levels: usize| levels + (levels / 8).max(6);
        let most = tops.0.max(tops.1);
        if self.grows_charger() && (!self.grows_battery() || tops.0 >= 0.01 * most) {
            cutoffs.levels.charger = next(cutoffs.levels.charger);
        }
        if self.grows_battery() && (!self.grows_charger() || tops.1 >= 0.01 * most) {
            cutoffs.levels.battery = next(cutoffs.levels.battery);
        }
        cutoffs.grown = true;
    }
}
