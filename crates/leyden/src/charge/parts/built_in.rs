//! A system of parts that is a built-in one: its methods, with the zero of energy of the text.

use super::super::{Charging, Error, Plan, Request, System, Verification, Workspace};
use crate::model::parts::Recognised;
use crate::model::{Cell, ChargerBattery, ChargerKind, CouplingForm};

/// What a system of parts was recognised as.
#[derive(Debug)]
pub(super) struct BuiltIn {
    system: ChargerBattery,
    offset: f64,
}

impl BuiltIn {
    pub(super) fn new(recognised: Recognised) -> Self {
        let Recognised { system, offset } = recognised;
        BuiltIn { system, offset }
    }

    pub(super) fn plan(&self, request: &Request) -> Result<Plan, Error> {
        let plan = System::plan(&self.system, request)?;
        Ok(Plan { reason: self.said(&plan.reason), ..plan })
    }

    pub(super) fn charge(&self, request: &Request, workspace: &Workspace) -> Result<Charging, Error> {
        // The ledger of parts is that of their text.
        let alone = Request { verify: false, ledger: false, bounds: false, ..request.clone() };
        let charging = self.system.charge_in(&alone, workspace)?;
        let reason = self.said(&charging.reason);
        Ok(Charging { reason, ..charging }.shifted(self.offset))
    }

    /// What another of its own methods says.
    pub(super) fn verification(
        &self,
        request: &Request,
        workspace: &Workspace,
    ) -> Result<Option<Verification>, Error> {
        Ok(self.system.charge_in(request, workspace)?.verification)
    }

    fn said(&self, reason: &str) -> String {
        let cells = self.system.cells();
        let exchange = self.system.coupling.form == CouplingForm::Exchange;
        let name = match (self.system.charger.kind, self.system.battery.cell) {
            (ChargerKind::Oscillator(_), Cell::Oscillator(_)) => "two oscillators".into(),
            (ChargerKind::Oscillator(_), _) if exchange => {
                format!("a Tavis-Cummings cavity with {}", cells_of(cells))
            }
            (ChargerKind::Oscillator(_), _) => format!("a Dicke cavity with {}", cells_of(cells)),
            (ChargerKind::Qubit, Cell::Oscillator(_)) => "a qubit and an oscillator".into(),
            (ChargerKind::Qubit, _) if cells == 1 => "a charger and its battery".into(),
            (ChargerKind::Qubit, _) => format!("a star of {}", cells_of(cells)),
        };
        format!("this is {name}: {reason}")
    }
}

fn cells_of(count: usize) -> String {
    if count == 1 { "1 cell".into() } else { format!("{count} cells") }
}
