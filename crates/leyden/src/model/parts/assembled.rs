//! The matrices of a system of parts on the factors of a layout, in a basis in which H_B is diagonal.
//!
//! H(t) = sum_f f(t) A_f with complex functions f; H is Hermitian, so that f = u + iv contributes
//!   u (A + A^dag)/2 + v (iA - iA^dag)/2.
//! Where H_B is a sum of operators of single sites each site is turned into the basis of its own, otherwise all of the battery is.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::canonical::{Basis, matrix_of};
use super::layout::{Factor, Grouping, Layout};
use super::orbits::summed;
use super::start::{part_kets, part_state};
use super::terms::{Letter, Terms, word};
use super::{PartKind, Parts, PartsError, RememberedField};
use crate::lindblad::{Channel, Entries, FEW_LEVELS, Function, Lindbladian, Modulation, Shape, TimeFunction};
use crate::model::closed::{cut, products};
use crate::model::{Accounts, ClosedSystem, FieldMemory, Leak, ModelError};
use crate::operator::{Hermitian, Operator};
use crate::space::{BatterySpace, CellFactor, Level, Occupations};

/// A system of parts as matrices on others (x) battery.
#[derive(Clone, Debug)]
pub(crate) struct Assembled {
    pub(crate) lindbladian: Lindbladian,
    /// The list of the channels of the system that every channel belongs to.
    pub(crate) groups: Vec<usize>,
    /// The channels that are fields with memory.
    pub(crate) fields: Vec<(usize, FieldMemory)>,
    /// Levels of the others.
    pub(crate) others: usize,
    pub(crate) space: BatterySpace,
    /// What turns the battery into the basis of H_B, where not every site does so by itself.
    whole_basis: Option<Operator>,
    /// What turns single factors.
    bases: Vec<Option<Operator>>,
    layout: Layout,
}

/// Levels of H_B that are diagonalised at once at most.
const MOST_DIAGONALISED: usize = 4096;
/// Kets that are carried one by one at most.
pub(super) const MOST_KETS: usize = 64;

impl Assembled {
    /// The matrices, with functions of time up to `end`.
    pub(crate) fn new(parts: &Parts, layout: Layout, end: f64) -> Result<Self, ModelError> {
        let mut bases = vec![None; layout.factors.len()];
        let (space, whole_basis) = battery(parts, &layout, &mut bases)?;
        let strides = layout.strides();
        let dims = (layout.dims().0 as usize, layout.dims().1 as usize);
        let dim = dims.0 * dims.1;
        let builder = Builder { parts, layout: &layout, bases: &bases, strides: &strides, dim };
        let turn = whole_basis.as_ref().map(|u| Operator::identity(dims.0).kron(u));
        let turned = |operator: Operator| match &turn {
            None => operator,
            Some(u) => operator.turned_by(u),
        };
        let (mut constant, mut modulations) = (Operator::zero(dim), Vec::new());
        for (function, operator) in
            builder.by_function(&(parts.battery().clone() + parts.charging().clone()))?
        {
            let operator = turned(operator);
            let (u, v) = function.parts();
            let symmetric = |a: &Operator| match a.hermiticity_error() == 0.0 {
                true => a.clone(),
                false => 0.5 * a.plus_adjoint(),
            };
            for (f, part) in [(u, Complex64::ONE), (v, Complex64::I)] {
                let part = || symmetric(&operator.scaled(part));
                match f.constant() {
                    Some(x) if x == Complex64::ZERO => {}
                    Some(x) => constant = constant + x.re * part(),
                    None => {
                        let (function, scale) = Function::of(&f, end).map_err(PartsError::Function)?;
                        let operator = scale * part();
                        modulations.push(Modulation { operator, shape: Shape::Function(function) });
                    }
                }
            }
        }
        let (mut channels, mut groups, mut fields) = (Vec::new(), Vec::new(), Vec::new());
        for &index in &layout.channels {
            let channel = &parts.channels()[index];
            // Channels of rate 0 are left out of the master equation, too.
            if channel.rate == 0.0 {
                continue;
            }
            let mut found = builder.by_function(&channel.operator)?;
            let Some((_, jump)) = found.pop() else { continue };
            fields.extend(channel.memory.map(|memory| (channels.len(), memory)));
            channels.push(Channel { rate: channel.rate, jump: turned(jump) });
            groups.push(channel.group);
        }
        for &(part, noise, rate, first) in &layout.local {
            let factor = layout.factor(part, None);
            let local = BatterySpace::spin_sectors(parts.parts()[part].count, 1.0).local_channels(noise);
            if rate == 0.0 {
                continue;
            }
            let on = |jump: &Operator| builder.expanded(&[factor], jump);
            channels.extend(local.iter().map(|jump| Channel { rate, jump: turned(on(jump)) }));
            groups.resize(channels.len(), parts.channels()[first].group);
        }
        let lindbladian = Lindbladian::modulated(constant, channels, modulations)?;
        let plain = whole_basis.is_none() && bases.iter().all(Option::is_none);
        let lindbladian = match plain && dim <= FEW_LEVELS {
            true => lindbladian,
            false => lindbladian.with_entries(Entries::Turned),
        };
        Ok(Assembled { lindbladian, groups, fields, others: dims.0, space, whole_basis, bases, layout })
    }

    /// What the energy ledger reads: H_B and the rest, channels list by list.
    pub(crate) fn accounts(
        &self,
        parts: &Parts,
        field: Option<&RememberedField>,
    ) -> Result<Accounts, ModelError> {
        let energy = Operator::identity(self.others).kron(&self.space.hamiltonian());
        let lists = parts.channels().iter().map(|channel| channel.group).max().map_or(0, |last| last + 1);
        let of = |list: usize| {
            let channels = self.groups.iter().zip(self.lindbladian.channels());
            let channels = channels.filter(|(group, _)| **group == list);
            (format!("channel.{}", list + 1), channels.map(|(_, channel)| channel.clone()).collect())
        };
        let accounts =
            Accounts::of_parts(&self.lindbladian, energy, &(0..lists).map(of).collect::<Vec<_>>())?;
        Ok(match (field, self.fields.first()) {
            (Some(field), Some((place, _))) => {
                let name = format!("channel.{}", self.groups[*place] + 1);
                accounts.remembering(&name, field.memory.deviation(field.gamma), &field.diagonal)
            }
            _ => accounts,
        })
    }

    /// The kets of the start, weights in their norms; `None` where they are many.
    pub(crate) fn kets(&self, parts: &Parts) -> Result<Option<Vec<Vec<Complex64>>>, PartsError> {
        let mut kets = vec![vec![Complex64::ONE]];
        for (part, grouping) in self.in_order() {
            let Some(of) = part_kets(&parts.parts()[part], grouping, self.levels_of(part))? else {
                return Ok(None);
            };
            if kets.len() * of.len() > MOST_KETS {
                return Ok(None);
            }
            kets = products(&kets, &of);
        }
        kets.iter_mut().for_each(|psi| self.turn(psi));
        Ok(Some(kets))
    }

    /// The state at t = 0.
    pub(crate) fn start(&self, parts: &Parts) -> Result<Hermitian, PartsError> {
        if let Some(kets) = self.kets(parts)? {
            let mut rho = Hermitian::zero(self.lindbladian.dim());
            kets.iter().for_each(|psi| crate::operator::add_projector(rho.s_mut(), 1.0, psi));
            return Ok(rho);
        }
        let mut rho = Hermitian::diagonal(&[1.0]);
        for (part, grouping) in self.in_order() {
            rho = rho.kron(&part_state(&parts.parts()[part], grouping, self.levels_of(part))?);
        }
        let strides = self.layout.strides();
        for (factor, basis) in self.bases.iter().enumerate() {
            if let Some(u) = basis {
                let on = expanded(&self.layout.factors, &strides, rho.dim(), &[factor], &u.adjoint());
                rho = rho.conjugated_by(&on);
            }
        }
        Ok(match &self.whole_basis {
            None => rho,
            Some(u) => rho.conjugated_by(&Operator::identity(self.others).kron(&u.adjoint())),
        })
    }

    /// Its master equation, levels of the others, and space of the battery.
    pub(crate) fn into_parts(self) -> (Lindbladian, usize, BatterySpace) {
        (self.lindbladian, self.others, self.space)
    }

    /// The factors.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether the levels of a factor are mixed by the basis of H_B.
    pub(crate) fn turns(&self, place: usize) -> bool {
        let in_battery = place >= self.layout.first_of_battery();
        self.bases[place].is_some() || (in_battery && self.whole_basis.is_some())
    }

    /// Which members are treated as one, in words.
    pub(crate) fn described(&self, parts: &Parts) -> Option<String> {
        let of = |(index, grouping): (usize, Grouping)| {
            let part = &parts.parts()[index];
            match grouping {
                Grouping::Sites => None,
                Grouping::Symmetric => {
                    Some(format!("the {} members of {} stay in symmetric states", part.count, part.name))
                }
                Grouping::Sectors => {
                    Some(format!("the {} members of {} keep to total spins", part.count, part.name))
                }
            }
        };
        let said: Vec<String> = self.in_order().filter_map(of).collect();
        (!said.is_empty()).then(|| said.join(", "))
    }

    /// Without channels, oscillators kept to so many levels, by site; what lies beyond is what leaks.
    pub(crate) fn closed(
        self,
        kets: Vec<Vec<Complex64>>,
        levels: &[usize],
    ) -> Result<ClosedSystem, ModelError> {
        let kept: Vec<usize> = self
            .layout
            .factors
            .iter()
            .map(|factor| factor.site.map_or(factor.levels, |site| levels[site].min(factor.levels)))
            .collect();
        let (strides, factors) = (self.layout.strides(), &self.layout.factors);
        let first = self.layout.first_of_battery();
        if factors.iter().zip(&kept).all(|(factor, kept)| factor.levels == *kept) {
            return Ok(ClosedSystem::new(self.lindbladian, self.others, self.space, kets, Leak::default()));
        }
        // Where a joint level goes, or that it is cut off.
        let place = |joint: usize| {
            (0..factors.len()).try_fold(0, |sum, k| {
                let level = joint / strides[k] % factors[k].levels;
                (level < kept[k]).then_some(sum * kept[k] + level)
            })
        };
        let energies: Vec<f64> = self.space.energies().collect();
        let battery: usize = kept[first..].iter().product();
        let others: usize = kept[..first].iter().product();
        let inside = |joint: usize| place(joint).is_some();
        let of_battery = (0..self.space.dim()).filter(|level| inside(*level));
        let space = self.space.kept(of_battery.map(|level| energies[level]).collect(), &kept[first..]);
        let dim = others * battery;
        let beyond = |psi: &Vec<Complex64>| {
            psi.iter()
                .enumerate()
                .filter(|(joint, _)| !inside(*joint))
                .map(|(_, x)| x.norm_sqr())
                .sum::<f64>()
        };
        let start = kets.iter().map(beyond).sum::<f64>().sqrt();
        let narrow = |psi: &Vec<Complex64>| {
            let mut found = vec![Complex64::ZERO; dim];
            psi.iter().enumerate().for_each(|(joint, x)| {
                if let Some(place) = place(joint) {
                    found[place] = *x;
                }
            });
            found
        };
        let kets = kets.iter().map(narrow).collect();
        let (lindbladian, parts) = cut(&self.lindbladian, dim, &place)?;
        Ok(ClosedSystem::new(lindbladian, others, space, kets, Leak { parts, start }))
    }

    /// Parts in the order of the factors, with how they are carried.
    fn in_order(&self) -> impl Iterator<Item = (usize, Grouping)> + '_ {
        let starts = self.layout.factors.chunk_by(|a, b| a.part == b.part);
        starts.map(|factors| (factors[0].part, self.layout.grouping[factors[0].part]))
    }

    /// Levels of a member or of a group.
    fn levels_of(&self, part: usize) -> usize {
        let found = self.layout.factors.iter().find(|factor| factor.part == part);
        found.map_or(1, |factor| factor.levels)
    }

    /// A ket into the basis of H_B.
    fn turn(&self, psi: &mut [Complex64]) {
        let strides = self.layout.strides();
        for (factor, basis) in self.bases.iter().enumerate() {
            let Some(u) = basis else { continue };
            let (levels, stride) = (self.layout.factors[factor].levels, strides[factor]);
            for base in (0..psi.len()).filter(|base| (base / stride).is_multiple_of(levels)) {
                let before: Vec<Complex64> = (0..levels).map(|k| psi[base + k * stride]).collect();
                (0..levels).for_each(|k| psi[base + k * stride] = Complex64::ZERO);
                u.entries().for_each(|(i, k, x)| psi[base + k * stride] += x.conj() * before[i]);
            }
        }
        if let Some(u) = &self.whole_basis {
            let n = self.space.dim();
            for row in psi.chunks_exact_mut(n) {
                let mut turned = vec![Complex64::ZERO; n];
                u.entries().for_each(|(i, k, x)| turned[k] += x.conj() * row[i]);
                row.copy_from_slice(&turned);
            }
        }
    }
}

/// What makes operators on all factors.
struct Builder<'a> {
    parts: &'a Parts,
    layout: &'a Layout,
    bases: &'a [Option<Operator>],
    strides: &'a [usize],
    dim: usize,
}

impl Builder<'_> {
    /// Terms by their functions of time, each with its operator.
    fn by_function(&self, terms: &Terms) -> Result<Vec<(TimeFunction, Operator)>, PartsError> {
        let orbits = self.parts.orbits_in(terms, self.layout).ok_or(PartsError::too_many("Hamiltonian"))?;
        // Functions with what acts on the same factors as one.
        let mut found: Vec<(TimeFunction, BTreeMap<Vec<usize>, Operator>)> = Vec::new();
        let mut known: BTreeMap<(usize, Vec<Letter>), Operator> = BTreeMap::new();
        for orbit in orbits {
            let (factor, function) = orbit.coefficient.factored();
            let mut acting: Vec<(usize, Operator)> = Vec::new();
            for (site, letters) in orbit.rest {
                let place = self.layout.factor(self.parts.part_of(site), Some(site));
                let matrix = known.entry((place, letters)).or_insert_with_key(|(place, letters)| {
                    let matrix = word(letters, self.layout.factors[*place].levels);
                    self.bases[*place].as_ref().map_or(matrix.clone(), |u| matrix.turned_by(u))
                });
                acting.push((place, matrix.clone()));
            }
            for (part, list) in &orbit.groups {
                acting.push((self.layout.factor(*part, None), self.of_group(*part, list)));
            }
            acting.sort_by_key(|(place, _)| *place);
            let places: Vec<usize> = acting.iter().map(|(place, _)| *place).collect();
            let matrices = acting.into_iter().map(|(_, matrix)| matrix);
            let small =
                matrices.reduce(|a, b| a.kron(&b)).unwrap_or_else(|| Operator::identity(1)).scaled(factor);
            let place = found.iter().position(|(of, _)| *of == function).unwrap_or_else(|| {
                found.push((function, BTreeMap::new()));
                found.len() - 1
            });
            let sum = found[place].1.entry(places).or_insert_with(|| Operator::zero(small.dim()));
            *sum = &*sum + &small;
        }
        let whole = |(function, by_places): (TimeFunction, BTreeMap<Vec<usize>, Operator>)| {
            let mut entries = Vec::new();
            // What is diagonal meets on every level.
            let mut diagonal = vec![Complex64::ZERO; self.dim];
            for (places, small) in &by_places {
                visit(
                    &self.layout.factors,
                    self.strides,
                    self.dim,
                    places,
                    small,
                    &mut |i, j, x| match i == j {
                        true => diagonal[i] += x,
                        false => entries.push((i, j, x)),
                    },
                );
            }
            entries.extend(diagonal.into_iter().enumerate().map(|(i, x)| (i, i, x)));
            (function, Operator::from_entries(self.dim, entries))
        };
        Ok(found.into_iter().map(whole).collect())
    }

    /// A sum over all placements of operators on the members of a group.
    fn of_group(&self, part: usize, list: &[Basis]) -> Operator {
        of_group(self.parts, part, self.layout.grouping[part], list)
    }

    fn expanded(&self, places: &[usize], small: &Operator) -> Operator {
        expanded(&self.layout.factors, self.strides, self.dim, places, small)
    }
}

/// A sum over all placements of operators on the members of a group.
fn of_group(parts: &Parts, part: usize, grouping: Grouping, list: &[Basis]) -> Operator {
    let of = &parts.parts()[part];
    let levels = of.kind.levels().unwrap_or(0);
    match grouping {
        Grouping::Sectors => {
            let space = BatterySpace::spin_sectors(of.count, 1.0);
            on_spins(list, of.kind, of.count, &|block| space.by_sector(block))
        }
        _ => {
            let symmetric = Occupations::new(of.count, levels);
            let collective = |basis: Basis| {
                let entries = matrix_of(basis, of.kind);
                let parts = entries.entries().map(|(k, l, x)| symmetric.transition(k, l).scaled(x));
                parts.fold(Operator::zero(symmetric.len()), |sum, part| sum + part)
            };
            summed(list, of.kind, of.count, &collective, &Operator::identity(symmetric.len()))
        }
    }
}

/// Puts together what is made of so many levels for every spin.
type Blocks<'a> = &'a dyn Fn(&dyn Fn(usize) -> Operator) -> Operator;

/// The same of qubits on spins, whose blocks of so many levels `blocks` puts together.
fn on_spins(list: &[Basis], kind: PartKind, count: usize, blocks: Blocks<'_>) -> Operator {
    let letter = |basis: Basis| match basis {
        Basis::X => Letter::X,
        Basis::Y => Letter::Y,
        _ => Letter::Z,
    };
    // sum_i X_i = 2 J_x, and so on.
    let collective = |basis: Basis| blocks(&|levels| letter(basis).matrix(levels));
    summed(list, kind, count, &collective, &blocks(&Operator::identity))
}

/// Hands on the entries of an operator on some factors, in the order of the layout, on all of them.
fn visit(
    factors: &[Factor],
    strides: &[usize],
    dim: usize,
    places: &[usize],
    small: &Operator,
    each: &mut dyn FnMut(usize, usize, Complex64),
) {
    // Where the levels of the operator's own factors lie, and those of the others.
    let spread = |chosen: &mut dyn Iterator<Item = usize>| {
        let mut offsets = vec![0];
        for place in chosen {
            let step = |offset: &usize| {
                let offset = *offset;
                (0..factors[place].levels).map(move |level| offset + level * strides[place])
            };
            offsets = offsets.iter().flat_map(step).collect();
        }
        offsets
    };
    let own = spread(&mut places.iter().copied());
    let others = spread(&mut (0..factors.len()).filter(|place| !places.contains(place)));
    debug_assert_eq!(own.len() * others.len(), dim);
    for (i, j, x) in small.entries() {
        others.iter().for_each(|offset| each(own[i] + offset, own[j] + offset, x));
    }
}

fn expanded(
    factors: &[Factor],
    strides: &[usize],
    dim: usize,
    places: &[usize],
    small: &Operator,
) -> Operator {
    let mut entries = Vec::new();
    visit(factors, strides, dim, places, small, &mut |i, j, x| entries.push((i, j, x)));
    Operator::from_entries(dim, entries)
}

/// The space of the battery, with what turns single factors into the basis of H_B, or all of it.
fn battery(
    parts: &Parts,
    layout: &Layout,
    bases: &mut [Option<Operator>],
) -> Result<(BatterySpace, Option<Operator>), ModelError> {
    let first = layout.first_of_battery();
    let factors = &layout.factors[first..];
    if layout.apart {
        return Ok((apart(parts, layout, first, bases)?, None));
    }
    let dim = layout.dims().1 as usize;
    let strides = layout.strides();
    let count = (0..parts.sites()).filter(|site| layout.in_battery[parts.part_of(*site)]).count();
    let inner = Layout { factors: factors.to_vec(), ..layout.clone() };
    let builder =
        Builder { parts, layout: &inner, bases: &vec![None; factors.len()], strides: &strides[first..], dim };
    let h_b =
        builder.by_function(parts.battery())?.pop().map_or(Operator::zero(dim), |(_, operator)| operator);
    let levels = h_b.largest_block();
    if levels > MOST_DIAGONALISED {
        return Err(PartsError::LargeBattery { levels, most: MOST_DIAGONALISED }.into());
    }
    let (energies, basis) = h_b.eigenbasis().ok_or(ModelError::Eigenvalues)?;
    // Of a group the other spins have levels as well.
    let spectrum = match factors {
        [Factor { part, site: None, .. }] => Some(spectrum_of_spins(parts, *part)?),
        _ => None,
    };
    Ok((BatterySpace::whole(count, energies, spectrum), basis))
}

/// Levels of H_B of N qubits on all total spins.
fn spectrum_of_spins(parts: &Parts, part: usize) -> Result<Vec<Level>, ModelError> {
    let of = &parts.parts()[part];
    let mut grouped = vec![false; parts.parts().len()];
    grouped[part] = true;
    let orbits = super::orbits::orbits(parts.battery(), parts, &grouped).unwrap_or_default();
    let mut levels = Vec::new();
    for sector in BatterySpace::spin_sectors(of.count, 1.0).sectors() {
        let size = sector.energies.len();
        let mut h = Operator::zero(size);
        for orbit in &orbits {
            let list = orbit.groups.first().map_or(&[][..], |(_, list)| list);
            let operator = on_spins(list, of.kind, of.count, &|block| block(size));
            h = h + operator.scaled(orbit.coefficient.constant().unwrap_or_default());
        }
        let (energies, _) = h.eigenbasis().ok_or(ModelError::Eigenvalues)?;
        levels.extend(energies.into_iter().map(|energy| Level { energy, degeneracy: sector.multiplicity }));
    }
    Ok(levels)
}

/// A battery of cells that H_B does not couple.
fn apart(
    parts: &Parts,
    layout: &Layout,
    first: usize,
    bases: &mut [Option<Operator>],
) -> Result<BatterySpace, ModelError> {
    let constant = |term: &super::Term| term.coefficient.constant().unwrap_or_default();
    let terms = parts.battery().list();
    let offset: f64 = terms.iter().filter(|term| term.factors.is_empty()).map(|term| constant(term).re).sum();
    let factors = &layout.factors[first..];
    // The Hamiltonian of one member, from the terms that act on it.
    let local = |site: usize, levels: usize| {
        let own = terms.iter().filter(|term| matches!(&term.factors[..], [(of, _)] if *of == site));
        let sum = own.map(|term| word(&term.factors[0].1, levels).scaled(constant(term)));
        let sum = sum.fold(Operator::zero(levels), |sum, part| sum + part);
        if sum.hermiticity_error() == 0.0 { sum } else { 0.5 * sum.plus_adjoint() }
    };
    if let [Factor { part, site: None, .. }] = factors
        && layout.grouping[*part] == Grouping::Sectors
    {
        let of = &parts.parts()[*part];
        let h = local(parts.first_site(*part), 2);
        let (ground, excited) = (h.get(0, 0).re, h.get(1, 1).re);
        let space = BatterySpace::spin_sectors(of.count, excited - ground);
        return Ok(space.shifted(offset + of.count as f64 * ground));
    }
    let mut cells = Vec::new();
    for (k, factor) in factors.iter().enumerate() {
        let of = &parts.parts()[factor.part];
        let site = factor.site.unwrap_or(parts.first_site(factor.part));
        let levels = of.kind.levels().unwrap_or(factor.levels);
        let (energies, basis) = local(site, levels).eigenbasis().ok_or(ModelError::Eigenvalues)?;
        let count = if factor.site.is_some() { 1 } else { of.count };
        bases[first + k] = basis;
        cells.push(CellFactor { count, energies, levels: factor.levels });
    }
    Ok(BatterySpace::apart(cells, offset))
}
