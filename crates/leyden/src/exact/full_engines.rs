//! Engines and cells with all their levels. Simple stand-in: Runge-Kutta steps on the product space, two cells at most.

use num_complex::Complex64;

use super::EngineRun;
use crate::lindblad::{Channel, Generator, Lindbladian};
use crate::model::{EngineRates, EngineStart};
use crate::operator::{Hermitian, Operator};

/// N engines and N cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FullEngines {
    cells: usize,
    rates: EngineRates,
    coupling: f64,
    detuning: f64,
}

struct FullRun {
    cells: usize,
    generator: Generator,
    numbers: [Hermitian; 3],
    time: f64,
    s: Vec<f64>,
    p: Vec<f64>,
    saved: (f64, Vec<f64>),
    step: f64,
}

impl FullEngines {
    /// N, bath rates, g/sqrt(N) and the detuning of the cells.
    pub fn new(cells: usize, rates: EngineRates, coupling: f64, detuning: f64) -> Self {
        FullEngines { cells, rates, coupling, detuning }
    }

    /// Numbers that a state holds.
    pub fn dimension(cells: usize) -> f64 {
        let n = cells as f64;
        4.0 * (n + 1.0) * 3_f64.powf(n).min((n + 1.0).powi(4))
    }

    /// Memory in bytes.
    pub fn bytes(cells: usize) -> f64 {
        200.0 * Self::dimension(cells)
    }

    /// From engines in `start` and cells empty or excited.
    ///
    /// # Panics
    /// For rates that are not finite.
    pub fn start(&self, start: EngineStart, excited: bool, _tolerance: f64) -> impl EngineRun + use<> {
        let (cells, levels) = (self.cells, self.cells + 1);
        let entry = |row, column| Operator::from_entries(3, [(row, column, Complex64::from(1.0))]);
        let on = |which: usize, operator: &Operator| {
            let factors =
                (0..cells).map(|j| if j == which { operator.clone() } else { Operator::identity(3) });
            factors
                .reduce(|a, b| a.kron(&b))
                .unwrap_or_else(|| Operator::identity(1))
                .kron(&Operator::identity(levels))
        };
        let all = Operator::identity(3_usize.pow(cells as u32));
        let below = all.kron(&Operator::spin_lowering(levels));
        let EngineRates { a, b, c, d } = self.rates;
        let mut raising = Operator::zero(below.dim());
        let mut numbers =
            [Operator::zero(below.dim()), Operator::zero(below.dim()), Operator::zero(below.dim())];
        let mut channels = Vec::new();
        for j in 0..cells {
            raising = &raising + &on(j, &entry(1, 0));
            for (rate, row, column) in [(a, 2, 0), (b, 0, 2), (c, 1, 2), (d, 2, 1)] {
                channels.push(Channel { rate, jump: on(j, &entry(row, column)) });
            }
            for (level, number) in numbers.iter_mut().enumerate() {
                *number = &*number + &((1.0 / cells as f64) * &on(j, &entry(level, level)));
            }
        }
        let exchange = (&raising * &below).scaled(Complex64::new(0.0, self.coupling)).plus_adjoint();
        let hamiltonian = &exchange + &(self.detuning * &all.kron(&Operator::number(levels)));
        let lindbladian = Lindbladian::new(hamiltonian, channels).expect("a stand-in");
        let generator = Generator::new(&lindbladian);
        let one = match start {
            EngineStart::Steady => {
                let z = b * d + a * c + a * d;
                Hermitian::diagonal(&[b * d / z, a * c / z, a * d / z])
            }
            EngineStart::Ground => Hermitian::level(3, 0),
        };
        let engines = (1..cells).fold(one.clone(), |x, _| x.kron(&one));
        let rho = engines.kron(&Hermitian::level(levels, if excited { cells } else { 0 }));
        let step = 0.1 / generator.norm_bound();
        let mut run = FullRun {
            cells,
            numbers: numbers.map(|number| Hermitian::from_operator(&number)),
            time: 0.0,
            s: rho.s().to_vec(),
            p: Vec::new(),
            saved: (0.0, Vec::new()),
            step,
            generator,
        };
        run.read();
        run
    }
}

impl FullRun {
    fn read(&mut self) {
        let rho = Hermitian::from_s(self.generator.dim(), self.s.clone());
        self.p = rho.trace_out_first(self.cells + 1).populations().collect();
    }
    fn rate(&self, s: &[f64]) -> Vec<f64> {
        let (mut out, mut scratch) = (vec![0.0; s.len()], vec![0.0; s.len()]);
        self.generator.apply(0.0, s, &mut out, &mut scratch);
        out
    }
}

impl EngineRun for FullRun {
    fn time(&self) -> f64 {
        self.time
    }
    fn populations(&self) -> &[f64] {
        &self.p
    }
    fn flow(&self) -> f64 {
        let rate = Hermitian::from_s(self.generator.dim(), self.rate(&self.s));
        rate.trace_out_first(self.cells + 1).populations().enumerate().map(|(n, x)| n as f64 * x).sum()
    }
    fn engines(&self) -> Option<[f64; 3]> {
        let rho = Hermitian::from_s(self.generator.dim(), self.s.clone());
        Some([0, 1, 2].map(|level: usize| rho.expect(&self.numbers[level])))
    }
    fn advance_to(&mut self, time: f64) -> Result<(), String> {
        while self.time < time {
            let h = self.step.min(time - self.time);
            let add =
                |k: &[f64], f: f64| -> Vec<f64> { self.s.iter().zip(k).map(|(s, k)| s + f * k).collect() };
            let k1 = self.rate(&self.s);
            let k2 = self.rate(&add(&k1, 0.5 * h));
            let k3 = self.rate(&add(&k2, 0.5 * h));
            let k4 = self.rate(&add(&k3, h));
            for (i, s) in self.s.iter_mut().enumerate() {
                *s += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
            }
            self.time = if h < self.step { time } else { self.time + h };
        }
        self.read();
        Ok(())
    }
    fn stride(&self) -> f64 {
        3.0 * self.step
    }
    fn save(&mut self) {
        self.saved = (self.time, self.s.clone());
    }
    fn restore(&mut self) {
        (self.time, self.s) = self.saved.clone();
        self.read();
    }
}
