//! The generator of a Lindblad master equation, applied without ever being formed.
//!
//! d rho/dt = -i[H(t), rho] + sum_k (gamma_k/2)(2 L_k rho L_k^dag - L_k^dag L_k rho - rho L_k^dag L_k)

mod carried;
mod diagonals;
mod function;
mod generator;
mod images;
mod kernel;
mod memory;
mod pairs;
mod slabs;
mod terms;

pub use function::{
    Elementary, Function, FunctionError, Node, Samples, TimeFunction, common_frequency, product, sum,
};
pub(crate) use generator::FEW_LEVELS;
pub use generator::Generator;
pub(crate) use images::Images;
pub(crate) use memory::Memory;
pub(crate) use pairs::{Pairs, connected, populated, reached_levels};
pub(crate) use terms::reached;

use crate::numerics::dot;
use crate::operator::{Hermitian, Operator};

/// One dissipation channel `D[L]` with rate gamma.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// Rate gamma, at least 0.
    pub rate: f64,
    /// Jump operator L.
    pub jump: Operator,
}

/// One part f(t) V of a Hamiltonian, V Hermitian.
#[derive(Clone, Debug, PartialEq)]
pub struct Modulation {
    /// Hermitian operator V.
    pub operator: Operator,
    /// f.
    pub shape: Shape,
}

/// How a part of a Hamiltonian depends on time.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// cos(frequency t + phase).
    Cosine {
        /// Angular frequency.
        frequency: f64,
        /// Phase in radians.
        phase: f64,
    },
    /// 1 for from <= t < to, else 0.
    Window {
        /// When it is switched on.
        from: f64,
        /// When it is switched off.
        to: f64,
    },
    /// Any f of modulus 1 at most: weights belong into its operator.
    Function(Function),
}

impl Shape {
    /// f(t).
    pub fn at(&self, time: f64) -> f64 {
        match *self {
            Shape::Function(ref of) => of.at(time),
            Shape::Cosine { frequency, phase } => (frequency * time + phase).cos(),
            Shape::Window { from, to } => f64::from(u8::from((from..to).contains(&time))),
        }
    }

    /// The longest step from a time, at most h, that misses nothing.
    pub(crate) fn longest_step(&self, time: f64, h: f64) -> f64 {
        match self {
            Shape::Function(of) => of.longest_step(time, h),
            Shape::Cosine { .. } | Shape::Window { .. } => h,
        }
    }

    /// Whether f is a number at all times.
    fn is_sound(&self) -> bool {
        match *self {
            Shape::Function(_) => true,
            Shape::Cosine { frequency, phase } => frequency.is_finite() && phase.is_finite(),
            Shape::Window { from, to } => !from.is_nan() && !to.is_nan(),
        }
    }

    /// Where f changes its form.
    pub fn breakpoints(&self) -> impl Iterator<Item = f64> {
        let points = match self {
            Shape::Cosine { .. } => Vec::new(),
            Shape::Window { from, to } => vec![*from, *to],
            Shape::Function(of) => of.breakpoints().to_vec(),
        };
        points.into_iter().filter(|point| point.is_finite())
    }
}

/// `d<O>/dt` of an observable O under a generator: `<L^dag(O)> + sum_k f_k(t) <i[V_k, O]>`.
#[derive(Clone, Debug)]
pub struct EnergyFlow {
    constant: Vec<f64>,
    parts: Vec<(Shape, Vec<f64>)>,
}

impl EnergyFlow {
    /// Its value at a time in a state of these numbers.
    pub fn at(&self, time: f64, s: &[f64]) -> f64 {
        let parts = self.parts.iter().map(|(shape, part)| shape.at(time) * dot(s, part));
        dot(s, &self.constant) + parts.sum::<f64>()
    }

    /// The same on the numbers that a generator carries.
    pub(crate) fn carried_by(self, generator: &Generator) -> Self {
        let carried = |numbers: Vec<f64>| generator.carried(&numbers).into_owned();
        let parts = self.parts.into_iter().map(|(shape, part)| (shape, carried(part)));
        EnergyFlow { parts: parts.collect(), constant: carried(self.constant) }
    }
}

messages! {
    /// Why a generator cannot be built.
    #[derive(Clone, Debug, PartialEq)]
    pub enum LindbladError {
        NotHermitian { error: f64 } =
            "the Hamiltonian must be Hermitian, but |H - H^dag| reaches {error:.1e}; add the conjugate part";
        BadRate { channel: usize, rate: f64 } =
            "rates must be finite and at least 0, but channel {channel} has {rate}";
        BadJump { channel: usize } =
            "jump operators must hold finite numbers, but that of channel {channel} does not";
        BadShape { part: usize, shape: Shape } =
            "times, frequencies and phases of a part of the Hamiltonian must be numbers, but part {part} has {shape:?}";
        DimensionMismatch { expected: usize, found: usize } =
            "all operators must act on {expected} levels like the Hamiltonian, but one acts on {found}";
    }
}

/// What the entries of operators are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entries {
    /// Numbers that were put in, to the last digit.
    Input,
    /// Input times rounded numbers, such as square roots: what vanishes by their relations does not vanish to the last digit.
    Rounded,
    /// Sums of many such products: some that should vanish do not.
    Turned,
}

/// Hamiltonian and channels of a master equation.
///
/// d rho/dt = -i[H, rho] + sum_k (gamma_k/2)(2 L_k rho L_k^dag - {L_k^dag L_k, rho}); frequencies and rates in
/// one common unit, hbar = 1; all operators n x n.
#[derive(Clone, Debug, PartialEq)]
pub struct Lindbladian {
    hamiltonian: Operator,
    channels: Vec<Channel>,
    modulations: Vec<Modulation>,
    entries: Entries,
}

impl Lindbladian {
    /// An upper bound on the spectral norm of Z: spread(H) + 2 sum gamma ||L||^2.
    pub(crate) fn norm_bound(&self) -> f64 {
        let of = |channel: &Channel| 2.0 * channel.rate * channel.jump.norm_bound().powi(2);
        self.frequency_bound() + self.channels().iter().map(of).sum::<f64>()
    }

    /// An upper bound on spread(H), the largest frequency: 2||H|| as the bound on the spread of the off-diagonal part and the exact spread
    /// of the diagonal one.
    pub(crate) fn frequency_bound(&self) -> f64 {
        let (h, dim) = (self.hamiltonian(), self.dim());
        let energies = || (0..dim).map(|i| h.get(i, i).re);
        let spread = energies().fold(f64::MIN, f64::max) - energies().fold(f64::MAX, f64::min);
        let coupling = Operator::from_entries(dim, h.entries().filter(|(i, j, _)| i != j));
        let modulated: f64 = self.modulations().iter().map(|m| 2.0 * m.operator.norm_bound()).sum();
        spread + 2.0 * coupling.norm_bound() + modulated
    }

    /// A generator that does not depend on time.
    ///
    /// # Errors
    /// [`LindbladError`] when H is not Hermitian, a rate is negative or the spaces differ.
    pub fn new(hamiltonian: Operator, channels: Vec<Channel>) -> Result<Self, LindbladError> {
        Self::modulated(hamiltonian, channels, Vec::new())
    }

    /// A generator whose Hamiltonian is H + sum_k f_k(t) V_k.
    ///
    /// # Errors
    /// [`LindbladError`] when an operator is not Hermitian, a rate is negative or the spaces differ.
    pub fn modulated(
        hamiltonian: Operator,
        channels: Vec<Channel>,
        modulations: Vec<Modulation>,
    ) -> Result<Self, LindbladError> {
        let expected = hamiltonian.dim();
        for operator in std::iter::once(&hamiltonian).chain(modulations.iter().map(|m| &m.operator)) {
            let error = operator.hermiticity_error();
            if error.is_nan() || error > 1e-12 * operator.norm_bound().max(1e-300) {
                return Err(LindbladError::NotHermitian { error });
            }
        }
        let others = channels.iter().map(|c| &c.jump).chain(modulations.iter().map(|m| &m.operator));
        if let Some(operator) = others.into_iter().find(|operator| operator.dim() != expected) {
            return Err(LindbladError::DimensionMismatch { expected, found: operator.dim() });
        }
        if let Some(channel) = channels.iter().position(|c| !c.jump.norm_bound().is_finite()) {
            return Err(LindbladError::BadJump { channel });
        }
        if let Some((channel, c)) =
            channels.iter().enumerate().find(|(_, c)| !(c.rate >= 0.0 && c.rate.is_finite()))
        {
            return Err(LindbladError::BadRate { channel, rate: c.rate });
        }
        if let Some((part, m)) = modulations.iter().enumerate().find(|(_, m)| !m.shape.is_sound()) {
            return Err(LindbladError::BadShape { part, shape: m.shape.clone() });
        }
        let channels = channels.into_iter().filter(|c| c.rate > 0.0).collect();
        let modulations = modulations.into_iter().filter(|m| m.operator.norm_bound() > 0.0).collect();
        Ok(Lindbladian { hamiltonian, channels, modulations, entries: Entries::Input })
    }

    /// What acts within some levels, increasing.
    pub(crate) fn within(&self, levels: &[usize]) -> Self {
        let mut place = vec![None; self.dim()];
        levels.iter().enumerate().for_each(|(k, &level)| place[level] = Some(k));
        let inside = |operator: &Operator| {
            let entries = operator.entries().filter_map(|(i, j, x)| Some((place[i]?, place[j]?, x)));
            Operator::from_entries(levels.len(), entries)
        };
        let channel = |c: &Channel| Channel { rate: c.rate, jump: inside(&c.jump) };
        let part = |m: &Modulation| Modulation { operator: inside(&m.operator), shape: m.shape.clone() };
        Lindbladian {
            hamiltonian: inside(&self.hamiltonian),
            channels: self.channels.iter().map(channel).collect(),
            modulations: self.modulations.iter().map(part).collect(),
            entries: self.entries,
        }
    }

    /// With entries that are not what was put in to the last digit.
    pub(crate) fn with_entries(self, entries: Entries) -> Self {
        Lindbladian { entries, ..self }
    }

    /// What its entries are.
    pub(crate) fn entries(&self) -> Entries {
        self.entries
    }

    /// Number of levels n.
    pub fn dim(&self) -> usize {
        self.hamiltonian.dim()
    }

    /// The part of H that does not depend on time.
    pub(crate) fn hamiltonian(&self) -> &Operator {
        &self.hamiltonian
    }

    /// Channels with rates above zero.
    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Parts of H that depend on time.
    pub(crate) fn modulations(&self) -> &[Modulation] {
        &self.modulations
    }

    /// `L^dag(O) = i[H, O] + sum_k gamma_k (L_k^dag O L_k - {L_k^dag L_k, O}/2)`: `d<O>/dt = <L^dag(O)>`.
    ///
    /// Modulated parts of H are left out; [`flow`](Self::flow) has them.
    pub(crate) fn adjoint(&self, observable: &Operator) -> Operator {
        let (h, o) = (&self.hamiltonian, observable);
        let commutator = &(h * o) - &(o * h);
        let mut image = commutator.scaled(num_complex::Complex64::I);
        for Channel { rate, jump: l } in &self.channels {
            let l_dag = l.adjoint();
            let weight = &l_dag * l;
            let gain = &(&l_dag * o) * l;
            let loss = &(&weight * o) + &(o * &weight);
            image = &image + &(*rate * &(&gain - &(0.5 * &loss)));
        }
        image
    }

    /// `d<O>/dt` at all times, modulated parts included.
    pub(crate) fn flow(&self, observable: &Operator) -> EnergyFlow {
        let parts = self.modulations.iter().filter_map(|Modulation { operator, shape }| {
            let commutator = &(operator * observable) - &(observable * operator);
            let part = commutator.scaled(num_complex::Complex64::I);
            // Rounding of parts that commute is no flow.
            let moves = part.norm_bound() > 1e-14 * operator.norm_bound() * observable.norm_bound();
            moves.then(|| (shape.clone(), Hermitian::from_operator(&part).into_s()))
        });
        let constant = Hermitian::from_operator(&self.adjoint(observable)).into_s();
        EnergyFlow { constant, parts: parts.collect() }
    }

    /// Where H changes its form, increasing.
    pub(crate) fn breakpoints(&self) -> Vec<f64> {
        let mut points: Vec<f64> = self.modulations.iter().flat_map(|m| m.shape.breakpoints()).collect();
        points.sort_by(f64::total_cmp);
        // Edges that differ by rounding are one.
        points.dedup_by(|later, earlier| *later - *earlier <= 1e-13 * later.abs());
        points
    }
}
