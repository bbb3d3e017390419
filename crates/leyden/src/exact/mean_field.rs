//! What a lossless cavity of nu T photons and a ladder of T + 1 levels become for many of both: classical fields.
//!
//! H = g (a J^+ + a^dag J^-) on resonance, the cells in their ground states, nbar = nu T photons in the cavity (Fock or coherent: the phase turns
//! the cells as a whole). With n = T sin^2(theta/2) and a^dag a = nbar - n the equations are those of a pendulum, whose solution is
//!   E_B/(omega T) = min(1, nu) sn^2(g sqrt(max(nbar, T)) t | m),   m = min(nu, 1/nu) the parameter (not the modulus),
//! and tanh^2(g sqrt(T) t) for nu = 1: as many photons as cells, and complete charging only as t -> infinity. Corrections are of order 1/T
//! as long as g sqrt(T) t stays below about ln(T)/2. The average power is largest where 2 s cn(s) dn(s) = sn(s): for nu = 1 at
//! s = 1.0886594925, 0.5825829084 g omega T^{3/2}.
//!
//! Sources: @tavis1968; @bonifacio1970. sn by the descending Landen
//! transformation, @abramowitz1964, 16.4.

use crate::merit::MaximumPower;
use crate::numerics::bisect;

/// Ratios of photons to cells as close to 1 as this are 1.
const EQUAL: f64 = 1e-12;

/// The classical charging of many cells by many photons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    /// The largest energy, omega min(nbar, T).
    pub energy: f64,
    /// g sqrt(max(nbar, T)).
    pub rate: f64,
    /// m of sn.
    pub parameter: f64,
}

impl MeanField {
    /// Of cells with `top` excitations of `omega` at most, coupled by g to `photons` photons; `None` where there is nothing to move.
    pub fn new(top: f64, photons: f64, coupling: f64, omega: f64) -> Option<Self> {
        let (less, more) = (top.min(photons), top.max(photons));
        let ratio = less / more;
        let parameter = if 1.0 - ratio < EQUAL { 1.0 } else { ratio };
        let moves = less > 0.0 && more.is_finite() && coupling != 0.0;
        moves.then(|| MeanField { energy: omega * less, rate: coupling.abs() * more.sqrt(), parameter })
    }

    /// E_B at time t.
    pub fn at(&self, t: f64) -> f64 {
        self.energy * elliptic(self.rate * t, self.parameter).0.powi(2)
    }

    /// The largest E_B/t.
    pub fn largest_power(&self) -> MaximumPower {
        let falls = |s: f64| {
            let (sn, cn, dn) = elliptic(s, self.parameter);
            2.0 * s * cn * dn < sn
        };
        // s = 1.17 for m = 0 and 1.09 for m = 1.
        let (s, _) = bisect(0.5, 1.5, 60, falls);
        let sn = elliptic(s, self.parameter).0;
        MaximumPower { value: self.energy * self.rate * sn * sn / s, time: s / self.rate }
    }
}

/// sn, cn and dn of u for the parameter 0 <= m <= 1.
fn elliptic(u: f64, m: f64) -> (f64, f64, f64) {
    if m == 1.0 {
        return (u.tanh(), 1.0 / u.cosh(), 1.0 / u.cosh());
    }
    let (mut a, mut b) = (1.0_f64, (1.0 - m).sqrt());
    let mut ratios = Vec::new();
    let mut c = m.sqrt();
    while c > 1e-16 * a && ratios.len() < 60 {
        (a, b, c) = (0.5 * (a + b), (a * b).sqrt(), 0.5 * (a - b));
        ratios.push(c / a);
    }
    let mut phase = 2.0_f64.powi(ratios.len() as i32) * a * u;
    for ratio in ratios.iter().rev() {
        phase = 0.5 * (phase + (ratio * phase.sin()).asin());
    }
    let (sn, cn) = phase.sin_cos();
    (sn, cn, (1.0 - m * sn * sn).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elliptic_functions_of_many_parameters() {
        // mpmath, 20 digits.
        let cases = [
            (0.8, 0.5, 0.690_934_850_866_438_8),
            (2.7, 0.5, 0.806_976_989_565_485_8),
            (5.0, 0.9, 0.154_988_820_559_417_6),
            (0.8, 0.0, 0.717_356_090_899_522_8),
            (3.0, 1.0 - 1e-9, 0.995_054_753_928_094_6),
        ];
        for (u, m, expected) in cases {
            let (sn, cn, dn) = elliptic(u, m);
            assert!((sn - expected).abs() < 1e-14, "sn({u} | {m}) = {sn}");
            assert!((sn * sn + cn * cn - 1.0).abs() < 1e-15 && (dn * dn + m * sn * sn - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn as_many_photons_as_cells_charge_by_a_hyperbolic_tangent() {
        let law = MeanField::new(30.0, 30.0 * (1.0 - 1e-14), 2.0, 1.5).unwrap();
        let t = 0.8 / (2.0 * 30.0_f64.sqrt());
        assert!((law.at(t) - 45.0 * 0.8_f64.tanh().powi(2)).abs() < 1e-12);
        let best = law.largest_power();
        let unit = 3.0 * 30.0_f64.powf(1.5);
        assert!((best.value / unit - 0.582_582_908_4).abs() < 1e-10, "{best:?}");
        assert!((best.time * 2.0 * 30.0_f64.sqrt() - 1.088_659_492_5).abs() < 1e-9, "{best:?}");
    }

    #[test]
    fn more_photons_than_cells_and_fewer() {
        // sn^2(0.8 | 1/2) = 0.477391 at g sqrt(nbar) t = 0.8, and half of it at g sqrt(T) t = 0.8.
        let square = 0.690_934_850_866_438_8_f64.powi(2);
        let many = MeanField::new(10.0, 20.0, 1.0, 1.0).unwrap();
        assert!((many.at(0.8 / 20.0_f64.sqrt()) - 10.0 * square).abs() < 1e-12);
        let few = MeanField::new(10.0, 5.0, 1.0, 1.0).unwrap();
        assert!((few.at(0.8 / 10.0_f64.sqrt()) - 5.0 * square).abs() < 1e-12);
        // Very many photons are a drive: Rabi oscillations, tan s = 2 s.
        let drive = MeanField::new(1.0, 1e12, 1.0, 1.0).unwrap().largest_power();
        assert!((drive.value / 1e6 - 0.724_611_353_8).abs() < 1e-9, "{drive:?}");
        assert_eq!(MeanField::new(10.0, 0.0, 1.0, 1.0), None);
        assert_eq!(MeanField::new(10.0, 10.0, 0.0, 1.0), None);
    }
}
