//! e^{tZ} as a series of Faber polynomials of an ellipse around the spectrum of Z.
//!
//! The ellipse has its centre at -A and half axes A (real) and B <= A (imaginary), so that it ends at 0. With r = (A-B)/(A+B),
//!
//!   e^{tZ} = sum_j gamma_j(t) psi_j,   psi_0 = 1,   psi_1 = (Z + A)/(A+B),   psi_{j+1} = 2 (Z + A) psi_j/(A+B) - r psi_{j-1},
//!   gamma_j = 2 G_j (j > 0), gamma_0 = G_0,   G_j = e^{-tA} I_j(tc) (A+B)^j/c^j,   c^2 = A^2 - B^2.
//!
//! G_j >= 0 is the Skellam distribution of mean tB and variance tA: about tB + 8 sqrt(tA) terms reach rounding, all of
//! size one, and one series serves all times up to t. Where the numerical range of Z is inside, ||psi_j|| <= 2; elsewhere the series still
//! converges, only later.
//! Source: @faber1903; @beckermann2009, section 3.

use super::generator::Step;

/// An ellipse that ends at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ellipse {
    real: f64,
    imaginary: f64,
}

impl Ellipse {
    /// Half axes A and B; A is raised to B.
    pub(super) fn new(real: f64, imaginary: f64) -> Self {
        let imaginary = imaginary.max(1e-12);
        Ellipse { real: real.max(imaginary), imaginary }
    }

    /// Higher by `factor`.
    pub(super) fn raised(self, factor: f64) -> Self {
        Ellipse::new(self.real, factor * self.imaginary)
    }

    /// 1/(A+B).
    fn scale(self) -> f64 {
        1.0 / (self.real + self.imaginary)
    }

    /// r.
    fn back(self) -> f64 {
        (self.real - self.imaginary) * self.scale()
    }

    /// From psi_{j-1} and psi_j to psi_{j+1}, adding `weight` psi_j to a sum.
    pub(super) fn step(self, j: usize, weight: f64) -> Step {
        let (twice, back) = if j == 0 { (1.0, 0.0) } else { (2.0, self.back()) };
        Step { scale: twice * self.scale(), center: self.real, back, weight }
    }

    /// A time for which about `terms` terms are needed.
    pub(super) fn span(self, terms: f64) -> f64 {
        // tB + 8 sqrt(tA) = terms.
        let spread = 8.0 * self.real.sqrt();
        (2.0 * terms / (spread + (spread * spread + 4.0 * self.imaginary * terms).sqrt())).powi(2)
    }

    /// Terms that a time needs, about.
    pub(super) fn terms(self, time: f64) -> f64 {
        time * self.imaginary + 8.0 * (time * self.real).sqrt()
    }

    /// More terms than are ever needed up to `time`.
    pub(super) fn most(self, time: f64) -> usize {
        (time * self.imaginary + 10.0 * (time * self.real).sqrt()) as usize + 40
    }

    /// gamma_j(time), j < gamma.len(), by the recurrence from above; the sum G_0 + sum (1 + r^j) G_j = 1 normalises.
    pub(super) fn weights(self, time: f64, gamma: &mut [f64]) {
        const LARGE: f64 = 1e200;
        gamma.fill(0.0);
        if !(time > 0.0) || gamma.len() < 2 {
            if let Some(first) = gamma.first_mut() {
                *first = 1.0;
            }
            return;
        }
        let (r, inverse) = (self.back(), 2.0 * self.scale() / time);
        let kept = gamma.len();
        // total and mirrored: sum of G_i and of r^{i-j} G_i, i >= j.
        let (mut above, mut here, mut total, mut mirrored) = (0.0, 1e-250, 0.0, 0.0);
        // Later terms weigh nothing.
        for j in (0..self.most(time)).rev() {
            if here > LARGE {
                above /= LARGE;
                here /= LARGE;
                total /= LARGE;
                mirrored /= LARGE;
                gamma[(j + 1).min(kept)..].iter_mut().for_each(|x| *x /= LARGE);
            }
            if j < kept {
                gamma[j] = here;
            }
            total += here;
            mirrored = here + r * mirrored;
            (above, here) = (here, r * above + inverse * j as f64 * here);
        }
        total += mirrored - gamma[0];
        gamma[0] /= total;
        gamma[1..].iter_mut().for_each(|x| *x *= 2.0 / total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_complex::Complex64;

    /// e^{tz} inside the ellipse and on its rim.
    #[test]
    fn the_series_is_the_exponential() {
        for (real, imaginary) in [(3.0, 0.4), (1.0, 1.0), (0.5, 2.0), (30.0, 18.0), (2.0, 0.0)] {
            let ellipse = Ellipse::new(real, imaginary);
            for time in [1e-9, 1e-3, 0.2, 1.0, 7.0] {
                let mut gamma = vec![0.0; ellipse.most(time)];
                ellipse.weights(time, &mut gamma);
                for angle in 0..40 {
                    let rim = 0.17 * f64::from(angle);
                    let (a, b) = (ellipse.real, ellipse.imaginary);
                    let shifted = Complex64::new(a * rim.cos(), b * rim.sin()) * (f64::from(angle) / 39.0);
                    let (mut before, mut psi) = (Complex64::ZERO, Complex64::ONE);
                    let mut sum = Complex64::ZERO;
                    for (j, gamma) in gamma.iter().enumerate() {
                        sum += gamma * psi;
                        let twice = if j == 0 { 1.0 } else { 2.0 };
                        (before, psi) =
                            (psi, twice * ellipse.scale() * shifted * psi - ellipse.back() * before);
                    }
                    let expected = (time * (shifted - a)).exp();
                    assert!((sum - expected).norm() < 1e-13, "{real} {imaginary} {time}: {sum} {expected}");
                }
            }
        }
    }

    #[test]
    fn weights_of_an_earlier_time_need_no_more_terms() {
        let ellipse = Ellipse::new(20.0, 6.0);
        let terms = ellipse.most(4.0);
        let (mut late, mut early) = (vec![0.0; terms], vec![0.0; terms]);
        ellipse.weights(4.0, &mut late);
        ellipse.weights(1.0, &mut early);
        let last = |x: &[f64]| x.iter().rposition(|x| *x > 1e-14).unwrap();
        assert!(last(&early) < last(&late) && last(&late) < terms - 20);
        let span = ellipse.span(last(&late) as f64);
        assert!((span - 4.0).abs() < 0.6, "{span}");
    }
}
