//! How axes and numbers are written, in the markup of the figures.

use leyden_results::StudyAxis;
use leyden_results::table::literal;
use leyden_scenario::symbol;

/// The label of an axis.
pub(crate) fn axis(axis: &StudyAxis) -> String {
    let long = || if axis.long_name.is_empty() { &axis.key } else { &axis.long_name };
    symbol(&axis.key)
        .map_or_else(|| with_unit(&literal(long()), &axis.unit), |symbol| over(&symbol, &axis.unit))
}

/// A symbol with its unit: *F*/*g*, *g* *t*, *ω*/2π (MHz).
fn over(symbol: &str, unit: &str) -> String {
    let at = if unit.starts_with("1/") && is_frequency(&unit[2..]) {
        format!("@{symbol}")
    } else {
        format!("{symbol}@")
    };
    // Plain words carry their unit behind them.
    let is_word = symbol.contains(' ') && !symbol.contains('@');
    with_unit(if is_word { symbol } else { &at }, unit)
}

/// Names of units that are frequencies of the scenario, and how they are written.
const FREQUENCIES: [(&str, &str); 9] = [
    ("g", "*g*"),
    ("J", "*J*"),
    ("Gamma_e", "Γ_{e}"),
    ("gamma_h", "*γ*_{h}"),
    ("omega_B", "*ω*_{B}"),
    ("omega_0", "*ω*_{0}"),
    ("omega_d", "*ω*_{d}"),
    ("omega_C", "*ω*_{C}"),
    ("omega_ref", "*ω*_{ref}"),
];

fn is_frequency(unit: &str) -> bool {
    FREQUENCIES.iter().any(|(name, _)| *name == unit)
}

/// A unit as markup.
pub(crate) fn unit(unit: &str) -> String {
    let word = |word: &str| match FREQUENCIES.iter().find(|(name, _)| *name == word) {
        Some((_, written)) => written.to_string(),
        None if word == "hbar" => "*ħ*".into(),
        None => match word.strip_prefix('u') {
            // Micro.
            Some(rest @ ("s" | "K")) => format!("μ{rest}"),
            _ => word.into(),
        },
    };
    let power = |text: &str| match text.split_once('^') {
        Some((base, power)) => format!("{}^{{{power}}}", word(base)),
        None => word(text),
    };
    // Planck's constant is a factor; alone an h is an hour.
    let factor =
        |text: &str| text.strip_prefix("h ").map_or_else(|| text.to_string(), |rest| format!("*h* {rest}"));
    let product = |text: &str| factor(text).split(' ').map(power).collect::<Vec<String>>().join("\\,");
    unit.split('/').map(product).collect::<Vec<String>>().join("/")
}

/// A label with its unit. Over a frequency, or times it, the number is pure, and this stands at the `@` of the label where it has one:
/// *E*_{B}/*ω*_{B}, *g* *t*. Any other unit follows in brackets.
pub(crate) fn with_unit(label: &str, symbol: &str) -> String {
    let bracket = |symbol: &str| format!("{} ({})", label.replace('@', ""), unit(symbol));
    let (action, bare) = match symbol.split_once(' ') {
        Some((quantum @ ("h" | "hbar"), rest)) => (Some(quantum), rest),
        _ => (None, symbol),
    };
    match bare.strip_prefix("1/") {
        _ if symbol.is_empty() || symbol == "1" => label.replace('@', ""),
        _ if !label.contains('@') => bracket(symbol),
        Some(product) if product.starts_with('(') => {
            label.replace('@', &unit(product.trim_matches(['(', ')'])))
        }
        Some(frequency) if is_frequency(frequency) => label.replace('@', &unit(frequency)),
        _ if is_frequency(bare) => {
            let over = action.map_or_else(|| unit(bare), |action| format!("{}{}", unit(action), unit(bare)));
            label.replace('@', &format!("/{over}"))
        }
        _ if bare.ends_with("Hz") => {
            format!("{} ({bare})", label.replace('@', if action == Some("h") { "/*h*" } else { "/2π" }))
        }
        _ if action.is_some() => format!("{} ({bare})", label.replace('@', "/*ħ*")),
        _ => bracket(symbol),
    }
}

/// Digits of a number, at most.
const DIGITS: usize = 4;

/// A number as markup, as a power of ten where that is shorter.
pub(crate) fn number(x: f64) -> String {
    if !x.is_finite() {
        return "none".into();
    }
    // Rounded first: 9.996 has three digits before it becomes 10.00. Adding 0 leaves no negative zero.
    let written = format!("{:.*e}", DIGITS - 1, x + 0.0);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text.to_string(),
    };
    if (-3..5).contains(&exponent) {
        let decimals = (DIGITS as i32 - 1 - exponent).max(0) as usize;
        let rounded: f64 = written.parse().unwrap_or(x);
        return trim(&format!("{rounded:.decimals$}"));
    }
    match trim(mantissa).as_str() {
        "1" => format!("10^{{{exponent}}}"),
        "-1" => format!("-10^{{{exponent}}}"),
        mantissa => format!("{mantissa}\\,×\\,10^{{{exponent}}}"),
    }
}

/// A number in its unit: 284/*g*, 3 μs.
pub(crate) fn measured(number: &str, symbol: &str) -> String {
    match symbol.strip_prefix('1') {
        _ if symbol.is_empty() || symbol == "1" => number.into(),
        Some(_) => format!("{number}{}", &unit(symbol)[1..]),
        None => format!("{number}\\,{}", unit(symbol)),
    }
}

/// Quantities that are one number all over a figure.
pub(crate) fn constant(equations: &[String]) -> String {
    if equations.is_empty() { String::new() } else { format!("constant: {}", equations.join(", ")) }
}

/// `F/g = 0.5` as markup, `F/2π = 3 MHz` with a unit.
pub(crate) fn equation(of: &StudyAxis, value: f64) -> String {
    equals(&axis(of), value)
}

/// A label and its value: the unit in brackets goes behind the number.
pub(crate) fn equals(label: &str, value: f64) -> String {
    match label.strip_suffix(')').and_then(|label| label.rsplit_once(" (")) {
        // 20/μs, not 20 1/μs.
        Some((symbol, unit)) => match unit.strip_prefix("1/") {
            Some(unit) => format!("{symbol} = {}/{unit}", number(value)),
            None => format!("{symbol} = {}\\,{unit}", number(value)),
        },
        None => format!("{label} = {}", number(value)),
    }
}

#[cfg(test)]
mod tests {
    use leyden_figures::text::{missing_glyphs, plain};

    use leyden_results::table::{Name, Role, Row, name_of, rows};

    use super::*;

    #[test]
    fn every_glyph_of_every_label_exists() {
        let derived = leyden_results::table::DERIVED.iter().map(|derived| derived.name.to_string());
        let rows = rows().filter(|row| row.role != Role::Run).map(Row::name);
        let others = ["optimum_value", "optimum_jump", "optimum_value_at_jump", "optimum_charger_dephasing"];
        let quantities = rows.chain(derived).chain(others.map(String::from));
        for name in quantities {
            let Name { group, short, full } = name_of(&name);
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
    fn axes_are_called_by_their_symbol_or_long_name_or_key() {
        let label = |key: &str, long_name: &str| axis(&StudyAxis::new(key, vec![], long_name));
        assert_eq!(label("drive.amplitude", "a long name"), "*F*");
        assert_eq!(label("a_b.c", "a long_name"), literal("a long_name"));
        assert_eq!(label("a_b.c", ""), literal("a_b.c"));
        assert_eq!(plain(&equation(&StudyAxis::new("a_b.c", vec![], ""), 0.5)), "a_b.c = 0.5");
    }

    #[test]
    fn units_stand_where_they_are_read() {
        let say = |label: &str, unit: &str, value| plain(&equals(&with_unit(label, unit), value));
        assert_eq!(say("*γ*_{C}", "1/us", 20.0), "γC = 20/μs");
        assert_eq!(say("@*t*", "us", 2.0), "t = 2\u{2009}μs");
        let inverse = plain(&with_unit("inverse temperature @*β*_{e}", "1/(hbar omega_0)"));
        assert_eq!(inverse, "inverse temperature ħ\u{2009}ω0βe");
    }

    #[test]
    fn numbers_are_short() {
        let text = |x| plain(&number(x));
        let numbers = [0.5, 3.0, 9.99996, -0.1 - 0.2, 2.828427, 1e-5, 0.0].map(text);
        assert_eq!(numbers, ["0.5", "3", "10", "\u{2212}0.3", "2.828", "10\u{2212}5", "0"]);
        assert_eq!(text(2.5e7), "2.5\u{2009}×\u{2009}107");
        assert_eq!(plain(&literal("a_b^{c}*d*")), "a_b^{c}*d*");
    }
}
