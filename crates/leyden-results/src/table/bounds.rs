//! Rows of bounds on work, power and speed.

use leyden::charge::{Charging, RateBounds, SpeedLimit};
use leyden::merit::{MOST_COHERENT, Merits};
use leyden::why::{Elsewhere, TooLarge};
use leyden::{Known, Why};
use serde_json::Value;

use super::Dimension::{Energy, Number, Power};
use super::{Group, Read, Role, Row, json, series};

/// What follows from the state of the battery at every time, or why it does not.
fn of_state(charging: &Charging, read: fn(&Merits) -> f64, missing: Why) -> Known<Vec<f64>> {
    if charging.cells == 0 {
        return Err(Why::NoBattery);
    }
    if charging.trajectories.is_some() {
        return Err(Why::Sampled);
    }
    let column = charging.series.column(read);
    match (column.first(), charging.series.merits.first()) {
        (Some(first), _) if first.is_infinite() => Err(Why::NoHighestLevel),
        (Some(first), Some(merits)) if first.is_nan() => {
            Err(if merits.ergotropy.global.is_nan() { Why::NoStates } else { missing })
        }
        _ => Ok(column),
    }
}

fn of_eigenvalues(charging: &Charging, read: fn(&Merits) -> f64) -> Known<Vec<f64>> {
    of_state(charging, read, Elsewhere::Eigenvalues.into())
}

/// Coherence between energies at every time.
pub(super) fn coherence(charging: &Charging) -> Known<Vec<f64>> {
    of_state(charging, |m| m.bounds.coherence, TooLarge::Coherence { most: MOST_COHERENT }.into())
}

/// The same numbers of the limit.
pub(super) fn of_limit(charging: &Charging, read: fn(&Merits) -> f64) -> Known<f64> {
    let found = read(charging.limit()?);
    match found {
        _ if found.is_infinite() => Err(Why::NoHighestLevel),
        _ if found.is_nan() => Err(Elsewhere::Eigenvalues.into()),
        _ => Ok(found),
    }
}

pub(super) fn gap(merits: &Merits) -> f64 {
    merits.ergotropy.global - merits.ergotropy.local
}

fn rates(charging: &Charging) -> Known<&RateBounds> {
    charging.rate_bounds.as_ref().map_err(|why| *why)
}

fn power(charging: &Charging) -> Known<Vec<f64>> {
    Ok(rates(charging)?.power.clone())
}

fn joint(charging: &Charging) -> Known<Vec<f64>> {
    rates(charging)?.power_joint.clone()
}

/// |dE_B/dt| over a bound; none where both vanish.
fn tightness(charging: &Charging, bound: Known<Vec<f64>>) -> Known<Vec<f64>> {
    let bound = bound?;
    // Powers this much smaller than the largest bound are rounding.
    let least = 1e-10 * bound.iter().copied().fold(0.0, f64::max);
    let of = |(power, bound): (&f64, &f64)| if *bound > least { power.abs() / bound } else { f64::NAN };
    Ok(charging.series.power.iter().zip(&bound).map(of).collect())
}

fn path(charging: &Charging, read: fn(&SpeedLimit) -> &Vec<f64>) -> Known<Vec<f64>> {
    rates(charging)?.speed_limit.as_ref().map(|found| read(found).clone()).map_err(|why| *why)
}

/// Names of what is null, together where the reason is the same.
fn why(charging: &Charging) -> Value {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for row in ROWS.iter().filter(|row| row.role != Role::Sweep) {
        let (Some(name), Some(why)) = (row.reason, row.why(charging)) else { continue };
        let why = why.to_string();
        match said.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(name),
            None => said.push((why, vec![name])),
        }
    }
    let said: Vec<String> = said.iter().map(|(why, names)| format!("{}: {why}", names.join(", "))).collect();
    if said.is_empty() { Value::Null } else { said.join("; ").into() }
}

impl Row {
    /// Whether it is kept where bounds are asked for.
    pub fn is_of_bounds(&self) -> bool {
        self.path.starts_with("bounds.")
    }

    /// Whether it takes the state of everything, and its path.
    pub(crate) fn needs_bounds(&self) -> bool {
        let of_rates = ["bounds.power", "bounds.tightness", "bounds.speed_limit"];
        matches!(self.read, Read::OverTime(_)) && of_rates.iter().any(|start| self.path.starts_with(start))
    }
}

#[rustfmt::skip] // A table.
pub(super) const ROWS: &[Row] = &[
    series("bounds.power", Power, "bound on the power by the battery's energies, sqrt(Var(H_B) I_E)",
        (Group::Power, "bound", "bound on the power"), power).says("power"),
    series("bounds.power_joint", Power, "bound on the power by the state of everything, 2 sqrt(Var(H_B) Var(V))",
        (Group::Power, "joint bound", "joint bound on the power"), joint).says("power_joint"),
    series("bounds.tightness", Number, "absolute power over its bound by the battery's energies",
        (Group::Number, "|*P*|/bound", "power |d*E*_{B}/d*t*|/bound"), |c| tightness(c, power(c))),
    series("bounds.tightness_joint", Number, "absolute power over its bound by the state of everything",
        (Group::Number, "|*P*|/joint bound", "power |d*E*_{B}/d*t*|/joint bound"), |c| tightness(c, joint(c))),
    series("bounds.capacity", Energy, "capacity: highest less lowest energy that unitaries reach",
        (Group::Energy, "capacity", "capacity@"), |c| of_eigenvalues(c, |m| m.bounds.capacity)).says("capacity"),
    series("bounds.anti_ergotropy", Energy, "anti-ergotropy: the largest work that a unitary puts in",
        (Group::Energy, "anti-ergotropy", "anti-ergotropy@"),
        |c| of_eigenvalues(c, |m| m.bounds.capacity - m.ergotropy.global)).says("anti_ergotropy"),
    series("bounds.bound_energy", Energy, "bound energy: what many copies would give beyond the ergotropy, for each",
        (Group::Energy, "*W*_{max} - *W*", "bound energy *W*_{max} - *W*"),
        |c| of_eigenvalues(c, |m| m.bounds.bound_energy)).says("bound_energy"),
    series("bounds.ergotropy_gap", Energy, "ergotropy gap: global less local ergotropy",
        (Group::Energy, "*W* - *W*_{loc}", "ergotropy gap *W* - *W*_{loc}"),
        |c| of_state(c, gap, Why::Whole)).says("ergotropy_gap"),
    series("bounds.speed_limit.angle", Number, "angle arccos sqrt(F) between the battery's state at t = 0 and now",
        (Group::Angle, "angle", "angle to the start"), |c| path(c, |p| &p.angle)).says("speed_limit"),
    series("bounds.speed_limit.length", Number, "length of the path of the battery's state since t = 0, at least the angle",
        (Group::Angle, "length", "length of the path"), |c| path(c, |p| &p.length)),
    series("bounds.entropy", Number, "entropy of the battery, -Tr rho_B ln rho_B",
        (Group::Information, "*S*", "entropy *S*"), |c| of_eigenvalues(c, |m| m.bounds.entropy)).says("entropy"),
    json("bounds.why", "why a bound is null", why),
];
