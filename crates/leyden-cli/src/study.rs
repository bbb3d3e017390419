//! `leyden run` on a sweep, and `leyden merge`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};
use leyden::Method;
use leyden::charge::System;
use leyden::progress::Doing;
use leyden_draw::Spec;
use leyden_scenario::{Scenario, in_keys};
use leyden_study::{Folder, Progress, Shard, Store, StoreReader, study_data, study_document, sweep};

use crate::arguments::Run;
use crate::outcome::{Code, Failure, read, say};
use crate::summary::{self, MOST_DRAWN};
use crate::watch::Watch;
use crate::{cleanup, machine};

pub(crate) fn run(arguments: &Run, scenario: &Scenario) -> Result<Code, Failure> {
    if arguments.verify {
        return Err(Failure::new(
            "--verify is for one run; verify single points with --set and without [sweep]",
        ));
    }
    // Without a folder to keep, the store lives in one that goes away.
    let scratch;
    let folder = match arguments.folder(&scenario.title) {
        Some(folder) => folder,
        None => {
            scratch = tempfile::tempdir().map_err(Failure::writing(&std::env::temp_dir()))?;
            cleanup::tree(scratch.path().into());
            Folder::at(scratch.path().join("store"))
        }
    };
    folder.prepare(&scenario.text)?;
    let shard = arguments.shard.unwrap_or(Shard::ALL);
    let threads = arguments.threads.map_or_else(machine::threads, usize::from);
    // A terminal shows a bar, anything else lines.
    let bar = bar();
    let told = leyden::Progress::default();
    let watch = bar.is_hidden().then(|| Watch::over(&told));
    let before = OnceLock::new();
    let progress = sweep(scenario, folder.path(), shard, threads, machine::memory_limit(), &|progress| {
        show(&bar, progress);
        let before = *before.get_or_init(|| {
            told.begin(Doing::Points, progress.missing() as f64);
            progress.missing()
        });
        told.reach(before as f64 - progress.missing() as f64);
    });
    bar.finish_and_clear();
    drop(watch);
    let progress = progress?;
    let store = Store::open_read(folder.path())?;
    let complete = if shard == Shard::ALL { progress.missing() == 0 } else { store.missing()? == 0 };
    let request = leyden_results::request(scenario, false, machine::memory_limit());
    let plan = scenario.system.plan(&request);
    let method = plan.as_ref().map_or(scenario.method, |plan| Some(plan.method));
    if arguments.json {
        let reason = plan.map_or_else(|error| in_keys(&error), |plan| plan.reason);
        let method = method.map_or("auto", Method::name);
        let document = study_document(scenario, &store, method, &reason)?;
        say(&format!("{document}\n"))?;
    }
    let small = store.points() <= MOST_DRAWN;
    let drawn = complete && small && (arguments.out.is_some() || !arguments.json);
    if drawn {
        draw_into(&folder, &store, None)?;
    }
    if !arguments.json {
        say(&summary::sweep(scenario, method, &store, progress, folder.path(), drawn)?)?;
    }
    Ok(if progress.failed > 0 { Code::Failed } else { Code::Good })
}

/// Draws a sweep into its folder, as the file `spec` says or as its axes suggest.
pub(crate) fn draw_into(folder: &Folder, store: &StoreReader, spec: Option<&Path>) -> Result<(), Failure> {
    let text = spec.map(read).transpose()?;
    let data = study_data(store, text.is_some())?;
    let spec = text.map(|text| Spec::parse(&text, &data)).transpose().map_err(Failure::new)?;
    let figure = leyden_draw::figure(&data, spec.as_ref());
    write_figure(folder, &figure)
}

pub(crate) fn write_figure(folder: &Folder, figure: &leyden_figures::Figure) -> Result<(), Failure> {
    let svg = figure.to_svg();
    folder.write_file("figure.svg", svg.as_str().as_bytes())?;
    folder.write_file("figure.png", &svg.to_png(300.0).map_err(Failure::new)?)?;
    Ok(())
}

fn bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{bar:30} {human_pos} of {human_len} points  {per_sec}  {eta} left{msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn show(bar: &ProgressBar, Progress { done, failed, total }: Progress) {
    if bar.length() != Some(total as u64) {
        // Points of earlier runs do not count for the rate.
        bar.set_length(total as u64);
        bar.set_position((done + failed) as u64);
        bar.reset_eta();
    }
    bar.set_position((done + failed) as u64);
    if failed > 0 {
        bar.set_message(format!("  {failed} failed"));
    }
}

pub(crate) fn merge(into: &Path, others: &[PathBuf]) -> Result<Code, Failure> {
    let merged = leyden_study::merge(into, others)?;
    let missing = merged.missing();
    let mut text = format!("{}: {} of {} points done", into.display(), merged.done, merged.total);
    if merged.failed > 0 {
        text += &format!(", {} failed", merged.failed);
    }
    if missing > 0 {
        text += &format!(", {missing} missing: run the shards that are not finished");
    }
    say(&format!("{text}\n"))?;
    if missing == 0 {
        draw_into(&Folder::at(into), &Store::open_read(into)?, None)?;
    }
    Ok(if merged.failed + missing > 0 { Code::Failed } else { Code::Good })
}
