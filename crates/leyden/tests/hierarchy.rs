//! Noise with memory: the hierarchy against anchors, brute force without a hierarchy, and its limits.

use leyden::asymptote::Detail;
use leyden::charge::Charging;
use leyden::model::{
    Cell, ChargerBattery, ChargerKind, CouplingForm, Cutoff, Drive, FieldMemory, FieldNoise, NoiseRates,
};
use leyden::space::InitialState;
use leyden::why::Divergence;
use leyden::{Method, Request, Times, Why};

const OU: FieldNoise = FieldNoise::OrnsteinUhlenbeck;

fn field(noise: FieldNoise, correlation_time: f64) -> FieldMemory {
    FieldMemory { noise, correlation_time, start: None }
}

fn pair(gamma: f64, noise: FieldNoise, correlation_time: f64) -> ChargerBattery {
    ChargerBattery::star(1).driven(0.5).dephased(gamma).remembering(field(noise, correlation_time))
}

fn charged(model: &ChargerBattery, times: &[f64]) -> Charging {
    model.charge(&Request { tolerance: 1e-11, ..Times::from(times.to_vec()).into() }).unwrap()
}

fn states_of(model: &ChargerBattery, times: &[f64]) -> Charging {
    let times = Times::from(times.to_vec());
    model.charge(&Request { tolerance: 1e-11, detail: Detail::States, ..times.into() }).unwrap()
}

#[test]
fn anchors_of_the_pair() {
    for (noise, expected) in [
        (OU, [[0.3472809928, 0.2930519454], [0.4823247599, 0.1715079527]]),
        (FieldNoise::Telegraph, [[0.3438384688, 0.2852137337], [0.4640747315, 0.1698261332]]),
    ] {
        let run = charged(&pair(1.0, noise, 0.5), &[2.0, 5.0]);
        assert_eq!(run.method, Method::Hierarchy);
        assert!(run.checks.error < 1e-10, "{:e}", run.checks.error);
        for (k, [energy, ergotropy]) in expected.into_iter().enumerate() {
            assert!((run.at(k).energy - energy).abs() < 6e-11, "{noise:?} {k}: {}", run.at(k).energy);
            assert!((run.at(k).ergotropy.global - ergotropy).abs() < 6e-11, "{noise:?} {k}");
        }
    }
}

/// tests/references/noise_with_memory.py: the field on a grid.
#[test]
fn brute_force_on_a_grid_of_fields() {
    let relaxing = {
        let mut model = pair(1.4, OU, 0.8);
        model.charger.detuning = 0.4;
        model.charger.noise.relaxation = 0.3;
        model.charger.noise.thermal_occupation = 0.2;
        model.battery.noise = NoiseRates { dephasing: 0.25, relaxation: 0.1, ..NoiseRates::default() };
        model
    };
    let dipole = {
        let mut model = ChargerBattery::star(1).dephased(0.8).remembering(field(OU, 1.5));
        (model.charger.frequency, model.battery.frequencies) = (1.2, vec![0.9]);
        model.coupling.strengths = vec![0.4];
        model.coupling.form = CouplingForm::Dipole;
        model.drive = Some(Drive { amplitude: 0.3, frequency: 1.1 });
        model.charger.noise.relaxation = 0.2;
        model
    };
    let known = |noise: FieldNoise, start: f64| {
        pair(1.0, noise, 0.5).remembering(FieldMemory { start: Some(start), ..field(noise, 0.5) })
    };
    let cases = [
        (relaxing, [1.5, 6.0], [[0.151980855509, 0.890695312973], [0.338769097771, 0.586854907133]]),
        (dipole, [2.0, 7.0], [[0.154663169148, 0.869729199258], [0.493640262620, 0.665672346513]]),
        // sigma = 1.
        (known(OU, 1.5), [1.0, 4.0], [[0.047083304336, 0.990322069162], [0.492369578266, 0.542639347796]]),
        (
            known(FieldNoise::Telegraph, 1.0),
            [1.0, 4.0],
            [[0.047674321344, 0.989993789888], [0.471831841702, 0.543260144758]],
        ),
    ];
    for (case, (model, times, expected)) in cases.into_iter().enumerate() {
        let run = states_of(&model, &times);
        let omega = model.battery.frequencies[0];
        for (k, [population, purity]) in expected.into_iter().enumerate() {
            let error = (run.at(k).energy / omega - population).abs();
            assert!(error < 5e-10, "{case} {k}: {error:.1e}");
            assert!((run.at(k).purity - purity).abs() < 1e-9, "{case} {k}: {}", run.at(k).purity);
        }
    }
}

#[test]
fn fast_noise_is_white() {
    let times = [0.5, 2.0, 9.0];
    let white = states_of(&ChargerBattery::star(1).driven(0.5).dephased(1.0), &times);
    for noise in [OU, FieldNoise::Telegraph] {
        let mut before = f64::NAN;
        for correlation_time in [1e-4, 1e-5, 1e-6] {
            let run = states_of(&pair(1.0, noise, correlation_time), &times);
            let few = [" of 2 members", " of 3 members", " of 4 members"];
            assert!(few.iter().any(|few| run.reason.contains(few)), "{}", run.reason);
            let apart = (0..3).map(|k| (run.at(k).energy - white.at(k).energy).abs()).fold(0.0, f64::max);
            assert!(apart < 0.3 * correlation_time, "{noise:?} {correlation_time}: {apart:.1e}");
            // In proportion to t_c.
            assert!(before.is_nan() || (before / apart - 10.0).abs() < 0.1, "{before:.3e} {apart:.3e}");
            before = apart;
        }
    }
}

/// Nodes and weights of the Gaussian of variance 1, from the roots of He_n.
fn gauss_hermite(n: usize) -> Vec<(f64, f64)> {
    let value = |x: f64| {
        // phi_n and phi_{n-1}
        let (mut before, mut here) = (0.0, 1.0);
        for k in 0..n {
            let next = (x * here - (k as f64).sqrt() * before) / ((k + 1) as f64).sqrt();
            (before, here) = (here, next);
        }
        (here, before)
    };
    let step = 1e-3;
    let grid = (0..40_000).map(|k| -20.0 + step * k as f64);
    let brackets = grid.filter(|x| value(*x).0 * value(x + step).0 < 0.0);
    let root = |from: f64| {
        let (mut a, mut b) = (from, from + step);
        for _ in 0..60 {
            let middle = 0.5 * (a + b);
            if value(a).0 * value(middle).0 <= 0.0 { b = middle } else { a = middle }
        }
        let x = 0.5 * (a + b);
        (x, 1.0 / (n as f64 * value(x).1.powi(2)))
    };
    brackets.map(root).collect()
}

#[test]
fn slow_noise_is_an_average_over_static_detunings() {
    let times = [2.0, 10.0];
    let nodes = gauss_hermite(80);
    assert!((nodes.iter().map(|(_, w)| w).sum::<f64>() - 1.0).abs() < 1e-12);
    for (correlation_time, gamma) in [(1e5, 1e5), (1e6, 1e6)] {
        let sigma = 2f64.sqrt().recip();
        let mut mean = [0.0; 2];
        for (x, weight) in &nodes {
            let mut still = ChargerBattery::star(1).driven(0.5);
            still.charger.detuning = sigma * x;
            let run = states_of(&still, &times);
            (0..2).for_each(|k| mean[k] += weight * run.at(k).energy);
        }
        let run = states_of(&pair(gamma, OU, correlation_time), &times);
        for (k, mean) in mean.into_iter().enumerate() {
            let error = (run.at(k).energy - mean).abs();
            assert!(error < times[k] / correlation_time, "{correlation_time} {k}: {error:.1e}");
        }
    }
}

/// |E_B(tau) - E_B(inf)| = |E_B(0) - E_B(inf)|/e at the settling time, and the limit is reached.
fn assert_settles(model: &ChargerBattery, name: &str) -> f64 {
    let found = model.charge(&Request { tolerance: 1e-10, ..Times::none().into() }).unwrap();
    let limit = found.asymptote.limit.unwrap().energy;
    let times = found.charging_time.unwrap();
    let (settling, spectral) = (times.settling.unwrap(), times.spectral.unwrap());
    let run = states_of(model, &[0.0, settling, 25.0 * spectral.time]);
    let distance = (run.at(1).energy - limit).abs() / (run.at(0).energy - limit).abs();
    assert!((distance * 1f64.exp() - 1.0).abs() < 1e-7, "{name}: {distance}");
    assert!((run.at(2).energy - limit).abs() < 1e-9, "{name}: {} {limit}", run.at(2).energy);
    settling
}

#[test]
fn settling_times_are_those_of_the_curve() {
    let detuned = |mut model: ChargerBattery| {
        model.charger.detuning = 0.3;
        model
    };
    let noisy_cell = |mut model: ChargerBattery| {
        model.battery.noise.dephasing = 0.2;
        model
    };
    let relaxing = |mut model: ChargerBattery| {
        model.charger.noise.relaxation = 0.2;
        model
    };
    for noise in [OU, FieldNoise::Telegraph] {
        let pair = || pair(1.0, noise, 0.5);
        assert_settles(&pair(), "blocks");
        assert_settles(&detuned(pair()), "chains of four");
        assert_settles(&noisy_cell(pair()), "members");
        assert_settles(&relaxing(detuned(pair())), "steady members");
    }
    let star = ChargerBattery::star(3).driven(0.7).dephased(1.5).remembering(field(OU, 0.8));
    assert_settles(&star, "star");
}

/// Blocks and whole members have the same curve: noise of the cell as weak as nothing keeps blocks out.
#[test]
fn blocks_and_members_agree() {
    let times = |model: &ChargerBattery| {
        let run = model.charge(&Times::none().into()).unwrap();
        let times = run.charging_time.unwrap();
        [times.settling.unwrap(), times.first.unwrap()]
    };
    let blocks = pair(2.0, OU, 1.5);
    let mut members = blocks.clone();
    members.battery.noise.dephasing = 1e-7;
    for (a, b) in times(&blocks).into_iter().zip(times(&members)) {
        assert!((a - b).abs() < 1e-5 * a, "{a} {b}");
    }
}

fn oscillators(noise: FieldNoise, correlation_time: f64) -> ChargerBattery {
    let mut model = ChargerBattery::oscillators().dephased(0.8).remembering(field(noise, correlation_time));
    model.charger.noise.relaxation = 0.3;
    model.battery.noise.relaxation = 0.1;
    model.battery.noise.thermal_occupation = 0.15;
    model.charger.detuning = 0.2;
    model.initial.charger = InitialState::Coherent(0.4);
    model.driven(0.3)
}

#[test]
fn moments_and_matrices_agree_for_two_oscillators() {
    for noise in [OU, FieldNoise::Telegraph] {
        let moments = oscillators(noise, 0.6);
        let mut cut = moments.clone();
        cut.charger.kind = ChargerKind::Oscillator(Cutoff::Levels(10));
        cut.battery.cell = Cell::Oscillator(Cutoff::Levels(10));
        let times = [0.7, 3.0];
        let request =
            Request { method: Some(Method::Moments), tolerance: 1e-10, ..Times::from(times.to_vec()).into() };
        let by_moments = moments.charge(&request).unwrap();
        let request = Request { method: None, detail: Detail::States, tolerance: 1e-8, ..request };
        let by_matrices = cut.charge(&request).unwrap();
        assert_eq!((by_moments.method, by_matrices.method), (Method::Moments, Method::Hierarchy));
        for k in 0..2 {
            let (a, b) = (by_moments.at(k), by_matrices.at(k));
            assert!((a.energy - b.energy).abs() < 2e-7, "{noise:?} {k}: {} {}", a.energy, b.energy);
            assert!((a.fluctuation - b.fluctuation).abs() < 3e-6, "{noise:?} {k}");
        }
        // The limit of the moments, at a late time.
        let late = Request { times: vec![150.0], ..Request { method: Some(Method::Moments), ..request } };
        let late = moments.charge(&late).unwrap();
        let limit = by_moments.limit().unwrap();
        assert!((late.last().energy - limit.energy).abs() < 1e-9);
        assert!((late.last().fluctuation - limit.fluctuation).abs() < 1e-9);
        let white =
            ChargerBattery { charger: leyden::model::Charger { memory: None, ..moments.charger }, ..moments };
        let of_white = white.charge(&Times::none().into()).unwrap();
        assert!((of_white.limit().unwrap().energy - limit.energy).abs() > 1e-4, "relaxation knows t_c");
    }
}

/// A drive that noise takes off resonance heats at a rate that depends on t_c: the slope of a late energy.
#[test]
fn energies_grow_at_the_rate_that_is_said() {
    let rate = |noise: FieldNoise, correlation_time: f64| {
        let mut model =
            ChargerBattery::oscillators().dephased(1.2).remembering(field(noise, correlation_time));
        model = model.driven(0.5);
        model.coupling.strengths = vec![0.8];
        model.battery.detuning = 0.3;
        model.drive = Some(Drive { amplitude: 0.5, frequency: 1.0 });
        let times = Times::from(vec![800.0, 820.0]);
        let request = Request { method: Some(Method::Moments), tolerance: 1e-10, ..times.into() };
        let run = model.charge(&request).unwrap();
        let slope = (run.at(1).energy - run.at(0).energy) / 20.0 / 1.3;
        let why = run.limit().unwrap_err();
        let Why::Diverges(Divergence::Number { power: 1, rate }) = why else { panic!("{why}") };
        assert!((slope / rate - 1.0).abs() < 1e-6, "{noise:?} {correlation_time}: {slope} {rate}");
        rate
    };
    assert!((rate(OU, 0.4) / rate(OU, 1.5) - 1.0).abs() > 1e-2);
    rate(FieldNoise::Telegraph, 0.9);
}

#[test]
fn limits_without_relaxation_do_not_know_the_memory() {
    for model in [pair(1.0, OU, 3.0), pair(1.0, FieldNoise::Telegraph, 3.0)] {
        let white = ChargerBattery {
            charger: leyden::model::Charger { memory: None, ..model.charger },
            ..model.clone()
        };
        let [of_white, found] = [&white, &model].map(|model| model.charge(&Times::none().into()).unwrap());
        assert_eq!(of_white.limit(), found.limit());
        assert_eq!(of_white.asymptote.conserved, found.asymptote.conserved);
        assert!(found.asymptote.certified);
    }
}

#[test]
fn verified_by_more_members_and_another_method() {
    let request = Request { verify: true, ..Times::even(0.0, 8.0, 41).into() };
    let run = pair(1.0, OU, 0.5).charge(&request).unwrap();
    let verification = run.verification.unwrap();
    assert!(verification.differences.iter().all(|(_, apart)| *apart < 1e-7), "{verification:?}");
}

#[test]
fn a_named_general_method_evolves_the_hierarchy() {
    let times = Times::even(0.0, 5.0, 11);
    let expected = pair(1.0, OU, 0.5).charge(&times.clone().into()).unwrap();
    for method in [Method::Taylor, Method::Explicit, Method::Implicit, Method::Exponential] {
        let request = Request { method: Some(method), ..times.clone().into() };
        let run = pair(1.0, OU, 0.5).charge(&request).unwrap();
        assert_eq!(run.method, method);
        assert!(run.reason.contains("hierarchy"), "{}", run.reason);
        for k in 0..11 {
            assert!((run.at(k).energy - expected.at(k).energy).abs() < 1e-8, "{method} {k}");
        }
    }
    for method in [Method::RabiBlocks, Method::NumberSectors] {
        let request = Request { method: Some(method), ..times.clone().into() };
        assert!(pair(1.0, OU, 0.5).charge(&request).is_err(), "{method}");
    }
    let white = ChargerBattery::star(1).driven(0.5).dephased(1.0);
    let request = Request { method: Some(Method::Hierarchy), ..times.into() };
    assert!(white.charge(&request).unwrap_err().to_string().contains("no memory"));
}

#[test]
fn fields_that_are_none_are_refused() {
    for (correlation_time, start) in
        [(0.0, None), (-1.0, None), (f64::NAN, None), (1.0, Some(f64::INFINITY)), (0.5, Some(1.01))]
    {
        let memory = FieldMemory { noise: FieldNoise::Telegraph, correlation_time, start };
        let model = ChargerBattery::star(1).driven(0.5).dephased(1.0).remembering(memory);
        assert!(model.charge(&Times::even(0.0, 1.0, 3).into()).is_err(), "{memory:?}");
    }
}

/// A telegraph that starts at +-sigma and hardly ever turns over detunes the charger by that much: its sign counts.
#[test]
fn a_field_that_starts_and_stays_is_a_detuning() {
    let (sigma, correlation_time) = (0.6, 1e9);
    let mut detuned = ChargerBattery::star(1).driven(0.5);
    detuned.charger.detuning = 0.3;
    let request = || Request { detail: Detail::States, ..Times::even(0.0, 6.0, 13).into() };
    let mut last = Vec::new();
    for start in [sigma, -sigma] {
        let memory = FieldMemory { noise: FieldNoise::Telegraph, correlation_time, start: Some(start) };
        let field = detuned.clone().dephased(2.0 * sigma * sigma * correlation_time).remembering(memory);
        let found = field.charge(&request()).unwrap();
        let mut still = detuned.clone();
        still.charger.detuning += start;
        let expected = still.charge(&request()).unwrap();
        for (found, expected) in found.series.energy().iter().zip(expected.series.energy()) {
            assert!((found - expected).abs() < 1e-6, "{start}: {found} {expected}");
        }
        last.push(expected.last().energy);
    }
    assert!((last[0] - last[1]).abs() > 0.05, "{last:?}");
}
