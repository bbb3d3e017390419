//! `<n>`(t) on all t >= 0 where one limit is reached: a sum of exponentials.
//!
//! With r = R - R_inf and N = X - X_inf + r r^T, N' = A N + N A^T and r' = A r:
//!   `<n>` - `<n>`_inf = (N_xx + N_pp)/2 + R_inf r of the battery,
//! whose rates are sums of two eigenvalues of A, and eigenvalues of A.

use faer::Mat;
use num_complex::Complex64;

use super::Gaussian;
use crate::Known;
use crate::Why;
use crate::merit::{EnergyCurve, Mode};
use crate::numerics::{Coalescing, Expansion, coalescing};
use crate::why::{Failure, Unresolved};

/// Rates below this fraction of the fastest are rounding.
const RESOLVED: f64 = 1e-11;
/// Modes that carry less than this fraction of the whole are rounding.
const CARRIED: f64 = 1e-15;

impl Gaussian {
    /// `<n>`(t), where [`settles`](Self::settles) says that there is one limit.
    ///
    /// # Errors
    /// Where modes are not resolved.
    pub(crate) fn curve(&self) -> Known<EnergyCurve> {
        let moving = &self.moving;
        let (start, end) = (&moving.start, moving.stationary());
        let n = moving.quadratures;
        let away: Vec<f64> = (0..n).map(|i| start[moving.mean(i)] - end[moving.mean(i)]).collect();
        let mut second = vec![0.0; n * (n + 1) / 2];
        let first = moving.excess(0, 0);
        for (i, j) in (0..n).flat_map(|i| (i..n).map(move |j| (i, j))) {
            let place = moving.excess(i, j);
            second[place - first] = start[place] - end[place] + away[i] * away[j];
        }
        let (x, p) = self.quadratures();
        let (xx, pp) = (moving.excess(x, x) - first, moving.excess(p, p) - first);
        let limit = self.state(&end);
        let mut curve = EnergyCurve::standing(limit.number());
        expand(&moving.second(), &second, &[(xx, 0.5), (pp, 0.5)], &mut curve)?;
        expand(&moving.drift(), &away, &[(x, limit.mean[0]), (p, limit.mean[1])], &mut curve)?;
        Ok(curve)
    }
}

/// Adds `read` of e^{At} x to the curve.
fn expand(a: &Mat<f64>, x: &[f64], read: &[(usize, f64)], curve: &mut EnergyCurve) -> Known<()> {
    if x.iter().all(|x| *x == 0.0) || read.iter().all(|(_, factor)| *factor == 0.0) {
        return Ok(());
    }
    let value = |vector: &dyn Fn(usize) -> Complex64| -> Complex64 {
        read.iter().map(|&(place, factor)| factor * vector(place)).sum()
    };
    let largest = read.iter().map(|(_, factor)| factor.abs()).fold(0.0, f64::max);
    let scale = a.norm_l2();
    let mut modes = Vec::new();
    match Expansion::new(a.as_ref(), x) {
        Ok(expansion) => {
            for (k, &rate) in expansion.rates.iter().enumerate() {
                let amplitude = expansion.weights[k] * value(&|i| expansion.vectors[(i, k)]);
                if amplitude.norm() > CARRIED * expansion.size * largest {
                    modes.push(Mode::Exponential { amplitude, rate });
                }
            }
        }
        Err(Why::ExceptionalPoint | Why::Failed(Failure::Eigenvectors)) => {
            for Coalescing { rate, vectors, .. } in coalescing(a.as_ref(), x, RESOLVED)? {
                for (power, vector) in vectors.iter().enumerate() {
                    let amplitude = value(&|i| vector[i]);
                    modes.push(match power {
                        0 => Mode::Exponential { amplitude, rate },
                        _ => Mode::Secular { amplitude, power: power as u32, rate },
                    });
                }
            }
        }
        Err(why) => return Err(why),
    }
    if modes.iter().any(|mode| !(mode.rate() > RESOLVED * scale)) {
        return Err(Unresolved::Rate { below: RESOLVED }.into());
    }
    modes.into_iter().for_each(|mode| curve.push(mode));
    Ok(())
}
