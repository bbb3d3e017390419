//! Where kets are led: by one generator, or by the stages of a protocol.

use num_complex::Complex64;

use super::stages::Stages;
use crate::evolve::{Drawn, Readings, Unravelling, UnravellingWorkspace};

/// What kets follow.
pub(super) enum Course {
    /// One generator, with dE_B/dt.
    Whole { unravelling: Box<Unravelling>, flow: Readings },
    /// The stages of a protocol.
    Stages(Box<Stages>),
}

impl Course {
    /// Levels of every block.
    pub(super) fn blocks(&self) -> Vec<&[usize]> {
        match self {
            Course::Whole { unravelling, .. } => unravelling.blocks().collect(),
            Course::Stages(stages) => vec![stages.levels()],
        }
    }

    /// Levels of the largest block.
    pub(super) fn largest_block(&self) -> usize {
        match self {
            Course::Whole { unravelling, .. } => unravelling.largest_block(),
            Course::Stages(stages) => stages.levels().len(),
        }
    }

    /// Prepares what all trajectories share; they then run through these times alone.
    pub(super) fn prepare(&mut self, times: &[f64]) {
        if let Course::Whole { unravelling, .. } = self {
            unravelling.prepare(times);
        }
    }

    /// The generator under which all starts with one ket and goes on alike until something jumps.
    pub(super) fn with_quiet_path(&self) -> Option<&Unravelling> {
        match self {
            Course::Whole { unravelling, .. } => unravelling.has_quiet_path().then_some(&**unravelling),
            Course::Stages(_) => None,
        }
    }

    /// Whether its noise acts in steps whose length matters.
    pub(super) fn has_steps(&self) -> bool {
        match self {
            Course::Whole { unravelling, .. } => unravelling.has_steps(),
            Course::Stages(stages) => stages.unravellings().any(Unravelling::has_steps),
        }
    }

    /// Whether what acts in steps forgets at once.
    pub(super) fn is_white(&self) -> bool {
        match self {
            Course::Whole { unravelling, .. } => unravelling.is_white(),
            Course::Stages(stages) => stages.unravellings().all(Unravelling::is_white),
        }
    }

    /// The first step to try.
    pub(super) fn coarse_step(&self) -> f64 {
        match self {
            Course::Whole { unravelling, .. } => unravelling.coarse_step(),
            Course::Stages(stages) => {
                stages.unravellings().map(Unravelling::coarse_step).fold(f64::INFINITY, f64::min)
            }
        }
    }

    /// One trajectory, in steps of noise of at most `step`.
    pub(super) fn run(
        &self,
        trajectory: u64,
        times: &[f64],
        step: f64,
        workspace: &mut UnravellingWorkspace,
        seen: &mut dyn FnMut(Drawn<'_>),
    ) {
        match self {
            Course::Whole { unravelling, .. } => unravelling.run(trajectory, times, step, workspace, seen),
            Course::Stages(stages) => stages.run(trajectory, step, workspace, seen),
        }
    }

    /// How far apart the energy is that one trajectory has with steps of a length and of half of it, and its path.
    pub(super) fn difference(
        &self,
        trajectory: u64,
        times: &[f64],
        step: f64,
        workspace: &mut UnravellingWorkspace,
        energy: &dyn Fn(usize, &[Complex64]) -> f64,
    ) -> (f64, Vec<f64>) {
        match self {
            Course::Whole { unravelling, .. } => {
                unravelling.difference(trajectory, times, step, workspace, energy)
            }
            Course::Stages(stages) => stages.difference(trajectory, step, workspace, energy),
        }
    }

    /// dE_B/dt in a ket of a block at the numbered time; NaN behind what takes no time.
    pub(super) fn power(&self, index: usize, block: usize, time: f64, psi: &[Complex64]) -> f64 {
        match self {
            Course::Whole { flow, .. } => flow.at(block, time, psi),
            Course::Stages(stages) => stages.power(index, psi),
        }
    }
}
