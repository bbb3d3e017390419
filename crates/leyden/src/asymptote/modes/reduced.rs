//! Reduced models of many unknowns.
//!
//! Arnoldi with (sigma - Z)^{-1} from v = rho(0) - rho(inf) gives Q, H with
//!   (sigma - Z)^{-1} Q = Q H + h q e_m^T,  e^{Zt} v ~ Q e^{Gt} e_1 ||v||,  G = sigma - H^{-1},
//! and the derivative of what is left out is h phi(t) (sigma - Z) q with phi(t) = e_m^T H^{-1} e^{Gt} e_1 ||v||. Since e^{Zt} contracts
//! in the trace norm, the error of the state at any time is at most h ||(sigma - Z) q||_1 int |phi| dt: the dimension
//! grows until this is below 1e-9. Slow rates converge first, which is what plateaus ask for.
//! Source: @botchev2013.

use faer::Mat;
use faer::prelude::Solve;
use num_complex::Complex64;

use super::super::resolvent::{CLOSE, Reached, Resolvent};
use super::{Parts, excited};
use crate::Known;
use crate::numerics::{Expansion, add_multiple, norm, orthogonalise, product};
use crate::operator::Hermitian;
use crate::why::Doubt;

/// Largest dimension of a reduced model.
const MOST_REDUCED: usize = 360;
/// Dimension^2 times unknowns: about a second.
const MOST_WORK: f64 = 2e8;
/// Pole of a reduced model relative to ||Z||, between slow rates and fast ones.
const SHIFT: f64 = 0.05;
/// Dimension of the first reduced model, and that from which on one is given up that would need twice as many as is reasonable.
const FIRST_CHECK: usize = 30;
const PATIENCE: usize = 60;
/// Slow modes that are enough for what is shown of a spectrum.
const ENOUGH: usize = 40;
/// Relative difference below which a mode of two reduced models is one.
const SETTLED: f64 = 1e-8;
/// Largest trace norm of what a reduced model leaves out.
const LARGEST_ERROR: f64 = 1e-9;

/// Arnoldi's relation for (sigma - Z)^{-1}, one vector after the other.
struct Arnoldi {
    /// One vector more than the dimension, unless nothing is left.
    basis: Vec<Vec<f64>>,
    hessenberg: Vec<Vec<f64>>,
}

impl Arnoldi {
    fn new(start: &[f64], beta: f64) -> Self {
        Arnoldi { basis: vec![start.iter().map(|x| x / beta).collect()], hessenberg: Vec::new() }
    }

    fn dimension(&self) -> usize {
        self.hessenberg.len()
    }

    /// Another step with what the resolvent makes of the last vector; whether something was left.
    fn step(&mut self, resolved: impl FnOnce(&[f64]) -> Vec<f64>) -> bool {
        let mut w = resolved(&self.basis[self.dimension()]);
        let length = norm(&w);
        let mut column = orthogonalise(&self.basis, &mut w);
        let left = norm(&w);
        let more = left > 1e-14 * length;
        column.push(if more { left } else { 0.0 });
        self.hessenberg.push(column);
        if more {
            w.iter_mut().for_each(|x| *x /= left);
            self.basis.push(w);
        }
        more
    }

    /// Of the first m steps.
    fn matrix(&self, m: usize) -> Mat<f64> {
        Mat::from_fn(m, m, |i, j| self.hessenberg[j].get(i).copied().unwrap_or(0.0))
    }

    /// What the last vector couples to.
    fn left(&self) -> f64 {
        self.hessenberg.last().and_then(|column| column.last()).copied().unwrap_or(0.0)
    }
}

/// (sigma - Z)^{-1} close to 0, without the only limit.
pub(super) struct Near<'a> {
    resolvent: &'a Resolvent,
    trace: Vec<f64>,
    limit: Vec<f64>,
}

impl<'a> Near<'a> {
    pub(super) fn new(reached: &Reached, resolvent: &'a Resolvent, limit: &Hermitian) -> Self {
        let trace = reached.restrict(&Hermitian::diagonal(&vec![1.0; limit.dim()]));
        Near { resolvent, trace, limit: reached.restrict(limit) }
    }

    fn solve(&self, x: &[f64]) -> Vec<f64> {
        let mut x = self.resolvent.solve(x);
        add_multiple(-product(&self.trace, &x), &self.limit, &mut x);
        x
    }
}

/// The reduced model, grown until what it leaves out is below [`LARGEST_ERROR`] or it is as large as is reasonable; then only
/// modes that have stopped moving count, and those of a model close to 0 if they are more.
pub(super) fn reduced(
    reached: &Reached,
    start: &[f64],
    mut near: Option<Near<'_>>,
    all_shown: bool,
) -> Known<Parts> {
    let size = reached.len();
    let sigma = SHIFT * reached.norm;
    let resolvent = reached.shifted(sigma)?;
    let beta = norm(start);
    let most = MOST_REDUCED.min((MOST_WORK / size as f64).sqrt() as usize).min(size);
    let mut arnoldi = Arnoldi::new(start, beta);
    let mut check = FIRST_CHECK.min(most);
    let mut before: Option<Expansion> = None;
    let mut last_error = (0, f64::INFINITY);
    loop {
        let more = arnoldi.step(|x| resolvent.solve(x));
        let m = arnoldi.dimension();
        if m < check && more {
            continue;
        }
        let outside = if more { arnoldi.left() * leaving(reached, sigma, &arnoldi.basis[m]) } else { 0.0 };
        let (expansion, error) = attempt(&arnoldi.matrix(m), sigma, beta, outside)?;
        let complete = error <= LARGEST_ERROR;
        let hopeless = m >= PATIENCE && needed((m, error), last_error) > 2.0 * most as f64;
        let ends = complete || m == most || !more;
        if ends || (hopeless && near.is_some()) {
            let most_shown = excited(&expansion).len();
            if complete && more {
                // The sum of all modes is certain; each of them is as far as a smaller model has it.
                let smaller = attempt(&arnoldi.matrix(m - m / 4), sigma, beta, 0.0);
                let told = smaller.map_or(0, |(smaller, _)| settled(&smaller, &expansion));
                arnoldi.basis.truncate(m);
                let mut parts = Parts::of_model(expansion, arnoldi.basis, None);
                if told < most_shown {
                    parts.told = Some(told);
                    let near = near.filter(|_| all_shown && told < ENOUGH);
                    parts.slow =
                        near.and_then(|near| slow_modes(&near, reached, start, most, told)).map(Box::new);
                }
                return Ok(parts);
            }
            let known = match (complete, &before) {
                (true, _) => expansion.rates.len(),
                (false, Some(before)) => settled(before, &expansion),
                (false, None) => 0,
            };
            if !complete
                && let Some(near) = near.take()
                && let Some(parts) = slow_modes(&near, reached, start, most, known)
            {
                return Ok(parts);
            }
            if ends && known == 0 {
                return Err(Doubt::ReducedModel { modes: m }.into());
            }
            if ends {
                arnoldi.basis.truncate(m);
                return Ok(Parts::of_model(expansion, arnoldi.basis, (!complete).then_some((size, known))));
            }
        }
        check = next_check((m, error), last_error).min(most);
        (before, last_error) = (Some(expansion), (m, error));
    }
}

/// Modes in the order of their rates that a model close to 0 knows, if they are more than `others`.
fn slow_modes(
    near: &Near<'_>,
    reached: &Reached,
    start: &[f64],
    most: usize,
    others: usize,
) -> Option<Parts> {
    let (size, sigma, beta) = (reached.len(), CLOSE * reached.norm, norm(start));
    let mut arnoldi = Arnoldi::new(start, beta);
    let mut check = FIRST_CHECK.min(most);
    let mut before: Option<Expansion> = None;
    loop {
        let more = arnoldi.step(|x| near.solve(x));
        let m = arnoldi.dimension();
        if m < check && more {
            continue;
        }
        let now = attempt(&arnoldi.matrix(m), sigma, beta, 0.0).ok().map(|(expansion, _)| expansion);
        let known = before.as_ref().zip(now.as_ref()).map_or(0, |(before, now)| settled(before, now));
        if known >= ENOUGH || m == most || !more {
            arnoldi.basis.truncate(m);
            let of_model = |now| Parts::of_model(now, arnoldi.basis, Some((size, known)));
            let parts = now.filter(|_| known > others).map(of_model);
            return parts.map(|parts| Parts { told: Some(known), ..parts });
        }
        check = (check * 3 / 2).min(most);
        before = now;
    }
}

/// The dimension at which the error is small enough, if it falls on as it did between two models (dimension, error).
fn needed((m, error): (usize, f64), (before, larger): (usize, f64)) -> f64 {
    let fell = (larger / error).ln();
    match fell > 0.0 {
        true => m as f64 + (error / LARGEST_ERROR).ln() / fell * (m - before) as f64,
        false => f64::INFINITY,
    }
}

/// That dimension, but neither much nearer nor half as many again.
fn next_check(now: (usize, f64), before: (usize, f64)) -> usize {
    let (m, expected) = (now.0, 1.05 * needed(now, before));
    expected.clamp((m + m / 10) as f64, (m * 3 / 2) as f64).ceil() as usize
}

/// How many of the slowest excited modes are the same in two models.
fn settled(before: &Expansion, now: &Expansion) -> usize {
    let same = |k: &usize| {
        let (rate, weight) = (now.rates[*k], now.weights[*k].norm());
        let mut others = before.rates.iter().zip(&before.weights);
        rate.re < 0.0
            && others.any(|(r, w)| {
                (r - rate).norm() <= SETTLED * rate.norm() && (w.norm() - weight).abs() <= SETTLED * now.size
            })
    };
    excited(now).iter().take_while(|k| same(k)).count()
}

/// A bound on ||(sigma - Z) q||_1.
fn leaving(reached: &Reached, sigma: f64, q: &[f64]) -> f64 {
    let image = reached.apply(q);
    let difference: Vec<f64> = q.iter().zip(&image).map(|(q, z)| sigma * q - z).collect();
    let levels = reached.extend(&difference);
    (levels.dim() as f64).sqrt() * norm(&difference)
}

/// The model in exponentials and the trace norm of what it leaves out.
fn attempt(h: &Mat<f64>, sigma: f64, beta: f64, outside: f64) -> Known<(Expansion, f64)> {
    let m = h.nrows();
    let inverse = h.partial_piv_lu().solve(Mat::<f64>::identity(m, m));
    let g = Mat::from_fn(m, m, |i, j| if i == j { sigma } else { 0.0 } - inverse[(i, j)]);
    let mut first = vec![0.0; m];
    first[0] = beta;
    let expansion = Expansion::new(g.as_ref(), &first)?;
    let stable = expansion.rates.iter().all(|rate| rate.re < 0.0);
    if !stable || outside == 0.0 {
        return Ok((expansion, if stable { 0.0 } else { f64::INFINITY }));
    }
    // phi in exponentials; of pairs one counts twice.
    let last = inverse.row(m - 1);
    let phi: Vec<(Complex64, Complex64)> = (0..m)
        .filter(|&k| expansion.rates[k].im >= 0.0)
        .map(|k| {
            let read: Complex64 = last.iter().zip(expansion.vectors.col(k).iter()).map(|(a, v)| v * *a).sum();
            let twice = if expansion.rates[k].im > 0.0 { 2.0 } else { 1.0 };
            (twice * read * expansion.weights[k], expansion.rates[k])
        })
        .collect();
    let error = outside * integral(&phi, 1.0 / outside);
    Ok((expansion, error))
}

/// int_0^inf |Re sum c_k e^{rate_k t}| dt by the trapezoidal rule in ln t; what is found where it passes `most`.
fn integral(phi: &[(Complex64, Complex64)], most: f64) -> f64 {
    let speeds = phi.iter().map(|(_, rate)| rate.norm()).filter(|x| *x > 0.0);
    let (mut slow, mut fast) = (f64::INFINITY, 0.0_f64);
    for speed in speeds {
        slow = slow.min(speed);
        fast = fast.max(speed);
    }
    let value = |t: f64| phi.iter().map(|(c, rate)| (c * (rate * t).exp()).re).sum::<f64>().abs();
    let (mut t, ratio) = (1e-3 / fast, 1.03);
    let mut before = value(0.0);
    let mut sum = 0.0;
    let mut past = 0.0;
    while past < 40.0 / slow && sum <= most {
        let now = value(t);
        sum += 0.5 * (before + now) * (t - past);
        (before, past) = (now, t);
        t *= ratio;
    }
    sum
}
