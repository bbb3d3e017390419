//! What any difference of the input decides, at any time: limits, detunings, rates and phases far beyond the rounding of 1.
//!
//! References: 120 digits of e^{Zt} by scaling and squaring (references/pairs.py).

mod common;

use common::charge;
use leyden::charge::{Charging, Request};
use leyden::model::{
    BathRates, ChargerBattery, EngineBattery, EngineMode, EngineModel, EngineStart, Engines, HeatEngine,
    NoiseRates, Signal,
};
use leyden::space::InitialState;
use leyden::why::Divergence;
use leyden::{Method, Times, Why};

/// A pair with the detunings of charger and battery from the drive, or from a common frequency.
fn pair(charger: f64, battery: f64, amplitude: f64) -> ChargerBattery {
    let mut pair = ChargerBattery::star(1);
    if amplitude != 0.0 {
        pair = pair.driven(amplitude);
    }
    (pair.charger.detuning, pair.battery.detuning) = (charger, battery);
    pair
}

fn run(model: &ChargerBattery, times: &[f64]) -> Charging {
    charge(model, "auto", times)
}

#[test]
fn a_detuning_of_any_size_leaves_no_ergotropy() {
    // On resonance the limit keeps W = 1/4; off resonance it is unique and passive, however long it takes.
    let resonant = run(&pair(0.0, 0.0, 0.5).dephased(1.4), &[1.0]);
    assert!((resonant.limit().unwrap().ergotropy.global - 0.25).abs() < 1e-12);
    for detuning in [0.1, 1e-6, 1e-9, 1e-10, 1e-12, 1e-15, -1e-12, 1e-30] {
        let detuned = run(&pair(0.0, detuning, 0.5).dephased(1.4), &[1.0]);
        let limit = detuned.limit().unwrap();
        assert!(limit.ergotropy.global.abs() < 1e-12, "{detuning}: {}", limit.ergotropy.global);
        assert!((limit.energy - 0.5).abs() < 0.06, "{detuning}");
        assert!(detuned.asymptote.certified, "{detuning}");
        assert_eq!(
            (detuned.asymptote.conserved, detuned.asymptote.unique),
            (Ok(1), Some(true)),
            "{detuning}"
        );
    }
}

#[test]
fn cells_that_differ_in_the_last_digits_are_different() {
    for d in [1e-3, 1e-9, 1e-12, f64::EPSILON] {
        // Both decay through the charger where no dark state is left.
        let mut lossy = ChargerBattery::star(2).with_battery_in(InitialState::Thermal(0.3));
        lossy.battery.frequencies = vec![1.0, 1.0 + d];
        lossy.charger.noise.relaxation = 0.7;
        let limit = run(&lossy, &[1.0]);
        assert!(limit.limit().unwrap().energy.abs() < 1e-12, "{d}");
        let mut driven = ChargerBattery::star(2).dephased(1.4).driven(0.5);
        driven.battery.frequencies = vec![1.0, 1.0 + d];
        let limit = run(&driven, &[1.0]).asymptote;
        assert!((limit.limit.unwrap().energy - 1.0 - 0.5 * d).abs() < 1e-9 + d * d, "{d}");
        assert!(limit.limit.unwrap().ergotropy.global.abs() < 1e-12 && limit.conserved == Ok(1), "{d}");
        // Undriven, 12 quantities are conserved whatever the couplings are (rank of Z over the rationals).
        let mut undriven = ChargerBattery::star(2).dephased(1.4).with_battery_in(InitialState::Excited);
        undriven.coupling.strengths = vec![1.0, 1.0 + d];
        assert_eq!(run(&undriven, &[1.0]).asymptote.conserved, Ok(12), "{d}");
    }
    // Equal cells: the dark state keeps its share of a thermal start.
    let mut equal = ChargerBattery::star(2).with_battery_in(InitialState::Thermal(0.3));
    equal.charger.noise.relaxation = 0.7;
    assert!((run(&equal, &[1.0]).limit().unwrap().energy - 0.21).abs() < 1e-12);
}

#[test]
fn a_detuning_of_the_charger_alone_keeps_the_limit() {
    for detuning in [0.3, 1e-9, 1e-13, -1e-13, 1e-30] {
        let found = run(&pair(detuning, 0.0, 0.5).dephased(1.4), &[1.0]);
        assert_eq!(found.method, Method::RabiBlocks, "{detuning}");
        assert!((found.limit().unwrap().ergotropy.global - 0.25).abs() < 1e-12, "{detuning}");
        assert_eq!((found.asymptote.conserved, found.asymptote.unique), (Ok(2), Some(false)), "{detuning}");
    }
}

#[test]
fn frequencies_that_differ_in_the_last_digits_are_off_resonance() {
    // Given as frequencies, not as detunings; the drive stays at 1.
    for detuning in [1e-6, 1e-9, 1e-13, 2.0 * f64::EPSILON] {
        let mut model = pair(0.0, 0.0, 0.5).dephased(1.4);
        model.battery.frequencies = vec![1.0 + detuning];
        let found = run(&model, &[1.0]);
        assert_ne!(found.method, Method::RabiBlocks, "{detuning}");
        assert!(found.limit().unwrap().ergotropy.global.abs() < 1e-12, "{detuning}");
        assert_eq!(found.asymptote.conserved, Ok(1), "{detuning}");
        // Two oscillators then grow without end, at F^2 Re(1/Y) with 1/A_b = 1/(i Delta).
        let mut oscillators = common::oscillators(0.4, 1.2);
        oscillators.battery.frequencies = vec![1.0 + detuning];
        let found = charge(&oscillators, "moments", &[1.0]);
        let Err(Why::Diverges(Divergence::Number { power: 1, rate })) = found.asymptote.limit else {
            panic!("{detuning}: {:?}", found.asymptote.limit)
        };
        let delta = (1.0 + detuning) - 1.0;
        let expected = 0.16 * 0.6 / (0.36 + delta.powi(-2));
        assert!((rate / expected - 1.0).abs() < 1e-12, "{detuning}: {rate} {expected}");
    }
}

#[test]
fn a_weak_coupling_beside_a_fast_loss_conserves_nothing() {
    // A battery that empties through a charger of relaxation 1 at 4 g^2: however weak, nothing stays.
    for coupling in [1e-2, 1e-4, 1e-5, 1e-6, 3e-7, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12] {
        let mut one = ChargerBattery::star(1).with_battery_in(InitialState::Excited);
        one.coupling.strengths = vec![coupling];
        one.charger.noise.relaxation = 1.0;
        let found = run(&one, &[1.0]);
        assert!(found.limit().unwrap().energy.abs() < 1e-12, "{coupling}: {:?}", found.limit());
        assert_eq!((found.asymptote.conserved, found.asymptote.unique), (Ok(1), Some(true)), "{coupling}");
        // Beside a detuning the coupling is not the largest number of H.
        let mut detuned = one.clone();
        detuned.battery.detuning = 0.1;
        let found = run(&detuned, &[1.0]);
        assert!(found.limit().unwrap().energy.abs() < 1e-12, "{coupling}: {:?}", found.limit());
        // Three cells are not settled exactly: right, or not certified.
        let mut three = ChargerBattery::star(3).with_battery_in(InitialState::Excited);
        three.coupling.strengths = vec![coupling; 3];
        three.charger.noise.relaxation = 1.0;
        let found = run(&three, &[1.0]).asymptote;
        assert!(
            found.limit.map_or(!found.certified, |limit| limit.energy.abs() < 1e-8),
            "{coupling}: {found:?}"
        );
    }
}

#[test]
fn what_is_too_large_to_settle_exactly_is_not_certified() {
    for d in [1e-10_f64, 1e-13, 1e-300] {
        let mut three = ChargerBattery::star(3).dephased(1.4).driven(0.5);
        three.battery.frequencies = vec![1.0, 1.0 + 2.0 * d.max(f64::EPSILON), 1.0];
        let found = run(&three, &[1.0]).asymptote;
        assert!(!found.certified && found.limit.is_err(), "{d}");
        let weak = ChargerBattery::star(4).dephased(1.4).driven(0.5);
        let weak = ChargerBattery {
            battery: leyden::model::Battery { detuning: d, ..weak.battery.clone() },
            ..weak
        };
        let found = run(&weak, &[1.0]).asymptote;
        assert!(!found.certified && found.limit.is_err(), "{d}");
    }
}

#[test]
fn units_do_not_matter() {
    // All frequencies and rates times x, all times over x: the same populations, also where x g is far below the rounding of omega.
    let times = [0.3, 2.0, 40.0, 500.0];
    let system = |x: f64| {
        let mut system = pair(0.02 * x, 0.1 * x, 0.5 * x).dephased(1.4 * x);
        system.coupling.strengths = vec![x];
        system.battery.noise =
            NoiseRates { relaxation: 1e-3 * x, thermal_occupation: 0.2, ..Default::default() };
        system
    };
    let expected = run(&system(1.0), &times);
    for x in [1e-13_f64, 1e-6, 1e6, 1e12] {
        let found = run(&system(x), &times.map(|t| t / x));
        let omega = |run: &Charging, x: f64| {
            run.series.merits.iter().map(|m| m.energy / (1.0 + 0.1 * x)).collect::<Vec<_>>()
        };
        for (a, b) in omega(&found, x).iter().zip(omega(&expected, 1.0)) {
            assert!((a - b).abs() < 1e-12, "{x}: {a} {b}");
        }
        let (a, b) =
            (found.limit().unwrap().energy / (1.0 + 0.1 * x), expected.limit().unwrap().energy / 1.1);
        assert!((a - b).abs() < 1e-10, "{x}: {a} {b}");
        let settling = |run: &Charging| *run.charging_time.as_ref().unwrap().settling.as_ref().unwrap();
        assert!((settling(&found) * x / settling(&expected) - 1.0).abs() < 1e-9, "{x}");
    }
}

#[test]
fn phases_are_kept_for_ever() {
    // Without noise an excitation swaps as sin^2(g t), for a general method at any time that a double holds.
    let swap = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    let times = [0.0_f64, 1.0, 1e3, 1e7, 1e15, 1e22];
    for method in ["auto", "exponential"] {
        let found = charge(&swap, method, &times);
        for (merits, t) in found.series.merits.iter().zip(times) {
            assert!((merits.energy - t.sin().powi(2)).abs() < 1e-14, "{method} {t}: {}", merits.energy);
        }
        assert!(found.checks.error < 1e-14);
    }
    let detuned = pair(1.1 - 1.0, 1.1 - 1.0, 0.5);
    for (t, energy, ergotropy) in [
        (1e7, 0.773_744_091_213_086, 0.736_860_673_880_733_4),
        (1e12, 0.610_860_052_021_064_9, 0.513_166_281_619_079_2),
    ] {
        let found = run(&detuned, &[t]);
        let omega = 1.0 + (1.1 - 1.0);
        assert!((found.last().energy / omega - energy).abs() < 1e-13, "{t}");
        assert!((found.last().ergotropy.global / omega - ergotropy).abs() < 1e-13, "{t}");
    }
}

#[test]
fn rates_of_any_size_stand_side_by_side() {
    let noise = |dephasing, relaxation, thermal_occupation| NoiseRates {
        dephasing,
        relaxation,
        thermal_occupation,
        ..NoiseRates::default()
    };
    let none = NoiseRates::default();
    let cases = [
        // (charger, battery, detunings, F), then (t, population, ergotropy in quanta).
        (
            (noise(1e-9, 0.0, 0.0), none, [0.1, 0.1], 0.5),
            vec![
                (1e6, 0.796_327_454_437_420_2, 0.731_652_347_236_388_9),
                (1e9, 0.189_232_808_624_159_9, 0.089_806_582_782_997_77),
            ],
        ),
        (
            (noise(0.0, 1e9, 0.5), none, [0.0, 0.0], 0.5),
            vec![
                (1e3, 4.999_995_624_995e-7, 6.249_993_749_995_703e-14),
                (1e6, 4.995_627_498_945_656e-4, 6.243_751_953_125_381e-8),
            ],
        ),
        (
            (noise(1e-300, 0.0, 0.0), noise(0.0, 1e-5, 0.3), [0.25, 0.5], 0.5),
            vec![
                (1e3, 0.621_061_661_888_335_1, 0.436_923_357_817_112_9),
                (1e7, 0.387_735_571_250_812_8, 0.003_344_366_729_157_153_4),
                (1e300, 0.387_735_571_250_812_8, 0.003_344_366_729_157_153_4),
            ],
        ),
        (
            (noise(1e12, 1e-3, 0.0), noise(0.0, 1e-8, 0.0), [0.1, 0.1], 0.5),
            vec![
                (1.0, 2.998_500_432_663_368e-24, 9.991_669_393_910_207e-25),
                (1e6, 3.976_098_704_411_601_6e-15, 3.978_794_837_313_519e-22),
                (1e13, 3.998_400_616_760_081_7e-13, 9.999_999_959_991_957e-23),
            ],
        ),
    ];
    for ((charger, battery, [of_charger, of_battery], amplitude), expected) in cases {
        // The references take 1.1 - 1.0 for 0.1.
        let detuning = |x: f64| if x == 0.1 { 1.1 - 1.0 } else { x };
        let exact = charger.dephasing == 1e-9;
        let detuned = |x: f64| if exact { detuning(x) } else { x };
        let mut model = pair(detuned(of_charger), detuned(of_battery), amplitude);
        (model.charger.noise, model.battery.noise) = (charger, battery);
        let omega = 1.0 + model.battery.detuning;
        let times: Vec<f64> = expected.iter().map(|x| x.0).collect();
        let found = run(&model, &times);
        for (merits, (t, population, ergotropy)) in found.series.merits.iter().zip(expected) {
            let energy = merits.energy / omega;
            assert!((energy - population).abs() < 1e-15 + 1e-13 * population, "{t}: {energy} {population}");
            assert!((merits.ergotropy.global / omega - ergotropy).abs() < 2e-16 + 1e-13 * ergotropy, "{t}");
        }
        assert_eq!((found.method, found.outcome), (Method::Exponential, leyden::evolve::Outcome::Converged));
        assert!(found.checks.trace < 1e-15 && found.series.merits.iter().all(|m| m.purity <= 1.0 + 1e-15));
    }
}

#[test]
fn what_never_moves_has_its_limit() {
    let still = [
        ChargerBattery::star(1),
        ChargerBattery::star(5),
        ChargerBattery::oscillators(),
        ChargerBattery::star(1).dephased(0.4),
    ];
    for model in still {
        let found = run(&model, &[0.0, 3.0]);
        assert_eq!(found.limit().unwrap().energy, 0.0);
        assert!(found.asymptote.certified && found.series.energy() == [0.0, 0.0]);
    }
    let moves = ChargerBattery::star(1).with_charger_in(InitialState::Excited);
    assert!(run(&moves, &[1.0]).limit().is_err());
}

#[test]
fn modes_that_coalesce_leave_charging_times() {
    let settling = |model: &ChargerBattery| {
        let found = run(model, &[1.0]).charging_time.unwrap();
        (found.settling.unwrap(), found.first.unwrap())
    };
    // Critical damping: (1 + t) e^{-t} is the amplitude, its square the energy.
    let mut critical = ChargerBattery::star(1).with_battery_in(InitialState::Excited);
    critical.charger.noise.relaxation = 4.0;
    let (t, first) = settling(&critical);
    assert!(((1.0 + t) * (-t).exp() - (-0.5_f64).exp()).abs() < 1e-12 && t == first, "{t}");
    // E - 1/2 = (1 + 2 t) e^{-2t}/2 where charger and battery dephase at 4.
    let mut dephased = ChargerBattery::star(1).dephased(4.0).with_battery_in(InitialState::Excited);
    dephased.battery.noise.dephasing = 4.0;
    let (t, _) = settling(&dephased);
    assert!(((1.0 + 2.0 * t) * (-2.0 * t).exp() - (-1.0_f64).exp()).abs() < 1e-12, "{t}");
    // Rabi blocks with a detuned charger: the reference sums the chains with 60 digits.
    let mut chain = ChargerBattery::star(1).dephased(4.000_062_074_435_372).driven(1.716);
    chain.charger.detuning = 0.01912;
    let (t, _) = settling(&chain);
    assert!((t - 2.04769).abs() < 5e-6, "{t}");
    // Superradiant discharge of four cells from the top: rates 4, 6, 6, 4 down the ladder.
    let mut burst = ChargerBattery::star(4).with_battery_in(InitialState::Excited);
    burst.coupling.strengths = vec![0.0; 4];
    burst.battery.noise.relaxation = 1.0;
    burst.battery.collective_noise = true;
    let (t, _) = settling(&burst);
    let mut p = [0.0, 0.0, 0.0, 0.0, 1.0];
    let (rates, steps) = ([0.0, 4.0, 6.0, 6.0, 4.0], 40_000);
    let flow = |p: [f64; 5]| -> [f64; 5] {
        std::array::from_fn(|n| p.get(n + 1).map_or(0.0, |above| rates[n + 1] * above) - rates[n] * p[n])
    };
    let h = t / steps as f64;
    for _ in 0..steps {
        let at = |k: [f64; 5], x: f64| -> [f64; 5] { std::array::from_fn(|n| p[n] + x * k[n]) };
        let a = flow(p);
        let b = flow(at(a, 0.5 * h));
        let c = flow(at(b, 0.5 * h));
        let d = flow(at(c, h));
        p = std::array::from_fn(|n| p[n] + h / 6.0 * (a[n] + 2.0 * b[n] + 2.0 * c[n] + d[n]));
    }
    let energy: f64 = p.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    assert!((energy - 4.0 * (-1.0_f64).exp()).abs() < 1e-11, "{t}: {energy}");
}

#[test]
fn a_request_without_long_times_stays_quick() {
    let request = Request { detail: leyden::asymptote::Detail::States, ..Times::from(vec![1e9]).into() };
    let found = pair(0.1, 0.3, 0.5).dephased(0.7).charge(&request).unwrap();
    assert!((found.last().energy / 1.3 - 0.5).abs() < 1e-9);
}

/// Rates, coupling and detuning a 10^13th of what they were, times as many times longer: the same quanta.
#[test]
fn engines_keep_the_smallest_detuning() {
    let quanta = |unit: f64, model, detuning: f64| {
        let engine = HeatEngine {
            hot_frequency: 8.0,
            signal_frequency: 1.0,
            hot_temperature: 12.0,
            cold_temperature: 3.0,
            hot_rate: 0.7 * unit,
            cold_rate: 0.4 * unit,
            rates: BathRates::Bosonic,
            signal: Signal::Open,
        };
        let battery = EngineBattery {
            cells: 2,
            frequency: 1.0,
            detuning: detuning * unit,
            engines: Engines::Maser(engine),
            coupling: 0.3 * unit,
            mode: EngineMode::Collective,
            model,
            start: EngineStart::Steady,
            excited: false,
            fraction: 0.99,
            compare: false,
        };
        let times = Times::from(vec![1.0 / unit, 5.0 / unit]);
        let energy = battery.charge(&times.into()).unwrap().series.energy();
        energy.iter().map(|energy| energy / (1.0 + battery.detuning)).collect::<Vec<f64>>()
    };
    for model in [EngineModel::Effective, EngineModel::Full] {
        let (large, small) = (quanta(1.0, model, 0.8), quanta(1e-13, model, 0.8));
        let resonant = quanta(1e-13, model, 0.0);
        for k in 0..2 {
            assert!((large[k] - small[k]).abs() < 1e-9, "{model:?} {large:?} {small:?}");
        }
        assert!((resonant[1] - small[1]).abs() > 0.1, "{model:?} {resonant:?} {small:?}");
    }
}
