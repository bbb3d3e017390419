//! The commands of Slurm.

use std::io;
use std::path::Path;
use std::process::{Command, Output};

use crate::outcome::Failure;

/// A job in the queue, or a task of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Queued {
    /// "17", or "17_3".
    pub(super) job: String,
    pub(super) runs: bool,
}

/// Submits a script; the number of the job.
///
/// # Errors
/// [`Failure`] where there is no Slurm, or it refuses.
pub(super) fn sbatch(script: &Path, options: &[String]) -> Result<String, Failure> {
    let output = Command::new("sbatch").arg("--parsable").args(options).arg(script).output();
    let output = output.map_err(|source| absent("sbatch", &source))?;
    let said = String::from_utf8_lossy(&output.stdout);
    // "17", or "17;cluster".
    let job = said.trim().split(';').next().unwrap_or_default();
    match output.status.success() && !job.is_empty() {
        true => Ok(job.into()),
        false => Err(refused("sbatch", &output)),
    }
}

/// What is still in the queue of these jobs; none where there is no Slurm on this machine.
///
/// # Errors
/// [`Failure`] where Slurm does not answer.
pub(super) fn squeue(jobs: &[&str]) -> Result<Option<Vec<Queued>>, Failure> {
    if jobs.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let jobs = format!("--jobs={}", jobs.join(","));
    let output =
        match Command::new("squeue").args(["--noheader", "--array", "--format=%i %T", &jobs]).output() {
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
            output => output.map_err(|source| absent("squeue", &source))?,
        };
    // It has forgotten a job that ended long ago.
    if String::from_utf8_lossy(&output.stderr).contains("Invalid job id") {
        return Ok(Some(Vec::new()));
    }
    if !output.status.success() {
        return Err(refused("squeue", &output));
    }
    let queued = |line: &str| {
        let (job, state) = line.split_once(' ')?;
        // Until it is cleaned up, a job that has ended is said to be completing.
        let runs = ["RUNNING", "CONFIGURING", "SUSPENDED"].contains(&state);
        (state != "COMPLETING").then(|| Queued { job: job.into(), runs })
    };
    Ok(Some(String::from_utf8_lossy(&output.stdout).lines().filter_map(queued).collect()))
}

/// Takes jobs out of the queue.
pub(super) fn scancel(jobs: &[String]) {
    if !jobs.is_empty() {
        // One that has begun meanwhile does no harm.
        let _ = Command::new("scancel").args(jobs).output();
    }
}

fn absent(command: &str, source: &io::Error) -> Failure {
    match source.kind() {
        io::ErrorKind::NotFound => Failure::new(format_args!(
            "there is no {command} here; run this where jobs of Slurm are submitted (--dry-run prints the script)"
        )),
        _ => Failure::new(format_args!("cannot run {command}: {source}")),
    }
}

fn refused(command: &str, output: &Output) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Failure::new(format_args!("{command} ended with {}: {}", output.status, said.join("; ")))
}
