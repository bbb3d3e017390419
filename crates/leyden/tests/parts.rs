//! Systems of parts against master equations on all states, exact values and built-in systems.

use leyden::lindblad::{Elementary, TimeFunction};
use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
use leyden::{Charging, Complex64, InitialState, MasterEquation, Operator, Request, Times};

/// H = sum Z/2 + sum_{i<j} J/|i-j| (XX + YY + D ZZ) + h sum X, all down: the first sum is H_B.
fn chain(n: usize) -> Parts {
    let (j, d, h) = (-0.2, 0.5, 1.0);
    let pair = |a: usize, b: usize| {
        let both = |letter: Letter| letter.on(a) * letter.on(b);
        (both(Letter::X) + both(Letter::Y) + both(Letter::Z) * d) * (j / (b - a) as f64)
    };
    let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
    let field: Terms = (0..n).map(|i| Letter::X.on(i) * h).sum();
    let charging = pairs.map(|(a, b)| pair(a, b)).sum::<Terms>() + field;
    let battery = (0..n).map(|i| Letter::Z.on(i) * 0.5).sum();
    Parts::new(vec![Part::new("cells", PartKind::Qubit, n)], battery, charging)
}

fn largest(run: &Charging) -> f64 {
    let energies = run.series.column(|m| m.energy);
    energies.iter().fold(f64::MIN, |a, e| a.max(e - energies[0]))
}

#[test]
fn chains_store_what_an_independent_program_found() {
    for (n, expected) in [(8, 6.627211), (12, 10.013945)] {
        let run = chain(n).charge(&Times::even(0.0, 5.0, 101).into()).unwrap();
        assert!((largest(&run) - expected).abs() < 1e-6, "{n}: {}", largest(&run));
        // A pure state of all cells: everything above the ground state.
        let last = run.last();
        assert!((last.ergotropy.global - (last.energy + 0.5 * n as f64)).abs() < 1e-10);
    }
}

/// Terms on the product of all sites, each letter written out here.
fn on_all_sites(terms: &Terms, levels: &[usize]) -> Operator {
    let dim = levels.iter().product();
    let letter = |letter: Letter, d: usize| -> Operator {
        let up = Operator::from_entries(d, (1..d).map(|n| (n, n - 1, ((n * (d - n)) as f64).sqrt().into())));
        let a = Operator::from_entries(d, (1..d).map(|n| (n - 1, n, (n as f64).sqrt().into())));
        let number = Operator::from_entries(d, (1..d).map(|n| (n, n, (n as f64).into())));
        let sz = &number - &(0.5 * (d as f64 - 1.0) * Operator::identity(d));
        match letter {
            Letter::X => up.plus_adjoint(),
            Letter::Y => (&up - &up.adjoint()).scaled(-Complex64::I),
            Letter::Z => 2.0 * sz,
            Letter::Raise => up,
            Letter::Lower => up.adjoint(),
            Letter::Number => number,
            Letter::Annihilate => a,
            Letter::Create => a.adjoint(),
            Letter::Sx => 0.5 * up.plus_adjoint(),
            Letter::Sy => (&up - &up.adjoint()).scaled(-0.5 * Complex64::I),
            Letter::Sz => sz,
            Letter::Transition(k, l) => Operator::from_entries(d, [(k, l, Complex64::ONE)]),
        }
    };
    let mut sum = Operator::zero(dim);
    for term in terms.list() {
        let mut product = Operator::identity(1);
        for (site, &d) in levels.iter().enumerate() {
            let word = term.factors.iter().find(|factor| factor.0 == site).map(|factor| factor.1.clone());
            let letters = word.unwrap_or_default().into_iter().map(|l| letter(l, d));
            product = product.kron(&letters.fold(Operator::identity(d), |a, b| &a * &b));
        }
        sum = sum + product.scaled(term.coefficient.constant().expect("constant"));
    }
    sum
}

/// The same system as a master equation on all sites; the battery must come last. `ket` is the start.
fn brute(parts: &Parts, levels: &[usize], first_of_battery: usize, ket: Vec<Complex64>) -> MasterEquation {
    let h = on_all_sites(&(parts.battery().clone() + parts.charging().clone()), levels);
    let shifted = parts.battery().list().iter().cloned().map(|mut term| {
        term.factors.iter_mut().for_each(|factor| factor.0 -= first_of_battery);
        term
    });
    let h_b = on_all_sites(&Terms::of(shifted.collect()), &levels[first_of_battery..]);
    let channels = parts.channels().iter();
    channels
        .fold(MasterEquation::new(h, h_b), |system, c| {
            system.with_channel(c.rate, on_all_sites(&c.operator, levels))
        })
        .starting_in_ket(ket)
}

/// Largest differences of energies, global ergotropies, purities, fluctuations and incoherent parts.
fn difference(a: &Charging, b: &Charging) -> f64 {
    type Read = fn(&leyden::merit::Merits) -> f64;
    let reads: [Read; 5] = [
        |m| m.energy,
        |m| m.ergotropy.global,
        |m| m.purity,
        |m| m.fluctuation.powi(2),
        |m| m.ergotropy.incoherent,
    ];
    let of = |read: &Read| {
        let (x, y) = (a.series.column(*read), b.series.column(*read));
        assert_eq!(x.len(), y.len());
        x.iter()
            .zip(&y)
            .map(|(x, y)| (x - y).abs())
            .fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) })
    };
    reads.iter().map(of).fold(0.0, f64::max)
}

fn product(cells: &[Vec<Complex64>]) -> Vec<Complex64> {
    cells.iter().fold(vec![Complex64::ONE], |psi, cell| {
        psi.iter().flat_map(|a| cell.iter().map(move |b| a * b)).collect()
    })
}

fn level(d: usize, k: usize) -> Vec<Complex64> {
    (0..d).map(|n| f64::from(u8::from(n == k)).into()).collect()
}

fn request() -> Request {
    Request { tolerance: 1e-10, ..Times::even(0.0, 4.0, 9).into() }
}

/// An oscillator of few levels, a spin 1/2 and three qubits all alike: members of the group meet each other, the oscillator and the spin.
fn mixed(channels: &[(f64, Terms)]) -> (Parts, [usize; 5]) {
    let levels = [3, 2, 2, 2, 2];
    let parts = vec![
        Part::new("o", PartKind::Oscillator(leyden::model::Cutoff::Levels(3)), 1)
            .starting_in(InitialState::Fock(1)),
        Part::new("s", PartKind::Spin(2), 1).starting_in(InitialState::Excited),
        Part::new("q", PartKind::Qubit, 3),
    ];
    let qubits = 2..5;
    let all = |letter: Letter| qubits.clone().map(|i| letter.on(i)).sum::<Terms>();
    let pairs = |a: Letter, b: Letter| {
        let list = qubits.clone().flat_map(|i| qubits.clone().map(move |j| (i, j))).filter(|(i, j)| i != j);
        list.map(|(i, j)| a.on(i) * b.on(j)).sum::<Terms>()
    };
    let battery = all(Letter::Z) * 0.5;
    let exchange = Letter::Annihilate.on(0) * all(Letter::Raise) * 0.7;
    let charging = exchange.clone()
        + exchange.adjoint()
        + Letter::Number.on(0) * 1.1
        + Letter::Sz.on(1) * 0.9
        + Letter::Sx.on(1) * all(Letter::X) * 0.3
        + pairs(Letter::X, Letter::X) * 0.21
        + pairs(Letter::Y, Letter::Z) * 0.13
        + (pairs(Letter::Raise, Letter::Raise) + pairs(Letter::Lower, Letter::Lower)) * 0.17;
    let system = Parts::new(parts, battery, charging);
    let system = channels.iter().fold(system, |system, (rate, l)| system.with_channel(*rate, l.clone()));
    (system, levels)
}

#[test]
fn equal_members_as_one_are_what_they_are_one_by_one() {
    let collective = (2..5).map(|i| Letter::Lower.on(i)).sum::<Terms>();
    let local = |letter: Letter, rate: f64| (2..5).map(|i| (rate, letter.on(i))).collect::<Vec<_>>();
    let cases: [(Vec<(f64, Terms)>, &str); 5] = [
        (vec![], "symmetric states"),
        (
            vec![(0.3, Letter::Annihilate.on(0)), (0.2, collective + Letter::Annihilate.on(0) * 0.5)],
            "symmetric states",
        ),
        (local(Letter::Lower, 0.2), "total spins"),
        ([local(Letter::Z, 0.1), local(Letter::Raise, 0.05)].concat(), "total spins"),
        // A channel of one member alone: each for itself.
        (vec![(0.2, Letter::Lower.on(3))], ""),
    ];
    for (channels, said) in cases {
        let (system, levels) = mixed(&channels);
        let ket = product(&[level(3, 1), level(2, 1), level(2, 0), level(2, 0), level(2, 0)]);
        let run = system.charge(&request()).unwrap();
        assert!(run.reason.contains(said), "{}", run.reason);
        assert_eq!(said.is_empty(), !run.reason.contains("the 3 members of q"), "{}", run.reason);
        let expected = brute(&system, &levels, 2, ket).charge(&request()).unwrap();
        let error = difference(&run, &expected);
        assert!(error < 1e-8, "{said}: {error:e}");
        // One by one as well.
        let verified = system.charge(&Request { verify: true, ..request() }).unwrap();
        let differences = verified.verification.unwrap().differences;
        assert!(differences.iter().all(|(_, x)| *x < 1e-7), "{said}: {differences:?}");
    }
}

#[test]
fn interacting_batteries_are_read_in_their_own_basis() {
    // A charger, then three qubits with H_B = sum Z/2 + 0.4 (X_1 X_2 + X_2 X_3) + 0.3 X_1, and the same on all pairs.
    let levels = [2, 2, 2, 2];
    for all_alike in [false, true] {
        let x = |i: usize, j: usize| Letter::X.on(i) * Letter::X.on(j) * 0.4;
        let field: Terms = (1..4).map(|i| Letter::Z.on(i) * 0.5).sum();
        let battery = field + x(1, 2) + x(2, 3) + if all_alike { x(1, 3) } else { Letter::X.on(1) * 0.3 };
        let coupling: Terms = (1..4).map(|i| Letter::Lower.on(0) * Letter::Raise.on(i) * 0.8).sum();
        let charging = coupling.clone() + coupling.adjoint() + Letter::Number.on(0);
        for rate in [0.0, 0.3] {
            let parts = vec![
                Part::new("c", PartKind::Qubit, 1).starting_in(InitialState::Excited),
                Part::new("b", PartKind::Qubit, 3),
            ];
            let system =
                Parts::new(parts, battery.clone(), charging.clone()).with_channel(rate, Letter::Z.on(0));
            let run = system.charge(&request()).unwrap();
            assert_eq!(run.reason.contains("symmetric states"), all_alike, "{}", run.reason);
            let ket = product(&[level(2, 1), level(2, 0), level(2, 0), level(2, 0)]);
            let error = difference(&run, &brute(&system, &levels, 1, ket).charge(&request()).unwrap());
            assert!(error < 1e-8, "{all_alike} {rate}: {error:e}");
            assert!(run.last().ergotropy.local.is_nan());
        }
    }
}

#[test]
fn cells_of_a_battery_without_interaction_have_their_own_ergotropy() {
    // Unequal levels and a tilted field: each cell has its own basis.
    let parts = vec![
        Part::new("a", PartKind::Qubit, 1).starting_in(InitialState::Excited),
        Part::new("b", PartKind::Spin(3), 1),
    ];
    let battery =
        Letter::Z.on(0) * 0.5 + Letter::X.on(0) * 0.4 + Letter::Sz.on(1) * 1.3 + Letter::Sy.on(1) * 0.2;
    let coupling = Letter::Lower.on(0) * Letter::Raise.on(1) * 0.8;
    let system = Parts::new(parts, battery, coupling.clone() + coupling.adjoint());
    let run = system.charge(&request()).unwrap();
    // By hand: the state of each cell against its own Hamiltonian.
    let h = [
        Operator::from_rows(&[[-0.5, 0.4], [0.4, 0.5]]),
        1.3 * (&Operator::number(3) - &Operator::identity(3)) + 0.2 * on_all_sites(&Letter::Sy.on(0), &[3]),
    ];
    let ket = product(&[level(2, 1), level(3, 0)]);
    let joint = on_all_sites(&(system.battery().clone() + system.charging().clone()), &[2, 3]);
    let lindbladian = leyden::Lindbladian::new(joint, vec![]).unwrap();
    let generator = leyden::lindblad::Generator::new(&lindbladian);
    let rho0 = leyden::Hermitian::projector(&ket);
    let method = leyden::evolve::choose(&generator, &run.times, 1e-12);
    method
        .method
        .evolve(&generator, &rho0, &run.times, &mut |k, _, s| {
            let rho = leyden::Hermitian::from_s(6, s.to_vec());
            let pairs = |d: usize| (0..d).flat_map(move |i| (0..d).map(move |j| (i, j)));
            let trace = |i: usize, j: usize, d: usize, at: &dyn Fn(usize, usize) -> usize| {
                (0..d).map(|k| rho.get(at(i, k), at(j, k))).sum::<Complex64>()
            };
            let a = pairs(2).map(|(i, j)| (i, j, trace(i, j, 3, &|i, k| 3 * i + k)));
            let b = pairs(3).map(|(i, j)| (i, j, trace(i, j, 2, &|i, k| 3 * k + i)));
            let cells = [Operator::from_entries(2, a), Operator::from_entries(3, b)];
            let of = |(rho, h): (&Operator, &Operator)| leyden::merit::ergotropy(rho, h).unwrap();
            let local: f64 = cells.iter().zip(&h).map(of).sum();
            let found = run.series.merits[k].ergotropy.local;
            assert!((found - local).abs() < 1e-9, "{k}: {found} {local}");
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
}

#[test]
fn cutoffs_of_oscillators_grow_until_nothing_leaves_them() {
    // Two-photon exchange with a qubit from a coherent state, closed and lossy, against many levels.
    use leyden::model::Cutoff;
    for rate in [0.0, 0.1] {
        let system = |cutoff: Cutoff| {
            let parts = vec![
                Part::new("o", PartKind::Oscillator(cutoff), 1).starting_in(InitialState::Coherent(1.5)),
                Part::new("q", PartKind::Qubit, 1),
            ];
            let pairs = Letter::Create.on(0) * Letter::Create.on(0) * Letter::Lower.on(1) * 0.4;
            let push = (Letter::Create.on(0) + Letter::Annihilate.on(0)) * 0.8;
            let charging = pairs.clone() + pairs.adjoint() + push;
            Parts::new(parts, Letter::Number.on(1), charging).with_channel(rate, Letter::Annihilate.on(0))
        };
        let of = |cutoff: Cutoff| system(cutoff).charge(&request()).unwrap();
        let (auto, many) = (of(Cutoff::Auto), of(Cutoff::Levels(70)));
        assert_eq!(auto.outcome, leyden::evolve::Outcome::Converged);
        let error = difference(&auto, &many);
        assert!(error < 1e-8, "{rate}: {error:e}, {:?}", auto.levels);
        // Too few of them are said to be.
        let few = of(Cutoff::Levels(22));
        assert!(matches!(few.outcome, leyden::evolve::Outcome::CutoffTooSmall { .. }), "{:?}", few.outcome);
    }
}

/// Built-in systems of every kind, written as parts.
fn built_in() -> Vec<(leyden::ChargerBattery, &'static str)> {
    use leyden::ChargerBattery;
    use leyden::model::{Cell, ChargerKind, CouplingForm, Cutoff};
    let star = ChargerBattery::star(4).dephased(1.4).driven(0.7);
    let mut detuned = ChargerBattery::star(1).dephased(0.9).driven(0.5);
    detuned.battery.detuning = 0.1;
    detuned.charger.frequency = 1.3;
    let mut noisy = ChargerBattery::star(3).driven(0.4);
    noisy.charger.noise.relaxation = 0.2;
    noisy.charger.noise.thermal_occupation = 0.3;
    noisy.battery.noise.dephasing = 0.05;
    noisy.battery.noise.relaxation = 0.04;
    let mut shared = noisy.clone();
    shared.battery.collective_noise = true;
    let mut unequal = ChargerBattery::star(2).dephased(0.3);
    unequal.battery.frequencies = vec![1.0, 1.2];
    unequal.coupling.strengths = vec![0.8, -1.1];
    unequal.initial.charger = InitialState::Excited;
    let mut cavity = ChargerBattery::star(5).with_charger_in(InitialState::Fock(4));
    cavity.charger.kind = ChargerKind::Oscillator(Cutoff::Auto);
    let mut dicke = cavity.clone();
    dicke.coupling.form = CouplingForm::Dipole;
    dicke.coupling.strengths = vec![0.3; 5];
    let mut lossy = ChargerBattery::oscillators().driven(0.3);
    lossy.charger.noise.relaxation = 0.2;
    lossy.charger.noise.thermal_occupation = 0.5;
    let mut qudits = ChargerBattery::star(2).driven(0.6);
    qudits.battery.cell = Cell::Qudit(4);
    vec![
        (star, "rabi-blocks"),
        (detuned, "exponential"),
        (noisy, ""),
        (shared, ""),
        (unequal, ""),
        (cavity, "number-blocks"),
        (dicke, ""),
        (lossy, "gaussian"),
        (ChargerBattery::oscillators().driven(0.5).dephased(1.0), "number-sectors"),
        (qudits, "rabi-blocks"),
    ]
}

#[test]
fn built_in_systems_written_as_parts_are_recognised() {
    for (system, method) in built_in() {
        let request = request();
        let (expected, parts) = (system.charge(&request).unwrap(), system.as_parts());
        let run = parts.charge(&request).unwrap();
        assert!(run.reason.starts_with("this is "), "{}", run.reason);
        assert_eq!(run.method, expected.method);
        assert!(run.method.name().contains(method), "{method} {}", run.method);
        let error = difference(&run, &expected);
        assert!(error < 1e-12, "{}: {error:e}", run.reason);
        match (&run.asymptote.limit, &expected.asymptote.limit) {
            (Ok(a), Ok(b)) => assert!((a.energy - b.energy).abs() < 1e-11),
            (a, b) => assert_eq!(a.is_err(), b.is_err()),
        }
    }
}

#[test]
fn built_in_systems_as_parts_have_the_same_states_without_being_recognised() {
    for (system, _) in built_in() {
        // A name of a general method is asked for, so that nothing is recognised.
        let explicit = Some(leyden::Method::Explicit);
        let request = Request { method: explicit, tolerance: 1e-11, ..Times::even(0.0, 1.5, 4).into() };
        let (expected, run) = (
            system.charge(&Request { method: None, ..request.clone() }).unwrap(),
            system.as_parts().charge(&request).unwrap(),
        );
        assert!(!run.reason.starts_with("this is"), "{}", run.reason);
        let error = difference(&run, &expected);
        assert!(error < 1e-9, "{}: {error:e}", expected.reason);
    }
}

#[test]
fn the_zero_of_energy_is_that_of_the_text() {
    let star = leyden::ChargerBattery::star(3).driven(0.5).dephased(1.0);
    let parts = star.as_parts();
    // n = (1 + Z)/2: H_B = sum Z/2 + 2 in place of sum n.
    let battery = (1..4).map(|i| Letter::Z.on(i) * 0.5).sum::<Terms>() + Terms::number(2.0);
    let numbers = (1..4).map(|i| Letter::Number.on(i)).sum::<Terms>();
    let shift = numbers - (1..4).map(|i| Letter::Z.on(i) * 0.5).sum::<Terms>();
    let other = Parts::new(parts.parts().to_vec(), battery, parts.charging().clone() + shift);
    let other = other.with_channel(1.0, Letter::Z.on(0) * 0.5);
    let (a, b) = (star.charge(&request()).unwrap(), other.charge(&request()).unwrap());
    assert!(b.reason.starts_with("this is a star of 3 cells"), "{}", b.reason);
    for (x, y) in a.series.merits.iter().zip(&b.series.merits) {
        assert!((x.energy + 0.5 - y.energy).abs() < 1e-13 && (x.passive + 0.5 - y.passive).abs() < 1e-12);
        assert!((x.ergotropy.global - y.ergotropy.global).abs() < 1e-13);
    }
    let limits = (a.asymptote.limit.unwrap(), b.asymptote.limit.unwrap());
    assert!((limits.0.energy + 0.5 - limits.1.energy).abs() < 1e-12);
    let explicit = other.charge(&Request { method: Some(leyden::Method::Explicit), ..request() }).unwrap();
    assert!(difference(&explicit, &b) < 1e-9);
}

/// A qubit, H_B = n, driven by f(t) X/2: resonant in the frame of the drive, where H_B does not show.
fn driven(f: TimeFunction) -> Parts {
    let battery = Letter::Number.on(0);
    let charging = -battery.clone() + Letter::X.on(0).scaled(f * 0.5);
    Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], battery, charging)
}

/// With the frequency 0: any function of time alone.
fn pulse_alone(f: TimeFunction, end: f64) -> Charging {
    let request = Request { tolerance: 1e-9, ..Times::even(0.0, end, 11).into() };
    driven(f).charge(&request).unwrap()
}

#[test]
fn the_area_of_a_pulse_decides_wherever_it_lies() {
    let t = || TimeFunction::Time;
    let area = 2.2_f64;
    let expected = (0.5 * area).sin().powi(2);
    for (centre, width) in [(12.0, 0.3), (1e4, 1e-3), (1e3, 1e-3), (1e5, 0.1), (1.5e4, 1.0)] {
        let gaussian =
            (t() - centre).gaussian(width) * (area / (width * (2.0 * std::f64::consts::PI).sqrt()));
        let x = || (t() - centre) * (1.0 / width);
        let sech = x().then(Elementary::Sech) * (area / (width * std::f64::consts::PI));
        // A square from -width to width, a ramp up and one down.
        let window = (x() + 1.0).then(Elementary::Step) - (x() - 1.0).then(Elementary::Step);
        let tent = (x() + 1.0).then(Elementary::Ramp) * ((x() * -1.0) + 1.0).then(Elementary::Ramp);
        let square = window * (0.5 * area / width);
        let triangle = tent * (area / width);
        for pulse in [gaussian, sech, square, triangle] {
            for end in [centre + 20.0 * width, 3.0 * centre + 40.0 * width] {
                let run = pulse_alone(pulse.clone(), end);
                let energy = run.last().energy;
                assert!(
                    (energy - expected).abs() < 1e-7,
                    "{centre} {width} {end}: {energy} {expected} {pulse:?}"
                );
                assert!(run.checks.error < 1e-6);
            }
        }
    }
}

#[test]
fn a_shifted_pulse_gives_the_same() {
    // Detuned, so that the shape matters: H = 0.7 n + f(t) X/2.
    let run = |centre: f64, width: f64| {
        let pulse = (TimeFunction::Time - centre).gaussian(width) * (2.0 / width);
        let battery = Letter::Number.on(0);
        let detuned = battery.clone() * (0.7 / width - 1.0) + Letter::X.on(0).scaled(pulse * 0.5);
        let system = Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], battery, detuned);
        let request = Request {
            tolerance: 1e-10,
            ..Times::even(centre + 12.0 * width, centre + 12.0 * width, 1).into()
        };
        system.charge(&request).unwrap().last().energy
    };
    let near = run(12.0, 1.0);
    assert!(near > 0.05 && near < 0.95, "{near}");
    for (centre, width) in [(20.0, 1.0), (1e3, 1.0), (1.0, 1e-3)] {
        assert!((run(centre, width) - near).abs() < 1e-7, "{centre} {width}: {} {near}", run(centre, width));
    }
}

#[test]
fn ramps_follow_landau_and_zener() {
    // H = (v t/2) Z + D X from -T to T: the other level ends with 1 - e^{-2 pi D^2/v}; finite ramps differ by D/(v T).
    let (v, d, half) = (1.0, 0.35, 400.0);
    let battery = Letter::Number.on(0);
    let ramp = (TimeFunction::Time - half) * (0.5 * v);
    let charging = -battery.clone() + Letter::Z.on(0).scaled(ramp) + Letter::X.on(0) * d;
    let system = Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], battery, charging);
    let run = system.charge(&Times::even(2.0 * half, 2.0 * half, 1).into()).unwrap();
    // The ground state of H_B follows the crossing into the other one.
    let expected = 1.0 - (-2.0 * std::f64::consts::PI * d * d / v).exp();
    assert!((run.last().energy - expected).abs() < 3.0 * d / (v * half), "{} {expected}", run.last().energy);
}

#[test]
fn open_systems_see_pulses_as_well() {
    // A dephased qubit under a pulse far away against the same pulse near.
    let run = |centre: f64| {
        let pulse = (TimeFunction::Time - centre).gaussian(0.2) * 4.0;
        let system = driven(pulse).with_channel(0.5, Letter::Z.on(0));
        let request = Request { tolerance: 1e-10, ..Times::even(centre + 5.0, centre + 5.0, 1).into() };
        system.charge(&request).unwrap().last().energy
    };
    let near = run(5.0);
    assert!((run(5e3) - near).abs() < 1e-8, "{} {near}", run(5e3));
}

/// A lossy qubit under F cos(w t) X in the laboratory, and the same rotating wave F/2 (sp e^{-iwt} + sm e^{iwt}).
#[test]
fn periodic_hamiltonians_lead_to_averages_over_a_period() {
    let w = 1.3;
    let t = || TimeFunction::Time;
    let wave = |sign: f64| (t() * Complex64::new(0.0, sign * w)).then(Elementary::Exp);
    let part = || vec![Part::new("q", PartKind::Qubit, 1)];
    let battery = || Letter::Number.on(0);
    let lossy =
        |system: Parts| system.with_channel(0.4, Letter::Lower.on(0)).with_channel(0.1, Letter::Raise.on(0));
    let rotating = Letter::Raise.on(0).scaled(wave(-1.0)) + Letter::Lower.on(0).scaled(wave(1.0));
    let request: Request = Times::even(0.0, 5.0, 6).into();
    let run = lossy(Parts::new(part(), battery(), rotating * 0.3)).charge(&request).unwrap();
    // In the frame of the drive nothing moves: H = (1 - w) n + 0.3 X.
    let still = lossy(Parts::new(part(), battery(), battery() * -w + Letter::X.on(0) * 0.3));
    let limit = (run.asymptote.limit.unwrap(), still.charge(&request).unwrap().asymptote.limit.unwrap());
    assert!((limit.0.energy - limit.1.energy).abs() < 1e-8, "{limit:?}");
    assert!((limit.0.ergotropy.global - limit.1.ergotropy.global).abs() < 1e-8, "{limit:?}");
    assert!(run.asymptote.remarks.iter().any(|remark| remark.to_string().contains("4.83")));
    // Counter-rotating terms: against a long run, averaged by hand over the last period.
    let swinging = Letter::X.on(0).scaled((t() * w).then(Elementary::Cos) * 0.6);
    let system = lossy(Parts::new(part(), battery(), swinging));
    let limit = system.charge(&request).unwrap().asymptote.limit.unwrap();
    let period = 2.0 * std::f64::consts::PI / w;
    let times: Vec<f64> = (0..200).map(|k| 40.0 * period + period * f64::from(k) / 200.0).collect();
    let long = system.charge(&Request { tolerance: 1e-11, ..Times::from(times).into() }).unwrap();
    let mean = |read: fn(&leyden::merit::Merits) -> f64| long.series.column(read).iter().sum::<f64>() / 200.0;
    assert!((mean(|m| m.energy) - limit.energy).abs() < 1e-7, "{} {}", mean(|m| m.energy), limit.energy);
    assert!((mean(|m| m.ergotropy.global) - limit.ergotropy.global).abs() < 1e-6);
    // No period, no limit; nor where nothing is open.
    let pulse = driven(t().gaussian(1.0)).with_channel(0.1, Letter::Lower.on(0));
    assert!(pulse.charge(&request).unwrap().asymptote.limit.is_err());
    assert!(driven((t() * w).then(Elementary::Cos)).charge(&request).unwrap().asymptote.limit.is_err());
}

#[test]
fn oscillators_that_the_battery_mixes_are_cut_where_nothing_moves() {
    use leyden::model::Cutoff;
    // H_B = n_1 + n_2 + 0.3 (a_1 ad_2 + h.c.): modes of frequencies 0.7 and 1.3, charged by a qubit and a push.
    let coupled = |cutoff: Cutoff| {
        let parts = vec![
            Part::new("q", PartKind::Qubit, 1).starting_in(InitialState::Excited),
            Part::new("o", PartKind::Oscillator(cutoff), 2),
        ];
        let hop = Letter::Annihilate.on(1) * Letter::Create.on(2) * 0.3;
        let battery = Letter::Number.on(1) + Letter::Number.on(2) + hop.clone() + hop.adjoint();
        let exchange = Letter::Lower.on(0) * Letter::Create.on(1) * 0.8;
        let push = (Letter::Create.on(2) + Letter::Annihilate.on(2)) * 0.1;
        Parts::new(parts, battery, exchange.clone() + exchange.adjoint() + push)
    };
    // One oscillator whose H_B = n + 0.2 (a + ad) is displaced, lossy.
    let displaced = |cutoff: Cutoff| {
        let parts = vec![
            Part::new("q", PartKind::Qubit, 1).starting_in(InitialState::Excited),
            Part::new("o", PartKind::Oscillator(cutoff), 1),
        ];
        let battery = Letter::Number.on(1) + (Letter::Create.on(1) + Letter::Annihilate.on(1)) * 0.2;
        let exchange = Letter::Lower.on(0) * Letter::Create.on(1) * 0.8;
        let system = Parts::new(parts, battery, exchange.clone() + exchange.adjoint());
        system.with_channel(0.2, Letter::Annihilate.on(1))
    };
    let request = Request { tolerance: 1e-5, ..Times::even(0.0, 1.0, 3).into() };
    let of = |system: Parts| system.charge(&request).unwrap();
    let pairs = [
        (coupled(Cutoff::Auto), coupled(Cutoff::Levels(16))),
        (displaced(Cutoff::Auto), displaced(Cutoff::Levels(30))),
    ];
    for (auto, many) in pairs {
        let error = difference(&of(auto), &of(many));
        assert!(error < 1e-4, "{error:e}");
    }
}

#[test]
fn an_oscillator_that_is_all_battery_is_squeezed() {
    // (W/2)(a^2 + h.c.) in resonance: E = W = w sinh^2(W t), from the vacuum.
    use leyden::model::Cutoff;
    let part = || vec![Part::new("o", PartKind::Oscillator(Cutoff::Auto), 1)];
    let pair = Letter::Annihilate.on(0) * Letter::Annihilate.on(0) * 0.3;
    let charging = pair.clone() + pair.adjoint() - Letter::Number.on(0);
    let run = Parts::new(part(), Letter::Number.on(0), charging).charge(&request()).unwrap();
    for (t, merits) in run.times.iter().zip(&run.series.merits).take(5) {
        let expected = (0.6 * t).sinh().powi(2);
        assert!(
            (merits.energy - expected).abs() < 1e-7 * (1.0 + expected),
            "{t}: {} {expected}",
            merits.energy
        );
        assert!((merits.ergotropy.global - merits.energy).abs() < 1e-8 * (1.0 + expected));
    }
}
