//! The rank of a matrix whose entries are sums of products of floating-point numbers, without rounding.
//!
//! Floating-point numbers are integers times powers of two, which have inverses modulo an odd prime p: the matrix can be taken modulo p, where
//! elimination is exact. Its rank there is at most the true one, and less only where p divides all minors of that size: for one of two primes
//! near 2^62 never by chance.

/// An entry: (row, column, factors of the product that is added there).
pub(crate) type Term = (usize, usize, [f64; 3]);

const PRIMES: [u64; 2] = [(1 << 61) - 1, (1 << 63) - 25];

/// The rank of a `size` x `size` matrix.
pub(crate) fn rank(size: usize, terms: &[Term]) -> usize {
    PRIMES.map(|prime| Field { prime }.rank(size, terms)).into_iter().max().unwrap_or(0)
}

#[derive(Clone, Copy)]
struct Field {
    prime: u64,
}

impl Field {
    fn rank(self, size: usize, terms: &[Term]) -> usize {
        let mut rows = vec![vec![0_u64; size]; size];
        for &(i, j, factors) in terms {
            let product = factors.into_iter().fold(1, |product, x| self.product(product, self.of(x)));
            rows[i][j] = self.sum(rows[i][j], product);
        }
        let mut rank = 0;
        for column in 0..size {
            let Some(pivot) = (rank..size).find(|&i| rows[i][column] != 0) else { continue };
            rows.swap(rank, pivot);
            let (above, below) = rows.split_at_mut(rank + 1);
            let pivot = &above[rank];
            let inverse = self.power(pivot[column], self.prime - 2);
            for row in below.iter_mut().filter(|row| row[column] != 0) {
                let factor = self.prime - self.product(row[column], inverse);
                for (x, y) in row[column..].iter_mut().zip(&pivot[column..]) {
                    *x = self.sum(*x, self.product(factor, *y));
                }
            }
            rank += 1;
        }
        rank
    }

    fn sum(self, a: u64, b: u64) -> u64 {
        ((a as u128 + b as u128) % self.prime as u128) as u64
    }

    fn product(self, a: u64, b: u64) -> u64 {
        (a as u128 * b as u128 % self.prime as u128) as u64
    }

    fn power(self, base: u64, mut exponent: u64) -> u64 {
        let (mut square, mut result) = (base, 1);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = self.product(result, square);
            }
            square = self.product(square, square);
            exponent >>= 1;
        }
        result
    }

    /// The sum of the bits of a number.
    fn of(self, x: f64) -> u64 {
        let half = self.prime.div_ceil(2);
        let bit = |k: i32| self.power(if k < 0 { half } else { 2 }, k.unsigned_abs() as u64);
        let sum = super::fixed::powers_of_two(x).fold(0, |sum, k| self.sum(sum, bit(k)));
        if x < 0.0 && sum > 0 { self.prime - sum } else { sum }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_of_the_last_bit_and_of_any_size_count() {
        let of = |rows: [[f64; 2]; 2]| {
            let places = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let terms: Vec<Term> = places.into_iter().map(|(i, j)| (i, j, [rows[i][j], 1.0, 1.0])).collect();
            rank(2, &terms)
        };
        assert_eq!(of([[0.1, 0.3], [0.2, 0.6]]), 1);
        assert_eq!(of([[0.1, 0.3], [0.2, 0.6 + 1.2e-16]]), 2);
        assert_eq!(of([[1.0, 1e-300], [1e-300, 0.0]]), 2);
        assert_eq!(of([[0.0, 0.0], [0.0, -5e-324]]), 1);
        // Terms at one place add up: 1 - 1 leaves nothing, whatever was added in between.
        let terms =
            [[1.0, 1.0], [1e300, 1e-300], [-1.0, 1.0], [-1e300, 1e-300]].map(|[a, b]| (0, 0, [a, b, 1.0]));
        assert_eq!(rank(1, &terms), 0);
        assert_eq!(rank(1, &terms[..3]), 1);
    }
}
