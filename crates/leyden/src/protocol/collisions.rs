//! Collisions: cycles in which one part is prepared anew, so that the other one alone is carried from cycle to cycle.
//!
//! Right after the reset the joint state is sigma (x) rho. From there to the same moment of the next cycle all stages together are one linear
//! map of rho, a matrix on the numbers of S of that part which the state reaches:
//!   M e = Tr_reset[ stages (sigma (x) e) ],
//! column by column. Flows act on the joint numbers that are reached stage by stage, as Taylor series of the sparse Z.
//! States that are diagonal stay so where every stage conserves the excitations up to the reset: d levels are then d numbers instead of d^2.

use faer::Mat;

use super::part::reduced;
use super::setting::Setting;
use super::stage::Part;
use super::stroke::{Action, Instant, Stroke};
use crate::operator::Hermitian;

/// Most joint levels: their numbers are marked one by one.
const MOST_LEVELS: usize = 600;
/// Most numbers of the part that is carried: matrices of this size are squared some twenty times.
const MOST_NUMBERS: usize = 700;
/// ||Z|| t of one Taylor series: beyond it terms that cancel cost digits.
const LONGEST_STEP: f64 = 4.0;
/// Most such series in a stage.
const MOST_STEPS: f64 = 1e3;
/// Numbers of the first state that are rounding of zero.
const NOISE: f64 = 1e-15;
/// Terms of a series below this part of the sum are rounding.
const NO_TERM: f64 = 1e-18;

/// Maps of all stages on the numbers that are reached.
pub(crate) struct Collisions {
    dim: usize,
    dim_b: usize,
    /// The stage that prepares a part anew, and what it prepares.
    pub(crate) reset: usize,
    fresh: Part,
    sigma: Hermitian,
    /// Positions in the S of charger (x) battery.
    joint: Vec<usize>,
    /// Positions in the S of the part that is carried.
    numbers: Vec<usize>,
    maps: Vec<Map>,
    /// From right after the reset to there.
    pub(crate) matrix: Mat<f64>,
}

/// A stage between joint numbers.
enum Map {
    /// Z by columns, for a time.
    Flow { z: Columns, norm: f64, duration: f64 },
    /// A map at one instant.
    Instant(Columns),
    /// The reset itself.
    Reset,
}

/// What is met on the way through a cycle.
pub(crate) enum Passed<'a> {
    /// A stage begins in a state.
    Begun { index: usize, rho: &'a Hermitian },
    /// A stage that takes time has ended: its state, and the integral of it.
    Flowed { index: usize, duration: f64, rho: &'a Hermitian, integral: &'a Hermitian },
    /// What happens at once has led to a state.
    Mapped { index: usize, rho: &'a Hermitian },
}

/// A sparse matrix by columns: (row, value).
struct Columns {
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
}

impl Columns {
    fn new(size: usize, mut entries: Vec<(u32, u32, f64)>) -> Self {
        entries.sort_unstable_by_key(|&(row, column, _)| (column, row));
        let mut starts = vec![0; size + 1];
        entries.iter().for_each(|&(_, column, _)| starts[column as usize + 1] += 1);
        (0..size).for_each(|k| starts[k + 1] += starts[k]);
        Columns { starts, entries: entries.into_iter().map(|(row, _, x)| (row, x)).collect() }
    }

    /// y += scale A x.
    fn add(&self, scale: f64, x: &[f64], y: &mut [f64]) {
        for (column, x) in x.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            for &(row, a) in &self.entries[self.starts[column]..self.starts[column + 1]] {
                y[row as usize] += scale * a * x;
            }
        }
    }

    /// The largest sum of moduli in a column.
    fn norm(&self) -> f64 {
        let sum = |range: &[usize]| self.entries[range[0]..range[1]].iter().map(|(_, x)| x.abs()).sum();
        self.starts.windows(2).map(sum).fold(0.0_f64, f64::max)
    }
}

impl Map {
    /// x after a share of the stage, and its integral over that time where it is asked for; the other two are scratch.
    fn apply(&self, share: f64, [x, term, next]: [&mut Vec<f64>; 3], mut integral: Option<&mut Vec<f64>>) {
        // int_0^h x = sum_k h/(k + 1) times the terms of x.
        let mut add = |factor: f64, term: &[f64]| {
            if let Some(integral) = &mut integral {
                integral.iter_mut().zip(term).for_each(|(sum, x)| *sum += factor * x);
            }
        };
        match self {
            Map::Reset => {}
            Map::Instant(map) => {
                next.fill(0.0);
                map.add(1.0, x, next);
                std::mem::swap(x, next);
            }
            Map::Flow { z, norm, duration } => {
                let time = share * duration;
                let steps = (norm * time / LONGEST_STEP).ceil().max(1.0);
                let h = time / steps;
                for _ in 0..steps as usize {
                    term.copy_from_slice(x);
                    add(h, term);
                    let largest = x.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
                    let mut order = 0.0;
                    loop {
                        order += 1.0;
                        next.fill(0.0);
                        z.add(h / order, term, next);
                        std::mem::swap(term, next);
                        x.iter_mut().zip(&*term).for_each(|(x, y)| *x += y);
                        add(h / (order + 1.0), term);
                        let left = term.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
                        if !(left > NO_TERM * largest) && order > norm * h {
                            break;
                        }
                    }
                }
            }
        }
    }
}

impl Collisions {
    /// Starts from the state right after the first reset, which is asked for with the index of that stage. `None` where no stage is a reset, a stage is not linear, moves with time or changes the frame, or too much is reached.
    pub(crate) fn new(
        setting: &Setting<'_>,
        strokes: &[Stroke],
        after_reset: impl FnOnce(usize) -> Option<Hermitian>,
    ) -> Option<Self> {
        let (dim_b, count) = (setting.space.dim(), strokes.len());
        let dim = setting.levels.charger * dim_b;
        if dim > MOST_LEVELS || strokes.iter().any(|stroke| !stroke.is_linear() || stroke.selects()) {
            return None;
        }
        let (reset, fresh, sigma) =
            strokes.iter().enumerate().find_map(|(index, stroke)| match &stroke.action {
                Action::Instant(Instant::Reset { target, state }) => Some((index, *target, state)),
                _ => None,
            })?;
        // Patterns by columns: Z of flows.
        let mut patterns: Vec<Option<Columns>> = Vec::with_capacity(count);
        for stroke in strokes {
            patterns.push(match &stroke.action {
                Action::Flow(flow) if flow.generator.is_constant() && flow.back.is_none() => {
                    let entries = flow.generator.superoperator().into_iter();
                    let entries = entries.filter(|(_, _, x)| *x != 0.0);
                    let z =
                        Columns::new(dim * dim, entries.map(|(i, j, x)| (i as u32, j as u32, x)).collect());
                    (z.norm() * stroke.duration <= LONGEST_STEP * MOST_STEPS).then_some(z)
                }
                Action::Flow(_) => return None,
                Action::Instant(Instant::Reset { .. } | Instant::Decohere { .. }) => None,
                Action::Instant(_) => return None,
            });
            if matches!(strokes[patterns.len() - 1].action, Action::Flow(_)) && patterns.last()?.is_none() {
                return None;
            }
        }
        let kept = Part::other(fresh);
        let carried = if kept == Part::Battery { dim_b } else { dim / dim_b };
        let spread = |e: usize| product(sigma, fresh, e, carried, dim_b, dim);
        let order: Vec<usize> = (1..count).map(|k| (reset + k) % count).collect();
        let mut known = vec![vec![false; dim * dim]; count];
        let mut of_part = vec![false; carried * carried];
        let mut numbers: Vec<usize> = Vec::new();
        let mut todo: Vec<(usize, usize)> = Vec::new();
        let start = reduced(&after_reset(reset)?, kept, dim_b);
        let mut found: Vec<usize> = (0..carried * carried).filter(|&e| start.s()[e].abs() > NOISE).collect();
        loop {
            while let Some(e) = found.pop() {
                if !std::mem::replace(&mut of_part[e], true) {
                    numbers.push(e);
                    if numbers.len() > MOST_NUMBERS {
                        return None;
                    }
                    todo.extend(spread(e).into_iter().map(|(p, _)| (0, p)));
                }
            }
            let Some((place, p)) = todo.pop() else { break };
            if std::mem::replace(&mut known[place][p], true) {
                continue;
            }
            let Some(&index) = order.get(place) else {
                found.extend(traced(p, kept, dim, dim_b));
                continue;
            };
            if let Some(z) = &patterns[index] {
                let column = &z.entries[z.starts[p]..z.starts[p + 1]];
                todo.extend(column.iter().map(|(q, _)| (place, *q as usize)));
                todo.push((place + 1, p));
            } else {
                todo.extend(
                    image(&strokes[index], p, setting, dim, dim_b)?.iter().map(|(q, _)| (place + 1, *q)),
                );
            }
        }
        numbers.sort_unstable();
        let joint: Vec<usize> = (0..dim * dim).filter(|&p| known.iter().any(|known| known[p])).collect();
        let mut place = vec![u32::MAX; dim * dim];
        joint.iter().enumerate().for_each(|(k, &p)| place[p] = k as u32);
        let mut maps = Vec::with_capacity(count);
        for (index, stroke) in strokes.iter().enumerate() {
            let mut entries: Vec<(u32, u32, f64)> = Vec::new();
            if index == reset {
                maps.push(Map::Reset);
                continue;
            }
            for (column, &p) in joint.iter().enumerate() {
                let mut push = |q: usize, x: f64| {
                    if place[q] != u32::MAX {
                        entries.push((place[q], column as u32, x));
                    }
                };
                match &patterns[index] {
                    Some(z) => {
                        z.entries[z.starts[p]..z.starts[p + 1]]
                            .iter()
                            .for_each(|&(q, x)| push(q as usize, x));
                    }
                    None => image(stroke, p, setting, dim, dim_b)?.iter().for_each(|&(q, x)| push(q, x)),
                }
            }
            let columns = Columns::new(joint.len(), entries);
            maps.push(match &patterns[index] {
                Some(_) => Map::Flow { norm: columns.norm(), z: columns, duration: stroke.duration },
                None => Map::Instant(columns),
            });
        }
        let mut all = Collisions {
            dim,
            dim_b,
            reset,
            fresh,
            sigma: sigma.clone(),
            joint,
            numbers,
            maps,
            matrix: Mat::new(),
        };
        all.matrix = all.columns(&order, &place);
        Some(all)
    }

    fn columns(&self, order: &[usize], place: &[u32]) -> Mat<f64> {
        let (size, joint) = (self.numbers.len(), self.joint.len());
        let carried = self.carried();
        let mut at = vec![usize::MAX; carried * carried];
        self.numbers.iter().enumerate().for_each(|(k, &e)| at[e] = k);
        // Where the trace takes a joint number; what other stages reach is empty at the end.
        let kept = self.fresh.other();
        let target = |p: &usize| traced(*p, kept, self.dim, self.dim_b).map(|e| at[e]);
        let target: Vec<Option<usize>> =
            self.joint.iter().map(|p| target(p).filter(|row| *row != usize::MAX)).collect();
        let (mut x, mut term, mut next) = (vec![0.0; joint], vec![0.0; joint], vec![0.0; joint]);
        let mut matrix = Mat::zeros(size, size);
        for (column, &e) in self.numbers.iter().enumerate() {
            x.fill(0.0);
            for (p, value) in product(&self.sigma, self.fresh, e, carried, self.dim_b, self.dim) {
                x[place[p] as usize] += value;
            }
            for &index in order {
                self.maps[index].apply(1.0, [&mut x, &mut term, &mut next], None);
            }
            for (x, target) in x.iter().zip(&target) {
                if let Some(row) = target {
                    matrix[(*row, column)] += x;
                }
            }
        }
        matrix
    }

    fn carried(&self) -> usize {
        if self.fresh == Part::Charger { self.dim_b } else { self.dim / self.dim_b }
    }

    /// The part that is carried.
    pub(crate) fn carried_part(&self) -> Part {
        self.fresh.other()
    }

    /// How many numbers are carried.
    pub(crate) fn size(&self) -> usize {
        self.numbers.len()
    }

    /// The carried numbers of a joint state.
    pub(crate) fn restrict(&self, rho: &Hermitian) -> Vec<f64> {
        let part = reduced(rho, self.fresh.other(), self.dim_b);
        self.numbers.iter().map(|&e| part.s()[e]).collect()
    }

    /// The joint state right after the reset with these numbers.
    pub(crate) fn extend(&self, x: &[f64]) -> Hermitian {
        let mut part = Hermitian::zero(self.carried());
        self.numbers.iter().zip(x).for_each(|(&e, &x)| part.s_mut()[e] = x);
        match self.fresh {
            Part::Charger => self.sigma.kron(&part),
            Part::Battery => part.kron(&self.sigma),
        }
    }

    /// A joint state after a share of a stage that takes time, and its integral over that time; `None` for all others.
    pub(crate) fn after(&self, index: usize, share: f64, rho: &Hermitian) -> Option<[Hermitian; 2]> {
        let map = &self.maps[index];
        if !matches!(map, Map::Flow { .. }) {
            return None;
        }
        let mut x: Vec<f64> = self.joint.iter().map(|&p| rho.s()[p]).collect();
        let [mut term, mut next, mut integral] = [0; 3].map(|_| vec![0.0; x.len()]);
        map.apply(share, [&mut x, &mut term, &mut next], Some(&mut integral));
        Some([self.joint_state(&x), self.joint_state(&integral)])
    }

    /// Whether all numbers of a joint state are among those that are reached: not always before the first reset.
    pub(crate) fn hold(&self, rho: &Hermitian) -> bool {
        let mut known = self.joint.iter().peekable();
        rho.s().iter().enumerate().all(|(p, x)| known.next_if_eq(&&p).is_some() || x.abs() <= NOISE)
    }

    /// The stages after the reset, from these numbers on, and then the reset, which ends the cycle where it is `whole`; otherwise to the last stage of the cycle.
    pub(crate) fn walk(&self, numbers: &[f64], whole: bool, visit: &mut dyn FnMut(Passed<'_>)) {
        let mut rho = self.extend(numbers);
        let mut integrals = Hermitian::zero(self.dim);
        let mut x: Vec<f64> = self.joint.iter().map(|&p| rho.s()[p]).collect();
        let [mut term, mut next, mut integral] = [0; 3].map(|_| vec![0.0; x.len()]);
        let scatter = |x: &[f64], rho: &mut Hermitian| {
            self.joint.iter().zip(x).for_each(|(&p, &x)| rho.s_mut()[p] = x);
        };
        let count = self.maps.len();
        let stages = if whole { count } else { count - self.reset };
        for index in (1..stages).map(|k| (self.reset + k) % count) {
            visit(Passed::Begun { index, rho: &rho });
            integral.fill(0.0);
            self.maps[index].apply(1.0, [&mut x, &mut term, &mut next], Some(&mut integral));
            scatter(&x, &mut rho);
            if let Map::Flow { duration, .. } = &self.maps[index] {
                scatter(&integral, &mut integrals);
                visit(Passed::Flowed { index, duration: *duration, rho: &rho, integral: &integrals });
            } else {
                visit(Passed::Mapped { index, rho: &rho });
            }
        }
        if whole {
            visit(Passed::Begun { index: self.reset, rho: &rho });
            visit(Passed::Mapped { index: self.reset, rho: &self.extend(&self.restrict(&rho)) });
        }
    }

    /// d rho/dt in a stage that takes time.
    pub(crate) fn rate(&self, index: usize, rho: &Hermitian) -> Option<Hermitian> {
        let Map::Flow { z, .. } = &self.maps[index] else { return None };
        let x: Vec<f64> = self.joint.iter().map(|&p| rho.s()[p]).collect();
        let mut rate = vec![0.0; x.len()];
        z.add(1.0, &x, &mut rate);
        Some(self.joint_state(&rate))
    }

    fn joint_state(&self, x: &[f64]) -> Hermitian {
        let mut rho = Hermitian::zero(self.dim);
        self.joint.iter().zip(x).for_each(|(&p, &x)| rho.s_mut()[p] = x);
        rho
    }
}

/// sigma (x) e in S, for the unit e = (b, b') of the S of the other part: with S = A + B of sigma, A at ((c, b), (c', b')) and B at
/// ((c, b'), (c', b)).
fn product(
    sigma: &Hermitian,
    fresh: Part,
    e: usize,
    carried: usize,
    dim_b: usize,
    dim: usize,
) -> Vec<(usize, f64)> {
    let (row, column) = (e / carried, e % carried);
    let level = |c: usize, b: usize| if fresh == Part::Charger { c * dim_b + b } else { b * dim_b + c };
    let (n, s) = (sigma.dim(), sigma.s());
    let mut all = Vec::new();
    for (c, d) in (0..n).flat_map(|c| (0..n).map(move |d| (c, d))) {
        let (here, mirrored) = (s[c * n + d], s[d * n + c]);
        let (a, b) = (0.5 * (here + mirrored), 0.5 * (here - mirrored));
        if a != 0.0 {
            all.push((level(c, row) * dim + level(d, column), a));
        }
        if b != 0.0 {
            all.push((level(c, column) * dim + level(d, row), b));
        }
    }
    all
}

/// Where the trace over the other part takes a number of the joint S.
fn traced(p: usize, kept: Part, dim: usize, dim_b: usize) -> Option<usize> {
    let (row, column) = (p / dim, p % dim);
    let ((c, b), (d, e)) = ((row / dim_b, row % dim_b), (column / dim_b, column % dim_b));
    match kept {
        Part::Battery => (c == d).then_some(b * dim_b + e),
        Part::Charger => (b == e).then_some(c * (dim / dim_b) + d),
    }
}

/// What a map at one instant makes of a unit of the joint S; `None` for others than resets and what ends coherences.
fn image(
    stroke: &Stroke,
    p: usize,
    setting: &Setting<'_>,
    dim: usize,
    dim_b: usize,
) -> Option<Vec<(usize, f64)>> {
    match &stroke.action {
        Action::Instant(Instant::Decohere { labels, .. }) => {
            Some(if labels[p / dim] == labels[p % dim] { vec![(p, 1.0)] } else { Vec::new() })
        }
        Action::Instant(Instant::Reset { target, state }) => {
            let carried = if *target == Part::Charger { dim_b } else { setting.levels.charger };
            let left = traced(p, target.other(), dim, dim_b);
            Some(left.map_or(Vec::new(), |e| product(state, *target, e, carried, dim_b, dim)))
        }
        _ => None,
    }
}
