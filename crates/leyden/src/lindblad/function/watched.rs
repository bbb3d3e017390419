//! Where a function of time changes: its kinks and jumps, and how far a step may go without missing anything.
//!
//! Every nonlinear part g of f (a pulse, a wave, a power) is enclosed over the step by interval arithmetic. The step is allowed where no g
//! moves by more than a share of the largest value that it has anywhere: then what steps look at inside, the stages of a Runge-Kutta method, meets
//! every pulse on its way up, and the estimate of the error takes over. Products that are negligible as a whole (a wave far from its pulse) may move.

use super::tree::{Elementary, Node, Samples, TimeFunction};
use crate::numerics::{ComplexRange, Range};

/// Share of its largest value by which a part may move in one step.
const MOST_MOVED: f64 = 0.4;
/// What is negligible beside the largest value: a gaussian nine widths from its centre.
const NEGLIGIBLE: f64 = 1e-18;
/// Pieces of the whole time in which largest values are looked for.
const PIECES: usize = 64;
/// Kinks that a function may have.
pub(super) const MOST_KINKS: usize = 100_000;
/// How far rounding puts a crossing from where it is, relative to it.
const NEAR: f64 = 1e-13;
/// Times that differ by less, relative to the larger, are one.
const ROUNDING: f64 = 1e-14;

/// A function with the largest values of its parts up to some time.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    node: Part,
    largest: f64,
}

#[derive(Clone, Debug)]
enum Part {
    Number(ComplexRange),
    Time,
    Sum(Vec<Watched>),
    Product(Vec<Watched>),
    Power(Box<Watched>, Box<Watched>),
    Elementary(Elementary, Box<Watched>),
    Samples(Samples, Box<Watched>),
    Conjugate(Box<Watched>),
}

impl Watched {
    pub(super) fn new(function: &TimeFunction, end: f64) -> Self {
        let watch = |function: &TimeFunction| Watched::new(function, end);
        let list = |functions: &[TimeFunction]| functions.iter().map(watch).collect();
        let node = match function {
            TimeFunction::Number(x) => {
                Part::Number(ComplexRange { re: Range::point(x.re), im: Range::point(x.im) })
            }
            TimeFunction::Time => Part::Time,
            TimeFunction::Of(node) => match &**node {
                Node::Sum(terms) => Part::Sum(list(terms)),
                Node::Product(factors) => Part::Product(list(factors)),
                Node::Power(base, exponent) => Part::Power(Box::new(watch(base)), Box::new(watch(exponent))),
                Node::Elementary(function, x) => Part::Elementary(*function, Box::new(watch(x))),
                Node::Samples(samples, x) => Part::Samples(samples.clone(), Box::new(watch(x))),
                Node::Conjugate(x) => Part::Conjugate(Box::new(watch(x))),
            },
        };
        let mut watched = Watched { node, largest: f64::INFINITY };
        let piece = end / PIECES as f64;
        let pieces = (0..PIECES).map(|k| Range::new(piece * k as f64, piece * (k + 1) as f64));
        watched.largest = pieces.map(|piece| watched.enclosed(piece).largest()).fold(0.0, f64::max);
        watched
    }

    /// Largest modulus up to the end, or more.
    pub(super) fn largest(&self) -> f64 {
        self.largest
    }

    /// Where its values lie while t runs through an interval.
    fn enclosed(&self, times: Range) -> ComplexRange {
        match &self.node {
            Part::Number(x) => *x,
            Part::Time => ComplexRange::real(times),
            Part::Sum(terms) => {
                let of = terms.iter().map(|term| term.enclosed(times));
                of.fold(ComplexRange::real(Range::point(0.0)), ComplexRange::plus)
            }
            Part::Product(factors) => {
                let of = factors.iter().map(|factor| factor.enclosed(times));
                of.fold(ComplexRange::real(Range::point(1.0)), ComplexRange::times)
            }
            Part::Power(base, exponent) => raised(base.enclosed(times), exponent.enclosed(times)),
            Part::Elementary(function, x) => elementary(*function, x.enclosed(times)),
            Part::Samples(samples, x) => ComplexRange::real(of_samples(samples, x.enclosed(times).re)),
            Part::Conjugate(x) => {
                let x = x.enclosed(times);
                ComplexRange { re: x.re, im: x.im.negative() }
            }
        }
    }

    /// Whether no part moves so much within an interval that a step might miss it.
    pub(super) fn is_calm(&self, times: Range) -> bool {
        let here = self.enclosed(times);
        if here.largest() <= NEGLIGIBLE * self.largest {
            return true;
        }
        let moves = || here.width() > MOST_MOVED * self.largest;
        match &self.node {
            Part::Number(_) | Part::Time => true,
            Part::Sum(parts) | Part::Product(parts) => parts.iter().all(|part| part.is_calm(times)),
            // Whatever is inside acts through them alone; a curve from sample to sample is known by its kinks.
            Part::Power(base, exponent) => !moves() && base.is_calm(times) && exponent.is_calm(times),
            Part::Elementary(_, x) => !moves() && x.is_calm(times),
            Part::Samples(_, x) | Part::Conjugate(x) => x.is_calm(times),
        }
    }

    /// Times in (0, end) at which it jumps or has a kink; `None` where they are too many.
    pub(super) fn kinks(&self, end: f64) -> Option<Vec<f64>> {
        let mut found = Vec::new();
        self.add_kinks(end, &mut found)?;
        found.retain(|time| *time > 0.0 && *time < end);
        found.sort_by(f64::total_cmp);
        found.dedup_by(|later, earlier| *later - *earlier <= ROUNDING * later.abs());
        Some(found)
    }

    fn add_kinks(&self, end: f64, found: &mut Vec<f64>) -> Option<()> {
        let crossings = |x: &Watched, values: &[f64], found: &mut Vec<f64>| {
            values.iter().try_for_each(|&value| x.crossings(value, end, found))
        };
        match &self.node {
            Part::Number(_) | Part::Time => Some(()),
            Part::Sum(parts) | Part::Product(parts) => {
                parts.iter().try_for_each(|part| part.add_kinks(end, found))
            }
            Part::Power(base, exponent) => {
                base.add_kinks(end, found)?;
                exponent.add_kinks(end, found)
            }
            Part::Elementary(function, x) => {
                match function {
                    Elementary::Step | Elementary::Abs => crossings(x, &[0.0], found)?,
                    Elementary::Ramp => crossings(x, &[0.0, 1.0], found)?,
                    _ => (),
                }
                x.add_kinks(end, found)
            }
            Part::Samples(samples, x) => {
                let values: Vec<f64> = samples.points().iter().map(|point| point.0).collect();
                crossings(x, &values, found)?;
                x.add_kinks(end, found)
            }
            Part::Conjugate(x) => x.add_kinks(end, found),
        }
    }

    /// Times at which its real part takes a value.
    fn crossings(&self, value: f64, end: f64, found: &mut Vec<f64>) -> Option<()> {
        let mut open = vec![(0.0, end)];
        // Straight lines cross once.
        let at = |time: f64| self.enclosed(Range::point(time)).re.low - value;
        if let Some((slope, offset)) = self.line() {
            if slope != 0.0 {
                found.push(self.first_beyond(value, (value - offset) / slope));
            }
            return (found.len() <= MOST_KINKS).then_some(());
        }
        let mut looked = 0;
        while let Some((low, high)) = open.pop() {
            looked += 1;
            if found.len() > MOST_KINKS || looked > 60 * MOST_KINKS {
                return None;
            }
            let range = Range::new(low, high);
            if !self.enclosed(range).re.contains(value) {
                continue;
            }
            let middle = 0.5 * (low + high);
            if high - low <= ROUNDING * high || !(low < middle && middle < high) {
                // The side on which the value has been passed.
                let near = if at(low).abs() <= at(high).abs() { low } else { high };
                let near = self.first_beyond(value, near);
                if found.last().is_none_or(|last| (last - near).abs() > 4.0 * ROUNDING * near.abs()) {
                    found.push(near);
                }
                continue;
            }
            open.push((middle, high));
            open.push((low, middle));
        }
        Some(())
    }

    /// The first number near a crossing that lies beyond it, as values are computed: a jump there is one between neighbouring numbers.
    fn first_beyond(&self, value: f64, crossing: f64) -> f64 {
        let above = |time: f64| self.enclosed(Range::point(time)).re.low >= value;
        let margin = NEAR * crossing.abs();
        let (mut before, mut beyond) = (crossing - margin, crossing + margin);
        if above(before) == above(beyond) {
            return crossing;
        }
        while before.next_up() < beyond {
            let middle = 0.5 * (before + beyond);
            let middle = if middle <= before { before.next_up() } else { middle };
            match above(middle) == above(before) {
                true => before = middle,
                false => beyond = middle,
            }
        }
        beyond
    }

    /// (slope, value at 0) of a straight line.
    fn line(&self) -> Option<(f64, f64)> {
        match &self.node {
            Part::Number(x) => Some((0.0, x.re.low)),
            Part::Time => Some((1.0, 0.0)),
            Part::Sum(terms) => terms.iter().try_fold((0.0, 0.0), |(a, b), term| {
                let (c, d) = term.line()?;
                Some((a + c, b + d))
            }),
            Part::Product(factors) => factors.iter().try_fold((0.0, 1.0), |(a, b), factor| {
                let (c, d) = factor.line()?;
                (a * c == 0.0).then_some((a * d + b * c, b * d))
            }),
            _ => None,
        }
    }
}

fn raised(base: ComplexRange, exponent: ComplexRange) -> ComplexRange {
    if exponent.is_real() && exponent.re.width() == 0.0 {
        let n = exponent.re.low;
        if n.fract() == 0.0 && n.abs() <= 1e6 {
            if base.is_real() {
                return ComplexRange::real(base.re.power(n as i32));
            }
            let of_positive =
                (0..n.abs() as u32).fold(ComplexRange::real(Range::point(1.0)), |p, _| p.times(base));
            return if n < 0.0 { of_positive.inverse() } else { of_positive };
        }
    }
    // a^b = e^{b ln a} of positive a.
    match base.is_real() && exponent.is_real() && base.re.low >= 0.0 {
        true => ComplexRange::real(base.re.rising(f64::ln)).times(exponent).exp(),
        false => ComplexRange::EVERYTHING,
    }
}

fn elementary(function: Elementary, x: ComplexRange) -> ComplexRange {
    let quarter = Range::point(-std::f64::consts::FRAC_PI_2);
    let real = |range: Range| ComplexRange::real(range);
    match (function, x.is_real()) {
        (Elementary::Exp, _) => x.exp(),
        (Elementary::Real, _) => real(x.re),
        (Elementary::Imaginary, _) => real(x.im),
        (Elementary::Step, _) => real(x.re.rising(|x| Elementary::Step.at_real(x))),
        (Elementary::Ramp, _) => real(x.re.rising(|x| Elementary::Ramp.at_real(x))),
        (Elementary::Sqrt, true) => real(x.re.rising(|x| x.max(0.0).sqrt())),
        (Elementary::Sin, true) => real(x.re.plus(quarter).cos()),
        (Elementary::Cos, true) => real(x.re.cos()),
        (Elementary::Abs, true) => real(x.re.modulus()),
        (Elementary::Gaussian | Elementary::Sech, true) => real(x.re.falling_off(|x| function.at_real(x))),
        (Elementary::Abs, false) => {
            real(x.re.power(2).plus(x.im.power(2)).rising(|square| square.max(0.0).sqrt()))
        }
        (Elementary::Sqrt | Elementary::Sin | Elementary::Cos, false) => ComplexRange::EVERYTHING,
        (Elementary::Gaussian | Elementary::Sech, false) => ComplexRange::EVERYTHING,
    }
}

/// Values of samples on an interval of their argument.
fn of_samples(samples: &Samples, x: Range) -> Range {
    let points = samples.points();
    let inside = points.iter().filter(|point| x.contains(point.0)).map(|point| point.1);
    let ends = [samples.at(x.low.max(f64::MIN)), samples.at(x.high.min(f64::MAX))];
    let (low, high) =
        inside.chain(ends).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), y| (a.min(y), b.max(y)));
    // 0 just outside.
    let (first, last) = (points[0].0, points[points.len() - 1].0);
    match first <= x.low && x.high <= last {
        true => Range::new(low, high),
        false => Range::new(low.min(0.0), high.max(0.0)),
    }
}
