//! The keys of a scenario file.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::units::Dimension;

/// What a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A text.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// An integer in this range.
    Count(i64, i64),
    /// A positive angular frequency: a number or "5 GHz".
    Frequency,
    /// An angular frequency of any sign.
    Detuning,
    /// A rate, at least 0: a number or "3 1/us".
    Rate,
    /// A time, at least 0: a number or "2 ns".
    Time,
    /// A number, at least 0.
    Number,
    /// A number above 0.
    Positive,
    /// One frequency or one per cell.
    Frequencies,
    /// One coupling of any sign or one per cell.
    Couplings,
    /// Times in increasing order.
    Times,
    /// "auto" or a number of levels.
    Cutoff,
    /// An initial state.
    State,
    /// true or false.
    Truth,
    /// A temperature above 0: a number or "4 K".
    Temperature,
    /// A temperature, at least 0.
    BathTemperature,
    /// A number from 0 to 1.
    Probability,
    /// A number of any sign.
    Signed,
    /// An angle in radians, "90 deg" or "pi/2".
    Angle,
    /// "optimal" or a time.
    Duration,
    /// "ground", "excited" or a number of excitations.
    Outcome,
    /// `{ down, up }`: rates of a load.
    Load,
    /// Numeric keys with their ranges.
    Ranges,
    /// Pairs of members.
    Edges,
    /// A text of the language of [`leyden_text`].
    Language,
    /// A number, or a text of that language.
    Expression,
}

impl Takes {
    /// What it measures, if it has a unit.
    pub(crate) fn dimension(self) -> Option<Dimension> {
        match self {
            Takes::Frequency | Takes::Detuning | Takes::Frequencies | Takes::Couplings => {
                Some(Dimension::Frequency)
            }
            Takes::Rate | Takes::Load => Some(Dimension::Rate),
            Takes::Time | Takes::Times | Takes::Duration => Some(Dimension::Time),
            Takes::Temperature | Takes::BathTemperature => Some(Dimension::Temperature),
            _ => None,
        }
    }
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its table; empty at the top of the file.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What it means, one line.
    pub doc: &'static str,
    /// The field's symbol for it, in the markup of figures.
    pub symbol: Option<&'static str>,
}

const fn key(table: &'static str, name: &'static str, takes: Takes, doc: &'static str) -> Key {
    Key { table, name, takes, doc, symbol: None }
}

impl Key {
    const fn written(self, symbol: &'static str) -> Key {
        Key { symbol: Some(symbol), ..self }
    }
}

impl Key {
    /// The numbers in it that a sweep or a search may set.
    fn numeric(&self) -> impl Iterator<Item = NumericKey> + use<> {
        let states: &[Option<&str>] = match self.takes {
            Takes::State => &[Some("fock"), Some("coherent"), Some("squeezed"), Some("thermal")],
            Takes::Load => &[Some("down"), Some("up")],
            Takes::Text | Takes::Word(_) | Takes::Truth | Takes::Ranges | Takes::Times => &[],
            Takes::Edges | Takes::Language | Takes::Outcome => &[],
            _ => &[None],
        };
        let (table, name) = (self.table, self.name);
        states.iter().map(move |&state| NumericKey { stage: None, table, name, state })
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.table {
            "" => f.write_str(self.name),
            table => write!(f, "{table}.{}", self.name),
        }
    }
}

/// The field's symbol for a key, such as `charger.dephasing` or `stage.2.duration`.
pub fn symbol(key: &str) -> Option<String> {
    if let Some((stage, rest)) = key.strip_prefix("stage.").and_then(|rest| rest.split_once('.')) {
        let of = |symbol: &str| format!("{symbol} in stage {stage}");
        return match rest {
            "duration" => Some(format!("duration *t*_{{{stage}}}")),
            "excitation" => Some(of("*q*")),
            "angle" => Some(of("angle")),
            "rate" => Some(of("rate")),
            rest => symbol(rest).map(|symbol| of(&symbol)),
        };
    }
    if let Some(name) = key.strip_prefix("parameters.") {
        return Some(match name.split_once('_') {
            Some((letter, index)) if !letter.is_empty() && !index.is_empty() => {
                format!("*{letter}*_{{{}}}", index.replace('_', ","))
            }
            _ => format!("*{name}*"),
        });
    }
    if let Some((part, rest)) = key.strip_prefix("parts.").and_then(|rest| rest.split_once('.')) {
        let of = |letter: &str| Some(format!("*{letter}*_{{{}}}", part.replace('_', ",")));
        return match rest {
            "count" => of("N"),
            "levels" => of("d"),
            _ => None,
        };
    }
    match key {
        "engine.load.down" => Some("*R*_{d}".into()),
        "engine.load.up" => Some("*R*_{u}".into()),
        _ => {
            let (table, name) = key.rsplit_once('.')?;
            keys_of(table).find(|key| key.name == name)?.symbol.map(String::from)
        }
    }
}

/// How noise may remember.
const NOISES: [&str; 3] = ["white", "ornstein-uhlenbeck", "telegraph"];

/// Every key of a scenario.
#[rustfmt::skip] // A table.
pub const KEYS: &[Key] = &[
    key("", "title", Takes::Text, "names the run and its folder"),
    key("units", "reference", Takes::Frequency,
        "what plain numbers are multiples of; needed once a value carries a unit"),
    key("charger", "kind", Takes::Word(&["qubit", "oscillator"]), "what the charger is (qubit)"),
    key("charger", "frequency", Takes::Frequency, "omega_C (the battery's)").written("*ω*_{C}"),
    key("charger", "detuning", Takes::Detuning, "omega_C - omega_B, instead of a frequency").written("Δ_{CB}"),
    key("charger", "dephasing", Takes::Rate, "gamma_C of D[n_C] (0)").written("*γ*_{C}"),
    key("charger", "dephasing_noise", Takes::Word(&NOISES),
        "the field B(t) n_C that dephases: white, or with memory (white)"),
    key("charger", "correlation_time", Takes::Time,
        "t_c of noise with memory: <BB'> = gamma/(2 t_c) e^{-|t-t'|/t_c}").written("*t*_{c}"),
    key("charger", "noise_start", Takes::Detuning,
        "B(0), of telegraph noise its mean (a stationary field)").written("*B*(0)"),
    key("charger", "relaxation", Takes::Rate, "k: down at k(n+1), up at k n (0)").written("*κ*_{C}"),
    key("charger", "thermal_occupation", Takes::Number, "n of the charger's bath (0)").written("*n*_{C}"),
    key("charger", "t1", Takes::Time, "T1 of a qubit charger, instead of relaxation: k(2n+1) = 1/T1").written("*T*_{1,C}"),
    key("charger", "t2", Takes::Time,
        "T2 of a qubit charger, instead of dephasing: 1/T2 = 1/(2 T1) + 1/Tphi").written("*T*_{2,C}"),
    key("charger", "tphi", Takes::Time, "Tphi of a qubit charger, instead of dephasing: gamma = 2/Tphi").written("*T*_{φ,C}"),
    key("charger", "temperature", Takes::BathTemperature,
        "T of the bath, k_B = 1, instead of an occupation: n = 1/(e^{omega/T} - 1)").written("*T*_{C}"),
    key("charger", "cutoff", Takes::Cutoff, "Fock levels kept of an oscillator (auto)"),
    key("battery", "kind", Takes::Word(&["qubit", "oscillator", "qudit"]), "what a cell is (qubit)"),
    key("battery", "levels", Takes::Count(2, 4096), "d of a qudit").written("*d*"),
    key("battery", "ladder", Takes::Word(&["spin", "uniform"]),
        "elements of a qudit's lowering operator: those of a spin, or all 1 (spin)"),
    key("battery", "cells", Takes::Count(1, 1_000_000), "N (1)").written("*N*"),
    key("battery", "frequency", Takes::Frequencies,
        "omega_B, one number or one per cell (1)").written("*ω*_{B}"),
    key("battery", "detuning", Takes::Detuning, "omega_B - omega_d, instead of a frequency").written("Δ_{Bd}"),
    key("battery", "dephasing", Takes::Rate, "gamma of D[n] (0)").written("*γ*_{B}"),
    key("battery", "relaxation", Takes::Rate, "k of the cells (0)").written("*κ*_{B}"),
    key("battery", "thermal_occupation", Takes::Number, "n of the cells' bath (0)").written("*n*_{B}"),
    key("battery", "t1", Takes::Time, "T1 of qubit cells, instead of relaxation: k(2n+1) = 1/T1").written("*T*_{1,B}"),
    key("battery", "t2", Takes::Time,
        "T2 of qubit cells, instead of dephasing: 1/T2 = 1/(2 T1) + 1/Tphi").written("*T*_{2,B}"),
    key("battery", "tphi", Takes::Time, "Tphi of qubit cells, instead of dephasing: gamma = 2/Tphi").written("*T*_{φ,B}"),
    key("battery", "temperature", Takes::BathTemperature,
        "T of the bath, k_B = 1, instead of an occupation: n = 1/(e^{omega/T} - 1)").written("*T*_{B}"),
    key("battery", "noise", Takes::Word(&["local", "collective"]),
        "one channel per cell, or one for all (local)"),
    key("battery", "cutoff", Takes::Cutoff, "Fock levels kept of an oscillator (auto)"),
    key("coupling", "strength", Takes::Couplings, "g, one number or one per cell (1)").written("*g*"),
    key("coupling", "form", Takes::Word(&["exchange", "dipole"]),
        "c^dag b + h.c., or (c + c^dag)(b + b^dag) (exchange)"),
    key("coupling", "scaling", Takes::Word(&["none", "inverse-sqrt-cells"]), "g or g/sqrt(N) (none)"),
    key("coupling", "envelope", Takes::Language, "f(t) as text, by which the strength is multiplied (1)"),
    key("drive", "amplitude", Takes::Detuning, "F").written("*F*"),
    key("drive", "frequency", Takes::Frequency,
        "omega_d (the battery's; 1 where the battery is given by its detuning)").written("*ω*_{d}"),
    key("drive", "envelope", Takes::Language, "f(t) as text, by which the amplitude is multiplied (1)"),
    key("initial", "charger", Takes::State, "state of the charger at t = 0 (ground)"),
    key("initial", "battery", Takes::State, "state of the battery at t = 0 (ground)"),
    key("initial", "engine", Takes::Word(&["steady", "ground"]),
        "state of every engine of the full model at t = 0 (steady)"),
    key("engine", "hot_frequency", Takes::Frequency, "omega_h").written("*ω*_{h}"),
    key("engine", "signal_frequency", Takes::Frequency, "omega_0").written("*ω*_{0}"),
    key("engine", "cold_frequency", Takes::Frequency, "omega_c, if given, must be omega_h - omega_0"),
    key("engine", "hot_temperature", Takes::Temperature, "T_h, k_B = 1").written("*T*_{h}"),
    key("engine", "cold_temperature", Takes::Temperature, "T_c").written("*T*_{c}"),
    key("engine", "hot_rate", Takes::Rate, "gamma_h, above 0 (1)").written("*γ*_{h}"),
    key("engine", "cold_rate", Takes::Rate, "gamma_c, above 0 (1)").written("*γ*_{c}"),
    key("engine", "rates", Takes::Word(&["bosonic", "detailed-balance"]),
        "down gamma (n+1), up gamma n, or down gamma, up gamma e^{-omega/T} (bosonic)"),
    key("engine", "drive", Takes::Detuning,
        "lambda of a drive on the signal; the Rabi frequency is 2 lambda").written("*λ*"),
    key("engine", "detuning", Takes::Detuning,
        "omega_d - omega_0 of that drive (0)").written("*ω*_{d} - *ω*_{0}"),
    key("engine", "load", Takes::Load, "rates of a load on the signal, { down, up }, instead of a drive"),
    key("charging", "mode", Takes::Word(&["collective", "individual"]),
        "all engines on all cells, or one engine for each (collective)"),
    key("charging", "model", Takes::Word(&["effective", "full"]),
        "engines as one bath, or with their levels and coherences (effective)"),
    key("charging", "fraction", Takes::Probability,
        "f of charging time and average power (0.99)").written("*f*"),
    key("charging", "effective_rate", Takes::Rate, "Gamma_e, above 0, instead of [engine]").written("Γ_{e}"),
    key("charging", "effective_exponent", Takes::Signed,
        "beta_e omega_0, negative for an engine, instead of [engine]").written("*β*_{e}*ω*_{0}"),
    key("charging", "compare", Takes::Truth,
        "run the other modes and models beside this one; not in a sweep (false)"),
    key("nmr", "chargers", Takes::Count(1, 100_000), "N charger spins around one battery spin").written("*N*"),
    key("nmr", "coupling", Takes::Detuning, "J of J (S_x I_x + S_y I_y), not 0").written("*J*"),
    key("nmr", "battery_frequency", Takes::Frequency, "energy of the battery's excited state (1)"),
    key("nmr", "charger_excitation", Takes::Probability,
        "q: excited population of every charger at first (1)").written("*q*"),
    key("nmr", "battery_excitation", Takes::Probability,
        "excited population of the battery at first (0)").written("*p*(0)"),
    key("nmr", "charger_t1", Takes::Time, "T1 of the chargers, above 0 (infinite)").written("*T*_{1C}"),
    key("nmr", "charger_t2", Takes::Time, "T2 of the chargers (2 T1)").written("*T*_{2C}"),
    key("nmr", "charger_equilibrium", Takes::Probability, "excited population to which chargers relax (0)"),
    key("nmr", "battery_t1", Takes::Time, "T1 of the battery, above 0 (infinite)").written("*T*_{1B}"),
    key("nmr", "battery_t2", Takes::Time, "T2 of the battery (2 T1)").written("*T*_{2B}"),
    key("nmr", "battery_equilibrium", Takes::Probability,
        "excited population to which the battery relaxes (0)"),
    key("nmr", "correlations", Takes::Word(&["dropped", "kept"]),
        "spins enter every evolve uncorrelated and relax between, or the joint state is carried (dropped)"),
    key("parts.NAME", "kind", Takes::Word(&["qubit", "qudit", "spin", "oscillator"]), "what each member is (qubit)"),
    key("parts.NAME", "count", Takes::Count(1, 100_000), "number of members (1)"),
    key("parts.NAME", "levels", Takes::Count(2, 4096), "levels of a qudit, or d of a spin (d-1)/2"),
    key("parts.NAME", "cutoff", Takes::Cutoff, "Fock levels kept of an oscillator (auto)"),
    key("parts.NAME", "graph", Takes::Word(&["chain", "ring", "complete", "star"]),
        "which members are neighbours, `edges(NAME)` of a text (chain)"),
    key("parts.NAME", "edges", Takes::Edges, "pairs of members, [[1, 2], [2, 3]], instead of a graph"),
    key("parts.NAME", "initial", Takes::State, "state of each member at t = 0 (ground)"),
    key("parameters", "NAME", Takes::Expression, "a number, or a text of other parameters"),
    key("hamiltonian", "battery", Takes::Language, "H_B, constant: the parts that it names are the battery"),
    key("hamiltonian", "charging", Takes::Language, "what is added to H_B, a function of t or not (nothing)"),
    key("channel", "operator", Takes::Language, "L of rate D[L], constant"),
    key("channel", "each", Takes::Text, "a part: one channel for each of its members i (one channel)"),
    key("channel", "rate", Takes::Expression, "a number, at least 0, or a text of parameters and i"),
    key("channel", "noise", Takes::Word(&NOISES),
        "white, or with memory: the field B(t) L of a Hermitian operator (white)"),
    key("channel", "correlation_time", Takes::Expression,
        "t_c of noise with memory: <BB'> = rate/(2 t_c) e^{-|t-t'|/t_c}"),
    key("channel", "noise_start", Takes::Expression,
        "B(0), of telegraph noise its mean (a stationary field)"),
    key("stage", "kind", Takes::Word(&["evolve", "wait", "reset", "pulse", "measure", "dephase", "extract"]),
        "what happens in this stage"),
    key("stage", "duration", Takes::Duration, "how long; \"optimal\" in an NMR star: to the first maximum"),
    key("stage", "points", Takes::Count(1, 100_000), "times shown of the stage, its end included (1)"),
    key("stage", "target", Takes::Word(&["charger", "chargers", "battery"]),
        "what is reset, pulsed, measured, dephased"),
    key("stage", "outcome", Takes::Outcome,
        "result of a measurement that is selected (none: the result is not used)"),
    key("stage", "excitation", Takes::Probability, "excited population that a reset prepares"),
    key("stage", "state", Takes::State, "state that a reset prepares, instead of an excitation (ground)"),
    key("stage", "angle", Takes::Angle, "of a pulse: a number in radians, \"90 deg\" or \"pi/2\""),
    key("stage", "by", Takes::Word(&["unitary", "symmetric-unitary", "load"]), "how energy is extracted (unitary)"),
    key("stage", "rate", Takes::Rate, "rate at which a load takes up energy from every cell"),
    key("cycle", "repeat", Takes::Count(1, 1_000_000), "how often the stages are repeated (1)"),
    key("cycle", "shown", Takes::Count(1, 1_000_000),
        "how many cycles are shown, evenly in the logarithm of their number and with the last (all)"),
    key("time", "start", Takes::Time, "first time shown; the initial state belongs to t = 0 (0)"),
    key("time", "end", Takes::Time, "last time"),
    key("time", "points", Takes::Count(1, 10_000_000), "number of times (401)"),
    key("time", "spacing", Takes::Word(&["linear", "log"]), "how they are spaced (linear)"),
    key("time", "values", Takes::Times, "the times themselves, instead of start, end and points"),
    key("method", "name", Takes::Word(&leyden::method::METHOD_NAMES), "method of solution (auto)"),
    key("method", "tolerance", Takes::Positive, "accuracy of the states (1e-8)"),
    key("method", "extrema", Takes::Truth,
        "look for `extrema` and `asymptote.average` of closed systems at any cost (only where they cost little)"),
    key("method", "ledger", Takes::Truth,
        "keep the energy ledger of every point of a sweep, as of a run (only of an objective of it)"),
    key("method", "bounds", Takes::Truth,
        "keep the bounds of every point of a sweep, as of a run (only of an objective of them)"),
    key(TRAJECTORIES, "picture", Takes::Word(&["field", "jumps", "flips", "diffusion"]),
        "how noise is drawn (jumps)"),
    key(TRAJECTORIES, "count", Takes::Count(1, 100_000_000), "how many trajectories (1000)"),
    key(TRAJECTORIES, "until", Takes::Positive,
        "instead of a count: the largest standard error of the energy over all times, in its unit"),
    key(TRAJECTORIES, "seed", Takes::Count(0, i64::MAX), "of the random numbers (0)"),
    key(TRAJECTORIES, "keep", Takes::Count(0, 64), "how many paths of the energy are kept (0)"),
    key("optimise", "objective", Takes::Text, "what is optimised: the path of a number of the result"),
    key("optimise", "minimise", Takes::Truth, "least instead of most (true for times, else false)"),
    key("optimise", "time", Takes::Time, "when the objective is taken, if it is a number per time"),
    key("optimise", "variables", Takes::Ranges, "numeric keys with their ranges"),
    key(DISORDER, "samples", Takes::Count(1, 10_000_000), "realisations of the random keys"),
    key(DISORDER, "seed", Takes::Count(0, i64::MAX), "of the random numbers (0)"),
    key(DISORDER, "keep", Takes::Truth, "keep every sample, as a point of the axis `disorder.sample` (false)"),
];

/// The table whose keys are other keys: the axes of a sweep.
pub(crate) const SWEEP: &str = "sweep";
/// The table of trajectories.
pub(crate) const TRAJECTORIES: &str = "trajectories";
/// The table of random keys: some of its own, the others are numeric keys.
pub(crate) const DISORDER: &str = "disorder";

/// Names of the tables, in order.
pub(crate) fn tables() -> Vec<&'static str> {
    let tables = KEYS.iter().map(|key| key.table).filter(|table| !table.is_empty());
    let mut names: Vec<&str> = tables.map(|table| if table == OF_PART { PARTS } else { table }).collect();
    names.push(SWEEP);
    names.dedup();
    names
}

/// The list of tables `[[stage]]`.
pub(crate) const STAGE: &str = "stage";
/// The list of tables `[[channel]]`.
pub(crate) const CHANNEL: &str = "channel";
/// Tables whose keys have names that the user chooses.
pub(crate) const PARTS: &str = "parts";
pub(crate) const PARAMETERS: &str = "parameters";
/// The keys of a part.
pub(crate) const OF_PART: &str = "parts.NAME";
/// Stands for a name in the list of keys.
pub(crate) const NAME: &str = "NAME";

/// Tables that a stage may hold as well, for that stage alone, and the keys that may not change there.
pub(crate) const IN_STAGE: [&str; 4] = ["charger", "battery", "coupling", "drive"];
pub(crate) const NOT_IN_STAGE: [&str; 8] =
    ["kind", "cells", "levels", "ladder", "cutoff", "dephasing_noise", "correlation_time", "noise_start"];

/// A key that takes one number, which a sweep or a search may set; `state` is the number inside an initial state or load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NumericKey {
    /// The stage that it belongs to, from 1.
    pub stage: Option<usize>,
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// "fock", "coherent", "squeezed" or "thermal" for an initial state, "down" or "up" for a load.
    pub state: Option<&'static str>,
}

/// Initial states that carry a number.
pub(crate) const STATES: [&str; 4] = ["fock", "coherent", "squeezed", "thermal"];

impl NumericKey {
    /// Every numeric key but times and units, which are the same at every point of a study.
    fn anywhere() -> impl Iterator<Item = NumericKey> {
        let free = |key: &Key| [OF_PART, PARAMETERS, CHANNEL].contains(&key.table);
        let fixed = KEYS.iter().filter(move |key| !free(key));
        fixed
            .filter(|key| !matches!(key.table, "time" | "units" | "optimise" | DISORDER | TRAJECTORIES))
            .flat_map(|key| key.numeric())
    }

    /// Those of a part of this name.
    pub(crate) fn of_part(name: &str) -> Vec<NumericKey> {
        let table = format!("{PARTS}.{name}");
        let keys = keys_of(OF_PART).flat_map(|key| find(&table, key.name).numeric());
        keys.collect()
    }

    /// That of a parameter.
    pub(crate) fn of_parameter(name: &str) -> NumericKey {
        let Key { table, name, .. } = find(PARAMETERS, name);
        NumericKey { stage: None, table, name, state: None }
    }

    /// Every numeric key of the stage that a path names, else of the file.
    pub(crate) fn alike(path: &str) -> impl Iterator<Item = NumericKey> {
        let stage = path.strip_prefix("stage.").and_then(|rest| rest.split_once('.'));
        let stage = stage.and_then(|(number, _)| number.parse::<usize>().ok()).filter(|stage| *stage >= 1);
        NumericKey::anywhere()
            .filter(move |key| match stage {
                Some(_) => key.is_of_stage(),
                None => key.table != STAGE,
            })
            .map(move |key| NumericKey { stage, ..key })
    }

    /// Whether a stage may have it, as its own or as what it changes.
    fn is_of_stage(&self) -> bool {
        self.table == STAGE || (IN_STAGE.contains(&self.table) && !NOT_IN_STAGE.contains(&self.name))
    }

    /// The key of a path; `stage.2.duration`, and `stage.2.drive.amplitude` for what a stage changes.
    pub(crate) fn find(path: &str) -> Option<NumericKey> {
        if let Some(name) = path.strip_prefix("parameters.") {
            return leyden_text::is_name(name).then(|| NumericKey::of_parameter(name));
        }
        if let Some((name, _)) = path.strip_prefix("parts.").and_then(|rest| rest.split_once('.')) {
            let keys = if leyden_text::is_name(name) { NumericKey::of_part(name) } else { Vec::new() };
            return keys.into_iter().find(|key| key.to_string() == path);
        }
        NumericKey::alike(path).find(|key| key.to_string() == path)
    }

    /// The key of the file that it sets.
    pub fn key(&self) -> &'static Key {
        find(self.table, self.name)
    }

    /// Whether the number of cells depends on it.
    pub fn counts_cells(&self) -> bool {
        (self.table == "battery" && self.name == "cells")
            || (self.table.starts_with("parts.") && self.name == "count")
    }

    /// Whether its values are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(self.key().takes, Takes::Count(..) | Takes::Cutoff) || self.state == Some("fock")
    }
}

impl std::fmt::Display for NumericKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.stage {
            Some(stage) if self.table == STAGE => write!(f, "stage.{stage}.{}", self.name)?,
            Some(stage) => write!(f, "stage.{stage}.{}.{}", self.table, self.name)?,
            None => write!(f, "{}.{}", self.table, self.name)?,
        }
        self.state.map_or(Ok(()), |state| write!(f, ".{state}"))
    }
}

/// The keys of one table.
pub(crate) fn keys_of(table: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.table == table)
}

/// The key of this table and name, which must exist.
pub(crate) fn find(table: &str, name: &str) -> &'static Key {
    if table == PARAMETERS || table.starts_with("parts.") {
        return named(table, name);
    }
    keys_of(table).find(|key| key.name == name).expect("readers ask for keys of the list only")
}

/// A key whose path holds a name of the user's. It is kept for the length of the program, so that keys are as easily copied as those of
/// the list; there are as many as different names in all scenarios that are read.
fn named(table: &str, name: &str) -> &'static Key {
    static NAMED: Mutex<BTreeMap<(String, String), &'static Key>> = Mutex::new(BTreeMap::new());
    let mut known = NAMED.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((table.into(), name.into())).or_insert_with(|| {
        let (of, like) = if table == PARAMETERS { (PARAMETERS, NAME) } else { (OF_PART, name) };
        let like = keys_of(of).find(|key| key.name == like).expect("readers ask for keys of the list only");
        Box::leak(Box::new(Key {
            table: String::leak(table.into()),
            name: String::leak(name.into()),
            ..*like
        }))
    })
}

/// "did you mean `near`?" where a candidate is close to `word`, in these quotes.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    quote: char,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean {quote}{near}{quote}?"))
}

/// The candidate most like `word`, if any is close, the first of equals; of a path its last part may be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// What is shorter begins too many names.
    const SHORT: usize = 4;
    let word = word.to_lowercase();
    let alike = |candidate: &str| {
        let candidate = &*candidate.to_lowercase();
        let last = candidate.rsplit('.').next().unwrap_or(candidate);
        // Of a long name the beginning may be all that was written.
        let length = word.chars().count();
        let begins: String = candidate.chars().take(if length < SHORT { 0 } else { length }).collect();
        let of = |part: &str| if word.is_empty() { 0.0 } else { strsim::jaro_winkler(&word, part) };
        of(candidate).max(0.95 * of(&begins)).max(0.9 * of(last))
    };
    candidates
        .into_iter()
        .map(|candidate| (alike(candidate), candidate))
        .filter(|(score, _)| *score > 0.75)
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_documented_and_grouped() {
        for (i, a) in KEYS.iter().enumerate() {
            assert!(!a.doc.is_empty() && !a.doc.ends_with('.'), "{a}");
            assert!(KEYS[i + 1..].iter().all(|b| (a.table, a.name) != (b.table, b.name)));
        }
        let names = tables();
        assert!(names.iter().enumerate().all(|(i, name)| !names[i + 1..].contains(name)));
    }

    #[test]
    fn slips_of_the_pen_find_their_key() {
        assert_eq!(nearest("dephasin", keys_of("charger").map(|k| k.name)), Some("dephasing"));
        assert_eq!(nearest("batery", tables()), Some("battery"));
        assert_eq!(nearest("zzz", tables()), None);
        assert_eq!(
            nearest("setling", ["ergotropy.limit", "charging_time.settling"]),
            Some("charging_time.settling")
        );
    }

    #[test]
    fn the_reference_lists_every_key() {
        let reference = include_str!("../../../docs/reference.md");
        let starter = include_str!("../../../scenarios/starter.toml");
        for key in KEYS {
            let row = reference.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
            assert!(
                row.is_some_and(|row| row.contains(key.doc)),
                "docs/reference.md lacks `{key}` or its meaning"
            );
            assert!(starter.contains(key.name), "scenarios/starter.toml lacks {}", key.name);
        }
    }
}
