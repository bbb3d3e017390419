//! A closed system: H on charger (x) battery and the kets it starts from, with what its cuts leave out.
//!
//! Kept levels P, others Q: the exact ket differs from the one of P H P by at most
//!   |start that is cut off| + int_0^t ||Q H P psi(s)|| ds,
//! because d/dt of the difference is -iH times it and -i Q H P psi. So a cutoff can be proven to suffice; and it is exact where what the start
//! reaches does not touch it.

use std::collections::BTreeMap;

use num_complex::Complex64;

use super::{ChargerBattery, ChargerKind, CouplingForm, JointSystem, Levels, ModelError};
use crate::lindblad::{Lindbladian, Modulation};
use crate::operator::Operator;
use crate::space::{BatterySpace, InitialState};

/// H, kets and battery; nothing is open.
#[derive(Clone, Debug)]
pub(crate) struct ClosedSystem {
    pub(crate) lindbladian: Lindbladian,
    pub(crate) charger_levels: usize,
    pub(crate) space: BatterySpace,
    /// Weights are in the norms.
    pub(crate) kets: Vec<Vec<Complex64>>,
    /// Levels of H, of which these may be a part.
    pub(crate) whole: usize,
    /// Whether equal levels count as one.
    pub(crate) folded: bool,
    /// How levels that count as one become all levels again, where the battery has cells to look at.
    pub(crate) unfolded: Option<Unfolded>,
    /// What goes beyond cuts that grow.
    pub(crate) leak: Leak,
}

/// From classes of equal levels to all levels.
#[derive(Clone, Debug)]
pub(crate) struct Unfolded {
    pub(crate) space: BatterySpace,
    /// The class of every level, where it is reached, and its share of the class's amplitude.
    pub(crate) levels: Vec<Option<(usize, f64)>>,
}

impl Unfolded {
    /// Kets on all levels.
    pub(crate) fn kets(&self, kets: &[Vec<Complex64>]) -> Vec<Vec<Complex64>> {
        let amplitude = |psi: &Vec<Complex64>, level: &Option<(usize, f64)>| {
            level.map_or(Complex64::ZERO, |(class, share)| psi[class] * share)
        };
        kets.iter().map(|psi| self.levels.iter().map(|level| amplitude(psi, level)).collect()).collect()
    }
}

/// Rows of Q H P: entries (level, value).
pub(super) type Beyond = Vec<Vec<(usize, Complex64)>>;

/// Q H P, row by row, for every part of H that depends on time in its own way; and the norm of what is cut off at first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leak {
    pub(crate) parts: Vec<Beyond>,
    pub(crate) start: f64,
}

impl Leak {
    /// ||Q H P psi|| of kets at most: a bound for any time dependence with |f| <= 1.
    pub(crate) fn rate(&self, kets: &[Vec<Complex64>]) -> f64 {
        let row = |row: &Vec<(usize, Complex64)>, psi: &[Complex64]| {
            row.iter().map(|(level, x)| x * psi[*level]).sum::<Complex64>().norm_sqr()
        };
        let part = |part: &Vec<Vec<(usize, Complex64)>>| {
            let squares: f64 = kets.iter().map(|psi| part.iter().map(|r| row(r, psi)).sum::<f64>()).sum();
            squares.sqrt()
        };
        self.parts.iter().map(part).sum()
    }

    /// Whether nothing is cut off, at first or later.
    pub(crate) fn is_exact(&self) -> bool {
        self.start == 0.0 && self.parts.iter().all(Vec::is_empty)
    }

    /// Whether nothing leaves these levels.
    pub(crate) fn is_closed_on(&self, levels: impl Iterator<Item = usize>) -> bool {
        let mut leaks =
            vec![false; self.parts.iter().flatten().flatten().map(|x| x.0 + 1).max().unwrap_or(0)];
        self.parts.iter().flatten().flatten().for_each(|(level, _)| leaks[*level] = true);
        !levels.into_iter().any(|level| leaks.get(level) == Some(&true))
    }
}

impl ClosedSystem {
    /// A master equation without channels.
    pub(crate) fn of(joint: JointSystem) -> Self {
        let JointSystem { lindbladian, charger_levels, rho0, space } = joint;
        let kets = rho0.kets();
        ClosedSystem::new(lindbladian, charger_levels, space, kets, Leak::default())
    }

    pub(crate) fn new(
        lindbladian: Lindbladian,
        charger_levels: usize,
        space: BatterySpace,
        kets: Vec<Vec<Complex64>>,
        leak: Leak,
    ) -> Self {
        let whole = lindbladian.dim();
        ClosedSystem { lindbladian, charger_levels, space, kets, whole, folded: false, unfolded: None, leak }
    }

    /// 1 (x) H_B.
    pub(crate) fn energy(&self) -> Operator {
        Operator::identity(self.charger_levels).kron(&self.space.hamiltonian())
    }

    /// Levels of the charger and, where it is an oscillator, of the battery.
    pub(crate) fn levels(&self) -> Levels {
        let battery = if self.space.is_oscillator() { self.space.dim() } else { 1 };
        Levels { charger: self.charger_levels, battery }
    }
}

/// P H P on `dim` levels, to which `kept` takes those of H, and the rows of Q H P for every part of H.
pub(super) fn cut(
    whole: &Lindbladian,
    dim: usize,
    kept: &dyn Fn(usize) -> Option<usize>,
) -> Result<(Lindbladian, Vec<Beyond>), ModelError> {
    let mut parts = Vec::new();
    let mut inside = |operator: &Operator| {
        let mut beyond: BTreeMap<usize, Vec<(usize, Complex64)>> = BTreeMap::new();
        let mut entries = Vec::new();
        for (i, j, x) in operator.entries() {
            match (kept(i), kept(j)) {
                (Some(i), Some(j)) => entries.push((i, j, x)),
                (None, Some(j)) => beyond.entry(i).or_default().push((j, x)),
                _ => {}
            }
        }
        parts.push(beyond.into_values().collect());
        Operator::from_entries(dim, entries)
    };
    let hamiltonian = inside(whole.hamiltonian());
    let modulations = whole.modulations().iter();
    let modulations =
        modulations.map(|m| Modulation { operator: inside(&m.operator), shape: m.shape.clone() }).collect();
    let lindbladian =
        Lindbladian::modulated(hamiltonian, Vec::new(), modulations)?.with_entries(whole.entries());
    Ok((lindbladian, parts))
}

impl ChargerBattery {
    /// Whether charger and battery are oscillators, which are cut.
    pub(crate) fn cut(&self) -> (bool, bool) {
        (self.charger.kind != ChargerKind::Qubit, self.battery_oscillates())
    }

    /// Whether there is no noise.
    pub(crate) fn is_closed(&self) -> bool {
        !self.charger.noise.any() && !self.battery.noise.any()
    }

    /// The system without its channels.
    ///
    /// # Errors
    /// [`ModelError`] when a state does not exist or a cutoff cannot hold it.
    pub(crate) fn closed_system(&self, levels: Levels) -> Result<ClosedSystem, ModelError> {
        let space = self.battery_space(levels)?;
        let (charger, battery) = self.initial_kets(&space, levels)?;
        // What the last levels hold tells what lies beyond them.
        let edge = |kets: &[Vec<Complex64>], cut: bool, state: &InitialState| match cut && state.has_tail() {
            true => {
                kets.iter().flat_map(|psi| psi.iter().rev().take(2)).map(|x| x.norm_sqr()).sum::<f64>().sqrt()
            }
            false => 0.0,
        };
        let (charger_cut, battery_cut) = self.cut();
        let start = edge(&charger, charger_cut, &self.initial.charger)
            + edge(&battery, battery_cut, &self.initial.battery);
        let kets = products(&charger, &battery);
        let wide = Levels {
            charger: levels.charger + usize::from(charger_cut),
            battery: levels.battery + usize::from(battery_cut),
        };
        let wide_space = self.battery_space(wide)?;
        let whole = self.lindbladian(&wide_space, wide, self.frame())?;
        if !(charger_cut || battery_cut) {
            return Ok(ClosedSystem::new(whole, levels.charger, space, kets, Leak::default()));
        }
        let (dim_b, wide_b) = (space.dim(), wide_space.dim());
        let kept = |joint: usize| {
            let (c, b) = (joint / wide_b, joint % wide_b);
            (c < levels.charger && b < dim_b).then_some(c * dim_b + b)
        };
        let (lindbladian, parts) = cut(&whole, levels.charger * dim_b, &kept)?;
        Ok(ClosedSystem::new(lindbladian, levels.charger, space, kets, Leak { parts, start }))
    }

    /// Kets of charger and battery at t = 0, weights in their norms.
    ///
    /// # Errors
    /// [`ModelError`] when a state does not exist or a cutoff cannot hold it.
    #[allow(clippy::type_complexity)] // Two lists of kets.
    pub(super) fn initial_kets(
        &self,
        space: &BatterySpace,
        levels: Levels,
    ) -> Result<(Vec<Vec<Complex64>>, Vec<Vec<Complex64>>), ModelError> {
        let charger = match self.charger.kind {
            ChargerKind::Qubit => self.initial.charger.on_levels(2),
            ChargerKind::Oscillator(_) => self.initial.charger.on_oscillator(levels.charger),
        };
        let charger = charger.map_err(ModelError::ChargerState)?.kets();
        let battery = self.initial.battery.kets_on_battery(space).map_err(ModelError::BatteryState)?;
        Ok((charger, battery))
    }

    /// A first choice for the levels of oscillators that nothing damps, up to the time `end`.
    ///
    /// An exchange without drive keeps the number of excitations: room for all of them. A dipole coupling with equal signs keeps
    ///   H >= omega_C |a|^2 - 2 |a| G, G = sum_i g_i (d_i - 1), and |d<a>/dt + i omega_C <a>| <= G,
    /// so that the amplitude stays below G/omega_C + sqrt((G/omega_C)^2 + n_C(0) + n_B(0) omega_B/omega_C) and below |a(0)| + G t.
    pub(crate) fn first_closed_levels(&self, end: f64) -> Levels {
        let first = self.first_levels();
        if self.active_drive().is_some() {
            return first;
        }
        let start = &self.initial;
        let room = |grows: bool, cut: usize, own: &InitialState, others: usize| match (grows, own) {
            (false, _) => cut,
            (true, InitialState::Ground) => others + 2,
            (true, InitialState::Fock(n)) => n + others + 2,
            (true, InitialState::Superposition(c)) => c.len() + others + 1,
            (true, _) => cut + others + 1,
        };
        let number = |state: &InitialState, top: usize| match state {
            InitialState::Ground => 0,
            InitialState::Fock(n) => (*n).min(top),
            InitialState::Superposition(c) => c.len() - 1,
            _ => top,
        };
        let steps = self.cells() * self.cell_steps();
        let oscillator = self.battery_oscillates();
        let in_cells = number(&start.battery, if oscillator { first.battery } else { steps });
        if self.coupling.form == CouplingForm::Exchange {
            let in_charger = number(&start.charger, first.charger);
            return Levels {
                charger: room(self.grows_charger(), first.charger, &start.charger, in_cells),
                battery: room(self.grows_battery(), first.battery, &start.battery, in_charger),
            };
        }
        if !self.grows_charger() || oscillator {
            return first;
        }
        let reach: f64 =
            self.coupling.strengths.iter().map(|g| g.abs()).sum::<f64>() * self.cell_steps() as f64;
        let omega = (self.charger.frequency + self.charger.detuning).abs();
        let amplitude = start.charger.amplitude();
        let in_cells: f64 = self.cell_frequencies().map(f64::abs).sum::<f64>() * self.cell_steps() as f64;
        let push = reach / omega;
        let bound = push + (push * push + amplitude * amplitude + in_cells / omega).sqrt();
        let bound = bound.min(amplitude + reach * end);
        let levels = bound * bound + (TAIL * bound - LESS).max(LEAST);
        Levels {
            charger: if levels.is_finite() { levels.min(1e12) as usize } else { first.charger },
            ..first
        }
    }
}

/// Levels beyond the square of the largest amplitude, measured for a tolerance of 1e-8: a multiple of it less some.
const TAIL: f64 = 12.0;
const LESS: f64 = 14.0;
const LEAST: f64 = 8.0;

/// Each ket of a with each of b: a_i (x) b_j.
pub(super) fn products(a: &[Vec<Complex64>], b: &[Vec<Complex64>]) -> Vec<Vec<Complex64>> {
    let product =
        |a: &[Complex64], b: &[Complex64]| a.iter().flat_map(|x| b.iter().map(move |y| x * y)).collect();
    a.iter().flat_map(|a| b.iter().map(move |b| product(a, b))).collect()
}
