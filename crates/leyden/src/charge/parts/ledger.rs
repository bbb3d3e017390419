//! The ledger of parts that are a built-in system: of the text as it is written, by a general method beside it where that takes half a second at most.

use super::super::master_equation::bytes_of_run;
use super::super::{Error, Request, guard_applications};
use super::Route;
use super::cutoffs::Oscillators;
use super::levels_of;
use crate::asymptote::Detail;
use crate::charge::Ledger;
use crate::model::parts::Parts;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Hours that the second run may take.
const LONGEST_HOURS: f64 = 0.5 / 3600.0;
/// Bytes that it may take.
const MOST_BYTES: f64 = 2e8;
/// What its states should be accurate to at least.
const ACCURACY: f64 = 1e-10;

impl Parts {
    pub(super) fn ledger_beside(&self, request: &Request) -> Known<Ledger> {
        if request.times.is_empty() {
            return Err(Why::NoTimes);
        }
        let beside = Request {
            method: None,
            verify: false,
            detail: Detail::States,
            extrema: false,
            tolerance: request.tolerance.min(ACCURACY),
            memory_limit: request.memory_limit.min(MOST_BYTES),
            progress: request.progress.of_part(),
            ..request.clone()
        };
        let run = || {
            match self.general_route(&beside)? {
                Route::Kets => match self.plan_closed(&beside)?.seconds {
                    Some(seconds) if seconds > 3600.0 * LONGEST_HOURS => {
                        return Ok(Err(TooLarge::Ledger.into()));
                    }
                    _ => self.charge_closed(&beside),
                },
                Route::Density => {
                    let layout = Oscillators::new(self, beside.tolerance).layout(self)?;
                    let levels = levels_of(&layout);
                    if bytes_of_run(levels as usize, None) <= MOST_BYTES {
                        let lindbladian = self.assembled(&layout, &beside)?.lindbladian;
                        let (norm, levels) = (lindbladian.norm_bound(), lindbladian.dim());
                        guard_applications(norm, levels, levels * levels, &beside.times, LONGEST_HOURS)?;
                    }
                    self.charge_open(&beside)
                }
                _ => return Ok(Err(TooLarge::Ledger.into())),
            }
            .map(|charging| charging.ledger)
        };
        match run() {
            Ok(ledger) => ledger,
            Err(Error::TooLarge { .. } | Error::TooLong { .. }) => Err(TooLarge::Ledger.into()),
            Err(_) => Err(Failure::Ledger.into()),
        }
    }
}
