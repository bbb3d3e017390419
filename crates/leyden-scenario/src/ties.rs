//! Tied keys of `[sweep]`: a text instead of values is an expression of the axes, and at every point the key has its value.
//!
//! A tie is no axis. Its numbers are plain multiples of the reference, whatever units the axes were written in.

use std::fmt::{Display, Formatter, Result as Written};
use std::ops::Range;

use toml::de::DeValue;

use crate::expression::Expression;
use crate::keys::{NumericKey, did_you_mean};
use crate::optimise::Optimise;
use crate::read::{Assignment, Reader, Value, backquoted};
use crate::report::Problem;
use crate::sweep::Axis;

/// A key that follows the axes of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The key that it sets.
    pub key: NumericKey,
    text: String,
    expression: Expression,
    span: Range<usize>,
}

/// `initial.charger.fock = battery.cells`
impl Display for Tie {
    fn fmt(&self, f: &mut Formatter<'_>) -> Written {
        write!(f, "{} = {}", self.key, self.text)
    }
}

/// Values are whole numbers up to this.
const ROUNDING: f64 = 1e-9;

/// The tie of a key whose value is a text.
pub(crate) fn tie(reader: &mut Reader<'_>, key: NumericKey, value: &Value<'_>) -> Option<Tie> {
    let DeValue::String(text) = value.get_ref() else { return None };
    match Expression::parse(text) {
        Ok(expression) => Some(Tie { key, text: text.to_string(), expression, span: value.span() }),
        Err(problem) => {
            let help = problem.help.or_else(|| {
                let help = "a text is an expression of axes, such as \"2*battery.cells\"; an axis is a list of values or a range";
                Some(help.into())
            });
            reader.problems.push(Problem { span: within(value.span(), text, problem.span), help, ..problem });
            None
        }
    }
}

/// The place of a part of a text in the file; of all of it where quotes are tripled or characters escaped.
fn within(all: Range<usize>, text: &str, part: Range<usize>) -> Range<usize> {
    match all.len() == text.len() + 2 {
        true => all.start + 1 + part.start..all.start + 1 + part.end,
        false => all,
    }
}

impl Tie {
    /// Every name must be an axis.
    pub(crate) fn check(
        &self,
        reader: &mut Reader<'_>,
        axes: &[Axis],
        ties: &[Tie],
        optimise: Option<&Optimise>,
    ) {
        let names: Vec<String> = axes.iter().map(|axis| axis.key.to_string()).collect();
        for word in self.expression.names() {
            let name = &word.text;
            if names.contains(name) {
                continue;
            }
            let mut searched = optimise.iter().flat_map(|optimise| &optimise.variables);
            let axes = || format!("the axes are {}", backquoted(&names));
            let (title, help) = if let Some(other) = ties.iter().find(|tie| tie.key.to_string() == *name) {
                let help = format!("write what it is instead: ({})", other.text);
                (format!("`{name}` is tied itself, and a tie follows axes only"), help)
            } else if searched.any(|variable| variable.key.to_string() == *name) {
                (format!("`{name}` is searched, and a tie follows axes only"), axes())
            } else if NumericKey::find(name).is_some() {
                (format!("`{name}` is no axis of this sweep, and a tie follows axes only"), axes())
            } else {
                let near = did_you_mean(name, names.iter().map(String::as_str).chain(["pi"]), '`');
                (format!("unknown name `{name}` in an expression"), near.unwrap_or_else(axes))
            };
            let place = within(self.span.clone(), &self.text, word.place.clone());
            reader.problem(place, title, "no axis", Some(help));
        }
    }

    /// What it sets where the axes have these values.
    ///
    /// # Errors
    /// What is no number, and no whole one where the key takes these only.
    pub(crate) fn at(&self, axes: &[Axis], values: &[f64]) -> Result<Assignment, Problem> {
        let named = || axes.iter().zip(values).map(|(axis, value)| (axis.key.to_string(), *value));
        let value = self.expression.value(&|name| {
            // Names have been checked.
            named().find(|(key, _)| key == name).map_or(f64::NAN, |(_, value)| value)
        });
        let rounded = value.round();
        let refused = |what: &str, label: &str| {
            let point: Vec<String> = named().map(|(key, value)| format!("{key} = {value:?}")).collect();
            let title = format!(
                "`{}` must be {what}, but {} is {value:?} at {}",
                self.key,
                self.text,
                point.join(", ")
            );
            Err(Problem { span: self.span.clone(), title, label: label.into(), help: None })
        };
        match self.key.is_whole() {
            _ if !value.is_finite() => refused("a finite number", "no number"),
            true if (value - rounded).abs() > ROUNDING => refused("an integer", "not whole"),
            is_whole => {
                let value = if is_whole { rounded } else { value };
                Ok(Assignment { key: self.key, value, least: value, span: self.span.clone(), draw: None })
            }
        }
    }
}
