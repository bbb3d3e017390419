//! Scenario files: TOML -> keys with their places -> a validated [`Scenario`].
//!
//! [`Scenario::parse`] reads a text, checks every key, type, unit and range, and either returns everything that a run
//! needs or a [`Report`] that points at the lines and names the cure. [`KEYS`] is the one list of keys: messages,
//! suggestions and documentation come from it.

mod as_text;
mod disorder;
mod fields;
mod keys;
mod optimise;
mod overrides;
mod read;
mod report;
mod scenario;
mod schema;
pub mod shipped;
mod shown;
mod superposition;
mod sweep;
mod systems;
mod texts;
mod ties;
mod trajectories;
mod units;
mod values;

pub use disorder::{Disorder, Distribution, Random};
pub use fields::in_keys;
pub use keys::{KEYS, Key, NumericKey, Takes, did_you_mean, symbol};
pub use optimise::{Optimise, Variable};
pub use overrides::{OverrideError, with_overrides};
pub use report::{Fault, Report};
pub use scenario::{Point, Scenario, Template};
pub use schema::schema;
pub use shown::{Unit, Units};
pub use sweep::Axis;
pub use texts::ReadFile;
pub use ties::Tie;
pub use trajectories::Drawing;
