//! The ladder of N cells under the effective bath of fast engines: generator, limit and slowest rate.
//!
//!   n -> n+1 at rate G x (n+1)(N-n),   n -> n-1 at rate G n (N-n+1),   x = e^{-beta_e omega_0}.
//!
//! The limit is geometric, p_n ~ x^n. With a = |ln x|, M = N+1 and k the number of quanta from its more populated end,
//!   `<k>` = 1/(e^a - 1) - M/(e^{Ma} - 1) = N/2 - [M L(Ma/2) - L(a/2)]/2,   L(z) = coth z - 1/z,
//!   sigma^2 = [1/sinh^2(a/2) - M^2/sinh^2(Ma/2)]/4 = [M^2 h(Ma/2) - h(a/2)]/4,   h(z) = 1/z^2 - 1/sinh^2 z,
//!   largest p = (1 - e^{-a})/(1 - e^{-Ma}),   sum p^2 = tanh(a/2)/tanh(Ma/2),
//! the second forms of `<k>` and sigma^2 for small Ma, where the first ones cancel.
//!
//! The generator is minus a product of a divergence and a flux, and the product in the other order has its rates other than 0:
//! the tridiagonal matrix with diagonal u_n + d_{n+1} and squared off-diagonal d_{n+1} u_{n+1}, u and d the rates up and down. Its Sturm counts by the
//! stationary quotient-difference recursion subtract nothing but the shift, so that a gap of 2 G stands beside rates of N^2 G.
//!
//! Sources: @ito2020; @dhillon2004 for the recursion.

use crate::merit::LadderFigures;
use crate::model::{EngineError, in_range, positive};

/// N cells on their collective ladder, charged by an effective bath.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EngineLadder {
    cells: usize,
    rate: f64,
    ln_ratio: f64,
}

impl EngineLadder {
    /// N >= 1 cells, rate Gamma_e > 0 and ln x = -beta_e omega_0 of either sign.
    ///
    /// # Errors
    /// [`EngineError`] for no cells, a rate that is not positive and finite, and x or 1/x beyond the range of numbers.
    pub fn new(cells: usize, rate: f64, ln_ratio: f64) -> Result<Self, EngineError> {
        if cells == 0 {
            return Err(EngineError::Cells(cells));
        }
        positive("rate", rate)?;
        in_range(-ln_ratio, "ln_ratio")?;
        Ok(EngineLadder { cells, rate, ln_ratio })
    }

    /// N.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Gamma_e.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// ln x.
    pub fn ln_ratio(&self) -> f64 {
        self.ln_ratio
    }

    /// p_0..p_N of the limit.
    pub(crate) fn limit_populations(&self) -> Vec<f64> {
        let n = self.cells;
        (0..=n).map(|k| self.limit_population(if self.ln_ratio > 0.0 { n - k } else { k })).collect()
    }

    /// The population of the limit `k` levels from its more populated end.
    pub(super) fn limit_population(&self, k: usize) -> f64 {
        let exponent = self.ln_ratio.abs() * k as f64;
        if exponent > 745.0 { 0.0 } else { self.limit_largest() * (-exponent).exp() }
    }

    /// Figures of merit of the limit, in closed form.
    pub fn limit(&self) -> LadderFigures {
        let (n, a) = (self.cells as f64, self.ln_ratio.abs());
        let m = n + 1.0;
        let wide = m * a;
        // Quanta from the populated end, N minus twice that, variance.
        let (few, inversion, variance) = if wide < 1.0 {
            let inversion = m * langevin(wide / 2.0) - langevin(a / 2.0);
            let variance = m * m * missing_pole(wide / 2.0) - missing_pole(a / 2.0);
            ((n - inversion) / 2.0, inversion, variance / 4.0)
        } else {
            let few = 1.0 / a.exp_m1() - m / wide.exp_m1();
            // e^{-a}/(1 - e^{-a})^2 does not overflow.
            let pole = |z: f64| (-z).exp() / (-z).exp_m1().powi(2);
            (few, n - 2.0 * few, pole(a) - m * m * pole(wide))
        };
        let up = self.ln_ratio > 0.0;
        let largest = self.limit_largest();
        let mean = if up { n - few } else { few };
        let passive = self.limit_passive();
        LadderFigures {
            mean,
            deviation: variance.sqrt(),
            largest,
            collective: if up { inversion } else { 0.0 },
            // One cell: <n> - (1 - r_1) cancels.
            global: match (self.cells, up) {
                (1, true) => inversion,
                (1, false) => 0.0,
                (_, false) if wide >= 1.0 => self.limit_above_one(),
                _ => mean - passive,
            },
            passive,
            purity: if a == 0.0 { 1.0 / m } else { (a / 2.0).tanh() / (wide / 2.0).tanh() },
            trace: 1.0,
            // p_k = r_1 e^{-a k} from the populated end on.
            entropy: a * few - largest.ln(),
            smallest: largest * (-n * a).exp(),
        }
    }

    /// 1 - r_1 = (y - q)/(1 - q), q = y^{N+1}: the energy in quanta that no unitary of the cells extracts.
    fn limit_passive(&self) -> f64 {
        let (n, a) = (self.cells as f64, self.ln_ratio.abs());
        if a == 0.0 {
            return n / (n + 1.0);
        }
        (-a).exp() * (-n * a).exp_m1() / (-(n + 1.0) * a).exp_m1()
    }

    /// sum_{n>1} (n - 1) p_n = [y^2 (1 - y^{N-1})/(1 - y) - (N-1) q]/(1 - q) of a passive limit.
    fn limit_above_one(&self) -> f64 {
        let (n, a) = (self.cells as f64, self.ln_ratio.abs());
        let levels = (-2.0 * a).exp() * (-(n - 1.0) * a).exp_m1() / (-a).exp_m1();
        let last = (n - 1.0) * (-(n + 1.0) * a).exp();
        (levels - last) / -(-(n + 1.0) * a).exp_m1()
    }

    fn limit_largest(&self) -> f64 {
        let (m, a) = (self.cells as f64 + 1.0, self.ln_ratio.abs());
        if a == 0.0 { 1.0 / m } else { (-a).exp_m1() / (-m * a).exp_m1() }
    }

    /// Smallest rate other than 0 of the generator, to 1e-11 of itself; N operations for each of some forty counts.
    pub fn slowest_rate(&self) -> f64 {
        let x = self.ln_ratio.exp();
        let mut high = 2.0 * (1.0 + x);
        while self.rates_below(x, high) == 0 {
            high *= 2.0;
        }
        let mut low = high / 2.0;
        while self.rates_below(x, low) > 0 {
            low /= 2.0;
        }
        high = high.min(2.0 * low);
        while high - low > 1e-11 * low {
            let middle = 0.5 * (low + high);
            if self.rates_below(x, middle) == 0 { low = middle } else { high = middle }
        }
        0.5 * (low + high) * self.rate
    }

    /// Counts up to one of the rates below `shift`, in units of Gamma_e.
    fn rates_below(&self, x: f64, shift: f64) -> usize {
        let n = self.cells as f64;
        let mut s = x * n - shift;
        let mut level = 0.0;
        loop {
            // Rates from level to level+1 and back are this, times x up.
            let bond = (level + 1.0) * (n - level);
            let pivot = bond + s;
            if pivot < 0.0 {
                return 1;
            }
            level += 1.0;
            if level >= n {
                return 0;
            }
            // A pivot of 0 is a shift that is a rate of a part of the ladder: the next pivot is then negative.
            s = x * (level + 1.0) * (n - level) * (s / pivot.max(f64::MIN_POSITIVE)) - shift;
        }
    }
}

/// coth z - 1/z for |z| <= 1/2, z/3 at 0.
fn langevin(z: f64) -> f64 {
    // z cosh z - sinh z = sum_k 2k z^{2k+1}/(2k+1)!, over z sinh z.
    let square = z * z;
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 1..10 {
        let k = f64::from(k);
        term *= square / (2.0 * k * (2.0 * k + 1.0));
        sum += 2.0 * k * term;
    }
    if z == 0.0 { 0.0 } else { sum / z.sinh() }
}

/// 1/z^2 - 1/sinh^2 z for |z| <= 1/2, 1/3 at 0.
fn missing_pole(z: f64) -> f64 {
    // (sinh z - z)/z^3 = sum_k z^{2k-2}/(2k+1)!
    let square = z * z;
    let (mut term, mut sum) = (1.0 / 6.0, 0.0);
    for k in 2..12 {
        sum += term;
        let k = f64::from(k);
        term *= square / (2.0 * k * (2.0 * k + 1.0));
    }
    let ratio = if z == 0.0 { 1.0 } else { z.sinh() / z };
    sum * (ratio + 1.0) / (ratio * ratio)
}

#[cfg(test)]
mod tests {
    use faer::{Mat, Side};

    use super::*;

    /// N, ln x, and mean, deviation, largest, collective, purity, smallest in 160 digits (mpmath), from sums over the levels.
    #[rustfmt::skip] // A table.
    const LIMITS: [(usize, f64, [f64; 6]); 19] = [
        (1, 0.8, [0.68997448112761245213, 0.46250372595287750855, 0.68997448112761245213,
            0.37994896225522490427, 0.57218060695941115949, 0.31002551887238754787]),
        (1, -1e-12, [0.49999999999975, 0.5, 0.50000000000025,
            0.0, 0.5, 0.49999999999975]),
        (1, 40.0, [0.99999999999999999575, 2.0611536224385578192e-9, 0.99999999999999999575,
            0.9999999999999999915, 0.9999999999999999915, 4.2483542552915889773e-18]),
        (2, 1e-09, [1.0000000006666666667, 0.81649658092772603253, 0.33333333366666666672,
            1.3333333333333334162e-9, 0.33333333333333333356, 0.33333333300000000006]),
        (10, 0.8, [9.1856920928726929861, 1.2097615024916713083, 0.55075405273476843641,
            8.3713841857453859722, 0.38006352127397821126, 1.8475740185836392474e-4]),
        (10, -0.8, [0.81430790712730701388, 1.2097615024916713083, 0.55075405273476843641,
            0.0, 0.38006352127397821126, 1.8475740185836392474e-4]),
        (10, 0.0625, [5.6200910243224507242, 3.125078476169835917, 0.12186400926119753181,
            1.2401820486449014485, 0.094431188923823678004, 0.065229103682200047522]),
        (10, 0.09375, [5.9211591232742495132, 3.0798831530403236927, 0.13908021728664786761,
            1.8423182465484990264, 0.098754133851985910236, 0.054464595648883110674]),
        (100, 1e-05, [50.008499999855471671, 29.154758730634382582, 0.0099059414108869494009,
            0.016999999710943341745, 0.0099009909405940450892, 0.0098960404207961903241]),
        (100, 0.009765625, [58.169222529246147706, 28.463902280582556906, 0.015497961347887906544,
            16.338445058492295412, 0.010690860690624778021, 0.0058365857225984329172]),
        (100, -3.0, [0.052395696491255951972, 0.23482122029761229236, 0.95021293163213605702,
            0.0, 0.90514825364486643824, 4.891886425967334494e-131]),
        (1000, 0.001, [582.13800211750634142, 281.91724084111112221, 0.0015802667633518452083,
            164.27600423501268285, 0.0010810569383343391786, 5.813476538036806921e-4]),
        (1000, -0.5, [1.5414940825367982841, 1.9793175816510001801, 0.3934693402873665764,
            0.0, 0.24491866240370912928, 2.8033023785874302991e-218]),
        (1000000, 0.8, [999999.18403377908391, 1.2172785608036421071, 0.55067103588277842852,
            999998.36806755816781, 0.37994896225522490427, 0.0]),
        (1000000, 1e-06, [581976.86817243122278, 281649.70573349391838, 1.5819749952090988973e-6,
            163953.73634486244556, 1.081975786196638191e-6, 5.8197607718471847265e-7]),
        (1000000, -9e-07, [425993.21464203272308, 282955.77870625578016, 1.5166043577451344525e-6,
            0.0, 1.0666050402171258332e-6, 6.1660531768954918882e-7]),
        (1000000, 1e-12, [500000.0833335, 288675.42326979592274, 9.9999950000058333267e-7,
            0.16666699999999721886, 9.9999900000108333242e-7, 9.9999850000158333167e-7]),
        (1000000, -2.5e-05, [39999.499988195720858, 39999.999825363025457, 2.4999687502951337166e-5,
            0.0, 1.2499999999696148849e-5, 3.4719425668263030254e-16]),
        (1000000, 0.001, [999000.49991666666808, 999.99995833333452779, 9.9950016662500835274e-4,
            998000.99983333333615, 4.9999995833333751041e-4, 0.0]),
    ];

    #[test]
    fn limits_keep_their_digits_near_and_far_from_the_stall() {
        for (cells, ln_ratio, expected) in LIMITS {
            let f = EngineLadder::new(cells, 0.3, ln_ratio).unwrap().limit();
            let found = [f.mean, f.deviation, f.largest, f.collective, f.purity, f.smallest];
            for (k, (a, b)) in found.iter().zip(expected).enumerate() {
                // y^N carries the rounding of N ln x.
                let relative = if k == 5 { 1e-16 * (20.0 + (cells as f64 * ln_ratio).abs()) } else { 4e-15 };
                assert!((a - b).abs() <= relative * b.abs(), "N = {cells}, ln x = {ln_ratio}: {k} {a} {b}");
            }
        }
        // x = 1: the uniform state.
        let f = EngineLadder::new(100, 1.0, 0.0).unwrap().limit();
        assert!((f.mean - 50.0).abs() < 1e-13 && (f.deviation - 850f64.sqrt()).abs() < 1e-13);
        assert!((f.largest * 101.0 - 1.0).abs() < 1e-15 && (f.purity * 101.0 - 1.0).abs() < 1e-15);
        assert!(f.collective == 0.0 && f.largest == f.smallest);
    }

    #[test]
    fn limits_are_the_figures_of_their_populations() {
        for cells in [1, 2, 7, 100, 3000] {
            for ln_ratio in [-600.0, -2.0, -1e-2, -1e-9, 0.0, 3e-5, 0.3, 0.8, 600.0] {
                let ladder = EngineLadder::new(cells, 1.0, ln_ratio).unwrap();
                let p = ladder.limit_populations();
                let (a, b) = (LadderFigures::of(&p), ladder.limit());
                let n = cells as f64;
                assert!((a.mean - b.mean).abs() < 1e-13 * n && (a.deviation - b.deviation).abs() < 1e-13 * n);
                assert!((a.largest - b.largest).abs() < 1e-14 && (a.purity - b.purity).abs() < 1e-14);
                assert!((a.collective - b.collective).abs() < 2e-13 * n && (a.trace - 1.0).abs() < 1e-13);
                assert!((a.smallest - b.smallest).abs() < 1e-14);
                assert!((1.0 - b.largest - b.passive).abs() < 1e-15 && (a.passive - b.passive).abs() < 1e-13);
                assert!((a.global - b.global).abs() < 1e-13 * n, "{cells} {ln_ratio} {a:?} {b:?}");
                // Also where nearly all cells are empty.
                let relative = 1e-13 * n / ladder.ln_ratio().abs().min(1.0);
                assert!(ln_ratio >= 0.0 || (a.global - b.global).abs() <= relative * a.global);
            }
        }
        // Most of the energy is locked by e^{-a} alone, also where 1 - r_1 rounds to 0.
        let locked = EngineLadder::new(50, 1.0, 60.0).unwrap().limit().passive;
        assert!((locked / (-60f64).exp() - 1.0).abs() < 1e-15);
    }

    /// Eigenvalues of the symmetrised generator, ascending.
    fn rates(cells: usize, rate: f64, ln_ratio: f64) -> Vec<f64> {
        let x = ln_ratio.exp();
        let bond = |n: usize| rate * (n + 1) as f64 * (cells - n) as f64;
        let mut a = Mat::<f64>::zeros(cells + 1, cells + 1);
        for n in 0..cells {
            a[(n, n)] += x * bond(n);
            a[(n + 1, n + 1)] += bond(n);
            a[(n, n + 1)] = -x.sqrt() * bond(n);
            a[(n + 1, n)] = -x.sqrt() * bond(n);
        }
        a.self_adjoint_eigenvalues(Side::Lower).expect("small")
    }

    #[test]
    fn slowest_rate_is_the_gap() {
        for cells in [1, 2, 3, 10, 40] {
            for ln_ratio in [-2.0, -0.3, 0.0, 1e-3, 0.8, 2.0] {
                let gap = EngineLadder::new(cells, 0.1, ln_ratio).unwrap().slowest_rate();
                let expected = rates(cells, 0.1, ln_ratio)[1];
                assert!((gap / expected - 1.0).abs() < 1e-10, "{cells} {ln_ratio} {gap} {expected}");
            }
        }
    }

    #[test]
    fn ladders_without_a_meaning_are_refused() {
        let refused = |cells, rate, ln_ratio| EngineLadder::new(cells, rate, ln_ratio).unwrap_err();
        assert_eq!(refused(0, 1.0, 0.8), EngineError::Cells(0));
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(refused(3, rate, 0.8).field(), "rate");
        }
        for ln_ratio in [f64::NAN, f64::INFINITY, 601.0, -601.0] {
            assert_eq!(refused(3, 1.0, ln_ratio).field(), "ln_ratio");
        }
        for ln_ratio in [600.0, -600.0] {
            let gap = EngineLadder::new(5, 1.0, ln_ratio).unwrap().slowest_rate();
            assert!(gap > 0.0 && gap.is_finite(), "{gap}");
        }
    }

    #[test]
    fn slowest_rate_of_long_ladders() {
        // One cell: 1 + x. x = 1: Legendre polynomials in n, rates k(k+1).
        for ln_ratio in [-3.0, 0.0, 0.8] {
            let gap = EngineLadder::new(1, 2.0, ln_ratio).unwrap().slowest_rate();
            assert!((gap / (2.0 * (1.0 + ln_ratio.exp())) - 1.0).abs() < 1e-10);
        }
        for cells in [2, 1000, 1_000_000] {
            let gap = EngineLadder::new(cells, 0.5, 0.0).unwrap().slowest_rate();
            assert!((gap - 1.0).abs() < 1e-10, "{cells} {gap}");
        }
        // Large N: a birth-death process near the full end, N(x-1), with corrections of order 1.
        let gap = EngineLadder::new(100_000, 1.0, 0.8).unwrap().slowest_rate();
        let expected = 1e5 * 0.8_f64.exp_m1();
        assert!((gap / expected - 1.0).abs() < 1e-3, "{gap} {expected}");
        // Both signs mirror each other: u and d change places.
        let mirrored = EngineLadder::new(100_000, 0.8_f64.exp(), -0.8).unwrap().slowest_rate();
        assert!((gap / mirrored - 1.0).abs() < 3e-11);
    }
}
