//! Panels of ledger and bounds: every curve of the document stands in them once, under its name and in its unit.

use leyden_figures::{Figure, Line, Panel};
use leyden_results::{Document, request, run};
use leyden_scenario::Scenario;

use super::{lines, sound};
use crate::{Below, of_run, of_run_with};

const LEDGER: Below = Below { ledger: true, bounds: false };
const BOUNDS: Below = Below { ledger: false, bounds: true };

/// A detuned pair with units, all of whose channels are open.
const OPEN: &str = "[units]\nreference = \"2 GHz\"\n[charger]\nfrequency = 1.2\ndephasing = 0.8\nrelaxation = 0.1\n\
    [battery]\nfrequency = 0.9\nrelaxation = 0.05\ndephasing = 0.2\n[coupling]\nstrength = \"1.4 GHz\"\n[drive]\namplitude = 0.5\n";
const TIME: &str = "[time]\nend = 3.0\npoints = 7\n";

fn document(text: &str) -> Document {
    let scenario = Scenario::parse("test.toml", text).unwrap_or_else(|report| panic!("{report}"));
    let request = leyden::Request { ledger: true, bounds: true, ..request(&scenario, false, 1e9) };
    run(&scenario, &request).unwrap()
}

/// (label, ordinates) of what should be drawn, by columns of the document as it is shown.
fn of_paths(document: &Document, names: &[(&str, &str)]) -> Vec<(String, Vec<f64>)> {
    let of = |(label, path): &(&str, &str)| ((*label).to_string(), document.numbers(path));
    names.iter().map(of).collect()
}

/// The column of a channel in the list of the document.
fn of_channel(document: &Document, name: &str) -> Vec<f64> {
    let list = document.list::<leyden_results::table::Channel>("ledger.channels");
    let found = list.iter().filter(|channel| channel.name == name).collect::<Vec<_>>();
    assert_eq!(found.len(), 1, "{name}");
    found[0].energy.iter().map(|x| x.unwrap()).collect()
}

/// A panel has these lines and no other, in this order, under this axis; all of it numbers, and all of it in the picture.
fn shows(figure: &Figure, panel: usize, document: &Document, expected: &[(String, Vec<f64>)], axis: &str) {
    let found = lines(figure, panel);
    let labels = |list: &[&str]| list.join(", ");
    let names: Vec<&str> = found.lines.iter().map(|line| line.label.as_str()).collect();
    let wanted: Vec<&str> = expected.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels(&names), labels(&wanted));
    assert_eq!(found.y.label, axis);
    for (line, (label, y)) in found.lines.iter().zip(expected) {
        assert_eq!(line.x, document.numbers("times"), "{label}");
        assert!(y.len() == line.y.len() && y.len() == 7, "{label}");
        let scale = y.iter().map(|y| y.abs()).fold(0.0, f64::max);
        assert!(scale > 1e-3, "{label} says nothing: {y:?}");
        for (drawn, y) in line.y.iter().zip(y) {
            assert!((drawn - y).abs() < 1e-12 * scale, "{label}: {drawn} for {y}");
        }
    }
    // Curves differ from each other, so that none stands for another.
    for (k, a) in expected.iter().enumerate() {
        assert!(expected[..k].iter().all(|b| a.1 != b.1), "{}", a.0);
    }
}

/// Every name stands in the picture as often as a panel has such a line, and every line has a stroke of its own through all its points.
fn drawn(figure: &Figure) {
    sound(figure);
    let svg = figure.to_svg();
    let svg = svg.as_str();
    let all: Vec<&Line> = (0..figure.panels.len()).flat_map(|panel| &lines(figure, panel).lines).collect();
    for line in &all {
        let name = line
            .label
            .replace(['*', '_', '^', '{', '}'], "")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        // A minus sign is no hyphen.
        let name = name.replace(" - ", " − ");
        let written = svg.matches(&format!("aria-label=\"{name}\"")).count();
        let wanted = all.iter().filter(|other| other.label == line.label).count();
        assert_eq!(written, wanted, "{name}");
    }
    // Strokes of curves have as many corners as there are times; no two are the same.
    let strokes = svg.split("<path fill=\"none\" ").skip(1).filter_map(|path| path.split("d=\"").nth(1));
    let strokes = strokes.filter_map(|path| path.split('"').next());
    let strokes: Vec<&str> = strokes.filter(|path| !path.ends_with('Z')).collect();
    for count in 3..12 {
        let of = |path: &&&str| path.matches('L').count() + 1 == count && path.matches('M').count() == 1;
        let is_so_long = |line: &&&Line| line.y.iter().filter(|y| y.is_finite()).count() == count;
        let (drawn, wanted) = (strokes.iter().filter(of).count(), all.iter().filter(is_so_long).count());
        assert_eq!(drawn, wanted, "lines of {count} points");
    }
}

#[test]
fn the_ledger_of_a_pair_has_its_energies_and_flows() {
    let run = document(&format!("{OPEN}{TIME}"));
    let figure = of_run_with(&run, LEDGER).unwrap();
    drawn(&figure);
    let (own, shown) = (of_run(&run).unwrap().panels.len(), run.shown());
    assert_eq!(figure.panels.len(), own + 2);
    let energies = [
        ("*E*_{C}", "ledger.charger"),
        ("*E*_{B}", "ledger.battery"),
        ("*E*_{V}", "ledger.coupling"),
        ("*E*_{d}", "ledger.drive"),
    ];
    shows(&figure, own, &shown, &of_paths(&shown, &energies), "energy/*ħ**ω*_{B}");
    let mut flows = of_paths(&shown, &[("drive work", "ledger.drive_work")]);
    for name in ["charger.dephasing", "charger.relaxation", "battery.dephasing", "battery.relaxation"] {
        flows.push((name.replace('.', " "), of_channel(&shown, name)));
    }
    shows(&figure, own + 1, &shown, &flows, "energy inflow/*ħ**ω*_{B}");
    // Over the energy of a cell, 0.9 of the reference.
    let numbers = |document: &Document| document.numbers("ledger.drive_work");
    for (shown, own) in numbers(&shown).iter().zip(numbers(&run)) {
        assert!((0.9 * shown - own).abs() < 1e-14);
    }
    // Whoever does not ask has none.
    assert_eq!(of_run_with(&run, Below::default()).unwrap().panels.len(), own);
}

#[test]
fn the_ledger_of_stages_and_of_a_text_has_what_they_have() {
    let stages = "[[stage]]\nkind = \"evolve\"\nduration = 1.0\npoints = 4\n[[stage]]\nkind = \"wait\"\nduration = 1.0\n\
        [[stage]]\nkind = \"reset\"\ntarget = \"charger\"\n[[stage]]\nkind = \"extract\"\n";
    let run = document(&format!(
        "{}{stages}",
        OPEN.replace("[units]\nreference = \"2 GHz\"\n", "").replace("\"1.4 GHz\"", "0.7")
    ));
    let figure = of_run_with(&run, LEDGER).unwrap();
    drawn(&figure);
    let flows = lines(&figure, figure.panels.len() - 1);
    let names: Vec<&str> = flows.lines.iter().map(|line| line.label.as_str()).collect();
    let channels = ["charger dephasing", "charger relaxation", "battery dephasing", "battery relaxation"];
    assert_eq!(names, [&["drive work", "switching", "at once"], &channels[..]].concat());
    for (line, path) in flows.lines.iter().zip(["drive_work", "switching_work", "maps"]) {
        assert_eq!(line.y, run.numbers(&format!("ledger.{path}")), "{path}");
    }
    let text = "[parts.battery]\nkind = \"qubit\"\n[parts.other]\nkind = \"qubit\"\n[hamiltonian]\nbattery = \"n(battery)\"\n\
        charging = \"0.7*X(battery)*X(other) + sin(2*t)*Y(other)\"\n[[channel]]\noperator = \"Z(other)\"\nrate = 0.2\n";
    let run = document(&format!("{text}{TIME}"));
    let figure = of_run_with(&run, LEDGER).unwrap();
    drawn(&figure);
    let last = figure.panels.len() - 2;
    let names = [("*E*_{B}", "ledger.battery"), ("⟨*H* - *H*_{B}⟩", "ledger.charging")];
    shows(&figure, last, &run, &of_paths(&run, &names), "energy");
    let mut flows = of_paths(&run, &[("drive work", "ledger.drive_work")]);
    flows.push(("channel 1".into(), of_channel(&run, "channel.1")));
    shows(&figure, last + 1, &run, &flows, "energy inflow");
}

#[test]
fn bounds_stand_beside_what_they_bound() {
    // Two cells that do not relax, so that every bound is one.
    let text = "[units]\nreference = \"2 GHz\"\n[charger]\ndephasing = 1.0\n[battery]\ncells = 2\n[drive]\namplitude = \"2 GHz\"\n";
    let run = document(&format!("{text}{TIME}"));
    let figure = of_run_with(&run, BOUNDS).unwrap();
    drawn(&figure);
    let (own, shown) = (of_run(&run).unwrap().panels.len(), run.shown());
    assert_eq!(figure.panels.len(), own + 4);
    let power = shown.numbers("power.instantaneous").iter().map(|x| x.abs()).collect();
    let mut powers = vec![("|d*E*_{B}/d*t*|".to_string(), power)];
    powers.extend(of_paths(&shown, &[("bound", "bounds.power"), ("joint bound", "bounds.power_joint")]));
    shows(&figure, own, &shown, &powers, r"power (*ħ*\,*g*\,*ω*_{B})");
    let many = shown.numbers("ergotropy.global").into_iter().zip(shown.numbers("bounds.bound_energy"));
    let mut works = of_paths(&shown, &[("*W*", "ergotropy.global")]);
    works.push(("*W*_{max}".into(), many.map(|(work, bound)| work + bound).collect()));
    works.extend(of_paths(
        &shown,
        &[("capacity", "bounds.capacity"), ("anti-ergotropy", "bounds.anti_ergotropy")],
    ));
    shows(&figure, own + 1, &shown, &works, "work/*ħ**ω*_{B}");
    let path = [("angle", "bounds.speed_limit.angle"), ("length", "bounds.speed_limit.length")];
    shows(&figure, own + 2, &shown, &of_paths(&shown, &path), "angle and length");
    let states = [("*S*", "bounds.entropy"), ("coherence", "coherence")];
    shows(&figure, own + 3, &shown, &of_paths(&shown, &states), "entropy, coherence");
    // Every line lies below its bound.
    let at = |panel: usize, line: usize| match &figure.panels[own + panel] {
        Panel::Lines(panel) => panel.lines[line].y.clone(),
        Panel::HeatMap(_) => panic!("a map"),
    };
    for (below, above) in
        [((0, 0), (0, 1)), ((0, 0), (0, 2)), ((1, 0), (1, 1)), ((1, 0), (1, 2)), ((2, 0), (2, 1))]
    {
        let both = at(below.0, below.1).into_iter().zip(at(above.0, above.1));
        both.for_each(|(x, y)| assert!(x <= y + 1e-9, "{below:?} {above:?}: {x} {y}"));
    }
}

#[test]
fn what_is_null_is_not_drawn() {
    // Of one qubit W_max is the ergotropy; cells that relax have no joint bound.
    let run = document(&format!("{OPEN}{TIME}"));
    let figure = of_run_with(&run, BOUNDS).unwrap();
    drawn(&figure);
    let own = of_run(&run).unwrap().panels.len();
    let names =
        |panel: usize| lines(&figure, own + panel).lines.iter().map(|l| l.label.clone()).collect::<Vec<_>>();
    assert_eq!(names(0), ["|d*E*_{B}/d*t*|", "bound"]);
    assert_eq!(names(1), ["*W*", "capacity", "anti-ergotropy"]);
    let engines = "[engine]\nhot_frequency = 10.0\nsignal_frequency = 1.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n\
        [battery]\ncells = 2\n[coupling]\nstrength = 0.1\n[time]\nend = 60.0\npoints = 7\n";
    let run = document(engines);
    assert_eq!(of_run_with(&run, LEDGER).unwrap().panels.len(), of_run(&run).unwrap().panels.len());
}
