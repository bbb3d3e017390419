//! Rotations e^{-i angle sigma_x/2} of all qubits of a battery.
//!
//! On a spin j they are e^{-i angle J_x}: J_x = (J^+ + J^-)/2 is a real symmetric tridiagonal matrix with the eigenvalues
//! -j, ..., j, so that its eigenvectors give the rotation exactly. On a product of cells: one rotation for each.

use faer::{Mat, Side};
use num_complex::Complex64;

use crate::operator::Operator;
use crate::space::{BatterySpace, Cells};

/// Entries below this are rounding of a zero.
const ROUNDING: f64 = 1e-15;

/// e^{-i angle J_x} of a spin with this many levels.
pub(super) fn rotation(levels: usize, angle: f64) -> Operator {
    let lowering = Operator::spin_lowering(levels);
    // J^+ is the lower half of 2 J_x, which has the same vectors.
    let x = Mat::from_fn(levels, levels, |i, j| lowering.get(j, i).re);
    // The iteration fails only on entries that are not finite.
    let Ok(eigen) = x.self_adjoint_eigen(Side::Lower) else { return Operator::zero(levels) };
    let vectors = eigen.U();
    let j = 0.5 * (levels as f64 - 1.0);
    let phases: Vec<Complex64> =
        (0..levels).map(|k| Complex64::from_polar(1.0, -angle * (k as f64 - j))).collect();
    let entry = |a: usize, b: usize| -> Complex64 {
        let sum: Complex64 = (0..levels).map(|k| vectors[(a, k)] * vectors[(b, k)] * phases[k]).sum();
        let clean = |x: f64| if x.abs() < ROUNDING { 0.0 } else { x };
        Complex64::new(clean(sum.re), clean(sum.im))
    };
    Operator::from_entries(levels, (0..levels).flat_map(|a| (0..levels).map(move |b| (a, b, entry(a, b)))))
}

/// The rotation of every cell of a battery of qubits.
pub(super) fn battery_rotation(space: &BatterySpace, angle: f64) -> Operator {
    match space.cells() {
        Cells::Product { frequencies, .. } => {
            let cell = rotation(2, angle);
            (1..frequencies.len()).fold(cell.clone(), |all, _| all.kron(&cell))
        }
        _ => space.by_sector(|levels| rotation(levels, angle)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_qubit_turns_as_printed() {
        let angle = 0.7_f64;
        let u = rotation(2, angle);
        assert!((u.get(0, 0) - (0.5 * angle).cos()).norm() < 1e-15);
        assert!((u.get(0, 1) + Complex64::I * (0.5 * angle).sin()).norm() < 1e-15);
    }

    #[test]
    fn spins_turn_like_the_cells_they_are_made_of() {
        // <Dicke n| U (x) U (x) U |Dicke m> on the product is the rotation of the spin 3/2.
        let (ladder, product) = (BatterySpace::ladder(3, 2, 1.0), BatterySpace::product(2, &[1.0; 3]));
        let (a, b) = (battery_rotation(&ladder, 1.1), battery_rotation(&product, 1.1));
        for n in 0..4 {
            for m in 0..4 {
                let (left, right) = (product.symmetric_level(n), product.symmetric_level(m));
                let element: Complex64 = b.entries().map(|(i, j, x)| left[i].conj() * x * right[j]).sum();
                assert!((element - a.get(n, m)).norm() < 1e-14, "{n} {m}");
            }
        }
    }

    #[test]
    fn rotations_of_long_spins_are_unitary() {
        let u = rotation(61, 2.3);
        let unit = &u * &u.adjoint();
        assert!((&unit - &Operator::identity(61)).norm_bound() < 1e-11);
    }
}
