//! Eigenvalues of a chain in given intervals: Sturm counts isolate them, Rayleigh quotients find their digits.

use super::dense::Chain;
use super::sweeps::{LANES, Lanes, Sweeps, padded};
use crate::numerics::norm;

/// Halvings before the first Rayleigh quotient: a count costs a tenth of it.
const HALVINGS: usize = 12;
/// Rayleigh quotients after which bisection has to help.
const MOST_STEPS: usize = 200;

/// An interval with the eigenvalues below its ends.
#[derive(Clone, Copy)]
pub(super) struct Bracket {
    a: f64,
    b: f64,
    below_a: usize,
    below_b: usize,
}

impl Bracket {
    fn count(&self) -> usize {
        self.below_b - self.below_a
    }

    /// Leaves out what lies at its lower end, 0: an odd number of `rows` without diagonal has one eigenvalue there.
    pub(super) fn skip_zero(&mut self, rows: usize) {
        self.below_a = rows.div_ceil(2);
    }

    /// Keeps the side of `x` that holds the only eigenvalue.
    fn halve(&mut self, x: f64, below: usize) {
        if below > self.below_a { self.b = self.b.min(x) } else { self.a = self.a.max(x) }
    }
}

impl Chain {
    /// An interval with what lies below its ends.
    pub(super) fn bracket(&self, a: f64, b: f64) -> Bracket {
        let counts = self.counts(&std::array::from_fn(|l| if l == 0 { a } else { b }));
        Bracket { a, b, below_a: counts[0], below_b: counts[1] }
    }

    /// All eigenvalues in disjoint intervals, in no order; `None` where they cannot be told apart.
    pub(super) fn eigenvalues(&self, intervals: Vec<Bracket>, work: &mut Sweeps) -> Option<Vec<f64>> {
        self.refined(&self.isolated(intervals)?, work)
    }

    /// The normalised vector of the eigenvalue 0 of an odd number of rows without diagonal: v_{2m+2} = -(b_{2m}/b_{2m+1}) v_{2m}.
    pub(super) fn zero_vector(&self, out: &mut [f64]) {
        out.fill(0.0);
        out[0] = 1.0;
        for k in (0..self.off.len()).step_by(2) {
            out[k + 2] = -self.off[k] / self.off[k + 1] * out[k];
        }
        let norm = norm(out);
        out.iter_mut().for_each(|x| *x /= norm);
    }

    /// Brackets of one eigenvalue each.
    fn isolated(&self, intervals: Vec<Bracket>) -> Option<Vec<Bracket>> {
        let mut todo: Vec<Bracket> = intervals.into_iter().filter(|bracket| bracket.count() > 0).collect();
        let mut done = Vec::new();
        while !todo.is_empty() {
            // As many equal parts as eigenvalues, at least two; their ends go through the rows in groups.
            let parts = |bracket: &Bracket| bracket.count().next_multiple_of(2);
            let shifts: Vec<f64> = todo
                .iter()
                .flat_map(|s| (1..parts(s)).map(|m| s.a + (s.b - s.a) * (m as f64 / parts(s) as f64)))
                .collect();
            let counts = self.all_counts(&shifts);
            let mut next = 0;
            let mut later = Vec::new();
            for bracket in todo {
                let mut left = (bracket.a, bracket.below_a);
                for m in 1..=parts(&bracket) {
                    let right = if m == parts(&bracket) {
                        (bracket.b, bracket.below_b)
                    } else {
                        next += 1;
                        (shifts[next - 1], counts[next - 1])
                    };
                    if right.1 < left.1 || !(right.0 > left.0) {
                        return None;
                    }
                    let part = Bracket { a: left.0, b: right.0, below_a: left.1, below_b: right.1 };
                    match part.count() {
                        0 => {}
                        1 => done.push(part),
                        _ => later.push(part),
                    }
                    left = right;
                }
            }
            todo = later;
        }
        done.sort_by(|x, y| x.a.total_cmp(&y.a));
        Some(done)
    }

    fn all_counts(&self, shifts: &[f64]) -> Vec<usize> {
        let mut out = Vec::with_capacity(shifts.len() + LANES);
        for group in shifts.chunks(LANES) {
            out.extend(self.counts(&padded(group)));
        }
        out.truncate(shifts.len());
        out
    }

    /// Eigenvalues in their brackets: Rayleigh quotients, and bisection where these leave the bracket.
    fn refined(&self, brackets: &[Bracket], work: &mut Sweeps) -> Option<Vec<f64>> {
        let mut out = Vec::with_capacity(brackets.len());
        for group in brackets.chunks(LANES) {
            let mut bracket: [Bracket; LANES] = std::array::from_fn(|l| group[l.min(group.len() - 1)]);
            let width = bracket.map(|s| s.b - s.a);
            for _ in 0..HALVINGS {
                let middle = bracket.map(|s| 0.5 * (s.a + s.b));
                let below = self.counts(&middle);
                for l in 0..LANES {
                    bracket[l].halve(middle[l], below[l]);
                }
            }
            let mut at: Lanes = bracket.map(|s| 0.5 * (s.a + s.b));
            let mut open = [true; LANES];
            for step in 0.. {
                let twist = self.twist::<false>(&at, work);
                for l in 0..LANES {
                    let s = &mut bracket[l];
                    s.halve(at[l], twist.below[l]);
                    let correction = twist.correction[l];
                    let next = at[l] + correction;
                    // |correction| |z| bounds the distance to an eigenvalue; the error of `next` is of second order.
                    let residual = correction.abs() * twist.norm[l].sqrt();
                    if residual <= 1e-8 * width[l] + 1e-15 * at[l].abs() || s.b - s.a <= 4e-16 * s.b.abs() {
                        open[l] = false;
                    }
                    if open[l] || (next > s.a && next < s.b) {
                        let inside = next > s.a && next < s.b && step < MOST_STEPS / 2;
                        at[l] = if inside { next } else { 0.5 * (s.a + s.b) };
                    }
                }
                if open[..group.len()].iter().all(|x| !x) {
                    break;
                }
                if step > MOST_STEPS {
                    return None;
                }
            }
            out.extend(&at[..group.len()]);
        }
        Some(out)
    }
}
