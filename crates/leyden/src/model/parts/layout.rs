//! On which space a system of parts is solved: a product of factors, those of the battery last.
//!
//! A factor is a site, or all members of a part that is treated as one where H, H_B and all channels treat its members alike: symmetric states
//! (`space/occupations.rs`), or all total spins of qubits with one channel each (`space/spin_sectors.rs`).

use super::canonical::Basis;
use super::orbits::{Orbit, orbits};
use super::{Canonical, Letter, PartKind, Parts, PartsError, Terms, canonical};
use crate::model::Cutoff;
use crate::space::{InitialState, Noise, Occupations, StateError};

/// How the members of a part are carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Each for itself.
    Sites,
    /// In symmetric states.
    Symmetric,
    /// In all total spins.
    Sectors,
}

/// One factor of the space.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Factor {
    pub(crate) part: usize,
    /// Its site, where it is one.
    pub(crate) site: Option<usize>,
    pub(crate) levels: usize,
}

/// The factors of the space of a system.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// Others first, then the battery.
    pub(crate) factors: Vec<Factor>,
    pub(crate) grouping: Vec<Grouping>,
    pub(crate) in_battery: Vec<bool>,
    /// Channels that act on one member of a group each, as noise of the group: (part, what, rate, one of them).
    pub(crate) local: Vec<(usize, Noise, f64, usize)>,
    /// The channels that are none of these.
    pub(crate) channels: Vec<usize>,
    /// Whether H_B is a sum of operators of single sites.
    pub(crate) apart: bool,
}

/// Members from which symmetric states pay off.
const FEWEST: usize = 2;

impl Layout {
    /// The smallest space for a system, oscillators with so many levels, by site.
    pub(crate) fn new(parts: &Parts, cutoffs: &[usize]) -> Result<Self, PartsError> {
        Self::with(parts, cutoffs, true)
    }

    /// The product of all sites.
    pub(crate) fn whole(parts: &Parts, cutoffs: &[usize]) -> Result<Self, PartsError> {
        Self::with(parts, cutoffs, false)
    }

    fn with(parts: &Parts, cutoffs: &[usize], group: bool) -> Result<Self, PartsError> {
        let in_battery = parts.in_battery();
        let h_b =
            canonical(parts.battery(), parts).ok_or(PartsError::too_many("Hamiltonian of the battery"))?;
        let apart = h_b.keys().all(|monomial| monomial.len() <= 1);
        // In the battery of a group each level of a cell must be one of H_B.
        let diagonal = |part: usize| {
            let of_part = h_b.keys().flatten().filter(|(site, _)| parts.part_of(*site) == part);
            let is_diagonal = |basis: &Basis| match basis {
                Basis::Z => true,
                Basis::Unit(k, l) => k == l,
                Basis::Normal(p, q) => p == q,
                Basis::X | Basis::Y => false,
            };
            of_part.clone().all(|(_, basis)| is_diagonal(basis))
        };
        let alone = in_battery.iter().filter(|inside| **inside).count() == 1;
        let mut grouping = vec![Grouping::Sites; parts.parts().len()];
        let mut local = Vec::new();
        let mut taken = vec![false; parts.channels().len()];
        for part in 0..grouping.len() {
            let one = &parts.parts()[part];
            if !group || one.count < FEWEST || one.kind.levels().is_none() || !self::symmetric(parts, part) {
                continue;
            }
            let Some(of_members) = member_channels(parts, part) else { continue };
            let thermal = matches!(one.initial, InitialState::Thermal(_));
            let wanted = match of_members.is_empty() && !thermal {
                true => Grouping::Symmetric,
                false if one.kind == PartKind::Qubit => Grouping::Sectors,
                false => continue,
            };
            if in_battery[part] {
                // What the other states of the cells are like must be known as well.
                let known = match wanted {
                    Grouping::Sectors => alone && apart && diagonal(part) && upwards(parts, part, &h_b),
                    _ => (apart && diagonal(part)) || (alone && one.kind == PartKind::Qubit),
                };
                if !known {
                    continue;
                }
            }
            grouping[part] = wanted;
            for (noise, rate, channels) in of_members {
                local.push((part, noise, rate, channels[0]));
                channels.into_iter().for_each(|channel| taken[channel] = true);
            }
        }
        let mut factors = Vec::new();
        for inside in [false, true] {
            for (part, of) in parts.parts().iter().enumerate().filter(|(part, _)| in_battery[*part] == inside)
            {
                let first = parts.first_site(part);
                let levels = |site: usize| of.kind.levels().unwrap_or(cutoffs[site]);
                match grouping[part] {
                    Grouping::Sites => factors.extend((first..first + of.count).map(|site| Factor {
                        part,
                        site: Some(site),
                        levels: levels(site),
                    })),
                    Grouping::Symmetric => {
                        let levels = Occupations::how_many(of.count, levels(first)) as usize;
                        factors.push(Factor { part, site: None, levels });
                    }
                    Grouping::Sectors => {
                        factors.push(Factor { part, site: None, levels: (of.count + 2).pow(2) / 4 });
                    }
                }
            }
        }
        let channels = (0..taken.len()).filter(|channel| !taken[*channel]).collect();
        Ok(Layout { factors, grouping, in_battery, local, channels, apart })
    }

    /// Whether each part is one factor.
    pub(crate) fn grouped(&self) -> Vec<bool> {
        self.grouping.iter().map(|grouping| *grouping != Grouping::Sites).collect()
    }

    /// The factor of a part that is one, or of a site.
    pub(crate) fn factor(&self, part: usize, site: Option<usize>) -> usize {
        let found = self.factors.iter().position(|factor| factor.part == part && factor.site == site);
        found.expect("every site has its factor")
    }

    /// Levels of the others and of the battery, without making them (may overflow to inf).
    pub(crate) fn dims(&self) -> (f64, f64) {
        let of = |inside: bool| {
            let chosen = self.factors.iter().filter(|factor| self.in_battery[factor.part] == inside);
            chosen.map(|factor| factor.levels as f64).product()
        };
        (of(false), of(true))
    }

    /// By how much a joint level changes with the level of each factor.
    pub(crate) fn strides(&self) -> Vec<usize> {
        let mut strides = vec![1; self.factors.len()];
        for k in (1..strides.len()).rev() {
            strides[k - 1] = strides[k] * self.factors[k].levels;
        }
        strides
    }

    /// Whether the start is a few kets.
    pub(crate) fn has_kets(&self, parts: &Parts) -> bool {
        let of = |part: usize| {
            let one = &parts.parts()[part];
            let levels =
                self.factors.iter().find(|factor| factor.part == part).map_or(1, |factor| factor.levels);
            match (&one.initial, self.grouping[part]) {
                (InitialState::Thermal(mean), _) if *mean == 0.0 => 1.0,
                (InitialState::Thermal(_), Grouping::Sites) => (levels as f64).powi(one.count as i32),
                (InitialState::Thermal(_), _) => levels as f64,
                _ => 1.0,
            }
        };
        (0..parts.parts().len()).map(of).product::<f64>() <= super::assembled::MOST_KETS as f64
    }

    /// The first factor of the battery.
    pub(crate) fn first_of_battery(&self) -> usize {
        self.factors.iter().take_while(|factor| !self.in_battery[factor.part]).count()
    }
}

/// Levels up to which the room of a state is looked for.
const MOST_TRIED: usize = 1 << 22;
/// Levels of one oscillator whose density matrix is made, 2 GiB.
const MOST_OF_MATRIX: usize = 1 << 14;

/// Whether density matrices hold the start of every oscillator whose cutoff grows; of kets those of the battery, whose state is one.
pub(crate) fn check_starts(parts: &Parts, of_kets: bool) -> Result<(), PartsError> {
    let matrices = parts.parts().iter().zip(parts.in_battery());
    let matrices = matrices
        .filter(|(part, inside)| part.kind == PartKind::Oscillator(Cutoff::Auto) && (*inside || !of_kets));
    for (part, _) in matrices {
        let levels = room(&part.initial, part.initial.amplitude());
        if let Some((state, number)) = part.initial.number()
            && levels > MOST_OF_MATRIX
        {
            let error = StateError::ManyLevels { state, number, levels, most: MOST_OF_MATRIX };
            return Err(PartsError::State { part: part.name.clone(), error });
        }
    }
    Ok(())
}

/// Levels that hold a state of an oscillator that reaches this amplitude.
fn room(state: &InitialState, amplitude: f64) -> usize {
    let mut levels = ((amplitude + 1.5).powi(2) + 6.0).ceil() as usize;
    let falls_short = |levels| matches!(state.held_by_oscillator(levels), Err(StateError::CutTooLow { .. }));
    // Beyond these rounding adds up to more than what is left out.
    while levels < MOST_TRIED && falls_short(levels) {
        levels += levels / 2;
    }
    levels
}

/// Levels of the oscillators where nothing else is asked for, by site: those given, else room for the start.
pub(crate) fn first_cutoffs(parts: &Parts) -> Vec<usize> {
    let amplitudes = parts.parts().iter().map(|part| match (part.kind, &part.initial) {
        (PartKind::Oscillator(_), state) => state.amplitude(),
        (_, InitialState::Ground) => 0.0,
        (kind, _) => kind.levels().map_or(0.0, |levels| ((levels - 1) * part.count) as f64).sqrt(),
    });
    let all: f64 = amplitudes.sum();
    let of = |site: usize| match parts.kind(site) {
        PartKind::Oscillator(Cutoff::Levels(levels)) => levels,
        PartKind::Oscillator(Cutoff::Auto) => room(&parts.parts()[parts.part_of(site)].initial, all),
        kind => kind.levels().unwrap_or(0),
    };
    (0..parts.sites()).map(of).collect()
}

/// Whether H, H_B and every channel that is not one of a family treat the members of a part alike.
fn symmetric(parts: &Parts, part: usize) -> bool {
    let mut grouped = vec![false; parts.parts().len()];
    grouped[part] = true;
    let alike = |terms: &Terms| orbits(terms, parts, &grouped).is_some();
    alike(parts.battery()) && alike(&(parts.battery().clone() + parts.charging().clone()))
}

/// A family of channels of a part, one for each member: what they do, their rate, and which they are.
type Family = (Noise, f64, Vec<usize>);

/// The same while it is looked for: channels with their sites.
type Members = (Noise, f64, Vec<(usize, usize)>);

/// The families of channels of a part; `None` where some channel treats its members neither alike nor as one of a family of known noise.
fn member_channels(parts: &Parts, part: usize) -> Option<Vec<Family>> {
    let mut grouped = vec![false; parts.parts().len()];
    grouped[part] = true;
    let count = parts.parts()[part].count;
    let mut families: Vec<Members> = Vec::new();
    for (index, channel) in parts.channels().iter().enumerate().filter(|(_, channel)| channel.rate != 0.0) {
        let sites = channel.operator.sites();
        if !sites.iter().any(|site| parts.part_of(*site) == part)
            || orbits(&channel.operator, parts, &grouped).is_some()
        {
            continue;
        }
        // Every field is one of its own.
        if channel.memory.is_some() {
            return None;
        }
        let ([site], Some((noise, strength))) = (&sites[..], known_noise(&channel.operator, parts)) else {
            return None;
        };
        let rate = channel.rate * strength;
        match families.iter_mut().find(|family| family.0 == noise && (family.1 - rate).abs() <= 1e-13 * rate)
        {
            Some(family) => family.2.push((index, *site)),
            None => families.push((noise, rate, vec![(index, *site)])),
        }
    }
    let whole = |(noise, rate, mut members): Members| {
        members.sort_by_key(|member| member.1);
        let sites = members.iter().map(|member| member.1);
        // Several equal channels on one member are no family.
        let complete = members.len() == count && sites.clone().zip(sites.skip(1)).all(|(a, b)| a < b);
        complete.then(|| (noise, rate, members.iter().map(|member| member.0).collect()))
    };
    families.into_iter().map(whole).collect()
}

/// sm, sp or Z of one qubit, up to a factor whose square multiplies the rate; Z + c is Z, as far as a channel goes.
fn known_noise(operator: &Terms, parts: &Parts) -> Option<(Noise, f64)> {
    let found = canonical(operator, parts)?;
    let value = |basis: Basis| {
        let of = found.iter().find(|(monomial, _)| matches!(monomial[..], [(_, known)] if known == basis));
        of.map_or(Some(num_complex::Complex64::ZERO), |(_, function)| function.constant())
    };
    let (x, y, z) = (value(Basis::X)?, value(Basis::Y)?, value(Basis::Z)?);
    let constant = found.get(&Vec::new()).map_or(Some(num_complex::Complex64::ZERO), |c| c.constant())?;
    let i = num_complex::Complex64::I;
    let zero = |a: num_complex::Complex64| a.norm() <= 1e-13 * (x.norm() + y.norm() + z.norm());
    // sm = (X - iY)/2 with Y = -i(sp - sm): sm = (X - i Y)/2, sp = (X + i Y)/2.
    match () {
        () if zero(x) && zero(y) && (zero(constant) || is_real_multiple(constant, z)) => {
            // Z = 2 n - 1.
            Some((Noise::Dephasing, 4.0 * z.norm_sqr()))
        }
        () if zero(z) && zero(constant) && zero(y + i * x) => Some((Noise::Loss, 4.0 * x.norm_sqr())),
        () if zero(z) && zero(constant) && zero(y - i * x) => Some((Noise::Gain, 4.0 * x.norm_sqr())),
        () => None,
    }
}

/// Whether a/b is real: then L and L + c differ by no Hamiltonian.
fn is_real_multiple(a: num_complex::Complex64, b: num_complex::Complex64) -> bool {
    (a * b.conj()).im.abs() <= 1e-13 * a.norm() * b.norm()
}

/// Whether H_B of a part of qubits lifts the excited state above the ground state.
fn upwards(parts: &Parts, part: usize, h_b: &Canonical) -> bool {
    let site = parts.first_site(part);
    let of = h_b.get(&vec![(site, Basis::Z)]);
    of.and_then(|function| function.constant()).is_some_and(|x| x.re > 0.0)
}

impl Parts {
    /// Orbits of terms in a layout: sums over members of groups, others as they are.
    pub(super) fn orbits_in(&self, terms: &Terms, layout: &Layout) -> Option<Vec<Orbit>> {
        orbits(terms, self, &layout.grouped())
    }

    /// Powers by which terms raise an oscillator at most, by site.
    pub(crate) fn raises(&self) -> Vec<usize> {
        let mut most = vec![0; self.sites()];
        let terms = self.battery.list().iter().chain(self.charging.list());
        for (site, letters) in terms.flat_map(|term| &term.factors) {
            let moves = |letter: &Letter| matches!(letter, Letter::Create | Letter::Annihilate);
            most[*site] = most[*site].max(letters.iter().filter(|letter| moves(letter)).count());
        }
        most
    }
}
