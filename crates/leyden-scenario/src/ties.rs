//! Tied keys of `[sweep]`: a text instead of values is an expression of the axes, and at every point the key has its value.
//!
//! A tie is no axis. Its numbers are plain multiples of the reference, whatever units the axes were written in.

use std::fmt::{Display, Formatter, Result as Written};
use std::ops::Range;

use leyden_text::{Role, Scope, Text, TextError};
use toml::de::DeValue;

use crate::keys::{NumericKey, did_you_mean};
use crate::optimise::Optimise;
use crate::read::{Assignment, Reader, Value, backquoted};
use crate::report::Problem;
use crate::sweep::Axis;
use crate::texts::within;

/// A key that follows the axes of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Tie {
    /// The key that it sets.
    pub key: NumericKey,
    text: String,
    expression: Text,
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
    match Text::parse(text) {
        Ok(expression) => Some(Tie { key, text: text.to_string(), expression, span: value.span() }),
        Err(error) => {
            let help = "a text is an expression of axes, such as \"2*battery.cells\"; an axis is a list of values or a range";
            let span = within(reader.text, &value.span(), text, &error.place);
            reader.problem(span, error.title, &error.label, Some(help.into()));
            None
        }
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
        for (name, place) in &self.expression.names() {
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
            let place = within(reader.text, &self.span, &self.text, place);
            reader.problem(place, title, "no axis", Some(help));
        }
    }

    /// What it sets where the axes have these values; `file` is the text of the scenario.
    ///
    /// # Errors
    /// What is no number, and no whole one where the key takes these only.
    pub(crate) fn at(&self, file: &str, axes: &[Axis], values: &[f64]) -> Result<Assignment, Problem> {
        let named = || axes.iter().zip(values).map(|(axis, value)| (axis.key.to_string(), *value));
        let point =
            || named().map(|(key, value)| format!("{key} = {value:?}")).collect::<Vec<_>>().join(", ");
        let scope = Scope::new([]).with_parameters(named().collect());
        let refused = |TextError { place, title, label, help }| {
            let title = format!("`{}` must be a number, but {} at {}: {title}", self.key, self.text, point());
            Problem { span: within(file, &self.span, &self.text, &place), title, label, help }
        };
        let value = self.expression.number(&scope, Role::Tie).map_err(refused)?;
        let rounded = value.round();
        let refused = |what: &str, label: &str| {
            let title =
                format!("`{}` must be {what}, but {} is {value:?} at {}", self.key, self.text, point());
            Err(Problem { span: self.span.clone(), title, label: label.into(), help: None })
        };
        match self.key.is_whole() {
            true if (value - rounded).abs() > ROUNDING => refused("an integer", "not whole"),
            is_whole => {
                let value = if is_whole { rounded } else { value };
                Ok(Assignment { key: self.key, value, least: value, span: self.span.clone(), draw: None })
            }
        }
    }
}
