//! `gaussian`: oscillators that are linearly driven, coupled by exchange or dipole, damped and heated, exactly and without a cutoff.
//!
//! H = sum_i w_i a_i^dag a_i + g(a^dag b + b^dag a) or g(a + a^dag)(b + b^dag) + F(a e^{iwt} + a^dag e^{-iwt}) is quadratic, and `D[a]` at
//! k(nbar+1), `D[a^dag]` at k nbar are linear: a Gaussian state stays Gaussian, and its mean R and covariance sigma are all of it. With
//! R = (x_1, p_1, ..), x = (a + a^dag)/sqrt 2, p = (a - a^dag)/(i sqrt 2), H = R^T G R/2 + f^T R, sigma_ij = <{R_i - `<R_i>`, R_j - `<R_j>`}>/2
//! and Omega = (+) [[0, 1], [-1, 0]],
//!   R' = A R + Omega f,   sigma' = A sigma + sigma A^T + (+) k(nbar + 1/2),   A = Omega G - (+) k/2.
//! - G: w on the diagonal; g x_a x_b + g p_a p_b of an exchange, 2g x_a x_b of a dipole; f: sqrt 2 F (cos wt, -sin wt), whose phases c' = -w s,
//!   s' = w c are two more variables.
//! - X = sigma - 1/2 obeys X' = A X + X A^T + D, D = (+) k nbar + (A + A^T)/2 + (+) k/2: a cold exchange leaves X = 0 exactly, and
//!   `<n>` = Tr X/2 + R^2/2 of a mode keeps the digits of small numbers.
//!
//! All of it is one linear system y' = M y with constant M (`modes.rs`): 17 variables for two modes, any time by doubling.
//!
//! **What happens for t -> infinity.** Two modes with a dipole, decay k/2 = q: det(z - A) = ((z+q_a)^2 + w_a^2)((z+q_b)^2 + w_b^2) - 4 g^2 w_a w_b.
//! With s = 2q_a, t = 2q_b, u_i = q_i^2 + w_i^2, Hurwitz' last determinant is s t [(u_a - u_b)^2 + (s + t)(s u_b + t u_a)] + (s + t)^2 4 g^2 w_a w_b, which is
//! positive for s + t, g, w_a, w_b > 0. So A is stable exactly where 4 g^2 w_a w_b < u_a u_b, and otherwise one real rate is positive and the
//! energy grows as e^{2zt}. Without damping the same condition makes H positive: it oscillates for ever. One mode decays at k/2; an exchange
//! is what `moments` says (`exact/moments/mod.rs`). A stable A has one limit, R = -A^{-1} Omega f and the solution of Lyapunov's equation.
//! Source: @weedbrook2012, sections II and V; @farina2019; @gantmacher1959, chapter XV, for Hurwitz.

mod curve;
mod modes;
mod undamped;

pub use modes::{GaussianCoupling, GaussianDrive, GaussianMode};

use modes::Moving;

use super::doubling::Doubling;
use crate::merit::GaussianState;
use crate::numerics::{dot, norm};
use crate::space::StateError;
use crate::why::{Divergence, Doubt, Undamped};
use crate::{Known, Why};

/// A side of an inequality that exceeds the other by less than this fraction is rounding.
const ROUNDING: f64 = 1e-14;

/// Oscillators in a Gaussian state, of which one is looked at.
#[derive(Clone, Debug)]
pub struct Gaussian {
    modes: Vec<GaussianMode>,
    couplings: Vec<GaussianCoupling>,
    moving: Moving,
    /// F of the drive.
    force: f64,
    /// Index of the battery.
    battery: usize,
    /// ||Omega G||, the fastest rotation.
    turn: f64,
}

/// The battery at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianValues {
    /// Its state.
    pub state: GaussianState,
    /// d`<n>`/dt.
    pub power: f64,
}

impl Gaussian {
    /// Oscillators of which `battery` is looked at.
    ///
    /// # Errors
    /// The index of an oscillator whose start is not Gaussian, with the reason.
    ///
    /// # Panics
    /// When an index is out of range.
    pub fn new(
        modes: &[GaussianMode],
        couplings: &[GaussianCoupling],
        drive: Option<GaussianDrive>,
        battery: usize,
    ) -> Result<Self, (usize, StateError)> {
        assert!(battery < modes.len(), "there is no oscillator {battery}");
        let moving = Moving::new(modes, couplings, drive)?;
        let coupled: f64 = couplings
            .iter()
            .map(|coupling| coupling.strength.abs() * if coupling.counter_rotating { 4.0 } else { 2.0 })
            .sum();
        let turning = drive.map_or(0.0, |drive| drive.frequency.abs());
        let turn = modes.iter().map(|mode| mode.frequency.abs()).sum::<f64>() + coupled + turning;
        let force = drive.map_or(0.0, |drive| drive.amplitude);
        Ok(Gaussian { modes: modes.to_vec(), couplings: couplings.to_vec(), moving, force, battery, turn })
    }

    /// The battery at nondecreasing `times` >= 0: (index, time, values).
    pub fn states(&self, times: &[f64], sink: &mut dyn FnMut(usize, f64, GaussianValues)) {
        let Moving { generator, start, .. } = &self.moving;
        let (x, p) = self.quadratures();
        let places =
            [self.moving.mean(x), self.moving.mean(p), self.moving.excess(x, x), self.moving.excess(p, p)];
        let rows = places.map(|k| generator.row(k).iter().copied().collect::<Vec<f64>>());
        let spacing = times.windows(2).map(|w| w[1] - w[0]).find(|&dt| dt > 0.0);
        let mut doubling = Doubling::new(generator.clone(), start.clone(), spacing);
        for (index, &time) in times.iter().enumerate() {
            let y = doubling.advance(time);
            let state = self.state(y);
            let [x, p, xx, pp] = rows.each_ref().map(|row| dot(row, y));
            let power = 0.5 * (xx + pp) + state.mean[0] * x + state.mean[1] * p;
            sink(index, time, GaussianValues { state, power });
        }
    }

    /// The battery at t = 0.
    pub fn start(&self) -> GaussianState {
        self.state(&self.moving.start)
    }

    /// Angle by which phases turn until `time`, as far as the state remembers: errors before are forgotten at `rate`.
    pub(crate) fn angle(&self, time: f64, rate: f64) -> f64 {
        let remembered = if self.moving.turns { time } else { time.min(8.0 / rate) };
        self.turn * remembered
    }

    /// Whether every start leads to one limit, by the conditions of the module's head; exchange couplings are not decided here.
    ///
    /// # Errors
    /// It grows, oscillates for ever, or too little decides.
    pub(crate) fn settles(&self) -> Known<()> {
        let damped = self.modes.iter().any(|mode| mode.relaxation > 0.0);
        if let ([a, b], [coupling]) = (&self.modes[..], &self.couplings[..]) {
            let decay = |mode: &GaussianMode| (0.5 * mode.relaxation).powi(2) + mode.frequency.powi(2);
            let pulls = 4.0 * coupling.strength.powi(2) * a.frequency * b.frequency;
            let holds = decay(a) * decay(b);
            if (pulls - holds).abs() <= ROUNDING * holds || !(a.frequency > 0.0 && b.frequency > 0.0) {
                return Err(Doubt::Rate { size: ROUNDING }.into());
            }
            if pulls > holds {
                return Err(Divergence::Unstable { rate: 2.0 * self.largest_rate()? }.into());
            }
        }
        match (damped, self.moving.turns) {
            (_, true) => Err(Why::TimeDependent),
            (true, false) => Ok(()),
            (false, false) => Err(Undamped::NoNoise.into()),
        }
    }

    /// The state that stands still, with ||M y||/(||M|| ||y||).
    pub(crate) fn limit(&self) -> (GaussianState, f64) {
        let y = self.moving.stationary();
        let m = &self.moving.generator;
        let image: Vec<f64> =
            m.row_iter().map(|row| row.iter().zip(&y).map(|(a, y)| a * y).sum::<f64>()).collect();
        (self.state(&y), norm(&image) / (m.norm_l2() * norm(&y)))
    }

    /// `<n>` at any time without rounding, for tests.
    #[cfg(test)]
    pub(crate) fn exact_numbers(&self, times: &[f64]) -> Vec<f64> {
        use crate::numerics::{ExactExponential, Term};
        let Moving { generator, start, .. } = &self.moving;
        let size = start.len();
        let places = (0..size).flat_map(|i| (0..size).map(move |j| (i, j)));
        let terms = places.map(|(i, j)| (i, j, [generator[(i, j)], 1.0, 1.0])).filter(|(.., x)| x[0] != 0.0);
        let terms: Vec<Term> = terms.collect();
        let longest = times.iter().copied().fold(1e-300, f64::max);
        let mut exponential = ExactExponential::new(size, &terms, longest);
        let start = exponential.numbers(start);
        let mut at = |t: f64| {
            let y = exponential.apply(t, &start);
            self.state(&(0..size).map(|k| y.value(k)).collect::<Vec<_>>()).number()
        };
        times.iter().map(|t| at(*t)).collect()
    }

    /// Largest real part of the eigenvalues of A.
    fn largest_rate(&self) -> Known<f64> {
        let rates = self.moving.drift().eigenvalues().map_err(|_| crate::why::Failure::Eigenvalues)?;
        Ok(rates.iter().map(|z| z.re).fold(f64::NEG_INFINITY, f64::max))
    }

    /// Indices of x and p of the battery.
    fn quadratures(&self) -> (usize, usize) {
        (2 * self.battery, 2 * self.battery + 1)
    }

    fn state(&self, y: &[f64]) -> GaussianState {
        let (x, p) = self.quadratures();
        let at = |i, j| y[self.moving.excess(i, j)];
        GaussianState { mean: [x, p].map(|i| y[self.moving.mean(i)]), excess: [at(x, x), at(x, p), at(p, p)] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{Moments, OscillatorNoise, OscillatorPair};
    use crate::operator::Hermitian;
    use crate::space::InitialState::{Coherent, Ground, Squeezed, Thermal};
    use faer::Mat;
    use num_complex::Complex64;

    fn mode(
        frequency: f64,
        relaxation: f64,
        thermal_occupation: f64,
        start: crate::InitialState,
    ) -> GaussianMode {
        GaussianMode { frequency, relaxation, thermal_occupation, start }
    }

    fn pair(modes: [GaussianMode; 2], strength: f64, counter_rotating: bool) -> Gaussian {
        Gaussian::new(&modes, &[GaussianCoupling { between: [0, 1], strength, counter_rotating }], None, 1)
            .unwrap()
    }

    /// sigma of all oscillators.
    fn covariance(gaussian: &Gaussian, time: f64) -> Mat<f64> {
        let moving = &gaussian.moving;
        let mut doubling = Doubling::new(moving.generator.clone(), moving.start.clone(), None);
        let y = doubling.advance(time);
        let n = moving.quadratures;
        Mat::from_fn(n, n, |i, j| y[moving.excess(i, j)] + if i == j { 0.5 } else { 0.0 })
    }

    #[test]
    fn covariances_obey_the_uncertainty_relation() {
        for (loss, n) in [(0.0, 0.0), (0.3, 0.0), (0.3, 0.4)] {
            for dipole in [false, true] {
                let modes = [mode(1.2, loss, n, Squeezed(0.9)), mode(0.8, 0.5 * loss, n, Coherent(1.0))];
                let gaussian = pair(modes, 0.4, dipole);
                for t in [0.0, 0.3, 2.0, 17.0, 300.0] {
                    let sigma = covariance(&gaussian, t);
                    // sigma + i Omega/2 >= 0
                    let omega = |i: usize, j: usize| {
                        if i / 2 != j / 2 || i == j {
                            0.0
                        } else if i < j {
                            0.5
                        } else {
                            -0.5
                        }
                    };
                    let matrix = Mat::from_fn(4, 4, |i, j| Complex64::new(sigma[(i, j)], omega(i, j)));
                    let least = Hermitian::from_complex(&matrix).eigenvalues()[0];
                    assert!(least > -1e-12, "{loss} {n} {dipole} {t}: {least}");
                    if loss == 0.0 {
                        // Unitary: the volume of a pure state stays.
                        assert!((sigma.determinant() - 1.0 / 16.0).abs() < 1e-12, "{t}");
                    }
                }
            }
        }
    }

    #[test]
    fn three_oscillators_pass_energy_on() {
        // A chain of equal couplings: the amplitude of its end is (1 - cos(sqrt 2 g t))/2 of that of its start.
        let modes =
            [mode(0.0, 0.0, 0.0, Coherent(1.5)), mode(0.0, 0.0, 0.0, Ground), mode(0.0, 0.0, 0.0, Ground)];
        let coupling = |a| GaussianCoupling { between: [a, a + 1], strength: 0.7, counter_rotating: false };
        let chain = Gaussian::new(&modes, &[coupling(0), coupling(1)], None, 2).unwrap();
        chain.states(&[0.0, 0.4, 2.0, 9.0], &mut |_, t, at| {
            let amplitude = 0.75 * (1.0 - (0.7 * 2.0_f64.sqrt() * t).cos());
            assert!((at.state.number() - amplitude * amplitude).abs() < 1e-14, "{t}");
        });
    }

    /// The expansion in eigenvectors beside the contour integrals of the moments.
    #[test]
    fn curves_are_those_of_moments() {
        let (da, db, g, f) = (0.4, -0.3, 0.9, 0.6);
        for (ka, kb, detuned) in [(0.3, 0.1, 1.0), (2.0, 0.0, 0.3), (3.6, 0.0, 0.0), (5.0, 1.4, 0.0)] {
            let modes =
                [mode(detuned * da, ka, 0.2, Squeezed(0.4)), mode(detuned * db, kb, 0.7, Thermal(0.3))];
            let coupling = GaussianCoupling { between: [0, 1], strength: g, counter_rotating: false };
            let drive = GaussianDrive { on: 0, amplitude: f, frequency: 0.0 };
            let curve = Gaussian::new(&modes, &[coupling], Some(drive), 1).unwrap().curve().unwrap();
            let noise = |mode: &GaussianMode| OscillatorNoise {
                dephasing: 0.0,
                relaxation: mode.relaxation,
                thermal_occupation: mode.thermal_occupation,
            };
            let pair = OscillatorPair {
                charger_detuning: modes[0].frequency,
                battery_detuning: modes[1].frequency,
                coupling: g,
                amplitude: f,
                charger: noise(&modes[0]),
                battery: noise(&modes[1]),
            };
            let [charger, battery] = modes.clone().map(|mode| mode.start);
            let expected = Moments::new(pair, charger, battery).unwrap().curve().unwrap();
            for t in [0.0, 0.2, 1.0, 4.0, 30.0] {
                let (a, b) = (curve.energy(t), expected.energy(t));
                assert!((a - b).abs() < 1e-10, "{ka} {kb} {t}: {a} {b}");
            }
        }
    }
}
