//! Figures of merit of one diagonal spin: with P = 2p - 1 its energy is omega (1 + P)/2, its ergotropy max(0, omega P), all of it
//! incoherent, its purity (1 + P^2)/2.

use super::super::{Charging, Request, Series};
use super::{LEVELS, METHOD};
use crate::asymptote::Limit;
use crate::evolve::Outcome;
use crate::merit::{Ergotropy, PowerSamples};

pub(super) fn energy_of(omega: f64, polarisation: f64) -> f64 {
    0.5 * omega * (1.0 + polarisation)
}

pub(super) fn ergotropy_of(omega: f64, polarisation: f64) -> f64 {
    (omega * polarisation).max(0.0)
}

fn fluctuation_of(omega: f64, polarisation: f64) -> f64 {
    0.5 * omega.abs() * ((1.0 - polarisation) * (1.0 + polarisation)).max(0.0).sqrt()
}

pub(super) fn limit(omega: f64, polarisation: f64) -> Limit {
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
pub(super) struct Table {
    omega: f64,
    times: Vec<f64>,
    series: Series,
    pub(super) samples: PowerSamples,
}

impl Table {
    pub(super) fn new(omega: f64, start: f64) -> Self {
        let series = Series { collective: Some(Vec::new()), ..Series::default() };
        Table { omega, times: Vec::new(), series, samples: PowerSamples::new(energy_of(omega, start)) }
    }

    pub(super) fn push(&mut self, time: f64, polarisation: f64, power: f64) {
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

    pub(super) fn finish(self, reason: &str, request: &Request) -> Charging {
        let mut charging = Charging::without_states(METHOD, reason.into(), request, self.series, LEVELS);
        charging.times = self.times;
        charging.maximum_power = self.samples.maximum();
        if !charging.series.energy.iter().all(|x| x.is_finite()) {
            charging.outcome = Outcome::Inaccurate { trace: f64::NAN, smallest_eigenvalue: f64::NAN };
        }
        charging
    }
}
