//! Systems of qubits as strings against the same as matrices, closed forms and an independent program.

use super::*;
use crate::Times;
use crate::merit::Merits;
use crate::model::parts::{Letter, Part, PartKind, Terms};
use crate::space::InitialState;
use num_complex::Complex64;

const PAULI: [Letter; 3] = [Letter::X, Letter::Y, Letter::Z];

/// Random strings of up to four letters; an even number of Y in each where H is to be real.
fn random(sites: usize, count: usize, real: bool, rng: &mut fastrand::Rng) -> Terms {
    let one = |rng: &mut fastrand::Rng| loop {
        let mut factors: Vec<(usize, Letter)> = Vec::new();
        for _ in 0..rng.usize(1..=4) {
            let site = rng.usize(0..sites);
            if factors.iter().all(|factor| factor.0 != site) {
                factors.push((site, PAULI[rng.usize(0..3)]));
            }
        }
        if !real || factors.iter().filter(|factor| factor.1 == Letter::Y).count() % 2 == 0 {
            let product = factors.iter().map(|(site, letter)| letter.on(*site)).reduce(|a, b| a * b);
            return product.unwrap() * (rng.f64() - 0.5);
        }
    };
    (0..count).map(|_| one(rng)).sum()
}

fn field(sites: usize, letters: &[Letter], rng: &mut fastrand::Rng) -> Terms {
    let on = |site: usize, rng: &mut fastrand::Rng| {
        letters.iter().map(|letter| letter.on(site) * (0.2 + rng.f64())).sum::<Terms>()
    };
    (0..sites).map(|site| on(site, rng)).sum()
}

/// Qubits of two parts: the first ones in a superposition, two others as given.
fn parts(sites: usize, other: InitialState, battery: Terms, charging: Terms) -> Parts {
    let tilted = InitialState::Superposition(vec![Complex64::new(0.6, 0.0), Complex64::new(0.0, 0.8)]);
    let first = Part::new("a", PartKind::Qubit, sites - 2).starting_in(tilted);
    let last = Part::new("b", PartKind::Qubit, 2).starting_in(other);
    Parts::new(vec![first, last], battery, charging)
}

fn request() -> Request {
    Times::even(0.0, 4.0, 9).into()
}

/// Largest differences of all figures, with those that must exist.
fn difference(a: &Charging, b: &Charging, whole_spectrum: bool) -> f64 {
    type Read = fn(&Merits) -> f64;
    let reads: [Read; 9] = [
        |m| m.energy,
        |m| m.passive,
        |m| m.ergotropy.global,
        |m| m.purity,
        |m| m.fluctuation,
        |m| m.ergotropy.largest_eigenvalue,
        |m| m.ergotropy.local,
        |m| m.ergotropy.incoherent,
        |m| m.ergotropy.coherent,
    ];
    let reads = if whole_spectrum { &reads[..] } else { &reads[..6] };
    let columns = reads.iter().map(|read| (a.series.column(*read), b.series.column(*read)));
    let all = columns.chain([(a.series.power.clone(), b.series.power.clone())]);
    let pairs = all.flat_map(|(x, y)| {
        assert_eq!(x.len(), y.len());
        x.into_iter().zip(y)
    });
    pairs
        .filter(|(x, y)| !(x.is_nan() && y.is_nan()))
        .map(|(x, y)| (x - y).abs())
        .fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) })
}

#[test]
fn strings_are_what_matrices_are() {
    let mut rng = fastrand::Rng::with_seed(7);
    for sites in 6..=10 {
        for real in [true, false] {
            let thermal = InitialState::Thermal(0.2);
            let batteries = [
                field(sites, &[Letter::Z], &mut rng),
                field(sites, &[Letter::Z, Letter::X], &mut rng),
                field(sites, &PAULI, &mut rng) + Terms::number(0.3),
                // Coupled, but diagonal.
                field(sites, &[Letter::Z], &mut rng) + Letter::Z.on(0) * Letter::Z.on(3) * 0.7,
                field(sites, &[Letter::Z], &mut rng) + random(sites, 6, real, &mut rng),
            ];
            for (k, battery) in batteries.into_iter().enumerate() {
                // The matrices of a coupled battery are full.
                if sites > 8 && k != 1 {
                    continue;
                }
                let start = if k % 2 == 0 { InitialState::Excited } else { thermal.clone() };
                let system = parts(sites, start, battery, random(sites, 30, real, &mut rng));
                let run = system.charge_qubits(&request(), Threads::exactly(1)).unwrap();
                let matrix = system.charge_closed(&request()).unwrap();
                assert_eq!(run.outcome, Outcome::Converged);
                let error = difference(&run, &matrix, k != 4);
                assert!(error < 1e-10, "{sites} {real} {k}: {error:e}");
                let (a, b) = (run.maximum_power.unwrap(), matrix.maximum_power.unwrap());
                assert!((a.value - b.value).abs() < 1e-6, "{a:?} {b:?}");
                assert_eq!(run.last().ergotropy.incoherent.is_nan(), k == 4);
            }
        }
    }
}

fn chain(n: usize) -> Parts {
    let both = |letter: Letter, a: usize, b: usize| letter.on(a) * letter.on(b);
    let pair = |a: usize, b: usize| {
        (both(Letter::X, a, b) + both(Letter::Y, a, b) + both(Letter::Z, a, b) * 0.5)
            * (-0.2 / (b - a) as f64)
    };
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| pair(a, b))).sum::<Terms>();
    let sum = |letter: Letter| (0..n).map(|i| letter.on(i)).sum::<Terms>();
    Parts::new(vec![Part::new("cells", PartKind::Qubit, n)], sum(Letter::Z) * 0.5, pairs + sum(Letter::X))
}

#[test]
fn chains_store_what_an_independent_program_found() {
    for (n, expected) in [(8, 6.627211), (12, 10.013945)] {
        let request = Times::even(0.0, 5.0, 101).into();
        let run = chain(n).charge_qubits(&request, Threads::exactly(1)).unwrap();
        let energies = run.series.energy();
        let stored = energies.iter().map(|e| e - energies[0]).fold(f64::MIN, f64::max);
        assert!((stored - expected).abs() < 1e-6, "{n}: {stored}");
    }
    let run = chain(12).charge(&request()).unwrap();
    assert!(run.reason.contains("without a matrix"), "{}", run.reason);
}

#[test]
fn numbers_do_not_depend_on_the_number_of_threads() {
    let n = 17;
    let mut rng = fastrand::Rng::with_seed(3);
    let system = parts(
        n,
        InitialState::Ground,
        field(n, &[Letter::Z, Letter::X], &mut rng),
        random(n, 20, false, &mut rng),
    );
    let request = Request { detail: Detail::States, ..Times::even(0.0, 0.2, 3).into() };
    let of = |threads: usize| system.charge_qubits(&request, Threads::exactly(threads)).unwrap().series;
    let (one, two, three) = (of(1), of(2), of(3));
    for other in [two, three] {
        assert_eq!(one.merits, other.merits);
        assert_eq!(one.power, other.power);
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_numbers() {
    for n in [40, 70] {
        let refused = chain(n).plan(&request()).unwrap_err();
        let Error::TooLarge { levels, gib, .. } = refused else { panic!("{refused}") };
        assert_eq!(levels, 2.0_f64.powi(n as i32));
        assert!(gib > 1e4, "{gib}");
        assert!(chain(n).charge(&request()).is_err());
    }
    let plan = chain(20).plan(&request()).unwrap();
    assert!(plan.memory > 2e8 && plan.memory < 6e8, "{}", plan.memory);
}

#[test]
fn a_state_that_h_only_turns_has_a_limit() {
    // All down is an eigenstate without the transverse field, and nothing else is reached: matrices where there are few levels.
    let z = |n: usize| (0..n).map(|i| Letter::Z.on(i)).sum::<Terms>();
    let hops = |n: usize| {
        let pair = |i: usize| Letter::X.on(i) * Letter::X.on(i + 1) + Letter::Y.on(i) * Letter::Y.on(i + 1);
        (0..n - 1).map(pair).sum::<Terms>()
    };
    let of = |n: usize| Parts::new(vec![Part::new("q", PartKind::Qubit, n)], z(n) * 0.5, hops(n));
    let run = of(8).charge_qubits(&request(), Threads::exactly(1)).unwrap();
    assert!((run.limit().unwrap().energy + 4.0).abs() < 1e-12);
    assert!(!of(12).charge(&request()).unwrap().reason.contains("without a matrix"));
}

#[test]
fn coupled_batteries_are_known_by_their_lowest_energy() {
    // Six pairs with H_B = J ZZ + h (X + X), whose lowest energy is -sqrt(J^2 + 4 h^2), and a qubit with 0.3 Y.
    let (n, j, h) = (13, 0.7, 0.4);
    let pair = |i: usize| {
        Letter::Z.on(2 * i) * Letter::Z.on(2 * i + 1) * j
            + (Letter::X.on(2 * i) + Letter::X.on(2 * i + 1)) * h
    };
    let battery = (0..6).map(pair).sum::<Terms>() + Letter::Y.on(12) * 0.3;
    let lowest = -6.0 * (j * j + 4.0 * h * h).sqrt() - 0.3;
    let hops = |i: usize| Letter::X.on(i) * Letter::X.on(i + 1) * 0.5 + Letter::Z.on(i) * 0.2;
    let charging = (0..n - 1).map(hops).sum::<Terms>();
    let system = Parts::new(vec![Part::new("q", PartKind::Qubit, n)], battery, charging);
    let request = Request { detail: Detail::States, ..Times::even(0.0, 1.0, 5).into() };
    let run = system.charge(&request).unwrap();
    assert!(run.reason.contains("without a matrix"), "{}", run.reason);
    for merits in &run.series.merits {
        let found = merits.energy - merits.ergotropy.global;
        assert!((found - lowest).abs() < 1e-9, "{found} {lowest}");
        assert!(merits.ergotropy.incoherent.is_nan() && merits.ergotropy.local.is_nan());
    }
    // <H_B> of all down is 6 J.
    assert!((run.series.merits[0].energy - 6.0 * j).abs() < 1e-12);
    // Power is the slope of the energy.
    let of = |t: f64| {
        let request = Request { detail: Detail::States, ..Times::even(t, t, 1).into() };
        system.charge(&request).unwrap().last().energy
    };
    let slope = (of(0.5 + 1e-4) - of(0.5 - 1e-4)) / 2e-4;
    assert!((run.series.power[2] - slope).abs() < 1e-6, "{} {slope}", run.series.power[2]);
}

#[test]
fn matrices_verify_what_strings_say() {
    let request = Request { verify: true, detail: Detail::States, ..Times::even(0.0, 0.5, 3).into() };
    let run = chain(11).charge(&request).unwrap();
    assert!(run.reason.contains("without a matrix"), "{}", run.reason);
    let verification = run.verification.unwrap();
    assert_ne!(verification.method, "chebyshev");
    assert!(verification.differences.iter().all(|(_, x)| *x < 1e-7), "{:?}", verification.differences);
}

#[test]
fn maxima_are_found_where_they_are_asked_for() {
    let request = Request { extrema: true, ..Times::even(0.0, 2.0, 5).into() };
    let system = chain(6);
    let run = system.charge_qubits(&request, Threads::exactly(1)).unwrap();
    let matrix = system.charge_closed(&request).unwrap();
    let (a, b) = (run.extrema.energy.unwrap(), matrix.extrema.energy.unwrap());
    assert!((a.largest.value - b.largest.value).abs() < 1e-9, "{a:?} {b:?}");
    assert!((a.largest.time - b.largest.time).abs() < 1e-5);
    assert!(run.asymptote.average.is_err());
}
