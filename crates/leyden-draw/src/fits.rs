//! Laws as guides and notes: fits say their law and their range, and none is drawn where the data do not follow it; of what only approaches a
//! known law for many cells that law is drawn.

use leyden_figures::{Dash, Line, LinePanel};
use leyden_results::fits::{freedom, power};
use leyden_results::{Form, Law};

use super::markup::number;
use leyden_results::extent;

/// Adds the fit a/N of 1 - R to every line of ratios, and shows 1 - R: guide, coefficient, range.
pub(super) fn fit_ratios(lines: &mut Vec<Line>, panel: &mut LinePanel) {
    let fit_of = |_, line: &Line| {
        let ratios: Vec<f64> = line.y.iter().map(|locked| 1.0 - locked).collect();
        let fit = freedom(&line.x, &ratios)?;
        // Drawn beyond the range of the fit, too: there one sees how far it holds.
        let low = extent(&line.x).map_or(fit.range.0, |(low, _)| low.max(1.0));
        let x = [low, fit.range.1];
        Some((Line::guide("", &x, &x.map(|n| fit.a / n)), format!("*a* = {}", number(fit.a)), fit.range))
    };
    add_fits(lines, panel, "*a*/*N*", fit_of);
}

/// Adds to every line the law for many cells where it is known, else the power of N that fits it.
pub(super) fn fit_powers(lines: &mut Vec<Line>, panel: &mut LinePanel, laws: &[Option<&Law>]) {
    let fit_of = |i: usize, line: &Line| {
        if laws[i].is_some() {
            return None;
        }
        let fit = power(&line.x, &line.y)?;
        let x = [fit.range.0, fit.range.1];
        let guide = Line::guide("", &x, &x.map(|n| fit.prefactor * n.powf(fit.exponent)));
        Some((guide, format!("∝ *N*^{{{}}}", exponent(fit.exponent)), fit.range))
    };
    add_fits(lines, panel, "", fit_of);
    lines.extend(laws.iter().flatten().map(|law| law_line(law, "")));
}

/// A law for many cells as a guide; `time` is how an axis of times is labelled.
pub(super) fn law_line(law: &Law, time: &str) -> Line {
    let label = match law.form {
        Form::Power { prefactor, exponent } if exponent.abs() < HALVES => number(prefactor),
        Form::Power { prefactor, exponent } => format!("{}\\,{}", number(prefactor), power_of_n(exponent)),
        // In a unit such as microseconds the argument would be no product.
        Form::Tanh { rate } if (rate - 1.0).abs() < HALVES && !time.contains('(') => {
            format!("tanh^{{2}}\\,{time}")
        }
        Form::Tanh { .. } => "tanh^{2}".into(),
        Form::Elliptic => "sn^{2}".into(),
        Form::Other => "many cells".into(),
    };
    Line { dash: Some(Dash::Dashed), ..Line::guide(label, &law.x, &law.y) }
}

/// Exponents this close to multiples of 1/2 are those.
const HALVES: f64 = 1e-6;

/// *N*^{3/2}
fn power_of_n(exponent: f64) -> String {
    let halves = (2.0 * exponent).round();
    match halves {
        _ if (2.0 * exponent - halves).abs() > HALVES => format!("*N*^{{{}}}", number(exponent)),
        2.0 => "*N*".into(),
        halves if halves % 2.0 == 0.0 => format!("*N*^{{{}}}", halves / 2.0),
        halves => format!("*N*^{{{halves}/2}}"),
    }
}

/// A guide for every line that follows the law, named beside its name or, of a single line, in a note.
fn add_fits(
    lines: &mut Vec<Line>,
    panel: &mut LinePanel,
    law: &str,
    fit_of: impl Fn(usize, &Line) -> Option<(Line, String, (f64, f64))>,
) {
    let one = lines.len() == 1;
    let mut guides = Vec::new();
    let mut ranges: Vec<String> = Vec::new();
    for (i, line) in lines.iter_mut().enumerate() {
        let Some((guide, said, (from, to))) = fit_of(i, line) else { continue };
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
