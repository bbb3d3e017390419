//! State vectors of a closed system of parts.

use super::super::closed::{ClosedRun, KetChoice};
use super::super::cutoff::Cut;
use super::super::{Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Lower, Plan, Request};
use super::Verifying;
use super::cutoffs::Oscillators;
use crate::evolve::Outcome;
use crate::evolve::kets::Blocks;
use crate::model::parts::{Layout, Parts};
use crate::model::{Accounts, ClosedSystem, ModelError};

/// A closed system at its cutoffs, ready to run.
struct Ready {
    system: ClosedSystem,
    blocks: Blocks,
    cuts: Vec<(usize, Cut)>,
    said: Option<String>,
}

impl Parts {
    pub(super) fn plan_closed(&self, request: &Request) -> Result<Plan, Error> {
        let oscillators = Oscillators::new(self, request.tolerance);
        let ready = self.closed_ready(&oscillators, request)?;
        let choice = KetChoice::new(&ready.system, &ready.blocks, request).after(ready.said.as_deref());
        choice.guard(&ready.blocks, request, Lower::PartLevels, LONGEST_HOURS)?;
        Ok(choice.plan(&ready.system, &ready.blocks, request))
    }

    pub(super) fn charge_closed(&self, request: &Request) -> Result<Charging, Error> {
        let mut charging = self.charge_closed_within(request, f64::INFINITY)?;
        if request.verify {
            charging.verification = Some(self.verify_closed(request)?.of(&charging));
        }
        Ok(charging)
    }

    /// The same in so many hours at most for each choice of cutoffs.
    pub(super) fn charge_closed_within(&self, request: &Request, most_hours: f64) -> Result<Charging, Error> {
        self.run_closed(Oscillators::new(self, request.tolerance), request, false, most_hours)
    }

    /// Another method, on all sites where that fits.
    pub(super) fn verify_closed(&self, request: &Request) -> Result<Verifying, Error> {
        let grouped = Oscillators::new(self, request.tolerance);
        Verifying::by(grouped, |oscillators| self.run_closed(oscillators, request, true, f64::INFINITY))
    }

    fn run_closed(
        &self,
        mut oscillators: Oscillators,
        request: &Request,
        verifying: bool,
        most_hours: f64,
    ) -> Result<Charging, Error> {
        let mut before = None;
        loop {
            let ready = self.closed_ready(&oscillators, request)?;
            let mut choice =
                KetChoice::new(&ready.system, &ready.blocks, request).after(ready.said.as_deref());
            if verifying {
                choice = choice.other(&ready.blocks, request);
            }
            let longest = if oscillators.grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            choice.guard(&ready.blocks, request, Lower::PartLevels, longest.min(most_hours))?;
            let cuts: Vec<Cut> = ready.cuts.iter().map(|(_, cut)| *cut).collect();
            let accounts = match request.ledger {
                true => Some(Accounts::of_parts(&ready.system.lindbladian, ready.system.energy(), &[])?),
                false => None,
            };
            let run = ClosedRun {
                cells: super::System::cells(self),
                system: &ready.system,
                blocks: &ready.blocks,
                choice: &choice,
                cuts: &cuts,
                accounts: accounts.as_ref(),
            };
            let (mut charging, held) = run.charge(request)?;
            if charging.outcome != Outcome::Stopped {
                let unseen = oscillators.unseen(&ready.cuts);
                if oscillators.stand_still(&unseen, before.as_ref(), &mut charging, request.tolerance) {
                    return Ok(charging);
                }
                before = Some(charging);
                continue;
            }
            oscillators.grow(&ready.cuts, &held);
        }
    }

    /// The system at cutoffs that hold its start.
    fn closed_ready(&self, oscillators: &Oscillators, request: &Request) -> Result<Ready, Error> {
        let narrow = oscillators.layout(self)?;
        let wide = self.assembled(&oscillators.wide(self)?, request)?;
        let seen = oscillators.cuts(self, &wide);
        let (mut system, cuts, said) = match oscillators.are_mixed(self, &wide) {
            false => {
                let kets = wide.kets(self).map_err(ModelError::from)?.unwrap_or_default();
                let said = wide.described(self);
                let mut system = wide.closed(kets, &oscillators.levels)?;
                if oscillators.are_given(self) {
                    system.lindbladian = self.assembled(&narrow, request)?.lindbladian;
                }
                (system, self.narrow(&narrow, &seen), said)
            }
            // Levels that H_B mixes cannot be cut off one by one.
            true => {
                let assembled = self.assembled(&narrow, request)?;
                let kets = assembled.kets(self).map_err(ModelError::from)?.unwrap_or_default();
                let said = assembled.described(self);
                (assembled.closed(kets, &oscillators.levels)?, Vec::new(), said)
            }
        };
        let blocks = |system: &ClosedSystem| Blocks::new(&system.lindbladian, &system.kets);
        let found = blocks(&system);
        if system.leak.start == 0.0 && system.leak.is_closed_on(found.levels()) {
            system.leak = Default::default();
        }
        // What leaves cuts, and what their highest levels hold, is told level by level.
        let system = if cuts.is_empty() { system.on_what_is_reached() } else { system };
        let blocks = blocks(&system);
        Ok(Ready { system, blocks, cuts, said })
    }

    /// The cuts of the levels that are kept.
    fn narrow(&self, layout: &Layout, wide: &[(usize, Cut)]) -> Vec<(usize, Cut)> {
        let strides = layout.strides();
        let of = |(site, cut): &(usize, Cut)| {
            let place = layout.factor(self.part_of(*site), Some(*site));
            (*site, Cut { stride: strides[place], levels: layout.factors[place].levels, ..*cut })
        };
        wide.iter().map(of).collect()
    }
}
