//! The limit of any constant generator, by structure where there is one.
//!
//! Z(1) = 0: projection on the commutant. Otherwise: the only stationary state, or, for few levels, the whole null space.

use super::commutant::{Commutant, generators, is_unital};
use super::exact::{SMALL, Smallest, may_be_exact, settle_exactly, smallest};
use super::null_space::{NullSpace, ZERO};
use super::resolvent::Reached;
use super::stationary::unique;
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
    let Smallest { entry, rate, weakest } = smallest(lindbladian);
    let to_rounding = || settle_to_rounding(lindbladian, generator, rho0, unital, weakest);
    let exact = || settle_exactly(lindbladian, generator, rho0);
    // Without relaxation rates decide nothing but how long it takes.
    let size = if unital { entry } else { entry.min(rate) };
    match (size < SMALL, may_be_exact(lindbladian)) {
        _ if lindbladian.channels().is_empty() => to_rounding(),
        (true, true) => exact(),
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

/// The limit of a generator that holds no numbers as small as rounding; `unital`: Z(1) = 0; `weakest`: what acts at its square.
fn settle_to_rounding(
    lindbladian: &Lindbladian,
    generator: &Generator,
    rho0: &Hermitian,
    unital: bool,
    weakest: f64,
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
            state,
        });
    }
    let only = Reached::new(generator, rho0).and_then(|reached| unique(lindbladian, &reached, rho0));
    match only {
        Ok(stationary) => Ok(Settled {
            conserved: 1,
            values: vec![1.0],
            residual: stationary.residual,
            copies: false,
            state: stationary.state,
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
            Ok(Settled { conserved, values, residual: residual(generator, &state), copies: false, state })
        }
    }
}
