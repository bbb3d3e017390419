//! Words of a text, with their places.

use std::ops::Range;

use leyden::Complex64;
use winnow::combinator::{alt, delimited, fail, opt, repeat};
use winnow::error::{ContextError, ErrMode};
use winnow::prelude::*;
use winnow::stream::LocatingSlice;
use winnow::token::{any, literal, one_of, take_while};

use crate::error::{Read, TextError};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// `2`, `.5`, `1e-3`, `1i`.
    Number(Complex64),
    /// A name, with dots where it is a key of a scenario.
    Name(String),
    /// `"file.csv"` or `'file.csv'`.
    Text(String),
    /// One of `+ - * / ^ ( ) [ ] , <`.
    Sign(char),
    /// `h.c.`
    Adjoint,
}

pub(crate) type Placed = (Token, Range<usize>);

type Input<'a> = LocatingSlice<&'a str>;
type Failure = ErrMode<ContextError>;

const SIGNS: [char; 11] = ['+', '-', '*', '/', '^', '(', ')', '[', ']', ',', '<'];

/// All words of a text.
pub(crate) fn tokens(text: &str) -> Read<Vec<Placed>> {
    let mut input = LocatingSlice::new(text);
    let all: Result<Vec<Placed>, Failure> =
        repeat(0.., delimited(blank, token.with_span(), blank)).parse_next(&mut input);
    let rest = input.trim_start();
    let start = text.len() - rest.len();
    match (rest.chars().next(), all) {
        (None, Ok(all)) => check_numbers(all),
        (found, _) => Err(unreadable(text, start, found.unwrap_or(' '))),
    }
}

fn unreadable(text: &str, start: usize, found: char) -> TextError {
    let place = start..(start + found.len_utf8()).min(text.len());
    if ['"', '\''].contains(&found) {
        return TextError::new(
            &(start..text.len()),
            "the name of a file must end with the quote that begins it",
            "no end",
        );
    }
    let error = TextError::new(&place, format!("`{found}` has no meaning here"), "not of this language");
    match found {
        '−' | '–' => error.with_help("write the minus as `-`"),
        '·' | '×' | '⋅' => error.with_help("products are written with `*`"),
        '†' => error.with_help("the adjoint of the rest of a parenthesis is `h.c.`"),
        '{' | '}' => error.with_help("write parentheses, `(` and `)`"),
        '=' | '>' | ';' | ':' => {
            error.with_help("pairs are `sum(i < j in part, ...)`; a text is one expression")
        }
        _ => error,
    }
}

fn check_numbers(all: Vec<Placed>) -> Read<Vec<Placed>> {
    for (token, place) in &all {
        if let Token::Number(x) = token
            && !(x.re.is_finite() && x.im.is_finite())
        {
            return Err(TextError::new(place, "a number must be at most 1.8e308", "too large"));
        }
    }
    Ok(all)
}

fn blank(input: &mut Input<'_>) -> ModalResult<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}

fn token(input: &mut Input<'_>) -> ModalResult<Token> {
    alt((
        literal("h.c.").value(Token::Adjoint),
        number,
        name.map(Token::Name),
        one_of(SIGNS).map(Token::Sign),
        quoted,
        fail,
    ))
    .parse_next(input)
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_of_name(c: char) -> bool {
    is_letter(c) || c.is_numeric()
}

/// A number; with `i` at its end it is imaginary.
fn number(input: &mut Input<'_>) -> ModalResult<Token> {
    fn digits<'a>(least: usize) -> impl Parser<Input<'a>, &'a str, Failure> {
        take_while(least.., '0'..='9')
    }
    let mantissa = alt(((digits(1), opt(('.', digits(0)))).void(), ('.', digits(1)).void()));
    let exponent = opt((one_of(['e', 'E']), opt(one_of(['+', '-'])), digits(1)));
    let x: f64 = (mantissa, exponent).take().parse_to().parse_next(input)?;
    let mut after = input.chars();
    let is_imaginary = after.next() == Some('i') && !after.next().is_some_and(is_of_name);
    if !is_imaginary {
        return Ok(Token::Number(x.into()));
    }
    any.value(Token::Number(Complex64::new(0.0, x))).parse_next(input)
}

/// A name; parts of a key of a scenario are joined by dots, and may be numbers.
pub(crate) fn name(input: &mut Input<'_>) -> ModalResult<String> {
    let rest = repeat::<_, _, (), _, _>(0.., ('.', take_while(1.., is_of_name)));
    (one_of(is_letter), take_while(0.., is_of_name), rest).take().map(String::from).parse_next(input)
}

fn quoted(input: &mut Input<'_>) -> ModalResult<Token> {
    let inside = |quote: char| delimited(quote, take_while(1.., move |c| c != quote && c != '\n'), quote);
    alt((inside('"'), inside('\''))).map(|file: &str| Token::Text(file.into())).parse_next(input)
}
