//! <n_b>(t) as a limit and damped modes, from its Laplace transform.
//!
//! With A_x = (gamma_x + k_x)/2 + i Delta_x, forces eta_x and c = <a^dag b>, kappa = (gamma_a + gamma_b + k_a + k_b)/2, Delta = Delta_a - Delta_b:
//!   <a>' = -A_a <a> - i g <b> + eta_a,   <b>' = -A_b <b> - i g <a> + eta_b,
//!   n_a' = -k_a n_a + 2 g Im c + k_a nbar_a + 2 Re(eta_a* <a>),   n_b' = -k_b n_b - 2 g Im c + k_b nbar_b + 2 Re(eta_b* <b>),
//!   c' = (i Delta - kappa) c + i g (n_b - n_a) + eta_a* <b> + eta_b <a>*.
//! Elimination of c and <a> gives the transform without cancellation between fast and slow rates. Its poles are
//! 0, the roots of (z + A_a)(z + A_b) + g^2 with their conjugates, and those of
//!   (z + k_a)(z + k_b)((z + kappa)^2 + Delta^2) + 2 g^2 (2z + k_a + k_b)(z + kappa).
//! Residues are contour integrals around each pole, by the trapezoidal rule. Poles that (nearly) coalesce, as at critical
//! damping, share one contour with centre c, and (1/2 pi i) ∮ n(z) (z-c)^j/j! dz multiplies t^j e^{ct}: no exceptional point is
//! special. Rates closer than 3e-3 of themselves are then reported as their mean.

use num_complex::Complex64;

use super::moment_flow::Frame;
use super::moments::OscillatorPair;
use crate::linalg::roots;
use crate::merit::{EnergyCurve, Mode};

/// Rates closer than this fraction of their decay are treated together ...
const COALESCED: f64 = 3e-3;
/// ... with powers of t below this one: the next are smaller by COALESCED^6.
const POWERS: i32 = 6;

/// First and second moments of the start, in the frame of the forces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// <a>, <b>, real for every initial state.
    pub(super) amplitudes: [f64; 2],
    /// n_a, n_b.
    pub(super) numbers: [f64; 2],
    /// <a^dag b>.
    pub(super) coherence: f64,
}

/// The Laplace transform of <n_b>.
#[derive(Clone, Debug)]
pub(super) struct Transform {
    coupling: f64,
    shift: f64,
    damping: [Complex64; 2],
    force: [Complex64; 2],
    relaxation: [f64; 2],
    heating: [f64; 2],
    kappa: f64,
    detuning: f64,
    start: Start,
}

impl Transform {
    pub(super) fn new(pair: &OscillatorPair, frame: &Frame, start: Start) -> Self {
        let (a, b) = (pair.charger, pair.battery);
        Transform {
            coupling: pair.coupling,
            shift: frame.shift,
            damping: pair.damping(),
            force: frame.force,
            relaxation: [a.relaxation, b.relaxation],
            heating: [a.heating(), b.heating()],
            kappa: 0.5 * (a.dephasing + b.dephasing + a.relaxation + b.relaxation),
            detuning: pair.charger_detuning - pair.battery_detuning,
            start,
        }
    }

    /// Solves (z + A) (a, b) = right.
    fn amplitudes(&self, z: Complex64, right: [Complex64; 2]) -> [Complex64; 2] {
        let [a, b] = self.damping.map(|damping| z + damping);
        let ig = Complex64::new(0.0, self.coupling);
        let determinant = a * b + self.coupling * self.coupling;
        [(b * right[0] - ig * right[1]) / determinant, (a * right[1] - ig * right[0]) / determinant]
    }

    /// n_b from the equations of (n_a, n_b, c) with right-hand sides (of n_a, n_b, c, c*), amplitudes at z and, conjugated, at z*.
    fn number(
        &self,
        z: Complex64,
        right: [Complex64; 4],
        here: [Complex64; 2],
        mirrored: [Complex64; 2],
    ) -> Complex64 {
        let [eta_a, eta_b] = self.force;
        let a = right[0] + eta_a.conj() * here[0] + eta_a * mirrored[0];
        let b = right[1] + eta_b.conj() * here[1] + eta_b * mirrored[1];
        let c = right[2] + eta_a.conj() * here[1] + eta_b * mirrored[0];
        let c_conj = right[3] + eta_a * mirrored[1] + eta_b.conj() * here[0];
        let (re, im) = (0.5 * (c + c_conj), Complex64::new(0.0, -0.5) * (c - c_conj));
        // (z + kappa) Re c + Delta Im c = re,  (z + kappa) Im c - Delta Re c + g(n_a - n_b) = im: quanta hop at rate G,
        // (z + k_a) n_a + G(n_a - n_b) = a + h,  (z + k_b) n_b + G(n_b - n_a) = b - h.
        let g = self.coupling;
        let q = z + self.kappa;
        let w = q * q + self.detuning * self.detuning;
        let hopping = 2.0 * g * g * q / w;
        let h = 2.0 * g * (q * im + self.detuning * re) / w;
        let [z_a, z_b] = self.relaxation.map(|k| z + k);
        let n = (z_a * (b - h) + hopping * (a + b)) / (z_a * z_b + hopping * (z_a + z_b));
        n - self.shift * (here[1] + mirrored[1])
    }

    fn at(&self, z: Complex64) -> Complex64 {
        let start = &self.start;
        let amplitudes =
            |z: Complex64| self.amplitudes(z, [0, 1].map(|x| start.amplitudes[x] + self.force[x] / z));
        let mirrored = amplitudes(z.conj()).map(|x| x.conj());
        let [n_a, n_b] = [0, 1].map(|x| start.numbers[x] + self.heating[x] / z);
        let c = start.coherence.into();
        self.number(z, [n_a, n_b, c, c], amplitudes(z), mirrored) + self.shift * self.shift / z
    }

    /// <n_b>(inf) where relaxation damps every moment.
    pub(super) fn limit(&self) -> f64 {
        let amplitudes = self.amplitudes(Complex64::ZERO, self.force);
        let right = [self.heating[0].into(), self.heating[1].into(), Complex64::ZERO, Complex64::ZERO];
        let number = self.number(Complex64::ZERO, right, amplitudes, amplitudes.map(|x| x.conj()));
        number.re + self.shift * self.shift
    }

    /// Poles other than 0, conjugates included.
    fn poles(&self) -> Vec<Complex64> {
        let mut poles = Vec::new();
        let moves = |x: &Complex64| *x != Complex64::ZERO;
        if self.force.iter().any(moves) || self.shift != 0.0 {
            // x = z + A_y around the mode y of weaker damping: the slow root has x = g^2/(fast x).
            let (weak, strong) = match self.damping {
                [a, b] if a.re < b.re => (a, b),
                [a, b] => (b, a),
            };
            let difference = strong - weak;
            let g2 = self.coupling * self.coupling;
            let root = (difference * difference - 4.0 * g2).sqrt();
            let root = if (difference.conj() * root).re < 0.0 { -root } else { root };
            let fast = -0.5 * (difference + root);
            let (trace, determinant) = (weak + strong, weak * strong + g2);
            for x in [fast, g2 / fast] {
                let z = x - weak;
                poles.push(z);
                // The roots of a real polynomial are their own conjugates.
                if trace.im != 0.0 || determinant.im != 0.0 {
                    poles.push(z.conj());
                }
            }
        }
        let [k_a, k_b] = self.relaxation;
        let (g2, kappa, detuning) = (self.coupling * self.coupling, self.kappa, self.detuning);
        // (z + kappa)^2 + Delta^2 and z + kappa, divided by z + kappa where that only means Re c.
        let (q, numerator) = if detuning == 0.0 {
            (vec![kappa, 1.0], vec![1.0])
        } else {
            (vec![kappa * kappa + detuning * detuning, 2.0 * kappa, 1.0], vec![kappa, 1.0])
        };
        let factors = if k_a == k_b {
            // N goes its own way.
            let d = sum(product(&[k_a, 1.0], &q), &numerator, 4.0 * g2);
            vec![vec![k_a, 1.0], d]
        } else {
            let both = product(&[k_a * k_b, k_a + k_b, 1.0], &q);
            vec![sum(both, &product(&[k_a + k_b, 2.0], &numerator), 2.0 * g2)]
        };
        poles.extend(factors.iter().flat_map(|factor| roots(factor)).filter(moves));
        poles
    }

    /// The modes on the way to `limit`.
    pub(super) fn curve(&self, limit: f64) -> EnergyCurve {
        let mut curve = EnergyCurve { limit, modes: Vec::new(), resolution: 0.0, ln_rate_floor: None };
        let poles = self.poles();
        for cluster in clusters(&poles) {
            self.push(&poles, &cluster, &mut curve);
        }
        curve.drop_negligible_modes();
        curve
    }

    fn push(&self, poles: &[Complex64], cluster: &[usize], curve: &mut EnergyCurve) {
        let mut centre = cluster.iter().map(|&k| poles[k]).sum::<Complex64>() / cluster.len() as f64;
        // The poles are closed under conjugation up to rounding.
        let mirror = poles[cluster[0]].conj();
        let image = (0..poles.len())
            .min_by(|&i, &j| (poles[i] - mirror).norm_sqr().total_cmp(&(poles[j] - mirror).norm_sqr()));
        let real = image.is_some_and(|image| cluster.contains(&image));
        if real {
            centre.im = 0.0;
        } else if centre.im < 0.0 {
            // Taken with its conjugate.
            return;
        }
        let width = cluster.iter().map(|&k| (poles[k] - centre).norm()).fold(0.0, f64::max);
        let others = (0..poles.len()).filter(|k| !cluster.contains(k)).map(|k| (poles[k] - centre).norm());
        let room = others.fold(centre.norm(), f64::min);
        // Errors (width/radius)^points and (radius/room)^points.
        let (radius, points) =
            if 64.0 * width < room { (room / 8.0, 32) } else { ((width * room).sqrt(), 256) };
        let powers = if cluster.len() == 1 { 1 } else { POWERS };
        let mut coefficients = [Complex64::ZERO; POWERS as usize];
        for point in 0..points {
            let angle = std::f64::consts::TAU * (point as f64 + 0.5) / points as f64;
            let step = Complex64::from_polar(radius, angle);
            let mut term = self.at(centre + step) * step / points as f64;
            for (j, coefficient) in coefficients.iter_mut().take(powers as usize).enumerate() {
                *coefficient += term;
                term *= step / (j + 1) as f64;
            }
        }
        for (power, coefficient) in coefficients.iter().take(powers as usize).enumerate() {
            // Re(c e^{zt}) doubled stands for a pole and its conjugate.
            let amplitude = if real { coefficient.re.into() } else { 2.0 * coefficient };
            curve.push(match power {
                0 => Mode::Exponential { amplitude, rate: centre },
                _ => Mode::Secular { amplitude, power: power as u32, rate: centre },
            });
        }
    }
}

/// Poles linked by distances below [`COALESCED`] of their decay.
fn clusters(poles: &[Complex64]) -> Vec<Vec<usize>> {
    let mut label: Vec<usize> = (0..poles.len()).collect();
    for i in 0..poles.len() {
        for j in 0..i {
            let decay = poles[i].re.abs().min(poles[j].re.abs());
            if (poles[i] - poles[j]).norm() <= COALESCED * decay {
                let (from, to) = (label[i], label[j]);
                label.iter_mut().filter(|x| **x == from).for_each(|x| *x = to);
            }
        }
    }
    let members = |k: usize| (0..poles.len()).filter(|&i| label[i] == k).collect::<Vec<_>>();
    (0..poles.len()).map(members).filter(|cluster| !cluster.is_empty()).collect()
}

fn product(x: &[f64], y: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; x.len() + y.len() - 1];
    for (i, x) in x.iter().enumerate() {
        for (j, y) in y.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

/// x + factor y, y not longer than x.
fn sum(mut x: Vec<f64>, y: &[f64], factor: f64) -> Vec<f64> {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += factor * y);
    x
}
