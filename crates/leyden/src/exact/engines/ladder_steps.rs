//! Populations of the effective ladder over time, by L-stable rational steps of order 13.
//!
//! e^z is replaced by its [6/7] Pade approximant, the stability function of Radau IIA with seven stages, in partial fractions and
//! update form,
//!   p + sum_k (r_k/s_k) (hZ - s_k)^{-1} (hZ p),
//! which leaves the limit alone. With fluxes J_n = h (u_n p_n - d_{n+1} p_{n+1}) the matrices s - hZ have columns
//! s + h u_n + h d_n, -h u_n, -h d_n, and elimination from the start keeps their sums apart:
//!   g_n = s + h d_n g_{n-1}/D_{n-1},   D_n = g_n + h u_n.
//! Nothing is subtracted, so that sum_n p_n stays where h times the rates is 10^6. All poles are eliminated side by side, and
//! once more block by block on the way back, which is faster than to keep their rows in memory. The levels count from the
//! start of the run, bottom or top; those that nothing has reached yet are left out.
//!
//! One step 2h is tried beside two steps h. The difference is measured in the 1-norm, and in sum_n |n - n_0| |..| relative to
//! |`<n>` - n_0| of the limit. e^{Zt} contracts the 1-norm and commutes with the error of a step: a step once small
//! enough stays small enough, and steps only grow.
//!
//! Sources: @hairer1996, sections IV.3 and IV.5, poles from the denominator sum_i (-z)^i (13-i)! 7!/(13! i! (7-i)!);
//! @grassmann1985 for the elimination.

use super::{EngineLadder, EngineRun};
use crate::Known;
use crate::why::EngineTrouble;

/// Poles s and weights r/s: three of conjugate pairs, counted twice, and the real one.
const POLES: usize = 4;
const POLE_RE: [f64; POLES] =
    [8.511_834_825_102_945_7, 7.141_055_219_187_640_1, 4.378_693_561_506_806, 8.936_832_788_405_216_3];
const POLE_IM: [f64; POLES] = [3.281_013_624_325_058_8, 6.623_045_922_639_276, 10.169_693_283_795_012, 0.0];
const WEIGHT_RE: [f64; POLES] = [
    2.0 * 295.777_322_461_838_307,
    2.0 * -80.362_045_858_660_299_3,
    2.0 * 5.750_791_588_695_916_4,
    -443.332_136_383_747_847,
];
const WEIGHT_IM: [f64; POLES] =
    [2.0 * 8.210_355_834_136_829_1, 2.0 * -8.853_959_938_796_831_8, 2.0 * 2.274_224_785_926_949_8, 0.0];

/// First step times N (u + d): its error is below 1e-18.
const FIRST: f64 = 0.05;
/// Difference of doubled and single steps over the tolerance: an error of a single step is 2^-13 of it, and there are about a
/// hundred steps.
const ALLOWED: f64 = 30.0;
/// How many times the error of a single step the difference of a doubled and two single steps is: 2^14 - 2.
const DIFFERENCE: f64 = 16_382.0;
/// The estimate is this much larger than what single steps say.
const SAFETY: f64 = 3.0;
/// Levels of which all poles are kept at once.
const BLOCK: usize = 512;
/// Levels at first.
const FEW_LEVELS: usize = 64;
/// Weight in the last quarter of the levels in use, relative to the tolerance, that asks for more of them.
const LEAK: f64 = 1e-4;
/// Steps without a trial after one that brought little.
const PATIENCE: u32 = 3;
/// Steps after which a run gives up.
const MOST_STEPS: usize = 1_000_000;
/// Share of the tolerance within which a state is its limit.
const SETTLED: f64 = 1e-4;
/// Total variation of the populations over one stride.
const VARIATION: f64 = 0.3;

impl EngineLadder {
    /// All cells empty, or all `excited`, at t = 0. The error of `<n>/N` and of the populations (1-norm) stays below about
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
        let step = FIRST / (n as f64 * (out + back));
        let place = Place { time: 0.0, step, patience: 0, settled: false, trial: (step, 0.0), error: 0.0 };
        let mut run = EngineLadderRun {
            ladder: *self,
            cells: n as f64,
            out,
            back,
            excited,
            way,
            tolerance: tolerance.max(rounding(n as f64)),
            place,
            active: (n + 1).min(FEW_LEVELS),
            saved: (place, vec![0.0; n + 1]),
            checkpoints: Vec::new(),
            rows: Vec::new(),
            mirrored: Vec::new(),
            states: [state, vec![0.0; n + 1], vec![0.0; n + 1]],
        };
        run.save();
        run.mirror();
        run
    }
}

/// A run of [`EngineLadder`].
#[derive(Clone, Debug)]
pub struct EngineLadderRun {
    ladder: EngineLadder,
    cells: f64,
    /// Rates away from the start and back, over (m+1)(N-m) and m(N-m+1).
    out: f64,
    back: f64,
    excited: bool,
    /// |`<n>` - `<n>`_0| of the limit.
    way: f64,
    tolerance: f64,
    place: Place,
    /// Levels in use, from the start.
    active: usize,
    /// At [`STATE`], [`SINGLE`] and [`OTHER`].
    states: [Vec<f64>; 3],
    saved: (Place, Vec<f64>),
    checkpoints: Vec<Carry>,
    rows: Vec<Row>,
    /// The state in the order of n where the run starts at the top.
    mirrored: Vec<f64>,
}

/// The present state.
const STATE: usize = 0;
/// The state after single steps.
const SINGLE: usize = 1;
/// The state in between, and after a doubled step.
const OTHER: usize = 2;

#[derive(Clone, Copy, Debug)]
struct Place {
    time: f64,
    step: f64,
    patience: u32,
    /// The state is its limit.
    settled: bool,
    /// Step, and what it got wrong relative to the distance to the limit, of the last trial.
    trial: (f64, f64),
    /// Sum of that over all steps. As steps commute with e^{Zt}, it acts on the present distance.
    error: f64,
}

type Poles = [f64; POLES];

/// What elimination carries from level to level: g/D and y/D of the level before, its rate up and the flux out of it.
#[derive(Clone, Copy, Debug, Default)]
struct Carry {
    share_re: Poles,
    share_im: Poles,
    value_re: Poles,
    value_im: Poles,
    up: f64,
    back: f64,
    flux: f64,
}

/// What the way back needs of a level: h d, 1/D and y/D.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    back: f64,
    inverse_re: Poles,
    inverse_im: Poles,
    value_re: Poles,
    value_im: Poles,
}

/// One step h over the levels in use.
struct Elimination<'a> {
    cells: f64,
    out: f64,
    back: f64,
    p: &'a [f64],
}

impl Elimination<'_> {
    /// Eliminates level m. (s - hZ) z = -hZ p.
    #[inline(always)]
    fn level(&self, m: usize, carry: &mut Carry) -> Row {
        let back = carry.back;
        let (mut up, mut next_back, mut flux) = (0.0, 0.0, 0.0);
        if m + 1 < self.p.len() {
            let bond = (m as f64 + 1.0) * (self.cells - m as f64);
            (up, next_back) = (self.out * bond, self.back * bond);
            flux = up * self.p[m] - next_back * self.p[m + 1];
        }
        let b = flux - carry.flux;
        let mut row = Row { back, ..Row::default() };
        for k in 0..POLES {
            let g_re = POLE_RE[k] + back * carry.share_re[k];
            let g_im = POLE_IM[k] + back * carry.share_im[k];
            let pivot = g_re + up;
            let scale = 1.0 / (pivot * pivot + g_im * g_im);
            let (re, im) = (pivot * scale, -g_im * scale);
            let y_re = b + carry.up * carry.value_re[k];
            let y_im = carry.up * carry.value_im[k];
            row.inverse_re[k] = re;
            row.inverse_im[k] = im;
            row.value_re[k] = y_re * re - y_im * im;
            row.value_im[k] = y_re * im + y_im * re;
            // g/D = 1 - up/D, without the difference.
            carry.share_re[k] = g_re * re - g_im * im;
            carry.share_im[k] = g_re * im + g_im * re;
        }
        carry.value_re = row.value_re;
        carry.value_im = row.value_im;
        (carry.up, carry.back, carry.flux) = (up, next_back, flux);
        row
    }

    fn run(&self, checkpoints: &mut Vec<Carry>, rows: &mut Vec<Row>, target: &mut [f64]) {
        let levels = self.p.len();
        let blocks = levels.div_ceil(BLOCK);
        checkpoints.clear();
        let mut carry = Carry::default();
        for block in 0..blocks - 1 {
            checkpoints.push(carry);
            for m in block * BLOCK..(block + 1) * BLOCK {
                self.level(m, &mut carry);
            }
        }
        checkpoints.push(carry);
        rows.resize(BLOCK.min(levels), Row::default());
        let (mut re, mut im, mut back) = ([0.0; POLES], [0.0; POLES], 0.0);
        for block in (0..blocks).rev() {
            let (start, end) = (block * BLOCK, levels.min((block + 1) * BLOCK));
            let mut carry = checkpoints[block];
            for m in start..end {
                rows[m - start] = self.level(m, &mut carry);
            }
            for m in (start..end).rev() {
                let row = &rows[m - start];
                let mut change = 0.0;
                for k in 0..POLES {
                    let (a, b) = (back * row.inverse_re[k], back * row.inverse_im[k]);
                    (re[k], im[k]) =
                        (row.value_re[k] + a * re[k] - b * im[k], row.value_im[k] + a * im[k] + b * re[k]);
                    change += WEIGHT_RE[k] * re[k] - WEIGHT_IM[k] * im[k];
                }
                back = row.back;
                target[m] = self.p[m] + change;
            }
        }
    }
}

impl EngineLadderRun {
    /// Rates m -> m+1 and m -> m-1 over h.
    fn rates(&self, m: usize) -> (f64, f64) {
        let (m, n) = (m as f64, self.cells);
        (self.out * (m + 1.0) * (n - m), self.back * m * (n - m + 1.0))
    }

    /// A step h of the levels in use, more of them where the last ones fill.
    fn step(&mut self, h: f64, from: usize, to: usize) {
        loop {
            let [p, target] =
                self.states.get_disjoint_mut([from, to]).expect("a step goes from one state to another");
            let p = &p[..self.active];
            let step = Elimination { cells: self.cells, out: h * self.out, back: h * self.back, p };
            step.run(&mut self.checkpoints, &mut self.rows, target);
            let last = &self.states[to][self.active - self.active / 4..self.active];
            let weight: f64 = last.iter().map(|x| x.abs()).sum();
            let share = (self.active as f64 / self.way).max(1.0);
            if self.active == self.states[to].len()
                || weight * share <= LEAK * self.tolerance
                || weight.is_nan()
            {
                return;
            }
            self.active = (4 * self.active).min(self.states[to].len());
        }
    }

    /// The difference of two single steps and a doubled one.
    fn difference(&self) -> f64 {
        let pairs = self.states[SINGLE][..self.active].iter().zip(&self.states[OTHER]);
        self.size(pairs.map(|(a, b)| a - b))
    }

    /// The larger of 1-norm and relative change of the mean.
    fn size(&self, differences: impl Iterator<Item = f64>) -> f64 {
        let (mut norm, mut mean) = (0.0, 0.0);
        for (m, difference) in differences.enumerate() {
            norm += difference.abs();
            mean += m as f64 * difference.abs();
        }
        // f64::max would hide a NaN of one of them.
        let relative = mean / self.way;
        if relative > norm { relative } else { norm }
    }

    /// The distance to its limit at which a state stays what it is.
    fn still(&self) -> f64 {
        (SETTLED * self.tolerance).max(10.0 * rounding(self.cells))
    }

    /// As [`difference`](Self::difference), of the state and the limit, which e^{Zt} only brings closer to each other. The trace keeps what
    /// rounding did to it.
    fn distance_to_limit(&self) -> f64 {
        let state = &self.states[STATE];
        let last = state.len() - 1;
        let from_far_end = (self.ladder.ln_ratio() > 0.0) != self.excited;
        let trace: f64 = state.iter().sum();
        let limit = |m: usize| self.ladder.limit_population(if from_far_end { last - m } else { m });
        self.size(state.iter().enumerate().map(|(m, p)| p - trace * limit(m)))
    }

    fn mirror(&mut self) {
        if self.excited {
            self.mirrored.clear();
            self.mirrored.extend(self.states[STATE].iter().rev());
        }
    }
}

/// What rounding leaves of a state of N cells.
fn rounding(cells: f64) -> f64 {
    1e-14 * (1.0 + cells.sqrt() / 30.0)
}

impl EngineRun for EngineLadderRun {
    fn time(&self) -> f64 {
        self.place.time
    }

    fn populations(&self) -> &[f64] {
        if self.excited { &self.mirrored } else { &self.states[STATE] }
    }

    fn flow(&self) -> f64 {
        let flow: f64 = (0..self.active)
            .map(|m| {
                let (out, back) = self.rates(m);
                self.states[STATE][m] * (out - back)
            })
            .sum();
        if self.excited { -flow } else { flow }
    }

    fn engines(&self) -> Option<[f64; 3]> {
        None
    }

    fn advance_to(&mut self, time: f64) -> Known<()> {
        let mut steps = 0;
        if self.place.settled && time > self.place.time {
            self.place.time = time;
            return Ok(());
        }
        while self.place.time < time {
            let left = time - self.place.time;
            let h = self.place.step;
            steps += 1;
            if steps > MOST_STEPS {
                return Err(EngineTrouble::ManySteps { time: self.place.time }.into());
            }
            let taken = if left > h && self.place.patience == 0 {
                let half = h.min(0.5 * left);
                self.step(half, STATE, OTHER);
                self.step(half, OTHER, SINGLE);
                self.step(2.0 * half, STATE, OTHER);
                let difference = self.difference();
                if difference.is_nan() {
                    return Err(EngineTrouble::Step { time: self.place.time }.into());
                }
                let wrong = difference / DIFFERENCE / self.distance_to_limit().max(f64::MIN_POSITIVE);
                self.place.trial = (half, wrong);
                self.place.error += 2.0 * wrong;
                let fitting =
                    half * 0.95 * (ALLOWED * self.tolerance / difference.max(1e-300)).powf(1.0 / 14.0);
                self.place.step = fitting.clamp(h, 2.0 * h);
                if self.place.step < 1.2 * h {
                    self.place.patience = PATIENCE;
                }
                2.0 * half
            } else {
                let step = left / (left / h).ceil().max(1.0);
                self.step(step, STATE, SINGLE);
                let (tried, wrong) = self.place.trial;
                self.place.error += wrong * (step / tried).powi(14);
                self.place.patience = self.place.patience.saturating_sub(1);
                step
            };
            let moved = self.states[STATE][..self.active].iter().zip(&self.states[SINGLE]);
            let change: f64 = moved.map(|(a, b)| (a - b).abs()).sum();
            self.states.swap(STATE, SINGLE);
            self.place.time = if taken >= left * (1.0 - 1e-14) { time } else { self.place.time + taken };
            if change <= self.still() && self.distance_to_limit() <= self.still() {
                self.place.settled = true;
                self.place.time = time;
            }
        }
        self.mirror();
        Ok(())
    }

    fn error(&self) -> f64 {
        // Errors of populations add up to nothing: half of them are moved, by N at most.
        let distance = self.distance_to_limit();
        let relative = self.place.error + if self.place.settled { 1.0 } else { 0.0 };
        0.5 * self.cells * (SAFETY * relative * distance + rounding(self.cells))
    }

    fn stride(&self) -> f64 {
        let state = &self.states[STATE];
        let (mut flux, mut change) = (0.0, 0.0);
        for m in 0..self.active {
            let next = match state.get(m + 1) {
                Some(p) => self.rates(m).0 * state[m] - self.rates(m + 1).1 * p,
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
        self.saved.1[..self.active].copy_from_slice(&self.states[STATE][..self.active]);
    }

    fn restore(&mut self) {
        self.place = self.saved.0;
        self.states[STATE][..self.active].copy_from_slice(&self.saved.1[..self.active]);
        self.mirror();
    }
}

#[cfg(test)]
mod tests {
    use faer::Mat;
    use num_complex::Complex64;

    use super::*;
    use crate::numerics::exponential;

    fn r(z: Complex64) -> Complex64 {
        let part = |p: Complex64, w: Complex64| w * z / (z - p);
        (0..POLES).fold(Complex64::ONE, |sum, k| {
            let (p, w) = (Complex64::new(POLE_RE[k], POLE_IM[k]), Complex64::new(WEIGHT_RE[k], WEIGHT_IM[k]));
            // Half of the doubled weight for each of a pair.
            sum + 0.5 * (part(p, w) + part(p.conj(), w.conj()))
        })
    }

    #[test]
    fn partial_fractions_are_the_pade_approximant() {
        let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
        let polynomial = |degree: i32, z: Complex64| -> Complex64 {
            (0..=degree)
                .map(|i| {
                    z.powi(i) * factorial(13 - i) * factorial(degree)
                        / (factorial(13) * factorial(i) * factorial(degree - i))
                })
                .sum()
        };
        for z in [Complex64::new(-0.3, 0.4), Complex64::new(-7.0, 3.0), Complex64::new(0.0, 2.0)] {
            assert!((r(z) - polynomial(6, z) / polynomial(7, -z)).norm() < 1e-12);
        }
        let error = |h: f64| (r(Complex64::new(0.0, 3.2) * h) - (Complex64::new(0.0, 3.2) * h).exp()).norm();
        let slope = (error(1.0) / error(0.5)).log2();
        assert!((slope - 14.0).abs() < 0.6, "{slope}");
        // L-stable: |r(z)| -> 7/|z|.
        assert!((r(Complex64::new(-1e6, 0.0)).norm() - 7e-6).abs() < 1e-7);
    }

    /// The dense generator, columns sum to 0.
    fn generator(cells: usize, rate: f64, ln_ratio: f64) -> Mat<f64> {
        let mut z = Mat::<f64>::zeros(cells + 1, cells + 1);
        for n in 0..cells {
            let bond = rate * (n + 1) as f64 * (cells - n) as f64;
            let up = bond * ln_ratio.exp();
            z[(n + 1, n)] += up;
            z[(n, n)] -= up;
            z[(n, n + 1)] += bond;
            z[(n + 1, n + 1)] -= bond;
        }
        z
    }

    #[test]
    fn populations_are_those_of_the_matrix_exponential() {
        for (cells, ln_ratio) in
            [(1, 0.8), (2, -0.5), (7, 0.0), (20, 1.5), (60, 0.8), (60, 0.0), (60, -0.8), (60, 0.01)]
        {
            for excited in [false, true] {
                let rate = 0.3;
                let unit = 1.0 / (rate * cells as f64);
                let mut run = EngineLadder::new(cells, rate, ln_ratio).unwrap().start(excited, 1e-12);
                for time in [0.003 * unit, 0.1 * unit, 0.7 * unit, 2.0 * unit, 9.0 * unit] {
                    run.advance_to(time).expect("steps");
                    let z = generator(cells, rate, ln_ratio);
                    let exact = exponential((&z * faer::Scale(time)).as_ref());
                    let start = if excited { cells } else { 0 };
                    let p = run.populations();
                    let error: f64 = (0..=cells).map(|n| (p[n] - exact[(n, start)]).abs()).sum();
                    assert!(error < 1e-10, "{cells} {ln_ratio} {excited} {time}: {error:e}");
                    let flow: f64 = (0..=cells)
                        .map(|n| n as f64 * (0..=cells).map(|m| z[(n, m)] * p[m]).sum::<f64>())
                        .sum();
                    let scale = rate * (cells * cells) as f64 * (1.0 + ln_ratio.exp());
                    assert!((run.flow() - flow).abs() < 1e-12 * scale);
                    assert_eq!(run.time(), time);
                }
            }
        }
    }

    #[test]
    fn saved_states_come_back() {
        for excited in [false, true] {
            let mut run = EngineLadder::new(500, 1.0, 0.5).unwrap().start(excited, 1e-10);
            run.advance_to(2e-3).expect("steps");
            run.save();
            let kept = run.populations().to_vec();
            // Far enough for more levels to be in use.
            run.advance_to(2e-2).expect("steps");
            run.restore();
            assert!(run.time() == 2e-3 && run.populations() == &kept[..]);
            // Another way to a later time, and an empty advance.
            let mut direct = EngineLadder::new(500, 1.0, 0.5).unwrap().start(excited, 1e-10);
            run.advance_to(1e-2).expect("steps");
            run.advance_to(1e-2).expect("steps");
            direct.advance_to(1e-2).expect("steps");
            let error: f64 =
                run.populations().iter().zip(direct.populations()).map(|(a, b)| (a - b).abs()).sum();
            assert!(error < 1e-10, "{error:e}");
        }
    }
}
