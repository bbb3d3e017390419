//! What the energy ledger of a system reads.
//!
//! U = `<H>`, all energies with the Hamiltonian of the laboratory, H = H_C + H_B + V + H_d(t), channels r_k `D[L_k]`:
//!   dU/dt = P_d + sum_k J_k,   P_d = `<dH_d/dt>`,   J_k = r_k Tr[H `D[L_k]` rho], its bare part J_k with H_C + H_B in the place of H.
//! In the frame of a drive H_d = F(c + c^dag) and P_d = i omega_d F `<c - c^dag>`; J_k is taken with H_rot + omega_d (n_C + n_B), which is H_C + H_B + V + H_d
//! seen from there, and not with H_rot.
//! Of a field with memory, B(t) X with `<B rho>` = sigma rho_1 (`lindblad::Memory`), the flow is
//!   J = -i sigma Tr(H [X, rho_1]) = Tr(-i sigma [H, X] rho_1),   its bare part with H_C + H_B, of parts with H_B;
//! n_C commutes with H_C + H_B.
//! A system that is only H_B and what is added to it has the accounts `battery` and `charging`; the bare part of its channels is that with H_B. What of
//! its H depends on time, H_t = sum_k f_k(t) V_k, may jump: with H_0 the rest
//!   int P = `<H_t>`(t) - `<H_t>`(0) - int (`<i[H_0, H_t]>` + sum_k r_k Tr[H_t D_k rho]) ds,
//! so that no f is differentiated.

use num_complex::Complex64;

use super::{ChargerBattery, CouplingForm, Drive, Levels, ModelError, NoiseRates};
use crate::evolve::TimeOperator;
use crate::lindblad::{Channel, Lindbladian, Modulation, Shape};
use crate::operator::Operator;
use crate::space::{BatterySpace, Noise};

/// What a ledger reads, on the joint space.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    pub(crate) energies: Energies,
    pub(crate) work: Work,
    pub(crate) channels: Vec<ChannelAccount>,
}

/// The energies that add up to U.
#[derive(Clone, Debug)]
pub(crate) enum Energies {
    /// Charger, battery, coupling and drive.
    Charger(Box<[TimeOperator; 4]>),
    /// H_B and the rest.
    Parts(Box<[TimeOperator; 2]>),
}

impl Energies {
    pub(crate) fn list(&self) -> &[TimeOperator] {
        match self {
            Energies::Charger(list) => &**list,
            Energies::Parts(list) => &**list,
        }
    }
}

/// Where the work of what depends on time is read.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    /// H is constant.
    None,
    /// P_d; without channels its integral is the change of `quanta` = omega_d (n_C + n_B) where there are some.
    Power { power: TimeOperator, quanta: Option<TimeOperator> },
    /// H_t, and what it gains by all but its own change.
    Balance { driven: TimeOperator, gain: TimeOperator },
}

/// A channel, or several of one name.
#[derive(Clone, Debug)]
pub(crate) struct ChannelAccount {
    pub(crate) name: String,
    pub(crate) energy: TimeOperator,
    /// Nothing where it vanishes.
    pub(crate) bare: Option<Operator>,
    /// Whether both are read from rho_1 of a hierarchy, and not from rho.
    pub(crate) remembers: bool,
}

/// r_k D_k^dag(H) of channels, summed.
pub(crate) fn images(channels: &[Channel], of: &TimeOperator) -> Result<TimeOperator, ModelError> {
    let alone = Lindbladian::new(Operator::zero(of.constant.dim()), channels.to_vec())?;
    let part =
        |part: &Modulation| Modulation { operator: alone.adjoint(&part.operator), shape: part.shape.clone() };
    Ok(TimeOperator { constant: alone.adjoint(&of.constant), parts: of.parts.iter().map(part).collect() })
}

/// Sum of operators that depend on time.
fn sum(list: &[TimeOperator]) -> TimeOperator {
    let dim = list[0].constant.dim();
    let constant = list.iter().fold(Operator::zero(dim), |sum, x| &sum + &x.constant);
    TimeOperator { constant, parts: list.iter().flat_map(|x| x.parts.iter().cloned()).collect() }
}

/// A channel's account; `None` where no rate is above 0.
pub(crate) fn channel_account(
    name: String,
    channels: &[Channel],
    whole: &TimeOperator,
    bare: Option<&Operator>,
) -> Result<Option<ChannelAccount>, ModelError> {
    if channels.iter().all(|channel| channel.rate == 0.0) {
        return Ok(None);
    }
    let bare = match bare {
        Some(bare) => Some(images(channels, &TimeOperator::constant(bare.clone()))?.constant),
        None => None,
    };
    Ok(Some(ChannelAccount { name, energy: images(channels, whole)?, bare, remembers: false }))
}

impl Accounts {
    /// Of H_B and the rest of a master equation, whose channels are grouped under names.
    pub(crate) fn of_parts(
        lindbladian: &Lindbladian,
        energy: Operator,
        channels: &[(String, Vec<Channel>)],
    ) -> Result<Self, ModelError> {
        let constant = lindbladian.hamiltonian();
        let charging =
            TimeOperator { constant: constant - &energy, parts: lindbladian.modulations().to_vec() };
        let whole = TimeOperator { constant: constant.clone(), parts: lindbladian.modulations().to_vec() };
        let work = match lindbladian.modulations().is_empty() {
            true => Work::None,
            false => {
                let driven =
                    TimeOperator { constant: Operator::zero(constant.dim()), parts: whole.parts.clone() };
                // Parts do what they do to each other without a change of their sum.
                let parts = whole.parts.iter().map(|part| Modulation {
                    operator: lindbladian.adjoint(&part.operator),
                    shape: part.shape.clone(),
                });
                let gain = TimeOperator { parts: parts.collect(), ..driven.clone() };
                Work::Balance { driven, gain }
            }
        };
        let accounts = channels.iter().map(|(name, channels)| {
            let account = channel_account(name.clone(), channels, &whole, Some(&energy))?;
            let zero = TimeOperator::zero(constant.dim());
            // A channel of rate 0 is in the list all the same.
            let none = ChannelAccount { name: name.clone(), energy: zero, bare: None, remembers: false };
            Ok(account.unwrap_or(none))
        });
        let accounts = accounts.collect::<Result<_, ModelError>>()?;
        let energies = Energies::Parts(Box::new([TimeOperator::constant(energy), charging]));
        Ok(Accounts { energies, work, channels: accounts })
    }
}

impl Accounts {
    /// With a field of standard deviation sigma on a diagonal X in the place of the channel of this name.
    pub(crate) fn remembering(mut self, name: &str, sigma: f64, diagonal: &[f64]) -> Self {
        let whole = sum(self.energies.list());
        let turned = |h: &Operator| {
            let entry = |(i, j, x): (usize, usize, Complex64)| {
                (i, j, -Complex64::I * sigma * (diagonal[j] - diagonal[i]) * x)
            };
            Operator::from_entries(h.dim(), h.entries().map(entry).filter(|(.., x)| *x != Complex64::ZERO))
        };
        let part =
            |part: &Modulation| Modulation { operator: turned(&part.operator), shape: part.shape.clone() };
        let bare = match &self.energies {
            Energies::Charger(_) => None,
            Energies::Parts(list) => Some(turned(&list[0].constant)),
        };
        if let Some(channel) = self.channels.iter_mut().find(|channel| channel.name == name) {
            let parts = whole.parts.iter().map(part).collect();
            channel.energy = TimeOperator { constant: turned(&whole.constant), parts };
            (channel.bare, channel.remembers) = (bare, true);
        }
        self
    }

    /// With the channels of a load, where nothing is coupled.
    pub(crate) fn open_load(&mut self, channels: &[Channel]) -> Result<(), ModelError> {
        let whole = sum(self.energies.list());
        self.channels.extend(channel_account(LOAD.into(), channels, &whole, Some(&whole.constant))?);
        Ok(())
    }

    /// With the levels of every operator in other places.
    pub(crate) fn placed(mut self, place: &dyn Fn(&Operator) -> Operator) -> Self {
        let moved = |x: &mut TimeOperator| {
            x.constant = place(&x.constant);
            x.parts.iter_mut().for_each(|part| part.operator = place(&part.operator));
        };
        match &mut self.energies {
            Energies::Charger(list) => list.iter_mut().for_each(moved),
            Energies::Parts(list) => list.iter_mut().for_each(moved),
        }
        match &mut self.work {
            Work::None => {}
            Work::Power { power, quanta } => {
                moved(power);
                quanta.iter_mut().for_each(moved);
            }
            Work::Balance { driven, gain } => [driven, gain].into_iter().for_each(moved),
        }
        for channel in &mut self.channels {
            moved(&mut channel.energy);
            channel.bare.iter_mut().for_each(|bare| *bare = place(bare));
        }
        self
    }

    /// With charger and battery in each other's place.
    pub(crate) fn exchanged(mut self) -> Self {
        if let Energies::Charger(list) = &mut self.energies {
            list.swap(0, 1);
        }
        let both = || CHARGER.iter().zip(&BATTERY).flat_map(|(a, b)| [(a, b), (b, a)]);
        for channel in &mut self.channels {
            if let Some((_, other)) = both().find(|(name, _)| ***name == *channel.name) {
                channel.name = (*other).into();
            }
        }
        self
    }
}

/// Name of the channel of a load.
pub(crate) const LOAD: &str = "load";
/// Names of the channels of a charger and its battery: of dephasing and relaxation.
pub(crate) const CHARGER: [&str; 2] = ["charger.dephasing", "charger.relaxation"];
pub(crate) const BATTERY: [&str; 2] = ["battery.dephasing", "battery.relaxation"];

impl ChargerBattery {
    /// The accounts on a space of the battery's own frequencies, in the frame of its drive (dipole: at rest).
    ///
    /// # Errors
    /// [`ModelError`] when a rate is no rate.
    pub(crate) fn accounts(&self, space: &BatterySpace, levels: Levels) -> Result<Accounts, ModelError> {
        let joint = self.joint_operators(space, levels);
        let c = &joint.c;
        let omega = self.charger.frequency + self.charger.detuning;
        let charger = omega * joint.charger_number();
        let battery = joint.on_battery(&space.hamiltonian());
        let coupling = joint.coupling(self.coupling.form);
        let quadrature = (c - &c.adjoint()).scaled(Complex64::I);
        let dim = c.dim();
        let (drive, work) = match (self.active_drive(), self.coupling.form) {
            (None, _) => (TimeOperator::zero(dim), Work::None),
            (Some(Drive { amplitude, frequency }), CouplingForm::Exchange) => {
                let power = TimeOperator::constant((amplitude * frequency) * quadrature);
                let numbers = joint.charger_number() + joint.on_battery(&space.number());
                let quanta = Some(TimeOperator::constant(frequency * numbers));
                let drive = TimeOperator::constant(amplitude * c.plus_adjoint());
                (drive, Work::Power { power, quanta })
            }
            (Some(Drive { amplitude, frequency }), CouplingForm::Dipole) => {
                // c e^{iwt} + h.c. = cos(wt)(c + c^dag) + sin(wt) i(c - c^dag); d/dt advances each phase by a quarter of a turn.
                let turning = |scale: f64, ahead: f64| {
                    let of = |operator: &Operator, phase: f64| Modulation {
                        operator: scale * operator.clone(),
                        shape: Shape::Cosine { frequency, phase: phase + ahead },
                    };
                    let quarter = std::f64::consts::FRAC_PI_2;
                    let parts = vec![of(&c.plus_adjoint(), 0.0), of(&quadrature, -quarter)];
                    TimeOperator { constant: Operator::zero(dim), parts }
                };
                let power = turning(amplitude * frequency, std::f64::consts::FRAC_PI_2);
                (turning(amplitude, 0.0), Work::Power { power, quanta: None })
            }
        };
        let bare = &charger + &battery;
        let energies = [
            TimeOperator::constant(charger),
            TimeOperator::constant(battery),
            TimeOperator::constant(coupling),
            drive,
        ];
        let whole = sum(&energies);
        let mut channels = Vec::new();
        let mut open = |names: [&str; 2], noise: &NoiseRates, jumps: &dyn Fn(Noise) -> Vec<Operator>| {
            let [dephasing, loss, gain] = noise.channels();
            let of = |(noise, rate): (Noise, f64)| {
                let jumps = if rate == 0.0 { Vec::new() } else { jumps(noise) };
                jumps.into_iter().map(move |jump| Channel { rate, jump }).collect::<Vec<_>>()
            };
            let relaxation = [of(loss), of(gain)].concat();
            // Dephasing leaves H_C + H_B alone.
            channels.extend(channel_account(names[0].into(), &of(dephasing), &whole, None)?);
            channels.extend(channel_account(names[1].into(), &relaxation, &whole, Some(&bare))?);
            Ok::<(), ModelError>(())
        };
        open(CHARGER, &self.charger.noise, &|noise| vec![joint.charger_jump(noise)])?;
        open(BATTERY, &self.battery.noise, &|noise| self.battery_jumps(space, &joint, noise))?;
        Ok(Accounts { energies: Energies::Charger(Box::new(energies)), work, channels })
    }
}
