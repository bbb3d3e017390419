//! Parameters: numbers, or texts of other parameters.

use std::collections::BTreeMap;

use crate::error::{Read, TextError};
use crate::{Role, Scope, Text};

/// What a parameter is.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// A number.
    Number(f64),
    /// A text of other parameters.
    Text(Text),
}

/// The values of parameters, whatever the order in which they stand.
///
/// # Errors
/// The place in `list` of the text that is wrong, and what is wrong with it.
pub fn parameters(list: &[(String, Parameter)]) -> Result<BTreeMap<String, f64>, (usize, TextError)> {
    let place_of: BTreeMap<&str, usize> =
        list.iter().enumerate().map(|(k, (name, _))| (name.as_str(), k)).collect();
    let mut values = BTreeMap::new();
    // The texts that wait for each parameter, and for how many each waits.
    let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); list.len()];
    let mut open = vec![0; list.len()];
    for (k, (_, parameter)) in list.iter().enumerate() {
        let Parameter::Text(text) = parameter else { continue };
        for (name, _) in text.names() {
            if let Some(needed) = place_of.get(name.as_str()) {
                waiting[*needed].push(k);
                open[k] += 1;
            }
        }
    }
    // All names are known while texts are read, those without a value yet as not a number: what is undefined is undefined.
    let mut ready: Vec<usize> = (0..list.len()).rev().filter(|k| open[*k] == 0).collect();
    let mut scope = Scope::new([]);
    while let Some(k) = ready.pop() {
        let (name, parameter) = &list[k];
        let value = match parameter {
            Parameter::Number(x) => *x,
            Parameter::Text(text) => {
                let missing = |error: TextError| (k, suggested(error, text, list));
                text.number(&scope, Role::Parameter).map_err(missing)?
            }
        };
        values.insert(name.clone(), value);
        scope.parameters.insert(name.clone(), value);
        for next in &waiting[k] {
            open[*next] -= 1;
            if open[*next] == 0 {
                ready.push(*next);
            }
        }
    }
    match (0..list.len()).find(|k| open[*k] > 0) {
        Some(first) => Err(cycle(list, &place_of, &open, first)),
        None => Ok(values),
    }
}

/// An error of a text whose scope lacks the parameters that have no value yet.
fn suggested(error: TextError, text: &Text, list: &[(String, Parameter)]) -> TextError {
    let undefined = text.names().into_iter().find(|(_, place)| *place == error.place);
    let Some((name, _)) = undefined.filter(|_| error.label == "undefined") else { return error };
    match crate::error::did_you_mean(&name, list.iter().map(|(name, _)| name.as_str())) {
        Some(near) => error.with_help(near),
        None => error,
    }
}

/// "`a` -> `b` -> `a`", at the first name of the circle.
fn cycle(
    list: &[(String, Parameter)],
    place_of: &BTreeMap<&str, usize>,
    open: &[usize],
    first: usize,
) -> (usize, TextError) {
    // What waits needs something that waits: going on, one comes round.
    let next = |k: usize| {
        let Parameter::Text(text) = &list[k].1 else { unreachable!("numbers wait for nothing") };
        let waits = |name: &str| place_of.get(name).copied().filter(|needed| open[*needed] > 0);
        let found = text.names().into_iter().find_map(|(name, place)| Some((waits(&name)?, place)));
        found.unwrap_or_else(|| unreachable!("a text waits for a parameter that waits"))
    };
    let mut way = vec![first];
    loop {
        let (needed, _) = next(way[way.len() - 1]);
        if let Some(start) = way.iter().position(|k| *k == needed) {
            way.drain(..start);
            break;
        }
        way.push(needed);
    }
    let names: Vec<String> = way.iter().chain(&way[..1]).map(|k| format!("`{}`", list[*k].0)).collect();
    let title = format!("parameters must not need themselves, but {}", names.join(" needs "));
    (way[0], TextError::new(&next(way[0]).1, title, "goes round in a circle"))
}

impl Text {
    /// The value as a real constant.
    ///
    /// # Errors
    /// What is wrong, or not a real constant.
    pub fn number(&self, scope: &Scope<'_>, role: Role) -> Read<f64> {
        let x = self.constant(scope, role)?;
        match x.im == 0.0 {
            true => Ok(x.re),
            false => {
                let title = format!("{} must be real, but is {x}", role.said());
                Err(TextError::new(&self.whole(), title, "complex"))
            }
        }
    }
}
