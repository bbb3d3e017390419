//! Bessel functions J_k(x) of all orders up to those that are rounding, by the recurrence downwards.
//!
//! J_{k-1} = (2k/x) J_k - J_{k+1}, normalised by J_0 + 2 sum_k J_{2k} = 1. Source: @dlmf, 10.74(iv), Miller's algorithm.

/// What counts as rounding.
const ROUNDING: f64 = 1e-18;

/// J_0(x), ..., up to the last that is not rounding.
pub(super) fn bessel(x: f64) -> Vec<f64> {
    if x == 0.0 {
        return vec![1.0];
    }
    // Beyond the turning point k = x they fall faster than exponentially.
    let last = (x + 30.0 + 12.0 * x.cbrt()) as usize / 2 * 2;
    let mut values = vec![0.0; last + 1];
    let (mut above, mut here, mut sum) = (0.0, 1e-300, 0.0);
    for k in (0..=last).rev() {
        values[k] = here;
        if k % 2 == 0 {
            sum += if k == 0 { here } else { 2.0 * here };
        }
        let below = 2.0 * k as f64 / x * here - above;
        (above, here) = (here, below);
        if here.abs() > 1e250 {
            (above, here, sum) = (1e-250 * above, 1e-250 * here, 1e-250 * sum);
            values[k..].iter_mut().for_each(|value| *value *= 1e-250);
        }
    }
    values.iter_mut().for_each(|value| *value /= sum);
    let kept = values.iter().rposition(|value| value.abs() > ROUNDING).map_or(1, |last| last + 1);
    values.truncate(kept);
    values
}

#[cfg(test)]
mod tests {
    use super::bessel;

    #[test]
    fn known_values_of_bessel_functions() {
        // mpmath 1.3, 30 digits.
        for (x, k, expected) in [
            (1.0, 0, 0.765_197_686_557_966_6),
            (1.0, 10, 2.630_615_123_687_453e-10),
            (30.0, 0, -0.086_367_983_581_040_21),
            (30.0, 25, 0.084_292_740_643_031_73),
            (120.0, 3, 0.009_404_539_121_233_909),
            (1e-3, 1, 4.999_999_375_000_026e-4),
        ] {
            let found = bessel(x)[k];
            assert!((found - expected).abs() < 1e-15, "J_{k}({x}) = {found}, not {expected}");
        }
        // What is left out is rounding: sum_k J_k^2 = 1, both signs of k.
        for x in [0.0, 0.3, 7.0, 100.0, 500.0] {
            let squares: f64 =
                bessel(x).iter().enumerate().map(|(k, j)| if k == 0 { j * j } else { 2.0 * j * j }).sum();
            assert!((squares - 1.0).abs() < 1e-13, "{x}: {squares}");
        }
    }
}
