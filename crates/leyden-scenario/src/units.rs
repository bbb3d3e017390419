//! Units: a reference frequency makes everything dimensionless.
//!
//! x Hz (kHz, MHz, ...) always means cycles, 2 pi x rad/s, for frequencies, detunings and couplings alike; rad/s and
//! 1/s are angular. Rates of decay and dephasing take 1/s (1/ms, 1/us, 1/ns) only, times take s, ms, us, ns, ps, min, h.

use std::f64::consts::TAU;

/// What a value measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dimension {
    Frequency,
    Rate,
    Time,
}

impl Dimension {
    pub(crate) fn allowed(self) -> &'static str {
        match self {
            Dimension::Frequency => {
                "Hz, kHz, MHz, GHz, THz (cycles), rad/s, krad/s, Mrad/s, Grad/s or 1/s (angular)"
            }
            Dimension::Rate => "1/s, 1/ms, 1/us, 1/ns or 1/ps (Hz would mean cycles)",
            Dimension::Time => "s, ms, us, ns, ps, min or h",
        }
    }

    pub(crate) fn example(self) -> &'static str {
        match self {
            Dimension::Frequency => "\"5 GHz\"",
            Dimension::Rate => "\"3 1/us\"",
            Dimension::Time => "\"2 us\"",
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

/// The factor to rad/s, 1/s or s; `None` when the unit does not measure `dimension`.
pub(crate) fn factor(unit: &str, dimension: Dimension) -> Option<f64> {
    let prefixed = |base: &str, table: &[(&str, f64)]| {
        table.iter().find(|(prefix, _)| unit == format!("{prefix}{base}")).map(|(_, x)| *x)
    };
    let large = [("", 1.0), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12)];
    let small = [("", 1.0), ("m", 1e-3), ("u", 1e-6), ("µ", 1e-6), ("μ", 1e-6), ("n", 1e-9), ("p", 1e-12)];
    let per_time = || unit.strip_prefix("1/").and_then(|time| factor(time, Dimension::Time)).map(f64::recip);
    match dimension {
        Dimension::Frequency => {
            prefixed("Hz", &large).map(|x| TAU * x).or_else(|| prefixed("rad/s", &large)).or_else(per_time)
        }
        Dimension::Rate => per_time(),
        Dimension::Time => match unit {
            "min" => Some(60.0),
            "h" => Some(3600.0),
            _ => prefixed("s", &small),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hertz_are_cycles_and_rates_are_not() {
        assert_eq!(factor("GHz", Dimension::Frequency), Some(TAU * 1e9));
        assert_eq!(factor("Mrad/s", Dimension::Frequency), Some(1e6));
        assert_eq!(factor("Hz", Dimension::Rate), None);
        assert_eq!(factor("1/us", Dimension::Rate), Some(1.0 / 1e-6));
        assert_eq!(factor("GHz", Dimension::Time), None);
    }

    #[test]
    fn numbers_and_units_separate() {
        assert_eq!(split("5 GHz"), Some((5.0, "GHz")));
        assert_eq!(split("1e-3s"), Some((1e-3, "s")));
        assert_eq!(split("2.5 1/us"), Some((2.5, "1/us")));
        assert_eq!(split("fast"), None);
    }
}
