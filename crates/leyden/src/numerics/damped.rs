//! The damped oscillator behind charger dephasing.
//!
//! s'' + (gamma/2) s' + w^2 s = 0 has s = s_0 h(w,t) + s'_0 f(w,t) with k = sqrt(gamma^2/16 - w^2),
//!   f = e^{-gamma t/4} sinh(kt)/k,   h = e^{-gamma t/4} (cosh kt + (gamma/4k) sinh kt),
//!   f' = h - (gamma/2) f,   h' = -w^2 f.
//! For real k the fast and the slow exponential are kept apart: cosh(kt) overflows.

/// (h, f) at time t >= 0 for frequency w and dephasing rate gamma >= 0.
pub fn response(w: f64, gamma: f64, t: f64) -> (f64, f64) {
    let kappa = 0.25 * gamma;
    let w = w.abs();
    let discriminant = (kappa - w) * (kappa + w);
    let k = discriminant.abs().sqrt();
    if k * t < 0.25 {
        // Around critical damping: series of sinh(kt)/(kt), sin(kt)/(kt) and their cosines in x = (kt)^2.
        let x = discriminant.signum() * (k * t) * (k * t);
        let sine = 1.0 + x / 6.0 * (1.0 + x / 20.0 * (1.0 + x / 42.0 * (1.0 + x / 72.0 * (1.0 + x / 110.0))));
        let cosine = 1.0
            + x / 2.0
                * (1.0
                    + x / 12.0 * (1.0 + x / 30.0 * (1.0 + x / 56.0 * (1.0 + x / 90.0 * (1.0 + x / 132.0)))));
        let decay = (-kappa * t).exp();
        return (decay * (cosine + kappa * t * sine), decay * t * sine);
    }
    if discriminant > 0.0 {
        let fast = kappa + k;
        let slow = w * w / fast;
        let (e_slow, e_fast) = ((-slow * t).exp(), (-fast * t).exp());
        ((fast * e_slow - slow * e_fast) / (2.0 * k), (e_slow - e_fast) / (2.0 * k))
    } else {
        let decay = (-kappa * t).exp();
        let (sine, cosine) = (k * t).sin_cos();
        (decay * (cosine + kappa / k * sine), decay * sine / k)
    }
}

/// int_0^t f = (1 - h)/w^2 without its cancellation for small w.
pub(crate) fn accumulated(w: f64, gamma: f64, t: f64) -> f64 {
    let (w, kappa) = (w.abs(), 0.25 * gamma);
    if w * t < 1.0 && gamma * t < 1.0 {
        // Taylor series: f = sum_n a_n t^n/n!, a_0 = 0, a_1 = 1, a_{n+2} = -(gamma/2) a_{n+1} - w^2 a_n.
        let (mut a, mut next, mut power, mut sum) = (1.0, -0.5 * gamma, 0.5 * t * t, 0.0);
        for n in 2..30 {
            sum += a * power;
            (a, next) = (next, -0.5 * gamma * next - w * w * a);
            power *= t / (n + 1) as f64;
        }
        return sum;
    }
    let discriminant = (kappa - w) * (kappa + w);
    let k = discriminant.abs().sqrt();
    if discriminant > 0.0 && k * t >= 0.25 {
        let fast = kappa + k;
        let slow = w * w / fast;
        // int e^{-slow t}, where slow may underflow.
        let slowly = if slow * t < 1e-300 { t } else { -(-slow * t).exp_m1() / slow };
        return (slowly + (-fast * t).exp_m1() / fast) / (2.0 * k);
    }
    (1.0 - response(w, gamma, t).0) / (w * w)
}

/// Slowest decay rate of the oscillator: gamma/4 underdamped, w^2/(gamma/4 + k) overdamped.
pub(crate) fn decay_rate(w: f64, gamma: f64) -> f64 {
    let kappa = 0.25 * gamma;
    let discriminant = (kappa - w) * (kappa + w);
    if discriminant > 0.0 { w * w / (kappa + discriminant.sqrt()) } else { kappa }
}

/// Many oscillators followed through nondecreasing times.
///
/// On stretches of equal spacing the exact one-step map (s, s') -> (h s + f s', -w^2 f s + (h - gamma f/2) s') replaces the
/// exponentials; every 64 steps the closed form is evaluated again.
#[derive(Clone, Debug)]
pub(crate) struct Oscillators {
    gamma: f64,
    w: Vec<f64>,
    start: Vec<(f64, f64)>,
    now: Vec<(f64, f64)>,
    map: Vec<[f64; 4]>,
    spacing: f64,
    time: f64,
    steps: usize,
}

const STEPS_BETWEEN_CLOSED_FORMS: usize = 64;

impl Oscillators {
    /// Oscillators (w, s_0, s'_0) with one dephasing rate gamma, at time 0.
    pub(crate) fn new(gamma: f64, oscillators: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        let (w, start): (Vec<_>, Vec<_>) = oscillators.into_iter().map(|(w, s, v)| (w, (s, v))).unzip();
        let now = start.clone();
        Oscillators { gamma, w, start, now, map: Vec::new(), spacing: f64::NAN, time: 0.0, steps: 0 }
    }

    /// (s, s') of every oscillator at the present time.
    pub(crate) fn now(&self) -> &[(f64, f64)] {
        &self.now
    }

    /// Moves to `time`.
    pub(crate) fn advance(&mut self, time: f64) {
        let dt = time - self.time;
        if dt == 0.0 {
            return;
        }
        let repeated = (dt - self.spacing).abs() <= 1e-12 * dt;
        if repeated && self.steps < STEPS_BETWEEN_CLOSED_FORMS {
            if self.map.is_empty() {
                let gamma = self.gamma;
                self.map.extend(self.w.iter().map(|&w| one_step(w, gamma, dt)));
            }
            for ((s, v), m) in self.now.iter_mut().zip(&self.map) {
                (*s, *v) = (m[0] * *s + m[1] * *v, m[2] * *s + m[3] * *v);
            }
            self.steps += 1;
        } else {
            for (((s, v), &(s0, v0)), &w) in self.now.iter_mut().zip(&self.start).zip(&self.w) {
                let m = one_step(w, self.gamma, time);
                (*s, *v) = (m[0] * s0 + m[1] * v0, m[2] * s0 + m[3] * v0);
            }
            if !repeated {
                self.map.clear();
                self.spacing = dt;
            }
            self.steps = 0;
        }
        self.time = time;
    }
}

/// The map (s, s')(0) -> (s, s')(t) as [h, f, h', f'].
pub(crate) fn one_step(w: f64, gamma: f64, t: f64) -> [f64; 4] {
    let (h, f) = response(w, gamma, t);
    [h, f, -w * w * f, velocity_response(w, gamma, t, h, f)]
}

/// h - (gamma/2) f = e^{-gamma t/4}(cosh kt - (gamma/4k) sinh kt), without the cancellation of strong damping.
fn velocity_response(w: f64, gamma: f64, t: f64, h: f64, f: f64) -> f64 {
    let kappa = 0.25 * gamma;
    let discriminant = (kappa - w.abs()) * (kappa + w.abs());
    let k = discriminant.abs().sqrt();
    if discriminant > 0.0 && k * t >= 0.25 {
        let fast = kappa + k;
        let slow = w * w / fast;
        (fast * (-fast * t).exp() - slow * (-slow * t).exp()) / (2.0 * k)
    } else {
        h - 0.5 * gamma * f
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accumulated_is_the_integral_of_the_response() {
        for (w, gamma) in [
            (0.0, 0.0),
            (0.0, 1.0),
            (1e-160, 1.0),
            (1e-9, 0.0),
            (1e-9, 2.0),
            (0.3, 1.2),
            (0.3, 1.1999999),
            (0.3, 1.3),
            (2.0, 0.5),
            (0.2, 30.0),
        ] {
            for t in [1e-9, 0.1, 0.9, 3.0, 11.0] {
                // Simpson's rule, whose error is far below 1e-12 at these steps.
                let n = 4000;
                let dt = t / n as f64;
                let weight = |k: usize| if k == 0 || k == n { 1.0 } else { 2.0 + 2.0 * (k % 2) as f64 };
                let f = |k: usize| weight(k) * response(w, gamma, k as f64 * dt).1;
                let expected = (0..=n).map(f).sum::<f64>() * dt / 3.0;
                let found = accumulated(w, gamma, t);
                assert!((found - expected).abs() < 1e-10 * expected, "{w} {gamma} {t}: {found} {expected}");
            }
        }
    }

    #[test]
    fn response_solves_the_oscillator() {
        // Against a Taylor integration of the equation in small steps.
        for (w, gamma) in [
            (0.0, 0.0),
            (0.0, 1.0),
            (1.0, 0.0),
            (0.3, 1.2),
            (0.3, 1.1999999),
            (0.3, 1.3),
            (2.0, 0.5),
            (0.2, 30.0),
        ] {
            let dt = 1e-3_f64;
            let (mut s, mut v) = ((1.0_f64, 0.0_f64), (0.0_f64, 1.0_f64));
            let rate = |(a, b): (f64, f64)| (b, -0.5 * gamma * b - w * w * a);
            let step = |y: (f64, f64)| {
                let (mut term, mut sum) = (y, y);
                for k in 1..12 {
                    let d = rate(term);
                    term = (d.0 * dt / k as f64, d.1 * dt / k as f64);
                    sum = (sum.0 + term.0, sum.1 + term.1);
                }
                sum
            };
            for n in 1..=6000 {
                s = step(s);
                v = step(v);
                if n % 500 == 0 {
                    let (h, f) = response(w, gamma, n as f64 * dt);
                    assert!(
                        (h - s.0).abs() < 1e-12 && (f - v.0).abs() < 1e-12,
                        "w = {w}, gamma = {gamma}, n = {n}"
                    );
                }
            }
        }
    }

    #[test]
    fn following_many_steps_keeps_the_closed_form() {
        for (w, gamma) in [(0.3, 1.2), (2.0, 0.01), (0.2, 1e4), (0.0, 2.0)] {
            let mut bank = Oscillators::new(gamma, [(w, 0.7, -0.2)]);
            for n in 0..=1000 {
                let t = 0.04 * n as f64;
                bank.advance(t);
                let (s, v) = bank.now()[0];
                let (h, f) = response(w, gamma, t);
                assert!((s - (0.7 * h - 0.2 * f)).abs() < 1e-13, "w = {w}, t = {t}");
                assert!((v - (0.7 * -w * w * f - 0.2 * (h - 0.5 * gamma * f))).abs() < 1e-11);
            }
        }
    }

    #[test]
    fn strong_damping_neither_overflows_nor_forgets_the_slow_rate() {
        let (h, f) = response(1.0, 1e6, 1e6);
        // Rate 2 w^2/gamma.
        assert!((h - (-2.0_f64).exp()).abs() < 1e-9 && f.is_finite());
    }
}
