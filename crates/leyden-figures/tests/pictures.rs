//! Pictures that are kept: one small figure for every kind of panel, compared as text with tests/references.
//!
//! After a change that is meant, look at the new pictures that
//! `cargo test --release --test pictures -- --ignored` writes there.

use std::path::PathBuf;

use leyden_figures::{
    Axis, Band, ColorBar, ColorMap, Contour, Figure, HeatMap, Labels, Line, LinePanel, Mark, Marker,
    Reference,
};

fn numbers(n: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..n).map(|i| f(i as f64)).collect()
}

/// Lines with names at their ends, a guide, markers, references and a band, on linear axes.
fn lines() -> Figure {
    let t = numbers(9, |i| i);
    let panel = LinePanel {
        lines: vec![
            Line::new("*E*_{B}", &t, &numbers(9, |i| 1.0 - 0.7f64.powf(i))),
            Line::new("*W*", &t, &numbers(9, |i| 0.4 * (1.0 - 0.5f64.powf(i)))),
            Line::guide("∝ *t*", &[0.0, 4.0], &[0.0, 0.8]),
            Line { mark: Mark::Both(Marker::Diamond), ..Line::new("", &[1.0, 3.0, 6.0], &[0.2, 0.1, 0.7]) },
            Line::points("", &[7.0], &[0.6]),
        ],
        references: vec![Reference::horizontal(1.0, "*E*_{B}(∞)"), Reference::vertical(2.5, "*τ*")],
        bands: vec![Band::X { from: 5.0, to: 7.0 }, Band::Y { from: 0.0, to: 0.05 }],
        ..LinePanel::new(Axis::linear("*g**t*"), Axis::linear("energy (*ω*_{0})"))
    };
    Figure { letters: true, width: 70.0, ..Figure::of("Lines", panel) }
}

/// A legend and notes on logarithmic axes.
fn decades() -> Figure {
    let x = numbers(7, |i| 10f64.powf(i - 3.0));
    let line =
        |name: &str, power: f64| Line::new(name, &x, &x.iter().map(|x| x.powf(power)).collect::<Vec<_>>());
    let panel = LinePanel {
        lines: vec![line("*N* = 1", 1.0), line("*N* = 2", -0.5), line("*N* = 3", 0.2)],
        labels: Labels::Legend,
        notes: vec!["*a* = 1.5".into()],
        ..LinePanel::new(Axis::log("*γ*_{C}/*g*"), Axis::log("charging time *τ*"))
    };
    Figure { width: 70.0, ..Figure::of("Decades", panel) }
}

/// A family of lines with a bar.
fn family() -> Figure {
    let (x, values) = (numbers(5, |i| i), numbers(4, |i| 10f64.powf(i)));
    let bar = ColorBar { axis: Axis::log("*γ*_{C}"), map: ColorMap::ViridisLines, values: values.clone() };
    let lines = values.iter().map(|&value| Line {
        color: Some(bar.color(value)),
        ..Line::new("", &x, &x.iter().map(|x| x * value.log10()).collect::<Vec<_>>())
    });
    let panel = LinePanel {
        lines: lines.collect(),
        bar: Some(bar.clone()),
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*E*_{B}"))
    };
    Figure { width: 70.0, heading: "*F* = 0.5".into(), ..Figure::of("Family", panel) }
}

/// Maps: cells over logarithmic axes with a contour and a line; signs about zero, with a hole.
fn maps() -> Figure {
    let decades = numbers(5, |i| 10f64.powf(i - 2.0));
    let times = HeatMap {
        x: Axis::log("*γ*_{C}"),
        y: Axis::log("*F*"),
        color: Axis::log("*τ*"),
        values: decades.iter().flat_map(|f| decades.iter().map(move |g| g / (f * f) + f / g)).collect(),
        columns: decades.clone(),
        rows: decades.clone(),
        contours: vec![Contour { level: 10.0, label: "10".into() }],
        lines: vec![Line::guide("*F* = *γ*", &decades, &decades)],
        ..HeatMap::default()
    };
    let signs = HeatMap {
        x: Axis::linear("Δ_{Bd}"),
        y: Axis::linear("Δ_{CB}"),
        color: Axis::linear("*W*"),
        map: ColorMap::Diverging,
        columns: vec![-1.0, 0.0, 1.0],
        rows: vec![0.0, 0.5],
        values: vec![-1.0, 0.0, 0.6, 0.5, f64::NAN, -0.5],
        ..HeatMap::default()
    };
    Figure {
        letters: true,
        width: 150.0,
        columns: 2,
        panels: vec![times.into(), signs.into()],
        ..Figure::default()
    }
}

fn all() -> [(&'static str, Figure); 4] {
    [("lines", lines()), ("decades", decades()), ("family", family()), ("maps", maps())]
}

fn kept(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/references").join(name).with_extension("svg")
}

#[test]
fn figures_are_the_kept_ones() {
    for (name, figure) in all() {
        let expected = std::fs::read_to_string(kept(name)).unwrap();
        let found = figure.to_svg();
        // The first difference with what stands around it.
        let pairs = found.as_str().bytes().zip(expected.bytes());
        if let Some(at) = pairs.enumerate().find(|(_, (a, b))| a != b).map(|(at, _)| at) {
            let around = |text: &str| {
                let ends = [at.saturating_sub(60), (at + 60).min(text.len())];
                text[text.floor_char_boundary(ends[0])..text.floor_char_boundary(ends[1])].to_string()
            };
            panic!("{name}.svg, byte {at}:\n{}\nfor\n{}", around(found.as_str()), around(&expected));
        }
        assert_eq!(found.as_str().len(), expected.len(), "{name}");
    }
}

#[test]
#[ignore = "writes the pictures to be kept"]
fn keep_the_figures() {
    for (name, figure) in all() {
        std::fs::create_dir_all(kept(name).parent().unwrap()).unwrap();
        std::fs::write(kept(name), figure.to_svg().as_str()).unwrap();
    }
}
