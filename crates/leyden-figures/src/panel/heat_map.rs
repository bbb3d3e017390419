//! Heat-map panels.

use crate::axis::{Axis, Extent, Scale, Span};
use crate::palette::{Color, ColorMap};
use crate::panel::bar::{self, SHADES, ink_on};
use crate::panel::contour::contour as level_lines;
use crate::panel::frame::{self, Drawing, Place, TickSide};
use crate::panel::labels::Inside;
use crate::panel::series::{Dash, Line};
use crate::panel::strokes::{GUIDE_WIDTH, LINE_WIDTH, traces};
use crate::scene::{Item, Pen, Point};
use crate::trace::View;

/// Numbers over two axes as colours, with a colour bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatMap {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// The colour scale: label, linear or logarithmic, range.
    pub color: Axis,
    /// Colours.
    pub map: ColorMap,
    /// Abscissae of the cell centres.
    pub columns: Vec<f64>,
    /// Ordinates of the cell centres.
    pub rows: Vec<f64>,
    /// The numbers, row by row: `values[j * columns.len() + i]`. What is missing, NaN, infinite,
    /// or not positive on a logarithmic scale is shown in [`Color::MISSING`].
    pub values: Vec<f64>,
    /// Level lines.
    pub contours: Vec<Contour>,
    /// Lines and markers on top; white unless they have a colour.
    pub lines: Vec<Line>,
}

/// A line along which the numbers of a heat map take one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The value.
    pub level: f64,
    /// Label, in the markup of [`text`](crate::text); empty for none.
    pub label: String,
}

/// Columns or rows from which on a grid counts as fine.
const FINE: usize = 20;
/// Side of the image where cells are unequal or too many to be given one pixel each.
const RESAMPLED: usize = 1200;
/// Dark rim that keeps white lines visible on yellow.
const RIM: f64 = 1.0;

/// Centres of cells in order, their edges on the ruler of the axis, and their places in the data.
struct Cells {
    centres: Vec<f64>,
    edges: Vec<f64>,
    index: Vec<usize>,
}

impl Cells {
    fn new(scale: Scale, centres: &[f64]) -> Self {
        let mut known: Vec<(f64, usize)> =
            centres.iter().enumerate().filter_map(|(i, &v)| Some((scale.ruler(v)?, i))).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        known.dedup_by(|a, b| a.0 == b.0);
        let (centres, index): (Vec<f64>, Vec<usize>) = known.into_iter().unzip();
        let edges = match centres[..] {
            [] => Vec::new(),
            [only] => vec![only - 0.5, only + 0.5],
            [first, second, ..] => {
                let n = centres.len();
                let inner = centres.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0);
                let (low, high) = (second - first, centres[n - 1] - centres[n - 2]);
                std::iter::once(first - low / 2.0).chain(inner).chain([centres[n - 1] + high / 2.0]).collect()
            }
        };
        Self { centres, edges, index }
    }

    /// From the first centre to the last, where half a cell less is nothing: the axis then ends
    /// on the numbers the caller chose. A coarse grid shows its outermost cells whole.
    fn extent(&self) -> Extent {
        let ends = if self.centres.len() < FINE { &self.edges } else { &self.centres };
        match (ends.first(), ends.last()) {
            (Some(&low), Some(&high)) => Extent { low, high },
            _ => Extent::EMPTY,
        }
    }

    /// The place in the data of what each pixel along the axis shows.
    fn pixels(&self, span: &Span) -> Vec<Option<usize>> {
        let n = self.centres.len();
        let count = [n, 2 * n.saturating_sub(1)]
            .into_iter()
            .find(|&count| count <= RESAMPLED && self.falls_on(span, count))
            .unwrap_or(RESAMPLED);
        let step = (span.high - span.low) / count as f64;
        (0..count)
            .map(|k| {
                let at = span.low + (k as f64 + 0.5) * step;
                let cell = self.edges.partition_point(|edge| *edge <= at);
                self.index.get(cell.checked_sub(1)?).copied()
            })
            .collect()
    }

    /// Whether the edges within the axis are edges of that many pixels.
    fn falls_on(&self, span: &Span, count: usize) -> bool {
        let pixel = (span.high - span.low) / count as f64;
        let inside = |edge: &&f64| (span.low..=span.high).contains(*edge);
        count > 0
            && self.edges.iter().filter(inside).all(|edge| {
                let at = (edge - span.low) / pixel;
                (at - at.round()).abs() < 1e-4
            })
    }
}

impl HeatMap {
    pub(crate) fn x_extent(&self) -> Extent {
        Cells::new(self.x.scale, &self.columns).extent()
    }

    fn color_span(&self) -> Option<Span> {
        let axis = &self.color;
        let mut data = Extent::of(axis.scale, self.values.iter().copied());
        let free = axis.min.is_none() && axis.max.is_none() && data != Extent::EMPTY;
        if free && axis.scale == Scale::Linear && self.map == ColorMap::Diverging {
            let reach = data.low.abs().max(data.high.abs());
            data = Extent { low: -reach, high: reach };
        }
        Span::fit(axis, data, 0.0)
    }

    pub(crate) fn draw(&self, place: &Place<'_>, x: Extent) -> Drawing {
        let columns = Cells::new(self.x.scale, &self.columns);
        let rows = Cells::new(self.y.scale, &self.rows);
        let x_span = Span::fit(&self.x, x, 0.0);
        let y_span = Span::fit(&self.y, rows.extent(), 0.0);
        let color = self.color_span();
        let mut items = Vec::new();
        let mut bar = Drawing::default();
        if let (Some(x), Some(y), Some(color)) = (x_span, y_span, color) {
            let view = View { x, y, size: place.size };
            items.extend(self.image(&columns, &rows, &view, &color));
            items.extend(self.overlay(place, (&columns, &rows), &view, &color));
            let levels: Vec<f64> = self.contours.iter().map(|contour| contour.level).collect();
            bar = bar::draw(place, &self.color.label, color, self.map, &levels);
        } else {
            items.push(frame::no_data(place));
        }
        let x = (&self.x, &frame::x_ticks(place, x_span));
        let y = (&self.y, &frame::y_ticks(place, y_span));
        let outside = frame::draw(place, x, y, TickSide::Outside);
        Drawing { items, ..Drawing::default() }.with(outside).with(bar)
    }

    fn image(&self, columns: &Cells, rows: &Cells, view: &View, color: &Span) -> Option<Item> {
        let across = columns.pixels(&view.x);
        let down = rows.pixels(&view.y);
        let shade = |i: Option<usize>, j: Option<usize>| -> u8 {
            let cell = i.zip(j).map(|(i, j)| j * self.columns.len() + i);
            let at = cell.and_then(|k| color.position(*self.values.get(k)?));
            at.map_or(0, |t| 1 + (t.clamp(0.0, 1.0) * (SHADES - 1) as f64).round() as u8)
        };
        // Pixels run from the top, rows from the bottom.
        let places = down.iter().rev().flat_map(|&j| across.iter().map(move |&i| (i, j)));
        let pixels: Vec<u8> = places.map(|(i, j)| shade(i, j)).collect();
        bar::picture(view.frame(), across.len(), down.len(), &pixels, self.map)
    }

    /// Level lines and the caller's own lines, with their names.
    fn overlay(&self, place: &Place<'_>, cells: (&Cells, &Cells), view: &View, color: &Span) -> Vec<Item> {
        let levels = self.contours.iter();
        let mut lines: Vec<Line> = levels.map(|contour| self.level_line(contour, cells, color)).collect();
        let white = |line: &Line| Line { color: line.color.or(Some(Color::WHITE)), ..line.clone() };
        lines.extend(self.lines.iter().map(white));
        let traces = traces(&lines, view);
        let mut inside = Inside::new(place);
        for (owner, trace) in traces.iter().enumerate() {
            trace.add_to(&mut inside.clutter, owner);
            if owner >= self.contours.len() && !trace.strokes.is_empty() {
                let rim = if trace.color.luminance() < 0.4 { Color::WHITE } else { Color::BLACK };
                let guide = trace.line.guide;
                let width = if guide { GUIDE_WIDTH + RIM / 2.0 } else { LINE_WIDTH + RIM };
                let pen = Pen { opacity: 0.4, ..Pen::solid(rim, width) };
                inside.items.push(Item::Lines { lines: trace.strokes.clone(), pen });
            }
            trace.draw(ink_on(trace.color), &mut inside.items);
        }
        for (owner, trace) in traces.iter().enumerate() {
            inside.on_map(trace, owner);
        }
        inside.items
    }

    /// A level as a line with gaps, black or white as the colours under it demand.
    fn level_line(&self, contour: &Contour, cells: (&Cells, &Cells), color: &Span) -> Line {
        let (columns, rows) = cells;
        let level = color.scale.ruler(contour.level).unwrap_or(f64::NAN);
        let n = self.columns.len();
        let places = rows.index.iter().flat_map(|&j| columns.index.iter().map(move |&i| j * n + i));
        let values: Vec<f64> = places
            .map(|k| self.values.get(k).and_then(|v| color.scale.ruler(*v)).unwrap_or(f64::NAN))
            .collect();
        let gap = Point { x: f64::NAN, y: f64::NAN };
        let points: Vec<Point> = level_lines(&columns.centres, &rows.centres, &values, level)
            .into_iter()
            .flat_map(|stroke| stroke.into_iter().chain([gap]))
            .collect();
        let under = self.map.at(color.position(contour.level).unwrap_or(0.0));
        Line {
            label: contour.label.clone(),
            x: points.iter().map(|p| self.x.scale.value(p.x)).collect(),
            y: points.iter().map(|p| self.y.scale.value(p.y)).collect(),
            color: Some(ink_on(under)),
            dash: Some(Dash::Solid),
            guide: true,
            ..Line::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], expected: &[f64]) {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(near),
            "{found:?} {expected:?}"
        );
    }

    /// Edges lie halfway between neighbours, on the ruler of the axis; the outermost as far out as in.
    #[test]
    fn edges_of_cells() {
        close(&Cells::new(Scale::Linear, &[1.0, 2.0, 4.0]).edges, &[0.5, 1.5, 3.0, 5.0]);
        close(&Cells::new(Scale::Log, &[0.1, 1.0, 10.0, 1e4]).edges, &[-1.5, -0.5, 0.5, 2.5, 5.5]);
        close(&Cells::new(Scale::Linear, &[3.0]).edges, &[2.5, 3.5]);
        // In any order; what the axis cannot show, or shows twice, has no cell.
        let cells = Cells::new(Scale::Log, &[10.0, 0.0, 1.0, f64::NAN, 10.0, 100.0]);
        assert_eq!((&cells.centres[..], &cells.index[..]), (&[0.0, 1.0, 2.0][..], &[2, 0, 5][..]));
        assert!(Cells::new(Scale::Linear, &[]).edges.is_empty());
    }

    /// A coarse grid shows its outermost cells whole, a fine one ends on its outermost numbers.
    #[test]
    fn ends_of_maps() {
        let even = |n: usize| (0..n).map(|i| i as f64).collect::<Vec<f64>>();
        for (n, low, high) in [(19, -0.5, 18.5), (20, 0.0, 19.0)] {
            assert_eq!(Cells::new(Scale::Linear, &even(n)).extent(), Extent { low, high }, "{n}");
        }
        let decades = [0.01, 0.1, 1.0, 10.0];
        let Extent { low, high } = Cells::new(Scale::Log, &decades).extent();
        close(&[low, high], &[-2.5, 1.5]);
    }

    /// Every pixel has the colour of its own cell, the last one too.
    #[test]
    fn pixels_show_their_cells() {
        let shown = |scale: Scale, centres: &[f64]| {
            let cells = Cells::new(scale, centres);
            let Extent { low, high } = cells.extent();
            cells.pixels(&Span { scale, low, high, whole: false })
        };
        let all = |n: usize| (0..n).map(Some).collect::<Vec<_>>();
        assert_eq!(shown(Scale::Linear, &[0.0, 1.0, 2.0]), all(3));
        assert_eq!(shown(Scale::Log, &[0.01, 0.1, 1.0, 10.0]), all(4));
        assert_eq!(shown(Scale::Linear, &[2.0, 0.0, 1.0]), [Some(1), Some(2), Some(0)]);
        // Half cells at both ends of a fine grid.
        let fine: Vec<f64> = (0..25).map(|i| 10f64.powf(f64::from(i) / 4.0)).collect();
        let pixels = shown(Scale::Log, &fine);
        assert_eq!(pixels.len(), 48);
        for (k, pixel) in pixels.iter().enumerate() {
            assert_eq!(*pixel, Some(k.div_ceil(2)), "pixel {k}");
        }
        // Unequal cells: as wide as they are.
        let pixels = shown(Scale::Linear, &[0.0, 1.0, 3.0]);
        assert_eq!((pixels[0], pixels[pixels.len() - 1]), (Some(0), Some(2)));
        let count = |cell| pixels.iter().filter(|pixel| **pixel == Some(cell)).count() as f64;
        let widths = [count(0), count(1), count(2)].map(|n| n / pixels.len() as f64 * 4.5);
        assert!(widths.iter().zip([1.0, 1.5, 2.0]).all(|(a, b)| (a - b).abs() < 0.01), "{widths:?}");
        // Beyond the grid there is nothing.
        let cells = Cells::new(Scale::Linear, &[0.0, 1.0]);
        let pixels = cells.pixels(&Span { scale: Scale::Linear, low: -1.5, high: 2.5, whole: false });
        let quarter = |k: usize| pixels[pixels.len() * (2 * k + 1) / 8];
        assert_eq!([0, 1, 2, 3].map(quarter), [None, Some(0), Some(1), None]);
    }

    fn span(color: Axis, map: ColorMap, values: &[f64]) -> Option<(f64, f64)> {
        let map = HeatMap { color, map, values: values.to_vec(), ..HeatMap::default() };
        map.color_span().map(|span| (span.low, span.high))
    }

    /// White is zero unless the caller says where the colours end.
    #[test]
    fn signs_reach_as_far_on_both_sides_unless_an_end_is_given() {
        let free = || Axis::linear("");
        let (low, high) = (|min| Axis { min: Some(min), ..free() }, |max| Axis { max: Some(max), ..free() });
        let values = [-5.0, 1.0, f64::NAN, 3.0];
        let signs = |color| span(color, ColorMap::Diverging, &values);
        assert_eq!(signs(free()), Some((-5.0, 5.0)));
        assert_eq!(signs(low(-1.0)), Some((-1.0, 3.0)));
        assert_eq!(signs(high(1.0)), Some((-5.0, 1.0)));
        assert_eq!(signs(free().within(-2.0, 9.0)), Some((-2.0, 9.0)));
        assert_eq!(span(free(), ColorMap::Viridis, &values), Some((-5.0, 3.0)));
        let log = span(Axis::log(""), ColorMap::Diverging, &[1.0, 1000.0]).unwrap();
        assert!(log.0.abs() < 1e-12 && (log.1 - 3.0).abs() < 1e-12);
        assert_eq!(span(free(), ColorMap::Diverging, &[f64::NAN]), None);
    }
}
