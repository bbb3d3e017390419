//! What a run would need: method, dimension, memory and time, before anything is built.

use super::{Error, Lower, Request};
use crate::evolve::{Candidate, Choice, applications, candidates};
use crate::lindblad::Generator;
use crate::method::Method;
use crate::model::Levels;

/// What would run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The method.
    pub method: Method,
    /// Why.
    pub reason: String,
    /// Levels of charger (x) battery, or numbers in the state.
    pub dimension: usize,
    /// Estimate of the memory in bytes.
    pub memory: f64,
    /// Levels kept of the oscillators at first.
    pub levels: Levels,
    /// Estimate of the time, where there is one.
    pub seconds: Option<f64>,
    /// All methods that were considered, with what they would take or why they do not apply.
    pub candidates: Vec<Candidate>,
}

impl Plan {
    /// A general method on the levels of a generator.
    pub(super) fn general(choice: Choice, generator: &Generator, levels: Levels, request: &Request) -> Self {
        let dimension = generator.dim();
        let seconds = choice.cost.seconds;
        Plan {
            method: choice.method.method(),
            memory: choice.cost.bytes + beside(generator.numbers(), dimension),
            reason: choice.reason,
            dimension,
            levels,
            seconds: (seconds > SHOWN_SECONDS).then_some(seconds),
            candidates: candidates(generator, &request.times, request.tolerance),
        }
    }
}

/// Seconds above which a plan says how long a run takes.
pub(super) const SHOWN_SECONDS: f64 = 1.0;

/// Bytes of a page of memory.
const PAGE: f64 = 4096.0;

/// Bytes beside the work vectors of carried numbers: start and energy fill a page of memory in every row at most, the state one for every other
/// number.
pub(super) fn beside(numbers: usize, levels: usize) -> f64 {
    let (numbers, levels) = (numbers as f64, levels as f64);
    let whole = 8.0 * levels * levels;
    match numbers < levels * levels {
        true => 2.0 * whole.min(PAGE * levels) + 0.5 * whole.min(PAGE * numbers),
        false => 0.0,
    }
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
/// Longer runs are refused: the estimate is usually a slip in `time.end`.
pub(super) const LONGEST_HOURS: f64 = 24.0;
/// A cutoff is not grown into runs longer than this.
pub(super) const LONGEST_GROWN_HOURS: f64 = 1.0;

/// The bytes if they are allowed, else what `refuse` makes of them and of the limit, in GiB.
fn allowed(request: &Request, bytes: f64, refuse: impl FnOnce(f64, f64) -> Error) -> Result<f64, Error> {
    match bytes <= request.memory_limit {
        true => Ok(bytes),
        false => Err(refuse(bytes / GIB, request.memory_limit / GIB)),
    }
}

/// The bytes that so many levels need, if they are allowed; `lower` is what else to lower.
pub(super) fn guard_memory(request: &Request, levels: f64, bytes: f64, lower: Lower) -> Result<f64, Error> {
    allowed(request, bytes, |gib, limit_gib| Error::TooLarge { levels, gib, limit_gib, lower })
}

/// Bytes of the figures of merit of one time, and of the document that holds them: 1.0 to 1.8 kB were measured.
pub(super) const BYTES_PER_TIME: f64 = 1400.0;
/// The same of the ledger, with its document.
const BYTES_OF_LEDGER: f64 = 3400.0;
/// The same of the bounds.
const BYTES_OF_BOUNDS: f64 = 1000.0;

/// Bytes of one time of a run with what it keeps.
pub(super) fn bytes_per_time(request: &Request) -> f64 {
    let of = |wanted: bool, bytes: f64| if wanted { bytes } else { 0.0 };
    BYTES_PER_TIME + of(request.ledger, BYTES_OF_LEDGER) + of(request.bounds, BYTES_OF_BOUNDS)
}

/// The bytes that the times asked for need, if they are allowed.
pub(super) fn guard_times(request: &Request) -> Result<f64, Error> {
    let times = request.times.len() as f64;
    guard_shown(request, times, bytes_per_time(request) * times, Lower::Times)
}

/// The bytes that so many shown times need, if they are allowed.
pub(super) fn guard_shown(request: &Request, times: f64, bytes: f64, lower: Lower) -> Result<f64, Error> {
    allowed(request, bytes, |gib, limit_gib| Error::TooManyTimes { times, gib, limit_gib, lower })
}

/// Hours for applications of a generator at 3 ns for each of the numbers, n^2 or those that are carried.
pub(super) fn hours(applications: f64, numbers: usize) -> f64 {
    applications * 3e-9 * numbers as f64 / 3600.0
}

/// Refuses a general method that would take longer than `longest` hours.
pub(super) fn guard_time(choice: &Choice, generator: &Generator, longest: f64) -> Result<(), Error> {
    let Some(applications) = choice.cost.applications else { return Ok(()) };
    let hours = choice.cost.seconds / 3600.0;
    match hours < longest {
        true => Ok(()),
        false => {
            let levels = generator.dim();
            Err(Error::TooLong { applications, levels, hours, lower: Lower::LastTime })
        }
    }
}

/// Refuses steps that would take longer than `longest` hours.
pub(super) fn guard_applications(
    norm_bound: f64,
    levels: usize,
    numbers: usize,
    times: &[f64],
    longest: f64,
) -> Result<(), Error> {
    let applications = applications(norm_bound, times);
    let hours = hours(applications, numbers);
    match hours < longest {
        true => Ok(()),
        false => Err(Error::TooLong { applications, levels, hours, lower: Lower::LastTime }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_three_nanoseconds_for_each_number() {
        // 60 levels are 3600 numbers: 1e9 applications are 3 s for each.
        assert!((hours(1e9, 60 * 60) / 3.0 - 1.0).abs() < 1e-15);
        assert!((hours(1e9, 120 * 120) / 12.0 - 1.0).abs() < 1e-15);
        // ||Z|| t = 1e9/1.8.
        let times = [0.0, 1e7];
        let refused = guard_applications(1e2 / 1.8, 60, 3600, &times, 2.999).unwrap_err();
        let Error::TooLong { applications, levels, hours, lower } = refused else { panic!("{refused:?}") };
        assert!((applications / 1e9 - 1.0).abs() < 1e-15 && (hours / 3.0 - 1.0).abs() < 1e-15);
        assert_eq!((levels, lower), (60, Lower::LastTime));
        assert_eq!(guard_applications(1e2 / 1.8, 60, 3600, &times, 3.001), Ok(()));
    }
}
