//! Numbers for people.

use leyden_scenario::Unit;

/// How long a run will take, roughly.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than a second".into(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s => format!("about {:.0} h", s / 3600.0),
    }
}

/// An estimate of a time that may be short.
pub(super) fn moment(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("about {} us", rounded(1e6 * s)),
        s if s < 1.0 => format!("about {} ms", rounded(1e3 * s)),
        s if s < 120.0 => format!("about {} s", rounded(s)),
        s => duration(s),
    }
}

/// Two significant digits of a number from 0.01 to 1000.
fn rounded(x: f64) -> String {
    match x {
        x if x < 1.0 => format!("{x:.2}"),
        x if x < 10.0 => format!("{x:.1}"),
        x => format!("{x:.0}"),
    }
}

/// An amount of memory.
pub(super) fn bytes(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB"];
    let power = ((bytes.max(1.0).log2() / 10.0) as usize).min(3);
    let (size, unit) = (bytes / 1024f64.powi(power as i32), units[power]);
    if power == 0 { format!("about {size:.0} B") } else { format!("about {size:.1} {unit}") }
}

/// A value of an axis: as it was written where that is short.
pub(super) fn short(x: f64) -> String {
    let plain = x.to_string();
    if plain.len() <= 8 { plain } else { number(x) }
}

/// Six significant digits without trailing zeros, in exponent form where that is shorter.
pub fn number(x: f64) -> String {
    if x.is_nan() {
        return "not known".into();
    }
    // 999999.5 has six digits before it becomes a million; adding 0 leaves no negative zero.
    let written = format!("{:.5e}", x + 0.0);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match exponent {
        -4..7 => {
            let decimals = (5 - exponent).max(0) as usize;
            trimmed(&format!("{:.decimals$}", written.parse().unwrap_or(x)))
        }
        _ => format!("{}e{exponent}", trimmed(mantissa)),
    }
}

/// A decimal number without trailing zeros.
fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').into(),
        false => text.into(),
    }
}

/// A time in its unit: "40 us", "40/g".
pub(super) fn time(x: f64, unit: &Unit) -> String {
    if x.is_nan() { number(x) } else { time_of_text(&number(x), unit) }
}

/// The same for a number that is written already.
pub(super) fn time_of_text(number: &str, unit: &Unit) -> String {
    match unit.symbol.strip_prefix('1') {
        _ if unit.symbol.is_empty() => number.into(),
        Some(over) => format!("{number}{over}"),
        None => format!("{number} {}", unit.symbol),
    }
}

/// A number that may not exist.
pub(super) fn known(x: Option<f64>) -> String {
    x.map_or("none".into(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_axes_stand_as_written_where_that_is_short() {
        for (x, expected) in [
            (0.5, "0.5"),
            (100_000.0, "100000"),
            (-0.001, "-0.001"),
            (12_345_678.0, "12345678"),
            (123_456_789.0, "1.23457e8"),
            (0.123_456, "0.123456"),
            (0.123_456_7, "0.123457"),
            (0.1 + 0.2, "0.3"),
            (1e-12, "1e-12"),
        ] {
            assert_eq!(short(x), expected);
        }
    }

    #[test]
    fn numbers_have_six_digits() {
        for (x, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-0.5, "-0.5"),
            (2.0 / 3.0, "0.666667"),
            (1e-4, "0.0001"),
            (9.9e-5, "9.9e-5"),
            (123.456_789, "123.457"),
            (999_999.96, "1000000"),
            (9_999_990.0, "9999990"),
            (1e7, "1e7"),
            (-2.5e-300, "-2.5e-300"),
            (f64::NAN, "not known"),
        ] {
            assert_eq!(number(x), expected);
            assert_eq!(known(Some(x)), expected);
        }
        assert_eq!(known(None), "none");
    }

    #[test]
    fn times_carry_their_unit() {
        let of = |symbol: &str| time(2.5, &Unit { symbol: symbol.into(), factor: 1.0 });
        assert_eq!(["us", "1/g", "s", ""].map(of), ["2.5 us", "2.5/g", "2.5 s", "2.5"]);
    }

    #[test]
    fn durations_and_memory_have_their_units() {
        let times = [0.99, 1.0, 119.0, 120.0, 7199.0, 7200.0, 36_000.0].map(duration);
        let expected = [
            "less than a second",
            "about 1 s",
            "about 119 s",
            "about 2 min",
            "about 120 min",
            "about 2 h",
            "about 10 h",
        ];
        assert_eq!(times, expected);
        let sizes = [0.0, 1023.0, 1024.0, 1.5 * 1024.0 * 1024.0, 1024f64.powi(3), 1024f64.powi(5)].map(bytes);
        let expected = ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "1.0 GiB", "1048576.0 GiB"];
        assert_eq!(sizes, expected.map(|size| format!("about {size}")));
    }
}
