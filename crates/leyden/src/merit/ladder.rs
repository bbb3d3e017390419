//! Figures of merit of a diagonal state on the ladder n = 0..N.
//!
//! With c the level next to `<n>` and d = sum_n p_n (n - c),
//!   `<n>` = sum_n n p_n,   sigma^2 = sum_n p_n (n - c)^2 - d^2,
//!   collective ergotropy = `<n>` - sum_k k r_k,   r_k = the populations in descending order,
//! in quanta. In the space of all 2^N levels the lowest one is single and the next N-fold: N + 1 eigenvalues fit there,
//!   passive energy = 1 - r_1,   global ergotropy = `<n>` - (1 - r_1) = r_1 - p_0 + sum_{n>1} (n - 1) p_n,
//! sums of positive terms. Sums are compensated, so that sigma = 1 at `<n>` = 10^6 keeps its digits.
//! Sources: @allahverdyan2004 for ergotropy; @neumaier1974 for the sums.

use super::{Ergotropy, Merits, WorkBounds};

/// Populations up to which their logarithms are taken.
const MOST_LOGARITHMS: usize = 10_000;

/// Figures of merit of populations p_0..p_N, in quanta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderFigures {
    /// `<n>`.
    pub mean: f64,
    /// Standard deviation of n.
    pub deviation: f64,
    /// Largest population r_1.
    pub largest: f64,
    /// Ergotropy by unitaries of the ladder alone.
    pub collective: f64,
    /// Ergotropy by all unitaries of the N cells.
    pub global: f64,
    /// What those leave, the passive energy 1 - r_1.
    pub passive: f64,
    /// sum_n p_n^2.
    pub purity: f64,
    /// sum_n p_n.
    pub trace: f64,
    /// -sum_n p_n ln p_n; NaN of more than 10^4 levels, whose logarithms would take as long as all the rest.
    pub entropy: f64,
    /// Smallest population; slightly negative where rounding made it so.
    pub smallest: f64,
}

impl LadderFigures {
    /// The same of `cells` qubits of one frequency, a state without coherence between energies.
    pub(crate) fn merits(&self, cells: usize, frequency: f64) -> Merits {
        let w = frequency;
        // sum over cells of max(0, 2e - 1), e = `<n>`/N; of one cell all that can be extracted.
        let local = match cells {
            1 => self.global,
            _ => (2.0 * self.mean - cells as f64).max(0.0),
        };
        Merits {
            energy: w * self.mean,
            passive: w * self.passive,
            ergotropy: Ergotropy {
                global: w * self.global,
                collective: Ok(w * self.collective),
                local: w * local,
                incoherent: w * self.global,
                coherent: 0.0,
                largest_eigenvalue: self.largest,
                smallest_eigenvalue: self.smallest,
            },
            purity: self.purity,
            fluctuation: w * self.deviation,
            bounds: WorkBounds {
                coherence: 0.0,
                ..WorkBounds::of_ladder(cells, w, (self.largest, self.entropy), w * self.passive)
            },
        }
    }

    /// Figures of merit of populations p_0..p_N, as they are: nothing is renormalised.
    pub fn of(p: &[f64]) -> Self {
        LadderScratch::default().figures(p)
    }
}

/// Memory for the figures of merit of many states.
#[derive(Clone, Debug, Default)]
pub struct LadderScratch {
    sorted: Vec<f64>,
}

impl LadderScratch {
    /// [`LadderFigures::of`] without a new list for the order of the populations.
    pub fn figures(&mut self, p: &[f64]) -> LadderFigures {
        let levels = p.len();
        let (mean, deviation) = moments(p);
        let ground = p.first().copied().unwrap_or(0.0);
        let (start, p) = occupied(p);
        let (mut trace, mut purity) = (Sum::default(), Sum::default());
        // Where levels are empty, 0 is a population too.
        let (mut largest, mut smallest) = (0.0, if p.len() < levels { 0.0 } else { f64::INFINITY });
        let mut top = 0;
        for (k, &x) in p.iter().enumerate() {
            trace.add(x);
            purity.add(x * x);
            if x > largest {
                (top, largest) = (k, x);
            }
            smallest = x.min(smallest);
        }
        let (mut global, mut passive) = (Sum::default(), Sum::default());
        global.add(largest - ground);
        for (k, &x) in p.iter().enumerate() {
            global.add((start + k).saturating_sub(1) as f64 * x);
            passive.add(if k == top { 0.0 } else { x });
        }
        LadderFigures {
            mean,
            deviation,
            largest,
            collective: mean - self.passive(p, levels),
            global: global.value(),
            passive: passive.value(),
            purity: purity.value(),
            trace: trace.value(),
            entropy: if p.len() <= MOST_LOGARITHMS { entropy_of(p) } else { f64::NAN },
            smallest,
        }
    }

    /// sum_k k r_k. Populations that together are below the rounding of 1 need no order: the long tails of a peaked state.
    fn passive(&mut self, p: &[f64], levels: usize) -> f64 {
        let dust = 0.5 * f64::EPSILON / levels as f64;
        let is_dust = |x: &&f64| x.abs() <= dust;
        self.sorted.clear();
        self.sorted.extend(p.iter().filter(|x| !is_dust(x)));
        // A stable sort merges the few monotone runs of a peaked state in one pass.
        self.sorted.sort_by(|a, b| b.total_cmp(a));
        let (above, below) = self.sorted.split_at(self.sorted.partition_point(|&x| x > 0.0));
        let ranks = (0..above.len()).chain(levels - below.len()..levels);
        let mut sum = Sum::default();
        for (k, &x) in ranks.zip(&self.sorted) {
            sum.add(k as f64 * x);
        }
        for (k, &x) in p.iter().filter(is_dust).enumerate() {
            sum.add((above.len() + k) as f64 * x);
        }
        sum.value()
    }
}

/// -sum p ln p of those above 0.
pub(crate) fn entropy_of(p: &[f64]) -> f64 {
    0.0 + p.iter().filter(|x| **x > 0.0).map(|x| -x * x.ln()).sum::<f64>()
}

/// The levels between the first and the last that are not empty, and where they start. A low level far below the rounding of 1 is
/// empty where a higher one is not; a high one may carry all of `<n>`.
pub(crate) fn occupied(p: &[f64]) -> (usize, &[f64]) {
    let empty = |x: &f64| x.abs() < 1e-40;
    let start = p.iter().position(|x| !empty(x)).unwrap_or(p.len());
    let end = p.iter().rposition(|&x| x != 0.0).map_or(start, |last| last + 1);
    (start, &p[start..end])
}

/// `<n>` and the standard deviation of n.
pub(crate) fn moments(p: &[f64]) -> (f64, f64) {
    let (start, p) = occupied(p);
    let mut mean = Sum::default();
    for (k, &x) in p.iter().enumerate() {
        mean.add((start + k) as f64 * x);
    }
    let mean = mean.value();
    let centre = mean.round() - start as f64;
    let (mut first, mut second) = (Sum::default(), Sum::default());
    for (k, &x) in p.iter().enumerate() {
        let distance = k as f64 - centre;
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
    pub(crate) fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        // The error of the addition, whichever term is larger.
        let part = sum - self.sum;
        self.rest += (self.sum - (sum - part)) + (x - part);
        self.sum = sum;
    }

    pub(crate) fn value(self) -> f64 {
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
        let up = LadderScratch::default().figures(&p);
        assert!((up.mean - 1.6).abs() < 1e-15 && (up.collective - 1.2).abs() < 1e-15);
        let down = LadderFigures::of(&[0.7, 0.2, 0.1]);
        assert!(down.collective.abs() < 1e-16 && (down.deviation - up.deviation).abs() < 1e-15);
        // An order that changes often, with dust: as a full sort.
        let mut random = fastrand::Rng::with_seed(1);
        let mixed: Vec<f64> =
            (0..999).map(|k| random.f64() * if k % 3 == 0 { 1e-21 } else { 1e-3 }).collect();
        let mut sorted = mixed.clone();
        sorted.sort_by(|a, b| b.total_cmp(a));
        let passive: f64 = sorted.iter().enumerate().map(|(k, x)| k as f64 * x).sum();
        let found = LadderFigures::of(&mixed);
        assert!((found.mean - found.collective - passive).abs() < 1e-12 * passive);
        // Empty levels at both ends change nothing.
        let padded = LadderFigures::of(&[0.0, 0.3, 0.0, 0.7, 0.0]);
        assert!((padded.collective - (2.4 - 0.3)).abs() < 1e-15 && padded.smallest == 0.0);
        assert!((padded.global - (2.4 - 0.3)).abs() < 1e-15 && (padded.passive - 0.3).abs() < 1e-16);
        // Nothing is renormalised or cut off.
        let raw = LadderFigures::of(&[1.0, 0.5, -1e-3]);
        assert!((raw.trace - 1.499).abs() < 1e-15 && raw.smallest == -1e-3);
    }
}
