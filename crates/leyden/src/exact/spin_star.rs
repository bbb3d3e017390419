//! One spin among N spins that it exchanges excitations with, all chargers alike and uncorrelated.
//!
//! H = J (S_x I_x + S_y I_y) = (J/2)(S_+ I_- + S_- I_+) couples |down; j,m> to |up; j,m-1> alone, with the element
//! (J/2) sqrt((j+m)(j-m+1)). With theta = J t, d_j = C(N,N/2-j) - C(N,N/2-j-1) copies of the total spin j, and every charger excited
//! with probability q,
//!   U = sum_j d_j sum_m q^{N/2+m} (1-q)^{N/2-m} sin^2[(theta/2) sqrt((j+m)(j-m+1))],
//!   W = the same with sqrt((j-m)(j+m+1)),   p(t) = (1-p_0) U + p_0 (1-W).
//! m -> m+1 in W gives (1-q) U = q W, so that one function is enough:
//!   V = U/q = W/(1-q) = U + W,   p(t) = p_0 + V (q - p_0),
//!   V = sum_{k=0}^{N-1} C(N-1,k) q^k (1-q)^{N-1-k} v_k(theta),   v_k = sum_j d_j/C(N-1,k) sin^2[(theta/2) sqrt((j+M)(j-M+1))],
//! M = k+1-N/2, |M-1/2| <= j - 1/2. M -> 1-M leaves v_k: v_k = v_{N-1-k}, and V is the same for q and 1-q. With j = N/2 - i and
//! k = N-1-r, r < N/2, the sum is over i = r, r-1, ..., 0 of
//!   c_i (N-2i+1)/(N-i+1) sin^2[(theta/2) sqrt((N-i-r)(r-i+1))],   c_r = N/(N-r),   c_{i-1} = c_i i/(N-i+1),
//! ratios below 1 only. For every q, V = N theta^2/4 - N^2 theta^4/48 + ...
//! Source: @joshi2022, for chargers that are all excited: V = sin^2(sqrt(N) theta/2).

use std::f64::consts::PI;

/// N charger spins around one battery spin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpinStar {
    chargers: usize,
}

/// Weights below this do not change a sum of order 1.
const NEGLIGIBLE: f64 = 1e-21;
/// Steps to the first maximum at most; a dozen or two are enough.
const MOST_STEPS: usize = 10_000;

impl SpinStar {
    /// N = `chargers`; `None` for 0.
    pub fn new(chargers: usize) -> Option<Self> {
        (chargers > 0).then_some(SpinStar { chargers })
    }

    /// V(q, theta): p = p_0 + V (q - p_0).
    pub fn exchange(&self, q: f64, theta: f64) -> f64 {
        self.at_excitation(q).exchange(theta).value
    }

    /// U(q, theta): excited population of a battery that starts in its ground state.
    pub fn gain(&self, q: f64, theta: f64) -> f64 {
        q * self.exchange(q, theta)
    }

    /// W(q, theta): ground population of a battery that starts excited.
    pub fn loss(&self, q: f64, theta: f64) -> f64 {
        (1.0 - q) * self.exchange(q, theta)
    }

    /// The theta of the first maximum of U, for q = 0 of U/q.
    pub fn first_maximum(&self, q: f64) -> f64 {
        self.at_excitation(q).first_maximum()
    }

    /// V at one theta for many q: O(N) numbers, from about min(N^2/8, 6 N ln N) sines.
    pub(crate) fn at_angle(&self, theta: f64) -> ExchangeByAngle {
        let half = 0.5 * theta;
        let rows = (0..=(self.chargers - 1) / 2).map(|r| {
            let (mut value, mut slope) = (0.0, 0.0);
            self.each_term(r, 1.0, |weight, s| {
                let (sin, cos) = (half * s).sin_cos();
                value += weight * sin * sin;
                slope += weight * s * sin * cos;
            });
            (value, slope)
        });
        ExchangeByAngle { chargers: self.chargers, rows: rows.collect() }
    }

    /// V at one q in [0, 1] for many theta: at most min(N^2/8, 12 N) terms that carry weight.
    pub(crate) fn at_excitation(&self, q: f64) -> ExchangeByExcitation {
        let last = self.chargers - 1;
        let mut carried: Vec<(usize, f64)> = Vec::new();
        let total = each_binomial(last, q, |k, weight| carried.push((k.min(last - k), weight)));
        // Both halves of the distribution share their terms.
        carried.sort_by_key(|(r, _)| *r);
        carried.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let mut terms = Vec::new();
        for (r, weight) in carried {
            self.each_term(r, weight / total, |weight, s| terms.push((weight, s)));
        }
        ExchangeByExcitation { terms }
    }

    /// Visits (weight, frequency) of the terms of v_k, k = N-1-r, times `scale`, as long as they carry weight.
    fn each_term(&self, r: usize, scale: f64, mut visit: impl FnMut(f64, f64)) {
        let n = self.chargers as f64;
        let r = r as f64;
        let mut copies = scale * n / (n - r);
        let mut i = r;
        loop {
            let frequency = ((n - i - r) * (r - i + 1.0)).sqrt();
            visit(copies * (n - 2.0 * i + 1.0) / (n - i + 1.0), frequency);
            copies *= i / (n - i + 1.0);
            if !(copies > NEGLIGIBLE) {
                return;
            }
            i -= 1.0;
        }
    }
}

/// V at one theta.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExchangeByAngle {
    chargers: usize,
    /// (v_k, dv_k/dtheta), k = r and k = N-1-r.
    rows: Vec<(f64, f64)>,
}

impl ExchangeByAngle {
    /// V(q).
    pub(crate) fn exchange(&self, q: f64) -> f64 {
        self.mean(q, |row| row.0)
    }

    /// dV/dtheta.
    pub(crate) fn by_angle(&self, q: f64) -> f64 {
        self.mean(q, |row| row.1)
    }

    /// dV/dq = (N-1) sum_k C(N-2,k) q^k (1-q)^{N-2-k} (v_{k+1} - v_k).
    pub(crate) fn by_excitation(&self, q: f64) -> f64 {
        let Some(last) = self.chargers.checked_sub(2) else { return 0.0 };
        let mut sum = 0.0;
        let total = each_binomial(last, q, |k, weight| sum += weight * (self.row(k + 1).0 - self.row(k).0));
        (self.chargers - 1) as f64 * sum / total
    }

    fn mean(&self, q: f64, of: impl Fn(&(f64, f64)) -> f64) -> f64 {
        let mut sum = 0.0;
        let total = each_binomial(self.chargers - 1, q, |k, weight| sum += weight * of(self.row(k)));
        sum / total
    }

    fn row(&self, k: usize) -> &(f64, f64) {
        &self.rows[k.min(self.chargers - 1 - k)]
    }
}

/// V at one q: V = sum weight sin^2(theta frequency/2).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExchangeByExcitation {
    terms: Vec<(f64, f64)>,
}

/// V with its derivatives by theta.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ExchangeValue {
    /// V.
    pub value: f64,
    /// dV/dtheta.
    pub slope: f64,
    /// d^2V/dtheta^2.
    pub curvature: f64,
}

impl ExchangeByExcitation {
    /// V(theta).
    pub(crate) fn exchange(&self, theta: f64) -> ExchangeValue {
        let mut swing = ExchangeValue { value: 0.0, slope: 0.0, curvature: 0.0 };
        for &(weight, s) in &self.terms {
            let (sin, cos) = (0.5 * theta * s).sin_cos();
            swing.value += weight * sin * sin;
            swing.slope += weight * s * sin * cos;
            swing.curvature += 0.5 * weight * s * s * (cos - sin) * (cos + sin);
        }
        swing
    }

    /// The theta of the first maximum of V.
    ///
    /// V' > 0 at first, and V'(theta + h) >= V' + V'' h - L h^2/2 with L = sum of weight times frequency^3 over 2: steps to the
    /// zero of that bound never pass a zero of V', and end like Newton's.
    pub(crate) fn first_maximum(&self) -> f64 {
        let largest = self.terms.iter().map(|term| term.1).fold(1.0, f64::max);
        let third: f64 = 0.5 * self.terms.iter().map(|(weight, s)| weight * s.powi(3)).sum::<f64>();
        // Up to pi/s every sine is positive.
        let mut theta = 0.9 * PI / largest;
        for _ in 0..MOST_STEPS {
            let ExchangeValue { slope, curvature, .. } = self.exchange(theta);
            if slope <= 0.0 {
                break;
            }
            let root = (curvature * curvature + 2.0 * third * slope).sqrt();
            let step =
                if curvature < 0.0 { 2.0 * slope / (root - curvature) } else { (root + curvature) / third };
            theta += step;
            if step <= 1e-15 * theta {
                break;
            }
        }
        theta
    }

    /// The theta on the first rise of V where V/theta is largest: there theta V' = V.
    pub(crate) fn steepest(&self) -> f64 {
        let (mut low, mut high) = (0.0, self.first_maximum());
        let mut theta = 0.65 * high;
        for _ in 0..MOST_STEPS {
            let ExchangeValue { value, slope, curvature } = self.exchange(theta);
            let excess = theta * slope - value;
            if excess > 0.0 {
                low = theta
            } else {
                high = theta
            }
            let newton = theta - excess / (theta * curvature);
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let done = (next - theta).abs() <= 1e-15 * theta || high - low <= 1e-15 * high;
            theta = next;
            if done {
                break;
            }
        }
        theta
    }

    /// (weight, frequency) of every term.
    pub(crate) fn terms(&self) -> &[(f64, f64)] {
        &self.terms
    }
}

/// Visits k with weights proportional to C(n,k) q^k (1-q)^{n-k}, 1 at the largest, and returns their sum.
fn each_binomial(n: usize, q: f64, mut visit: impl FnMut(usize, f64)) -> f64 {
    let mode = (((n + 1) as f64 * q) as usize).min(n);
    visit(mode, 1.0);
    let mut total = 1.0;
    // Upwards in k, then upwards in n - k.
    for (down, p, rest) in [(false, q, 1.0 - q), (true, 1.0 - q, q)] {
        let mut weight = 1.0;
        for k in if down { n - mode } else { mode }..n {
            weight *= (n - k) as f64 * p / ((k + 1) as f64 * rest);
            if !(weight > NEGLIGIBLE) {
                break;
            }
            visit(if down { n - k - 1 } else { k + 1 }, weight);
            total += weight;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use faer::{Mat, Side};

    fn star(chargers: usize) -> SpinStar {
        SpinStar::new(chargers).unwrap()
    }

    /// p(t) in the full space: bit 0 is the battery, excited where set.
    fn brute_force(chargers: usize, q: f64, p: f64, theta: f64) -> f64 {
        let dim = 1 << (chargers + 1);
        let mut h = Mat::<f64>::zeros(dim, dim);
        for state in 0..dim {
            for charger in 1..=chargers {
                if (state & 1) != (state >> charger & 1) {
                    h[(state, state ^ 1 ^ (1 << charger))] += 0.5;
                }
            }
        }
        let eigen = h.self_adjoint_eigen(Side::Lower).unwrap();
        let (vectors, values) = (eigen.U(), eigen.S());
        let weight = |state: usize| {
            let up = (state >> 1).count_ones() as i32;
            let battery = if state & 1 == 1 { p } else { 1.0 - p };
            battery * q.powi(up) * (1.0 - q).powi(chargers as i32 - up)
        };
        let mut population = 0.0;
        for to in (1..dim).step_by(2) {
            for from in 0..dim {
                let (mut re, mut im) = (0.0, 0.0);
                for e in 0..dim {
                    let (sin, cos) = (values[e] * theta).sin_cos();
                    let overlap = vectors[(to, e)] * vectors[(from, e)];
                    re += overlap * cos;
                    im -= overlap * sin;
                }
                population += (re * re + im * im) * weight(from);
            }
        }
        population
    }

    /// The double sum over j and m as it is derived, for small N.
    fn double_sum(chargers: usize, q: f64, theta: f64, up: bool) -> f64 {
        let choose = |k: i64| -> f64 {
            if k < 0 {
                return 0.0;
            }
            (0..k).fold(1.0, |c, i| c * (chargers as f64 - i as f64) / (i + 1) as f64)
        };
        let half = 0.5 * chargers as f64;
        let mut sum = 0.0;
        for i in 0..=chargers / 2 {
            let j = half - i as f64;
            let copies = choose(i as i64) - choose(i as i64 - 1);
            for step in 0..=(2.0 * j) as usize {
                let m = step as f64 - j;
                let element = if up { (j + m) * (j - m + 1.0) } else { (j - m) * (j + m + 1.0) };
                let weight = q.powf(half + m) * (1.0 - q).powf(half - m);
                sum += copies * weight * (0.5 * theta * element.sqrt()).sin().powi(2);
            }
        }
        sum
    }

    #[test]
    fn full_space_for_few_chargers() {
        for chargers in 1..=4 {
            let star = star(chargers);
            for q in [0.0, 0.23, 0.5, 0.81, 1.0] {
                for p in [0.0, 0.37, 1.0] {
                    for theta in [0.1, 1.3, 4.9] {
                        let (up, down) = (star.gain(q, theta), star.loss(q, theta));
                        let found = (1.0 - p) * up + p * (1.0 - down);
                        let expected = brute_force(chargers, q, p, theta);
                        assert!((found - expected).abs() < 1e-13, "{chargers} {q} {p} {theta}");
                        let short = p + star.exchange(q, theta) * (q - p);
                        assert!((short - expected).abs() < 1e-13);
                    }
                }
            }
        }
    }

    #[test]
    fn double_sum_over_total_spins() {
        for chargers in [5, 12, 36, 37] {
            for q in [0.0, 1e-4, 0.3, 0.5, 0.9, 1.0] {
                for theta in [0.01, 0.5, 0.7, 3.0] {
                    let (up, down) =
                        (double_sum(chargers, q, theta, true), double_sum(chargers, q, theta, false));
                    let star = star(chargers);
                    assert!((star.gain(q, theta) - up).abs() < 1e-14, "{chargers} {q} {theta}");
                    assert!((star.loss(q, theta) - down).abs() < 1e-14);
                    assert!(((1.0 - q) * up - q * down).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn tables_agree_with_each_other() {
        for chargers in [1, 2, 7, 36, 1001] {
            let star = star(chargers);
            let theta = 2.3 / (chargers as f64).sqrt();
            let table = star.at_angle(theta);
            for q in [0.0, 0.02, 0.5, 0.77, 1.0] {
                let swing = star.at_excitation(q).exchange(theta);
                assert!((table.exchange(q) - swing.value).abs() < 1e-13);
                assert!((table.by_angle(q) - swing.slope).abs() < 1e-12 * chargers as f64);
                if q > 0.0 && q < 1.0 {
                    let h = 1e-5;
                    let slope = (table.exchange(q + h) - table.exchange(q - h)) / (2.0 * h);
                    assert!((table.by_excitation(q) - slope).abs() < 2e-8, "{chargers} {q}");
                    let h = 1e-5 * theta;
                    let at = |theta| star.at_excitation(q).exchange(theta);
                    let slope = (at(theta + h).value - at(theta - h).value) / (2.0 * h);
                    assert!((swing.slope - slope).abs() < 1e-8 * chargers as f64);
                    let curvature = (at(theta + h).slope - at(theta - h).slope) / (2.0 * h);
                    assert!((swing.curvature - curvature).abs() < 1e-8 * chargers as f64);
                }
            }
            assert!((table.exchange(0.2) - table.exchange(0.8)).abs() < 1e-14);
        }
    }

    #[test]
    fn pure_chargers_swing_with_sqrt_n() {
        for chargers in [1usize, 2, 36, 100_000] {
            let (star, root) = (star(chargers), (chargers as f64).sqrt());
            for theta in [0.3 / root, 2.0 / root, 5.0 / root] {
                let expected = (0.5 * root * theta).sin().powi(2);
                assert!((star.gain(1.0, theta) - expected).abs() < 1e-15);
                assert_eq!((star.gain(0.0, theta), star.loss(1.0, theta)), (0.0, 0.0));
                assert!((star.loss(0.0, theta) - expected).abs() < 1e-15);
            }
            assert!((star.first_maximum(1.0) * root / PI - 1.0).abs() < 1e-14);
            // sin^2(x)/x is largest at tan x = 2 x.
            let steepest = star.at_excitation(1.0).steepest();
            assert!((0.5 * steepest * root - 1.165561185207211).abs() < 1e-14);
        }
    }

    #[test]
    fn moments_of_many_chargers() {
        // <I_+ I_-> = N q and <(I_+ I_-)^2> = N^2 q, from products of single spins.
        for chargers in [1usize, 2, 9, 36, 1000, 100_000] {
            let n = chargers as f64;
            for q in [0.0, 1e-7, 0.03, 0.5, 0.9, 1.0 - 1e-6, 1.0] {
                let terms = star(chargers).at_excitation(q).terms;
                let second: f64 = terms.iter().map(|(weight, s)| weight * s * s).sum();
                let fourth: f64 = terms.iter().map(|(weight, s)| weight * s.powi(4)).sum();
                assert!((second / n - 1.0).abs() < 1e-12, "{chargers} {q} {second}");
                assert!((fourth / (n * n) - 1.0).abs() < 1e-12, "{chargers} {q} {fourth}");
            }
        }
    }

    #[test]
    fn half_excited_chargers_become_a_gaussian_field() {
        // N -> infinity at q = 1/2: V = 2 z D(z), z = theta sqrt(N/8), D Dawson's function.
        let dawson = |z: f64| {
            let (mut term, mut sum) = (z, z);
            for k in 1..80 {
                term *= -2.0 * z * z / (2 * k + 1) as f64;
                sum += term;
            }
            sum
        };
        for z in [0.5, 1.502, 2.5] {
            let limit = 2.0 * z * dawson(z);
            let error =
                |chargers: usize| star(chargers).exchange(0.5, z / (chargers as f64 / 8.0).sqrt()) - limit;
            // The next order is 1/N: two sizes together leave 1/N^2.
            let (small, large) = (error(1000), error(100_000));
            assert!(large.abs() < 1e-4);
            assert!(((100.0 * large - small) / 99.0).abs() < 2e-7, "{z} {small} {large}");
        }
        let first = star(100_000).first_maximum(0.5) * (100_000f64 / 8.0).sqrt();
        assert!((first - 1.50197526827).abs() < 1e-4, "{first}");
    }

    #[test]
    fn first_maxima_of_36_chargers() {
        let star = star(36);
        for (q, expected) in [(0.5, 4.617), (0.7, 5.01), (0.9, 5.67), (1.0, 6.0)] {
            let theta = star.first_maximum(q);
            assert!((PI / theta - expected).abs() < 5e-3, "{q} {}", PI / theta);
            let curve = star.at_excitation(q);
            assert!(curve.exchange(theta).slope.abs() < 1e-12 && curve.exchange(theta).curvature < 0.0);
            let steepest = curve.steepest();
            let average = |theta: f64| curve.exchange(theta).value / theta;
            assert!(
                (1..=1000).all(|i| average(theta * i as f64 / 1000.0) <= average(steepest) * (1.0 + 1e-14))
            );
            // It is the first: V rises all the way.
            assert!((1..1000).all(|i| curve.exchange(theta * i as f64 / 1000.0).slope > 0.0));
        }
        assert!((PI / star.first_maximum(0.5) - 4.617).abs() < 5e-4);
        assert!((star.exchange(0.5, star.first_maximum(0.5)) - 1.25166).abs() < 5e-6);
        assert!((star.first_maximum(0.0) - star.first_maximum(1.0)).abs() < 1e-15);
    }
}
