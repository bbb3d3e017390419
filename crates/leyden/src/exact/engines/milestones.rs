//! Milestones of a run of engines: first crossings of fractions of its limit, peaks of power and of fluctuation.
//!
//! The run is walked in its own strides. With s = `<n>` and its derivative at both ends of a stride a cubic (Hermite) has the root s - s_0 = f (s_inf - s_0),
//! from there the run is advanced again, and the cubic over what is left of the stride is better by the square of the distance. A Newton
//! step with the derivative ends it. Peaks are maxima of the polynomial through the five samples next to the largest one,
//! sampled again the same way. The run remembers one state: it is that of the sample before, or an older one where a peak may lie
//! between.

use super::EngineRun;
use crate::Known;
use crate::merit::moments;
use crate::numerics::bisect;
use crate::why::{Never, Still};

/// What happened on the way, in quanta and units of the run's time.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestones {
    /// First times at which (`<n>` - `<n>`_0)/(limit - `<n>`_0) reaches every fraction.
    pub crossings: Vec<Known<f64>>,
    /// Largest `|d<n>/dt|` and its time.
    pub peak_flow: (f64, f64),
    /// Largest |`<n>` - `<n>`_0|/t and its time; `|d<n>/dt|` at t = 0.
    pub peak_average: (f64, f64),
    /// Largest standard deviation and its time.
    pub peak_deviation: (f64, f64),
}

/// Strides, beside those to requested times, after which milestones are given up.
const MOST_STRIDES: usize = 20_000;
/// Relative accuracy of crossing times.
const ACCURACY: f64 = 1e-10;
/// Advances for one crossing, and for one peak.
const MOST_POLISHES: usize = 6;
const MOST_PEAK_SAMPLES: usize = 6;
/// Samples in a row for which an older state may be kept for the sake of a peak.
const MOST_HELD: usize = 8;
/// Share of the way at which a run has reached its limit.
const SETTLED: f64 = 1e-6;

/// Walks a run from its present time, t = 0, through nondecreasing `times`, and on until its milestones are known.
///
/// `visit(i, time, run)` is called once for every requested time, in order. `limit` is `<n>` at t -> infinity.
///
/// # Errors
/// A sentence where the run cannot be advanced. A fraction that is not reached is an error of its own in the milestones.
pub fn find_milestones(
    run: &mut dyn EngineRun,
    times: &[f64],
    limit: f64,
    fractions: &[f64],
    visit: &mut dyn FnMut(usize, f64, &dyn EngineRun),
) -> Known<Milestones> {
    let first = sample(run);
    let mut search = MilestoneSearch::new(run, first, limit, fractions);
    let mut visited = 0;
    while visited < times.len() && !(times[visited] > search.run.time()) {
        visit(visited, times[visited], search.run);
        visited += 1;
    }
    search.run.save();
    let most = MOST_STRIDES.saturating_add(times.len());
    let mut strides = 0;
    while strides < most && !search.is_done() {
        strides += 1;
        let from = search.run.time();
        let stride = search.run.stride();
        let mut to = from + stride;
        // No sliver is left before an output time.
        if let Some(&next) = times.get(visited)
            && next - from < 1.3 * (to - from)
        {
            to = next;
        }
        if !(to > from) || !to.is_finite() {
            break;
        }
        search.run.advance_to(to)?;
        while visited < times.len() && times[visited] <= to {
            visit(visited, times[visited], search.run);
            visited += 1;
        }
        search.arrive(to - from >= 0.5 * stride)?;
    }
    // Nothing more is to be found on the way to the times that are left.
    for (i, &time) in times.iter().enumerate().skip(visited) {
        search.run.advance_to(time)?;
        visit(i, time, search.run);
    }
    Ok(search.milestones())
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    time: f64,
    mean: f64,
    flow: f64,
    deviation: f64,
}

fn sample(run: &dyn EngineRun) -> Sample {
    let (mean, deviation) = moments(run.populations());
    Sample { time: run.time(), mean, flow: run.flow(), deviation }
}

#[derive(Clone, Copy)]
enum Quantity {
    Flow,
    Average,
    Deviation,
}

const QUANTITIES: [Quantity; 3] = [Quantity::Flow, Quantity::Average, Quantity::Deviation];

struct MilestoneSearch<'a> {
    run: &'a mut dyn EngineRun,
    limit: f64,
    fractions: &'a [f64],
    crossings: Vec<Option<Known<f64>>>,
    samples: Vec<Sample>,
    /// Time of the state that the run remembers, and for how many samples it has been kept.
    slot: f64,
    held: usize,
    peaks: [(f64, f64); 3],
    /// Samples that showed no progress at all.
    idle: usize,
}

impl<'a> MilestoneSearch<'a> {
    fn new(run: &'a mut dyn EngineRun, first: Sample, limit: f64, fractions: &'a [f64]) -> Self {
        let at_limit = (limit - first.mean).abs() <= 1e-14 * first.mean.abs().max(limit.abs());
        let crossings = fractions
            .iter()
            .map(|&f| match f {
                _ if at_limit => Some(Err(Still::Battery.into())),
                f if f > 0.0 && f < 1.0 => None,
                f => Some(Err(Never::Fraction { fraction: f }.into())),
            })
            .collect();
        let mut search = MilestoneSearch {
            run,
            limit,
            fractions,
            crossings,
            samples: vec![first],
            slot: first.time,
            held: 0,
            peaks: [(0.0, first.time); 3],
            idle: 0,
        };
        for (k, quantity) in QUANTITIES.into_iter().enumerate() {
            search.peaks[k].0 = search.value(quantity, &first);
        }
        search
    }

    fn way(&self) -> f64 {
        self.limit - self.samples[0].mean
    }

    fn progress(&self, s: &Sample) -> f64 {
        (s.mean - self.samples[0].mean) / self.way()
    }

    fn value(&self, quantity: Quantity, s: &Sample) -> f64 {
        match quantity {
            Quantity::Flow => s.flow.abs(),
            Quantity::Average => {
                let elapsed = s.time - self.samples[0].time;
                if elapsed > 0.0 { ((s.mean - self.samples[0].mean) / elapsed).abs() } else { s.flow.abs() }
            }
            // The variance is smooth at t = 0, its root is not.
            Quantity::Deviation => s.deviation * s.deviation,
        }
    }

    /// Takes the present state as a sample and looks for what happened since the last one. `whole`: it is about a stride away, so that
    /// it should have moved.
    fn arrive(&mut self, whole: bool) -> Known<()> {
        let present = sample(self.run);
        let last = self.samples[self.samples.len() - 1];
        self.samples.push(present);
        self.turn(last, present)?;
        let after = self.samples.iter().rposition(|s| s.time <= last.time).unwrap_or(0);
        for i in after + 1..self.samples.len() {
            self.cross(self.samples[i - 1], self.samples[i])?;
        }
        for k in 0..QUANTITIES.len() {
            self.peak(k)?;
        }
        if self.run.time() < present.time {
            self.run.advance_to(present.time)?;
        }
        if self.held < MOST_HELD && QUANTITIES.iter().any(|&quantity| self.may_turn(quantity)) {
            self.held += 1;
        } else {
            self.run.save();
            (self.slot, self.held) = (present.time, 0);
        }
        let still = (present.mean - last.mean).abs() <= 1e-15 * self.way().abs().max(present.mean.abs());
        self.idle = if still { self.idle + usize::from(whole) } else { 0 };
        Ok(())
    }

    /// Samples the state at an earlier time that is not before the slot.
    fn again(&mut self, time: f64) -> Known<Sample> {
        if self.run.time() > time {
            self.run.restore();
        }
        self.run.advance_to(time)?;
        Ok(sample(self.run))
    }

    fn insert(&mut self, s: Sample) {
        let at = self.samples.partition_point(|other| other.time < s.time);
        if self.samples.get(at).is_none_or(|other| other.time > s.time) {
            self.samples.insert(at, s);
        }
    }

    /// Adds the turning point of a curve that rises and falls within one stride, where it may reach a fraction.
    fn turn(&mut self, a: Sample, b: Sample) -> Known<()> {
        let way = self.way();
        if !(a.flow * way > 0.0 && b.flow * way < 0.0) || self.crossings.iter().all(Option::is_some) {
            return Ok(());
        }
        let cubic = Hermite::new(&a, &b);
        let top = first(|u| cubic.slope(u) * way <= 0.0);
        let s = self.again(a.time + top * (b.time - a.time))?;
        self.insert(s);
        Ok(())
    }

    fn cross(&mut self, a: Sample, b: Sample) -> Known<()> {
        for i in 0..self.fractions.len() {
            let f = self.fractions[i];
            if self.crossings[i].is_none() && self.progress(&b) >= f {
                self.crossings[i] = Some(Ok(self.crossing(f, a, b)?));
            }
        }
        Ok(())
    }

    /// The time at which progress reaches f, below it at a and not below at b.
    fn crossing(&mut self, f: f64, mut a: Sample, mut b: Sample) -> Known<f64> {
        let target = self.samples[0].mean + f * self.way();
        let way = self.way();
        let origin = self.samples[0].time;
        for _ in 0..MOST_POLISHES {
            let cubic = Hermite::new(&a, &b);
            let u = first(|u| (cubic.at(u) - target) * way >= 0.0);
            let time = a.time + u * (b.time - a.time);
            if !(time > a.time && time < b.time) {
                return Ok(time);
            }
            let s = self.again(time)?;
            let newton = (target - s.mean) / s.flow;
            // The step is the error of the cubic; what remains is its square.
            let change = newton.abs() / (b.time - a.time);
            if (s.mean - target) * way >= 0.0 {
                b = s
            } else {
                a = s
            }
            if change < 1e-5 || newton.abs() <= ACCURACY * (time - origin) {
                let refined = time + newton;
                return Ok(if refined.is_finite() { refined } else { time });
            }
        }
        Ok(if (b.mean - target).abs() < (a.mean - target).abs() { b.time } else { a.time })
    }

    /// The quantity still rises, but a parabola through the last samples turns before half a stride from now.
    fn may_turn(&self, quantity: Quantity) -> bool {
        let [.., a, b, c] = &self.samples[..] else { return false };
        let slope =
            |a: &Sample, b: &Sample| (self.value(quantity, b) - self.value(quantity, a)) / (b.time - a.time);
        let (before, now) = (slope(a, b), slope(b, c));
        let bend = (now - before) / (0.5 * (c.time - a.time));
        now > 0.0 && bend < 0.0 && -now / bend < c.time - b.time
    }

    /// Samples the largest value again where the last sample shows that it lies behind.
    fn peak(&mut self, k: usize) -> Known<()> {
        let quantity = QUANTITIES[k];
        let present = self.samples[self.samples.len() - 1];
        let value = self.value(quantity, &present);
        let earlier = self.samples.len() - 2;
        // A sample that was added for another peak or a turn may stand before the present one: the highest since the slot counts.
        let recent = self.samples.partition_point(|s| s.time < self.slot);
        let highest = (recent.saturating_sub(1)..=earlier)
            .max_by(|&i, &j| {
                self.value(quantity, &self.samples[i]).total_cmp(&self.value(quantity, &self.samples[j]))
            })
            .unwrap_or(earlier);
        let top = self.value(quantity, &self.samples[highest]);
        if value >= top {
            if value > self.peaks[k].0 {
                self.peaks[k] = (value, present.time);
            }
            return Ok(());
        }
        if highest == 0 || top < self.peaks[k].0 {
            return Ok(());
        }
        self.peaks[k] = (top, self.samples[highest].time);
        let mut at = self.samples[highest].time;
        for _ in 0..MOST_PEAK_SAMPLES {
            let centre = self.samples.partition_point(|s| s.time < at);
            let (low, high) = (self.samples[centre - 1].time, self.samples[centre + 1].time);
            let nodes = self.nodes(quantity, centre);
            let (time, found) = nodes.maximum(low, high);
            let near = self.samples[centre - 1..=centre + 1]
                .iter()
                .map(|s| (s.time - time).abs())
                .fold(f64::INFINITY, f64::min);
            if near <= 1e-5 * (high - low) || time < self.slot {
                // As good as sampled, or before the state kept: the polynomial stands for it.
                if found > self.peaks[k].0 {
                    self.peaks[k] = (found, time);
                }
                break;
            }
            let s = self.again(time)?;
            self.insert(s);
            let value = self.value(quantity, &s);
            if value >= self.peaks[k].0 {
                self.peaks[k] = (value, time);
                at = time;
            }
        }
        Ok(())
    }

    fn nodes(&self, quantity: Quantity, centre: usize) -> Nodes {
        let last = self.samples.len() - 1;
        let (mut low, mut high) = (centre, centre);
        // The nearest five in time, with a neighbour on both sides.
        while high - low < 4 && (low > 0 || high < last) {
            let left =
                if low > 0 { self.samples[centre].time - self.samples[low - 1].time } else { f64::INFINITY };
            let right = if high < last {
                self.samples[high + 1].time - self.samples[centre].time
            } else {
                f64::INFINITY
            };
            if (left <= right && low > 0 && !(high == centre && centre - low == 3))
                || (low + 3 == high && low == centre)
            {
                low -= 1;
            } else if high < last {
                high += 1;
            } else {
                low -= 1;
            }
        }
        Nodes { points: self.samples[low..=high].iter().map(|s| (s.time, self.value(quantity, s))).collect() }
    }

    fn is_done(&self) -> bool {
        let present = &self.samples[self.samples.len() - 1];
        if self.way() == 0.0
            || self.crossings.iter().all(|c| matches!(c, Some(Err(_)))) && !self.crossings.is_empty()
        {
            return true;
        }
        if self.idle >= 3 {
            return true;
        }
        if self.crossings.iter().any(Option::is_none) {
            return false;
        }
        let left = (1.0 - self.progress(present)).abs();
        let settled = left <= SETTLED && present.flow.abs() * self.run.stride() <= SETTLED * self.way().abs();
        // An average beyond this one would need more than the way and half of it again.
        let elapsed = present.time - self.samples[0].time;
        let average = 1.5 * self.way().abs() < self.peaks[1].0 * elapsed;
        let flow = present.flow.abs() < 0.1 * self.peaks[0].0;
        let deviation = present.deviation.powi(2) < 0.8 * self.peaks[2].0;
        // Not on the way to overshoot the limit.
        let approaching = present.flow * (self.limit - present.mean) >= 0.0;
        settled || approaching && average && flow && deviation
    }

    fn milestones(self) -> Milestones {
        let last = &self.samples[self.samples.len() - 1];
        let (progress, time) = (self.progress(last), last.time);
        let crossings = self
            .fractions
            .iter()
            .zip(self.crossings)
            .map(|(f, crossing)| {
                crossing.unwrap_or_else(|| Err(Never::Reaches { fraction: *f, progress, time }.into()))
            })
            .collect();
        Milestones {
            crossings,
            peak_flow: self.peaks[0],
            peak_average: self.peaks[1],
            peak_deviation: (self.peaks[2].0.sqrt(), self.peaks[2].1),
        }
    }
}

/// The cubic through the means and flows at both ends of a stride, over u in 0..1.
struct Hermite {
    c: [f64; 4],
}

impl Hermite {
    fn new(a: &Sample, b: &Sample) -> Self {
        let h = b.time - a.time;
        let (rise, left, right) = (b.mean - a.mean, h * a.flow, h * b.flow);
        Hermite { c: [a.mean, left, 3.0 * rise - 2.0 * left - right, left + right - 2.0 * rise] }
    }

    fn at(&self, u: f64) -> f64 {
        let [a, b, c, d] = self.c;
        a + u * (b + u * (c + u * d))
    }

    fn slope(&self, u: f64) -> f64 {
        let [_, b, c, d] = self.c;
        b + u * (2.0 * c + 3.0 * u * d)
    }
}

/// The first point found, to rounding, of [0, 1] where `beyond` becomes true.
fn first(beyond: impl Fn(f64) -> bool) -> f64 {
    let (low, high) = bisect(0.0, 1.0, 60, beyond);
    0.5 * (low + high)
}

/// A polynomial through points.
struct Nodes {
    points: Vec<(f64, f64)>,
}

impl Nodes {
    /// By Neville's scheme.
    fn at(&self, t: f64) -> f64 {
        let mut p = [0.0; 8];
        for (k, point) in self.points.iter().enumerate() {
            p[k] = point.1;
        }
        let count = self.points.len();
        for order in 1..count {
            for k in 0..count - order {
                let (a, b) = (self.points[k].0, self.points[k + order].0);
                p[k] = ((t - b) * p[k] - (t - a) * p[k + 1]) / (a - b);
            }
        }
        p[0]
    }

    /// Time and value of the maximum between two times, by golden sections.
    fn maximum(&self, mut low: f64, mut high: f64) -> (f64, f64) {
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut a, mut b) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_a, mut at_b) = (self.at(a), self.at(b));
        for _ in 0..40 {
            if at_a > at_b {
                (high, b, at_b) = (b, a, at_a);
                a = high - golden * (high - low);
                at_a = self.at(a);
            } else {
                (low, a, at_a) = (a, b, at_b);
                b = low + golden * (high - low);
                at_b = self.at(b);
            }
        }
        let time = 0.5 * (low + high);
        (time, self.at(time))
    }
}
