//! Who pays for the energy, and how fast it could flow.

use leyden_figures::{Axis, Figure, Labels, Line, LinePanel};
use leyden_results::Document;
use leyden_results::table::Channel;

use super::Plate;
use super::draw::{beside, time_axis};
use crate::{AtlasError, Runs};

pub(super) const LEDGER: Plate = Plate {
    stem: "energy-ledger",
    title: "The energy ledger of dephased charging, on and off resonance",
    caption: "On resonance everything that charger and battery hold is work of the drive, and dephasing carries no energy. Off resonance the \
              coupling stores energy, and the noisy field that dephases the charger exchanges energy, too; the sum of all flows is the sum of all energies.",
    figure: ledger,
};

fn ledger(runs: &Runs) -> Result<Figure, AtlasError> {
    let on = runs.run("energy-ledger", &[])?;
    let off = runs.run("energy-ledger", &["charger.detuning=1.0", "battery.detuning=0.5"])?;
    let mut right = flows(&off, "*Δ*_{C} = *g*, *Δ*_{B} = *g*/2");
    right.labels = Labels::Hidden;
    Ok(beside(vec![flows(&on, "on resonance").into(), right.into()], 52.0))
}

fn flows(document: &Document, title: &str) -> LinePanel {
    let t = document.numbers("times");
    let of = |path: &str| document.numbers(path);
    let sum = |a: Vec<f64>, b: Vec<f64>| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
    let channels = document.list::<Channel>("ledger.channels");
    let dephasing = channels.iter().find(|channel| channel.name == "charger.dephasing");
    let dephasing: Vec<f64> = dephasing
        .map_or_else(Vec::new, |channel| channel.energy.iter().map(|x| x.unwrap_or(f64::NAN)).collect());
    LinePanel {
        lines: vec![
            Line::new("work of the drive", &t, &of("ledger.drive_work")),
            Line::new("battery", &t, &of("ledger.battery")),
            Line::new("charger", &t, &of("ledger.charger")),
            Line::new("coupling and drive term", &t, &sum(of("ledger.coupling"), of("ledger.drive"))),
            Line::new("through dephasing", &t, &dephasing),
        ],
        title: title.into(),
        labels: Labels::Legend,
        ..LinePanel::new(time_axis(), Axis::linear("energy/*g*").within(-0.4, 5.4))
    }
}

pub(super) const BOUNDS: Plate = Plate {
    stem: "power-bounds",
    title: "Power of a star and its bounds",
    caption: "Power of four cells around one charger beside two bounds: by the energy of the battery, √(Var(H_B) I_E), and by the coupling, \
              2√(Var(H_B) Var(V)). While the battery fills its power is all that the first bound allows; the second is never near.",
    figure: bounds,
};

fn bounds(runs: &Runs) -> Result<Figure, AtlasError> {
    let document = runs.run("power-bounds", &[])?;
    let t = document.numbers("times");
    let power: Vec<f64> = document.numbers("power.instantaneous").iter().map(|p| p.abs()).collect();
    let panel = LinePanel {
        lines: vec![
            Line::new("|d*E*_{B}/d*t*|", &t, &power),
            Line::new("√(Var(*H*_{B}) *I*_{E})", &t, &document.numbers("bounds.power")),
            Line::new("2√(Var(*H*_{B}) Var(*V*))", &t, &document.numbers("bounds.power_joint")),
        ],
        labels: Labels::Legend,
        ..LinePanel::new(time_axis(), Axis::linear("power/(*gω*_{B})").within(0.0, 3.6))
    };
    Ok(Figure::of("", panel))
}
