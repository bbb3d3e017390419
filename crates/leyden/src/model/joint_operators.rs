//! Operators of a charger and its battery on charger (x) battery, the charger on the slow index.

use super::{ChargerBattery, ChargerKind, CouplingForm, Levels};
use crate::operator::Operator;
use crate::space::{BatterySpace, Noise};

/// What Hamiltonian, channels and accounts of energy are made of.
pub(super) struct JointOperators {
    /// c of the charger alone.
    lower: Operator,
    /// n_C of the charger alone.
    number: Operator,
    on_charger: Operator,
    on_battery: Operator,
    /// c (x) 1.
    pub(super) c: Operator,
    /// 1 (x) sum_i g_i b_i.
    b: Operator,
}

impl JointOperators {
    /// n_C (x) 1.
    pub(super) fn charger_number(&self) -> Operator {
        self.number.kron(&self.on_battery)
    }

    /// 1 (x) A.
    pub(super) fn on_battery(&self, operator: &Operator) -> Operator {
        self.on_charger.kron(operator)
    }

    /// H_CB.
    pub(super) fn coupling(&self, form: CouplingForm) -> Operator {
        match form {
            CouplingForm::Exchange => (&self.c.adjoint() * &self.b).plus_adjoint(),
            CouplingForm::Dipole => &self.c.plus_adjoint() * &self.b.plus_adjoint(),
        }
    }

    /// The jump operator of noise on the charger.
    pub(super) fn charger_jump(&self, noise: Noise) -> Operator {
        noise.jump(&self.number, &self.lower).kron(&self.on_battery)
    }
}

impl ChargerBattery {
    pub(super) fn joint_operators(&self, space: &BatterySpace, levels: Levels) -> JointOperators {
        let lower = match self.charger.kind {
            ChargerKind::Qubit => Operator::spin_lowering(2),
            ChargerKind::Oscillator(_) => Operator::annihilation(levels.charger),
        };
        let (on_charger, on_battery) = (Operator::identity(levels.charger), Operator::identity(space.dim()));
        JointOperators {
            c: lower.kron(&on_battery),
            b: on_charger.kron(&space.lowering(&self.coupling.strengths)),
            number: Operator::number(levels.charger),
            lower,
            on_charger,
            on_battery,
        }
    }

    /// The jump operators of noise on the cells, one for each or one for all.
    pub(super) fn battery_jumps(
        &self,
        space: &BatterySpace,
        joint: &JointOperators,
        noise: Noise,
    ) -> Vec<Operator> {
        let jumps = match self.battery.collective_noise {
            true => vec![space.collective_channel(noise)],
            false => space.local_channels(noise),
        };
        jumps.iter().map(|jump| joint.on_battery(jump)).collect()
    }
}
