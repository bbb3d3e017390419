//! What a task needs: memory and time, from what the library says and from a few points.

use std::time::Duration;

use leyden_results::request;
use leyden_results::summary::duration;
use leyden_scenario::Scenario;
use leyden_study::{machine, sample};

const MIB: f64 = 1024.0 * 1024.0;
/// `leyden check` is right within a factor of 2 and 50 MB (tests/memory.rs); a chunk in the making takes up to 16 MB more.
const FACTOR: f64 = 2.0;
const BESIDE: f64 = 66.0 * MIB;
/// A run may use four fifths of what it is granted.
const GRANTED: f64 = 1.25;
/// Less helps nobody: clusters have more for every core.
const LEAST: f64 = 512.0 * MIB;
/// Sizes are multiples of it.
const STEP: f64 = 64.0 * MIB;

/// Time for points in the submitting process.
const BUDGET: Duration = Duration::from_secs(4);
/// Fewer points say little, and what the library estimates of the largest says more.
const FEWEST: usize = 3;
/// Nodes may be slower than this machine, and the points of a shard longer than others.
const MARGIN: f64 = 3.0;
/// Seconds to start, and the least that is asked for.
const START: f64 = 300.0;
const SHORTEST: f64 = 600.0;

/// Limits of a task with what they rest on.
pub(super) struct Needs {
    pub(super) memory: String,
    pub(super) memory_from: String,
    pub(super) time: String,
    pub(super) time_from: String,
}

/// What a task with so many points needs. What the user gives is taken, and the time then not estimated.
///
/// # Errors
/// Why there is no estimate.
pub(super) fn needs(
    scenario: &Scenario,
    points: usize,
    memory: Option<&str>,
    time: Option<&str>,
) -> Result<Needs, String> {
    let limit = machine::memory_limit();
    // Where no end of its ranges runs, points in between may.
    let plan = leyden_results::plan(scenario, &request(scenario, false, limit)).ok();
    let bytes = plan.as_ref().map_or(0.0, |plan| plan.memory);
    let (memory, memory_from) = match memory {
        Some(given) => (given.into(), "as given".into()),
        None => {
            let said = format!("the largest point takes about {:.0} MiB", (bytes / MIB).max(1.0));
            (format!("{:.0}M", asked(bytes) / MIB), said)
        }
    };
    let (time, time_from) = match time {
        Some(given) => (given.into(), "as given".into()),
        None => {
            let measured = sample(scenario, limit, BUDGET);
            let planned = plan.and_then(|plan| plan.seconds);
            let (seconds, from) = seconds_of_a_point(&measured, planned).ok_or(
                "how long a point takes is not known: fewer than 3 were done in 4 s, and there is no estimate; give --time",
            )?;
            let all = points as f64 * seconds;
            let said = format!("{points} points of {from}: {}, three times that and 5 min", duration(all));
            (clock(limit_of(all)), said)
        }
    };
    Ok(Needs { memory, memory_from, time, time_from })
}

/// Bytes to ask for where a point is said to take so many.
fn asked(bytes: f64) -> f64 {
    let bytes = GRANTED * (FACTOR * bytes + BESIDE);
    (bytes.max(LEAST) / STEP).ceil() * STEP
}

/// Seconds of a point, and where they come from.
fn seconds_of_a_point(measured: &[f64], planned: Option<f64>) -> Option<(f64, String)> {
    let count = measured.len();
    if count >= FEWEST {
        let mean = measured.iter().sum::<f64>() / count as f64;
        return Some((mean, format!("{} (measured here at {count})", short(mean))));
    }
    planned.map(|seconds| (seconds, format!("at most {} (estimated for the largest)", short(seconds))))
}

fn short(seconds: f64) -> String {
    match seconds {
        s if s < 0.9995e-3 => format!("{:.2} ms", 1e3 * s),
        s if s < 0.9995 => format!("{:.0} ms", 1e3 * s),
        s => format!("{s:.1} s"),
    }
}

/// The limit of a task that computes for so many seconds, in whole minutes.
fn limit_of(seconds: f64) -> f64 {
    ((MARGIN * seconds + START).max(SHORTEST) / 60.0).ceil() * 60.0
}

/// Seconds as Slurm writes them.
fn clock(seconds: f64) -> String {
    let s = seconds as u64;
    let (days, rest) = (s / 86400, format!("{:02}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60));
    if days == 0 { rest } else { format!("{days}-{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_their_margins() {
        // Small ones the floor, large ones 2.5 times and 82.5 MiB, in steps.
        for (bytes, mib) in [(0.0, 512.0), (170.0, 512.0), (180.0, 576.0), (1000.0, 2624.0)] {
            assert_eq!(asked(bytes * MIB), mib * MIB, "{bytes}");
        }
        for (seconds, expected) in
            [(0.0, "00:10:00"), (100.0, "00:10:00"), (101.0, "00:11:00"), (3600.0, "03:05:00")]
        {
            assert_eq!(clock(limit_of(seconds)), expected);
        }
        assert_eq!(clock(86400.0 + 3660.0), "1-01:01:00");
    }

    #[test]
    fn measured_points_come_first() {
        let of = |measured: &[f64], planned| seconds_of_a_point(measured, planned);
        let (seconds, from) = of(&[0.1, 0.2, 0.3], Some(9.0)).unwrap();
        assert!((seconds - 0.2).abs() < 1e-15 && from == "200 ms (measured here at 3)", "{from}");
        let (seconds, from) = of(&[0.1, 0.2], Some(9.0)).unwrap();
        assert_eq!((seconds, from.as_str()), (9.0, "at most 9.0 s (estimated for the largest)"));
        assert!(of(&[0.1, 0.2], None).is_none());
        assert_eq!([0.000_12, 0.0123, 12.3].map(short), ["0.12 ms", "12 ms", "12.3 s"]);
    }
}
