//! Where the cycles of a star lead: the fixed point of one cycle x -> M(x), x = (P, C), and the multipliers of its derivative.
//!
//! Newton's x += (1 - DM)^{-1} (M(x) - x) from the end of the iteration; exact in one step where M is affine. Where a quantity is
//! conserved, 1 - DM is singular and the step follows its image, so that the conserved value is that of the initial state:
//! with the eigenvalues 1 and mu, x += (M(x) - x)/(1 - mu).
//! A multiplier is carried where the deviation after the first cycle has a part along it that the battery shows.

use num_complex::Complex64;

use super::cycle::{Jacobian, Polarisations, StarCycle};
use crate::Known;
use crate::why::CycleTrouble;

/// Cycles that are iterated before Newton's steps.
const MOST_CYCLES: usize = 1000;
const MOST_STEPS: usize = 60;
/// Distance of an eigenvalue from 1, or of a modulus, that counts as none.
const UNDAMPED: f64 = 1e-13;
/// Part of a deviation that is not carried.
const CARRIED: f64 = 1e-12;

/// Where the cycles lead from the initial state, and the carried multiplier: 0 where one cycle is enough.
///
/// # Errors
/// A sentence for the user where they lead nowhere.
pub(crate) fn settle(cycle: &StarCycle) -> Known<(Polarisations, Complex64)> {
    let first = cycle.map(cycle.start());
    let mut state = first;
    for _ in 0..MOST_CYCLES {
        let next = cycle.map(state);
        let change = size(minus(next, state));
        state = next;
        if change <= f64::EPSILON * size(state) {
            break;
        }
    }
    let mut eigenvalues = [Complex64::ZERO; 2];
    let mut jacobian = [[0.0; 2]; 2];
    let (mut last, mut settled) = (f64::INFINITY, false);
    let least = f64::EPSILON * size(cycle.start());
    for _ in 0..MOST_STEPS {
        let next;
        (next, jacobian) = cycle.linearised(state);
        eigenvalues = spectrum(jacobian);
        let step = newton(jacobian, eigenvalues, minus(next, state))?;
        let change = size(step);
        // Slow cycles magnify the rounding of the residual.
        let nearest = eigenvalues.iter().map(|eigenvalue| (1.0 - eigenvalue).norm());
        let slowest = nearest.filter(|gap| *gap >= UNDAMPED).fold(1.0, f64::min);
        let rounding = f64::EPSILON * size(state).max(least) / slowest;
        if change <= rounding || (change >= last && change <= 1e3 * rounding) {
            settled = true;
            break;
        }
        last = change;
        state.battery += step.battery;
        state.chargers += step.chargers;
    }
    if !settled {
        return Err(CycleTrouble::Newton { most: MOST_STEPS }.into());
    }
    let left = size(minus(cycle.map(state), state));
    if !(left <= 1e-12 * size(state).max(least)) {
        return Err(CycleTrouble::NewtonLeft { left }.into());
    }
    let multiplier = carried(jacobian, eigenvalues, minus(first, state), size(state));
    let modulus = multiplier.norm();
    if modulus >= 1.0 - UNDAMPED {
        return Err(CycleTrouble::Undamped { modulus }.into());
    }
    Ok((state, multiplier))
}

/// (1 - DM)^{-1} residual.
fn newton(j: Jacobian, eigenvalues: [Complex64; 2], residual: Polarisations) -> Known<Polarisations> {
    let conserved = eigenvalues.map(|eigenvalue| (1.0 - eigenvalue).norm() < UNDAMPED);
    let (p, c) = (residual.battery, residual.chargers);
    match conserved {
        [true, true] => Ok(Polarisations { battery: 0.0, chargers: 0.0 }),
        [false, false] => {
            let [[a, b], [d, e]] = [[1.0 - j[0][0], -j[0][1]], [-j[1][0], 1.0 - j[1][1]]];
            let determinant = a * e - b * d;
            let step = Polarisations {
                battery: (e * p - b * c) / determinant,
                chargers: (a * c - d * p) / determinant,
            };
            match step.battery.is_finite() && step.chargers.is_finite() {
                true => Ok(step),
                false => Err(CycleTrouble::Derivative.into()),
            }
        }
        [one, _] => {
            let other = if one { eigenvalues[1] } else { eigenvalues[0] };
            let scale = 1.0 / (1.0 - other.re);
            Ok(Polarisations { battery: scale * p, chargers: scale * c })
        }
    }
}

/// Both eigenvalues, the larger modulus first.
fn spectrum(j: Jacobian) -> [Complex64; 2] {
    let mean = 0.5 * (j[0][0] + j[1][1]);
    let half = 0.5 * (j[0][0] - j[1][1]);
    let discriminant = half * half + j[0][1] * j[1][0];
    let root = Complex64::new(discriminant, 0.0).sqrt();
    let large = if mean < 0.0 { mean - root } else { mean + root };
    if discriminant <= 0.0 {
        return [large, large.conj()];
    }
    let determinant = j[0][0] * j[1][1] - j[0][1] * j[1][0];
    // The product of both is the determinant.
    let small = if large.norm() > 0.0 { determinant / large } else { Complex64::ZERO };
    [large, small]
}

/// The largest multiplier in the battery's part of a deviation; 0 where there is none.
fn carried(j: Jacobian, eigenvalues: [Complex64; 2], deviation: Polarisations, scale: f64) -> Complex64 {
    let whole = size(deviation);
    if whole <= 1e-14 * scale {
        return Complex64::ZERO;
    }
    let [large, small] = eigenvalues;
    let apart = large - small;
    let image = j[0][0] * deviation.battery + j[0][1] * deviation.chargers;
    for (own, other, apart) in [(large, small, apart), (small, large, -apart)] {
        // Conserved quantities do not move.
        if (1.0 - own).norm() < UNDAMPED {
            continue;
        }
        let part = (image - other * deviation.battery).norm();
        if part > CARRIED * whole * apart.norm() || apart.norm() <= CARRIED * own.norm() {
            return own;
        }
    }
    Complex64::ZERO
}

fn minus(a: Polarisations, b: Polarisations) -> Polarisations {
    Polarisations { battery: a.battery - b.battery, chargers: a.chargers - b.chargers }
}

fn size(x: Polarisations) -> f64 {
    x.battery.abs().max(x.chargers.abs())
}
