//! What a few coupled numbers contribute to the energy, in modes.

use faer::MatRef;
use num_complex::Complex64;

use super::{EnergyCurve, Mode};
use crate::numerics::{Coalescing, Expansion, coalescing};
use crate::why::Failure;
use crate::{Known, Why};

/// Rates below this fraction of the largest are zero where modes coalesce.
const RESOLVED: f64 = 1e-13;

/// Adds read . e^{At} x to a curve, one mode for each eigenvalue.
///
/// # Errors
/// Where A has no expansion in exponentials and powers.
pub(crate) fn expanded(a: MatRef<'_, f64>, x: &[f64], read: &[f64], curve: &mut EnergyCurve) -> Known<()> {
    let expansion = match Expansion::new(a, x) {
        Err(Why::ExceptionalPoint | Why::Failed(Failure::Eigenvectors)) => {
            for Coalescing { rate, vectors, .. } in coalescing(a, x, RESOLVED)? {
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
    for (k, &rate) in expansion.rates.iter().enumerate() {
        let read: Complex64 = expansion.vectors.col(k).iter().zip(read).map(|(v, r)| v * r).sum();
        add(curve, read * expansion.weights[k], rate);
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
