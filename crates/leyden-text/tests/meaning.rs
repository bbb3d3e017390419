//! What texts mean: every rule of the language against terms built by hand.

mod common;

use common::{D, O, ONE, Q, S, hamiltonian, same, scope, terms};
use leyden::Complex64;
use leyden::lindblad::{Elementary, TimeFunction};
use leyden::parts::{Graph, Letter, Part, PartKind, Terms};
use leyden_text::{Parameter, Role, Scope, Text, parameters};

fn check(text: &str, expected: Terms) {
    let found = terms(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert!(same(&found, &expected), "{text}: {found:?}\n{expected:?}");
}

fn number(text: &str) -> f64 {
    Text::parse(text)
        .and_then(|text| text.number(&scope(), Role::Parameter))
        .unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn function(text: &str) -> TimeFunction {
    let read = Text::parse(text).and_then(|text| text.function(&scope(), Role::Envelope));
    read.unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn sum(sites: std::ops::Range<usize>, of: impl Fn(usize) -> Terms) -> Terms {
    sites.map(of).sum()
}

use Letter::{Annihilate, Create, Lower, Number, Raise, Sx, Sy, Sz, Transition, X, Y, Z};

#[test]
fn arithmetic_binds_as_in_mathematics() {
    for (text, expected) in [
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("7 - 2 - 1", 4.0),
        ("8/4/2", 1.0),
        ("8/4*2", 4.0),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("2^-1*4", 2.0),
        ("1 - -2", 3.0),
        ("--2", 2.0),
        ("+2 + +1", 3.0),
        (".5 + 2. + 1e-3 + 1.5e1", 17.501),
        ("J*h", -1.0),
        ("w_1^2", 2.25),
        ("-pi/2", -std::f64::consts::FRAC_PI_2),
        ("sqrt(4) + abs(-3) + exp(0) + cos(0) + sin(0)", 7.0),
        ("sqrt (4)\n + \t1", 3.0),
        ("1i*1i", -1.0),
        ("abs(3 + 4i)", 5.0),
        ("(1 + 2i)*(1 - 2i)", 5.0),
        ("exp(1i*pi) + 1", 0.0),
        ("gaussian(2, 2)", (-0.5_f64).exp()),
        ("sqrt(0) + sqrt(J - 0.5)", 0.0),
        ("sech(0) + step(0) + step(-1) + ramp(0.25) + ramp(7)", 3.25),
        ("samples(\"pulse.csv\", 0.5) + samples('pulse.csv', 2)", 3.0),
        ("sum(i in cells, i^2)", 30.0),
        ("sum(i < j in cells, 1/abs(i-j))", 3.0 + 2.0 / 2.0 + 1.0 / 3.0),
        ("0^0", 1.0),
        ("zero*5", 0.0),
        ("(1 + 2i) + h.c.", 2.0),
    ] {
        let found = Text::parse(text).and_then(|text| text.constant(&scope(), Role::Parameter));
        let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!((found - expected).norm() < 1e-15, "{text}: {found}");
    }
    assert_eq!(number("asinh(2)"), 2.0_f64.asinh());
}

#[test]
fn operators_are_those_of_their_members() {
    check("Z(cells[1])", Z.on(0));
    check("Z(cells[4])*X(cells[2])", X.on(1) * Z.on(3));
    check("X(one) + X(one[1])", X.on(ONE) * 2.0);
    check("sp(cells[1])*sm(cells[2])", Raise.on(0) * Lower.on(1));
    check("Y(one)", Y.on(ONE));
    check("a(o) + ad(o) + n(o)", Annihilate.on(O) + Create.on(O) + Number.on(O));
    check("Sx(s[1]) + Sy(s[2])*Sz(s[1]) + sp(s[1])", Sx.on(S) + Sz.on(S) * Sy.on(S + 1) + Raise.on(S));
    check("P(o, 0) + T(o, 0, 2)", Transition(0, 0).on(O) + Transition(0, 2).on(O));
    check("P(d, 1 + 1) + sp(d)", Transition(2, 2).on(D) + Raise.on(D));
    check("n(cells[1]) + n(s[2]) + n(d)", Number.on(0) + Number.on(S + 1) + Number.on(D));
    check("P(one, 1)", Transition(1, 1).on(ONE));
    // The order on one site is kept: a a^dag is not a^dag a.
    check("a(o)*ad(o) - ad(o)*a(o)", Annihilate.on(O) * Create.on(O) - Create.on(O) * Annihilate.on(O));
}

#[test]
fn indices_are_members_or_numbers() {
    check("sum(i in cells, i*Z(i))", sum(0..4, |k| Z.on(k) * (k + 1) as f64));
    check("sum(k in cells, Z(k)/2)", sum(0..4, |k| Z.on(k) * 0.5));
    let pairs = (0..4).flat_map(|i| (i + 1..4).map(move |j| (i, j)));
    let expected = pairs.map(|(i, j)| X.on(i) * X.on(j) * (0.5 / (j - i) as f64)).sum();
    check("sum(i < j in cells, J/abs(i-j)*X(i)*X(j))", expected);
    let edges = [(0, 1), (1, 2), (2, 3), (3, 0)];
    let ring = edges.iter().map(|(i, j)| Raise.on(*i) * Lower.on(*j)).sum();
    check("sum((i, j) in edges(cells), sp(i)*sm(j))", ring);
    // Listed edges keep their orientation.
    let listed = Raise.on(Q + 2) * Lower.on(Q) + Raise.on(Q) * Lower.on(Q + 1);
    check("sum((i, j) in edges(q), sp(i)*sm(j))", listed);
    let neighbours = sum(0..3, |k| Z.on(k) * Z.on(k + 1)) + Z.on(3) * Z.on(0);
    check("sum(i in q, Z(cells[i])*Z(cells[i+1])) + Z(cells[4])*Z(cells[1])", neighbours);
    let nested = (0..4).flat_map(|i| (0..3).map(move |j| Z.on(i) * X.on(Q + j) * (i + 1) as f64)).sum();
    check("sum(i in cells, sum(j in q, i*Z(i)*X(j)))", nested);
    // One name for two sums beside each other.
    check("sum(i in cells, Z(i)) + sum(i in q, Z(i))", sum(0..4, |k| Z.on(k)) + sum(Q..Q + 3, |k| Z.on(k)));
    check("sum(i in one, Z(i))", Z.on(ONE));
    // An empty sum.
    check("sum(i < j in one, X(i)*X(j)) + X(one)", X.on(ONE));
}

#[test]
fn graphs_close_as_they_should() {
    let edges = |graph: Graph, count: usize| {
        let scope = Scope::new([(Part::new("c", PartKind::Qubit, count), graph)]);
        let text = Text::parse("sum((i, j) in edges(c), (10*i + j))").unwrap();
        text.number(&scope, Role::Parameter).unwrap()
    };
    assert_eq!(edges(Graph::Chain, 3), 12.0 + 23.0);
    assert_eq!(edges(Graph::Ring, 3), 12.0 + 23.0 + 31.0);
    assert_eq!(edges(Graph::Star, 3), 12.0 + 13.0);
    assert_eq!(edges(Graph::Complete, 3), 12.0 + 13.0 + 23.0);
}

#[test]
fn numbers_beside_operators_are_the_identity() {
    check("X(one) + 3", X.on(ONE) + Terms::number(3.0));
    check("(X(one) + 1)^2", X.on(ONE) * X.on(ONE) + X.on(ONE) * 2.0 + Terms::number(1.0));
    check("2", Terms::number(2.0));
    check("X(one)^0", Terms::number(1.0));
    check("(a(o) + ad(o))^2/2 - J*h", {
        let x = Annihilate.on(O) + Create.on(O);
        x.clone() * x * 0.5 + Terms::number(1.0)
    });
    let all = sum(0..4, |k| X.on(k));
    check("sum(i in cells, X(i))^3", all.clone() * all.clone() * all);
}

#[test]
fn the_adjoint_is_that_of_the_rest_of_its_parenthesis() {
    let hop = Raise.on(0) * Lower.on(1);
    let back = Lower.on(0) * Raise.on(1);
    check("sp(cells[1])*sm(cells[2]) + h.c.", hop.clone() + back.clone());
    check("h.c. + sp(cells[1])*sm(cells[2])", hop.clone() + back.clone());
    check(
        "X(one) + 2*(sp(cells[1])*sm(cells[2]) + h.c.)",
        X.on(ONE) + hop.clone() * 2.0 + back.clone() * 2.0,
    );
    check("sum(i in one, sp(cells[1])*sm(cells[2]) + h.c.)", hop.clone() + back.clone());
    check("1i*(sp(one) - h.c.)", (Raise.on(ONE) - Lower.on(ONE)).scaled(Complex64::I));
    check("-h.c. + sp(one)", Raise.on(ONE) - Lower.on(ONE));
    // Everything else: X counts twice.
    check("X(one) + sp(one) + h.c.", X.on(ONE) * 2.0 + Raise.on(ONE) + Lower.on(ONE));
    check("1i*a(o)*P(o, 3)*T(o, 1, 2) + h.c.", {
        let product = Annihilate.on(O) * Transition(3, 3).on(O) * Transition(1, 2).on(O);
        let mirrored = Transition(2, 1).on(O) * Transition(3, 3).on(O) * Create.on(O);
        product.scaled(Complex64::I) + mirrored.scaled(-Complex64::I)
    });
    // Of functions of time too.
    let phase = (TimeFunction::Time * Complex64::new(0.0, 1.5)).then(Elementary::Exp);
    check("exp(1i*w_1*t)*sp(one) + h.c.", {
        Raise.on(ONE).scaled(phase.clone()) + Lower.on(ONE).scaled(phase.conjugate())
    });
}

#[test]
fn y_is_minus_i_sp_minus_sm_and_z_of_the_excited_state_is_one() {
    for (text, zero) in [
        ("Y(one) + 1i*(sp(one) - sm(one))", true),
        ("Y(one) - 1i*(sp(one) - sm(one))", false),
        ("Z(one) - (P(one, 1) - P(one, 0))", true),
        ("Z(one) - 2*n(one) + 1", true),
        ("X(one) - sp(one) - h.c. + X(one)", false),
        ("sp(one) - T(one, 1, 0)", true),
        ("Sz(s[1]) - n(s[1]) + 1", true),
        ("Sx(s[1]) - (sp(s[1]) + sm(s[1]))/2", true),
        ("X(one)*Y(one) - 1i*Z(one)", true),
        ("a(o)*ad(o) - ad(o)*a(o) - 1", true),
    ] {
        // What is Hermitian with any phase before it is zero.
        let is_zero =
            ["(1 + 2i)*", "1i*", ""].iter().all(|phase| hamiltonian(&format!("{phase}({text})")).is_ok());
        assert_eq!(is_zero, zero, "{text}");
    }
}

#[test]
fn functions_of_time_have_their_values() {
    let at = |text: &str, time: f64| function(text).at(time).re;
    assert_eq!(at("t^2 + 1", 3.0), 10.0);
    assert!((at("gaussian(t - 5, 0.8)", 5.8) - (-0.5_f64).exp()).abs() < 1e-15);
    assert_eq!(at("sech(2*t)", 0.5), 1.0 / 1.0_f64.cosh());
    assert_eq!((at("step(t - 1)", 0.99), at("step(t - 1)", 1.0)), (0.0, 1.0));
    assert_eq!((at("ramp(t/4)", 1.0), at("ramp(t/4)", 9.0), at("ramp(t - 1)", 0.5)), (0.25, 1.0, 0.0));
    assert_eq!(at("samples(\"pulse.csv\", t)", 2.0), 1.0);
    assert_eq!(at("samples('pulse.csv', 2*t - 1)", 1.0), 3.0);
    assert_eq!(at("samples('pulse.csv', t)", 3.01), 0.0);
    assert_eq!(at("2^t", 3.0), 8.0);
    assert_eq!(at("1/(t + 1)", 1.0), 0.5);
    assert_eq!(at("cos(w_1*t)*exp(-t)", 2.0), (3.0_f64).cos() * (-2.0_f64).exp());
    check("J*cos(t)*X(one)", X.on(ONE).scaled(TimeFunction::Time.then(Elementary::Cos) * 0.5));
}

#[test]
fn names_of_a_text_are_those_that_somebody_must_define() {
    let text = Text::parse("J*cos(w*t + pi)*sum(k in cells, k*X(k)) + h*Z(one) + k").unwrap();
    let names: Vec<String> = text.names().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["J", "w", "cells", "h", "one", "k"]);
}

#[test]
fn a_part_that_is_named_belongs_to_the_battery() {
    let read = |text: &str| Text::parse(text).unwrap().terms(&scope(), Role::Battery).unwrap();
    assert_eq!(read("Z(one) + zero*n(o)").sites(), [O, ONE]);
    assert_eq!(read("sum(i in cells, zero*Z(i))").sites(), [0]);
    assert_eq!(read("Z(one)").sites(), [ONE]);
}

#[test]
fn parameters_need_each_other_in_any_order() {
    let text = |text: &str| Parameter::Text(Text::parse(text).unwrap());
    let list = [
        ("c".to_string(), text("2*b + pi")),
        ("b".to_string(), text("a^2")),
        ("a".to_string(), Parameter::Number(3.0)),
        ("d".to_string(), text("sqrt(a)*c")),
    ];
    let values = parameters(&list).unwrap();
    assert_eq!((values["b"], values["c"]), (9.0, 18.0 + std::f64::consts::PI));
    assert_eq!(values["d"], 3.0_f64.sqrt() * values["c"]);
    // A long chain.
    let mut list = vec![("p0".to_string(), Parameter::Number(1.0))];
    list.extend((1..20_000).map(|k| (format!("p{k}"), text(&format!("p{} + 1", k - 1)))));
    list.reverse();
    assert_eq!(parameters(&list).unwrap()["p19999"], 20_000.0);
}

#[test]
fn channels_have_one_member_each() {
    let scope = scope().at_member(0, 2);
    let operator = Text::parse("sm(i)*Z(cells[i+1])").unwrap().terms(&scope, Role::Channel).unwrap();
    assert!(same(&operator, &(Lower.on(2) * Z.on(3))));
    assert_eq!(Text::parse("J/i").unwrap().number(&scope, Role::Rate).unwrap(), 0.5 / 3.0);
}
