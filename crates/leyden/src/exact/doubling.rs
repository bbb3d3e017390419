//! e^{At} y for a small dense matrix whose rates span many decades, at any time.
//!
//! With E(h) = e^{Ah} - 1 the ladder E(2h) = 2 E(h) + E(h)^2 starts from a Taylor series at ||A|| h <= 1/2, and
//! y(t + h) = y + E(h) y. Squaring e^{Ah} itself loses slow rates: beside 1 they survive with an error 2^-53/h_0, h_0 the first
//! step. E(h) keeps its small entries to their own digits, and rows of A that are 0 (conserved quantities) stay 0 exactly.
//! Write A in variables whose slow rows hold no large entries that cancel.

use faer::Mat;

use crate::exact::dense::multiply;

/// The ladder and the time that its vector has reached.
#[derive(Clone, Debug)]
pub(crate) struct Doubling {
    a: Mat<f64>,
    step: f64,
    rungs: Vec<Mat<f64>>,
    now: Vec<f64>,
    time: f64,
    scratch: Vec<f64>,
}

/// Terms of the Taylor series at ||A|| h <= 1/2: the next is below 1e-18.
const TERMS: usize = 15;

impl Doubling {
    /// Starts from y(0) = `start`; `spacing` is the step most often asked for.
    pub(crate) fn new(a: Mat<f64>, start: Vec<f64>, spacing: Option<f64>) -> Self {
        let n = a.nrows();
        let norm = (0..n).map(|j| a.col(j).iter().map(|x| x.abs()).sum::<f64>()).fold(0.0, f64::max);
        let longest = 0.5 / norm;
        // The ladder divides the spacing: one product for each time of a uniform grid.
        let step = match spacing {
            Some(dt) if longest.is_finite() => dt * 0.5_f64.powi((dt / longest).log2().ceil() as i32),
            _ => longest,
        };
        Doubling { a, step, rungs: Vec::new(), now: start, time: 0.0, scratch: vec![0.0; n] }
    }

    /// y at `time`, not before the last one.
    pub(crate) fn advance(&mut self, time: f64) -> &[f64] {
        loop {
            let left = time - self.time;
            // Three quarters: a step may fall short of the spacing by rounding.
            if left < 0.75 * self.step {
                self.taylor(left);
                self.time = time;
                return &self.now;
            }
            // A rung may reach past `time` by rounding; the Taylor step then goes back.
            let rung = ((left + 0.25 * self.step) / self.step).log2().floor() as usize;
            let length = self.step * 2.0_f64.powi(rung as i32);
            self.climb(rung);
            multiply(self.rungs[rung].as_ref(), &self.now, &mut self.scratch);
            self.now.iter_mut().zip(&self.scratch).for_each(|(y, change)| *y += change);
            self.time += length;
        }
    }

    fn climb(&mut self, rung: usize) {
        if self.rungs.is_empty() {
            let n = self.a.nrows();
            let a = &self.a * faer::Scale(self.step);
            // A h (1 + A h/2 (1 + A h/3 (...)))
            let mut inner = Mat::<f64>::identity(n, n);
            for k in (2..=TERMS).rev() {
                inner = Mat::<f64>::identity(n, n) + (&a * &inner) * faer::Scale(1.0 / k as f64);
            }
            self.rungs.push(&a * &inner);
        }
        while self.rungs.len() <= rung {
            let e = &self.rungs[self.rungs.len() - 1];
            self.rungs.push(e * faer::Scale(2.0) + e * e);
        }
    }

    fn taylor(&mut self, h: f64) {
        if h == 0.0 {
            return;
        }
        let mut term = self.now.clone();
        for k in 1..=TERMS {
            multiply(self.a.as_ref(), &term, &mut self.scratch);
            let mut grown = false;
            for ((x, change), y) in term.iter_mut().zip(&self.scratch).zip(self.now.iter_mut()) {
                *x = h / k as f64 * change;
                let next = *y + *x;
                grown |= next != *y;
                *y = next;
            }
            if !grown {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_rates_beside_fast_ones_at_any_time() {
        // x' = -g y, y' = g x - gamma y: rates g^2/(gamma/2 +- k), eleven decades apart.
        let (g, gamma) = (1.0, 1e6_f64);
        let a = faer::mat![[0.0, -g], [g, -gamma]];
        let k = (0.25 * gamma * gamma - g * g).sqrt();
        let (fast, slow) = (0.5 * gamma + k, g * g / (0.5 * gamma + k));
        let exact = |t: f64| (fast * (-slow * t).exp() - slow * (-fast * t).exp()) / (2.0 * k);
        let uniform: Vec<f64> = (0..=1000).map(|n| 3e3 * n as f64).collect();
        let logarithmic: Vec<f64> = (0..=140).map(|n| 10f64.powf(-6.0 + 0.1 * n as f64)).collect();
        for (times, spacing) in [(uniform, Some(3e3)), (logarithmic, None)] {
            let mut flow = Doubling::new(a.clone(), vec![1.0, 0.0], spacing);
            for &t in &times {
                let x = flow.advance(t)[0];
                assert!((x - exact(t)).abs() < 2e-13, "t = {t}: {x} {}", exact(t));
            }
        }
    }

    #[test]
    fn nothing_moves_where_nothing_acts() {
        let mut flow = Doubling::new(Mat::zeros(2, 2), vec![1.0, 2.0], None);
        assert_eq!(flow.advance(1e9), [1.0, 2.0]);
    }
}
