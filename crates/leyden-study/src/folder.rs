//! The result folder of a run: scenario.toml, result.json and the figure, each written at once or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use leyden_results::Document;

use crate::files::write_whole;

const SCENARIO: &str = "scenario.toml";
const RESULT: &str = "result.json";

/// A result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// Why a folder cannot be used.
#[derive(Debug, Error)]
#[allow(missing_docs)] // Every message says what its fields are.
pub enum FolderError {
    /// Reading or writing failed.
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The place for the folder cannot be written.
    #[error("cannot write into {} ({}); choose another folder with --out", path.display(), source.kind())]
    NotWritable { path: PathBuf, source: io::Error },
    /// Another scenario's results are there.
    #[error("{} holds the results of another scenario; choose another folder with --out, or remove it", path.display())]
    OtherScenario { path: PathBuf },
    /// The path is something else.
    #[error("{} is not a folder; choose another with --out", path.display())]
    NotAFolder { path: PathBuf },
    /// result.json cannot be read.
    #[error("{} is not a result of this version: {source}; remove it and run again", path.display())]
    Damaged { path: PathBuf, source: serde_json::Error },
}

impl Folder {
    /// The folder at `path`; nothing is touched.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Folder { path: path.into() }
    }

    /// The default folder of a title: leyden-out and the title in lower case, words joined by hyphens.
    pub fn for_title(title: &str) -> Self {
        let words: Vec<String> = title
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let name = if words.is_empty() { "untitled".into() } else { words.join("-") };
        // File systems count bytes.
        Folder { path: Path::new("leyden-out").join(&name[..name.floor_char_boundary(150)]) }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes the folder of a sweep and puts the scenario there.
    ///
    /// # Errors
    /// [`FolderError`] when the folder belongs to something else or cannot be written.
    pub fn prepare(&self, scenario: &str) -> Result<(), FolderError> {
        self.holds(scenario)?;
        if self.path.join(RESULT).exists() {
            return Err(FolderError::OtherScenario { path: self.path.clone() });
        }
        self.make()?;
        match self.path.join(SCENARIO).exists() {
            true => Ok(()),
            false => self.write_file(SCENARIO, scenario.as_bytes()),
        }
    }

    fn make(&self) -> Result<(), FolderError> {
        let made = fs::create_dir_all(&self.path);
        made.map_err(|source| FolderError::Io { path: self.path.clone(), source })
    }

    /// The finished result of this very scenario, if the folder holds it; and that the folder can be written.
    ///
    /// # Errors
    /// [`FolderError`] when the folder belongs to something else or cannot be written.
    pub fn holds(&self, scenario: &str) -> Result<Option<Document>, FolderError> {
        if self.path.exists() && !self.path.is_dir() {
            return Err(FolderError::NotAFolder { path: self.path.clone() });
        }
        // A file without a name tells before a long run what would fail after it.
        let mut existing = self.path.as_path();
        while !existing.exists() {
            existing = match existing.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
        }
        tempfile::tempfile_in(existing)
            .map_err(|source| FolderError::NotWritable { path: existing.into(), source })?;
        match fs::read_to_string(self.path.join(SCENARIO)) {
            Ok(known) if known != scenario => Err(FolderError::OtherScenario { path: self.path.clone() }),
            Ok(_) if self.path.join(RESULT).exists() => self.read().map(Some),
            _ => Ok(None),
        }
    }

    /// Reads the result.
    ///
    /// # Errors
    /// [`FolderError`] when it is missing or damaged.
    pub fn read(&self) -> Result<Document, FolderError> {
        let path = self.path.join(RESULT);
        let text =
            fs::read_to_string(&path).map_err(|source| FolderError::Io { path: path.clone(), source })?;
        Document::parse(&text).map_err(|source| FolderError::Damaged { path, source })
    }

    /// Writes scenario and result.
    ///
    /// # Errors
    /// [`FolderError::Io`]; what was there before stays.
    pub fn write(&self, scenario: &str, document: &Document) -> Result<(), FolderError> {
        self.make()?;
        self.write_file(SCENARIO, scenario.as_bytes())?;
        self.write_file(RESULT, document.to_json().as_bytes())
    }

    /// Writes one file whole or not at all.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.path.join(name);
        write_whole(&path, bytes).map_err(|source| FolderError::Io { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_folder_names() {
        assert_eq!(
            Folder::for_title("Two qubits, F/g = 0.5").path(),
            Path::new("leyden-out/two-qubits-f-g-0-5")
        );
        assert_eq!(Folder::for_title("../..").path(), Path::new("leyden-out/untitled"));
    }
}
