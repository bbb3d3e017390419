//! Texts of the language of batteries inside a file: where their pieces stand, and the files that they name.

use std::collections::BTreeMap;
use std::ops::Range;

use leyden::lindblad::Samples;
use leyden_text::{Text, TextError, samples};
use toml::de::{DeTable, DeValue};

use crate::read::{Reader, Value};
use crate::report::Problem;

/// The place in a file of a part of the text that the string at `all` stands for; all of it where that cannot be told.
pub(crate) fn within(file: &str, all: &Range<usize>, text: &str, part: &Range<usize>) -> Range<usize> {
    let place = |offset: usize| place_of(file.get(all.clone())?, text, offset);
    match (place(part.start), place(part.end)) {
        (Some(start), Some(end)) => all.start + start..all.start + end,
        _ => all.clone(),
    }
}

/// Where the byte at `offset` of a string of TOML is written, quotes and escapes counted.
fn place_of(written: &str, text: &str, offset: usize) -> Option<usize> {
    let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") { 3 } else { 1 };
    let mut at = quotes;
    // A line break behind the first three quotes does not count.
    if quotes == 3 {
        at += ["\r\n", "\n"].iter().find(|end| written[at..].starts_with(**end)).map_or(0, |end| end.len());
    }
    let escapes = written.starts_with('"');
    let mut read = 0;
    loop {
        // A backslash at the end of a line joins it to what comes next.
        while escapes && quotes == 3 && written.get(at..)?.starts_with('\\') {
            let rest = &written[at + 1..];
            let blanks = rest.len() - rest.trim_start().len();
            if !rest[..blanks].contains('\n') {
                break;
            }
            at += 1 + blanks;
        }
        if read >= offset {
            return Some(at);
        }
        let next = text.get(read..)?.chars().next()?;
        let rest = written.get(at..)?;
        let first = rest.chars().next()?;
        at += match rest.chars().nth(1) {
            Some(kind) if escapes && first == '\\' => match kind {
                'u' => 6,
                'U' => 10,
                'x' => 4,
                _ => 2,
            },
            // Line ends may have been made one character.
            Some('\n') if first == '\r' && next == '\n' => 2,
            _ if first == next => first.len_utf8(),
            _ => return None,
        };
        read += next.len_utf8();
    }
}

impl Reader<'_> {
    /// A problem inside a text.
    pub(crate) fn problem_in_text(&mut self, value: &Value<'_>, error: TextError) {
        let text = value.get_ref().as_str().unwrap_or_default();
        let span = within(self.text, &value.span(), text, &error.place);
        self.problems.push(Problem { span, title: error.title, label: error.label, help: error.help });
    }

    /// A text of the language.
    pub(crate) fn parsed_text(&mut self, value: &Value<'_>) -> Option<Text> {
        match Text::parse(value.get_ref().as_str()?) {
            Ok(text) => Some(text),
            Err(error) => {
                self.problem_in_text(value, error);
                None
            }
        }
    }
}

/// Reads the text of a file that a scenario names, or says why it cannot.
pub type ReadFile<'a> = &'a dyn Fn(&str) -> Result<String, String>;

/// The files that the texts of a scenario name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Files {
    pub(crate) texts: BTreeMap<String, String>,
    samples: BTreeMap<String, Result<Samples, String>>,
}

impl Files {
    /// Reads all of them, each once.
    pub(crate) fn of(document: &DeTable<'_>, read: ReadFile<'_>) -> Self {
        let mut names = Vec::new();
        document.iter().for_each(|(_, value)| named(value.get_ref(), &mut names));
        let mut files = Files::default();
        for name in names {
            if !files.samples.contains_key(&name) {
                let text = read(&name);
                let found = text.as_ref().map_err(Clone::clone).and_then(|text| samples(text));
                files.samples.insert(name.clone(), found);
                files.texts.extend(text.ok().map(|text| (name, text)));
            }
        }
        files
    }

    pub(crate) fn name_of(&self, samples: &Samples) -> Option<&str> {
        self.samples.iter().find(|(_, read)| read.as_ref() == Ok(samples)).map(|(name, _)| name.as_str())
    }

    pub(crate) fn samples(&self, name: &str) -> Result<Samples, String> {
        self.samples.get(name).cloned().unwrap_or_else(|| Err("the file has not been read".into()))
    }
}

/// The files that all texts of a value name.
fn named(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::String(text) if text.contains("samples") => {
            names.extend(Text::parse(text).iter().flat_map(Text::files));
        }
        DeValue::Array(list) => list.iter().for_each(|item| named(item.get_ref(), names)),
        DeValue::Table(entries) => entries.iter().for_each(|(_, item)| named(item.get_ref(), names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_in_the_file() {
        for (written, marked) in [
            (r#""X(a) + Q""#, "Q"),
            ("'X(a) + Q'", "Q"),
            (r#""samples(\"f.csv\", t) + Q""#, "Q"),
            ("\"\"\"\nX(a)\n  + Q\"\"\"", "Q"),
            ("'''\r\nX(a)\r\n  + Q'''", "Q"),
            ("\"\"\"X(a) \\\n   + Q\"\"\"", "Q"),
            ("\"\"\"\\\n   Q\"\"\"", "Q"),
            (r#""\u00e9\té + Q""#, "Q"),
            (r#""é + Q + \\""#, "Q"),
        ] {
            let file = format!("x = {written}\n");
            let document = DeTable::parse(&file).unwrap();
            let value = document.get_ref().get("x").unwrap();
            let text = value.get_ref().as_str().unwrap();
            let start = text.find(marked).unwrap();
            let place = within(&file, &value.span(), text, &(start..start + marked.len()));
            assert_eq!(&file[place.clone()], marked, "{written}: {place:?}");
            let end = within(&file, &value.span(), text, &(text.len()..text.len()));
            assert!(["\"", "'"].contains(&&file[end.start..end.start + 1]), "{written}: {end:?}");
        }
    }
}
