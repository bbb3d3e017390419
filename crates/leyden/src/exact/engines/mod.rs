//! A battery on its way up the ladder, charged by engines: what every model of the engines offers.

mod full;
mod ladder;
mod ladder_steps;
mod milestones;

pub use full::{FullEngines, FullRun};
pub use ladder::EngineLadder;
pub use ladder_steps::EngineLadderRun;
pub use milestones::{Milestones, find_milestones};

use crate::Known;

/// A state in motion: populations of the ladder n = 0..N and, where they are carried, of the engines.
pub trait EngineRun {
    /// The time.
    fn time(&self) -> f64;
    /// p_0..p_N of the battery.
    fn populations(&self) -> &[f64];
    /// `d<n>/dt`.
    fn flow(&self) -> f64;
    /// Mean populations n_0, n_1, n_2 of one engine, where engines are carried.
    fn engines(&self) -> Option<[f64; 3]>;
    /// Goes on to a later time, to the tolerance that it was made with.
    ///
    /// # Errors
    /// A sentence where the steps fail.
    fn advance_to(&mut self, time: f64) -> Known<()>;
    /// Estimate of the largest error of `<n>` so far, rounding included.
    fn error(&self) -> f64;
    /// A time over which populations change by some per cent.
    fn stride(&self) -> f64;
    /// Remembers the present state, one at a time.
    fn save(&mut self);
    /// Goes back to the state remembered.
    fn restore(&mut self);
}
