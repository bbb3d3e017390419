//! Figures of merit of a density matrix and a Hamiltonian that are given as plain matrices.
//!
//! W = Tr rho H - sum_k r_k eps_k, eigenvalues r of rho in nonincreasing, eps of H in nondecreasing order. Both matrices are turned
//! into the eigenbasis of H, where H is one battery of nondegenerate or degenerate levels like any other.
//! Source: @allahverdyan2004.

use super::{BatteryState, Merits};
use crate::numerics::nan_max;
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;

/// How far a density matrix may be from Hermitian, from trace 1 and from positive: solvers of master equations stay closer.
const OF_STATES: f64 = 1e-6;
/// How far a Hamiltonian may be from Hermitian, relative to its norm.
const OF_HAMILTONIANS: f64 = 1e-12;

messages! {
    /// Why two matrices are no state and Hamiltonian of one system.
    #[derive(Clone, Debug, PartialEq)]
    pub enum MatrixError {
        Sizes { state: usize, hamiltonian: usize } =
            "density matrix and Hamiltonian must have the same number of levels, at least 1, but have {state} and {hamiltonian}";
        State { error: f64 } = "the density matrix must be Hermitian, but |rho - rho^dag| reaches {error:.1e}";
        Hamiltonian { error: f64 } = "the Hamiltonian must be Hermitian, but |H - H^dag| reaches {error:.1e}";
        Trace { trace: f64 } = "the density matrix must have trace 1, but has {trace}";
        Negative { eigenvalue: f64 } =
            "the density matrix must have no negative eigenvalues, but one is {eigenvalue}";
        Eigenvalues = "the eigenvalue iteration for the Hamiltonian did not converge";
    }
}

/// Ergotropy W = Tr rho H - sum_k r_k eps_k: the largest work that a unitary extracts from `rho`.
///
/// r are the eigenvalues of `rho` in nonincreasing, eps those of `hamiltonian` in nondecreasing order. Both are n x n matrices in
/// the same basis, whichever that is; W has the unit of the Hamiltonian. It is 0 or below by rounding for passive states, thermal ones
/// among them. All other figures of merit of the state come from [`Merits::of_matrices`], the state that is left from [`passive_state`].
///
/// ```
/// use leyden::Operator;
/// use leyden::merit::ergotropy;
///
/// // A qubit of energies 0 and 1 with the Bloch vector (0.6, 0, 0): W = (1 - 0)/2 - (1 - 0.6)/2.
/// let rho = Operator::from_rows(&[[0.5, 0.3], [0.3, 0.5]]);
/// let h = Operator::from_rows(&[[0.0, 0.0], [0.0, 1.0]]);
/// assert!((ergotropy(&rho, &h)? - 0.3).abs() < 1e-15);
/// # Ok::<(), leyden::merit::MatrixError>(())
/// ```
///
/// # Errors
/// When the sizes differ or are 0, `hamiltonian` is not Hermitian up to 1e-12 of its norm, or `rho` is not Hermitian, not of
/// trace 1 or not positive up to 1e-6.
///
/// Source: @allahverdyan2004.
pub fn ergotropy(rho: &Operator, hamiltonian: &Operator) -> Result<f64, MatrixError> {
    Ok(Merits::of_matrices(rho, hamiltonian)?.ergotropy.global)
}

/// Passive state sum_k r_k |eps_k><eps_k|: what the best unitary leaves of `rho`.
///
/// r are the eigenvalues of `rho` in nonincreasing order, |eps_k> the eigenvectors of `hamiltonian` in nondecreasing order of their
/// energies. Both are n x n matrices in the same basis, in which the result is given too. Where energies are degenerate it is one
/// of the states of equal energy.
///
/// # Errors
/// As those of [`ergotropy`].
///
/// Source: @pusz1978.
pub fn passive_state(rho: &Operator, hamiltonian: &Operator) -> Result<Operator, MatrixError> {
    let (state, energies, basis) = in_eigenbasis(rho, hamiltonian)?;
    let mut order: Vec<usize> = (0..energies.len()).collect();
    order.sort_by(|&i, &j| energies[i].total_cmp(&energies[j]));
    let mut populations = vec![0.0; energies.len()];
    for (&k, r) in order.iter().zip(state.eigenvalues().into_iter().rev()) {
        populations[k] = r;
    }
    let passive = Operator::diagonal(&populations);
    Ok(match basis {
        None => passive,
        Some(u) => &(&u * &passive) * &u.adjoint(),
    })
}

impl Merits {
    /// Energy Tr rho H, ergotropy, passive energy, purity and fluctuation of a state that is given as a matrix.
    ///
    /// `rho` and `hamiltonian` are n x n matrices in the same basis, whichever that is. The battery counts as one cell, so its
    /// collective and its local ergotropy are the global one.
    ///
    /// # Errors
    /// As those of [`ergotropy`].
    pub fn of_matrices(rho: &Operator, hamiltonian: &Operator) -> Result<Merits, MatrixError> {
        let (state, energies, _) = in_eigenbasis(rho, hamiltonian)?;
        Ok(Merits::of(&BatteryState::new(&BatterySpace::of_levels(energies), &[state])))
    }
}

/// U^dag rho U, the energies, and U where the Hamiltonian is not diagonal.
fn in_eigenbasis(
    rho: &Operator,
    hamiltonian: &Operator,
) -> Result<(Hermitian, Vec<f64>, Option<Operator>), MatrixError> {
    let sizes = (rho.dim(), hamiltonian.dim());
    if sizes.0 != sizes.1 || sizes.0 == 0 {
        return Err(MatrixError::Sizes { state: sizes.0, hamiltonian: sizes.1 });
    }
    let error = hamiltonian.hermiticity_error();
    if !(error <= OF_HAMILTONIANS * hamiltonian.norm_bound()) {
        return Err(MatrixError::Hamiltonian { error });
    }
    let error = rho.hermiticity_error();
    if !(error <= OF_STATES) {
        return Err(MatrixError::State { error });
    }
    let state = Hermitian::from_operator(rho);
    let trace = state.trace();
    if !((trace - 1.0).abs() <= OF_STATES) {
        return Err(MatrixError::Trace { trace });
    }
    let eigenvalue = -state.eigenvalues().into_iter().fold(0.0, |a, r| nan_max(a, -r));
    if !(eigenvalue >= -OF_STATES) {
        return Err(MatrixError::Negative { eigenvalue });
    }
    let (energies, basis) = hamiltonian.eigenbasis().ok_or(MatrixError::Eigenvalues)?;
    let state = match &basis {
        None => state,
        Some(u) => state.conjugated_by(&u.adjoint()),
    };
    Ok((state, energies, basis))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use num_complex::Complex64;

    use super::*;

    /// A matrix of complex entries in the square around 0.
    fn random(n: usize, rng: &mut Rng) -> Operator {
        let mut entry = || rng.f64() - 0.5;
        let places = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        Operator::from_entries(n, places.map(|(i, j)| (i, j, Complex64::new(entry(), entry()))))
    }

    fn trace(a: &Operator) -> f64 {
        (0..a.dim()).map(|i| a.get(i, i).re).sum()
    }

    /// X X^dag/Tr.
    fn state(n: usize, rng: &mut Rng) -> Operator {
        let x = random(n, rng);
        let positive = &x * &x.adjoint();
        (1.0 / trace(&positive)) * positive
    }

    /// The eigenvectors of a random Hermitian matrix.
    fn unitary(n: usize, rng: &mut Rng) -> Operator {
        random(n, rng).plus_adjoint().eigenbasis().unwrap().1.unwrap()
    }

    fn turned(a: &Operator, u: &Operator) -> Operator {
        &(u * a) * &u.adjoint()
    }

    fn distance(a: &Operator, b: &Operator) -> f64 {
        (a - b).norm_bound()
    }

    #[test]
    fn a_qubit_has_its_closed_form() {
        // H = w.sigma, rho = (1 + r.sigma)/2: W = w.r + |w||r|.
        let mut rng = Rng::with_seed(1);
        for _ in 0..100 {
            let mut vector = || [rng.f64() - 0.5, rng.f64() - 0.5, rng.f64() - 0.5];
            let (w, r) = (vector(), vector());
            let pauli = |v: [f64; 3], one: f64| {
                let off = Complex64::new(v[0], -v[1]);
                Operator::from_rows(&[[(one + v[2]).into(), off], [off.conj(), (one - v[2]).into()]])
            };
            let dot = |a: [f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let found = ergotropy(&(0.5 * pauli(r, 1.0)), &pauli(w, 0.0)).unwrap();
            assert!((found - dot(w, r) - (dot(w, w) * dot(r, r)).sqrt()).abs() < 1e-14);
        }
    }

    #[test]
    fn no_unitary_changes_the_passive_energy_and_none_takes_more() {
        let mut rng = Rng::with_seed(2);
        for n in [2, 3, 4, 7] {
            let (rho, h) = (state(n, &mut rng), random(n, &mut rng).plus_adjoint());
            let merits = Merits::of_matrices(&rho, &h).unwrap();
            assert!((merits.energy - trace(&(&rho * &h))).abs() < 1e-13);
            for _ in 0..20 {
                let other = turned(&rho, &unitary(n, &mut rng));
                let found = Merits::of_matrices(&other, &h).unwrap();
                assert!((found.passive - merits.passive).abs() < 1e-13);
                assert!(merits.ergotropy.global >= merits.energy - found.energy - 1e-13);
            }
            // Nor does the basis in which both are written.
            let u = unitary(n, &mut rng);
            let found = Merits::of_matrices(&turned(&rho, &u), &turned(&h, &u)).unwrap();
            assert!((found.ergotropy.global - merits.ergotropy.global).abs() < 1e-13);
            assert!((found.ergotropy.incoherent - merits.ergotropy.incoherent).abs() < 1e-13);
            assert!((found.fluctuation - merits.fluctuation).abs() < 1e-12);
        }
    }

    #[test]
    fn the_passive_state_is_what_is_left() {
        let mut rng = Rng::with_seed(3);
        for n in [2, 3, 6] {
            for h in [
                random(n, &mut rng).plus_adjoint(),
                Operator::diagonal(&[3.0, -1.0, 2.0, 2.0, 0.5, -4.0][..n]),
            ] {
                let rho = state(n, &mut rng);
                let (merits, passive) =
                    (Merits::of_matrices(&rho, &h).unwrap(), passive_state(&rho, &h).unwrap());
                let left = Merits::of_matrices(&passive, &h).unwrap();
                assert!((left.energy - merits.passive).abs() < 1e-13 && left.ergotropy.global.abs() < 1e-13);
                assert!((left.purity - merits.purity).abs() < 1e-13);
                assert!(distance(&(&passive * &h), &(&h * &passive)) < 1e-13);
            }
        }
    }

    #[test]
    fn thermal_states_give_nothing_also_on_degenerate_levels() {
        let mut rng = Rng::with_seed(4);
        for energies in [vec![0.0, 0.3, 1.0, 2.5], vec![-1.0, 2.0, 2.0, -1.0, 2.0], vec![1.0; 3]] {
            for beta in [0.0, 0.2, 3.0] {
                let weights: Vec<f64> = energies.iter().map(|e| f64::exp(-beta * e)).collect();
                let z: f64 = weights.iter().sum();
                let thermal = Operator::diagonal(&weights.iter().map(|w| w / z).collect::<Vec<f64>>());
                let u = unitary(energies.len(), &mut rng);
                let (rho, h) = (turned(&thermal, &u), turned(&Operator::diagonal(&energies), &u));
                let merits = Merits::of_matrices(&rho, &h).unwrap();
                assert!(merits.ergotropy.global.abs() < 1e-14 && merits.ergotropy.coherent.abs() < 1e-14);
                assert!(distance(&passive_state(&rho, &h).unwrap(), &rho) < 1e-13);
            }
        }
    }

    #[test]
    fn degenerate_levels_lock_nothing_but_the_rest() {
        // H = diag(0, 0, 1): W = <2|rho|2> - r_3 for every rho.
        let mut rng = Rng::with_seed(5);
        for _ in 0..20 {
            let rho = state(3, &mut rng);
            let least = Hermitian::from_operator(&rho).eigenvalues()[0];
            let found = ergotropy(&rho, &Operator::diagonal(&[0.0, 0.0, 1.0])).unwrap();
            assert!((found - rho.get(2, 2).re + least).abs() < 1e-14);
        }
    }

    #[test]
    fn pure_states_give_all_above_the_ground_energy() {
        let mut rng = Rng::with_seed(6);
        for n in 1..8 {
            let h = random(n, &mut rng).plus_adjoint();
            let u = unitary(n.max(2), &mut rng);
            let psi: Vec<Complex64> = match n {
                1 => vec![Complex64::I],
                _ => (0..n).map(|i| u.get(i, 0)).collect(),
            };
            let places = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
            let rho = Operator::from_entries(n, places.map(|(i, j)| (i, j, psi[i] * psi[j].conj())));
            let merits = Merits::of_matrices(&rho, &h).unwrap();
            let ground = Hermitian::from_operator(&h).eigenvalues()[0];
            assert!((merits.ergotropy.global - (merits.energy - ground)).abs() < 1e-13);
            assert!((merits.purity - 1.0).abs() < 1e-13);
        }
    }

    #[test]
    fn matrices_that_are_no_states_are_refused() {
        let qubit = Operator::number(2);
        let refused = |rho: &Operator, h: &Operator| ergotropy(rho, h).unwrap_err();
        let half = Operator::diagonal(&[0.5, 0.5]);
        assert_eq!(refused(&half, &Operator::number(3)), MatrixError::Sizes { state: 2, hamiltonian: 3 });
        assert_eq!(
            refused(&Operator::zero(0), &Operator::zero(0)),
            MatrixError::Sizes { state: 0, hamiltonian: 0 }
        );
        assert_eq!(refused(&half, &Operator::spin_lowering(2)), MatrixError::Hamiltonian { error: 1.0 });
        let skew = Operator::from_rows(&[[0.5, 0.25], [0.0, 0.5]]);
        assert_eq!(refused(&skew, &qubit), MatrixError::State { error: 0.25 });
        assert_eq!(refused(&Operator::identity(2), &qubit), MatrixError::Trace { trace: 2.0 });
        let negative = Operator::diagonal(&[1.25, -0.25]);
        assert_eq!(refused(&negative, &qubit), MatrixError::Negative { eigenvalue: -0.25 });
        for bad in [f64::NAN, f64::INFINITY] {
            assert!(ergotropy(&Operator::diagonal(&[bad, 0.5]), &qubit).is_err());
            assert!(ergotropy(&half, &Operator::diagonal(&[bad, 0.5])).is_err());
            assert!(ergotropy(&half, &Operator::from_rows(&[[0.0, bad], [bad, 0.5]])).is_err());
        }
        // What a solver leaves is no reason to refuse.
        assert!(ergotropy(&Operator::diagonal(&[0.5 + 1e-7, 0.5 + 1e-7]), &qubit).is_ok());
    }
}
