//! How figures of merit grow with the number of cells: fits.
//!
//! *Asymptotic freedom*, R = ergotropy/E_B = 1 - a/N: least squares of 1 - R = a/N over the given N,
//!   a = sum (1 - R)/N / sum 1/N^2.
//! *Powers*, y = b x^s: the straight line ln y = ln b + s ln x of least squares.
//! A fit says nothing outside of its range, which is returned with it.

/// 1 - R = a/N.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FreedomFit {
    /// a.
    pub a: f64,
    /// Smallest and largest N.
    pub range: (f64, f64),
    /// Root of the mean squared difference between 1 - R and a/N.
    pub residual: f64,
}

/// y = prefactor x^exponent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerFit {
    /// Slope of ln y against ln x.
    pub exponent: f64,
    /// y at x = 1.
    pub prefactor: f64,
    /// Smallest and largest slope of ln y against ln x between neighbours.
    pub local: (f64, f64),
    /// Smallest and largest x.
    pub range: (f64, f64),
    /// Root of the mean squared difference between ln y and the line.
    pub residual: f64,
}

/// Fits 1 - R = a/N to ratios R of N = `cells`.
///
/// `None` without data, with lists of different lengths, N that are not positive, or numbers that are not finite.
pub fn fit_freedom(cells: &[f64], ratios: &[f64]) -> Option<FreedomFit> {
    let range = range_of(cells, ratios, 1)?;
    if !ratios.iter().all(|r| r.is_finite()) {
        return None;
    }
    let pairs = || cells.iter().zip(ratios).map(|(n, r)| (1.0 / n, 1.0 - r));
    let a = pairs().map(|(x, y)| x * y).sum::<f64>() / pairs().map(|(x, _)| x * x).sum::<f64>();
    let residual = root_mean_square(pairs().map(|(x, y)| y - a * x), cells.len());
    Some(FreedomFit { a, range, residual })
}

/// Fits y = prefactor x^exponent to positive numbers.
///
/// `None` with lists of different lengths, numbers that are not positive and finite, or fewer than two different x.
pub fn fit_power(x: &[f64], y: &[f64]) -> Option<PowerFit> {
    let range = range_of(x, y, 2)?;
    if !(range.0 < range.1 && y.iter().all(|y| *y > 0.0 && y.is_finite())) {
        return None;
    }
    let count = x.len() as f64;
    let pairs = || x.iter().zip(y).map(|(x, y)| (x.ln(), y.ln()));
    let (mean_x, mean_y) =
        (pairs().map(|(x, _)| x).sum::<f64>() / count, pairs().map(|(_, y)| y).sum::<f64>() / count);
    let exponent = pairs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>()
        / pairs().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    let offset = mean_y - exponent * mean_x;
    let residual = root_mean_square(pairs().map(|(x, y)| y - offset - exponent * x), x.len());
    let slopes = local_exponents(x, y).into_iter().map(|(_, slope)| (slope, slope));
    let local = slopes.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    Some(PowerFit { exponent, prefactor: offset.exp(), local, range, residual })
}

/// d ln y/d ln x between neighbours, at the geometric mean of their x; pairs that are not positive and finite are left out.
pub fn local_exponents(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    let usable = |x: f64| x > 0.0 && x.is_finite();
    let pairs = x.iter().copied().zip(y.iter().copied());
    let mut known: Vec<(f64, f64)> = pairs.filter(|(x, y)| usable(*x) && usable(*y)).collect();
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    known.dedup_by(|a, b| a.0 == b.0);
    let slope = |p: &[(f64, f64)]| {
        let [(a, c), (b, d)] = [p[0], p[1]];
        ((a * b).sqrt(), (d / c).ln() / (b / a).ln())
    };
    known.windows(2).map(slope).collect()
}

/// Smallest and largest of at least `least` positive abscissae.
fn range_of(x: &[f64], y: &[f64], least: usize) -> Option<(f64, f64)> {
    let usable = x.len() == y.len() && x.len() >= least && x.iter().all(|x| *x > 0.0 && x.is_finite());
    usable
        .then(|| x.iter().fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), &x| (low.min(x), high.max(x))))
}

fn root_mean_square(differences: impl Iterator<Item = f64>, count: usize) -> f64 {
    (differences.map(|d| d * d).sum::<f64>() / count as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_laws_come_back() {
        let cells = [3.0, 10.0, 50.0, 2000.0];
        let fit = fit_freedom(&cells, &cells.map(|n| 1.0 - 1.37 / n)).unwrap();
        assert!((fit.a - 1.37).abs() < 1e-13 && fit.residual < 1e-15 && fit.range == (3.0, 2000.0));
        let fit = fit_power(&cells, &cells.map(|n: f64| 0.2 * n.powf(-1.5))).unwrap();
        assert!((fit.exponent + 1.5).abs() < 1e-13 && (fit.prefactor - 0.2).abs() < 1e-13);
        assert!(fit.residual < 1e-14 && fit.range == (3.0, 2000.0));
    }

    #[test]
    fn least_squares_by_hand() {
        // 1 - R = 1, 0 at 1/N = 1, 1/2: a = 1/(1 + 1/4), differences 1/5 and -2/5.
        let fit = fit_freedom(&[1.0, 2.0], &[0.0, 1.0]).unwrap();
        assert!((fit.a - 0.8).abs() < 1e-15 && (fit.residual - 0.1_f64.sqrt()).abs() < 1e-15);
        // ln y = 0, 1, 0 at ln x = 0, 1, 2: the line is flat at 1/3.
        let e = std::f64::consts::E;
        let fit = fit_power(&[1.0, e, e * e], &[1.0, e, 1.0]).unwrap();
        assert!(fit.exponent.abs() < 1e-15 && (fit.prefactor.ln() - 1.0 / 3.0).abs() < 1e-15);
        assert!((fit.residual - (2.0_f64 / 9.0).sqrt()).abs() < 1e-15);
        assert!((fit.local.0 + 1.0).abs() < 1e-15 && (fit.local.1 - 1.0).abs() < 1e-15);
        // In any order, without what has no logarithm.
        let local = local_exponents(&[4.0, 1.0, 2.0, 16.0, 3.0], &[32.0, 1.0, 2.0, 32.0, -1.0]);
        let expected = [(2.0_f64.sqrt(), 1.0), (8.0_f64.sqrt(), 4.0), (8.0, 0.0)];
        assert!(local.iter().zip(expected).all(|(a, b)| (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-15));
    }

    #[test]
    fn shortest_charging_times_of_one_to_three_cells() {
        // F = 0.5 g, shortest settling times over the dephasing rate: the published N^3.2 is a fit to these three.
        let fit = fit_power(&[1.0, 2.0, 3.0], &[1.910836, 11.352555, 72.771338]).unwrap();
        assert!((fit.exponent - 3.233).abs() < 5e-4 && fit.range == (1.0, 3.0));
        // Four cells do not follow.
        let next = fit.prefactor * 4.0_f64.powf(fit.exponent);
        assert!(next < 0.4 * 546.4863);
    }

    #[test]
    fn what_cannot_be_fitted() {
        assert_eq!(fit_freedom(&[], &[]), None);
        assert_eq!(fit_freedom(&[1.0, 2.0], &[0.5]), None);
        assert_eq!(fit_freedom(&[0.0], &[0.5]), None);
        assert_eq!(fit_freedom(&[1.0], &[f64::NAN]), None);
        assert_eq!(fit_power(&[1.0], &[1.0]), None);
        assert_eq!(fit_power(&[2.0, 2.0], &[1.0, 3.0]), None);
        assert_eq!(fit_power(&[1.0, 2.0], &[1.0, 0.0]), None);
    }
}
