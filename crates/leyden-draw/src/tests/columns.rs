//! Figures side by side.

use leyden_figures::{Axis, Figure, Line, LinePanel, Panel};

use crate::side_by_side;

fn figure(energy: [f64; 3], power: [f64; 3]) -> Figure {
    let panel = |y: [f64; 3], label: &str| {
        let line = Line::new(label, &[0.0, 1.0, 2.0], &y);
        Panel::from(LinePanel { lines: vec![line], ..LinePanel::new(Axis::linear("t"), Axis::linear(label)) })
    };
    Figure {
        heights: vec![30.0, 20.0],
        heading: "mean of 3 trajectories; band: one standard error".into(),
        panels: vec![panel(energy, "energy"), panel(power, "power")],
        ..Figure::default()
    }
}

fn lines(figure: &Figure) -> Vec<&LinePanel> {
    fn of(panel: &Panel) -> &LinePanel {
        match panel {
            Panel::Lines(panel) => panel,
            _ => panic!("no lines"),
        }
    }
    figure.panels.iter().map(of).collect()
}

#[test]
fn a_row_has_one_vertical_axis_and_what_is_zero_everywhere_is_left_out() {
    let still = [0.0; 3];
    let named = |title: &str, energy, power| Figure { title: title.into(), ..figure(energy, power) };
    let drawn = side_by_side(vec![named("a", [1.0, 2.0, 3.0], still), named("b", [-1.0, 0.0, 0.5], still)]);
    assert_eq!((drawn.columns, drawn.heights.len()), (2, 1));
    assert_eq!(drawn.heading, "mean of 3 trajectories; band: one standard error");
    let panels = lines(&drawn);
    assert_eq!(panels.len(), 2);
    assert_eq!((panels[0].y.min, panels[0].y.max), (panels[1].y.min, panels[1].y.max));
    assert!(panels[0].y.min.unwrap() < -1.0 && panels[0].y.max.unwrap() > 3.0);
    assert_eq!([&*panels[0].title, &*panels[1].title], ["a", "b"]);
    assert_eq!([&*panels[0].y.label, &*panels[1].y.label], ["energy", ""]);
    // One that moves keeps the row.
    let drawn = side_by_side(vec![named("a", still, still), named("b", still, [0.0, 1e-3, 0.0])]);
    assert_eq!((drawn.panels.len(), drawn.heights.clone()), (4, vec![30.0, 20.0]));
}
