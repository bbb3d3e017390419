//! Initial states of a charger or a battery.

use super::{BatterySpace, Cells};
use crate::numerics::bisect;
use crate::operator::Hermitian;
use num_complex::Complex64;

/// An initial state of one subsystem.
#[derive(Clone, Debug, PartialEq)]
pub enum InitialState {
    /// The lowest level.
    Ground,
    /// The highest level of a qubit or qudit; for N cells, all of them.
    Excited,
    /// n excitations; for N cells the symmetric (Dicke) state.
    Fock(usize),
    /// Coherent state of an oscillator with this real amplitude.
    Coherent(f64),
    /// exp(r (a^2 - a^dag^2)/2)|0> of an oscillator.
    Squeezed(f64),
    /// Thermal state with this mean number of excitations (of each cell).
    Thermal(f64),
    /// sum_n c_n|n> over the lowest levels of an oscillator, qubit or qudit; for N cells over their symmetric (Dicke) states.
    Superposition(Vec<Complex64>),
}

/// What a state is on the levels of an oscillator.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    /// A pure state.
    Ket(Vec<Complex64>),
    /// A mixture of the levels.
    Populations(Vec<f64>),
}

/// By how much the norm of a superposition may differ from 1.
const NORMALISED: f64 = 1e-9;

messages! {
    /// Why a state does not exist in a space.
    #[derive(Clone, Debug, PartialEq)]
    pub enum StateError {
        NeedsOscillator { state: &'static str } =
            "a {state} state needs an oscillator; use \"ground\", \"excited\", fock or thermal here";
        NeedsHighestLevel = "an oscillator has no highest level to be \"excited\" to; use {{ fock = n }}";
        TooManyExcitations { excitations: usize, top: usize } =
            "`fock` must be at most {top}, the highest level, but is {excitations}";
        NotThermal { mean: f64, largest: f64, levels: usize } =
            "`thermal` must be between 0 and {largest} excitations for a system of {levels} levels, but is {mean}";
        NotGaussian { excitations: usize } = "{{ fock = {excitations} }} is no Gaussian state";
        NoGaussianSuperposition = "a superposition of levels is no Gaussian state";
        TooManyCoefficients { coefficients: usize, levels: usize } =
            "`superposition` must hold at most {levels} coefficients, one for each level, but holds {coefficients}";
        SeveralOscillators { excitations: usize } =
            "{{ fock = {excitations} }} of several oscillators could be shared in many ways; give each a part of its own";
        NotNormalised { norm: f64 } =
            "`superposition` must be normalised, but has norm {norm}";
        CutTooLow { levels: usize, held: f64 } =
            "{levels} levels hold only {held} of the initial state; raise the cutoff or leave it \"auto\"";
        ManyLevels { state: &'static str, number: f64, levels: usize, most: usize } =
            "`{state}` = {number} takes about {levels} levels of an oscillator, and a density matrix at most {most}; lower it or give a cutoff";
    }
}

impl BatterySpace {
    /// Every qubit of the battery excited with probability q.
    ///
    /// # Panics
    /// For 0 < q < 1 on several cells in a space that holds symmetric states only.
    pub(crate) fn equally_excited(&self, q: f64) -> Hermitian {
        match self.cells() {
            Cells::Single => Hermitian::diagonal(&[1.0 - q, q]),
            Cells::Apart(_) | Cells::Whole { .. } => unreachable!("parts have states of their own"),
            Cells::Symmetric { .. } => {
                assert!(
                    q == 0.0 || q == 1.0,
                    "cells excited with some probability are not in a symmetric state"
                );
                Hermitian::level(self.dim(), if q == 0.0 { 0 } else { self.dim() - 1 })
            }
            Cells::SpinSectors { count } => {
                let mut populations = Vec::with_capacity(self.dim());
                for (lost, sector) in self.sectors().iter().enumerate() {
                    for n in lost..=count - lost {
                        let weight = q.powi(n as i32) * (1.0 - q).powi((count - n) as i32);
                        populations.push(sector.multiplicity * weight);
                    }
                }
                Hermitian::diagonal(&populations)
            }
            Cells::Product { frequencies, .. } => {
                copies(&Hermitian::diagonal(&[1.0 - q, q]), frequencies.len())
            }
        }
    }
}

impl InitialState {
    /// sum_n c_n|n> of coefficients whose norm is 1 to 1e-9; what it differs by is divided out.
    ///
    /// # Errors
    /// [`StateError::NotNormalised`].
    pub fn superposition(coefficients: Vec<Complex64>) -> Result<Self, StateError> {
        normalised(&coefficients).map(InitialState::Superposition)
    }

    /// The state on an oscillator cut to `levels`.
    ///
    /// # Errors
    /// [`StateError`] when the state does not exist or the cut loses more than 1e-12 of it.
    pub fn on_oscillator(&self, levels: usize) -> Result<Hermitian, StateError> {
        Ok(match self.held_by_oscillator(levels)? {
            Held::Ket(psi) => Hermitian::projector(&psi),
            Held::Populations(populations) => Hermitian::diagonal(&populations),
        })
    }

    /// The same without a matrix.
    ///
    /// # Errors
    /// As [`on_oscillator`](Self::on_oscillator).
    pub(crate) fn held_by_oscillator(&self, levels: usize) -> Result<Held, StateError> {
        let level = |n: usize| {
            let mut psi = vec![Complex64::ZERO; levels];
            psi[n] = Complex64::ONE;
            Held::Ket(psi)
        };
        let state = match self {
            InitialState::Ground => level(0),
            InitialState::Excited => return Err(StateError::NeedsHighestLevel),
            InitialState::Fock(n) if *n < levels => level(*n),
            InitialState::Fock(_) => return Err(StateError::CutTooLow { levels, held: 0.0 }),
            InitialState::Coherent(alpha) => Held::Ket(coherent(*alpha, levels)),
            InitialState::Squeezed(r) => Held::Ket(squeezed(*r, levels)),
            InitialState::Superposition(coefficients) => {
                let mut psi = normalised(coefficients)?;
                psi.resize(levels, Complex64::ZERO);
                Held::Ket(psi)
            }
            InitialState::Thermal(mean) => {
                let q = mean / (1.0 + mean);
                Held::Populations((0..levels).map(|n| (1.0 - q) * q.powi(n as i32)).collect())
            }
        };
        let held: f64 = match &state {
            Held::Ket(psi) => psi.iter().map(|x| x.norm_sqr()).sum(),
            Held::Populations(populations) => populations.iter().sum(),
        };
        if (held - 1.0).abs() > 1e-12 { Err(StateError::CutTooLow { levels, held }) } else { Ok(state) }
    }

    /// The state on one d-level system.
    ///
    /// # Errors
    /// [`StateError`] when the state does not exist there.
    pub(crate) fn on_levels(&self, d: usize) -> Result<Hermitian, StateError> {
        match self {
            InitialState::Ground => Ok(Hermitian::level(d, 0)),
            InitialState::Excited => Ok(Hermitian::level(d, d - 1)),
            InitialState::Fock(n) if *n < d => Ok(Hermitian::level(d, *n)),
            InitialState::Fock(n) => Err(StateError::TooManyExcitations { excitations: *n, top: d - 1 }),
            InitialState::Coherent(_) => Err(StateError::NeedsOscillator { state: "coherent" }),
            InitialState::Squeezed(_) => Err(StateError::NeedsOscillator { state: "squeezed" }),
            InitialState::Thermal(mean) => Ok(Hermitian::diagonal(&thermal_populations(*mean, d)?)),
            InitialState::Superposition(coefficients) => {
                let mut psi = held(coefficients, d)?;
                psi.resize(d, Complex64::ZERO);
                Ok(Hermitian::projector(&psi))
            }
        }
    }

    /// The state of a whole battery.
    ///
    /// # Errors
    /// [`StateError`] when the state does not exist there.
    ///
    /// # Panics
    /// For a thermal state of several cells in a space that holds symmetric states only.
    pub fn on_battery(&self, space: &BatterySpace) -> Result<Hermitian, StateError> {
        if space.is_oscillator() {
            return self.on_oscillator(space.dim());
        }
        let top = space.top_number();
        match (self, space.cells()) {
            (_, Cells::Single) => self.on_levels(space.dim()),
            (_, Cells::Apart(_) | Cells::Whole { .. }) => unreachable!("parts have states of their own"),
            (InitialState::Thermal(mean), Cells::SpinSectors { .. }) => {
                Ok(space.equally_excited(thermal_populations(*mean, 2)?[1]))
            }
            (InitialState::Thermal(mean), Cells::Product { levels, frequencies }) => {
                let cell = Hermitian::diagonal(&thermal_populations(*mean, *levels)?);
                Ok(copies(&cell, frequencies.len()))
            }
            (InitialState::Thermal(_), Cells::Symmetric { .. }) => {
                panic!("a thermal state of several cells is not a symmetric state")
            }
            (InitialState::Coherent(_) | InitialState::Squeezed(_), _) => self.on_levels(2),
            (InitialState::Fock(n), _) if *n > top => {
                Err(StateError::TooManyExcitations { excitations: *n, top })
            }
            (InitialState::Fock(n), _) => Ok(Hermitian::projector(&space.symmetric_level(*n))),
            (InitialState::Superposition(coefficients), _) => {
                let mut psi = vec![Complex64::ZERO; space.dim()];
                for (n, c) in held(coefficients, top + 1)?.into_iter().enumerate() {
                    psi.iter_mut().zip(space.symmetric_level(n)).for_each(|(x, y)| *x += c * y);
                }
                Ok(Hermitian::projector(&psi))
            }
            (InitialState::Ground, _) => Ok(Hermitian::projector(&space.symmetric_level(0))),
            (InitialState::Excited, _) => Ok(Hermitian::projector(&space.symmetric_level(top))),
        }
    }

    /// Whether an oscillator in it is in a Gaussian state.
    pub(crate) fn is_gaussian(&self) -> bool {
        !matches!(self, InitialState::Excited | InitialState::Fock(_) | InitialState::Superposition(_))
    }

    /// The name and the number of a state that has one.
    pub(crate) fn number(&self) -> Option<(&'static str, f64)> {
        match *self {
            InitialState::Ground | InitialState::Excited | InitialState::Superposition(_) => None,
            InitialState::Fock(n) => Some(("fock", n as f64)),
            InitialState::Coherent(alpha) => Some(("coherent", alpha)),
            InitialState::Squeezed(r) => Some(("squeezed", r)),
            InitialState::Thermal(mean) => Some(("thermal", mean)),
        }
    }

    /// An upper bound on the amplitude sqrt(n) up to which an oscillator in this state is occupied, for a first
    /// choice of the cutoff.
    pub(crate) fn amplitude(&self) -> f64 {
        match *self {
            InitialState::Ground | InitialState::Excited => 0.0,
            InitialState::Fock(n) => (n as f64).sqrt(),
            InitialState::Coherent(alpha) => alpha.abs(),
            InitialState::Superposition(ref c) => (highest(c) as f64).sqrt(),
            // Populations fall like tanh(r)^2n and (n/(n+1))^k: 1e-12 of them lie above these numbers.
            InitialState::Squeezed(r) => {
                let e = (-2.0 * r.abs()).exp();
                let fall = 2.0 * (e.ln_1p() - (-e).ln_1p());
                (27.6 / fall.max(1e-18)).sqrt()
            }
            InitialState::Thermal(mean) => (27.6 / (1.0 / mean.max(1e-12)).ln_1p()).sqrt(),
        }
    }
}

/// The coefficients of a superposition over their norm.
///
/// # Errors
/// [`StateError::NotNormalised`].
pub(crate) fn normalised(coefficients: &[Complex64]) -> Result<Vec<Complex64>, StateError> {
    let norm = coefficients.iter().fold(0.0, |sum, c| sum + c.norm_sqr()).sqrt();
    match (norm - 1.0).abs() <= NORMALISED {
        true => Ok(coefficients.iter().map(|c| c / norm).collect()),
        false => Err(StateError::NotNormalised { norm }),
    }
}

/// Those of a superposition of at most so many levels.
fn held(coefficients: &[Complex64], levels: usize) -> Result<Vec<Complex64>, StateError> {
    match coefficients.len() <= levels {
        true => normalised(coefficients),
        false => Err(StateError::TooManyCoefficients { coefficients: coefficients.len(), levels }),
    }
}

/// The highest level in a superposition.
fn highest(coefficients: &[Complex64]) -> usize {
    coefficients.iter().rposition(|c| *c != Complex64::ZERO).unwrap_or(0)
}

/// cell (x) ... (x) cell.
fn copies(cell: &Hermitian, count: usize) -> Hermitian {
    (1..count).fold(cell.clone(), |state, _| state.kron(cell))
}

/// Populations z^k / sum z^k of a d-level system with mean number `mean`.
fn thermal_populations(mean: f64, d: usize) -> Result<Vec<f64>, StateError> {
    let largest = (d - 1) as f64 / 2.0;
    if !(0.0..=largest).contains(&mean) {
        return Err(StateError::NotThermal { mean, largest, levels: d });
    }
    let populations = |z: f64| {
        let weights: Vec<f64> = (0..d).map(|k| z.powi(k as i32)).collect();
        let total: f64 = weights.iter().sum();
        weights.into_iter().map(|w| w / total).collect::<Vec<f64>>()
    };
    if d == 2 {
        return Ok(vec![1.0 - mean, mean]);
    }
    // The mean number grows with z: bisection to the last bit.
    let number = |z| populations(z).iter().enumerate().map(|(k, p)| k as f64 * p).sum::<f64>();
    let (_, high) = bisect(0.0, 1.0, 200, |z| !(number(z) < mean));
    Ok(populations(high))
}

/// <n|alpha> = e^{-alpha^2/2} alpha^n / sqrt(n!), through logarithms so that large amplitudes do not underflow.
fn coherent(alpha: f64, levels: usize) -> Vec<Complex64> {
    let mut log = -0.5 * alpha * alpha;
    (0..levels)
        .map(|n| {
            if n > 0 {
                log += alpha.abs().ln() - 0.5 * (n as f64).ln();
            }
            let sign = if alpha < 0.0 && n % 2 == 1 { -1.0 } else { 1.0 };
            Complex64::from(sign * log.exp())
        })
        .collect()
}

/// <2k|r> = (-tanh r)^k sqrt((2k)!)/(2^k k! sqrt(cosh r)) for S = exp(r (a^2 - a^dag^2)/2).
fn squeezed(r: f64, levels: usize) -> Vec<Complex64> {
    let mut psi = vec![Complex64::ZERO; levels];
    let mut amplitude = 1.0 / r.cosh().sqrt();
    for k in 0..levels.div_ceil(2) {
        psi[2 * k] = amplitude.into();
        amplitude *= -r.tanh() * ((2 * k + 1) as f64 / (2 * k + 2) as f64).sqrt();
    }
    psi
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(rho: &Hermitian) -> f64 {
        rho.populations().enumerate().map(|(n, p)| n as f64 * p).sum()
    }

    #[test]
    fn mean_numbers_of_the_oscillator_states() {
        let cases = [
            (InitialState::Coherent(-1.5), 2.25),
            (InitialState::Thermal(0.4), 0.4),
            (InitialState::Fock(3), 3.0),
            (InitialState::Squeezed(0.6), 0.6_f64.sinh().powi(2)),
        ];
        for (state, expected) in cases {
            let rho = state.on_oscillator(80).unwrap();
            assert!((mean(&rho) - expected).abs() < 1e-11, "{state:?}");
        }
    }

    #[test]
    fn thermal_qudit_has_its_mean_number() {
        for d in 2..6 {
            let rho = InitialState::Thermal(0.3).on_levels(d).unwrap();
            assert!((mean(&rho) - 0.3).abs() < 1e-14 && (rho.trace() - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn thermal_cells_fill_the_spin_sectors() {
        let rho = InitialState::Thermal(0.2).on_battery(&BatterySpace::spin_sectors(5, 1.0)).unwrap();
        assert!((rho.trace() - 1.0).abs() < 1e-14);
    }
}
