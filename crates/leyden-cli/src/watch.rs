//! Says on standard error where a run of more than two seconds is, and what is left of it: in one line that changes on a terminal,
//! elsewhere in few lines of their own, ever less often.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use leyden::Progress;
use leyden::progress::Doing;
use leyden_results::summary;

use crate::pace::pace;
use crate::voice;

/// Silence at first, and how long a line on a terminal stays.
const SILENCE: Duration = Duration::from_secs(2);
const REDRAWN: Duration = Duration::from_millis(200);
/// Lines that stay are written at most this often, at first and in the end.
const FIRST_PAUSE: Duration = Duration::from_secs(4);
const LONGEST_PAUSE: Duration = Duration::from_secs(256);
/// Long times are said to be long after this, where they take so many times as long as all before.
const COSTLY: Duration = Duration::from_secs(1);
const TIMES: u32 = 10;
/// Share that must be done before it tells how long the rest takes: first steps are short.
const TOLD: f64 = 0.02;

/// Watches a run until it is dropped.
pub(crate) struct Watch {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// A run that is watched by nobody is as good: a thread that cannot be started is no error.
    pub(crate) fn over(progress: &Progress) -> Self {
        let (over, progress) = (Arc::new(AtomicBool::new(false)), progress.clone());
        let seen = over.clone();
        let start = || std::thread::Builder::new().spawn(move || watch(&progress, &seen)).ok();
        let thread = if voice::is_quiet() { None } else { start() };
        Watch { over, thread }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only writes lines.
            let _ = thread.join();
        }
    }
}

fn watch(progress: &Progress, over: &AtomicBool) {
    let begin = Instant::now();
    let terminal = stderr().is_terminal();
    let (mut doing, mut since, mut drawn) = (Doing::Preparing, begin, false);
    let (mut next, mut pause) = (SILENCE, FIRST_PAUSE);
    let mut told = false;
    while !over.load(Relaxed) {
        std::thread::park_timeout(REDRAWN);
        let (now, done, total) = progress.now();
        if now != doing {
            (doing, since) = (now, Instant::now());
        }
        let (of_this, of_all) = (since.elapsed(), begin.elapsed());
        let tells = !told && is_costly(doing, of_this, of_all);
        if over.load(Relaxed) || (of_all < next && !tells) {
            continue;
        }
        told |= tells;
        let said = line(doing, done, total, of_this, of_all);
        // Standard error may be closed or full.
        let _ = match terminal {
            true => write!(stderr(), "\r\x1b[2K{said}").and_then(|()| stderr().flush()),
            false => writeln!(stderr(), "{said}"),
        };
        drawn = terminal;
        if !terminal {
            next = begin.elapsed() + pause;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }
    if drawn {
        let _ = write!(stderr(), "\r\x1b[2K");
    }
}

/// What one of the things is called that are counted.
pub(crate) fn one_of(doing: Doing) -> &'static str {
    match doing {
        Doing::Runs => "run",
        Doing::Realisations => "realisation",
        _ => "point",
    }
}

/// Whether long times cost much more than the states.
fn is_costly(doing: Doing, since: Duration, all: Duration) -> bool {
    doing == Doing::LongTimes && since >= COSTLY && since > TIMES * all.saturating_sub(since)
}

/// What is done, how much of it, and how long the rest may take.
fn line(doing: Doing, done: f64, total: Option<f64>, since: Duration, all: Duration) -> String {
    let so_far = format!("{:.0} s so far", all.as_secs_f64());
    if is_costly(doing, since, all) {
        return format!("limit, rates and plateaus: more than {TIMES} times as long as the states, {so_far}");
    }
    let what = match doing {
        Doing::Preparing => "preparing",
        Doing::Evolving => "states at the times asked for",
        Doing::Charging => "engines charge the cells",
        Doing::Cycles => "stages of the protocol",
        Doing::FixedPoint => "where cycles lead",
        Doing::LongTimes => "limit, rates and plateaus",
        Doing::LargestPower => "largest average power",
        Doing::SearchGrid => "search on a first grid",
        Doing::SearchBest => "search around the best points",
        Doing::Verifying => "second method",
        Doing::Trajectories => "trajectories",
        Doing::Points | Doing::Runs | Doing::Realisations => {
            let total = total.map_or(0, |total| total as usize);
            return pace(one_of(doing), done as usize, done as usize, total, since);
        }
    };
    match total {
        Some(total) if done > total => format!("{what}: longer than expected, {so_far}"),
        Some(total) if done > 0.0 => {
            let share = done / total;
            let left = since.as_secs_f64() * (1.0 / share - 1.0);
            let left = match share < TOLD {
                true => String::new(),
                false => format!(" {} left,", summary::duration(left)),
            };
            format!("{what}: {:.0} %,{left} {so_far}", 100.0 * share)
        }
        _ if done > 0.0 => format!("{what}: {done:.0} runs, {so_far}"),
        _ => format!("{what}: {so_far}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_what_is_left() {
        let line =
            |doing, done, total| line(doing, done, total, Duration::from_secs(30), Duration::from_secs(40));
        assert_eq!(
            line(Doing::Evolving, 2.5, Some(10.0)),
            "states at the times asked for: 25 %, about 90 s left, 40 s so far"
        );
        assert_eq!(line(Doing::Evolving, 0.1, Some(10.0)), "states at the times asked for: 1 %, 40 s so far");
        assert_eq!(line(Doing::LongTimes, 0.0, None), "limit, rates and plateaus: 40 s so far");
        let of_long_times = |since, all| {
            super::line(
                Doing::LongTimes,
                0.0,
                None,
                Duration::from_secs_f64(since),
                Duration::from_secs_f64(all),
            )
        };
        assert_eq!(
            of_long_times(3.0, 3.2),
            "limit, rates and plateaus: more than 10 times as long as the states, 3 s so far"
        );
        assert_eq!(of_long_times(0.9, 0.91), "limit, rates and plateaus: 1 s so far");
        assert_eq!(of_long_times(9.0, 10.0), "limit, rates and plateaus: 10 s so far");
        assert_eq!(
            line(Doing::SearchBest, 312.0, None),
            "search around the best points: 312 runs, 40 s so far"
        );
        assert_eq!(line(Doing::Points, 60.0, Some(400.0)), "60 of 400 points, 2.0/s, about 3 min left");
        assert_eq!(
            line(Doing::Realisations, 60.0, Some(400.0)),
            "60 of 400 realisations, 2.0/s, about 3 min left"
        );
        // Engines may go on beyond the time that was expected.
        assert_eq!(
            line(Doing::Charging, 12.0, Some(10.0)),
            "engines charge the cells: longer than expected, 40 s so far"
        );
    }
}
