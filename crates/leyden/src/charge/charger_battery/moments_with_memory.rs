//! Moments of two oscillators under a field with memory, with as many members as they take to stand still.

use super::super::hierarchy::{TELEGRAPH, more};
use super::super::{Error, Request};
use super::number_sectors::of_oscillators;
use super::remembering::grown;
use crate::Why;
use crate::asymptote::{Asymptote, LongTimes, Remark};
use crate::exact::{MomentValues, Moments};
use crate::merit::Merits;
use crate::model::{ChargerBattery, FieldMemory, FieldNoise};
use crate::numerics::nan_max;
use crate::why::Infinite;

/// Most members: a matrix of 36 numbers for each is exponentiated.
const MOST_MEMBERS: usize = 48;
/// Times at which they are compared.
const COMPARED: usize = 8;

impl ChargerBattery {
    /// The moments with so many members.
    fn moments_of_members(&self, memory: &FieldMemory, members: usize) -> Result<Moments, Error> {
        Ok(self.moments()?.remembering(self.field(memory, 1, 1, members)))
    }

    /// The moments, how many members they have, and how far the mean number moved with the last of them.
    pub(super) fn grown_moments(
        &self,
        memory: &FieldMemory,
        request: &Request,
    ) -> Result<(Moments, usize, f64), Error> {
        if memory.noise == FieldNoise::Telegraph {
            return Ok((self.moments_of_members(memory, TELEGRAPH)?, TELEGRAPH, 0.0));
        }
        let count = request.times.len();
        let compared = COMPARED.min(count);
        let times: Vec<f64> = (1..=compared).map(|k| request.times[(count - 1) * k / compared]).collect();
        let numbers = |moments: &Moments| -> Vec<MomentValues> {
            let mut values = Vec::with_capacity(times.len());
            moments.numbers(&times, &mut |_, _, found| values.push(found));
            values
        };
        let (mut members, mut before) = (2, numbers(&self.moments_of_members(memory, 2)?));
        loop {
            members = more(members);
            if members > MOST_MEMBERS {
                return Err(Error::TooManyMembers { most: MOST_MEMBERS });
            }
            let moments = self.moments_of_members(memory, members)?;
            let now = numbers(&moments);
            let apart = |(a, b): (&MomentValues, &MomentValues)| {
                (a.number - b.number).abs().max((a.fluctuation - b.fluctuation).abs())
            };
            let moved = before.iter().zip(&now).map(apart).fold(0.0, nan_max);
            let largest = now.iter().map(|values| values.number).fold(1.0, f64::max);
            if moved.is_nan() || moved <= request.tolerance * largest {
                return Ok((moments, members, moved));
            }
            before = now;
        }
    }

    /// Long times: the limit of white noise where nothing relaxes, else that of the members.
    pub(super) fn long_times_by_remembering_moments(&self, memory: &FieldMemory) -> Result<LongTimes, Error> {
        let omega = self.cell_frequency();
        if let Some(growth) = self.moments_of_members(memory, TELEGRAPH)?.diverges() {
            return Ok(LongTimes::unknown(growth.into()));
        }
        let found = grown(self, 3, |members, memory| {
            let moments = self.moments_of_members(memory, members).map_err(|_| Why::NoStates)?;
            Ok(moments.curve()?.scaled(omega))
        });
        let (curve, members) = match found {
            Ok(found) => found,
            Err(why) => return Ok(LongTimes::unknown(why)),
        };
        let relaxes = self.charger.noise.exchanges() || self.battery.noise.exchanges();
        let remark = Remark::Members { members };
        if !relaxes {
            // Ergotropy too, where white noise knows it.
            let white = self.with_white_noise().long_times_by_moments()?;
            let Ok(limit) = white.asymptote.limit else { return Ok(white) };
            let mut long = of_oscillators(Asymptote::certified(limit, Infinite::Conserved), curve);
            long.asymptote.remarks.push(remark);
            return Ok(long);
        }
        let limit = match self.moments_of_members(memory, members)?.limit() {
            Ok(limit) => limit,
            Err(why) => return Ok(LongTimes::unknown(why)),
        };
        let of_state = Merits::without_state(omega * limit.number, omega * limit.fluctuation);
        let mut long = of_oscillators(Asymptote::certified(of_state, Infinite::Conserved), curve);
        long.asymptote.unique = Some(limit.unique);
        long.asymptote.conserved = limit.conserved.ok_or(Infinite::Conserved.into());
        (long.asymptote.rates, long.asymptote.plateaus) = (Err(Why::NoStates), Err(Why::NoStates));
        if long.asymptote.slowest_rate.is_err() {
            long.asymptote.slowest_rate = Err(Why::NoStates);
        }
        long.asymptote.remarks.push(remark);
        Ok(long)
    }
}
