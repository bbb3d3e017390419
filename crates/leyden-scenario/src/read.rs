//! Typed reading of keys with their places: every slip becomes a [`Problem`] that points at it.

use std::collections::BTreeMap;
use std::ops::Range;

use leyden::model::Cutoff;
use leyden::space::InitialState;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::keys::{self, Key, NumericKey, Takes, nearest};
use crate::report::Problem;
use crate::units::{self, Dimension};

/// Largest frequency, rate, coupling or number.
const LARGEST: f64 = 1e15;
/// Largest time.
const LARGEST_TIME: f64 = 1e250;
/// Levels of a cut oscillator.
pub(crate) const LEVELS: (i64, i64) = (2, 100_000);
/// Excitations of a Fock state.
pub(crate) const FOCK: (i64, i64) = (0, 1_000_000);

pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A number that replaces what the file says, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) key: NumericKey,
    pub(crate) value: f64,
    pub(crate) span: Range<usize>,
}

/// The document with its problems so far.
pub(crate) struct Reader<'a> {
    tables: BTreeMap<&'static str, (Range<usize>, &'a DeTable<'a>)>,
    top: &'a DeTable<'a>,
    end: usize,
    /// rad/s of the reference frequency, where [units] gives one.
    reference: Option<f64>,
    assignments: &'a [Assignment],
    pub(crate) problems: Vec<Problem>,
    /// Places of the tables, and of the values read by "table.key".
    pub(crate) spans: BTreeMap<String, Range<usize>>,
}

pub(crate) fn backquoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// The tables that have a key of this name.
fn homes(word: &str) -> Option<String> {
    let tables: Vec<String> = keys::KEYS
        .iter()
        .filter(|key| key.name == word && !key.table.is_empty())
        .map(|key| format!("[{}]", key.table))
        .collect();
    (!tables.is_empty()).then(|| tables.join(" or "))
}

fn path(key: &Key) -> String {
    if key.table.is_empty() { key.name.into() } else { format!("{}.{}", key.table, key.name) }
}

impl<'a> Reader<'a> {
    /// A text of `end` bytes whose names are known to be right, with some numbers replaced.
    pub(crate) fn new(document: &'a Spanned<DeTable<'a>>, end: usize, assignments: &'a [Assignment]) -> Self {
        let top = document.get_ref();
        let mut reader = Reader {
            tables: BTreeMap::new(),
            top,
            end,
            reference: None,
            assignments,
            problems: Vec::new(),
            spans: BTreeMap::new(),
        };
        for table in keys::tables() {
            if let Some((name, value)) = top.get_key_value(table)
                && let DeValue::Table(entries) = value.get_ref()
            {
                reader.spans.insert(table.into(), name.span());
                reader.tables.insert(table, (name.span(), entries));
            }
        }
        reader.read_reference();
        reader
    }

    /// Checks the names of all tables and keys.
    pub(crate) fn check_all_names(&mut self) {
        let known = keys::tables();
        let reader = self;
        for (name, value) in reader.top {
            let word = name.get_ref().as_ref();
            if let Some(table) = known.iter().find(|table| **table == word) {
                match value.get_ref() {
                    // The keys of a sweep are read with its axes.
                    DeValue::Table(_) if *table == keys::SWEEP => {}
                    DeValue::Table(entries) => reader.check_names(table, entries),
                    other => reader.problem(
                        value.span(),
                        format!("`{word}` must be a table, but is {}", article(other.type_str())),
                        "a value",
                        Some(format!("write [{word}] on a line of its own, with its keys below")),
                    ),
                }
            } else if keys::LATER.contains(&word) {
                reader.problem(
                    name.span(),
                    format!("`[{word}]` is not supported by this version"),
                    "not supported",
                    Some("remove the table; see CHANGELOG.md for what each version runs".into()),
                );
            } else if keys::keys_of("").all(|key| key.name != word) {
                let help = match (nearest(word, known.iter().copied().chain(["title"])), homes(word)) {
                    (_, Some(homes)) => format!("`{word}` belongs in {homes}"),
                    (Some(near), None) => format!("did you mean `{near}`?"),
                    (None, None) => format!("the tables are {}", backquoted(&known)),
                };
                reader.problem(name.span(), format!("unknown key `{word}`"), "unknown", Some(help));
            }
        }
    }

    fn check_names(&mut self, table: &'static str, entries: &'a DeTable<'a>) {
        for (name, _) in entries {
            let word = name.get_ref().as_ref();
            let names: Vec<&str> = keys::keys_of(table).map(|key| key.name).collect();
            if names.contains(&word) {
                continue;
            }
            let help = match (nearest(word, names.iter().copied()), homes(word)) {
                (_, Some(homes)) => {
                    format!("`{word}` belongs in {homes}; [{table}] takes {}", backquoted(&names))
                }
                (Some(near), None) => format!("did you mean `{near}`?"),
                (None, None) => format!("[{table}] takes {}", backquoted(&names)),
            };
            self.problem(name.span(), format!("unknown key `{word}` in [{table}]"), "unknown", Some(help));
        }
    }

    fn read_reference(&mut self) {
        let Some(value) = self.value("units", "reference") else { return };
        let found = value.get_ref().as_str().and_then(units::split);
        match found.and_then(|(x, unit)| Some(x * units::factor(unit, Dimension::Frequency)?)) {
            Some(reference) if reference > 0.0 && reference.is_finite() => self.reference = Some(reference),
            _ => self.problem(
                value.span(),
                "`units.reference` must be a positive frequency with a unit".into(),
                "not a positive frequency with a unit",
                Some(format!("for example \"5 GHz\"; units are {}", Dimension::Frequency.allowed())),
            ),
        }
    }

    /// rad/s of the reference frequency.
    pub(crate) fn reference(&self) -> Option<f64> {
        self.reference
    }

    pub(crate) fn problem(&mut self, span: Range<usize>, title: String, label: &str, help: Option<String>) {
        self.problems.push(Problem { span, title, label: label.into(), help });
    }

    /// A problem at a key, or where its table should stand.
    pub(crate) fn problem_at(
        &mut self,
        table: &str,
        name: &str,
        title: String,
        label: &str,
        help: Option<String>,
    ) {
        let span = self.place(table, name);
        self.problem(span, title, label, help);
    }

    /// Place of a value, else of its table, else the end of the file.
    pub(crate) fn place(&self, table: &str, name: &str) -> Range<usize> {
        let of_table = || self.tables.get(table).map(|(span, _)| span.clone());
        self.peek(table, name).map(Value::span).or_else(of_table).unwrap_or(self.end..self.end)
    }

    fn peek(&self, table: &str, name: &str) -> Option<&'a Value<'a>> {
        let entries = if table.is_empty() { self.top } else { self.tables.get(table)?.1 };
        entries.get(name)
    }

    fn value(&mut self, table: &'static str, name: &'static str) -> Option<&'a Value<'a>> {
        let value = self.peek(table, name)?;
        self.spans.insert(path(keys::find(table, name)), value.span());
        Some(value)
    }

    /// The number that replaces what the file says.
    fn assigned(&mut self, table: &'static str, name: &'static str) -> Option<&'a Assignment> {
        let assignment = self.assignments.iter().find(|a| a.key.table == table && a.key.name == name)?;
        self.spans.insert(path(keys::find(table, name)), assignment.span.clone());
        Some(assignment)
    }

    /// An assigned whole number.
    fn assigned_count(&mut self, key: &Key, assignment: &Assignment, least: i64, most: i64) -> Option<usize> {
        let Assignment { value, span, .. } = assignment;
        let (title, label) = match *value {
            x if x.fract() != 0.0 => (format!("must be an integer, but is {x:?}"), "not an integer"),
            x if x < least as f64 => (format!("must be at least {least}, but is {x}"), "too small"),
            x if x > most as f64 => (format!("must be at most {most}, but is {x}"), "too large"),
            x => return Some(x as usize),
        };
        self.problem(span.clone(), format!("`{}` {title}", path(key)), label, None);
        None
    }

    /// The entries of a table, with its place.
    pub(crate) fn entries(&self, table: &str) -> Option<(Range<usize>, &'a DeTable<'a>)> {
        self.tables.get(table).cloned()
    }

    /// A key that holds a table.
    pub(crate) fn table_value(&mut self, table: &'static str, name: &'static str) -> Option<&'a DeTable<'a>> {
        self.value(table, name)?.get_ref().as_table()
    }

    /// Whether the file, or an assignment, has this table.
    pub(crate) fn has_table(&self, table: &str) -> bool {
        self.tables.contains_key(table) || self.assignments.iter().any(|a| a.key.table == table)
    }

    /// Whether the file, or an assignment, has this key.
    pub(crate) fn has(&self, table: &str, name: &str) -> bool {
        self.peek(table, name).is_some()
            || self.assignments.iter().any(|a| a.key.table == table && a.key.name == name)
    }

    pub(crate) fn wrong_type(&mut self, key: &Key, value: &Value<'_>, expected: &str) {
        let found = article(value.get_ref().type_str());
        self.problem(
            value.span(),
            format!("`{}` must be {expected}, but is {found}", path(key)),
            &format!("expected {expected}"),
            None,
        );
    }

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
            Takes::Frequency | Takes::Frequencies | Takes::Positive if number <= 0.0 => "above 0",
            Takes::Rate | Takes::Time | Takes::Times | Takes::Number if number < 0.0 => "at least 0",
            _ => return Some(number),
        };
        let label = if number < 0.0 { "negative" } else { "zero" };
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
        Takes::Rate => Some(Dimension::Rate),
        Takes::Time | Takes::Times => Some(Dimension::Time),
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
