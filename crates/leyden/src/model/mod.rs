//! Systems of the field, one per file; each opens with its equation.

mod charger_battery;

pub use charger_battery::{
    Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Cutoff, Drive, Initial,
    Levels, ModelError, NoiseRates, RabiError, System,
};
