//! Systems whose energy grows for ever.
//!
//! Dephasing alone is unital: ||rho||^2 decreases as sum gamma_k ||[L_k, rho]||^2, so that a stationary state would commute with H and all
//! L_k (see `commutant`). On an oscillator that commutant may hold no operator of finite norm; then every state of finite energy
//! is left and the energy grows without bound. With F != 0 and g != 0, write X for an element, H = a^dag A + A^dag a + ..., A = F + g B:
//! - two oscillators, charger dephased, Delta_B != 0: X = (+)_n |n><n| (x) X_n with X_{n+1} A = A X_n, and X_n commutes with b^dag b
//!   and with A^dag A, the displaced number: X_n is a number, the same for all n.
//! - two oscillators, battery dephased: X = (+)_m X_m (x) |m><m| with X_{m+1} a = a X_m: X_m is a function of a^dag a (m > 0) and
//!   commutes with Delta_C a^dag a + F(a + a^dag): a number; X_0 differs at most on the vacuum, which F excludes.
//! - qubit charger, oscillator battery: X = diag(X_e, X_g), X_e A = A X_g with functions of b^dag b where Delta_B != 0 and the
//!   charger is dephased: one number. Battery dephased: X = (+)_m X_m (x) |m><m| with 2 x 2 matrices; sigma^+ X_m = X_{m-1} sigma^+ leaves X_m
//!   diagonal in the energy basis and F makes it a number.
//! - oscillator charger, dephased, finite battery: X_{n+1} = A X_n A^{-1} with A = F + a nilpotent matrix; X_n commutes with A^dag A, so all X_n are
//!   unitarily equivalent and the norm of X is infinite.
//!
//! Two oscillators with Delta_B = 0 and only the charger dephased keep n_b' of b' = b + F/g, and a resonant oscillator at a qubit keeps Rabi
//! blocks: they are not among these.

use crate::Why;
use crate::model::{Cell, ChargerBattery, ChargerKind};
use crate::why::{Divergence, Heating};

/// Why the energy grows without bound, if it does.
pub(in crate::charge) fn diverges(model: &ChargerBattery) -> Option<Why> {
    let driven = model.active_drive().is_some();
    let coupled = model.coupling.strengths.iter().any(|g| *g != 0.0);
    let (charger, battery) = (&model.charger.noise, &model.battery.noise);
    let relaxes = charger.exchanges() || battery.exchanges();
    if !driven || !coupled || relaxes || !model.exchanges() {
        return None;
    }
    let detuned = model.cell_offsets(model.frame()).iter().any(|offset| *offset != 0.0);
    let oscillator_charger = model.charger.kind != ChargerKind::Qubit;
    let oscillator_battery = matches!(model.battery.cell, Cell::Oscillator(_));
    let grows = match (oscillator_charger, oscillator_battery) {
        (_, true) => battery.dephasing > 0.0 || (charger.dephasing > 0.0 && detuned),
        (true, false) => charger.dephasing > 0.0,
        (false, false) => false,
    };
    let because = if battery.dephasing > 0.0 { Heating::BatteryDephasing } else { Heating::OffResonance };
    grows.then(|| match (oscillator_charger, oscillator_battery) {
        (true, true) => Divergence::Oscillators { because }.into(),
        (false, true) => Divergence::Battery { because }.into(),
        _ => Divergence::Charger.into(),
    })
}
