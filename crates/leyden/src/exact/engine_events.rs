//! Follows a run through its times and fractions. Simple stand-in.

use super::EngineRun;

/// Where a run passes what is looked for; values in quanta, then the time.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestones {
    /// Times at which fractions are reached.
    pub crossings: Vec<Result<f64, String>>,
    /// Largest d<n>/dt.
    pub peak_flow: (f64, f64),
    /// Largest (<n> - <n>_0)/t.
    pub peak_average: (f64, f64),
    /// Largest standard deviation.
    pub peak_deviation: (f64, f64),
}

fn mean(run: &dyn EngineRun) -> f64 {
    run.populations().iter().enumerate().map(|(n, p)| n as f64 * p).sum()
}

fn deviation(run: &dyn EngineRun) -> f64 {
    super::LadderFigures::of(run.populations()).deviation
}

/// Follows a run.
///
/// # Errors
/// A sentence where steps fail.
pub fn follow(
    run: &mut dyn EngineRun,
    times: &[f64],
    limit: f64,
    fractions: &[f64],
    visit: &mut dyn FnMut(usize, f64, &dyn EngineRun),
) -> Result<Milestones, String> {
    let start = mean(run);
    let way = |run: &dyn EngineRun| (mean(run) - start) / (limit - start);
    let mut found = Milestones {
        crossings: vec![Err("not reached".into()); fractions.len()],
        peak_flow: (run.flow(), 0.0),
        peak_average: (run.flow(), 0.0),
        peak_deviation: (0.0, 0.0),
    };
    let mut next = 0;
    for _ in 0..200_000 {
        while next < times.len() && times[next] <= run.time() {
            visit(next, times[next], run);
            next += 1;
        }
        if next == times.len() && found.crossings.iter().all(Result::is_ok) {
            break;
        }
        run.save();
        let from = run.time();
        let mut to = from + run.stride();
        if next < times.len() {
            to = to.min(times[next]);
        }
        run.advance_to(to)?;
        for (f, crossing) in fractions.iter().zip(&mut found.crossings) {
            if crossing.is_err() && way(run) >= *f {
                let (mut low, mut high) = (from, to);
                for _ in 0..50 {
                    let middle = 0.5 * (low + high);
                    run.restore();
                    run.advance_to(middle)?;
                    if way(run) >= *f { high = middle } else { low = middle }
                }
                *crossing = Ok(0.5 * (low + high));
                run.restore();
                run.advance_to(to)?;
            }
        }
        let better = |peak: &mut (f64, f64), value: f64| {
            if value > peak.0 {
                *peak = (value, to);
            }
        };
        better(&mut found.peak_flow, run.flow());
        better(&mut found.peak_average, (mean(run) - start) / to);
        better(&mut found.peak_deviation, deviation(run));
    }
    Ok(found)
}
