//! Density matrices of a system of parts.

use super::super::cutoff::Cut;
use super::super::hierarchy::{Field, chosen, more, named};
use super::super::master_equation::{GeneralRun, bytes_of_run, carried, whole_to_verify};
use super::super::trajectories;
use super::super::{
    Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Lower, Plan, Request, guard_memory, guard_time,
};
use super::Verifying;
use super::cutoffs::Oscillators;
use super::levels_of;
use crate::evolve::{Choice, Outcome};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::model::parts::{Assembled, Mirrors, Parts, RememberedField};
use crate::model::{Accounts, JointSystem, ModelError};
use crate::progress::Doing;

impl Parts {
    pub(super) fn plan_open(&self, request: &Request) -> Result<Plan, Error> {
        let oscillators = Oscillators::new(self, request.tolerance);
        let ready = self.ready(&oscillators, request, true)?;
        let choice = ready.choice(request)?;
        guard_time(&choice, &ready.generator, LONGEST_HOURS)?;
        let method = ready.method(&choice, request);
        Ok(Plan {
            method,
            ..Plan::general(ready.said(choice), &ready.generator, ready.system.levels(), request)
        })
    }

    pub(super) fn charge_open(&self, request: &Request) -> Result<Charging, Error> {
        let mut charging = self.charge_open_within(request, f64::INFINITY)?;
        if request.verify {
            let mut found = self.verify_open(request)?.of(&charging);
            if !self.is_markovian() {
                let layout = Oscillators::new(self, request.tolerance).layout(self)?;
                let levels = levels_of(&layout) as usize;
                trajectories::beside_hierarchy(&mut found, &charging, levels, request, self);
            }
            charging.verification = Some(found);
        }
        Ok(charging)
    }

    /// The same in so many hours at most for each choice of cutoffs.
    pub(super) fn charge_open_within(&self, request: &Request, most_hours: f64) -> Result<Charging, Error> {
        self.run_open(Oscillators::new(self, request.tolerance), request, false, most_hours)
    }

    /// Another method, on all sites where that fits.
    pub(super) fn verify_open(&self, request: &Request) -> Result<Verifying, Error> {
        let grouped = Oscillators::new(self, request.tolerance);
        Verifying::by(grouped, |oscillators| self.run_open(oscillators, request, true, f64::INFINITY))
    }

    fn run_open(
        &self,
        mut oscillators: Oscillators,
        request: &Request,
        verifying: bool,
        most_hours: f64,
    ) -> Result<Charging, Error> {
        let mut before = None;
        loop {
            let mut ready = self.ready(&oscillators, request, !verifying)?;
            let error = ready.remember(verifying, request)?;
            if verifying
                && ready.field.is_none()
                && let Some(whole) = whole_to_verify(&ready.system, &ready.generator, request)
            {
                ready.generator = whole;
            }
            let longest = if oscillators.grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            let longest = longest.min(most_hours);
            let mut choice = ready.choice(request)?;
            guard_time(&choice, &ready.generator, longest)?;
            if verifying {
                choice = choice.other(&ready.generator, &request.times, request.tolerance);
            }
            // What verifies is named by what evolves it.
            let method = if verifying { choice.method.method() } else { ready.method(&choice, request) };
            let choice = ready.said(choice);
            let cuts: Vec<Cut> = ready.cuts.iter().map(|(_, cut)| *cut).collect();
            let run = GeneralRun {
                cuts: &cuts,
                allowed: oscillators.allowed,
                accounts: ready.accounts.as_ref(),
                ..GeneralRun::alone(&ready.system, &ready.generator, super::System::cells(self))
            };
            let (mut charging, held) = run.charge(&choice, request)?;
            charging.method = method;
            charging.checks.error += error;
            if charging.outcome != Outcome::Stopped {
                let unseen = oscillators.unseen(&ready.cuts);
                if !oscillators.stand_still(&unseen, before.as_ref(), &mut charging, request.tolerance) {
                    before = Some(charging);
                    continue;
                }
                if !verifying && charging.outcome == Outcome::Converged {
                    self.averaged_over_periods(&ready.system, &ready.generator, request, &mut charging);
                }
                return Ok(charging);
            }
            oscillators.grow(&ready.cuts, &held);
        }
    }

    fn ready(&self, oscillators: &Oscillators, request: &Request, mirrored: bool) -> Result<Ready, Error> {
        let layout = oscillators.layout(self)?;
        let levels = levels_of(&layout);
        guard_memory(request, levels, 8.0 * levels * levels, Lower::PartLevels)?;
        let assembled = self.assembled(&layout, request)?;
        let rho0 = assembled.start(self).map_err(ModelError::from)?;
        let cuts = oscillators.cuts(self, &assembled);
        let field = assembled.field().map_err(ModelError::from)?;
        let accounts = match request.ledger {
            true => Some(assembled.accounts(self, field.as_ref())?),
            false => None,
        };
        let mirrors = if mirrored && field.is_none() {
            Mirrors::of(self, &assembled, &rho0)
        } else {
            Mirrors::default()
        };
        let (grouped, Assembled { lindbladian, others, space, .. }) = (assembled.described(self), assembled);
        let system = JointSystem { lindbladian, charger_levels: others, rho0, space: mirrors.fold(space) };
        let pairs = carried(&system);
        // Which numbers equal which, and where levels go, take two vectors more.
        let copies = if mirrors.images.is_some() { 16.0 * levels * levels } else { 0.0 };
        let bytes = bytes_of_run(system.rho0.dim(), pairs.as_ref()) + copies;
        guard_memory(request, levels, bytes, Lower::PartLevels)?;
        if let Some(RememberedField { memory, gamma, diagonal, without }) = field {
            guard_memory(request, levels, 2.0 * bytes, Lower::PartLevels)?;
            let without = Generator::on(&without, pairs);
            let lower = Lower::PartLevels;
            let field = Field { memory, gamma, diagonal, system: system.clone(), without, lower };
            let members = more(field.first(request.end()));
            let generator = field.with(members);
            let field = Some((field, format!(", of about {members} members")));
            return Ok(Ready { system, generator, accounts, cuts, said: grouped, field });
        }
        let generator = Generator::with_images(&system.lindbladian, pairs, mirrors.images);
        let mirrored = generator.images().and(mirrors.said);
        let said: Vec<String> = grouped.into_iter().chain(mirrored).collect();
        let said = (!said.is_empty()).then(|| said.join("; "));
        Ok(Ready { system, generator, accounts, cuts, said, field: None })
    }
}

/// A system at its cutoffs, ready to run.
struct Ready {
    system: JointSystem,
    generator: Generator,
    accounts: Option<Accounts>,
    cuts: Vec<(usize, Cut)>,
    /// Which members are treated as one, and what is its own mirror image.
    said: Option<String>,
    /// The field with memory that dephases it, and how many members its hierarchy has.
    field: Option<(Field, String)>,
}

impl Ready {
    /// Grows the hierarchy of a field with memory until the state stands still; the error of E_B that is left.
    fn remember(&mut self, verifying: bool, request: &Request) -> Result<f64, Error> {
        let Some((field, members)) = &mut self.field else { return Ok(0.0) };
        request.progress.begin(Doing::Evolving, request.end());
        let mut grown = field.grown(field.first(request.end()), request)?;
        if verifying {
            field.widen(&mut grown);
        }
        let (said, error) = grown.said(&self.system.space);
        (*members, self.generator) = (said, grown.generator);
        Ok(error)
    }

    fn choice(&self, request: &Request) -> Result<Choice, Error> {
        match self.field {
            Some(_) => chosen(&self.generator, request),
            None => Ok(Choice::asked(request.method, &self.generator, &request.times, request.tolerance)?),
        }
    }

    fn method(&self, choice: &Choice, request: &Request) -> Method {
        match self.field {
            Some(_) => named(choice, request),
            None => choice.method.method(),
        }
    }

    /// The choice, whose reason says what is treated as one and what remembers.
    fn said(&self, mut choice: Choice) -> Choice {
        if let Some((field, members)) = &self.field {
            choice.reason = format!("{}{members}", field.memory.reason(&choice));
        }
        match &self.said {
            Some(said) => Choice { reason: format!("{said}; {}", choice.reason), ..choice },
            None => choice,
        }
    }
}
