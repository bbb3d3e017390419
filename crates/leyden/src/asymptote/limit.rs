//! The limit of any constant generator, by structure where there is one.
//!
//! Z(1) = 0: projection on the commutant. Otherwise: the only stationary state, or, for few levels, the whole null space.

use super::commutant::{Commutant, generators, is_unital};
use super::exact::{ROUNDED, SMALL, Smallest, may_be_exact, settle_exactly, smallest};
use super::null_space::{NullSpace, ZERO};
use super::resolvent::{Reached, Resolvent};
use super::stationary::{Stationary, unique};
use super::undamped::comes_to_rest;
use crate::lindblad::{Generator, Lindbladian};
use crate::numerics::norm;
use crate::operator::Hermitian;
use crate::why::Doubt;
use crate::{Known, Why};

/// Most levels for which limits are computed, as the commutant: a second or two.
pub(crate) const MOST_SETTLED: usize = 240;

/// The limit reached from the initial state.
pub(crate) struct Settled {
    pub(crate) state: Hermitian,
    pub(crate) conserved: usize,
    pub(crate) values: Vec<f64>,
    /// ||Z rho|| / ||Z||.
    pub(crate) residual: f64,
    /// Whether something counts as degenerate because it is so to rounding.
    pub(crate) copies: bool,
    /// Z on the numbers that matter, decomposed close to 0, where the limit was found so.
    pub(super) solved: Option<Solved>,
}

/// Z on the numbers that matter, and its resolvent close to 0.
pub(super) struct Solved {
    pub(super) reached: Reached,
    pub(super) resolvent: Resolvent,
}

/// The limit of `rho0`.
///
/// # Errors
/// A sentence for the user when there is none, or none that can be certified.
pub(crate) fn settle(lindbladian: &Lindbladian, generator: &Generator, rho0: &Hermitian) -> Known<Settled> {
    if !generator.is_constant() {
        return Err(Why::TimeDependent);
    }
    let levels = lindbladian.dim();
    if levels > MOST_SETTLED {
        return Err(Doubt::Levels { most: MOST_SETTLED, levels }.into());
    }
    let unital = is_unital(lindbladian);
    let Smallest { entry, rate, weakest, clear } = smallest(lindbladian);
    let to_rounding = || settle_to_rounding(lindbladian, generator, rho0, unital, weakest, 0.0);
    let exact = || settle_exactly(lindbladian, generator, rho0);
    // Without relaxation rates decide nothing but how long it takes.
    let size = if unital { entry } else { entry.min(rate) };
    match (size < SMALL, may_be_exact(lindbladian)) {
        _ if lindbladian.channels().is_empty() => to_rounding(),
        (true, true) => exact(),
        // Sums that cancel but for rounding, such as detunings of several cells, cannot add a second limit to one that is clear without them.
        (true, false) if if unital { clear } else { clear.min(rate) } >= SMALL => {
            match settle_to_rounding(lindbladian, generator, rho0, unital, 1.0, ROUNDED) {
                Ok(settled) if settled.conserved == 1 => Ok(settled),
                _ => Err(Doubt::Splitting { size }.into()),
            }
        }
        // Nothing below can tell it from zero.
        (true, false) => Err(Doubt::Splitting { size }.into()),
        (false, few) => match to_rounding() {
            Err(why @ (Why::NotCertified(_) | Why::NotResolved(_))) if few => exact().map_err(|_| why),
            settled => settled,
        },
    }
}

/// ||Z rho|| / ||Z||.
pub(super) fn residual(generator: &Generator, state: &Hermitian) -> f64 {
    let (mut out, mut scratch) = (vec![0.0; state.s().len()], vec![0.0; state.s().len()]);
    generator.apply(0.0, state.s(), &mut out, &mut scratch);
    norm(&out) / generator.norm_bound().max(f64::MIN_POSITIVE)
}

/// The limit of a generator that holds no numbers as small as rounding, or none larger than `rounding` of the largest; `unital`: Z(1) = 0; `weakest`:
/// what acts at its square.
fn settle_to_rounding(
    lindbladian: &Lindbladian,
    generator: &Generator,
    rho0: &Hermitian,
    unital: bool,
    weakest: f64,
    rounding: f64,
) -> Known<Settled> {
    let n = lindbladian.dim();
    if unital {
        let commutant = Commutant::of(n, &generators(lindbladian))?;
        let (state, values) = commutant.project(rho0);
        comes_to_rest(lindbladian, rho0, &state, commutant.dimension())?;
        let residual = residual(generator, &state);
        if !(residual <= 1e-9) {
            return Err(Doubt::Residual { residual }.into());
        }
        return Ok(Settled {
            conserved: commutant.dimension(),
            values,
            residual,
            copies: commutant.has_copies(),
            solved: None,
            state,
        });
    }
    let only = Reached::new(generator, rho0)
        .and_then(|reached| unique(lindbladian, &reached, rho0, rounding).map(|found| (reached, found)));
    match only {
        Ok((reached, Stationary { state, residual, resolvent })) => Ok(Settled {
            conserved: 1,
            values: vec![1.0],
            residual,
            copies: false,
            solved: Some(Solved { reached, resolvent }),
            state,
        }),
        Err(why) if n > super::MOST_LEVELS => Err(why),
        Err(_) => {
            let null_space = NullSpace::new(generator, rho0)?;
            let (conserved, state) = (null_space.dimension, null_space.limit);
            // What decays by a weak coupling has its square for a rate, which may count as zero.
            if conserved > 1 && weakest * weakest <= 10.0 * ZERO {
                return Err(Doubt::Coupling { size: weakest }.into());
            }
            // Left null vectors of a null space are no better than any other basis of it.
            let values = if conserved == 1 { vec![1.0] } else { Vec::new() };
            Ok(Settled {
                conserved,
                values,
                residual: residual(generator, &state),
                copies: false,
                solved: None,
                state,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::*;
    use crate::lindblad::Channel;
    use crate::numerics::distance;
    use crate::operator::Operator;

    /// Random couplings of neighbours, real or not, level energies times `detuning` and losses downwards.
    fn random(n: usize, seed: u64, real: bool, detuning: f64) -> Lindbladian {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut any = |size: f64| size * (0.2 + random.f64());
        let couplings: Vec<_> = (0..n - 1)
            .map(|k| (k, k + 1, Complex64::new(any(1.0), if real { 0.0 } else { any(0.5) })))
            .collect();
        let energies: Vec<f64> = (0..n).map(|_| any(detuning)).collect();
        let h = &Operator::from_entries(n, couplings).plus_adjoint() + &Operator::diagonal(&energies);
        let jump = |step: usize| {
            Operator::from_entries(
                n,
                (0..n - step).map(|k| (k, k + step, Complex64::ONE)).collect::<Vec<_>>(),
            )
        };
        let channels = [(0.3, 1), (0.1, 2)].map(|(rate, step)| Channel { rate, jump: jump(step) });
        Lindbladian::new(h, channels.to_vec()).unwrap()
    }

    #[test]
    fn the_only_limit_is_the_null_vector_of_the_whole_generator() {
        for (seed, real, detuning) in [(1, true, 0.0), (2, true, 0.7), (3, false, 0.0), (4, false, 0.7)] {
            let lindbladian = random(12, seed, real, detuning);
            let generator = Generator::new(&lindbladian);
            let rho0 = Hermitian::level(12, 5);
            let settled = settle(&lindbladian, &generator, &rho0).unwrap();
            assert!(settled.solved.is_some() && settled.conserved == 1, "{seed}");
            let whole = NullSpace::new(&generator, &rho0).unwrap();
            let apart = distance(settled.state.s(), whole.limit.s());
            assert!(whole.dimension == 1 && apart < 1e-12, "{seed}: {apart:e}");
        }
    }

    #[test]
    fn rounding_adds_no_second_limit_to_one_that_is_clear() {
        // Level energies of order 1e-16 beside couplings of order 1 are what cancelled sums leave.
        let rho0 = Hermitian::level(12, 5);
        let limit = |detuning: f64| {
            let lindbladian = random(12, 7, true, detuning);
            settle(&lindbladian, &Generator::new(&lindbladian), &rho0).map(|settled| settled.state)
        };
        let (without, with) = (limit(0.0).unwrap(), limit(1e-16).unwrap());
        assert!(distance(without.s(), with.s()) < 1e-13);
        // Numbers that mean something to no one yet are no rounding.
        assert!(matches!(limit(1e-12), Err(Why::NotCertified(Doubt::Splitting { .. }))));
        // Without relaxation they decide what is conserved.
        let dephased = |detuning: f64| {
            let jump = Operator::diagonal(&(0..12).map(|k| (k / 6) as f64).collect::<Vec<_>>());
            let energies: Vec<f64> = (0..12).map(|k| detuning * (1.0 + k as f64)).collect();
            let h = &Operator::diagonal(&energies)
                + &Operator::from_entries(12, [(0, 11, Complex64::ONE)]).plus_adjoint();
            let lindbladian = Lindbladian::new(h, vec![Channel { rate: 1.0, jump }]).unwrap();
            settle(&lindbladian, &Generator::new(&lindbladian), &rho0).map(|settled| settled.conserved)
        };
        assert!(dephased(1e-16).is_err(), "{:?}", dephased(1e-16));
    }
}
