//! Permutations of levels that change nothing: rows of S that are images of others need not be computed.
//!
//! Where P leaves H, the channels (as a set) and rho(0) as they are, Z(P rho P^T) = P Z(rho) P^T keeps P rho(t) P^T = rho(t), and S with it:
//!   S_{Pi,Pj} = S_ij.
//! So S' is computed in one row of every orbit of levels under the group of all these P; the other rows are copies of its numbers.

use super::pairs::Pairs;

/// Permutations of levels, as lists of images, that leave a generator and the states it acts on as they are.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    permutations: Vec<Vec<usize>>,
    /// Of every level that is an image: of which one, and where each other level goes on the way back to it.
    of: Vec<Option<(usize, Vec<u32>)>>,
}

impl Images {
    /// `None` where nothing is an image of something else.
    pub(crate) fn new(levels: usize, permutations: Vec<Vec<usize>>) -> Option<Self> {
        let mut of: Vec<Option<(usize, Vec<u32>)>> = vec![None; levels];
        let mut known = vec![false; levels];
        for first in 0..levels {
            if std::mem::replace(&mut known[first], true) {
                continue;
            }
            let mut orbit = vec![first];
            let mut done = 0;
            while let Some(&level) = orbit.get(done) {
                for permutation in &permutations {
                    let image = permutation[level];
                    if std::mem::replace(&mut known[image], true) {
                        continue;
                    }
                    orbit.push(image);
                    let mut back = vec![0; levels];
                    for (from, &to) in permutation.iter().enumerate() {
                        back[to] = match &of[level] {
                            None => from as u32,
                            Some((_, back)) => back[from],
                        };
                    }
                    of[image] = Some((first, back));
                }
                done += 1;
            }
        }
        of.iter().any(Option::is_some).then_some(Images { permutations, of })
    }

    /// The permutations that were given.
    pub(crate) fn permutations(&self) -> &[Vec<usize>] {
        &self.permutations
    }

    /// Levels that are no image of another one, increasing.
    pub(crate) fn first_levels(&self) -> Vec<usize> {
        (0..self.of.len()).filter(|&level| !self.is_image(level)).collect()
    }

    /// Whether the row of a level follows from another one.
    pub(super) fn is_image(&self, level: usize) -> bool {
        self.of[level].is_some()
    }

    /// The images of a level that is none itself, with where each other level goes on the way back.
    pub(super) fn of_level(&self, first: usize) -> impl Iterator<Item = (usize, &[u32])> {
        let images = self.of.iter().enumerate();
        images.filter_map(move |(level, of)| {
            let (of, back) = of.as_ref()?;
            (*of == first).then_some((level, back.as_slice()))
        })
    }

    /// (place, place that it equals) of every number in a row that is an image; `None` where such a place is not carried.
    pub(super) fn copies(&self, pairs: Option<&Pairs>) -> Option<Vec<(u32, u32)>> {
        let n = self.of.len();
        let numbers = pairs.map_or(n * n, Pairs::len);
        let at = |p: usize| pairs.map_or((p / n, p % n), |pairs| pairs.at(p));
        let index = |i: usize, j: usize| pairs.map_or(Some(i * n + j), |pairs| pairs.index(i, j));
        let copy = |p: usize| {
            let (i, j) = at(p);
            let (first, back) = self.of[i].as_ref()?;
            Some(index(*first, back[j] as usize).map(|from| (p as u32, from as u32)))
        };
        (0..numbers).filter_map(copy).collect()
    }
}

#[cfg(test)]
mod tests {
    use num_complex::Complex64;

    use super::*;
    use crate::lindblad::{Channel, Generator, Lindbladian};
    use crate::operator::{Hermitian, Operator};

    #[test]
    fn numbers_are_copied_along_the_group() {
        // Rotation and reversal of five levels: all rows are images of the first.
        let n = 5;
        let rotation: Vec<usize> = (0..n).map(|k| (k + 1) % n).collect();
        let reversal: Vec<usize> = (0..n).rev().collect();
        let images = Images::new(n, vec![rotation, reversal]).unwrap();
        assert_eq!(images.first_levels(), [0]);
        let copies = images.copies(None).unwrap();
        assert_eq!(copies.len(), n * (n - 1));
        for (to, from) in copies {
            let apart = |p: u32| (p as usize % n + n - p as usize / n) % n;
            assert!(apart(to) == apart(from) || apart(to) + apart(from) == n, "{to} {from}");
        }
        assert!(Images::new(3, vec![vec![0, 1, 2]]).is_none());
    }

    /// Few entries on many diagonals, left as they are by the reversal of levels; with two complex channels that it exchanges.
    fn scattered(n: usize, random: &mut fastrand::Rng) -> (Lindbladian, Hermitian) {
        let mut any = |count: usize| {
            let entry = |_| {
                let x = Complex64::new(random.f64() - 0.5, random.f64() - 0.5);
                (random.usize(..n), random.usize(..n), x)
            };
            Operator::from_entries(n, (0..count).map(entry).collect::<Vec<_>>())
        };
        let image = |operator: &Operator| {
            let moved = operator.entries().map(|(i, j, x)| (n - 1 - i, n - 1 - j, x));
            Operator::from_entries(n, moved.collect::<Vec<_>>())
        };
        let (h, jump, state) = (any(2 * n).plus_adjoint(), any(n / 2), any(n * n).plus_adjoint());
        let channels = [jump.clone(), image(&jump)].map(|jump| Channel { rate: 0.7, jump });
        let lindbladian = Lindbladian::new(&h + &image(&h), channels.into()).unwrap();
        (lindbladian, Hermitian::from_operator(&(&state + &image(&state))))
    }

    #[test]
    fn copied_rows_are_what_they_would_be() {
        let mut random = fastrand::Rng::with_seed(11);
        for n in [3, 5, 16, 37] {
            let (lindbladian, rho) = scattered(n, &mut random);
            let images = Images::new(n, vec![(0..n).rev().collect()]);
            let mut expected = vec![0.0; n * n];
            for (p, q, x) in Generator::new(&lindbladian).superoperator() {
                expected[p] += x * rho.s()[q];
            }
            for images in [None, images] {
                let generator = Generator::with_images(&lindbladian, None, images);
                let (mut out, mut scratch) = (vec![f64::NAN; n * n], vec![0.0; n * n]);
                generator.apply(0.0, rho.s(), &mut out, &mut scratch);
                assert!(out.iter().zip(&expected).all(|(x, y)| (x - y).abs() < 1e-12), "{n}");
            }
        }
    }
}
