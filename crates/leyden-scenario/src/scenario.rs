//! From keys to a validated scenario.

use std::collections::BTreeMap;
use std::ops::Range;

use leyden::Method;
use leyden::charge::{AnySystem, Contents, Error, System};
use leyden::lindblad::Samples;
use leyden::model::{FieldError, ModelError};
use toml::Spanned;
use toml::de::DeTable;

use crate::disorder::{Disorder, disorder, in_sample};
use crate::fields::{in_keys, key_of_engine, key_of_parts, key_of_star, key_to_lower};
use crate::keys;
use crate::optimise::{Optimise, optimise};
use crate::read::{Assignment, Reader};
use crate::report::{Problem, Report};
use crate::shown::{Units, units_of};
use crate::sweep::{Axis, axes, spaced};
use crate::systems::{needs_times, system};
use crate::texts::{Files, ReadFile};
use crate::ties::Tie;
use crate::trajectories::{Drawing, trajectories};

/// A scenario that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its title.
    pub title: String,
    /// The system.
    pub system: AnySystem,
    /// Nondecreasing times >= 0; may be empty in a study, which then has long times only.
    pub times: Vec<f64>,
    /// The method; `None` takes the best one that applies.
    pub method: Option<Method>,
    /// Accuracy of the states.
    pub tolerance: f64,
    /// Whether maxima and averages of closed systems are asked for at any cost.
    pub extrema: bool,
    /// How trajectories are drawn.
    pub drawing: Drawing,
    /// Whether points of a study keep the energy ledger, as runs do.
    pub ledger: bool,
    /// Whether they keep bounds.
    pub bounds: bool,
    /// The axes of `[sweep]`; empty for one run.
    pub axes: Vec<Axis>,
    /// Keys of `[sweep]` that follow the axes.
    pub ties: Vec<Tie>,
    /// The search of `[optimise]`.
    pub optimise: Option<Optimise>,
    /// The random keys of `[disorder]`.
    pub disorder: Option<Disorder>,
    /// rad/s of the reference frequency, of which all numbers are multiples; `None` where it has no value.
    pub reference: Option<f64>,
    /// The units in which people see the numbers.
    pub units: Units,
    /// The text that it was read from.
    pub text: String,
    files: Files,
    name: String,
    spans: BTreeMap<String, Range<usize>>,
}

/// Values of an axis that are checked before a study starts.
const MOST_CHECKED: usize = 2000;

impl Scenario {
    /// Reads a scenario; `name` is shown in messages. Files that its texts name are refused.
    ///
    /// # Errors
    /// A [`Report`] of everything that is wrong.
    pub fn parse(name: &str, text: &str) -> Result<Self, Report> {
        Scenario::parse_with(name, text, &|_| Err("files cannot be read where no folder is given".into()))
    }

    /// The same, with what reads the files that its texts name (`samples("pulse.csv", t)`), each once.
    ///
    /// # Errors
    /// A [`Report`] of everything that is wrong.
    pub fn parse_with(name: &str, text: &str, read: ReadFile<'_>) -> Result<Self, Report> {
        let report = |problems| Report::new(name, text, problems);
        let document = DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let title = format!("the file is not TOML: {}", error.message());
            report(vec![Problem { span, title, label: "here".into(), help: None }])
        })?;
        let files = Files::of(document.get_ref(), read);
        let mut first = Reader::new(&document, text, &files, &[]);
        first.check_all_names();
        let (axes, ties) = axes(&mut first);
        let optimise = optimise(&mut first, &axes, &ties);
        let disorder = disorder(&mut first, &axes, &ties, optimise.as_ref());
        ties.iter().for_each(|tie| tie.check(&mut first, &axes, &ties, optimise.as_ref()));
        // What a study replaces must make sense as well.
        let variables =
            optimise.iter().flat_map(|optimise| &optimise.variables).map(|variable| &variable.key);
        let tied = ties.iter().map(|tie| &tie.key);
        let random = disorder.iter().flat_map(|disorder| &disorder.keys).map(|random| &random.key);
        axes.iter()
            .map(|axis| &axis.key)
            .chain(tied)
            .chain(variables)
            .chain(random)
            .for_each(|key| first.check_base(key));
        let mut problems = std::mem::take(&mut first.problems);
        // The system at the first point; keys that are swept, tied or searched need not be in the file.
        let corner: Vec<f64> = axes.iter().map(|axis| axis.values[0]).collect();
        let mut start = assignments(&axes, optimise.as_ref(), &corner, &[]);
        match follow(text, &ties, &axes, &corner) {
            Ok(tied) => start.extend(tied),
            // What is wrong with the form of a tie has been said.
            Err(problem) if problems.is_empty() => problems.push(problem),
            Err(_) => {}
        }
        start.extend(disorder.iter().flat_map(|disorder| disorder.at(None)));
        let mut reader = Reader::new(&document, text, &files, &start);
        // What `new` found has been found before.
        reader.problems = problems;
        let title = reader.text("", "title");
        let system = system(&mut reader);
        let study = !axes.is_empty() || optimise.is_some() || first.has_table(keys::SWEEP);
        let times = if needs_times(&reader) { times(&mut reader, study) } else { Some(Vec::new()) };
        let method = reader.word("method", "name").and_then(|name| name.parse().ok());
        let tolerance = tolerance(&mut reader);
        let extrema = reader.truth("method", "extrema").unwrap_or(false);
        let drawing = trajectories(&mut reader).unwrap_or_default();
        let ledger = reader.truth("method", "ledger").unwrap_or(false);
        let bounds = reader.truth("method", "bounds").unwrap_or(false);
        let (Some(times), Some(tolerance), true) = (times, tolerance, reader.problems.is_empty()) else {
            reader.problems.sort_by_key(|problem| problem.span.start);
            // What is wrong in the system is met again in its stages.
            reader.problems.dedup();
            return Err(report(reader.problems));
        };
        // What is random has no fixed value that could be a unit.
        let mut set = start.clone();
        set.retain(|set| {
            disorder.iter().all(|disorder| disorder.keys.iter().all(|random| random.key != set.key))
        });
        set.extend(disorder.iter().flat_map(Disorder::means));
        let places: Vec<_> = set.iter().map(|set| (set.key, set.span.clone())).collect();
        let units = units_of(&mut Reader::new(&document, text, &files, &set), text, &system, &places);
        // Keys of [optimise] were read by the first reader.
        let mut spans = first.spans;
        spans.append(&mut reader.spans);
        let reference = reader.reference;
        let scenario = Scenario {
            title: title.unwrap_or_else(|| "untitled".into()),
            system,
            times,
            method,
            tolerance,
            extrema,
            drawing,
            ledger,
            bounds,
            axes,
            ties,
            optimise,
            disorder,
            reference,
            units,
            text: text.into(),
            files,
            name: name.into(),
            spans,
        };
        // Every value of every axis, the others at their first: what is wrong there is wrong in the file.
        let template = scenario.template();
        for (i, axis) in scenario.axes.iter().enumerate() {
            // Of very long axes some values, the ends among them; what is wrong with others is said at their points.
            let step = axis.values.len().div_ceil(MOST_CHECKED);
            let ends = axis.values.last().filter(|_| step > 1);
            for &value in axis.values[1..].iter().step_by(step).chain(ends) {
                let mut values = corner.clone();
                values[i] = value;
                template.at(&values, &[])?;
            }
        }
        if let Some(disorder) = &scenario.disorder {
            let mut reader = Reader::new(&document, text, &scenario.files, &[]);
            disorder.check_draws(&mut reader, scenario.system.cells());
            if !reader.problems.is_empty() {
                return Err(report(reader.problems));
            }
            for sample in disorder.first_samples() {
                template.sample(&corner, &[], Some(sample))?;
            }
        }
        Ok(scenario)
    }

    /// The texts of the files that it names.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files.texts
    }

    /// The file that some samples are from.
    pub fn file_of(&self, samples: &Samples) -> String {
        self.files.name_of(samples).unwrap_or("samples.csv").into()
    }

    /// Whether a key is the number of cells of the battery: `battery.cells`, or the count of the one part that the battery is.
    pub fn counts_cells(&self, key: &str) -> bool {
        if key == "battery.cells" {
            return true;
        }
        let AnySystem::Parts(parts) = &self.system else { return false };
        let inside = parts.in_battery();
        let mut battery = parts.parts().iter().zip(inside).filter(|(_, inside)| *inside);
        match (battery.next(), battery.next()) {
            (Some((part, _)), None) => key == format!("{}.{}.count", keys::PARTS, part.name),
            _ => false,
        }
    }

    /// What its results have.
    pub fn contents(&self) -> Contents {
        Contents { trajectories: self.method == Some(Method::Trajectories), ..self.system.contents() }
    }

    /// Whether it has many points: those of a sweep, or samples that are kept.
    pub fn is_study(&self) -> bool {
        !self.axes.is_empty() || self.disorder.as_ref().is_some_and(|disorder| disorder.keep)
    }

    /// The scenario with its axes as free parameters.
    ///
    /// # Panics
    /// Never: the text has been parsed before.
    pub fn template(&self) -> Template<'_> {
        let document = DeTable::parse(&self.text).expect("parsed before");
        Template { scenario: self, document }
    }

    /// Shows why a run cannot start at the key that decides it.
    pub fn locate(&self, error: &Error) -> Report {
        if let Error::Model(ModelError::Parts(inner)) = error {
            return self.point_at(&key_of_parts(inner), in_keys(error), None);
        }
        let (key, help) = match error {
            Error::NotApplicable(inner) if inner.method == Method::Trajectories => {
                ("trajectories.picture", None)
            }
            Error::NotApplicable(_) => ("method.name", Some("name = \"auto\" takes a method that applies")),
            Error::Model(ModelError::ChargerState(_)) => ("initial.charger", None),
            Error::Model(ModelError::BatteryState(_)) => ("initial.battery", None),
            Error::Model(ModelError::SeveralOscillators { .. }) => ("battery.cells", None),
            Error::Model(ModelError::PerCell { .. }) => ("battery.frequency", None),
            Error::Model(ModelError::Times { .. }) => ("time.values", None),
            Error::Model(ModelError::Field(FieldError::CorrelationTime { .. })) => {
                ("charger.correlation_time", None)
            }
            Error::Model(ModelError::Field(_)) => ("charger.noise_start", None),
            Error::TooManyMembers { .. } => ("charger.correlation_time", None),
            Error::Engine(error) => (key_of_engine(error), None),
            Error::NmrStar(error) => (key_of_star(error), None),
            Error::Protocol(inner) => return self.at_stage(inner.place(), in_keys(error)),
            Error::StarStage(inner) => return self.at_stage(inner.place(), in_keys(error)),
            Error::Model(_) | Error::Moments(_) | Error::Unknown(_) => ("charger.kind", None),
            Error::TooLarge { lower, .. }
            | Error::TooManyTimes { lower, .. }
            | Error::TooLong { lower, .. } => (key_to_lower(*lower), None),
        };
        self.point_at(key, in_keys(error), help)
    }

    /// A report at a stage, or at the list of them.
    fn at_stage(&self, place: Option<(usize, &str)>, title: String) -> Report {
        let key = match place.map(|(stage, key)| (stage, format!("stage.{stage}.{key}"))) {
            None => keys::STAGE.into(),
            Some((_, key)) if self.spans.contains_key(&key) => key,
            Some((stage, _)) => format!("stage.{stage}.kind"),
        };
        self.point_at(&key, title, None)
    }

    /// A report at the place of a key, with the cure if there is one.
    pub fn point_at(&self, key: &str, title: String, help: Option<&str>) -> Report {
        // A key that the file leaves out is shown where its table stands, else at the end.
        let end = self.text.len();
        let table = key.split('.').next().unwrap_or(key);
        let (span, label) = match (self.spans.get(key), self.spans.get(table)) {
            (Some(value), _) => (value.clone(), format!("`{key}` decides this")),
            (None, Some(table)) => (table.clone(), format!("`{key}`, not given here, decides this")),
            (None, None) => (end..end, format!("`{key}`, not given, decides this")),
        };
        let problem = Problem { span, title, label, help: help.map(String::from) };
        Report::new(&self.name, &self.text, vec![problem])
    }
}

/// A scenario whose axes and variables are free.
#[derive(Clone, Debug)]
pub struct Template<'a> {
    scenario: &'a Scenario,
    document: Spanned<DeTable<'a>>,
}

/// One point of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The system.
    pub system: AnySystem,
    /// Accuracy of the states.
    pub tolerance: f64,
}

impl Template<'_> {
    /// The point with `values` on the axes and, in a search, `chosen` for the variables (else their first ends).
    ///
    /// # Errors
    /// A [`Report`] when the values do not go together.
    pub fn at(&self, values: &[f64], chosen: &[f64]) -> Result<Point, Report> {
        self.sample(values, chosen, None)
    }

    /// The first sample of `[disorder]` there; `None` where nothing is random or its values do not go together.
    pub fn first_sample(&self, values: &[f64], chosen: &[f64]) -> Option<Point> {
        self.scenario.disorder.as_ref()?;
        self.sample(values, chosen, Some(1)).ok()
    }

    /// The same in a sample of `[disorder]`, counted from 1; `None` is the base.
    ///
    /// # Errors
    /// A [`Report`] when the values do not go together.
    pub fn sample(&self, values: &[f64], chosen: &[f64], sample: Option<usize>) -> Result<Point, Report> {
        let Scenario { axes, ties, optimise, disorder, text, name, files, .. } = self.scenario;
        let mut list = assignments(axes, optimise.as_ref(), values, chosen);
        let tied =
            follow(text, ties, axes, values).map_err(|problem| Report::new(name, text, vec![problem]))?;
        list.extend(tied);
        list.extend(disorder.iter().flat_map(|disorder| disorder.at(sample)));
        let mut reader = Reader::new(&self.document, text, files, &list);
        let system = system(&mut reader);
        let tolerance = tolerance(&mut reader);
        match tolerance {
            Some(tolerance) if reader.problems.is_empty() => Ok(Point { system, tolerance }),
            _ => {
                let mut problems = reader.problems;
                if let Some(sample) = sample {
                    problems.iter_mut().for_each(|problem| in_sample(problem, sample));
                }
                Err(Report::new(name, text, problems))
            }
        }
    }
}

/// What a point sets: the values of the axes, and those chosen for variables, else their first ends.
fn assignments(
    axes: &[Axis],
    optimise: Option<&Optimise>,
    values: &[f64],
    chosen: &[f64],
) -> Vec<Assignment> {
    let of_axes = (axes.iter().zip(values)).map(|(axis, &value)| Assignment {
        key: axis.key,
        value,
        least: axis.least,
        span: axis.span.clone(),
        draw: None,
    });
    let variables = optimise.into_iter().flat_map(|optimise| &optimise.variables).enumerate();
    let of_variables = variables.map(|(i, variable)| Assignment {
        key: variable.key,
        value: chosen.get(i).copied().unwrap_or(variable.from),
        least: variable.from,
        span: variable.span.clone(),
        draw: None,
    });
    of_axes.chain(of_variables).collect()
}

/// What ties set at a point.
fn follow(text: &str, ties: &[Tie], axes: &[Axis], values: &[f64]) -> Result<Vec<Assignment>, Problem> {
    ties.iter().map(|tie| tie.at(text, axes, values)).collect()
}

fn tolerance(reader: &mut Reader<'_>) -> Option<f64> {
    let tolerance = reader.number("method", "tolerance").unwrap_or(1e-8);
    if !(1e-13..=1e-2).contains(&tolerance) {
        let title = format!("`method.tolerance` must be between 1e-13 and 1e-2, but is {tolerance:e}");
        return reader.refuse(reader.place("method", "tolerance"), title, "out of range", None);
    }
    Some(tolerance)
}

/// The times; a study may leave them out.
fn times(reader: &mut Reader<'_>, study: bool) -> Option<Vec<f64>> {
    if !reader.has_table("time") {
        if study {
            return Some(Vec::new());
        }
        let (title, label) = ("`[time]` is missing", "no times to compute");
        let help = Some("add [time] with end = 40.0 and points = 401".into());
        return reader.refuse(reader.place("time", "end"), title, label, help);
    }
    if reader.has("time", "values") {
        for other in ["start", "end", "points", "spacing"] {
            if reader.has("time", other) {
                let title = format!("`time.values` lists the times, so `time.{other}` has no meaning");
                reader.problem_at("time", other, title, "remove this or `values`", None);
            }
        }
        return reader.times("time", "values");
    }
    if !reader.has("time", "end") {
        let help = Some("add end = 40.0, or values = [0.0, 1.0, 5.0]".into());
        return reader.refuse(reader.place("time", "end"), "`time.end` is missing", "until when?", help);
    }
    let spacing = reader.word("time", "spacing");
    let points = if reader.has("time", "points") { reader.count("time", "points") } else { Some(401) };
    let start = if reader.has("time", "start") { reader.number("time", "start") } else { Some(0.0) };
    let (start, end, points) = (start?, reader.number("time", "end")?, points?);
    if end < start || (end == start && points > 1) {
        let title = format!("`time.end` must be above `time.start`, {start:?}, but is {end:?}");
        return reader.refuse(reader.place("time", "end"), title, "not after the start", None);
    }
    if spacing == Some("log") && start <= 0.0 {
        let title = format!("`time.start` must be above 0 for spacing = \"log\", but is {start:?}");
        let help = Some("add start = 0.01".into());
        return reader.refuse(reader.place("time", "start"), title, "log(0) does not exist", help);
    }
    if points == 1 {
        return Some(vec![end]);
    }
    let times = spaced(start, end, points, spacing == Some("log"));
    if times.windows(2).any(|pair| pair[1] <= pair[0]) || times.iter().any(|t| !t.is_finite()) {
        let title =
            format!("`time.points` = {points} times between {start:?} and {end:?} are not distinct numbers");
        return reader.refuse(reader.place("time", "points"), title, "too many", None);
    }
    Some(times)
}
