//! Lines and markers as scene items.

use crate::palette::Color;
use crate::panel::series::{Dash, Line, Mark, Marker};
use crate::place::Clutter;
use crate::scene::{Item, Pen, Point, Rect};
use crate::trace::View;

pub(crate) const LINE_WIDTH: f64 = 1.0;
pub(crate) const GUIDE_WIDTH: f64 = 0.7;
const MARKER_RADIUS: f64 = 2.1;
/// A line of a single point has no length to see; it is drawn as a dot.
const DOT_RADIUS: f64 = 1.0;

/// A line with its colour and dashes settled, cut to the plot.
pub(crate) struct Trace<'a> {
    pub(crate) line: &'a Line,
    pub(crate) color: Color,
    pub(crate) dash: Dash,
    pub(crate) strokes: Vec<Vec<Point>>,
    pub(crate) markers: Vec<Point>,
}

/// Settles the lines in order: guides are grey, the others take the next colour and dash.
pub(crate) fn traces<'a>(lines: &'a [Line], view: &View) -> Vec<Trace<'a>> {
    let mut drawn = 0;
    lines
        .iter()
        .map(|line| {
            let (color, dash) = if line.guide {
                (Color::GREY, Dash::Dashed)
            } else {
                let k = drawn;
                drawn += 1;
                (Color::OKABE_ITO[k % Color::OKABE_ITO.len()], Dash::ALL[k % Dash::ALL.len()])
            };
            let stroked = !matches!(line.mark, Mark::Points(_));
            let marked = !matches!(line.mark, Mark::Stroke);
            Trace {
                line,
                color: line.color.unwrap_or(color),
                dash: line.dash.unwrap_or(dash),
                strokes: if stroked { view.strokes(&line.x, &line.y) } else { Vec::new() },
                markers: if marked { visible(line, view) } else { Vec::new() },
            }
        })
        .collect()
}

fn visible(line: &Line, view: &View) -> Vec<Point> {
    let points = line.x.iter().zip(&line.y);
    let frame = view.frame().grown(1e-6);
    points.filter_map(|(&x, &y)| view.point(x, y)).filter(|p| frame.contains(*p)).collect()
}

impl Trace<'_> {
    pub(crate) fn is_visible(&self) -> bool {
        !self.strokes.is_empty() || !self.markers.is_empty()
    }

    /// Makes the trace an obstacle to texts.
    pub(crate) fn add_to(&self, clutter: &mut Clutter, owner: usize) {
        for stroke in &self.strokes {
            clutter.add_stroke(stroke, owner);
        }
        for &centre in &self.markers {
            clutter.add_stroke(&marker_box(centre).corners(), owner);
            clutter.add_stroke(&[centre], owner);
        }
    }

    fn pen(&self) -> Pen {
        let width = if self.line.guide { GUIDE_WIDTH } else { LINE_WIDTH };
        Pen { dash: self.dash.lengths(), ..Pen::solid(self.color, width) }
    }

    fn marker(&self) -> Option<Marker> {
        match self.line.mark {
            Mark::Stroke => None,
            Mark::Points(marker) | Mark::Both(marker) => Some(marker),
        }
    }

    /// Draws line and markers; the markers get a thin rim that keeps neighbours apart.
    pub(crate) fn draw(&self, rim: Color, items: &mut Vec<Item>) {
        let (dots, lines): (Vec<_>, Vec<_>) = self.strokes.iter().cloned().partition(|s| s.len() == 1);
        if !lines.is_empty() {
            items.push(Item::Lines { lines, pen: self.pen() });
        }
        if !dots.is_empty() {
            let centres = dots.concat();
            items.push(Item::Circles { centres, radius: DOT_RADIUS, fill: self.color, stroke: None });
        }
        if let Some(marker) = self.marker() {
            items.extend(draw_markers(marker, &self.markers, self.color, rim));
        }
    }

    /// The sample of a legend, about a height.
    pub(crate) fn sample(&self, x: f64, level: f64, length: f64, items: &mut Vec<Item>) {
        if !matches!(self.line.mark, Mark::Points(_)) {
            let line = vec![Point { x, y: level }, Point { x: x + length, y: level }];
            items.push(Item::Lines { lines: vec![line], pen: self.pen() });
        }
        if let Some(marker) = self.marker() {
            let centre = Point { x: x + length / 2.0, y: level };
            items.extend(draw_markers(marker, &[centre], self.color, Color::WHITE));
        }
    }
}

/// Signs of equal area.
fn draw_markers(marker: Marker, centres: &[Point], color: Color, rim: Color) -> Option<Item> {
    if centres.is_empty() {
        return None;
    }
    let rim = Some(Pen::solid(rim, 0.4));
    let r = MARKER_RADIUS;
    let corners: &[(f64, f64)] = match marker {
        Marker::Circle => {
            return Some(Item::Circles { centres: centres.to_vec(), radius: r, fill: color, stroke: rim });
        }
        Marker::Square => &[(-0.89, -0.89), (0.89, -0.89), (0.89, 0.89), (-0.89, 0.89)],
        Marker::Triangle => &[(0.0, -1.5), (1.3, 0.75), (-1.3, 0.75)],
        Marker::Diamond => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    };
    let outlines = centres
        .iter()
        .map(|c| {
            let corner = |&(dx, dy): &(f64, f64)| Point { x: c.x + r * dx, y: c.y + r * dy };
            corners.iter().map(corner).collect()
        })
        .collect();
    Some(Item::Areas { outlines, fill: Some((color, 1.0)), stroke: rim })
}

/// What a marker covers.
fn marker_box(centre: Point) -> Rect {
    Rect { x: centre.x, y: centre.y, width: 0.0, height: 0.0 }.grown(1.3 * MARKER_RADIUS)
}
