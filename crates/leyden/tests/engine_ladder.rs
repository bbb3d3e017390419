//! The effective ladder of engines: anchors, asymptotes and the milestones of its runs.

use leyden::Known;
use leyden::exact::{EngineLadder, EngineRun, Milestones, find_milestones};
use leyden::merit::LadderFigures;
use leyden::why::{Never, Still};

fn moments(p: &[f64]) -> (f64, f64) {
    let figures = LadderFigures::of(p);
    (figures.mean, figures.deviation)
}

/// Where `beyond` becomes true.
fn bisect(mut low: f64, mut high: f64, beyond: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if beyond(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

#[test]
fn ten_cells_at_time_five() {
    let mut run = EngineLadder::new(10, 0.1, 0.8).unwrap().start(false, 1e-12);
    run.advance_to(5.0).expect("steps");
    let f = LadderFigures::of(run.populations());
    assert!((f.mean / 10.0 - 0.88234572890).abs() < 1e-10);
    assert!((f.deviation - 1.6961173977).abs() < 1e-9);
    assert!((f.mean - (1.0 - f.largest) - 8.3037768426).abs() < 1e-9);
}

#[test]
fn tolerances_hold() {
    // The window of levels, the trials and steps of any length: against a run ten thousand times finer.
    for (cells, ln_ratio, excited) in
        [(3000, 0.8, false), (3000, -0.4, false), (3000, 0.0, false), (3000, 0.3, true), (3000, -0.8, true)]
    {
        let ladder = EngineLadder::new(cells, 1.0, ln_ratio).unwrap();
        let unit = 1.0 / cells as f64;
        let limit = ladder.limit();
        let way = if excited { cells as f64 - limit.mean } else { limit.mean };
        let (mut rough, mut fine) = (ladder.start(excited, 1e-8), ladder.start(excited, 1e-12));
        for time in [0.02, 1.0, 3.0, 6.5, 9.0, 14.0, 40.0, 1e5] {
            rough.advance_to(time * unit).expect("steps");
            fine.advance_to(time * unit).expect("steps");
            let error: f64 =
                rough.populations().iter().zip(fine.populations()).map(|(a, b)| (a - b).abs()).sum();
            assert!(error < 1e-8, "{ln_ratio} {excited} {time}: {error:e}");
            let (a, b) = (LadderFigures::of(rough.populations()), LadderFigures::of(fine.populations()));
            assert!((a.mean - b.mean).abs() < 1e-8 * way, "{ln_ratio} {excited} {time}");
            assert!(
                (a.trace - 1.0).abs() < 1e-12 && (b.trace - 1.0).abs() < 1e-12,
                "{:e} {:e} {time}",
                a.trace - 1.0,
                b.trace - 1.0
            );
            assert!(a.smallest > -1e-9 && b.smallest > -1e-13);
        }
        let found = LadderFigures::of(fine.populations());
        assert!((found.mean - limit.mean).abs() < 1e-11 * way, "{ln_ratio} {excited} {found:?}");
        assert!((found.deviation / limit.deviation - 1.0).abs() < 1e-10);
    }
}

#[test]
fn starts_mirror_each_other() {
    // n -> N - n exchanges the rates.
    let mut low = EngineLadder::new(100, 0.8_f64.exp(), -0.8).unwrap().start(false, 1e-11);
    let mut high = EngineLadder::new(100, 1.0, 0.8).unwrap().start(true, 1e-11);
    low.advance_to(0.013).expect("steps");
    high.advance_to(0.013).expect("steps");
    assert!(
        low.populations().iter().zip(high.populations().iter().rev()).all(|(a, b)| (a - b).abs() < 1e-11)
    );
    assert!((low.flow() + high.flow()).abs() < 1e-7);
}

#[test]
fn a_hundred_thousand_cells_keep_their_trace() {
    let ladder = EngineLadder::new(100_000, 1.0, 0.8).unwrap();
    let mut run = ladder.start(false, 1e-8);
    for time in [1e-5, 7e-5, 1.2e-4, 2e-4] {
        run.advance_to(time).expect("steps");
        let f = LadderFigures::of(run.populations());
        assert!((f.trace - 1.0).abs() < 1e-12, "{:e}", f.trace - 1.0);
    }
    run.advance_to(1e-3).expect("steps");
    let (found, limit) = (LadderFigures::of(run.populations()), ladder.limit());
    assert!((found.mean / limit.mean - 1.0).abs() < 1e-11, "{found:?} {limit:?}");
    assert!((found.deviation / limit.deviation - 1.0).abs() < 1e-7, "{found:?} {limit:?}");
}

/// 1 - a e^a E1(a) without cancellation for a > 2 by its continued fraction, below by the series of E1.
fn large(a: f64) -> f64 {
    if a > 2.0 {
        // a e^a E1(a) = a/(a + 1/(1 + 1/(a + 2/(1 + 2/(a + ...)))))
        let mut tail = a;
        for k in (1..400).rev() {
            let k = f64::from(k);
            tail = a + k / (1.0 + k / tail);
        }
        return 1.0 - a / tail;
    }
    let (mut term, mut sum) = (-1.0, -0.577_215_664_901_532_9 - a.ln());
    for k in 1..60 {
        let k = f64::from(k);
        term *= -a / k;
        sum += term / k;
    }
    1.0 - a * a.exp() * sum
}

/// a_f with large(a_f) = f.
fn argument(f: f64) -> f64 {
    bisect(-40.0, 40.0, |ln| large(ln.exp()) <= f).exp()
}

fn milestones(cells: usize, ln_ratio: f64, fractions: &[f64], tolerance: f64) -> Milestones {
    let ladder = EngineLadder::new(cells, 1.0, ln_ratio).unwrap();
    let mut run = ladder.start(false, tolerance);
    find_milestones(&mut run, &[], ladder.limit().mean, fractions, &mut |_, _, _| {}).expect("steps")
}

#[test]
fn enhancement_grows_as_n_over_its_logarithm() {
    let (x, f) = (0.8_f64.exp(), 0.99_f64);
    let alone = -(1.0 - f).ln() / (1.0 + x);
    for (cells, expected, digits) in
        [(1, 1.0, 1e-9), (10, 2.866, 5e-4), (100, 24.12, 5e-3), (1000, 199.8, 5e-2)]
    {
        let tau = *milestones(cells, 0.8, &[f], 1e-10).crossings[0].as_ref().expect("reached");
        let share = EngineLadder::new(cells, 1.0, 0.8).unwrap().limit().mean / cells as f64;
        let enhancement = (share / tau) / (x / (1.0 + x) / alone);
        assert!((enhancement - expected).abs() < digits, "N = {cells}: {enhancement}");
    }
    // tau_f -> ln[N (1-y)/a_f]/(N (x-1)), corrections of order ln N/N.
    for cells in [1000, 10_000] {
        let n = cells as f64;
        for f in [0.3, 0.9, 0.99] {
            let tau = *milestones(cells, 0.8, &[f], 1e-9).crossings[0].as_ref().expect("reached");
            let asymptote = (n * (1.0 - 1.0 / x) / argument(f)).ln() / (n * (x - 1.0));
            assert!((tau / asymptote - 1.0).abs() < 2.0 / n, "N = {cells}, f = {f}: {tau} {asymptote}");
        }
    }
}

#[test]
fn peaks_of_long_ladders() {
    let x = 0.8_f64.exp();
    for (cells, deviation, digits) in [(10, 0.300, 5e-4), (100, 0.2510, 5e-5), (10_000, 0.2381, 3e-4)] {
        let found = milestones(cells, 0.8, &[0.99], 1e-10);
        assert!((found.peak_deviation.0 / cells as f64 - deviation).abs() < digits, "{found:?}");
    }
    let n = 10_000.0;
    let found = milestones(10_000, 0.8, &[0.5], 1e-10);
    // e'(t)/(N(x-1)) = -a d/da large(a): its maximum over a.
    let slope = |ln: f64| (large((ln + 1e-4).exp()) - large((ln - 1e-4).exp())) / -2e-4;
    let peak = (-4000..4000).map(|k| slope(f64::from(k) * 1e-3)).fold(0.0, f64::max);
    assert!((peak - 0.1957).abs() < 5e-5, "{peak}");
    assert!((found.peak_flow.0 / (n * n * (x - 1.0)) - peak).abs() < 2.0 / n, "{found:?}");
}

#[test]
fn large_ladders_follow_the_exponential_integral() {
    let x = 0.8_f64.exp();
    let errors = |cells: usize| {
        let n = cells as f64;
        let ladder = EngineLadder::new(cells, 1.0, 0.8).unwrap();
        let times: Vec<f64> = (1..=8).map(|k| (n.ln() - 3.0 + f64::from(k)) / (n * (x - 1.0))).collect();
        let mut errors = Vec::new();
        let mut run = ladder.start(false, 1e-10);
        find_milestones(&mut run, &times, ladder.limit().mean, &[], &mut |_, time, run| {
            let a = n * (1.0 - 1.0 / x) * (-n * (x - 1.0) * time).exp();
            errors.push(n * (moments(run.populations()).0 / n - large(a)));
        })
        .expect("steps");
        errors
    };
    // N times the error is c_0 + c_1 ln N at every a.
    let [a, b, c] = [1000, 10_000, 100_000].map(errors);
    for k in 0..a.len() {
        assert!(c[k].abs() < 3.0 && (c[k] - 2.0 * b[k] + a[k]).abs() < 0.01, "{} {} {}", a[k], b[k], c[k]);
    }
}

#[test]
fn crossings_and_peaks_do_not_depend_on_how_they_are_found() {
    // Crossings: the mean there is the fraction. Peaks: nothing sampled densely lies above, and the best sample is near.
    for (cells, ln_ratio, excited) in [
        (1, 0.8, false),
        (10, 0.8, false),
        (40, -0.5, false),
        (40, 0.0, false),
        (200, 1.0, false),
        (200, 0.7, true),
        (60, -0.7, true),
    ] {
        let ladder = EngineLadder::new(cells, 1.0, ln_ratio).unwrap();
        let limit = ladder.limit().mean;
        let fractions = [0.5, 0.01, 0.99, 0.9999];
        let mut run = ladder.start(excited, 1e-12);
        let found = find_milestones(&mut run, &[], limit, &fractions, &mut |_, _, _| {}).expect("steps");
        let start = if excited { cells as f64 } else { 0.0 };
        for (f, time) in fractions.iter().zip(&found.crossings) {
            let time = *time.as_ref().expect("reached");
            let mut direct = ladder.start(excited, 1e-13);
            direct.advance_to(time).expect("steps");
            let (mean, _) = moments(direct.populations());
            let missed = (start + f * (limit - start) - mean) / direct.flow();
            // What the tolerance of the runs leaves, and the accuracy of the crossing.
            let allowed = 1e-10 * time + 3e-12 * ((limit - start) / direct.flow()).abs();
            assert!(missed.abs() < allowed, "{cells} {ln_ratio} {f}: {missed:e} {time:e}");
        }
        let end = run.time();
        let mut dense = ladder.start(excited, 1e-12);
        let mut best = [(dense.flow().abs(), 0.0), (dense.flow().abs(), 0.0), (0.0, 0.0)];
        for k in 1..=4000 {
            let time = end * (f64::from(k) / 4000.0).powi(2);
            dense.advance_to(time).expect("steps");
            let (mean, deviation) = moments(dense.populations());
            for (best, value) in
                best.iter_mut().zip([dense.flow().abs(), (mean - start).abs() / time, deviation])
            {
                if value > best.0 {
                    *best = (value, time);
                }
            }
        }
        for (peak, best) in [found.peak_flow, found.peak_average, found.peak_deviation].iter().zip(best) {
            assert!(
                peak.0 > best.0 * (1.0 - 1e-6) && peak.0 < best.0 * (1.0 + 3e-6),
                "{cells} {ln_ratio} {excited}: {peak:?} {best:?}"
            );
            if best.1 == 0.0 {
                assert_eq!(peak.1, 0.0);
            }
        }
    }
}

/// Populations 1 - m, m of one cell with m = (1 - e^{-t} cos 4t)/2: above its limit of 1/2 and back.
struct Ringing {
    time: f64,
    saved: f64,
    advances: usize,
    p: [f64; 2],
}

impl Ringing {
    fn new() -> Self {
        Ringing { time: 0.0, saved: 0.0, advances: 0, p: [1.0, 0.0] }
    }
    fn mean(t: f64) -> f64 {
        0.5 * (1.0 - (-t).exp() * (4.0 * t).cos())
    }
    fn set(&mut self, time: f64) {
        self.time = time;
        self.p = [1.0 - Self::mean(time), Self::mean(time)];
    }
}

impl EngineRun for Ringing {
    fn time(&self) -> f64 {
        self.time
    }
    fn populations(&self) -> &[f64] {
        &self.p
    }
    fn flow(&self) -> f64 {
        let t = self.time;
        0.5 * (-t).exp() * ((4.0 * t).cos() + 4.0 * (4.0 * t).sin())
    }
    fn engines(&self) -> Option<[f64; 3]> {
        None
    }
    fn advance_to(&mut self, time: f64) -> Known<()> {
        assert!(time >= self.time, "runs do not go back");
        self.advances += 1;
        self.set(time);
        Ok(())
    }
    fn error(&self) -> f64 {
        0.0
    }
    fn stride(&self) -> f64 {
        0.1
    }
    fn save(&mut self) {
        self.saved = self.time;
    }
    fn restore(&mut self) {
        self.set(self.saved);
    }
}

#[test]
fn first_crossings_of_a_curve_that_overshoots() {
    let mut run = Ringing::new();
    let fractions = [0.9999, 0.3];
    let found = find_milestones(&mut run, &[], 0.5, &fractions, &mut |_, _, _| {}).expect("closed form");
    for (f, time) in fractions.iter().zip(&found.crossings) {
        let expected = bisect(0.0, 0.5, |t| 2.0 * Ringing::mean(t) >= *f);
        let time = time.as_ref().expect("reached");
        assert!((time - expected).abs() < 1e-10 * expected, "{f}: {time} {expected}");
    }
    // Flow ~ e^{-t} cos(4t - b), b = atan 4, is largest at tan(4t - b) = -1/4.
    let best = (4f64.atan() - 0.25_f64.atan()) / 4.0;
    run.set(best);
    assert!((found.peak_flow.0 / run.flow() - 1.0).abs() < 1e-8, "{found:?}");
    assert!((found.peak_flow.1 - best).abs() < 1e-4);
    // The walk to 1e-6 of the limit is 140 strides.
    assert!(run.advances < 200, "{}", run.advances);
}

#[test]
fn every_time_is_visited_once_in_order() {
    let times = [0.0, 0.0, 0.05, 0.05, 0.31, 7.0, 30.0];
    let mut run = Ringing::new();
    let mut seen = Vec::new();
    find_milestones(&mut run, &times, 0.5, &[0.5], &mut |i, time, run| {
        assert_eq!(run.time(), time);
        assert_eq!(run.populations()[1], Ringing::mean(time));
        seen.push((i, time));
    })
    .expect("closed form");
    let expected: Vec<_> = times.into_iter().enumerate().collect();
    assert_eq!(seen, expected);
    assert!(run.time() < 30.5);
}

#[test]
fn times_close_together_and_far_away_hide_nothing() {
    // The first ones show no change at all, the last ones come when everything is known.
    let times: Vec<f64> = (0..8).map(|k| f64::from(k) * 1e-25).chain([1e3, 1e6, 1e12]).collect();
    let mut run = Ringing::new();
    let mut seen = 0;
    let found = find_milestones(&mut run, &times, 0.5, &[0.5], &mut |i, time, run| {
        assert!(i == seen && run.time() == time);
        seen += 1;
    })
    .expect("closed form");
    let mut direct = Ringing::new();
    let expected = find_milestones(&mut direct, &[], 0.5, &[0.5], &mut |_, _, _| {}).expect("closed form");
    let (a, b) = (found.crossings[0].unwrap(), expected.crossings[0].unwrap());
    assert!(seen == times.len() && (a - b).abs() < 1e-9);
    assert!((found.peak_flow.0 / expected.peak_flow.0 - 1.0).abs() < 1e-6);
    assert!(run.advances < 250, "{}", run.advances);
}

#[test]
fn what_is_not_reached_is_a_sentence() {
    let mut run = Ringing::new();
    let found = find_milestones(&mut run, &[1.0], 0.0, &[0.5], &mut |_, _, _| {}).expect("closed form");
    assert_eq!(found.crossings, [Err(Still::Battery.into())]);
    // A limit that is too high: given up.
    let mut run = Ringing::new();
    let found =
        find_milestones(&mut run, &[], 1.0, &[0.3, 0.9, 1.0], &mut |_, _, _| {}).expect("closed form");
    assert!(found.crossings[0].is_ok());
    assert!(
        found.crossings[1]
            .as_ref()
            .is_err_and(|e| e.to_string().starts_with("the run does not reach 0.9 of the way"))
    );
    assert_eq!(found.crossings[2], Err(Never::Fraction { fraction: 1.0 }.into()));
    assert!(run.advances < 1000, "{}", run.advances);
}
