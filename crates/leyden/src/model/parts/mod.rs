//! Any battery: parts, a Hamiltonian of products of their operators, channels, functions of time.
//!
//! H(t) = H_B + H_charging(t), d rho/dt = -i[H(t), rho] + sum_k gamma_k D\[L_k\] rho on the tensor product of all members of all parts, in their
//! order, the first on the slow index. H_B is constant; every part that it names belongs to the battery, all others charge it.
//!
//! What a scenario writes as text is this type (crate `leyden-text`); it can be built by hand as well.

mod assembled;
mod canonical;
mod graph;
mod hermitian;
mod layout;
mod mirror;
mod of_charger_battery;
mod orbits;
mod qubits;
mod recognised;
mod remembered;
mod start;
mod terms;
mod valid;

pub(crate) use assembled::Assembled;
pub(crate) use canonical::{Canonical, Monomial, canonical};
pub use graph::Graph;
pub use hermitian::NotHermitian;
pub(crate) use layout::{Layout, check_starts, first_cutoffs};
pub(crate) use mirror::Mirrors;
pub(super) use of_charger_battery::jump_of;
pub(crate) use qubits::Qubits;
pub(crate) use recognised::Recognised;
pub(crate) use remembered::RememberedField;
pub use terms::{Letter, Term, Terms};

use super::Cutoff;
use crate::lindblad::FunctionError;
use crate::model::{FieldError, FieldMemory};
use crate::space::{InitialState, StateError};

/// What a member of a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartKind {
    /// Two levels.
    Qubit,
    /// So many levels.
    Qudit(usize),
    /// A spin (d-1)/2 of d levels.
    Spin(usize),
    /// An oscillator.
    Oscillator(Cutoff),
}

impl PartKind {
    /// Its levels; `None` of an oscillator.
    pub fn levels(self) -> Option<usize> {
        match self {
            PartKind::Qubit => Some(2),
            PartKind::Qudit(levels) | PartKind::Spin(levels) => Some(levels),
            PartKind::Oscillator(_) => None,
        }
    }

    /// Its name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            PartKind::Qubit => "qubit",
            PartKind::Qudit(_) => "qudit",
            PartKind::Spin(_) => "spin",
            PartKind::Oscillator(_) => "oscillator",
        }
    }

    /// Whether an operator acts on it.
    pub fn has(self, letter: Letter) -> bool {
        match letter {
            Letter::X | Letter::Y | Letter::Z => self == PartKind::Qubit,
            Letter::Raise | Letter::Lower => !matches!(self, PartKind::Oscillator(_)),
            Letter::Number => true,
            Letter::Annihilate | Letter::Create => matches!(self, PartKind::Oscillator(_)),
            Letter::Sx | Letter::Sy | Letter::Sz => matches!(self, PartKind::Spin(_)),
            Letter::Transition(k, l) => self.levels().is_none_or(|levels| k.max(l) < levels),
        }
    }
}

/// Equal members under one name.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// What each member is.
    pub kind: PartKind,
    /// How many members.
    pub count: usize,
    /// The state of each member at t = 0; of several ones a Fock state is the symmetric one of so many excitations together.
    pub initial: InitialState,
}

impl Part {
    /// Members of a kind in their lowest levels.
    pub fn new(name: &str, kind: PartKind, count: usize) -> Self {
        Part { name: name.into(), kind, count, initial: InitialState::Ground }
    }

    /// Starting in another state.
    pub fn starting_in(mut self, state: InitialState) -> Self {
        self.initial = state;
        self
    }
}

/// gamma `D[L]`.
#[derive(Clone, Debug)]
pub struct PartsChannel {
    /// gamma, at least 0.
    pub rate: f64,
    /// L, constant.
    pub operator: Terms,
    /// Of the field whose mean it is, H + B(t) L with L Hermitian; `None` where it is white.
    pub memory: Option<FieldMemory>,
    /// Which list of channels it belongs to, from 0: the ledger adds up those of one list.
    pub group: usize,
}

/// Lists are names: the same channels make the same system.
impl PartialEq for PartsChannel {
    fn eq(&self, other: &Self) -> bool {
        self.rate == other.rate && self.operator == other.operator && self.memory == other.memory
    }
}

/// A system of parts; hbar = 1, frequencies and rates in one unit.
///
/// ```
/// use leyden::parts::{Letter, Part, PartKind, Parts, Terms};
/// use leyden::{System, Times};
///
/// // Three spins in a row, H_B = sum_i Z_i/2, in a transverse field: H = H_B + 0.3 sum_i Z_i Z_{i+1} + sum_i X_i.
/// let sum = |of: &dyn Fn(usize) -> Terms, sites: std::ops::Range<usize>| sites.map(of).sum::<Terms>();
/// let battery = sum(&|i| Letter::Z.on(i) * 0.5, 0..3);
/// let charging = sum(&|i| Letter::Z.on(i) * Letter::Z.on(i + 1) * 0.3, 0..2) + sum(&|i| Letter::X.on(i), 0..3);
/// let chain = Parts::new(vec![Part::new("cells", PartKind::Qubit, 3)], battery, charging)
///     .with_channel(0.05, Letter::Lower.on(2));
/// let run = chain.charge(&Times::even(0.0, 5.0, 101).into())?;
/// assert!(run.last().energy > -1.5);
/// # Ok::<(), leyden::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    parts: Vec<Part>,
    battery: Terms,
    charging: Terms,
    channels: Vec<PartsChannel>,
    /// The part of every site.
    part_of: Vec<usize>,
}

impl Parts {
    /// Parts with H_B and what is added to it. Sites count through all members of all parts, from 0.
    pub fn new(parts: Vec<Part>, battery: Terms, charging: Terms) -> Self {
        let members = parts.iter().enumerate();
        let part_of = members.flat_map(|(index, part)| std::iter::repeat_n(index, part.count)).collect();
        Parts { parts, battery, charging, channels: Vec::new(), part_of }
    }

    /// Adds gamma `D[L]`.
    pub fn with_channel(self, rate: f64, operator: Terms) -> Self {
        let group = self.channels.last().map_or(0, |last| last.group + 1);
        self.with_channel_of(PartsChannel { rate, operator, memory: None, group })
    }

    /// Adds a field H + B(t) L with memory, of integrated strength gamma.
    pub fn with_field(self, gamma: f64, operator: Terms, memory: FieldMemory) -> Self {
        let group = self.channels.last().map_or(0, |last| last.group + 1);
        self.with_channel_of(PartsChannel { rate: gamma, operator, memory: Some(memory), group })
    }

    /// Adds gamma `D[L]` for every L of a list.
    pub fn with_channel_of_each(self, rate: f64, operators: impl Iterator<Item = Terms>) -> Self {
        let group = self.channels.last().map_or(0, |last| last.group + 1);
        let channel = |operator| PartsChannel { rate, operator, memory: None, group };
        operators.fold(self, |parts, operator| parts.with_channel_of(channel(operator)))
    }

    /// Adds a channel to a list of them.
    pub fn with_channel_of(mut self, channel: PartsChannel) -> Self {
        self.channels.push(channel);
        self
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// H_B.
    pub fn battery(&self) -> &Terms {
        &self.battery
    }

    /// What is added to H_B.
    pub fn charging(&self) -> &Terms {
        &self.charging
    }

    /// The channels.
    pub fn channels(&self) -> &[PartsChannel] {
        &self.channels
    }

    /// Whether all noise is white, as channels are.
    pub fn is_markovian(&self) -> bool {
        self.channels.iter().all(|channel| channel.rate == 0.0 || channel.memory.is_none())
    }

    /// Number of sites.
    pub fn sites(&self) -> usize {
        self.part_of.len()
    }

    /// The first site of a part.
    pub fn first_site(&self, part: usize) -> usize {
        self.parts[..part].iter().map(|part| part.count).sum()
    }

    /// The part of a site.
    pub(crate) fn part_of(&self, site: usize) -> usize {
        self.part_of[site]
    }

    /// What a site is.
    pub(crate) fn kind(&self, site: usize) -> PartKind {
        self.parts[self.part_of[site]].kind
    }

    /// Whether each part belongs to the battery.
    pub fn in_battery(&self) -> Vec<bool> {
        let mut named = vec![false; self.parts.len()];
        self.battery.sites().into_iter().for_each(|site| named[self.part_of[site]] = true);
        named
    }

    /// The energy of one step of every cell, where H_B is the same ladder of equal steps for all of them.
    pub fn splitting(&self) -> Option<f64> {
        let first = *self.battery.sites().first()?;
        let found = canonical(&self.battery, self)?;
        let at = |site: usize| recognised::of_number(self, &found, site);
        let omega = at(first)?;
        let inside = self.in_battery();
        let mut cells = (0..self.sites()).filter(|site| inside[self.part_of(*site)]);
        let kind = self.kind(first);
        let equal = cells.clone().all(|site| self.kind(site) == kind && at(site) == Some(omega));
        let ladder: Terms = cells.by_ref().map(|site| Letter::Number.on(site) * omega).sum();
        (omega > 0.0 && equal && recognised::same(&found, &canonical(&ladder, self)?, 0.0)).then_some(omega)
    }

    /// `cells[2]`, or `charger` of a part with one member; members count from 1.
    pub fn site_name(&self, site: usize) -> String {
        let index = self.part_of[site];
        let part = &self.parts[index];
        match part.count {
            1 => part.name.clone(),
            _ => format!("{}[{}]", part.name, site - self.first_site(index) + 1),
        }
    }
}

impl PartsError {
    fn too_many(which: &'static str) -> Self {
        PartsError::TooManyTerms { which, most: canonical::MOST }
    }
}

messages! {
    /// Why a system of parts cannot be solved.
    #[derive(Clone, Debug, PartialEq)]
    pub enum PartsError {
        NoBattery = "the Hamiltonian of the battery must name at least one part";
        Site { site: usize, sites: usize } = "sites count from 0 to {sites} - 1, but a term acts on site {site}";
        Letter { letter: Letter, site: String, kind: &'static str } = "{letter:?} does not act on {site}, a {kind}";
        Rate { channel: usize, rate: f64 } =
            "rates must be finite and at least 0, but that of channel {channel} is {rate}";
        LargeBattery { levels: usize, most: usize } =
            "the Hamiltonian of the battery couples {levels} levels, of which at most {most} can be diagonalised; fewer members, or a battery that is a part of them, have fewer";
        BatteryMoves = "the Hamiltonian of the battery must not depend on time";
        ChannelMoves { channel: usize } = "the operator of channel {channel} must not depend on time";
        FieldNotHermitian { channel: usize } =
            "noise with memory is a field on a Hermitian operator, but that of channel {channel} is not; white noise goes with every operator";
        Field { channel: usize, error: FieldError } = "channel {channel}: {error}";
        SeveralFields { channel: usize } =
            "the hierarchy takes one field with memory, but channel {channel} is a second one; several are drawn: `[method] name = \"trajectories\"` and `[trajectories] picture = \"field\"`";
        FieldTurns { channel: usize } =
            "the hierarchy takes a field on an operator that is diagonal with H_B, but that of channel {channel} is not; others are drawn: `[method] name = \"trajectories\"` and `[trajectories] picture = \"field\"`";
        FieldBesideTime { channel: usize } =
            "the hierarchy takes no functions of time beside noise with memory, that of channel {channel}; both are drawn: `[method] name = \"trajectories\"` and `[trajectories] picture = \"field\"`";
        NotHermitian { which: &'static str, term: String, error: f64 } =
            "the {which} must be Hermitian, but `{term}` and its adjoint differ by {error:.1e}; add `h.c.`";
        State { part: String, error: StateError } = "{part}: {error}";
        Function(FunctionError) = "{0}";
        TooManyTerms { which: &'static str, most: usize } =
            "the {which} must have at most {most} products of operators";
    }
}
