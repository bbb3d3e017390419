//! The corridor for a star of many cells: Rabi blocks, but only those that carry weight, and no N x N matrix.

use super::super::extrema::{Sampling, of_curve};
use super::super::{Charging, Error, Plan, Recorder, Request};
use crate::asymptote::{Asymptote, Average, LongTimes};
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::LargeStar;
use crate::merit::{EnergyCurve, Extrema, Sample, Sampler, Wanted, charging_time, maximum_average};
use crate::method::Method;
use crate::model::{Cell, ChargerBattery, Levels};
use crate::space::InitialState;
use crate::why::{Still, TooLarge};
use crate::{Known, Why};

/// Cells above which the carried blocks are taken: below, all blocks cost little and tell more.
const DENSE_CELLS: usize = 300;
const LEVELS: Levels = Levels { charger: 2, battery: 1 };
const REASON: &str = "solved exactly: only the charger dephases, and the equal cells are resonant with the drive; blocks without weight are left out";

impl ChargerBattery {
    /// Whether the blocks that start from empty cells suffice; Rabi blocks apply.
    pub(super) fn is_large_star(&self) -> bool {
        let ground =
            self.initial.charger == InitialState::Ground && self.initial.battery == InitialState::Ground;
        self.battery.cell == Cell::Qubit
            && self.cells() > DENSE_CELLS
            && self.equal_cells()
            && ground
            && self.charger_detuning() == 0.0
    }

    pub(super) fn plan_star(&self, request: &Request) -> Result<Plan, Error> {
        let cells = self.cells();
        let bytes = LargeStar::bytes(cells, self.amplitude(), self.coupling.strengths[0]);
        let memory = self.guard(2.0 * (cells as f64 + 1.0), bytes, request)?;
        let (method, reason, dimension) = (Method::RabiBlocks, request.reason(REASON), 2 * (cells + 1));
        Ok(Plan { method, reason, dimension, memory, levels: LEVELS, seconds: None, candidates: Vec::new() })
    }

    pub(super) fn charge_star(&self, request: &Request) -> Result<Charging, Error> {
        let Plan { method, reason, .. } = self.plan_star(request)?;
        let failed = |because: String| NotApplicable { method, because };
        let (gamma, omega) = (self.charger.noise.dephasing, self.cell_frequency());
        let star = LargeStar::new(self.cells(), self.amplitude(), self.coupling.strengths[0], gamma, omega)
            .ok_or_else(|| failed("its blocks could not be found".into()))?;
        let mut recorder = Recorder::new(0.0, request.times.len());
        star.figures(&request.times, &mut |time, merits, power| recorder.push(time, merits, power))
            .map_err(|why| failed(why.to_string()))?;
        let cells = self.cells() as f64;
        let fastest = 2.0 * (self.coupling.strengths[0] * cells).abs()
            + 2.0 * self.drive.map_or(0.0, |d| d.amplitude.abs());
        recorder.rounded(fastest * request.end().min(150.0 / gamma));
        recorder.checks.trace = star.ladder().map_or(0.0, |ladder| ladder.missing);
        let outcome = match recorder.series.is_finite() {
            true => Outcome::Converged,
            false => Outcome::Inaccurate { trace: recorder.checks.trace, smallest_eigenvalue: f64::NAN },
        };
        let mut charging = Charging::new(method, reason, outcome, LEVELS, self.cells(), recorder);
        if request.ledger {
            charging.ledger = self.ledger_of_star(&star, &charging);
        }
        let curve = star.curve();
        let closed = self.looks_at_maxima(request).then(|| of_closed(&star, &curve, fastest, request));
        charging.maximum_power = maximum_average(&curve, request.end()).ok_or(Why::NoTimes);
        let LongTimes { asymptote, times, .. } = long_times(&star, curve);
        charging.asymptote = asymptote;
        charging.charging_time = times;
        if let Some((average, extrema)) = closed {
            charging.asymptote.average = average;
            charging.extrema = extrema;
        }
        Ok(charging)
    }
}

fn long_times(star: &LargeStar, curve: EnergyCurve) -> LongTimes {
    let limit = match star.limit() {
        Ok(limit) => limit,
        Err(why) => return LongTimes::unknown(why),
    };
    let times = Ok(charging_time(&curve));
    let asymptote = Asymptote {
        unique: Some(false),
        conserved: star.conserved().ok_or(Still::State.into()),
        conserved_values: star.ladder().map_or(Vec::new(), |ladder| ladder.weights().take(64).collect()),
        slowest_rate: Asymptote::slowest_of(&times),
        ..Asymptote::certified(limit, TooLarge::Cells { most: DENSE_CELLS })
    };
    LongTimes { asymptote, times, curve: Some(curve) }
}

/// Average and maxima without dephasing.
fn of_closed(
    star: &LargeStar,
    curve: &EnergyCurve,
    fastest: f64,
    request: &Request,
) -> (Known<Average>, Extrema) {
    let average = star
        .at_rest()
        .map(|merits| Average { energy: merits.energy, ergotropy: Ok(merits.ergotropy.global) });
    // Exponentials of all pairs of blocks, products and eigenvalues.
    let blocks = star.ladder().map_or(1.0, |ladder| ladder.lambda.len() as f64);
    let work = 40.0 * blocks * blocks + 10.0 * blocks.powi(3);
    let run = request.times.len() as f64 * work;
    let mut sampler = Sampled { star };
    let mut states = Sampling { sampler: &mut sampler, fastest, work, run };
    let energy = of_curve(curve, request, run);
    (average, Extrema { energy, ergotropy: states.ergotropy(request) })
}

/// A star at times asked for.
struct Sampled<'a> {
    star: &'a LargeStar,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], _: Wanted) -> Known<Vec<Sample>> {
        let mut samples = Vec::with_capacity(times.len());
        self.star.figures(times, &mut |_, merits, power| {
            samples.push(Sample { energy: merits.energy, power, ergotropy: merits.ergotropy.global });
        })?;
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Times;

    /// Few cells, where all blocks are taken: the same maxima and the same average.
    #[test]
    fn closed_stars_are_those_of_all_blocks() {
        for (cells, drive) in [(3, 0.5), (8, 1.7), (21, 0.4)] {
            let request = Request { extrema: true, ..Times::even(0.0, 5.0, 3).into() };
            let whole = ChargerBattery::star(cells).driven(drive).charge(&request).unwrap();
            let star = LargeStar::new(cells, drive, 1.0, 0.0, 1.0).unwrap();
            let fastest = 2.0 * (cells as f64 + drive);
            let (average, extrema) = of_closed(&star, &star.curve(), fastest, &request);
            let (average, expected) = (average.unwrap(), whole.asymptote.average.unwrap());
            assert!((average.energy - expected.energy).abs() < 1e-11, "{cells}");
            assert!((average.ergotropy.unwrap() - expected.ergotropy.unwrap()).abs() < 1e-10, "{cells}");
            for (found, expected) in
                [(extrema.energy, whole.extrema.energy), (extrema.ergotropy, whole.extrema.ergotropy)]
            {
                let (found, expected) = (found.unwrap(), expected.unwrap());
                let pairs = [(found.first, expected.first), (Some(found.largest), Some(expected.largest))];
                for (x, y) in pairs {
                    let (x, y) = (x.unwrap(), y.unwrap());
                    assert!(
                        (x.value - y.value).abs() < 1e-9 && (x.time - y.time).abs() < 1e-6,
                        "{cells}: {x:?} {y:?}"
                    );
                }
                assert_eq!(found.certified, expected.certified);
            }
        }
    }
}
