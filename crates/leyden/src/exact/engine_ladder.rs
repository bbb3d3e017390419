//! Rate equations of the effective collective ladder. Simple stand-in: dense exponentials.

use faer::Mat;

use super::{EngineRun, LadderFigures};
use crate::linalg::exponential;

/// The ladder of N cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineLadder {
    cells: usize,
    rate: f64,
    ln_ratio: f64,
}

struct LadderRun {
    generator: Mat<f64>,
    time: f64,
    p: Vec<f64>,
    saved: (f64, Vec<f64>),
    stride: f64,
}

impl EngineLadder {
    /// N cells, Gamma_e and ln x.
    pub fn new(cells: usize, rate: f64, ln_ratio: f64) -> Self {
        EngineLadder { cells, rate, ln_ratio }
    }

    fn generator(&self) -> Mat<f64> {
        let (top, x) = (self.cells as f64, self.ln_ratio.exp());
        let mut z = Mat::zeros(self.cells + 1, self.cells + 1);
        for n in 0..self.cells {
            let flow = self.rate * (n as f64 + 1.0) * (top - n as f64);
            z[(n + 1, n)] += x * flow;
            z[(n, n)] -= x * flow;
            z[(n, n + 1)] += flow;
            z[(n + 1, n + 1)] -= flow;
        }
        z
    }

    /// p_n ~ x^n.
    pub fn limit_populations(&self) -> Vec<f64> {
        let top = (self.cells as f64 * self.ln_ratio).max(0.0);
        let weights: Vec<f64> = (0..=self.cells).map(|n| (n as f64 * self.ln_ratio - top).exp()).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / total).collect()
    }

    /// Figures of the limit.
    pub fn limit(&self) -> LadderFigures {
        LadderFigures::of(&self.limit_populations())
    }

    /// Slowest rate.
    pub fn slowest_rate(&self) -> f64 {
        let values = self.generator().eigenvalues().unwrap_or_default();
        let mut rates: Vec<f64> = values.iter().map(|x: &num_complex::Complex64| -x.re).collect();
        rates.sort_by(f64::total_cmp);
        rates.get(1).copied().unwrap_or(f64::NAN)
    }

    /// From all cells empty or all excited.
    pub fn start(&self, excited: bool, _tolerance: f64) -> impl EngineRun + use<> {
        let mut p = vec![0.0; self.cells + 1];
        p[if excited { self.cells } else { 0 }] = 1.0;
        let n = self.cells as f64;
        let stride = 0.05 / (self.rate * n.max(1.0) * (1.0 + self.ln_ratio.exp()));
        LadderRun { generator: self.generator(), time: 0.0, saved: (0.0, p.clone()), p, stride }
    }
}

impl EngineRun for LadderRun {
    fn time(&self) -> f64 {
        self.time
    }
    fn populations(&self) -> &[f64] {
        &self.p
    }
    fn flow(&self) -> f64 {
        let n = self.p.len();
        let rate = |i: usize| (0..n).map(|j| self.generator[(i, j)] * self.p[j]).sum::<f64>();
        (0..n).map(|i| i as f64 * rate(i)).sum()
    }
    fn engines(&self) -> Option<[f64; 3]> {
        None
    }
    fn advance_to(&mut self, time: f64) -> Result<(), String> {
        if time > self.time {
            let step = exponential((&self.generator * faer::Scale(time - self.time)).as_ref());
            let n = self.p.len();
            self.p = (0..n).map(|i| (0..n).map(|j| step[(i, j)] * self.p[j]).sum()).collect();
            self.time = time;
        }
        Ok(())
    }
    fn stride(&self) -> f64 {
        self.stride
    }
    fn save(&mut self) {
        self.saved = (self.time, self.p.clone());
    }
    fn restore(&mut self) {
        (self.time, self.p) = self.saved.clone();
    }
}
