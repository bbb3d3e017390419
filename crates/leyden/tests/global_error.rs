//! `checks.error` is above the true error of the energies, and not far above it; the tolerance asked for is met.

use leyden::asymptote::Detail;
use leyden::charge::{Charging, Request};
use leyden::model::{ChargerBattery, CouplingForm, NoiseRates};
use leyden::space::InitialState;
use leyden::{Method, Times};

/// A charger and up to three cells, equal or not, with any noise and times.
fn scenario(random: &mut fastrand::Rng, case: usize) -> (ChargerBattery, Vec<f64>, f64) {
    let mut between = |a: f64, b: f64| a + (b - a) * random.f64();
    let cells = 1 + case % 3;
    let mut system = ChargerBattery::star(cells);
    if between(0.0, 1.0) < 0.7 {
        system = system.driven(between(0.05, 1.5));
    }
    if between(0.0, 1.0) < 0.5 {
        system.initial.battery = InitialState::Excited;
    }
    if between(0.0, 1.0) < 0.7 {
        system.charger.detuning = between(-0.5, 0.5);
    }
    if between(0.0, 1.0) < 0.6 {
        system.battery.frequencies = (0..cells).map(|_| between(0.6, 1.4)).collect();
        system.coupling.strengths = (0..cells).map(|_| between(0.2, 1.2)).collect();
    }
    let mut noise = |most: f64| {
        let mut rate = || {
            let x = between(0.0, most);
            if x < 0.4 { 0.0 } else { 10_f64.powf(4.0 * x - 3.0) }
        };
        let (dephasing, relaxation) = (rate(), rate());
        NoiseRates { dephasing, relaxation, thermal_occupation: between(0.0, 1.0), pumping: 0.0 }
    };
    (system.charger.noise, system.battery.noise) = (noise(1.2), noise(0.7));
    if between(0.0, 1.0) < 0.15 {
        system.coupling.form = CouplingForm::Dipole;
    }
    let end = 10_f64.powf(between(0.0, 2.5));
    let points = between(2.0, 60.0) as usize;
    let times = (0..points).map(|k| end * k as f64 / (points - 1) as f64).collect();
    (system, times, 10_f64.powf(between(-11.0, -4.0)))
}

fn run(system: &ChargerBattery, times: &[f64], method: Option<Method>, tolerance: f64) -> Option<Charging> {
    let request = Request { method, tolerance, detail: Detail::States, ..Times::from(times.to_vec()).into() };
    system.charge(&request).ok()
}

#[test]
fn the_estimate_holds_over_random_scenarios() {
    holds_over(200, 5);
}

/// The same over ten times as many: `cargo test --release --test global_error -- --ignored`.
#[test]
#[ignore = "takes a minute"]
fn the_estimate_holds_over_2000_random_scenarios() {
    holds_over(2000, 6);
}

fn holds_over(cases: usize, seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let (mut runs, mut above, mut near) = (0, 0, 0);
    for case in 0..cases {
        let (system, times, tolerance) = scenario(&mut random, case);
        let moves = system.coupling.form == CouplingForm::Dipole && system.drive.is_some();
        // Small constant generators are exponentiated to rounding.
        let reference = match moves {
            true => run(&system, &times, Some(Method::Explicit), 1e-13).unwrap(),
            false => run(&system, &times, Some(Method::Exponential), 1e-8).unwrap(),
        };
        let named = [Method::Taylor, Method::Explicit, Method::Implicit][case % 3];
        for method in [None, Some(named)] {
            let Some(found) = run(&system, &times, method, tolerance) else { continue };
            let pairs = found.series.energy().into_iter().zip(reference.series.energy());
            let error = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let estimate = found.checks.error;
            let what =
                format!("case {case}, {} at {tolerance:.1e}: {error:.2e} {estimate:.2e}", found.method);
            assert!(error <= tolerance.max(2e-13), "{what}");
            // The reference has its own rounding.
            runs += 1;
            above += usize::from(error <= estimate + 1e-13);
            near += usize::from(estimate <= (1000.0 * error).max(1e-12));
            if error > estimate + 1e-13 {
                println!("{what}");
            }
        }
    }
    println!("{above} of {runs} above, {near} near");
    assert!(4 * runs > 7 * cases, "{runs}");
    assert!(runs - above <= runs / 1000 + 1, "{above} of {runs}");
    assert!(near * 10 >= runs * 9, "{near} of {runs}");
}

#[test]
fn the_estimate_under_a_moving_drive_is_near() {
    let mut system = ChargerBattery::star(1).driven(0.3);
    system.coupling.form = CouplingForm::Dipole;
    system.drive.as_mut().unwrap().frequency = 1.1;
    let times: Vec<f64> = (0..21).map(f64::from).collect();
    let reference = run(&system, &times, Some(Method::Explicit), 1e-13).unwrap();
    for tolerance in [1e-5, 1e-7, 1e-9, 1e-11] {
        let found = run(&system, &times, Some(Method::Explicit), tolerance).unwrap();
        let pairs = found.series.energy().into_iter().zip(reference.series.energy());
        let error = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let estimate = found.checks.error;
        let near = error <= estimate + 1e-13 && estimate <= (300.0 * error).max(1e-12);
        assert!(near, "{tolerance:e}: {error:.2e} {estimate:.2e}");
    }
}
