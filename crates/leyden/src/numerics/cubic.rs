//! The cubic through values and slopes at both ends of an interval.

/// x(m + x(c2 + x c3)), which rises by d on [0, 1] and has slopes m and n at the ends.
pub(crate) fn cubic(d: f64, m: f64, n: f64, x: f64) -> f64 {
    x * (m + x * (3.0 * d - 2.0 * m - n + x * (m + n - 2.0 * d)))
}
