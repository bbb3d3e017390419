//! The words of the language: functions, operators, and names that are taken.

use leyden::lindblad::Elementary;
use leyden::parts::{Letter, PartKind};

/// A function of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Function {
    /// Of one argument.
    Of(Elementary),
    /// asinh of a constant.
    Asinh,
    /// gaussian(x, width)
    Gaussian,
    /// samples("file.csv", x)
    Samples,
}

pub(crate) const FUNCTIONS: [(&str, Function); 11] = [
    ("sqrt", Function::Of(Elementary::Sqrt)),
    ("exp", Function::Of(Elementary::Exp)),
    ("sin", Function::Of(Elementary::Sin)),
    ("cos", Function::Of(Elementary::Cos)),
    ("abs", Function::Of(Elementary::Abs)),
    ("asinh", Function::Asinh),
    ("gaussian", Function::Gaussian),
    ("sech", Function::Of(Elementary::Sech)),
    ("step", Function::Of(Elementary::Step)),
    ("ramp", Function::Of(Elementary::Ramp)),
    ("samples", Function::Samples),
];

/// Operators of a member, `P` and `T` but with their levels.
pub(crate) const OPERATORS: [(&str, Option<Letter>); 13] = [
    ("X", Some(Letter::X)),
    ("Y", Some(Letter::Y)),
    ("Z", Some(Letter::Z)),
    ("sp", Some(Letter::Raise)),
    ("sm", Some(Letter::Lower)),
    ("n", Some(Letter::Number)),
    ("a", Some(Letter::Annihilate)),
    ("ad", Some(Letter::Create)),
    ("Sx", Some(Letter::Sx)),
    ("Sy", Some(Letter::Sy)),
    ("Sz", Some(Letter::Sz)),
    ("P", None),
    ("T", None),
];

pub(crate) fn function(name: &str) -> Option<Function> {
    FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

/// The letter of an operator; `Some(None)` for `P` and `T`.
pub(crate) fn operator(name: &str) -> Option<Option<Letter>> {
    OPERATORS.iter().find(|(known, _)| *known == name).map(|(_, letter)| *letter)
}

/// How an operator is written.
pub(crate) fn name_of(letter: Letter) -> &'static str {
    OPERATORS.iter().find(|(_, known)| *known == Some(letter)).map_or("T", |(name, _)| name)
}

/// The operators of a kind.
pub(crate) fn operators_of(kind: PartKind) -> impl Iterator<Item = &'static str> {
    let has = move |letter: Option<Letter>| letter.is_none_or(|letter| kind.has(letter));
    OPERATORS.iter().filter(move |(_, letter)| has(*letter)).map(|(name, _)| *name)
}

/// What a name means to the language, so that no parameter, part or index may have it; `i` is free for an index.
pub fn reserved(name: &str) -> Option<&'static str> {
    match name {
        "t" => Some("the time"),
        "i" => Some("an index of sums"),
        "pi" => Some("the number pi"),
        "sum" | "edges" | "in" => Some("a word of sums"),
        _ if function(name).is_some() => Some("a function"),
        _ if operator(name).is_some() => Some("an operator"),
        _ => None,
    }
}
