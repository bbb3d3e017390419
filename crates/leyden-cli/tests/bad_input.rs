//! Bad input through the real binary: what is wrong, where, and what would be right; no panic, no trace on disk.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fastrand::Rng;
use leyden::charge::Error as ChargeError;
use leyden_scenario::{Scenario, with_overrides};

/// File of tests/bad, line of the caret, the mistake, the cure or more of the message ("" where there is none).
#[rustfmt::skip]
const CASES: [(&str, usize, &str, &str); 195] = [
    ("array-of-tables", 1, "`charger` must be a table, but is an array", "write [charger] on a line of its own"),
    ("array-where-number", 2, r#"or a text such as "3 1/us", but is an array"#, ""),
    ("cells-mismatch", 3, "must have one entry per cell, 3, but has 2", "or set `battery.cells`"),
    ("charging-fraction-one", 7, "`charging.fraction` must be above 0 and below 1, but is 1.0", ""),
    ("charging-full-of-nothing", 2, r#"model = "full" needs [engine]"#, ""),
    ("charging-given-twice", 7, "`charging.effective_rate` follows from [engine]", ""),
    ("charging-without-exponent", 1, "`charging.effective_exponent` is missing, and so is [engine]", "or [engine]"),
    ("coherent-qudit", 6, "a coherent state needs an oscillator", r#""excited", fock or thermal here"#),
    ("cold-beyond-zero", 5, "`thermal` must be at least 0 excitations, but is -0.1", ""),
    ("control-character", 1, "the file is not TOML", ""),
    ("cutoff-automatic", 3, r#"a number of levels, but is "automatic""#, r#"did you mean "auto"?"#),
    ("cutoff-of-a-qubit", 2, "`charger.cutoff` is for an oscillator, but the charger is a qubit", ""),
    ("cutoff-one", 3, "`charger.cutoff` must be at least 2, but is 1", ""),
    ("cutoff-too-low-for-the-state", 6, r#"of the initial state; raise the cutoff or leave it "auto""#, ""),
    ("cycle-without-stages", 4, "a cycle without stages", "add [[stage]]"),
    ("date-where-number", 2, r#"or a text such as "3 1/us", but is a datetime"#, ""),
    ("decreasing-times", 5, "`time.values` must increase, but 1.0 follows 2.0", ""),
    ("detuning-below-zero-frequency", 2, "`battery.detuning` must leave a positive frequency, but gives -1.0", "give `drive.frequency` above 2.0, for example drive.frequency = 10.0"),
    ("detuning-without-drive", 2, "`battery.detuning` is measured from the drive, but there is no [drive]", "add [drive], or give `battery.frequency`"),
    ("dotted-unknown-key", 1, "unknown key `rates` in [charger]", "[charger] takes `kind`, `frequency`"),
    ("drive-without-amplitude", 1, "`drive.amplitude` is missing", "amplitude = 0.5, or remove [drive]"),
    ("duplicate-key", 3, "the file is not TOML", "duplicate key"),
    ("duplicate-table", 4, "the file is not TOML", "duplicate key"),
    ("empty-file", 1, "`[time]` is missing", "add [time] with end = 40.0 and points = 401"),
    ("empty-text-for-a-number", 5, r#"a number with a unit, but is """#, "units are Hz"),
    ("empty-times", 2, "`time.values` must hold at least one time, but is empty", ""),
    ("end-at-start", 2, "`time.end` must be above `time.start`, 0.0, but is 0.0", ""),
    ("end-before-start", 3, "`time.end` must be above `time.start`, 5.0, but is 1.0", ""),
    ("end-missing", 4, "`time.end` is missing", "add end = 40.0, or values = [0.0, 1.0, 5.0]"),
    ("engine-alone-with-time", 6, "[time] has no meaning for an engine alone", "add [charging] and [battery]"),
    ("engine-cold-frequency", 6, "`engine.cold_frequency` must be hot_frequency - signal_frequency = 9.0, but is 8.0", "leave it out"),
    ("engine-compares-in-a-sweep", 7, "`charging.compare` does not go with [sweep]", "sweep once for each"),
    ("engine-detuning-of-nothing", 6, "`engine.detuning` is that of `engine.drive`", "battery.detuning"),
    ("engine-drive-and-load", 7, "`engine.drive` and `engine.load` both act on the signal", "remove one of the two"),
    ("engine-driven-with-cells", 6, "`engine.drive` does not go with cells", "remove it"),
    ("engine-half-a-load", 6, "`engine.load` needs `up`", "{ down = 0.1, up = 0.05 }"),
    ("engine-load-misspelt", 6, "unknown key `upp` in `engine.load`", "did you mean `up`?"),
    ("engine-negative-temperature", 5, "`engine.cold_temperature` must be above 0, but is -5.0", ""),
    ("engine-noisy-cells", 10, "`battery.dephasing` does not go with engines", "remove it"),
    ("engine-rate-zero", 6, "`engine.hot_rate` must be above 0, but is 0", ""),
    ("engine-signal-above-hot", 3, "`engine.signal_frequency` must be below `engine.hot_frequency`, 10.0, but is 12.0", ""),
    ("engine-start-of-effective", 15, "`initial.engine` has no meaning in the effective model", r#"add model = "full""#),
    ("engine-state-of-cells", 15, r#"`initial.battery` must be "ground" or "excited" where engines charge"#, ""),
    ("engine-uncoupled", 11, "`coupling.strength` must not be 0 where engines charge", ""),
    ("engine-unequal-cells", 10, "`battery.frequency` must be one number where engines charge", ""),
    ("engine-with-charger", 1, "[charger] does not go with engines", "remove it"),
    ("engine-without-coupling", 11, "`coupling.strength` is missing", "add [coupling] with strength = 0.1"),
    ("engine-without-temperature", 1, "`engine.cold_temperature` is missing", "add cold_temperature = 5.0"),
    ("engine-zero-temperature", 4, "`engine.hot_temperature` must be above 0, but is 0.0", ""),
    ("excited-oscillator", 6, "an oscillator has no highest level", "use { fock = n }"),
    ("exponential-too-large", 8, "method `exponential` does not apply because 122 levels", r#"name = "auto" takes a method that applies"#),
    ("fock-beyond-cells", 5, "battery: `fock` must be at most 3, the highest level, but is 4", ""),
    ("fock-beyond-qubit", 2, "charger: `fock` must be at most 1, the highest level, but is 2", ""),
    ("forced-method-not-applicable", 8, "method `rabi-blocks` does not apply because the charger relaxes", r#"name = "auto" takes a method that applies"#),
    ("fractional-cells", 2, "`battery.cells` must be an integer, but is a float", ""),
    ("fractional-fock", 5, "`initial.charger` must be a whole number of excitations, but is a float", ""),
    ("frequency-and-detuning", 6, "`charger.frequency` and `charger.detuning` say the same thing", "remove one of the two"),
    ("frequency-for-a-time", 5, "`time.end` cannot be given in MHz", "it takes s, ms"),
    ("hertz-for-a-rate", 5, "`charger.dephasing` cannot be given in MHz", "Hz would mean cycles"),
    ("hexadecimal-cells", 2, "`battery.cells` must be at most 1000000", ""),
    ("hierarchy-of-white-noise", 5, "the dephasing of the charger has no memory", ""),
    ("hot-qubit", 2, "`thermal` must be between 0 and 0.5 excitations", "but is 0.7"),
    ("implicit-with-dipole-drive", 8, "method `implicit` does not apply because the Hamiltonian depends on time", r#"name = "auto" takes a method that applies"#),
    ("infinite-amplitude", 5, "`initial.charger` must be a finite number, but is infinite", ""),
    ("infinite-rate", 2, "`battery.relaxation` must be a finite number, but is infinite", ""),
    ("integer-beyond-64-bits", 2, "`battery.cells` must be at most 1000000, but is 99999999999999999999", ""),
    ("key-of-another-table", 2, "unknown key `cells` in [charger]", "`cells` belongs in [battery]"),
    ("key-without-its-table", 2, "unknown key `dephasing`", "`dephasing` belongs in [charger] or [battery]"),
    ("ladder-a-number", 4, r#"`battery.ladder` must be one of "spin", "uniform", but is an integer"#, ""),
    ("ladder-misspelt", 4, r#"`battery.ladder` must be one of "spin", "uniform", but is "unifrom""#, r#"did you mean "uniform"?"#),
    ("ladder-of-a-qubit", 2, r#"`battery.ladder` is for kind = "qudit", but the battery is made of qubits"#, r#"use kind = "qudit""#),
    ("ladder-of-an-oscillator", 3, r#"`battery.ladder` is for kind = "qudit", but the battery is made of oscillators"#, r#"use kind = "qudit", or remove it"#),
    ("ladders-in-several-cells", 5, "`battery.cells` must be 1 for a uniform ladder, but is 2", "more `levels`"),
    ("levels-of-a-qubit", 2, r#"`battery.levels` is for kind = "qudit""#, r#"use kind = "qudit""#),
    ("levels-of-an-oscillator", 3, r#"`battery.levels` is for kind = "qudit""#, "use `cutoff`"),
    ("list-in-a-list", 3, r#"or a text such as "5 GHz", but is an array"#, ""),
    ("log-from-zero", 1, r#"`time.start` must be above 0 for spacing = "log", but is 0.0"#, "add start = 0.01"),
    ("memory-beside-an-envelope", 3, "noise with memory does not go with an `envelope`", "white noise goes with everything"),
    ("memory-in-stages", 3, "noise with memory does not go with [[stage]]", "remove `charger.dephasing_noise`"),
    ("memory-of-no-length", 4, "`charger.correlation_time` must be above 0, but is 0", r#"noise without memory is dephasing_noise = "white""#),
    ("memory-of-no-strength", 2, "`charger.dephasing` is missing: how strong is the noise?", "add dephasing = 1.0"),
    ("memory-of-one-stage", 7, "`charger.correlation_time` is the same in all stages", "move it to [charger]"),
    ("memory-of-white-noise", 3, "`charger.correlation_time` belongs to noise with memory, but the noise is white", r#"add dephasing_noise = "ornstein-uhlenbeck" or "telegraph""#),
    ("memory-without-a-time", 3, "`charger.correlation_time` is missing: how long does the noise remember?", "add correlation_time = 1.0"),
    ("misspelt-kind-with-its-cutoff", 2, r#"`charger.kind` must be one of "qubit", "oscillator", but is "oscilator""#, r#"did you mean "oscillator"?"#),
    ("multi-byte-characters", 4, r#"but is "много""#, "units are 1/s"),
    ("nan-rate", 2, "`charger.dephasing` must be a finite number, but is not a number", ""),
    ("negative-cells", 2, "`battery.cells` must be at least 1, but is -3", ""),
    ("negative-fock", 5, "`initial.charger` must be at least 0, but is -1", ""),
    ("negative-occupation", 3, "`charger.thermal_occupation` must be at least 0, but is -0.5", ""),
    ("negative-rate", 2, "`charger.dephasing` must be at least 0, but is -1.4", ""),
    ("negative-rate-with-unit", 5, r#"`charger.dephasing` must be at least 0, but is "-3 1/us""#, ""),
    ("negative-time", 2, "`time.start` must be at least 0, but is -1.0", ""),
    ("negative-zero-frequency", 2, "`charger.frequency` must be above 0, but is -0.0", ""),
    ("nmr-equilibrium-of-nothing", 4, "`nmr.charger_equilibrium` has no meaning without `nmr.charger_t1`", ""),
    ("nmr-polarisation-above-one", 4, "`nmr.charger_excitation` must be between 0 and 1, but is 1.2", ""),
    ("nmr-polarisation-below-zero", 4, "`nmr.battery_equilibrium` must be between 0 and 1, but is -0.1", ""),
    ("nmr-t2-too-long", 5, "`nmr.battery_t2` must be at most 2 T1 = 4.0, but is 5.0", "relaxation alone"),
    ("nmr-with-drive", 4, "[drive] does not go with [nmr]", "remove it"),
    ("nmr-without-coupling", 1, "`nmr.coupling` is missing", r#"add coupling = "69 Hz""#),
    ("noise-misspelt", 3, r#"`charger.dephasing_noise` must be one of "white", "ornstein-uhlenbeck", "telegraph", but is "ornstein""#, r#"did you mean "ornstein-uhlenbeck"?"#),
    ("noise-start-a-text", 5, r#"`charger.noise_start` must be a number, or a number with a unit, but is "x""#, "units are Hz"),
    ("noise-start-infinite", 5, "`charger.noise_start` must be a finite number, but is infinite", ""),
    ("noise-start-of-cells", 3, "unknown key `noise_start` in [battery]", "`noise_start` belongs in [charger] or [channel]"),
    ("noise-start-of-white", 3, "`charger.noise_start` belongs to noise with memory, but the noise is white", r#"add dephasing_noise = "ornstein-uhlenbeck" or "telegraph", or remove it"#),
    ("not-toml", 2, "the file is not TOML", "expected `=`"),
    ("number-where-times", 2, "`time.values` must be a list of times, but is a float", ""),
    ("one-level", 3, "`battery.levels` must be at least 2, but is 1", ""),
    ("outcome-beyond-the-cells", 9, "stage 2: `outcome` must be at most 3 excitations, but is 4", ""),
    ("outcome-beyond-the-charger", 7, "stage 2: `outcome` must be at most 1 excitations, but is 2", ""),
    ("outcome-fractional", 7, r#"`stage.outcome` must be "ground", "excited" or a number of excitations, but is a float"#, ""),
    ("outcome-negative", 7, "`stage.outcome` must be at least 0, but is -1", "too small"),
    ("outcome-never-found", 4, "stage 1: its outcome has a probability of 0.0e0 in cycle 1, less than 1e-14", ""),
    ("outcome-of-a-reset", 7, r#"`outcome` has no meaning in a stage of kind "reset""#, "reset takes target, excitation, state"),
    ("overflowing-times", 5, "`time.end` must be a finite number, but is infinite", ""),
    ("qudit-without-levels", 2, "a qudit needs `battery.levels`", "add levels = 3"),
    ("rate-beyond-floats", 2, "`charger.dephasing` must be a finite number, but is infinite", ""),
    ("reference-is-a-time", 2, "`units.reference` must be a positive frequency with a unit", r#"for example "5 GHz""#),
    ("reference-negative", 2, "`units.reference` must be a positive frequency with a unit", r#"for example "5 GHz""#),
    ("reference-without-unit", 2, "`units.reference` must be a positive frequency with a unit", r#"for example "5 GHz""#),
    ("repeated-times", 2, "`time.values` must increase, but 1.0 follows 1.0", ""),
    ("several-oscillators", 3, "`battery.cells` must be 1 for an oscillator, but is 2", "coupling g sqrt(N)"),
    ("shown-fractional", 6, "`cycle.shown` must be an integer, but is a float", ""),
    ("shown-more-than-repeat", 6, "`cycle.shown` must be at most `cycle.repeat`, 10, but is 11", "leave it out to show all cycles"),
    ("shown-none", 6, "`cycle.shown` must be at least 1, but is 0", "too small"),
    ("shown-without-repeat", 5, "`cycle.shown` must be at most `cycle.repeat`, 1, but is 3", "leave it out to show all cycles"),
    ("squeezed-qubit", 2, "a squeezed state needs an oscillator", r#""excited", fock or thermal here"#),
    ("stage-changes-cells", 4, "`battery.cells` is the same in all stages", "move it to [battery]"),
    ("stage-changes-star", 4, "stages of an NMR star cannot change it", ""),
    ("stage-foreign-key", 4, r#"`angle` has no meaning in a stage of kind "evolve""#, "evolve takes duration"),
    ("stage-load-without-rate", 1, "an extraction into a load needs `rate`", "add rate = 0.1"),
    ("stage-misspelt-duration", 3, r#"`stage.duration` must be "optimal" or a time"#, r#"did you mean "optimal"?"#),
    ("stage-not-a-list", 1, "`stage` must be a list of tables", "write [[stage]]"),
    ("stage-not-an-angle", 4, "`stage.angle` must be an angle", r#""90 deg""#),
    ("stage-of-full-engines", 7, r#"`charging.model` must be "effective" for [[stage]]"#, ""),
    ("stage-of-steady-engines", 17, r#"`target` must be "battery" where engines charge"#, ""),
    ("stage-optimal-without-star", 3, r#"duration = "optimal" is for NMR stars"#, "give a time"),
    ("stage-pulse-without-angle", 1, "a pulse needs `angle`", r#"add angle = "pi""#),
    ("stage-reset-twice", 5, "`state` and `excitation` both say what a reset prepares", "remove one of the two"),
    ("stage-swept-beyond", 5, "`stage.2.duration` names stage 2, but there are 1", "numbered from 1"),
    ("stage-swept-key-of-another-kind", 5, r#"`duration` has no meaning in a stage of kind "dephase""#, ""),
    ("stage-unitary-with-rate", 3, "`rate` has no meaning for an extraction by a unitary", r#"by = "load""#),
    ("stage-unknown-key", 4, "unknown key `durration` in [stage]", "did you mean `duration`?"),
    ("stage-unknown-kind", 2, "`stage.kind` must be one of", r#"did you mean "evolve"?"#),
    ("stage-with-time", 4, "[time] has no meaning beside [[stage]]", "`points` of a stage"),
    ("stage-without-duration", 1, r#"a stage of kind "evolve" needs `duration`"#, "add duration = 1.0"),
    ("stage-without-kind", 1, "a stage needs `kind`", r#"add kind = "evolve""#),
    ("stage-without-target", 1, r#"a stage of kind "dephase" needs `target`"#, r#"target = "battery""#),
    ("state-without-its-number", 2, r#"but is "coherent""#, "did you mean { coherent = 1 }?"),
    ("strengths-without-cells", 2, "must have one entry per cell, 1, but has 3", "or set `battery.cells`"),
    ("superposition-not-normalised", 2, "must be normalised, but has norm 1.414213562373095", "normalised: [0.707106781186547"),
    ("superposition-of-triples", 2, "a coefficient of `initial.charger` must be a number or [re, im], but is a list of 3", ""),
    ("superposition-too-long", 2, "`superposition` must hold at most 3 coefficients, one for each level, but holds 4", ""),
    ("table-as-value", 2, r#"or a text such as "3 1/us", but is a table"#, ""),
    ("telegraph-start-beyond", 5, "`charger.noise_start` must lie between -1.0 and 1.0", "sqrt(dephasing/(2 correlation_time))"),
    ("text-where-word-is-a-number", 2, r#"`charger.kind` must be one of "qubit", "oscillator", but is an integer"#, ""),
    ("time-missing", 5, "`[time]` is missing", "add [time] with end = 40.0 and points = 401"),
    ("times-too-close", 4, "401 times between 1.0 and 1.0000000000000002 are not distinct", ""),
    ("title-is-a-number", 1, "`title` must be a text in quotes, but is an integer", ""),
    ("tolerance-too-fine", 5, "`method.tolerance` must be between 1e-13 and 1e-2, but is 1e-15", ""),
    ("tolerance-zero", 5, "`method.tolerance` must be above 0, but is 0.0", ""),
    ("too-large-cutoff", 3, "GiB allowed; lower `charger.cutoff`", ""),
    ("too-large-for-memory", 5, "GiB allowed; lower `battery.cells`", ""),
    ("too-large-noisy-battery", 2, "GiB allowed; lower `battery.cells`", ""),
    ("too-large-rabi-blocks", 2, "GiB allowed; lower `battery.cells`", ""),
    ("too-long", 8, "hours; lower `time.end` or the rates", ""),
    ("too-many-cells", 2, "`battery.cells` must be at most 1000000, but is 1000001", ""),
    ("truth-where-number", 2, r#"or a text such as "3 1/us", but is a boolean"#, ""),
    ("two-states", 5, "but is a table of 2 entries", ""),
    ("unclosed-table", 1, "the file is not TOML", "unclosed table"),
    ("unclosed-text", 1, "the file is not TOML", r#"expected `"`"#),
    ("unit-of-wrong-case", 5, "`coupling.strength` cannot be given in mhz", "did you mean `MHz`?"),
    ("unit-of-wrong-dimension", 5, "`coupling.strength` cannot be given in ns", "it takes Hz, kHz"),
    ("unit-on-a-count", 2, "`battery.cells` must be an integer, but is a string", ""),
    ("unit-on-an-occupation", 2, "`charger.thermal_occupation` must be a number without unit, but is a string", ""),
    ("unit-unknown", 5, "`coupling.strength` cannot be given in ГГц", "it takes Hz, kHz"),
    ("unit-without-reference", 2, "`coupling.strength` carries a unit, but the file has no reference frequency", r#"add [units] with reference = "5 GHz""#),
    ("unknown-form", 2, r#"`coupling.form` must be one of "exchange", "dipole", but is "exchnge""#, r#"did you mean "exchange"?"#),
    ("unknown-key-at-the-top", 1, "unknown key `titel`", "did you mean `title`?"),
    ("unknown-key-dephasin", 2, "unknown key `dephasin` in [charger]", "did you mean `dephasing`?"),
    ("unknown-key-in-capitals", 2, "unknown key `Dephasing` in [charger]", "did you mean `dephasing`?"),
    ("unknown-kind", 2, r#"`charger.kind` must be one of "qubit", "oscillator", but is "qbit""#, r#"did you mean "qubit"?"#),
    ("unknown-method", 2, r#"but is "rabi""#, r#"did you mean "rabi-blocks"?"#),
    ("unknown-method-empty", 2, r#""closed-form", "effective-ladder", "permutation", "stages", "trajectories", but is """#, ""),
    ("unknown-spacing", 3, r#"`time.spacing` must be one of "linear", "log", but is "logarithmic""#, r#"did you mean "log"?"#),
    ("unknown-state", 2, r#"but is "exited""#, r#"did you mean "excited"?"#),
    ("unknown-state-in-a-table", 2, "unknown state `fok`", "did you mean `fock`?"),
    ("unknown-table-batery", 1, "unknown key `batery`", "did you mean `battery`?"),
    ("value-as-table", 1, "`charger` must be a table, but is an integer", "write [charger] on a line of its own"),
    ("value-missing", 2, "the file is not TOML", ""),
    ("values-and-end", 2, "`time.values` lists the times, so `time.end` has no meaning", ""),
    ("windows-line-ends", 3, "unknown key `dephasin` in [charger]", "did you mean `dephasing`?"),
    ("zero-cells", 3, "`battery.cells` must be at least 1, but is 0", ""),
    ("zero-frequency", 2, "`battery.frequency` must be above 0, but is 0.0", ""),
    ("zero-points", 3, "`time.points` must be at least 1, but is 0", ""),
];

/// How a run of the binary ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the binary in `folder`; one that does not end is killed and fails the test.
fn leyden(folder: &Path, arguments: &[&str]) -> Ended {
    let [mut out, mut err] = [(); 2].map(|()| tempfile::tempfile().unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_leyden"))
        .args(arguments)
        .current_dir(folder)
        .stdout(out.try_clone().unwrap())
        .stderr(err.try_clone().unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("leyden {arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let read = |file: &mut File| {
        let mut text = String::new();
        file.rewind().unwrap();
        file.read_to_string(&mut text).unwrap();
        text
    };
    Ended { code: status.code(), stdout: read(&mut out), stderr: read(&mut err) }
}

/// Runs the binary in an empty folder: it must refuse, say all of `phrases`, print no result and write nothing.
fn refused(arguments: &[&str], phrases: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let Ended { code, stdout, stderr } = leyden(folder.path(), arguments);
    assert_eq!(code, Some(2), "{arguments:?}: {stdout}{stderr}");
    assert_eq!(stdout, "", "{arguments:?}");
    for phrase in phrases {
        assert!(stderr.contains(phrase), "{arguments:?} lacks `{phrase}`:\n{stderr}");
    }
    for word in ["panicked", "RUST_BACKTRACE"] {
        assert!(!stderr.contains(word), "{arguments:?}:\n{stderr}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?} wrote something");
    stderr
}

fn bad() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

/// A bad file with one mistake: one message, which points at its line.
fn refused_at(line: usize, file: &Path, arguments: &[&str], phrases: &[&str]) {
    let stderr = refused(arguments, phrases);
    let place = format!("--> {}:{line}:", file.display());
    assert!(stderr.contains(&place), "{arguments:?} lacks `{place}`:\n{stderr}");
    assert_eq!(stderr.matches("error: ").count(), 1, "{arguments:?}:\n{stderr}");
}

#[test]
fn every_mistake_is_named_where_it_stands() {
    for (name, line, mistake, cure) in CASES {
        let file = bad().join(name).with_extension("toml");
        refused_at(line, &file, &["run", file.to_str().unwrap()], &[mistake, cure]);
    }
}

#[test]
fn every_bad_file_is_in_the_table() {
    let table: BTreeSet<String> = CASES.iter().map(|case| format!("{}.toml", case.0)).collect();
    assert_eq!(table.len(), CASES.len(), "a file stands twice in the table");
    let files: BTreeSet<String> =
        fs::read_dir(bad()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, table);
}

#[test]
fn json_and_check_refuse_alike() {
    let chosen = [
        "negative-rate",
        "unknown-key-dephasin",
        "not-toml",
        "time-missing",
        "forced-method-not-applicable",
        "too-large-for-memory",
    ];
    for (name, line, mistake, cure) in CASES.into_iter().filter(|case| chosen.contains(&case.0)) {
        let file = bad().join(name).with_extension("toml");
        let path = file.to_str().unwrap();
        refused_at(line, &file, &["run", path, "--json"], &[mistake, cure]);
        refused_at(line, &file, &["run", path, "--json", "--out", "result"], &[mistake, cure]);
        refused_at(line, &file, &["check", path], &[mistake, cure]);
    }
}

#[test]
fn files_that_cannot_be_read() {
    for command in ["run", "check"] {
        refused(&[command, "no-such-file.toml"], &["cannot read no-such-file.toml"]);
        refused(&[command, "."], &["cannot read ."]);
        refused(&[command, ""], &["a value is required"]);
    }
    refused(&["figure", "no-such-folder"], &["no-such-folder"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latin-1.toml");
    fs::write(&file, b"title = \"Ladezeit f\xfcr drei Zellen\"\n").unwrap();
    refused(&["run", file.to_str().unwrap()], &["cannot read", "latin-1.toml", "UTF-8"]);
}

// Permission bits do not bind an administrator; a path below a file and /proc stop everyone.
#[test]
fn folders_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("occupied");
    fs::write(&file, "mine").unwrap();
    let path = file.to_str().unwrap();
    refused(&["run", "--out", path], &["occupied is not a folder; choose another with --out"]);
    refused(&["run", "--out", &format!("{path}/below")], &["occupied"]);
    refused(&["run", "--json", "--out", &format!("{path}/far/below")], &["occupied"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    if cfg!(target_os = "linux") {
        refused(&["run", "--out", "/proc/nonexistent"], &["/proc"]);
    }
}

#[test]
fn overrides_with_mistakes() {
    for (argument, phrases) in [
        ("charger.dephasing", ["must have the form key=value", "charger.dephasing=1.4"]),
        ("", ["must have the form key=value", "charger.dephasing=1.4"]),
        ("charger.dephasin=1.4", ["unknown key `dephasin` in [charger]", "did you mean `dephasing`?"]),
        ("a.b.c=1", ["unknown key `a`", "the tables are"]),
        ("=1", ["unknown key ``", "the tables are"]),
        ("charger..dephasing=1", ["unknown key `` in [charger]", "[charger] takes"]),
        ("charger.dephasing=-1", ["`charger.dephasing` must be at least 0, but is -1.0", "negative"]),
        ("charger.dephasing=3 MHz", ["`charger.dephasing` cannot be given in MHz", "1/us"]),
        ("charger.dephasing=", ["`charger.dephasing` must be a number", "but is \"\""]),
        ("charger.dephasing.x=1", ["`dephasing` is a value, not a table", "charger.dephasing.x=1"]),
        ("charger=5", ["`charger` must be a table, but is an integer", "write [charger]"]),
        ("charger.kind=oscilator", ["but is \"oscilator\"", "did you mean \"oscillator\"?"]),
        ("battery.cells=0", ["`battery.cells` must be at least 1, but is 0", "cells = 0"]),
        ("time.end=nan", ["`time.end` must be a finite number", "not a number"]),
        ("method.name=rabi", ["`method.name` must be one of", "did you mean \"rabi-blocks\"?"]),
        ("sweep.x=1", ["unknown numeric key `x` in [sweep]", "numeric keys are `charger.frequency`"]),
    ] {
        refused(&["run", "--set", argument], &phrases);
        refused(&["check", "--set", argument], &phrases);
    }
    refused(&["run", "--method", "rabi"], &["but is \"rabi\"", "did you mean \"rabi-blocks\"?"]);
    refused(&["run", "--method", ""], &["`method.name` must be one of"]);
}

#[test]
fn options_that_do_not_exist() {
    refused(&["run", "--tolerence", "1e-6"], &["unexpected argument '--tolerence'"]);
    refused(&["run", "one.toml", "two.toml"], &["unexpected argument 'two.toml'"]);
    refused(&["run", "--threads", "0"], &["'--threads <N>'", "0 is not in 1..=1024"]);
    refused(&["run", "--set"], &["a value is required for '--set <KEY=VALUE>'"]);
    refused(&["rnu"], &["unrecognized subcommand 'rnu'"]);
    refused(&[], &["Usage: leyden"]);
}

fn pick<'a>(random: &mut Rng, list: &[&'a str]) -> &'a str {
    random.choice(list.iter().copied()).unwrap_or_default()
}

const VALID: &str = "title = \"Батарея 電池 🔋\" # три кубита
[units]
reference = \"5 GHz\"
[charger]
kind = \"oscillator\"
cutoff = 12
dephasing = \"3 1/µs\"
[battery]
cells = 2
frequency = [1.0, \"5.5 GHz\"]
[coupling]
strength = 0.1
[drive]
amplitude = -0.5
[initial]
charger = { coherent = 1.0 }
battery = \"excited\"
[time]
values = [0.0, 1e-3, 10]
[method]
tolerance = 1e-6";

/// What slips into files: structure, numbers at the edges, characters of several bytes, ends of lines, controls.
#[rustfmt::skip]
const PIECES: [&str; 40] = [
    "", "\n", "\r", "\r\n", "\t", "\0", "\u{feff}", "\u{202e}", "é", "電", "🔋", "e\u{301}", "\"", "'", "\"\"\"", "#",
    "=", ".", ",", "[", "]", "[[", "]]", "{", "}", "-", "+", "_", "0x", "0", "99999999999999999999", "1e400", "-0.0",
    "5e-324", "nan", "-inf", "[time]\n", "kind = \"qudit\"\n", "end = 1.0\n", " GHz",
];

/// One edit of some bytes; what is no text any more gets replacement characters, as an editor would show it.
fn mutate(text: &str, random: &mut Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = random.usize(..bytes.len() + 1);
    let end = (at + random.usize(..12)).min(bytes.len());
    match random.usize(..5) {
        0 => drop(bytes.splice(at..end, [])),
        1 => drop(bytes.splice(at..at, pick(random, &PIECES).bytes())),
        2 => drop(bytes.splice(at..end, pick(random, &PIECES).bytes())),
        3 => bytes.extend_from_within(at..end),
        _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.usize(..8)),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads `text` and shows whatever there is to show; whether it was accepted.
fn reads(text: &str) -> bool {
    let report = match Scenario::parse("слово.toml", text) {
        Err(report) => {
            assert!(report.titles().next().is_some_and(|title| !title.is_empty()), "{text}");
            report
        }
        Ok(scenario) => {
            let lower = leyden::charge::Lower::ChargerCutoff;
            let error = ChargeError::TooLarge { levels: 1e6, gib: 1e4, limit_gib: 1.0, lower };
            scenario.locate(&error)
        }
    };
    assert!(!report.render(true).is_empty() && !report.to_string().is_empty());
    Scenario::parse("", text).is_ok()
}

#[test]
fn no_text_makes_the_reader_panic() {
    assert!(reads(VALID), "{}", Scenario::parse("", VALID).unwrap_err());
    let mut random = Rng::with_seed(1);
    let mut accepted = 0;
    for _ in 0..2000 {
        let mut text = VALID.to_string();
        for _ in 0..=random.usize(..4) {
            text = mutate(&text, &mut random);
        }
        accepted += usize::from(reads(&text));
    }
    assert!((50..1950).contains(&accepted), "{accepted} accepted: the mutations are too mild or too wild");
}

#[test]
fn no_end_of_file_makes_the_reader_panic() {
    for (end, _) in VALID.char_indices() {
        reads(&VALID[..end]);
        reads(&VALID[end..]);
    }
    for text in ["", "\n", "\r\n", "\u{feff}", "🔋", "#電", "[time]\nend =", "[time]\nend = \""] {
        assert!(!reads(text));
    }
}

#[test]
fn no_override_panics() {
    let mut random = Rng::with_seed(2);
    for _ in 0..500 {
        let argument: String = (0..6)
            .map(|_| match random.usize(..2) {
                0 => pick(&mut random, &["charger", "initial.charger", "time.values", "dephasing", ".", "="]),
                _ => pick(&mut random, &PIECES),
            })
            .collect();
        if let Ok(text) = with_overrides(VALID, &[argument]) {
            reads(&text);
        }
    }
}
