//! From a result to its figure.

use leyden_figures::{Axis, Figure, Line, LinePanel, Reference};
use leyden_study::Document;

/// Energy and ergotropy above, power below, with the limits and the charging time.
pub(crate) fn traces(document: &Document) -> Figure {
    let t = &document.times;
    let log = t.len() > 2 && t[0] > 0.0 && t[t.len() - 1] / t[0] > 1e3;
    let time = || if log { Axis::log("*t*") } else { Axis::linear("*t*") };
    let last = t.last().copied().unwrap_or(0.0);
    let shown = |time: Option<f64>| time.filter(|time| *time < last && *time > t[0]);
    let settling = shown(document.charging_time.settling);
    let limit = &document.asymptote;
    let mut references = Vec::new();
    if let Some(energy) = limit.energy {
        references.push(Reference::horizontal(energy, "*E*_{B}(∞)"));
    }
    if let Some(ergotropy) = limit.ergotropy.global {
        references.push(Reference::horizontal(ergotropy, "*W*(∞)"));
    }
    references.extend(settling.map(|tau| Reference::vertical(tau, "*τ*")));
    let energy = LinePanel {
        lines: vec![
            Line::new("energy *E*_{B}", t, &document.energy),
            Line::new("ergotropy *W*", t, &document.ergotropy.global),
        ],
        references,
        ..LinePanel::new(time(), Axis::linear("energy"))
    };
    let power = LinePanel {
        lines: vec![
            Line::new("d*E*_{B}/d*t*", t, &document.power.instantaneous),
            Line::new("(*E*_{B} - *E*_{B}(0))/*t*", t, &document.power.average),
        ],
        references: settling.map(|tau| Reference::vertical(tau, "")).into_iter().collect(),
        ..LinePanel::new(time(), Axis::linear("power"))
    };
    Figure {
        title: document.title.clone(),
        description: format!("Energy, ergotropy and power over time, solved by {}.", document.method.name),
        share_x: true,
        letters: true,
        heights: vec![38.0, 26.0],
        panels: vec![energy.into(), power.into()],
        ..Figure::default()
    }
}

/// Draws a sweep into its folder.
pub(crate) fn study_into(
    _folder: &leyden_study::Folder,
    _store: &leyden_study::StoreReader,
    _spec: Option<&std::path::Path>,
) -> Result<bool, crate::commands::Failure> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_glyph_of_the_labels_exists() {
        for label in ["*E*_{B}(∞)", "*W*(∞)", "*τ*", "d*E*_{B}/d*t*", "(*E*_{B} - *E*_{B}(0))/*t*"] {
            assert!(leyden_figures::text::missing_glyphs(label).is_empty(), "{label}");
        }
    }
}
