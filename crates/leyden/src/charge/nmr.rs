//! The corridor for an NMR star: one battery spin among N charger spins, alone or in stages.
//!
//! Without stages p(t) = p_0 + V(|J| t) (q - p_0) with V of [`SpinStar`], and no relaxation. The battery is diagonal: with
//! P = 2p - 1 its ergotropy is max(0, omega P), all of it incoherent, its purity (1 + P^2)/2.

use super::record::Series;
use super::{ChargeError, Charging, GIB, Request};
use crate::asymptote::{Asymptote, Limit};
use crate::evolve::{NotApplicable, Outcome};
use crate::exact::SpinStar;
use crate::merit::{EnergyCurve, Ergotropy, Mode, PowerSamples, maximum_average};
use crate::model::{Correlations, Levels, NmrStar, NmrStarError};
use crate::protocol::{
    Convergence, Cycles, FixedPoint, Moment, Polarisations, Stage, StageRecord, StarCycle, StarStageError,
    settle,
};

pub(super) const METHOD: &str = "spin-star";
const REASON: &str = "one spin among equal uncorrelated spins: sum over total spins";
const REASON_STAGES: &str =
    "one spin among equal spins whose correlations are dropped before every `evolve`: sum over total spins";
const LEVELS: Levels = Levels { charger: 2, battery: 1 };
/// Terms up to which the largest average power is found on the whole window.
const MOST_MODES: usize = 1000;
/// Of the columns of a series, for one moment.
const BYTES_PER_MOMENT: f64 = 12.0 * 8.0;

/// What is asked of a star.
#[derive(Clone, Copy)]
enum Work<'a> {
    Evolution,
    Stages(&'a [Stage], usize),
}

impl NmrStar {
    /// Lets battery and chargers exchange excitations: p(t) = p_0 + V(|J| t) (q - p_0).
    ///
    /// # Errors
    /// [`ChargeError`] where a key is wrong, or a relaxation is given that would not act.
    pub fn charge(&self, request: &Request) -> Result<Charging, ChargeError> {
        run(self, Work::Evolution, request)
    }
}

/// Runs `stages`, `repeat` times; the times of `request` are not used.
///
/// The series has t = 0, then the moments of every stage: `points` where it takes time, otherwise one, at the time of the moment
/// before. Power is that just before a moment, NaN where a stage acts at once.
///
/// # Errors
/// [`ChargeError`] where a key or a stage is wrong.
#[cfg_attr(not(test), expect(dead_code, reason = "protocols call it"))]
pub(crate) fn star_cycles(
    star: &NmrStar,
    stages: &[Stage],
    repeat: usize,
    request: &Request,
) -> Result<Charging, ChargeError> {
    run(star, Work::Stages(stages, repeat), request)
}

fn run(star: &NmrStar, work: Work<'_>, request: &Request) -> Result<Charging, ChargeError> {
    star.validate()?;
    match (star.correlations, work) {
        (Correlations::Dropped, work) => {
            require_method(request)?;
            match work {
                Work::Evolution => evolution(star, request),
                Work::Stages(stages, repeat) => cycles(star, stages, repeat, request),
            }
        }
        (Correlations::Kept, _) => Err(NmrStarError::CorrelationsKept.into()),
    }
}

fn require_method(request: &Request) -> Result<(), ChargeError> {
    match request.method.as_str() {
        "auto" | METHOD => Ok(()),
        other => Err(NotApplicable {
            method: METHOD,
            because: format!("`{other}` was asked for, and correlations = \"dropped\" has no other method"),
        }
        .into()),
    }
}

fn evolution(star: &NmrStar, request: &Request) -> Result<Charging, ChargeError> {
    request.validate_times()?;
    star.require_no_relaxation()?;
    let n = star.chargers as f64;
    let terms = (n * n / 8.0 + n).min(12.0 * n);
    guard(16.0 * terms + BYTES_PER_MOMENT * request.times.len() as f64, n, "nmr.chargers", request)?;
    let spins = SpinStar::new(star.chargers).ok_or(NmrStarError::Chargers)?;
    let curve = spins.at_excitation(star.charger_excitation);
    let (omega, coupling) = (star.frequency, star.coupling.abs());
    let start = 2.0 * star.battery_excitation - 1.0;
    let difference = 2.0 * (star.charger_excitation - star.battery_excitation);
    let mut table = Table::new(omega, start);
    for &time in &request.times {
        let swing = curve.exchange(coupling * time);
        let power = 0.5 * omega * difference * coupling * swing.slope;
        table.push(time, start + swing.value * difference, power);
    }
    let reason = if request.method == "auto" { REASON } else { "asked for by name" };
    let mut charging = table.finish(reason, request);
    let end = request.times.last().copied().unwrap_or(0.0);
    if curve.terms().len() <= MOST_MODES {
        // V = sum weight (1 - cos(s theta))/2
        let scale = 0.5 * omega * difference;
        let mean: f64 = curve.terms().iter().map(|term| 0.5 * term.0).sum();
        let mut energy = EnergyCurve {
            limit: omega * star.battery_excitation + scale * mean,
            modes: Vec::with_capacity(curve.terms().len()),
            resolution: 0.0,
            ln_rate_floor: None,
        };
        for &(weight, s) in curve.terms() {
            let value = -0.5 * scale * weight;
            energy.push(Mode::Oscillator { w: s * coupling, gamma: 0.0, value, slope: 0.0 });
        }
        energy.drop_negligible_modes();
        charging.maximum_power = maximum_average(&energy, end);
    }
    let why = "the energy oscillates without damping: nothing relaxes during an evolution";
    if difference == 0.0 {
        charging.asymptote =
            Asymptote { limit: Some(limit(omega, start)), certified: true, ..Default::default() };
        charging.charging_time = Err("the battery starts in its limit".into());
    } else {
        charging.asymptote.why = Some(why.into());
        charging.charging_time = Err(why.into());
    }
    Ok(charging)
}

fn cycles(
    star: &NmrStar,
    stages: &[Stage],
    repeat: usize,
    request: &Request,
) -> Result<Charging, ChargeError> {
    if stages.is_empty() || repeat == 0 {
        return Err(StarStageError::Empty { stages: stages.len(), cycles: repeat }.into());
    }
    let points: f64 = stages.iter().map(|stage| stage.points as f64).sum();
    let bytes = (8.0 * star.chargers as f64 + BYTES_PER_MOMENT * repeat as f64) * points;
    guard(bytes, star.chargers as f64, "stage.points", request)?;
    let cycle = StarCycle::new(star, stages)?;
    let omega = star.frequency;
    let mut records: Vec<StageRecord> = cycle
        .stages
        .iter()
        .map(|stage| {
            let room = || Vec::with_capacity(repeat);
            StageRecord {
                kind: stage.kind,
                duration: stage.duration,
                energy: room(),
                ergotropy: room(),
                charger: room(),
                extracted: stage.extracts.then(room),
                // Correlations with a measured charger are dropped.
                daemonic: None,
            }
        })
        .collect();
    let mut state = cycle.start();
    let mut table = Table::new(omega, state.battery);
    table.push(0.0, state.battery, f64::NAN);
    let (mut energy, mut ergotropy) = (Vec::with_capacity(repeat), Vec::with_capacity(repeat));
    let mut begin = 0.0;
    for _ in 0..repeat {
        for (stage, record) in cycle.stages.iter().zip(&mut records) {
            if let Some(power) = cycle.power_at_start(stage, state) {
                table.samples.push(begin, energy_of(omega, state.battery), power);
            }
            let mut end = Moment { time: 0.0, state, power: f64::NAN, extracted: 0.0 };
            for moment in cycle.moments(stage, state) {
                table.push(begin + moment.time, moment.state.battery, moment.power);
                end = moment;
            }
            state = end.state;
            begin += stage.duration;
            record.energy.push(energy_of(omega, state.battery));
            record.ergotropy.push(ergotropy_of(omega, state.battery));
            record.charger.push(0.5 * (1.0 + state.chargers));
            if let Some(extracted) = &mut record.extracted {
                extracted.push(end.extracted);
            }
        }
        energy.push(energy_of(omega, state.battery));
        ergotropy.push(ergotropy_of(omega, state.battery));
    }
    let settled = settle(&cycle);
    let fixed_point = settled.as_ref().map_err(Clone::clone).map(|settled| {
        let Polarisations { battery, .. } = settled.state;
        FixedPoint { energy: energy_of(omega, battery), ergotropy: ergotropy_of(omega, battery) }
    });
    let convergence = settled.map(|settled| {
        let multiplier = settled.multiplier;
        Convergence { multiplier, rate: -multiplier.norm().ln() }
    });
    let reason = if request.method == "auto" { REASON_STAGES } else { "asked for by name" };
    let mut charging = table.finish(reason, request);
    let why = "stages repeat: see the fixed point of a cycle";
    charging.asymptote.why = Some(why.into());
    charging.charging_time = Err(why.into());
    let duration = cycle.duration();
    charging.cycles = Some(Cycles { energy, ergotropy, fixed_point, convergence, duration, stages: records });
    Ok(charging)
}

fn guard(bytes: f64, chargers: f64, lower: &'static str, request: &Request) -> Result<(), ChargeError> {
    if bytes <= request.memory_limit {
        return Ok(());
    }
    let levels = 2.0 * (chargers + 1.0);
    Err(ChargeError::TooLarge { levels, gib: bytes / GIB, limit_gib: request.memory_limit / GIB, lower })
}

fn energy_of(omega: f64, polarisation: f64) -> f64 {
    0.5 * omega * (1.0 + polarisation)
}

fn ergotropy_of(omega: f64, polarisation: f64) -> f64 {
    (omega * polarisation).max(0.0)
}

fn fluctuation_of(omega: f64, polarisation: f64) -> f64 {
    0.5 * omega.abs() * ((1.0 - polarisation) * (1.0 + polarisation)).max(0.0).sqrt()
}

fn limit(omega: f64, polarisation: f64) -> Limit {
    let ergotropy = ergotropy_of(omega, polarisation);
    Limit {
        energy: energy_of(omega, polarisation),
        ergotropy: Ergotropy {
            global: ergotropy,
            collective: Some(ergotropy),
            local: ergotropy,
            incoherent: ergotropy,
            coherent: 0.0,
            largest_eigenvalue: 0.5 * (1.0 + polarisation.abs()),
            smallest_eigenvalue: 0.5 * (1.0 - polarisation.abs()),
        },
        purity: 0.5 * (1.0 + polarisation * polarisation),
        fluctuation: fluctuation_of(omega, polarisation),
    }
}

/// Figures of merit of a diagonal spin, one moment after the other.
struct Table {
    omega: f64,
    times: Vec<f64>,
    series: Series,
    samples: PowerSamples,
}

impl Table {
    fn new(omega: f64, start: f64) -> Self {
        let series = Series { collective: Some(Vec::new()), ..Series::default() };
        Table { omega, times: Vec::new(), series, samples: PowerSamples::new(energy_of(omega, start)) }
    }

    fn push(&mut self, time: f64, polarisation: f64, power: f64) {
        let figures = limit(self.omega, polarisation);
        let series = &mut self.series;
        self.times.push(time);
        series.energy.push(figures.energy);
        series.global.push(figures.ergotropy.global);
        series.collective.get_or_insert_default().push(figures.ergotropy.global);
        series.local.push(figures.ergotropy.local);
        series.coherent.push(0.0);
        series.incoherent.push(figures.ergotropy.incoherent);
        series.passive.push(figures.energy - figures.ergotropy.global);
        series.purity.push(figures.purity);
        series.fluctuation.push(figures.fluctuation);
        series.power.push(power);
        series.average_power.push(self.samples.push(time, figures.energy, power));
    }

    fn finish(self, reason: &str, request: &Request) -> Charging {
        let mut charging = Charging::without_states(METHOD, reason.into(), request, self.series, LEVELS);
        charging.times = self.times;
        charging.maximum_power = self.samples.maximum();
        if !charging.series.energy.iter().all(|x| x.is_finite()) {
            charging.outcome = Outcome::Inaccurate { trace: f64::NAN, smallest_eigenvalue: f64::NAN };
        }
        charging
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;
    use crate::asymptote::Detail;
    use crate::model::SpinRelaxation;
    use crate::protocol::{Extraction, Part, Prepared, Task};
    use crate::space::InitialState;

    const OMEGA: f64 = 1.7;

    fn star(chargers: usize) -> NmrStar {
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

    /// T1 of the experiment, equilibria at tiny polarisations -c and -0.2 c, where the spins start.
    fn thermal(c: f64) -> NmrStar {
        let (charger, battery) = (0.5 * (1.0 - c), 0.5 * (1.0 - 0.2 * c));
        NmrStar {
            charger_excitation: charger,
            battery_excitation: battery,
            charger: SpinRelaxation { t1: 3.3, t2: 6.6, equilibrium: charger },
            battery: SpinRelaxation { t1: 115.4, t2: 230.8, equilibrium: battery },
            ..star(36)
        }
    }

    fn request(times: Vec<f64>) -> Request {
        Request {
            times,
            method: "auto".into(),
            tolerance: 1e-8,
            verify: false,
            detail: Detail::Times,
            memory_limit: 1e9,
        }
    }

    fn stage(task: Task) -> Stage {
        Stage { task, points: 1 }
    }

    fn evolve(duration: Option<f64>) -> Stage {
        stage(Task::Evolve { duration, system: None })
    }

    fn wait(duration: f64) -> Stage {
        stage(Task::Wait { duration, system: None })
    }

    fn invert() -> Stage {
        stage(Task::Pulse { target: Part::Charger, angle: PI })
    }

    fn reset(target: Part, excitation: f64) -> Stage {
        stage(Task::Reset { target, state: Prepared::Excitation(excitation) })
    }

    fn run(star: &NmrStar, stages: &[Stage], repeat: usize) -> Charging {
        star_cycles(star, stages, repeat, &request(Vec::new())).unwrap()
    }

    fn cycles_of(star: &NmrStar, stages: &[Stage], repeat: usize) -> Cycles {
        run(star, stages, repeat).cycles.unwrap()
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
            assert!((series.energy[k] - OMEGA * p).abs() < 1e-14);
            assert!((series.global[k] - OMEGA * (2.0 * p - 1.0).max(0.0)).abs() < 1e-14);
            assert!((series.power[k] - OMEGA * 18.0 * sin * cos).abs() < 1e-13);
            assert!((series.purity[k] - (p * p + (1.0 - p) * (1.0 - p))).abs() < 1e-14);
            assert!((series.fluctuation[k] - OMEGA * (sin * cos).abs()).abs() < 1e-14);
        }
        assert_eq!((charging.method, charging.outcome), ("spin-star", Outcome::Converged));
        // sin^2(x)/x is largest at tan x = 2 x.
        let x = 1.165561185207211;
        let most = charging.maximum_power.unwrap();
        close(most.time, x / 9.0, 1e-9);
        close(most.value, OMEGA * x.sin().powi(2) * 9.0 / x, 1e-12);
        assert!(charging.asymptote.limit.is_none() && charging.asymptote.why.is_some());
    }

    #[test]
    fn power_is_the_slope_of_the_energy() {
        let mixed = NmrStar { charger_excitation: 0.7, battery_excitation: 0.2, ..star(9) };
        let h = 1e-5;
        for t in [0.1, 0.4, 2.0] {
            let charging = mixed.charge(&request(vec![t - h, t, t + h])).unwrap();
            let energy = &charging.series.energy;
            assert!((charging.series.power[1] - (energy[2] - energy[0]) / (2.0 * h)).abs() < 1e-8);
        }
        let still = NmrStar { battery_excitation: 0.7, ..mixed };
        let limit = still.charge(&request(vec![0.0, 1.0])).unwrap().asymptote.limit.unwrap();
        close(limit.energy, 0.7 * OMEGA, 1e-15);
        close(limit.ergotropy.global, 0.4 * OMEGA, 1e-14);
    }

    #[test]
    fn ideal_resets_reach_their_closed_form() {
        let (q, wait_for, theta) = (0.8, 7.0, 0.4);
        let mut star = star(36);
        star.charger = SpinRelaxation { t1: 3.3, t2: 6.6, equilibrium: 0.1 };
        star.battery = SpinRelaxation { t1: 115.4, t2: 100.0, equilibrium: 0.3 };
        let stages = [reset(Part::Charger, q), evolve(Some(theta / 3.0)), wait(wait_for)];
        let found = cycles_of(&star, &stages, 500);
        let kept = 1.0 - SpinStar::new(36).unwrap().gain(q, theta) / q;
        let r = (-wait_for / 115.4f64).exp();
        let expected = (r * q * (1.0 - kept) + 0.3 * (1.0 - r)) / (1.0 - r * kept);
        let fixed = found.fixed_point.unwrap();
        close(fixed.energy, OMEGA * expected, 1e-13);
        close(fixed.ergotropy, OMEGA * (2.0 * expected - 1.0), 1e-13);
        close(*found.energy.last().unwrap(), OMEGA * expected, 1e-13);
        let convergence = found.convergence.unwrap();
        close(convergence.multiplier.re, r * kept, 1e-13);
        close(convergence.rate, -(r * kept).ln(), 1e-13);
        // Every cycle, from its own formula.
        let mut p = 0.0;
        for energy in found.energy.iter().take(20) {
            p = 0.3 + (q + (p - q) * kept - 0.3) * r;
            close(*energy, OMEGA * p, 1e-13);
        }
        assert_eq!(found.stages.iter().map(|s| s.kind).collect::<Vec<_>>(), ["reset", "evolve", "wait"]);
        close(found.duration, theta / 3.0 + wait_for, 1e-15);
    }

    #[test]
    fn pulses_on_partly_recovered_chargers() {
        // 2^-20: equilibria near 1/2 then hold polarisations to 1e-10.
        let c_eq = 2f64.powi(-20);
        let star = thermal(c_eq);
        let p_eq = -(2.0 * star.battery.equilibrium - 1.0);
        let spins = SpinStar::new(36).unwrap();
        let a = spins.exchange(0.5, spins.first_maximum(0.5));
        assert!((a - 1.25166).abs() < 5e-6);
        for (delta, limit) in [(5.0, 0.6470), (17.0, 1.0222)] {
            let (r_b, r_c) = ((-delta / 115.4f64).exp(), (-delta / 3.3f64).exp());
            // From equilibrium, the first pulse makes C = C_eq.
            let found = cycles_of(&star, &[invert(), evolve(None), wait(delta)], 300);
            let after = &found.stages[1].ergotropy;
            let (mut p, mut c) = (-p_eq, c_eq);
            for (energy, ergotropy) in found.energy.iter().zip(after) {
                let swapped = p + a * (c - p);
                let left = c - a * (c - p) / 36.0;
                close(*ergotropy, OMEGA * swapped.max(0.0), 1e-10);
                p = -p_eq + (swapped + p_eq) * r_b;
                c = c_eq * (1.0 - r_c) - r_c * left;
                close(energy / OMEGA - 0.5, 0.5 * p, 1e-8);
            }
            close(after[0] / OMEGA / c_eq, 1.3020, 5e-5);
            assert!(after.iter().all(|x| *x <= after[0]));
            close(after[299] / OMEGA / c_eq, limit, 1e-4);
            // The same cycle told from its wait on ends with the exchange.
            let found = cycles_of(&star, &[wait(delta), invert(), evolve(None)], 3);
            close(found.ergotropy[0], after[0], 1e-12);
            close(found.ergotropy[2], after[2], 1e-12);
            // (1 - M) (P, C) = offset of the linear map, ending with the exchange.
            let m = [[(1.0 - a) * r_b, -a * r_c], [a / 36.0 * r_b, -(1.0 - a / 36.0) * r_c]];
            let (w_b, w_c) = (-p_eq * (1.0 - r_b), c_eq * (1.0 - r_c));
            let offset = [(1.0 - a) * w_b + a * w_c, a / 36.0 * w_b + (1.0 - a / 36.0) * w_c];
            let determinant = (1.0 - m[0][0]) * (1.0 - m[1][1]) - m[0][1] * m[1][0];
            let expected = ((1.0 - m[1][1]) * offset[0] + m[0][1] * offset[1]) / determinant;
            close(found.fixed_point.unwrap().ergotropy, OMEGA * expected, 1e-10);
            close(expected / c_eq, limit, 1e-4);
            let (trace, product) = (m[0][0] + m[1][1], m[0][0] * m[1][1] - m[0][1] * m[1][0]);
            let multiplier = found.convergence.unwrap().multiplier;
            assert!((multiplier * multiplier - trace * multiplier + product).norm() < 1e-10);
            // The larger of the two, or one of a pair.
            assert!(multiplier.norm() >= product.abs().sqrt() * (1.0 - 1e-10));
        }
    }

    #[test]
    fn strong_polarisations_settle_where_iteration_does() {
        let mut star = thermal(0.8);
        star.charger_excitation = 0.9;
        let mut kinds = (0, 0);
        for delta in [0.5, 4.0, 17.0] {
            let found = cycles_of(&star, &[invert(), evolve(None), wait(delta)], 2000);
            let fixed = found.fixed_point.unwrap().energy;
            close(*found.energy.last().unwrap(), fixed, 1e-13);
            // Deviations shrink by the multiplier, or turn with a pair of them.
            let multiplier = found.convergence.unwrap().multiplier;
            let deviation = |n: usize| found.energy[n] - fixed;
            let n = (0..found.energy.len()).rev().find(|&n| deviation(n).abs() > 1e-9).unwrap();
            if multiplier.im == 0.0 {
                close(deviation(n) / deviation(n - 1), multiplier.re, 1e-5);
                kinds.0 += 1;
            } else {
                let next = 2.0 * multiplier.re * deviation(n - 1) - multiplier.norm_sqr() * deviation(n - 2);
                assert!((deviation(n) - next).abs() < 1e-5 * deviation(n - 2).abs(), "{delta} {multiplier}");
                kinds.1 += 1;
            }
        }
        assert!(kinds.0 > 0 && kinds.1 > 0, "{kinds:?}");
    }

    #[test]
    fn conserved_excitations_set_the_end() {
        let start = NmrStar { charger_excitation: 0.9, ..star(5) };
        let theta = 0.6;
        let found = cycles_of(&start, &[evolve(Some(theta / 3.0))], 10);
        let mean = 5.0 * 0.9 / 6.0;
        close(found.fixed_point.unwrap().energy, OMEGA * mean, 1e-12);
        let exchange = SpinStar::new(5).unwrap().exchange(mean, theta);
        close(found.convergence.unwrap().multiplier.re, 1.0 - exchange * 1.2, 1e-12);
        let total = found.energy.iter().zip(&found.stages[0].charger).map(|(e, q)| e / OMEGA + 5.0 * q);
        total.for_each(|total| close(total, 4.5, 1e-14));
        // One charger and a whole swap: back and forth for ever.
        let swapping = cycles_of(&star(1), &[evolve(None)], 4);
        assert!(swapping.fixed_point.unwrap_err().contains("not damped"));
        assert!(swapping.energy[0] > 0.999 * OMEGA && swapping.energy[1] < 1e-12);
    }

    #[test]
    fn extraction_by_a_unitary() {
        let (q, theta) = (0.9, 0.5);
        let exchange = SpinStar::new(36).unwrap().exchange(q, theta);
        let stages = [
            reset(Part::Charger, q),
            evolve(Some(theta / 3.0)),
            stage(Task::Measure { target: Part::Charger }),
            stage(Task::Extract(Extraction::Unitary)),
            stage(Task::Dephase { target: Part::Battery }),
        ];
        let found = cycles_of(&star(36), &stages, 400);
        // p = 1 - p - V (q - p)
        let p = (1.0 - exchange * q) / (2.0 - exchange);
        close(found.fixed_point.unwrap().energy, OMEGA * p, 1e-12);
        let extracted = found.stages[3].extracted.as_ref().unwrap();
        close(extracted[399], OMEGA * (1.0 - 2.0 * p), 1e-10);
        assert_eq!(found.stages[1].extracted, None);
        let before = found.stages[2].energy[0] - found.stages[3].energy[0];
        close(extracted[0], before, 1e-14);
        assert_eq!(found.stages[3].ergotropy[0], 0.0);
    }

    #[test]
    fn one_cycle_may_be_enough() {
        let stages = [reset(Part::Charger, 0.8), reset(Part::Battery, 0.1), evolve(Some(0.1))];
        let found = cycles_of(&star(36), &stages, 2);
        let convergence = found.convergence.unwrap();
        assert!(convergence.multiplier.norm() == 0.0 && convergence.rate == f64::INFINITY);
        close(found.fixed_point.unwrap().energy, found.energy[0], 1e-15);
        // Waiting moves battery and chargers on their own: only the battery's own rate shows.
        let mut resting = thermal(0.5);
        resting.charger.t1 = 1e3;
        resting.charger_excitation = 1.0;
        resting.battery_excitation = 1.0;
        let found = cycles_of(&resting, &[wait(2.0)], 2);
        close(found.convergence.unwrap().multiplier.re, (-2.0 / 115.4f64).exp(), 1e-14);
        close(found.fixed_point.unwrap().energy, OMEGA * resting.battery.equilibrium, 1e-14);
    }

    #[test]
    fn trace_shows_every_stage() {
        let star = NmrStar { charger_excitation: 0.95, ..thermal(0.5) };
        let mut stages = [evolve(Some(0.2)), wait(3.0), invert()];
        stages[0].points = 8;
        stages[1].points = 5;
        let charging = run(&star, &stages, 3);
        assert_eq!(charging.times.len(), 1 + 3 * 14);
        assert!(charging.times.is_sorted());
        let series = &charging.series;
        assert_eq!(series.energy.len(), charging.times.len());
        // Inside of an evolution: the plain evolution with the same spins.
        let mut free = star;
        (free.charger.t1, free.charger.t2) = (f64::INFINITY, f64::INFINITY);
        (free.battery.t1, free.battery.t2) = (f64::INFINITY, f64::INFINITY);
        let plain = free.charge(&request(charging.times[..9].to_vec())).unwrap();
        for k in 1..9 {
            close(series.energy[k], plain.series.energy[k], 1e-13);
            close(series.power[k], plain.series.power[k], 1e-11);
        }
        let cycles = charging.cycles.unwrap();
        for k in 0..3 {
            let at = 14 * k;
            assert_eq!(series.energy[at + 8], cycles.stages[0].energy[k]);
            assert_eq!(series.energy[at + 13], cycles.stages[1].energy[k]);
            assert!(series.power[at + 14].is_nan() && charging.times[at + 14] == charging.times[at + 13]);
        }
        let eq = OMEGA * star.battery.equilibrium;
        let decayed = eq + (series.energy[8] - eq) * (-1.8 / 115.4f64).exp();
        close(series.energy[11], decayed, 1e-14);
        close(series.power[11], (eq - decayed) / 115.4, 1e-13);
    }

    #[test]
    fn misuse_is_told() {
        let refused = |star: &NmrStar, stages: &[Stage]| {
            star_cycles(star, stages, 2, &request(Vec::new())).unwrap_err().to_string()
        };
        let star = star(3);
        assert!(refused(&star, &[]).contains("at least one stage"));
        let quarter = stage(Task::Pulse { target: Part::Charger, angle: 0.5 * PI });
        let message = refused(&star, &[wait(1.0), quarter]);
        assert!(
            message.contains("stage 2") && message.contains("multiple of pi") && message.contains("kept")
        );
        assert_eq!(
            refused(&star, &[wait(-1.0)]),
            "`duration` of stage 1 must be finite and at least 0, but is -1"
        );
        assert!(refused(&star, &[reset(Part::Battery, 1.5)]).contains("between 0 and 1, but is 1.5"));
        let dicke = Task::Reset { target: Part::Charger, state: Prepared::State(InitialState::Fock(2)) };
        assert!(refused(&star, &[stage(dicke)]).contains("Fock(2)"));
        let load = Task::Extract(Extraction::Load { rate: f64::NAN, duration: 1.0 });
        assert!(refused(&star, &[stage(load)]).contains("`rate` of stage 1"));
        assert!(refused(&star, &[Stage { points: 0, ..wait(1.0) }]).contains("`points` of stage 1"));
        let kept = NmrStar { correlations: Correlations::Kept, ..star };
        assert_eq!(
            kept.charge(&request(Vec::new())).unwrap_err(),
            ChargeError::NmrStar(NmrStarError::CorrelationsKept)
        );
        let message = thermal(0.1).charge(&request(vec![1.0])).unwrap_err().to_string();
        assert!(message.starts_with("`nmr.charger_t1` = 3.3 does not act"));
        let other = Request { method: "taylor".into(), ..request(vec![1.0]) };
        assert!(star.charge(&other).unwrap_err().to_string().contains("`taylor` was asked for"));
        let backwards = star.charge(&request(vec![1.0, 0.5])).unwrap_err();
        assert!(backwards.to_string().contains("0.5 follows 1"));
    }
}
