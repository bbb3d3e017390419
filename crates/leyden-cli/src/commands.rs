//! One function per command.

use std::io::{ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use leyden::charge::System;
use leyden_results::Document;
use leyden_scenario::{Scenario, with_overrides};
use leyden_study::{Folder, Store, StoreError};

use crate::arguments::{Arguments, Command, Run, Source};
use crate::outcome::{Code, Failure, read, say};
use crate::study::write_figure;
use crate::watch::Watch;
use crate::{cleanup, machine, study, summary};

const DEFAULT: &str = include_str!("../scenarios/two-qubits.toml");
const STARTER: &str = include_str!("../scenarios/starter.toml");

pub(crate) fn dispatch(arguments: Arguments) -> Result<Code, Failure> {
    match arguments.command {
        Command::Run(run) => self::run(&run),
        Command::Check(source) => check(&source),
        Command::New { name } => new(&name),
        Command::Figure { store, spec } => figure(&store, spec.as_deref()),
        Command::Merge { into, others } => study::merge(&into, &others),
    }
}

fn scenario(source: &Source) -> Result<Scenario, Failure> {
    let (name, text) = match &source.file {
        None => ("two-qubits.toml".to_string(), DEFAULT.to_string()),
        Some(path) => (path.display().to_string(), read(path)?),
    };
    let mut set = source.set.clone();
    set.extend(source.method.iter().map(|method| format!("method.name=\"{method}\"")));
    let name = if set.is_empty() { name } else { format!("{name} with --set") };
    let text = with_overrides(&text, &set).map_err(Failure::new)?;
    leyden_results::read(&name, &text).map_err(Failure::at)
}

fn run(arguments: &Run) -> Result<Code, Failure> {
    let scenario = scenario(&arguments.source)?;
    if !scenario.axes.is_empty() {
        return study::run(arguments, &scenario);
    }
    if arguments.shard.is_some() {
        return Err(Failure::new("--shard is for a sweep, and this scenario has no [sweep]"));
    }
    let folder = arguments.folder(&scenario.title);
    let lock = folder.as_ref().map(Folder::lock).transpose()?;
    lock.iter().for_each(|lock| cleanup::made(lock.made()));
    if let Some(folder) = &folder
        && let Some(document) = folder.holds(&scenario.text)?
        && (!arguments.verify || document.has("verify"))
    {
        report(arguments, &document, Some(&format!("complete already: {}", folder.path().display())))?;
        return Ok(code(&document));
    }
    announce(&scenario);
    let request = leyden_results::request(&scenario, arguments.verify, machine::memory_limit());
    let watch = Watch::over(&request.progress);
    let document = leyden_results::run(&scenario, &request);
    drop(watch);
    let document = document.map_err(|error| Failure::at(error.locate(&scenario)))?;
    let written = match &folder {
        None => None,
        Some(folder) => {
            folder.write(&scenario.text, &document)?;
            leyden_study::write_run_store(folder, &scenario, &document)?;
            let drawn = if draw_into(folder, &document)? { ", figure.svg, figure.png" } else { "" };
            Some(format!("wrote {}/ (scenario.toml, result.json{drawn})", folder.path().display()))
        }
    };
    report(arguments, &document, written.as_deref())?;
    Ok(code(&document))
}

/// Says on a terminal how long a long run will take.
fn announce(scenario: &Scenario) {
    const LONG: f64 = 3.0;
    if !std::io::stderr().is_terminal() || !scenario.system.parts().charging {
        return;
    }
    let request = leyden_results::request(scenario, false, machine::memory_limit());
    if let Ok(plan) = scenario.system.plan(&request)
        && let Some(seconds) = plan.seconds.filter(|seconds| *seconds > LONG)
    {
        // Standard error may be closed or full.
        let _ = writeln!(
            std::io::stderr(),
            "{}: {} numbers, {}",
            plan.method,
            plan.dimension,
            summary::duration(seconds)
        );
    }
}

fn report(arguments: &Run, document: &Document, last: Option<&str>) -> Result<(), Failure> {
    if arguments.json {
        return say(&format!("{}\n", document.to_json()));
    }
    say(&summary::text(document))?;
    last.map_or(Ok(()), |last| say(&format!("{last}\n")))
}

fn code(document: &Document) -> Code {
    if document.converged() { Code::Good } else { Code::Failed }
}

fn check(source: &Source) -> Result<Code, Failure> {
    let scenario = scenario(source)?;
    let request = leyden_results::request(&scenario, false, machine::memory_limit());
    match leyden_results::plan(&scenario, &request) {
        Ok(plan) => say(&summary::plan(&scenario, &plan)).map(|()| Code::Good),
        // A sweep records points that cannot run as failed.
        Err(error) if !scenario.axes.is_empty() => {
            let _ = writeln!(std::io::stderr(), "{}", Failure::at(scenario.locate(&error)));
            Ok(Code::Failed)
        }
        Err(error) => Err(Failure::at(scenario.locate(&error))),
    }
}

fn new(name: &str) -> Result<Code, Failure> {
    let path = PathBuf::from(if name.ends_with(".toml") { name.to_string() } else { format!("{name}.toml") });
    let shown = path.display();
    let mut file = std::fs::File::create_new(&path).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => {
            Failure::new(format_args!("{shown} exists already; choose another name: leyden new NAME"))
        }
        _ => Failure::writing(&path)(source),
    })?;
    file.write_all(STARTER.as_bytes()).map_err(Failure::writing(&path))?;
    say(&format!("wrote {shown}; next: leyden run {shown}\n"))?;
    Ok(Code::Good)
}

fn figure(store: &Path, spec: Option<&Path>) -> Result<Code, Failure> {
    let folder = Folder::at(store);
    match Store::open_read(store) {
        Ok(reader) => {
            study::draw_into(&folder, &reader, spec)?;
        }
        Err(StoreError::NotAStore { .. }) if spec.is_some() => {
            return Err(Failure::new("--spec is for the store of a sweep"));
        }
        Err(StoreError::NotAStore { .. }) => {
            if !draw_into(&folder, &folder.read()?)? {
                return Err(Failure::new(
                    "an engine alone has nothing that changes with time; draw a sweep over one of its keys",
                ));
            }
        }
        Err(error) => return Err(error.into()),
    }
    say(&format!("wrote {0}/figure.svg and {0}/figure.png\n", store.display()))?;
    Ok(Code::Good)
}

/// Draws what changes with time, if anything does.
fn draw_into(folder: &Folder, document: &Document) -> Result<bool, Failure> {
    leyden_draw::of_run(document).map_or(Ok(false), |figure| write_figure(folder, &figure).map(|()| true))
}
