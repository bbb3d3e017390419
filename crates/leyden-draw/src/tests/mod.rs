//! Every kind of figure, from closed formulas that look like the physics.

mod below;
mod columns;
mod documents;
mod laws;
mod odd;
mod specs;

use leyden_figures::text::missing_glyphs;
use leyden_figures::{Figure, HeatMap, LinePanel, Panel, Scale};

use super::{Spec, figure};
use leyden_results::table::literal;
use leyden_results::{StudyAxis, StudyData};

fn log(from: f64, to: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| from * (to / from).powf(i as f64 / (n - 1) as f64)).collect()
}

fn linear(from: f64, to: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| from + (to - from) * i as f64 / (n - 1) as f64).collect()
}

fn gamma() -> (&'static str, Vec<f64>) {
    ("charger.dephasing", log(1e-3, 1e3, 61))
}

fn drive() -> (&'static str, Vec<f64>) {
    ("drive.amplitude", log(0.1, 10.0, 21))
}

fn cells(n: usize) -> (&'static str, Vec<f64>) {
    ("battery.cells", linear(1.0, n as f64, n))
}

/// Quantities at a point: of gamma, F, N and the detunings, 1 where the study has no such axis.
fn study(axes: &[(&str, Vec<f64>)], times: &[f64]) -> StudyData {
    let axes: Vec<StudyAxis> =
        axes.iter().map(|(key, values)| StudyAxis::new(*key, values.clone(), "")).collect();
    let mut data = StudyData::new("study", axes.clone(), times.to_vec());
    let mut arrays: std::collections::BTreeMap<&str, Vec<f64>> = std::collections::BTreeMap::new();
    for point in 0..data.points() {
        let at = |key: &str, otherwise: f64| {
            let Some(k) = axes.iter().position(|axis| axis.key == key) else { return otherwise };
            let stride: usize = axes[k + 1..].iter().map(|axis| axis.values.len()).product();
            axes[k].values[point / stride % axes[k].values.len()]
        };
        let (gamma, f, n) =
            (at("charger.dephasing", 1.0), at("drive.amplitude", 1.0), at("battery.cells", 1.0));
        let off = at("battery.detuning", 0.0) + 2.0 * at("charger.detuning", 0.0);
        let tau = n * (4.0 / gamma).max(gamma / (2.0 * f * f));
        let energy = n / 2.0 / (1.0 + off * off);
        let mut put = |name, value| arrays.entry(name).or_default().push(value);
        put("charging_time_settling", tau);
        put("charging_time_first", tau / 2.0);
        put("charging_time_spectral", tau * 1.5);
        put("asymptote_energy", energy);
        put("asymptote_ergotropy_global", energy * (1.0 - 0.8 / n / (1.0 + f * f)));
        put("asymptote_plateau_energy", 0.9 * energy);
        put("asymptote_plateau_ergotropy", 0.4 * energy);
        put("asymptote_log10_slowest_rate", -tau.log10());
        put("asymptote_purity", f64::NAN);
        for t in times {
            put("energy", energy * (1.0 - (-t / tau).exp()));
            put("ergotropy_global", 0.5 * energy * (1.0 - (-t / tau).exp()));
            put("power_instantaneous", energy / tau * (-t / tau).exp());
        }
    }
    arrays.into_iter().for_each(|(name, values)| data.insert(name, values, ""));
    data
}

/// Draws, and looks at what a referee would look at first.
fn sound(figure: &Figure) {
    let svg = figure.to_svg();
    let svg = svg.as_str();
    // Pixels may spell anything.
    let drawn: Vec<&str> =
        svg.split("base64,").map(|part| part.split_once("\"/>").map_or(part, |p| p.1)).collect();
    let drawn = [svg.split("base64,").next().unwrap_or(""), &drawn[1..].concat()].concat();
    // "Inflow" is no number.
    let numbers = drawn.replace("inflow", "");
    assert!(!numbers.contains("NaN") && !numbers.contains("inf"), "{drawn}");
    assert!(!figure.title.is_empty() && !figure.description.is_empty() && !figure.panels.is_empty());
    for label in svg.split("aria-label=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let label = label.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        assert!(missing_glyphs(&literal(&label)).is_empty(), "{label}");
    }
}

fn drawn(data: &StudyData, spec: &str) -> Figure {
    let figure = figure(data, (!spec.is_empty()).then(|| Spec::parse(spec, data).unwrap()).as_ref());
    sound(&figure);
    figure
}

fn lines(figure: &Figure, panel: usize) -> &LinePanel {
    match &figure.panels[panel] {
        Panel::Lines(panel) => panel,
        Panel::HeatMap(_) => panic!("panel {panel} is a map"),
    }
}

fn map(figure: &Figure, panel: usize) -> &HeatMap {
    match &figure.panels[panel] {
        Panel::HeatMap(panel) => panel,
        Panel::Lines(_) => panic!("panel {panel} has lines"),
    }
}

#[test]
fn no_axes_give_the_figure_of_a_run() {
    let data = study(&[], &linear(0.0, 10.0, 41));
    let figure = drawn(&data, "");
    assert_eq!(figure.panels.len(), 2);
    assert_eq!(lines(&figure, 0).references.len(), 3);
    let asked = drawn(&data, "quantities = [\"energy\", \"ergotropy.global\"]");
    assert_eq!((asked.panels.len(), lines(&asked, 0).lines.len()), (1, 2));
}

#[test]
fn one_axis_gives_charging_times_and_limits_with_the_exact_asymptotes() {
    let figure = drawn(&study(&[gamma()], &[]), "");
    let times = lines(&figure, 0);
    assert_eq!((times.x.scale, times.y.scale), (Scale::Log, Scale::Log));
    let data: Vec<&str> = times.lines.iter().filter(|l| !l.guide).map(|l| l.label.as_str()).collect();
    assert_eq!(data, ["settling", "first", "spectral"]);
    let weak = times.lines.iter().find(|line| line.label == "4/*γ*_{C}").unwrap();
    assert!(weak.guide && weak.x.iter().zip(&weak.y).all(|(x, y)| (x * y - 4.0).abs() < 1e-12));
    let strong = times.lines.iter().find(|line| line.label.starts_with('∝')).unwrap();
    assert!(strong.guide && strong.x.iter().zip(&strong.y).all(|(x, y)| (y / x - 0.5).abs() < 1e-9));
    // Limits do not depend on the dephasing: they are said, not drawn.
    assert_eq!(figure.panels.len(), 1);
    assert!(figure.heading.contains("energy *E*_{B}(∞) = 0.5, ergotropy *W*(∞) = "), "{}", figure.heading);
    // No guide where the data do not follow it: twice the exponent.
    let mut other = StudyData::new("other", vec![StudyAxis::new("charger.dephasing", gamma().1, "")], vec![]);
    other.insert("charging_time_settling", gamma().1.iter().map(|g| g.powi(-2) + g * g).collect(), "");
    assert!(lines(&drawn(&other, ""), 0).lines.iter().all(|line| !line.guide));
}

#[test]
fn cells_give_the_scaling_figure() {
    let figure = drawn(&study(&[cells(12)], &[]), "");
    assert_eq!(figure.panels.len(), 3);
    let ratio = lines(&figure, 0);
    assert!(ratio.lines.iter().any(|line| line.guide) && ratio.notes[0].contains("(*N* = 4 to 12)"));
    assert!(lines(&figure, 2).lines.iter().any(|line| line.label == "settling: ∝ *N*^{1.00}"));
    let drives = study(&[cells(12), ("drive.amplitude", vec![0.2, 0.5, 10.0])], &[]);
    assert!(
        lines(&drawn(&drives, ""), 0).lines.iter().any(|line| line.label.starts_with("*F* = 0.5: *a* ="))
    );
    // Without a limit: the largest average power and its time.
    let mut closed = StudyData::new("closed", vec![StudyAxis::new("battery.cells", cells(12).1, "")], vec![]);
    let of = |power: f64| cells(12).1.iter().map(|n| 0.6 * n.powf(power)).collect();
    closed.insert("power_maximum_average_value", of(1.5), "");
    closed.insert("power_maximum_average_time", of(-0.5), "");
    let figure = drawn(&closed, "");
    for (panel, exponent) in ["1.50", "-0.50"].iter().enumerate() {
        let panel = lines(&figure, panel);
        assert!(
            panel.notes[0].starts_with(&format!("fit ∝ *N*^{{{exponent}}} (*N* = ")),
            "{:?}",
            panel.notes
        );
        assert!(panel.lines.iter().any(|line| line.guide));
    }
    // Beyond the range of numbers only the logarithm of the rate is left.
    let mut huge = StudyData::new("huge", vec![StudyAxis::new("battery.cells", cells(5).1, "")], vec![]);
    huge.insert("charging_time_settling", vec![1.0, 1e100, 1e200, 1e300, f64::NAN], "");
    huge.insert("asymptote_log10_slowest_rate", vec![0.0, -100.0, -200.0, -300.0, -400.0], "");
    let panel = drawn(&huge, "");
    assert_eq!(lines(&panel, 0).lines[0].y, [0.0, 100.0, 200.0, 300.0, 400.0]);
}

#[test]
fn times_and_one_axis_give_families_beside_the_lines() {
    let times = linear(0.0, 10.0, 41);
    let figure = drawn(&study(&[gamma()], &times), "");
    assert_eq!((figure.columns, figure.panels.len()), (2, 4));
    let family = lines(&figure, 0);
    let bar = family.bar.as_ref().unwrap();
    assert_eq!((family.lines.len(), bar.values.len()), (12, 12));
    assert_eq!((bar.values[0], bar.values[11]), (1e-3, 1e3));
    assert_eq!(family.lines[11].color, Some(bar.color(1e3)));
    let few = drawn(&study(&[("drive.amplitude", vec![0.1, 1.0])], &times), "kind = \"traces\"");
    assert_eq!((few.columns, lines(&few, 0).lines[1].label.as_str()), (1, "*F* = 1"));
    assert_eq!(drawn(&study(&[cells(3)], &times), "").panels.len(), 6);
    // All rows are equally high, alone and beside others.
    for figure in [figure, few, drawn(&study(&[cells(3)], &times), "kind = \"traces\"")] {
        let rows = figure.panels.len() / figure.columns;
        assert_eq!(figure.heights, vec![38.0; rows]);
    }
}

#[test]
fn two_axes_give_maps_the_right_way_round() {
    let data = study(&[drive(), gamma()], &[]);
    let figure = drawn(&data, "");
    assert_eq!(figure.panels.len(), 2, "the energy of the limit is 1/2 everywhere");
    assert!(figure.description.contains("= 0.5."), "{}", figure.description);
    let map = map(&figure, 0);
    assert_eq!((map.x.label.as_str(), map.y.label.as_str()), ("*γ*_{C}", "*F*"));
    assert_eq!(map.color.scale, Scale::Log);
    let (i, j) = (50, 3);
    let expected = (4.0 / map.columns[i]).max(map.columns[i] / (2.0 * map.rows[j].powi(2)));
    assert!((map.values[j * map.columns.len() + i] - expected).abs() < 1e-12 * expected);
}

#[test]
fn detunings_give_robustness_maps() {
    let axes = [("charger.detuning", linear(-0.5, 0.5, 21)), ("battery.detuning", linear(-1.0, 1.0, 31))];
    let figure = drawn(&study(&axes, &[0.0, 5.0, 10.0]), "");
    let first = map(&figure, 0);
    assert_eq!((first.x.label.as_str(), first.y.label.as_str()), ("Δ_{Bd}", "Δ_{CB}"));
    assert_eq!(first.color.label, "energy *E*_{B} at *t* = 10");
    assert_eq!((first.lines.len(), figure.aspect), (2, Some(0.5)));
    assert_eq!(map(&figure, 3).color.label, "plateau ergotropy *W*");
}

#[test]
fn an_axis_of_few_values_gives_lines() {
    let figure = drawn(&study(&[cells(4), gamma()], &[]), "");
    let panel = lines(&figure, 0);
    assert_eq!(panel.x.label, "*γ*_{C}");
    let curves = panel.lines.iter().filter(|line| !line.guide && line.x.len() > 1);
    assert_eq!(
        curves.map(|line| line.label.as_str()).collect::<Vec<&str>>(),
        ["*N* = 1", "*N* = 2", "*N* = 3", "*N* = 4"]
    );
    assert_eq!(panel.lines.iter().filter(|line| line.x.len() == 1).count(), 4, "a marker at every minimum");
}

#[test]
fn cells_are_the_abscissa_where_the_other_axis_has_few_values_too() {
    let drives = |n: usize| ("drive.amplitude", log(0.1, 10.0, n));
    for (amplitudes, label, names) in [(2, "*N*", 2), (5, "*N*", 5), (6, "*N*", 6), (7, "*F*", 3)] {
        for axes in [[drives(amplitudes), cells(3)], [cells(3), drives(amplitudes)]] {
            let figure = drawn(&study(&axes, &[]), "");
            assert_eq!(lines(&figure, 0).x.label, label, "{amplitudes}");
            let curves = lines(&figure, 0).lines.iter().filter(|line| !line.guide && line.x.len() > 1);
            assert_eq!(curves.count(), names, "{amplitudes}");
        }
    }
}

/// What hardly depends on N looks so: the axis spans a factor of four about the data.
#[test]
fn times_that_hardly_change_keep_an_axis_of_some_length() {
    let mut data = StudyData::new("flat", vec![StudyAxis::new("battery.cells", cells(12).1, "")], vec![]);
    let put = |data: &mut StudyData, ratio: f64| {
        let tau = |n: f64| 25.0 * ratio.powf((n - 1.0) / 11.0);
        data.insert("charging_time_settling", cells(12).1.into_iter().map(tau).collect(), "");
    };
    for ratio in [1.0, 1.44, 3.9] {
        put(&mut data, ratio);
        let y = lines(&drawn(&data, ""), 0).y.clone();
        let (low, high, middle) = (y.min.unwrap(), y.max.unwrap(), 25.0 * f64::sqrt(ratio));
        assert_eq!(y.scale, Scale::Log);
        assert!((low - middle / 2.0).abs() < 1e-12 * middle && (high - 2.0 * middle).abs() < 1e-12 * middle);
    }
    put(&mut data, 4.1);
    let y = lines(&drawn(&data, ""), 0).y.clone();
    assert_eq!((y.scale, y.min, y.max), (Scale::Log, None, None));
}

#[test]
fn further_axes_are_fixed_and_said() {
    let axes = [("battery.cells", vec![2.0, 3.0]), gamma(), drive()];
    let figure = drawn(&study(&axes, &[]), "");
    assert_eq!(figure.heading, "*N* = 2; constant: energy *E*_{B}(∞) = 1");
    assert!(figure.description.ends_with("N = 2."));
    let at = drawn(&study(&axes, &[]), "at = { \"battery.cells\" = 2.9 }\ntitle = \"*T*\"");
    assert_eq!(
        (at.heading.as_str(), at.title.as_str()),
        ("*T*\n*N* = 3; constant: energy *E*_{B}(∞) = 1.5", "T")
    );
    let ratio = map(&at, 0).values[0] / map(&figure, 0).values[0];
    assert!((ratio - 1.5).abs() < 1e-12);
}

#[test]
fn a_search_gives_optima_and_their_places() {
    let mut data = StudyData::new("search", vec![StudyAxis::new("drive.amplitude", drive().1, "")], vec![]);
    for (name, factor) in
        [("optimum_value", 1.0), ("optimum_value_at_jump", 1.1), ("optimum_charger_dephasing", 2.8)]
    {
        data.insert(name, drive().1.iter().map(|f| f * factor).collect(), "");
    }
    // A side, 1 above: it must not stand among the values of the variable.
    data.insert("optimum_jump", vec![1.0; drive().1.len()], "");
    let figure = drawn(&data, "");
    assert_eq!(figure.panels.len(), 2);
    assert_eq!(lines(&figure, 1).y.label, "optimal *γ*_{C}");
    assert_eq!(lines(&figure, 1).lines.len(), 1);
    let places: Vec<f64> = drive().1.iter().map(|f| f * 2.8).collect();
    assert_eq!(lines(&figure, 1).lines[0].y, places);
}

#[test]
fn odd_data_never_panic() {
    let nothing = [f64::NAN; 1];
    for keys in [&[][..], &["battery.cells"], &["drive.amplitude"], &["charger.detuning", "battery.detuning"]]
    {
        for values in
            [&[][..], &nothing, &[1.0], &[2.0, 2.0], &[f64::NAN, 1.0, f64::INFINITY], &[-1.0, 0.0, 3.0]]
        {
            for times in [&[][..], &[0.0], &[0.0, 1.0, 2.0]] {
                let axes: Vec<(&str, Vec<f64>)> = keys.iter().map(|key| (*key, values.to_vec())).collect();
                let full = study(&axes, times);
                let mut empty = StudyData::new("empty", full.axes.clone(), times.to_vec());
                sound(&figure(&full, None));
                sound(&figure(&empty, None));
                for name in full.names() {
                    let times = if leyden_results::is_series(name) { times.len() } else { 1 };
                    empty.insert(name, vec![f64::NAN; full.points() * times], "");
                }
                sound(&figure(&empty, None));
                for kind in ["traces", "lines", "map", "scaling"] {
                    // Where the study has not what the kind needs, the specification says so.
                    if let Ok(spec) = Spec::parse(&format!("kind = \"{kind}\""), &full) {
                        sound(&figure(&full, Some(&spec)));
                        sound(&figure(&empty, Some(&spec)));
                    }
                }
            }
        }
    }
}
