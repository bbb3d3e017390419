//! Bounds on the power of a run and the path of its battery's state, time by time.
//!
//! |dE_B/dt| <= sqrt(Var(H_B) I_E) holds always (`merit::rate_bounds`). Where V alone, the part of H between different energies of the battery, moves its
//! energy, dE_B/dt = i<[V, H_B]> and Robertson's inequality gives |dE_B/dt| <= 2 sqrt(Var(H_B) Var(V)), variances in the state of everything: for a charger
//! and its battery V is the coupling. Lengths of paths are those of rho_B, from t = 0 on.
//! Source: @juliafarre2020; @taddei2013.

use num_complex::Complex64;

use super::ledger::{Expected, OfKets, said_beside};
use super::{Charging, Error};
use crate::evolve::{Functional, TimeOperator};
use crate::lindblad::{Generator, Lindbladian, Shape};
use crate::merit::{EnergySpace, MOST_PATH_LEVELS, Path, path_times};
use crate::model::ModelError;
use crate::operator::{Hermitian, Operator};
use crate::space::BatterySpace;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Bounds on how fast a run moves its battery, one entry per time.
#[derive(Clone, Debug, PartialEq)]
pub struct RateBounds {
    /// sqrt(Var(H_B) I_E), at least |dE_B/dt|.
    pub power: Vec<f64>,
    /// 2 sqrt(Var(H_B) Var(V)), at least |dE_B/dt| where nothing but V moves the battery's energy.
    pub power_joint: Known<Vec<f64>>,
    /// How far the battery's state has come.
    pub speed_limit: Known<SpeedLimit>,
}

/// The quantum speed limit of the battery's state since t = 0, one entry per time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpeedLimit {
    /// arccos sqrt(F(rho_B(0), rho_B(t))).
    pub angle: Vec<f64>,
    /// (1/2) int sqrt(I_Q) ds, at least the angle.
    pub length: Vec<f64>,
}

/// Hours that a general run may take beside an exact method for the bounds alone.
pub(super) const LONGEST_HOURS_FOR_BOUNDS: f64 = 0.1 / 3600.0;

/// What the general run beside an exact method says, or why it does not.
pub(super) fn of_beside(run: &Result<Charging, Error>) -> Known<RateBounds> {
    said_beside(run, |charging| &charging.rate_bounds, TooLarge::Bounds, Failure::Bounds)
}

/// States at most on the way of one run, beside those that are shown.
const MOST_ON_THE_WAY: usize = 40_000;
/// The same where the path is asked for.
const MOST_ASKED: usize = 10_000_000;
/// Seconds that integrals along the way may take, also where the path is asked for, and speeds that they need for every state.
const SECONDS_ON_THE_WAY: f64 = 0.2;
const SECONDS_ASKED: f64 = 600.0;
const SPEEDS: f64 = 3.5;
/// Hours that the general run beside an exact method may take where the path is asked for.
pub(super) const LONGEST_HOURS_ASKED: f64 = 0.05;

/// Seconds for the speed of a block.
fn seconds_of_speed(levels: usize) -> f64 {
    let n = levels as f64;
    if levels <= 2 { 2e-7 } else { 1e-6 * n + 1.2e-8 * n * n * n }
}

/// Channels that change the battery's energy by less than this part of their rate do not.
const ROUNDING: f64 = 1e-12;

/// The part of H that moves energy in or out of the battery, V = sum_k f_k(t) V_k: f_0 = 1.
#[derive(Debug)]
pub(super) struct Mover<O> {
    shapes: Vec<Shape>,
    first: Vec<O>,
    /// V_k^2, and V_k V_l + V_l V_k for k < l.
    second: Vec<(usize, usize, O)>,
}

impl<O> Mover<O> {
    fn new(lindbladian: &Lindbladian, energies: &[f64], read: &dyn Fn(Operator) -> O) -> Self {
        let n = energies.len();
        let moving = |operator: &Operator| {
            let moves = |(i, j, _): &(usize, usize, Complex64)| energies[i % n] != energies[j % n];
            Operator::from_entries(operator.dim(), operator.entries().filter(moves))
        };
        let mut parts = vec![moving(lindbladian.hamiltonian())];
        let mut shapes = Vec::new();
        for modulation in lindbladian.modulations() {
            let part = moving(&modulation.operator);
            if part.entries().next().is_some() {
                parts.push(part);
                shapes.push(modulation.shape.clone());
            }
        }
        let mut second = Vec::new();
        for (l, b) in parts.iter().enumerate() {
            second.extend(parts[..l].iter().enumerate().map(|(k, a)| (k, l, read(&(a * b) + &(b * a)))));
            second.push((l, l, read(b * b)));
        }
        Mover { shapes, first: parts.into_iter().map(read).collect(), second }
    }

    /// Var(V) at a time.
    fn variance<S: ?Sized>(&self, time: f64, state: &S) -> f64
    where
        O: Expected<S>,
    {
        let f = |k: usize| if k == 0 { 1.0 } else { self.shapes[k - 1].at(time) };
        let mean: f64 = self.first.iter().enumerate().map(|(k, v)| f(k) * v.at(time, state)).sum();
        let square: f64 = self.second.iter().map(|(k, l, v)| f(*k) * f(*l) * v.at(time, state)).sum();
        square - mean * mean
    }
}

/// Whether a channel changes the energy of the battery.
fn relaxes(lindbladian: &Lindbladian, energy: &Operator) -> Result<bool, Error> {
    let channels = lindbladian.channels().to_vec();
    let scale: f64 = channels.iter().map(|c| c.rate * c.jump.norm_bound().powi(2)).sum();
    let alone = Lindbladian::new(Operator::zero(energy.dim()), channels).map_err(ModelError::from)?;
    Ok(alone.adjoint(energy).norm_bound() > ROUNDING * scale * energy.norm_bound())
}

/// Writes the bounds of one run.
#[derive(Debug)]
pub(super) struct Bounding<O> {
    energy_space: EnergySpace,
    mover: Known<Mover<O>>,
    power: Vec<f64>,
    joint: Vec<f64>,
    /// Times of the path, and the path.
    on_the_way: Vec<f64>,
    path: Known<Path>,
    travelled: SpeedLimit,
}

impl<O> Bounding<O> {
    /// Of a generator of this norm on a battery in `space`, whose blocks are those of `seen`, through some times; the path whatever it costs, or not.
    fn with(
        lindbladian: &Lindbladian,
        (energy_space, space, seen): (EnergySpace, &BatterySpace, &BatterySpace),
        (norm, known, whole): (f64, &[f64], bool),
        energy: &Operator,
        read: &dyn Fn(Operator) -> O,
    ) -> Result<Self, Error> {
        let energies: Vec<f64> = space.energies().collect();
        let mover = match relaxes(lindbladian, energy)? {
            true => Err(Why::Relaxes),
            false => Ok(Mover::new(lindbladian, &energies, read)),
        };
        let end = known.iter().copied().fold(0.0, f64::max);
        let largest = seen.sectors().iter().map(|sector| sector.energies.len()).max().unwrap_or(0);
        let seconds: f64 = seen.sectors().iter().map(|sector| seconds_of_speed(sector.energies.len())).sum();
        let (most, longest) = match whole {
            true => (MOST_ASKED, SECONDS_ASKED),
            false => (MOST_ON_THE_WAY, SECONDS_ON_THE_WAY),
        };
        let most = most.min((longest / (SPEEDS * seconds)) as usize);
        let (on_the_way, path) = match path_times(known, end, norm, most) {
            _ if largest > MOST_PATH_LEVELS && !whole => {
                (Vec::new(), Err(TooLarge::Path { most: MOST_PATH_LEVELS, levels: largest }.into()))
            }
            None if whole => (Vec::new(), Err(TooLarge::WholePath { most, seconds: longest }.into())),
            None => (Vec::new(), Err(TooLarge::PathStates { most }.into())),
            Some(times) => (times, Ok(Path::new())),
        };
        Ok(Bounding {
            energy_space,
            mover,
            power: Vec::new(),
            joint: Vec::new(),
            on_the_way,
            path,
            travelled: SpeedLimit::default(),
        })
    }

    /// Times of the path, those shown among them: of a run of its own, so that no number of the run depends on them.
    pub(super) fn on_the_way(&self) -> &[f64] {
        &self.on_the_way
    }

    /// A state that it wants, with its rates of change just before, where that is another one, and just after.
    pub(super) fn pass(
        &mut self,
        time: f64,
        state: Vec<Hermitian>,
        before: Option<Vec<Hermitian>>,
        after: Vec<Hermitian>,
    ) {
        if let Ok(path) = &mut self.path {
            path.see(time, state, before, after);
        }
    }

    /// The path is not followed: the run took too long.
    pub(super) fn without_path(&mut self) {
        self.on_the_way.clear();
        self.path = Err(TooLarge::Bounds.into());
    }

    /// A state on the path at a time that is shown.
    pub(super) fn arrive(&mut self, blocks: &[Hermitian]) {
        if let Ok(path) = &self.path {
            self.travelled.angle.push(path.angle(blocks));
            self.travelled.length.push(path.length());
        }
    }

    /// A time that is shown: (population, rate of change) of every level, the deviation of the energy, and the state of everything.
    pub(super) fn write<S: ?Sized>(
        &mut self,
        time: f64,
        levels: impl Iterator<Item = (f64, f64)>,
        deviation: f64,
        joint: &S,
    ) where
        O: Expected<S>,
    {
        self.power.push(self.energy_space.power(levels, deviation));
        if let Ok(mover) = &self.mover {
            self.joint.push(2.0 * deviation * mover.variance(time, joint).max(0.0).sqrt());
        }
    }

    pub(super) fn close(self) -> RateBounds {
        RateBounds {
            power: self.power,
            power_joint: self.mover.map(|_| self.joint),
            speed_limit: self.path.map(|_| self.travelled),
        }
    }
}

impl Bounding<Functional> {
    /// Of density matrices.
    pub(super) fn of_density(
        lindbladian: &Lindbladian,
        generator: &Generator,
        space: &BatterySpace,
        (known, whole): (&[f64], bool),
        energy: &Operator,
    ) -> Result<Self, Error> {
        let read = |operator| Functional::new(&TimeOperator::constant(operator), generator);
        let spaces = (EnergySpace::of_density(space), space, space);
        Bounding::with(lindbladian, spaces, (generator.norm_bound(), known, whole), energy, &read)
    }
}

impl Bounding<OfKets> {
    /// Of kets, whose battery may be seen on more levels.
    pub(super) fn of_kets(
        lindbladian: &Lindbladian,
        (space, seen): (&BatterySpace, &BatterySpace),
        (known, whole): (&[f64], bool),
        energy: &Operator,
    ) -> Result<Self, Error> {
        let read = |operator| OfKets::new(&TimeOperator::constant(operator));
        let spaces = (EnergySpace::of_kets(space), space, seen);
        Bounding::with(lindbladian, spaces, (lindbladian.norm_bound(), known, whole), energy, &read)
    }
}

type Entries = Vec<(u32, u32, Complex64)>;

/// -i H(t) psi of kets.
#[derive(Debug)]
pub(super) struct KetRates {
    constant: Entries,
    parts: Vec<(Shape, Entries)>,
    kets: Vec<Vec<Complex64>>,
}

impl KetRates {
    pub(super) fn new(lindbladian: &Lindbladian, kets: &[Vec<Complex64>]) -> Self {
        let entries = |operator: &Operator| {
            let entry = |(i, j, x): (usize, usize, Complex64)| (i as u32, j as u32, -Complex64::I * x);
            operator.entries().map(entry).collect::<Entries>()
        };
        let parts = lindbladian.modulations().iter().map(|m| (m.shape.clone(), entries(&m.operator)));
        KetRates {
            constant: entries(lindbladian.hamiltonian()),
            parts: parts.collect(),
            kets: kets.iter().map(|psi| vec![Complex64::ZERO; psi.len()]).collect(),
        }
    }

    pub(super) fn of(&mut self, time: f64, kets: &[Vec<Complex64>]) -> &[Vec<Complex64>] {
        let factors: Vec<f64> = self.parts.iter().map(|(shape, _)| shape.at(time)).collect();
        for (out, psi) in self.kets.iter_mut().zip(kets) {
            out.fill(Complex64::ZERO);
            let mut add = |entries: &[(u32, u32, Complex64)], factor: f64| {
                entries.iter().for_each(|&(i, j, x)| out[i as usize] += factor * x * psi[j as usize]);
            };
            add(&self.constant, 1.0);
            self.parts.iter().zip(&factors).for_each(|((_, entries), factor)| add(entries, *factor));
        }
        &self.kets
    }
}

/// d/dt |psi><psi|, reduced by `reduce`, of kets with d psi/dt.
pub(super) fn rate_of_blocks(
    kets: &[Vec<Complex64>],
    rates: &[Vec<Complex64>],
    reduce: &dyn Fn(&[Vec<Complex64>]) -> Vec<Hermitian>,
) -> Vec<Hermitian> {
    let size = |list: &[Vec<Complex64>]| list.iter().flatten().map(|x| x.norm_sqr()).sum::<f64>().sqrt();
    let scale = size(rates);
    if scale == 0.0 {
        let mut blocks = reduce(kets);
        blocks.iter_mut().for_each(|block| block.s_mut().fill(0.0));
        return blocks;
    }
    // 2 (|a><b| + |b><a|) = |a + b><a + b| - |a - b><a - b|.
    let moved = |sign: f64| -> Vec<Vec<Complex64>> {
        let both = |(psi, rate): (&Vec<Complex64>, &Vec<Complex64>)| {
            psi.iter().zip(rate).map(|(a, b)| a + sign / scale * b).collect()
        };
        kets.iter().zip(rates).map(both).collect()
    };
    let (mut blocks, less) = (reduce(&moved(1.0)), reduce(&moved(-1.0)));
    for (block, less) in blocks.iter_mut().zip(&less) {
        block.s_mut().iter_mut().zip(less.s()).for_each(|(x, y)| *x = 0.5 * scale * (*x - y));
    }
    blocks
}
