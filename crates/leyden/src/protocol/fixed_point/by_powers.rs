//! The fixed point of a linear cycle whose powers are at hand.
//!
//! Small maps are diagonalised for their multipliers; of large ones three late differences of successive cycles tell the largest.

use num_complex::Complex64;

use super::multipliers::Multipliers;
use super::{
    CARRIED, CLEAR, CycleLimit, LARGEST_RESIDUAL, Peeled, UNIT, converging, decaying, last_multiplier, times,
};
use crate::Known;
use crate::numerics::norm;
use crate::operator::Hermitian;
use crate::protocol::part::Observed;
use crate::protocol::powers::Powers;
use crate::why::{CycleTrouble, Unresolved};

/// Most numbers of a map that is diagonalised.
const MOST_DIAGONALISED: usize = 100;

/// The fixed point as joint state; `state_of` makes states of carried numbers.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn settled_by_powers(
    powers: &mut Powers,
    state_of: impl Fn(&[f64]) -> Hermitian,
    observed: &Observed<'_>,
) -> Known<CycleLimit> {
    let (fixed, residual) = powers.limit();
    if !(residual <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Squaring { change: residual }.into());
    }
    let state = state_of(&fixed);
    let drift = (state.trace() - state_of(&powers.at(0)).trace()).abs();
    if !(drift <= LARGEST_RESIDUAL) {
        return Err(CycleTrouble::Trace { drift }.into());
    }
    if fixed.len() > MOST_DIAGONALISED {
        let convergence = multiplier(powers).map(converging).ok_or(Unresolved::CycleDifferences.into());
        return Ok(CycleLimit { state, residual, convergence });
    }
    let Peeled { out, core, into } = Peeled::new(powers.matrix())?;
    let convergence = match Multipliers::new(&core, &times(&into, &powers.at(0))) {
        Ok(modes) => {
            let others = (0..modes.values.len()).filter(|&k| (modes.values[k] - 1.0).norm() > UNIT);
            let of_modes = |x: &[f64]| state_of(&times(&out, x));
            Ok(decaying(modes.largest_carried(others.collect(), CARRIED, observed, of_modes), UNIT)?)
        }
        Err(why) => Err(why),
    };
    Ok(CycleLimit { state, residual, convergence })
}

/// The largest multiplier that the state carries, from late differences that are clearly above rounding.
fn multiplier(powers: &mut Powers) -> Option<Complex64> {
    let difference = |powers: &mut Powers, n: usize| -> Vec<f64> {
        powers.at(n + 1).iter().zip(powers.at(n)).map(|(a, b)| a - b).collect()
    };
    let mut n = 0;
    for k in (0..powers.squarings()).rev() {
        let later = n + (1_usize << k);
        if norm(&difference(powers, later)) > 100.0 * CLEAR {
            n = later;
        }
    }
    let [x, y, z] = [n, n + 1, n + 2].map(|n| difference(powers, n));
    if norm(&x) <= 100.0 * CLEAR {
        return None;
    }
    last_multiplier(&x, &y, &z)
}
