//! Closed forms of dephased charging through every method that applies.

mod common;

use common::{charge, oscillators, star};
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
            assert!((limit.energy - 0.5).abs() < 1e-10);
            assert!((limit.ergotropy.global - f / (1.0 + 4.0 * f * f)).abs() < 1e-10);
            assert!((charging.series.merits[1].energy - 0.5).abs() < 1e-7, "{method}");
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
        let digits = if expected.to_string().len() > 9 { 1e-11 } else { 1e-6 };
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
        assert!((limit.energy - energy).abs() < 1e-10 * (1.0 + energy), "x = {x}: {}", limit.energy);
        let mut poisson = vec![(-x).exp()];
        for k in 1..200 {
            poisson.push(poisson[k - 1] * x / k as f64);
        }
        let mut r: Vec<f64> = poisson.windows(2).map(|p| (p[0] + p[1]) / 2.0).collect();
        r[0] += poisson[0] / 2.0;
        r.sort_by(|a, b| b.total_cmp(a));
        let passive: f64 = r.iter().enumerate().map(|(k, r)| k as f64 * r).sum();
        assert!((limit.ergotropy.global - (energy - passive)).abs() < 1e-10 * (1.0 + energy), "x = {x}");
        assert!(charging.asymptote.slowest_rate.is_err() && charging.asymptote.conserved.is_err());
        if f == 3.0 {
            assert!(
                (limit.energy - 17.500062).abs() < 1e-6 && (limit.ergotropy.global - 13.172361).abs() < 1e-6
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
        let h = |w: f64| leyden::exact::response(w, gamma, t).0;
        let expected = x * (1.5 + h(2.0) / 2.0 - 2.0 * h(1.0));
        assert!((charging.series.merits[i].energy - expected).abs() < 1e-7 * x, "t = {t}");
    }
    let published = [
        (1.0, 0.174341, 0.154408),
        (2.0, 1.407842, 1.146530),
        (5.0, 1.438564, 1.074438),
        (10.0, 1.696282, 1.176747),
    ];
    for (i, (_, energy, ergotropy)) in published.iter().enumerate() {
        assert!((charging.series.merits[i + 1].energy / x - energy).abs() < 1e-5);
        assert!((charging.series.merits[i + 1].ergotropy.global / x - ergotropy).abs() < 1e-5);
    }
}

/// The plateau of the detuned pair leaks away: ergotropy 0.2322, 0.2096, 0.1758, 0.0430.
#[test]
fn detuned_pair_loses_its_ergotropy() {
    let mut model = star(1, Cell::Qubit, 0.5, 1.4);
    model.drive.as_mut().unwrap().frequency = 0.9;
    for method in ["auto", "taylor", "explicit", "exponential", "implicit"] {
        let charging = charge(&model, method, &[10.0, 50.0, 100.0, 500.0]);
        for (found, expected) in charging.series.ergotropy().iter().zip([0.2322, 0.2096, 0.1758, 0.0430]) {
            assert!((found - expected).abs() < 5e-5, "{method}: {found}");
        }
        let limit = charging.asymptote.limit.unwrap();
        assert!((limit.energy - 0.5).abs() < 1e-10 && limit.ergotropy.global.abs() < 1e-10);
        assert!((charging.asymptote.slowest_rate.unwrap().rate / 3.52183838e-3 - 1.0).abs() < 1e-8);
    }
}

/// E_B/N = 1/2 and N + 1 conserved quantities for qudits too, against the whole space by an integrator.
#[test]
fn qudit_ladders() {
    for (cells, d) in [(1, 3), (2, 3), (3, 4), (40, 6)] {
        let charging = charge(&star(cells, Cell::Qudit(d), 0.7, 1.0), "auto", &[]);
        let limit = charging.asymptote.limit.unwrap();
        let top = (cells * (d - 1)) as f64;
        assert!((limit.energy - top / 2.0).abs() < 1e-11 * top);
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
        assert!((time(4.0 * w) * w - 1.0).abs() < 1e-6, "F = {f}");
        assert!(time(3.9 * w) > time(4.0 * w) && time(4.1 * w) > time(4.0 * w));
    }
}

#[test]
fn settling_jumps_where_a_revival_touches_the_threshold() {
    let settling = |cells: usize, gamma: f64| {
        charge(&star(cells, Cell::Qubit, 0.5, gamma), "auto", &[]).charging_time.unwrap().settling.unwrap()
    };
    assert!((settling(1, 0.425_821) - 1.910_836).abs() < 1e-5);
    assert!((settling(1, 0.425_819) - 9.6066).abs() < 1e-2);
    assert!((settling(2, 0.123_227) - 11.352_555).abs() < 1e-4);
    assert!((settling(3, 0.023_060_8) - 72.771_338).abs() < 1e-3);
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
        assert!((settling / first - 1.0).abs() < 1e-9, "N = {cells}");
        assert!((settling / times.spectral.unwrap().time - 1.0).abs() < 0.05, "N = {cells}");
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
