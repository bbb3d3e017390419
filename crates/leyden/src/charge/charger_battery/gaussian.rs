//! The corridor for two oscillators that stay in Gaussian states.

use super::super::extrema::{Sampling, of_curve};
use super::super::{Charging, Error, Plan, Recorder, Request};
use super::long_times_into;
use crate::asymptote::{Asymptote, Average, LongTimes};
use crate::evolve::Outcome;
use crate::exact::{Gaussian, GaussianCoupling, GaussianDrive, GaussianMode, GaussianValues};
use crate::merit::{
    Cosines, EnergyCurve, Extrema, GaussianState, MaximumPower, Sample, Sampler, Wanted, charging_time,
};
use crate::method::Method;
use crate::model::{ChargerBattery, CouplingForm, Levels, ModelError, NoiseRates};
use crate::space::InitialState;
use crate::why::{Elsewhere, Infinite, TooLarge};
use crate::{Known, Why};

const REASON: &str = "solved exactly: two oscillators without dephasing stay in Gaussian states";
/// Angle between samples of a largest average power where the energy has no limit, and most samples.
const TURN: f64 = 0.1;
const MOST_SAMPLES: f64 = 40_000.0;

impl ChargerBattery {
    pub(super) fn plan_gaussian(&self, request: &Request) -> Plan {
        let (memory, levels) = (8.0 * 17.0 * 17.0 * 60.0, Levels { charger: 0, battery: 0 });
        let (method, reason) = (Method::Gaussian, request.reason(REASON));
        Plan { method, reason, dimension: 17, memory, levels, seconds: None, candidates: Vec::new() }
    }

    /// Charger and battery, or the battery alone where nothing couples them.
    pub(super) fn gaussian(&self) -> Result<Gaussian, Error> {
        let mode = |frequency: f64, noise: &NoiseRates, start: &InitialState| GaussianMode {
            frequency,
            relaxation: noise.relaxation,
            thermal_occupation: noise.thermal_occupation,
            start: start.clone(),
        };
        let charger = mode(self.charger_detuning(), &self.charger.noise, &self.initial.charger);
        let battery = mode(self.battery_detuning(), &self.battery.noise, &self.initial.battery);
        let strength = self.coupling.strengths[0];
        if strength == 0.0 {
            return Gaussian::new(&[battery], &[], None, 0)
                .map_err(|(_, error)| ModelError::BatteryState(error).into());
        }
        let counter_rotating = self.coupling.form == CouplingForm::Dipole;
        let coupling = GaussianCoupling { between: [0, 1], strength, counter_rotating };
        let drive = self.active_drive().map(|drive| GaussianDrive {
            on: 0,
            amplitude: drive.amplitude,
            frequency: if counter_rotating { drive.frequency } else { 0.0 },
        });
        Gaussian::new(&[charger, battery], &[coupling], drive, 1).map_err(|(which, error)| match which {
            0 => ModelError::ChargerState(error).into(),
            _ => ModelError::BatteryState(error).into(),
        })
    }

    pub(super) fn charge_gaussian(&self, request: &Request) -> Result<Charging, Error> {
        let Plan { method, levels, reason, .. } = self.plan_gaussian(request);
        let (gaussian, omega) = (self.gaussian()?, self.cell_frequency());
        let long = self.long_times_by_gaussian(&gaussian)?;
        let start = omega * gaussian.start().number();
        let mut recorder = Recorder::of_states(start, request.times.len());
        gaussian.states(&request.times, &mut |_, time, values| {
            let merits = values.state.merits(omega);
            recorder.check(1.0, merits.ergotropy.smallest_eigenvalue);
            let expected = long.curve.as_ref().map_or(f64::NAN, |curve| curve.energy(time));
            recorder.balance(merits.energy - expected);
            recorder.push(time, merits, omega * values.power);
        });
        let slowest = long.curve.iter().flat_map(|curve| &curve.modes).map(|mode| mode.rate());
        let slowest = slowest.fold(f64::INFINITY, f64::min);
        let forgets = if slowest.is_finite() { slowest } else { 0.0 };
        recorder.rounded(gaussian.angle(request.end(), forgets));
        let outcome = recorder.outcome(Outcome::Converged, request.tolerance);
        let mut charging = Charging::new(method, reason, outcome, levels, self.cells(), recorder);
        if long.curve.is_none() && !request.times.is_empty() {
            charging.maximum_power = largest_power(&gaussian, omega, request.end());
        }
        long_times_into(&mut charging, long, request);
        if self.looks_at_maxima(request) {
            let curve = gaussian.undamped().map(|curve| curve.scaled(omega));
            if let Some(mean) = curve.as_ref().and_then(Cosines::of).map(|cosines| cosines.mean()) {
                charging.asymptote.average = Ok(Average { energy: mean, ergotropy: Err(Why::NotGaussian) });
            }
            charging.extrema = maxima(&gaussian, omega, curve.as_ref(), request);
        }
        Ok(charging)
    }

    pub(super) fn long_times_by_gaussian(&self, gaussian: &Gaussian) -> Result<LongTimes, Error> {
        let omega = self.cell_frequency();
        // Without coupling the two forms are one. What an exchange leads to is decided by structure there.
        let uncoupled = self.coupling.strengths[0] == 0.0;
        if self.exchanges() || uncoupled {
            let mut exchange = self.clone();
            exchange.coupling.form = CouplingForm::Exchange;
            let moments = exchange.moments()?;
            return Ok(match moments.curve() {
                Ok(curve) if moments.forgets_its_start() => {
                    long_times(gaussian.limit(), true, Ok(curve), omega)
                }
                Ok(curve) => long_times((gaussian.start(), 0.0), false, Ok(curve), omega),
                Err(why) => LongTimes::unknown(why),
            });
        }
        // The rates and the states are checked as everywhere.
        self.moments()?;
        Ok(match gaussian.settles() {
            Ok(()) => long_times(gaussian.limit(), true, gaussian.curve(), omega),
            Err(why) => LongTimes::unknown(why),
        })
    }
}

/// The maxima without damping, on the sum of cosines `curve` where there is one.
fn maxima(gaussian: &Gaussian, omega: f64, curve: Option<&EnergyCurve>, request: &Request) -> Extrema {
    // A step of the linear system; a run also takes populations.
    let work = 400.0;
    let run = request.times.len() as f64 * 3.0 * work;
    let mut sampler = Sampled { gaussian, omega };
    let mut states = Sampling { sampler: &mut sampler, fastest: gaussian.angle(1.0, 0.0), work, run };
    match curve {
        Some(curve) => {
            Extrema { energy: of_curve(curve, request, run), ergotropy: states.ergotropy(request) }
        }
        None => states.both(request),
    }
}

/// Gaussian states at times asked for.
struct Sampled<'a> {
    gaussian: &'a Gaussian,
    omega: f64,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], _: Wanted) -> Known<Vec<Sample>> {
        let (omega, mut samples) = (self.omega, Vec::with_capacity(times.len()));
        self.gaussian.states(times, &mut |_, _, GaussianValues { state, power }| {
            samples.push(Sample {
                energy: omega * state.number(),
                power: omega * power,
                ergotropy: omega * state.ergotropy(),
            });
        });
        Ok(samples)
    }
}

/// Long times from the limit with its residual and the numbers on the way there.
fn long_times(
    (limit, residual): (GaussianState, f64),
    unique: bool,
    curve: Known<EnergyCurve>,
    omega: f64,
) -> LongTimes {
    let curve = curve.map(|curve| curve.scaled(omega));
    let times = curve.as_ref().map(charging_time).map_err(|why| *why);
    let asymptote = Asymptote {
        unique: Some(unique),
        conserved: if unique { Ok(1) } else { Err(Infinite::Conserved.into()) },
        residual: Some(residual),
        slowest_rate: Asymptote::slowest_of(&times),
        ..Asymptote::certified(limit.merits(omega), Elsewhere::Oscillators)
    };
    LongTimes { asymptote, times, curve: curve.ok() }
}

/// The largest average power until `end`, between samples that no oscillation fits in.
fn largest_power(gaussian: &Gaussian, omega: f64, end: f64) -> Known<MaximumPower> {
    let count = (gaussian.angle(end, 0.0) / TURN).ceil().max(1.0);
    if count > MOST_SAMPLES {
        return Err(TooLarge::PowerSamples { time: end * MOST_SAMPLES / count }.into());
    }
    let times: Vec<f64> = (0..=count as usize).map(|k| end * k as f64 / count).collect();
    let start = omega * gaussian.start().number();
    let mut samples = crate::merit::PowerSamples::new(start);
    gaussian.states(&times, &mut |_, time, values| {
        samples.push(time, omega * values.state.number(), omega * values.power);
    });
    let mut best = samples.maximum().ok_or(Why::NoTimes)?;
    if best.time > 0.0 {
        // The cubic says where; how much it is, is computed.
        gaussian.states(&[best.time], &mut |_, time, values| {
            best.value = (omega * values.state.number() - start) / time;
        });
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Drive;
    use crate::{Request, Times};

    /// The largest error of the energies of a run over what it says of it.
    fn told(model: &ChargerBattery, times: Vec<f64>) -> f64 {
        let exact = model.gaussian().unwrap().exact_numbers(&times);
        let run = model.charge_gaussian(&Request::from(Times::from(times))).unwrap();
        let omega = model.cell_frequency();
        let errors = run.series.energy().into_iter().zip(exact).map(|(e, n)| (e - omega * n).abs());
        errors.fold(0.0, f64::max) / run.checks.error
    }

    #[test]
    fn errors_are_below_what_is_told() {
        let mut dice = fastrand::Rng::with_seed(5);
        let mut worst = 0.0_f64;
        for k in 0..120 {
            let mut model = ChargerBattery::oscillators();
            let mut log = |from: f64, to: f64| from * (to / from).powf(dice.f64());
            let rates = [log(1e-4, 1e2), log(1e-4, 1e2), log(1e-4, 1e2)];
            model.coupling.strengths[0] = log(1e-2, 10.0);
            model.battery.frequencies[0] = log(0.5, 2.0);
            model.charger.frequency = log(0.5, 2.0);
            if k % 3 == 0 {
                model.coupling.form = CouplingForm::Dipole;
                model.coupling.strengths[0] = log(1e-2, 0.24);
            }
            let (end, amplitude, frequency) = (log(1.0, 1e5), log(1e-2, 10.0), log(0.5, 2.0));
            let mut noise = |rate| NoiseRates {
                relaxation: rate,
                thermal_occupation: 2.0 * dice.f64(),
                ..NoiseRates::default()
            };
            match k % 4 {
                0 => {}
                1 => model.charger.noise = noise(rates[0]),
                2 => model.battery.noise = noise(rates[1]),
                _ => (model.charger.noise, model.battery.noise) = (noise(rates[0]), noise(rates[1])),
            }
            model.drive = (k % 5 < 3).then_some(Drive { amplitude, frequency });
            let states =
                [InitialState::Coherent(1.2), InitialState::Squeezed(1.5), InitialState::Thermal(2.0)];
            model.initial.battery = states[k % 3].clone();
            model.initial.charger = states[(k / 3) % 3].clone();
            let times = if k % 2 == 0 { Times::even(0.0, end, 40) } else { Times::log(1e-6 * end, end, 25) };
            let share = told(&model, times.into());
            worst = worst.max(share);
            assert!(share <= 1.0, "{k}: {share}\n{model:?}");
        }
        println!("errors up to {worst:.3} of what is told");
        assert!(worst > 1e-4, "what is told says something");
    }
}
