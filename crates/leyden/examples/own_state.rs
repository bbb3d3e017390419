//! Energy, ergotropy, passive state and capacity of a density matrix and a Hamiltonian of one's own.
//!
//! Two qubits with energies 0 and 1 and an exchange of strength J, H = n_1 + n_2 + J(s_1^dag s_2 + h.c.), whose levels are 0, 1 - J,
//! 1 + J and 2. The state is p |e,g><e,g| + (1-p) 1/4.

use leyden::merit::{Merits, ergotropy, passive_state};
use leyden::{Complex64, Operator};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (j, p) = (0.3, 0.8);
    // Rows are arrays or vectors of real or complex numbers, here in the basis gg, ge, eg, ee.
    let h = Operator::from_rows(&[
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, j, 0.0],
        [0.0, j, 1.0, 0.0],
        [0.0, 0.0, 0.0, 2.0],
    ]);
    let mut rows = vec![vec![Complex64::ZERO; 4]; 4];
    for (k, row) in rows.iter_mut().enumerate() {
        row[k] = Complex64::from((1.0 - p) / 4.0 + if k == 2 { p } else { 0.0 });
    }
    let rho = Operator::from_rows(&rows);

    let merits = Merits::of_matrices(&rho, &h)?;
    let passive = passive_state(&rho, &h)?;
    // C = W(rho, H) + W(rho, -H): between the lowest and the highest energy that unitaries reach (Yang et al., PRL 131, 030402).
    let capacity = ergotropy(&rho, &h)? + ergotropy(&rho, &-&h)?;
    println!("energy     {:.6}", merits.energy);
    println!("ergotropy  {:.6}, of which coherent {:.6}", merits.ergotropy.global, merits.ergotropy.coherent);
    println!("locked     {:.6}", merits.passive);
    println!("capacity   {capacity:.6}");
    for k in 0..4 {
        println!(
            "passive    {}",
            (0..4).map(|l| format!("{:9.6}", passive.get(k, l).re)).collect::<String>()
        );
    }

    // Eigenvalues of rho are (1+3p)/4 and three times (1-p)/4; <H> = 1 in |e,g> and in 1/4, and levels sum to 4.
    let close = |a: f64, b: f64| (a - b).abs() < 1e-14;
    assert!(close(merits.energy, 1.0));
    assert!(close(merits.ergotropy.global, p));
    assert!(close(merits.passive, 1.0 - p));
    assert!(close(capacity, 2.0 * p));
    // Dephased in energy the state has populations (1+p)/4 on 1 - J and 1 + J, and (1-p)/4 on 0 and 2.
    assert!(close(merits.ergotropy.incoherent, p * (1.0 + j) / 2.0));
    assert!(close(passive.get(0, 0).re, (1.0 + 3.0 * p) / 4.0));
    Ok(())
}
