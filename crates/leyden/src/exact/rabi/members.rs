//! Rabi blocks under a field with memory: the hierarchy of every pair of blocks, in modes.
//!
//! B(t) n_C is a detuning of the charger that depends on time. With its n-th member every pair (i,j) has a chain of four
//! numbers (see the head of the module)
//!   s_n' = -w_- x_n - n s_n/t_c,   x_n' = w_- s_n - Delta_C y_n - sigma (sqrt(n) y_{n-1} + sqrt(n+1) y_{n+1}) - n x_n/t_c,
//!   z_n' = w_+ y_n - n z_n/t_c,    y_n' = Delta_C x_n - w_+ z_n + sigma (sqrt(n) x_{n-1} + sqrt(n+1) x_{n+1}) - n y_n/t_c,
//! and the terminator -(gamma/2) on x and y of the last. Without detuning the numbers (s, x) of even members meet only (y, z) of odd ones:
//! two families of 2M numbers each, one for s_0 and one for z_0. An eigenvalue iteration drowns slow rates in the rounding of the largest one; eliminating all
//! but s_0 gives Kubo's continued fraction, whose fixed point keeps their digits (w_n = w_- in even and w_+ in odd members, exchanged for z_0):
//!   lambda = -w_0^2/(lambda + sigma^2/F_1),   F_n = z_n + w_n^2/z_n + (n+1) sigma^2/F_{n+1},   z_n = lambda + n/t_c.
//! Source: as `lindblad::Memory`, in the blocks of `rabi-blocks`.

use faer::Mat;

use super::{RabiBlocks, SectorBlocks};
use crate::Known;
use crate::lindblad::Memory;
use crate::merit::{EnergyCurve, expanded};
use crate::why::Unresolved;

/// Squares of frequencies below this leave the range of numbers ...
const UNDERFLOW: f64 = 1e-290;
/// ... which matters where as much of the energy hangs on them.
const CARRIED: f64 = 1e-12;

/// The numbers of a chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    S,
    X,
    Y,
    Z,
}
use Number::{S, X, Y, Z};

/// One pair of blocks: frequencies, and what the numbers are at first.
#[derive(Clone, Copy)]
struct Pair {
    minus: f64,
    plus: f64,
    detuning: f64,
    /// Of s, x, y, z.
    start: [f64; 4],
    /// What s and z contribute to the energy.
    energy: [f64; 2],
}

impl RabiBlocks {
    /// E_B(t) on all t >= 0 under a field with memory in the place of white noise.
    ///
    /// # Errors
    /// A sentence for the user where the modes are not available.
    pub(crate) fn curve_with_memory(&self, memory: &Memory) -> Known<EnergyCurve> {
        let mut curve = EnergyCurve::standing(0.0);
        for sector in self.sectors.iter() {
            curve.resolution = curve.resolution.max(sector.basis.resolution);
            sector.collect_members(self.detuning, memory, &mut curve)?;
        }
        curve.drop_negligible_modes();
        Ok(curve)
    }
}

impl SectorBlocks {
    fn collect_members(&self, detuning: f64, memory: &Memory, curve: &mut EnergyCurve) -> Known<()> {
        let [s0, x0, y0, z0] = &self.start;
        for (i, j) in (0..self.size()).flat_map(|i| (0..=i).map(move |j| (i, j))) {
            let (s_stands, z_stands) = self.stands(i, j);
            let minus = if s_stands { 0.0 } else { self.minus(i, j) };
            let plus = if z_stands { 0.0 } else { self.plus(i, j) };
            let pair = |i: usize, j: usize, minus: f64| Pair {
                minus,
                plus,
                detuning,
                start: [s0[(i, j)], x0[(i, j)], y0[(j, i)], z0[(j, i)]],
                energy: [self.energy_s[(i, j)], self.energy_z[(j, i)]],
            };
            let (one, other) = (pair(i, j, minus), pair(j, i, -minus));
            if i == j {
                one.collect(memory, curve)?;
            } else if detuning == 0.0 {
                // The chain of (j,i) is that of (i,j) with other signs of x, y and z.
                let sum = |k: usize, sign: f64| one.start[k] + sign * other.start[k];
                Pair { start: [sum(0, 1.0), sum(1, -1.0), sum(2, 1.0), sum(3, 1.0)], ..one }
                    .collect(memory, curve)?;
            } else {
                one.collect(memory, curve)?;
                other.collect(memory, curve)?;
            }
        }
        Ok(())
    }
}

impl Pair {
    fn collect(&self, memory: &Memory, curve: &mut EnergyCurve) -> Known<()> {
        let families: &[&[Number]] = match self.detuning == 0.0 {
            true => &[&[S, X], &[Z, Y]],
            false => &[&[S, X, Y, Z]],
        };
        for family in families {
            self.collect_family(family, memory, curve)?;
        }
        Ok(())
    }

    /// What hangs together with these numbers of the state.
    fn collect_family(&self, first: &[Number], memory: &Memory, curve: &mut EnergyCurve) -> Known<()> {
        let (minus, plus) = (self.minus, self.plus);
        // A number that no frequency turns stands still in the state and is of no use in other members.
        let turns = |number: Number| match number {
            S => minus != 0.0,
            Z => plus != 0.0,
            X | Y => true,
        };
        let swapped: &[Number] = if first == [S, X] { &[Z, Y] } else { &[S, X] };
        let of = |n: usize| if first.len() == 4 || n.is_multiple_of(2) { first } else { swapped };
        let numbers: Vec<(usize, Number)> = (0..memory.members)
            .flat_map(|n| of(n).iter().map(move |number| (n, *number)))
            .filter(|(_, number)| turns(*number))
            .collect();
        for number in first.iter().filter(|number| !turns(**number)) {
            curve.limit += self.energy(*number) * self.start[*number as usize];
        }
        let drowned = |number: Number, w: f64| {
            let carried = (self.energy(number) * self.start[number as usize]).abs();
            first.contains(&number) && w != 0.0 && w * w < UNDERFLOW && carried > CARRIED
        };
        if drowned(S, minus) || drowned(Z, plus) {
            return Err(Unresolved::Underflow.into());
        }
        let weights = memory.weights();
        let start: Vec<f64> =
            numbers.iter().map(|&(n, number)| weights[n] * self.start[number as usize]).collect();
        if start.iter().all(|x| *x == 0.0) {
            return Ok(());
        }
        let place = |n: usize, number: Number| numbers.iter().position(|known| *known == (n, number));
        let mut z = Mat::<f64>::zeros(numbers.len(), numbers.len());
        for (row, &(n, number)) in numbers.iter().enumerate() {
            z[(row, row)] -= n as f64 / memory.correlation_time;
            let mut add = |member: usize, of: Number, weight: f64| {
                if let Some(column) = place(member, of) {
                    z[(row, column)] += weight;
                }
            };
            let (turned, sign) = match number {
                S => {
                    add(n, X, -minus);
                    continue;
                }
                Z => {
                    add(n, Y, plus);
                    continue;
                }
                X => {
                    add(n, S, minus);
                    (Y, -1.0)
                }
                Y => {
                    add(n, Z, -plus);
                    (X, 1.0)
                }
            };
            add(n, turned, sign * self.detuning);
            if n > 0 {
                add(n - 1, turned, sign * memory.sigma * (n as f64).sqrt());
            }
            if n + 1 < memory.members {
                add(n + 1, turned, sign * memory.sigma * ((n + 1) as f64).sqrt());
            } else if !memory.ends {
                add(n, number, -memory.sigma.powi(2) * memory.correlation_time);
            }
        }
        let read: Vec<f64> =
            numbers.iter().map(|&(n, number)| if n == 0 { self.energy(number) } else { 0.0 }).collect();
        let refined = |found: f64, scale: f64| {
            let of = if first == [S, X] { minus } else { plus };
            (first.len() == 2 && of != 0.0).then(|| self.refined(first, memory, found, scale)).flatten()
        };
        expanded(z.as_ref(), &start, &read, curve, &refined)
    }

    /// The slow rate near `found`, by the fixed point that keeps its digits.
    fn refined(&self, first: &[Number], memory: &Memory, found: f64, scale: f64) -> Option<f64> {
        let (even, odd) = if first == [S, X] { (self.minus, self.plus) } else { (self.plus, self.minus) };
        let square = |n: usize| if n.is_multiple_of(2) { even * even } else { odd * odd };
        let variance = memory.sigma * memory.sigma;
        let last = memory.members - 1;
        let ended = if memory.ends { 0.0 } else { variance * memory.correlation_time };
        // F_n without kappa_0^2/lambda in the first.
        let behind = |lambda: f64| {
            let own = |n: usize| {
                let z = lambda + n as f64 / memory.correlation_time;
                z + if n > 0 && square(n) != 0.0 { square(n) / z } else { 0.0 }
            };
            let deepest = own(last) + ended;
            (0..last).rev().fold(deepest, |f, n| own(n) + variance * (n + 1) as f64 / f)
        };
        let mut lambda = found;
        for _ in 0..100 {
            let next = -square(0) / behind(lambda);
            if (next - lambda).abs() <= 4e-16 * next.abs() {
                let near = (next - found).abs() <= 1e-12 * scale;
                return near.then_some(next.min(-f64::MIN_POSITIVE));
            }
            lambda = next;
        }
        None
    }

    fn energy(&self, number: Number) -> f64 {
        match number {
            S => self.energy[0],
            Z => self.energy[1],
            X | Y => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_rates_keep_their_digits() {
        // Adiabatically s follows w_-^2/behind, what of the noise is left at frequency 0.
        for (ends, members) in [(true, 2), (false, 12)] {
            let memory = Memory {
                diagonal: Vec::new(),
                sigma: 0.8,
                correlation_time: 0.7,
                members,
                ends,
                start: None,
            };
            let rate = |minus: f64| {
                let pair =
                    Pair { minus, plus: 1.7, detuning: 0.0, start: [1.0, 0.0, 0.0, 0.0], energy: [1.0, 0.0] };
                let mut curve = EnergyCurve::standing(0.0);
                pair.collect(&memory, &mut curve).unwrap();
                curve.modes.iter().map(|mode| mode.rate()).fold(f64::INFINITY, f64::min)
            };
            let coefficient = rate(1e-5) / 1e-10;
            for minus in [1e-7, 1e-12, 1e-40] {
                let found = rate(minus) / (minus * minus);
                assert!((found / coefficient - 1.0).abs() < 1e-8, "{members} {minus}: {found} {coefficient}");
            }
            // Where no number holds the rate it is none.
            let start = [1.0, 0.0, 0.0, 0.0];
            let slower = Pair { minus: 1e-150, plus: 1.7, detuning: 0.0, start, energy: [1.0, 0.0] };
            let lost = slower.collect(&memory, &mut EnergyCurve::standing(0.0));
            assert_eq!(lost, Err(Unresolved::Underflow.into()));
            assert!((rate(1e-7) / rate(1e-12) * 1e-10 - 1.0).abs() < 1e-12);
        }
    }
}
