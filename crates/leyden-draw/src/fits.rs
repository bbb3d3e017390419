//! Fits against the number of cells.
//!
//! For a star R = W(inf)/E_B(inf) = 1 - a/N up to higher orders in 1/N. The fit is least squares on 1 - R over the upper
//! half of the logarithmic range, a = sum((1 - R)/N)/sum(1/N^2). A charging time gets the power of N of least squares on
//! the logarithms, beside it the slopes between neighbours where one power does not describe them. Every fit says its
//! range.

use leyden::merit::{self, FreedomFit, PowerFit, fit_freedom};
use leyden_figures::{Line, LinePanel};

use super::markup::number;
use leyden_results::extent;

/// A law for large N is not fitted to fewer cells than this.
const LEAST_CELLS: f64 = 8.0;
/// Local slopes further apart than this are no power law.
const SPREAD: f64 = 0.3;
/// Nor is one line for local slopes further apart than this.
const NO_POWER: f64 = 3.0;

/// 1 - R = a/N over the upper half of the logarithmic range: R = 1 - a/N is what remains for large N.
pub(super) fn fit_ratio(n: &[f64], r: &[f64]) -> Option<FreedomFit> {
    let known: Vec<(f64, f64)> =
        n.iter().copied().zip(r.iter().copied()).filter(|(n, r)| *n > 0.0 && r.is_finite()).collect();
    let (low, high) = extent(&known.iter().map(|(n, _)| *n).collect::<Vec<f64>>())?;
    if high < LEAST_CELLS {
        return None;
    }
    let upper: Vec<(f64, f64)> =
        known.iter().copied().filter(|(n, _)| *n >= (low * high).sqrt() - 1e-9).collect();
    let used = if upper.len() >= 2 { upper } else { known };
    if used.len() < 2 {
        return None;
    }
    let (cells, ratios): (Vec<f64>, Vec<f64>) = used.into_iter().unzip();
    fit_freedom(&cells, &ratios)
}

/// Adds the fit of R to every line: guide, coefficient, range.
pub(super) fn fit_ratios(lines: &mut Vec<Line>, panel: &mut LinePanel) {
    const STEPS: i32 = 100;
    let mut guides = Vec::new();
    let mut ranges: Vec<String> = Vec::new();
    let one = lines.len() == 1;
    for line in lines.iter_mut() {
        let Some(fit) = fit_ratio(&line.x, &line.y) else { continue };
        // Drawn beyond the range of the fit, too: there one sees how far it holds.
        let low = extent(&line.x).map_or(fit.range.0, |(low, _)| low.max(1.0));
        let x: Vec<f64> =
            (0..=STEPS).map(|i| low * (fit.range.1 / low).powf(f64::from(i) / f64::from(STEPS))).collect();
        let y: Vec<f64> = x.iter().map(|n| 1.0 - fit.a / n).collect();
        guides.push(Line::guide("", &x, &y));
        let range = said_range(fit.range);
        let a = number(fit.a);
        if one {
            panel.notes.push(format!("*R* = 1 - *a*/*N*, *a* = {a} ({range})"));
        } else if !line.label.is_empty() {
            line.label = format!("{}: *a* = {a}", line.label);
            ranges.push(range);
        }
    }
    ranges.dedup();
    if let [range] = &ranges[..] {
        panel.notes.push(format!("fit *R* = 1 - *a*/*N* ({range})"));
    }
    lines.extend(guides);
}

fn said_range((from, to): (f64, f64)) -> String {
    format!("*N* = {} to {}", number(from), number(to))
}

/// ln tau = exponent ln N + ln prefactor by least squares, and the smallest and largest slope between
/// neighbours; at least three points.
pub(super) fn fit_power(n: &[f64], tau: &[f64]) -> Option<(PowerFit, (f64, f64))> {
    let pairs = n.iter().copied().zip(tau.iter().copied());
    let mut known: Vec<(f64, f64)> =
        pairs.filter(|(n, tau)| *n > 0.0 && *tau > 0.0 && tau.is_finite()).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known.dedup_by(|a, b| a.0 == b.0);
    if known.len() < 3 {
        return None;
    }
    let slopes: Vec<f64> =
        known.windows(2).map(|p| (p[1].1 / p[0].1).ln() / (p[1].0 / p[0].0).ln()).collect();
    let (cells, times): (Vec<f64>, Vec<f64>) = known.into_iter().unzip();
    Some((merit::fit_power(&cells, &times)?, extent(&slopes)?))
}

/// Two decimals, none for large numbers, and no negative zero.
fn slope(x: f64) -> String {
    let decimals = if x.abs() < 100.0 { 2 } else { 0 };
    format!("{:.decimals$}", (100.0 * x).round() / 100.0 + 0.0)
}

/// Adds the power of N to every line of times.
pub(super) fn fit_powers(lines: &mut Vec<Line>, panel: &mut LinePanel) {
    let mut guides = Vec::new();
    let one = lines.len() == 1;
    let mut ranges: Vec<String> = Vec::new();
    let mut slopes = false;
    for line in lines.iter_mut() {
        let Some((fit, (least, most))) = fit_power(&line.x, &line.y) else { continue };
        let spread = most - least;
        let local = format!("slope {} to {}", slope(least), slope(most));
        let said = if spread > NO_POWER {
            local
        } else {
            let x = [fit.range.0, fit.range.1];
            guides.push(Line::guide("", &x, &x.map(|n| fit.prefactor * n.powf(fit.exponent))));
            let law = format!("∝ *N*^{{{}}}", slope(fit.exponent));
            if spread > SPREAD { format!("{law}, {local}") } else { law }
        };
        slopes |= spread > SPREAD;
        ranges.push(said_range(fit.range));
        if one {
            panel.notes.push(said);
        } else if !line.label.is_empty() {
            line.label = format!("{}: {said}", line.label);
        }
    }
    ranges.dedup();
    let range = if let [range] = &ranges[..] { format!(", {range}") } else { String::new() };
    if slopes {
        panel.notes.push(format!("slope: d ln *τ*/d ln *N*{range}"));
    } else if !guides.is_empty() && !range.is_empty() {
        panel.notes.push(format!("fitted over{}", range.trim_start_matches(',')));
    }
    lines.extend(guides);
}
