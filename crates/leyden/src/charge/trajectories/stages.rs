//! The stages of a protocol for kets: each an unravelling of its own generator, or what happens at once (`protocol/kets`), cycle after cycle.
//!
//! All stages share one block of levels: those that any of them reaches. Cycles between those shown are drawn as well. A trajectory ends where a selected
//! outcome is not found; at later times the mean is that of those that go on, the state given the outcomes, and their share is its probability.

use num_complex::Complex64;

use super::course::Course;
use super::ensemble::{Ensemble, Ready, Sum};
use super::systems::{ALLOWED, ALLOWED_IN_THE_END, BYTES, plan_of, tops_of_pilots};
use crate::charge::cutoff::Cutoffs;
use crate::charge::cycles::ResolvedProtocol;
use crate::charge::{Charging, Error, Lower, Plan, Request, bytes_per_time, guard_memory, guard_shown};
use crate::evolve::{BY_NAME, Drawn, Readings, Unravelling, UnravellingWorkspace, Walker, apart};
use crate::model::{ChargerKind, Levels};
use crate::numerics::lanes::{flat, norm_sqr, weighted_norm};
use crate::protocol::{
    Cycles, KetMap, KetScratch, KetStroke, Part, ProtocolError, Setting, StageRecord, drawn_dimension,
    first_levels, shown_cycles, tells_cells_apart, times,
};
use crate::why::{CycleTrouble, Still, Why};

/// One stage.
struct Drawable {
    kind: &'static str,
    duration: f64,
    /// How many times are shown.
    points: usize,
    does: Does,
}

/// What it does to kets.
enum Does {
    /// Leads them for a time: its generator, dE_B/dt, the times shown since it began, and the way back to the common frame.
    Flow { unravelling: Box<Unravelling>, flow: Readings, times: Vec<f64>, back: Option<KetMap> },
    /// Happens at once.
    Map(KetMap),
}

/// The stages of a protocol, ready to be drawn.
pub(super) struct Stages {
    strokes: Vec<Drawable>,
    /// The levels of charger (x) battery that are reached.
    levels: Vec<usize>,
    kets: Vec<Vec<Complex64>>,
    seed: u64,
    /// Numbers of the cycles that are shown, from 1.
    shown: Vec<usize>,
    /// Of every time: the stage that acts, and how long it has.
    moments: Vec<Option<(usize, f64)>>,
    /// Excitations of the charger in every level, twice: for real and imaginary part.
    charger: Vec<f64>,
    jumps: bool,
    skips: bool,
}

impl Stages {
    pub(super) fn levels(&self) -> &[usize] {
        &self.levels
    }

    pub(super) fn unravellings(&self) -> impl Iterator<Item = &Unravelling> {
        self.strokes.iter().filter_map(|stroke| match &stroke.does {
            Does::Flow { unravelling, .. } => Some(&**unravelling),
            Does::Map(_) => None,
        })
    }

    /// dE_B/dt in the stage that acts at the numbered time.
    pub(super) fn power(&self, index: usize, psi: &[Complex64]) -> f64 {
        match self.moments[index].map(|(stroke, time)| (&self.strokes[stroke].does, time)) {
            Some((Does::Flow { flow, .. }, time)) => flow.at(0, time, psi),
            _ => f64::NAN,
        }
    }

    /// Excitations of the charger in a ket.
    pub(super) fn charger(&self, psi: &[Complex64]) -> f64 {
        weighted_norm(flat(psi), &self.charger)
    }

    /// One trajectory.
    pub(super) fn run(
        &self,
        trajectory: u64,
        step: f64,
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let mut walker = Walker::new(self.seed, trajectory, false, &self.kets);
        self.lead(&mut walker, (step, None), workspace, seen);
    }

    /// As for one generator.
    pub(super) fn difference(
        &self,
        trajectory: u64,
        step: f64,
        workspace: &mut UnravellingWorkspace,
        energy: &dyn Fn(usize, &[Complex64]) -> f64,
    ) -> (f64, Vec<f64>) {
        apart([2, 1].map(|halves| {
            let mut walker = Walker::new(self.seed, trajectory, true, &self.kets);
            let mut path = Vec::with_capacity(self.moments.len());
            self.lead(&mut walker, (step, Some(halves)), workspace, &mut |seen| {
                path.push(energy(0, seen.psi) / norm_sqr(seen.psi));
            });
            path
        }))
    }

    fn lead(
        &self,
        walker: &mut Walker,
        steps: (f64, Option<usize>),
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let mut scratch = KetScratch::default();
        let mut next = 0;
        let mut show = |next: &mut usize, psi: &[Complex64], jumps: usize| {
            seen(Drawn { index: *next, block: 0, psi, jumps, unjumped: 1.0 });
            *next += 1;
        };
        show(&mut next, &walker.psi, walker.jumps);
        let mut last = 0;
        for &number in &self.shown {
            for cycle in last + 1..=number {
                for stroke in &self.strokes {
                    match &stroke.does {
                        Does::Flow { unravelling, times, back, .. } => {
                            unravelling.lead(walker, times, steps, workspace, &mut |seen| {
                                if cycle == number {
                                    show(&mut next, seen.psi, seen.jumps);
                                }
                            });
                            if let Some(back) = back {
                                back.act(walker, &mut scratch, true);
                            }
                        }
                        Does::Map(map) => {
                            if !map.act(walker, &mut scratch, steps.1.is_some()) {
                                return;
                            }
                            if cycle == number {
                                show(&mut next, &walker.psi, walker.jumps);
                            }
                        }
                    }
                }
            }
            last = number;
        }
    }

    /// The cycles of the mean, into the result.
    pub(super) fn finish(&self, sum: &Sum<'_>, charging: &mut Charging) {
        let empty = |stroke: &Drawable| {
            let record = StageRecord::empty(stroke.kind, stroke.duration, false, false, self.shown.len());
            StageRecord { probability: stroke.selects().then(Vec::new), ..record }
        };
        let mut stages: Vec<StageRecord> = self.strokes.iter().map(empty).collect();
        let (mut energy, mut ergotropy) = (Vec::new(), Vec::new());
        let of = |index: usize| {
            let merits = &charging.series.merits[index];
            (merits.energy, merits.ergotropy.global)
        };
        let mut index = 0;
        for _ in &self.shown {
            for (stroke, record) in self.strokes.iter().zip(&mut stages) {
                let before = sum.jumped(index).1;
                index += stroke.points;
                record.push(of(index), sum.charger(index), f64::NAN);
                if let Some(all) = &mut record.probability {
                    all.push(sum.jumped(index).1 / before);
                }
            }
            energy.push(of(index).0);
            ergotropy.push(of(index).1);
        }
        if self.jumps {
            charging.maximum_power = Err(Still::Jumps.into());
        } else if self.skips {
            charging.maximum_power = Err(CycleTrouble::Skipped.into());
        }
        charging.cycles = Some(Cycles {
            shown: self.shown.clone(),
            energy,
            ergotropy,
            fixed_point: Err(Why::Sampled),
            convergence: Err(Why::Sampled),
            duration: self.strokes.iter().map(|stroke| stroke.duration).sum(),
            stages,
        });
    }
}

impl Drawable {
    fn selects(&self) -> bool {
        matches!(self.does, Does::Map(KetMap::Select(_)))
    }
}

impl ResolvedProtocol {
    pub(in crate::charge) fn plan_trajectories(&self, request: &Request) -> Result<Plan, Error> {
        self.check(request)?;
        let base = &self.slots.system;
        let mut cutoffs = Cutoffs::new(base, first_levels(base, &self.stages), request.tolerance);
        let (_, stages) = cutoffs.fitting(|levels| self.drawable(levels, request))?;
        let plan = plan_of(stages.levels.len(), cutoffs.levels, request);
        Ok(Plan { memory: plan.memory + bytes_per_time(request) * self.shown(), ..plan })
    }

    /// The stages on these levels.
    fn drawable(&self, levels: Levels, request: &Request) -> Result<(Setting<'_>, Stages), Error> {
        let picture = request.trajectories.picture;
        let all_cells = tells_cells_apart(&self.slots, &self.stages, picture);
        let dim = drawn_dimension(&self.slots, &self.stages, levels, all_cells);
        // What resets prepare is a matrix of one part.
        let prepared = 8.0 * (dim / levels.charger as f64).powi(2);
        let lower = self.size.unwrap_or_else(|| self.slots.system.to_lower());
        guard_memory(request, dim, BYTES * dim + prepared, lower)?;
        let shown = self.shown();
        guard_shown(request, shown, bytes_per_time(request) * shown, Lower::Cycles)?;
        let setting = Setting::drawn(&self.slots, &self.stages, levels, all_cells)?;
        let stages = self.on(&setting, request)?;
        Ok((setting, stages))
    }

    fn on(&self, setting: &Setting<'_>, request: &Request) -> Result<Stages, Error> {
        let kets = setting.start_kets()?;
        let dim = kets.first().map_or(0, Vec::len);
        let mut strokes = Vec::new();
        let mut jumps = false;
        for (number, stage) in (1..).zip(&self.stages) {
            let (duration, stroke, moves) = KetStroke::new(stage, setting)?;
            jumps |= moves;
            if matches!(stroke, KetStroke::OfMean) {
                return Err(ProtocolError::OfMean { stage: number }.into());
            }
            strokes.push((stage, duration, stroke));
        }
        // Levels that any stage reaches.
        let mut reached: Vec<bool> =
            (0..dim).map(|level| kets.iter().any(|psi| psi[level] != Complex64::ZERO)).collect();
        let unravellings = loop {
            let before = reached.iter().filter(|known| **known).count();
            let ket: Vec<Complex64> =
                reached.iter().map(|known| Complex64::from(f64::from(u8::from(*known)))).collect();
            let mut made = Vec::with_capacity(strokes.len());
            for (_, _, stroke) in &strokes {
                match stroke {
                    KetStroke::Flow { lindbladian, .. } => {
                        let kets = std::slice::from_ref(&ket);
                        let picture = request.trajectories.picture;
                        let unravelling = Unravelling::new(lindbladian, kets, picture, &[], request.seed)?;
                        unravelling.blocks().flatten().for_each(|level| reached[*level] = true);
                        made.push(Some(unravelling));
                    }
                    KetStroke::Instant(map) => {
                        map.reach(&mut reached);
                        made.push(None);
                    }
                    KetStroke::OfMean => made.push(None),
                }
            }
            if reached.iter().filter(|known| **known).count() == before {
                break made;
            }
        };
        let mut place = vec![None; dim];
        let levels: Vec<usize> = (0..dim).filter(|level| reached[*level]).collect();
        levels.iter().enumerate().for_each(|(k, level)| place[*level] = Some(k));
        let energy = setting.energy();
        let mut made = Vec::with_capacity(strokes.len());
        for ((stage, duration, stroke), unravelling) in strokes.into_iter().zip(unravellings) {
            let (points, does) = match (stroke, unravelling) {
                (KetStroke::Flow { lindbladian, back }, Some(mut unravelling)) => {
                    let times = times(duration, stage.points);
                    let flow = unravelling.flow(&lindbladian, &energy);
                    unravelling.prepare(&times);
                    let back = back.map(|back| KetMap::turning(&back).on(&place));
                    (stage.points, Does::Flow { unravelling: Box::new(unravelling), flow, times, back })
                }
                (KetStroke::Instant(map), _) => (1, Does::Map(map.on(&place))),
                _ => continue,
            };
            made.push(Drawable { kind: stage.task.kind(), duration, points, does });
        }
        let shown = shown_cycles(self.repeat, self.shown);
        let excitations = setting.charger_excitations();
        let charger = levels.iter().flat_map(|level| [excitations[*level]; 2]).collect();
        let within = |psi: Vec<Complex64>| levels.iter().map(|level| psi[*level]).collect();
        let kets = kets.into_iter().map(within).collect();
        let first = matches!(made.first(), Some(Drawable { does: Does::Flow { .. }, .. }));
        let mut moments = vec![first.then_some((0, 0.0))];
        for _ in &shown {
            for (index, stroke) in made.iter().enumerate() {
                match &stroke.does {
                    Does::Flow { times, .. } => moments.extend(times.iter().map(|time| Some((index, *time)))),
                    Does::Map(_) => moments.push(None),
                }
            }
        }
        let (seed, skips) = (request.seed, self.skips());
        Ok(Stages { strokes: made, levels, kets, seed, shown, moments, charger, jumps, skips })
    }

    /// The times that are shown.
    fn times(&self, stages: &Stages) -> Vec<f64> {
        let cycle: f64 = stages.strokes.iter().map(|stroke| stroke.duration).sum();
        let mut all = vec![0.0];
        for number in &stages.shown {
            let mut begun = (number - 1) as f64 * cycle;
            for stroke in &stages.strokes {
                match &stroke.does {
                    Does::Flow { times, .. } => all.extend(times.iter().map(|time| begun + time)),
                    Does::Map(_) => all.push(begun),
                }
                begun += stroke.duration;
            }
        }
        all
    }

    pub(in crate::charge) fn ensemble(&self, request: &Request) -> Result<Ensemble, Error> {
        self.check(request)?;
        let base = &self.slots.system;
        let mut cutoffs = Cutoffs::new(base, first_levels(base, &self.stages), request.tolerance);
        loop {
            let (setting, stages) = cutoffs.fitting(|levels| self.drawable(levels, request))?;
            let cut = (setting.charger_kind() != ChargerKind::Qubit, setting.space.is_oscillator());
            let cuts = cutoffs.cuts(cut, setting.levels.charger, setting.space.dim());
            let times = self.times(&stages);
            let observed = setting.observed();
            // A reader takes levels of others (x) battery.
            let placed = |level: &usize| match observed.part {
                Part::Battery => *level,
                Part::Charger => {
                    let size = setting.space.dim();
                    level % size * observed.space.dim() + level / size
                }
            };
            let read: Vec<usize> = stages.levels.iter().map(placed).collect();
            let energies: Vec<f64> = observed.space.energies().collect();
            let energy = |(level, x): (&usize, &Complex64)| x.norm_sqr() * energies[level % energies.len()];
            let start = stages.kets.iter().map(|psi| read.iter().zip(psi).map(energy).sum::<f64>()).sum();
            let space = observed.space.clone();
            let reason = format!("{BY_NAME}: kets on {} levels, stage by stage", stages.levels.len());
            let course = Course::Stages(Box::new(stages));
            if cuts.iter().any(|cut| cut.grows) {
                let tops = tops_of_pilots(&course, &cuts, &times, request);
                let over = |(top, grows): (&f64, bool)| if grows && *top > ALLOWED { 1.0 } else { 0.0 };
                let held: Vec<f64> = tops.iter().zip(cuts.iter().map(|cut| cut.grows)).map(over).collect();
                if held.iter().any(|held| *held > 0.0) {
                    cutoffs.grow(Cutoffs::tops(cut, &held));
                    continue;
                }
            }
            let (cells, levels, allowed) = (self.cells(), setting.levels, ALLOWED_IN_THE_END);
            let read = Some(read);
            return Ok(Ensemble::new(
                Ready { course, times, read, space, cells, levels, cuts, allowed, reason, start },
                request,
            ));
        }
    }

    /// The corridor of trajectories.
    pub(in crate::charge) fn draw(
        &self,
        request: &Request,
        batches: &mut super::Batches<'_>,
    ) -> Result<Charging, Error> {
        let exact = |other: &Request| self.charge(other);
        let mut charging = super::drawn(&self.ensemble(request)?, request, batches, &exact)?;
        if self.slots.observed == Part::Battery && !self.slots.system.equal_cells() {
            charging.series.of_unequal_cells();
        }
        let cycles = charging.cycles.iter();
        for (stage, record) in (1..).zip(cycles.flat_map(|cycles| &cycles.stages)) {
            let Some(all) = &record.probability else { continue };
            if let Some(cycle) = all.iter().position(|probability| *probability == 0.0) {
                let cycle = charging.cycles.as_ref().map_or(0, |cycles| cycles.shown[cycle]);
                return Err(ProtocolError::Unseen { stage, cycle }.into());
            }
        }
        Ok(charging)
    }
}
