//! Oscillators that a start fills up to finitely many levels: Fock states with cold losses and exchange need n_0 + 1 of the charger, n_0 the
//! excitations at the start, and nothing is cut off.
//!
//! Levels are reached along H both ways and along jumps one way (`lindblad/pairs.rs`). Every term moves an oscillator by one level at most, so
//! that what leaves the two highest levels of a cut empty never leaves the cut.

use super::super::cutoff::Cutoffs;
use crate::lindblad::{populated, reached_levels};
use crate::model::{Cell, ChargerBattery, ChargerKind, Cutoff, Levels};

/// Levels that must stay empty: a state of one parity may leave either one empty.
const EMPTY: usize = 2;
/// Joint levels on which the graph is looked at: states of more fill the memory of any machine.
const MOST_LEVELS: f64 = 20_000.0;

impl ChargerBattery {
    /// The cutoffs of a run: as many levels as the start reaches where that is an end, else `first` ones.
    pub(in crate::charge) fn cutoffs(&self, first: Levels, tolerance: f64) -> Cutoffs {
        let cutoffs = Cutoffs::new(self, first, tolerance);
        match self.closed_cut() {
            Some(levels) => Cutoffs { levels, grows: (false, false), closed: true, ..cutoffs },
            None => cutoffs,
        }
    }

    /// The levels that the start reaches, or those that were asked for where they are no less; `None` where there is no end, or no oscillator.
    pub(super) fn closed_cut(&self) -> Option<Levels> {
        let charger = match self.charger.kind {
            ChargerKind::Qubit => None,
            ChargerKind::Oscillator(cutoff) => Some(cutoff),
        };
        let battery = match self.battery.cell {
            Cell::Oscillator(cutoff) => Some(cutoff),
            _ => None,
        };
        if charger.is_none() && battery.is_none() {
            return None;
        }
        // Room above a cutoff that was asked for; a first choice has it.
        let room = |cutoff: Option<Cutoff>, first: usize| match cutoff {
            Some(Cutoff::Levels(levels)) => levels + EMPTY,
            _ => first,
        };
        let first = self.first_levels();
        let open = Levels { charger: room(charger, first.charger), battery: room(battery, first.battery) };
        if !(self.dim(open) <= MOST_LEVELS) {
            return None;
        }
        let space = self.battery_space(open).ok()?;
        let (charger0, battery0) = self.initial_states(&space, open).ok()?;
        let lindbladian = self.lindbladian(&space, open, self.frame()).ok()?;
        let (n_b, below) = (space.dim(), populated(&battery0));
        let start = populated(&charger0).into_iter().flat_map(|c| below.iter().map(move |b| c * n_b + b));
        let reached = reached_levels(&lindbladian, start);
        let highest = |level: fn(usize, usize) -> usize| reached.iter().map(|&joint| level(joint, n_b)).max();
        let closed = |cutoff: Option<Cutoff>, open: usize, highest: usize| match cutoff {
            None => Some(open),
            Some(_) if highest + EMPTY >= open => None,
            Some(Cutoff::Levels(levels)) => Some(levels),
            Some(Cutoff::Auto) => Some(highest + 1),
        };
        Some(Levels {
            charger: closed(charger, open.charger, highest(|joint, n_b| joint / n_b)?)?,
            battery: closed(battery, open.battery, highest(|joint, n_b| joint % n_b)?)?,
        })
    }
}
