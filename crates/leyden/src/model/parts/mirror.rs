//! Systems that are their own mirror image.
//!
//! A permutation of members acts on joint levels, P |a_1 a_2 ..> = |a_pi(1) a_pi(2) ..>. Where it leaves H_B, every part of H(t), the set of
//! channels, each up to a phase, and rho(0) as they are,
//!   Z(P rho P^T) = P Z(rho) P^T,  so that  P rho(t) P^T = rho(t)  at all times.
//! Then rows of rho are images of others (`lindblad/images.rs`), and the battery's state falls into two blocks (`space/mirrored.rs`). In the basis of these
//! blocks jumps of single members would lose their form, one entry in a row, so that the equation is solved in the basis of the members.
//!
//! Tried are a few permutations that people draw: members reversed, of all parts and of single ones, rotated, and two parts exchanged. What they do is tested on the
//! matrices, in the basis and at the cutoffs that are used.
//! Source: @buca2012 for weak symmetries.

use num_complex::Complex64;

use super::layout::Grouping;
use super::{Assembled, Parts};
use crate::lindblad::{Channel, Images, Lindbladian};
use crate::numerics::Forest;
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;

/// Numbers that differ by less, relative to the largest of their kind, count as equal.
const EQUAL: f64 = 1e-13;

/// Permutations of members that change nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mirrors {
    /// What they do to joint levels.
    pub(crate) images: Option<Images>,
    /// In words.
    pub(crate) said: Option<String>,
    /// What one of them does to the levels of the battery; twice applied it does nothing.
    battery: Option<Vec<usize>>,
}

/// A permutation of factors that may change nothing, in words and as where each factor goes.
type Candidate = (String, Vec<usize>);

impl Mirrors {
    /// Those of a system at its cutoffs that starts in `rho0`.
    pub(crate) fn of(parts: &Parts, assembled: &Assembled, rho0: &Hermitian) -> Self {
        let layout = assembled.layout();
        let (factors, strides, dim) = (&layout.factors, layout.strides(), rho0.dim());
        let energies: Vec<f64> = assembled.space.energies().collect();
        let (mut names, mut found) = (Vec::new(), Vec::new());
        let mut orbits = Forest::new(dim);
        for (name, goes) in candidates(parts, assembled) {
            if goes.iter().enumerate().any(|(k, &to)| factors[k].levels != factors[to].levels) {
                continue;
            }
            let image = |level: usize| {
                (0..factors.len()).map(|k| level / strides[k] % factors[k].levels * strides[goes[k]]).sum()
            };
            let permutation: Vec<usize> = (0..dim).map(image).collect();
            let of_battery = |level: usize| permutation[level] % energies.len();
            let scale = energies.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            if (0..energies.len())
                .all(|level| (energies[level] - energies[of_battery(level)]).abs() <= EQUAL * scale)
                && keeps(&permutation, &assembled.lindbladian)
                && keeps_state(&permutation, rho0)
            {
                // Of many mirrors those are kept that make more rows equal.
                let joined = (0..dim).map(|level| orbits.join(level, permutation[level]));
                if joined.fold(false, |any, new| any | new) {
                    names.push(name);
                    found.push(permutation);
                }
            }
        }
        let on_battery = |permutation: &Vec<usize>| -> Vec<usize> {
            permutation[..energies.len()].iter().map(|level| level % energies.len()).collect()
        };
        let stay = |mirror: &Vec<usize>| mirror.iter().enumerate().filter(|(x, y)| x == *y).count();
        let battery = found
            .iter()
            .map(on_battery)
            .filter(|mirror| mirror.iter().enumerate().all(|(x, &y)| mirror[y] == x))
            .min_by_key(stay)
            .filter(|mirror| stay(mirror) < mirror.len() && assembled.space.sectors().len() == 1);
        let Some(images) = Images::new(dim, found) else { return Mirrors::default() };
        let said = format!(
            "unchanged when {}: {} of {dim} rows of rho are computed",
            names.join(" or "),
            images.first_levels().len()
        );
        Mirrors { images: Some(images), said: Some(said), battery }
    }

    /// The battery whose states these permutations leave as they are.
    pub(crate) fn fold(&self, space: BatterySpace) -> BatterySpace {
        match &self.battery {
            Some(mirror) => space.mirrored(mirror.clone()),
            None => space,
        }
    }
}

/// What is tried.
fn candidates(parts: &Parts, assembled: &Assembled) -> Vec<Candidate> {
    let layout = assembled.layout();
    let count = layout.factors.len();
    let of_part = |part: usize| -> Vec<usize> {
        (0..count).filter(|&factor| layout.factors[factor].part == part).collect()
    };
    let several: Vec<usize> = (0..parts.parts().len())
        .filter(|&part| layout.grouping[part] == Grouping::Sites && parts.parts()[part].count > 1)
        .collect();
    let name = |part: usize| parts.parts()[part].name.as_str();
    let still = || (0..count).collect::<Vec<usize>>();
    let send = |goes: &mut Vec<usize>, from: &[usize], to: &mut dyn Iterator<Item = usize>| {
        from.iter().zip(to).for_each(|(&from, to)| goes[from] = to);
    };
    let reversed = |chosen: &[usize]| {
        let mut goes = still();
        for members in chosen.iter().map(|&part| of_part(part)) {
            send(&mut goes, &members, &mut members.iter().rev().copied());
        }
        let names: Vec<&str> = chosen.iter().map(|&part| name(part)).collect();
        (format!("{} are reversed", names.join(" and ")), goes)
    };
    let mut found = Vec::new();
    if several.len() > 1 {
        found.push(reversed(&several));
    }
    for &part in &several {
        found.push(reversed(&[part]));
        let members = of_part(part);
        if members.len() > 2 {
            let mut goes = still();
            send(&mut goes, &members, &mut members.iter().cycle().skip(1).copied());
            found.push((format!("{} are rotated", name(part)), goes));
        }
    }
    let in_battery = &layout.in_battery;
    for a in 0..parts.parts().len() {
        for b in a + 1..parts.parts().len() {
            let (of_a, of_b) = (of_part(a), of_part(b));
            if of_a.len() != of_b.len() || in_battery[a] != in_battery[b] {
                continue;
            }
            for turned in [false, true] {
                let mut goes = still();
                let order = |members: &[usize]| -> Vec<usize> {
                    if turned { members.iter().rev().copied().collect() } else { members.to_vec() }
                };
                send(&mut goes, &of_a, &mut order(&of_b).into_iter());
                send(&mut goes, &of_b, &mut order(&of_a).into_iter());
                let how = if turned { " in reverse" } else { "" };
                if !turned || of_a.len() > 1 {
                    found.push((format!("{} and {} are exchanged{how}", name(a), name(b)), goes));
                }
            }
        }
    }
    found
}

/// Whether a permutation of levels leaves a generator as it is.
fn keeps(permutation: &[usize], lindbladian: &Lindbladian) -> bool {
    let parts = lindbladian.modulations().iter().map(|part| &part.operator);
    let coherent = std::iter::once(lindbladian.hamiltonian()).chain(parts);
    let one = |factor: &Complex64| (factor - 1.0).norm() <= EQUAL;
    if !coherent.into_iter().all(|operator| ratio(permutation, operator, operator).is_some_and(|x| one(&x))) {
        return false;
    }
    let open: Vec<&Channel> = lindbladian.channels().iter().filter(|channel| channel.rate != 0.0).collect();
    let mut taken = vec![false; open.len()];
    open.iter().all(|channel| {
        let image = (0..open.len()).find(|&k| {
            let other = open[k];
            !taken[k]
                && (channel.rate - other.rate).abs() <= EQUAL * channel.rate
                && ratio(permutation, &channel.jump, &other.jump)
                    .is_some_and(|x| (x.norm() - 1.0).abs() <= EQUAL)
        });
        image.is_some_and(|k| !std::mem::replace(&mut taken[k], true))
    })
}

/// c with P A P^T = B/c; `None` where there is none, and 1 where both vanish.
fn ratio(permutation: &[usize], a: &Operator, b: &Operator) -> Option<Complex64> {
    let image = |i: usize, j: usize| b.get(permutation[i], permutation[j]);
    let Some((i, j, x)) = a.entries().max_by(|a, b| a.2.norm_sqr().total_cmp(&b.2.norm_sqr())) else {
        return (b.entries().count() == 0).then_some(Complex64::ONE);
    };
    let factor = image(i, j) / x;
    let same = a.entries().count() == b.entries().count()
        && a.entries().all(|(i, j, y)| (image(i, j) - factor * y).norm() <= EQUAL * x.norm());
    same.then_some(factor)
}

/// Whether it leaves a state as it is.
fn keeps_state(permutation: &[usize], rho: &Hermitian) -> bool {
    let (n, s) = (rho.dim(), rho.s());
    let scale = s.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    (0..n).all(|i| {
        let image = &s[permutation[i] * n..(permutation[i] + 1) * n];
        (0..n).all(|j| (s[i * n + j] - image[permutation[j]]).abs() <= EQUAL * scale)
    })
}
