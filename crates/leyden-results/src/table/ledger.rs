//! Rows of the energy ledger.

use leyden::charge::{ChannelFlow, Charging, Ledger, LedgerEnergies};
use leyden::{Known, Why};
use serde_json::Value;

use super::Dimension::Energy;
use super::{Group, Row, json, lists, one, series};

fn ledger(charging: &Charging) -> Known<&Ledger> {
    charging.ledger.as_ref().map_err(|why| *why)
}

/// What is added to H_B.
fn charging_energy(charging: &Charging) -> Known<Vec<f64>> {
    match &ledger(charging)?.energies {
        LedgerEnergies::Parts { charging, .. } => Ok(charging.clone()),
        LedgerEnergies::Charger { .. } => Err(Why::DoesNotApply),
    }
}

fn column(charging: &Charging, read: fn(&Ledger) -> &[f64]) -> Known<Vec<f64>> {
    Ok(read(ledger(charging)?).to_vec())
}

fn of_charger(charging: &Charging, read: fn([&Vec<f64>; 3]) -> &Vec<f64>) -> Known<Vec<f64>> {
    match &ledger(charging)?.energies {
        LedgerEnergies::Charger { charger, coupling, drive, .. } => {
            Ok(read([charger, coupling, drive]).clone())
        }
        LedgerEnergies::Parts { .. } => Err(Why::DoesNotApply),
    }
}

/// What flowed through a channel of a charger and its battery: nothing where it is not open.
fn channel(charging: &Charging, name: &str, read: fn(&ChannelFlow) -> &Vec<f64>) -> Known<Vec<f64>> {
    let ledger = ledger(charging)?;
    match (&ledger.energies, ledger.channel(name)) {
        (_, Some(channel)) => Ok(read(channel).clone()),
        (LedgerEnergies::Charger { .. }, None) => Ok(vec![0.0; ledger.drive_work.len()]),
        (LedgerEnergies::Parts { .. }, None) => Err(Why::DoesNotApply),
    }
}

/// All channels together.
fn all_channels(charging: &Charging) -> Known<Vec<f64>> {
    let ledger = ledger(charging)?;
    let at = |i: usize| ledger.channels.iter().map(|channel| channel.energy[i]).fold(0.0, |a, b| a + b);
    Ok((0..ledger.drive_work.len()).map(at).collect())
}

/// Rows that are read from the list of channels: path, name in the list, and whether it is the bare part.
pub(crate) const OF_CHANNELS: [(&str, &str, bool); 8] = [
    ("ledger.channel.charger_dephasing", "charger.dephasing", false),
    ("ledger.channel.charger_relaxation", "charger.relaxation", false),
    ("ledger.channel.battery_dephasing", "battery.dephasing", false),
    ("ledger.channel.battery_relaxation", "battery.relaxation", false),
    ("ledger.channel.load", "load", false),
    ("ledger.bare.charger_relaxation", "charger.relaxation", true),
    ("ledger.bare.battery_relaxation", "battery.relaxation", true),
    ("ledger.bare.load", "load", true),
];

/// The row of the sum of all of them.
pub(crate) const ALL_CHANNELS: &str = "ledger.channel.all";

#[rustfmt::skip] // A table.
pub(super) const ROWS: &[Row] = &[
    series("ledger.charger", Energy, "energy of the charger, of a charger and its battery",
        (Group::Energy, "*E*_{C}", "energy *E*_{C}@ of the charger"), |c| of_charger(c, |[x, ..]| x)),
    series("ledger.battery", Energy, "energy of the battery, with the Hamiltonian that acts",
        (Group::Energy, "*E*_{B}", "energy *E*_{B}@ in the ledger"), |c| column(c, Ledger::battery)),
    series("ledger.coupling", Energy, "energy of the coupling, of a charger and its battery",
        (Group::Energy, "*E*_{V}", "energy *E*_{V}@ of the coupling"), |c| of_charger(c, |[_, x, _]| x)),
    series("ledger.drive", Energy, "energy of the drive term, of a charger and its battery",
        (Group::Energy, "*E*_{d}", "energy *E*_{d}@ of the drive term"), |c| of_charger(c, |[.., x]| x)),
    series("ledger.charging", Energy, "energy of what is added to the Hamiltonian of the battery, of parts",
        (Group::Energy, "⟨*H* - *H*_{B}⟩", "energy ⟨*H* - *H*_{B}⟩@"), charging_energy),
    series("ledger.drive_work", Energy, "work of the drive, or of what else depends on time, since t = 0",
        (Group::Energy, "drive work", "drive work@"), |c| column(c, |l| &l.drive_work)),
    series("ledger.switching_work", Energy, "work of switching at borders of stages since t = 0",
        (Group::Energy, "switching", "switching work@"), |c| column(c, |l| &l.switching_work)),
    series("ledger.maps", Energy, "energy put in by resets, pulses, measurements, dephasings and extractions since t = 0",
        (Group::Energy, "at once", "energy@ put in at once"), |c| column(c, |l| &l.maps)),
    json("ledger.channels", "energy through every open channel since t = 0, and its bare part, per time", |c|
        c.ledger.as_ref().map_or(Value::Null, |ledger| lists::channels(&ledger.channels))),
    one("ledger.residual", Energy, "largest difference between what energies gained and what flowed",
        (Group::Energy, "residual", "residual@ of the ledger"), |c| Ok(ledger(c)?.residual)),
    json("ledger.why", "why there is no ledger", |c|
        c.ledger.as_ref().err().map_or(Value::Null, |why| why.to_string().into())),
    series(ALL_CHANNELS, Energy, "energy through all channels since t = 0",
        (Group::Energy, "channels", "energy@ through all channels"), all_channels).sweep(),
    series(OF_CHANNELS[0].0, Energy, "energy through the dephasing of the charger since t = 0",
        (Group::Energy, "charger dephasing", "energy@ through charger dephasing"),
        |c| channel(c, OF_CHANNELS[0].1, |flow| &flow.energy)).sweep(),
    series(OF_CHANNELS[1].0, Energy, "energy through the relaxation of the charger since t = 0",
        (Group::Energy, "charger relaxation", "energy@ through charger relaxation"),
        |c| channel(c, OF_CHANNELS[1].1, |flow| &flow.energy)).sweep(),
    series(OF_CHANNELS[2].0, Energy, "energy through the dephasing of the battery since t = 0",
        (Group::Energy, "battery dephasing", "energy@ through battery dephasing"),
        |c| channel(c, OF_CHANNELS[2].1, |flow| &flow.energy)).sweep(),
    series(OF_CHANNELS[3].0, Energy, "energy through the relaxation of the battery since t = 0",
        (Group::Energy, "battery relaxation", "energy@ through battery relaxation"),
        |c| channel(c, OF_CHANNELS[3].1, |flow| &flow.energy)).sweep(),
    series(OF_CHANNELS[4].0, Energy, "energy into the load since t = 0, negative",
        (Group::Energy, "load", "energy@ through the load"),
        |c| channel(c, OF_CHANNELS[4].1, |flow| &flow.energy)).sweep(),
    series(OF_CHANNELS[5].0, Energy, "bare part of the energy through the relaxation of the charger since t = 0",
        (Group::Energy, "charger relaxation, bare", "bare energy@ through charger relaxation"),
        |c| channel(c, OF_CHANNELS[5].1, |flow| &flow.bare)).sweep(),
    series(OF_CHANNELS[6].0, Energy, "bare part of the energy through the relaxation of the battery since t = 0",
        (Group::Energy, "battery relaxation, bare", "bare energy@ through battery relaxation"),
        |c| channel(c, OF_CHANNELS[6].1, |flow| &flow.bare)).sweep(),
    series(OF_CHANNELS[7].0, Energy, "bare part of the energy into the load since t = 0, negative",
        (Group::Energy, "load, bare", "bare energy@ through the load"),
        |c| channel(c, OF_CHANNELS[7].1, |flow| &flow.bare)).sweep(),
];
