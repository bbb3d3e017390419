//! LU of sparse matrices whose graphs are long.
//!
//! Nodes at equal distance from one end of a graph are a layer, which couples only to the layers before and after it. In this order the matrix is block
//! tridiagonal, with diagonal blocks D_k, L_k below and U_k above them, and
//!   S_0 = D_0,  S_{k+1} = D_{k+1} - L_k S_k^{-1} U_k,
//!   y_0 = r_0,  y_{k+1} = r_{k+1} - L_k S_k^{-1} y_k,  x_k = S_k^{-1} (y_k - U_k x_{k+1}).
//! Every S_k^{-1} is kept as a full matrix, L_k and U_k as they are: 2 sum b_k^3 products for layers of b_k nodes, by dense kernels. Rows are exchanged within layers
//! alone: whether that was enough is asked of the residual of a solution, and where it was not quite, solutions are refined by what they leave.
//! Source: Golub, Van Loan, Matrix Computations, section 4.5; George, Liu, Computer Solution of Large Sparse Positive Definite Systems, chapter 4.

use faer::MatRef;
use faer::linalg::solvers::DenseSolveCore;

use super::lanes::{madd, widened};
use super::{add_multiple, norm, product};

/// (row, column, number).
pub(crate) type Entry = (usize, usize, f64);

/// Ends that are tried.
const ENDS: usize = 4;
/// Largest residual of a solution relative to the matrix and the solution ...
const LARGEST_RESIDUAL: f64 = 1e-13;
/// ... and that from which on solving again for what is left does not help.
const NO_SOLUTION: f64 = 1e-6;

/// An order of nodes by layers.
#[derive(Clone)]
pub(crate) struct Layers {
    /// Nodes, layer by layer.
    nodes: Vec<usize>,
    /// Where each layer begins, and the last one ends.
    starts: Vec<usize>,
}

impl Layers {
    /// Of the graph of a matrix of this size, from the best of a few ends.
    pub(crate) fn new(size: usize, entries: &[Entry]) -> Self {
        let graph = Graph::new(size, entries);
        let (mut best, mut end) = graph.layers(0);
        for _ in 1..ENDS {
            let (found, next) = graph.layers(end);
            end = next;
            if found.work() < best.work() {
                best = found;
            }
        }
        best
    }

    /// Products that a decomposition costs.
    pub(crate) fn work(&self) -> f64 {
        self.widths().map(|b| 2.0 * b.powi(3)).sum()
    }

    /// Numbers that a decomposition keeps.
    pub(crate) fn numbers(&self) -> f64 {
        self.widths().map(|b| b * b).sum()
    }

    fn widths(&self) -> impl Iterator<Item = f64> {
        self.starts.windows(2).map(|ends| (ends[1] - ends[0]) as f64)
    }
}

struct Graph {
    first: Vec<usize>,
    neighbours: Vec<usize>,
}

impl Graph {
    fn new(size: usize, entries: &[Entry]) -> Self {
        let mut first = vec![0; size + 1];
        for &(i, j, _) in entries {
            first[i + 1] += 1;
            first[j + 1] += 1;
        }
        (0..size).for_each(|i| first[i + 1] += first[i]);
        let (mut neighbours, mut next) = (vec![0; 2 * entries.len()], first.clone());
        for &(i, j, _) in entries {
            for (from, to) in [(i, j), (j, i)] {
                neighbours[next[from]] = to;
                next[from] += 1;
            }
        }
        Graph { first, neighbours }
    }

    fn neighbours(&self, node: usize) -> &[usize] {
        &self.neighbours[self.first[node]..self.first[node + 1]]
    }

    /// Layers around a node, and the node with fewest neighbours in the last of them; what hangs together with none of them follows from its first
    /// node on.
    fn layers(&self, end: usize) -> (Layers, usize) {
        let size = self.first.len() - 1;
        let mut seen = vec![false; size];
        let (mut nodes, mut starts) = (Vec::with_capacity(size), vec![0]);
        let mut other_end = None;
        for from in std::iter::once(end).chain(0..size).filter(|&node| node < size) {
            if seen[from] {
                continue;
            }
            seen[from] = true;
            let mut layer = nodes.len()..nodes.len() + 1;
            nodes.push(from);
            while !layer.is_empty() {
                starts.push(layer.end);
                for k in layer.clone() {
                    for &node in self.neighbours(nodes[k]) {
                        if !std::mem::replace(&mut seen[node], true) {
                            nodes.push(node);
                        }
                    }
                }
                let last = nodes[layer.clone()].iter().copied();
                if layer.end == nodes.len() && other_end.is_none() {
                    other_end = last.min_by_key(|&node| self.neighbours(node).len());
                }
                layer = layer.end..nodes.len();
            }
        }
        (Layers { nodes, starts }, other_end.unwrap_or(end))
    }
}

/// The decomposition of a matrix.
pub(crate) struct LayeredLu {
    layers: Layers,
    /// S_k^{-1}, column by column.
    inverses: Vec<Vec<f64>>,
    /// L_k and U_k, rows and columns counted within their layers.
    lower: Vec<Vec<Entry>>,
    upper: Vec<Vec<Entry>>,
    /// The matrix, where what solutions leave is solved for again.
    entries: Option<Vec<Entry>>,
}

impl LayeredLu {
    /// `None` where pivots within layers are not enough.
    pub(crate) fn new(layers: Layers, entries: &[Entry]) -> Option<Self> {
        let Layers { nodes, starts } = &layers;
        let count = starts.len() - 1;
        let mut place = vec![(0, 0); nodes.len()];
        for k in 0..count {
            nodes[starts[k]..starts[k + 1]].iter().enumerate().for_each(|(at, &node)| place[node] = (k, at));
        }
        let (mut diagonal, mut lower, mut upper) =
            (vec![vec![]; count], vec![vec![]; count], vec![vec![]; count]);
        for &(i, j, x) in entries {
            let ((row_layer, row), (column_layer, column)) = (place[i], place[j]);
            match (row_layer + 1).checked_sub(column_layer) {
                Some(1) => diagonal[row_layer].push((row, column, x)),
                Some(0) => upper[row_layer].push((row, column, x)),
                _ => lower[column_layer].push((row, column, x)),
            }
        }
        let mut inverses: Vec<Vec<f64>> = Vec::with_capacity(count);
        let mut moved = Vec::new();
        for k in 0..count {
            let b = starts[k + 1] - starts[k];
            let mut s = vec![0.0; b * b];
            diagonal[k].iter().for_each(|&(i, j, x): &Entry| s[j * b + i] += x);
            if let Some(before) = inverses.last() {
                let width = starts[k] - starts[k - 1];
                upper[k - 1].sort_by_key(|&(_, column, _)| column);
                for same in upper[k - 1].chunk_by(|a, b| a.1 == b.1) {
                    // A column of S^{-1} U.
                    moved.clear();
                    moved.resize(width, 0.0);
                    for &(middle, _, u) in same {
                        add_multiple(u, &before[middle * width..(middle + 1) * width], &mut moved);
                    }
                    let column = &mut s[same[0].1 * b..][..b];
                    lower[k - 1].iter().for_each(|&(row, other, l)| column[row] -= l * moved[other]);
                }
            }
            let inverse = MatRef::from_column_major_slice(&s, b, b).partial_piv_lu().inverse();
            s.chunks_exact_mut(b).zip(inverse.col_iter()).for_each(|(s, column)| {
                s.iter_mut().zip(column.iter()).for_each(|(s, x)| *s = *x);
            });
            if !s.iter().all(|x| x.is_finite()) {
                return None;
            }
            inverses.push(s);
        }
        let mut found = LayeredLu { layers, inverses, lower, upper, entries: None };
        let residual = found.residual(entries);
        if residual <= LARGEST_RESIDUAL {
            return Some(found);
        }
        if !(residual <= NO_SOLUTION) {
            return None;
        }
        found.entries = Some(entries.to_vec());
        (found.residual(entries) <= LARGEST_RESIDUAL).then_some(found)
    }

    /// What a solution leaves, relative to the matrix and the solution.
    fn residual(&self, entries: &[Entry]) -> f64 {
        let size = self.layers.nodes.len();
        let right: Vec<f64> = (0..size).map(|i| 1.0 + 0.5 * (1.7 * i as f64).sin()).collect();
        let x = self.solve(&right);
        let mut rows = vec![0.0; size];
        entries.iter().for_each(|&(i, _, a)| rows[i] += a.abs());
        let largest = rows.iter().fold(0.0, |a: f64, b| a.max(*b));
        norm(&left(entries, &right, &x, false)) / (largest * norm(&x))
    }

    /// A^{-1} x.
    pub(crate) fn solve(&self, x: &[f64]) -> Vec<f64> {
        self.refined(x, false, &|x| {
            self.solved(x, times, &self.lower, &self.upper, |&(row, column, x)| (row, column, x))
        })
    }

    /// (A^T)^{-1} x.
    pub(crate) fn solve_transposed(&self, x: &[f64]) -> Vec<f64> {
        self.refined(x, true, &|x| {
            self.solved(x, times_transposed, &self.upper, &self.lower, |&(row, column, x)| (column, row, x))
        })
    }

    fn refined(&self, right: &[f64], transposed: bool, solved: &dyn Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
        let mut x = solved(right);
        if let Some(entries) = &self.entries {
            add_multiple(1.0, &solved(&left(entries, right, &x, transposed)), &mut x);
        }
        x
    }

    fn solved(
        &self,
        x: &[f64],
        product: fn(&[f64], &[f64], &mut [f64]),
        below: &[Vec<Entry>],
        above: &[Vec<Entry>],
        turned: impl Fn(&Entry) -> Entry,
    ) -> Vec<f64> {
        let Layers { nodes, starts } = &self.layers;
        let mut y: Vec<f64> = nodes.iter().map(|&node| x[node]).collect();
        // S_k^{-1} y_k
        let mut z = vec![0.0; y.len()];
        let count = self.inverses.len();
        for k in 0..count {
            let (this, next) = y.split_at_mut(starts[k + 1]);
            product(&self.inverses[k], &this[starts[k]..], &mut z[starts[k]..starts[k + 1]]);
            for (row, column, l) in below[k].iter().map(&turned) {
                next[row] -= l * z[starts[k] + column];
            }
        }
        let mut moved = vec![0.0; y.len()];
        for k in (0..count).rev().filter(|&k| !above[k].is_empty()) {
            let (this, next) = z.split_at_mut(starts[k + 1]);
            let (this, width) = (&mut this[starts[k]..], starts[k + 1] - starts[k]);
            let (sum, moved) = (&mut y[..width], &mut moved[..width]);
            sum.fill(0.0);
            above[k].iter().map(&turned).for_each(|(row, column, u)| sum[row] += u * next[column]);
            product(&self.inverses[k], sum, moved);
            this.iter_mut().zip(moved).for_each(|(x, moved)| *x -= *moved);
        }
        nodes.iter().zip(&z).for_each(|(&node, z)| y[node] = *z);
        y
    }
}

/// right - A x, or with A^T.
fn left(entries: &[Entry], right: &[f64], x: &[f64], transposed: bool) -> Vec<f64> {
    let mut left = right.to_vec();
    for &(i, j, a) in entries {
        let (i, j) = if transposed { (j, i) } else { (i, j) };
        left[i] -= a * x[j];
    }
    left
}

#[inline(always)]
fn times_of<const FMA: bool>(a: &[f64], x: &[f64], y: &mut [f64]) {
    let b = y.len();
    y.fill(0.0);
    let mut columns = a.chunks_exact(4 * b);
    let mut numbers = x.chunks_exact(4);
    for (four, x) in (&mut columns).zip(&mut numbers) {
        let (ab, cd) = four.split_at(2 * b);
        let ((p, q), (r, s)) = (ab.split_at(b), cd.split_at(b));
        for ((((y, p), q), r), s) in y.iter_mut().zip(p).zip(q).zip(r).zip(s) {
            *y = madd::<FMA>(
                *p,
                x[0],
                madd::<FMA>(*q, x[1], madd::<FMA>(*r, x[2], madd::<FMA>(*s, x[3], *y))),
            );
        }
    }
    for (column, x) in columns.remainder().chunks_exact(b).zip(numbers.remainder()) {
        y.iter_mut().zip(column).for_each(|(y, a)| *y = madd::<FMA>(*a, *x, *y));
    }
}

widened! {
    /// y = A x, A column by column.
    fn times(a: &[f64], x: &[f64], y: &mut [f64]) = times_of
}

/// y = A^T x, A column by column.
fn times_transposed(a: &[f64], x: &[f64], y: &mut [f64]) {
    y.iter_mut().zip(a.chunks_exact(x.len())).for_each(|(y, column)| *y = product(column, x));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grid with entries to the right, downwards and some to the left, and a node that hangs together with none; rows dominate a little.
    fn grid(width: usize, height: usize) -> (usize, Vec<Entry>) {
        let mut random = fastrand::Rng::with_seed(5);
        let size = width * height + 1;
        let mut entries: Vec<Entry> = (0..size).map(|i| (i, i, 2.0 + random.f64())).collect();
        for (i, j) in (0..height).flat_map(|i| (0..width).map(move |j| (i, j))) {
            let at = i * width + j;
            for (there, to) in
                [(j + 1 < width, at + 1), (i + 1 < height, at + width), (j > 0, at.wrapping_sub(1))]
            {
                if there && (to > at || random.f64() < 0.5) {
                    entries.push((at, to, random.f64() - 0.5));
                    entries.push((at, to, random.f64() - 0.5));
                }
            }
        }
        (size, entries)
    }

    #[test]
    fn solutions_solve() {
        for (width, height) in [(1, 1), (1, 9), (7, 23), (30, 4)] {
            let (size, entries) = grid(width, height);
            let lu = LayeredLu::new(Layers::new(size, &entries), &entries).unwrap();
            let right: Vec<f64> = (0..size).map(|i| (i as f64).cos()).collect();
            for (x, transposed) in [(lu.solve(&right), false), (lu.solve_transposed(&right), true)] {
                let left = norm(&left(&entries, &right, &x, transposed));
                assert!(left < 1e-13 * norm(&right), "{width} {height} {transposed}: {left:e}");
            }
        }
    }

    #[test]
    fn layers_are_as_narrow_as_the_graph_allows() {
        // From a corner a ladder of 40 x 3 has diagonals of three nodes, and the lonely node one of its own.
        let (size, entries) = grid(3, 40);
        let layers = Layers::new(size, &entries);
        assert!(layers.work() <= 2.0 * 27.0 * 43.0, "{}", layers.work());
        assert!(layers.numbers() <= 9.0 * 43.0);
    }

    #[test]
    fn weak_pivots_are_made_good() {
        // Half of the digits are lost in the first layer.
        let entries =
            [(0, 0, 1e-8), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 0.3), (1, 2, 1.0), (2, 1, 0.7), (2, 2, 1.0)];
        let lu = LayeredLu::new(Layers::new(3, &entries), &entries).unwrap();
        let x = lu.solve(&[1.0, 2.0, 3.0]);
        assert!(norm(&left(&entries, &[1.0, 2.0, 3.0], &x, false)) < 1e-14, "{x:?}");
    }

    #[test]
    fn a_pivot_that_another_layer_holds_is_missed_and_said() {
        // [[0, 1], [1, 0]]: invertible, with no pivot in its first layer.
        let entries = [(0, 1, 1.0), (1, 0, 1.0)];
        assert!(LayeredLu::new(Layers::new(2, &entries), &entries).is_none());
    }
}
