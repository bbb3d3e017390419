//! Batteries of any cells: those that H_B does not couple, and those that it does.
//!
//! Without coupling H_B = sum_k h_k is a sum over the cells, each with levels of its own; its spectrum in the full space is the convolution of theirs,
//! sums of energies with products of degeneracies.

use super::Occupations;
use super::battery_space::{BatterySpace, Cells, Level};
use crate::operator::Hermitian;

/// A factor of a battery of cells that H_B does not couple.
#[derive(Clone, Debug, PartialEq)]
pub struct CellFactor {
    /// Number of cells: one, or equal ones in symmetric states.
    pub count: usize,
    /// Energies of the levels of each.
    pub energies: Vec<f64>,
    /// Levels of the factor.
    pub levels: usize,
}

impl BatterySpace {
    /// Cells that H_B does not couple, the first factor on the slow index; all of H_B is shifted by `offset`.
    ///
    /// The spectrum is that of all states of the cells, symmetric or not.
    pub(crate) fn apart(factors: Vec<CellFactor>, offset: f64) -> Self {
        let mut energies = vec![offset];
        let mut spectrum = vec![Level { energy: offset, degeneracy: 1.0 }];
        let mut symmetric_spectrum = Vec::new();
        for factor in &factors {
            let of_factor: Vec<f64> = match factor.count {
                1 => factor.energies.clone(),
                count => {
                    let symmetric = Occupations::new(count, factor.energies.len());
                    let energy =
                        |n: &[usize]| n.iter().zip(&factor.energies).map(|(n, e)| *n as f64 * e).sum();
                    (0..symmetric.len()).map(|state| energy(&symmetric.numbers(state))).collect()
                }
            };
            if factors.len() == 1 && factor.count > 1 {
                symmetric_spectrum =
                    gathered(of_factor.iter().map(|e| Level { energy: e + offset, degeneracy: 1.0 }));
            }
            energies = energies.iter().flat_map(|e| of_factor.iter().map(move |f| e + f)).collect();
            for _ in 0..factor.count {
                let sums = spectrum.iter().flat_map(|level| {
                    factor.energies.iter().map(|e| Level { energy: level.energy + e, ..*level })
                });
                spectrum = gathered(sums);
            }
        }
        BatterySpace {
            symmetric_spectrum,
            cells: Cells::Apart(factors),
            ..BatterySpace::single(energies, spectrum)
        }
    }

    /// Cells that H_B couples, in one sector of these energies, with the spectrum of all their states.
    pub(crate) fn whole(count: usize, energies: Vec<f64>, spectrum: Option<Vec<Level>>) -> Self {
        let of_levels = BatterySpace::of_levels(energies);
        let spectrum = spectrum.map_or(of_levels.spectrum.clone(), gathered);
        BatterySpace { spectrum, cells: Cells::Whole { count }, ..of_levels }
    }

    /// The same with cells cut to so many levels, by factor, and these energies.
    pub(crate) fn kept(&self, energies: Vec<f64>, levels: &[usize]) -> Self {
        let Cells::Apart(factors) = &self.cells else { return self.with_levels(energies) };
        let offset = self.spectrum.first().map_or(0.0, |level| level.energy)
            - factors
                .iter()
                .map(|f| f.count as f64 * f.energies.iter().copied().fold(f64::INFINITY, f64::min))
                .sum::<f64>();
        let cut = |(factor, levels): (&CellFactor, &usize)| match factor.count {
            1 => CellFactor { count: 1, energies: factor.energies[..*levels].to_vec(), levels: *levels },
            _ => factor.clone(),
        };
        BatterySpace::apart(factors.iter().zip(levels).map(cut).collect(), offset)
    }

    /// The same with every energy shifted.
    pub(crate) fn shifted(mut self, offset: f64) -> Self {
        self.sectors.iter_mut().flat_map(|sector| &mut sector.energies).for_each(|energy| *energy += offset);
        let levels = self.spectrum.iter_mut().chain(&mut self.symmetric_spectrum);
        levels.for_each(|level| level.energy += offset);
        self
    }
}

/// Tr over all factors but one of d levels, whose level changes with this stride of the joint one.
pub(super) fn factor_of(rho: &Hermitian, d: usize, stride: usize) -> Hermitian {
    let mut cell = Hermitian::zero(d);
    for base in (0..rho.dim()).filter(|base| (base / stride).is_multiple_of(d)) {
        for a in 0..d {
            for b in 0..d {
                cell.s_mut()[a * d + b] += rho.s()[(base + a * stride) * rho.dim() + base + b * stride];
            }
        }
    }
    cell
}

/// The cells of factors, whose reduced states `reduced` makes of levels and strides: with how many share each and the energies of their levels.
pub(crate) fn of_factors(
    factors: &[CellFactor],
    reduced: impl Fn(usize, usize) -> Hermitian,
) -> Vec<(Hermitian, f64, Vec<f64>)> {
    let mut stride: usize = factors.iter().map(|factor| factor.levels).product();
    let of = |factor: &CellFactor| {
        stride /= factor.levels;
        let whole = reduced(factor.levels, stride);
        let levels = factor.energies.len();
        let cell = match factor.count {
            1 => whole,
            count => Occupations::new(count, levels).cell(&whole, levels),
        };
        (cell, factor.count as f64, factor.energies.clone())
    };
    factors.iter().map(of).collect()
}

/// Levels in the order of their energies, those of one energy as one.
fn gathered(levels: impl IntoIterator<Item = Level>) -> Vec<Level> {
    let mut sorted: Vec<Level> = levels.into_iter().collect();
    sorted.sort_by(|a, b| a.energy.total_cmp(&b.energy));
    let largest = sorted.iter().fold(0.0_f64, |a, level| a.max(level.energy.abs()));
    // Sums of energies in another order differ by rounding.
    let equal = |a: &Level, b: &Level| b.energy - a.energy <= 1e-13 * largest;
    let one = |equal: &[Level]| Level {
        energy: equal[0].energy,
        degeneracy: equal.iter().map(|level| level.degeneracy).sum(),
    };
    sorted.chunk_by(equal).map(one).collect()
}
