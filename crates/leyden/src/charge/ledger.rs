//! The energy ledger: where the energy of a run comes from and where it goes.
//!
//! U(t) - U(0) = drive work + switching work + maps + sum of the channels, cumulative from t = 0; the equations are in `model::accounts`. Flows are
//! integrated beside the state (`evolve::integrals`) and energies are read from it, so that their difference says how well both are known.

use num_complex::Complex64;

use super::{Charging, Error, Request};
use crate::asymptote::Detail;
use crate::evolve::{Functional, TimeOperator};
use crate::lindblad::{Generator, Shape};
use crate::model::{Accounts, Work};
use crate::numerics::nan_max;
use crate::operator::Operator;
use crate::why::{Failure, TooLarge};
use crate::{Known, Why};

/// Energies and cumulative flows, one entry per time.
#[derive(Clone, Debug, PartialEq)]
pub struct Ledger {
    /// What adds up to the whole energy.
    pub energies: LedgerEnergies,
    /// int P_d dt, the work of what depends on time.
    pub drive_work: Vec<f64>,
    /// Tr[rho (H' - H)] at borders of stages.
    pub switching_work: Vec<f64>,
    /// What resets, pulses, measurements, dephasings and extractions put in.
    pub maps: Vec<f64>,
    /// Channels that are open.
    pub channels: Vec<ChannelFlow>,
    /// Largest absolute difference between what the energies gained and what flowed.
    pub residual: f64,
}

/// Energies with the Hamiltonian of the laboratory.
#[derive(Clone, Debug, PartialEq)]
pub enum LedgerEnergies {
    /// Of a charger and its battery.
    Charger {
        /// E_C.
        charger: Vec<f64>,
        /// E_B.
        battery: Vec<f64>,
        /// `<V>`.
        coupling: Vec<f64>,
        /// `<H_d>`.
        drive: Vec<f64>,
    },
    /// Of a battery and what is added to its Hamiltonian.
    Parts {
        /// E_B.
        battery: Vec<f64>,
        /// `<H - H_B>`.
        charging: Vec<f64>,
    },
}

/// Energy through a channel since t = 0, into the system.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelFlow {
    /// Its name.
    pub name: String,
    /// With the whole Hamiltonian.
    pub energy: Vec<f64>,
    /// With that of charger and battery alone; of parts with H_B.
    pub bare: Vec<f64>,
}

impl Ledger {
    /// E_B at every time.
    pub fn battery(&self) -> &[f64] {
        match &self.energies {
            LedgerEnergies::Charger { battery, .. } | LedgerEnergies::Parts { battery, .. } => battery,
        }
    }

    /// What flowed through a channel; `None` where it is not open.
    pub fn channel(&self, name: &str) -> Option<&ChannelFlow> {
        self.channels.iter().find(|channel| channel.name == name)
    }
}

/// Hours that a general run may take beside an exact method, for the ledger alone, and its bytes.
pub(super) const LONGEST_HOURS_BESIDE: f64 = 0.5 / 3600.0;
pub(super) const MOST_BYTES_BESIDE: f64 = 2e8;
/// What its states should be accurate to at least.
pub(super) const ACCURACY_BESIDE: f64 = 1e-10;

/// What is asked of that run.
pub(super) fn beside(request: &Request, accuracy: f64) -> Request {
    Request {
        method: None,
        verify: false,
        detail: Detail::States,
        extrema: false,
        tolerance: request.tolerance.min(accuracy),
        memory_limit: request.memory_limit.min(MOST_BYTES_BESIDE),
        progress: request.progress.of_part(),
        ..request.clone()
    }
}

/// What it says, or why it does not.
pub(super) fn of_beside(run: &Result<Charging, Error>) -> Known<Ledger> {
    said_beside(run, |charging| &charging.ledger, TooLarge::Ledger, Failure::Ledger)
}

/// A number of the general run beside an exact method, or why there is none.
pub(super) fn said_beside<T: Clone>(
    run: &Result<Charging, Error>,
    read: fn(&Charging) -> &Known<T>,
    too_large: TooLarge,
    failed: Failure,
) -> Known<T> {
    match run {
        Ok(charging) => read(charging).clone(),
        Err(Error::Unknown(Why::NoTimes)) => Err(Why::NoTimes),
        Err(Error::Unknown(Why::TooLarge(_))) => Err(too_large.into()),
        Err(error) if error.is_too_much() => Err(too_large.into()),
        Err(_) => Err(failed.into()),
    }
}

/// An expectation value at a time, in a kind of state.
pub(super) trait Expected<S: ?Sized> {
    fn at(&self, time: f64, state: &S) -> f64;
}

impl Expected<[f64]> for Functional {
    fn at(&self, time: f64, s: &[f64]) -> f64 {
        Functional::at(self, time, s)
    }
}

/// Entries on and above the diagonal, those above it twice.
type Upper = Vec<(u32, u32, Complex64)>;

/// Expectation values of kets.
#[derive(Clone, Debug)]
pub(super) struct OfKets {
    constant: Upper,
    parts: Vec<(Shape, Upper)>,
}

impl OfKets {
    pub(super) fn new(x: &TimeOperator) -> Self {
        let upper = |operator: &Operator| {
            let twice = |i: usize, j: usize| if i == j { 1.0 } else { 2.0 };
            let upper = operator.entries().filter(|(i, j, _)| i <= j);
            upper.map(|(i, j, x)| (i as u32, j as u32, twice(i, j) * x)).collect::<Upper>()
        };
        let parts = x.parts.iter().map(|part| (part.shape.clone(), upper(&part.operator))).collect();
        OfKets { constant: upper(&x.constant), parts }
    }
}

impl Expected<[Vec<Complex64>]> for OfKets {
    fn at(&self, time: f64, kets: &[Vec<Complex64>]) -> f64 {
        let expect = |upper: &Upper| -> f64 {
            let of = |psi: &Vec<Complex64>| -> f64 {
                let term =
                    |&(i, j, x): &(u32, u32, Complex64)| (psi[i as usize].conj() * x * psi[j as usize]).re;
                upper.iter().map(term).sum()
            };
            kets.iter().map(of).sum()
        };
        let parts = self.parts.iter().map(|(shape, part)| shape.at(time) * expect(part));
        // Sums of nothing are -0.
        0.0 + expect(&self.constant) + parts.sum::<f64>()
    }
}

/// Reads energies and flows of one generator from states and integrals.
pub(super) struct Reader<O> {
    energies: Vec<O>,
    work: ReadWork<O>,
    /// Names, and whether there is a bare part.
    pub(super) channels: Vec<(String, bool)>,
    /// What is to be integrated, in this order: work, then each channel with its bare part.
    pub(super) flows: Vec<O>,
}

enum ReadWork<O> {
    None,
    /// The first flow.
    Integrated,
    /// The change of a number.
    Change(O),
    /// The change of a number less the first flow.
    Balance(O),
}

impl<O> Reader<O> {
    /// `exchanged`: whether work is counted in quanta, where that can be done.
    /// `remembered` reads rho_1 of a hierarchy.
    fn with(
        accounts: &Accounts,
        exchanged: bool,
        read: &dyn Fn(&TimeOperator) -> O,
        remembered: &dyn Fn(&TimeOperator) -> O,
    ) -> Self {
        let mut flows = Vec::new();
        let work = match &accounts.work {
            Work::None => ReadWork::None,
            Work::Power { quanta: Some(quanta), .. } if exchanged => ReadWork::Change(read(quanta)),
            Work::Power { power, .. } => {
                flows.push(read(power));
                ReadWork::Integrated
            }
            Work::Balance { driven, gain } => {
                flows.push(read(gain));
                ReadWork::Balance(read(driven))
            }
        };
        let mut channels = Vec::new();
        for channel in &accounts.channels {
            let read = if channel.remembers { remembered } else { read };
            flows.push(read(&channel.energy));
            flows.extend(channel.bare.as_ref().map(|bare| read(&TimeOperator::constant(bare.clone()))));
            channels.push((channel.name.clone(), channel.bare.is_some()));
        }
        let energies = accounts.energies.list().iter().map(read).collect();
        Reader { energies, work, channels, flows }
    }

    /// Energies at a time.
    pub(super) fn energies<S: ?Sized>(&self, time: f64, state: &S) -> Vec<f64>
    where
        O: Expected<S>,
    {
        self.energies.iter().map(|energy| energy.at(time, state)).collect()
    }

    /// What the work is counted from, in the state at the start.
    pub(super) fn reference<S: ?Sized>(&self, time: f64, state: &S) -> f64
    where
        O: Expected<S>,
    {
        match &self.work {
            ReadWork::Change(number) | ReadWork::Balance(number) => number.at(time, state),
            ReadWork::None | ReadWork::Integrated => 0.0,
        }
    }

    /// Work and channels since a start with this reference.
    pub(super) fn flows<S: ?Sized>(&self, time: f64, state: &S, integrals: &[f64], reference: f64) -> Flows
    where
        O: Expected<S>,
    {
        let mut integrals = integrals.iter().copied();
        let mut next = || integrals.next().unwrap_or(f64::NAN);
        let work = match &self.work {
            ReadWork::None => 0.0,
            ReadWork::Integrated => next(),
            ReadWork::Change(number) => number.at(time, state) - reference,
            ReadWork::Balance(number) => number.at(time, state) - reference - next(),
        };
        let mut of = |has_bare: bool| (next(), if has_bare { next() } else { 0.0 });
        Flows { work, channels: self.channels.iter().map(|(_, has_bare)| of(*has_bare)).collect() }
    }
}

impl Reader<Functional> {
    /// On the numbers that a generator carries.
    pub(super) fn of_density(accounts: &Accounts, generator: &Generator) -> Self {
        let closed = generator.closed().is_some() && generator.is_constant();
        let first = |x: &TimeOperator| Functional::of_first_member(x, generator);
        Reader::with(accounts, closed, &|x| Functional::new(x, generator), &first)
    }
}

impl Reader<Functional> {
    /// On all numbers, where nothing is integrated.
    pub(super) fn of_all_numbers(accounts: &Accounts) -> Self {
        Reader::with(accounts, false, &Functional::whole, &Functional::whole)
    }
}

impl Reader<OfKets> {
    pub(super) fn of_kets(accounts: &Accounts) -> Self {
        Reader::with(accounts, true, &OfKets::new, &OfKets::new)
    }
}

/// Work and (energy, bare part) of every channel.
#[derive(Clone, Debug, Default)]
pub(super) struct Flows {
    pub(super) work: f64,
    pub(super) channels: Vec<(f64, f64)>,
}

/// A ledger that is being written.
#[derive(Debug)]
pub(super) struct Books {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    drive_work: Vec<f64>,
    switching_work: Vec<f64>,
    maps: Vec<f64>,
    channels: Vec<(Vec<f64>, Vec<f64>)>,
    start: f64,
    residual: f64,
    /// Flows of everything before the present stage.
    pub(super) before: Flows,
    pub(super) switched: f64,
    pub(super) mapped: f64,
}

impl Books {
    /// From the energies at t = 0 on, with channels of these names.
    pub(super) fn open(names: Vec<String>, start: &[f64]) -> Self {
        let channels = vec![(0.0, 0.0); names.len()];
        Books {
            columns: vec![Vec::new(); start.len()],
            drive_work: Vec::new(),
            switching_work: Vec::new(),
            maps: Vec::new(),
            channels: vec![(Vec::new(), Vec::new()); names.len()],
            names,
            start: start.iter().sum(),
            residual: 0.0,
            before: Flows { work: 0.0, channels },
            switched: 0.0,
            mapped: 0.0,
        }
    }

    /// All flows from t = 0, with those of the present stage, whose channels have these names.
    fn all(&self, flows: &Flows, names: &[(String, bool)]) -> Flows {
        let mut all = self.before.clone();
        all.work += flows.work;
        for ((name, _), (energy, bare)) in names.iter().zip(&flows.channels) {
            if let Some(place) = self.names.iter().position(|known| known == name) {
                all.channels[place].0 += energy;
                all.channels[place].1 += bare;
            }
        }
        all
    }

    /// One time.
    pub(super) fn write(&mut self, energies: &[f64], flows: &Flows, names: &[(String, bool)]) {
        let all = self.all(flows, names);
        self.columns.iter_mut().zip(energies).for_each(|(column, energy)| column.push(*energy));
        self.drive_work.push(all.work);
        self.switching_work.push(self.switched);
        self.maps.push(self.mapped);
        for (columns, (energy, bare)) in self.channels.iter_mut().zip(&all.channels) {
            columns.0.push(*energy);
            columns.1.push(*bare);
        }
        let flowed: f64 = all.channels.iter().map(|(energy, _)| energy).sum();
        let flowed = flowed + all.work + self.switched + self.mapped;
        let gained = energies.iter().sum::<f64>() - self.start;
        self.residual = nan_max(self.residual, (gained - flowed).abs());
    }

    /// The present stage is over.
    pub(super) fn carry(&mut self, flows: &Flows, names: &[(String, bool)]) {
        self.before = self.all(flows, names);
    }

    pub(super) fn close(self) -> Ledger {
        let mut columns = self.columns.into_iter();
        let is_parts = columns.len() == 2;
        let mut next = || columns.next().unwrap_or_default();
        let energies = if is_parts {
            LedgerEnergies::Parts { battery: next(), charging: next() }
        } else {
            LedgerEnergies::Charger { charger: next(), battery: next(), coupling: next(), drive: next() }
        };
        let channels = self.names.into_iter().zip(self.channels);
        let channels = channels.map(|(name, (energy, bare))| ChannelFlow { name, energy, bare }).collect();
        Ledger {
            energies,
            drive_work: self.drive_work,
            switching_work: self.switching_work,
            maps: self.maps,
            channels,
            residual: self.residual,
        }
    }
}

/// The ledger of energies and flows that are known: those of t = 0 first, which are not shown.
pub(super) fn at_energies(
    names: &[(String, bool)],
    mut at: impl Iterator<Item = ([f64; 4], Flows)>,
) -> Known<Ledger> {
    let (start, _) = at.next().ok_or(Why::NoTimes)?;
    let mut books = Books::open(names.iter().map(|(name, _)| name.clone()).collect(), &start);
    let mut shown = at.peekable();
    shown.peek().ok_or(Why::NoTimes)?;
    shown.for_each(|(energies, flows)| books.write(&energies, &flows, names));
    Ok(books.close())
}

/// The ledger of one generator.
pub(super) struct Written<O> {
    pub(super) reader: Reader<O>,
    books: Books,
    reference: f64,
}

impl<O> Written<O> {
    pub(super) fn new<S: ?Sized>(reader: Reader<O>, start: &S) -> Self
    where
        O: Expected<S>,
    {
        let names = reader.channels.iter().map(|(name, _)| name.clone()).collect();
        let books = Books::open(names, &reader.energies(0.0, start));
        let reference = reader.reference(0.0, start);
        Written { reader, books, reference }
    }

    pub(super) fn write<S: ?Sized>(&mut self, time: f64, state: &S, integrals: &[f64])
    where
        O: Expected<S>,
    {
        let flows = self.reader.flows(time, state, integrals, self.reference);
        self.books.write(&self.reader.energies(time, state), &flows, &self.reader.channels);
    }

    pub(super) fn close(self) -> Ledger {
        self.books.close()
    }
}
