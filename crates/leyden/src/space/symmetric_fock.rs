//! The symmetric state of n excitations of N equal d-level cells, on their product and on occupation numbers:
//!
//! |n> = sum over levels with sum_i a_i = n of sqrt(prod_i C(d-1, a_i)/C(N(d-1), n)) |a_1 .. a_N>,
//!
//! what the ladder of equal cells makes of all of them in their lowest level: spins (d-1)/2 at their largest total spin.

use num_complex::Complex64;

use super::Occupations;

/// One of them.
pub(crate) struct SymmetricFock {
    pub(crate) count: usize,
    pub(crate) levels: usize,
    pub(crate) excitations: usize,
}

/// C(n, k).
fn binomial(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |x: f64, i| x * (n - i) as f64 / (i + 1) as f64)
}

impl SymmetricFock {
    /// The weight prod_k C(d-1, k)^{n_k}/C(N(d-1), n) of a product of levels with n_k cells in level k; 0 where they hold another number.
    fn weight(&self, numbers: &[usize]) -> f64 {
        if numbers.iter().enumerate().map(|(k, n)| k * n).sum::<usize>() != self.excitations {
            return 0.0;
        }
        let top = self.levels - 1;
        let each = numbers.iter().enumerate().map(|(k, n)| binomial(top, k).powi(*n as i32));
        each.product::<f64>() / binomial(self.count * top, self.excitations)
    }

    /// Its ket on [`Occupations`].
    pub(crate) fn of_group(&self) -> Vec<Complex64> {
        let symmetric = Occupations::new(self.count, self.levels);
        let amplitude = |state: usize| {
            let numbers = symmetric.numbers(state);
            // N!/prod n_k! products of levels are one.
            let mut left = self.count;
            let ways: f64 = numbers
                .iter()
                .map(|n| {
                    left -= n;
                    binomial(left + n, *n)
                })
                .product();
            (ways * self.weight(&numbers)).sqrt().into()
        };
        (0..symmetric.len()).map(amplitude).collect()
    }

    /// Its ket on the product of the cells.
    pub(crate) fn of_members(&self) -> Vec<Complex64> {
        let amplitude = |mut state: usize| {
            let mut numbers = vec![0; self.levels];
            for _ in 0..self.count {
                numbers[state % self.levels] += 1;
                state /= self.levels;
            }
            self.weight(&numbers).sqrt().into()
        };
        (0..self.levels.pow(self.count as u32)).map(amplitude).collect()
    }
}
