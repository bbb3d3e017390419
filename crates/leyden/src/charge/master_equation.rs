//! A general method on charger (x) battery: evolution, reduction to the battery, and long times.

use std::ops::ControlFlow;

use super::charger_battery::diverges;
use super::cutoff::top_two;
use super::{ChargeError, Charging, Recorder, Request};
use crate::asymptote::{Detail, LongTimes, NOT_ASKED, settle};
use crate::evolve::{Choice, Outcome};
use crate::lindblad::Generator;
use crate::merit::maximum_average;
use crate::model::{ChargerBattery, ChargerKind, Levels, System};
use crate::operator::{Hermitian, Operator};

pub(super) struct General<'a> {
    /// `None` for spins, of which nothing is cut.
    pub(super) model: Option<&'a ChargerBattery>,
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
        let grows = self.model.map_or((false, false), |model| (model.grows_charger(), model.grows_battery()));
        let (mut rate, mut scratch) = (vec![0.0; rho0.s().len()], vec![0.0; rho0.s().len()]);
        let outcome = choice.method.evolve(self.generator, &rho0, &request.times, &mut |_, time, s| {
            let rho = Hermitian::from_s(rho0.dim(), s.to_vec());
            tops.0 = tops.0.max(top_two(*charger_levels, |level| {
                (0..n_b).map(|b| rho.population(level * n_b + b)).sum()
            }));
            let reduced = rho.trace_out_first(n_b);
            tops.1 = tops.1.max(top_two(n_b, |level| reduced.population(level)));
            if (grows.0 && tops.0 > self.allowed) || (grows.1 && tops.1 > self.allowed) {
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
        let cut_charger = self.model.is_some_and(|model| model.charger.kind != ChargerKind::Qubit);
        let cut = (cut_charger, space.is_oscillator());
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
            let LongTimes { asymptote, times, curve } = self.long_times(&rho0, &energy, cut, request);
            let power = curve.and_then(|curve| maximum_average(&curve, end));
            charging.maximum_power = power.or(charging.maximum_power);
            charging.asymptote = asymptote;
            charging.charging_time = times;
        }
        Ok((charging, tops))
    }

    fn long_times(
        &self,
        rho0: &Hermitian,
        energy: &Hermitian,
        cut: (bool, bool),
        request: &Request,
    ) -> LongTimes {
        if request.detail < Detail::Limit {
            return LongTimes::unknown(NOT_ASKED.into());
        }
        if let Some(why) = self.model.and_then(diverges) {
            return LongTimes::unknown(why);
        }
        let System { lindbladian, charger_levels, space, .. } = self.system;
        let n_b = space.dim();
        let settled = settle(lindbladian, self.generator, rho0).and_then(|settled| {
            let reduced = settled.state.trace_out_first(n_b);
            let charger = |level: usize| (0..n_b).map(|b| settled.state.population(level * n_b + b)).sum();
            let overflow = (cut.0 && top_two(*charger_levels, charger) > self.allowed)
                || (cut.1 && top_two(n_b, |level| reduced.population(level)) > self.allowed);
            match overflow {
                true => {
                    Err("the limit of the cut oscillator fills its highest levels: it is not the true limit"
                        .into())
                }
                false => Ok(settled),
            }
        });
        // Couplings below rounding look like conserved quantities; the Rabi blocks count them.
        let settled = settled.and_then(|settled| match self.model.and_then(ChargerBattery::rabi_conserved) {
            Some(conserved) if conserved != settled.conserved => Err(format!(
                "not certified: {} conserved quantities to rounding, {conserved} beyond it",
                settled.conserved
            )),
            _ => Ok(settled),
        });
        // Rates far below rounding are zero to any general analysis; the Rabi blocks know better. A verifying run (`auto` where
        // Rabi blocks apply) keeps to its own.
        let blocks = || {
            let model = self.model.filter(|_| request.method != "auto");
            model.and_then(|model| model.rabi_long_times(request.detail))
        };
        match settled {
            Ok(settled) if !settled.copies => {
                let mut found = LongTimes::of(&settled, self.generator, rho0, energy, space, request.detail);
                if found.curve.is_none()
                    && let Some(known) = blocks()
                {
                    found.complete(known);
                }
                found
            }
            settled => {
                if let Some(mut known) = blocks() {
                    let why = settled.err().unwrap_or_else(|| "blocks are equal to rounding".into());
                    known.asymptote.add_reason(format!("limit and rates by rabi-blocks, because {why}"));
                    return known;
                }
                match settled {
                    Ok(settled) => {
                        LongTimes::of(&settled, self.generator, rho0, energy, space, request.detail)
                    }
                    Err(why) => LongTimes::unknown(why),
                }
            }
        }
    }
}
