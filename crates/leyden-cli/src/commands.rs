//! One function per command.

use std::io::Write;
use std::path::Path;

use leyden::Progress;
use leyden::charge::{Request, System};
use leyden_results::summary;
use leyden_results::{Document, RunError};
use leyden_scenario::shipped::DEFAULT;
use leyden_scenario::{Scenario, with_overrides};
use leyden_study::{DrawError, Folder, machine, read_beside};
use tempfile::TempDir;

use crate::arguments::{Arguments, Check, Command, Run, Source, WORDS};
use crate::figure::{Keep, update};
use crate::outcome::{Code, Failure, read, say};
use crate::suggest::{need_result, need_scenario};
use crate::voice::{Clock, detail, tell};
use crate::watch::Watch;
use crate::{atlas, cleanup, cluster, export, figure, shell, shipped, study, voice};

pub(crate) fn dispatch(arguments: Arguments) -> Result<Code, Failure> {
    match arguments.command {
        Command::Run(run) => self::run(&run),
        Command::Check(arguments) => check(&arguments),
        Command::New(arguments) => shipped::new(&arguments),
        Command::Figure(arguments) => figure::figure(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Merge { into, others } => {
            // What receives the points may be new.
            let read = if others.is_empty() { std::slice::from_ref(&into) } else { &others };
            read.iter().try_for_each(|folder| need_result(folder))?;
            study::merge(&into, &others)
        }
        Command::Atlas(arguments) => atlas::atlas(&arguments),
        Command::Submit(arguments) => cluster::submit(&arguments, &scenario(&arguments.source)?),
        Command::Status(asked) => {
            need_result(&asked.folder)?;
            cluster::status(&asked)
        }
        Command::Words => say(WORDS).map(|()| Code::Good),
        Command::Schema => say(&format!("{:#}\n", leyden_scenario::schema())).map(|()| Code::Good),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man => shell::man(),
    }
}

fn scenario(source: &Source) -> Result<Scenario, Failure> {
    let (name, text, folder) = match &source.file {
        None => (format!("{}.toml", DEFAULT.0), DEFAULT.1.to_string(), Path::new("")),
        Some(path) => {
            need_scenario(path)?;
            (path.display().to_string(), read(path)?, path.parent().unwrap_or(Path::new("")))
        }
    };
    let mut set = source.set.clone();
    set.extend(source.method.iter().map(|method| format!("method.name=\"{method}\"")));
    let name = if set.is_empty() { name } else { format!("{name} with --set") };
    let text = with_overrides(&text, &set).map_err(Failure::new)?;
    leyden_results::read_with(&name, &text, &|file| read_beside(folder, file)).map_err(Failure::at)
}

fn run(arguments: &Run) -> Result<Code, Failure> {
    let mut clock = Clock::start();
    let scenario = scenario(&arguments.source)?;
    clock.lap("scenario read");
    if scenario.is_study() {
        if arguments.ledger {
            return Err(Failure::new(
                "--ledger is for a single run; points of a sweep keep their ledger with method.ledger = true",
            ));
        }
        if arguments.bounds {
            return Err(Failure::new(
                "--bounds is for a single run; points of a sweep keep their bounds with method.bounds = true",
            ));
        }
        return study::run(arguments, &scenario);
    }
    if arguments.shard.is_some() {
        return Err(Failure::new("--shard is for a sweep, and this scenario has no [sweep]"));
    }
    let folder = arguments.folder(&scenario.title);
    let lock = folder.as_ref().map(Folder::lock).transpose()?;
    lock.iter().for_each(|lock| cleanup::made(lock.made()));
    if let Some(folder) = &folder
        && let Some(document) = folder.holds(&scenario)?
        && (!arguments.verify || document.has("verify"))
    {
        leyden_study::remove_samples(folder.path())?;
        // What follows from the document is made again where a run was interrupted, or it got lost.
        if !leyden_study::has_run_store(folder, &scenario, &document) {
            leyden_study::write_run_store(folder, &scenario, &document)?;
            if let Some(figure) = drawn(arguments, &document) {
                update(folder, Keep::All, || Ok(figure))?;
            }
        }
        if (arguments.ledger || arguments.bounds)
            && let Some(figure) = drawn(arguments, &document)
        {
            update(folder, Keep::Foreign, || Ok(figure))?;
        }
        report(arguments, &document, Some(&format!("complete already: {}", folder.path().display())))?;
        return Ok(code(&document));
    }
    announce(&scenario);
    let request = leyden_results::request(&scenario, arguments.verify, machine::memory_limit());
    let request = leyden::Request { whole_path: request.whole_path || arguments.bounds, ..request };
    let watch = Watch::over(&request.progress);
    let mut document = computed(arguments, &scenario, &request, folder.as_ref(), watch)?;
    if scenario.disorder.is_some() {
        clock.lap("base computed");
        document = samples(arguments, &scenario, &document, folder.as_ref())?;
    }
    clock.lap("computed");
    let written = match &folder {
        None => None,
        Some(folder) => {
            folder.write(&scenario, &document)?;
            leyden_study::remove_samples(folder.path())?;
            leyden_study::remove_trajectories(folder.path())?;
            leyden_study::write_run_store(folder, &scenario, &document)?;
            let drawn = match drawn(arguments, &document) {
                Some(figure) => update(folder, Keep::Foreign, || Ok(figure))?.to_string(),
                None => String::new(),
            };
            clock.lap("written and drawn");
            voice::files(folder.path());
            Some(format!("wrote {}/ (scenario.toml, result.json{drawn})", folder.path().display()))
        }
    };
    report(arguments, &document, written.as_deref())?;
    Ok(code(&document))
}

/// The document of a run, without samples of `[disorder]`.
fn computed(
    arguments: &Run,
    scenario: &Scenario,
    request: &Request,
    folder: Option<&Folder>,
    watch: Watch,
) -> Result<Document, Failure> {
    let located = |error: RunError| Failure::at(error.locate(scenario));
    if !leyden_study::is_drawn(scenario) {
        let document = leyden_results::base(scenario, request);
        drop(watch);
        return document.map_err(located);
    }
    let threads = arguments.threads.map_or_else(machine::threads, usize::from);
    let document = leyden_study::run_trajectories(scenario, request, folder.map(Folder::path), threads);
    drop(watch);
    document.map_err(|error| match error {
        DrawError::Run(error) => located(error),
        DrawError::Store(error) => error.into(),
    })
}

/// The document of a run with means over its samples, those of earlier runs in its folder included.
fn samples(
    arguments: &Run,
    scenario: &Scenario,
    base: &Document,
    folder: Option<&Folder>,
) -> Result<Document, Failure> {
    let scratch = folder.is_none().then(|| study::scratch(1)).transpose()?;
    let path = folder.map_or_else(|| scratch.as_ref().map_or(Path::new("."), TempDir::path), Folder::path);
    let threads = arguments.threads.map_or_else(machine::threads, usize::from);
    let told = Progress::default();
    let bar = study::Bar::new(&told, leyden::progress::Doing::Realisations);
    let done = leyden_study::run_samples(
        scenario,
        base,
        path,
        threads,
        machine::memory_limit(),
        &Progress::default(),
        &|progress| bar.show(progress),
    );
    bar.end();
    // Nobody cancels it.
    Ok(done?.unwrap_or_else(|| base.clone()))
}

/// Says on a terminal how long a long run will take, and as a detail what will run.
fn announce(scenario: &Scenario) {
    const LONG: f64 = 3.0;
    let request = leyden_results::request(scenario, false, machine::memory_limit());
    detail(|| match scenario.system.plan(&request) {
        Ok(plan) => summary::plan(scenario, &plan).trim_end().into(),
        Err(error) => leyden_scenario::in_keys(&error),
    });
    if !voice::on_a_terminal() || !scenario.contents().charging {
        return;
    }
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
    tell(&summary::text(document))?;
    if arguments.ledger {
        tell(&summary::ledger(document))?;
    }
    if arguments.bounds {
        tell(&summary::bounds(document))?;
    }
    last.map_or(Ok(()), |last| tell(&format!("{last}\n")))
}

fn drawn(arguments: &Run, document: &Document) -> Option<leyden_figures::Figure> {
    leyden_draw::of_run_with(
        document,
        leyden_draw::Below { ledger: arguments.ledger, bounds: arguments.bounds },
    )
}

fn code(document: &Document) -> Code {
    let samples = document.number("disorder.failed").unwrap_or(0.0);
    if document.converged() && samples == 0.0 { Code::Good } else { Code::Failed }
}

fn check(Check { source, as_text }: &Check) -> Result<Code, Failure> {
    let scenario = scenario(source)?;
    if *as_text {
        let text = scenario.as_text().map_err(Failure::at)?;
        return say(&text).map(|()| Code::Good);
    }
    let request = leyden_results::request(&scenario, false, machine::memory_limit());
    match leyden_results::plan(&scenario, &request) {
        Ok(plan) => tell(&summary::plan(&scenario, &plan)).map(|()| Code::Good),
        // A sweep records points that cannot run as failed.
        Err(error) if scenario.is_study() => {
            Failure::at(scenario.locate(&error)).say();
            Ok(Code::Failed)
        }
        Err(error) => Err(Failure::at(scenario.locate(&error))),
    }
}
