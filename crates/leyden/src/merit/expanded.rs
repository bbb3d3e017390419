//! What a few coupled numbers contribute to the energy, in modes.

use faer::MatRef;
use num_complex::Complex64;

use super::{EnergyCurve, Mode};
use crate::numerics::{Coalescing, Expansion, coalescing};
use crate::why::{Failure, Unresolved};
use crate::{Known, Why};

/// Rates below this fraction of the largest are zero where modes coalesce.
const ZERO: f64 = 1e-13;
/// Real rates below this fraction of the largest are found again, where that is possible ...
const SLOW: f64 = 1e-3;
/// ... and have fewer than six digits below this one where it is not; what carries less than this is rounding.
const RESOLVED: f64 = 1e-9;
const CARRIED: f64 = 1e-10;

/// Adds read . e^{At} x to a curve, one mode for each eigenvalue; `refined` has more digits of slow rates, from what was found and the largest.
///
/// # Errors
/// Where A has no expansion in exponentials and powers, or a slow rate has lost its digits.
pub(crate) fn expanded(
    a: MatRef<'_, f64>,
    x: &[f64],
    read: &[f64],
    curve: &mut EnergyCurve,
    refined: &dyn Fn(f64, f64) -> Option<f64>,
) -> Known<()> {
    let expansion = match Expansion::new(a, x) {
        Err(Why::ExceptionalPoint | Why::Failed(Failure::Eigenvectors)) => {
            for Coalescing { rate, vectors, .. } in coalescing(a, x, ZERO)? {
                for (power, vector) in (0..).zip(&vectors) {
                    let amplitude: Complex64 = vector.iter().zip(read).map(|(v, r)| v * r).sum();
                    match power {
                        0 => add(curve, amplitude, rate),
                        _ if amplitude == Complex64::ZERO => {}
                        _ => curve.modes.push(Mode::Secular { amplitude, power, rate }),
                    }
                }
            }
            return Ok(());
        }
        found => found?,
    };
    let scale = expansion.largest_rate();
    let largest = expansion.size * read.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    for (k, &found) in expansion.rates.iter().enumerate() {
        let read: Complex64 = expansion.vectors.col(k).iter().zip(read).map(|(v, r)| v * r).sum();
        let amplitude = read * expansion.weights[k];
        let slow = found.re.abs() < SLOW * scale && found.im.abs() <= 1e-12 * scale;
        let rate = if slow { refined(found.re, scale).map(Complex64::from) } else { None };
        let lost = -found.re <= RESOLVED * scale && found != Complex64::ZERO;
        if rate.is_none() && lost && amplitude.norm() > CARRIED * largest {
            return Err(Unresolved::Rate { below: RESOLVED }.into());
        }
        match rate {
            None if lost => {}
            rate => add(curve, amplitude, rate.unwrap_or(found)),
        }
    }
    Ok(())
}

fn add(curve: &mut EnergyCurve, amplitude: Complex64, rate: Complex64) {
    if rate == Complex64::ZERO {
        curve.limit += amplitude.re;
    } else if amplitude != Complex64::ZERO {
        curve.modes.push(Mode::Exponential { amplitude, rate });
    }
}
