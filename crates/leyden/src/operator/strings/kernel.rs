//! The product of a sum of strings with a real vector.
//!
//! Vectors are treated in blocks of 2^11 numbers that stay in the first cache, in chunks of eight. Within a block a coefficient c_f(r) depends on some bits
//! of the chunk's number and on the place in the chunk, each or none: what is one number on a chunk is added for four flips at once, what vanishes on a
//! whole block, as XX + YY where two high bits are equal, is left out there.
//!
//! Of 20 qubits in a row (X on each, XX + YY and ZZ between neighbours) a product takes 3.3 ms on one core of an EPYC (Zen 5), where its three vectors and the
//! diagonal pass through the memory in 0.6 ms: loads from the caches decide, six times from the limit of the memory.

use super::{Aligned, Strings, parity, signed_sums};

/// Numbers of a chunk, in bits.
const LANE_BITS: usize = 3;
const LANES: usize = 1 << LANE_BITS;
/// Numbers of a block, in bits.
const BLOCK_BITS: usize = 11;
/// Chunks of a block at most.
const CHUNKS: usize = 1 << (BLOCK_BITS - LANE_BITS);
type Chunk = [f64; LANES];

/// A function made for the bits of the place in a chunk that are flipped.
macro_rules! by_lane {
    ($lane:expr, $name:ident($($argument:expr),*)) => {
        match $lane {
            0 => $name::<0>($($argument),*),
            1 => $name::<1>($($argument),*),
            2 => $name::<2>($($argument),*),
            3 => $name::<3>($($argument),*),
            4 => $name::<4>($($argument),*),
            5 => $name::<5>($($argument),*),
            6 => $name::<6>($($argument),*),
            _ => $name::<7>($($argument),*),
        }
    };
}

/// A sum of strings, scaled, ready to be applied.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    block_bits: usize,
    /// factor (diagonal - middle) of the levels.
    diagonal: Aligned,
    flips: Vec<Flip>,
    is_real: bool,
}

/// All strings that flip the same bits.
#[derive(Clone, Debug)]
struct Flip {
    /// Flipped bits of the block's number, of the chunk's within it, and of the place in the chunk.
    block: usize,
    chunk: usize,
    lane: usize,
    coefficient: Coefficient,
}

/// c_f(r), the bits of the block's number that give a sign with each part.
#[derive(Clone, Debug)]
enum Coefficient {
    /// One number on a block.
    Block(Vec<(usize, f64)>),
    /// One number on a chunk: by its number.
    Chunk(Vec<(usize, Vec<f64>)>),
    /// By the place in the chunk.
    Lane(Vec<(usize, Chunk)>),
    /// By both: which of several lists of a chunk's coefficients each chunk has.
    Both(Vec<(usize, Vec<Chunk>)>, Vec<u8>),
}

impl Applied {
    /// factor (A - middle), of at least 3 qubits.
    pub(crate) fn new(strings: &Strings, factor: f64, middle: f64) -> Self {
        let qubits = strings.qubits();
        let block_bits = qubits.min(BLOCK_BITS);
        let mut diagonal = Aligned::of(&strings.diagonal());
        diagonal.iter_mut().for_each(|x| *x = factor * (*x - middle));
        let imaginary = 1 << qubits;
        // Real strings on one bit more: i psi is (-im, re).
        let mut real: Vec<(usize, usize, f64)> = Vec::new();
        for (flips, signs, c) in strings.iter().filter(|(flips, ..)| *flips != 0) {
            real.push((flips, signs, factor * c.re));
            real.push((flips ^ imaginary, signs ^ imaginary, -factor * c.im));
        }
        real.retain(|(.., c)| *c != 0.0);
        real.sort_by_key(|&(flips, signs, _)| (flips, signs));
        let flips = real.chunk_by(|a, b| a.0 == b.0).map(|strings| Flip::new(strings, block_bits)).collect();
        Applied { block_bits, diagonal, flips, is_real: strings.is_real() }
    }

    /// Whether it acts on real and imaginary parts alone.
    pub(crate) fn is_real(&self) -> bool {
        self.is_real
    }

    /// Numbers of a block of results, which are independent of each other.
    pub(crate) fn block(&self) -> usize {
        1 << self.block_bits
    }

    /// A x - before on the numbers `y` of one block; without `before` A x alone.
    pub(crate) fn block_of(&self, index: usize, x: &[f64], before: Option<&[f64]>, y: &mut [f64]) {
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("popcnt") {
                // SAFETY: the processor has the features that the function is compiled for.
                return unsafe { self.block_avx512(index, x, before, y) };
            }
            if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("popcnt") {
                // SAFETY: as above.
                return unsafe { self.block_avx2(index, x, before, y) };
            }
        }
        self.any_block(index, x, before, y);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,popcnt")]
    fn block_avx512(&self, index: usize, x: &[f64], before: Option<&[f64]>, y: &mut [f64]) {
        self.any_block(index, x, before, y);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,popcnt")]
    fn block_avx2(&self, index: usize, x: &[f64], before: Option<&[f64]>, y: &mut [f64]) {
        self.any_block(index, x, before, y);
    }

    #[inline(always)]
    fn any_block(&self, index: usize, x: &[f64], before: Option<&[f64]>, y: &mut [f64]) {
        let size = self.block();
        let of = |block: usize| chunks(&x[block * size..(block + 1) * size]);
        let y = y.as_chunks_mut::<LANES>().0;
        let from = (index << self.block_bits) & (self.diagonal.len() - 1);
        let own = y.iter_mut().zip(of(index)).zip(chunks(&self.diagonal[from..from + size]));
        match before.map(|before| chunks(&before[index * size..(index + 1) * size])) {
            Some(before) => own.zip(before).for_each(|(((y, x), d), before)| {
                *y = std::array::from_fn(|j| d[j] * x[j] - before[j]);
            }),
            None => own.for_each(|((y, x), d)| *y = std::array::from_fn(|j| d[j] * x[j])),
        }
        // What is one number on a block, or on a chunk, waits until there are four.
        let (mut even, mut evens) = ([(of(index), 0, 0.0); 4], 0);
        let (mut tables, mut uneven, mut unevens) = ([[0.0; CHUNKS]; 4], [(of(index), 0); 4], 0);
        let sign = |bits: usize| if parity(index & bits) { -1.0 } else { 1.0 };
        for flip in &self.flips {
            let source = of(index ^ flip.block);
            match &flip.coefficient {
                Coefficient::Block(parts) => {
                    let c: f64 = parts.iter().map(|(block, c)| c * sign(*block)).sum();
                    if c == 0.0 {
                        continue;
                    }
                    if flip.lane != 0 {
                        by_lane!(flip.lane, add_lanes(y, source, flip.chunk, &[c; LANES]));
                        continue;
                    }
                    even[evens] = (source, flip.chunk, c);
                    evens += 1;
                    if evens == 4 {
                        add_even(y, &even);
                        evens = 0;
                    }
                }
                Coefficient::Chunk(parts) => {
                    let table = &mut tables[unevens];
                    for (k, (block, part)) in parts.iter().enumerate() {
                        let sign = sign(*block);
                        for (c, part) in table.iter_mut().zip(part) {
                            *c = if k == 0 { sign * part } else { *c + sign * part };
                        }
                    }
                    if flip.lane != 0 {
                        by_lane!(flip.lane, add_chunks(y, source, flip.chunk, table));
                        continue;
                    }
                    uneven[unevens] = (source, flip.chunk);
                    unevens += 1;
                    if unevens == 4 {
                        add_uneven(y, &uneven, &tables);
                        unevens = 0;
                    }
                }
                Coefficient::Lane(parts) => {
                    let mut c = [0.0; LANES];
                    for (block, part) in parts {
                        let sign = sign(*block);
                        (0..LANES).for_each(|j| c[j] += sign * part[j]);
                    }
                    by_lane!(flip.lane, add_lanes(y, source, flip.chunk, &c));
                }
                Coefficient::Both(parts, which) => match &parts[..] {
                    [(0, lists)] => by_lane!(flip.lane, add_both(y, source, flip.chunk, lists, which)),
                    _ => {
                        let mut lists = vec![[0.0; LANES]; parts[0].1.len()];
                        for (block, part) in parts {
                            let sign = sign(*block);
                            for (c, part) in lists.iter_mut().zip(part) {
                                (0..LANES).for_each(|j| c[j] += sign * part[j]);
                            }
                        }
                        by_lane!(flip.lane, add_both(y, source, flip.chunk, &lists, which));
                    }
                },
            }
        }
        for (source, chunk, c) in &even[..evens] {
            add_lanes::<0>(y, source, *chunk, &[*c; LANES]);
        }
        for ((source, chunk), table) in uneven[..unevens].iter().zip(&tables) {
            add_chunks::<0>(y, source, *chunk, table);
        }
    }
}

impl Flip {
    /// Strings (flips, signs, c) with equal flips.
    fn new(strings: &[(usize, usize, f64)], block_bits: usize) -> Self {
        let (chunks, lanes) = ((1usize << block_bits >> LANE_BITS) - 1, LANES - 1);
        let chunk = |bits: usize| (bits >> LANE_BITS) & chunks;
        let varying = strings.iter().fold(0, |all, (_, signs, _)| all | chunk(*signs));
        let by_lane = strings.iter().any(|(_, signs, _)| signs & lanes != 0);
        let patterns = 1usize << varying.count_ones();
        // One table of [pattern of the chunk's bits][place] for each set of signs of the block.
        let mut parts: Vec<(usize, Vec<f64>)> = Vec::new();
        for (_, signs, c) in strings {
            let block = signs >> block_bits;
            let place = parts.iter().position(|(known, _)| *known == block).unwrap_or_else(|| {
                parts.push((block, vec![0.0; LANES * patterns]));
                parts.len() - 1
            });
            parts[place].1[LANES * packed(chunk(*signs), varying) + (signs & lanes)] += c;
        }
        parts.iter_mut().for_each(|(_, table)| signed_sums(table));
        let which = || (0..=chunks).map(|q| packed(q, varying));
        let lists = |table: &Vec<f64>| table.as_chunks::<LANES>().0.to_vec();
        let coefficient = match (varying, by_lane) {
            (0, false) => Coefficient::Block(parts.iter().map(|(block, table)| (*block, table[0])).collect()),
            (0, true) => {
                Coefficient::Lane(parts.iter().map(|(block, table)| (*block, lists(table)[0])).collect())
            }
            (_, false) => {
                let of = |table: &Vec<f64>| which().map(|pattern| table[LANES * pattern]).collect();
                Coefficient::Chunk(parts.iter().map(|(block, table)| (*block, of(table))).collect())
            }
            (_, true) => {
                let parts = parts.iter().map(|(block, table)| (*block, lists(table))).collect();
                Coefficient::Both(parts, which().map(|pattern| pattern as u8).collect())
            }
        };
        let flips = strings[0].0;
        Flip { block: flips >> block_bits, chunk: chunk(flips), lane: flips & lanes, coefficient }
    }
}

fn chunks(x: &[f64]) -> &[Chunk] {
    x.as_chunks::<LANES>().0
}

/// The bits at the places of `mask`, next to each other.
fn packed(bits: usize, mask: usize) -> usize {
    let places = (0..usize::BITS).filter(|place| mask >> place & 1 == 1);
    places.enumerate().map(|(k, place)| (bits >> place & 1) << k).sum()
}

#[inline(always)]
fn add_even(y: &mut [Chunk], from: &[(&[Chunk], usize, f64); 4]) {
    let last = y.len() - 1;
    let [a, b, c, d] = from.map(|(source, ..)| &source[..=last]);
    let [(_, p, ca), (_, q, cb), (_, r, cc), (_, s, cd)] = *from;
    for k in 0..=last {
        let (a, b, c, d) = (&a[(k ^ p) & last], &b[(k ^ q) & last], &c[(k ^ r) & last], &d[(k ^ s) & last]);
        let out = &mut y[k];
        for j in 0..LANES {
            out[j] += (ca * a[j] + cb * b[j]) + (cc * c[j] + cd * d[j]);
        }
    }
}

#[inline(always)]
fn add_uneven(y: &mut [Chunk], from: &[(&[Chunk], usize); 4], tables: &[[f64; CHUNKS]; 4]) {
    let last = y.len() - 1;
    let [a, b, c, d] = from.map(|(source, ..)| &source[..=last]);
    let [(_, p), (_, q), (_, r), (_, s)] = *from;
    let [ta, tb, tc, td] = tables.each_ref().map(|table| &table[..=last]);
    for k in 0..=last {
        let (a, b, c, d) = (&a[(k ^ p) & last], &b[(k ^ q) & last], &c[(k ^ r) & last], &d[(k ^ s) & last]);
        let out = &mut y[k];
        for j in 0..LANES {
            out[j] += (ta[k] * a[j] + tb[k] * b[j]) + (tc[k] * c[j] + td[k] * d[j]);
        }
    }
}

#[inline(always)]
fn add_lanes<const LANE: usize>(y: &mut [Chunk], source: &[Chunk], chunk: usize, c: &Chunk) {
    let last = y.len() - 1;
    let (source, c) = (&source[..=last], *c);
    for q in 0..=last {
        add_one::<LANE>(&mut y[q], &source[(q ^ chunk) & last], &c);
    }
}

#[inline(always)]
fn add_chunks<const LANE: usize>(y: &mut [Chunk], source: &[Chunk], chunk: usize, table: &[f64; CHUNKS]) {
    let last = y.len() - 1;
    let (source, table) = (&source[..=last], &table[..=last]);
    for q in 0..=last {
        add_one::<LANE>(&mut y[q], &source[(q ^ chunk) & last], &[table[q]; LANES]);
    }
}

#[inline(always)]
fn add_both<const LANE: usize>(
    y: &mut [Chunk],
    source: &[Chunk],
    chunk: usize,
    lists: &[Chunk],
    which: &[u8],
) {
    let last = y.len() - 1;
    let (source, which) = (&source[..=last], &which[..=last]);
    for q in 0..=last {
        add_one::<LANE>(&mut y[q], &source[(q ^ chunk) & last], &lists[usize::from(which[q])]);
    }
}

#[inline(always)]
fn add_one<const LANE: usize>(y: &mut Chunk, x: &Chunk, c: &Chunk) {
    for j in 0..LANES {
        y[j] += c[j] * x[j ^ LANE];
    }
}
