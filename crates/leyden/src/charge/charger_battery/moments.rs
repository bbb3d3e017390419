//! The corridor for two oscillators whose states are out of reach: energies by moments, and where the states are Gaussian all else too.

use super::super::extrema::{Sampling, of_curve};
use super::super::{Charging, Error, Plan, Recorder, Request};
use super::long_times_into;
use super::number_sectors::of_oscillators;
use crate::asymptote::{Asymptote, Average, LongTimes};
use crate::evolve::Outcome;
use crate::exact::{Moments, MomentsError, OscillatorNoise, OscillatorPair};
use crate::merit::{BatteryState, Cosines, Extrema, GaussianState, Merits, Sample, Sampler, Wanted};
use crate::method::Method;
use crate::model::{ChargerBattery, Levels, ModelError, NoiseRates};
use crate::space::InitialState;
use crate::why::Infinite;
use crate::{Known, Why};

impl ChargerBattery {
    pub(super) fn plan_moments(&self, reason: String) -> Plan {
        let (memory, levels) = (8.0 * 70.0 * 70.0 * 20.0, Levels { charger: 0, battery: 0 });
        Plan {
            method: Method::Moments,
            reason,
            dimension: 70,
            memory,
            levels,
            seconds: None,
            candidates: Vec::new(),
        }
    }

    pub(super) fn moments(&self) -> Result<Moments, Error> {
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
        let (charger, battery) = (self.initial.charger.clone(), self.initial.battery.clone());
        Moments::new(pair, charger, battery).map_err(|error| match error {
            MomentsError::ChargerState(error) => ModelError::ChargerState(error).into(),
            MomentsError::BatteryState(error) => ModelError::BatteryState(error).into(),
            other => Error::Moments(other),
        })
    }

    pub(super) fn charge_moments(&self, request: &Request, reason: String) -> Result<Charging, Error> {
        let Plan { method, levels, mut reason, .. } = self.plan_moments(reason);
        let mut moments = self.moments()?;
        let mut moved = 0.0;
        if let Some(memory) = self.memory() {
            let (grown, members, last) = self.grown_moments(&memory, request)?;
            (moments, moved) = (grown, last);
            reason = format!(
                "{reason}; {} noise has memory: a hierarchy of {members} members",
                memory.noise.name()
            );
        }
        let omega = self.cell_frequency();
        let (start, count) = (omega * moments.number_at_start(), request.times.len());
        let gaussian = self.gaussian_states(&request.times)?;
        let mut recorder = match gaussian {
            Some(_) => Recorder::of_states(start, count),
            None => Recorder::new(start, count),
        };
        moments.numbers(&request.times, &mut |k, time, values| {
            let (energy, fluctuation) = (omega * values.number, omega * values.fluctuation);
            let merits = match &gaussian {
                Some(states) => Merits { energy, fluctuation, ..states[k].merits(omega) },
                None => Merits::without_state(energy, fluctuation),
            };
            if let Some(states) = &gaussian {
                recorder.check(1.0, merits.ergotropy.smallest_eigenvalue);
                recorder.balance(energy - omega * states[k].number());
            }
            recorder.push(time, merits, omega * values.power);
        });
        let fastest = self.charger_detuning().abs()
            + self.battery_detuning().abs()
            + 2.0 * self.coupling.strengths[0].abs();
        recorder.rounded(fastest * request.end());
        recorder.checks.error += omega * moved;
        let outcome = match gaussian {
            Some(_) => recorder.outcome(Outcome::Converged, request.tolerance),
            None => recorder.outcome_without_states(),
        };
        let mut charging = Charging::new(method, reason, outcome, levels, self.cells(), recorder);
        long_times_into(&mut charging, self.long_times_by_moments()?, request);
        if self.looks_at_maxima(request) {
            let curve = moments.undamped().map(|curve| curve.scaled(omega));
            if let Some(mean) = curve.as_ref().and_then(Cosines::of).map(|cosines| cosines.mean()) {
                charging.asymptote.average = Ok(Average { energy: mean, ergotropy: Err(Why::NoStates) });
            }
            // A step of the linear system.
            let work = 70.0 * 70.0;
            let run = request.times.len() as f64 * work;
            let mut sampler = Sampled { moments: &moments, omega };
            let mut numbers = Sampling { sampler: &mut sampler, fastest, work, run };
            let energy = match &curve {
                Some(curve) => of_curve(curve, request, run),
                None => numbers.energy(request),
            };
            charging.extrema = Extrema { energy, ergotropy: Err(Why::NoStates) };
        }
        Ok(charging)
    }

    /// The states at `times`, where they stay Gaussian: mean and covariance are all of them, whatever the cutoff.
    fn gaussian_states(&self, times: &[f64]) -> Result<Option<Vec<GaussianState>>, Error> {
        if self.stays_gaussian().is_err() {
            return Ok(None);
        }
        let mut states = Vec::with_capacity(times.len());
        self.gaussian()?.states(times, &mut |_, _, values| states.push(values.state));
        Ok(Some(states))
    }

    /// Fock levels that the battery reaches at `times`, so many standard deviations above the mean: populations of thermal
    /// states fall off slowly. The charger swaps energy with it.
    pub(super) fn levels_reached(&self, times: &[f64]) -> Result<usize, Error> {
        let warm = |rates: &NoiseRates| rates.relaxation > 0.0 && rates.thermal_occupation > 0.0;
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

    /// Energy and fluctuation for t -> infinity without a cutoff. Ergotropy is known where the state is Gaussian, and where the numbers
    /// of the sectors are conserved: the limit is then that of `number-sectors`, whatever the detuning of the charger.
    pub(super) fn long_times_by_moments(&self) -> Result<LongTimes, Error> {
        if let Some(memory) = self.memory() {
            return self.long_times_by_remembering_moments(&memory);
        }
        if self.stays_gaussian().is_ok() {
            return self.long_times_by_gaussian(&self.gaussian()?);
        }
        let resonant = self.with_charger_in_frame();
        let moments = self.moments()?;
        let omega = self.cell_frequency();
        if resonant.number_sectors_apply().is_ok() && self.charger.noise.dephasing > 0.0 {
            let (sectors, space) = resonant.number_sectors()?;
            if let (Ok(limit), Ok(curve)) = (sectors.limit(), moments.curve()) {
                let limit = Merits::of(&BatteryState::new(&space, &[limit]));
                let found = Asymptote::certified(limit, Infinite::Conserved);
                return Ok(of_oscillators(found, curve.scaled(omega)));
            }
        }
        let (limit, curve) = match (moments.limit(), moments.curve()) {
            (Ok(limit), Ok(curve)) => (limit, curve.scaled(omega)),
            (Err(why), _) | (_, Err(why)) => return Ok(LongTimes::unknown(why)),
        };
        let of_state = Merits::without_state(omega * limit.number, omega * limit.fluctuation);
        let mut long = of_oscillators(Asymptote::certified(of_state, Infinite::Conserved), curve);
        long.asymptote.unique = Some(limit.unique);
        long.asymptote.conserved = limit.conserved.ok_or(Infinite::Conserved.into());
        (long.asymptote.rates, long.asymptote.plateaus) = (Err(Why::NoStates), Err(Why::NoStates));
        if long.asymptote.slowest_rate.is_err() {
            long.asymptote.slowest_rate = Err(Why::NoStates);
        }
        Ok(long)
    }
}

/// Moments at times asked for.
struct Sampled<'a> {
    moments: &'a Moments,
    omega: f64,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], _: Wanted) -> Known<Vec<Sample>> {
        let mut samples = Vec::with_capacity(times.len());
        self.moments.numbers(times, &mut |_, _, values| {
            let (energy, power) = (self.omega * values.number, self.omega * values.power);
            samples.push(Sample { energy, power, ergotropy: f64::NAN });
        });
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_and_broad_states_reach_thirty_deviations() {
        // A coherent state: number |alpha|^2 = 2.25, fluctuation |alpha| = 1.5.
        let cold = {
            let mut model = ChargerBattery::oscillators();
            model.initial.battery = InitialState::Coherent(1.5);
            model
        };
        let reached = |model: &ChargerBattery| model.levels_reached(&[0.0]).unwrap();
        let (near, far) = (2.25 + 8.0 * 1.5 + 8.0, 2.25 + 30.0 * 1.5 + 8.0);
        let (near, far) = (f64::ceil(near) as usize, f64::ceil(far) as usize);
        assert_eq!(reached(&cold), near);
        for charger in [false, true] {
            let with = |relaxation: f64, thermal_occupation: f64| {
                let mut model = cold.clone();
                let part = if charger { &mut model.charger.noise } else { &mut model.battery.noise };
                *part = NoiseRates { relaxation, thermal_occupation, ..NoiseRates::default() };
                reached(&model)
            };
            assert_eq!(with(0.3, 0.0), near, "{charger}");
            assert_eq!(with(0.0, 0.2), near, "{charger}");
            assert_eq!(with(0.3, 0.2), far, "{charger}");
        }
        for state in [InitialState::Thermal(0.1), InitialState::Squeezed(0.1)] {
            let mut model = cold.clone();
            model.initial.charger = state;
            assert_eq!(reached(&model), far);
        }
    }
}
