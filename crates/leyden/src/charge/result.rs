//! The result of a run, of any system by any method.

use super::Request;
use super::engines::{EngineCharging, EngineReport};
use crate::asymptote::Asymptote;
use crate::evolve::Outcome;
use crate::merit::{ChargingTime, MaximumPower};
use crate::model::Levels;
use crate::numerics::nan_max;
use crate::protocol::Cycles;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Charging {
    /// Name of the method.
    pub method: &'static str,
    /// Why it was taken.
    pub reason: String,
    /// How the evolution ended.
    pub outcome: Outcome,
    /// The times.
    pub times: Vec<f64>,
    /// Figures of merit.
    pub series: Series,
    /// Largest average power.
    pub maximum_power: Option<MaximumPower>,
    /// Long times.
    pub asymptote: Asymptote,
    /// Charging times, or why there are none.
    pub charging_time: Result<ChargingTime, String>,
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
}

impl Charging {
    /// A run that formed no states to check; long times are to be filled in.
    pub(super) fn without_states(
        method: &'static str,
        reason: String,
        request: &Request,
        series: Series,
        levels: Levels,
    ) -> Self {
        let unknown = f64::NAN;
        Charging {
            method,
            reason,
            outcome: Outcome::Converged,
            times: request.times.clone(),
            series,
            maximum_power: None,
            asymptote: Asymptote::default(),
            charging_time: Err("not computed".into()),
            checks: Checks {
                trace: unknown,
                hermiticity: unknown,
                smallest_eigenvalue: unknown,
                top_population: None,
                energy_balance: unknown,
            },
            verification: None,
            levels,
            engine: None,
            engine_charging: None,
            cycles: None,
        }
    }
}

/// Figures of merit at every time, one entry per time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// E_B.
    pub energy: Vec<f64>,
    /// Global ergotropy.
    pub global: Vec<f64>,
    /// Collective ergotropy; `None` where it is not defined at some time.
    pub collective: Option<Vec<f64>>,
    /// Local ergotropy.
    pub local: Vec<f64>,
    /// Coherent part of the global ergotropy.
    pub coherent: Vec<f64>,
    /// Incoherent part.
    pub incoherent: Vec<f64>,
    /// E_B - global ergotropy.
    pub passive: Vec<f64>,
    /// Tr rho_B^2.
    pub purity: Vec<f64>,
    /// sqrt(<H_B^2> - <H_B>^2).
    pub fluctuation: Vec<f64>,
    /// dE_B/dt.
    pub power: Vec<f64>,
    /// (E_B(t) - E_B(0))/t; NaN at t = 0.
    pub average_power: Vec<f64>,
}

/// What the run says about itself. Nothing is corrected by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checks {
    /// Largest |Tr rho - 1|.
    pub trace: f64,
    /// Largest |rho - rho^dag|: 0, because states are carried by a form that is Hermitian by construction.
    pub hermiticity: f64,
    /// Smallest eigenvalue of rho_B met.
    pub smallest_eigenvalue: f64,
    /// Largest population of the two highest levels of a cut oscillator; `None` where nothing is cut.
    pub top_population: Option<f64>,
    /// Largest difference between dE_B/dt of the state and the flow through coupling and channels (general methods), or
    /// between E_B of the state and of the mode sum (rabi-blocks).
    pub energy_balance: f64,
}

impl Checks {
    /// Whether what a run that converged says about itself is within bounds.
    pub(super) fn outcome(&self, series: &Series, outcome: Outcome, tolerance: f64) -> Outcome {
        let Checks { trace, smallest_eigenvalue, .. } = *self;
        let sound = trace <= 10.0 * tolerance && smallest_eigenvalue >= -10.0 * tolerance;
        let finite = series.energy.iter().chain(&series.global).all(|x| x.is_finite());
        match outcome {
            Outcome::Converged if !(sound && finite) => Outcome::Inaccurate { trace, smallest_eigenvalue },
            outcome => outcome,
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

pub(super) fn differences(one: &Charging, other: &Charging) -> Vec<(&'static str, f64)> {
    let (a, b) = (&one.series, &other.series);
    let largest = |x: &[f64], y: &[f64]| {
        if x.len() != y.len() {
            return f64::NAN;
        }
        // The average power exists on neither side at t = 0.
        let both = x.iter().zip(y).filter(|(x, y)| !(x.is_nan() && y.is_nan()));
        both.map(|(x, y)| (x - y).abs()).fold(0.0, nan_max)
    };
    let mut list = vec![
        ("energy", largest(&a.energy, &b.energy)),
        ("ergotropy.global", largest(&a.global, &b.global)),
        ("ergotropy.local", largest(&a.local, &b.local)),
        ("ergotropy.coherent", largest(&a.coherent, &b.coherent)),
        ("ergotropy.incoherent", largest(&a.incoherent, &b.incoherent)),
        ("passive", largest(&a.passive, &b.passive)),
        ("purity", largest(&a.purity, &b.purity)),
        ("fluctuation", largest(&a.fluctuation, &b.fluctuation)),
        ("power.instantaneous", largest(&a.power, &b.power)),
        ("power.average", largest(&a.average_power, &b.average_power)),
    ];
    if let (Some(x), Some(y)) = (&a.collective, &b.collective) {
        list.insert(2, ("ergotropy.collective", largest(x, y)));
    }
    // Long times and charging times, where both methods give them; times relative to their size.
    if let (Some(x), Some(y)) = (&one.asymptote.limit, &other.asymptote.limit) {
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
