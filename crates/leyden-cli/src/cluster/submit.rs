//! `leyden submit`: what is missing of a sweep, as a job array with a merge behind it.

use std::path::Path;

use leyden_scenario::Scenario;
use leyden_study::{Folder, Progress, Store, StoreError, begin, files_of, shards};

use super::jobs::{self, Job};
use super::needs::{Needs, needs};
use super::script::{Script, ranges};
use super::slurm::{Queued, sbatch, scancel};
use super::{Scheduler, Submit};
use crate::cleanup;
use crate::outcome::{Code, Failure, say};
use crate::voice::tell;

const SCRIPT: &str = "submit.sh";

/// Limits of the merge, which reads the store and draws a figure.
const MERGE: [&str; 2] = ["--time=00:30:00", "--mem=1G"];

pub(crate) fn submit(arguments: &Submit, scenario: &Scenario) -> Result<Code, Failure> {
    let Scheduler::Slurm = arguments.scheduler;
    if !scenario.is_study() {
        return Err(Failure::new("leyden submit is for a sweep, and this scenario has no [sweep]"));
    }
    let folder = match &arguments.out {
        Some(path) => Folder::at(path),
        None => Folder::for_title(&scenario.title),
    };
    // Two that submit at the same time would both find nothing in the queue.
    let lock = if arguments.dry_run { None } else { Some(folder.lock()?) };
    lock.iter().for_each(|lock| cleanup::made(lock.made()));
    let path = std::path::absolute(folder.path()).map_err(Failure::writing(folder.path()))?;
    let count = arguments.tasks as usize;
    let found = found(scenario, &folder, count)?;
    if found.missing.is_empty() {
        return tell(&format!("{}: {}\n", folder.path().display(), found.why_nothing())).map(|()| Code::Good);
    }
    let most = found.missing.iter().map(|&shard| found.shards[shard - 1].missing()).max().unwrap_or(0);
    let needs = needs(scenario, most, arguments.memory.as_deref(), arguments.time.as_deref())
        .map_err(Failure::new)?;
    let merge = merge_options(arguments);
    let leyden = std::env::current_exe()
        .map_err(|source| Failure::new(format_args!("cannot find leyden itself: {source}")))?;
    let files = files_of(scenario);
    let script = Script {
        title: &scenario.title,
        scenario: &scenario.text,
        files: &files,
        leyden: &leyden,
        folder: &path,
        points: found.shards.iter().map(|shard| shard.total).sum(),
        count,
        shards: &found.missing,
        memory: &needs.memory,
        time: &needs.time,
        merge: &merge,
        partition: arguments.partition.as_deref(),
        account: arguments.account.as_deref(),
    };
    let text = script.text()?;
    if arguments.dry_run {
        return say(&text).map(|()| Code::Good);
    }
    folder.prepare(scenario)?;
    begin(scenario, folder.path())?;
    let own = path.join(super::FOLDER);
    std::fs::create_dir_all(&own).map_err(Failure::writing(&own))?;
    Folder::at(&own).write_file(SCRIPT, text.as_bytes())?;
    let (array, merged) = hand_over(&path, &own.join(SCRIPT), count, &found, &merge)?;
    tell(&said(&found, &needs, count, &array, &merged, folder.path()))?;
    Ok(Code::Good)
}

/// What there is of a sweep before it is submitted.
struct Found {
    /// Jobs that are in the queue, and their tasks there.
    jobs: Vec<Job>,
    /// The shards of the division asked for, and which of them are to be submitted.
    shards: Vec<Progress>,
    missing: Vec<usize>,
    /// Shards in the queue.
    waiting: usize,
    /// Merges in the queue: they would start too early, and in the way of new tasks.
    merges: Vec<String>,
}

impl Found {
    fn why_nothing(&self) -> String {
        match self.waiting {
            0 => "all points are there, nothing to submit".into(),
            shards => format!(
                "nothing to submit, {shards} {} in the queue already (job {})",
                if shards == 1 { "shard is" } else { "shards are" },
                self.jobs.iter().map(|job| job.array.as_str()).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

/// Looks at the folder and at the queue.
fn found(scenario: &Scenario, folder: &Folder, count: usize) -> Result<Found, Failure> {
    let path = folder.path();
    folder.holds(scenario)?;
    if folder.is_run() {
        return Err(StoreError::OtherScenario { path: path.into() }.into());
    }
    let store = match Store::open_read(path) {
        Err(StoreError::NotAStore { .. }) => None,
        store => Some(store?),
    };
    let shards = store.as_ref().map_or_else(|| shards(scenario, count), |store| store.shards(count))?;
    let mut known = jobs::read(path)?;
    let queue = jobs::queue(&known)?.unwrap_or_default();
    let in_queue =
        |job: &Job, shard: usize| queue.iter().any(|Queued { job: found, .. }| *found == job.task(shard));
    let merges = known.iter().filter_map(|job| job.merge.clone());
    let merges: Vec<String> =
        merges.filter(|merge| queue.iter().any(|queued| queued.job == format!("{merge}_0"))).collect();
    known.retain(|job| job.shards.iter().any(|&shard| in_queue(job, shard)));
    if let Some(other) = known.iter().find(|job| job.count != count) {
        return Err(Failure::new(format_args!(
            "job {} still computes {} in {} shards; wait until it ends, or end it: scancel {}",
            other.array,
            path.display(),
            other.count,
            other.array
        )));
    }
    let waits = |shard: usize| known.iter().any(|job| job.shards.contains(&shard) && in_queue(job, shard));
    let undone = |shard: &usize| shards[shard - 1].missing() > 0;
    let (waiting, missing): (Vec<usize>, Vec<usize>) =
        (1..=count).filter(undone).partition(|&shard| waits(shard));
    for writer in store.map_or_else(|| Ok(Vec::new()), |store| store.writers())? {
        let of_job = writer.shard.count() == count && waits(writer.shard.index());
        if !of_job && !missing.is_empty() {
            return Err(writer.refusal(path).into());
        }
    }
    Ok(Found { jobs: known, shards, missing, waiting: waiting.len(), merges })
}

/// Options of the merge beside those in the script.
fn merge_options(arguments: &Submit) -> Vec<String> {
    let given = [arguments.time.is_some(), arguments.memory.is_some()];
    let limits = MERGE.iter().zip(given).filter(|(_, given)| !given).map(|(option, _)| option.to_string());
    std::iter::once("--array=0".into()).chain(limits).collect()
}

/// Submits the array and the merge; their numbers. Every number is in the folder as soon as it is known.
fn hand_over(
    path: &Path,
    script: &Path,
    count: usize,
    found: &Found,
    merge: &[String],
) -> Result<(String, String), Failure> {
    let mut known = found.jobs.clone();
    let array = sbatch(script, &[])?;
    known.push(Job { array: array.clone(), merge: None, count, shards: found.missing.clone() });
    jobs::write(path, &known)?;
    let arrays: Vec<&str> = known.iter().map(|job| job.array.as_str()).collect();
    let mut options = vec![format!("--dependency=afterany:{}", arrays.join(":"))];
    options.extend_from_slice(merge);
    let merged = sbatch(script, &options).map_err(|failure| {
        failure.say();
        Failure::new(format_args!(
            "job {array} computes the shards, but no merge waits for it: run leyden merge {} when it has ended",
            path.display()
        ))
    })?;
    known.last_mut().expect("one was pushed above").merge = Some(merged.clone());
    jobs::write(path, &known)?;
    scancel(&found.merges);
    Ok((array, merged))
}

fn said(found: &Found, needs: &Needs, count: usize, array: &str, merge: &str, folder: &Path) -> String {
    let points: usize = found.missing.iter().map(|&shard| found.shards[shard - 1].missing()).sum();
    let (shards, folder) = (ranges(&found.missing), folder.display());
    let used = found.shards.iter().filter(|shard| shard.total > 0).count();
    let mut text = format!(
        "submitted       shards {shards} of {count}, {points} points: job {array}, then the merge: job {merge}\n"
    );
    if found.waiting > 0 {
        text += &format!("                {} more are in the queue already\n", found.waiting);
    }
    if used < count {
        text += &format!(
            "                the sweep has {used} chunks, so that no more than {used} shards have points\n"
        );
    }
    text += &format!("memory          {} for each task ({})\n", needs.memory, needs.memory_from);
    text += &format!("time            {} for each task ({})\n", needs.time, needs.time_from);
    text += &format!("script          {folder}/{}/{SCRIPT}, logs beside it\n", super::FOLDER);
    text + &format!("next            leyden status {folder}\n")
}
