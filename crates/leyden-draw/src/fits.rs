//! Fits as guides and notes: each says its law and its range, and none is drawn where the data do not follow it.

use leyden_figures::{Line, LinePanel};
use leyden_results::fits::{freedom, power};

use super::markup::number;
use leyden_results::extent;

/// Adds the fit a/N of 1 - R to every line of ratios, and shows 1 - R: guide, coefficient, range.
pub(super) fn fit_ratios(lines: &mut Vec<Line>, panel: &mut LinePanel) {
    let fit_of = |line: &Line| {
        let ratios: Vec<f64> = line.y.iter().map(|locked| 1.0 - locked).collect();
        let fit = freedom(&line.x, &ratios)?;
        // Drawn beyond the range of the fit, too: there one sees how far it holds.
        let low = extent(&line.x).map_or(fit.range.0, |(low, _)| low.max(1.0));
        let x = [low, fit.range.1];
        Some((Line::guide("", &x, &x.map(|n| fit.a / n)), format!("*a* = {}", number(fit.a)), fit.range))
    };
    add_fits(lines, panel, "*a*/*N*", fit_of);
}

/// Adds the power of N to every line.
pub(super) fn fit_powers(lines: &mut Vec<Line>, panel: &mut LinePanel) {
    let fit_of = |line: &Line| {
        let fit = power(&line.x, &line.y)?;
        let x = [fit.range.0, fit.range.1];
        let guide = Line::guide("", &x, &x.map(|n| fit.prefactor * n.powf(fit.exponent)));
        Some((guide, format!("∝ *N*^{{{}}}", exponent(fit.exponent)), fit.range))
    };
    add_fits(lines, panel, "", fit_of);
}

/// A guide for every line that follows the law, named beside its name or, of a single line, in a note.
fn add_fits(
    lines: &mut Vec<Line>,
    panel: &mut LinePanel,
    law: &str,
    fit_of: impl Fn(&Line) -> Option<(Line, String, (f64, f64))>,
) {
    let one = lines.len() == 1;
    let mut guides = Vec::new();
    let mut ranges: Vec<String> = Vec::new();
    for line in lines.iter_mut() {
        let Some((guide, said, (from, to))) = fit_of(line) else { continue };
        guides.push(guide);
        let range = format!("*N* = {} to {}", number(from), number(to));
        if one {
            let law = if law.is_empty() { String::new() } else { format!("{law}, ") };
            panel.notes.push(format!("fit {law}{said} ({range})"));
        } else if !line.label.is_empty() {
            line.label = format!("{}: {said}", line.label);
        }
        ranges.push(range);
    }
    ranges.dedup();
    if let ([range], false) = (&ranges[..], one) {
        let law = if law.is_empty() { String::new() } else { format!(" {law}") };
        panel.notes.push(format!("fit{law} over {range}"));
    }
    lines.extend(guides);
}

/// Two decimals, and no negative zero.
fn exponent(x: f64) -> String {
    format!("{:.2}", (100.0 * x).round() / 100.0 + 0.0)
}
