//! `<n_b>(t)` as a limit and damped modes, from its Laplace transform.
//!
//! With A_x = (gamma_x + k_x)/2 + i Delta_x, forces eta_x, means a, b of the modes, `c = <a^dag b>`,
//! kappa = (gamma_a + gamma_b + k_a + k_b)/2 and Delta = Delta_a - Delta_b,
//!   a' = -A_a a - i g b + eta_a,   b' = -A_b b - i g a + eta_b,
//!   n_a' = -k_a n_a + 2 g Im c + k_a nbar_a + 2 Re(eta_a* a),
//!   n_b' = -k_b n_b - 2 g Im c + k_b nbar_b + 2 Re(eta_b* b),
//!   c' = (i Delta - kappa) c + i g (n_b - n_a) + eta_a* b + eta_b a*.
//! Elimination of c and a gives the transform without cancellation between fast and slow rates. Its poles are
//! 0, the roots of (z + A_a)(z + A_b) + g^2 with their conjugates, and those of
//!   (z + k_a)(z + k_b)((z + kappa)^2 + Delta^2) + 2 g^2 (2z + k_a + k_b)(z + kappa).
//! Residues are contour integrals around each pole, by the trapezoidal rule. Poles that (nearly) coalesce, as at critical
//! damping, share one contour with centre c, and (1/2 pi i) ∮ n(z) (z-c)^j/j! dz multiplies t^j e^{ct}. Rates closer than
//! 3e-3 of themselves are then reported as their mean. Beside the triple pole of critical damping (k_a - k_b = 4g, no
//! dephasing) errors stay below 1e-10; only where a detuning of about 1e-7 g makes it fourfold have 1e-8 been seen.

use num_complex::Complex64;

use super::pair::{Frame, OscillatorPair};
use crate::merit::{EnergyCurve, Mode};
use crate::numerics::{Forest, Root, roots};

/// Rates closer than this fraction of their decay are treated together ...
const COALESCED: f64 = 3e-3;
/// ... with powers of t below this one: of three poles the next carries COALESCED^(POWERS - 2) or so.
const POWERS: i32 = 9;
/// Sums that cancel to less than this fraction of their terms are replaced by products.
const CANCELLED: f64 = 0.05;

/// First and second moments of the start, in the frame of the forces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// `<a>, <b>`.
    pub(super) amplitudes: [Complex64; 2],
    /// n_a, n_b.
    pub(super) numbers: [f64; 2],
    /// `<a^dag b>`.
    pub(super) coherence: Complex64,
}

/// The Laplace transform of `<n_b>`.
#[derive(Clone, Debug)]
pub(super) struct Transform {
    coupling: f64,
    shift: f64,
    damping: [Complex64; 2],
    force: [Complex64; 2],
    relaxation: [f64; 2],
    heating: [f64; 2],
    kappa: f64,
    /// (gamma_a + gamma_b)/2.
    dephasing: f64,
    detuning: f64,
    start: Start,
    /// Poles of the amplitudes and of the second moments.
    first: [Complex64; 2],
    second: Vec<Complex64>,
}

impl Transform {
    pub(super) fn new(pair: &OscillatorPair, frame: &Frame, start: Start) -> Self {
        let (a, b) = (pair.charger, pair.battery);
        let mut transform = Transform {
            coupling: pair.coupling,
            shift: frame.shift,
            damping: pair.damping(),
            force: frame.force,
            relaxation: [a.relaxation, b.relaxation],
            heating: [a.heating(), b.heating()],
            kappa: 0.5 * (a.dephasing + b.dephasing + a.relaxation + b.relaxation),
            dephasing: 0.5 * (a.dephasing + b.dephasing),
            detuning: pair.charger_detuning - pair.battery_detuning,
            start,
            first: [Complex64::ZERO; 2],
            second: Vec::new(),
        };
        (transform.first, transform.second) = (transform.first_order(), transform.second_order());
        transform
    }

    /// Solves (z + A) (a, b) = right with determinant (z + A_a)(z + A_b) + g^2.
    fn amplitudes(&self, z: Complex64, right: [Complex64; 2], determinant: Complex64) -> [Complex64; 2] {
        let [a, b] = self.damping.map(|damping| z + damping);
        let ig = Complex64::new(0.0, self.coupling);
        [(b * right[0] - ig * right[1]) / determinant, (a * right[1] - ig * right[0]) / determinant]
    }

    /// n_b from the equations of (n_a, n_b, c) with right-hand sides (of n_a, n_b, c, c*), amplitudes at z and, conjugated,
    /// at z*.
    fn number(
        &self,
        z: Complex64,
        right: [Complex64; 4],
        here: [Complex64; 2],
        mirrored: [Complex64; 2],
        determinant: Complex64,
    ) -> Complex64 {
        let [eta_a, eta_b] = self.force;
        let a = right[0] + eta_a.conj() * here[0] + eta_a * mirrored[0];
        let b = right[1] + eta_b.conj() * here[1] + eta_b * mirrored[1];
        let c = right[2] + eta_a.conj() * here[1] + eta_b * mirrored[0];
        let c_conj = right[3] + eta_a * mirrored[1] + eta_b.conj() * here[0];
        let (re, im) = (0.5 * (c + c_conj), Complex64::new(0.0, -0.5) * (c - c_conj));
        // (z + kappa) Re c + Delta Im c = re,  (z + kappa) Im c - Delta Re c + g(n_a - n_b) = im: quanta hop at rate G,
        // (z + k_a) n_a + G(n_a - n_b) = a + h,  (z + k_b) n_b + G(n_b - n_a) = b - h.
        let q = z + self.kappa;
        let h = 2.0 * self.coupling * (q * im + self.detuning * re) / (q * q + self.detuning * self.detuning);
        let n = ((z + self.relaxation[0]) * (b - h) + self.hopping(z) * (a + b)) / determinant;
        n - self.shift * (here[1] + mirrored[1])
    }

    /// The determinants (z + A_a)(z + A_b) + g^2 and (z + k_a)(z + k_b) + G(2z + k_a + k_b), with the fraction of their
    /// terms that cancellation leaves.
    fn determinants(&self, z: Complex64) -> ([Complex64; 2], f64) {
        let [a, b] = self.damping.map(|damping| z + damping);
        let [k_a, k_b] = self.relaxation.map(|k| z + k);
        let hopping = self.hopping(z) * (k_a + k_b);
        let g2 = self.coupling * self.coupling;
        let (first, second) = (a * b + g2, k_a * k_b + hopping);
        let left =
            (first.norm() / ((a * b).norm() + g2)).min(second.norm() / ((k_a * k_b).norm() + hopping.norm()));
        ([first, second], left)
    }

    /// The same at z = centre + step as products over the poles.
    fn products(&self, centre: Complex64, step: Complex64) -> [Complex64; 2] {
        let over =
            |poles: &[Complex64]| poles.iter().map(|pole| (centre - pole) + step).product::<Complex64>();
        let (q, squared) = (centre + step + self.kappa, self.detuning * self.detuning);
        let common = if squared == 0.0 { q } else { q * q + squared };
        [over(&self.first), over(&self.second) / common]
    }

    /// G = 2 g^2 (z + kappa)/((z + kappa)^2 + Delta^2).
    fn hopping(&self, z: Complex64) -> Complex64 {
        let q = z + self.kappa;
        2.0 * self.coupling * self.coupling * q / (q * q + self.detuning * self.detuning)
    }

    /// The transform at z with its determinants there and, conjugated, at z*.
    fn at(&self, z: Complex64, here: [Complex64; 2], mirrored: Complex64) -> Complex64 {
        let start = &self.start;
        let amplitudes = |z: Complex64, determinant| {
            let right = [0, 1].map(|x| start.amplitudes[x] + self.force[x] / z);
            self.amplitudes(z, right, determinant)
        };
        let conjugate = amplitudes(z.conj(), mirrored.conj()).map(|x| x.conj());
        let [n_a, n_b] = [0, 1].map(|x| start.numbers[x] + self.heating[x] / z);
        let right = [n_a, n_b, start.coherence, start.coherence.conj()];
        let number = self.number(z, right, amplitudes(z, here[0]), conjugate, here[1]);
        number + self.shift * self.shift / z
    }

    /// `<n_b>(inf)` where relaxation damps every moment.
    pub(super) fn limit(&self) -> f64 {
        let ([first, second], _) = self.determinants(Complex64::ZERO);
        let amplitudes = self.amplitudes(Complex64::ZERO, self.force, first);
        let right = [self.heating[0].into(), self.heating[1].into(), Complex64::ZERO, Complex64::ZERO];
        let conjugate = amplitudes.map(|x| x.conj());
        self.number(Complex64::ZERO, right, amplitudes, conjugate, second).re + self.shift * self.shift
    }

    /// -A_a and -A_b as the coupling shifts them.
    fn first_order(&self) -> [Complex64; 2] {
        // x = z + A_y around the mode y of weaker damping: the slow root has x = g^2/(fast x).
        let (weak, strong) = match self.damping {
            [a, b] if a.re < b.re => (a, b),
            [a, b] => (b, a),
        };
        let (difference, g) = (strong - weak, self.coupling);
        let root = ((difference - 2.0 * g) * (difference + 2.0 * g)).sqrt();
        let root = if (difference.conj() * root).re < 0.0 { -root } else { root };
        let fast = -0.5 * (difference + root);
        [fast - weak, g * g / fast - weak]
    }

    /// Roots of (z + k_a)(z + k_b) q + 2 g^2 (2z + k_a + k_b) r with q/r = z + kappa + Delta^2/(z + kappa). In
    /// y = z + (k_a + k_b)/2, with nu = (gamma_a + gamma_b)/2 and delta = (k_a - k_b)/2, that is
    /// (y^2 - delta^2)((y + nu)^2 + Delta^2) + 4 g^2 y (y + nu): roots that nearly coalesce have more digits there, slow
    /// ones in z.
    fn second_order(&self) -> Vec<Complex64> {
        let [k_a, k_b] = self.relaxation;
        let (g2, squared) = (self.coupling * self.coupling, self.detuning * self.detuning);
        let (mean, delta) = (0.5 * (k_a + k_b), 0.5 * (k_a - k_b));
        // 4 g^2 - delta^2
        let gap = (2.0 * self.coupling - delta) * (2.0 * self.coupling + delta);
        let q_and_r = |shift: f64| match squared {
            0.0 => (vec![shift, 1.0], vec![1.0]),
            _ => (vec![shift * shift + squared, 2.0 * shift, 1.0], vec![shift, 1.0]),
        };
        let (q, r) = q_and_r(self.kappa);
        let (p, s) = q_and_r(self.dephasing);
        let mut found = Vec::new();
        let (in_z, in_y) = if k_a == k_b {
            // n_a + n_b goes its own way: z = -k, y = 0.
            found.push((-k_a).into());
            (sum(product(&[k_a, 1.0], &q), &r, 4.0 * g2), sum(product(&[0.0, 1.0], &p), &s, 4.0 * g2))
        } else {
            let both = product(&[k_a * k_b, k_a + k_b, 1.0], &q);
            // y^2 p + 4 g^2 y s - delta^2 p, where the last terms of s and p leave 4 g^2 - delta^2.
            let top = s.len();
            let mut in_y = sum(product(&[0.0, 0.0, 1.0], &p), &p[..top], -delta * delta);
            in_y = sum(in_y, &product(&[0.0, 1.0], &s[..top - 1]), 4.0 * g2);
            in_y[top] += gap;
            (sum(both, &product(&[k_a + k_b, 2.0], &r), 2.0 * g2), in_y)
        };
        let mut others = roots(&in_y);
        for Root { value, error } in roots(&in_z) {
            let distance = |root: &Root| (root.value - mean - value).norm();
            let nearest =
                (0..others.len()).min_by(|&i, &j| distance(&others[i]).total_cmp(&distance(&others[j])));
            let other = others.swap_remove(nearest.expect("as many roots in both variables"));
            let better = other.error + f64::EPSILON * mean < error;
            found.push(if better { other.value - mean } else { value });
        }
        found
    }

    /// Poles other than 0, conjugates included.
    fn poles(&self) -> Vec<Complex64> {
        let mut poles = Vec::new();
        if self.force != [Complex64::ZERO; 2] || self.shift != 0.0 {
            let [x, y] = self.first;
            poles.extend([x, y]);
            // The roots of a real polynomial are their own conjugates.
            let [a, b] = self.damping;
            if (a + b).im != 0.0 || (a * b).im != 0.0 {
                poles.extend([x.conj(), y.conj()]);
            }
        }
        poles.extend(self.second.iter().filter(|z| **z != Complex64::ZERO));
        poles
    }

    /// The modes on the way to `limit`.
    pub(super) fn curve(&self, limit: f64) -> EnergyCurve {
        let mut curve = EnergyCurve::standing(limit);
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
        let steps = (0..points).map(|point| {
            Complex64::from_polar(radius, std::f64::consts::TAU * (point as f64 + 0.5) / points as f64)
        });
        // Sums keep small distances between poles and zeros, products those between poles.
        let cancel = |z: Complex64| self.determinants(z).1 < CANCELLED;
        let close = steps.clone().any(|step| cancel(centre + step) || cancel((centre + step).conj()));
        let determinants = |centre: Complex64, step: Complex64| match close {
            true => self.products(centre, step),
            false => self.determinants(centre + step).0,
        };
        for step in steps {
            let mirrored = determinants(centre.conj(), step.conj())[0].conj();
            let value = self.at(centre + step, determinants(centre, step), mirrored);
            let mut term = value * step / points as f64;
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
    let mut forest = Forest::new(poles.len());
    for i in 0..poles.len() {
        for j in 0..i {
            let decay = poles[i].re.abs().min(poles[j].re.abs());
            if (poles[i] - poles[j]).norm() <= COALESCED * decay {
                forest.join(i, j);
            }
        }
    }
    let mut clusters = vec![Vec::new(); poles.len()];
    (0..poles.len()).for_each(|i| clusters[forest.root(i)].push(i));
    clusters.retain(|cluster| !cluster.is_empty());
    clusters
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
