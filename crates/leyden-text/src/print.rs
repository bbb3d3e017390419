//! Terms and functions of time -> text that reads back to the same.

use leyden::Complex64;
use leyden::lindblad::{Elementary, Node, Samples, TimeFunction};
use leyden::parts::{Letter, Parts, Terms};

use crate::sums;
use crate::words::{FUNCTIONS, Function, name_of};

/// What samples are called.
pub type FileNames<'a> = &'a dyn Fn(&Samples) -> String;

/// Terms on these parts, in the language of this crate; samples are named by `files`.
///
/// ```
/// use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
///
/// let terms = Letter::X.on(0) * Letter::X.on(1) * -0.5 + Letter::Z.on(1);
/// let parts = Parts::new(vec![Part::new("cells", PartKind::Qubit, 2)], terms.clone(), Terms::zero());
/// assert_eq!(leyden_text::printed(&terms, &parts, &|_| "samples.csv".into()), "-0.5*X(cells[1])*X(cells[2]) + Z(cells[2])");
/// ```
pub fn printed(terms: &Terms, parts: &Parts, files: FileNames<'_>) -> String {
    joined(addends(terms, parts, files), " ")
}

/// The addends, each with whether it is subtracted.
pub(crate) fn addends(terms: &Terms, parts: &Parts, files: FileNames<'_>) -> Vec<(bool, String)> {
    let one = |addend: sums::Addend| {
        let operators = addend
            .factors
            .iter()
            .flat_map(|(member, letters)| letters.iter().map(move |letter| operator(*letter, member)));
        match addend.over {
            None => scaled(&addend.coefficient, operators.collect(), files),
            Some(over) => {
                let body = operators.collect::<Vec<_>>().join("*");
                scaled(&addend.coefficient, vec![format!("sum({over}, {body})")], files)
            }
        }
    };
    sums::addends(terms.list(), parts).into_iter().map(one).collect()
}

/// "a - b + c", with `before` standing before every sign but the first.
pub(crate) fn joined(addends: Vec<(bool, String)>, before: &str) -> String {
    let mut text = String::new();
    for (negative, addend) in addends {
        match (text.is_empty(), negative) {
            (true, true) => text.push('-'),
            (true, false) => {}
            (false, negative) => text.extend([before, if negative { "- " } else { "+ " }]),
        }
        text += &addend;
    }
    if text.is_empty() { "0".into() } else { text }
}

fn operator(letter: Letter, member: &str) -> String {
    match letter {
        Letter::Transition(k, l) if k == l => format!("P({member}, {k})"),
        Letter::Transition(k, l) => format!("T({member}, {k}, {l})"),
        letter => format!("{}({member})", name_of(letter)),
    }
}

/// Whether minus it is meant, and a coefficient times what follows.
fn scaled(coefficient: &TimeFunction, mut rest: Vec<String>, files: FileNames<'_>) -> (bool, String) {
    let (x, function) = coefficient.factored();
    let negative = (x.re < 0.0 && x.im == 0.0) || (x.re == 0.0 && x.im < 0.0);
    let x = if negative { -x } else { x };
    if function != TimeFunction::ONE {
        rest.insert(0, within_product(&function, files));
    }
    if x != Complex64::ONE || rest.is_empty() {
        rest.insert(0, number(x));
    }
    (negative, rest.join("*"))
}

/// A real, imaginary or complex number without a minus of its own.
fn number(x: Complex64) -> String {
    let real = |x: f64| {
        let digits = format!("{x:?}");
        digits.strip_suffix(".0").unwrap_or(&digits).to_string()
    };
    match (x.re == 0.0, x.im == 0.0) {
        (_, true) => real(x.re),
        (true, false) => format!("{}i", real(x.im)),
        (false, false) => {
            let sign = if x.im < 0.0 { '-' } else { '+' };
            format!("({} {sign} {}i)", real(x.re), real(x.im.abs()))
        }
    }
}

/// A function of time.
pub fn printed_function(function: &TimeFunction, files: FileNames<'_>) -> String {
    let addends: Vec<TimeFunction> = match function {
        TimeFunction::Of(node) => match &**node {
            Node::Sum(list) => list.clone(),
            _ => vec![function.clone()],
        },
        _ => vec![function.clone()],
    };
    joined(addends.iter().map(|addend| scaled(addend, Vec::new(), files)).collect(), " ")
}

/// As a factor of a product.
fn within_product(function: &TimeFunction, files: FileNames<'_>) -> String {
    let TimeFunction::Of(node) = function else { return operand(function, files) };
    match &**node {
        Node::Product(factors) => {
            let factors: Vec<String> = factors.iter().map(|factor| within_product(factor, files)).collect();
            factors.join("*")
        }
        Node::Power(base, exponent) => format!("{}^{}", operand(base, files), operand(exponent, files)),
        _ => operand(function, files),
    }
}

/// As what a power is taken of.
fn operand(function: &TimeFunction, files: FileNames<'_>) -> String {
    let inside = |x: &TimeFunction| printed_function(x, files);
    let node = match function {
        TimeFunction::Time => return "t".into(),
        TimeFunction::Number(x) if x.im == 0.0 && x.re >= 0.0 => return number(*x),
        TimeFunction::Number(_) => return format!("({})", inside(function)),
        TimeFunction::Of(node) => node,
    };
    match &**node {
        Node::Sum(_) | Node::Product(_) | Node::Power(..) => format!("({})", inside(function)),
        Node::Elementary(Elementary::Gaussian, x) => format!("gaussian({}, 1)", inside(x)),
        Node::Elementary(Elementary::Real, x) => format!("(0.5*({} + h.c.))", inside(x)),
        Node::Elementary(Elementary::Imaginary, x) => format!("(-0.5i*({} - h.c.))", inside(x)),
        Node::Elementary(elementary, x) => {
            let known = FUNCTIONS.iter().find(|(_, function)| *function == Function::Of(*elementary));
            format!("{}({})", known.map_or("", |(name, _)| name), inside(x))
        }
        Node::Samples(samples, x) => format!("samples('{}', {})", files(samples), inside(x)),
        Node::Conjugate(x) => format!("({})", inside(&mirrored(x))),
    }
}

/// The complex conjugate without `Conjugate`: f(x)^* = f(x^*).
fn mirrored(function: &TimeFunction) -> TimeFunction {
    let TimeFunction::Of(node) = function else { return function.clone().conjugate() };
    match &**node {
        Node::Elementary(elementary, x) if !function.is_real() => mirrored(x).then(*elementary),
        Node::Power(base, exponent) if !function.is_real() => mirrored(base).to_the(mirrored(exponent)),
        Node::Sum(list) => leyden::lindblad::sum(list.iter().map(mirrored)),
        Node::Product(list) => leyden::lindblad::product(list.iter().map(mirrored)),
        Node::Conjugate(x) => x.clone(),
        _ => function.clone(),
    }
}
