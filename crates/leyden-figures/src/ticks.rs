//! Where ticks stand and what they say. All labels are exact: a tick is an integer times a power
//! of ten, and its label is written from that integer.

use crate::axis::{Scale, Span};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// Position along the axis, 0 to 1.
    pub(crate) at: f64,
    /// Label in markup.
    pub(crate) label: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) major: Vec<Tick>,
    pub(crate) minor: Vec<f64>,
    /// Power of ten taken out of all labels.
    pub(crate) exponent: Option<i32>,
}

/// Minor ticks closer than this (in points) blur into a grey band.
const CLOSEST_MINOR: f64 = 2.2;
/// Rounding slack, in steps.
const SLACK: f64 = 1e-6;

/// The finest ticks whose labels `fit`, on an axis of `length` points.
pub(crate) fn ticks(span: &Span, length: f64, fit: &dyn Fn(&[Tick]) -> bool) -> Ticks {
    match span.scale {
        Scale::Linear => linear(span, length, fit),
        Scale::Log => logarithmic(span, length, fit),
    }
}

/// Steps 1, 2, 5 times a power of ten.
fn linear(span: &Span, length: f64, fit: &dyn Fn(&[Tick]) -> bool) -> Ticks {
    let (low, high) = match span.scale {
        Scale::Linear => (span.low, span.high),
        // A log axis of much less than a decade: evenly spaced numbers read best.
        Scale::Log => (span.scale.value(span.low), span.scale.value(span.high)),
    };
    let finest = ((high - low) / 100.0).log10().floor() as i32;
    let finest = if span.whole { finest.max(0) } else { finest };
    let mut last = Ticks::default();
    for power in finest..finest.saturating_add(4) {
        for digit in [1, 2, 5] {
            let ticks = linear_with(span, low, high, digit, power, length);
            let count = ticks.major.len();
            if count < 2 && !last.major.is_empty() && !span.whole {
                return last;
            }
            if count <= 12 {
                if fit(&ticks.major) {
                    return ticks;
                }
                last = ticks;
            }
        }
    }
    last
}

fn linear_with(span: &Span, low: f64, high: f64, digit: i64, power: i32, length: f64) -> Ticks {
    let number = |n: i64| times_power_of_ten(n as f64, power);
    let multiples = |step: f64| ((low / step - SLACK).ceil() as i64, (high / step + SLACK).floor() as i64);
    let step = number(digit);
    let (first, last) = multiples(step);
    if last - first > 100 {
        // Too fine to be shown; a full list would only be thrown away.
        return Ticks { major: vec![Tick { at: 0.0, label: String::new() }; 101], ..Ticks::default() };
    }
    let largest = low.abs().max(high.abs());
    let magnitude = largest.log10().floor() as i32;
    let exponent = (!(1e-2..1e4 * (1.0 + SLACK)).contains(&largest)).then_some(magnitude);
    let decimals = (exponent.unwrap_or(0) - power).max(0) as usize;
    let zeros = (power - exponent.unwrap_or(0)).max(0) as u32;
    let tick = |n: i64| {
        let at = span.position(number(n))?.clamp(0.0, 1.0);
        Some(Tick { at, label: decimal(n * 10i64.pow(zeros.min(4)), decimals) })
    };
    let major = (first..=last).filter_map(|i| tick(i * digit)).collect();

    let parts = if digit == 2 { 4 } else { 5 };
    let minor_step = step / parts as f64;
    let halves = span.whole && minor_step.fract() != 0.0;
    let enough_room = !halves && length * minor_step / (high - low) >= CLOSEST_MINOR;
    let (first, last) = multiples(minor_step);
    let between = (first..=last).filter(|i| enough_room && i % parts != 0);
    let minor = between.filter_map(|i| span.position(i as f64 * minor_step)).collect();
    Ticks { major, minor, exponent }
}

/// Decades, or 1, 2, 5 within them, or evenly spaced numbers, as the length of the axis demands.
fn logarithmic(span: &Span, length: f64, fit: &dyn Fn(&[Tick]) -> bool) -> Ticks {
    let first = (span.low - SLACK).ceil() as i32;
    let last = (span.high + SLACK).floor() as i32;
    let decades = (last > first).then(|| decades(span, first, last, length, fit));
    let few = match decades {
        // Two powers of ten tell little; numbers between them do, where they are short.
        Some(_) if last == first + 1 && first >= PLAIN.start && last <= PLAIN.end => 3,
        Some(decades) => return decades,
        None => 2,
    };
    for multiples in [&[1, 2, 3, 4, 5, 6, 7, 8, 9][..], &[1, 2, 5]] {
        let labelled = within(span, first, last, multiples);
        let major: Vec<Tick> = labelled
            .map(|(at, m, power)| Tick { at: at.clamp(0.0, 1.0), label: multiple(m, power) })
            .collect();
        if major.len() >= few && fit(&major) {
            let others: Vec<i64> = (1..=9).filter(|m| !multiples.contains(m)).collect();
            let minor = within(span, first, last, &others).map(|(at, ..)| at).collect();
            return Ticks { major, minor, exponent: None };
        }
    }
    decades.unwrap_or_else(|| linear(span, length, fit))
}

fn decades(span: &Span, first: i32, last: i32, length: f64, fit: &dyn Fn(&[Tick]) -> bool) -> Ticks {
    let per_decade = length / (span.high - span.low);
    let mut major = Vec::new();
    let mut stride = 1;
    for candidate in [1, 2, 3, 4, 5, 10, 20, 50, 100, 200] {
        let labelled: Vec<Tick> = (first..=last)
            .filter(|power| power % candidate == 0)
            .map(|power| Tick {
                at: log_position(span, 1, power).clamp(0.0, 1.0),
                label: format!("10^{{{power}}}"),
            })
            .collect();
        if labelled.is_empty() {
            break;
        }
        (major, stride) = (labelled, candidate);
        if fit(&major) {
            break;
        }
    }
    let minor = if stride == 1 && per_decade * (10f64 / 9.0).log10() >= CLOSEST_MINOR / 3.0 {
        within(span, first, last, &[2, 3, 4, 5, 6, 7, 8, 9]).map(|(at, ..)| at).collect()
    } else if stride > 1 && per_decade >= CLOSEST_MINOR {
        (first..=last).filter(|power| power % stride != 0).map(|power| log_position(span, 1, power)).collect()
    } else {
        Vec::new()
    };
    Ticks { major, minor, exponent: None }
}

/// These multiples of powers of ten inside the axis, the decade before the `first` power included:
/// position, multiple, power.
fn within(span: &Span, first: i32, last: i32, multiples: &[i64]) -> impl Iterator<Item = (f64, i64, i32)> {
    // Below 1 nothing is counted.
    let least = if span.whole { 0 } else { first - 1 };
    let all = (least.max(first - 1)..=last).flat_map(move |power| multiples.iter().map(move |&m| (m, power)));
    all.map(|(m, power)| (log_position(span, m, power), m, power)).filter(|&(at, ..)| inside(at))
}

fn inside(at: f64) -> bool {
    (-SLACK..=1.0 + SLACK).contains(&at)
}

/// From the exponent itself: 10^-320 is no normal number, yet has its place.
fn log_position(span: &Span, multiple: i64, power: i32) -> f64 {
    (f64::from(power) + (multiple as f64).log10() - span.low) / (span.high - span.low)
}

/// Powers of ten whose multiples are short without one.
const PLAIN: std::ops::Range<i32> = -3..4;

/// `m` times ten to the `power`, plain where that is short.
fn multiple(m: i64, power: i32) -> String {
    match power {
        0.. if PLAIN.contains(&power) => decimal(m * 10i64.pow(power as u32), 0),
        ..0 if PLAIN.contains(&power) => decimal(m, -power as usize),
        _ if m == 1 => format!("10^{{{power}}}"),
        _ => format!("{m}\\,×\\,10^{{{power}}}"),
    }
}

/// Dividing by an exact power of ten keeps 0.3 at 0.3.
fn times_power_of_ten(x: f64, power: i32) -> f64 {
    if (-22..0).contains(&power) { x / 10f64.powi(-power) } else { x * 10f64.powi(power) }
}

/// The integer `n` with the decimal point moved `decimals` places to the left.
fn decimal(n: i64, decimals: usize) -> String {
    let sign = if n < 0 { "\u{2212}" } else { "" };
    let digits = format!("{:0width$}", n.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scale: Scale, low: f64, high: f64) -> Ticks {
        let span = Span { scale, low, high, whole: false };
        ticks(&span, 200.0, &|major| major.len() <= 7)
    }

    fn labels(ticks: &Ticks) -> Vec<&str> {
        ticks.major.iter().map(|t| t.label.as_str()).collect()
    }

    #[test]
    fn linear_labels_are_exact() {
        assert_eq!(labels(&of(Scale::Linear, 0.0, 1.0)), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            labels(&of(Scale::Linear, -1.0, 1.0)),
            ["\u{2212}1.0", "\u{2212}0.5", "0.0", "0.5", "1.0"]
        );
        let small = of(Scale::Linear, 0.0, 3e-5);
        assert_eq!(small.exponent, Some(-5));
        assert_eq!(labels(&small)[1], "0.5");
        let large = of(Scale::Linear, 0.0, 40_000.0);
        assert_eq!((large.exponent, labels(&large)[1]), (Some(4), "1"));
    }

    #[test]
    fn log_labels_are_powers_of_ten() {
        let t = of(Scale::Log, -3.0, 1.0);
        assert_eq!(labels(&t), ["10^{-3}", "10^{-2}", "10^{-1}", "10^{0}", "10^{1}"]);
        assert_eq!(t.minor.len(), 4 * 8);
        let wide = of(Scale::Log, -300.0, 300.0);
        assert!(wide.major.len() >= 3 && wide.major.len() <= 7);
        assert_eq!(labels(&of(Scale::Log, -0.1, 0.8)), ["1", "2", "5"]);
        let narrow = of(Scale::Log, 0.32, 0.36);
        assert!(narrow.major.len() >= 3, "{narrow:?}");
    }

    #[test]
    fn every_interval_gets_ordered_ticks_inside_it() {
        for scale in [Scale::Linear, Scale::Log] {
            for power in [-290, -30, -5, 0, 1, 4, 30, 290] {
                for (a, b) in [(0.0, 1.0), (1.0, 1.3), (-7.0, 3.1), (9.99, 10.01)] {
                    let unit = match scale {
                        Scale::Linear => 10f64.powi(power),
                        Scale::Log => f64::from(power.clamp(-9, 9)),
                    };
                    if unit == 0.0 {
                        continue;
                    }
                    let (low, high) = (f64::min(a * unit, b * unit), f64::max(a * unit, b * unit));
                    let t = of(scale, low, high);
                    assert!(t.major.len() >= 2, "{scale:?} {low} {high} {t:?}");
                    assert!(t.major.len() <= 7, "{scale:?} {low} {high} {t:?}");
                    for pair in t.major.windows(2) {
                        assert!(pair[0].at < pair[1].at);
                        assert_ne!(pair[0].label, pair[1].label, "{t:?}");
                    }
                    let all = t.major.iter().map(|t| t.at).chain(t.minor.iter().copied());
                    assert!(all.into_iter().all(inside));
                }
            }
        }
    }

    /// Nothing is counted between 0 and 1, nor between whole numbers.
    #[test]
    fn an_axis_that_counts_has_no_ticks_below_one() {
        for (low, high) in [(-0.1, 1.3), (-0.1, 5.0), (-0.2, 0.9)] {
            let span = Span { scale: Scale::Log, low, high, whole: true };
            let t = ticks(&span, 200.0, &|major| major.len() <= 7);
            let lowest = t.minor.iter().copied().chain(t.major.iter().map(|t| t.at)).fold(1.0, f64::min);
            assert!((lowest + low / (high - low)).abs() < 1e-9, "{t:?}");
            assert!(t.major.len() >= 3, "{t:?}");
        }
    }

    /// However much room there is, more than twelve labels are not read.
    #[test]
    fn a_linear_axis_has_at_most_twelve_labels() {
        let all = |low: f64, high: f64| {
            ticks(&Span { scale: Scale::Linear, low, high, whole: false }, 1e5, &|_| true).major.len()
        };
        for k in 0..400 {
            let (low, length) = (f64::from(k % 7) / 3.0, 10f64.powf(f64::from(k) / 100.0 - 2.0));
            let count = all(low, low + length);
            assert!((4..=12).contains(&count), "{low} {length} {count}");
        }
        assert_eq!([all(0.0, 11.0), all(0.0, 12.0)], [12, 7]);
    }

    /// Positions as numbers on the axis.
    fn on_ruler(positions: &[f64], low: f64, high: f64) -> Vec<f64> {
        positions.iter().map(|at| low + at * (high - low)).collect()
    }

    fn close(found: &[f64], expected: &[f64]) {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9;
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(near),
            "{found:?}\n{expected:?}"
        );
    }

    /// Steps of 1 and 5 have four minor ticks between, steps of 2 three.
    #[test]
    fn minor_ticks_divide_linear_steps_evenly() {
        for (low, high, step, parts) in [
            (0.0, 1.0, 0.2, 4),
            (0.0, 5.0, 1.0, 5),
            (-1.0, 1.0, 0.5, 5),
            (0.0, 24.0, 5.0, 5),
            (0.3, 0.9, 0.1, 5),
        ] {
            let t = of(Scale::Linear, low, high);
            let minor = step / f64::from(parts);
            let all = |k: i32| f64::from(k) * minor;
            let inside = |x: &f64| *x > low - 1e-9 && *x < high + 1e-9;
            let is_major = |k: i32| k % parts == 0;
            let expected: Vec<f64> =
                (-1000..1000).filter(|k| !is_major(*k)).map(all).filter(inside).collect();
            close(&on_ruler(&t.minor, low, high), &expected);
            let major: Vec<f64> = (-1000..1000).filter(|k| is_major(*k)).map(all).filter(inside).collect();
            close(&on_ruler(&t.major.iter().map(|t| t.at).collect::<Vec<_>>(), low, high), &major);
        }
        // On a short axis they would blur.
        let span = Span { scale: Scale::Linear, low: 0.0, high: 1.0, whole: false };
        let short = |length| ticks(&span, length, &|major| major.len() <= 3).minor.len();
        assert_eq!((short(21.9), short(22.1)), (0, 8));
    }

    #[test]
    fn minor_ticks_of_decades_are_two_to_nine() {
        let t = of(Scale::Log, -0.5, 2.2);
        let of_decades = (-1..=2).flat_map(|p| (2..=9).map(move |m| f64::from(p) + f64::from(m).log10()));
        let expected: Vec<f64> = of_decades.filter(|x| (-0.5..=2.2).contains(x)).collect();
        close(&on_ruler(&t.minor, -0.5, 2.2), &expected);
        assert_eq!(labels(&t), ["10^{0}", "10^{1}", "10^{2}"]);
        // Where labels stand at every second decade, the others are minor.
        let span = Span { scale: Scale::Log, low: -6.0, high: 6.0, whole: false };
        let t = ticks(&span, 200.0, &|major| major.len() <= 7);
        assert_eq!(labels(&t)[..3], ["10^{-6}", "10^{-4}", "10^{-2}"]);
        close(&on_ruler(&t.minor, -6.0, 6.0), &[-5.0, -3.0, -1.0, 1.0, 3.0, 5.0]);
        // Within a decade, those without a label.
        let t = of(Scale::Log, -0.1, 0.8);
        let expected = [0.8, 0.9, 3.0, 4.0, 6.0].map(f64::log10);
        close(&on_ruler(&t.minor, -0.1, 0.8), &expected);
        let t = of(Scale::Log, 0.31, 0.99);
        assert_eq!(labels(&t), ["3", "4", "5", "6", "7", "8", "9"]);
        assert!(t.minor.is_empty());
    }

    #[test]
    fn labels_say_the_number_at_their_tick() {
        for (scale, low, high, expected) in [
            (Scale::Linear, 0.0, 40.0, &["0", "10", "20", "30", "40"][..]),
            (Scale::Linear, -0.02, 0.02, &["\u{2212}0.02", "\u{2212}0.01", "0.00", "0.01", "0.02"]),
            (Scale::Linear, 99.0, 101.0, &["99.0", "99.5", "100.0", "100.5", "101.0"]),
            (Scale::Linear, 0.0, 9000.0, &["0", "2000", "4000", "6000", "8000"]),
            (Scale::Log, 1.9, 3.2, &["100", "200", "500", "1000"]),
            (Scale::Log, -0.1, 1.9, &["1", "2", "5", "10", "20", "50"]),
            (Scale::Log, -3.3, -1.9, &["0.001", "0.002", "0.005", "0.01"]),
            (Scale::Log, 3.9, 5.2, &["10^{4}", "10^{5}"]),
            (Scale::Log, -0.5, 2.2, &["10^{0}", "10^{1}", "10^{2}"]),
            (Scale::Log, -2.1, -1.2, &["0.01", "0.02", "0.05"]),
            (Scale::Log, 3.6, 4.4, &["5000", "10^{4}", "2\\,×\\,10^{4}"]),
            (Scale::Log, -5.4, -4.6, &["5\\,×\\,10^{-6}", "10^{-5}", "2\\,×\\,10^{-5}"]),
        ] {
            assert_eq!(labels(&of(scale, low, high)), expected, "{low} to {high}");
        }
        for (high, exponent, last) in [
            (0.009, Some(-3), "8"),
            (0.011, None, "0.010"),
            (9999.0, None, "8000"),
            (12_000.0, Some(4), "1.2"),
        ] {
            let t = of(Scale::Linear, 0.0, high);
            assert_eq!((t.exponent, labels(&t).last().copied()), (exponent, Some(last)), "{high}");
        }
    }
}
