//! Trajectories: kets under noise that is drawn, whose mean over realisations is the state.
//!
//! d rho/dt = -i[H, rho] + sum_k r_k D[L_k] rho is the mean of each of these:
//! - **jumps**: psi decays by -iH - (1/2) sum_k r_k L_k^dag L_k and becomes L_k psi with probability r_k ||L_k psi||^2 dt: detectors that click.
//! - **flips**: the same for L - c in place of a Hermitian L with two eigenvalues, c their middle, which is the same channel: (L - c)^2 is a number, so
//!   that psi only turns, at random times that do not depend on it. D[n] of a qubit is D[sigma_z] at a quarter of the rate. Other channels jump.
//! - **field**: a Hermitian L_k is multiplied by a random field, H + B_k(t) L_k with `<B B'>` = r_k delta(t - t'), or with memory:
//!   Ornstein-Uhlenbeck or telegraph, `<B B'>` = (r_k/2 t_c) e^{-|t - t'|/t_c}. Other channels jump.
//! - **diffusion**: every L_k is measured all the time, weakly: dy_k = sqrt(r_k) `<L_k + L_k^dag>` dt + dW_k is the record, and
//!   d psi = (-iH - (r_k/2) L_k^dag L_k) psi dt + sqrt(r_k) L_k psi dy_k up to the norm.
//!
//! Jumps, flips and telegraph fields have no step of time (`flow`); other fields and diffusion alternate with H (`steps`).
//!
//! Trajectory i reads the stream i + 1 of ChaCha8 with the seed, so that it is the same whoever computes it, and when.
//!
//! Source: @wiseman2009, chapter 4; @kubo1963.

mod blocks;
mod flow;
mod map;
mod propagators;
mod steps;
#[cfg(test)]
mod tests;

use num_complex::Complex64;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::lindblad::{Lindbladian, Shape};
use crate::numerics::lanes::norm_sqr;
use crate::operator::Operator;
use blocks::Blocks;
use flow::{Ket, Outputs, Scratch, Seen, uniform};
use map::Map;
use propagators::Propagators;
use steps::Fields;

/// How noise is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Random fields.
    Field,
    /// Quantum jumps.
    Jumps,
    /// Random flips of qubits.
    Flips,
    /// Continuous weak measurement.
    Diffusion,
}

impl Picture {
    /// All of them.
    pub const ALL: [Picture; 4] = [Picture::Field, Picture::Jumps, Picture::Flips, Picture::Diffusion];

    /// Its name in scenario files and results.
    pub fn name(self) -> &'static str {
        match self {
            Picture::Field => "field",
            Picture::Jumps => "jumps",
            Picture::Flips => "flips",
            Picture::Diffusion => "diffusion",
        }
    }

    /// Whether trajectories jump in it, for all channels.
    pub fn counts_jumps(self) -> bool {
        matches!(self, Picture::Jumps | Picture::Flips)
    }

    /// Whether noise acts all the time, in steps.
    fn has_steps(self) -> bool {
        matches!(self, Picture::Field | Picture::Diffusion)
    }
}

/// How a field forgets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Memory {
    /// At once: `<B B'>` = r delta(t - t').
    White,
    /// B Gaussian with `<B B'>` = (r/2 t_c) e^{-|t - t'|/t_c}.
    OrnsteinUhlenbeck {
        /// t_c.
        time: f64,
        /// B(0)/sqrt(r); `None` where the field is stationary.
        start: Option<f64>,
    },
    /// B = +-sqrt(r/2 t_c), flipping at the rate 1/(2 t_c): the same correlation.
    Telegraph {
        /// t_c.
        time: f64,
        /// The mean of B(0)/sqrt(r); `None` where the field is stationary.
        start: Option<f64>,
    },
}

messages! {
    /// Why noise cannot be drawn so.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum UnravellingError {
        HasMemory = "noise with memory is a field: set `picture` to \"field\"";
        NoFlip { channel: usize } =
            "flips are those of qubits, but channel {} has an operator with more than two eigenvalues; set `picture` to \"jumps\", \"field\" or \"diffusion\"" (channel + 1);
    }
}

use UnravellingError as Error;

/// A system whose noise is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Unravelling {
    blocks: Blocks,
    picture: Picture,
    /// Probabilities of the kets at t = 0, added up.
    chances: Vec<f64>,
    seed: u64,
    /// What trajectories share, for times that were prepared.
    propagators: Option<Propagators>,
}

/// A ket at a time that is shown: amplitudes on the levels of its block, with norm 1.
pub(crate) struct Drawn<'a> {
    pub(crate) index: usize,
    pub(crate) block: usize,
    pub(crate) psi: &'a [Complex64],
    pub(crate) jumps: usize,
    /// Probability that nothing has jumped since the last jump.
    pub(crate) unjumped: f64,
}

impl Unravelling {
    /// Of kets, weights in their norms; with the fields of some channels.
    ///
    /// # Errors
    /// [`UnravellingError`] where the picture does not fit a channel.
    pub(crate) fn new(
        lindbladian: &Lindbladian,
        kets: &[Vec<Complex64>],
        picture: Picture,
        memories: &[(usize, Memory)],
        seed: u64,
    ) -> Result<Self, UnravellingError> {
        let blocks = Blocks::new(lindbladian, kets, picture, memories)?;
        let mut sum = 0.0;
        let mut chances: Vec<f64> = Vec::with_capacity(blocks.starts.len());
        for (_, psi) in &blocks.starts {
            sum += norm_sqr(psi);
            chances.push(sum);
        }
        Ok(Unravelling { blocks, picture, chances, seed, propagators: None })
    }

    /// Levels of every block.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &[usize]> {
        self.blocks.list.iter().map(|block| block.levels.as_slice())
    }

    /// How many blocks there are.
    pub(crate) fn block_count(&self) -> usize {
        self.blocks.list.len()
    }

    /// What reads d`<O>`/dt off kets of the blocks, under all channels.
    pub(crate) fn flow(&self, lindbladian: &Lindbladian, observable: &Operator) -> Readings {
        let inside = |operator: &Operator| -> Vec<Map> {
            let mut place = vec![(usize::MAX, 0); lindbladian.dim()];
            for (block, levels) in self.blocks().enumerate() {
                levels.iter().enumerate().for_each(|(k, level)| place[*level] = (block, k));
            }
            let mut entries = vec![Vec::new(); self.block_count()];
            for (i, j, x) in operator.entries() {
                let ((to, i), (from, j)) = (place[i], place[j]);
                if to == from && to != usize::MAX {
                    entries[to].push((i, j, x));
                }
            }
            self.blocks().zip(entries).map(|(levels, entries)| Map::new(levels.len(), entries)).collect()
        };
        let commutator = |v: &Operator| (&(v * observable) - &(observable * v)).scaled(Complex64::I);
        let parts = lindbladian.modulations().iter();
        Readings {
            constant: inside(&lindbladian.adjoint(observable)),
            parts: parts.map(|part| (part.shape.clone(), inside(&commutator(&part.operator)))).collect(),
        }
    }

    /// Levels of the largest block.
    pub(crate) fn largest_block(&self) -> usize {
        self.blocks.largest()
    }

    /// Whether its noise acts in steps whose length matters.
    pub(crate) fn has_steps(&self) -> bool {
        self.picture.has_steps()
            && self.blocks.memories.iter().any(|memory| !matches!(memory, Memory::Telegraph { .. }))
    }

    /// Whether what acts in steps forgets at once.
    pub(crate) fn is_white(&self) -> bool {
        self.blocks.memories.iter().all(|memory| *memory == Memory::White)
    }

    /// The first step to try, from the rates of H and of noise.
    pub(crate) fn coarse_step(&self) -> f64 {
        let norm = self.blocks.list.iter().map(|block| block.norm).fold(0.0, f64::max);
        0.5 / norm.max(1e-300)
    }

    /// Whether all starts with one ket and goes on alike until something jumps.
    pub(crate) fn has_quiet_path(&self) -> bool {
        self.blocks.starts.len() == 1 && self.blocks.memories.is_empty()
    }

    /// Prepares what all trajectories share; they then run through these times alone.
    pub(crate) fn prepare(&mut self, times: &[f64]) {
        if self.blocks.memories.is_empty() {
            self.propagators = Propagators::new(&self.blocks, times);
        }
    }

    /// The trajectory on which nothing jumps.
    pub(crate) fn quiet(
        &self,
        times: &[f64],
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut ket = self.start(&mut random);
        ket.threshold = -1.0;
        self.follow(&mut ket, &mut random, times, f64::INFINITY, workspace, seen);
    }

    /// One trajectory through nondecreasing times, in steps of noise of at most `step`.
    pub(crate) fn run(
        &self,
        trajectory: u64,
        times: &[f64],
        step: f64,
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(trajectory + 1);
        let mut ket = self.start(&mut random);
        self.follow(&mut ket, &mut random, times, step, workspace, seen);
    }

    /// Leads a ket from t = 0 through nondecreasing times: one of several generators that share their one block, in which it jumps no more where `halves` says
    /// that steps are compared.
    pub(crate) fn lead(
        &self,
        walker: &mut Walker,
        times: &[f64],
        (step, halves): (f64, Option<usize>),
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let Walker { random, psi, jumps } = walker;
        let mut ket = Ket::new(0, std::mem::take(psi), self.blocks.memories.len(), random);
        ket.jumps = *jumps;
        match halves {
            None => self.follow(&mut ket, random, times, step, workspace, seen),
            Some(halves) => {
                ket.threshold = -1.0;
                let mut show = |index: usize, ket: &Ket, psi: &[Complex64]| {
                    let unjumped = norm_sqr(psi);
                    seen(Drawn { index, block: 0, psi, jumps: ket.jumps, unjumped });
                };
                self.compare(&mut ket, random, times, (step, halves), &mut workspace.scratch, &mut show);
            }
        }
        (*psi, *jumps) = (ket.psi, ket.jumps);
        walker.normalise();
    }

    fn follow(
        &self,
        ket: &mut Ket,
        random: &mut ChaCha8Rng,
        times: &[f64],
        step: f64,
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        let mut fields = Fields::new(&self.blocks, self.picture, random);
        let UnravellingWorkspace { scratch, shown } = workspace;
        let mut show = |index: usize, ket: &Ket, psi: &[Complex64]| {
            let unjumped = norm_sqr(psi);
            let scale = 1.0 / unjumped.sqrt();
            shown.clear();
            shown.extend(psi.iter().map(|x| x * scale));
            seen(Drawn { index, block: ket.block, psi: shown, jumps: ket.jumps, unjumped });
        };
        let mut outputs = Outputs { times, next: 0, seen: &mut show };
        outputs.show_until(0.0, ket);
        let Some(&end) = times.last() else { return };
        if self.picture.has_steps() && !fields.is_empty() {
            fields.run(&self.blocks, ket, end, step, random, scratch, &mut outputs);
        } else if let Some(propagators) = &self.propagators {
            propagators.run(&self.blocks, ket, random, scratch, &mut outputs);
        } else {
            self.blocks.flow(ket, (0.0, end), random, scratch, Some(&mut outputs));
        }
    }

    /// How far apart the energy is that one trajectory has with steps of a length and of half of it, under the same noise: the root of the mean square
    /// over the times; `energy` is read of a block and its ket at each time. Jumps are left out.
    pub(crate) fn difference(
        &self,
        trajectory: u64,
        times: &[f64],
        step: f64,
        scratch: &mut UnravellingWorkspace,
        energy: &dyn Fn(usize, &[Complex64]) -> f64,
    ) -> (f64, Vec<f64>) {
        let paths = [2, 1].map(|halves| {
            let mut random = ChaCha8Rng::seed_from_u64(self.seed);
            random.set_stream(u64::MAX - trajectory);
            let mut ket = self.start(&mut random);
            ket.threshold = -1.0;
            let mut path = Vec::with_capacity(times.len());
            let mut show = |_: usize, ket: &Ket, psi: &[Complex64]| {
                path.push(energy(ket.block, psi) / norm_sqr(psi));
            };
            self.compare(&mut ket, &mut random, times, (step, halves), &mut scratch.scratch, &mut show);
            path
        });
        apart(paths)
    }

    /// A ket through its times in steps that are made of two halves' noise.
    fn compare<'s>(
        &self,
        ket: &mut Ket,
        random: &mut ChaCha8Rng,
        times: &[f64],
        (step, halves): (f64, usize),
        scratch: &mut Scratch,
        show: &'s mut Seen<'s>,
    ) {
        let mut fields = Fields::new(&self.blocks, self.picture, random);
        let mut outputs = Outputs { times, next: 0, seen: show };
        outputs.show_until(0.0, ket);
        fields.compare(&self.blocks, ket, step, halves, random, scratch, &mut outputs);
    }

    fn start(&self, random: &mut ChaCha8Rng) -> Ket {
        let total = self.chances.last().copied().unwrap_or(1.0);
        let drawn = uniform(random) * total;
        let place = self.chances.partition_point(|chance| *chance <= drawn).min(self.chances.len() - 1);
        let (block, psi) = &self.blocks.starts[place];
        Ket::new(*block, psi.clone(), self.blocks.memories.len(), random)
    }
}

/// The root of the mean square of the differences of two paths, and the first one.
pub(crate) fn apart([fine, coarse]: [Vec<f64>; 2]) -> (f64, Vec<f64>) {
    let squares: f64 = fine.iter().zip(&coarse).map(|(x, y)| (x - y).powi(2)).sum();
    ((squares / fine.len().max(1) as f64).sqrt(), fine)
}

/// A ket on its way through several generators, with the random numbers of its trajectory.
pub(crate) struct Walker {
    random: ChaCha8Rng,
    /// Amplitudes on the levels of the one block that all generators share, with norm 1.
    pub(crate) psi: Vec<Complex64>,
    pub(crate) jumps: usize,
}

impl Walker {
    /// The start of a trajectory: one of these kets, weights in their norms. Those that steps are compared with are others than those of a run.
    pub(crate) fn new(seed: u64, trajectory: u64, compared: bool, kets: &[Vec<Complex64>]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(if compared { u64::MAX - trajectory } else { trajectory + 1 });
        let mut walker = Walker { random, psi: Vec::new(), jumps: 0 };
        let chosen = walker.chosen(kets.iter().map(|psi| norm_sqr(psi)));
        walker.psi.clone_from(&kets[chosen]);
        walker.normalise();
        walker
    }

    /// One of several outcomes with these weights; the last one that has any where rounding leaves none.
    pub(crate) fn chosen(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let mut left = uniform(&mut self.random) * weights.clone().sum::<f64>();
        let mut last = 0;
        for (k, weight) in weights.enumerate().filter(|(_, weight)| *weight > 0.0) {
            left -= weight;
            last = k;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// A norm of 1.
    pub(crate) fn normalise(&mut self) {
        let scale = 1.0 / norm_sqr(&self.psi).sqrt();
        self.psi.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Vectors that trajectories work on, one after the other.
#[derive(Debug, Default)]
pub(crate) struct UnravellingWorkspace {
    scratch: Scratch,
    shown: Vec<Complex64>,
}

/// An observable of kets, block by block, that may depend on time.
#[derive(Debug)]
pub(crate) struct Readings {
    constant: Vec<Map>,
    parts: Vec<(Shape, Vec<Map>)>,
}

impl Readings {
    /// Its mean in a ket of a block.
    pub(crate) fn at(&self, block: usize, time: f64, psi: &[Complex64]) -> f64 {
        let parts = self.parts.iter().map(|(shape, maps)| shape.at(time) * maps[block].expect(psi));
        self.constant[block].expect(psi) + parts.sum::<f64>()
    }
}
