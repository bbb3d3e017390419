//! Terms -> text -> the same terms; texts made at random; garbage.

mod common;

use std::collections::BTreeMap;

use common::{hamiltonian, loader, parts, system, terms};
use fastrand::Rng;
use leyden::Complex64;
use leyden::lindblad::{Elementary, Samples, TimeFunction};
use leyden::parts::{Graph, Letter, Part, PartKind, Parts, Term, Terms};
use leyden_text::{Role, Scope, Text, printed, printed_function, scenario_of};

fn files(_: &Samples) -> String {
    "pulse.csv".into()
}

fn number(rng: &mut Rng) -> f64 {
    let x = match rng.u8(0..4) {
        0 => rng.i32(-9..10).into(),
        1 => rng.f64() * 10.0_f64.powi(rng.i32(-20..20)),
        2 => 0.5,
        _ => rng.f64() - 0.5,
    };
    if x == 0.0 { 1.0 } else { x }
}

fn function(rng: &mut Rng, depth: usize) -> TimeFunction {
    let below = |rng: &mut Rng| function(rng, depth - 1);
    if depth == 0 {
        return match rng.u8(0..3) {
            0 => Complex64::new(number(rng), if rng.bool() { 0.0 } else { number(rng) }).into(),
            _ => TimeFunction::Time,
        };
    }
    const OF: [Elementary; 6] = [
        Elementary::Exp,
        Elementary::Sin,
        Elementary::Cos,
        Elementary::Abs,
        Elementary::Gaussian,
        Elementary::Sech,
    ];
    match rng.u8(0..9) {
        0 | 1 => below(rng) + below(rng),
        2 => below(rng) * below(rng),
        3 => -below(rng),
        4 => below(rng).to_the(f64::from(rng.i8(-2..4)).into()),
        5 => below(rng).conjugate(),
        6 => (TimeFunction::Time * number(rng)).sampled(loader("pulse.csv").unwrap()),
        7 => (TimeFunction::Time + number(rng)).then(if rng.bool() {
            Elementary::Step
        } else {
            Elementary::Ramp
        }),
        _ => below(rng).then(OF[rng.usize(0..OF.len())]),
    }
}

fn letter(rng: &mut Rng, kind: PartKind) -> Letter {
    use Letter::{Annihilate, Create, Lower, Number, Raise, Sx, Sy, Sz, Transition, X, Y, Z};
    let all = [
        X,
        Y,
        Z,
        Raise,
        Lower,
        Number,
        Annihilate,
        Create,
        Sx,
        Sy,
        Sz,
        Transition(0, 1),
        Transition(1, 1),
        Transition(2, 0),
    ];
    loop {
        let letter = all[rng.usize(0..all.len())];
        if kind.has(letter) {
            return letter;
        }
    }
}

fn random_terms(rng: &mut Rng, moving: bool) -> Terms {
    let kinds: Vec<PartKind> = parts().iter().flat_map(|(part, _)| vec![part.kind; part.count]).collect();
    let term = |rng: &mut Rng| {
        let mut product = Terms::number(1.0);
        for _ in 0..rng.usize(0..4) {
            let site = rng.usize(0..kinds.len());
            product = product * letter(rng, kinds[site]).on(site);
        }
        let coefficient = if moving && rng.bool() {
            let depth = rng.usize(0..4);
            function(rng, depth)
        } else {
            Complex64::new(number(rng), if rng.bool() { 0.0 } else { number(rng) }).into()
        };
        product.scaled(coefficient)
    };
    (0..rng.usize(0..8)).map(|_| term(rng)).sum::<Terms>().gathered()
}

#[test]
fn what_is_printed_reads_back() {
    let (mut rng, system) = (Rng::with_seed(1), system());
    let mut compared = 0;
    for _ in 0..3000 {
        let original = random_terms(&mut rng, false);
        let text = printed(&original, &system, &files);
        let read = terms(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        // Constants to the last digit.
        let sorted = |terms: &Terms| {
            let mut list = terms.list().to_vec();
            list.sort_by(|a, b| a.factors.cmp(&b.factors));
            list
        };
        assert_eq!(sorted(&read), sorted(&original), "{text}");
    }
    for _ in 0..3000 {
        let original = random_terms(&mut rng, true);
        let finite =
            |term: &Term| [0.0, 0.37, 1.9, 4.3].iter().all(|time| term.coefficient.at(*time).norm() < 1e6);
        if !original.list().iter().all(finite) {
            continue;
        }
        let text = printed(&original, &system, &files);
        let Ok(read) = terms(&text) else {
            let error = terms(&text).unwrap_err();
            // Constants inside that overflow or have no value.
            assert!(
                ["infinite", "no number", "zero", "complex"].contains(&error.label.as_str()),
                "{text}: {error}"
            );
            continue;
        };
        compared += 1;
        assert!(close(&read, &original), "{text}\n{read:?}\n{original:?}");
    }
    assert!(compared > 2000, "{compared}");
}

/// The same coefficients at some times but for rounding, where they have values.
fn close(a: &Terms, b: &Terms) -> bool {
    let of = |terms: &Terms| -> BTreeMap<Vec<(usize, Vec<Letter>)>, TimeFunction> {
        terms.list().iter().map(|term| (term.factors.clone(), term.coefficient.clone())).collect()
    };
    let (a, b) = (of(a), of(b));
    a.keys().chain(b.keys()).all(|factors| {
        [0.0, 0.37, 1.9, 4.3].into_iter().all(|time| {
            let value =
                |of: &BTreeMap<_, TimeFunction>| of.get(factors).map_or(Complex64::ZERO, |f| f.at(time));
            let (x, y) = (value(&a), value(&b));
            (x - y).norm() <= 1e-9 * (1.0 + x.norm()) || !(x.is_finite() && y.is_finite())
        })
    })
}

/// A text by the grammar, of whatever meaning.
fn text(rng: &mut Rng, depth: usize) -> String {
    const LEAVES: [&str; 22] = [
        "1",
        "2.5",
        "1i",
        "J",
        "h",
        "t",
        "pi",
        "X(one)",
        "Z(cells[2])",
        "sm(q[3])",
        "a(o)",
        "ad(o)",
        "n(d)",
        "Sx(s[1])",
        "P(o, 2)",
        "T(d, 0, 2)",
        "i",
        "X(i)",
        "sp(cells[i])",
        "zero",
        "1e-3",
        "samples('pulse.csv', t)",
    ];
    if depth == 0 {
        return LEAVES[rng.usize(0..LEAVES.len())].into();
    }
    let a = text(rng, depth - 1);
    let b = text(rng, rng.clone().usize(0..depth));
    match rng.u8(0..14) {
        0..=2 => format!("{a} + {b}"),
        3 => format!("{a} - {b}"),
        4..=6 => format!("({a})*({b})"),
        7 => format!("({a})/{b}"),
        8 => format!("({a})^2"),
        9 => format!("-({a})"),
        10 => format!("({a} + h.c.)"),
        11 => format!("sum(i in cells, {a})"),
        12 => format!("sum(i < j in q, {a})"),
        _ => format!("exp({a})"),
    }
}

#[test]
fn texts_of_the_grammar_have_one_meaning() {
    let (mut rng, system, mut read) = (Rng::with_seed(2), system(), 0);
    for _ in 0..20_000 {
        let depth = rng.usize(0..6);
        let text = text(&mut rng, depth);
        match terms(&text) {
            Ok(found) if found.len() < 300 => {
                read += 1;
                let again = printed(&found, &system, &files);
                if let Ok(again_read) = terms(&again) {
                    assert!(close(&again_read, &found), "{text}\n{again}");
                }
                // Whatever is Hermitian or not, it is said without a panic.
                let _ = hamiltonian(&text);
            }
            Ok(_) => {}
            Err(error) => assert!(error.place.end <= text.len() && !error.title.is_empty(), "{text}"),
        }
    }
    assert!(read > 3000, "{read}");
}

#[test]
fn garbage_is_refused_at_a_place() {
    let mut rng = Rng::with_seed(3);
    const PIECES: [&str; 34] = [
        "(", ")", "[", "]", ",", "<", "+", "-", "*", "/", "^", " ", "\n", "sum(", "i", "in", "cells", "h.c.",
        "1", ".5", "1e", "X", "X(", "one)", "edges(", "é", "\"", "'", "ω", "∑", "t", "P(o, 1)", "J", ".",
    ];
    for _ in 0..200_000 {
        let text: String = (0..rng.usize(0..12)).map(|_| PIECES[rng.usize(0..PIECES.len())]).collect();
        if let Err(error) = hamiltonian(&text) {
            assert!(
                error.place.start <= error.place.end && error.place.end <= text.len(),
                "{text}: {error:?}"
            );
            assert!(
                text.is_char_boundary(error.place.start) && text.is_char_boundary(error.place.end),
                "{text}: {error:?}"
            );
        }
    }
}

/// In a thread with a stack of 2 MB, as tests and Python have.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn long_texts_are_no_deep_ones() {
    on_a_small_stack(|| {
        let cells = || Part::new("cells", PartKind::Qubit, 200);
        let scope = Scope::new([(cells(), Graph::Complete)]);
        let parts = Parts::new(vec![cells()], Letter::Z.on(0), Terms::zero());
        let pair =
            |k: usize| format!("0.{k}*X(cells[{}])*Z(cells[{}])", k % 200 + 1, (k / 200 + k + 1) % 200 + 1);
        let text = (1..10_001).map(pair).collect::<Vec<_>>().join(" + ");
        let read = Text::parse(&text).unwrap();
        assert!(read.terms(&scope, Role::Charging).unwrap().len() > 9_000);
        let wrong = format!("{text} + sp(cells[7])");
        let error =
            Text::parse(&wrong).unwrap().hamiltonian(&scope, Role::Charging, &parts, 1.0).unwrap_err();
        assert_eq!(&wrong[error.place], "sp(cells[7])");
        let factors = vec!["t"; 10_000].join("*");
        Text::parse(&factors).unwrap().function(&scope, Role::Envelope).unwrap();
        let quotients = vec!["t"; 10_000].join("/");
        Text::parse(&quotients).unwrap().function(&scope, Role::Envelope).unwrap();
        for depth in [100, 124] {
            for (open, close) in
                [("(1 + ", ")"), ("exp(0*", ")"), ("2^(", ")"), ("sum(i in cells, 0*", ")"), ("-(", ")*1")]
            {
                // Names of indices are used once.
                let text: String = (0..depth).map(|k| open.replace("i in", &format!("i{k} in"))).collect();
                let text = text + "1" + &close.repeat(depth);
                let read = Text::parse(&text).unwrap();
                if !open.contains("cells") {
                    let _ = read.number(&scope, Role::Parameter);
                }
            }
        }
        // All pairs of 200 members, and 10^8 combinations that are refused.
        let pairs = Text::parse("sum(i < j in cells, X(i)*X(j)/abs(i-j)^3)").unwrap();
        assert_eq!(pairs.terms(&scope, Role::Charging).unwrap().len(), 19_900);
        let four =
            Text::parse("sum(i in cells, sum(j in cells, sum(k in cells, sum(l in cells, 1))))").unwrap();
        assert!(four.terms(&scope, Role::Charging).unwrap_err().title.contains("steps"));
        assert!(Text::parse(&"x + ".repeat(2_500_000)).is_err());
    });
}

#[test]
fn terms_of_all_members_are_sums() {
    // `i` is taken, so that indices have other names.
    let list = vec![Part::new("c", PartKind::Qubit, 1), Part::new("i1", PartKind::Qubit, 3)];
    let scope = Scope::new(list.iter().cloned().map(|part| (part, Graph::Chain)));
    for (text, expected) in [
        ("sum(k in i1, Z(k)*X(c))", "sum(i in i1, X(c)*Z(i))"),
        (
            "sum(k < l in i1, sp(k)*sm(l) + h.c.)",
            "sum(i < j in i1, sp(i)*sm(j)) + sum(i < j in i1, sm(i)*sp(j))",
        ),
        ("sum((k, l) in edges(i1), Z(k)*Z(l))", "Z(i1[1])*Z(i1[2]) + Z(i1[2])*Z(i1[3])"),
        ("Z(i1[1]) + Z(i1[2]) + 2*Z(i1[3])", "Z(i1[1]) + Z(i1[2]) + 2*Z(i1[3])"),
        ("sum(k in i1, k*Z(k))", "Z(i1[1]) + 2*Z(i1[2]) + 3*Z(i1[3])"),
        ("X(c) + cos(t)*sum(k in i1, X(k))", "X(c) + cos(t)*sum(i in i1, X(i))"),
    ] {
        let terms = Text::parse(text).unwrap().terms(&scope, Role::Charging).unwrap();
        let parts = Parts::new(list.clone(), terms.clone(), Terms::zero());
        let printed = printed(&terms, &parts, &files);
        assert_eq!(printed, expected);
        let again = Text::parse(&printed).unwrap().terms(&scope, Role::Charging).unwrap();
        assert_eq!(again.len(), terms.len());
    }
}

/// A sum stands for all pairs or members once: for neither triples, nor what occurs twice, nor a single pair.
#[test]
fn sums_stand_for_what_they_say() {
    let (two, five) = (Part::new("two", PartKind::Qubit, 2), Part::new("five", PartKind::Qubit, 5));
    let list = vec![two, five];
    let scope = Scope::new(list.iter().cloned().map(|part| (part, Graph::Chain)));
    let z = |site: usize| Letter::Z.on(site);
    // Of five members there are as many triples as pairs.
    let triples =
        (2..7).flat_map(|i| (i + 1..7).flat_map(move |j| (j + 1..7).map(move |k| z(i) * z(j) * z(k))));
    let cases: [(Terms, Option<&str>); 4] = [
        (triples.sum(), None),
        (z(0) + z(1) + z(1), Some("Z(two[1]) + Z(two[2]) + Z(two[2])")),
        (z(0) * z(1), Some("Z(two[1])*Z(two[2])")),
        (
            Letter::X.on(0) + Letter::Y.on(1).scaled(Complex64::new(0.0, -2.0)),
            Some("X(two[1]) - 2i*Y(two[2])"),
        ),
    ];
    for (terms, expected) in cases {
        let parts = Parts::new(list.clone(), terms.clone(), Terms::zero());
        let text = printed(&terms, &parts, &files);
        assert!(expected.is_none_or(|expected| text == expected), "{text}");
        let again = Text::parse(&text).unwrap().terms(&scope, Role::Charging).unwrap();
        assert!(close(&again, &terms.gathered()), "{text}");
    }
}

/// Real and imaginary parts, and conjugates of powers, which the language has in other words.
#[test]
fn parts_and_conjugates_of_functions_read_back() {
    let t = || TimeFunction::Time;
    let wave = (t() * Complex64::new(0.3, 2.0)).then(Elementary::Exp);
    for function in [
        wave.clone().then(Elementary::Real),
        wave.clone().then(Elementary::Imaginary),
        (wave.clone() * t()).then(Elementary::Imaginary) * 3.0,
        t().to_the(Complex64::new(0.5, 1.5).into()).conjugate(),
        (t() + wave.clone()).to_the(wave).conjugate(),
    ] {
        let text = printed_function(&function, &files);
        let read = Text::parse(&text).unwrap().function(&Scope::new([]), Role::Envelope).unwrap();
        for time in [0.4, 1.0, 2.7] {
            let (found, expected) = (read.at(time), function.at(time));
            assert!((found - expected).norm() < 1e-13 * expected.norm(), "{text}: {found}, not {expected}");
        }
    }
}

#[test]
fn a_system_is_written_as_tables() {
    use leyden::space::InitialState;
    let cells = Part::new("cells", PartKind::Qubit, 12).starting_in(InitialState::Fock(2));
    let cavity = Part::new("o", PartKind::Oscillator(leyden::model::Cutoff::Levels(9)), 1)
        .starting_in(InitialState::Superposition(vec![0.6.into(), Complex64::new(0.0, 0.8)]));
    let list = vec![cells.clone(), cavity, Part::new("s", PartKind::Spin(4), 1)];
    let scope = Scope::new(list.iter().cloned().map(|part| (part, Graph::Chain)));
    let battery = Text::parse("sum(i in cells, Z(i)/2)").unwrap().terms(&scope, Role::Battery).unwrap();
    let charging = Text::parse("0.5*Sz(s)*cos(t)").unwrap().terms(&scope, Role::Charging).unwrap();
    let parts = Parts::new(list, battery.clone(), charging).with_channel(0.25, Letter::Annihilate.on(12));
    // A channel for each member, and one of a single member.
    let parts = (0..12).fold(parts, |parts, cell| parts.with_channel(0.125, Letter::Lower.on(cell)));
    let parts = parts.with_channel(0.5, Letter::Lower.on(3));
    let text = scenario_of(&parts, "A \"title\"", &files);
    for line in [
        "title = \"A \\\"title\\\"\"",
        "cells = { kind = \"qubit\", count = 12, initial = { fock = 2 } }",
        "o = { kind = \"oscillator\", cutoff = 9, initial = { superposition = [0.6, [0.0, 0.8]] } }",
        "s = { kind = \"spin\", levels = 4 }",
        "battery = \"0.5*sum(i in cells, Z(i))\"",
        "charging = \"0.5*cos(t)*Sz(s)\"",
        "[[channel]]\noperator = \"a(o)\"\nrate = 0.25",
        "[[channel]]\noperator = \"sm(i)\"\neach = \"cells\"\nrate = 0.125",
        "[[channel]]\noperator = \"sm(cells[4])\"\nrate = 0.5",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn starts_sizes_and_titles_are_written() {
    use leyden::space::InitialState;
    for (initial, line) in [
        (InitialState::Excited, "p = { kind = \"oscillator\", count = 2, initial = \"excited\" }"),
        (
            InitialState::Coherent(1.5),
            "p = { kind = \"oscillator\", count = 2, initial = { coherent = 1.5 } }",
        ),
        (
            InitialState::Squeezed(0.5),
            "p = { kind = \"oscillator\", count = 2, initial = { squeezed = 0.5 } }",
        ),
        (InitialState::Thermal(0.5), "p = { kind = \"oscillator\", count = 2, initial = { thermal = 0.5 } }"),
    ] {
        let part = Part::new("p", PartKind::Oscillator(leyden::model::Cutoff::Auto), 2).starting_in(initial);
        let parts = Parts::new(vec![part], Letter::Number.on(0), Terms::zero());
        let text = scenario_of(&parts, "One\n\ttwo\u{7f}", &files);
        assert!(text.contains(line), "{line}\n{text}");
        assert!(text.starts_with("title = \"One\\u000A\\u0009two\\u007F\"\n"), "{text}");
    }
}

/// A channel that one member has twice is a family and one more.
#[test]
fn channels_that_occur_twice_are_written_twice() {
    let parts = vec![Part::new("cells", PartKind::Qubit, 2)];
    let parts = Parts::new(parts, Letter::Z.on(0) + Letter::Z.on(1), Terms::zero());
    let parts =
        [0, 1, 0].into_iter().fold(parts, |parts, cell| parts.with_channel(0.1, Letter::Lower.on(cell)));
    let text = scenario_of(&parts, "Twice", &files);
    assert_eq!(text.matches("operator = \"sm(cells[1])\"\nrate").count(), 1, "{text}");
    assert_eq!(text.matches("operator = \"sm(i)\"\neach = \"cells\"").count(), 1, "{text}");
    assert_eq!(text.matches("[[channel]]").count(), 2, "{text}");
}
