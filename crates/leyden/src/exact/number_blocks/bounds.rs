//! `<n>`(t) with bounds on its derivatives, for the search of its maxima.
//!
//! d^2`<n>`/dt^2 = `<f>` with f diagonal (see `block`), so that d^{k+1}`<n>`/dt^{k+1} = +-`<Y_{k+1}>` or +-i`<Y_{k+1}>` with Y_{k+1} = [H, Y_k], Y_2 = f: a real band of k - 1
//! diagonals on either side, whose largest sum of absolute values along a row bounds its norm. Of all blocks sum_K P_K of that.

use super::{Block, NumberBlocks};
use crate::merit::{Bounded, Jet};

/// The excitations of the cells.
pub(crate) struct NumberCurve<'a> {
    blocks: &'a NumberBlocks,
    bounds: [f64; 6],
}

/// Times at once on an even grid.
const AT_ONCE: usize = 256;
/// Units of the last digit that numbers lose, and that they lose for every radian of a phase.
const UNITS: f64 = 200.0;
const UNITS_PER_RADIAN: f64 = 4.0;

impl<'a> NumberCurve<'a> {
    pub(crate) fn new(blocks: &'a NumberBlocks) -> Self {
        let mut bounds = [0.0; 6];
        for block in blocks.blocks() {
            let of_block = block.bounds();
            bounds.iter_mut().zip(of_block).for_each(|(sum, bound)| *sum += block.probability * bound);
        }
        NumberCurve { blocks, bounds }
    }

    fn jet(time: f64, found: super::Excitations) -> Jet {
        Jet { time, energy: found.number, power: found.flow, bend: found.curvature }
    }
}

impl Bounded for NumberCurve<'_> {
    fn bound(&self, n: i32) -> f64 {
        self.bounds[n as usize]
    }

    fn rounding(&self, end: f64) -> f64 {
        let top = self.blocks.start + self.bounds[0];
        f64::EPSILON * top * (UNITS + UNITS_PER_RADIAN * self.blocks.largest_angle(end))
    }

    fn jets(&self, times: &[f64]) -> Vec<Jet> {
        times.iter().zip(self.blocks.excitations(times)).map(|(&t, found)| Self::jet(t, found)).collect()
    }

    fn along(&self, end: f64, count: usize, sink: &mut dyn FnMut(Jet)) {
        for first in (0..=count).step_by(AT_ONCE) {
            let batch = first..(first + AT_ONCE).min(count + 1);
            let times: Vec<f64> = batch.map(|k| end * (k as f64 / count as f64)).collect();
            self.jets(&times).into_iter().for_each(&mut *sink);
        }
    }
}

impl Block {
    /// Bounds on `<n>` and its first five derivatives.
    fn bounds(&self) -> [f64; 6] {
        let (levels, elements, curvatures) = self.parts();
        let flow = 2.0 * elements.iter().fold(0.0_f64, |a, b| a.max(*b));
        let mut bounds = [(levels - 1) as f64, flow, self.largest_curvature(), 0.0, 0.0, 0.0];
        let h = |n: usize, m: usize| match () {
            () if n == m => -self.detuning() * n as f64,
            () if n + 1 == m => elements[n],
            () => elements[m],
        };
        let mut band = Band { half: 0, rows: curvatures.iter().map(|f| vec![*f]).collect() };
        for bound in &mut bounds[3..] {
            let half = band.half + 1;
            let near = |n: usize| n.saturating_sub(1)..(n + 2).min(levels);
            let entry = |n: usize, m: usize| {
                let left: f64 = near(n).map(|l| h(n, l) * band.at(l, m)).sum();
                let right: f64 = near(m).map(|l| band.at(n, l) * h(l, m)).sum();
                left - right
            };
            let row = |n: usize| -> Vec<f64> {
                let columns = (0..=2 * half).map(|k| (n + k).checked_sub(half).filter(|m| *m < levels));
                columns.map(|m| m.map_or(0.0, |m| entry(n, m))).collect()
            };
            band = Band { half, rows: (0..levels).map(row).collect() };
            let sums = band.rows.iter().map(|row| row.iter().map(|x| x.abs()).sum::<f64>());
            *bound = sums.fold(0.0, f64::max);
        }
        bounds
    }
}

/// Elements near the diagonal, row by row.
struct Band {
    half: usize,
    rows: Vec<Vec<f64>>,
}

impl Band {
    fn at(&self, n: usize, m: usize) -> f64 {
        (m + self.half).checked_sub(n).and_then(|k| self.rows[n].get(k)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{CellStarts, Photons};
    use crate::space::InitialState::{Coherent, Fock, Thermal};

    /// Differences of what is known exactly stay below the bounds, and reach a good part of them.
    #[test]
    fn derivatives_stay_below_their_bounds() {
        for (top, start, detuning, photons) in [
            (1, 0, 0.0, Fock(1)),
            (3, 0, 0.0, Coherent(1.7)),
            (3, 2, 1.3, Coherent(1.7)),
            (10, 0, -0.4, Fock(10)),
            (6, 6, 0.0, Thermal(0.7)),
        ] {
            let cells = CellStarts::level(top, start);
            let blocks = NumberBlocks::new(&cells, 0.8, detuning, &Photons::of(&photons).unwrap()).unwrap();
            let curve = NumberCurve::new(&blocks);
            let (h, mut largest) = (1e-3, [0.0_f64; 6]);
            let times: Vec<f64> = (0..20_000).map(|k| h * k as f64).collect();
            let jets = curve.jets(&times);
            for (k, five) in jets.windows(5).enumerate() {
                let bend = |i: usize| five[i].bend;
                let derivatives = [
                    five[2].energy - start as f64,
                    five[2].power,
                    bend(2),
                    (bend(3) - bend(1)) / (2.0 * h),
                    (bend(3) - 2.0 * bend(2) + bend(1)) / (h * h),
                    (bend(4) - 2.0 * bend(3) + 2.0 * bend(1) - bend(0)) / (2.0 * h.powi(3)),
                ];
                for (n, x) in derivatives.into_iter().enumerate() {
                    // Rounding of the differences, 1e-13/h^3, and what they leave out.
                    let bound = curve.bounds[n] * (1.0 + 1e-4) + [0.0, 0.0, 0.0, 1e-9, 1e-6, 1e-3][n];
                    assert!(x.abs() <= bound, "{photons:?} {detuning}, {n} at {k}: {x} {bound}");
                    largest[n] = largest[n].max(x.abs());
                }
            }
            for n in [0, 4, 5] {
                assert!(
                    largest[n] > 0.02 * curve.bounds[n],
                    "{photons:?} {n}: {largest:?} {:?}",
                    curve.bounds
                );
            }
        }
    }
}
