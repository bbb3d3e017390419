//! Two oscillators by their moments: closed forms, limits and growth, and the general methods beside them.

mod common;

use common::charge;
use leyden::exact::{MomentValues, Moments, MomentsError, OscillatorNoise, OscillatorPair, response};
use leyden::merit::charging_time;
use leyden::model::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Drive, Initial,
    NoiseRates,
};
use leyden::space::{InitialState, StateError};

use InitialState::{Coherent, Excited, Fock, Ground, Squeezed, Thermal};

fn noise(dephasing: f64, relaxation: f64, thermal_occupation: f64) -> OscillatorNoise {
    OscillatorNoise { dephasing, relaxation, thermal_occupation }
}

/// g = 1, no noise, on resonance.
fn resonant(amplitude: f64, gamma: f64) -> OscillatorPair {
    OscillatorPair { coupling: 1.0, amplitude, charger: noise(gamma, 0.0, 0.0), ..OscillatorPair::default() }
}

fn values(moments: &Moments, times: &[f64]) -> Vec<MomentValues> {
    let mut out = Vec::new();
    moments.numbers(times, &mut |index, time, values| {
        assert_eq!((index, time), (out.len(), times[index]));
        out.push(values);
    });
    out
}

fn logarithmic(from: f64, to: f64, points: usize) -> Vec<f64> {
    (0..points).map(|n| from * (to / from).powf(n as f64 / (points - 1) as f64)).collect()
}

fn uniform(end: f64, points: usize) -> Vec<f64> {
    (0..points).map(|n| end * n as f64 / (points - 1) as f64).collect()
}

/// numbers() and curve() come from different equations and different algebra.
fn agree(moments: &Moments, times: &[f64], tolerance: f64) {
    let curve = moments.curve().unwrap();
    let limit = moments.limit().unwrap();
    for (t, v) in times.iter().zip(values(moments, times)) {
        let size = limit.number.abs().max(v.number.abs()).max(1e-3);
        assert!(
            (v.number - curve.energy(*t)).abs() < tolerance * size,
            "t = {t}: {v:?} {}",
            curve.energy(*t)
        );
        assert!(
            (v.power - curve.power(*t)).abs() < tolerance * size * 10.0,
            "t = {t}: {v:?} {}",
            curve.power(*t)
        );
    }
}

#[test]
fn resonant_pair_follows_the_damped_oscillators() {
    for (f, gamma) in [(0.1, 0.3), (0.5, 4.0), (3.0, 8.0), (0.7, 30.0), (0.5, 1e6)] {
        let moments = Moments::new(resonant(f, gamma), Ground, Ground).unwrap();
        let x = f * f;
        let exact = |t: f64| x * (1.5 + 0.5 * response(2.0, gamma, t).0 - 2.0 * response(1.0, gamma, t).0);
        let curve = moments.curve().unwrap();
        for times in [uniform(40.0, 401), uniform(1e8, 101), logarithmic(1e-3, 1e8, 221)] {
            for (t, v) in times.iter().zip(values(&moments, &times)) {
                assert!(
                    (v.number - exact(*t)).abs() < 1e-11 * x,
                    "gamma = {gamma}, t = {t}: {v:?} {}",
                    exact(*t)
                );
                assert!((curve.energy(*t) - exact(*t)).abs() < 1e-14 * (1.0 + x));
            }
        }
        let limit = moments.limit().unwrap();
        assert!((limit.number - 1.5 * x).abs() < 1e-14 * x);
        // N' is Poissonian and spread evenly: <n'(n'-1)> = x^2/3; b = b' - F/g adds x(2<n'> + 1) to the variance.
        let variance = x * x / 3.0 + x / 2.0 - x * x / 4.0 + x * (x + 1.0);
        assert!((limit.fluctuation.powi(2) - variance).abs() < 1e-13 * (1.0 + x * x));
        assert_eq!((limit.unique, limit.conserved), (false, None));
        let last = values(&moments, &[1e8])[0];
        assert!((last.fluctuation - limit.fluctuation).abs() < 1e-11 * (1.0 + x));
    }
}

#[test]
fn spectral_optimum_of_the_resonant_pair() {
    // gamma* = 4 g, tau* = 1/g at every F.
    for f in [0.1, 2.0] {
        let curve = Moments::new(resonant(f, 4.0), Ground, Ground).unwrap().curve().unwrap();
        assert!((charging_time(&curve).spectral.unwrap().time - 1.0).abs() < 1e-13);
    }
}

#[test]
fn detuned_charger_has_the_same_limit() {
    for (detuning, gamma) in [(0.3, 1.4), (-2.0, 0.1), (5.0, 40.0)] {
        let pair = OscillatorPair { charger_detuning: detuning, ..resonant(0.5, gamma) };
        let moments = Moments::new(pair, Ground, Ground).unwrap();
        assert!((moments.limit().unwrap().number - 0.375).abs() < 1e-14);
        agree(&moments, &uniform(300.0, 301), 1e-12);
        agree(&moments, &logarithmic(1e-2, 1e8, 101), 1e-12);
    }
}

#[test]
fn fock_states_spread_over_all_splittings_of_their_number() {
    // Without a drive n_a + n_b = 5 stays and n_b becomes uniform on 0..5, also off resonance.
    let pair = OscillatorPair {
        charger_detuning: 0.4,
        battery_detuning: -0.3,
        coupling: -0.8,
        amplitude: 0.0,
        charger: noise(0.0, 0.0, 0.0),
        battery: noise(2.0, 0.0, 0.0),
    };
    let moments = Moments::new(pair, Fock(3), Fock(2)).unwrap();
    let limit = moments.limit().unwrap();
    assert!((limit.number - 2.5).abs() < 1e-14);
    assert!((limit.fluctuation.powi(2) - 35.0 / 12.0).abs() < 1e-13);
    let end = values(&moments, &[0.0, 400.0, 1e8]);
    assert_eq!((end[0].number, end[0].fluctuation), (2.0, 0.0));
    for v in &end[1..] {
        assert!((v.number - 2.5).abs() < 1e-12 && (v.fluctuation - limit.fluctuation).abs() < 1e-12);
    }
    agree(&moments, &uniform(60.0, 61), 1e-12);
    // Undamped: a quantum moves as sin^2(gt) between equal modes, with the fluctuation of one coin.
    let moments = Moments::new(resonant(0.0, 0.0), Fock(1), Ground).unwrap();
    let times = uniform(30.0, 301);
    for (t, v) in times.iter().zip(values(&moments, &times)) {
        let p = t.sin().powi(2);
        assert!((v.number - p).abs() < 1e-12 && (v.fluctuation.powi(2) - p * (1.0 - p)).abs() < 1e-12);
        assert!((v.power - (2.0 * t).sin()).abs() < 1e-12);
    }
    assert!(moments.curve().unwrap_err().to_string().starts_with("nothing damps"));
    assert!(moments.limit().unwrap_err().to_string().starts_with("nothing damps"));
}

#[test]
fn coherent_states_stay_coherent_without_dephasing() {
    // Amplitudes by Taylor steps of z' = -i(K - i k/2) z - i F e_a; Poissonian numbers.
    let (da, db, g, f, ka, kb) = (0.3, -0.7, 1.1, 0.4, 0.25, 0.15);
    let pair = OscillatorPair {
        charger_detuning: da,
        battery_detuning: db,
        coupling: g,
        amplitude: f,
        charger: noise(0.0, ka, 0.0),
        battery: noise(0.0, kb, 0.0),
    };
    let moments = Moments::new(pair, Coherent(0.8), Coherent(-0.5)).unwrap();
    let times = uniform(40.0, 401);
    // (Re a, Im a, Re b, Im b)
    let rate = |y: [f64; 4], drive: f64| {
        [
            da * y[1] - ka / 2.0 * y[0] + g * y[3],
            -da * y[0] - ka / 2.0 * y[1] - g * y[2] - drive,
            db * y[3] - kb / 2.0 * y[2] + g * y[1],
            -db * y[2] - kb / 2.0 * y[3] - g * y[0],
        ]
    };
    let mut y = [0.8, 0.0, -0.5, 0.0];
    for (n, v) in values(&moments, &times).iter().enumerate() {
        let exact = y[2] * y[2] + y[3] * y[3];
        assert!((v.number - exact).abs() < 1e-12, "t = {}", times[n]);
        assert!((v.fluctuation.powi(2) - exact).abs() < 1e-12);
        for _ in 0..10 {
            let mut term = y;
            for k in 1..16 {
                let d = rate(term, if k == 1 { f } else { 0.0 });
                term = d.map(|d| d * 0.01 / k as f64);
                y = std::array::from_fn(|i| y[i] + term[i]);
            }
        }
    }
    agree(&moments, &times, 1e-12);
    let limit = moments.limit().unwrap();
    assert!(limit.unique && limit.conserved == Some(1));
    assert!((limit.fluctuation.powi(2) - limit.number).abs() < 1e-12);
}

#[test]
fn equal_baths_bring_thermal_equilibrium() {
    for (nbar, gamma) in [(0.0, 0.0), (0.4, 0.0), (3.0, 1.5)] {
        let pair = OscillatorPair {
            charger_detuning: 0.3,
            battery_detuning: 0.1,
            coupling: 0.7,
            amplitude: 0.0,
            charger: noise(gamma, 0.2, nbar),
            battery: noise(0.5 * gamma, 0.05, nbar),
        };
        for start in [Ground, Fock(4), Squeezed(0.9), Thermal(nbar)] {
            let moments = Moments::new(pair, Coherent(1.0), start).unwrap();
            let limit = moments.limit().unwrap();
            assert!((limit.number - nbar).abs() < 1e-13 && limit.unique);
            assert!((limit.fluctuation.powi(2) - nbar * (nbar + 1.0)).abs() < 1e-12);
            agree(&moments, &uniform(300.0, 101), 1e-12);
        }
        // Equilibrium stays.
        let moments = Moments::new(pair, Thermal(nbar), Thermal(nbar)).unwrap();
        for v in values(&moments, &[0.0, 1.0, 1e8]) {
            assert!((v.number - nbar).abs() < 1e-13);
            assert!((v.fluctuation.powi(2) - nbar * (nbar + 1.0)).abs() < 1e-12);
        }
    }
}

#[test]
fn one_bath_is_enough_for_a_unique_limit() {
    // The battery alone touches a bath at nbar: without a drive both modes take its occupation, dephased or not.
    for on_charger in [true, false] {
        for gamma in [0.0, 2.0] {
            let (cold, hot) = (noise(gamma, 0.0, 0.0), noise(0.0, 0.3, 1.2));
            let (charger, battery) = if on_charger { (hot, cold) } else { (cold, hot) };
            let pair = OscillatorPair {
                charger_detuning: 0.2,
                coupling: 0.9,
                charger,
                battery,
                ..OscillatorPair::default()
            };
            let limits =
                [Ground, Fock(5)].map(|start| Moments::new(pair, start, Ground).unwrap().limit().unwrap());
            for limit in limits {
                assert!((limit.number - 1.2).abs() < 1e-13 && limit.unique);
                assert!((limit.fluctuation.powi(2) - 1.2 * 2.2).abs() < 1e-12);
            }
        }
    }
}

#[test]
fn critical_damping_is_no_exception() {
    // k_a = 4g without dephasing: three rates of n_b coalesce. <b> = e^{-gt}(b_0 (1 + gt) - i g a_0 t).
    let pair = OscillatorPair {
        charger_detuning: 0.3,
        battery_detuning: 0.3,
        coupling: 1.0,
        charger: noise(0.0, 4.0, 0.0),
        ..OscillatorPair::default()
    };
    for offset in [0.0, 1e-14, 1e-10, 1e-7, 1e-6, 1e-5, 2e-5, 1e-4, 1e-3] {
        let pair = OscillatorPair { charger: noise(0.0, 4.0 + offset, 0.0), ..pair };
        let moments = Moments::new(pair, Coherent(1.5), Coherent(0.5)).unwrap();
        agree(&moments, &uniform(40.0, 201), 1e-10);
        let driven = Moments::new(OscillatorPair { amplitude: 0.7, ..pair }, Fock(2), Ground).unwrap();
        agree(&driven, &uniform(40.0, 201), 1e-10);
        if offset == 0.0 {
            let curve = moments.curve().unwrap();
            for t in uniform(30.0, 61) {
                let (b, a) = (0.5 * (1.0 + t), 1.5 * t);
                let exact = (-2.0 * t).exp() * (b * b + a * a);
                assert!((curve.energy(t) - exact).abs() < 1e-12, "t = {t}: {} {exact}", curve.energy(t));
            }
            assert!((charging_time(&curve).spectral.unwrap().rate - 2.0).abs() < 1e-14);
        }
    }
}

#[test]
fn growth_behind_dephasing_is_linear() {
    // Delta_b alone: F^2 Delta_b^2 (gamma/2)/((g^2 - Delta_a Delta_b)^2 + Delta_b^2 gamma^2/4).
    let (da, db, g, f, gamma) = (0.4, 0.1, 0.9, 0.6, 1.4);
    let pair = OscillatorPair {
        charger_detuning: da,
        battery_detuning: db,
        coupling: g,
        amplitude: f,
        charger: noise(gamma, 0.0, 0.0),
        battery: noise(0.0, 0.0, 0.0),
    };
    let expected =
        f * f * db * db * gamma / 2.0 / ((g * g - da * db).powi(2) + db * db * gamma * gamma / 4.0);
    let check = |pair: OscillatorPair, expected: Option<f64>| {
        let moments = Moments::new(pair, Fock(1), Coherent(0.3)).unwrap();
        let growth = moments.diverges().unwrap();
        assert_eq!(growth.power, 1);
        if let Some(expected) = expected {
            assert!((growth.rate - expected).abs() < 1e-14 * expected);
        }
        let v = values(&moments, &[1e5, 1e6, 1e8]);
        let slope = (v[1].number - v[0].number) / 9e5;
        assert!((slope - growth.rate).abs() < 1e-9 * growth.rate, "{slope} {growth:?}");
        assert!((v[2].power - growth.rate).abs() < 1e-12 * growth.rate);
        // N behaves like the energy of a diffusing amplitude, n_b spreads over half of it.
        assert!(v[2].fluctuation > 0.5 * v[2].number);
        assert!(moments.limit().unwrap_err().to_string().starts_with("diverges"));
        assert!(moments.curve().unwrap_err().to_string().starts_with("diverges"));
    };
    check(pair, Some(expected));
    check(OscillatorPair { battery: noise(0.2, 0.0, 0.0), ..pair }, None);
    check(OscillatorPair { battery_detuning: 0.0, battery: noise(0.2, 0.0, 0.0), ..pair }, None);
    check(OscillatorPair { charger: noise(0.0, 0.0, 0.0), battery: noise(0.2, 0.0, 0.0), ..pair }, None);
    // Any relaxation stops it.
    let relaxed = OscillatorPair { battery: noise(0.0, 1e-6, 0.0), ..pair };
    let moments = Moments::new(relaxed, Ground, Ground).unwrap();
    assert!(moments.diverges().is_none() && moments.limit().unwrap().number > 1e3);
    agree(&moments, &logarithmic(1.0, 1e9, 51), 1e-10);
}

#[test]
fn growth_of_an_undamped_resonance_is_quadratic() {
    let pair = OscillatorPair {
        charger_detuning: 2.0,
        battery_detuning: 0.5,
        coupling: 1.0,
        amplitude: 0.3,
        ..OscillatorPair::default()
    };
    let moments = Moments::new(pair, Ground, Ground).unwrap();
    let growth = moments.diverges().unwrap();
    assert_eq!(growth.power, 2);
    let v = values(&moments, &[1e4])[0];
    assert!((v.number / 1e8 - growth.rate).abs() < 1e-3 * growth.rate);
    assert!((v.fluctuation.powi(2) / v.number - 1.0).abs() < 1e-6);
    // The same with the battery's detuning 0: bounded, but for ever.
    let moments = Moments::new(OscillatorPair { battery_detuning: 0.0, ..pair }, Ground, Ground).unwrap();
    assert!(moments.diverges().is_none() && moments.limit().is_err());
}

#[test]
fn an_uncoupled_battery_minds_its_own_bath() {
    let pair = OscillatorPair { amplitude: 3.0, charger: noise(1.0, 0.0, 0.0), ..OscillatorPair::default() };
    let alone = Moments::new(pair, Ground, Fock(3)).unwrap();
    assert_eq!(alone.curve().unwrap().energies(&[0.0, 1e9]), [3.0, 3.0]);
    let limit = alone.limit().unwrap();
    assert_eq!((limit.number, limit.fluctuation, limit.unique), (3.0, 0.0, false));
    let relaxed =
        Moments::new(OscillatorPair { battery: noise(0.3, 0.2, 0.7), ..pair }, Ground, Fock(3)).unwrap();
    agree(&relaxed, &uniform(50.0, 51), 1e-13);
    assert!((values(&relaxed, &[1e4])[0].fluctuation - relaxed.limit().unwrap().fluctuation).abs() < 1e-13);
    // Nothing happens without a drive and quanta.
    let empty = Moments::new(resonant(0.0, 0.0), Ground, Ground).unwrap();
    assert_eq!(empty.limit().unwrap().number, 0.0);
    assert_eq!(empty.curve().unwrap().modes, []);
}

fn everything_on() -> OscillatorPair {
    OscillatorPair {
        charger_detuning: 0.35,
        battery_detuning: -0.2,
        coupling: 0.9,
        amplitude: 0.25,
        charger: noise(0.6, 0.3, 0.15),
        battery: noise(0.4, 0.2, 0.1),
    }
}

/// The same system for the general methods.
fn model(
    pair: &OscillatorPair,
    charger: InitialState,
    battery: InitialState,
    levels: usize,
) -> ChargerBattery {
    let rates = |noise: OscillatorNoise| NoiseRates {
        dephasing: noise.dephasing,
        relaxation: noise.relaxation,
        thermal_occupation: noise.thermal_occupation,
        ..NoiseRates::default()
    };
    // omega_d = 0: energies are those of H_B = omega_B n_b, so that n_b is read as E_B/omega_B.
    let shift = 1.0 - pair.battery_detuning;
    ChargerBattery {
        charger: Charger {
            kind: ChargerKind::Oscillator(Cutoff::Levels(levels)),
            frequency: pair.charger_detuning + shift,
            detuning: 0.0,
            noise: rates(pair.charger),
            memory: None,
        },
        battery: Battery {
            cell: Cell::Oscillator(Cutoff::Levels(levels)),
            frequencies: vec![1.0],
            detuning: 0.0,
            noise: rates(pair.battery),
            collective_noise: false,
        },
        coupling: Coupling { strengths: vec![pair.coupling], scaling: 1.0, form: CouplingForm::Exchange },
        drive: Some(Drive { amplitude: pair.amplitude, frequency: shift }),
        initial: Initial { charger, battery },
    }
}

#[test]
fn general_methods_agree_with_everything_on() {
    let times = uniform(6.0, 13);
    for (charger, battery) in [
        (Fock(1), Ground),
        (Squeezed(0.2), Fock(1)),
        (Coherent(0.4), Squeezed(-0.2)),
        (Thermal(0.08), Coherent(-0.4)),
    ] {
        let pair = everything_on();
        let moments = values(&Moments::new(pair, charger.clone(), battery.clone()).unwrap(), &times);
        let general = charge(&model(&pair, charger.clone(), battery.clone(), 17), "taylor", &times);
        for (n, v) in moments.iter().enumerate() {
            let (energy, sigma) = (general.series.merits[n].energy, general.series.merits[n].fluctuation);
            assert!((v.number - energy).abs() < 1e-7, "{charger:?} {battery:?} {n}: {v:?} {energy}");
            assert!((v.fluctuation - sigma).abs() < 1e-6, "{charger:?} {battery:?} {n}: {v:?} {sigma}");
            assert!((v.power - general.series.power[n]).abs() < 1e-6);
        }
    }
}

#[test]
fn transform_and_propagation_agree() {
    let pair = everything_on();
    let cases = [
        pair,
        OscillatorPair { battery_detuning: 0.35, ..pair },
        OscillatorPair { charger_detuning: 0.0, battery_detuning: 0.0, ..pair },
        OscillatorPair { charger_detuning: -0.2, charger: pair.battery, ..pair },
        OscillatorPair { coupling: -0.05, amplitude: 1.0, ..pair },
        OscillatorPair { charger: noise(1e6, 0.0, 0.0), ..pair },
        OscillatorPair { charger: noise(0.0, 1e6, 0.5), battery: noise(0.0, 0.0, 0.0), ..pair },
        OscillatorPair { charger: noise(1e6, 1e-3, 0.5), battery: noise(0.0, 1e-7, 0.1), ..pair },
        OscillatorPair { charger: noise(2.0, 0.0, 0.0), battery: noise(0.0, 1e-9, 2.0), ..pair },
        OscillatorPair {
            charger: noise(2.0, 1e-9, 0.0),
            battery: noise(0.0, 1e-8, 2.0),
            battery_detuning: 0.0,
            ..pair
        },
        OscillatorPair { charger: noise(0.0, 1e-3, 0.0), battery: noise(1e3, 0.0, 0.0), ..pair },
    ];
    for pair in cases {
        for (charger, battery) in [(Ground, Ground), (Coherent(0.7), Squeezed(0.3)), (Thermal(1.0), Fock(2))]
        {
            let moments = Moments::new(pair, charger, battery).unwrap();
            agree(&moments, &uniform(50.0, 51), 1e-11);
            agree(&moments, &logarithmic(1e-4, 1e8, 121), 1e-10);
            let (end, limit) = (values(&moments, &[1e12])[0], moments.limit().unwrap());
            assert!((end.number - limit.number).abs() < 1e-10 * (1.0 + limit.number), "{end:?} {limit:?}");
            assert!(
                (end.fluctuation - limit.fluctuation).abs() < 1e-10 * (1.0 + limit.fluctuation),
                "{end:?} {limit:?}"
            );
        }
    }
}

/// <n_b> and its fluctuation from the exponential of the 36 complex moment equations in 80 digits (mpmath 1.4.1).
#[test]
fn stiff_and_slow_cases_in_high_precision() {
    let pair = OscillatorPair {
        charger_detuning: 0.35,
        battery_detuning: -0.2,
        coupling: 0.9,
        amplitude: 0.25,
        ..OscillatorPair::default()
    };
    let with = |charger, battery| OscillatorPair { charger, battery, ..pair };
    let check = |pair, charger, battery, rows: &[[f64; 3]]| {
        let moments = Moments::new(pair, charger, battery).unwrap();
        let times: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        for (v, [t, number, fluctuation]) in values(&moments, &times).into_iter().zip(rows) {
            assert!((v.number / number - 1.0).abs() < 1e-11, "{pair:?} {t}: {v:?}");
            // The square is what the moments give.
            let error = v.fluctuation.powi(2) - fluctuation.powi(2);
            assert!(error.abs() < 1e-11 * fluctuation.max(*number).powi(2), "{pair:?} {t}: {v:?}");
        }
    };
    check(
        with(noise(0.6, 0.3, 0.15), noise(0.4, 0.2, 0.1)),
        Fock(1),
        Squeezed(0.4),
        &[
            [0.5, 0.29036504210756313148, 0.66183290606852324119],
            [3.0, 0.40454323749785244052, 0.70711371776221862536],
            [20.0, 0.23239475340534127685, 0.53120460693191634751],
            [1e3, 0.22942837261440103958, 0.52713923052533203125],
        ],
    );
    check(
        with(noise(1e6, 0.0, 0.0), noise(0.0, 0.0, 0.0)),
        Coherent(0.7),
        Fock(2),
        &[
            [1.0, 1.9999951076261298203, 0.0037970867404529016598],
            [1e5, 1.6432340042295703471, 0.88478505422147187532],
            [1e8, 13.725709875576854083, 14.167638424631146525],
        ],
    );
    check(
        with(noise(1e6, 1e-3, 0.5), noise(0.0, 1e-7, 0.1)),
        Squeezed(0.7),
        Fock(2),
        &[
            [1.0, 1.9999951943586698581, 0.004006437377408105622],
            [1e5, 1.5720387343922148939, 0.97926117966259030947],
            [1e8, 0.48822880653982986348, 0.85240663450416941608],
        ],
    );
    check(
        OscillatorPair { battery_detuning: 0.0, ..with(noise(2.0, 1e-9, 0.0), noise(0.0, 1e-8, 2.0)) },
        Squeezed(0.7),
        Coherent(-0.5),
        &[
            [1.0, 0.45642507106445656699, 0.93768886716904823433],
            [1e5, 0.39040441376036694361, 0.94020885518287315712],
            [1e8, 1.0265909943501906367, 1.4799330533070127515],
            [1e10, 1.8953423116039085124, 2.3413054154121229954],
        ],
    );
    check(
        with(noise(2.0, 1e-9, 0.0), noise(0.3, 1e-8, 2.0)),
        Squeezed(0.7),
        Coherent(-0.5),
        &[
            [1.0, 0.44253993943106693809, 0.91259445305987375886],
            [1e5, 1062.284738677051602, 1062.788671546984242],
            [1e8, 817028.09433755333301, 817028.59740652204148],
            [1e10, 1931278.8406673609975, 1931279.3433115234312],
        ],
    );
}

#[test]
fn impossible_input_is_named() {
    let pair = resonant(0.1, 1.0);
    let error = Moments::new(pair, Excited, Ground).unwrap_err();
    assert_eq!(error, MomentsError::ChargerState(StateError::NeedsHighestLevel));
    let error = Moments::new(pair, Ground, Excited).unwrap_err();
    assert_eq!(error, MomentsError::BatteryState(StateError::NeedsHighestLevel));
    let error =
        Moments::new(OscillatorPair { battery: noise(0.0, -1.0, 0.0), ..pair }, Ground, Ground).unwrap_err();
    assert_eq!(error.to_string(), "`battery.relaxation` must be finite and at least 0, but is -1");
    let error = Moments::new(OscillatorPair { coupling: f64::NAN, ..pair }, Ground, Ground).unwrap_err();
    assert_eq!(error.to_string(), "`coupling` must be finite, but is NaN");
}

#[test]
fn moments_that_stand_in_for_states_are_kept_where_nothing_verifies_them() {
    // Detuned oscillators under a strong drive: states fit into none of these memories, at once or once their cutoffs grow.
    let mut pair = ChargerBattery::oscillators().dephased(0.5).driven(3.0);
    pair.battery.frequencies = vec![1.3];
    pair.drive = Some(leyden::model::Drive { amplitude: 3.0, frequency: 1.0 });
    let mut stood_in = 0;
    for memory_limit in [2e5, 1e6, 3e6, 1e7] {
        let request =
            leyden::Request { memory_limit, verify: true, ..leyden::Times::even(0.0, 6.0, 4).into() };
        let run = pair.charge(&request).unwrap();
        if run.method == leyden::Method::Moments {
            assert!(run.verification.is_none() && run.reason.contains("not verified"), "{}", run.reason);
            stood_in += 1;
        }
    }
    assert!(stood_in >= 3, "{stood_in}");
}
