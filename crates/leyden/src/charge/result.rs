//! The result of a run, of any system by any method.

use super::engines::{EngineCharging, EngineReport};
use crate::asymptote::Asymptote;
use crate::evolve::Outcome;
use crate::merit::{ChargingTime, Extrema, MaximumPower, Merits};
use crate::method::Method;
use crate::model::Levels;
use crate::numerics::nan_max;
use crate::protocol::Cycles;
use crate::why::{Elsewhere, NoCollective};
use crate::{Known, Why};

use super::Sampled;
use super::bounds::RateBounds;
use super::ledger::Ledger;
use super::recorder::Recorder;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Charging {
    /// The method.
    pub method: Method,
    /// Why it was taken.
    pub reason: String,
    /// How the evolution ended.
    pub outcome: Outcome,
    /// Number of cells of the battery; 0 where there is none.
    pub cells: usize,
    /// The times.
    pub times: Vec<f64>,
    /// Figures of merit.
    pub series: Series,
    /// Largest average power.
    pub maximum_power: Known<MaximumPower>,
    /// The same of as many separate pairs of one cell and one charger.
    pub parallel: Known<Parallel>,
    /// Long times.
    pub asymptote: Asymptote,
    /// Charging times.
    pub charging_time: Known<ChargingTime>,
    /// Maxima of energy and ergotropy, where the system is closed.
    pub extrema: Extrema,
    /// Where the energy comes from and where it goes, when asked for.
    pub ledger: Known<Ledger>,
    /// Bounds on the power, and the path of the battery's state, when asked for.
    pub rate_bounds: Known<RateBounds>,
    /// Checks of the run.
    pub checks: Checks,
    /// Comparison with a second method, when asked for.
    pub verification: Option<Verification>,
    /// Levels kept of the oscillators.
    pub levels: Levels,
    /// The heat engine, where there is one.
    pub engine: Option<EngineReport>,
    /// Charging by engines.
    pub engine_charging: Option<EngineCharging>,
    /// Cycles of a protocol.
    pub cycles: Option<Cycles>,
    /// What trajectories say beside the figures of their mean.
    pub trajectories: Option<Sampled>,
}

impl Charging {
    /// The same with another zero of energy.
    pub(super) fn shifted(mut self, offset: f64) -> Self {
        let merits = |merits: &mut Merits| {
            merits.energy += offset;
            merits.passive += offset;
        };
        self.series.merits.iter_mut().for_each(merits);
        let asymptote = &mut self.asymptote;
        asymptote.limit.iter_mut().for_each(merits);
        asymptote.plateaus.iter_mut().flatten().for_each(|plateau| plateau.energy += offset);
        asymptote.average.iter_mut().for_each(|average| average.energy += offset);
        if let Ok(maxima) = &mut self.extrema.energy {
            maxima.first.iter_mut().for_each(|first| first.value += offset);
            maxima.largest.value += offset;
        }
        self
    }

    /// An oscillator of the battery has no highest level.
    pub(super) fn without_capacity(&mut self) {
        let all = self.series.merits.iter_mut().chain(self.asymptote.limit.iter_mut());
        all.for_each(|merits| merits.bounds.capacity = f64::INFINITY);
    }

    /// What a method recorded; long times are to be filled in.
    pub(super) fn new(
        method: Method,
        reason: String,
        outcome: Outcome,
        levels: Levels,
        cells: usize,
        recorder: Recorder,
    ) -> Self {
        let maximum_power = recorder.maximum().ok_or(Why::NoTimes);
        let Recorder { times, series, checks, .. } = recorder;
        Charging {
            method,
            reason,
            outcome,
            cells,
            times,
            series,
            maximum_power,
            parallel: Err(Why::DoesNotApply),
            asymptote: Asymptote::unknown(Why::NotAsked),
            charging_time: Err(Why::NotAsked),
            extrema: Extrema::unknown(Elsewhere::Methods),
            ledger: Err(Why::NotAsked),
            rate_bounds: Err(Why::NotAsked),
            checks,
            verification: None,
            levels,
            engine: None,
            engine_charging: None,
            cycles: None,
            trajectories: None,
        }
    }

    /// Figures of merit at the i-th time.
    ///
    /// # Panics
    /// When there are not so many times.
    pub fn at(&self, i: usize) -> &Merits {
        &self.series.merits[i]
    }

    /// Figures of merit at the last time.
    ///
    /// # Panics
    /// When no times were asked for.
    pub fn last(&self) -> &Merits {
        self.series.merits.last().expect("there are times")
    }

    /// Figures of merit of the limit t -> infinity.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn limit(&self) -> Known<&Merits> {
        self.asymptote.limit.as_ref().map_err(|why| *why)
    }
}

/// Figures of merit at every time, one entry per time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Of the state at each time.
    pub merits: Vec<Merits>,
    /// dE_B/dt.
    pub power: Vec<f64>,
    /// (E_B(t) - E_B(0))/t; NaN at t = 0.
    pub average_power: Vec<f64>,
}

impl Series {
    pub(super) fn with_room(times: usize) -> Self {
        let room = || Vec::with_capacity(times);
        Series { merits: Vec::with_capacity(times), power: room(), average_power: room() }
    }

    /// One figure of merit at every time.
    pub fn column(&self, read: impl FnMut(&Merits) -> f64) -> Vec<f64> {
        self.merits.iter().map(read).collect()
    }

    /// E_B at every time.
    pub fn energy(&self) -> Vec<f64> {
        self.column(|merits| merits.energy)
    }

    /// Global ergotropy at every time.
    pub fn ergotropy(&self) -> Vec<f64> {
        self.column(|merits| merits.ergotropy.global)
    }

    /// Whether energy and ergotropy are numbers at every time.
    pub(super) fn is_finite(&self) -> bool {
        self.merits.iter().all(|merits| merits.energy.is_finite() && merits.ergotropy.global.is_finite())
    }

    /// Unequal cells have no symmetric subspace for a state to leave.
    pub(super) fn of_unequal_cells(&mut self) {
        for merits in &mut self.merits {
            merits.ergotropy.collective = merits.ergotropy.collective.map_err(|_| NoCollective::CellsDiffer);
        }
    }

    /// The figures of N copies of one battery.
    pub(super) fn repeat(&mut self, count: usize) {
        self.merits.iter_mut().for_each(|merits| *merits = merits.repeated(count));
        let both = self.power.iter_mut().chain(&mut self.average_power);
        both.for_each(|power| *power *= count as f64);
    }
}

/// N separate pairs of one cell and one charger beside the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parallel {
    /// Largest average power of all pairs together, N P_1.
    pub power: MaximumPower,
    /// Largest average power of the whole over it, P/(N P_1).
    pub advantage: f64,
}

/// What the run says about itself. Nothing is corrected by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checks {
    /// Largest |Tr rho - 1|.
    pub trace: f64,
    /// Smallest eigenvalue of rho_B met.
    pub smallest_eigenvalue: f64,
    /// Estimate of the largest error of E_B; NaN where it is not known.
    pub error: f64,
    /// Largest population of the two highest levels of a cut oscillator, or the weight left out of its start (number-blocks); `None` where
    /// nothing is cut.
    pub top_population: Option<f64>,
    /// Largest difference between dE_B/dt of the state and the flow through coupling and channels (general methods), or
    /// between E_B of the state and of the mode sum (rabi-blocks).
    pub energy_balance: f64,
}

impl Checks {
    /// No states, nothing to check.
    pub(super) fn none() -> Self {
        let unknown = f64::NAN;
        Checks {
            trace: unknown,
            smallest_eigenvalue: unknown,
            error: unknown,
            top_population: None,
            energy_balance: unknown,
        }
    }
}

/// Largest differences to the verifying method.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// Name of the second method.
    pub method: String,
    /// (quantity, largest absolute difference over the times).
    pub differences: Vec<(&'static str, f64)>,
}

/// How one figure of merit is read from those of a state.
type Reader = fn(&Merits) -> f64;

/// Figures of merit that two methods are compared in.
const COMPARED: [(&str, Reader); 8] = [
    ("energy", |m| m.energy),
    ("ergotropy.global", |m| m.ergotropy.global),
    ("ergotropy.local", |m| m.ergotropy.local),
    ("ergotropy.coherent", |m| m.ergotropy.coherent),
    ("ergotropy.incoherent", |m| m.ergotropy.incoherent),
    ("passive", |m| m.passive),
    ("purity", |m| m.purity),
    ("fluctuation", |m| m.fluctuation),
];

impl Verification {
    /// What `other` says of the same run.
    pub(super) fn of(one: &Charging, other: &Charging) -> Self {
        Verification { method: other.method.name().into(), differences: differences(one, other) }
    }
}

fn differences(one: &Charging, other: &Charging) -> Vec<(&'static str, f64)> {
    let (a, b) = (&one.series, &other.series);
    let largest = |x: &[f64], y: &[f64]| {
        if x.len() != y.len() {
            return f64::NAN;
        }
        // The average power exists on neither side at t = 0.
        let both = x.iter().zip(y).filter(|(x, y)| !(x.is_nan() && y.is_nan()));
        both.map(|(x, y)| (x - y).abs()).fold(0.0, nan_max)
    };
    let mut list: Vec<(&'static str, f64)> =
        COMPARED.iter().map(|(name, read)| (*name, largest(&a.column(*read), &b.column(*read)))).collect();
    let collective = |series: &Series| -> Result<Vec<f64>, _> {
        series.merits.iter().map(|merits| merits.ergotropy.collective).collect()
    };
    if let (Ok(x), Ok(y)) = (collective(a), collective(b)) {
        list.insert(2, ("ergotropy.collective", largest(&x, &y)));
    }
    list.push(("power.instantaneous", largest(&a.power, &b.power)));
    list.push(("power.average", largest(&a.average_power, &b.average_power)));
    // Long times and charging times, where both methods give them; times relative to their size.
    if let (Ok(x), Ok(y)) = (&one.asymptote.limit, &other.asymptote.limit) {
        list.push(("asymptote.energy", (x.energy - y.energy).abs()));
        list.push(("asymptote.ergotropy.global", (x.ergotropy.global - y.ergotropy.global).abs()));
    }
    if let (Ok(x), Ok(y)) = (&one.charging_time, &other.charging_time) {
        let relative = |x: f64, y: f64| (x - y).abs() / x.abs().max(y.abs());
        if let (Ok(x), Ok(y)) = (&x.settling, &y.settling) {
            list.push(("charging_time.settling", relative(*x, *y)));
        }
        if let (Ok(x), Ok(y)) = (&x.first, &y.first) {
            list.push(("charging_time.first", relative(*x, *y)));
        }
        if let (Ok(x), Ok(y)) = (&x.spectral, &y.spectral) {
            list.push(("charging_time.spectral", relative(x.time, y.time)));
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Times;
    use crate::model::ChargerBattery;

    #[test]
    fn a_number_on_one_side_alone_is_a_difference() {
        let run = ChargerBattery::star(1).driven(0.3).charge(&Times::even(0.0, 1.0, 3).into()).unwrap();
        let of = |one: &Charging, other: &Charging, name: &str| {
            let list = differences(one, other);
            list.into_iter().find(|(known, _)| *known == name).unwrap().1
        };
        // The average power at t = 0 exists on neither side.
        assert!(run.series.average_power[0].is_nan());
        assert_eq!(of(&run, &run, "power.average"), 0.0);
        let mut broken = run.clone();
        broken.series.power[1] = f64::NAN;
        broken.series.average_power[2] = f64::NAN;
        for name in ["power.instantaneous", "power.average"] {
            assert!(of(&run, &broken, name).is_nan() && of(&broken, &run, name).is_nan(), "{name}");
        }
        let mut moved = run.clone();
        moved.series.power[1] += 0.25;
        moved.series.power[2] -= 0.5;
        assert!((of(&run, &moved, "power.instantaneous") - 0.5).abs() < 1e-15);
        moved.series.power.pop();
        assert!(of(&run, &moved, "power.instantaneous").is_nan());
    }
}
