//! Sweeps over cells that approach a law for many of them, or have no limit.

use leyden_figures::{Line, LinePanel, Reference};
use leyden_results::{Form, Law, StudyAxis, StudyData};

use super::{drawn, lines, sound};

const CELLS: [f64; 4] = [2.0, 4.0, 8.0, 16.0];

/// P = 2 N^{3/2} (1 + 1/N), without a limit.
fn cavity(times: &[f64]) -> StudyData {
    let axes = vec![StudyAxis::new("battery.cells", CELLS.to_vec(), "")];
    let mut data = StudyData::new("cavity", axes, times.to_vec());
    data.time_unit = "1/g".into();
    let power = CELLS.map(|n| 2.0 * n.powf(1.5) * (1.0 + 1.0 / n));
    data.insert("power_maximum_average_value", power.to_vec(), "g omega_B");
    data.insert("power_maximum_average_time", CELLS.map(|n| n.powf(-0.5)).to_vec(), "1/g");
    data.insert("parallel_advantage", CELLS.map(f64::sqrt).to_vec(), "1");
    let over_time =
        |share: f64| CELLS.iter().flat_map(|n| times.iter().map(move |t| share * n * t.tanh())).collect();
    for (name, share) in
        [("energy", 1.0), ("ergotropy_global", 0.9), ("ergotropy_collective", 0.6), ("ergotropy_local", 0.3)]
    {
        data.insert(name, over_time(share), "omega_B");
    }
    let law = |quantity, x: &[f64], of: &dyn Fn(f64) -> f64, form| Law {
        quantity,
        at: vec![0],
        x: x.to_vec(),
        y: x.iter().map(|x| of(*x)).collect(),
        form,
    };
    let power = Form::Power { prefactor: 2.0, exponent: 1.5 };
    data.laws = vec![law("power_maximum_average_value", &CELLS, &|n| 2.0 * n.powf(1.5), power)];
    data
}

fn guides(panel: &LinePanel) -> Vec<&Line> {
    panel.lines.iter().filter(|line| line.guide).collect()
}

#[test]
fn a_power_that_approaches_a_law_has_it_beside_it_with_its_exponents() {
    let data = cavity(&[0.5, 1.0, 1.5]);
    let figure = drawn(&data, "");
    sound(&figure);
    // Energies per cell left, power and exponents right.
    assert_eq!((figure.columns, figure.panels.len()), (2, 4));
    let [energy, power, exponents] = [0, 1, 3].map(|panel| lines(&figure, panel));
    assert_eq!(energy.y.label, "energy *E*_{B}/*ω*_{B} per cell");
    assert!((energy.lines[3].y[1] - 1.0_f64.tanh()).abs() < 1e-15);
    let [law] = guides(power)[..] else { panic!("{:?}", power.lines) };
    assert_eq!((&*law.label, &law.y), ("2\\,*N*^{3/2}", &data.laws[0].y));
    assert!(power.notes.is_empty(), "no fit beside the law");
    let expected = 1.5 + (1.25_f64 / 1.5).log2();
    let line = &exponents.lines[0];
    assert!((line.y[0] - expected).abs() < 1e-14 && (line.x[0] - 8.0_f64.sqrt()).abs() < 1e-14);
    assert_eq!(line.y.len(), 3);
    assert_eq!(exponents.references, [Reference::horizontal(1.5, "many cells: 1.5")]);
    // Without a law for many cells the fit stays.
    let mut unknown = data.clone();
    unknown.laws.clear();
    let figure = drawn(&unknown, "");
    assert!(lines(&figure, 1).notes[0].starts_with("fit ∝ *N*^{1.3"), "{:?}", lines(&figure, 1).notes);
    assert!(lines(&figure, 3).references.is_empty());
}

#[test]
fn batteries_that_follow_one_curve_are_drawn_with_it() {
    let times = [0.0, 1.0, 2.0];
    let mut data = cavity(&times);
    data.laws.push(Law {
        quantity: "energy_per_cell",
        at: vec![0],
        x: times.to_vec(),
        y: times.map(|t: f64| t.tanh().powi(2)).to_vec(),
        form: Form::Tanh { rate: 1.0 },
    });
    let figure = drawn(&data, "");
    sound(&figure);
    assert_eq!((figure.columns, figure.panels.len()), (1, 2));
    let [law] = guides(lines(&figure, 0))[..] else { panic!() };
    assert_eq!(law.label, "tanh^{2}\\,*g**t*");
    assert!(lines(&figure, 0).y.max.is_some_and(|max| max > law.y[2]), "room above the law");
    assert!(guides(lines(&figure, 1)).is_empty());
    data.time_unit = "us".into();
    assert_eq!(guides(lines(&drawn(&data, ""), 0))[0].label, "tanh^{2}");
}

#[test]
fn at_one_time_it_is_shown_what_part_of_the_energy_is_work() {
    let figure = drawn(&cavity(&[1.0]), "");
    sound(&figure);
    let [energy, work] = [0, 1].map(|panel| lines(&figure, panel));
    assert!(energy.y.label.starts_with("energy *E*_{B}/*ω*_{B} per cell at"), "{}", energy.y.label);
    let shares: Vec<f64> = work.lines.iter().map(|line| line.y[2]).collect();
    assert!(shares.iter().zip([0.9, 0.6, 0.3]).all(|(a, b)| (a - b).abs() < 1e-14), "{shares:?}");
    assert_eq!((work.y.min, work.y.max), (Some(-0.05), Some(1.05)));
    // Named, they are drawn of any study over cells.
    let asked = drawn(&cavity(&[1.0, 2.0]), "kind = \"scaling\"\nquantities = [\"ergotropy.local_ratio\"]\n");
    assert!((lines(&asked, 0).lines[0].y[1] - 0.3).abs() < 1e-14);
}

#[test]
fn of_several_lines_the_advantage_comes_first_and_only_some_have_a_law() {
    let axes = vec![
        StudyAxis::new("battery.cells", CELLS.to_vec(), ""),
        StudyAxis::new("charger.detuning", vec![0.0, 5.0], ""),
    ];
    let mut data = StudyData::new("pairs", axes, vec![1.0]);
    let pairs = |of: fn(f64) -> f64| CELLS.iter().flat_map(|n| [of(*n), 3.0 * of(*n)]).collect();
    data.insert("parallel_advantage", pairs(f64::sqrt), "1");
    data.insert("power_maximum_average_value", pairs(|n| n.powf(1.5)), "g omega_B");
    data.laws = vec![Law {
        quantity: "parallel_advantage",
        at: vec![0, 0],
        x: CELLS.to_vec(),
        y: CELLS.map(|n| 0.8 * n.sqrt()).to_vec(),
        form: Form::Power { prefactor: 0.8, exponent: 0.5 },
    }];
    let figure = drawn(&data, "");
    sound(&figure);
    let advantage = lines(&figure, 0);
    assert!(advantage.y.label.contains('Γ'));
    let guides = guides(advantage);
    let labels: Vec<&str> = guides.iter().map(|line| &*line.label).collect();
    assert!(labels.contains(&"0.8\\,*N*^{1/2}") && guides.len() == 2, "{labels:?}");
    let [first, second] = [0, 1].map(|line| &*advantage.lines[line].label);
    assert!(!first.contains('∝') && second.ends_with("∝ *N*^{0.50}"), "{first}, {second}");
}

/// Limits that are 0 everywhere are said; the power and its time stand beside what happens before.
#[test]
fn limits_that_are_one_number_leave_their_place_to_the_power() {
    let axes = vec![StudyAxis::new("charger.relaxation", vec![0.0, 0.5, 1.0, 2.0], "")];
    let mut data = StudyData::new("lossy", axes, vec![0.0, 1.0]);
    let over_time = (0..4).flat_map(|k| [0.0, f64::from(4 - k)]).collect::<Vec<f64>>();
    data.insert("energy", over_time.clone(), "omega_B");
    data.insert("ergotropy_global", over_time, "omega_B");
    let undamped = |x: f64| vec![f64::NAN, x, x, x];
    data.insert("asymptote_energy", undamped(0.0), "omega_B");
    data.insert("asymptote_ergotropy_global", undamped(0.0), "omega_B");
    data.insert("asymptote_log10_slowest_rate", vec![f64::NAN, f64::NAN, 0.1, 0.3], "g");
    data.insert("power_maximum_average_value", vec![4.0, 3.0, 2.5, 1.0], "g omega_B");
    data.insert("power_maximum_average_time", vec![1.0, 0.9, 0.8, 0.6], "1/g");
    let figure = drawn(&data, "");
    sound(&figure);
    assert_eq!((figure.columns, figure.panels.len()), (2, 4));
    let [power, time] = [1, 3].map(|panel| &lines(&figure, panel).lines[0].y);
    assert_eq!((power[3], time[3]), (1.0, 0.6));
    assert!(figure.heading.starts_with("constant: energy *E*_{B}(∞)/*ω*_{B} = 0"), "{}", figure.heading);
}
