//! Figures of runs: every line shows the series that its name says.

use leyden_figures::{Band, Figure, Line};
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
        assert_eq!(line.x, [1.0, 2.0, 3.0]);
        // Without what rounding leaves of no ergotropy.
        assert!(line.y.iter().zip(&often.numbers(path)).all(|(y, expected)| (y - expected).abs() < 1e-15));
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

/// Times that end long before the last plateau begins see an earlier one.
#[test]
fn the_plateau_is_the_one_that_can_be_seen() {
    let star = "[charger]\ndephasing = 1.0\n[battery]\ncells = 20\n[drive]\namplitude = 2.0\n";
    for (end, lifetime) in [(10.0, None), (1000.0, Some("4252")), (1e6, Some("2.605"))] {
        let run = document(&format!("{star}[time]\nend = {end:?}\npoints = 5\n"));
        let figure = of_run(&run).unwrap();
        let plateau = lines(&figure, 0).references.iter().find(|line| line.label.starts_with("plateau"));
        let said = plateau.map(|line| line.label.trim_start_matches("plateau, lifetime "));
        assert_eq!(said.is_some(), lifetime.is_some(), "{end}");
        assert!(said.is_none_or(|said| said.starts_with(lifetime.unwrap())), "{said:?}");
    }
}

#[test]
fn stages_say_what_they_extract_in_its_unit_and_cycles_are_counted() {
    let stages = "[[stage]]\nkind = \"evolve\"\nduration = 2.0\npoints = 5\n[[stage]]\nkind = \"extract\"\n";
    let figure = of_run(&document(&format!("{PAIR}{stages}"))).unwrap();
    let named: Vec<&str> = lines(&figure, 0).references.iter().map(|line| line.label.as_str()).collect();
    assert_eq!(named[0], "evolve");
    assert!(named[1].starts_with("extract 0.") && named[1].ends_with("\\,*ω*_{B}"), "{named:?}");
    let often = of_run(&document(&format!("{PAIR}{stages}[cycle]\nrepeat = 3\n"))).unwrap();
    assert!(lines(&often, 1).x.whole);
}

/// Polarisations of 10^-3 would be flat lines far apart on one axis.
#[test]
fn what_hardly_changes_has_an_axis_of_its_own() {
    let star = "[nmr]\nchargers = 4\ncoupling = 1.0\ncharger_excitation = 0.499\nbattery_excitation = 0.4999\n\
                battery_equilibrium = 0.4999\nbattery_t1 = 100.0\n[[stage]]\nkind = \"pulse\"\ntarget = \"chargers\"\n\
                angle = \"pi\"\n[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\npoints = 5\n[cycle]\nrepeat = 3\n";
    let figure = of_run(&document(star)).unwrap();
    sound(&figure);
    let labels: Vec<&str> =
        (0..figure.panels.len()).map(|panel| lines(&figure, panel).y.label.as_str()).collect();
    let expected = ["energy *E*_{B}", "ergotropy *W*"]
        .map(|name| [format!("{name}/*ω*_{{B}}"), format!("{name}/*ω*_{{B}} at the end of a cycle")]);
    let [[energy, energies], [ergotropy, ergotropies]] = &expected;
    assert_eq!(labels, [energy, ergotropy, energies, ergotropies]);
    assert!(lines(&figure, 3).references.is_empty(), "the fixed point is one of the energy");
}

#[test]
fn random_parameters_are_drawn_as_means_with_bands() {
    let run = |samples: usize| {
        document(&format!(
            "{PAIR}[time]\nend = 8.0\npoints = 9\n[disorder]\nsamples = {samples}\n\"drive.amplitude\" = {{ uniform = [0.3, 0.7] }}\n"
        ))
    };
    // One sample has no error.
    let figure = of_run(&run(1)).unwrap();
    assert_eq!(figure.heading, "one realisation");
    assert!(lines(&figure, 0).bands.is_empty() && figure.description.ends_with("One realisation."));
    let run = run(4);
    let figure = of_run(&run).unwrap();
    sound(&figure);
    assert_eq!(
        (figure.heading.as_str(), figure.panels.len()),
        ("mean of 4 realisations; band: one standard error", 2)
    );
    let panel = lines(&figure, 0);
    let mean = ["energy", "ergotropy.global"].map(|path| {
        [
            run.numbers(&format!("disorder.mean.{path}")),
            run.numbers(&format!("disorder.standard_error.{path}")),
        ]
    });
    for (k, [mean, error]) in mean.iter().enumerate() {
        assert_eq!(panel.lines[k].y, *mean);
        let Band::Between { x, lower, upper } = &panel.bands[k] else { panic!() };
        assert_eq!(*x, run.numbers("times"));
        for i in 0..9 {
            assert_eq!((lower[i], upper[i]), (mean[i] - error[i], mean[i] + error[i]));
        }
    }
    assert_ne!(run.numbers("energy"), panel.lines[0].y);
    assert_eq!(panel.bands.len(), 2);
}
