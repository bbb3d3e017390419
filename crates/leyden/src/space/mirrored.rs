//! Batteries whose states a permutation of levels leaves as they are.
//!
//! With P^2 = 1 and P rho P = rho, rho has no entry between the states that P keeps and those whose sign it changes,
//!   |x>_+ = |x> for Px = x,   |x>_+- = (|x> +- |Px>)/sqrt(2) for x < Px,
//! so that its eigenvalues are those of two blocks, of about half as many levels each:
//!   _+-<x|rho|y>_+- = rho_xy +- rho_{x,Py},   _+<x|rho|y>_+ = sqrt(2) rho_xy and rho_xy where one and where both of x, y stay.

use super::BatterySpace;
use crate::numerics::Spectra;
use crate::operator::Hermitian;

/// The sign and one level of every |x>_+ and |x>_-; all levels where there is no mirror.
pub(crate) struct Halves(Vec<(f64, Vec<usize>)>);

impl BatterySpace {
    /// The same where every state stays as it is when levels become these, twice applied all levels; of one sector.
    pub(crate) fn mirrored(self, mirror: Vec<usize>) -> Self {
        debug_assert!(self.sectors.len() == 1 && mirror.iter().enumerate().all(|(x, &y)| mirror[y] == x));
        BatterySpace { mirror: Some(mirror), ..self }
    }

    /// Whether permuted levels leave states as they are.
    pub(crate) fn is_mirrored(&self) -> bool {
        self.mirror.is_some()
    }

    /// Matrices that have the eigenvalues of a state of a sector on some of its levels, which hold the mirror images of each other.
    pub(crate) fn blocks(&self, rho: &Hermitian, levels: &[usize]) -> impl Iterator<Item = Hermitian> {
        self.halves(levels).0.into_iter().map(move |(sign, states)| {
            let mut s = Vec::with_capacity(states.len() * states.len());
            for &x in &states {
                s.extend(states.iter().map(|&y| self.entry(rho, sign, x, y)));
            }
            Hermitian::from_s(states.len(), s)
        })
    }

    /// Adds matrices that together have the singular values of what a state of a sector has between some of its levels and others, with both signs.
    pub(crate) fn add_between(&self, rho: &Hermitian, rows: &Halves, columns: &Halves, to: &mut Spectra) {
        for ((sign, rows), (_, columns)) in rows.0.iter().zip(&columns.0) {
            to.add_both_signs(rows.len(), columns.len(), |i, j| {
                let (x, y) = (rows[i], columns[j]);
                let (a, b) = (self.entry(rho, *sign, x, y), self.entry(rho, *sign, y, x));
                (0.5 * (a + b), 0.5 * (a - b))
            });
        }
    }

    /// Some levels, which hold the mirror images of each other.
    pub(crate) fn halves(&self, levels: &[usize]) -> Halves {
        let Some(mirror) = &self.mirror else { return Halves(vec![(1.0, levels.to_vec())]) };
        let half = |sign: f64| {
            let chosen = |x: &usize| *x < mirror[*x] || (sign > 0.0 && *x == mirror[*x]);
            (sign, levels.iter().copied().filter(chosen).collect())
        };
        Halves(vec![half(1.0), half(-1.0)])
    }

    /// S between two states of the half with this sign.
    #[inline]
    fn entry(&self, rho: &Hermitian, sign: f64, x: usize, y: usize) -> f64 {
        let row = &rho.s()[x * rho.dim()..(x + 1) * rho.dim()];
        let Some(mirror) = &self.mirror else { return row[y] };
        match (mirror[x] == x, mirror[y] == y) {
            (true, true) => row[y],
            (false, false) => row[y] + sign * row[mirror[y]],
            _ => std::f64::consts::SQRT_2 * row[y],
        }
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
                let mut values = Hermitian::eigenvalues_of(&space.blocks(&rho, &levels).collect::<Vec<_>>());
                values.sort_by(f64::total_cmp);
                values
            };
            let (a, b) = (sorted(&plain), sorted(&mirrored));
            assert!(a.len() == levels.len() && a.len() == b.len());
            assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-14), "{a:?} {b:?}");
        }
    }

    #[test]
    fn two_blocks_have_all_singular_values() {
        // Seven levels, one of which stays; groups of three and four, and what is between them.
        let mirror = vec![1, 0, 2, 5, 6, 3, 4];
        let mut random = fastrand::Rng::with_seed(8);
        let any: Vec<f64> = (0..49).map(|_| random.f64() - 0.5).collect();
        let s = (0..49).map(|p| any[p] + any[mirror[p / 7] * 7 + mirror[p % 7]]).collect();
        let rho = Hermitian::from_s(7, s);
        let plain = BatterySpace::of_levels(vec![0.0; 7]);
        let mirrored = plain.clone().mirrored(mirror);
        let (rows, columns) = ([0, 1, 2], [3, 4, 5, 6]);
        let [a, b] = [&plain, &mirrored].map(|space| {
            let mut spectra = Spectra::default();
            space.add_between(&rho, &space.halves(&rows), &space.halves(&columns), &mut spectra);
            spectra.trace_norm()
        });
        let between = faer::Mat::from_fn(3, 4, |i, j| rho.get(rows[i], columns[j]));
        let expected: f64 = between.singular_values().unwrap().iter().sum();
        assert!((a - expected).abs() < 1e-14 && (b - expected).abs() < 1e-14, "{a} {b} {expected}");
    }
}
