//! The ledger of parts that are a built-in system, and bounds on its power: of the text as it is written, by a general method beside it where that takes half a second at most.

use super::super::bounds::{LONGEST_HOURS_ASKED, of_beside as bounds_of_beside};
use super::super::ledger::{ACCURACY_BESIDE, LONGEST_HOURS_BESIDE, MOST_BYTES_BESIDE, beside, of_beside};
use super::super::master_equation::bytes_of_run;
use super::super::{Charging, Error, Request, guard_applications};
use super::Route;
use super::cutoffs::Oscillators;
use super::levels_of;
use crate::Why;
use crate::model::parts::Parts;
use crate::why::TooLarge;

impl Parts {
    /// Ledger and bounds of a built-in system's run, where they are asked for.
    pub(super) fn add_beside(&self, charging: &mut Charging, request: &Request) {
        if !(request.ledger || request.bounds) {
            return;
        }
        let run = match request.times.is_empty() {
            true => Err(Why::NoTimes.into()),
            false => self.run_beside(&beside(request, ACCURACY_BESIDE)),
        };
        if request.ledger {
            charging.ledger = of_beside(&run);
        }
        if request.bounds {
            charging.rate_bounds = bounds_of_beside(&run);
        }
    }

    fn run_beside(&self, request: &Request) -> Result<Charging, Error> {
        let too_large = || Err(Why::from(TooLarge::Ledger).into());
        let longest = if request.whole_path { LONGEST_HOURS_ASKED } else { LONGEST_HOURS_BESIDE };
        match self.general_route(request)? {
            Route::Kets => self.charge_closed_within(request, longest),
            Route::Density => {
                let layout = Oscillators::new(self, request.tolerance).layout(self)?;
                let levels = levels_of(&layout);
                if bytes_of_run(levels as usize, None) <= MOST_BYTES_BESIDE {
                    let lindbladian = self.assembled(&layout, request)?.lindbladian;
                    let (norm, levels) = (lindbladian.norm_bound(), lindbladian.dim());
                    guard_applications(norm, levels, levels * levels, &request.times, longest)?;
                }
                self.charge_open_within(request, longest)
            }
            _ => too_large(),
        }
    }
}
