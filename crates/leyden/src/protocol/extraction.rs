//! Extraction by a unitary U_B of the battery: rho -> U_B rho U_B^dag leaves least energy where eigenvalues in nonincreasing go to
//! levels in nondecreasing order.
//!
//! *Within sectors*: one such unitary for every sector of the battery's space, the same for all copies of a spin. On one cell and on a product of
//! cells this is every unitary, and takes the global ergotropy; on the ladder it takes the collective one.
//! *Among all levels of equal qubits*: eigenvalues r_k of all sectors, with their multiplicities, fill the levels n of degeneracy C(N,n), and the state
//! may leave every symmetric subspace. Which of equally good unitaries acts is free: their phases, and what they do inside a level. The mean over
//! that is
//!   rho -> sum_n sigma_n (x) Pi_n/C(N,n),   sigma_n = sum_{k in n} `<v_k|rho|v_k>`,
//! with sigma_n on the charger: populations stay correlated with it, coherences do not. Sector by sector Pi_n has m_j copies.
//! A passive state is left alone.
//! Source: @allahverdyan2004.

use faer::{Mat, Side};
use num_complex::Complex64;

use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;

/// Energies that a unitary may take, relative to the largest, below which a state counts as passive.
const PASSIVE: f64 = 1e-14;

/// Eigenvalues of the blocks of a battery's state, nondecreasing, with their eigenvectors as columns.
fn blocks(rho: &Hermitian, space: &BatterySpace) -> Option<Vec<(Vec<f64>, Mat<Complex64>)>> {
    let of_block = |offset: usize, size: usize| {
        let eigen = rho.block(offset, size).to_complex().self_adjoint_eigen(Side::Lower).ok()?;
        let values = eigen.S().column_vector().iter().map(|x| x.re).collect();
        Some((values, eigen.U().to_owned()))
    };
    space.sectors().iter().map(|sector| of_block(sector.offset, sector.energies.len())).collect()
}

fn counts(taken: f64, space: &BatterySpace) -> bool {
    taken > PASSIVE * space.energies().fold(0.0_f64, |a, b| a.max(b.abs()))
}

/// The unitary that leaves least energy in every sector; `None` for a passive state.
pub(super) fn within_sectors(rho: &Hermitian, space: &BatterySpace) -> Option<Operator> {
    let mut entries = Vec::new();
    let mut taken = 0.0;
    for (sector, (values, vectors)) in space.sectors().iter().zip(blocks(rho, space)?) {
        let (offset, size) = (sector.offset, sector.energies.len());
        let mut order: Vec<usize> = (0..size).collect();
        order.sort_by(|&i, &j| sector.energies[i].total_cmp(&sector.energies[j]));
        // Eigenvalues come in nondecreasing order: the last goes to the lowest level.
        for (k, &level) in order.iter().enumerate() {
            let column = size - 1 - k;
            taken += sector.energies[level] * (rho.population(offset + level) - values[column]);
            let ket = (0..size).map(|i| (i, vectors[(i, column)].conj()));
            entries.extend(ket.map(|(i, x): (usize, Complex64)| (offset + level, offset + i, x)));
        }
    }
    counts(taken, space).then(|| Operator::from_entries(space.dim(), entries))
}

/// The state of charger (x) battery after the best unitary of all levels of equal qubits in spin sectors; `None` for a passive state.
pub(super) fn among_all_levels(joint: &Hermitian, space: &BatterySpace) -> Option<Hermitian> {
    let (dim, levels) = (space.dim(), space.spectrum());
    let charger = joint.dim() / dim;
    let rho = joint.trace_out_first(dim);
    let blocks = blocks(&rho, space)?;
    // Every copy of an eigenvector carries 1/m of the weight of its sector.
    let multiplicity = |sector: usize| space.sectors()[sector].multiplicity;
    let all = blocks.iter().enumerate().flat_map(|(sector, (values, _))| {
        values.iter().enumerate().map(move |(column, value)| (value / multiplicity(sector), sector, column))
    });
    let mut all: Vec<(f64, usize, usize)> = all.collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sigma = vec![Mat::<Complex64>::zeros(charger, charger); levels.len()];
    let (mut level, mut room) = (0, levels[0].degeneracy);
    for (_, sector, column) in all {
        let given = given(joint, space, sector, &blocks[sector].1, column);
        let mut left = multiplicity(sector);
        while left > 0.0 && level < levels.len() {
            let placed = left.min(room);
            sigma[level] += &given * faer::Scale(Complex64::from(placed / multiplicity(sector)));
            (left, room) = (left - placed, room - placed);
            if room <= 0.0 {
                level += 1;
                room = levels.get(level).map_or(0.0, |level| level.degeneracy);
            }
        }
    }
    let weight = |level: &Mat<Complex64>| (0..charger).map(|c| level[(c, c)].re).sum::<f64>();
    let energy: f64 = rho.populations().zip(space.energies()).map(|(p, e)| p * e).sum();
    let kept: f64 = sigma.iter().zip(levels).map(|(sigma, level)| weight(sigma) * level.energy).sum();
    if !counts(energy - kept, space) {
        return None;
    }
    let mut after = Hermitian::zero(joint.dim());
    let n = joint.dim();
    for (lost, sector) in space.sectors().iter().enumerate() {
        for k in 0..sector.energies.len() {
            // The sector of N/2 - j = lost holds n = lost, lost + 1, ... excitations.
            let share = sector.multiplicity / levels[lost + k].degeneracy;
            let at = |c: usize| c * dim + sector.offset + k;
            for (a, b) in (0..charger).flat_map(|a| (0..charger).map(move |b| (a, b))) {
                let x = sigma[lost + k][(a, b)];
                after.s_mut()[at(a) * n + at(b)] = share * (x.re + x.im);
            }
        }
    }
    Some(after)
}

/// `<v|rho|v>` on the charger, for an eigenvector v of a sector.
fn given(
    joint: &Hermitian,
    space: &BatterySpace,
    sector: usize,
    vectors: &Mat<Complex64>,
    column: usize,
) -> Mat<Complex64> {
    let (dim, offset) = (space.dim(), space.sectors()[sector].offset);
    let charger = joint.dim() / dim;
    Mat::from_fn(charger, charger, |a, b| {
        let entry = |i: usize, k: usize| joint.get(a * dim + offset + i, b * dim + offset + k);
        let size = vectors.nrows();
        let pairs = (0..size).flat_map(|i| (0..size).map(move |k| (i, k)));
        pairs.map(|(i, k)| vectors[(i, column)].conj() * entry(i, k) * vectors[(k, column)]).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::{BatteryState, ergotropy_of};

    #[test]
    fn within_sectors_it_takes_what_unitaries_of_the_space_may_take() {
        // Global on one qudit, collective on the ladder of qubits, for states with complex coherences.
        for space in [BatterySpace::ladder(1, 4, 1.3), BatterySpace::ladder(3, 2, 1.3)] {
            let psi: Vec<_> = (0..4).map(|n| Complex64::from_polar(0.3 + 0.1 * n as f64, n as f64)).collect();
            let mut rho = Hermitian::projector(&psi);
            rho.s_mut()[10] += 1.0 - rho.trace();
            let before = ergotropy_of(&BatteryState::new(&space, std::slice::from_ref(&rho)));
            let energy = |rho: &Hermitian| -> f64 {
                rho.populations().zip(space.energies()).map(|(p, e)| p * e).sum()
            };
            let left = rho.conjugated_by(&within_sectors(&rho, &space).unwrap());
            assert!((energy(&rho) - energy(&left) - before.collective.unwrap()).abs() < 1e-14);
            assert!((left.trace() - 1.0).abs() < 1e-14);
            assert!(within_sectors(&left, &space).is_none());
        }
    }

    #[test]
    fn among_all_levels_it_takes_the_global_ergotropy_and_leaves_none() {
        let mut random = fastrand::Rng::with_seed(7);
        for cells in 2..6 {
            let space = BatterySpace::spin_sectors(cells, 0.7);
            let dim = space.dim();
            // A state of qubit (x) battery that keeps the sectors apart, as all dynamics do.
            let mut joint = Hermitian::zero(2 * dim);
            for sector in space.sectors() {
                for _ in 0..2 {
                    let mut psi = vec![Complex64::ZERO; 2 * dim];
                    for (c, k) in (0..2).flat_map(|c| (0..sector.energies.len()).map(move |k| (c, k))) {
                        psi[c * dim + sector.offset + k] =
                            Complex64::new(random.f64() - 0.3, random.f64() - 0.5);
                    }
                    joint.s_mut().iter_mut().zip(Hermitian::projector(&psi).s()).for_each(|(x, y)| *x += y);
                }
            }
            let trace = joint.trace();
            joint.s_mut().iter_mut().for_each(|x| *x /= trace);
            let figures = |joint: &Hermitian| {
                let rho = joint.trace_out_first(dim);
                let blocks: Vec<_> =
                    space.sectors().iter().map(|s| rho.block(s.offset, s.energies.len())).collect();
                let state = BatteryState::new(&space, &blocks);
                (state.energy(), ergotropy_of(&state).global)
            };
            let (energy, ergotropy) = figures(&joint);
            let after = among_all_levels(&joint, &space).unwrap();
            let (left, nothing) = figures(&after);
            assert!((energy - left - ergotropy).abs() < 1e-13 && nothing.abs() < 1e-13, "{cells}");
            assert!(ergotropy > 0.05 && (after.trace() - 1.0).abs() < 1e-13);
            assert!(after.eigenvalues()[0] > -1e-14);
            // The charger alone sees nothing of it.
            let charger = |joint: &Hermitian| joint.trace_out_second(dim);
            for (a, b) in charger(&joint).s().iter().zip(charger(&after).s()) {
                assert!((a - b).abs() < 1e-13, "{cells}");
            }
            assert!(among_all_levels(&after, &space).is_none());
        }
    }
}
