//! Quantum batteries: charging, ergotropy, long times.
//!
//! Data walks one corridor: a [`model`] is written down, a method ([`exact`] or [`evolve`]) carries its state
//! through time, [`merit`] evaluates energy, ergotropy and power of the battery at every time, and
//! [`asymptote`] says what happens at t -> infinity. [`charge`] walks it:
//!
//! ```
//! use leyden::charge::Request;
//! use leyden::model::{
//!     Battery, Cell, Charger, ChargerBattery, ChargerKind, Coupling, CouplingForm, Drive, Initial, NoiseRates,
//! };
//! use leyden::space::InitialState;
//!
//! // Ten cells around one dephased, driven qubit; g = 1.
//! let star = ChargerBattery {
//!     charger: Charger {
//!         kind: ChargerKind::Qubit,
//!         frequency: 1.0,
//!         noise: NoiseRates { dephasing: 1.4, ..NoiseRates::default() },
//!     },
//!     battery: Battery {
//!         cell: Cell::Qubit,
//!         frequencies: vec![1.0; 10],
//!         noise: NoiseRates::default(),
//!         collective_noise: false,
//!     },
//!     coupling: Coupling { strengths: vec![1.0; 10], form: CouplingForm::Exchange },
//!     drive: Some(Drive { amplitude: 0.5, frequency: 1.0 }),
//!     initial: Initial { charger: InitialState::Ground, battery: InitialState::Ground },
//! };
//! let request = Request {
//!     times: vec![0.0, 1.0, 10.0],
//!     method: "auto".into(),
//!     tolerance: 1e-8,
//!     verify: false,
//!     detail: leyden::asymptote::Detail::Spectrum,
//!     memory_limit: 1e9,
//! };
//! let charging = star.charge(&request)?;
//! let limit = charging.asymptote.limit.expect("dephasing gives a limit");
//! assert_eq!(charging.method, "rabi-blocks");
//! assert!((limit.energy - 5.0).abs() < 1e-12);
//! assert!((limit.ergotropy.global / limit.energy - 0.898735153371).abs() < 1e-11);
//! # Ok::<(), leyden::charge::ChargeError>(())
//! ```
//!
//! Any Hamiltonian and channels run through [`lindblad::Lindbladian::new`] and [`evolve::choose`]; see the
//! examples `driven_kerr` and `jaynes_cummings`.
//!
//! hbar = 1; all frequencies and rates in one unit, times in its inverse. States are carried by
//! [`operator::Hermitian`]; batteries live in a [`space::BatterySpace`]: blocks with multiplicities.

pub mod asymptote;
pub mod charge;
pub mod evolve;
pub mod exact;
pub mod lindblad;
pub mod merit;
pub mod model;
mod numerics;
pub mod operator;
pub mod protocol;
pub mod space;
