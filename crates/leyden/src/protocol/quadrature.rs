//! The energy that a load absorbs from large systems: int_0^T f(t) dt with f = Tr[F rho(t)], by Gauss-Legendre quadrature.
//!
//! A panel is integrated with 8 and with 12 points; both must agree, else panels are halved.

use std::ops::ControlFlow;

use super::stroke::Flow;
use crate::evolve::{Evolve, NotApplicable, Outcome};
use crate::numerics::dot;
use crate::operator::Hermitian;

/// Most panels.
const MOST_PANELS: usize = 4096;

/// The integral over `duration` to `tolerance`; NaN where panels do not suffice or the evolution failed.
///
/// # Errors
/// [`NotApplicable`] when the method cannot treat the generator.
pub(crate) fn absorbed(
    flow: &Flow,
    method: &dyn Evolve,
    rho: &Hermitian,
    duration: f64,
    tolerance: f64,
) -> Result<f64, NotApplicable> {
    let Some(load) = flow.load.as_ref().filter(|_| duration > 0.0) else { return Ok(0.0) };
    let largest = load.s().iter().fold(1e-300_f64, |a, b| a.max(b.abs()));
    let (coarse, fine) = (gauss(8), gauss(12));
    let mut panels = (flow.generator.norm_bound() * duration / 20.0).ceil().clamp(1.0, 64.0) as usize;
    while panels <= MOST_PANELS {
        let h = duration / panels as f64;
        // (time, weight in the fine sum, weight in the coarse sum)
        let mut nodes: Vec<(f64, f64, f64)> = Vec::with_capacity(20 * panels);
        for panel in 0..panels {
            let time = |x: f64| (panel as f64 + 0.5 * (x + 1.0)) * h;
            nodes.extend(fine.iter().map(|(x, w)| (time(*x), 0.5 * h * w, 0.0)));
            nodes.extend(coarse.iter().map(|(x, w)| (time(*x), 0.0, 0.5 * h * w)));
        }
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
        let times: Vec<f64> = nodes.iter().map(|node| node.0).collect();
        let mut sums = (0.0, 0.0);
        let outcome = method.evolve(&flow.generator, rho, &times, &mut |index, _, s| {
            let value = dot(s, load.s());
            sums.0 += nodes[index].1 * value;
            sums.1 += nodes[index].2 * value;
            ControlFlow::Continue(())
        })?;
        if outcome != Outcome::Converged {
            return Ok(f64::NAN);
        }
        if (sums.0 - sums.1).abs() <= tolerance * largest {
            return Ok(sums.0);
        }
        panels *= 2;
    }
    Ok(f64::NAN)
}

/// Nodes and weights on [-1, 1]: zeros of P_n by Newton's iteration.
fn gauss(n: usize) -> Vec<(f64, f64)> {
    (0..n)
        .map(|k| {
            let mut x = -(std::f64::consts::PI * (k as f64 + 0.75) / (n as f64 + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..100 {
                let (mut before, mut value) = (1.0, x);
                for m in 2..=n {
                    let m = m as f64;
                    (before, value) = (value, ((2.0 * m - 1.0) * x * value - (m - 1.0) * before) / m);
                }
                slope = n as f64 * (before - x * value) / (1.0 - x * x);
                let step = value / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gauss_integrates_polynomials_to_its_degree() {
        for n in [8, 12] {
            for k in 0..2 * n {
                let sum: f64 = gauss(n).iter().map(|(x, w)| w * x.powi(k as i32)).sum();
                let exact = if k % 2 == 0 { 2.0 / (k as f64 + 1.0) } else { 0.0 };
                assert!((sum - exact).abs() < 1e-14, "{n} {k}");
            }
        }
    }
}
