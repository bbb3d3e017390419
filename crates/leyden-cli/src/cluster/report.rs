//! What `leyden status` says.

use std::path::Path;

use leyden_results::summary::duration;
use leyden_study::{Progress, Writer};
use serde_json::{Value, json};

use super::status::{Known, State, Survey};
use crate::pace::spoken;

/// Shards that have a line each; of more only those with which something is wrong, up to so many.
const FEW: usize = 8;
const MOST: usize = 20;

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Failed => "failed",
            State::Running => "running",
            State::Waiting => "waiting",
        }
    }
}

const STATES: [State; 4] = [State::Done, State::Failed, State::Running, State::Waiting];

pub(super) fn text(survey: &Survey, folder: &Path) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| out += &format!("{name:<16}{value}\n");
    let (points, folder) = (survey.points, folder.display());
    line("title", survey.title.clone());
    let missing = points.missing();
    line("points", counted(points));
    if let Some((samples, runs)) = survey.runs {
        line(
            "runs",
            format!("{}; {samples} samples of every point, and the file as it is written", counted(runs)),
        );
    }
    let states: Vec<String> =
        STATES.iter().map(|&state| format!("{} {}", survey.in_state(state), state.name())).collect();
    line("shards", format!("{}: {}", survey.shards.len(), states.join(", ")));
    if let (Some(rate), Some(left)) = (survey.rate, survey.left) {
        line("rate", format!("{}, {} left", spoken(rate, name_of_one(survey)), duration(left)));
    }
    let wrong = |known: &Known| known.state == State::Failed || known.stuck;
    let few = survey.shards.len() <= FEW;
    let told = survey.shards.iter().filter(|known| few || wrong(known));
    for known in told.clone().take(MOST) {
        line(&format!("shard {}", known.shard), shard(known, name_of_one(survey)));
    }
    if told.clone().count() > MOST {
        line("", format!("and {} more", told.count() - MOST));
    }
    for writer in &survey.others {
        line(&format!("shard {}", writer.shard), format!("written by {}", writer.named()));
    }
    if let Some(why) = &survey.no_queue {
        line("queue", format!("not known: {why}"));
    }
    let idle = survey.in_state(State::Running) == 0 && survey.others.is_empty();
    if survey.in_state(State::Failed) > 0 {
        line("next", "the same leyden submit again submits what is missing".into());
    } else if missing > 0 && idle && survey.shards.iter().all(|known| known.job.is_none()) {
        line("next", format!("nobody computes it: leyden run {folder}/scenario.toml --out {folder} goes on"));
    }
    out
}

fn counted(progress: Progress) -> String {
    let Progress { done, failed, total } = progress;
    format!("{done} of {total} done, {failed} failed, {} missing", progress.missing())
}

/// What is counted in shards and rates.
fn name_of_one(survey: &Survey) -> &'static str {
    if survey.runs.is_some() { "run" } else { "point" }
}

fn shard(known: &Known, one: &str) -> String {
    let progress = known.progress;
    let mut said = format!(
        "{} of {} {one}s, {}",
        progress.total - progress.missing(),
        progress.total,
        known.state.name()
    );
    let holder = known.writer.as_ref().map(Writer::named);
    match (&holder, &known.job, known.state) {
        (Some(holder), _, _) if !known.stuck => said += &format!(": {holder}"),
        (_, Some(job), State::Failed | State::Running | State::Waiting) => said += &format!(": job {job}"),
        _ => {}
    }
    if let Some(log) = &known.log {
        said += &format!(" ended with \"{log}\"");
    }
    if let (true, Some(writer), Some(holder)) = (known.stuck, &known.writer, &holder) {
        let lock = writer.lock.display();
        said += &format!(
            "; locked by {holder}, which Slurm does not run: if it is dead and the lock stays, remove {lock}"
        );
    }
    said
}

pub(super) fn document(survey: &Survey) -> Value {
    let states: serde_json::Map<String, Value> =
        STATES.iter().map(|&state| (state.name().into(), survey.in_state(state).into())).collect();
    let shards: Vec<Value> = survey.shards.iter().map(one).collect();
    json!({
        "schema": "leyden-status/1",
        "title": survey.title,
        "points": counts(survey.points),
        "samples": survey.runs.map(|(samples, _)| samples),
        "runs": survey.runs.map(|(_, runs)| counts(runs)),
        "shards": states,
        "rate": survey.rate,
        "seconds_left": survey.left,
        "no_queue": survey.no_queue,
        "list": shards,
    })
}

fn counts(progress: Progress) -> Value {
    let Progress { done, failed, total } = progress;
    json!({ "total": total, "done": done, "failed": failed, "missing": progress.missing() })
}

fn one(known: &Known) -> Value {
    let writer = known.writer.as_ref();
    let holder = writer.and_then(|writer| writer.holder.as_ref()).map(|holder| {
        json!({ "host": holder.host, "process": holder.process, "job": holder.job, "since": holder.since })
    });
    json!({
        "shard": known.shard.to_string(),
        "state": known.state.name(),
        "done": known.progress.done,
        "failed": known.progress.failed,
        "missing": known.progress.missing(),
        "job": known.job,
        "holder": holder,
        "stuck": known.stuck,
        "log": known.log,
    })
}
