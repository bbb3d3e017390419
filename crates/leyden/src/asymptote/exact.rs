//! The limit of few levels without rounding: what any difference of the input decides, however small.
//!
//! Entries of Z are sums of products of input numbers (`Lindbladian::terms`). Its rank modulo primes is the true one, so that n^2 - rank counts the
//! conserved quantities; and e^{Zt} to all digits, doubled until it stands still, is the projection on them. Its trace must be as large as their
//! number: then nothing else is left that is slow.

use super::limit::{Settled, residual};
use crate::lindblad::{Entries, FEW_LEVELS, Generator, Lindbladian, reached};
use crate::numerics::{ExactExponential, rank};
use crate::operator::{Hermitian, Operator};
use crate::why::Doubt;
use crate::{Known, Why};

/// Below this fraction of the largest of their kind numbers, or differences of numbers, are small enough to be lost in rounding.
pub(super) const SMALL: f64 = 1e-9;
/// What sums of numbers of order one are where they cancel but for rounding.
pub(super) const ROUNDED: f64 = 1e-14;
/// Entries of turned operators below this fraction of the largest are rounding.
const NOISE: f64 = 1e-13;
/// Doublings for rates of order one, and for each power of two by which the smallest number is smaller: rates are of its fourth order at most ...
const DOUBLINGS: f64 = 64.0;
const ORDER: f64 = 4.0;
/// ... and never more than these.
const MOST_DOUBLINGS: f64 = 1000.0;

/// Whether [`settle_exactly`] can be asked.
pub(super) fn may_be_exact(lindbladian: &Lindbladian) -> bool {
    lindbladian.entries() == Entries::Input && lindbladian.dim() <= FEW_LEVELS
}

/// The limit of `rho0`.
///
/// # Errors
/// Where it does not exist, or something is slower than can be followed.
pub(super) fn settle_exactly(
    lindbladian: &Lindbladian,
    generator: &Generator,
    rho0: &Hermitian,
) -> Known<Settled> {
    let terms = generator.terms().ok_or(Why::TimeDependent)?;
    let n = lindbladian.dim();
    let conserved = n * n - rank(n * n, &terms);
    let (kept, terms) = reached(&terms, rho0.s());
    let staying = kept.len() - rank(kept.len(), &terms);
    let Smallest { weakest, .. } = smallest(lindbladian);
    let doublings = (DOUBLINGS - ORDER * weakest.log2()).min(MOST_DOUBLINGS);
    let longest = doublings.exp2() / generator.norm_bound().max(f64::MIN_POSITIVE);
    let mut exponential = ExactExponential::new(kept.len(), &terms, longest.min(f64::MAX));
    let start = exponential.numbers(&kept.iter().map(|&p| rho0.s()[p]).collect::<Vec<_>>());
    let count = kept.len();
    let Some(projection) = exponential.limit() else { return Err(Doubt::Coherences.into()) };
    let trace: f64 = (0..count).map(|k| projection.value(k * count + k)).sum();
    if (trace - staying as f64).abs() > 1e-9 {
        return Err(Doubt::Conserved { rounded: trace.round() as usize, exact: staying }.into());
    }
    let limit = projection.product(count, count, &start, 1);
    let mut state = Hermitian::zero(n);
    kept.iter().enumerate().for_each(|(k, &p)| state.s_mut()[p] = limit.value(k));
    let residual = residual(generator, &state);
    let values = if conserved == 1 { vec![1.0] } else { Vec::new() };
    Ok(Settled { state, conserved, values, residual, copies: false, solved: None })
}

/// The smallest fraction of the largest number of its kind.
pub(super) struct Smallest {
    /// Of entries of the Hamiltonian, entries of each jump operator, and their differences.
    pub(super) entry: f64,
    /// Of rates, next to each other and to the Hamiltonian.
    pub(super) rate: f64,
    /// Of everything next to everything else: what is as weak as this acts at its square.
    pub(super) weakest: f64,
    /// The smallest entry or difference above [`ROUNDED`].
    pub(super) clear: f64,
}

/// The smallest number of every kind that is not 0.
pub(super) fn smallest(lindbladian: &Lindbladian) -> Smallest {
    let entries = |operator: &Operator| -> Vec<f64> {
        operator.entries().flat_map(|(.., x)| [x.re.abs(), x.im.abs()]).collect()
    };
    let rates = lindbladian.channels().iter().map(|c| c.rate * c.jump.norm_bound().powi(2));
    let jumps = lindbladian.channels().iter().map(|c| entries(&c.jump));
    let (mut least, mut clear) = (1.0_f64, 1.0_f64);
    let noise = if lindbladian.entries() == Entries::Turned { NOISE } else { 0.0 };
    let largest = |list: &[f64]| list.iter().copied().fold(0.0, f64::max);
    let hamiltonian = entries(lindbladian.hamiltonian());
    let rates: Vec<f64> = rates.collect();
    for mut list in std::iter::once(hamiltonian).chain(jumps) {
        let largest = largest(&list);
        list.retain(|x| *x > noise * largest);
        list.sort_by(f64::total_cmp);
        let mut count = |size: f64| {
            least = least.min(size);
            if size > ROUNDED {
                clear = clear.min(size);
            }
        };
        list.first().into_iter().for_each(|x| count(x / largest));
        for pair in list.windows(2) {
            // Numbers that should be equal differ by the rounding of a few operations.
            let difference = pair[1] - pair[0];
            let rounded = !may_be_exact(lindbladian)
                && difference <= (8.0 * f64::EPSILON * pair[1]).max(noise * largest);
            if difference > 0.0 && !rounded {
                count(difference / largest);
            }
        }
    }
    let of_h = largest(&entries(lindbladian.hamiltonian()));
    let scale = largest(&rates).max(of_h);
    let rate = rates.iter().map(|rate| rate / scale).fold(1.0, f64::min);
    let weakest = rate.min(least) * if of_h > 0.0 { of_h / scale } else { 1.0 };
    Smallest { entry: least, rate, weakest, clear }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lindblad::Channel;
    use num_complex::Complex64;

    #[test]
    fn the_smallest_entry_may_have_any_sign_or_phase() {
        let small = 1e-6;
        for phase in [Complex64::ONE, -Complex64::ONE, Complex64::I, -Complex64::I] {
            let entry = |i, j, x: Complex64| (i, j, x);
            let jump = Operator::from_entries(2, [entry(0, 1, 1.0.into()), entry(1, 0, small * phase)]);
            let of_jump = Lindbladian::new(Operator::zero(2), vec![Channel { rate: 1.0, jump }]).unwrap();
            assert_eq!(smallest(&of_jump).entry, small, "{phase}");
            let hamiltonian = Operator::from_entries(
                2,
                [entry(0, 0, 1.0.into()), entry(0, 1, small * phase), entry(1, 0, small * phase.conj())],
            );
            let of_h = Lindbladian::new(hamiltonian, Vec::new()).unwrap();
            assert_eq!(smallest(&of_h).entry, small, "{phase}");
        }
        // Differences of entries count like entries.
        let close = Lindbladian::new(Operator::diagonal(&[1.0, 1.0 - 0.25 * small]), Vec::new()).unwrap();
        assert!((smallest(&close).entry / (0.25 * small) - 1.0).abs() < 1e-9);
    }
}
