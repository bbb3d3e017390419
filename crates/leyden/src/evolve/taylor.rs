//! `taylor`: powers of a constant generator with a stabilised polynomial of degree 12.
//!
//! k_j = Z^j y for j = 1..12, then y(t + h) = y + sum_j c_j h^j k_j. With c_j = 1/j! up to j = 5 and smaller c_j beyond, the
//! polynomial stays bounded by 1.003 on the half-disk |z| <= 7.9, Re z <= 0: 0.66 per application, against 0.55 for
//! the explicit pair, and one combination of vectors per step instead of six. The step follows from the powers,
//!   sum_{j>5} |c_j - 1/j!| h^j ||k_j|| <= tolerance h/t_end,
//! so that none is rejected and, as a Lindblad generator contracts, the errors of all steps add up to the tolerance.
//! Where the plain Taylor polynomial allows the larger step it is taken. Output times inside a step cost one combination.
//!
//! The c_j minimise the largest |p(z)| on the half-disk; compare @kubatko2014.

use super::cost::{Cost, application, combination, fastest, turned};
use super::global_error::{GlobalError, INVERSE_FACTORIALS};
use super::tsitouras::combine;
use super::{Evolve, Functional, NotApplicable, Outcome, Problem, Sink, Snapshot, require_constant};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::numerics::dot;

/// The Taylor method and its tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taylor {
    /// Bound on the sum of the error estimates of all steps, in the Frobenius norm.
    pub tolerance: f64,
}

const DEGREE: usize = 12;
/// Order of the stabilised polynomial.
const ORDER: usize = 5;
const STABILISED: [f64; DEGREE] = [
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    0.001_356_323_578_683_796_6,
    1.822_057_967_092_632_7e-4,
    2.006_543_766_016_047e-5,
    1.780_490_724_561_829_3e-6,
    1.225_037_325_083_103_5e-7,
    5.980_864_633_131_463_5e-9,
    1.621_512_297_789_895_7e-10,
];
/// Half-disk on which the stabilised one is stable.
const RADIUS: f64 = 7.9;
/// Half-disk on which the plain Taylor polynomial of degree 12 is stable.
const TAYLOR_RADIUS: f64 = 4.1;

impl Taylor {
    /// For states that should be accurate to `accuracy`.
    pub(crate) fn accurate_to(accuracy: f64) -> Self {
        Taylor { tolerance: accuracy }
    }
}

impl Evolve for Taylor {
    fn method(&self) -> Method {
        Method::Taylor
    }

    fn applies(&self, generator: &Generator, _times: &[f64]) -> Result<(), NotApplicable> {
        require_constant(generator, Method::Taylor)
    }

    fn cost(&self, generator: &Generator, times: &[f64]) -> Cost {
        let end = times.last().copied().unwrap_or(0.0);
        // Limited by stability, and, as long as the state turns, by the last power: turn^12/12! of a step.
        let turned = turned(generator, end).max(1e-300);
        let turn =
            (self.tolerance / turned / INVERSE_FACTORIALS[DEGREE - 1]).powf(1.0 / (DEGREE as f64 - 1.0));
        let steps =
            (fastest(generator, end) * end / RADIUS).max(turned / turn.min(TAYLOR_RADIUS)).ceil().max(1.0);
        let applications = DEGREE as f64 * steps;
        let shown = times.len() as f64;
        let nanoseconds = applications * application(generator)
            + steps * combination(generator, DEGREE + 1 + DEGREE - ORDER)
            + shown * combination(generator, DEGREE + 1)
            + steps.min(shown) * combination(generator, DEGREE - ORDER);
        let bytes = 8.0 * generator.numbers() as f64 * 19.0;
        Cost { seconds: 1e-9 * nanoseconds, bytes, applications: Some(applications) }
    }

    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
        let Problem { generator, start, times, reading, flows, .. } = *problem;
        let mut error = GlobalError::new();
        self.applies(generator, times)?;
        let Some(&end) = times.last() else { return Ok(Outcome::Converged) };
        let mut y = start.numbers(generator).into_owned();
        let size = y.len();
        let (mut next, mut transposed) = (vec![0.0; size], vec![0.0; size]);
        let mut k: [Vec<f64>; DEGREE] = std::array::from_fn(|_| vec![0.0; size]);
        let plain: [f64; DEGREE] = std::array::from_fn(|j| INVERSE_FACTORIALS[j]);
        let longest_plain = TAYLOR_RADIUS / generator.norm_bound().max(1e-300);
        let (mut t, mut output) = (0.0, 0);
        let (mut integrals, mut until) = (vec![0.0; flows.len()], vec![0.0; flows.len()]);
        while output < times.len() {
            for j in 0..DEGREE {
                let (done, rest) = k.split_at_mut(j);
                generator.apply(t, done.last().unwrap_or(&y), &mut rest[0], &mut transposed);
            }
            let norms: [f64; DEGREE] = std::array::from_fn(|j| if j < ORDER { 0.0 } else { norm(&k[j]) });
            let budget = self.tolerance / end.max(1e-300);
            let stabilised = largest_step(budget, end, |j| (STABILISED[j] - plain[j]).abs() * norms[j]);
            let last = plain[DEGREE - 1] * norms[DEGREE - 1];
            let by_taylor = (budget / last).powf(1.0 / (DEGREE as f64 - 1.0)).min(longest_plain);
            let (h, c) = if by_taylor > stabilised { (by_taylor, &plain) } else { (stabilised, &STABILISED) };
            // The comparison fails for NaN, too.
            if !(h > 1e-14 * t.max(1e-290)) {
                return Ok(Outcome::StepTooSmall { time: t, step: h });
            }
            let noise = f64::EPSILON
                * (1.0 + (ORDER..DEGREE).map(|j| c[j] * h.powi(j as i32 + 1) * norms[j]).sum::<f64>());
            let shows = output < times.len() && times[output] <= t + h;
            let read = reading.filter(|_| shows).map(|reading| {
                let powers: [f64; DEGREE - ORDER] =
                    std::array::from_fn(|j| dot(reading.observable, &k[ORDER + j]));
                (reading, powers, norms[DEGREE - 1] / norms[DEGREE - 2].max(f64::MIN_POSITIVE))
            });
            // Tr[X Z^j y]: the polynomial is integrated term by term.
            let read_flows = |flow: &Functional| -> [f64; DEGREE + 1] {
                std::array::from_fn(|j| flow.constant_part(if j == 0 { &y } else { &k[j - 1] }))
            };
            let powers_of_flows: Vec<_> = flows.iter().map(read_flows).collect();
            while output < times.len() && times[output] <= t + h {
                combine(&y, 1.0, &scaled(c, times[output] - t), &k, &mut next);
                if let Some((reading, powers, ratio)) = &read {
                    let here = error.within(c, times[output] - t, noise);
                    // Errors of single steps add up to no more than the tolerance.
                    let most = self.tolerance + 1e-12;
                    let of_reading = here.at(reading, ORDER + 1, powers, *ratio);
                    // Only the last state is handed on.
                    let of_state = match output + 1 == times.len() {
                        true => {
                            transposed.fill(0.0);
                            (ORDER..DEGREE).for_each(|j| here.add(j + 1, &k[j], &mut transposed));
                            here.of_state(&transposed, DEGREE + 1, norms[DEGREE - 1], *ratio)
                        }
                        false => 0.0,
                    };
                    error.keep(of_reading.min(2.0 * reading.range * most), of_state.min(most));
                }
                until.copy_from_slice(&integrals);
                integrate(c, times[output] - t, &powers_of_flows, &mut until);
                let at = Snapshot::of(generator, output, times[output], &next, error.errors(), &until);
                if sink(at).is_break() {
                    return Ok(Outcome::Stopped);
                }
                output += 1;
            }
            integrate(c, h, &powers_of_flows, &mut integrals);
            combine(&y, 1.0, &scaled(c, h), &k, &mut next);
            std::mem::swap(&mut y, &mut next);
            if reading.is_some() {
                error.step(c, h, noise);
            }
            t += h;
            problem.reached(t);
        }
        Ok(Outcome::Converged)
    }
}

/// Adds int_0^h (p_0 + sum_j c_j s^j p_j) ds of every flow.
fn integrate(c: &[f64; DEGREE], h: f64, powers: &[[f64; DEGREE + 1]], sums: &mut [f64]) {
    for (sum, p) in sums.iter_mut().zip(powers) {
        let term = |(j, c): (usize, &f64)| c * h.powi(j as i32 + 2) / (j as f64 + 2.0) * p[j + 1];
        *sum += h * p[0] + c.iter().enumerate().map(term).sum::<f64>();
    }
}

/// c_j h^j.
fn scaled(c: &[f64; DEGREE], h: f64) -> [f64; DEGREE] {
    let mut power = 1.0;
    std::array::from_fn(|j| {
        power *= h;
        c[j] * power
    })
}

/// The largest h <= end with sum_{j > ORDER} e_j h^{j-1} <= budget, by bisection.
fn largest_step(budget: f64, end: f64, e: impl Fn(usize) -> f64) -> f64 {
    let e: [f64; DEGREE] = std::array::from_fn(e);
    let error = |h: f64| e[ORDER..].iter().rev().fold(0.0, |sum, e| sum * h + e) * h.powi(ORDER as i32);
    if error(end) <= budget {
        return end;
    }
    let (mut low, mut high) = (0.0, end);
    while high - low > 1e-3 * high {
        let middle = if low == 0.0 { 0.5 * high } else { 0.5 * (low + high) };
        if error(middle) <= budget {
            low = middle
        } else {
            high = middle
        }
        if high < 1e-300 {
            return 0.0;
        }
    }
    low
}

/// The Frobenius norm in eight partial sums.
fn norm(x: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let pieces = x.chunks_exact(8);
    let rest: f64 = pieces.remainder().iter().map(|x| x * x).sum();
    for piece in pieces {
        sums.iter_mut().zip(piece).for_each(|(sum, x)| *sum += x * x);
    }
    (sums.iter().sum::<f64>() + rest).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;

    fn polynomial(z: Complex64) -> Complex64 {
        STABILISED.iter().rev().fold(Complex64::ZERO, |sum, c| (sum + c) * z) + 1.0
    }

    #[test]
    fn bounded_on_the_half_disk() {
        for radius in 1..=79 {
            for angle in 0..=400 {
                let phi = std::f64::consts::PI * (0.5 + 0.5 * angle as f64 / 400.0);
                let z = Complex64::from_polar(0.1 * radius as f64, phi);
                assert!(polynomial(z).norm() <= 1.003, "z = {z}: {}", polynomial(z).norm());
            }
        }
    }

    #[test]
    fn measured_order_is_five() {
        let z = Complex64::new(-0.6, 0.8);
        let error = |h: f64| (polynomial(z * h) - (z * h).exp()).norm();
        let slope = (error(0.2) / error(0.1)).log2();
        assert!((slope - 6.0).abs() < 0.1, "{slope}");
    }
}
