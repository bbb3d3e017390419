//! How quantities and axes are written: the field's symbols, in the markup of the figures.

use super::data::StudyAxis;

/// Quantities that can stand against one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Charging times.
    Time,
    /// Energies, ergotropies and their fluctuation.
    Energy,
    /// The part of the energy that is work.
    Ratio,
    /// Powers.
    Power,
    /// Purities and populations.
    Purity,
    /// Lifetime of a plateau.
    Lifetime,
    /// The time of the largest average power.
    PowerTime,
    /// Decay rates.
    Rate,
    /// Decimal logarithms of rates.
    LogRate,
    /// Number of conserved quantities.
    Count,
    /// Heat currents and delivered power of an engine.
    Current,
    /// Pure numbers.
    Number,
    /// Inverse temperatures.
    InverseTemperature,
    /// Production of entropy.
    Entropy,
    /// What a search found best.
    Optimum,
    /// Where a search found it.
    Place,
}

impl Group {
    /// Label of an axis with several quantities of the group.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Group::Time => "charging time *τ*",
            Group::Energy => "energy",
            Group::Ratio => "*R* = *W*(∞)/*E*_{B}(∞)",
            Group::Power => "power",
            Group::Purity => "purity",
            Group::Lifetime => "lifetime",
            Group::PowerTime => "time",
            Group::Rate => "rate",
            Group::LogRate => "log_{10} of the rate",
            Group::Count => "conserved quantities",
            Group::Current => "power and heat currents",
            Group::Number => "ratio",
            Group::InverseTemperature => "*β*",
            Group::Entropy => "entropy production",
            Group::Optimum => "optimum",
            Group::Place => "place of the optimum",
        }
    }

    /// Whether a logarithmic axis suits where the numbers span decades.
    pub(crate) fn decades(self) -> bool {
        matches!(
            self,
            Group::Time | Group::Rate | Group::Lifetime | Group::PowerTime | Group::Optimum | Group::Place
        )
    }
}

/// How a quantity is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    /// What it can share an axis with.
    pub(crate) group: Group,
    /// Beside a line, where the axis names the group.
    pub(crate) short: String,
    /// On an axis of its own.
    pub(crate) full: String,
}

/// The name of an array.
pub(crate) fn quantity(name: &str) -> Name {
    use Group::{
        Count, Current, Energy, Lifetime, LogRate, Number, Optimum, Power, PowerTime, Purity, Rate, Ratio,
        Time,
    };
    let (group, short, full) = match name {
        "energy" => (Energy, "*E*_{B}", "energy *E*_{B}"),
        "ergotropy_global" => (Energy, "*W*", "ergotropy *W*"),
        "ergotropy_collective" => (Energy, "*W*_{coll}", "ergotropy *W*_{coll}"),
        "ergotropy_local" => (Energy, "*W*_{loc}", "ergotropy *W*_{loc}"),
        "ergotropy_coherent" => (Energy, "*W*_{coh}", "ergotropy *W*_{coh}"),
        "ergotropy_incoherent" => (Energy, "*W*_{inc}", "ergotropy *W*_{inc}"),
        "passive" => (Energy, "*E*_{B} - *W*", "locked energy *E*_{B} - *W*"),
        "fluctuation" => (Energy, "*σ*", "fluctuation *σ*"),
        "purity" => (Purity, "Tr *ρ*_{B}^{2}", "purity Tr *ρ*_{B}^{2}"),
        "power_instantaneous" => (Power, "d*E*_{B}/d*t*", "power d*E*_{B}/d*t*"),
        "power_average" => (Power, "(*E*_{B} - *E*_{B}(0))/*t*", "average power"),
        "power_maximum_average_value" => (Power, "*P*_{max}", "average power *P*_{max}"),
        "power_maximum_average_time" => (PowerTime, "*t*_{max}", "time *t*_{max} of *P*_{max}"),
        "asymptote_energy" => (Energy, "*E*_{B}(∞)", "energy *E*_{B}(∞)"),
        "asymptote_ergotropy_global" => (Energy, "*W*(∞)", "ergotropy *W*(∞)"),
        "asymptote_ergotropy_collective" => (Energy, "*W*_{coll}(∞)", "ergotropy *W*_{coll}(∞)"),
        "asymptote_ergotropy_local" => (Energy, "*W*_{loc}(∞)", "ergotropy *W*_{loc}(∞)"),
        "asymptote_passive" => (Energy, "*E*_{B}(∞) - *W*(∞)", "*E*_{B}(∞) - *W*(∞)"),
        "asymptote_ratio" => (Ratio, "*R*", "*R* = *W*(∞)/*E*_{B}(∞)"),
        "asymptote_purity" => (Purity, "Tr *ρ*_{B}^{2}(∞)", "purity Tr *ρ*_{B}^{2}(∞)"),
        "asymptote_largest_eigenvalue" => (Purity, "*r*_{1}(∞)", "largest eigenvalue *r*_{1}(∞)"),
        "asymptote_slowest_rate" => (Rate, "slowest", "slowest rate"),
        "asymptote_log10_slowest_rate" => (LogRate, "slowest", "log_{10} of the slowest rate"),
        "asymptote_conserved" => (Count, "conserved", "conserved quantities"),
        "asymptote_plateau_energy" => (Energy, "*E*_{B}, plateau", "plateau energy *E*_{B}"),
        "asymptote_plateau_ergotropy" => (Energy, "*W*, plateau", "plateau ergotropy *W*"),
        "asymptote_plateau_lifetime" => (Lifetime, "lifetime", "lifetime of the plateau"),
        "charging_time_settling" => (Time, "settling", "charging time *τ* (settling)"),
        "charging_time_first" => (Time, "first", "charging time *τ* (first)"),
        "charging_time_spectral" => (Time, "spectral", "charging time *τ* (spectral)"),
        "engine_ratio" => (Number, "*x*", "population ratio *x*"),
        "engine_beta_e" => (Group::InverseTemperature, "*β*_{e}", "inverse temperature *β*_{e}"),
        "engine_current" => (Rate, "*J*", "current *J*"),
        "engine_heat_hot" => (Current, "heat, hot", "heat current, hot bath"),
        "engine_heat_cold" => (Current, "heat, cold", "heat current, cold bath"),
        "engine_power" => (Current, "power", "delivered power"),
        "engine_efficiency" => (Number, "efficiency", "efficiency *η*"),
        "engine_cop" => (Number, "COP", "coefficient of performance"),
        "engine_entropy_production" => (Group::Entropy, "entropy", "entropy production"),
        "engine_entropy_load" => (Group::Entropy, "load", "entropy production of the load"),
        "engine_gamma_e" => (Rate, "Γ_{e}", "effective rate Γ_{e}"),
        "engine_validity_bath_rates" => (Number, "baths", "bath rates over frequencies"),
        "engine_validity_battery_rate" => (Number, "battery", "battery's rate over engines'"),
        "engine_validity_current" => (Number, "current", "current over the engines' most"),
        "charging_time" => (Time, "*τ*_{f}", "charging time *τ*_{f}"),
        "charging_average_power" => (Power, "*P*_{f}", "average power *P*_{f}"),
        "charging_enhancement" => (Number, "enhancement", "power enhancement"),
        "charging_peak_power_value" => (Power, "peak", "peak power"),
        "charging_peak_power_time" => (PowerTime, "*t*_{peak}", "time of the peak power"),
        "charging_peak_fluctuation_value" => (Energy, "*σ*_{max}", "largest fluctuation *σ*_{max}"),
        "charging_peak_fluctuation_time" => (PowerTime, "*t*_{σ}", "time of the largest fluctuation"),
        "charging_limit_locked" => (Energy, "locked", "locked energy *E*_{B}(∞) - *W*(∞)"),
        "charging_limit_fluctuation" => (Energy, "*σ*(∞)", "fluctuation *σ*(∞)"),
        "charging_limit_efficiency" => (Number, "*η*(∞)", "efficiency *η*(∞)"),
        "charging_per_cell" => (Number, "*e*_{N}", "energy per cell *e*_{N}"),
        "charging_heat_hot" => (Energy, "heat", "heat drawn from the hot baths"),
        "charging_efficiency" => (Number, "*η*", "efficiency *η*"),
        "cycles_last_energy" => (Energy, "*E*_{B}, last", "last energy *E*_{B}"),
        "cycles_last_ergotropy" => (Energy, "*W*, last", "last ergotropy *W*"),
        "cycles_largest_energy" => (Energy, "*E*_{B}, largest", "largest energy *E*_{B}"),
        "cycles_fixed_point" => (Energy, "*E*_{B}^{*}", "fixed point *E*_{B}^{*}"),
        "cycles_fixed_point_ergotropy" => (Energy, "*W*^{*}", "fixed point *W*^{*}"),
        "cycles_rate" => (Number, "rate", "rate per cycle"),
        "cycles_extracted" => (Energy, "extracted", "extracted energy"),
        "optimum_value" => (Optimum, "optimum", "optimum"),
        "optimum_value_at_jump" => (Optimum, "at the jump", "value at the jump"),
        "optimum_jump" => (Group::Place, "jump", "side of the jump"),
        _ => return other(name),
    };
    Name { group, short: short.into(), full: full.into() }
}

/// The place of an optimum, `optimum_<table>_<key>`, or an array of unknown name.
fn other(name: &str) -> Name {
    if let Some((table, key)) = name.strip_prefix("optimum_").and_then(|path| path.split_once('_')) {
        let symbol = symbol(&format!("{table}.{key}")).unwrap_or_else(|| literal(&format!("{table}.{key}")));
        return Name { group: Group::Place, short: symbol.clone(), full: format!("optimal {symbol}") };
    }
    let name = literal(name);
    Name { group: Group::Optimum, short: name.clone(), full: name }
}

/// The label of an axis.
pub(crate) fn axis(axis: &StudyAxis) -> String {
    let long = || if axis.long_name.is_empty() { &axis.key } else { &axis.long_name };
    symbol(&axis.key).unwrap_or_else(|| literal(long()))
}

/// The field's symbol of a key.
fn symbol(key: &str) -> Option<String> {
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
    let symbol = match key {
        "charger.frequency" => "*ω*_{C}",
        "charger.detuning" => "Δ_{CB}",
        "charger.dephasing" => "*γ*_{C}",
        // Not k: k_B is somebody else's.
        "charger.relaxation" => "*κ*_{C}",
        "charger.thermal_occupation" => "*n*_{C}",
        "battery.levels" => "*d*",
        "battery.cells" => "*N*",
        "battery.frequency" => "*ω*_{B}",
        "battery.detuning" => "Δ_{Bd}",
        "battery.dephasing" => "*γ*_{B}",
        "battery.relaxation" => "*κ*_{B}",
        "battery.thermal_occupation" => "*n*_{B}",
        "coupling.strength" => "*g*",
        "drive.amplitude" => "*F*",
        "drive.frequency" => "*ω*_{d}",
        "engine.hot_frequency" => "*ω*_{h}",
        "engine.signal_frequency" => "*ω*_{0}",
        "engine.hot_temperature" => "*T*_{h}",
        "engine.cold_temperature" => "*T*_{c}",
        "engine.hot_rate" => "*γ*_{h}",
        "engine.cold_rate" => "*γ*_{c}",
        "engine.drive" => "*λ*",
        "engine.detuning" => "*ω*_{d} - *ω*_{0}",
        "engine.load.down" => "*R*_{d}",
        "engine.load.up" => "*R*_{u}",
        "charging.fraction" => "*f*",
        "charging.effective_rate" => "Γ_{e}",
        "charging.effective_exponent" => "*β*_{e}*ω*_{0}",
        "nmr.chargers" => "*N*",
        "nmr.coupling" => "*J*",
        "nmr.charger_excitation" => "*q*",
        "nmr.battery_excitation" => "*p*(0)",
        "nmr.charger_t1" => "*T*_{1C}",
        "nmr.charger_t2" => "*T*_{2C}",
        "nmr.battery_t1" => "*T*_{1B}",
        "nmr.battery_t2" => "*T*_{2B}",
        _ => return None,
    };
    Some(symbol.into())
}

/// A text as markup that draws it as it stands.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '*' | '_' | '^' | '\\' | '{' | '}') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A number as markup with up to `digits` significant digits, as a power of ten where that is shorter.
pub(crate) fn number_with(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() {
        return if x == 0.0 { "0".into() } else { "none".into() };
    }
    // Rounded first: 9.996 has three digits before it becomes 10.00.
    let written = format!("{:.*e}", digits.saturating_sub(1), x);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-3..5).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let rounded: f64 = written.parse().unwrap_or(x);
        return trim(&format!("{rounded:.decimals$}"));
    }
    match trim(mantissa).as_str() {
        "1" => format!("10^{{{exponent}}}"),
        "-1" => format!("-10^{{{exponent}}}"),
        mantissa => format!("{mantissa}\\,×\\,10^{{{exponent}}}"),
    }
}

/// A number as markup with up to four significant digits.
pub(crate) fn number(x: f64) -> String {
    number_with(x, 4)
}

/// `F = 0.5` as markup.
pub(crate) fn equation(of: &StudyAxis, value: f64) -> String {
    format!("{} = {}", axis(of), number(value))
}

#[cfg(test)]
mod tests {
    use leyden_figures::text::{missing_glyphs, plain};

    use super::*;

    #[test]
    fn every_glyph_of_every_label_exists() {
        let quantities = super::super::data::SERIES.iter().copied().chain([
            "power_maximum_average_value",
            "power_maximum_average_time",
            "asymptote_energy",
            "asymptote_ergotropy_global",
            "asymptote_ergotropy_collective",
            "asymptote_ergotropy_local",
            "asymptote_passive",
            "asymptote_ratio",
            "asymptote_purity",
            "asymptote_largest_eigenvalue",
            "asymptote_slowest_rate",
            "asymptote_log10_slowest_rate",
            "asymptote_conserved",
            "asymptote_plateau_energy",
            "asymptote_plateau_ergotropy",
            "asymptote_plateau_lifetime",
            "charging_time_settling",
            "charging_time_first",
            "charging_time_spectral",
            "optimum_value",
            "optimum_jump",
            "optimum_value_at_jump",
            "optimum_charger_dephasing",
        ]);
        for name in quantities {
            let Name { group, short, full } = quantity(name);
            for label in [&short, &full, group.label()] {
                assert!(!label.is_empty() && missing_glyphs(label).is_empty(), "{name}: {label}");
            }
        }
        for key in leyden_scenario::KEYS {
            let label = axis(&StudyAxis::new(format!("{}.{}", key.table, key.name), vec![], ""));
            assert!(missing_glyphs(&label).is_empty(), "{label}");
        }
    }

    #[test]
    fn numbers_are_short() {
        let text = |x| plain(&number(x));
        assert_eq!(text(0.5), "0.5");
        assert_eq!(text(3.0), "3");
        assert_eq!(text(9.99996), "10");
        assert_eq!(text(-0.1 - 0.2), "\u{2212}0.3");
        assert_eq!(text(2.828427), "2.828");
        assert_eq!(text(1e-5), "10\u{2212}5");
        assert_eq!(text(2.5e7), "2.5\u{2009}×\u{2009}107");
        assert_eq!(text(0.0), "0");
        assert_eq!(plain(&literal("a_b^{c}*d*")), "a_b^{c}*d*");
    }
}
