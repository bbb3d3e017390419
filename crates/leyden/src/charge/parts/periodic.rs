//! Where an open system with a periodic Hamiltonian leads: the cycle of the map of one period, and averages over it.
//!
//! H(t + T) = H(t): with M = T exp int_0^T Z(s) ds the state at t = kT is M^k rho(0), which tends to the fixed point that is reached from rho(0);
//! the state of the battery then repeats, and energies and ergotropies are averaged over one period.
//! Source: @floquet1883; @grifoni1998.

use std::ops::ControlFlow;

use super::super::{Charging, Request};
use crate::Known;
use crate::Why;
use crate::asymptote::{Detail, Remark, sectors};
use crate::evolve::{Evolve, Explicit, Outcome};
use crate::lindblad::{Generator, common_frequency};
use crate::merit::{BatteryState, Ergotropy, Merits, WorkBounds};
use crate::model::JointSystem;
use crate::model::parts::Parts;
use crate::operator::Hermitian;
use crate::protocol::{Observed, settled_krylov};
use crate::why::{Failure, NoCollective, TooLarge};

/// Most numbers of a state, and applications of its generator in one period.
const MOST_NUMBERS: usize = 20_000;
const MOST_APPLICATIONS: f64 = 1e5;
/// Periods that are looked at on the way to the cycle.
const MOST_PERIODS: usize = 120;
/// Error of the maps of one period.
const ACCURATE: f64 = 1e-13;
/// Times in a period over which averages are taken, at first and at most, and when they stand still, relative to the range of energies.
const FIRST: usize = 32;
const MOST: usize = 4096;
const STILL: f64 = 1e-9;

impl Parts {
    /// The period of H, where it has one.
    pub(super) fn period(&self) -> Option<f64> {
        let mut frequencies = Vec::new();
        let known = self.charging().list().iter().all(|term| term.coefficient.frequencies(&mut frequencies));
        let frequency = known.then(|| common_frequency(&frequencies)).flatten()?;
        Some(2.0 * std::f64::consts::PI / frequency)
    }

    /// Fills in the limit of a system whose Hamiltonian is periodic.
    pub(super) fn averaged_over_periods(
        &self,
        system: &JointSystem,
        generator: &Generator,
        request: &Request,
        charging: &mut Charging,
    ) {
        let Some(period) = self.period().filter(|_| request.detail >= Detail::Limit) else { return };
        charging.asymptote.limit = averages(system, generator, period);
        if charging.asymptote.limit.is_ok() {
            charging.asymptote.remarks.push(Remark::PeriodAverages { period });
        }
    }
}

fn averages(system: &JointSystem, generator: &Generator, period: f64) -> Known<Merits> {
    let JointSystem { rho0, space, .. } = system;
    if generator.numbers() > MOST_NUMBERS || generator.norm_bound() * period > MOST_APPLICATIONS {
        return Err(TooLarge::Periods { most: MOST_NUMBERS, numbers: generator.numbers() }.into());
    }
    let explicit = Explicit { tolerance: ACCURATE };
    let through = |rho: &Hermitian, times: &[f64], see: &mut dyn FnMut(Hermitian)| -> Known<()> {
        let outcome = explicit.evolve(generator, rho, times, &mut |_, _, s| {
            see(Hermitian::from_s(rho.dim(), s.to_vec()));
            ControlFlow::Continue(())
        });
        match outcome {
            Ok(Outcome::Converged) => Ok(()),
            _ => Err(Failure::Period.into()),
        }
    };
    let cycle = |rho: &Hermitian| -> Known<Hermitian> {
        let mut last = None;
        through(rho, &[period], &mut |rho| last = Some(rho))?;
        last.ok_or(Why::from(Failure::Period))
    };
    let limit = settled_krylov(cycle, rho0, &Observed::battery(space), MOST_PERIODS)?;
    limit.convergence?;
    let (low, high) = space.extremes();
    let mean = |count: usize| -> Known<Merits> {
        let times: Vec<f64> = (0..count).map(|k| period * k as f64 / count as f64).collect();
        let mut list = Vec::with_capacity(count);
        through(&limit.state, &times, &mut |rho| {
            let blocks = sectors(rho.trace_out_first(space.dim()), space);
            list.push(Merits::of(&BatteryState::new(space, &blocks)));
        })?;
        Ok(mean_of(&list))
    };
    let mut count = FIRST;
    let mut before = mean(count)?;
    while count < MOST {
        count *= 2;
        let now = mean(count)?;
        let moved =
            (now.energy - before.energy).abs().max((now.ergotropy.global - before.ergotropy.global).abs());
        before = now;
        if moved <= STILL * (high - low) {
            break;
        }
    }
    Ok(before)
}

/// Number by number.
fn mean_of(list: &[Merits]) -> Merits {
    let of = |read: &dyn Fn(&Merits) -> f64| list.iter().map(read).sum::<f64>() / list.len() as f64;
    let collective: Result<Vec<f64>, NoCollective> = list.iter().map(|m| m.ergotropy.collective).collect();
    Merits {
        energy: of(&|m| m.energy),
        passive: of(&|m| m.passive),
        ergotropy: Ergotropy {
            global: of(&|m| m.ergotropy.global),
            collective: collective.map(|list| list.iter().sum::<f64>() / list.len() as f64),
            local: of(&|m| m.ergotropy.local),
            incoherent: of(&|m| m.ergotropy.incoherent),
            coherent: of(&|m| m.ergotropy.coherent),
            largest_eigenvalue: of(&|m| m.ergotropy.largest_eigenvalue),
            smallest_eigenvalue: list
                .iter()
                .map(|m| m.ergotropy.smallest_eigenvalue)
                .fold(f64::INFINITY, f64::min),
        },
        purity: of(&|m| m.purity),
        fluctuation: of(&|m| m.fluctuation),
        bounds: WorkBounds {
            entropy: of(&|m| m.bounds.entropy),
            capacity: of(&|m| m.bounds.capacity),
            bound_energy: of(&|m| m.bounds.bound_energy),
            coherence: of(&|m| m.bounds.coherence),
        },
    }
}
