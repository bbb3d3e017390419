//! What several tests need.

use std::fs;
use std::path::Path;

/// Every file below a folder with its bytes.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => list.extend(
                files(&entry.path()).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
            ),
            false => list.push((name, fs::read(entry.path()).unwrap())),
        }
    }
    list.sort();
    list
}
