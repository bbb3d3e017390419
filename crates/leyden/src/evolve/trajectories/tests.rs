//! Propagators against closed forms and against series, which share nothing but the drift.

use num_complex::Complex64;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::flow::uniform;
use super::{Picture, Unravelling, UnravellingWorkspace};
use crate::lindblad::{Channel, Lindbladian};
use crate::operator::Operator;

const SEED: u64 = 11;

fn oscillator(levels: usize, kerr: f64, drive: f64, kappa: f64, heating: f64) -> Lindbladian {
    let a = Operator::annihilation(levels);
    let pairs = &(&a.adjoint() * &a.adjoint()) * &(&a * &a);
    let h = -0.9 * (&a.adjoint() * &a) + kerr * pairs + drive * a.plus_adjoint();
    let channels =
        vec![Channel { rate: kappa, jump: a.clone() }, Channel { rate: heating, jump: a.adjoint() }];
    Lindbladian::new(h, channels).unwrap()
}

fn level(levels: usize, n: usize) -> Vec<Complex64> {
    (0..levels).map(|k| Complex64::from(if k == n { 1.0 } else { 0.0 })).collect()
}

fn drawn(lindbladian: &Lindbladian, ket: &[Complex64], times: Option<&[f64]>) -> Unravelling {
    let kets = [ket.to_vec()];
    let mut made = Unravelling::new(lindbladian, &kets, Picture::Jumps, &[], SEED).unwrap();
    if let Some(times) = times {
        made.prepare(times);
        assert!(made.propagators.is_some(), "these times are even");
    }
    made
}

/// Kets and numbers of jumps of one trajectory.
fn path(system: &Unravelling, trajectory: u64, times: &[f64]) -> Vec<(usize, Vec<Complex64>)> {
    let mut found = Vec::new();
    let mut workspace = UnravellingWorkspace::default();
    system.run(trajectory, times, f64::INFINITY, &mut workspace, &mut |seen| {
        let mut all = vec![Complex64::ZERO; system.blocks().map(<[usize]>::len).sum()];
        let levels = system.blocks().nth(seen.block).unwrap();
        levels.iter().zip(seen.psi).for_each(|(level, x)| all[*level] = *x);
        found.push((seen.jumps, all));
    });
    found
}

fn even(gap: f64, count: usize) -> Vec<f64> {
    (0..=count).map(|k| k as f64 * gap).collect()
}

/// The thresholds of a trajectory with one channel: the start draws one number before them, and every jump one for its channel.
fn thresholds(trajectory: u64) -> impl Iterator<Item = f64> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    random.set_stream(trajectory + 1);
    std::iter::repeat_with(move || {
        uniform(&mut random);
        uniform(&mut random)
    })
}

#[test]
fn propagators_and_series_draw_the_same_trajectories() {
    // (levels, Kerr, drive, damping, heating, distance of times, how many)
    let cases = [
        (50, -0.025, 2.0, 1.2, 0.2, 0.1, 60),
        (12, 0.1, 0.7, 0.3, 0.0, 3.0, 20),
        (6, 0.0, 0.4, 400.0, 0.0, 0.5, 10),
        // Rounding of norms moves jumps by its ratio to the rate.
        (3, 0.0, 1.0, 0.1, 0.05, 10.0, 10),
        (2, 0.0, 30.0, 1.0, 0.5, 0.01, 300),
    ];
    for (levels, kerr, drive, kappa, heating, gap, count) in cases {
        let system = oscillator(levels, kerr, drive, kappa, heating);
        let times = even(gap, count);
        let start = level(levels, 1);
        let (fast, slow) = (drawn(&system, &start, Some(&times)), drawn(&system, &start, None));
        let mut jumps = 0;
        for trajectory in 0..20 {
            for (a, b) in path(&fast, trajectory, &times).iter().zip(path(&slow, trajectory, &times)) {
                assert_eq!(a.0, b.0, "{levels} levels, trajectory {trajectory}");
                // The phase of a ket is nobody's.
                let overlap: Complex64 = a.1.iter().zip(&b.1).map(|(x, y)| x * y.conj()).sum();
                let phase = overlap / overlap.norm();
                let distance: f64 = a.1.iter().zip(&b.1).map(|(x, y)| (x - phase * y).norm_sqr()).sum();
                assert!(distance.sqrt() < 1e-9, "{levels} levels, trajectory {trajectory}: {distance:e}");
                jumps += a.0;
            }
        }
        assert!(jumps > 0, "{levels} levels: nothing jumped");
    }
}

/// A damped coherent state stays one: -ln ||psi||^2 = |alpha|^2 (1 - e^{-kappa t}), with jumps or without, so that the jumps up to t are those whose thresholds have
/// sum_k -ln u_k below it.
#[test]
fn waiting_times_of_a_coherent_state() {
    let (levels, alpha, kappa) = (18, 1.2_f64, 0.7);
    let mut ket = vec![Complex64::from((-0.5 * alpha * alpha).exp())];
    (1..levels).for_each(|n| ket.push(ket[n - 1] * alpha / (n as f64).sqrt()));
    let system = oscillator(levels, 0.0, 0.0, kappa, 0.0);
    let times = even(0.05, 120);
    let system = drawn(&system, &ket, Some(&times));
    for trajectory in 0..300 {
        for ((jumps, _), time) in path(&system, trajectory, &times).into_iter().zip(&times) {
            let lost = alpha * alpha * -(-kappa * time).exp_m1();
            let mut sum = 0.0;
            let drawn = thresholds(trajectory).take_while(|u| {
                sum -= u.ln();
                sum < lost
            });
            assert_eq!(jumps, drawn.count(), "trajectory {trajectory} at {time}");
        }
    }
}

/// From level n the k-th jump comes at the rate (n - k) kappa, whatever lies between: damping that is strong or weak over one distance of times, and times that are far apart.
#[test]
fn waiting_times_of_a_level() {
    for (kappa, gap, count) in [(1.0, 0.1, 40), (1e4, 1.0, 3), (1e-5, 1e4, 30), (1e-9, 3e8, 8), (3.0, 1e3, 2)]
    {
        let times = even(gap, count);
        let system = drawn(&oscillator(5, 0.0, 0.0, kappa, 0.0), &level(5, 4), Some(&times));
        for trajectory in 0..100 {
            let moments: Vec<f64> = thresholds(trajectory)
                .zip([4.0, 3.0, 2.0, 1.0])
                .scan(0.0, |time, (u, n)| {
                    *time -= u.ln() / (n * kappa);
                    Some(*time)
                })
                .collect();
            for ((jumps, ket), time) in path(&system, trajectory, &times).into_iter().zip(&times) {
                assert_eq!(jumps, moments.iter().filter(|moment| *moment < time).count(), "{kappa}, {time}");
                assert!((ket[4 - jumps].norm() - 1.0).abs() < 1e-12, "{kappa}, {time}: {ket:?}");
            }
        }
    }
}

#[test]
fn without_damping_nothing_jumps() {
    let times = even(1e3, 5);
    let (system, start) = (oscillator(2, 0.0, 0.3, 0.0, 0.0), level(2, 0));
    let found = path(&drawn(&system, &start, Some(&times)), 0, &times);
    // Rabi: P_1 = (2 d/W)^2 sin^2(W t/2), W^2 = D^2 + 4 d^2.
    let rabi = (0.9_f64.powi(2) + 4.0 * 0.3_f64.powi(2)).sqrt();
    for ((jumps, ket), time) in found.iter().zip(&times) {
        let excited = (0.6 / rabi * (0.5 * rabi * time).sin()).powi(2);
        assert_eq!(*jumps, 0);
        assert!((ket[1].norm_sqr() - excited).abs() < 1e-10, "{time}");
    }
}

#[test]
fn one_level_stays() {
    let system =
        Lindbladian::new(Operator::identity(1), vec![Channel { rate: 2.0, jump: Operator::identity(1) }])
            .unwrap();
    let times = even(1.0, 4);
    let system = drawn(&system, &[Complex64::ONE], Some(&times));
    // Jumps that change nothing come at the rate 2.
    let moments = |time: f64| {
        let mut sum = 0.0;
        thresholds(3)
            .take_while(|u| {
                sum -= 0.5 * u.ln();
                sum < time
            })
            .count()
    };
    for ((jumps, ket), time) in path(&system, 3, &times).iter().zip(&times) {
        assert!((ket[0].norm() - 1.0).abs() < 1e-15);
        assert_eq!(*jumps, moments(*time));
    }
}

/// Times one by one, and times that are not even, are no different.
#[test]
fn uneven_times_are_followed_by_series() {
    let system = oscillator(4, 0.0, 0.5, 1.0, 0.0);
    for times in [vec![], vec![0.0], vec![0.0, 1.0, 3.0], vec![0.0, 0.0, 1.0]] {
        let mut made = Unravelling::new(&system, &[level(4, 3)], Picture::Jumps, &[], SEED).unwrap();
        made.prepare(&times);
        assert!(made.propagators.is_none(), "{times:?}");
        assert_eq!(path(&made, 0, &times).len(), times.len());
    }
    for times in [vec![2.0], vec![0.0, 2.0], vec![2.0, 4.0]] {
        let fast = drawn(&system, &level(4, 3), Some(&times));
        let slow = drawn(&system, &level(4, 3), None);
        assert_eq!(path(&fast, 5, &times).len(), times.len());
        assert_eq!(path(&fast, 5, &times).last().unwrap().0, path(&slow, 5, &times).last().unwrap().0);
    }
}
