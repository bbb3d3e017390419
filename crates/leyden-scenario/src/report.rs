//! What is wrong with a scenario, shown in its text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use toml::de::{DeTable, DeValue};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) span: Range<usize>,
    pub(crate) title: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The key with dots, where one of the file is to blame; stages are numbered from 1.
    pub key: Option<String>,
    /// Line in the text, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Problems shown in full.
const MOST_SHOWN: usize = 30;

/// Everything that is wrong with a scenario. `Display` shows the lines with carets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    name: String,
    text: String,
    problems: Vec<Problem>,
}

impl Report {
    pub(crate) fn new(name: &str, text: &str, problems: Vec<Problem>) -> Self {
        Report { name: name.into(), text: text.into(), problems }
    }

    /// First sentences, one per problem.
    pub fn titles(&self) -> impl Iterator<Item = &str> {
        self.problems.iter().map(|problem| problem.title.as_str())
    }

    /// The first thing that is wrong.
    pub fn first(&self) -> Option<Fault> {
        let Problem { span, title, help, .. } = self.problems.first()?;
        let start = self.text.floor_char_boundary(span.start.min(self.text.len()));
        let before = &self.text[..start];
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        let table = DeTable::parse(&self.text).ok();
        Some(Fault {
            key: table.and_then(|table| key_at(table.get_ref(), start)),
            line: before.matches('\n').count() + 1,
            column: before[line..].chars().count() + 1,
            reason: title.clone(),
            hint: help.clone(),
        })
    }

    /// The text for a terminal, with colours or without.
    pub fn render(&self, styled: bool) -> String {
        let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
        let mut parts = Vec::new();
        for Problem { span, title, label, help } in self.problems.iter().take(MOST_SHOWN) {
            let span = span.start.min(self.text.len())..span.end.min(self.text.len());
            let snippet = Snippet::source(self.text.as_str())
                .path(self.name.as_str())
                .annotation(AnnotationKind::Primary.span(span).label(label.as_str()));
            let mut group = Level::ERROR.primary_title(title.as_str()).element(snippet);
            if let Some(help) = help {
                group = group.element(Level::HELP.message(help.as_str()));
            }
            parts.push(renderer.render(&[group]));
        }
        if let more @ 1.. = self.problems.len().saturating_sub(MOST_SHOWN) {
            parts.push(format!("and {more} more problems"));
        }
        parts.join("\n\n")
    }
}

/// The key that stands at a place of a text, or whose value does.
fn key_at(table: &DeTable<'_>, at: usize) -> Option<String> {
    let holds = |span: Range<usize>| span.contains(&at);
    // What is found in a table is nearer than the table.
    let inside = |value: &DeValue<'_>| match value {
        DeValue::Table(inner) => key_at(inner, at),
        DeValue::Array(list) => list.iter().enumerate().find_map(|(i, item)| match item.get_ref() {
            DeValue::Table(inner) => key_at(inner, at).map(|rest| format!("{}.{rest}", i + 1)),
            _ => None,
        }),
        _ => None,
    };
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        match inside(value.get_ref()) {
            Some(rest) => Some(format!("{name}.{rest}")),
            None => (holds(key.span()) || holds(value.span())).then(|| name.to_string()),
        }
    })
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

#[cfg(test)]
mod tests {
    use crate::Scenario;

    fn first(text: &str) -> (Option<String>, usize, usize) {
        let fault = Scenario::parse("s.toml", text).unwrap_err().first().unwrap();
        assert!(!fault.reason.is_empty());
        (fault.key, fault.line, fault.column)
    }

    #[test]
    fn faults_have_their_key_and_place() {
        let at = |key: &str, line, column| (Some(key.into()), line, column);
        let time = "time = { end = 1.0, points = 2 }\n";
        assert_eq!(first("[charger]\ndephasing = -1.0\n[time]\nend = 1.0\n"), at("charger.dephasing", 2, 13));
        assert_eq!(first(&format!("{time}charger.dephasing = \"é\"\n")), at("charger.dephasing", 2, 21));
        assert_eq!(first(&format!("{time}[battery]\n  cels = 3\n")), at("battery.cels", 3, 3));
        assert_eq!(first(&format!("title = \"é\"; x\n{time}")), (None, 1, 12));
        let stages =
            "[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"wait\"\nduration = -2.0\n";
        assert_eq!(first(stages), at("stage.2.duration", 6, 12));
        // A key that is not there stands nowhere.
        assert_eq!(first("title = \"x\"\n").0, None);
    }
}
