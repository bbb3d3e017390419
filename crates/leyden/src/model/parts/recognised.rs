//! Built-in systems among systems of parts: a charger and its battery, written as products of operators.
//!
//! Frequencies, couplings, drive and noise are read off the coefficients of n, c^dag b_i, c b_i, c and of the channels; what they would make is written
//! down again, and only where it is the same product for product it is that system. H_B may have its zero anywhere: energies are shifted.

use num_complex::Complex64;

use super::canonical::Basis;
use super::of_charger_battery::{Written, lowering, raising};
use super::{Canonical, Letter, PartKind, Parts, PartsChannel, Terms, canonical};
use crate::lindblad::{Elementary, Node, TimeFunction, sum};
use crate::model::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Drive, FieldMemory, Initial,
    NoiseRates,
};
use crate::space::InitialState;

/// A built-in system with the energy of its empty battery.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recognised {
    pub(crate) system: ChargerBattery,
    pub(crate) offset: f64,
}

/// What counts as equal, relative to the largest.
const EQUAL: f64 = 1e-13;

impl Parts {
    /// The built-in system that this is.
    pub(crate) fn recognised(&self, end: f64) -> Option<Recognised> {
        let inside = self.in_battery();
        let [cells_at] = positions(&inside, true)[..] else { return None };
        let [charger_at] = positions(&inside, false)[..] else { return None };
        let (cells, charger) = (&self.parts()[cells_at], &self.parts()[charger_at]);
        let several = cells.count > 1;
        let no_equal_state = several && matches!(cells.initial, InitialState::Superposition(_));
        if charger.count != 1 || no_equal_state {
            return None;
        }
        let kind = match charger.kind {
            PartKind::Qubit => ChargerKind::Qubit,
            PartKind::Oscillator(cutoff) => ChargerKind::Oscillator(cutoff),
            _ => return None,
        };
        let cell = match cells.kind {
            PartKind::Qubit => Cell::Qubit,
            PartKind::Qudit(levels) | PartKind::Spin(levels) => Cell::Qudit(levels),
            PartKind::Oscillator(_) if several => return None,
            PartKind::Oscillator(cutoff) => Cell::Oscillator(cutoff),
        };
        let h_b = canonical(self.battery(), self)?;
        let h = canonical(&(self.battery().clone() + self.charging().clone()), self)?;
        let (c, first) = (self.first_site(charger_at), self.first_site(cells_at));
        let sites: Vec<usize> = (first..first + cells.count).collect();
        let number = |h: &Canonical, site: usize| of_number(self, h, site);
        let frequencies: Vec<f64> = sites.iter().map(|site| number(&h_b, *site)).collect::<Option<_>>()?;
        let rotating: Vec<f64> = sites.iter().map(|site| number(&h, *site)).collect::<Option<_>>()?;
        let levels: Terms =
            sites.iter().zip(&frequencies).map(|(site, omega)| Letter::Number.on(*site) * *omega).sum();
        if !frequencies.iter().all(|omega| *omega > 0.0) || !same(&h_b, &canonical(&levels, self)?, end) {
            return None;
        }
        let pair = |site: usize, up: bool| {
            let of = |a: (Basis, Complex64)| {
                ladder(self.kind(site), false).into_iter().map(move |b| (a, b)).collect::<Vec<_>>()
            };
            let weighted = ladder(charger.kind, up).into_iter().flat_map(of);
            weighted.map(|((a, x), (b, y))| x * y * constant(&h, &[(c, a), (site, b)])).sum::<Complex64>()
        };
        let strengths: Vec<f64> = sites.iter().map(|site| pair(*site, true).re).collect();
        let both: Vec<f64> = sites.iter().map(|site| pair(*site, false).re).collect();
        let form = if both.iter().all(|x| *x == 0.0) { CouplingForm::Exchange } else { CouplingForm::Dipole };
        let of_charger = number(&h, c)?;
        // The function of c in H.
        let driven = sum(ladder(charger.kind, false)
            .into_iter()
            .map(|(basis, x)| h.get(&vec![(c, basis)]).cloned().unwrap_or(TimeFunction::ZERO) * x));
        let amplitude = driven.at(0.0).re;
        let moving = driven.constant().is_none();
        let still = frequencies[0] - rotating[0];
        let candidates: Vec<f64> = match (amplitude == 0.0, moving) {
            (true, _) => vec![still],
            (false, false) if form == CouplingForm::Exchange => vec![still],
            (false, _) => turns(&driven),
        };
        let noise = |sites: &[usize]| self.noise_on(sites);
        let memory = self.memory_of(c)?;
        let (of_charger_noise, of_cells) = (noise(&[c])?, noise(&sites)?);
        if of_charger_noise.channels + of_cells.channels
            != self
                .channels()
                .iter()
                .filter(|channel| channel.rate != 0.0 && !channel.operator.is_empty())
                .count()
        {
            return None;
        }
        let offset = constant(&h_b, &[]).re - self.zero_of(&sites, &frequencies);
        let made = |drive_frequency: f64| {
            // In the laboratory nothing is taken off; in a rotating frame that of the drive is.
            let frame = if moving { 0.0 } else { drive_frequency };
            let charger = Charger {
                kind,
                frequency: of_charger + if form == CouplingForm::Exchange { frame } else { 0.0 },
                detuning: 0.0,
                noise: of_charger_noise.rates,
                memory,
            };
            let battery = Battery {
                cell,
                frequencies: frequencies.clone(),
                detuning: 0.0,
                noise: of_cells.rates,
                collective_noise: of_cells.collective,
            };
            let coupling = Coupling { strengths: strengths.clone(), scaling: 1.0, form };
            let drive = (amplitude != 0.0).then_some(Drive { amplitude, frequency: drive_frequency });
            let initial =
                Initial { charger: self.parts()[charger_at].initial.clone(), battery: cells.initial.clone() };
            ChargerBattery { charger, battery, coupling, drive, initial }
        };
        let same = |system: &ChargerBattery| {
            let frame = if moving { Written::LABORATORY } else { Written::rotating(still) };
            let again = frame.hamiltonian(system, c, first);
            let written = canonical(&again, self)?;
            same(&h, &written, end).then_some(())
        };
        let system = candidates.into_iter().map(made).find(|system| same(system).is_some())?;
        Some(Recognised { system, offset })
    }

    /// The memory of what dephases a charger at a site, B(t) n; `None` where something else remembers.
    fn memory_of(&self, site: usize) -> Option<Option<FieldMemory>> {
        let acting = || self.channels().iter().filter(|channel| channel.rate != 0.0);
        let Some(field) = acting().find(|channel| channel.memory.is_some()) else { return Some(None) };
        let number = canonical(&Letter::Number.on(site), self)?;
        let dephases = |channel: &PartsChannel| {
            let jump = canonical(&channel.operator, self);
            let of = jump.and_then(|jump| self.jump_of(&jump, site));
            channel.operator.sites() == [site] && of.is_none_or(|(jump, _)| jump == Jump::Dephasing)
        };
        let alone = acting().filter(|channel| dephases(channel)).count() == 1;
        let is_number = same(&canonical(&field.operator, self)?, &number, 0.0);
        (alone && is_number).then_some(field.memory)
    }

    /// The constant term of sum omega_i n_i in the basis.
    fn zero_of(&self, sites: &[usize], frequencies: &[f64]) -> f64 {
        let of = |(site, omega): (&usize, &f64)| match self.kind(*site) {
            // n = (1 + Z)/2.
            PartKind::Qubit => 0.5 * omega,
            _ => 0.0,
        };
        sites.iter().zip(frequencies).map(of).sum()
    }

    /// The noise of some sites, one channel for each or one for all.
    fn noise_on(&self, sites: &[usize]) -> Option<NoiseOn> {
        let mut found = NoiseOn { rates: NoiseRates::default(), collective: false, channels: 0 };
        let (mut down, mut up, mut dephasing) = (0.0, 0.0, 0.0);
        let mut families: Vec<(Jump, f64, Vec<usize>)> = Vec::new();
        let mut shared = false;
        for channel in self.channels().iter().filter(|channel| channel.rate != 0.0) {
            let acting = channel.operator.sites();
            if acting.is_empty() || !acting.iter().all(|site| sites.contains(site)) {
                continue;
            }
            found.channels += 1;
            let jump = canonical(&channel.operator, self)?;
            if acting.len() == 1 {
                let (jump, strength) = self.jump_of(&jump, acting[0])?;
                families.push((jump, channel.rate * strength, acting));
            } else {
                // The same on all of them.
                let alone = |site: usize| {
                    let own = jump.iter().filter(|(monomial, _)| monomial.iter().any(|(of, _)| *of == site));
                    let own: Canonical =
                        own.map(|(monomial, function)| (monomial.clone(), function.clone())).collect();
                    self.jump_of(&own, site)
                };
                let all: Vec<(Jump, f64)> = acting.iter().map(|site| alone(*site)).collect::<Option<_>>()?;
                let equal = all.iter().all(|one| one.0 == all[0].0 && close(one.1, all[0].1));
                let constant = !jump.contains_key(&Vec::new()) || all[0].0 == Jump::Dephasing;
                if !equal || !constant || acting.len() != sites.len() || jump.keys().any(|m| m.len() > 1) {
                    return None;
                }
                shared = true;
                families.push((all[0].0, channel.rate * all[0].1, acting));
            }
        }
        let separate = families.iter().any(|(.., acting)| acting.len() == 1) && sites.len() > 1;
        if shared && separate {
            return None;
        }
        for jump in [Jump::Down, Jump::Up, Jump::Dephasing] {
            let of_kind: Vec<_> = families.iter().filter(|family| family.0 == jump).collect();
            let Some(first) = of_kind.first() else { continue };
            let rate = match separate {
                false => of_kind.iter().map(|family| family.1).sum(),
                true => {
                    // One for each, all alike.
                    let mut acting: Vec<usize> = of_kind.iter().map(|family| family.2[0]).collect();
                    acting.sort_unstable();
                    if acting != sites || !of_kind.iter().all(|family| close(family.1, first.1)) {
                        return None;
                    }
                    first.1
                }
            };
            match jump {
                Jump::Down => down = rate,
                Jump::Up => up = rate,
                Jump::Dephasing => dephasing = rate,
            }
        }
        found.rates = match down > up {
            true => NoiseRates {
                relaxation: down - up,
                thermal_occupation: up / (down - up),
                dephasing,
                pumping: 0.0,
            },
            false => NoiseRates { relaxation: down, thermal_occupation: 0.0, dephasing, pumping: up },
        };
        found.collective = shared;
        Some(found)
    }

    /// The lowering operator, its adjoint or the number of a site, up to a factor whose square multiplies the rate.
    fn jump_of(&self, jump: &Canonical, site: usize) -> Option<(Jump, f64)> {
        let kind = self.kind(site);
        let local: Vec<(Basis, Complex64)> = jump
            .iter()
            .filter(|(monomial, _)| !monomial.is_empty())
            .map(|(monomial, function)| match monomial[..] {
                [(_, basis)] => Some((basis, function.constant()?)),
                _ => None,
            })
            .collect::<Option<_>>()?;
        let constant = jump.get(&Vec::new()).map_or(Some(Complex64::ZERO), |function| function.constant())?;
        for (which, letter) in
            [(Jump::Down, lowering(kind)), (Jump::Up, raising(kind)), (Jump::Dephasing, Letter::Number)]
        {
            let wanted = super::canonical::local(&[letter], kind);
            let of = |basis: Basis| wanted.iter().find(|(_, known)| *known == Some(basis)).map(|(x, _)| *x);
            let known = wanted.iter().filter(|(_, basis)| basis.is_some()).count();
            if local.len() != known {
                continue;
            }
            let Some(factors) =
                local.iter().map(|(basis, x)| of(*basis).map(|y| x / y)).collect::<Option<Vec<Complex64>>>()
            else {
                continue;
            };
            let factor = factors[0];
            // A constant beside the number is no Hamiltonian where it is a real multiple.
            let shift = constant == Complex64::ZERO
                || (which == Jump::Dephasing
                    && (constant * factor.conj()).im.abs() <= EQUAL * constant.norm() * factor.norm());
            if shift && factors.iter().all(|other| (other - factor).norm() <= EQUAL * factor.norm()) {
                return Some((which, factor.norm_sqr()));
            }
        }
        None
    }
}

/// What a channel does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Jump {
    Down,
    Up,
    Dephasing,
}

struct NoiseOn {
    rates: NoiseRates,
    collective: bool,
    /// How many channels that are.
    channels: usize,
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= EQUAL * a.abs().max(b.abs())
}

fn positions(list: &[bool], wanted: bool) -> Vec<usize> {
    (0..list.len()).filter(|k| list[*k] == wanted).collect()
}

/// Elements of the basis with the weights by which they make up the coefficient of c^dag, or of c.
fn ladder(kind: PartKind, up: bool) -> Vec<(Basis, Complex64)> {
    let sign = if up { -Complex64::I } else { Complex64::I };
    match kind {
        // x X + y Y = (x - iy) sp + (x + iy) sm.
        PartKind::Qubit => vec![(Basis::X, Complex64::ONE), (Basis::Y, sign)],
        PartKind::Oscillator(_) => {
            vec![(if up { Basis::Normal(1, 0) } else { Basis::Normal(0, 1) }, Complex64::ONE)]
        }
        PartKind::Qudit(levels) | PartKind::Spin(levels) => {
            let weight = 1.0 / ((levels - 1) as f64).sqrt();
            vec![(if up { Basis::Unit(1, 0) } else { Basis::Unit(0, 1) }, weight.into())]
        }
    }
}

/// The constant coefficient of a product, 0 where there is none.
fn constant(h: &Canonical, monomial: &[(usize, Basis)]) -> Complex64 {
    let mut sorted = monomial.to_vec();
    sorted.sort_unstable();
    h.get(&sorted).and_then(TimeFunction::constant).unwrap_or_default()
}

/// The coefficient of n of a site; `None` where it moves.
pub(super) fn of_number(parts: &Parts, h: &Canonical, site: usize) -> Option<f64> {
    let (basis, weight) = match parts.kind(site) {
        PartKind::Qubit => (Basis::Z, 2.0),
        PartKind::Oscillator(_) => (Basis::Normal(1, 1), 1.0),
        _ => (Basis::Unit(1, 1), 1.0),
    };
    match h.get(&vec![(site, basis)]) {
        None => Some(0.0),
        Some(function) => function.constant().map(|x| weight * x.re),
    }
}

/// Frequencies at which a function may turn: slopes of straight phases in it.
fn turns(function: &TimeFunction) -> Vec<f64> {
    fn search(function: &TimeFunction, found: &mut Vec<f64>) {
        let TimeFunction::Of(node) = function else { return };
        match &**node {
            Node::Sum(list) | Node::Product(list) => list.iter().for_each(|f| search(f, found)),
            Node::Power(a, b) => [a, b].into_iter().for_each(|f| search(f, found)),
            Node::Elementary(Elementary::Exp | Elementary::Sin | Elementary::Cos, x) => {
                if let Some((slope, _)) = x.affine() {
                    found.push(if slope.im == 0.0 { slope.re.abs() } else { slope.im.abs() });
                }
            }
            Node::Elementary(_, x) | Node::Samples(_, x) | Node::Conjugate(x) => search(x, found),
        }
    }
    let mut found = Vec::new();
    search(function, &mut found);
    found
}

/// Times at which waves are compared.
const COMPARED: usize = 31;

/// Whether both are the same, but for a constant.
pub(super) fn same(a: &Canonical, b: &Canonical, end: f64) -> bool {
    // No two of them in step with a wave.
    let times: Vec<f64> = (0..COMPARED).map(|k| end * (0.618_033_988_75 * k as f64).fract()).collect();
    let size = |f: &TimeFunction| times.iter().map(|time| f.at(*time).norm()).fold(0.0, f64::max);
    let largest = a.values().chain(b.values()).map(size).fold(0.0, f64::max);
    let mut keys = a.keys().chain(b.keys()).filter(|monomial| !monomial.is_empty());
    keys.all(|monomial| {
        let zero = TimeFunction::ZERO;
        let (f, g) = (a.get(monomial).unwrap_or(&zero), b.get(monomial).unwrap_or(&zero));
        let at = |time: &f64| (f.at(*time) - g.at(*time)).norm() <= 10.0 * EQUAL * largest;
        let ((x, of_f), (y, of_g)) = (f.factored(), g.factored());
        let mut waves = Vec::new();
        match () {
            () if f.constant().and(g.constant()).is_some() => at(&0.0),
            () if of_f == of_g => (x - y).norm() <= 10.0 * EQUAL * x.norm().max(y.norm()),
            // What is no wave may lie between the times that are looked at.
            () => f.frequencies(&mut waves) && g.frequencies(&mut waves) && times.iter().all(at),
        }
    })
}
