//! The result folder of a run: scenario.toml, result.json and the figure, each written at once or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use leyden_results::Document;
use leyden_scenario::Scenario;

use crate::files::write_whole;
use crate::store::{Lock, StoreError};

const SCENARIO: &str = "scenario.toml";
/// The files that the scenario names, with their texts.
pub const FILES: &str = "files.json";
const RESULT: &str = "result.json";

const LOCK: &str = ".leyden.lock";
/// What stands before the checksum of a result, its last entry.
const CHECKSUM: &str = ",\"checksum\":\"crc32c:";

/// A document with the checksum of its text before the last brace.
fn with_checksum(text: &str) -> String {
    let body = text.strip_suffix('}').unwrap_or(text);
    format!("{body}{CHECKSUM}{:08x}\"}}\n", crc32c::crc32c(body.as_bytes()))
}

/// The document that [`with_checksum`] made this text of, if it did.
fn checked(text: &str) -> Option<String> {
    let document = format!("{}}}", &text[..text.rfind(CHECKSUM)?]);
    (with_checksum(&document) == text).then_some(document)
}

/// A folder that no other run writes.
#[derive(Debug)]
pub struct FolderLock {
    lock: Option<Lock>,
    /// Folders that were made for it, the innermost first.
    made: Vec<PathBuf>,
}

impl FolderLock {
    /// The folders that were made for it, the innermost first: a process that ends at once has to take them away while they are empty.
    pub fn made(&self) -> Vec<PathBuf> {
        self.made.clone()
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        self.lock = None;
        // What holds a result stays.
        for folder in &self.made {
            fs::remove_dir(folder).ok();
        }
    }
}

/// A result folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// Reads a file that a scenario names, beside it; of the scenario of a result folder, what the folder keeps of it.
///
/// # Errors
/// Why it cannot be read.
pub fn read_beside(folder: &Path, file: &str) -> Result<String, String> {
    let path = folder.join(file);
    let kept = fs::read(folder.join(FILES)).ok().filter(|_| folder.join(SCENARIO).exists());
    let kept = kept.and_then(|kept| serde_json::from_slice::<BTreeMap<String, String>>(&kept).ok());
    if let Some(text) = kept.and_then(|mut kept| kept.remove(file)) {
        return Ok(text);
    }
    fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {}", path.display()),
        _ => source.to_string(),
    })
}

/// The files that a scenario names as its folder keeps them, in [`FILES`]; empty where it names none.
pub fn files_of(scenario: &Scenario) -> String {
    match scenario.files().is_empty() {
        true => String::new(),
        false => serde_json::json!(scenario.files()).to_string(),
    }
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
    pub fn prepare(&self, scenario: &Scenario) -> Result<(), StoreError> {
        self.is_usable()?;
        self.holds(scenario)?;
        if self.path.join(RESULT).exists() {
            return Err(StoreError::OtherScenario { path: self.path.clone() });
        }
        self.make()?;
        match self.path.join(SCENARIO).exists() {
            true => Ok(()),
            false => self.write_scenario(scenario),
        }
    }

    /// Whether the folder is one, and can be written.
    fn is_usable(&self) -> Result<(), StoreError> {
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
        Ok(())
    }

    /// Keeps other runs out of the folder, which is made where it is missing, as long as the lock is held.
    ///
    /// # Errors
    /// [`StoreError::Busy`] while another run holds it; [`StoreError`] when it cannot be written.
    pub fn lock(&self) -> Result<FolderLock, StoreError> {
        self.is_usable()?;
        let missing = self.path.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists());
        let made: Vec<PathBuf> = missing.map(Path::to_path_buf).collect();
        self.make()?;
        let path = self.path.join(LOCK);
        let lock = Lock::attempt(&path)?.ok_or_else(|| StoreError::Busy {
            path: self.path.clone(),
            holder: Lock::holder(&path).map(Box::new),
            lock: path.clone(),
        })?;
        Ok(FolderLock { lock: Some(lock), made })
    }

    fn make(&self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.path).map_err(StoreError::io(&self.path))
    }

    /// Whether it holds the result of a single run, which has a store beside its document.
    pub fn is_run(&self) -> bool {
        self.path.join(RESULT).is_file()
    }

    /// The finished result of this very scenario, if the folder holds it.
    ///
    /// # Errors
    /// [`StoreError`] when the folder belongs to something else or its result is damaged.
    pub fn holds(&self, scenario: &Scenario) -> Result<Option<Document>, StoreError> {
        let kept = fs::read_to_string(self.path.join(FILES)).unwrap_or_default();
        match fs::read_to_string(self.path.join(SCENARIO)) {
            Ok(known) if known != scenario.text || kept != files_of(scenario) => {
                Err(StoreError::OtherScenario { path: self.path.clone() })
            }
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
        let checked = checked(&text);
        let document = Document::parse(checked.as_deref().unwrap_or(&text))
            .map_err(|source| StoreError::NoResult { path: path.clone(), source })?;
        match checked {
            Some(_) => Ok(document),
            None => Err(StoreError::Damaged { path, why: "its checksum is another".into() }),
        }
    }

    /// Writes scenario and result.
    ///
    /// # Errors
    /// [`StoreError::Io`]; what was there before stays.
    pub fn write(&self, scenario: &Scenario, document: &Document) -> Result<(), StoreError> {
        self.make()?;
        self.write_scenario(scenario)?;
        self.write_file(RESULT, with_checksum(&document.to_json()).as_bytes())
    }

    fn write_scenario(&self, scenario: &Scenario) -> Result<(), StoreError> {
        if !scenario.files().is_empty() {
            self.write_file(FILES, files_of(scenario).as_bytes())?;
        }
        self.write_file(SCENARIO, scenario.text.as_bytes())
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
    fn a_result_that_was_changed_is_told() {
        let text = with_checksum("{\"schema\":\"leyden-run/1\",\"energy\":[0.25]}");
        assert!(checked(&text).is_some() && text.ends_with("\"}\n"));
        for (from, to) in [("0.25", "0.26"), ("run/1", "run/2"), ("\n", ""), (",\"checksum", " ,\"checksum")]
        {
            assert!(checked(&text.replacen(from, to, 1)).is_none(), "{from}");
        }
        assert!(checked("{\"schema\":\"leyden-run/1\"}").is_none());
    }

    #[test]
    fn a_lock_keeps_others_out_and_leaves_nothing() {
        let outer = tempfile::tempdir().unwrap();
        let folder = Folder::at(outer.path().join("a/b"));
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(StoreError::Busy { .. })));
        assert_eq!(lock.made().len(), 2);
        drop(lock);
        assert!(!outer.path().join("a").exists());
        let lock = folder.lock().unwrap();
        folder.write_file("kept", b"").unwrap();
        drop(lock);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    // Shards of one folder may end, and draw its figure, at the same time.
    #[test]
    fn writers_of_one_file_do_not_stop_each_other() {
        let outer = tempfile::tempdir().unwrap();
        let folder = Folder::at(outer.path());
        for _ in 0..40 {
            std::thread::scope(|scope| {
                let write = || folder.write_file("figure.svg", &[b'x'; 100_000]);
                let writers: Vec<_> = (0..6).map(|_| scope.spawn(write)).collect();
                writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
            });
            fs::remove_file(outer.path().join("figure.svg")).unwrap();
        }
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 0);
    }

    #[test]
    fn titles_become_folder_names() {
        for (title, path) in [("Two qubits, F/g = 0.5", "two-qubits-f-g-0-5"), ("../..", "untitled")] {
            assert_eq!(Folder::for_title(title).path(), Path::new("leyden-out").join(path));
        }
    }
}
