//! Plain complex matrices, row by row: an independent way to do what protocols do.

use leyden::Complex64;

#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) n: usize,
    pub(crate) x: Vec<Complex64>,
}

#[allow(dead_code, reason = "not every test uses every operation")]
impl Plain {
    pub(crate) fn from_fn(n: usize, of: impl Fn(usize, usize) -> Complex64) -> Self {
        Plain { n, x: (0..n * n).map(|p| of(p / n, p % n)).collect() }
    }

    pub(crate) fn diagonal(x: &[f64]) -> Self {
        Plain::from_fn(x.len(), |i, j| if i == j { x[i].into() } else { Complex64::ZERO })
    }

    pub(crate) fn projector(psi: &[Complex64]) -> Self {
        Plain::from_fn(psi.len(), |i, j| psi[i] * psi[j].conj())
    }

    pub(crate) fn at(&self, i: usize, j: usize) -> Complex64 {
        self.x[i * self.n + j]
    }

    pub(crate) fn adjoint(&self) -> Self {
        Plain::from_fn(self.n, |i, j| self.at(j, i).conj())
    }

    pub(crate) fn times(&self, other: &Plain) -> Self {
        Plain::from_fn(self.n, |i, j| (0..self.n).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    pub(crate) fn plus(&self, other: &Plain) -> Self {
        Plain { n: self.n, x: self.x.iter().zip(&other.x).map(|(a, b)| a + b).collect() }
    }

    pub(crate) fn scaled(&self, by: impl Into<Complex64>) -> Self {
        let by = by.into();
        Plain { n: self.n, x: self.x.iter().map(|x| x * by).collect() }
    }

    pub(crate) fn kron(&self, other: &Plain) -> Self {
        let m = other.n;
        Plain::from_fn(self.n * m, |i, j| self.at(i / m, j / m) * other.at(i % m, j % m))
    }

    /// A rho A^dag.
    pub(crate) fn conjugate(&self, rho: &Plain) -> Self {
        self.times(rho).times(&self.adjoint())
    }

    pub(crate) fn trace(&self) -> f64 {
        (0..self.n).map(|i| self.at(i, i).re).sum()
    }

    /// The trace over the first factor of `first` levels.
    pub(crate) fn trace_out_first(&self, first: usize) -> Self {
        let m = self.n / first;
        Plain::from_fn(m, |i, j| (0..first).map(|c| self.at(c * m + i, c * m + j)).sum())
    }

    /// e^{-iHt}: the series of e^{-iHt/2^3}, squared three times.
    pub(crate) fn unitary(&self, time: f64) -> Self {
        let small = self.scaled(Complex64::new(0.0, -time / 2f64.powi(3)));
        let mut term = Plain::diagonal(&vec![1.0; self.n]);
        let mut sum = term.clone();
        for k in 1..30 {
            term = term.times(&small).scaled(1.0 / f64::from(k));
            sum = sum.plus(&term);
        }
        (0..3).fold(sum, |u, _| u.times(&u))
    }
}
