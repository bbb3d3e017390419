//! Z between carried numbers: with K, M, X, Y as in `generator`,
//!   S'_ij = (K_il S_lj + K_jl S_il) - (M_il T_lj - M_jl T_il) + sum_k Re(L_il L_jm^*) S_lm + Im(L_il L_jm^*) T_lm,  sqrt(gamma_k) in L.

use num_complex::Complex64;

use super::diagonals::Diagonals;
use super::images::Images;
use super::kernel::Jump;
use super::pairs::Pairs;
use super::slabs::{Entry, Slabs};

/// Entries (column, value) of each row.
type Rows<X> = Vec<Vec<(usize, X)>>;

/// What couples kets, row by row.
pub(super) struct Couplings {
    drift: (Vec<f64>, Rows<f64>),
    twist: (Vec<f64>, Rows<f64>),
    jumps: Vec<Rows<Complex64>>,
}

impl Couplings {
    pub(super) fn new(drift: &Diagonals, twist: &Diagonals, jumps: &[Jump]) -> Self {
        let dim = drift.main.len();
        let off = |matrix: &Diagonals| {
            let mut rows = vec![Vec::new(); dim];
            let off = matrix.entries().filter(|(i, l, _)| i != l);
            off.for_each(|(i, l, x)| rows[i].push((l, x)));
            (matrix.main.clone(), rows)
        };
        let both = |Jump { x, y }: &Jump| {
            let mut rows: Rows<Complex64> = vec![Vec::new(); dim];
            x.entries().for_each(|(i, l, x)| rows[i].push((l, x.into())));
            for (i, l, y) in y.entries() {
                match rows[i].iter_mut().find(|(column, _)| *column == l) {
                    Some((_, value)) => value.im = y,
                    None => rows[i].push((l, Complex64::new(0.0, y))),
                }
            }
            rows
        };
        Couplings { drift: off(drift), twist: off(twist), jumps: jumps.iter().map(both).collect() }
    }

    /// The matrix between the carried numbers, rows that are images left out.
    pub(super) fn compile(&self, pairs: &Pairs, images: Option<&Images>) -> Slabs {
        let is_image = |p: usize| images.is_some_and(|images| images.is_image(pairs.at(p).0));
        Slabs::new(pairs.len(), |p, entries| {
            if !is_image(p) {
                self.row(pairs, p, entries);
            }
        })
    }

    /// What S_ij at the carried place `p` becomes.
    pub(super) fn row(&self, pairs: &Pairs, p: usize, entries: &mut Vec<Entry>) {
        let (i, j) = pairs.at(p);
        let (drift, twist) = (&self.drift, &self.twist);
        // What stays is summed before it meets S, as in the kernel: populations under dephasing.
        let main = |jump: &Rows<Complex64>, i: usize| {
            jump[i].iter().find(|(l, _)| *l == i).map_or(Complex64::ZERO, |(_, x)| *x)
        };
        let stays = self.jumps.iter().map(|jump| {
            let (a, b) = (main(jump, i), main(jump, j));
            a.re * b.re + a.im * b.im
        });
        let damping = drift.0[i] + drift.0[j] + stays.sum::<f64>();
        let mut push = |(k, l): (usize, usize), mirrored: bool, weight: f64| {
            if weight != 0.0
                && let Some(column) = pairs.index(k, l)
            {
                entries.push(Entry { mirrored, column, weight });
            }
        };
        push((i, j), false, damping);
        push((i, j), true, twist.0[j] - twist.0[i]);
        drift.1[i].iter().for_each(|&(l, x)| push((l, j), false, x));
        drift.1[j].iter().for_each(|&(l, x)| push((i, l), false, x));
        twist.1[i].iter().for_each(|&(l, x)| push((l, j), true, -x));
        twist.1[j].iter().for_each(|&(l, x)| push((i, l), true, x));
        for jump in &self.jumps {
            for &(l, a) in &jump[i] {
                for &(m, b) in &jump[j] {
                    let product = a * b.conj();
                    if (l, m) != (i, j) {
                        push((l, m), false, product.re);
                    }
                    push((l, m), true, product.im);
                }
            }
        }
    }
}
