//! Finding room: what is in the way inside a plot, and which of several places is free.

use crate::scene::{Point, Rect};

/// Everything inside a plot that a text must not cover.
#[derive(Clone, Debug)]
pub(crate) struct Clutter {
    frame: Rect,
    /// Samples along every stroke; the number says which line they belong to.
    points: Vec<(Point, usize)>,
    boxes: Vec<Rect>,
}

/// Distance between samples, in points: less than the height of any text.
const SAMPLING: f64 = 1.5;
/// What a placed box weighs against one sample of a line.
const BOX: usize = 1000;
/// Samples nearer to a line than this lie on it; what is nearer to them than a corner of a marker is drawn about them.
const ON_LINE: f64 = 1.5;
const MARKED: f64 = 4.0;
/// Distance kept from the frame: clear of the ticks.
pub(crate) const FROM_FRAME: f64 = 4.4;

impl Clutter {
    pub(crate) fn new(frame: Rect) -> Self {
        Self { frame, points: Vec::new(), boxes: Vec::new() }
    }

    pub(crate) fn frame(&self) -> Rect {
        self.frame
    }

    pub(crate) fn add_stroke(&mut self, stroke: &[Point], owner: usize) {
        self.points.extend(stroke.first().map(|&p| (p, owner)));
        for (a, b) in stroke.iter().zip(stroke.iter().skip(1)) {
            let (dx, dy) = (b.x - a.x, b.y - a.y);
            let steps = (dx.hypot(dy) / SAMPLING).ceil().clamp(1.0, 10_000.0);
            let at = |t: f64| (Point { x: a.x + t * dx, y: a.y + t * dy }, owner);
            self.points.extend((1..=steps as usize).map(|i| at(i as f64 / steps)));
        }
    }

    pub(crate) fn add_box(&mut self, rect: Rect) {
        self.boxes.push(rect);
    }

    /// How much the rectangle would cover; 0 is free.
    pub(crate) fn cost(&self, rect: &Rect) -> usize {
        let boxes = self.boxes.iter().filter(|b| b.overlaps(rect)).count();
        let points = self.points.iter().filter(|(p, _)| rect.contains(*p)).count();
        boxes * BOX + points
    }

    /// Whether any line but `owner` comes into the rectangle.
    pub(crate) fn strangers(&self, rect: &Rect, owner: usize) -> bool {
        self.points.iter().any(|(p, whose)| *whose != owner && rect.contains(*p))
    }

    /// The points of one line, and everything else.
    pub(crate) fn split(&self, owner: usize) -> (Vec<Point>, Self) {
        let (own, points) = self.points.iter().partition(|(_, whose)| *whose == owner);
        let own: Vec<(Point, usize)> = own;
        (own.into_iter().map(|(p, _)| p).collect(), Self { points, boxes: self.boxes.clone(), ..*self })
    }

    /// The same, where samples of other lines that lie on the line are its own, with what is drawn about them: markers.
    pub(crate) fn along(&self, owner: usize) -> Self {
        let apart = |p: &Point, q: &Point| (p.x - q.x).hypot(p.y - q.y);
        let (own, mut others) = self.split(owner);
        others.points.retain(|(p, _)| own.iter().any(|q| apart(p, q) <= ON_LINE));
        let about = |p: &Point, whose: usize| {
            others.points.iter().any(|(q, other)| whose == *other && apart(p, q) <= MARKED)
        };
        let points = self.points.iter().map(|&(p, whose)| (p, if about(&p, whose) { owner } else { whose }));
        Self { points: points.collect(), boxes: self.boxes.clone(), ..*self }
    }

    /// Highest and lowest height (in this order, y downwards) a line takes between two abscissae.
    pub(crate) fn reach(&self, owner: usize, from: f64, to: f64) -> Option<(f64, f64)> {
        self.points
            .iter()
            .filter(|(p, whose)| *whose == owner && p.x >= from && p.x <= to)
            .map(|(p, _)| (p.y, p.y))
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    pub(crate) fn inside(&self, rect: &Rect) -> bool {
        self.frame.grown(-FROM_FRAME).encloses(rect)
    }

    /// The candidate inside the frame that covers least, with its cost; the first of equals.
    pub(crate) fn best(
        &self,
        candidates: impl IntoIterator<Item = Rect>,
        padding: f64,
    ) -> Option<(Rect, usize)> {
        let mut best = None;
        for rect in candidates.into_iter().filter(|rect| self.inside(rect)) {
            let cost = self.cost(&rect.grown(padding));
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((rect, cost));
                if cost == 0 {
                    break;
                }
            }
        }
        best
    }

    /// Corners first, emptiest surroundings before others, then the rest of the plot.
    pub(crate) fn corner(&self, width: f64, height: f64) -> Option<(Rect, usize)> {
        let margin = 6.0;
        let (free_x, free_y) =
            (self.frame.width - width - 2.0 * margin, self.frame.height - height - 2.0 * margin);
        let at = |fx: f64, fy: f64| Rect {
            x: self.frame.x + margin + fx * free_x,
            y: self.frame.y + margin + fy * free_y,
            width,
            height,
        };
        let mut corners = [(1.0, 0.0), (1.0, 1.0), (0.0, 0.0), (0.0, 1.0)].map(|(x, y)| at(x, y));
        corners.sort_by_key(|rect| self.cost(&rect.grown(12.0)));
        let edges = [(0.5, 0.0), (0.5, 1.0), (1.0, 0.5), (0.0, 0.5)].map(|(x, y)| at(x, y));
        let rest = (0..=8).flat_map(|j| (0..=8).map(move |i| (i, j)));
        let rest = rest.map(|(i, j)| at(1.0 - f64::from(i) / 8.0, f64::from(j) / 8.0));
        self.best(corners.into_iter().chain(edges).chain(rest), 2.5)
    }
}
