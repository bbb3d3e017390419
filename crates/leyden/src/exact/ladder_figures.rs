//! Figures of a diagonal state on a ladder n = 0..N. Simple stand-in.

/// Figures of p_0..p_N, in quanta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderFigures {
    /// `<n>`.
    pub mean: f64,
    /// Standard deviation of n.
    pub deviation: f64,
    /// Largest population.
    pub largest: f64,
    /// Ergotropy by unitaries of the ladder.
    pub collective: f64,
    /// sum p^2.
    pub purity: f64,
    /// sum p.
    pub trace: f64,
    /// Smallest population.
    pub smallest: f64,
}

impl LadderFigures {
    /// Evaluates populations.
    pub fn of(p: &[f64]) -> Self {
        let moment = |f: &dyn Fn(f64) -> f64| p.iter().enumerate().map(|(n, p)| f(n as f64) * p).sum::<f64>();
        let mean = moment(&|n| n);
        let mut sorted = p.to_vec();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let passive: f64 = sorted.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
        LadderFigures {
            mean,
            deviation: moment(&|n| (n - mean).powi(2)).max(0.0).sqrt(),
            largest: sorted[0],
            collective: mean - passive,
            purity: p.iter().map(|p| p * p).sum(),
            trace: p.iter().sum(),
            smallest: sorted[p.len() - 1],
        }
    }
}
