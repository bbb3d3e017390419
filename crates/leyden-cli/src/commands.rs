//! One function per command.

use std::fmt;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use leyden_scenario::{OverrideError, Report, Scenario, with_overrides};
use leyden_study::{Document, Folder, FolderError, Holds, Store, StoreError};

use crate::arguments::{Arguments, Command, Run, Source};
use crate::{draw, machine, study, summary};

const DEFAULT: &str = include_str!("../../../scenarios/two-qubits.toml");
const STARTER: &str = include_str!("../../../scenarios/starter.toml");

/// Exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// All good.
    Good = 0,
    /// A run ended without converging.
    Failed = 1,
    /// Usage or input.
    Input = 2,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        ExitCode::from(code as u8)
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    Read { path: PathBuf, source: std::io::Error },
    Write { path: PathBuf, source: std::io::Error },
    Exists { path: PathBuf },
    Override(OverrideError),
    Scenario(Report),
    Folder(FolderError),
    Store(StoreError),
    Spec(draw::SpecError),
    VerifySweep,
    ShardOfOne,
    SpecOfOne,
    Figure(leyden_figures::FigureError),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Read { path, source } => write!(f, "error: cannot read {}: {source}", path.display()),
            Failure::Write { path, source } => write!(f, "error: cannot write {}: {source}", path.display()),
            Failure::Exists { path } => {
                write!(f, "error: {} exists already; choose another name: leyden new NAME", path.display())
            }
            Failure::Override(error) => write!(f, "error: {error}"),
            Failure::Scenario(report) => f.write_str(&report.render(std::io::stderr().is_terminal())),
            Failure::Folder(error) => write!(f, "error: {error}"),
            Failure::Store(error) => write!(f, "error: {error}"),
            Failure::Spec(error) => write!(f, "error: {error}"),
            Failure::SpecOfOne => f.write_str("error: --spec is for the store of a sweep"),
            Failure::VerifySweep => f.write_str(
                "error: --verify is for one run; verify single points with --set and without [sweep]",
            ),
            Failure::ShardOfOne => {
                f.write_str("error: --shard is for a sweep, and this scenario has no [sweep]")
            }
            Failure::Figure(error) => write!(f, "error: {error}"),
        }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        Failure::Folder(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

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
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|source| Failure::Read { path: path.clone(), source })?;
            (path.display().to_string(), text)
        }
    };
    let mut set = source.set.clone();
    set.extend(source.method.iter().map(|method| format!("method.name=\"{method}\"")));
    let name = if set.is_empty() { name } else { format!("{name} with --set") };
    let text = with_overrides(&text, &set).map_err(Failure::Override)?;
    Scenario::parse(&name, &text).map_err(Failure::Scenario)
}

fn run(arguments: &Run) -> Result<Code, Failure> {
    let scenario = scenario(&arguments.source)?;
    if !scenario.axes.is_empty() {
        return study::run(arguments, &scenario);
    }
    if arguments.shard.is_some() {
        return Err(Failure::ShardOfOne);
    }
    let folder = match (&arguments.out, arguments.json) {
        (Some(path), _) => Some(Folder::at(path)),
        (None, true) => None,
        (None, false) => Some(Folder::for_title(&scenario.title)),
    };
    if let Some(folder) = &folder
        && let Holds::Result(document) = folder.holds(&scenario.text)?
        && (!arguments.verify || document.verify.is_some())
    {
        report(arguments, &document, Some(&format!("complete already: {}", folder.path().display())))?;
        return Ok(code(&document));
    }
    let document = leyden_study::run(&scenario, arguments.verify, machine::memory_limit())
        .map_err(|error| Failure::Scenario(error.locate(&scenario)))?;
    let written = match &folder {
        None => None,
        Some(folder) => {
            folder.write(&scenario.text, &document)?;
            draw_into(folder, &document)?;
            Some(format!(
                "wrote {}/ (scenario.toml, result.json, figure.svg, figure.png)",
                folder.path().display()
            ))
        }
    };
    report(arguments, &document, written.as_deref())?;
    Ok(code(&document))
}

fn report(arguments: &Run, document: &Document, last: Option<&str>) -> Result<(), Failure> {
    if arguments.json {
        return say(&format!("{}\n", document.to_json()));
    }
    say(&summary::text(document))?;
    last.map_or(Ok(()), |last| say(&format!("{last}\n")))
}

/// Prints to standard output; a reader that has gone away (`| head`) is no error.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Write { path: "standard output".into(), source })
        }
        _ => Ok(()),
    }
}

fn code(document: &Document) -> Code {
    if document.outcome == "converged" { Code::Good } else { Code::Failed }
}

fn check(source: &Source) -> Result<Code, Failure> {
    let scenario = scenario(source)?;
    let request = leyden_study::request(&scenario, false, machine::memory_limit());
    let plan = scenario.model.plan(&request).map_err(|error| Failure::Scenario(scenario.locate(&error)))?;
    say(&summary::plan(&scenario, &plan))?;
    Ok(Code::Good)
}

fn new(name: &str) -> Result<Code, Failure> {
    let path = PathBuf::from(if name.ends_with(".toml") { name.to_string() } else { format!("{name}.toml") });
    let mut file = match std::fs::File::create_new(&path) {
        Ok(file) => file,
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(Failure::Exists { path });
        }
        Err(source) => return Err(Failure::Write { path, source }),
    };
    file.write_all(STARTER.as_bytes()).map_err(|source| Failure::Write { path: path.clone(), source })?;
    say(&format!("wrote {0}; next: leyden run {0}\n", path.display()))?;
    Ok(Code::Good)
}

fn figure(store: &Path, spec: Option<&Path>) -> Result<Code, Failure> {
    let folder = Folder::at(store);
    match Store::open_read(store) {
        Ok(reader) => {
            study::draw_into(&folder, &reader, spec)?;
        }
        Err(StoreError::NotAStore { .. }) if spec.is_some() => return Err(Failure::SpecOfOne),
        Err(StoreError::NotAStore { .. }) => draw_into(&folder, &folder.read()?)?,
        Err(error) => return Err(error.into()),
    }
    say(&format!("wrote {0}/figure.svg and {0}/figure.png\n", store.display()))?;
    Ok(Code::Good)
}

fn draw_into(folder: &Folder, document: &Document) -> Result<(), Failure> {
    write_figure(folder, &draw::traces(document))
}

pub(crate) fn write_figure(folder: &Folder, figure: &leyden_figures::Figure) -> Result<(), Failure> {
    let svg = figure.to_svg();
    folder.write_file("figure.svg", svg.as_str().as_bytes())?;
    folder.write_file("figure.png", &svg.to_png(300.0).map_err(Failure::Figure)?)?;
    Ok(())
}
