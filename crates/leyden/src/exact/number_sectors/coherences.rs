//! Coherence orders of one tensor rank: the chains behind charger dephasing in number sectors.
//!
//! An irreducible tensor operator of rank L = l + delta/2 between sectors n and n - delta keeps l and delta and has one
//! component y_k for every coherence order k = -l..l+delta of the charger. With c_k = sqrt((l+delta-k)(l+k+1)),
//!   y_k' = g (c_{k-1} y_{k-1} - c_k y_{k+1}) - (gamma/2) k^2 y_k,   y_k(0) = 1 for k = 0 only,
//! and G_{l,delta}(t) = y_0(t) is all that the battery sees. For gamma = 0 it is an element of a rotation matrix,
//!   G = cos^delta(gt) P_l^{(0,delta)}(cos 2gt)   (Jacobi polynomial).
//! For delta = 0, y_{-k} = (-1)^k y_k: half of the chain suffices, its first coupling multiplied by sqrt 2.
//!
//! Strong dephasing keeps the orders low: |y_k| <= 2 r_k |y_{k-1}| with r_k = 4 g c/(gamma k^2) < 1/2; orders whose
//! bound is negligible are cut off.
//!
//! Steps: Taylor polynomials while they are cheap, for a chain decays soon or never; then doubled propagators
//! e^{A h 2^j}, kept as E = e^{Ah} - 1 so that 2E + E^2 preserves the relative accuracy of slow rates far below ||A||.

use faer::Mat;

use crate::exact::dense::multiply;

/// Coherence orders bounded by this are cut off; their effect on G is its square.
const NEGLIGIBLE_ORDER: f64 = 1e-14;
/// ||A|| h of a Taylor step.
const LONGEST_STEP: f64 = 3.0;
/// A chain that changes no entry of the state by more than this has died.
const DEAD: f64 = 1e-17;

/// One chain on its way through nondecreasing times.
#[derive(Clone, Debug)]
pub(super) struct CoherenceChain {
    /// Couplings g c_k; one longer than needed at both ends, with zeros.
    couplings: Vec<f64>,
    /// (gamma/2) k^2
    damping: Vec<f64>,
    /// Index of k = 0.
    origin: usize,
    norm: f64,
    dead: f64,
    y: Vec<f64>,
    time: f64,
}

impl CoherenceChain {
    /// The chain of l and delta at time 0; `weight` is the largest factor with which G enters the state.
    pub(super) fn new(gamma: f64, coupling: f64, l: usize, delta: usize, weight: f64) -> Self {
        let c = |k: i64| {
            let (l, delta) = (l as i64, delta as i64);
            coupling * (((l + delta - k) * (l + k + 1)) as f64).sqrt()
        };
        let damping = |k: i64| 0.5 * gamma * (k * k) as f64;
        let up = reach(l + delta, |k| (c(k as i64 - 1).abs().max(c(k as i64).abs()), damping(k as i64)));
        let down = match delta {
            0 => 0,
            _ => reach(l, |k| (c(-(k as i64)).abs().max(c(-(k as i64) - 1).abs()), damping(k as i64))),
        };
        let orders = -(down as i64)..=up as i64;
        let mut couplings: Vec<f64> = orders.clone().map(|k| c(k - 1)).collect();
        couplings[0] = 0.0;
        couplings.push(0.0);
        if delta == 0 && up > 0 {
            couplings[1] *= 2f64.sqrt();
        }
        let damping: Vec<f64> = orders.map(damping).collect();
        // The undamped part has the norm 2gL.
        let largest_damping = damping.iter().fold(0.0, |a: f64, b| a.max(*b));
        let norm = coupling.abs() * (2 * l + delta) as f64 + largest_damping;
        let mut y = vec![0.0; damping.len()];
        y[down] = 1.0;
        CoherenceChain { couplings, damping, origin: down, norm, dead: DEAD / weight, y, time: 0.0 }
    }

    /// G at nondecreasing `times`, none earlier than those of the last call.
    pub(super) fn follow(&mut self, times: &[f64], mut out: impl FnMut(usize, f64)) {
        let n = self.y.len();
        let mut work = Work { term: vec![0.0; n], next: vec![0.0; n], step: vec![0.0; n] };
        let mut ladder = None;
        // Steps are taken until they have cost as much as the propagators would.
        let starts = std::iter::once(&self.time).chain(times);
        let widest = starts.zip(times).map(|(a, b)| b - a).fold(0.0, f64::max);
        let rungs = (self.norm * widest).max(1.0).log2() + 1.0;
        let mut budget = 2.0 * (n as f64).powi(3) * rungs + 120.0 * (n as f64).powi(2);
        for (index, &time) in times.iter().enumerate() {
            let dt = time - self.time;
            if dt > 0.0 && self.norm > 0.0 {
                // Equal steps: sums of unequal ones would round the time again and again.
                let steps = (dt * self.norm / LONGEST_STEP).ceil().max(1.0);
                let mut left = steps;
                while left > 0.0 && budget > 0.0 && !self.dies() {
                    let terms = self.taylor(dt / steps, &mut work);
                    budget -= 6.0 * (terms * n) as f64;
                    self.add(&work.step);
                    left -= 1.0;
                }
                if left > 0.0 && !self.dies() {
                    let ladder = ladder.get_or_insert_with(|| Ladder::new(self, &times[index..], &mut work));
                    ladder.advance(self, dt * (left / steps), &mut work);
                }
            }
            self.time = time;
            out(index, self.y[self.origin]);
        }
    }

    /// Whether nothing is left; sets it to 0.
    fn dies(&mut self) -> bool {
        let dead = self.y.iter().all(|y| y.abs() < self.dead);
        if dead {
            self.y.fill(0.0);
        }
        dead
    }

    fn add(&mut self, step: &[f64]) {
        self.y.iter_mut().zip(step).for_each(|(y, x)| *y += x);
    }

    /// (e^{Ah} - 1) y into `work.step` for ||A|| |h| of order 1; the number of terms.
    fn taylor(&self, h: f64, work: &mut Work) -> usize {
        work.term.copy_from_slice(&self.y);
        work.step.fill(0.0);
        let size = self.norm * h.abs();
        let mut bound = 1.0;
        let mut terms = 0;
        while bound > 1e-19 {
            terms += 1;
            bound *= size / terms as f64;
            self.apply(h / terms as f64, &work.term, &mut work.next);
            std::mem::swap(&mut work.term, &mut work.next);
            work.step.iter_mut().zip(&work.term).for_each(|(x, term)| *x += term);
        }
        terms
    }

    /// h A x
    fn apply(&self, h: f64, x: &[f64], out: &mut [f64]) {
        let n = x.len();
        let (c, d) = (&self.couplings, &self.damping);
        if n == 1 {
            out[0] = -h * d[0] * x[0];
            return;
        }
        out[0] = -h * (c[1] * x[1] + d[0] * x[0]);
        out[n - 1] = h * (c[n - 1] * x[n - 2] - d[n - 1] * x[n - 1]);
        let inner = out[1..n - 1].iter_mut().zip(x.windows(3)).zip(c[1..n].windows(2)).zip(&d[1..n - 1]);
        for (((out, x), c), d) in inner {
            *out = h * (c[0] * x[0] - c[1] * x[2] - d * x[1]);
        }
    }
}

/// Number of orders on one side of 0 that matter; `of(k)` gives the largest coupling and the damping of order k.
fn reach(longest: usize, of: impl Fn(usize) -> (f64, f64)) -> usize {
    let mut bound = 1.0;
    for k in 1..=longest {
        let (coupling, damping) = of(k);
        bound *= (4.0 * coupling / damping).min(1.0);
        if bound < NEGLIGIBLE_ORDER {
            return k;
        }
    }
    longest
}

struct Work {
    term: Vec<f64>,
    next: Vec<f64>,
    step: Vec<f64>,
}

/// e^{A h 2^j} - 1, made when needed.
struct Ladder {
    first_step: f64,
    rungs: Vec<Mat<f64>>,
}

impl Ladder {
    fn new(chain: &CoherenceChain, times: &[f64], work: &mut Work) -> Self {
        // ||A|| h <= 1, and equally spaced times are met by one rung.
        let spacing = times.windows(2).map(|w| w[1] - w[0]).find(|&dt| dt > 0.0);
        let spacing = spacing.unwrap_or(times[0] - chain.time);
        let halvings = (spacing * chain.norm).log2().ceil();
        let first_step = spacing * 0.5_f64.powi(halvings as i32);
        let n = chain.y.len();
        let mut first = Mat::zeros(n, n);
        let mut unit = chain.clone();
        for j in 0..n {
            unit.y.fill(0.0);
            unit.y[j] = 1.0;
            unit.taylor(first_step, work);
            for i in 0..n {
                first[(i, j)] = work.step[i];
            }
        }
        Ladder { first_step, rungs: vec![first] }
    }

    fn advance(&mut self, chain: &mut CoherenceChain, dt: f64, work: &mut Work) {
        // A spacing that is repeated up to rounding leaves next to nothing, of either sign.
        let mut steps = (dt / self.first_step + 1e-6) as u64;
        let left = dt - steps as f64 * self.first_step;
        let mut rung = 0;
        while steps > 0 {
            if rung == self.rungs.len() {
                let last = &self.rungs[rung - 1];
                self.rungs.push(last * last + faer::Scale(2.0) * last);
            }
            if steps & 1 == 1 {
                multiply(self.rungs[rung].as_ref(), &chain.y, &mut work.step);
                chain.add(&work.step);
            }
            steps >>= 1;
            rung += 1;
        }
        if left.abs() * chain.norm > 1e-18 {
            chain.taylor(left, work);
            chain.add(&work.step);
        }
    }
}

/// G_{l,delta} for l = 0.. without dephasing, at the angle gt: cos^delta P_l^{(0,delta)}(cos 2gt).
pub(super) fn undamped(delta: usize, angle: f64, out: &mut [f64]) {
    let (d, x) = (delta as f64, (2.0 * angle).cos());
    let (mut before, mut now) = (0.0, angle.cos().powi(delta as i32));
    for (l, out) in out.iter_mut().enumerate() {
        *out = now;
        // Jacobi recurrence from l to l + 1 at alpha = 0, beta = delta.
        let l = l as f64;
        let s = 2.0 * l + d;
        let next = if s == 0.0 {
            x * now
        } else {
            ((s + 1.0) * (s * (s + 2.0) * x - d * d) * now - 2.0 * l * (l + d) * (s + 2.0) * before)
                / (2.0 * (l + 1.0) * (l + d + 1.0) * s)
        };
        (before, now) = (now, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::response;

    fn g(l: usize, delta: usize, gamma: f64, times: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; times.len()];
        CoherenceChain::new(gamma, 1.0, l, delta, 1.0).follow(times, |i, g| out[i] = g);
        out
    }

    /// e^{At} of the chain with its orders -l..l+delta, by scaling and squaring in 40 digits and more.
    #[test]
    fn exponentials_in_forty_digits() {
        for (l, delta, gamma, t, expected) in [
            (20, 5, 0.3, 1.7, 0.036809120982757653216),
            (12, 20, 5.0, 0.9, 0.0084122741059147178601),
            (25, 0, 8.0, 2.5, -1.8229693658384705523e-8),
            (20, 5, 0.3, 0.5, -0.1712648736238500111),
            (12, 20, 5.0, 0.1, -0.39967143672736519543),
            (25, 0, 8.0, 0.1, -0.23962085387148333003),
            (15, 3, 100.0, 0.3, 0.014115574000435996193),
            (3, 3, 1e4, 50.0, 0.63762884255911599745),
            (10, 2, 1e6, 500.0, 0.76951102432874665241),
            (1, 0, 8.0, 3.0, 0.017351265236664508961),
        ] {
            let found = g(l, delta, gamma, &[t])[0];
            assert!((found - expected).abs() < 1e-14, "{l}, {delta}, {gamma}, {t}: {found:e}");
            // Through many times, the propagators take over.
            let times: Vec<f64> = (1..=3000).map(|i| t * i as f64 / 3000.0).collect();
            let found = g(l, delta, gamma, &times)[2999];
            assert!((found - expected).abs() < 3e-13, "{l}, {delta}, {gamma}, {t}: {found:e}");
        }
    }

    #[test]
    fn lowest_ranks_are_damped_oscillators() {
        let times: Vec<f64> = (0..=130).map(|i| 10f64.powf(-5.0 + 0.1 * i as f64)).collect();
        for gamma in [0.01, 1.0, 4.0, 8.0, 1e3, 1e6] {
            for (l, delta, w) in [(0, 1, 1.0), (1, 0, 2.0)] {
                for (t, g) in times.iter().zip(g(l, delta, gamma, &times)) {
                    let away = (g - response(w, gamma, *t).0).abs();
                    assert!(away < 1e-12, "gamma = {gamma}, t = {t}: {away:e}");
                }
            }
        }
    }

    /// Taylor steps and propagators against Jacobi polynomials.
    #[test]
    fn undamped_chains_are_rotations() {
        for delta in [0, 1, 2, 9, 40] {
            for times in [vec![0.0, 0.3, 1.1, 2.9], (0..400).map(|i| 0.05 * i as f64).collect()] {
                let mut expected = vec![0.0; 61];
                for l in [0, 1, 2, 7, 30, 60] {
                    for (t, g) in times.iter().zip(g(l, delta, 0.0, &times)) {
                        undamped(delta, *t, &mut expected);
                        let away = (g - expected[l]).abs();
                        assert!(away < 1e-12, "l = {l}, delta = {delta}, t = {t}: {away:e}");
                    }
                }
            }
        }
    }
}
