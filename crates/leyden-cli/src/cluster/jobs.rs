//! Jobs of a folder, remembered in it, so that nothing is submitted twice.

use std::path::Path;

use leyden_study::Folder;
use serde_json::{Value, json};

use super::slurm::{Queued, squeue};
use crate::outcome::Failure;

const FILE: &str = "jobs.json";

/// An array with its merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// Number of the array, and of the merge once it is submitted.
    pub(super) array: String,
    pub(super) merge: Option<String>,
    /// Shards of the sweep, and which of them are its tasks.
    pub(super) count: usize,
    pub(super) shards: Vec<usize>,
}

impl Job {
    fn to_json(&self) -> Value {
        json!({ "array": self.array, "merge": self.merge, "count": self.count, "shards": self.shards })
    }

    fn parse(value: &Value) -> Option<Self> {
        let shards = value["shards"].as_array()?.iter().map(|shard| Some(shard.as_u64()? as usize));
        Some(Job {
            array: value["array"].as_str()?.into(),
            merge: value["merge"].as_str().map(String::from),
            count: value["count"].as_u64().filter(|count| *count > 0)? as usize,
            shards: shards.collect::<Option<_>>()?,
        })
    }

    /// The name of one of its tasks.
    pub(super) fn task(&self, shard: usize) -> String {
        format!("{}_{shard}", self.array)
    }
}

/// The jobs that `folder` remembers, oldest first.
///
/// # Errors
/// [`Failure`] where the file is not what was written.
pub(super) fn read(folder: &Path) -> Result<Vec<Job>, Failure> {
    let path = folder.join(super::FOLDER).join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => {
            text.map_err(|source| Failure::new(format_args!("cannot read {}: {source}", path.display())))?
        }
    };
    let jobs = serde_json::from_str::<Value>(&text).ok();
    let jobs = jobs.and_then(|jobs| jobs.as_array()?.iter().map(Job::parse).collect());
    jobs.ok_or_else(|| {
        Failure::new(format_args!(
            "{} is not what was written there; look for jobs of this folder with squeue, then remove it",
            path.display()
        ))
    })
}

/// Remembers `jobs` in `folder`.
///
/// # Errors
/// [`Failure`] where it cannot be written.
pub(super) fn write(folder: &Path, jobs: &[Job]) -> Result<(), Failure> {
    let text = format!("{}\n", jobs.iter().map(Job::to_json).collect::<Value>());
    Ok(Folder::at(folder.join(super::FOLDER)).write_file(FILE, text.as_bytes())?)
}

/// What is still in the queue of `jobs`; none where there is no Slurm here.
///
/// # Errors
/// [`Failure`] where Slurm does not answer.
pub(super) fn queue(jobs: &[Job]) -> Result<Option<Vec<Queued>>, Failure> {
    let numbers = jobs.iter().flat_map(|job| std::iter::once(&job.array).chain(&job.merge));
    squeue(&numbers.map(String::as_str).collect::<Vec<_>>())
}
