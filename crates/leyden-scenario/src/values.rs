//! Values of keys by what they take: words, counts, quantities with units, lists, states.

use std::ops::Range;

use leyden::model::Cutoff;
use leyden::protocol::MeasurementOutcome;
use leyden::space::InitialState;
use toml::de::{DeInteger, DeValue};

use crate::keys::{self, Key, NumericKey, STATES, Takes, did_you_mean, nearest};
use crate::read::{Assignment, Reader, Value, quoted};
use crate::units::{self, Dimension};

/// Largest frequency, rate, coupling or number.
pub(crate) const LARGEST: f64 = 1e15;
/// Largest time.
const LARGEST_TIME: f64 = 1e300;
/// Levels of a cut oscillator.
pub(crate) const LEVELS: (i64, i64) = (2, 100_000);
/// Words for results of a measurement.
pub(crate) const OUTCOMES: [&str; 2] = ["ground", "excited"];
/// Excitations of a Fock state.
pub(crate) const FOCK: (i64, i64) = (0, 1_000_000);

impl Reader<'_> {
    pub(crate) fn text(&mut self, table: &str, name: &str) -> Option<String> {
        let value = self.value(table, name)?;
        let found = value.get_ref().as_str().map(String::from);
        found.or_else(|| self.wrong_type(keys::find(table, name), value, "a text in quotes"))
    }

    pub(crate) fn word(&mut self, table: &str, name: &str) -> Option<&'static str> {
        let value = self.value(table, name)?;
        self.word_of(keys::find(table, name), value)
    }

    /// The word that a value of this key is.
    pub(crate) fn word_of(&mut self, key: &keys::Key, value: &Value<'_>) -> Option<&'static str> {
        let Takes::Word(words) = key.takes else { unreachable!("`{key}` takes a word") };
        let Some(text) = value.get_ref().as_str() else {
            return self.wrong_type(key, value, &format!("one of {}", quoted(words)));
        };
        words.iter().find(|word| **word == text).copied().or_else(|| {
            let title = format!("`{key}` must be one of {}, but is \"{text}\"", quoted(words));
            let help = did_you_mean(text, words.iter().copied(), '"');
            self.refuse(value.span(), title, "not one of them", help)
        })
    }

    /// What the key says where it is this word, else the other.
    pub(crate) fn choice<T>(&mut self, table: &str, name: &str, (word, meant): (&str, T), otherwise: T) -> T {
        if self.word(table, name) == Some(word) { meant } else { otherwise }
    }

    pub(crate) fn count(&mut self, table: &str, name: &str) -> Option<usize> {
        let key = keys::find(table, name);
        let Takes::Count(least, most) = key.takes else { unreachable!("`{name}` takes a count") };
        if let Some(assignment) = self.assigned(table, name) {
            return self.assigned_count(key, assignment, (least, most));
        }
        let value = self.value(table, name)?;
        self.integer_in(key, value, (least, most))
    }

    pub(crate) fn integer_in(
        &mut self,
        key: &Key,
        value: &Value<'_>,
        (least, most): (i64, i64),
    ) -> Option<usize> {
        let Some(digits) = value.get_ref().as_integer() else {
            return self.wrong_type(key, value, "an integer");
        };
        let (bound, label) = match integer(digits) {
            Some(n) if (least..=most).contains(&n) => return Some(n as usize),
            Some(n) if n < least => (format!("at least {least}, but is {n}"), "too small"),
            _ => (format!("at most {most}, but is {digits}"), "too large"),
        };
        self.refuse(value.span(), format!("`{key}` must be {bound}"), label, None)
    }

    /// A whole number that a study sets.
    fn assigned_count(
        &mut self,
        key: &Key,
        assignment: &Assignment,
        (least, most): (i64, i64),
    ) -> Option<usize> {
        let (found, label) = match assignment.value {
            x if x.fract() != 0.0 => (format!("an integer, but is {x:?}"), "not an integer"),
            x if x < least as f64 => (format!("at least {least}, but is {x}"), "too small"),
            x if x > most as f64 => (format!("at most {most}, but is {x}"), "too large"),
            x => return Some(x as usize),
        };
        self.refuse(assignment.span.clone(), format!("`{key}` must be {found}"), label, None)
    }

    /// A number of any kind in units of the reference, checked against what the key takes.
    pub(crate) fn number(&mut self, table: &str, name: &str) -> Option<f64> {
        let key = keys::find(table, name);
        if let Some(Assignment { value, span, .. }) = self.assigned(table, name) {
            return self.in_range(key, span.clone(), *value, None);
        }
        let value = self.value(table, name)?;
        self.quantity(key, value)
    }

    /// What stands in the file for a key that a study sets.
    pub(crate) fn check_base(&mut self, key: &NumericKey) {
        // In a stage, and the number of a load, it is read with the rest.
        if key.stage.is_some() || !self.has(key.table, key.name) {
            return;
        }
        let (table, name) = (key.table, key.name);
        // Only the problems on the way count.
        let _ = match key.key().takes {
            Takes::Count(..) => self.count(table, name).is_some(),
            Takes::Cutoff => self.cutoff(table, name).is_some(),
            Takes::State => self.state(table, name).is_some(),
            Takes::Angle => self.angle(table, name).is_some(),
            Takes::Duration => self.duration(table, name).is_some(),
            Takes::Load => self.load(table, name).is_some(),
            Takes::Expression => self.expression(table, name).is_some(),
            Takes::Frequencies | Takes::Couplings => {
                match self.written(table, name, |value| value.as_array()) {
                    Some((_, list)) => list.iter().all(|item| self.quantity(key.key(), item).is_some()),
                    None => self.number(table, name).is_some(),
                }
            }
            _ => self.number(table, name).is_some(),
        };
    }

    /// true or false.
    pub(crate) fn truth(&mut self, table: &str, name: &str) -> Option<bool> {
        let value = self.value(table, name)?;
        let found = value.get_ref().as_bool();
        found.or_else(|| self.wrong_type(keys::find(table, name), value, "true or false"))
    }

    /// One number, or one per cell.
    pub(crate) fn per_cell(&mut self, table: &str, name: &str, cells: usize) -> Option<Vec<f64>> {
        let key = keys::find(table, name);
        if let Some(Assignment { draw: Some(draw), span, .. }) = self.assigned(table, name) {
            let drawn = draw.numbers(cells).into_iter();
            return drawn.map(|x| self.in_range(key, span.clone(), x, None)).collect();
        }
        let Some((value, list)) = self.written(table, name, |value| value.as_array()) else {
            return self.number(table, name).map(|x| vec![x; cells]);
        };
        let values: Vec<f64> = list.iter().filter_map(|item| self.quantity(key, item)).collect();
        if list.len() != cells {
            let title = format!("`{key}` must have one entry per cell, {cells}, but has {}", list.len());
            let help = Some("one number stands for all cells; or set `battery.cells`".into());
            return self.refuse(value.span(), title, "wrong number of entries", help);
        }
        (values.len() == cells).then_some(values)
    }

    /// Increasing times.
    pub(crate) fn times(&mut self, table: &str, name: &str) -> Option<Vec<f64>> {
        let key = keys::find(table, name);
        let value = self.value(table, name)?;
        let Some(list) = value.get_ref().as_array() else {
            return self.wrong_type(key, value, "a list of times");
        };
        if list.is_empty() {
            let title = format!("`{key}` must hold at least one time, but is empty");
            return self.refuse(value.span(), title, "empty", None);
        }
        let mut times: Vec<f64> = Vec::with_capacity(list.len());
        for item in list.iter() {
            let time = self.quantity(key, item)?;
            if let Some(&last) = times.last().filter(|&&last| time <= last) {
                let title = format!("`{key}` must increase, but {time:?} follows {last:?}");
                return self.refuse(item.span(), title, "not above the time before it", None);
            }
            times.push(time);
        }
        Some(times)
    }

    pub(crate) fn cutoff(&mut self, table: &str, name: &str) -> Option<Cutoff> {
        let key = keys::find(table, name);
        if let Some(assignment) = self.assigned(table, name) {
            return self.assigned_count(key, assignment, LEVELS).map(Cutoff::Levels);
        }
        let value = self.value(table, name)?;
        match value.get_ref() {
            DeValue::String(word) if word == "auto" => Some(Cutoff::Auto),
            DeValue::String(word) => {
                let title = format!("`{key}` must be \"auto\" or a number of levels, but is \"{word}\"");
                self.refuse(value.span(), title, "not a cutoff", did_you_mean(word, ["auto"], '"'))
            }
            DeValue::Integer(_) => self.integer_in(key, value, LEVELS).map(Cutoff::Levels),
            _ => self.wrong_type(key, value, "\"auto\" or a number of levels"),
        }
    }

    /// The result of a measurement.
    pub(crate) fn outcome(&mut self, table: &str, name: &str) -> Option<MeasurementOutcome> {
        const CHOICES: &str = "\"ground\", \"excited\" or a number of excitations";
        let key = keys::find(table, name);
        let value = self.value(table, name)?;
        match value.get_ref() {
            DeValue::String(word) if word == "ground" => Some(MeasurementOutcome::Ground),
            DeValue::String(word) if word == "excited" => Some(MeasurementOutcome::Excited),
            DeValue::String(word) => {
                let title = format!("`{key}` must be {CHOICES}, but is \"{word}\"");
                self.refuse(value.span(), title, "not an outcome", did_you_mean(word, OUTCOMES, '"'))
            }
            DeValue::Integer(_) => self.integer_in(key, value, FOCK).map(MeasurementOutcome::Excitations),
            _ => self.wrong_type(key, value, CHOICES),
        }
    }

    pub(crate) fn state(&mut self, table: &str, name: &str) -> Option<InitialState> {
        const WORDS: [&str; 2] = ["ground", "excited"];
        const CHOICES: &str = "\"ground\", \"excited\", { fock = 3 }, { coherent = 2.0 }, { squeezed = 1.0 }, \
            { thermal = 0.1 } or { superposition = [0.6, 0.8] }";
        let key = keys::find(table, name);
        if let Some(assignment) = self.assigned(table, name) {
            return match assignment.key.state? {
                "fock" => self.assigned_count(key, assignment, FOCK).map(InitialState::Fock),
                word => self.state_of(word, assignment.span.clone(), assignment.value),
            };
        }
        let value = self.value(table, name)?;
        match value.get_ref() {
            DeValue::String(word) if word == "ground" => Some(InitialState::Ground),
            DeValue::String(word) if word == "excited" => Some(InitialState::Excited),
            DeValue::String(word) => {
                let words = WORDS.into_iter().chain(STATES).chain(["superposition"]);
                let help = nearest(word, words).map(|near| match near {
                    near if WORDS.contains(&near) => format!("did you mean \"{near}\"?"),
                    "superposition" => "did you mean { superposition = [0.6, 0.8] }?".into(),
                    near => format!("did you mean {{ {near} = 1 }}?"),
                });
                let title = format!("`{key}` must be {CHOICES}, but is \"{word}\"");
                self.refuse(value.span(), title, "not a state", help)
            }
            DeValue::Table(entries) if entries.len() == 1 => {
                let (name, argument) = entries.iter().next().expect("one entry");
                match (name.get_ref().as_ref(), argument.get_ref()) {
                    ("fock", DeValue::Integer(_)) => {
                        self.integer_in(key, argument, FOCK).map(InitialState::Fock)
                    }
                    ("superposition", _) => self.superposition(key, argument),
                    ("fock", _) => self.wrong_type(key, argument, "a whole number of excitations"),
                    (word, _) if STATES.contains(&word) => {
                        let number = self.plain(key, argument)?;
                        self.state_of(word, argument.span(), number)
                    }
                    (word, _) => {
                        let title = format!("unknown state `{word}`; `{key}` must be {CHOICES}");
                        self.refuse(
                            name.span(),
                            title,
                            "unknown",
                            did_you_mean(word, STATES.into_iter().chain(["superposition"]), '`'),
                        )
                    }
                }
            }
            other => {
                let found = match other.as_table() {
                    Some(entries) => format!("a table of {} entries", entries.len()),
                    None => article(other.type_str()),
                };
                let title = format!("`{key}` must be one state, {CHOICES}, but is {found}");
                self.refuse(value.span(), title, "not one state", None)
            }
        }
    }

    /// The coherent, squeezed or thermal state of this number.
    fn state_of(&mut self, word: &str, span: Range<usize>, number: f64) -> Option<InitialState> {
        match word {
            "coherent" => Some(InitialState::Coherent(number)),
            "squeezed" => Some(InitialState::Squeezed(number)),
            _ if number < 0.0 => {
                let title = format!("`thermal` must be at least 0 excitations, but is {number:?}");
                self.refuse(span, title, "negative", None)
            }
            _ => Some(InitialState::Thermal(number)),
        }
    }

    /// "optimal", which is `Some(None)`, or a time.
    pub(crate) fn duration(&mut self, table: &str, name: &str) -> Option<Option<f64>> {
        let no_number = |text: &&str| units::split(text).is_none();
        match self.written(table, name, |value| value.as_str().filter(no_number)) {
            None => self.number(table, name).map(Some),
            Some((_, "optimal")) => Some(None),
            Some((value, word)) => {
                let key = keys::find(table, name);
                let title = format!("`{key}` must be \"optimal\" or a time, but is \"{word}\"");
                self.refuse(value.span(), title, "not a time", did_you_mean(word, ["optimal"], '"'))
            }
        }
    }

    /// An angle in radians.
    pub(crate) fn angle(&mut self, table: &str, name: &str) -> Option<f64> {
        let Some((value, text)) = self.written(table, name, |value| value.as_str()) else {
            return self.number(table, name);
        };
        units::angle(text).or_else(|| {
            let title = format!("`{}` must be an angle, but is \"{text}\"", keys::find(table, name));
            let near = units::split(text).and_then(|(_, unit)| did_you_mean(unit, ["deg", "rad", "pi"], '`'));
            let takes = || "a number in radians, or a text such as \"90 deg\", \"pi\" or \"pi/2\"".into();
            let help = Some(near.unwrap_or_else(takes));
            self.refuse(value.span(), title, "not an angle", help)
        })
    }

    /// `{ down, up }`: two rates.
    pub(crate) fn load(&mut self, table: &str, name: &str) -> Option<[f64; 2]> {
        const PARTS: [&str; 2] = ["down", "up"];
        let key = keys::find(table, name);
        let written = self.value(table, name);
        let entries = written.and_then(|value| value.get_ref().as_table());
        if let Some(value) = written
            && entries.is_none()
        {
            return self.wrong_type(key, value, "a table { down, up }");
        }
        for (word, _) in entries.into_iter().flatten() {
            let part = word.get_ref().as_ref();
            if !PARTS.contains(&part) {
                let title = format!("unknown key `{part}` in `{key}`");
                return self.refuse(word.span(), title, "unknown", did_you_mean(part, PARTS, '`'));
            }
        }
        let mut rates = [0.0; 2];
        for (rate, part) in rates.iter_mut().zip(PARTS) {
            let here = |a: &&Assignment| (a.key.table, a.key.name, a.key.state) == (table, name, Some(part));
            *rate = if let Some(Assignment { value, span, .. }) = self.assignments.iter().find(here) {
                self.in_range(key, span.clone(), *value, None)?
            } else if let Some(value) = entries.and_then(|entries| entries.get(part)) {
                self.quantity(key, value)?
            } else {
                let span = written.map_or(0..0, |value| value.span());
                let help = Some("{ down = 0.1, up = 0.05 }".into());
                return self.refuse(span, format!("`{key}` needs `{part}`"), "one rate is missing", help);
            };
        }
        Some(rates)
    }

    pub(crate) fn plain(&mut self, key: &Key, value: &Value<'_>) -> Option<f64> {
        let number = match value.get_ref() {
            DeValue::Integer(x) => integer(x).map_or(f64::INFINITY, |n| n as f64),
            DeValue::Float(x) => x.as_str().replace('_', "").parse().unwrap_or(f64::NAN),
            _ => return self.wrong_type(key, value, "a number"),
        };
        self.finite(key, value.span(), number)
    }

    fn finite(&mut self, key: &Key, span: Range<usize>, number: f64) -> Option<f64> {
        if number.is_finite() {
            return Some(number);
        }
        let (found, label) = match number.is_nan() {
            true => ("not a number", "not a number"),
            false => ("infinite", "beyond the largest number, 1.8e308"),
        };
        self.refuse(span, format!("`{key}` must be a finite number, but is {found}"), label, None)
    }

    pub(crate) fn quantity(&mut self, key: &Key, value: &Value<'_>) -> Option<f64> {
        let number = self.measured(key, value)?;
        self.in_range(key, value.span(), number, value.get_ref().as_str())
    }

    /// A difference of two values of a key, of any size.
    pub(crate) fn unbounded(&mut self, key: &NumericKey, value: &Value<'_>) -> Option<f64> {
        match key.state {
            Some(_) if key.name != "load" => self.plain(key.key(), value),
            _ => self.measured(key.key(), value),
        }
    }

    /// A number in units of the reference.
    fn measured(&mut self, key: &Key, value: &Value<'_>) -> Option<f64> {
        match (value.get_ref(), key.takes.dimension()) {
            (DeValue::String(text), Some(dimension)) => self.with_unit(key, value.span(), text, dimension),
            (DeValue::String(_), None) => self.wrong_type(key, value, "a number without unit"),
            (DeValue::Integer(_) | DeValue::Float(_), _) | (_, None) => self.plain(key, value),
            (_, Some(dimension)) => {
                let expected = format!("a number, or a text such as {}", dimension.example());
                self.wrong_type(key, value, &expected)
            }
        }
    }

    /// Checks the range of a number, which the file may give as a text.
    pub(crate) fn in_range(
        &mut self,
        key: &Key,
        span: Range<usize>,
        number: f64,
        text: Option<&str>,
    ) -> Option<f64> {
        let number = self.finite(key, span.clone(), number)?;
        // Times may be as long as the slowest modes of a star; the other numbers keep products in range.
        let largest = if key.takes.dimension() == Some(Dimension::Time) { LARGEST_TIME } else { LARGEST };
        if number.abs() > largest {
            let title = format!("`{key}` must be at most {largest:e} of the reference, but is {number:e}");
            return self.refuse(span, title, "out of range", None);
        }
        let allowed = match key.takes {
            Takes::Frequency | Takes::Frequencies | Takes::Positive | Takes::Temperature if number <= 0.0 => {
                "above 0"
            }
            Takes::Probability if !(0.0..=1.0).contains(&number) => "between 0 and 1",
            Takes::Rate
            | Takes::Time
            | Takes::Times
            | Takes::Duration
            | Takes::Load
            | Takes::Number
            | Takes::BathTemperature
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
        let found = text.map_or_else(|| format!("{number:?}"), |text| format!("\"{text}\""));
        self.refuse(span, format!("`{key}` must be {allowed}, but is {found}"), label, None)
    }

    fn with_unit(&mut self, key: &Key, span: Range<usize>, text: &str, dimension: Dimension) -> Option<f64> {
        let Some((number, unit)) = units::split(text) else {
            let title = format!("`{key}` must be a number, or a number with a unit, but is \"{text}\"");
            let help = Some(format!("units are {}", dimension.allowed()));
            return self.refuse(span, title, "not a number with a unit", help);
        };
        let Some(si) = units::measured(number, unit, dimension) else {
            let takes = || format!("it takes {}", dimension.allowed());
            let help = Some(units::did_you_mean(unit, dimension).unwrap_or_else(takes));
            return self.refuse(span, format!("`{key}` cannot be given in {unit}"), "wrong unit", help);
        };
        let Some(reference) = self.reference else {
            if !self.has("units", "reference") {
                let title = format!("`{key}` carries a unit, but the file has no reference frequency");
                let help = Some("add [units] with reference = \"5 GHz\" (or any other frequency)".into());
                self.problem(span, title, "what is this a multiple of?", help);
            }
            return None;
        };
        Some(if dimension == Dimension::Time { si * reference } else { si / reference })
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
