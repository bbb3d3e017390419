//! Cut oscillators: what their highest levels hold, and how their cutoffs grow.

use super::Error;
use crate::model::{ChargerBattery, Levels, ModelError};
use crate::numerics::nan_max;
use crate::operator::Hermitian;
use crate::space::StateError;

/// Largest populations of the two highest levels of charger and battery: a state of one parity may leave either level empty.
pub(super) type Tops = (f64, f64);

/// An oscillator among the factors of a joint space, where levels are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// By how much a joint level changes with its own.
    pub(super) stride: usize,
    pub(super) levels: usize,
    /// Whether its cutoff grows when its highest levels are filled.
    pub(super) grows: bool,
}

impl Cut {
    /// What its two highest levels hold of a state of so many joint levels: a state of one parity may leave either level empty.
    pub(super) fn top(&self, dim: usize, population: impl Fn(usize) -> f64) -> f64 {
        let high = self.levels.saturating_sub(2);
        let block = self.stride * self.levels;
        let blocks = (0..dim / block.max(1)).map(|k| k * block);
        blocks.flat_map(|begin| begin + high * self.stride..begin + block).map(population).sum()
    }

    /// The places of its two highest levels in a list of joint levels.
    pub(super) fn tops(&self, levels: &[usize]) -> Vec<usize> {
        let high = self.levels.saturating_sub(2);
        (0..levels.len()).filter(|&local| levels[local] / self.stride % self.levels >= high).collect()
    }
}

/// What the highest levels of every cut hold, or held before where that is more.
pub(super) fn highest(
    cuts: &[Cut],
    before: &[f64],
    dim: usize,
    population: impl Fn(usize) -> f64,
) -> Vec<f64> {
    cuts.iter().zip(before).map(|(cut, before)| nan_max(*before, cut.top(dim, &population))).collect()
}

/// Cutoffs of charger and battery that grow until their highest levels stay empty.
pub(super) struct Cutoffs {
    /// Levels kept at present.
    pub(super) levels: Levels,
    /// Largest population of the highest levels of an oscillator whose cutoff grows: what lies beyond the cut acts on the
    /// result with about its population.
    pub(super) allowed: f64,
    /// Whether the cutoffs of charger and battery grow.
    pub(super) grows: (bool, bool),
    /// Whether they have grown because levels were filled.
    pub(super) grown: bool,
    /// Whether the start never leads beyond the cuts, so that nothing is cut off.
    pub(super) closed: bool,
}

impl Cutoffs {
    pub(super) fn new(model: &ChargerBattery, first: Levels, tolerance: f64) -> Self {
        let grows = (model.grows_charger(), model.grows_battery());
        Cutoffs { levels: first, allowed: (1e-3 * tolerance).max(1e-13), grows, grown: false, closed: false }
    }

    /// Widens the cut that is too low for an initial state.
    ///
    /// # Errors
    /// The error where it is another one, or the cut was asked for.
    pub(super) fn widen(&mut self, error: ModelError) -> Result<(), ModelError> {
        match error {
            ModelError::ChargerState(StateError::CutTooLow { .. }) if self.grows.0 => {
                self.levels.charger = self.levels.charger * 3 / 2;
            }
            ModelError::BatteryState(StateError::CutTooLow { .. }) if self.grows.1 => {
                self.levels.battery = self.levels.battery * 3 / 2;
            }
            error => return Err(error),
        }
        Ok(())
    }

    /// What `build` makes of the levels, widened until the initial state fits.
    ///
    /// # Errors
    /// As `build`, and as [`widen`](Self::widen).
    pub(super) fn fitting<T>(
        &mut self,
        mut build: impl FnMut(Levels) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            match build(self.levels) {
                Err(Error::Model(error)) => self.widen(error)?,
                built => return built,
            }
        }
    }

    /// Whether a cut that grows is filled.
    pub(super) fn is_filled(&self, tops: Tops) -> bool {
        fills(self.grows, tops, self.allowed)
    }

    /// Grows what is filled.
    pub(super) fn grow(&mut self, tops: Tops) {
        let next = |levels: usize| (levels * 4).div_ceil(3) + 2;
        if tops.0 > self.allowed && self.grows.0 {
            self.levels.charger = next(self.levels.charger);
        }
        if tops.1 > self.allowed && self.grows.1 {
            self.levels.battery = next(self.levels.battery);
        }
        self.grown = true;
    }
}

/// The factors of charger (x) battery, `dim_b` levels of the battery.
fn of_pair(charger_levels: usize, dim_b: usize) -> [Cut; 2] {
    let cut = |stride: usize, levels: usize| Cut { stride, levels, grows: false };
    [cut(dim_b, charger_levels), cut(1, dim_b)]
}

impl Cutoffs {
    /// The oscillators among charger and battery; none where nothing is cut off.
    pub(super) fn cuts(&self, cut: (bool, bool), charger_levels: usize, dim_b: usize) -> Vec<Cut> {
        let [charger, battery] = of_pair(charger_levels, dim_b);
        let pair = [(cut.0, charger, self.grows.0), (cut.1, battery, self.grows.1)];
        let of = |(is_cut, cut, grows): (bool, Cut, bool)| {
            (is_cut && !self.closed).then_some(Cut { grows, ..cut })
        };
        pair.into_iter().filter_map(of).collect()
    }

    /// What is held by the highest levels of the oscillators among charger and battery, in their order.
    pub(super) fn tops(cut: (bool, bool), held: &[f64]) -> Tops {
        let mut held = held.iter().copied();
        let mut of = |is_cut: bool| if is_cut { held.next().unwrap_or(0.0) } else { 0.0 };
        (of(cut.0), of(cut.1))
    }
}

/// Whether charger or battery, where it is `cut`, holds more in its highest levels than is allowed.
pub(super) fn fills(cut: (bool, bool), tops: Tops, allowed: f64) -> bool {
    (cut.0 && tops.0 > allowed) || (cut.1 && tops.1 > allowed)
}

/// Populations of the two highest levels of charger and battery, `dim_b` levels of the battery.
pub(super) fn tops_of(rho: &Hermitian, charger_levels: usize, dim_b: usize) -> Tops {
    let [charger, battery] = of_pair(charger_levels, dim_b);
    let top = |cut: Cut| cut.top(rho.dim(), |joint| rho.population(joint));
    (top(charger), top(battery))
}

/// The larger of both, number by number.
pub(super) fn larger(a: Tops, b: Tops) -> Tops {
    (nan_max(a.0, b.0), nan_max(a.1, b.1))
}

/// What is reported of `tops` where charger and battery are `cut`; `None` where neither is.
pub(super) fn top_of_cut(cut: (bool, bool), tops: Tops) -> Option<f64> {
    match cut {
        (false, false) => None,
        (true, false) => Some(tops.0),
        (false, true) => Some(tops.1),
        (true, true) => Some(nan_max(tops.0, tops.1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_as_much_as_is_allowed_does_not_grow() {
        let (at, above) = (1e-10, 1.1e-10);
        for grows in [(false, false), (true, false), (false, true), (true, true)] {
            for tops in [(at, at), (above, at), (at, above), (above, above)] {
                let levels = Levels { charger: 10, battery: 16 };
                let mut cutoffs = Cutoffs { levels, allowed: 1e-10, grows, grown: false, closed: false };
                let (charger, battery) = (grows.0 && tops.0 > at, grows.1 && tops.1 > at);
                assert_eq!(cutoffs.is_filled(tops), charger || battery, "{grows:?} {tops:?}");
                cutoffs.grow(tops);
                // A third more, and two.
                let expected =
                    Levels { charger: if charger { 16 } else { 10 }, battery: if battery { 24 } else { 16 } };
                assert_eq!((cutoffs.levels, cutoffs.grown), (expected, true), "{grows:?} {tops:?}");
            }
        }
    }
}
