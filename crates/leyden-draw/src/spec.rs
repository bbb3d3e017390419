//! What the user wants to see: the file of `leyden figure --spec`.

use std::collections::BTreeMap;

use leyden_figures::{Axis, Scale};
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use leyden_results::table::{Row, rows};
use leyden_results::{StudyData, is_series};
use leyden_scenario::did_you_mean;

/// What kind of figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Quantities over time.
    Traces,
    /// Quantities against an axis.
    Lines,
    /// Quantities over two axes, as colours.
    Map,
    /// Against the number of cells, with fits.
    Scaling,
}

/// Width of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Width {
    /// One column of a journal page.
    Single,
    /// Both columns.
    Double,
}

/// An axis of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Which {
    X,
    Y,
    Color,
}

/// Ranges of the axes of all panels.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ranges {
    x: Option<Spanned<[f64; 2]>>,
    y: Option<Spanned<[f64; 2]>>,
    color: Option<Spanned<[f64; 2]>>,
}

/// Everything is optional; what is left out is chosen from the data.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: Option<Spanned<Kind>>,
    x: Option<Spanned<String>>,
    y: Option<Spanned<String>>,
    lines: Option<Spanned<String>>,
    quantities: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    at: BTreeMap<Spanned<String>, f64>,
    log: Option<Vec<Which>>,
    #[serde(default)]
    range: Ranges,
    title: Option<String>,
    width: Option<Width>,
    contours: Option<Vec<f64>>,
}

/// A specification that fits the study it was read for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spec {
    pub(crate) kind: Option<Kind>,
    /// Keys of axes of the study.
    pub(crate) x: Option<String>,
    pub(crate) y: Option<String>,
    pub(crate) lines: Option<String>,
    /// Names of arrays; empty: chosen from the data.
    pub(crate) quantities: Vec<String>,
    /// Values at which other axes are fixed, and `time`.
    pub(crate) at: BTreeMap<String, f64>,
    /// The logarithmic axes, instead of those that the data suggest.
    log: Option<Vec<Which>>,
    range: Ranges,
    /// Written above the figure, as markup.
    pub(crate) title: Option<String>,
    pub(crate) width: Option<Width>,
    pub(crate) contours: Option<Vec<f64>>,
}

/// Why a specification cannot be followed.
#[derive(Clone, Debug, PartialEq, Error)]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum SpecError {
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// An axis that the study does not have.
    #[error("line {line}: `{key}` must be {}, but is `{found}`{}", one_of(known), meant(found, known))]
    Axis { line: usize, key: String, found: String, known: Vec<String> },
    /// A quantity that the study does not have.
    #[error("line {line}: the study has no quantity `{found}`{}", meant_or_all(found, known))]
    Quantity { line: usize, found: String, known: Vec<String> },
    /// A quantity without times, or with times where the study has none.
    #[error("line {line}: `{found}` has no times; traces show {}", list(known))]
    NotOverTime { line: usize, found: String, known: Vec<String> },
    /// One axis in two roles.
    #[error("line {line}: `{key}` must differ from `{other}`, but both are `{found}`")]
    Twice { line: usize, key: &'static str, other: &'static str, found: String },
    /// More axes needed than there are.
    #[error("line {line}: `kind = \"{kind}\"` needs {needs}, but the study has {has}")]
    Kind { line: usize, kind: &'static str, needs: &'static str, has: String },
    /// A key that the kind of figure has no use for.
    #[error("line {line}: `{key}` has no meaning in `kind = \"{kind}\"`")]
    Useless { line: usize, key: &'static str, kind: &'static str },
    /// A range that is none.
    #[error("line {line}: `range.{key}` must go upwards between finite numbers, but is [{from}, {to}]")]
    Range { line: usize, key: &'static str, from: f64, to: f64 },
}

fn list(known: &[String]) -> String {
    let quoted: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "nothing: the study has none".into() } else { quoted.join(", ") }
}

/// What may be meant, if it is known.
fn meant(found: &str, known: &[String]) -> String {
    let near = did_you_mean(&found.replace(['.', '-'], "_"), known.iter().map(String::as_str), '`');
    near.map_or(String::new(), |near| format!("; {near}"))
}

/// What may be meant, else all there is.
fn meant_or_all(found: &str, known: &[String]) -> String {
    match meant(found, known) {
        near if near.is_empty() => format!("; it has {}", list(known)),
        near => near,
    }
}

fn one_of(known: &[String]) -> String {
    if known.len() > 1 { format!("one of {}", list(known)) } else { list(known) }
}

impl Spec {
    /// Reads a specification of a figure of `data`. In names of quantities dots and underscores are the same.
    ///
    /// # Errors
    /// [`SpecError`] with the line, and with what the study has to offer.
    pub fn parse(text: &str, data: &StudyData) -> Result<Self, SpecError> {
        let file: File = toml::from_str(text)?;
        let reader = Reader { text, data };
        let axis = |key: &str, found: &Option<Spanned<String>>, time| {
            found.as_ref().map(|found| reader.axis(key, found, time)).transpose()
        };
        // `x = "time"` is another word for traces.
        let over_time = file.x.as_ref().is_some_and(|x| x.get_ref() == "time");
        let spec = Spec {
            kind: file.kind.as_ref().map(|kind| *kind.get_ref()).or(over_time.then_some(Kind::Traces)),
            x: axis("x", &file.x, true)?.filter(|_| !over_time),
            y: axis("y", &file.y, false)?,
            lines: axis("lines", &file.lines, false)?,
            quantities: reader.quantities(file.quantities.as_deref().unwrap_or_default())?,
            at: reader.at(&file.at)?,
            log: file.log.clone(),
            range: file.range.clone(),
            title: file.title.clone(),
            width: file.width,
            contours: file.contours.clone(),
        };
        reader.twice(&file)?;
        reader.ranges(&file.range)?;
        reader.kind(&spec, &file)?;
        Ok(spec)
    }

    /// An axis of a panel as the data suggest it, with what the specification says instead.
    pub(crate) fn dress(&self, which: Which, suggested: Axis) -> Axis {
        let mut axis = suggested;
        if let Some(log) = &self.log {
            axis.scale = if log.contains(&which) { Scale::Log } else { Scale::Linear };
        }
        let range = match which {
            Which::X => &self.range.x,
            Which::Y => &self.range.y,
            Which::Color => &self.range.color,
        };
        match range.as_ref().map(|range| *range.get_ref()) {
            Some([from, to]) => axis.within(from, to),
            None => axis,
        }
    }
}

/// Checks a file against a study.
struct Reader<'a> {
    text: &'a str,
    data: &'a StudyData,
}

impl Reader<'_> {
    fn line<T>(&self, at: &Spanned<T>) -> usize {
        let start = at.span().start.min(self.text.len());
        1 + self.text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count()
    }

    fn axis(&self, key: &str, found: &Spanned<String>, time: bool) -> Result<String, SpecError> {
        let name = found.get_ref();
        let time = time && !self.data.times.is_empty();
        if self.data.axis(name).is_some() || (time && name == "time") {
            return Ok(name.clone());
        }
        let mut known: Vec<String> = self.data.axes.iter().map(|axis| axis.key.clone()).collect();
        known.extend(time.then(|| "time".to_string()));
        Err(SpecError::Axis { line: self.line(found), key: key.into(), found: name.clone(), known })
    }

    fn at(&self, at: &BTreeMap<Spanned<String>, f64>) -> Result<BTreeMap<String, f64>, SpecError> {
        at.iter().map(|(key, value)| Ok((self.axis("at", key, true)?, *value))).collect()
    }

    /// What `ledger` stands for: the energies and flows of a ledger that are anything, without bare parts and sums.
    fn ledger(&self) -> Vec<String> {
        let series = rows().filter(|row| row.is_of_ledger() && row.over_time()).map(Row::name);
        let is_part = |name: &String| !(name.starts_with("ledger_bare") || name == "ledger_channel_all");
        let moves = |name: &String| self.data.everywhere(name).iter().any(|x| x.abs() > 1e-12);
        series.filter(|name| self.data.has(name)).filter(is_part).filter(moves).collect()
    }

    /// What `bounds` stands for: all of them that a figure can show.
    fn bounds(&self) -> Vec<String> {
        let series = rows().filter(|row| row.is_of_bounds() && row.over_time()).map(Row::name);
        series.filter(|name| self.data.has(name)).collect()
    }

    fn quantities(&self, found: &[Spanned<String>]) -> Result<Vec<String>, SpecError> {
        let known = |name: &Spanned<String>| {
            let flat = flat(name);
            match self.data.has(&flat) {
                _ if flat == "ledger" && !self.ledger().is_empty() => Ok(self.ledger()),
                _ if flat == "bounds" && !self.bounds().is_empty() => Ok(self.bounds()),
                true => Ok(vec![flat]),
                false => Err(SpecError::Quantity {
                    line: self.line(name),
                    found: name.get_ref().clone(),
                    known: in_order(self.data.names()),
                }),
            }
        };
        let lists = found.iter().map(known).collect::<Result<Vec<_>, _>>()?;
        Ok(lists.concat())
    }

    fn twice(&self, file: &File) -> Result<(), SpecError> {
        let roles = [("x", &file.x), ("y", &file.y), ("lines", &file.lines)];
        for (i, (key, role)) in roles.iter().enumerate() {
            for (other, earlier) in &roles[..i] {
                if let (Some(a), Some(b)) = (role, earlier)
                    && a.get_ref() == b.get_ref()
                {
                    let found = a.get_ref().clone();
                    return Err(SpecError::Twice { line: self.line(a), key, other, found });
                }
            }
        }
        Ok(())
    }

    fn ranges(&self, range: &Ranges) -> Result<(), SpecError> {
        for (key, range) in [("x", &range.x), ("y", &range.y), ("color", &range.color)] {
            if let Some(range) = range {
                let [from, to] = *range.get_ref();
                if !(from < to && from.is_finite() && to.is_finite()) {
                    return Err(SpecError::Range { line: self.line(range), key, from, to });
                }
            }
        }
        Ok(())
    }

    /// Whether the study has what the kind of figure shows.
    fn kind(&self, spec: &Spec, file: &File) -> Result<(), SpecError> {
        let Some(kind) = spec.kind else { return Ok(()) };
        let kind_at = file.kind.as_ref().map(|kind| self.line(kind));
        let line = kind_at.or(file.x.as_ref().map(|x| self.line(x))).unwrap_or(1);
        let axes = self.data.axes.len();
        let lacks = |kind, needs, has| Err(SpecError::Kind { line, kind, needs, has });
        let useless = |key, kind| Err(SpecError::Useless { line, key, kind });
        match kind {
            Kind::Traces if self.data.times.is_empty() => lacks("traces", "times", "none".into()),
            Kind::Traces if spec.x.is_some() => useless("x", "traces"),
            Kind::Traces if spec.y.is_some() => useless("y", "traces"),
            Kind::Traces => self.over_time(file),
            Kind::Map if axes < 2 => lacks("map", "two axes", axes_in_words(axes)),
            Kind::Map if spec.lines.is_some() => useless("lines", "map"),
            Kind::Lines if axes < 1 => lacks("lines", "an axis", axes_in_words(axes)),
            Kind::Lines if spec.y.is_some() => useless("y", "lines"),
            Kind::Scaling if self.data.axis("battery.cells").is_none() => {
                lacks("scaling", "an axis `battery.cells`", axes_in_words(axes))
            }
            Kind::Scaling if spec.y.is_some() => useless("y", "scaling"),
            Kind::Scaling if spec.x.as_ref().is_some_and(|x| x != "battery.cells") => useless("x", "scaling"),
            Kind::Map | Kind::Lines | Kind::Scaling => Ok(()),
        }
    }

    fn over_time(&self, file: &File) -> Result<(), SpecError> {
        for name in file.quantities.iter().flatten() {
            if !matches!(&*flat(name), "ledger" | "bounds") && !is_series(&flat(name)) {
                let series = self.data.names().into_iter().filter(|name| is_series(name));
                return Err(SpecError::NotOverTime {
                    line: self.line(name),
                    found: name.get_ref().clone(),
                    known: in_order(series.collect()),
                });
            }
        }
        Ok(())
    }
}

/// Names in the order of the table, what is derived from others last.
fn in_order(mut names: Vec<&str>) -> Vec<String> {
    let place = |name: &str| rows().position(|row| row.name() == name).unwrap_or(usize::MAX);
    names.sort_by_key(|name| place(name));
    names.into_iter().map(String::from).collect()
}

/// A name of a quantity as it is stored.
fn flat(name: &Spanned<String>) -> String {
    name.get_ref().replace(['.', '-'], "_")
}

fn axes_in_words(axes: usize) -> String {
    match axes {
        0 => "no axes".into(),
        1 => "one axis".into(),
        n => format!("{n} axes"),
    }
}
