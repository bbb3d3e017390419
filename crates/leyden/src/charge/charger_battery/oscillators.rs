//! The corridor for two oscillators: states by number sectors, energies by moments.

use super::super::Series;
use super::{ChargeError, Charging, Plan, Recorder, Request};
use crate::asymptote::{Asymptote, Limit, LongTimes};
use crate::evolve::Outcome;
use crate::exact::{Moments, MomentsError, NumberSectors, OscillatorNoise, OscillatorPair};
use crate::merit::{BatteryState, EnergyCurve, Ergotropy, PowerSamples, charging_time, maximum_average};
use crate::model::{Charger, ChargerBattery, Levels, ModelError, NoiseRates};
use crate::space::{BatterySpace, InitialState};

const SECTORS: &str =
    "two oscillators on resonance, only the charger dephased: sectors of fixed number are spins";
const MANY: &str = "infinitely many conserved quantities: the numbers of all sectors";
const NO_STATES: &str = "moments give energies and their fluctuation, no states and no ergotropy";

impl ChargerBattery {
    fn sector_levels(&self) -> Levels {
        let (coupling, amplitude) = (self.coupling.strengths[0], self.amplitude());
        let battery = NumberSectors::levels_for(coupling, amplitude, &self.initial.battery);
        Levels { charger: 1, battery }
    }

    fn amplitude(&self) -> f64 {
        self.drive.map_or(0.0, |drive| drive.amplitude)
    }

    pub(super) fn plan_number_sectors(&self, request: &Request) -> Result<Plan, ChargeError> {
        let levels = self.sector_levels();
        let dimension = levels.battery;
        let memory = self.guard(dimension as f64, 8.0 * (dimension as f64).powi(2) * 8.0, request)?;
        Ok(Plan {
            method: NumberSectors::NAME,
            reason: reason(request, SECTORS),
            dimension,
            memory,
            levels,
            seconds: None,
        })
    }

    fn number_sectors(&self) -> Result<(NumberSectors, BatterySpace), ChargeError> {
        let space = BatterySpace::oscillator(self.sector_levels().battery, self.battery.frequencies[0]);
        let battery0 = self.initial.battery.on_battery(&space).map_err(ModelError::BatteryState)?;
        let (gamma, g) = (self.charger.noise.dephasing, self.coupling.strengths[0]);
        Ok((NumberSectors::new(gamma, g, self.amplitude(), &battery0)?, space))
    }

    pub(super) fn charge_number_sectors(&self, request: &Request) -> Result<Charging, ChargeError> {
        let Plan { levels, reason, .. } = self.plan_number_sectors(request)?;
        let omega = self.battery.frequencies[0];
        let (sectors, space) = self.number_sectors()?;
        let mut recorder = Recorder::new(&space, omega * sectors.energy_at_start(), request.times.len());
        sectors.states(&request.times, &mut |_, time, rho, power, energy| {
            recorder.record(time, std::slice::from_ref(rho), omega * power);
            recorder.balance(omega * energy - recorder.last_energy());
        });
        let population = sectors.top_weight();
        let outcome = match population > request.tolerance {
            true => Outcome::CutoffTooSmall { population },
            false => Outcome::Converged,
        };
        let mut charging = recorder.finish(NumberSectors::NAME, reason, outcome, request.tolerance, levels);
        charging.times = request.times.clone();
        charging.checks.top_population = Some(population);
        let curve = sectors.curve().scaled(omega);
        let mut long = match sectors.limit() {
            Err(why) => LongTimes::unknown(why),
            Ok(limit) => self.of_oscillators(Limit::of(&BatteryState::new(&space, &[limit])), curve),
        };
        // The energy holds two frequencies, g and 2g: their rates never differ tenfold.
        long.asymptote.plateaus = long.asymptote.certified.then(Vec::new);
        self.long_times_into(&mut charging, long, request);
        Ok(charging)
    }

    pub(super) fn plan_moments(&self, reason: String) -> Plan {
        let memory = 8.0 * 70.0 * 70.0 * 20.0;
        Plan {
            method: "moments",
            reason,
            dimension: 70,
            memory,
            levels: Levels { charger: 0, battery: 0 },
            seconds: None,
        }
    }

    fn moments(&self) -> Result<Moments, ChargeError> {
        let noise = |rates: &NoiseRates| OscillatorNoise {
            dephasing: rates.dephasing,
            relaxation: rates.relaxation,
            thermal_occupation: rates.thermal_occupation,
        };
        let pair = OscillatorPair {
            charger_detuning: self.charger_detuning(),
            battery_detuning: self.battery_detuning(),
            coupling: self.coupling.strengths[0],
            amplitude: self.amplitude(),
            charger: noise(&self.charger.noise),
            battery: noise(&self.battery.noise),
        };
        Moments::new(pair, self.initial.charger, self.initial.battery).map_err(|error| match error {
            MomentsError::ChargerState(error) => ModelError::ChargerState(error).into(),
            MomentsError::BatteryState(error) => ModelError::BatteryState(error).into(),
            other => ChargeError::Moments(other),
        })
    }

    pub(super) fn charge_moments(&self, request: &Request, reason: String) -> Result<Charging, ChargeError> {
        let Plan { levels, reason, .. } = self.plan_moments(reason);
        let moments = self.moments()?;
        let omega = self.battery.frequencies[0];
        let mut samples = PowerSamples::new(omega * moments.number_at_start());
        let mut series = Series::default();
        moments.numbers(&request.times, &mut |_, time, values| {
            let (energy, power) = (omega * values.number, omega * values.power);
            series.energy.push(energy);
            series.power.push(power);
            series.fluctuation.push(omega * values.fluctuation);
            series.average_power.push(samples.push(time, energy, power));
        });
        let unknown = vec![f64::NAN; request.times.len()];
        for list in [
            &mut series.global,
            &mut series.local,
            &mut series.coherent,
            &mut series.incoherent,
            &mut series.passive,
            &mut series.purity,
        ] {
            list.clone_from(&unknown);
        }
        let mut charging = Charging::without_states("moments", reason, request, series, levels);
        charging.maximum_power = samples.maximum();
        if charging.series.energy.iter().any(|energy| !energy.is_finite()) {
            charging.outcome = Outcome::Inaccurate { trace: f64::NAN, smallest_eigenvalue: f64::NAN };
        }
        let long = self.long_times_by_moments()?;
        self.long_times_into(&mut charging, long, request);
        Ok(charging)
    }

    /// Fock levels that the battery reaches at `times`, so many standard deviations above the mean: populations of thermal
    /// states fall off slowly. The charger swaps energy with it.
    pub(super) fn levels_reached(&self, times: &[f64]) -> Result<usize, ChargeError> {
        let warm = |rates: &NoiseRates| {
            rates.pumping > 0.0 || (rates.relaxation > 0.0 && rates.thermal_occupation > 0.0)
        };
        let broad =
            |state: &InitialState| matches!(state, InitialState::Thermal(_) | InitialState::Squeezed(_));
        let thermal = warm(&self.charger.noise)
            || warm(&self.battery.noise)
            || broad(&self.initial.charger)
            || broad(&self.initial.battery);
        let deviations = if thermal { 30.0 } else { 8.0 };
        let mut reach = 0.0_f64;
        self.moments()?.numbers(times, &mut |_, _, values| {
            reach = reach.max(values.number + deviations * values.fluctuation);
        });
        Ok((reach.min(1e9) + 8.0).ceil() as usize)
    }

    /// Energy and fluctuation for t -> infinity without a cutoff. Ergotropy is known where the numbers of the sectors are
    /// conserved: the limit is then that of `number-sectors`, whatever the detuning of the charger.
    pub(super) fn long_times_by_moments(&self) -> Result<LongTimes, ChargeError> {
        let resonant = ChargerBattery {
            charger: Charger { frequency: self.frame_frequency(), ..self.charger },
            ..self.clone()
        };
        if resonant.number_sectors_apply().is_ok() && self.charger.noise.dephasing > 0.0 {
            let omega = self.battery.frequencies[0];
            let (sectors, space) = resonant.number_sectors()?;
            let curve = self.moments()?.curve().map(|curve| curve.scaled(omega));
            if let (Ok(limit), Ok(curve)) = (sectors.limit(), curve) {
                return Ok(self.of_oscillators(Limit::of(&BatteryState::new(&space, &[limit])), curve));
            }
        }
        let moments = self.moments()?;
        let omega = self.battery.frequencies[0];
        let limit = match moments.limit() {
            Ok(limit) => limit,
            Err(why) => return Ok(LongTimes::unknown(why)),
        };
        let none = f64::NAN;
        let of_state = Limit {
            energy: omega * limit.number,
            ergotropy: Ergotropy {
                global: none,
                collective: None,
                local: none,
                incoherent: none,
                coherent: none,
                largest_eigenvalue: none,
                smallest_eigenvalue: none,
            },
            purity: none,
            fluctuation: omega * limit.fluctuation,
        };
        let curve = match moments.curve() {
            Ok(curve) => curve.scaled(omega),
            Err(why) => return Ok(LongTimes::unknown(why)),
        };
        let mut long = self.of_oscillators(of_state, curve);
        long.asymptote.unique = Some(limit.unique);
        long.asymptote.conserved = limit.conserved;
        long.asymptote.why = None;
        if limit.conserved.is_none() {
            long.asymptote.add_reason(MANY.into());
        }
        long.asymptote.add_reason(NO_STATES.into());
        Ok(long)
    }

    fn of_oscillators(&self, limit: Limit, curve: EnergyCurve) -> LongTimes {
        let times = charging_time(&curve);
        let slowest = times.spectral.as_ref().ok().map(|found| found.rate).filter(|rate| *rate > 0.0);
        let asymptote = Asymptote {
            limit: Some(limit),
            unique: Some(false),
            certified: true,
            slowest_rate: slowest,
            log10_slowest_rate: slowest.map(f64::log10),
            why: Some(MANY.into()),
            ..Asymptote::default()
        };
        LongTimes { asymptote, times: Ok(times), curve: Some(curve) }
    }

    pub(super) fn long_times_into(&self, charging: &mut Charging, long: LongTimes, request: &Request) {
        let end = request.times.last().copied().unwrap_or(0.0);
        let power = long.curve.as_ref().and_then(|curve| maximum_average(curve, end));
        charging.maximum_power = power.or(charging.maximum_power);
        charging.asymptote = long.asymptote;
        charging.charging_time = long.times;
    }
}

fn reason(request: &Request, why: &str) -> String {
    if request.method == "auto" { why.into() } else { "asked for by name".into() }
}
