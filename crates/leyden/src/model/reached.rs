//! The part of a closed system in which everything happens, where the battery is everything.
//!
//! Levels that no ket reaches stay empty. Others stay equal: let classes of levels be such that all levels of a class have the same energy and
//! the same amplitudes at t = 0, and that sum_{k in D} H_ik is the same for all i of a class C, for all C and D (an equitable partition).
//! Then H does not leave the space of the states
//!   |C> = |C|^{-1/2} sum_{i in C} |i>,   <D|H|C> = (|C| |D|)^{-1/2} sum_{i in D, k in C} H_ik,
//! in which the kets start: a chain of equal spins needs one of two mirror images, equal spins that all meet each other need their number of
//! excitations. The classes are found, not declared: levels are told apart by their energy and amplitudes, then again and again by
//! the classes that they are coupled to and how, until nothing new is told apart.
//! Source: @godsil2001, chapter 9; @weisfeiler1968 for the refinement.

use num_complex::Complex64;

use super::ClosedSystem;
use super::closed::Unfolded;
use crate::lindblad::{Lindbladian, Modulation, reached_levels};
use crate::operator::Operator;
use crate::space::Cells;

/// Numbers that differ by less, relative to the largest of their kind, count as equal.
const EQUAL: f64 = 1e-13;
/// Most rounds in which levels are told apart.
const MOST_ROUNDS: usize = 64;

impl ClosedSystem {
    /// The same on classes of equal levels that are reached; itself where that are all, or where the battery is not everything.
    pub(crate) fn on_what_is_reached(self) -> Self {
        if self.charger_levels != 1 || self.space.sectors().len() != 1 {
            return self;
        }
        let dim = self.lindbladian.dim();
        let occupied = |level: &usize| self.kets.iter().any(|psi| psi[*level] != Complex64::ZERO);
        let reached = reached_levels(&self.lindbladian, (0..dim).filter(occupied));
        let Some(classes) = self.classes(&reached) else { return self };
        let mut class_of = vec![usize::MAX; dim];
        for (class, levels) in classes.iter().enumerate() {
            levels.iter().for_each(|&level| class_of[level] = class);
        }
        let weights: Vec<f64> = classes.iter().map(|levels| (levels.len() as f64).sqrt()).collect();
        let folded = |operator: &Operator| {
            let inside = operator.entries().filter(|(i, j, _)| class_of[*i].max(class_of[*j]) != usize::MAX);
            let upper = inside.map(|(i, j, x)| (class_of[i], class_of[j], x)).filter(|(c, d, _)| c <= d);
            let scaled = upper.map(|(c, d, x)| (c, d, x / (weights[c] * weights[d])));
            let both = scaled.flat_map(|(c, d, x)| match c == d {
                true => [Some((c, d, x.re.into())), None],
                false => [Some((c, d, x)), Some((d, c, x.conj()))],
            });
            Operator::from_entries(classes.len(), both.flatten())
        };
        let modulations = self.lindbladian.modulations().iter();
        let modulations =
            modulations.map(|m| Modulation { operator: folded(&m.operator), shape: m.shape.clone() });
        let hamiltonian = folded(self.lindbladian.hamiltonian());
        let lindbladian = Lindbladian::modulated(hamiltonian, Vec::new(), modulations.collect())
            .expect("what is folded stays Hermitian")
            .with_entries(self.lindbladian.entries());
        let energies = &self.space.sectors()[0].energies;
        let shares =
            class_of.iter().map(|&class| (class != usize::MAX).then(|| (class, 1.0 / weights[class])));
        let unfolded = matches!(self.space.cells(), Cells::Apart(factors) if factors.len() > 1)
            .then(|| Unfolded { space: self.space.clone(), levels: shares.collect() });
        let space = self.space.with_levels(classes.iter().map(|levels| energies[levels[0]]).collect());
        let fold = |psi: &Vec<Complex64>| {
            let of = |(levels, weight): (&Vec<usize>, &f64)| psi[levels[0]] * weight;
            classes.iter().zip(&weights).map(of).collect()
        };
        let kets = self.kets.iter().map(fold).collect();
        let folded = classes.iter().any(|levels| levels.len() > 1);
        ClosedSystem { lindbladian, space, kets, folded, unfolded, ..self }
    }

    /// Classes of levels in the order of their first one; `None` where every level is one.
    fn classes(&self, reached: &[usize]) -> Option<Vec<Vec<usize>>> {
        let dim = self.lindbladian.dim();
        let mut place = vec![usize::MAX; dim];
        reached.iter().enumerate().for_each(|(k, &level)| place[level] = k);
        let links = self.links(reached, &place);
        let mut colours = self.first_colours(reached);
        let mut count = distinct(&colours);
        let mut stable = count == reached.len();
        for _ in 0..MOST_ROUNDS {
            if stable {
                break;
            }
            colours = links.refined(&colours);
            let now = distinct(&colours);
            stable = now == count || now == reached.len();
            count = now;
        }
        if !stable {
            // Told apart one by one.
            colours = (0..reached.len() as u64).collect();
            count = reached.len();
        }
        if count == dim {
            return None;
        }
        let mut number = std::collections::HashMap::with_capacity(count);
        let mut classes: Vec<Vec<usize>> = Vec::with_capacity(count);
        for (&level, &colour) in reached.iter().zip(&colours) {
            let class = *number.entry(colour).or_insert_with(|| {
                classes.push(Vec::new());
                classes.len() - 1
            });
            classes[class].push(level);
        }
        Some(classes)
    }

    /// Energies and amplitudes of every level.
    fn first_colours(&self, reached: &[usize]) -> Vec<u64> {
        let energies = &self.space.sectors()[0].energies;
        let energy = Steps::of(energies.iter().copied());
        let amplitude = Steps::of(self.kets.iter().flatten().flat_map(|x| [x.re, x.im]));
        let colour = |&level: &usize| {
            self.kets.iter().fold(mixed(energy.number(energies[level])), |colour, psi| {
                let re = mixed(colour ^ amplitude.number(psi[level].re));
                mixed(re ^ amplitude.number(psi[level].im))
            })
        };
        reached.iter().map(colour).collect()
    }

    /// What every level is coupled to, and how.
    fn links(&self, reached: &[usize], place: &[usize]) -> Links {
        let parts = self.lindbladian.modulations().iter().map(|part| &part.operator);
        let mut of_level = vec![Vec::new(); reached.len()];
        for (number, operator) in std::iter::once(self.lindbladian.hamiltonian()).chain(parts).enumerate() {
            let steps = Steps::of(operator.entries().flat_map(|(.., x)| [x.re, x.im]));
            for (i, j, x) in operator.entries().filter(|(i, ..)| place[*i] != usize::MAX) {
                let how = mixed(mixed(steps.number(x.re) ^ number as u64) ^ steps.number(x.im));
                of_level[place[i]].push((place[j], how));
            }
        }
        Links { of_level }
    }
}

/// Per level: (other level, how it is coupled to it).
struct Links {
    of_level: Vec<Vec<(usize, u64)>>,
}

impl Links {
    /// Colours that also tell what colours a level is coupled to.
    fn refined(&self, colours: &[u64]) -> Vec<u64> {
        let of = |(links, colour): (&Vec<(usize, u64)>, &u64)| {
            // A sum does not depend on the order of levels.
            let seen = links.iter().map(|(other, how)| mixed(colours[*other] ^ how));
            mixed(*colour).wrapping_add(seen.fold(0, u64::wrapping_add))
        };
        self.of_level.iter().zip(colours).map(of).collect()
    }
}

/// Numbers rounded so that those that differ by rounding only become one.
struct Steps {
    unit: f64,
}

impl Steps {
    fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let largest = numbers.fold(0.0, |a: f64, x| a.max(x.abs()));
        Steps { unit: if largest > 0.0 { EQUAL * largest } else { 1.0 } }
    }

    /// Round numbers keep away from the borders of steps.
    fn number(&self, x: f64) -> u64 {
        (x / self.unit + 0.3).floor() as i64 as u64
    }
}

fn distinct(colours: &[u64]) -> usize {
    let mut sorted = colours.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}

/// Bits spread over all places (the finaliser of splitmix64).
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
