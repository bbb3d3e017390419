//! The corridor of noise with memory: a hierarchy of matrices (see `lindblad::Memory`), each evolved by a general method.
//!
//! Members are added, about a third or a half of them at a time, until the state stands still: at eight of the times asked for rho_0 of the last two
//! hierarchies differs by less than the tolerance, in the Frobenius norm. Members beyond those that matter fall off faster than exponentially, so that the last
//! hierarchy is right to far more digits than that. Fast noise takes two; slow noise of strength sigma t_c > 1 as many as sigma times the
//! range of n_C times the shorter of t and t_c asks for. For t_c beyond all times M members are the Gauss-Hermite average of M nodes over static
//! detunings: without n/t_c the field is the Jacobi matrix of He_n, whose eigenvalues are the nodes. So that limit needs no method of its own.

use super::super::cutoff::Cutoffs;
use super::super::master_equation::{GeneralRun, bytes_of_run, carried};
use super::super::{Charging, Error, LONGEST_GROWN_HOURS, LONGEST_HOURS, Plan, Request, guard_time};
use crate::evolve::{Carried, Choice, NotApplicable, Outcome, Problem};
use crate::lindblad::{Generator, Pairs};
use crate::method::Method;
use crate::model::{ChargerBattery, FieldMemory, FieldNoise, JointSystem, Levels};
use crate::numerics::nan_max;
use crate::progress::Doing;
use std::ops::ControlFlow;

/// Members of telegraph noise, which end by themselves.
pub(super) const TELEGRAPH: usize = 2;
/// Most members.
const MOST_MEMBERS: usize = 4096;
/// Times at which hierarchies are compared.
const COMPARED: usize = 8;
/// Tolerance of what is compared, relative to that of the run.
const FINER: f64 = 0.1;

/// The next size of a hierarchy: 2, 3, 4, 6, 8, 12, 16, ..
pub(super) fn more(members: usize) -> usize {
    match members {
        0..4 => members + 1,
        m if m.is_power_of_two() => m * 3 / 2,
        m => m * 4 / 3,
    }
}

/// A system whose charger is dephased by a field with memory, on some levels.
pub(super) struct Field<'a> {
    model: &'a ChargerBattery,
    memory: FieldMemory,
    /// With white noise of the same strength.
    system: JointSystem,
    /// Without the field.
    without: Generator,
}

/// A hierarchy that stands still.
struct Grown {
    generator: Generator,
    members: usize,
    /// How far the state moved with the last members that were added, and how many there were before.
    moved: Option<(f64, usize)>,
}

impl<'a> Field<'a> {
    /// On what the start reaches.
    fn new(model: &'a ChargerBattery, levels: Levels, request: &Request) -> Result<Self, Error> {
        let dim = model.dim(levels);
        model.guard(dim, 8.0 * dim * dim, request)?;
        let system = model.with_white_noise().system(levels)?;
        let pairs = carried(&system);
        model.guard(dim, 2.0 * bytes_of_run(system.rho0.dim(), pairs.as_ref()), request)?;
        Self::on(model, system, pairs)
    }

    /// On chosen numbers of a system with white noise.
    pub(super) fn on(
        model: &'a ChargerBattery,
        system: JointSystem,
        pairs: Option<Pairs>,
    ) -> Result<Self, Error> {
        let memory = model.memory().expect("asked where the noise has memory");
        let levels = system.levels();
        let lindbladian = model.without_field().lindbladian(&system.space, levels, model.frame())?;
        Ok(Field { model, memory, without: Generator::on(&lindbladian, pairs), system })
    }

    /// With so many members.
    pub(super) fn with(&self, members: usize) -> Generator {
        let (levels, n_b) = (self.system.charger_levels, self.system.space.dim());
        self.without.clone().with_memory(self.model.field(&self.memory, levels, n_b, members))
    }

    /// How many members are tried first: sigma times the range of n_C is what the field adds to the phases.
    pub(super) fn first(&self, longest: f64) -> usize {
        if self.memory.noise == FieldNoise::Telegraph {
            return TELEGRAPH;
        }
        let range = (self.system.charger_levels - 1) as f64;
        let phase =
            self.model.field_deviation(&self.memory) * range * self.memory.correlation_time.min(longest);
        let wanted = (2.0 + 6.0 * phase.min(10.0)) as usize;
        let mut members = 2;
        while members < wanted {
            members = more(members);
        }
        members
    }

    /// The hierarchy grown until the state stands still at the times of a request.
    fn grown(&self, first: usize, request: &Request) -> Result<Grown, Error> {
        let telegraph = self.memory.noise == FieldNoise::Telegraph;
        let count = request.times.len();
        let mut times: Vec<f64> =
            (1..=COMPARED.min(count)).map(|k| request.times[(count - 1) * k / COMPARED.min(count)]).collect();
        times.dedup();
        let mut members = if telegraph { TELEGRAPH } else { first };
        let mut generator = self.with(members);
        if telegraph || request.end() == 0.0 {
            return Ok(Grown { generator, members, moved: None });
        }
        let mut before = self.states(&generator, &times, request)?;
        loop {
            let larger = more(members);
            if larger > MOST_MEMBERS {
                return Err(Error::TooManyMembers { most: MOST_MEMBERS });
            }
            generator = self.with(larger);
            let now = self.states(&generator, &times, request)?;
            let each = generator.of_state();
            let apart = |(a, b): (&[f64], &[f64])| -> f64 {
                let squares: f64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
                squares.sqrt()
            };
            let moved = before.chunks_exact(each).zip(now.chunks_exact(each)).map(apart).fold(0.0, nan_max);
            if moved.is_nan() || moved <= request.tolerance {
                return Ok(Grown { generator, members: larger, moved: Some((moved, members)) });
            }
            (before, members) = (now, larger);
        }
    }

    /// rho_0 at some times, one after the other.
    fn states(&self, generator: &Generator, times: &[f64], request: &Request) -> Result<Vec<f64>, Error> {
        let (dim, numbers) = (generator.dim() as f64, generator.numbers() as f64);
        self.model.guard(dim, 8.0 * 13.0 * numbers, request)?;
        let general = request.method.filter(|method| method.is_general());
        let choice = Choice::asked(general, generator, times, FINER * request.tolerance)?;
        guard_time(&choice, generator, times, LONGEST_HOURS)?;
        let problem = Problem {
            start: Carried::Density(self.system.rho0.s()),
            ..Problem::new(generator, &self.system.rho0, times)
        };
        let mut states = Vec::with_capacity(times.len() * generator.of_state());
        choice.method.run(&problem, &mut |at| {
            states.extend_from_slice(&at.state.numbers(generator)[..generator.of_state()]);
            ControlFlow::Continue(())
        })?;
        Ok(states)
    }
}

impl ChargerBattery {
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
        let field = cutoffs.fitting(|levels| Field::new(self, levels, request))?;
        let members = more(field.first(request.end()));
        let generator = field.with(members);
        let choice = self.choice(&generator, request)?;
        guard_time(&choice, &generator, &request.times, LONGEST_HOURS)?;
        let method = self.method_of(&choice, request);
        let reason = format!("{}, of about {members} members", self.memory_reason(&choice));
        Ok(Plan { method, reason, ..Plan::general(choice, &generator, cutoffs.levels) })
    }

    fn choice(&self, generator: &Generator, request: &Request) -> Result<Choice, Error> {
        let general = request.method.filter(|method| method.is_general());
        Ok(Choice::asked(general, generator, &request.times, request.tolerance)?)
    }

    /// A general method that was asked for by name keeps its name.
    fn method_of(&self, choice: &Choice, request: &Request) -> Method {
        match request.method {
            Some(method) if method.is_general() => choice.method.method(),
            _ => Method::Hierarchy,
        }
    }

    fn memory_reason(&self, choice: &Choice) -> String {
        let noise = self.memory().map_or("", |memory| memory.noise.name());
        format!("{noise} noise has memory: a hierarchy by `{}`", choice.method.method())
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
            let field = cutoffs.fitting(|levels| Field::new(self, levels, request))?;
            request.progress.begin(Doing::Evolving, request.end());
            let mut grown = field.grown(members.unwrap_or(field.first(request.end())), request)?;
            if verifying.is_some() && field.memory.noise != FieldNoise::Telegraph {
                grown.members = more(grown.members);
                grown.generator = field.with(grown.members);
            }
            let Grown { generator, members: found, moved } = &grown;
            let longest = if cutoffs.grown { LONGEST_GROWN_HOURS } else { LONGEST_HOURS };
            let mut choice = self.choice(generator, request)?;
            guard_time(&choice, generator, &request.times, longest)?;
            if verifying.is_some() {
                choice = choice.other(generator, &request.times, request.tolerance);
            }
            let cuts = cutoffs.cuts(self.cut(), field.system.charger_levels, field.system.space.dim());
            let run = GeneralRun {
                model: Some(self),
                cells: self.cells(),
                system: &field.system,
                accounts: None,
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
                None => self.method_of(&choice, request),
            };
            let reason = self.memory_reason(&choice);
            charging.reason = match *moved {
                Some((moved, before)) => {
                    let (low, high) = field.system.space.extremes();
                    charging.checks.error += moved * (high - low);
                    format!(
                        "{reason} of {found} members, the last {} of which moved the state by {moved:.1e}",
                        found - before
                    )
                }
                None => format!("{reason} of {found} members"),
            };
            return Ok(charging);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::Times;

    /// E_B of the pair with so many members.
    fn energies(correlation_time: f64, members: usize) -> Vec<f64> {
        let memory = FieldMemory { noise: FieldNoise::OrnsteinUhlenbeck, correlation_time, start: None };
        let model = ChargerBattery::star(1).driven(0.5).dephased(2f64.sqrt()).remembering(memory);
        let request = Request { tolerance: 1e-13, ..Times::from(vec![1.0, 3.0, 10.0]).into() };
        let field = Field::new(&model, model.first_levels(), &request).unwrap();
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
