//! Rows of any battery.

use leyden::asymptote::{Average, Plateau};
use leyden::charge::{Charging, Parallel, Series};
use leyden::merit::{
    ChargingTime, Extremum, Maxima, MaximumPower, Merits, SPECTRAL_THRESHOLD, half_life, half_rise,
};
use leyden::why::{Never, NoCollective, TooLarge, Unresolved};
use leyden::{Known, Why};
use serde_json::{Value, json as value};

use super::Dimension::{Count, Energy, LogRate, LogTime, Number, Power, Rate, Time, Truth};
use super::bounds::{coherence, gap, of_limit};
use super::{Group, Row, json, lists, one, reasons, series, truth};

fn column(charging: &Charging, read: fn(&Merits) -> f64) -> Known<Vec<f64>> {
    Ok(charging.series.column(read))
}

/// What needs the state of the battery, which trajectories do not always keep.
fn of_state(charging: &Charging, read: fn(&Merits) -> f64) -> Known<Vec<f64>> {
    match charging.trajectories.as_ref().and_then(|sampled| sampled.no_state) {
        Some(why) => Err(why),
        None => column(charging, read),
    }
}

/// The collective ergotropy at all times, or why it does not exist at one.
fn collective(charging: &Charging) -> Known<Vec<f64>> {
    if charging.cells == 0 {
        return Err(Why::NoBattery);
    }
    let Series { merits, .. } = &charging.series;
    let all: Result<Vec<f64>, NoCollective> = merits.iter().map(|m| m.ergotropy.collective).collect();
    all.map_err(Why::NoCollective)
}

/// A part of the global ergotropy at all times, or why only the whole is known.
fn part(charging: &Charging, read: fn(&Merits) -> f64) -> Known<Vec<f64>> {
    match charging.series.merits.first() {
        Some(first) if read(first).is_nan() && first.ergotropy.global.is_finite() => {
            Err(TooLarge::Spectrum.into())
        }
        _ => of_state(charging, read),
    }
}

fn limit(charging: &Charging, read: fn(&Merits) -> f64) -> Known<f64> {
    charging.limit().map(read)
}

fn most(charging: &Charging, read: fn(MaximumPower) -> f64) -> Known<f64> {
    charging.maximum_power.map(read)
}

fn parallel(charging: &Charging, read: fn(Parallel) -> f64) -> Known<f64> {
    charging.parallel.map(read)
}

fn time(charging: &Charging, read: fn(&ChargingTime) -> Known<f64>) -> Known<f64> {
    charging.charging_time.as_ref().map_err(|why| *why).and_then(read)
}

fn slowest_rate(charging: &Charging) -> Known<f64> {
    let rate = charging.asymptote.slowest_rate?.rate;
    if rate > 0.0 { Ok(rate) } else { Err(Unresolved::Underflow.into()) }
}

fn spectral(times: &ChargingTime) -> Known<f64> {
    let spectral = times.spectral?;
    match spectral.time.is_finite() {
        true => Ok(spectral.time),
        false => Err(Why::BeyondNumbers { log10: -spectral.log10_rate }),
    }
}

fn average(charging: &Charging, read: fn(&Average) -> Known<f64>) -> Known<f64> {
    charging.asymptote.average.as_ref().map_err(|why| *why).and_then(read)
}

fn first(maxima: Known<Maxima>, read: fn(Extremum) -> f64) -> Known<f64> {
    maxima?.first.map(read).ok_or(Never::Peaks.into())
}

fn resolution(maxima: Known<Maxima>) -> Known<f64> {
    maxima?.resolution.ok_or(Why::DoesNotApply)
}

/// First passage of a figure of merit.
fn passage(
    charging: &Charging,
    read: fn(&Merits) -> f64,
    find: fn(&[f64], &[f64]) -> Result<f64, Never>,
) -> Known<f64> {
    let values = of_state(charging, read)?;
    match values.first() {
        None => Err(Why::NoTimes),
        Some(first) if first.is_nan() => Err(Why::DoesNotApply),
        Some(_) => Ok(find(&charging.times, &values)?),
    }
}

/// Half of the largest gain of the energy.
fn energy_half(charging: &Charging) -> Known<f64> {
    let energy = charging.series.energy();
    let Some(start) = energy.first().copied() else { return Err(Why::NoTimes) };
    let gained: Vec<f64> = energy.iter().map(|energy| energy - start).collect();
    Ok(half_rise(&charging.times, &gained)?)
}

/// The last plateau before the limit.
fn plateau(charging: &Charging, read: fn(&Plateau) -> f64) -> Known<f64> {
    let plateaus = charging.asymptote.plateaus.as_ref().map_err(|why| *why)?;
    plateaus.last().map(read).ok_or(Why::DoesNotApply)
}

/// Why something about long times is null, its spectrum included.
fn why_of_limit(charging: &Charging) -> Value {
    let asymptote = &charging.asymptote;
    let spectrum = match (asymptote.limit, &asymptote.spectrum) {
        (Ok(_), Err(why)) if *why != Why::NotAsked => Some(format!("spectrum: {why}")),
        _ => None,
    };
    asymptote.why().into_iter().chain(spectrum).reduce(|a, b| format!("{a}; {b}")).into()
}

fn known<T>(value: &Known<Vec<T>>, map: impl Fn(&[T]) -> Value) -> Value {
    value.as_ref().map_or(Value::Null, |list| map(list))
}

#[rustfmt::skip] // A table.
pub(super) const ROWS: &[Row] = &[
    series("energy", Energy, "energy E_B of the battery",
        (Group::Energy, "*E*_{B}", "energy *E*_{B}@"), |c| column(c, |m| m.energy)),
    series("ergotropy.global", Energy, "global ergotropy",
        (Group::Energy, "*W*", "ergotropy *W*@"), |c| of_state(c, |m| m.ergotropy.global)).says("global"),
    series("ergotropy.collective", Energy, "collective ergotropy",
        (Group::Energy, "*W*_{coll}", "ergotropy *W*_{coll}@"), collective).says("collective"),
    series("ergotropy.local", Energy, "local ergotropy",
        (Group::Energy, "*W*_{loc}", "ergotropy *W*_{loc}@"), |c| column(c, |m| m.ergotropy.local)),
    series("ergotropy.coherent", Energy, "coherent part of the global ergotropy",
        (Group::Energy, "*W*_{coh}", "ergotropy *W*_{coh}@"), |c| part(c, |m| m.ergotropy.coherent)).says("coherent"),
    series("ergotropy.incoherent", Energy, "incoherent part of the global ergotropy",
        (Group::Energy, "*W*_{inc}", "ergotropy *W*_{inc}@"), |c| part(c, |m| m.ergotropy.incoherent)).says("incoherent"),
    json("ergotropy.why", "why an ergotropy is null", |c| reasons(c, ROWS, "ergotropy")),
    series("passive", Energy, "passive (locked) energy",
        (Group::Energy, "*E*_{B} - *W*", "locked energy *E*_{B} - *W*"), |c| of_state(c, |m| m.passive)),
    series("purity", Number, "purity of the battery",
        (Group::Purity, "Tr *ρ*_{B}^{2}", "purity Tr *ρ*_{B}^{2}"), |c| of_state(c, |m| m.purity)),
    series("fluctuation", Energy, "fluctuation of the energy",
        (Group::Energy, "*σ*", "fluctuation *σ*@"), |c| column(c, |m| m.fluctuation)),
    series("coherence", Number, "coherence between energies of the battery, the l1 norm where none is degenerate",
        (Group::Coherence, "coherence", "coherence between energies"), coherence),
    series("power.instantaneous", Power, "power dE_B/dt",
        (Group::Power, "d*E*_{B}/d*t*", "power d*E*_{B}/d*t*"), |c| Ok(c.series.power.clone())),
    series("power.average", Power, "average power",
        (Group::Power, "(*E*_{B} - *E*_{B}(0))/*t*", "average power"), |c| Ok(c.series.average_power.clone())),
    one("power.maximum_average.value", Power, "largest average power",
        (Group::Power, "*P*_{max}", "average power *P*_{max}"), |c| most(c, |found| found.value)),
    one("power.maximum_average.time", Time, "time of the largest average power",
        (Group::PowerTime, "*t*_{max}", "time @*t*_{max} of *P*_{max}"), |c| most(c, |found| found.time)),
    one("passage.energy_half", Time, "first time with half of the largest gain of energy shown",
        (Group::PowerTime, "*t*_{1/2}", "time @*t*_{1/2} of half of the energy"), energy_half).says("energy_half"),
    one("passage.ergotropy_half", Time, "first time with half of the largest ergotropy shown",
        (Group::PowerTime, "*t*_{1/2}(*W*)", "time @*t*_{1/2} of half of the ergotropy"),
        |c| passage(c, |m| m.ergotropy.global, half_rise)).says("ergotropy_half"),
    one("passage.ergotropy_half_life", Time, "how long after its largest value the ergotropy takes to lose half of it",
        (Group::PowerTime, "half-life of *W*", "half-life of the ergotropy@"),
        |c| passage(c, |m| m.ergotropy.global, half_life)).says("ergotropy_half_life"),
    json("passage.why", "why a passage is null", |c| reasons(c, ROWS, "passage")),
    one("parallel.power", Power, "largest average power of N separate pairs of one cell and one charger",
        (Group::Power, "*N* *P*_{1}", "power *N* *P*_{1} of parallel charging"), |c| parallel(c, |p| p.power.value)),
    one("parallel.advantage", Number, "largest average power over that of parallel charging",
        (Group::Advantage, "*Γ*", "advantage *Γ* = *P*_{max}/(*N* *P*_{1})"), |c| parallel(c, |p| p.advantage)),
    json("parallel.why", "why there is no parallel charging", |c|
        c.parallel.err().map_or(Value::Null, |why| why.to_string().into())),
    one("asymptote.energy", Energy, "energy for t to infinity",
        (Group::Energy, "*E*_{B}(∞)", "energy *E*_{B}(∞)@"), |c| limit(c, |l| l.energy)),
    one("asymptote.ergotropy.global", Energy, "global ergotropy for t to infinity",
        (Group::Energy, "*W*(∞)", "ergotropy *W*(∞)@"), |c| limit(c, |l| l.ergotropy.global)),
    one("asymptote.ergotropy.collective", Energy, "collective ergotropy for t to infinity",
        (Group::Energy, "*W*_{coll}(∞)", "ergotropy *W*_{coll}(∞)@"),
        |c| c.limit().and_then(|l| l.ergotropy.collective.map_err(Why::NoCollective))),
    one("asymptote.ergotropy.local", Energy, "local ergotropy for t to infinity",
        (Group::Energy, "*W*_{loc}(∞)", "ergotropy *W*_{loc}(∞)@"), |c| limit(c, |l| l.ergotropy.local)),
    one("asymptote.passive", Energy, "locked energy for t to infinity",
        (Group::Energy, "*E*_{B}(∞) - *W*(∞)", "*E*_{B}(∞) - *W*(∞)"),
        |c| limit(c, |l| l.energy - l.ergotropy.global)),
    one("asymptote.purity", Number, "purity for t to infinity",
        (Group::Purity, "Tr *ρ*_{B}^{2}(∞)", "purity Tr *ρ*_{B}^{2}(∞)"), |c| limit(c, |l| l.purity)),
    one("asymptote.largest_eigenvalue", Number, "largest eigenvalue r_1 for t to infinity",
        (Group::Purity, "*r*_{1}(∞)", "largest eigenvalue *r*_{1}(∞)"),
        |c| limit(c, |l| l.ergotropy.largest_eigenvalue)),
    one("asymptote.entropy", Number, "entropy for t to infinity",
        (Group::Information, "*S*(∞)", "entropy *S*(∞)"), |c| of_limit(c, |l| l.bounds.entropy)),
    one("asymptote.capacity", Energy, "capacity for t to infinity",
        (Group::Energy, "capacity(∞)", "capacity(∞)@"), |c| of_limit(c, |l| l.bounds.capacity)),
    one("asymptote.bound_energy", Energy, "bound energy for t to infinity",
        (Group::Energy, "*W*_{max}(∞) - *W*(∞)", "bound energy *W*_{max}(∞) - *W*(∞)"),
        |c| of_limit(c, |l| l.bounds.bound_energy)),
    one("asymptote.ergotropy_gap", Energy, "global less local ergotropy for t to infinity",
        (Group::Energy, "*W*(∞) - *W*_{loc}(∞)", "ergotropy gap *W*(∞) - *W*_{loc}(∞)"), |c| of_limit(c, gap)),
    one("asymptote.coherence", Number, "coherence between energies for t to infinity",
        (Group::Coherence, "coherence(∞)", "coherence(∞)"), |c| of_limit(c, |l| l.bounds.coherence)),
    one("asymptote.unique", Truth, "whether every initial state has this limit",
        (Group::Count, "unique", "unique limit (1) or not (0)"),
        |c| c.asymptote.unique.map(truth).ok_or(Why::DoesNotApply)),
    one("asymptote.conserved", Count, "number of conserved quantities",
        (Group::Count, "conserved", "conserved quantities"), |c| c.asymptote.conserved.map(|n| n as f64)),
    one("asymptote.certified", Truth, "whether the limit is proven",
        (Group::Count, "certified", "certified limit (1) or not (0)"), |c| Ok(truth(c.asymptote.certified))),
    one("asymptote.slowest_rate", Rate, "slowest carried rate",
        (Group::Rate, "slowest", "slowest rate"),
        slowest_rate),
    one("asymptote.log10_slowest_rate", LogRate, "decimal logarithm of the slowest carried rate",
        (Group::LogRate, "slowest", "log_{10} of the slowest rate"),
        |c| c.asymptote.slowest_rate.map(|slowest| slowest.log10)),
    json("asymptote.residual", "norm of the generator on the limit over its own", |c|
        c.asymptote.residual.filter(|x| x.is_finite()).into()),
    json("asymptote.conserved_values", "values of conserved quantities, at most 64", |c|
        value!(c.asymptote.conserved_values)),
    json("asymptote.rates", "the slowest modes of the battery's state, slowest first, at most 32", |c|
        known(&c.asymptote.rates, lists::relaxations)),
    json("asymptote.plateaus", "plateaus before the limit, in the order of time", |c|
        known(&c.asymptote.plateaus, lists::plateaus)),
    json("asymptote.spectrum", "eigenvalues of the limit and the energies that they fill in the passive state, largest first, at most 64", |c|
        known(&c.asymptote.spectrum, lists::spectrum)),
    json("asymptote.why", "why something about long times is null", why_of_limit),
    one("asymptote.plateau.energy", Energy, "energy on the last plateau",
        (Group::Energy, "*E*_{B}, plateau", "plateau energy *E*_{B}@"), |c| plateau(c, |p| p.energy)).sweep(),
    one("asymptote.plateau.ergotropy", Energy, "global ergotropy on the last plateau",
        (Group::Energy, "*W*, plateau", "plateau ergotropy *W*@"),
        |c| plateau(c, |p| p.ergotropy.global)).sweep(),
    one("asymptote.plateau.from", Time, "time at which the last plateau is reached",
        (Group::Lifetime, "reached", "time at which the plateau is reached"),
        |c| plateau(c, |p| p.from)).sweep(),
    one("asymptote.plateau.lifetime", Time, "lifetime of the last plateau",
        (Group::Lifetime, "lifetime", "lifetime of the plateau"), |c| plateau(c, |p| p.lifetime)).sweep(),
    one("asymptote.plateau.log10_lifetime", LogTime, "decimal logarithm of the lifetime of the last plateau",
        (Group::LogRate, "lifetime", "log_{10} of the lifetime of the plateau"),
        |c| plateau(c, |p| p.log10_lifetime)).sweep(),
    one("asymptote.average.energy", Energy, "energy of the state averaged over all times, of a closed system",
        (Group::Energy, "*E*_{B}, average", "average energy *E*_{B}@"), |c| average(c, |a| Ok(a.energy))).says("energy"),
    one("asymptote.average.ergotropy", Energy, "global ergotropy of the state averaged over all times, of a closed system",
        (Group::Energy, "*W*, average", "ergotropy *W*@ of the average"),
        |c| average(c, |a| a.ergotropy)).says("ergotropy"),
    json("asymptote.average.why", "why something of the average is null", |c| reasons(c, ROWS, "asymptote.average")),
    one("extrema.energy.first.value", Energy, "first local maximum of the energy, of a closed system",
        (Group::Energy, "*E*_{B}, first", "first maximum of *E*_{B}@"), |c| first(c.extrema.energy, |m| m.value)),
    one("extrema.energy.first.time", Time, "time of the first local maximum of the energy",
        (Group::PowerTime, "*E*_{B}, first", "time @*t* of the first maximum of *E*_{B}"),
        |c| first(c.extrema.energy, |m| m.time)),
    one("extrema.energy.largest.value", Energy, "largest energy until the last time, of a closed system",
        (Group::Energy, "*E*_{B}, largest", "largest *E*_{B}@"),
        |c| c.extrema.energy.map(|m| m.largest.value)).says("energy"),
    one("extrema.energy.largest.time", Time, "time of the largest energy, the earliest of equal ones",
        (Group::PowerTime, "*E*_{B}, largest", "time @*t* of the largest *E*_{B}"),
        |c| c.extrema.energy.map(|m| m.largest.time)),
    one("extrema.energy.certified", Truth, "whether both maxima of the energy are proven",
        (Group::Count, "certified", "certified maxima (1) or not (0)"), |c| c.extrema.energy.map(|m| truth(m.certified))),
    one("extrema.energy.resolution", Time, "spacing of the dense curve behind maxima of the energy that are not proven",
        (Group::PowerTime, "resolution", "resolution"), |c| resolution(c.extrema.energy)).run(),
    one("extrema.ergotropy.first.value", Energy, "first local maximum of the global ergotropy, of a closed system",
        (Group::Energy, "*W*, first", "first maximum of *W*@"), |c| first(c.extrema.ergotropy, |m| m.value)),
    one("extrema.ergotropy.first.time", Time, "time of the first local maximum of the global ergotropy",
        (Group::PowerTime, "*W*, first", "time @*t* of the first maximum of *W*"),
        |c| first(c.extrema.ergotropy, |m| m.time)),
    one("extrema.ergotropy.largest.value", Energy, "largest global ergotropy until the last time, of a closed system",
        (Group::Energy, "*W*, largest", "largest *W*@"),
        |c| c.extrema.ergotropy.map(|m| m.largest.value)).says("ergotropy"),
    one("extrema.ergotropy.largest.time", Time, "time of the largest global ergotropy, the earliest of equal ones",
        (Group::PowerTime, "*W*, largest", "time @*t* of the largest *W*"),
        |c| c.extrema.ergotropy.map(|m| m.largest.time)),
    one("extrema.ergotropy.certified", Truth, "whether both maxima of the global ergotropy are proven",
        (Group::Count, "certified", "certified maxima (1) or not (0)"),
        |c| c.extrema.ergotropy.map(|m| truth(m.certified))),
    one("extrema.ergotropy.resolution", Time, "spacing of the dense curve behind maxima of the global ergotropy that are not proven",
        (Group::PowerTime, "resolution", "resolution"), |c| resolution(c.extrema.ergotropy)).run(),
    json("extrema.why", "why maxima are null", |c| reasons(c, ROWS, "extrema")),
    one("charging_time.settling", Time, "charging time (last crossing)",
        (Group::Time, "settling", "charging time @*τ* (settling)"),
        |c| time(c, |t| t.settling)).says("settling"),
    one("charging_time.first", Time, "charging time (first crossing)",
        (Group::Time, "first", "charging time @*τ* (first)"), |c| time(c, |t| t.first)).says("first"),
    one("charging_time.spectral", Time, "charging time (inverse of the slowest carried rate)",
        (Group::Time, "spectral", "charging time @*τ* (spectral)"),
        |c| time(c, spectral)).says("spectral"),
    one("charging_time.spectral_weight", Number, "weight of the slowest carried mode",
        (Group::Number, "weight", "weight of the slowest mode"),
        |c| time(c, |t| t.spectral.map(|found| found.weight))),
    json("charging_time.spectral_threshold", "weight above which a mode counts", |_| SPECTRAL_THRESHOLD.into()),
    json("charging_time.why", "why a charging time is null", |c| match &c.charging_time {
        Err(why) => why.to_string().into(),
        Ok(_) => reasons(c, ROWS, "charging_time"),
    }),
    one("checks.trace", Number, "largest deviation of the trace from 1",
        (Group::Number, "trace", "deviation of the trace from 1"), |c| Ok(c.checks.trace)),
    json("checks.hermiticity", "largest |rho - rho^dag|: states are Hermitian by construction", |c|
        if c.checks.smallest_eigenvalue.is_nan() { Value::Null } else { 0.0.into() }),
    one("checks.smallest_eigenvalue", Number, "smallest eigenvalue met",
        (Group::Number, "eigenvalue", "smallest eigenvalue"), |c| Ok(c.checks.smallest_eigenvalue)),
    one("checks.error", Energy, "estimate of the largest error of E_B, rounding included",
        (Group::Energy, "error", "error of the energy"),
        |c| if c.times.is_empty() && c.cells == 0 { Err(Why::NoBattery) } else { Ok(c.checks.error) }).run().says("error"),
    one("checks.top_population", Number, "largest population of the two highest levels of a cut oscillator, or the weight left out of its start",
        (Group::Number, "top", "population of the highest levels"),
        |c| c.checks.top_population.ok_or(Why::NothingCut)).run().says("top_population"),
    one("checks.energy_balance", Power, "disagreement between two ways to the same energy flow",
        (Group::Power, "balance", "energy balance"), |c| Ok(c.checks.energy_balance)),
    json("checks.why", "why a check is null", |c| reasons(c, ROWS, "checks")),
];
