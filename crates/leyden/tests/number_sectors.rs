//! Number sectors of two oscillators against the master equation in the laboratory, sector by sector, and closed forms.

mod common;

use std::ops::ControlFlow;

use common::oscillators;
use leyden::evolve::{Evolve, Implicit, Outcome, Taylor};
use leyden::exact::{NumberSectors, response};
use leyden::lindblad::Generator;
use leyden::merit::{BatteryState, ergotropy_of};
use leyden::model::Levels;
use leyden::operator::Hermitian;
use leyden::space::{BatterySpace, InitialState};
use num_complex::Complex64;

fn sectors(gamma: f64, f: f64, start: InitialState) -> NumberSectors {
    let levels = NumberSectors::levels_for(1.0, f, &start);
    NumberSectors::new(gamma, 1.0, f, &start.on_oscillator(levels).unwrap()).unwrap()
}

fn number(rho: &Hermitian) -> f64 {
    rho.populations().enumerate().map(|(n, p)| n as f64 * p).sum()
}

fn ergotropy(rho: &Hermitian) -> f64 {
    let space = BatterySpace::oscillator(rho.dim(), 1.0);
    ergotropy_of(&BatteryState::new(&space, std::slice::from_ref(rho))).global
}

fn distance(a: &Hermitian, b: &Hermitian) -> f64 {
    a.s().iter().zip(b.s()).map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
}

/// States of the battery on `levels` by a general method that knows no structure.
fn whole(
    gamma: f64,
    f: f64,
    battery0: &Hermitian,
    charger: usize,
    method: impl Evolve,
    times: &[f64],
) -> Vec<Hermitian> {
    let levels = battery0.dim();
    let system = oscillators(f, gamma).system(Levels { charger, battery: levels }).unwrap();
    let rho0 = Hermitian::level(charger, 0).kron(battery0);
    let mut states = Vec::new();
    let outcome =
        method.evolve(&Generator::new(&system.lindbladian), &rho0, times, &mut |_, _, s: &[f64]| {
            states.push(Hermitian::from_s(rho0.dim(), s.to_vec()).trace_out_first(levels));
            ControlFlow::Continue(())
        });
    assert_eq!(outcome, Ok(Outcome::Converged));
    states
}

/// Whole state, energy, power and ergotropy against powers of the generator in the laboratory.
#[test]
fn driven_states_follow_the_master_equation() {
    let times = [0.0, 0.3, 1.0, 2.5, 3.4];
    let complex = Hermitian::projector(&{
        let mut psi = vec![Complex64::ZERO; 24];
        psi[0] = Complex64::new(0.6, 0.0);
        psi[1] = Complex64::new(0.0, 0.64);
        psi[2] = Complex64::new(-0.48, 0.0);
        psi
    });
    let cases = [
        (0.3, 0.7, InitialState::Ground.on_oscillator(26).unwrap(), 11),
        (5.0, 0.7, InitialState::Ground.on_oscillator(26).unwrap(), 11),
        (0.8, -0.5, InitialState::Coherent(0.4).on_oscillator(26).unwrap(), 11),
        (1.1, 0.3, InitialState::Fock(2).on_oscillator(22).unwrap(), 11),
        (0.9, 0.4, complex, 12),
    ];
    for (gamma, f, battery0, charger) in cases {
        let reference = whole(gamma, f, &battery0, charger, Taylor { tolerance: 1e-11 }, &times);
        let sectors = NumberSectors::new(gamma, 1.0, f, &battery0).unwrap();
        assert!(sectors.top_weight() < 1e-16 && sectors.levels() == battery0.dim());
        sectors.states(&times, &mut |i, t, rho, power, energy| {
            let case = format!("gamma = {gamma}, F = {f}, t = {t}");
            let away = distance(rho, &reference[i]);
            assert!(away < 1e-9, "{case}: {away:e}");
            assert!((energy - number(&reference[i])).abs() < 1e-9, "{case}");
            assert!((energy - number(rho)).abs() < 1e-12, "{case}");
            assert!((ergotropy(rho) - ergotropy(&reference[i])).abs() < 1e-8, "{case}");
            let curve = sectors.curve();
            // Differences of sixth order at three spacings, from t = 0 on.
            let (h, e) = (2e-3, |k: i32| curve.energy(t.max(6e-3) + 2e-3 * k as f64));
            let slope = (45.0 * (e(1) - e(-1)) - 9.0 * (e(2) - e(-2)) + e(3) - e(-3)) / (60.0 * h);
            let found = if t > 6e-3 { power } else { curve.power(6e-3) };
            assert!((found - slope).abs() < 1e-11 && power == curve.power(t), "{case}: {found} {slope}");
        });
    }
}

#[test]
fn strong_dephasing_follows_the_implicit_method() {
    let times = [0.0, 1e-6, 1.0, 1e3, 1e5, 1e6, 1e8];
    let battery0 = InitialState::Ground.on_oscillator(9).unwrap();
    let reference = whole(1e6, 0.05, &battery0, 4, Implicit { tolerance: 1e-12 }, &times);
    NumberSectors::new(1e6, 1.0, 0.05, &battery0).unwrap().states(&times, &mut |i, t, rho, _, energy| {
        let away = distance(rho, &reference[i]);
        assert!(away < 1e-9 && (energy - number(rho)).abs() < 1e-13, "t = {t}: {away:e}");
    });
}

/// X between sectors n and m in Fock states |k, n-k> by Taylor steps of
/// X' = -i(H_n X - X H_m) - (gamma/2)(k-k')^2 X; <n-k|rho_B|m-k> = X_kk.
fn sector_pair(n: usize, m: usize, gamma: f64, times: &[f64]) -> Vec<Vec<Complex64>> {
    let hop = |n: usize, k: usize| ((k * (n - k + 1)) as f64).sqrt();
    let rate = |x: &[Complex64], out: &mut [Complex64]| {
        for k in 0..=n {
            for j in 0..=m {
                let at = |k: usize, j: usize| x[k * (m + 1) + j];
                let mut sum = Complex64::ZERO;
                if k > 0 {
                    sum += hop(n, k) * at(k - 1, j);
                }
                if k < n {
                    sum += hop(n, k + 1) * at(k + 1, j);
                }
                if j > 0 {
                    sum -= hop(m, j) * at(k, j - 1);
                }
                if j < m {
                    sum -= hop(m, j + 1) * at(k, j + 1);
                }
                let apart = k as f64 - j as f64;
                out[k * (m + 1) + j] = -Complex64::I * sum - 0.5 * gamma * apart * apart * at(k, j);
            }
        }
    };
    let size = (n + 1) * (m + 1);
    let norm = (n + m) as f64 + 0.5 * gamma * (n.max(m) as f64).powi(2);
    let mut x = vec![Complex64::ZERO; size];
    x[0] = Complex64::ONE;
    let (mut term, mut next) = (x.clone(), x.clone());
    let mut before = 0.0;
    let mut out = Vec::new();
    for &time in times {
        let steps = ((time - before) * norm).ceil();
        let h = (time - before) / steps.max(1.0);
        for _ in 0..steps as usize {
            term.copy_from_slice(&x);
            for p in 1..=20 {
                rate(&term, &mut next);
                for ((term, next), x) in term.iter_mut().zip(&next).zip(&mut x) {
                    *term = h / p as f64 * next;
                    *x += *term;
                }
            }
        }
        before = time;
        out.push((0..=n.min(m)).map(|k| x[k * (m + 1) + k]).collect());
    }
    out
}

/// High ranks: without a drive, a superposition of two Fock states touches three pairs of sectors only.
#[test]
fn high_sectors_follow_the_master_equation() {
    let linear: Vec<f64> = (0..20).map(|i| 0.15 * i as f64).collect();
    let uneven = vec![0.0, 1e-3, 0.04, 0.3, 1.0, 1.7, 9.0];
    for (n, m, gamma) in [(12, 7, 0.02), (25, 20, 0.3), (24, 3, 1.7), (12, 12, 8.0), (13, 9, 40.0)] {
        let mut psi = vec![Complex64::ZERO; n + 1];
        psi[n] += Complex64::new(0.6, 0.0);
        psi[m] += Complex64::new(0.0, 0.8);
        let battery0 = Hermitian::projector(&psi);
        let sectors = NumberSectors::new(gamma, 1.0, 0.0, &battery0).unwrap();
        for times in [&linear, &uneven] {
            let pairs = [(n, n), (m, m), (n, m)].map(|(a, b)| (a, b, sector_pair(a, b, gamma, times)));
            sectors.states(times, &mut |i, t, rho, _, _| {
                let mut expected = vec![Complex64::ZERO; (n + 1) * (n + 1)];
                for (a, b, blocks) in &pairs[if n == m { 2..3 } else { 0..3 }] {
                    for (k, x) in blocks[i].iter().enumerate() {
                        let x = battery0.get(*a, *b) * x;
                        expected[(a - k) * (n + 1) + b - k] += x;
                        if a != b {
                            expected[(b - k) * (n + 1) + a - k] += x.conj();
                        }
                    }
                }
                for p in 0..=n {
                    for q in 0..=n {
                        let away = (rho.get(p, q) - expected[p * (n + 1) + q]).norm();
                        assert!(away < 1e-12, "{n}, {m}, gamma = {gamma}, t = {t}, {p}, {q}: {away:e}");
                    }
                }
            });
        }
    }
}

/// E_B = x (3/2 + h(2g)/2 - 2 h(g)) from the states, with traces, positivity and extreme dephasing.
#[test]
fn energies_of_the_states_are_two_damped_oscillators() {
    let linear: Vec<f64> = (0..=60).map(|i| 0.35 * i as f64).collect();
    let logarithmic: Vec<f64> = (0..=44).map(|i| 10f64.powf(-3.0 + 0.25 * i as f64)).collect();
    for (f, gamma, times) in [
        (0.1_f64, 1.0, &linear),
        (2.0, 0.3, &linear),
        (3.0, 4.0, &logarithmic),
        (1.0, 8.0, &logarithmic),
        (1.0, 1e6, &logarithmic),
        (-3.0, 1e6, &logarithmic),
        (5.0, 2.0, &linear),
    ] {
        let sectors = sectors(gamma, f, InitialState::Ground);
        let x = f * f;
        sectors.states(times, &mut |i, t, rho, _, energy| {
            let h = |w: f64| response(w, gamma, t).0;
            let expected = x * (1.5 + h(2.0) / 2.0 - 2.0 * h(1.0));
            let case = format!("F = {f}, gamma = {gamma}, t = {t}");
            assert!((energy - expected).abs() < 1e-13 * (1.0 + x), "{case}");
            let away = (number(rho) - expected).abs();
            assert!(away < 1e-11 * (1.0 + x), "{case}: {away:e}");
            assert!((rho.trace() - 1.0).abs() < 1e-13, "{case}");
            if i % 10 == 0 {
                assert!(rho.eigenvalues()[0] > -1e-14, "{case}");
            }
        });
    }
}

/// E_B(inf) = 3x/2 and ergotropy x, and late states arrive there.
#[test]
fn limits_keep_a_third_of_their_energy_locked() {
    for (f, gamma) in [(0.5_f64, 1.4), (2.0, 1e-3), (5.0, 100.0), (-5.0, 1.0)] {
        let x = f * f;
        let sectors = sectors(gamma, f, InitialState::Ground);
        let limit = sectors.limit().unwrap();
        assert!((sectors.curve().limit - 1.5 * x).abs() < 1e-12 * (1.0 + x));
        assert!((number(&limit) - 1.5 * x).abs() < 1e-10, "x = {x}");
        assert!((ergotropy(&limit) - x).abs() < 1e-10, "x = {x}: {}", ergotropy(&limit));
        assert!((limit.trace() - 1.0).abs() < 1e-13);
        sectors.states(&[1e6], &mut |_, _, rho, power, _| {
            assert!(distance(rho, &limit) < 1e-12 && power.abs() < 1e-12);
        });
    }
}

/// Without dephasing the battery is in the coherent state of amplitude (alpha + beta) cos gt - beta.
#[test]
fn without_dephasing_coherent_states_stay_pure() {
    for (f, alpha) in [(0.7, 0.0), (3.0, 0.0), (-1.5, 0.8)] {
        let start = if alpha == 0.0 { InitialState::Ground } else { InitialState::Coherent(alpha) };
        let levels = NumberSectors::levels_for(1.0, f, &start) + 40;
        let battery0 = start.on_oscillator(levels).unwrap();
        let sectors = NumberSectors::new(0.0, 1.0, f, &battery0).unwrap();
        let times = [0.0, 0.4, std::f64::consts::FRAC_PI_2, 3.0, 77.7, 1e8];
        sectors.states(&times, &mut |_, t, rho, _, _| {
            let amplitude = (alpha + f) * t.cos() - f;
            let expected = InitialState::Coherent(amplitude).on_oscillator(levels).unwrap();
            let away = distance(rho, &expected);
            assert!(away < 1e-12, "F = {f}, alpha = {alpha}, t = {t}: {away:e}");
            assert!((rho.purity() - 1.0).abs() < 1e-12);
        });
        assert!(sectors.limit().unwrap_err().to_string().contains("dephasing of the charger is 0"));
    }
    // An empty battery without a drive does not move.
    let still = NumberSectors::new(0.0, 1.0, 0.0, &Hermitian::level(3, 0)).unwrap();
    assert_eq!(still.limit().unwrap(), Hermitian::level(3, 0));
}

/// A thermal battery alone with its charger: E_B = n (1 + h(2g))/2, populations sum_n P_n/(n+1) at the end.
#[test]
fn undriven_thermal_battery_spreads() {
    let (mean, gamma) = (0.8, 1.3);
    let battery0 = InitialState::Thermal(mean).on_oscillator(50).unwrap();
    let sectors = NumberSectors::new(gamma, -0.6, 0.0, &battery0).unwrap();
    sectors.states(&[0.0, 0.7, 2.0, 9.0], &mut |_, t, rho, _, energy| {
        let expected = number(&battery0) * (1.0 + response(1.2, gamma, t).0) / 2.0;
        assert!((energy - expected).abs() < 1e-14 && (number(rho) - expected).abs() < 1e-13);
    });
    let limit = sectors.limit().unwrap();
    for q in 0..50 {
        let expected: f64 = (q..50).map(|n| battery0.population(n) / (n + 1) as f64).sum();
        assert!((limit.population(q) - expected).abs() < 1e-14);
    }
}

#[test]
fn what_does_not_apply_is_refused() {
    let ground = Hermitian::level(10, 0);
    assert!(NumberSectors::new(1.0, 0.0, 1.0, &ground).unwrap_err().because.contains("coupling is 0"));
    assert!(NumberSectors::new(1.0, 1.0, 30.0, &ground).unwrap_err().because.contains("excitations"));
    assert!(NumberSectors::new(-1.0, 1.0, 1.0, &ground).is_err());
    assert!(NumberSectors::new(1.0, f64::NAN, 1.0, &ground).is_err());
    // A cut that the battery outgrows shows.
    assert!(NumberSectors::new(1.0, 1.0, 2.0, &ground).unwrap().top_weight() > 1e-3);
}
