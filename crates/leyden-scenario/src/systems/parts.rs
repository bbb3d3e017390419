//! `[parts]`, `[parameters]`, `[hamiltonian]`, `[[channel]]`: any battery, its Hamiltonian written as text.

use std::collections::BTreeMap;

use leyden::model::Cutoff;
use leyden::parts::{Graph, Part, PartKind, Parts, PartsChannel, Terms};
use leyden::space::InitialState;
use leyden_text::{Parameter, Role, Scope, Text, is_name, parameters, reserved};
use toml::de::{DeTable, DeValue};

use super::{memory, need};
use crate::keys::{self, CHANNEL, PARAMETERS, PARTS};
use crate::read::{Reader, Value, backquoted};
use crate::values::{article, integer};

/// Most edges of a part.
const MOST_EDGES: usize = 1_000_000;

/// Fills in what is wrong with harmless values: a problem on record keeps the result from being used.
pub(crate) fn parts(reader: &mut Reader<'_>) -> Parts {
    let found = reader.problems.len();
    let list = members(reader);
    let values = values_of_parameters(reader, &list);
    let nothing = || Parts::new(Vec::new(), Terms::zero(), Terms::zero());
    need(reader, "hamiltonian", "battery", "\"sum(i in cells, Z(i)/2)\"");
    // What texts name is wrong, or not known.
    let (Some(values), true) = (values, reader.problems.len() == found) else { return nothing() };
    let files = reader.files;
    let loader = |file: &str| files.samples(file);
    let scope = Scope::new(list.clone()).with_parameters(values).with_loader(&loader);
    let bare = |terms: (Terms, Terms)| {
        Parts::new(list.iter().map(|(part, _)| part.clone()).collect(), terms.0, terms.1)
    };
    let (of_letters, end) = (bare((Terms::zero(), Terms::zero())), end(reader));
    let mut read = |name: &str, role: Role| {
        let value = text_at(reader, "hamiltonian", name)?;
        let text = reader.parsed_text(value)?;
        match text.hamiltonian(&scope, role, &of_letters, end) {
            Ok(terms) => Some(terms),
            Err(error) => {
                reader.problem_in_text(value, error);
                None
            }
        }
    };
    let (battery, charging) = (read("battery", Role::Battery), read("charging", Role::Charging));
    if battery.as_ref().is_some_and(|terms| terms.sites().is_empty()) {
        let title =
            "`hamiltonian.battery` must name at least one part: the parts that it names are the battery";
        reader.problem_at("hamiltonian", "battery", title, "no operator", None);
    }
    let mut parts = bare((battery.unwrap_or_default(), charging.unwrap_or_default()));
    for channel in channels(reader, &scope, &list) {
        parts = parts.with_channel_of(channel);
    }
    parts
}

/// The last time, up to which functions of time are looked at.
fn end(reader: &mut Reader<'_>) -> f64 {
    let values = reader.raw("time", "values").and_then(|value| value.get_ref().as_array());
    let key = keys::find("time", "values");
    let last = values.and_then(|list| list.iter().last()).and_then(|value| reader.quantity(key, value));
    last.or_else(|| reader.number("time", "end")).filter(|end| *end > 0.0).unwrap_or(1.0)
}

/// A value that must be a text.
pub(super) fn text_at<'a>(reader: &mut Reader<'a>, table: &str, name: &str) -> Option<&'a Value<'a>> {
    let value = reader.value(table, name)?;
    match value.get_ref().is_str() {
        true => Some(value),
        false => reader.wrong_type(keys::find(table, name), value, "a text in quotes"),
    }
}

/// Entries of a table with names that the user chose, in the order of the file.
fn in_order<'a>(entries: &'a DeTable<'a>) -> Vec<(&'a str, std::ops::Range<usize>, &'a Value<'a>)> {
    let mut list: Vec<_> =
        entries.iter().map(|(name, value)| (name.get_ref().as_ref(), name.span(), value)).collect();
    list.sort_by_key(|(_, span, _)| span.start);
    list
}

/// Whether a name can stand in texts.
fn check_name(reader: &mut Reader<'_>, what: &str, name: &str, span: std::ops::Range<usize>) -> bool {
    if let Some(taken) = reserved(name) {
        let title = format!("{what} cannot be named `{name}`, which is {taken} in texts");
        reader.problem(span, title, "taken", Some("give it another name".into()));
        return false;
    }
    if !is_name(name) {
        let title = format!("{what} cannot be named `{name}`: texts could not name it");
        let help = "names are letters, digits and `_`, and begin with a letter";
        reader.problem(span, title, "no name", Some(help.into()));
        return false;
    }
    true
}

/// The parts with their graphs.
fn members(reader: &mut Reader<'_>) -> Vec<(Part, Graph)> {
    let Some(entries) = reader.entries(PARTS) else { return Vec::new() };
    let mut list = Vec::new();
    for (name, span, value) in in_order(entries) {
        if !check_name(reader, "a part", name, span.clone()) {
            continue;
        }
        if value.get_ref().as_table().is_none() {
            let title =
                format!("the part `{name}` must be a table, but is {}", article(value.get_ref().type_str()));
            let help = format!("write {name} = {{ kind = \"qubit\", count = 4 }}");
            reader.problem(value.span(), title, "not a table", Some(help));
            continue;
        }
        reader.spans.insert(format!("{PARTS}.{name}"), span);
        list.push(member(reader, name));
    }
    if entries.is_empty() {
        let help = Some("add cells = { kind = \"qubit\", count = 4 }".into());
        reader.problem_at(PARTS, "", "`[parts]` must hold at least one part", "empty", help);
    }
    list
}

fn member(reader: &mut Reader<'_>, name: &str) -> (Part, Graph) {
    let table = &*format!("{PARTS}.{name}");
    let kind = reader.word(table, "kind").unwrap_or("qubit");
    let levels = reader.count(table, "levels");
    let cutoff = reader.cutoff(table, "cutoff");
    let count = reader.count(table, "count").unwrap_or(1);
    let has_levels = ["qudit", "spin"].contains(&kind);
    if has_levels && !reader.has(table, "levels") {
        let title = format!("a {kind} needs `{table}.levels`");
        let help = Some("add levels = 3".into());
        reader.problem_at(table, "kind", title, "how many levels?", help);
    }
    if !has_levels && reader.has(table, "levels") {
        let title = format!("`{table}.levels` is for kind = \"qudit\" or \"spin\"");
        let help = if kind == "oscillator" { "use `cutoff`" } else { "use kind = \"qudit\" or \"spin\"" };
        reader.problem_at(table, "levels", title, "not of this kind", Some(help.into()));
    }
    if kind != "oscillator" && reader.has(table, "cutoff") {
        let title = format!("`{table}.cutoff` is for kind = \"oscillator\"");
        reader.problem_at(table, "cutoff", title, "nothing is cut here", None);
    }
    let kind = match kind {
        "qudit" => PartKind::Qudit(levels.unwrap_or(2)),
        "spin" => PartKind::Spin(levels.unwrap_or(2)),
        "oscillator" => PartKind::Oscillator(cutoff.unwrap_or(Cutoff::Auto)),
        _ => PartKind::Qubit,
    };
    let initial = reader.state(table, "initial").unwrap_or(InitialState::Ground);
    let graph = graph(reader, table, count);
    (Part::new(name, kind, count).starting_in(initial), graph)
}

fn graph(reader: &mut Reader<'_>, table: &str, count: usize) -> Graph {
    let given = reader.one_of(table, &["graph", "edges"]);
    if given != Some("edges") {
        return match reader.word(table, "graph") {
            Some("ring") => Graph::Ring,
            Some("complete") => Graph::Complete,
            Some("star") => Graph::Star,
            _ => Graph::Chain,
        };
    }
    let key = keys::find(table, "edges");
    let Some(value) = reader.value(table, "edges") else { return Graph::Chain };
    let Some(list) = value.get_ref().as_array() else {
        let _: Option<()> = reader.wrong_type(key, value, "a list of pairs, [[1, 2], [2, 3]]");
        return Graph::Chain;
    };
    if list.len() > MOST_EDGES {
        let title = format!("`{key}` must hold at most {MOST_EDGES} pairs, but holds {}", list.len());
        reader.problem(value.span(), title, "too many", None);
        return Graph::Chain;
    }
    let mut edges = Vec::with_capacity(list.len());
    for item in list.iter() {
        let ends: Vec<Option<i64>> = item.get_ref().as_array().map_or(Vec::new(), |pair| {
            pair.iter().map(|end| end.get_ref().as_integer().and_then(integer)).collect()
        });
        let member = |n: i64| usize::try_from(n).ok().filter(|n| (1..=count).contains(n));
        let said = |found: String| format!("an edge of `{key}` must be two different members, {found}");
        let title = match ends.as_slice() {
            [Some(i), Some(j)] => match (member(*i), member(*j)) {
                (Some(i), Some(j)) if i != j => {
                    edges.push((i - 1, j - 1));
                    continue;
                }
                (Some(_), Some(_)) => said(format!("but is [{i}, {j}]")),
                _ => said(format!("from 1 to {count}, but is [{i}, {j}]")),
            },
            _ => said("for example [1, 2]".into()),
        };
        reader.problem(item.span(), title, "no edge", None);
        break;
    }
    Graph::Edges(edges)
}

/// The values of `[parameters]`.
pub(super) fn values_of_parameters(
    reader: &mut Reader<'_>,
    parts: &[(Part, Graph)],
) -> Option<BTreeMap<String, f64>> {
    let Some(entries) = reader.entries(PARAMETERS) else { return Some(BTreeMap::new()) };
    let (mut list, mut places) = (Vec::new(), Vec::new());
    for (name, span, value) in in_order(entries) {
        let mut sound = check_name(reader, "a parameter", name, span.clone());
        if parts.iter().any(|(part, _)| part.name == name) {
            let title = format!("`{name}` is a part and a parameter");
            reader.problem(span, title, "named twice", Some("give one of them another name".into()));
            sound = false;
        }
        let found = if sound { reader.expression(PARAMETERS, name) } else { None };
        if let Some(parameter) = found {
            list.push((name.to_string(), parameter));
            places.push(value);
        }
    }
    if list.len() < entries.len() {
        return None;
    }
    match parameters(&list) {
        Ok(values) => Some(values),
        Err((k, error)) => {
            reader.problem_in_text(places[k], error);
            None
        }
    }
}

/// The channels, one for each member where they say so.
fn channels(reader: &mut Reader<'_>, scope: &Scope<'_>, parts: &[(Part, Graph)]) -> Vec<PartsChannel> {
    let mut channels = Vec::new();
    for (index, (place, entries)) in reader.list(CHANNEL).into_iter().enumerate() {
        reader.spans.insert(format!("{CHANNEL}.{}", index + 1), place.clone());
        let Some(scopes) = each(reader, entries, scope, parts) else { continue };
        let mut missing = |name: &str, example: &str| {
            let help = Some(format!("add {name} = {example}"));
            let title = format!("a channel needs `{name}`");
            reader.problem(place.clone(), title, "in this channel", help);
        };
        let (Some(operator), Some(rate)) = (entries.get("operator"), entries.get("rate")) else {
            match entries.contains_key("operator") {
                true => missing("rate", "0.05"),
                false => missing("operator", "\"sm(cells[1])\""),
            }
            continue;
        };
        let key = keys::find(CHANNEL, "operator");
        if !operator.get_ref().is_str() {
            let _: Option<()> = reader.wrong_type(key, operator, "a text in quotes");
            continue;
        }
        let Some(text) = reader.parsed_text(operator) else { continue };
        let Some(rate_of) = reader.expression_of(keys::find(CHANNEL, "rate"), rate) else { continue };
        for scope in &scopes {
            let Some(channel) = channel(reader, scope, (operator, &text), (rate, &rate_of)) else { break };
            let number = |reader: &mut Reader<'_>, name: &str| {
                let value = entries.get(name)?;
                let of = reader.expression_of(keys::find(CHANNEL, name), value)?;
                number_of(reader, scope, value, &of)
            };
            let Ok(memory) = memory::of_channel(reader, entries, &place, channel.rate, number) else { break };
            channels.push(PartsChannel { group: index, memory, ..channel });
        }
    }
    channels
}

/// The scopes of a channel: one, or one for each member.
fn each<'s>(
    reader: &mut Reader<'_>,
    entries: &DeTable<'_>,
    scope: &Scope<'s>,
    parts: &[(Part, Graph)],
) -> Option<Vec<Scope<'s>>> {
    let Some(value) = entries.get("each") else { return Some(vec![scope.clone()]) };
    let key = keys::find(CHANNEL, "each");
    let Some(name) = value.get_ref().as_str() else {
        return reader.wrong_type(key, value, "the name of a part, in quotes");
    };
    let names: Vec<&str> = parts.iter().map(|(part, _)| part.name.as_str()).collect();
    let Some(part) = names.iter().position(|known| *known == name) else {
        let help = keys::did_you_mean(name, names.iter().copied(), '"')
            .unwrap_or_else(|| format!("the parts are {}", backquoted(&names)));
        return reader.refuse(
            value.span(),
            format!("`{key}` must be a part, but is \"{name}\""),
            "no part",
            Some(help),
        );
    };
    Some((0..parts[part].0.count).map(|member| scope.clone().at_member(part, member)).collect())
}

fn channel(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    (operator, text): (&Value<'_>, &Text),
    (rate, rate_of): (&Value<'_>, &Parameter),
) -> Option<PartsChannel> {
    let read =
        text.terms(scope, Role::Channel).map_err(|error| reader.problem_in_text(operator, error)).ok()?;
    if read.sites().is_empty() && !text.has_operators(scope, Role::Channel).unwrap_or(true) {
        return reader.refuse(
            operator.span(),
            "the operator of a channel must hold an operator",
            "a number",
            None,
        );
    }
    let value = number_of(reader, scope, rate, rate_of)?;
    if value < 0.0 {
        let title = format!("the rate of a channel must be at least 0, but is {value:?}");
        return reader.refuse(rate.span(), title, "negative", None);
    }
    Some(PartsChannel { rate: value, operator: read, memory: None, group: 0 })
}

/// The number that an expression is.
fn number_of(
    reader: &mut Reader<'_>,
    scope: &Scope<'_>,
    value: &Value<'_>,
    expression: &Parameter,
) -> Option<f64> {
    match expression {
        Parameter::Number(x) => Some(*x),
        Parameter::Text(text) => {
            text.number(scope, Role::Rate).map_err(|error| reader.problem_in_text(value, error)).ok()
        }
    }
}

impl Reader<'_> {
    /// A number, or a text.
    pub(crate) fn expression(&mut self, table: &str, name: &str) -> Option<Parameter> {
        if self.assigned(table, name).is_some() {
            return self.number(table, name).map(Parameter::Number);
        }
        let value = self.value(table, name)?;
        self.expression_of(keys::find(table, name), value)
    }

    fn expression_of(&mut self, key: &keys::Key, value: &Value<'_>) -> Option<Parameter> {
        match value.get_ref() {
            DeValue::String(_) => self.parsed_text(value).map(Parameter::Text),
            DeValue::Integer(_) | DeValue::Float(_) => self.quantity(key, value).map(Parameter::Number),
            _ => self.wrong_type(key, value, "a number, or a text of parameters"),
        }
    }
}
