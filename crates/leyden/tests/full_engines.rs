//! N masers and N cells with all coherences, against the master equation in the whole space, the fast-engine limit and closed forms.

#[path = "common/maser.rs"]
mod set_a;

use std::ops::ControlFlow;

use faer::Mat;
use faer::prelude::Solve;
use leyden::evolve::{Evolve, Outcome, Taylor};
use leyden::exact::{EngineRun, FullEngines, FullRun};
use leyden::lindblad::{Channel, Generator, Lindbladian};
use leyden::model::{EngineRates, EngineStart};
use leyden::operator::{Hermitian, Operator};
use num_complex::Complex64;
use set_a::SET_A;

fn engines(cells: usize, rates: EngineRates, g: f64, detuning: f64) -> FullEngines {
    FullEngines::new(cells, rates, g / (cells as f64).sqrt(), detuning).unwrap()
}

fn mean(p: &[f64]) -> f64 {
    p.iter().enumerate().map(|(n, p)| n as f64 * p).sum()
}

/// <n> of p_n ~ x^n, n = 0..N.
fn limit(cells: usize, x: f64) -> f64 {
    let weights: Vec<f64> = (0..=cells).map(|n| x.powi(n as i32)).collect();
    mean(&weights) / weights.iter().sum::<f64>()
}

fn ratio(rates: EngineRates) -> f64 {
    rates.a * rates.c / (rates.b * rates.d)
}

fn steady(rates: EngineRates) -> [f64; 3] {
    let EngineRates { a, b, c, d } = rates;
    [b * d, a * c, a * d].map(|w| w / (b * d + a * c + a * d))
}

/// One operator on site `j` of `cells` three-level engines.
fn on_engine(cells: usize, j: usize, to: usize, from: usize) -> Operator {
    (0..cells).fold(Operator::identity(1), |all, i| {
        all.kron(&if i == j {
            Operator::from_entries(3, [(to, from, Complex64::ONE)])
        } else {
            Operator::identity(3)
        })
    })
}

/// Populations of the ladder and of the engines at `times` from the density matrix on 3^N (N+1) levels.
fn whole(
    cells: usize,
    rates: EngineRates,
    g: f64,
    delta: f64,
    start: EngineStart,
    excited: bool,
    times: &[f64],
) -> Vec<(Vec<f64>, [f64; 3])> {
    let masers = 3_usize.pow(cells as u32);
    let ladder = Operator::identity(cells + 1);
    let sum = |to: usize, from: usize| {
        (0..cells).fold(Operator::zero(masers), |sum, j| &sum + &on_engine(cells, j, to, from))
    };
    let up = sum(1, 0).kron(&Operator::spin_lowering(cells + 1));
    let exchange = up.scaled(Complex64::new(0.0, g / (cells as f64).sqrt())).plus_adjoint();
    let battery = Operator::identity(masers).kron(&Operator::number(cells + 1));
    let EngineRates { a, b, c, d } = rates;
    let channels = (0..cells).flat_map(|j| {
        [(a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1)].map(|(rate, to, from)| Channel {
            rate,
            jump: on_engine(cells, j, to, from).kron(&Operator::identity(cells + 1)),
        })
    });
    let lindbladian = Lindbladian::new(&exchange + &(delta * &battery), channels.collect()).unwrap();
    let one = match start {
        EngineStart::Steady => Hermitian::diagonal(&steady(rates)),
        EngineStart::Ground => Hermitian::level(3, 0),
    };
    let all = (0..cells).fold(Hermitian::level(1, 0), |all, _| all.kron(&one));
    let rho0 = all.kron(&Hermitian::level(cells + 1, if excited { cells } else { 0 }));
    let levels = [0, 1, 2].map(|x| Hermitian::from_operator(&sum(x, x).kron(&ladder)));
    let mut rows = Vec::new();
    let method = Taylor { tolerance: 1e-12 };
    let outcome = method.evolve(&Generator::new(&lindbladian), &rho0, times, &mut |_, _, s: &[f64]| {
        let rho = Hermitian::from_s(rho0.dim(), s.to_vec());
        let p = rho.trace_out_first(cells + 1).populations().collect();
        rows.push((p, levels.each_ref().map(|level| rho.expect(level) / cells as f64)));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome, Ok(Outcome::Converged));
    rows
}

fn agree(run: &FullRun, populations: &[f64], masers: &[f64], bound: f64, what: &str) {
    for (n, (found, expected)) in run.populations().iter().zip(populations).enumerate() {
        assert!((found - expected).abs() < bound, "{what}, p_{n}: {found} against {expected}");
    }
    for (x, (found, expected)) in run.engines().unwrap().iter().zip(masers).enumerate() {
        assert!((found - expected).abs() < bound, "{what}, level {x}: {found} against {expected}");
    }
}

#[test]
fn one_two_and_three_engines_follow_the_master_equation() {
    let times = [0.0, 0.05, 0.7, 2.3, 9.1];
    let other = |a, b, c, d| EngineRates { a, b, c, d };
    let cases = [
        (1, SET_A.bath_rates(), 0.2, 0.0, EngineStart::Steady, false),
        (1, other(0.3, 0.9, 1.7, 0.4), 1.3, -0.8, EngineStart::Ground, true),
        (2, SET_A.bath_rates(), 0.7, 0.0, EngineStart::Ground, false),
        (2, other(0.61, 1.4, 0.35, 0.12), 0.45, 0.33, EngineStart::Steady, true),
        (2, other(0.2, 0.1, 0.5, 0.9), 2.5, 1.9, EngineStart::Ground, true),
        (3, other(0.5, 1.1, 1.6, 0.25), 0.9, 0.0, EngineStart::Ground, true),
        (3, other(0.5, 1.1, 1.6, 0.25), 0.6, -0.4, EngineStart::Steady, false),
    ];
    for (cells, rates, g, delta, start, excited) in cases {
        let expected = whole(cells, rates, g, delta, start, excited, &times);
        let mut run = engines(cells, rates, g, delta).start(start, excited, 1e-9);
        for (time, (populations, masers)) in times.iter().zip(&expected) {
            run.advance_to(*time).unwrap();
            agree(&run, populations, masers, 1e-10, &format!("N = {cells}, g = {g}, t = {time}"));
        }
    }
}

/// Cells as N separate qubits (references/full_engines.py): no ladder, no symmetry.
#[test]
fn separate_qubits_give_the_same() {
    let cases: serde_json::Value =
        serde_json::from_str(include_str!("references/full_engines.json")).unwrap();
    let numbers = |x: &serde_json::Value| -> Vec<f64> {
        x.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    for case in cases.as_array().unwrap() {
        let [a, b, c, d] = numbers(&case["rates"])[..] else { panic!("four rates") };
        let cells = case["cells"].as_u64().unwrap() as usize;
        let (g, delta) = (case["g"].as_f64().unwrap(), case["delta"].as_f64().unwrap());
        let start = if case["start"] == "steady" { EngineStart::Steady } else { EngineStart::Ground };
        let mut run = engines(cells, EngineRates { a, b, c, d }, g, delta).start(
            start,
            case["excited"].as_bool().unwrap(),
            1e-9,
        );
        for row in case["rows"].as_array().unwrap() {
            run.advance_to(row["time"].as_f64().unwrap()).unwrap();
            agree(&run, &numbers(&row["populations"]), &numbers(&row["engines"]), 1e-11, &format!("{row}"));
        }
    }
}

#[test]
fn dimensions() {
    for (cells, expected) in
        [(1, 8.0), (2, 35.0), (3, 108.0), (4, 270.0), (5, 584.0), (10, 8589.0), (20, 175_802.0)]
    {
        assert_eq!(FullEngines::dimension(cells), expected, "N = {cells}");
    }
    // Estimates of what fits nowhere: the degree is 5.
    for bytes in [FullEngines::bytes, FullEngines::dimension] {
        let growth = bytes(1_000_000) / bytes(250) / 4000_f64.powi(5);
        assert!((growth - (1.0 + 2.7 / 250.0_f64).powi(-5)).abs() < 0.02, "{growth}");
        assert!(bytes(usize::MAX).is_finite() && bytes(301) > bytes(300));
    }
    // Five folded vectors, a fifth more for whole pieces at most, and two windows of 20 000 terms of 25 numbers.
    let bytes = FullEngines::bytes(20);
    assert!(bytes > 5.0 * 4.0 * 175_802.0 && bytes < 1.2 * (5.0 * 4.0 * 185_000.0) + 8e6, "{bytes}");
}

/// Rounding adds up to 5e-16 an application.
#[test]
fn trace_stays_one() {
    for (cells, g, delta, start, piece) in [
        (1, 0.2, 0.0, EngineStart::Steady, 6.0),
        (6, 0.3, 0.2, EngineStart::Ground, 6.0),
        (8, 2.0, 0.0, EngineStart::Ground, 2.0),
        (12, 0.2, 0.0, EngineStart::Steady, 6.0),
    ] {
        let mut run = engines(cells, SET_A.bath_rates(), g, delta).start(start, false, 1e-8);
        for step in 1..=8 {
            run.advance_to(piece * f64::from(step)).unwrap();
            let trace: f64 = run.populations().iter().sum();
            assert!((trace - 1.0).abs() < 1e-12, "N = {cells}: {:e}", trace - 1.0);
            let masers: f64 = run.engines().unwrap().iter().sum();
            assert!((masers - 1.0).abs() < 1e-12, "N = {cells}: {:e}", masers - 1.0);
        }
    }
}

/// Ends in p_n ~ x^n and the engines' own steady state, from any start, for any g and delta.
#[test]
fn the_limit_is_a_product() {
    for (cells, g, delta, start, excited) in [
        (1, 0.6, 0.0, EngineStart::Steady, false),
        (3, 0.4, 0.3, EngineStart::Ground, true),
        (5, 0.8, 0.0, EngineStart::Ground, false),
    ] {
        let rates = SET_A.bath_rates();
        let mut run = engines(cells, rates, g, delta).start(start, excited, 1e-9);
        run.advance_to(600.0).unwrap();
        let weights: Vec<f64> = (0..=cells).map(|n| ratio(rates).powi(n as i32)).collect();
        let sum: f64 = weights.iter().sum();
        let expected: Vec<f64> = weights.iter().map(|w| w / sum).collect();
        agree(&run, &expected, &steady(rates), 1e-9, &format!("N = {cells}"));
    }
}

/// p of the tridiagonal ladder of the effective bath, by many implicit midpoint steps with one extrapolation.
fn effective(cells: usize, rate: f64, x: f64, time: f64) -> Vec<f64> {
    let size = cells + 1;
    let mut z = Mat::<f64>::zeros(size, size);
    for n in 0..cells {
        let factor = rate * ((n + 1) * (cells - n)) as f64;
        z[(n, n)] -= x * factor;
        z[(n + 1, n)] += x * factor;
        z[(n + 1, n + 1)] -= factor;
        z[(n, n + 1)] += factor;
    }
    let march = |steps: usize| {
        let h = time / steps as f64;
        let one = Mat::<f64>::identity(size, size);
        let half = &z * faer::Scale(0.5 * h);
        let lu = (&one - &half).partial_piv_lu();
        let mut p = Mat::<f64>::from_fn(size, 1, |n, _| if n == 0 { 1.0 } else { 0.0 });
        for _ in 0..steps {
            p = lu.solve((&one + &half) * &p);
        }
        p
    };
    let (coarse, fine) = (march(1000), march(2000));
    (0..size).map(|n| (4.0 * fine[(n, 0)] - coarse[(n, 0)]) / 3.0).collect()
}

/// Slow cells see the effective bath; what is left falls like g^2, also with a detuning.
#[test]
fn weak_coupling_is_the_effective_bath() {
    let rates = SET_A.bath_rates();
    let decay = 0.5 * (rates.a + rates.d);
    for (cells, delta) in [(1, 0.0), (4, 0.0), (3, 0.5)] {
        let error = |g: f64| {
            let rate = 2.0 * g * g * steady(rates)[0] * decay / (decay * decay + delta * delta);
            let time = 0.3 / rate;
            let expected = effective(cells, rate, ratio(rates), time);
            let mut run = engines(cells, rates, g, delta).start(EngineStart::Steady, false, 1e-9);
            run.advance_to(time).unwrap();
            let pairs = run.populations().iter().zip(expected);
            pairs.map(|(p, q)| (p - q).abs()).fold(0.0, f64::max)
        };
        let (coarse, fine) = (error(4e-3), error(2e-3));
        assert!(fine < 30.0 * 4e-6, "N = {cells}: {fine:e}");
        assert!((coarse / fine - 4.0).abs() < 0.1, "N = {cells}: {coarse:e} {fine:e}");
        if delta == 0.0 {
            assert!(error(1e-3) < 3e-5);
        }
    }
    // delta = 0: Gamma_e = 1.4270908 g^2.
    assert!((2.0 * steady(rates)[0] / decay - 1.427_090_8).abs() < 1e-6);
}

/// Quanta from the hot bath, int N (a n_0 - b n_2) dt, are stored in cells and engines; the flow is the derivative of <n>.
#[test]
fn first_law() {
    for (cells, g, delta, start) in [
        (2, 0.3, 0.0, EngineStart::Ground),
        (5, 0.4, 0.0, EngineStart::Steady),
        (3, 0.8, 0.7, EngineStart::Ground),
    ] {
        let rates = SET_A.bath_rates();
        let mut run = engines(cells, rates, g, delta).start(start, false, 1e-10);
        let stored = |run: &FullRun| {
            let [_, one, two] = run.engines().unwrap();
            mean(run.populations()) + cells as f64 * (one + two)
        };
        let (at_start, empty) = (stored(&run), mean(run.populations()));
        // Gauss-Legendre, five points on each of 60 pieces.
        let points = [
            (0.0, 128.0 / 225.0),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.906_179_845_938_664, 0.236_926_885_056_189_1),
        ];
        let nodes = [-2, -1, 0, 1, 2_i32].map(|i| {
            let (x, w) = points[i.unsigned_abs() as usize];
            (x * f64::from(i.signum()), w)
        });
        let (mut quanta, mut flowed, half) = (0.0, 0.0, 0.1);
        for piece in 0..60 {
            for (x, weight) in nodes {
                run.advance_to(half * (2.0 * f64::from(piece) + 1.0 + x)).unwrap();
                let [zero, _, two] = run.engines().unwrap();
                quanta += half * weight * cells as f64 * (rates.a * zero - rates.b * two);
                flowed += half * weight * run.flow();
            }
        }
        run.advance_to(12.0).unwrap();
        let growth = stored(&run) - at_start;
        assert!((quanta - growth).abs() < 1e-10 && growth > 0.1, "{quanta} against {growth}");
        let charged = mean(run.populations()) - empty;
        assert!((flowed - charged).abs() < 1e-10, "{flowed} against {charged}");
    }
}

/// The time at which <n> first reaches `target`, by steps of the run's stride and bisection from the state saved before.
fn crossing(run: &mut FullRun, target: f64) -> f64 {
    loop {
        run.save();
        let (before, step) = (run.time(), run.stride());
        run.advance_to(before + step).unwrap();
        if mean(run.populations()) < target {
            continue;
        }
        let (mut low, mut high) = (before, before + step);
        while high - low > 1e-9 * high {
            run.restore();
            assert_eq!(run.time(), before);
            let middle = 0.5 * (low + high);
            run.advance_to(middle).unwrap();
            if mean(run.populations()) < target { low = middle } else { high = middle }
        }
        return high;
    }
}

/// Power per cell to 99 % of the limit over that of one cell with one engine: beyond g sqrt(N) ~ G_p the advantage shrinks.
#[test]
fn power_enhancement_of_strong_coupling() {
    let rates = SET_A.bath_rates();
    let power = |cells: usize, g: f64| {
        let energy = 0.99 * limit(cells, ratio(rates));
        let mut run = engines(cells, rates, g, 0.0).start(EngineStart::Steady, false, 1e-8);
        energy / (cells as f64 * crossing(&mut run, energy))
    };
    for (g, cases) in
        [(0.1, &[(2, 1.036), (4, 1.206), (8, 1.650), (12, 2.104)][..]), (0.3, &[(3, 0.855)][..])]
    {
        let one = power(1, g);
        for &(cells, expected) in cases {
            let found = power(cells, g) / one;
            assert!((found - expected).abs() < 5.1e-4, "N = {cells}, g = {g}: {found}");
        }
    }
}

/// A state saved in an earlier series comes back, bit by bit.
#[test]
fn restoring_goes_back_across_series() {
    for delta in [0.0, 0.4] {
        let mut run = engines(4, SET_A.bath_rates(), 0.5, delta).start(EngineStart::Steady, false, 1e-8);
        run.advance_to(3.0).unwrap();
        run.save();
        let kept = run.populations().to_vec();
        run.advance_to(400.0).unwrap();
        let late = run.populations().to_vec();
        run.restore();
        assert!(run.time() == 3.0 && run.populations() == kept);
        run.advance_to(400.0).unwrap();
        assert!(run.populations().iter().zip(&late).all(|(a, b)| (a - b).abs() < 1e-11));
    }
}

/// Once the limit is reached nothing is computed any more, whatever the time.
#[test]
fn times_without_end_are_the_limit() {
    for (cells, g, delta, tolerance) in
        [(1, 0.2, 0.0, 1e-6), (2, 0.1, 0.0, 1e-9), (2, 0.3, 0.4, 1e-9), (4, 0.3, 0.0, 1e-6)]
    {
        let rates = SET_A.bath_rates();
        let mut run = engines(cells, rates, g, delta).start(EngineStart::Ground, false, tolerance);
        let weights: Vec<f64> = (0..=cells).map(|n| ratio(rates).powi(n as i32)).collect();
        let sum: f64 = weights.iter().sum();
        let expected: Vec<f64> = weights.iter().map(|w| w / sum).collect();
        // What a state may be away from its limit, and the rounding of the long way.
        let bound = 1e-3 * tolerance + 1e-11;
        for time in [1e6, 1e9, 1e12, 1e300] {
            run.advance_to(time).unwrap();
            agree(&run, &expected, &steady(rates), bound, &format!("N = {cells}, t = {time:e}"));
        }
    }
}

/// Errors stay below the tolerance whatever the steps.
#[test]
fn steps_do_not_matter() {
    let model = engines(7, SET_A.bath_rates(), 0.6, 0.0);
    let mut fine = model.start(EngineStart::Ground, false, 1e-12);
    let mut coarse = model.start(EngineStart::Ground, false, 1e-6);
    coarse.advance_to(40.0).unwrap();
    while fine.time() < 40.0 {
        let next = (fine.time() + fine.stride()).min(40.0);
        fine.advance_to(next).unwrap();
    }
    let error = fine.populations().iter().zip(coarse.populations()).map(|(a, b)| (a - b).abs());
    assert!(error.fold(0.0, f64::max) < 1e-9);
}

#[test]
fn no_coupling_and_numbers_that_are_none() {
    let rates = SET_A.bath_rates();
    let mut alone = engines(3, rates, 0.0, 0.2).start(EngineStart::Ground, true, 1e-8);
    assert!(alone.stride() > 0.0 && alone.stride().is_finite());
    alone.advance_to(100.0).unwrap();
    assert!((alone.populations()[3] - 1.0).abs() < 1e-12 && alone.flow() == 0.0);
    assert!(alone.engines().unwrap().iter().zip(steady(rates)).all(|(a, b)| (a - b).abs() < 1e-10));
    assert!(alone.advance_to(1.0).is_err() && alone.advance_to(f64::NAN).is_err());
    for broken in [f64::NAN, f64::INFINITY] {
        for (rates, g, delta, key) in [
            (EngineRates { a: broken, ..rates }, 0.3, 0.0, "rates.a"),
            (EngineRates { c: broken, ..rates }, 0.3, 0.0, "rates.c"),
            (EngineRates { d: -0.1, ..rates }, 0.3, 0.0, "rates.d"),
            (rates, broken, 0.0, "coupling"),
            (rates, 0.3, broken, "detuning"),
        ] {
            assert_eq!(FullEngines::new(2, rates, g, delta).unwrap_err().field(), key);
        }
    }
    assert_eq!(FullEngines::new(0, rates, 0.3, 0.0).unwrap_err().field(), "cells");
    let still = EngineRates { a: 0.0, b: 0.0, c: 0.0, d: 0.0 };
    let mut run = FullEngines::new(1, still, 0.5, 0.0).unwrap().start(EngineStart::Ground, true, 1e-9);
    run.advance_to(2.0).unwrap();
    // Without baths the quantum of the cell goes to the engine and back.
    assert!((run.populations()[1] - 1.0_f64.cos().powi(2)).abs() < 1e-12);
}
