//! Rabi blocks sorted by how fast they decay: what is left of rho_B when the fast pairs are gone.
//!
//! Every s_ij and z_ij is a sum of exponentials; an overdamped oscillator is two of them,
//!   value h + slope f = c_slow e^{-w^2 t/(gamma/4+k)} + (value - c_slow) e^{-(gamma/4+k)t},
//!   c_slow = ((gamma/4+k) value + slope)/(2k),
//! and one near critical damping or below it counts as one. Rates that underflow are kept as logarithms.

use faer::Mat;
use num_complex::Complex64;

use super::chain::chain_modes;
use super::{RabiBlocks, SectorBlocks, ln_slow_rate};
use crate::Known;
use crate::asymptote::{Decay, Decaying};
use crate::operator::Hermitian;
use crate::why::{TooLarge, Unresolved};

/// Most levels of the battery for which pairs are sorted.
pub(crate) const MOST_SORTED: usize = 301;

/// One exponential of the pair (i,j) of a sector: what s_ij and z_ij are at t = 0.
#[derive(Clone, Copy, Debug)]
struct Term {
    ln_rate: f64,
    frequency: f64,
    sector: usize,
    /// (i, j, amplitude) in s.
    s: (usize, usize, f64),
    /// (i, j, amplitude) in z.
    z: (usize, usize, f64),
    size: f64,
}

/// The limit and what decays, slowest first.
pub(crate) struct RabiDecays<'a> {
    blocks: &'a RabiBlocks,
    /// s and z of the limit, sector by sector.
    limit: Vec<[Mat<f64>; 2]>,
    terms: Vec<Term>,
    decays: Vec<Decay>,
    /// First term behind each of the decays.
    ends: Vec<usize>,
}

/// Rates closer than this are one.
const SAME: f64 = 1e-10;
/// Terms below this are rounding.
const ROUNDING: f64 = 1e-15;
/// Terms above this must have a rate that is resolved.
const COUNTED: f64 = 1e-9;

impl RabiBlocks {
    /// All decaying parts, sorted.
    ///
    /// # Errors
    /// A sentence for the user when there is no limit, or rates are missing.
    pub(crate) fn decaying(&self) -> Known<RabiDecays<'_>> {
        let size: usize = self.sectors.iter().map(|sector| sector.basis.v.nrows()).sum();
        if size > MOST_SORTED {
            return Err(TooLarge::BatteryLevels { most: MOST_SORTED, levels: size }.into());
        }
        let mut limit = Vec::new();
        let mut terms = Vec::new();
        for (index, sector) in self.sectors.iter().enumerate() {
            limit.push(sector.standing()?);
            self.collect(index, sector, &mut terms)?;
        }
        terms
            .sort_by(|a: &Term, b| a.ln_rate.total_cmp(&b.ln_rate).then(a.frequency.total_cmp(&b.frequency)));
        let (mut decays, mut ends) = (Vec::<Decay>::new(), Vec::new());
        for (n, term) in terms.iter().enumerate() {
            let sector = &self.sectors[term.sector];
            let energy = term.s.2 * sector.energy_s[(term.s.0, term.s.1)]
                + term.z.2 * sector.energy_z[(term.z.0, term.z.1)];
            let known = decays.last_mut().filter(|known| {
                term.ln_rate - known.ln_rate <= SAME
                    && (term.frequency - known.frequency).abs() <= SAME * term.frequency
            });
            match known {
                Some(known) => {
                    known.energy += energy;
                    known.size += term.size;
                    *ends.last_mut().expect("as many as decays") = n + 1;
                }
                None => {
                    let Term { ln_rate, frequency, size, .. } = *term;
                    decays.push(Decay { ln_rate, frequency, energy, size });
                    ends.push(n + 1);
                }
            }
        }
        Ok(RabiDecays { blocks: self, limit, terms, decays, ends })
    }

    fn collect(&self, index: usize, sector: &SectorBlocks, terms: &mut Vec<Term>) -> Known<()> {
        let (gamma, detuning) = (self.gamma, self.detuning);
        let [s0, x0, y0, z0] = &sector.start;
        let k = sector.size();
        for (i, j) in (0..k).flat_map(|j| (0..k).map(move |i| (i, j))) {
            let (minus, plus) = (sector.minus(i, j), sector.plus(i, j));
            let (s_stands, z_stands) = sector.stands(i, j);
            let (minus, plus) = (if s_stands { 0.0 } else { minus }, if z_stands { 0.0 } else { plus });
            let ln_minus = sector.ln_close(i, j).unwrap_or(minus.abs().ln());
            let ln_plus = match sector.basis.ln_smallest {
                Some((smallest, ln)) if (i, j) == (smallest, smallest) => ln + std::f64::consts::LN_2,
                _ => plus.ln(),
            };
            let resolved = |w: f64, size: f64| {
                if w.abs() <= sector.basis.resolution && size > COUNTED {
                    return Err(Unresolved::Mode { frequency: sector.basis.resolution });
                }
                Ok(())
            };
            if detuning == 0.0 {
                let of_s = [s0[(i, j)], -minus * x0[(i, j)]];
                let of_z = [z0[(i, j)], plus * y0[(i, j)]];
                for (w, ln_w, start, of_z) in [(minus, ln_minus, of_s, false), (plus, ln_plus, of_z, true)] {
                    if w == 0.0 || start == [0.0; 2] {
                        continue;
                    }
                    for [ln_rate, frequency, amplitude, size] in oscillator(w.abs(), ln_w, gamma, start) {
                        resolved(w, size)?;
                        let (s, z) = if of_z { (0.0, amplitude) } else { (amplitude, 0.0) };
                        let term =
                            Term { ln_rate, frequency, sector: index, s: (i, j, s), z: (i, j, z), size };
                        if size > ROUNDING {
                            terms.push(term);
                        }
                    }
                }
                continue;
            }
            // The chain of (i,j) holds z_ji.
            let start = [s0[(i, j)], x0[(i, j)], y0[(j, i)], z0[(j, i)]];
            if start.iter().all(|x| x.abs() <= ROUNDING) {
                continue;
            }
            for mode in chain_modes(minus, plus, gamma, detuning, &start)? {
                let size = mode.s.norm().max(mode.z.norm());
                if mode.rate == Complex64::ZERO || mode.power > 0 || size <= ROUNDING {
                    continue;
                }
                let tiny = mode.rate.norm() < 1e-300;
                let ln_rate = match (tiny, mode.s.norm() > mode.z.norm()) {
                    (false, _) => (-mode.rate.re).ln(),
                    (true, true) => ln_slow_rate(ln_minus, false, gamma, detuning),
                    (true, false) => ln_slow_rate(ln_plus, i == j, gamma, detuning),
                };
                resolved(if mode.s.norm() > mode.z.norm() { minus } else { plus }, size)?;
                terms.push(Term {
                    ln_rate,
                    frequency: mode.rate.im.abs(),
                    sector: index,
                    s: (i, j, mode.s.re),
                    z: (j, i, mode.z.re),
                    size,
                });
            }
        }
        Ok(())
    }
}

/// [ln rate, frequency, amplitude at t = 0, size] of the exponentials of value h + slope f.
fn oscillator(w: f64, ln_w: f64, gamma: f64, [value, slope]: [f64; 2]) -> Vec<[f64; 4]> {
    let kappa = 0.25 * gamma;
    let discriminant = (kappa - w) * (kappa + w);
    let k = discriminant.abs().sqrt();
    if discriminant <= 0.0 {
        let size = value.hypot((kappa * value + slope) / k.max(0.1 * kappa));
        return vec![[kappa.ln(), k, value, size]];
    }
    let fast = kappa + k;
    let ln_slow = 2.0 * ln_w - fast.ln();
    if k < 0.2 * kappa {
        let size = value.abs().max((kappa * value + slope).abs() / kappa);
        return vec![[ln_slow, 0.0, value, size]];
    }
    let slow = (fast * value + slope) / (2.0 * k);
    let quick = -(w * w / fast * value + slope) / (2.0 * k);
    vec![[ln_slow, 0.0, slow, slow.abs()], [fast.ln(), 0.0, quick, quick.abs()]]
}

impl Decaying for RabiDecays<'_> {
    fn decays(&self) -> &[Decay] {
        &self.decays
    }

    fn state(&self, slow: usize) -> Vec<Hermitian> {
        let mut kept = self.limit.clone();
        let end = slow.checked_sub(1).map_or(0, |last| self.ends[last]);
        for Term { sector, s, z, .. } in &self.terms[..end] {
            kept[*sector][0][(s.0, s.1)] += s.2;
            kept[*sector][1][(z.0, z.1)] += z.2;
        }
        self.blocks.sectors.iter().zip(&kept).map(|(sector, kept)| sector.state(kept)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::response;

    #[test]
    fn overdamped_oscillators_are_their_two_exponentials() {
        for (w, gamma, value, slope) in [
            (0.3_f64, 4.0_f64, 0.7, 0.0),
            (0.3, 4.0, 0.7, -1.1),
            (1e-3, 2.0, 0.0, 0.4),
            (0.02, 1.4, -0.3, 0.9),
        ] {
            let parts = oscillator(w, w.ln(), gamma, [value, slope]);
            assert_eq!(parts.len(), 2);
            for t in [0.0, 0.2, 1.0, 5.0, 40.0] {
                let (h, f) = response(w, gamma, t);
                let sum: f64 = parts
                    .iter()
                    .map(|[ln_rate, _, amplitude, _]| amplitude * (-ln_rate.exp() * t).exp())
                    .sum();
                assert!((sum - (value * h + slope * f)).abs() < 1e-13, "{w} {gamma} {t}: {sum}");
            }
        }
        // Underdamped: one rate gamma/4 and one frequency, the value at t = 0.
        let [[ln_rate, frequency, amplitude, size]] = oscillator(2.0, 2.0_f64.ln(), 0.8, [0.6, 0.3])[..]
        else {
            panic!()
        };
        assert!((ln_rate.exp() - 0.2).abs() < 1e-15 && amplitude == 0.6 && size >= 0.6);
        assert!((frequency - (4.0_f64 - 0.04).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn rates_below_the_range_of_numbers_follow_their_logarithms() {
        let (gamma, detuning) = (1.4, 0.3);
        for ln in [-20.0_f64, -60.0] {
            let w = ln.exp();
            let slowest = |minus: f64, plus: f64| {
                let modes = chain_modes(minus, plus, gamma, detuning, &[1.0, 0.1, 0.0, 0.2]).unwrap();
                modes
                    .iter()
                    .map(|mode| -mode.rate.re)
                    .filter(|rate| *rate > 0.0)
                    .fold(f64::INFINITY, f64::min)
            };
            let of_s = ln_slow_rate(ln, false, gamma, detuning);
            assert!((of_s - slowest(w, 1.3).ln()).abs() < 1e-13 * of_s.abs(), "{ln}");
            let of_z = ln_slow_rate(ln, true, gamma, detuning);
            assert!((of_z - slowest(0.0, w).ln()).abs() < 1e-13 * of_z.abs(), "{ln}");
        }
    }
}
