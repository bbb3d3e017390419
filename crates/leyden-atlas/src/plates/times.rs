//! Charging times of two qubits against dephasing and drive.
//!
//! Weak dephasing: tau = 4/gamma. Strong dephasing: tau = gamma/(2 w^2), w = min(g, sqrt(4 F^2 + g^2) - g); F >> g: gamma/(2 g^2),
//! F << g: g^2 gamma/(8 F^4). Critical damping: gamma = 4 w.

use leyden_figures::{Axis, Figure, Labels, Line, LinePanel};

use super::Plate;
use super::draw::{beside, dephasing_axis, drive_axis, guide, line, ratios};
use crate::closed::slowest;
use crate::{AtlasError, Runs};

pub(super) const INTERMEDIATE: Plate = Plate {
    stem: "charging-time",
    title: "Charging time against dephasing at F/g = 1/2",
    caption: "Settling, first-crossing and spectral time of two qubits with both asymptotes, 4/γ and γ/(2w²). Settling and spectral time have a \
              minimum, the settling time at a jump where a last revival falls below the threshold; the first crossing only grows.",
    figure: intermediate,
};

fn intermediate(runs: &Runs) -> Result<Figure, AtlasError> {
    Ok(Figure::of("", panel(runs, 0.5)?))
}

pub(super) const WEAK_AND_STRONG: Plate = Plate {
    stem: "charging-time-weak-and-strong-drive",
    title: "Charging time against dephasing at F/g = 0.1 and F/g = 10",
    caption: "A weak drive moves the optimum to small dephasing and long times, a strong one to 4 g and 1/g. The grey lines are the published \
              asymptotes, 4/γ left and, right, γ/(2g²) for strong and g²γ/(8F⁴) for weak drive, the latter with the factor 8 that its print lacks.",
    figure: weak_and_strong,
};

fn weak_and_strong(runs: &Runs) -> Result<Figure, AtlasError> {
    let titled = |drive: f64, title: &str| -> Result<_, AtlasError> {
        Ok(LinePanel { title: title.into(), ..panel(runs, drive)? }.into())
    };
    Ok(beside(vec![titled(0.1, "*F*/*g* = 0.1")?, titled(10.0, "*F*/*g* = 10")?], 50.0))
}

fn panel(runs: &Runs, drive: f64) -> Result<LinePanel, AtlasError> {
    let data = runs.grid("charging-time", &[&format!("drive.amplitude={drive:?}")])?;
    let w = slowest(drive);
    let strong =
        if drive < 0.3 { "*g*³*γ*_{C}/(8*F*⁴)".to_string() } else { "*gγ*_{C}/(2*w*²)".to_string() };
    let strong = if drive > 3.0 { "*γ*_{C}/(2*g*)".to_string() } else { strong };
    let factor = if drive < 0.3 { 1.0 / (8.0 * drive.powi(4)) } else { 1.0 / (2.0 * w * w) };
    Ok(LinePanel {
        lines: vec![
            line("settling", &data, "charging_time_settling"),
            line("first crossing", &data, "charging_time_first"),
            line("spectral", &data, "charging_time_spectral"),
            guide("4*g*/*γ*_{C}", &ratios(1e-3, 16.0 * w, 60), |gamma| 4.0 / gamma),
            guide(&strong, &ratios(1.2 * w, 1e3, 60), |gamma| factor * gamma),
        ],
        labels: Labels::Legend,
        ..LinePanel::new(dephasing_axis(), Axis::log("charging time *gτ*"))
    })
}

pub(super) const BEST_DEPHASING: Plate = Plate {
    stem: "best-dephasing",
    title: "The best dephasing against the drive",
    caption: "Dephasing with the shortest spectral and the shortest settling time. The crossing of the asymptotes, and with it the published \
              limits (grey), lie below critical damping by a factor √2; the settling time prefers still less dephasing.",
    figure: best_dephasing,
};

fn best_dephasing(runs: &Runs) -> Result<Figure, AtlasError> {
    let spectral = runs.grid("best-dephasing", &[])?;
    let settling = runs.grid("best-dephasing", &["optimise.objective=charging_time.settling"])?;
    let x = &spectral.axes[0].values;
    let crossing: Vec<f64> = x.iter().map(|f| 8f64.sqrt() * slowest(*f)).collect();
    let panel = LinePanel {
        lines: vec![
            line("shortest spectral time", &spectral, "optimum_charger_dephasing"),
            line("shortest settling time", &settling, "optimum_charger_dephasing"),
            Line::new("crossing of the asymptotes", x, &crossing),
            guide("4√2 *F*²/*g*²", &ratios(0.03, 3.0, 60), |f| 8.0 * f * f / 2f64.sqrt()),
            guide("2√2", &ratios(0.1, 30.0, 40), |_| 8f64.sqrt()),
        ],
        labels: Labels::Legend,
        ..LinePanel::new(drive_axis(), Axis::log("best dephasing *γ*_{C}^{\\*}/*g*").within(1.5e-3, 30.0))
    };
    Ok(Figure::of("", panel))
}
