//! Batteries whose states a permutation of levels leaves as they are.
//!
//! With P^2 = 1 and P rho P = rho, rho has no entry between the states that P keeps and those whose sign it changes,
//!   |x>_+ = |x> for Px = x,   |x>_+- = (|x> +- |Px>)/sqrt(2) for x < Px,
//! so that its eigenvalues are those of two blocks, of about half as many levels each:
//!   _+-<x|rho|y>_+- = rho_xy +- rho_{x,Py},   _+<x|rho|y>_+ = sqrt(2) rho_xy and rho_xy where one and where both of x, y stay.

use super::BatterySpace;
use crate::operator::Hermitian;

impl BatterySpace {
    /// The same where every state stays as it is when levels become these, twice applied all levels; of one sector.
    pub(crate) fn mirrored(self, mirror: Vec<usize>) -> Self {
        debug_assert!(self.sectors.len() == 1 && mirror.iter().enumerate().all(|(x, &y)| mirror[y] == x));
        BatterySpace { mirror: Some(mirror), ..self }
    }

    /// Eigenvalues of a state of a sector on some of its levels, which hold the mirror images of each other; in no order.
    pub(crate) fn eigenvalues(&self, rho: &Hermitian, levels: &[usize]) -> Vec<f64> {
        let n = rho.dim();
        let Some(mirror) = &self.mirror else {
            if levels.len() == n {
                return rho.eigenvalues();
            }
            let s = levels.iter().flat_map(|&i| levels.iter().map(move |&j| rho.s()[i * n + j])).collect();
            return Hermitian::from_s(levels.len(), s).eigenvalues();
        };
        let fixed = |x: usize| mirror[x] == x;
        let block = |sign: f64| {
            let chosen = |x: &usize| *x < mirror[*x] || (sign > 0.0 && fixed(*x));
            let states: Vec<usize> = levels.iter().copied().filter(chosen).collect();
            let of = |x: usize, y: usize| {
                let direct = rho.s()[x * n + y];
                match (fixed(x), fixed(y)) {
                    (true, true) => direct,
                    (false, false) => direct + sign * rho.s()[x * n + mirror[y]],
                    _ => std::f64::consts::SQRT_2 * direct,
                }
            };
            if states.is_empty() {
                return Vec::new();
            }
            let s = states.iter().flat_map(|&x| states.iter().map(move |&y| of(x, y))).collect();
            Hermitian::from_s(states.len(), s).eigenvalues()
        };
        [block(1.0), block(-1.0)].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_have_all_eigenvalues() {
        // Five levels, of which one stays; a complex state and its image.
        let mirror = vec![3, 4, 2, 0, 1];
        let mut random = fastrand::Rng::with_seed(5);
        let any: Vec<f64> = (0..25).map(|_| random.f64() - 0.5).collect();
        let s = (0..25).map(|p| any[p] + any[mirror[p / 5] * 5 + mirror[p % 5]]).collect();
        let rho = Hermitian::from_s(5, s);
        let plain = BatterySpace::of_levels(vec![0.0, 1.0, 2.0, 0.0, 1.0]);
        let mirrored = plain.clone().mirrored(mirror);
        for levels in [vec![0, 1, 2, 3, 4], vec![0, 3], vec![2]] {
            let sorted = |space: &BatterySpace| {
                let mut values = space.eigenvalues(&rho, &levels);
                values.sort_by(f64::total_cmp);
                values
            };
            let (a, b) = (sorted(&plain), sorted(&mirrored));
            assert!(a.len() == levels.len() && a.len() == b.len());
            assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-14), "{a:?} {b:?}");
        }
    }
}
