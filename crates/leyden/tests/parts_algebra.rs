//! The algebra of products of operators: identities of matrices that must hold as terms, what is refused, and members that only look alike.

use leyden::lindblad::{Elementary, TimeFunction};
use leyden::model::Cutoff;
use leyden::parts::{Letter, Part, PartKind, Parts, PartsError, Terms};
use leyden::{Charging, Complex64, InitialState, Request, Times};

use Letter::{Annihilate, Create, Lower, Number, Raise, Sx, Sy, Sz, Transition, X, Z};

fn request() -> Request {
    Request { tolerance: 1e-10, ..Times::even(0.0, 2.0, 5).into() }
}

fn energies(run: &Charging) -> Vec<f64> {
    run.series.column(|m| m.energy)
}

/// Whether terms are 0: A and i A are Hermitian but for rounding.
fn is_zero(terms: &Terms, parts: &Parts) -> bool {
    let error = |terms: &Terms| parts.not_hermitian(terms, 1.0).unwrap().map_or(0.0, |found| found.error);
    error(terms) < 1e-13 && error(&terms.clone().scaled(Complex64::I)) < 1e-13
}

/// `a|k><l| = sqrt(k)|k-1><l|` and its like on an oscillator; [S_x, S_y] = i S_z.
#[test]
fn products_are_those_of_the_matrices() {
    let list =
        vec![Part::new("o", PartKind::Oscillator(Cutoff::Auto), 1), Part::new("s", PartKind::Spin(4), 1)];
    let parts = Parts::new(list, Number.on(0), Terms::zero());
    let (o, s) = (0, 1);
    let root = |n: f64| n.sqrt();
    for (product, letter, factor) in [
        (Annihilate.on(o) * Transition(2, 0).on(o), Transition(1, 0), root(2.0)),
        (Create.on(o) * Transition(2, 0).on(o), Transition(3, 0), root(3.0)),
        (Create.on(o) * Annihilate.on(o) * Transition(2, 1).on(o), Transition(2, 1), 2.0),
        (Create.on(o) * Create.on(o) * Transition(1, 0).on(o), Transition(3, 0), root(6.0)),
        (Transition(0, 1).on(o) * Annihilate.on(o), Transition(0, 2), root(2.0)),
        (Transition(0, 3).on(o) * Create.on(o), Transition(0, 2), root(3.0)),
        (Transition(0, 1).on(o) * Number.on(o), Transition(0, 1), 1.0),
    ] {
        assert!(is_zero(&(product.clone() - letter.on(o) * factor), &parts), "{product:?}");
        assert!(!is_zero(&(product - letter.on(o) * (1.001 * factor)), &parts));
    }
    let commutator = Sx.on(s) * Sy.on(s) - Sy.on(s) * Sx.on(s);
    assert!(is_zero(&(commutator - Sz.on(s).scaled(Complex64::I)), &parts));
    assert!(Terms::number(0.0).is_empty() && Terms::number(2.0).len() == 1);
}

#[test]
fn what_is_hardly_hermitian_is_not() {
    let list =
        vec![Part::new("q", PartKind::Qubit, 1), Part::new("o", PartKind::Oscillator(Cutoff::Levels(5)), 1)];
    let parts = Parts::new(list.clone(), Z.on(0), Terms::zero());
    for share in [1e-3, 1e-6, 1e-9] {
        let found = parts.not_hermitian(&(Z.on(0) + Raise.on(0) * share), 1.0).unwrap().unwrap();
        assert!((found.error - share).abs() < 1e-3 * share);
    }
    // Several addends may be to blame.
    let wrong = Raise.on(0) * 0.3 + Raise.on(0) * 0.7;
    let found = parts.not_hermitian(&wrong, 1.0).unwrap().unwrap();
    assert!(
        parts.is_to_blame(&(Raise.on(0) * 0.3), &found) && parts.is_to_blame(&(Raise.on(0) * 0.7), &found)
    );
    // It is named as it would be written.
    let named = |terms: Terms| match Parts::new(list.clone(), Z.on(0), terms).validate(1.0) {
        Err(PartsError::NotHermitian { term, .. }) => term,
        other => panic!("{other:?}"),
    };
    let squared = Annihilate.on(1) * Annihilate.on(1);
    assert!(["a(o)^2", "ad(o)^2"].contains(&&*named(squared.clone())), "{}", named(squared.clone()));
    assert!(["X(q)*a(o)^2", "X(q)*ad(o)^2"].contains(&&*named(X.on(0) * squared)));
}

#[test]
fn channels_have_rates_and_operators() {
    let qubit = |channels: &[(f64, Terms)]| {
        let parts = Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], Number.on(0), X.on(0));
        channels.iter().fold(parts, |parts, (rate, operator)| parts.with_channel(*rate, operator.clone()))
    };
    for rate in [-0.5, f64::NAN, f64::INFINITY] {
        let found = qubit(&[(0.1, Lower.on(0)), (rate, Lower.on(0))]).validate(1.0);
        assert!(matches!(found, Err(PartsError::Rate { channel: 2, .. })), "{found:?}");
    }
    // What does nothing leaves the system closed.
    let closed = qubit(&[]).charge(&request()).unwrap();
    let idle = qubit(&[(0.0, Lower.on(0)), (0.5, Terms::zero())]).charge(&request()).unwrap();
    assert_eq!((idle.method, energies(&idle)), (closed.method, energies(&closed)));
}

/// Members that differ in a function of time, or of which some are left out, are not alike: driven alone, each stores what it stores alone.
#[test]
fn members_that_only_look_alike_are_told_apart() {
    let part = |count: usize| vec![Part::new("q", PartKind::Qubit, count)];
    let levels = |count: usize| (0..count).map(|i| Number.on(i)).sum::<Terms>();
    let wave = |frequency: f64| (TimeFunction::Time * frequency).then(Elementary::Cos);
    let alone = |frequency: f64| {
        energies(&Parts::new(part(1), levels(1), X.on(0).scaled(wave(frequency))).charge(&request()).unwrap())
    };
    let together = |frequencies: &[f64], count: usize| {
        let drives = frequencies.iter().enumerate().map(|(i, frequency)| X.on(i).scaled(wave(*frequency)));
        let parts = Parts::new(part(count), levels(count), drives.sum());
        // Hardly open, so that no closed method takes it.
        let parts = (0..count).fold(parts, |parts, i| parts.with_channel(1e-12, Lower.on(i)));
        energies(&parts.charge(&request()).unwrap())
    };
    let (slow, fast) = (alone(1.0), alone(2.0));
    for (frequencies, count) in
        [(&[1.0, 2.0, 1.0][..], 3), (&[1.0, 1.0], 3), (&[1.0, 1.0, 1.0], 3), (&[1.0], 2)]
    {
        let found = together(frequencies, count);
        for (k, energy) in found.iter().enumerate() {
            let expected: f64 = frequencies.iter().map(|f| if *f == 1.0 { slow[k] } else { fast[k] }).sum();
            assert!((energy - expected).abs() < 1e-8, "{frequencies:?} of {count}: {energy}, not {expected}");
        }
    }
}

/// Four cells as one group and as four parts: sum_{i<j<k} (X X Z + ..) and sum X, where X X = 1 leaves members free.
#[test]
fn products_of_three_on_equal_members_are_those_of_single_ones() {
    let triples = || {
        (0..4).flat_map(|i| (i + 1..4).flat_map(move |j| (j + 1..4).map(move |k| [i, j, k]))).map(
            |[i, j, k]| {
                X.on(i) * X.on(j) * Z.on(k) + X.on(i) * Z.on(j) * X.on(k) + Z.on(i) * X.on(j) * X.on(k)
            },
        )
    };
    let charging = triples().sum::<Terms>() * 0.3 + (0..4).map(|i| X.on(i) * 0.7).sum::<Terms>();
    let battery = || (0..4).map(|i| Number.on(i)).sum::<Terms>();
    for excitations in [0, 1, 4] {
        let group = Part::new("q", PartKind::Qubit, 4).starting_in(InitialState::Fock(excitations));
        let group = Parts::new(vec![group], battery(), charging.clone());
        let run = group.charge(&request()).unwrap();
        assert!(run.reason.contains("symmetric states"), "{}", run.reason);
        assert_eq!(energies(&run)[0], excitations as f64);
        // One dephased next to nothing is no group.
        let single = group.with_channel(1e-13, Z.on(2)).charge(&request()).unwrap();
        assert!(!single.reason.contains("symmetric states"), "{}", single.reason);
        for (a, b) in energies(&run).iter().zip(energies(&single)) {
            assert!((a - b).abs() < 1e-8, "{excitations}: {a} {b}");
        }
    }
}
