//! Which method fits a generator and its time grid.

use super::exponential::{different_spacings, is_long, squares_often};
use super::{
    Chebyshev, Eigenvectors, Evolve, Explicit, Exponential, Implicit, NotApplicable, Taylor, methods,
};
use crate::lindblad::Generator;
use crate::method::Method;

/// A method and why it was taken.
#[derive(Debug)]
pub struct Choice {
    /// The method.
    pub method: Box<dyn Evolve>,
    /// One sentence for the user.
    pub reason: String,
}

/// Why a method was taken that the user named.
pub(crate) const BY_NAME: &str = "asked for by name";
/// Applications of the generator that a run may take before rational steps are cheaper.
const MANY_APPLICATIONS: f64 = 2e5;

/// Levels of a closed system whose eigenvectors cost less than series.
const QUICKLY_DECOMPOSED: usize = 500;

/// Applications of the generator by explicit steps: runs are limited by stability, six for every 3.3/||Z||.
pub(crate) fn applications(norm_bound: f64, times: &[f64]) -> f64 {
    1.8 * norm_bound * times.last().copied().unwrap_or(0.0)
}

/// Picks a method for `generator` on `times`; `tolerance` is what the result should be accurate to.
pub fn choose(generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
    let (numbers, size) = (generator.numbers(), generator.size());
    let norm = generator.norm_bound();
    let end = times.last().copied().unwrap_or(0.0);
    if !generator.is_constant() {
        return Choice::of(Explicit::accurate_to(tolerance), "the Hamiltonian depends on time".into());
    }
    let applications = applications(norm, times);
    let spacings = different_spacings(times);
    if is_long(generator, times) {
        let why = format!(
            "{size}, rates times the longest time reach {:.0e}: the exponential with as many digits as that takes",
            norm * end
        );
        return Choice::of(Exponential, why);
    }
    if generator.closed().is_some() {
        let n = generator.dim();
        let why = || format!("no channel is open: state vectors on {n} levels");
        return match n <= QUICKLY_DECOMPOSED {
            true => Choice::of(Eigenvectors, why()),
            false => Choice::of(Chebyshev, why()),
        };
    }
    let small = numbers <= 100 || (generator.is_whole() && numbers <= 260 && spacings <= 4);
    if small && Exponential.applies(generator, times).is_ok() && !squares_often(generator, times) {
        return Choice::of(
            Exponential,
            match generator.is_whole() {
                true => format!("exponential of the constant generator of {numbers} x {numbers} numbers"),
                false => format!("exponential of the constant generator on {size}"),
            },
        );
    }
    let implicit = Implicit::accurate_to(tolerance);
    if applications > MANY_APPLICATIONS && implicit.applies(generator, times).is_ok() {
        return Choice::of(
            implicit,
            format!("rates times the longest time reach {:.0e}: too stiff for explicit steps", norm * end),
        );
    }
    Choice::of(
        Taylor::accurate_to(tolerance),
        format!("Taylor series of the generator on {size} (cheapest here)"),
    )
}

impl Choice {
    fn of(method: impl Evolve + 'static, reason: String) -> Self {
        Choice { method: Box::new(method), reason }
    }

    /// The method that was asked for, or the one that [`choose`] picks.
    ///
    /// # Errors
    /// [`NotApplicable`] when it cannot treat the generator, or is no general method.
    pub(crate) fn asked(
        method: Option<Method>,
        generator: &Generator,
        times: &[f64],
        tolerance: f64,
    ) -> Result<Choice, NotApplicable> {
        let Some(asked) = method else { return Ok(choose(generator, times, tolerance)) };
        let Some(method) = methods(tolerance).into_iter().find(|made| made.method() == asked) else {
            let lacking = asked.info().lacking.unwrap_or("it is none of the general methods");
            return Err(NotApplicable { method: asked, because: lacking.into() });
        };
        method.applies(generator, times)?;
        Ok(Choice { method, reason: BY_NAME.into() })
    }

    /// A method independent of this one and ten times as accurate, for verification.
    pub fn other(&self, generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
        let finer = 0.1 * tolerance;
        let quick = applications(generator.norm_bound(), times) < MANY_APPLICATIONS;
        let implicit = Implicit::accurate_to(finer);
        let method: Box<dyn Evolve> = match self.method.method() {
            Method::Eigenvectors => Box::new(Chebyshev),
            Method::Chebyshev => Box::new(Explicit::accurate_to(finer)),
            Method::Taylor => Box::new(Explicit::accurate_to(finer)),
            Method::Exponential | Method::Implicit if quick => Box::new(Taylor::accurate_to(finer)),
            Method::Explicit if generator.is_constant() && quick => Box::new(Taylor::accurate_to(finer)),
            Method::Implicit if Exponential.applies(generator, times).is_ok() => Box::new(Exponential),
            Method::Explicit if implicit.applies(generator, times).is_err() => {
                Box::new(Explicit::accurate_to(finer))
            }
            _ => Box::new(implicit),
        };
        Choice { method, reason: "independent of the first".into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lindblad::{Channel, Lindbladian};
    use crate::operator::Operator;

    /// What is taken for H = diag(0, 2, 0, ...) with a channel that hardly acts, ||Z|| = 2.
    fn chosen(levels: usize, times: &[f64]) -> (Method, String) {
        let energies: Vec<f64> = (0..levels).map(|n| if n == 1 { 2.0 } else { 0.0 }).collect();
        let channel = Channel { rate: 1e-300, jump: Operator::number(levels) };
        let lindbladian = Lindbladian::new(Operator::diagonal(&energies), vec![channel]).unwrap();
        let Choice { method, reason } = choose(&Generator::new(&lindbladian), times, 1e-8);
        (method.method(), reason)
    }

    #[test]
    fn long_spacings_take_more_digits_or_no_propagator() {
        let digits = |(method, reason): (Method, String)| {
            assert_eq!(method, Method::Exponential);
            reason.contains("with as many digits")
        };
        // ||Z|| dt = 1000, and ||Z|| t = 10^4.
        assert!(!digits(chosen(2, &[500.0])) && digits(chosen(2, &[500.0_f64.next_up()])));
        let grid = |spacing: f64| (1..=20).map(|k| spacing * k as f64).collect::<Vec<_>>();
        assert!(!digits(chosen(2, &grid(250.0))) && digits(chosen(2, &grid(250.001))));
        // Ten levels are too many for more digits, and few enough for a propagator.
        assert!(!digits(chosen(10, &[500.0])));
        assert_eq!(chosen(10, &[501.0]).0, Method::Taylor);
        assert_eq!(chosen(10, &[0.0, 501.0, 501.0]).0, Method::Taylor);
        // Up to 260 numbers for four spacings at most; 100 for any.
        let uneven = |count: usize| (1..=count).map(|k| (k * k) as f64).collect::<Vec<_>>();
        for (levels, count, expected) in [
            (16, 4, Method::Exponential),
            (16, 5, Method::Taylor),
            (17, 1, Method::Taylor),
            (10, 9, Method::Exponential),
            (11, 9, Method::Taylor),
        ] {
            assert_eq!(chosen(levels, &uneven(count)).0, expected, "{levels} {count}");
        }
    }
}
