//! One number of excitations K: a real symmetric tridiagonal matrix and the amplitudes that it turns.
//!
//! In the frame of the cavity H has the diagonal -Delta n and the off-diagonal o_n = g sqrt((K-n)(n+1)(T-n)) on |K-n>|n>, n = 0..min(K,T) (see
//! `turns` for what its eigenvectors make of the start at n = m).
//!
//! d^2`<n>`/dt^2 is a function of n alone, sum_n f_n |psi_n|^2 with f_n = 2 (o_n^2 - o_{n-1}^2) - Delta^2 (n - m): the raising and the lowering
//! part of the coupling have a diagonal commutator, and `<H>` keeps its value at the start. From a superposition of levels m is
//! n_0 - `<V>_0`/Delta, with the coupling energy `<V>_0` of the start.

use num_complex::Complex64;

use super::Excitations;
use super::carried::carried;
use super::phases::Phases;
use super::starts::{BlockStart, Start};
use super::turns::{Turns, detuned, resonant, superposed, whole};

/// Levels up to which a block on resonance is decomposed as a whole.
pub(super) const DENSE: usize = 50;

/// o_n/g.
pub(super) fn element(top: usize, excitations: usize, n: usize) -> f64 {
    ((excitations - n) as f64 * (n + 1) as f64 * (top - n) as f64).sqrt()
}

/// One block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// K.
    pub(super) excitations: usize,
    /// Its weight in the initial state.
    pub(super) probability: f64,
    /// Excitations of the cells in level 0.
    lowest: usize,
    /// The level m in which the cells start; of a superposition its lowest.
    pub(super) start: usize,
    /// n_0.
    mean: f64,
    /// `<V>_0`.
    coupled: f64,
    /// n_0 - `<V>_0`/Delta.
    middle: f64,
    /// o_n, and 0 behind the last.
    elements: Vec<f64>,
    /// f_n of d^2`<n>`/dt^2 = sum_n f_n |psi_n|^2.
    curvatures: Vec<f64>,
    detuning: f64,
    pub(super) frequencies: Vec<f64>,
    pub(super) turns: Turns,
}

/// What a block couples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ladder {
    /// Excitations of the cells in level 0.
    pub(super) lowest: usize,
    /// T, how many more there are in the highest.
    pub(super) top: usize,
    /// g; only superpositions of levels see its sign.
    pub(super) coupling: f64,
    /// Delta = omega_C - omega_B.
    pub(super) detuning: f64,
}

/// Amplitudes of one block, `levels` numbers for each time.
#[derive(Default)]
pub(super) struct Amplitudes {
    phases: Phases,
    part: Vec<f64>,
    levels: usize,
    real: Vec<f64>,
    imaginary: Vec<f64>,
}

impl Amplitudes {
    /// Real and imaginary part at the k-th time; the latter is empty on resonance.
    pub(super) fn at(&self, k: usize) -> (&[f64], &[f64]) {
        let range = k * self.levels..(k + 1) * self.levels;
        (&self.real[range.clone()], self.imaginary.get(range).unwrap_or(&[]))
    }
}

impl Block {
    /// Levels with K excitations.
    pub(super) fn levels(top: usize, excitations: usize) -> usize {
        top.min(excitations) + 1
    }

    /// `None` where the eigenvalue iteration does not converge.
    pub(super) fn new(ladder: Ladder, start: &BlockStart) -> Option<Self> {
        Block::within(ladder, start, DENSE)
    }

    /// With all eigenvectors up to `dense` levels.
    fn within(ladder: Ladder, start: &BlockStart, dense: usize) -> Option<Self> {
        let Ladder { lowest, top, coupling: signed, detuning } = ladder;
        let BlockStart { excitations, probability, ref start } = *start;
        // g -> -g turns the cells by pi.
        let coupling = signed.abs();
        let levels = Block::levels(top, excitations);
        let element = |n: usize| element(top, excitations, n);
        let elements: Vec<f64> = (0..levels).map(|n| coupling * element(n)).collect();
        let turned: Vec<(usize, Complex64)> = match start {
            Start::Level(m) => vec![(*m, Complex64::ONE)],
            Start::Vector(vector) => {
                let sign = |m: usize| if signed < 0.0 && m % 2 == 1 { -1.0 } else { 1.0 };
                vector.iter().map(|&(m, x)| (m, sign(m) * x)).collect()
            }
        };
        let mean = match turned[..] {
            [(m, _)] => m as f64,
            _ => turned.iter().map(|(m, x)| *m as f64 * x.norm_sqr()).sum(),
        };
        let neighbours = turned.windows(2).filter(|pair| pair[0].0 + 1 == pair[1].0);
        let coupled =
            neighbours.map(|pair| 2.0 * elements[pair[0].0] * (pair[1].1.conj() * pair[0].1).re).sum();
        let middle = if coupled == 0.0 || detuning == 0.0 { mean } else { mean - coupled / detuning };
        let square = |n: usize| elements[n] * elements[n];
        let curvature = |n: usize| {
            let below = if n == 0 { 0.0 } else { square(n - 1) };
            2.0 * (square(n) - below) - detuning * detuning * (n as f64 - middle)
        };
        let curvatures = (0..levels).map(curvature).collect();
        // Rates of any size: the matrix is decomposed in units of the larger one.
        let unit = coupling.max(detuning.abs());
        let (g, delta) = if unit > 0.0 { (coupling / unit, detuning / unit) } else { (0.0, 0.0) };
        let off: Vec<f64> = (0..levels - 1).map(|n| g * element(n)).collect();
        let (mut frequencies, turns) = match *start {
            Start::Vector(_) => superposed(off, -delta, &turned)?,
            Start::Level(m) if detuning == 0.0 => {
                resonant(off, m, if levels > dense { carried } else { whole })?
            }
            Start::Level(m) => detuned(off, -delta, m)?,
        };
        frequencies.iter_mut().for_each(|w| *w *= unit);
        Some(Block {
            excitations,
            start: turned.first().map_or(0, |(m, _)| *m),
            probability,
            lowest,
            mean,
            coupled,
            middle,
            elements,
            curvatures,
            detuning,
            frequencies,
            turns,
        })
    }

    /// Its amplitudes at some times.
    pub(super) fn evolve(&self, times: &[f64], out: &mut Amplitudes) {
        let (levels, count) = (self.elements.len(), times.len());
        let Amplitudes { phases, part, real, imaginary, .. } = out;
        out.levels = levels;
        phases.at(&self.frequencies, times);
        real.resize(levels * count, 0.0);
        match &self.turns {
            Turns::Detuned { all } => {
                imaginary.resize(levels * count, 0.0);
                all.times(phases.cosines(), 1.0, real);
                all.times(phases.sines(), -1.0, imaginary);
            }
            Turns::Superposed { real: re, imaginary: im } => {
                imaginary.resize(levels * count, 0.0);
                re.times(phases.cosines(), 1.0, real);
                im.add_times(phases.sines(), 1.0, real);
                im.times(phases.cosines(), 1.0, imaginary);
                re.add_times(phases.sines(), -1.0, imaginary);
            }
            Turns::Resonant { first, even, odd } => {
                imaginary.clear();
                for (table, phases, parity) in [(even, phases.cosines(), 0), (odd, phases.sines(), 1)] {
                    part.resize(table.rows() * count, 0.0);
                    table.times(phases, 1.0, part);
                    let first = (first + parity) % 2;
                    for (k, amplitudes) in real.chunks_exact_mut(levels).enumerate() {
                        let part = &part[k * table.rows()..(k + 1) * table.rows()];
                        amplitudes.iter_mut().skip(first).step_by(2).zip(part).for_each(|(x, y)| *x = *y);
                    }
                }
            }
        }
    }

    /// `<n>` and its derivatives, d`<n>`/dt = 2 sum_n o_n Im(psi_{n+1}^* psi_n).
    pub(super) fn excitations_of(&self, real: &[f64], imaginary: &[f64]) -> Excitations {
        let mut found = Excitations::default();
        for (n, (x, f)) in real.iter().zip(&self.curvatures).enumerate() {
            let y = imaginary.get(n).copied().unwrap_or(0.0);
            let p = x * x + y * y;
            found.number += (self.lowest + n) as f64 * p;
            found.curvature += f * p;
        }
        let pairs = self.elements.iter().zip(real.windows(2));
        let flow: f64 = match imaginary {
            [] => pairs.map(|(o, x)| o * x[0] * x[1]).sum(),
            _ => pairs.zip(imaginary.windows(2)).map(|((o, x), y)| o * (x[1] * y[0] - y[1] * x[0])).sum(),
        };
        found.flow = 2.0 * flow;
        found
    }

    /// A bound on `<n>` - n_0: the level at the top, or what the coupling has to give for quanta that differ by Delta,
    /// Delta (`<n>` - n_0) = `<V>` - `<V>_0`.
    pub(super) fn largest_rise(&self) -> f64 {
        let given = (self.coupled / self.detuning).abs();
        let swing = if self.coupled == 0.0 { self.swing() } else { self.swing() + given };
        swing.min((self.elements.len() - 1) as f64 - self.mean)
    }

    /// A bound on |d^2`<n>`/dt^2|.
    pub(super) fn largest_curvature(&self) -> f64 {
        let square = self.detuning * self.detuning;
        let moved = |n: usize| square * (n as f64 - self.middle);
        let largest =
            |of: &dyn Fn(usize) -> f64| (0..self.elements.len()).map(|n| of(n).abs()).fold(0.0, f64::max);
        let levels = largest(&|n| self.curvatures[n]);
        levels.min(largest(&|n| self.curvatures[n] + moved(n)) + square * self.swing())
    }

    /// ||V|| / |Delta|.
    fn swing(&self) -> f64 {
        2.0 * self.elements.iter().fold(0.0_f64, |a, b| a.max(*b)) / self.detuning.abs()
    }

    /// Whether it has one level alone, which nothing moves.
    pub(super) fn is_single(&self) -> bool {
        self.elements.len() == 1
    }

    /// Whether its amplitudes are real, up to a turn of the cells.
    pub(super) fn is_real(&self) -> bool {
        matches!(self.turns, Turns::Resonant { .. })
    }

    /// Whether it starts in one level, without power.
    pub(super) fn starts_in_level(&self) -> bool {
        !matches!(self.turns, Turns::Superposed { .. })
    }

    /// Levels, and frequencies that are kept.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.elements.len(), self.frequencies.len())
    }

    /// Number of levels, o_n and f_n.
    pub(super) fn parts(&self) -> (usize, &[f64], &[f64]) {
        (self.elements.len(), &self.elements, &self.curvatures)
    }

    pub(super) fn detuning(&self) -> f64 {
        self.detuning
    }

    /// The largest frequency.
    pub(super) fn fastest(&self) -> f64 {
        self.frequencies.iter().fold(0.0, |largest, w| largest.max(w.abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::number_blocks::carried::expected;

    /// The part that is carried against the whole, for few and many photons, cells empty, full and in between.
    #[test]
    fn what_is_carried_is_all_there_is() {
        for (top, start, excitations) in
            [(60, 0, 60), (61, 0, 61), (60, 0, 300), (61, 5, 66), (80, 80, 90), (61, 30, 200), (40, 0, 900)]
        {
            let ladder = Ladder { lowest: 0, top, coupling: 0.7, detuning: 0.0 };
            let from = BlockStart { excitations, probability: 1.0, start: Start::Level(start) };
            let whole = Block::within(ladder, &from, usize::MAX).unwrap();
            let part = Block::within(ladder, &from, 1).unwrap();
            let times: Vec<f64> = (0..40).map(|k| 0.02 * k as f64).collect();
            let (mut a, mut b) = (Amplitudes::default(), Amplitudes::default());
            whole.evolve(&times, &mut a);
            part.evolve(&times, &mut b);
            for k in 0..times.len() {
                for (x, y) in a.at(k).0.iter().zip(b.at(k).0) {
                    assert!((x - y).abs() < 3e-13, "{ladder:?} {start} {excitations} at {k}: {x} {y}");
                }
            }
        }
    }

    #[test]
    fn large_blocks_keep_few_frequencies() {
        let cells = 1000;
        let ladder = Ladder { lowest: 0, top: cells, coupling: 1.0, detuning: 0.0 };
        let start = BlockStart { excitations: cells, probability: 1.0, start: Start::Level(0) };
        let kept = Block::new(ladder, &start).unwrap().frequencies.len();
        let expected = expected(cells, 0, cells);
        assert!(kept < 450, "{kept}");
        assert!(expected > 0.8 * kept as f64 && expected < 1.25 * kept as f64, "{kept} {expected}");
    }
}
