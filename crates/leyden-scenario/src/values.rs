//! Values of keys by what they take: words, counts, quantities with units, lists, states.

use std::ops::Range;

use leyden::model::Cutoff;
use leyden::space::InitialState;
use toml::de::{DeInteger, DeValue};

use crate::keys::{self, Key, Takes, nearest};
use crate::read::{Assignment, Reader, Value, path, quoted};
use crate::units::{self, Dimension};

/// Largest frequency, rate, coupling or number.
const LARGEST: f64 = 1e15;
/// Largest time.
const LARGEST_TIME: f64 = 1e250;
/// Levels of a cut oscillator.
pub(crate) const LEVELS: (i64, i64) = (2, 100_000);
/// Excitations of a Fock state.
pub(crate) const FOCK: (i64, i64) = (0, 1_000_000);

impl Reader<'_> {
    pub(crate) fn text(&mut self, table: &'static str, name: &'static str) -> Option<String> {
        let value = self.value(table, name)?;
        match value.get_ref().as_str() {
            Some(text) => Some(text.into()),
            None => {
                self.wrong_type(keys::find(table, name), value, "a text in quotes");
                None
            }
        }
    }

    pub(crate) fn word(&mut self, table: &'static str, name: &'static str) -> Option<&'static str> {
        let key = keys::find(table, name);
        let Takes::Word(words) = key.takes else { unreachable!("`{name}` takes a word") };
        let value = self.value(table, name)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(key, value, &format!("one of {}", quoted(words)));
            return None;
        };
        let found = words.iter().find(|word| **word == text).copied();
        if found.is_none() {
            let help = nearest(text, words.iter().copied()).map(|near| format!("did you mean \"{near}\"?"));
            self.problem(
                value.span(),
                format!("`{}` must be one of {}, but is \"{text}\"", path(key), quoted(words)),
                "not one of them",
                help,
            );
        }
        found
    }

    pub(crate) fn count(&mut self, table: &'static str, name: &'static str) -> Option<usize> {
        let key = keys::find(table, name);
        let Takes::Count(least, most) = key.takes else { unreachable!("`{name}` takes a count") };
        if let Some(assignment) = self.assigned(table, name) {
            return self.assigned_count(key, assignment, least, most);
        }
        let value = self.value(table, name)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(key, value, "an integer");
            return None;
        };
        self.integer_in(key, value.span(), integer, least, most)
    }

    pub(crate) fn integer_in(
        &mut self,
        key: &Key,
        span: Range<usize>,
        digits: &DeInteger<'_>,
        least: i64,
        most: i64,
    ) -> Option<usize> {
        let number = integer(digits);
        match number {
            Some(n) if (least..=most).contains(&n) => Some(n as usize),
            Some(n) if n < least => {
                self.problem(
                    span,
                    format!("`{}` must be at least {least}, but is {n}", path(key)),
                    "too small",
                    None,
                );
                None
            }
            _ => {
                self.problem(
                    span,
                    format!("`{}` must be at most {most}, but is {digits}", path(key)),
                    "too large",
                    None,
                );
                None
            }
        }
    }

    /// A number of any kind in units of the reference, checked against what the key takes.
    pub(crate) fn number(&mut self, table: &'static str, name: &'static str) -> Option<f64> {
        let key = keys::find(table, name);
        if let Some(Assignment { value, span, .. }) = self.assigned(table, name) {
            return self.in_range(key, span.clone(), *value, || format!("{value:?}"));
        }
        let value = self.value(table, name)?;
        self.quantity(key, value)
    }

    /// true or false.
    pub(crate) fn truth(&mut self, table: &'static str, name: &'static str) -> Option<bool> {
        let key = keys::find(table, name);
        let value = self.value(table, name)?;
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.wrong_type(key, value, "true or false");
        }
        found
    }

    /// One number, or one per cell.
    pub(crate) fn per_cell(
        &mut self,
        table: &'static str,
        name: &'static str,
        cells: usize,
    ) -> Option<Vec<f64>> {
        let key = keys::find(table, name);
        if let Some(Assignment { value, span, .. }) = self.assigned(table, name) {
            let number = self.in_range(key, span.clone(), *value, || format!("{value:?}"))?;
            return Some(vec![number; cells]);
        }
        let value = self.value(table, name)?;
        let Some(list) = value.get_ref().as_array() else {
            return self.quantity(key, value).map(|x| vec![x; cells]);
        };
        let values: Vec<f64> = list.iter().filter_map(|item| self.quantity(key, item)).collect();
        if list.len() != cells {
            self.problem(
                value.span(),
                format!("`{}` must have one entry per cell, {cells}, but has {}", path(key), list.len()),
                "wrong number of entries",
                Some("one number stands for all cells; or set `battery.cells`".into()),
            );
            return None;
        }
        (values.len() == cells).then_some(values)
    }

    /// Increasing times.
    pub(crate) fn times(&mut self, table: &'static str, name: &'static str) -> Option<Vec<f64>> {
        let key = keys::find(table, name);
        let value = self.value(table, name)?;
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of times");
            return None;
        };
        if list.is_empty() {
            let title = format!("`{}` must hold at least one time, but is empty", path(key));
            self.problem(value.span(), title, "empty", None);
            return None;
        }
        let mut times: Vec<f64> = Vec::with_capacity(list.len());
        for item in list.iter() {
            let time = self.quantity(key, item)?;
            if let Some(&last) = times.last().filter(|&&last| time <= last) {
                let title = format!("`{}` must increase, but {time:?} follows {last:?}", path(key));
                self.problem(item.span(), title, "not above the time before it", None);
                return None;
            }
            times.push(time);
        }
        Some(times)
    }

    pub(crate) fn cutoff(&mut self, table: &'static str, name: &'static str) -> Option<Cutoff> {
        let key = keys::find(table, name);
        let (least, most) = LEVELS;
        if let Some(assignment) = self.assigned(table, name) {
            return self.assigned_count(key, assignment, least, most).map(Cutoff::Levels);
        }
        let value = self.value(table, name)?;
        match value.get_ref() {
            DeValue::String(word) if word == "auto" => Some(Cutoff::Auto),
            DeValue::Integer(integer) => {
                self.integer_in(key, value.span(), integer, least, most).map(Cutoff::Levels)
            }
            DeValue::String(word) => {
                let help = nearest(word, ["auto"]).map(|near| format!("did you mean \"{near}\"?"));
                let title =
                    format!("`{}` must be \"auto\" or a number of levels, but is \"{word}\"", path(key));
                self.problem(value.span(), title, "not a cutoff", help);
                None
            }
            _ => {
                self.wrong_type(key, value, "\"auto\" or a number of levels");
                None
            }
        }
    }

    pub(crate) fn state(&mut self, table: &'static str, name: &'static str) -> Option<InitialState> {
        const WORDS: [&str; 2] = ["ground", "excited"];
        const TABLES: [&str; 4] = keys::STATES;
        let key = keys::find(table, name);
        if let Some(assignment) = self.assigned(table, name) {
            return match assignment.key.state {
                Some("fock") => self.assigned_count(key, assignment, FOCK.0, FOCK.1).map(InitialState::Fock),
                Some("coherent") => Some(InitialState::Coherent(assignment.value)),
                Some("squeezed") => Some(InitialState::Squeezed(assignment.value)),
                _ => self.thermal(assignment.span.clone(), assignment.value),
            };
        }
        let value = self.value(table, name)?;
        let choices = || "\"ground\", \"excited\", { fock = 3 }, { coherent = 2.0 }, { squeezed = 1.0 } or { thermal = 0.1 }";
        match value.get_ref() {
            DeValue::String(word) if word == "ground" => Some(InitialState::Ground),
            DeValue::String(word) if word == "excited" => Some(InitialState::Excited),
            DeValue::String(word) => {
                let help = nearest(word, WORDS.into_iter().chain(TABLES)).map(|near| {
                    if WORDS.contains(&near) {
                        format!("did you mean \"{near}\"?")
                    } else {
                        format!("did you mean {{ {near} = 1 }}?")
                    }
                });
                let title = format!("`{}` must be {}, but is \"{word}\"", path(key), choices());
                self.problem(value.span(), title, "not a state", help);
                None
            }
            DeValue::Table(entries) if entries.len() == 1 => {
                let (word, argument) = entries.iter().next().expect("one entry");
                match (word.get_ref().as_ref(), argument.get_ref()) {
                    ("fock", DeValue::Integer(n)) => {
                        self.integer_in(key, argument.span(), n, FOCK.0, FOCK.1).map(InitialState::Fock)
                    }
                    ("fock", _) => {
                        self.wrong_type(key, argument, "a whole number of excitations");
                        None
                    }
                    ("coherent", _) => self.plain(key, argument).map(InitialState::Coherent),
                    ("squeezed", _) => self.plain(key, argument).map(InitialState::Squeezed),
                    ("thermal", _) => {
                        let mean = self.plain(key, argument)?;
                        self.thermal(argument.span(), mean)
                    }
                    (other, _) => {
                        let help = nearest(other, TABLES).map(|near| format!("did you mean `{near}`?"));
                        let title = format!("unknown state `{other}`; `{}` must be {}", path(key), choices());
                        self.problem(word.span(), title, "unknown", help);
                        None
                    }
                }
            }
            other => {
                let found = match other.as_table() {
                    Some(entries) => format!("a table of {} entries", entries.len()),
                    None => article(other.type_str()),
                };
                let title = format!("`{}` must be one state, {}, but is {found}", path(key), choices());
                self.problem(value.span(), title, "not one state", None);
                None
            }
        }
    }

    /// "optimal", which is `Some(None)`, or a time.
    pub(crate) fn duration(&mut self, table: &'static str, name: &'static str) -> Option<Option<f64>> {
        if self.assigned(table, name).is_none()
            && let Some(value) = self.value(table, name)
            && let Some(word) = value.get_ref().as_str().filter(|text| units::split(text).is_none())
        {
            if word == "optimal" {
                return Some(None);
            }
            let title = format!(
                "`{}` must be \"optimal\" or a time, but is \"{word}\"",
                path(keys::find(table, name))
            );
            let help = nearest(word, ["optimal"]).map(|near| format!("did you mean \"{near}\"?"));
            self.problem(value.span(), title, "not a time", help);
            return None;
        }
        self.number(table, name).map(Some)
    }

    /// An angle in radians.
    pub(crate) fn angle(&mut self, table: &'static str, name: &'static str) -> Option<f64> {
        let key = keys::find(table, name);
        if self.assigned(table, name).is_some() {
            return self.number(table, name);
        }
        let value = self.value(table, name)?;
        let Some(text) = value.get_ref().as_str() else { return self.quantity(key, value) };
        let found = units::angle(text);
        if found.is_none() {
            let title = format!("`{}` must be an angle, but is \"{text}\"", path(key));
            let help = Some("a number in radians, or a text such as \"90 deg\", \"pi\" or \"pi/2\"".into());
            self.problem(value.span(), title, "not an angle", help);
        }
        found
    }

    /// `{ down, up }`: two rates.
    pub(crate) fn load(&mut self, table: &'static str, name: &'static str) -> Option<[f64; 2]> {
        let key = keys::find(table, name);
        let assigned = |reader: &Self, part: &str| {
            let mut all = reader.assignments.iter();
            all.find(|a| a.key.table == table && a.key.name == name && a.key.state == Some(part)).cloned()
        };
        let written = self.value(table, name);
        let entries = match written {
            None => None,
            Some(value) => match value.get_ref().as_table() {
                Some(entries) => Some(entries),
                None => {
                    self.wrong_type(key, value, "a table { down, up }");
                    return None;
                }
            },
        };
        for (word, _) in entries.into_iter().flatten() {
            let part = word.get_ref().as_ref();
            if !["down", "up"].contains(&part) {
                let help = nearest(part, ["down", "up"]).map(|near| format!("did you mean `{near}`?"));
                self.problem(
                    word.span(),
                    format!("unknown key `{part}` in `{}`", path(key)),
                    "unknown",
                    help,
                );
                return None;
            }
        }
        let mut rates = [0.0; 2];
        for (rate, part) in rates.iter_mut().zip(["down", "up"]) {
            if let Some(Assignment { value, span, .. }) = assigned(self, part) {
                *rate = self.in_range(key, span, value, || format!("{value:?}"))?;
            } else if let Some(value) = entries.and_then(|entries| entries.get(part)) {
                *rate = self.quantity(key, value)?;
            } else {
                let span = written.map_or(0..0, |value| value.span());
                let title = format!("`{}` needs `{part}`", path(key));
                self.problem(span, title, "one rate is missing", Some("{ down = 0.1, up = 0.05 }".into()));
                return None;
            }
        }
        Some(rates)
    }

    fn thermal(&mut self, span: Range<usize>, mean: f64) -> Option<InitialState> {
        if mean < 0.0 {
            let title = format!("`thermal` must be at least 0 excitations, but is {mean:?}");
            self.problem(span, title, "negative", None);
            return None;
        }
        Some(InitialState::Thermal(mean))
    }

    pub(crate) fn plain(&mut self, key: &Key, value: &Value<'_>) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(x) => Some(integer(x).map_or(f64::INFINITY, |n| n as f64)),
            DeValue::Float(x) => x.as_str().replace('_', "").parse::<f64>().ok(),
            _ => {
                self.wrong_type(key, value, "a number");
                return None;
            }
        };
        self.finite(key, value.span(), number.unwrap_or(f64::NAN))
    }

    fn finite(&mut self, key: &Key, span: Range<usize>, number: f64) -> Option<f64> {
        if number.is_finite() {
            return Some(number);
        }
        let (found, label) = match number.is_nan() {
            true => ("not a number", "not a number"),
            false => ("infinite", "beyond the largest number, 1.8e308"),
        };
        self.problem(span, format!("`{}` must be a finite number, but is {found}", path(key)), label, None);
        None
    }

    pub(crate) fn quantity(&mut self, key: &Key, value: &Value<'_>) -> Option<f64> {
        let dimension = dimension(key);
        let number = match (value.get_ref(), dimension) {
            (DeValue::String(text), Some(dimension)) => self.with_unit(key, value.span(), text, dimension)?,
            (DeValue::String(_), None) => {
                self.wrong_type(key, value, "a number without unit");
                return None;
            }
            (DeValue::Integer(_) | DeValue::Float(_), _) => self.plain(key, value)?,
            _ => {
                let expected = match dimension {
                    Some(dimension) => format!("a number, or a text such as {}", dimension.example()),
                    None => "a number".into(),
                };
                self.wrong_type(key, value, &expected);
                return None;
            }
        };
        self.in_range(key, value.span(), number, || match value.get_ref().as_str() {
            Some(text) => format!("\"{text}\""),
            None => format!("{number:?}"),
        })
    }

    /// Checks the range of a number that the file or an axis shows as `found`.
    fn in_range(
        &mut self,
        key: &Key,
        span: Range<usize>,
        number: f64,
        found: impl FnOnce() -> String,
    ) -> Option<f64> {
        let number = self.finite(key, span.clone(), number)?;
        let dimension = dimension(key);
        // Times may be as long as the slowest modes of a star; the other numbers keep products in range.
        let largest = if dimension == Some(Dimension::Time) { LARGEST_TIME } else { LARGEST };
        if number.abs() > largest {
            let title =
                format!("`{}` must be at most {largest:e} of the reference, but is {number:e}", path(key));
            self.problem(span, title, "out of range", None);
            return None;
        }
        let allowed = match key.takes {
            Takes::Frequency | Takes::Frequencies | Takes::Positive | Takes::Temperature if number <= 0.0 => {
                "above 0"
            }
            Takes::Probability if !(0.0..=1.0).contains(&number) => "between 0 and 1",
            Takes::Rate | Takes::Time | Takes::Times | Takes::Duration | Takes::Load | Takes::Number
                if number < 0.0 =>
            {
                "at least 0"
            }
            _ => return Some(number),
        };
        let label = match number {
            x if x < 0.0 => "negative",
            0.0 => "zero",
            _ => "too large",
        };
        self.problem(span, format!("`{}` must be {allowed}, but is {}", path(key), found()), label, None);
        None
    }

    fn with_unit(&mut self, key: &Key, span: Range<usize>, text: &str, dimension: Dimension) -> Option<f64> {
        let Some((number, unit)) = units::split(text) else {
            self.problem(
                span,
                format!("`{}` must be a number, or a number with a unit, but is \"{text}\"", path(key)),
                "not a number with a unit",
                Some(format!("units are {}", dimension.allowed())),
            );
            return None;
        };
        let Some(factor) = units::factor(unit, dimension) else {
            self.problem(
                span,
                format!("`{}` cannot be given in {unit}", path(key)),
                "wrong unit",
                Some(format!("it takes {}", dimension.allowed())),
            );
            return None;
        };
        let Some(reference) = self.reference else {
            if !self.has("units", "reference") {
                self.problem(
                    span,
                    format!("`{}` carries a unit, but the file has no reference frequency", path(key)),
                    "what is this a multiple of?",
                    Some("add [units] with reference = \"5 GHz\" (or any other frequency)".into()),
                );
            }
            return None;
        };
        let si = number * factor;
        Some(if dimension == Dimension::Time { si * reference } else { si / reference })
    }
}

fn dimension(key: &Key) -> Option<Dimension> {
    match key.takes {
        Takes::Frequency | Takes::Detuning | Takes::Frequencies | Takes::Couplings => {
            Some(Dimension::Frequency)
        }
        Takes::Rate | Takes::Load => Some(Dimension::Rate),
        Takes::Time | Takes::Times | Takes::Duration => Some(Dimension::Time),
        Takes::Temperature => Some(Dimension::Temperature),
        _ => None,
    }
}

/// The value of an integer in any base, if it is in range.
pub(crate) fn integer(digits: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok()
}

pub(crate) fn article(kind: &str) -> String {
    match kind {
        "integer" | "array" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
