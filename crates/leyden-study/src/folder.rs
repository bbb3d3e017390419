//! The result folder of a run: scenario.toml, result.json and the figure, each written at once or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use leyden_results::Document;

use crate::files::write_whole;
use crate::store::StoreError;

const SCENARIO: &str = "scenario.toml";
const RESULT: &str = "result.json";

/// A result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`; nothing is touched.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Folder { path: path.into() }
    }

    /// The default folder of a title: leyden-out and the title in lower case, words joined by hyphens.
    pub fn for_title(title: &str) -> Self {
        let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_lowercase).collect();
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
    /// [`StoreError`] when the folder belongs to something else or cannot be written.
    pub fn prepare(&self, scenario: &str) -> Result<(), StoreError> {
        self.holds(scenario)?;
        if self.path.join(RESULT).exists() {
            return Err(StoreError::OtherScenario { path: self.path.clone() });
        }
        self.make()?;
        match self.path.join(SCENARIO).exists() {
            true => Ok(()),
            false => self.write_file(SCENARIO, scenario.as_bytes()),
        }
    }

    fn make(&self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.path).map_err(StoreError::io(&self.path))
    }

    /// The finished result of this very scenario, if the folder holds it; and that the folder can be written.
    ///
    /// # Errors
    /// [`StoreError`] when the folder belongs to something else or cannot be written.
    pub fn holds(&self, scenario: &str) -> Result<Option<Document>, StoreError> {
        if self.path.exists() && !self.path.is_dir() {
            return Err(StoreError::NotAFolder { path: self.path.clone() });
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
            .map_err(|source| StoreError::FolderNotWritable { path: existing.into(), source })?;
        match fs::read_to_string(self.path.join(SCENARIO)) {
            Ok(known) if known != scenario => Err(StoreError::OtherScenario { path: self.path.clone() }),
            Ok(_) if self.path.join(RESULT).exists() => self.read().map(Some),
            _ => Ok(None),
        }
    }

    /// Reads the result.
    ///
    /// # Errors
    /// [`StoreError`] when it is missing or damaged.
    pub fn read(&self) -> Result<Document, StoreError> {
        let path = self.path.join(RESULT);
        let text = fs::read_to_string(&path).map_err(StoreError::io(&path))?;
        Document::parse(&text).map_err(|source| StoreError::NoResult { path, source })
    }

    /// Writes scenario and result.
    ///
    /// # Errors
    /// [`StoreError::Io`]; what was there before stays.
    pub fn write(&self, scenario: &str, document: &Document) -> Result<(), StoreError> {
        self.make()?;
        self.write_file(SCENARIO, scenario.as_bytes())?;
        self.write_file(RESULT, document.to_json().as_bytes())
    }

    /// Writes one file whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.path.join(name);
        write_whole(&path, bytes).map_err(StoreError::io(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_folder_names() {
        for (title, path) in [("Two qubits, F/g = 0.5", "two-qubits-f-g-0-5"), ("../..", "untitled")] {
            assert_eq!(Folder::for_title(title).path(), Path::new("leyden-out").join(path));
        }
    }
}
