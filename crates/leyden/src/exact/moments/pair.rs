//! Two coupled oscillators as the moments see them: their numbers, their noise, and the frame in which the battery is followed.

use crate::space::StateError;
use num_complex::Complex64;

/// Rates of the noise on one oscillator.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OscillatorNoise {
    /// gamma, the rate of `D[n]`.
    pub dephasing: f64,
    /// Rate k of relaxation.
    pub relaxation: f64,
    /// Occupation nbar of the bath: down at k(nbar+1), up at k nbar.
    pub thermal_occupation: f64,
}

impl OscillatorNoise {
    /// k nbar.
    pub(super) fn heating(&self) -> f64 {
        self.relaxation * self.thermal_occupation
    }
}

/// H = Delta_a a^dag a + Delta_b b^dag b + g(a^dag b + b^dag a) + F(a + a^dag) and the noise on both oscillators;
/// frequencies and rates in one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OscillatorPair {
    /// Delta_a, from the drive.
    pub charger_detuning: f64,
    /// Delta_b, from the drive.
    pub battery_detuning: f64,
    /// g.
    pub coupling: f64,
    /// F.
    pub amplitude: f64,
    /// Noise on a.
    pub charger: OscillatorNoise,
    /// Noise on b.
    pub battery: OscillatorNoise,
}

impl OscillatorPair {
    /// A_x = (gamma_x + k_x)/2 + i Delta_x: how amplitudes decay and turn.
    pub(super) fn damping(&self) -> [Complex64; 2] {
        let of = |noise: OscillatorNoise, detuning| {
            Complex64::new(0.5 * (noise.dephasing + noise.relaxation), detuning)
        };
        [of(self.charger, self.charger_detuning), of(self.battery, self.battery_detuning)]
    }

    pub(super) fn dephases(&self) -> bool {
        self.charger.dephasing > 0.0 || self.battery.dephasing > 0.0
    }

    pub(super) fn relaxes(&self) -> bool {
        self.charger.relaxation > 0.0 || self.battery.relaxation > 0.0
    }

    /// Where the battery absorbs the drive: b = b' - F/g, force (A_b F/g) on b'. Exact sums replace small
    /// differences there when the battery is nearly free; D[n_b] has no such frame.
    pub(super) fn frame(&self) -> Frame {
        let [a, b] = self.damping();
        let g = self.coupling;
        // Quanta hop at 2 g^2 Re 1/(A_a + A_b*).
        let hopping = 2.0 * g * g * (a + b.conj()).inv().re;
        let even = !(self.charger.relaxation.max(self.battery.relaxation) > hopping);
        if self.battery.dephasing == 0.0 && self.amplitude != 0.0 && (a * b).norm() <= g * g {
            let shift = self.amplitude / g;
            return Frame { shift, force: [Complex64::ZERO, shift * b], even };
        }
        Frame { shift: 0.0, force: [Complex64::new(0.0, -self.amplitude), Complex64::ZERO], even }
    }

    pub(super) fn validate(&self) -> Result<(), MomentsError> {
        let numbers = [
            ("charger_detuning", self.charger_detuning),
            ("battery_detuning", self.battery_detuning),
            ("coupling", self.coupling),
            ("amplitude", self.amplitude),
        ];
        for (name, value) in numbers {
            if !value.is_finite() {
                return Err(MomentsError::NotFinite { name, value });
            }
        }
        for (mode, noise) in [("charger", self.charger), ("battery", self.battery)] {
            let rates = [
                ("dephasing", noise.dephasing),
                ("relaxation", noise.relaxation),
                ("thermal_occupation", noise.thermal_occupation),
            ];
            for (name, value) in rates {
                if !(value >= 0.0 && value.is_finite()) {
                    return Err(MomentsError::Negative { mode, name, value });
                }
            }
        }
        Ok(())
    }
}

messages! {
    /// Why moments cannot be followed.
    #[derive(Clone, Debug, PartialEq)]
    pub enum MomentsError {
        ChargerState(StateError) = "charger: {0}";
        BatteryState(StateError) = "battery: {0}";
        /// A frequency.
        NotFinite { name: &'static str, value: f64 } = "`{name}` must be finite, but is {value}";
        Negative { mode: &'static str, name: &'static str, value: f64 } =
            "`{mode}.{name}` must be finite and at least 0, but is {value}";
    }
}

/// The drive as forces d<a>/dt = ... + eta_a, d<b'>/dt = ... + eta_b, with the battery displaced: b = b' - shift.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) shift: f64,
    pub(super) force: [Complex64; 2],
    /// Whether quanta hop faster than they are lost.
    pub(super) even: bool,
}
