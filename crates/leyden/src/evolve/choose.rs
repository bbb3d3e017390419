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
/// What digits to rounding may cost beside those to the tolerance, and seconds that nobody notices: of the whole run, and, beside figures of merit that take a
/// few times as long, of every time.
const MORE: f64 = 1.2;
const NOTHING: f64 = 4e-5;
const OF_FIGURES: f64 = 1e-6;
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
    // It is right to rounding, which is worth a little.
    let nobody_notices = NOTHING + OF_FIGURES * times.len() as f64;
    if by_exponential.seconds <= MORE * by_taylor.seconds.min(by_steps.seconds) + nobody_notices {
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

    fn generator(levels: usize, rate: f64) -> Generator {
        let a = Operator::annihilation(levels);
        let channels = vec![Channel { rate, jump: a.clone() }];
        Generator::new(&Lindbladian::new(0.7 * a.plus_adjoint(), channels).unwrap())
    }

    #[test]
    fn rounding_that_adds_up_takes_more_digits_where_levels_are_few() {
        let digits = |(method, reason): (Method, String)| {
            method == Method::Exponential && reason.contains("with as many digits")
        };
        // The precision of numbers times ||Z|| t exceeds a share of the tolerance.
        let edge = ROUNDING * 1e-8 / (2.0 * f64::EPSILON);
        assert!(!digits(chosen(2, &[0.999 * edge])) && digits(chosen(2, &[1.001 * edge])));
        // Ten levels are too many for that.
        assert!(!digits(chosen(10, &[1.001 * edge])));
        // Nothing decays: as soon as rounding could show, ||Z|| t = 10^4 or ||Z|| dt = 1000.
        let closed = Generator::new(&Lindbladian::new(Operator::diagonal(&[0.0, 2.0]), vec![]).unwrap());
        let of = |times: &[f64]| {
            let Choice { method, reason, .. } = choose(&closed, times, 1e-8);
            (method.method(), reason)
        };
        assert!(!digits(of(&[500.0])) && digits(of(&[500.0_f64.next_up()])));
        let grid = |spacing: f64| (1..=20).map(|k| spacing * k as f64).collect::<Vec<_>>();
        assert!(!digits(of(&grid(250.0))) && digits(of(&grid(250.001))));
    }

    #[test]
    fn the_cheapest_that_is_right_is_taken() {
        let even =
            |end: f64, count: usize| (1..=count).map(|k| end * k as f64 / count as f64).collect::<Vec<_>>();
        let uneven = |count: usize| (1..=count).map(|k| 0.01 * (k * k) as f64).collect::<Vec<_>>();
        let mut taken = Vec::new();
        for (levels, rate, times) in [
            (4, 0.3, even(400.0, 101)),
            (8, 0.3, uneven(40)),
            (12, 1e3, even(20.0, 101)),
            (40, 0.3, even(20.0, 101)),
            (30, 3e3, even(20.0, 101)),
        ] {
            let generator = generator(levels, rate);
            let choice = choose(&generator, &times, 1e-8);
            let method = choice.method.method();
            for Candidate { method: other, cost } in candidates(&generator, &times, 1e-8) {
                if let Ok(Cost { seconds, .. }) = cost {
                    let most = MORE * seconds + NOTHING + OF_FIGURES * times.len() as f64;
                    assert!(choice.cost.seconds <= most, "{levels} {rate} {method} {other}");
                }
            }
            taken.push(method);
        }
        let expected =
            [Method::Exponential, Method::Taylor, Method::Exponential, Method::Taylor, Method::Implicit];
        assert_eq!(taken, expected);
    }

    #[test]
    fn squaring_that_loses_too_much_is_left_out() {
        // ||Z|| dt = 10^5 costs eleven digits.
        let generator = generator(12, 1e3);
        let spacing = 0.9e5 / generator.norm_bound();
        let method = |tolerance: f64| choose(&generator, &[spacing], tolerance).method.method();
        assert_eq!(method(1e-8), Method::Exponential);
        assert_ne!(method(1e-10), Method::Exponential);
    }
}
