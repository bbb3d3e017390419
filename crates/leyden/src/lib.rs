//! Quantum batteries: charging, ergotropy, power, long times.
//!
//! Three cells around one dephased, driven qubit, dρ/dt = -i[H, ρ] + γ_C D\[n_C\]ρ:
//!
//! ```
//! use leyden::{ChargerBattery, Times};
//! fn main() -> Result<(), leyden::Error> {
//!     let star = ChargerBattery::star(3)      // qubits, resonant, g = 1, all empty
//!         .dephased(1.4)                      // gamma_C
//!         .driven(0.5);                       // F
//!     let run = star.charge(&Times::even(0.0, 40.0, 401).into())?;
//!     println!("W(40)  = {}", run.last().ergotropy.global);
//!     println!("W(inf) = {}", run.limit()?.ergotropy.global);
//!     Ok(())
//! }
//! ```
//!
//! A system of one's own is a [`MasterEquation`]: any Hamiltonian and channels on other ⊗ battery, any start, any battery
//! Hamiltonian. It runs with the same request and has the same result. A driven, lossy qubit that charges the end of a chain
//! of four interacting spins, with its figure by the crate `leyden-draw` (there the example `spin_chain`):
//!
//! ```ignore
//! use leyden::{MasterEquation, Operator, Times};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let lower = |site, sites| Operator::spin_lowering(2).on_site(site, sites);
//!     let exchange = |site, sites| (lower(site, sites).adjoint() * lower(site + 1, sites)).plus_adjoint();
//!     let number = |site, sites| Operator::number(2).on_site(site, sites);
//!     // H = F(c + c^dag) + (c^dag b_1 + h.c.) + J sum_i (b_i^dag b_{i+1} + h.c.), the charger c first of five sites.
//!     let chain = (1..4).map(|i| 0.5 * exchange(i, 5)).sum::<Operator>();
//!     let h = 0.4 * lower(0, 5).plus_adjoint() + exchange(0, 5) + chain;
//!     // H_B = sum_i n_i + J sum_i (b_i^dag b_{i+1} + h.c.), on the four sites of the chain.
//!     let h_b = (0..4).map(|i| number(i, 4)).chain((0..3).map(|i| 0.5 * exchange(i, 4))).sum();
//!     let battery = MasterEquation::new(h, h_b).with_channel(1.0, lower(0, 5));
//!     let run = battery.charge(&Times::even(0.0, 60.0, 301).into())?;
//!     println!("W(60)  = {:.6}", run.last().ergotropy.global);
//!     println!("W(inf) = {:.6}", run.limit()?.ergotropy.global);
//!     let figure = leyden_draw::of_charging("a chain of four spins", &run).ok_or("there is no figure")?;
//!     Ok(std::fs::write("spin-chain.png", figure.to_svg().to_png(300.0)?)?)
//! }
//! ```
//!
//! # What is where
//!
//! A run walks one corridor. A system is written down in [`model`]: [`ChargerBattery`], an engine, engines that charge
//! cells, an NMR star, a [`MasterEquation`]; or it is a [`protocol`], stages that repeat. [`System::charge`] takes a
//! [`Request`] (times, tolerance, [`Method`], how much of long times, a second method beside the first) and gives a
//! [`Charging`]; [`System::plan`] says what that would cost before anything is built. All of [`charge`] is this door.
//!
//! Inside, a method of [`exact`] that uses a structure of the system, or one of [`evolve`] that integrates any
//! [`Lindbladian`], carries the state through time. [`merit`] evaluates energy, ergotropy, purity and fluctuation of every
//! state and looks for charging times and optima, [`asymptote`] finds the limit for t → ∞ with the rates and plateaus
//! before it. [`method`] lists all methods: what they apply to, how accurate they are and what they cost.
//!
//! Every file opens with its equation and the source of it, by key: `@shastri2025` is an entry of `docs/references.bib`.
//!
//! A number that does not exist is an `Err` with its reason, never a NaN without a word: [`Known`] and [`Why`], all reasons
//! in [`why`]. `Undamped` is not `NotCertified`, and neither is `NotAsked`.
//!
//! | to | look at |
//! |---|---|
//! | write Hamiltonians and channels | [`Operator`], [`Channel`], [`Shape`] for what depends on time; [`operator`], [`lindblad`] |
//! | evolve states without a battery | [`evolve::choose`], the examples `driven_kerr` and `jaynes_cummings` |
//! | say in which levels a battery lives | [`space`]: blocks with multiplicities; [`InitialState`] |
//! | compute energy and ergotropy of a density matrix of your own | [`merit::ergotropy`], [`merit::passive_state`], [`merit::Merits::of_matrices`], the example `own_state` |
//! | do so for cells and their symmetries | [`merit::BatteryState`], [`merit::ergotropy_of`] |
//! | search an optimum | [`merit::minimise`] |
//! | write a new system, method or figure of merit | `CONTRIBUTING.md` |
//!
//! hbar = 1; frequencies, rates and energies are in one unit, times in its inverse.

#[macro_use]
mod messages;

pub mod asymptote;
pub mod charge;
pub mod evolve;
pub mod exact;
pub mod lindblad;
pub mod merit;
pub mod method;
pub mod model;
mod numerics;
pub mod operator;
pub mod progress;
pub mod protocol;
pub mod space;
pub mod why;

pub use charge::{AnySystem, Charging, Error, Request, System, Times};
pub use lindblad::{Channel, Function, Lindbladian, Shape};
pub use method::Method;
pub use model::parts;
pub use model::{ChargerBattery, MasterEquation};
pub use num_complex::Complex64;
pub use operator::{Hermitian, Operator};
pub use progress::Progress;
pub use space::InitialState;
pub use why::{Known, Why};
