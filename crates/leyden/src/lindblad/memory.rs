//! Noise with memory on the Hamiltonian, H + B(t) X: a hierarchy of matrices that is exact for any H and any channels.
//!
//! `<B(t) B(t')> = sigma^2 e^{-|t-t'|/t_c}`, X diagonal. rho(t, B), the state and the field together, obeys
//! -i[H + B X, .] + L and the Fokker-Planck equation of B, whose eigenfunctions phi_n(B/sigma) P_0(B) decay at n/t_c.
//!
//! *Ornstein-Uhlenbeck*: phi_n = He_n/sqrt(n!), x phi_n = sqrt(n) phi_{n-1} + sqrt(n+1) phi_{n+1}, so that
//!   rho_n' = L rho_n - (n/t_c) rho_n - i sigma [X, sqrt(n) rho_{n-1} + sqrt(n+1) rho_{n+1}],   n = 0, 1, ..,
//! with the state rho = rho_0 and `<B rho> = sigma rho_1`. What lies above the last of M members follows it without delay,
//! rho_M ~ -i sigma t_c [X, rho_{M-1}]/sqrt(M): the terminator -sigma^2 t_c [X, [X, rho_{M-1}]], with which M = 1 is the white master
//! equation with (gamma/2)[X, [X, .]], gamma = 2 sigma^2 t_c.
//! *Telegraph*: B = +-sigma, turned over at 1/(2 t_c) each way. phi_0 = 1 and phi_1 = B/sigma are all there is: M = 2, exact.
//!
//! A stationary field starts from rho_0 = rho(0) alone, a field that is b at first from rho_n = phi_n(b/sigma) rho(0).
//! In S = Re rho + Im rho, with T its mirror image, -i[X, rho] is (X_j - X_i) T_ij.
//! Source: @kubo1963; @tanimura1989.

use super::slabs::Entry;

/// What of the field stands before the members.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Memory {
    /// Diagonal of X.
    pub(crate) diagonal: Vec<f64>,
    /// Standard deviation of the field.
    pub(crate) sigma: f64,
    /// t_c.
    pub(crate) correlation_time: f64,
    /// M.
    pub(crate) members: usize,
    /// Whether the members end by themselves, or by the terminator.
    pub(crate) ends: bool,
    /// B(0)/sigma; `None` where the field is stationary.
    pub(crate) start: Option<f64>,
}

/// [`Memory`] on the carried numbers.
#[derive(Clone, Debug)]
pub(super) struct Members {
    pub(super) memory: Memory,
    /// sigma (X_j - X_i) of every carried number.
    differences: Vec<f64>,
}

impl Memory {
    /// max |X_i - X_j|.
    fn range(&self) -> f64 {
        let (low, high) = self.diagonal.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
        high - low
    }

    /// A bound on the spectral norm of what it adds.
    pub(super) fn norm_bound(&self) -> f64 {
        let last = self.members.saturating_sub(1) as f64;
        // The Jacobi matrix of sqrt(n) has its eigenvalues below 2 sqrt(M).
        let coupled = 2.0 * last.sqrt() * self.sigma * self.range();
        let ended =
            if self.ends { 0.0 } else { self.sigma.powi(2) * self.correlation_time * self.range().powi(2) };
        coupled + last / self.correlation_time + ended
    }

    /// phi_n(B(0)/sigma) of all members.
    pub(crate) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![1.0];
        for n in 0..self.members - 1 {
            let n = n as f64;
            let before = if weights.len() > 1 { weights[weights.len() - 2] } else { 0.0 };
            let here = weights[weights.len() - 1];
            weights.push(match self.start {
                Some(x) => (x * here - n.sqrt() * before) / (n + 1.0).sqrt(),
                None => 0.0,
            });
        }
        weights
    }
}

impl Members {
    /// On numbers at these kets and bras.
    pub(super) fn new(memory: Memory, at: impl Iterator<Item = (usize, usize)>) -> Self {
        let x = &memory.diagonal;
        Members { differences: at.map(|(i, j)| memory.sigma * (x[j] - x[i])).collect(), memory }
    }

    pub(super) fn count(&self) -> usize {
        self.memory.members
    }

    fn rate(&self, n: usize) -> f64 {
        n as f64 / self.memory.correlation_time
    }

    /// Adds what the field does to the members, one after the other in `s`, with their mirror images.
    pub(super) fn add(&self, s: &[f64], mirror: &[f64], out: &mut [f64]) {
        let (size, count) = (self.differences.len(), self.count());
        let member = |x: usize| x * size..(x + 1) * size;
        for (n, out) in out.chunks_exact_mut(size).enumerate() {
            if n > 0 {
                let (up, rate) = ((n as f64).sqrt(), self.rate(n));
                let below = s[member(n)].iter().zip(&mirror[member(n - 1)]);
                let numbers = out.iter_mut().zip(&self.differences).zip(below);
                numbers.for_each(|((out, d), (s, t))| *out += up * d * t - rate * s);
            }
            if n + 1 < count {
                let down = ((n + 1) as f64).sqrt();
                let numbers = out.iter_mut().zip(&self.differences).zip(&mirror[member(n + 1)]);
                numbers.for_each(|((out, d), t)| *out += down * d * t);
            } else if !self.memory.ends {
                let t_c = self.memory.correlation_time;
                let numbers = out.iter_mut().zip(&self.differences).zip(&s[member(n)]);
                numbers.for_each(|((out, d), s)| *out -= t_c * d * d * s);
            }
        }
    }

    /// The same as entries of row `p` of member `n`; columns count through all members.
    pub(super) fn row(&self, n: usize, p: usize, entries: &mut Vec<Entry>) {
        let (size, d) = (self.differences.len(), self.differences[p]);
        let mut push = |mirrored: bool, member: usize, weight: f64| {
            if weight != 0.0 {
                entries.push(Entry { mirrored, column: member * size + p, weight });
            }
        };
        push(false, n, -self.rate(n));
        if n > 0 {
            push(true, n - 1, (n as f64).sqrt() * d);
        }
        if n + 1 < self.count() {
            push(true, n + 1, ((n + 1) as f64).sqrt() * d);
        } else if !self.memory.ends {
            push(false, n, -self.memory.correlation_time * d * d);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evolve::{Evolve, Exponential, Taylor};
    use crate::lindblad::{Channel, Generator, Lindbladian};
    use crate::operator::{Hermitian, Operator};
    use num_complex::Complex64;

    fn three_levels(members: usize, ends: bool, start: Option<f64>) -> Generator {
        let memory = Memory {
            diagonal: vec![0.0, 1.0, 2.0],
            sigma: SIGMA,
            correlation_time: T_C,
            members,
            ends,
            start,
        };
        Generator::new(&Lindbladian::new(Operator::zero(3), vec![]).unwrap()).with_memory(memory)
    }

    const SIGMA: f64 = 0.9;
    const T_C: f64 = 0.7;
    const TIMES: [f64; 4] = [0.1, 0.5, 2.0, 6.0];

    fn superposition() -> Hermitian {
        Hermitian::projector(&[
            Complex64::new(0.6, 0.0),
            Complex64::new(0.0, 0.48),
            Complex64::new(0.64, 0.0),
        ])
    }

    /// Ratio of every coherence to that of the start.
    fn assert_coherences(generator: &Generator, expected: impl Fn(f64, f64) -> Complex64) {
        let rho0 = superposition();
        let methods: [&dyn Evolve; 2] = [&Exponential { tolerance: 0.0 }, &Taylor::accurate_to(1e-13)];
        for method in methods {
            method
                .evolve(generator, &rho0, &TIMES, &mut |_, t, s| {
                    let rho = Hermitian::from_s(3, s.to_vec());
                    for (i, j) in [(0, 0), (1, 0), (2, 0), (2, 1)] {
                        let difference = i as f64 - j as f64;
                        let found = rho.get(i, j) / rho0.get(i, j);
                        let error = (found - expected(difference, t)).norm();
                        assert!(error < 1e-11, "{i} {j} {t}: {found} {error:.1e}");
                    }
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
        }
    }

    #[test]
    fn coherences_under_gaussian_noise_alone() {
        // e^{-(gamma/2) d^2 [t - t_c (1 - e^{-t/t_c})]}, gamma = 2 sigma^2 t_c.
        let gamma = 2.0 * SIGMA * SIGMA * T_C;
        assert_coherences(&three_levels(28, false, None), |d, t| {
            let faded = t - T_C * (1.0 - (-t / T_C).exp());
            (-0.5 * gamma * d * d * faded).exp().into()
        });
    }

    #[test]
    fn a_known_gaussian_field_turns_coherences_first() {
        // Mean and variance of int B dt from B(0) = b.
        let b = -1.3;
        assert_coherences(&three_levels(44, false, Some(b)), |d, t| {
            let e = (-t / T_C).exp();
            let mean = SIGMA * b * T_C * (1.0 - e);
            let variance = (SIGMA * T_C).powi(2) * (2.0 * t / T_C - 3.0 + 4.0 * e - e * e);
            Complex64::from_polar((-0.5 * d * d * variance).exp(), -d * mean)
        });
    }

    #[test]
    fn coherences_under_telegraph_noise_alone() {
        // e^{-nu t} [cosh mu t + (nu/mu) sinh mu t], mu^2 = nu^2 - sigma^2 d^2.
        let nu = 0.5 / T_C;
        assert_coherences(&three_levels(2, true, None), |d, t| {
            let mu = Complex64::from(nu * nu - SIGMA * SIGMA * d * d).sqrt();
            (-nu * t).exp() * ((mu * t).cosh() + nu / mu * (mu * t).sinh())
        });
    }

    /// [+sigma alone]: the same, less i sigma d sinh(mu t)/mu.
    #[test]
    fn a_known_telegraph_field_turns_coherences_first() {
        let nu = 0.5 / T_C;
        assert_coherences(&three_levels(2, true, Some(1.0)), |d, t| {
            let mu = Complex64::from(nu * nu - SIGMA * SIGMA * d * d).sqrt();
            let turned = Complex64::new(nu, -SIGMA * d) / mu;
            (-nu * t).exp() * ((mu * t).cosh() + turned * (mu * t).sinh())
        });
    }

    /// Applications and entries agree, with a Hamiltonian, a channel and carried numbers; the bound on the norm is one.
    #[test]
    fn entries_are_what_is_applied() {
        let n = 10;
        let ladder = Operator::annihilation(n);
        let h = (&ladder * &ladder).plus_adjoint();
        let channel = Channel { rate: 0.3, jump: ladder };
        let lindbladian = Lindbladian::new(h, vec![channel]).unwrap();
        let start = Hermitian::diagonal(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        for (base, whole) in
            [(Generator::from_start(&lindbladian, &start), false), (Generator::new(&lindbladian), true)]
        {
            for ends in [false, true] {
                let diagonal = (0..n).map(|level| level as f64).collect();
                let members = if ends { 2 } else { 5 };
                let memory =
                    Memory { diagonal, sigma: SIGMA, correlation_time: T_C, members, ends, start: None };
                let generator = base.clone().with_memory(memory);
                assert_eq!(base.is_whole(), whole);
                let size = generator.numbers();
                let mut random = fastrand::Rng::with_seed(5);
                let s: Vec<f64> = (0..size).map(|_| random.f64() - 0.5).collect();
                let (mut out, mut scratch) = (vec![0.0; size], vec![0.0; size]);
                generator.apply(0.0, &s, &mut out, &mut scratch);
                let mut by_entries = vec![0.0; size];
                generator.superoperator().iter().for_each(|&(i, j, x)| by_entries[i] += x * s[j]);
                let error = out.iter().zip(&by_entries).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(error < 1e-12, "{whole} {ends}: {error}");
                let length = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
                assert!(length(&out) <= generator.norm_bound() * length(&s));
            }
        }
    }
}
