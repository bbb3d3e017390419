//! The units in which people see numbers: a table of files, with factors by hand.

use std::f64::consts::TAU;

use leyden_scenario::{Scenario, Unit, Units};

/// k_B/hbar in rad/s per kelvin: 2 pi times 20.836619 GHz (CODATA 2018).
const KELVIN: f64 = TAU * 2.083_661_912_333e10;

fn units(text: &str) -> Units {
    Scenario::parse("", text).unwrap_or_else(|report| panic!("{report}\nfor\n{text}")).units
}

fn is(unit: &Unit, symbol: &str, factor: f64, text: &str) {
    assert_eq!(unit.symbol, symbol, "{text}");
    assert!(
        (unit.factor / factor - 1.0).abs() < 1e-15,
        "{symbol} is {:e}, not {factor:e}\n{text}",
        unit.factor
    );
}

/// Symbols of time, energy, power and rate; factors of time and energy.
type Four<'a> = ([&'a str; 4], [f64; 2]);

fn four_are(text: &str, ([time, energy, power, rate], [t, e]): Four<'_>) -> Units {
    let units = units(text);
    is(&units.time, time, t, text);
    is(&units.energy, energy, e, text);
    is(&units.rate, rate, 1.0 / t, text);
    assert_eq!(units.power.symbol, power, "{text}");
    // A product and an inverse later.
    assert!((units.power.factor / (e / t) - 1.0).abs() < 1e-15, "{text}");
    units
}

/// A file with no units at all: every factor is 1 to the last bit.
fn plain(text: &str, symbols: [&str; 4]) -> Units {
    let units = four_are(text, (symbols, [1.0, 1.0]));
    for unit in [&units.time, &units.energy, &units.power, &units.rate].into_iter().chain(units.keys.values())
    {
        assert_eq!(unit.factor.to_bits(), 1f64.to_bits(), "{text}");
    }
    units
}

fn key_is(units: &Units, key: &str, symbol: &str, factor: f64) {
    let unit = units.keys.get(key).unwrap_or_else(|| panic!("{key} has no unit: {units:?}"));
    is(unit, symbol, factor, key);
}

const TIME: &str = "[time]\nend = 1.0\n";
const ENGINE: &str = "[engine]\nhot_frequency = 10.0\nhot_temperature = 10.0\ncold_temperature = 5.0\n";
const DRIVE: &str = "[charger]\ndephasing = 1.0\n[drive]\namplitude = 0.5\n";

#[test]
fn plain_numbers_are_named_by_the_frequency_that_is_1() {
    let of_g = ["1/g", "omega_B", "g omega_B", "g"];
    let of_battery = ["1/omega_B", "omega_B", "omega_B^2", "omega_B"];
    let of_nothing = ["1/omega_ref", "omega_ref", "omega_ref^2", "omega_ref"];
    for (text, symbols) in [
        (String::new(), of_g),
        ("[coupling]\nstrength = 1\n".into(), of_g),
        ("[coupling]\nstrength = 1.0\nscaling = \"inverse-sqrt-cells\"\n".into(), of_g),
        ("[battery]\nfrequency = 1.0\n[coupling]\nstrength = 0.5\n".into(), of_battery),
        ("[coupling]\nstrength = 0.5\n".into(), of_battery),
        ("[coupling]\nstrength = -1.0\n".into(), of_battery),
        ("[battery]\ncells = 2\n[coupling]\nstrength = [1.0, 0.9]\n".into(), of_battery),
        ("[battery]\nfrequency = 2.0\n".into(), ["1/g", "g", "g^2", "g"]),
        ("[battery]\ncells = 2\nfrequency = [1.0, 1.1]\n".into(), ["1/g", "g", "g^2", "g"]),
        ("[battery]\nfrequency = 2.0\n[coupling]\nstrength = 0.5\n".into(), of_nothing),
        // The battery is at 1.1 omega_d then.
        ("[battery]\ndetuning = 0.1\n[drive]\namplitude = 0.5\n".into(), ["1/g", "omega_d", "g omega_d", "g"]),
        (
            "[battery]\ndetuning = 0.1\n[drive]\namplitude = 0.5\nfrequency = 2.0\n".into(),
            ["1/g", "g", "g^2", "g"],
        ),
        (
            "[battery]\nfrequency = 2.0\n[drive]\namplitude = 0.5\nfrequency = 1.0\n[coupling]\nstrength = 3.0\n".into(),
            ["1/omega_d", "omega_d", "omega_d^2", "omega_d"],
        ),
    ] {
        plain(&format!("{text}{TIME}"), symbols);
    }
}

#[test]
fn what_a_study_or_a_stage_changes_names_nothing() {
    let of_battery = ["1/omega_B", "omega_B", "omega_B^2", "omega_B"];
    let swept = |key: &str, values: &str| format!("{DRIVE}[sweep]\n\"{key}\" = {values}\n");
    let units = plain(&swept("coupling.strength", "[1.0, 2.0]"), of_battery);
    key_is(&units, "coupling.strength", "omega_B", 1.0);
    let units = plain(&swept("battery.frequency", "[1.0, 2.0]"), ["1/g", "g", "g^2", "g"]);
    key_is(&units, "battery.frequency", "g", 1.0);
    let tied = swept("battery.cells", "[1, 2]\n\"coupling.strength\" = \"1/battery.cells\"");
    let units = plain(&tied, of_battery);
    key_is(&units, "coupling.strength", "omega_B", 1.0);
    key_is(&units, "battery.cells", "1", 1.0);
    let searched = "[optimise]\nobjective = \"ergotropy.limit\"\nvariables = { \"coupling.strength\" = { from = 1.0, to = 2.0 } }\n";
    key_is(&plain(&format!("{DRIVE}{searched}"), of_battery), "coupling.strength", "omega_B", 1.0);
    let stages =
        "[[stage]]\nkind = \"evolve\"\nduration = 1.0\n[[stage]]\nkind = \"evolve\"\nduration = 1.0\n";
    plain(stages, ["1/g", "omega_B", "g omega_B", "g"]);
    plain(&format!("{stages}coupling.strength = 2.0\n"), of_battery);
    let units = plain(&format!("{stages}[sweep]\n\"stage.2.coupling.strength\" = [1.0, 2.0]\n"), of_battery);
    key_is(&units, "stage.2.coupling.strength", "omega_B", 1.0);
    // Frequencies of parts beside what is slow, numbers of states beside both.
    let both = "[sweep]\n\"charger.frequency\" = [1.0, 1.1]\n\"drive.amplitude\" = [0.1, 0.2]\n\"charger.dephasing\" = [1.0, 2.0]\n\
        \"battery.temperature\" = [0.5, 1.0]\n\"charger.t1\" = [5.0, 9.0]\n\"initial.battery.fock\" = [0, 1]\n\"battery.thermal_occupation\" = [0.0, 1.0]\n";
    let both = both.replace("\"battery.thermal_occupation\" = [0.0, 1.0]\n", "");
    let units = plain(&format!("{DRIVE}{both}"), ["1/g", "omega_B", "g omega_B", "g"]);
    for (key, symbol) in [
        ("charger.frequency", "omega_B"),
        ("battery.temperature", "omega_B"),
        ("drive.amplitude", "g"),
        ("charger.dephasing", "g"),
        ("charger.t1", "1/g"),
        ("initial.battery.fock", "1"),
    ] {
        key_is(&units, key, symbol, 1.0);
    }
}

#[test]
fn engines_are_named_by_their_rates() {
    let signal = |x: f64| format!("{ENGINE}signal_frequency = {x:?}\n");
    let charging = "[charging]\n[coupling]\nstrength = 0.1\n[time]\nend = 1.0\n";
    plain(&signal(1.0), ["1/gamma_h", "omega_0", "gamma_h omega_0", "gamma_h"]);
    plain(
        &format!("{}hot_rate = 0.1\n", signal(2.0)),
        ["1/omega_ref", "omega_ref", "omega_ref^2", "omega_ref"],
    );
    plain(&format!("{}hot_rate = 0.1\n", signal(1.0)), ["1/omega_0", "omega_0", "omega_0^2", "omega_0"]);
    let of_battery = ["1/gamma_h", "omega_B", "gamma_h omega_B", "gamma_h"];
    plain(&format!("{}{charging}", signal(1.0)), of_battery);
    plain(
        &format!("{}{}", signal(1.0), charging.replace("[charging]\n", "[charging]\nmodel = \"full\"\n")),
        of_battery,
    );
    plain(&format!("{}[battery]\nfrequency = 1.0\n{charging}", signal(2.0)), of_battery);
    let of_rate = ["1/gamma_h", "gamma_h", "gamma_h^2", "gamma_h"];
    plain(&format!("{}{charging}", signal(2.0)), of_rate);
    let by_rate = |x: f64| {
        format!("[charging]\neffective_rate = {x:?}\neffective_exponent = -1.0\n[time]\nend = 1.0\n")
    };
    plain(&by_rate(1.0), ["1/Gamma_e", "omega_B", "Gamma_e omega_B", "Gamma_e"]);
    plain(&by_rate(0.2), ["1/omega_B", "omega_B", "omega_B^2", "omega_B"]);
    let swept = "[sweep]\n\"engine.hot_rate\" = [1.0, 2.0]\n\"engine.hot_temperature\" = [8.0, 9.0]\n";
    let units = plain(&format!("{}{swept}", signal(1.0)), ["1/omega_0", "omega_0", "omega_0^2", "omega_0"]);
    key_is(&units, "engine.hot_rate", "omega_0", 1.0);
    key_is(&units, "engine.hot_temperature", "omega_0", 1.0);
    // With units: of the signal, or of the battery that it charges.
    let engine = "[units]\nreference = \"5 GHz\"\n[engine]\nhot_frequency = \"20 GHz\"\nsignal_frequency = \"4 GHz\"\n\
        hot_temperature = \"500 mK\"\ncold_temperature = \"20 mK\"\nhot_rate = \"10 1/us\"\n";
    let us = 1.0 / (TAU * 5e3);
    four_are(engine, (["us", "hbar omega_0", "hbar omega_0/us", "1/us"], [us, 1.25]));
    // Rates of a load are rates.
    let load = engine.replace("hot_rate = \"10 1/us\"", "load = { down = 0.1, up = \"2 1/ns\" }");
    let units = four_are(
        &format!("{load}[sweep]\n\"engine.load.down\" = [\"1 1/ms\", \"2 1/ms\"]\n"),
        (["ms", "hbar omega_0", "hbar omega_0/ms", "1/ms"], [1e3 / (TAU * 5e9), 1.25]),
    );
    key_is(&units, "engine.load.down", "1/ms", TAU * 5e6);
    let ns = 1.0 / (TAU * 5.0);
    four_are(&load, (["ns", "hbar omega_0", "hbar omega_0/ns", "1/ns"], [ns, 1.25]));
    let of_battery = ["us", "hbar omega_B", "hbar omega_B/us", "1/us"];
    four_are(
        &format!("{engine}[charging]\n[coupling]\nstrength = \"1 MHz\"\n[time]\nend = \"3 us\"\n"),
        (of_battery, [us, 1.25]),
    );
    let cycle =
        "[charging]\n[coupling]\nstrength = \"1 MHz\"\n[[stage]]\nkind = \"evolve\"\nduration = \"3 us\"\n";
    four_are(&format!("{engine}{cycle}"), (of_battery, [us, 1.25]));
    let detuned = format!(
        "{engine}[charging]\n[coupling]\nstrength = \"1 MHz\"\n[battery]\ndetuning = \"0.5 GHz\"\n[time]\nend = \"3 us\"\n"
    );
    four_are(&detuned, (of_battery, [us, 1.0 / 0.9]));
    let temperatures = "[sweep]\n\"engine.hot_temperature\" = [\"400 mK\", \"500 mK\"]\n";
    let units = self::units(&format!("{engine}{temperatures}"));
    is_mostly(&units, "engine.hot_temperature", "mK", TAU * 5e9 / (1e-3 * KELVIN));
}

/// Like `key_is`, for constants of nature with ten digits.
fn is_mostly(units: &Units, key: &str, symbol: &str, factor: f64) {
    let unit = units.of_key(key);
    assert_eq!(unit.symbol, symbol);
    assert!((unit.factor / factor - 1.0).abs() < 1e-10, "{unit:?}");
}

#[test]
fn stars_of_spins_are_in_seconds_until_they_have_units() {
    let star = |text: &str| format!("[nmr]\nchargers = 3\n{text}");
    let of_seconds = ["s", "omega_B", "omega_B/s", "1/s"];
    let optimal = "[[stage]]\nkind = \"evolve\"\nduration = \"optimal\"\n";
    for text in [
        format!("coupling = 2.0\n{TIME}"),
        format!("coupling = \"200 Hz\"\nbattery_frequency = 1.0\n{TIME}"),
        format!("coupling = \"200 Hz\"\ncharger_t1 = \"300 ms\"\n{optimal}"),
    ] {
        plain(&star(&text), of_seconds);
    }
    // A frequency of the battery that is not 1 makes energies: those of its excited state.
    let energies = ["s", "hbar omega_B", "hbar omega_B/s", "1/s"];
    four_are(&star(&format!("coupling = 1.0\nbattery_frequency = 2.0\n{TIME}")), (energies, [1.0, 0.5]));
    let energies = ["ms", "hbar omega_B", "hbar omega_B/ms", "1/ms"];
    let megahertz = star("coupling = 1.0\nbattery_frequency = \"500 MHz\"\n[time]\nend = \"10 ms\"\n");
    let units = four_are(
        &format!("{megahertz}[sweep]\n\"nmr.coupling\" = [10.0, 20.0]\n\"nmr.charger_t1\" = [0.1, 0.2]\n"),
        (energies, [1e3, 1.0 / (TAU * 5e8)]),
    );
    key_is(&units, "nmr.coupling", "rad/s", 1.0);
    key_is(&units, "nmr.charger_t1", "ms", 1e3);
    let swept = star(&format!("coupling = 1.0\n{TIME}[sweep]\n\"nmr.battery_frequency\" = [1.0, 2.0]\n"));
    let units = plain(&swept, ["s", "hbar rad/s", "hbar rad/s/s", "1/s"]);
    key_is(&units, "nmr.battery_frequency", "rad/s", 1.0);
    let load = "[[stage]]\nkind = \"extract\"\nby = \"load\"\nduration = \"20 ms\"\nrate = 1.0\n[sweep]\n\"stage.1.rate\" = [1.0, 2.0]\n";
    key_is(&self::units(&star(&format!("coupling = 1.0\n{load}"))), "stage.1.rate", "1/s", 1.0);
    // With units.
    let star = |text: &str| {
        format!("[units]\nreference = \"100 Hz\"\n{}", star(&format!("coupling = \"200 Hz\"\n{text}")))
    };
    let reference = TAU * 100.0;
    let in_ms = ["ms", "hbar omega_B", "hbar omega_B/ms", "1/ms"];
    four_are(&star("[time]\nend = \"20 ms\"\n"), (in_ms, [1e3 / reference, 1.0]));
    four_are(
        &star("battery_frequency = \"300 Hz\"\n[time]\nend = \"20 ms\"\n"),
        (in_ms, [1e3 / reference, 1.0 / 3.0]),
    );
    four_are(&star(TIME), (["1/omega_B", "hbar omega_B", "hbar omega_B^2", "omega_B"], [1.0, 1.0]));
    let in_s = ["s", "hbar omega_B", "hbar omega_B/s", "1/s"];
    four_are(&star(optimal), (in_s, [1.0 / reference, 1.0]));
    four_are(&star(&format!("charger_t1 = \"3 ms\"\n{optimal}")), (in_ms, [1e3 / reference, 1.0]));
}

/// Reference, coupling and battery of a file with units.
fn device(reference: &str, rest: &str) -> String {
    format!(
        "[units]\nreference = \"{reference}\"\n[coupling]\nstrength = \"10 MHz\"\n[battery]\nfrequency = \"5 GHz\"\n{rest}"
    )
}

#[test]
fn times_come_back_in_the_unit_that_was_typed() {
    let reference = TAU * 1e7;
    let symbols =
        |time: &'static str, power: &'static str, rate: &'static str| [time, "hbar omega_B", power, rate];
    let us = symbols("us", "hbar omega_B/us", "1/us");
    let ns = symbols("ns", "hbar omega_B/ns", "1/ns");
    let ms = symbols("ms", "hbar omega_B/ms", "1/ms");
    let min = symbols("min", "hbar omega_B/min", "1/min");
    let stage = |duration: &str| format!("[[stage]]\nkind = \"wait\"\nduration = {duration}\n");
    let driven = "[drive]\namplitude = \"3 MHz\"\n";
    for (rest, symbols, per_second) in [
        ("[time]\nend = \"2 us\"\n".to_string(), us, 1e6),
        ("[time]\nend = \"2 µs\"\n".into(), us, 1e6),
        ("[time]\nend = \"2 μs\"\n".into(), us, 1e6),
        ("[time]\nend = '2us'\n".into(), us, 1e6),
        ("[time]\nend = \"2e3 ns\"\n".into(), ns, 1e9),
        ("[time]\nend = \"1 ms\"\n".into(), ms, 1e3),
        ("[time]\nend = \"0.001 min\"\n".into(), min, 1.0 / 60.0),
        ("[time]\nstart = \"2 us\"\nend = 1000.0\n".into(), us, 1e6),
        ("[time]\nvalues = [0.0, \"20 ns\", \"2 us\"]\n".into(), ns, 1e9),
        ("[time]\nvalues = [ # what's short\n  \"20 ns\", \"2 us\" ]\n".into(), ns, 1e9),
        // Times before rates and times of devices.
        ("dephasing = \"1 1/us\"\nt1 = \"3 us\"\n[time]\nend = \"20 ns\"\n".into(), ns, 1e9),
        (stage("\"20 ns\"") + &stage("\"1 us\""), ns, 1e9),
        (stage("1.0") + &stage("\"1 us\""), us, 1e6),
        (stage("1.0") + "[sweep]\n\"stage.1.duration\" = [\"20 ns\", \"40 ns\"]\n", ns, 1e9),
        (
            stage("1.0")
                + "[sweep]\n\"stage.1.duration\" = { from = \"20 ns\", to = \"1 us\", spacing = \"log\" }\n",
            ns,
            1e9,
        ),
        // Nobody typed a time: that of devices, of rates, what suits the reference.
        (
            format!(
                "t1 = \"50 us\"\n[charger]\ndephasing = \"3 1/ns\"\n{driven}[sweep]\n\"battery.cells\" = [1, 2]\n"
            ),
            us,
            1e6,
        ),
        (
            format!("[charger]\ndephasing = \"20 1/ms\"\n{driven}[sweep]\n\"battery.cells\" = [1, 2]\n"),
            ms,
            1e3,
        ),
        (
            format!("[charger]\ndephasing = \"20 1/min\"\n{driven}[sweep]\n\"battery.cells\" = [1, 2]\n"),
            min,
            1.0 / 60.0,
        ),
        (
            format!(
                "relaxation = \"20 1/ms\"\n{driven}[sweep]\n\"charger.dephasing\" = [\"1 1/ns\", \"2 1/ns\"]\n"
            ),
            ns,
            1e9,
        ),
        (format!("[charger]\ndephasing = 0.1\n{driven}[sweep]\n\"battery.cells\" = [1, 2]\n"), us, 1e6),
    ] {
        four_are(&device("10 MHz", &rest), (symbols, [per_second / reference, 2e-3]));
    }
    // Plain times are multiples of what is 1.
    for rest in [TIME, &stage("2.0"), &(stage("1.0") + "[sweep]\n\"stage.1.duration\" = [1.0, 2.0]\n")] {
        four_are(&device("10 MHz", rest), (["1/g", "hbar omega_B", "hbar g omega_B", "g"], [1.0, 2e-3]));
    }
    four_are(
        &device("5 GHz", TIME),
        (["1/omega_B", "hbar omega_B", "hbar omega_B^2", "omega_B"], [1.0, 1.0]),
    );
    let of_nothing = ["1/omega_ref", "hbar omega_B", "hbar omega_ref omega_B", "omega_ref"];
    four_are(&device("1 GHz", TIME), (of_nothing, [1.0, 0.2]));
}

#[test]
fn times_that_nobody_typed_suit_the_reference() {
    let sweep = "[drive]\namplitude = 0.1\n[charger]\ndephasing = 0.1\n[sweep]\n\"battery.cells\" = [1, 2]\n";
    for (reference, in_rad, symbol, per_second) in [
        ("10 Hz", TAU * 10.0, "s", 1.0),
        ("1 krad/s", 1e3, "s", 1.0),
        ("1.1 krad/s", 1.1e3, "ms", 1e3),
        ("1 Mrad/s", 1e6, "ms", 1e3),
        ("1 MHz", TAU * 1e6, "us", 1e6),
        ("1.1 Mrad/s", 1.1e6, "us", 1e6),
        ("1 Grad/s", 1e9, "us", 1e6),
        ("1.1 Grad/s", 1.1e9, "ns", 1e9),
        ("5 GHz", TAU * 5e9, "ns", 1e9),
        ("1 Trad/s", 1e12, "ns", 1e9),
        ("1.1 Trad/s", 1.1e12, "ps", 1e12),
        ("300 THz", TAU * 3e14, "ps", 1e12),
    ] {
        let units = units(&format!("[units]\nreference = \"{reference}\"\n{sweep}"));
        is(&units.time, symbol, per_second / in_rad, reference);
    }
}

#[test]
fn energies_where_the_battery_is_no_unit_are_frequencies() {
    let us = 1.0 / (TAU * 5e3);
    let of = |text: &str| format!("[units]\nreference = \"5 GHz\"\n{text}");
    let in_h = ["us", "h GHz", "h GHz/us", "1/us"];
    let until = "[time]\nend = \"1 us\"\n";
    for text in [
        format!("{until}[sweep]\n\"battery.frequency\" = [\"4 GHz\", \"6 GHz\"]\n"),
        format!("[battery]\nfrequency = \"5 GHz\"\n{until}[sweep]\n\"battery.frequency\" = [0.9, 1.1]\n"),
        format!("{until}[sweep]\n\"battery.frequency\" = [0.9, 1.1]\n"),
        format!("[battery]\ncells = 2\nfrequency = [\"5 GHz\", \"5.1 GHz\"]\n{until}"),
        format!(
            "[battery]\ndetuning = \"10 MHz\"\n[drive]\namplitude = \"1 MHz\"\n{until}[sweep]\n\"drive.frequency\" = [\"4 GHz\", \"6 GHz\"]\n"
        ),
        // The unit of the frequency, not that of the detuning.
        format!(
            "[drive]\nfrequency = \"5 GHz\"\namplitude = \"1 MHz\"\n{until}[sweep]\n\"battery.detuning\" = [\"1 MHz\", \"6 MHz\"]\n"
        ),
        format!("{until}[sweep]\n\"battery.cells\" = [1, 2]\n\"battery.frequency\" = \"battery.cells\"\n"),
    ] {
        four_are(&of(&text), (in_h, [us, 5.0]));
    }
    let in_mega = format!("{until}[sweep]\n\"battery.frequency\" = [\"4000 MHz\", \"6000 MHz\"]\n");
    four_are(&of(&in_mega), (["us", "h MHz", "h MHz/us", "1/us"], [us, 5e3]));
    // A frequency of the drive says nothing where the battery has its own, and a detuning alone is fixed.
    let in_hbar = ["us", "hbar omega_B", "hbar omega_B/us", "1/us"];
    let driven = format!(
        "[drive]\namplitude = \"1 MHz\"\n{until}[sweep]\n\"drive.frequency\" = [\"4 GHz\", \"6 GHz\"]\n"
    );
    four_are(&of(&driven), (in_hbar, [us, 1.0]));
    four_are(
        &of(&format!("[battery]\ndetuning = \"2.5 GHz\"\n[drive]\namplitude = \"1 MHz\"\n{until}")),
        (in_hbar, [us, 1.0 / 1.5]),
    );
    // hbar times angular frequencies.
    for (reference, unit, factor) in [
        ("2 Grad/s", "Grad/s", 2.0),
        ("2e9 rad/s", "rad/s", 2e9),
        ("2e9 1/s", "rad/s", 2e9),
        ("2 1/ns", "Grad/s", 2.0),
        ("2e3 1/us", "Mrad/s", 2e3),
        ("1.2e11 1/min", "rad/s", 2e9),
    ] {
        let text = format!(
            "[units]\nreference = \"{reference}\"\n{until}[sweep]\n\"battery.frequency\" = [1.0, 2.0]\n"
        );
        let (energy, power) = (format!("hbar {unit}"), format!("hbar {unit}/us"));
        four_are(&text, (["us", &energy, &power, "1/us"], [1.0 / 2e3, factor]));
    }
    // Plain times beside them.
    let plain = format!(
        "[units]\nreference = \"5 GHz\"\n{TIME}[sweep]\n\"battery.frequency\" = [\"4 GHz\", \"6 GHz\"]\n"
    );
    four_are(&plain, (["1/g", "h GHz", "g h GHz", "g"], [1.0, 5.0]));
}

#[test]
fn keys_come_back_in_their_units() {
    let reference = TAU * 1e7;
    let axes = "[sweep]\n\"drive.amplitude\" = { from = \"1 MHz\", to = 0.7 }\n\"charger.dephasing\" = [0.1, \"20 1/µs\"]\n\
        \"battery.t1\" = [\"10 us\", \"20 us\"]\n\"initial.battery.fock\" = [0, 1]\n\"battery.temperature\" = [\"10 mK\", \"20 mK\"]\n\
        \"battery.cells\" = [1, 2]\n\"coupling.strength\" = [\"1 Mrad/s\", \"2 krad/s\"]\n\"charger.frequency\" = [1.0, 1.1]\n";
    let units = units(&device(
        "10 MHz",
        &format!("[charger]\n[drive]\namplitude = \"3 kHz\"\n[time]\nend = \"1 ns\"\n{axes}"),
    ));
    for (key, symbol, factor) in [
        ("drive.amplitude", "MHz", 10.0),
        ("charger.dephasing", "1/us", reference / 1e6),
        ("battery.t1", "us", 1e6 / reference),
        ("initial.battery.fock", "1", 1.0),
        ("battery.cells", "1", 1.0),
        ("coupling.strength", "Mrad/s", reference / 1e6),
        ("charger.frequency", "omega_ref", 1.0),
    ] {
        key_is(&units, key, symbol, factor);
    }
    is_mostly(&units, "battery.temperature", "mK", reference / (1e-3 * KELVIN));
    assert_eq!(units.keys.len(), 8);
    // Plain axes, ties and ranges of a search take the unit of the file; times that of times.
    let text = device(
        "10 MHz",
        "[drive]\namplitude = \"3 MHz\"\n[charger]\nt1 = \"5 us\"\n[time]\nend = \"1 ns\"\n[sweep]\n\
        \"battery.cells\" = [1, 2]\n\"drive.amplitude\" = \"0.1*battery.cells\"\n\"charger.t1\" = [10.0, 20.0]\n\
        [optimise]\nobjective = \"energy\"\ntime = \"1 ns\"\nvariables = { \"coupling.strength\" = { from = 0.5, to = 2.0 }, \
        \"charger.dephasing\" = { from = \"1 1/us\", to = \"2 1/us\" }, \"charger.detuning\" = { from = \"1 kHz\", to = \"2 MHz\" } }\n",
    );
    let units = self::units(&text);
    for (key, symbol, factor) in [
        ("drive.amplitude", "MHz", 10.0),
        ("charger.t1", "us", 1e6 / reference),
        ("coupling.strength", "MHz", 10.0),
        ("charger.dephasing", "1/us", reference / 1e6),
        ("charger.detuning", "kHz", 1e4),
    ] {
        key_is(&units, key, symbol, factor);
    }
    let stages =
        "[[stage]]\nkind = \"wait\"\nduration = \"1 us\"\n[sweep]\n\"stage.1.duration\" = [1.0, 2.0]\n";
    key_is(&self::units(&device("10 MHz", stages)), "stage.1.duration", "us", 1e6 / reference);
    assert_eq!(units.of_key("no.such"), Unit { symbol: String::new(), factor: 1.0 });
}

#[test]
fn units_turn_over_and_back() {
    let of = |symbol: &str| Unit { symbol: symbol.into(), factor: 4.0 };
    for (symbol, inverse) in
        [("us", "1/us"), ("1/us", "us"), ("1/g", "g"), ("hbar omega_B", "1/(hbar omega_B)"), ("", "")]
    {
        assert_eq!(of(symbol).inverse(), Unit { symbol: inverse.into(), factor: 0.25 });
    }
    for (symbol, physical) in [
        ("us", true),
        ("MHz", true),
        ("1/us", true),
        ("mK", true),
        ("h GHz", true),
        ("g", false),
        ("1/g", false),
        ("1", false),
    ] {
        assert_eq!(of(symbol).is_physical(), physical, "{symbol}");
    }
    assert_eq!((of("us").of(3.0), of("us").undone(12.0), of("us").typed(3.0)), (12.0, 3.0, 12.0));
    // What was typed comes back without the rounding of a unit that was taken out and put in again.
    let text = device(
        "10 MHz",
        "[drive]\n[charger]\ndephasing = 1.0\n[sweep]\n\"drive.amplitude\" = [\"0.1 MHz\", \"0.3 MHz\", \"0.7 MHz\", \"1.1 MHz\"]\n",
    );
    let scenario = Scenario::parse("", &text).unwrap();
    let unit = scenario.units.of_key("drive.amplitude");
    let typed: Vec<f64> = scenario.axes[0].values.iter().map(|x| unit.typed(*x)).collect();
    assert_eq!(typed, [0.1, 0.3, 0.7, 1.1]);
    // All digits of others stay.
    assert_eq!(of("us").typed(std::f64::consts::PI), 4.0 * std::f64::consts::PI);
}
