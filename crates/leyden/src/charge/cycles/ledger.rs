//! The ledger of a protocol: flows of stages that take time, and what happens at once.
//!
//! Where a stage begins H becomes H': W = Tr[rho (H' - H)], a drive in the phase with which stages begin. A reset, a measurement, a dephasing or a
//! pulse puts in Tr[H (rho' - rho)] with the H of the last stage that takes time (before the first one that of the cycle's last);
//! an extraction with coupling and drive off.

use faer::{Col, Mat};

use super::super::ledger::{Books, Flows, Ledger, Reader};
use super::ReadyCycle;
use crate::evolve::Functional;
use crate::model::{BATTERY, CHARGER, LOAD, ModelError};
use crate::operator::Hermitian;
use crate::protocol::DenseCycle;

/// Readers of all stages, and the books.
pub(super) struct ProtocolLedger {
    readers: Vec<Reader<Functional>>,
    /// Which of them reads in a stage.
    acting: Vec<usize>,
    /// What is integrated over one shown interval, where stages are matrices.
    rows: Vec<Option<Mat<f64>>>,
    books: Books,
    /// The whole energy now.
    energy: f64,
    /// Of the present stage.
    reference: f64,
    integrals: Vec<f64>,
    last: Flows,
    opening: Vec<f64>,
    /// What a cycle does to it, where cycles are left out.
    pub(super) cycle: Option<CycleRows>,
}

/// What one cycle adds to what is held, linear in the numbers x of the state at its start and in the energy with which the one before has ended.
pub(super) struct CycleRows {
    /// What is held at the end, of every number at the start, from nothing.
    rows: Mat<f64>,
}

impl CycleRows {
    pub(super) fn new(columns: &[Vec<f64>]) -> Self {
        CycleRows {
            rows: Mat::from_fn(columns.first().map_or(0, Vec::len), columns.len(), |i, j| columns[j][i]),
        }
    }

    /// What is held after cycles with these numbers at their starts: the sum over all of them, and those of the last.
    pub(super) fn after(&self, held: &[f64], sum: &[f64], last: &[f64]) -> Vec<f64> {
        let of = |x: &[f64]| {
            (&self.rows * Col::from_iter(x.iter().copied())).iter().copied().collect::<Vec<f64>>()
        };
        let (all, last) = (of(sum), of(last));
        let mut after: Vec<f64> = held.iter().zip(&all).map(|(x, y)| x + y).collect();
        // Where a cycle begins the energy with which the one before has ended is left.
        after[1] -= held[0] + (all[0] - last[0]);
        after[0] = last[0];
        after
    }
}

impl ProtocolLedger {
    pub(super) fn new(ready: &ReadyCycle<'_>) -> Result<Self, ModelError> {
        let (mut readers, mut own) = (Vec::new(), Vec::new());
        for (stage, stroke) in ready.course.stages.iter().zip(&ready.strokes) {
            let accounts = ready.setting.accounts(&stage.task)?;
            own.push(accounts.as_ref().map(|_| readers.len()));
            readers.extend(accounts.map(|accounts| match stroke.flow() {
                Some(flow) => Reader::of_density(&accounts, &flow.generator),
                None => Reader::of_all_numbers(&accounts),
            }));
        }
        // Extractions switch off what acts, but for themselves alone.
        let lasts = |index: usize| own[index].filter(|_| ready.strokes[index].flow().is_some());
        let count = own.len();
        let before =
            |index: usize| (1..=count).find_map(|back| lasts((index + count - back % count) % count));
        let mut acting = Vec::new();
        for index in 0..count {
            match own[index].or_else(|| before(index)) {
                Some(reader) => acting.push(reader),
                // Nothing takes time.
                None => {
                    let accounts = ready.setting.accounts_at_rest()?;
                    acting.push(readers.len());
                    readers.push(Reader::of_all_numbers(&accounts));
                }
            }
        }
        let rows = |dense: &DenseCycle, index: usize| {
            let flows = &readers[acting[index]].flows;
            dense.stroke(index).map(|_| dense.integrals(&ready.strokes[index], flows))
        };
        let rows = (0..count).map(|index| ready.dense.as_ref().and_then(|dense| rows(dense, index)));
        let rows = rows.collect();
        let open = |name: &&&str| {
            readers.iter().any(|reader| reader.channels.iter().any(|(known, _)| known == **name))
        };
        let names = CHARGER.iter().chain(&BATTERY).chain([&LOAD]).filter(open);
        let names = names.map(|name| name.to_string()).collect();
        let start = readers[acting[0]].energies(0.0, ready.rho0.s());
        let energy = start.iter().sum();
        let books = Books::open(names, &start);
        let mut ledger = ProtocolLedger {
            readers,
            acting,
            rows,
            books,
            energy,
            reference: 0.0,
            integrals: Vec::new(),
            last: Flows::default(),
            opening: Vec::new(),
            cycle: None,
        };
        ledger.opening = ledger.held();
        Ok(ledger)
    }

    fn reader(&self, index: usize) -> &Reader<Functional> {
        &self.readers[self.acting[index]]
    }

    /// What is integrated in a stage.
    pub(super) fn flows(&self, index: usize) -> &[Functional] {
        &self.reader(index).flows
    }

    /// The time t = 0.
    pub(super) fn start(&mut self, rho: &Hermitian) {
        let energies = self.reader(0).energies(0.0, rho.s());
        self.books.write(&energies, &Flows::default(), &[]);
    }

    /// A stage begins in a state.
    pub(super) fn begin(&mut self, index: usize, rho: &Hermitian) {
        let reader = self.reader(index);
        let energy = reader.energies(0.0, rho.s()).iter().sum::<f64>();
        let (reference, count) = (reader.reference(0.0, rho.s()), reader.flows.len());
        self.books.switched += energy - self.energy;
        (self.energy, self.reference, self.integrals) = (energy, reference, vec![0.0; count]);
        self.last = Flows::default();
    }

    /// One shown interval of a stage that is a matrix, from these numbers on.
    pub(super) fn step(&mut self, index: usize, x: &Col<f64>) {
        if let Some(rows) = &self.rows[index] {
            let more = rows * x;
            self.integrals.iter_mut().zip(more.iter()).for_each(|(sum, x)| *sum += x);
        }
    }

    /// Integrals of a stage that is integrated.
    pub(super) fn integrated(&mut self, integrals: &[f64]) {
        self.integrals.copy_from_slice(integrals);
    }

    /// The integral of the state over a stage so far.
    pub(super) fn integrated_state(&mut self, index: usize, integral: &Hermitian) {
        let flows = &self.readers[self.acting[index]].flows;
        self.integrals.iter_mut().zip(flows).for_each(|(sum, flow)| *sum = flow.at(0.0, integral.s()));
    }

    /// A time within a stage, `local` since it began; its energies.
    pub(super) fn count(&mut self, index: usize, local: f64, rho: &Hermitian) -> Vec<f64> {
        let reader = &self.readers[self.acting[index]];
        let energies = reader.energies(local, rho.s());
        self.last = reader.flows(local, rho.s(), &self.integrals, self.reference);
        self.energy = energies.iter().sum();
        energies
    }

    /// The same, shown.
    pub(super) fn show(&mut self, index: usize, local: f64, rho: &Hermitian) {
        let energies = self.count(index, local, rho);
        self.books.write(&energies, &self.last, &self.readers[self.acting[index]].channels);
    }

    /// What happened at once led to a state; its energies.
    pub(super) fn count_map(&mut self, index: usize, rho: &Hermitian) -> Vec<f64> {
        let energies = self.reader(index).energies(0.0, rho.s());
        let energy = energies.iter().sum::<f64>();
        self.books.mapped += energy - self.energy;
        self.energy = energy;
        energies
    }

    /// The same, shown.
    pub(super) fn mapped(&mut self, index: usize, rho: &Hermitian) {
        let energies = self.count_map(index, rho);
        self.books.write(&energies, &Flows::default(), &[]);
    }

    /// What is known between two stages: the energy, then all that adds up.
    pub(super) fn held(&self) -> Vec<f64> {
        let books = &self.books;
        let mut held = vec![self.energy, books.switched, books.mapped, books.before.work];
        held.extend(books.before.channels.iter().flat_map(|(energy, bare)| [energy, bare]));
        held
    }

    /// Goes on from what was known between two stages.
    pub(super) fn hold(&mut self, held: &[f64]) {
        let books = &mut self.books;
        [self.energy, books.switched, books.mapped, books.before.work] = [held[0], held[1], held[2], held[3]];
        for (channel, held) in books.before.channels.iter_mut().zip(held[4..].chunks(2)) {
            *channel = (held[0], held[1]);
        }
    }

    /// What is held at the start.
    pub(super) fn opening(&self) -> &[f64] {
        &self.opening
    }

    /// A stage that takes time is over.
    pub(super) fn end(&mut self, index: usize) {
        let channels = &self.readers[self.acting[index]].channels;
        self.books.carry(&self.last, channels);
    }

    pub(super) fn close(self) -> Ledger {
        self.books.close()
    }
}
