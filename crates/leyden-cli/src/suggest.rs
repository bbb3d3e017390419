//! What may have been meant where a path leads to nothing, or to something else.

use std::fs;
use std::path::{Path, PathBuf};

use leyden_scenario::Scenario;
use leyden_study::Folder;

use crate::outcome::Failure;
use leyden_scenario::shipped::SHIPPED;

/// Results that are listed where none is near.
const MOST_LISTED: usize = 5;
/// Likeness of words that may be the same.
const NEAR: f64 = 0.75;
/// Letters that may stand for a name which begins with them.
const BEGINNING: usize = 3;

/// The candidate most like `word`, if any is close.
pub(crate) fn nearest<T: AsRef<str>>(word: &str, candidates: impl IntoIterator<Item = T>) -> Option<T> {
    let word = word.to_lowercase();
    let likeness = |candidate: &str| match word.len() >= BEGINNING && candidate.starts_with(&word) {
        true => 1.0,
        false => strsim::jaro_winkler(&word, candidate),
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate.as_ref()), candidate))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// The path whose name is most like that of `path`.
fn nearest_path(path: &Path, candidates: Vec<PathBuf>) -> Option<PathBuf> {
    let names: Vec<String> = candidates.iter().map(|candidate| name(candidate)).collect();
    let near = nearest(&name(path), &names)?;
    let place = names.iter().position(|name| name == near)?;
    candidates.into_iter().nth(place)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// Whether a folder holds the result of a run or a sweep.
fn is_result(folder: &Path) -> bool {
    Folder::at(folder).is_run() || folder.join("zarr.json").is_file()
}

/// The entries of a folder, in order; those of `.` without it.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let list = fs::read_dir(read).into_iter().flatten().flatten();
    let mut list: Vec<PathBuf> = list.map(|entry| folder.join(entry.file_name())).collect();
    list.sort();
    list
}

fn beside(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Passes where `folder` is the result of a run or a sweep.
pub(crate) fn need_result(folder: &Path) -> Result<(), Failure> {
    if is_result(folder) {
        return Ok(());
    }
    let shown = folder.display();
    if folder.is_file() {
        let text = fs::read_to_string(folder).unwrap_or_default();
        let scenario = Scenario::parse(&shown.to_string(), &text).ok();
        return Err(Failure::new(match scenario.map(|scenario| Folder::for_title(&scenario.title)) {
            Some(result) if is_result(result.path()) => {
                format!("{shown} is a scenario; its result folder is {}", result.path().display())
            }
            Some(_) => format!("{shown} is a scenario; its result folder comes from leyden run {shown}"),
            None => format!("{shown} is a file, not a result folder"),
        }));
    }
    let mut results = entries(beside(folder));
    if beside(folder) != Path::new("leyden-out") {
        results.extend(entries(Path::new("leyden-out")));
    }
    results.retain(|path| is_result(path));
    let listed: Vec<String> =
        results.iter().take(MOST_LISTED).map(|path| path.display().to_string()).collect();
    let more = if results.len() > MOST_LISTED { ", .." } else { "" };
    let cure = match nearest_path(folder, results) {
        Some(near) => format!("did you mean {}?", near.display()),
        None if listed.is_empty() => "leyden run FILE makes one".into(),
        None => format!("result folders here: {}{more}", listed.join(", ")),
    };
    Err(Failure::new(format_args!("{shown} is not a result folder; {cure}")))
}

/// Passes where `path` may be a scenario.
pub(crate) fn need_scenario(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failure::new(match is_result(path) {
            true => format!(
                "cannot read {shown}: it is a result folder; its figure: leyden figure {shown}, its scenario: {}",
                path.join("scenario.toml").display()
            ),
            false => format!("cannot read {shown}: it is a folder, and a scenario is a file"),
        }));
    }
    if path.exists() {
        return Ok(());
    }
    let mut files = entries(beside(path));
    files.extend(entries(Path::new("scenarios")));
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    let stem = name(path);
    let stem = stem.trim_end_matches(".toml");
    let cure =
        match (nearest_path(&path.with_extension("toml"), files), nearest(stem, SHIPPED.iter().map(|s| s.0)))
        {
            (Some(near), _) => format!("; did you mean {}?", near.display()),
            (None, Some(near)) => format!("; did you mean {near}? leyden new --from {near} writes it"),
            (None, None) => "; leyden new writes one to start from".into(),
        };
    Err(Failure::new(format_args!("cannot read {shown}: there is no such file{cure}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_close_are_found() {
        assert_eq!(nearest("Stra", ["maser", "star"]), Some("star"));
        assert_eq!(nearest("zzz", ["maser", "star"]), None);
        assert_eq!(
            nearest("ten", ["maser", "ten-cells-around-one-charger"]),
            Some("ten-cells-around-one-charger")
        );
    }

    #[test]
    fn paths_are_compared_by_their_names() {
        let candidates = || vec![PathBuf::from("leyden-out/a-pair"), PathBuf::from("leyden-out/ten-cells")];
        assert_eq!(nearest_path(Path::new("ten-cell"), candidates()), candidates().pop());
        assert_eq!(nearest_path(Path::new("leyden-out"), candidates()), None);
    }
}
