//! Large stars from their carried blocks: against the dense blocks, known values and limits.

use leyden::exact::{CarriedLadder, FlippedLadder};
use leyden::exact::{LargeStar, MOST_BLOCKS, RabiBasis, RabiBlocks};
use leyden::merit::Merits;
use leyden::merit::{BatteryState, EnergyCurve, Mode, charging_time, ergotropy_of, fit_freedom};
use leyden::operator::Hermitian;
use leyden::space::BatterySpace;

const OMEGA: f64 = 1.3;
const GAMMA: f64 = 1.4;

fn dense(cells: usize, f: f64, g: f64) -> (RabiBlocks, BatterySpace) {
    let space = BatterySpace::ladder(cells, 2, OMEGA);
    let basis = RabiBasis::ladder(cells + 1, f, g).unwrap();
    let (charger, battery) = (Hermitian::level(2, 0), Hermitian::level(cells + 1, 0));
    (RabiBlocks::new(GAMMA, 0.0, vec![basis], &space, &charger, &battery), space)
}

fn figures(star: &LargeStar, times: &[f64]) -> Vec<(Merits, f64)> {
    let mut found = Vec::new();
    star.figures(times, &mut |_, merits, power| found.push((merits, power))).unwrap();
    found
}

fn dense_limit(cells: usize, f: f64, g: f64) -> Merits {
    let (blocks, space) = dense(cells, f, g);
    Merits::of(&BatteryState::new(&space, &blocks.limit().unwrap()))
}

fn star(cells: usize, f: f64, g: f64) -> LargeStar {
    LargeStar::new(cells, f, g, GAMMA, OMEGA).unwrap()
}

fn ratio(cells: usize, f: f64) -> f64 {
    let limit = star(cells, f, 1.0).limit().unwrap();
    limit.ergotropy.global / limit.energy
}

/// Cells, amplitude and coupling: few blocks, many, both signs, cut and whole ladders, near the barrier.
const CASES: [(usize, f64, f64); 26] = [
    (1, 0.5, 1.0),
    (1, -2.0, 0.3),
    (2, 0.5, 1.0),
    (3, 0.5, 1.0),
    (3, -0.5, 1.0),
    (4, 7.0, -1.0),
    (5, 0.9, -1.0),
    (10, 0.5, 1.0),
    (10, 10.0, 1.0),
    (10, 0.2, 1.0),
    (11, -0.7, 0.4),
    (20, 0.5, 1.0),
    (31, 4.0, -1.0),
    (60, 0.5, 1.0),
    (61, 12.0, 1.0),
    (100, 1e-3, 1.0),
    (101, 0.5, -1.0),
    (150, 1e3, 1.0),
    (200, 200.0, 1.0),
    (200, 40.0, 1.0),
    (201, 9.0, 2.0),
    (250, 0.5, 1.0),
    (300, 60.0, 1.0),
    (300, 75.0, 1.0),
    (299, -90.0, 1.0),
    (300, 300.0, 1.0),
];

#[test]
fn limits_are_those_of_the_dense_blocks() {
    for (cells, f, g) in CASES {
        let (found, expected) = (star(cells, f, g).limit().unwrap(), dense_limit(cells, f, g));
        let (x, y) = (found.ergotropy, expected.ergotropy);
        let scale = cells as f64;
        for (name, a, b, scale) in [
            ("energy", found.energy, expected.energy, scale),
            ("global", x.global, y.global, scale),
            ("collective", x.collective.unwrap(), y.collective.unwrap(), scale),
            ("local", x.local, y.local, scale),
            ("coherent", x.coherent, y.coherent, 1.0),
            ("incoherent", x.incoherent, y.incoherent, scale),
            ("largest", x.largest_eigenvalue, y.largest_eigenvalue, 1.0),
            ("smallest", x.smallest_eigenvalue, y.smallest_eigenvalue.min(0.0), 1.0),
            ("purity", found.purity, expected.purity, 1.0),
            ("fluctuation", found.fluctuation, expected.fluctuation, scale),
        ] {
            assert!((a - b).abs() < 1e-11 * scale, "N = {cells}, F = {f}, g = {g}: {name} {a} {b}");
        }
    }
}

#[test]
fn energies_are_those_of_the_dense_blocks() {
    let times: Vec<f64> = (0..60).map(|n| 0.2 * n as f64).chain([50.0, 1e3, 1e5, 1e9, 1e14]).collect();
    for (cells, f, g) in CASES {
        let (found, expected) =
            (star(cells, f, g).energies(&times), dense(cells, f, g).0.energies(&times).unwrap());
        for ((t, a), b) in times.iter().zip(&found).zip(&expected) {
            assert!((a - b).abs() < 1e-11 * cells as f64, "N = {cells}, F = {f}, g = {g}, t = {t}: {a} {b}");
        }
    }
}

#[test]
fn figures_at_given_times_are_those_of_the_dense_blocks() {
    let times = [0.0, 1e-3, 0.1, 0.4, 1.0, 2.5, 7.0, 40.0, 1e6];
    for (cells, f, g) in CASES {
        let (blocks, space) = dense(cells, f, g);
        let found = figures(&star(cells, f, g), &times);
        let scale = cells as f64;
        blocks.states(&times, &mut |index, time, sectors, power, energy| {
            let state = BatteryState::new(&space, sectors);
            let ((x, of_x), y) = (found[index], ergotropy_of(&state));
            for (name, a, b, tolerance) in [
                ("energy", x.energy, energy, 1e-11 * scale),
                ("power", of_x, power, 1e-11 * scale * (1.0 + f.abs())),
                ("global", x.ergotropy.global, y.global, 1e-11 * scale),
                ("collective", x.ergotropy.collective.unwrap(), y.collective.unwrap(), 1e-11 * scale),
                ("local", x.ergotropy.local, y.local, 1e-11 * scale),
                ("incoherent", x.ergotropy.incoherent, y.incoherent, 1e-11 * scale),
                ("largest", x.ergotropy.largest_eigenvalue, y.largest_eigenvalue, 1e-11),
                ("purity", x.purity, state.purity(), 1e-11),
                ("variance", x.fluctuation.powi(2), state.fluctuation().powi(2), 1e-12 * scale * scale),
            ] {
                assert!(
                    (a - b).abs() < tolerance,
                    "N = {cells}, F = {f}, g = {g}, t = {time}: {name} {a} {b}"
                );
            }
        });
    }
}

/// From far below to far above every threshold.
#[test]
fn every_strength_of_the_drive() {
    let times = [0.0, 0.3, 1.0, 4.0, 30.0, 1e4];
    for cells in [7, 40, 121] {
        for step in 0..32 {
            let f = 1e-6 * 2.0_f64.powi(step);
            let (found, (blocks, space)) = (star(cells, f, 1.0), dense(cells, f, 1.0));
            let limit = Merits::of(&BatteryState::new(&space, &blocks.limit().unwrap()));
            let r = found.limit().unwrap().ergotropy.largest_eigenvalue;
            let expected = limit.ergotropy.largest_eigenvalue;
            assert!((r - expected).abs() < 1e-11, "N = {cells}, F = {f}: {r} {expected}");
            let (a, b) = (found.energies(&times), blocks.energies(&times).unwrap());
            for (a, b) in a.iter().zip(&b) {
                assert!((a - b).abs() < 1e-11 * cells as f64, "N = {cells}, F = {f}: {a} {b}");
            }
        }
    }
    // Amplitudes whose squares underflow.
    let (_, ln) = CarriedLadder::new(6, 1e-190, 1.0).unwrap().ln_smallest.unwrap();
    let others: f64 = (1..=6).map(|n| 0.5 * ((n * (7 - n)) as f64).ln()).sum();
    assert!((ln - 7.0 * 1e-190_f64.ln() + others).abs() < 1e-10);
}

#[test]
fn charging_times_are_those_of_the_dense_blocks() {
    for (cells, f, g) in CASES.into_iter().filter(|case| case.0 <= 61) {
        let found = charging_time(&star(cells, f, g).curve());
        let expected = charging_time(&dense(cells, f, g).0.curve().unwrap());
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b.abs() || a == b;
        match (&found.settling, &expected.settling) {
            (Ok(a), Ok(b)) => assert!(close(*a, *b), "N = {cells}, F = {f}: settling {a} {b}"),
            (a, b) => assert_eq!(a.is_ok(), b.is_ok(), "N = {cells}, F = {f}"),
        }
        match (&found.first, &expected.first) {
            (Ok(a), Ok(b)) => assert!(close(*a, *b), "N = {cells}, F = {f}: first {a} {b}"),
            (a, b) => assert_eq!(a.is_ok(), b.is_ok(), "N = {cells}, F = {f}"),
        }
        let (a, b) = (found.spectral.unwrap(), expected.spectral.unwrap());
        assert!((a.log10_rate - b.log10_rate).abs() < 1e-8, "N = {cells}, F = {f}: {a:?} {b:?}");
        let ln = star(cells, f, g).ln_slowest_rate().unwrap();
        assert!((ln - a.log10_rate * 10f64.ln()).abs() < 1e-8, "N = {cells}, F = {f}: {ln} {a:?}");
    }
}

/// The same eigenvalues, weights and splittings as the dense ladder.
#[test]
fn blocks_are_those_of_the_dense_ladder() {
    for (cells, f, g) in CASES {
        let carried = CarriedLadder::new(cells, f, g).unwrap();
        let full = FlippedLadder::new(cells + 1, f, g).unwrap();
        let scale = full.lambda.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
        let nearest = |x: f64| {
            (0..=cells)
                .min_by(|&i, &j| (full.lambda[i] - x).abs().total_cmp(&(full.lambda[j] - x).abs()))
                .unwrap()
        };
        let places: Vec<usize> = carried.lambda.iter().map(|&x| nearest(x)).collect();
        for (i, &at) in places.iter().enumerate() {
            assert!((full.lambda[at] - carried.lambda[i]).abs() < 1e-13 * scale, "N = {cells}, F = {f}");
            let overlap = full.v[(0, at)].abs();
            assert!((overlap - carried.overlap[i]).abs() < 1e-12, "N = {cells}, F = {f}");
        }
        assert!((carried.weights().sum::<f64>() - 1.0).abs() < 1e-13, "N = {cells}, F = {f}");
        if let Some((i, ln)) = carried.ln_smallest {
            assert_eq!(places[i], full.smallest);
            assert!((ln - full.ln_smallest).abs() < 1e-9, "N = {cells}, F = {f}: {ln} {}", full.ln_smallest);
        }
        for (i, ln) in carried.ln_close.iter().enumerate().filter_map(|(i, ln)| Some((i, (*ln)?))) {
            let wanted = (places[i].min(places[i - 1]), places[i].max(places[i - 1]));
            // The dense ladder lists pairs that are closer than a thousandth of the largest value.
            if let Some(known) = full.close_pairs.iter().find(|x| (x.0, x.1) == wanted) {
                assert!((ln - known.2).abs() < 1e-8, "N = {cells}, F = {f}: {ln} {}", known.2);
            } else {
                assert!(ln > (1e-4 * scale).ln(), "N = {cells}, F = {f}: {ln}");
            }
        }
    }
}

#[test]
fn ratios_of_ergotropy_to_energy() {
    for (cells, f, expected, digits) in [
        (10, 0.5, 0.898735153371, 1e-12),
        (10, 10.0, 0.847648, 5e-7),
        (10, 0.2, 0.899800, 5e-7),
        (20, 0.5, 0.949686779284, 1e-12),
        (60, 0.5, 0.983298603453, 1e-12),
        (50, 50.0, 0.964379, 5e-7),
        (200, 200.0, 0.990554, 5e-7),
    ] {
        assert!((ratio(cells, f) - expected).abs() < digits, "N = {cells}, F = {f}: {}", ratio(cells, f));
    }
}

/// Values of 40 digits (references/large_star.py made them); the dense ladder is right to 1e-12 there at best.
#[test]
fn blocks_and_limits_of_forty_digits() {
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("references/large_star.json")).unwrap();
    let number = |x: &serde_json::Value| x.as_str().unwrap().parse::<f64>().unwrap();
    for block in reference["blocks"].as_array().unwrap() {
        let (cells, f) = (block["cells"].as_u64().unwrap() as usize, block["amplitude"].as_f64().unwrap());
        let ladder = CarriedLadder::new(cells, f, 1.0).unwrap();
        let (lambda, weight) = (number(&block["lambda"]), number(&block["weight"]));
        let distance = |i: &usize| (ladder.lambda[*i] - lambda).abs();
        let i = (0..ladder.lambda.len()).min_by(|i, j| distance(i).total_cmp(&distance(j))).unwrap();
        assert!(distance(&i) < 2e-16 * (cells as f64 + f.abs()), "N = {cells}, F = {f}: {lambda}");
        let found = ladder.overlap[i] * ladder.overlap[i];
        assert!((found / weight - 1.0).abs() < 1e-12, "N = {cells}, F = {f}, {lambda}: {found} {weight}");
    }
    for limit in reference["limits"].as_array().unwrap() {
        let (cells, f) = (limit["cells"].as_u64().unwrap() as usize, limit["amplitude"].as_f64().unwrap());
        let found = LargeStar::new(cells, f, 1.0, GAMMA, 1.0).unwrap().limit().unwrap();
        assert!((found.ergotropy.largest_eigenvalue - number(&limit["largest"])).abs() < 1e-14);
        let passive = found.energy - found.ergotropy.collective.unwrap();
        assert!((passive - number(&limit["passive"])).abs() < 1e-12, "N = {cells}, F = {f}: {passive}");
        assert!((found.purity - number(&limit["purity"])).abs() < 1e-14);
    }
}

/// Above F = gN/4 the slow share of the energy vanishes.
#[test]
fn slow_share_around_the_barrier() {
    let expected =
        [(0.20, 0.789), (0.24, 0.478), (0.25, 0.299), (0.26, 0.140), (0.28, 0.0108), (0.30, 2.6e-4)];
    for (f, share) in expected {
        let curve = LargeStar::new(300, 300.0 * f, 1.0, 1.4, 1.0).unwrap().curve();
        let slow = |mode: &&Mode| matches!(mode, Mode::Oscillator { w, .. } if *w < 0.01);
        let carried: f64 = curve.modes.iter().filter(slow).map(|mode| -mode.value(0.0)).sum();
        let found = carried / (curve.limit - curve.energy(0.0));
        let digit = if share > 0.05 { 5e-4 } else { 0.02 * share };
        assert!((found - share).abs() <= digit, "F = {f} gN: {found}, not {share}");
    }
}

/// Weak drive: R = 1 - a/N with a -> 1, since the battery ends in (|0...0><0...0| + |1...1><1...1|)/2.
#[test]
fn asymptotic_freedom_at_a_hundred_thousand_cells() {
    let sizes = [100, 1_000, 10_000, 100_000];
    let a: Vec<f64> = sizes.iter().map(|&n| (1.0 - ratio(n, 0.5)) * n as f64).collect();
    // One block of weight 1 - O(F^2/(g^2 N)) has u = P v orthogonal to v: r_1 = 1/2 - O(1/N).
    for (n, a) in sizes.iter().zip(&a) {
        assert!((a - 1.0).abs() < 1.0 / *n as f64, "N = {n}: {a}");
    }
    let cells: Vec<f64> = sizes.iter().map(|&n| n as f64).collect();
    let ratios: Vec<f64> = a.iter().zip(&cells).map(|(a, n)| 1.0 - a / n).collect();
    let fit = fit_freedom(&cells, &ratios).unwrap();
    assert!((fit.a - 1.0).abs() < 0.01 && fit.range == (100.0, 1e5));
}

#[test]
fn slow_rates_far_below_the_range_of_numbers() {
    // N = 1e5, F = 0.5 g: d_min ~ e^{-1.1e6}; rate 2 (2 d_min)^2/gamma.
    let star = LargeStar::new(100_000, 0.5, 1.0, 1.4, 1.0).unwrap();
    let (_, ln) = star.ladder().unwrap().ln_smallest.unwrap();
    let rate = 2.0 * (ln + 2.0_f64.ln()) - 0.7_f64.ln();
    assert!((star.ln_slowest_rate().unwrap() - rate).abs() < 1e-6 * rate.abs());
    let times = charging_time(&star.curve());
    assert!(times.settling.is_err());
    assert!((times.spectral.unwrap().log10_rate * 10f64.ln() / rate - 1.0).abs() < 1e-12);
}

/// More blocks than get a whole spectrum: Lanczos steps against the bands of the limit, and against times before it.
#[test]
fn many_blocks_at_given_times() {
    let star = LargeStar::new(3_000, 3_000.0, 1.0, 1.4, 1.0).unwrap();
    assert!(star.ladder().unwrap().lambda.len() > MOST_BLOCKS);
    let (figures, limit) = (figures(&star, &[0.0, 0.3, 1e4]), star.limit().unwrap());
    let (start, end) = (figures[0].0, figures[2].0);
    assert!(start.energy.abs() < 1e-8 && start.fluctuation == 0.0 && start.ergotropy.local.abs() < 1e-8);
    assert!((start.ergotropy.largest_eigenvalue - 1.0).abs() < 1e-11 && (start.purity - 1.0).abs() < 1e-11);
    assert!((end.ergotropy.largest_eigenvalue - limit.ergotropy.largest_eigenvalue).abs() < 1e-13);
    assert!(
        (end.ergotropy.global - limit.ergotropy.global).abs() < 1e-8
            && (end.energy - limit.energy).abs() < 1e-8
    );
    assert!(
        (end.ergotropy.local - limit.ergotropy.local).abs() < 1e-8
            && (end.purity - limit.purity).abs() < 1e-13
    );
    assert!((end.ergotropy.incoherent - limit.ergotropy.incoherent).abs() < 1e-8);
    assert!((end.fluctuation - limit.fluctuation).abs() < 1e-8);
    assert!(figures[1].0.passive >= 0.0 && figures[1].0.ergotropy.collective.is_err());
}

#[test]
fn energy_starts_at_zero_and_identities_hold() {
    for (cells, f) in [(1_000, 1_000.0), (3_000, 750.0), (2_000, 400.0), (5_001, 20.0)] {
        let ladder = CarriedLadder::new(cells, f, 1.0).unwrap();
        let curve: EnergyCurve = LargeStar::new(cells, f, 1.0, 1.4, 1.0).unwrap().curve();
        assert!(curve.energy(0.0).abs() < 1e-11 * cells as f64, "N = {cells}: {}", curve.energy(0.0));
        // sum p = 1, sum p lambda^2 = F^2
        assert!(ladder.missing < 1e-13);
        let second: f64 = ladder.weights().zip(&ladder.lambda).map(|(p, x)| p * x * x).sum();
        assert!((second / (f * f) - 1.0).abs() < 1e-12);
        // (lambda_i + lambda_j) n_ij = (N+1) lambda_i delta_ij - F P_ij
        for i in 0..ladder.lambda.len() {
            let ((first, flip), (_, level)) = (ladder.flip.row(i), ladder.level.row(i));
            for (c, j) in (first..=i).enumerate() {
                let own = if i == j { (cells + 1) as f64 * ladder.lambda[i] } else { 0.0 };
                let left = (ladder.lambda[i] + ladder.lambda[j]) * level[c];
                assert!(
                    (left - own + f * flip[c]).abs() < 1e-11 * cells as f64 * ladder.lambda[i].abs().max(f)
                );
            }
        }
    }
}

#[test]
fn nothing_reaches_the_battery_without_drive_or_coupling() {
    for (f, g) in [(0.0, 1.0), (0.5, 0.0)] {
        let idle = LargeStar::new(100_000, f, g, 1.0, 1.0).unwrap();
        let limit = idle.limit().unwrap();
        assert_eq!((limit.energy, limit.ergotropy.global, limit.purity), (0.0, 0.0, 1.0));
        assert_eq!(idle.energies(&[0.0, 3.0]), [0.0, 0.0]);
        assert!(charging_time(&idle.curve()).settling.is_err());
    }
    assert!(LargeStar::new(0, 0.5, 1.0, 1.0, 1.0).is_none());
    for k in 0..4 {
        for wrong in [f64::NAN, f64::INFINITY] {
            let mut numbers = [0.5, 1.0, 1.0, 1.0];
            numbers[k] = wrong;
            let [amplitude, coupling, gamma, frequency] = numbers;
            assert!(LargeStar::new(5, amplitude, coupling, gamma, frequency).is_none(), "{numbers:?}");
        }
    }
    assert!(LargeStar::new(5, 0.5, 1.0, -1.0, 1.0).is_none());
    assert!(LargeStar::new(5, 0.5, 1.0, 0.0, 1.0).unwrap().limit().is_err());
}

#[test]
fn one_cell_has_one_ergotropy() {
    for (f, g) in [(0.3, 1.0), (-0.3, 1.0), (0.3, -1.0), (2.0, 0.7), (1e-3, 1.0)] {
        let Merits { energy, passive, ergotropy, .. } = star(1, f, g).limit().unwrap();
        for value in [ergotropy.collective.unwrap(), ergotropy.local, energy - passive] {
            assert!((value - ergotropy.global).abs() < 1e-14, "F = {f}, g = {g}: {ergotropy:?}");
        }
        let dense = dense_limit(1, f, g);
        assert!((ergotropy.global - dense.ergotropy.global).abs() < 1e-12, "F = {f}, g = {g}");
    }
}
