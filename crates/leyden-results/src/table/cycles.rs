//! Rows of protocols.

use leyden::charge::Charging;
use leyden::protocol::Cycles;
use leyden::why::CycleTrouble;
use leyden::{Known, Why};
use serde_json::json as value;

use super::Dimension::{Energy, Number, Time};
use super::{Group, Row, json, lists, one, reasons};

fn cycles(charging: &Charging, read: fn(&Cycles) -> Known<f64>) -> Known<f64> {
    charging.cycles.as_ref().ok_or(Why::DoesNotApply).and_then(read)
}

fn last(list: &[f64]) -> Known<f64> {
    list.last().copied().ok_or(CycleTrouble::Ended.into())
}

fn largest_energy(cycles: &Cycles) -> Known<f64> {
    let most = cycles.energy.iter().copied().reduce(|a, b| if a >= b { a } else { b });
    most.ok_or(CycleTrouble::Ended.into())
}

fn rate(cycles: &Cycles) -> Known<f64> {
    let rate = cycles.convergence?.rate;
    if rate.is_infinite() { Err(CycleTrouble::OneIsEnough.into()) } else { Ok(rate) }
}

/// Energy extracted by all stages of the last cycle.
fn extracted(cycles: &Cycles) -> Known<f64> {
    let parts = cycles.stages.iter().filter_map(|stage| stage.extracted.as_ref()?.last().copied());
    parts.reduce(|a, b| a + b).ok_or(Why::DoesNotApply)
}

#[rustfmt::skip] // A table.
pub(super) const ROWS: &[Row] = &[
    json("cycles.shown", "numbers of the cycles that are shown, from 1", |c|
        value!(c.cycles.as_ref().map(|cycles| &cycles.shown))),
    json("cycles.energy", "energy at the end of every shown cycle", |c|
        value!(c.cycles.as_ref().map(|cycles| &cycles.energy))),
    json("cycles.ergotropy", "global ergotropy at the end of every shown cycle", |c|
        value!(c.cycles.as_ref().map(|cycles| &cycles.ergotropy))),
    one("cycles.last_energy", Energy, "energy at the end of the last cycle",
        (Group::Energy, "*E*_{B}, last", "last energy *E*_{B}@"),
        |c| cycles(c, |cycles| last(&cycles.energy))).sweep(),
    one("cycles.last_ergotropy", Energy, "global ergotropy at the end of the last cycle",
        (Group::Energy, "*W*, last", "last ergotropy *W*@"),
        |c| cycles(c, |cycles| last(&cycles.ergotropy))).sweep(),
    one("cycles.largest_energy", Energy, "largest energy at the end of a shown cycle",
        (Group::Energy, "*E*_{B}, largest", "largest energy *E*_{B}@"),
        |c| cycles(c, largest_energy)).sweep(),
    one("cycles.fixed_point", Energy, "energy to which cycles converge",
        (Group::Energy, "*E*_{B}^{*}", "fixed point *E*_{B}^{*}@"),
        |c| cycles(c, |cycles| cycles.fixed_point.map(|point| point.energy))).says("fixed_point"),
    one("cycles.fixed_point_ergotropy", Energy, "global ergotropy to which cycles converge",
        (Group::Energy, "*W*^{*}", "fixed point *W*^{*}@"),
        |c| cycles(c, |cycles| cycles.fixed_point.map(|point| point.ergotropy))),
    one("cycles.rate", Number, "convergence rate per cycle of the battery at the end of every cycle",
        (Group::Number, "rate", "rate per cycle"),
        |c| cycles(c, rate)).says("rate"),
    one("cycles.multiplier.re", Number, "real part of the multiplier of a cycle",
        (Group::Number, "Re *μ*", "multiplier of a cycle, real part"),
        |c| cycles(c, |cycles| cycles.convergence.map(|found| found.multiplier.re))),
    one("cycles.multiplier.im", Number, "imaginary part of the multiplier of a cycle",
        (Group::Number, "Im *μ*", "multiplier of a cycle, imaginary part"),
        |c| cycles(c, |cycles| cycles.convergence.map(|found| found.multiplier.im))),
    one("cycles.duration", Time, "duration of a cycle",
        (Group::PowerTime, "duration", "duration of a cycle"), |c| cycles(c, |cycles| Ok(cycles.duration))),
    one("cycles.extracted", Energy, "energy extracted in the last cycle",
        (Group::Energy, "extracted", "extracted energy"),
        |c| cycles(c, extracted)).sweep(),
    json("cycles.stages", "every stage, one number per shown cycle", |c|
        c.cycles.as_ref().map(|cycles| lists::stages(&cycles.stages)).into()),
    json("cycles.why", "why something about cycles is null", |c| reasons(c, ROWS, "cycles")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_energy_of_any_cycle_counts() {
        let mut cycles = Cycles {
            shown: vec![1, 2, 3],
            energy: vec![0.1, 0.5, 0.2],
            ergotropy: vec![],
            fixed_point: Err(CycleTrouble::Ended.into()),
            convergence: Err(CycleTrouble::Ended.into()),
            duration: 1.0,
            stages: vec![],
        };
        assert_eq!((largest_energy(&cycles), last(&cycles.energy)), (Ok(0.5), Ok(0.2)));
        cycles.energy.clear();
        assert_eq!(largest_energy(&cycles), Err(CycleTrouble::Ended.into()));
    }
}
