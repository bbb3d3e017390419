//! The corridor for an NMR star: one battery spin among N charger spins, alone or in stages.
//!
//! Without stages p(t) = p_0 + V(|J| t) (q - p_0) with V of [`SpinStar`], and no relaxation. The battery is diagonal: with
//! P = 2p - 1 its ergotropy is max(0, omega P), all of it incoherent, its purity (1 + P^2)/2.

mod dropped;
mod kept;
mod largest_power;
mod spin;

use dropped::prepare;
use spin::{energy_of, finished, merits};

use super::cycles::ResolvedProtocol;
use super::ledger::{Flows, at_energies};
use super::system::and_general;
use super::trajectories::{self, Batches};
use super::{
    BYTES_PER_TIME, Charging, Error, Ledger, Lower, Plan, Recorder, Request, System, Verification, Workspace,
    guard_memory,
};
use crate::Known;
use crate::Why;
use crate::asymptote::Asymptote;
use crate::evolve::NotApplicable;
use crate::exact::SpinStar;
use crate::merit::{EnergyCurve, MaximumPower, Mode, maximum_average};
use crate::method::Method;
use crate::model::{Correlations, Levels, NmrStar, NmrStarError};
use crate::protocol::Stage;
use crate::why::{Still, Undamped};

/// Chargers up to which their joint state verifies.
const MOST_VERIFIED: usize = 12;
const SPINS: &str = "spins";
const REASON: &str = "solved exactly: one spin among equal uncorrelated spins, as a sum over total spins";
pub(super) const LEVELS: Levels = Levels { charger: 2, battery: 1 };
/// Terms up to which the largest average power is found on the whole window.
const MOST_MODES: usize = 1000;

impl System for NmrStar {
    fn name(&self) -> &'static str {
        "NMR star"
    }

    fn cells(&self) -> usize {
        1
    }

    fn methods(&self) -> Vec<Method> {
        and_general(&[Method::SpinStar])
    }

    fn dimension_counts(&self) -> &'static str {
        match self.correlations {
            Correlations::Kept => "levels of battery and chargers",
            Correlations::Dropped => "numbers in the state",
        }
    }

    fn plan(&self, request: &Request) -> Result<Plan, Error> {
        self.validate()?;
        if request.method == Some(Method::Trajectories) {
            return match self.as_parts() {
                Some(parts) => trajectories::plan_as(Some(parts), SPINS, request),
                None => kept::drawable(self, request)?.plan(request),
            };
        }
        if self.correlations == Correlations::Kept {
            return kept::evolution_plan(self, request);
        }
        require_method(request)?;
        self.require_no_relaxation()?;
        Ok(plan_of(guarded(self, request)?))
    }

    fn draw(&self, request: &Request, batches: &mut Batches<'_>) -> Result<Charging, Error> {
        self.validate()?;
        let exact = |other: &Request| self.charge(other);
        match self.as_parts() {
            Some(parts) => trajectories::drawn_as(Some(parts), SPINS, request, batches, &exact),
            // Parts know no negative temperatures.
            None => {
                let ensemble = kept::drawable(self, request)?.whole(1, request)?;
                trajectories::drawn(&ensemble, request, batches, &exact)
            }
        }
    }

    /// Lets battery and chargers exchange excitations: p(t) = p_0 + V(|J| t) (q - p_0), or, where correlations are kept, while they
    /// relax.
    fn charge_in(&self, request: &Request, _workspace: &Workspace) -> Result<Charging, Error> {
        self.validate()?;
        if request.method == Some(Method::Trajectories) {
            return self.draw(request, &mut trajectories::in_turn(request));
        }
        if self.correlations == Correlations::Kept {
            return kept::evolution(self, request);
        }
        require_method(request)?;
        let mut charging = evolution(self, request)?;
        if request.verify {
            verify(self, request, &mut charging);
        }
        Ok(charging)
    }
}

/// What stages of a star would need.
pub(super) fn star_plan(
    star: &NmrStar,
    stages: &[Stage],
    cycles: (usize, Option<usize>),
    request: &Request,
) -> Result<Plan, Error> {
    star.validate()?;
    if star.correlations == Correlations::Kept {
        return kept::resolved(star, stages, cycles, request)?.plan(request);
    }
    require_method(request)?;
    let (_, bytes) = prepare(star, stages, cycles, request)?;
    Ok(plan_of(bytes))
}

/// The stages of a star whose correlations are kept.
pub(super) fn star_stages(
    star: &NmrStar,
    stages: &[Stage],
    cycles: (usize, Option<usize>),
    request: &Request,
) -> Result<ResolvedProtocol, Error> {
    star.validate()?;
    match star.correlations {
        Correlations::Kept => kept::resolved(star, stages, cycles, request),
        Correlations::Dropped => Err(NotApplicable {
            method: Method::Trajectories,
            because: "polarisations of spins whose correlations are dropped obey no master equation; keep the correlations".into(),
        }
        .into()),
    }
}

fn plan_of(memory: f64) -> Plan {
    let (method, reason, levels) = (Method::SpinStar, REASON.into(), LEVELS);
    Plan { method, reason, dimension: 2, memory, levels, seconds: None, candidates: Vec::new() }
}

/// Bytes of a plain evolution, if they are allowed.
fn guarded(star: &NmrStar, request: &Request) -> Result<f64, Error> {
    let n = star.chargers as f64;
    // Of the terms of V.
    let table = 16.0 * (n * n / 8.0 + n).min(12.0 * n);
    let bytes = table + BYTES_PER_TIME * request.times.len() as f64;
    guard_memory(request, 2.0 * (n + 1.0), bytes, Lower::Chargers)
}

/// Runs `stages` as often as `cycles` says, with how many of the cycles are shown; the times of `request` are not used.
///
/// The series has t = 0, then the moments of every stage: `points` where it takes time, otherwise one, at the time of the moment
/// before. Power is that just before a moment, NaN where a stage acts at once.
///
/// # Errors
/// [`Error`] where a key or a stage is wrong.
pub(crate) fn star_cycles(
    star: &NmrStar,
    stages: &[Stage],
    cycles: (usize, Option<usize>),
    request: &Request,
) -> Result<Charging, Error> {
    star.validate()?;
    if star.correlations == Correlations::Kept {
        return kept::resolved(star, stages, cycles, request)?.charge(request);
    }
    require_method(request)?;
    let mut charging = dropped::cycles(star, stages, cycles, request)?;
    if request.verify {
        charging.reason += "; not verified: correlations = \"kept\" is another model";
    }
    Ok(charging)
}

/// A free star is what the joint state of all spins says, if there are few of them.
fn verify(star: &NmrStar, request: &Request, charging: &mut Charging) {
    let why = if star.chargers <= MOST_VERIFIED {
        let kept = NmrStar { correlations: Correlations::Kept, ..*star };
        match kept::evolution(&kept, &Request { verify: false, ..request.clone() }) {
            Ok(other) => {
                charging.verification = Some(Verification::of(charging, &other));
                return;
            }
            Err(error) => error.to_string(),
        }
    } else {
        format!("the joint state of more than {MOST_VERIFIED} chargers takes long")
    };
    charging.reason += &format!("; not verified: {why}");
}

fn require_method(request: &Request) -> Result<(), Error> {
    match request.method {
        None | Some(Method::SpinStar) => Ok(()),
        Some(other) => Err(NotApplicable {
            method: Method::SpinStar,
            because: format!("`{other}` was asked for, and correlations = \"dropped\" has no other method"),
        }
        .into()),
    }
}

fn evolution(star: &NmrStar, request: &Request) -> Result<Charging, Error> {
    request.validate_times()?;
    star.require_no_relaxation()?;
    guarded(star, request)?;
    let spins = SpinStar::new(star.chargers).ok_or(NmrStarError::Chargers)?;
    let curve = spins.at_excitation(star.charger_excitation);
    let (omega, coupling) = (star.frequency, star.coupling.abs());
    // The fastest phase is J t (N+1)/2; its rounding is that of the states.
    let latest = request.tolerance / (f64::EPSILON * coupling * 0.5 * (star.chargers as f64 + 1.0));
    if let Some(&time) = request.times.last().filter(|time| **time > latest) {
        return Err(NmrStarError::PhaseLost { time, limit: latest }.into());
    }
    let start = 2.0 * star.battery_excitation - 1.0;
    let difference = 2.0 * (star.charger_excitation - star.battery_excitation);
    let mut recorder = Recorder::new(energy_of(omega, start), request.times.len());
    recorder.sample(0.0, energy_of(omega, start), 0.0);
    for &time in &request.times {
        let swing = curve.exchange(coupling * time);
        let power = 0.5 * omega * difference * coupling * swing.slope;
        recorder.push(time, merits(omega, start + swing.value * difference), power);
    }
    let end = request.end();
    recorder.rounded(coupling * end * 0.5 * (star.chargers as f64 + 1.0));
    let mut charging = finished(recorder, request.reason(REASON));
    if request.ledger {
        charging.ledger = ledger(star, &charging);
    }
    if curve.terms().len() <= MOST_MODES {
        // V = sum weight (1 - cos(s theta))/2
        let scale = 0.5 * omega * difference;
        let mean: f64 = curve.terms().iter().map(|term| 0.5 * term.0).sum();
        let mut energy = EnergyCurve::standing(omega * star.battery_excitation + scale * mean);
        for &(weight, s) in curve.terms() {
            let value = -0.5 * scale * weight;
            energy.push(Mode::Oscillator { w: s * coupling, gamma: 0.0, value, slope: 0.0 });
        }
        energy.drop_negligible_modes();
        charging.maximum_power = maximum_average(&energy, end).ok_or(Why::NoTimes);
    } else if omega * difference > 0.0 {
        // Too many terms for a search over all times: the first rise, and the times asked for.
        let theta = curve.steepest();
        let time = theta / coupling;
        let value = 0.5 * omega * difference * curve.exchange(theta).value / time;
        if time <= end && charging.maximum_power.is_ok_and(|most| value > most.value) {
            charging.maximum_power = Ok(MaximumPower { value, time });
        }
    }
    if difference == 0.0 {
        charging.asymptote = Asymptote::certified(merits(omega, start), Still::Battery);
        charging.charging_time = Err(Still::Battery.into());
    } else {
        charging.asymptote = Asymptote::unknown(Undamped::FreeSpins.into());
        charging.charging_time = Err(Undamped::FreeSpins.into());
    }
    Ok(charging)
}

/// Excitations of all spins are conserved, and so is `<V>`, which vanishes at first: no work and no flow.
fn ledger(star: &NmrStar, charging: &Charging) -> Known<Ledger> {
    let (omega, start) = (star.frequency, star.frequency * star.battery_excitation);
    let chargers = omega * star.chargers as f64 * star.charger_excitation;
    let energies = std::iter::once(start).chain(charging.series.energy());
    let of = |energy: f64| ([chargers + start - energy, energy, 0.0, 0.0], Flows::default());
    at_energies(&[], energies.map(of))
}

#[cfg(test)]
pub(super) mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::asymptote::Detail;
    use crate::charge::Times;
    use crate::evolve::Outcome;
    use crate::model::SpinRelaxation;

    pub(in crate::charge) const OMEGA: f64 = 1.7;

    /// Pure chargers around an empty battery; nothing relaxes.
    pub(in crate::charge) fn star(chargers: usize) -> NmrStar {
        let free = SpinRelaxation { t1: f64::INFINITY, t2: f64::INFINITY, equilibrium: 0.0 };
        NmrStar {
            chargers,
            coupling: -3.0,
            frequency: OMEGA,
            charger_excitation: 1.0,
            battery_excitation: 0.0,
            charger: free,
            battery: free,
            correlations: Correlations::Dropped,
        }
    }

    pub(in crate::charge) fn request(times: Vec<f64>) -> Request {
        Request { detail: Detail::Times, memory_limit: 1e9, ..Times::from(times).into() }
    }

    fn close(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance * b.abs().max(1e-300), "{a} {b} {:e}", (a - b) / b);
    }

    #[test]
    fn pure_chargers_fill_the_battery() {
        let full = PI / (6.0 * 3.0);
        let times: Vec<f64> = (0..=40).map(|i| full * i as f64 / 20.0).collect();
        let charging = star(36).charge(&request(times.clone())).unwrap();
        let series = &charging.series;
        for (k, &t) in times.iter().enumerate() {
            let (sin, cos) = (9.0 * t).sin_cos();
            let p = sin * sin;
            assert!((series.merits[k].energy - OMEGA * p).abs() < 1e-14);
            assert!((series.merits[k].ergotropy.global - OMEGA * (2.0 * p - 1.0).max(0.0)).abs() < 1e-14);
            assert!((series.power[k] - OMEGA * 18.0 * sin * cos).abs() < 1e-13);
            assert!((series.merits[k].purity - (p * p + (1.0 - p) * (1.0 - p))).abs() < 1e-14);
            assert!((series.merits[k].fluctuation - OMEGA * (sin * cos).abs()).abs() < 1e-14);
        }
        assert_eq!((charging.method, charging.outcome), (Method::SpinStar, Outcome::Converged));
        // sin^2(x)/x is largest at tan x = 2 x.
        let x = 1.165561185207211;
        let most = charging.maximum_power.unwrap();
        close(most.time, x / 9.0, 1e-9);
        close(most.value, OMEGA * x.sin().powi(2) * 9.0 / x, 1e-12);
        assert!(charging.asymptote.limit.is_err() && charging.asymptote.why().is_some());
    }

    #[test]
    fn power_is_the_slope_of_the_energy() {
        let mixed = NmrStar { charger_excitation: 0.7, battery_excitation: 0.2, ..star(9) };
        let h = 1e-5;
        for t in [0.1, 0.4, 2.0] {
            let charging = mixed.charge(&request(vec![t - h, t, t + h])).unwrap();
            let energy = &charging.series.energy();
            assert!((charging.series.power[1] - (energy[2] - energy[0]) / (2.0 * h)).abs() < 1e-8);
        }
        // Many terms: the first rise instead of a search over all times.
        let large = NmrStar { charger_excitation: 0.7, ..star(300) };
        let most = large.charge(&request(vec![5.0])).unwrap().maximum_power.unwrap();
        let near = large.charge(&request(vec![0.999 * most.time, most.time, 1.001 * most.time])).unwrap();
        let average = near.series.average_power;
        close(most.value, average[1], 1e-13);
        assert!(average[1] > average[0] && average[1] > average[2]);
        // A battery that loses energy has its largest average power at t = 0.
        let losing = NmrStar { charger_excitation: 0.1, battery_excitation: 0.9, ..star(300) };
        let most = losing.charge(&request(vec![0.1, 0.2])).unwrap().maximum_power.unwrap();
        assert_eq!((most.value, most.time), (0.0, 0.0));
        let still = NmrStar { battery_excitation: 0.7, ..mixed };
        let limit = still.charge(&request(vec![0.0, 1.0])).unwrap().asymptote.limit.unwrap();
        close(limit.energy, 0.7 * OMEGA, 1e-15);
        close(limit.ergotropy.global, 0.4 * OMEGA, 1e-14);
    }

    #[test]
    fn misuse_is_told() {
        let refused = |star: &NmrStar, request: &Request| star.charge(request).unwrap_err().to_string();
        let mut relaxing = star(3);
        (relaxing.charger.t1, relaxing.charger.t2) = (3.3, 6.6);
        let message = refused(&relaxing, &request(vec![1.0]));
        assert!(message.starts_with("`charger.t1` = 3.3 does not act"), "{message}");
        let other = Request { method: Some(Method::Taylor), ..request(vec![1.0]) };
        assert!(refused(&star(3), &other).contains("`taylor` was asked for"));
        assert!(refused(&star(3), &request(vec![1.0, 0.5])).contains("0.5 follows 1"));
        assert_eq!(refused(&star(0), &request(vec![])), "`chargers` must be at least 1, but is 0");
        let small = Request { memory_limit: 1e5, ..request(vec![1.0]) };
        assert!(refused(&star(100_000), &small).contains("lower the number of chargers"));
    }
}
