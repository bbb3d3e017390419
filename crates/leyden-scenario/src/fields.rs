//! What the library says of its fields, in the keys of a scenario.

use leyden::charge::{Error, Lower};
use leyden::model::{EngineError, NmrStarError};
use leyden::parts::PartsError;

use crate::keys;

/// Words of the library and of scenarios, for heat engines and what they charge.
const ENGINE: &[(&str, &str)] = &[
    ("`hot_frequency`", "`engine.hot_frequency`"),
    ("`signal_frequency`", "`engine.signal_frequency`"),
    ("`hot_temperature`", "`engine.hot_temperature`"),
    ("`cold_temperature`", "`engine.cold_temperature`"),
    ("`hot_rate`", "`engine.hot_rate`"),
    ("`cold_rate`", "`engine.cold_rate`"),
    ("`signal.amplitude`", "`engine.drive`"),
    ("`signal.detuning`", "`engine.detuning`"),
    ("`signal.down`", "`engine.load.down`"),
    ("`signal.up`", "`engine.load.up`"),
    ("`signal` must not be a drive", "`engine.drive` must be absent"),
    ("`signal` must not be a load", "`engine.load` must be absent"),
    ("`cells`", "`battery.cells`"),
    ("`frequency`", "`battery.frequency`"),
    ("`detuning`", "`battery.frequency`"),
    ("`coupling`", "`coupling.strength`"),
    ("`engines.rate`", "`charging.effective_rate`"),
    ("`rate`", "`charging.effective_rate`"),
    ("`engines.exponent`", "`charging.effective_exponent`"),
    ("`ln_ratio`", "`charging.effective_exponent`"),
    ("`rates.a`", "`engine.hot_temperature`"),
    ("`rates.b`", "`engine.hot_rate`"),
    ("`rates.c`", "`engine.cold_rate`"),
    ("`rates.d`", "`engine.cold_temperature`"),
    ("`fraction`", "`charging.fraction`"),
    ("`model` must be `Effective` in stages", "`charging.model` must be \"effective\" for [[stage]]"),
];

/// The same for stars of spins.
const NMR: &[(&str, &str)] = &[
    ("`chargers`", "`nmr.chargers`"),
    ("`coupling`", "`nmr.coupling`"),
    ("`frequency`", "`nmr.battery_frequency`"),
    ("`charger_excitation`", "`nmr.charger_excitation`"),
    ("`battery_excitation`", "`nmr.battery_excitation`"),
    ("`charger.equilibrium`", "`nmr.charger_equilibrium`"),
    ("`battery.equilibrium`", "`nmr.battery_equilibrium`"),
    ("`charger.t1`", "`nmr.charger_t1`"),
    ("`charger.t2`", "`nmr.charger_t2`"),
    ("`battery.t1`", "`nmr.battery_t1`"),
    ("`battery.t2`", "`nmr.battery_t2`"),
    (
        "add stages that wait, or keep the correlations",
        "add `[[stage]]` with waits, or give correlations = \"kept\"",
    ),
    ("drop the correlations", "use correlations = \"dropped\""),
];

/// The same for all others.
const OTHERS: &[(&str, &str)] = &[
    (
        "an oscillator battery must have 1 cell, but has",
        "`battery.cells` must be 1 for an oscillator, but is",
    ),
    ("`battery.frequencies`", "`battery.cells`"),
    ("no engines charge the battery", "no engines charge the battery, [engine]"),
    ("the system is no star of spins", "the system is no star of spins, [nmr]"),
    ("raise `count`", "raise `trajectories.count`"),
    ("the system has no stages", "the system has no [[stage]]"),
];

/// The message of an error in the words of a scenario.
pub fn in_keys(error: &Error) -> String {
    let words = match error {
        Error::Engine(_) => ENGINE,
        Error::NmrStar(_) | Error::StarStage(_) => NMR,
        _ => OTHERS,
    };
    let mut message = error.to_string();
    if let Error::TooLarge { lower, .. } | Error::TooManyTimes { lower, .. } | Error::TooLong { lower, .. } =
        error
    {
        message = message.replace(&lower.to_string(), &format!("`{}`", key_to_lower(*lower)));
    }
    words.iter().fold(message, |message, (word, key)| message.replace(word, key))
}

/// The key to lower.
pub(crate) fn key_to_lower(lower: Lower) -> &'static str {
    match lower {
        Lower::Cells => "battery.cells",
        Lower::Chargers => "nmr.chargers",
        Lower::Levels | Lower::CellLevels => "battery.levels",
        Lower::PartLevels => "parts",
        Lower::ChargerCutoff => "charger.cutoff",
        Lower::BatteryCutoff => "battery.cutoff",
        Lower::ChargerState => "initial.charger",
        Lower::BatteryState => "initial.battery",
        Lower::Drive => "drive.amplitude",
        Lower::Times => "time.points",
        Lower::LastTime => "time.end",
        Lower::Cycles => "cycle.repeat",
    }
}

/// The key that is wrong in an engine or what it charges.
pub(crate) fn key_of_engine(error: &EngineError) -> &'static str {
    match error {
        EngineError::SignalTaken("load") => "engine.load",
        EngineError::SignalTaken(_) => "engine.drive",
        EngineError::NoBath => "charging.model",
        error => key_of(error.field(), ENGINE),
    }
}

/// The key that is wrong in a system of parts.
pub(crate) fn key_of_parts(error: &PartsError) -> String {
    let of_hamiltonian = |which: &str| match which.contains("battery") {
        true => "hamiltonian.battery".to_string(),
        false => "hamiltonian.charging".to_string(),
    };
    match error {
        PartsError::State { part, .. } => format!("parts.{part}.initial"),
        PartsError::Rate { channel, .. }
        | PartsError::ChannelMoves { channel }
        | PartsError::FieldNotHermitian { channel }
        | PartsError::SeveralFields { channel }
        | PartsError::FieldTurns { channel }
        | PartsError::FieldBesideTime { channel }
        | PartsError::Field { channel, .. } => format!("channel.{channel}"),
        PartsError::NotHermitian { which, .. } | PartsError::TooManyTerms { which, .. } => {
            of_hamiltonian(which)
        }
        PartsError::NoBattery | PartsError::BatteryMoves | PartsError::LargeBattery { .. } => {
            "hamiltonian.battery".into()
        }
        PartsError::Function(_) => "hamiltonian.charging".into(),
        PartsError::Site { .. } | PartsError::Letter { .. } => keys::PARTS.into(),
    }
}

/// The key that is wrong in a star of spins.
pub(crate) fn key_of_star(error: &NmrStarError) -> &'static str {
    match error {
        NmrStarError::PhaseLost { .. } => "time.end",
        error => key_of(error.field(), NMR),
    }
}

fn key_of(field: &str, words: &[(&str, &'static str)]) -> &'static str {
    let found = words.iter().find(|(word, _)| word.trim_matches('`') == field);
    found.map_or("", |(_, key)| key.trim_matches('`'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KEYS;

    #[test]
    fn every_key_that_a_message_may_name_exists() {
        let known = |path: &str| {
            let (table, name) = path.rsplit_once('.').unwrap();
            let load = table == "engine.load";
            load || KEYS.iter().any(|key| key.table == table && key.name == name)
        };
        let words = [ENGINE, NMR].concat();
        for (_, key) in words.iter().filter(|(word, _)| !word.contains(' ')) {
            assert!(known(key.trim_matches('`')), "{key}");
        }
        let field = EngineError::NotPositive { field: "hot_rate", value: 0.0 };
        assert_eq!(key_of_engine(&field), "engine.hot_rate");
        assert_eq!(in_keys(&Error::Engine(field)), "`engine.hot_rate` must be above 0 and finite, but is 0");
    }
}
