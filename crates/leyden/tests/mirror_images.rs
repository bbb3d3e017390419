//! Open systems of parts that are their own mirror image: the same numbers as where nothing is folded, and nothing folded where the mirror is broken.
//!
//! A channel in two parts of its rate is the same physics; but no channel is the image of both, so that such a system runs on all rows.

use leyden::asymptote::Detail;
use leyden::lindblad::{Elementary, TimeFunction};
use leyden::merit::Merits;
use leyden::model::Cutoff;
use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
use leyden::{Charging, InitialState, Request, Times};

const FOLDED: &str = "rows of rho are computed";

fn sum(sites: std::ops::Range<usize>, of: impl Fn(usize) -> Terms) -> Terms {
    sites.map(of).sum()
}

fn qubits(name: &str, count: usize) -> Part {
    Part::new(name, PartKind::Qubit, count)
}

/// Adds a channel on each of some sites; on all but the last in two, split differently on each.
fn lossy(parts: Parts, sites: &[usize], rate: f64, split: bool, letter: Letter) -> Parts {
    sites.iter().enumerate().fold(parts, |parts, (k, &site)| {
        let share = if split && k + 1 < sites.len() { 0.5 - 0.1 * k as f64 } else { 1.0 };
        let parts = parts.with_channel(share * rate, letter.on(site));
        if share < 1.0 { parts.with_channel((1.0 - share) * rate, letter.on(site)) } else { parts }
    })
}

fn exchange(a: usize, b: usize) -> Terms {
    let both = |letter: Letter| letter.on(a) * letter.on(b);
    both(Letter::X) + both(Letter::Y) + both(Letter::Z) * 0.5
}

/// H_B = sum Z/2, couplings -0.2/|i-j|, a transverse field of strength `field`, local losses and dephasing.
fn chain(n: usize, field: impl Into<TimeFunction>, split: bool) -> Parts {
    let field = field.into();
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let charging = pairs.map(|(a, b)| exchange(a, b) * (-0.2 / (b - a) as f64)).sum::<Terms>()
        + sum(0..n, |i| Letter::X.on(i).scaled(field.clone()));
    let parts = Parts::new(vec![qubits("cells", n)], sum(0..n, |i| Letter::Z.on(i) * 0.5), charging);
    let sites: Vec<usize> = (0..n).collect();
    lossy(lossy(parts, &sites, 0.05, split, Letter::Lower), &sites, 0.02, false, Letter::Z)
}

/// Two cells on either side of a charger, which is in the middle; H_B couples nothing.
fn charger_in_the_middle(split: bool) -> Parts {
    let parts =
        vec![qubits("left", 2), qubits("charger", 1).starting_in(InitialState::Excited), qubits("right", 2)];
    let battery = [0, 1, 3, 4].into_iter().map(|i| Letter::Z.on(i) * 0.5).sum();
    let charging = Letter::Z.on(2) * 0.5 + sum(0..4, |i| Letter::X.on(i) * Letter::X.on(i + 1));
    lossy(Parts::new(parts, battery, charging), &[0, 1, 3, 4], 0.1, split, Letter::Lower)
        .with_channel(0.3, Letter::Z.on(2))
}

/// Two oscillators, exchanged by the mirror, and a qubit that drives both.
fn two_oscillators(cutoff: Cutoff, split: bool) -> Parts {
    let mode = |name: &str| Part::new(name, PartKind::Oscillator(cutoff), 1);
    let parts = vec![mode("one"), mode("other"), qubits("charger", 1).starting_in(InitialState::Excited)];
    let battery = sum(0..2, |i| Letter::Number.on(i));
    let meet = |i: usize| Letter::Create.on(i) * Letter::Lower.on(2) * 0.3;
    let meets = |i: usize| Letter::Annihilate.on(i) * Letter::Raise.on(2) * 0.3;
    let charging = Letter::Z.on(2) * 0.5
        + Letter::X.on(2) * 0.2
        + sum(0..2, |i| meet(i) + meets(i) + Letter::Number.on(i) * Letter::Number.on(i) * 0.1);
    lossy(Parts::new(parts, battery, charging), &[0, 1], 0.6, split, Letter::Annihilate)
}

/// Five qubits in a ring, rotated and reversed.
fn ring(split: bool) -> Parts {
    let charging =
        sum(0..5, |i| Letter::X.on(i) * Letter::X.on((i + 1) % 5)) + sum(0..5, |i| Letter::Y.on(i) * 0.4);
    let parts = Parts::new(vec![qubits("cells", 5)], sum(0..5, |i| Letter::Z.on(i) * 0.5), charging);
    lossy(parts, &[0, 1, 2, 3, 4], 0.1, split, Letter::Lower)
}

/// Three cells around a hub, each a part of its own: several mirrors.
fn star(split: bool) -> Parts {
    let hub = qubits("hub", 1).starting_in(InitialState::Excited);
    let parts = vec![hub, qubits("one", 1), qubits("two", 1), qubits("three", 1)];
    let charging = Letter::Z.on(0) * 0.5 + sum(1..4, |i| Letter::X.on(0) * Letter::X.on(i) * 0.7);
    let parts = Parts::new(parts, sum(1..4, |i| Letter::Z.on(i) * 0.5), charging);
    lossy(parts, &[1, 2, 3], 0.1, split, Letter::Z).with_channel(0.1, Letter::Lower.on(0))
}

/// Excitations are conserved but for losses: blocks of rho, within which rows are images.
fn conserving(split: bool) -> Parts {
    let cells = qubits("cells", 5).starting_in(InitialState::Excited);
    let flips = |a: usize| Letter::X.on(a) * Letter::X.on(a + 1) + Letter::Y.on(a) * Letter::Y.on(a + 1);
    let parts = Parts::new(vec![cells], sum(0..5, |i| Letter::Z.on(i) * 0.5), sum(0..4, |a| flips(a) * 0.3));
    lossy(parts, &[0, 1, 2, 3, 4], 0.1, split, Letter::Lower)
}

fn run(parts: &Parts) -> Charging {
    let request = Request { detail: Detail::Limit, tolerance: 1e-11, ..Times::even(0.0, 3.0, 13).into() };
    parts.charge(&request).unwrap()
}

fn numbers(m: &Merits) -> [f64; 10] {
    let e = &m.ergotropy;
    let collective = e.collective.unwrap_or(0.0);
    let [largest, smallest] = [e.largest_eigenvalue, e.smallest_eigenvalue];
    let local = if e.local.is_nan() { 0.0 } else { e.local };
    // Squared: a root magnifies rounding where energies are sharp.
    let spread = m.fluctuation.powi(2);
    [m.energy, m.passive, e.global, collective, local, e.incoherent, largest, smallest, m.purity, spread]
}

fn assert_same(folded: &Charging, plain: &Charging, what: &str) {
    let close = |a: f64, b: f64, of: &str| assert!((a - b).abs() < 1e-10, "{what}: {of} {a}, not {b}");
    let states = folded.series.merits.iter().zip(&plain.series.merits);
    for (a, b) in states {
        numbers(a).into_iter().zip(numbers(b)).for_each(|(x, y)| close(x, y, "a figure of merit is"));
    }
    folded.series.power.iter().zip(&plain.series.power).for_each(|(x, y)| close(*x, *y, "the power is"));
    let (a, b) = (&folded.asymptote, &plain.asymptote);
    assert_eq!((a.unique, &a.conserved, a.certified), (b.unique, &b.conserved, b.certified), "{what}");
    match (&a.limit, &b.limit) {
        (Ok(a), Ok(b)) => {
            numbers(a).into_iter().zip(numbers(b)).for_each(|(x, y)| close(x, y, "at the end a figure is"));
        }
        (a, b) => assert_eq!(a, b, "{what}"),
    }
    if let (Ok(a), Ok(b)) = (&a.slowest_rate, &b.slowest_rate) {
        close(a.rate, b.rate, "the slowest rate is");
    }
}

#[test]
fn mirror_images_change_no_number() {
    let pulse = || (TimeFunction::Time * 1.1).then(Elementary::Cos) * 0.8;
    type Made = Box<dyn Fn(bool) -> Parts>;
    let cases: [(&str, Made, &str); 8] = [
        ("chain", Box::new(|split| chain(5, 1.0, split)), "20 of 32"),
        ("moving field", Box::new(move |split| chain(4, pulse(), split)), "10 of 16"),
        ("charger in the middle", Box::new(charger_in_the_middle), "20 of 32"),
        ("two oscillators", Box::new(|split| two_oscillators(Cutoff::Levels(4), split)), "20 of 32"),
        ("oscillators that grow", Box::new(|split| two_oscillators(Cutoff::Auto, split)), FOLDED),
        ("ring", Box::new(ring), "8 of 32"),
        ("star", Box::new(star), "8 of 16"),
        ("blocks", Box::new(conserving), "20 of 32"),
    ];
    for (what, made, rows) in cases {
        let (folded, plain) = (run(&made(false)), run(&made(true)));
        assert!(folded.reason.contains(rows) && folded.reason.contains(FOLDED), "{what}: {}", folded.reason);
        assert!(!plain.reason.contains(FOLDED), "{what}: {}", plain.reason);
        assert_same(&folded, &plain, what);
    }
}

#[test]
fn a_broken_mirror_folds_nothing() {
    let reason = |parts: &Parts| run(parts).reason;
    assert!(reason(&chain(4, 1.0, false)).contains(FOLDED));
    let two = |start: InitialState, field: f64, rates: [f64; 2], z: f64| {
        let parts = vec![qubits("one", 1).starting_in(start), qubits("other", 1)];
        let battery = Letter::Z.on(0) * 0.5 + Letter::Z.on(1) * (0.5 * z);
        let charging = exchange(0, 1) * 0.4 + Letter::X.on(0) * 0.3 + Letter::X.on(1) * field;
        let parts = Parts::new(parts, battery, charging);
        parts.with_channel(rates[0], Letter::Lower.on(0)).with_channel(rates[1], Letter::Lower.on(1))
    };
    assert!(reason(&two(InitialState::Ground, 0.3, [0.05, 0.05], 1.0)).contains(FOLDED));
    let broken = [
        ("start", two(InitialState::Excited, 0.3, [0.05, 0.05], 1.0)),
        ("field", two(InitialState::Ground, 0.3 + 1e-9, [0.05, 0.05], 1.0)),
        ("rates", two(InitialState::Ground, 0.3, [0.05, 0.05 + 1e-9], 1.0)),
        ("battery", two(InitialState::Ground, 0.3, [0.05, 0.05], 1.0 + 1e-9)),
    ];
    for (what, parts) in broken {
        assert!(!reason(&parts).contains(FOLDED), "{what}: {}", reason(&parts));
    }
}

#[test]
fn jumps_are_images_up_to_a_phase() {
    // -sm is sm as far as a channel goes.
    let parts = |phase: f64| {
        let cells = Parts::new(
            vec![qubits("one", 1), qubits("other", 1)],
            sum(0..2, |i| Letter::Z.on(i) * 0.5),
            exchange(0, 1) * 0.4 + sum(0..2, |i| Letter::X.on(i) * 0.3),
        );
        cells.with_channel(0.2, Letter::Lower.on(0)).with_channel(0.2, Letter::Lower.on(1) * phase)
    };
    let (same, turned) = (run(&parts(1.0)), run(&parts(-1.0)));
    assert!(turned.reason.contains(FOLDED), "{}", turned.reason);
    assert_same(&turned, &same, "phase");
}

#[test]
fn a_battery_whose_cells_are_coupled_is_not_folded() {
    let coupled = |split: bool| {
        let battery =
            sum(0..4, |i| Letter::Z.on(i) * 0.5) + sum(0..3, |i| Letter::X.on(i) * Letter::X.on(i + 1) * 0.2);
        let parts = Parts::new(vec![qubits("cells", 4)], battery, sum(0..4, |i| Letter::X.on(i)));
        lossy(parts, &[0, 1, 2, 3], 0.05, split, Letter::Lower)
    };
    let (whole, split) = (run(&coupled(false)), run(&coupled(true)));
    assert!(!whole.reason.contains(FOLDED), "{}", whole.reason);
    assert_same(&whole, &split, "coupled cells");
}

#[test]
fn a_second_method_uses_no_mirror() {
    let request = Request { verify: true, ..Times::even(0.0, 2.0, 5).into() };
    let run = chain(4, 1.0, false).charge(&request).unwrap();
    let verification = run.verification.unwrap();
    assert!(run.reason.contains(FOLDED) && verification.method.contains("on all sites"), "{}", run.reason);
    for (what, difference) in verification.differences {
        assert!(difference.is_nan() || difference < 1e-6, "{what}: {difference}");
    }
}
