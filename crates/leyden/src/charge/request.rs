//! What to compute.

use super::Trajectories;
use crate::asymptote::Detail;
use crate::evolve::BY_NAME;
use crate::method::Method;
use crate::model::ModelError;
use crate::progress::Progress;

/// What to compute of a system. Made from its times, the rest has defaults:
///
/// ```
/// use leyden::{Method, Request, Times};
///
/// let request = Request { method: Some(Method::Taylor), ..Times::even(0.0, 40.0, 401).into() };
/// assert_eq!(request.tolerance, 1e-8);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Nondecreasing times >= 0; the initial state belongs to t = 0. Protocols and engines alone have no use for them.
    pub times: Vec<f64>,
    /// The method; `None` takes the best one that applies.
    pub method: Option<Method>,
    /// What states should be accurate to.
    pub tolerance: f64,
    /// Run a second, independent method beside the first.
    pub verify: bool,
    /// How much to find out about long times.
    pub detail: Detail,
    /// Look for the maxima of closed systems also where that costs more than the run, and average blocks of any size.
    pub extrema: bool,
    /// Keep the energy ledger beside the figures of merit.
    pub ledger: bool,
    /// Keep bounds on the power, and the path of the battery's state, beside the figures of merit.
    pub bounds: bool,
    /// Follow that path also where it costs more than the run, through blocks of any size.
    pub whole_path: bool,
    /// Refuse what needs more bytes than this.
    pub memory_limit: f64,
    /// Seed of methods that draw random numbers.
    pub seed: u64,
    /// How noise is drawn by [`Method::Trajectories`].
    pub trajectories: Trajectories,
    /// Told where the run is.
    pub progress: Progress,
}

impl Default for Request {
    fn default() -> Self {
        Request {
            times: Vec::new(),
            method: None,
            tolerance: 1e-8,
            verify: false,
            detail: Detail::Spectrum,
            extrema: false,
            ledger: false,
            bounds: false,
            whole_path: false,
            memory_limit: 4e9,
            seed: 0,
            trajectories: Trajectories::default(),
            progress: Progress::default(),
        }
    }
}

impl Request {
    /// Fails for times that are negative, decrease or are no numbers, and for a tolerance that nothing reaches.
    pub(super) fn validate_times(&self) -> Result<(), ModelError> {
        if !(self.tolerance >= 1e-15 && self.tolerance.is_finite()) {
            return Err(ModelError::Tolerance { tolerance: self.tolerance });
        }
        let mut before = 0.0;
        for &time in &self.times {
            if !(time >= before && time.is_finite()) {
                return Err(ModelError::Times { before, time });
            }
            before = time;
        }
        Ok(())
    }

    /// The last time; 0 where there are none.
    pub(super) fn end(&self) -> f64 {
        self.times.last().copied().unwrap_or(0.0)
    }

    /// Whether maxima and averages of closed systems are wanted where they cost little.
    pub(super) fn looks_between(&self) -> bool {
        self.extrema || self.detail >= Detail::Limit
    }

    /// Why a method is taken: `why`, unless the user named it.
    pub(super) fn reason(&self, why: &str) -> String {
        if self.method.is_none() { why.into() } else { BY_NAME.into() }
    }
}

/// Times at which a run is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Times(Vec<f64>);

impl Times {
    /// `points` times from `from` to `to`, both included, evenly spaced; one point is `to`.
    pub fn even(from: f64, to: f64, points: usize) -> Self {
        let step = (to - from) / (points.max(2) - 1) as f64;
        let inner = (0..points.saturating_sub(1)).map(|i| from + i as f64 * step);
        Times(inner.chain((points > 0).then_some(to)).collect())
    }

    /// `points` times from `from` > 0 to `to`, both included, with one ratio between neighbours; one point is `to`.
    pub fn log(from: f64, to: f64, points: usize) -> Self {
        let ratio = (to / from).ln() / (points.max(2) - 1) as f64;
        let inner = (0..points.saturating_sub(1)).map(|i| from * (i as f64 * ratio).exp());
        Times(inner.chain((points > 0).then_some(to)).collect())
    }

    /// No times: long times alone.
    pub fn none() -> Self {
        Times(Vec::new())
    }
}

impl From<Vec<f64>> for Times {
    fn from(times: Vec<f64>) -> Self {
        Times(times)
    }
}

impl From<Times> for Vec<f64> {
    fn from(times: Times) -> Self {
        times.0
    }
}

impl From<Times> for Request {
    fn from(times: Times) -> Self {
        Request { times: times.0, ..Request::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_hold_both_ends() {
        assert_eq!(Vec::from(Times::even(0.0, 40.0, 5)), [0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(Vec::from(Times::even(1.0, 40.0, 1)), [40.0]);
        assert_eq!(Vec::from(Times::even(1.0, 40.0, 0)), Vec::<f64>::new());
        let log = Vec::from(Times::log(0.1, 1000.0, 5));
        assert!((log[1] - 1.0).abs() < 1e-15 && log[4] == 1000.0 && log[0] == 0.1);
    }
}
