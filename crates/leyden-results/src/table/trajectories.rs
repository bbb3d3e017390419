//! Rows of trajectories.

use leyden::charge::{Charging, Sampled};
use leyden::{Known, Why};
use serde_json::json as value;

use super::Dimension::{Count, Energy, Number, Time};
use super::{Group, Row, json, one, reasons, series};

fn sampled(charging: &Charging) -> Known<&Sampled> {
    charging.trajectories.as_ref().ok_or(Why::DoesNotApply)
}

fn column(charging: &Charging, read: fn(&Sampled) -> &Vec<f64>) -> Known<Vec<f64>> {
    sampled(charging).map(|sampled| read(sampled).clone())
}

/// What needs the mean state, which is not always kept.
fn of_state(charging: &Charging, read: fn(&Sampled) -> &Vec<f64>) -> Known<Vec<f64>> {
    let values = column(charging, read)?;
    match values.iter().all(|x| x.is_nan()) && !values.is_empty() {
        true => Err(sampled(charging)?.no_state.unwrap_or(Why::DoesNotApply)),
        false => Ok(values),
    }
}

#[rustfmt::skip] // A table.
pub(super) const ROWS: &[Row] = &[
    json("trajectories.picture", "how noise was drawn", |c|
        value!(c.trajectories.as_ref().map(|sampled| sampled.picture.name()))),
    one("trajectories.count", Count, "number of trajectories",
        (Group::Count, "*M*", "trajectories *M*"), |c| sampled(c).map(|sampled| sampled.count as f64)),
    json("trajectories.seed", "seed of the random numbers", |c|
        value!(c.trajectories.as_ref().map(|sampled| sampled.seed))),
    one("trajectories.step", Time, "longest step of noise that acts all the time",
        (Group::PowerTime, "step", "step"), |c| sampled(c)?.step.ok_or(Why::DoesNotApply)),
    series("trajectories.standard_error.energy", Energy, "standard error of the energy",
        (Group::Energy, "*s*(*E*_{B})", "standard error of *E*_{B}@"), |c| column(c, |s| &s.energy_error)),
    series("trajectories.standard_error.ergotropy", Energy, "standard error of the global ergotropy",
        (Group::Energy, "*s*(*W*)", "standard error of *W*@"), |c| of_state(c, |s| &s.ergotropy_error)).says("standard_error.ergotropy"),
    series("trajectories.standard_error.recorded_ergotropy", Energy, "standard error of the recorded ergotropy",
        (Group::Energy, "*s*(*W*_{rec})", "standard error of *W*_{rec}@"), |c| column(c, |s| &s.recorded_error)),
    series("trajectories.ergotropy_between.below", Energy, "global ergotropy by unitaries that are best for other trajectories: below the true one in the mean",
        (Group::Energy, "*W*, below", "ergotropy *W*, below@"), |c| of_state(c, |s| &s.ergotropy_between[0])),
    series("trajectories.ergotropy_between.above", Energy, "global ergotropy of the mean of the trajectories: above the true one in the mean",
        (Group::Energy, "*W*, above", "ergotropy *W*, above@"), |c| of_state(c, |s| &s.ergotropy_between[1])),
    series("trajectories.recorded_ergotropy", Energy, "mean ergotropy of the states of single trajectories",
        (Group::Energy, "*W*_{rec}", "recorded ergotropy *W*_{rec}@"), |c| column(c, |s| &s.recorded)),
    series("trajectories.jumps", Number, "mean number of jumps up to each time",
        (Group::Number, "jumps", "jumps"),
        |c| sampled(c)?.jumps.clone().ok_or(Why::DoesNotApply)).says("jumps"),
    json("trajectories.samples", "energies of the paths that are kept", |c|
        value!(c.trajectories.as_ref().map(|sampled| &sampled.paths))),
    json("trajectories.why", "why something of the trajectories is null", |c| reasons(c, ROWS, "trajectories")),
];
