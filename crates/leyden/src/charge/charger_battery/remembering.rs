//! Long times of noise with memory: the limit by what is conserved, the way there by the modes of a hierarchy.
//!
//! Without relaxation the limit is that of white noise (see `asymptote::members`), which the methods for white noise know. Members of the hierarchy
//! are added until E_B stands still on all times: from a fraction of the shortest to many times the longest of its modes.

use super::super::hierarchy::{Field, TELEGRAPH, more};
use super::super::master_equation::{GeneralRun, carried};
use crate::asymptote::{
    Asymptote, Detail, LongTimes, MOST_SETTLED, Remark, Settled, SlowestRate, curve_of_members, is_unital,
    sectors, settle, steady_members,
};
use crate::lindblad::Generator;
use crate::merit::{BatteryState, ChargingTime, EnergyCurve, NO_DISTANCE, charging_time};
use crate::model::{ChargerBattery, FieldMemory, FieldNoise, JointSystem};
use crate::operator::Hermitian;
use crate::why::{Doubt, Elsewhere, TooLarge};
use crate::{Known, Why};

/// How far E_B may move with the last members, relative to its largest mode.
const STANDS: f64 = 1e-7;
/// How far eigenvalues may be off, relative to the largest.
const ROUNDING: f64 = 1e-13;
/// Most members whose modes are looked for.
const MOST_MEMBERS: usize = 512;
/// Times at which curves are compared, in equal ratios, and how long before and after the modes they lie.
const COMPARED: usize = 48;
const BEFORE: f64 = 0.1;
const AFTER: f64 = 20.0;

impl GeneralRun<'_> {
    /// The same of a run whose generator is a hierarchy.
    pub(in crate::charge) fn long_times_with_memory(
        &self,
        model: &ChargerBattery,
        energy: &Hermitian,
        detail: Detail,
    ) -> LongTimes {
        if !self.generator.is_constant() {
            return LongTimes::unknown(Why::TimeDependent);
        }
        let first = self.generator.memory().map_or(TELEGRAPH, |memory| memory.members);
        if model.moments_apply().is_ok()
            && let Ok(found) = model.long_times_by_moments()
        {
            return found;
        }
        if is_unital(&self.system.lindbladian) {
            self.spreading(model, energy, first, detail)
        } else {
            self.steady(model, energy, first, detail)
        }
    }

    /// Nothing relaxes.
    fn spreading(
        &self,
        model: &ChargerBattery,
        energy: &Hermitian,
        first: usize,
        detail: Detail,
    ) -> LongTimes {
        let white = model.with_white_noise();
        let of_limit = match self.limit_of_white(&white) {
            Ok(asymptote) => asymptote,
            Err(why) => return LongTimes::unknown(why),
        };
        if detail < Detail::Times {
            return LongTimes { asymptote: of_limit, times: Err(Why::NotAsked), curve: None };
        }
        let rabi = white.rabi_blocks_apply().is_ok();
        let found = if rabi {
            match white.rabi_blocks(white.rabi_levels()) {
                Ok((blocks, _)) => grown(model, first, |members, memory| {
                    blocks.curve_with_memory(&model.field(memory, 2, 1, members))
                }),
                Err(_) => Err(Elsewhere::Members.into()),
            }
        } else {
            self.by_members(model, energy, first, None)
        };
        completed(of_limit, self.system.rho0.expect(energy), found)
    }

    /// What is known of the limit of white noise.
    fn limit_of_white(&self, white: &ChargerBattery) -> Known<Asymptote> {
        let rest = Why::from(Elsewhere::Members);
        let known = |found: Asymptote| Asymptote {
            slowest_rate: Err(rest),
            rates: Err(rest),
            plateaus: Err(rest),
            average: Err(Why::Open),
            remarks: Vec::new(),
            ..found
        };
        if let Some(found) = white.rabi_long_times(Detail::Limit) {
            return Ok(known(found.asymptote));
        }
        if let Some(why) = super::diverges(white) {
            return Err(why);
        }
        self.settled_limit()
    }

    /// The same of a system of which nothing else is known: the limit alone, where nothing relaxes.
    pub(in crate::charge) fn limit_with_memory(&self) -> LongTimes {
        let rest = Why::from(Elsewhere::Members);
        if !is_unital(&self.system.lindbladian) {
            return LongTimes::unknown(Elsewhere::Relaxing.into());
        }
        match self.settled_limit() {
            Ok(asymptote) => LongTimes { asymptote, times: Err(rest), curve: None },
            Err(why) => LongTimes::unknown(why),
        }
    }

    /// The limit of white noise, from what is conserved.
    fn settled_limit(&self) -> Known<Asymptote> {
        let rest = Why::from(Elsewhere::Members);
        let JointSystem { lindbladian, rho0, space, .. } = self.system;
        let settled = settle(lindbladian, &Generator::new(lindbladian), rho0)?;
        self.require_room(&settled.state)?;
        let reduced = sectors(settled.state.trace_out_first(space.dim()), space);
        let limit = BatteryState::new(space, &reduced);
        Ok(Asymptote {
            unique: Some(settled.conserved == 1),
            conserved: Ok(settled.conserved),
            conserved_values: settled.values,
            residual: Some(settled.residual),
            average: Err(Why::Open),
            ..Asymptote::of_state(&limit, Detail::Spectrum, rest)
        })
    }

    /// Relaxation holds the state, and the field with it.
    fn steady(&self, model: &ChargerBattery, energy: &Hermitian, first: usize, detail: Detail) -> LongTimes {
        let JointSystem { lindbladian, rho0, space, .. } = self.system;
        let found = || -> Known<(Asymptote, Vec<f64>, usize)> {
            if rho0.dim() > MOST_SETTLED {
                return Err(Doubt::Levels { most: MOST_SETTLED, levels: rho0.dim() }.into());
            }
            let settled = settle(lindbladian, &Generator::new(lindbladian), rho0)?;
            if settled.conserved != 1 {
                let Settled { conserved, residual, .. } = settled;
                return Err(Doubt::Several { conserved, levels: rho0.dim(), residual }.into());
            }
            let field = self.field(model)?;
            let (mut members, mut before) = (first, None::<Hermitian>);
            loop {
                let generator = field.with(members);
                let populations = generator.populations();
                let (x, residual) = steady_members(&generator, &populations)?;
                let mut state = Hermitian::zero(rho0.dim());
                generator.place(&x, state.s_mut());
                let apart = |before: &Hermitian| {
                    before.s().iter().zip(state.s()).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
                };
                let stands = generator.memory().is_some_and(|memory| memory.ends)
                    || before.as_ref().is_some_and(|before| apart(before) <= STANDS);
                if !stands {
                    members = more(members);
                    if members > MOST_MEMBERS {
                        return Err(TooLarge::Members { most: MOST_MEMBERS }.into());
                    }
                    before = Some(state);
                    continue;
                }
                self.require_room(&state)?;
                let reduced = sectors(state.trace_out_first(space.dim()), space);
                let limit = BatteryState::new(space, &reduced);
                let asymptote = Asymptote {
                    unique: Some(true),
                    conserved: Ok(1),
                    conserved_values: vec![1.0],
                    residual: Some(residual),
                    average: Err(Why::Open),
                    ..Asymptote::of_state(&limit, detail, Elsewhere::Members)
                };
                return Ok((asymptote, x, members));
            }
        };
        match found() {
            Err(why) => LongTimes::unknown(why),
            Ok((asymptote, ..)) if detail < Detail::Times => {
                LongTimes { asymptote, times: Err(Why::NotAsked), curve: None }
            }
            Ok((asymptote, _, members)) => {
                let found = self.by_members(model, energy, members, Some(()));
                completed(asymptote, rho0.expect(energy), found)
            }
        }
    }

    fn field(&self, model: &ChargerBattery) -> Known<Field> {
        let system = self.system.clone();
        let pairs = carried(&system);
        model.field_of(system, pairs).map_err(|_| Elsewhere::Members.into())
    }

    /// The energy in modes of all members; `steady` where the limit is that of the hierarchy itself.
    fn by_members(
        &self,
        model: &ChargerBattery,
        energy: &Hermitian,
        first: usize,
        steady: Option<()>,
    ) -> Known<(EnergyCurve, usize)> {
        let JointSystem { lindbladian, rho0, .. } = self.system;
        let field = self.field(model)?;
        let limit = match steady {
            Some(()) => None,
            None => Some(settle(lindbladian, &Generator::new(lindbladian), rho0)?.state),
        };
        grown(model, first, |members, _| {
            let generator = field.with(members);
            let limit = match &limit {
                Some(state) => generator.carried(state.s()).into_owned(),
                None => steady_members(&generator, &generator.populations())?.0,
            };
            curve_of_members(&generator, &generator.started(rho0.s()), &limit, &generator.carried(energy.s()))
        })
    }

    /// Whether a limit leaves the highest levels of cut oscillators empty.
    fn require_room(&self, state: &Hermitian) -> Known<()> {
        let top = |cut: &super::super::cutoff::Cut| cut.top(state.dim(), |joint| state.population(joint));
        match self.cuts.iter().any(|cut| top(cut) > self.allowed) {
            true => Err(Why::CutOff { what: "limit" }),
            false => Ok(()),
        }
    }
}

/// The curve of as many members as it takes to stand still.
pub(super) fn grown(
    model: &ChargerBattery,
    first: usize,
    curve: impl Fn(usize, &FieldMemory) -> Known<EnergyCurve>,
) -> Known<(EnergyCurve, usize)> {
    let memory = model.memory().expect("asked where the noise has memory");
    if memory.noise == FieldNoise::Telegraph {
        return Ok((curve(TELEGRAPH, &memory)?, TELEGRAPH));
    }
    let (mut members, mut before) = (first, curve(first, &memory)?);
    loop {
        let larger = more(members);
        if larger > MOST_MEMBERS {
            return Err(TooLarge::Members { most: MOST_MEMBERS }.into());
        }
        let now = curve(larger, &memory)?;
        if stand_still(&before, &now) {
            return Ok((now, larger));
        }
        (members, before) = (larger, now);
    }
}

/// Whether two curves are one, on times around those of their modes, but for what rounding of the fastest rate does to the slowest.
fn stand_still(a: &EnergyCurve, b: &EnergyCurve) -> bool {
    let weight = b.largest_weight().max(f64::MIN_POSITIVE);
    let rates = b.modes.iter().map(|mode| mode.rate()).filter(|rate| *rate > 0.0);
    let (slow, fast) =
        rates.fold((f64::INFINITY, 0.0_f64), |(slow, fast), rate| (slow.min(rate), fast.max(rate)));
    if fast == 0.0 {
        return (a.limit - b.limit).abs() <= STANDS * weight;
    }
    let (from, to) = (BEFORE / fast, AFTER / slow);
    let ratio = (to / from).powf(1.0 / (COMPARED - 1) as f64);
    let mut times = (0..COMPARED).map(|k| from * ratio.powi(k as i32));
    times.all(|t| (a.energy(t) - b.energy(t)).abs() <= (STANDS + ROUNDING * fast * t) * weight)
}

/// Charging times beside a limit.
pub(super) fn completed(
    mut asymptote: Asymptote,
    start: f64,
    found: Known<(EnergyCurve, usize)>,
) -> LongTimes {
    let (mut curve, members) = match found {
        Ok(found) => found,
        Err(why) => {
            asymptote.slowest_rate = Err(why);
            return LongTimes { asymptote, times: Err(why), curve: None };
        }
    };
    if let Ok(limit) = &asymptote.limit {
        // The sum of what stands still is less accurate.
        curve.limit = limit.energy;
    }
    let times = match (start - curve.limit).abs() <= NO_DISTANCE * curve.largest_weight() {
        true => ChargingTime::without_threshold(),
        false => charging_time(&curve),
    };
    let slowest = curve.modes.iter().map(|mode| mode.rate()).fold(f64::INFINITY, f64::min);
    asymptote.slowest_rate = match times.spectral {
        Ok(_) => Asymptote::slowest_of(&Ok(times.clone())),
        Err(_) if slowest.is_finite() => Ok(SlowestRate::of(slowest)),
        Err(why) => Err(why),
    };
    asymptote.remarks.push(Remark::Members { members });
    LongTimes { asymptote, times: Ok(times), curve: Some(curve) }
}
