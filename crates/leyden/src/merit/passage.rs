//! First passages: when a curve has half of its largest value, and how long after that it has lost half of it again.
//!
//! y_max = max_k y(t_k) over the times shown, t_max the first such time.
//!   rise: the first t with y(t) = y_max/2;   half-life: the first t > t_max with y(t) = y_max/2, less t_max.
//! Between times that are shown y is the cubic through the four next to it, an error of fourth order in their distance.
//! Of the ergotropy it is what studies of self-discharge compare.

use crate::numerics::bisect;
use crate::why::Never;

/// When a curve first has half of its largest value.
///
/// # Errors
/// Where it is never above zero.
pub fn half_rise(times: &[f64], y: &[f64]) -> Result<f64, Never> {
    let (_, largest) = largest(y)?;
    let half = 0.5 * largest;
    match y.iter().position(|y| *y >= half) {
        Some(0) | None => Ok(times[0]),
        Some(after) => Ok(crossing(times, y, after, half)),
    }
}

/// How long after its largest value a curve has lost half of it.
///
/// # Errors
/// Where it is never above zero, or keeps more than half until the last time.
pub fn half_life(times: &[f64], y: &[f64]) -> Result<f64, Never> {
    let (place, largest) = largest(y)?;
    let half = 0.5 * largest;
    let after = y.iter().skip(place).position(|y| *y <= half).ok_or(Never::Halves)?;
    Ok(crossing(times, y, place + after, half) - times[place])
}

/// Place and size of the largest value.
fn largest(y: &[f64]) -> Result<(usize, f64), Never> {
    let most = y.iter().copied().enumerate().fold((0, 0.0), |a, b| if b.1 > a.1 { b } else { a });
    let scale = y.iter().fold(0.0_f64, |a, y| a.max(y.abs()));
    // Rounding is nothing.
    if most.1 > 1e-12 * scale.max(1e-3) { Ok(most) } else { Err(Never::Rises) }
}

/// To the last digit of a double.
const HALVINGS: usize = 60;

/// Where the curve has a level between two times, the second at `after`.
fn crossing(times: &[f64], y: &[f64], after: usize, level: f64) -> f64 {
    let (from, to) = (times[after - 1], times[after]);
    if to <= from {
        return to;
    }
    let first = after.saturating_sub(2).min(times.len().saturating_sub(4));
    // Where stages meet a time is there twice, and the curve may jump: straight lines.
    let near = first..(first + 4).min(times.len());
    let smooth = times[near.clone()].windows(2).all(|pair| pair[1] > pair[0]) && near.len() == 4;
    let near = if smooth { near } else { after - 1..after + 1 };
    let at = |t: f64| -> f64 {
        let term = |k: usize| {
            let factors = near.clone().filter(|other| *other != k);
            y[k] * factors.map(|other| (t - times[other]) / (times[k] - times[other])).product::<f64>()
        };
        near.clone().map(term).sum::<f64>() - level
    };
    let up = y[after] > y[after - 1];
    bisect(from, to, HALVINGS, |t| if up { at(t) >= 0.0 } else { at(t) <= 0.0 }).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(end: f64, count: usize) -> Vec<f64> {
        (0..count).map(|k| end * k as f64 / (count - 1) as f64).collect()
    }

    #[test]
    fn an_exponential_has_its_half_life() {
        let times = grid(4.0, 81);
        let y: Vec<f64> = times.iter().map(|t| 3.0 * (-t).exp()).collect();
        // A cubic leaves (9/384) h^4 times the fourth derivative over the first.
        assert!((half_life(&times, &y).unwrap() - 2f64.ln()).abs() < 9.0 / 384.0 * 0.05_f64.powi(4));
        assert_eq!(half_rise(&times, &y), Ok(0.0));
        let early = grid(0.5, 11);
        let y: Vec<f64> = early.iter().map(|t| (-t).exp()).collect();
        assert_eq!(half_life(&early, &y), Err(Never::Halves));
    }

    #[test]
    fn an_oscillation_rises_and_falls() {
        // sin^2 t: half at pi/4, largest at pi/2, half again at 3 pi/4.
        let (pi, times) = (std::f64::consts::PI, grid(std::f64::consts::PI, 201));
        let y: Vec<f64> = times.iter().map(|t| t.sin().powi(2)).collect();
        assert!((half_rise(&times, &y).unwrap() - pi / 4.0).abs() < 1e-8);
        assert!((half_life(&times, &y).unwrap() - pi / 4.0).abs() < 1e-8);
    }

    #[test]
    fn what_never_rises_has_none() {
        assert_eq!(half_rise(&[0.0, 1.0], &[0.0, 0.0]), Err(Never::Rises));
        assert_eq!(half_life(&[0.0, 1.0], &[-1.0, -2.0]), Err(Never::Rises));
        assert_eq!(half_rise(&[2.0], &[1.0]), Ok(2.0));
    }

    #[test]
    fn a_jump_of_a_stage_is_at_its_time() {
        let (times, y) = ([0.0, 1.0, 1.0, 2.0], [0.0, 0.1, 1.0, 1.0]);
        assert_eq!(half_rise(&times, &y), Ok(1.0));
        let y = [1.0, 1.0, 0.2, 0.1];
        assert_eq!(half_life(&times, &y), Ok(1.0));
    }
}
