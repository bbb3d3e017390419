//! The symmetric state of n excitations of N equal d-level cells, on their product and on occupation numbers:
//!
//! |n> = sum over levels with sum_i a_i = n of sqrt(prod_i C(d-1, a_i)/C(N(d-1), n)) |a_1 .. a_N>,
//!
//! what the ladder of equal cells makes of all of them in their lowest level: spins (d-1)/2 at their largest total spin.

use num_complex::Complex64;

use super::Occupations;
use crate::numerics::Scaled;

/// One of them.
pub(crate) struct SymmetricFock {
    pub(crate) count: usize,
    pub(crate) levels: usize,
    pub(crate) excitations: usize,
}

impl SymmetricFock {
    /// The weight prod_k C(d-1, k)^{n_k}/C(N(d-1), n) of a product of levels with n_k cells in level k; `None` where they hold another number.
    fn weight(&self, numbers: &[usize]) -> Option<Scaled> {
        if numbers.iter().enumerate().map(|(k, n)| k * n).sum::<usize>() != self.excitations {
            return None;
        }
        let top = self.levels - 1;
        let each = numbers.iter().enumerate().map(|(k, n)| Scaled::binomial(top, k).powi(*n));
        Some(each.fold(Scaled::ONE, Scaled::times).over(Scaled::binomial(self.count * top, self.excitations)))
    }

    /// Its ket on [`Occupations`].
    pub(crate) fn of_group(&self) -> Vec<Complex64> {
        let symmetric = Occupations::new(self.count, self.levels);
        let amplitude = |state: usize| {
            let numbers = symmetric.numbers(state);
            // N!/prod n_k! products of levels are one.
            let weight = self.weight(&numbers);
            weight.map_or(0.0, |weight| Scaled::ways(&numbers).times(weight).value().sqrt()).into()
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
            self.weight(&numbers).map_or(0.0, |weight| weight.value().sqrt()).into()
        };
        (0..self.levels.pow(self.count as u32)).map(amplitude).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(psi: &[Complex64]) -> f64 {
        psi.iter().map(|x| x.norm_sqr()).sum()
    }

    #[test]
    fn many_members_have_states_of_norm_1() {
        for (count, levels) in [(50, 2), (1023, 2), (1030, 2), (4000, 2), (150, 3), (60, 4)] {
            let top = count * (levels - 1);
            for excitations in [0, 1, top / 3, top / 2, top - 1, top] {
                let psi = SymmetricFock { count, levels, excitations }.of_group();
                assert!((norm(&psi) - 1.0).abs() < 1e-12, "{count}, {levels}, {excitations}: {}", norm(&psi));
            }
            let one = 1.0 / (levels as f64).sqrt();
            for cell in [vec![one; levels], [vec![0.0; levels - 1], vec![1.0]].concat()] {
                let cell: Vec<Complex64> = cell.into_iter().map(Complex64::from).collect();
                let psi = Occupations::new(count, levels).product_of(&cell);
                assert!((norm(&psi) - 1.0).abs() < 1e-11, "{count}, {levels}: {}", norm(&psi));
            }
        }
    }
}
