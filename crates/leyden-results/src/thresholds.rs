//! Where a star changes its behaviour, for figures that sweep across it.
//!
//! A dephased, driven charger around which N equal qubit cells stand sees, for large N, two wells of |F + g J^-|^2 with a barrier at
//! g N/2 - F: above F = g N/4 the charging time does not grow with N, above F = g N/2 no slow remainder is left (docs/methods.md).

use leyden::charge::AnySystem;
use leyden::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, NoiseRates};
use leyden_scenario::Scenario;

/// A value of an axis that is worth a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisMark {
    /// Key of the axis.
    pub key: String,
    /// Where, in the unit of the axis.
    pub value: f64,
    /// What it is, as markup.
    pub label: String,
}

/// Cells from which on the two thresholds are sharp enough to be seen.
const MANY: f64 = 20.0;

const DEPHASING: &str = "charger.dephasing";
/// Axes that leave the others' thresholds where they are, or have them.
const SWEPT: [&str; 3] = ["drive.amplitude", "battery.cells", DEPHASING];

/// The thresholds of the star that a scenario sweeps across.
pub fn thresholds(scenario: &Scenario) -> Vec<AxisMark> {
    let AnySystem::ChargerBattery(system) = &scenario.system else { return Vec::new() };
    if !is_star(system) || scenario.text.contains("inverse-sqrt-cells") {
        return Vec::new();
    }
    // Where anything else changes from point to point, a mark would be that of the first point.
    let ties = scenario.ties.iter().map(|tie| tie.key);
    let searched = scenario.optimise.iter().flat_map(|optimise| &optimise.variables).map(|found| found.key);
    let also = ties.chain(searched).any(|key| key.to_string() != DEPHASING);
    if also || !scenario.axes.iter().all(|axis| SWEPT.contains(&&*axis.key.to_string())) {
        return Vec::new();
    }
    let g = system.coupling.strengths[0].abs();
    let swept = |key: &str| scenario.axes.iter().find(|axis| axis.key.to_string() == key);
    let mut marks = Vec::new();
    let mut mark = |key: &str, value: f64, label: &str| {
        if let Some(axis) = swept(key)
            && axis.values.iter().any(|x| *x <= value)
            && axis.values.iter().any(|x| *x >= value)
        {
            let value = scenario.units.of_key(key).of(value);
            marks.push(AxisMark { key: key.into(), value, label: label.into() });
        }
    };
    let (cells, drive) = (system.cells() as f64, system.drive.map_or(0.0, |drive| drive.amplitude.abs()));
    if cells >= MANY && swept("battery.cells").is_none() {
        mark("drive.amplitude", g * cells / 4.0, "*gN*/4");
        mark("drive.amplitude", g * cells / 2.0, "*gN*/2");
    }
    if 2.0 * drive / g >= MANY && swept("drive.amplitude").is_none() {
        mark("battery.cells", 2.0 * drive / g, "2*F*/*g*");
        mark("battery.cells", 4.0 * drive / g, "4*F*/*g*");
    }
    marks
}

/// A qubit charger that is only dephased, driven, and resonant with equal qubit cells without noise.
fn is_star(system: &ChargerBattery) -> bool {
    let ChargerBattery { charger, battery, coupling, drive, .. } = system;
    let equal = |list: &[f64]| list.iter().all(|x| *x == list[0]);
    let NoiseRates { relaxation, .. } = charger.noise;
    let only_dephased = relaxation == 0.0 && battery.noise == NoiseRates::default();
    charger.kind == ChargerKind::Qubit
        && battery.cell == Cell::Qubit
        && coupling.form == CouplingForm::Exchange
        && only_dephased
        && equal(&battery.frequencies)
        && equal(&coupling.strengths)
        && coupling.strengths[0] != 0.0
        && drive.is_some_and(|drive| drive.frequency == battery.frequencies[0])
        && charger.frequency == battery.frequencies[0]
        && (charger.detuning, battery.detuning) == (0.0, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str) -> Vec<(String, f64)> {
        let scenario = Scenario::parse("", text).unwrap();
        thresholds(&scenario).into_iter().map(|mark| (mark.key, mark.value)).collect()
    }

    #[test]
    fn a_star_has_thresholds_at_a_quarter_and_a_half() {
        let star = "[charger]\ndephasing = 2.0\n[battery]\ncells = 400\n[drive]\namplitude = 1.0\n[sweep]\n";
        let amplitude = |axis: &str| marks(&format!("{star}\"drive.amplitude\" = {axis}\n"));
        let key = "drive.amplitude".to_string();
        assert_eq!(amplitude("[60.0, 240.0]"), [(key.clone(), 100.0), (key.clone(), 200.0)]);
        assert_eq!(amplitude("[60.0, 150.0]"), [(key, 100.0)]);
        assert_eq!(amplitude("[1.0, 2.0]"), []);
        let cells = star.replace("cells = 400", "cells = 1").replace("= 1.0\n[sw", "= 30.0\n[sw");
        let cells = marks(&format!("{cells}\"battery.cells\" = {{ from = 1, to = 100 }}\n"));
        assert_eq!(cells, [("battery.cells".into(), 60.0)]);
        // Sharp from 20 cells on: 2F/g of them at least.
        let few = |drive: &str| {
            let few =
                star.replace("cells = 400", "cells = 1").replace("= 1.0\n[sw", &format!("= {drive}\n[sw"));
            marks(&format!("{few}\"battery.cells\" = {{ from = 1, to = 30 }}\n"))
        };
        assert_eq!((few("12.0"), few("9.0")), (vec![("battery.cells".into(), 24.0)], vec![]));
        // Not where the coupling, or the drive with the cells, is another at every point.
        let with = |more: &str| marks(&format!("{star}\"drive.amplitude\" = [60.0, 240.0]\n{more}"));
        assert_eq!(with("\"charger.dephasing\" = [0.5, 1.0]\n").len(), 2);
        for more in [
            "\"coupling.strength\" = [1.0, 2.0]\n",
            "\"charger.detuning\" = [0.0, 1.0]\n",
            "\"charger.relaxation\" = [0.0, 1.0]\n",
            "\"coupling.strength\" = \"drive.amplitude/60\"\n",
            "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"coupling.strength\" = { from = 1.0, to = 2.0 } }\n",
        ] {
            assert_eq!(with(more), [], "{more}");
        }
        let tied = "\"battery.cells\" = { from = 1, to = 100 }\n\"drive.amplitude\" = \"30*battery.cells\"\n";
        assert_eq!(marks(&format!("{}{tied}", star.replace("cells = 400", "cells = 1"))), []);
        // Not with other noise, nor out of resonance, nor for a pair.
        for other in ["[charger]\nrelaxation = 0.1", "[charger]\ndetuning = 0.1\ndephasing = 2.0"] {
            let text = format!("{star}\"drive.amplitude\" = [60.0, 240.0]\n");
            assert_eq!(marks(&text.replace("[charger]\ndephasing = 2.0", other)), [], "{other}");
        }
    }

    #[test]
    fn thresholds_stand_in_the_unit_of_their_axis() {
        let text = "[units]\nreference = \"5 GHz\"\n[charger]\ndephasing = \"1 1/us\"\n[battery]\ncells = 40\n\
            [coupling]\nstrength = \"2 MHz\"\n[drive]\n[sweep]\n\
            \"drive.amplitude\" = { from = \"1 MHz\", to = \"50 MHz\", points = 3 }\n";
        let found = marks(text);
        assert_eq!(found.len(), 2);
        assert!((found[0].1 - 20.0).abs() < 1e-9 && (found[1].1 - 40.0).abs() < 1e-9, "{found:?}");
    }
}
