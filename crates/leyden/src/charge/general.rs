//! A general method on charger (x) battery: evolution, reduction to the battery, and long times.

use std::ops::ControlFlow;

use super::{ChargeError, Charging, Recorder, Request};
use crate::asymptote::{Asymptote, Limit, NullSpace};
use crate::evolve::{Choice, Outcome};
use crate::lindblad::Generator;
use crate::merit::{BatteryState, ChargingTime, MaximumPower, charging_time, maximum_average};
use crate::model::{ChargerBattery, ChargerKind, Levels, System};
use crate::operator::{Hermitian, Operator};

pub(super) struct General<'a> {
    pub(super) model: &'a ChargerBattery,
    pub(super) system: &'a System,
    pub(super) generator: &'a Generator,
    pub(super) allowed: f64,
}

impl General<'_> {
    pub(super) fn charge(
        &self,
        choice: &Choice,
        request: &Request,
        levels: Levels,
    ) -> Result<(Charging, (f64, f64)), ChargeError> {
        let System { lindbladian, charger_levels, space, .. } = self.system;
        let n_b = space.dim();
        let on_charger = Operator::identity(*charger_levels);
        let energy = on_charger.kron(&space.hamiltonian());
        let flow = Hermitian::from_operator(&lindbladian.adjoint(&energy));
        let energy = Hermitian::from_operator(&energy);
        let rho0 = self.system.rho0();
        let start = rho0.expect(&energy);
        let mut recorder = Recorder::new(space, start, request.times.len());
        let mut tops = (0.0_f64, 0.0_f64);
        let (mut rate, mut scratch) = (vec![0.0; rho0.s().len()], vec![0.0; rho0.s().len()]);
        let outcome = choice.method.evolve(self.generator, &rho0, &request.times, &mut |_, time, s| {
            let rho = Hermitian::from_s(rho0.dim(), s.to_vec());
            tops.0 = tops.0.max(top_two(*charger_levels, |level| {
                (0..n_b).map(|b| rho.population(level * n_b + b)).sum()
            }));
            let reduced = rho.trace_out_first(n_b);
            tops.1 = tops.1.max(top_two(n_b, |level| reduced.population(level)));
            if (self.model.grows_charger() && tops.0 > self.allowed)
                || (self.model.grows_battery() && tops.1 > self.allowed)
            {
                return ControlFlow::Break(());
            }
            let sectors: Vec<Hermitian> = match space.sectors() {
                [_] => vec![reduced],
                many => {
                    many.iter().map(|sector| reduced.block(sector.offset, sector.energies.len())).collect()
                }
            };
            let power = rho.expect(&flow);
            recorder.record(time, &sectors, power);
            self.generator.apply(time, s, &mut rate, &mut scratch);
            let direct: f64 = rate.iter().zip(energy.s()).map(|(a, b)| a * b).sum();
            recorder.balance(direct - power);
            ControlFlow::Continue(())
        })?;
        let cut = (self.model.charger.kind != ChargerKind::Qubit, space.is_oscillator());
        let top = match cut {
            (false, false) => None,
            (true, false) => Some(tops.0),
            (false, true) => Some(tops.1),
            (true, true) => Some(tops.0.max(tops.1)),
        };
        let outcome = match (outcome, top) {
            (Outcome::Converged, Some(population)) if population > self.allowed.max(request.tolerance) => {
                Outcome::CutoffTooSmall { population }
            }
            (outcome, _) => outcome,
        };
        let mut charging =
            recorder.finish(choice.method.name(), choice.reason.clone(), outcome, request.tolerance, levels);
        charging.times = request.times.clone();
        charging.checks.top_population = top;
        if outcome != Outcome::Stopped {
            let end = request.times.last().copied().unwrap_or(0.0);
            let (asymptote, times, power) = self.long_times(&rho0, &energy, cut, end);
            charging.maximum_power = power.or(charging.maximum_power);
            charging.asymptote = asymptote;
            charging.charging_time = times;
        }
        Ok((charging, tops))
    }

    pub(super) fn long_times(
        &self,
        rho0: &Hermitian,
        energy: &Hermitian,
        cut: (bool, bool),
        end: f64,
    ) -> (Asymptote, Result<ChargingTime, String>, Option<MaximumPower>) {
        let unknown =
            |why: String| (Asymptote { why: Some(why.clone()), ..Asymptote::default() }, Err(why), None);
        let null_space = match NullSpace::new(self.generator, rho0) {
            Ok(null_space) => null_space,
            Err(why) => return unknown(why),
        };
        let space = &self.system.space;
        let n_b = space.dim();
        let reduced = null_space.limit.trace_out_first(n_b);
        let charger = |level: usize| (0..n_b).map(|b| null_space.limit.population(level * n_b + b)).sum();
        let overflow = (cut.0 && top_two(self.system.charger_levels, charger) > self.allowed)
            || (cut.1 && top_two(n_b, |level| reduced.population(level)) > self.allowed);
        if overflow {
            return unknown(
                "the limit of the cut oscillator fills its highest levels: it is not the true limit".into(),
            );
        }
        let sectors: Vec<Hermitian> = space
            .sectors()
            .iter()
            .map(|sector| reduced.block(sector.offset, sector.energies.len()))
            .collect();
        let mut asymptote = Asymptote {
            limit: Some(Limit::of(&BatteryState::new(space, &sectors))),
            unique: Some(null_space.dimension == 1),
            conserved: Some(null_space.dimension),
            certified: true,
            ..Asymptote::default()
        };
        asymptote.slowest_rate = null_space.slowest_rate();
        asymptote.log10_slowest_rate = asymptote.slowest_rate.map(f64::log10);
        // The limit stands without an expansion in modes; rates and times do not.
        let curve = null_space.curve(energy);
        let power = curve.as_ref().ok().and_then(|curve| maximum_average(curve, end));
        let times = curve.map(|curve| charging_time(&curve));
        if let Err(why) = &times {
            asymptote.why = Some(why.clone());
        }
        (asymptote, times, power)
    }
}

/// Population of the two highest levels: a state of one parity may leave either of them empty.
pub(super) fn top_two(levels: usize, population: impl Fn(usize) -> f64) -> f64 {
    (levels.saturating_sub(2)..levels).map(population).sum()
}
