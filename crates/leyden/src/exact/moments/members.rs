//! Moments of two oscillators under a field with memory on the charger.
//!
//! B(t) a^dag a turns `<a^dag^p a^q ..>` by i B (p - q), which closes among normally ordered moments in every member of the hierarchy:
//!   m_n' = A m_n - (n/t_c) m_n + i sigma (p - q) [sqrt(n) m_{n-1} + sqrt(n+1) m_{n+1}],
//! A without dephasing of the charger, and with it in the last member, where its -gamma (p-q)^2/2 is the terminator. i(p - q) is what a
//! detuning of the charger multiplies.
//!
//! *Growth.* Behind a drive that dephasing takes off resonance `<N'>` grows at 2 F^2 Re(1/Y_0), where the amplitudes of the members give
//!   Y_n = n/t_c + i Delta_a + g^2/(n/t_c + A_b) + sigma^2 (n+1)/Y_{n+1},
//! a continued fraction: as white noise, with the memory in the place of gamma/2.
//! Source: `lindblad::Memory`; the continued fraction is that of @kubo1963.

use faer::Mat;
use faer::prelude::Solve;
use num_complex::Complex64;

use super::equations::{SIZE, generator, start};
use super::pair::{Frame, OscillatorNoise, OscillatorPair};
use super::{Fate, Growth, Moments};
use crate::Known;
use crate::lindblad::Memory;
use crate::merit::{EnergyCurve, expanded};

/// Members behind which a continued fraction ends.
const DEEP: usize = 20_000;

impl Moments {
    /// The same under a field with memory, in the place of white dephasing of the charger.
    pub(crate) fn remembering(self, memory: Memory) -> Self {
        let fate = match self.fate {
            Fate::Grows(growth) if growth.power == 1 => {
                let rate = self.pair.amplitude.powi(2) * inverse_response(&self.pair, &memory).re;
                Fate::Grows(Growth { rate, ..growth })
            }
            fate => fate,
        };
        Moments { memory: Some(memory), fate, ..self }
    }

    /// The matrix of all members.
    pub(super) fn matrix(&self) -> Mat<f64> {
        let white = generator(&self.pair, &self.frame);
        let Some(memory) = &self.memory else { return white };
        let noise = OscillatorNoise { dephasing: 0.0, ..self.pair.charger };
        let without = generator(&OscillatorPair { charger: noise, ..self.pair }, &self.frame);
        let force = [Complex64::ZERO; 2];
        let turned = OscillatorPair { charger_detuning: 1.0, ..OscillatorPair::default() };
        let turning = generator(&turned, &Frame { force, ..self.frame });
        let count = memory.members;
        let mut all = Mat::zeros(SIZE * count, SIZE * count);
        let mut add = |n: usize, m: usize, factor: f64, of: &Mat<f64>| {
            for (j, column) in of.col_iter().enumerate() {
                for (i, x) in column.iter().enumerate() {
                    all[(n * SIZE + i, m * SIZE + j)] += factor * x;
                }
            }
        };
        let one = Mat::<f64>::identity(SIZE, SIZE);
        for n in 0..count {
            let last = n + 1 == count && !memory.ends;
            add(n, n, 1.0, if last { &white } else { &without });
            add(n, n, -(n as f64) / memory.correlation_time, &one);
            if n > 0 {
                let factor = memory.sigma * (n as f64).sqrt();
                add(n, n - 1, factor, &turning);
                add(n - 1, n, factor, &turning);
            }
        }
        all
    }

    /// The moments of all members at t = 0.
    pub(super) fn starts(&self) -> Vec<f64> {
        let state = start(&self.frame, &self.charger, &self.battery);
        match &self.memory {
            None => state,
            Some(memory) => memory.weights().iter().flat_map(|w| state.iter().map(move |x| w * x)).collect(),
        }
    }

    /// <n_b>(t) in the modes of all members; `limit`: what stands still.
    pub(super) fn curve_of_members(&self, limit: f64) -> Known<EnergyCurve> {
        let (a, y) = (self.matrix(), self.starts());
        let mut wanted = vec![false; y.len()];
        let mut open: Vec<usize> = (0..SIZE).filter(|&k| self.readout.number[k] != 0.0).collect();
        open.iter().for_each(|&k| wanted[k] = true);
        while let Some(row) = open.pop() {
            for column in 0..y.len() {
                if a[(row, column)] != 0.0 && !std::mem::replace(&mut wanted[column], true) {
                    open.push(column);
                }
            }
        }
        let kept: Vec<usize> = (0..y.len()).filter(|&k| wanted[k]).collect();
        let part = Mat::from_fn(kept.len(), kept.len(), |i, j| a[(kept[i], kept[j])]);
        let start: Vec<f64> = kept.iter().map(|&k| y[k]).collect();
        let read: Vec<f64> =
            kept.iter().map(|&k| self.readout.number.get(k).copied().unwrap_or(0.0)).collect();
        let mut curve = EnergyCurve::standing(0.0);
        expanded(part.as_ref(), &start, &read, &mut curve, &|_, _| None)?;
        curve.drop_negligible_modes();
        curve.limit = limit;
        Ok(curve)
    }

    /// The moments of all members where relaxation holds them: A y = 0 with y_0 = 1.
    pub(super) fn stationary(&self) -> Vec<f64> {
        let a = self.matrix();
        let size = a.nrows();
        let rest = a.submatrix(1, 1, size - 1, size - 1);
        let source = a.submatrix(1, 0, size - 1, 1);
        let solved = rest.full_piv_lu().solve(source);
        std::iter::once(1.0).chain(solved.col(0).iter().map(|x| -x)).collect()
    }
}

/// 1/Y_0.
fn inverse_response(pair: &OscillatorPair, memory: &Memory) -> Complex64 {
    let [_, b] = pair.damping();
    let own = |n: usize| {
        let decay = n as f64 / memory.correlation_time;
        Complex64::new(decay, pair.charger_detuning) + pair.coupling.powi(2) / (b + decay)
    };
    let last = if memory.ends { 1 } else { DEEP };
    // Behind the last member: its terminator.
    let ended = if memory.ends { 0.0 } else { memory.sigma.powi(2) * memory.correlation_time };
    let deepest = own(last) + ended;
    let behind = |y: Complex64, n: usize| own(n) + memory.sigma.powi(2) * (n + 1) as f64 / y;
    (0..last).rev().fold(deepest, behind).inv()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_under_fast_noise_is_that_of_white_noise() {
        let pair = OscillatorPair {
            battery_detuning: 0.3,
            coupling: 0.8,
            amplitude: 0.5,
            charger: OscillatorNoise { dephasing: 1.2, ..OscillatorNoise::default() },
            ..OscillatorPair::default()
        };
        let [a, b] = pair.damping();
        let white = b / (a * b + pair.coupling.powi(2));
        // Gaussian noise in proportion to t_c; telegraph noise, without detuning of the charger, to t_c^2.
        for (ends, power) in [(false, 1), (true, 2)] {
            let error = |correlation_time: f64| {
                let sigma = (0.6_f64 / correlation_time).sqrt();
                let memory =
                    Memory { diagonal: Vec::new(), sigma, correlation_time, members: 2, ends, start: None };
                (inverse_response(&pair, &memory) - white).norm()
            };
            let (coarse, fine) = (error(1e-2), error(1e-3));
            assert!(
                coarse < 1e-3 && (coarse / fine / 10f64.powi(power) - 1.0).abs() < 0.1,
                "{coarse} {fine}"
            );
        }
    }
}
