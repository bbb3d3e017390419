//! Figures of merit of a diagonal state on the ladder n = 0..N.
//!
//! With c the level next to <n> and d = sum_n p_n (n - c),
//!   <n> = sum_n n p_n,   sigma^2 = sum_n p_n (n - c)^2 - d^2,
//!   collective ergotropy = <n> - sum_k k r_k,   r_k = the populations in descending order,
//! in quanta. Sums are compensated, so that sigma = 1 at <n> = 10^6 keeps its digits.
//! Sources: Allahverdyan et al., EPL 67, 565 (2004) for ergotropy; Neumaier, Z. Angew. Math. Mech. 54, 39 (1974) for the sums.

/// Figures of merit of populations p_0..p_N, in quanta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderFigures {
    /// <n>.
    pub mean: f64,
    /// Standard deviation of n.
    pub deviation: f64,
    /// Largest population r_1.
    pub largest: f64,
    /// Ergotropy by unitaries of the ladder alone.
    pub collective: f64,
    /// sum_n p_n^2.
    pub purity: f64,
    /// sum_n p_n.
    pub trace: f64,
    /// Smallest population; slightly negative where rounding made it so.
    pub smallest: f64,
}

impl LadderFigures {
    /// Figures of merit of populations p_0..p_N, as they are: nothing is renormalised.
    pub fn of(p: &[f64]) -> Self {
        OfLadder::default().figures(p)
    }
}

/// Memory for the figures of merit of many states.
#[derive(Clone, Debug, Default)]
pub struct OfLadder {
    sorted: Vec<f64>,
}

impl OfLadder {
    /// [`LadderFigures::of`] without a new list for the order of the populations.
    pub fn figures(&mut self, p: &[f64]) -> LadderFigures {
        let (mean, deviation) = moments(p);
        let (mut trace, mut purity) = (Sum::default(), Sum::default());
        let (mut largest, mut smallest) = (f64::NEG_INFINITY, f64::INFINITY);
        for &x in p {
            trace.add(x);
            purity.add(x * x);
            largest = largest.max(x);
            smallest = smallest.min(x);
        }
        self.sorted.clear();
        self.sorted.extend_from_slice(p);
        // A stable sort merges the few monotone runs of a peaked state in one pass.
        self.sorted.sort_by(|a, b| b.total_cmp(a));
        let mut passive = Sum::default();
        for (k, &x) in self.sorted.iter().enumerate() {
            passive.add(k as f64 * x);
        }
        LadderFigures {
            mean,
            deviation,
            largest,
            collective: mean - passive.value(),
            purity: purity.value(),
            trace: trace.value(),
            smallest,
        }
    }
}

/// <n> and the standard deviation of n.
pub(super) fn moments(p: &[f64]) -> (f64, f64) {
    let mut mean = Sum::default();
    for (n, &x) in p.iter().enumerate() {
        mean.add(n as f64 * x);
    }
    let mean = mean.value();
    let centre = mean.round();
    let (mut first, mut second) = (Sum::default(), Sum::default());
    for (n, &x) in p.iter().enumerate() {
        let distance = n as f64 - centre;
        first.add(distance * x);
        second.add(distance * distance * x);
    }
    let first = first.value();
    (mean, (second.value() - first * first).max(0.0).sqrt())
}

/// A compensated sum.
#[derive(Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    rest: f64,
}

impl Sum {
    pub(super) fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        // The error of the addition, whichever term is larger.
        let part = sum - self.sum;
        self.rest += (self.sum - (sum - part)) + (x - part);
        self.sum = sum;
    }

    pub(super) fn value(self) -> f64 {
        self.sum + self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_state_at_a_high_level_keeps_its_digits() {
        // sigma = 1 exactly: 1/8 at c-2 and c+2, 3/4 at c.
        let mut p = vec![0.0; 1_000_001];
        (p[999_996], p[999_998], p[1_000_000]) = (0.125, 0.75, 0.125);
        let figures = LadderFigures::of(&p);
        assert_eq!(figures.mean, 999_998.0);
        assert!((figures.deviation - 1.0).abs() < 1e-15);
        // Sorted: 0 * 3/4 + (1 + 2)/8.
        assert!((figures.collective - (999_998.0 - 0.375)).abs() < 1e-9);
        assert_eq!((figures.largest, figures.smallest, figures.trace), (0.75, 0.0, 1.0));
        assert!((figures.purity - (0.5625 + 0.03125)).abs() < 1e-15);
        // A mean between two levels: 1/4 three levels below the top.
        let mut p = vec![0.0; 1_000_001];
        (p[999_997], p[1_000_000]) = (0.25, 0.75);
        let figures = LadderFigures::of(&p);
        assert!(figures.mean == 999_999.25 && (figures.deviation - 1.6875_f64.sqrt()).abs() < 1e-15);
        // Almost pure: sigma^2 = e (1 - e) for weight e one level below.
        let e = 2f64.powi(-40);
        let mut p = vec![0.0; 1_000_001];
        (p[999_999], p[1_000_000]) = (e, 1.0 - e);
        let expected = (e * (1.0 - e)).sqrt();
        assert!((LadderFigures::of(&p).deviation / expected - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_levels_sum_without_drift() {
        // Binomial-like broad state: uniform over 0..N, <n> = N/2, sigma^2 = N(N+2)/12.
        let cells = 1_000_000;
        let share = 1.0 / (cells as f64 + 1.0);
        let figures = LadderFigures::of(&vec![share; cells + 1]);
        let n = cells as f64;
        assert!((figures.mean / (n / 2.0) - 1.0).abs() < 1e-14);
        assert!((figures.deviation / (n * (n + 2.0) / 12.0).sqrt() - 1.0).abs() < 1e-14);
        assert!(figures.collective.abs() < 1e-8 && (figures.trace - 1.0).abs() < 1e-14);
    }

    #[test]
    fn inverted_and_passive_states() {
        let p = [0.1, 0.2, 0.7];
        let up = OfLadder::default().figures(&p);
        assert!((up.mean - 1.6).abs() < 1e-15 && (up.collective - 1.2).abs() < 1e-15);
        let down = LadderFigures::of(&[0.7, 0.2, 0.1]);
        assert!(down.collective.abs() < 1e-16 && (down.deviation - up.deviation).abs() < 1e-15);
        // Nothing is renormalised or cut off.
        let raw = LadderFigures::of(&[1.0, 0.5, -1e-3]);
        assert!((raw.trace - 1.499).abs() < 1e-15 && raw.smallest == -1e-3);
    }
}
