//! The first local maximum that stands out by more than rounding, from samples in the order of time.

use super::Point;

/// Follows a curve until it has risen by more than `rounding` and fallen by more than that again.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstPeak {
    rounding: f64,
    low: f64,
    high: Point,
    found: Option<Point>,
}

impl FirstPeak {
    /// Starts at t = 0; a maximum there is none inside.
    pub(super) fn new(at_start: f64, rounding: f64) -> Self {
        FirstPeak { rounding, low: at_start, high: (0.0, at_start), found: None }
    }

    /// The next sample; whether the maximum is known now.
    pub(super) fn push(&mut self, (time, value): Point) -> bool {
        if self.found.is_some() {
            return true;
        }
        if value < self.low && self.high.1 <= self.low + self.rounding {
            (self.low, self.high) = (value, (time, value));
        } else if value > self.high.1 {
            self.high = (time, value);
        } else if value < self.high.1 - self.rounding && self.high.1 > self.low + self.rounding {
            self.found = Some(self.high);
        }
        self.found.is_some()
    }

    pub(super) fn found(&self) -> Option<Point> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(values: &[f64]) -> Option<f64> {
        let mut peak = FirstPeak::new(values[0], 1e-3);
        (1..).zip(&values[1..]).for_each(|(k, value)| _ = peak.push((k as f64, *value)));
        peak.found().map(|(time, _)| time)
    }

    #[test]
    fn rises_and_falls_below_rounding_do_not_count() {
        assert_eq!(first(&[0.0, 1.0, 2.0]), None);
        assert_eq!(first(&[2.0, 1.0, 0.0]), None);
        assert_eq!(first(&[2.0, 1.0, 1.5, 1.2]), Some(2.0));
        assert_eq!(first(&[0.0, 1.0, 0.9995, 1.5, 1.0]), Some(3.0));
        assert_eq!(first(&[1.0, 1.0005, 0.5, 0.5005, 0.2, 0.9, 0.8]), Some(5.0));
        // A slow fall below rounding at every step is a fall.
        assert_eq!(first(&[0.0, 1.0, 0.9994, 0.9988, 0.998]), Some(1.0));
        assert_eq!(first(&[0.0, 0.9994, 1.0, 0.9994, 0.9988, 0.0]), Some(2.0));
    }
}
