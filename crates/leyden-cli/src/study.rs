//! `leyden run` on a sweep, and `leyden merge`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use leyden::Method;
use leyden::charge::System;
use leyden::progress::Doing;
use leyden_scenario::{Scenario, in_keys};
use tempfile::TempDir;

use leyden_study::{
    Folder, MOST_DRAWN, Progress, Shard, Store, machine, study_document, study_fits, sweep, write_fits,
};

use crate::arguments::Run;
use crate::figure::{Keep, of_study, update};
use crate::outcome::{Code, Failure, say};
use crate::pace::{pace, took};
use crate::summary;
use crate::voice::{Clock, detail, tell};
use crate::watch::{Watch, one_of};
use crate::{cleanup, voice};

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
            let points = scenario.axes.iter().map(|axis| axis.values.len()).product();
            scratch = self::scratch(points)?;
            Folder::at(scratch.path().join("store"))
        }
    };
    folder.prepare(scenario)?;
    let shard = arguments.shard.unwrap_or(Shard::ALL);
    let threads = arguments.threads.map_or_else(machine::threads, usize::from);
    let begin = Instant::now();
    let told = leyden::Progress::default();
    let averaged = scenario.disorder.as_ref().is_some_and(|disorder| !disorder.keep);
    let bar = Bar::new(&told, if averaged { Doing::Runs } else { Doing::Points });
    let progress = sweep(
        scenario,
        folder.path(),
        shard,
        threads,
        machine::memory_limit(),
        &leyden::Progress::default(),
        &|progress| bar.show(progress),
    );
    let new = bar.end();
    let progress = progress?;
    let computed = format!("{new} points in {}", took(begin.elapsed()));
    match new > 0 && voice::on_a_terminal() {
        // Standard error may be closed or full.
        true => drop(writeln!(std::io::stderr(), "{computed}")),
        false => detail(|| computed),
    }
    let mut clock = Clock::start();
    let store = Store::open_read(folder.path())?;
    let complete = if shard == Shard::ALL { progress.missing() == 0 } else { store.missing()? == 0 };
    if complete {
        leyden_study::write_means(folder.path())?;
    }
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
    let fits = if complete && small { study_fits(&store)? } else { Vec::new() };
    write_fits(&folder, &fits)?;
    let drawn = complete && small && (arguments.out.is_some() || !arguments.json);
    if drawn {
        let keep = if new > 0 { Keep::Foreign } else { Keep::All };
        update(&folder, keep, || of_study(&store, None))?;
        clock.lap("drawn");
    }
    voice::files(folder.path());
    if !arguments.json {
        let said = summary::sweep(scenario, method, &store, progress, folder.path(), drawn)?;
        tell(&(said + &summary::fits(&fits)))?;
    }
    Ok(if progress.failed > 0 { Code::Failed } else { Code::Good })
}

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";
/// Points of a study whose store has room there.
const FEW_POINTS: usize = 1000;

/// A folder that goes away when the command ends; where so little is kept in memory, that no disk is asked for.
pub(crate) fn scratch(points: usize) -> Result<TempDir, Failure> {
    let in_memory = (points <= FEW_POINTS).then(|| tempfile::tempdir_in(IN_MEMORY).ok()).flatten();
    let made = in_memory.map_or_else(tempfile::tempdir, Ok);
    let scratch = made.map_err(Failure::writing(&std::env::temp_dir()))?;
    cleanup::tree(scratch.path().into());
    leyden_study::scratch(scratch.path());
    Ok(scratch)
}

/// A bar of this template on a terminal, elsewhere none.
pub(crate) fn on_a_terminal(template: &str) -> ProgressBar {
    let style = || ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    match voice::on_a_terminal() {
        true => ProgressBar::new(0).with_style(style()),
        false => ProgressBar::hidden(),
    }
}

/// How far points are: a terminal shows a bar, anything else lines.
pub(crate) struct Bar<'a> {
    bar: ProgressBar,
    told: &'a leyden::Progress,
    /// What is counted.
    doing: Doing,
    watch: Option<Watch>,
    begin: Instant,
    /// Points that are missing at first, and those that are still.
    before: OnceLock<usize>,
    missing: AtomicUsize,
}

impl<'a> Bar<'a> {
    pub(crate) fn new(told: &'a leyden::Progress, doing: Doing) -> Self {
        let bar = on_a_terminal("{bar:30} {msg}");
        let watch = bar.is_hidden().then(|| Watch::over(told));
        Bar {
            bar,
            told,
            doing,
            watch,
            begin: Instant::now(),
            before: OnceLock::new(),
            missing: AtomicUsize::new(0),
        }
    }

    pub(crate) fn show(&self, progress: Progress) {
        let Progress { done, failed, total } = progress;
        let before = *self.before.get_or_init(|| {
            self.told.begin(self.doing, progress.missing() as f64);
            progress.missing()
        });
        self.missing.store(progress.missing(), Relaxed);
        let new = before - progress.missing();
        let mut said = pace(one_of(self.doing), done + failed, new, total, self.begin.elapsed());
        if failed > 0 {
            said += &format!(", {failed} failed");
        }
        self.bar.set_message(said);
        self.bar.set_length(total as u64);
        self.bar.set_position((done + failed) as u64);
        self.told.reach(new as f64);
    }

    /// Takes it away; how many points were new.
    pub(crate) fn end(self) -> usize {
        self.bar.finish_and_clear();
        drop(self.watch);
        self.before.get().map_or(0, |before| before - self.missing.load(Relaxed))
    }
}

pub(crate) fn merge(into: &Path, others: &[PathBuf]) -> Result<Code, Failure> {
    let folders = || std::iter::once(into).chain(others.iter().map(PathBuf::as_path));
    if let Some(run) = folders().find(|folder| Folder::at(*folder).is_run()) {
        return Err(Failure::new(format_args!(
            "{} holds a single run, and merge joins shards of a sweep",
            run.display()
        )));
    }
    let merged = leyden_study::merge(into, others)?;
    let missing = merged.missing();
    let mut text = format!("{}: {} of {} points done", into.display(), merged.done, merged.total);
    if merged.failed > 0 {
        text += &format!(", {} failed", merged.failed);
    }
    if missing > 0 {
        text += &format!(", {missing} missing: run the shards that are not finished");
    }
    tell(&format!("{text}\n"))?;
    if missing == 0 {
        let folder = Folder::at(into);
        let store = Store::open_read(into)?;
        leyden_study::write_means(into)?;
        if store.points() <= MOST_DRAWN {
            write_fits(&folder, &study_fits(&store)?)?;
        }
        update(&folder, Keep::Foreign, || of_study(&store, None))?;
    }
    Ok(if merged.failed + missing > 0 { Code::Failed } else { Code::Good })
}
