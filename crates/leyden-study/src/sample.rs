//! How long points of a sweep take, measured at a few of them.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use leyden::Progress;
use leyden_scenario::Scenario;

use crate::point::Points;
use crate::sweep::{layout, place};

/// Points that are enough.
const ENOUGH: usize = 64;

/// Seconds of points that are spread over a sweep, one after the other, as many as are finished within `budget`: none where the first
/// takes longer. `memory_limit` in bytes. Nothing is kept of them.
pub fn sample(scenario: &Scenario, memory_limit: f64, budget: Duration) -> Vec<f64> {
    let end = Instant::now() + budget;
    let (sender, seconds) = channel();
    let (scenario, told) = (scenario.clone(), Progress::default());
    let cancelled = told.clone();
    let work = move || {
        let points = Points::new(&scenario, memory_limit, 1).cancelled_by(&cancelled);
        let layout = layout(&scenario, &points);
        for point in spread(layout.all_runs()) {
            let begin = Instant::now();
            let (values, sample) = place(&scenario, &layout, point);
            let done = points.run(&values, sample).is_some();
            if !done || sender.send(begin.elapsed().as_secs_f64()).is_err() {
                return;
            }
        }
    };
    // Whoever asks does not wait for a point that takes longer; without a thread nothing is measured.
    if std::thread::Builder::new().spawn(work).is_err() {
        return Vec::new();
    }
    let next = || seconds.recv_timeout(end.saturating_duration_since(Instant::now())).ok();
    let measured = std::iter::from_fn(next).collect();
    told.cancel();
    measured
}

/// Places out of so many: multiples of the golden ratio, which are spread evenly however many are taken.
fn spread(places: usize) -> impl Iterator<Item = usize> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let mut seen = std::collections::HashSet::new();
    let place = move |k: usize| ((0.5 + GOLDEN * k as f64).fract() * places as f64) as usize;
    (0..ENOUGH).map(place).filter(move |&place| seen.insert(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread() {
        for places in [1, 2, 7, 1000, 1_000_000] {
            let all: Vec<usize> = spread(places).collect();
            assert!(all.iter().all(|&place| place < places), "{all:?}");
            assert_eq!(all.len(), places.min(ENOUGH));
            // Every quarter has its share, also of the first eight.
            if places >= 1000 {
                for quarter in 0..4 {
                    let inside =
                        |some: &[usize]| some.iter().filter(|&&place| place * 4 / places == quarter).count();
                    assert!(inside(&all[..8]) >= 1 && inside(&all).abs_diff(ENOUGH / 4) <= 1, "{all:?}");
                }
            }
        }
    }

    #[test]
    fn points_are_measured_until_the_time_is_over() {
        let scenario = |cells: usize| {
            let text = format!(
                "charger.relaxation = 1.0\nbattery.cells = {cells}\ntime = {{ end = 5.0, points = 3 }}\n[sweep]\n\"drive.amplitude\" = [0.1, 0.2, 0.3]\n"
            );
            Scenario::parse("s.toml", &text).unwrap()
        };
        let all = sample(&scenario(1), 1e9, Duration::from_secs(20));
        assert!(all.len() == 3 && all.iter().all(|&seconds| seconds > 0.0 && seconds < 5.0), "{all:?}");
        let begin = Instant::now();
        assert!(sample(&scenario(100), 1e9, Duration::from_millis(1)).len() < 3);
        assert!(begin.elapsed() < Duration::from_secs(1));
    }
}
