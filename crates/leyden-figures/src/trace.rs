//! From numbers to the strokes inside a plot: projection, gaps, clipping, thinning.

use crate::axis::Span;
use crate::scene::{Point, Rect, Size};

/// The two axes of a plot and its size: where a pair of numbers falls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) x: Span,
    pub(crate) y: Span,
    pub(crate) size: Size,
}

impl View {
    pub(crate) fn x_at(&self, x: f64) -> Option<f64> {
        Some(self.x.position(x)? * self.size.width)
    }

    pub(crate) fn y_at(&self, y: f64) -> Option<f64> {
        Some((1.0 - self.y.position(y)?) * self.size.height)
    }

    pub(crate) fn point(&self, x: f64, y: f64) -> Option<Point> {
        // Far outside the frame only the direction matters; this keeps differences finite.
        let near = |p: f64| p.clamp(-1e12, 1e12);
        Some(Point { x: near(self.x_at(x)?), y: near(self.y_at(y)?) })
    }

    pub(crate) fn frame(&self) -> Rect {
        self.size.frame()
    }

    /// The visible strokes of a line; numbers that cannot be shown break it.
    pub(crate) fn strokes(&self, x: &[f64], y: &[f64]) -> Vec<Vec<Point>> {
        let points: Vec<Option<Point>> = x.iter().zip(y).map(|(&x, &y)| self.point(x, y)).collect();
        clip(thin(&points), self.frame())
    }
}

/// Columns per point (1200 per inch): finer than any print.
const COLUMNS: f64 = 1200.0 / 72.0;

/// Splits at gaps and reduces each run of points within one column to its first, lowest, highest
/// and last: nothing that could be seen is lost, no extremum least of all.
fn thin(points: &[Option<Point>]) -> Vec<Vec<Point>> {
    let column = |p: &Point| (p.x * COLUMNS).floor();
    let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
    runs.map(|run| {
        let run: Vec<Point> = run.iter().flatten().copied().collect();
        run.chunk_by(|p, q| column(p) == column(q)).flat_map(outermost).collect()
    })
    .collect()
}

/// The first, lowest, highest and last points of a column.
fn outermost(column: &[Point]) -> Vec<Point> {
    if column.len() <= 4 {
        return column.to_vec();
    }
    let extreme = |better: fn(f64, f64) -> bool| {
        (1..column.len()).fold(0, |best, i| if better(column[i].y, column[best].y) { i } else { best })
    };
    let (low, high) = (extreme(|a, b| a < b), extreme(|a, b| a > b));
    let mut kept = vec![0, low.min(high), low.max(high), column.len() - 1];
    kept.dedup();
    kept.into_iter().map(|i| column[i]).collect()
}

/// Cuts the runs at the frame. A run of one point inside it stays a run of one point.
fn clip(runs: Vec<Vec<Point>>, frame: Rect) -> Vec<Vec<Point>> {
    let mut strokes = Vec::new();
    for run in runs {
        if let [only] = run[..] {
            if frame.contains(only) {
                strokes.push(run);
            }
            continue;
        }
        let mut stroke: Vec<Point> = Vec::new();
        for pair in run.windows(2) {
            let Some((a, b)) = clip_segment(pair[0], pair[1], frame) else { continue };
            if stroke.last() != Some(&a) {
                if stroke.len() > 1 {
                    strokes.push(std::mem::take(&mut stroke));
                }
                stroke = vec![a];
            }
            stroke.push(b);
        }
        if stroke.len() > 1 {
            strokes.push(stroke);
        }
    }
    strokes
}

/// The part of a segment within the frame (Liang and Barsky's parametric cut).
fn clip_segment(a: Point, b: Point, frame: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (mut from, mut to) = (0.0f64, 1.0f64);
    for (step, room) in
        [(-dx, a.x - frame.x), (dx, frame.right() - a.x), (-dy, a.y - frame.y), (dy, frame.bottom() - a.y)]
    {
        if step == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if step < 0.0 {
            from = from.max(room / step);
        } else {
            to = to.min(room / step);
        }
    }
    let at = |t: f64| match t {
        0.0 => a,
        1.0 => b,
        _ => Point {
            x: (a.x + t * dx).clamp(frame.x, frame.right()),
            y: (a.y + t * dy).clamp(frame.y, frame.bottom()),
        },
    };
    (from <= to).then(|| (at(from), at(to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Scale;

    fn view() -> View {
        let span = Span { scale: Scale::Linear, low: 0.0, high: 1.0, whole: false };
        View { x: span, y: span, size: Size { width: 100.0, height: 100.0 } }
    }

    #[test]
    fn thinning_keeps_every_extremum() {
        let n = 1_000_000;
        let x: Vec<f64> = (0..n).map(|i| i as f64 / n as f64).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 0.5 + 0.3 * (40.0 * x).sin()).collect();
        y[123_456] = 0.95;
        y[654_321] = 0.05;
        let strokes = view().strokes(&x, &y);
        let points: Vec<Point> = strokes.concat();
        assert!(points.len() < 8_000, "{}", points.len());
        assert!(points.iter().any(|p| (p.y - 5.0).abs() < 1e-9));
        assert!(points.iter().any(|p| (p.y - 95.0).abs() < 1e-9));
    }

    #[test]
    fn gaps_break_lines_and_the_frame_cuts_them() {
        let x = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0];
        let y = [0.5, 2.0, f64::NAN, 0.5, f64::INFINITY, 0.1];
        let strokes = view().strokes(&x, &y);
        assert_eq!(strokes.len(), 3);
        assert_eq!(strokes[0][1].y, 0.0);
        assert_eq!(strokes[1].len(), 1);
    }
}
