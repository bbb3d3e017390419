//! General methods against closed forms, against each other, and their measured orders.

use std::ops::ControlFlow;

use leyden::evolve::{Evolve, Explicit, Exponential, Implicit, Outcome, Taylor};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::operator::{Hermitian, Operator};

/// Two resonant qubits in the rotating frame of the drive: g = 1, charger dephasing gamma.
fn pair(f: f64, gamma: f64) -> (Generator, Hermitian, Operator) {
    let lower = Operator::spin_lowering(2);
    let one = Operator::identity(2);
    let (c, b) = (lower.kron(&one), one.kron(&lower));
    let h = (&c.adjoint() * &b).plus_adjoint() + f * c.plus_adjoint();
    let number = Operator::number(2);
    let channels = vec![Channel { rate: gamma, jump: number.kron(&one) }];
    (Generator::new(&Lindbladian::new(h, channels).unwrap()), Hermitian::level(4, 0), one.kron(&number))
}

/// E_B of the pair from the four damped oscillators of its Rabi blocks, d = (sqrt(4F^2+1) +- 1)/2.
fn pair_energy(f: f64, gamma: f64, t: f64) -> f64 {
    // A = [[F, g], [0, F]]: v_+- and d_+- from A^T A, weights from <0|v>.
    let root = (4.0 * f * f + 1.0).sqrt();
    let d = [(root + 1.0) / 2.0, (root - 1.0) / 2.0];
    let v = d.map(|d| {
        let (x, y) = (f, d * d - f * f);
        let norm = (x * x + y * y).sqrt();
        [x / norm, y / norm]
    });
    let h = |w: f64| {
        if w == 0.0 {
            return 1.0;
        }
        let k2 = gamma * gamma / 16.0 - w * w;
        if k2 > 0.0 {
            let k = k2.sqrt();
            let slow = gamma / 4.0 + k;
            ((1.0 + gamma / (4.0 * k)) * (-w * w * t / slow).exp()
                + (1.0 - gamma / (4.0 * k)) * (-slow * t).exp())
                / 2.0
        } else {
            let k = (-k2).sqrt();
            (-gamma * t / 4.0).exp() * ((k * t).cos() + gamma / (4.0 * k) * (k * t).sin())
        }
    };
    let mut energy = 0.0;
    for i in 0..2 {
        for j in 0..2 {
            let u = |i: usize| (f * v[i][1]) / d[i];
            let weight = v[i][0] * v[j][0];
            let (minus, plus) = (h(d[i] - d[j]), h(d[i] + d[j]));
            energy +=
                weight * ((minus - plus) / 2.0 * u(i) * u(j) + (minus + plus) / 2.0 * v[i][1] * v[j][1]);
        }
    }
    energy
}

fn energies(method: &dyn Evolve, system: &(Generator, Hermitian, Operator), times: &[f64]) -> Vec<f64> {
    let observable = Hermitian::from_operator(&system.2);
    let mut out = Vec::new();
    let outcome = method.evolve(&system.0, &system.1, times, &mut |_, _, s| {
        out.push(s.iter().zip(observable.s()).map(|(a, b)| a * b).sum());
        ControlFlow::Continue(())
    });
    assert_eq!(outcome, Ok(Outcome::Converged));
    out
}

#[test]
fn every_method_gives_the_closed_form_of_the_pair() {
    let times: Vec<f64> = (0..=80).map(|i| 0.5 * i as f64).collect();
    for (f, gamma) in [(0.5, 1.4), (0.1, 0.3), (10.0, 2.0), (0.5, 0.0)] {
        let system = pair(f, gamma);
        let methods: [Box<dyn Evolve>; 4] = [
            Box::new(Explicit { tolerance: 1e-9 }),
            Box::new(Taylor { tolerance: 1e-8 }),
            Box::new(Exponential),
            Box::new(Implicit { tolerance: 1e-10 }),
        ];
        for method in methods {
            for (t, e) in times.iter().zip(energies(&*method, &system, &times)) {
                let expected = pair_energy(f, gamma, *t);
                assert!(
                    (e - expected).abs() < 1e-7,
                    "{method:?} F = {f}, gamma = {gamma}, t = {t}: {e} {expected}"
                );
            }
        }
    }
}

#[test]
fn implicit_survives_strong_dephasing_to_long_times() {
    let (f, gamma) = (0.5, 1e4);
    let system = pair(f, gamma);
    for times in [
        (0..=100).map(|i| 1e4 * i as f64).collect::<Vec<_>>(),
        (0..=60).map(|i| 10f64.powf(-3.0 + 9.0 * i as f64 / 60.0)).collect(),
    ] {
        for (t, e) in times.iter().zip(energies(&Implicit { tolerance: 1e-12 }, &system, &times)) {
            let expected = pair_energy(f, gamma, *t);
            assert!((e - expected).abs() < 1e-12, "t = {t}: {e} {expected}");
        }
    }
}
