//! Functions of time where their form decides: complex arguments, what is turned off, waves and what only looks like one, and their largest values.

use leyden::Complex64;
use leyden::lindblad::{Elementary, Function, TimeFunction, common_frequency};

const I: Complex64 = Complex64::I;

fn t() -> TimeFunction {
    TimeFunction::Time
}

fn close(found: Complex64, expected: Complex64) {
    assert!((found - expected).norm() <= 1e-13 * expected.norm().max(1e-3), "{found}, not {expected}");
}

#[test]
fn complex_arguments_have_their_values() {
    let z = Complex64::new(0.7, 1.0);
    close((t() + I).gaussian(1.0).at(0.7), (-0.5 * z * z).exp());
    close((t() + I).then(Elementary::Sech).at(0.7), z.cosh().inv());
    // What a pulse turns off is off, however large the rest is.
    let off = (t() - 1.0).then(Elementary::Step) * (t() * 1000.0).then(Elementary::Exp);
    assert_eq!(off.at(0.9), Complex64::ZERO);
    // A root of what is negative is no number of a real function.
    assert!((t() - 2.0).to_the(0.5.into()).at(1.0).re.is_nan());
}

#[test]
fn powers_with_complex_exponents_have_real_and_imaginary_parts() {
    for f in [(t() + 2.0).to_the(t() * I), (t() + 2.0).to_the(I.into()).conjugate()] {
        let (re, im) = f.parts();
        for time in [0.3, 1.0, 4.0] {
            let value = f.at(time);
            close(re.at(time), value.re.into());
            close(im.at(time), value.im.into());
        }
    }
    close((t() + 2.0).to_the(I.into()).conjugate().at(0.5), (-I * 2.5_f64.ln()).exp());
}

#[test]
fn what_grows_is_no_wave() {
    let is_wave = |f: TimeFunction| f.frequencies(&mut Vec::new());
    assert!(is_wave((t() * (2.0 * I)).then(Elementary::Exp)) && is_wave((t() * 3.0).then(Elementary::Sin)));
    assert!(!is_wave((t() * Complex64::new(0.1, 2.0)).then(Elementary::Exp)));
    assert!(!is_wave((t() * Complex64::new(3.0, 0.1)).then(Elementary::Sin)));
    assert_eq!(common_frequency(&[1.0, 999.0, 20.0]), Some(1.0));
    assert_eq!(common_frequency(&[1.0, 1001.0]), None);
}

/// The scale of a function is its largest value, or more, but not far more; where enclosures fail, what it is at many times and on both sides
/// of every jump.
#[test]
fn scales_are_largest_values() {
    let scale = |f: &TimeFunction, end: f64| {
        let (function, scale) = Function::of(f, end).unwrap();
        for k in 0..=1000 {
            let time = end * f64::from(k) / 1000.0;
            close((function.at(time) * scale).into(), f.at(time).re.into());
            assert!(function.at(time).abs() <= 1.0 + 1e-12, "{}", function.at(time));
        }
        scale
    };
    // 1/((t - 1)^2 + 1/2), multiplied out.
    let line = (t() * t() - t() * 2.0 + 1.5).inverse();
    assert!((1.9..2.0 + 1e-12).contains(&scale(&line, 64.0)));
    // Up to t = 3 and not beyond.
    let edge = (t() * t() - t() * 6.0 + 9.01).inverse() * (-t() + 3.0).then(Elementary::Step);
    let found = Function::of(&edge, 100.0).unwrap().1;
    assert!((found - 100.0).abs() < 1e-9, "{found}");
    // |1 + 3i t| and the real part of (1 + i t)^-2.
    assert!((30.0..31.0).contains(&scale(&(t() * (3.0 * I) + 1.0).then(Elementary::Abs), 10.0)));
    let falling = (t() * I + 1.0).to_the((-2.0).into()).then(Elementary::Real);
    assert!((1.0..2.0).contains(&scale(&falling, 10.0)));
    // Two reasons for one kink.
    let kinks = (t() - 2.0).then(Elementary::Step) + (t() * 3.0 - 6.0).then(Elementary::Abs);
    assert_eq!(Function::of(&kinks, 10.0).unwrap().0.breakpoints(), [2.0]);
}
