//! The corridor of trajectories: kets under drawn noise, batch after batch, read as the mean state of the battery with standard errors.
//!
//! With M trajectories of energies e_j: E_B = (1/M) sum_j e_j with standard error sqrt(sum_j (e_j - E_B)^2 / (M (M - 1))). Everything that is linear in the
//! state is such a mean; what is not is that of the mean state, see `figures`.

mod batch;
mod course;
mod ensemble;
mod figures;
mod stages;
mod systems;

use std::ops::Range;

pub use ensemble::{Ensemble, Sum};
pub(super) use systems::Drawable;

use super::{Charging, Error, Plan, Request, System, Verification, guard_times};
use crate::asymptote::Detail;
use crate::evolve::{NotApplicable, Picture};
use crate::method::Method;
use crate::model::parts::Parts;
use crate::progress::Doing;
use crate::why::Why;

/// How noise is drawn, and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trajectories {
    /// How noise is drawn.
    pub picture: Picture,
    /// How many there are.
    pub count: Count,
    /// How many paths are kept.
    pub keep: usize,
}

/// How many trajectories there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    /// So many.
    Fixed(usize),
    /// As many as it takes, until the largest standard error of the energy over all times is below this.
    Until(f64),
}

impl Default for Trajectories {
    fn default() -> Self {
        Trajectories { picture: Picture::Jumps, count: Count::Fixed(1000), keep: 0 }
    }
}

/// What trajectories say beside the figures of the mean state, one number per time.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// How noise was drawn.
    pub picture: Picture,
    /// How many trajectories there are.
    pub count: usize,
    /// Seed.
    pub seed: u64,
    /// Longest step of the noise; `None` where it has no steps.
    pub step: Option<f64>,
    /// Standard error of E_B.
    pub energy_error: Vec<f64>,
    /// Standard error of the global ergotropy, with what is not known of its bias.
    pub ergotropy_error: Vec<f64>,
    /// Below and above the global ergotropy, in the mean.
    pub ergotropy_between: [Vec<f64>; 2],
    /// Mean ergotropy of the states of single trajectories.
    pub recorded: Vec<f64>,
    /// Its standard error.
    pub recorded_error: Vec<f64>,
    /// Mean number of jumps up to each time, where every channel jumps.
    pub jumps: Option<Vec<f64>>,
    /// Why there is no mean state, and no global ergotropy.
    pub no_state: Option<Why>,
    /// Energies of the first trajectories.
    pub paths: Vec<Vec<f64>>,
}

/// Adds a range of batches of an ensemble to their sum.
pub type Batches<'a> = dyn FnMut(&Ensemble, Range<usize>, &mut Sum<'_>) + 'a;

/// Batches one after the other.
pub(super) fn in_turn(request: &Request) -> impl FnMut(&Ensemble, Range<usize>, &mut Sum<'_>) + '_ {
    move |ensemble, range, sum| {
        for batch in range {
            let numbers = ensemble.batch(batch, request);
            sum.add(batch, numbers);
            request.progress.reach(sum.count());
        }
    }
}

/// The result of all batches; beside it, where that is asked for, what `exact` says of the same system.
pub(super) fn drawn(
    ensemble: &Ensemble,
    request: &Request,
    batches: &mut Batches<'_>,
    exact: &dyn Fn(&Request) -> Result<Charging, Error>,
) -> Result<Charging, Error> {
    let mut sum = ensemble.sum();
    request.progress.begin(Doing::Trajectories, ensemble.expected().unwrap_or(f64::NAN));
    while let Some(range) = sum.wants() {
        batches(ensemble, range, &mut sum);
    }
    verified(sum.charging(), request, exact)
}

/// Trajectories that stand beside a hierarchy, and levels up to which they do.
const BESIDE: usize = 400;
const MOST_LEVELS_BESIDE: usize = 64;

/// A field that is drawn beside a hierarchy: how far its energies are off in standard errors, said in the name of what verifies.
pub(super) fn beside_hierarchy(
    verification: &mut Verification,
    charging: &Charging,
    levels: usize,
    request: &Request,
    system: &dyn System,
) {
    if levels > MOST_LEVELS_BESIDE || request.times.is_empty() {
        return;
    }
    let request = Request {
        method: Some(Method::Trajectories),
        trajectories: Trajectories { picture: Picture::Field, count: Count::Fixed(BESIDE), keep: 0 },
        verify: false,
        ledger: false,
        bounds: false,
        ..request.clone()
    };
    // What cannot be drawn is no news of the hierarchy.
    let Ok(drawn) = system.charge(&request) else { return };
    let Some(sampled) = &drawn.trajectories else { return };
    let (low, high) =
        charging.series.energy().iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
    let rounding = 1e-12 * low.abs().max(high.abs());
    let energies = drawn.series.energy().into_iter().zip(charging.series.energy()).zip(&sampled.energy_error);
    let scores = energies.map(|((a, b), error)| (a - b).abs() / (error + rounding).max(f64::MIN_POSITIVE));
    let largest = scores.fold(0.0, crate::numerics::nan_max);
    verification.method = format!(
        "{}; a field drawn {BESIDE} times is within {largest:.1} standard errors",
        verification.method
    );
}

/// The same of a system that is drawn as parts, where it can be written so.
pub(super) fn drawn_as(
    parts: Option<Parts>,
    of: &'static str,
    request: &Request,
    batches: &mut Batches<'_>,
    exact: &dyn Fn(&Request) -> Result<Charging, Error>,
) -> Result<Charging, Error> {
    drawn(&as_parts(parts, of)?.ensemble(request)?, request, batches, exact)
}

/// What would be drawn of such a system.
pub(super) fn plan_as(parts: Option<Parts>, of: &'static str, request: &Request) -> Result<Plan, Error> {
    let plan = as_parts(parts, of)?.plan_trajectories(request)?;
    Ok(Plan { memory: plan.memory + guard_times(request)?, ..plan })
}

fn as_parts(parts: Option<Parts>, of: &'static str) -> Result<Parts, Error> {
    let method = Method::Trajectories;
    parts.ok_or_else(|| NotApplicable { method, because: format!("{of} have no kets to draw") }.into())
}

/// The same with the differences to another method, where that is asked for.
fn verified(
    mut charging: Charging,
    request: &Request,
    exact: &dyn Fn(&Request) -> Result<Charging, Error>,
) -> Result<Charging, Error> {
    if request.verify {
        request.progress.begin(Doing::Verifying, f64::NAN);
        let progress = request.progress.of_part();
        let other =
            Request { method: None, verify: false, detail: Detail::States, progress, ..request.clone() };
        match exact(&other) {
            Ok(other) => charging.verification = Some(Verification::of(&charging, &other)),
            Err(error) if error.is_too_much() => {
                charging.reason = format!("{}; not verified: {error}", charging.reason);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(charging)
}
