//! Units: a reference frequency makes everything dimensionless.
//!
//! x Hz (kHz, MHz, ...) always means cycles, 2 pi x rad/s, for frequencies, detunings and couplings alike; rad/s and
//! 1/s are angular. Rates of decay and dephasing take 1/s (1/ms, 1/us, 1/ns) only, times take s, ms, us, ns, ps, min, h.

use std::f64::consts::TAU;

use crate::keys;

/// What a value measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Frequency,
    Rate,
    Time,
    Temperature,
}

/// k_B/hbar in rad/s per kelvin, exact by the definition of the units.
const KELVIN: f64 = 1.380_649e-23 / (6.626_070_15e-34 / TAU);

impl Dimension {
    pub(crate) fn allowed(self) -> &'static str {
        match self {
            Dimension::Frequency => {
                "Hz, kHz, MHz, GHz, THz (cycles), rad/s, krad/s, Mrad/s, Grad/s or 1/s (angular)"
            }
            Dimension::Rate => "1/s, 1/ms, 1/us, 1/ns or 1/ps (Hz would mean cycles)",
            Dimension::Time => "s, ms, us, ns, ps, min or h",
            Dimension::Temperature => "K, mK or uK (k_B T/hbar in units of the reference)",
        }
    }

    pub(crate) fn example(self) -> &'static str {
        match self {
            Dimension::Frequency => "\"5 GHz\"",
            Dimension::Rate => "\"3 1/us\"",
            Dimension::Time => "\"2 us\"",
            Dimension::Temperature => "\"50 mK\"",
        }
    }
}

/// Splits "5 GHz" into its number and unit.
pub(crate) fn split(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let (number, unit) = text.split_once(char::is_whitespace).or_else(|| {
        let at = text.find(|c: char| c.is_alphabetic() && c != 'e' && c != 'E')?;
        Some(text.split_at(at))
    })?;
    Some((number.trim().parse().ok()?, unit.trim()))
}

/// A number in rad/s, 1/s or s; `None` when the unit does not measure `dimension`. Equal quantities are equal numbers: prefixes move
/// the decimal point of what was written, and nothing is rounded twice.
pub(crate) fn measured(number: f64, unit: &str, dimension: Dimension) -> Option<f64> {
    let (power, factor) = factor(unit, dimension)?;
    Some(shifted(number, power) * factor)
}

/// x times 10^power, as if it had been written so.
fn shifted(x: f64, power: i32) -> f64 {
    let written = format!("{x:e}");
    let moved = written.split_once('e').and_then(|(digits, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        format!("{digits}e{}", exponent + power).parse().ok()
    });
    // Infinity has no exponent, and stays.
    moved.unwrap_or(x)
}

/// The factor to rad/s, 1/s or s, as a power of ten and the rest.
fn factor(unit: &str, dimension: Dimension) -> Option<(i32, f64)> {
    let prefixed = |base: &str, table: &[(&str, i32)]| {
        table.iter().find(|(prefix, _)| unit == format!("{prefix}{base}")).map(|(_, power)| *power)
    };
    let large = [("", 0), ("m", -3), ("k", 3), ("M", 6), ("G", 9), ("T", 12)];
    let small = [("", 0), ("m", -3), ("u", -6), ("µ", -6), ("μ", -6), ("n", -9), ("p", -12)];
    let per_time = || {
        let (power, factor) = unit.strip_prefix("1/").and_then(|time| self::factor(time, Dimension::Time))?;
        Some((-power, 1.0 / factor))
    };
    match dimension {
        Dimension::Frequency => {
            let cycles = prefixed("Hz", &large).map(|power| (power, TAU));
            cycles.or_else(|| prefixed("rad/s", &large).map(|power| (power, 1.0))).or_else(per_time)
        }
        Dimension::Rate => per_time(),
        Dimension::Time => match unit {
            "min" => Some((0, 60.0)),
            "h" => Some((0, 3600.0)),
            _ => prefixed("s", &small).map(|power| (power, 1.0)),
        },
        Dimension::Temperature => prefixed("K", &small).map(|power| (power, KELVIN)),
    }
}

/// Every unit of these, the usual ones first.
fn units(dimension: Dimension) -> Vec<String> {
    let with = |prefixes: &[&str], base: &str| -> Vec<String> {
        prefixes.iter().map(|prefix| format!("{prefix}{base}")).collect()
    };
    let large = ["", "M", "G", "k", "T", "m"];
    let times = || [with(&["", "u", "n", "m", "p"], "s"), with(&["min", "h"], "")].concat();
    let rates = || times().iter().map(|time| format!("1/{time}")).collect::<Vec<_>>();
    match dimension {
        Dimension::Frequency => [with(&large, "Hz"), with(&large, "rad/s"), rates()].concat(),
        Dimension::Rate => rates(),
        Dimension::Time => times(),
        Dimension::Temperature => with(&["", "m", "u"], "K"),
    }
}

/// "did you mean `near`?" for what measures nothing at all: the unit that differs in capitals only, else one much like it.
pub(crate) fn did_you_mean(unit: &str, dimension: Dimension) -> Option<String> {
    use Dimension::{Frequency, Rate, Temperature, Time};
    if [Frequency, Rate, Time, Temperature].iter().any(|other| factor(unit, *other).is_some()) {
        return None;
    }
    let units = units(dimension);
    match units.iter().find(|near| near.eq_ignore_ascii_case(unit)) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => keys::did_you_mean(unit, units.iter().map(String::as_str), '`'),
    }
}

/// An angle in radians: "90 deg", "pi", "-pi/2", "2 pi" or "1.5 rad".
pub(crate) fn angle(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some((number, unit)) = split(text) {
        match unit {
            "deg" => return Some(number.to_radians()),
            "rad" => return Some(number),
            _ => {}
        }
    }
    let (before, after) = text.split_once("pi")?;
    let factor = match before.trim().trim_end_matches('*').trim() {
        "" => 1.0,
        "-" => -1.0,
        number => number.parse().ok()?,
    };
    let divisor = match after.trim() {
        "" => 1.0,
        over => over.strip_prefix('/')?.trim().parse::<f64>().ok().filter(|x| *x != 0.0)?,
    };
    Some(factor * std::f64::consts::PI / divisor).filter(|angle| angle.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_read() {
        use std::f64::consts::PI;
        for (text, radians) in
            [("pi", PI), ("-pi/2", -PI / 2.0), ("3 pi / 4", 3.0 * PI / 4.0), ("2*pi", 2.0 * PI)]
        {
            assert_eq!(angle(text), Some(radians), "{text}");
        }
        assert!((angle("90 deg").unwrap() - PI / 2.0).abs() < 1e-15);
        assert_eq!(angle("1.5 rad"), Some(1.5));
        for text in ["", "pie", "pi/0", "90", "deg", "x pi"] {
            assert_eq!(angle(text), None, "{text}");
        }
    }

    #[test]
    fn a_kelvin_is_20_8_gigahertz() {
        let kelvin = measured(1.0, "K", Dimension::Temperature).unwrap() / TAU;
        assert!((kelvin - 20.836_619e9).abs() < 1e3);
    }

    #[test]
    fn hertz_are_cycles_and_rates_are_not() {
        let one = |unit, dimension| measured(1.0, unit, dimension);
        assert_eq!(one("GHz", Dimension::Frequency), Some(TAU * 1e9));
        assert_eq!(one("Mrad/s", Dimension::Frequency), Some(1e6));
        assert_eq!(one("Hz", Dimension::Rate), None);
        assert_eq!(one("1/us", Dimension::Rate), Some(1e6));
        assert_eq!(one("GHz", Dimension::Time), None);
    }

    #[test]
    fn equal_quantities_are_equal_numbers() {
        for x in [5.1, 0.3, 4.999_999_7, 1e-9, 7e20, -0.07, 0.0] {
            let hertz = measured(x, "GHz", Dimension::Frequency);
            for (number, unit) in [
                (shifted(x, 3), "MHz"),
                (shifted(x, 6), "kHz"),
                (shifted(x, 9), "Hz"),
                (shifted(x, -3), "THz"),
            ] {
                assert_eq!(measured(number, unit, Dimension::Frequency), hertz, "{x} {unit}");
            }
            assert_eq!(
                measured(x, "1/us", Dimension::Rate),
                measured(shifted(x, 3), "1/ms", Dimension::Rate)
            );
            assert_eq!(measured(x, "us", Dimension::Time), measured(shifted(x, 3), "ns", Dimension::Time));
        }
        assert_eq!((shifted(5.1, 9), shifted(1.0, 400), shifted(1.0, -400)), (5.1e9, f64::INFINITY, 0.0));
        assert_eq!(shifted(f64::INFINITY, 3), f64::INFINITY);
    }

    #[test]
    fn numbers_and_units_separate() {
        assert_eq!(split("5 GHz"), Some((5.0, "GHz")));
        assert_eq!(split("1e-3s"), Some((1e-3, "s")));
        assert_eq!(split("2.5 1/us"), Some((2.5, "1/us")));
        assert_eq!(split("fast"), None);
    }
}
