//! `--set key=value`: values put into a scenario text before it is read.

use thiserror::Error;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

/// Why a value could not be set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum OverrideError {
    /// The argument has no `=`.
    #[error("`--set {argument}` must have the form key=value, for example charger.dephasing=1.4")]
    NoValue { argument: String },
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
        let mut table: &mut dyn TableLike = document.as_table_mut();
        let mut path = key.trim();
        while let Some((part, rest)) = step(table, path) {
            let item = table.entry(part).or_insert_with(|| Item::Table(Table::new()));
            (table, path) = match item {
                // Stages are numbered from 1: stage.2.duration=5.
                Item::ArrayOfTables(list) => {
                    let stages = list.len();
                    let (number, rest) = rest.split_once('.').unwrap_or((rest, rest));
                    let place = number.parse::<usize>().ok().and_then(|i| i.checked_sub(1));
                    let stage = place.and_then(|place| list.get_mut(place));
                    let stage = stage.ok_or_else(|| OverrideError::NoStage {
                        argument: argument.clone(),
                        part: part.into(),
                        stages,
                    })?;
                    (stage as &mut dyn TableLike, rest)
                }
                item => {
                    let table = item.as_table_like_mut().ok_or_else(|| OverrideError::NotATable {
                        argument: argument.clone(),
                        part: part.into(),
                    })?;
                    (table, rest)
                }
            };
        }
        table.insert(path, Item::Value(value));
    }
    Ok(document.to_string())
}

/// The next table on a path, and the rest of the path in it; `None` where the path is a key of this table. Keys with dots, as those of a
/// sweep are quoted, go before their parts.
fn step<'a>(table: &dyn TableLike, path: &'a str) -> Option<(&'a str, &'a str)> {
    if table.contains_key(path) {
        return None;
    }
    let mut splits = path.rmatch_indices('.').map(|(at, _)| (&path[..at], &path[at + 1..]));
    splits.find(|(part, _)| part.contains('.') && table.contains_key(part)).or_else(|| path.split_once('.'))
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
        assert!(with_overrides(stages, &["stage.3.duration=1".into()]).is_err());
        assert!(with_overrides(stages, &["stage.duration=1".into()]).is_err());
        assert!(with_overrides(text, &["charger".into()]).is_err());
        assert!(with_overrides(text, &["charger.dephasing.x=1".into()]).is_err());
    }
}
