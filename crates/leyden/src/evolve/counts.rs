//! How much work runs take, counted: what becomes slower fails here on any machine.

use std::ops::ControlFlow;

use super::{Evolve, Explicit, Exponential, Implicit, Taylor, choose};
use crate::lindblad::{Channel, Generator, Lindbladian};
use crate::method::Method;
use crate::numerics::work::counted::during;
use crate::operator::{Hermitian, Operator};

/// Applications, exponentials, decompositions and solves of a method, or of the one that is chosen.
type Row = (&'static str, Option<Method>, [usize; 4]);

/// A driven oscillator with losses and dephasing.
fn oscillator(levels: usize, dephasing: f64) -> Lindbladian {
    let a = Operator::annihilation(levels);
    let channels = vec![
        Channel { rate: 0.3, jump: a.clone() },
        Channel { rate: dephasing, jump: Operator::number(levels) },
    ];
    Lindbladian::new(0.7 * a.plus_adjoint(), channels).unwrap()
}

fn even(end: f64, count: usize) -> Vec<f64> {
    (0..count).map(|k| end * k as f64 / (count - 1) as f64).collect()
}

fn logarithmic(from: f64, to: f64, count: usize) -> Vec<f64> {
    (0..count).map(|k| from * (to / from).powf(k as f64 / (count - 1) as f64)).collect()
}

fn done(levels: usize, dephasing: f64, times: Vec<f64>, method: Option<Method>) -> [usize; 4] {
    let generator = Generator::new(&oscillator(levels, dephasing));
    let made: Box<dyn Evolve> = match method {
        Some(Method::Taylor) => Box::new(Taylor::accurate_to(1e-8)),
        Some(Method::Explicit) => Box::new(Explicit { tolerance: 5e-10 }),
        Some(Method::Exponential) => Box::new(Exponential { tolerance: 1e-11 }),
        Some(Method::Implicit) => Box::new(Implicit { tolerance: 1e-11 }),
        _ => choose(&generator, &times, 1e-8).method,
    };
    let rho0 = Hermitian::level(levels, 0);
    during(|| {
        made.evolve(&generator, &rho0, &times, &mut |_, _, _| ControlFlow::Continue(())).unwrap();
    })
}

#[test]
fn runs_take_as_much_work_as_they_did() {
    let grid = || even(20.0, 101);
    let found: Vec<Row> = vec![
        ("few levels", Some(Method::Taylor), done(8, 0.5, grid(), Some(Method::Taylor))),
        ("few levels", Some(Method::Explicit), done(8, 0.5, grid(), Some(Method::Explicit))),
        ("few levels", Some(Method::Exponential), done(8, 0.5, grid(), Some(Method::Exponential))),
        ("few levels", Some(Method::Implicit), done(8, 0.5, grid(), Some(Method::Implicit))),
        ("few levels", None, done(8, 0.5, grid(), None)),
        (
            "logarithmic",
            Some(Method::Taylor),
            done(8, 0.5, logarithmic(0.01, 20.0, 101), Some(Method::Taylor)),
        ),
        ("logarithmic", None, done(8, 0.5, logarithmic(0.01, 20.0, 101), None)),
        ("stiff", Some(Method::Implicit), done(12, 1e3, grid(), Some(Method::Implicit))),
        ("stiff", None, done(12, 1e3, grid(), None)),
        ("many levels", None, done(40, 0.5, even(5.0, 11), None)),
    ];
    let [taylor, explicit, exponential, implicit] =
        [Method::Taylor, Method::Explicit, Method::Exponential, Method::Implicit].map(Some);
    let expected: Vec<Row> = vec![
        ("few levels", taylor, [1404, 0, 0, 0]),
        ("few levels", explicit, [1633, 0, 0, 0]),
        ("few levels", exponential, [0, 1, 0, 0]),
        ("few levels", implicit, [114, 0, 18, 342]),
        ("few levels", None, [0, 1, 0, 0]),
        ("logarithmic", taylor, [1404, 0, 0, 0]),
        ("logarithmic", None, [1404, 0, 0, 0]),
        ("stiff", implicit, [568, 0, 54, 504]),
        ("stiff", None, [0, 1, 0, 0]),
        ("many levels", None, [2376, 0, 0, 0]),
    ];
    assert_eq!(found, expected, "{found:#?}");
}
