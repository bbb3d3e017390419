//! The crate from outside: the same bytes twice, a well-formed SVG, a PNG of the right size.

use leyden_figures::{Axis, Figure, FigureError, HeatMap, Line, LinePanel};

fn small() -> Figure {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| 10f64.powf(-x / 10.0)).collect();
    let lines = LinePanel {
        lines: vec![Line::new("*E*_{B}", &x, &y)],
        ..LinePanel::new(Axis::linear("*g**t*"), Axis::log("*E* < 1 & \"more\""))
    };
    let map = HeatMap {
        x: Axis::linear("*g**t*"),
        y: Axis::linear("*y*"),
        columns: x.clone(),
        rows: vec![1.0, 2.0],
        values: [x.clone(), y].concat(),
        ..HeatMap::default()
    };
    Figure { letters: true, panels: vec![lines.into(), map.into()], ..Figure::default() }
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let (a, b) = (small().to_svg(), small().to_svg());
    assert_eq!(a, b);
    assert_eq!(a.to_png(150.0).unwrap(), b.to_png(150.0).unwrap());
}

#[test]
fn the_svg_is_self_contained_and_says_what_it_shows() {
    let svg = small().to_svg();
    let svg = svg.as_str();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(svg.contains("width=\"86mm\"") && svg.contains("<title>Figure</title>"));
    assert!(!svg.contains("<text") && !svg.contains("font-family"));
    // Texts can be found although they are outlines.
    for label in ["10\u{2212}3", "EB", "(a)", "(b)", "E &lt; 1 &amp; &quot;more&quot;"] {
        assert!(svg.contains(&format!("aria-label=\"{label}\"")), "{label}");
    }
    // The map and its colour bar.
    assert_eq!(svg.matches("data:image/png;base64,").count(), 2);
    for used in svg.split("xlink:href=\"#").skip(1) {
        let id = used.split('"').next().unwrap();
        assert!(svg.contains(&format!("<path id=\"{id}\"")), "{id} is not defined");
    }
}

#[test]
fn the_png_has_the_size_asked_for() {
    let png = small().to_svg().to_png(300.0).unwrap();
    let width = u32::from_be_bytes(png[16..20].try_into().unwrap());
    assert_eq!(width, (86.0f64 / 25.4 * 300.0).round() as u32);
    // Eight bits for each of red, green and blue.
    assert_eq!(png[24..26], [8, 2]);
}

#[test]
fn resolutions_out_of_range_are_refused() {
    let svg = small().to_svg();
    for dpi in [0.0, -1.0, f64::NAN, 1e9] {
        assert!(matches!(svg.to_png(dpi), Err(FigureError::Resolution { .. })));
    }
    assert!(matches!(svg.to_png(9600.0), Err(FigureError::TooLarge { .. })));
}
