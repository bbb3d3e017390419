//! Oscillators with their baths, couplings and drive, and the linear system of their first and second moments.

use faer::Mat;

use crate::space::{InitialState, StateError};

/// One oscillator, its bath and its start.
#[derive(Clone, Debug, PartialEq)]
pub struct GaussianMode {
    /// omega, or its detuning in a rotating frame.
    pub frequency: f64,
    /// Rate k of relaxation.
    pub relaxation: f64,
    /// Occupation nbar of the bath: down at k(nbar+1), up at k nbar.
    pub thermal_occupation: f64,
    /// A Gaussian state.
    pub start: InitialState,
}

/// A coupling of two oscillators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianCoupling {
    /// Indices of the oscillators.
    pub between: [usize; 2],
    /// g.
    pub strength: f64,
    /// (a + a^dag)(b + b^dag), else a^dag b + b^dag a.
    pub counter_rotating: bool,
}

/// F(a e^{iwt} + a^dag e^{-iwt}) on one oscillator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianDrive {
    /// Index of the oscillator.
    pub on: usize,
    /// F.
    pub amplitude: f64,
    /// w in the frame of the oscillators; 0 for a constant force.
    pub frequency: f64,
}

/// What drives the means: nothing, a constant, or a constant and the two phases of a drive.
const CLOCK: usize = 3;

/// R' = A R + d, X' = A X + X A^T + D of n oscillators as one system y' = M y.
///
/// y: 1, cos wt, sin wt; the 2n means; X_ij for i <= j.
#[derive(Clone, Debug)]
pub(super) struct Moving {
    /// 2n.
    pub(super) quadratures: usize,
    pub(super) generator: Mat<f64>,
    pub(super) start: Vec<f64>,
    /// Whether the drive turns.
    pub(super) turns: bool,
}

impl Moving {
    /// # Errors
    /// [`StateError`] for a state that is not Gaussian, or none of an oscillator.
    pub(super) fn new(
        modes: &[GaussianMode],
        couplings: &[GaussianCoupling],
        drive: Option<GaussianDrive>,
    ) -> Result<Self, (usize, StateError)> {
        let n = 2 * modes.len();
        let size = CLOCK + n + n * (n + 1) / 2;
        let mut moving = Moving {
            quadratures: n,
            generator: Mat::zeros(size, size),
            start: vec![0.0; size],
            turns: false,
        };
        let mut drift = Mat::<f64>::zeros(n, n);
        let mut source = Mat::<f64>::zeros(n, n);
        (moving.start[0], moving.start[1]) = (1.0, 1.0);
        for (k, mode) in modes.iter().enumerate() {
            let (x, p) = (2 * k, 2 * k + 1);
            (drift[(x, p)], drift[(p, x)]) = (mode.frequency, -mode.frequency);
            for i in [x, p] {
                drift[(i, i)] = -0.5 * mode.relaxation;
                source[(i, i)] = mode.relaxation * mode.thermal_occupation;
            }
            let (amplitude, excess) = start_of(&mode.start).map_err(|error| (k, error))?;
            let (mean, xx, pp) = (moving.mean(x), moving.excess(x, x), moving.excess(p, p));
            moving.start[mean] = 2.0_f64.sqrt() * amplitude;
            (moving.start[xx], moving.start[pp]) = (excess[0], excess[1]);
        }
        for &GaussianCoupling { between: [a, b], strength: g, counter_rotating } in couplings {
            for (i, j) in [(2 * a, 2 * b), (2 * b, 2 * a)] {
                if counter_rotating {
                    // 2 g x_a x_b squeezes the vacuum: (A + A^T)/2 is no longer that of the baths.
                    drift[(i + 1, j)] -= 2.0 * g;
                    source[(i + 1, j)] -= g;
                    source[(j, i + 1)] -= g;
                } else {
                    drift[(i, j + 1)] += g;
                    drift[(i + 1, j)] -= g;
                }
            }
        }
        for i in 0..n {
            let row = moving.mean(i);
            for k in 0..n {
                let column = moving.mean(k);
                moving.generator[(row, column)] = drift[(i, k)];
            }
            for j in i..n {
                let row = moving.excess(i, j);
                moving.generator[(row, 0)] = source[(i, j)];
                for k in 0..n {
                    let (of_j, of_i) = (moving.excess(k, j), moving.excess(i, k));
                    moving.generator[(row, of_j)] += drift[(i, k)];
                    moving.generator[(row, of_i)] += drift[(j, k)];
                }
            }
        }
        if let Some(GaussianDrive { on, amplitude, frequency }) = drive {
            let (x, p, force) = (moving.mean(2 * on), moving.mean(2 * on + 1), 2.0_f64.sqrt() * amplitude);
            // sqrt 2 F (x cos wt - p sin wt)
            if frequency == 0.0 {
                moving.generator[(p, 0)] = -force;
            } else {
                moving.turns = true;
                (moving.generator[(p, 1)], moving.generator[(x, 2)]) = (-force, -force);
                (moving.generator[(1, 2)], moving.generator[(2, 1)]) = (-frequency, frequency);
            }
        }
        Ok(moving)
    }

    /// Index of `<R_i>`.
    pub(super) fn mean(&self, i: usize) -> usize {
        CLOCK + i
    }

    /// Index of X_ij.
    pub(super) fn excess(&self, i: usize, j: usize) -> usize {
        let (i, j) = (i.min(j), i.max(j));
        CLOCK + self.quadratures + i * self.quadratures - i * (i + 1) / 2 + j
    }

    /// A.
    pub(super) fn drift(&self) -> Mat<f64> {
        let n = self.quadratures;
        self.generator.submatrix(CLOCK, CLOCK, n, n).to_owned()
    }

    /// X -> A X + X A^T.
    pub(super) fn second(&self) -> Mat<f64> {
        let (first, size) = (CLOCK + self.quadratures, self.start.len());
        self.generator.submatrix(first, first, size - first, size - first).to_owned()
    }

    /// Where y stands still.
    pub(super) fn stationary(&self) -> Vec<f64> {
        use faer::prelude::Solve;
        let rest = self.start.len() - CLOCK;
        let solved = self
            .generator
            .submatrix(CLOCK, CLOCK, rest, rest)
            .full_piv_lu()
            .solve(self.generator.submatrix(CLOCK, 0, rest, 1));
        [1.0, 0.0, 0.0].into_iter().chain(solved.col(0).iter().map(|x| -x)).collect()
    }
}

/// Amplitude, and X_xx and X_pp.
pub(super) fn start_of(state: &InitialState) -> Result<(f64, [f64; 2]), StateError> {
    match *state {
        InitialState::Ground => Ok((0.0, [0.0; 2])),
        InitialState::Coherent(alpha) => Ok((alpha, [0.0; 2])),
        // a -> a cosh r - a^dag sinh r
        InitialState::Squeezed(r) => Ok((0.0, [-2.0 * r, 2.0 * r].map(|r| 0.5 * r.exp_m1()))),
        InitialState::Thermal(n) => Ok((0.0, [n; 2])),
        InitialState::Fock(n) => Err(StateError::NotGaussian { excitations: n }),
        InitialState::Superposition(_) => Err(StateError::NoGaussianSuperposition),
        InitialState::Excited => Err(StateError::NeedsHighestLevel),
    }
}
