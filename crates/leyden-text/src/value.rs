//! What a piece of a text stands for: a number or function of time, or operators.

use leyden::Complex64;
use leyden::lindblad::{TimeFunction, sum};
use leyden::parts::Terms;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Function(TimeFunction),
    Terms(Terms),
}

impl Value {
    pub(crate) fn number(x: impl Into<Complex64>) -> Self {
        Value::Function(TimeFunction::Number(x.into()))
    }

    /// A number beside operators is one times the identity.
    pub(crate) fn into_terms(self) -> Terms {
        match self {
            Value::Function(function) => Terms::number(function),
            Value::Terms(terms) => terms,
        }
    }

    pub(crate) fn negated(self) -> Self {
        match self {
            Value::Function(function) => Value::Function(-function),
            Value::Terms(terms) => Value::Terms(-terms),
        }
    }

    pub(crate) fn adjoint(&self) -> Self {
        match self {
            Value::Function(function) => Value::Function(function.clone().conjugate()),
            Value::Terms(terms) => Value::Terms(terms.adjoint()),
        }
    }
}

/// A sum that grows.
#[derive(Default)]
pub(crate) struct Growing {
    number: Complex64,
    functions: Vec<TimeFunction>,
    terms: Option<Terms>,
}

impl Growing {
    pub(crate) fn add(&mut self, value: Value) {
        match value {
            Value::Function(TimeFunction::Number(x)) => self.number += x,
            Value::Function(function) => self.functions.push(function),
            Value::Terms(terms) => self.terms = Some(self.terms.take().unwrap_or_default() + terms),
        }
    }

    /// How many products of operators it holds.
    pub(crate) fn len(&self) -> usize {
        self.terms.as_ref().map_or(0, Terms::len)
    }

    pub(crate) fn value(mut self) -> Value {
        self.functions.push(TimeFunction::Number(self.number));
        let function = sum(self.functions);
        match self.terms {
            Some(terms) => Value::Terms(terms + Terms::number(function)),
            None => Value::Function(function),
        }
    }
}
