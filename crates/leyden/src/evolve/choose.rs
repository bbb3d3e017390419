//! Which method fits a generator and its time grid.

use super::exponential::is_long;
use super::{
    Candidate, Chebyshev, Cost, Eigenvectors, Evolve, Explicit, Exponential, Implicit, NotApplicable, Taylor,
    methods,
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
    /// What the run would take.
    pub cost: Cost,
}

/// Why a method was taken that the user named.
pub(crate) const BY_NAME: &str = "asked for by name";
/// Applications of the generator beyond which a second method takes rational steps.
const MANY_APPLICATIONS: f64 = 2e5;
/// Rounding of steps and solves over the whole time, relative to the tolerance, that is let pass.
const ROUNDING: f64 = 0.03;
/// Levels of a closed system whose eigenvectors cost less than series.
const QUICKLY_DECOMPOSED: usize = 500;

/// Applications of the generator by explicit steps: runs are limited by stability, six for every 3.3/||Z||.
pub(crate) fn applications(norm_bound: f64, times: &[f64]) -> f64 {
    1.8 * norm_bound * times.last().copied().unwrap_or(0.0)
}

/// All general methods with what they would take.
pub(crate) fn candidates(generator: &Generator, times: &[f64], tolerance: f64) -> Vec<Candidate> {
    let candidate = |made: Box<dyn Evolve>| Candidate {
        method: made.method(),
        cost: match made.applies(generator, times) {
            Ok(()) => Ok(made.cost(generator, times)),
            Err(NotApplicable { because, .. }) => Err(because),
        },
    };
    methods(tolerance).into_iter().map(candidate).collect()
}

/// Picks a method for `generator` on `times`; `tolerance` is what the result should be accurate to.
///
/// Of those that are right it is the one that costs least.
pub fn choose(generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
    let (numbers, size) = (generator.numbers(), generator.size());
    let norm = generator.norm_bound();
    let end = times.last().copied().unwrap_or(0.0);
    let of = |method: Box<dyn Evolve>, reason: String| Choice::of(method, reason, generator, times);
    if !generator.is_constant() {
        return of(Box::new(Explicit::accurate_to(tolerance)), "the Hamiltonian depends on time".into());
    }
    let exponential = Exponential::accurate_to(tolerance);
    // Nothing else is right to the tolerance where rounding adds up, and where nothing decays.
    let adds_up = f64::EPSILON * norm * end > ROUNDING * tolerance || generator.closed().is_some();
    if is_long(generator, times) && adds_up {
        let why = format!(
            "{size}, rates times the longest time reach {:.0e}: the exponential with as many digits as that takes",
            norm * end
        );
        return of(Box::new(exponential), why);
    }
    if generator.closed().is_some() {
        let n = generator.dim();
        let why = || format!("no channel is open: state vectors on {n} levels");
        return match n <= QUICKLY_DECOMPOSED {
            true => of(Box::new(Eigenvectors), why()),
            false => of(Box::new(Chebyshev), why()),
        };
    }
    let (taylor, implicit) = (Taylor::accurate_to(tolerance), Implicit::accurate_to(tolerance));
    let cost = |method: &dyn Evolve| match method.applies(generator, times) {
        Ok(()) => method.cost(generator, times),
        Err(_) => Cost { seconds: f64::INFINITY, ..Cost::default() },
    };
    let (by_taylor, by_steps) = (cost(&taylor), cost(&implicit));
    let by_exponential = match exponential.loses_little(generator, times) {
        true => cost(&exponential),
        false => Cost { seconds: f64::INFINITY, ..Cost::default() },
    };
    if by_exponential.seconds <= by_taylor.seconds.min(by_steps.seconds) {
        let reason = match generator.is_whole() {
            true => format!("exponential of the constant generator of {numbers} x {numbers} numbers"),
            false => format!("exponential of the constant generator on {size}"),
        };
        return Choice { method: Box::new(exponential), reason, cost: by_exponential };
    }
    if by_steps.seconds < by_taylor.seconds {
        let reason =
            format!("rates times the longest time reach {:.0e}: too stiff for explicit steps", norm * end);
        return Choice { method: Box::new(implicit), reason, cost: by_steps };
    }
    let reason = format!("Taylor series of the generator on {size} (cheapest here)");
    Choice { method: Box::new(taylor), reason, cost: by_taylor }
}

impl Choice {
    fn of(method: Box<dyn Evolve>, reason: String, generator: &Generator, times: &[f64]) -> Self {
        Choice { cost: method.cost(generator, times), method, reason }
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
        Ok(Choice::of(method, BY_NAME.into(), generator, times))
    }

    /// A method independent of this one and ten times as accurate, for verification.
    pub fn other(&self, generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
        let finer = 0.1 * tolerance;
        let quick = applications(generator.norm_bound(), times) < MANY_APPLICATIONS;
        let (implicit, exponential) = (Implicit::accurate_to(finer), Exponential::accurate_to(finer));
        let method: Box<dyn Evolve> = match self.method.method() {
            Method::Eigenvectors => Box::new(Chebyshev),
            Method::Chebyshev => Box::new(Explicit::accurate_to(finer)),
            Method::Taylor => Box::new(Explicit::accurate_to(finer)),
            Method::Exponential | Method::Implicit if quick => Box::new(Taylor::accurate_to(finer)),
            Method::Explicit if generator.is_constant() && quick => Box::new(Taylor::accurate_to(finer)),
            Method::Implicit if exponential.applies(generator, times).is_ok() => Box::new(exponential),
            Method::Explicit if implicit.applies(generator, times).is_err() => {
                Box::new(Explicit::accurate_to(finer))
            }
            _ => Box::new(implicit),
        };
        Choice::of(method, "independent of the first".into(), generator, times)
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
        let Choice { method, reason, .. } = choose(&Generator::new(&lindbladian), times, 1e-8);
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
