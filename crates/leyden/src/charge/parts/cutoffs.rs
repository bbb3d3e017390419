//! Cutoffs of the oscillators of a system of parts, which grow where they are filled.

use super::super::Error;
use super::super::cutoff::Cut;
use crate::model::parts::{Assembled, Layout, PartKind, Parts, first_cutoffs};
use crate::model::{Cutoff, ModelError};

/// The oscillators with their present cutoffs.
#[derive(Clone, Debug)]
pub(super) struct Oscillators {
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
    pub(super) fn new(parts: &Parts, tolerance: f64) -> Self {
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
    pub(super) fn on_all_sites(self) -> Self {
        Oscillators { grouped: false, ..self }
    }

    pub(super) fn layout(&self, parts: &Parts) -> Result<Layout, Error> {
        self.layout_of(parts, &self.levels)
    }

    /// With room for what leaves the cuts that grow.
    pub(super) fn wide(&self, parts: &Parts) -> Result<Layout, Error> {
        let raises = parts.raises();
        let more = self.levels.iter().enumerate().map(|(site, levels)| match self.grows[site] {
            true => levels + raises[site],
            false => *levels,
        });
        self.layout_of(parts, &more.collect::<Vec<_>>())
    }

    fn layout_of(&self, parts: &Parts, levels: &[usize]) -> Result<Layout, Error> {
        let layout = match self.grouped {
            true => Layout::new(parts, levels),
            false => Layout::whole(parts, levels),
        };
        Ok(layout.map_err(ModelError::from)?)
    }

    /// The oscillators whose own levels are those of the basis, and their sites.
    pub(super) fn cuts(&self, parts: &Parts, assembled: &Assembled) -> Vec<(usize, Cut)> {
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

    /// Grows what holds most: `held` of the cuts, in their order.
    pub(super) fn grow(&mut self, cuts: &[(usize, Cut)], held: &[f64]) {
        let most = held.iter().copied().fold(0.0, f64::max);
        for ((site, cut), held) in cuts.iter().zip(held) {
            if cut.grows && *held >= 0.01 * most {
                self.levels[*site] += (self.levels[*site] / 4).max(4);
            }
        }
        self.grown = true;
    }
}
