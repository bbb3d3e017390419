//! rho(t) - rho(inf) as a sum of exponentials: all of them for few unknowns, by a reduced model for many.
//!
//! For many unknowns: Arnoldi with (sigma - Z)^{-1} from v = rho(0) - rho(inf) gives Q, H with
//!   (sigma - Z)^{-1} Q = Q H + h q e_m^T,  e^{Zt} v ~ Q e^{Gt} e_1 ||v||,  G = sigma - H^{-1},
//! and the derivative of what is left out is h phi(t) (sigma - Z) q with phi(t) = e_m^T H^{-1} e^{Gt} e_1 ||v||. Since e^{Zt} contracts
//! in the trace norm, the error of the state at any time is at most h ||(sigma - Z) q||_1 int |phi| dt: the dimension
//! grows until this is below 1e-9. Slow rates converge first, which is what plateaus ask for.
//! Source: Botchev, Grimm, Hochbruck, SIAM J. Sci. Comput. 35, A1376 (2013).

use faer::Mat;
use faer::prelude::Solve;
use num_complex::Complex64;

use super::relaxation::{Decay, Decaying};
use super::resolvent::{Reached, norm};
use crate::linalg::Expansion;
use crate::merit::EnergyCurve;
use crate::operator::Hermitian;
use crate::space::BatterySpace;

/// Unknowns up to which all modes are found.
const MOST_DENSE: usize = 256;
/// Largest dimension of a reduced model.
const MOST_REDUCED: usize = 360;
/// Largest trace norm of what a reduced model leaves out.
const LARGEST_ERROR: f64 = 1e-9;
/// Rates below this fraction of the largest have fewer than six digits.
const RESOLVED: f64 = 1e-9;
/// Parts below this are rounding.
const CARRIED: f64 = 1e-12;

/// The decaying parts of a state.
pub(super) struct Modes<'a> {
    space: &'a BatterySpace,
    limit: Hermitian,
    decays: Vec<Decay>,
    parts: Vec<Vec<f64>>,
    /// E_B(t) on all t >= 0.
    pub(super) curve: EnergyCurve,
    /// Rate of the slowest mode that the whole state excites.
    pub(super) slowest: Option<f64>,
}

/// e^{Zt} v = sum weight_k vector_k e^{rate_k t} with vectors read through `basis` (columns of unknowns).
struct Parts {
    expansion: Expansion,
    basis: Option<Mat<f64>>,
    scale: f64,
}

impl<'a> Modes<'a> {
    /// # Errors
    /// A sentence for the user when modes coalesce, are not resolved or do not converge.
    pub(super) fn new(
        reached: &Reached,
        rho0: &Hermitian,
        limit: &Hermitian,
        energy: &Hermitian,
        space: &'a BatterySpace,
    ) -> Result<Self, String> {
        let start: Vec<f64> =
            reached.restrict(rho0).iter().zip(reached.restrict(limit)).map(|(a, b)| a - b).collect();
        let n_b = space.dim();
        let mut curve = EnergyCurve {
            limit: limit.expect(energy),
            modes: Vec::new(),
            resolution: 0.0,
            ln_rate_floor: None,
        };
        let battery = limit.trace_out_first(n_b);
        if norm(&start) <= CARRIED {
            let (decays, parts) = (Vec::new(), Vec::new());
            return Ok(Modes { space, limit: battery, decays, parts, curve, slowest: None });
        }
        let Parts { expansion, basis, scale } = if reached.len() <= MOST_DENSE {
            let z = reached.dense();
            let expansion = Expansion::new(z.as_ref(), &start)?;
            let scale = expansion.rates.iter().map(|rate| rate.norm()).fold(0.0, f64::max);
            Parts { expansion, basis: None, scale }
        } else {
            reduced(reached, &start)?
        };
        let full = |k: usize| -> [Hermitian; 2] {
            let column = expansion.vectors.col(k);
            let scaled = column.iter().map(|x| x * expansion.weights[k]);
            let (re, im): (Vec<f64>, Vec<f64>) = scaled.map(|x| (x.re, x.im)).unzip();
            [re, im].map(|x| match &basis {
                None => reached.extend(&x),
                Some(q) => {
                    let x = faer::Col::from_fn(x.len(), |i| x[i]);
                    reached.extend(&(q * x).iter().copied().collect::<Vec<_>>())
                }
            })
        };
        let mut order: Vec<usize> = (0..expansion.rates.len()).collect();
        let rates = &expansion.rates;
        order.sort_by(|&a, &b| rates[b].re.total_cmp(&rates[a].re));
        let (mut decays, mut parts): (Vec<Decay>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        let mut slowest: Option<f64> = None;
        let mut raw: Vec<(Complex64, Complex64)> = Vec::new();
        for k in order {
            let rate = rates[k];
            let excited = expansion.weights[k].norm();
            if excited <= CARRIED * expansion.size {
                continue;
            }
            if rate == Complex64::ZERO || -rate.re <= RESOLVED * scale {
                if excited <= 1e-10 * expansion.size {
                    continue;
                }
                return Err(format!(
                    "a relaxation rate below {:.1e} of the fastest is not resolved",
                    RESOLVED
                ));
            }
            slowest = Some(slowest.map_or(-rate.re, |s| s.min(-rate.re)));
            let both = full(k);
            let amplitude = Complex64::new(both[0].expect(energy), both[1].expect(energy));
            let [re, im] = both.map(|x| x.trace_out_first(n_b));
            let size = re.purity().sqrt().hypot(im.purity().sqrt());
            match raw.iter_mut().find(|(known, _)| (*known - rate).norm() <= 1e-10 * scale) {
                Some((_, sum)) => *sum += amplitude,
                None => raw.push((rate, amplitude)),
            }
            let frequency = if rate.im.abs() <= 1e-12 * scale { 0.0 } else { rate.im.abs() };
            let known = decays.iter().position(|decay: &Decay| {
                (decay.ln_rate.exp() + rate.re).abs() <= 1e-10 * scale
                    && (decay.frequency - frequency).abs() <= 1e-10 * scale
            });
            match known {
                Some(index) => {
                    decays[index].energy += amplitude.re;
                    decays[index].size += size;
                    parts[index].iter_mut().zip(re.s()).for_each(|(x, y)| *x += y);
                }
                None => {
                    let ln_rate = (-rate.re).ln();
                    decays.push(Decay { ln_rate, frequency, energy: amplitude.re, size });
                    parts.push(re.s().to_vec());
                }
            }
        }
        let largest = energy.s().iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (rate, amplitude) in raw {
            if amplitude.norm() > 1e-15 * expansion.size * largest {
                curve.modes.push(crate::merit::Mode::Exponential { amplitude, rate });
            }
        }
        Ok(Modes { space, limit: battery, decays, parts, curve, slowest })
    }
}

impl Decaying for Modes<'_> {
    fn decays(&self) -> &[Decay] {
        &self.decays
    }

    fn state(&self, slow: usize) -> Vec<Hermitian> {
        let mut rho = self.limit.clone();
        for part in &self.parts[..slow] {
            rho.s_mut().iter_mut().zip(part).for_each(|(x, y)| *x += y);
        }
        sectors(&rho, self.space)
    }
}

/// The blocks of a state on the direct sum.
pub(super) fn sectors(rho: &Hermitian, space: &BatterySpace) -> Vec<Hermitian> {
    match space.sectors() {
        [_] => vec![rho.clone()],
        many => many.iter().map(|sector| rho.block(sector.offset, sector.energies.len())).collect(),
    }
}

/// The reduced model, grown until what it leaves out is below [`LARGEST_ERROR`].
fn reduced(reached: &Reached, start: &[f64]) -> Result<Parts, String> {
    let size = reached.len();
    let sigma = shift(reached);
    let resolvent = reached.shifted(sigma)?;
    let beta = norm(start);
    let mut q: Vec<Vec<f64>> = vec![start.iter().map(|x| x / beta).collect()];
    let most = MOST_REDUCED.min(size);
    let mut hessenberg = Mat::<f64>::zeros(most + 1, most);
    let mut check = 40;
    let mut why = String::new();
    for m in 1..=most {
        let mut w = resolvent.solve(&q[m - 1]);
        let before = norm(&w);
        for _ in 0..2 {
            for (i, known) in q.iter().enumerate() {
                let overlap: f64 = known.iter().zip(&w).map(|(a, b)| a * b).sum();
                hessenberg[(i, m - 1)] += overlap;
                w.iter_mut().zip(known).for_each(|(x, k)| *x -= overlap * k);
            }
        }
        let left = norm(&w);
        let closed = left <= 1e-14 * before;
        if !closed {
            hessenberg[(m, m - 1)] = left;
            w.iter_mut().for_each(|x| *x /= left);
        }
        if m == check || m == most || closed {
            let h = hessenberg.submatrix(0, 0, m, m).to_owned();
            let outside = if closed { 0.0 } else { left * leaving(reached, sigma, &w) };
            match attempt(&h, sigma, beta, outside) {
                Ok(expansion) => {
                    let basis = Mat::from_fn(size, m, |i, j| q[j][i]);
                    return Ok(Parts { expansion, basis: Some(basis), scale: 0.0 });
                }
                Err(reason) => why = reason,
            }
            if closed {
                break;
            }
            check = check * 3 / 2;
        }
        q.push(w);
    }
    Err(why)
}

/// A pole between the slow rates and the fast ones.
fn shift(reached: &Reached) -> f64 {
    let factor: f64 = std::env::var("SHIFT").ok().and_then(|x| x.parse().ok()).unwrap_or(0.03);
    factor * reached.norm
}

/// A bound on ||(sigma - Z) q||_1.
fn leaving(reached: &Reached, sigma: f64, q: &[f64]) -> f64 {
    let image = reached.apply(q);
    let difference: Vec<f64> = q.iter().zip(&image).map(|(q, z)| sigma * q - z).collect();
    let levels = reached.extend(&difference);
    (levels.dim() as f64).sqrt() * norm(&difference)
}

fn attempt(h: &Mat<f64>, sigma: f64, beta: f64, outside: f64) -> Result<Expansion, String> {
    let m = h.nrows();
    let inverse = h.partial_piv_lu().solve(Mat::<f64>::identity(m, m));
    let g = Mat::from_fn(m, m, |i, j| if i == j { sigma } else { 0.0 } - inverse[(i, j)]);
    let mut first = vec![0.0; m];
    first[0] = beta;
    let expansion = Expansion::new(g.as_ref(), &first)?;
    if let Some(rate) = expansion.rates.iter().find(|rate| rate.re > 0.0) {
        return Err(format!("the reduced model of the slow modes is not stable yet: rate {:.1e}", -rate.re));
    }
    // phi in exponentials.
    let last = inverse.row(m - 1);
    let phi: Vec<(Complex64, Complex64)> = (0..m)
        .map(|k| {
            let read: Complex64 = last.iter().zip(expansion.vectors.col(k).iter()).map(|(a, v)| v * *a).sum();
            (read * expansion.weights[k], expansion.rates[k])
        })
        .collect();
    let error = outside * integral(&phi);
    if !(error <= LARGEST_ERROR) {
        return Err(format!("not certified: a reduced model of {m} modes leaves {error:.1e} of the state out"));
    }
    Ok(expansion)
}

/// int_0^inf |sum c_k e^{rate_k t}| dt by the trapezoidal rule in ln t.
fn integral(phi: &[(Complex64, Complex64)]) -> f64 {
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
    while past < 40.0 / slow {
        let now = value(t);
        sum += 0.5 * (before + now) * (t - past);
        (before, past) = (now, t);
        t *= ratio;
    }
    sum
}
