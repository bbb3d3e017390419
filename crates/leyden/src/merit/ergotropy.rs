//! Ergotropy: the largest work that a unitary extracts from a state.
//!
//! W = E_B - sum_i r_i eps_i, eigenvalues r of rho_B in nonincreasing, levels eps of H_B in nondecreasing order,
//! degeneracies counted. *Global*: every unitary of the battery; *collective*: those of the
//! permutation-symmetric subspace, for equal cells in a symmetric state; *local*: one unitary per cell. The incoherent part
//! is the global ergotropy after dephasing with the energy projectors of H_B, the coherent part the rest.
//! Source: @allahverdyan2004; @francica2020 for the parts.

use super::BatteryState;
use crate::operator::Hermitian;
use crate::space::{BatterySpace, CellFactor, Cells, Level};
use crate::why::NoCollective;

/// The ergotropies of one state, in the unit of the frequencies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ergotropy {
    /// All unitaries of the battery.
    pub global: f64,
    /// Unitaries of the symmetric subspace, or why there is none.
    pub collective: Result<f64, NoCollective>,
    /// One unitary per cell; NaN where H_B couples them.
    pub local: f64,
    /// Global ergotropy after dephasing in energy; NaN where that would take more levels of H_B than are known.
    pub incoherent: f64,
    /// global - incoherent.
    pub coherent: f64,
    /// Largest eigenvalue r_1 of rho_B.
    pub largest_eigenvalue: f64,
    /// Smallest eigenvalue found: below 0 only by rounding.
    pub smallest_eigenvalue: f64,
}

/// Weight outside the symmetric sector up to which a state counts as symmetric.
const SYMMETRIC: f64 = 1e-12;

/// sum_i r_i eps_i: the energy left when no unitary can take more.
///
/// `spectrum` holds (eigenvalue, multiplicity) in any order, `levels` nondecreasing energies; the multiplicities of the
/// spectrum must not exceed the degeneracies of the levels. Where they are fewer the other eigenvalues are 0: what is negative, by rounding
/// or in a matrix that is no state, comes behind them.
pub(crate) fn passive_energy(spectrum: &mut [(f64, f64)], levels: &[Level]) -> f64 {
    spectrum.sort_by(|a, b| b.0.total_cmp(&a.0));
    if spectrum.iter().any(|(r, _)| r.is_nan()) {
        return f64::NAN;
    }
    let positive = spectrum.partition_point(|(r, _)| *r >= 0.0);
    let (above, below) = spectrum.split_at(positive);
    filled(above.iter(), levels.iter()) + filled(below.iter().rev(), levels.iter().rev())
}

/// The largest energy that unitaries reach, from eigenvalues in nonincreasing order: sum_i r_i eps_{D-1-i}.
pub(super) fn active_energy(spectrum: &[(f64, f64)], levels: &[Level]) -> f64 {
    let (above, below) = spectrum.split_at(spectrum.partition_point(|(r, _)| *r >= 0.0));
    filled(above.iter(), levels.iter().rev()) + filled(below.iter().rev(), levels.iter())
}

/// The mean energy of the levels that each eigenvalue fills when the largest come first, in the order given.
pub(crate) fn assigned_energies(spectrum: &[(f64, f64)], levels: &[Level]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..spectrum.len()).collect();
    order.sort_by(|&a, &b| spectrum[b].0.total_cmp(&spectrum[a].0));
    let mut found = vec![0.0; spectrum.len()];
    let mut levels = levels.iter();
    let mut level = levels.next().copied();
    for place in order {
        let multiplicity = spectrum[place].1;
        let mut left = multiplicity;
        while let Some(Level { energy, degeneracy }) = &mut level
            && left > 0.0
        {
            let placed = left.min(*degeneracy);
            found[place] += placed / multiplicity * *energy;
            left -= placed;
            *degeneracy -= placed;
            if *degeneracy <= 0.0 {
                level = levels.next().copied();
            }
        }
    }
    found
}

/// An eigenvalue of rho_B and where it stands in the passive state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PassiveLevel {
    /// The eigenvalue r.
    pub eigenvalue: f64,
    /// How often it occurs in the full space of the battery.
    pub multiplicity: f64,
    /// Mean energy of the levels that it fills, the largest eigenvalues first.
    pub energy: f64,
}

/// Eigenvalues this close to each other, relative to them, are one.
const EQUAL: f64 = 1e-12;

/// The passive state sum_i r_i |eps_i><eps_i| of a state, the largest eigenvalues first; those that vanish because no block holds them are left out.
pub(crate) fn passive_levels(state: &BatteryState<'_>) -> Vec<PassiveLevel> {
    let spectrum = state.spectrum();
    let energies = assigned_energies(&spectrum, state.space().spectrum());
    let of = |(&(eigenvalue, multiplicity), energy): (&(f64, f64), f64)| PassiveLevel {
        eigenvalue,
        multiplicity,
        energy,
    };
    let mut levels: Vec<PassiveLevel> = spectrum.iter().zip(energies).map(of).collect();
    levels.sort_by(|a, b| b.eigenvalue.total_cmp(&a.eigenvalue));
    levels.dedup_by(|next, known| {
        let equal = (known.eigenvalue - next.eigenvalue).abs() <= EQUAL * known.eigenvalue.abs();
        if equal {
            let multiplicity = known.multiplicity + next.multiplicity;
            let share = next.multiplicity / multiplicity;
            known.eigenvalue += share * (next.eigenvalue - known.eigenvalue);
            known.energy += share * (next.energy - known.energy);
            known.multiplicity = multiplicity;
        }
        equal
    });
    levels
}

/// The ergotropy of cells, each by a unitary of its own: their states, how many share each, and the energies of their levels.
pub(crate) fn local_ergotropy(cells: &[(Hermitian, f64, Vec<f64>)]) -> f64 {
    cells.iter().map(|(cell, count, energies)| count * simple_ergotropy(cell, energies)).sum()
}

/// Energy of eigenvalues that fill levels one after the other.
fn filled<'a>(
    spectrum: impl Iterator<Item = &'a (f64, f64)>,
    mut levels: impl Iterator<Item = &'a Level>,
) -> f64 {
    let mut energy = 0.0;
    let mut level = levels.next().copied();
    for &(r, multiplicity) in spectrum {
        let mut left = multiplicity;
        while let Some(Level { energy: of_level, degeneracy }) = &mut level
            && left > 0.0
        {
            let placed = left.min(*degeneracy);
            energy += r * placed * *of_level;
            left -= placed;
            *degeneracy -= placed;
            if *degeneracy <= 0.0 {
                level = levels.next().copied();
            }
        }
    }
    energy
}

/// Ergotropy of one matrix on equally many nondegenerate levels `energies` (nondecreasing).
fn simple_ergotropy(rho: &Hermitian, energies: &[f64]) -> f64 {
    let energy: f64 = rho.populations().zip(energies).map(|(p, e)| p * e).sum();
    let values = rho.eigenvalues();
    let mut levels = energies.to_vec();
    levels.sort_by(f64::total_cmp);
    energy - values.iter().rev().zip(&levels).map(|(r, e)| r * e).sum::<f64>()
}

/// The global ergotropy alone.
pub fn global_ergotropy(state: &BatteryState<'_>) -> f64 {
    let space = state.space();
    // One qubit: the smaller eigenvalue stays in the upper level. No allocation, for sweeps over many states.
    if let ([rho], [_, _], [sector]) = (state.sectors(), space.spectrum(), space.sectors())
        && let [a, b, c, d] = rho.s()
    {
        let radius = (0.25 * (a - d).powi(2) + 0.5 * (b * b + c * c)).sqrt();
        let gap = sector.energies[1] - sector.energies[0];
        return gap.abs() * (gap.signum() * (d - 0.5 * (a + d)) + radius);
    }
    state.energy() - passive_energy(&mut state.spectrum(), space.spectrum())
}

/// All ergotropies of a state of the battery.
pub fn ergotropy_of(state: &BatteryState<'_>) -> Ergotropy {
    ergotropies(state.space(), state.energy(), &mut eigenvalues_of(state))
}

pub(super) fn eigenvalues_of(state: &BatteryState<'_>) -> Eigenvalues {
    let (space, sectors) = (state.space(), state.sectors());
    let mut dephased: Vec<(f64, f64)> = Vec::new();
    for (sector, rho) in space.sectors().iter().zip(sectors) {
        let m = sector.multiplicity;
        dephased.extend(
            dephased_eigenvalues(space, rho, &sector.energies).into_iter().map(|value| (value / m, m)),
        );
    }
    // In a symmetric state the eigenvalues are those of the ladder, each once, and others that vanish.
    let symmetric = match space.cells() {
        Cells::Symmetric { .. } => true,
        Cells::SpinSectors { .. } => {
            sectors[1..].iter().map(Hermitian::trace).sum::<f64>().abs() <= SYMMETRIC
        }
        Cells::Single | Cells::Product { .. } | Cells::Whole { .. } => false,
        Cells::Apart(factors) => matches!(factors[..], [CellFactor { count: 2.., .. }]),
    };
    let (spectrum, cells) = (state.spectrum(), space.cell_states(sectors));
    Eigenvalues { spectrum, dephased, symmetric, cells }
}

/// What the ergotropies of a state follow from, beside its energy.
pub(super) struct Eigenvalues {
    /// Eigenvalues with their multiplicities; in nonincreasing order once ergotropies were found.
    pub(super) spectrum: Vec<(f64, f64)>,
    /// The same after dephasing in energy.
    pub(super) dephased: Vec<(f64, f64)>,
    /// Whether the state keeps to symmetric states of the cells.
    pub(super) symmetric: bool,
    /// States of the cells, how many share each, and the energies of their levels; none where the battery is one cell.
    pub(super) cells: Vec<(Hermitian, f64, Vec<f64>)>,
}

/// The ergotropies that follow from them.
pub(super) fn ergotropies(space: &BatterySpace, energy: f64, of: &mut Eigenvalues) -> Ergotropy {
    let Eigenvalues { spectrum, dephased, symmetric, cells } = of;
    let symmetric = *symmetric;
    let global = energy - passive_energy(spectrum, space.spectrum());
    let largest_eigenvalue = spectrum.first().map_or(f64::NAN, |x| x.0);
    let smallest_eigenvalue = spectrum.last().map_or(f64::NAN, |x| x.0);
    let incoherent = energy - passive_energy(dephased, space.spectrum());
    let collective = match space.cells() {
        Cells::Single => Ok(global),
        Cells::Whole { .. } => Err(NoCollective::Whole),
        Cells::Product { frequencies, .. } if frequencies.iter().any(|omega| *omega != frequencies[0]) => {
            Err(NoCollective::CellsDiffer)
        }
        Cells::Apart(factors) => match factors[..] {
            [CellFactor { count: 1, .. }] => Ok(global),
            _ if factors.iter().any(|factor| factor.energies != factors[0].energies) => {
                Err(NoCollective::CellsDiffer)
            }
            _ if symmetric => Ok(energy - passive_energy(spectrum, space.symmetric_spectrum())),
            _ => Err(NoCollective::NotSymmetric),
        },
        _ if symmetric => Ok(energy - passive_energy(spectrum, space.symmetric_spectrum())),
        _ => Err(NoCollective::NotSymmetric),
    };
    let local = match space.cells() {
        Cells::Single => global,
        Cells::Whole { .. } => f64::NAN,
        _ => local_ergotropy(cells),
    };
    Ergotropy {
        global,
        collective,
        local,
        incoherent,
        coherent: global - incoherent,
        largest_eigenvalue,
        smallest_eigenvalue,
    }
}

/// Hands on the levels of every energy, increasing.
pub(super) fn by_energy(energies: &[f64], visit: &mut dyn FnMut(&[usize])) {
    let n = energies.len();
    let scale = energies.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| energies[i].total_cmp(&energies[j]));
    let mut start = 0;
    for end in 1..=n {
        if end < n && (energies[order[end]] - energies[order[end - 1]]).abs() <= 1e-10 * scale {
            continue;
        }
        visit(&order[start..end]);
        start = end;
    }
}

/// Eigenvalues of sum_e Pi_e rho Pi_e: blocks of equal energy keep their coherence.
fn dephased_eigenvalues(space: &BatterySpace, rho: &Hermitian, energies: &[f64]) -> Vec<f64> {
    let (mut values, mut blocks) = (Vec::with_capacity(rho.dim()), Vec::new());
    by_energy(energies, &mut |level| match level {
        [only] => values.push(rho.population(*only)),
        _ => blocks.extend(space.blocks(rho, level)),
    });
    values.extend(Hermitian::eigenvalues_of(&blocks));
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::BatterySpace;

    #[test]
    fn inverted_qubit_gives_all_its_energy() {
        let space = BatterySpace::ladder(1, 2, 2.5);
        let rho = [Hermitian::level(2, 1)];
        let e = ergotropy_of(&BatteryState::new(&space, &rho));
        assert_eq!((e.global, e.local, e.incoherent, e.coherent), (2.5, 2.5, 2.5, 0.0));
    }

    #[test]
    fn maximally_mixed_symmetric_state_is_locked_on_the_ladder_only() {
        // Global ergotropy N(N-1)/(2(N+1)), collective and local 0.
        for count in 2..8 {
            let space = BatterySpace::ladder(count, 2, 1.0);
            let n = count as f64;
            let rho = [Hermitian::diagonal(&vec![1.0 / (n + 1.0); count + 1])];
            let e = ergotropy_of(&BatteryState::new(&space, &rho));
            assert!((e.global - n * (n - 1.0) / (2.0 * (n + 1.0))).abs() < 1e-13);
            assert!(e.collective.unwrap().abs() < 1e-13 && e.local.abs() < 1e-13);
        }
    }

    #[test]
    fn multiplicities_fill_the_levels() {
        // Four states at 1/4 on levels 0, 1, 1, 2.
        let levels = BatterySpace::ladder(2, 2, 1.0).spectrum().to_vec();
        assert!((passive_energy(&mut [(0.25, 4.0)], &levels) - 1.0).abs() < 1e-15);
        assert!((passive_energy(&mut [(0.1, 2.0), (0.4, 2.0)], &levels) - 0.7).abs() < 1e-15);
        // Two eigenvalues are 0 and come before the negative one.
        assert!((passive_energy(&mut [(1.1, 1.0), (-0.1, 1.0)], &levels) + 0.2).abs() < 1e-15);
    }

    #[test]
    fn global_ergotropy_alone_is_the_same() {
        let space = BatterySpace::ladder(1, 2, 1.7);
        for (p, c) in [(0.3, 0.2), (0.9, 0.1), (0.5, 0.5), (0.0, 0.0)] {
            let rho = [Hermitian::from_s(2, vec![1.0 - p, 0.3 * c, c, p])];
            let state = BatteryState::new(&space, &rho);
            assert!((global_ergotropy(&state) - ergotropy_of(&state).global).abs() < 1e-15);
        }
    }
}
