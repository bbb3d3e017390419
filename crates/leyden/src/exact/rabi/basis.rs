//! Singular value decomposition A v_i = d_i u_i of A = F + sum_i g_i B_i, without mixing close pairs.
//!
//! | battery | route |
//! | --- | --- |
//! | equal cells, one ladder | flipped ladder: tridiagonal, small differences of d in closed form |
//! | unequal cells | flip of every cell: PA is real symmetric in the full space, dense |
//! | uniform ladder | flip of the ladder: PA is real symmetric (Hankel), dense |
//! | oscillator | A = g D^dag b D with D = displacement by F/g: d_n = g sqrt(n) on displaced Fock states |
//! | F = 0 | Fock states: d_n = g a_n; g = 0: every d is |F| |

use faer::{Mat, Side};

use super::FlippedLadder;
use crate::operator::Operator;

/// Rabi frequencies d_i >= 0 with the vectors u_i (charger excited) and v_i (charger in its ground state).
#[derive(Clone, Debug)]
pub struct RabiBasis {
    /// Rabi frequencies.
    pub d: Vec<f64>,
    /// Vectors u_i as columns; zero where no excited partner exists.
    pub u: Mat<f64>,
    /// Vectors v_i as columns.
    pub v: Mat<f64>,
    /// Signs of PA where u = sgn P v holds exactly.
    pub signs: Option<Vec<f64>>,
    /// Differences of d below this are not known to be different from zero; 0 where all are known.
    pub resolution: f64,
    /// All d are known to differ (or to be equal exactly where they are equal).
    pub exact_degeneracies: bool,
    /// No d is 0: A is F plus a nilpotent matrix, F != 0.
    pub invertible: bool,
    /// (i, j, ln |d_i - d_j|) of close pairs.
    pub close_pairs: Vec<(usize, usize, f64)>,
    /// (i, ln d_i) of the smallest d, which may underflow.
    pub ln_smallest: Option<(usize, f64)>,
}

/// Relative resolution of eigenvalues in double precision.
const DOUBLE: f64 = 1e-13;

impl RabiBasis {
    /// Equal cells on one ladder of `levels` levels; `None` when F or g is not finite.
    pub fn ladder(levels: usize, amplitude: f64, coupling: f64) -> Option<Self> {
        if amplitude == 0.0 || coupling == 0.0 {
            let raising = |n: usize| ((n * (levels - n)) as f64).sqrt();
            return Some(Self::diagonal(levels, amplitude, coupling, raising, true));
        }
        let FlippedLadder { lambda, v, close_pairs, smallest, ln_smallest } =
            FlippedLadder::new(levels, amplitude, coupling)?;
        let ln_smallest = Some((smallest, ln_smallest));
        Some(RabiBasis { invertible: true, close_pairs, ln_smallest, ..Self::flipped(&lambda, v) })
    }

    /// One uniform ladder: all elements of B are 1.
    pub fn uniform(levels: usize, amplitude: f64, coupling: f64) -> Option<Self> {
        if amplitude == 0.0 || coupling == 0.0 {
            let raising = |n: usize| if n == 0 { 0.0 } else { 1.0 };
            return Some(Self::diagonal(levels, amplitude, coupling, raising, true));
        }
        Self::product(amplitude, &(coupling * Operator::uniform_lowering(levels)))
    }

    /// Cells with their own couplings: `lowering` = sum_i g_i B_i on the product of the cells.
    pub fn product(amplitude: f64, lowering: &Operator) -> Option<Self> {
        let n = lowering.dim();
        if amplitude == 0.0 && lowering.entries().next().is_none() {
            return Some(Self::diagonal(n, 0.0, 0.0, |_| 0.0, true));
        }
        let mut flipped_a = Mat::<f64>::zeros(n, n);
        for i in 0..n {
            flipped_a[(n - 1 - i, i)] += amplitude;
        }
        for (i, j, x) in lowering.entries() {
            flipped_a[(n - 1 - i, j)] += x.re;
        }
        let eigen = flipped_a.self_adjoint_eigen(Side::Lower).ok()?;
        let lambda: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        let basis = Self::flipped(&lambda, eigen.U().to_owned());
        Some(RabiBasis {
            resolution: DOUBLE * basis.d.iter().copied().fold(0.0, f64::max),
            exact_degeneracies: false,
            invertible: amplitude != 0.0,
            ..basis
        })
    }

    /// An oscillator cut to `levels` Fock states; right where displaced Fock states stay far below the cut.
    pub fn oscillator(levels: usize, amplitude: f64, coupling: f64) -> Option<Self> {
        if amplitude == 0.0 || coupling == 0.0 {
            return Some(Self::diagonal(levels, amplitude, coupling, |n| (n as f64).sqrt(), false));
        }
        // A^dag A = F^2 + g^2 n + F g (b + b^dag): its eigenvectors are the displaced Fock states in order.
        let mut square = Mat::<f64>::zeros(levels, levels);
        for n in 0..levels {
            square[(n, n)] = amplitude * amplitude + coupling * coupling * n as f64;
            if n > 0 {
                square[(n, n - 1)] = amplitude * coupling * (n as f64).sqrt();
            }
        }
        let eigen = square.self_adjoint_eigen(Side::Lower).ok()?;
        let v = eigen.U().to_owned();
        let d: Vec<f64> = (0..levels).map(|n| coupling.abs() * (n as f64).sqrt()).collect();
        let mut u = Mat::<f64>::zeros(levels, levels);
        for i in 1..levels {
            for n in 0..levels {
                let above =
                    if n + 1 < levels { coupling * ((n + 1) as f64).sqrt() * v[(n + 1, i)] } else { 0.0 };
                u[(n, i)] = (amplitude * v[(n, i)] + above) / d[i];
            }
        }
        Some(RabiBasis { resolution: 1e-15 * d[levels - 1], ..Self::exact(d, u, v) })
    }

    /// The blocks with these indices, in increasing order.
    pub(super) fn restricted(&self, kept: &[usize]) -> Self {
        let position = |i: usize| kept.binary_search(&i).ok();
        let pick = |m: &Mat<f64>| Mat::from_fn(m.nrows(), kept.len(), |i, j| m[(i, kept[j])]);
        let pairs = self.close_pairs.iter();
        RabiBasis {
            d: kept.iter().map(|&i| self.d[i]).collect(),
            u: pick(&self.u),
            v: pick(&self.v),
            signs: self.signs.as_ref().map(|signs| kept.iter().map(|&i| signs[i]).collect()),
            close_pairs: pairs.filter_map(|&(i, j, ln)| Some((position(i)?, position(j)?, ln))).collect(),
            ln_smallest: self.ln_smallest.and_then(|(i, ln)| Some((position(i)?, ln))),
            ..*self
        }
    }

    /// F = 0 or g = 0: the Fock states themselves.
    fn diagonal(
        levels: usize,
        amplitude: f64,
        coupling: f64,
        raising: impl Fn(usize) -> f64,
        finite: bool,
    ) -> Self {
        let v = Mat::<f64>::identity(levels, levels);
        if coupling == 0.0 {
            let sign = if amplitude < 0.0 { -1.0 } else { 1.0 };
            let d = vec![amplitude.abs(); levels];
            let u = &v * faer::Scale(sign);
            return Self::exact(d, u, v);
        }
        // g B|n> = g a_n |n-1>; the top level of a finite ladder has no ground partner but the empty one.
        let mut u = Mat::<f64>::zeros(levels, levels);
        let sign = if coupling < 0.0 { -1.0 } else { 1.0 };
        for n in 1..levels {
            u[(n - 1, n)] = sign;
        }
        if finite {
            u[(levels - 1, 0)] = 1.0;
        }
        let d = (0..levels).map(|n| coupling.abs() * raising(n)).collect();
        Self::exact(d, u, v)
    }

    /// From eigenvalues and eigenvectors of PA: u_i = s_i P v_i, s_i their signs.
    fn flipped(lambda: &[f64], v: Mat<f64>) -> Self {
        let signs: Vec<f64> = lambda.iter().map(|&x| if x < 0.0 { -1.0 } else { 1.0 }).collect();
        let n = v.nrows();
        let u = Mat::from_fn(n, v.ncols(), |row, column| signs[column] * v[(n - 1 - row, column)]);
        let d = lambda.iter().map(|x| x.abs()).collect();
        RabiBasis { signs: Some(signs), ..Self::exact(d, u, v) }
    }

    /// All d are known, and nothing else is.
    fn exact(d: Vec<f64>, u: Mat<f64>, v: Mat<f64>) -> Self {
        RabiBasis {
            d,
            u,
            v,
            signs: None,
            resolution: 0.0,
            exact_degeneracies: true,
            invertible: false,
            close_pairs: Vec::new(),
            ln_smallest: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A v_i = d_i u_i with u_i and v_i orthonormal, for the vectors up to `kept`.
    fn decomposes(a: &Mat<f64>, basis: &RabiBasis, kept: usize, what: &str) {
        for i in 0..kept {
            let image = a * basis.v.col(i);
            for n in 0..a.nrows() {
                assert!((image[n] - basis.d[i] * basis.u[(n, i)]).abs() < 1e-12, "{what}: {i} {n}");
            }
            for j in 0..kept {
                let (u, v) = (
                    basis.u.col(i).transpose() * basis.u.col(j),
                    basis.v.col(i).transpose() * basis.v.col(j),
                );
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((v - expected).abs() < 1e-12, "{what}: {i} {j}");
                // No excited partner exists where d = 0.
                let partner = basis.d[i] > 0.0 && basis.d[j] > 0.0;
                assert!(!partner || (u - expected).abs() < 1e-12, "{what}: {i} {j}");
            }
        }
    }

    #[test]
    fn every_sign_of_drive_and_coupling_is_decomposed() {
        let parts = [-0.8, 0.0, 0.5];
        for (f, g) in parts.iter().flat_map(|f| parts.iter().map(move |g| (*f, *g))) {
            let what = format!("F = {f}, g = {g}");
            let matrix = |lowering: &Operator| {
                Mat::from_fn(lowering.dim(), lowering.dim(), |i, j| {
                    g * lowering.get(i, j).re + if i == j { f } else { 0.0 }
                })
            };
            let spin = Operator::spin_lowering(4);
            decomposes(&matrix(&spin), &RabiBasis::ladder(4, f, g).unwrap(), 4, &what);
            let pair = &Operator::spin_lowering(2).on_site(0, 2) + &Operator::spin_lowering(2).on_site(1, 2);
            let scaled = pair.scaled(g.into());
            decomposes(&matrix(&pair), &RabiBasis::product(f, &scaled).unwrap(), 4, &what);
            // Displaced by F/g up to 1.6: far from the cut.
            decomposes(
                &matrix(&Operator::annihilation(60)),
                &RabiBasis::oscillator(60, f, g).unwrap(),
                8,
                &what,
            );
        }
    }
}
