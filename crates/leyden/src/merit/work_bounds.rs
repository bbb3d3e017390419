//! What bounds the work of a state, and what makes it: entropy, capacity, bound energy, coherence.
//!
//! With eigenvalues r of rho_B and levels eps of H_B in the full space, degeneracies counted:
//!   entropy S = - sum_i r_i ln r_i,
//!   capacity C = sum_i r_i (eps_{D-1-i} - eps_i) = ergotropy + anti-ergotropy, r nonincreasing and eps nondecreasing: what lies between the highest and the
//!   lowest energy that unitaries reach, constant under them. An oscillator has no highest level: its capacity is infinite;
//!   bound energy W_max - W, W_max = E_B - Tr[H_B omega_b], omega_b the thermal state of entropy S: the ergotropy for each of many copies. Of N cells that H_B does
//!   not couple omega_b is a product;
//!   coherence = sum over pairs of energies of the trace norm of Pi_e rho_B Pi_e': the l1 norm of coherence where no energy is degenerate, and the same number in
//!   every basis of equal energies where one is; blocks count once for all their copies.
//! Sources: @yang2023 for the capacity; @alicki2013 for the bound energy; @baumgratz2014 for the coherence.

use num_complex::Complex64;

use super::BatteryState;
use super::ergotropy::{active_energy, by_energy};
use crate::numerics::Spectra;
use crate::operator::Hermitian;
use crate::space::{BatterySpace, Cells, Level};

/// Bounds on the work of one state: NaN where a method does not know them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorkBounds {
    /// S = -Tr rho_B ln rho_B.
    pub entropy: f64,
    /// Highest less lowest energy that unitaries reach; infinite for an oscillator.
    pub capacity: f64,
    /// What many copies would give beyond the ergotropy, for each of them.
    pub bound_energy: f64,
    /// Coherence between energies.
    pub coherence: f64,
}

/// Levels of a block from which on coherences within degenerate energies, or between several columns, are not added up.
pub const MOST_COHERENT: usize = 256;

impl WorkBounds {
    /// Nothing is known.
    pub(crate) const UNKNOWN: WorkBounds =
        WorkBounds { entropy: f64::NAN, capacity: f64::NAN, bound_energy: f64::NAN, coherence: f64::NAN };

    /// Of eigenvalues in nonincreasing order with their multiplicities, and the energy that no unitary takes.
    pub(super) fn of_spectrum(
        space: &BatterySpace,
        spectrum: &[(f64, f64)],
        passive: f64,
        coherence: f64,
    ) -> Self {
        let entropy = entropy(spectrum);
        let capacity = match space.is_oscillator() {
            true => f64::INFINITY,
            false => active_energy(spectrum, space.spectrum()) - passive,
        };
        let bound_energy = passive - thermal_energy(space, entropy, passive);
        WorkBounds { entropy, capacity, bound_energy, coherence }
    }

    /// Of one qubit without coherence, or a diagonal state of one: its populations.
    pub(crate) fn of_diagonal_qubit(gap: f64, populations: [f64; 2]) -> Self {
        let [a, b] = populations;
        let entropy = entropy(&[(a, 1.0), (b, 1.0)]);
        WorkBounds { entropy, capacity: (gap * (b - a)).abs(), bound_energy: 0.0, coherence: 0.0 }
    }

    /// Of a state of qubits on their ladder of N + 1 levels, with its largest eigenvalue and the energy that no unitary takes. Both ends of the spectrum of H_B
    /// are one level with N next to it, so that the largest energy is N r_1 + (N - 1)(1 - r_1).
    pub(crate) fn of_ladder(cells: usize, omega: f64, (largest, entropy): (f64, f64), passive: f64) -> Self {
        let (n, w) = (cells as f64, omega.abs());
        let capacity = w * (n - 2.0 + 2.0 * largest);
        let of_cells = |beta: f64| Thermal::of(beta, [(0.0, 1.0), (w, 1.0)].into_iter()).times(n);
        let bound_energy = match cells {
            1 => 0.0,
            _ if entropy.is_nan() => f64::NAN,
            _ if entropy == 0.0 || w == 0.0 => passive,
            _ => passive - energy_at(entropy, n * w, &of_cells),
        };
        WorkBounds { entropy, capacity, bound_energy, coherence: f64::NAN }
    }

    /// Of `count` copies that know nothing of each other.
    pub(super) fn repeated(&self, count: usize) -> Self {
        let n = count as f64;
        WorkBounds {
            entropy: n * self.entropy,
            capacity: n * self.capacity,
            bound_energy: n * self.bound_energy,
            coherence: if count == 1 || self.coherence == 0.0 { self.coherence } else { f64::NAN },
        }
    }
}

/// -sum m r ln r.
pub(super) fn entropy(spectrum: &[(f64, f64)]) -> f64 {
    if spectrum.iter().any(|(r, _)| r.is_nan()) {
        return f64::NAN;
    }
    // What is below 0 by rounding carries none.
    let terms = spectrum.iter().filter(|(r, _)| *r > 0.0).map(|(r, m)| -(m * r) * r.ln());
    0.0 + terms.sum::<f64>()
}

/// Entropy, energy and its variance of thermal states.
#[derive(Clone, Copy, Debug, Default)]
struct Thermal {
    entropy: f64,
    energy: f64,
    variance: f64,
}

impl Thermal {
    /// Of levels (energy above the lowest, degeneracy), the lowest among them.
    fn of(beta: f64, levels: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut ground, mut excess, mut first, mut second) = (0.0, 0.0, 0.0, 0.0);
        for (energy, degeneracy) in levels {
            let weight = degeneracy * (-beta * energy).exp();
            match energy == 0.0 {
                true => ground += weight,
                false => excess += weight,
            }
            first += weight * energy;
            second += weight * energy * energy;
        }
        let z = ground + excess;
        let (energy, square) = (first / z, second / z);
        let ln_z = ground.ln() + (excess / ground).ln_1p();
        Thermal { entropy: ln_z + beta * energy, energy, variance: square - energy * energy }
    }

    fn of_space(space: &BatterySpace, beta: f64) -> Self {
        let ladder = |levels: usize, omega: f64| {
            let above = move |k: usize| if omega < 0.0 { k as f64 - (levels - 1) as f64 } else { k as f64 };
            Thermal::of(beta, (0..levels).map(move |k| (omega * above(k), 1.0)))
        };
        let step = || space.spectrum()[1].energy - space.spectrum()[0].energy;
        match space.cells() {
            Cells::Symmetric { count, levels } => ladder(*levels, step()).times(*count as f64),
            Cells::SpinSectors { count } => ladder(2, step()).times(*count as f64),
            Cells::Product { levels, frequencies } => {
                let add = |sum: Thermal, omega: &f64| sum.plus(ladder(*levels, *omega));
                frequencies.iter().fold(Thermal::default(), add)
            }
            Cells::Single | Cells::Apart(_) | Cells::Whole { .. } => {
                let lowest = space.spectrum()[0].energy;
                let above = |level: &Level| (level.energy - lowest, level.degeneracy);
                Thermal::of(beta, space.spectrum().iter().map(above))
            }
        }
    }

    fn times(self, n: f64) -> Self {
        let Thermal { entropy, energy, variance } = self;
        Thermal { entropy: n * entropy, energy: n * energy, variance: n * variance }
    }

    fn plus(self, other: Self) -> Self {
        Thermal {
            entropy: self.entropy + other.entropy,
            energy: self.energy + other.energy,
            variance: self.variance + other.variance,
        }
    }
}

/// Entropy of a pure state by rounding.
const PURE: f64 = 1e-13;
/// Steps to the temperature of an entropy.
const STEPS: usize = 200;

/// The energy of the thermal state of this entropy. `passive` is what it is of one qubit, where every passive state is thermal.
fn thermal_energy(space: &BatterySpace, entropy: f64, passive: f64) -> f64 {
    let levels = space.spectrum();
    if let ([low, high], Cells::Single) = (levels, space.cells())
        && low.degeneracy == 1.0
        && high.degeneracy == 1.0
    {
        return passive;
    }
    if !entropy.is_finite() {
        return f64::NAN;
    }
    let lowest = levels[0].energy;
    let width = levels[levels.len() - 1].energy - lowest;
    if width == 0.0 {
        return lowest;
    }
    // What the lowest level alone may hold, and what is rounding of a pure state.
    if entropy <= levels[0].degeneracy.ln() + PURE {
        return lowest;
    }
    lowest + energy_at(entropy, width, &|beta| Thermal::of_space(space, beta))
}

/// Energy above the lowest of the thermal state of this entropy, above that of the lowest level.
fn energy_at(entropy: f64, width: f64, thermal: &dyn Fn(f64) -> Thermal) -> f64 {
    let hottest = thermal(0.0);
    if entropy >= hottest.entropy {
        return hottest.energy;
    }
    // ln S(beta) falls from that of all levels; Newton within a bracket.
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut beta = 1.0 / width;
    let mut found = hottest;
    for _ in 0..STEPS {
        found = thermal(beta);
        match found.entropy > entropy {
            true => low = beta,
            false => high = beta,
        }
        // d ln S/d beta = -beta Var/S
        let newton = beta + (found.entropy / entropy).ln() * found.entropy / (beta * found.variance);
        let next = match (newton > low && newton < high, high.is_finite()) {
            (true, true) => newton,
            (true, false) => newton.min(4.0 * beta),
            (false, true) => 0.5 * (low + high),
            (false, false) => 4.0 * beta,
        };
        let moved = (next - beta).abs();
        beta = next;
        if moved <= 4.0 * f64::EPSILON * beta {
            break;
        }
    }
    // dE = dS/beta takes what is left of the entropy.
    let left = if beta > 0.0 { (entropy - found.entropy) / beta } else { 0.0 };
    found.energy + if left.is_finite() { left } else { 0.0 }
}

/// The coherence between energies; NaN where adding it up takes too much.
pub(super) fn coherence(state: &BatteryState<'_>) -> f64 {
    let sectors = state.space().sectors().iter().zip(state.sectors());
    sectors.map(|(sector, rho)| coherence_of_block(state.space(), &sector.energies, rho)).sum()
}

fn coherence_of_block(space: &BatterySpace, energies: &[f64], rho: &Hermitian) -> f64 {
    let n = rho.dim();
    let s = rho.s();
    // |rho_ij|^2 = (S_ij^2 + S_ji^2)/2
    let size = |i: usize, j: usize| (0.5 * (s[i * n + j].powi(2) + s[j * n + i].powi(2))).sqrt();
    if let [low, high] = energies {
        return if low == high { 0.0 } else { 2.0 * size(0, 1) };
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    by_energy(energies, &mut |level| groups.push(level.to_vec()));
    let is_degenerate = groups.len() < n;
    if is_degenerate && n > MOST_COHERENT {
        return f64::NAN;
    }
    let halves: Vec<_> = groups.iter().map(|group| space.halves(group)).collect();
    let (mut sum, mut spectra) = (0.0, Spectra::default());
    for (k, a) in groups.iter().enumerate() {
        for (l, b) in groups[..k].iter().enumerate() {
            sum += match (&a[..], &b[..]) {
                ([i], [j]) => size(*i, *j),
                ([i], many) | (many, [i]) => many.iter().map(|&j| size(*i, j).powi(2)).sum::<f64>().sqrt(),
                _ => {
                    let empty = a.iter().all(|&i| b.iter().all(|&j| size(i, j) == 0.0));
                    if !empty {
                        space.add_between(rho, &halves[k], &halves[l], &mut spectra);
                    }
                    0.0
                }
            };
        }
    }
    2.0 * (sum + spectra.trace_norm())
}

/// The same of sum_k |phi_k><phi_k|, whose levels are grouped by energy.
pub(super) fn coherence_of_columns(levels: &[Vec<usize>], columns: &[&[Complex64]]) -> f64 {
    if let [phi] = columns {
        let sizes = levels.iter().map(|level| level.iter().map(|&b| phi[b].norm_sqr()).sum::<f64>());
        let (sum, squares) = sizes.fold((0.0, 0.0), |(sum, squares), x| (sum + x.sqrt(), squares + x));
        return sum * sum - squares;
    }
    let count: usize = levels.iter().map(Vec::len).sum();
    if count > MOST_COHERENT {
        return f64::NAN;
    }
    let mut spectra = Spectra::default();
    for (k, a) in levels.iter().enumerate() {
        for b in &levels[..k] {
            spectra.add_both_signs(a.len(), b.len(), |i, j| {
                let entry: Complex64 = columns.iter().map(|phi| phi[a[i]] * phi[b[j]].conj()).sum();
                (entry.re, entry.im)
            });
        }
    }
    2.0 * spectra.trace_norm()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merit::Merits;

    fn bounds(space: &BatterySpace, blocks: &[Hermitian]) -> (Merits, WorkBounds) {
        let merits = Merits::of(&BatteryState::new(space, blocks));
        (merits, merits.bounds)
    }

    /// Mixes of pure states that fill a space of symmetric ones.
    fn symmetric(space: &BatterySpace) -> Vec<Hermitian> {
        let levels = space.top_number() + 1;
        let mut rho = Hermitian::zero(space.dim());
        for part in 0..3 {
            let mut psi = vec![Complex64::ZERO; space.dim()];
            for n in 0..levels {
                let c =
                    Complex64::from_polar(1.0 / (1.0 + (n + part) as f64), (0.7 + part as f64) * n as f64);
                psi.iter_mut().zip(space.symmetric_level(n)).for_each(|(x, y)| *x += c * y);
            }
            crate::operator::add_projector(rho.s_mut(), 1.0, &psi);
        }
        let trace = rho.trace();
        rho.s_mut().iter_mut().for_each(|x| *x /= trace);
        crate::asymptote::sectors(rho, space)
    }

    #[test]
    fn ladder_sectors_and_product_agree() {
        for count in 2..6 {
            let spaces = [
                BatterySpace::ladder(count, 2, 1.3),
                BatterySpace::spin_sectors(count, 1.3),
                BatterySpace::product(2, &vec![1.3; count]),
            ];
            let [a, b, c] = spaces.map(|space| bounds(&space, &symmetric(&space)));
            for (other, _) in [b, c] {
                let (x, y) = (a.1, other.bounds);
                for (x, y) in [
                    (x.entropy, y.entropy),
                    (x.capacity, y.capacity),
                    (x.bound_energy, y.bound_energy),
                    (x.coherence, y.coherence),
                    (a.0.ergotropy.global, other.ergotropy.global),
                ] {
                    assert!((x - y).abs() < 1e-12, "{count}: {x} {y}");
                }
            }
            assert!(a.1.bound_energy > 1e-3 && a.1.coherence > 0.1);
        }
    }

    #[test]
    fn cells_excited_alike_are_completely_passive_upside_down() {
        // Each of N cells excited with probability 0.7: W = 0.4 N exactly, however many are seen together.
        for (count, work) in [(4, 1.6), (6, 2.4), (10, 4.0)] {
            let mut spaces = vec![BatterySpace::spin_sectors(count, 1.0)];
            if count < 10 {
                spaces.push(BatterySpace::product(2, &vec![1.0; count]));
            }
            for space in spaces {
                let rho = crate::asymptote::sectors(space.equally_excited(0.7), &space);
                let (merits, found) = bounds(&space, &rho);
                assert!((merits.ergotropy.global - work).abs() < 1e-13, "{count}: {merits:?}");
                assert!((merits.ergotropy.local - work).abs() < 1e-13);
                // The capacity is twice the distance from the middle, and nothing is bound.
                assert!((found.capacity - work).abs() < 1e-13, "{found:?}");
                assert!(found.bound_energy.abs() < 1e-12 && found.coherence == 0.0, "{found:?}");
                let of_one = -(0.7_f64 * 0.7_f64.ln() + 0.3 * 0.3_f64.ln());
                assert!((found.entropy - count as f64 * of_one).abs() < 1e-13 * count as f64);
            }
        }
    }

    #[test]
    fn thermal_states_have_no_bound_energy_and_others_do() {
        let space = BatterySpace::of_levels(vec![0.2, 0.2, 0.9, 1.7, 4.0]);
        for beta in [1e-3, 0.1, 1.0, 7.0, 40.0] {
            let weights: Vec<f64> = space.energies().map(|e| (-beta * (e - 0.2)).exp()).collect();
            let z: f64 = weights.iter().sum();
            let mut p: Vec<f64> = weights.iter().map(|w| w / z).collect();
            let (_, found) = bounds(&space, &[Hermitian::diagonal(&p)]);
            assert!(found.bound_energy.abs() < 1e-11, "{beta}: {found:?}");
            // Upside down: all of the capacity is work, and still nothing is bound.
            p.reverse();
            let (merits, turned) = bounds(&space, &[Hermitian::diagonal(&p)]);
            assert!(turned.bound_energy.abs() < 1e-11, "{beta}: {turned:?}");
            assert!((merits.ergotropy.global - turned.capacity).abs() < 1e-13);
            assert!((turned.capacity - found.capacity).abs() < 1e-13);
        }
        // A pure state: S = 0, the capacity is the whole range.
        let (merits, pure) =
            bounds(&space, &[Hermitian::projector(&[Complex64::new(0.2_f64.sqrt(), 0.0); 5])]);
        assert!(pure.entropy.abs() < 1e-14 && (pure.capacity - 3.8).abs() < 1e-14);
        assert!(pure.bound_energy.abs() < 1e-13, "{pure:?}");
        assert!((merits.ergotropy.global - (1.4 - 0.2)).abs() < 1e-13);
        // A mixture of two pure levels by hand: S = ln 2 is just what the two lowest levels hold.
        let (_, half) = bounds(&space, &[Hermitian::diagonal(&[0.0, 0.0, 0.5, 0.5, 0.0])]);
        assert!((half.entropy - 2.0_f64.ln()).abs() < 1e-15 && half.bound_energy.abs() < 1e-14);
        // Three: passive 0.2 (2/3) + 0.9/3; the thermal state of entropy ln 3 has less.
        let third = 1.0 / 3.0;
        let (_, three) = bounds(&space, &[Hermitian::diagonal(&[0.0, third, third, third, 0.0])]);
        assert!((three.capacity - ((4.0 + 1.7 + 0.9) / 3.0 - (0.4 + 0.9) / 3.0)).abs() < 1e-14);
        assert!(three.bound_energy > 0.01 && three.bound_energy < 0.4333, "{three:?}");
    }

    #[test]
    fn a_coherent_superposition_of_two_dicke_states_has_the_coherence_of_two_levels() {
        let space = BatterySpace::product(2, &[1.0; 4]);
        let mut psi = vec![Complex64::ZERO; 16];
        for (n, c) in [(1, 0.6), (3, 0.8)] {
            psi.iter_mut().zip(space.symmetric_level(n)).for_each(|(x, y)| *x += c * y);
        }
        let (_, found) = bounds(&space, &[Hermitian::projector(&psi)]);
        assert!((found.coherence - 2.0 * 0.48).abs() < 1e-14, "{found:?}");
        let levels: Vec<Vec<usize>> =
            (0..5).map(|n| (0..16).filter(|b: &usize| b.count_ones() == n).collect()).collect();
        let column: &[Complex64] = &psi;
        assert!((coherence_of_columns(&levels, &[column]) - 0.96).abs() < 1e-14);
        // Two halves of it are the same state.
        let half: Vec<Complex64> = psi.iter().map(|x| x * 0.5_f64.sqrt()).collect();
        assert!((coherence_of_columns(&levels, &[&half, &half]) - 0.96).abs() < 1e-14);
    }
}
