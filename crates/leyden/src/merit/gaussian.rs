//! Figures of merit of an oscillator in a Gaussian state, in closed form.
//!
//! With x = (b + b^dag)/sqrt 2, p = (b - b^dag)/(i sqrt 2), mean m = (`<x>`, `<p>`), covariance sigma (1/2 for the vacuum), X = sigma - 1/2,
//! h = Tr X/2, r^2 = ((X_xx - X_pp)/2)^2 + X_xp^2:
//!   `<n>` = h + m^2/2,   Var n = Tr X^2/2 + h + m (1/2 + X) m,
//!   nu = sqrt(det sigma): the state is a thermal one of nu - 1/2 quanta, squeezed and displaced. So
//!   passive energy omega (nu - 1/2), purity 1/(2 nu), largest eigenvalue 1/(nu + 1/2),
//!   ergotropy omega (`<n>` - nu + 1/2) = omega (m^2/2 + r^2/(1/2 + h + nu)), a sum without cancellation.
//!
//! The incoherent ergotropy needs the populations p_n. With X in its principal axes, eigenvalues l_i, q_i = l_i/(1 + l_i),
//!   sum_n p_n z^n = <:e^{(z-1) n}:> = prod_i (1 + (1-z) l_i)^{-1/2} exp(-(1-z) m_i^2/(2 (1 + (1-z) l_i))),
//! whose logarithmic derivative is sum_i (q_i/2)/(1 - q_i z) + c_i/(1 - q_i z)^2, c_i = m_i^2/(2 (1 + l_i)^2):
//!   (n+1) p_{n+1} = sum_i (q_i/2) s_i + c_i t_i,   s_i = sum_k q_i^k p_{n-k},   t_i = sum_k (k+1) q_i^k p_{n-k}.
//! Source: @weedbrook2012, section II; @farina2019 for the ergotropy.

use super::{Ergotropy, Merits, WorkBounds};

/// A Gaussian state of one oscillator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianState {
    /// `<x>`, `<p>`.
    pub mean: [f64; 2],
    /// X_xx, X_xp, X_pp: the covariance less that of the vacuum.
    pub excess: [f64; 3],
}

/// Most populations that are computed; states that reach further have no incoherent ergotropy.
const MOST_POPULATIONS: usize = 100_000;
/// What populations leave out is below e^-TAIL.
const TAIL: f64 = 45.0;
/// Populations are scaled down where they exceed this, since the first may be far below the range of numbers.
const LARGE: f64 = 1e250;
/// The largest error of the sum of all populations.
const SOUND: f64 = 1e-9;

impl GaussianState {
    /// `<n>`.
    pub fn number(&self) -> f64 {
        let ([x, p], [xx, _, pp]) = (self.mean, self.excess);
        0.5 * (xx + pp) + 0.5 * (x * x + p * p)
    }

    /// nu - 1/2, nu the symplectic eigenvalue of the covariance: the quanta that no unitary takes away.
    pub fn locked(&self) -> f64 {
        let [xx, xp, pp] = self.excess;
        // det sigma - 1/4
        let above = 0.5 * (xx + pp) + (xx * pp - xp * xp);
        above / ((0.25 + above).max(0.0).sqrt() + 0.5)
    }

    /// The ergotropy where H_B = n.
    pub(crate) fn ergotropy(&self) -> f64 {
        let ([x, p], [xx, xp, pp]) = (self.mean, self.excess);
        let square = (0.5 * (xx - pp)).powi(2) + xp * xp;
        0.5 * (x * x + p * p) + square / (1.0 + 0.5 * (xx + pp) + self.locked())
    }

    /// All figures of merit where H_B = omega n.
    pub(crate) fn merits(&self, omega: f64) -> Merits {
        let ([x, p], [xx, xp, pp]) = (self.mean, self.excess);
        let (locked, half) = (self.locked(), 0.5 * (xx + pp));
        let nu = locked + 0.5;
        let displaced = 0.5 * (x * x + p * p);
        let global = omega * self.ergotropy();
        let incoherent = omega * self.incoherent().unwrap_or(f64::NAN);
        let spread = 0.5 * (xx * xx + pp * pp) + xp * xp + half;
        let moved = displaced + x * x * xx + 2.0 * x * p * xp + p * p * pp;
        let largest_eigenvalue = 1.0 / (nu + 0.5);
        Merits {
            energy: omega * self.number(),
            passive: omega * locked,
            ergotropy: Ergotropy {
                global,
                collective: Ok(global),
                local: global,
                incoherent,
                coherent: global - incoherent,
                largest_eigenvalue,
                // The second of them is negative where nu < 1/2; else they tend to 0.
                smallest_eigenvalue: (locked * largest_eigenvalue * largest_eigenvalue).min(0.0),
            },
            purity: 0.5 / nu,
            fluctuation: omega.abs() * (spread + moved).max(0.0).sqrt(),
            // What unitaries leave is thermal: nothing is bound.
            bounds: WorkBounds {
                entropy: thermal_entropy(locked),
                capacity: f64::INFINITY,
                bound_energy: 0.0,
                coherence: f64::NAN,
            },
        }
    }

    /// sum_n n (p_n - p_n in nonincreasing order); `None` where too many levels are occupied.
    fn incoherent(&self) -> Option<f64> {
        let populations = self.populations()?;
        if populations.is_sorted_by(|a, b| a >= b) {
            return Some(0.0);
        }
        let mut sorted = populations.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        Some(populations.iter().zip(&sorted).enumerate().map(|(n, (p, q))| n as f64 * (p - q)).sum())
    }

    /// p_n up to where the rest is rounding; `None` where they are too many, or lose digits.
    pub fn populations(&self) -> Option<Vec<f64>> {
        let axes = self.axes();
        let count = levels(&axes)?;
        let [(q1, c1), (q2, c2)] =
            axes.map(|[l, square]| (l / (1.0 + l), square / (2.0 * (1.0 + l) * (1.0 + l))));
        let mut populations = Vec::with_capacity(count);
        let (mut p, [mut s1, mut s2, mut t1, mut t2]) = (1.0, [0.0; 4]);
        let mut scale = log_generating(&axes, 0.0);
        for n in 0..count {
            populations.push(p);
            (s1, s2) = (p + q1 * s1, p + q2 * s2);
            (t1, t2) = (s1 + q1 * t1, s2 + q2 * t2);
            p = (0.5 * (q1 * s1 + q2 * s2) + c1 * t1 + c2 * t2) / (n + 1) as f64;
            if p > LARGE {
                scale += LARGE.ln();
                let all = populations.iter_mut().chain([&mut p, &mut s1, &mut s2, &mut t1, &mut t2]);
                all.for_each(|x| *x /= LARGE);
            }
        }
        let total: f64 = populations.iter().sum();
        if !((total.ln() + scale).abs() <= SOUND) {
            return None;
        }
        populations.iter_mut().for_each(|p| *p /= total);
        Some(populations)
    }

    /// (l_i, m_i^2) in the principal axes.
    fn axes(&self) -> [[f64; 2]; 2] {
        let ([x, p], [xx, xp, pp]) = (self.mean, self.excess);
        let (half, difference) = (0.5 * (xx + pp), 0.5 * (xx - pp));
        let radius = difference.hypot(xp);
        let (sin, cos) = (0.5 * xp.atan2(difference)).sin_cos();
        let (along, across) = (x * cos + p * sin, p * cos - x * sin);
        [[half + radius, along * along], [half - radius, across * across]]
    }
}

/// (n + 1) ln(n + 1) - n ln n of a thermal state of n quanta.
fn thermal_entropy(n: f64) -> f64 {
    if n > 0.0 { n.ln_1p() + n * (1.0 / n).ln_1p() } else { 0.0 }
}

/// ln sum_n p_n z^n.
fn log_generating(axes: &[[f64; 2]; 2], z: f64) -> f64 {
    let u = 1.0 - z;
    axes.iter().map(|[l, square]| -0.5 * (u * l).ln_1p() - 0.5 * u * square / (1.0 + u * l)).sum()
}

/// How many populations are above rounding, by Chernoff's bound p_n + p_{n+1} + .. <= z^-n sum_k p_k z^k.
fn levels(axes: &[[f64; 2]; 2]) -> Option<usize> {
    let [[l, _], _] = axes;
    // 1 + (1-z) l > 0
    let room = if *l > 1e-3 { 1.0 / l } else { 1e3 };
    let bound = |step: i32| {
        let beyond = room * 0.5_f64.powi(step);
        (log_generating(axes, 1.0 + beyond) + TAIL) / beyond.ln_1p()
    };
    let least = (1..40).map(bound).filter(|n| n.is_finite()).fold(f64::INFINITY, f64::min);
    (least < MOST_POPULATIONS as f64).then(|| least.ceil() as usize + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::BatteryState;
    use crate::operator::{Hermitian, Operator};
    use crate::space::{BatterySpace, InitialState};

    /// The same state in the number basis: e^{-i phi n} squeezed, displaced, mixed.
    fn in_levels(levels: usize, nbar: f64, r: f64, alpha: f64, phase: f64) -> Hermitian {
        use num_complex::Complex64;
        let lower = Operator::annihilation(levels);
        let a = faer::Mat::from_fn(levels, levels, |i, j| lower.get(i, j));
        let dagger = a.adjoint().to_owned();
        let generator = |m: &faer::Mat<Complex64>| {
            let mut sum = faer::Mat::<Complex64>::identity(levels, levels);
            let small = m * faer::Scale(Complex64::from(0.5_f64.powi(12)));
            let mut term = sum.clone();
            for k in 1..14 {
                term = &term * &small * faer::Scale(Complex64::from(1.0 / k as f64));
                sum += &term;
            }
            (0..12).fold(sum, |power, _| &power * &power)
        };
        let squeeze = generator(&((&a * &a - &dagger * &dagger) * faer::Scale(Complex64::from(0.5 * r))));
        let direction = Complex64::from_polar(alpha, phase);
        let displace = generator(&(&dagger * faer::Scale(direction) - &a * faer::Scale(direction.conj())));
        let thermal = InitialState::Thermal(nbar).on_oscillator(levels).unwrap().to_complex();
        let unitary = displace * squeeze;
        Hermitian::from_complex(&(&unitary * thermal * unitary.adjoint()))
    }

    fn moved(nbar: f64, r: f64, alpha: f64, phase: f64) -> GaussianState {
        let nu = nbar + 0.5;
        GaussianState {
            mean: [2.0_f64.sqrt() * alpha * phase.cos(), 2.0_f64.sqrt() * alpha * phase.sin()],
            excess: [nu * (-2.0 * r).exp() - 0.5, 0.0, nu * (2.0 * r).exp() - 0.5],
        }
    }

    #[test]
    fn all_figures_are_those_of_the_density_matrix() {
        let space = BatterySpace::oscillator(110, 1.3);
        let cases = [
            (0.0, 0.0, 0.0, 0.0),
            (0.0, 0.0, 1.4, 0.3),
            (0.7, 0.0, 0.0, 0.0),
            (0.0, 0.7, 0.0, 0.0),
            (0.0, 0.6, 1.5, 0.0),
            (0.0, -0.6, 1.5, 0.4),
            (0.4, 0.5, -1.1, 1.2),
            (0.1, -0.8, 0.9, 2.0),
        ];
        for (nbar, r, alpha, phase) in cases {
            let rho = in_levels(110, nbar, r, alpha, phase);
            let brute = Merits::of(&BatteryState::new(&space, std::slice::from_ref(&rho)));
            let found = moved(nbar, r, alpha, phase).merits(1.3);
            let pairs = [
                (found.energy, brute.energy),
                (found.passive, brute.passive),
                (found.purity, brute.purity),
                (found.fluctuation, brute.fluctuation),
                (found.ergotropy.global, brute.ergotropy.global),
                (found.ergotropy.local, brute.ergotropy.local),
                (found.ergotropy.collective.unwrap(), brute.ergotropy.collective.unwrap()),
                (found.ergotropy.incoherent, brute.ergotropy.incoherent),
                (found.ergotropy.coherent, brute.ergotropy.coherent),
                (found.ergotropy.largest_eigenvalue, brute.ergotropy.largest_eigenvalue),
            ];
            for (k, (x, y)) in pairs.into_iter().enumerate() {
                assert!((x - y).abs() < 1e-9, "{nbar} {r} {alpha} {phase}, {k}: {x} {y}");
            }
            let populations = moved(nbar, r, alpha, phase).populations().unwrap();
            for (p, q) in populations.iter().zip(rho.populations()) {
                assert!((p - q).abs() < 1e-11, "{nbar} {r} {alpha}: {p} {q}");
            }
        }
    }

    #[test]
    fn figures_turn_with_nothing() {
        // A rotation of x and p changes no figure.
        let GaussianState { mean: [x, p], excess: [xx, _, pp] } = moved(0.3, 0.7, 1.2, 0.5);
        let of = |angle: f64| {
            let (s, c) = angle.sin_cos();
            let mean = [c * x - s * p, s * x + c * p];
            let excess = [c * c * xx + s * s * pp, c * s * (xx - pp), s * s * xx + c * c * pp];
            let merits = GaussianState { mean, excess }.merits(1.0);
            [merits.energy, merits.passive, merits.fluctuation, merits.ergotropy.incoherent, merits.purity]
        };
        for angle in [0.3, 1.1, 2.9] {
            of(0.0).iter().zip(of(angle)).for_each(|(a, b)| assert!((a - b).abs() < 1e-13, "{a} {b}"));
        }
    }

    #[test]
    fn populations_far_from_the_vacuum() {
        // Poisson with a mean of 3000, whose first is e^-3000, and narrower and wider ones.
        for (r, alpha) in [(0.0, 3000.0_f64.sqrt()), (1.0, 40.0), (-1.0, 40.0), (2.5, 0.0)] {
            let state = moved(0.0, r, alpha, 0.0);
            let populations = state.populations().unwrap();
            let mean: f64 = populations.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            assert!((mean / state.number() - 1.0).abs() < 1e-11, "{r}: {mean} {}", state.number());
            let square: f64 =
                populations.iter().enumerate().map(|(n, p)| (n as f64 - mean).powi(2) * p).sum();
            assert!((square.sqrt() / state.merits(1.0).fluctuation - 1.0).abs() < 1e-9, "{r}");
        }
        // Less than a vacuum is no state, and seen.
        let narrow = GaussianState { mean: [0.0; 2], excess: [-0.1, 0.0, -0.1] };
        assert!(narrow.merits(1.0).ergotropy.smallest_eigenvalue < -0.1);
        // So many that they are not wanted.
        let hot = GaussianState { mean: [1.0, 0.0], excess: [1e5, 0.0, 1e5] };
        assert_eq!(hot.populations(), None);
        let merits = hot.merits(1.0);
        assert!(merits.ergotropy.incoherent.is_nan() && (merits.ergotropy.global - 0.5).abs() < 1e-15);
    }
}
