//! The eigenvectors of a large block that its start carries.
//!
//! <m|H^2|m> = o_m^2 + o_{m-1}^2 is the width of the start in energy. From empty cells the weight falls like a Gaussian of that width, and what lies 12
//! widths away from the mean, 0, weighs less than 1e-32: of N = 10^4 cells and photons this leaves a fifth of the spectrum. Elsewhere the
//! interval grows until its last vectors are as light. Eigenvalues by Sturm counts and vectors by twisted factorisations cost O(T) each (see
//! `brackets`, `sweeps`), where a decomposition costs O(T^3).
//! The number of eigenvalues in (0, E) is about sum_n asin(min(1, E/2o_n))/pi, the phase space of 2 o_n cos(phi) < E.

use super::super::dense::Chain;
use super::super::sweeps::{LANES, Sweeps, padded};
use super::block::element;
use super::turns::VectorSink;

/// Widths of the start that are kept at first.
const WIDTHS: f64 = 12.2;
/// A component in the start that is no longer seen.
const LIGHT: f64 = 1e-16;
/// How much wider the interval becomes where it is not.
const WIDER: f64 = 1.4;
/// Weight that may be missing.
const MISSING: f64 = 1e-11;

/// Every carried eigenvalue w >= 0 of the matrix with off-diagonal `off`, with its vector; `None` where they cannot be told apart.
pub(super) fn carried(off: Vec<f64>, start: usize, sink: VectorSink<'_>) -> Option<()> {
    let chain = Chain { off, last: 0.0 };
    let rows = chain.rows();
    // Beyond every eigenvalue.
    let all = 2.1 * chain.off.iter().fold(f64::MIN_POSITIVE, |a, b| a.max(*b));
    let mut work = Sweeps::default();
    let mut vector = vec![0.0; rows];
    let mut weight = 0.0;
    if rows % 2 == 1 {
        chain.zero_vector(&mut vector);
        weight += vector[start] * vector[start];
        sink(0.0, &vector);
    }
    let (mut low, mut high) = (0.0, all.min(width(|n| chain.off[n], start, rows)));
    loop {
        let mut interval = chain.bracket(low, high);
        if low == 0.0 {
            interval.skip_zero(rows);
        }
        let mut values = chain.eigenvalues(vec![interval], &mut work)?;
        values.sort_by(f64::total_cmp);
        let mut last = [1.0_f64; 3];
        for group in values.chunks(LANES) {
            let twist = chain.twist::<true>(&padded(group), &mut work);
            for (lane, &w) in group.iter().enumerate() {
                chain.vector(&twist, lane, &work, &mut vector);
                weight += 2.0 * vector[start] * vector[start];
                last = [last[1], last[2], vector[start].abs()];
                sink(w, &vector);
            }
        }
        if high == all || last.iter().all(|x| *x < LIGHT) {
            break;
        }
        (low, high) = (high, all.min(WIDER * high));
    }
    ((weight - 1.0).abs() < MISSING).then_some(())
}

fn width(off: impl Fn(usize) -> f64, start: usize, rows: usize) -> f64 {
    let square = |n: usize| if n + 1 < rows { off(n).powi(2) } else { 0.0 };
    WIDTHS * (square(start) + if start == 0 { 0.0 } else { square(start - 1) }).sqrt()
}

/// About how many eigenvalues are carried.
pub(super) fn expected(top: usize, start: usize, excitations: usize) -> f64 {
    let rows = top.min(excitations) + 1;
    let off = |n: usize| element(top, excitations, n);
    let energy = width(off, start, rows);
    (0..rows - 1).map(|n| (0.5 * energy / off(n)).min(1.0).asin()).sum::<f64>() / std::f64::consts::PI
}
