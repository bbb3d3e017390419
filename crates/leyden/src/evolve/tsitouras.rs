//! Tsitouras' Runge-Kutta pair of orders 5(4) with a free interpolant of order 4.
//!
//! y_{n+1} = y_n + h sum_i b_i k_i with 7 stages, first same as last: 6 applications of Z a step. A step is accepted when the embedded error has
//! norm ||e|| <= tolerance. Output times never shorten a step: they are filled by the interpolant.
//!
//! Source: @tsitouras2011, Table 1 and section 4.

use std::ops::ControlFlow;

use super::Outcome;
use crate::numerics::lanes::widened;

pub(super) const C: [f64; 7] = [0.0, 0.161, 0.327, 0.9, 0.980_025_540_904_509_7, 1.0, 1.0];
pub(super) const A: [[f64; 6]; 7] = [
    [0.0; 6],
    [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-0.008_480_655_492_356_989, 0.335_480_655_492_357, 0.0, 0.0, 0.0, 0.0],
    [2.897_153_057_105_493_5, -6.359_448_489_975_075, 4.362_295_432_869_581_5, 0.0, 0.0, 0.0],
    [
        5.325_864_828_439_257,
        -11.748_883_564_062_828,
        7.495_539_342_889_836_5,
        -0.092_495_066_361_755_25,
        0.0,
        0.0,
    ],
    [
        5.861_455_442_946_42,
        -12.920_969_317_847_11,
        8.159_367_898_576_159,
        -0.071_584_973_281_401,
        -0.028_269_050_394_068_383,
        0.0,
    ],
    [
        0.096_460_766_818_065_23,
        0.01,
        0.479_889_650_414_499_6,
        1.379_008_574_103_742,
        -3.290_069_515_436_081,
        2.324_710_524_099_774,
    ],
];
/// Fifth-order minus fourth-order weights.
pub(super) const E: [f64; 7] = [
    -0.001_780_011_052_225_777_1,
    -0.000_816_434_459_656_746_9,
    0.007_880_878_010_261_995,
    -0.144_711_007_173_262_9,
    0.582_357_165_452_555_2,
    -0.458_082_105_929_186_97,
    1.0 / 66.0,
];

/// Weights of the interpolant at the fraction x of a step.
pub(super) fn interpolant(x: f64) -> [f64; 7] {
    let x2 = x * x;
    [
        -1.053_088_497_729_021_6
            * x
            * (x - 1.329_989_018_975_141_2)
            * (x2 - 1.436_402_854_171_635_1 * x + 0.713_981_691_707_420_9),
        0.1017 * x2 * (x2 - 2.196_656_833_824_975_4 * x + 1.294_985_250_737_463_1),
        2.490_627_285_651_252_793 * x2 * (x2 - 2.385_356_454_720_616_57 * x + 1.578_034_682_080_924_86),
        -16.548_102_889_244_902_72 * (x - 1.217_129_272_955_332_44) * (x - 0.616_204_060_378_000_89) * x2,
        47.379_521_962_819_281_22 * (x - 1.203_071_208_372_362_603) * (x - 0.658_047_292_653_547_382) * x2,
        -34.870_657_861_496_609_74 * (x - 1.2) * (x - 0.666_666_666_666_666_667) * x2,
        2.5 * (x - 1.0) * (x - 0.6) * x2,
    ]
}

/// What is integrated: dy/dt = Z(t) y.
pub(super) trait Field {
    /// Z(t) y into `out`; `scratch` is of the same size.
    fn apply(&self, time: f64, y: &[f64], out: &mut [f64], scratch: &mut [f64]);
    /// An upper bound on ||Z||.
    fn norm_bound(&self) -> f64;
    /// Times at which Z changes its form.
    fn breakpoints(&self) -> &[f64];
    /// The longest step from a time, at most h, that misses no change of Z.
    fn longest_step(&self, time: f64, h: f64) -> f64;
}

/// Told of every output and every step.
pub(super) trait Watch {
    /// The state at a requested time; within a step of length h from the state y at t, where there is one.
    fn output(&mut self, at: Output<'_>) -> ControlFlow<()>;
    /// The state at the i-th stage of a step that is tried; stage 0 is that of the last step's end.
    fn stage(&mut self, i: usize, time: f64, state: &[f64]);
    /// A step of length h was accepted, with this estimate of its error, and led to a time.
    fn step(&mut self, h: f64, embedded: f64, time: f64);
}

/// Integrals of functions of the state by the same stages: further components of y whose rates do not depend on themselves.
pub(super) struct Quadrature {
    rates: [Vec<f64>; 7],
    sums: Vec<f64>,
    until: Vec<f64>,
}

impl Quadrature {
    pub(super) fn new(count: usize) -> Self {
        let zeros = || vec![0.0; count];
        Quadrature { rates: std::array::from_fn(|_| zeros()), sums: zeros(), until: zeros() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// Rates at the i-th stage.
    pub(super) fn stage(&mut self, i: usize) -> &mut [f64] {
        &mut self.rates[i]
    }

    /// The integrals at a time within a step of length h from t.
    pub(super) fn at(&mut self, time: f64, within: Option<(f64, f64)>) -> &[f64] {
        self.until.copy_from_slice(&self.sums);
        if let Some((t, h)) = within {
            let x = (time - t) / h;
            add(&self.rates, if x == 1.0 { whole_step() } else { interpolant(x) }, h, &mut self.until);
        }
        &self.until
    }

    /// A step of length h was accepted.
    pub(super) fn step(&mut self, h: f64) {
        add(&self.rates, whole_step(), h, &mut self.sums);
        self.rates.swap(0, 6);
    }
}

fn whole_step() -> [f64; 7] {
    std::array::from_fn(|i| if i < 6 { A[6][i] } else { 0.0 })
}

fn add(rates: &[Vec<f64>; 7], weights: [f64; 7], h: f64, sums: &mut [f64]) {
    for (rates, weight) in rates.iter().zip(weights) {
        sums.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += h * weight * rate);
    }
}

/// One requested time.
pub(super) struct Output<'a> {
    pub(super) index: usize,
    pub(super) time: f64,
    pub(super) state: &'a [f64],
    /// (y, t, h) of the step that the time lies in.
    pub(super) within: Option<(&'a [f64], f64, f64)>,
    pub(super) last: bool,
}

/// Steps through nondecreasing times from y at t = 0, each with an error below the tolerance.
pub(super) fn integrate(
    field: &dyn Field,
    tolerance: f64,
    mut y: Vec<f64>,
    times: &[f64],
    watch: &mut dyn Watch,
) -> Outcome {
    let size = y.len();
    let mut next = vec![0.0; size];
    let mut stage = vec![0.0; size];
    let mut scratch = vec![0.0; size];
    let mut k: [Vec<f64>; 7] = std::array::from_fn(|_| vec![0.0; size]);
    let Some(&end) = times.last() else { return Outcome::Converged };

    let mut output = 0;
    watch.stage(0, 0.0, &y);
    while output < times.len() && times[output] <= 0.0 {
        let at = Output { index: output, time: times[output], state: &y, within: None, last: false };
        if watch.output(at).is_break() {
            return Outcome::Stopped;
        }
        output += 1;
    }
    let mut t = 0.0;
    let mut breakpoints = field.breakpoints().iter().copied().filter(|point| *point > 0.0).peekable();
    field.apply(t, &y, &mut k[0], &mut scratch);
    // The first step lets the fastest part of the generator turn by a small angle.
    let mut h = (0.1 / field.norm_bound().max(1e-300)).min(end);
    let mut last_error = 1.0_f64;
    while output < times.len() {
        // No step reaches across a place where the generator changes its form.
        let to_break = breakpoints.peek().map_or(f64::INFINITY, |point| point - t);
        h = field.longest_step(t, h.min(to_break));
        if !(h > 1e-14 * t.max(1e-290)) {
            return Outcome::StepTooSmall { time: t, step: h };
        }
        // At a breakpoint a step sees the generator as it was before.
        let seen = |time: f64| if h == to_break { time.min((t + h).next_down()) } else { time };
        for i in 1..6 {
            let (done, rest) = k.split_at_mut(i);
            combine(&y, h, &A[i][..i], done, &mut stage);
            field.apply(seen(t + C[i] * h), &stage, &mut rest[0], &mut scratch);
            watch.stage(i, seen(t + C[i] * h), &stage);
        }
        combine(&y, h, &A[6], &k[..6], &mut next);
        let (_, last) = k.split_at_mut(6);
        field.apply(seen(t + h), &next, &mut last[0], &mut scratch);
        watch.stage(6, seen(t + h), &next);
        let error = h * error_norm(&k) / tolerance;
        let accepted = error <= 1.0;
        #[cfg(test)]
        steps::count(accepted);
        if !accepted {
            h *= if error.is_nan() { 0.1 } else { (0.9 * error.powf(-0.2)).clamp(0.1, 0.9) };
            continue;
        }
        while output < times.len() && times[output] <= t + h {
            let x = (times[output] - t) / h;
            let state = if x == 1.0 {
                &next
            } else {
                combine(&y, h, &interpolant(x), &k, &mut stage);
                &stage
            };
            let last = output + 1 == times.len();
            let within = Some((y.as_slice(), t, h));
            if watch.output(Output { index: output, time: times[output], state, within, last }).is_break() {
                return Outcome::Stopped;
            }
            output += 1;
        }
        watch.step(h, error * tolerance, t + h);
        t += h;
        std::mem::swap(&mut y, &mut next);
        k.swap(0, 6);
        if h == to_break {
            t = breakpoints.next().unwrap_or(t);
            field.apply(t, &y, &mut k[0], &mut scratch);
            watch.stage(0, t, &y);
        }
        // Proportional-integral control keeps a step that is limited by stability from oscillating.
        let error = error.max(1e-10);
        h *= (0.9 * error.powf(-0.7 / 5.0) * last_error.powf(0.4 / 5.0)).clamp(0.2, 5.0);
        last_error = error;
    }
    Outcome::Converged
}

widened! {
    /// out = y + h sum_i w_i k_i in one pass.
    pub(super) fn combine(y: &[f64], h: f64, w: &[f64], k: &[Vec<f64>], out: &mut [f64]) = combine_of
}

#[inline(always)]
fn combine_of<const FMA: bool>(y: &[f64], h: f64, w: &[f64], k: &[Vec<f64>], out: &mut [f64]) {
    // A fixed number of terms lets the compiler keep the weights in registers.
    match w.len() {
        1 => combine_n::<1>(y, h, w, k, out),
        2 => combine_n::<2>(y, h, w, k, out),
        3 => combine_n::<3>(y, h, w, k, out),
        4 => combine_n::<4>(y, h, w, k, out),
        5 => combine_n::<5>(y, h, w, k, out),
        6 => combine_n::<6>(y, h, w, k, out),
        7 => combine_n::<7>(y, h, w, k, out),
        12 => combine_n::<12>(y, h, w, k, out),
        n => unreachable!("no method combines {n} vectors"),
    }
}

#[inline(always)]
fn combine_n<const N: usize>(y: &[f64], h: f64, w: &[f64], k: &[Vec<f64>], out: &mut [f64]) {
    let w: [f64; N] = std::array::from_fn(|i| h * w[i]);
    let k: [&[f64]; N] = std::array::from_fn(|i| &k[i][..out.len()]);
    let y = &y[..out.len()];
    for p in 0..out.len() {
        let mut sum = y[p];
        for i in 0..N {
            sum += w[i] * k[i][p];
        }
        out[p] = sum;
    }
}

/// ||sum_i e_i k_i|| in the Frobenius norm; NaN stays NaN.
fn error_norm(k: &[Vec<f64>; 7]) -> f64 {
    const LANES: usize = 8;
    let size = k[0].len();
    let k: [&[f64]; 7] = std::array::from_fn(|i| &k[i][..size]);
    let mut sums = [0.0; LANES];
    let term = |p: usize| {
        let mut e = 0.0;
        for i in 0..7 {
            e += E[i] * k[i][p];
        }
        e * e
    };
    let whole = size - size % LANES;
    for p in (0..whole).step_by(LANES) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            *sum += term(p + lane);
        }
    }
    (sums.iter().sum::<f64>() + (whole..size).map(term).sum::<f64>()).sqrt()
}

/// Steps that were accepted and rejected.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::Cell;

    thread_local! {
        pub(in crate::evolve) static STEPS: Cell<[usize; 2]> = const { Cell::new([0; 2]) };
    }

    pub(super) fn count(accepted: bool) {
        STEPS.with(|steps| {
            let [yes, no] = steps.get();
            steps.set(if accepted { [yes + 1, no] } else { [yes, no + 1] });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tableau_is_consistent() {
        for i in 0..7 {
            assert!((A[i].iter().sum::<f64>() - C[i]).abs() < 2e-14, "row {i}");
        }
        // sum b_i c_i^{q-1} = 1/q to order 5, and the embedded weights to order 4.
        for q in 1..=5 {
            let power = |i: usize| C[i].powi(q - 1);
            let b: f64 = (0..6).map(|i| A[6][i] * power(i)).sum();
            assert!((b - 1.0 / q as f64).abs() < 1e-14, "order {q}");
            if q <= 4 {
                assert!((0..7).map(|i| E[i] * power(i)).sum::<f64>().abs() < 1e-14, "embedded order {q}");
            }
        }
    }

    #[test]
    fn interpolant_meets_both_ends_and_its_order() {
        let end = interpolant(1.0);
        for i in 0..6 {
            assert!((end[i] - A[6][i]).abs() < 1e-12, "{i}");
        }
        for x in [0.0_f64, 0.3, 0.8] {
            for q in 1..=4 {
                let sum: f64 = interpolant(x).iter().zip(C).map(|(b, c)| b * c.powi(q - 1)).sum();
                assert!((sum - x.powi(q) / q as f64).abs() < 1e-13, "order {q} at {x}");
            }
        }
    }
}
