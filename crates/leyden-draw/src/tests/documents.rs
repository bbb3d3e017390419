//! Figures of runs: every line shows the series that its name says.

use leyden_figures::{Figure, Line};
use leyden_results::{Document, request, run};
use leyden_scenario::Scenario;

use super::{lines, sound};
use crate::of_run;

fn document(text: &str) -> Document {
    let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    run(&scenario, &request(&scenario, false, 1e9)).unwrap()
}

/// The lines of a panel are these series over time.
fn shows(figure: &Figure, panel: usize, document: &Document, names: &[(&str, &str)]) {
    let times = document.numbers("times");
    let found = &lines(figure, panel).lines;
    assert_eq!(found.len(), names.len());
    for (Line { label, x, y, .. }, (name, path)) in found.iter().zip(names) {
        assert_eq!((label.as_str(), x), (*name, &times));
        let expected = document.numbers(path);
        assert!(y.len() == times.len() && y.len() > 1, "{path}");
        let same = |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan();
        assert!(y.iter().zip(&expected).all(same), "{name} is not {path}");
    }
}

const ENERGIES: [(&str, &str); 2] = [("energy *E*_{B}", "energy"), ("ergotropy *W*", "ergotropy.global")];
const POWERS: [(&str, &str); 2] =
    [("d*E*_{B}/d*t*", "power.instantaneous"), ("(*E*_{B} - *E*_{B}(0))/*t*", "power.average")];

const PAIR: &str = "[charger]\ndephasing = 1.4\n[drive]\namplitude = 0.5\n";
const ENGINES: &str = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n\
    [battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nend = 60.0\npoints = 7\n";

#[test]
fn runs_and_protocols_show_energy_ergotropy_and_power() {
    let run = document(&format!("{PAIR}[time]\nend = 8.0\npoints = 9\n"));
    let figure = of_run(&run).unwrap();
    sound(&figure);
    shows(&figure, 0, &run, &ENERGIES);
    shows(&figure, 1, &run, &POWERS);
    let stages = "[[stage]]\nkind = \"evolve\"\nduration = 2.0\npoints = 5\n[[stage]]\nkind = \"extract\"\n";
    let once = document(&format!("{PAIR}{stages}"));
    let figure = of_run(&once).unwrap();
    sound(&figure);
    assert_eq!(figure.panels.len(), 1);
    shows(&figure, 0, &once, &ENERGIES);
    // Of several cycles their ends as well.
    let often = document(&format!("{PAIR}{stages}[cycle]\nrepeat = 3\n"));
    let figure = of_run(&often).unwrap();
    sound(&figure);
    shows(&figure, 0, &often, &ENERGIES);
    for (line, path) in lines(&figure, 1).lines.iter().zip(["cycles.energy", "cycles.ergotropy"]) {
        assert_eq!((&line.x, &line.y), (&vec![1.0, 2.0, 3.0], &often.numbers(path)));
    }
}

#[test]
fn charging_by_engines_shows_fluctuations_and_limits() {
    let alone = document(&format!("{ENGINES}[charging]\n"));
    let figure = of_run(&alone).unwrap();
    sound(&figure);
    assert_eq!(figure.panels.len(), 3);
    shows(&figure, 0, &alone, &ENERGIES);
    shows(&figure, 1, &alone, &[("", "fluctuation")]);
    shows(&figure, 2, &alone, &POWERS);
    let energy = alone.numbers("energy");
    assert_ne!(energy, alone.numbers("ergotropy.global"));
    // Beside other ways of charging, the own one first.
    let beside = document(&format!("{ENGINES}[charging]\ncompare = true\n"));
    let figure = of_run(&beside).unwrap();
    sound(&figure);
    for (panel, path) in ["energy", "ergotropy.global", "fluctuation"].into_iter().enumerate() {
        let found = &lines(&figure, panel).lines;
        assert_eq!((found.len(), &found[0].y), (4, &beside.numbers(path)));
        assert_eq!(found.iter().any(|line| line.label.is_empty()), panel > 0);
        for (k, other) in found.iter().enumerate().skip(1) {
            assert!(found[..k].iter().all(|line| line.y != other.y), "{path}, line {k}");
        }
    }
}

#[test]
fn an_engine_alone_has_no_figure() {
    let text = ENGINES.split("[battery]").next().unwrap();
    assert!(of_run(&document(&format!("{text}drive = 0.3\n"))).is_none());
}
