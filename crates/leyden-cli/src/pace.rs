//! How fast points of a sweep are done, and when the last one will be.

use std::time::Duration;

use leyden_results::summary;

/// Points, and time, that a rate needs.
const FEWEST: usize = 3;
const SHORTEST: Duration = Duration::from_secs(1);

/// "12 of 400 points, 35/s, about 11 s left" of what is called `one`, where `new` of the `done` were computed since the begin of this run.
pub(crate) fn pace(one: &str, done: usize, new: usize, total: usize, since: Duration) -> String {
    let mut said = format!("{done} of {total} {one}s");
    if new >= FEWEST && since >= SHORTEST && done < total {
        let rate = new as f64 / since.as_secs_f64();
        let left = summary::duration((total - done) as f64 / rate);
        said += &format!(", {}, {left} left", spoken(rate, one));
    }
    said
}

/// A rate with two or three digits of what is called `one`.
pub(crate) fn spoken(rate: f64, one: &str) -> String {
    match rate {
        r if r >= 1000.0 => {
            let digits = 10f64.powi(r.log10() as i32 - 2);
            format!("{:.0}/s", (r / digits).round() * digits)
        }
        r if r >= 9.95 => format!("{r:.0}/s"),
        r if r >= 1.0 => format!("{r:.1}/s"),
        r if 1.0 / r < 9.95 => format!("{:.1} s per {one}", 1.0 / r),
        r if 1.0 / r < 120.0 => format!("{:.0} s per {one}", 1.0 / r),
        r => format!("{:.0} min per {one}", 1.0 / r / 60.0),
    }
}

/// How long something took.
pub(crate) fn took(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0 if seconds < 0.01 => format!("{:.1} ms", 1e3 * seconds),
        0 => format!("{:.0} ms", 1e3 * seconds),
        1..100 => format!("{seconds:.1} s"),
        s @ 100..7200 => format!("{} min {} s", s / 60, s % 60),
        s => format!("{} h {} min", s / 3600, s / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_no_estimate_until_it_is_one() {
        let seconds = Duration::from_secs_f64;
        assert_eq!(pace("point", 12, 12, 400, seconds(0.34)), "12 of 400 points");
        assert_eq!(pace("point", 12, 2, 400, seconds(5.0)), "12 of 400 points");
        assert_eq!(pace("point", 50, 50, 400, seconds(1.43)), "50 of 400 points, 35/s, about 10 s left");
        assert_eq!(pace("run", 3, 3, 6, seconds(60.0)), "3 of 6 runs, 20 s per run, about 60 s left");
        // Points of earlier runs do not count for the rate.
        assert_eq!(pace("point", 370, 20, 400, seconds(20.0)), "370 of 400 points, 1.0/s, about 30 s left");
        assert_eq!(pace("point", 400, 400, 400, seconds(9.0)), "400 of 400 points");
    }

    #[test]
    fn rates_have_few_digits() {
        for (rate, expected) in [
            (12_345.6, "12300/s"),
            (1000.0, "1000/s"),
            (102.0454, "102/s"),
            (35.2, "35/s"),
            (9.96, "10/s"),
            (2.34, "2.3/s"),
            (0.4, "2.5 s per point"),
            (1.0 / 42.0, "42 s per point"),
            (1.0 / 300.0, "5 min per point"),
        ] {
            assert_eq!(spoken(rate, "point"), expected);
        }
    }

    #[test]
    fn times_have_their_units() {
        let said = [0.0004, 0.0123, 11.24, 125.0, 7384.0].map(|s| took(Duration::from_secs_f64(s)));
        assert_eq!(said, ["0.4 ms", "12 ms", "11.2 s", "2 min 5 s", "2 h 3 min"]);
    }
}
