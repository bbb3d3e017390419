//! Numbers for people.

/// How long a run will take, roughly.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "less than a second".into(),
        s if s < 120.0 => format!("about {s:.0} s"),
        s if s < 7200.0 => format!("about {:.0} min", s / 60.0),
        s => format!("about {:.0} h", s / 3600.0),
    }
}

/// An amount of memory.
pub(super) fn bytes(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB"];
    let power = ((bytes.max(1.0).log2() / 10.0) as usize).min(3);
    format!("about {:.1} {}", bytes / 1024f64.powi(power as i32), units[power])
}

/// A value of an axis: as it was written where that is short.
pub(super) fn short(x: f64) -> String {
    let plain = x.to_string();
    if plain.len() <= 8 { plain } else { number(x) }
}

/// Six significant digits, in exponent form where that is shorter.
pub(super) fn number(x: f64) -> String {
    if x.is_nan() {
        return "not known".into();
    }
    if x == 0.0 || (1e-4..1e7).contains(&x.abs()) {
        let digits = if x == 0.0 { 1 } else { (5 - x.abs().log10().floor() as i32).max(0) as usize };
        format!("{x:.digits$}")
    } else {
        format!("{x:.5e}")
    }
}

/// A number that may not exist.
pub(super) fn known(x: Option<f64>) -> String {
    x.map_or("none".into(), number)
}
