//! The corridor for two resonant oscillators: states by number sectors.

use super::super::extrema::{Sampling, of_curve};
use super::super::{Charging, Error, Plan, Recorder, Request};
use super::long_times_into;
use crate::asymptote::{Asymptote, Average, LongTimes, SlowestRate};
use crate::evolve::Outcome;
use crate::exact::NumberSectors;
use crate::merit::{
    BatteryState, EnergyCurve, Extrema, Sample, Sampler, Wanted, charging_time, global_ergotropy,
};
use crate::method::Method;
use crate::model::{ChargerBattery, Levels, ModelError};
use crate::space::BatterySpace;
use crate::why::Infinite;
use crate::{Known, Why};

const REASON: &str = "solved exactly: two oscillators on resonance, of which only the charger dephases";

impl ChargerBattery {
    fn sector_levels(&self) -> Levels {
        let (coupling, amplitude) = (self.coupling.strengths[0], self.amplitude());
        let battery = NumberSectors::levels_for(coupling, amplitude, &self.initial.battery);
        Levels { charger: 1, battery }
    }

    pub(super) fn plan_number_sectors(&self, request: &Request) -> Result<Plan, Error> {
        let levels = self.sector_levels();
        let dimension = levels.battery;
        let memory = self.guard(dimension as f64, 8.0 * (dimension as f64).powi(2) * 8.0, request)?;
        let (method, reason) = (Method::NumberSectors, request.reason(REASON));
        Ok(Plan { method, reason, dimension, memory, levels, seconds: None, candidates: Vec::new() })
    }

    pub(super) fn number_sectors(&self) -> Result<(NumberSectors, BatterySpace), Error> {
        let space = BatterySpace::oscillator(self.sector_levels().battery, self.cell_frequency());
        let battery0 = self.initial.battery.on_battery(&space).map_err(ModelError::BatteryState)?;
        let (gamma, g) = (self.charger.noise.dephasing, self.coupling.strengths[0]);
        Ok((NumberSectors::new(gamma, g, self.amplitude(), &battery0)?, space))
    }

    pub(super) fn charge_number_sectors(&self, request: &Request) -> Result<Charging, Error> {
        let Plan { method, levels, reason, .. } = self.plan_number_sectors(request)?;
        let omega = self.cell_frequency();
        let (sectors, space) = self.number_sectors()?;
        let mut recorder = Recorder::of_states(omega * sectors.energy_at_start(), request.times.len());
        sectors.states(&request.times, &mut |_, time, rho, power, energy| {
            recorder.record(time, &BatteryState::new(&space, std::slice::from_ref(rho)), omega * power);
            recorder.balance(omega * energy - recorder.last().0);
        });
        let top = Some(sectors.top_weight());
        recorder
            .rounded(2.0 * self.coupling.strengths[0].abs() * (levels.battery as f64).sqrt() * request.end());
        let outcome = recorder.outcome_of_cut(Outcome::Converged, top, 0.0, request.tolerance);
        let mut charging = Charging::new(method, reason, outcome, levels, self.cells(), recorder);
        let curve = sectors.curve().scaled(omega);
        let mut long = match sectors.limit() {
            Err(why) => LongTimes::unknown(why),
            Ok(limit) => {
                let limit = [limit];
                let limit = BatteryState::new(&space, &limit);
                of_oscillators(Asymptote::of_state(&limit, request.detail, Infinite::Conserved), curve)
            }
        };
        // The energy holds two frequencies, g and 2g: their rates never differ tenfold.
        if long.asymptote.certified {
            long.asymptote.plateaus = Ok(Vec::new());
        }
        long_times_into(&mut charging, long, request);
        if self.looks_at_maxima(request) {
            let average = sectors.average();
            charging.asymptote.average =
                Ok(Average::of(&BatteryState::new(&space, std::slice::from_ref(&average))));
            let fastest = 2.0 * self.coupling.strengths[0].abs();
            charging.extrema = maxima(&sectors, &space, omega, fastest, request);
        }
        Ok(charging)
    }
}

/// The maxima without dephasing.
fn maxima(
    sectors: &NumberSectors,
    space: &BatterySpace,
    omega: f64,
    fastest: f64,
    request: &Request,
) -> Extrema {
    let (levels, inner) = (sectors.levels() as f64, sectors.sectors() as f64);
    // Products with the displacement, and eigenvalues.
    let work = levels * inner * (levels + inner) + 10.0 * levels.powi(3);
    let run = 1.5 * request.times.len() as f64 * work;
    let mut sampler = Sampled { sectors, space, omega };
    // Coherences between sectors turn as fast as their numbers differ.
    let fastest = fastest * inner.sqrt();
    let mut states = Sampling { sampler: &mut sampler, fastest, work, run };
    let energy = of_curve(&sectors.curve().scaled(omega), request, run);
    Extrema { energy, ergotropy: states.ergotropy(request) }
}

/// Number sectors at times asked for.
struct Sampled<'a> {
    sectors: &'a NumberSectors,
    space: &'a BatterySpace,
    omega: f64,
}

impl Sampler for Sampled<'_> {
    fn sample(&mut self, times: &[f64], _: Wanted) -> Known<Vec<Sample>> {
        let mut samples = Vec::with_capacity(times.len());
        self.sectors.states(times, &mut |_, _, rho, power, energy| {
            let state = BatteryState::new(self.space, std::slice::from_ref(rho));
            let (energy, power) = (self.omega * energy, self.omega * power);
            samples.push(Sample { energy, power, ergotropy: global_ergotropy(&state) });
        });
        Ok(samples)
    }
}

/// Long times of two oscillators with the limit of the battery.
pub(super) fn of_oscillators(found: Asymptote, curve: EnergyCurve) -> LongTimes {
    let many = Why::from(Infinite::Conserved);
    let times = charging_time(&curve);
    let slowest = times.spectral.ok().map(|found| found.rate).filter(|rate| *rate > 0.0);
    let asymptote =
        Asymptote { unique: Some(false), slowest_rate: slowest.map(SlowestRate::of).ok_or(many), ..found };
    LongTimes { asymptote, times: Ok(times), curve: Some(curve) }
}
