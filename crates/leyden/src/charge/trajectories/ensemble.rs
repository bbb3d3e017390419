//! A system ready to be drawn, batch after batch, and their sum.

use std::ops::Range;

use num_complex::Complex64;

use super::batch::{
    COUNT, CellReader, ENERGY, ENERGY_SQUARED, JUMPS, Layout, POWER, RECORDED, RECORDED_SQUARED, Reader,
    SQUARE, Scratch,
};
use super::course::Course;
use super::{Count, Sampled, Trajectories, figures};
use crate::charge::cutoff::Cut;
use crate::charge::{Charging, Request};
use crate::evolve::{Drawn, UnravellingWorkspace};
use crate::model::Levels;
use crate::space::BatterySpace;
use crate::why::Why;

/// Trajectories of a batch at most, and batches of a run at least where there are enough trajectories.
const MOST_IN_BATCH: usize = 64;
const FEWEST_BATCHES: usize = 32;
/// Batches between two looks at the standard error.
const ROUND: usize = 16;
/// Groups of batches, of which each has a mean state of its own.
const MOST_GROUPS: usize = 16;
/// Bytes of all mean states together.
const STATES: f64 = 256e6;
/// Most trajectories, where a standard error is asked for.
const MOST: usize = 100_000_000;
/// Path trajectories at most.
pub(super) const MOST_PATHS: usize = 64;

/// A system ready to be drawn.
pub struct Ensemble {
    pub(super) course: Course,
    pub(super) space: BatterySpace,
    pub(super) cells: usize,
    pub(super) levels: Levels,
    pub(super) times: Vec<f64>,
    pub(super) asked: Trajectories,
    pub(super) seed: u64,
    /// Longest step of noise that has steps.
    pub(super) step: Option<f64>,
    /// What steps may do to the energy.
    pub(super) step_error: f64,
    pub(super) reason: String,
    /// E_B at t = 0.
    pub(super) start: f64,
    pub(super) cuts: Vec<Cut>,
    pub(super) allowed: f64,
    readers: Vec<Reader>,
    pub(super) cell_reader: Option<CellReader>,
    /// Where the sectors of the battery's state begin; empty where no state is kept.
    pub(super) offsets: Vec<usize>,
    layout: Layout,
    batch: usize,
    /// Why no mean state is kept.
    pub(super) no_state: Option<Why>,
    /// The trajectory without jumps, where all others follow it until they jump.
    quiet: Option<Quiet>,
}

/// The trajectory without jumps: its probability up to each time, and its numbers.
struct Quiet {
    probability: Vec<f64>,
    numbers: Vec<f64>,
}

/// Bytes of kets that wait to be added to the mean states: states of all times are larger than caches, so that several kets are added to each while it is near.
const WAITING: usize = 1_500_000;
const MOST_WAITING: usize = 8;

/// Kets of a few trajectories.
struct Waiting {
    /// Of every time, where there are mean states.
    kets: Vec<Kets>,
    count: usize,
    most: usize,
}

#[derive(Clone, Default)]
struct Kets {
    blocks: Vec<usize>,
    amplitudes: Vec<Complex64>,
}

impl Waiting {
    fn new(ensemble: &Ensemble) -> Self {
        let times = if ensemble.layout.state > 0 { ensemble.times.len() } else { 0 };
        let bytes = 16 * ensemble.times.len().max(1) * ensemble.course.largest_block().max(1);
        let most = (WAITING / bytes).clamp(1, MOST_WAITING);
        Waiting { kets: vec![Kets::default(); times], count: 0, most }
    }

    fn keep(&mut self, seen: &Drawn<'_>) {
        if let Some(kets) = self.kets.get_mut(seen.index) {
            kets.blocks.push(seen.block);
            kets.amplitudes.extend_from_slice(seen.psi);
        }
    }
}

impl std::fmt::Debug for Ensemble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ensemble")
            .field("asked", &self.asked)
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

/// What an ensemble is made of.
pub(super) struct Ready {
    pub(super) course: Course,
    pub(super) times: Vec<f64>,
    /// The levels of the one block of stages as those of others (x) battery.
    pub(super) read: Option<Vec<usize>>,
    pub(super) space: BatterySpace,
    pub(super) cells: usize,
    pub(super) levels: Levels,
    pub(super) cuts: Vec<Cut>,
    pub(super) allowed: f64,
    pub(super) reason: String,
    /// E_B at t = 0.
    pub(super) start: f64,
}

impl Ensemble {
    pub(super) fn new(ready: Ready, request: &Request) -> Self {
        let Ready { mut course, times, read, space, cells, levels, cuts, allowed, reason, start } = ready;
        let asked = request.trajectories;
        let count = match asked.count {
            Count::Fixed(count) => count,
            Count::Until(_) => MOST,
        };
        let batch = (count / FEWEST_BATCHES).clamp(1, MOST_IN_BATCH);
        let groups = count.div_ceil(batch).min(MOST_GROUPS);
        let numbers: usize = space.sectors().iter().map(|sector| sector.energies.len().pow(2)).sum();
        let fits = (8 * (groups + 2) * numbers) as f64 * times.len() as f64
            <= STATES.min(0.25 * request.memory_limit);
        // A mean of fewer kets than the battery has levels has eigenvalues that vanish for want of kets.
        let rank: usize = space.sectors().iter().map(|sector| sector.energies.len()).sum();
        let keeps = fits && count >= rank && groups >= 2;
        let no_state = match (fits, keeps) {
            (_, true) => None,
            (true, false) => Some(Why::FewTrajectories { count, levels: rank }),
            (false, false) => Some(Why::LargeMeanState { levels: rank }),
        };
        let mut offsets = Vec::new();
        if keeps {
            let mut at = 0;
            for sector in space.sectors() {
                offsets.push(at);
                at += sector.energies.len().pow(2);
            }
        }
        let cell_reader = CellReader::new(&space);
        let layout = Layout {
            times: times.len(),
            cells: if keeps { 0 } else { cell_reader.as_ref().map_or(0, CellReader::numbers) },
            state: if keeps { numbers } else { 0 },
            cuts: cuts.len(),
            charger: usize::from(matches!(course, Course::Stages(_))),
            paths: 0,
        };
        course.prepare(&times);
        let reader = |levels: &[usize]| Reader::new(&space, levels, &cuts);
        let readers = match &read {
            Some(levels) => vec![reader(levels)],
            None => course.blocks().into_iter().map(reader).collect(),
        };
        let mut made = Ensemble {
            course,
            space,
            cells,
            levels,
            times,
            asked,
            seed: request.seed,
            step: None,
            step_error: 0.0,
            reason,
            start,
            cuts,
            allowed,
            readers,
            cell_reader,
            offsets,
            layout,
            batch,
            no_state,
            quiet: None,
        };
        if let Some(unravelling) = made.course.with_quiet_path() {
            let (mut numbers, mut probability) =
                (vec![0.0; layout.added()], Vec::with_capacity(layout.times));
            let (mut scratch, mut waiting) = (Scratch::default(), Waiting::new(&made));
            unravelling.quiet(&made.times, &mut UnravellingWorkspace::default(), &mut |seen| {
                probability.push(seen.unjumped);
                made.add(&seen, &layout, &mut numbers, &mut scratch);
                waiting.keep(&seen);
            });
            made.add_states(&mut waiting, &layout, &mut numbers, &mut scratch);
            made.quiet = Some(Quiet { probability, numbers });
        }
        if made.course.has_steps() {
            made.choose_step(count);
        }
        made
    }

    /// How many trajectories there will be, where that is known.
    pub fn expected(&self) -> Option<f64> {
        match self.asked.count {
            Count::Fixed(count) => Some(count as f64),
            Count::Until(_) => None,
        }
    }

    /// Batches, where their number is known.
    pub fn batches(&self) -> Option<usize> {
        match self.asked.count {
            Count::Fixed(count) => Some(count.div_ceil(self.batch)),
            Count::Until(_) => None,
        }
    }

    /// How many numbers a batch is.
    pub fn numbers(&self, batch: usize) -> usize {
        self.layout_of(batch).numbers()
    }

    fn layout_of(&self, batch: usize) -> Layout {
        let kept = self.asked.keep.min(MOST_PATHS);
        let here = self.trajectories(batch);
        Layout { paths: here.end.min(kept).saturating_sub(here.start.min(kept)), ..self.layout }
    }

    fn trajectories(&self, batch: usize) -> Range<usize> {
        let all = match self.asked.count {
            Count::Fixed(count) => count,
            Count::Until(_) => MOST,
        };
        (batch * self.batch).min(all)..((batch + 1) * self.batch).min(all)
    }

    /// The sums of one batch: the same whoever computes it, and when.
    pub fn batch(&self, batch: usize, request: &Request) -> Vec<f64> {
        let layout = self.layout_of(batch);
        let mut numbers = vec![0.0; layout.numbers()];
        let mut workspace = UnravellingWorkspace::default();
        let mut scratch = Scratch::default();
        let members = self.trajectories(batch);
        numbers[0] = members.len() as f64;
        // Paths may end before their last time.
        numbers[layout.added()..].fill(f64::NAN);
        let mut waiting = Waiting::new(self);
        for (place, trajectory) in members.enumerate() {
            // Whoever cancelled is told at once.
            request.progress.stop_if_cancelled();
            let step = self.step.unwrap_or(f64::INFINITY);
            self.course.run(trajectory as u64, &self.times, step, &mut workspace, &mut |seen| {
                if self.quiet.is_none() || seen.jumps > 0 {
                    self.add(&seen, &layout, &mut numbers, &mut scratch);
                    waiting.keep(&seen);
                }
                if place < layout.paths {
                    let energy = self.readers[seen.block].energy(seen.psi).0;
                    numbers[layout.path_at(place) + seen.index] = energy;
                }
            });
            waiting.count += 1;
            if waiting.count >= waiting.most {
                self.add_states(&mut waiting, &layout, &mut numbers, &mut scratch);
            }
        }
        self.add_states(&mut waiting, &layout, &mut numbers, &mut scratch);
        numbers
    }

    /// Adds kets that waited to the mean states, time by time.
    fn add_states(&self, waiting: &mut Waiting, layout: &Layout, numbers: &mut [f64], scratch: &mut Scratch) {
        waiting.count = 0;
        for (index, kets) in waiting.kets.iter_mut().enumerate() {
            let from = layout.state_at(index);
            let out = &mut numbers[from..from + layout.state];
            let mut left = kets.amplitudes.as_slice();
            for alike in kets.blocks.chunk_by(|a, b| a == b) {
                let reader = &self.readers[alike[0]];
                let (own, rest) = left.split_at(alike.len() * reader.levels());
                reader.add_states(&self.space, &self.offsets, own, scratch, out);
                left = rest;
            }
            kets.blocks.clear();
            kets.amplitudes.clear();
        }
    }

    /// Adds a ket to the sums.
    fn add(&self, seen: &Drawn<'_>, layout: &Layout, numbers: &mut [f64], scratch: &mut Scratch) {
        let (reader, time) = (&self.readers[seen.block], self.times[seen.index]);
        let (energy, square) = reader.energy(seen.psi);
        let recorded = reader.ergotropy(&self.space, energy, seen.psi, scratch);
        let sums = &mut numbers[layout.sums(seen.index)..];
        sums[COUNT] += 1.0;
        sums[ENERGY] += energy;
        sums[ENERGY_SQUARED] += energy * energy;
        sums[SQUARE] += square;
        sums[POWER] += self.course.power(seen.index, seen.block, time, seen.psi);
        sums[RECORDED] += recorded;
        sums[RECORDED_SQUARED] += recorded * recorded;
        sums[JUMPS] += seen.jumps as f64;
        if layout.state == 0
            && let Some(cells) = &self.cell_reader
        {
            let from = layout.cells_at(seen.index);
            reader.add_cells(&self.space, cells, seen.psi, &mut numbers[from..from + layout.cells]);
        }
        if let Course::Stages(stages) = &self.course {
            numbers[layout.charger_at(seen.index)] += stages.charger(seen.psi);
        }
        for k in 0..self.cuts.len() {
            numbers[layout.cuts_at(seen.index) + k] += reader.top(k, seen.psi);
        }
    }

    /// Sums of no batches yet.
    pub fn sum(&self) -> Sum<'_> {
        let groups = match self.asked.count {
            Count::Fixed(count) => count.div_ceil(self.batch).min(MOST_GROUPS),
            Count::Until(_) => MOST_GROUPS,
        };
        Sum {
            ensemble: self,
            groups: vec![vec![0.0; self.layout.added()]; groups.max(1)],
            paths: Vec::new(),
            next: 0,
            waiting: Vec::new(),
        }
    }

    /// The longest step whose error is small beside the standard error to come. Single trajectories under the same noise, in steps of a length and of half of it, differ by d
    /// in the root of the mean square. Under noise that remembers their mean may be off by as much. Under white noise, d ~ h, or sqrt(h) where operators do not commute, goes up and
    /// down with the noise and is a part of the spread s; the mean is off by a power more, by about d^2/s.
    fn choose_step(&mut self, count: usize) {
        let energy = |block: usize, psi: &[Complex64]| self.readers[block].energy(psi).0;
        let mut workspace = UnravellingWorkspace::default();
        let (low, high) = self.space.extremes();
        let white = self.course.is_white();
        let rounding = ROUNDING * (high - low);
        let longest = self.times.last().copied().unwrap_or(0.0).max(f64::MIN_POSITIVE);
        let mut step = self.course.coarse_step().min(longest);
        for _ in 0..MOST_HALVINGS {
            let runs: Vec<(f64, Vec<f64>)> = (0..PILOTS)
                .map(|k| self.course.difference(k, &self.times, step, &mut workspace, &energy))
                .collect();
            let squares: f64 = runs.iter().map(|(difference, _)| difference.powi(2)).sum();
            let difference = (squares / PILOTS as f64).sqrt();
            let spread = (0..self.times.len())
                .map(|time| {
                    let mean = runs.iter().map(|(_, path)| path[time]).sum::<f64>() / PILOTS as f64;
                    let square: f64 = runs.iter().map(|(_, path)| (path[time] - mean).powi(2)).sum();
                    (square / (PILOTS - 1) as f64).sqrt()
                })
                .fold(0.0, f64::max);
            let wanted = match self.asked.count {
                Count::Fixed(_) => spread / (count as f64).sqrt(),
                Count::Until(error) => error,
            };
            let of_mean = match white && spread > difference {
                true => CAUTION * difference * difference / spread,
                false => difference,
            };
            self.step_error = 0.5 * of_mean.min(difference);
            self.step = Some(0.5 * step);
            if of_mean <= (SMALL * wanted).max(rounding) || difference.is_nan() {
                break;
            }
            step *= 0.5;
        }
    }
}

/// Trajectories that the length of steps is found with, and how often it is halved at most.
const PILOTS: u64 = 8;
const MOST_HALVINGS: usize = 12;
/// What of the difference may be rounding, relative to the range of the energy: where noise and H commute no step is too long.
const ROUNDING: f64 = 1e-13;
/// Error of steps over the standard error.
const SMALL: f64 = 0.2;
/// Times d^2/s, for what it is not known to be exactly.
const CAUTION: f64 = 2.0;

/// The sum of some batches.
pub struct Sum<'a> {
    pub(super) ensemble: &'a Ensemble,
    pub(super) groups: Vec<Vec<f64>>,
    paths: Vec<Vec<f64>>,
    /// Batches that were added.
    next: usize,
    /// Batches that came before their turn.
    waiting: Vec<(usize, Vec<f64>)>,
}

impl std::fmt::Debug for Sum<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sum").field("batches", &self.next).finish_non_exhaustive()
    }
}

impl Sum<'_> {
    /// Adds a batch; sums are taken in the order of batches, whichever comes first.
    pub fn add(&mut self, batch: usize, numbers: Vec<f64>) {
        self.waiting.push((batch, numbers));
        while let Some(found) = self.waiting.iter().position(|(batch, _)| *batch == self.next) {
            let (batch, numbers) = self.waiting.swap_remove(found);
            let layout = self.ensemble.layout_of(batch);
            let count = self.groups.len();
            let group = &mut self.groups[batch % count];
            group.iter_mut().zip(&numbers[..layout.added()]).for_each(|(sum, x)| *sum += x);
            let path = |k: usize| numbers[layout.path_at(k)..layout.path_at(k + 1)].to_vec();
            self.paths.extend((0..layout.paths).map(path));
            self.next += 1;
        }
    }

    /// The batches that are needed next; `None` where there are enough.
    pub fn wants(&self) -> Option<Range<usize>> {
        match self.ensemble.asked.count {
            Count::Fixed(_) => {
                let all = self.ensemble.batches().unwrap_or(0);
                (self.next < all).then_some(self.next..all)
            }
            Count::Until(error) => {
                let enough = self.next > 0 && self.energy_errors().into_iter().all(|found| found <= error);
                let more = self.ensemble.trajectories(self.next).start < MOST;
                (!enough && more).then_some(self.next..self.next + ROUND)
            }
        }
    }

    /// Trajectories so far.
    pub fn count(&self) -> f64 {
        self.groups.iter().map(|group| group[0]).sum()
    }

    /// The probability that something has jumped, and how many trajectories have; 1 and all where jumps tell nothing.
    pub(super) fn jumped(&self, time: usize) -> (f64, f64) {
        let chance =
            self.ensemble.quiet.as_ref().map_or(1.0, |quiet| (1.0 - quiet.probability[time]).max(0.0));
        (chance, self.added(self.ensemble.layout.sums(time) + COUNT))
    }

    /// A place summed over all groups.
    fn added(&self, place: usize) -> f64 {
        self.groups.iter().map(|group| group[place]).sum()
    }

    /// The mean of what stands at a place: P_0 times that of the trajectory without jumps, whose probability P_0 is known, and 1 - P_0 times the mean of
    /// those that have jumped.
    fn mean_at(&self, time: usize, place: usize) -> f64 {
        let (chance, count) = self.jumped(time);
        match &self.ensemble.quiet {
            None => self.added(place) / count,
            Some(quiet) if count == 0.0 => quiet.numbers[place],
            Some(quiet) => (1.0 - chance) * quiet.numbers[place] + chance * self.added(place) / count,
        }
    }

    /// A mean over the trajectories.
    pub(super) fn mean(&self, time: usize, sum: usize) -> f64 {
        self.mean_at(time, self.ensemble.layout.sums(time) + sum)
    }

    /// The standard error of a mean, from the places of sum and sum of squares.
    fn error(&self, time: usize, sum: usize, squared: usize, unseen: f64) -> f64 {
        let (chance, count) = self.jumped(time);
        let place = self.ensemble.layout.sums(time);
        let (x, square) = (self.added(place + sum), self.added(place + squared));
        match count {
            _ if chance == 0.0 => 0.0,
            _ if count >= 2.0 => {
                let spread = (square - x * x / count).max(0.0) / (count * (count - 1.0));
                chance * (spread + (unseen / count).powi(2)).sqrt()
            }
            _ => chance * unseen,
        }
    }

    /// What one trajectory may differ by from all others.
    pub(super) fn unseen(&self) -> f64 {
        let spectrum = self.ensemble.space.spectrum();
        let range = spectrum.last().map_or(0.0, |last| last.energy) - spectrum[0].energy;
        let root = |time: usize| self.mean(time, SQUARE).sqrt();
        range.min((0..self.ensemble.times.len()).map(root).fold(0.0, crate::numerics::nan_max))
    }

    fn energy_errors(&self) -> Vec<f64> {
        let unseen = self.unseen();
        (0..self.ensemble.times.len()).map(|time| self.error(time, ENERGY, ENERGY_SQUARED, unseen)).collect()
    }

    /// The state without jumps at one time, where it is known.
    pub(super) fn quiet_state(&self, time: usize) -> Option<&[f64]> {
        let from = self.ensemble.layout.state_at(time);
        self.ensemble.quiet.as_ref().map(|quiet| &quiet.numbers[from..from + self.ensemble.layout.state])
    }

    /// How many trajectories of a group count, and the sum of their states.
    pub(super) fn group_state(&self, group: usize, time: usize) -> (f64, &[f64]) {
        let layout = self.ensemble.layout;
        let (count, from) = (self.groups[group][layout.sums(time) + COUNT], layout.state_at(time));
        (count, &self.groups[group][from..from + layout.state])
    }

    /// Means of what is kept of the cells at one time.
    pub(super) fn cells(&self, time: usize) -> Vec<f64> {
        let from = self.ensemble.layout.cells_at(time);
        (0..self.ensemble.layout.cells).map(|k| self.mean_at(time, from + k)).collect()
    }

    /// Mean excitations of the charger of stages.
    pub(super) fn charger(&self, time: usize) -> f64 {
        self.mean_at(time, self.ensemble.layout.charger_at(time))
    }

    /// Largest mean population of the highest levels of any cut.
    pub(super) fn top(&self) -> Option<f64> {
        let layout = self.ensemble.layout;
        let mut largest = 0.0;
        for time in 0..layout.times {
            for k in 0..layout.cuts {
                largest = crate::numerics::nan_max(largest, self.mean_at(time, layout.cuts_at(time) + k));
            }
        }
        (layout.cuts > 0).then_some(largest)
    }

    /// The result.
    pub fn charging(&self) -> Charging {
        let ensemble = self.ensemble;
        let times = ensemble.times.len();
        let over_time = |of: &dyn Fn(usize) -> f64| (0..times).map(of).collect::<Vec<f64>>();
        let unseen = self.unseen();
        let found = figures::figures(self, unseen);
        let sampled = Sampled {
            picture: ensemble.asked.picture,
            count: self.count() as usize,
            seed: ensemble.seed,
            step: ensemble.step,
            energy_error: self.energy_errors(),
            ergotropy_error: found.error,
            ergotropy_between: found.between,
            recorded: over_time(&|time| self.mean(time, RECORDED)),
            recorded_error: over_time(&|time| self.error(time, RECORDED, RECORDED_SQUARED, unseen)),
            jumps: ensemble.asked.picture.counts_jumps().then(|| over_time(&|time| self.mean(time, JUMPS))),
            no_state: ensemble.no_state,
            paths: self.paths.clone(),
        };
        figures::charging(self, found.merits, over_time(&|time| self.mean(time, POWER)), sampled)
    }

    /// Mean energy and mean square of H_B.
    pub(super) fn energy(&self, time: usize) -> (f64, f64) {
        (self.mean(time, ENERGY), self.mean(time, SQUARE))
    }
}
