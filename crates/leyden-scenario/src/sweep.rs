//! `[sweep]`: the axes of a study, and the ranges of `[optimise]`.
//!
//! An axis is a numeric key with a list of values, `[1, 2, 3]`, or `{ from, to, points, spacing }`, spaced evenly or
//! evenly in the logarithm, ends included. Whole numbers are rounded and kept once. Values may carry units. A text is no axis, but
//! an expression of the axes (`ties`).

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::disorder::DISTRIBUTIONS;
use crate::keys::{self, NumericKey, did_you_mean};
use crate::read::{Reader, Value, backquoted};
use crate::ties::{Tie, tie};
use crate::values::{FOCK, LEVELS, article, integer};

/// One axis of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The key that it sets.
    pub key: NumericKey,
    /// Its values in units of the reference, in the order given, each once.
    pub values: Vec<f64>,
    /// Whether neighbours have a constant ratio.
    pub log: bool,
    pub(crate) least: f64,
    pub(crate) span: Range<usize>,
}

/// Most points of a study.
const MOST_POINTS: f64 = 1e8;
/// Values of an axis where `points` is left out.
const POINTS: usize = 50;
const PARTS: [&str; 4] = ["from", "to", "points", "spacing"];

/// The axes and the tied keys of `[sweep]`, in the order of the file.
pub(crate) fn axes(reader: &mut Reader<'_>) -> (Vec<Axis>, Vec<Tie>) {
    let (mut axes, mut ties): (Vec<Axis>, Vec<Tie>) = (Vec::new(), Vec::new());
    let Some(entries) = reader.entries(keys::SWEEP) else { return (axes, ties) };
    let mut keys: Vec<(NumericKey, Range<usize>)> = Vec::new();
    let mut refused = false;
    for (path, span, value) in flatten(entries) {
        let Some(key) = numeric_key(reader, keys::SWEEP, &path, span) else {
            refused = true;
            continue;
        };
        keys.push((key, value.span()));
        if value.get_ref().is_str() {
            let tie = tie(reader, key, value);
            refused |= tie.is_none();
            ties.extend(tie);
        } else if let Some((values, log)) = values(reader, &key, value) {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            axes.push(Axis { key, values, log, least, span: value.span() });
        } else {
            refused = true;
        }
    }
    if axes.is_empty() && !refused {
        let example = "\"charger.dephasing\" = { from = 0.1, to = 10.0, points = 20, spacing = \"log\" }";
        let help = Some(format!("add {example}"));
        reader.problem_at(keys::SWEEP, "", "`[sweep]` has no axis", "over which key?", help);
    }
    axes.sort_by_key(|axis| axis.span.start);
    keys.sort_by_key(|(_, span)| span.start);
    for (i, (a, span)) in keys.iter().enumerate() {
        if let Some((b, _)) = keys[..i].iter().find(|(b, _)| same_key(b, a)) {
            let title = match a == b {
                true => format!("`{a}` is set twice"),
                false => format!("`{b}` and `{a}` set the same key"),
            };
            reader.problem(span.clone(), title, "the second", None);
        }
    }
    let points: f64 = axes.iter().map(|axis| axis.values.len() as f64).product();
    if points > MOST_POINTS {
        let title = format!("a sweep must have at most {MOST_POINTS:e} points, but has {points:e}");
        reader.problem_at(keys::SWEEP, "", title, "too many", None);
    }
    (axes, ties)
}

/// Whether two axes set one key of the file, whatever part of it.
pub(crate) fn same_key(a: &NumericKey, b: &NumericKey) -> bool {
    let parts = a.name == "load" && a.state != b.state;
    (a.stage, a.table, a.name) == (b.stage, b.table, b.name) && !parts
}

/// Keys may be quoted, `"charger.dephasing" = ...`, or dotted, `charger.dephasing = ...`.
pub(crate) fn flatten<'a>(entries: &'a DeTable<'a>) -> Vec<(String, Range<usize>, &'a Value<'a>)> {
    let is_value = |word: &str| PARTS.contains(&word) || DISTRIBUTIONS.contains(&word);
    let is_range = |parts: &DeTable<'_>| parts.keys().any(|name| is_value(name.get_ref().as_ref()));
    let mut list = Vec::new();
    for (name, value) in entries {
        let word = name.get_ref();
        match value.get_ref() {
            DeValue::Table(inner) if !word.contains('.') && !is_range(inner) => {
                let inner = flatten(inner).into_iter();
                list.extend(inner.map(|(path, span, value)| (format!("{word}.{path}"), span, value)));
            }
            _ => list.push((word.to_string(), name.span(), value)),
        }
    }
    list
}

/// The numeric key of this path.
pub(crate) fn numeric_key(
    reader: &mut Reader<'_>,
    table: &str,
    path: &str,
    span: Range<usize>,
) -> Option<NumericKey> {
    let stages = reader.stages.len();
    if let Some(names) = ["parameters.", "parts."].iter().find(|names| path.starts_with(**names)) {
        return declared(reader, names, path, span);
    }
    let (title, help) = match NumericKey::find(path) {
        Some(NumericKey { stage: Some(stage), .. }) if stage > stages => {
            let title = format!("`{path}` names stage {stage}, but there are {stages}");
            return reader.refuse(span, title, "no such stage", Some("stages are numbered from 1".into()));
        }
        Some(key) => return Some(key),
        None if path.starts_with("time.") || path.starts_with("units.") => {
            let help = "times are an axis of their own: list them in `time.values`";
            (format!("`{path}` cannot be an axis of [{table}]"), Some(help.into()))
        }
        None if path.starts_with("disorder.") || path.starts_with("trajectories.") => {
            (format!("`{path}` is the same everywhere, so [{table}] cannot set it"), None)
        }
        None => match keys::KEYS.iter().find(|key| path == format!("{}.{}", key.table, key.name)) {
            Some(key) => {
                let of_state = key.takes == keys::Takes::State;
                let help = of_state.then(|| format!("give the number of a state, for example `{path}.fock`"));
                (format!("`{path}` does not take a number, so [{table}] cannot set it"), help)
            }
            None => {
                let mut names: Vec<String> = NumericKey::alike(path).map(|key| key.to_string()).collect();
                if reader.entries(keys::PARTS).is_some() {
                    names = declared_keys(reader);
                }
                let help = did_you_mean(path, names.iter().map(String::as_str), '`')
                    .unwrap_or_else(|| format!("numeric keys are {}", backquoted(&names)));
                (format!("unknown numeric key `{path}` in [{table}]"), Some(help))
            }
        },
    };
    reader.refuse(span, title, "no numeric key", help)
}

/// The keys of the parameters and parts that the file declares.
fn declared_keys(reader: &Reader<'_>) -> Vec<String> {
    let names = |table: &str| -> Vec<&str> {
        reader.entries(table).into_iter().flatten().map(|(name, _)| name.get_ref().as_ref()).collect()
    };
    let parameters = names(keys::PARAMETERS).into_iter().map(|name| format!("{}.{name}", keys::PARAMETERS));
    let parts = names(keys::PARTS);
    let parts =
        parts.iter().filter(|name| leyden_text::is_name(name)).flat_map(|name| NumericKey::of_part(name));
    parameters.chain(parts.map(|key| key.to_string())).collect()
}

/// The key of a parameter or part, which the file must declare.
fn declared(reader: &mut Reader<'_>, of: &str, path: &str, span: Range<usize>) -> Option<NumericKey> {
    let known: Vec<String> = declared_keys(reader).into_iter().filter(|key| key.starts_with(of)).collect();
    if known.iter().any(|key| key == path) {
        return NumericKey::find(path);
    }
    let help =
        did_you_mean(path, known.iter().map(String::as_str), '`').unwrap_or_else(|| match known.is_empty() {
            true => format!("give it in [{}] first", of.trim_end_matches('.')),
            false => format!("there are {}", backquoted(&known)),
        });
    let of_state = known.iter().any(|key| key.starts_with(&format!("{path}.")));
    let help = if of_state { format!("give the number of a state, for example `{path}.fock`") } else { help };
    reader.refuse(span, format!("`{path}` is no number that the file declares"), "no numeric key", Some(help))
}

/// One value of an axis, checked as the key itself would be.
pub(crate) fn one(reader: &mut Reader<'_>, key: &NumericKey, value: &Value<'_>) -> Option<f64> {
    let of = key.key();
    let limits = match of.takes {
        keys::Takes::Count(least, most) => (least, most),
        keys::Takes::Cutoff => LEVELS,
        _ => FOCK,
    };
    match key.state {
        _ if key.is_whole() => reader.integer_in(of, value, limits).map(|n| n as f64),
        // The rates of a load have units, the numbers of states none.
        Some(_) if key.name != "load" => reader.plain(of, value),
        _ => reader.quantity(of, value),
    }
}

fn values(reader: &mut Reader<'_>, key: &NumericKey, value: &Value<'_>) -> Option<(Vec<f64>, bool)> {
    match value.get_ref() {
        DeValue::Array(list) => {
            let mut values: Vec<f64> = Vec::with_capacity(list.len());
            for item in list.iter() {
                let x = one(reader, key, item)?;
                if values.contains(&x) {
                    let title = format!("`{key}` takes the value {x:?} twice");
                    return reader.refuse(item.span(), title, "again", None);
                }
                values.push(x);
            }
            if values.is_empty() {
                let title = format!("the axis `{key}` must hold at least one value, but is empty");
                return reader.refuse(value.span(), title, "empty", None);
            }
            Some((values, false))
        }
        DeValue::Table(parts) => {
            let (from, to, log) = range(reader, keys::SWEEP, key, value, parts)?;
            let points = match parts.get("points") {
                None if key.is_whole() && !log => (to - from) as usize + 1,
                None => POINTS,
                Some(points) => match points.get_ref().as_integer().and_then(integer) {
                    Some(n) if (1..=10_000_000).contains(&n) => n as usize,
                    _ => {
                        let title = format!("`points` of `{key}` must be an integer from 1 to 10000000");
                        return reader.refuse(points.span(), title, "not a number of points", None);
                    }
                },
            };
            Some((axis_values(from, to, points, log, key.is_whole()), log))
        }
        other => {
            let title = format!(
                "the axis `{key}` must be a list of values or {{ from, to, points, spacing }}, but is {}",
                article(other.type_str())
            );
            let example =
                "for example [0.1, 1.0, 10.0], or { from = 0.1, to = 10.0, points = 20, spacing = \"log\" }";
            reader.refuse(value.span(), title, "not an axis", Some(example.into()))
        }
    }
}

/// `{ from, to, spacing }` of one key: its ends, and whether it is spaced evenly in the logarithm.
pub(crate) fn range(
    reader: &mut Reader<'_>,
    table: &str,
    key: &NumericKey,
    value: &Value<'_>,
    parts: &DeTable<'_>,
) -> Option<(f64, f64, bool)> {
    for (name, _) in parts {
        let word = name.get_ref().as_ref();
        // A search has no number of points.
        if !PARTS.contains(&word) || (table != keys::SWEEP && word == "points") {
            let title = format!("unknown key `{word}` in the range of `{key}`");
            let help = did_you_mean(word, PARTS.into_iter().filter(|part| *part != word), '`');
            return reader.refuse(name.span(), title, "unknown", help);
        }
    }
    let log = match parts.get("spacing").map(|spacing| (spacing.get_ref().as_str(), spacing)) {
        None | Some((Some("linear"), _)) => false,
        Some((Some("log"), _)) => true,
        Some((word, spacing)) => {
            let title = format!("`spacing` of `{key}` must be \"linear\" or \"log\"");
            let help = word.and_then(|word| did_you_mean(word, ["linear", "log"], '"'));
            return reader.refuse(spacing.span(), title, "not a spacing", help);
        }
    };
    let (Some(first), Some(last)) = (parts.get("from"), parts.get("to")) else {
        let title = format!("the range of `{key}` needs `from` and `to`");
        return reader.refuse(value.span(), title, "no ends", None);
    };
    let (from, to) = (one(reader, key, first)?, one(reader, key, last)?);
    if from >= to {
        let title = format!("`to` of `{key}` must be above `from`, {from:?}, but is {to:?}");
        return reader.refuse(last.span(), title, "not above the first end", None);
    }
    if log && from <= 0.0 {
        let title = format!("`from` of `{key}` must be above 0 for spacing = \"log\", but is {from:?}");
        return reader.refuse(value.span(), title, "log(0) does not exist", None);
    }
    Some((from, to, log))
}

/// Numbers spaced evenly, or evenly in the logarithm, ends exact.
pub(crate) fn spaced(from: f64, to: f64, points: usize, log: bool) -> Vec<f64> {
    let last = points.saturating_sub(1).max(1) as f64;
    // The first end is the lower one.
    let largest = from.abs().max(to);
    (0..points)
        .map(|i| {
            let x = i as f64 / last;
            match (i, log) {
                (0, _) => from,
                (i, _) if i + 1 == points => to,
                (_, true) => short(from.powf(1.0 - x) * to.powf(x)),
                (_, false) => tidy(from + (to - from) * x, largest),
            }
        })
        .collect()
}

/// x to the 15th digit of numbers of the size of `scale`, which is certain: what rounding put behind them would say that the resonance in the
/// middle of an axis is none.
fn tidy(x: f64, scale: f64) -> f64 {
    if !(scale > 0.0 && scale.is_finite()) {
        return x;
    }
    let decimals = 15 - scale.log10().ceil() as i32;
    let rounded = match usize::try_from(decimals) {
        Ok(decimals) => format!("{x:.decimals$}").parse(),
        Err(_) => format!("{x:.14e}").parse(),
    };
    // Without the sign of a zero.
    rounded.map_or(x, |x: f64| x + 0.0)
}

/// x, or the number of few digits beside it: powers lose the last two digits.
pub(crate) fn short(x: f64) -> f64 {
    const FEW: usize = 12;
    let rounded: f64 = format!("{x:.13e}").parse().unwrap_or(x);
    if format!("{rounded:e}").len() <= FEW { rounded } else { x }
}

/// Whole numbers are rounded; every value is kept once.
fn axis_values(from: f64, to: f64, points: usize, log: bool, whole: bool) -> Vec<f64> {
    let mut values = spaced(from, to, points, log);
    if whole {
        values.iter_mut().for_each(|x| *x = x.round());
    }
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exact_and_whole_numbers_occur_once() {
        let gammas = axis_values(0.01, 100.0, 5, true, false);
        assert_eq!((gammas[0], gammas[4]), (0.01, 100.0));
        assert!((gammas[2] - 1.0).abs() < 1e-15);
        assert_eq!(axis_values(1.0, 10.0, 7, true, true), [1.0, 2.0, 3.0, 5.0, 7.0, 10.0]);
        assert_eq!(axis_values(3.0, 4.0, 1, false, false), [3.0]);
    }

    #[test]
    fn values_between_the_ends_are_what_a_hand_would_write() {
        assert_eq!(axis_values(-0.3, 0.3, 7, false, false), [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]);
        assert_eq!(axis_values(-0.2, 0.4, 7, false, false), [-0.2, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4]);
        assert_eq!(axis_values(0.7, 1.3, 7, false, false), [0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3]);
        assert_eq!(axis_values(1e-3, 1e3, 7, true, false), [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1e3]);
        assert_eq!(axis_values(-3e-13, 3e-13, 3, false, false), [-3e-13, 0.0, 3e-13]);
        assert_eq!(axis_values(-3e20, 3e20, 5, false, false), [-3e20, -1.5e20, 0.0, 1.5e20, 3e20]);
        assert!(axis_values(-0.3, 0.6, 4, false, false).iter().all(|x| x.is_sign_positive() == (*x >= 0.0)));
        let roots = axis_values(1.0, 2.0, 3, true, false);
        assert!((roots[1] - 2.0_f64.sqrt()).abs() < 3e-16);
        let thirds = axis_values(0.0, 1.0, 4, false, false);
        assert!((thirds[1] - 1.0 / 3.0).abs() < 1e-15);
    }
}
