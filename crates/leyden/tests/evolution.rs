//! General methods against closed forms, against each other, and their measured orders.

mod common;
#[path = "common/pair.rs"]
mod formula;

use std::ops::ControlFlow;

use formula::pair_energy;
use leyden::asymptote::Detail;
use leyden::charge::Request;
use leyden::evolve::{Evolve, Explicit, Exponential, Implicit, Outcome, Taylor};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::model::Cell;
use leyden::operator::{Hermitian, Operator};
use leyden::{Method, Times};

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
            Box::new(Explicit { tolerance: 1e-13 }),
            Box::new(Taylor { tolerance: 1e-12 }),
            Box::new(Exponential { tolerance: 0.0 }),
            Box::new(Implicit { tolerance: 1e-14 }),
        ];
        for method in methods {
            for (t, e) in times.iter().zip(energies(&*method, &system, &times)) {
                let expected = pair_energy(f, gamma, *t).0;
                assert!(
                    (e - expected).abs() < 1e-11,
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
            let expected = pair_energy(f, gamma, *t).0;
            assert!((e - expected).abs() < 1e-12, "t = {t}: {e} {expected}");
        }
    }
}

#[test]
fn a_tolerance_is_met_and_sets_the_error() {
    let times: Vec<f64> = (0..=24).map(|i| 0.31 * (i as f64).powf(1.6)).collect();
    for method in [Method::Taylor, Method::Explicit, Method::Implicit] {
        for (f, gamma) in [(0.5, 1.4), (2.0, 0.3), (0.5, 60.0), (1.0, 2e3)] {
            let error = |tolerance: f64| {
                let request = Request {
                    method: Some(method),
                    tolerance,
                    detail: Detail::States,
                    ..Times::from(times.clone()).into()
                };
                let run = common::star(1, Cell::Qubit, f, gamma).charge(&request).unwrap();
                let pairs = run.series.energy().into_iter().zip(&times);
                let error = pairs.map(|(e, t)| (e - pair_energy(f, gamma, *t).0).abs()).fold(0.0, f64::max);
                let what = format!("{method} at {tolerance:e}, F = {f}, gamma = {gamma}: {error:e}");
                assert!(error <= tolerance, "{what}");
                assert!(error <= run.checks.error + 1e-13, "{what} {:e}", run.checks.error);
                error
            };
            let errors = [1e-3, 1e-6, 1e-8, 1e-10].map(error);
            // Digits that nobody asked for cost time; those asked for come.
            assert!(errors[3] <= 0.1 * errors[0] || errors[0] < 1e-11, "{method}, F = {f}: {errors:?}");
        }
    }
}
