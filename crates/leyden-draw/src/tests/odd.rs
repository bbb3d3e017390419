//! What a referee would stumble over: rounding drawn as physics, panels without data, colours that mean something else.

use leyden_figures::{ColorMap, Scale};
use leyden_results::{StudyAxis, StudyData};

use super::{cells, drawn, linear, lines, map, study};

fn over(key: &str, values: &[f64], times: &[f64]) -> StudyData {
    StudyData::new("odd", vec![StudyAxis::new(key, values.to_vec(), "")], times.to_vec())
}

/// What rounding leaves of no energy is 0, and a panel that varies stands beside the families where there is one.
#[test]
fn rounding_is_not_drawn() {
    let (values, times) = ([0.1, 0.5, 1.0], linear(0.0, 1.0, 3));
    let mut data = over("charger.relaxation", &values, &times);
    let zeros = |scale: f64| (0..9).map(|i| scale * f64::from(i)).collect::<Vec<f64>>();
    data.insert("energy", zeros(0.1), "");
    data.insert("ergotropy_global", zeros(1e-18), "");
    data.insert("charging_time_settling", vec![7.0, 2.0, 1.0], "");
    data.insert("asymptote_energy", vec![4e-171, 2e-171, 1e-171], "");
    data.insert("power_maximum_average_value", vec![0.2, 0.3, 0.1], "");
    let figure = drawn(&data, "");
    assert_eq!((figure.heading.as_str(), figure.panels.len()), ("constant: energy *E*_{B}(∞) = 0", 4));
    assert!(lines(&figure, 2).lines.iter().all(|line| line.y == [0.0; 3]), "ergotropy");
    assert_eq!(lines(&figure, 3).lines[0].y, [0.2, 0.3, 0.1]);
    // Without it, the limits: zeros.
    data.insert("power_maximum_average_value", vec![1e-16, 3e-16, 0.0], "");
    let figure = drawn(&data, "");
    assert_eq!((figure.heading.as_str(), &*lines(&figure, 3).lines[0].y), ("", &[0.0; 3][..]));
}

#[test]
fn families_stand_alone_where_nothing_depends_on_their_axis() {
    let times = linear(0.0, 1.0, 3);
    for key in ["battery.cells", "drive.amplitude"] {
        let mut data = over(key, &[1.0, 2.0], &times);
        for name in ["energy", "ergotropy_global"] {
            data.insert(name, (0..6).map(f64::from).collect(), "");
        }
        data.insert("charging_time_settling", vec![f64::NAN; 2], "");
        let figure = drawn(&data, "quantities = [\"energy\", \"ergotropy.global\"]\nkind = \"traces\"");
        assert_eq!((figure.columns, figure.panels.len()), (1, 2));
        let alone = drawn(&data, "");
        if key == "battery.cells" {
            assert_eq!((alone.columns, alone.panels.len()), (1, 2), "{key}");
        }
    }
}

/// Decades are decades, also where neighbours have no constant ratio.
#[test]
fn the_bar_of_a_family_has_the_scale_of_its_axis() {
    let values = [0.1, 0.3, 1.0, 2.0, 10.0, 30.0, 100.0];
    let figure = drawn(&study(&[("drive.amplitude", values.to_vec())], &linear(0.0, 1.0, 3)), "");
    assert_eq!(lines(&figure, 0).bar.as_ref().unwrap().axis.scale, Scale::Log);
    let mut counted = study(&[cells(9)], &linear(0.0, 1.0, 3));
    counted.axes[0].unit = "1".into();
    let figure = drawn(&counted, "");
    assert!(lines(&figure, 0).bar.as_ref().unwrap().axis.whole);
    assert!(lines(&figure, 1).x.whole, "cells are counted");
}

/// Signs have no logarithm: one colour map for what is left, and it is said what grey means.
#[test]
fn logarithmic_colours_have_no_signs() {
    let axes = ["engine.hot_temperature", "engine.cold_temperature"];
    let axes = axes.map(|key| StudyAxis::new(key, vec![1.0, 2.0], "")).to_vec();
    let mut data = StudyData::new("signs", axes, vec![]);
    data.insert("engine_power", vec![-20.0, 0.0, 1.0, 100.0], "");
    for (spec, colours, said) in [
        ("kind = \"map\"\nlog = []", ColorMap::Diverging, ""),
        ("kind = \"map\"\nlog = [\"color\"]", ColorMap::Viridis, "grey: not above 0"),
    ] {
        let figure = drawn(&data, spec);
        assert_eq!((map(&figure, 0).map, figure.heading.as_str()), (colours, said));
    }
    data.insert("engine_power", vec![-20.0, f64::NAN, 1.0, 100.0], "");
    assert_eq!(drawn(&data, "kind = \"map\"").heading, "grey: no value");
    assert_eq!(drawn(&data, "kind = \"map\"\nlog = [\"color\"]").heading, "grey: no value, or not above 0");
}

#[test]
fn an_optimum_beside_its_jump_is_called_what_it_is() {
    let mut data = over("drive.amplitude", &[1.0, 2.0], &[]);
    data.objective = Some("charging_time.settling".into());
    data.insert("optimum_value", vec![1.0, 2.0], "1/g");
    data.insert("optimum_value_at_jump", vec![2.0, 3.0], "1/g");
    assert_eq!(lines(&drawn(&data, ""), 0).y.label, "best *g**τ* (settling)");
}

/// What failed and what is not there yet is said behind the rest, in parts that can be told apart.
#[test]
fn headings_say_one_thing_after_the_other() {
    let mut data = over("charger.dephasing", &[1.0, 2.0, 3.0], &[]);
    data.axes.push(StudyAxis::new("battery.cells", vec![3.0], ""));
    data.insert("charging_time_settling", vec![1.0, 2.0, 4.0], "");
    data.insert("asymptote_energy", vec![1.5; 3], "");
    (data.failed, data.missing) = (1, 2);
    let heading =
        "*N* = 3; constant: energy *E*_{B}(∞) = 1.5; 1 of 3 points failed; 2 of 3 points not computed yet";
    assert_eq!(drawn(&data, "").heading, heading);
    assert_eq!(drawn(&data, "title = \"Title.\"").heading, format!("Title.\n{heading}"));
}

/// A line over one time is a dot: what there is at that time is shown against the axis instead, and the time is said.
#[test]
fn a_single_time_is_no_axis() {
    for (key, panels) in [("charger.dephasing", 2), ("battery.cells", 4)] {
        let figure = drawn(&study(&[(key, vec![1.0, 2.0, 3.0])], &[5.0]), "");
        let at = (0..panels).map(|k| lines(&figure, k)).find(|panel| panel.y.label.contains("*t* = 5"));
        let at = at.unwrap_or_else(|| panic!("{key}: no panel at the time"));
        assert_eq!((at.y.label.as_str(), at.lines.len()), ("energy at *t* = 5", 2));
        assert_eq!((figure.columns, figure.panels.len()), (1, panels));
    }
}

/// The share of nothing in something is nothing.
#[test]
fn ratios_of_rounding_are_not_drawn() {
    let mut data = over("drive.amplitude", &[1.0, 2.0, 3.0], &[]);
    data.insert("asymptote_energy", vec![3e-5, 1e-4, 0.5], "");
    data.insert("asymptote_ergotropy_global", vec![1e-17, -2e-17, 5e-17], "");
    let figure = drawn(&data, "quantities = [\"asymptote.ratio\"]");
    assert_eq!(lines(&figure, 0).lines[0].y, [0.0; 3]);
}

/// Levels of a map over many decades stand at round powers of ten.
#[test]
fn levels_are_round_powers_of_ten() {
    let axes = ["charger.dephasing", "drive.amplitude"];
    for (decades, expected) in [
        (4, &["1", "10", "10^{2}", "10^{3}", "10^{4}"][..]),
        (9, &["1", "10^{2}", "10^{4}", "10^{6}", "10^{8}"]),
        (80, &["1", "10^{20}", "10^{40}", "10^{60}", "10^{80}"]),
    ] {
        let n = decades + 1;
        let values: Vec<f64> = (0..n).map(f64::from).map(|i| 1.0 + i).collect();
        let axes = axes.map(|key| StudyAxis::new(key, values.clone(), "")).to_vec();
        let mut data = StudyData::new("levels", axes, vec![]);
        let times = (0..n).flat_map(|i| (0..n).map(move |_| 10f64.powi(i)));
        data.insert("charging_time_settling", times.collect(), "");
        let figure = drawn(&data, "kind = \"map\"");
        let labels: Vec<&str> = map(&figure, 0).contours.iter().map(|level| level.label.as_str()).collect();
        assert_eq!(labels, expected, "{decades}");
    }
}
