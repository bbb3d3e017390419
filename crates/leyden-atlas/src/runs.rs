//! Scenarios that come with leyden, run as `leyden run FILE --set ...` runs them, each once: results stay in folders, where a killed atlas
//! finds them again.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use leyden::Progress;
use leyden_results::{Document, StudyData};
use leyden_scenario::{Scenario, shipped, with_overrides};
use leyden_study::{Folder, Shard, Store, StoreError, is_drawn, run_trajectories, sweep};

use crate::coarse::coarse;
use crate::{AtlasError, Request};

/// The results of scenarios.
#[derive(Debug)]
pub struct Runs {
    folder: PathBuf,
    quick: bool,
    threads: usize,
    memory_limit: f64,
    documents: RefCell<BTreeMap<String, Rc<Document>>>,
    studies: RefCell<BTreeMap<String, Rc<StudyData>>>,
    /// Texts that were run since [`Runs::begin`], in the order in which they were asked for.
    used: RefCell<Vec<String>>,
}

impl Runs {
    /// Results in this folder, which is made where it is missing.
    ///
    /// Nothing in it waits for the disk: what a loss of power takes is computed again.
    pub fn new(folder: PathBuf, request: &Request) -> Self {
        leyden_study::scratch(&folder);
        Runs {
            folder,
            quick: request.quick,
            threads: request.threads.max(1),
            memory_limit: request.memory_limit,
            documents: RefCell::default(),
            studies: RefCell::default(),
            used: RefCell::default(),
        }
    }

    /// Forgets which scenarios were used.
    pub(crate) fn begin(&self) {
        self.used.borrow_mut().clear();
    }

    /// Writes the scenarios that were used since then as STEM.toml, STEM-2.toml, ..; their names.
    ///
    /// # Errors
    /// [`AtlasError::Store`] when one cannot be written.
    pub(crate) fn write_used(&self, out: &Path, stem: &str) -> Result<Vec<String>, AtlasError> {
        let mut names = Vec::new();
        for (text, i) in self.used.borrow().iter().zip(1..) {
            let name = if i == 1 { format!("{stem}.toml") } else { format!("{stem}-{i}.toml") };
            self.write(&out.join(&name), text.as_bytes())?;
            names.push(name);
        }
        Ok(names)
    }

    /// The result of a scenario without [sweep].
    ///
    /// # Errors
    /// [`AtlasError`] when it does not run.
    pub fn run(&self, name: &str, set: &[&str]) -> Result<Rc<Document>, AtlasError> {
        let text = self.text(name, set)?;
        if let Some(known) = self.documents.borrow().get(&text) {
            return Ok(known.clone());
        }
        let scenario = read(name, &text)?;
        let folder = self.folder_of(name, &text);
        let kept = match folder.holds(&scenario) {
            Err(StoreError::Damaged { .. } | StoreError::NoResult { .. }) => None,
            kept => kept?,
        };
        let document = match kept {
            Some(document) => document,
            None => {
                let request = leyden_results::request(&scenario, false, self.memory_limit);
                let document = if is_drawn(&scenario) {
                    run_trajectories(&scenario, &request, Some(folder.path()), self.threads)
                        .map_err(|source| AtlasError::Drawn { name: name.into(), source: Box::new(source) })?
                } else {
                    leyden_results::run(&scenario, &request)
                        .map_err(|source| AtlasError::Run { name: name.into(), source: Box::new(source) })?
                };
                folder.write(&scenario, &document)?;
                leyden_study::remove_trajectories(folder.path())?;
                document
            }
        };
        let document = Rc::new(document);
        self.documents.borrow_mut().insert(text, document.clone());
        Ok(document)
    }

    /// The result of a sweep.
    ///
    /// # Errors
    /// [`AtlasError`] when a point of it has no result.
    pub fn study(&self, name: &str, set: &[&str]) -> Result<Rc<StudyData>, AtlasError> {
        let text = self.text(name, set)?;
        self.swept(name, text)
    }

    /// The same for a figure: over a coarser grid where the atlas is to be quick.
    ///
    /// # Errors
    /// [`AtlasError`] when a point of it has no result.
    pub(crate) fn grid(&self, name: &str, set: &[&str]) -> Result<Rc<StudyData>, AtlasError> {
        let text = with_set(name, set)?;
        let text = if self.quick { coarse(&text) } else { text };
        self.note(&text);
        self.swept(name, text)
    }

    fn swept(&self, name: &str, text: String) -> Result<Rc<StudyData>, AtlasError> {
        if let Some(known) = self.studies.borrow().get(&text) {
            return Ok(known.clone());
        }
        let scenario = read(name, &text)?;
        let folder = self.folder_of(name, &text);
        folder.prepare(&scenario)?;
        let never = Progress::default();
        let progress =
            sweep(&scenario, folder.path(), Shard::ALL, self.threads, self.memory_limit, &never, &|_| {})?;
        let store = Store::open_read(folder.path())?;
        if progress.failed > 0 {
            let why = store.reasons()?.into_iter().find(|why| !why.is_empty()).unwrap_or_default();
            return Err(AtlasError::Points { name: name.into(), failed: progress.failed, why });
        }
        let data = Rc::new(leyden_study::study_data(&store, true)?);
        self.studies.borrow_mut().insert(text, data.clone());
        Ok(data)
    }

    /// How many levels the Hilbert space in which a scenario is solved has.
    ///
    /// # Errors
    /// [`AtlasError`] when it cannot run.
    pub(crate) fn levels(&self, name: &str, set: &[&str]) -> Result<f64, AtlasError> {
        let scenario = read(name, &with_set(name, set)?)?;
        let request = leyden_results::request(&scenario, false, self.memory_limit);
        let plan = leyden_results::plan(&scenario, &request)
            .map_err(|source| AtlasError::Run { name: name.into(), source: Box::new(source.into()) })?;
        Ok(plan.dimension as f64)
    }

    fn note(&self, text: &str) {
        let mut used = self.used.borrow_mut();
        if !used.iter().any(|known| known == text) {
            used.push(text.into());
        }
    }

    fn text(&self, name: &str, set: &[&str]) -> Result<String, AtlasError> {
        let text = with_set(name, set)?;
        self.note(&text);
        Ok(text)
    }

    /// Results of one text and one version of leyden have one folder.
    fn folder_of(&self, name: &str, text: &str) -> Folder {
        let key = crc32c::crc32c(format!("{}\n{text}", env!("CARGO_PKG_VERSION")).as_bytes());
        Folder::at(self.folder.join(format!("{name}-{key:08x}")))
    }

    /// Writes a file whole or not at all.
    ///
    /// # Errors
    /// [`AtlasError::Store`] when it cannot be written.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), AtlasError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)
            .map_err(|source| AtlasError::Write { path: folder.into(), source })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Folder::at(folder).write_file(&name, bytes)?)
    }
}

fn with_set(name: &str, set: &[&str]) -> Result<String, AtlasError> {
    let failed = |why: String| AtlasError::Scenario { name: name.into(), why };
    let text = shipped::find(name).ok_or_else(|| failed("there is none of this name".into()))?;
    let set: Vec<String> = set.iter().map(|set| set.to_string()).collect();
    with_overrides(text, &set).map_err(|error| failed(error.to_string()))
}

fn read(name: &str, text: &str) -> Result<Scenario, AtlasError> {
    leyden_results::read(name, text)
        .map_err(|report| AtlasError::Scenario { name: name.into(), why: report.render(false) })
}

/// A number of a run by its path.
///
/// # Errors
/// [`AtlasError::NoNumber`] where it is null.
pub(crate) fn number(document: &Document, path: &str) -> Result<f64, AtlasError> {
    let none = || AtlasError::NoNumber {
        name: document.text("title").unwrap_or_default().into(),
        path: path.into(),
    };
    document.number(path).ok_or_else(none)
}
