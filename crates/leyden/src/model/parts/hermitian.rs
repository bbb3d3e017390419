//! Whether terms are Hermitian, and which of them are to blame where they are not.

use super::canonical::{Canonical, Monomial, canonical, mirror_error, not_hermitian};
use super::{Parts, Terms};
use crate::lindblad::Function;

/// Times at which functions are compared.
const COMPARED: usize = 97;
/// What is negligible beside the difference of a sum and its adjoint.
const SHARE: f64 = 1e-9;

/// Where terms and their adjoint differ most.
#[derive(Clone, Debug, PartialEq)]
pub struct NotHermitian {
    /// By how much, in the units of the coefficients.
    pub error: f64,
    pub(super) monomial: Monomial,
    end: f64,
}

impl Parts {
    /// Where some terms on these parts and their adjoint differ most up to the time `end`; `Some(None)` for Hermitian terms, `None` where
    /// there are too many to tell.
    pub fn not_hermitian(&self, terms: &Terms, end: f64) -> Option<Option<NotHermitian>> {
        let found = canonical(terms, self)?;
        let worst = not_hermitian(&found, &times(&found, end));
        Some(worst.map(|(monomial, error)| NotHermitian { error, monomial, end }))
    }

    /// Whether some of the terms have a share in the difference.
    pub fn is_to_blame(&self, terms: &Terms, difference: &NotHermitian) -> bool {
        let share =
            |found: Canonical| mirror_error(&found, &difference.monomial, &times(&found, difference.end));
        canonical(terms, self).map(share).is_some_and(|share| share > SHARE * difference.error)
    }
}

/// Evenly spread, and on both sides of every kink.
fn times(found: &Canonical, end: f64) -> Vec<f64> {
    let mut times: Vec<f64> = (0..=COMPARED).map(|k| end * k as f64 / COMPARED as f64).collect();
    for function in found.values().filter(|function| function.constant().is_none()) {
        let breaks = Function::of(&function.clone().parts().0, end);
        let points = breaks.iter().flat_map(|(function, _)| function.breakpoints().to_vec());
        times.extend(points.flat_map(|time| [time.next_down(), time]));
    }
    times.truncate(COMPARED + 2000);
    times
}

#[cfg(test)]
mod tests {
    use super::super::{Letter, Part, PartKind};
    use super::*;
    use crate::Complex64;
    use crate::lindblad::TimeFunction;

    #[test]
    fn what_is_not_hermitian_is_found_and_blamed() {
        let parts = Parts::new(vec![Part::new("q", PartKind::Qubit, 2)], Terms::zero(), Terms::zero());
        let (up, down) =
            (Letter::Raise.on(0) * Letter::Lower.on(1), Letter::Lower.on(0) * Letter::Raise.on(1));
        let hop = up.clone() + down;
        assert_eq!(parts.not_hermitian(&hop, 1.0), Some(None));
        let wrong = hop.clone() + Letter::Raise.on(0) * 0.3;
        let found = parts.not_hermitian(&wrong, 1.0).unwrap().unwrap();
        // 0.3 sp = 0.15 (X + iY).
        assert!((found.error - 0.3).abs() < 1e-15);
        assert!(!parts.is_to_blame(&up, &found) && parts.is_to_blame(&Letter::Raise.on(0), &found));
    }

    #[test]
    fn a_pulse_that_no_time_meets_is_seen() {
        let parts = Parts::new(vec![Part::new("q", PartKind::Qubit, 1)], Terms::zero(), Terms::zero());
        let pulse = (TimeFunction::Time - 1e4).gaussian(1e-3);
        let drive = Letter::Raise.on(0).scaled(pulse.clone());
        assert!(parts.not_hermitian(&drive, 1.0).unwrap().is_some());
        assert_eq!(parts.not_hermitian(&(drive.clone() + drive.adjoint()), 1.0), Some(None));
        // e^{i w t} sp + h.c.
        let turning = (TimeFunction::Time * Complex64::new(0.0, 2.0)).then(crate::lindblad::Elementary::Exp);
        let drive = Letter::Raise.on(0).scaled(turning);
        assert!(parts.not_hermitian(&drive, 1.0).unwrap().is_some());
        assert_eq!(parts.not_hermitian(&(drive.clone() + drive.adjoint()), 1.0), Some(None));
    }
}
