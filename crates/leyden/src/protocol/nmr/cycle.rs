//! Stages of an NMR star whose correlations are dropped before every `evolve`.
//!
//! All that is carried are the polarisations P = 2p - 1 of the battery and C = 2q - 1 of every charger, exact also where they
//! are tiny. With V of [`SpinStar`] at q = (1+C)/2 and theta = |J| t:
//!   evolve:   P' = P + V(C) (C - P),   C' = C - V(C) (C - P)/N          (p + N q is conserved)
//!   wait:     X' = X + (X_eq - X) (1 - e^{-t/T1})                       for both species
//!   pulse:    X' = -X for odd multiples of pi;   reset: X' = 2x - 1;   measure and dephase change nothing
//!   extract:  P' = -P where omega P > 0, by a unitary; into a load of rate R the battery follows, with its own T1,
//!             dp/dt = -k p + b/T1,  k = R + 1/T1, and  E = omega R int p dt  leaves, while chargers relax.
//! V is even in C, and V(0) = A of @joshi2022: to first order in polarisations
//! the cycle is linear.

use std::f64::consts::PI;

use super::StarStageError;
use crate::exact::{ExchangeByAngle, SpinStar};
use crate::model::{NmrStar, NmrStarError};
use crate::protocol::{Extraction, Part, ResetState, Stage, Task};
use crate::space::InitialState;

/// Angles this close to a multiple of pi count as one.
const ANGLE: f64 = 1e-9;

/// What is carried from stage to stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Polarisations {
    /// P = 2p - 1.
    pub(crate) battery: f64,
    /// C = 2q - 1.
    pub(crate) chargers: f64,
}

impl Polarisations {
    fn of(&mut self, part: Part) -> &mut f64 {
        match part {
            Part::Battery => &mut self.battery,
            Part::Charger => &mut self.chargers,
        }
    }
}

/// P and dE_B/dt at a time, by how much the fastest oscillation turns in all, and terms of one value.
pub(crate) type StageCurve<'a> = (Box<dyn Fn(f64) -> (f64, f64) + 'a>, f64, f64);

/// d(P', C')/d(P, C), row by row.
pub(crate) type Jacobian = [[f64; 2]; 2];

const IDENTITY: Jacobian = [[1.0, 0.0], [0.0, 1.0]];

/// A moment of a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moment {
    /// Since the stage began.
    pub(crate) time: f64,
    pub(crate) state: Polarisations,
    /// dE_B/dt just before this moment; NaN for what happens at once.
    pub(crate) power: f64,
    /// Energy that went out of the battery by extraction since the stage began.
    pub(crate) extracted: f64,
}

/// What a stage does, with everything that does not depend on the state.
#[derive(Clone, Debug)]
enum Act {
    /// V at the moments shown, the end last.
    Evolve(Vec<ExchangeByAngle>),
    /// Both species relax, the battery into a load as well.
    Relax {
        load: f64,
    },
    Set(Part, f64),
    Flip(Part),
    Swap,
    Nothing,
}

/// A stage that is ready to run.
#[derive(Clone, Debug)]
pub(crate) struct StarStage {
    act: Act,
    pub(crate) kind: &'static str,
    pub(crate) duration: f64,
    /// Moments shown.
    pub(crate) points: usize,
    /// Whether energy is taken out.
    pub(crate) extracts: bool,
}

impl StarStage {
    /// Whether the battery's energy may jump.
    pub(crate) fn jumps(&self) -> bool {
        matches!(self.act, Act::Set(Part::Battery, _) | Act::Flip(Part::Battery) | Act::Swap)
    }
}

/// A cycle of stages of a star.
#[derive(Clone, Debug)]
pub(crate) struct StarCycle {
    star: NmrStar,
    pub(crate) stages: Vec<StarStage>,
}

impl StarCycle {
    /// Prepares the stages. An `evolve` without duration lasts to the first maximum of U at the q that the chargers have when it
    /// begins in the first cycle, in every cycle.
    ///
    /// # Errors
    /// [`StarStageError`] with the first stage that does not apply.
    pub(crate) fn new(star: &NmrStar, stages: &[Stage]) -> Result<Self, StarStageError> {
        star.validate()?;
        let mut cycle = StarCycle { star: *star, stages: Vec::with_capacity(stages.len()) };
        let mut state = cycle.start();
        for (index, stage) in stages.iter().enumerate() {
            let stage = cycle.prepare(index + 1, stage, state)?;
            state = cycle.end_of(&stage, state).state;
            cycle.stages.push(stage);
        }
        Ok(cycle)
    }

    /// The polarisations at t = 0.
    pub(crate) fn start(&self) -> Polarisations {
        Polarisations {
            battery: 2.0 * self.star.battery_excitation - 1.0,
            chargers: 2.0 * self.star.charger_excitation - 1.0,
        }
    }

    /// The moments of a stage, its end last.
    pub(crate) fn moments<'a>(
        &'a self,
        stage: &'a StarStage,
        from: Polarisations,
    ) -> impl Iterator<Item = Moment> + 'a {
        let shown = if stage.duration > 0.0 { stage.points } else { 1 };
        (1..=shown).map(move |point| match point == shown {
            true => self.end_of(stage, from),
            false => self.moment(stage, from, point - 1, stage.duration * (point as f64 / shown as f64)),
        })
    }

    /// The end of a stage.
    pub(crate) fn end_of(&self, stage: &StarStage, from: Polarisations) -> Moment {
        self.moment(stage, from, stage.points - 1, stage.duration)
    }

    /// By how much the fastest oscillation turns in one cycle.
    pub(crate) fn turns(&self) -> f64 {
        let evolving = self.stages.iter().filter(|stage| matches!(stage.act, Act::Evolve(_)));
        let time: f64 = evolving.map(|stage| stage.duration).sum();
        0.5 * self.star.coupling.abs() * time * (self.star.chargers as f64 + 1.0)
    }

    /// P and dE_B/dt at a time since a stage began, by how much its fastest oscillation turns, and what a value costs; `None` for what
    /// happens at once.
    pub(crate) fn curve<'a>(&'a self, stage: &StarStage, from: Polarisations) -> Option<StageCurve<'a>> {
        let star = &self.star;
        match stage.act {
            Act::Evolve(_) => {
                let (coupling, difference) = (star.coupling.abs(), from.chargers - from.battery);
                let swing = SpinStar::new(star.chargers)?.at_excitation(population(from.chargers));
                let turns = 0.5 * coupling * stage.duration * (star.chargers as f64 + 1.0);
                let terms = swing.terms().len() as f64;
                let at = move |time: f64| {
                    let now = swing.exchange(coupling * time);
                    let power = 0.5 * star.frequency * difference * coupling * now.slope;
                    (from.battery + now.value * difference, power)
                };
                Some((Box::new(at), turns, terms))
            }
            Act::Relax { load } => {
                let (rate, limit) = self.relaxation(load);
                let at = move |time: f64| {
                    let battery = from.battery + (limit - from.battery) * lost(rate, time);
                    (battery, self.relaxing_power(load, battery))
                };
                Some((Box::new(at), 1.0, 1.0))
            }
            _ => None,
        }
    }

    /// One whole cycle.
    pub(crate) fn map(&self, from: Polarisations) -> Polarisations {
        self.stages.iter().fold(from, |state, stage| self.end_of(stage, state).state)
    }

    /// One whole cycle with its derivative.
    pub(crate) fn linearised(&self, from: Polarisations) -> (Polarisations, Jacobian) {
        let (mut state, mut jacobian) = (from, IDENTITY);
        for stage in &self.stages {
            jacobian = product(self.jacobian(stage, state), jacobian);
            state = self.end_of(stage, state).state;
        }
        (state, jacobian)
    }

    /// Sum of the durations.
    pub(crate) fn duration(&self) -> f64 {
        self.stages.iter().map(|stage| stage.duration).sum()
    }

    fn moment(&self, stage: &StarStage, from: Polarisations, point: usize, time: f64) -> Moment {
        let star = &self.star;
        let mut moment = Moment { time, state: from, power: f64::NAN, extracted: 0.0 };
        match &stage.act {
            Act::Evolve(angles) => {
                let q = population(from.chargers);
                let difference = from.chargers - from.battery;
                let moved = angles[point].exchange(q) * difference;
                moment.state.battery += moved;
                moment.state.chargers -= moved / star.chargers as f64;
                let rate = star.coupling.abs() * angles[point].by_angle(q);
                moment.power = 0.5 * star.frequency * rate * difference;
            }
            Act::Relax { load } => {
                let (rate, limit) = self.relaxation(*load);
                moment.state.battery += (limit - from.battery) * lost(rate, time);
                let chargers = 2.0 * star.charger.equilibrium - 1.0;
                moment.state.chargers += (chargers - from.chargers) * lost(1.0 / star.charger.t1, time);
                moment.power = self.relaxing_power(*load, moment.state.battery);
                if *load > 0.0 {
                    // R int p = R [p_inf t + (p - p_inf) (1 - e^{-kt})/k].
                    let passed = lost(rate, time) / rate;
                    let (now, late) = (0.5 * (1.0 + from.battery), 0.5 * (1.0 + limit));
                    moment.extracted = star.frequency * load * (now * passed + late * (time - passed));
                }
            }
            Act::Set(part, polarisation) => *moment.state.of(*part) = *polarisation,
            Act::Flip(part) => {
                let flipped = moment.state.of(*part);
                *flipped = -*flipped;
            }
            Act::Swap => {
                moment.extracted = (star.frequency * from.battery).max(0.0);
                if moment.extracted > 0.0 {
                    moment.state.battery = -from.battery;
                }
            }
            Act::Nothing => {}
        }
        moment
    }

    fn jacobian(&self, stage: &StarStage, from: Polarisations) -> Jacobian {
        let mut jacobian = IDENTITY;
        match &stage.act {
            Act::Evolve(angles) => {
                let end = &angles[stage.points - 1];
                let q = population(from.chargers);
                // d/dC [V (C - P)]
                let exchange = end.exchange(q);
                let by_chargers = exchange + 0.5 * end.by_excitation(q) * (from.chargers - from.battery);
                let n = self.star.chargers as f64;
                jacobian = [[1.0 - exchange, by_chargers], [exchange / n, 1.0 - by_chargers / n]];
            }
            Act::Relax { load } => {
                let (rate, _) = self.relaxation(*load);
                jacobian[0][0] = (-rate * stage.duration).exp();
                jacobian[1][1] = (-stage.duration / self.star.charger.t1).exp();
            }
            Act::Set(Part::Battery, _) => jacobian[0][0] = 0.0,
            Act::Set(Part::Charger, _) => jacobian[1][1] = 0.0,
            Act::Flip(Part::Battery) => jacobian[0][0] = -1.0,
            Act::Flip(Part::Charger) => jacobian[1][1] = -1.0,
            Act::Swap if self.star.frequency * from.battery > 0.0 => jacobian[0][0] = -1.0,
            Act::Swap | Act::Nothing => {}
        }
        jacobian
    }

    /// (k, P at which the battery would end) with a load.
    fn relaxation(&self, load: f64) -> (f64, f64) {
        let (own, equilibrium) = (1.0 / self.star.battery.t1, 2.0 * self.star.battery.equilibrium - 1.0);
        let rate = own + load;
        let limit = if rate > 0.0 { (own * equilibrium - load) / rate } else { equilibrium };
        (rate, limit)
    }

    fn relaxing_power(&self, load: f64, battery: f64) -> f64 {
        let (rate, limit) = self.relaxation(load);
        0.5 * self.star.frequency * rate * (limit - battery)
    }

    fn prepare(
        &self,
        number: usize,
        stage: &Stage,
        state: Polarisations,
    ) -> Result<StarStage, StarStageError> {
        let at_least_0 = |key: &'static str, value: f64| match value >= 0.0 && value.is_finite() {
            true => Ok(value),
            false => Err(StarStageError::Negative { stage: number, key, value }),
        };
        let Stage { task, points } = stage;
        let points = *points;
        if points == 0 {
            return Err(StarStageError::Points { stage: number });
        }
        if task.own_system().is_some() {
            return Err(StarStageError::OtherSystem { stage: number });
        }
        let (act, duration) = match task {
            Task::Evolve { duration, .. } => {
                let spins = SpinStar::new(self.star.chargers).ok_or(NmrStarError::Chargers)?;
                let coupling = self.star.coupling.abs();
                let (theta, duration) = match *duration {
                    Some(duration) => (coupling * duration, at_least_0("duration", duration)?),
                    None => {
                        let theta = spins.first_maximum(population(state.chargers));
                        (theta, theta / coupling)
                    }
                };
                let angle = |point| theta * (point as f64 / points as f64);
                (Act::Evolve((1..=points).map(|point| spins.at_angle(angle(point))).collect()), duration)
            }
            Task::Wait { duration, .. } => (Act::Relax { load: 0.0 }, at_least_0("duration", *duration)?),
            Task::Extract(Extraction::Load { rate, duration }) => {
                let load = at_least_0("rate", *rate)?;
                (Act::Relax { load }, at_least_0("duration", *duration)?)
            }
            Task::Extract(Extraction::Unitary | Extraction::SymmetricUnitary) => (Act::Swap, 0.0),
            Task::Reset { target, state } => (Act::Set(*target, self.prepared(number, *target, state)?), 0.0),
            Task::Pulse { target, angle } => {
                let turns = (angle / PI).round();
                if !((angle - turns * PI).abs() <= ANGLE) {
                    return Err(StarStageError::Angle { stage: number, angle: *angle });
                }
                (if turns % 2.0 == 0.0 { Act::Nothing } else { Act::Flip(*target) }, 0.0)
            }
            Task::Measure { outcome: Some(_), .. } => {
                return Err(StarStageError::Outcome { stage: number });
            }
            Task::Measure { .. } | Task::Dephase { .. } => (Act::Nothing, 0.0),
        };
        let extracts = matches!(task, Task::Extract(_));
        Ok(StarStage { act, kind: task.kind(), duration, points, extracts })
    }

    /// The polarisation that a reset prepares.
    fn prepared(&self, number: usize, target: Part, prepared: &ResetState) -> Result<f64, StarStageError> {
        let spins = if target == Part::Battery { 1 } else { self.star.chargers };
        match prepared.clone() {
            ResetState::Excitation(excitation) if (0.0..=1.0).contains(&excitation) => {
                Ok(2.0 * excitation - 1.0)
            }
            ResetState::Excitation(excitation) => {
                Err(StarStageError::Excitation { stage: number, excitation })
            }
            ResetState::State(InitialState::Ground | InitialState::Fock(0)) => Ok(-1.0),
            ResetState::State(InitialState::Excited) => Ok(1.0),
            ResetState::State(InitialState::Fock(n)) if n == spins => Ok(1.0),
            ResetState::State(InitialState::Thermal(mean)) if (0.0..=0.5).contains(&mean) => {
                Ok(2.0 * mean - 1.0)
            }
            ResetState::State(InitialState::Superposition(_)) => {
                Err(StarStageError::Superposition { stage: number })
            }
            ResetState::State(state) => Err(StarStageError::State { stage: number, state }),
        }
    }
}

/// q = (1 + C)/2; rounding may carry C beyond 1.
fn population(polarisation: f64) -> f64 {
    (0.5 * (1.0 + polarisation)).clamp(0.0, 1.0)
}

/// 1 - e^{-rate t}.
fn lost(rate: f64, time: f64) -> f64 {
    -(-rate * time).exp_m1()
}

fn product(a: Jacobian, b: Jacobian) -> Jacobian {
    let element = |i: usize, j: usize| a[i][0] * b[0][j] + a[i][1] * b[1][j];
    [[element(0, 0), element(0, 1)], [element(1, 0), element(1, 1)]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Correlations, SpinRelaxation};

    fn star() -> NmrStar {
        NmrStar {
            chargers: 6,
            coupling: 1.3,
            frequency: 2.0,
            charger_excitation: 0.93,
            battery_excitation: 0.35,
            charger: SpinRelaxation { t1: 3.0, t2: 6.0, equilibrium: 0.2 },
            battery: SpinRelaxation { t1: 11.0, t2: 22.0, equilibrium: 0.1 },
            correlations: Correlations::Dropped,
        }
    }

    fn stage(task: Task, points: usize) -> Stage {
        Stage { task, points }
    }

    #[test]
    fn derivative_of_a_cycle() {
        let stages = [
            stage(Task::Evolve { duration: Some(0.7), system: None }, 3),
            stage(Task::Wait { duration: 1.1, system: None }, 1),
            stage(Task::Pulse { target: Part::Charger, angle: -3.0 * PI }, 1),
            stage(Task::Evolve { duration: None, system: None }, 1),
            stage(Task::Extract(Extraction::Load { rate: 0.2, duration: 0.5 }), 1),
            stage(Task::Extract(Extraction::Unitary), 1),
        ];
        let cycle = StarCycle::new(&star(), &stages).unwrap();
        let at = Polarisations { battery: 0.3, chargers: -0.9 };
        let (end, jacobian) = cycle.linearised(at);
        assert_eq!(end, cycle.map(at));
        let h = 1e-5;
        for (column, part) in [Part::Battery, Part::Charger].into_iter().enumerate() {
            let moved = |by: f64| {
                let mut from = at;
                *from.of(part) += by;
                cycle.map(from)
            };
            let (up, down) = (moved(h), moved(-h));
            let slopes = [up.battery - down.battery, up.chargers - down.chargers];
            for row in 0..2 {
                assert!((jacobian[row][column] - slopes[row] / (2.0 * h)).abs() < 1e-9, "{row} {column}");
            }
        }
    }

    #[test]
    fn load_takes_what_leaves_through_it() {
        let (rate, duration, points) = (0.7, 4.0, 4000);
        let load = stage(Task::Extract(Extraction::Load { rate, duration }), points);
        let cycle = StarCycle::new(&star(), &[load]).unwrap();
        let start = cycle.start();
        let moments: Vec<Moment> = cycle.moments(&cycle.stages[0], start).collect();
        // Simpson's rule for omega R int p dt.
        let p = |k: usize| population(if k == 0 { start.battery } else { moments[k - 1].state.battery });
        let sum: f64 = (0..points / 2).map(|k| p(2 * k) + 4.0 * p(2 * k + 1) + p(2 * k + 2)).sum();
        let integral = sum * duration / points as f64 / 3.0;
        let end = moments[points - 1];
        assert!((end.extracted - 2.0 * rate * integral).abs() < 1e-12, "{end:?}");
        // What the battery lost went into the load and into its own bath.
        let bath = (0.1 * duration - integral) / 11.0;
        let left = population(end.state.battery) - population(start.battery);
        assert!((left - (bath - rate * integral)).abs() < 1e-12);
        let chargers = 0.2 + (0.93 - 0.2) * (-duration / 3.0f64).exp();
        assert!((population(end.state.chargers) - chargers).abs() < 1e-15);
        // The power at a moment is the slope there.
        let slope = (p(2001) - p(1999)) / (2.0 * duration / points as f64);
        assert!((moments[1999].power - 2.0 * slope).abs() < 1e-6);
        // Nothing relaxes, nothing is taken.
        let mut still = star();
        (still.battery.t1, still.battery.t2) = (f64::INFINITY, f64::INFINITY);
        let load = stage(Task::Extract(Extraction::Load { rate: 0.0, duration }), 1);
        let cycle = StarCycle::new(&still, &[load]).unwrap();
        let end = cycle.end_of(&cycle.stages[0], start);
        assert_eq!((end.state.battery, end.extracted, end.power), (start.battery, 0.0, 0.0));
    }

    #[test]
    fn first_maximum_is_that_of_the_first_cycle() {
        let reset = Task::Reset { target: Part::Charger, state: ResetState::Excitation(0.6) };
        let stages = [
            stage(Task::Evolve { duration: None, system: None }, 1),
            stage(reset, 1),
            stage(Task::Evolve { duration: None, system: None }, 1),
        ];
        let cycle = StarCycle::new(&star(), &stages).unwrap();
        let spins = SpinStar::new(6).unwrap();
        for (stage, q) in [(0, 0.93), (2, 0.6)] {
            let expected = spins.first_maximum(q) / 1.3;
            assert!((cycle.stages[stage].duration - expected).abs() < 1e-14);
        }
        let up = cycle.end_of(&cycle.stages[0], cycle.start()).state;
        let (gain, loss) = (
            spins.gain(0.93, 1.3 * cycle.stages[0].duration),
            spins.loss(0.93, 1.3 * cycle.stages[0].duration),
        );
        let p = 0.65 * gain + 0.35 * (1.0 - loss);
        assert!((population(up.battery) - p).abs() < 1e-14);
        assert!((p + 6.0 * population(up.chargers) - (0.35 + 6.0 * 0.93)).abs() < 1e-14);
    }
}
