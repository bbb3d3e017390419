//! cos(w t) and sin(w t) for many frequencies and times.
//!
//! Evenly spaced times turn every pair by one angle; each 32nd is computed, so that rounding of the turns does not add up.

use faer::MatRef;

/// Turns from one pair that is computed.
const TURNS: usize = 32;

/// One column per time.
#[derive(Default)]
pub(super) struct Phases {
    frequencies: usize,
    cosines: Vec<f64>,
    sines: Vec<f64>,
    step: Vec<(f64, f64)>,
}

impl Phases {
    pub(super) fn at(&mut self, frequencies: &[f64], times: &[f64]) {
        let n = frequencies.len();
        self.frequencies = n;
        self.cosines.resize(n * times.len(), 0.0);
        self.sines.resize(n * times.len(), 0.0);
        let step = even_step(times);
        if let Some(step) = step {
            self.step.clear();
            self.step.extend(frequencies.iter().map(|w| (w * step).sin_cos()));
        }
        for (k, &time) in times.iter().enumerate() {
            let (known, cosines) = self.cosines.split_at_mut(k * n);
            let (known_sines, sines) = self.sines.split_at_mut(k * n);
            if step.is_none() || k % TURNS == 0 {
                for (i, w) in frequencies.iter().enumerate() {
                    (sines[i], cosines[i]) = (w * time).sin_cos();
                }
            } else {
                let (c, s) = (&known[(k - 1) * n..], &known_sines[(k - 1) * n..]);
                for (i, (sin, cos)) in self.step.iter().enumerate() {
                    cosines[i] = c[i] * cos - s[i] * sin;
                    sines[i] = s[i] * cos + c[i] * sin;
                }
            }
        }
    }

    pub(super) fn cosines(&self) -> MatRef<'_, f64> {
        self.matrix(&self.cosines)
    }

    pub(super) fn sines(&self) -> MatRef<'_, f64> {
        self.matrix(&self.sines)
    }

    fn matrix<'a>(&self, values: &'a [f64]) -> MatRef<'a, f64> {
        MatRef::from_column_major_slice(values, self.frequencies, values.len() / self.frequencies)
    }
}

/// The spacing of times that are even up to their rounding.
fn even_step(times: &[f64]) -> Option<f64> {
    let [first, .., last] = *times else { return None };
    let step = (last - first) / (times.len() - 1) as f64;
    let even = |(k, t): (usize, &f64)| (t - (first + k as f64 * step)).abs() <= 2.0 * f64::EPSILON * last;
    (times.len() > 2 && times.iter().enumerate().all(even)).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_keep_the_digits_of_the_angle() {
        let frequencies = [0.0, 0.3, 17.0, 2.4e4];
        let even: Vec<f64> = (0..200).map(|k| 0.7 + 0.01 * k as f64).collect();
        let odd: Vec<f64> = even.iter().map(|t| t * t).collect();
        assert!((even_step(&even).unwrap() - 0.01).abs() < 1e-15 && even_step(&odd).is_none());
        let mut moved = even.clone();
        moved[7] += 1e-12;
        assert!(even_step(&moved).is_none());
        let mut phases = Phases::default();
        for times in [&even, &odd] {
            phases.at(&frequencies, times);
            for (k, t) in times.iter().enumerate() {
                for (i, w) in frequencies.iter().enumerate() {
                    let error = (phases.cosines()[(i, k)] - (w * t).cos())
                        .hypot(phases.sines()[(i, k)] - (w * t).sin());
                    assert!(error <= 4e-16 * (w * t) + 2e-14, "{w} {t}: {error}");
                }
            }
        }
    }
}
