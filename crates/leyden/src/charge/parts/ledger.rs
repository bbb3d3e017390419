//! The ledger of parts that are a built-in system: of the text as it is written, by a general method beside it where that takes half a second at most.

use super::super::ledger::{ACCURACY_BESIDE, LONGEST_HOURS_BESIDE, MOST_BYTES_BESIDE, beside, of_beside};
use super::super::master_equation::bytes_of_run;
use super::super::{Charging, Error, Request, guard_applications};
use super::Route;
use super::cutoffs::Oscillators;
use super::levels_of;
use crate::charge::Ledger;
use crate::model::parts::Parts;
use crate::why::TooLarge;
use crate::{Known, Why};

impl Parts {
    pub(super) fn ledger_beside(&self, request: &Request) -> Known<Ledger> {
        if request.times.is_empty() {
            return Err(Why::NoTimes);
        }
        of_beside(self.run_beside(&beside(request, ACCURACY_BESIDE)))
    }

    fn run_beside(&self, request: &Request) -> Result<Charging, Error> {
        let too_large = || Err(Why::from(TooLarge::Ledger).into());
        match self.general_route(request)? {
            Route::Kets => match self.plan_closed(request)?.seconds {
                Some(seconds) if seconds > 3600.0 * LONGEST_HOURS_BESIDE => too_large(),
                _ => self.charge_closed(request),
            },
            Route::Density => {
                let layout = Oscillators::new(self, request.tolerance).layout(self)?;
                let levels = levels_of(&layout);
                if bytes_of_run(levels as usize, None) <= MOST_BYTES_BESIDE {
                    let lindbladian = self.assembled(&layout, request)?.lindbladian;
                    let (norm, levels) = (lindbladian.norm_bound(), lindbladian.dim());
                    guard_applications(norm, levels, levels * levels, &request.times, LONGEST_HOURS_BESIDE)?;
                }
                self.charge_open(request)
            }
            _ => too_large(),
        }
    }
}
