//! Systems of parts against master equations on all states, exact values and built-in systems.

use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
use leyden::{Charging, Complex64, InitialState, MasterEquation, Method, Operator, Request, System, Times};

/// H = sum Z/2 + sum_{i<j} J/|i-j| (XX + YY + D ZZ) + h sum X, all down: the first sum is H_B.
fn chain(n: usize) -> Parts {
    let (j, d, h) = (-0.2, 0.5, 1.0);
    let pair = |a: usize, b: usize| {
        let both = |letter: Letter| letter.on(a) * letter.on(b);
        (both(Letter::X) + both(Letter::Y) + both(Letter::Z) * d) * (j / (b - a) as f64)
    };
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let field: Terms = (0..n).map(|i| Letter::X.on(i) * h).sum();
    let charging = pairs.map(|(a, b)| pair(a, b)).sum::<Terms>() + field;
    let battery = (0..n).map(|i| Letter::Z.on(i) * 0.5).sum();
    Parts::new(vec![Part::new("cells", PartKind::Qubit, n)], battery, charging)
}

fn largest(run: &Charging) -> f64 {
    let energies = run.series.column(|m| m.energy);
    energies.iter().fold(f64::MIN, |a, e| a.max(e - energies[0]))
}

#[test]
fn chains_store_what_an_independent_program_found() {
    for (n, expected) in [(8, 6.627211), (12, 10.013945)] {
        let run = chain(n).charge(&Times::even(0.0, 5.0, 101).into()).unwrap();
        assert!((largest(&run) - expected).abs() < 1e-6, "{n}: {}", largest(&run));
        // A pure state of all cells: everything above the ground state.
        let last = run.last();
        assert!((last.ergotropy.global - (last.energy + 0.5 * n as f64)).abs() < 1e-10);
    }
}
