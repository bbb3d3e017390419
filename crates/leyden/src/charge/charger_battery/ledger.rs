//! The ledger of an exact method: a general one beside it, where that takes seconds at most.
//!
//! Exact methods carry what the battery needs; the ledger needs the charger, the coupling and the drive as well.

use super::super::{Error, Request, guard_applications};
use crate::asymptote::Detail;
use crate::charge::Ledger;
use crate::model::ChargerBattery;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Hours that the second run may take.
const LONGEST_HOURS: f64 = 5.0 / 3600.0;
/// Bytes that it may take.
const MOST_BYTES: f64 = 2e8;
/// What its states should be accurate to at least.
const ACCURACY: f64 = 1e-10;

impl ChargerBattery {
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
        if self.by_kets(&beside) {
            let plan = self.plan_closed(&beside).map_err(|_| TooLarge::Ledger)?;
            if plan.seconds.is_some_and(|seconds| seconds > 3600.0 * LONGEST_HOURS) {
                return Err(TooLarge::Ledger.into());
            }
        } else {
            let (_, generator) =
                self.guarded_system(self.first_levels(), &beside).map_err(|_| TooLarge::Ledger)?;
            let (levels, numbers) = (generator.dim(), generator.numbers());
            guard_applications(generator.norm_bound(), levels, numbers, &request.times, LONGEST_HOURS)
                .map_err(|_| TooLarge::Ledger)?;
        }
        match self.charge_general(&beside, None) {
            Ok(charging) => charging.ledger,
            Err(Error::TooLarge { .. } | Error::TooLong { .. }) => Err(TooLarge::Ledger.into()),
            Err(_) => Err(Failure::Ledger.into()),
        }
    }
}
