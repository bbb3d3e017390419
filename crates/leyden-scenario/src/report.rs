//! What is wrong with a scenario, shown in its text.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) span: Range<usize>,
    pub(crate) title: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
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

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}
