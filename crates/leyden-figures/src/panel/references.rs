//! Reference lines and their labels: of a level one along it; of upright ones inside the plot if each finds a free place
//! there, else all above it, like flags on poles.

use crate::palette::Color;
use crate::panel::frame::{GAP, TEXT};
use crate::panel::labels::{AT_EDGE, Inside, OFF_LINE, in_box};
use crate::panel::series::{At, Dash, Reference};
use crate::scene::{Item, Pen, Point, Rect};
use crate::text::Label;
use crate::trace::View;

const WIDTH: f64 = 0.6;
/// Between rows of flags, and between a flag and what stands right of it.
const ROW_GAP: f64 = 2.6;
const FLAG_GAP: f64 = 5.0;

/// The label of an upright line, and where the line is.
struct Flag {
    label: Label,
    x: f64,
    owner: usize,
}

/// A label above the plot, where it starts, and how many poles would cross it.
struct Flown {
    label: Label,
    x: f64,
    start: f64,
    before: usize,
}

impl Flown {
    /// From end to end, the pole included.
    fn reach(&self) -> (f64, f64) {
        (self.start.min(self.x), (self.start + self.label.width).max(self.x))
    }
}

impl Inside<'_> {
    /// Draws the lines, which own what they occupy from `first` on.
    pub(crate) fn reference_lines(&mut self, view: &View, references: &[Reference], first: usize) {
        for (k, reference) in references.iter().enumerate() {
            if let Some(stroke) = stroke(reference.at, view) {
                self.clutter.add_stroke(&stroke, first + k);
                self.items.push(dotted(stroke));
            }
        }
    }

    /// Labels the lines; returns the room taken above the plot, where other texts occupy `taken` already.
    pub(crate) fn reference_labels(
        &mut self,
        view: &View,
        references: &[Reference],
        first: usize,
        taken: f64,
    ) -> f64 {
        let mut flags = Vec::new();
        for (k, reference) in references.iter().enumerate().filter(|(_, r)| !r.label.is_empty()) {
            let (label, owner) = (self.place.label(&reference.label), first + k);
            match (reference.at, stroke(reference.at, view).as_deref()) {
                (At::X(_), Some([foot, ..])) => flags.push(Flag { label, x: foot.x, owner }),
                (At::Y(_), Some([start, ..])) => self.along(label, start.y),
                _ => {}
            }
        }
        if self.beside(&flags) { 0.0 } else { self.above(flags, taken) }
    }

    /// Near the right end first, above before below; further away rather than on a line.
    fn along(&mut self, label: Label, level: f64) {
        let (width, height) = (label.width, label.height());
        let free = self.place.size.width - width - 2.0 * AT_EDGE;
        let at = |away: f64| {
            (0..=12).map(move |i| AT_EDGE + (1.0 - f64::from(i) / 12.0) * free).flat_map(move |x| {
                [level - away - height, level + away].map(|y| Rect { x, y, width, height })
            })
        };
        let candidates = [1.0, 3.0, 6.0, 9.0].map(|far| at(far * OFF_LINE)).into_iter().flatten();
        let spot = self.clutter.best(candidates, 1.4);
        self.put(label, spot, Color::GREY);
    }

    /// All beside their lines, if every one finds a free place: near the lower end first, right before left.
    fn beside(&mut self, flags: &[Flag]) -> bool {
        let frame = self.place.size;
        let mut trial = self.clutter.clone();
        let mut placed = Vec::new();
        for Flag { label, x, owner } in flags {
            let (width, height) = (label.width, label.height());
            let sides = [x + OFF_LINE, x - OFF_LINE - width];
            let inside = sides.map(|x| x.clamp(AT_EDGE, (frame.width - AT_EDGE - width).max(AT_EDGE)));
            let heights = (0..=12)
                .map(|i| AT_EDGE + (1.0 - f64::from(i) / 12.0) * (frame.height - height - 2.0 * AT_EDGE));
            let mut candidates: Vec<Rect> =
                heights.flat_map(|y| inside.map(|x| Rect { x, y, width, height })).collect();
            // Between two upright lines the nearer one would claim the text.
            candidates.sort_by_key(|rect| trial.strangers(&rect.grown(2.0 * OFF_LINE), *owner));
            let Some((rect, 0)) = trial.best(candidates, 1.4) else { return false };
            trial.add_box(rect);
            placed.push(in_box(label.clone(), rect, Color::GREY));
        }
        self.clutter = trial;
        self.items.extend(placed);
        true
    }

    /// All above the plot beside their lines, which rise to them; what stands before another line is a row higher.
    fn above(&mut self, flags: Vec<Flag>, taken: f64) -> f64 {
        let row_height = flags.iter().map(|flag| flag.label.height()).fold(TEXT, f64::max) + ROW_GAP;
        let bottom = |row: usize| -(taken + GAP + row_height * row as f64);
        let poles: Vec<f64> = flags.iter().map(|flag| flag.x).collect();
        let mut flown: Vec<Flown> = flags.into_iter().map(|flag| self.flown(flag, &poles)).collect();
        flown.sort_by_key(|flag| flag.before);
        let mut rows: Vec<usize> = Vec::new();
        for flag in &flown {
            let (left, right) = flag.reach();
            let meets =
                |other: &Flown| other.reach().0 < right + FLAG_GAP && left < other.reach().1 + FLAG_GAP;
            let lower = flown.iter().zip(&rows).filter(|(other, _)| meets(other));
            rows.push(lower.map(|(_, row)| row + 1).max().unwrap_or(0));
        }
        for (flag, row) in flown.iter().zip(&rows) {
            let top = Point { x: flag.x, y: bottom(*row) - flag.label.height() };
            self.items.push(dotted(vec![Point { x: flag.x, y: 0.0 }, top]));
        }
        for (flag, row) in flown.into_iter().zip(&rows) {
            let (width, height) = (flag.label.width, flag.label.height());
            let rect = Rect { x: flag.start, y: bottom(*row) - height, width, height };
            self.put(flag.label, Some((rect, 1)), Color::GREY);
        }
        rows.iter().max().map_or(0.0, |row| row_height - ROW_GAP - bottom(*row))
    }

    /// Right of its pole, or left of it where that is the side with room and without other poles.
    fn flown(&self, Flag { label, x, .. }: Flag, poles: &[f64]) -> Flown {
        let room = self.place.size.width - label.width;
        let before = |start: f64| {
            let over = start - OFF_LINE / 2.0..start + label.width + OFF_LINE / 2.0;
            poles.iter().filter(|pole| over.contains(*pole)).count()
        };
        let sides = [x + OFF_LINE, x - OFF_LINE - label.width].into_iter();
        let side = sides.filter(|start| (0.0..=room).contains(start)).min_by_key(|start| before(*start));
        let start = side.unwrap_or_else(|| x.min(room).max(0.0));
        Flown { before: before(start), start, x, label }
    }
}

fn dotted(line: Vec<Point>) -> Item {
    let pen = Pen { dash: Dash::Dotted.lengths(), ..Pen::solid(Color::GREY, WIDTH) };
    Item::Lines { lines: vec![line], pen }
}

fn stroke(at: At, view: &View) -> Option<Vec<Point>> {
    let inside = |p: &f64, length: f64| (-1e-6..=length + 1e-6).contains(p);
    let (w, h) = (view.size.width, view.size.height);
    match at {
        At::Y(y) => {
            let y = view.y_at(y).filter(|y| inside(y, h))?;
            Some(vec![Point { x: 0.0, y }, Point { x: w, y }])
        }
        At::X(x) => {
            let x = view.x_at(x).filter(|x| inside(x, w))?;
            Some(vec![Point { x, y: h }, Point { x, y: 0.0 }])
        }
    }
}
