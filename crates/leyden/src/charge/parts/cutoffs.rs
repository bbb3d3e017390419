//! Cutoffs of the oscillators of a system of parts, which grow where they are filled.

use super::super::cutoff::Cut;
use super::super::{Charging, Error};
use crate::merit::Merits;
use crate::model::parts::{Assembled, Layout, PartKind, Parts, first_cutoffs};
use crate::model::{Cutoff, ModelError};
use crate::numerics::nan_max;

/// Change of energies and ergotropies with the cutoffs, in tolerances, that counts as none.
const STILL: f64 = 10.0;

/// Largest change of energies and global ergotropies, relative to the largest energy.
fn moved(before: &Charging, now: &Charging) -> f64 {
    let pairs = before.series.merits.iter().zip(&now.series.merits);
    let change = |(a, b): (&Merits, &Merits)| {
        let ergotropy = (a.ergotropy.global - b.ergotropy.global).abs();
        (ergotropy.max((a.energy - b.energy).abs()), b.energy.abs())
    };
    let (change, largest) =
        pairs.map(change).fold((0.0, 1.0_f64), |(a, b), (c, d)| (nan_max(a, c), b.max(d)));
    change / largest
}

/// The oscillators with their present cutoffs.
#[derive(Clone, Debug)]
pub(in crate::charge) struct Oscillators {
    /// Levels of every site.
    pub(super) levels: Vec<usize>,
    /// Whether the cutoff of a site grows.
    pub(super) grows: Vec<bool>,
    /// What the highest levels may hold.
    pub(super) allowed: f64,
    /// Whether some have grown.
    pub(super) grown: bool,
    /// Whether members of parts are treated as one where that is possible.
    pub(super) grouped: bool,
}

impl Oscillators {
    pub(in crate::charge) fn new(parts: &Parts, tolerance: f64) -> Self {
        let grows = (0..parts.sites()).map(|site| parts.kind(site) == PartKind::Oscillator(Cutoff::Auto));
        Oscillators {
            levels: first_cutoffs(parts),
            grows: grows.collect(),
            allowed: (1e-3 * tolerance).max(1e-13),
            grown: false,
            grouped: true,
        }
    }

    /// On the product of all sites.
    pub(in crate::charge) fn on_all_sites(self) -> Self {
        Oscillators { grouped: false, ..self }
    }

    pub(in crate::charge) fn layout(&self, parts: &Parts) -> Result<Layout, Error> {
        self.layout_of(parts, &self.levels)
    }

    /// With room for what leaves the cuts.
    pub(in crate::charge) fn wide(&self, parts: &Parts) -> Result<Layout, Error> {
        let raises = parts.raises();
        let more: Vec<usize> =
            self.levels.iter().zip(&raises).map(|(levels, raises)| levels + raises).collect();
        self.layout_of(parts, &more)
    }

    /// Whether a cutoff was asked for: operators are cut there first, and multiplied then.
    pub(in crate::charge) fn are_given(&self, parts: &Parts) -> bool {
        let given = |site: usize| matches!(parts.kind(site), PartKind::Oscillator(Cutoff::Levels(_)));
        (0..parts.sites()).any(given)
    }

    fn layout_of(&self, parts: &Parts, levels: &[usize]) -> Result<Layout, Error> {
        let layout = match self.grouped {
            true => Layout::new(parts, levels),
            false => Layout::whole(parts, levels),
        };
        Ok(layout.map_err(ModelError::from)?)
    }

    /// The oscillators whose own levels are those of the basis, and their sites.
    pub(in crate::charge) fn cuts(&self, parts: &Parts, assembled: &Assembled) -> Vec<(usize, Cut)> {
        let layout = assembled.layout();
        let strides = layout.strides();
        let of = |(place, stride): (usize, usize)| {
            let factor = &layout.factors[place];
            let site = factor.site.filter(|site| matches!(parts.kind(*site), PartKind::Oscillator(_)))?;
            let cut = Cut { stride, levels: factor.levels, grows: self.grows[site] };
            (!assembled.turns(place)).then_some((site, cut))
        };
        strides.into_iter().enumerate().filter_map(of).collect()
    }

    /// Whether H_B mixes the levels of an oscillator.
    pub(in crate::charge) fn are_mixed(&self, parts: &Parts, assembled: &Assembled) -> bool {
        let oscillates = |site: usize| matches!(parts.kind(site), PartKind::Oscillator(_));
        let factors = assembled.layout().factors.iter().enumerate();
        factors
            .filter(|(_, factor)| factor.site.is_some_and(oscillates))
            .any(|(place, _)| assembled.turns(place))
    }

    /// Oscillators whose cutoff grows and whose levels are not those of the basis, because H_B mixes them: what their highest levels hold is not
    /// seen there.
    pub(in crate::charge) fn unseen(&self, cuts: &[(usize, Cut)]) -> Vec<usize> {
        let seen = |site: &usize| cuts.iter().any(|(of, _)| of == site);
        (0..self.grows.len()).filter(|site| self.grows[*site] && !seen(site)).collect()
    }

    /// Whether a run says the same as one with lower cutoffs of what is not seen; else raises these cutoffs.
    pub(in crate::charge) fn stand_still(
        &mut self,
        unseen: &[usize],
        before: Option<&Charging>,
        now: &mut Charging,
        tolerance: f64,
    ) -> bool {
        if unseen.is_empty() {
            return true;
        }
        if let Some(before) = before {
            let moved = moved(before, now);
            now.checks.error += moved;
            if moved <= STILL * tolerance {
                return true;
            }
        }
        unseen.iter().for_each(|site| self.levels[*site] += (self.levels[*site] / 4).max(4));
        self.grown = true;
        false
    }

    /// Grows what holds most: `held` of the cuts, in their order.
    pub(in crate::charge) fn grow(&mut self, cuts: &[(usize, Cut)], held: &[f64]) {
        let most = held.iter().copied().fold(0.0, f64::max);
        for ((site, cut), held) in cuts.iter().zip(held) {
            if cut.grows && *held >= 0.01 * most {
                self.levels[*site] += (self.levels[*site] / 4).max(4);
            }
        }
        self.grown = true;
    }
}
