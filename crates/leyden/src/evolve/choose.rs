//! Which method fits a generator and its time grid.

use super::exponential::{different_spacings, largest_spacing};
use super::{Explicit, Exponential, Implicit, Method, NotApplicable, Taylor, require_constant};
use crate::lindblad::Generator;

/// A method and why it was taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The method.
    pub method: Method,
    /// One sentence for the user.
    pub reason: String,
}

/// Applications of the generator that a run may take before rational steps are cheaper.
const MANY_APPLICATIONS: f64 = 2e5;

/// Applications of the generator by explicit steps: runs are limited by stability, six for every 3.3/||Z||.
pub fn applications(generator: &Generator, times: &[f64]) -> f64 {
    1.8 * generator.norm_bound() * times.last().copied().unwrap_or(0.0)
}

/// Picks a method for `generator` on `times`; `tolerance` is what the result should be accurate to.
pub fn choose(generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
    let n = generator.dim();
    let norm = generator.norm_bound();
    let end = times.last().copied().unwrap_or(0.0);
    let explicit = Method::Explicit(Explicit { tolerance: 0.1 * tolerance });
    let implicit = Method::Implicit(Implicit { tolerance: 1e-3 * tolerance });
    if !generator.is_constant() {
        return Choice { method: explicit, reason: "the Hamiltonian depends on time".into() };
    }
    let applications = applications(generator, times);
    let spacings = different_spacings(times);
    let small = n * n <= 100 || (n * n <= 260 && spacings <= 4);
    if small && Exponential::applies(generator, times).is_ok() && norm * largest_spacing(times) < 1e3 {
        return Choice {
            method: Method::Exponential(Exponential),
            reason: format!("a constant generator of {0} x {0} numbers is exponentiated exactly", n * n),
        };
    }
    if applications > MANY_APPLICATIONS && Implicit::applies(generator).is_ok() {
        return Choice {
            method: implicit,
            reason: format!("||Z|| t = {:.1e} is too stiff for explicit steps", norm * end),
        };
    }
    Choice {
        method: Method::Taylor(Taylor { tolerance }),
        reason: format!("{n} levels, ||Z|| t = {:.1e}: powers of the generator are cheapest", norm * end),
    }
}

impl Choice {
    /// The method with this name.
    ///
    /// # Errors
    /// [`NotApplicable`] when it cannot treat the generator, or no general method has that name.
    pub fn forced(
        name: &str,
        generator: &Generator,
        times: &[f64],
        tolerance: f64,
    ) -> Result<Choice, NotApplicable> {
        let method = match name {
            Explicit::NAME => Method::Explicit(Explicit { tolerance: 0.1 * tolerance }),
            Taylor::NAME => {
                require_constant(generator, Taylor::NAME)?;
                Method::Taylor(Taylor { tolerance })
            }
            Exponential::NAME => {
                Exponential::applies(generator, times)?;
                Method::Exponential(Exponential)
            }
            Implicit::NAME => {
                Implicit::applies(generator)?;
                Method::Implicit(Implicit { tolerance: 1e-3 * tolerance })
            }
            _ => {
                return Err(NotApplicable {
                    method: "general",
                    because: format!("there is no method `{name}`"),
                });
            }
        };
        Ok(Choice { method, reason: "asked for by name".into() })
    }

    /// A method independent of this one, for verification.
    pub fn other(&self, generator: &Generator, times: &[f64], tolerance: f64) -> Choice {
        let reason = "independent of the first".into();
        let applications = applications(generator, times);
        let method = match self.method {
            Method::Taylor(_) => Method::Explicit(Explicit { tolerance: 0.01 * tolerance }),
            Method::Exponential(_) | Method::Implicit(_) if applications < MANY_APPLICATIONS => {
                Method::Taylor(Taylor { tolerance: 0.1 * tolerance })
            }
            Method::Explicit(_) if generator.is_constant() && applications < MANY_APPLICATIONS => {
                Method::Taylor(Taylor { tolerance: 0.1 * tolerance })
            }
            Method::Implicit(_) if Exponential::applies(generator, times).is_ok() => {
                Method::Exponential(Exponential)
            }
            Method::Explicit(_) if Implicit::applies(generator).is_err() => {
                Method::Explicit(Explicit { tolerance: 0.01 * tolerance })
            }
            _ => Method::Implicit(Implicit { tolerance: 1e-4 * tolerance }),
        };
        Choice { method, reason }
    }
}
