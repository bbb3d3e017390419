//! Expressions of swept keys: `2*battery.cells + 1`.
//!
//! ```text
//! expression = number | name | function "(" expression ")" | "(" expression ")"
//!            | "-" expression | expression ("+" | "-" | "*" | "/" | "^") expression
//! ```
//!
//! with names such as `battery.cells`, `stage.2.duration` and `pi`. `^` binds to the right and above a minus in front, -2^2 = -4; that
//! binds above `*` and `/`, and those above `+` and `-`.

use std::f64::consts::PI;
use std::ops::Range;

use winnow::combinator::{
    Infix, Prefix, alt, cut_err, delimited, dispatch, eof, expression, fail, opt, preceded, terminated,
};
use winnow::error::{ContextError, ErrMode, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, one_of, take_while};

use crate::keys::did_you_mean;
use crate::report::Problem;

/// A tree with the places of its names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(f64),
    Name(Word),
    Call(Word, Box<Expression>),
    Negative(Box<Expression>),
    Two(Operator, Box<Expression>, Box<Expression>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) place: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

type Function = fn(f64) -> f64;

const FUNCTIONS: [(&str, Function); 6] = [
    ("sqrt", f64::sqrt),
    ("exp", f64::exp),
    ("sin", f64::sin),
    ("cos", f64::cos),
    ("abs", f64::abs),
    ("asinh", f64::asinh),
];
/// Brackets nest on the stack.
const LONGEST: usize = 500;

impl Expression {
    /// Reads a text. Places are those in the text.
    ///
    /// # Errors
    /// What is wrong with its form, or with a name that is no function.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() > LONGEST {
            let title =
                format!("an expression must have at most {LONGEST} characters, but has {}", text.len());
            return Err(problem(0..text.len(), title, "too long", None));
        }
        let parsed =
            terminated(sum, spaced(eof).context(expected("an operator"))).parse(LocatingSlice::new(text));
        let tree = parsed.map_err(|error| {
            let blank = |rest: &str| rest.len() - rest.trim_start().len();
            let start = error.offset() + blank(&text[error.offset()..]);
            let found = text[start..].chars().next();
            let said = found.map_or("the text ends".into(), |c| format!("there is `{c}`"));
            let wanted = error.inner().context().find_map(|context| match context {
                StrContext::Expected(what) => Some(what.to_string()),
                _ => None,
            });
            let wanted = wanted.unwrap_or_default();
            let end = start + found.map_or(0, char::len_utf8);
            problem(start..end, format!("{wanted} should stand here, but {said}"), "not an expression", None)
        })?;
        tree.check_functions()?;
        Ok(tree)
    }

    fn check_functions(&self) -> Result<(), Problem> {
        match self {
            Expression::Number(_) | Expression::Name(_) => Ok(()),
            Expression::Negative(a) => a.check_functions(),
            Expression::Two(_, a, b) => a.check_functions().and_then(|()| b.check_functions()),
            Expression::Call(Word { text, place }, argument) => {
                let names = || FUNCTIONS.iter().map(|(name, _)| *name);
                if names().any(|name| name == text) {
                    return argument.check_functions();
                }
                let help = did_you_mean(text, names(), '`')
                    .unwrap_or_else(|| format!("functions are {}", names().collect::<Vec<_>>().join(", ")));
                Err(problem(place.clone(), format!("unknown function `{text}`"), "unknown", Some(help)))
            }
        }
    }

    /// Its names, but `pi`.
    pub(crate) fn names(&self) -> Vec<&Word> {
        match self {
            Expression::Name(word) if word.text != "pi" => vec![word],
            Expression::Number(_) | Expression::Name(_) => Vec::new(),
            Expression::Call(_, a) | Expression::Negative(a) => a.names(),
            Expression::Two(_, a, b) => [a.names(), b.names()].concat(),
        }
    }

    /// Its value where names have these.
    pub(crate) fn value(&self, of: &dyn Fn(&str) -> f64) -> f64 {
        match self {
            Expression::Number(x) => *x,
            Expression::Name(word) if word.text == "pi" => PI,
            Expression::Name(word) => of(&word.text),
            Expression::Negative(a) => -a.value(of),
            Expression::Call(word, a) => {
                let found = FUNCTIONS.iter().find(|(name, _)| *name == word.text);
                found.map_or(f64::NAN, |(_, function)| function(a.value(of)))
            }
            Expression::Two(operator, a, b) => {
                let (a, b) = (a.value(of), b.value(of));
                match operator {
                    Operator::Add => a + b,
                    Operator::Subtract => a - b,
                    Operator::Multiply => a * b,
                    Operator::Divide => a / b,
                    Operator::Power => a.powf(b),
                }
            }
        }
    }
}

fn problem(span: Range<usize>, title: String, label: &str, help: Option<String>) -> Problem {
    Problem { span, title, label: label.into(), help }
}

type Input<'a> = LocatingSlice<&'a str>;
type Failure = ErrMode<ContextError>;

fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

/// With blanks before it.
fn spaced<'a, T>(parser: impl Parser<Input<'a>, T, Failure>) -> impl Parser<Input<'a>, T, Failure> {
    preceded(take_while(0.., char::is_whitespace), parser)
}

fn two(operator: Operator, a: Expression, b: Expression) -> ModalResult<Expression> {
    Ok(Expression::Two(operator, Box::new(a), Box::new(b)))
}

fn sum(input: &mut Input<'_>) -> ModalResult<Expression> {
    let negative = Prefix(30, |_: &mut _, a| Ok(Expression::Negative(Box::new(a))));
    let infix = dispatch! { any;
        '+' => Infix::Left(10, |_: &mut _, a, b| two(Operator::Add, a, b)),
        '-' => Infix::Left(10, |_: &mut _, a, b| two(Operator::Subtract, a, b)),
        '*' => Infix::Left(20, |_: &mut _, a, b| two(Operator::Multiply, a, b)),
        '/' => Infix::Left(20, |_: &mut _, a, b| two(Operator::Divide, a, b)),
        '^' => Infix::Right(40, |_: &mut _, a, b| two(Operator::Power, a, b)),
        _ => fail,
    };
    expression(spaced(alt((number, word, brackets))))
        .prefix(preceded(spaced('-').context(expected("a number, a key, a function or `(`")), negative))
        .infix(spaced(infix))
        .parse_next(input)
}

fn number(input: &mut Input<'_>) -> ModalResult<Expression> {
    fn digits<'a>(least: usize) -> impl Parser<Input<'a>, &'a str, Failure> {
        take_while(least.., '0'..='9')
    }
    let mantissa = alt(((digits(1), opt(('.', digits(0)))).void(), ('.', digits(1)).void()));
    let exponent = opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digits(1)));
    (mantissa, exponent).take().parse_to().map(Expression::Number).parse_next(input)
}

/// A name, or a function with its argument.
fn word(input: &mut Input<'_>) -> ModalResult<Expression> {
    let letters = (one_of('a'..='z'), take_while(0.., ('a'..='z', 'A'..='Z', '0'..='9', '_', '.')));
    let (text, place) = letters.take().with_span().parse_next(input)?;
    let word = Word { text: text.into(), place };
    let argument = opt(spaced(brackets)).parse_next(input)?;
    Ok(match argument {
        Some(argument) => Expression::Call(word, Box::new(argument)),
        None => Expression::Name(word),
    })
}

fn brackets(input: &mut Input<'_>) -> ModalResult<Expression> {
    let close = spaced(')').context(expected("`)` or an operator"));
    delimited('(', cut_err(sum), cut_err(close)).parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> f64 {
        let of = |name: &str| match name {
            "battery.cells" => 3.0,
            "stage.2.duration" => 0.5,
            _ => panic!("{name}"),
        };
        Expression::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}")).value(&of)
    }

    #[test]
    fn operators_bind_as_in_mathematics() {
        for (text, expected) in [
            ("1", 1.0),
            (" 1.5e1 ", 15.0),
            (".5", 0.5),
            ("2.", 2.0),
            ("1e-3", 1e-3),
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
            ("-2*3", -6.0),
            ("-1 + 3", 2.0),
            ("1 - -2", 3.0),
            ("--2", 2.0),
            ("battery.cells", 3.0),
            ("2*battery.cells^2-1", 17.0),
            ("stage.2.duration*2", 1.0),
            ("battery.cells-stage.2.duration", 2.5),
            ("sqrt(4)", 2.0),
            ("sqrt (battery.cells + 1)/2", 1.0),
            ("exp(0) + cos( 0 ) + sin(0)", 2.0),
            ("abs(-3)", 3.0),
            ("asinh(sqrt(battery.cells))", 3.0_f64.sqrt().asinh()),
            ("pi", PI),
            ("-pi/2", -PI / 2.0),
        ] {
            assert_eq!(value(text), expected, "{text}");
        }
        let tree = Expression::parse("pi*battery.cells + abs(-x)").unwrap();
        let found: Vec<&str> = tree.names().iter().map(|word| word.text.as_str()).collect();
        assert_eq!(found, ["battery.cells", "x"]);
    }

    /// The place is marked, «so».
    #[test]
    fn what_is_wrong_has_its_place() {
        const OPERAND: &str = "a number, a key, a function or `(` should stand here";
        for (marked, phrase) in [
            ("«»", OPERAND),
            ("1 + «»", "here, but the text ends"),
            ("1 + «*» 2", "here, but there is `*`"),
            ("1 «2»", "an operator should stand here, but there is `2`"),
            ("5 «G»Hz", "an operator"),
            ("(1 + 2«»", "`)` or an operator should stand here, but the text ends"),
            ("(1 + «)»", OPERAND),
            ("(1 «2»)", "`)` or an operator"),
            ("1 + 2«)»", "an operator should stand here, but there is `)`"),
            ("sqrt(«»", OPERAND),
            ("sqrt(4«»", "`)` or an operator"),
            ("2 * «é»", "there is `é`"),
            ("1 + «sqr»(4)", "unknown function `sqr`"),
            ("abs(1 - «zzz»(4))", "unknown function `zzz`"),
        ] {
            let text = marked.replace(['«', '»'], "");
            let start = marked.find('«').unwrap();
            let end = marked.find('»').unwrap() - '«'.len_utf8();
            let problem = Expression::parse(&text).err().unwrap_or_else(|| panic!("accepted: {text}"));
            assert!(
                problem.title.contains(phrase) && !problem.title.starts_with("exp"),
                "{text}: {problem:?}"
            );
            assert_eq!(problem.span, start..end, "{text}: {problem:?}");
        }
        let help = |text: &str| Expression::parse(text).unwrap_err().help.unwrap();
        assert_eq!(help("sqr(4)"), "did you mean `sqrt`?");
        assert_eq!(help("zzz(4)"), "functions are sqrt, exp, sin, cos, abs, asinh");
        let nested = |depth: usize| "(".repeat(depth) + "1" + &")".repeat(depth);
        assert_eq!(value(&nested(249)), 1.0);
        assert_eq!(Expression::parse(&nested(250)).unwrap_err().label, "too long");
        assert_eq!(value(&("-".repeat(498) + "1")), 1.0);
    }
}
