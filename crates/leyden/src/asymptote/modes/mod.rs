//! rho(t) - rho(inf) as a sum of exponentials: all of them for few unknowns, by a reduced model for many.
//!
//! Many unknowns have a reduced model (`reduced`).

mod reduced;

use faer::Mat;
use faer::prelude::Solve;
use num_complex::Complex64;

use reduced::{Near, reduced};

use super::limit::Settled;
use super::relaxation::{Decay, Decaying, MOST_RATES};
use super::resolvent::Reached;
use crate::merit::EnergyCurve;
use crate::numerics::{Coalescing, Entry, Expansion, coalescing, norm, product};
use crate::operator::Hermitian;
use crate::space::BatterySpace;
use crate::why::{Failure, TooLarge, Unresolved};
use crate::{Known, Why};

/// Unknowns up to which all modes are found.
const MOST_DENSE: usize = 500;
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
    /// E_B(t) on all t >= 0, or why only its slow part is known.
    pub(super) curve: Known<EnergyCurve>,
    /// Rate of the slowest mode that the whole state excites.
    pub(super) slowest: Option<f64>,
    /// Why the curve has more modes than there are parts.
    pub(super) only: Option<Why>,
}

/// e^{Zt} v = sum weight_k vector_k e^{rate_k t} with vectors read through `basis` (columns of unknowns).
struct Parts {
    expansion: Expansion,
    basis: Option<Vec<Vec<f64>>>,
    scale: f64,
    /// How many of the slowest excited modes are certain, one by one or in their sum, and why not all.
    known: usize,
    /// How many are certain one by one, where their sum is that of more.
    told: Option<usize>,
    /// Others that are certain one by one, where they are more.
    slow: Option<Box<Parts>>,
    why: Option<Why>,
    /// What modes that coalesce add.
    secular: Vec<Secular>,
}

/// t^power e^{rate t} vector.
struct Secular {
    rate: Complex64,
    power: u32,
    vector: Vec<Complex64>,
}

/// Real and imaginary parts.
fn parts_of(vector: &[Complex64]) -> [Vec<f64>; 2] {
    let (re, im) = vector.iter().map(|x| (x.re, x.im)).unzip();
    [re, im]
}

impl<'a> Modes<'a> {
    /// `all_shown`: whether more is shown than the curve and the slowest mode.
    ///
    /// # Errors
    /// A sentence for the user when modes coalesce, are not resolved or do not converge.
    pub(super) fn new(
        reached: &Reached,
        settled: &Settled,
        rho0: &Hermitian,
        energy: &Hermitian,
        space: &'a BatterySpace,
        all_shown: bool,
    ) -> Known<Self> {
        let Settled { state: limit, conserved, solved, .. } = settled;
        let conserved = *conserved;
        let start: Vec<f64> =
            reached.restrict(rho0).iter().zip(reached.restrict(limit)).map(|(a, b)| a - b).collect();
        let n_b = space.dim();
        let mut curve = EnergyCurve::standing(limit.expect(energy));
        let battery = limit.trace_out_first(n_b);
        if norm(&start) <= CARRIED {
            let (decays, parts) = (Vec::new(), Vec::new());
            let curve = Ok(curve);
            return Ok(Modes { space, limit: battery, decays, parts, curve, slowest: None, only: None });
        }
        let found = match reached.len() <= MOST_DENSE {
            true => Parts::all(reached, &start, limit, energy, conserved)?,
            false => {
                let near = solved.as_ref().map(|solved| Near::new(reached, &solved.resolvent, limit));
                reduced(reached, &start, near, all_shown)?
            }
        };
        let expansion = &found.expansion;
        let Collected { mut decays, mut parts, raw, slowest } =
            Collected::of(&found, reached, energy, n_b, conserved)?;
        let mut only = found.told;
        if let Some(slow) = &found.slow
            && let Ok(collected) = Collected::of(slow, reached, energy, n_b, conserved)
        {
            (decays, parts, only) = (collected.decays, collected.parts, slow.told);
        }
        let only = only.filter(|_| decays.len() < MOST_RATES);
        let only = only.map(|known| TooLarge::OnlySlowModes { modes: reached.len(), known }.into());
        let largest = energy.s().iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        for (rate, amplitude) in raw {
            if amplitude.norm() > 1e-15 * expansion.size * largest {
                curve.modes.push(crate::merit::Mode::Exponential { amplitude, rate });
            }
        }
        for Secular { rate, power, vector } in &found.secular {
            let both = parts_of(vector).map(|x| reached.extend(&x).expect(energy));
            let (amplitude, power) = (Complex64::new(both[0], both[1]), *power);
            curve.modes.push(crate::merit::Mode::Secular { amplitude, power, rate: *rate });
        }
        let curve = found.why.map_or(Ok(curve), Err);
        Ok(Modes { space, limit: battery, decays, parts, curve, slowest, only })
    }
}

/// What modes of the battery and of its energy there are.
struct Collected {
    decays: Vec<Decay>,
    parts: Vec<Vec<f64>>,
    raw: Vec<(Complex64, Complex64)>,
    slowest: Option<f64>,
}

impl Collected {
    fn of(found: &Parts, reached: &Reached, energy: &Hermitian, n_b: usize, conserved: usize) -> Known<Self> {
        let Parts { expansion, scale, .. } = found;
        // What is conserved has been projected out: as many zeros carry rounding alone.
        let zeros = expansion.rates.iter().filter(|rate| rate.norm() <= RESOLVED * scale).count();
        let nothing_slow = zeros <= conserved;
        let (mut decays, mut parts): (Vec<Decay>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
        let mut slowest: Option<f64> = None;
        let mut raw: Vec<(Complex64, Complex64)> = Vec::new();
        let known: Vec<usize> = excited(expansion).into_iter().take(found.known).collect();
        let seen = Seen::new(reached, energy, n_b, found, &known);
        let told = found.told.unwrap_or(usize::MAX);
        for (index, k) in known.into_iter().enumerate() {
            let rate = expansion.rates[k];
            let weight = expansion.weights[k].norm();
            if rate == Complex64::ZERO || -rate.re <= RESOLVED * scale {
                if weight <= 1e-10 * expansion.size || (nothing_slow && rate.norm() <= RESOLVED * scale) {
                    continue;
                }
                return Err(Unresolved::Rate { below: RESOLVED }.into());
            }
            slowest = Some(slowest.map_or(-rate.re, |s| s.min(-rate.re)));
            let (amplitude, [re, im]) = seen.of_mode(found, k, index);
            let size = norm(&re).hypot(norm(&im));
            match raw.iter_mut().find(|(known, _)| (*known - rate).norm() <= 1e-10 * scale) {
                Some((_, sum)) => *sum += amplitude,
                None => raw.push((rate, amplitude)),
            }
            if index >= told {
                continue;
            }
            let frequency = if rate.im.abs() <= 1e-12 * scale { 0.0 } else { rate.im.abs() };
            let same = decays.iter().position(|decay: &Decay| {
                (decay.ln_rate.exp() + rate.re).abs() <= 1e-10 * scale
                    && (decay.frequency - frequency).abs() <= 1e-10 * scale
            });
            match same {
                Some(index) => {
                    decays[index].energy += amplitude.re;
                    decays[index].size += size;
                    parts[index].iter_mut().zip(&re).for_each(|(x, y)| *x += y);
                }
                None => {
                    let ln_rate = (-rate.re).ln();
                    decays.push(Decay { ln_rate, frequency, energy: amplitude.re, size });
                    parts.push(re);
                }
            }
        }
        Ok(Collected { decays, parts, raw, slowest })
    }
}

impl Parts {
    /// All modes of few unknowns.
    fn all(
        reached: &Reached,
        start: &[f64],
        limit: &Hermitian,
        energy: &Hermitian,
        conserved: usize,
    ) -> Known<Self> {
        let z = reached.dense();
        let mut expansion = match Expansion::new(z.as_ref(), start) {
            Err(Why::ExceptionalPoint | Why::Failed(Failure::Eigenvectors)) => {
                return Ok(Parts::coalescing(coalescing(z.as_ref(), start, RESOLVED)?, norm(start)));
            }
            found => found?,
        };
        let scale = expansion.largest_rate();
        let read = reached.restrict(energy);
        let stationary = (conserved == 1).then(|| {
            let identity = Hermitian::diagonal(&vec![1.0; limit.dim()]);
            (reached.restrict(&identity), reached.restrict(limit))
        });
        refine(&z, &mut expansion, start, &read, scale, stationary);
        let known = expansion.rates.len();
        Ok(Parts {
            expansion,
            basis: None,
            scale,
            known,
            told: None,
            slow: None,
            why: None,
            secular: Vec::new(),
        })
    }

    /// Of a reduced model of so many modes; `only`: how many of how many are known, where not all.
    fn of_model(expansion: Expansion, basis: Vec<Vec<f64>>, only: Option<(usize, usize)>) -> Self {
        let known = only.map_or(expansion.rates.len(), |(_, known)| known);
        let why = only.map(|(modes, known)| TooLarge::OnlySlowModes { modes, known }.into());
        let scale = expansion.largest_rate();
        Parts {
            expansion,
            basis: Some(basis),
            scale,
            known,
            told: None,
            slow: None,
            why,
            secular: Vec::new(),
        }
    }

    /// Modes of which some coalesce: one vector for each cluster, and the other powers of t beside it.
    fn coalescing(clusters: Vec<Coalescing>, size: f64) -> Self {
        let n = clusters.first().map_or(0, |cluster| cluster.vectors[0].len());
        let length = |vector: &[Complex64]| vector.iter().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
        let (mut rates, mut weights, mut columns, mut secular) = (vec![], vec![], vec![], vec![]);
        for Coalescing { rate, members, vectors } in clusters {
            let weight = length(&vectors[0]);
            for (power, vector) in vectors.into_iter().enumerate() {
                match power {
                    0 => columns
                        .push(vector.iter().map(|x| x / weight.max(f64::MIN_POSITIVE)).collect::<Vec<_>>()),
                    _ => secular.push(Secular { rate, power: power as u32, vector }),
                }
            }
            rates.push(rate);
            weights.push(Complex64::from(weight));
            // Others of the cluster carry nothing of their own.
            for _ in 1..members {
                rates.push(rate);
                weights.push(Complex64::ZERO);
                columns.push(vec![Complex64::ZERO; n]);
            }
        }
        let known = rates.len();
        let vectors = Mat::from_fn(n, known, |i, k| columns[k][i]);
        let expansion = Expansion { rates, vectors, weights, size };
        let scale = expansion.largest_rate();
        Parts { expansion, basis: None, scale, known, told: None, slow: None, why: None, secular }
    }

    /// Real and imaginary part of what a mode is made of at t = 0.
    fn of_mode(&self, k: usize) -> [Vec<f64>; 2] {
        let weight = self.expansion.weights[k];
        let scaled: Vec<Complex64> = self.expansion.vectors.col(k).iter().map(|x| x * weight).collect();
        parts_of(&scaled)
    }
}

/// What the energy and the battery's state see of modes.
struct Seen {
    /// What each number counts in a place of S of the battery.
    battery: Vec<Entry>,
    energy: Vec<f64>,
    n_b: usize,
    /// Where modes are combinations of few vectors: all numbers of S of the battery, then the energy, of the real and the imaginary part of every mode.
    all: Option<Mat<f64>>,
}

impl Seen {
    fn new(reached: &Reached, energy: &Hermitian, n_b: usize, found: &Parts, known: &[usize]) -> Self {
        let (battery, energy) = (reached.read_by(n_b), reached.restrict(energy));
        let all = found.basis.as_ref().map(|basis| {
            let numbers = n_b * n_b;
            let mut read = Mat::<f64>::zeros(numbers + 1, basis.len());
            for (mut column, vector) in read.col_iter_mut().zip(basis) {
                battery.iter().for_each(|&(p, k, weight)| column[p] += weight * vector[k]);
                column[numbers] = product(&energy, vector);
            }
            let mut modes = Mat::<f64>::zeros(basis.len(), 2 * known.len());
            for (index, &k) in known.iter().enumerate() {
                for (offset, part) in found.of_mode(k).iter().enumerate() {
                    part.iter().enumerate().for_each(|(i, x)| modes[(i, 2 * index + offset)] = *x);
                }
            }
            read * modes
        });
        Seen { battery, energy, n_b, all }
    }

    /// Energy and S of the battery, real and imaginary part, of the mode k, which is known as number `index`.
    fn of_mode(&self, found: &Parts, k: usize, index: usize) -> (Complex64, [Vec<f64>; 2]) {
        let numbers = self.n_b * self.n_b;
        let [re, im] = match &self.all {
            Some(all) => [0, 1].map(|offset| all.col(2 * index + offset).iter().copied().collect::<Vec<_>>()),
            None => found.of_mode(k).map(|part| {
                let mut seen = vec![0.0; numbers + 1];
                self.battery.iter().for_each(|&(p, k, weight)| seen[p] += weight * part[k]);
                seen[numbers] = product(&self.energy, &part);
                seen
            }),
        };
        let amplitude = Complex64::new(re[numbers], im[numbers]);
        (
            amplitude,
            [re, im].map(|mut x| {
                x.truncate(numbers);
                x
            }),
        )
    }
}

/// Modes that carry more than rounding, slowest first.
fn excited(expansion: &Expansion) -> Vec<usize> {
    let carried = |k: &usize| expansion.weights[*k].norm() > CARRIED * expansion.size;
    let mut order: Vec<usize> = (0..expansion.rates.len()).filter(carried).collect();
    order.sort_by(|&a, &b| expansion.rates[b].re.total_cmp(&expansion.rates[a].re));
    order
}

/// Modes refined at most.
const MOST_REFINED: usize = 20;
/// Amplitudes below this share of the largest may be rounding of others that nearly coalesce ...
const AMBIGUOUS: f64 = 1e-8;
/// ... and are found again where no other rate is as near as this.
const ISOLATED: f64 = 1e-6;

/// Weights of the slowest modes as long as their amplitudes in `read` are ambiguous, each from its own left eigenvector l,
/// weight = l.x/(l.v): what other modes lose by coming close to each other does not reach it. Slow modes mix with the
/// stationary one by rounding over their rate; with `stationary` = (trace, limit) given, that part is taken out:
/// decaying modes have no trace, and their left partners vanish on the limit. A mode that symmetry keeps out of the energy thus
/// has weight 1e-16, not 1e-12.
fn refine(
    z: &Mat<f64>,
    expansion: &mut Expansion,
    start: &[f64],
    read: &[f64],
    scale: f64,
    stationary: Option<(Vec<f64>, Vec<f64>)>,
) {
    let n = start.len();
    let amplitude = |expansion: &Expansion, k: usize| -> f64 {
        let overlap: Complex64 = expansion.vectors.col(k).iter().zip(read).map(|(v, r)| v * r).sum();
        (overlap * expansion.weights[k]).norm()
    };
    let zero = |rate: Complex64| rate.norm() <= RESOLVED * scale;
    let mut order: Vec<usize> = (0..expansion.rates.len()).filter(|&k| !zero(expansion.rates[k])).collect();
    order.sort_by(|&a, &b| expansion.rates[b].re.total_cmp(&expansion.rates[a].re));
    let largest = order.iter().map(|&k| amplitude(expansion, k)).fold(0.0, f64::max);
    for k in order.into_iter().take(MOST_REFINED) {
        if amplitude(expansion, k) > AMBIGUOUS * largest {
            return;
        }
        let rate = expansion.rates[k];
        let apart = |(other, known): (usize, &Complex64)| {
            other == k || (stationary.is_some() && zero(*known)) || (known - rate).norm() > ISOLATED * scale
        };
        if !expansion.rates.iter().enumerate().all(apart) {
            continue;
        }
        if let Some((trace, limit)) = &stationary {
            remove(&mut expansion.vectors, k, trace, limit);
        }
        // Inverse iteration; the shift keeps the factors finite.
        let shift = rate + Complex64::new(1e-14 * scale, 1e-14 * scale);
        let transposed = Mat::from_fn(n, n, |i, j| {
            Complex64::from(z[(j, i)]) - if i == j { shift } else { Complex64::ZERO }
        });
        let factors = transposed.partial_piv_lu();
        let mut left = Mat::from_fn(n, 1, |i, _| expansion.vectors[(i, k)].conj());
        for _ in 0..3 {
            left = factors.solve(&left);
            let length = left.norm_l2();
            left *= faer::Scale(Complex64::from(1.0 / length));
            if let Some((trace, limit)) = &stationary {
                remove(&mut left, 0, limit, trace);
            }
        }
        let left = left.col(0);
        let over: Complex64 = left.iter().zip(expansion.vectors.col(k).iter()).map(|(l, v)| l * v).sum();
        let of_start: Complex64 = left.iter().zip(start).map(|(l, x)| l * x).sum();
        let weight = of_start / over;
        if weight.is_finite() {
            expansion.weights[k] = weight;
        }
    }
}

/// x_k -> x_k - (a.x_k) b with a.b = 1.
fn remove(x: &mut Mat<Complex64>, k: usize, a: &[f64], b: &[f64]) {
    let overlap: Complex64 = x.col(k).iter().zip(a).map(|(x, a)| x * a).sum();
    x.col_mut(k).iter_mut().zip(b).for_each(|(x, b)| *x -= overlap * b);
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
        sectors(rho, self.space)
    }
}

/// The blocks of a state on the direct sum.
pub(crate) fn sectors(rho: Hermitian, space: &BatterySpace) -> Vec<Hermitian> {
    match space.sectors() {
        [_] => vec![rho],
        many => many.iter().map(|sector| rho.block(sector.offset, sector.energies.len())).collect(),
    }
}
