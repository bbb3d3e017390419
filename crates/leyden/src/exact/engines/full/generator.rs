//! The master equation on weights of patterns.
//!
//! rho = sum W(k; n) [mean over all orders of the letters of k] |n><m|: W is the total weight of a pattern, a joint probability
//! where p = q = 0, and sum |W| bounds the trace norm. A map of one engine, letter x -> letter y with factor r, becomes
//! W(k - x + y) += r k_x W(k). With lambda_n = sqrt(n (N-n+1)), kappa = g/sqrt(N), s = q - p, m = n + s and G_p = (a + d)/2,
//!
//!   W'(k; n) = a (k_0+1) W(k_0+1, k_2-1) + b (k_2+1) W(k_2+1, k_0-1) + c (k_2+1) W(k_2+1, k_1-1) + d (k_1+1) W(k_1+1, k_2-1)
//!     - [a k_0 + (b+c) k_2 + d k_1 + G_p (p+q)] W(k; n)
//!     + kappa lambda_{n+1} [(k_0+1) W(k_0+1, q-1; n+1) + (p+1) W(p+1, k_1-1; n+1)]
//!     - kappa lambda_m     [(p+1) W(p+1, k_0-1; n)     + (k_1+1) W(k_1+1, q-1; n)]
//!     - kappa lambda_n     [(q+1) W(q+1, k_0-1; n-1)   + (k_1+1) W(k_1+1, p-1; n-1)]
//!     + kappa lambda_{m+1} [(k_0+1) W(k_0+1, p-1; n)   + (q+1) W(q+1, k_1-1; n)]     + i delta s W(k; n).
//!
//! Lines two and three come from s - 1, the last two from s + 1; at s = 0 they are adjoints of each other. Without delta all W are real.
//! Source of the method: @gegg2016; @shammah2018.

use super::patterns::{Block, PIECE, PatternIndex, stride};
use crate::model::EngineRates;

/// Z of N engines and N cells without the detuning.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    pub(super) letters: PatternIndex,
    pub(super) rates: EngineRates,
    /// kappa lambda_n, n = 0..N+1.
    pub(super) ladder: Vec<f64>,
    /// For each s: kappa lambda_{n+1}, lambda_{n+s}, lambda_n, lambda_{n+s+1}, zero beyond the last n.
    tables: Vec<[Vec<f64>; 4]>,
    /// Rows of the real part, where they are few.
    rows: Option<Rows>,
}

/// A matrix row by row: the place of a row, and where its entries end.
#[derive(Clone, Debug)]
struct Rows {
    ends: Vec<(usize, usize)>,
    entries: Vec<(usize, f64)>,
}

/// Most numbers for which rows are kept: walking through the patterns costs more than the few products.
const FEW: usize = 128;

impl Rows {
    fn step(&self, step: Step, x: &[f64], y: &mut [f64], sum: &mut [f64]) {
        let mut begin = 0;
        for &(row, end) in &self.ends {
            let mut total = step.center * x[row];
            for &(column, z) in &self.entries[begin..end] {
                total += z * x[column];
            }
            y[row] = step.scale * total - step.back * y[row];
            sum[row] += step.weight * x[row];
            begin = end;
        }
    }
}

/// y = scale (Z + center) x - back y and sum += weight x.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) scale: f64,
    pub(super) center: f64,
    pub(super) back: f64,
    pub(super) weight: f64,
}

/// One neighbour: where its numbers start and the factor in front.
type Term = (usize, f64);
/// The five terms of one pattern that the baths connect, its own first.
type Local = [Term; 5];

impl Generator {
    pub(super) fn new(cells: usize, rates: EngineRates, coupling: f64) -> Self {
        let letters = PatternIndex::new(cells);
        let ladder: Vec<f64> =
            (0..=cells + 1).map(|n| coupling * ((n * (cells + 1 - n)) as f64).sqrt()).collect();
        let tables = (0..=cells)
            .map(|s| {
                [1, s, 0, s + 1].map(|offset| {
                    let mut table: Vec<f64> = (0..=cells - s).map(|n| ladder[n + offset]).collect();
                    table.resize(stride(cells, s), 0.0);
                    table
                })
            })
            .collect();
        let mut generator = Generator { letters, rates, ladder, tables, rows: None };
        generator.rows = generator.few_rows();
        generator
    }

    /// Z column by column, where it is small.
    fn few_rows(&self) -> Option<Rows> {
        let places: Vec<usize> = self
            .letters
            .blocks()
            .flat_map(|block| {
                let runs = (0..block.patterns()).map(move |i| block.start + i * block.stride);
                runs.flat_map(move |at| at..at + self.letters.cells + 1 - block.shift())
            })
            .take(FEW + 1)
            .collect();
        if places.len() > FEW {
            return None;
        }
        let plain = Step { scale: 1.0, center: 0.0, back: 0.0, weight: 0.0 };
        let length = self.letters.length;
        let mut columns = Vec::with_capacity(places.len());
        let (mut unit, mut column, mut unused) = (vec![0.0; length], vec![0.0; length], vec![0.0; length]);
        for &place in &places {
            unit[place] = 1.0;
            self.step(plain, false, &unit, &mut column, &mut unused);
            unit[place] = 0.0;
            columns.push(column.clone());
        }
        let mut rows = Rows { ends: Vec::with_capacity(places.len()), entries: Vec::new() };
        for &row in &places {
            let of_row = places.iter().zip(&columns).map(|(&place, column)| (place, column[row]));
            rows.entries.extend(of_row.filter(|(_, z)| *z != 0.0));
            rows.ends.push((row, rows.entries.len()));
        }
        Some(rows)
    }

    /// One step of a recurrence; `imaginary` for Im W, which vanishes at s = 0 with its p = q.
    pub(super) fn step(&self, step: Step, imaginary: bool, x: &[f64], y: &mut [f64], sum: &mut [f64]) {
        if let Some(rows) = self.rows.as_ref().filter(|_| !imaginary) {
            return rows.step(step, x, y, sum);
        }
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
            // SAFETY: the processor has the two features that the function is compiled for.
            unsafe { self.step_avx2(step, imaginary, x, y, sum) };
            return;
        }
        self.step_blocks::<false>(step, imaginary, x, y, sum);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn step_avx2(&self, step: Step, imaginary: bool, x: &[f64], y: &mut [f64], sum: &mut [f64]) {
        self.step_blocks::<true>(step, imaginary, x, y, sum);
    }

    #[inline(always)]
    fn step_blocks<const FMA: bool>(
        &self,
        step: Step,
        imaginary: bool,
        x: &[f64],
        y: &mut [f64],
        sum: &mut [f64],
    ) {
        for block in self.letters.blocks().filter(|block| !imaginary || block.shift() > 0) {
            // At s = 0 the terms from s = 1 and their adjoints, which are as large.
            let (copies, above) = match block.shift() {
                0 => (2.0, None),
                _ => (1.0, Some(Neighbours::above(&self.letters, block, step.scale))),
            };
            let below = Neighbours::below(&self.letters, block, copies * step.scale);
            let [table_up, table_m, table_n, table_next] = &self.tables[block.shift()];
            for k2 in 0..=block.rest {
                for k0 in 0..=block.rest - k2 {
                    let local = self.local(step, block, k2, k0);
                    let at = block.at(k2, k0);
                    let own = at..at + block.stride;
                    let (y, sum) = (&mut y[own.clone()], &mut sum[own]);
                    let [a, b, c, d] = below.terms_below(k2, k0);
                    let lower = [Coupled::new(x, a, b, table_n), Coupled::new(x, c, d, table_next)];
                    let Some(above) = &above else {
                        store::<FMA, 2>(step, x, local, lower, y, sum);
                        continue;
                    };
                    let [a, b, c, d] = above.terms_above(k2, k0);
                    let upper = [Coupled::new(x, a, b, table_up), Coupled::new(x, c, d, table_m)];
                    let [lower_n, lower_next] = lower;
                    let [upper_n, upper_m] = upper;
                    store::<FMA, 4>(step, x, local, [lower_n, lower_next, upper_n, upper_m], y, sum);
                }
            }
        }
    }

    /// The first two lines of W'.
    #[inline(always)]
    fn local(&self, step: Step, block: Block, k2: usize, k0: usize) -> Local {
        let EngineRates { a, b, c, d } = self.rates;
        let zeros = self.letters.zeros();
        let k1 = block.rest - k2 - k0;
        let f = |k: usize| k as f64;
        let loss = a * f(k0) + (b + c) * f(k2) + d * f(k1) + 0.5 * (a + d) * f(block.p + block.q);
        let term = |exists: bool, k2: usize, k0: usize, factor: f64| -> Term {
            if exists { (block.at(k2, k0), step.scale * factor) } else { (zeros, 0.0) }
        };
        [
            (block.at(k2, k0), step.scale * (step.center - loss)),
            term(k2 > 0, k2.wrapping_sub(1), k0 + 1, a * f(k0 + 1)),
            term(k0 > 0, k2 + 1, k0.wrapping_sub(1), b * f(k2 + 1)),
            term(k1 > 0, k2 + 1, k0, c * f(k2 + 1)),
            term(k2 > 0, k2.wrapping_sub(1), k0, d * f(k1 + 1)),
        ]
    }
}

/// The blocks of s + 1 or of s - 1 that are coupled to one.
struct Neighbours {
    rest: usize,
    zeros: usize,
    /// (p, q+1) and scale (q+1), or (p+1, q) and scale (p+1).
    more: Option<(Block, f64)>,
    /// (p-1, q), or (p, q-1).
    fewer: Option<Block>,
    scale: f64,
}

impl Neighbours {
    /// s + 1, the last two lines of W'.
    #[inline(always)]
    fn below(letters: &PatternIndex, block: Block, scale: f64) -> Self {
        let Block { p, q, rest, .. } = block;
        let more = (rest > 0).then(|| (letters.block(p, q + 1), scale * (q + 1) as f64));
        let fewer = (p > 0).then(|| letters.block(p - 1, q));
        Neighbours { rest, zeros: letters.zeros(), more, fewer, scale }
    }

    /// s - 1, lines three and four of W'.
    #[inline(always)]
    fn above(letters: &PatternIndex, block: Block, scale: f64) -> Self {
        let Block { p, q, rest, .. } = block;
        let more = (rest > 0).then(|| (letters.block(p + 1, q), scale * (p + 1) as f64));
        let fewer = Some(letters.block(p, q - 1));
        Neighbours { rest, zeros: letters.zeros(), more, fewer, scale }
    }

    /// Two terms at n - 1 with lambda_n and two at n with lambda_{m+1}.
    #[inline(always)]
    fn terms_below(&self, k2: usize, k0: usize) -> [Term; 4] {
        let k1 = self.rest - k2 - k0;
        let mut terms = [(self.zeros, 0.0); 4];
        if let Some((more, factor)) = self.more {
            if k0 > 0 {
                terms[0] = (more.at(k2, k0 - 1) - 1, -factor);
            }
            if k1 > 0 {
                terms[3] = (more.at(k2, k0), factor);
            }
        }
        if let Some(fewer) = self.fewer {
            let at = fewer.at(k2, k0);
            terms[1] = (at - 1, -self.scale * (k1 + 1) as f64);
            terms[2] = (at + fewer.stride, self.scale * (k0 + 1) as f64);
        }
        terms
    }

    /// Two terms at n + 1 with lambda_{n+1} and two at n with lambda_m.
    #[inline(always)]
    fn terms_above(&self, k2: usize, k0: usize) -> [Term; 4] {
        let k1 = self.rest - k2 - k0;
        let mut terms = [(self.zeros, 0.0); 4];
        if let Some(fewer) = self.fewer {
            let at = fewer.at(k2, k0);
            terms[0] = (at + fewer.stride + 1, self.scale * (k0 + 1) as f64);
            terms[3] = (at, -self.scale * (k1 + 1) as f64);
        }
        if let Some((more, factor)) = self.more {
            if k1 > 0 {
                terms[1] = (more.at(k2, k0) + 1, factor);
            }
            if k0 > 0 {
                terms[2] = (more.at(k2, k0 - 1), -factor);
            }
        }
        terms
    }
}

type Piece = [f64; PIECE];

#[inline(always)]
fn pieces(x: &[f64], start: usize, count: usize) -> &[Piece] {
    &x[start..start + count * PIECE].as_chunks().0[..count]
}

#[inline(always)]
fn add<const FMA: bool>(sum: &mut Piece, factor: f64, x: &Piece) {
    for lane in 0..PIECE {
        sum[lane] = fused::<FMA>(factor, x[lane], sum[lane]);
    }
}

/// a b + c.
#[inline(always)]
fn fused<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// What multiplies one table of lambda: u x_1 + v x_2.
struct Coupled<'a> {
    first: (&'a [Piece], f64),
    second: (&'a [Piece], f64),
    table: &'a [Piece],
}

impl<'a> Coupled<'a> {
    #[inline(always)]
    fn new(x: &'a [f64], first: Term, second: Term, table: &'a [f64]) -> Self {
        let count = table.len() / PIECE;
        Coupled {
            first: (pieces(x, first.0, count), first.1),
            second: (pieces(x, second.0, count), second.1),
            table: pieces(table, 0, count),
        }
    }
}

/// The numbers of one pattern.
#[inline(always)]
fn store<const FMA: bool, const C: usize>(
    step: Step,
    x: &[f64],
    local: Local,
    coupled: [Coupled<'_>; C],
    y: &mut [f64],
    sum: &mut [f64],
) {
    let count = y.len() / PIECE;
    let [(own, own_factor), others @ ..] = local.map(|(at, factor)| (pieces(x, at, count), factor));
    let y = &mut y.as_chunks_mut::<PIECE>().0[..count];
    let sum = &mut sum.as_chunks_mut::<PIECE>().0[..count];
    for i in 0..count {
        add::<FMA>(&mut sum[i], step.weight, &own[i]);
        let mut out = own[i].map(|x| own_factor * x);
        add::<FMA>(&mut out, -step.back, &y[i]);
        for (x, factor) in &others {
            add::<FMA>(&mut out, *factor, &x[i]);
        }
        for Coupled { first, second, table } in &coupled {
            let mut inner = first.0[i].map(|x| first.1 * x);
            add::<FMA>(&mut inner, second.1, &second.0[i]);
            for lane in 0..PIECE {
                out[lane] = fused::<FMA>(table[i][lane], inner[lane], out[lane]);
            }
        }
        y[i] = out;
    }
}
