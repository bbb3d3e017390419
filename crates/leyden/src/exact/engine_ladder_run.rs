//! Populations of the effective ladder over time, by L-stable rational steps of order 9.
//!
//! e^z is replaced by its [4/5] Pade approximant in partial fractions and update form,
//!   p + sum_k (r_k/s_k) (hZ - s_k)^{-1} (hZ p),
//! which leaves the limit alone. With fluxes J_n = h (u_n p_n - d_{n+1} p_{n+1}) the matrices s - hZ have columns
//! s + h u_n + h d_n, -h u_n, -h d_n, and elimination from the start keeps their sums apart:
//!   g_n = s + h d_n g_{n-1}/D_{n-1},   D_n = g_n + h u_n.
//! Nothing is subtracted, so that sum_n p_n stays where h times the rates is 10^6. The levels count from the start of the run,
//! bottom or top, and those that nothing has reached yet are left out.
//!
//! One step 2h is tried beside two steps h. The difference is measured in the 1-norm and in |<n> - <n>_0| relative to that of the limit;
//! half the step is taken on where it is within the tolerance. e^{Zt} contracts the 1-norm and commutes with the
//! error of a step: a step once small enough stays small enough, and steps only grow.
//!
//! Sources: Hairer, Wanner, Solving ODEs II, sections IV.3 and IV.5; Grassmann, Taksar, Heyman, Oper. Res. 33, 1107 (1985) for the elimination.

use num_complex::Complex64;

use super::{EngineLadder, EngineRun};

/// Real pole s and r/s.
const REAL: (f64, f64) = (6.286_704_751_729_277, -43.479_581_157_478_998);
/// One of each conjugate pair.
const PAIRS: [(Complex64, Complex64); 2] = [
    (
        Complex64::new(5.700_953_298_671_789, 3.210_265_600_308_55),
        Complex64::new(25.079_452_208_990_404, -2.187_252_293_749_996_6),
    ),
    (
        Complex64::new(3.655_694_325_463_572_3, 6.543_736_899_360_077),
        Complex64::new(-3.839_661_630_250_905_4, 0.273_570_386_265_465_24),
    ),
];

/// First step times N (u + d): its error is below 1e-20.
const FIRST: f64 = 0.02;
/// Levels at first.
const FEW_LEVELS: usize = 64;
/// Weight in the last quarter of the levels in use, relative to the tolerance, that asks for more of them.
const LEAK: f64 = 1e-4;
/// Steps without a trial after one that brought little.
const PATIENCE: u32 = 3;
/// Steps after which a run gives up.
const MOST_STEPS: usize = 1_000_000;
/// Total variation of the populations over one stride.
const VARIATION: f64 = 0.3;

impl EngineLadder {
    /// All cells empty, or all `excited`, at t = 0. The error of <n>/N and of the populations (1-norm) stays below about
    /// `tolerance`, where rounding allows.
    pub fn start(&self, excited: bool, tolerance: f64) -> EngineLadderRun {
        let n = self.cells();
        let x = self.ln_ratio().exp();
        let (down, up) = (self.rate(), self.rate() * x);
        let (out, back) = if excited { (down, up) } else { (up, down) };
        let mean = self.limit().mean;
        let way = if excited { n as f64 - mean } else { mean };
        let mut state = vec![0.0; n + 1];
        state[0] = 1.0;
        let mut run = EngineLadderRun {
            cells: n as f64,
            out,
            back,
            excited,
            way,
            tolerance: tolerance.max(1e-14 * (1.0 + (n as f64).sqrt() / 30.0)),
            place: Place { time: 0.0, step: FIRST / (n as f64 * (out + back)), patience: 0 },
            active: (n + 1).min(FEW_LEVELS),
            single: vec![0.0; n + 1],
            other: vec![0.0; n + 1],
            saved: (Place { time: 0.0, step: 0.0, patience: 0 }, vec![0.0; n + 1]),
            rows: Vec::new(),
            mirrored: Vec::new(),
            state,
        };
        run.save();
        run.mirror();
        run
    }
}

/// A run of [`EngineLadder`].
#[derive(Clone, Debug)]
pub struct EngineLadderRun {
    cells: f64,
    /// Rates away from the start and back, over (m+1)(N-m) and m(N-m+1).
    out: f64,
    back: f64,
    excited: bool,
    /// |<n> - <n>_0| of the limit.
    way: f64,
    tolerance: f64,
    place: Place,
    /// Levels in use, from the start.
    active: usize,
    state: Vec<f64>,
    single: Vec<f64>,
    other: Vec<f64>,
    saved: (Place, Vec<f64>),
    rows: Vec<Row>,
    /// The state in the order of n where the run starts at the top.
    mirrored: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    time: f64,
    step: f64,
    patience: u32,
}

/// What elimination leaves for the way back: h d_n, 1/D_n and y_n/D_n for each pole.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    back: f64,
    real: (f64, f64),
    pairs: [(Complex64, Complex64); 2],
}

impl EngineLadderRun {
    /// Rates m -> m+1 and m -> m-1 over h.
    fn rates(&self, m: usize) -> (f64, f64) {
        let (m, n) = (m as f64, self.cells);
        (self.out * (m + 1.0) * (n - m), self.back * m * (n - m + 1.0))
    }

    /// A step h of the levels in use, more of them where the last ones fill.
    fn step(&mut self, h: f64, from: Buffer, to: Buffer) {
        loop {
            self.step_inside(h, from, to);
            let p = self.buffer(to);
            let last = &p[self.active - self.active / 4..self.active];
            let weight: f64 = last.iter().map(|x| x.abs()).sum();
            let share = (self.active as f64 / self.way).max(1.0);
            if self.active == self.state.len() || weight * share <= LEAK * self.tolerance || weight.is_nan() {
                return;
            }
            self.active = (4 * self.active).min(self.state.len());
        }
    }

    fn step_inside(&mut self, h: f64, from: Buffer, to: Buffer) {
        let levels = self.active;
        if self.rows.len() < levels {
            self.rows.resize(levels, Row::default());
        }
        let mut rows = std::mem::take(&mut self.rows);
        let mut target = std::mem::take(self.buffer_mut(to));
        let p = self.buffer(from);
        // Of the level before: h u, g/D and y/D.
        let mut up = 0.0;
        let mut before = Row::default();
        let mut shares = (0.0, [Complex64::ZERO; 2]);
        let mut flux = 0.0;
        for m in 0..levels {
            let back = h * self.rates(m).1;
            let last = m + 1 == levels;
            let next_up = if last { 0.0 } else { h * self.rates(m).0 };
            let next_flux = if last { 0.0 } else { next_up * p[m] - h * self.rates(m + 1).1 * p[m + 1] };
            let b = next_flux - flux;
            flux = next_flux;
            let row = &mut rows[m];
            row.back = back;
            let g = REAL.0 + back * shares.0;
            let inverse = 1.0 / (g + next_up);
            row.real = (inverse, (b + up * before.real.1) * inverse);
            shares.0 = g * inverse;
            for k in 0..2 {
                let g = PAIRS[k].0 + shares.1[k] * back;
                let pivot = g + next_up;
                let inverse = pivot.conj() * (1.0 / pivot.norm_sqr());
                row.pairs[k] = (inverse, (before.pairs[k].1 * up + b) * inverse);
                shares.1[k] = g * inverse;
            }
            before = *row;
            up = next_up;
        }
        let (mut real, mut pairs) = (0.0, [Complex64::ZERO; 2]);
        let mut back = 0.0;
        for m in (0..levels).rev() {
            let row = &rows[m];
            real = row.real.1 + back * row.real.0 * real;
            let mut change = REAL.1 * real;
            for k in 0..2 {
                pairs[k] = row.pairs[k].1 + row.pairs[k].0 * back * pairs[k];
                change += 2.0 * (PAIRS[k].1.re * pairs[k].re - PAIRS[k].1.im * pairs[k].im);
            }
            back = row.back;
            target[m] = p[m] + change;
        }
        self.rows = rows;
        *self.buffer_mut(to) = target;
    }

    fn buffer(&self, which: Buffer) -> &[f64] {
        match which {
            Buffer::State => &self.state,
            Buffer::Single => &self.single,
            Buffer::Other => &self.other,
        }
    }

    fn buffer_mut(&mut self, which: Buffer) -> &mut Vec<f64> {
        match which {
            Buffer::State => &mut self.state,
            Buffer::Single => &mut self.single,
            Buffer::Other => &mut self.other,
        }
    }

    /// The difference of two single steps and a doubled one.
    fn difference(&self) -> f64 {
        let (mut norm, mut mean) = (0.0, 0.0);
        for (m, (a, b)) in self.single[..self.active].iter().zip(&self.other).enumerate() {
            let difference = (a - b).abs();
            norm += difference;
            mean += m as f64 * difference;
        }
        // f64::max would hide a NaN of one of them.
        let relative = mean / self.way;
        if relative > norm { relative } else { norm }
    }

    fn mirror(&mut self) {
        if self.excited {
            self.mirrored.clear();
            self.mirrored.extend(self.state.iter().rev());
        }
    }
}

#[derive(Clone, Copy)]
enum Buffer {
    State,
    Single,
    Other,
}

impl EngineRun for EngineLadderRun {
    fn time(&self) -> f64 {
        self.place.time
    }

    fn populations(&self) -> &[f64] {
        if self.excited { &self.mirrored } else { &self.state }
    }

    fn flow(&self) -> f64 {
        let flow: f64 = (0..self.active)
            .map(|m| {
                let (out, back) = self.rates(m);
                self.state[m] * (out - back)
            })
            .sum();
        if self.excited { -flow } else { flow }
    }

    fn engines(&self) -> Option<[f64; 3]> {
        None
    }

    fn advance_to(&mut self, time: f64) -> Result<(), String> {
        let start = self.place.time;
        let mut steps = 0;
        while self.place.time < time {
            let left = time - self.place.time;
            let h = self.place.step;
            steps += 1;
            if steps > MOST_STEPS {
                return Err(format!(
                    "the ladder of engines takes too many steps beyond t = {}",
                    self.place.time
                ));
            }
            let taken = if left > h && self.place.patience == 0 {
                let half = h.min(0.5 * left);
                self.step(half, Buffer::State, Buffer::Other);
                self.step(half, Buffer::Other, Buffer::Single);
                self.step(2.0 * half, Buffer::State, Buffer::Other);
                let difference = self.difference();
                if difference.is_nan() {
                    return Err(format!(
                        "the step of the ladder of engines fails at t = {}",
                        self.place.time
                    ));
                }
                let fitting = half * 0.9 * (self.tolerance / difference.max(1e-300)).powf(0.1);
                self.place.step = fitting.clamp(h, 2.0 * h);
                if self.place.step < 1.2 * h {
                    self.place.patience = PATIENCE;
                }
                2.0 * half
            } else {
                let step = left / (left / h).ceil().max(1.0);
                self.step(step, Buffer::State, Buffer::Single);
                self.place.patience = self.place.patience.saturating_sub(1);
                step
            };
            std::mem::swap(&mut self.state, &mut self.single);
            self.place.time = if taken >= left * (1.0 - 1e-14) { time } else { self.place.time + taken };
        }
        if self.place.time > start {
            self.mirror();
        }
        Ok(())
    }

    fn stride(&self) -> f64 {
        let mut flux = 0.0;
        let mut change = 0.0;
        for m in 0..self.active {
            let next = match self.state.get(m + 1) {
                Some(p) => self.rates(m).0 * self.state[m] - self.rates(m + 1).1 * p,
                None => 0.0,
            };
            change += (flux - next).abs();
            flux = next;
        }
        let variation = 0.5 * change;
        if variation * 2.0 * self.place.step > VARIATION {
            VARIATION / variation
        } else {
            2.0 * self.place.step
        }
    }

    fn save(&mut self) {
        self.saved.0 = self.place;
        self.saved.1[..self.active].copy_from_slice(&self.state[..self.active]);
    }

    fn restore(&mut self) {
        self.place = self.saved.0;
        self.state[..self.active].copy_from_slice(&self.saved.1[..self.active]);
        self.mirror();
    }
}
