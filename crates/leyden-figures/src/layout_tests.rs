//! What a referee would look for first, on the scenes of all figures of the gallery.

use crate::font::Fonts;
use crate::gallery;
use crate::panel::LINE_WIDTH;
use crate::scene::{Item, Point, Rect, Scene};
use crate::{
    Axis, Band, Color, ColorBar, ColorMap, Contour, DOUBLE_COLUMN, Figure, HeatMap, Labels, Line, LinePanel,
    Mark, Marker, Panel, Reference, SINGLE_COLUMN, Scale,
};

/// All items with the origins of their groups.
fn items(scene: &Scene) -> impl Iterator<Item = (&Point, &Item)> {
    scene.groups.iter().flat_map(|(origin, items)| items.iter().map(move |item| (origin, item)))
}

/// The name of every text and its box on the sheet.
fn texts(scene: &Scene) -> Vec<(String, Rect)> {
    let mut texts = Vec::new();
    for (origin, item) in items(scene) {
        let Item::Text { label, at, turned, .. } = item else { continue };
        let (x, y, width, height) = (origin.x + at.x, origin.y + at.y, label.width, label.height());
        let rect = match turned {
            true => Rect { x: x - label.ascent, y: y - width, width: height, height: width },
            false => Rect { x, y: y - label.ascent, width, height },
        };
        texts.push((label.plain.clone(), rect));
    }
    texts
}

/// The vertices of all data lines on the sheet.
fn data(scene: &Scene) -> Vec<Point> {
    let mut points = Vec::new();
    for (origin, item) in items(scene) {
        if let Item::Lines { lines, pen } = item
            && pen.width == LINE_WIDTH
        {
            let placed = |p: &Point| Point { x: origin.x + p.x, y: origin.y + p.y };
            // Lines of two points are the samples of a legend.
            points.extend(lines.iter().filter(|l| l.len() > 2).flatten().map(placed));
        }
    }
    points
}

/// Draws the figure, and looks at its texts.
fn check(name: &str, figure: &Figure) -> Scene {
    let scene = figure.scene(&Fonts::embedded());
    let sheet = Rect { x: 0.0, y: 0.0, width: scene.size.width, height: scene.size.height };
    let texts = texts(&scene);
    let data = data(&scene);
    for (i, (text, rect)) in texts.iter().enumerate() {
        assert!(sheet.encloses(rect), "{name}: {text} is clipped: {rect:?}");
        for (other, box_of_other) in &texts[..i] {
            assert!(!rect.overlaps(box_of_other), "{name}: {text} overlaps {other}");
        }
        assert!(!data.iter().any(|p| rect.contains(*p)), "{name}: {text} covers data");
    }
    scene
}

#[test]
fn texts_cover_neither_one_another_nor_data_nor_the_edge() {
    for (name, figure) in gallery::all() {
        let scene = check(name, &figure);
        let width = scene.size.width * 25.4 / 72.0;
        assert!((width - figure.width).abs() < 1e-6, "{name} is {width} mm wide");
    }
}

#[test]
fn a_legend_without_free_corner_stands_above_the_plot() {
    let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 40.0).collect();
    let waves = (1..=3).map(|k| {
        let y: Vec<f64> = x.iter().map(|x| 2e-5 * (x * f64::from(5 * k)).sin()).collect();
        Line::new(format!("wave {k}"), &x, &y)
    });
    let panel = LinePanel {
        lines: waves.collect(),
        labels: Labels::Legend,
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*y*"))
    };
    let figure = Figure { letters: true, ..Figure::of("Waves", panel) };
    let scene = check("waves", &figure);
    let top = scene.groups[0].0.y;
    let above = |(text, rect): &&(String, Rect)| text.starts_with("wave") && rect.bottom() < top;
    assert_eq!(texts(&scene).iter().filter(above).count(), 3);
}

#[test]
fn a_family_has_a_bar_a_heading_and_the_aspect_asked_for() {
    let x: Vec<f64> = (0..100).map(f64::from).collect();
    let values: Vec<f64> = (0..9).map(|k| 10f64.powi(k - 4)).collect();
    let bar = ColorBar { axis: Axis::log("*γ*_{C}"), map: ColorMap::ViridisLines, values: values.clone() };
    assert_ne!(bar.color(values[0]), bar.color(values[8]));
    assert_eq!(bar.color(-1.0), Color::MISSING);
    let lines = values.iter().map(|&value| Line {
        color: Some(bar.color(value)),
        ..Line::new("", &x, &x.iter().map(|x| x * value.ln()).collect::<Vec<f64>>())
    });
    let panel = LinePanel {
        lines: lines.collect(),
        bar: Some(bar),
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*E*_{B}"))
    };
    let long = "*F* = 0.5 and more words than fit on one line of a single column of a journal page";
    for (columns, aspect) in [(1, 1.0), (2, 0.5)] {
        let panels = vec![panel.clone().into(); 2];
        let figure = Figure {
            letters: true,
            heading: long.into(),
            aspect: Some(aspect),
            width: DOUBLE_COLUMN / 2.0 * columns as f64,
            columns,
            panels,
            ..Figure::default()
        };
        let scene = check("family", &figure);
        let frames = items(&scene).filter_map(|(_, item)| match item {
            Item::Areas { outlines, fill: None, .. } => Some(&outlines[0]),
            _ => None,
        });
        // Frame and bar of each panel have one height; the wider is the frame.
        let sizes: Vec<(f64, f64)> = frames.map(|c| (c[1].x - c[0].x, c[2].y - c[1].y)).collect();
        assert_eq!(sizes.len(), 4);
        for (width, height) in sizes.into_iter().filter(|size| size.0 > 10.0) {
            assert!((height - aspect * width).abs() < 1e-9, "{width} {height}");
        }
        let (first, place) = &texts(&scene)[0];
        assert!(first.starts_with("F = 0.5 and") && place.bottom() < scene.groups[1].0.y);
    }
}

#[test]
fn a_level_that_turns_back_has_its_name_beside_it() {
    // Both ends on the right edge: no abscissa between them.
    let at: Vec<f64> = (0..40).map(|i| f64::from(i) / 39.0).collect();
    let values = at.iter().flat_map(|y| at.iter().map(move |x| x - 4.0 * (y - 0.5).powi(2)));
    let contours = vec![Contour { level: 0.3, label: "level".into() }];
    let (columns, rows, values) = (at.clone(), at.clone(), values.collect());
    let map = HeatMap { columns, rows, values, contours, ..HeatMap::default() };
    let scene = Figure::of("Parabola", map).scene(&Fonts::embedded());
    assert!(texts(&scene).iter().any(|(text, _)| text == "level"));
}

#[test]
fn no_data_is_said_where_there_is_nothing_to_see() {
    let (there, gone) = ([0.2, 0.4, 0.8], [f64::NAN; 3]);
    let axis = || Axis::linear("*x*").within(0.0, 1.0);
    for (lines, reference, empty) in [
        (vec![], None, true),
        (vec![gone], None, true),
        (vec![there], None, false),
        (vec![there, gone], None, false),
        (vec![gone, there], None, false),
        (vec![gone, gone], Some(0.5), false),
        (vec![], Some(0.5), false),
    ] {
        let panel = LinePanel {
            lines: lines.iter().map(|y| Line::new("", &there, y)).collect(),
            references: reference.map(|y| Reference::horizontal(y, "")).into_iter().collect(),
            ..LinePanel::new(axis(), axis())
        };
        let scene = Figure::of("Gaps", panel).scene(&Fonts::embedded());
        assert_eq!(texts(&scene).iter().any(|(text, _)| text == "no data"), empty, "{lines:?} {reference:?}");
        assert_eq!(data(&scene).len(), 3 * lines.iter().filter(|y| **y == there).count());
    }
}

#[test]
fn lines_above_a_map_share_its_abscissae() {
    let x: Vec<f64> = (0..50).map(f64::from).collect();
    let lines = LinePanel { lines: vec![Line::new("", &x, &x)], ..LinePanel::default() };
    let (columns, rows, values) = (x.clone(), vec![0.0, 1.0], [x.clone(), x].concat());
    let map = HeatMap { columns, rows, values, ..HeatMap::default() };
    for panels in [vec![lines.clone().into()], vec![lines.into(), map.into()]] {
        let figure = Figure { share_x: true, panels, ..Figure::default() };
        let scene = figure.scene(&Fonts::embedded());
        let frame = items(&scene).find_map(|(origin, item)| match item {
            Item::Areas { outlines, fill: None, .. } => Some((origin.x, origin.x + outlines[0][1].x)),
            _ => None,
        });
        let (left, right) = frame.unwrap();
        // From edge to edge: the line ends where the map does.
        let data = data(&scene);
        assert!((data[0].x - left).abs() < 1e-9 && (data[data.len() - 1].x - right).abs() < 1e-9);
    }
}

#[test]
fn every_glyph_of_the_gallery_exists() {
    for (name, figure) in gallery::all() {
        for (_, item) in items(&figure.scene(&Fonts::embedded())) {
            if let Item::Text { label, .. } = item {
                // Glyph 0 is the box that stands for a missing one.
                assert!(label.glyphs.iter().all(|g| g.glyph.id != 0), "{name}: {}", label.plain);
            }
        }
    }
}

#[test]
fn strange_numbers_never_panic() {
    let (infinite, least, beside) = (f64::INFINITY, f64::MIN_POSITIVE, 1.0 + 1e-15);
    let small = [0.0, -1.0, 1.0, beside, 5e-324, least, 1e-300, -1e-300];
    let odd = [&small[..], &[f64::NAN, infinite, -infinite, f64::MAX, f64::MIN, 1e300]].concat();
    let draw = |panel: Panel| {
        let svg = Figure { letters: true, ..Figure::of("", panel) }.to_svg();
        assert!(!svg.as_str().contains("NaN") && !svg.as_str().contains("inf"));
    };
    let axis =
        |scale, min, max| Axis { label: "*x*".into(), scale, min: Some(min), max: Some(max), whole: false };
    for scale in [Scale::Linear, Scale::Log] {
        for &a in &odd {
            for &b in &odd {
                let lines = |x: Axis, y: Axis| LinePanel {
                    lines: vec![
                        Line::new("a", &[1.0, a, b, 2.0], &[a, b, 1.0, a]),
                        Line::points("b", &[a, b], &[b, a]),
                    ],
                    references: vec![Reference::horizontal(a, "r"), Reference::vertical(b, "s")],
                    bands: vec![
                        Band::X { from: a, to: b },
                        Band::Between { x: vec![a, b], lower: vec![b, a], upper: vec![1.0, a] },
                    ],
                    notes: vec!["note".into()],
                    ..LinePanel::new(x, y)
                };
                let free = || Axis { scale, ..Axis::default() };
                draw(lines(free(), free()).into());
                draw(lines(axis(scale, a, b), axis(scale, b, a)).into());
                draw(
                    HeatMap {
                        x: free(),
                        y: axis(scale, a, b),
                        color: axis(scale, b, a),
                        columns: vec![a, b],
                        rows: vec![1.0, a, b],
                        values: vec![a, b, 1.0, 2.0],
                        contours: vec![Contour { level: a, label: "c".into() }],
                        ..HeatMap::default()
                    }
                    .into(),
                );
            }
        }
    }
}

#[test]
fn sizes_beyond_reason_are_tamed() {
    for width in [f64::NAN, -5.0, 0.0, SINGLE_COLUMN, f64::INFINITY] {
        for columns in [0, 1, 7] {
            let panel = || Panel::from(LinePanel::new(Axis::linear("*x*"), Axis::linear("*y*")));
            let panels = vec![panel(), panel(), panel()];
            let heights = vec![f64::NAN, -1.0];
            let svg = Figure { width, columns, heights, panels, ..Figure::default() }.to_svg();
            assert!(svg.as_str().contains("aria-label=\"no data\""));
        }
    }
    assert!(Figure::default().to_svg().as_str().ends_with("</svg>\n"));
}

/// The box of a text.
fn place(scene: &Scene, name: &str) -> Rect {
    let found = texts(scene).into_iter().find(|(text, _)| text == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

/// Beside one of several close levels a name could be that of its neighbour.
#[test]
fn names_of_levels_stand_on_their_lines() {
    let at: Vec<f64> = (0..40).map(|i| f64::from(i) / 39.0).collect();
    let values = at.iter().flat_map(|y| at.iter().map(move |_| *y)).collect();
    let levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let contours = levels.map(|level| Contour { level, label: format!("level {level}") }).to_vec();
    let (columns, rows) = (at.clone(), at);
    let map = HeatMap { columns, rows, values, contours, ..HeatMap::default() };
    let scene = check("levels", &Figure::of("Levels", map));
    let frame = items(&scene).find_map(|(origin, item)| match item {
        Item::Areas { outlines, fill: None, .. } => Some((origin.y, outlines[0][2].y)),
        _ => None,
    });
    let (top, height) = frame.unwrap();
    for level in levels {
        let rect = place(&scene, &format!("level {level}"));
        let line = top + (1.0 - level) * height;
        assert!(rect.y < line && line < rect.bottom(), "{level}: {rect:?} {line}");
    }
}

/// A guide between two lines is named where it is alone, not beyond one of them.
#[test]
fn no_name_of_a_guide_stands_beyond_another_line() {
    let x: Vec<f64> = (0..=60).map(|i| f64::from(i) / 60.0).collect();
    let near = |x: &f64| if (0.2..=0.8).contains(x) { 0.05 } else { f64::NAN };
    let lines =
        [1.0, -1.0].map(|side| Line::new("", &x, &x.iter().map(|x| side * near(x)).collect::<Vec<_>>()));
    let guide = Line::guide("guide", &[0.0, 1.0], &[0.0, 0.0]);
    let panel = LinePanel {
        lines: lines.into_iter().chain([guide]).collect(),
        ..LinePanel::new(Axis::linear("").within(0.0, 1.0), Axis::linear("").within(-1.0, 1.0))
    };
    let scene = check("guide", &Figure::of("Guide", panel));
    let ends = data(&scene).into_iter().map(|p| p.x);
    let (first, last) = ends.fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(x), b.max(x)));
    let rect = place(&scene, "guide");
    assert!(rect.right() < first || rect.x > last, "{rect:?}");
}

fn upright(labels: &[(f64, &str)]) -> Scene {
    let x: Vec<f64> = (0..=200).map(|i| f64::from(i) / 20.0).collect();
    let line = Line::new("data", &x, &x.iter().map(|x| (3.0 * x).sin()).collect::<Vec<_>>());
    let references = labels.iter().map(|(at, label)| Reference::vertical(*at, *label)).collect();
    let panel = LinePanel {
        lines: vec![line],
        references,
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*y*"))
    };
    let figure = Figure { heading: "heading".into(), ..Figure::of("Upright", panel) };
    check("upright", &figure)
}

/// Where they would hide data, names of upright lines stand above the plot, each beside its own line.
#[test]
fn names_of_upright_lines_leave_the_data_alone() {
    let long = [
        (0.0, "reset, pulse, evolve"),
        (4.0, "dephase, measure, wait"),
        (7.0, "reset, evolve"),
        (9.0, "extract 0.01262, wait"),
        (10.0, "extract"),
    ];
    let scene = upright(&long);
    let (origin, width) = items(&scene)
        .find_map(|(origin, item)| match item {
            Item::Areas { outlines, fill: None, .. } => Some((*origin, outlines[0][1].x)),
            _ => None,
        })
        .unwrap();
    for (at, name) in long {
        let (rect, pole) = (place(&scene, name), origin.x + width * at / 10.0);
        assert!(rect.bottom() < origin.y, "{name} is not above the plot");
        assert!((rect.x - pole).abs().min((rect.right() - pole).abs()) < 3.0, "{name}: {rect:?} {pole}");
        assert!(rect.y > place(&scene, "heading").bottom());
    }
}

/// At the ends of the axis, too, an upright line has its name.
#[test]
fn upright_lines_on_the_frame_have_their_names() {
    for at in [0.0, 10.0] {
        let panel = LinePanel {
            lines: vec![Line::new("", &[0.0, 5.0, 10.0], &[0.0, 0.2, 0.0])],
            references: vec![Reference::vertical(at, "here")],
            ..LinePanel::new(Axis::linear("").within(0.0, 10.0), Axis::linear("").within(-1.0, 1.0))
        };
        let scene = check("ends", &Figure::of("Ends", panel));
        assert!(place(&scene, "here").y > scene.groups[0].0.y, "there is room inside");
    }
}

/// A limit that the data hug has its name further away rather than over them.
#[test]
fn the_name_of_a_limit_covers_no_data() {
    let x: Vec<f64> = (0..=300).map(f64::from).collect();
    let y = |level: f64, swing: f64| -> Vec<f64> {
        x.iter().map(|x| level + swing * (-x / 30.0).exp() * (x / 6.0).cos()).collect()
    };
    let panel = LinePanel {
        lines: vec![Line::new("energy", &x, &y(0.22, 0.1)), Line::new("ergotropy", &x, &y(0.15, 0.1))],
        references: vec![
            Reference::horizontal(1.5, "limit"),
            Reference::horizontal(0.14, "plateau, lifetime 1911"),
        ],
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*E*"))
    };
    check("plateau", &Figure { heights: vec![38.0], ..Figure::of("Plateau", panel) });
}

#[test]
fn lines_of_a_heading_stay_apart() {
    let panel = || LinePanel::new(Axis::linear("*x*"), Axis::linear("*y*"));
    let figure = Figure { heading: "A title\n*N* = 3".into(), ..Figure::of("Heading", panel()) };
    let scene = check("heading", &figure);
    assert!(place(&scene, "A title").bottom() < place(&scene, "N = 3").bottom());
}

/// Data that lie on a guide do not push its name away, with markers or without.
#[test]
fn the_name_of_a_guide_stands_beside_it_where_data_follow_it() {
    let x: Vec<f64> = (0..=20).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| 20.0 - x).collect();
    for mark in [Mark::Stroke, Mark::Both(Marker::Circle)] {
        let panel = LinePanel {
            lines: vec![
                Line { mark, ..Line::new("", &x, &y) },
                Line::guide("guide", &[0.0, 20.0], &[20.0, 0.0]),
            ],
            ..LinePanel::new(Axis::linear(""), Axis::linear(""))
        };
        let scene = check("followed", &Figure::of("Followed", panel));
        let rect = place(&scene, "guide");
        let corners = rect.corners();
        let distance =
            |p: &Point| corners.iter().map(|c| (p.x - c.x).hypot(p.y - c.y)).fold(f64::MAX, f64::min);
        let nearest = data(&scene).iter().map(distance).fold(f64::MAX, f64::min);
        assert!(nearest < 12.0, "{mark:?}: {nearest}");
    }
}

/// A legend above the plot has as many entries in its last row as in the others, one less at most, below one another.
#[test]
fn rows_of_a_legend_are_even() {
    let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 40.0).collect();
    let waves = (1..=4).map(|k| {
        let y: Vec<f64> = x.iter().map(|x| (x * f64::from(5 * k)).sin()).collect();
        Line::new(format!("a wave {k}"), &x, &y)
    });
    let panel = LinePanel {
        lines: waves.collect(),
        labels: Labels::Legend,
        ..LinePanel::new(Axis::linear("*t*"), Axis::linear("*y*"))
    };
    let scene = check("legend", &Figure::of("Legend", panel));
    let [a, b, c, d] = [1, 2, 3, 4].map(|k| place(&scene, &format!("a wave {k}")));
    let level = |a: Rect, b: Rect| (a.bottom() - b.bottom()).abs() < 0.1;
    assert!(level(a, b) && level(c, d) && a.bottom() < c.y, "{a:?} {b:?} {c:?} {d:?}");
    assert!(a.x == c.x && b.x == d.x && a.right() < b.x, "{a:?} {b:?} {c:?} {d:?}");
}
