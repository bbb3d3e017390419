//! Level lines of a grid by marching squares, joined into strokes.

use std::collections::BTreeMap;

use crate::scene::Point;

/// A point on an edge of the grid, named by that edge: (column, row, upwards?). Names instead of
/// coordinates make joining exact.
type Edge = (usize, usize, bool);

/// The line of `level` through `values` (row by row, `x.len()` per row) as strokes. Cells with a
/// corner that is not finite carry no line.
pub(crate) fn contour(x: &[f64], y: &[f64], values: &[f64], level: f64) -> Vec<Vec<Point>> {
    let (nx, ny) = (x.len(), y.len());
    let at = |i: usize, j: usize| values[j * nx + i];
    let mut segments: Vec<(Edge, Edge)> = Vec::new();
    for j in 0..ny.saturating_sub(1) {
        for i in 0..nx.saturating_sub(1) {
            let corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
            if corners.iter().all(|v| v.is_finite()) {
                cell(i, j, corners, level, &mut segments);
            }
        }
    }
    let locate = |edge: Edge| {
        let (i, j, upwards) = edge;
        let (i2, j2) = if upwards { (i, j + 1) } else { (i + 1, j) };
        let (a, b) = (at(i, j), at(i2, j2));
        let t = (level - a) / (b - a);
        Point { x: x[i] + t * (x[i2] - x[i]), y: y[j] + t * (y[j2] - y[j]) }
    };
    let strokes = join(&segments);
    let points = |stroke: Vec<Edge>| stroke.into_iter().map(locate).collect();
    strokes.into_iter().map(points).collect()
}

fn cell(i: usize, j: usize, corners: [f64; 4], level: f64, segments: &mut Vec<(Edge, Edge)>) {
    let edges: [Edge; 4] = [(i, j, false), (i + 1, j, true), (i, j + 1, false), (i, j, true)];
    let above = corners.map(|v| v > level);
    let crossed: Vec<Edge> = (0..4).filter(|&k| above[k] != above[(k + 1) % 4]).map(|k| edges[k]).collect();
    match crossed[..] {
        [a, b] => segments.push((a, b)),
        [a, b, c, d] => {
            // A saddle: the mean tells which corners belong together.
            let middle = corners.iter().sum::<f64>() / 4.0 > level;
            if middle == above[0] {
                segments.extend([(a, b), (c, d)]);
            } else {
                segments.extend([(d, a), (b, c)]);
            }
        }
        _ => {}
    }
}

/// Chains segments that share an edge: open lines from their ends first, then closed ones.
fn join(segments: &[(Edge, Edge)]) -> Vec<Vec<Edge>> {
    let mut at: BTreeMap<Edge, Vec<usize>> = BTreeMap::new();
    for (k, (a, b)) in segments.iter().enumerate() {
        at.entry(*a).or_default().push(k);
        at.entry(*b).or_default().push(k);
    }
    let mut used = vec![false; segments.len()];
    let mut strokes = Vec::new();
    let ends = at.iter().filter(|(_, s)| s.len() == 1).map(|(e, _)| *e);
    let starts: Vec<Edge> = ends.chain(segments.iter().map(|s| s.0)).collect();
    for start in starts {
        let mut stroke = vec![start];
        let mut here = start;
        while let Some(&k) = at[&here].iter().find(|&&k| !used[k]) {
            used[k] = true;
            let (a, b) = segments[k];
            here = if a == here { b } else { a };
            stroke.push(here);
        }
        if stroke.len() > 1 {
            strokes.push(stroke);
        }
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_one_closed_line() {
        let x: Vec<f64> = (0..41).map(|i| -1.0 + i as f64 / 20.0).collect();
        let values: Vec<f64> = x.iter().flat_map(|&y| x.iter().map(move |&x| x.hypot(y))).collect();
        let strokes = contour(&x, &x, &values, 0.7);
        assert_eq!(strokes.len(), 1);
        assert_eq!(strokes[0].first(), strokes[0].last());
        assert!(strokes[0].iter().all(|p| (p.x.hypot(p.y) - 0.7).abs() < 2e-3));
    }
}
