//! The maxima of curves that are known at the times one asks for.
//!
//! A dense curve of stated spacing says about where they are: between two samples of the energy lies the cubic through both values and both powers, a sign
//! change of the power from + to - on it is a maximum; of the ergotropy, which has no derivative and may have kinks, a sample above its neighbours is one.
//! Exact values then say where, and how much it is: regula falsi on the power, and Brent's steps (parabolas, golden sections where they do not help) on
//! the ergotropy. Of the maxima that may be the largest as many are refined as it takes. What a curve does between samples that it does not show is
//! missed: nothing is proven.
//! Source: @brent1973, chapter 5.

use super::peaks::FirstPeak;
use super::{Extrema, Extremum, Maxima, Point, bump_of_cubic};
use crate::numerics::peak;
use crate::why::TooLarge;
use crate::{Known, Why};

/// The battery at one time; an ergotropy that is not asked for is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) energy: f64,
    /// dE_B/dt.
    pub(crate) power: f64,
    /// The global ergotropy.
    pub(crate) ergotropy: f64,
}

/// Which curves are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Energy,
    Ergotropy,
    Both,
}

impl Wanted {
    pub(crate) fn energy(self) -> bool {
        self != Wanted::Ergotropy
    }

    pub(crate) fn ergotropy(self) -> bool {
        self != Wanted::Energy
    }
}

/// A battery that can be looked at at any time.
pub(crate) trait Sampler {
    /// The battery at nondecreasing `times` >= 0, one sample for each: a dense even grid from 0 first, then a few times, often a single one.
    ///
    /// # Errors
    /// Why there is none.
    fn sample(&mut self, times: &[f64], wanted: Wanted) -> Known<Vec<Sample>>;
}

/// Most samples of a dense curve.
const MOST_SAMPLES: f64 = 2e7;
/// What is rounding, in units of the largest energy.
const ROUNDING: f64 = 1e-12;
/// Maxima that are refined to find the largest.
const MOST_REFINED: usize = 24;
/// By how much of what the parabola or cubic adds to the samples a maximum may lie above it.
const SLACK: f64 = 1.0;
/// Steps of a regula falsi at most.
const MOST_STEPS: usize = 60;

/// The maxima on [0, `end`] of the curves that are wanted, from samples at most `spacing` apart; the other one is [`Why::NotAsked`].
pub(crate) fn search(sampler: &mut dyn Sampler, end: f64, spacing: f64, wanted: Wanted) -> Extrema {
    match found(sampler, end, spacing, wanted) {
        Ok(extrema) => extrema,
        Err(why) => Extrema {
            energy: Err(if wanted.energy() { why } else { Why::NotAsked }),
            ergotropy: Err(if wanted.ergotropy() { why } else { Why::NotAsked }),
        },
    }
}

fn found(sampler: &mut dyn Sampler, end: f64, spacing: f64, wanted: Wanted) -> Known<Extrema> {
    if !(end > 0.0) {
        return Err(Why::NoTimes);
    }
    let count = (end / spacing).ceil().max(2.0);
    if !(count <= MOST_SAMPLES) {
        return Err(TooLarge::Samples { samples: count }.into());
    }
    let times: Vec<f64> = (0..=count as usize).map(|k| end * (k as f64 / count)).collect();
    let samples = sampler.sample(&times, wanted)?;
    let mut extrema = Extrema::unknown(Why::NotAsked);
    // An ergotropy is a difference of energies.
    let scale = samples.iter().map(|at| at.energy.abs()).fold(0.0, f64::max);
    let fine = (end / count, ROUNDING * scale);
    if wanted.energy() {
        let curve: Vec<_> = times.iter().zip(&samples).map(|(&t, at)| (t, at.energy, at.power)).collect();
        let mut refine = |[low, high]: [f64; 2], guess: Point| of_power(sampler, low, high, guess);
        extrema.energy = maxima(&times, &|k| curve[k].1, &risers(&curve), &mut refine, fine);
    }
    if wanted.ergotropy() {
        let values: Vec<f64> = samples.iter().map(|at| at.ergotropy).collect();
        let mut refine = |[low, high]: [f64; 2], guess: Point| {
            let mut trouble = None;
            let mut value = |t: f64| match sampler.sample(&[t], Wanted::Ergotropy) {
                Ok(at) => at[0].ergotropy,
                Err(why) => {
                    trouble = Some(why);
                    f64::NAN
                }
            };
            let (time, value) = peak((low, high), guess.0, &mut value);
            trouble.map_or(Ok(Extremum { value, time }), Err)
        };
        extrema.ergotropy = maxima(&times, &|k| values[k], &tops(&times, &values), &mut refine, fine);
    }
    Ok(extrema)
}

/// A maximum between samples: where to look, where it is about, and how high it may be.
#[derive(Clone, Copy, Debug)]
struct Bump {
    bracket: [f64; 2],
    /// The sample after which it is shown to the search of the first one.
    after: usize,
    guess: Point,
    /// A minimum behind it, before the next sample.
    dip: Option<Point>,
    bound: f64,
}

/// Finds the maximum in a bracket, from a guess.
type Refine<'a> = &'a mut dyn FnMut([f64; 2], Point) -> Known<Extremum>;

fn maxima(
    times: &[f64],
    value: &dyn Fn(usize) -> f64,
    bumps: &[Bump],
    refine: Refine<'_>,
    (resolution, rounding): (f64, f64),
) -> Known<Maxima> {
    if (0..times.len()).any(|k| !value(k).is_finite()) {
        return Err(Why::NoStates);
    }
    // What is refined, next to its bump.
    let mut known: Vec<Option<Extremum>> = vec![None; bumps.len()];
    let mut refined = |k: usize| -> Known<Extremum> {
        match known[k] {
            Some(found) => Ok(found),
            None => {
                let found = refine(bumps[k].bracket, bumps[k].guess)?;
                known[k] = Some(found);
                Ok(found)
            }
        }
    };
    let mut peak = FirstPeak::new(value(0), rounding);
    let mut first = None;
    let mut next = 0;
    'along: for k in 1..times.len() {
        while bumps.get(next).is_some_and(|bump| bump.after < k) {
            peak.push(bumps[next].guess);
            bumps[next].dip.into_iter().for_each(|dip| _ = peak.push(dip));
            next += 1;
        }
        if peak.push((times[k], value(k))) {
            let (time, value) = peak.found().expect("it is known now");
            let near = bumps.iter().position(|bump| bump.bracket[0] <= time && time <= bump.bracket[1]);
            first = match near {
                Some(near) => Some(refined(near)?),
                None => Some(Extremum { value, time }),
            };
            break 'along;
        }
    }
    // The ends and the samples count as they are.
    let larger = |best: Extremum, x: Extremum| if x.value > best.value + rounding { x } else { best };
    let samples = (0..times.len()).map(|k| Extremum { value: value(k), time: times[k] });
    let mut best = samples.fold(Extremum { value: value(0), time: 0.0 }, larger);
    let mut order: Vec<usize> = (0..bumps.len()).collect();
    order.sort_by(|&i, &j| bumps[j].guess.1.total_cmp(&bumps[i].guess.1));
    for k in order.into_iter().take(MOST_REFINED) {
        if bumps[k].bound > best.value + rounding {
            best = larger(best, refined(k)?);
        }
    }
    // The earliest of those that are as large.
    let as_large = (0..bumps.len()).filter(|&k| bumps[k].bound >= best.value - rounding);
    for k in as_large.take(MOST_REFINED) {
        if bumps[k].bracket[0] >= best.time {
            break;
        }
        let found = refined(k)?;
        if found.value >= best.value - rounding && found.time < best.time {
            best = found;
            break;
        }
    }
    Ok(Maxima { first, largest: best, certified: false, resolution: Some(resolution) })
}

/// Intervals in which the cubic of the energy has a maximum.
fn risers(curve: &[(f64, f64, f64)]) -> Vec<Bump> {
    let bump = |(k, pair): (usize, &[(f64, f64, f64)])| {
        let (a, b) = (pair[0], pair[1]);
        let guess = bump_of_cubic(a, b)?;
        let bound = guess.1 + SLACK * (guess.1 - a.1.max(b.1)).max(0.0);
        let turned = |(t, value, slope): (f64, f64, f64)| (t, -value, -slope);
        let dip =
            bump_of_cubic(turned(a), turned(b)).map(|(t, least)| (t, -least)).filter(|dip| dip.0 > guess.0);
        Some(Bump { bracket: [a.0, b.0], after: k, guess, dip, bound })
    };
    curve.windows(2).enumerate().filter_map(bump).collect()
}

/// Samples above their neighbours.
fn tops(times: &[f64], values: &[f64]) -> Vec<Bump> {
    let bump = |(k, three): (usize, &[f64])| {
        let [before, here, after] = [three[0], three[1], three[2]];
        let bend = 2.0 * here - before - after;
        let rise = if bend > 0.0 { 0.125 * (after - before).powi(2) / bend } else { 0.0 };
        let h = times[k + 1] - times[k];
        let time = times[k + 1] + if bend > 0.0 { 0.5 * h * (after - before) / bend } else { 0.0 };
        // Of a kink the flanks meet as high as half of what they turn by.
        let bound = here + rise + SLACK * 0.5 * bend;
        let guess = (time, here + rise);
        (here > before && here >= after).then_some(Bump {
            bracket: [times[k], times[k + 2]],
            after: k + 1,
            guess,
            dip: None,
            bound,
        })
    };
    values.windows(3).enumerate().filter_map(bump).collect()
}

/// Where the power changes its sign from + to -; the guess where it does not, as at the edge of a bracket.
fn of_power(sampler: &mut dyn Sampler, low: f64, high: f64, guess: Point) -> Known<Extremum> {
    let mut at = |t: f64| sampler.sample(&[t], Wanted::Energy).map(|found| found[0]);
    let (mut a, mut b) = ((low, at(low)?.power), (high, at(high)?.power));
    if !(a.1 > 0.0 && b.1 < 0.0) {
        // The cubic turns twice here.
        let middle = at(guess.0)?;
        match middle.power > 0.0 {
            true if b.1 < 0.0 => a = (guess.0, middle.power),
            false if a.1 > 0.0 => b = (guess.0, middle.power),
            _ => return Ok(Extremum { value: middle.energy, time: guess.0 }),
        }
    }
    // Illinois: where an end stays for a second time, its value is halved.
    let (mut time, mut best) = (guess.0, at(guess.0)?);
    let mut stayed = 0;
    for _ in 0..MOST_STEPS {
        if best.power > 0.0 {
            a = (time, best.power);
            b.1 *= if stayed > 0 { 0.5 } else { 1.0 };
            stayed = 1;
        } else {
            b = (time, best.power);
            a.1 *= if stayed < 0 { 0.5 } else { 1.0 };
            stayed = -1;
        }
        let next = (a.0 * b.1 - b.0 * a.1) / (b.1 - a.1);
        let next = if next > a.0 && next < b.0 { next } else { 0.5 * (a.0 + b.0) };
        let done = (next - time).abs().min(b.0 - a.0) <= 4.0 * f64::EPSILON * high;
        (time, best) = (next, at(next)?);
        if done || best.power == 0.0 {
            break;
        }
    }
    Ok(Extremum { value: best.energy, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Curve = fn(f64) -> f64;

    /// Energy with its slope, and ergotropy.
    struct Curves {
        energy: (Curve, Curve),
        ergotropy: Curve,
        asked: usize,
    }

    impl Sampler for Curves {
        fn sample(&mut self, times: &[f64], wanted: Wanted) -> Known<Vec<Sample>> {
            self.asked += times.len();
            let at = |&t: &f64| Sample {
                energy: (self.energy.0)(t),
                power: (self.energy.1)(t),
                ergotropy: if wanted.ergotropy() { (self.ergotropy)(t) } else { f64::NAN },
            };
            Ok(times.iter().map(at).collect())
        }
    }

    fn curves(energy: Curve, power: Curve, ergotropy: Curve) -> Curves {
        Curves { energy: (energy, power), ergotropy, asked: 0 }
    }

    const PI: f64 = std::f64::consts::PI;

    #[test]
    fn smooth_curves_and_kinks() {
        let mut at =
            curves(|t| t.sin().powi(2), |t| (2.0 * t).sin(), |t| t.sin().powi(2) - 1.0 + t.cos().abs());
        let found = search(&mut at, 7.0, 0.13, Wanted::Both);
        let (energy, ergotropy) = (found.energy.unwrap(), found.ergotropy.unwrap());
        assert!(!energy.certified && (energy.resolution.unwrap() - 7.0 / 54.0).abs() < 1e-15);
        for found in [energy.first.unwrap(), energy.largest] {
            assert!((found.value - 1.0).abs() < 1e-15 && (found.time - 0.5 * PI).abs() < 1e-12, "{found:?}");
        }
        // sin^2 + |cos| - 1 = |cos| (1 - |cos|): 1/4 where |cos| = 1/2, and 0 at t = 0.
        for found in [ergotropy.first.unwrap(), ergotropy.largest] {
            assert!((found.value - 0.25).abs() < 1e-14 && (found.time - PI / 3.0).abs() < 1e-7, "{found:?}");
        }
        assert!(at.asked < 55 + 120, "{}", at.asked);
    }

    #[test]
    fn the_largest_of_nearly_equal_ones_and_the_earliest_of_equal_ones() {
        // The second kink is higher by 1e-6, far less than samples tell.
        let mut at = curves(|_| 1.0, |_| 0.0, |t| 1.0 - (t - 1.03).abs().min((t - 4.01).abs() - 1e-6));
        let found = search(&mut at, 5.0, 0.11, Wanted::Ergotropy);
        assert_eq!(found.energy, Err(Why::NotAsked));
        let found = found.ergotropy.unwrap();
        assert!((found.largest.time - 4.01).abs() < 1e-7 && (found.largest.value - 1.000001).abs() < 1e-7);
        assert!((found.first.unwrap().time - 1.03).abs() < 1e-7, "{found:?}");
        let mut at = curves(|t| t.sin().powi(2), |t| (2.0 * t).sin(), |t| t.sin().powi(4));
        let found = search(&mut at, 400.0, 0.13, Wanted::Both);
        for found in [found.energy, found.ergotropy].map(Result::unwrap) {
            assert!((found.largest.time - 0.5 * PI).abs() < 1e-6, "{found:?}");
        }
    }

    #[test]
    fn ends_count_for_the_largest_and_not_for_the_first() {
        let mut at = curves(|t| t, |_| 1.0, |t| -t);
        let found = search(&mut at, 2.0, 0.3, Wanted::Both);
        let (energy, ergotropy) = (found.energy.unwrap(), found.ergotropy.unwrap());
        assert_eq!((energy.first, energy.largest), (None, Extremum { value: 2.0, time: 2.0 }));
        assert_eq!((ergotropy.first, ergotropy.largest), (None, Extremum { value: 0.0, time: 0.0 }));
        assert_eq!(search(&mut at, 0.0, 0.3, Wanted::Both).energy, Err(Why::NoTimes));
    }

    #[test]
    fn a_maximum_between_two_samples_of_rising_energy_is_seen() {
        // t^3/3 - a t^2/2 + b t with zeros of the power at 0.54 and 0.58, both between the samples 0.5 and 0.6.
        let mut at =
            curves(|t| t * t * t / 3.0 - 0.56 * t * t + 0.3132 * t, |t| (t - 0.54) * (t - 0.58), |_| 0.0);
        let found = search(&mut at, 1.0, 0.1, Wanted::Energy).energy.unwrap();
        assert!((found.first.unwrap().time - 0.54).abs() < 1e-10, "{found:?}");
    }
}
