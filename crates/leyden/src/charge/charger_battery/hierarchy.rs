//! The corridor of noise with memory on a charger: a hierarchy (`charge/hierarchy.rs`) of master equations, by a general method.

use super::super::cutoff::Cutoffs;
use super::super::hierarchy::{Field, Grown, chosen, more, named};
use super::super::master_equation::{GeneralRun, bytes_of_run, carried};
use super::super::{Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Plan, Request, guard_time};
use crate::evolve::{NotApplicable, Outcome};
use crate::lindblad::{Generator, Pairs};
use crate::method::Method;
use crate::model::{Accounts, CHARGER, ChargerBattery, JointSystem, Levels, numbers_of_charger};
use crate::progress::Doing;

impl ChargerBattery {
    /// On what the start reaches of some levels.
    fn field_on(&self, levels: Levels, request: &Request) -> Result<Field, Error> {
        let dim = self.dim(levels);
        self.guard(dim, 8.0 * dim * dim, request)?;
        let system = self.with_white_noise().system(levels)?;
        let pairs = carried(&system);
        self.guard(dim, 2.0 * bytes_of_run(system.rho0.dim(), pairs.as_ref()), request)?;
        self.field_of(system, pairs)
    }

    /// On chosen numbers of a system with white noise.
    pub(super) fn field_of(&self, system: JointSystem, pairs: Option<Pairs>) -> Result<Field, Error> {
        let memory = self.memory().expect("asked where the noise has memory");
        let levels = system.levels();
        let lindbladian = self.without_field().lindbladian(&system.space, levels, self.frame())?;
        Ok(Field {
            memory,
            gamma: self.charger.noise.dephasing,
            diagonal: numbers_of_charger(levels.charger, system.space.dim()),
            without: Generator::on(&lindbladian, pairs),
            system,
            lower: self.to_lower(),
        })
    }

    /// With the field in the place of white noise.
    fn accounts_of(&self, field: &Field, levels: Levels) -> Result<Accounts, Error> {
        let accounts = self.with_white_noise().accounts(&field.system.space, levels)?;
        Ok(accounts.remembering(CHARGER[0], field.memory.deviation(field.gamma), &field.diagonal))
    }

    /// Whether a hierarchy is what the noise takes.
    ///
    /// # Errors
    /// [`NotApplicable`] where it is white.
    pub(super) fn hierarchy_applies(&self) -> Result<(), NotApplicable> {
        let white = self.memory().is_none();
        NotApplicable::first_of(
            Method::Hierarchy,
            &[(
                white,
                "the dephasing of the charger has no memory; give `charger.dephasing_noise` and `charger.correlation_time`",
            )],
        )
    }

    pub(super) fn plan_hierarchy(&self, request: &Request) -> Result<Plan, Error> {
        let mut cutoffs = self.cutoffs(self.first_levels(), request.tolerance);
        let field = cutoffs.fitting(|levels| self.field_on(levels, request))?;
        let members = more(field.first(request.end()));
        let generator = field.with(members);
        let choice = chosen(&generator, request)?;
        guard_time(&choice, &generator, LONGEST_HOURS)?;
        let method = named(&choice, request);
        let reason = format!("{}, of about {members} members", field.memory.reason(&choice));
        Ok(Plan { method, reason, ..Plan::general(choice, &generator, cutoffs.levels, request) })
    }

    /// By a hierarchy; `verifying`: by another method with more members, on given levels.
    pub(super) fn charge_hierarchy(
        &self,
        request: &Request,
        verifying: Option<Levels>,
    ) -> Result<Charging, Error> {
        let first = verifying.unwrap_or_else(|| self.first_levels());
        let mut cutoffs = self.cutoffs(first, request.tolerance);
        let mut members = None;
        loop {
            let field = cutoffs.fitting(|levels| self.field_on(levels, request))?;
            request.progress.begin(Doing::Evolving, request.end());
            let mut grown = field.grown(members.unwrap_or(field.first(request.end())), request)?;
            if verifying.is_some() {
                field.widen(&mut grown);
            }
            let Grown { generator, members: found, moved } = &grown;
            let longest = if cutoffs.grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            let mut choice = chosen(generator, request)?;
            guard_time(&choice, generator, longest)?;
            if verifying.is_some() {
                choice = choice.other(generator, &request.times, request.tolerance);
            }
            let cuts = cutoffs.cuts(self.cut(), field.system.charger_levels, field.system.space.dim());
            let accounts = match request.ledger {
                true => Some(self.accounts_of(&field, cutoffs.levels)?),
                false => None,
            };
            let run = GeneralRun {
                model: Some(self),
                cells: self.cells(),
                system: &field.system,
                accounts: accounts.as_ref(),
                generator,
                cuts: &cuts,
                allowed: cutoffs.allowed,
            };
            let (mut charging, held) = run.charge(&choice, request)?;
            if charging.outcome == Outcome::Stopped {
                // One member less, which the larger space may need again.
                members = Some(moved.map_or(*found, |(_, before)| before));
                cutoffs.grow(Cutoffs::tops(self.cut(), &held));
                continue;
            }
            // What verifies is named by what evolves it.
            charging.method = match verifying {
                Some(_) => choice.method.method(),
                None => named(&choice, request),
            };
            let (said, error) = grown.said(&field.system.space);
            charging.checks.error += error;
            charging.reason = format!("{}{said}", field.memory.reason(&choice));
            return Ok(charging);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::Times;
    use crate::model::{FieldMemory, FieldNoise};

    /// E_B of the pair with so many members.
    fn energies(correlation_time: f64, members: usize) -> Vec<f64> {
        let memory = FieldMemory { noise: FieldNoise::OrnsteinUhlenbeck, correlation_time, start: None };
        let model = ChargerBattery::star(1).driven(0.5).dephased(2f64.sqrt()).remembering(memory);
        let request = Request { tolerance: 1e-13, ..Times::from(vec![1.0, 3.0, 10.0]).into() };
        let field = model.field_on(model.first_levels(), &request).unwrap();
        let states = field.states(&field.with(members), &request.times, &request).unwrap();
        // Levels 1 and 3 of (x) hold the excited cell.
        states.chunks_exact(16).map(|s| s[5] + s[15]).collect()
    }

    #[test]
    fn errors_fall_faster_than_exponentially_with_members() {
        // Measured for g = 1, F/g = 0.5, gamma = sqrt 2 at gt = 1, 3, 10.
        let table: [(f64, &[(usize, f64)]); 5] = [
            (0.001, &[(2, 4e-8), (4, 1e-12)]),
            (0.2, &[(2, 2e-3), (4, 3e-6), (8, 6e-13)]),
            (1.0, &[(2, 1e-2), (4, 3e-4), (8, 2e-8), (12, 3e-13)]),
            (5.0, &[(2, 6e-2), (4, 6e-3), (8, 7e-6), (12, 1e-9), (16, 9e-14)]),
            (20.0, &[(2, 7e-2), (4, 2e-3), (8, 2e-7), (12, 2e-12)]),
        ];
        for (correlation_time, errors) in table {
            let exact = energies(correlation_time, 24);
            for &(members, expected) in errors {
                let found = energies(correlation_time, members);
                let error = found.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let range = 0.4 * expected..1.6 * expected + 1e-12;
                assert!(
                    range.contains(&error) || (error < expected && expected < 1e-11),
                    "t_c = {correlation_time}, {members}: {error:.2e}, not {expected:.0e}"
                );
            }
        }
    }
}
