//! Tree -> value, in a scope.

use std::ops::Range;

use leyden::lindblad::TimeFunction;
use leyden::parts::{Graph, Terms};

use crate::error::{Read, TextError, backquoted, did_you_mean};
use crate::scope::{Index, Role, Scope};
use crate::tree::{Addend, Factor, Kind, Members, Node, Over, Word};
use crate::value::{Growing, Value};
use crate::words::{self, reserved};

/// Most products of operators, before equal ones are gathered.
pub const MOST_TERMS: usize = 1_000_000;
/// Most letters in all of them.
const MOST_LETTERS: usize = 20_000_000;
/// Most pieces that are looked at, those of sums once for each member.
const MOST_STEPS: usize = 20_000_000;
/// Largest exponent of operators.
const LARGEST_POWER: f64 = 1000.0;
/// What is rounding of a whole number.
const ROUNDING: f64 = 1e-9;

/// A text being evaluated.
pub(crate) struct Evaluation<'a> {
    pub(crate) scope: &'a Scope<'a>,
    /// Those of the scope and of the sums around.
    pub(crate) indices: Vec<Index>,
    pub(crate) role: Role,
    steps: usize,
}

impl<'a> Evaluation<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>, role: Role) -> Self {
        Evaluation { scope, indices: scope.indices.clone(), role, steps: 0 }
    }

    pub(crate) fn index(&self, name: &str) -> Option<&Index> {
        self.indices.iter().find(|index| index.name == name)
    }

    /// " at i = 1, j = 2"; empty without indices.
    pub(crate) fn at(&self) -> String {
        let said = |index: &Index| format!("{} = {}", index.name, index.member + 1);
        match self.indices.is_empty() {
            true => String::new(),
            false => format!(" at {}", self.indices.iter().map(said).collect::<Vec<_>>().join(", ")),
        }
    }

    pub(crate) fn value(&mut self, node: &Node) -> Read<Value> {
        self.steps += 1;
        self.too_long(0, &node.place)?;
        let value = match &node.kind {
            Kind::Number(x) => Value::number(*x),
            Kind::Name(name) => self.name(name, &node.place)?,
            Kind::Member(part, _) => {
                let whole = format!("`{}[..]` is a member, not a number", part.text);
                return Err(TextError::new(&node.place, whole, "of which operator?")
                    .with_help(self.operators_help(&part.text)));
            }
            Kind::Call(word, arguments) => self.call(word, arguments, &node.place)?,
            Kind::Text(_) => {
                let title = "the name of a file stands in `samples` only";
                return Err(
                    TextError::new(&node.place, title, "a file").with_help("write samples(\"file.csv\", t)")
                );
            }
            Kind::Sum(addends) => self.sum(addends, &node.place)?,
            Kind::Product(factors) => self.product(factors, &node.place)?,
            Kind::Negative(inner) => self.value(inner)?.negated(),
            Kind::Power(base, exponent) => self.power(base, exponent)?,
            Kind::Over(over) => self.over(over, &node.place)?,
            Kind::Adjoint => unreachable!("`h.c.` is read as an addend only"),
        };
        match &value {
            Value::Function(TimeFunction::Number(x)) if !(x.re.is_finite() && x.im.is_finite()) => {
                let (what, label) = match x.re.is_nan() || x.im.is_nan() {
                    true => ("has no value", "no number"),
                    false => ("is infinite", "infinite"),
                };
                Err(TextError::new(&node.place, format!("this number {what}{}", self.at()), label))
            }
            _ => Ok(value),
        }
    }

    /// Whether so many further steps are too many.
    fn too_long(&self, further: usize, place: &Range<usize>) -> Read<()> {
        if self.steps.saturating_add(further) <= MOST_STEPS {
            return Ok(());
        }
        let title =
            format!("a text must take at most {MOST_STEPS} steps, those of sums once for each member");
        Err(TextError::new(place, title, "too many members"))
    }

    /// A value that is no operator.
    pub(crate) fn function(&mut self, node: &Node, wanted: &str) -> Read<TimeFunction> {
        match self.value(node)? {
            Value::Function(function) => Ok(function),
            Value::Terms(_) => {
                let title = format!("{wanted} must be a number or a function of time, but is an operator");
                Err(TextError::new(&node.place, title, "an operator"))
            }
        }
    }

    /// A whole number, which may be negative.
    pub(crate) fn whole(&mut self, node: &Node, wanted: &str) -> Read<i64> {
        let function = self.function(node, wanted)?;
        let refused = |found: String, label: &str| {
            Err(TextError::new(&node.place, format!("{wanted} must be a whole number, but {found}"), label))
        };
        let Some(x) = function.constant() else { return refused("depends on time".into(), "not constant") };
        let rounded = x.re.round();
        if x.im != 0.0 || (x.re - rounded).abs() > ROUNDING {
            let found = if x.im == 0.0 { format!("{}", x.re) } else { format!("{x}") };
            return refused(format!("is {found}{}", self.at()), "not whole");
        }
        Ok(rounded as i64)
    }

    fn name(&mut self, name: &str, place: &Range<usize>) -> Read<Value> {
        if let Some(x) = self.scope.parameters.get(name) {
            return Ok(Value::number(*x));
        }
        if let Some(index) = self.index(name) {
            return Ok(Value::number((index.member + 1) as f64));
        }
        let error = |title: String, label: &str| Err(TextError::new(place, title, label));
        match name {
            "pi" => return Ok(Value::number(std::f64::consts::PI)),
            "t" if self.role.is_constant() => {
                return error(format!("{} must not depend on time", self.role.said()), "not constant");
            }
            "t" => return Ok(Value::Function(TimeFunction::Time)),
            _ => {}
        }
        if let Some(part) = self.scope.part(name) {
            let title = format!("`{name}` is a part, not a number");
            let help = self.operators_help(&self.scope.parts[part].part.name);
            return Err(TextError::new(place, title, "of which operator?").with_help(help));
        }
        if words::operator(name).is_some() {
            let first = self.scope.parts.first().map_or("part", |named| &named.part.name);
            return Err(TextError::new(
                place,
                format!("the operator `{name}` needs a member"),
                "of which member?",
            )
            .with_help(format!("write `{name}({first})`, `{name}({first}[1])`, or `{name}(i)` in a sum")));
        }
        if words::function(name).is_some() {
            return error(format!("the function `{name}` needs its argument in parentheses"), "of what?");
        }
        Err(self.undefined(name, place))
    }

    /// An error for a name without a meaning.
    fn undefined(&self, name: &str, place: &Range<usize>) -> TextError {
        let error = TextError::new(place, format!("undefined name `{name}`"), "undefined");
        if name == "i" || name == "I" {
            return error.with_help("the imaginary unit is `1i`; an index is bound by `sum(i in part, ...)`");
        }
        let last = name.rsplit('.').next().unwrap_or(name);
        if last != name && self.scope.parameters.contains_key(last) {
            return error.with_help(format!("write `{last}`"));
        }
        let known = || self.known_names();
        match did_you_mean(name, known().iter().map(String::as_str).chain(["h.c.", "pi", "t"])) {
            Some(near) => error.with_help(near),
            None if known().is_empty() => error,
            None => error.with_help(format!("names are {}", backquoted(known().iter().take(30)))),
        }
    }

    /// Parameters, indices and parts.
    fn known_names(&self) -> Vec<String> {
        let parts = self.scope.parts.iter().map(|named| named.part.name.clone());
        let indices = self.indices.iter().map(|index| index.name.clone());
        self.scope.parameters.keys().cloned().chain(indices).chain(parts).collect()
    }

    /// How operators of a part are written.
    pub(crate) fn operators_help(&self, part: &str) -> String {
        let Some(index) = self.scope.part(part) else { return "write an operator, such as `n(i)`".into() };
        let part = &self.scope.parts[index].part;
        let member = if part.count == 1 { part.name.clone() } else { format!("{}[1]", part.name) };
        let operators = words::operators_of(part.kind).next().unwrap_or("n");
        format!("write an operator of it, such as `{operators}({member})`")
    }

    fn call(&mut self, word: &Word, arguments: &[Node], place: &Range<usize>) -> Read<Value> {
        if let Some(letter) = words::operator(&word.text) {
            return self.operator(word, letter, arguments, place).map(Value::Terms);
        }
        if let Some(function) = words::function(&word.text) {
            return self.called(word, function, arguments, place).map(Value::Function);
        }
        let name = word.text.as_str();
        if self.known_names().iter().any(|known| known == name) || ["pi", "t"].contains(&name) {
            let title = format!("`{name}` is no function");
            return Err(TextError::new(&word.place, title, "no function")
                .with_help(format!("products are written with `*`: `{name}*(...)`")));
        }
        let functions = || words::FUNCTIONS.iter().map(|(name, _)| *name);
        let operators = || words::OPERATORS.iter().map(|(name, _)| *name);
        let near = did_you_mean(name, functions().chain(operators()).chain(["sum"]));
        let help = near.unwrap_or_else(|| {
            format!("functions are {}, operators {}", backquoted(functions()), backquoted(operators()))
        });
        Err(TextError::new(&word.place, format!("unknown function or operator `{name}`"), "unknown")
            .with_help(help))
    }

    fn sum(&mut self, addends: &[Addend], place: &Range<usize>) -> Read<Value> {
        let (mut growing, mut adjoint) = (Growing::default(), None);
        for Addend { negative, node } in addends {
            if node.kind == Kind::Adjoint {
                adjoint = Some(*negative);
                continue;
            }
            let value = self.value(node)?;
            growing.add(if *negative { value.negated() } else { value });
            too_many(growing.len(), place)?;
        }
        let value = growing.value();
        let Some(negative) = adjoint else { return Ok(value) };
        let mirrored = value.adjoint();
        let mut both = Growing::default();
        both.add(value);
        both.add(if negative { mirrored.negated() } else { mirrored });
        too_many(both.len(), place)?;
        Ok(both.value())
    }

    fn product(&mut self, factors: &[Factor], place: &Range<usize>) -> Read<Value> {
        let mut functions = Vec::with_capacity(factors.len());
        let mut terms: Option<Terms> = None;
        for Factor { divides, node } in factors {
            if *divides {
                functions.push(self.divisor(node)?.inverse());
                continue;
            }
            match self.value(node)? {
                Value::Function(function) => functions.push(function),
                Value::Terms(next) => {
                    terms = Some(match terms {
                        Some(product) => multiplied(product, next, place)?,
                        None => next,
                    });
                }
            }
        }
        let function = leyden::lindblad::product(functions);
        Ok(match terms {
            Some(terms) if function.constant() == Some(leyden::Complex64::ONE) => Value::Terms(terms),
            Some(terms) => Value::Terms(terms.scaled(function)),
            None => Value::Function(function),
        })
    }

    fn divisor(&mut self, node: &Node) -> Read<TimeFunction> {
        let Value::Function(divisor) = self.value(node)? else {
            let title = "operators cannot be divided by: a divisor must be a number or a function of time";
            return Err(TextError::new(&node.place, title, "an operator"));
        };
        if divisor.constant() == Some(leyden::Complex64::ZERO) {
            return Err(TextError::new(&node.place, format!("division by zero{}", self.at()), "zero"));
        }
        Ok(divisor)
    }

    fn power(&mut self, base: &Node, exponent: &Node) -> Read<Value> {
        let terms = match self.value(base)? {
            Value::Function(function) => {
                return Ok(Value::Function(function.to_the(self.function(exponent, "an exponent")?)));
            }
            Value::Terms(terms) => terms,
        };
        let power = self.whole(exponent, "the exponent of an operator")?;
        let found = power as f64;
        if !(0.0..=LARGEST_POWER).contains(&found) {
            let title = format!(
                "the exponent of an operator must be a whole number from 0 to {LARGEST_POWER}, but is {power}"
            );
            let label = if power < 0 { "negative" } else { "too large" };
            return Err(TextError::new(&exponent.place, title, label));
        }
        if power == 0 {
            return Ok(Value::Terms(Terms::number(1.0)));
        }
        let place = base.place.start..exponent.place.end;
        let mut product = terms.clone();
        for _ in 1..power {
            product = multiplied(product, terms.clone(), &place)?;
        }
        Ok(Value::Terms(product))
    }

    fn over(&mut self, over: &Over, place: &Range<usize>) -> Read<Value> {
        let part = self.bound_part(over)?;
        self.too_long(self.how_many(over, part), place)?;
        let (before, mut growing) = (self.indices.len(), Growing::default());
        for members in self.members(over, part) {
            self.indices.truncate(before);
            self.bind(over, part, members);
            growing.add(self.value(&over.body)?);
            too_many(growing.len(), place)?;
        }
        self.indices.truncate(before);
        Ok(growing.value())
    }

    /// The part of a sum, whose indices must be new names.
    pub(crate) fn bound_part(&self, over: &Over) -> Read<usize> {
        for (k, Word { text, place }) in over.indices.iter().enumerate() {
            let taken = match () {
                () if self.scope.parameters.contains_key(text) => Some("a parameter"),
                () if self.scope.part(text).is_some() => Some("a part"),
                () if self.index(text).is_some() || over.indices[..k].iter().any(|w| w.text == *text) => {
                    let title = format!("the index `{text}` is bound twice");
                    return Err(TextError::new(place, title, "again").with_help("give it another name"));
                }
                () if text == "i" => None,
                () => reserved(text),
            };
            if let Some(taken) = taken {
                let title = format!("`{text}` is {taken} and cannot be an index as well");
                return Err(TextError::new(place, title, "taken").with_help("give the index another name"));
            }
            if text.contains('.') {
                return Err(TextError::new(place, format!("`{text}` is no name of an index"), "no name"));
            }
        }
        let Word { text, place } = &over.part;
        self.scope.part(text).ok_or_else(|| self.unknown_part(text, place))
    }

    pub(crate) fn unknown_part(&self, name: &str, place: &Range<usize>) -> TextError {
        let names = || self.scope.parts.iter().map(|named| named.part.name.as_str());
        let error = TextError::new(place, format!("unknown part `{name}`"), "no part");
        match did_you_mean(name, names()) {
            Some(near) => error.with_help(near),
            None if self.scope.parts.is_empty() => error.with_help("there are no parts here"),
            None => error.with_help(format!("the parts are {}", backquoted(names().take(30)))),
        }
    }

    /// How many terms a sum has.
    fn how_many(&self, over: &Over, part: usize) -> usize {
        let named = &self.scope.parts[part];
        let count = named.part.count;
        let pairs = count.saturating_mul(count.saturating_sub(1)) / 2;
        match (over.of, &named.graph) {
            (Members::Each, _) => count,
            (Members::Pairs, _) | (Members::Edges, Graph::Complete) => pairs,
            (Members::Edges, Graph::Edges(edges)) => edges.len(),
            (Members::Edges, _) => count,
        }
    }

    /// The members for which the indices stand, one after the other.
    pub(crate) fn members(&self, over: &Over, part: usize) -> Vec<Vec<usize>> {
        let named = &self.scope.parts[part];
        let count = named.part.count;
        match over.of {
            Members::Each => (0..count).map(|i| vec![i]).collect(),
            Members::Pairs => (0..count).flat_map(|i| (i + 1..count).map(move |j| vec![i, j])).collect(),
            Members::Edges => named.graph.edges(count).into_iter().map(|(i, j)| vec![i, j]).collect(),
        }
    }

    /// Lets the indices stand for members.
    pub(crate) fn bind(&mut self, over: &Over, part: usize, members: Vec<usize>) {
        let bound = over.indices.iter().zip(members);
        self.indices.extend(bound.map(|(word, member)| Index { name: word.text.clone(), part, member }));
    }
}

fn too_many(count: usize, place: &Range<usize>) -> Read<()> {
    if count <= MOST_TERMS {
        return Ok(());
    }
    let title = format!("a Hamiltonian must have at most {MOST_TERMS} products of operators");
    Err(TextError::new(place, title, "more than that"))
}

fn letters(terms: &Terms) -> usize {
    terms.list().iter().flat_map(|term| &term.factors).map(|(_, letters)| letters.len()).sum()
}

/// The product of sums, equal products of operators gathered.
fn multiplied(a: Terms, b: Terms, place: &Range<usize>) -> Read<Terms> {
    let made = a.len().saturating_mul(b.len());
    let letters = letters(&a).saturating_mul(b.len()).saturating_add(letters(&b).saturating_mul(a.len()));
    if made > MOST_TERMS || letters > MOST_LETTERS {
        let title = match made > MOST_TERMS {
            true => format!(
                "a Hamiltonian must have at most {MOST_TERMS} products of operators, but here are {} times {}, which makes {made}",
                a.len(),
                b.len()
            ),
            false => format!(
                "a Hamiltonian must have at most {MOST_LETTERS} operators in its products, but here are {letters}"
            ),
        };
        return Err(TextError::new(place, title, "too many"));
    }
    let single = a.len() == 1 || b.len() == 1;
    let product = a * b;
    Ok(if single { product } else { product.gathered() })
}
