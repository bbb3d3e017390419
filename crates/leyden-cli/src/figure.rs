//! `leyden figure`, and how figures become files: what leyden did not draw is not replaced.

use std::fmt;
use std::path::{Path, PathBuf};

use leyden_draw::by_spec;
use leyden_figures::{Format, is_drawn_here};
use leyden_results::{Document, StudyData};
use leyden_study::{Folder, Store, StoreReader, study_data};

use crate::arguments::Figure;
use crate::outcome::{Code, Failure, read};
use crate::suggest::need_result;
use crate::voice::{Clock, tell};

/// The names without their ends of the figure that every result folder has.
const DEFAULT: &str = "figure";

/// The format that the name of a file asks for.
fn format_of(path: &Path) -> Result<Format, Failure> {
    let end = path.extension().unwrap_or_default().to_string_lossy();
    Format::of_extension(&end).ok_or_else(|| {
        Failure::new(format_args!("{} must end in .svg, .png or .pdf, which says the format", path.display()))
    })
}

pub(crate) fn figure(arguments: &Figure) -> Result<Code, Failure> {
    let mut clock = Clock::start();
    arguments.folders.iter().try_for_each(|folder| need_result(folder))?;
    let first = &arguments.folders[0];
    let spec = arguments.spec.as_deref();
    let paths = match &arguments.output {
        Some(path) => vec![path.clone()],
        None if arguments.folders.len() > 1 => {
            return Err(Failure::new(
                "a figure of several results needs a file of its own: add --output NAME.svg",
            ));
        }
        None => in_folder(first, &stem(spec)).to_vec(),
    };
    let formats = paths.iter().map(|path| format_of(path)).collect::<Result<Vec<_>, _>>()?;
    if !arguments.force
        && let Some(foreign) = paths.iter().find(|path| !is_free(path))
    {
        return Err(Failure::new(format_args!(
            "{} was not drawn by leyden, and stays; choose another file with --output, or replace it with --force",
            foreign.display()
        )));
    }
    let figure = match &arguments.folders[..] {
        [folder] => of_folder(folder, spec)?,
        folders => {
            let figures = folders.iter().map(|folder| of_folder(folder, spec));
            leyden_draw::side_by_side(figures.collect::<Result<_, _>>()?)
        }
    };
    clock.lap("read");
    for (path, format) in paths.iter().zip(formats) {
        write(path, &format.draw(&figure).map_err(Failure::new)?)?;
        clock.lap(&format!("drew {}", path.display()));
    }
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    tell(&format!("wrote {}\n", paths.join(" and "))).map(|()| Code::Good)
}

/// The figure of a result folder, as the file `spec` says or as the result suggests.
fn of_folder(folder: &Path, spec: Option<&Path>) -> Result<leyden_figures::Figure, Failure> {
    match Folder::at(folder).is_run() {
        true => of_run(&Folder::at(folder).read()?, spec),
        false => of_study(&Store::open_read(folder)?, spec),
    }
}

fn of_run(document: &Document, spec: Option<&Path>) -> Result<leyden_figures::Figure, Failure> {
    if let Some(spec) = spec {
        return by_spec(&StudyData::of_run(document), &read(spec)?).map_err(Failure::new);
    }
    leyden_draw::of_run(document).ok_or_else(|| {
        Failure::new("an engine alone has nothing that changes with time; draw a sweep over one of its keys")
    })
}

pub(crate) fn of_study(store: &StoreReader, spec: Option<&Path>) -> Result<leyden_figures::Figure, Failure> {
    let text = spec.map(read).transpose()?;
    let data = study_data(store, text.is_some())?;
    match text {
        Some(text) => by_spec(&data, &text).map_err(Failure::new),
        None => Ok(leyden_draw::figure(&data, None)),
    }
}

/// A figure that was asked for leaves the one of the result alone.
fn stem(spec: Option<&Path>) -> String {
    let name = spec.and_then(Path::file_stem).map(|name| format!("{DEFAULT}-{}", name.to_string_lossy()));
    name.unwrap_or(DEFAULT.into())
}

fn in_folder(folder: &Path, stem: &str) -> [PathBuf; 2] {
    ["svg", "png"].map(|end| folder.join(format!("{stem}.{end}")))
}

/// Whether nothing is at `path`, or a figure that leyden drew.
fn is_free(path: &Path) -> bool {
    match std::fs::read(path) {
        Ok(file) => is_drawn_here(&file),
        Err(_) => !path.exists(),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Folder::at(folder).write_file(&name, bytes).map_err(Failure::from)
}

/// Figures of a result folder that a run keeps up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Whatever is there: nothing was computed since.
    All,
    /// What leyden did not draw.
    Foreign,
}

/// Draws the figure of a result into its folder, as far as it may; the names of the files that it wrote.
pub(crate) fn update(
    folder: &Folder,
    keep: Keep,
    draw: impl FnOnce() -> Result<leyden_figures::Figure, Failure>,
) -> Result<Written, Failure> {
    let mut paths = in_folder(folder.path(), DEFAULT).to_vec();
    paths.retain(|path| match keep {
        Keep::All => !path.exists(),
        Keep::Foreign => is_free(path),
    });
    if !paths.is_empty() {
        let figure = draw()?;
        for path in &paths {
            write(path, &format_of(path)?.draw(&figure).map_err(Failure::new)?)?;
        }
    }
    Ok(Written(paths))
}

/// Files that were written, shown as the end of a list of names.
pub(crate) struct Written(Vec<PathBuf>);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|path| write!(f, ", {}", path.file_name().unwrap_or_default().display()))
    }
}
