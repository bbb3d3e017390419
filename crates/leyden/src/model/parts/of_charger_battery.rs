//! A charger and its battery as a system of parts, and with envelopes of drive and coupling.
//!
//! H(t) = omega_C n_C + sum_i omega_i n_i + f_g(t) H_CB + f_F(t) F(c e^{i omega_d t} + h.c.), in the frame that rotates at omega_d (without a drive at
//! the first cell's frequency) where the coupling is an exchange, else in the laboratory.

use num_complex::Complex64;

use super::{Letter, Part, PartKind, Parts, Terms};
use crate::lindblad::{Elementary, TimeFunction};
use crate::model::{Cell, ChargerBattery, ChargerKind, CouplingForm, Drive, NoiseRates};
use crate::space::Noise;

/// How H is written.
pub(super) struct Written {
    /// The frequency of the frame; `None` in the laboratory.
    frame: Option<f64>,
    drive: TimeFunction,
    coupling: TimeFunction,
}

impl Written {
    pub(super) const LABORATORY: Written =
        Written { frame: None, drive: TimeFunction::ONE, coupling: TimeFunction::ONE };

    pub(super) fn rotating(frequency: f64) -> Self {
        Written { frame: Some(frequency), ..Written::LABORATORY }
    }

    /// H of a charger at site c and cells from a site on.
    pub(super) fn hamiltonian(&self, system: &ChargerBattery, c: usize, first: usize) -> Terms {
        let (c_down, c_up) = match system.charger.kind {
            ChargerKind::Qubit => (Letter::Lower, Letter::Raise),
            ChargerKind::Oscillator(_) => (Letter::Annihilate, Letter::Create),
        };
        let (b, b_dag) = (|site| down(system.battery.cell, site), |site| up(system.battery.cell, site));
        let laboratory = system.coupling.form == CouplingForm::Dipole || self.frame.is_none();
        let rotating = if laboratory { 0.0 } else { self.frame.unwrap_or(0.0) };
        let mut h = Letter::Number.on(c) * (system.charger.frequency + system.charger.detuning - rotating);
        for (k, (omega, g)) in system.cell_frequencies().zip(&system.coupling.strengths).enumerate() {
            let site = first + k;
            let coupling = match system.coupling.form {
                CouplingForm::Exchange => c_up.on(c) * b(site) + c_down.on(c) * b_dag(site),
                CouplingForm::Dipole => (c_down.on(c) + c_up.on(c)) * (b(site) + b_dag(site)),
            };
            h = h
                + Letter::Number.on(site) * (omega - rotating)
                + coupling.scaled(self.coupling.clone() * *g);
        }
        if let Some(Drive { amplitude, frequency }) = system.active_drive() {
            let turned = |sign: f64| match laboratory {
                true => (TimeFunction::Time * Complex64::new(0.0, sign * frequency)).then(Elementary::Exp),
                false => TimeFunction::ONE,
            };
            let of = |letter: Letter, sign: f64| letter.on(c).scaled(turned(sign) * self.drive.clone());
            h = h + (of(c_down, 1.0) + of(c_up, -1.0)) * amplitude;
        }
        h
    }
}

impl ChargerBattery {
    /// The same as a system of parts, `charger` and `cells`, in the frame in which it is solved.
    pub fn as_parts(&self) -> Parts {
        self.with_envelopes(TimeFunction::ONE, TimeFunction::ONE)
    }

    /// With an amplitude of the drive and strengths of the coupling that are multiplied by functions of time.
    pub fn with_envelopes(&self, drive: TimeFunction, coupling: TimeFunction) -> Parts {
        let charger = match self.charger.kind {
            ChargerKind::Qubit => PartKind::Qubit,
            ChargerKind::Oscillator(cutoff) => PartKind::Oscillator(cutoff),
        };
        let cell = match self.battery.cell {
            Cell::Qubit => PartKind::Qubit,
            Cell::Qudit(levels) | Cell::UniformLadder(levels) => PartKind::Qudit(levels),
            Cell::Oscillator(cutoff) => PartKind::Oscillator(cutoff),
        };
        let parts = vec![
            Part::new("charger", charger, 1).starting_in(self.initial.charger.clone()),
            Part::new("cells", cell, self.cells()).starting_in(self.initial.battery.clone()),
        ];
        let frame = self.active_drive().map_or(self.cell_frequency(), |drive| drive.frequency);
        let cells = || self.cell_frequencies().enumerate();
        let battery: Terms = cells().map(|(k, omega)| Letter::Number.on(1 + k) * omega).sum();
        let written = Written { frame: Some(frame), drive, coupling };
        let charging = (written.hamiltonian(self, 0, 1) - battery.clone()).gathered();
        let mut system = Parts::new(parts, battery, charging);
        for (noise, rate) in self.charger.noise.jumps() {
            let jump = jump_of(noise, charger);
            system = match self.memory().filter(|_| noise == Noise::Dephasing) {
                Some(memory) => system.with_field(rate, jump.on(0), memory),
                None => system.with_channel(rate, jump.on(0)),
            };
        }
        for (noise, rate) in self.battery.noise.jumps() {
            let each = (1..=self.cells()).map(|site| match noise {
                Noise::Dephasing => Letter::Number.on(site),
                Noise::Loss => down(self.battery.cell, site),
                Noise::Gain => up(self.battery.cell, site),
            });
            system = match self.battery.collective_noise {
                true => system.with_channel(rate, each.sum()),
                false => system.with_channel_of_each(rate, each),
            };
        }
        system
    }
}

impl NoiseRates {
    /// Channels with their rates, those that act.
    pub(crate) fn jumps(&self) -> impl Iterator<Item = (Noise, f64)> {
        self.channels().into_iter().filter(|(_, rate)| *rate != 0.0)
    }
}

/// b of a cell.
fn down(cell: Cell, site: usize) -> Terms {
    match cell {
        Cell::Oscillator(_) => Letter::Annihilate.on(site),
        Cell::UniformLadder(levels) => (1..levels).map(|n| Letter::Transition(n - 1, n).on(site)).sum(),
        Cell::Qubit | Cell::Qudit(_) => Letter::Lower.on(site),
    }
}

/// b^dag of a cell.
fn up(cell: Cell, site: usize) -> Terms {
    match cell {
        Cell::Oscillator(_) => Letter::Create.on(site),
        Cell::UniformLadder(levels) => (1..levels).map(|n| Letter::Transition(n, n - 1).on(site)).sum(),
        Cell::Qubit | Cell::Qudit(_) => Letter::Raise.on(site),
    }
}

/// L of noise on a part.
pub(in crate::model) fn jump_of(noise: Noise, kind: PartKind) -> Letter {
    match noise {
        Noise::Dephasing => Letter::Number,
        Noise::Loss => lowering(kind),
        Noise::Gain => raising(kind),
    }
}

pub(super) fn lowering(kind: PartKind) -> Letter {
    if matches!(kind, PartKind::Oscillator(_)) { Letter::Annihilate } else { Letter::Lower }
}

pub(super) fn raising(kind: PartKind) -> Letter {
    if matches!(kind, PartKind::Oscillator(_)) { Letter::Create } else { Letter::Raise }
}
