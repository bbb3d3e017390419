//! Line panels.

use crate::axis::{Axis, Extent, Scale, Span};
use crate::palette::Color;
use crate::panel::bar::ColorBar;
use crate::panel::frame::{self, Drawing, Place, TickSide};
use crate::panel::labels::{self, Inside};
use crate::panel::series::{Band, Line, Mark, Reference};
use crate::panel::strokes::{self, Trace};
use crate::scene::{Insets, Item, Point};
use crate::trace::View;

/// Where the names of lines stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Labels {
    /// Beside the lines if every name finds a free and unmistakable place there, else a legend.
    #[default]
    Auto,
    /// In a legend: in the emptiest corner, or above the plot if it would cover data anywhere.
    Legend,
    /// Nowhere.
    Hidden,
}

/// A plot of lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinePanel {
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// Lines, later ones on top.
    pub lines: Vec<Line>,
    /// Lines across the panel: limits, charging times.
    pub references: Vec<Reference>,
    /// Shaded regions.
    pub bands: Vec<Band>,
    /// Written above the plot, as markup; empty for none.
    pub title: String,
    /// Texts put into free corners, such as the result of a fit.
    pub notes: Vec<String>,
    /// Where the names of lines stand.
    pub labels: Labels,
    /// The colour scale of a family of lines.
    pub bar: Option<ColorBar>,
}

/// Beyond the data, as a fraction of the axis.
const MARGIN: f64 = 0.05;
const BAND: (Color, f64) = (Color::hex(0x80_80_80), 0.18);
/// What lies between two curves is hardly wider than their line, and has to be seen beside it.
const BETWEEN: (Color, f64) = (Color::hex(0x80_80_80), 0.5);

impl LinePanel {
    /// An empty plot with these axes.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { x, y, ..Self::default() }
    }

    pub(crate) fn x_extent(&self) -> (Extent, f64) {
        let (scale, other) = (self.x.scale, self.y.scale);
        let lines = self.extent(|line| visible(scale, &line.x, other, &line.y));
        let extent = lines.union(Extent::of(scale, self.references.iter().filter_map(Reference::x)));
        let marked = self.lines.iter().any(|l| l.mark != Mark::Stroke);
        (extent, if marked { MARGIN } else { 0.0 })
    }

    fn y_extent(&self) -> Extent {
        let (scale, other) = (self.y.scale, self.x.scale);
        let lines = self.extent(|line| visible(scale, &line.y, other, &line.x));
        let mut extent = lines.union(Extent::of(scale, self.references.iter().filter_map(Reference::y)));
        for band in &self.bands {
            if let Band::Between { lower, upper, .. } = band {
                extent = extent.union(Extent::of(scale, lower.iter().chain(upper).copied()));
            }
        }
        extent
    }

    /// Lets a limit right below the upper end of the axis have its label above it: what approaches
    /// the limit leaves no room below.
    fn with_headroom(&self, span: Span, height: f64) -> Span {
        let limits = self.references.iter().filter(|r| !r.label.is_empty());
        let positions = limits.filter_map(|r| span.position(r.y()?)).filter(|at| (0.5..=1.0).contains(at));
        let top = positions.fold(0.0, f64::max);
        let room = (labels::HEADROOM / height).min(0.4);
        if top == 0.0 || self.y.max.is_some() || 1.0 - top >= room {
            return span;
        }
        let length = top * (span.high - span.low) / (1.0 - room);
        Span { high: span.low + length, ..span }
    }

    /// Guides leave the range to the data, unless there is nothing else.
    fn extent(&self, of: impl Fn(&Line) -> Extent) -> Extent {
        let over = |guides: bool| {
            let lines = self.lines.iter().filter(|line| line.guide == guides);
            lines.map(&of).fold(Extent::EMPTY, Extent::union)
        };
        let data = over(false);
        if data == Extent::EMPTY { over(true) } else { data }
    }

    pub(crate) fn draw(&self, place: &Place<'_>, x: (Extent, f64)) -> Drawing {
        let x_span = Span::fit(&self.x, x.0, x.1);
        let y_span = Span::fit(&self.y, self.y_extent(), MARGIN)
            .map(|span| self.with_headroom(span, place.size.height));
        let (x_ticks, y_ticks) = (frame::x_ticks(place, x_span), frame::y_ticks(place, y_span));
        let outside = frame::draw(place, (&self.x, &x_ticks), (&self.y, &y_ticks), TickSide::Inside);
        // The power of ten of the vertical axis stands above the plot, where a legend may go too.
        let taken = if y_ticks.exponent.is_some() { outside.insets.top } else { 0.0 };
        let (items, top) = match (x_span, y_span) {
            (Some(x), Some(y)) => self.inside(place, &View { x, y, size: place.size }, taken),
            _ => (vec![frame::no_data(place)], 0.0),
        };
        let mut inside = Drawing { items, insets: Insets { top, ..Insets::default() } };
        if !self.title.is_empty() {
            labels::title(place, &self.title, taken, &mut inside);
        }
        let bar = self.bar.as_ref().and_then(|bar| bar.draw(place)).unwrap_or_default();
        inside.with(outside).with(bar)
    }

    /// The content of the plot, and the room its legend takes above.
    fn inside(&self, place: &Place<'_>, view: &View, taken: f64) -> (Vec<Item>, f64) {
        let mut inside = Inside::new(place);
        self.bands.iter().for_each(|band| draw_band(band, view, &mut inside.items));
        let traces = strokes::traces(&self.lines, view);
        if !traces.iter().any(Trace::is_visible) && self.references.is_empty() {
            inside.items.push(frame::no_data(place));
            return (inside.items, 0.0);
        }
        inside.reference_lines(view, &self.references, traces.len());
        for (owner, trace) in traces.iter().enumerate() {
            trace.add_to(&mut inside.clutter, owner);
        }
        // Guides and the rest below the data.
        let (guides, data): (Vec<_>, Vec<_>) = traces.iter().partition(|t| t.line.guide);
        guides.iter().chain(&data).for_each(|t| t.draw(Color::WHITE, &mut inside.items));

        let named = |t: &Trace<'_>| !t.line.guide && !t.line.label.is_empty() && t.is_visible();
        let named: Vec<(usize, &Trace<'_>)> = traces.iter().enumerate().filter(|(_, t)| named(t)).collect();
        let beside = self.labels == Labels::Auto && inside.beside_lines(&named);
        let flags = inside.reference_labels(view, &self.references, traces.len(), taken);
        let above = match self.labels {
            Labels::Auto | Labels::Legend if !beside => flags.max(inside.legend(&named, taken.max(flags))),
            _ => flags,
        };
        for (owner, trace) in traces.iter().enumerate() {
            if trace.line.guide && !trace.line.label.is_empty() && self.labels != Labels::Hidden {
                inside.guide(trace, owner);
            }
        }
        self.notes.iter().for_each(|note| inside.note(note));
        if let Some(note) = self.left_out() {
            inside.note(&note);
        }
        (inside.items, above)
    }
}

impl LinePanel {
    /// What a logarithmic axis cannot show of the data.
    fn left_out(&self) -> Option<String> {
        let lost = |line: &Line| {
            let pairs = line.x.iter().zip(&line.y).filter(|(x, y)| x.is_finite() && y.is_finite());
            let hidden = |(x, y): &(&f64, &f64)| {
                (self.x.scale == Scale::Log && **x <= 0.0) || (self.y.scale == Scale::Log && **y <= 0.0)
            };
            pairs.filter(hidden).count()
        };
        match self.lines.iter().filter(|line| !line.guide).map(lost).sum::<usize>() {
            0 => None,
            1 => Some("1 point ≤ 0 is left out".into()),
            n => Some(format!("{n} points ≤ 0 are left out")),
        }
    }
}

/// The extent of one coordinate over the points of which both can be shown.
fn visible(scale: Scale, values: &[f64], other: Scale, others: &[f64]) -> Extent {
    let pairs = values.iter().zip(others);
    let shown = pairs.filter(|(_, o)| other.ruler(**o).is_some());
    Extent::of(scale, shown.map(|(v, _)| *v))
}

fn draw_band(band: &Band, view: &View, items: &mut Vec<Item>) {
    let (w, h) = (view.size.width, view.size.height);
    // An edge the axis cannot show (minus infinity, zero on a log axis) is the end of the axis.
    let edge = |at: Option<f64>, end: f64, length: f64| at.unwrap_or(end).clamp(0.0, length);
    let outline = |l: f64, r: f64, t: f64, b: f64| -> Vec<Point> {
        [(l, t), (r, t), (r, b), (l, b)].map(|(x, y)| Point { x, y }).to_vec()
    };
    let outlines = match band {
        Band::X { from, to } => {
            let (l, r) = (edge(view.x_at(*from), 0.0, w), edge(view.x_at(*to), w, w));
            vec![outline(l, r, 0.0, h)]
        }
        Band::Y { from, to } => {
            let (b, t) = (edge(view.y_at(*from), h, h), edge(view.y_at(*to), 0.0, h));
            vec![outline(0.0, w, t, b)]
        }
        Band::Between { x, lower, upper } => between(x, lower, upper, view),
    };
    let fill = if matches!(band, Band::Between { .. }) { BETWEEN } else { BAND };
    items.push(Item::Areas { outlines, fill: Some(fill), stroke: None });
}

/// One outline for each run of points that can be shown.
fn between(x: &[f64], lower: &[f64], upper: &[f64], view: &View) -> Vec<Vec<Point>> {
    let (w, h) = (view.size.width, view.size.height);
    let inside = |p: Point| Point { x: p.x.clamp(0.0, w), y: p.y.clamp(0.0, h) };
    let pairs: Vec<Option<(Point, Point)>> = x
        .iter()
        .zip(lower.iter().zip(upper))
        .map(|(&x, (&a, &b))| Some((inside(view.point(x, a)?), inside(view.point(x, b)?))))
        .collect();
    pairs
        .split(Option::is_none)
        .filter(|run| run.len() > 1)
        .map(|run| {
            let lower = run.iter().flatten().map(|pair| pair.0);
            let upper = run.iter().flatten().rev().map(|pair| pair.1);
            lower.chain(upper).collect()
        })
        .collect()
}
