//! Samples of a function as a table: two columns x, y, separated by a comma, no header.

use leyden::lindblad::Samples;

/// Reads a table.
///
/// # Errors
/// The line that is no pair of numbers, or out of order.
pub fn samples(table: &str) -> Result<Samples, String> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (k, line) in table.trim_start_matches('\u{feff}').lines().enumerate() {
        let (number, line) = (k + 1, line.trim());
        if line.is_empty() {
            continue;
        }
        let columns: Vec<&str> = line.split(',').map(str::trim).collect();
        let numbers: Vec<f64> = columns.iter().filter_map(|column| column.parse().ok()).collect();
        let short: String = line.chars().take(40).collect();
        let (&[x, y], 2) = (numbers.as_slice(), columns.len()) else {
            let header = if k == 0 { "; the file has no header" } else { "" };
            return Err(format!(
                "line {number} must hold two numbers, x and y with a comma, but is `{short}`{header}"
            ));
        };
        if !(x.is_finite() && y.is_finite()) {
            return Err(format!("line {number} must hold finite numbers, but is `{short}`"));
        }
        if let Some((before, _)) = points.last().filter(|(before, _)| *before >= x) {
            return Err(format!("x must increase, but {x} in line {number} follows {before}"));
        }
        points.push((x, y));
    }
    Samples::new(&points).ok_or_else(|| format!("it must hold at least two lines, but has {}", points.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_or_refused_with_their_line() {
        let read = samples("\u{feff}0, 1\r\n0.5,2\n\n 1e0 , -3 \n").unwrap();
        assert_eq!(read.points(), [(0.0, 1.0), (0.5, 2.0), (1.0, -3.0)]);
        for (table, phrase) in [
            (
                "t,f\n0,1\n",
                "line 1 must hold two numbers, x and y with a comma, but is `t,f`; the file has no header",
            ),
            ("0,1\n1,2,3\n", "line 2 must"),
            ("0,1\n1 2\n", "line 2 must"),
            ("0,1\n1,inf\n", "line 2 must hold finite"),
            ("0,1\n0,2\n", "x must increase, but 0 in line 2 follows 0"),
            ("0,1\n", "at least two lines, but has 1"),
            ("", "at least two lines, but has 0"),
        ] {
            let error = samples(table).unwrap_err();
            assert!(error.contains(phrase), "{table}: {error}");
        }
    }
}
