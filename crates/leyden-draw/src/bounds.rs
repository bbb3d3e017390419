//! Bounds of one run: on its power, on its work, and on how far its state comes.

use leyden_figures::{Figure, LinePanel};
use leyden_results::Document;
use leyden_results::table::{Group, name_of};

use super::below::{largest, panel, with_panels};

/// The figure of a run with the panels of its bounds below the others; as it is where there are none.
pub(super) fn beside(document: &Document, figure: Figure) -> Figure {
    let sentence = " Below: bounds on power and work, and the path of the battery's state.";
    with_panels(figure, panels(document), sentence)
}

fn panels(document: &Document) -> Vec<LinePanel> {
    let of = |path: &str| document.numbers(path);
    let named = |path: &str| (name_of(&path.replace('.', "_")).short, of(path));
    let power: Vec<f64> = of("power.instantaneous").iter().map(|x| x.abs()).collect();
    let powers = vec![("|d*E*_{B}/d*t*|".into(), power), named("bounds.power"), named("bounds.power_joint")];
    let work = of("ergotropy.global");
    let bound = of("bounds.bound_energy");
    let many: Vec<f64> = work.iter().zip(&bound).map(|(work, bound)| work + bound).collect();
    let mut works = vec![named("ergotropy.global"), named("bounds.capacity"), named("bounds.anti_ergotropy")];
    // Of one qubit both are the same.
    if largest(&[(String::new(), bound)]) > 1e-6 * largest(&works) {
        works.insert(1, ("*W*_{max}".into(), many));
    }
    let paths = vec![named("bounds.speed_limit.angle"), named("bounds.speed_limit.length")];
    let states = vec![named("bounds.entropy"), named("coherence")];
    let units = document.units();
    let (power_unit, energy_unit) = (units.power.symbol, units.energy.symbol);
    let of = |lines: Vec<(String, Vec<f64>)>, label: &str, unit: &str| {
        let scale = largest(&lines);
        panel(document, lines, (label, unit), scale)
    };
    let panels = [
        of(powers, Group::Power.label(), &power_unit),
        of(works, "work@", &energy_unit),
        of(paths, Group::Angle.label(), ""),
        of(states, "entropy, coherence", ""),
    ];
    panels.into_iter().flatten().collect()
}
