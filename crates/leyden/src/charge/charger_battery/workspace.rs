//! Decompositions shared by the points of a study.
//!
//! Dephasing and detuning of the charger enter Rabi blocks after the decomposition, so that points which differ in nothing else
//! share one, also when several threads ask for it at once.

use std::sync::{Arc, Mutex, OnceLock};

use super::super::cutoff::Cutoffs;
use super::super::{Error, Request};
use super::RabiError;
use crate::exact::RabiBlocks;
use crate::model::{ChargerBattery, Levels};
use crate::space::BatterySpace;

/// What points of a study have in common; may be shared by threads.
#[derive(Debug, Default)]
pub struct Workspace {
    kept: Mutex<Vec<(ChargerBattery, Slot)>>,
}

/// One decomposition, made by the first who asks for it.
type Slot = Arc<OnceLock<Result<Arc<SharedBlocks>, Error>>>;

/// Rabi blocks for one charger, which others are made from.
#[derive(Debug)]
pub(super) struct SharedBlocks {
    pub(super) blocks: RabiBlocks,
    pub(super) space: BatterySpace,
    pub(super) levels: Levels,
}

/// Decompositions kept: a few more than threads at work, so that memory does not grow with the study.
const KEPT: usize = 8;

impl Workspace {
    /// The blocks of `model`, from those of a model with another dephasing or detuning of the charger if there are any.
    pub(super) fn rabi_blocks(
        &self,
        model: &ChargerBattery,
        request: &Request,
    ) -> Result<(RabiBlocks, Arc<SharedBlocks>), Error> {
        let mut common = model.with_charger_in_frame();
        common.charger.noise.dephasing = 0.0;
        let slot = {
            let mut kept = self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            match kept.iter().position(|(known, _)| *known == common) {
                Some(index) => kept[index].1.clone(),
                None => {
                    if kept.len() == KEPT {
                        kept.remove(0);
                    }
                    let slot = Slot::default();
                    kept.push((common.clone(), slot.clone()));
                    slot
                }
            }
        };
        let prepared = slot.get_or_init(|| common.prepare(request).map(Arc::new)).clone()?;
        let blocks = prepared.blocks.with_charger(model.charger.noise.dephasing, model.charger_detuning());
        Ok((blocks, prepared))
    }
}

impl ChargerBattery {
    fn prepare(&self, request: &Request) -> Result<SharedBlocks, Error> {
        let mut cutoffs = Cutoffs::new(self, self.rabi_levels(), request.tolerance);
        loop {
            let levels = cutoffs.levels;
            let dim = self.battery_dim(levels);
            self.guard(2.0 * dim, 8.0 * dim * dim * 6.0, request)?;
            match self.rabi_blocks(levels) {
                Ok((blocks, _)) if cutoffs.grows.1 && !(blocks.top_weight() < 1e-16) => {
                    cutoffs.levels.battery = levels.battery * 3 / 2;
                }
                Ok((blocks, space)) => return Ok(SharedBlocks { blocks, space, levels }),
                Err(RabiError::Model(error)) => cutoffs.widen(error)?,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charge::{System, Times};

    #[test]
    fn threads_share_one_decomposition() {
        let workspace = Workspace::default();
        let star = |gamma: f64| ChargerBattery::star(20).dephased(gamma).driven(0.5);
        let request = Request::from(Times::from(vec![0.0, 3.0]));
        let gammas = [0.1, 1.0, 10.0, 100.0];
        std::thread::scope(|scope| {
            for gamma in gammas {
                let (workspace, request, model) = (&workspace, &request, star(gamma));
                scope.spawn(move || {
                    let shared = model.charge_in(request, workspace).unwrap();
                    let alone = model.charge(request).unwrap();
                    assert_eq!(shared.series.merits, alone.series.merits);
                    assert_eq!(shared.asymptote, alone.asymptote);
                    assert_eq!(shared.charging_time, alone.charging_time);
                });
            }
        });
        assert_eq!(workspace.kept.lock().unwrap().len(), 1);
    }
}
