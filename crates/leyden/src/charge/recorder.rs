//! Figures of merit collected one instant after the other, with the checks of the run: for every method the same.

use super::{Checks, Series};
use crate::evolve::Outcome;
use crate::merit::{BatteryState, MaximumPower, Merits, PowerSamples};
use crate::numerics::nan_max;

/// Units of the last digit that exact methods lose at most, and that they lose for every radian of a phase.
const UNITS: f64 = 200.0;
const UNITS_PER_RADIAN: f64 = 4.0;

/// Collects the figures of merit of one instant after the other.
pub(super) struct Recorder {
    pub(super) times: Vec<f64>,
    pub(super) series: Series,
    pub(super) checks: Checks,
    power: PowerSamples,
}

impl Recorder {
    /// For a method that forms states; `start` is E_B(0).
    pub(super) fn of_states(start: f64, times: usize) -> Self {
        let checks = Checks {
            trace: 0.0,
            smallest_eigenvalue: 1.0,
            error: f64::NAN,
            top_population: None,
            energy_balance: 0.0,
        };
        Recorder { checks, ..Recorder::new(start, times) }
    }

    /// For a method that forms no states to check.
    pub(super) fn new(start: f64, times: usize) -> Self {
        Recorder {
            times: Vec::with_capacity(times),
            series: Series::with_room(times),
            checks: Checks::none(),
            power: PowerSamples::new(start),
        }
    }

    /// Figures of merit that the method knows without forming a state.
    pub(super) fn push(&mut self, time: f64, merits: Merits, power: f64) {
        self.times.push(time);
        self.series.average_power.push(self.power.push(time, merits.energy, power));
        self.series.power.push(power);
        self.series.merits.push(merits);
    }

    /// A state, which is checked.
    pub(super) fn record(&mut self, time: f64, state: &BatteryState<'_>, power: f64) {
        let merits = Merits::of(state);
        self.check(state.trace(), merits.ergotropy.smallest_eigenvalue);
        self.push(time, merits, power);
    }

    pub(super) fn check(&mut self, trace: f64, smallest_eigenvalue: f64) {
        let checks = &mut self.checks;
        checks.trace = nan_max(checks.trace, (trace - 1.0).abs());
        if !(smallest_eigenvalue >= checks.smallest_eigenvalue) {
            checks.smallest_eigenvalue = smallest_eigenvalue;
        }
    }

    pub(super) fn balance(&mut self, difference: f64) {
        self.checks.energy_balance = nan_max(self.checks.energy_balance, difference.abs());
    }

    /// The error of an exact method: rounding of its numbers, and of phases that have turned by `angle`, so many units of the last digit
    /// of the largest energy.
    pub(super) fn rounded(&mut self, angle: f64) {
        let largest = self.series.merits.iter().map(|merits| merits.energy.abs()).fold(0.0, nan_max);
        self.checks.error = f64::EPSILON * largest * (UNITS + UNITS_PER_RADIAN * angle);
    }

    /// An energy between the recorded times, for the largest average power.
    pub(super) fn sample(&mut self, time: f64, energy: f64, power: f64) {
        self.power.push(time, energy, power);
    }

    /// E_B and global ergotropy of the last instant.
    pub(super) fn last(&self) -> (f64, f64) {
        let last = self.series.merits.last();
        last.map_or((f64::NAN, f64::NAN), |merits| (merits.energy, merits.ergotropy.global))
    }

    /// Whether what a run that converged says about itself is within bounds.
    pub(super) fn outcome(&self, outcome: Outcome, tolerance: f64) -> Outcome {
        let Checks { trace, smallest_eigenvalue, .. } = self.checks;
        let sound = trace <= 10.0 * tolerance && smallest_eigenvalue >= -10.0 * tolerance;
        match outcome {
            Outcome::Converged if !(sound && self.series.is_finite()) => {
                Outcome::Inaccurate { trace, smallest_eigenvalue }
            }
            outcome => outcome,
        }
    }

    /// The same where the highest levels of a cut oscillator hold `top`: what is above the tolerance and `allowed` is too much.
    pub(super) fn outcome_of_cut(
        &mut self,
        outcome: Outcome,
        top: Option<f64>,
        allowed: f64,
        tolerance: f64,
    ) -> Outcome {
        self.checks.top_population = top;
        match (outcome, top) {
            (Outcome::Converged, Some(population)) if population > allowed.max(tolerance) => {
                Outcome::CutoffTooSmall { population }
            }
            (outcome, _) => self.outcome(outcome, tolerance),
        }
    }

    /// Whether a run without states has only numbers.
    pub(super) fn outcome_without_states(&self) -> Outcome {
        match self.series.merits.iter().all(|merits| merits.energy.is_finite()) {
            true => Outcome::Converged,
            false => Outcome::Inaccurate { trace: self.checks.trace, smallest_eigenvalue: f64::NAN },
        }
    }

    /// The largest average power between and at the samples.
    pub(super) fn maximum(&self) -> Option<MaximumPower> {
        self.power.maximum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a run that converged is said to be, with a tolerance of 1e-8.
    fn outcome(trace: f64, smallest: f64, top: Option<f64>, allowed: f64) -> Outcome {
        let mut recorder = Recorder::of_states(0.0, 1);
        recorder.check(1.0 + trace, smallest);
        recorder.outcome_of_cut(Outcome::Converged, top, allowed, 1e-8)
    }

    #[test]
    fn states_must_have_a_trace_and_no_negative_eigenvalue() {
        for (trace, smallest) in [(0.0, 0.0), (9e-8, 0.3), (-9e-8, 0.0), (0.0, -9e-8)] {
            assert_eq!(outcome(trace, smallest, None, 0.0), Outcome::Converged, "{trace} {smallest}");
        }
        for (trace, smallest) in [(2e-7, 0.0), (-2e-7, 0.0), (0.0, -2e-7), (0.0, f64::NAN), (f64::NAN, 0.0)] {
            let found = outcome(trace, smallest, None, 0.0);
            assert!(matches!(found, Outcome::Inaccurate { .. }), "{trace} {smallest}: {found:?}");
        }
        let Outcome::Inaccurate { trace, smallest_eigenvalue } = outcome(1e-6, -1e-3, None, 0.0) else {
            panic!()
        };
        assert!((trace - 1e-6).abs() < 1e-15 && smallest_eigenvalue == -1e-3);
    }

    #[test]
    fn the_smallest_eigenvalue_and_the_largest_trace_of_all_times_count() {
        let mut recorder = Recorder::of_states(0.0, 3);
        for (trace, smallest) in [(1.0, 0.1), (1.0 + 1e-3, -1e-2), (1.0 - 1e-4, 0.2)] {
            recorder.check(trace, smallest);
        }
        assert!((recorder.checks.trace - 1e-3).abs() < 1e-15 && recorder.checks.smallest_eigenvalue == -1e-2);
    }

    #[test]
    fn highest_levels_may_hold_as_much_as_the_tolerance_or_what_is_allowed() {
        for (population, allowed) in [(1e-11, 0.0), (9e-9, 0.0), (1e-4, 2e-4)] {
            assert_eq!(outcome(0.0, 0.0, Some(population), allowed), Outcome::Converged, "{population}");
        }
        for (population, allowed) in [(1e-4, 0.0), (2e-8, 1e-13)] {
            let found = outcome(0.0, 0.0, Some(population), allowed);
            assert_eq!(found, Outcome::CutoffTooSmall { population }, "{population}");
        }
    }
}
