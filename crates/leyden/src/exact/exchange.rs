//! Two oscillators that exchange quanta without noise: `<n_b>`(t) as a finite sum of cosines.
//!
//! H = Delta_a a^dag a + Delta_b b^dag b + g(a^dag b + b^dag a) + F(a + a^dag) is diagonal in A_+ = cos(p) a + sin(p) b, A_- = cos(p) b - sin(p) a with
//! tan 2p = 2g/(Delta_a - Delta_b) and l_+- = (Delta_a + Delta_b)/2 +- r, r^2 = g^2 + ((Delta_a - Delta_b)/2)^2. From a product state with real `<a>` and `<b>`,
//! with covariances C_kl = `<A_k^dag A_l>` - `<A_k><A_l>`, forces f_+ = F cos(p), f_- = -F sin(p) and their rest e_k = f_k/l_k,
//!   `<A_k>` = m_k e^{-i l_k t} - e_k,   m_k = `<A_k>`(0) + e_k,   b = sum_k u_k A_k,   u = (sin p, cos p),
//!   `<n_b>` = sum_k u_k^2 (C_kk + m_k^2) + 2 u_+ u_- (C_+- + m_+ m_-) cos 2rt + K^2 - 2K sum_k u_k m_k cos l_k t,   K = sum_k u_k e_k.
//! Where l_k = 0 a force on A_k lets it grow for ever.

use crate::merit::{EnergyCurve, Mode};

/// Detunings, coupling and drive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange {
    pub(crate) charger_detuning: f64,
    pub(crate) battery_detuning: f64,
    pub(crate) coupling: f64,
    pub(crate) amplitude: f64,
}

/// l_k below this fraction of the larger one: sums of large cosines that cancel say little.
const SLOW: f64 = 1e-6;

impl Exchange {
    /// `<n_b>`(t) from (mean, number) of charger and battery; `None` where it grows for ever, or nearly.
    pub(crate) fn curve(&self, starts: [(f64, f64); 2]) -> Option<EnergyCurve> {
        let (sum, half) = (
            0.5 * (self.charger_detuning + self.battery_detuning),
            0.5 * (self.charger_detuning - self.battery_detuning),
        );
        let r = half.hypot(self.coupling);
        let (sin, cos) = (0.5 * self.coupling.atan2(half)).sin_cos();
        // The smaller one is a quotient without cancellation.
        let large = sum + r.copysign(sum);
        let product = self.charger_detuning * self.battery_detuning - self.coupling * self.coupling;
        let small = if large == 0.0 { 0.0 } else { product / large };
        let l = if sum < 0.0 { [small, large] } else { [large, small] };
        let force = [self.amplitude * cos, -self.amplitude * sin];
        if (0..2).any(|k| force[k] != 0.0 && l[k].abs() <= SLOW * large.abs()) {
            return None;
        }
        let rest = [0, 1].map(|k| if force[k] == 0.0 { 0.0 } else { force[k] / l[k] });
        let [(a, number_a), (b, number_b)] = starts;
        let (of_a, of_b) = (number_a - a * a, number_b - b * b);
        let covariance = [
            cos * cos * of_a + sin * sin * of_b,
            sin * sin * of_a + cos * cos * of_b,
            sin * cos * (of_b - of_a),
        ];
        let mean = [cos * a + sin * b + rest[0], cos * b - sin * a + rest[1]];
        let u = [sin, cos];
        let shift = u[0] * rest[0] + u[1] * rest[1];
        let standing = (0..2).map(|k| u[k] * u[k] * (covariance[k] + mean[k] * mean[k])).sum::<f64>();
        let mut curve = EnergyCurve::standing(standing + shift * shift);
        let mut push = |w: f64, value: f64| {
            curve.push(Mode::Oscillator { w: w.abs(), gamma: 0.0, value, slope: 0.0 });
        };
        push(2.0 * r, 2.0 * u[0] * u[1] * (covariance[2] + mean[0] * mean[1]));
        (0..2).for_each(|k| push(l[k], -2.0 * shift * u[k] * mean[k]));
        Some(curve)
    }
}
