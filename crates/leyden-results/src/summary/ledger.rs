//! Where the energy of a run came from and where it is at the end.

use super::{Lines, number, rough};
use crate::Document;
use crate::table::Channel;

/// Flows below this part of the largest number are nothing.
const NOTHING: f64 = 1e-12;

/// The energy ledger of a result at its last time.
pub fn ledger(document: &Document) -> String {
    let document = &document.shown();
    let mut out = Lines::new();
    if let Some(why) = document.text("ledger.why") {
        out.line("ledger", format!("none: {why}"));
        return out.text();
    }
    let last = |path: &str| document.numbers(&format!("ledger.{path}")).last().copied();
    let of = |name: &'static str| Some((name.replace('_', " "), last(name)?));
    let energies = ["charger", "battery", "coupling", "drive", "charging"].into_iter().filter_map(of);
    let energies: Vec<(String, f64)> = energies.collect();
    let mut flows: Vec<(String, f64)> = ["drive_work", "switching_work"].into_iter().filter_map(of).collect();
    flows.extend(last("maps").map(|x| ("at once".into(), x)));
    for channel in document.list::<Channel>("ledger.channels") {
        let (energy, bare) =
            (channel.energy.last().copied().flatten(), channel.bare.last().copied().flatten());
        let (Some(energy), Some(bare)) = (energy, bare) else { continue };
        flows.push((channel.name.replace('.', " "), energy));
        if bare != 0.0 && (bare - energy).abs() > NOTHING {
            flows.push(("of it bare".into(), bare));
        }
    }
    let largest = energies.iter().chain(&flows).map(|(_, x)| x.abs()).fold(0.0, f64::max);
    let said = |list: &[(String, f64)], all: bool| {
        let clean = |x: f64| if x.abs() <= NOTHING * largest { 0.0 } else { x };
        let shown = list.iter().filter(|(_, x)| all || clean(*x) != 0.0);
        shown.map(|(name, x)| format!("{name} {}", number(clean(*x)))).collect::<Vec<_>>().join(", ")
    };
    out.line("energies", said(&energies, true));
    let flows = said(&flows, false);
    out.line("flows in", if flows.is_empty() { "nothing flowed".into() } else { flows });
    if let Some(residual) = document.number("ledger.residual") {
        out.line("", format!("differ from what energies gained by at most {}", rough(residual)));
    }
    out.text()
}
