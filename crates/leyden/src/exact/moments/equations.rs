//! The moments that close around the fluctuation, as one real linear system.
//!
//! With w_(p,r) = a^p b^r/sqrt(p! r!), p + r <= 2, they are the Hermitian 6 x 6 matrix `X_ij = <w_i^dag w_j>`; for
//! i = (p,r), j = (q,s)
//!   X' = G* X + X G^T - d o X + (thermal),   d_ij = (gamma_a (p-q)^2 + gamma_b (r-s)^2)/2,
//!   w' = G w: G_jj = -i(Delta_a q + Delta_b s) - (k_a q + k_b s)/2, -i g sqrt(q(s+1)) to (q-1,s+1) and back,
//!     sqrt(q) eta_a to (q-1,s), sqrt(s) eta_b to (q,s-1),
//!   thermal: k_a nbar_a sqrt(pq) X_(p-1,r),(q-1,s) and the same for b.
//! Other moments of order 4, as `<a^dag^3 a>`, are not needed: the coupling keeps p + r and q + s, drive and baths lower
//! them.
//!
//! The 36 variables are Re X_ij, Im X_ij for i < j and combinations of the diagonal of each p + r: its sum, which coupling
//! and dephasing conserve, with differences where quanta hop faster than they are lost, else with the powers of b. Slow
//! variables are then variables of their own, in whose rows large entries do not cancel.

use faer::Mat;
use num_complex::Complex64;

use super::pair::{Frame, OscillatorPair};
use crate::numerics::dot;

/// (p, r) of a^p b^r.
const MONOMIALS: [(usize, usize); 6] = [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2)];
/// Number of variables.
pub(super) const SIZE: usize = 36;

/// <a^dag^p a^q> of one mode for p, q <= 2.
pub(crate) type ModeMoments = [[Complex64; 3]; 3];

type Matrix = [[Complex64; 6]; 6];

/// Entries (i, j, factor) of a matrix.
type Entries = Vec<(usize, usize, Complex64)>;

/// One variable y_m: X = sum_m y_m build_m, y_m = Re sum_ij read*_ij X_ij.
struct Variable {
    build: Entries,
    read: Entries,
}

fn factorial(n: usize) -> f64 {
    [1.0, 1.0, 2.0][n]
}

fn index(p: usize, r: usize) -> usize {
    MONOMIALS.iter().position(|&m| m == (p, r)).expect("orders up to 2")
}

fn variables(even: bool) -> Vec<Variable> {
    let diagonal = |read: &[(usize, f64)], build: &[(usize, f64)]| {
        let entries = |x: &[(usize, f64)]| x.iter().map(|&(k, x)| (k, k, x.into())).collect();
        Variable { build: entries(build), read: entries(read) }
    };
    let (third, sixth) = (1.0 / 3.0, 1.0 / 6.0);
    let (sum_1, sum_2) = ([(1, 1.0), (2, 1.0)], [(3, 1.0), (4, 1.0), (5, 1.0)]);
    let mut variables = vec![diagonal(&[(0, 1.0)], &[(0, 1.0)])];
    if even {
        variables.extend([
            diagonal(&sum_1, &[(1, 0.5), (2, 0.5)]),
            diagonal(&[(1, 1.0), (2, -1.0)], &[(1, 0.5), (2, -0.5)]),
            diagonal(&sum_2, &[(3, third), (4, third), (5, third)]),
            diagonal(&[(3, 1.0), (5, -1.0)], &[(3, 0.5), (5, -0.5)]),
            diagonal(&[(3, 1.0), (4, -2.0), (5, 1.0)], &[(3, sixth), (4, -2.0 * sixth), (5, sixth)]),
        ]);
    } else {
        variables.extend([
            diagonal(&sum_1, &[(1, 1.0)]),
            diagonal(&[(2, 1.0)], &[(2, 1.0), (1, -1.0)]),
            diagonal(&sum_2, &[(3, 1.0)]),
            diagonal(&[(4, 1.0)], &[(4, 1.0), (3, -1.0)]),
            diagonal(&[(5, 1.0)], &[(5, 1.0), (3, -1.0)]),
        ]);
    }
    for j in 0..6 {
        for i in 0..j {
            for unit in [Complex64::ONE, Complex64::I] {
                let build = vec![(i, j, unit), (j, i, unit.conj())];
                let read = vec![(i, j, unit)];
                variables.push(Variable { build, read });
            }
        }
    }
    variables
}

fn coordinates(variables: &[Variable], x: &Matrix) -> Vec<f64> {
    let of = |v: &Variable| v.read.iter().map(|&(i, j, unit)| (unit.conj() * x[i][j]).re).sum();
    variables.iter().map(of).collect()
}

/// X(0) of a product state.
pub(super) fn start(frame: &Frame, charger: &ModeMoments, battery: &ModeMoments) -> Vec<f64> {
    let mut x = [[Complex64::ZERO; 6]; 6];
    for (i, &(p, r)) in MONOMIALS.iter().enumerate() {
        for (j, &(q, s)) in MONOMIALS.iter().enumerate() {
            let norm = (factorial(p) * factorial(r) * factorial(q) * factorial(s)).sqrt();
            x[i][j] = charger[p][q] * battery[r][s] / norm;
        }
    }
    coordinates(&variables(frame.even), &x)
}

/// The matrix A of y' = A y.
pub(super) fn generator(pair: &OscillatorPair, frame: &Frame) -> Mat<f64> {
    let (da, db, coupling) = (pair.charger_detuning, pair.battery_detuning, pair.coupling);
    let (on_a, on_b) = (pair.charger, pair.battery);
    let mut g = [[Complex64::ZERO; 6]; 6];
    for (j, &(q, s)) in MONOMIALS.iter().enumerate() {
        let (qf, sf) = (q as f64, s as f64);
        g[j][j] = Complex64::new(-0.5 * (on_a.relaxation * qf + on_b.relaxation * sf), -(da * qf + db * sf));
        if q > 0 {
            g[j][index(q - 1, s + 1)] = Complex64::new(0.0, -coupling * (qf * (sf + 1.0)).sqrt());
            g[j][index(q - 1, s)] += qf.sqrt() * frame.force[0];
        }
        if s > 0 {
            g[j][index(q + 1, s - 1)] = Complex64::new(0.0, -coupling * (sf * (qf + 1.0)).sqrt());
            g[j][index(q, s - 1)] += sf.sqrt() * frame.force[1];
        }
    }
    let heating = [on_a.heating(), on_b.heating()];
    let apply = |x: &Matrix| -> Matrix {
        let mut out = [[Complex64::ZERO; 6]; 6];
        for (i, &(p, r)) in MONOMIALS.iter().enumerate() {
            for (j, &(q, s)) in MONOMIALS.iter().enumerate() {
                let (pq, rs) = (p as f64 - q as f64, r as f64 - s as f64);
                let mut sum = -0.5 * (on_a.dephasing * pq * pq + on_b.dephasing * rs * rs) * x[i][j];
                for k in 0..6 {
                    sum += g[i][k].conj() * x[k][j] + x[i][k] * g[j][k];
                }
                if p * q > 0 {
                    sum += heating[0] * ((p * q) as f64).sqrt() * x[index(p - 1, r)][index(q - 1, s)];
                }
                if r * s > 0 {
                    sum += heating[1] * ((r * s) as f64).sqrt() * x[index(p, r - 1)][index(q, s - 1)];
                }
                out[i][j] = sum;
            }
        }
        out
    };
    let variables = variables(frame.even);
    let mut a = Mat::zeros(SIZE, SIZE);
    for (n, variable) in variables.iter().enumerate() {
        let mut x = [[Complex64::ZERO; 6]; 6];
        for &(i, j, b) in &variable.build {
            x[i][j] = b;
        }
        for (m, entry) in coordinates(&variables, &apply(&x)).into_iter().enumerate() {
            a[(m, n)] = entry;
        }
    }
    a
}

/// What is read from the variables.
#[derive(Clone, Debug)]
pub(super) struct Readout {
    shift: f64,
    /// <n_b> as a row.
    pub(super) number: Vec<f64>,
    /// `<n'>`, n' = b'^dag b', `<b'^dag^2 b'^2>`, `Re <b'>`, `Re <b'^dag b'^2>`, `Re <b'^2>`.
    rows: [Vec<f64>; 5],
}

impl Readout {
    pub(super) fn new(frame: &Frame) -> Self {
        let (shift, variables) = (frame.shift, variables(frame.even));
        let row = |i: usize, j: usize, factor: f64| -> Vec<f64> {
            let read = |variable: &Variable| {
                let entry = variable.build.iter().find(|&&(k, l, _)| (k, l) == (i, j));
                entry.map_or(0.0, |&(_, _, b)| factor * b.re)
            };
            variables.iter().map(read).collect()
        };
        let (b, bb) = (index(0, 1), index(0, 2));
        let two = 2.0_f64.sqrt();
        let rows = [row(b, b, 1.0), row(bb, bb, 2.0), row(0, b, 1.0), row(b, bb, two), row(0, bb, two)];
        // n_b = n' - shift (b' + b'^dag) + shift^2
        let mut number: Vec<f64> = rows[0].iter().zip(&rows[2]).map(|(n, b)| n - 2.0 * shift * b).collect();
        number[0] += shift * shift;
        Readout { shift, number, rows }
    }

    /// <n_b>.
    pub(super) fn number(&self, y: &[f64]) -> f64 {
        dot(&self.number, y)
    }

    /// sqrt(<n_b^2> - <n_b>^2) = sqrt(Var(n' - shift (b' + b'^dag))).
    pub(super) fn fluctuation(&self, y: &[f64]) -> f64 {
        let [n, nn, b, nb, bb] = [0, 1, 2, 3, 4].map(|k| dot(&self.rows[k], y));
        let mean = n - 2.0 * self.shift * b;
        let mixed = 4.0 * nb + 2.0 * b;
        let square = nn + n - self.shift * mixed + self.shift * self.shift * (2.0 * (bb + n) + 1.0);
        (square - mean * mean).max(0.0).sqrt()
    }
}
