//! Tables and keys with their places: every slip becomes a [`Problem`] that points at it. Values are read in `values`.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::disorder::Draw;
use crate::keys::{self, Key, NumericKey, did_you_mean};
use crate::report::Problem;
use crate::texts::Files;
use crate::units::{self, Dimension};
use crate::values::article;

pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// A number that replaces what the file says, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) key: NumericKey,
    pub(crate) value: f64,
    /// The least value that it takes at any point.
    pub(crate) least: f64,
    pub(crate) span: Range<usize>,
    /// What a key with one number per cell has in a sample of `[disorder]`; `value` is the first of them.
    pub(crate) draw: Option<Draw>,
}

/// The document with its problems so far.
pub(crate) struct Reader<'a> {
    top: &'a DeTable<'a>,
    /// The tables of `[[stage]]` with their places.
    pub(crate) stages: Vec<(Range<usize>, &'a DeTable<'a>)>,
    /// The stage whose tables stand before those of the file, from 0.
    pub(crate) stage: Option<usize>,
    pub(crate) text: &'a str,
    pub(crate) files: &'a Files,
    /// rad/s of the reference frequency, where [units] gives one.
    pub(crate) reference: Option<f64>,
    pub(crate) assignments: &'a [Assignment],
    pub(crate) problems: Vec<Problem>,
    /// Places of the tables, and of the values read by "table.key".
    pub(crate) spans: BTreeMap<String, Range<usize>>,
}

pub(crate) fn backquoted(words: &[impl Display]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

pub(crate) fn quoted(words: &[impl Display]) -> String {
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

impl<'a> Reader<'a> {
    /// A text whose names are known to be right, with the files that it names and some numbers replaced.
    pub(crate) fn new(
        document: &'a Spanned<DeTable<'a>>,
        text: &'a str,
        files: &'a Files,
        assignments: &'a [Assignment],
    ) -> Self {
        let top = document.get_ref();
        let mut reader = Reader {
            top,
            stages: Vec::new(),
            stage: None,
            text,
            files,
            reference: None,
            assignments,
            problems: Vec::new(),
            spans: BTreeMap::new(),
        };
        for table in keys::tables() {
            if let Some((name, value)) = top.get_key_value(table)
                && value.get_ref().as_table().is_some()
            {
                reader.spans.insert(table.into(), name.span());
            }
        }
        if let Some((name, _)) = top.get_key_value(keys::CHANNEL) {
            reader.spans.insert(keys::CHANNEL.into(), name.span());
        }
        if let Some((name, _)) = top.get_key_value(keys::STAGE) {
            reader.spans.insert(keys::STAGE.into(), name.span());
            reader.stages = reader.list(keys::STAGE);
        }
        reader.read_reference();
        // The star is the one system with units of its own: plain numbers are seconds and rad/s.
        if top.contains_key("nmr") && !top.contains_key("units") {
            reader.reference = Some(1.0);
        }
        reader
    }

    /// Checks the names of all tables and keys.
    pub(crate) fn check_all_names(&mut self) {
        let known = keys::tables();
        for (name, value) in self.top {
            let word = name.get_ref().as_ref();
            if [keys::STAGE, keys::CHANNEL].contains(&word) {
                self.check_list(word, name.span(), value);
            } else if let Some(table) = known.iter().find(|table| **table == word) {
                match value.get_ref() {
                    // The keys of a sweep are read with its axes, and random ones with their distributions.
                    DeValue::Table(_) if [keys::SWEEP, keys::DISORDER].contains(table) => {}
                    // Names that the user chooses are read with what they name.
                    DeValue::Table(_) if *table == keys::PARAMETERS => {}
                    DeValue::Table(parts) if *table == keys::PARTS => {
                        for (name, part) in parts {
                            if let Some(entries) = part.get_ref().as_table() {
                                self.check_part(name.get_ref(), entries);
                            }
                        }
                    }
                    DeValue::Table(entries) => self.check_names(table, entries),
                    other => {
                        let title = format!("`{word}` must be a table, but is {}", article(other.type_str()));
                        let help = format!("write [{word}] on a line of its own, with its keys below");
                        self.problem(value.span(), title, "a value", Some(help));
                    }
                }
            } else if keys::keys_of("").all(|key| key.name != word) {
                let help = homes(word)
                    .map(|homes| format!("`{word}` belongs in {homes}"))
                    .or_else(|| did_you_mean(word, known.iter().copied().chain(["title"]), '`'))
                    .unwrap_or_else(|| format!("the tables are {}", backquoted(&known)));
                self.problem(name.span(), format!("unknown key `{word}`"), "unknown", Some(help));
            }
        }
    }

    fn check_list(&mut self, table: &str, place: Range<usize>, value: &'a Value<'a>) {
        let help =
            || Some(format!("write [[{table}]] on a line of its own for every {table}, with its keys below"));
        let Some(list) = value.get_ref().as_array() else {
            let found = article(value.get_ref().type_str());
            let title = format!("`{table}` must be a list of tables, but is {found}");
            return self.problem(place, title, "not a list", help());
        };
        for item in list.iter() {
            match item.get_ref().as_table() {
                Some(entries) => self.check_names(table, entries),
                None => {
                    let title = format!("a {table} must be a table");
                    self.problem(item.span(), title, "not a table", help());
                }
            }
        }
    }

    /// The keys of a part.
    fn check_part(&mut self, part: &str, entries: &'a DeTable<'a>) {
        let names: Vec<&str> = keys::keys_of(keys::OF_PART).map(|key| key.name).collect();
        for (name, _) in entries {
            let word = name.get_ref().as_ref();
            if !names.contains(&word) {
                let takes = || format!("a part takes {}", backquoted(&names));
                let help = did_you_mean(word, names.iter().copied(), '`').unwrap_or_else(takes);
                let title = format!("unknown key `{word}` in the part `{part}`");
                self.problem(name.span(), title, "unknown", Some(help));
            }
        }
    }

    fn check_names(&mut self, table: &str, entries: &'a DeTable<'a>) {
        let names: Vec<&str> = keys::keys_of(table).map(|key| key.name).collect();
        let changes: &[&str] = if table == keys::STAGE { &keys::IN_STAGE } else { &[] };
        for (name, value) in entries {
            let word = name.get_ref().as_ref();
            if changes.contains(&word) {
                self.check_changes(word, name.span(), value);
            } else if !names.contains(&word) {
                let takes = format!("[{table}] takes {}", backquoted(&names));
                let help = homes(word)
                    .map(|homes| format!("`{word}` belongs in {homes}; {takes}"))
                    .or_else(|| did_you_mean(word, names.iter().copied().chain(changes.iter().copied()), '`'))
                    .unwrap_or(takes);
                let title = format!("unknown key `{word}` in [{table}]");
                self.problem(name.span(), title, "unknown", Some(help));
            }
        }
    }

    /// What a stage changes of the system.
    fn check_changes(&mut self, table: &str, place: Range<usize>, value: &'a Value<'a>) {
        let Some(entries) = value.get_ref().as_table() else {
            let example = if table == "drive" { "amplitude" } else { "dephasing" };
            let found = article(value.get_ref().type_str());
            let title = format!("`{table}` of a stage must be a table, but is {found}");
            return self.problem(place, title, "a value", Some(format!("write {table}.{example} = 1.0")));
        };
        self.check_names(table, entries);
        for (name, _) in entries {
            if keys::NOT_IN_STAGE.contains(&name.get_ref().as_ref()) {
                let title = format!("`{table}.{}` is the same in all stages", name.get_ref());
                self.problem(name.span(), title, "cannot change", Some(format!("move it to [{table}]")));
            }
        }
    }

    fn read_reference(&mut self) {
        let Some(value) = self.value("units", "reference") else { return };
        let found = value.get_ref().as_str().and_then(units::split);
        match found.and_then(|(x, unit)| units::measured(x, unit, Dimension::Frequency)) {
            Some(reference) if reference > 0.0 && reference.is_finite() => self.reference = Some(reference),
            _ => {
                let near = found.and_then(|(_, unit)| units::did_you_mean(unit, Dimension::Frequency));
                let example =
                    || format!("for example \"5 GHz\"; units are {}", Dimension::Frequency.allowed());
                self.problem(
                    value.span(),
                    "`units.reference` must be a positive frequency with a unit",
                    "not a positive frequency with a unit",
                    Some(near.unwrap_or_else(example)),
                );
            }
        }
    }

    pub(crate) fn problem(
        &mut self,
        span: Range<usize>,
        title: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) {
        self.problems.push(Problem { span, title: title.into(), label: label.into(), help });
    }

    /// A problem at a key, or where its table should stand.
    pub(crate) fn problem_at(
        &mut self,
        table: &str,
        name: &str,
        title: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) {
        self.problem(self.place(table, name), title, label, help);
    }

    /// A problem instead of a value.
    pub(crate) fn refuse<T>(
        &mut self,
        span: Range<usize>,
        title: impl Into<String>,
        label: &str,
        help: Option<String>,
    ) -> Option<T> {
        self.problem(span, title, label, help);
        None
    }

    /// Place of a value, else of its table, else the end of the file.
    pub(crate) fn place(&self, table: &str, name: &str) -> Range<usize> {
        // What a sweep sets stands in the sweep.
        if let Some(assignment) = self.assignment(table, name) {
            return assignment.span.clone();
        }
        let of_stage = || self.stage.map(|stage| self.stages[stage].0.clone());
        let of_table = || self.spans.get(table).cloned();
        let found = self.peek(table, name).map(Value::span);
        found.or_else(of_stage).or_else(of_table).unwrap_or(self.text.len()..self.text.len())
    }

    /// The value as the present stage gives it.
    fn peek_in_stage(&self, table: &str, name: &str) -> Option<&'a Value<'a>> {
        let entries = self.stages[self.stage?].1;
        match table {
            keys::STAGE => entries.get(name),
            _ => entries.get(table)?.get_ref().as_table()?.get(name),
        }
    }

    fn peek(&self, table: &str, name: &str) -> Option<&'a Value<'a>> {
        if let Some(value) = self.peek_in_stage(table, name) {
            return Some(value);
        }
        let entries = if table.is_empty() { self.top } else { self.entries(table)? };
        entries.get(name)
    }

    /// What stands in the file, whatever a stage or a study puts in its place.
    pub(crate) fn raw(&self, table: &str, name: &str) -> Option<&'a Value<'a>> {
        self.entries(table)?.get(name)
    }

    /// The tables of a list such as `[[channel]]`, with their places.
    pub(crate) fn list(&self, table: &str) -> Vec<(Range<usize>, &'a DeTable<'a>)> {
        let list = self.top.get(table).and_then(|value| value.get_ref().as_array()).into_iter().flatten();
        list.filter_map(|item| Some((item.span(), item.get_ref().as_table()?))).collect()
    }

    pub(crate) fn value(&mut self, table: &str, name: &str) -> Option<&'a Value<'a>> {
        let value = self.peek(table, name)?;
        self.remember(table, name, value.span());
        Some(value)
    }

    fn remember(&mut self, table: &str, name: &str, span: Range<usize>) {
        // What a stage changes is found at the stage.
        let key = match self.stage {
            Some(stage) => format!("stage.{}.{name}", stage + 1),
            None => keys::find(table, name).to_string(),
        };
        self.spans.insert(key, span);
    }

    /// The assignment of a key: that of the present stage before what the stage says, and that before the file's.
    fn assignment(&self, table: &str, name: &str) -> Option<&'a Assignment> {
        let of = |stage: Option<usize>| {
            let here = |a: &&Assignment| a.key.stage == stage && a.key.table == table && a.key.name == name;
            self.assignments.iter().find(here)
        };
        let of_stage = self.stage.and_then(|stage| of(Some(stage + 1)));
        if of_stage.is_some() || self.peek_in_stage(table, name).is_some() {
            return of_stage;
        }
        of(None)
    }

    /// The number that replaces what the file says.
    pub(crate) fn assigned(&mut self, table: &str, name: &str) -> Option<&'a Assignment> {
        let assignment = self.assignment(table, name)?;
        self.remember(table, name, assignment.span.clone());
        Some(assignment)
    }

    /// The least number that a key takes at any point.
    pub(crate) fn least(&mut self, table: &str, name: &str) -> Option<f64> {
        self.assignment(table, name).map(|assignment| assignment.least).or_else(|| self.number(table, name))
    }

    /// What the file says, read by `read`, unless a study sets the key.
    pub(crate) fn written<T>(
        &mut self,
        table: &str,
        name: &str,
        read: impl FnOnce(&'a DeValue<'a>) -> Option<T>,
    ) -> Option<(&'a Value<'a>, T)> {
        if self.assigned(table, name).is_some() {
            return None;
        }
        let value = self.value(table, name)?;
        Some((value, read(value.get_ref())?))
    }

    pub(crate) fn entries(&self, table: &str) -> Option<&'a DeTable<'a>> {
        if let Some(part) = table.strip_prefix("parts.") {
            return self.entries(keys::PARTS)?.get(part)?.get_ref().as_table();
        }
        self.top.get(table)?.get_ref().as_table()
    }

    /// Whether the file, or an assignment, has this table.
    pub(crate) fn has_table(&self, table: &str) -> bool {
        let assigned = |a: &Assignment| a.key.table == table && a.key.stage.is_none();
        self.entries(table).is_some() || self.changes(table) || self.assignments.iter().any(assigned)
    }

    /// Whether the present stage, or an assignment to it, has this table.
    pub(crate) fn changes(&self, table: &str) -> bool {
        let Some(stage) = self.stage else { return false };
        let assigned = |a: &Assignment| a.key.table == table && a.key.stage == Some(stage + 1);
        self.stages[stage].1.contains_key(table) || self.assignments.iter().any(assigned)
    }

    /// Whether the file, or an assignment, has this key.
    pub(crate) fn has(&self, table: &str, name: &str) -> bool {
        self.peek(table, name).is_some() || self.assignment(table, name).is_some()
    }

    /// Whether the present stage, or an assignment to it, has this key.
    fn has_in_stage(&self, table: &str, name: &str) -> bool {
        self.peek_in_stage(table, name).is_some()
            || self.assignment(table, name).is_some_and(|assignment| assignment.key.stage.is_some())
    }

    /// The one that is given of keys which say the same thing in different ways. The way of a stage replaces that of the file.
    pub(crate) fn one_of(&mut self, table: &str, names: &[&'static str]) -> Option<&'static str> {
        let in_stage = names.iter().any(|name| self.has_in_stage(table, name));
        let is_given = |name: &&&str| match in_stage {
            true => self.has_in_stage(table, name),
            false => self.has(table, name),
        };
        let mut given: Vec<&'static str> = names.iter().filter(is_given).copied().collect();
        given.sort_by_key(|name| self.place(table, name).start);
        if let [first, second, ..] = given[..] {
            let title =
                format!("`{table}.{first}` and `{table}.{second}` say the same thing; only one may be given");
            let help = Some(format!("remove `{table}.{first}` or `{table}.{second}`"));
            self.problem_at(table, second, title, "the second way", help);
        }
        given.first().copied()
    }

    /// A number as it was written, or as a study sets it.
    pub(crate) fn said(&self, table: &str, name: &str) -> String {
        if let Some(assignment) = self.assignment(table, name) {
            return format!("{:?}", assignment.value);
        }
        match self.peek(table, name).map(Value::get_ref) {
            Some(DeValue::String(text)) => format!("\"{text}\""),
            Some(DeValue::Integer(digits)) => digits.to_string(),
            Some(DeValue::Float(digits)) => digits.to_string(),
            _ => String::new(),
        }
    }

    pub(crate) fn wrong_type<T>(&mut self, key: &Key, value: &Value<'_>, expected: &str) -> Option<T> {
        let title = format!("`{key}` must be {expected}, but is {}", article(value.get_ref().type_str()));
        self.refuse(value.span(), title, &format!("expected {expected}"), None)
    }
}
