//! Texts inside a plot: names of lines (on them, beside them or in a legend), and notes. Each looks for a free place; only when there is none does it stand on a white ground.

use crate::palette::Color;
use crate::panel::frame::{Drawing, GAP, Place, TEXT};
use crate::panel::strokes::Trace;
use crate::place::{Clutter, FROM_FRAME};
use crate::scene::{Item, Point, Rect};
use crate::text::Label;

/// Between a label and the line it names.
pub(crate) const OFF_LINE: f64 = 2.4;
/// A stranger nearer than this makes it doubtful which line is named.
const DOUBT: f64 = 6.5;
/// Room above a limit that its label needs.
pub(crate) const HEADROOM: f64 = TEXT + OFF_LINE + FROM_FRAME + 1.4;
/// Distance from the frame of the texts nearest to it.
pub(crate) const AT_EDGE: f64 = FROM_FRAME + 0.6;
/// Samples of its own line that a label may cover.
const OWN_SAMPLES: usize = 30;
const SAMPLE: f64 = 17.0;
const SAMPLE_GAP: f64 = 4.0;
const ROW_GAP: f64 = 2.6;
const COLUMN_GAP: f64 = 12.0;

/// The inside of a plot while it fills: what is drawn, and what texts must not cover.
pub(crate) struct Inside<'a> {
    pub(crate) place: &'a Place<'a>,
    pub(crate) clutter: Clutter,
    pub(crate) items: Vec<Item>,
}

impl<'a> Inside<'a> {
    pub(crate) fn new(place: &'a Place<'a>) -> Self {
        Self { place, clutter: Clutter::new(place.size.frame()), items: Vec::new() }
    }

    /// The name of each trace (given with its owner) beside its own line, if every one finds a place there.
    pub(crate) fn beside_lines(&mut self, traces: &[(usize, &Trace<'_>)]) -> bool {
        let mut trial = self.clutter.clone();
        let mut placed = Vec::new();
        for (owner, trace) in traces {
            let label = self.place.label(&trace.line.label);
            let Some(rect) = beside(&label, *owner, &trial) else { return false };
            trial.add_box(rect);
            placed.push(in_box(label, rect, trace.color));
        }
        self.clutter = trial;
        self.items.extend(placed);
        true
    }

    /// A legend in the emptiest corner, or above the plot when it would cover a line anywhere inside.
    /// `taken` is what other texts already occupy above the plot; returns the room then taken there.
    pub(crate) fn legend(&mut self, traces: &[(usize, &Trace<'_>)], taken: f64) -> f64 {
        let entries: Vec<(&Trace<'_>, Label)> =
            traces.iter().map(|(_, trace)| (*trace, self.place.label(&trace.line.label))).collect();
        if entries.is_empty() {
            return 0.0;
        }
        let head = SAMPLE + SAMPLE_GAP;
        let width = head + entries.iter().map(|(_, l)| l.width).fold(0.0, f64::max);
        // Equal rows, as high as a digit at least.
        let ascent = entries.iter().map(|(_, l)| l.ascent).fold(0.65 * TEXT, f64::max);
        let descent = entries.iter().map(|(_, l)| l.descent).fold(0.2 * TEXT, f64::max);
        let row = ascent + descent + ROW_GAP;
        let height = row * entries.len() as f64 - ROW_GAP;
        let mut entry = |(trace, label): (&Trace<'_>, Label), x: f64, y: f64| {
            trace.sample(x, y + ascent - 0.24 * TEXT, SAMPLE, &mut self.items);
            let (y, width, height) = (y + ascent - label.ascent, label.width, label.height());
            self.items.push(in_box(label, Rect { x: x + head, y, width, height }, Color::BLACK));
        };
        if let Some((rect, 0)) = self.clutter.corner(width, height) {
            self.clutter.add_box(rect);
            for (i, item) in entries.into_iter().enumerate() {
                entry(item, rect.x, rect.y + row * i as f64);
            }
            return 0.0;
        }
        let widths: Vec<f64> = entries.iter().map(|(_, label)| head + label.width).collect();
        let lefts = columns(&widths, self.place.size.width);
        let rows = entries.len().div_ceil(lefts.len());
        let room = taken + row * rows as f64 + GAP;
        for (i, item) in entries.into_iter().enumerate() {
            entry(item, lefts[i % lefts.len()], row * (i / lefts.len()) as f64 - room);
        }
        room
    }

    /// The name of a guide line, near it wherever it is free; data that lie on the guide are no other line to it.
    pub(crate) fn guide(&mut self, trace: &Trace<'_>, owner: usize) {
        let label = self.place.label(&trace.line.label);
        let spot = near(&label, trace, owner, &self.clutter.along(owner));
        self.put(label, spot, trace.color);
    }

    /// The name of a line on a heat map, always on a white ground: on its line, where it cannot name another one.
    pub(crate) fn on_map(&mut self, trace: &Trace<'_>, owner: usize) {
        if trace.line.label.is_empty() {
            return;
        }
        let label = self.place.label(&trace.line.label);
        let spot = if trace.strokes.iter().any(|stroke| stroke.len() > 1) {
            on(&label, owner, &self.clutter)
        } else {
            near(&label, trace, owner, &self.clutter)
        };
        // Colours are always in the way.
        self.put(label, spot.map(|(rect, cost)| (rect, cost + 1)), Color::BLACK);
    }

    /// A note in the emptiest corner.
    pub(crate) fn note(&mut self, markup: &str) {
        let label = self.place.label(markup);
        let spot = self.clutter.corner(label.width, label.height());
        self.put(label, spot, Color::BLACK);
    }

    /// Draws a label in a box, on a white ground where the box costs anything.
    pub(crate) fn put(&mut self, label: Label, spot: Option<(Rect, usize)>, color: Color) {
        let Some((rect, cost)) = spot else { return };
        if cost > 0 {
            self.items.push(ground(rect));
        }
        self.clutter.add_box(rect);
        self.items.push(in_box(label, rect, color));
    }
}

/// Where the columns of a legend above the plot begin: as few rows as fit, filled evenly.
fn columns(widths: &[f64], room: f64) -> Vec<f64> {
    let of_rows = |rows: usize| -> Vec<f64> {
        let columns = widths.len().div_ceil(rows);
        let widest = |c: usize| widths.iter().skip(c).step_by(columns).copied().fold(0.0, f64::max);
        (0..columns).map(widest).collect()
    };
    let fits =
        |columns: &Vec<f64>| columns.iter().sum::<f64>() + COLUMN_GAP * (columns.len() - 1) as f64 <= room;
    let columns = (1..=widths.len()).map(of_rows).find(fits).unwrap_or_else(|| of_rows(widths.len()));
    let mut right = 0.0;
    let left = |width: f64| {
        right += width + COLUMN_GAP;
        right - width - COLUMN_GAP
    };
    columns.into_iter().map(left).collect()
}

/// A title above a plot and what stands there already, centred.
pub(crate) fn title(place: &Place<'_>, markup: &str, taken: f64, drawing: &mut Drawing) {
    let label = place.label(markup);
    // Titles beside each other stand on one line.
    let (ascent, descent) = (label.ascent.max(0.75 * TEXT), label.descent.max(0.25 * TEXT));
    let room = drawing.insets.top.max(taken) + GAP + ascent + descent;
    let (width, height) = (label.width, label.height());
    let (x, y) = (0.5 * (place.size.width - width), ascent - label.ascent - room);
    drawing.items.push(in_box(label, Rect { x, y, width, height }, Color::BLACK));
    drawing.insets.top = room;
}

/// Free room above or below a line, as far right as possible.
fn beside(label: &Label, owner: usize, clutter: &Clutter) -> Option<Rect> {
    let frame = clutter.frame();
    let (width, height) = (label.width, label.height());
    let rightmost = frame.right() - AT_EDGE - width;
    let steps = 60;
    (0..=steps).find_map(|i| {
        let x = rightmost - (rightmost - frame.x - AT_EDGE) * f64::from(i) / f64::from(steps);
        let (top, bottom) = clutter.reach(owner, x - 1.0, x + width + 1.0)?;
        // On a steep line the text would float beside a far end.
        if bottom - top > 3.0 * height {
            return None;
        }
        let free = |rect: &Rect| clutter.inside(rect) && clutter.cost(&rect.grown(1.6)) == 0;
        let boxes = [top - OFF_LINE - height, bottom + OFF_LINE].map(|y| Rect { x, y, width, height });
        boxes.into_iter().find(|rect| free(rect) && !clutter.strangers(&rect.grown(DOUBT), owner))
    })
}

/// The place about a point of the line that covers least of others, its middle first.
fn on(label: &Label, owner: usize, clutter: &Clutter) -> Option<(Rect, usize)> {
    let (width, height) = (label.width, label.height());
    let (own, others) = clutter.split(owner);
    let middle = own.len() / 2;
    let outwards = (0..=middle).flat_map(|d| [middle - d, middle + d]);
    let about = |p: &Point| Rect { x: p.x - width / 2.0, y: p.y - height / 2.0, width, height };
    others.best(outwards.filter_map(|i| own.get(i)).map(about), OFF_LINE)
}

/// The best place beside the line or one of its points: the nearest one, about the middle of the line first.
fn near(label: &Label, trace: &Trace<'_>, owner: usize, clutter: &Clutter) -> Option<(Rect, usize)> {
    let (width, height) = (label.width, label.height());
    let mut along = Vec::new();
    let single = |p: &Point| vec![*p];
    let markers: Vec<Vec<Point>> = trace.markers.iter().take(50).map(single).collect();
    for stroke in trace.strokes.iter().chain(&markers) {
        let (Some(a), Some(b)) = (stroke.first(), stroke.last()) else { continue };
        let (left, right) = (a.x.min(b.x), a.x.max(b.x));
        // A line that turns back has no single height at an abscissa; its own vertices do.
        let turns = stroke.iter().any(|p| p.x < left - 1.0 || p.x > right + 1.0);
        for i in 0..=24 {
            // Outwards from the middle.
            let f = 0.5 + 0.5 * f64::from((i + 1) / 2) / 12.0 * if i % 2 == 0 { 1.0 } else { -1.0 };
            if turns {
                let vertex = stroke[(f * (stroke.len() - 1) as f64).round() as usize];
                along.push((vertex.x, vertex.y));
            } else {
                let x = left + f * (right - left);
                let Some((top, bottom)) = clutter.reach(owner, x - 1.0, x + 1.0) else { continue };
                along.push((x, if stroke.len() == 1 { a.y } else { (top + bottom) / 2.0 }));
            }
        }
    }
    let mut candidates = Vec::new();
    for away in [OFF_LINE, 2.0 * OFF_LINE, 5.0 * OFF_LINE, 9.0 * OFF_LINE] {
        for (x, level) in &along {
            for dx in [OFF_LINE, -OFF_LINE - width, -width / 2.0] {
                for (y, up) in [(level - away - height, 0.0), (level + away, away - OFF_LINE)] {
                    let rect = Rect { x: x + dx, y, width, height };
                    let to_line = Rect { y: y - up, height: height + away - OFF_LINE, ..rect };
                    candidates.push((rect, to_line));
                }
            }
        }
    }
    // Beside another line, or beyond it, the label would name that one.
    let alone = |(rect, to_line): &&(Rect, Rect)| {
        !clutter.strangers(&rect.grown(2.0 * OFF_LINE), owner) && !clutter.strangers(to_line, owner)
    };
    let free = clutter.best(candidates.iter().filter(alone).map(|(rect, _)| *rect), 1.4);
    match free {
        Some((_, 0)) => free,
        _ => {
            let any = clutter.best(candidates.iter().map(|(rect, _)| *rect), 1.4);
            // Covering a few samples of its own line is better than naming another.
            free.filter(|(_, cost)| *cost < OWN_SAMPLES).or(any)
        }
    }
}

/// White ground that keeps a text readable over lines or colours.
fn ground(rect: Rect) -> Item {
    Item::Areas { outlines: vec![rect.grown(1.2).corners()], fill: Some((Color::WHITE, 0.85)), stroke: None }
}

pub(crate) fn in_box(label: Label, rect: Rect, color: Color) -> Item {
    let at = Point { x: rect.x, y: rect.y + label.ascent };
    Item::Text { label, at, turned: false, color }
}
