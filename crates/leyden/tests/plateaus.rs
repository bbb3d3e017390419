//! Plateaus between time scales that are known: how many, in which order, how high and how long.

mod common;

use leyden::asymptote::{Asymptote, Plateau};
use leyden::model::Cell;
use leyden::{Hermitian, MasterEquation, Operator, Times};
use num_complex::Complex64;

/// Levels of the cascade: 0, 1, 2.5, 4.
const LEVELS: [f64; 4] = [0.0, 1.0, 2.5, 4.0];

fn jump(levels: usize, to: usize, from: usize) -> Operator {
    Operator::from_entries(levels, [(to, from, Complex64::ONE)])
}

/// 3 -> 2 -> 1 -> 0 at `rates`, from the top.
fn cascade(rates: [f64; 3]) -> Asymptote {
    let mut equation = MasterEquation::new(Operator::zero(4), Operator::diagonal(&LEVELS));
    for (k, rate) in rates.into_iter().enumerate() {
        equation = equation.with_channel(rate, jump(4, 2 - k, 3 - k));
    }
    equation.starting_in(Hermitian::level(4, 3)).charge(&Times::from(vec![1.0]).into()).unwrap().asymptote
}

/// What modes e^{-rate t} carry of the energy: E = 4 - sum_k (E_k+1 - E_k) (share that has passed), by Bateman's equations.
fn carried([a, b, c]: [f64; 3]) -> [f64; 3] {
    let (d3, d2, d1) = (4.0 - 2.5, 2.5 - 1.0, 1.0);
    let of_a = d3 - d2 * b / (a - b) + d1 * b * c / ((a - b) * (a - c));
    let of_b = d2 * a / (a - b) + d1 * a * c / ((b - a) * (b - c));
    let of_c = d1 * a * b / ((c - a) * (c - b));
    [of_a, of_b, of_c]
}

fn plateaus(asymptote: &Asymptote) -> &[Plateau] {
    asymptote.plateaus.as_deref().unwrap()
}

fn close(a: f64, b: f64, error: f64) {
    assert!((a / b - 1.0).abs() <= error, "{a} for {b}");
}

#[test]
fn two_plateaus_stand_in_the_order_of_time() {
    let rates = [1.0, 1e-3, 1e-6];
    let found = cascade(rates);
    let [of_a, of_b, of_c] = carried(rates);
    assert!((of_a + of_b + of_c - 4.0).abs() < 1e-12);
    let [first, last] = plateaus(&found) else { panic!("{:?}", found.plateaus) };
    close(first.energy, of_b + of_c, 1e-9);
    close(last.energy, of_c, 1e-9);
    for (plateau, from, lifetime) in [(first, 1.0, 1e3), (last, 1e3, 1e6)] {
        close(plateau.from, from, 1e-9);
        close(plateau.lifetime, lifetime, 1e-8);
        close(plateau.log10_lifetime, f64::log10(lifetime), 1e-8);
        // Diagonal and inverted: all energy but that of the passive order, which is nothing for one occupied level.
        assert!((plateau.ergotropy.global - plateau.energy).abs() < 0.01);
    }
    // Charging times are those against the plateau that is reached first: one exponential of rate 1.
    close(first.settling.unwrap(), 1.0, 1e-9);
    close(first.first.unwrap(), 1.0, 1e-9);
    assert_eq!((last.settling, last.first), (None, None));
    close(found.slowest_rate.unwrap().rate, 1e-6, 1e-8);
    assert!(found.limit.unwrap().energy.abs() < 1e-9);
}

#[test]
fn a_plateau_needs_rates_ten_times_apart() {
    for (ratio, count) in [(3.0, 0), (6.0, 0), (9.9, 0), (10.1, 1), (20.0, 1)] {
        let found = cascade([1.0, 1.0 / ratio, 0.5 / ratio]);
        assert_eq!(plateaus(&found).len(), count, "{ratio}");
    }
    // It is left with the fastest of what is slow.
    let found = cascade([1.0, 1e-3, 4e-4]);
    let [only] = plateaus(&found) else { panic!("{:?}", found.plateaus) };
    close(only.lifetime, 1e3, 1e-8);
    let [_, of_b, of_c] = carried([1.0, 1e-3, 4e-4]);
    close(only.energy, of_b + of_c, 1e-9);
}

#[test]
fn a_slow_decay_that_turns_fast_is_no_plateau() {
    // Levels 0 and 1 turn at 2 F and hardly dephase, level 3 decays at `rate`: a plateau only where that is fast beside the turning.
    let of = |f: f64| {
        let turn = f * (jump(4, 0, 1) + jump(4, 1, 0));
        let start = Hermitian::diagonal(&[0.5, 0.0, 0.0, 0.5]);
        let equation = MasterEquation::new(turn, Operator::diagonal(&LEVELS))
            .with_channel(1e-4, Operator::diagonal(&[0.0, 1.0, 0.0, 0.0]))
            .with_channel(5.0, jump(4, 2, 3))
            .starting_in(start);
        equation.charge(&Times::from(vec![1.0]).into()).unwrap().asymptote
    };
    assert_eq!(plateaus(&of(0.5)).len(), 0);
    let slow = of(0.005);
    let [plateau] = plateaus(&slow) else { panic!("{:?}", slow.plateaus) };
    close(plateau.lifetime, 1.0 / 0.01, 1e-4);
}

#[test]
fn decays_of_one_rate_and_several_frequencies_stay_apart() {
    // Weakly dephased, all four oscillators of the pair decay at gamma/4: 1 = d+ - d-, 2d-, root = d+ + d- and 2d+ are their frequencies.
    let (f, gamma) = (0.6_f64, 0.2_f64);
    let root = (4.0 * f * f + 1.0).sqrt();
    let d = [(root - 1.0) / 2.0, (root + 1.0) / 2.0];
    let mut expected: Vec<f64> = [d[1] - d[0], 2.0 * d[0], d[0] + d[1], 2.0 * d[1]]
        .map(|w: f64| (w * w - gamma * gamma / 16.0).sqrt())
        .to_vec();
    expected.sort_by(f64::total_cmp);
    let model = common::star(1, Cell::Qubit, f, gamma);
    let mut energies = Vec::new();
    for method in ["auto", "taylor"] {
        let run = common::charge(&model, method, &[0.0, 1.0]);
        let mut rates = run.asymptote.rates.unwrap();
        rates.sort_by(|a, b| a.frequency.total_cmp(&b.frequency));
        assert_eq!(rates.len(), 4, "{method}: {rates:?}");
        for (found, w) in rates.iter().zip(&expected) {
            assert!((found.frequency - w).abs() < 1e-11, "{method}: {found:?} {w}");
            assert!((found.rate - 0.25 * gamma).abs() < 1e-11, "{method}: {found:?}");
        }
        let sum: f64 = rates.iter().map(|rate| rate.energy).sum();
        assert!((sum + run.asymptote.limit.unwrap().energy).abs() < 1e-11, "{method}");
        energies.push(rates.iter().map(|rate| rate.energy).collect::<Vec<_>>());
    }
    // Not one of them carries nothing, and both ways agree on each.
    for (a, b) in energies[0].iter().zip(&energies[1]) {
        assert!((a - b).abs() < 1e-11, "{energies:?}");
    }
    assert!(energies[0].iter().filter(|x| x.abs() > 0.01).count() >= 3, "{energies:?}");
}
