//! What is drawn, in points (1/72 inch), y downwards. A panel draws about the upper left corner of
//! its plot; the figure puts it in place.

use crate::palette::Color;
use crate::text::Label;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Size {
    /// The rectangle of a plot of this size, about its own corner.
    pub(crate) fn frame(self) -> Rect {
        Rect { x: 0.0, y: 0.0, width: self.width, height: self.height }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub(crate) fn grown(&self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    pub(crate) fn contains(&self, p: Point) -> bool {
        p.x >= self.x && p.x <= self.right() && p.y >= self.y && p.y <= self.bottom()
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    pub(crate) fn encloses(&self, other: &Self) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && self.right() >= other.right()
            && self.bottom() >= other.bottom()
    }

    pub(crate) fn corners(&self) -> Vec<Point> {
        let (l, r, t, b) = (self.x, self.right(), self.y, self.bottom());
        [(l, t), (r, t), (r, b), (l, b)].map(|(x, y)| Point { x, y }).to_vec()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Pen {
    pub(crate) color: Color,
    pub(crate) width: f64,
    pub(crate) dash: &'static [f64],
    pub(crate) opacity: f64,
}

impl Pen {
    pub(crate) fn solid(color: Color, width: f64) -> Self {
        Self { color, width, dash: &[], opacity: 1.0 }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Open lines, one stroke.
    Lines {
        lines: Vec<Vec<Point>>,
        pen: Pen,
    },
    /// Closed outlines, filled and stroked as far as asked for.
    Areas {
        outlines: Vec<Vec<Point>>,
        fill: Option<(Color, f64)>,
        stroke: Option<Pen>,
    },
    Circles {
        centres: Vec<Point>,
        radius: f64,
        fill: Color,
        stroke: Option<Pen>,
    },
    /// `at` is the start of the baseline; `turned` reads upwards.
    Text {
        label: Label,
        at: Point,
        turned: bool,
        color: Color,
    },
    /// Pixels as an encoded PNG, stretched over the rectangle without smoothing.
    Image {
        rect: Rect,
        png: Vec<u8>,
    },
}

/// Room that a panel needs about its plot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Insets {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

impl Insets {
    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            left: self.left.max(other.left),
            right: self.right.max(other.right),
            top: self.top.max(other.top),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// The finished picture: groups of items, each with its origin.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) size: Size,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) groups: Vec<(Point, Vec<Item>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Boxes side by side share an edge, which covers nothing.
    #[test]
    fn boxes_that_touch_do_not_overlap() {
        let a = Rect { x: 1.0, y: 2.0, width: 4.0, height: 8.0 };
        for (dx, dy) in
            [(4.0, 0.0), (-4.0, 0.0), (0.0, 8.0), (0.0, -8.0), (4.0, 8.0), (-4.0, 3.0), (2.0, -8.0)]
        {
            let moved = |by: f64| Rect { x: a.x + by * dx, y: a.y + by * dy, ..a };
            for (by, expected) in [(0.0, true), (0.875, true), (1.0, false), (1.125, false)] {
                let b = moved(by);
                assert_eq!([a.overlaps(&b), b.overlaps(&a)], [expected; 2], "{b:?}");
                let corner = b.corners().iter().any(|corner| a.contains(*corner));
                assert_eq!(corner, by <= 1.0, "{b:?}");
                assert_eq!(a.encloses(&b), by == 0.0);
            }
        }
        assert!(a.encloses(&a.grown(-0.5)) && !a.encloses(&a.grown(0.5)) && a.overlaps(&a.grown(-0.5)));
    }
}
