//! Charging power: instantaneous dE_B/dt, average (E_B(t) - E_B(0))/t, and the largest average.
//!
//! Between two samples E_B is the cubic through both energies and both powers, so the largest average power is found
//! between the samples as well: d/dt [(E - E_0)/t] = 0 where the tangent passes through the start.

/// Energy and power at sampled times, fed one after the other.
#[derive(Clone, Debug)]
pub struct PowerSamples {
    start: f64,
    last: Option<(f64, f64, f64)>,
    best: Option<MaximumPower>,
}

/// The largest average power and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaximumPower {
    /// (E_B(t) - E_B(0))/t.
    pub value: f64,
    /// The time t; 0 where it is the initial power.
    pub time: f64,
}

impl PowerSamples {
    /// Starts from E_B(0).
    pub fn new(start: f64) -> Self {
        PowerSamples { start, last: None, best: None }
    }

    /// Adds E_B and dE_B/dt at a later time; returns the average power, NaN at t = 0.
    pub fn push(&mut self, time: f64, energy: f64, power: f64) -> f64 {
        let average = if time > 0.0 { (energy - self.start) / time } else { f64::NAN };
        // The average power tends to the instantaneous one at t = 0+.
        self.consider(if time > 0.0 { average } else { power }, time);
        if let Some((t, e, p)) = self.last {
            self.inside((t, e, p), (time, energy, power));
        }
        self.last = Some((time, energy, power));
        average
    }

    /// The largest average power so far.
    pub fn maximum(&self) -> Option<MaximumPower> {
        self.best
    }

    fn consider(&mut self, value: f64, time: f64) {
        if value.is_finite() && self.best.is_none_or(|best| value > best.value) {
            self.best = Some(MaximumPower { value, time });
        }
    }

    /// Maxima inside one interval: the tangent condition t P(t) = E(t) - E_0 changes sign from + to -.
    fn inside(&mut self, (a, e_a, p_a): (f64, f64, f64), (b, e_b, p_b): (f64, f64, f64)) {
        let condition = |t: f64, e: f64, p: f64| p * t - (e - self.start);
        if !(condition(a, e_a, p_a) > 0.0 && condition(b, e_b, p_b) < 0.0) {
            return;
        }
        let h = b - a;
        let cubic = |t: f64| {
            let x = (t - a) / h;
            let (d, m) = (e_b - e_a, h * p_a);
            let (c2, c3) = (3.0 * d - 2.0 * m - h * p_b, m + h * p_b - 2.0 * d);
            (e_a + x * (m + x * (c2 + x * c3)), (m + x * (2.0 * c2 + x * 3.0 * c3)) / h)
        };
        let (mut low, mut high) = (a, b);
        for _ in 0..60 {
            let t = 0.5 * (low + high);
            let (e, p) = cubic(t);
            if condition(t, e, p) > 0.0 { low = t } else { high = t }
        }
        let t = 0.5 * (low + high);
        if t > 0.0 {
            let average = (cubic(t).0 - self.start) / t;
            self.consider(average, t);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_tangent_between_the_samples() {
        // E = t^2 e^{-t}: E/t = t e^{-t} is largest at t = 1.
        let mut samples = PowerSamples::new(0.0);
        for n in 0..=80 {
            let t = 0.053 * n as f64;
            samples.push(t, t * t * (-t).exp(), (2.0 * t - t * t) * (-t).exp());
        }
        let best = samples.maximum().unwrap();
        assert!((best.time - 1.0).abs() < 1e-5 && (best.value - (-1.0_f64).exp()).abs() < 1e-7);
    }
}
