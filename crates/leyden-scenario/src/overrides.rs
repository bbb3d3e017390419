//! `--set key=value`: values put into a scenario text before it is read.

use thiserror::Error;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Why a value could not be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum OverrideError {
    /// The argument has no `=`.
    #[error("`--set {argument}` must have the form key=value, for example charger.dephasing=1.4")]
    NoValue { argument: String },
    /// A quote in the key is not closed.
    #[error("`--set {argument}`: a part of the key opens with {quote} and does not end with it")]
    Unclosed { argument: String, quote: char },
    /// The key runs through something that is not a table.
    #[error("`--set {argument}`: `{part}` is a value, not a table")]
    NotATable { argument: String, part: String },
    /// There is no such stage.
    #[error(
        "`--set {argument}`: the `{part}`s are numbered from 1 to {stages}, for example {part}.1.duration=2.0"
    )]
    NoStage { argument: String, part: String, stages: usize },
}

/// The text with every `key=value` applied; a text that is no TOML is returned as it is, for the reader to report.
///
/// # Errors
/// [`OverrideError`] when an argument cannot be applied.
pub fn with_overrides(text: &str, arguments: &[String]) -> Result<String, OverrideError> {
    if arguments.is_empty() {
        return Ok(text.into());
    }
    let Ok(mut document) = text.parse::<DocumentMut>() else { return Ok(text.into()) };
    for argument in arguments {
        let (key, value) =
            argument.split_once('=').ok_or_else(|| OverrideError::NoValue { argument: argument.clone() })?;
        // A bare word is a string: --set method.name=explicit needs no quotes.
        let value: Value = value.trim().parse().unwrap_or_else(|_| Value::from(value.trim()));
        let parts = parts_of(key.trim())
            .map_err(|quote| OverrideError::Unclosed { argument: argument.clone(), quote })?;
        let mut table: &mut dyn TableLike = document.as_table_mut();
        let (mut path, mut inline) = (&parts[..], false);
        while let Some((part, rest)) = step(table, path) {
            let empty = || match inline {
                true => Item::Value(Value::InlineTable(InlineTable::new())),
                false => Item::Table(Table::new()),
            };
            let item = table.entry(&part).or_insert_with(empty);
            inline |= item.is_value();
            let no_table = || OverrideError::NotATable { argument: argument.clone(), part: part.clone() };
            (table, path) =
                match item {
                    // Stages are numbered from 1: stage.2.duration=5.
                    Item::ArrayOfTables(_) | Item::Value(Value::Array(_)) => {
                        let (stage, stages) = stage_of(item, &rest[0]);
                        // A list of numbers is a value.
                        if stages == 0 {
                            return Err(no_table());
                        }
                        let stage = stage.filter(|_| rest.len() > 1).ok_or_else(|| {
                            OverrideError::NoStage { argument: argument.clone(), part: part.clone(), stages }
                        })?;
                        (stage, &rest[1..])
                    }
                    item => (item.as_table_like_mut().ok_or_else(no_table)?, rest),
                };
        }
        table.insert(&path.join("."), Item::Value(value));
    }
    Ok(document.to_string())
}

/// Parts of a key between its dots; quoted ones keep theirs.
///
/// # Errors
/// A quote that is not closed.
fn parts_of(key: &str) -> Result<Vec<String>, char> {
    let (mut parts, mut rest) = (Vec::new(), key);
    loop {
        let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
        let (part, after) = match quote {
            Some(quote) => {
                let (part, after) = rest[1..].split_once(quote).ok_or(quote)?;
                (part, (!after.is_empty()).then(|| after.strip_prefix('.').ok_or(quote)).transpose()?)
            }
            None => rest.split_once('.').map_or((rest, None), |(part, after)| (part, Some(after))),
        };
        parts.push(part.to_string());
        match after {
            Some(after) => rest = after,
            None => return Ok(parts),
        }
    }
}

/// The next table on a path, and the rest of the path in it; `None` where the path is a key of this table. Keys with dots, as those of a
/// sweep are quoted, go before their parts.
fn step<'a>(table: &dyn TableLike, path: &'a [String]) -> Option<(String, &'a [String])> {
    if path.len() < 2 || table.contains_key(&path.join(".")) {
        return None;
    }
    let dotted = (2..path.len()).rev().find(|&count| table.contains_key(&path[..count].join(".")));
    let count = dotted.unwrap_or(1);
    Some((path[..count].join("."), &path[count..]))
}

/// The stage of this number in a list of tables, and how many there are.
fn stage_of<'a>(list: &'a mut Item, number: &str) -> (Option<&'a mut dyn TableLike>, usize) {
    let place = number.parse::<usize>().ok().and_then(|i| i.checked_sub(1));
    match list {
        Item::ArrayOfTables(list) => {
            let stages = list.len();
            (place.and_then(|place| list.get_mut(place)).map(|stage| stage as &mut dyn TableLike), stages)
        }
        Item::Value(Value::Array(list)) => {
            let stages = list.iter().filter(|item| item.is_inline_table()).count();
            let stage = place.and_then(|place| list.get_mut(place)).and_then(Value::as_inline_table_mut);
            (stage.map(|stage| stage as &mut dyn TableLike), stages)
        }
        _ => (None, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_as_it_is_where_nothing_is_set() {
        for text in
            ["", "\u{feff}title = \"x\"\r\n\r\n[time]\r\nend=1.0", "a = 1\n\n\n[b] # c\n", "no TOML\r\n"]
        {
            assert_eq!(with_overrides(text, &[]).unwrap(), text);
        }
    }

    #[test]
    fn quoted_parts_keep_their_dots() {
        let sweep = "[sweep]\n\"parts.bath.count\" = { from = 1, to = 4 }\n";
        for quote in ['"', '\''] {
            let set = |key: &str| with_overrides(sweep, &[key.replace('"', &quote.to_string())]).unwrap();
            let new = set("sweep.\"parts.bath.initial.fock\"=1");
            assert!(new.contains("\"parts.bath.initial.fock\" = 1"), "{new}");
            assert_eq!(set("sweep.\"parts.bath.count\"=3"), "[sweep]\n\"parts.bath.count\" = 3\n");
            assert!(set("\"sweep\".\"parts.bath.count\".to=9").contains("to = 9 }"));
        }
        for wrong in ["sweep.\"parts.bath.count=3", "sweep.\"a\"b=3", "sweep.'a\"=3"] {
            let error = with_overrides(sweep, &[wrong.into()]).unwrap_err();
            assert!(matches!(error, OverrideError::Unclosed { .. }), "{wrong}: {error}");
        }
    }

    #[test]
    fn values_replace_and_appear() {
        let text = "[charger]\ndephasing = 1.0 # keep\n";
        let arguments = ["charger.dephasing=2.5".to_string(), "method.name=explicit".to_string()];
        let set = with_overrides(text, &arguments).unwrap();
        assert!(set.contains("dephasing = 2.5") && set.contains("name = \"explicit\""));
        let stages = "[[stage]]\nkind = \"wait\"\n[[stage]]\nkind = \"wait\"\n";
        let set =
            with_overrides(stages, &["stage.2.drive.amplitude=0.5".into(), "stage.1.duration=3".into()]);
        let set = set.unwrap();
        assert!(
            set.find("duration = 3") < set.rfind("[[stage]]") && set.contains("amplitude = 0.5"),
            "{set}"
        );
        let sweep = "[sweep]\n\"drive.amplitude\" = { from = 0.1, to = 1.0 }\n";
        let set = with_overrides(sweep, &["sweep.drive.amplitude.points=7".into()]).unwrap();
        assert!(set.contains("points = 7 }") && !set.contains("[sweep.drive"), "{set}");
        let set = with_overrides(sweep, &["sweep.drive.amplitude=[1.0]".into()]).unwrap();
        assert_eq!(set, "[sweep]\n\"drive.amplitude\" = [1.0]\n");
        // The list in one line, and in several with notes.
        let lists = [
            "stage = [{ kind = \"wait\" }, { kind = \"wait\", duration = 1.0 }]\n",
            "stage = [\n    { kind = \"wait\" }, # first\n    { kind = \"wait\", duration = 1.0 },\n]\n",
        ];
        for list in lists {
            let arguments = ["stage.2.duration=7", "stage.1.drive.amplitude=0.5"].map(String::from);
            let set = with_overrides(list, &arguments).unwrap();
            let table: toml_edit::DocumentMut = set.parse().unwrap();
            let stages = table["stage"].as_array().unwrap();
            let of = |i: usize| stages.get(i).unwrap().as_inline_table().unwrap();
            assert_eq!(of(1)["duration"].as_integer(), Some(7), "{set}");
            assert_eq!(of(0)["drive"].as_inline_table().unwrap()["amplitude"].as_float(), Some(0.5), "{set}");
            for wrong in ["stage.3.duration=1", "stage.0.duration=1", "stage.1=2", "stage.duration=1"] {
                let error = with_overrides(list, &[wrong.into()]).unwrap_err();
                assert!(matches!(error, OverrideError::NoStage { stages: 2, .. }), "{error}");
            }
        }
        let times = with_overrides("[time]\nvalues = [1.0]\n", &["time.values.1=2".into()]);
        assert!(matches!(times, Err(OverrideError::NotATable { .. })));
        assert!(with_overrides(stages, &["stage.3.duration=1".into()]).is_err());
        assert!(with_overrides(stages, &["stage.duration=1".into()]).is_err());
        assert!(with_overrides(text, &["charger".into()]).is_err());
        assert!(with_overrides(text, &["charger.dephasing.x=1".into()]).is_err());
    }
}
