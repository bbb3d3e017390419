//! `leyden status`: how far a sweep is, from its folder and from the queue; nothing is written.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use leyden_study::{Folder, Progress, Shard, Store, StoreReader, Writer};

use super::Asked;
use super::jobs::{self, Job};
use super::report;
use super::slurm::Queued;
use crate::outcome::{Code, Failure, say};
use crate::voice::tell;

pub(crate) fn status(asked: &Asked) -> Result<Code, Failure> {
    let folder = &asked.folder;
    if Folder::at(folder).is_run() {
        return Err(Failure::new(format_args!("{} holds a single run, which is finished", folder.display())));
    }
    let survey = Survey::of_folder(folder)?;
    match asked.json {
        true => say(&format!("{}\n", report::document(&survey)))?,
        false => tell(&report::text(&survey, folder))?,
    }
    let failed = survey.runs.map_or(survey.points, |(_, runs)| runs).failed > 0;
    Ok(if failed || survey.in_state(State::Failed) > 0 { Code::Failed } else { Code::Good })
}

/// How a shard stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// All its points are there.
    Done,
    /// Its job ended, and points are missing.
    Failed,
    /// Somebody computes it.
    Running,
    /// Points are missing, and nobody computes them yet.
    Waiting,
}

/// A shard with who has to do with it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) shard: Shard,
    /// Runs of points that are averaged over samples.
    pub(super) progress: Progress,
    pub(super) state: State,
    /// The last task of Slurm that had it.
    pub(super) job: Option<String>,
    pub(super) writer: Option<Writer>,
    /// Its lock is held in the name of a task that Slurm does not run.
    pub(super) stuck: bool,
    /// The last line of the log of a task that failed.
    pub(super) log: Option<String>,
}

/// A sweep at one moment.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) title: String,
    pub(super) points: Progress,
    /// Of points that are averaged over samples: their number, and how far all runs are.
    pub(super) runs: Option<(usize, Progress)>,
    /// Shards with points, in the division that was submitted last, else in the one that was begun.
    pub(super) shards: Vec<Known>,
    /// Whoever writes in another division, such as a merge.
    pub(super) others: Vec<Writer>,
    /// Points, or runs of them, per second of all that write now, and seconds until the last one is there.
    pub(super) rate: Option<f64>,
    pub(super) left: Option<f64>,
    /// Why the queue is not known, where it should be.
    pub(super) no_queue: Option<String>,
}

/// Points and seconds that a rate needs.
const FEWEST: usize = 3;
const SHORTEST: f64 = 1.0;

impl Survey {
    fn of_folder(folder: &Path) -> Result<Self, Failure> {
        let store = Store::open_read(folder)?;
        let jobs = jobs::read(folder)?;
        let (queue, no_queue) = match jobs::queue(&jobs) {
            Ok(Some(queue)) => (Some(queue), None),
            Ok(None) => (None, Some("there is no squeue here".to_string())),
            Err(failure) => (None, Some(failure.plain())),
        };
        // Who writes first: a shard that ends in between has all its points.
        let writers = store.writers()?;
        let count = division(&store, &jobs, &writers)?;
        let progress = store.shards(count)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
        let points = store.progress()?;
        let all = progress.iter().fold(Progress::default(), |sum, shard| Progress {
            done: sum.done + shard.done,
            failed: sum.failed + shard.failed,
            total: sum.total + shard.total,
        });
        let (mut rate, mut left) = (0.0, 0.0_f64);
        let mut shards = Vec::new();
        for (index, progress) in (1..).zip(progress).filter(|(_, progress)| progress.total > 0) {
            let shard = Shard::new(index, count)?;
            let writer = writers.iter().find(|writer| writer.shard == shard).cloned();
            if let Some(pace) = writer.as_ref().and_then(|writer| pace(writer, progress, now)) {
                rate += pace;
                left = left.max(progress.missing() as f64 / pace);
            }
            shards.push(known(folder, shard, progress, writer, &jobs, queue.as_deref()));
        }
        let rate = (rate > 0.0).then_some(rate);
        let missing = all.missing();
        let samples = store.samples();
        let runs = (samples > 0).then_some((samples, all));
        // Shards do not help each other: the slowest decides, and all of them where others wait.
        let left = rate.filter(|_| missing > 0).map(|rate| left.max(missing as f64 / rate));
        let others = writers.into_iter().filter(|writer| writer.shard.count() != count).collect();
        let title = store.attributes().get("title").and_then(|title| title.as_str()).unwrap_or_default();
        Ok(Survey { title: title.into(), points, runs, shards, others, rate, left, no_queue })
    }

    /// Shards in a state.
    pub(super) fn in_state(&self, state: State) -> usize {
        self.shards.iter().filter(|shard| shard.state == state).count()
    }
}

/// Shards of the division that counts: of the last jobs, of who writes, or of what is begun.
fn division(store: &StoreReader, jobs: &[Job], writers: &[Writer]) -> Result<usize, Failure> {
    if let Some(job) = jobs.last() {
        return Ok(job.count);
    }
    let written = writers.iter().map(|writer| writer.shard.count()).max();
    Ok(match written {
        Some(count) => count,
        None => store.begun()?.iter().map(|shard| shard.count()).max().unwrap_or(1),
    })
}

/// Points per second of a shard since its writer began, once there are enough.
fn pace(writer: &Writer, progress: Progress, now: f64) -> Option<f64> {
    let holder = writer.holder.as_ref()?;
    let new = (progress.total - progress.missing()).checked_sub(holder.points?)?;
    let seconds = now - holder.since as f64;
    (new >= FEWEST && seconds >= SHORTEST).then(|| new as f64 / seconds)
}

fn known(
    folder: &Path,
    shard: Shard,
    progress: Progress,
    writer: Option<Writer>,
    jobs: &[Job],
    queue: Option<&[Queued]>,
) -> Known {
    let of_shard = |job: &&Job| job.count == shard.count() && job.shards.contains(&shard.index());
    let job = jobs.iter().rev().find(of_shard).map(|job| job.task(shard.index()));
    let queued = |job: &str| queue.and_then(|queue| queue.iter().find(|queued| queued.job == job));
    let runs = job.as_deref().and_then(queued).map(|queued| queued.runs);
    let holder = writer.as_ref().and_then(|writer| writer.holder.as_ref());
    // Only a job that this folder remembers was asked for.
    let stuck = queue.is_some()
        && job.is_some()
        && holder.is_some_and(|holder| holder.job == job)
        && runs != Some(true);
    let state = match (progress.missing(), writer.is_some() && !stuck, runs) {
        (0, ..) => State::Done,
        (_, true, _) | (.., Some(true)) => State::Running,
        (.., Some(false)) => State::Waiting,
        _ if job.is_some() && queue.is_some() => State::Failed,
        _ => State::Waiting,
    };
    let failed = job.as_deref().filter(|_| state == State::Failed);
    let log = failed.and_then(|job| last_line(&folder.join(super::FOLDER).join(format!("{job}.log"))));
    Known { shard, progress, state, job, writer, stuck, log }
}

/// The last line of a log that says something.
fn last_line(path: &Path) -> Option<String> {
    let text = std::fs::read(path).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(String::from)
}
