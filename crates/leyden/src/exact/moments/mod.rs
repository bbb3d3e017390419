//! `moments`: two coupled oscillators with drive, detuning, dephasing, damping and thermal noise, exactly and without a cutoff.
//!
//! H = Delta_a a^dag a + Delta_b b^dag b + g(a^dag b + b^dag a) + F(a + a^dag) in the frame of the drive; on each mode x = a, b
//! dephasing `D[n_x]` at gamma_x, `D[x]` at k_x(nbar_x + 1) and `D[x^dag]` at k_x nbar_x. From [x, x^dag^p] = p x^dag^(p-1)
//! each normally ordered moment `m = <a^dag^p a^q b^dag^r b^s>` obeys
//!   m' = i Delta_a (p-q) m + i Delta_b (r-s) m + iF (p [a^dag:1] - q [a:1])
//!      + ig (p [a^dag:b^dag] + r [b^dag:a^dag] - q [a:b] - s [b:a])
//!      - (gamma_a (p-q)^2 + gamma_b (r-s)^2 + k_a (p+q) + k_b (r+s)) m/2
//!      + k_a nbar_a pq [a^dag a:1] + k_b nbar_b rs [b^dag b:1],
//! where [x:y] is m with one factor x replaced by y. The coupling keeps (u, v) = (p + r, q + s), the rest lowers them: moments
//! with u, v <= 1 give the mean of n_b, 36 with u, v <= 2 its fluctuation. The state is not Gaussian: dephasing makes Wick's
//! theorem wrong.
//!
//! **What happens for t -> infinity.** Divided by sqrt(p! q! r! s!), the moments of one (u, v) obey m' = (iK - D) m + (lower
//! ones) with K Hermitian (the commutator with the coupled modes) and D diagonal, 2D the bracket above: a contraction. So
//! an eigenvalue on the imaginary axis is semisimple and its vectors are those that K keeps inside ker D. For g != 0:
//! - k_a + k_b > 0, say k_a > 0: ker D holds at most p = q = 0, one moment, and K leads out of it by g sqrt(u) or g sqrt(v).
//!   All rates are negative for (u, v) != 0: every moment has one limit, for any start. (k nbar enters as a source only.)
//! - k = 0, gamma_a + gamma_b > 0: ker D holds p = q or r = s. Read as a matrix X from u to v excitations it is diagonal
//!   (shifted for u != v), and K X = K_u X - X K_v with tridiagonal K_u. Its entries beside the diagonal vanish only for
//!   X ~ 1, u = v. So with N = n_a + n_b each `<:N^u:>` is conserved by all but the drive, all other rates are negative,
//!   and N spreads evenly over n_a = 0..N.
//!   - F = 0: `n_b -> <N>/2`, `<b^dag^2 b^2> -> <:N^2:>/3`.
//!   - Delta_b = gamma_b = 0: b = b' - F/g removes the drive, and the same holds for a, b'.
//!   - Otherwise the mean of N' = iF(a - a^dag) tends to 2F^2 Re(1/Y), Y = A_a + g^2/A_b, A_x = gamma_x/2 + i Delta_x.
//!     Re(1/Y) = (|A_b|^2 Re A_a + g^2 Re A_b)/|A_a A_b + g^2|^2 is positive: the source is not in the range of the rest,
//!     and n_b grows as t times half of it.
//! - no noise: nothing decays. Delta_a Delta_b = g^2 is a mode of frequency 0 that the drive fills: n_b grows as t^2.
//!
//! g = 0: the battery is alone, n_b' = -k_b (n_b - nbar_b), and does not grow. Nothing ever grows exponentially.

mod equations;
mod laplace;
mod members;
mod pair;

pub use pair::{MomentsError, OscillatorNoise, OscillatorPair};

use num_complex::Complex64;

use super::doubling::Doubling;
use super::exchange::Exchange;
use equations::{ModeMoments, Readout, SIZE, generator, start};
use laplace::{Start, Transform};
use pair::Frame;

use crate::lindblad::Memory;
use crate::merit::{EnergyCurve, Mode};
use crate::numerics::dot;
use crate::space::{InitialState, StateError, normalised};
use crate::why::{Divergence, Undamped};
use crate::{Known, Why};

/// What the moments say about the battery at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentValues {
    /// <n_b>.
    pub number: f64,
    /// d<n_b>/dt.
    pub power: f64,
    /// sqrt(<n_b^2> - <n_b>^2). Its square is a difference, right to about 1e-15 of the larger of <n_b>^2 and, for
    /// gamma_b = 0 and |A_a A_b| <= g^2 (A_x = (gamma_x + k_x)/2 + i Delta_x), (F/g)^4.
    pub fluctuation: f64,
}

/// The battery at t -> infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentsLimit {
    /// <n_b>.
    pub number: f64,
    /// sqrt(<n_b^2> - <n_b>^2).
    pub fluctuation: f64,
    /// Whether every initial state reaches the same limit of the battery's moments.
    pub unique: bool,
    /// Number of conserved quantities behind it; `None` where there are infinitely many.
    pub conserved: Option<usize>,
}

/// <n_b> ~ rate t^power.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// 1 behind dephasing, 2 on a resonance that nothing damps.
    pub power: u32,
    /// The factor before t^power.
    pub rate: f64,
}

impl From<Growth> for Why {
    fn from(Growth { power, rate }: Growth) -> Self {
        Divergence::Number { power, rate }.into()
    }
}

/// What becomes of the battery, by the cases of the module's head.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Relaxation reaches every moment.
    Relaxes,
    /// Dephasing spreads conserved numbers.
    Spreads,
    /// g = 0.
    Alone,
    Grows(Growth),
    /// Nothing damps it.
    Oscillates,
}

/// Normally ordered moments of two oscillators from a product initial state.
#[derive(Clone, Debug)]
pub struct Moments {
    pair: OscillatorPair,
    fate: Fate,
    frame: Frame,
    readout: Readout,
    charger: ModeMoments,
    /// Of b' in the frame.
    battery: ModeMoments,
    /// The field that dephases the charger, where it has memory.
    memory: Option<Memory>,
}

impl Moments {
    /// Moments up to those of the fluctuation, in closed form from the initial states.
    ///
    /// # Errors
    /// [`MomentsError`] when a rate is negative, a number is not finite or an oscillator has no such state.
    pub fn new(
        pair: OscillatorPair,
        charger0: InitialState,
        battery0: InitialState,
    ) -> Result<Self, MomentsError> {
        pair.validate()?;
        let charger = mode_moments(&charger0).map_err(MomentsError::ChargerState)?;
        let battery = mode_moments(&battery0).map_err(MomentsError::BatteryState)?;
        let fate = fate(&pair);
        // Without coupling the drive never reaches the battery.
        let pair = if pair.coupling == 0.0 { OscillatorPair { amplitude: 0.0, ..pair } } else { pair };
        let frame = pair.frame();
        Ok(Moments {
            pair,
            fate,
            frame,
            readout: Readout::new(&frame),
            charger,
            battery: displaced(&battery, frame.shift),
            memory: None,
        })
    }

    /// <n_b>, d<n_b>/dt and the fluctuation of n_b at nondecreasing `times` >= 0: (index, time, values).
    pub fn numbers(&self, times: &[f64], sink: &mut dyn FnMut(usize, f64, MomentValues)) {
        let a = self.matrix();
        let flow: Vec<f64> = a
            .col_iter()
            .map(|column| dot(&self.readout.number, &column.iter().take(SIZE).copied().collect::<Vec<_>>()))
            .collect();
        let spacing = times.windows(2).map(|w| w[1] - w[0]).find(|&dt| dt > 0.0);
        let mut doubling = Doubling::new(a, self.starts(), spacing);
        for (index, &time) in times.iter().enumerate() {
            let y = doubling.advance(time);
            let values = MomentValues {
                number: self.readout.number(&y[..SIZE]),
                power: dot(&flow, y),
                fluctuation: self.readout.fluctuation(&y[..SIZE]),
            };
            sink(index, time, values);
        }
    }

    /// <n_b>(0).
    pub(crate) fn number_at_start(&self) -> f64 {
        self.readout.number(&start(&self.frame, &self.charger, &self.battery))
    }

    /// How <n_b> grows without bound, where it does: for g != 0, F != 0 and no relaxation
    /// as t F^2 Re(1/Y), Y = A_a + g^2/A_b, A_x = gamma_x/2 + i Delta_x, with dephasing and (Delta_b, gamma_b) != 0;
    /// as t^2 F^2 g^2 Delta_a^2/(g^2 + Delta_a^2)^2 without noise and Delta_a Delta_b = g^2.
    pub fn diverges(&self) -> Option<Growth> {
        match self.fate {
            Fate::Grows(growth) => Some(growth),
            _ => None,
        }
    }

    /// Whether every start leads to one limit of the battery.
    pub(crate) fn forgets_its_start(&self) -> bool {
        match self.fate {
            Fate::Relaxes => true,
            Fate::Alone => self.pair.battery.relaxation > 0.0,
            _ => false,
        }
    }

    /// <n_b> and its fluctuation at t -> infinity.
    ///
    /// # Errors
    /// A sentence for the user: it diverges, or nothing damps it.
    pub fn limit(&self) -> Known<MomentsLimit> {
        match self.fate {
            Fate::Relaxes => {
                let stationary = &self.stationary()[..SIZE];
                let number = match self.memory {
                    None => self.transform().limit(),
                    Some(_) => self.readout.number(stationary),
                };
                let fluctuation = self.readout.fluctuation(stationary);
                Ok(MomentsLimit { number, fluctuation, unique: true, conserved: Some(1) })
            }
            Fate::Spreads => {
                let (n, square) = self.conserved();
                let x = self.frame.shift * self.frame.shift;
                let variance = square / 3.0 + 0.5 * n - 0.25 * n * n + x * (n + 1.0);
                Ok(MomentsLimit {
                    number: 0.5 * n + x,
                    fluctuation: variance.max(0.0).sqrt(),
                    unique: false,
                    conserved: None,
                })
            }
            Fate::Alone if self.pair.battery.relaxation > 0.0 => {
                let n = self.pair.battery.thermal_occupation;
                Ok(MomentsLimit {
                    number: n,
                    fluctuation: (n * (n + 1.0)).sqrt(),
                    unique: true,
                    conserved: Some(1),
                })
            }
            Fate::Alone => Ok(self.standing()),
            Fate::Grows(growth) => Err(growth.into()),
            Fate::Oscillates if self.stands_still() => Ok(self.standing()),
            Fate::Oscillates => Err(Undamped::NoNoise.into()),
        }
    }

    /// <n_b>(t) as a limit and damped modes.
    ///
    /// # Errors
    /// A sentence for the user: it diverges, or nothing damps it.
    pub fn curve(&self) -> Known<EnergyCurve> {
        match self.fate {
            Fate::Relaxes | Fate::Spreads if self.memory.is_some() => {
                self.curve_of_members(self.limit()?.number)
            }
            Fate::Relaxes => {
                let transform = self.transform();
                Ok(transform.curve(transform.limit()))
            }
            Fate::Spreads => {
                let limit = 0.5 * self.conserved().0 + self.frame.shift * self.frame.shift;
                if self.pair.charger_detuning == self.pair.battery_detuning {
                    let mut curve = EnergyCurve::standing(limit);
                    self.oscillators().into_iter().for_each(|mode| curve.push(mode));
                    return Ok(curve);
                }
                Ok(self.transform().curve(limit))
            }
            Fate::Alone if self.pair.battery.relaxation > 0.0 => {
                let limit = self.pair.battery.thermal_occupation;
                let amplitude = (self.number_at_start() - limit).into();
                let rate = (-self.pair.battery.relaxation).into();
                let mut curve = EnergyCurve::standing(limit);
                if amplitude != Complex64::ZERO {
                    curve.push(Mode::Exponential { amplitude, rate });
                }
                Ok(curve)
            }
            Fate::Alone => Ok(EnergyCurve::standing(self.number_at_start())),
            Fate::Grows(growth) => Err(growth.into()),
            Fate::Oscillates if self.stands_still() => Ok(EnergyCurve::standing(self.number_at_start())),
            Fate::Oscillates => Err(Undamped::NoNoise.into()),
        }
    }

    /// <n_b>(t) without noise as a finite sum of cosines; `None` with noise, with a complex amplitude, or where it grows.
    pub(crate) fn undamped(&self) -> Option<EnergyCurve> {
        let OscillatorPair { charger_detuning, battery_detuning, coupling, amplitude, .. } = self.pair;
        if self.pair.dephases() || self.pair.relaxes() {
            return None;
        }
        let (a, b, shift) = (&self.charger, &self.battery, self.frame.shift);
        // Superpositions may have any phase.
        if a[0][1].im != 0.0 || b[0][1].im != 0.0 {
            return None;
        }
        let mean = b[0][1].re - shift;
        let starts = [(a[0][1].re, a[1][1].re), (mean, b[1][1].re - shift * (2.0 * mean + shift))];
        Exchange { charger_detuning, battery_detuning, coupling, amplitude }.curve(starts)
    }

    fn transform(&self) -> Transform {
        let (a, b) = (&self.charger, &self.battery);
        let start = Start {
            amplitudes: [a[0][1], b[0][1]],
            numbers: [a[1][1].re, b[1][1].re],
            coherence: a[1][0] * b[0][1],
        };
        Transform::new(&self.pair, &self.frame, start)
    }

    /// Equal detunings and dephasing only: n_a - n_b' turns at 2g against gamma_a + gamma_b, and the mean of b' in the
    /// place of a drive at g against gamma_a. Critical damping is inside.
    fn oscillators(&self) -> [Mode; 2] {
        let (a, b, g) = (&self.charger, &self.battery, self.pair.coupling);
        let gamma = self.pair.charger.dephasing + self.pair.battery.dephasing;
        let shift = self.frame.shift;
        // (n_b - n_a)' = -4 g Im c, and b' has the slope -i g a.
        let (value, slope) = (0.5 * (b[1][1] - a[1][1]).re, -2.0 * g * (a[1][0] * b[0][1]).im);
        let difference = Mode::Oscillator { w: 2.0 * g.abs(), gamma, value, slope };
        let (value, slope) = (-2.0 * shift * b[0][1].re, -2.0 * shift * g * a[0][1].im);
        [difference, Mode::Oscillator { w: g.abs(), gamma, value, slope }]
    }

    /// `<N>` and `<:N^2:>` of the start in the frame.
    fn conserved(&self) -> (f64, f64) {
        let (a, b) = (&self.charger, &self.battery);
        let [[n_a, n_b], [aa, bb]] = [1, 2].map(|p| [a[p][p].re, b[p][p].re]);
        (n_a + n_b, aa + 2.0 * n_a * n_b + bb)
    }

    fn stands_still(&self) -> bool {
        let (a, y) = (generator(&self.pair, &self.frame), start(&self.frame, &self.charger, &self.battery));
        a.row_iter().all(|row| row.iter().zip(&y).map(|(a, y)| a * y).sum::<f64>() == 0.0)
    }

    /// The start, which stays.
    fn standing(&self) -> MomentsLimit {
        let y = start(&self.frame, &self.charger, &self.battery);
        MomentsLimit {
            number: self.readout.number(&y),
            fluctuation: self.readout.fluctuation(&y),
            unique: false,
            conserved: None,
        }
    }
}

fn fate(pair: &OscillatorPair) -> Fate {
    let (f, g) = (pair.amplitude, pair.coupling);
    if g == 0.0 {
        return Fate::Alone;
    }
    if pair.relaxes() {
        return Fate::Relaxes;
    }
    let [a, b] = pair.damping();
    if pair.dephases() {
        if f == 0.0 || b == Complex64::ZERO {
            return Fate::Spreads;
        }
        // Re(1/Y) = (|A_b|^2 Re A_a + g^2 Re A_b)/|A_a A_b + g^2|^2
        let work = b.norm_sqr() * a.re + g * g * b.re;
        return Fate::Grows(Growth { power: 1, rate: f * f * work / (a * b + g * g).norm_sqr() });
    }
    let (da, db) = (pair.charger_detuning, pair.battery_detuning);
    if f != 0.0 && da * db == g * g {
        let overlap = f * g * da / (g * g + da * da);
        return Fate::Grows(Growth { power: 2, rate: overlap * overlap });
    }
    Fate::Oscillates
}

/// <a^dag^p a^q>, p, q <= 2.
pub(crate) fn mode_moments(state: &InitialState) -> Result<ModeMoments, StateError> {
    let complex = |moments: [[f64; 3]; 3]| moments.map(|row| row.map(Complex64::from));
    let diagonal = |n: f64, nn: f64| complex([[1.0, 0.0, 0.0], [0.0, n, 0.0], [0.0, 0.0, nn]]);
    Ok(match *state {
        InitialState::Ground => diagonal(0.0, 0.0),
        InitialState::Excited => return Err(StateError::NeedsHighestLevel),
        InitialState::Fock(n) => diagonal(n as f64, n as f64 * (n as f64 - 1.0)),
        InitialState::Coherent(alpha) => {
            let power = [1.0, alpha, alpha * alpha];
            complex(power.map(|p| power.map(|q| p * q)))
        }
        InitialState::Squeezed(r) => {
            // a -> a cosh r - a^dag sinh r
            let (n, m) = (r.sinh() * r.sinh(), -r.sinh() * r.cosh());
            let mut moments = diagonal(n, 2.0 * n * n + m * m);
            (moments[0][2], moments[2][0]) = (m.into(), m.into());
            moments
        }
        InitialState::Thermal(n) => diagonal(n, 2.0 * n * n),
        InitialState::Superposition(ref coefficients) => {
            // a^p |psi>
            let lowered = |psi: &[Complex64]| -> Vec<Complex64> {
                psi.iter().enumerate().skip(1).map(|(n, c)| (n as f64).sqrt() * c).collect()
            };
            let psi = normalised(coefficients)?;
            let once = lowered(&psi);
            let powers = [psi, once.clone(), lowered(&once)];
            powers
                .each_ref()
                .map(|x| powers.each_ref().map(|y| x.iter().zip(y).map(|(x, y)| x.conj() * y).sum()))
        }
    })
}

/// Moments of b' = b + shift.
fn displaced(moments: &ModeMoments, shift: f64) -> ModeMoments {
    // Row p: b'^p = sum_i terms[p][i] b^i
    let terms = [[1.0, 0.0, 0.0], [shift, 1.0, 0.0], [shift * shift, 2.0 * shift, 1.0]];
    let mut out = [[Complex64::ZERO; 3]; 3];
    for (p, row) in out.iter_mut().enumerate() {
        for (q, entry) in row.iter_mut().enumerate() {
            for i in 0..=p {
                for j in 0..=q {
                    *entry += terms[p][i] * terms[q][j] * moments[i][j];
                }
            }
        }
    }
    out
}
