//! Where the state of selected outcomes leads.
//!
//! A cycle that selects outcomes is a linear map M that does not keep the trace: Tr[M rho] is the probability of its outcomes. The state
//! after n cycles is M^n x_0/Tr[M^n x_0], which leads to the eigenvector of the largest multiplier mu_1 that x_0 carries and comes closer by
//! |mu_2/mu_1| in every cycle. Powers are squared and scaled, since the probability of all outcomes leaves the range of numbers.

use faer::Mat;

use super::multipliers::Multipliers;
use super::{CARRIED, CycleLimit, LARGEST_RESIDUAL, Peeled, UNIT, decaying, times};
use crate::Known;
use crate::numerics::distance;
use crate::operator::Hermitian;
use crate::protocol::dense_cycle::DenseCycle;
use crate::protocol::part::Observed;
use crate::why::CycleTrouble;

/// Squarings until 2^40 cycles.
const SQUARINGS: usize = 40;

/// The state that cycles with selected outcomes lead to, from the matrix of a cycle.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn settled_selected(
    cycle: &DenseCycle,
    matrix: &Mat<f64>,
    rho0: &Hermitian,
    observed: &Observed<'_>,
) -> Known<CycleLimit> {
    let start = cycle.restrict(rho0);
    let state_of = |x: &[f64]| -> Known<Hermitian> {
        let mut state = cycle.extend(x);
        let trace = state.trace();
        if !(trace > 0.0) {
            return Err(CycleTrouble::Improbable.into());
        }
        state.s_mut().iter_mut().for_each(|x| *x /= trace);
        Ok(state)
    };
    let mut power = matrix.clone();
    let mut best: Option<(f64, Hermitian)> = None;
    for _ in 0..SQUARINGS {
        let size = power.norm_max();
        if !(size > 0.0) {
            return Err(CycleTrouble::Improbable.into());
        }
        power = &power * faer::Scale(1.0 / size);
        let now = state_of(&times(&power, &start)).and_then(|state| {
            let after = state_of(&times(matrix, &cycle.restrict(&state)))?;
            Ok((state, after))
        });
        let (state, after) = match now {
            Ok(found) => found,
            Err(why) if best.is_none() => return Err(why),
            // Rounding of multipliers that coincide.
            Err(_) => break,
        };
        let change = distance(after.s(), state.s());
        if best.as_ref().is_none_or(|(least, _)| change < 0.5 * least) {
            best = Some((change, state));
        }
        if change <= 1e-15 {
            break;
        }
        power = &power * &power;
    }
    let (residual, state) = best.ok_or(CycleTrouble::Ended)?;
    if !(residual <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Squaring { change: residual }.into());
    }
    let Peeled { out, core, into } = Peeled::new(matrix)?;
    let convergence = Multipliers::new(&core, &times(&into, &start)).and_then(|modes| {
        let extend = |x: &[f64]| cycle.extend(&times(&out, x));
        let all: Vec<usize> = (0..modes.values.len()).collect();
        let first = modes.largest_carried(all.clone(), CARRIED, observed, extend);
        let others = all.into_iter().filter(|&k| (modes.values[k] - first).norm() > UNIT * first.norm());
        let second = modes.largest_carried(others.collect(), CARRIED, observed, extend);
        decaying(second / first, UNIT)
    });
    Ok(CycleLimit { state, residual, convergence })
}
