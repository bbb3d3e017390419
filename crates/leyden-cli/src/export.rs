//! `leyden export`: results as comma-separated values.

use std::path::{Path, PathBuf};

use leyden_results::StudyData;
use leyden_study::{Folder, Status, Store, StoreReader, stored_data};

use crate::arguments::Export;
use crate::outcome::{Code, Failure, say};
use crate::suggest::need_result;
use crate::voice::tell;

/// The names of the files in a result folder, without their ends.
const NAME: &str = "result";

pub(crate) fn export(arguments: &Export) -> Result<Code, Failure> {
    need_result(&arguments.folder)?;
    let (data, texts) = read(&arguments.folder)?;
    let texts: Vec<(&str, &[String])> = texts.iter().map(|(name, texts)| (*name, &texts[..])).collect();
    let (points, series) = (data.points_as_csv(&texts), data.series_as_csv());
    // What one looks at first: a run over time, the points of a sweep.
    let (first, second) = match (data.axes.is_empty(), series) {
        (true, Some(series)) => (series, Some(("numbers", points))),
        (false, Some(series)) => (points, Some(("series", series))),
        (_, None) => (points, None),
    };
    let path = match &arguments.output {
        Some(path) if path == Path::new("-") => return say(&first).map(|()| Code::Good),
        Some(path) => path.clone(),
        None => arguments.folder.join(format!("{NAME}.csv")),
    };
    let mut written = vec![write(&path, &first)?];
    if let Some((what, text)) = second {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let end = path.extension().map_or(String::new(), |end| format!(".{}", end.to_string_lossy()));
        written.push(write(&path.with_file_name(format!("{stem}-{what}{end}")), &text)?);
    }
    tell(&format!("wrote {}\n", written.join(" and "))).map(|()| Code::Good)
}

/// A name, and a text per point.
type Texts = (&'static str, Vec<String>);

/// The numbers of a result folder, and what stands beside them at every point.
fn read(folder: &Path) -> Result<(StudyData, Vec<Texts>), Failure> {
    if Folder::at(folder).is_run() {
        return Ok((StudyData::of_run(&Folder::at(folder).read()?), Vec::new()));
    }
    let store: StoreReader = Store::open_read(folder)?;
    let status = store.status()?.into_iter().map(|status| match status {
        None => "not computed",
        Some(Status::Done) => "done",
        Some(Status::Failed) => "failed",
    });
    let texts = vec![
        ("method", store.methods()?),
        ("status", status.map(String::from).collect()),
        ("reason", store.reasons()?),
    ];
    Ok((stored_data(&store, true)?, texts))
}

/// Writes a table; its name, with the number of lines below the titles.
fn write(path: &Path, text: &str) -> Result<String, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder: PathBuf = folder.unwrap_or(Path::new(".")).into();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Folder::at(folder).write_file(&name, text.as_bytes())?;
    Ok(format!("{} ({} lines)", path.display(), text.lines().count() - 1))
}
