//! `implicit`: L-stable rational steps of order 9 for constant generators, made for strong dephasing.
//!
//! e^z is replaced by its [4/5] Pade approximant, the stability function of Radau IIA with five stages, in partial
//! fractions and update form,
//!   y + sum_k (r_k/p_k) (hZ - p_k)^{-1} (hZ y),
//! which leaves stationary states alone to the last bit. A step h costs three sparse LU decompositions once (one
//! real pole, two conjugate pairs) and three solves each time. Steps come from the ladder h_0 2^k: a doubled step is
//! tried beside two single ones and kept when they agree within the tolerance. Because e^{Zt} contracts and commutes with
//! the error of a step, a step once accepted stays accepted. Output times are met by descending the ladder; what is
//! left below h_0 <= 1/||Z|| is a Taylor step.
//!
//! Source: @hairer1996, sections IV.5 (Radau IIA) and IV.3 (Pade); poles from the denominator
//! sum_i (-z)^i (9-i)! 5!/(9! i! (5-i)!).

use faer::prelude::Solve;
use faer::sparse::linalg::solvers::{Lu, SymbolicLu};
use faer::sparse::{SparseColMat, Triplet};
use num_complex::Complex64;

use super::cost::{Cost, turned};
use super::exponential::spacings;
use super::global_error::Reading;
use super::measured::{DECOMPOSITION, SOLVE};
use super::{Errors, Evolve, Functional, NotApplicable, Outcome, Problem, Sink, Snapshot, require_constant};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::numerics::work::{Work, did};
use crate::numerics::{distance, norm};

/// The implicit method and its tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Implicit {
    /// Largest Frobenius norm of the difference between one doubled and two single steps.
    pub tolerance: f64,
}

/// (p, r/p, copies): a conjugate pair is solved once and its real part counted twice.
const POLES: [(Complex64, Complex64, f64); 3] = [
    (Complex64::new(6.286_704_751_729_277, 0.0), Complex64::new(-43.479_581_157_478_998, 0.0), 1.0),
    (
        Complex64::new(5.700_953_298_671_789, 3.210_265_600_308_55),
        Complex64::new(25.079_452_208_990_404, -2.187_252_293_749_996_6),
        2.0,
    ),
    (
        Complex64::new(3.655_694_325_463_572_3, 6.543_736_899_360_077),
        Complex64::new(-3.839_661_630_250_905_4, 0.273_570_386_265_465_24),
        2.0,
    ),
];

/// Most unknowns, n^2 or those that are carried: beyond it the LU decompositions fill the memory of an ordinary machine.
pub(super) const MOST_UNKNOWNS: usize = 45_000;
/// Sum of the errors of all steps, in units of the tolerance.
const ACCUMULATED: f64 = 500.0;
/// For the estimate of what a run takes: entries of a row of the factors over the root of the unknowns, and how far H turns in the longest steps.
const FILLED: f64 = 3.0;
/// Numbers that each one is coupled to on a ladder beside few levels: the more there are, the more the factors fill.
const FEW_NEIGHBOURS: f64 = 5.0;
const LONGEST_TURN: f64 = 2.0;
/// Steps times unknowns after which a run gives up: a minute to some minutes.
const MOST_WORK: f64 = 3e8;

impl Implicit {
    /// For states that should be accurate to `accuracy`.
    pub(super) fn accurate_to(accuracy: f64) -> Self {
        Implicit { tolerance: 1e-3 * accuracy }
    }
}

impl Evolve for Implicit {
    fn method(&self) -> Method {
        Method::Implicit
    }

    fn applies(&self, generator: &Generator, _times: &[f64]) -> Result<(), NotApplicable> {
        require_constant(generator, Method::Implicit)?;
        let unknowns = generator.numbers();
        if unknowns > MOST_UNKNOWNS {
            return Err(NotApplicable {
                method: Method::Implicit,
                because: format!("{unknowns} unknowns need LU decompositions beyond {MOST_UNKNOWNS}"),
            });
        }
        Ok(())
    }

    fn cost(&self, generator: &Generator, times: &[f64]) -> Cost {
        let numbers = generator.numbers() as f64;
        // Entries that a decomposition has in a row, as on products of a ladder and few levels.
        let more = (generator.neighbours() / FEW_NEIGHBOURS).max(1.0).powf(1.25);
        let filled = (FILLED * more * numbers.sqrt()).min(0.5 * numbers);
        let end = times.last().copied().unwrap_or(0.0);
        let spacing = spacings(times).fold(0.0, f64::max);
        let shortest = first_turn(self.tolerance) / generator.norm_bound().max(1e-300);
        let turned = turned(generator, end);
        let longest = spacing.min(end * LONGEST_TURN / turned.max(1e-300)).max(shortest);
        let rungs = (longest / shortest).log2().ceil().max(0.0) + 1.0;
        let steps = 3.0 * rungs + (end / longest).max(times.len() as f64);
        let nanoseconds = 3.0 * rungs * numbers * (DECOMPOSITION[0] + DECOMPOSITION[1] * filled * filled)
            + 3.0 * steps * numbers * (SOLVE[0] + SOLVE[1] * filled);
        let bytes = 3.0 * rungs * 16.0 * filled * numbers + 8.0 * 20.0 * numbers;
        Cost { seconds: 1e-9 * nanoseconds, bytes, applications: None }
    }

    fn run(&self, problem: &Problem<'_>, sink: &mut Sink<'_>) -> Result<Outcome, NotApplicable> {
        let Problem { generator, start, times, reading, flows, .. } = *problem;
        self.applies(generator, times)?;
        let mut stepper = Stepper { flows, ..Stepper::new(generator, times, self.tolerance)? };
        // Integrals stand behind the numbers of the state, on which nothing but they depends.
        let mut y = start.numbers(generator).into_owned();
        let size = y.len();
        y.resize(size + flows.len(), 0.0);
        let (mut doubled, mut single) = (y.clone(), y.clone());
        let mut rung = 0;
        let mut patience = 0_u32;
        let mut t = 0.0;
        let mut steps = 0.0;
        let (mut spent, mut errors) = (0.0, Errors::default());
        let end = times.last().copied().unwrap_or(0.0);
        for (index, &time) in times.iter().enumerate() {
            while t < time {
                steps += 1.0;
                problem.reached(t);
                if steps * size as f64 > MOST_WORK {
                    return Ok(Outcome::TooManySteps { time: t });
                }
                let left = time - t;
                let h = stepper.step(rung);
                if left < stepper.step(0) * (1.0 - 1e-9) {
                    stepper.taylor(left, &mut y);
                    t = time;
                } else if left >= 2.0 * h * (1.0 - 1e-9) && patience == 0 {
                    single.copy_from_slice(&y);
                    stepper.advance(rung, &mut single)?;
                    stepper.advance(rung, &mut single)?;
                    doubled.copy_from_slice(&y);
                    stepper.advance(rung + 1, &mut doubled)?;
                    let difference = distance(&single[..size], &doubled[..size]);
                    if difference.is_nan() {
                        return Ok(Outcome::StepTooSmall { time: t, step: h });
                    }
                    std::mem::swap(&mut y, &mut single);
                    t += 2.0 * h;
                    // If all that is left went at this step the error would be as many times this.
                    let left = (end - t) / (2.0 * h);
                    let small =
                        difference <= self.tolerance && difference * left <= ACCUMULATED * self.tolerance;
                    let rounding = (ROUNDING * (size as f64).sqrt()).max(1e-3 * self.tolerance);
                    if small || difference <= rounding {
                        rung += 1;
                    } else {
                        patience = 4;
                    }
                } else {
                    let fitting =
                        (0..=rung).rev().find(|&k| stepper.step(k) <= left * (1.0 + 1e-9)).unwrap_or(0);
                    stepper.advance(fitting, &mut y)?;
                    t += stepper.step(fitting);
                    patience = patience.saturating_sub(1);
                }
                if (t - time).abs() <= 1e-9 * stepper.step(0) {
                    t = time;
                }
            }
            if let Some(reading) = reading {
                // As often as it costs no more than half of the steps and decompositions, and at the end.
                let rungs = stepper.rungs.len() as f64;
                let cost = 3.0 * rungs;
                let worth = if size <= FEW_UNKNOWNS { 12.0 * cost } else { cost };
                if index + 1 == times.len() || spent + cost <= 0.5 * steps + worth {
                    spent += cost;
                    let now = stepper.errors(&y, &reading)?;
                    errors = Errors { reading: errors.reading.max(now.reading), ..now };
                }
            }
            let (state, integrals) = y.split_at(size);
            if sink(Snapshot::of(generator, index, time, state, errors, integrals)).is_break() {
                return Ok(Outcome::Stopped);
            }
        }
        Ok(Outcome::Converged)
    }
}

/// ||Z|| h of the lowest rung, which nothing checks: its error DEFECT (||Z|| h)^10 is small enough.
fn first_turn(tolerance: f64) -> f64 {
    (tolerance / DEFECT).powf(0.1).min(1.0)
}

struct Stepper<'a> {
    generator: &'a Generator,
    flows: &'a [Functional],
    entries: Vec<(usize, usize, f64)>,
    first_step: f64,
    symbolic: Option<SymbolicLu<usize>>,
    rungs: Vec<[Lu<usize, Complex64>; 3]>,
    /// How many steps were taken on each rung.
    taken: Vec<f64>,
    derivative: Vec<f64>,
    scratch: Vec<f64>,
}

/// Unknowns up to which looking at the error costs next to nothing.
const FEW_UNKNOWNS: usize = 260;
/// |e^z - r(z)|/|z|^10 for small z: 4! 5!/(9! 10!) .. of the [4/5] approximant.
const DEFECT: f64 = 2.2e-9;
/// The estimate is this much larger than what one step says of all, and than what would be without cancellation.
const SAFETY: f64 = 5.0;
const UNCANCELLED: f64 = 0.05;
/// Differences of steps that are rounding, for one unknown.
const ROUNDING: f64 = 2e-15;

impl<'a> Stepper<'a> {
    fn new(generator: &'a Generator, times: &[f64], tolerance: f64) -> Result<Self, NotApplicable> {
        let size = generator.numbers();
        let longest = first_turn(tolerance) / generator.norm_bound().max(1e-300);
        // On a grid with one spacing the ladder divides it, so that output times are met exactly.
        let spacing = times.windows(2).map(|w| w[1] - w[0]).find(|&dt| dt > 0.0).or(times.last().copied());
        let first_step = match spacing {
            Some(dt) if dt > longest => dt * 0.5_f64.powi((dt / longest).log2().ceil() as i32),
            Some(dt) => dt.min(longest),
            None => longest,
        };
        Ok(Stepper {
            generator,
            flows: &[],
            entries: generator.superoperator(),
            first_step,
            symbolic: None,
            rungs: Vec::new(),
            taken: Vec::new(),
            derivative: vec![0.0; size],
            scratch: vec![0.0; size],
        })
    }

    fn step(&self, rung: usize) -> f64 {
        self.first_step * 2.0_f64.powi(rung as i32)
    }

    fn advance(&mut self, rung: usize, y: &mut [f64]) -> Result<(), NotApplicable> {
        let h = self.step(rung);
        // The ladder is climbed rung by rung.
        if self.rungs.len() == rung {
            let factors = self.factor(h)?;
            self.rungs.push(factors);
        }
        self.taken.resize(self.rungs.len(), 0.0);
        self.taken[rung] += 1.0;
        let (y, integrals) = y.split_at_mut(self.derivative.len());
        self.generator.apply(0.0, y, &mut self.derivative, &mut self.scratch);
        let right = faer::Col::from_fn(y.len(), |p| Complex64::new(h * self.derivative[p], 0.0));
        let rates: Vec<f64> = self.flows.iter().map(|flow| flow.constant_part(y)).collect();
        for (lu, (pole, weight, copies)) in self.rungs[rung].iter().zip(&POLES) {
            did(Work::Solve);
            let solved = lu.solve(&right);
            for ((sum, flow), rate) in integrals.iter_mut().zip(self.flows).zip(&rates) {
                // The row of an integral in [[hZ, 0], [h X^T, 0]] - p.
                let of_state = flow.constant_entries().iter().map(|&(place, x)| x * solved[place as usize]);
                let z = h * (of_state.sum::<Complex64>() - rate) / pole;
                *sum += copies * (weight.re * z.re - weight.im * z.im);
            }
            for (x, z) in y.iter_mut().zip(solved.iter()) {
                *x += copies * (weight.re * z.re - weight.im * z.im);
            }
        }
        Ok(())
    }

    /// The error of a reading: on every rung as many times what one step gets wrong of the present state, because steps commute; a step
    /// half as long twice is taken for the truth, on the lowest rung a Taylor series.
    fn errors(&mut self, y: &[f64], reading: &Reading<'_>) -> Result<Errors, NotApplicable> {
        let taken = self.taken.clone();
        let (mut signed, mut apart, mut state) = (0.0, 0.0, vec![0.0; self.derivative.len()]);
        for (rung, count) in taken.iter().enumerate().filter(|(_, count)| **count > 0.0) {
            let (mut whole, mut halves) = (y.to_vec(), y.to_vec());
            self.advance(rung, &mut whole)?;
            match rung.checked_sub(1) {
                Some(half) => {
                    self.advance(half, &mut halves)?;
                    self.advance(half, &mut halves)?;
                }
                None => self.taylor(self.first_step, &mut halves),
            }
            let difference: f64 =
                reading.observable.iter().zip(whole.iter().zip(&halves)).map(|(o, (a, b))| o * (a - b)).sum();
            signed += count * difference;
            apart += count * difference.abs();
            state.iter_mut().zip(whole.iter().zip(&halves)).for_each(|(sum, (a, b))| *sum += count * (a - b));
        }
        let steps: f64 = taken.iter().sum();
        self.taken = taken;
        let rounding = f64::EPSILON * (20.0 + 20.0 * steps.sqrt());
        let of_reading = SAFETY * signed.abs() + UNCANCELLED * apart + reading.range * rounding;
        Ok(Errors { reading: of_reading, state: norm(&state) + rounding })
    }

    fn factor(&mut self, h: f64) -> Result<[Lu<usize, Complex64>; 3], NotApplicable> {
        let failed = |because: &str| NotApplicable { method: Method::Implicit, because: because.into() };
        let size = self.derivative.len();
        let mut factor =
            |(pole, ..): &(Complex64, Complex64, f64)| -> Result<Lu<usize, Complex64>, NotApplicable> {
                did(Work::Decomposition);
                let shifted = self
                    .entries
                    .iter()
                    .map(|&(i, j, x)| Triplet::new(i, j, Complex64::new(h * x, 0.0)))
                    .chain((0..size).map(|i| Triplet::new(i, i, -pole)))
                    .collect::<Vec<_>>();
                let matrix = SparseColMat::<usize, Complex64>::try_new_from_triplets(size, size, &shifted)
                    .map_err(|_| failed("its sparse matrix does not fit into memory"))?;
                if self.symbolic.is_none() {
                    let symbolic = SymbolicLu::try_new(matrix.symbolic())
                        .map_err(|_| failed("its LU decomposition does not fit into memory"))?;
                    self.symbolic = Some(symbolic);
                }
                let symbolic = self.symbolic.clone().expect("set above");
                Lu::try_new_with_symbolic(symbolic, matrix.as_ref())
                    .map_err(|_| failed("a shifted generator is numerically singular"))
            };
        Ok([factor(&POLES[0])?, factor(&POLES[1])?, factor(&POLES[2])?])
    }

    /// e^{hZ} y for ||Z|| h <= 1: twenty terms are below 1e-18.
    fn taylor(&mut self, h: f64, y: &mut [f64]) {
        let (y, integrals) = y.split_at_mut(self.derivative.len());
        let mut term = y.to_vec();
        for k in 1..=20 {
            for (sum, flow) in integrals.iter_mut().zip(self.flows) {
                *sum += h / k as f64 * flow.constant_part(&term);
            }
            self.generator.apply(0.0, &term, &mut self.derivative, &mut self.scratch);
            for ((x, d), y) in term.iter_mut().zip(&self.derivative).zip(y.iter_mut()) {
                *x = h / k as f64 * d;
                *y += *x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn r(z: Complex64) -> Complex64 {
        let half = |p: Complex64, w: Complex64| w * z / (z - p);
        POLES.iter().fold(Complex64::ONE, |sum, &(p, w, copies)| {
            sum + half(p, w) + if copies > 1.0 { half(p.conj(), w.conj()) } else { Complex64::ZERO }
        })
    }

    #[test]
    fn measured_order_is_nine() {
        let z = Complex64::new(-0.6, 0.8);
        let error = |h: f64| (r(z * h) - (z * h).exp()).norm();
        let slope = (error(1.0) / error(0.5)).log2();
        assert!((slope - 10.0).abs() < 0.6, "{slope}");
    }

    #[test]
    fn partial_fractions_are_the_pade_approximant() {
        let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
        for z in [Complex64::new(-0.3, 0.4), Complex64::new(-7.0, 3.0), Complex64::new(0.0, 2.0)] {
            let numerator: Complex64 = (0..=4)
                .map(|i| {
                    z.powi(i) * factorial(9 - i) * factorial(4)
                        / (factorial(9) * factorial(i) * factorial(4 - i))
                })
                .sum();
            let denominator: Complex64 = (0..=5)
                .map(|i| {
                    (-z).powi(i) * factorial(9 - i) * factorial(5)
                        / (factorial(9) * factorial(i) * factorial(5 - i))
                })
                .sum();
            assert!((r(z) - numerator / denominator).norm() < 1e-12);
        }
        // L-stable: r(z) -> 5/z at infinity, up to the sign.
        assert!((r(Complex64::new(-1e6, 0.0)).norm() - 5e-6).abs() < 1e-7);
    }

    #[test]
    fn the_ladder_divides_the_spacing_of_the_times() {
        let lowering = crate::operator::Operator::spin_lowering(2);
        let channels = vec![crate::lindblad::Channel { rate: 3.0, jump: lowering }];
        let z = crate::lindblad::Lindbladian::new(crate::operator::Operator::diagonal(&[0.0, 2.0]), channels);
        let generator = Generator::new(&z.unwrap());
        let first = |times: &[f64]| Stepper::new(&generator, times, 1e-12).unwrap().first_step;
        let longest = (1e-12 / DEFECT).powf(0.1) / generator.norm_bound();
        // The last time is no multiple of the spacing by a power of two; the first spacing that is not 0 counts.
        let long = 10.0 * longest;
        for times in [vec![0.0, long, 2.0 * long, 3.0 * long], vec![long, long, 2.0 * long, 7.0 * long]] {
            let ratio = long / first(&times);
            assert!((ratio - 16.0).abs() < 1e-9, "{ratio}");
        }
        // One time alone, or the same again: from 0 to there.
        for times in [vec![0.7 * long], vec![0.7 * long, 0.7 * long]] {
            let ratio = 0.7 * long / first(&times);
            assert!((ratio - 8.0).abs() < 1e-9, "{ratio}");
        }
        // Short spacings are the step themselves; without times it is the longest.
        let short = 0.3 * longest;
        assert_eq!(first(&[0.0, short, 3.0 * short]), short);
        assert_eq!(first(&[]), longest);
    }
}
