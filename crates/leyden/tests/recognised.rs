//! Parts that nearly are a charger and its battery: they are not taken for one.

use leyden::lindblad::{Elementary, TimeFunction};
use leyden::parts::{Letter, Parts, Terms};
use leyden::{ChargerBattery, Complex64, Method, Request, Times};

use Letter::{Lower, Number, Raise, Z};

/// A charger at site 0, resonant with cells at 1 and 2.
fn star() -> Parts {
    ChargerBattery::star(2).driven(0.5).as_parts()
}

fn cells(of: impl Fn(usize) -> Terms) -> Terms {
    (1..3).map(of).sum()
}

#[test]
fn what_differs_in_one_place_is_no_star() {
    let with = |channels: &[(f64, Terms)]| {
        channels.iter().fold(star(), |parts, (rate, operator)| parts.with_channel(*rate, operator.clone()))
    };
    let hop = || cells(|i| Lower.on(0) * Raise.on(i) + Raise.on(0) * Lower.on(i));
    let of = |battery: Terms, charging: Terms| Parts::new(star().parts().to_vec(), battery, charging);
    let levels = || cells(|i| Number.on(i));
    // In the laboratory, with a drive f(t) c + h.c. that turns.
    let driven = |f: TimeFunction| {
        let drive = Lower.on(0).scaled(f);
        of(levels(), Number.on(0) + hop() + drive.clone() + drive.adjoint())
    };
    let wave = |frequency: f64| (TimeFunction::Time * Complex64::new(0.0, frequency)).then(Elementary::Exp);
    for (expected, parts) in [
        (true, star()),
        (true, with(&[(0.2, Lower.on(1)), (0.2, Lower.on(2)), (0.1, Z.on(0))])),
        (true, with(&[(0.2, cells(|i| Lower.on(i)))])),
        (true, with(&[(0.2, Number.on(0) + Terms::number(0.3))])),
        // Noise of one cell, unequal noise, unequal shares of a common channel.
        (false, with(&[(0.2, Lower.on(1))])),
        (false, with(&[(0.2, Lower.on(1)), (0.3, Lower.on(2))])),
        (false, with(&[(0.2, Lower.on(1) + Lower.on(2) * 0.5)])),
        // The constant beside n is a Hamiltonian where its phase is another.
        (false, with(&[(0.2, Lower.on(0) + Terms::number(0.3))])),
        (false, with(&[(0.2, Number.on(0) + Terms::number(Complex64::new(0.0, 0.3)))])),
        // Excited cells hold less energy.
        (true, of(levels(), Number.on(0) + hop())),
        (false, of(levels() * -1.0, Number.on(0) + hop())),
        (true, driven(wave(1.5) * 0.5)),
        // At t = 0 it is the same.
        (false, driven((wave(1.5) + wave(2.0)) * 0.25)),
    ] {
        let request = Request { tolerance: 1e-10, ..Times::even(0.0, 2.0, 5).into() };
        let run = parts.charge(&request).unwrap();
        assert_eq!(run.reason.starts_with("this is "), expected, "{} of {parts:?}", run.reason);
        let explicit = parts.charge(&Request { method: Some(Method::Explicit), ..request }).unwrap();
        for (a, b) in run.series.merits.iter().zip(&explicit.series.merits) {
            assert!((a.energy - b.energy).abs() < 1e-8, "{} {} of {parts:?}", a.energy, b.energy);
        }
    }
}

/// A channel that two of three cells share.
#[test]
fn a_channel_of_some_cells_is_none_of_all() {
    let parts = ChargerBattery::star(3).driven(0.5).as_parts();
    let shared = |sites: &[usize]| {
        let operator = sites.iter().map(|site| Lower.on(*site)).sum::<Terms>();
        parts.clone().with_channel(0.2, operator).charge(&Times::even(0.0, 1.0, 3).into()).unwrap()
    };
    assert!(shared(&[1, 2, 3]).reason.starts_with("this is "));
    let two = shared(&[1, 2]);
    assert!(!two.reason.starts_with("this is "), "{}", two.reason);
}
