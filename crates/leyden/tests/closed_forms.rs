//! Closed forms of dephased charging through every method that applies.

mod common;

#[path = "common/pair.rs"]
mod formula;

use common::{charge, oscillators, star};
use formula::{oscillator_energy, pair_energy};
use leyden::model::{Cell, Cutoff};

/// (F/g)/(1 + 4 (F/g)^2) of the resonant pair, E_B = 1/2.
#[test]
fn pair_limit_is_independent_of_dephasing() {
    for f in [0.05, 0.5, 3.0, 40.0] {
        for gamma in [1e-3, 1.4, 1e5] {
            let limit = charge(&star(1, Cell::Qubit, f, gamma), "auto", &[1.0]).asymptote.limit.unwrap();
            assert!((limit.energy - 0.5).abs() < 1e-13);
            assert!((limit.ergotropy.global - f / (1.0 + 4.0 * f * f)).abs() < 1e-13, "F = {f}");
        }
    }
}

#[test]
fn general_methods_project_on_the_same_limit() {
    for f in [0.3, 0.5, 2.0] {
        let model = star(1, Cell::Qubit, f, 1.4);
        for method in ["taylor", "explicit", "exponential", "implicit"] {
            let charging = charge(&model, method, &[0.0, 400.0]);
            let limit = charging.asymptote.limit.unwrap();
            assert!(charging.asymptote.certified && charging.asymptote.unique == Some(false));
            assert!((limit.energy - 0.5).abs() < 1e-13);
            assert!((limit.ergotropy.global - f / (1.0 + 4.0 * f * f)).abs() < 1e-13);
            // The tolerance of the run, and what is left of the slowest mode.
            let expected = pair_energy(f, 1.4, 400.0).0;
            assert!((charging.series.merits[1].energy - expected).abs() < 1e-8, "{method}");
        }
    }
}

#[test]
fn ratios_of_large_stars() {
    let ratio = |cells: usize, f: f64| {
        let limit = charge(&star(cells, Cell::Qubit, f, 1.0), "auto", &[]).asymptote.limit.unwrap();
        assert!((limit.energy / cells as f64 - 0.5).abs() < 1e-13);
        // Locked energy 1 - r_1: an equality for the star.
        let locked = limit.energy - limit.ergotropy.global;
        assert!((locked - (1.0 - limit.ergotropy.largest_eigenvalue)).abs() < 1e-11 * cells as f64);
        limit.ergotropy.global / limit.energy
    };
    for (cells, f, expected) in [
        (10, 0.5, 0.898735153371),
        (10, 10.0, 0.847648),
        (10, 0.2, 0.899800),
        (20, 0.5, 0.949686779284),
        (60, 0.5, 0.983298603453),
        (50, 50.0, 0.964379),
        (200, 200.0, 0.990554),
    ] {
        // Half a unit of the last digit that was published.
        let digits = if expected.to_string().len() > 9 { 6e-13 } else { 5.1e-7 };
        let found = ratio(cells, f);
        assert!((found - expected).abs() < digits, "N = {cells}, F = {f}: {found}");
    }
}

#[test]
fn largest_star_of_the_shipped_numbers() {
    for (f, expected) in [(0.5, 0.999499968750), (2000.0, 0.999017552268)] {
        let limit = charge(&star(2000, Cell::Qubit, f, 1.0), "auto", &[]).asymptote.limit.unwrap();
        assert!((limit.energy - 1000.0).abs() < 1e-9);
        assert!((limit.ergotropy.global / limit.energy - expected).abs() < 1e-11);
    }
}

/// E_B(inf) = 2x - (1 - e^{-x})/2 and the sorted spectrum {(P_k + P_{k+1})/2 + delta_k0 P_0/2}, P Poisson(x).
#[test]
fn qubit_charger_on_an_oscillator() {
    for f in [0.3_f64, 1.0, 3.0] {
        let x = f * f;
        let charging = charge(&star(1, Cell::Oscillator(Cutoff::Auto), f, 1.0), "auto", &[0.0, 3.0]);
        let limit = charging.asymptote.limit.unwrap();
        let energy = 2.0 * x - (1.0 - (-x).exp()) / 2.0;
        assert!((limit.energy - energy).abs() < 1e-13 * (1.0 + energy), "x = {x}: {}", limit.energy);
        let mut poisson = vec![(-x).exp()];
        for k in 1..200 {
            poisson.push(poisson[k - 1] * x / k as f64);
        }
        let mut r: Vec<f64> = poisson.windows(2).map(|p| (p[0] + p[1]) / 2.0).collect();
        r[0] += poisson[0] / 2.0;
        r.sort_by(|a, b| b.total_cmp(a));
        let passive: f64 = r.iter().enumerate().map(|(k, r)| k as f64 * r).sum();
        assert!((limit.ergotropy.global - (energy - passive)).abs() < 1e-13 * (1.0 + energy), "x = {x}");
        assert!(charging.asymptote.slowest_rate.is_err() && charging.asymptote.conserved.is_err());
        if f == 3.0 {
            assert!(
                // Published with six digits behind the point.
                (limit.energy - 17.500062).abs() < 5e-7 && (limit.ergotropy.global - 13.172361).abs() < 5e-7
            );
        }
    }
}

/// E_B = x (3/2 + h(2g)/2 - 2 h(g)) of two resonant oscillators, by an integrator that knows nothing of it.
#[test]
fn two_oscillators_follow_two_damped_modes() {
    let (f, gamma) = (0.1, 1.0);
    let times = [0.0, 1.0, 2.0, 5.0, 10.0, 30.0];
    let charging = charge(&oscillators(f, gamma), "auto", &times);
    let x = f * f;
    for (i, &t) in times.iter().enumerate() {
        let expected = oscillator_energy(f, gamma, t).0;
        assert!((charging.series.merits[i].energy - expected).abs() < 1e-13 * x, "t = {t}");
    }
    let published = [
        (1.0, 0.174341, 0.154408),
        (2.0, 1.407842, 1.146530),
        (5.0, 1.438564, 1.074438),
        (10.0, 1.696282, 1.176747),
    ];
    for (i, (_, energy, ergotropy)) in published.iter().enumerate() {
        // Published with six digits behind the point.
        assert!((charging.series.merits[i + 1].energy / x - energy).abs() < 5.1e-7);
        assert!((charging.series.merits[i + 1].ergotropy.global / x - ergotropy).abs() < 5.1e-7);
    }
}

/// The plateau of the detuned pair leaks away: ergotropy 0.2322, 0.2096, 0.1758, 0.0430.
#[test]
fn detuned_pair_loses_its_ergotropy() {
    let mut model = star(1, Cell::Qubit, 0.5, 1.4);
    model.drive.as_mut().unwrap().frequency = 0.9;
    let exact = charge(&model, "exponential", &[10.0, 50.0, 100.0, 500.0]).series.ergotropy();
    for method in ["auto", "taylor", "explicit", "exponential", "implicit"] {
        let charging = charge(&model, method, &[10.0, 50.0, 100.0, 500.0]);
        for ((found, published), exact) in
            charging.series.ergotropy().iter().zip([0.2322, 0.2096, 0.1758, 0.0430]).zip(&exact)
        {
            // Published with four digits; methods agree to the tolerance.
            assert!((found - published).abs() < 5.1e-5 && (found - exact).abs() < 1e-8, "{method}: {found}");
        }
        let limit = charging.asymptote.limit.unwrap();
        assert!((limit.energy - 0.5).abs() < 1e-13 && limit.ergotropy.global.abs() < 1e-13);
        // Nine digits are known.
        assert!((charging.asymptote.slowest_rate.unwrap().rate - 3.52183838e-3).abs() < 5e-12);
    }
}

/// E_B/N = 1/2 and N + 1 conserved quantities for qudits too, against the whole space by an integrator.
#[test]
fn qudit_ladders() {
    for (cells, d) in [(1, 3), (2, 3), (3, 4), (40, 6)] {
        let charging = charge(&star(cells, Cell::Qudit(d), 0.7, 1.0), "auto", &[]);
        let limit = charging.asymptote.limit.unwrap();
        let top = (cells * (d - 1)) as f64;
        assert!((limit.energy - top / 2.0).abs() < 1e-13 * top);
        assert_eq!(charging.asymptote.conserved, Ok(cells * (d - 1) + 1));
        let collective = limit.ergotropy.collective.unwrap();
        assert!(limit.ergotropy.global >= collective - 1e-12 && collective >= limit.ergotropy.local - 1e-12);
    }
}

/// Spectral optimum gamma* = 4 w_min, tau* = 1/w_min with w_min = min(g, sqrt(4F^2+g^2) - g).
#[test]
fn spectral_optimum_of_the_pair() {
    for f in [0.3_f64, 0.5, 2.0] {
        let w = (f64::sqrt(4.0 * f * f + 1.0) - 1.0).min(1.0);
        let time = |gamma: f64| {
            let charging = charge(&star(1, Cell::Qubit, f, gamma), "auto", &[]);
            charging.charging_time.unwrap().spectral.unwrap().time
        };
        // At critical damping a rate moves by the square root of what rounding moves gamma: 1e-8.
        assert!((time(4.0 * w) * w - 1.0).abs() < 1e-7, "F = {f}");
        // Below it 4/gamma, above it (gamma/4 + k)/w^2.
        for gamma in [2.0 * w, 3.9 * w] {
            assert!((time(gamma) * gamma / 4.0 - 1.0).abs() < 1e-13, "F = {f}, gamma = {gamma}");
        }
        for gamma in [4.1 * w, 9.0 * w] {
            let slow = 0.25 * gamma + (gamma * gamma / 16.0 - w * w).sqrt();
            assert!((time(gamma) * w * w / slow - 1.0).abs() < 1e-12, "F = {f}, gamma = {gamma}");
        }
    }
}

#[test]
fn settling_jumps_where_a_revival_touches_the_threshold() {
    let settling = |cells: usize, gamma: f64| {
        charge(&star(cells, Cell::Qubit, 0.5, gamma), "auto", &[]).charging_time.unwrap().settling.unwrap()
    };
    for (cells, below, above, slow, quick) in [
        (1, 0.425_819, 0.425_821, 9.606, 1.910_8),
        (2, 0.123_226, 0.123_227, 30.0, 11.352),
        (3, 0.023_060_6, 0.023_060_8, 150.0, 72.771),
    ] {
        let (late, early) = (settling(cells, below), settling(cells, above));
        assert!(late > slow && (quick..1.001 * quick).contains(&early), "{cells}: {late} {early}");
        // At both times e^{-1} of the way is left, of the energy as it is.
        for (gamma, time) in [(below, late), (above, early)] {
            let model = star(cells, Cell::Qubit, 0.5, gamma);
            let energy = charge(&model, "auto", &[time]).at(0).energy / (0.5 * cells as f64);
            assert!(((energy - 1.0).abs() - (-1.0_f64).exp()).abs() < 1e-11, "{cells} {gamma}: {energy}");
        }
    }
    // One cell by its formula: no revival reaches the threshold later, and just below the jump one does.
    let far = |gamma: f64, t: f64| (2.0 * pair_energy(0.5, gamma, t).0 - 1.0).abs();
    let (early, late) = (settling(1, 0.425_821), settling(1, 0.425_819));
    assert!((1..40_000).all(|n| far(0.425_821, early + 1e-3 * n as f64) < (-1.0_f64).exp()));
    assert!((1..40_000).all(|n| far(0.425_819, late + 1e-3 * n as f64) < (-1.0_f64).exp()));
}

#[test]
fn no_damping_no_limit() {
    let charging = charge(&star(2, Cell::Qubit, 0.5, 0.0), "auto", &[0.0, 1.0]);
    assert!(charging.asymptote.limit.is_err() && charging.charging_time.is_err());
    assert!(charging.asymptote.why().unwrap().contains("dephasing of the charger is 0"));
    let by_matrix = charge(&star(1, Cell::Qubit, 0.5, 0.0), "exponential", &[0.0, 1.0]);
    assert!(by_matrix.asymptote.limit.is_err());
}

/// Times far beyond any practical one are found as surely as short ones.
#[test]
fn charging_times_of_exponentially_slow_stars() {
    for cells in [20, 45, 60] {
        let times = charge(&star(cells, Cell::Qubit, 0.5, 1.0), "auto", &[]).charging_time.unwrap();
        let (settling, first) = (times.settling.unwrap(), times.first.unwrap());
        assert!((settling / first - 1.0).abs() < 1e-12, "N = {cells}");
        // Nothing but the slowest mode is left by then: w e^{-t/T} = e^{-1}, w its weight.
        let spectral = times.spectral.unwrap();
        assert!(
            (settling / (spectral.time * (1.0 + spectral.weight.ln())) - 1.0).abs() < 1e-9,
            "N = {cells}"
        );
    }
}

/// The same charging times, limits and rates from the blocks and from the whole generator.
#[test]
fn charging_times_agree_between_methods() {
    let mut detuned = star(1, Cell::Qubit, 0.5, 1.0);
    detuned.charger.frequency = 1.3;
    let mut excited = star(3, Cell::Qubit, 0.9, 1.0);
    excited.initial.charger = leyden::space::InitialState::Excited;
    excited.charger.frequency = 1.3;
    let models = [
        star(3, Cell::Qubit, 0.9, 1.0),
        star(2, Cell::Qudit(3), 1.2, 1.0),
        star(2, Cell::Qubit, 0.9, 1.0),
        detuned,
        excited,
    ];
    for (i, model) in models.iter().enumerate() {
        let exact = charge(model, "rabi-blocks", &[]).charging_time.unwrap();
        for method in ["taylor", "exponential"] {
            let general = charge(model, method, &[]).charging_time.unwrap();
            let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
            assert!(close(exact.settling.unwrap(), general.settling.unwrap()), "model {i}, {method}");
            assert!(close(exact.first.unwrap(), general.first.unwrap()), "model {i}, {method}");
            let spectral = exact.spectral.unwrap().time;
            assert!(close(spectral, general.spectral.unwrap().time), "model {i}, {method}");
        }
    }
}

/// Energies, powers and fluctuations are in the unit of omega_B; at one frequency of everything nothing else depends on it.
#[test]
fn everything_is_in_the_unit_of_the_battery() {
    let times = [0.0, 0.4, 1.1, 3.0];
    let omega = 2.5;
    for (model, methods) in [
        (oscillators(0.2, 1.0), &["moments", "number-sectors", "taylor"][..]),
        (star(3, Cell::Qubit, 0.5, 1.4), &["rabi-blocks", "taylor", "exponential"]),
    ] {
        for method in methods {
            let mut fast = model.clone();
            fast.charger.frequency = omega;
            fast.battery.frequencies.fill(omega);
            fast.drive.as_mut().unwrap().frequency = omega;
            let (a, b) = (charge(&model, method, &times), charge(&fast, method, &times));
            for i in 0..times.len() {
                let near = |a: f64, b: f64| assert!((omega * a - b).abs() < 1e-12, "{method} {i}: {a} {b}");
                near(a.at(i).energy, b.at(i).energy);
                near(a.at(i).fluctuation, b.at(i).fluctuation);
                near(a.series.power[i], b.series.power[i]);
            }
            let (a, b) = (a.limit().unwrap(), b.limit().unwrap());
            assert!((omega * a.energy - b.energy).abs() < 1e-12 && a.energy > 0.01, "{method}");
            assert!((omega * a.fluctuation - b.fluctuation).abs() < 1e-12, "{method}");
        }
    }
}
