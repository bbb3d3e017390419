//! The frame that all panels share: box, ticks, tick labels, axis labels, panel letter.

use crate::axis::{Axis, Span};
use crate::font::{DIGIT_HEIGHT, Fonts};
use crate::palette::Color;
use crate::scene::{Insets, Item, Pen, Point, Rect, Size};
use crate::text::Label;
use crate::ticks::{Tick, Ticks, ticks};

/// Size of all text, in points: capitals and digits come out at the 2 mm that journals ask for.
pub(crate) const TEXT: f64 = 9.0;
const FRAME_WIDTH: f64 = 0.6;
const TICK_WIDTH: f64 = 0.5;
pub(crate) const MAJOR: f64 = 3.4;
const MINOR: f64 = 1.8;
/// Between the frame and the tick labels, and between these and the axis label.
pub(crate) const GAP: f64 = 3.2;
/// Least distance between neighbouring tick labels, along and across the reading direction.
/// Between the lines of a label.
const LEADING: f64 = 1.2;
const APART_X: f64 = 6.0;
const APART_Y: f64 = 4.5;

/// Length of outward ticks relative to inward ones.
pub(crate) const OUTSIDE: f64 = 0.75;

/// Where ticks point: inwards on all four sides, or outwards on two where the inside is coloured.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TickSide {
    Inside,
    Outside,
}

impl TickSide {
    /// Room that the ticks take outside the frame.
    fn room(self) -> f64 {
        if self == Self::Inside { 0.0 } else { OUTSIDE * MAJOR - 0.8 }
    }
}

/// What a panel is told about its place in the figure.
pub(crate) struct Place<'a> {
    pub(crate) fonts: &'a Fonts,
    pub(crate) size: Size,
    /// Axis labels and panel letters of a column stand on one line this far left of the plot.
    pub(crate) left: f64,
    /// The abscissae have labels; not so above a panel that shares them.
    pub(crate) show_x: bool,
    pub(crate) letter: Option<char>,
}

impl Place<'_> {
    pub(crate) fn label(&self, markup: &str) -> Label {
        Label::new(self.fonts, markup, TEXT)
    }

    /// A label of at most two lines, broken where that makes the longer one shortest if it does not fit into one.
    pub(crate) fn lines(&self, markup: &str, room: f64) -> Vec<Label> {
        let whole = self.label(markup);
        if whole.width <= room {
            return vec![whole];
        }
        let halves = breaks(markup)
            .into_iter()
            .map(|at| [&markup[..at], &markup[at + 1..]].map(|half| self.label(half)).to_vec());
        let longest = |lines: &[Label]| lines.iter().map(|line| line.width).fold(0.0, f64::max);
        halves.min_by(|a, b| longest(a).total_cmp(&longest(b))).unwrap_or_else(|| vec![whole])
    }
}

/// Places of spaces between words: outside of braces, brackets and variables.
fn breaks(markup: &str) -> Vec<usize> {
    let (mut depth, mut italic) = (0, false);
    let mut found = Vec::new();
    for (at, c) in markup.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            '*' => italic = !italic,
            ' ' if depth == 0 && !italic => found.push(at),
            _ => {}
        }
    }
    found
}

/// What a panel draws and the room it needs about its plot.
#[derive(Default)]
pub(crate) struct Drawing {
    pub(crate) items: Vec<Item>,
    pub(crate) insets: Insets,
}

impl Drawing {
    /// Both, the other on top.
    pub(crate) fn with(mut self, other: Self) -> Self {
        self.items.extend(other.items);
        Self { insets: self.insets.union(other.insets), ..self }
    }

    /// The label of a tick at this level of a plot of this height.
    pub(crate) fn y_tick_label(&mut self, label: Label, x: f64, level: f64, height: f64) {
        let half = DIGIT_HEIGHT * TEXT / 2.0;
        self.insets.top = self.insets.top.max(label.ascent - half - level);
        self.insets.bottom = self.insets.bottom.max(level + half + label.descent - height);
        self.items.push(text(label, x, level + half));
    }

    /// The label of a vertical axis, centred on the plot but never above `top`, its first line at `x`; the width that it takes.
    pub(crate) fn turned_label(&mut self, lines: Vec<Label>, x: f64, height: f64, top: f64) -> f64 {
        let mut taken = 0.0;
        for line in lines {
            let start = ((height + line.width) / 2.0).max(line.width + top);
            self.insets.bottom = self.insets.bottom.max(start - height);
            self.insets.top = self.insets.top.max(line.width - start);
            let (ascent, line_height) = (line.ascent, line.height());
            self.items.push(turned(line, x + taken + ascent, start));
            taken += line_height + LEADING;
        }
        (taken - LEADING).max(0.0)
    }

    /// The power of ten of a vertical axis, above its upper end.
    pub(crate) fn y_power(&mut self, power: Label, x: f64) {
        self.insets.top = self.insets.top.max(GAP + power.height());
        let baseline = -GAP - power.descent;
        self.items.push(text(power, x, baseline));
    }
}

/// Ticks along the horizontal axis of a plot; none without a span.
pub(crate) fn x_ticks(place: &Place<'_>, span: Option<Span>) -> Ticks {
    let length = place.size.width;
    let most = (length / 26.0).clamp(2.0, 7.0);
    let width = |t: &Tick| place.label(&t.label).width;
    let apart = |pair: &[Tick]| {
        let room = (pair[1].at - pair[0].at) * length;
        room >= (width(&pair[0]) + width(&pair[1])) / 2.0 + APART_X
    };
    let fit = |major: &[Tick]| major.len() as f64 <= most && major.windows(2).all(apart);
    span.map(|span| ticks(&span, length, &fit)).unwrap_or_default()
}

/// Ticks along a vertical axis; none without a span.
pub(crate) fn y_ticks(place: &Place<'_>, span: Option<Span>) -> Ticks {
    let length = place.size.height;
    let most = (length / 18.0).clamp(2.0, 7.0);
    let highest = |major: &[Tick]| major.iter().map(|t| place.label(&t.label).height()).fold(0.0, f64::max);
    let apart = |major: &[Tick], room: f64| major.windows(2).all(|p| (p[1].at - p[0].at) * length >= room);
    let fit = |major: &[Tick]| major.len() as f64 <= most && apart(major, highest(major) + APART_Y);
    span.map(|span| ticks(&span, length, &fit)).unwrap_or_default()
}

/// Draws the frame with everything outside it, and measures that.
pub(crate) fn draw(
    place: &Place<'_>,
    (x_axis, x): (&Axis, &Ticks),
    (y_axis, y): (&Axis, &Ticks),
    side: TickSide,
) -> Drawing {
    let mut drawing = Drawing::default();
    drawing.items.push(tick_lines(tick_strokes(place.size, x, y, side)));
    drawing.items.push(outline(place.size.frame()));
    below(place, x_axis, x, side, &mut drawing);
    beside(place, y_axis, y, side, &mut drawing);
    drawing
}

pub(crate) fn tick_lines(lines: Vec<Vec<Point>>) -> Item {
    Item::Lines { lines, pen: Pen::solid(Color::BLACK, TICK_WIDTH) }
}

pub(crate) fn outline(rect: Rect) -> Item {
    let stroke = Some(Pen::solid(Color::BLACK, FRAME_WIDTH));
    Item::Areas { outlines: vec![rect.corners()], fill: None, stroke }
}

/// Positions and lengths of all ticks.
pub(crate) fn lengths(ticks: &Ticks) -> impl Iterator<Item = (f64, f64)> {
    let major = ticks.major.iter().map(|t| (t.at, MAJOR));
    major.chain(ticks.minor.iter().map(|&at| (at, MINOR)))
}

fn tick_strokes(size: Size, x: &Ticks, y: &Ticks, side: TickSide) -> Vec<Vec<Point>> {
    let mut strokes = Vec::new();
    let mut stroke = |x0: f64, y0: f64, x1: f64, y1: f64| {
        strokes.push(vec![Point { x: x0, y: y0 }, Point { x: x1, y: y1 }]);
    };
    let (w, h) = (size.width, size.height);
    // An inward tick on the corner is the frame itself.
    let inner = |at: f64| at > 1e-6 && at < 1.0 - 1e-6;
    for (at, length) in lengths(x) {
        let x = at * w;
        if side == TickSide::Outside {
            stroke(x, h, x, h + OUTSIDE * length);
        } else if inner(at) {
            stroke(x, h, x, h - length);
            stroke(x, 0.0, x, length);
        }
    }
    for (at, length) in lengths(y) {
        let y = (1.0 - at) * h;
        if side == TickSide::Outside {
            stroke(0.0, y, -OUTSIDE * length, y);
        } else if inner(at) {
            stroke(0.0, y, length, y);
            stroke(w, y, w - length, y);
        }
    }
    strokes
}

/// Tick labels, power of ten and label of the horizontal axis.
fn below(place: &Place<'_>, axis: &Axis, ticks: &Ticks, side: TickSide, drawing: &mut Drawing) {
    let Size { width, height } = place.size;
    let insets = &mut drawing.insets;
    if !place.show_x {
        insets.bottom = insets.bottom.max(FRAME_WIDTH + side.room());
        return;
    }
    let labels: Vec<(f64, Label)> =
        ticks.major.iter().map(|t| (t.at * width, place.label(&t.label))).collect();
    let ascent = labels.iter().map(|(_, l)| l.ascent).fold(0.0, f64::max);
    let descent = labels.iter().map(|(_, l)| l.descent).fold(0.0, f64::max);
    let baseline = height + side.room() + GAP + ascent;
    let mut bottom = baseline + descent;
    for (at, label) in labels {
        let x = at - label.width / 2.0;
        insets.left = insets.left.max(-x);
        insets.right = insets.right.max(x + label.width - width);
        drawing.items.push(text(label, x, baseline));
    }

    let label = place.label(&axis.label);
    let power = ticks.exponent.map(|e| place.label(&power_of_ten(e)));
    let ascent = power.as_ref().map_or(0.0, |p| p.ascent).max(label.ascent);
    let baseline = bottom + GAP + ascent;
    if let Some(power) = power {
        bottom = bottom.max(baseline + power.descent);
        drawing.items.push(text(power.clone(), width - power.width, baseline));
    }
    if !axis.label.is_empty() {
        bottom = bottom.max(baseline + label.descent);
        let x = (width - label.width) / 2.0;
        insets.left = insets.left.max(-x);
        insets.right = insets.right.max(-x);
        drawing.items.push(text(label, x, baseline));
    }
    insets.bottom = insets.bottom.max(bottom - height);
}

/// Tick labels, power of ten and label of the vertical axis, and the panel letter.
fn beside(place: &Place<'_>, axis: &Axis, ticks: &Ticks, side: TickSide, drawing: &mut Drawing) {
    let height = place.size.height;
    let gap = GAP + side.room();
    let mut reach: f64 = 0.0;
    for tick in &ticks.major {
        let label = place.label(&tick.label);
        reach = reach.max(gap + label.width);
        let x = -gap - label.width;
        drawing.y_tick_label(label, x, (1.0 - tick.at) * height, height);
    }
    let letter = place.letter.map(|c| place.label(&format!("({c})")));
    let letter_size = letter.as_ref().map_or((0.0, 0.0), |l| (l.width, l.height() + GAP));
    let lines = place.lines(&axis.label, height - letter_size.1);
    let heights = lines.iter().map(|line| line.height() + LEADING).sum::<f64>() - LEADING;
    let column = f64::max(letter_size.0, if axis.label.is_empty() { 0.0 } else { heights });
    let own = reach + if column > 0.0 { GAP + column } else { 0.0 };
    drawing.insets.left = drawing.insets.left.max(own);
    let edge = -place.left.max(own);
    if let Some(exponent) = ticks.exponent {
        drawing.y_power(place.label(&power_of_ten(exponent)), 0.0);
    }
    drawing.items.extend(letter.map(|letter| text(letter.clone(), edge, letter.ascent)));
    if !axis.label.is_empty() {
        // Never into the letter.
        drawing.turned_label(lines, edge, height, letter_size.1);
    }
}

pub(crate) fn power_of_ten(exponent: i32) -> String {
    format!("×\\,10^{{{exponent}}}")
}

pub(crate) fn text(label: Label, x: f64, baseline: f64) -> Item {
    Item::Text { label, at: Point { x, y: baseline }, turned: false, color: Color::BLACK }
}

pub(crate) fn turned(label: Label, x: f64, start: f64) -> Item {
    Item::Text { label, at: Point { x, y: start }, turned: true, color: Color::BLACK }
}

/// Says in the middle of an empty plot that there is nothing to show.
pub(crate) fn no_data(place: &Place<'_>) -> Item {
    let label = place.label("no data");
    let x = (place.size.width - label.width) / 2.0;
    let baseline = (place.size.height + label.ascent) / 2.0;
    text(label, x, baseline)
}
