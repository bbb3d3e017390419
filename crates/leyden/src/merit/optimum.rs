//! The least value of a function of a few variables that may jump.
//!
//! Charging times are discontinuous: where a revival of the energy touches the threshold, the last crossing jumps, and the
//! infimum is approached from one side of the jump but not taken there. So no derivative is used: a grid over the
//! whole range first, then golden sections (one variable) or a shrinking cross (several; for two, golden sections inside
//! golden sections at the end) around its best cells, and
//! finally the two sides of the result are compared. A function that has no value somewhere (NaN) is infinite there.

use crate::numerics::golden_section;

/// A variable with its range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchRange {
    /// Least value.
    pub from: f64,
    /// Largest value.
    pub to: f64,
    /// Searched evenly in the logarithm; then `from` > 0.
    pub log: bool,
}

/// One end of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The least value.
    From,
    /// The largest value.
    To,
}

/// From which side the best value is approached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The variable comes down to the jump.
    Above,
    /// The variable rises to the jump.
    Below,
}

/// The function jumps at the optimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jump {
    /// Index of the variable.
    pub variable: usize,
    /// Where.
    pub position: f64,
    /// The side whose limit is the best value.
    pub side: Side,
    /// The limit from the other side, which is also the value at the jump where the crossing still counts.
    pub beyond: f64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// The best point met; one step of floating-point numbers beside the jump where there is one.
    pub at: Vec<f64>,
    /// The value there.
    pub value: f64,
    /// Ends of ranges at which it sits: (variable, end). Then there is no optimum inside.
    pub ends: Vec<(usize, End)>,
    /// The jump at which it sits.
    pub jump: Option<Jump>,
}

/// Points of the first grid per variable, for one to four variables.
const GRID: [usize; 4] = [241, 41, 17, 9];
/// Rounds of nested searches at most.
const ROUNDS: usize = 10;
/// Best cells that are refined.
const CELLS: usize = 6;
/// Golden sections of one variable, and of each of two.
const SECTIONS: usize = 90;
const NESTED: usize = 45;
/// Relative difference of the two sides of a point that makes a jump.
const JUMP: f64 = 1e-5;

/// Values on the first grid of a search over so many variables.
///
/// # Panics
/// As [`minimise`].
pub fn grid_points(variables: usize) -> usize {
    GRID[variables - 1].pow(variables as u32)
}

/// About how many values follow the first grid at most: golden sections, or crosses that halve their step forty times around every cell, and for two
/// variables two rounds of nested sections.
///
/// # Panics
/// As [`minimise`].
pub fn refining_points(variables: usize) -> usize {
    let directions = 2 * variables * variables;
    match variables {
        1 => CELLS * (SECTIONS + 2),
        2 => CELLS * 40 * directions + 4 * NESTED * NESTED,
        _ => CELLS * 40 * directions,
    }
}

/// The least value of `f` over the ranges; `None` where it has no value on the first grid.
///
/// # Panics
/// When there are no ranges or more than four.
pub fn minimise(ranges: &[SearchRange], f: &mut dyn FnMut(&[f64]) -> f64) -> Option<Optimum> {
    let d = ranges.len();
    assert!((1..=GRID.len()).contains(&d), "one to four variables");
    let mut search = Search { ranges, f, x: vec![0.0; d] };
    let n = GRID[d - 1];
    let step = 1.0 / (n - 1) as f64;
    let total = grid_points(d);
    let node = |k: usize| -> Vec<f64> { (0..d).map(|i| ((k / n.pow(i as u32)) % n) as f64 * step).collect() };
    let values: Vec<f64> = (0..total).map(|k| search.at(&node(k))).collect();
    // Local minima of the grid, best first.
    let mut cells: Vec<usize> = (0..total)
        .filter(|&k| values[k].is_finite())
        .filter(|&k| {
            (0..d).all(|i| {
                let stride = n.pow(i as u32);
                let place = (k / stride) % n;
                (place == 0 || values[k] <= values[k - stride])
                    && (place + 1 == n || values[k] <= values[k + stride])
            })
        })
        .collect();
    cells.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let refined = cells.iter().take(CELLS).map(|&k| {
        if d == 1 {
            search.golden(node(k)[0], step, values[k])
        } else {
            search.cross(node(k), step, values[k])
        }
    });
    let (mut u, mut value) = refined.min_by(|a, b| a.1.total_cmp(&b.1))?;
    if d == 2 {
        // The valley may lead out of the cell.
        for _ in 0..ROUNDS {
            let before = value;
            for outer in [0, 1] {
                (u, value) = search.nested(u, step, value, outer);
            }
            if value >= before - 1e-9 * before.abs() {
                break;
            }
        }
    }
    let ends = (0..d)
        .filter_map(|i| match u[i] {
            x if x <= 1e-9 => Some((i, End::From)),
            x if x >= 1.0 - 1e-9 => Some((i, End::To)),
            _ => None,
        })
        .collect();
    let jump = (0..d).find_map(|i| search.jump(&u, value, i));
    let mut optimum = Optimum { at: search.point(&u).to_vec(), value, ends, jump: None };
    if let Some((jump, near)) = jump {
        optimum.value = near;
        optimum.at[jump.variable] = match jump.side {
            Side::Above => jump.position.next_up(),
            Side::Below => jump.position.next_down(),
        };
        optimum.jump = Some(jump);
    }
    Some(optimum)
}

struct Search<'a> {
    ranges: &'a [SearchRange],
    f: &'a mut dyn FnMut(&[f64]) -> f64,
    x: Vec<f64>,
}

impl Search<'_> {
    /// The point of the unit cube.
    fn point(&mut self, u: &[f64]) -> &[f64] {
        for ((x, u), range) in self.x.iter_mut().zip(u).zip(self.ranges) {
            *x = match *u {
                u if u <= 0.0 => range.from,
                u if u >= 1.0 => range.to,
                u if range.log => range.from.powf(1.0 - u) * range.to.powf(u),
                u => range.from + (range.to - range.from) * u,
            };
        }
        &self.x
    }

    fn at(&mut self, u: &[f64]) -> f64 {
        self.point(u);
        self.value()
    }

    fn value(&mut self) -> f64 {
        let value = (self.f)(&self.x);
        if value.is_nan() { f64::INFINITY } else { value }
    }

    /// One variable: golden sections between the neighbours on the grid.
    fn golden(&mut self, centre: f64, step: f64, value: f64) -> (Vec<f64>, f64) {
        let range = ((centre - step).max(0.0), (centre + step).min(1.0));
        let found = golden_section(range, SECTIONS, &mut |u| self.at(&[u]));
        let mut best = if found.1 < value { found } else { (centre, value) };
        // The ends of the range themselves are candidates.
        for u in [0.0, 1.0] {
            if (centre - u).abs() <= step {
                let value = self.at(&[u]);
                if value <= best.1 {
                    best = (u, value);
                }
            }
        }
        (vec![best.0], best.1)
    }

    /// Several variables: steps along every axis and diagonal pair, halved when none is better.
    fn cross(&mut self, mut u: Vec<f64>, mut step: f64, mut value: f64) -> (Vec<f64>, f64) {
        let d = u.len();
        let mut directions: Vec<Vec<f64>> = Vec::new();
        for i in 0..d {
            for sign in [1.0, -1.0] {
                let mut v = vec![0.0; d];
                v[i] = sign;
                directions.push(v.clone());
                for j in 0..i {
                    for other in [1.0, -1.0] {
                        let mut w = v.clone();
                        w[j] = other;
                        directions.push(w);
                    }
                }
            }
        }
        while step > 1e-12 {
            let mut better = None;
            for direction in &directions {
                let trial: Vec<f64> =
                    u.iter().zip(direction).map(|(u, v)| (u + step * v).clamp(0.0, 1.0)).collect();
                let found = self.at(&trial);
                if found < value {
                    value = found;
                    better = Some(trial);
                }
            }
            match better {
                Some(trial) => u = trial,
                None => step *= 0.5,
            }
        }
        (u, value)
    }

    /// Two variables: golden sections in one of the least value over the other. This follows a kinked valley, where no step
    /// along a few directions leads downhill.
    fn nested(&mut self, u: Vec<f64>, step: f64, value: f64, outer: usize) -> (Vec<f64>, f64) {
        let inner = 1 - outer;
        let mut best = (u.clone(), value);
        let around = |x: f64, reach: f64| ((x - reach).max(0.0), (x + reach).min(1.0));
        let mut trial = u.clone();
        golden_section(around(u[outer], 2.0 * step), NESTED, &mut |x| {
            trial[outer] = x;
            // The valley moves: look where its floor was last.
            let centre = best.0[inner];
            let floor = golden_section(around(centre, 3.0 * step), NESTED, &mut |y| {
                trial[inner] = y;
                let found = self.at(&trial);
                if found < best.1 {
                    best = (trial.clone(), found);
                }
                found
            });
            floor.1
        });
        best
    }

    /// The jump in variable i right beside the optimum, with the value on its better side.
    fn jump(&mut self, u: &[f64], value: f64, i: usize) -> Option<(Jump, f64)> {
        const NEAR: f64 = 1e-9;
        self.point(u);
        let x = self.x[i];
        let width = NEAR * x.abs().max(1e-6 * (self.ranges[i].to - self.ranges[i].from));
        for (other, side) in [(x - width, Side::Above), (x + width, Side::Below)] {
            if !(self.ranges[i].from..=self.ranges[i].to).contains(&other) {
                continue;
            }
            let mut beyond = self.value_at(u, i, other);
            let mut near = value;
            if !((beyond - near).abs() > JUMP * near.abs()) {
                continue;
            }
            let (mut good, mut bad) = (x, other);
            loop {
                let middle = 0.5 * (good + bad);
                if middle == good || middle == bad {
                    break;
                }
                let found = self.value_at(u, i, middle);
                if (found - near).abs() <= (found - beyond).abs() {
                    (good, near) = (middle, found);
                } else {
                    (bad, beyond) = (middle, found);
                }
            }
            // A steep slope is no jump: its two sides meet.
            if (beyond - near).abs() > JUMP * near.abs() {
                return Some((Jump { variable: i, position: bad, side, beyond }, near));
            }
        }
        None
    }

    fn value_at(&mut self, u: &[f64], i: usize, x: f64) -> f64 {
        self.point(u);
        self.x[i] = x;
        self.value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: SearchRange = SearchRange { from: 0.01, to: 100.0, log: true };

    #[test]
    fn smooth_minimum_is_found() {
        let found = minimise(&[LOG], &mut |x| (x[0].ln() - 0.3).powi(2) + 2.0).unwrap();
        assert!((found.at[0] / 0.3f64.exp() - 1.0).abs() < 1e-7 && (found.value - 2.0).abs() < 1e-15);
        assert!(found.ends.is_empty() && found.jump.is_none());
    }

    #[test]
    fn jump_is_told_with_both_sides() {
        let mut f = |x: &[f64]| if x[0] <= 0.7 { 9.0 - x[0] } else { 1.0 + x[0] };
        let found = minimise(&[LOG], &mut f).unwrap();
        let jump = found.jump.unwrap();
        assert_eq!((jump.side, jump.position), (Side::Above, 0.7));
        assert!((found.value - 1.7).abs() < 1e-14 && (jump.beyond - 8.3).abs() < 1e-14);
        assert_eq!(found.at[0], 0.7_f64.next_up());
        // From below, in the second of two variables that do not matter to each other: beside the jump, not on it.
        let unit = SearchRange { from: 0.0, to: 1.0, log: false };
        let mut f = |x: &[f64]| (x[0] - 0.3).powi(2) + if x[1] >= 0.7 { 9.0 + x[1] } else { 2.0 - x[1] };
        let found = minimise(&[unit, unit], &mut f).unwrap();
        let jump = found.jump.unwrap();
        assert_eq!((jump.variable, jump.side, jump.position), (1, Side::Below, 0.7));
        assert_eq!(found.at[1], 0.7_f64.next_down());
        assert!((found.at[0] - 0.3).abs() < 1e-6 && (found.value - 1.3).abs() < 1e-12);
    }

    #[test]
    fn cusp_is_sharp() {
        // Linear on one side, a square root on the other, like the slowest rate at critical damping.
        let mut f = |x: &[f64]| if x[0] < 2.0 { 4.0 / x[0] } else { 2.0 + (x[0] - 2.0).sqrt() };
        let found = minimise(&[LOG], &mut f).unwrap();
        assert!((found.at[0] - 2.0).abs() < 1e-14 && found.jump.is_none());
    }

    #[test]
    fn monotone_function_sits_at_an_end() {
        let found = minimise(&[LOG], &mut |x| x[0]).unwrap();
        assert_eq!((found.at[0], found.ends[0]), (0.01, (0, End::From)));
        assert!(minimise(&[LOG], &mut |_| f64::NAN).is_none());
    }

    #[test]
    fn kinked_valleys_are_followed() {
        // The floor y = x^2 is a kink; along it the value falls towards x = 0.6.
        let unit = SearchRange { from: 0.0, to: 1.0, log: false };
        let mut f = |x: &[f64]| 30.0 * (x[1] - x[0] * x[0]).abs() + (x[0] - 0.6).powi(2) + 1.0;
        let found = minimise(&[unit, unit], &mut f).unwrap();
        assert!((found.value - 1.0).abs() < 1e-6, "{}", found.value);
    }

    #[test]
    fn several_variables() {
        let ranges = [LOG, SearchRange { from: -3.0, to: 3.0, log: false }];
        let mut f = |x: &[f64]| (x[0].ln() + x[1]).powi(2) + 10.0 * (x[1] - 1.0).powi(2);
        let found = minimise(&ranges, &mut f).unwrap();
        assert!(found.value < 1e-18);
        assert!((found.at[1] - 1.0).abs() < 1e-8 && (found.at[0].ln() + 1.0).abs() < 1e-8);
    }
}
