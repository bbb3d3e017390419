//! Noise with memory: a hierarchy of matrices (see `lindblad::Memory`), each evolved by a general method.
//!
//! Members are added, about a third or a half of them at a time, until the state stands still: at eight of the times asked for rho_0 of the last two
//! hierarchies differs by less than the tolerance, in the Frobenius norm. Members beyond those that matter fall off faster than exponentially, so that the last
//! hierarchy is right to far more digits than that. Fast noise takes two; slow noise of strength sigma t_c > 1 as many as sigma times the
//! range of X times the shorter of t and t_c asks for. For t_c beyond all times M members are the Gauss-Hermite average of M nodes over static
//! detunings: without n/t_c the field is the Jacobi matrix of He_n, whose eigenvalues are the nodes. So that limit needs no method of its own.

use std::ops::ControlFlow;

use super::{Error, LONGEST_HOURS, Lower, Request, guard_memory, guard_time};
use crate::evolve::{Carried, Choice, Problem};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::model::{FieldMemory, FieldNoise, JointSystem};
use crate::numerics::nan_max;
use crate::space::BatterySpace;

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

/// A system under a field with memory, H + B(t) X, on some levels.
pub(super) struct Field {
    pub(super) memory: FieldMemory,
    /// Integrated strength of the field.
    pub(super) gamma: f64,
    /// Diagonal of X.
    pub(super) diagonal: Vec<f64>,
    /// With white noise of the same strength.
    pub(super) system: JointSystem,
    /// Without the field.
    pub(super) without: Generator,
    pub(super) lower: Lower,
}

/// A hierarchy that stands still.
pub(super) struct Grown {
    pub(super) generator: Generator,
    pub(super) members: usize,
    /// How far the state moved with the last members that were added, and how many there were before.
    pub(super) moved: Option<(f64, usize)>,
}

impl Field {
    /// With so many members.
    pub(super) fn with(&self, members: usize) -> Generator {
        let memory = self.memory.on(self.gamma, self.diagonal.clone(), members);
        self.without.clone().with_memory(memory)
    }

    /// How many members are tried first: sigma times the range of X is what the field adds to the phases.
    pub(super) fn first(&self, longest: f64) -> usize {
        if self.memory.noise == FieldNoise::Telegraph {
            return TELEGRAPH;
        }
        let ends = self.diagonal.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
        let phase =
            self.memory.deviation(self.gamma) * (ends.1 - ends.0) * self.memory.correlation_time.min(longest);
        let wanted = (2.0 + 6.0 * phase.min(10.0)) as usize;
        let mut members = 2;
        while members < wanted {
            members = more(members);
        }
        members
    }

    /// The hierarchy grown until the state stands still at the times of a request.
    pub(super) fn grown(&self, first: usize, request: &Request) -> Result<Grown, Error> {
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
    pub(super) fn states(
        &self,
        generator: &Generator,
        times: &[f64],
        request: &Request,
    ) -> Result<Vec<f64>, Error> {
        let (dim, numbers) = (generator.dim() as f64, generator.numbers() as f64);
        guard_memory(request, dim, 8.0 * 13.0 * numbers, self.lower)?;
        let choice = Choice::asked(general(request), generator, times, FINER * request.tolerance)?;
        guard_time(&choice, generator, LONGEST_HOURS)?;
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

    /// More members, to check those that were found.
    pub(super) fn widen(&self, grown: &mut Grown) {
        if self.memory.noise != FieldNoise::Telegraph {
            grown.members = more(grown.members);
            grown.generator = self.with(grown.members);
        }
    }
}

impl Grown {
    /// How many members there are, and the error of E_B that they leave.
    pub(super) fn said(&self, space: &BatterySpace) -> (String, f64) {
        let members = self.members;
        match self.moved {
            Some((moved, before)) => {
                let (low, high) = space.extremes();
                let last = members - before;
                let said =
                    format!(" of {members} members, the last {last} of which moved the state by {moved:.1e}");
                (said, moved * (high - low))
            }
            None => (format!(" of {members} members"), 0.0),
        }
    }
}

impl FieldMemory {
    /// Why a hierarchy, and by what.
    pub(super) fn reason(&self, choice: &Choice) -> String {
        format!("{} noise has memory: a hierarchy by `{}`", self.noise.name(), choice.method.method())
    }
}

fn general(request: &Request) -> Option<Method> {
    request.method.filter(|method| method.is_general())
}

/// What evolves a hierarchy.
pub(super) fn chosen(generator: &Generator, request: &Request) -> Result<Choice, Error> {
    Ok(Choice::asked(general(request), generator, &request.times, request.tolerance)?)
}

/// A general method that was asked for by name keeps its name.
pub(super) fn named(choice: &Choice, request: &Request) -> Method {
    match general(request) {
        Some(_) => choice.method.method(),
        None => Method::Hierarchy,
    }
}
